//! Links to bytes of artifacts, which carry their own permission.

use super::model::{Artifact, Entry};
use crate::clock::Timestamp;
use crate::domain::files::{Purpose, Signer};
use crate::id::{ArtifactId, ManifestId};

/// What makes links.
#[derive(Clone, Copy)]
pub struct Linker<'a> {
    pub signer: &'a Signer,
    pub public_url: &'a str,
    pub now: Timestamp,
}

impl Linker<'_> {
    fn url(&self, purpose: Purpose, artifact: ArtifactId, name: &str) -> String {
        self.signer.url(self.public_url, purpose, artifact.get(), name, self.now)
    }
    /// To the bytes of a file, or what a reference refers to.
    pub fn file(&self, artifact: ArtifactId, entry: &Entry) -> String {
        match &entry.reference {
            Some(reference) => reference.clone(),
            None => self.url(Purpose::ReadArtifactFile, artifact, &entry.path),
        }
    }
    /// To the list of files of a version.
    pub fn manifest(&self, artifact: ArtifactId) -> String {
        self.url(Purpose::ReadManifest, artifact, "wandb_manifest.json")
    }
    /// To all files of a version in one.
    pub fn archive(&self, artifact: &Artifact) -> String {
        let version = artifact.version_index.map(|index| format!("-v{index}")).unwrap_or_default();
        self.url(Purpose::ReadArchive, artifact.id, &format!("{}{version}.zip", artifact.sequence))
    }
    /// Where to send an announced file; `md5` is in hex.
    pub fn upload(&self, artifact: ArtifactId, md5: &str, name: &str) -> String {
        self.url(Purpose::WriteArtifactFile, artifact, &format!("{md5}/{name}"))
    }
    /// Where to send a part of it.
    pub fn part(&self, artifact: ArtifactId, md5: &str, number: i64, name: &str) -> String {
        self.url(Purpose::WriteArtifactPart, artifact, &format!("{md5}/{number}/{name}"))
    }
    /// Where to send an announced manifest.
    pub fn manifest_upload(&self, artifact: ArtifactId, manifest: ManifestId, name: &str) -> String {
        self.url(Purpose::WriteManifest, artifact, &format!("{manifest}/{name}"))
    }
}
