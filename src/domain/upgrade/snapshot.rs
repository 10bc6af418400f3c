//! Copies of the data from before a change, in the data directory itself.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::blob::Keep;
use crate::clock::Timestamp;
use crate::db::{Moment, Plane};
use crate::domain::backup::{io_words, sync_folder};
use crate::error::{Error, Result};

const FOLDER: &str = "snapshots";
/// The file that makes a folder a snapshot.
const NOTE: &str = "snapshot.json";
/// Ends the name of a folder that is not whole yet.
const UNFINISHED: &str = ".unfinished";

/// Why a snapshot was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reason {
    /// A newer release was about to change the data.
    Upgrade,
    /// Somebody went back to an earlier snapshot; this is what there was.
    Rollback,
}

/// A copy of the data.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Snapshot {
    /// Of its folder.
    pub name: String,
    pub created_at: String,
    pub reason: Reason,
    /// The release that took it; of an upgrade, the newer one.
    pub runstead: String,
    /// Steps that each database had taken, by name of the plane.
    pub schemas: BTreeMap<String, u32>,
    /// What the copies of the databases take.
    pub size_bytes: u64,
}

impl Snapshot {
    pub(super) fn folder(&self, data: &Path) -> PathBuf {
        data.join(FOLDER).join(&self.name)
    }
}

/// Copies both databases to one moment and links the blobs.
pub(super) fn take(data: &Path, reason: Reason, now: Timestamp) -> Result<Snapshot> {
    let blobs = data.join("blobs");
    let _keep = Keep::all(&blobs)?;
    let root = data.join(FOLDER);
    DirBuilder::new().recursive(true).mode(0o700).create(&root).map_err(io_words("cannot be made", &root))?;
    clear_unfinished(&root)?;
    let files: Vec<(Plane, PathBuf)> = Plane::ALL.iter().map(|plane| (*plane, data.join(plane.file()))).collect();
    let files: Vec<_> = files.into_iter().filter(|(_, path)| path.exists()).collect();
    let mut schemas = BTreeMap::new();
    for (plane, path) in &files {
        schemas.extend(plane.schema_of(path)?.map(|schema| (plane.name().to_owned(), schema)));
    }
    let name = free_name(&root, now, &schemas);
    let workshop = root.join(format!("{name}{UNFINISHED}"));
    fs::create_dir(&workshop).map_err(io_words("cannot be made", &workshop))?;
    let moment = Moment::hold(&files.iter().map(|(plane, path)| (*plane, path.as_path())).collect::<Vec<_>>())?;
    let mut size_bytes = 0;
    for (plane, _) in &files {
        let copy = workshop.join(plane.file());
        moment.copy(*plane, &copy)?;
        size_bytes += copy.metadata().map_err(io_words("cannot be read", &copy))?.len();
    }
    drop(moment);
    link_all(&blobs, &workshop.join("blobs"))?;
    let snapshot = Snapshot {
        name,
        created_at: now.to_string(),
        reason,
        runstead: env!("CARGO_PKG_VERSION").to_owned(),
        schemas,
        size_bytes,
    };
    let note = workshop.join(NOTE);
    fs::write(&note, serde_json::to_vec_pretty(&snapshot).map_err(Error::internal)?)
        .map_err(io_words("cannot be written", &note))?;
    fs::File::open(&note).and_then(|file| file.sync_all()).map_err(io_words("cannot be written", &note))?;
    sync_folder(&workshop)?;
    let whole = snapshot.folder(data);
    fs::rename(&workshop, &whole).map_err(io_words("cannot be written", &whole))?;
    sync_folder(&root)?;
    sync_folder(data)?;
    Ok(snapshot)
}

/// `20260131T101530Z-schema-6-2`.
fn free_name(root: &Path, now: Timestamp, schemas: &BTreeMap<String, u32>) -> String {
    let moment: String = now.to_string().chars().take(19).filter(|letter| letter.is_ascii_alphanumeric()).collect();
    let steps: Vec<String> = schemas.values().map(u32::to_string).collect();
    let name = format!("{moment}Z-schema-{}", steps.join("-"));
    let taken = |name: &String| root.join(name).exists();
    let mut names = std::iter::once(name.clone()).chain((2..).map(|number| format!("{name}.{number}")));
    names.find(|name| !taken(name)).unwrap_or(name)
}

/// Gives every file below `from` a second name below `to`. Files that are being written have a `#` in theirs and are left out.
pub(super) fn link_all(from: &Path, to: &Path) -> Result<()> {
    let Ok(entries) = from.read_dir() else { return Ok(()) };
    DirBuilder::new().recursive(true).mode(0o700).create(to).map_err(io_words("cannot be made", to))?;
    for entry in entries {
        let entry = entry.map_err(io_words("cannot be read", from))?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            link_all(&path, &target)?;
        } else if !entry.file_name().to_string_lossy().contains('#') && !target.exists() {
            fs::hard_link(&path, &target).map_err(io_words("cannot be linked", &path))?;
        }
    }
    sync_folder(to)
}

fn clear_unfinished(root: &Path) -> Result<()> {
    for entry in root.read_dir().map_err(io_words("cannot be read", root))? {
        let path = entry.map_err(io_words("cannot be read", root))?.path();
        if path.to_string_lossy().ends_with(UNFINISHED) {
            fs::remove_dir_all(&path).map_err(io_words("cannot be removed", &path))?;
        }
    }
    Ok(())
}

/// All snapshots, oldest first.
pub fn list(data: &Path) -> Result<Vec<Snapshot>> {
    let root = data.join(FOLDER);
    let entries = match root.read_dir() {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(io_words("cannot be read", &root)(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let folder = entry.map_err(io_words("cannot be read", &root))?.path();
        let note = folder.join(NOTE);
        if folder.to_string_lossy().ends_with(UNFINISHED) || !note.is_file() {
            continue;
        }
        let text = fs::read(&note).map_err(io_words("cannot be read", &note))?;
        let mut snapshot: Snapshot =
            serde_json::from_slice(&text).map_err(|error| Error::invalid(format!("{} is damaged: {error}", note.display())))?;
        // What the folder is called counts: somebody may have renamed it.
        snapshot.name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        found.push(snapshot);
    }
    found.sort_by(|one, other| (&one.created_at, &one.name).cmp(&(&other.created_at, &other.name)));
    Ok(found)
}

/// Removes all but the newest ones; returns the names of those that went.
pub fn prune(data: &Path, keep: usize) -> Result<Vec<String>> {
    let all = list(data)?;
    let old = &all[..all.len().saturating_sub(keep)];
    for snapshot in old {
        let folder = snapshot.folder(data);
        fs::remove_dir_all(&folder).map_err(io_words("cannot be removed", &folder))?;
    }
    Ok(old.iter().map(|snapshot| snapshot.name.clone()).collect())
}
