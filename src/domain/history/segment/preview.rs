//! Previews: for each key of a segment a ladder of buckets, so that a chart of a hundred runs reads kilobytes, not columns.
//!
//! A bucket stands for 64, 512 or 4096 neighbouring points of a row group: its first and last value, least and greatest, and
//! the steps where it begins and ends. They lie in the segment's file between its last row group and the footer, where other
//! readers do not look, and the footer says where: so they come and go with the rows that they are of, whoever points to
//! them, and writing them costs the database nothing. A row group has none if its steps fall, or if columns do not say it
//! all: then its columns are read.

use indexmap::IndexMap;

use super::super::wire::{self, Cursor};
use super::data::Data;
use super::shape::{Column, Kind};
use crate::error::{Error, Result};

/// How many points the buckets of each level stand for.
pub(in super::super) const LEVELS: [usize; 3] = [64, 512, 4096];
/// A key with fewer points in a segment has no preview: its column is read as fast.
const POINTS_MIN: u64 = 512;
/// Where the footer says where the previews lie.
pub(super) const NOTE: &str = "runstead.previews";
const COMPRESSION_LEVEL: i32 = 3;
/// What the buckets of a key, or the names of all, have at most: a segment has some ten thousand buckets a key.
const PLAIN_MAX: u64 = 64 << 20;

/// Neighbouring points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in super::super) struct Bucket {
    pub count: u64,
    pub first_step: i64,
    pub last_step: i64,
    pub first: f64,
    pub last: f64,
    pub min: f64,
    pub max: f64,
}

impl Bucket {
    fn of(step: i64, value: f64) -> Self {
        Self { count: 1, first_step: step, last_step: step, first: value, last: value, min: value, max: value }
    }

    fn join(&mut self, later: &Self) {
        self.count += later.count;
        self.last_step = later.last_step;
        self.last = later.last;
        self.min = self.min.min(later.min);
        self.max = self.max.max(later.max);
    }
}

/// The buckets of one key by row group; `None` of a group that has none kept.
pub(in super::super) type Ladder = Vec<Option<Vec<Bucket>>>;

/// The previews of a segment under way.
#[derive(Default)]
pub(super) struct Previews {
    groups: usize,
    /// Of the finest level.
    keys: IndexMap<String, Ladder>,
}

impl Previews {
    /// Notes the row group that comes next, which its columns say all of.
    pub fn note_group<'c>(&mut self, columns: impl Iterator<Item = (&'c Column, &'c [i16], &'c Data)>) {
        let columns: Vec<_> = columns.collect();
        let Some(steps) = columns.iter().find_map(|(column, levels, data)| match data {
            Data::Ints(steps) if column.name == "_step" && levels.iter().all(|level| *level == 1) => Some(steps),
            _ => None,
        }) else {
            return self.note_no_group();
        };
        if !steps.is_sorted() {
            return self.note_no_group();
        }
        for (column, levels, data) in columns {
            let buckets = match data {
                // What is neither number nor anything else that has numbers in it has no points.
                Data::Bools(_) => Vec::new(),
                Data::Texts(_) if column.kind == Kind::Text => Vec::new(),
                Data::Texts(_) => continue,
                Data::Ints(values) => buckets(levels, steps, values.iter().map(|value| *value as f64)),
                Data::Floats(values) => buckets(levels, steps, values.iter().copied()),
            };
            let ladder = self.keys.entry(column.name.clone()).or_default();
            ladder.resize(self.groups, None);
            ladder.push(Some(buckets));
        }
        self.groups += 1;
    }

    /// Notes a row group without previews.
    pub fn note_no_group(&mut self) {
        self.groups += 1;
    }

    /// All previews, the names of their keys at the end; `None` if there are none.
    pub fn into_bytes(mut self) -> Result<Option<Vec<u8>>> {
        let points = |ladder: &Ladder| ladder.iter().flatten().flatten().map(|bucket| bucket.count).sum::<u64>();
        self.keys.retain(|_, ladder| points(ladder) >= POINTS_MIN);
        if self.keys.is_empty() {
            return Ok(None);
        }
        let (mut bytes, mut names) = (Vec::new(), Vec::new());
        for (name, mut ladder) in self.keys {
            ladder.resize(self.groups, None);
            wire::write_text(&mut names, &name);
            for level in 0..LEVELS.len() {
                if level > 0 {
                    ladder = coarser(&ladder, LEVELS[level] / LEVELS[level - 1]);
                }
                let packed = pack(&ladder_to_bytes(&ladder))?;
                wire::write_number(&mut names, bytes.len() as u64);
                wire::write_number(&mut names, packed.len() as u64);
                bytes.extend(packed);
            }
        }
        let names = pack(&names)?;
        bytes.extend_from_slice(&names);
        bytes.extend_from_slice(&(names.len() as u64).to_le_bytes());
        Ok(Some(bytes))
    }
}

fn buckets(levels: &[i16], steps: &[i64], mut values: impl Iterator<Item = f64>) -> Vec<Bucket> {
    let mut found: Vec<Bucket> = Vec::new();
    for (step, _) in steps.iter().zip(levels).filter(|(_, level)| **level == 1) {
        let Some(value) = values.next() else { break };
        if value.is_nan() {
            continue;
        }
        let point = Bucket::of(*step, value);
        match found.last_mut().filter(|bucket| bucket.count < LEVELS[0] as u64) {
            Some(bucket) => bucket.join(&point),
            None => found.push(point),
        }
    }
    found
}

fn coarser(ladder: &Ladder, by: usize) -> Ladder {
    let joined = |buckets: &[Bucket]| {
        let mut all = buckets[0];
        buckets[1..].iter().for_each(|later| all.join(later));
        all
    };
    ladder.iter().map(|group| group.as_ref().map(|group| group.chunks(by).map(joined).collect())).collect()
}

fn ladder_to_bytes(ladder: &Ladder) -> Vec<u8> {
    let mut out = Vec::new();
    wire::write_number(&mut out, ladder.len() as u64);
    for group in ladder {
        wire::write_number(&mut out, group.as_ref().map_or(0, |group| group.len() as u64 + 1));
    }
    let all: Vec<&Bucket> = ladder.iter().flatten().flatten().collect();
    let mut before = 0_i64;
    for bucket in &all {
        wire::write_number(&mut out, bucket.count);
        wire::write_signed(&mut out, bucket.first_step.wrapping_sub(before));
        wire::write_signed(&mut out, bucket.last_step.wrapping_sub(bucket.first_step));
        before = bucket.last_step;
    }
    // The bytes of like weight beside each other, so that the compression finds what is alike.
    let numbers: [fn(&Bucket) -> f64; 4] = [|one| one.first, |one| one.last, |one| one.min, |one| one.max];
    for number in numbers {
        for place in 0..size_of::<f64>() {
            out.extend(all.iter().map(|bucket| number(bucket).to_le_bytes()[place]));
        }
    }
    out
}

fn ladder_from_bytes(bytes: &[u8]) -> Option<Ladder> {
    let mut cursor = Cursor(bytes);
    let groups = usize::try_from(cursor.number()?).ok().filter(|groups| *groups <= bytes.len())?;
    let lengths = (0..groups).map(|_| cursor.number()).collect::<Option<Vec<u64>>>()?;
    let count = usize::try_from(lengths.iter().map(|length| length.saturating_sub(1)).sum::<u64>()).ok()?;
    let mut all = Vec::with_capacity(count.min(bytes.len()));
    let mut before = 0_i64;
    for _ in 0..count {
        let count = cursor.number()?;
        let first_step = before.wrapping_add(cursor.signed()?);
        let last_step = first_step.wrapping_add(cursor.signed()?);
        before = last_step;
        all.push(Bucket { count, first_step, last_step, ..Bucket::of(0, 0.0) });
    }
    let numbers: [fn(&mut Bucket) -> &mut f64; 4] =
        [|one| &mut one.first, |one| &mut one.last, |one| &mut one.min, |one| &mut one.max];
    for number in numbers {
        let planes = (0..size_of::<f64>()).map(|_| cursor.bytes(count)).collect::<Option<Vec<_>>>()?;
        for (index, bucket) in all.iter_mut().enumerate() {
            *number(bucket) = f64::from_le_bytes(std::array::from_fn(|place| planes[place][index]));
        }
    }
    let mut rest = all.into_iter();
    let group = |length: u64| (length > 0).then(|| rest.by_ref().take(length as usize - 1).collect());
    Some(lengths.into_iter().map(group).collect())
}

fn pack(plain: &[u8]) -> Result<Vec<u8>> {
    zstd::bulk::compress(plain, COMPRESSION_LEVEL).map_err(Error::internal)
}

fn unpack(packed: &[u8]) -> Result<Vec<u8>> {
    let mut plain = Vec::new();
    let decoder = zstd::Decoder::new(packed).map_err(Error::internal)?;
    std::io::Read::read_to_end(&mut std::io::Read::take(decoder, PLAIN_MAX), &mut plain).map_err(Error::internal)?;
    Ok(plain)
}

/// What the footer says of previews at a place of the file.
pub(super) fn place_note(at: u64, length: u64) -> String {
    format!("{at},{length}")
}

/// Where the previews of an open segment lie.
#[derive(Default)]
pub(super) struct Directory {
    /// By key, for each level the place in the file and the length.
    keys: IndexMap<String, [(u64, usize); LEVELS.len()]>,
}

impl Directory {
    /// Reads the names of the keys, at the place that the footer's note says.
    pub fn read(note: &str, read: impl Fn(u64, usize) -> Result<Vec<u8>>) -> Result<Self> {
        let torn = || Error::internal("the previews of a segment cannot be read");
        let (at, length) = note.split_once(',').ok_or_else(torn)?;
        let (at, length): (u64, u64) = (at.parse().map_err(|_| torn())?, length.parse().map_err(|_| torn())?);
        let tail = (at + length).checked_sub(8).ok_or_else(torn)?;
        let names_length = u64::from_le_bytes(read(tail, 8)?.try_into().map_err(|_| torn())?);
        let names_at = tail.checked_sub(names_length).filter(|names_at| *names_at >= at).ok_or_else(torn)?;
        let names = unpack(&read(names_at, names_length as usize)?)?;
        let mut cursor = Cursor(&names);
        let mut keys = IndexMap::new();
        while !cursor.is_empty() {
            let name = cursor.text().ok_or_else(torn)?.to_owned();
            let mut places = [(0, 0); LEVELS.len()];
            for place in &mut places {
                let (from, length) = cursor.number().zip(cursor.number()).ok_or_else(torn)?;
                *place = (at + from, length as usize);
            }
            keys.insert(name, places);
        }
        Ok(Self { keys })
    }

    /// The buckets of a key, if they are kept.
    pub fn ladder(&self, key: &str, level: usize, read: impl Fn(u64, usize) -> Result<Vec<u8>>) -> Result<Option<Ladder>> {
        let Some(places) = self.keys.get(key) else {
            return Ok(None);
        };
        let (at, length) = places[level];
        let found = ladder_from_bytes(&unpack(&read(at, length)?)?);
        found.map(Some).ok_or_else(|| Error::internal("a preview of a segment cannot be read"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_ladder_comes_back_and_says_what_its_points_do(
            points in prop::collection::vec((0..9_i64, prop::option::of(any::<f64>())), 1..300),
        ) {
            let mut step = 0;
            let steps: Vec<i64> = points.iter().map(|(more, _)| { step += more; step }).collect();
            let levels: Vec<i16> = points.iter().map(|(_, value)| i16::from(value.is_some())).collect();
            let values = || points.iter().filter_map(|(_, value)| *value);
            let fine = vec![Some(buckets(&levels, &steps, values())), None, Some(Vec::new())];
            prop_assert_eq!(ladder_from_bytes(&ladder_to_bytes(&fine)), Some(fine.clone()));
            let counted: Vec<f64> = values().filter(|value| !value.is_nan()).collect();
            for ladder in [fine.clone(), coarser(&fine, 8)] {
                let all: Vec<&Bucket> = ladder.iter().flatten().flatten().collect();
                prop_assert_eq!(all.iter().map(|bucket| bucket.count).sum::<u64>(), counted.len() as u64);
                let least = all.iter().map(|bucket| bucket.min).reduce(f64::min);
                prop_assert_eq!(least, counted.iter().copied().reduce(f64::min));
                let greatest = all.iter().map(|bucket| bucket.max).reduce(f64::max);
                prop_assert_eq!(greatest, counted.iter().copied().reduce(f64::max));
                prop_assert_eq!(all.first().map(|bucket| bucket.first), counted.first().copied());
                prop_assert_eq!(all.last().map(|bucket| bucket.last), counted.last().copied());
                prop_assert!(all.windows(2).all(|pair| pair[0].last_step <= pair[1].first_step));
            }
        }
    }
}
