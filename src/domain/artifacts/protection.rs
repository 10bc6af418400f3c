//! Aliases of a project, like `production`, that only those who manage it give and take.

use serde_json::json;

use super::model::Collection;
use super::{editing_store, names};
use crate::db::{Reader, Tx};
use crate::domain::{Call, audit, projects};
use crate::error::{Error, Result};
use crate::id::ProjectId;
use crate::policy::{self, Action};

/// Refuses to move an alias that is protected, to those who do not manage the project.
pub(super) fn require(db: &Reader, call: &Call, collection: &Collection, alias: &str) -> Result<()> {
    if policy::allows(&call.actor, Action::Manage, &collection.project_target()) {
        return Ok(());
    }
    if editing_store::protected(db, collection.project_id)?.iter().any(|protected| protected == alias) {
        return Err(Error::forbidden(format!("the alias '{alias}' is protected; only an admin may give or take it")));
    }
    Ok(())
}

/// The protected aliases of a project, by name.
pub fn protected_aliases(db: &Reader, project: ProjectId) -> Result<Vec<String>> {
    editing_store::protected(db, project)
}

/// Says which aliases of a project are protected.
pub fn protect_aliases(tx: &Tx, call: &Call, entity: &str, project: &str, aliases: &[String]) -> Result<ProjectId> {
    let project = projects::find(tx, call, entity, project)?.ok_or_else(|| Error::not_found("project"))?;
    policy::require(&call.actor, Action::Manage, &project.target())?;
    for alias in aliases {
        names::check_alias(alias)?;
        if alias == "latest" {
            return Err(Error::invalid("'latest' moves by itself and cannot be protected"));
        }
    }
    editing_store::protect(tx, project.id, aliases)?;
    audit::record(
        tx,
        call,
        "project.protect_aliases",
        "project",
        project.id.get(),
        &project.name,
        &json!({ "aliases": aliases }),
    )?;
    Ok(project.id)
}
