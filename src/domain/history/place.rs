//! Where rows lie: a read first notes the place of every row that matches, chooses, and then fetches only the lines chosen,
//! so that a run of a million rows costs a few bytes each.

use super::model::Stream;
use super::row::{self, Row};
use super::segment::Segments;
use super::store::{self, Held};
use crate::db::Reader;
use crate::error::{Error, Result};
use crate::id::RunId;

/// A row's chunk and its index there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    chunk: usize,
    index: usize,
}

/// The chunks of one read.
pub(super) struct Chunks<'d, 'c> {
    db: &'d Reader<'c>,
    segments: &'d Segments,
    run: RunId,
    stream: Stream,
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
        Ok(Self { db, segments, run, stream, held: store::between(db, run, stream, low, high)? })
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
            let row = Row::parse(line).map_err(|error| {
                Error::internal(format!("stored line {number} of {} of run {} is {error}", self.stream, self.run))
            })?;
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
    pub fn numbers(&self, keys: &[String], mut visit: impl FnMut(i64, &[Option<f64>], Place)) -> Result<()> {
        let mut numbers: Vec<Option<f64>> = Vec::with_capacity(keys.len());
        for (chunk, held) in self.held.iter().enumerate() {
            if let Some(sealed) = held.sealed.filter(|_| self.stream == Stream::History) {
                let segment = self.segments.open(&store::segment_key(self.db, sealed.segment)?)?;
                if let Some(found) = segment.numbers(sealed.group as usize, keys)? {
                    for index in 0..held.line_count as usize {
                        let row = sealed.first_row as usize + index;
                        numbers.clear();
                        numbers.extend(found.keys.iter().map(|key| key[row]));
                        visit(found.steps[row], &numbers, Place { chunk, index });
                    }
                    continue;
                }
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
                let segment = self.segments.open(&store::segment_key(self.db, sealed.segment)?)?;
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
