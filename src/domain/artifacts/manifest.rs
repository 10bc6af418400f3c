//! The list of files that the client sends with a version, read and put together.

use std::collections::BTreeMap;

use md5::{Digest as _, Md5};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::domain::files::FileName;
use crate::error::{Error, Result};

/// A manifest as the client writes it. What the server does not read is kept.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Manifest {
    version: i64,
    #[serde(flatten)]
    rest: Map<String, Value>,
    pub contents: BTreeMap<String, Item>,
}

/// An entry of a manifest.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub(super) struct Item {
    pub digest: String,
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    #[serde(rename = "birthArtifactID", skip_serializing_if = "Option::is_none")]
    pub birth_artifact_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<i64>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl Manifest {
    /// Reads a manifest; its paths stay inside the artifact.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let manifest: Self =
            serde_json::from_slice(bytes).map_err(|error| Error::invalid(format!("the manifest cannot be read: {error}")))?;
        if manifest.version != 1 {
            return Err(Error::invalid(format!("this server reads manifests of version 1, not {}", manifest.version)));
        }
        for (path, item) in &manifest.contents {
            if FileName::parse(path)?.as_str() != path {
                return Err(Error::invalid(format!("'{path}' is not a plain path inside the artifact")));
            }
            if item.size.is_some_and(|size| size < 0) {
                return Err(Error::invalid(format!("the manifest gives '{path}' a negative size")));
            }
        }
        Ok(manifest)
    }

    /// One without files.
    pub fn empty() -> Self {
        let mut rest = Map::new();
        rest.insert("storagePolicy".to_owned(), json!("wandb-storage-policy-v1"));
        rest.insert("storagePolicyConfig".to_owned(), json!({ "storageLayout": "V2" }));
        Self { version: 1, rest, contents: BTreeMap::new() }
    }

    /// Puts the entries of `other` over these.
    pub fn extend(&mut self, other: Self) {
        self.contents.extend(other.contents);
    }

    /// As it is stored and served.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self).map_err(Error::internal)
    }

    /// The digest of a version that holds this, as the client makes it.
    pub fn digest(&self) -> String {
        let mut digest = Md5::new();
        digest.update(b"wandb-artifact-manifest-v1\n");
        for (path, item) in &self.contents {
            digest.update(format!("{path}:{}\n", item.digest));
        }
        hex::encode(digest.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(contents: &Value) -> Result<Manifest> {
        let whole = json!({ "version": 1, "storagePolicy": "p", "storagePolicyConfig": {}, "contents": contents });
        Manifest::parse(whole.to_string().as_bytes())
    }

    #[test]
    fn an_empty_version_has_the_well_known_digest() {
        assert_eq!(Manifest::empty().digest(), "64e7c61456b10382e2f3b571ac24b659");
    }

    #[test]
    fn paths_stay_inside_the_artifact() {
        for path in ["../x", "/etc/passwd", "a/../b", "a//b", "./a", "", "c:\\x"] {
            assert!(manifest(&json!({ path: { "digest": "d", "size": 1 } })).is_err(), "{path}");
        }
        assert!(manifest(&json!({ "a/b ü.txt": { "digest": "d", "size": 1 } })).is_ok());
        assert!(manifest(&json!({ "a": { "digest": "d", "size": -1 } })).is_err());
    }

    #[test]
    fn what_is_not_read_is_kept_and_later_entries_win() {
        let mut base = manifest(&json!({ "a": { "digest": "1", "extra": { "etag": "e" } }, "b": { "digest": "2" } })).unwrap();
        base.extend(manifest(&json!({ "b": { "digest": "3" } })).unwrap());
        let again = Manifest::parse(&base.to_bytes().unwrap()).unwrap();
        assert_eq!(again.contents["a"].rest["extra"]["etag"], "e");
        assert_eq!(again.contents["b"].digest, "3");
        assert_eq!(again.rest["storagePolicy"], "p");
    }
}
