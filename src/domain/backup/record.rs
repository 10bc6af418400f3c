//! What the data directory remembers of its last backup, wherever that went.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Done, io_words};
use crate::disk;
use crate::error::{Error, Result};

const FILE: &str = "last-backup.json";

/// A backup that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub created_at: String,
    /// The folder, the address, or `-`.
    pub to: String,
    pub files: usize,
    pub size_bytes: u64,
    /// Files that rows name and the data directory lacked.
    pub missing: usize,
}

pub(super) fn remember(data: &Path, to: &str, done: &Done) -> Result<()> {
    let record = Record {
        created_at: done.manifest.created_at.clone(),
        to: to.to_owned(),
        files: done.manifest.blobs.len(),
        size_bytes: done.manifest.bytes(),
        missing: done.manifest.missing.len(),
    };
    let (path, fresh) = (data.join(FILE), data.join(format!("{FILE}.new")));
    let text = serde_json::to_vec_pretty(&record).map_err(Error::internal)?;
    let written = fs::write(&fresh, text).and_then(|()| disk::give_to_owner_of_folder(&fresh));
    written.and_then(|()| fs::rename(&fresh, &path)).map_err(io_words("cannot be written", &path))
}

/// The last backup of this data; `None` if there was none.
pub fn last(data: &Path) -> Result<Option<Record>> {
    let path = data.join(FILE);
    match fs::read(&path) {
        Ok(text) => serde_json::from_slice(&text)
            .map(Some)
            .map_err(|error| Error::invalid(format!("{} is damaged: {error}", path.display()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io_words("cannot be read", &path)(error)),
    }
}
