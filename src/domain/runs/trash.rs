//! Deleting runs, and taking that back: for a while a deleted run lies in the trash of its project with all it has.
//!
//! No list, search or address knows it there, and its process is told that there is no such run. Its name stays taken until
//! what it streamed and its files are freed.

use std::time::Duration;

use serde_json::json;

use super::model::Run;
use super::{move_store, store, trash_store};
use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::domain::projects::Project;
use crate::domain::{Call, audit, trash_store as shared};
use crate::error::{Error, Result};
use crate::id::{AccountId, ProjectId, RunId};
use crate::page::{Cursor, Page};
use crate::policy::{self, Action, Target};

/// Runs of a project that one transaction gives up.
const GIVEN_UP_TOGETHER: usize = 1000;

/// A run in the trash.
#[derive(Clone, Debug)]
pub struct Trashed {
    pub id: RunId,
    pub name: String,
    pub display_name: String,
    pub created_by: Option<AccountId>,
    pub deleted_at: Timestamp,
    /// The user name of who deleted it.
    pub deleted_by: Option<String>,
    /// When it goes for good.
    pub purge_after: Timestamp,
}

impl Trashed {
    /// What the policy judges: the run as it was.
    pub fn target(&self, project: &Project) -> Target {
        Target::Owned { project: project.id, entity: project.entity_id, visibility: project.visibility, owner: self.created_by }
    }
}

/// Puts a run into the trash for `period`. Deleting what is deleted already is no error for those who could see it.
pub fn delete(tx: &Tx, call: &Call, id: RunId, period: Duration) -> Result<()> {
    let Some(run) = store::by_id(tx, id)? else {
        return Ok(());
    };
    policy::require(&call.actor, Action::Delete, &run.target())?;
    if run.locked {
        let name = &run.name;
        return Err(Error::conflict(format!("the run {name} is locked against deletion; unlock it first")));
    }
    shared::set_deleted(tx, id, call.actor.author(), call.now, call.now.plus(period))?;
    audit::record(tx, call, "run.delete", "run", id.get(), &run.name, &json!({}))
}

/// Locks a run against deletion, or takes the lock away: whoever may delete it may.
pub fn set_locked(tx: &Tx, call: &Call, run: &Run, locked: bool) -> Result<()> {
    policy::require(&call.actor, Action::Delete, &run.target())?;
    if run.locked == locked {
        return Ok(());
    }
    trash_store::set_locked(tx, run.id, locked)?;
    let action = if locked { "run.lock" } else { "run.unlock" };
    audit::record(tx, call, action, "run", run.id.get(), &run.name, &json!({}))
}

/// The trash of a project that the caller was found to be allowed to see, last deleted first.
pub fn page(db: &Reader, project: &Project, after: Option<&str>, first: usize) -> Result<Page<Trashed>> {
    let after: Option<(i64, i64)> = after.map(Cursor::decode).transpose()?;
    let mut found = trash_store::page(db, project.id, after, first + 1)?;
    let has_next = found.len() > first;
    found.truncate(first);
    let items = found.into_iter().map(|run| (Cursor::encode(&(run.deleted_at.micros(), run.id.get())), run));
    Ok(Page { items: items.collect(), has_next })
}

/// Takes a run out of the trash, as it was: whoever may delete it may.
pub fn restore(tx: &Tx, call: &Call, project: &Project, name: &str) -> Result<Run> {
    let run = find(tx, call, project, name, Action::Delete)?;
    shared::set_restored(tx, run.id)?;
    audit::record(tx, call, "run.restore", "run", run.id.get(), &run.name, &json!({}))?;
    store::by_id(tx, run.id)?.ok_or_else(|| Error::internal("the run just restored is not there"))
}

/// Lets a run in the trash go for good within seconds; for those who manage the project.
pub fn purge_now(tx: &Tx, call: &Call, project: &Project, name: &str) -> Result<()> {
    let run = find(tx, call, project, name, Action::Manage)?;
    shared::set_purge_after(tx, run.id, call.now)?;
    audit::record(tx, call, "run.purge", "run", run.id.get(), &run.name, &json!({}))
}

fn find(tx: &Tx, call: &Call, project: &Project, name: &str, action: Action) -> Result<Trashed> {
    let run = trash_store::find(tx, project.id, name)?;
    let run = run.ok_or_else(|| Error::not_found(format!("run {name} in the trash")))?;
    policy::require(&call.actor, action, &run.target(project))?;
    Ok(run)
}

/// Whether a deleted run that is not yet freed holds this name, or held it before it moved.
pub(super) fn holds(db: &Reader, project: ProjectId, name: &str) -> Result<bool> {
    Ok(trash_store::holds(db, project, name)? || move_store::old_name_in_trash(db, project, name)?)
}

/// Runs whose time in the trash is over.
pub(in crate::domain) fn to_purge(db: &Reader, now: Timestamp, limit: i64) -> Result<Vec<RunId>> {
    shared::to_purge(db, now, limit)
}

/// Takes a run whose time is over out of the trash, from where it cannot be restored any more; false if it was restored
/// meanwhile.
pub(in crate::domain) fn give_up(tx: &Tx, id: RunId, now: Timestamp) -> Result<bool> {
    shared::set_given_up(tx, id, now)
}

/// Gives up some of the runs of a project that goes for good, wherever they are in their life; false as long as there is more.
pub(in crate::domain) fn give_up_of(tx: &Tx, project: ProjectId, now: Timestamp) -> Result<bool> {
    move_store::forget_addresses_in(tx, project)?;
    Ok(trash_store::give_up_of(tx, project, now, GIVEN_UP_TOGETHER)? < GIVEN_UP_TOGETHER)
}

/// Whether a project has a run that is not freed.
pub(in crate::domain) fn any_left(db: &Reader, project: ProjectId) -> Result<bool> {
    trash_store::any_left(db, project)
}

/// Notes that what a deleted run streamed and its files are gone, drops the rest, and frees its name.
pub(in crate::domain) fn set_purged(tx: &Tx, id: RunId, now: Timestamp) -> Result<()> {
    move_store::forget_addresses(tx, id)?;
    trash_store::set_purged(tx, id, now)
}

/// How many deleted runs are in all trashes, and how many of them may go for good by now.
pub fn counts(db: &Reader<'_>, now: Timestamp) -> Result<(i64, i64)> {
    trash_store::counts(db, now)
}
