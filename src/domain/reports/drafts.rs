//! Drafts: what somebody works at before others see it, of a report or of one that is to be.

use serde_json::json;

use super::model::{Content, Report};
use super::{attention, store};
use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::domain::{Call, audit, projects, trash_store};
use crate::error::{Error, Result};
use crate::policy::{self, Action, ReportKind};

/// What became of a draft that was to be published.
#[derive(Clone, Debug)]
pub enum Publishing {
    Done(Report),
    /// Somebody changed the report since the draft began; this is what it is now.
    Behind(Report),
}

/// The caller's draft of a report: the one they have, or a new one with what is in the report. The flag says whether it is new.
///
/// # Errors
/// `NotFound` or `Forbidden` by the policy: whoever may change a report writes a draft of it.
pub fn draft_of(tx: &Tx, call: &Call, report: &Report) -> Result<(Report, bool)> {
    if report.kind != ReportKind::Published {
        return Err(Error::conflict("drafts are of published reports"));
    }
    policy::require(&call.actor, Action::Write, &report.target())?;
    if let Some(own) = own_draft(tx, call, report)? {
        return Ok((own, false));
    }
    let content = Content {
        name: report.name.clone(),
        display_name: report.display_name.clone(),
        description: report.description.clone(),
        spec: report.spec.clone(),
    };
    let project = projects::in_place(tx, report.project_id)?.ok_or_else(|| Error::not_found("project"))?;
    let draft = super::insert(tx, call, &project, ReportKind::Draft, &content, Some((report.id, report.version)))?;
    Ok((draft, true))
}

fn own_draft(db: &Reader, call: &Call, report: &Report) -> Result<Option<Report>> {
    let author = call.actor.author();
    let own = store::drafts_of(db, report.id)?.into_iter().find(|draft| author.is_some() && draft.author == author);
    own.map(|draft| store::by_id(db, draft.id)).transpose().map(Option::flatten)
}

/// The user names of those besides the caller who have drafts of a report.
pub fn pending(db: &Reader, call: &Call, report: &Report) -> Result<Vec<String>> {
    let drafts = store::drafts_of(db, report.id)?.into_iter().filter(|draft| draft.author != call.actor.author());
    Ok(drafts.map(|draft| draft.author_name.map_or_else(|| "somebody".to_owned(), |(username, _)| username)).collect())
}

/// Shows a draft to all who see the project: its content becomes that of its report, or it becomes a report itself. `over` is the
/// version of the report that its author has seen meanwhile and means to replace.
///
/// # Errors
/// `NotFound` or `Forbidden` by the policy; `Conflict` for what is no draft.
pub fn publish(tx: &Tx, call: &Call, draft: &Report, over: Option<i64>) -> Result<Publishing> {
    if draft.kind != ReportKind::Draft {
        return Err(Error::conflict("this is no draft: it is published already"));
    }
    policy::require(&call.actor, Action::Write, &draft.target())?;
    let content = Content {
        name: draft.name.clone(),
        display_name: draft.display_name.clone(),
        description: draft.description.clone(),
        spec: draft.spec.clone(),
    };
    let report = draft.published.map(|(id, version)| Ok((store::by_id(tx, id)?, version))).transpose()?;
    let Some((Some(report), begun_from)) = report else {
        // There is none yet, or it was deleted meanwhile.
        store::set_kind(tx, draft.id, ReportKind::Published)?;
        store::set_content(tx, draft.id, &content, call.actor.author(), call.now)?;
        super::record(tx, call, "report.publish", draft.id, &content, &json!({ "version": draft.version + 1 }))?;
        attention::draw_in(tx, draft.id, draft.author)?;
        return super::just_written(tx, draft.id).map(Publishing::Done);
    };
    policy::require(&call.actor, Action::Write, &report.target())?;
    if over.unwrap_or(begun_from) != report.version {
        return Ok(Publishing::Behind(report));
    }
    store::set_content(tx, report.id, &content, call.actor.author(), call.now)?;
    super::record(tx, call, "report.publish", report.id, &content, &json!({ "version": report.version + 1 }))?;
    attention::tell_published(tx, call, &report)?;
    // All of it is in the report: there is nothing to restore.
    trash_store::set_deleted(tx, draft.id, call.actor.author(), call.now, Timestamp::from_micros(0))?;
    let details = json!({ "published": report.id.get() });
    audit::record(tx, call, "report.delete", "report", draft.id.get(), &draft.display_name, &details)?;
    super::just_written(tx, report.id).map(Publishing::Done)
}
