//! Changes of a version that leave its files alone: words about it, tags, its lifetime.

use serde_json::json;

use super::aliases::{AliasPath, add_aliases, remove_aliases};
use super::draft::check_ttl;
use super::model::{Artifact, State};
use super::{editing_store, lookup, names, store};
use crate::db::{Reader, Tx};
use crate::domain::{Call, audit, teams};
use crate::error::{Error, Result};
use crate::id::{ArtifactId, EntityId};
use crate::policy::{self, Action, Target};

/// What is changed; `None` leaves a value as it is.
#[derive(Clone, Debug, Default)]
pub struct ArtifactChanges {
    pub description: Option<String>,
    /// JSON text.
    pub metadata: Option<String>,
    /// Seconds, −1 for the entity's rule, −2 for ever.
    pub ttl_seconds: Option<i64>,
    pub tags_added: Vec<String>,
    pub tags_removed: Vec<String>,
    /// All aliases that it is to have in its sequence, for releases of the client up to 0.13.
    pub aliases: Option<Vec<String>>,
}

/// Changes a version.
pub fn update(tx: &Tx, call: &Call, id: ArtifactId, changes: &ArtifactChanges) -> Result<Artifact> {
    let artifact = lookup::get(tx, call, id)?.filter(|found| found.state != State::Deleted);
    let artifact = artifact.ok_or_else(|| Error::not_found("artifact"))?;
    require_change(tx, call, &artifact, changes)?;
    check_ttl(changes.ttl_seconds)?;
    let (added, removed) = (names::tags(&changes.tags_added)?, names::tags(&changes.tags_removed)?);
    let description = changes.description.as_deref().or(artifact.description.as_deref());
    let metadata = changes.metadata.as_deref().or(artifact.metadata.as_deref());
    let ttl = changes.ttl_seconds.or(artifact.ttl_seconds).filter(|seconds| *seconds != -1);
    editing_store::update(tx, artifact.id, description, metadata, ttl, call.now)?;
    for tag in &removed {
        editing_store::remove_tag(tx, artifact.id, tag)?;
    }
    for tag in &added {
        store::add_tag(tx, artifact.id, tag)?;
    }
    if let Some(wanted) = &changes.aliases {
        replace_aliases(tx, call, &artifact, wanted)?;
    }
    let details = json!({
        "description": changes.description.is_some(), "metadata": changes.metadata.is_some(),
        "ttl_seconds": changes.ttl_seconds, "tags_added": added, "tags_removed": removed,
    });
    audit::record(tx, call, "artifact.update", "artifact", artifact.id.get(), &artifact.label(), &details)?;
    store::by_id(tx, artifact.id)?.ok_or_else(|| Error::not_found("artifact"))
}

/// Words and lifetimes are for those who may change the project that it was logged to; tags for whoever may change a place
/// where it lies, as the members of a registry.
fn require_change(tx: &Tx, call: &Call, artifact: &Artifact, changes: &ArtifactChanges) -> Result<()> {
    let ArtifactChanges { description, metadata, ttl_seconds, aliases, tags_added: _, tags_removed: _ } = changes;
    let only_tags = description.is_none() && metadata.is_none() && ttl_seconds.is_none() && aliases.is_none();
    if only_tags && lookup::reaches(tx, call, Action::Write, artifact)? {
        return Ok(());
    }
    policy::require(&call.actor, Action::Write, &artifact.project_target())
}

fn replace_aliases(tx: &Tx, call: &Call, artifact: &Artifact, wanted: &[String]) -> Result<()> {
    let path = |alias: &String| AliasPath {
        entity: artifact.entity.clone(),
        project: artifact.project.clone(),
        collection: artifact.sequence.clone(),
        alias: alias.clone(),
    };
    let Some(own) = store::membership_of(tx, artifact.sequence_id, artifact.id)? else {
        return Err(Error::conflict(format!("{} is not committed yet; give it aliases when it is", artifact.label())));
    };
    let wanted: Vec<String> = wanted.iter().filter(|alias| names::version_index(alias).is_none()).cloned().collect();
    let there: Vec<String> = store::aliases_of_membership(tx, own.id)?.into_iter().map(|alias| alias.name).collect();
    let gone: Vec<AliasPath> = there.iter().filter(|alias| !wanted.contains(alias)).map(path).collect();
    remove_aliases(tx, call, artifact.id, &gone)?;
    add_aliases(tx, call, artifact.id, &wanted.iter().map(path).collect::<Vec<_>>())
}

/// How long a version is kept: seconds after it was made, −2 for ever; and whether that is the entity's rule.
pub fn lifetime(db: &Reader, artifact: &Artifact) -> Result<(i64, bool)> {
    match artifact.ttl_seconds {
        Some(seconds) => Ok((seconds, false)),
        None => Ok((editing_store::rule(db, artifact.entity_id)?.unwrap_or(-2), true)),
    }
}

/// How long an entity keeps versions that have no lifetime of their own; `None` for ever.
pub fn lifetime_rule(db: &Reader, entity: EntityId) -> Result<Option<i64>> {
    editing_store::rule(db, entity)
}

/// Sets that rule.
pub fn set_lifetime_rule(tx: &Tx, call: &Call, entity: &str, seconds: Option<i64>) -> Result<EntityId> {
    let entity = teams::entity_by_name(tx, entity)?.ok_or_else(|| Error::not_found("entity"))?;
    policy::require(&call.actor, Action::Manage, &Target::Entity(entity.id))?;
    if seconds.is_some_and(|seconds| seconds < 1) {
        return Err(Error::invalid("how long versions are kept is a positive number of seconds"));
    }
    editing_store::set_rule(tx, entity.id, seconds)?;
    audit::record(tx, call, "artifact.lifetime", "entity", entity.id.get(), &entity.name, &json!({ "ttl_seconds": seconds }))?;
    Ok(entity.id)
}
