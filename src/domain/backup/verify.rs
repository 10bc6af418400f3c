//! Whether a backup is what it was.

use std::fs::File;
use std::path::Path;

use super::manifest::Manifest;
use super::{copy_hashed, io_words, store};
use crate::db::{Look, Plane};
use crate::error::Result;

/// What was found.
#[derive(Clone, Debug)]
pub struct Findings {
    pub manifest: Manifest,
    /// What is wrong, a sentence each; nothing in a good backup.
    pub damage: Vec<String>,
}

/// Reads every byte of a backup, lets the engine check the databases, and sees that each row's blob is in it.
///
/// # Errors
/// In words for the operator: this is no backup, or its manifest cannot be read.
pub fn verify(folder: &Path) -> Result<Findings> {
    let manifest = Manifest::expect(folder)?;
    let mut damage = Vec::new();
    for (name, part) in manifest.parts() {
        let path = folder.join(&name);
        let read = File::open(&path).and_then(|mut file| copy_hashed(&mut file, &mut std::io::sink()));
        match read {
            Ok(found) if found == *part => {}
            Ok(found) if found.size_bytes != part.size_bytes => {
                damage.push(format!("{name} has {} bytes instead of {}", found.size_bytes, part.size_bytes));
            }
            Ok(_) => damage.push(format!("{name} has other bytes than were written")),
            Err(error) => damage.push(io_words("cannot be read", &path)(error).to_string()),
        }
    }
    // Looking into what is damaged would only say it again.
    if damage.is_empty() {
        for plane in Plane::ALL {
            let database = manifest.database(plane)?;
            let copy = Look::at_copy(&folder.join(&database.file))?;
            damage.extend(copy.damage().map(|text| format!("{}: {text}", database.file)));
            // An older schema may not have every table that names blobs.
            if damage.is_empty() && database.schema as usize == plane.files().len() {
                let used = copy.read(|db| store::blobs_in_use(db, plane))?;
                let lost = used.into_iter().filter(|key| !manifest.blobs.contains_key(key) && !manifest.missing.contains(key));
                damage.extend(lost.map(|key| format!("blobs/{key} is named by a row and not in the backup")));
            }
        }
    }
    Ok(Findings { manifest, damage })
}
