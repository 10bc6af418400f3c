//! Links versions into portfolios, which people keep, and takes them out again.

use serde_json::json;

use super::aliases::move_aliases;
use super::listing::types_of;
use super::model::{Collection, CollectionKind, Membership, State};
use super::{delete, lookup, names, protection, store};
use crate::db::{Reader, Tx};
use crate::domain::projects::{self, Project, ProjectName};
use crate::domain::{Call, audit, teams};
use crate::error::{Error, Result};
use crate::id::{ArtifactId, CollectionId};
use crate::policy::{self, Action};

/// Which portfolio a version is linked into.
#[derive(Clone, Debug)]
pub enum Portfolio {
    Known(CollectionId),
    /// Made if it is not there yet.
    Named {
        entity: String,
        project: String,
        name: String,
    },
}

/// Links a version; again is no error and gives no second place. `latest` of the portfolio is what was linked last.
pub fn link(tx: &Tx, call: &Call, id: ArtifactId, into: &Portfolio, aliases: &[String]) -> Result<Membership> {
    let artifact = lookup::require_bytes(tx, call, id)?;
    if artifact.state != State::Committed {
        return Err(Error::conflict(format!("{} is not committed yet; link it when it is", artifact.label())));
    }
    for alias in aliases {
        names::check_alias(alias)?;
    }
    let portfolio = match into {
        Portfolio::Known(id) => {
            let found = lookup::get_collection(tx, call, *id)?.ok_or_else(|| Error::not_found("portfolio"))?;
            policy::require(&call.actor, Action::Write, &found.project_target())?;
            found
        }
        Portfolio::Named { entity, project, name } => named(tx, call, (entity, project, name), &artifact.type_name)?,
    };
    if portfolio.kind == CollectionKind::Sequence {
        return Err(Error::conflict(format!(
            "'{}' holds versions that were logged to it; link to another name",
            portfolio.name
        )));
    }
    if portfolio.type_name != artifact.type_name {
        return Err(Error::conflict(format!(
            "'{}' holds artifacts of type '{}', and {} is of type '{}'",
            portfolio.name,
            portfolio.type_name,
            artifact.label(),
            artifact.type_name
        )));
    }
    let mut aliases: Vec<&str> = aliases.iter().map(String::as_str).collect();
    if store::membership_of(tx, portfolio.id, artifact.id)?.is_none() {
        let index = store::next_index(tx, portfolio.id, call.now)?;
        store::insert_membership(tx, portfolio.id, artifact.id, index, call.actor.author(), call.now)?;
        if !aliases.contains(&"latest") {
            aliases.push("latest");
        }
        let details = json!({ "artifact": artifact.id.get(), "version": artifact.label(), "as": index });
        audit::record(tx, call, "artifact.link", "artifact", portfolio.id.get(), &portfolio.name, &details)?;
    }
    move_aliases(tx, call, artifact.id, &portfolio, &aliases)?;
    store::membership_of(tx, portfolio.id, artifact.id)?.ok_or_else(|| Error::internal("the link just made is not there"))
}

fn named(tx: &Tx, call: &Call, (entity, project, name): (&str, &str, &str), type_name: &str) -> Result<Collection> {
    let entity = teams::entity_by_name(tx, entity)?.ok_or_else(|| Error::not_found(format!("entity {entity}")))?;
    let (project, _) = projects::ensure(tx, call, &entity, &ProjectName::parse(project)?)?;
    policy::require(&call.actor, Action::Write, &project.target())?;
    if let Some(found) = store::collection_by_name(tx, project.id, name)? {
        return Ok(found);
    }
    names::check_collection(name)?;
    require_taken(tx, &project, type_name)?;
    let artifact_type = store::ensure_type(tx, project.id, type_name, "", call.now)?;
    let id = store::insert_collection(tx, CollectionKind::Portfolio, &artifact_type, name, call.actor.author(), call.now)?;
    audit::record(tx, call, "artifact.create", "artifact", id.get(), name, &json!({ "type": type_name, "portfolio": true }))?;
    store::collection_by_id(tx, id)?.ok_or_else(|| Error::internal("the portfolio just made is not there"))
}

/// Refuses a type of artifacts that a registry does not take.
pub(super) fn require_taken(db: &Reader, project: &Project, type_name: &str) -> Result<()> {
    if project.takes_any_type || store::type_by_name(db, project.id, type_name)?.is_some() {
        return Ok(());
    }
    let taken: Vec<String> = types_of(db, project.id)?.into_iter().map(|found| found.name).collect();
    Err(Error::conflict(format!(
        "the registry {} takes artifacts of type {}, not of type '{type_name}'; an admin of it can add the type",
        project.name,
        taken.join(", ")
    )))
}

/// Takes a version out of a portfolio; the version itself stays where it was logged.
pub fn unlink(tx: &Tx, call: &Call, id: ArtifactId, portfolio: CollectionId) -> Result<()> {
    let found = lookup::get_collection(tx, call, portfolio)?.filter(|found| found.kind == CollectionKind::Portfolio);
    let portfolio = found.ok_or_else(|| Error::not_found("portfolio"))?;
    policy::require(&call.actor, Action::Write, &portfolio.project_target())?;
    let member = store::membership_of(tx, portfolio.id, id)?.ok_or_else(|| Error::not_found("link"))?;
    for alias in store::aliases_of_membership(tx, member.id)? {
        protection::require(tx, call, &portfolio, &alias.name)?;
    }
    delete::leave(tx, &portfolio, member.id, call.now)?;
    let details = json!({ "artifact": id.get(), "was": member.version_index });
    audit::record(tx, call, "artifact.unlink", "artifact", portfolio.id.get(), &portfolio.name, &details)
}
