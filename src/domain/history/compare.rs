//! Whether the segments that the database knows are in the blob store, whole, and no others.

use std::collections::HashMap;

use super::segment::Segments;
use super::segment_store;
use crate::blob::{BlobKey, Shelf};
use crate::db::Db;
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

/// Compares them. It may run beside a server: what that writes or removes meanwhile is not reported, as long as both lists
/// are read once.
pub async fn compare_with_blobs(streams: &Db, segments: &Segments) -> Result<Comparison> {
    // A segment is noted before its bytes are written and forgotten after they are gone, so bytes are listed first.
    let mut lengths: HashMap<String, u64> = segments
        .blobs()
        .list(Shelf::History)
        .await?
        .into_iter()
        .map(|(key, length)| (key.as_str().to_owned(), length))
        .collect();
    let known = streams.read(segment_store::all).await?;
    let mut found = Comparison { segments: known.len(), ..Comparison::default() };
    for (key, length, is_used) in known {
        match lengths.remove(key.as_str()) {
            None if is_used => found.missing.push(key),
            Some(stored) if is_used && (stored != length || segments.open(&key).is_err()) => found.damaged.push(key),
            _ => {}
        }
    }
    found.orphans = lengths.into_keys().map(BlobKey::stored).collect();
    found.orphans.sort_by(|one, other| one.as_str().cmp(other.as_str()));
    Ok(found)
}
