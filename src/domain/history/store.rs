//! The SQL of the history plane.

use super::keys::{Statistic, Statistics};
use super::model::Stream;
use super::pack::Lines;
use crate::db::{Reader, Row, Tx};
use crate::error::{Error, Result};
use crate::id::RunId;
use crate::json::Json;

/// A stream of one writer.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub writer: String,
    pub place: i64,
    pub turn: i64,
    pub line_count: i64,
    pub last_step: i64,
}

/// A stored chunk without its lines.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub writer: String,
    pub first_line: i64,
    pub line_count: i64,
    pub min_step: i64,
    pub max_step: i64,
}

impl Held {
    pub fn end(&self) -> i64 {
        self.first_line + self.line_count
    }

    /// The number among all writers' lines that the console line `line` of this chunk has.
    pub fn number(&self, line: i64) -> i64 {
        self.min_step + line - self.first_line
    }
}

const HELD: &str = "SELECT writer, first_line, line_count, min_step, max_step FROM chunks";

fn held(row: &Row<'_>) -> Result<Held> {
    Ok(Held {
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
        "SELECT writer, place, turn, line_count, last_step FROM streams WHERE run_id = ?1 AND stream = ?2 ORDER BY place",
        &[&run, &stream.name()],
        |row| {
            Ok(Written {
                writer: row.get("writer")?,
                place: row.get("place")?,
                turn: row.get("turn")?,
                line_count: row.get("line_count")?,
                last_step: row.get("last_step")?,
            })
        },
    )
}

pub(super) fn put_stream(tx: &Tx<'_>, run: RunId, stream: Stream, written: &Written) -> Result<()> {
    let Written { writer, place, turn, line_count, last_step } = written;
    tx.execute(
        "INSERT INTO streams (run_id, stream, writer, place, turn, line_count, last_step) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (run_id, stream, writer) DO UPDATE SET place = excluded.place, turn = excluded.turn,
           line_count = excluded.line_count, last_step = excluded.last_step",
        &[&run, &stream.name(), writer, place, turn, line_count, last_step],
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

/// The lines of a chunk.
pub(super) fn lines(db: &Reader<'_>, run: RunId, stream: Stream, chunk: &Held) -> Result<Lines> {
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

pub(super) fn insert(tx: &Tx<'_>, run: RunId, stream: Stream, chunk: &Held, packed: &[u8]) -> Result<()> {
    tx.execute(
        "INSERT INTO chunks (run_id, stream, writer, first_line, line_count, min_step, max_step, lines)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        &[&run, &stream.name(), &chunk.writer, &chunk.first_line, &chunk.line_count, &chunk.min_step, &chunk.max_step, &packed],
    )?;
    Ok(())
}

pub(super) fn remove(tx: &Tx<'_>, run: RunId, stream: Stream, chunk: &Held) -> Result<()> {
    tx.execute(
        "DELETE FROM chunks WHERE run_id = ?1 AND stream = ?2 AND writer = ?3 AND first_line = ?4",
        &[&run, &stream.name(), &chunk.writer, &chunk.first_line],
    )?;
    Ok(())
}

/// The keys of one writer's stream.
pub(super) fn keys(db: &Reader<'_>, run: RunId, stream: Stream, writer: &str) -> Result<Statistics> {
    let found = db.query(
        "SELECT name, type_counts, previous, last_step, monotonic, least, greatest
           FROM keys WHERE run_id = ?1 AND stream = ?2 AND writer = ?3",
        &[&run, &stream.name(), &writer],
        |row| Ok((row.get::<String>("name")?, statistic(row)?)),
    )?;
    Ok(found.into_iter().collect())
}

/// One key of one writer's stream.
pub(super) fn key(db: &Reader<'_>, run: RunId, stream: Stream, writer: &str, name: &str) -> Result<Option<Statistic>> {
    db.query_opt(
        "SELECT type_counts, previous, last_step, monotonic, least, greatest
           FROM keys WHERE run_id = ?1 AND stream = ?2 AND writer = ?3 AND name = ?4",
        &[&run, &stream.name(), &writer, &name],
        statistic,
    )
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

pub(super) fn put_key(tx: &Tx<'_>, run: RunId, stream: Stream, writer: &str, name: &str, statistic: &Statistic) -> Result<()> {
    let counts = statistic.type_counts.iter().map(|(kind, count)| (kind.clone(), Json::Int(*count)));
    tx.execute(
        "INSERT INTO keys (run_id, stream, writer, name, type_counts, previous, last_step, monotonic, least, greatest)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         ON CONFLICT (run_id, stream, writer, name) DO UPDATE SET type_counts = excluded.type_counts,
           previous = excluded.previous, last_step = excluded.last_step, monotonic = excluded.monotonic,
           least = excluded.least, greatest = excluded.greatest",
        &[
            &run,
            &stream.name(),
            &writer,
            &name,
            &Json::Map(counts.collect()).to_text(),
            &statistic.previous.to_text(),
            &statistic.last_step,
            &statistic.monotonic,
            &statistic.least,
            &statistic.greatest,
        ],
    )?;
    Ok(())
}

/// Forgets the keys of one writer's stream.
pub(super) fn remove_keys(tx: &Tx<'_>, run: RunId, stream: Stream, writer: &str) -> Result<()> {
    tx.execute("DELETE FROM keys WHERE run_id = ?1 AND stream = ?2 AND writer = ?3", &[&run, &stream.name(), &writer])?;
    Ok(())
}

/// Removes a stream of a run with all that belongs to it.
pub(super) fn remove_stream(tx: &Tx<'_>, run: RunId, stream: Stream) -> Result<()> {
    for sql in [
        "DELETE FROM chunks WHERE run_id = ?1 AND stream = ?2",
        "DELETE FROM keys WHERE run_id = ?1 AND stream = ?2",
        "DELETE FROM streams WHERE run_id = ?1 AND stream = ?2",
    ] {
        tx.execute(sql, &[&run, &stream.name()])?;
    }
    Ok(())
}

/// Copies all streams of a run as they are.
pub(super) fn copy(tx: &Tx<'_>, from: RunId, to: RunId) -> Result<()> {
    for sql in [
        "INSERT INTO streams (run_id, stream, writer, place, turn, line_count, last_step)
         SELECT ?2, stream, writer, place, turn, line_count, last_step FROM streams WHERE run_id = ?1",
        "INSERT INTO chunks (run_id, stream, writer, first_line, line_count, min_step, max_step, lines)
         SELECT ?2, stream, writer, first_line, line_count, min_step, max_step, lines FROM chunks WHERE run_id = ?1",
        "INSERT INTO keys (run_id, stream, writer, name, type_counts, previous, last_step, monotonic, least, greatest)
         SELECT ?2, stream, writer, name, type_counts, previous, last_step, monotonic, least, greatest
           FROM keys WHERE run_id = ?1",
    ] {
        tx.execute(sql, &[&from, &to])?;
    }
    Ok(())
}

/// Forgets that a writer wrote to a stream.
pub(super) fn remove_written(tx: &Tx<'_>, run: RunId, stream: Stream, writer: &str) -> Result<()> {
    tx.execute("DELETE FROM streams WHERE run_id = ?1 AND stream = ?2 AND writer = ?3", &[&run, &stream.name(), &writer])?;
    Ok(())
}
