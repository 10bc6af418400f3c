//! The SQL of the history plane.

use super::model::Stream;
use super::pack::Lines;
use super::segment::Segments;
use super::statistics::{self, Statistic, Statistics};
use crate::blob::BlobKey;
use crate::db::{Reader, Row, Tx};
use crate::error::{Error, Result};
use crate::id::RunId;
use crate::json::Json;

/// A stream of one writer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    pub writer: String,
    pub place: i64,
    pub turn: i64,
    pub line_count: i64,
    pub last_step: i64,
    /// Up to before which line [`measured`] says what its lines do, and how many appends came since.
    pub measured_to: i64,
    pub unmeasured: i64,
}

/// A stored chunk without its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Held {
    pub writer: String,
    pub first_line: i64,
    pub line_count: i64,
    pub min_step: i64,
    pub max_step: i64,
    /// Where its lines lie if they have left the tail.
    pub sealed: Option<Sealed>,
}

/// The rows of a segment that a sealed chunk consists of, as many as it has lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sealed {
    pub segment: i64,
    pub group: i64,
    pub first_row: i64,
}

impl Held {
    pub fn end(&self) -> i64 {
        self.first_line + self.line_count
    }

    /// Whether its lines lie in that segment.
    pub fn lies_in(&self, segment: i64) -> bool {
        self.sealed.is_some_and(|sealed| sealed.segment == segment)
    }

    /// Where the lines from that one on lie, if the chunk is sealed.
    pub fn sealed_from(&self, line: i64) -> Option<Sealed> {
        self.sealed.map(|sealed| Sealed { first_row: sealed.first_row + line - self.first_line, ..sealed })
    }

    /// The number among all writers' lines that the console line `line` of this chunk has.
    pub fn number(&self, line: i64) -> i64 {
        self.min_step + line - self.first_line
    }
}

const HELD: &str =
    "SELECT writer, first_line, line_count, min_step, max_step, segment_id, segment_group, segment_row FROM chunks";

fn held(row: &Row<'_>) -> Result<Held> {
    let segment: Option<i64> = row.get("segment_id")?;
    let (group, first_row) = (row.get("segment_group")?, row.get("segment_row")?);
    Ok(Held {
        sealed: segment.map(|segment| Sealed { segment, group, first_row }),
        writer: row.get("writer")?,
        first_line: row.get("first_line")?,
        line_count: row.get("line_count")?,
        min_step: row.get("min_step")?,
        max_step: row.get("max_step")?,
    })
}

/// The writers of a stream in the order they appeared.
pub(super) fn streams(db: &Reader<'_>, run: RunId, stream: Stream) -> Result<Vec<Written>> {
    db.query(
        "SELECT writer, place, turn, line_count, last_step, measured_to, unmeasured
           FROM streams WHERE run_id = ?1 AND stream = ?2 ORDER BY place",
        &[&run, &stream.name()],
        |row| {
            Ok(Written {
                writer: row.get("writer")?,
                place: row.get("place")?,
                turn: row.get("turn")?,
                line_count: row.get("line_count")?,
                last_step: row.get("last_step")?,
                measured_to: row.get("measured_to")?,
                unmeasured: row.get("unmeasured")?,
            })
        },
    )
}

pub(super) fn put_stream(tx: &Tx<'_>, run: RunId, stream: Stream, written: &Written) -> Result<()> {
    let Written { writer, place, turn, line_count, last_step, measured_to, unmeasured } = written;
    tx.execute(
        "INSERT INTO streams (run_id, stream, writer, place, turn, line_count, last_step, measured_to, unmeasured)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT (run_id, stream, writer) DO UPDATE SET place = excluded.place, turn = excluded.turn,
           line_count = excluded.line_count, last_step = excluded.last_step, measured_to = excluded.measured_to,
           unmeasured = excluded.unmeasured, ended = 0",
        &[&run, &stream.name(), writer, place, turn, line_count, last_step, measured_to, unmeasured],
    )?;
    Ok(())
}

/// The chunks of one writer that have lines from `start` to before `end`, in order.
pub(super) fn overlapping(
    db: &Reader<'_>,
    run: RunId,
    stream: Stream,
    writer: &str,
    start: i64,
    end: i64,
) -> Result<Vec<Held>> {
    // Only the last chunk that begins before can reach into the range.
    let found = db.query(
        &format!(
            "{HELD} WHERE run_id = ?1 AND stream = ?2 AND writer = ?3 AND first_line < ?5 AND first_line >=
               (SELECT coalesce(max(first_line), 0) FROM chunks
                 WHERE run_id = ?1 AND stream = ?2 AND writer = ?3 AND first_line <= ?4)
             ORDER BY first_line"
        ),
        &[&run, &stream.name(), &writer, &start, &end],
        held,
    )?;
    Ok(found.into_iter().filter(|chunk| chunk.end() > start).collect())
}

/// The chunks of a stream that may have steps from `low` to `high`, both included, by writer and line.
pub(super) fn between(db: &Reader<'_>, run: RunId, stream: Stream, low: i64, high: i64) -> Result<Vec<Held>> {
    let found = db.query(
        &format!("{HELD} WHERE run_id = ?1 AND stream = ?2 AND min_step <= ?4 AND max_step >= ?3"),
        &[&run, &stream.name(), &low, &high],
        held,
    )?;
    let places = streams(db, run, stream)?;
    let place = |chunk: &Held| places.iter().find(|written| written.writer == chunk.writer).map(|written| written.place);
    let mut found: Vec<(Option<i64>, Held)> = found.into_iter().map(|chunk| (place(&chunk), chunk)).collect();
    found.sort_by_key(|(place, chunk)| (*place, chunk.first_line));
    Ok(found.into_iter().map(|(_, chunk)| chunk).collect())
}

/// The last chunk of a writer.
pub(super) fn last_chunk(db: &Reader<'_>, run: RunId, stream: Stream, writer: &str) -> Result<Option<Held>> {
    db.query_opt(
        &format!("{HELD} WHERE run_id = ?1 AND stream = ?2 AND writer = ?3 ORDER BY first_line DESC LIMIT 1"),
        &[&run, &stream.name(), &writer],
        held,
    )
}

/// Chunks of the console from the one that holds the line `number` on, at most `limit`, by ascending number.
pub(super) fn console_from(db: &Reader<'_>, run: RunId, number: i64, limit: i64) -> Result<Vec<Held>> {
    db.query(
        &format!(
            "{HELD} WHERE run_id = ?1 AND stream = 'console' AND min_step >=
               (SELECT coalesce(max(min_step), 0) FROM chunks WHERE run_id = ?1 AND stream = 'console' AND min_step <= ?2)
             ORDER BY min_step LIMIT ?3"
        ),
        &[&run, &number, &limit],
        held,
    )
}

/// The last chunks of the console, at most `limit`, by descending number.
pub(super) fn console_last(db: &Reader<'_>, run: RunId, limit: i64) -> Result<Vec<Held>> {
    db.query(&format!("{HELD} WHERE run_id = ?1 AND stream = 'console' ORDER BY min_step DESC LIMIT ?2"), &[&run, &limit], held)
}

/// The greatest step among the lines of a writer.
pub(super) fn greatest_step(db: &Reader<'_>, run: RunId, stream: Stream, writer: &str) -> Result<Option<i64>> {
    db.query_one(
        "SELECT max(max_step) AS greatest FROM chunks WHERE run_id = ?1 AND stream = ?2 AND writer = ?3",
        &[&run, &stream.name(), &writer],
        |row| row.get("greatest"),
    )
}

/// The lines of a chunk, wherever they lie.
pub(super) fn lines(db: &Reader<'_>, segments: &Segments, run: RunId, stream: Stream, chunk: &Held) -> Result<Lines> {
    if let Some(sealed) = chunk.sealed {
        let rows = sealed.first_row..sealed.first_row + chunk.line_count;
        let segment = segments.open(&segment_key(db, sealed.segment)?)?;
        let lines = segment.lines(sealed.group as usize, |row| rows.contains(&(row as i64)), None)?;
        return Ok(Lines::from(lines));
    }
    tail_lines(db, run, stream, chunk)
}

/// Where the bytes of a segment lie.
pub(super) fn segment_key(db: &Reader<'_>, segment: i64) -> Result<BlobKey> {
    db.query_one("SELECT blob_key FROM segments WHERE id = ?1", &[&segment], |row| row.get("blob_key").map(BlobKey::stored))
}

/// The lines of a chunk in the tail.
pub(super) fn tail_lines(db: &Reader<'_>, run: RunId, stream: Stream, chunk: &Held) -> Result<Lines> {
    Lines::unpack(&packed(db, run, stream, chunk)?, chunk.line_count)
        .map_err(|error| Error::internal(format!("{stream} of run {run} from line {}: {}", chunk.first_line, error.cause())))
}

/// The lines of a chunk as they are stored.
pub(super) fn packed(db: &Reader<'_>, run: RunId, stream: Stream, chunk: &Held) -> Result<Vec<u8>> {
    db.query_one(
        "SELECT lines FROM chunks WHERE run_id = ?1 AND stream = ?2 AND writer = ?3 AND first_line = ?4",
        &[&run, &stream.name(), &chunk.writer, &chunk.first_line],
        |row| row.get("lines"),
    )
}

/// Stores a chunk with its lines, unless it is sealed, and what they say of their keys, unless that is to be told from them.
pub(super) fn insert(
    tx: &Tx<'_>,
    run: RunId,
    stream: Stream,
    chunk: &Held,
    packed: &[u8],
    statistics: Option<&[u8]>,
) -> Result<()> {
    tx.execute(
        "INSERT INTO chunks (run_id, stream, writer, first_line, line_count, min_step, max_step, lines,
           segment_id, segment_group, segment_row, statistics)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        &[
            &run,
            &stream.name(),
            &chunk.writer,
            &chunk.first_line,
            &chunk.line_count,
            &chunk.min_step,
            &chunk.max_step,
            &packed,
            &chunk.sealed.map(|sealed| sealed.segment),
            &chunk.sealed.map_or(0, |sealed| sealed.group),
            &chunk.sealed.map_or(0, |sealed| sealed.first_row),
            &statistics,
        ],
    )?;
    Ok(())
}

pub(super) fn remove(tx: &Tx<'_>, run: RunId, stream: Stream, chunk: &Held) -> Result<()> {
    tx.execute(
        "DELETE FROM chunks WHERE run_id = ?1 AND stream = ?2 AND writer = ?3 AND first_line = ?4",
        &[&run, &stream.name(), &chunk.writer, &chunk.first_line],
    )?;
    if let Some(sealed) = chunk.sealed {
        tx.execute("UPDATE segments SET free_after = 0 WHERE id = ?1", &[&sealed.segment])?;
    }
    Ok(())
}

/// The chunks of a writer from a line on, in order, with what they say of their keys, if it is kept.
pub(super) fn chunk_statistics(
    db: &Reader<'_>,
    run: RunId,
    stream: Stream,
    writer: &str,
    line: i64,
) -> Result<Vec<(Held, Option<Vec<u8>>)>> {
    db.query(
        "SELECT writer, first_line, line_count, min_step, max_step, segment_id, segment_group, segment_row, statistics
           FROM chunks WHERE run_id = ?1 AND stream = ?2 AND writer = ?3 AND first_line >= ?4 ORDER BY first_line",
        &[&run, &stream.name(), &writer, &line],
        |row| Ok((held(row)?, row.get("statistics")?)),
    )
}

/// What one chunk says of its keys, if it is kept.
pub(super) fn statistics_of(db: &Reader<'_>, run: RunId, stream: Stream, chunk: &Held) -> Result<Option<Vec<u8>>> {
    db.query_one(
        "SELECT statistics FROM chunks WHERE run_id = ?1 AND stream = ?2 AND writer = ?3 AND first_line = ?4",
        &[&run, &stream.name(), &chunk.writer, &chunk.first_line],
        |row| row.get("statistics"),
    )
}

/// What is known of the keys of a writer up to before its line `measured_to`.
pub(super) fn measured(db: &Reader<'_>, run: RunId, stream: Stream, writer: &str) -> Result<Statistics> {
    let kept = db.query_opt(
        "SELECT statistics FROM measures WHERE run_id = ?1 AND stream = ?2 AND writer = ?3",
        &[&run, &stream.name(), &writer],
        |row| row.get::<Vec<u8>>("statistics"),
    )?;
    match kept {
        Some(bytes) => statistics::from_bytes(&bytes),
        None => older_keys(db, run, stream, writer),
    }
}

/// What was known before chunks said it themselves.
fn older_keys(db: &Reader<'_>, run: RunId, stream: Stream, writer: &str) -> Result<Statistics> {
    let found = db.query(
        "SELECT name, type_counts, previous, last_step, monotonic, least, greatest
           FROM keys WHERE run_id = ?1 AND stream = ?2 AND writer = ?3",
        &[&run, &stream.name(), &writer],
        |row| Ok((row.get::<String>("name")?, statistic(row)?)),
    )?;
    Ok(found.into_iter().collect())
}

fn statistic(row: &Row<'_>) -> Result<Statistic> {
    let counts = Json::parse_map(&row.get::<String>("type_counts")?)?;
    let previous = Json::parse(&row.get::<String>("previous")?)?;
    Ok(Statistic {
        type_counts: counts.into_iter().filter_map(|(kind, count)| Some((kind, count.as_i64()?))).collect(),
        // Of no use any more: what precedes has been joined already.
        first: None,
        previous,
        last_step: row.get("last_step")?,
        monotonic: row.get("monotonic")?,
        least: row.get("least")?,
        greatest: row.get("greatest")?,
    })
}

/// Keeps what is known of the keys of a writer; up to which line [`put_stream`] says.
pub(super) fn set_measured(tx: &Tx<'_>, run: RunId, stream: Stream, writer: &str, all: &Statistics) -> Result<()> {
    tx.execute(
        "INSERT INTO measures (run_id, stream, writer, statistics) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (run_id, stream, writer) DO UPDATE SET statistics = excluded.statistics",
        &[&run, &stream.name(), &writer, &statistics::to_bytes(all)?],
    )?;
    Ok(())
}

/// Forgets the keys of one writer's stream.
pub(super) fn remove_keys(tx: &Tx<'_>, run: RunId, stream: Stream, writer: &str) -> Result<()> {
    tx.execute("DELETE FROM measures WHERE run_id = ?1 AND stream = ?2 AND writer = ?3", &[&run, &stream.name(), &writer])?;
    tx.execute("DELETE FROM keys WHERE run_id = ?1 AND stream = ?2 AND writer = ?3", &[&run, &stream.name(), &writer])?;
    Ok(())
}

/// How often rows of a run were changed otherwise than by adding some.
pub(super) fn rewrites(db: &Reader<'_>, run: RunId) -> Result<i64> {
    let count = db.query_opt("SELECT count FROM rewrites WHERE run_id = ?1", &[&run], |row| row.get("count"))?;
    Ok(count.unwrap_or(0))
}

/// Notes that rows of a run were changed otherwise than by adding some.
pub(super) fn note_rewrite(tx: &Tx<'_>, run: RunId) -> Result<()> {
    tx.execute(
        "INSERT INTO rewrites (run_id, count) VALUES (?1, 1) ON CONFLICT (run_id) DO UPDATE SET count = rewrites.count + 1",
        &[&run],
    )?;
    Ok(())
}

pub(super) fn forget_rewrites(tx: &Tx<'_>, run: RunId) -> Result<()> {
    tx.execute("DELETE FROM rewrites WHERE run_id = ?1", &[&run])?;
    Ok(())
}

/// Removes a stream of a run with all that belongs to it.
pub(super) fn remove_stream(tx: &Tx<'_>, run: RunId, stream: Stream) -> Result<()> {
    for sql in [
        "UPDATE segments SET free_after = 0 WHERE id IN
           (SELECT segment_id FROM chunks WHERE run_id = ?1 AND stream = ?2 AND segment_id IS NOT NULL)",
        "DELETE FROM chunks WHERE run_id = ?1 AND stream = ?2",
        "DELETE FROM keys WHERE run_id = ?1 AND stream = ?2",
        "DELETE FROM measures WHERE run_id = ?1 AND stream = ?2",
        "DELETE FROM streams WHERE run_id = ?1 AND stream = ?2",
    ] {
        tx.execute(sql, &[&run, &stream.name()])?;
    }
    Ok(())
}

/// Copies all streams of a run as they are.
pub(super) fn copy(tx: &Tx<'_>, from: RunId, to: RunId) -> Result<()> {
    for sql in [
        "INSERT INTO streams (run_id, stream, writer, place, turn, line_count, last_step, sealed_to, ended, measured_to,
           unmeasured)
         SELECT ?2, stream, writer, place, turn, line_count, last_step, sealed_to, ended, measured_to, unmeasured
           FROM streams WHERE run_id = ?1",
        "INSERT INTO chunks (run_id, stream, writer, first_line, line_count, min_step, max_step, lines,
           segment_id, segment_group, segment_row, statistics)
         SELECT ?2, stream, writer, first_line, line_count, min_step, max_step, lines, segment_id, segment_group, segment_row,
           statistics FROM chunks WHERE run_id = ?1",
        "INSERT INTO measures (run_id, stream, writer, statistics)
         SELECT ?2, stream, writer, statistics FROM measures WHERE run_id = ?1",
        "INSERT INTO keys (run_id, stream, writer, name, type_counts, previous, last_step, monotonic, least, greatest)
         SELECT ?2, stream, writer, name, type_counts, previous, last_step, monotonic, least, greatest
           FROM keys WHERE run_id = ?1",
    ] {
        tx.execute(sql, &[&from, &to])?;
    }
    Ok(())
}

/// Copies one chunk of a run as it is.
pub(super) fn copy_chunk(tx: &Tx<'_>, from: RunId, to: RunId, stream: Stream, chunk: &Held) -> Result<()> {
    tx.execute(
        "INSERT INTO chunks (run_id, stream, writer, first_line, line_count, min_step, max_step, lines,
           segment_id, segment_group, segment_row, statistics)
         SELECT ?2, stream, writer, first_line, line_count, min_step, max_step, lines, segment_id, segment_group, segment_row,
           statistics FROM chunks WHERE run_id = ?1 AND stream = ?3 AND writer = ?4 AND first_line = ?5",
        &[&from, &to, &stream.name(), &chunk.writer, &chunk.first_line],
    )?;
    Ok(())
}

/// Forgets that a writer wrote to a stream.
pub(super) fn remove_written(tx: &Tx<'_>, run: RunId, stream: Stream, writer: &str) -> Result<()> {
    tx.execute("DELETE FROM streams WHERE run_id = ?1 AND stream = ?2 AND writer = ?3", &[&run, &stream.name(), &writer])?;
    Ok(())
}

/// A stream of one writer that may have lines to seal.
#[derive(Clone, Debug)]
pub(super) struct Sealable {
    pub run: RunId,
    pub stream: Stream,
    pub writer: String,
    pub line_count: i64,
    /// Whether the run said that it ended; otherwise its tail has grown long.
    pub ended: bool,
}

/// Streams whose run has ended or whose tail is long, at most `limit` of each.
pub(super) fn to_seal(db: &Reader<'_>, limit: i64) -> Result<Vec<Sealable>> {
    let mut found = Vec::new();
    for sql in [
        "SELECT run_id, stream, writer, line_count, ended FROM streams
          WHERE ended = 1 AND line_count > sealed_to AND stream <> 'console' ORDER BY run_id LIMIT ?1",
        "SELECT run_id, stream, writer, line_count, ended FROM streams
          WHERE line_count - sealed_to >= 16384 AND stream <> 'console' ORDER BY run_id LIMIT ?1",
    ] {
        found.extend(db.query(sql, &[&limit], |row| {
            let stream = if row.get::<String>("stream")? == Stream::History.name() { Stream::History } else { Stream::Events };
            Ok(Sealable {
                run: row.get("run_id")?,
                stream,
                writer: row.get("writer")?,
                line_count: row.get("line_count")?,
                ended: row.get("ended")?,
            })
        })?);
    }
    Ok(found)
}

/// Notes that a stream was sealed, or need not be, up to before a line.
pub(super) fn set_sealed_to(tx: &Tx<'_>, of: &Sealable, line: i64) -> Result<()> {
    tx.execute(
        "UPDATE streams SET sealed_to = ?4 WHERE run_id = ?1 AND stream = ?2 AND writer = ?3",
        &[&of.run, &of.stream.name(), &of.writer, &line],
    )?;
    Ok(())
}

/// Notes up to which line the keys of a stream are measured.
pub(super) fn set_measured_to(tx: &Tx<'_>, of: &Sealable, line: i64) -> Result<()> {
    tx.execute(
        "UPDATE streams SET measured_to = ?4, unmeasured = 0 WHERE run_id = ?1 AND stream = ?2 AND writer = ?3",
        &[&of.run, &of.stream.name(), &of.writer, &line],
    )?;
    Ok(())
}

/// Notes that a run said that it ended.
pub(super) fn set_ended(tx: &Tx<'_>, run: RunId) -> Result<()> {
    tx.execute("UPDATE streams SET ended = 1 WHERE run_id = ?1", &[&run])?;
    Ok(())
}

/// The first chunks of a writer that are still in the tail, in order.
pub(super) fn tail(db: &Reader<'_>, of: &Sealable, limit: i64) -> Result<Vec<Held>> {
    db.query(
        &format!(
            "{HELD} WHERE run_id = ?1 AND stream = ?2 AND writer = ?3 AND segment_id IS NULL ORDER BY first_line LIMIT ?4"
        ),
        &[&of.run, &of.stream.name(), &of.writer, &limit],
        held,
    )
}

/// The bytes of a segment, and how many they are.
pub(super) fn segment(db: &Reader<'_>, id: i64) -> Result<Option<(BlobKey, i64)>> {
    db.query_opt("SELECT blob_key, size_bytes FROM segments WHERE id = ?1 AND given_up = 0", &[&id], |row| {
        Ok((BlobKey::stored(row.get("blob_key")?), row.get("size_bytes")?))
    })
}
