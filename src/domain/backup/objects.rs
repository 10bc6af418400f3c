//! A backup in a bucket. Objects appear when they are whole, and the manifest last; so there is no workshop, and an interrupted
//! backup leaves no more than objects that the next one uses or removes.
//!
//! ```text
//! s3://BUCKET/PREFIX/manifest.json, databases/…, blobs/…        one backup, which its successor replaces
//! s3://BUCKET/PREFIX/20260131T101530Z/manifest.json, …          one of many, which share PREFIX/blobs/…
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};

use super::folder::clear;
use super::manifest::{self, Manifest, Part};
use super::place::Place;
use super::{Hashing, Vessel, io_words, safe};
use crate::blob::Depot;
use crate::disk;
use crate::error::{Error, Result};

/// Marks a prefix as one backup, from before its first object.
const ALONE: &str = "backup.mark";
/// Marks a prefix as one of many.
const AMONG: &str = "backups.mark";
const MARK: &[u8] = b"Backups of Runstead. Whatever else lies here may be removed by the next one.\n";
/// What all backups of a prefix share.
pub(super) const BLOBS: &str = "blobs";

/// One backup to a bucket at a time from one data directory: what one has found there the other must not remove.
pub(super) struct Turn {
    _file: File,
}

impl Turn {
    pub fn take(data: &Path) -> Result<Self> {
        let path = data.join("backup-to-bucket.lock");
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.and_then(|file| disk::give_to_owner_of_folder(&path).map(|()| file));
        let file = file.map_err(io_words("cannot be opened", &path))?;
        let busy = |_| Error::conflict("another backup of this data is being written to a bucket: wait for its end");
        file.try_lock().map_err(busy)?;
        Ok(Self { _file: file })
    }
}

/// A prefix that one backup is written to.
pub(super) struct Objects {
    own: Depot,
    /// The folder that has `blobs/`.
    shared: Depot,
    /// Blobs that are there, with their lengths.
    stored: BTreeMap<String, u64>,
    /// What the newest backup says of its files.
    known: BTreeMap<String, Part>,
    workshop: PathBuf,
    _turn: Turn,
}

impl Objects {
    /// For the one backup of a prefix.
    pub fn alone(depot: &Depot, data: &Path) -> Result<Self> {
        let earlier = Manifest::load(&Place::Bucket(depot.clone()))?;
        claim(depot, ALONE, earlier.is_some(), "choose a prefix of its own")?;
        Self::open(depot.clone(), depot.clone(), earlier.as_ref(), data)
    }

    /// For one of many below a prefix, after `earlier`.
    pub fn among(root: &Depot, name: &str, earlier: Option<&Manifest>, data: &Path) -> Result<Self> {
        claim(root, AMONG, false, "choose another prefix for backup.to")?;
        Self::open(root.below(name), root.clone(), earlier, data)
    }

    fn open(own: Depot, shared: Depot, earlier: Option<&Manifest>, data: &Path) -> Result<Self> {
        let turn = Turn::take(data)?;
        // As for a stream: copies of the databases need a place until they are sent. Whose turn it is finds no more there than
        // what a crash has left.
        let workshop = data.join("backup-to-bucket.unfinished");
        clear(&workshop)?;
        let made = std::fs::create_dir(&workshop).and_then(|()| disk::give_to_owner_of_folder(&workshop));
        made.map_err(io_words("cannot be made", &workshop))?;
        let known = earlier.into_iter().flat_map(Manifest::parts).map(|(name, part)| (name, part.clone())).collect();
        let stored = shared.list(BLOBS)?.into_iter().collect();
        Ok(Self { own, shared, stored, known, workshop, _turn: turn })
    }

    fn home(&self, name: &str) -> &Depot {
        if name.starts_with("blobs/") { &self.shared } else { &self.own }
    }

    /// Removes what the one backup of a prefix does not name.
    fn tidy(&self, manifest: &Manifest) -> Result<()> {
        let named: BTreeSet<String> = manifest.parts().map(|(name, _)| name).collect();
        let mut there = self.own.list("databases")?;
        there.extend(self.own.list(BLOBS)?);
        let surplus: Vec<String> = there.into_iter().map(|(name, _)| name).filter(|name| !named.contains(name)).collect();
        self.own.delete(&surplus)
    }
}

/// Sees that a prefix is empty or ours, and marks it.
fn claim(depot: &Depot, mark: &str, is_ours: bool, advice: &str) -> Result<()> {
    let (folders, objects) = depot.names()?;
    if is_ours || objects.iter().any(|name| name == mark) {
        return Ok(());
    }
    if !(folders.is_empty() && objects.is_empty()) {
        return Err(Error::invalid(format!("{depot} holds other things than backups of this kind: {advice}")));
    }
    depot.write(mark, MARK.len() as u64, &mut &*MARK)
}

impl Drop for Objects {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.workshop);
    }
}

impl Vessel for Objects {
    fn workshop(&self) -> &Path {
        &self.workshop
    }

    fn held(&mut self, name: &str, size_bytes: u64) -> Option<Part> {
        let is_there = self.stored.get(name) == Some(&size_bytes);
        self.known.get(name).filter(|part| is_there && part.size_bytes == size_bytes).cloned()
    }

    fn put(&mut self, name: &str, from: &Path) -> Result<Part> {
        safe(name)?;
        let mut file = File::open(from).map_err(io_words("cannot be read", from))?;
        let size_bytes = file.metadata().map_err(io_words("cannot be read", from))?.len();
        // Blobs never change: one that an interrupted backup has sent need not be sent again.
        if self.stored.get(name) == Some(&size_bytes) {
            return super::copy_hashed(&mut file, &mut std::io::sink()).map_err(io_words("cannot be read", from));
        }
        let mut bytes = Hashing::new(file);
        self.home(name).write(name, size_bytes, &mut bytes)?;
        Ok(bytes.part())
    }

    fn take(&mut self, name: &str, from: &Path) -> Result<Part> {
        let part = self.put(name, from)?;
        std::fs::remove_file(from).map_err(io_words("cannot be removed", from))?;
        Ok(part)
    }

    fn shares_blobs(&self) -> bool {
        self.own.to_string() != self.shared.to_string()
    }

    fn finish(&mut self, manifest: &Manifest) -> Result<()> {
        let text = serde_json::to_vec_pretty(manifest).map_err(Error::internal)?;
        Place::Bucket(self.own.clone()).write(manifest::NAME, &text)?;
        if self.shares_blobs() { Ok(()) } else { self.tidy(manifest) }
    }
}
