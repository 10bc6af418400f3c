//! `/reports/{id}`, and making reports in a project: texts with live panels on runs.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Json, JsonConfig, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::listing::Refusals;
use super::{form_of, projects, report_life, report_lists};
use crate::api::answer::IfMatch;
use crate::api::{App, Caller, answer};
use crate::db::{Reader, Tx};
use crate::domain::Call;
use crate::domain::reports::{self, Changes, Content, links};
use crate::error::{Error, Result};
use crate::policy::{self, Action, ReportKind};
use crate::secret::random_bytes;

/// The token of a link to a report, in a header: what is part of an address stands in the logs of proxies.
pub const REPORT_TOKEN: &str = "x-runstead-report-token";

/// The most bytes of a body here: a document with its quotation marks escaped, and what stands around it.
const BODY_BYTES_MAX: usize = 2 * reports::SPEC_BYTES_MAX + 64 * 1024;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/projects/{entity}/{project}/reports")
                .app_data(long_form())
                .route(web::get().to(report_lists::of_project))
                .route(web::post().to(create)),
        )
        .service(
            web::resource("/reports/{id}")
                .app_data(long_form())
                .route(web::get().to(show))
                .route(web::patch().to(update))
                .route(web::delete().to(report_life::delete)),
        )
        .route("/teams/{team}/reports", web::get().to(report_lists::of_team));
}

fn long_form() -> JsonConfig {
    form_of(BODY_BYTES_MAX, || format!("the spec of a report has at most {} bytes", reports::SPEC_BYTES_MAX))
}

/// A text with live panels on runs, a draft of one, or a kept workspace.
#[derive(Serialize, ToSchema)]
pub(super) struct Report {
    /// Part of its address: `/{entity}/{project}/reports/{words}--{id}`.
    id: String,
    /// `report`, `draft` or `workspace`.
    kind: &'static str,
    /// Where it is now.
    entity: String,
    project: String,
    /// A word by which the client finds kept workspaces.
    name: String,
    display_name: String,
    description: String,
    /// The document, as JSON text: as it was sent, to the byte. Missing in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    spec: Option<String>,
    author: Option<ReportAuthor>,
    /// Counts the changes of its content; `"v3"` in `If-Match` means the third.
    version: i64,
    created_at: String,
    updated_at: String,
    /// The user name of who changed it last.
    updated_by: Option<String>,
    /// Of a draft: the report that it is a draft of, and the version of that it began from.
    published: Option<String>,
    published_version: Option<i64>,
    may: ReportRights,
}

/// Who wrote a report, or whom it was handed over to.
#[derive(Serialize, ToSchema)]
struct ReportAuthor {
    /// Null for who holds only a link.
    username: Option<String>,
    name: String,
    /// Whether they are locked out or have no seat there any more, so that it is to be handed over.
    left: bool,
}

/// What the caller may do with a report.
#[derive(Serialize, ToSchema)]
struct ReportRights {
    edit: bool,
    delete: bool,
    share: bool,
    /// Why a report that they may edit cannot be shared by link now.
    share_hindrance: Option<&'static str>,
    /// Hand it over, and let it go for good at once.
    manage: bool,
}

impl Report {
    pub fn show(reader: &Reader<'_>, call: &Call, report: reports::Report) -> Result<Self> {
        let spec = report.spec.clone();
        Ok(Self { spec: Some(spec), ..Self::listed(reader, call, report)? })
    }

    /// Without its document.
    pub fn listed(reader: &Reader<'_>, call: &Call, report: reports::Report) -> Result<Self> {
        let is_known = call.actor.known().is_ok();
        let may = |action| policy::allows(&call.actor, action, &report.target());
        let left = reports::author_left(reader, &report)?;
        let author = report.author_name.clone().map(|(username, name)| ReportAuthor {
            username: Some(username).filter(|_| is_known),
            name,
            left,
        });
        let share_hindrance = match links::may_share(call, &report) {
            true => Some(links::hindrance(reader, &report)?),
            false => None,
        };
        let may = ReportRights {
            edit: may(Action::Write),
            delete: may(Action::Delete),
            share: share_hindrance == Some(None),
            share_hindrance: share_hindrance.flatten(),
            manage: may(Action::Manage),
        };
        Ok(Self {
            id: reports::public_id(report.id),
            kind: report.kind.as_str(),
            entity: report.entity,
            project: report.project,
            name: report.name,
            display_name: report.display_name,
            description: report.description,
            spec: None,
            author,
            version: report.version,
            created_at: report.created_at.to_string(),
            updated_at: report.updated_at.to_string(),
            updated_by: report.updated_by.filter(|_| is_known),
            published: report.published.map(|(id, _)| reports::public_id(id)),
            published_version: report.published.map(|(_, version)| version),
            may,
        })
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewReport {
    display_name: Option<String>,
    description: Option<String>,
    /// The document, as JSON text of at most 4 MiB.
    spec: Option<String>,
    /// `report` or `draft`; `report` if nothing is said.
    kind: Option<String>,
    /// The id of the report that it is a draft of; what is not said is then as it is there.
    published: Option<String>,
}

/// What is left out stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReportPatch {
    display_name: Option<String>,
    description: Option<String>,
    /// The document, as JSON text of at most 4 MiB. `If-Match` says which version it replaces.
    spec: Option<String>,
    /// The user name of whom it is handed over to, for admins.
    author: Option<String>,
}

pub(super) fn kind(text: Option<&str>) -> Result<ReportKind> {
    let text = text.unwrap_or("report");
    ReportKind::parse(text).ok_or_else(|| {
        let known = ReportKind::ALL.map(ReportKind::as_str).join(", ");
        Error::invalid(format!("there is no kind of report \"{text}\"; there are {known}"))
    })
}

/// The report of this id, for who may see it.
///
/// # Errors
/// `NotFound`; `Unauthenticated` for who says nothing of themself and shows no link.
pub(super) fn found(reader: &Reader<'_>, call: &Call, id: &str, has_link: bool) -> Result<reports::Report> {
    let report = reports::read_public_id(id).and_then(|id| reports::require(reader, call, id));
    match report {
        Err(Error::NotFound(_)) if !has_link => call.actor.known().and(report),
        report => report,
    }
}

/// Whether a request shows a link to a report, be it over.
pub(super) fn has_link(request: &HttpRequest) -> bool {
    request.headers().contains_key(REPORT_TOKEN)
}

/// Makes a report or a draft, for members. Of a draft of a report that the caller has one of already, that one is answered (200).
#[utoipa::path(post, path = "/api/v1/projects/{entity}/{project}/reports", tag = "Reports",
    params(("entity" = String, Path), ("project" = String, Path)), request_body = NewReport,
    responses((status = 201, body = Report), (status = 200, body = Report), Refusals))]
async fn create(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
    form: Json<NewReport>,
) -> HttpResponse {
    let work = move |tx: &Tx<'_>| {
        let (report, is_new) = make(tx, &caller.0, &path, &form)?;
        Ok((Report::show(tx, &caller.0, report)?, is_new))
    };
    match app.db.write(work).await {
        Ok((report, true)) => answer::json(&request, StatusCode::CREATED, Ok(report)),
        made => answer::json(&request, StatusCode::OK, made.map(|(report, _)| report)),
    }
}

fn make(tx: &Tx<'_>, call: &Call, (entity, project): &(String, String), form: &NewReport) -> Result<(reports::Report, bool)> {
    let project = projects::visible(tx, call, entity, project)?;
    let kind = kind(form.kind.as_deref())?;
    if kind == ReportKind::Workspace {
        return Err(Error::invalid("workspaces are kept by the client; here reports and drafts are made"));
    }
    if let Some(published) = &form.published {
        let report = reports::require(tx, call, reports::read_public_id(published)?)?;
        if kind != ReportKind::Draft || report.project_id != project.id {
            return Err(Error::invalid("only a draft, in the same project, has a published report"));
        }
        let (draft, is_new) = reports::draft_of(tx, call, &report)?;
        let changes = Changes {
            display_name: form.display_name.clone(),
            description: form.description.clone(),
            spec: form.spec.clone(),
            ..Changes::default()
        };
        return Ok(if is_new { (reports::update(tx, call, &draft, &changes)?, true) } else { (draft, false) });
    }
    let (Some(display_name), Some(spec)) = (form.display_name.clone(), form.spec.clone()) else {
        return Err(Error::invalid("a report needs a display_name and a spec"));
    };
    let name = hex::encode(random_bytes::<6>());
    let content = Content { name, display_name, description: form.description.clone().unwrap_or_default(), spec };
    Ok((reports::create(tx, call, &project, kind, &content)?, true))
}

/// One report. Whoever may see its project, or holds a link to it, needs no more.
#[utoipa::path(get, path = "/api/v1/reports/{id}", tag = "Reports", params(("id" = String, Path)),
    responses((status = 200, body = Report), Refusals))]
async fn show(request: HttpRequest, app: Data<App>, caller: Caller, id: Path<String>) -> HttpResponse {
    let has_link = has_link(&request);
    let work = move |reader: &Reader<'_>| {
        let report = found(reader, &caller.0, &id, has_link)?;
        Report::show(reader, &caller.0, report)
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// What came of a change.
pub(super) enum Change {
    Made(Report),
    /// Somebody else was first; this is what the report is now.
    Behind(Report),
}

impl Change {
    pub fn answer(request: &HttpRequest, result: Result<Self>) -> HttpResponse {
        match result {
            Ok(Self::Behind(now)) => {
                let told = "somebody changed this report since you read it; bring both together and save again";
                answer::changed(request, told, &now)
            }
            Ok(Self::Made(report)) => answer::json(request, StatusCode::OK, Ok(report)),
            Err(error) => answer::error(request, &error),
        }
    }
}

/// Changes a report: members what they wrote, admins all of them. A new document replaces the version that `If-Match` names; if
/// somebody saved another meanwhile, nothing is changed (412), and `current` is what they saved.
#[utoipa::path(patch, path = "/api/v1/reports/{id}", tag = "Reports", params(("id" = String, Path)), request_body = ReportPatch,
    responses((status = 200, body = Report), Refusals))]
async fn update(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    id: Path<String>,
    form: Json<ReportPatch>,
) -> HttpResponse {
    let expected = IfMatch::of(&request);
    let work = move |tx: &Tx<'_>| {
        let (call, form) = (&caller.0, &*form);
        call.actor.signed_in()?;
        let report = found(tx, call, &id, false)?;
        let changes = Changes {
            name: None,
            display_name: form.display_name.clone(),
            description: form.description.clone(),
            spec: form.spec.clone(),
            author: form.author.clone(),
        };
        if changes.spec.is_some() && !expected.is_said() {
            return Err(Error::invalid("say which version the new spec replaces: If-Match with the ETag or \"v<version>\""));
        }
        let now = Report::show(tx, call, report.clone())?;
        let tag = answer::tag(&serde_json::to_vec(&now).map_err(Error::internal)?);
        if !expected.is_one_of(&[tag, format!("\"v{}\"", report.version)]) {
            // Who may not change it at all is told that.
            policy::require(&call.actor, Action::Write, &report.target())?;
            return Ok(Change::Behind(now));
        }
        let report = reports::update(tx, call, &report, &changes)?;
        Report::show(tx, call, report).map(Change::Made)
    };
    Change::answer(&request, app.db.write(work).await)
}
