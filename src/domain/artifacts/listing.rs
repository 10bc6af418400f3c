//! Pages of types, collections, versions and aliases.

use serde_json::{Value, json};

use super::filter::{Filter, Test};
use super::model::{Alias, Artifact, ArtifactType, Collection, CollectionKind, Membership};
use super::store;
use crate::db::Reader;
use crate::error::{Error, Result};
use crate::id::{ArtifactTypeId, CollectionId, ProjectId};
use crate::page::{Cursor, Page};

/// Rows that are read at one time when a filter looks at each.
const BATCH: usize = 500;

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
    const FIELDS: [&str; 10] =
        ["id", "artifact_collection_id", "name", "description", "tag", "tags", "type", "created_at", "updated_at", "createdAt"];
    Filter::parse(text, |field| FIELDS.contains(&field))
}

/// The values that a filter looks at.
pub(super) fn collection_values(db: &Reader, collection: &Collection, field: &str) -> Result<Vec<Value>> {
    Ok(match field {
        "id" | "artifact_collection_id" => vec![json!(collection.id.get())],
        "name" => vec![json!(collection.name)],
        "description" => vec![json!(collection.description)],
        "type" => vec![json!(collection.type_name)],
        "created_at" | "createdAt" => vec![json!(collection.created_at.to_string())],
        "updated_at" => vec![json!(collection.updated_at.to_string())],
        "tag" | "tags" => store::collection_tags(db, collection.id)?.into_iter().map(|tag| json!(tag.name)).collect(),
        _ => Vec::new(),
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

/// The collections of a place, and how many there are in all.
pub fn collection_page(
    db: &Reader,
    in_place: &Place,
    filter: &Filter,
    order: CollectionOrder,
    after: Option<&str>,
    first: usize,
) -> Result<(Page<Collection>, i64)> {
    let after: Option<(Value, i64)> = after.map(Cursor::decode).transpose()?;
    let place = |found: &Collection| Cursor::encode(&order.place(found));
    if filter.is_all() {
        let found = store::collections(db, in_place, order, after.as_ref(), first + 1)?;
        return Ok((page(found, first, place), store::collection_count(db, in_place)?));
    }
    let found = wanted(db, in_place, filter, order, after, first + 1)?;
    let total = wanted(db, in_place, filter, order, None, usize::MAX)?.len();
    Ok((page(found, first, place), i64::try_from(total).map_err(Error::internal)?))
}

/// Collections that pass a filter, after a place.
fn wanted(
    db: &Reader,
    place: &Place,
    filter: &Filter,
    order: CollectionOrder,
    mut after: Option<(Value, i64)>,
    limit: usize,
) -> Result<Vec<Collection>> {
    let mut wanted = Vec::new();
    loop {
        let batch = store::collections(db, place, order, after.as_ref(), BATCH)?;
        let is_last = batch.len() < BATCH;
        after = batch.last().map(|last| order.place(last));
        for collection in batch {
            if filter.accepts(&|field: &str| collection_values(db, &collection, field))? {
                wanted.push(collection);
            }
            if wanted.len() >= limit {
                return Ok(wanted);
            }
        }
        if is_last {
            return Ok(wanted);
        }
    }
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
    const FIELDS: [&str; 18] = [
        "artifact_created_at",
        "artifact_size",
        "acm_created_at",
        "linked_at",
        "createdAt",
        "id",
        "artifact_id",
        "state",
        "version",
        "version_index",
        "tag",
        "tags",
        "alias",
        "aliases",
        "created_at",
        "updated_at",
        "size",
        "digest",
    ];
    let filter = Filter::parse(text, |field| FIELDS.contains(&field) || field.starts_with("metadata."))?;
    // What the client asks for by itself; versions in collections are committed.
    match &filter {
        Filter::Is(field, Test::Equal(value)) if field == "state" && value == "COMMITTED" => Ok(Filter::all()),
        _ => Ok(filter),
    }
}

/// The values that a filter looks at.
pub(super) fn version_values(db: &Reader, member: &Membership, version: &Artifact, field: &str) -> Result<Vec<Value>> {
    if let Some(path) = field.strip_prefix("metadata.") {
        let metadata: Value = version.metadata.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let found = path.split('.').try_fold(&metadata, |value, part| value.get(part)).cloned();
        return Ok(match found {
            Some(Value::Array(values)) => values,
            found => found.into_iter().collect(),
        });
    }
    Ok(match field {
        "id" | "artifact_id" => vec![json!(version.id.get())],
        "state" => vec![json!(version.state.as_str().to_uppercase())],
        "version" | "version_index" => vec![json!(format!("v{}", member.version_index)), json!(member.version_index)],
        "size" | "artifact_size" => vec![json!(version.size_bytes)],
        "digest" => vec![json!(version.digest)],
        "created_at" | "createdAt" | "artifact_created_at" => vec![json!(version.created_at.to_string())],
        "acm_created_at" | "linked_at" => vec![json!(member.created_at.to_string())],
        "updated_at" => vec![json!(version.updated_at.to_string())],
        "tag" | "tags" => store::tags(db, version.id)?.into_iter().map(|tag| json!(tag.name)).collect(),
        "alias" | "aliases" => {
            store::aliases_of_membership(db, member.id)?.into_iter().map(|alias| json!(alias.name)).collect()
        }
        _ => Vec::new(),
    })
}

/// Members of a collection with their versions, after this place.
fn members(
    db: &Reader,
    collection: CollectionId,
    order: VersionOrder,
    beyond: Option<i64>,
    limit: usize,
) -> Result<Vec<(Membership, Artifact)>> {
    let found = store::members(db, collection, order == VersionOrder::OldestFirst, beyond, limit)?;
    let ids: Vec<_> = found.iter().map(|membership| membership.artifact_id).collect();
    // A membership holds its version, so that none is missing.
    Ok(found.into_iter().zip(store::by_ids(db, &ids)?).collect())
}

/// The versions of a collection with their places in it, and how many there are in all.
pub fn version_page(
    db: &Reader,
    collection: CollectionId,
    filter: &Filter,
    order: VersionOrder,
    after: Option<&str>,
    first: usize,
) -> Result<(Page<(Membership, Artifact)>, i64)> {
    let after: Option<i64> = after.map(Cursor::decode).transpose()?;
    let place = |(member, _): &(Membership, Artifact)| Cursor::encode(&member.version_index);
    if filter.is_all() {
        let found = members(db, collection, order, after, first + 1)?;
        return Ok((page(found, first, place), store::member_count(db, collection)?));
    }
    let (mut wanted, mut total, mut from) = (Vec::new(), 0, None);
    let is_beyond = |index: i64| match (after, order) {
        (None, _) => true,
        (Some(after), VersionOrder::OldestFirst) => index > after,
        (Some(after), VersionOrder::NewestFirst) => index < after,
    };
    loop {
        let batch = members(db, collection, order, from, BATCH)?;
        let is_last = batch.len() < BATCH;
        from = batch.last().map(|(member, _)| member.version_index);
        for (member, version) in batch {
            if !filter.accepts(&|field: &str| version_values(db, &member, &version, field))? {
                continue;
            }
            total += 1;
            if is_beyond(member.version_index) && wanted.len() <= first {
                wanted.push((member, version));
            }
        }
        if is_last {
            return Ok((page(wanted, first, place), total));
        }
    }
}

/// The aliases of a collection by name.
pub fn alias_page(db: &Reader, collection: CollectionId, after: Option<&str>, first: usize) -> Result<Page<Alias>> {
    let after: String = after.map(Cursor::decode).transpose()?.unwrap_or_default();
    let found = store::aliases(db, collection, &after, first + 1)?;
    Ok(page(found, first, |alias| Cursor::encode(&alias.name)))
}
