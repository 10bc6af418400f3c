//! Entities, the namespaces of projects, and who has which seat in a team.

pub mod avatar;
mod avatar_store;
pub mod entering;
mod entering_store;
mod model;
pub mod settings;
mod store;
pub mod trash;

use serde_json::json;

pub use model::{AtStake, Entity, EntityKind, Given, Grants, Managed, Member, Stake};

use super::accounts::names::{Name, key_of};
use super::accounts::{self, Account, AccountKind};
use super::{Call, audit};
use crate::db::{Reader, Tx};
use crate::error::{Error, Result};
use crate::id::{AccountId, EntityId};
use crate::page::{Cursor, Page};
use crate::policy::{self, Action, Target, TeamRole};

/// The entity with that name, in any case of letters, whoever asks.
pub fn entity_by_name(db: &Reader<'_>, name: &str) -> Result<Option<Entity>> {
    store::by_key(db, &key_of(name))
}

/// The entity with that id, whoever asks.
pub fn entity(db: &Reader<'_>, id: EntityId) -> Result<Option<Entity>> {
    store::by_id(db, id)
}

/// Whether the caller may know that there is such an entity. Personal spaces are as known as their people.
pub fn is_known(call: &Call, entity: &Entity) -> bool {
    match entity.kind {
        EntityKind::User => true,
        EntityKind::Team => policy::allows(&call.actor, Action::Read, &entity.card()),
        EntityKind::Organization => policy::allows(&call.actor, Action::Read, &Target::Entity(entity.id)),
    }
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

/// Refuses that something new begins in a personal space where the organization has switched these off. What lies there stays
/// to be read, and runs that have begun go on.
pub(in crate::domain) fn require_space(db: &Reader<'_>, call: &Call, entity: &Entity) -> Result<()> {
    if entity.kind != EntityKind::User {
        return Ok(());
    }
    let Some(organization) = organization_of(db, entity.id)?.filter(|organization| !organization.personal_spaces) else {
        return Ok(());
    };
    let teams = call.actor.author().map(|account| store::teams_of(db, account)).transpose()?.unwrap_or_default();
    let teams: Vec<&str> = teams.iter().map(|team| team.name.as_str()).collect();
    let instead = match teams.as_slice() {
        [] => "ask an admin of a team for a seat in it".to_owned(),
        names => format!("log to a team instead, as in wandb.init(entity=\"{}\"); yours: {}", names[0], names.join(", ")),
    };
    Err(Error::forbidden(format!("personal spaces are switched off in the organization {}: {instead}", organization.name)))
}

/// Creates a team in an organization, without one in the oldest; the caller, or the person named `admin`, becomes its admin.
///
/// # Errors
/// `Forbidden`, naming whom to ask, unless the caller administers the organization or the server, or is one of its members and
/// these may make teams; `NotFound` for the organization; `Invalid` or `Conflict` for the name.
pub fn create(tx: &Tx<'_>, call: &Call, organization: Option<&str>, name: &str, admin: Option<&str>) -> Result<Entity> {
    call.actor.known()?;
    let organization = match organization {
        Some(wanted) => store::by_key(tx, &key_of(wanted))?
            .filter(|entity| entity.kind == EntityKind::Organization)
            .filter(|entity| policy::allows(&call.actor, Action::Read, &Target::Entity(entity.id)))
            .ok_or_else(|| Error::not_found(format!("organization {wanted}")))?,
        None => store::first_organization(tx)?
            .ok_or_else(|| Error::conflict("this server has no organization yet; it is made when the server is set up"))?,
    };
    if !policy::allows(&call.actor, Action::Write, &organization.teams()) {
        let admins = store::organization_admins(tx, organization.id)?.join(", ");
        return Err(Error::forbidden(format!("only an organization admin creates teams; ask {admins}")));
    }
    let name = Name::parse(name.trim())?;
    if accounts::name_taken(tx, &name)? {
        return Err(Error::conflict(format!("the name {name} is taken by a person, team or organization")));
    }
    let admin = match admin {
        Some(username) => member_to_be(tx, username)?,
        None => accounts::find(tx, call.actor.signed_in()?)?.ok_or_else(|| Error::not_found("account"))?,
    };
    require_fitting(&admin, TeamRole::Admin)?;
    let id = store::insert_team(tx, name.as_str(), &name.key(), organization.id, call.now)?;
    store::set_grants(tx, id, admin.id, TeamRole::Admin, &Grants::by_hand(TeamRole::Admin), call.now)?;
    audit::record(tx, call, "team.create", "entity", id.get(), name.as_str(), &json!({ "admin": admin.username }))?;
    store::by_id(tx, id)?.ok_or_else(|| Error::internal("a team is gone that was just made"))
}

/// The caller takes a seat in a team that they may manage without being in it, as an administrator of the server may.
pub fn join(tx: &Tx<'_>, call: &Call, team: EntityId, role: TeamRole) -> Result<bool> {
    let caller = call.actor.signed_in()?;
    let account = accounts::find(tx, caller)?.ok_or_else(|| Error::not_found("account"))?;
    seat(tx, call, team, &account, role)
}

/// Gives a person or service account a seat, or changes the role of the one they have. True if they had none.
///
/// # Errors
/// `Forbidden` or `NotFound` by the policy; `NotFound` for an unknown user name; `Invalid` for a role that does not fit the
/// account; `Conflict` if the team would lose its last admin, or the directory gives a greater role.
pub fn add_member(tx: &Tx<'_>, call: &Call, team: EntityId, username: &str, role: TeamRole) -> Result<bool> {
    // Judged first: who may not manage the team shall not learn who has an account.
    policy::require(&call.actor, Action::Manage, &Target::Entity(team))?;
    let account = member_to_be(tx, username)?;
    seat(tx, call, team, &account, role)
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
    store::seat(tx, team, account.id)?.ok_or_else(missing)?;
    unseat(tx, call, &entity, &account)
}

/// Takes the seat of an account, if it has one. For siblings, who judged the caller.
///
/// # Errors
/// `Conflict` for the last admin of the team, and for a seat that the directory gives.
pub(in crate::domain) fn unseat(tx: &Tx<'_>, call: &Call, team: &Entity, account: &Account) -> Result<()> {
    let grants = store::grants(tx, team.id, account.id)?;
    if let Some(given) = &grants.directory {
        return Err(of_directory(team, account, given));
    }
    settle(tx, call, team, account, &grants, &Grants::default())
}

/// Makes a seat come from what `grants` says; from nothing, it is gone. For the directory, who judged the change.
///
/// # Errors
/// `Conflict` if the team would lose its last admin.
pub(in crate::domain) fn set_grants(tx: &Tx<'_>, call: &Call, team: &Entity, account: &Account, grants: &Grants) -> Result<()> {
    let before = store::grants(tx, team.id, account.id)?;
    settle(tx, call, team, account, &before, grants)
}

/// Where the seat of an account comes from, for the directory.
pub(in crate::domain) fn grants(db: &Reader<'_>, team: EntityId, account: AccountId) -> Result<Grants> {
    store::grants(db, team, account)
}

/// All seats of people in all teams, for the directory.
pub(in crate::domain) fn all_grants(db: &Reader<'_>) -> Result<Vec<(EntityId, AccountId, Grants)>> {
    store::all_grants(db)
}

/// Says of a team who in the directory decides who is in it. For the directory, who judged it.
pub(in crate::domain) fn set_managed(tx: &Tx<'_>, call: &Call, team: &Entity, managed: Option<&Managed>) -> Result<()> {
    store::set_managed(tx, team.id, managed)?;
    let details = json!({ "before": team.managed, "after": managed });
    audit::record(tx, call, "team.change_directory", "entity", team.id.get(), &team.name, &details)
}

/// All teams of which the directory says who is in them, for the directory.
pub(in crate::domain) fn all_managed(db: &Reader<'_>) -> Result<Vec<(EntityId, Managed)>> {
    store::all_managed(db)
}

/// Refuses to let people give seats where groups of the directory alone decide; administrators of the server may.
///
/// # Errors
/// `Conflict` with the groups and whom to ask.
pub fn require_open(call: &Call, team: &Entity) -> Result<()> {
    match team.managed.as_ref().filter(|managed| managed.locked && !call.actor.site_admin) {
        Some(managed) => Err(Error::conflict(format!("who is in the team {} is {}", team.name, managed.in_words()))),
        None => Ok(()),
    }
}

/// The one place where seats change.
fn settle(tx: &Tx<'_>, call: &Call, team: &Entity, account: &Account, before: &Grants, after: &Grants) -> Result<()> {
    let (was, is) = (before.role(), after.role());
    // Who is locked out leads nothing, so nothing is lost with them.
    if was == Some(TeamRole::Admin) && is != was && account.deactivated_at.is_none() {
        require_other_admin(tx, team, account)?;
    }
    let Some(role) = is else {
        let Some(role) = was else { return Ok(()) };
        store::delete_seat(tx, team.id, account.id)?;
        accounts::forget_default_entity(tx, account.id, team.id)?;
        let details = json!({ "member": account.username, "role": role.as_str() });
        return audit::record(tx, call, "team.remove_member", "entity", team.id.get(), &team.name, &details);
    };
    if let (Some(organization), AccountKind::User) = (team.organization_id, account.kind) {
        accounts::belong(tx, call, organization, account)?;
    }
    store::set_grants(tx, team.id, account.id, role, after, call.now)?;
    if role == TeamRole::ViewOnly {
        accounts::forget_default_entity(tx, account.id, team.id)?;
    }
    let action = if was.is_some() { "team.change_role" } else { "team.add_member" };
    let details = json!({ "member": account.username, "role": role.as_str(), "before": was.map(TeamRole::as_str) });
    audit::record(tx, call, action, "entity", team.id.get(), &team.name, &details)
}

fn of_directory(team: &Entity, account: &Account, given: &Given) -> Error {
    Error::conflict(format!(
        "{} is {} of the team {} by the group {} of the directory; change it there",
        account.username,
        given.role.as_str(),
        team.name,
        given.rule
    ))
}

/// Everybody with a seat, in the order they joined; of a personal entity, its person.
pub fn members(db: &Reader<'_>, call: &Call, id: EntityId) -> Result<Vec<Member>> {
    let page = members_page(db, call, id, None, usize::MAX - 1)?;
    Ok(page.items.into_iter().map(|(_, member)| member).collect())
}

/// As [`members`], a page at a time.
pub fn members_page(db: &Reader<'_>, call: &Call, id: EntityId, after: Option<&str>, first: usize) -> Result<Page<Member>> {
    policy::require(&call.actor, Action::Read, &Target::Entity(id))?;
    let entity = store::by_id(db, id)?.ok_or_else(|| Error::not_found("entity"))?;
    let after: (i64, i64) = after.map(Cursor::decode).transpose()?.unwrap_or((i64::MIN, 0));
    let mut seats = match entity.kind {
        EntityKind::User => {
            let owner = store::owner_of_personal(db, id)?;
            let own =
                |account| store::Seat { account, role: TeamRole::Admin, joined_at: entity.created_at, directory_rule: None };
            owner.map(own).into_iter().collect()
        }
        EntityKind::Team | EntityKind::Organization => store::members(db, id, after, first + 1)?,
    };
    let has_next = seats.len() > first;
    seats.truncate(first);
    let mut items = Vec::with_capacity(seats.len());
    for seat in seats {
        let id = seat.account;
        let account = accounts::find(db, id)?.ok_or_else(|| Error::internal(format!("no account {id} for a seat")))?;
        items.push((Cursor::encode(&(seat.joined_at.micros(), id.get())), Member::of(account, seat)));
    }
    Ok(Page { items, has_next })
}

/// How many active people and service accounts have a seat.
pub fn member_count(db: &Reader<'_>, id: EntityId) -> Result<i64> {
    store::member_count(db, id)
}

/// The teams of an organization that the caller may know of, by name, a page at a time.
pub fn of_organization(
    db: &Reader<'_>,
    call: &Call,
    organization: EntityId,
    after: Option<&str>,
    first: usize,
) -> Result<Page<Entity>> {
    policy::require(&call.actor, Action::Read, &Target::Entity(organization))?;
    let mut place: String = after.map(Cursor::decode).transpose()?.unwrap_or_default();
    let mut items = Vec::new();
    // Hidden teams are few; reading on until the page is full keeps the cursor honest.
    loop {
        let batch = store::of_organization(db, organization, false, &place, first + 1)?;
        let full = batch.len() > first;
        for team in batch {
            place = key_of(&team.name);
            if !policy::allows(&call.actor, Action::Read, &team.card()) {
                continue;
            }
            if items.len() == first {
                return Ok(Page { items, has_next: true });
            }
            items.push((Cursor::encode(&place), team));
        }
        if !full {
            return Ok(Page { items, has_next: false });
        }
    }
}

/// The team of that name, for this action; whoever may only know of it may read its card.
///
/// # Errors
/// `NotFound` if there is none or the caller may not know of it; `Forbidden` if they may only look.
pub fn require(db: &Reader<'_>, call: &Call, action: Action, name: &str) -> Result<Entity> {
    call.actor.known()?;
    let missing = || Error::not_found(format!("team {name}"));
    let team = store::by_key(db, &key_of(name))?.filter(|entity| entity.kind == EntityKind::Team).ok_or_else(missing)?;
    match policy::require(&call.actor, action, &Target::Entity(team.id)) {
        Ok(()) => Ok(team),
        Err(Error::NotFound(_)) if !policy::allows(&call.actor, Action::Read, &team.card()) => Err(missing()),
        Err(Error::NotFound(_)) if action == Action::Read => Ok(team),
        Err(Error::NotFound(_)) => Err(Error::forbidden(format!("you are not a member of the team {}", team.name))),
        Err(error) => Err(error),
    }
}

/// The seat of an account in a team, for showing.
pub fn member(db: &Reader<'_>, team: &Entity, account: AccountId) -> Result<Option<Member>> {
    let Some(seat) = store::member(db, team.id, account)? else {
        return Ok(None);
    };
    Ok(accounts::find(db, account)?.map(|account| Member::of(account, seat)))
}

/// User names of a few active admins of a team, to say whom to ask.
pub fn admins(db: &Reader<'_>, team: EntityId) -> Result<Vec<String>> {
    store::admins(db, team)
}

/// Somebody with a seat, what they made in the team and what works by it: for themselves, and for those who may take the seat away.
///
/// # Errors
/// `NotFound` or `Forbidden` by the policy; `NotFound` if they have no seat.
pub fn stake(db: &Reader<'_>, call: &Call, team: &Entity, username: &str) -> Result<(Member, AtStake)> {
    let missing = || Error::not_found(format!("member {username}"));
    let account = accounts::by_username(db, username)?;
    if account.as_ref().is_none_or(|account| call.actor.account != Some(account.id)) {
        policy::require(&call.actor, Action::Manage, &Target::Entity(team.id))?;
    }
    let account = account.ok_or_else(missing)?;
    let member = member(db, team, account.id)?.ok_or_else(missing)?;
    let keys = accounts::keys_by_seat(db, account.id, team.id)?;
    Ok((member, AtStake { made: store::stake(db, team.id, account.id)?, keys }))
}

/// What somebody made anywhere, with their teams and the role in each: for themselves, and for those who manage their account.
///
/// # Errors
/// `NotFound` or `Forbidden` by the policy.
pub fn stake_everywhere(db: &Reader<'_>, call: &Call, account: &Account) -> Result<(Vec<(Entity, TeamRole)>, Stake)> {
    policy::require(&call.actor, Action::Read, &account.target())?;
    let mut seats = Vec::new();
    for team in store::teams_of(db, account.id)? {
        let role = store::seat(db, team.id, account.id)?;
        seats.extend(role.map(|role| (team, role)));
    }
    Ok((seats, store::stake_everywhere(db, account.id)?))
}

/// Who the caller's new runs in an entity are attributed to: a service account acts for members of this very team only.
pub(in crate::domain) fn author_in(db: &Reader<'_>, call: &Call, entity: &Entity) -> Result<Option<AccountId>> {
    match call.actor.acting_for {
        Some(person) if store::seat(db, entity.id, person)?.is_none() => Ok(call.actor.account),
        _ => Ok(call.actor.author()),
    }
}

/// The role of an account in an entity, for showing; what it allows is for the policy to say.
pub fn role_of(db: &Reader<'_>, entity: &Entity, account: AccountId) -> Result<Option<TeamRole>> {
    match entity.kind {
        EntityKind::User => Ok(store::owner_of_personal(db, entity.id)?.filter(|id| *id == account).map(|_| TeamRole::Admin)),
        EntityKind::Team | EntityKind::Organization => store::seat(db, entity.id, account),
    }
}

fn seat(tx: &Tx<'_>, call: &Call, team: EntityId, account: &Account, role: TeamRole) -> Result<bool> {
    policy::require(&call.actor, Action::Manage, &Target::Entity(team))?;
    give_seat(tx, call, team, account, role)
}

/// As [`add_member`], for siblings, who judged the caller.
pub(in crate::domain) fn give_seat(
    tx: &Tx<'_>,
    call: &Call,
    team: EntityId,
    account: &Account,
    role: TeamRole,
) -> Result<bool> {
    let entity = team_to_change(tx, team)?;
    require_fitting(account, role)?;
    let before = store::grants(tx, team, account.id)?;
    if before.hand == Some(role) && before.role() == Some(role) {
        return Ok(false);
    }
    if account.kind == AccountKind::User {
        require_open(call, &entity)?;
    }
    if let Some(given) = before.directory.as_ref().filter(|given| given.role > role) {
        return Err(of_directory(&entity, account, given));
    }
    let after = Grants { hand: Some(role), directory: before.directory.clone() };
    settle(tx, call, &entity, account, &before, &after)?;
    Ok(before.role().is_none())
}

/// The team with that id, whoever asks.
pub(in crate::domain) fn require_team(tx: &Tx<'_>, id: EntityId) -> Result<Entity> {
    team_to_change(tx, id)
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
