//! Whole rows as they were sent, and how many there are.

use super::model::{Counters, RowRange, Stream};
use super::place::{Chunks, Place};
use super::sample::spread;
use super::segment::Segments;
use super::store::{self, Written};
use crate::db::Reader;
use crate::error::Result;
use crate::id::RunId;

/// How much a run has streamed.
pub fn counters(db: &Reader<'_>, segments: &Segments, run: RunId) -> Result<Counters> {
    let streams = |stream| store::streams(db, run, stream);
    let (history, events, console) = (streams(Stream::History)?, streams(Stream::Events)?, streams(Stream::Console)?);
    let lines = |streams: &[Written]| streams.iter().map(|written| written.line_count).sum();
    Ok(Counters {
        history_lines: lines(&history),
        events_lines: lines(&events),
        log_lines: lines(&console),
        last_step: history.iter().map(|written| written.last_step).max(),
        history_tail: tail(db, segments, run, Stream::History, &history)?,
        events_tail: tail(db, segments, run, Stream::Events, &events)?,
    })
}

/// The last line of the writer that wrote last.
fn tail(db: &Reader<'_>, segments: &Segments, run: RunId, stream: Stream, writers: &[Written]) -> Result<Option<String>> {
    let Some(latest) = writers.iter().max_by_key(|written| written.turn) else {
        return Ok(None);
    };
    let Some(chunk) = store::last_chunk(db, run, stream, &latest.writer)? else {
        return Ok(None);
    };
    let lines = store::lines(db, segments, run, stream, &chunk)?;
    Ok(lines.iter().last().map(str::to_owned))
}

/// Rows of metrics as they were sent, by ascending step; rows of equal steps in the order they were sent. More rows than
/// asked for are thinned out evenly, keeping the first and the last.
pub fn rows(db: &Reader<'_>, segments: &Segments, run: RunId, range: &RowRange) -> Result<Vec<String>> {
    let low = range.min_step.unwrap_or(i64::MIN);
    let Some(high) = range.max_step.map_or(Some(i64::MAX), |end| end.checked_sub(1)) else {
        return Ok(Vec::new());
    };
    read(db, segments, run, Stream::History, low, high, range.samples)
}

/// Rows of system metrics as they were sent, by ascending time, at most `samples`, thinned out evenly.
pub fn events(db: &Reader<'_>, segments: &Segments, run: RunId, samples: usize) -> Result<Vec<String>> {
    read(db, segments, run, Stream::Events, i64::MIN, i64::MAX, Some(samples))
}

fn read(
    db: &Reader<'_>,
    segments: &Segments,
    run: RunId,
    stream: Stream,
    low: i64,
    high: i64,
    samples: Option<usize>,
) -> Result<Vec<String>> {
    let chunks = Chunks::between(db, segments, run, stream, low, high)?;
    let mut found: Vec<(i64, Place)> = Vec::new();
    chunks.each_step(|step, place| {
        if (low..=high).contains(&step) {
            found.push((step, place));
        }
    })?;
    found.sort_by_key(|(step, _)| *step);
    let chosen: Vec<Place> = spread(found.len(), samples.unwrap_or(found.len())).map(|index| found[index].1).collect();
    chunks.fetch(&chosen, None, |line| Ok(line.to_owned()))
}
