//! Who answers for a report: whoever wrote it, until an admin hands it over, as when they left.

use serde_json::json;

use super::model::Report;
use super::{attention, store};
use crate::db::{Reader, Tx};
use crate::domain::projects::owners;
use crate::domain::teams::Entity;
use crate::domain::{Call, accounts, audit};
use crate::error::{Error, Result};
use crate::id::{AccountId, EntityId};
use crate::policy::{self, Action, ReportKind};

/// Whether a report has nobody who answers for it: its author is unknown, locked out, or belongs no more where it lies.
pub fn author_left(db: &Reader, report: &Report) -> Result<bool> {
    owners::has_left_from(db, (report.project_id, report.entity_id), report.author)
}

/// Makes somebody else the author, for those who manage the project: as when they left.
///
/// # Errors
/// `Forbidden` by the policy; `NotFound` for an unknown user name; `Invalid` for who may not write reports there.
pub(super) fn hand_over(tx: &Tx, call: &Call, report: &Report, username: &str) -> Result<()> {
    policy::require(&call.actor, Action::Manage, &report.target())?;
    let heir = owners::heir(tx, username)?;
    if report.author == Some(heir) {
        return Ok(());
    }
    let own = Report { author: Some(heir), ..report.clone() };
    if !policy::allows(&accounts::actor(tx, heir)?, Action::Write, &own.target()) {
        return Err(Error::invalid(format!("{username} may not write reports in {}; name somebody who may", report.project)));
    }
    store::set_author(tx, report.id, heir)?;
    if report.kind == ReportKind::Published {
        attention::draw_in(tx, report.id, Some(heir))?;
        attention::tell_assigned(tx, call, report, heir)?;
    }
    let from = report.author_name.as_ref().map(|(username, _)| username);
    let details = json!({ "from": from, "to": username });
    audit::record(tx, call, "report.hand_over", "report", report.id.get(), &report.display_name, &details)
}

/// Hands over the reports, drafts and kept workspaces of somebody in the projects of a team, where the caller may.
///
/// # Errors
/// As for one of them.
pub(in crate::domain) fn hand_over_all(tx: &Tx, call: &Call, team: &Entity, from: AccountId, username: &str) -> Result<()> {
    for report in store::of_author(tx, team.id, from)? {
        if policy::allows(&call.actor, Action::Manage, &report.target()) {
            hand_over(tx, call, &report, username)?;
        }
    }
    Ok(())
}

/// How many reports and drafts somebody answers for, in the projects of one entity or everywhere.
pub(in crate::domain) fn count_of(db: &Reader, entity: Option<EntityId>, account: AccountId) -> Result<i64> {
    store::count_of_author(db, entity, account)
}
