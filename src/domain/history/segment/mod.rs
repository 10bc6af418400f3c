//! Segments: immutable Parquet files that hold what left the tail, one typed column a key.
//!
//! Pandas, Polars and DuckDB read them as they are. A column is INT64, DOUBLE (byte-stream-split, so that zstd finds the
//! exponents beside each other), BOOLEAN or text; nested and mixed values are JSON text. Keys beyond the 2000 most frequent,
//! and rows that columns cannot say exactly, are JSON text of one last column, if there are any. Members come back in the order of the columns and
//! numbers in their shortest spelling; values are what was logged.
//!
//! `tests/bench` measures what this gives: 4.6 bytes a point where nine of thirteen columns are noise to the last bit of their
//! floats, the worst there is for any compression.

mod data;
mod preview;
mod read;
mod shape;
mod text;
mod write;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

pub(super) use preview::{Bucket as PreviewBucket, LEVELS, Ladder};
pub(super) use read::Segment;
pub(super) use shape::{Shape, Survey};
pub(super) use text::same;
pub(super) use write::SegmentWriter;

use super::tail_columns::TailColumns;
use crate::blob::{BlobKey, Blobs};
use crate::error::Result;

/// How many segments are kept open, and what their footers have together: a chart of a hundred runs reads two hundred segments
/// again and again, and the footer of a wide one has some hundred kilobytes.
const OPEN_MAX: usize = 512;
const OPEN_BYTES_MAX: usize = 24 << 20;

/// Where segments lie, with those open that were read last, and the numbers of the tail that were. Cheap to clone.
#[derive(Clone)]
pub struct Segments {
    blobs: Blobs,
    /// By the key of their bytes, the one used last first.
    open: Arc<Mutex<VecDeque<Opened>>>,
    tail: TailColumns,
}

type Opened = (String, Arc<Segment>);

impl Segments {
    pub fn new(blobs: Blobs) -> Self {
        Self { blobs, open: Arc::default(), tail: TailColumns::new() }
    }

    /// The numbers of rows that are in no segment yet.
    pub(super) fn tail(&self) -> &TailColumns {
        &self.tail
    }

    pub(super) fn blobs(&self) -> &Blobs {
        &self.blobs
    }

    /// The segment whose bytes have that key.
    pub(super) fn open(&self, key: &BlobKey) -> Result<Arc<Segment>> {
        let mut open = self.open.lock().expect("no holder of this lock panics");
        if let Some(place) = open.iter().position(|(known, _)| known == key.as_str()) {
            let found = open.remove(place).expect("the place was just found");
            let segment = Arc::clone(&found.1);
            open.push_front(found);
            return Ok(segment);
        }
        drop(open);
        let segment = Arc::new(Segment::open(self.blobs.open_file(key)?)?);
        let mut open = self.open.lock().expect("no holder of this lock panics");
        open.push_front((key.as_str().to_owned(), Arc::clone(&segment)));
        let mut bytes = 0;
        let fitting = open.iter().take_while(|(_, segment)| {
            bytes += segment.memory_bytes();
            bytes <= OPEN_BYTES_MAX
        });
        let kept = fitting.count().clamp(1, OPEN_MAX);
        open.truncate(kept);
        Ok(segment)
    }

    /// Closes a segment that is being removed, so that its space is free at once.
    pub(super) fn forget(&self, key: &BlobKey) {
        self.open.lock().expect("no holder of this lock panics").retain(|(known, _)| known != key.as_str());
    }
}
