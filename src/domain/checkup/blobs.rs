//! The files in the blob store, against the rows that name them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};

use super::{Subject, Verdict, Wish, databases, store};
use crate::blob::MayDelete;
use crate::db::Plane;
use crate::domain::backup::store::blobs_in_use;
use crate::error::Result;

/// A file without a row may be somebody's upload for so long.
const ORPHAN_AFTER: Duration = Duration::from_secs(48 * 3600);
/// What is to be removed goes within minutes; a backup may hold it up for hours.
const OVERDUE_AFTER: Duration = Duration::from_secs(24 * 3600);
/// How many files are read and compared with their digests.
const SAMPLES: i64 = 25;
/// Larger ones are left out of the samples.
const SAMPLE_BYTES: i64 = 64 << 20;
/// How many names a message holds.
const NAMES: usize = 5;

/// Why files are not looked at.
const IN_BUCKET: &str = "files lie in a bucket: its own server watches over them";

fn folder(subject: &Subject) -> PathBuf {
    subject.data.join("blobs")
}

fn in_use(subject: &Subject) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for plane in Plane::ALL {
        found.extend(databases::look(subject, plane)?.read(|db| blobs_in_use(db, plane))?);
    }
    Ok(found)
}

pub(super) fn missing(subject: &Subject, _: Wish) -> Verdict {
    if subject.in_bucket {
        return Verdict::skipped(IN_BUCKET);
    }
    let root = folder(subject);
    match in_use(subject) {
        Err(error) => Verdict::skipped(error.to_string()),
        Ok(keys) => {
            let missing: Vec<&String> = keys.iter().filter(|key| !root.join(key).is_file()).collect();
            if missing.is_empty() {
                return Verdict::good(format!("all {} files that rows name are there", keys.len()));
            }
            let first: Vec<&str> = missing.iter().take(NAMES).map(|key| key.as_str()).collect();
            Verdict::bad(
                format!("{} of {} files that rows name are not there, as {}", missing.len(), keys.len(), first.join(", ")),
                "copy them from a backup's folder blobs/ to the same names here",
            )
        }
    }
}

pub(super) fn orphans(subject: &Subject, wish: Wish) -> Verdict {
    if subject.in_bucket {
        return Verdict::skipped(IN_BUCKET);
    }
    match find_orphans(subject) {
        Err(error) => Verdict::skipped(error.to_string()),
        Ok(found) if found.is_empty() => Verdict::good("every file is named by a row"),
        Ok(found) => {
            let bytes: u64 = found.iter().filter_map(|path| path.metadata().ok()).map(|found| found.len()).sum();
            let text = format!("{} files with {bytes} bytes are named by no row", found.len());
            if !wish.fix {
                return Verdict::warning(text, "they only take room: --fix removes them");
            }
            match remove(subject, &found) {
                Ok(true) => Verdict::fixed(format!("{text}: removed")),
                Ok(false) => Verdict::warning(text, "a backup is being made: --fix again after it"),
                Err(error) => Verdict::bad(format!("{text}: {error}"), "remove them by hand"),
            }
        }
    }
}

fn find_orphans(subject: &Subject) -> Result<Vec<PathBuf>> {
    let root = folder(subject);
    // Files first: what is written meanwhile is younger than any orphan.
    let mut files = Vec::new();
    walk(&root, &mut files);
    let mut known: BTreeSet<String> = in_use(subject)?.into_iter().collect();
    known.extend(databases::look(subject, Plane::Control)?.read(store::waiting_blobs)?);
    known.extend(databases::look(subject, Plane::History)?.read(store::all_segments)?);
    let is_old = |path: &Path| {
        let age = path.metadata().and_then(|found| found.modified()).ok().and_then(|at| at.elapsed().ok());
        age.is_some_and(|age| age > ORPHAN_AFTER)
    };
    let is_known = |path: &Path| path.strip_prefix(&root).is_ok_and(|key| known.contains(&*key.to_string_lossy()));
    Ok(files.into_iter().filter(|path| !is_known(path) && is_old(path)).collect())
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in folder.read_dir().into_iter().flatten().filter_map(std::result::Result::ok) {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// False while a backup keeps everything.
fn remove(subject: &Subject, orphans: &[PathBuf]) -> Result<bool> {
    let Some(_right) = MayDelete::now(&folder(subject))? else {
        return Ok(false);
    };
    orphans.iter().try_for_each(std::fs::remove_file).map_err(crate::error::Error::internal)?;
    Ok(true)
}

pub(super) fn bytes(subject: &Subject, _: Wish) -> Verdict {
    if subject.in_bucket {
        return Verdict::skipped(IN_BUCKET);
    }
    let found = databases::look(subject, Plane::Control).and_then(|look| look.read(|db| store::some_blobs(db, SAMPLES)));
    match found {
        Err(error) => Verdict::skipped(error.to_string()),
        Ok(found) => {
            let found: Vec<_> = found.into_iter().filter(|blob| blob.size_bytes <= SAMPLE_BYTES).collect();
            let wrong = found.iter().filter(|blob| match std::fs::read(folder(subject).join(&blob.key)) {
                Ok(bytes) => bytes.len() as i64 != blob.size_bytes || STANDARD.encode(Md5::digest(&bytes)) != blob.md5,
                // Another check counts those that are missing.
                Err(_) => false,
            });
            let wrong: Vec<&str> = wrong.map(|blob| blob.key.as_str()).collect();
            if wrong.is_empty() {
                return Verdict::good(format!("{} files that were read have the bytes that were sent", found.len()));
            }
            Verdict::bad(
                format!(
                    "{} of {} files that were read have other bytes than were sent: {}",
                    wrong.len(),
                    found.len(),
                    wrong.join(", ")
                ),
                "look at the disk; copy the files from a backup's folder blobs/ (\"runstead backup verify\" says whether they are good there)",
            )
        }
    }
}

pub(super) fn waiting(subject: &Subject, _: Wish) -> Verdict {
    let before = subject.clock.now().minus(OVERDUE_AFTER);
    let found = databases::look(subject, Plane::Control).and_then(|look| look.read(|db| store::overdue_blobs(db, before)));
    match found {
        Err(error) => Verdict::skipped(error.to_string()),
        Ok(0) => Verdict::good("what was deleted is removed in time"),
        Ok(count) => Verdict::warning(
            format!("{count} files of deleted things wait to be removed since more than a day"),
            "see that the server runs and that no backup hangs: nothing is removed while one is made",
        ),
    }
}
