//! People and service accounts, and how they prove who they are.

mod actor_store;
pub mod faces;
mod former;
mod key_store;
pub mod keys;
pub mod life;
mod link_store;
pub mod links;
mod model;
pub mod names;
pub mod passwords;
pub mod people;
mod seat_store;
mod session_store;
pub mod sessions;
mod store;

use std::time::Duration;

use serde_json::json;

pub(in crate::domain) use former::Former;
pub(in crate::domain) use keys::keys_by_seat;
pub use keys::{actor_of_key, create_key, keys, revoke_key};
pub use model::{Account, AccountKind, ApiKey, Credential, NewAccount, NewKey, Touch};
pub use sessions::{actor_of_session, sign_in, sign_out};

use super::{Call, audit};
use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::error::{Error, Result};
use crate::id::{AccountId, EntityId};
use crate::policy::{self, Action, Actor, Target};
use names::{Name, check_email, key_of};

/// The uses of a credential are noted at most this often: they are for people to read, not for a clock.
const TOUCH_EVERY: Duration = Duration::from_secs(60);
const SEARCH_MAX: usize = 100;

/// Whether there is no administrator yet, so that nobody can use the server.
pub fn needs_setup(db: &Reader<'_>) -> Result<bool> {
    Ok(!store::has_administrator(db)?)
}

/// The account with that id, whoever asks.
pub fn find(db: &Reader<'_>, id: AccountId) -> Result<Option<Account>> {
    store::find(db, id)
}

/// The person who asks, for what service accounts have none of (`what`: "stars").
///
/// # Errors
/// `Unauthenticated`; `Forbidden` for a service account.
pub fn require_person(db: &Reader<'_>, call: &Call, what: &str) -> Result<Account> {
    let account = store::find(db, call.actor.signed_in()?)?.ok_or_else(|| Error::not_found("account"))?;
    match account.kind {
        AccountKind::User => Ok(account),
        AccountKind::Service => Err(Error::forbidden(format!("service accounts have no {what}: these are for people"))),
    }
}

/// The account with that user name, in any case of letters, whoever asks.
pub fn by_username(db: &Reader<'_>, username: &str) -> Result<Option<Account>> {
    store::by_username(db, &key_of(username))
}

/// Active accounts whose user name or mail address starts with `query`: whose is just that first, then by user name, at most
/// `limit` (100). For people who are signed in.
pub fn search(db: &Reader<'_>, call: &Call, query: &str, limit: usize) -> Result<Vec<Account>> {
    call.actor.signed_in()?;
    let limit = i64::try_from(limit.min(SEARCH_MAX)).expect("a hundred fits");
    store::search(db, &key_of(query), limit)
}

/// What the policy judges the account by.
///
/// # Errors
/// `Unauthenticated` if there is no such account or it is deactivated.
pub fn actor(db: &Reader<'_>, id: AccountId) -> Result<Actor> {
    actor_store::actor(db, id)?
        .ok_or_else(|| Error::unauthenticated("this account is deactivated; ask an administrator of this server"))
}

/// Whether every role of a person is view-only, and no organization of theirs lets such people have API keys.
pub fn only_looks(db: &Reader<'_>, id: AccountId) -> Result<bool> {
    Ok(seat_store::only_looks(db, id)? && !seat_store::may_read_by_key(db, id)?)
}

/// Notes the member that a service account says it acts for: an active person who shares a team with it. Of a name that is
/// nobody's there it is noted that it was said; whatever a person's own key says counts for nothing.
pub fn act_for(db: &Reader<'_>, actor: &mut Actor, username: Option<&str>, email: Option<&str>) -> Result<()> {
    let Some(id) = actor.account else {
        return Ok(());
    };
    if store::find(db, id)?.is_none_or(|account| account.kind != AccountKind::Service) {
        return Ok(());
    }
    let username = username.map(key_of).filter(|key| !key.is_empty());
    let email = email.map(key_of).filter(|key| !key.is_empty());
    let Some(said) = username.clone().or_else(|| email.clone()) else {
        return Ok(());
    };
    actor.acting_for = actor_store::teammate(db, id, username.as_deref(), email.as_deref())?;
    actor.unheard = actor.acting_for.is_none().then_some(said);
    Ok(())
}

/// Notes the use of a credential, at most once a minute. Not on the path of a request: nobody waits for it.
pub fn touch(tx: &Tx<'_>, account: AccountId, touch: Touch, now: Timestamp, terms: sessions::Terms) -> Result<()> {
    store::set_seen(tx, account, now)?;
    match touch {
        Touch::Key(id) => key_store::set_used(tx, id, now, now.minus(TOUCH_EVERY)),
        Touch::Session(hash) => sessions::seen(tx, &hash, now, terms),
    }
}

/// Whether a person, team or organization has that name already; the names of deleted ones stay taken.
pub fn name_taken(db: &Reader<'_>, name: &Name) -> Result<bool> {
    store::name_taken(db, &name.key())
}

/// The name itself, or the first of `name-2`, `name-3`, … that nobody has.
pub fn free_name(db: &Reader<'_>, wanted: &Name) -> Result<Name> {
    let kept: String = wanted.as_str().chars().take(Name::CHARS_MAX - 8).collect();
    let mut name = wanted.clone();
    let mut number = 1;
    while name_taken(db, &name)? {
        number += 1;
        name = Name::parse(&format!("{kept}-{number}"))?;
    }
    Ok(name)
}

/// Creates a person with a personal entity of the same name, as a member of the organization.
///
/// # Errors
/// `Forbidden` unless the caller administers the server; `Invalid` or `Conflict` for names and mail addresses.
pub fn create(tx: &Tx<'_>, call: &Call, new: &NewAccount) -> Result<Account> {
    policy::require(&call.actor, Action::Manage, &Target::Site)?;
    let organization = seat_store::first_organization(tx)?;
    insert(tx, call, new, organization)
}

/// Creates the account of a person whom the operator's directory vouches for. A mail address that cannot be used or is
/// somebody else's here is left out: it must not keep a person out. For siblings, who judged the person.
pub(in crate::domain) fn create_from_directory(tx: &Tx<'_>, call: &Call, new: &NewAccount) -> Result<Account> {
    let organization = seat_store::first_organization(tx)?
        .ok_or_else(|| Error::conflict("this server has no administrator yet; it can be used once it is set up"))?;
    let email = usable_email(tx, new.email.as_deref(), None)?;
    insert(tx, call, &NewAccount { email, ..new.clone() }, Some(organization))
}

/// Takes over the name and mail address that the operator's directory has for a person; what it does not say stays. Writes
/// nothing if nothing is new. For siblings.
pub(in crate::domain) fn follow_directory(
    tx: &Tx<'_>,
    call: &Call,
    id: AccountId,
    name: Option<&str>,
    email: Option<&str>,
) -> Result<()> {
    let account = store::find(tx, id)?.ok_or_else(|| Error::not_found("account"))?;
    let name = name.unwrap_or(&account.name);
    let email = usable_email(tx, email, Some(id))?.or_else(|| account.email.clone());
    if name == account.name && email == account.email {
        return Ok(());
    }
    store::set_profile(tx, id, name, email.as_deref(), email.as_deref().map(key_of).as_deref())?;
    let details = json!({ "name": name, "email": email, "from": "directory" });
    audit::record(tx, call, "account.update", "account", id.get(), &account.username, &details)
}

/// The address, if it is one and belongs to nobody but `own`.
fn usable_email(tx: &Tx<'_>, email: Option<&str>, own: Option<AccountId>) -> Result<Option<String>> {
    let Some(email) = email.map(str::trim).filter(|email| check_email(email).is_ok()) else {
        return Ok(None);
    };
    let holder = store::by_email(tx, &key_of(email))?;
    Ok(holder.is_none_or(|holder| Some(holder.id) == own).then(|| email.to_owned()))
}

/// Creates an administrator, and the organization with it if there is none. Reserved to the set-up link and to the operator
/// at the command line, who are not judged by the policy.
pub fn install_administrator(tx: &Tx<'_>, call: &Call, new: &NewAccount, organization: &str) -> Result<Account> {
    let organization = match seat_store::first_organization(tx)? {
        Some(found) => found,
        None => create_organization(tx, call, organization)?,
    };
    insert(tx, call, &NewAccount { site_admin: true, ..new.clone() }, Some(organization))
}

/// Creates a service account, which has no personal entity, password or mail address. For siblings, who judged the caller.
pub(in crate::domain) fn create_service(tx: &Tx<'_>, call: &Call, username: &str) -> Result<Account> {
    let username = Name::parse(username.trim())?;
    require_free(tx, &username)?;
    let row = store::AccountRow {
        kind: AccountKind::Service,
        username: username.as_str(),
        username_key: &username.key(),
        name: username.as_str(),
        email: None,
        email_key: None,
        entity: None,
        site_admin: false,
        password_hash: None,
        now: call.now,
    };
    let id = store::insert_account(tx, &row)?;
    audit::record(tx, call, "account.create", "account", id.get(), username.as_str(), &json!({ "kind": "service" }))?;
    store::find(tx, id)?.ok_or_else(|| Error::internal("an account is gone that was just made"))
}

/// Locks the service accounts out that work for a team or organization, which goes for good. For siblings.
pub(in crate::domain) fn end_services_of(tx: &Tx<'_>, home: EntityId, now: Timestamp) -> Result<()> {
    store::deactivate_services_of(tx, home, now)
}

/// Chooses where new projects of the account go; `None` leaves the choice to the server again.
pub fn set_default_entity(tx: &Tx<'_>, call: &Call, account: AccountId, entity: Option<EntityId>) -> Result<()> {
    policy::require(&call.actor, Action::Manage, &Target::Account(account))?;
    if let Some(entity) = entity
        && !seat_store::may_default_to(tx, account, entity)?
    {
        return Err(Error::invalid(
            "new projects can go to a team where one may log, or to the personal space unless the organization has switched these off",
        ));
    }
    store::set_default_entity(tx, account, entity)?;
    let username = store::find(tx, account)?.map_or_else(String::new, |account| account.username);
    let details = json!({ "changed": ["default_entity"] });
    audit::record(tx, call, "account.update", "account", account.get(), &username, &details)
}

/// Forgets the choice of a default entity that the account can no longer use. For siblings, who judged the caller.
pub(in crate::domain) fn forget_default_entity(tx: &Tx<'_>, account: AccountId, entity: EntityId) -> Result<()> {
    let found = store::find(tx, account)?;
    if found.is_some_and(|account| account.default_entity_id == Some(entity)) {
        store::set_default_entity(tx, account, None)?;
    }
    Ok(())
}

/// The account with that mail address, whoever asks.
pub fn by_email(db: &Reader<'_>, email: &str) -> Result<Option<Account>> {
    store::by_email(db, &key_of(email))
}

/// Creates a person who was invited into a team of the organization. For siblings, who judged the invitation.
pub(in crate::domain) fn create_invited(
    tx: &Tx<'_>,
    call: &Call,
    new: &NewAccount,
    organization: Option<EntityId>,
) -> Result<Account> {
    insert(tx, call, new, organization)
}

/// Makes a person belong to an organization, as a member, unless they do. For siblings, who judged the caller.
pub(in crate::domain) fn belong(tx: &Tx<'_>, call: &Call, organization: EntityId, account: &Account) -> Result<()> {
    if seat_store::belongs(tx, organization, account.id)? {
        return Ok(());
    }
    seat_store::insert_organization_member(tx, organization, account.id, "member", call.now)?;
    let details = json!({ "member": account.username, "role": "member" });
    audit::record(tx, call, "organization.add_member", "entity", organization.get(), &account.username, &details)
}

/// Creates an organization with nobody in it. It is called what somebody calls it; its name in addresses follows from that.
/// For siblings, who judged the caller.
pub(in crate::domain) fn create_organization(tx: &Tx<'_>, call: &Call, title: &str) -> Result<EntityId> {
    let name = Name::near(title).or_else(|_| Name::parse("organization"))?;
    require_free(tx, &name)?;
    let row = store::EntityRow {
        kind: "organization",
        name: name.as_str(),
        name_key: &name.key(),
        display_name: title,
        organization: None,
        now: call.now,
    };
    let id = store::insert_entity(tx, &row)?;
    audit::record(tx, call, "organization.create", "entity", id.get(), name.as_str(), &json!({}))?;
    Ok(id)
}

fn insert(tx: &Tx<'_>, call: &Call, new: &NewAccount, organization: Option<EntityId>) -> Result<Account> {
    let username = Name::parse(new.username.trim())?;
    require_free(tx, &username)?;
    let email = new.email.as_deref().map(str::trim).filter(|email| !email.is_empty());
    let email_key = email.map(key_of);
    if let (Some(email), Some(key)) = (email, &email_key) {
        check_email(email)?;
        if store::by_email(tx, key)?.is_some() {
            return Err(Error::conflict(format!("another account has the e-mail address {email}")));
        }
    }
    let entity_row = store::EntityRow {
        kind: "user",
        name: username.as_str(),
        name_key: &username.key(),
        display_name: username.as_str(),
        organization,
        now: call.now,
    };
    let entity = store::insert_entity(tx, &entity_row)?;
    let name = new.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let row = store::AccountRow {
        kind: AccountKind::User,
        username: username.as_str(),
        username_key: &username.key(),
        name: name.unwrap_or(username.as_str()),
        email,
        email_key: email_key.as_deref(),
        entity: Some(entity),
        site_admin: new.site_admin,
        password_hash: new.password_hash.as_deref(),
        now: call.now,
    };
    let id = store::insert_account(tx, &row)?;
    if let Some(organization) = organization {
        let role = if new.site_admin { "admin" } else { "member" };
        seat_store::insert_organization_member(tx, organization, id, role, call.now)?;
    }
    let details = json!({ "site_admin": new.site_admin });
    audit::record(tx, call, "account.create", "account", id.get(), username.as_str(), &details)?;
    store::find(tx, id)?.ok_or_else(|| Error::internal("an account is gone that was just made"))
}

fn require_free(tx: &Tx<'_>, name: &Name) -> Result<()> {
    if name_taken(tx, name)? {
        return Err(Error::conflict(format!("the name {name} is taken by a person, team or organization")));
    }
    Ok(())
}
