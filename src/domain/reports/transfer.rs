//! Reports that leave with a bundle, and come in with one. For siblings, who judged the caller.

use serde_json::json;

use super::model::{Content, Report};
use super::store;
use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::domain::projects::Project;
use crate::domain::{Call, audit};
use crate::error::Result;
use crate::id::{AccountId, ProjectId, ReportId};
use crate::policy::{self, Action, ReportKind};

/// The reports, drafts and workspaces of a project that the caller may see, in the order of their numbers.
pub(in crate::domain) fn ids_in(db: &Reader, call: &Call, project: ProjectId) -> Result<Vec<ReportId>> {
    let found = store::in_order(db, project)?.into_iter();
    let seen = found.filter(|report| policy::allows(&call.actor, Action::Read, &report.target()));
    Ok(seen.map(|report| report.id).collect())
}

/// A report that comes from elsewhere.
#[derive(Clone, Debug)]
pub(in crate::domain) struct Incoming {
    pub kind: ReportKind,
    pub content: Content,
    /// Of a draft: the report that it is a draft of, if that came too, and its version here.
    pub published: Option<(ReportId, i64)>,
    pub author: Option<AccountId>,
    pub created_at: Timestamp,
}

/// Puts a report into a project, with when it was written.
///
/// # Errors
/// `Invalid` and `TooLarge` for what is in it.
pub(in crate::domain) fn bring_in(tx: &Tx, call: &Call, project: &Project, new: &Incoming) -> Result<Report> {
    new.content.check()?;
    let Incoming { kind, content, published, author, created_at } = new;
    let row =
        store::NewRow { project: project.id, kind: *kind, content, published: *published, author: *author, now: *created_at };
    let id = store::insert(tx, &row)?;
    let details = json!({ "imported": true, "kind": kind.as_str() });
    audit::record(tx, call, "report.import", "report", id.get(), &content.display_name, &details)?;
    super::just_written(tx, id)
}
