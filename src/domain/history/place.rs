//! Where rows lie: a read first notes the place of every row that matches, chooses, and then fetches only the lines chosen,
//! so that a run of a million rows costs a few bytes each.

use super::model::Stream;
use super::row::Row;
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
    run: RunId,
    stream: Stream,
    held: Vec<Held>,
}

impl<'d, 'c> Chunks<'d, 'c> {
    /// The chunks that may have steps from `low` to `high`, both included.
    pub fn between(db: &'d Reader<'c>, run: RunId, stream: Stream, low: i64, high: i64) -> Result<Self> {
        Ok(Self { db, run, stream, held: store::between(db, run, stream, low, high)? })
    }

    /// Calls `visit` with each row, its step and place, in the order of writers and lines.
    pub fn each(&self, mut visit: impl FnMut(i64, &Row<'_>, Place) -> Result<()>) -> Result<()> {
        for (chunk, held) in self.held.iter().enumerate() {
            let lines = store::lines(self.db, self.run, self.stream, held)?;
            for (index, line) in lines.iter().enumerate() {
                let number = held.first_line + index as i64;
                let row = Row::parse(line).map_err(|error| {
                    Error::internal(format!("stored line {number} of {} of run {} is {error}", self.stream, self.run))
                })?;
                visit(row.step(self.stream, number), &row, Place { chunk, index })?;
            }
        }
        Ok(())
    }

    /// What `read` makes of the lines at the places, in their order.
    pub fn fetch<T>(&self, places: &[Place], read: impl Fn(&str) -> Result<T>) -> Result<Vec<T>> {
        let mut by_chunk: Vec<(usize, Place)> = places.iter().copied().enumerate().collect();
        by_chunk.sort_by_key(|(_, place)| (place.chunk, place.index));
        let mut found: Vec<(usize, T)> = Vec::with_capacity(places.len());
        for group in by_chunk.chunk_by(|(_, one), (_, other)| one.chunk == other.chunk) {
            let lines = store::lines(self.db, self.run, self.stream, &self.held[group[0].1.chunk])?;
            for (order, place) in group {
                found.push((*order, read(lines.line(place.index))?));
            }
        }
        found.sort_by_key(|(order, _)| *order);
        Ok(found.into_iter().map(|(_, value)| value).collect())
    }
}
