//! The nouns: streams, what is appended to them, and what is asked of them.

use std::fmt;

use super::statistics::Statistics;

/// One of the three things a run streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Rows of metrics, `wandb-history.jsonl`.
    History,
    /// Rows of system metrics, `wandb-events.jsonl`.
    Events,
    /// Lines of the terminal, `output.log`.
    Console,
}

impl Stream {
    /// The name in the database and in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::History => "history",
            Self::Events => "events",
            Self::Console => "console",
        }
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// Consecutive lines, checked, measured and compressed by [`super::parse`].
#[derive(Clone, Debug)]
pub struct Chunk {
    pub(super) first_line: i64,
    pub(super) lines: Vec<String>,
    pub(super) packed: Vec<u8>,
    pub(super) min_step: i64,
    pub(super) max_step: i64,
    pub(super) statistics: Statistics,
    /// The statistics as bytes, unless they are long beside the lines: then the lines say them as well.
    pub(super) measured: Option<Vec<u8>>,
}

impl Chunk {
    /// The lines as they were sent.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }
    /// How many lines it has.
    pub fn line_count(&self) -> i64 {
        self.lines.len() as i64
    }

    /// The line number after its last.
    pub(super) fn end(&self) -> i64 {
        self.first_line + self.line_count()
    }
}

/// What one request adds to a run.
#[derive(Clone, Debug, Default)]
pub struct Append {
    /// The process that writes, of several that share the run; empty when there is but one.
    pub writer: String,
    pub history: Option<Chunk>,
    pub events: Option<Chunk>,
    pub console: Option<Chunk>,
}

/// How much a request brings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Volume {
    pub rows: u64,
    /// Values in these rows.
    pub points: u64,
    pub events: u64,
    /// Of the terminal.
    pub lines: u64,
}

impl Append {
    pub fn volume(&self) -> Volume {
        let count = |chunk: &Option<Chunk>| chunk.as_ref().map_or(0, |chunk| chunk.lines.len() as u64);
        let values = self.history.iter().flat_map(|chunk| chunk.statistics.values());
        let points = values.flat_map(|key| key.type_counts.values()).sum::<i64>();
        Volume {
            rows: count(&self.history),
            points: points.unsigned_abs(),
            events: count(&self.events),
            lines: count(&self.console),
        }
    }
}

/// How much a run has streamed, and where it stopped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// The highest line number + 1, summed over the writers; rows inherited from another run count too.
    pub history_lines: i64,
    pub events_lines: i64,
    pub log_lines: i64,
    /// The greatest step of a metric row.
    pub last_step: Option<i64>,
    /// The last line of the writer that wrote last.
    pub history_tail: Option<String>,
    pub events_tail: Option<String>,
}

/// Which rows of metrics to read. The default is all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowRange {
    /// The least step.
    pub min_step: Option<i64>,
    /// The step before which to stop.
    pub max_step: Option<i64>,
    /// The most rows to return; more are thinned out evenly.
    pub samples: Option<usize>,
}

/// Which console lines to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogRange {
    /// The first lines whose number is greater than `after`.
    Page { first: usize, after: Option<i64> },
    /// The newest lines.
    Last(usize),
}

/// A line of the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// The line's number as the client counts; of several writers, in the order of arrival.
    pub number: i64,
    /// UTC without a zone, as sent: `2026-01-31T10:15:30.123456`.
    pub timestamp: Option<String>,
    /// `error` for what was written to standard error.
    pub level: Option<String>,
    /// Which of the writers that share the run.
    pub label: Option<String>,
    /// The text without what the fields above say.
    pub line: String,
}

/// Console lines by ascending number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogPage {
    pub lines: Vec<LogLine>,
    /// Whether lines follow.
    pub has_next: bool,
    /// The number of the last line, for `after`.
    pub end_cursor: Option<i64>,
}
