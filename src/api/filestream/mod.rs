//! `POST /files/{entity}/{project}/{run}/file_stream`: the append stream of a run's process.
//!
//! A refusal must be right: the client takes most 4xx as final and streams nothing more, but keeps its data on disk for
//! `wandb sync`; 429 and 5xx it repeats for days. So nothing is stored of a message that is refused.

mod body;

use actix_web::http::header::{self, HeaderName};
use actix_web::web::{Bytes, Data, Path, Payload, ServiceConfig, post};
use actix_web::{FromRequest as _, HttpRequest, HttpResponse};
use serde_json::json;

use self::body::Sender;
use crate::api::{App, Caller, answer};
use crate::disk::Work;
use crate::error::{Error, Result};

/// Names the sending process among several that write one run.
const WRITER: HeaderName = HeaderName::from_static("x-wandb-async-client-id");
/// `true` from processes that may be several.
const MAY_SHARE: HeaderName = HeaderName::from_static("x-wandb-use-async-filestream");
/// A message that is no longer is read where it arrives: to hand it over to another thread takes as long.
const SHORT_BYTES: usize = 8 * 1024;

pub fn routes(config: &mut ServiceConfig) {
    config.route("/files/{entity}/{project}/{run}/file_stream", post().to(file_stream));
}

async fn file_stream(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    path: Path<[String; 3]>,
    payload: Payload,
) -> HttpResponse {
    match accept(&request, &app, caller, path.into_inner(), payload).await {
        Ok(stopped) => HttpResponse::Ok().json(json!({ "exitcode": null, "limits": {}, "stopped": stopped })),
        Err(error) => answer::error(&request, &error),
    }
}

async fn accept(request: &HttpRequest, app: &App, Caller(call): Caller, path: [String; 3], payload: Payload) -> Result<bool> {
    call.actor.signed_in()?;
    app.disk.admit(Work::RunData)?;
    let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    // A message that does not say how long it is may be as long as any.
    let length = text(header::CONTENT_LENGTH).and_then(|length| length.parse().ok()).unwrap_or(app.limits.body_bytes as u64);
    let _admitted = app.admission.enter(length, text(header::CONTENT_ENCODING).is_some()).await?;
    let bytes = Bytes::from_request(request, &mut payload.into_inner()).await;
    let bytes = bytes.map_err(|error| refused(&error, app.limits.body_bytes))?;
    if !text(header::CONTENT_TYPE).is_none_or(|kind| kind.starts_with("application/json")) {
        return Err(Error::invalid("this server takes file_stream messages as application/json only"));
    }
    let sender = Sender {
        writer: text(WRITER).unwrap_or_default().to_owned(),
        may_share: text(MAY_SHARE).is_some_and(|said| said == "true"),
    };
    app.monitor.streamed(bytes.len());
    let message = if bytes.len() <= SHORT_BYTES {
        body::read(sender, &bytes)?
    } else {
        let _desk = app.admission.desk().await?;
        tokio::task::spawn_blocking(move || body::read(sender, &bytes)).await.map_err(Error::internal)??
    };
    let volume = message.append.volume();
    let stopped = app.intake().accept(&call, path, message).await?;
    app.monitor.stored(volume);
    Ok(stopped)
}

fn refused(error: &actix_web::Error, limit: usize) -> Error {
    if error.as_response_error().status_code().as_u16() == 413 {
        return Error::too_large(format!("a file_stream message has at most {limit} bytes"));
    }
    Error::invalid(format!("the message did not arrive whole: {error}"))
}
