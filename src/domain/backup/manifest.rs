//! What belongs to a backup.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::place::Place;
use super::safe;
use crate::clock::Timestamp;
use crate::db::Plane;
use crate::error::{Error, Result};

/// The file that makes a folder a backup.
pub(super) const NAME: &str = "manifest.json";
/// The settings that were in force, without secrets.
pub(super) const SETTINGS: &str = "settings.toml";
/// What a backup never holds.
const NOT_INCLUDED: &str = "The files that settings name (tls.certificate, tls.key, tls.authorities, *_file) and secrets from the \
    environment are not in this backup: keep them elsewhere. The keys that sign links are in the database.";
/// The layout that this release writes, and the only one there was.
const FORMAT: u32 = 1;

/// The list of a backup's files.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    /// The release that wrote it.
    pub runstead: String,
    /// The moment that the backup shows.
    pub created_at: String,
    /// By name of the plane.
    pub databases: BTreeMap<String, Database>,
    /// By key of the blob.
    pub blobs: BTreeMap<String, Part>,
    /// Blobs that rows name, but that the data directory itself lacked.
    pub missing: Vec<String>,
    /// The file `settings.toml`; backups of earlier releases have none.
    #[serde(default)]
    pub settings: Option<Part>,
    /// Whether the blobs lie in the folder above, where several backups share them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shared_blobs: bool,
    /// What has to be kept beside it, in words.
    #[serde(default)]
    pub not_included: String,
}

/// A copy of a database.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Database {
    /// Its name in the backup.
    pub file: String,
    /// The number of migrations that made it.
    pub schema: u32,
    #[serde(flatten)]
    pub part: Part,
}

/// What a file must be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub size_bytes: u64,
    /// In hexadecimal.
    pub sha256: String,
}

impl Manifest {
    pub(super) fn new(now: Timestamp, databases: BTreeMap<String, Database>) -> Self {
        Self {
            format: FORMAT,
            runstead: env!("CARGO_PKG_VERSION").to_owned(),
            created_at: now.to_string(),
            databases,
            blobs: BTreeMap::new(),
            missing: Vec::new(),
            settings: None,
            shared_blobs: false,
            not_included: NOT_INCLUDED.to_owned(),
        }
    }

    /// Reads the manifest of a place; `None` if it has none.
    ///
    /// # Errors
    /// It cannot be read, or is of a layout that this release does not know.
    pub fn load(place: &Place) -> Result<Option<Self>> {
        let Some(text) = place.read(NAME)? else { return Ok(None) };
        let path = place.below(NAME);
        let broken = |why: String| Error::invalid(format!("{path} is damaged: {why}"));
        let manifest: Self = serde_json::from_slice(&text).map_err(|error| broken(error.to_string()))?;
        if manifest.format != FORMAT {
            return Err(Error::invalid(format!(
                "{path} was written by Runstead {} in layout {}; this release knows layout {FORMAT} only",
                manifest.runstead, manifest.format
            )));
        }
        for (name, _) in manifest.parts() {
            safe(&name)?;
        }
        for plane in Plane::ALL {
            manifest.database(plane).map_err(|_| broken(format!("it names no {} database", plane.name())))?;
        }
        Ok(Some(manifest))
    }

    /// The manifest of a place that should be a backup.
    pub(super) fn expect(place: &Place) -> Result<Self> {
        Self::load(place)?.ok_or_else(|| {
            Error::invalid(format!("{place} is no backup: it has no {NAME}, which \"backup create\" writes last"))
        })
    }

    /// The folder that a file of the backup at `place` lies in.
    pub(super) fn home(&self, place: &Place, name: &str) -> Result<Place> {
        if self.shared_blobs && name.starts_with("blobs/") { place.above() } else { Ok(place.clone()) }
    }

    pub(super) fn database(&self, plane: Plane) -> Result<&Database> {
        self.databases.get(plane.name()).ok_or_else(|| Error::not_found(format!("database {}", plane.name())))
    }

    /// Every file with its name in the backup.
    pub fn parts(&self) -> impl Iterator<Item = (String, &Part)> {
        let databases = self.databases.values().map(|database| (database.file.clone(), &database.part));
        let settings = self.settings.iter().map(|part| (SETTINGS.to_owned(), part));
        databases.chain(settings).chain(self.blobs.iter().map(|(key, part)| (format!("blobs/{key}"), part)))
    }

    pub fn bytes(&self) -> u64 {
        self.parts().map(|(_, part)| part.size_bytes).sum()
    }
}
