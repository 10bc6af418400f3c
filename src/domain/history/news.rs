//! What a run streamed since somebody looked last, for those who look at every row once: which runs have something new, noted
//! with the rows themselves, and the numbers of the new rows.

use serde::{Deserialize, Serialize};

use super::model::Stream;
use super::news_store;
use super::place::Chunks;
use super::segment::Segments;
use super::store;
use crate::db::{Reader, Tx};
use crate::error::Result;
use crate::id::RunId;

pub use super::news_store::{judged, note_unjudged, unjudged};

/// Up to where the rows of a run were looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Seen {
    /// How often rows had been rewritten.
    rewrites: i64,
    /// By writer, the number of the first line that was not looked at.
    lines: Vec<(String, i64)>,
}

/// What is new.
#[derive(Clone, Debug)]
pub struct News {
    from: Vec<(String, i64)>,
    /// Up to where one has looked after it.
    pub to: Seen,
    /// Whether rows that were looked at have changed since, so that it begins with the first row again.
    pub is_anew: bool,
}

impl News {
    pub fn is_empty(&self) -> bool {
        self.from == self.to.lines
    }
}

/// What is new of a run's metrics since.
pub fn news(db: &Reader<'_>, run: RunId, seen: &Seen) -> Result<News> {
    let rewrites = store::rewrites(db, run)?;
    let is_anew = rewrites != seen.rewrites && !seen.lines.is_empty();
    let writers = store::streams(db, run, Stream::History)?;
    let known = |writer: &str| {
        let line = seen.lines.iter().find(|(known, _)| known == writer).map(|(_, line)| *line);
        line.filter(|_| !is_anew).unwrap_or(0)
    };
    let from = writers.iter().map(|written| (written.writer.clone(), known(&written.writer))).collect();
    let lines = writers.into_iter().map(|written| (written.writer, written.line_count)).collect();
    Ok(News { from, to: Seen { rewrites, lines }, is_anew })
}

/// Calls `visit` with the step of each row that is new, in the order of writers and lines, and what it has at the dotted names:
/// `None` without such a member, NaN for a value that is no number.
pub fn numbers_since(
    db: &Reader<'_>,
    segments: &Segments,
    run: RunId,
    news: &News,
    keys: &[String],
    mut visit: impl FnMut(i64, &[Option<f64>]),
) -> Result<()> {
    let chunks = Chunks::since(db, segments, run, Stream::History, &news.from)?;
    chunks.numbers(keys, |step, numbers, place| {
        let (writer, line) = chunks.line_of(place);
        if news.from.iter().any(|(known, from)| known == writer && line >= *from) {
            visit(step, numbers);
        }
    })
}

/// The greatest step of a run's metrics.
pub fn last_step(db: &Reader<'_>, run: RunId) -> Result<Option<i64>> {
    Ok(store::streams(db, run, Stream::History)?.iter().map(|written| written.last_step).max())
}

/// Forgets that a run has something new.
pub(super) fn forget(tx: &Tx<'_>, run: RunId) -> Result<()> {
    news_store::forget(tx, run)
}
