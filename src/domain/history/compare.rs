//! Whether the segments that the database knows are in the blob store, whole, and no others.

use std::collections::HashMap;

use super::segment::Segments;
use super::segment_store;
use crate::blob::{BlobKey, Shelf};
use crate::db::{Db, Reader};
use crate::error::Result;

/// Where the database and the blob store disagree about segments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Segments that were looked at.
    pub segments: usize,
    /// Rows of runs lie in these, and they are not there: those rows are lost unless a backup has them.
    pub missing: Vec<BlobKey>,
    /// Rows of runs lie in these, and they are not as long as they were written, or cannot be read.
    pub damaged: Vec<BlobKey>,
    /// Nothing points to these bytes; they take room and do no harm.
    pub orphans: Vec<BlobKey>,
}

impl Comparison {
    /// Whether all rows can be read.
    pub fn is_whole(&self) -> bool {
        self.missing.is_empty() && self.damaged.is_empty()
    }
}

/// Compares them, reading the end of every segment. It may run beside a server: what that writes or removes meanwhile is not
/// reported, as long as both lists are read once.
pub async fn compare_with_blobs(streams: &Db, segments: &Segments) -> Result<Comparison> {
    // A segment is noted before its bytes are written and forgotten after they are gone, so bytes are listed first.
    let stored = segments.blobs().list(Shelf::History).await?;
    let known = streams.read(segment_store::all).await?;
    Ok(compare(stored, known, |key| segments.open(key).is_ok()))
}

/// As [`compare_with_blobs`], for who looks into the database from beside its server, with blobs that were listed before. `opens`
/// says whether each segment is read too.
pub fn compare_with_listed(
    db: &Reader<'_>,
    stored: Vec<(BlobKey, u64)>,
    segments: &Segments,
    opens: bool,
) -> Result<Comparison> {
    Ok(compare(stored, segment_store::all(db)?, |key| !opens || segments.open(key).is_ok()))
}

fn compare(
    stored: Vec<(BlobKey, u64)>,
    known: Vec<(BlobKey, u64, bool)>,
    is_readable: impl Fn(&BlobKey) -> bool,
) -> Comparison {
    let mut lengths: HashMap<String, u64> = stored.into_iter().map(|(key, length)| (key.as_str().to_owned(), length)).collect();
    let mut found = Comparison { segments: known.len(), ..Comparison::default() };
    for (key, length, is_used) in known {
        match lengths.remove(key.as_str()) {
            None if is_used => found.missing.push(key),
            Some(stored) if is_used && (stored != length || !is_readable(&key)) => found.damaged.push(key),
            _ => {}
        }
    }
    found.orphans = lengths.into_keys().map(BlobKey::stored).collect();
    found.orphans.sort_by(|one, other| one.as_str().cmp(other.as_str()));
    found
}
