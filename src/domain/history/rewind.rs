//! Cutting a run's history back, and taking it over into another run.
//!
//! What is to be kept is found out beside the writer, since it may have to read long files; the writer then only puts rows in
//! the places of others, if nothing has changed meanwhile.

use super::model::Stream;
use super::segment::Segments;
use super::store::{self, Held, Written};
use super::{keys, news, parse, summary_store};
use crate::db::{Db, Reader, Tx};
use crate::error::{Error, Result};
use crate::id::RunId;

/// How often a run that is written meanwhile is looked at again, before the writer itself does.
const ATTEMPTS: usize = 5;

/// What of a run's metric rows stays, up to a step.
#[derive(Clone, Debug)]
struct Cut {
    /// What was seen: the writers, and all chunks that have some of the steps.
    writers: Vec<Written>,
    seen: Vec<Held>,
    kept: Vec<Kept>,
}

/// A chunk that stays.
#[derive(Clone, Debug)]
enum Kept {
    /// As it is: its place among what was seen.
    Whole(usize),
    /// With other lines or numbers; packed, unless it is sealed, and with what is kept of its statistics.
    Part(Held, Vec<u8>, Option<Vec<u8>>),
}

/// Keeps the metric rows whose step is at most `step` and starts the console afresh; system metrics stay. The rows kept
/// become those of one writer, numbered without gaps, so that the client goes on at the count this returns. Before, `archive`
/// is given all that the run has, unless it has been.
pub async fn truncate(streams: &Db, segments: &Segments, run: RunId, step: i64, archive: Option<RunId>) -> Result<i64> {
    prepared(streams, segments, run, i64::MAX, step, move |tx, segments, cut| {
        if let Some(archive) = archive {
            copy_all(tx, run, archive)?;
        }
        store::remove_stream(tx, run, Stream::Console)?;
        summary_store::drop_summary(tx, run)?;
        store::note_rewrite(tx, run)?;
        let stays: Vec<usize> =
            cut.kept.iter().filter_map(|kept| if let Kept::Whole(place) = kept { Some(*place) } else { None }).collect();
        for (place, held) in cut.seen.iter().enumerate() {
            if stays.binary_search(&place).is_err() {
                store::remove(tx, run, Stream::History, held)?;
            }
        }
        for kept in &cut.kept {
            if let Kept::Part(held, packed, statistics) = kept {
                store::insert(tx, run, Stream::History, held, packed, statistics.as_deref())?;
            }
        }
        settle(tx, segments, run)
    })
    .await
}

/// Takes over the metric rows of another run whose step is at most `step`, unless the run has rows already. Returns how many
/// metric lines the run has now.
pub async fn copy_to(streams: &Db, segments: &Segments, from: RunId, to: RunId, step: i64) -> Result<i64> {
    prepared(streams, segments, from, step, step, move |tx, segments, cut| {
        let own = store::streams(tx, to, Stream::History)?;
        if !own.is_empty() {
            return Ok(own.iter().map(|written| written.line_count).sum());
        }
        for kept in &cut.kept {
            match kept {
                Kept::Whole(place) => store::copy_chunk(tx, from, to, Stream::History, &cut.seen[*place])?,
                Kept::Part(held, packed, statistics) => {
                    store::insert(tx, to, Stream::History, held, packed, statistics.as_deref())?;
                }
            }
        }
        settle(tx, segments, to)
    })
    .await
}

/// Takes over all that another run streamed.
///
/// # Errors
/// Conflict: the run has streamed something of its own.
pub fn copy_all(tx: &Tx<'_>, from: RunId, to: RunId) -> Result<()> {
    for stream in [Stream::History, Stream::Events, Stream::Console] {
        if !store::streams(tx, to, stream)?.is_empty() {
            return Err(Error::conflict("the run has a history already"));
        }
    }
    store::copy(tx, from, to)
}

/// Forgets all that a run has streamed.
pub fn delete(tx: &Tx<'_>, run: RunId) -> Result<()> {
    for stream in [Stream::History, Stream::Events, Stream::Console] {
        store::remove_stream(tx, run, stream)?;
    }
    summary_store::forget(tx, run)?;
    news::forget(tx, run)?;
    store::forget_rewrites(tx, run)
}

/// Lets `work` have what stays of a run up to `step`, of the chunks that begin up to `seen_to`.
async fn prepared<T: Send + 'static>(
    streams: &Db,
    segments: &Segments,
    run: RunId,
    seen_to: i64,
    step: i64,
    work: impl Fn(&Tx<'_>, &Segments, &Cut) -> Result<T> + Clone + Send + 'static,
) -> Result<T> {
    for _ in 0..ATTEMPTS {
        let at = segments.clone();
        let cut = streams.read(move |db| cut(db, &at, run, seen_to, step)).await?;
        let (at, work) = (segments.clone(), work.clone());
        let done = streams.write(move |tx| {
            if cut.writers != store::streams(tx, run, Stream::History)?
                || cut.seen != store::between(tx, run, Stream::History, i64::MIN, seen_to)?
            {
                return Ok(None);
            }
            work(tx, &at, &cut).map(Some)
        });
        if let Some(done) = done.await? {
            return Ok(done);
        }
    }
    let at = segments.clone();
    streams.write(move |tx| work(tx, &at, &cut(tx, &at, run, seen_to, step)?)).await
}

fn cut(db: &Reader<'_>, segments: &Segments, run: RunId, seen_to: i64, step: i64) -> Result<Cut> {
    let writers = store::streams(db, run, Stream::History)?;
    let seen = store::between(db, run, Stream::History, i64::MIN, seen_to)?;
    let mut kept = Vec::new();
    let mut count = 0;
    for (place, held) in seen.iter().enumerate() {
        if held.writer.is_empty() && held.first_line == count && held.max_step <= step {
            count = held.end();
            kept.push(Kept::Whole(place));
        } else if let Some(part) = part(db, segments, run, held, step, count)? {
            if let Kept::Part(held, ..) = &part {
                count = held.end();
            }
            kept.push(part);
        }
    }
    Ok(Cut { writers, seen, kept })
}

/// What stays of a chunk, as lines of the only writer from `first_line` on.
fn part(db: &Reader<'_>, segments: &Segments, run: RunId, held: &Held, step: i64, first_line: i64) -> Result<Option<Kept>> {
    if held.min_step > step {
        return Ok(None);
    }
    // A row without a step has that of its line number, so renumbered lines are measured again.
    if held.max_step <= step && held.first_line == first_line {
        let packed = store::packed(db, run, Stream::History, held)?;
        let statistics = store::statistics_of(db, run, Stream::History, held)?;
        return Ok(Some(Kept::Part(Held { writer: String::new(), ..held.clone() }, packed, statistics)));
    }
    let lines = store::lines(db, segments, run, Stream::History, held)?;
    let rows = parse::rows(Stream::History, held.first_line, lines.iter())?;
    // Sealed rows that are kept from the first on are pointed at as before, only fewer of them.
    let is_start = held.first_line == first_line && rows.is_sorted_by_key(|(at, _)| *at > step);
    let lines = lines.iter().zip(&rows).filter(|(_, (at, _))| *at <= step).map(|(line, _)| line.to_owned()).collect();
    let chunk = parse::chunk(Stream::History, first_line, lines)?;
    if chunk.lines.is_empty() {
        return Ok(None);
    }
    let sealed = held.sealed.filter(|_| is_start);
    let held = Held {
        writer: String::new(),
        first_line,
        line_count: chunk.line_count(),
        min_step: chunk.min_step,
        max_step: chunk.max_step,
        sealed,
    };
    let packed = if sealed.is_some() { Vec::new() } else { chunk.packed };
    Ok(Some(Kept::Part(held, packed, chunk.measured)))
}

/// Makes counters and keys those of the chunks, which are now of one writer; returns how many lines it has.
fn settle(tx: &Tx<'_>, segments: &Segments, run: RunId) -> Result<i64> {
    for written in store::streams(tx, run, Stream::History)? {
        store::remove_keys(tx, run, Stream::History, &written.writer)?;
        store::remove_written(tx, run, Stream::History, &written.writer)?;
    }
    let Some(last) = store::last_chunk(tx, run, Stream::History, "")? else {
        return Ok(0);
    };
    let last_step = store::greatest_step(tx, run, Stream::History, "")?.unwrap_or_default();
    let end = last.end();
    let written =
        Written { writer: String::new(), place: 0, turn: 0, line_count: end, last_step, measured_to: end, unmeasured: 0 };
    store::put_stream(tx, run, Stream::History, &written)?;
    keys::rebuild(tx, segments, run, Stream::History, "")?;
    Ok(end)
}
