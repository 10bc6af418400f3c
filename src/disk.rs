//! How much room a disk has, and what may still be written when it gets scarce.
//!
//! A full disk is reached in steps: first a warning, then no more artifacts, then no new runs, then no data at all; each
//! step leaves room for what is more important, and the last one for the databases' own work. What is refused is answered
//! 507, which clients repeat until there is room; so nothing is lost and nothing has to be restarted.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use crate::error::{Error, Result};

/// Room on the file system that holds a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    pub total_bytes: u64,
    /// What this process may still take; a reserve of the superuser's is not part of it.
    pub free_bytes: u64,
}

/// The room around this folder.
///
/// # Errors
/// In words for the operator: the folder is not there, or may not be looked at.
pub fn space(folder: &Path) -> Result<Space> {
    let found = rustix::fs::statvfs(folder)
        .map_err(|error| Error::invalid(format!("the disk of {} cannot be asked for its room: {error}", folder.display())))?;
    let bytes = |blocks: u64| blocks.saturating_mul(found.f_frsize);
    Ok(Space { total_bytes: bytes(found.f_blocks), free_bytes: bytes(found.f_bavail) })
}

/// How many more files the file system takes, and how many in all; `None` if it sets no limit.
pub fn files_left(folder: &Path) -> Result<Option<(u64, u64)>> {
    let found = rustix::fs::statvfs(folder)
        .map_err(|error| Error::invalid(format!("the disk of {} cannot be asked: {error}", folder.display())))?;
    Ok((found.f_files > 0).then_some((found.f_favail, found.f_files)))
}

/// Gives a file that root has just made to whom its folder belongs to, who could not write it otherwise.
///
/// # Errors
/// It cannot be given away.
pub fn give_to_owner_of_folder(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(Path::new(".")).metadata()?;
    let file = path.metadata()?;
    match (file.uid(), file.gid()) == (folder.uid(), folder.gid()) {
        true => Ok(()),
        false => std::os::unix::fs::chown(path, Some(folder.uid()), Some(folder.gid())),
    }
}

/// How scarce room is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Ample,
    /// Somebody should make room.
    Low,
    NoArtifacts,
    /// Neither artifacts nor new runs.
    NoRuns,
    /// What is there can be read and deleted.
    ReadOnly,
}

impl Level {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ample => "ample",
            Self::Low => "low",
            Self::NoArtifacts => "no artifacts",
            Self::NoRuns => "no new runs",
            Self::ReadOnly => "read-only",
        }
    }
}

/// What somebody wants to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Bytes of an artifact.
    Artifact,
    /// A run that has not begun.
    NewRun,
    /// What a run that has begun sends.
    RunData,
}

/// With how many free bytes each level begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watermarks {
    pub low: u64,
    pub no_artifacts: u64,
    pub no_runs: u64,
    pub read_only: u64,
}

/// What suits a large disk, and which part in a thousand of a small one.
const USUAL: [(u64, u64); 4] = [(10 << 30, 100), (4 << 30, 50), (2 << 30, 30), (512 << 20, 10)];

impl Watermarks {
    /// Those that were chosen; where 0 stands, what is usual for a disk of that size.
    fn on(self, total_bytes: u64) -> Self {
        let chosen = [self.low, self.no_artifacts, self.no_runs, self.read_only];
        let mut marks =
            chosen.into_iter().zip(USUAL).map(
                |(chosen, (bytes, thousandths))| {
                    if chosen > 0 { chosen } else { bytes.min(total_bytes / 1000 * thousandths) }
                },
            );
        let mut next = || marks.next().unwrap_or_default();
        Self { low: next(), no_artifacts: next(), no_runs: next(), read_only: next() }
    }

    fn level(self, free_bytes: u64) -> Level {
        let steps = [
            (self.read_only, Level::ReadOnly),
            (self.no_runs, Level::NoRuns),
            (self.no_artifacts, Level::NoArtifacts),
            (self.low, Level::Low),
        ];
        steps.into_iter().find(|(mark, _)| free_bytes < *mark).map_or(Level::Ample, |(_, level)| level)
    }
}

/// Watches the disk of the data.
#[derive(Debug)]
pub struct Guard {
    folder: PathBuf,
    marks: Watermarks,
    /// What was said last.
    told: Mutex<Level>,
}

/// Who was refused comes back after this.
const RETRY_AFTER: Duration = Duration::from_secs(10);

impl Guard {
    pub fn new(folder: &Path, marks: Watermarks) -> Self {
        Self { folder: folder.to_owned(), marks, told: Mutex::new(Level::Ample) }
    }

    /// How much room there is now, with what it means. Asking costs a microsecond.
    ///
    /// # Errors
    /// The disk cannot be asked.
    pub fn look(&self) -> Result<(Space, Level)> {
        let space = space(&self.folder)?;
        Ok((space, self.marks.on(space.total_bytes).level(space.free_bytes)))
    }

    /// How many bytes there are before artifacts are refused; `None` if the disk cannot be asked.
    pub fn spare(&self) -> Option<u64> {
        let space = space(&self.folder).ok()?;
        Some(space.free_bytes.saturating_sub(self.marks.on(space.total_bytes).no_artifacts))
    }

    /// The level now; a disk that cannot be asked stops nobody.
    pub fn level(&self) -> Level {
        self.look().map_or(Level::Ample, |(_, level)| level)
    }

    /// Refuses what there is no room for.
    ///
    /// # Errors
    /// [`Error::Full`], in words for who sent it.
    pub fn admit(&self, work: Work) -> Result<()> {
        let (begins, what) = match work {
            Work::Artifact => (Level::NoArtifacts, "artifacts are"),
            Work::NewRun => (Level::NoRuns, "a new run is"),
            Work::RunData => (Level::ReadOnly, "data is"),
        };
        if self.level() < begins {
            return Ok(());
        }
        Err(Error::Full {
            text: format!(
                "the server's disk is almost full: {what} taken again once there is room; nothing of this request was stored"
            ),
            retry_after: RETRY_AFTER,
        })
    }

    /// Writes to the log when the level has changed since the last call.
    pub fn tell(&self) -> Result<()> {
        let (space, level) = self.look()?;
        let before = std::mem::replace(&mut *self.told.lock().expect("no holder of this lock panics"), level);
        let (free, disk) = (space.free_bytes, self.folder.display());
        match level {
            _ if level == before => {}
            Level::Ample => tracing::info!(free_bytes = free, "the disk of {disk} has room again: everything is taken"),
            Level::Low => tracing::warn!(free_bytes = free, "the disk of {disk} has little room left"),
            Level::NoArtifacts => {
                tracing::error!(free_bytes = free, "the disk of {disk} is almost full: artifacts are refused")
            }
            Level::NoRuns => {
                tracing::error!(free_bytes = free, "the disk of {disk} is almost full: artifacts and new runs are refused");
            }
            Level::ReadOnly => {
                tracing::error!(
                    free_bytes = free,
                    "the disk of {disk} is full: nothing is taken until there is room; clients keep what they have"
                );
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    #[test]
    fn levels_follow_from_what_is_free_on_large_disks_and_small_ones() {
        let usual = Watermarks { low: 0, no_artifacts: 0, no_runs: 0, read_only: 0 };
        let on = |total: u64, free: u64| usual.on(total).level(free);
        for (free, level) in [
            (11 * GIB, Level::Ample),
            (9 * GIB, Level::Low),
            (3 * GIB, Level::NoArtifacts),
            (GIB, Level::NoRuns),
            (0, Level::ReadOnly),
        ] {
            assert_eq!(on(1000 * GIB, free), level, "{free}");
        }
        assert_eq!(on(GIB, GIB / 5), Level::Ample, "a small disk that is mostly empty takes everything");
        assert_eq!(on(GIB, GIB / 200), Level::ReadOnly);
        let chosen = Watermarks { no_runs: 6 * GIB, ..usual };
        assert_eq!(chosen.on(1000 * GIB).level(5 * GIB), Level::NoRuns);
    }

    #[test]
    fn each_level_refuses_what_is_less_important_than_what_it_keeps() {
        let folder = tempfile::tempdir().unwrap();
        let always = u64::MAX;
        let zero = Watermarks { low: 1, no_artifacts: 1, no_runs: 1, read_only: 1 };
        for (marks, refused) in [
            (Watermarks { low: always, ..zero }, [false, false, false]),
            (Watermarks { no_artifacts: always, ..zero }, [true, false, false]),
            (Watermarks { no_runs: always, ..zero }, [true, true, false]),
            (Watermarks { read_only: always, ..zero }, [true, true, true]),
        ] {
            let guard = Guard::new(folder.path(), marks);
            let found = [Work::Artifact, Work::NewRun, Work::RunData].map(|work| guard.admit(work).is_err());
            assert_eq!(found, refused, "{marks:?}");
        }
    }
}
