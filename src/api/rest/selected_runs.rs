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
    config
        .service(
            web::resource("/projects/{entity}/{project}/selected-runs/delete")
                .app_data(long_form())
                .route(web::post().to(delete)),
        )
        .service(
            web::resource("/projects/{entity}/{project}/selected-runs/lock").app_data(long_form()).route(web::post().to(lock)),
        )
        .service(
            web::resource("/projects/{entity}/{project}/selected-runs/unlock")
                .app_data(long_form())
                .route(web::post().to(unlock)),
        )
        .service(
            web::resource("/projects/{entity}/{project}/selected-runs/restore")
                .app_data(long_form())
                .route(web::post().to(restore)),
        );
}

/// How bodies are read that may name many runs.
pub(super) fn long_form() -> JsonConfig {
    JsonConfig::default()
        .limit(SELECTION_BYTES_MAX)
        .error_handler(|error, request| answer::failure(request, &unreadable(&error.to_string())))
}

/// The runs that a form means by their ids or by a filter.
pub(super) fn selection(runs: Option<Vec<String>>, filter: Option<&str>) -> Result<Selection> {
    match (runs, filter) {
        (Some(names), None) => Ok(Selection::Named(names)),
        (None, Some(filter)) => Ok(Selection::Matching(Filter::parse(filter)?)),
        _ => Err(Error::invalid("say which runs: either their ids as runs, or a filter")),
    }
}

/// What all of these doors are asked with: the request, the project, and which of its runs are meant.
type Asked<F> = (HttpRequest, Data<App>, Caller, Path<(String, String)>, Json<F>);

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
async fn delete(asked: Asked<SelectedRuns>) -> HttpResponse {
    let act = Act::Delete(asked.1.trash_period);
    all(asked, act).await
}

/// Protects runs from deletion; for those who may delete them.
#[utoipa::path(post, path = "/api/v1/projects/{entity}/{project}/selected-runs/lock", tag = "Runs",
    params(("entity" = String, Path), ("project" = String, Path)), request_body = SelectedRuns,
    responses((status = 200, body = SelectionOutcome), Refusals))]
async fn lock(asked: Asked<SelectedRuns>) -> HttpResponse {
    all(asked, Act::Lock).await
}

/// Lets runs be deleted again; for those who may delete them.
#[utoipa::path(post, path = "/api/v1/projects/{entity}/{project}/selected-runs/unlock", tag = "Runs",
    params(("entity" = String, Path), ("project" = String, Path)), request_body = SelectedRuns,
    responses((status = 200, body = SelectionOutcome), Refusals))]
async fn unlock(asked: Asked<SelectedRuns>) -> HttpResponse {
    all(asked, Act::Unlock).await
}

/// Takes runs out of the trash; for those who may delete them.
#[utoipa::path(post, path = "/api/v1/projects/{entity}/{project}/selected-runs/restore", tag = "Runs",
    params(("entity" = String, Path), ("project" = String, Path)), request_body = TrashedRuns,
    responses((status = 200, body = SelectionOutcome), Refusals))]
async fn restore((request, app, caller, path, form): Asked<TrashedRuns>) -> HttpResponse {
    answer::json(&request, StatusCode::OK, restored(&app, caller.0, path.into_inner(), &form.runs).await)
}

/// Does one thing to all runs that are meant.
async fn all((request, app, caller, path, form): Asked<SelectedRuns>, act: Act) -> HttpResponse {
    answer::json(&request, StatusCode::OK, done(&app, caller.0, path.into_inner(), form.into_inner(), act).await)
}

async fn done(app: &App, call: Call, path: (String, String), form: SelectedRuns, act: Act) -> Result<SelectionOutcome> {
    call.actor.signed_in()?;
    let selection = selection(form.runs, form.filter.as_deref())?;
    let asked = call.clone();
    let find = move |reader: &Reader<'_>| {
        let project = visible(reader, &asked, &path.0, &path.1)?;
        selection::pick(reader, project.id, &selection)
    };
    let picked = app.db.read(find).await?;
    let mut outcome = Outcome::of_missing(picked.missing);
    for batch in picked.runs.chunks(BATCH) {
        let (call, batch) = (call.clone(), batch.iter().map(|run| run.id).collect::<Vec<_>>());
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
