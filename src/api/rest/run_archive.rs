//! `/projects/{entity}/{project}/runs/{run}/archive.zip`: a run with all that made it and came out of it.

use actix_web::http::header;
use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use futures_util::TryStreamExt as _;
use futures_util::stream::BoxStream;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::listing::Refusals;
use crate::api::{App, Caller, answer};
use crate::domain::bundle::{self, Sources};
use crate::domain::{Call, runs};
use crate::error::{Error, Result};

pub(super) fn routes(config: &mut ServiceConfig) {
    config.route("/projects/{entity}/{project}/runs/{run}/archive.zip", web::get().to(download));
}

/// A run as one ZIP: facts, config, summary, metrics as Parquet, its files, and the artifacts that it used and made as far as the
/// caller may download them. `manifest.json` in it lists every file with its SHA-256.
#[utoipa::path(get, path = "/api/v1/projects/{entity}/{project}/runs/{run}/archive.zip", tag = "Runs",
    params(("entity" = String, Path), ("project" = String, Path), ("run" = String, Path)),
    responses((status = 200, description = "A ZIP file, which is made while it is sent."), Refusals))]
async fn download(
    request: HttpRequest,
    app: Data<App>,
    Caller(call): Caller,
    path: Path<(String, String, String)>,
) -> HttpResponse {
    let (entity, project, name) = path.into_inner();
    match made(&app, call, (entity, project, name.clone())).await {
        Ok(bytes) => HttpResponse::Ok()
            .content_type("application/zip")
            // Compressing again what is stored as it is would only cost time.
            .insert_header(header::ContentEncoding::Identity)
            .insert_header((header::CACHE_CONTROL, "private, no-store"))
            .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .insert_header((
                header::CONTENT_DISPOSITION,
                format!("attachment; filename*=UTF-8''{}.zip", utf8_percent_encode(&name, NON_ALPHANUMERIC)),
            ))
            .streaming(bytes.map_err(|error| std::io::Error::other(error.cause()))),
        Err(error) => answer::error(&request, &error),
    }
}

async fn made(app: &App, call: Call, place: (String, String, String)) -> Result<BoxStream<'static, Result<Bytes>>> {
    call.actor.known()?;
    let asked = call.clone();
    let run = app.db.read(move |db| {
        let (entity, project, name) = &place;
        runs::find(db, &asked, entity, project, name)?.ok_or_else(|| Error::not_found(format!("run {name}")))
    });
    let run = run.await?;
    let (db, history) = (app.db.clone(), app.history.clone());
    let sources = Sources { db, history, segments: app.segments.clone(), blobs: app.blobs.clone() };
    bundle::of_run(&sources, &call, &run).await
}
