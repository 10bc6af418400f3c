//! Entities, the namespaces of projects, and who has which seat in a team.

mod model;
mod store;

use serde_json::json;

pub use model::{Entity, EntityKind, Member};

use super::accounts::names::{Name, key_of};
use super::accounts::{self, Account, AccountKind, NewKey};
use super::{Call, audit};
use crate::db::{Reader, Tx};
use crate::error::{Error, Result};
use crate::id::{AccountId, EntityId};
use crate::policy::{self, Action, Target, TeamRole};
use crate::secret::Secret;

/// The entity with that name, in any case of letters, whoever asks.
pub fn entity_by_name(db: &Reader<'_>, name: &str) -> Result<Option<Entity>> {
    store::by_key(db, &key_of(name))
}

/// The entity with that id, whoever asks.
pub fn entity(db: &Reader<'_>, id: EntityId) -> Result<Option<Entity>> {
    store::by_id(db, id)
}

/// Where an account has a seat: the personal entity first, then teams in the order they were joined.
pub fn entities_of(db: &Reader<'_>, account: AccountId) -> Result<Vec<Entity>> {
    let mut found: Vec<Entity> = store::personal_of(db, account)?.into_iter().collect();
    found.extend(store::teams_of(db, account)?);
    Ok(found)
}

/// The organization that an entity belongs to; an organization is its own.
pub fn organization_of(db: &Reader<'_>, id: EntityId) -> Result<Option<Entity>> {
    let Some(found) = store::by_id(db, id)? else {
        return Ok(None);
    };
    match (found.kind, found.organization_id) {
        (EntityKind::Organization, _) => Ok(Some(found)),
        (_, Some(organization)) => store::by_id(db, organization),
        (_, None) => Ok(None),
    }
}

/// Creates a team; the caller, or the person named `admin`, becomes its admin.
///
/// # Errors
/// `Forbidden`, naming whom to ask, unless the caller administers the organization or the server; `Invalid` or `Conflict` for
/// the name.
pub fn create(tx: &Tx<'_>, call: &Call, name: &str, admin: Option<&str>) -> Result<Entity> {
    let caller = call.actor.signed_in()?;
    let organization = store::first_organization(tx)?
        .ok_or_else(|| Error::conflict("this server has no organization yet; it is made when the server is set up"))?;
    if !policy::allows(&call.actor, Action::Manage, &Target::Entity(organization.id)) {
        let admins = store::organization_admins(tx, organization.id)?.join(", ");
        return Err(Error::forbidden(format!("only an organization admin creates teams; ask {admins}")));
    }
    let name = Name::parse(name.trim())?;
    if accounts::name_taken(tx, &name)? {
        return Err(Error::conflict(format!("the name {name} is taken by a person, team or organization")));
    }
    let admin = match admin {
        Some(username) => member_to_be(tx, username)?,
        None => accounts::find(tx, caller)?.ok_or_else(|| Error::not_found("account"))?,
    };
    require_fitting(&admin, TeamRole::Admin)?;
    let id = store::insert_team(tx, name.as_str(), &name.key(), organization.id, call.now)?;
    store::set_seat(tx, id, admin.id, TeamRole::Admin, call.now)?;
    audit::record(tx, call, "team.create", "entity", id.get(), name.as_str(), &json!({ "admin": admin.username }))?;
    store::by_id(tx, id)?.ok_or_else(|| Error::internal("a team is gone that was just made"))
}

/// The caller takes a seat in a team that they may manage without being in it, as an administrator of the server may.
pub fn join(tx: &Tx<'_>, call: &Call, team: EntityId, role: TeamRole) -> Result<()> {
    let caller = call.actor.signed_in()?;
    let account = accounts::find(tx, caller)?.ok_or_else(|| Error::not_found("account"))?;
    seat(tx, call, team, &account, role)
}

/// Gives a person or service account a seat, or changes the role of the one they have.
///
/// # Errors
/// `Forbidden` or `NotFound` by the policy; `NotFound` for an unknown user name; `Invalid` for a role that does not fit the
/// account; `Conflict` if the team would lose its last admin.
pub fn add_member(tx: &Tx<'_>, call: &Call, team: EntityId, username: &str, role: TeamRole) -> Result<()> {
    // Judged first: who may not manage the team shall not learn who has an account.
    policy::require(&call.actor, Action::Manage, &Target::Entity(team))?;
    let account = member_to_be(tx, username)?;
    seat(tx, call, team, &account, role)
}

/// Creates a service account of a team with one API key: for automation, whose runs may name the member they are for. The
/// secret is returned this once.
///
/// # Errors
/// As [`add_member`]; `Invalid` or `Conflict` for the name.
pub fn create_service_account(tx: &Tx<'_>, call: &Call, team: EntityId, name: &str) -> Result<(Account, Secret)> {
    policy::require(&call.actor, Action::Manage, &Target::Entity(team))?;
    let account = accounts::create_service(tx, call, name)?;
    seat(tx, call, team, &account, TeamRole::Service)?;
    let key = NewKey { account: account.id, name: account.username.clone(), expires_at: None, import: None };
    let (_, secret) = accounts::keys::issue(tx, call, &key)?;
    Ok((account, secret))
}

/// Takes a seat away; whoever has one may give it up. What the person logged stays.
///
/// # Errors
/// As [`add_member`]; `NotFound` if they have no seat.
pub fn remove_member(tx: &Tx<'_>, call: &Call, team: EntityId, username: &str) -> Result<()> {
    let entity = team_to_change(tx, team)?;
    let account = accounts::by_username(tx, username)?;
    let leaves = account.as_ref().is_some_and(|account| call.actor.account == Some(account.id));
    if !leaves {
        policy::require(&call.actor, Action::Manage, &Target::Entity(team))?;
    }
    let missing = || Error::not_found(format!("member {username}"));
    let account = account.ok_or_else(missing)?;
    let role = store::seat(tx, team, account.id)?.ok_or_else(missing)?;
    if role == TeamRole::Admin {
        require_other_admin(tx, &entity, &account)?;
    }
    store::delete_seat(tx, team, account.id)?;
    accounts::forget_default_entity(tx, account.id, team)?;
    let details = json!({ "member": account.username, "role": role.as_str() });
    audit::record(tx, call, "team.remove_member", "entity", team.get(), &entity.name, &details)
}

/// Everybody with a seat, in the order they joined; of a personal entity, its person.
pub fn members(db: &Reader<'_>, call: &Call, id: EntityId) -> Result<Vec<Member>> {
    policy::require(&call.actor, Action::Read, &Target::Entity(id))?;
    let entity = store::by_id(db, id)?.ok_or_else(|| Error::not_found("entity"))?;
    let seats = match entity.kind {
        EntityKind::User => {
            let owner = store::owner_of_personal(db, id)?;
            owner.map(|owner| (owner, TeamRole::Admin, entity.created_at)).into_iter().collect()
        }
        EntityKind::Team | EntityKind::Organization => store::members(db, id)?,
    };
    let mut found = Vec::with_capacity(seats.len());
    for (id, role, joined_at) in seats {
        let account = accounts::find(db, id)?.ok_or_else(|| Error::internal(format!("no account {id} for a seat")))?;
        found.push(Member { account, role, joined_at });
    }
    Ok(found)
}

/// The role of an account in an entity, for showing; what it allows is for the policy to say.
pub fn role_of(db: &Reader<'_>, entity: &Entity, account: AccountId) -> Result<Option<TeamRole>> {
    match entity.kind {
        EntityKind::User => Ok(store::owner_of_personal(db, entity.id)?.filter(|id| *id == account).map(|_| TeamRole::Admin)),
        EntityKind::Team | EntityKind::Organization => store::seat(db, entity.id, account),
    }
}

fn seat(tx: &Tx<'_>, call: &Call, team: EntityId, account: &Account, role: TeamRole) -> Result<()> {
    policy::require(&call.actor, Action::Manage, &Target::Entity(team))?;
    let entity = team_to_change(tx, team)?;
    require_fitting(account, role)?;
    let before = store::seat(tx, team, account.id)?;
    if before == Some(role) {
        return Ok(());
    }
    if before == Some(TeamRole::Admin) {
        require_other_admin(tx, &entity, account)?;
    }
    store::set_seat(tx, team, account.id, role, call.now)?;
    if role == TeamRole::ViewOnly {
        accounts::forget_default_entity(tx, account.id, team)?;
    }
    let action = if before.is_some() { "team.change_role" } else { "team.add_member" };
    let details = json!({ "member": account.username, "role": role.as_str(), "before": before.map(TeamRole::as_str) });
    audit::record(tx, call, action, "entity", team.get(), &entity.name, &details)
}

/// The team, if it is one: personal entities and organizations have no seats to give.
fn team_to_change(tx: &Tx<'_>, id: EntityId) -> Result<Entity> {
    let entity = store::by_id(tx, id)?.ok_or_else(|| Error::not_found("team"))?;
    if entity.kind == EntityKind::Team {
        return Ok(entity);
    }
    Err(Error::invalid(format!("{} is not a team; only teams have members", entity.name)))
}

fn member_to_be(tx: &Tx<'_>, username: &str) -> Result<Account> {
    let account = accounts::by_username(tx, username)?.filter(|account| account.deactivated_at.is_none());
    account.ok_or_else(|| Error::not_found(format!("account {username}")))
}

fn require_fitting(account: &Account, role: TeamRole) -> Result<()> {
    match (account.kind, role) {
        (AccountKind::User, TeamRole::Service) => {
            Err(Error::invalid(format!("{} is a person; the role service is for service accounts", account.username)))
        }
        (AccountKind::Service, TeamRole::Admin | TeamRole::Member | TeamRole::ViewOnly) => {
            Err(Error::invalid(format!("{} is a service account; its role in a team is service", account.username)))
        }
        _ => Ok(()),
    }
}

fn require_other_admin(tx: &Tx<'_>, team: &Entity, account: &Account) -> Result<()> {
    if store::other_admins(tx, team.id, account.id)? == 0 {
        return Err(Error::conflict(format!(
            "{} is the last admin of the team {}; make somebody else admin first",
            account.username, team.name
        )));
    }
    Ok(())
}
