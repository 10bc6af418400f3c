//! Deleting projects and teams: what goes with them, and `/trash/{entity}`, where deleted projects lie until they go for good.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::listing::{Listing, Paging, Refusals};
use super::projects::{Project, found, shown};
use crate::api::{App, Caller, answer};
use crate::db::{Reader, Tx};
use crate::domain::projects::trash::{self, Holdings};
use crate::domain::teams::{Entity, trash as team_trash};
use crate::domain::{Call, artifacts, files, teams};
use crate::error::{Error, Result};
use crate::policy::{self, Action, Target};

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/projects/{entity}/{project}/deletion", web::get().to(preview))
        .route("/trash/{entity}", web::get().to(list))
        .route("/trash/{entity}/{project}/restore", web::post().to(restore))
        .route("/trash/{entity}/{project}", web::delete().to(purge))
        .route("/teams/{team}/deletion", web::get().to(preview_of_team))
        .route("/teams/{team}/purge", web::post().to(purge_team));
}

/// What would go, for who is about to delete a project or a team.
#[derive(Serialize, ToSchema)]
pub(super) struct Deletion {
    /// 1 for a project.
    projects: i64,
    runs: i64,
    /// How many of them are at work: they are told that there is no such run any more.
    running: i64,
    /// How many are locked against deletion; as long as there is one, a project or team cannot be deleted.
    locked: i64,
    /// How many were made by others than who owns the project; 0 for a team.
    by_others: i64,
    /// Reports and drafts of them.
    reports: i64,
    /// Reports, drafts and kept workspaces of others than who owns the project; 0 for a team.
    reports_by_others: i64,
    /// Versions of artifacts.
    artifacts: i64,
    /// Bytes of files and artifacts.
    bytes: i64,
    /// For how long it can be restored.
    days_in_trash: u64,
    /// Whether the caller may delete it.
    can_delete: bool,
    /// Why not.
    reason: Option<String>,
}

impl Deletion {
    fn new(app: &App, held: Holdings, projects: i64, (artifacts, bytes): (i64, i64), judged: Result<()>) -> Self {
        Self {
            projects,
            artifacts,
            runs: held.runs,
            running: held.running,
            locked: held.locked,
            by_others: held.by_others,
            reports: held.reports,
            reports_by_others: held.reports_by_others,
            bytes,
            days_in_trash: app.trash_period.as_secs() / 86_400,
            can_delete: judged.is_ok(),
            reason: judged.err().map(|refusal| refusal.to_string()),
        }
    }
}

/// A project in the trash.
#[derive(Serialize, ToSchema)]
pub(super) struct TrashedProject {
    name: String,
    description: String,
    runs: i64,
    deleted_at: String,
    /// The user name of who deleted it.
    deleted_by: Option<String>,
    /// When it goes for good.
    expires_at: String,
    /// Whether the caller may let it go for good now.
    can_purge: bool,
}

/// What would go with a project, and whether the caller may delete it.
#[utoipa::path(get, path = "/api/v1/projects/{entity}/{project}/deletion", tag = "Projects",
    params(("entity" = String, Path), ("project" = String, Path)), responses((status = 200, body = Deletion), Refusals))]
async fn preview(request: HttpRequest, app: Data<App>, caller: Caller, path: Path<(String, String)>) -> HttpResponse {
    let at = app.clone();
    let work = move |reader: &Reader<'_>| {
        let project = found(reader, &caller.0, &path)?;
        let held = trash::holdings(reader, &project)?;
        let bytes = files::bytes_of_project(reader, project.id)? + artifacts::bytes_of_project(reader, project.id)?;
        let versions = artifacts::versions_of_project(reader, project.id)?;
        let judged = policy::require(&caller.0.actor, Action::Delete, &trash::target(&project, &held));
        Ok(Deletion::new(&at, held, 1, (versions, bytes), judged))
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Puts a project with all it holds into the trash: for admins, and for who made it as long as all runs and reports in it are theirs.
#[utoipa::path(delete, path = "/api/v1/projects/{entity}/{project}", tag = "Projects",
    params(("entity" = String, Path), ("project" = String, Path)), responses((status = 204), Refusals))]
pub(super) async fn delete(request: HttpRequest, app: Data<App>, caller: Caller, path: Path<(String, String)>) -> HttpResponse {
    let period = app.trash_period;
    let work = move |tx: &Tx<'_>| {
        let project = found(tx, &caller.0, &path)?;
        trash::delete(tx, &caller.0, &project, period)
    };
    answer::empty(&request, app.db.write(work).await)
}

/// The deleted projects of a team or person that the caller may restore, last deleted first.
#[utoipa::path(get, path = "/api/v1/trash/{entity}", tag = "Projects", params(("entity" = String, Path), Paging),
    responses((status = 200, body = Listing<TrashedProject>), Refusals))]
async fn list(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    entity: Path<String>,
    paging: Query<Paging>,
) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        let entity = visible(reader, &caller.0, &entity)?;
        let page = trash::page(reader, &caller.0, entity.id, paging.after.as_deref(), paging.size()?)?;
        Listing::new(page, |found| {
            Ok(TrashedProject {
                runs: trash::holdings(reader, &found.project)?.runs,
                can_purge: policy::allows(&caller.0.actor, Action::Manage, &found.project.target()),
                name: found.project.name,
                description: found.project.description,
                deleted_at: found.deleted_at.to_string(),
                deleted_by: found.deleted_by,
                expires_at: found.purge_after.to_string(),
            })
        })
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Takes a project out of the trash, as it was; whoever may delete it may.
#[utoipa::path(post, path = "/api/v1/trash/{entity}/{project}/restore", tag = "Projects",
    params(("entity" = String, Path), ("project" = String, Path)), responses((status = 200, body = Project), Refusals))]
async fn restore(request: HttpRequest, app: Data<App>, caller: Caller, path: Path<(String, String)>) -> HttpResponse {
    let work = move |tx: &Tx<'_>| {
        let entity = visible(tx, &caller.0, &path.0)?;
        let project = trash::restore(tx, &caller.0, entity.id, &path.1)?;
        shown(tx, &caller.0, project)
    };
    answer::json(&request, StatusCode::OK, app.db.write(work).await)
}

/// Lets a deleted project go for good within seconds, for admins.
#[utoipa::path(delete, path = "/api/v1/trash/{entity}/{project}", tag = "Projects",
    params(("entity" = String, Path), ("project" = String, Path)), responses((status = 204), Refusals))]
async fn purge(request: HttpRequest, app: Data<App>, caller: Caller, path: Path<(String, String)>) -> HttpResponse {
    let work = move |tx: &Tx<'_>| {
        let entity = visible(tx, &caller.0, &path.0)?;
        trash::purge_now(tx, &caller.0, entity.id, &path.1)
    };
    answer::empty(&request, app.db.write(work).await)
}

/// What would go with a team, and whether the caller may delete it.
#[utoipa::path(get, path = "/api/v1/teams/{team}/deletion", tag = "Teams", params(("team" = String, Path)),
    responses((status = 200, body = Deletion), Refusals))]
async fn preview_of_team(request: HttpRequest, app: Data<App>, caller: Caller, name: Path<String>) -> HttpResponse {
    let at = app.clone();
    let work = move |reader: &Reader<'_>| {
        caller.0.actor.signed_in()?;
        let team = teams::require(reader, &caller.0, Action::Read, &name)?;
        policy::require(&caller.0.actor, Action::Read, &Target::Entity(team.id))
            .map_err(|_| Error::forbidden(format!("you are not a member of the team {}", team.name)))?;
        let (whole, runs) = (team_trash::holdings(reader, team.id)?, team_trash::runs_held(reader, team.id)?);
        let held = Holdings {
            runs: whole.runs,
            running: runs.running,
            locked: runs.locked,
            reports: whole.reports,
            ..Holdings::default()
        };
        let bytes = files::bytes_of_entity(reader, team.id)? + artifacts::bytes_of_entity(reader, team.id)?;
        let versions = artifacts::versions_of_entity(reader, team.id)?;
        let judged = team_trash::require_administers(&caller.0, &team);
        Ok(Deletion::new(&at, held, whole.projects, (versions, bytes), judged))
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Lets a team in the trash go for good within seconds, for admins of its organization.
#[utoipa::path(post, path = "/api/v1/teams/{team}/purge", tag = "Teams", params(("team" = String, Path)),
    responses((status = 204), Refusals))]
async fn purge_team(request: HttpRequest, app: Data<App>, caller: Caller, name: Path<String>) -> HttpResponse {
    answer::empty(&request, app.db.write(move |tx| team_trash::purge_now(tx, &caller.0, &name)).await)
}

/// The team or personal space of that name, if the caller may look into it.
fn visible(reader: &Reader<'_>, call: &Call, name: &str) -> Result<Entity> {
    call.actor.signed_in()?;
    let missing = || Error::not_found(format!("entity {name}"));
    let entity = teams::entity_by_name(reader, name)?.ok_or_else(missing)?;
    policy::require(&call.actor, Action::Read, &Target::Entity(entity.id)).map_err(|_| missing())?;
    Ok(entity)
}
