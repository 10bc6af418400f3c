//! Who copies all blobs and who deletes some must not do so at the same time, even in two processes.

use std::fs::{File, TryLockError};
use std::path::Path;

use crate::disk;
use crate::error::{Error, Result};

/// As long as this lives, no blob in the folder is deleted.
pub struct Keep {
    _file: File,
}

impl Keep {
    /// Waits for a deletion that is under way.
    pub fn all(folder: &Path) -> Result<Self> {
        let file = lock_file(folder)?;
        file.lock_shared().map_err(Error::internal)?;
        Ok(Self { _file: file })
    }
}

/// As long as this lives, blobs may be deleted.
pub struct MayDelete {
    _file: File,
}

impl MayDelete {
    /// `None` while somebody keeps them.
    pub fn now(folder: &Path) -> Result<Option<Self>> {
        let file = lock_file(folder)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(Error::internal(error)),
        }
    }
}

fn lock_file(folder: &Path) -> Result<File> {
    // Beside the folder, which holds blobs and nothing else.
    let path = folder.with_extension("lock");
    let opened = File::options().create(true).truncate(false).write(true).open(&path);
    let owned = opened.and_then(|file| disk::give_to_owner_of_folder(&path).map(|()| file));
    owned.map_err(|error| Error::invalid(format!("{} cannot be opened: {error}", path.display())))
}
