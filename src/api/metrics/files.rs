//! Metrics of a run as Parquet.
//!
//! * `GET /static/history/…`: links that the server signed to files in which rows of a run lie. They never change, so readers
//!   may fetch any range of them, and keep what they have.
//! * `GET /api/v1/projects/{entity}/{project}/runs/{run}/history.parquet`: all rows in one file that is made at once.

use std::fs::File;
use std::io::{Read as _, Seek as _};

use actix_web::body::SizedStream;
use actix_web::http::header;
use actix_web::web::{Bytes, Data, Path, ServiceConfig, get, head, resource};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream::try_unfold;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use crate::api::caller::Identity;
use crate::api::send::{self, Sent};
use crate::api::{App, Caller, answer};
use crate::domain::files::Purpose;
use crate::domain::{history, runs};
use crate::error::{Error, Result};

const MIME_TYPE: &str = "application/vnd.apache.parquet";
/// How much of a file is in memory at a time.
const PIECE_BYTES: usize = 256 * 1024;

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(
            resource("/static/history/{file}/{expires}/{signature}/{name}")
                .route(get().to(send_signed))
                .route(head().to(send_signed)),
        )
        .service(resource("/api/v1/projects/{entity}/{project}/runs/{run}/history.parquet").route(get().to(send_all)));
}

#[derive(Deserialize)]
struct Link {
    file: i64,
    expires: i64,
    signature: String,
    name: String,
}

async fn send_signed(request: HttpRequest, app: Data<App>, identity: Identity, link: Path<Link>) -> HttpResponse {
    let sent = exported(&request, &app, identity, link.into_inner()).await;
    sent.unwrap_or_else(|error| answer::error(&request, &error))
}

async fn exported(request: &HttpRequest, app: &App, identity: Identity, link: Link) -> Result<HttpResponse> {
    let Link { file, expires, signature, name } = link;
    app.signer.check(Purpose::ReadHistory, file, &name, expires, &signature, identity.now)?;
    let found = app.history.read(move |db| history::exported(db, file)).await?;
    let (key, size_bytes) = found.ok_or_else(|| Error::not_found("file"))?;
    // What never changes needs no digest to be told apart.
    let tag = key.as_str().to_owned();
    let sent = Sent { size_bytes, tag, mime_type: MIME_TYPE.to_owned(), base_name: name };
    send::send(request, sent, async |range| app.blobs.read(&key, range).await).await
}

async fn send_all(
    request: HttpRequest,
    app: Data<App>,
    Caller(call): Caller,
    path: Path<(String, String, String)>,
) -> HttpResponse {
    let (entity, project, name) = path.into_inner();
    let made = async {
        let (asked, called) = ((entity, project, name.clone()), name.clone());
        let run = app.db.read(move |db| runs::find(db, &call, &asked.0, &asked.1, &asked.2)).await?;
        let run = run.ok_or_else(|| Error::not_found(format!("run {called}")))?.id;
        let (segments, mut file) = (app.segments.clone(), app.blobs.scratch()?);
        let export = app.history.read(move |db| {
            history::export(db, &segments, run, &file)?;
            let size = file.metadata().map_err(Error::internal)?.len();
            file.rewind().map_err(Error::internal)?;
            Ok((file, size))
        });
        export.await
    };
    match made.await {
        Ok((file, size)) => HttpResponse::Ok()
            .content_type(MIME_TYPE)
            .insert_header((
                header::CONTENT_DISPOSITION,
                format!("attachment; filename*=UTF-8''{}.parquet", utf8_percent_encode(&name, NON_ALPHANUMERIC)),
            ))
            .body(SizedStream::new(size, try_unfold(file, piece))),
        Err(error) => answer::error(&request, &error),
    }
}

/// The next piece of a file.
async fn piece(mut file: File) -> std::io::Result<Option<(Bytes, File)>> {
    let read = tokio::task::spawn_blocking(move || {
        let mut bytes = Vec::with_capacity(PIECE_BYTES);
        file.by_ref().take(PIECE_BYTES as u64).read_to_end(&mut bytes)?;
        Ok((!bytes.is_empty()).then(|| (Bytes::from(bytes), file)))
    });
    read.await.map_err(std::io::Error::other)?
}
