//! Who owns a project: whoever made it, until an admin of the team hands it over, as when they left.

use serde_json::json;

use super::model::Project;
use super::store;
use crate::db::{Reader, Tx};
use crate::domain::teams::{self, Entity};
use crate::domain::{Call, accounts, audit};
use crate::error::{Error, Result};
use crate::id::{AccountId, EntityId, ProjectId};
use crate::policy::{self, Action};

/// Whether a project has nobody who answers for it: its owner is unknown, locked out, or has neither a seat where it lies nor is named
/// in it any more.
pub fn has_left(db: &Reader, project: &Project) -> Result<bool> {
    has_left_from(db, (project.id, project.entity_id), project.owner)
}

/// As [`has_left`], of who owns anything in a project of an entity.
pub(in crate::domain) fn has_left_from(
    db: &Reader,
    (project, entity): (ProjectId, EntityId),
    owner: Option<AccountId>,
) -> Result<bool> {
    let Some(account) = owner.map(|id| accounts::find(db, id)).transpose()?.flatten() else {
        return Ok(true);
    };
    let Some(entity) = teams::entity(db, entity)? else {
        return Ok(true);
    };
    let belongs = teams::role_of(db, &entity, account.id)?.is_some() || store::member(db, project, account.id)?.is_some();
    Ok(account.deactivated_at.is_some() || !belongs)
}

/// Makes a person the owner of a project, for those who manage it. What runs lie in it stay whose they are.
///
/// # Errors
/// `NotFound` or `Forbidden` by the policy; `NotFound` for an unknown user name; `Invalid` for who may not log to the project.
pub(super) fn hand_over(tx: &Tx, call: &Call, project: Project, username: &str) -> Result<Project> {
    policy::require(&call.actor, Action::Manage, &project.target())?;
    let owner = heir(tx, username)?;
    if project.owner == Some(owner) {
        return Ok(project);
    }
    if !policy::allows(&accounts::actor(tx, owner)?, Action::Write, &project.target()) {
        let name = &project.name;
        return Err(Error::invalid(format!("{username} may not log to {name}; its owner is somebody who may")));
    }
    store::set_owner(tx, project.id, owner)?;
    let before = project.owner.map(|id| accounts::find(tx, id)).transpose()?.flatten().map(|account| account.username);
    let details = json!({ "from": before, "to": username });
    audit::record(tx, call, "project.hand_over", "project", project.id.get(), &project.name, &details)?;
    Ok(Project { owner: Some(owner), ..project })
}

/// Hands over all projects of a team that somebody owns. For siblings, who judged the caller.
///
/// # Errors
/// As for one of them.
pub(in crate::domain) fn hand_over_all(tx: &Tx, call: &Call, team: &Entity, from: AccountId, username: &str) -> Result<()> {
    for project in store::owned_by(tx, team.id, from)? {
        hand_over(tx, call, project, username)?;
    }
    Ok(())
}

/// The account that something is handed over to; whether they may have it is for the policy to say.
pub(in crate::domain) fn heir(db: &Reader, username: &str) -> Result<AccountId> {
    let account = accounts::by_username(db, username)?.filter(|account| account.deactivated_at.is_none());
    Ok(account.ok_or_else(|| Error::not_found(format!("account {username}")))?.id)
}
