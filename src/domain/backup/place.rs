//! Where backups lie: folders of this machine, or of a bucket, in the same layout.

use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::manifest::Part;
use super::{Hashing, copy_hashed, io_words};
use crate::blob::Depot;
use crate::error::{Error, Result};

/// A folder that is a backup, or holds several.
#[derive(Clone, Debug)]
pub enum Place {
    Folder(PathBuf),
    Bucket(Depot),
}

impl From<&Path> for Place {
    fn from(path: &Path) -> Self {
        Self::Folder(path.to_owned())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => path.display().fmt(out),
            Self::Bucket(depot) => depot.fmt(out),
        }
    }
}

impl Place {
    /// Whether failures may be the network's and not the backup's.
    pub(super) fn is_remote(&self) -> bool {
        matches!(self, Self::Bucket(_))
    }

    /// The folder of that name in it.
    pub fn below(&self, name: &str) -> Self {
        match self {
            Self::Folder(path) => Self::Folder(path.join(name)),
            Self::Bucket(depot) => Self::Bucket(depot.below(name)),
        }
    }

    /// The folder that it is in.
    pub(super) fn above(&self) -> Result<Self> {
        let found = match self {
            Self::Folder(path) => path.canonicalize().ok().and_then(|path| path.parent().map(Path::to_owned)).map(Self::Folder),
            Self::Bucket(depot) => depot.above().map(Self::Bucket),
        };
        found.ok_or_else(|| Error::invalid(format!("{self} shares files with others beside it, and lies in no folder")))
    }

    /// A small file of it; `None` if it is not there.
    pub(super) fn read(&self, name: &str) -> Result<Option<Vec<u8>>> {
        match self {
            Self::Bucket(depot) => depot.read(name),
            Self::Folder(folder) => {
                let path = folder.join(name);
                match fs::read(&path) {
                    Ok(bytes) => Ok(Some(bytes)),
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                    Err(error) => Err(io_words("cannot be read", &path)(error)),
                }
            }
        }
    }

    /// Writes a small file into it.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        match self {
            Self::Bucket(depot) => depot.write(name, bytes.len() as u64, &mut &*bytes),
            Self::Folder(folder) => {
                let path = folder.join(name);
                fs::write(&path, bytes).map_err(io_words("cannot be written", &path))
            }
        }
    }

    /// Copies a file of it to somewhere and says what passed; `None` if it is not there.
    pub(super) fn copy(&self, name: &str, out: &mut dyn std::io::Write) -> Result<Option<Part>> {
        match self {
            Self::Bucket(depot) => {
                let mut passed = Hashing::new(out);
                Ok(depot.copy_to(name, &mut passed)?.then(|| passed.part()))
            }
            Self::Folder(folder) => {
                let path = folder.join(name);
                let mut file = match File::open(&path) {
                    Ok(file) => file,
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
                    Err(error) => return Err(io_words("cannot be read", &path)(error)),
                };
                copy_hashed(&mut file, out).map(Some).map_err(io_words("cannot be copied", &path))
            }
        }
    }
}
