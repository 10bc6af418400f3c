//! A run's metrics as Parquet files: those that it lies in already, or one with all of it.

use std::fs::File;

use super::keys;
use super::model::Stream;
use super::place::{Chunks, Place};
use super::row::Row;
use super::sample::{SampleSpec, sampled};
use super::segment::{SegmentWriter, Segments, Shape, Survey};
use super::store::{self, Held};
use crate::blob::BlobKey;
use crate::db::Reader;
use crate::error::{Error, Result};
use crate::id::RunId;
use crate::json::Map;

/// How many rows that lie in no file are told of.
const LIVE_MAX: usize = 1000;

/// Where a reader finds a run's metrics.
#[derive(Debug, PartialEq)]
pub enum Exports {
    /// In these files, by ascending step.
    Files(Vec<i64>),
    /// In its rows alone. What they have at the keys that were asked for, and their steps; of many a fair choice, with the
    /// first and the last among them.
    Rows(Vec<Map>),
}

/// The segments of a run, if their columns say just what its rows do: all rows are sealed, their steps never fall, each has
/// the same keys with plain values, and one writer sent them. Else its rows: the client asks for rows by step even where a
/// file has them too, so a run is in files as a whole or not at all.
pub fn exports(db: &Reader<'_>, segments: &Segments, run: RunId, live_keys: &[String]) -> Result<Exports> {
    if let Some(files) = files(db, segments, run)? {
        return Ok(Exports::Files(files));
    }
    let others = live_keys.iter().filter(|key| *key != "_step").cloned();
    let keys = std::iter::once("_step".to_owned()).chain(others).collect();
    let spec = SampleSpec { keys, samples: LIVE_MAX, min_step: None, max_step: None };
    Ok(Exports::Rows(sampled(db, segments, run, &spec)?))
}

fn files(db: &Reader<'_>, segments: &Segments, run: RunId) -> Result<Option<Vec<i64>>> {
    let writers = store::streams(db, run, Stream::History)?;
    let [writer] = writers.as_slice() else { return Ok(None) };
    let keys = keys::of_writer(db, segments, run, Stream::History, writer)?;
    if !keys.get("_step").is_some_and(|steps| steps.monotonic) {
        return Ok(None);
    }
    let held = store::between(db, run, Stream::History, i64::MIN, i64::MAX)?;
    let mut files = Vec::new();
    for own in held.chunk_by(|one, other| one.sealed.map(|it| it.segment) == other.sealed.map(|it| it.segment)) {
        let Some(sealed) = own[0].sealed else { return Ok(None) };
        let segment = segments.open(&store::segment_key(db, sealed.segment)?)?;
        if !segment.plain_groups()?.is_some_and(|groups| is_all_of(own, &groups)) {
            return Ok(None);
        }
        files.push(sealed.segment);
    }
    Ok(Some(files))
}

/// Whether these chunks are all row groups of their segment, in their order.
fn is_all_of(held: &[Held], groups: &[i64]) -> bool {
    let whole = |(index, (held, rows)): (usize, (&Held, &i64))| {
        held.line_count == *rows && held.sealed.is_some_and(|sealed| (sealed.group, sealed.first_row) == (index as i64, 0))
    };
    held.len() == groups.len() && held.iter().zip(groups).enumerate().all(whole)
}

/// The bytes of a file among a run's exports, and how many they are.
pub fn exported(db: &Reader<'_>, file: i64) -> Result<Option<(BlobKey, i64)>> {
    store::segment(db, file)
}

/// Writes all rows of a run into one Parquet file, by ascending step: a column a key, typed if all its values are of one
/// type, else JSON text. A run without rows gives a file without rows.
pub fn export(db: &Reader<'_>, segments: &Segments, run: RunId, file: &File) -> Result<()> {
    let chunks = Chunks::between(db, segments, run, Stream::History, i64::MIN, i64::MAX)?;
    let mut found: Vec<(i64, Place)> = Vec::new();
    let mut survey = Survey::default();
    chunks.each(|step, row, place| {
        found.push((step, place));
        survey.note(row);
        Ok(())
    })?;
    found.sort_by_key(|(step, _)| *step);
    let places: Vec<Place> = found.into_iter().map(|(_, place)| place).collect();
    let shape = survey.shape();
    let is_written = write(&chunks, &places, shape.clone(), file)? || write(&chunks, &places, shape.with_rest(), file)?;
    if is_written { Ok(()) } else { Err(Error::internal("a row finds no column")) }
}

/// False if the columns of that shape cannot say all rows.
fn write(chunks: &Chunks<'_, '_>, places: &[Place], shape: Shape, mut file: &File) -> Result<bool> {
    use std::io::Seek as _;
    file.rewind().and_then(|()| file.set_len(0)).map_err(Error::internal)?;
    let group_rows = shape.group_rows();
    let mut parquet = SegmentWriter::new(shape, file)?;
    for places in places.chunks(group_rows) {
        let lines = chunks.fetch(places, None, |line| Ok(line.to_owned()))?;
        let rows = lines.iter().map(|line| Row::parse(line)).collect::<Result<Vec<_>>>()?;
        if !parquet.group(&lines, rows.iter())? {
            return Ok(false);
        }
    }
    parquet.finish()?;
    Ok(true)
}
