//! Where rows lie: a read first notes the place of every row that matches, chooses, and then fetches only the lines chosen,
//! so that a run of a million rows costs a few bytes each.

use std::sync::Arc;

use super::model::Stream;
use super::pack::Lines;
use super::row::{self, Row};
use super::segment::{Ladder, PreviewBucket, Segment, Segments};
use super::store::{self, Held, Sealed};
use super::tail_columns::{ChunkName, Columns};
use crate::db::Reader;
use crate::error::{Error, Result};
use crate::id::RunId;
use crate::json::Json;

/// A row's chunk and its index there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub chunk: usize,
    index: usize,
}

/// The buckets of a chunk, each with its first value as it was logged.
pub(super) type Begun = Vec<(PreviewBucket, Json)>;

/// The chunks of one read.
pub(super) struct Chunks<'d, 'c> {
    db: &'d Reader<'c>,
    segments: &'d Segments,
    run: RunId,
    stream: Stream,
    /// How often rows of the run had been rewritten.
    rewrites: i64,
    held: Vec<Held>,
}

impl<'d, 'c> Chunks<'d, 'c> {
    /// The chunks that may have steps from `low` to `high`, both included.
    pub fn between(
        db: &'d Reader<'c>,
        segments: &'d Segments,
        run: RunId,
        stream: Stream,
        low: i64,
        high: i64,
    ) -> Result<Self> {
        let held = store::between(db, run, stream, low, high)?;
        Ok(Self { db, segments, run, stream, rewrites: store::rewrites(db, run)?, held })
    }

    /// The chunks that have lines of writers from these numbers on.
    pub fn since(
        db: &'d Reader<'c>,
        segments: &'d Segments,
        run: RunId,
        stream: Stream,
        from: &[(String, i64)],
    ) -> Result<Self> {
        let mut held = Vec::new();
        for (writer, line) in from {
            held.extend(store::overlapping(db, run, stream, writer, *line, i64::MAX)?);
        }
        Ok(Self { db, segments, run, stream, rewrites: store::rewrites(db, run)?, held })
    }

    /// The writer and the number of the line at a place.
    pub fn line_of(&self, place: Place) -> (&str, i64) {
        let held = &self.held[place.chunk];
        (&held.writer, held.first_line + place.index as i64)
    }

    /// Calls `visit` with each row, its step and place, in the order of writers and lines.
    pub fn each(&self, mut visit: impl FnMut(i64, &Row<'_>, Place) -> Result<()>) -> Result<()> {
        for chunk in 0..self.held.len() {
            self.each_of(chunk, &mut visit)?;
        }
        Ok(())
    }

    fn each_of(&self, chunk: usize, visit: &mut impl FnMut(i64, &Row<'_>, Place) -> Result<()>) -> Result<()> {
        let held = &self.held[chunk];
        let lines = store::lines(self.db, self.segments, self.run, self.stream, held)?;
        for (index, line) in lines.iter().enumerate() {
            let number = held.first_line + index as i64;
            let row = Row::parse(line).map_err(|error| self.torn(number, &error))?;
            visit(row.step(self.stream, number), &row, Place { chunk, index })?;
        }
        Ok(())
    }

    /// Calls `visit` with the step and place of each row, in the order of writers and lines.
    pub fn each_step(&self, mut visit: impl FnMut(i64, Place)) -> Result<()> {
        self.numbers(&[], |step, _, place| visit(step, place))
    }

    /// Calls `visit` with the step of each row, what it has at the dotted names, and its place, in the order of writers and
    /// lines: `None` for a row without that member, NaN for a value that is no number. Of sealed rows only the columns asked
    /// for are read.
    pub fn numbers(&self, keys: &[String], visit: impl FnMut(i64, &[Option<f64>], Place)) -> Result<()> {
        self.numbers_in(|_| true, keys, visit)
    }

    /// As [`Self::numbers`], of the chunks that `wanted` says by their place.
    pub fn numbers_in(
        &self,
        wanted: impl Fn(usize) -> bool,
        keys: &[String],
        mut visit: impl FnMut(i64, &[Option<f64>], Place),
    ) -> Result<()> {
        let mut numbers: Vec<Option<f64>> = Vec::with_capacity(keys.len());
        let are_plain = self.stream == Stream::History && keys.iter().all(|key| !key.contains('.'));
        for (chunk, held) in self.held.iter().enumerate().filter(|(chunk, _)| wanted(*chunk)) {
            if let Some(sealed) = held.sealed.filter(|_| self.stream == Stream::History)
                && let Some(found) = self.segment(sealed)?.numbers(sealed.group as usize, keys)?
            {
                for index in 0..held.line_count as usize {
                    let row = sealed.first_row as usize + index;
                    numbers.clear();
                    numbers.extend(found.keys.iter().map(|key| key[row]));
                    visit(found.steps[row], &numbers, Place { chunk, index });
                }
                continue;
            }
            if are_plain {
                let found = self.plain_numbers(held, keys)?;
                let columns: Vec<&[Option<f64>]> = keys.iter().filter_map(|key| found.of(key)).collect();
                for (index, step) in found.steps.iter().enumerate() {
                    numbers.clear();
                    numbers.extend(columns.iter().map(|column| column[index]));
                    visit(*step, &numbers, Place { chunk, index });
                }
                continue;
            }
            self.each_of(chunk, &mut |step, row, place| {
                numbers.clear();
                let number = |key: &String| row.at(key).map(|value| row::number(value).unwrap_or(f64::NAN));
                numbers.extend(keys.iter().map(number));
                visit(step, &numbers, place);
                Ok(())
            })?;
        }
        Ok(())
    }

    /// What the rows of a chunk have at names without dots, read without making anything of their other members.
    fn plain_numbers(&self, held: &Held, keys: &[String]) -> Result<Arc<Columns>> {
        let read = |keys: &[String]| {
            let lines = store::lines(self.db, self.segments, self.run, self.stream, held)?;
            let (mut columns, mut numbers) = (Columns::new(keys), Vec::with_capacity(keys.len()));
            for (number, line) in (held.first_line..).zip(lines.iter()) {
                let step = row::numbers_at(line, keys, number, &mut numbers).map_err(|error| self.torn(number, &error))?;
                columns.push(step, &numbers);
            }
            Ok(columns)
        };
        if held.sealed.is_some() {
            return read(keys).map(Arc::new);
        }
        let name = ChunkName {
            run: self.run,
            rewrites: self.rewrites,
            writer: held.writer.clone(),
            first_line: held.first_line,
            line_count: held.line_count,
        };
        self.segments.tail().of(name, keys, read)
    }

    /// The lines of a chunk.
    pub fn lines_of(&self, chunk: usize) -> Result<Lines> {
        store::lines(self.db, self.segments, self.run, self.stream, &self.held[chunk])
    }

    /// How many chunks there are.
    pub fn count(&self) -> usize {
        self.held.len()
    }

    /// How many rows they have.
    pub fn lines(&self) -> i64 {
        self.held.iter().map(|held| held.line_count).sum()
    }

    /// How many rows surely lie between two steps, both included: those of the chunks that lie there as a whole.
    pub fn lines_within(&self, low: i64, high: i64) -> i64 {
        let within = self.held.iter().filter(|held| low <= held.min_step && held.max_step <= high);
        within.map(|held| held.line_count).sum()
    }

    /// Whether no chunk has a step below one of the chunk before.
    pub fn ascend(&self) -> bool {
        self.held.windows(2).all(|pair| pair[0].max_step <= pair[1].min_step)
    }

    /// For each chunk that lies between two steps, is a row group as a whole and has its buckets kept: those of a key, of one
    /// of the levels of previews.
    pub fn previews(&self, key: &str, level: usize, low: i64, high: i64) -> Result<Vec<Option<Vec<PreviewBucket>>>> {
        let mut found: Vec<Option<Vec<PreviewBucket>>> = vec![None; self.held.len()];
        let mut open: Option<(i64, Arc<Segment>, Option<Ladder>)> = None;
        for (held, found) in self.held.iter().zip(&mut found) {
            let Some(sealed) = held.sealed.filter(|_| low <= held.min_step && held.max_step <= high) else { continue };
            if open.as_ref().is_none_or(|(known, ..)| *known != sealed.segment) {
                let segment = self.segment(sealed)?;
                let ladder = segment.ladder(key, level)?;
                open = Some((sealed.segment, segment, ladder));
            }
            let Some((_, segment, Some(ladder))) = &mut open else { continue };
            let group = sealed.group as usize;
            if sealed.first_row == 0 && held.line_count == segment.rows_of(group) {
                *found = ladder.get(group).cloned().flatten();
            }
        }
        Ok(found)
    }

    /// As [`Self::previews`] of all steps, of the chunks whose rows all have a number there.
    pub fn whole_previews(&self, key: &str, level: usize) -> Result<Vec<Option<Vec<PreviewBucket>>>> {
        let found = self.previews(key, level, i64::MIN, i64::MAX)?.into_iter().zip(&self.held);
        Ok(found.map(|(buckets, held)| buckets.filter(|buckets| are_whole(buckets, held))).collect())
    }

    /// As [`Self::previews`], of the chunks whose rows all have a number there, each bucket with its first value as it was
    /// logged.
    pub fn complete_previews(&self, key: &str, level: usize, low: i64, high: i64) -> Result<Vec<Option<Begun>>> {
        let found = self.previews(key, level, low, high)?.into_iter().zip(&self.held);
        let complete = found.map(|(buckets, held)| {
            let buckets = buckets.filter(|buckets| are_whole(buckets, held));
            let Some((buckets, sealed)) = buckets.zip(held.sealed) else { return Ok(None) };
            let segment = self.segment(sealed)?;
            let logged = buckets.into_iter().map(|bucket| Some((bucket, segment.as_logged(key, bucket.first)?)));
            Ok(logged.collect())
        });
        complete.collect()
    }

    fn segment(&self, sealed: Sealed) -> Result<Arc<Segment>> {
        self.segments.open(&store::segment_key(self.db, sealed.segment)?)
    }

    fn torn(&self, line: i64, error: &Error) -> Error {
        Error::internal(format!("stored line {line} of {} of run {} is {error}", self.stream, self.run))
    }

    /// What `read` makes of the lines at the places, in their order. With `only` the lines may have just the members that lie
    /// at these dotted names.
    pub fn fetch<T>(&self, places: &[Place], only: Option<&[String]>, read: impl Fn(&str) -> Result<T>) -> Result<Vec<T>> {
        let mut by_chunk: Vec<(usize, Place)> = places.iter().copied().enumerate().collect();
        by_chunk.sort_by_key(|(_, place)| (place.chunk, place.index));
        let mut found: Vec<(usize, T)> = Vec::with_capacity(places.len());
        for group in by_chunk.chunk_by(|(_, one), (_, other)| one.chunk == other.chunk) {
            let held = &self.held[group[0].1.chunk];
            if let Some(sealed) = held.sealed {
                let rows: Vec<usize> = group.iter().map(|(_, place)| sealed.first_row as usize + place.index).collect();
                let segment = self.segment(sealed)?;
                // A row is wanted once at most, so the lines come in the order of the places.
                let lines = segment.lines(sealed.group as usize, |row| rows.binary_search(&row).is_ok(), only)?;
                for ((order, _), line) in group.iter().zip(&lines) {
                    found.push((*order, read(line)?));
                }
                continue;
            }
            let lines = store::tail_lines(self.db, self.run, self.stream, held)?;
            for (order, place) in group {
                found.push((*order, read(lines.line(place.index))?));
            }
        }
        found.sort_by_key(|(order, _)| *order);
        Ok(found.into_iter().map(|(_, value)| value).collect())
    }
}

/// Whether every row of a chunk is one of the buckets' points.
fn are_whole(buckets: &[PreviewBucket], held: &Held) -> bool {
    buckets.iter().map(|bucket| bucket.count).sum::<u64>() == held.line_count as u64
}
