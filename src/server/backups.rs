//! Backups that the server makes by itself.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use super::blobs;
use crate::clock::Timestamp;
use crate::config::Config;
use crate::domain::backup::{self, Retention, Source};
use crate::error::{Error, Result};

/// A backup is read again once in so long.
const VERIFY_EVERY: Duration = Duration::from_secs(7 * 24 * 3600);

/// What was done.
#[derive(Clone, Debug, Serialize)]
pub struct Made {
    pub name: String,
    pub files: usize,
    pub size_bytes: u64,
    pub copied_bytes: u64,
    /// Files that rows name and the data directory lacked.
    pub missing: usize,
    /// Whether every byte was read again; once a week.
    pub verified: bool,
    /// Earlier ones that were removed.
    pub given_up: Vec<String>,
}

/// Which backups stay.
pub fn retention(config: &Config) -> Retention {
    Retention { daily: config.backup.keep_daily, weekly: config.backup.keep_weekly }
}

/// Whether one is due.
pub fn is_due(config: &Config, now: Timestamp) -> Result<bool> {
    if config.backup.to.is_empty() {
        return Ok(false);
    }
    let newest = backup::list(Path::new(&config.backup.to))?.pop().and_then(|newest| Timestamp::parse(&newest.created_at));
    Ok(newest.is_none_or(|at| now.since(at) >= config.backup.every))
}

/// Makes one now, reads it again if none was for a week, and gives up those that the rule does not keep.
///
/// # Errors
/// In words for the operator: none is configured, the folder cannot be used, or the backup is damaged.
pub fn make(config: &Config, now: Timestamp) -> Result<Made> {
    let wanted = &config.backup;
    if wanted.to.is_empty() {
        return Err(Error::invalid("backup.to is empty: set it to the folder that backups go to"));
    }
    let root = Path::new(&wanted.to);
    let bucket = if config.bucket.is_some() { Some(blobs::open(config)?) } else { None };
    let (name, done) =
        backup::add(&Source { data: &config.data.dir, bucket: bucket.as_ref(), settings: &config.text }, root, now)?;
    let moments = backup::list(root)?.into_iter().filter_map(|listed| Timestamp::parse(&listed.verified?.at));
    let is_checked = moments.max().is_some_and(|at| now.since(at) < VERIFY_EVERY);
    if !is_checked {
        let damage = backup::verify_and_note(&root.join(&name), now)?.damage;
        if !damage.is_empty() {
            // Those before it stay: one of them may be what is needed now.
            return Err(Error::invalid(format!("the backup {name} is damaged as soon as it was made: {}", damage.join("; "))));
        }
    }
    let given_up = backup::prune(root, retention(config))?;
    Ok(Made {
        name,
        files: done.manifest.blobs.len(),
        size_bytes: done.manifest.bytes(),
        copied_bytes: done.copied_bytes,
        missing: done.manifest.missing.len(),
        verified: !is_checked,
        given_up,
    })
}
