//! Backups that the server makes by itself.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;

use super::blobs;
use crate::blob::{Bucket, Depot};
use crate::clock::Timestamp;
use crate::config::Config;
use crate::domain::backup::{self, Place, Retention, Source};
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

/// What the operator calls a place: a folder, or a bucket as in `s3://bucket/prefix`, which is opened without connecting. To be
/// called where a runtime is.
///
/// # Errors
/// In words for the operator: no bucket, or nothing says who asks for it.
pub fn place(config: &Config, text: &str) -> Result<Place> {
    if !text.contains("://") {
        return Ok(Place::from(Path::new(text)));
    }
    let bucket = Bucket::parse(text)?;
    let missing = || {
        Error::invalid(format!(
            "nothing says who asks for the bucket {}: set backup.s3_access_key_id and backup.s3_secret_access_key, or those under [s3]",
            bucket.0
        ))
    };
    let s3 = config.backup.s3.as_ref().ok_or_else(missing)?;
    Ok(Place::Bucket(Depot::open(&blobs::bucket(text, s3)?)?))
}

/// Where the server makes backups by itself, if it does.
///
/// # Errors
/// As [`place`].
pub fn root(config: &Config) -> Result<Option<Place>> {
    let to = Some(config.backup.to.as_str()).filter(|to| !to.is_empty());
    to.map(|to| place(config, to)).transpose()
}

/// A folder for copies of databases that are looked into: the data directory, which has room, or this machine's.
pub fn scratch(config: &Config) -> PathBuf {
    if config.data.dir.is_dir() { config.data.dir.clone() } else { std::env::temp_dir() }
}

/// Whether one is due.
///
/// # Errors
/// The place cannot be looked at, or holds the backups of another server: fresh ones of that are none of this one's.
pub fn is_due(config: &Config, now: Timestamp) -> Result<bool> {
    let Some(root) = root(config)? else { return Ok(false) };
    backup::require_ours(&root, &config.data.dir)?;
    let newest = backup::newest(&root)?.and_then(|newest| Timestamp::parse(&newest.created_at));
    Ok(newest.is_none_or(|at| now.since(at) >= config.backup.every))
}

/// Makes one now, reads it again if none was for a week, and gives up those that the rule does not keep.
///
/// # Errors
/// In words for the operator: none is configured, the folder or the bucket cannot be used, or the backup is damaged.
pub fn make(config: &Config, now: Timestamp) -> Result<Made> {
    let unset = || Error::invalid("backup.to is empty: set it to the folder or the bucket that backups go to");
    let root = root(config)?.ok_or_else(unset)?;
    let bucket = if config.bucket.is_some() { Some(blobs::open(config)?) } else { None };
    let (name, done) =
        backup::add(&Source { data: &config.data.dir, bucket: bucket.as_ref(), settings: &config.text }, &root, now)?;
    let moments = backup::list(&root)?.into_iter().filter_map(|listed| Timestamp::parse(&listed.verified?.at));
    let is_checked = moments.max().is_some_and(|at| now.since(at) < VERIFY_EVERY);
    if !is_checked {
        let damage = backup::verify_and_note(&root.below(&name), &scratch(config), now)?.damage;
        if !damage.is_empty() {
            // Those before it stay: one of them may be what is needed now.
            return Err(Error::invalid(format!("the backup {name} is damaged as soon as it was made: {}", damage.join("; "))));
        }
    }
    let given_up = backup::prune(&root, retention(config), &config.data.dir)?;
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
