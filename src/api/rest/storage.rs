//! `/projects/{entity}/{project}/storage`: which runs and artifacts of a project take how much room.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::listing::{Refusals, size};
use super::projects::visible;
use crate::api::{App, Caller, answer};
use crate::domain::storage::{self, ArtifactUsage, RunHistories, RunUsage};
use crate::error::Result;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.route("/projects/{entity}/{project}/storage", web::get().to(of_project));
}

/// What takes room in a project, the greatest first.
#[derive(Serialize, ToSchema)]
pub(super) struct ProjectStorage {
    /// The moment of this answer.
    measured_at: String,
    runs: Vec<RunUsage>,
    artifacts: Vec<ArtifactUsage>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Most {
    /// How many of each, 1 to 1000; 50 if nothing is said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// What the runs and the artifact versions of a project take, exactly and now; deleted runs in its trash included.
#[utoipa::path(get, path = "/api/v1/projects/{entity}/{project}/storage", tag = "Projects",
    params(("entity" = String, Path), ("project" = String, Path), Most),
    responses((status = 200, body = ProjectStorage), Refusals))]
async fn of_project(
    request: HttpRequest,
    app: Data<App>,
    Caller(call): Caller,
    path: Path<(String, String)>,
    most: Query<Most>,
) -> HttpResponse {
    answer::json(&request, StatusCode::OK, measure(&app, call, path.into_inner(), most.limit).await)
}

async fn measure(
    app: &App,
    call: crate::domain::Call,
    (entity, name): (String, String),
    limit: Option<usize>,
) -> Result<ProjectStorage> {
    let first = size(limit)?;
    let work = move |db: &crate::db::Reader<'_>| {
        let project = visible(db, &call, &entity, &name)?.id;
        Ok((project, storage::run_ids(db, project)?, storage::artifacts_of(db, project, first)?))
    };
    let (project, ids, artifacts) = app.db.read(work).await?;
    let histories = app.history.read(move |db| RunHistories::read(db, &ids)).await?;
    let runs = app.db.read(move |db| storage::runs_of(db, &histories, project, first)).await?;
    Ok(ProjectStorage { measured_at: app.clock.now().to_string(), runs, artifacts })
}
