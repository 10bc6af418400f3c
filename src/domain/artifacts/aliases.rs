//! Aliases, which move between the versions of a collection, and tags.

use serde_json::json;

use super::model::{Alias, Collection, Membership, Tag};
use super::{lookup, names, protection, store};
use crate::db::{Reader, Tx};
use crate::domain::{Call, audit, projects};
use crate::error::{Error, Result};
use crate::id::{ArtifactId, CollectionId};
use crate::policy::{self, Action};

/// The aliases of a version in all its collections that the caller may see; those given first, then its numbers.
pub fn aliases_of(db: &Reader, call: &Call, artifact: ArtifactId) -> Result<Vec<Alias>> {
    let (mut found, mut numbers) = (Vec::new(), Vec::new());
    for (_, membership) in lookup::memberships_of(db, call, artifact)? {
        found.extend(store::aliases_of_membership(db, membership.id)?);
        numbers.push(number_of(&membership));
    }
    found.append(&mut numbers);
    Ok(found)
}

/// The aliases of a version in one collection, its number last.
pub fn aliases_of_membership(db: &Reader, membership: &Membership) -> Result<Vec<Alias>> {
    let mut found = store::aliases_of_membership(db, membership.id)?;
    found.push(number_of(membership));
    Ok(found)
}

/// `v3`, which is an alias too. No row has it; its id is that of the membership, negated.
fn number_of(membership: &Membership) -> Alias {
    let name = format!("v{}", membership.version_index);
    Alias { id: -membership.id.get(), collection_id: membership.collection_id, name }
}

/// The tags of a version.
pub fn tags_of(db: &Reader, artifact: ArtifactId) -> Result<Vec<Tag>> {
    store::tags(db, artifact)
}

/// The tags of a collection.
pub fn tags_of_collection(db: &Reader, collection: CollectionId) -> Result<Vec<Tag>> {
    store::collection_tags(db, collection)
}

/// An alias with where it is to be.
#[derive(Clone, Debug)]
pub struct AliasPath {
    pub entity: String,
    pub project: String,
    pub collection: String,
    pub alias: String,
}

/// Gives these aliases to a version, taking them from whoever had them.
pub fn add_aliases(tx: &Tx, call: &Call, artifact: ArtifactId, paths: &[AliasPath]) -> Result<()> {
    for path in paths {
        names::check_alias(&path.alias)?;
        let collection = collection(tx, call, path)?;
        move_aliases(tx, call, artifact, &collection, &[path.alias.as_str()])?;
    }
    Ok(())
}

/// Takes these aliases from a version; one it has not is no error.
pub fn remove_aliases(tx: &Tx, call: &Call, artifact: ArtifactId, paths: &[AliasPath]) -> Result<()> {
    for path in paths {
        let collection = collection(tx, call, path)?;
        let membership = store::membership_of(tx, collection.id, artifact)?
            .ok_or_else(|| Error::not_found(format!("a version of {} with this id", collection.name)))?;
        protection::require(tx, call, &collection, &path.alias)?;
        if store::remove_alias(tx, membership.id, &path.alias)? {
            let details = json!({ "alias": path.alias, "version": membership.version_index });
            audit::record(tx, call, "artifact.unalias", "artifact", artifact.get(), &collection.name, &details)?;
        }
    }
    Ok(())
}

fn collection(tx: &Tx, call: &Call, path: &AliasPath) -> Result<Collection> {
    let project = projects::find(tx, call, &path.entity, &path.project)?.ok_or_else(|| Error::not_found("project"))?;
    policy::require(&call.actor, Action::Write, &project.target())?;
    let found = store::collection_by_name(tx, project.id, &path.collection)?;
    found.ok_or_else(|| Error::not_found(format!("artifact {}", path.collection)))
}

/// Moves aliases to a version in a collection that the caller was found to be allowed to change.
pub(super) fn move_aliases(
    tx: &Tx,
    call: &Call,
    artifact: ArtifactId,
    collection: &Collection,
    aliases: &[&str],
) -> Result<()> {
    let membership = store::membership_of(tx, collection.id, artifact)?
        .ok_or_else(|| Error::not_found(format!("a version of {} with this id", collection.name)))?;
    for alias in aliases {
        let before = store::membership_by_alias(tx, collection.id, alias)?;
        if before.as_ref().is_some_and(|before| before.id == membership.id) {
            continue;
        }
        protection::require(tx, call, collection, alias)?;
        store::set_alias(tx, collection.id, membership.id, alias, call.now)?;
        let details = json!({
            "alias": alias, "version": membership.version_index, "from": before.map(|before| before.version_index),
        });
        audit::record(tx, call, "artifact.alias", "artifact", artifact.get(), &collection.name, &details)?;
    }
    Ok(())
}

/// The aliases that a draft is to get, as they are stored.
pub(super) fn parse_wanted(text: &str) -> Result<Vec<String>> {
    serde_json::from_str(text).map_err(Error::internal)
}
