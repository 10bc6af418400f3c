//! Whether there is a way back.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::{Subject, Verdict, Wish};
use crate::clock::Timestamp;
use crate::domain::backup::{self, Place};
use crate::domain::upgrade;
use crate::error::Error;

pub(super) fn age(subject: &Subject, _: Wish) -> Verdict {
    let advice = "set backup.to and backup.hours, or run \"runstead backup create\" every day";
    match backup::last(&subject.data) {
        Err(error) => Verdict::skipped(error.to_string()),
        Ok(None) => Verdict::warning("no backup was made yet", advice),
        Ok(Some(last)) => {
            let age = Timestamp::parse(&last.created_at).map(|at| subject.clock.now().since(at));
            let text = format!("the last backup is of {}, to {}", last.created_at, last.to);
            match age {
                Some(age) if age <= subject.backup_patience => Verdict::good(text),
                _ => Verdict::bad(text, advice),
            }
        }
    }
}

/// A backup on the same disk dies with it; one in a bucket is of use while that answers.
pub(super) fn place(subject: &Subject, _: Wish) -> Verdict {
    if let Some(Err(Error::Conflict(why))) = subject.backup_to.as_ref().map(|root| backup::require_ours(root, &subject.data)) {
        return Verdict::bad(why, "change backup.to, or \"runstead backup run\" will not make any");
    }
    if let Some(root @ Place::Bucket(_)) = &subject.backup_to {
        return match backup::newest(root) {
            Ok(Some(newest)) => Verdict::good(format!("{root} answers; the newest backup there is of {}", newest.created_at)),
            Ok(None) => Verdict::warning(format!("{root} answers and has no backup yet"), "run \"runstead backup run\""),
            Err(error) => {
                Verdict::bad(error.to_string(), "mend the settings backup.to and backup.s3_…, or the way to that server")
            }
        };
    }
    let Ok(Some(last)) = backup::last(&subject.data) else { return Verdict::skipped("no backup was made yet") };
    if last.to == "-" || last.to.contains("://") {
        return Verdict::good(format!("the last backup went to {}", last.to));
    }
    let disk = |path: &Path| path.metadata().map(|found| found.dev());
    match (disk(Path::new(&last.to)), disk(&subject.data)) {
        (Ok(one), Ok(other)) if one == other => Verdict::warning(
            format!("{} lies on the disk of the data", last.to),
            "back up to another disk, another machine or S3: a broken disk takes both",
        ),
        (Ok(_), _) => Verdict::good(format!("{} lies on another disk than the data", last.to)),
        (Err(error), _) => {
            Verdict::warning(format!("the last backup cannot be looked at: {}: {error}", last.to), "see that its disk is there")
        }
    }
}

pub(super) fn snapshots(subject: &Subject, _: Wish) -> Verdict {
    match upgrade::list(&subject.data) {
        Ok(found) if found.is_empty() => Verdict::good("no copies from before upgrades take room"),
        Ok(found) => {
            let bytes: u64 = found.iter().map(|snapshot| snapshot.size_bytes).sum();
            Verdict::good(format!("{} copies from before upgrades, {bytes} bytes (\"runstead upgrade list\")", found.len()))
        }
        Err(error) => Verdict::warning(error.to_string(), "look into snapshots/ in the data directory"),
    }
}
