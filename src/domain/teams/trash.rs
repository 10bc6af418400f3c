//! Deleting a team and taking it back: a team in the trash keeps its name, people, projects and runs.

use std::time::Duration;

use serde_json::json;

use super::model::{Entity, EntityKind};
use super::{avatar, store};
use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::domain::accounts::names::key_of;
use crate::domain::{Call, accounts, audit, trash_store};
use crate::error::{Error, Result};
use crate::id::EntityId;
use crate::page::{Cursor, Page};
use crate::policy::{self, Action, Target};

/// What a team holds, for who is about to delete it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holdings {
    pub projects: i64,
    pub runs: i64,
    /// Reports and drafts of them.
    pub reports: i64,
}

/// The runs of a team that matter to who is about to delete it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunsHeld {
    /// At work: their processes are told that there is no such run any more.
    pub running: i64,
    /// Locked against deletion.
    pub locked: i64,
}

/// Counts what a team holds.
pub fn holdings(db: &Reader<'_>, team: EntityId) -> Result<Holdings> {
    store::holdings(db, team)
}

/// Counts the runs of a team that are at work, and those that are locked.
pub fn runs_held(db: &Reader<'_>, team: EntityId) -> Result<RunsHeld> {
    let (running, locked) = store::runs_held(db, team)?;
    Ok(RunsHeld { running, locked })
}

/// Puts a team into the trash for `period`. It and what it holds are gone for everybody until it is restored.
///
/// # Errors
/// `NotFound` as the policy says; `Forbidden` unless the caller administers the organization; `Conflict` while a run in it is
/// locked against deletion.
pub fn delete(tx: &Tx<'_>, call: &Call, name: &str, period: Duration) -> Result<()> {
    let team = super::require(tx, call, Action::Read, name)?;
    require_administers(call, &team)?;
    let held = holdings(tx, team.id)?;
    let RunsHeld { locked, .. } = runs_held(tx, team.id)?;
    if locked > 0 {
        let name = &team.name;
        return Err(Error::conflict(format!(
            "runs of the team {name} are locked against deletion ({locked}); unlock them first"
        )));
    }
    trash_store::set_deleted(tx, team.id, call.actor.author(), call.now, call.now.plus(period))?;
    let details = json!({ "projects": held.projects, "runs": held.runs, "reports": held.reports });
    audit::record(tx, call, "team.delete", "entity", team.id.get(), &team.name, &details)
}

/// Takes a team out of the trash, as it was.
///
/// # Errors
/// `NotFound` if there is none in the trash; `Forbidden` unless the caller administers the organization.
pub fn restore(tx: &Tx<'_>, call: &Call, name: &str) -> Result<Entity> {
    let team = in_trash(tx, call, name)?;
    trash_store::set_restored(tx, team.id)?;
    audit::record(tx, call, "team.restore", "entity", team.id.get(), &team.name, &json!({}))?;
    Ok(Entity { deleted_at: None, purge_after: None, ..team })
}

fn in_trash(tx: &Tx<'_>, call: &Call, name: &str) -> Result<Entity> {
    call.actor.signed_in()?;
    let missing = || Error::not_found(format!("team {name} in the trash"));
    let team = store::deleted_by_key(tx, &key_of(name))?.filter(|team| team.kind == EntityKind::Team).ok_or_else(missing)?;
    require_administers(call, &team).map_err(|_| missing())?;
    Ok(team)
}

/// The teams of an organization that are in the trash, by name; for its admins.
pub fn list(db: &Reader<'_>, call: &Call, organization: EntityId, after: Option<&str>, first: usize) -> Result<Page<Entity>> {
    policy::require(&call.actor, Action::Manage, &Target::Entity(organization))?;
    let after: String = after.map(Cursor::decode).transpose()?.unwrap_or_default();
    let mut found = store::of_organization(db, organization, true, &after, first + 1)?;
    let has_next = found.len() > first;
    found.truncate(first);
    Ok(Page { items: found.into_iter().map(|team| (Cursor::encode(&key_of(&team.name)), team)).collect(), has_next })
}

/// Lets a team in the trash go for good within seconds.
///
/// # Errors
/// As [`restore`].
pub fn purge_now(tx: &Tx<'_>, call: &Call, name: &str) -> Result<()> {
    let team = in_trash(tx, call, name)?;
    trash_store::set_purge_after(tx, team.id, call.now)?;
    audit::record(tx, call, "team.purge", "entity", team.id.get(), &team.name, &json!({}))
}

/// Teams whose time in the trash is over.
pub(in crate::domain) fn to_purge(db: &Reader<'_>, now: Timestamp, limit: i64) -> Result<Vec<EntityId>> {
    trash_store::to_purge(db, now, limit)
}

/// Takes a team whose time is over out of the trash, from where it cannot be restored any more; false if it was restored
/// meanwhile.
pub(in crate::domain) fn give_up(tx: &Tx<'_>, id: EntityId, now: Timestamp) -> Result<bool> {
    trash_store::set_given_up(tx, id, now)
}

/// Notes that what a team held is freed, takes its seats, ends its service accounts and frees its name.
pub(in crate::domain) fn set_purged(tx: &Tx<'_>, id: EntityId, now: Timestamp) -> Result<()> {
    accounts::end_services_of(tx, id, now)?;
    avatar::forget(tx, id)?;
    store::set_purged(tx, id, now)
}

/// Refuses whoever may not delete a team.
pub fn require_administers(call: &Call, team: &Entity) -> Result<()> {
    if policy::allows(&call.actor, Action::Delete, &team.whole()) {
        return Ok(());
    }
    Err(Error::forbidden("only an admin of the organization deletes and restores teams"))
}
