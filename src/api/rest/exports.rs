//! `/exports`: bundles of a run, a project, a team's or a person's projects, or of all that the caller may read.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Json, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::listing::{Listing, OwnPaging, Refusals};
use crate::api::send::{self, Sent, Wanted as Range};
use crate::api::{App, Caller, answer};
use crate::blob;
use crate::db::{Reader, Tx};
use crate::domain::Call;
use crate::domain::exports::{self, State, Wanted};
use crate::error::{Error, Result};
use crate::id::ExportId;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/exports").route(web::get().to(list)).route(web::post().to(start)))
        .route("/exports/stream.tar", web::get().to(stream))
        .service(web::resource("/exports/{id}").route(web::get().to(show)).route(web::delete().to(remove)))
        .route("/exports/{id}/cancel", web::post().to(cancel))
        .service(web::resource("/exports/{id}/bundle.tar").route(web::get().to(download)).route(web::head().to(download)));
}

/// What is to be exported.
#[derive(Deserialize, ToSchema, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct NewExport {
    /// `run`, `project`, `entity` (a team's or a person's projects) or `instance` (all that the caller may read).
    scope: String,
    /// A team or person; for all scopes but `instance`.
    entity: Option<String>,
    /// For a run or a project.
    project: Option<String>,
    /// The id of a run.
    run: Option<String>,
}

impl NewExport {
    fn wanted(self) -> Result<Wanted> {
        let Self { scope, entity, project, run } = self;
        match (scope.as_str(), entity, project, run) {
            ("run", Some(entity), Some(project), Some(run)) => Ok(Wanted::Run { entity, project, run }),
            ("project", Some(entity), Some(project), None) => Ok(Wanted::Project { entity, project }),
            ("entity", Some(entity), None, None) => Ok(Wanted::Entity(entity)),
            ("instance", None, None, None) => Ok(Wanted::Instance),
            ("run", ..) => Err(Error::invalid("an export of a run names entity, project and run")),
            ("project", ..) => Err(Error::invalid("an export of a project names entity and project")),
            ("entity", ..) => Err(Error::invalid("an export of a team's or a person's projects names the entity alone")),
            ("instance", ..) => Err(Error::invalid("an export of everything names nothing else")),
            (other, ..) => Err(Error::invalid(format!("scope is run, project, entity or instance, not {other}"))),
        }
    }
}

/// A bundle that is made, and then kept for some days; ask again to see how far it is.
#[derive(Serialize, ToSchema)]
pub(super) struct Export {
    id: i64,
    /// `run`, `project`, `entity` or `instance`.
    scope: &'static str,
    /// What it is of, as it was called then: `red/digits/abc`, `red/digits`, `red` or `everything`.
    of: String,
    /// A word that names the bundle, which `bundle.json` in it has too.
    bundle: String,
    /// `running`, `done`, `failed`, `cancelled` or `expired`.
    state: &'static str,
    /// Why it failed.
    reason: Option<String>,
    /// The user name of who asked; null for the operator.
    asked_by: Option<String>,
    created_at: String,
    ended_at: Option<String>,
    /// Until when it can be downloaded.
    expires_at: Option<String>,
    runs_total: i64,
    runs_done: i64,
    /// Bytes of files and artifacts that are to come, about; histories come on top.
    expected_bytes: i64,
    /// How large the bundle is by now.
    bytes: i64,
    /// Things that the caller was allowed to read when they asked, and not any more when it was their turn.
    left_out: i64,
    /// Where the bundle can be had, once it is done.
    download: Option<String>,
}

impl Export {
    fn show(found: exports::Export) -> Self {
        let is_done = found.state == State::Done;
        Self {
            id: found.id.get(),
            scope: found.scope.as_str(),
            download: is_done.then(|| format!("/api/v1/exports/{}/bundle.tar", found.id)),
            of: found.title,
            bundle: found.bundle,
            state: found.state.as_str(),
            reason: found.reason,
            asked_by: found.asker,
            created_at: found.created_at.to_string(),
            ended_at: found.ended_at.map(|at| at.to_string()),
            expires_at: found.expires_at.map(|at| at.to_string()),
            runs_total: found.runs_total,
            runs_done: found.runs_done,
            expected_bytes: found.expected_bytes,
            bytes: found.written_bytes,
            left_out: found.left_out,
        }
    }
}

/// Exports, newest first.
#[utoipa::path(get, path = "/api/v1/exports", tag = "Exports", params(OwnPaging),
    responses((status = 200, body = Listing<Export>), Refusals))]
async fn list(request: HttpRequest, app: Data<App>, caller: Caller, query: Query<OwnPaging>) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        let call = &caller.0;
        call.actor.signed_in()?;
        let page = exports::page(reader, call, query.everybody(), query.after.as_deref(), query.size()?)?;
        Listing::new(page, |found| Ok(Export::show(found)))
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Has a bundle made of all that the caller may read of a run, a project, a team's or a person's projects, or this server: a tar
/// file with JSON documents, histories as Parquet, console lines, files, artifacts and `manifest.json` with the SHA-256 of each
/// entry. It is made by itself; 507 if the disk has no room for it.
#[utoipa::path(post, path = "/api/v1/exports", tag = "Exports", request_body = NewExport,
    responses((status = 201, body = Export), Refusals))]
async fn start(request: HttpRequest, app: Data<App>, caller: Caller, form: Json<NewExport>) -> HttpResponse {
    let begun = begin(&app, caller.0, form.into_inner()).await;
    for name in ["exports", "more exports"] {
        // Before the server's jobs are started there is nobody to hear it; then they begin with this.
        if let Ok(job) = app.jobs.named(name) {
            job.ring();
        }
    }
    answer::json(&request, StatusCode::CREATED, begun)
}

async fn begin(app: &App, call: Call, form: NewExport) -> Result<Export> {
    call.actor.signed_in()?;
    let wanted = form.wanted()?;
    let asking = call.clone();
    let asked = wanted.clone();
    // Who may not have it need not learn of the disk.
    app.db.read(move |reader| exports::check(reader, &asking, &asked)).await?;
    app.exports.admit(0)?;
    app.db.write(move |tx| Ok(Export::show(exports::start(tx, &call, &wanted)?))).await
}

/// One export with its progress, for who asked for it.
#[utoipa::path(get, path = "/api/v1/exports/{id}", tag = "Exports", params(("id" = i64, Path)),
    responses((status = 200, body = Export), Refusals))]
async fn show(request: HttpRequest, app: Data<App>, caller: Caller, id: Path<i64>) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        caller.0.actor.signed_in()?;
        Ok(Export::show(exports::get(reader, &caller.0, ExportId::new(*id))?))
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Ends an export that is under way.
#[utoipa::path(post, path = "/api/v1/exports/{id}/cancel", tag = "Exports", params(("id" = i64, Path)),
    responses((status = 200, body = Export), Refusals))]
async fn cancel(request: HttpRequest, app: Data<App>, caller: Caller, id: Path<i64>) -> HttpResponse {
    let work = move |tx: &Tx<'_>| {
        caller.0.actor.signed_in()?;
        Ok(Export::show(exports::cancel(tx, &caller.0, ExportId::new(*id))?))
    };
    answer::json(&request, StatusCode::OK, app.db.write(work).await)
}

/// Removes an export with its bundle, whether it is done or under way.
#[utoipa::path(delete, path = "/api/v1/exports/{id}", tag = "Exports", params(("id" = i64, Path)),
    responses((status = 204), Refusals))]
async fn remove(request: HttpRequest, app: Data<App>, caller: Caller, id: Path<i64>) -> HttpResponse {
    let work = move |tx: &Tx<'_>| {
        caller.0.actor.signed_in()?;
        exports::delete(tx, &caller.0, ExportId::new(*id))
    };
    let removed = match app.db.write(work).await {
        Ok(removed) => app.exports.forget(&removed.bundle),
        Err(error) => Err(error),
    };
    answer::empty(&request, removed)
}

/// The bundle, whole or a range of it, so that a download that broke off is gone on with (`curl -C -`).
#[utoipa::path(get, path = "/api/v1/exports/{id}/bundle.tar", tag = "Exports", params(("id" = i64, Path)),
    responses((status = 200, description = "A tar file."), (status = 206, description = "A part of it."), Refusals))]
async fn download(request: HttpRequest, app: Data<App>, caller: Caller, id: Path<i64>) -> HttpResponse {
    let sent = give(&request, &app, caller.0, ExportId::new(*id)).await;
    sent.unwrap_or_else(|error| answer::error(&request, &error))
}

async fn give(request: &HttpRequest, app: &App, call: Call, id: ExportId) -> Result<HttpResponse> {
    call.actor.signed_in()?;
    let asking = call.clone();
    let found = app.db.read(move |reader| exports::download(reader, &asking, id)).await?;
    let path = app.exports.whole(&found.bundle);
    let gone = |error| Error::internal(format!("{}: {error}", path.display()));
    let file = std::fs::File::open(&path).map_err(gone)?;
    let size = file.metadata().map_err(gone)?.len();
    if request.method().is_safe() && is_beginning(request, size) && request.method() != actix_web::http::Method::HEAD {
        let noted = found.clone();
        app.db.write(move |tx| exports::note_download(tx, &call, &noted)).await?;
    }
    let sent = Sent {
        size_bytes: i64::try_from(size).map_err(Error::internal)?,
        tag: found.bundle.clone(),
        mime_type: "application/x-tar".to_owned(),
        base_name: file_name(&found),
    };
    send::send(request, sent, async |range| Ok(blob::chunks(Arc::new(file), range.unwrap_or(0..size)))).await
}

/// Whether a request asks for the first byte: who goes on with a download has been noted.
fn is_beginning(request: &HttpRequest, size: u64) -> bool {
    let text = request.headers().get(actix_web::http::header::RANGE).and_then(|value| value.to_str().ok());
    text.is_none_or(|text| !matches!(send::range(text, size), Range::Part(range) if range.start > 0))
}

/// What a bundle is called when it is saved.
fn file_name(export: &exports::Export) -> String {
    let day: String = export.created_at.to_string().chars().take(10).collect();
    format!("{}-{day}.tar", export.title.replace('/', "-"))
}

/// As a bundle of `POST /exports`, given out while it is made: nothing of it is stored, so it needs no room on the server's disk;
/// what breaks off has to be begun again. A bundle that is not whole lacks its `manifest.json`.
#[utoipa::path(get, path = "/api/v1/exports/stream.tar", tag = "Exports", params(NewExport),
    responses((status = 200, description = "A tar file, which is made while it is sent."), Refusals))]
async fn stream(request: HttpRequest, app: Data<App>, caller: Caller, query: Query<NewExport>) -> HttpResponse {
    let made = async {
        caller.0.actor.signed_in()?;
        exports::stream(&app.sources(), &app.exports, &app.clock, &caller.0, query.into_inner().wanted()?).await
    };
    match made.await {
        Ok((export, bytes)) => send::made(&file_name(&export), "application/x-tar", bytes),
        Err(error) => answer::error(&request, &error),
    }
}
