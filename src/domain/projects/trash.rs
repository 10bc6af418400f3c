//! Deleting projects, and taking that back: for a while a deleted project lies in the trash of its team with all it holds.
//!
//! No list, search or address knows it there, nor what is in it, and its name stays taken until all of it is freed.

use std::time::Duration;

use serde_json::json;

use super::model::Project;
use super::{store, trash_store};
use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::domain::{Call, audit, trash_store as shared};
use crate::error::{Error, Result};
use crate::id::{EntityId, ProjectId};
use crate::page::{Cursor, Page};
use crate::policy::{self, Action, Target};

/// What a project holds, for who is about to delete it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holdings {
    pub runs: i64,
    /// How many of them are at work: they are told that there is no such run any more.
    pub running: i64,
    /// How many are locked against deletion.
    pub locked: i64,
    /// How many others made than who owns the project.
    pub by_others: i64,
    /// Reports and drafts of them.
    pub reports: i64,
    /// Reports, drafts and kept workspaces of others than who owns the project.
    pub reports_by_others: i64,
}

/// A project in the trash.
#[derive(Clone, Debug)]
pub struct Trashed {
    pub project: Project,
    pub deleted_at: Timestamp,
    /// The user name of who deleted it.
    pub deleted_by: Option<String>,
    /// When it goes for good.
    pub purge_after: Timestamp,
}

/// Counts what a project holds.
pub fn holdings(db: &Reader, project: &Project) -> Result<Holdings> {
    trash_store::holdings(db, project.id)
}

/// What the policy judges the deletion of a project by.
pub fn target(project: &Project, held: &Holdings) -> Target {
    Target::Whole {
        id: project.id,
        entity: project.entity_id,
        visibility: project.visibility,
        owner: project.owner,
        only_own: held.by_others == 0 && held.reports_by_others == 0,
    }
}

/// Puts a project with all it holds into the trash for `period`.
///
/// # Errors
/// `NotFound` or `Forbidden` by the policy; `Conflict` while a run in it is locked against deletion.
pub fn delete(tx: &Tx, call: &Call, project: &Project, period: Duration) -> Result<()> {
    if project.is_registry {
        return Err(Error::invalid("this is a registry, which is deleted as such and not as a project"));
    }
    let held = holdings(tx, project)?;
    policy::require(&call.actor, Action::Delete, &target(project, &held))?;
    if held.locked > 0 {
        let (locked, name) = (held.locked, &project.name);
        return Err(Error::conflict(format!("{locked} runs in {name} are locked against deletion; unlock them first")));
    }
    shared::set_deleted(tx, project.id, call.actor.author(), call.now, call.now.plus(period))?;
    let details = json!({ "runs": held.runs, "reports": held.reports });
    audit::record(tx, call, "project.delete", "project", project.id.get(), &project.name, &details)
}

/// The deleted projects of an entity that the caller may restore, last deleted first.
pub fn page(db: &Reader, call: &Call, entity: EntityId, after: Option<&str>, first: usize) -> Result<Page<Trashed>> {
    let mut after: Option<(i64, i64)> = after.map(Cursor::decode).transpose()?;
    let mut items = Vec::new();
    loop {
        let batch = trash_store::page(db, entity, after, first + 1)?;
        let full = batch.len() > first;
        for found in batch {
            let place = (found.deleted_at.micros(), found.project.id.get());
            after = Some(place);
            if !policy::allows(&call.actor, Action::Delete, &target(&found.project, &holdings(db, &found.project)?)) {
                continue;
            }
            if items.len() == first {
                return Ok(Page { items, has_next: true });
            }
            items.push((Cursor::encode(&place), found));
        }
        if !full {
            return Ok(Page { items, has_next: false });
        }
    }
}

/// Takes a project out of the trash, as it was: whoever may delete it may.
///
/// # Errors
/// `NotFound` if there is none of that name in the trash that the caller may restore.
pub fn restore(tx: &Tx, call: &Call, entity: EntityId, name: &str) -> Result<Project> {
    let found = judged(tx, call, entity, name, Action::Delete)?;
    shared::set_restored(tx, found.id)?;
    audit::record(tx, call, "project.restore", "project", found.id.get(), &found.name, &json!({}))?;
    store::by_id(tx, found.id)?.ok_or_else(|| Error::internal("the project just restored is not there"))
}

/// Lets a project in the trash go for good within seconds; for those who manage it.
pub fn purge_now(tx: &Tx, call: &Call, entity: EntityId, name: &str) -> Result<()> {
    let found = judged(tx, call, entity, name, Action::Manage)?;
    shared::set_purge_after(tx, found.id, call.now)?;
    audit::record(tx, call, "project.purge", "project", found.id.get(), &found.name, &json!({}))
}

fn judged(tx: &Tx, call: &Call, entity: EntityId, name: &str, action: Action) -> Result<Project> {
    call.actor.known()?;
    let missing = || Error::not_found(format!("project {name} in the trash"));
    let found = trash_store::find(tx, entity, name)?.ok_or_else(missing)?.project;
    let target = target(&found, &holdings(tx, &found)?);
    match policy::allows(&call.actor, action, &target) {
        true => Ok(found),
        // Whoever may restore it knows of it.
        false if policy::allows(&call.actor, Action::Delete, &target) => {
            policy::require(&call.actor, action, &found.target())?;
            Err(missing())
        }
        false => Err(missing()),
    }
}

/// Puts all projects of an entity into the trash, to go for good at once. For siblings: the entity goes.
pub(in crate::domain) fn give_up_all(tx: &Tx, entity: EntityId, now: Timestamp) -> Result<()> {
    trash_store::give_up_all(tx, entity, now)
}

/// Whether an entity has a project that is not freed.
pub(in crate::domain) fn any_left(db: &Reader, entity: EntityId) -> Result<bool> {
    trash_store::any_left(db, entity)
}

/// Projects whose time in the trash is over.
pub(in crate::domain) fn to_purge(db: &Reader, now: Timestamp, limit: i64) -> Result<Vec<ProjectId>> {
    shared::to_purge(db, now, limit)
}

/// Takes a project whose time is over out of the trash, from where it cannot be restored any more; false if it was restored
/// meanwhile.
pub(in crate::domain) fn give_up(tx: &Tx, id: ProjectId, now: Timestamp) -> Result<bool> {
    shared::set_given_up(tx, id, now)
}

/// Notes that what a project held is freed, and frees its name.
pub(in crate::domain) fn set_purged(tx: &Tx, id: ProjectId, now: Timestamp) -> Result<()> {
    trash_store::set_purged(tx, id, now)
}
