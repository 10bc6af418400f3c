//! The histories that lie in files, against the rows that point into them.

use super::{Check, Subject, Verdict, Wish, databases, ended};
use crate::blob::{Blobs, Shelf};
use crate::clock::Stopwatch;
use crate::db::Plane;
use crate::domain::history::{Comparison, Segments, compare_with_listed};
use crate::error::{Error, Result};

/// How many names a message holds.
const NAMES: usize = 5;

pub(super) async fn check(subject: &Subject, wish: Wish) -> Check {
    let watch = Stopwatch::start();
    let verdict = match compare(subject, wish).await {
        Ok(found) => verdict(&found),
        Err(error) => Verdict::skipped(error.cause()),
    };
    ended("history.segments", verdict, watch.elapsed())
}

async fn compare(subject: &Subject, wish: Wish) -> Result<Comparison> {
    let blobs = match &subject.bucket {
        Some(bucket) => bucket.clone(),
        None => {
            let folder = subject.data.join("blobs");
            if !folder.is_dir() {
                return Err(Error::not_found(folder.display()));
            }
            Blobs::open_folder(&folder)?
        }
    };
    // Bytes first: a segment is noted before its bytes are written.
    let stored = blobs.list(Shelf::History).await?;
    // Reading one in a bucket fetches all of it.
    let opens = wish.deep && !blobs.is_remote();
    let subject = subject.clone();
    let work = move || {
        let look = databases::look(&subject, Plane::History)?;
        look.read(|db| compare_with_listed(db, stored, &Segments::new(blobs), opens))
    };
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}

fn verdict(found: &Comparison) -> Verdict {
    if found.is_whole() {
        return Verdict::good(format!("all {} files of sealed histories are there and whole", found.segments));
    }
    let lost = found.missing.iter().chain(&found.damaged);
    let names: Vec<&str> = lost.take(NAMES).map(|key| key.as_str()).collect();
    Verdict::bad(
        format!(
            "of {} files of sealed histories {} are not there and {} are damaged, as {}",
            found.segments,
            found.missing.len(),
            found.damaged.len(),
            names.join(", ")
        ),
        "the rows of runs in them cannot be read: copy them from a backup's folder blobs/ to the same names",
    )
}
