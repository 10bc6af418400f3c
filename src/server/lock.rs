//! One server a data directory: two would each think the files are theirs.

use std::fs::File;
use std::path::Path;

use crate::error::{Error, Result};

/// The directory is ours until this is dropped or the process ends, however it ends.
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    pub fn take(dir: &Path) -> Result<Self> {
        let path = dir.join("runstead.lock");
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|error| Error::invalid(format!("the data directory {} cannot be locked: {error}", dir.display())))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(std::fs::TryLockError::WouldBlock) => Err(Error::invalid(format!(
                "another Runstead server already works on {}; stop it first, or give this one a folder of its own with --data.dir",
                dir.display()
            ))),
            Err(std::fs::TryLockError::Error(error)) => Err(Error::internal(error)),
        }
    }
}
