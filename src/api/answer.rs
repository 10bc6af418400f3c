//! How every door says that something failed: one shape, the real status, and the cause for the request line alone.

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, HttpResponseBuilder};
use serde::Serialize;
use serde_json::{Value, json};

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

/// The value as JSON with that status, or the error.
pub fn json(request: &HttpRequest, status: StatusCode, result: Result<impl Serialize>) -> HttpResponse {
    match result {
        Ok(value) => HttpResponseBuilder::new(status).json(value),
        Err(failure) => error(request, &failure),
    }
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
