//! Begins a version, or finds that the sequence has one with the same files already.

use serde_json::json;

use super::aliases::{move_aliases, parse_wanted};
use super::model::{Artifact, ArtifactType, Collection, CollectionKind};
use super::store::Draft;
use super::{lineage_store, names, store};
use crate::db::Tx;
use crate::domain::projects::{self, Project, ProjectName};
use crate::domain::runs;
use crate::domain::{Call, audit, teams};
use crate::error::{Error, Result};
use crate::id::ProjectId;
use crate::policy::{self, Action};
use crate::secret::random_bytes;

/// What a client wants to log.
#[derive(Clone, Debug, Default)]
pub struct NewArtifact {
    pub entity: String,
    pub project: String,
    /// The run that logs it; none for what people save by hand.
    pub run: Option<String>,
    pub type_name: String,
    pub sequence: String,
    /// Of the list of paths and digests, in hex.
    pub digest: String,
    pub description: Option<String>,
    /// JSON text.
    pub metadata: Option<String>,
    /// Given at the commit.
    pub aliases: Vec<String>,
    pub tags: Vec<String>,
    pub history_step: Option<i64>,
    pub ttl_seconds: Option<i64>,
    pub client_id: Option<String>,
    pub sequence_client_id: Option<String>,
    /// Processes that give the same name make one version together.
    pub distributed_id: Option<String>,
    /// Whether a version with the same digest is taken instead of a new one.
    pub deduplicate: bool,
}

/// Begins a version. With the digest of a committed version of the sequence that one is answered, with the new aliases and
/// tags; its state says so.
pub fn create(tx: &Tx, call: &Call, new: &NewArtifact) -> Result<Artifact> {
    for alias in &new.aliases {
        names::check_alias(alias)?;
    }
    let tags = names::tags(&new.tags)?;
    check_ttl(new.ttl_seconds)?;
    let run = new.run.as_deref().map(|name| runs::require_process(tx, call, &new.entity, &new.project, name)).transpose()?;
    let project = match &run {
        // It is logged where the run lies now; and its author ends what they began though their seat is gone.
        Some(run) => projects::in_place(tx, run.project_id)?.ok_or_else(|| Error::not_found("project"))?,
        None => place(tx, call, &new.entity, &new.project)?,
    };
    if project.is_registry {
        return Err(Error::invalid(format!(
            "nothing is logged to a registry: log {} to a project, then link it to {}",
            new.sequence, project.name
        )));
    }
    let sequence = sequence(tx, call, &project, &new.sequence, &new.type_name)?;
    if let Some(client_id) = &new.sequence_client_id {
        store::name_by_client(tx, client_id, None, Some(sequence.id))?;
    }
    let together = new.distributed_id.as_deref().map(|name| store::pending_together(tx, sequence.id, name)).transpose()?;
    let known = if new.deduplicate && new.distributed_id.is_none() {
        store::committed_with_digest(tx, sequence.id, &new.digest)?
    } else {
        None
    };
    let id = if let Some(id) = known {
        let aliases: Vec<&str> = new.aliases.iter().map(String::as_str).collect();
        move_aliases(tx, call, id, &sequence, &aliases)?;
        id
    } else if let Some(id) = together.flatten() {
        let mut wanted = parse_wanted(&store::wanted(tx, id)?)?;
        wanted.extend(new.aliases.iter().filter(|alias| !wanted.contains(alias)).cloned().collect::<Vec<_>>());
        store::set_wanted(tx, id, &json!(wanted).to_string())?;
        id
    } else {
        let draft = Draft {
            sequence: sequence.id,
            digest: &new.digest,
            description: new.description.as_deref(),
            metadata: new.metadata.as_deref(),
            history_step: new.history_step,
            ttl_seconds: new.ttl_seconds.filter(|seconds| *seconds != -1),
            distributed_id: new.distributed_id.as_deref(),
            wanted: &json!(new.aliases).to_string(),
            commit_hash: &hex::encode(random_bytes::<10>()),
            deduplicate: new.deduplicate && new.distributed_id.is_none(),
            run: run.as_ref().map(|run| run.id),
            author: call.actor.author(),
        };
        store::insert(tx, &draft, call.now)?
    };
    for tag in &tags {
        store::add_tag(tx, id, tag)?;
    }
    if let Some(client_id) = &new.client_id {
        store::name_by_client(tx, client_id, Some(id), None)?;
    }
    if let Some(run) = run {
        lineage_store::add_output(tx, run.id, id, call.now)?;
    }
    store::by_id(tx, id)?.ok_or_else(|| Error::internal("the version just made is not there"))
}

/// The type of that name in a project, made if it is not there yet.
pub fn create_type(
    tx: &Tx,
    call: &Call,
    (entity, project_name): (&str, &str),
    name: &str,
    description: &str,
) -> Result<ArtifactType> {
    names::check_type(name)?;
    let project = project(tx, call, entity, project_name)?;
    // Which types a registry takes is for its admins to say.
    let action = if project.is_registry { Action::Manage } else { Action::Write };
    policy::require(&call.actor, action, &project.target())?;
    if let Some(found) = store::type_by_name(tx, project.id, name)? {
        return Ok(found);
    }
    let made = store::ensure_type(tx, project.id, name, description, call.now)?;
    audit::record(tx, call, "artifact.create_type", "project", project.id.get(), &project.name, &json!({ "type": name }))?;
    Ok(made)
}

/// Makes types of a project that are not there yet. For siblings, who judged the caller and record it.
pub(in crate::domain) fn add_types(tx: &Tx, call: &Call, project: ProjectId, types: &[(String, String)]) -> Result<()> {
    for (name, description) in types {
        names::check_type(name)?;
        store::ensure_type(tx, project, name, description, call.now)?;
    }
    Ok(())
}

/// A lifetime is a positive number of seconds, −1 for the project's rule or −2 for none.
pub(super) fn check_ttl(seconds: Option<i64>) -> Result<()> {
    if seconds.is_some_and(|seconds| seconds < 1 && seconds != -1 && seconds != -2) {
        return Err(Error::invalid("how long a version is kept is a positive number of seconds"));
    }
    Ok(())
}

fn project(tx: &Tx, call: &Call, entity: &str, name: &str) -> Result<Project> {
    let entity = teams::entity_by_name(tx, entity)?.ok_or_else(|| Error::not_found(format!("entity {entity}")))?;
    Ok(projects::ensure(tx, call, &entity, &ProjectName::parse(name)?)?.0)
}

/// The project that people save a version to by hand.
fn place(tx: &Tx, call: &Call, entity: &str, name: &str) -> Result<Project> {
    let project = project(tx, call, entity, name)?;
    policy::require(&call.actor, Action::Write, &project.target())?;
    if let Some(entity) = teams::entity(tx, project.entity_id)? {
        teams::require_space(tx, call, &entity)?;
    }
    Ok(project)
}

/// The sequence of that name, made if it is not there yet.
pub(super) fn sequence(tx: &Tx, call: &Call, project: &Project, name: &str, type_name: &str) -> Result<Collection> {
    if let Some(found) = store::collection_by_name(tx, project.id, name)? {
        if found.kind == CollectionKind::Portfolio {
            return Err(Error::conflict(format!(
                "'{name}' is a collection of linked versions; log under another name and link the version to it"
            )));
        }
        if found.type_name != type_name {
            return Err(Error::conflict(format!(
                "Artifact {name} already exists with type '{}'; cannot create another with type '{type_name}'",
                found.type_name
            )));
        }
        return Ok(found);
    }
    names::check_collection(name)?;
    names::check_type(type_name)?;
    let artifact_type = store::ensure_type(tx, project.id, type_name, "", call.now)?;
    let id = store::insert_collection(tx, CollectionKind::Sequence, &artifact_type, name, call.actor.author(), call.now)?;
    audit::record(tx, call, "artifact.create", "artifact", id.get(), name, &json!({ "type": type_name }))?;
    store::collection_by_id(tx, id)?.ok_or_else(|| Error::internal("the collection just made is not there"))
}
