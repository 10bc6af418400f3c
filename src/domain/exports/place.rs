//! Where bundles lie on this machine, and how long.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::no_room;
use super::tar::full;
use crate::disk::{Guard, Level};
use crate::error::{Error, Result};

/// The file that a bundle lies in, and as long as it is written.
const WHOLE: &str = "bundle.tar";
const PART: &str = "bundle.tar.part";
const LIST: &str = "list.part";
const PLAN: &str = "plan.json";
/// Bundles that come in.
const INCOMING: &str = "incoming";

/// How often it is written down how far a bundle is: after so long, or so many bytes.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    pub every: Duration,
    pub bytes: u64,
}

impl Default for Pace {
    fn default() -> Self {
        Self { every: Duration::from_secs(2), bytes: 64 << 20 }
    }
}

/// A folder with a folder for each bundle.
#[derive(Clone, Debug)]
pub struct Place {
    folder: PathBuf,
    /// How long a bundle can be downloaded.
    pub keep: Duration,
    pub server_name: String,
    pub pace: Pace,
    guard: Arc<Guard>,
}

impl Place {
    pub fn new(folder: &Path, keep: Duration, server_name: &str, guard: Guard) -> Self {
        let (folder, server_name) = (folder.to_owned(), server_name.to_owned());
        Self { folder, keep, server_name, pace: Pace::default(), guard: Arc::new(guard) }
    }

    pub(in crate::domain) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Refuses what there is no room for.
    ///
    /// # Errors
    /// [`Error::Full`], in words for who asks.
    pub fn admit(&self, bytes: u64) -> Result<()> {
        self.make(&self.folder)?;
        let spare = self.guard.spare();
        if self.guard.level() >= Level::NoArtifacts || spare.is_some_and(|spare| spare < bytes) {
            Err(no_room())
        } else {
            Ok(())
        }
    }

    /// A file without a name, for what is needed once.
    pub(in crate::domain) fn scratch(&self) -> Result<File> {
        self.make(&self.folder)?;
        tempfile::tempfile_in(&self.folder).map_err(full)
    }

    /// Makes a folder for its owner alone.
    pub(in crate::domain) fn make(&self, folder: &Path) -> Result<()> {
        use std::os::unix::fs::DirBuilderExt as _;
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(|error| match error.kind() {
            std::io::ErrorKind::StorageFull => no_room(),
            _ => Error::internal(format!("the folder {} cannot be made: {error}", folder.display())),
        })
    }

    /// The file of a bundle that is done.
    pub fn whole(&self, bundle: &str) -> PathBuf {
        self.folder.join(bundle).join(WHOLE)
    }
    pub(super) fn part(&self, bundle: &str) -> PathBuf {
        self.folder.join(bundle).join(PART)
    }
    pub(super) fn list(&self, bundle: &str) -> PathBuf {
        self.folder.join(bundle).join(LIST)
    }
    pub(super) fn plan(&self, bundle: &str) -> PathBuf {
        self.folder.join(bundle).join(PLAN)
    }

    /// Where bundles lie that come in.
    pub(in crate::domain) fn incoming(&self) -> PathBuf {
        self.folder.join(INCOMING)
    }

    /// Removes all of a bundle.
    pub fn forget(&self, bundle: &str) -> Result<()> {
        match std::fs::remove_dir_all(self.folder.join(bundle)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::internal(error)),
            _ => Ok(()),
        }
    }

    /// The bundles of which there is something.
    pub(super) fn found(&self) -> Result<Vec<String>> {
        let Ok(entries) = std::fs::read_dir(&self.folder) else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for entry in entries {
            let entry = entry.map_err(Error::internal)?;
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            found.extend(entry.file_name().into_string().ok().filter(|name| is_folder && name != INCOMING));
        }
        Ok(found)
    }

    /// What is written of a bundle, besides itself, is needed no more; the bundle is there under its name.
    pub(super) fn complete(&self, bundle: &str) -> Result<()> {
        std::fs::rename(self.part(bundle), self.whole(bundle)).map_err(Error::internal)?;
        for rest in [self.list(bundle), self.plan(bundle)] {
            std::fs::remove_file(rest).map_err(Error::internal)?;
        }
        let folder = File::open(self.folder.join(bundle)).and_then(|folder| folder.sync_all());
        folder.map_err(Error::internal)
    }
}
