//! A backup back into a data directory.

use std::fs::File;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use super::manifest::{Manifest, Part};
use super::place::Place;
use super::{io_words, safe, sync_folder};
use crate::db::Plane;
use crate::error::{Error, Result};

/// Copies a backup into a place where there is nothing, checking every byte on its way. A backup of an earlier release is
/// brought up to date when the server starts.
///
/// # Errors
/// In words for the operator: this is no backup, it is damaged or of a newer release, or the place is not empty.
pub fn restore(from: &Place, data: &Path) -> Result<Manifest> {
    let manifest = Manifest::expect(from)?;
    for plane in Plane::ALL {
        let (schema, newest) = (manifest.database(plane)?.schema, plane.files().len());
        if schema as usize > newest {
            return Err(Error::invalid(format!(
                "the backup was made by the newer Runstead {} (schema {schema}; this release knows up to {newest}): restore it with that release",
                manifest.runstead
            )));
        }
    }
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(data).map_err(io_words("cannot be made", data))?;
    if data.read_dir().map_err(io_words("cannot be read", data))?.next().is_some() {
        return Err(Error::conflict(format!(
            "{} is not empty: a backup is restored into an empty folder only; choose another with --data.dir",
            data.display()
        )));
    }
    fill(from, data, &manifest)
        .map_err(|error| Error::invalid(format!("{error}; what was restored to {} is not whole: remove it", data.display())))?;
    Ok(manifest)
}

/// The control plane comes last: without it nothing in the folder is taken for data.
fn fill(from: &Place, data: &Path, manifest: &Manifest) -> Result<()> {
    for (key, part) in &manifest.blobs {
        let name = format!("blobs/{key}");
        copy(manifest, from, &name, &data.join(safe(&name)?), part)?;
    }
    for plane in [Plane::History, Plane::Control] {
        let database = manifest.database(plane)?;
        copy(manifest, from, &database.file, &data.join(plane.file()), &database.part)?;
    }
    sync_all_folders(data)
}

fn copy(manifest: &Manifest, from: &Place, name: &str, to: &Path, part: &Part) -> Result<()> {
    let folder = to.parent().unwrap_or(to);
    std::fs::create_dir_all(folder).map_err(io_words("cannot be made", folder))?;
    let target = File::options().create_new(true).write(true).mode(0o600).open(to);
    let mut target = target.map_err(io_words("cannot be written", to))?;
    let source = manifest.home(from, name)?;
    let damaged = |how: &str| Error::invalid(format!("{} is damaged: {how}", source.below(name)));
    match source.copy(name, &mut target)? {
        None => return Err(damaged("it is not there")),
        Some(found) if found != *part => return Err(damaged("it has other bytes than were written")),
        Some(_) => {}
    }
    target.sync_all().map_err(io_words("cannot be written", to))
}

fn sync_all_folders(folder: &Path) -> Result<()> {
    for entry in folder.read_dir().map_err(io_words("cannot be read", folder))? {
        let path = entry.map_err(io_words("cannot be read", folder))?.path();
        if path.is_dir() {
            sync_all_folders(&path)?;
        }
    }
    sync_folder(folder)
}
