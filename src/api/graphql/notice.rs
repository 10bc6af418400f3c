//! A word to whoever watches a run begin, where no field of an answer reaches them.
//!
//! The client's process that logs was written in Python up to 0.17, and prints `serverSettings.serverMessages` of `upsertBucket` when a
//! run ends. `wandb-core`, which replaced it,
//! reads no message of a server: neither in an answer of GraphQL or the file stream nor in a header. But it prints the body of every
//! answer that is no success ("307 encountered (…), retrying request"), and follows redirects as HTTP has it, with the same method and
//! body (0.18 looks for such answers every five seconds, and prints none of a shorter run). So the question that begins such a run is sent once more to the same place, and the way there says what there is to say.

use actix_web::http::header::{LOCATION, USER_AGENT};
use actix_web::{HttpRequest, HttpResponse};
use async_graphql::Value;

use crate::api::App;
use crate::domain::projects::ProjectName;
use crate::domain::{Call, runs};
use crate::error::Result;

/// How `wandb-core` calls itself, now and in its first releases.
const CORE: [&[u8]; 2] = [b"wandb-core", b"Go-http-client/"];
/// The question that begins a run.
const BEGINS: &str = "UpsertBucket";
/// What follows the path of a question whose asker was told.
const TOLD: &str = "told";

/// The detour of a question that begins a run with something to say about it; `None` if it is to be answered as it is.
pub(super) async fn detour(
    request: &HttpRequest,
    app: &App,
    call: &Call,
    asked: &async_graphql::Request,
) -> Result<Option<HttpResponse>> {
    let agent = request.headers().get(USER_AGENT).map_or(&b""[..], |agent| agent.as_bytes());
    let by_core = CORE.iter().any(|name| agent.starts_with(name));
    if !by_core || asked.operation_name.as_deref() != Some(BEGINS) || request.query_string() == TOLD {
        return Ok(None);
    }
    let text = |name: &str| match asked.variables.get(name) {
        Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
        _ => None,
    };
    let (Some(name), None) = (text("name"), text("id")) else { return Ok(None) };
    let (entity, project) = (text("entity"), text("project").unwrap_or_else(|| ProjectName::DEFAULT.to_owned()));
    let call = call.clone();
    let warning = app.db.read(move |db| runs::foreseen_warning(db, &call, entity.as_deref(), &project, &name)).await?;
    if warning.is_empty() {
        return Ok(None);
    }
    let to = format!("{}?{TOLD}", request.path());
    Ok(Some(
        HttpResponse::TemporaryRedirect().insert_header((LOCATION, to)).content_type("text/plain; charset=utf-8").body(warning),
    ))
}
