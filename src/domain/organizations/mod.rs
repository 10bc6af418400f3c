//! Organizations: who belongs to them in which role. Teams belong to an organization.

pub mod licence;
mod licence_store;
pub mod people;
mod store;

use serde_json::{Value, json};

use super::accounts::names::Name;
use super::accounts::{self, Account, AccountKind};
use super::teams::{self, Entity, EntityKind};
use super::{Call, audit};
use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::error::{Error, Result};
use crate::id::{AccountId, EntityId};
use crate::policy::{self, Action, OrganizationRole, Target, TeamRole};

/// Somebody who belongs to an organization.
#[derive(Clone, Debug)]
pub struct Person {
    pub account: Account,
    pub role: OrganizationRole,
    pub joined_at: Timestamp,
    /// Whether they sign in with the operator's directory.
    pub by_directory: bool,
    /// Their teams in the organization that the caller may know of, with the role there.
    pub teams: Vec<(String, TeamRole)>,
}

/// How many people of an organization count, and why the others do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seats {
    /// Active people who may log somewhere.
    pub counted: i64,
    /// Active people with the role viewer.
    pub viewers: i64,
    pub deactivated: i64,
}

/// Organizations that the caller belongs to; administrators of the server see all, by name.
pub fn list(db: &Reader<'_>, call: &Call) -> Result<Vec<Entity>> {
    call.actor.known()?;
    let all = store::all(db)?;
    let mut seen = Vec::with_capacity(all.len());
    for id in all {
        if policy::allows(&call.actor, Action::Read, &Target::Entity(id)) {
            seen.extend(teams::entity(db, id)?);
        }
    }
    Ok(seen)
}

/// The organizations that an account belongs to, by name, whoever asks.
pub fn of_account(db: &Reader<'_>, account: AccountId) -> Result<Vec<Entity>> {
    let mut found = Vec::new();
    for id in store::of_account(db, account)? {
        found.extend(teams::entity(db, id)?);
    }
    Ok(found)
}

/// The organization of that name, for this action.
///
/// # Errors
/// `NotFound` if there is none or the caller may not know of it, `Forbidden` if they may only look.
pub fn require(db: &Reader<'_>, call: &Call, action: Action, name: &str) -> Result<Entity> {
    call.actor.known()?;
    let missing = || Error::not_found(format!("organization {name}"));
    let found = teams::entity_by_name(db, name)?.filter(|entity| entity.kind == EntityKind::Organization);
    let found = found.ok_or_else(missing)?;
    let target = Target::Entity(found.id);
    if policy::allows(&call.actor, action, &target) {
        return Ok(found);
    }
    if policy::allows(&call.actor, Action::Read, &target) {
        let admins = store::admins(db, found.id)?.join(", ");
        return Err(Error::forbidden(format!("only an admin of the organization {} may do this; ask {admins}", found.name)));
    }
    Err(missing())
}

/// Creates an organization; the caller becomes its admin.
///
/// # Errors
/// `Forbidden` unless the caller administers the server; `Invalid` or `Conflict` for the name.
pub fn create(tx: &Tx<'_>, call: &Call, name: &str) -> Result<Entity> {
    policy::require(&call.actor, Action::Manage, &Target::Site)?;
    let id = accounts::create_organization(tx, call, Name::parse(name.trim())?.as_str())?;
    if let Some(account) = call.actor.account {
        store::set_role(tx, id, account, OrganizationRole::Admin, call.now)?;
        licence_store::set_contact(tx, id, account, true)?;
    }
    teams::entity(tx, id)?.ok_or_else(|| Error::internal("an organization is gone that was just made"))
}

/// Deletes an organization that has no teams any more. Its people keep their accounts; its name stays taken.
///
/// # Errors
/// `Forbidden` unless the caller administers the server; `Conflict` while it has teams, and for the last organization.
pub fn delete(tx: &Tx<'_>, call: &Call, name: &str) -> Result<()> {
    policy::require(&call.actor, Action::Manage, &Target::Site)?;
    let organization = require(tx, call, Action::Manage, name)?;
    let count = store::teams(tx, organization.id)?;
    if count > 0 {
        return Err(Error::conflict(format!("the organization {} has {count} teams; delete them first", organization.name)));
    }
    if store::all(tx)?.len() == 1 {
        return Err(Error::conflict("this is the only organization of the server; people and new teams belong to it"));
    }
    store::delete(tx, organization.id, call.now)?;
    record(tx, call, &organization, "organization.delete", &json!({}))
}

/// User names of a few active admins, to say whom to ask.
pub fn admins(db: &Reader<'_>, organization: EntityId) -> Result<Vec<String>> {
    store::admins(db, organization)
}

/// One of the people of an organization.
pub fn person(db: &Reader<'_>, call: &Call, organization: EntityId, account: Account) -> Result<Person> {
    policy::require(&call.actor, Action::Read, &Target::Entity(organization))?;
    let missing = || Error::not_found(format!("member {}", account.username));
    let (role, joined_at, by_directory) = store::membership(db, organization, account.id)?.ok_or_else(missing)?;
    let teams = seats_shown(db, call, organization, account.id)?;
    Ok(Person { account, role, joined_at, by_directory, teams })
}

/// The seats of a person in teams that the caller may know of.
fn seats_shown(db: &Reader<'_>, call: &Call, organization: EntityId, account: AccountId) -> Result<Vec<(String, TeamRole)>> {
    let mut seats = store::seats_of(db, organization, account)?;
    seats.retain(|seat| {
        let card = Target::Card { team: seat.team, organization: Some(organization), hidden: seat.hidden };
        policy::allows(&call.actor, Action::Read, &card)
    });
    Ok(seats.into_iter().map(|seat| (seat.name, seat.role)).collect())
}

/// How many people count.
pub fn seats(db: &Reader<'_>, call: &Call, organization: EntityId) -> Result<Seats> {
    policy::require(&call.actor, Action::Read, &Target::Entity(organization))?;
    store::seats(db, organization)
}

/// The role of an account in an organization, for showing.
pub fn role_of(db: &Reader<'_>, organization: EntityId, account: AccountId) -> Result<Option<OrganizationRole>> {
    store::role(db, organization, account)
}

/// Takes a person into an organization, or changes their role. True if they were not in it.
///
/// # Errors
/// `Forbidden` or `NotFound` by the policy; `NotFound` for an unknown user name; `Invalid` for a service account; `Conflict` if
/// the organization would lose its last admin.
pub fn set_member(tx: &Tx<'_>, call: &Call, organization: &Entity, username: &str, role: OrganizationRole) -> Result<bool> {
    policy::require(&call.actor, Action::Manage, &Target::Entity(organization.id))?;
    let account = accounts::by_username(tx, username)?.filter(|account| account.deactivated_at.is_none());
    let account = account.ok_or_else(|| Error::not_found(format!("account {username}")))?;
    if account.kind == AccountKind::Service {
        return Err(Error::invalid(format!("{username} is a service account; only people have roles in an organization")));
    }
    let before = store::role(tx, organization.id, account.id)?;
    if let Some(rule) = store::directory_rule(tx, organization.id, account.id)? {
        return Err(of_directory(organization, &account, &rule));
    }
    if before == Some(role) {
        return Ok(false);
    }
    if before == Some(OrganizationRole::Admin) {
        require_other_admin(tx, organization, &account)?;
    }
    store::set_role(tx, organization.id, account.id, role, call.now)?;
    if before.is_some() {
        accounts::sessions::end_all(tx, call, account.id)?;
    }
    let action = if before.is_some() { "organization.change_role" } else { "organization.add_member" };
    let before_text = before.map(OrganizationRole::as_str);
    let details = json!({ "member": account.username, "role": role.as_str(), "before": before_text });
    record(tx, call, organization, action, &details)?;
    Ok(before.is_none())
}

/// Takes a person out of an organization and of its teams; one may leave by oneself. What they logged stays.
///
/// # Errors
/// As [`set_member`]; `Conflict` too if a team would lose its last admin.
pub fn remove_member(tx: &Tx<'_>, call: &Call, organization: &Entity, username: &str) -> Result<()> {
    let missing = || Error::not_found(format!("member {username}"));
    let account = accounts::by_username(tx, username)?;
    let leaves = account.as_ref().is_some_and(|account| call.actor.account == Some(account.id));
    if !leaves {
        policy::require(&call.actor, Action::Manage, &Target::Entity(organization.id))?;
    }
    let account = account.ok_or_else(missing)?;
    let role = store::role(tx, organization.id, account.id)?.ok_or_else(missing)?;
    if let Some(rule) = store::directory_rule(tx, organization.id, account.id)? {
        return Err(of_directory(organization, &account, &rule));
    }
    if role == OrganizationRole::Admin {
        require_other_admin(tx, organization, &account)?;
    }
    licence::require_other_contact(tx, organization, &account)?;
    for seat in store::seats_of(tx, organization.id, account.id)? {
        if let Some(team) = teams::entity(tx, seat.team)? {
            teams::unseat(tx, call, &team, &account)?;
        }
    }
    store::delete_role(tx, organization.id, account.id)?;
    accounts::sessions::end_all(tx, call, account.id)?;
    let details = json!({ "member": account.username, "role": role.as_str() });
    record(tx, call, organization, "organization.remove_member", &details)
}

/// Makes an account admin of an organization by a rule of the directory, or takes that back. For the directory, who judged it.
///
/// # Errors
/// `Conflict` if the organization would lose its last admin.
pub(in crate::domain) fn set_directory_rule(
    tx: &Tx<'_>,
    call: &Call,
    organization: &Entity,
    account: &Account,
    rule: Option<&str>,
) -> Result<()> {
    accounts::belong(tx, call, organization.id, account)?;
    let before = store::role(tx, organization.id, account.id)?;
    // What it would be is known only once it is.
    store::set_directory_rule(tx, organization.id, account.id, rule)?;
    let role = store::role(tx, organization.id, account.id)?;
    if before == role {
        return Ok(());
    }
    if before == Some(OrganizationRole::Admin) && account.deactivated_at.is_none() {
        require_other_admin(tx, organization, account)?;
    }
    accounts::sessions::end_all(tx, call, account.id)?;
    let text = |role: Option<OrganizationRole>| role.map(OrganizationRole::as_str);
    let details = json!({ "member": account.username, "role": text(role), "before": text(before) });
    record(tx, call, organization, "organization.change_role", &details)
}

/// The rule of the directory that makes an account admin of an organization, if one does.
pub(in crate::domain) fn directory_rule(db: &Reader<'_>, organization: &Entity, account: AccountId) -> Result<Option<String>> {
    store::directory_rule(db, organization.id, account)
}

/// Lets an account make teams in an organization by a rule of the directory, or no more. For the directory, who judged it.
pub(in crate::domain) fn let_make_teams(
    tx: &Tx<'_>,
    call: &Call,
    organization: &Entity,
    account: &Account,
    rule: Option<&str>,
) -> Result<()> {
    accounts::belong(tx, call, organization.id, account)?;
    store::set_makes_teams_by(tx, organization.id, account.id, rule)?;
    let details = json!({ "member": account.username, "allowed": rule.is_some() });
    record(tx, call, organization, "organization.let_make_teams", &details)
}

/// The rule of the directory by which an account makes teams in an organization, if there is one.
pub(in crate::domain) fn makes_teams_by(db: &Reader<'_>, organization: &Entity, account: AccountId) -> Result<Option<String>> {
    store::makes_teams_by(db, organization.id, account)
}

/// Everybody who makes teams by a rule of the directory: organization, account and rule, for the directory.
pub(in crate::domain) fn all_makers_of_teams(db: &Reader<'_>) -> Result<Vec<(EntityId, AccountId, String)>> {
    store::all_makers_of_teams(db)
}

/// An admin of an organization.
pub(in crate::domain) struct Admin {
    pub organization: EntityId,
    pub account: AccountId,
    /// What they are without the directory.
    pub by_hand: OrganizationRole,
    /// The rule of the directory that makes them admin, if one does.
    pub rule: Option<String>,
}

/// Everybody who is admin of an organization, for the directory.
pub(in crate::domain) fn all_admins(db: &Reader<'_>) -> Result<Vec<Admin>> {
    store::all_admins(db)
}

/// Records that the caller did something to an organization.
fn record(tx: &Tx<'_>, call: &Call, organization: &Entity, action: &str, details: &Value) -> Result<()> {
    audit::record(tx, call, action, "entity", organization.id.get(), &organization.name, details)
}

fn of_directory(organization: &Entity, account: &Account, rule: &str) -> Error {
    Error::conflict(format!(
        "{} is admin of the organization {} by the group {rule} of the directory; change it there",
        account.username, organization.name
    ))
}

fn require_other_admin(tx: &Tx<'_>, organization: &Entity, account: &Account) -> Result<()> {
    if store::other_admins(tx, organization.id, account.id)? == 0 {
        return Err(Error::conflict(format!(
            "{} is the last admin of the organization {}; make somebody else admin first",
            account.username, organization.name
        )));
    }
    Ok(())
}
