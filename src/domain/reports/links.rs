//! Sharing a report with whoever holds a link to it, without an account: what a link shows, until when, and what ends it.
//!
//! A link shows the report and the figures of runs in the projects that it names. It opens nothing while the report, its project or
//! team is deleted, while settings forbid public sharing, and where a project is restricted; each is asked anew with every request.

use serde_json::json;

use super::model::Report;
use super::{link_store, run_sets, store};
use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::domain::files::Signer;
use crate::domain::projects::{self, Project};
use crate::domain::teams::{self, settings};
use crate::domain::{Call, audit};
use crate::error::{Error, Result};
use crate::id::{EntityId, ProjectId, ReportLinkId};
use crate::policy::{self, Action, ReportKind, Shown, Target, Visibility};
use crate::secret::{Secret, random_token};

/// A link to a report.
#[derive(Clone, Debug)]
pub struct Link {
    pub id: ReportLinkId,
    /// What is sent to show that one has it.
    pub token: Secret,
    /// Whose runs it shows: entity and project.
    pub projects: Vec<(String, String)>,
    /// The user name of who made it.
    pub created_by: Option<String>,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    /// Why it opens nothing now, in words.
    pub why_not: Option<&'static str>,
}

/// A link as it is kept.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub id: ReportLinkId,
    /// What the token is made of, besides the number.
    pub nonce: String,
    pub created_by: Option<String>,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

impl Kept {
    /// What a token of this link is made of.
    fn words(&self) -> String {
        format!("report link {}\n{}", self.id, self.nonce)
    }
}

/// Why nobody, whoever they are, may share a report by link now; in words.
///
/// # Errors
/// Only the store's.
pub fn hindrance(db: &Reader, report: &Report) -> Result<Option<&'static str>> {
    if report.kind != ReportKind::Published {
        return Ok(Some("only a published report is shared by link"));
    }
    if report.visibility == Visibility::Restricted {
        return Ok(Some("the project is restricted: its reports are not shared by link"));
    }
    Ok(barred(db, report.entity_id)?.then_some("the settings of the team forbid public sharing of reports"))
}

/// Whether the caller may make a link to a report, were there no hindrance.
pub fn may_share(call: &Call, report: &Report) -> bool {
    policy::allows(&call.actor, Action::Read, &report.sharing(false))
}

/// Whether settings keep what an entity holds from whoever only has a link.
fn barred(db: &Reader, entity: EntityId) -> Result<bool> {
    teams::entity(db, entity)?.map_or(Ok(true), |entity| settings::keeps_from_links(db, &entity))
}

/// Makes a link to a report. It shows runs of the named projects; of none named, of the report's own and of all that its run sets
/// name, as far as the caller may give them.
///
/// # Errors
/// `NotFound` or `Forbidden` by the policy and by settings, for the report and each project that was named; `Invalid` for a time
/// that is over.
pub fn create(
    tx: &Tx,
    call: &Call,
    signer: &Signer,
    report: &Report,
    named: Option<&[(String, String)]>,
    expires_at: Option<Timestamp>,
) -> Result<Link> {
    // Settings hold for administrators of the server too, who may all else.
    require_shareable(tx, call, report)?;
    if expires_at.is_some_and(|at| at <= call.now) {
        return Err(Error::invalid("this link would have expired already"));
    }
    let shown = match named {
        Some(named) => given(tx, call, named)?,
        None => all_given(tx, call, report)?,
    };
    let nonce = random_token();
    let id = link_store::insert(tx, report.id, nonce.reveal(), call.actor.account, call.now, expires_at)?;
    link_store::set_projects(tx, id, &shown.iter().map(|project| project.id).collect::<Vec<_>>())?;
    let details = json!({ "link": id.get(), "projects": names(&shown), "expires_at": expires_at.map(|at| at.to_string()) });
    audit::record(tx, call, "report.share", "report", report.id.get(), &report.display_name, &details)?;
    let kept = link_store::find(tx, report.id, id)?.ok_or_else(|| Error::internal("the link just made is not there"))?;
    complete(tx, call, signer, report, kept)
}

fn require_shareable(db: &Reader, call: &Call, report: &Report) -> Result<()> {
    policy::require(&call.actor, Action::Read, &report.target())?;
    if !may_share(call, report) {
        return Err(Error::forbidden("whoever may change a report shares it: who wrote it, as a member, and team admins"));
    }
    if let Some(why) = hindrance(db, report)? {
        return Err(Error::forbidden(why));
    }
    policy::require(&call.actor, Action::Write, &report.sharing(false))
}

fn names(projects: &[Project]) -> Vec<String> {
    projects.iter().map(|project| format!("{}/{}", project.entity, project.name)).collect()
}

/// What the policy judges showing a project's runs by link by.
fn figures(db: &Reader, project: &Project) -> Result<Target> {
    let barred = barred(db, project.entity_id)?;
    Ok(Target::Figures { project: project.id, entity: project.entity_id, visibility: project.visibility, barred })
}

/// Why nobody may show a project's runs by link now.
fn keeps_back(db: &Reader, project: &Project) -> Result<Option<&'static str>> {
    if project.visibility == Visibility::Restricted {
        return Ok(Some("it is restricted, and its runs are not shown by link"));
    }
    Ok(barred(db, project.entity_id)?.then_some("the settings of its team forbid public sharing"))
}

/// The projects of these names, all of which the caller has to be allowed to give.
fn given(db: &Reader, call: &Call, named: &[(String, String)]) -> Result<Vec<Project>> {
    let mut found: Vec<Project> = Vec::new();
    for (entity, name) in named {
        let path = format!("{entity}/{name}");
        let project = projects::find(db, call, entity, name)?.ok_or_else(|| Error::not_found(format!("project {path}")))?;
        if let Some(why) = keeps_back(db, &project)? {
            return Err(Error::forbidden(format!("a link cannot show runs of {path}: {why}")));
        }
        policy::require(&call.actor, Action::Write, &figures(db, &project)?)?;
        if found.iter().all(|known| known.id != project.id) {
            found.push(project);
        }
    }
    Ok(found)
}

/// The report's own project and those of its run sets, as far as the caller may give them.
fn all_given(db: &Reader, call: &Call, report: &Report) -> Result<Vec<Project>> {
    let mut named = vec![(report.entity.clone(), report.project.clone())];
    named.extend(run_sets::projects(&report.spec));
    let mut found: Vec<Project> = Vec::new();
    for (entity, name) in named {
        let Some(project) = projects::find(db, call, &entity, &name)? else { continue };
        let may = keeps_back(db, &project)?.is_none() && policy::allows(&call.actor, Action::Write, &figures(db, &project)?);
        if may && found.iter().all(|known| known.id != project.id) {
            found.push(project);
        }
    }
    Ok(found)
}

/// The links to a report, newest first, for those who may make one.
///
/// # Errors
/// `NotFound` or `Forbidden` by the policy.
pub fn list(db: &Reader, call: &Call, signer: &Signer, report: &Report) -> Result<Vec<Link>> {
    policy::require(&call.actor, Action::Read, &report.target())?;
    if !may_share(call, report) {
        return Err(Error::forbidden("whoever may change a report sees its links: who wrote it, as a member, and team admins"));
    }
    let found = link_store::of_report(db, report.id)?;
    found.into_iter().map(|kept| complete(db, call, signer, report, kept)).collect()
}

fn complete(db: &Reader, call: &Call, signer: &Signer, report: &Report, kept: Kept) -> Result<Link> {
    let mut projects = Vec::new();
    for id in link_store::projects(db, kept.id)? {
        projects.extend(projects::in_place(db, id)?.map(|project| (project.entity, project.name)));
    }
    let why_not = match over(&kept, call.now) {
        Some(why) => Some(why),
        None => hindrance(db, report)?,
    };
    Ok(Link {
        token: Secret::new(format!("{}.{}", kept.id, signer.token(&kept.words()).reveal())),
        id: kept.id,
        projects,
        created_by: kept.created_by,
        created_at: kept.created_at,
        expires_at: kept.expires_at,
        revoked_at: kept.revoked_at,
        why_not,
    })
}

/// Why a link opens nothing any more, whatever settings say.
fn over(kept: &Kept, now: Timestamp) -> Option<&'static str> {
    match (kept.revoked_at, kept.expires_at) {
        (Some(_), _) => Some("it was revoked"),
        (None, Some(at)) if at <= now => Some("it has expired"),
        _ => None,
    }
}

/// How many links to reports of a project open something now.
pub fn open_count(db: &Reader, project: &Project, now: Timestamp) -> Result<i64> {
    match keeps_back(db, project)? {
        Some(_) => Ok(0),
        None => link_store::open_count(db, project.id, now),
    }
}

/// Ends a link, for those who could make one; one that was ended already is no error.
///
/// # Errors
/// `NotFound` if the report has no such link; `Forbidden` by the policy.
pub fn revoke(tx: &Tx, call: &Call, report: &Report, id: ReportLinkId) -> Result<()> {
    policy::require(&call.actor, Action::Read, &report.target())?;
    if !policy::allows(&call.actor, Action::Delete, &report.sharing(false)) {
        return Err(Error::forbidden("whoever may change a report ends its links: who wrote it, as a member, and team admins"));
    }
    let kept = link_store::find(tx, report.id, id)?.ok_or_else(|| Error::not_found(format!("link {id}")))?;
    if kept.revoked_at.is_some() {
        return Ok(());
    }
    link_store::set_revoked(tx, id, call.actor.account, call.now)?;
    let details = json!({ "link": id.get() });
    audit::record(tx, call, "report.revoke", "report", report.id.get(), &report.display_name, &details)
}

/// Says anew whose runs a link shows, for those who could make one.
///
/// # Errors
/// As [`create`].
pub fn show(tx: &Tx, call: &Call, report: &Report, id: ReportLinkId, named: &[(String, String)]) -> Result<()> {
    require_shareable(tx, call, report)?;
    let shown = given(tx, call, named)?;
    link_store::set_projects(tx, id, &shown.iter().map(|project| project.id).collect::<Vec<_>>())?;
    let details = json!({ "link": id.get(), "projects": names(&shown) });
    audit::record(tx, call, "report.share", "report", report.id.get(), &report.display_name, &details)
}

/// The report and link of a token, for who may see the report.
///
/// # Errors
/// `NotFound` for a token that is none of ours, or of a report that the caller may not see.
pub fn of_token(db: &Reader, call: &Call, signer: &Signer, token: &str) -> Result<(Report, ReportLinkId)> {
    let found = kept(db, signer, token)?;
    let seen = found.filter(|(report, _)| policy::allows(&call.actor, Action::Read, &report.target()));
    seen.map(|(report, kept)| (report, kept.id)).ok_or_else(|| Error::not_found("access token"))
}

fn kept(db: &Reader, signer: &Signer, token: &str) -> Result<Option<(Report, Kept)>> {
    let Some((number, proof)) = token.split_once('.') else { return Ok(None) };
    let Ok(id) = number.parse().map(ReportLinkId::new) else { return Ok(None) };
    let Some((report, kept)) = link_store::by_id(db, id)? else { return Ok(None) };
    if !signer.made(&kept.words(), proof) {
        return Ok(None);
    }
    Ok(store::by_id(db, report)?.map(|report| (report, kept)))
}

/// What the holder of a token is shown now; nothing by one that is not ours or over, and where settings forbid it.
pub fn opened(db: &Reader, signer: &Signer, token: &str, now: Timestamp) -> Result<Option<Shown>> {
    let Some((report, kept)) = kept(db, signer, token)? else { return Ok(None) };
    if over(&kept, now).is_some() || hindrance(db, &report)?.is_some() {
        return Ok(None);
    }
    let mut projects: Vec<ProjectId> = Vec::new();
    for id in link_store::projects(db, kept.id)? {
        let Some(project) = projects::in_place(db, id)? else { continue };
        if keeps_back(db, &project)?.is_none() {
            projects.push(id);
        }
    }
    Ok(Some(Shown { report: report.id, projects }))
}
