//! Pages of types, collections, versions and aliases.

use serde_json::{Value, json};

use super::filter::{Filter, Test};
use super::filter_sql::Column;
use super::model::{Alias, Artifact, ArtifactType, Collection, CollectionKind, Membership};
use super::{listing_store, store};
use crate::db::Reader;
use crate::error::{Error, Result};
use crate::id::{ArtifactTypeId, CollectionId, ProjectId};
use crate::page::{Cursor, Page};

pub(super) fn page<T>(mut found: Vec<T>, first: usize, place: impl Fn(&T) -> Cursor) -> Page<T> {
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

/// All types of a project, by name. For siblings, who judged the caller.
pub(in crate::domain) fn types_of(db: &Reader, project: ProjectId) -> Result<Vec<ArtifactType>> {
    store::types(db, project, "", usize::MAX >> 1)
}

/// What collections are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CollectionKey {
    /// As they were made.
    Id,
    Name,
    CreatedAt,
    UpdatedAt,
}

/// The order of collections; newest first unless somebody says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CollectionOrder {
    pub key: CollectionKey,
    pub ascending: bool,
}

impl CollectionOrder {
    /// Reads `name`, `-created_at` and their like.
    pub fn parse(text: Option<&str>) -> Result<Self> {
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            return Ok(Self { key: CollectionKey::Id, ascending: false });
        };
        let (ascending, key) = direction(text);
        let key = match key {
            "id" => CollectionKey::Id,
            "name" => CollectionKey::Name,
            "created_at" | "createdAt" => CollectionKey::CreatedAt,
            "updated_at" | "updatedAt" => CollectionKey::UpdatedAt,
            _ => {
                return Err(Error::invalid(format!(
                    "this list is ordered by name, created_at, updated_at or id, not by '{key}'"
                )));
            }
        };
        Ok(Self { key, ascending })
    }

    fn place(self, collection: &Collection) -> (Value, i64) {
        let value = match self.key {
            CollectionKey::Id => json!(collection.id.get()),
            CollectionKey::Name => json!(collection.name),
            CollectionKey::CreatedAt => json!(collection.created_at.micros()),
            CollectionKey::UpdatedAt => json!(collection.updated_at.micros()),
        };
        (value, collection.id.get())
    }
}

/// `-name` is `name` downward, `name` and `+name` are upward.
pub(super) fn direction(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(key) => (false, key),
        None => (true, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// Which collections are wanted; see [`Filter`].
pub fn collection_filter(text: Option<&str>) -> Result<Filter> {
    Filter::parse(text, |field| collection_column(field).is_some())
}

/// What a filter of collections looks at.
pub(super) fn collection_column(field: &str) -> Option<Column<'_>> {
    Some(match field {
        "id" | "artifact_collection_id" => Column::Number("artifact_collections.id"),
        "name" => Column::Text("artifact_collections.name"),
        "description" => Column::Text("artifact_collections.description"),
        "type" => Column::Text(
            "(SELECT artifact_types.name FROM artifact_types WHERE artifact_types.id = artifact_collections.type_id)",
        ),
        "created_at" | "createdAt" => Column::Moment("artifact_collections.created_at"),
        "updated_at" => Column::Moment("artifact_collections.updated_at"),
        "tag" | "tags" => Column::Texts(
            "artifact_collection_tags WHERE artifact_collection_tags.collection_id = artifact_collections.id",
            "artifact_collection_tags.name",
        ),
        _ => return None,
    })
}

/// Where collections are looked for.
#[derive(Clone, Debug)]
pub struct Place {
    /// Projects that the caller was found to be allowed to see.
    pub projects: Vec<ProjectId>,
    pub of_type: Option<ArtifactTypeId>,
    pub kind: Option<CollectionKind>,
}

impl Place {
    /// All of one project.
    pub fn project(project: ProjectId) -> Self {
        Self { projects: vec![project], of_type: None, kind: None }
    }
}

/// The collections of a place that pass, and how many there are in all.
pub fn collection_page(
    db: &Reader,
    in_place: &Place,
    filter: &Filter,
    order: CollectionOrder,
    after: Option<&str>,
    first: usize,
) -> Result<(Page<Collection>, i64)> {
    let after: Option<(Value, i64)> = after.map(Cursor::decode).transpose()?;
    let found = listing_store::collections(db, in_place, filter, order, after.as_ref(), first + 1)?;
    let page = page(found, first, |found| Cursor::encode(&order.place(found)));
    Ok((page, listing_store::collection_count(db, in_place, filter)?))
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
        match direction(text) {
            (true, "version_index" | "versionIndex" | "created_at" | "createdAt") => Ok(Self::OldestFirst),
            (false, "version_index" | "versionIndex" | "created_at" | "createdAt") => Ok(Self::NewestFirst),
            (_, key) => Err(Error::invalid(format!("versions are ordered by version_index or created_at, not by '{key}'"))),
        }
    }
}

/// Which versions are wanted; see [`Filter`].
pub fn version_filter(text: Option<&str>) -> Result<Filter> {
    let filter = Filter::parse(text, |field| version_column(field).is_some())?;
    // What the client asks for by itself; versions in collections are committed.
    match &filter {
        Filter::Is(field, Test::Equal(value)) if field == "state" && value == "COMMITTED" => Ok(Filter::all()),
        _ => Ok(filter),
    }
}

/// What a filter of versions looks at.
pub(super) fn version_column(field: &str) -> Option<Column<'_>> {
    if let Some(path) = field.strip_prefix("metadata.") {
        return Some(Column::Path("artifacts.metadata", path));
    }
    Some(match field {
        "id" | "artifact_id" => Column::Number("artifacts.id"),
        "state" => Column::Text("UPPER(artifacts.state)"),
        "version" | "version_index" => Column::Version("artifact_memberships.version_index"),
        "size" | "artifact_size" => Column::Number("artifacts.size_bytes"),
        "digest" => Column::Text("artifacts.digest"),
        "created_at" | "createdAt" | "artifact_created_at" => Column::Moment("artifacts.created_at"),
        "acm_created_at" | "linked_at" => Column::Moment("artifact_memberships.created_at"),
        "updated_at" => Column::Moment("artifacts.updated_at"),
        "tag" | "tags" => Column::Texts("artifact_tags WHERE artifact_tags.artifact_id = artifacts.id", "artifact_tags.name"),
        "alias" | "aliases" => Column::Texts(
            "artifact_aliases WHERE artifact_aliases.membership_id = artifact_memberships.id",
            "artifact_aliases.alias",
        ),
        _ => return None,
    })
}

/// The versions of a collection that pass with their places in it, and how many there are in all.
pub fn version_page(
    db: &Reader,
    collection: CollectionId,
    filter: &Filter,
    order: VersionOrder,
    after: Option<&str>,
    first: usize,
) -> Result<(Page<(Membership, Artifact)>, i64)> {
    let after: Option<i64> = after.map(Cursor::decode).transpose()?;
    let members = listing_store::members(db, collection, filter, order, after, first + 1)?;
    let ids: Vec<_> = members.iter().map(|membership| membership.artifact_id).collect();
    // A membership holds its version, so that none is missing.
    let found = members.into_iter().zip(store::by_ids(db, &ids)?).collect();
    let page = page(found, first, |(member, _)| Cursor::encode(&member.version_index));
    Ok((page, listing_store::member_count(db, collection, filter)?))
}

/// The aliases of a collection by name.
pub fn alias_page(db: &Reader, collection: CollectionId, after: Option<&str>, first: usize) -> Result<Page<Alias>> {
    let after: String = after.map(Cursor::decode).transpose()?.unwrap_or_default();
    let found = store::aliases(db, collection, &after, first + 1)?;
    Ok(page(found, first, |alias| Cursor::encode(&alias.name)))
}
