//! `/projects/{entity}/{project}/runs`: the runs of a project, for scripts.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Json, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::listing::{self, Listing, Refusals};
use super::projects::visible;
use crate::api::answer::IfMatch;
use crate::api::{App, Caller, answer};
use crate::db::{Reader, Tx};
use crate::domain::Call;
use crate::domain::alerts;
use crate::domain::projects::ProjectName;
use crate::domain::runs::filter::Filter;
use crate::domain::runs::order::Order;
use crate::domain::runs::{self, Changes, Place, RunName, trash};
use crate::error::{Error, Result};
use crate::json;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/projects/{entity}/{project}/runs", web::get().to(list))
        .service(
            web::resource("/projects/{entity}/{project}/runs/{run}")
                .route(web::get().to(show))
                .route(web::patch().to(update))
                .route(web::delete().to(delete)),
        )
        .route("/projects/{entity}/{project}/runs/{run}/stop", web::post().to(stop));
}

/// One execution of a program that logs.
#[derive(Serialize, ToSchema)]
pub(super) struct Run {
    /// The run's id.
    name: String,
    /// Where it is: of a run that was asked for by the address it had before it moved, not what was asked.
    entity: String,
    project: String,
    display_name: String,
    /// `pending`, `running`, `finished`, `failed`, `crashed`, `killed`, `preempting` or `preempted`.
    state: &'static str,
    /// Why it is in its state, in words; may be empty.
    state_reason: String,
    exit_code: Option<i64>,
    notes: String,
    tags: Vec<String>,
    group: Option<String>,
    job_type: Option<String>,
    /// The user name of who made it.
    created_by: Option<String>,
    /// The user name of the service account that logs it on behalf of who made it.
    logged_by: Option<String>,
    /// Why it is not attributed to whom its process named; may be empty.
    attribution_warning: String,
    created_at: String,
    started_at: String,
    /// When its process was last heard of.
    heartbeat_at: String,
    ended_at: Option<String>,
    /// Whether it is protected from deletion.
    locked: bool,
    /// What went into it, by key.
    config: Map<String, Value>,
    /// What came out of it, by key; NaN and infinities are the texts `NaN`, `Infinity` and `-Infinity`.
    summary: Map<String, Value>,
}

impl Run {
    fn of(run: runs::Run) -> Result<Self> {
        let (config, summary) = figures(&run)?;
        Ok(Self {
            config,
            summary,
            locked: run.locked,
            name: run.name,
            entity: run.entity,
            project: run.project,
            display_name: run.display_name,
            state: run.state.as_str(),
            state_reason: run.state_reason,
            exit_code: run.exit_code,
            notes: run.notes,
            tags: run.tags,
            group: run.group,
            job_type: run.job_type,
            created_by: run.author.map(|(username, _)| username),
            logged_by: run.logged_by,
            attribution_warning: run.attribution_warning,
            created_at: run.created_at.to_string(),
            started_at: run.started_at.to_string(),
            heartbeat_at: run.heartbeat_at.to_string(),
            ended_at: run.ended_at.map(|at| at.to_string()),
        })
    }
}

/// Config and summary of a run.
pub(super) fn figures(run: &runs::Run) -> Result<(Map<String, Value>, Map<String, Value>)> {
    Ok((document(&run.config)?.into_iter().filter_map(bare).collect(), document(&run.summary)?))
}

/// A stored document in JSON proper.
fn document(text: &str) -> Result<Map<String, Value>> {
    let strict = json::Json::Map(json::Json::parse_map(text)?).to_strict_text();
    serde_json::from_str(&strict).map_err(Error::internal)
}

/// A member of the config without what the client keeps there for itself.
fn bare((key, mut value): (String, Value)) -> Option<(String, Value)> {
    let inner = value.get_mut("value").map(Value::take);
    (key != "_wandb").then(|| (key, inner.unwrap_or(value)))
}

/// Which runs, and which page of them.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// A filter as the client's public API sends it: `{"config.lr": {"$gt": 0.1}, "tags": "good"}`, as JSON.
    filter: Option<String>,
    /// `-created_at`, `+summary_metrics.loss`, …; newest first if nothing is said.
    order: Option<String>,
    /// The `next_cursor` of the page before.
    after: Option<String>,
    /// How many runs, 1 to 1000; 50 if nothing is said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// What is left out stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RunPatch {
    display_name: Option<String>,
    notes: Option<String>,
    /// All tags that it is to have.
    tags: Option<Vec<String>>,
    group: Option<String>,
    job_type: Option<String>,
    /// Whether it is protected from deletion; for those who may delete it.
    locked: Option<bool>,
    /// Keys to set; null takes a key away.
    config: Option<Map<String, Value>>,
}

/// The runs of a project that match a filter.
#[utoipa::path(get, path = "/api/v1/projects/{entity}/{project}/runs", tag = "Runs",
    params(("entity" = String, Path), ("project" = String, Path), Asked),
    responses((status = 200, body = Listing<Run>), Refusals))]
async fn list(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
    asked: Query<Asked>,
) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        let (Caller(call), (entity, project)) = (caller, path.into_inner());
        let found = visible(reader, &call, &entity, &project)?;
        let size = listing::size(asked.limit)?;
        let filter = Filter::parse(asked.filter.as_deref().unwrap_or("{}"))?;
        let order = Order::parse(Some(asked.order.as_deref().unwrap_or("-created_at")))?;
        let page = runs::query::page(reader, found.id, &filter, &order, asked.after.as_deref(), size)?;
        let ids: Vec<_> = page.items.iter().map(|(_, id)| *id).collect();
        let mut whole = runs::by_ids(reader, &ids)?.into_iter();
        Listing::new(page, |_| Run::of(whole.next().ok_or_else(|| Error::internal("a run of the page is not there"))?))
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Entity, project and run of a path.
type Named = (String, String, String);

/// One run.
#[utoipa::path(get, path = "/api/v1/projects/{entity}/{project}/runs/{run}", tag = "Runs",
    params(("entity" = String, Path), ("project" = String, Path), ("run" = String, Path)),
    responses((status = 200, body = Run), Refusals))]
async fn show(request: HttpRequest, app: Data<App>, caller: Caller, path: Path<Named>) -> HttpResponse {
    let work = move |reader: &Reader<'_>| Run::of(found(reader, &caller.0, &path)?);
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Changes what people write about a run, or keys of its config; for who may log there.
#[utoipa::path(patch, path = "/api/v1/projects/{entity}/{project}/runs/{run}", tag = "Runs",
    params(("entity" = String, Path), ("project" = String, Path), ("run" = String, Path)), request_body = RunPatch,
    responses((status = 200, body = Run), Refusals))]
async fn update(request: HttpRequest, app: Data<App>, caller: Caller, path: Path<Named>, form: Json<RunPatch>) -> HttpResponse {
    let expected = IfMatch::of(&request);
    let work = move |tx: &Tx<'_>| {
        let run = found(tx, &caller.0, &path)?;
        expected.require(|| Run::of(run.clone()))?;
        let place = Place {
            entity: Some(run.entity.clone()),
            project: ProjectName::parse(&run.project)?,
            name: Some(RunName::parse(&run.name)?),
            must_exist: true,
            hindrance: None,
        };
        let changes = Changes {
            display_name: form.display_name.clone(),
            notes: form.notes.clone(),
            tags: form.tags.clone(),
            group: form.group.clone(),
            job_type: form.job_type.clone(),
            config: form.config.as_ref().map(|keys| merged(&run.config, keys)).transpose()?,
            by_hand: true,
            ..Changes::default()
        };
        if let Some(locked) = form.locked {
            trash::set_locked(tx, &caller.0, &run, locked)?;
        }
        Run::of(runs::upsert(tx, &caller.0, &place, &changes)?.run)
    };
    answer::json(&request, StatusCode::OK, app.db.write(work).await)
}

/// The config document with these keys set, or taken away by null.
fn merged(stored: &str, keys: &Map<String, Value>) -> Result<String> {
    let mut config = json::Json::parse_map(stored)?;
    for (key, value) in keys {
        if value.is_null() {
            config.shift_remove(key);
        } else {
            let value = json::Json::parse(&serde_json::json!({ "value": value }).to_string())?;
            config.insert(key.clone(), value);
        }
    }
    Ok(json::Json::Map(config).to_text())
}

/// Puts a run into the trash; for who made it and the admins.
#[utoipa::path(delete, path = "/api/v1/projects/{entity}/{project}/runs/{run}", tag = "Runs",
    params(("entity" = String, Path), ("project" = String, Path), ("run" = String, Path)),
    responses((status = 204), Refusals))]
async fn delete(request: HttpRequest, app: Data<App>, caller: Caller, path: Path<Named>) -> HttpResponse {
    let period = app.trash_period;
    let work = move |tx: &Tx<'_>| trash::delete(tx, &caller.0, found(tx, &caller.0, &path)?.id, period);
    answer::empty(&request, app.db.write(work).await)
}

/// Whether a run was asked to stop.
#[derive(Serialize, ToSchema)]
pub(super) struct Stopped {
    /// False if it had ended already.
    stopping: bool,
}

/// Asks the process of a run to stop; it learns of it with its next heartbeat.
#[utoipa::path(post, path = "/api/v1/projects/{entity}/{project}/runs/{run}/stop", tag = "Runs",
    params(("entity" = String, Path), ("project" = String, Path), ("run" = String, Path)),
    responses((status = 200, body = Stopped), Refusals))]
async fn stop(request: HttpRequest, app: Data<App>, caller: Caller, path: Path<Named>) -> HttpResponse {
    let work = move |tx: &Tx<'_>| {
        let run = found(tx, &caller.0, &path)?;
        let stopping = runs::stop(tx, &caller.0, run.id)?;
        alerts::events::state_changed(tx, run.id, caller.0.now)?;
        Ok(Stopped { stopping })
    };
    answer::json(&request, StatusCode::OK, app.db.write(work).await)
}

fn found(reader: &Reader<'_>, call: &Call, (entity, project, name): &Named) -> Result<runs::Run> {
    call.actor.signed_in()?;
    runs::find(reader, call, entity, project, name)?.ok_or_else(|| Error::not_found(format!("run {name}")))
}
