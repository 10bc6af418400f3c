//! Whether a backup is what it was.

use std::fs::File;
use std::path::Path;

use super::manifest::Manifest;
use super::place::Place;
use super::{io_words, store};
use crate::db::{Look, Plane};
use crate::error::Result;

/// What was found.
#[derive(Clone, Debug)]
pub struct Findings {
    pub manifest: Manifest,
    /// What is wrong, a sentence each; nothing in a good backup.
    pub damage: Vec<String>,
}

/// Reads every byte of a backup, lets the engine check the databases, and sees that each row's blob is in it. The databases of
/// a backup in a bucket are copied to `scratch` for that.
///
/// # Errors
/// In words for the operator: this is no backup, its manifest cannot be read, or the bucket does not answer.
pub fn verify(place: &Place, scratch: &Path) -> Result<Findings> {
    let manifest = Manifest::expect(place)?;
    let mut damage = Vec::new();
    for (name, part) in manifest.parts() {
        match manifest.home(place, &name)?.copy(&name, &mut std::io::sink()) {
            Ok(Some(found)) if found == *part => {}
            Ok(Some(found)) if found.size_bytes != part.size_bytes => {
                damage.push(format!("{name} has {} bytes instead of {}", found.size_bytes, part.size_bytes));
            }
            Ok(Some(_)) => damage.push(format!("{name} has other bytes than were written")),
            Ok(None) => damage.push(format!("{name} cannot be read: it is not there")),
            // Somebody who does not answer says nothing about the backup.
            Err(error) if place.is_remote() => return Err(error),
            Err(error) => damage.push(error.to_string()),
        }
    }
    // Looking into what is damaged would only say it again.
    if damage.is_empty() {
        look_into(&manifest, place, scratch, &mut damage)?;
    }
    Ok(Findings { manifest, damage })
}

fn look_into(manifest: &Manifest, place: &Place, scratch: &Path, damage: &mut Vec<String>) -> Result<()> {
    for plane in Plane::ALL {
        let database = manifest.database(plane)?;
        let (path, _room) = match place {
            Place::Folder(folder) => (folder.join(&database.file), None),
            Place::Bucket(_) => {
                // Named as what interrupted work leaves, so that the checkup finds it after a crash.
                let room = tempfile::Builder::new().prefix("verify-").suffix(".unfinished").tempdir_in(scratch);
                let room = room.map_err(io_words("has no room for a copy", scratch))?;
                let path = room.path().join(plane.file());
                let mut file = File::create(&path).map_err(io_words("cannot be made", &path))?;
                place.copy(&database.file, &mut file)?;
                (path, Some(room))
            }
        };
        let copy = Look::at_copy(&path)?;
        damage.extend(copy.damage().map(|text| format!("{}: {text}", database.file)));
        // An older schema may not have every table that names blobs.
        if damage.is_empty() && database.schema as usize == plane.files().len() {
            let used = copy.read(|db| store::blobs_in_use(db, plane))?;
            let lost = used.into_iter().filter(|key| !manifest.blobs.contains_key(key) && !manifest.missing.contains(key));
            damage.extend(lost.map(|key| format!("blobs/{key} is named by a row and not in the backup")));
        }
    }
    Ok(())
}
