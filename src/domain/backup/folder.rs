//! A backup in a folder. It holds one whole backup at every moment, whenever the power goes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};

use super::manifest::{self, Manifest, Part};
use super::{Vessel, copy_hashed, io_words, safe, sync_folder};
use crate::error::{Error, Result};

/// Marks a folder as ours from its first moment, and is locked while a backup is written.
const LOCK: &str = "backup.lock";
/// Files that are not whole yet.
const WORKSHOP: &str = "unfinished";

pub(super) struct Folder {
    root: PathBuf,
    workshop: PathBuf,
    earlier: BTreeMap<String, Part>,
    /// A backup elsewhere whose files this one may have as well, with what they must be.
    shared: Option<(PathBuf, BTreeMap<String, Part>)>,
    /// Folders with new names in them.
    touched: BTreeSet<PathBuf>,
    _lock: File,
}

impl Folder {
    pub fn open(root: &Path, data: &Path) -> Result<Self> {
        use std::os::unix::fs::DirBuilderExt as _;
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(root).map_err(io_words("cannot be made", root))?;
        let whole = |path: &Path| path.canonicalize().map_err(io_words("cannot be found", path));
        if whole(root)?.starts_with(whole(data)?) {
            return Err(Error::invalid(format!(
                "{} lies in the data directory and would be lost with it: choose a folder elsewhere, best on another disk",
                root.display()
            )));
        }
        let earlier = Manifest::load(&root.into())?;
        let marker = root.join(LOCK);
        let is_empty = root.read_dir().map_err(io_words("cannot be read", root))?.next().is_none();
        if !is_empty && earlier.is_none() && !marker.is_file() {
            return Err(Error::invalid(format!("{} holds other files and no backup: choose an empty folder", root.display())));
        }
        let lock = File::options().create(true).truncate(false).write(true).open(&marker);
        let lock = lock.map_err(io_words("cannot be opened", &marker))?;
        lock.try_lock()
            .map_err(|_| Error::conflict(format!("another backup is being written to {}: wait for its end", root.display())))?;
        let workshop = root.join(WORKSHOP);
        clear(&workshop)?;
        std::fs::create_dir(&workshop).map_err(io_words("cannot be made", &workshop))?;
        let earlier = earlier.iter().flat_map(Manifest::parts).map(|(name, part)| (name, part.clone())).collect();
        Ok(Self { root: root.to_owned(), workshop, earlier, shared: None, touched: BTreeSet::new(), _lock: lock })
    }

    /// Takes equal files from another backup by hard links.
    pub fn share_with(&mut self, other: &Path) -> Result<()> {
        let manifest = Manifest::expect(&other.into())?;
        let parts = manifest.parts().map(|(name, part)| (name, part.clone())).collect();
        self.shared = Some((other.to_owned(), parts));
        Ok(())
    }

    /// Links a file of the other backup; `None` if it is another one, or the disk knows no links.
    fn link(&mut self, name: &str, size_bytes: u64) -> Option<Part> {
        let (other, parts) = self.shared.as_ref()?;
        let part = parts.get(name).filter(|part| part.size_bytes == size_bytes)?.clone();
        let (from, whole) = (other.join(safe(name).ok()?), self.workshop.join("blob"));
        if from.metadata().ok()?.len() != size_bytes {
            return None;
        }
        let _ = std::fs::remove_file(&whole);
        std::fs::hard_link(&from, &whole).ok()?;
        self.place(name, &whole).ok()?;
        Some(part)
    }

    fn place(&mut self, name: &str, whole: &Path) -> Result<()> {
        let path = self.root.join(safe(name)?);
        let folder = path.parent().unwrap_or(&self.root);
        std::fs::create_dir_all(folder).map_err(io_words("cannot be made", folder))?;
        // Each of these may have been made just now.
        self.touched.extend(folder.ancestors().take_while(|above| above.starts_with(&self.root)).map(Path::to_owned));
        std::fs::rename(whole, &path).map_err(io_words("cannot be written", &path))
    }

    /// Removes what the manifest does not name: parts of earlier backups, and of attempts that were interrupted.
    fn tidy(&self, manifest: &Manifest) -> Result<()> {
        let named: BTreeSet<PathBuf> = manifest.parts().map(|(name, _)| self.root.join(name)).collect();
        let mut waiting = vec![self.root.join("databases"), self.root.join("blobs")];
        while let Some(folder) = waiting.pop() {
            let Ok(entries) = folder.read_dir() else { continue };
            for entry in entries {
                let entry = entry.map_err(io_words("cannot be read", &folder))?;
                let path = entry.path();
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    waiting.push(path);
                } else if !named.contains(&path) {
                    std::fs::remove_file(&path).map_err(io_words("cannot be removed", &path))?;
                }
            }
        }
        clear(&self.workshop)
    }
}

/// Removes a folder with all that is in it, if it is there.
pub(super) fn clear(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(io_words("cannot be removed", folder)(error)),
        _ => Ok(()),
    }
}

impl Vessel for Folder {
    fn workshop(&self) -> &Path {
        &self.workshop
    }

    fn held(&mut self, name: &str, size_bytes: u64) -> Option<Part> {
        let found = self.root.join(name).metadata().map_or(u64::MAX, |found| found.len());
        let own = self.earlier.get(name).filter(|part| part.size_bytes == size_bytes && found == size_bytes).cloned();
        own.or_else(|| self.link(name, size_bytes))
    }

    fn put(&mut self, name: &str, from: &Path) -> Result<Part> {
        let whole = self.workshop.join("blob");
        let mut source = File::open(from).map_err(io_words("cannot be read", from))?;
        let mut copy = File::create(&whole).map_err(io_words("cannot be written", &whole))?;
        let part = copy_hashed(&mut source, &mut copy).map_err(io_words("cannot be copied", from))?;
        copy.sync_all().map_err(io_words("cannot be written", &whole))?;
        self.place(name, &whole)?;
        Ok(part)
    }

    fn take(&mut self, name: &str, from: &Path) -> Result<Part> {
        let mut source = File::open(from).map_err(io_words("cannot be read", from))?;
        let part = copy_hashed(&mut source, &mut std::io::sink()).map_err(io_words("cannot be read", from))?;
        self.place(name, from)?;
        Ok(part)
    }

    fn finish(&mut self, manifest: &Manifest) -> Result<()> {
        for folder in &self.touched {
            sync_folder(folder)?;
        }
        let text = serde_json::to_vec_pretty(manifest).map_err(Error::internal)?;
        let whole = self.workshop.join(manifest::NAME);
        std::fs::write(&whole, text).map_err(io_words("cannot be written", &whole))?;
        File::open(&whole).and_then(|file| file.sync_all()).map_err(io_words("cannot be written", &whole))?;
        self.place(manifest::NAME, &whole)?;
        sync_folder(&self.root)?;
        self.tidy(manifest)
    }
}
