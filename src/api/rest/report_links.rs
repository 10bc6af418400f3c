//! `/reports/{id}/links`: links that show a report to whoever holds them.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::listing::{Listing, Refusals};
use super::reports::found;
use crate::api::{App, Caller, answer};
use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::domain::reports::links::{self, Link};
use crate::domain::{Call, reports};
use crate::error::{Error, Result};
use crate::id::ReportLinkId;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/reports/{id}/links").route(web::get().to(list)).route(web::post().to(create)))
        .route("/reports/{id}/links/{link}", web::delete().to(revoke));
}

/// A link that shows a report to whoever holds it.
#[derive(Serialize, ToSchema)]
pub(super) struct ReportLink {
    id: i64,
    /// What pages send as `X-Runstead-Report-Token`.
    token: String,
    /// What is handed on.
    url: String,
    /// Whose runs it shows.
    projects: Vec<ProjectPath>,
    /// The user name of who made it.
    created_by: Option<String>,
    created_at: String,
    expires_at: Option<String>,
    revoked_at: Option<String>,
    /// Whether it opens the report now.
    works: bool,
    /// Why not.
    why_not: Option<&'static str>,
}

/// A project by its name and that of its team or person.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProjectPath {
    entity: String,
    project: String,
}

impl ReportLink {
    fn of(public_url: &str, report: &reports::Report, link: Link) -> Self {
        let projects = link.projects.into_iter().map(|(entity, project)| ProjectPath { entity, project });
        Self {
            id: link.id.get(),
            // Its letters stand for themselves in an address.
            url: format!("{public_url}{}?accessToken={}", report.path(), link.token.reveal()),
            token: link.token.reveal().to_owned(),
            projects: projects.collect(),
            created_by: link.created_by,
            created_at: link.created_at.to_string(),
            expires_at: link.expires_at.map(|at| at.to_string()),
            revoked_at: link.revoked_at.map(|at| at.to_string()),
            works: link.why_not.is_none(),
            why_not: link.why_not,
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewReportLink {
    /// Whose runs it shows; the report's own project and all that its run sets name, as far as the caller logs there, if nothing is
    /// said.
    projects: Option<Vec<ProjectPath>>,
    /// Until when it works, in ISO 8601; until it is revoked if nothing is said.
    expires_at: Option<String>,
}

/// The report, for somebody who is signed in.
fn known(reader: &Reader<'_>, call: &Call, id: &str) -> Result<reports::Report> {
    call.actor.known()?;
    found(reader, call, id, false)
}

/// The links to a report, newest first, for those who may change it.
#[utoipa::path(get, path = "/api/v1/reports/{id}/links", tag = "Reports", params(("id" = String, Path)),
    responses((status = 200, body = Listing<ReportLink>), Refusals))]
async fn list(request: HttpRequest, app: Data<App>, caller: Caller, id: Path<String>) -> HttpResponse {
    let (signer, public_url) = (app.signer.clone(), app.public_url.clone());
    let work = move |reader: &Reader<'_>| {
        let report = known(reader, &caller.0, &id)?;
        let found = links::list(reader, &caller.0, &signer, &report)?.into_iter();
        Ok(Listing::whole(found.map(|link| ReportLink::of(&public_url, &report, link)).collect()))
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Makes a link to a report, for those who may change it, unless the team or its organization forbids that.
#[utoipa::path(post, path = "/api/v1/reports/{id}/links", tag = "Reports", params(("id" = String, Path)),
    request_body = NewReportLink, responses((status = 201, body = ReportLink), Refusals))]
async fn create(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    id: Path<String>,
    form: Json<NewReportLink>,
) -> HttpResponse {
    let (signer, public_url) = (app.signer.clone(), app.public_url.clone());
    let work = move |tx: &Tx<'_>| {
        let report = known(tx, &caller.0, &id)?;
        let expires_at = form.expires_at.as_deref().map(moment).transpose()?;
        let named: Option<Vec<(String, String)>> = form
            .projects
            .as_ref()
            .map(|projects| projects.iter().map(|ProjectPath { entity, project }| (entity.clone(), project.clone())).collect());
        let link = links::create(tx, &caller.0, &signer, &report, named.as_deref(), expires_at)?;
        Ok(ReportLink::of(&public_url, &report, link))
    };
    answer::json(&request, StatusCode::CREATED, app.db.write(work).await)
}

fn moment(text: &str) -> Result<Timestamp> {
    Timestamp::parse(text).ok_or_else(|| Error::invalid(format!("'{text}' is not a date and time in ISO 8601")))
}

/// Ends a link, for those who may change the report.
#[utoipa::path(delete, path = "/api/v1/reports/{id}/links/{link}", tag = "Reports",
    params(("id" = String, Path), ("link" = i64, Path)), responses((status = 204), Refusals))]
async fn revoke(request: HttpRequest, app: Data<App>, caller: Caller, path: Path<(String, i64)>) -> HttpResponse {
    let work = move |tx: &Tx<'_>| {
        let report = known(tx, &caller.0, &path.0)?;
        links::revoke(tx, &caller.0, &report, ReportLinkId::new(path.1))
    };
    answer::empty(&request, app.db.write(work).await)
}
