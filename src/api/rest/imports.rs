//! `/imports`: bundles that come in from another server.

use std::collections::BTreeMap;
use std::path::Path as FilePath;

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Path, Payload, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use tokio::io::AsyncWriteExt as _;
use utoipa::{IntoParams, ToSchema};

use super::listing::{Listing, OwnPaging, Paging, Refusals};
use crate::api::{App, Caller, answer};
use crate::db::{Reader, Tx};
use crate::domain::Call;
use crate::domain::imports::{self, Counts, Order};
use crate::error::{Error, Result};
use crate::id::ImportId;

/// After so many bytes it is looked whether there is still room.
const LOOK_BYTES: u64 = 64 << 20;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/imports").route(web::get().to(list)).route(web::post().to(start)))
        .route("/imports/{id}", web::get().to(show))
        .route("/imports/{id}/items", web::get().to(items))
        .route("/imports/{id}/cancel", web::post().to(cancel));
}

/// Where the things of a bundle are to go.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct NewImport {
    /// The team or person that gets all projects; else each goes to the team or person of its name.
    into: Option<String>,
    /// Other places for single projects, as JSON: `{"red/digits": "blue/numbers"}`.
    places: Option<String>,
}

impl NewImport {
    fn order(self) -> Result<Order> {
        let places: BTreeMap<String, String> = match self.places.as_deref() {
            None => BTreeMap::new(),
            Some(text) => serde_json::from_str(text).map_err(|error| {
                Error::invalid(format!("places is JSON as in {{\"red/digits\": \"blue/numbers\"}}: {error}"))
            })?,
        };
        Ok(Order { into: self.into, places })
    }
}

/// A bundle that comes in; ask again to see how far it is.
#[derive(Serialize, ToSchema)]
pub(super) struct Import {
    id: i64,
    /// The word that names the bundle.
    bundle: String,
    /// The word that the server is known by that it comes from.
    server: String,
    /// What it is of, as it was called there.
    of: String,
    /// `running`, `done`, `failed` or `cancelled`.
    state: &'static str,
    /// Why it failed, naming the entry if the bundle was changed or damaged.
    reason: Option<String>,
    /// The user name of who asked; null for the operator.
    asked_by: Option<String>,
    created_at: String,
    ended_at: Option<String>,
    bytes: i64,
    /// How much of it was compared with its list and taken in: twice `bytes` at the end.
    read_bytes: i64,
    runs_imported: i64,
    /// Runs that were here already.
    runs_known: i64,
    versions_imported: i64,
    versions_known: i64,
    reports_imported: i64,
    reports_known: i64,
    /// What did not come in; `/imports/{id}/items` says why.
    skipped: i64,
}

impl Import {
    fn show((found, counts): (imports::Import, Counts)) -> Self {
        let is_done = found.state == imports::State::Done;
        Self {
            id: found.id.get(),
            bundle: found.bundle,
            server: found.server,
            of: found.title,
            state: found.state.as_str(),
            reason: found.reason,
            asked_by: found.asker,
            created_at: found.created_at.to_string(),
            ended_at: found.ended_at.map(|at| at.to_string()),
            bytes: found.size_bytes,
            read_bytes: if is_done { 2 * found.size_bytes } else { found.read_bytes },
            runs_imported: counts.runs_imported,
            runs_known: counts.runs_known,
            versions_imported: counts.versions_imported,
            versions_known: counts.versions_known,
            reports_imported: counts.reports_imported,
            reports_known: counts.reports_known,
            skipped: counts.skipped,
        }
    }
}

/// What became of something of a bundle.
#[derive(Serialize, ToSchema)]
pub(super) struct ImportedItem {
    /// `run`, `version` or `link`.
    kind: &'static str,
    /// `entity/project/name` where it comes from.
    old_name: String,
    /// And here; null if it did not come in.
    new_name: Option<String>,
    /// `imported`, `known` or `skipped`.
    state: &'static str,
    /// Why it was skipped, or is not as it was.
    reason: Option<String>,
}

/// Imports, newest first.
#[utoipa::path(get, path = "/api/v1/imports", tag = "Exports", params(OwnPaging),
    responses((status = 200, body = Listing<Import>), Refusals))]
async fn list(request: HttpRequest, app: Data<App>, caller: Caller, query: Query<OwnPaging>) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        let call = &caller.0;
        call.actor.signed_in()?;
        let page = imports::page(reader, call, query.everybody(), query.after.as_deref(), query.size()?)?;
        Listing::new(page, |found| Ok(Import::show(found)))
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Takes a bundle in, which is the body: into the teams and personal spaces of its projects' names, if the caller may log there, or
/// where they say. It is compared with its list before anything of it is taken in. Runs keep their ids or get the next free
/// one; what came in before does not come twice.
#[utoipa::path(post, path = "/api/v1/imports", tag = "Exports", params(NewImport),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "A bundle of `POST /exports`."),
    responses((status = 201, body = Import), Refusals))]
async fn start(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    query: Query<NewImport>,
    payload: Payload,
) -> HttpResponse {
    let begun = begin(&app, caller.0, query.into_inner(), payload).await;
    if let Ok(job) = app.jobs.named("imports") {
        job.ring();
    }
    answer::json(&request, StatusCode::CREATED, begun)
}

async fn begin(app: &App, call: Call, query: NewImport, payload: Payload) -> Result<Import> {
    call.actor.signed_in()?;
    let order = query.order()?;
    let (asking, asked) = (call.clone(), order.clone());
    app.db.read(move |reader| imports::check(reader, &asking, &asked)).await?;
    let path = imports::arriving(&app.exports)?;
    let begun = match receive(app, payload, &path).await {
        Ok(bytes) => begin_with(app, call, order, &path, bytes).await,
        Err(error) => Err(error),
    };
    if begun.is_err() {
        // What arrived is of no use; what cannot be removed now goes within a day.
        let _ = std::fs::remove_file(&path);
    }
    begun
}

async fn begin_with(app: &App, call: Call, order: Order, path: &FilePath, bytes: u64) -> Result<Import> {
    let head = imports::look(std::fs::File::open(path).map_err(Error::internal)?).await?;
    let begun = app.db.write(move |tx| {
        let begun = imports::start(tx, &call, &order, &head, bytes, true)?;
        imports::get(tx, &call, begun.id)
    });
    let begun = begun.await?;
    let id = begun.0.id;
    std::fs::rename(path, imports::arrived(&app.exports, id)).map_err(Error::internal)?;
    app.db.write(move |tx| imports::ready(tx, id)).await?;
    Ok(Import::show(begun))
}

/// Stores the body; how many bytes it has.
async fn receive(app: &App, mut payload: Payload, path: &FilePath) -> Result<u64> {
    app.exports.admit(0)?;
    let mut file = tokio::fs::File::create_new(path).await.map_err(Error::internal)?;
    let (mut count, mut looked) = (0_u64, 0_u64);
    while let Some(bytes) = payload.next().await {
        let bytes =
            bytes.map_err(|error| Error::invalid(format!("the bundle did not arrive whole: {error}; send it again")))?;
        file.write_all(&bytes).await.map_err(Error::internal)?;
        count += bytes.len() as u64;
        if count - looked >= LOOK_BYTES {
            looked = count;
            app.exports.admit(0)?;
        }
    }
    file.sync_all().await.map_err(Error::internal)?;
    Ok(count)
}

/// One import with its progress, for who asked for it.
#[utoipa::path(get, path = "/api/v1/imports/{id}", tag = "Exports", params(("id" = i64, Path)),
    responses((status = 200, body = Import), Refusals))]
async fn show(request: HttpRequest, app: Data<App>, caller: Caller, id: Path<i64>) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        caller.0.actor.signed_in()?;
        Ok(Import::show(imports::get(reader, &caller.0, ImportId::new(*id))?))
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// What became of each thing of a bundle: the new names of the old.
#[utoipa::path(get, path = "/api/v1/imports/{id}/items", tag = "Exports", params(("id" = i64, Path), Paging),
    responses((status = 200, body = Listing<ImportedItem>), Refusals))]
async fn items(request: HttpRequest, app: Data<App>, caller: Caller, id: Path<i64>, paging: Query<Paging>) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        caller.0.actor.signed_in()?;
        let (found, _) = imports::get(reader, &caller.0, ImportId::new(*id))?;
        let page = imports::items(reader, found.id, paging.after.as_deref(), paging.size()?)?;
        Listing::new(page, |item| {
            Ok(ImportedItem {
                kind: item.kind.as_str(),
                old_name: item.old_name,
                new_name: item.new_name,
                state: item.state.as_str(),
                reason: item.reason,
            })
        })
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Ends an import that is under way; runs and versions that are whole by then stay.
#[utoipa::path(post, path = "/api/v1/imports/{id}/cancel", tag = "Exports", params(("id" = i64, Path)),
    responses((status = 200, body = Import), Refusals))]
async fn cancel(request: HttpRequest, app: Data<App>, caller: Caller, id: Path<i64>) -> HttpResponse {
    let work = move |tx: &Tx<'_>| {
        caller.0.actor.signed_in()?;
        let cancelled = imports::cancel(tx, &caller.0, ImportId::new(*id))?;
        Ok(Import::show(imports::get(tx, &caller.0, cancelled.id)?))
    };
    answer::json(&request, StatusCode::OK, app.db.write(work).await)
}
