//! `/projects/{entity}/{project}/selected-runs`: one thing done to many runs at once.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Json, JsonConfig, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::listing::Refusals;
use super::projects::visible;
use super::unreadable;
use crate::api::{App, Caller, answer};
use crate::db::{Reader, Tx};
use crate::domain::Call;
use crate::domain::runs::filter::Filter;
use crate::domain::runs::selection::{self, Act, Outcome, Selection};
use crate::error::{Error, Result};

/// The most bytes of a selection: it may name many runs.
const SELECTION_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Runs that are written together: between these batches others get their turn.
const BATCH: usize = 500;
/// Runs that stay as they were and are told by name.
const TOLD_MAX: usize = 100;

pub(super) fn routes(config: &mut ServiceConfig) {
    let json = || {
        JsonConfig::default()
            .limit(SELECTION_BYTES_MAX)
            .error_handler(|error, request| answer::failure(request, &unreadable(&error.to_string())))
    };
    config
        .service(
            web::resource("/projects/{entity}/{project}/selected-runs/delete").app_data(json()).route(web::post().to(delete)),
        )
        .service(web::resource("/projects/{entity}/{project}/selected-runs/lock").app_data(json()).route(web::post().to(lock)))
        .service(
            web::resource("/projects/{entity}/{project}/selected-runs/unlock").app_data(json()).route(web::post().to(unlock)),
        )
        .service(
            web::resource("/projects/{entity}/{project}/selected-runs/restore").app_data(json()).route(web::post().to(restore)),
        );
}

/// Which runs are meant. Give `runs` or `filter`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SelectedRuns {
    /// Ids of runs.
    runs: Option<Vec<String>>,
    /// All runs that match, as lists of runs are filtered; `{}` for all.
    filter: Option<String>,
}

/// Runs in the trash.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TrashedRuns {
    /// Ids of runs.
    runs: Vec<String>,
}

/// What became of the runs.
#[derive(Serialize, ToSchema)]
pub(super) struct SelectionOutcome {
    /// Ids of those that it was done to.
    done: Vec<String>,
    /// How many are as they were.
    kept: usize,
    /// The first of those, each with the reason.
    kept_runs: Vec<KeptRun>,
}

/// A run that is as it was.
#[derive(Serialize, ToSchema)]
struct KeptRun {
    name: String,
    reason: String,
}

impl From<Outcome> for SelectionOutcome {
    fn from(Outcome { done, kept }: Outcome) -> Self {
        let count = kept.len();
        let kept_runs = kept.into_iter().take(TOLD_MAX).map(|(name, reason)| KeptRun { name, reason }).collect();
        Self { done, kept: count, kept_runs }
    }
}

/// Puts runs into the trash: those that the caller made, or all as an admin. The others stay, and the answer says why.
#[utoipa::path(post, path = "/api/v1/projects/{entity}/{project}/selected-runs/delete", tag = "Runs",
    params(("entity" = String, Path), ("project" = String, Path)), request_body = SelectedRuns,
    responses((status = 200, body = SelectionOutcome), Refusals))]
async fn delete(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
    form: Json<SelectedRuns>,
) -> HttpResponse {
    let act = Act::Delete(app.trash_period);
    answer::json(&request, StatusCode::OK, done(&app, caller.0, path.into_inner(), form.into_inner(), act).await)
}

/// Protects runs from deletion; for those who may delete them.
#[utoipa::path(post, path = "/api/v1/projects/{entity}/{project}/selected-runs/lock", tag = "Runs",
    params(("entity" = String, Path), ("project" = String, Path)), request_body = SelectedRuns,
    responses((status = 200, body = SelectionOutcome), Refusals))]
async fn lock(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
    form: Json<SelectedRuns>,
) -> HttpResponse {
    answer::json(&request, StatusCode::OK, done(&app, caller.0, path.into_inner(), form.into_inner(), Act::Lock).await)
}

/// Lets runs be deleted again; for those who may delete them.
#[utoipa::path(post, path = "/api/v1/projects/{entity}/{project}/selected-runs/unlock", tag = "Runs",
    params(("entity" = String, Path), ("project" = String, Path)), request_body = SelectedRuns,
    responses((status = 200, body = SelectionOutcome), Refusals))]
async fn unlock(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
    form: Json<SelectedRuns>,
) -> HttpResponse {
    answer::json(&request, StatusCode::OK, done(&app, caller.0, path.into_inner(), form.into_inner(), Act::Unlock).await)
}

/// Takes runs out of the trash; for those who may delete them.
#[utoipa::path(post, path = "/api/v1/projects/{entity}/{project}/selected-runs/restore", tag = "Runs",
    params(("entity" = String, Path), ("project" = String, Path)), request_body = TrashedRuns,
    responses((status = 200, body = SelectionOutcome), Refusals))]
async fn restore(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
    form: Json<TrashedRuns>,
) -> HttpResponse {
    answer::json(&request, StatusCode::OK, restored(&app, caller.0, path.into_inner(), &form.runs).await)
}

async fn done(app: &App, call: Call, path: (String, String), form: SelectedRuns, act: Act) -> Result<SelectionOutcome> {
    call.actor.signed_in()?;
    let selection = match (form.runs, form.filter) {
        (Some(names), None) => Selection::Named(names),
        (None, Some(filter)) => Selection::Matching(Filter::parse(&filter)?),
        _ => return Err(Error::invalid("say which runs: either their ids as runs, or a filter")),
    };
    let asked = call.clone();
    let find = move |reader: &Reader<'_>| {
        let project = visible(reader, &asked, &path.0, &path.1)?;
        selection::find(reader, &project, &selection)
    };
    let (runs, mut outcome) = app.db.read(find).await?;
    for batch in runs.chunks(BATCH) {
        let (call, batch) = (call.clone(), batch.to_vec());
        outcome.add(app.db.write(move |tx: &Tx<'_>| selection::act(tx, &call, &batch, act)).await?);
    }
    Ok(outcome.into())
}

async fn restored(app: &App, call: Call, path: (String, String), names: &[String]) -> Result<SelectionOutcome> {
    let mut outcome = Outcome::default();
    // Judged even if nothing is named.
    let (asked, at) = (call.clone(), path.clone());
    app.db.read(move |reader| visible(reader, &asked, &at.0, &at.1).map(|_| ())).await?;
    for batch in names.chunks(BATCH) {
        let (call, path, batch) = (call.clone(), path.clone(), batch.to_vec());
        let work = move |tx: &Tx<'_>| {
            let project = visible(tx, &call, &path.0, &path.1)?;
            selection::restore(tx, &call, &project, &batch)
        };
        outcome.add(app.db.write(work).await?);
    }
    Ok(outcome.into())
}
