//! What versions hold, for those who read it.

use super::content_store;
use super::contents::Content;
use super::model::{Entry, ManifestKind};
use super::store;
use crate::db::Reader;
use crate::domain::{Call, projects};
use crate::error::{Error, Result};
use crate::id::{ArtifactId, EntityId, ProjectId, RunId};
use crate::page::{Cursor, Page};
use crate::policy::{self, Action};

/// Files and references of a version by path, and how many there are; with `names` those alone.
pub fn file_page(
    db: &Reader,
    artifact: ArtifactId,
    names: &[String],
    after: Option<&str>,
    first: usize,
) -> Result<(Page<Entry>, i64)> {
    let after: String = after.map(Cursor::decode).transpose()?.unwrap_or_default();
    let (mut found, total) = if names.is_empty() {
        let total = store::by_id(db, artifact)?.map_or(0, |artifact| artifact.file_count);
        (content_store::entries(db, artifact, &after, first + 1)?, total)
    } else {
        let named = content_store::entries_named(db, artifact, names)?;
        let total = i64::try_from(named.len()).map_err(Error::internal)?;
        (named.into_iter().filter(|entry| entry.path > after).collect(), total)
    };
    let has_next = found.len() > first;
    found.truncate(first);
    let items = found.into_iter().map(|entry| (Cursor::encode(&entry.path), entry)).collect();
    Ok((Page { items, has_next }, total))
}

/// Those with these paths, by path.
pub fn files_named(db: &Reader, artifact: ArtifactId, paths: &[String]) -> Result<Vec<Entry>> {
    content_store::entries_named(db, artifact, paths)
}

/// The bytes of a file, for somebody with a link that was given to one who may read it.
pub fn entry_content(db: &Reader, artifact: ArtifactId, path: &str) -> Result<Option<Content>> {
    let content = content_store::entry_by_path(db, artifact, path)?.and_then(|entry| entry.content);
    content.map(|id| content_store::content_by_id(db, id)).transpose().map(Option::flatten)
}

/// The manifest of a committed version: its name and its bytes.
pub fn manifest_content(db: &Reader, artifact: ArtifactId) -> Result<Option<(String, Content)>> {
    let manifests = content_store::manifests(db, artifact)?;
    let Some(full) = manifests.into_iter().find(|manifest| manifest.kind == ManifestKind::Full) else {
        return Ok(None);
    };
    let content = full.content.map(|id| content_store::content_by_id(db, id)).transpose()?.flatten();
    Ok(content.map(|content| (full.name, content)))
}

/// The bytes with this MD5 (in base64), if a version in this project holds them and the caller may see it.
pub fn content_for_project(db: &Reader, call: &Call, entity: &str, project: &str, md5: &str) -> Result<Option<Content>> {
    match projects::find(db, call, entity, project)? {
        Some(project) => {
            policy::require(&call.actor, Action::Download, &project.target())?;
            content_store::content_in_project(db, project.id, md5)
        }
        None => Ok(None),
    }
}

/// The bytes with this MD5 (in base64), if the caller may see a project of this entity with a version that holds them.
pub fn content_for_entity(db: &Reader, call: &Call, entity: &str, md5: &str) -> Result<Option<Content>> {
    for (content, project) in content_store::contents_in_entity(db, entity, md5)? {
        if is_open(db, call, project)? {
            return Ok(Some(content));
        }
    }
    Ok(None)
}

fn is_open(db: &Reader, call: &Call, project: ProjectId) -> Result<bool> {
    let found = projects::get(db, call, project)?;
    Ok(found.is_some_and(|project| policy::allows(&call.actor, Action::Download, &project.target())))
}

/// Bytes that the versions of an entity take, each content once.
pub fn bytes_of_entity(db: &Reader, entity: EntityId) -> Result<i64> {
    content_store::bytes_of_entity(db, entity)
}

/// Bytes that the versions of a project take, each content once.
pub fn bytes_of_project(db: &Reader, project: ProjectId) -> Result<i64> {
    content_store::bytes_of_project(db, project)
}

/// How many versions of artifacts an entity has.
pub fn versions_of_entity(db: &Reader, entity: EntityId) -> Result<i64> {
    content_store::versions_of_entity(db, entity)
}

/// How many versions of artifacts a project has.
pub fn versions_of_project(db: &Reader, project: ProjectId) -> Result<i64> {
    content_store::versions_of_project(db, project)
}

/// Bytes that the versions that a run made take, each content once.
pub fn bytes_of_run(db: &Reader, run: RunId) -> Result<i64> {
    content_store::bytes_of_run(db, run)
}
