//! Accounts of automation: of a team, or of an organization and so of all its teams. They have keys, no password, no seat
//! that is counted, and may log on behalf of a member.

mod store;

use std::time::Duration;

use serde_json::json;

use super::accounts::names::Name;
use super::accounts::{self, Account, AccountKind, NewKey, life};
use super::teams::{self, Entity, EntityKind};
use super::{Call, audit};
use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::error::{Error, Result};
use crate::id::{AccountId, EntityId};
use crate::policy::{self, Action, Target, TeamRole};
use crate::secret::Secret;

const PURPOSE_CHARS_MAX: usize = 512;
/// How long who made a service account through the client may read its secret: the client asks for it with a second request.
const FRESH: Duration = Duration::from_secs(5 * 60);

/// What a new service account is made of.
#[derive(Clone, Debug)]
pub struct New {
    pub name: String,
    /// What it is for, for people.
    pub purpose: String,
    /// Of an organization's: the team whose members it may act for, and where its runs go that name no entity.
    pub default_team: Option<String>,
}

/// A service account as it is listed.
#[derive(Clone, Debug)]
pub struct ServiceAccount {
    pub account: Account,
    pub purpose: String,
    /// The team or organization it works for.
    pub home: String,
}

/// Creates a service account of a team or of an organization with one API key. The secret is returned this once.
///
/// # Errors
/// `NotFound` or `Forbidden` by the policy; `Invalid` or `Conflict` for the name; `Invalid` for an organization's without a
/// default team.
pub fn create(tx: &Tx<'_>, call: &Call, home: &Entity, new: &New) -> Result<(Account, Secret)> {
    policy::require(&call.actor, Action::Manage, &Target::Entity(home.id))?;
    let purpose = new.purpose.trim();
    if purpose.chars().count() > PURPOSE_CHARS_MAX {
        return Err(Error::invalid(format!("the purpose has at most {PURPOSE_CHARS_MAX} characters")));
    }
    let default_team = default_team(tx, home, new.default_team.as_deref())?;
    let account = accounts::create_service(tx, call, &new.name)?;
    store::set_home(tx, account.id, home.id, purpose, default_team)?;
    match home.kind {
        EntityKind::Team => {
            teams::give_seat(tx, call, home.id, &account, TeamRole::Service)?;
        }
        _ => {
            let details = json!({ "service": account.username });
            audit::record(tx, call, "organization.add_service", "entity", home.id.get(), &home.name, &details)?;
        }
    }
    let key = NewKey { account: account.id, name: account.username.clone(), expires_at: None, import: None };
    let (_, secret) = accounts::keys::issue(tx, call, &key)?;
    Ok((account, secret))
}

/// As [`create`], named after its description as the client does it. Who made it may read the secret for five minutes.
pub fn create_described(tx: &Tx<'_>, call: &Call, home: &Entity, description: &str) -> Result<Account> {
    let maker = call.actor.signed_in()?;
    let base = Name::near(description).or_else(|_| Name::parse("service"))?;
    let name = accounts::free_name(tx, &base)?.as_str().to_owned();
    let new = New { name, purpose: description.to_owned(), default_team: None };
    let (account, secret) = create(tx, call, home, &new)?;
    store::delete_stale(tx, call.now)?;
    store::insert_fresh(tx, account.id, maker, &secret, call.now.plus(FRESH))?;
    Ok(account)
}

/// The secret of a service account that the caller made a moment ago.
pub fn fresh_secret(db: &Reader<'_>, call: &Call, account: AccountId) -> Result<Option<Secret>> {
    call.actor.account.map_or(Ok(None), |maker| store::fresh(db, account, maker, call.now))
}

/// Forgets the secrets that nobody may read any more.
pub fn forget_stale(tx: &Tx<'_>, now: Timestamp) -> Result<()> {
    store::delete_stale(tx, now)
}

/// Service accounts of a team or organization, by name.
pub fn list(db: &Reader<'_>, call: &Call, home: &Entity) -> Result<Vec<ServiceAccount>> {
    policy::require(&call.actor, Action::Read, &Target::Entity(home.id))?;
    let mut found = Vec::new();
    for (id, purpose) in store::of_home(db, home.id)? {
        let account = accounts::find(db, id)?.ok_or_else(|| Error::internal(format!("no account {id}")))?;
        found.push(ServiceAccount { account, purpose, home: home.name.clone() });
    }
    Ok(found)
}

/// Deletes a service account with its keys. What it logged stays.
pub fn delete(tx: &Tx<'_>, call: &Call, home: &Entity, username: &str) -> Result<()> {
    policy::require(&call.actor, Action::Manage, &Target::Entity(home.id))?;
    let missing = || Error::not_found(format!("service account {username}"));
    let account = accounts::by_username(tx, username)?.filter(|account| account.kind == AccountKind::Service);
    let account = account.filter(|account| account.home_id == Some(home.id)).ok_or_else(missing)?;
    life::delete_service(tx, call, &account)
}

fn default_team(tx: &Tx<'_>, home: &Entity, wanted: Option<&str>) -> Result<Option<EntityId>> {
    match (home.kind, wanted) {
        (EntityKind::Team, None) => Ok(None),
        (EntityKind::Team, Some(_)) => Err(Error::invalid("the default team of a team's service account is the team itself")),
        (EntityKind::Organization, None) => Err(Error::invalid(
            "a service account of the organization needs default_team: where its runs go that name no entity",
        )),
        (EntityKind::Organization, Some(name)) => {
            let team = teams::entity_by_name(tx, name)?.filter(|team| team.organization_id == Some(home.id));
            let team = team.filter(|team| team.kind == EntityKind::Team);
            Ok(Some(team.ok_or_else(|| Error::not_found(format!("team {name} of {}", home.name)))?.id))
        }
        (EntityKind::User, _) => Err(Error::invalid("a personal space has no service accounts; create one in a team")),
    }
}
