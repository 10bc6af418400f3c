//! Finds versions, collections and types. A version is seen by whoever sees a project that it lies in or is linked to.

use super::model::{Artifact, ArtifactType, Collection, CollectionKind, Membership, State};
use super::{names, store};
use crate::db::Reader;
use crate::domain::Call;
use crate::error::{Error, Result};
use crate::id::{ArtifactId, CollectionId, ProjectId};
use crate::policy::{self, Action};

/// Whether the caller may do this to a version in one of the places where it lies.
pub(super) fn reaches(db: &Reader, call: &Call, action: Action, artifact: &Artifact) -> Result<bool> {
    if policy::allows(&call.actor, action, &artifact.project_target()) {
        return Ok(true);
    }
    for membership in store::memberships(db, artifact.id)? {
        let collection = store::collection_by_id(db, membership.collection_id)?;
        if collection.is_some_and(|found| policy::allows(&call.actor, action, &found.project_target())) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The version, deleted or not, if the caller may see it.
pub fn get(db: &Reader, call: &Call, id: ArtifactId) -> Result<Option<Artifact>> {
    match store::by_id(db, id)? {
        Some(artifact) if reaches(db, call, Action::Read, &artifact)? => Ok(Some(artifact)),
        _ => Ok(None),
    }
}

/// A version that is whole, for somebody with a link that was given to one who may read it.
pub fn committed(db: &Reader, id: ArtifactId) -> Result<Artifact> {
    let found = store::by_id(db, id)?.filter(|artifact| artifact.state == State::Committed);
    found.ok_or_else(|| Error::not_found("artifact"))
}

/// Whether the caller may get the bytes of a version that they see.
pub fn may_download(db: &Reader, call: &Call, artifact: &Artifact) -> Result<bool> {
    reaches(db, call, Action::Download, artifact)
}

/// The version, deleted or not, for those who may have its bytes.
///
/// # Errors
/// `NotFound` for what the caller does not see, `Forbidden` for what they only see.
pub fn require_bytes(db: &Reader, call: &Call, id: ArtifactId) -> Result<Artifact> {
    let artifact = get(db, call, id)?.ok_or_else(|| Error::not_found("artifact"))?;
    if may_download(db, call, &artifact)? { Ok(artifact) } else { Err(only_seen(&artifact)) }
}

/// What is answered to those who see a version and may not have its bytes.
pub fn only_seen(artifact: &Artifact) -> Error {
    Error::forbidden(format!(
        "you may look at {} but not download it; ask an admin of the registry for the role viewer",
        artifact.label()
    ))
}

/// These versions, in their order; the caller was found to be allowed to see them.
pub fn get_many(db: &Reader, ids: &[ArtifactId]) -> Result<Vec<Artifact>> {
    store::by_ids(db, ids)
}

/// The collection, if the caller may see its project.
pub fn get_collection(db: &Reader, call: &Call, id: CollectionId) -> Result<Option<Collection>> {
    let found = store::collection_by_id(db, id)?.filter(|collection| !collection.is_deleted);
    Ok(found.filter(|collection| policy::allows(&call.actor, Action::Read, &collection.project_target())))
}

/// The collection of a project that the caller was found to be allowed to see.
pub fn collection_in(db: &Reader, project: ProjectId, name: &str) -> Result<Option<Collection>> {
    store::collection_by_name(db, project, name)
}

/// The member of a collection with this alias or number (`v3`).
pub fn membership_in(db: &Reader, collection: CollectionId, alias: &str) -> Result<Option<Membership>> {
    match names::version_index(alias) {
        Some(index) => store::membership_by_index(db, collection, index),
        None => store::membership_by_alias(db, collection, alias),
    }
}

/// What `name:alias` means in a project that the caller was found to be allowed to see.
pub fn in_project(db: &Reader, project: ProjectId, name: &str) -> Result<Option<(Collection, Membership)>> {
    let (name, alias) = names::split(name);
    let Some(collection) = store::collection_by_name(db, project, name)? else {
        return Ok(None);
    };
    Ok(membership_in(db, collection.id, alias)?.map(|membership| (collection, membership)))
}

/// All places of a version that the caller may see, its sequence first.
pub fn memberships_of(db: &Reader, call: &Call, artifact: ArtifactId) -> Result<Vec<(Collection, Membership)>> {
    let mut found = Vec::new();
    for membership in store::memberships(db, artifact)? {
        let collection = store::collection_by_id(db, membership.collection_id)?;
        let seen = collection.filter(|found| policy::allows(&call.actor, Action::Read, &found.project_target()));
        found.extend(seen.map(|collection| (collection, membership)));
    }
    found.sort_by_key(|(collection, membership)| (collection.kind != CollectionKind::Sequence, membership.id));
    Ok(found)
}

/// The version that `latest` stands at.
pub fn latest_of(db: &Reader, sequence: CollectionId) -> Result<Option<Artifact>> {
    let membership = store::membership_by_alias(db, sequence, "latest")?;
    membership.map(|membership| store::by_id(db, membership.artifact_id)).transpose().map(Option::flatten)
}

/// The type of a project that the caller was found to be allowed to see.
pub fn type_in(db: &Reader, project: ProjectId, name: &str) -> Result<Option<ArtifactType>> {
    store::type_by_name(db, project, name)
}

/// The collection, whether or not it was deleted or the caller may see its project: for versions that they may see.
pub fn sequence_of(db: &Reader, id: CollectionId) -> Result<Collection> {
    store::collection_by_id(db, id)?.ok_or_else(|| Error::not_found("artifact"))
}

/// The type of a collection.
pub fn type_of_collection(db: &Reader, id: CollectionId) -> Result<ArtifactType> {
    store::type_by_id(db, sequence_of(db, id)?.type_id)
}

/// The version that a client gave this name before it knew ours; for a sequence, its newest.
pub fn resolve_client_id(db: &Reader, call: &Call, client_id: &str) -> Result<Option<ArtifactId>> {
    let client_id = client_id.strip_suffix(":latest").unwrap_or(client_id);
    let id = match store::by_client_id(db, client_id)? {
        Some((Some(artifact), _)) => Some(artifact),
        Some((None, Some(sequence))) => store::newest_of(db, sequence)?,
        _ => None,
    };
    let found = id.map(|id| get(db, call, id)).transpose()?.flatten();
    Ok(found.filter(|artifact| artifact.state != State::Deleted).map(|artifact| artifact.id))
}
