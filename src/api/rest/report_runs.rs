//! `/reports/{id}/runs`: what the panels of a report draw of runs, for all who may see the report and these runs; so for those who
//! hold a link.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::listing::{self, Listing, Refusals};
use super::reports::{found, has_link};
use super::runs::figures;
use crate::api::{App, Caller, answer};
use crate::db::Reader;
use crate::domain::runs::filter::Filter;
use crate::domain::runs::order::Order;
use crate::domain::{Call, projects, runs};
use crate::error::{Error, Result};
use crate::policy::{self, Action};

pub(super) fn routes(config: &mut ServiceConfig) {
    config.route("/reports/{id}/runs", web::get().to(list));
}

/// What panels draw of a run.
#[derive(Serialize, ToSchema)]
pub(super) struct RunFigures {
    /// The run's id.
    name: String,
    display_name: String,
    state: &'static str,
    created_at: String,
    started_at: String,
    /// When its process was last heard of.
    heartbeat_at: String,
    ended_at: Option<String>,
    group: Option<String>,
    job_type: Option<String>,
    tags: Vec<String>,
    /// The user name of who made it; null for who only holds a link, as are the next two.
    username: Option<String>,
    /// The id of the sweep that it is of.
    sweep: Option<String>,
    /// What it ran on.
    host: Option<String>,
    /// What went into it, by key.
    config: Map<String, Value>,
    /// What came out of it, by key; NaN and infinities are the texts `NaN`, `Infinity` and `-Infinity`.
    summary: Map<String, Value>,
}

impl RunFigures {
    fn of(call: &Call, run: runs::Run) -> Result<Self> {
        let (config, summary) = figures(&run)?;
        // A link shows figures, and not whose they are.
        let is_seen = policy::allows(&call.actor, Action::Read, &run.target());
        Ok(Self {
            name: run.name,
            display_name: run.display_name,
            state: run.state.as_str(),
            created_at: run.created_at.to_string(),
            started_at: run.started_at.to_string(),
            heartbeat_at: run.heartbeat_at.to_string(),
            ended_at: run.ended_at.map(|at| at.to_string()),
            group: run.group,
            job_type: run.job_type,
            tags: run.tags,
            username: run.author.map(|(username, _)| username).filter(|_| is_seen),
            sweep: run.sweep.filter(|_| is_seen),
            host: run.host.filter(|_| is_seen),
            config,
            summary,
        })
    }
}

/// Which runs, and which page of them.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// The team or person whose project it is; that of the report if nothing is said.
    entity: Option<String>,
    /// The project; the report's own if nothing is said.
    project: Option<String>,
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

/// The runs of a project that match a filter, as far as panels draw them. Whoever holds a link sees those of the projects it names.
#[utoipa::path(get, path = "/api/v1/reports/{id}/runs", tag = "Reports", params(("id" = String, Path), Asked),
    responses((status = 200, body = Listing<RunFigures>), Refusals))]
async fn list(request: HttpRequest, app: Data<App>, caller: Caller, id: Path<String>, asked: Query<Asked>) -> HttpResponse {
    let has_link = has_link(&request);
    let work = move |reader: &Reader<'_>| {
        let call = &caller.0;
        let report = found(reader, call, &id, has_link)?;
        let entity = asked.entity.as_deref().unwrap_or(&report.entity);
        let name = asked.project.as_deref().unwrap_or(&report.project);
        let project = projects::with_figures(reader, call, entity, name)?
            .ok_or_else(|| Error::not_found(format!("project {entity}/{name}")))?;
        let filter = Filter::parse(asked.filter.as_deref().unwrap_or("{}"))?;
        let order = Order::parse(Some(asked.order.as_deref().unwrap_or("-created_at")))?;
        let size = listing::size(asked.limit)?;
        let page = runs::query::page(reader, project.id, &filter, &order, asked.after.as_deref(), size)?;
        let ids: Vec<_> = page.items.iter().map(|(_, id)| *id).collect();
        let mut whole = runs::by_ids(reader, &ids)?.into_iter();
        Listing::new(page, |_| {
            RunFigures::of(call, whole.next().ok_or_else(|| Error::internal("a run of the page is not there"))?)
        })
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}
