//! `/projects/{entity}/{project}/reports` and `/teams/{team}/reports`: which reports there are.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::listing::{self, Listing, Refusals};
use super::reports::{Report, kind};
use super::{projects, teams};
use crate::api::{App, Caller, answer};
use crate::db::Reader;
use crate::domain::reports::{self, Search};
use crate::error::Result;

/// A page of reports, and whether the caller adds to them.
#[derive(Serialize, ToSchema)]
pub(super) struct ReportListing {
    #[serde(flatten)]
    listing: Listing<Report>,
    may: ListRights,
}

/// What the caller may do where the reports are.
#[derive(Serialize, ToSchema)]
struct ListRights {
    /// Write reports: in this project, or in those of the team that all of it sees.
    create: bool,
    /// Why not, in words.
    create_hindrance: Option<String>,
}

impl ListRights {
    fn of(writes: Result<()>) -> Self {
        Self { create: writes.is_ok(), create_hindrance: writes.err().map(|refusal| refusal.to_string()) }
    }
}

/// Which reports of a project.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// `report`, `draft` or `workspace`; `report` if nothing is said.
    kind: Option<String>,
    /// A part of the title.
    query: Option<String>,
    /// The `next_cursor` of the page before.
    after: Option<String>,
    /// How many, 1 to 1000; 50 if nothing is said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// Which reports of a team.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AskedOfTeam {
    /// A part of the title.
    query: Option<String>,
    /// The `next_cursor` of the page before.
    after: Option<String>,
    /// How many, 1 to 1000; 50 if nothing is said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// What stands in a search field.
fn words(query: Option<String>) -> Option<String> {
    query.filter(|words| !words.is_empty())
}

/// Reports of a project that the caller may see, last changed first; drafts are their own, and all for admins.
#[utoipa::path(get, path = "/api/v1/projects/{entity}/{project}/reports", tag = "Reports",
    params(("entity" = String, Path), ("project" = String, Path), Asked),
    responses((status = 200, body = ReportListing), Refusals))]
pub(super) async fn of_project(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
    asked: Query<Asked>,
) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        let (call, Asked { kind: of, query, after, limit }) = (&caller.0, asked.into_inner());
        let project = projects::visible(reader, call, &path.0, &path.1)?;
        let search = Search { words: words(query), ..Search::default() };
        let (kind, size) = (kind(of.as_deref())?, listing::size(limit)?);
        let page = reports::page(reader, call, &project, kind, &search, after.as_deref(), size)?;
        let listing = Listing::new(page, |report| Report::listed(reader, call, report))?;
        Ok(ReportListing { listing, may: ListRights::of(reports::require_writes(call, &project)) })
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Published reports in all projects of a team or personal space that the caller may see, last changed first.
#[utoipa::path(get, path = "/api/v1/teams/{team}/reports", tag = "Reports", params(("team" = String, Path), AskedOfTeam),
    responses((status = 200, body = ReportListing), Refusals))]
pub(super) async fn of_team(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    team: Path<String>,
    asked: Query<AskedOfTeam>,
) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        let (call, AskedOfTeam { query, after, limit }) = (&caller.0, asked.into_inner());
        let team = teams::named(reader, call, &team)?;
        let size = listing::size(limit)?;
        let page = reports::page_of_entity(reader, call, &team, words(query).as_deref(), after.as_deref(), size)?;
        let listing = Listing::new(page, |report| Report::listed(reader, call, report))?;
        Ok(ReportListing { listing, may: ListRights::of(reports::require_writes_for(call, &team)) })
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}
