//! Small files are sealed again with what is sealed beside them. A job that is preempted a hundred times ends a hundred
//! times, and would lie in as many files of a few rows, each of which takes longer to open than to read.

use super::seal::Piece;
use super::segment::Segments;
use super::store::{self, Held, Sealable};
use crate::db::Reader;
use crate::error::Result;

/// A file of as many bytes stays as it is: to open it costs little beside reading it.
const SMALL_BYTES: i64 = 256 << 10;

/// Which side of what is sealed.
#[derive(Clone, Copy)]
enum Side {
    Before,
    After,
}

/// Puts the chunks of small files that lie right before and after the pieces of a tail beside them.
///
/// A file joins what has at least as many lines as it has itself, so that a row is written again a few times at most: each
/// time it comes into a file with twice the rows.
pub(super) fn with_small_neighbours(
    db: &Reader<'_>,
    segments: &Segments,
    of: &Sealable,
    pieces: Vec<Piece>,
) -> Result<Vec<Piece>> {
    let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else { return Ok(pieces) };
    let mut lines = pieces.iter().map(|piece| piece.held().line_count).sum();
    let mut before = neighbours(db, of, Side::Before, first.held().first_line, &mut lines)?;
    before.reverse();
    let after = neighbours(db, of, Side::After, last.held().end(), &mut lines)?;
    let read = |held: Vec<Held>| -> Result<Vec<Piece>> {
        held.into_iter().map(|held| Piece::sealed(db, segments, of, held)).collect()
    };
    let mut all = read(before)?;
    all.extend(pieces);
    all.extend(read(after)?);
    Ok(all)
}

/// The chunks of small files on one side of a line, the nearest first. What they have is added to `lines`.
fn neighbours(db: &Reader<'_>, of: &Sealable, side: Side, line: i64, lines: &mut i64) -> Result<Vec<Held>> {
    let (mut joined, mut edge) = (Vec::new(), line);
    while let Some(segment) = neighbour(db, of, side, edge)?.and_then(|held| held.sealed).map(|sealed| sealed.segment) {
        let is_small = store::segment(db, segment)?.is_some_and(|(_, size_bytes)| size_bytes < SMALL_BYTES);
        if !is_small {
            break;
        }
        let (mut file, mut end) = (Vec::new(), edge);
        while let Some(held) = neighbour(db, of, side, end)?.filter(|held| held.lies_in(segment)) {
            end = match side {
                Side::Before => held.first_line,
                Side::After => held.end(),
            };
            file.push(held);
        }
        let own: i64 = file.iter().map(|held| held.line_count).sum();
        if own > *lines {
            break;
        }
        *lines += own;
        edge = end;
        joined.extend(file);
    }
    Ok(joined)
}

/// The chunk that ends right before a line, or begins with it.
fn neighbour(db: &Reader<'_>, of: &Sealable, side: Side, edge: i64) -> Result<Option<Held>> {
    let line = match side {
        Side::Before => edge - 1,
        Side::After => edge,
    };
    let found = store::overlapping(db, of.run, of.stream, &of.writer, line, line + 1)?;
    Ok(found.into_iter().next())
}
