//! `/projects/{entity}`: projects, who may see them and their named members.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Json, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::deletion;
use super::listing::{Listing, Paging, Refusals};
use super::teams::{role_named, visibility};
use crate::api::answer::IfMatch;
use crate::api::{App, Caller, answer};
use crate::db::{Reader, Tx};
use crate::domain::projects::members::{self, Named};
use crate::domain::projects::{self, Changes, ProjectName, owners};
use crate::domain::reports::links;
use crate::domain::teams::EntityKind;
use crate::domain::{Call, accounts, alerts, teams};
use crate::error::{Error, Result};
use crate::id::AccountId;
use crate::policy::{self, Action};

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/projects/{entity}").route(web::get().to(list)).route(web::post().to(create)))
        .service(
            web::resource("/projects/{entity}/{project}")
                .route(web::get().to(show))
                .route(web::patch().to(update))
                .route(web::delete().to(deletion::delete)),
        )
        .route("/projects/{entity}/{project}/members", web::get().to(named))
        .service(
            web::resource("/projects/{entity}/{project}/members/{username}")
                .route(web::put().to(set_named))
                .route(web::delete().to(remove_named)),
        );
}

/// A place for runs.
#[derive(Serialize, ToSchema)]
pub(super) struct Project {
    entity: String,
    name: String,
    description: String,
    /// `open`, `public`, `team` or `restricted`.
    visibility: &'static str,
    /// The user name of who made it.
    created_by: Option<String>,
    /// The user name of who owns it: who made it, until it was handed over.
    owner: Option<String>,
    /// Whether the owner is locked out or has no seat in the team any more, so that it is to be handed over.
    owner_left: bool,
    created_at: String,
    runs: i64,
    /// How many people are named as its members.
    named_members: i64,
    /// How many links show reports of it to whoever holds one.
    public_links: i64,
    /// Whether the caller may change who sees it.
    can_manage: bool,
    /// Whether the caller sees what is in it, and not only who else does.
    can_read: bool,
    /// Whether the caller may make and change alerts.
    can_alert: bool,
    /// Whether it is of a person, and not of a team.
    is_personal: bool,
}

/// Somebody named as a member of a project.
#[derive(Serialize, ToSchema)]
pub(super) struct ProjectMember {
    username: String,
    name: String,
    /// `admin`, `member` or `view-only`.
    role: &'static str,
    since: String,
}

impl From<Named> for ProjectMember {
    fn from(named: Named) -> Self {
        Self {
            username: named.account.username,
            name: named.account.name,
            role: named.role.as_str(),
            since: named.since.to_string(),
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewProject {
    /// 1 to 128 characters, none of / \ # ? % :
    name: String,
    description: Option<String>,
    /// `open`, `public`, `team` or `restricted`; the team's setting if nothing is said.
    visibility: Option<String>,
}

/// What is left out stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProjectPatch {
    description: Option<String>,
    /// `open`, `public`, `team` or `restricted`. Who restricts a project is named as its admin.
    visibility: Option<String>,
    /// The user name of who is to own it, somebody who may log to it; for admins of the team.
    owner: Option<String>,
}

/// A role in a project.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProjectRoleForm {
    /// `admin`, `member` or `view-only`; it does not raise who has view-only in the team.
    role: String,
}

/// Projects of a team or person that the caller may see, newest first.
#[utoipa::path(get, path = "/api/v1/projects/{entity}", tag = "Projects", params(("entity" = String, Path), Paging),
    responses((status = 200, body = Listing<Project>), Refusals))]
async fn list(request: HttpRequest, app: Data<App>, caller: Caller, name: Path<String>, paging: Query<Paging>) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        let call = &caller.0;
        call.actor.signed_in()?;
        let entity = teams::entity_by_name(reader, &name)?.ok_or_else(|| Error::not_found(format!("entity {name}")))?;
        let page = projects::list(reader, call, entity.id, paging.after.as_deref(), paging.size()?)?;
        // Whoever may neither see the entity nor any project in it is told as little as of one that is not there.
        if page.items.is_empty() {
            policy::require(&call.actor, Action::Read, &policy::Target::Entity(entity.id))
                .map_err(|_| Error::not_found(format!("entity {name}")))?;
        }
        Listing::new(page, |project| shown(reader, call, project))
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Creates a project, for who may log there.
#[utoipa::path(post, path = "/api/v1/projects/{entity}", tag = "Projects", params(("entity" = String, Path)),
    request_body = NewProject, responses((status = 201, body = Project), Refusals))]
async fn create(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    entity: Path<String>,
    form: Json<NewProject>,
) -> HttpResponse {
    let made = make(&app, caller.0, entity.into_inner(), form.into_inner()).await;
    answer::json(&request, StatusCode::CREATED, made)
}

async fn make(app: &App, call: Call, entity: String, form: NewProject) -> Result<Project> {
    call.actor.signed_in()?;
    let name = ProjectName::parse(&form.name)?;
    let visibility = form.visibility.as_deref().map(visibility).transpose()?;
    let changes = Changes { description: form.description, visibility, ..Changes::default() };
    let work = move |tx: &Tx<'_>| {
        let entity = teams::entity_by_name(tx, &entity)?.ok_or_else(|| Error::not_found(format!("entity {entity}")))?;
        let project = projects::create(tx, &call, &entity, &name, &changes)?;
        shown(tx, &call, project)
    };
    app.db.write(work).await
}

/// One project.
#[utoipa::path(get, path = "/api/v1/projects/{entity}/{project}", tag = "Projects",
    params(("entity" = String, Path), ("project" = String, Path)), responses((status = 200, body = Project), Refusals))]
async fn show(request: HttpRequest, app: Data<App>, caller: Caller, path: Path<(String, String)>) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        let project = found(reader, &caller.0, &path)?;
        shown(reader, &caller.0, project)
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Changes a project: its description by who logs there, who sees and owns it by its admins.
#[utoipa::path(patch, path = "/api/v1/projects/{entity}/{project}", tag = "Projects",
    params(("entity" = String, Path), ("project" = String, Path)), request_body = ProjectPatch,
    responses((status = 200, body = Project), Refusals))]
async fn update(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
    form: Json<ProjectPatch>,
) -> HttpResponse {
    let changed = change(&app, caller.0, path.into_inner(), form.into_inner(), IfMatch::of(&request)).await;
    answer::json(&request, StatusCode::OK, changed)
}

async fn change(app: &App, call: Call, path: (String, String), form: ProjectPatch, expected: IfMatch) -> Result<Project> {
    call.actor.signed_in()?;
    let visibility = form.visibility.as_deref().map(visibility).transpose()?;
    let changes = Changes { description: form.description, visibility, views: None, owner: form.owner };
    let work = move |tx: &Tx<'_>| {
        let project = found(tx, &call, &path)?;
        expected.require(|| shown(tx, &call, project.clone()))?;
        let project = projects::update(tx, &call, project.id, &changes)?;
        // Restricting it may have made the caller its admin.
        let actor = accounts::actor(tx, call.actor.signed_in()?)?;
        shown(tx, &Call { actor, ..call.clone() }, project)
    };
    app.db.write(work).await
}

/// Named members of a project, by when they were named.
#[utoipa::path(get, path = "/api/v1/projects/{entity}/{project}/members", tag = "Projects",
    params(("entity" = String, Path), ("project" = String, Path), Paging),
    responses((status = 200, body = Listing<ProjectMember>), Refusals))]
async fn named(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
    paging: Query<Paging>,
) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        let project = found(reader, &caller.0, &path)?;
        let page = members::page(reader, &caller.0, &project, paging.after.as_deref(), paging.size()?)?;
        Listing::new(page, |named| Ok(ProjectMember::from(named)))
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Names somebody as a member of a project, or changes the role they are named with.
#[utoipa::path(put, path = "/api/v1/projects/{entity}/{project}/members/{username}", tag = "Projects",
    params(("entity" = String, Path), ("project" = String, Path), ("username" = String, Path)),
    request_body = ProjectRoleForm, responses((status = 204), Refusals))]
async fn set_named(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String, String)>,
    form: Json<ProjectRoleForm>,
) -> HttpResponse {
    let (entity, name, username) = path.into_inner();
    let work = move |tx: &Tx<'_>| {
        let project = found(tx, &caller.0, &(entity.clone(), name.clone()))?;
        members::set(tx, &caller.0, &project, &username, role_named(&form.role)?).map(|_| ())
    };
    answer::empty(&request, app.db.write(work).await)
}

/// Takes somebody from the list of named members; everybody may take themselves from it.
#[utoipa::path(delete, path = "/api/v1/projects/{entity}/{project}/members/{username}", tag = "Projects",
    params(("entity" = String, Path), ("project" = String, Path), ("username" = String, Path)),
    responses((status = 204), Refusals))]
async fn remove_named(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String, String)>,
) -> HttpResponse {
    let (entity, name, username) = path.into_inner();
    let work = move |tx: &Tx<'_>| {
        let project = found(tx, &caller.0, &(entity.clone(), name.clone()))?;
        members::remove(tx, &caller.0, &project, &username)
    };
    answer::empty(&request, app.db.write(work).await)
}

/// The project, for who may see it or, of a restricted one, name its members.
pub(super) fn found(reader: &Reader<'_>, call: &Call, (entity, name): &(String, String)) -> Result<projects::Project> {
    match visible(reader, call, entity, name) {
        Err(Error::NotFound(what)) => projects::manageable(reader, call, entity, name)?.ok_or(Error::NotFound(what)),
        seen => seen,
    }
}

/// The project, for who may see it.
pub(super) fn visible(reader: &Reader<'_>, call: &Call, entity: &str, name: &str) -> Result<projects::Project> {
    call.actor.signed_in()?;
    projects::find(reader, call, entity, name)?.ok_or_else(|| Error::not_found(format!("project {entity}/{name}")))
}

pub(super) fn shown(reader: &Reader<'_>, call: &Call, project: projects::Project) -> Result<Project> {
    let username = |id: Option<AccountId>| -> Result<Option<String>> {
        Ok(id.map(|id| accounts::find(reader, id)).transpose()?.flatten().map(|account| account.username))
    };
    let (created_by, owner) = (username(project.created_by)?, username(project.owner)?);
    let owner_left = owners::has_left(reader, &project)?;
    let named_members = members::count(reader, &project)?;
    let public_links = links::open_count(reader, &project, call.now)?;
    let runs = projects::run_count(reader, project.id)?;
    Ok(Project {
        can_manage: policy::allows(&call.actor, Action::Manage, &project.target()),
        can_read: policy::allows(&call.actor, Action::Read, &project.target()),
        can_alert: alerts::may_change(call, &project),
        is_personal: teams::entity(reader, project.entity_id)?.is_some_and(|entity| entity.kind == EntityKind::User),
        entity: project.entity,
        name: project.name,
        description: project.description,
        visibility: project.visibility.as_str(),
        created_by,
        owner,
        owner_left,
        created_at: project.created_at.to_string(),
        runs,
        named_members,
        public_links,
    })
}
