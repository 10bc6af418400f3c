//! Deleting reports, and taking that back: for a while a deleted report lies in the trash of its project with its drafts and links.

use std::time::Duration;

use serde_json::json;

use super::model::Report;
use super::{drafts, store, trash_store};
use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::domain::projects::Project;
use crate::domain::{Call, audit, trash_store as shared};
use crate::error::{Error, Result};
use crate::id::{ProjectId, ReportId};
use crate::page::Page;
use crate::policy::{self, Action};

/// A report in the trash.
#[derive(Clone, Debug)]
pub struct Trashed {
    /// Without its document.
    pub report: Report,
    pub deleted_at: Timestamp,
    /// The user name of who deleted it.
    pub deleted_by: Option<String>,
    /// When it goes for good.
    pub purge_after: Timestamp,
}

/// Puts a report into the trash for `period`, with the caller's drafts of it and, with `all_drafts`, those of others. Its links open
/// nothing from now on.
///
/// # Errors
/// `NotFound` or `Forbidden` by the policy; `Conflict` if others have drafts of it.
pub fn delete(tx: &Tx, call: &Call, report: &Report, all_drafts: bool, period: Duration) -> Result<()> {
    policy::require(&call.actor, Action::Delete, &report.target())?;
    let others = drafts::pending(tx, call, report)?;
    if !all_drafts && !others.is_empty() {
        let who = others.join(", ");
        return Err(Error::conflict(format!("there are drafts of this report by {who}; say that these go with it")));
    }
    let drafts = store::drafts_of(tx, report.id)?;
    for gone in drafts.iter().chain([report]) {
        shared::set_deleted(tx, gone.id, call.actor.author(), call.now, call.now.plus(period))?;
        let details = json!({ "kind": gone.kind.as_str() });
        audit::record(tx, call, "report.delete", "report", gone.id.get(), &gone.display_name, &details)?;
    }
    Ok(())
}

/// The deleted reports of a project that the caller could see before, last deleted first.
pub fn page(db: &Reader, call: &Call, project: &Project, after: Option<&str>, first: usize) -> Result<Page<Trashed>> {
    let batch = |before, limit| trash_store::page(db, project.id, before, limit);
    let place = |found: &Trashed| (found.deleted_at.micros(), found.report.id.get());
    Page::of_seen(after, first, batch, place, |found| Ok(policy::allows(&call.actor, Action::Read, &found.report.target())))
}

/// Takes a report out of the trash as it was, with the drafts that went there with it: whoever may delete it may.
///
/// # Errors
/// `NotFound` if there is none in the trash that the caller could see; `Forbidden` by the policy.
pub fn restore(tx: &Tx, call: &Call, id: ReportId) -> Result<Report> {
    let found = judged(tx, call, id, Action::Delete)?;
    for back in trash_store::drafts_with(tx, id, found.deleted_at)?.into_iter().chain([id]) {
        shared::set_restored(tx, back)?;
        audit::record(tx, call, "report.restore", "report", back.get(), &found.report.display_name, &json!({}))?;
    }
    super::just_written(tx, id)
}

/// Lets a report in the trash go for good within seconds, for those who manage the project.
pub fn purge_now(tx: &Tx, call: &Call, id: ReportId) -> Result<()> {
    let found = judged(tx, call, id, Action::Manage)?;
    shared::set_purge_after(tx, id, call.now)?;
    audit::record(tx, call, "report.purge", "report", id.get(), &found.report.display_name, &json!({}))
}

fn judged(db: &Reader, call: &Call, id: ReportId, action: Action) -> Result<Trashed> {
    call.actor.known()?;
    let found = trash_store::find(db, id)?.ok_or_else(|| Error::not_found("report in the trash"))?;
    policy::require(&call.actor, action, &found.report.target())?;
    Ok(found)
}

/// Frees reports whose time in the trash is over, and says which: what siblings have of them goes with them.
pub(in crate::domain) fn free(tx: &Tx, now: Timestamp, limit: i64) -> Result<Vec<ReportId>> {
    let over: Vec<ReportId> = shared::to_purge(tx, now, limit)?;
    for id in &over {
        trash_store::set_purged(tx, *id, now)?;
    }
    Ok(over)
}

/// Gives up all reports of a project that goes for good.
pub(in crate::domain) fn give_up_of(tx: &Tx, project: ProjectId, now: Timestamp) -> Result<()> {
    trash_store::give_up_of(tx, project, now)
}
