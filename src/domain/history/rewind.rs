//! Cutting a run's history back, and taking it over into another run.

use super::model::Stream;
use super::segment::Segments;
use super::store::{self, Held, Written};
use super::{keys, parse};
use crate::db::{Reader, Tx};
use crate::error::{Error, Result};
use crate::id::RunId;

/// Keeps the metric rows whose step is at most `step` and starts the console afresh; system metrics stay. The rows kept
/// become those of one writer, numbered without gaps, so that the client goes on at the count this returns.
pub fn truncate(tx: &Tx<'_>, segments: &Segments, run: RunId, step: i64) -> Result<i64> {
    store::remove_stream(tx, run, Stream::Console)?;
    let mut count = 0;
    let mut moved = Vec::new();
    for held in store::between(tx, run, Stream::History, i64::MIN, i64::MAX)? {
        if held.writer.is_empty() && held.first_line == count && held.max_step <= step {
            count = held.end();
            continue;
        }
        let kept = kept(tx, segments, run, &held, step, count)?;
        store::remove(tx, run, Stream::History, &held)?;
        if let Some((held, packed)) = kept {
            count = held.end();
            moved.push((held, packed));
        }
    }
    for (held, packed) in moved {
        store::insert(tx, run, Stream::History, &held, &packed)?;
    }
    settle(tx, segments, run)?;
    Ok(count)
}

/// Takes over what another run streamed: everything, or the metric rows whose step is at most `up_to_step`. Returns how
/// many metric lines the run has now.
///
/// # Errors
/// Conflict: the run has streamed something of its own.
pub fn copy(tx: &Tx<'_>, segments: &Segments, from: RunId, to: RunId, up_to_step: Option<i64>) -> Result<i64> {
    for stream in [Stream::History, Stream::Events, Stream::Console] {
        if !store::streams(tx, to, stream)?.is_empty() {
            return Err(Error::conflict("the run has a history already"));
        }
    }
    let Some(step) = up_to_step else {
        store::copy(tx, from, to)?;
        return Ok(store::streams(tx, to, Stream::History)?.iter().map(|written| written.line_count).sum());
    };
    let mut count = 0;
    for held in store::between(tx, from, Stream::History, i64::MIN, step)? {
        if let Some((held, packed)) = kept(tx, segments, from, &held, step, count)? {
            store::insert(tx, to, Stream::History, &held, &packed)?;
            count = held.end();
        }
    }
    settle(tx, segments, to)?;
    Ok(count)
}

/// Forgets all that a run has streamed.
pub fn delete(tx: &Tx<'_>, run: RunId) -> Result<()> {
    for stream in [Stream::History, Stream::Events, Stream::Console] {
        store::remove_stream(tx, run, stream)?;
    }
    Ok(())
}

/// What stays of a chunk, as lines of the only writer from `first_line` on.
fn kept(
    db: &Reader<'_>,
    segments: &Segments,
    run: RunId,
    held: &Held,
    step: i64,
    first_line: i64,
) -> Result<Option<(Held, Vec<u8>)>> {
    if held.min_step > step {
        return Ok(None);
    }
    // A row without a step has that of its line number, so renumbered lines are measured again.
    if held.max_step <= step && held.first_line == first_line {
        let packed = store::packed(db, run, Stream::History, held)?;
        return Ok(Some((Held { writer: String::new(), ..held.clone() }, packed)));
    }
    let lines = store::lines(db, segments, run, Stream::History, held)?;
    let rows = parse::rows(Stream::History, held.first_line, lines.iter())?;
    // Sealed rows that are kept from the first on are pointed at as before, only fewer of them.
    let is_start = held.first_line == first_line && rows.is_sorted_by_key(|(at, _)| *at > step);
    let lines = lines.iter().zip(&rows).filter(|(_, (at, _))| *at <= step).map(|(line, _)| line.to_owned()).collect();
    let chunk = parse::chunk(Stream::History, first_line, lines)?;
    let sealed = held.sealed.filter(|_| is_start);
    let held = Held {
        writer: String::new(),
        first_line,
        line_count: chunk.line_count(),
        min_step: chunk.min_step,
        max_step: chunk.max_step,
        sealed,
    };
    Ok(Some((held, if sealed.is_some() { Vec::new() } else { chunk.packed })))
}

/// Makes counters and keys those of the chunks, which are now of one writer.
fn settle(tx: &Tx<'_>, segments: &Segments, run: RunId) -> Result<()> {
    for written in store::streams(tx, run, Stream::History)? {
        store::remove_keys(tx, run, Stream::History, &written.writer)?;
        store::remove_written(tx, run, Stream::History, &written.writer)?;
    }
    let Some(last) = store::last_chunk(tx, run, Stream::History, "")? else {
        return Ok(());
    };
    let last_step = store::greatest_step(tx, run, Stream::History, "")?.unwrap_or_default();
    let written = Written { writer: String::new(), place: 0, turn: 0, line_count: last.end(), last_step };
    store::put_stream(tx, run, Stream::History, &written)?;
    keys::rebuild(tx, segments, run, Stream::History, "")
}
