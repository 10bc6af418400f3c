//! `/reports/{id}/star`, `/reports/{id}/follow`, `/reports/{id}/attention` and `/starred-reports`: what a report is to the caller.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::listing::{Listing, Paging, Refusals};
use super::reports::Report;
use crate::api::{App, Caller, answer};
use crate::db::{Reader, Tx};
use crate::domain::reports::attention;
use crate::domain::{Call, discussions, reports};
use crate::error::Result;
use crate::id::ReportId;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/reports/{id}/attention", web::get().to(show))
        .service(web::resource("/reports/{id}/star").route(web::put().to(star)).route(web::delete().to(unstar)))
        .service(web::resource("/reports/{id}/follow").route(web::put().to(follow)).route(web::delete().to(unfollow)))
        .route("/starred-reports", web::get().to(starred));
}

/// What a report is to the caller.
#[derive(Serialize, ToSchema)]
pub(super) struct Attention {
    starred: bool,
    /// Whether they are told of its comments and new versions.
    following: bool,
    /// How many people have marked it.
    stars: i64,
    /// How many threads about it are not resolved.
    open_threads: i64,
}

fn report_of(call: &Call, id: &str) -> Result<ReportId> {
    call.actor.signed_in()?;
    reports::read_public_id(id)
}

/// What a report is to the caller; for people who see it by a right of their own.
#[utoipa::path(get, path = "/api/v1/reports/{id}/attention", tag = "Comments", params(("id" = String, Path)),
    responses((status = 200, body = Attention), Refusals))]
async fn show(request: HttpRequest, app: Data<App>, caller: Caller, id: Path<String>) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        let (report, found) = attention::of_caller(reader, &caller.0, report_of(&caller.0, &id)?)?;
        let open_threads = discussions::open_count(reader, &report)?;
        Ok(Attention { starred: found.starred, following: found.following, stars: found.stars, open_threads })
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

async fn change(
    (request, app, caller, id): (HttpRequest, Data<App>, Caller, Path<String>),
    work: impl Fn(&Tx<'_>, &Call, ReportId) -> Result<()> + Send + 'static,
) -> HttpResponse {
    let work = move |tx: &Tx<'_>| work(tx, &caller.0, report_of(&caller.0, &id)?);
    answer::empty(&request, app.db.write(work).await)
}

/// Marks a report for the caller.
#[utoipa::path(put, path = "/api/v1/reports/{id}/star", tag = "Comments", params(("id" = String, Path)),
    responses((status = 204), Refusals))]
async fn star(request: HttpRequest, app: Data<App>, caller: Caller, id: Path<String>) -> HttpResponse {
    change((request, app, caller, id), |tx, call, id| attention::set_star(tx, call, id, true)).await
}

/// Marks it no more.
#[utoipa::path(delete, path = "/api/v1/reports/{id}/star", tag = "Comments", params(("id" = String, Path)),
    responses((status = 204), Refusals))]
async fn unstar(request: HttpRequest, app: Data<App>, caller: Caller, id: Path<String>) -> HttpResponse {
    change((request, app, caller, id), |tx, call, id| attention::set_star(tx, call, id, false)).await
}

/// Has the caller told of comments on a report and of its new versions.
#[utoipa::path(put, path = "/api/v1/reports/{id}/follow", tag = "Comments", params(("id" = String, Path)),
    responses((status = 204), Refusals))]
async fn follow(request: HttpRequest, app: Data<App>, caller: Caller, id: Path<String>) -> HttpResponse {
    change((request, app, caller, id), |tx, call, id| attention::set_following(tx, call, id, true)).await
}

/// Has them told no more; commenting does not make them follow it again.
#[utoipa::path(delete, path = "/api/v1/reports/{id}/follow", tag = "Comments", params(("id" = String, Path)),
    responses((status = 204), Refusals))]
async fn unfollow(request: HttpRequest, app: Data<App>, caller: Caller, id: Path<String>) -> HttpResponse {
    change((request, app, caller, id), |tx, call, id| attention::set_following(tx, call, id, false)).await
}

/// The reports that the caller marked and may still see, last marked first.
#[utoipa::path(get, path = "/api/v1/starred-reports", tag = "Comments", params(Paging),
    responses((status = 200, body = Listing<Report>), Refusals))]
async fn starred(request: HttpRequest, app: Data<App>, caller: Caller, paging: Query<Paging>) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        let call = &caller.0;
        let page = attention::starred(reader, call, paging.after.as_deref(), paging.size()?)?;
        Listing::new(page, |report| Report::listed(reader, call, report))
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}
