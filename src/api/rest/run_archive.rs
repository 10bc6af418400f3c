//! `/projects/{entity}/{project}/runs/{run}/archive.zip`: a run with all that made it and came out of it.

use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use futures_util::stream::BoxStream;

use super::listing::Refusals;
use crate::api::{App, Caller, answer, send};
use crate::domain::{Call, bundle, runs};
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
        Ok(bytes) => send::archive(&format!("{name}.zip"), bytes),
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
    let bytes = bundle::of_run(&app.sources(), &call, &run).await?;
    app.db.write(move |tx| bundle::record_download(tx, &call, &run)).await?;
    Ok(bytes)
}
