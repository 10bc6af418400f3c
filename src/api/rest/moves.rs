//! `/moves`: runs that move to other projects.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Json, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::listing::{Listing, Refusals, size};
use super::selected_runs::{long_form, selection};
use crate::api::{App, Caller, answer};
use crate::db::{Reader, Tx};
use crate::domain::moves::{self, Artifacts, Conflicts, ItemState, Order, Progress};
use crate::domain::projects::ProjectName;
use crate::domain::{Call, teams};
use crate::error::{Error, Result};
use crate::id::MoveId;
use crate::policy::{self, Action, Target};

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/moves").app_data(long_form()).route(web::get().to(list)).route(web::post().to(start)))
        .service(web::resource("/moves/preview").app_data(long_form()).route(web::post().to(preview)))
        .route("/moves/destinations", web::get().to(destinations))
        .route("/moves/{id}", web::get().to(show))
        .route("/moves/{id}/runs", web::get().to(items))
        .route("/moves/{id}/undo", web::post().to(undo));
}

/// A project in the words of its address.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProjectPath {
    entity: String,
    project: String,
}

/// Which runs are to go where. Give `runs` or `filter`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewMove {
    from: ProjectPath,
    /// The personal space or a team where the caller may log; the project is made if it is not there.
    to: ProjectPath,
    /// Ids of runs.
    runs: Option<Vec<String>>,
    /// All runs that match, as lists of runs are filtered; `{}` for all.
    filter: Option<String>,
    /// `move`: versions that only these runs made or used go along; `copy_reference`: all stay and are linked into the project
    /// there; `leave`: all stay. `move` if nothing is said.
    artifacts: Option<String>,
    /// Whose id another run has there: `skip` leaves it, `rename` gives it a free one. `skip` if nothing is said.
    on_conflict: Option<String>,
}

impl NewMove {
    fn order(self) -> Result<Order> {
        let runs = selection(self.runs, self.filter.as_deref())?;
        let artifacts = self.artifacts.as_deref().unwrap_or(Artifacts::Move.as_str());
        let conflicts = self.on_conflict.as_deref().unwrap_or(Conflicts::Skip.as_str());
        Ok(Order {
            from: (self.from.entity, self.from.project),
            to: (self.to.entity, ProjectName::parse(&self.to.project)?),
            runs,
            artifacts: Artifacts::parse(artifacts)
                .ok_or_else(|| Error::invalid(format!("artifacts is move, copy_reference or leave, not {artifacts}")))?,
            conflicts: Conflicts::parse(conflicts)
                .ok_or_else(|| Error::invalid(format!("on_conflict is skip or rename, not {conflicts}")))?,
        })
    }
}

/// A move of runs, which goes on by itself; ask again to see how far it is.
#[derive(Serialize, ToSchema)]
pub(super) struct Move {
    id: i64,
    from: ProjectPath,
    to: ProjectPath,
    /// `running`, `done`, `undoing` or `undone`.
    state: &'static str,
    /// The user name of who moves; null for the operator.
    moved_by: Option<String>,
    /// `move`, `copy_reference` or `leave`.
    artifacts: &'static str,
    /// `skip` or `rename`.
    on_conflict: &'static str,
    /// How many runs were meant.
    total: i64,
    /// How many are yet to be moved.
    waiting: i64,
    /// How many are where they were to go.
    moved: i64,
    /// How many were not moved; `/moves/{id}/runs?state=skipped` says why.
    skipped: i64,
    /// How many are back where they were.
    back: i64,
    /// How many could not be brought back.
    stayed: i64,
    /// How many versions of artifacts are where the runs went.
    artifacts_moved: i64,
    /// How many that stayed are linked into the project where the runs went.
    artifacts_linked: i64,
    created_at: String,
    ended_at: Option<String>,
    /// Whether the caller may undo it now.
    can_undo: bool,
    /// Until when it can be undone; null as long as it goes on.
    undo_until: Option<String>,
}

impl Move {
    fn show(call: &Call, (found, progress): (moves::Move, Progress)) -> Self {
        let path = |end: moves::End| ProjectPath { entity: end.entity, project: end.project };
        let until = found.undo_until();
        let mine = call.actor.account.is_some() && call.actor.account == found.moved_by;
        let is_open = matches!(found.state, moves::MoveState::Running | moves::MoveState::Done);
        let administers = policy::allows(&call.actor, Action::Manage, &Target::Site);
        Self {
            id: found.id.get(),
            can_undo: (mine || administers) && is_open && until.is_none_or(|until| call.now <= until),
            undo_until: until.map(|until| until.to_string()),
            from: path(found.source),
            to: path(found.destination),
            state: found.state.as_str(),
            moved_by: found.mover,
            artifacts: found.artifacts.as_str(),
            on_conflict: found.conflicts.as_str(),
            total: progress.total,
            waiting: progress.waiting,
            moved: progress.moved,
            skipped: progress.skipped,
            back: progress.back,
            stayed: progress.stayed,
            artifacts_moved: progress.artifacts,
            artifacts_linked: progress.links,
            created_at: found.created_at.to_string(),
            ended_at: found.ended_at.map(|at| at.to_string()),
        }
    }
}

/// A run of a move.
#[derive(Serialize, ToSchema)]
pub(super) struct MovedRun {
    /// Its id before.
    name: String,
    /// Its id where it went, if it went.
    new_name: Option<String>,
    /// `waiting`, `moved`, `skipped`, `back` or `stayed`.
    state: &'static str,
    /// Why it was skipped, or stayed.
    reason: Option<String>,
}

/// What a move would do.
#[derive(Serialize, ToSchema)]
pub(super) struct MovePreview {
    total: usize,
    moving: usize,
    /// How many of those are at work; they go on sending.
    running: usize,
    /// How many get another id.
    renamed: usize,
    staying: usize,
    /// The first of those that stay, with the reason.
    staying_runs: Vec<StayingRun>,
    artifacts_moving: usize,
    artifacts_staying: usize,
    /// How many of those that stay are linked into the project there.
    artifacts_linked: usize,
    /// Whether the project is made.
    creates_project: bool,
}

/// A run that would not move.
#[derive(Serialize, ToSchema)]
struct StayingRun {
    name: String,
    reason: String,
}

/// Where runs may be moved to.
#[derive(Serialize, ToSchema)]
pub(super) struct Destination {
    entity: String,
    display_name: String,
    /// `team` or `user`.
    kind: &'static str,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Listed {
    /// All moves out of and into this team or personal space, for who manages it; else the caller's own.
    entity: Option<String>,
    /// The `next_cursor` of the page before.
    after: Option<String>,
    /// How many items, 1 to 1000; 50 if nothing is said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListedRuns {
    /// Only runs in this state: `waiting`, `moved`, `skipped`, `back` or `stayed`.
    state: Option<String>,
    /// The `next_cursor` of the page before.
    after: Option<String>,
    /// How many items, 1 to 1000; 50 if nothing is said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// Moves of runs, newest first.
#[utoipa::path(get, path = "/api/v1/moves", tag = "Runs", params(Listed),
    responses((status = 200, body = Listing<Move>), Refusals))]
async fn list(request: HttpRequest, app: Data<App>, caller: Caller, query: Query<Listed>) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        let call = &caller.0;
        call.actor.signed_in()?;
        let entity = match query.entity.as_deref() {
            Some(name) => {
                let missing = || Error::not_found(format!("entity {name}"));
                let found = teams::entity_by_name(reader, name)?.ok_or_else(missing)?;
                policy::require(&call.actor, Action::Read, &Target::Entity(found.id)).map_err(|_| missing())?;
                Some(found.id)
            }
            None => None,
        };
        let page = moves::page(reader, call, entity, query.after.as_deref(), size(query.limit)?)?;
        Listing::new(page, |found| Ok(Move::show(call, found)))
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Moves runs to another project: those that the caller made, or all of a team that they administer. Their history, files,
/// logs, notes and tags go along, and their old addresses lead to them. The move goes on by itself.
#[utoipa::path(post, path = "/api/v1/moves", tag = "Runs", request_body = NewMove,
    responses((status = 201, body = Move), Refusals))]
async fn start(request: HttpRequest, app: Data<App>, caller: Caller, form: Json<NewMove>) -> HttpResponse {
    let begun = begin(&app, caller.0, form.into_inner()).await;
    ring(&app);
    answer::json(&request, StatusCode::CREATED, begun)
}

async fn begin(app: &App, call: Call, form: NewMove) -> Result<Move> {
    call.actor.signed_in()?;
    let order = form.order()?;
    let work = move |tx: &Tx<'_>| {
        let begun = moves::start(tx, &call, &order)?;
        Ok(Move::show(&call, moves::get(tx, &call, begun.id)?))
    };
    app.db.write(work).await
}

/// Says what a move would do, and changes nothing.
#[utoipa::path(post, path = "/api/v1/moves/preview", tag = "Runs", request_body = NewMove,
    responses((status = 200, body = MovePreview), Refusals))]
async fn preview(request: HttpRequest, app: Data<App>, caller: Caller, form: Json<NewMove>) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        caller.0.actor.signed_in()?;
        let found = moves::preview(reader, &caller.0, &form.into_inner().order()?)?;
        let staying = found.staying.into_iter().map(|(name, reason)| StayingRun { name, reason });
        Ok(MovePreview {
            total: found.total,
            moving: found.moving,
            running: found.running,
            renamed: found.renamed,
            staying: found.staying_count,
            staying_runs: staying.collect(),
            artifacts_moving: found.artifacts_moving,
            artifacts_staying: found.artifacts_staying,
            artifacts_linked: found.artifacts_linked,
            creates_project: found.creates_project,
        })
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Where the caller may move runs to: the personal space, and the teams where they may log.
#[utoipa::path(get, path = "/api/v1/moves/destinations", tag = "Runs",
    responses((status = 200, body = Listing<Destination>), Refusals))]
async fn destinations(request: HttpRequest, app: Data<App>, caller: Caller) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        let shown = moves::destinations(reader, &caller.0)?.into_iter().map(|entity| Destination {
            entity: entity.name,
            display_name: entity.display_name,
            kind: entity.kind.as_str(),
        });
        Ok(Listing::whole(shown.collect()))
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// One move with its progress, for who asked for it and those who manage one of its ends.
#[utoipa::path(get, path = "/api/v1/moves/{id}", tag = "Runs", params(("id" = i64, Path)),
    responses((status = 200, body = Move), Refusals))]
async fn show(request: HttpRequest, app: Data<App>, caller: Caller, id: Path<i64>) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        caller.0.actor.signed_in()?;
        Ok(Move::show(&caller.0, moves::get(reader, &caller.0, MoveId::new(*id))?))
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// The runs of a move, and how it stands with each.
#[utoipa::path(get, path = "/api/v1/moves/{id}/runs", tag = "Runs", params(("id" = i64, Path), ListedRuns),
    responses((status = 200, body = Listing<MovedRun>), Refusals))]
async fn items(request: HttpRequest, app: Data<App>, caller: Caller, id: Path<i64>, query: Query<ListedRuns>) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        caller.0.actor.signed_in()?;
        let (found, _) = moves::get(reader, &caller.0, MoveId::new(*id))?;
        let state = query.state.as_deref().map(state).transpose()?;
        let page = moves::items(reader, found.id, state, query.after.as_deref(), size(query.limit)?)?;
        Listing::new(page, |item| {
            let state = item.state.as_str();
            Ok(MovedRun { name: item.old_name, new_name: item.new_name, state, reason: item.reason })
        })
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Has the moves carried out now.
fn ring(app: &App) {
    // Before the server's jobs are started there is nobody to hear it; then they begin with this.
    if let Ok(job) = app.jobs.named("moves") {
        job.ring();
    }
}

fn state(text: &str) -> Result<ItemState> {
    ItemState::parse(text).ok_or_else(|| {
        let known: Vec<_> = ItemState::ALL.iter().map(|state| state.as_str()).collect();
        Error::invalid(format!("there is no state \"{text}\"; there are {}", known.join(", ")))
    })
}

/// Takes a move back within 15 minutes of its end: runs that are still where it put them return with their artifacts.
#[utoipa::path(post, path = "/api/v1/moves/{id}/undo", tag = "Runs", params(("id" = i64, Path)),
    responses((status = 200, body = Move), Refusals))]
async fn undo(request: HttpRequest, app: Data<App>, caller: Caller, id: Path<i64>) -> HttpResponse {
    let work = move |tx: &Tx<'_>| {
        caller.0.actor.signed_in()?;
        let undone = moves::undo(tx, &caller.0, MoveId::new(*id))?;
        Ok(Move::show(&caller.0, moves::get(tx, &caller.0, undone.id)?))
    };
    let undone = app.db.write(work).await;
    ring(&app);
    answer::json(&request, StatusCode::OK, undone)
}
