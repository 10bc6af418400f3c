//! How every door says that something failed: one shape, the real status, and the cause for the request line alone.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, ContentType, ETAG, IF_MATCH, IF_NONE_MATCH, RETRY_AFTER};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, HttpResponseBuilder};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::error::{Error, Result};

/// The id of a request, in its extensions; put there by the server, which also answers it as `x-request-id`.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// Why a request failed, in the extensions of its response: for the one log line of the request, never for the caller.
#[derive(Clone, Debug)]
pub struct Cause(pub String);

/// The answer to a request that failed.
pub fn error(request: &HttpRequest, error: &Error) -> HttpResponse {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = HttpResponseBuilder::new(status);
    if let Some(seconds) = error.retry_after_seconds() {
        answer.insert_header((RETRY_AFTER, seconds));
    }
    let response = answer.json(body(request, error.code(), &error.to_string()));
    with_cause(response, error.cause())
}

/// The value as JSON with that status, or the error. What is read has an `ETag`; who sends that back as `If-None-Match` is told
/// when nothing changed, without the value.
pub fn json(request: &HttpRequest, status: StatusCode, result: Result<impl Serialize>) -> HttpResponse {
    match result.and_then(|value| serde_json::to_vec(&value).map_err(Error::internal)) {
        Ok(body) if request.method().is_safe() && status == StatusCode::OK => tagged(request, body),
        Ok(body) => HttpResponseBuilder::new(status).content_type(ContentType::json()).body(body),
        Err(failure) => error(request, &failure),
    }
}

fn tagged(request: &HttpRequest, body: Vec<u8>) -> HttpResponse {
    let tag = tag(&body);
    let known = request.headers().get(IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let unchanged = known.split(',').any(|known| known.trim().trim_start_matches("W/") == tag);
    let mut answer = if unchanged { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    answer.insert_header((ETAG, tag)).insert_header((CACHE_CONTROL, "private, no-cache"));
    if unchanged { answer.finish() } else { answer.content_type(ContentType::json()).body(body) }
}

/// The `ETag` of a body.
pub fn tag(body: &[u8]) -> String {
    format!("\"{}\"", hex::encode(&Sha256::digest(body)[..16]))
}

/// What a thing has to be for a change to be made: the `ETag`s that the caller sent as `If-Match`, if any.
#[derive(Clone, Debug)]
pub struct IfMatch(Option<String>);

impl IfMatch {
    pub fn of(request: &HttpRequest) -> Self {
        Self(request.headers().get(IF_MATCH).map(|value| value.to_str().unwrap_or_default().to_owned()))
    }

    /// Whether the caller said what the thing has to be.
    pub fn is_said(&self) -> bool {
        self.0.is_some()
    }

    /// Whether the thing, known by these `ETag`s, is what the caller saw; so it is if they said nothing.
    pub fn is_one_of(&self, tags: &[String]) -> bool {
        let Some(wanted) = self.0.as_deref().filter(|wanted| wanted.trim() != "*") else { return true };
        wanted.split(',').any(|wanted| tags.iter().any(|tag| wanted.trim() == tag))
    }

    /// Refuses unless the thing, as it would be shown now, is what the caller saw. `now` is asked only if that matters.
    pub fn require<T: Serialize>(&self, now: impl FnOnce() -> Result<T>) -> Result<()> {
        if self.is_one_of(&[]) {
            return Ok(());
        }
        if self.is_one_of(&[tag(&serde_json::to_vec(&now()?).map_err(Error::internal)?)]) {
            return Ok(());
        }
        Err(Error::Changed("it was changed since you read it (If-Match); read it again".to_owned()))
    }
}

/// Refuses a change to what somebody else changed meanwhile, and shows what that is now, so that the two can be brought together.
pub fn changed(request: &HttpRequest, message: &str, now: &impl Serialize) -> HttpResponse {
    let failure = Error::Changed(message.to_owned());
    let (Ok(current), Ok(bytes)) = (serde_json::to_value(now), serde_json::to_vec(now)) else {
        return error(request, &failure);
    };
    let mut told = body(request, failure.code(), message);
    told["current"] = current;
    HttpResponse::PreconditionFailed().insert_header((ETAG, tag(&bytes))).json(told)
}

/// Nothing but success (204), or the error.
pub fn empty(request: &HttpRequest, result: Result<()>) -> HttpResponse {
    match result {
        Ok(()) => HttpResponse::NoContent().finish(),
        Err(failure) => error(request, &failure),
    }
}

/// An error as the value that extractors and middlewares of actix fail with.
pub fn failure(request: &HttpRequest, failure: &Error) -> actix_web::Error {
    actix_web::error::InternalError::from_response(failure.to_string(), error(request, failure)).into()
}

/// GraphQL has its own shape for errors, which the client reads on its stream too; all other doors share ours.
fn body(request: &HttpRequest, code: &str, message: &str) -> Value {
    let request_id = request.extensions().get::<RequestId>().map(|id| id.0.clone());
    if request.path() == "/graphql" || request.path().ends_with("/file_stream") {
        return json!({ "errors": [{ "message": message, "extensions": { "code": code, "request_id": request_id } }] });
    }
    json!({ "code": code, "message": message, "request_id": request_id })
}

/// Notes on a response why its request failed.
pub fn with_cause(mut response: HttpResponse, cause: String) -> HttpResponse {
    response.extensions_mut().insert(Cause(cause));
    response
}
