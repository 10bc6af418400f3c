//! `/projects/{entity}/{project}/trash`: deleted runs, until they go for good.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::listing::{Listing, Paging, Refusals};
use super::projects::visible;
use crate::api::{App, Caller, answer};
use crate::db::{Reader, Tx};
use crate::domain::runs::trash::{self, Trashed};
use crate::domain::{Call, projects};
use crate::error::Result;
use crate::policy::{self, Action};

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/projects/{entity}/{project}/trash", web::get().to(list))
        .route("/projects/{entity}/{project}/trash/{run}/restore", web::post().to(restore))
        .route("/projects/{entity}/{project}/trash/{run}", web::delete().to(purge));
}

/// A deleted run.
#[derive(Serialize, ToSchema)]
pub(super) struct TrashedRun {
    /// The run's id.
    name: String,
    display_name: String,
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

fn shown(call: &Call, project: &projects::Project, run: Trashed) -> TrashedRun {
    let may = |action| policy::allows(&call.actor, action, &run.target(project));
    TrashedRun {
        can_restore: may(Action::Delete),
        can_purge: may(Action::Manage),
        name: run.name,
        display_name: run.display_name,
        deleted_at: run.deleted_at.to_string(),
        deleted_by: run.deleted_by,
        expires_at: run.purge_after.to_string(),
    }
}

/// The deleted runs of a project, last deleted first.
#[utoipa::path(get, path = "/api/v1/projects/{entity}/{project}/trash", tag = "Projects",
    params(("entity" = String, Path), ("project" = String, Path), Paging),
    responses((status = 200, body = Listing<TrashedRun>), Refusals))]
async fn list(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
    paging: Query<Paging>,
) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        let project = visible(reader, &caller.0, &path.0, &path.1)?;
        let page = trash::page(reader, &project, paging.after.as_deref(), paging.size()?)?;
        Listing::new(page, |run| Ok(shown(&caller.0, &project, run)))
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Restores a run as it was, for those who may delete it.
#[utoipa::path(post, path = "/api/v1/projects/{entity}/{project}/trash/{run}/restore", tag = "Projects",
    params(("entity" = String, Path), ("project" = String, Path), ("run" = String, Path)),
    responses((status = 204), Refusals))]
async fn restore(request: HttpRequest, app: Data<App>, caller: Caller, path: Path<Named>) -> HttpResponse {
    let restored = act(&app, caller, path, |tx, call, project, run| trash::restore(tx, call, project, run).map(|_| ()));
    answer::empty(&request, restored.await)
}

/// Lets a deleted run go for good within seconds, for those who manage the project.
#[utoipa::path(delete, path = "/api/v1/projects/{entity}/{project}/trash/{run}", tag = "Projects",
    params(("entity" = String, Path), ("project" = String, Path), ("run" = String, Path)),
    responses((status = 204), Refusals))]
async fn purge(request: HttpRequest, app: Data<App>, caller: Caller, path: Path<Named>) -> HttpResponse {
    answer::empty(&request, act(&app, caller, path, trash::purge_now).await)
}

/// Entity, project and run of a path.
type Named = (String, String, String);

/// Does something to a run in the trash of a project that the caller may see.
async fn act(
    app: &App,
    Caller(call): Caller,
    path: Path<Named>,
    action: fn(&Tx<'_>, &Call, &projects::Project, &str) -> Result<()>,
) -> Result<()> {
    let work = move |tx: &Tx<'_>| action(tx, &call, &visible(tx, &call, &path.0, &path.1)?, &path.2);
    app.db.write(work).await
}
