//! Sealing: the tail of a run that ended, or that has grown long, becomes a segment.
//!
//! The segment is written first; then one transaction lets the chunks point into it and drops their lines, if they are still
//! those that were read. Stopped at any point, either the tail is whole and the segment is nobody's, or the segment is in
//! use. What is nobody's [`collect`] removes.

use std::collections::HashSet;
use std::time::Duration;

use super::append::JOINED_LINES_MAX;
use super::join::with_small_neighbours;
use super::model::Stream;
use super::pack::{self, Lines};
use super::row::Row;
use super::segment::{SegmentWriter, Segments, Shape, Survey};
use super::store::{self, Held, Sealable, Sealed};
use super::{
    keys, parse, segment_store,
    statistics::{self, Counter},
};
use crate::blob::{BlobKey, Shelf};
use crate::clock::Timestamp;
use crate::db::{Db, Reader, Tx};
use crate::error::{Error, Result};
use crate::id::RunId;

/// What goes into one segment at most: so much is held in memory, a few times over.
const CHUNKS_MAX: i64 = 4096;
const LINES_MAX: i64 = 65_536;
const TEXT_BYTES_MAX: usize = 48 << 20;
/// A run that ended with fewer rows altogether stays in the database, where they take less room than in a file of their own.
const LINES_MIN: i64 = 256;
/// How many streams one call looks at.
const BATCH: i64 = 16;
/// How long writing a segment may take, until it counts as left behind.
const WRITING_PATIENCE: Duration = Duration::from_secs(3600);
/// How long a segment stays that nothing points into any more, for those who began to read before.
const READING_PATIENCE: Duration = Duration::from_secs(60);

/// Notes that a run said that it ended, so that its rows are sealed soon. New rows take the note back.
pub fn ended(tx: &Tx<'_>, run: RunId) -> Result<()> {
    store::set_ended(tx, run)
}

/// Seals what is ready; returns how many segments it made. A stream that cannot be sealed keeps none of the others from it:
/// its error, or the first of several, is returned at the end.
pub async fn seal(streams: &Db, segments: &Segments, now: Timestamp) -> Result<usize> {
    let (mut made, mut failed) = (0, None);
    for of in streams.read(|db| store::to_seal(db, BATCH)).await? {
        match seal_stream(streams, segments, of, LINES_MIN, now).await {
            Ok(is_made) => made += usize::from(is_made),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    failed.map_or(Ok(made), Err)
}

/// Seals the first part of one writer's tail. False if it has too few lines, or if it changed meanwhile.
pub(super) async fn seal_stream(
    streams: &Db,
    segments: &Segments,
    of: Sealable,
    lines_min: i64,
    now: Timestamp,
) -> Result<bool> {
    let (asking, beside) = (of.clone(), segments.clone());
    let taken = streams.read(move |db| take(db, &beside, &asking, lines_min)).await?;
    if taken.pieces.is_empty() {
        let sealed_to = taken.sealed_to;
        streams.write(move |tx| store::set_sealed_to(tx, &of, sealed_to)).await?;
        return Ok(false);
    }
    let (stream, writer) = (of.stream, of.writer.clone());
    let work = tokio::task::spawn_blocking(move || build(stream, &writer, &taken.pieces).map(|built| (taken, built)));
    let (taken, built) = work.await.map_err(Error::internal)??;
    let segment = put(streams, segments, built.bytes, now).await?;
    point(streams, segments, of, taken, built.groups, segment).await
}

/// Lets the chunks of a tail point into the segment that was made of them. False if they have changed since.
pub(super) async fn point(
    streams: &Db,
    segments: &Segments,
    of: Sealable,
    taken: Taken,
    groups: Vec<Group>,
    segment: i64,
) -> Result<bool> {
    let segments = segments.clone();
    let seen: Vec<Held> = taken.pieces.into_iter().map(|piece| piece.held).collect();
    let (sealed_to, rewrites) = (taken.sealed_to, taken.rewrites);
    streams
        .write(move |tx| {
            // Of chunks that are still the same nothing changes but by a rewrite.
            if store::rewrites(tx, of.run)? != rewrites || !is_still_there(tx, &of, &seen)? {
                return Ok(false);
            }
            if !segment_store::keep_segment(tx, segment)? {
                return Ok(false);
            }
            exchange(tx, &of, &seen, &groups, segment, &segments)?;
            store::set_sealed_to(tx, &of, sealed_to)?;
            Ok(true)
        })
        .await
}

/// The first chunks of a tail, and small files beside them.
pub(super) struct Taken {
    /// None if there are too few lines.
    pub pieces: Vec<Piece>,
    /// The line up to which they reach; of the last ones, that where the writer stopped.
    sealed_to: i64,
    /// How often rows of the run had been rewritten.
    rewrites: i64,
}

/// A chunk with its lines.
pub(super) struct Piece {
    held: Held,
    packed: Vec<u8>,
}

impl Piece {
    pub fn held(&self) -> &Held {
        &self.held
    }

    /// A chunk whose lines have left the tail before.
    pub fn sealed(db: &Reader<'_>, segments: &Segments, of: &Sealable, held: Held) -> Result<Self> {
        let lines = store::lines(db, segments, of.run, of.stream, &held)?;
        let lines: Vec<String> = lines.iter().map(str::to_owned).collect();
        Ok(Self { packed: pack::pack(&lines)?, held })
    }
}

pub(super) fn take(db: &Reader<'_>, segments: &Segments, of: &Sealable, lines_min: i64) -> Result<Taken> {
    let (mut pieces, mut lines, mut bytes) = (Vec::new(), 0, 0);
    let tail = store::tail(db, of, CHUNKS_MAX)?;
    let count = tail.len();
    for held in tail {
        let packed = store::packed(db, of.run, of.stream, &held)?;
        let text_bytes = pack::text_bytes(&packed, held.line_count);
        if lines > 0 && (lines + held.line_count > LINES_MAX || text_bytes.saturating_add(bytes) > TEXT_BYTES_MAX) {
            break;
        }
        lines += held.line_count;
        bytes = text_bytes.saturating_add(bytes);
        pieces.push(Piece { packed, held });
    }
    let mut all = pieces.len() == count && count < CHUNKS_MAX as usize;
    // The last lines of a run that goes on may be joined with those to come at any moment.
    let mut newest = 0;
    while all && !of.ended && newest < JOINED_LINES_MAX {
        let Some(piece) = pieces.pop() else { break };
        newest += piece.held.line_count;
    }
    all &= of.ended;
    let sealed_to = pieces.last().filter(|_| !all).map_or(of.line_count, |piece| piece.held.end());
    let lines: i64 = pieces.iter().map(|piece| piece.held.line_count).sum();
    // What follows a segment becomes one too, so that an ended run is in files as a whole.
    let is_first = pieces.first().is_none_or(|piece| piece.held.first_line == 0);
    let pieces = if is_first && lines < lines_min { Vec::new() } else { with_small_neighbours(db, segments, of, pieces)? };
    Ok(Taken { pieces, sealed_to, rewrites: store::rewrites(db, of.run)? })
}

/// A segment in memory, and the chunks that are to point into it.
pub(super) struct Built {
    pub bytes: Vec<u8>,
    pub groups: Vec<Group>,
}

/// A chunk that is to point to a whole row group, and what that says of its keys.
pub(super) struct Group {
    held: Held,
    statistics: Vec<u8>,
}

/// Makes a segment of consecutive chunks. A row group has lines without gaps, so that a chunk can point to all of it.
pub(super) fn build(stream: Stream, writer: &str, taken: &[Piece]) -> Result<Built> {
    let shape = survey(taken)?;
    match write(stream, writer, taken, shape.clone())? {
        Some(built) => Ok(built),
        None => write(stream, writer, taken, shape.with_rest())?.ok_or_else(|| Error::internal("a row finds no column")),
    }
}

fn survey(taken: &[Piece]) -> Result<Shape> {
    let mut survey = Survey::default();
    for piece in taken {
        for line in Lines::unpack(&piece.packed, piece.held.line_count)?.iter() {
            survey.note(&Row::parse(line)?);
        }
    }
    Ok(survey.shape())
}

/// `None` if the columns of that shape cannot say all rows.
fn write(stream: Stream, writer: &str, taken: &[Piece], shape: Shape) -> Result<Option<Built>> {
    let group_rows = shape.group_rows();
    let mut file = SegmentWriter::new(shape, Vec::new())?;
    let mut groups: Vec<Group> = Vec::new();
    let mut waiting: Vec<String> = Vec::new();
    let mut first_line = 0;
    for piece in taken {
        if first_line + waiting.len() as i64 != piece.held.first_line {
            if !flush(stream, writer, first_line, &mut waiting, &mut file, &mut groups)? {
                return Ok(None);
            }
            first_line = piece.held.first_line;
        }
        for line in Lines::unpack(&piece.packed, piece.held.line_count)?.iter() {
            waiting.push(line.to_owned());
            if waiting.len() == group_rows {
                let next = first_line + group_rows as i64;
                if !flush(stream, writer, first_line, &mut waiting, &mut file, &mut groups)? {
                    return Ok(None);
                }
                first_line = next;
            }
        }
    }
    if !flush(stream, writer, first_line, &mut waiting, &mut file, &mut groups)? {
        return Ok(None);
    }
    Ok(Some(Built { bytes: file.finish()?, groups }))
}

/// Writes what waits as a row group; false if the columns cannot say it.
fn flush(
    stream: Stream,
    writer: &str,
    first_line: i64,
    waiting: &mut Vec<String>,
    file: &mut SegmentWriter<Vec<u8>>,
    groups: &mut Vec<Group>,
) -> Result<bool> {
    if waiting.is_empty() {
        return Ok(true);
    }
    let rows = parse::rows(stream, first_line, waiting.iter().map(String::as_str))?;
    let steps = || rows.iter().map(|(step, _)| *step);
    let held = Held {
        writer: writer.to_owned(),
        first_line,
        line_count: waiting.len() as i64,
        min_step: steps().min().unwrap_or_default(),
        max_step: steps().max().unwrap_or_default(),
        sealed: Some(Sealed { segment: 0, group: groups.len() as i64, first_row: 0 }),
    };
    if !file.group(waiting, rows.iter().map(|(_, row)| row))? {
        return Ok(false);
    }
    let mut counter = Counter::new(stream);
    rows.iter().for_each(|(step, row)| counter.row(*step, row));
    groups.push(Group { held, statistics: statistics::to_bytes(&counter.finish())? });
    waiting.clear();
    Ok(true)
}

/// Stores a segment's bytes; it is known before they are, so that they are found again if nothing comes of it.
pub(super) async fn put(streams: &Db, segments: &Segments, bytes: Vec<u8>, now: Timestamp) -> Result<i64> {
    let mut upload = segments.blobs().write(Shelf::History).await?;
    let (key, size_bytes) = (upload.key().clone(), bytes.len() as i64);
    let id = streams.write(move |tx| segment_store::add_segment(tx, &key, size_bytes, now.plus(WRITING_PATIENCE))).await?;
    upload.write(&bytes).await?;
    upload.finish().await?;
    Ok(id)
}

/// Whether there are these chunks, and no other of the tail came in among them.
fn is_still_there(db: &Reader<'_>, of: &Sealable, seen: &[Held]) -> Result<bool> {
    let start = seen.first().map_or(0, |held| held.first_line);
    let end = seen.last().map_or(0, Held::end);
    let now = store::overlapping(db, of.run, of.stream, &of.writer, start, end)?;
    // Files among them that were not joined are none of its business.
    let joined: HashSet<i64> = seen.iter().filter(|held| held.sealed.is_some()).map(|held| held.first_line).collect();
    Ok(now.iter().filter(|held| held.sealed.is_none() || joined.contains(&held.first_line)).eq(seen))
}

/// Puts chunks that point into a segment in the place of those of the tail.
fn exchange(tx: &Tx<'_>, of: &Sealable, seen: &[Held], groups: &[Group], segment: i64, segments: &Segments) -> Result<()> {
    measure(tx, segments, of, seen.last().map_or(0, Held::end))?;
    for held in seen {
        store::remove(tx, of.run, of.stream, held)?;
    }
    for group in groups {
        let sealed = group.held.sealed.map(|sealed| Sealed { segment, ..sealed });
        let held = Held { sealed, ..group.held.clone() };
        store::insert(tx, of.run, of.stream, &held, &[], Some(&group.statistics))?;
    }
    Ok(())
}

/// Joins what the chunks up to a line say of their keys before greater ones take their places: what is measured ends with a
/// chunk.
fn measure(tx: &Tx<'_>, segments: &Segments, of: &Sealable, end: i64) -> Result<()> {
    let written = store::streams(tx, of.run, of.stream)?.into_iter().find(|written| written.writer == of.writer);
    let Some(written) = written.filter(|written| written.measured_to < end) else {
        return Ok(());
    };
    let all = keys::of_writer(tx, segments, of.run, of.stream, &written)?;
    store::set_measured(tx, of.run, of.stream, &of.writer, &all)?;
    store::set_measured_to(tx, of, written.line_count)
}

/// Removes segments that nothing points into; returns how many. While a backup copies blobs, none.
pub async fn collect(streams: &Db, segments: &Segments, now: Timestamp) -> Result<usize> {
    let Some(_right) = segments.blobs().may_delete()? else {
        return Ok(0);
    };
    let mut removed = 0;
    for unused in streams.read(move |db| segment_store::unused(db, now, 500)).await? {
        let (id, first_seen) = (unused.id, unused.first_seen);
        let given_up = streams
            .write(move |tx| {
                if segment_store::users(tx, id)? > 0 {
                    segment_store::keep_segment(tx, id)?;
                    return Ok(false);
                }
                if first_seen {
                    segment_store::postpone_segment(tx, id, now.plus(READING_PATIENCE))?;
                    return Ok(false);
                }
                segment_store::give_up_segment(tx, id)?;
                Ok(true)
            })
            .await?;
        if given_up {
            remove(streams, segments, id, &unused.key).await?;
            removed += 1;
        }
    }
    Ok(removed)
}

async fn remove(streams: &Db, segments: &Segments, id: i64, key: &BlobKey) -> Result<()> {
    segments.forget(key);
    segments.blobs().delete(key).await?;
    streams.write(move |tx| segment_store::remove_segment(tx, id)).await
}
