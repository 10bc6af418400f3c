//! What consecutive rows of one writer say of each key: how many values of each type, first and last, extremes. Statistics
//! of rows and of those that follow join to what all of them say, so each chunk keeps its own.
//!
//! They are bytes beside the lines, not rows of a table: there a message of 100 rows with 13 keys read and wrote a row a key,
//! 26 of its statements. `tests/it/plans.txt` has those that are left.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use jiter::JsonValue;

use super::row::{self, Row};
use super::wire::{self, Cursor};
use crate::error::{Error, Result};
use crate::json::Json;

/// By name; the members of nested objects have dotted names.
pub(super) type Statistics = BTreeMap<String, Statistic>;

/// What rows say of one key.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Statistic {
    /// How many values of each type.
    pub type_counts: BTreeMap<String, i64>,
    /// The first value if it is a number: what tells whether the rows before are continued without falling.
    pub first: Option<f64>,
    pub previous: Json,
    /// The step of the last row that has the key.
    pub last_step: i64,
    pub monotonic: bool,
    pub least: Option<f64>,
    pub greatest: Option<f64>,
}

impl Statistic {
    /// What these rows and, after them, `later` rows say together.
    pub fn join(&mut self, later: Self) {
        let rising = match (self.previous.as_f64(), later.first) {
            (Some(before), Some(after)) => before <= after,
            _ => false,
        };
        self.count(&later.type_counts);
        self.monotonic &= later.monotonic && rising;
        self.previous = later.previous;
        self.last_step = later.last_step;
        self.extend(later.least, later.greatest);
    }

    /// What these rows and those of another writer say together: the last value is that of the greater step.
    pub fn join_beside(&mut self, other: Self) {
        self.count(&other.type_counts);
        self.monotonic &= other.monotonic;
        self.extend(other.least, other.greatest);
        if other.last_step >= self.last_step {
            self.last_step = other.last_step;
            self.previous = other.previous;
        }
    }

    fn count(&mut self, others: &BTreeMap<String, i64>) {
        for (kind, count) in others {
            match self.type_counts.get_mut(kind) {
                Some(known) => *known += count,
                None => drop(self.type_counts.insert(kind.clone(), *count)),
            }
        }
    }

    fn extend(&mut self, least: Option<f64>, greatest: Option<f64>) {
        self.least = extreme(self.least, least, f64::min);
        self.greatest = extreme(self.greatest, greatest, f64::max);
    }
}

fn extreme(one: Option<f64>, other: Option<f64>, choose: fn(f64, f64) -> f64) -> Option<f64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(choose(one, other)),
        (one, other) => one.or(other),
    }
}

/// Makes `all` say what its rows and, after them, `later` rows do.
pub(super) fn join(all: &mut Statistics, later: Statistics) {
    for (name, later) in later {
        match all.get_mut(&name) {
            Some(known) => known.join(later),
            None => drop(all.insert(name, later)),
        }
    }
}

/// A statistic under way: values stay where they lie until the last is known.
struct Draft<'r, 'a> {
    /// The row that was counted last, so that no row counts twice.
    row: usize,
    type_counts: Vec<(&'r str, i64)>,
    first: Option<f64>,
    before: Option<f64>,
    last: &'r JsonValue<'a>,
    last_step: i64,
    monotonic: bool,
    least: Option<f64>,
    greatest: Option<f64>,
}

/// Statistics of rows in the order they were sent, each with its step.
pub(super) fn of_rows(rows: &[(i64, Row<'_>)]) -> Statistics {
    let mut drafts: IndexMap<String, Draft<'_, '_>, foldhash::fast::RandomState> = IndexMap::default();
    for (index, (step, row)) in rows.iter().enumerate() {
        // Rows mostly have the same keys, and one after the other in the same order.
        let mut expected = 0;
        row.leaves(&mut |name, value| {
            let number = row::number(value);
            let counted = number.filter(|number| !number.is_nan());
            let place = match drafts.get_index(expected) {
                Some((known, _)) if known == name => Some(expected),
                _ => drafts.get_index_of(name),
            };
            expected = place.map_or(expected, |place| place + 1);
            if let Some((_, draft)) = place.and_then(|place| drafts.get_index_mut(place)) {
                if draft.row == index {
                    return;
                }
                draft.row = index;
                draft.count(row::type_name(value));
                draft.monotonic &= matches!((draft.before, number), (Some(before), Some(after)) if before <= after);
                draft.before = number;
                draft.last = value;
                draft.last_step = *step;
                draft.least = extreme(draft.least, counted, f64::min);
                draft.greatest = extreme(draft.greatest, counted, f64::max);
            } else {
                let draft = Draft {
                    row: index,
                    type_counts: vec![(row::type_name(value), 1)],
                    first: number,
                    before: number,
                    last: value,
                    last_step: *step,
                    monotonic: counted.is_some(),
                    least: counted,
                    greatest: counted,
                };
                drafts.insert(name.to_owned(), draft);
            }
        });
    }
    drafts.into_iter().map(|(name, draft)| (name, draft.finish())).collect()
}

impl<'r> Draft<'r, '_> {
    fn count(&mut self, kind: &'r str) {
        match self.type_counts.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count += 1,
            None => self.type_counts.push((kind, 1)),
        }
    }

    fn finish(self) -> Statistic {
        Statistic {
            type_counts: self.type_counts.into_iter().map(|(kind, count)| (kind.to_owned(), count)).collect(),
            first: self.first,
            previous: Json::from(self.last),
            last_step: self.last_step,
            monotonic: self.monotonic,
            least: self.least,
            greatest: self.greatest,
        }
    }
}

// As bytes: for each key its name, flags, types, last step, then the numbers that the flags promise; all after one byte that
// says whether it is compressed.

const PLAIN: u8 = 0;
const COMPRESSED: u8 = 1;
/// Less than this is not worth compressing.
const COMPRESS_FROM: usize = 4096;
const COMPRESSION_LEVEL: i32 = 1;
/// What decompressed statistics have at most: 10,000 keys have a hundredth of it.
const PLAIN_MAX: usize = 256 << 20;

/// The types that nearly all values have, by number; any other is named.
const KINDS: [&str; 6] = ["number", "string", "bool", "nil", "list", "map"];
const OTHER_KIND: u8 = 255;

mod flag {
    pub const MONOTONIC: u8 = 1;
    pub const FIRST: u8 = 2;
    pub const EXTREMES: u8 = 4;
    pub const PREVIOUS_INT: u8 = 8;
    pub const PREVIOUS_FLOAT: u8 = 16;
    /// The first value and the extremes are the last value, as when there is but one.
    pub const ALONE: u8 = 32;
}

pub(super) fn to_bytes(statistics: &Statistics) -> Result<Vec<u8>> {
    let mut plain = vec![PLAIN];
    for (name, one) in statistics {
        write_one(&mut plain, name, one);
    }
    if plain.len() < COMPRESS_FROM {
        return Ok(plain);
    }
    let mut bytes = vec![COMPRESSED];
    bytes.extend(zstd::bulk::compress(&plain[1..], COMPRESSION_LEVEL).map_err(Error::internal)?);
    Ok(bytes)
}

/// Reads what [`to_bytes`] wrote.
pub(super) fn from_bytes(bytes: &[u8]) -> Result<Statistics> {
    let torn = || Error::internal("the statistics of a chunk cannot be read");
    let (kind, rest) = bytes.split_first().ok_or_else(torn)?;
    let unpacked;
    let plain = match *kind {
        PLAIN => rest,
        COMPRESSED => {
            let mut all = Vec::new();
            let decoder = zstd::Decoder::new(rest).map_err(Error::internal)?;
            std::io::Read::read_to_end(&mut std::io::Read::take(decoder, PLAIN_MAX as u64), &mut all)
                .map_err(Error::internal)?;
            unpacked = all;
            &unpacked
        }
        _ => return Err(torn()),
    };
    let mut cursor = Cursor(plain);
    let mut found = Statistics::new();
    while !cursor.is_empty() {
        let (name, one) = read_one(&mut cursor).ok_or_else(torn)?;
        found.insert(name, one);
    }
    Ok(found)
}

fn write_one(out: &mut Vec<u8>, name: &str, one: &Statistic) {
    let same = |other: Option<f64>| other.map(f64::to_bits) == one.previous.as_f64().map(f64::to_bits);
    let is_alone = one.previous.as_f64().is_some_and(|number| !number.is_nan())
        && [one.first, one.least, one.greatest].into_iter().all(same);
    let mut flags = 0;
    flags |= if one.monotonic { flag::MONOTONIC } else { 0 };
    flags |= match one.previous {
        Json::Int(_) => flag::PREVIOUS_INT,
        Json::Float(_) => flag::PREVIOUS_FLOAT,
        _ => 0,
    };
    if is_alone {
        flags |= flag::ALONE;
    } else {
        flags |= if one.first.is_some() { flag::FIRST } else { 0 };
        flags |= if one.least.is_some() { flag::EXTREMES } else { 0 };
    }
    wire::write_text(out, name);
    out.push(flags);
    wire::write_number(out, one.type_counts.len() as u64);
    for (kind, count) in &one.type_counts {
        match KINDS.iter().position(|known| known == kind) {
            Some(place) => out.push(place as u8),
            None => {
                out.push(OTHER_KIND);
                wire::write_text(out, kind);
            }
        }
        wire::write_number(out, *count as u64);
    }
    wire::write_signed(out, one.last_step);
    match &one.previous {
        Json::Int(number) => wire::write_signed(out, *number),
        Json::Float(number) => out.extend_from_slice(&number.to_le_bytes()),
        other => wire::write_text(out, &other.to_text()),
    }
    if !is_alone {
        let extremes = one.least.zip(one.greatest).map(<[f64; 2]>::from).into_iter().flatten();
        one.first.into_iter().chain(extremes).for_each(|number| out.extend_from_slice(&number.to_le_bytes()));
    }
}

fn read_one(cursor: &mut Cursor<'_>) -> Option<(String, Statistic)> {
    let name = cursor.text()?.to_owned();
    let flags = cursor.byte()?;
    let has = |wanted: u8| flags & wanted != 0;
    let mut type_counts = BTreeMap::new();
    for _ in 0..cursor.number()? {
        let kind = match cursor.byte()? {
            OTHER_KIND => cursor.text()?,
            place => KINDS.get(usize::from(place))?,
        };
        let kind = kind.to_owned();
        type_counts.insert(kind, i64::try_from(cursor.number()?).ok()?);
    }
    let last_step = cursor.signed()?;
    let previous = if has(flag::PREVIOUS_INT) {
        Json::Int(cursor.signed()?)
    } else if has(flag::PREVIOUS_FLOAT) {
        Json::Float(cursor.float()?)
    } else {
        Json::parse(cursor.text()?).ok()?
    };
    let alone = previous.as_f64().filter(|_| has(flag::ALONE));
    let first = if has(flag::FIRST) { Some(cursor.float()?) } else { alone };
    let (least, greatest) = if has(flag::EXTREMES) { (Some(cursor.float()?), Some(cursor.float()?)) } else { (alone, alone) };
    let monotonic = has(flag::MONOTONIC);
    Some((name, Statistic { type_counts, first, previous, last_step, monotonic, least, greatest }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of_lines(lines: &[String]) -> Statistics {
        let rows: Vec<(i64, Row<'_>)> = (0..).zip(lines).map(|(step, line)| (step, Row::parse(line).unwrap())).collect();
        of_rows(&rows)
    }
    fn shown(statistics: &Statistics) -> String {
        // NaN is not equal to itself, so the texts are compared.
        format!("{statistics:?}")
    }
    fn value() -> impl Strategy<Value = String> {
        let known = ["NaN", "Infinity", "-Infinity", "null", "true", "\"x\"", "[1]", "-0.0", "12345678901234567890123"];
        prop_oneof![
            any::<i64>().prop_map(|number| number.to_string()),
            any::<f64>().prop_map(|number| Json::Float(number).to_text()),
            prop::sample::select(known.to_vec()).prop_map(str::to_owned),
            Just(r#"{"_type":"image-file"}"#.to_owned()),
        ]
    }
    fn lines() -> impl Strategy<Value = Vec<String>> {
        let row = (value(), prop::option::of(value())).prop_map(|(a, b)| {
            let b = b.map(|b| format!(r#","b":{{"c":{b}}}"#)).unwrap_or_default();
            format!(r#"{{"a":{a}{b}}}"#)
        });
        prop::collection::vec(row, 1..20)
    }

    proptest! {
        #[test]
        fn bytes_say_what_was_counted(lines in lines()) {
            let counted = of_lines(&lines);
            let bytes = to_bytes(&counted).unwrap();
            prop_assert_eq!(shown(&from_bytes(&bytes).unwrap()), shown(&counted));
            for cut in 1..bytes.len() {
                // Whole keys may be missing at the end, but nothing is read that was not written.
                if let Ok(some) = from_bytes(&bytes[..cut]) {
                    prop_assert!(some.len() < counted.len());
                }
            }
        }

        #[test]
        fn parts_join_to_what_the_whole_says(lines in lines(), cut in 0..20_usize) {
            let cut = cut.min(lines.len());
            let (before, after) = lines.split_at(cut);
            let mut joined = of_lines(before);
            let later: Vec<(i64, Row<'_>)> =
                (cut as i64..).zip(after).map(|(step, line)| (step, Row::parse(line).unwrap())).collect();
            join(&mut joined, of_rows(&later));
            let mut whole = of_lines(&lines);
            // Only parts need it.
            whole.values_mut().chain(joined.values_mut()).for_each(|one| one.first = None);
            prop_assert_eq!(shown(&joined), shown(&whole));
        }
    }

    #[test]
    fn many_keys_are_compressed_and_come_back() {
        let cells: Vec<String> = (0..1000).map(|key| format!(r#""metric/{key}":{key}"#)).collect();
        let counted = of_lines(&[format!("{{{}}}", cells.join(","))]);
        let bytes = to_bytes(&counted).unwrap();
        assert!(bytes[0] == COMPRESSED && bytes.len() < 12_000, "{} bytes", bytes.len());
        assert_eq!(from_bytes(&bytes).unwrap(), counted);
    }
}
