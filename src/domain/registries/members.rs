//! Who has which role in a registry: people, service accounts and teams. Admins of the organization administer its registries
//! without being named.

use serde_json::json;

use super::{require, store};
use crate::db::{Reader, Tx};
use crate::domain::accounts::{self, Account, AccountKind};
use crate::domain::projects::Project;
use crate::domain::teams::{self, Entity, EntityKind};
use crate::domain::{Call, audit, organizations};
use crate::error::{Error, Result};
use crate::id::{AccountId, EntityId, ProjectId};
use crate::policy::{self, Action, RegistryRole};

/// A person, a service account or a team.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Account(AccountId),
    Team(EntityId),
}

/// The people and service accounts that were named, in that order.
pub fn accounts(db: &Reader, call: &Call, registry: &Project) -> Result<Vec<(Account, RegistryRole)>> {
    policy::require(&call.actor, Action::Read, &registry.target())?;
    let mut found = Vec::new();
    for (id, role) in store::accounts(db, registry.id)? {
        let account = accounts::find(db, id)?.ok_or_else(|| Error::internal(format!("no account {id} for a role")))?;
        found.push((account, role));
    }
    Ok(found)
}

/// The teams that were named, in that order.
pub fn teams(db: &Reader, call: &Call, registry: &Project) -> Result<Vec<(Entity, RegistryRole)>> {
    policy::require(&call.actor, Action::Read, &registry.target())?;
    let mut found = Vec::new();
    for (id, role) in store::teams(db, registry.id)? {
        let team = teams::entity(db, id)?.ok_or_else(|| Error::internal(format!("no team {id} for a role")))?;
        found.push((team, role));
    }
    Ok(found)
}

/// Names people and teams with the lowest role, service accounts as members; those who are named keep their role.
///
/// # Errors
/// As [`super::require`]; `NotFound` or `Invalid` for what is not of the registry's organization.
pub fn add(tx: &Tx, call: &Call, id: ProjectId, whom: &[Who]) -> Result<()> {
    let registry = require(tx, call, Action::Manage, id)?;
    for who in whom {
        if store::role(tx, id, *who)?.is_none() {
            let (_, is_service) = name_of(tx, &registry, *who)?;
            let role = if is_service { RegistryRole::Member } else { RegistryRole::RestrictedViewer };
            set(tx, call, &registry, *who, role)?;
        }
    }
    Ok(())
}

/// Gives a role, whether or not they were named before.
///
/// # Errors
/// As [`add`].
pub fn set_role(tx: &Tx, call: &Call, id: ProjectId, who: Who, role: RegistryRole) -> Result<()> {
    let registry = require(tx, call, Action::Manage, id)?;
    set(tx, call, &registry, who, role)
}

fn set(tx: &Tx, call: &Call, registry: &Project, who: Who, role: RegistryRole) -> Result<()> {
    let (name, _) = name_of(tx, registry, who)?;
    let before = store::role(tx, registry.id, who)?;
    if before == Some(role) {
        return Ok(());
    }
    match who {
        Who::Account(account) => store::set_account(tx, registry.id, account, role, call.now)?,
        Who::Team(team) => store::set_team(tx, registry.id, team, role, call.now)?,
    }
    let details = json!({ "member": name, "role": role.as_str(), "before": before.map(RegistryRole::as_str) });
    audit::record(tx, call, "registry.set_member", "project", registry.id.get(), &registry.name, &details)
}

/// Takes roles away; who has none is no error.
///
/// # Errors
/// As [`super::require`].
pub fn remove(tx: &Tx, call: &Call, id: ProjectId, whom: &[Who]) -> Result<()> {
    let registry = require(tx, call, Action::Manage, id)?;
    for who in whom {
        let Some(role) = store::role(tx, id, *who)? else { continue };
        let name = match who {
            Who::Account(account) => accounts::find(tx, *account)?.map(|account| account.username),
            Who::Team(team) => teams::entity(tx, *team)?.map(|team| team.name),
        };
        store::forget(tx, id, *who)?;
        let details = json!({ "member": name, "role": role.as_str() });
        audit::record(tx, call, "registry.remove_member", "project", registry.id.get(), &registry.name, &details)?;
    }
    Ok(())
}

/// What somebody of the registry's organization is called, and whether they are a service account.
fn name_of(db: &Reader, registry: &Project, who: Who) -> Result<(String, bool)> {
    let organization = registry.entity_id;
    let (name, is_service, belongs) = match who {
        Who::Account(id) => {
            let account = accounts::find(db, id)?.filter(|account| account.deactivated_at.is_none());
            let account = account.ok_or_else(|| Error::not_found("account"))?;
            let is_service = account.kind == AccountKind::Service;
            let belongs = if is_service {
                accounts::actor(db, id)?.works_for == Some(organization)
            } else {
                organizations::role_of(db, organization, id)?.is_some()
            };
            (account.username, is_service, belongs)
        }
        Who::Team(id) => {
            let team = teams::entity(db, id)?.filter(|entity| entity.kind == EntityKind::Team);
            let team = team.ok_or_else(|| Error::not_found("team"))?;
            let belongs = team.organization_id == Some(organization);
            (team.name, false, belongs)
        }
    };
    if belongs {
        return Ok((name, is_service));
    }
    Err(Error::invalid(format!(
        "{name} does not belong to the organization {}; only its people and teams have roles in its registries",
        registry.entity
    )))
}
