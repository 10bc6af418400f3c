//! Pages of types, collections, versions and aliases.

use super::model::{Alias, Artifact, ArtifactType, Collection, Membership};
use super::store;
use crate::db::Reader;
use crate::error::{Error, Result};
use crate::id::{ArtifactTypeId, CollectionId, ProjectId};
use crate::page::{Cursor, Page};

fn page<T>(mut found: Vec<T>, first: usize, place: impl Fn(&T) -> Cursor) -> Page<T> {
    let has_next = found.len() > first;
    found.truncate(first);
    Page { items: found.into_iter().map(|item| (place(&item), item)).collect(), has_next }
}

/// The types of a project by name.
pub fn type_page(db: &Reader, project: ProjectId, after: Option<&str>, first: usize) -> Result<Page<ArtifactType>> {
    let after: String = after.map(Cursor::decode).transpose()?.unwrap_or_default();
    let found = store::types(db, project, &after, first + 1)?;
    Ok(page(found, first, |found| Cursor::encode(&found.name)))
}

/// The collections of a project, or of one of its types, newest first, and how many there are.
pub fn collection_page(
    db: &Reader,
    project: ProjectId,
    of_type: Option<ArtifactTypeId>,
    after: Option<&str>,
    first: usize,
) -> Result<(Page<Collection>, i64)> {
    let before: i64 = after.map(Cursor::decode).transpose()?.unwrap_or(i64::MAX);
    let found = store::collections(db, project, of_type, before, first + 1)?;
    let total = store::collection_count(db, project, of_type)?;
    Ok((page(found, first, |found| Cursor::encode(&found.id.get())), total))
}

/// The order of the versions of a collection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VersionOrder {
    #[default]
    NewestFirst,
    OldestFirst,
}

impl VersionOrder {
    /// Reads `+version_index`, `-version_index` and their like; versions are numbered as they are made.
    pub fn parse(text: Option<&str>) -> Result<Self> {
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            return Ok(Self::default());
        };
        let (descending, key) = match text.strip_prefix('-') {
            Some(key) => (true, key),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        match key {
            "version_index" | "versionIndex" | "created_at" | "createdAt" if descending => Ok(Self::NewestFirst),
            "version_index" | "versionIndex" | "created_at" | "createdAt" => Ok(Self::OldestFirst),
            _ => Err(Error::invalid(format!("versions are ordered by version_index or created_at, not by '{key}'"))),
        }
    }
}

/// Which versions of a collection are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionFilter {
    All,
    /// Those in a state that members of a collection are never in.
    Nothing,
}

impl VersionFilter {
    /// Reads the client's filter, a JSON object. It asks for a state alone; versions in collections are committed.
    pub fn parse(text: Option<&str>) -> Result<Self> {
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            return Ok(Self::All);
        };
        let wanted: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text)
            .map_err(|error| Error::invalid(format!("a filter of versions is a JSON object: {error}")))?;
        let mut filter = Self::All;
        for (key, value) in wanted {
            match (key.as_str(), value.as_str()) {
                ("state", Some("COMMITTED")) => {}
                ("state", Some("PENDING" | "DELETED")) => filter = Self::Nothing,
                _ => return Err(Error::invalid(format!("versions cannot be filtered by '{key}' with {value}"))),
            }
        }
        Ok(filter)
    }
}

/// The versions of a collection with their places in it, and how many there are.
pub fn version_page(
    db: &Reader,
    collection: CollectionId,
    filter: VersionFilter,
    order: VersionOrder,
    after: Option<&str>,
    first: usize,
) -> Result<(Page<(Membership, Artifact)>, i64)> {
    if filter == VersionFilter::Nothing {
        return Ok((Page { items: Vec::new(), has_next: false }, 0));
    }
    let beyond: Option<i64> = after.map(Cursor::decode).transpose()?;
    let found = store::members(db, collection, order == VersionOrder::OldestFirst, beyond, first + 1)?;
    let ids: Vec<_> = found.iter().map(|membership| membership.artifact_id).collect();
    let versions = store::by_ids(db, &ids)?;
    let with = |membership: Membership| {
        let version = versions.iter().find(|version| version.id == membership.artifact_id).cloned();
        version.map(|version| (membership, version))
    };
    let found: Vec<_> = found.into_iter().filter_map(with).collect();
    let total = store::member_count(db, collection)?;
    Ok((page(found, first, |(membership, _)| Cursor::encode(&membership.version_index)), total))
}

/// The aliases of a collection by name.
pub fn alias_page(db: &Reader, collection: CollectionId, after: Option<&str>, first: usize) -> Result<Page<Alias>> {
    let after: String = after.map(Cursor::decode).transpose()?.unwrap_or_default();
    let found = store::aliases(db, collection, &after, first + 1)?;
    Ok(page(found, first, |alias| Cursor::encode(&alias.name)))
}
