//! Deletes versions and collections. A deleted version vanishes at once; what it held is freed right after, in small steps
//! that may be repeated, so that nobody waits for a version of many files.

use std::time::Duration;

use serde_json::json;

use super::model::{Artifact, Collection, CollectionKind, State};
use super::{content_store, editing_store, lookup, preview, protection, store};
use crate::clock::Timestamp;
use crate::db::{Db, Tx};
use crate::domain::{Call, audit, files};
use crate::error::{Error, Result};
use crate::id::{ArtifactId, CollectionId, ProjectId, RunId};
use crate::policy::{self, Action, Actor};

/// How long a draft may be silent before it is given up.
const DRAFT_PATIENCE: Duration = Duration::from_secs(7 * 24 * 3600);
/// Versions that one turn of the jobs works on.
const TURN: usize = 50;
/// Entries that one transaction frees.
const BATCH: usize = 1000;

/// Deletes a version with its links. One with aliases is kept unless they are to go with it.
pub fn delete(tx: &Tx, call: &Call, id: ArtifactId, with_aliases: bool) -> Result<Artifact> {
    let artifact = lookup::get(tx, call, id)?.filter(|found| found.state != State::Deleted);
    let artifact = artifact.ok_or_else(|| Error::not_found("artifact"))?;
    require_own(call, &artifact)?;
    if !with_aliases {
        let aliases: Vec<String> = store::memberships(tx, artifact.id)?
            .iter()
            .map(|membership| store::aliases_of_membership(tx, membership.id))
            .collect::<Result<Vec<_>>>()?
            .concat()
            .into_iter()
            .map(|alias| alias.name)
            .collect();
        if !aliases.is_empty() {
            return Err(Error::conflict(format!(
                "{} has the aliases {}; delete it together with them (delete_aliases=True), or move them first",
                artifact.label(),
                aliases.join(", ")
            )));
        }
    }
    remove(tx, call, &artifact, "artifact.delete")?;
    Ok(artifact)
}

fn require_own(call: &Call, artifact: &Artifact) -> Result<()> {
    if policy::allows(&call.actor, Action::Delete, &artifact.target()) {
        return Ok(());
    }
    if policy::allows(&call.actor, Action::Read, &artifact.project_target()) {
        return Err(Error::forbidden("only the person who made this version or a team admin may delete it"));
    }
    Err(Error::not_found("artifact"))
}

fn remove(tx: &Tx, call: &Call, artifact: &Artifact, action: &str) -> Result<()> {
    for membership in store::memberships(tx, artifact.id)? {
        let collection = lookup::sequence_of(tx, membership.collection_id)?;
        for alias in store::aliases_of_membership(tx, membership.id)? {
            protection::require(tx, call, &collection, &alias.name)?;
        }
        leave(tx, &collection, membership.id, call.now)?;
    }
    editing_store::set_deleted(tx, artifact.id, call.now)?;
    audit::record(tx, call, action, "artifact", artifact.id.get(), &artifact.label(), &json!({ "bytes": artifact.size_bytes }))
}

/// Takes a member out of a collection with its aliases; `latest` goes to the newest that is left.
pub(super) fn leave(tx: &Tx, collection: &Collection, member: crate::id::MembershipId, now: Timestamp) -> Result<()> {
    let was_latest = store::membership_by_alias(tx, collection.id, "latest")?.is_some_and(|latest| latest.id == member);
    editing_store::delete_membership(tx, member)?;
    if was_latest && let Some(newest) = store::members(tx, collection.id, false, None, 1)?.first() {
        store::set_alias(tx, collection.id, newest.id, "latest", now)?;
    }
    Ok(())
}

/// Deletes a collection: a portfolio with its links, a sequence with its versions.
pub fn delete_collection(tx: &Tx, call: &Call, id: CollectionId, kind: CollectionKind) -> Result<Collection> {
    let collection = lookup::get_collection(tx, call, id)?.filter(|found| found.kind == kind);
    let collection = collection.ok_or_else(|| Error::not_found("artifact collection"))?;
    if !policy::allows(&call.actor, Action::Delete, &collection.target()) {
        return Err(Error::forbidden("only the person who made this collection or a team admin may delete it"));
    }
    if kind == CollectionKind::Sequence {
        for version in editing_store::versions(tx, id)? {
            let Some(artifact) = store::by_id(tx, version)? else { continue };
            if !policy::allows(&call.actor, Action::Delete, &artifact.target()) {
                return Err(Error::forbidden(format!(
                    "{} was made by somebody else; only a team admin may delete the whole collection",
                    artifact.label()
                )));
            }
            remove(tx, call, &artifact, "artifact.delete")?;
        }
    } else {
        for member in store::members(tx, id, true, None, usize::MAX >> 1)? {
            for alias in store::aliases_of_membership(tx, member.id)? {
                protection::require(tx, call, &collection, &alias.name)?;
            }
            editing_store::delete_membership(tx, member.id)?;
        }
    }
    editing_store::delete_collection(tx, id, call.now)?;
    audit::record(tx, call, "artifact.delete_collection", "artifact", id.get(), &collection.name, &json!({}))?;
    Ok(Collection { is_deleted: true, ..collection })
}

/// Takes all links out of a registry and ends its collections; the versions stay where they were logged. For siblings, who
/// judged the caller and record it.
pub(in crate::domain) fn empty_registry(tx: &Tx, call: &Call, registry: ProjectId) -> Result<()> {
    editing_store::delete_links(tx, registry)?;
    editing_store::delete_collections(tx, registry, call.now)
}

/// Deletes the versions that a run made and the caller may delete.
pub fn delete_outputs(tx: &Tx, call: &Call, run: RunId) -> Result<()> {
    for artifact in preview::outputs_to_delete(tx, call, run)? {
        remove(tx, call, &artifact, "artifact.delete")?;
    }
    Ok(())
}

/// Frees what deleted versions hold; returns how many versions it finished.
pub async fn free_deleted(db: &Db, now: Timestamp) -> Result<usize> {
    let ids = db.read(|reader| editing_store::to_free(reader, TURN)).await?;
    let count = ids.len();
    for id in ids {
        while !db.write(move |tx| free_some(tx, id, now)).await? {}
    }
    Ok(count)
}

/// Frees some of what a deleted version holds; true once nothing is left.
fn free_some(tx: &Tx, id: ArtifactId, now: Timestamp) -> Result<bool> {
    let (taken, held) = editing_store::take_entries(tx, id, BATCH)?;
    content_store::free_unheld(tx, &held, now)?;
    if taken == BATCH {
        return Ok(false);
    }
    let mut held = content_store::delete_manifests(tx, id, None)?;
    let (sent, parts) = content_store::delete_files(tx, id)?;
    held.extend(sent);
    content_store::free_unheld(tx, &held, now)?;
    for part in parts {
        files::discard(tx, &part, now)?;
    }
    editing_store::set_freed(tx, id, now)?;
    Ok(true)
}

/// Deletes versions whose time is over, but for those that people linked somewhere, and drafts that were given up.
pub async fn expire(db: &Db, now: Timestamp) -> Result<()> {
    let silent_since = now.minus(DRAFT_PATIENCE);
    let (over, drafts) = db
        .read(move |reader| {
            Ok((editing_store::expired(reader, now, TURN)?, editing_store::silent(reader, silent_since, TURN)?))
        })
        .await?;
    for id in over {
        db.write(move |tx| {
            let server = Call { actor: Actor::operator(), now, address: None, cause: None };
            match store::by_id(tx, id)?.filter(|found| found.state == State::Committed) {
                Some(artifact) => remove(tx, &server, &artifact, "artifact.expire"),
                None => Ok(()),
            }
        })
        .await?;
    }
    for id in drafts {
        db.write(move |tx| editing_store::give_up(tx, id, silent_since, now)).await?;
    }
    Ok(())
}
