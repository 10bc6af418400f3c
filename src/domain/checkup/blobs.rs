//! The files in the blob store, against the rows that name them.

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};

use super::{Subject, Verdict, Wish, databases, store};
use crate::blob::{BlobKey, Blobs, MayDelete};
use crate::clock::Timestamp;
use crate::db::Plane;
use crate::domain::backup::store::blobs_in_use;
use crate::error::{Error, Result};

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

/// Why the bytes of files are not looked at.
const IN_BUCKET: &str = "files lie in a bucket: its own server watches over their bytes";
/// Why a bucket is not listed for a page.
const TAKES_LONG: &str = "files lie in a bucket, and listing it takes long: \"runstead doctor\" does";

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

/// Says of a key whether its file is there.
type Presence = Box<dyn Fn(&str) -> bool>;

/// A bucket is asked once for all of them.
fn presence(subject: &Subject) -> Result<Presence> {
    match &subject.bucket {
        None => {
            let root = folder(subject);
            Ok(Box::new(move |key| root.join(key).is_file()))
        }
        Some(bucket) => {
            let there: BTreeSet<String> = stored(bucket)?.into_iter().map(|(key, ..)| key).collect();
            Ok(Box::new(move |key| there.contains(key)))
        }
    }
}

/// What lies in a bucket: names, lengths, and when each was written.
fn stored(bucket: &Blobs) -> Result<Vec<(String, u64, Timestamp)>> {
    let found = bucket.wait(bucket.list_all())?;
    Ok(found.into_iter().map(|(key, size, at)| (key.as_str().to_owned(), size, at)).collect())
}

pub(super) fn missing(subject: &Subject, wish: Wish) -> Verdict {
    if subject.bucket.is_some() && !wish.deep {
        return Verdict::skipped(TAKES_LONG);
    }
    match in_use(subject).and_then(|keys| Ok((keys, presence(subject)?))) {
        Err(error) => Verdict::skipped(error.cause()),
        Ok((keys, is_there)) => {
            let missing: Vec<&String> = keys.iter().filter(|key| !is_there(key)).collect();
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
    if subject.bucket.is_some() && !wish.deep {
        return Verdict::skipped(TAKES_LONG);
    }
    match find_orphans(subject) {
        Err(error) => Verdict::skipped(error.cause()),
        Ok(found) if found.is_empty() => Verdict::good("every file is named by a row"),
        Ok(found) => {
            let bytes: u64 = found.iter().map(|(_, size)| size).sum();
            let text = format!("{} files with {bytes} bytes are named by no row", found.len());
            if !wish.fix {
                return Verdict::warning(text, "they only take room: --fix removes them");
            }
            match remove(subject, &found) {
                Ok(true) => Verdict::fixed(format!("{text}: removed")),
                Ok(false) => Verdict::warning(text, "a backup is being made: --fix again after it"),
                Err(error) => Verdict::bad(format!("{text}: {}", error.cause()), "remove them by hand"),
            }
        }
    }
}

/// Names and lengths of old files that nothing names.
fn find_orphans(subject: &Subject) -> Result<Vec<(String, u64)>> {
    // Files first: what is written meanwhile is younger than any orphan.
    let files = match &subject.bucket {
        Some(bucket) => stored(bucket)?,
        None => {
            let mut found = Vec::new();
            walk(&folder(subject), "", &mut found);
            found
        }
    };
    let mut known: BTreeSet<String> = in_use(subject)?.into_iter().collect();
    known.extend(databases::look(subject, Plane::Control)?.read(store::waiting_blobs)?);
    known.extend(databases::look(subject, Plane::History)?.read(store::all_segments)?);
    let before = subject.clock.now().minus(ORPHAN_AFTER);
    let orphans = files.into_iter().filter(|(key, _, at)| *at < before && !known.contains(key));
    Ok(orphans.map(|(key, size, _)| (key, size)).collect())
}

fn walk(folder: &Path, prefix: &str, found: &mut Vec<(String, u64, Timestamp)>) {
    for entry in folder.read_dir().into_iter().flatten().filter_map(std::result::Result::ok) {
        let (path, key) = (entry.path(), format!("{prefix}{}", entry.file_name().to_string_lossy()));
        if path.is_dir() {
            walk(&path, &format!("{key}/"), found);
        } else if let Ok(meta) = path.metadata() {
            let micros = meta.mtime().saturating_mul(1_000_000).saturating_add(meta.mtime_nsec() / 1000);
            found.push((key, meta.len(), Timestamp::from_micros(micros)));
        }
    }
}

/// False while a backup keeps everything.
fn remove(subject: &Subject, orphans: &[(String, u64)]) -> Result<bool> {
    let root = folder(subject);
    let Some(_right) = MayDelete::now(&root)? else {
        return Ok(false);
    };
    for (key, _) in orphans {
        match &subject.bucket {
            Some(bucket) => bucket.wait(bucket.delete(&BlobKey::stored(key.clone())))?,
            None => std::fs::remove_file(root.join(key)).map_err(Error::internal)?,
        }
    }
    Ok(true)
}

pub(super) fn bytes(subject: &Subject, _: Wish) -> Verdict {
    if subject.bucket.is_some() {
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
