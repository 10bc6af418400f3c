//! Reports: texts with live panels on the runs of projects. Drafts of them, and kept workspaces, which the vendor calls views as well.
//! The document is the client's: it is kept as it was sent, and what this server does not know in it survives.

pub mod attention;
mod attention_store;
mod authors;
mod drafts;
mod link_store;
pub mod links;
mod model;
mod people;
mod run_sets;
mod store;
pub(in crate::domain) mod transfer;
pub mod trash;
mod trash_store;

pub use crate::domain::addresses::public_id;
pub use authors::author_left;
pub(in crate::domain) use authors::{count_of, hand_over_all};
pub use drafts::{Publishing, draft_of, pending, publish};
pub use model::{Content, Report, SPEC_BYTES_MAX, read_public_id};
pub(in crate::domain) use people::forget;
pub use store::Search;

use serde_json::json;

use crate::db::{Reader, Tx};
use crate::domain::projects::Project;
use crate::domain::teams::Entity;
use crate::domain::{Call, audit};
use crate::error::{Error, Result};
use crate::id::{ProjectId, ReportId};
use crate::page::Page;
use crate::policy::{self, Action, ReportKind, Target, Visibility};

/// Changes to a report; `None` leaves a value as it is.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    pub name: Option<String>,
    pub display_name: Option<String>,
    pub description: Option<String>,
    pub spec: Option<String>,
    /// The user name of whom it is handed over to.
    pub author: Option<String>,
}

impl Changes {
    /// What is in the report with these changes.
    fn content(&self, report: &Report) -> Content {
        Content {
            name: self.name.clone().unwrap_or_else(|| report.name.clone()),
            display_name: self.display_name.clone().unwrap_or_else(|| report.display_name.clone()),
            description: self.description.clone().unwrap_or_else(|| report.description.clone()),
            spec: self.spec.clone().unwrap_or_else(|| report.spec.clone()),
        }
    }
}

/// The report with this id, if the caller may see it.
pub fn get(db: &Reader, call: &Call, id: ReportId) -> Result<Option<Report>> {
    Ok(store::by_id(db, id)?.filter(|report| policy::allows(&call.actor, Action::Read, &report.target())))
}

/// The report with this id.
///
/// # Errors
/// `NotFound` if there is none that the caller may see.
pub fn require(db: &Reader, call: &Call, id: ReportId) -> Result<Report> {
    get(db, call, id)?.ok_or_else(|| Error::not_found("report"))
}

/// The reports of a kind in a project that the caller may see, last changed first.
pub fn page(
    db: &Reader,
    call: &Call,
    project: &Project,
    kind: ReportKind,
    search: &Search,
    after: Option<&str>,
    first: usize,
) -> Result<Page<Report>> {
    seen(call, after, first, |before, limit| store::of_project(db, project.id, kind, search, before, limit))
}

/// The published reports in all projects of an entity that the caller may see, without their documents, last changed first.
pub fn page_of_entity(
    db: &Reader,
    call: &Call,
    entity: &Entity,
    words: Option<&str>,
    after: Option<&str>,
    first: usize,
) -> Result<Page<Report>> {
    seen(call, after, first, |before, limit| store::of_entity(db, entity.id, words, before, limit))
}

/// A page of those that the caller may see.
fn seen(
    call: &Call,
    after: Option<&str>,
    first: usize,
    batch: impl Fn(Option<(i64, i64)>, usize) -> Result<Vec<Report>>,
) -> Result<Page<Report>> {
    let place = |report: &Report| (report.updated_at.micros(), report.id.get());
    let is_seen = |report: &Report| Ok(policy::allows(&call.actor, Action::Read, &report.target()));
    Page::of_seen(after, first, batch, place, is_seen)
}

/// Whether the caller writes reports in a project that they see.
///
/// # Errors
/// `Forbidden` by the policy; `Invalid` for a registry.
pub fn require_writes(call: &Call, project: &Project) -> Result<()> {
    // Whatever it becomes, whoever may write one kind may write the others.
    require_member(call, &made_in(call, project, ReportKind::Published))?;
    match project.is_registry {
        true => Err(Error::invalid(format!("{} is a registry; reports are written in projects", project.name))),
        false => Ok(()),
    }
}

/// Whether the caller writes reports in the projects of a team or personal space that all of it sees.
///
/// # Errors
/// `Forbidden` by the policy.
pub fn require_writes_for(call: &Call, entity: &Entity) -> Result<()> {
    let target = Target::Report {
        id: ReportId::new(0),
        project: ProjectId::new(0),
        entity: entity.id,
        visibility: Visibility::Team,
        owner: call.actor.author(),
        kind: ReportKind::Published,
    };
    require_member(call, &target)
}

fn require_member(call: &Call, target: &Target) -> Result<()> {
    match policy::allows(&call.actor, Action::Write, target) {
        true => Ok(()),
        false => Err(Error::forbidden("only members of the team write reports; ask a team admin for the role Member")),
    }
}

/// What the policy judges making a report in a project by: it is its maker's.
pub fn made_in(call: &Call, project: &Project, kind: ReportKind) -> Target {
    Target::Report {
        id: ReportId::new(0),
        project: project.id,
        entity: project.entity_id,
        visibility: project.visibility,
        owner: call.actor.author(),
        kind,
    }
}

/// Makes a report, a draft of none, or a workspace, for members.
///
/// # Errors
/// `Forbidden` by the policy; `Invalid` and `TooLarge` for what is in it.
pub fn create(tx: &Tx, call: &Call, project: &Project, kind: ReportKind, content: &Content) -> Result<Report> {
    insert(tx, call, project, kind, content, None)
}

fn insert(
    tx: &Tx,
    call: &Call,
    project: &Project,
    kind: ReportKind,
    content: &Content,
    published: Option<(ReportId, i64)>,
) -> Result<Report> {
    policy::require(&call.actor, Action::Read, &project.target())?;
    require_writes(call, project)?;
    content.check()?;
    let row = store::NewRow { project: project.id, kind, content, published, author: call.actor.author(), now: call.now };
    let id = store::insert(tx, &row)?;
    record(tx, call, "report.create", id, content, &json!({ "kind": kind.as_str() }))?;
    if kind == ReportKind::Published {
        attention::draw_in(tx, id, call.actor.author())?;
    }
    just_written(tx, id)
}

fn just_written(tx: &Tx, id: ReportId) -> Result<Report> {
    store::by_id(tx, id)?.ok_or_else(|| Error::internal("the report just written is not there"))
}

fn record(tx: &Tx, call: &Call, action: &str, id: ReportId, content: &Content, details: &serde_json::Value) -> Result<()> {
    audit::record(tx, call, action, "report", id.get(), &content.display_name, details)
}

/// The workspace of that name in a project, if the caller may see it.
pub fn workspace(db: &Reader, call: &Call, project: &Project, name: &str) -> Result<Option<Report>> {
    let found = store::workspace(db, project.id, name)?;
    Ok(found.filter(|report| policy::allows(&call.actor, Action::Read, &report.target())))
}

/// Changes what is given and leaves the rest; each change of the content makes a version.
///
/// # Errors
/// `NotFound` or `Forbidden` by the policy; `Invalid` and `TooLarge` for what is in it.
pub fn update(tx: &Tx, call: &Call, report: &Report, changes: &Changes) -> Result<Report> {
    let content = changes.content(report);
    let mut changed = Vec::new();
    for (what, is_other) in [
        ("name", content.name != report.name),
        ("display_name", content.display_name != report.display_name),
        ("description", content.description != report.description),
        ("spec", content.spec != report.spec),
    ] {
        if is_other {
            changed.push(what);
        }
    }
    let says_content =
        changes.name.is_some() || changes.display_name.is_some() || changes.description.is_some() || changes.spec.is_some();
    if says_content {
        policy::require(&call.actor, Action::Write, &report.target())?;
    }
    if !changed.is_empty() {
        content.check()?;
        store::set_content(tx, report.id, &content, call.actor.author(), call.now)?;
        let details = json!({ "changed": changed, "version": report.version + 1 });
        record(tx, call, "report.update", report.id, &content, &details)?;
        if report.kind == ReportKind::Published && changed.contains(&"spec") {
            attention::tell_published(tx, call, report)?;
        }
    }
    if let Some(username) = &changes.author {
        authors::hand_over(tx, call, report, username)?;
    }
    just_written(tx, report.id)
}
