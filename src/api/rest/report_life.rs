//! `/reports/{id}`: publishing drafts, deleting reports and taking that back.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Json, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::listing::{Failure, Listing, Paging, Refusals};
use super::projects::visible;
use super::reports::{Change, Report, found};
use crate::api::{App, Caller, answer};
use crate::db::{Reader, Tx};
use crate::domain::Call;
use crate::domain::reports::trash::{self, Trashed};
use crate::domain::reports::{self, Publishing};
use crate::error::Result;
use crate::policy::{self, Action};

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/reports/{id}/publish", web::post().to(publish))
        .route("/reports/{id}/restore", web::post().to(restore))
        .route("/reports/{id}/purge", web::post().to(purge))
        .route("/projects/{entity}/{project}/deleted-reports", web::get().to(deleted));
}

/// A deleted report.
#[derive(Serialize, ToSchema)]
pub(super) struct DeletedReport {
    id: String,
    display_name: String,
    /// `report`, `draft` or `workspace`.
    kind: &'static str,
    deleted_at: String,
    /// The user name of who deleted it.
    deleted_by: Option<String>,
    /// When it goes for good.
    expires_at: String,
    /// Whether the caller may restore it.
    can_restore: bool,
    /// Whether the caller may let it go for good now.
    can_purge: bool,
}

impl DeletedReport {
    fn of(call: &Call, found: Trashed) -> Self {
        let may = |action| policy::allows(&call.actor, action, &found.report.target());
        Self {
            can_restore: may(Action::Delete),
            can_purge: may(Action::Manage),
            id: reports::public_id(found.report.id),
            display_name: found.report.display_name,
            kind: found.report.kind.as_str(),
            deleted_at: found.deleted_at.to_string(),
            deleted_by: found.deleted_by,
            expires_at: found.purge_after.to_string(),
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Publication {
    /// The version of the report that is replaced, for who has seen it; the one that the draft began from if nothing is said.
    over: Option<i64>,
}

/// What is to go with a report.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Going {
    /// Whether the drafts that others have of it go too; else it is not deleted as long as there are some.
    #[serde(default)]
    drafts: bool,
}

/// Shows a draft to all who see the project. Its content becomes that of the report that it is a draft of, and the draft is gone; one
/// of no report becomes a report. If somebody changed the report since the draft began, nothing is changed (412), and `current` is
/// what it is now.
#[utoipa::path(post, path = "/api/v1/reports/{id}/publish", tag = "Reports", params(("id" = String, Path)),
    request_body = Publication,
    responses((status = 200, body = Report), (status = 412, description = "The report was changed since the draft began.", body = Failure), Refusals))]
async fn publish(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    id: Path<String>,
    form: Json<Publication>,
) -> HttpResponse {
    let work = move |tx: &Tx<'_>| {
        let call = &caller.0;
        let draft = known(tx, call, &id)?;
        Ok(match reports::publish(tx, call, &draft, form.over)? {
            Publishing::Done(report) => Change::Made(Report::show(tx, call, report)?),
            Publishing::Behind(report) => Change::Behind(Report::show(tx, call, report)?),
        })
    };
    Change::answer(&request, app.db.write(work).await)
}

/// The report of this id, for somebody who is signed in.
fn known(tx: &Tx<'_>, call: &Call, id: &str) -> Result<reports::Report> {
    call.actor.known()?;
    found(tx, call, id, false)
}

/// Puts a report into the trash; for who wrote it, as a member, and the admins. Its links open nothing from now on.
#[utoipa::path(delete, path = "/api/v1/reports/{id}", tag = "Reports", params(("id" = String, Path), Going),
    responses((status = 204), Refusals))]
pub(super) async fn delete(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    id: Path<String>,
    going: Query<Going>,
) -> HttpResponse {
    let period = app.trash_period;
    let work = move |tx: &Tx<'_>| trash::delete(tx, &caller.0, &known(tx, &caller.0, &id)?, going.drafts, period);
    answer::empty(&request, app.db.write(work).await)
}

/// Restores a report as it was, with its drafts and links, for those who may delete it.
#[utoipa::path(post, path = "/api/v1/reports/{id}/restore", tag = "Reports", params(("id" = String, Path)),
    responses((status = 204), Refusals))]
async fn restore(request: HttpRequest, app: Data<App>, caller: Caller, id: Path<String>) -> HttpResponse {
    let work = move |tx: &Tx<'_>| {
        caller.0.actor.signed_in()?;
        trash::restore(tx, &caller.0, reports::read_public_id(&id)?).map(|_| ())
    };
    answer::empty(&request, app.db.write(work).await)
}

/// Lets a deleted report go for good within seconds, for those who manage the project.
#[utoipa::path(post, path = "/api/v1/reports/{id}/purge", tag = "Reports", params(("id" = String, Path)),
    responses((status = 204), Refusals))]
async fn purge(request: HttpRequest, app: Data<App>, caller: Caller, id: Path<String>) -> HttpResponse {
    let work = move |tx: &Tx<'_>| {
        caller.0.actor.signed_in()?;
        trash::purge_now(tx, &caller.0, reports::read_public_id(&id)?)
    };
    answer::empty(&request, app.db.write(work).await)
}

/// The deleted reports of a project, last deleted first.
#[utoipa::path(get, path = "/api/v1/projects/{entity}/{project}/deleted-reports", tag = "Reports",
    params(("entity" = String, Path), ("project" = String, Path), Paging),
    responses((status = 200, body = Listing<DeletedReport>), Refusals))]
async fn deleted(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
    paging: Query<Paging>,
) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        let project = visible(reader, &caller.0, &path.0, &path.1)?;
        let page = trash::page(reader, &caller.0, &project, paging.after.as_deref(), paging.size()?)?;
        Listing::new(page, |found| Ok(DeletedReport::of(&caller.0, found)))
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}
