//! What the client and the web UI speak. The client's words are translated here and stay here:
//!
//! | on the wire | in this house |
//! |---|---|
//! | `bucket` | run |
//! | `model`, `modelName` | project |
//! | `name` of a run | its id for people; `displayName` is its name |
//! | `jobProgram`, `jobRepo` | program, repository |
//! | `access` | visibility |
//! | view, access token | report, link |
//!
//! What is missing is `null` with status 200; a refusal has a real status and `{"errors":[{"message"}]}`.

mod account;
mod artifact;
mod artifact_collection;
mod artifact_edits;
mod artifact_file;
mod artifact_insight;
mod artifact_mutations;
mod context;
mod entity;
mod file;
mod ids;
mod member;
mod notice;
mod paging;
mod project;
mod query;
mod registry;
mod run;
mod run_mutations;
mod scalars;
mod server;
mod view;

use std::sync::{Arc, OnceLock};

use actix_web::http::header::USER_AGENT;
use actix_web::web::{Bytes, Data, ServiceConfig, post};
use actix_web::{HttpRequest, HttpResponse};
use async_graphql::parser::types::{OperationType, Selection};
use async_graphql::{EmptySubscription, MergedObject, Response, ServerError};
use serde::Deserialize;

use crate::api::{App, Caller, Limits, answer};
use crate::clock::Stopwatch;
use crate::error::{Error, Result};
use context::{Asking, Failure};

pub type Schema = async_graphql::Schema<query::Query, Mutation, EmptySubscription>;

#[derive(MergedObject, Default)]
pub struct Mutation(
    run_mutations::RunMutations,
    project::ProjectMutations,
    file::FileMutations,
    account::AccountMutations,
    entity::EntityMutations,
    artifact_mutations::ArtifactMutations,
    artifact_edits::ArtifactEdits,
    member::MemberMutations,
    registry::RegistryMutations,
    view::ViewMutations,
);

/// The schema with its bounds.
pub fn schema(limits: Limits) -> Schema {
    Schema::build(query::Query, Mutation::default(), EmptySubscription)
        .limit_depth(limits.graphql_depth)
        .limit_complexity(limits.graphql_complexity)
        .finish()
}

pub fn routes(config: &mut ServiceConfig) {
    config.route("/graphql", post().to(graphql));
}

#[derive(Deserialize)]
struct Body {
    query: String,
    #[serde(default)]
    variables: Option<serde_json::Value>,
    #[serde(default, rename = "operationName")]
    operation_name: Option<String>,
}

async fn graphql(request: HttpRequest, app: Data<App>, caller: Caller, bytes: Result<Bytes, actix_web::Error>) -> HttpResponse {
    let asked = match asked(&app, bytes) {
        Ok(asked) => asked,
        Err(error) => return answer::error(&request, &error),
    };
    let Caller(call) = caller;
    match notice::detour(&request, &app, &call, &asked).await {
        Ok(None) => {}
        Ok(Some(detour)) => return detour,
        Err(error) => return answer::error(&request, &error),
    }
    let by_hand = !call.actor.by_key || is_public_client(&request);
    let mut asked = asked;
    let operation = first_field(&mut asked);
    let (schema, counting, watch) = (app.schema.clone(), app.clone(), Stopwatch::start());
    let left = Arc::new(OnceLock::new());
    let response = schema.execute(asked.data(Asking { app, call, left: Arc::clone(&left), by_hand })).await;
    // What the schema does not have would make rows that callers invent.
    if let Some(operation) = operation.filter(|_| response.errors.iter().all(|error| failure(error).status != 400)) {
        counting.monitor.resolved(operation, watch.elapsed());
    }
    let mut answer = respond(response);
    if let Some(left) = left.get() {
        left.tell(answer.headers_mut());
    }
    answer
}

/// The first field that a query asks for, as `Query.project`.
fn first_field(request: &mut async_graphql::Request) -> Option<String> {
    let name = request.operation_name.clone();
    let document = request.parsed_query().ok()?;
    let mut operations = document.operations.iter();
    let (_, operation) = operations.find(|(own, _)| name.as_deref().is_none_or(|name| own.is_some_and(|own| own == name)))?;
    let kind = match operation.node.ty {
        OperationType::Mutation => "Mutation",
        _ => "Query",
    };
    operation.node.selection_set.node.items.iter().find_map(|item| match &item.node {
        Selection::Field(field) => Some(format!("{kind}.{}", field.node.name.node)),
        _ => None,
    })
}

/// Whether the client's public API asks, which people use in notebooks and scripts.
fn is_public_client(request: &HttpRequest) -> bool {
    let agent = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok());
    agent.is_some_and(|agent| agent.starts_with("W&B Public Client"))
}

fn asked(app: &App, bytes: Result<Bytes, actix_web::Error>) -> Result<async_graphql::Request> {
    let bytes = bytes.map_err(|error| match error.as_response_error().status_code().as_u16() {
        413 => Error::too_large(format!("a request has at most {} bytes", app.limits.body_bytes)),
        _ => Error::invalid(format!("the request did not arrive whole: {error}")),
    })?;
    let body: Body = serde_json::from_slice(&bytes)
        .map_err(|error| Error::invalid(format!("expected a JSON object with a GraphQL query: {error}")))?;
    let mut request = async_graphql::Request::new(body.query);
    if let Some(variables) = body.variables {
        request = request.variables(async_graphql::Variables::from_json(variables));
    }
    // The client's public API sends an empty name.
    if let Some(name) = body.operation_name.filter(|name| !name.is_empty()) {
        request = request.operation_name(name);
    }
    fill_defaults(&mut request);
    Ok(request)
}

/// Gives the variables that were not sent the defaults of the document. The engine does so for arguments but not for
/// `@include` and `@skip`.
fn fill_defaults(request: &mut async_graphql::Request) {
    // A document that cannot be read is refused when it is executed.
    let Ok(document) = request.parsed_query() else { return };
    let mut defaults = Vec::new();
    for (_, operation) in document.operations.iter() {
        for definition in &operation.node.variable_definitions {
            if let Some(default) = &definition.node.default_value {
                defaults.push((definition.node.name.node.clone(), default.node.clone()));
            }
        }
    }
    for (name, value) in defaults {
        request.variables.entry(name).or_insert(value);
    }
}

/// The status of an answer is that of its gravest error, so that the client's retry rules see what happened.
fn respond(mut response: Response) -> HttpResponse {
    let failures: Vec<Failure> = response.errors.iter().map(failure).collect();
    let gravest = failures.iter().max_by_key(|failure| failure.status);
    let mut answer = HttpResponse::build(
        gravest
            .and_then(|failure| actix_web::http::StatusCode::from_u16(failure.status).ok())
            .unwrap_or(actix_web::http::StatusCode::OK),
    );
    let mut cause_of_failure = None;
    if let Some(failure) = gravest {
        if let Some(seconds) = failure.retry_after {
            answer.insert_header(("Retry-After", seconds.to_string()));
        }
        let texts: Vec<&str> = response.errors.iter().map(|error| error.message.as_str()).collect();
        let cause = failure.cause.clone().unwrap_or_else(|| texts.join("; "));
        cause_of_failure = Some(cause);
    }
    for error in &mut response.errors {
        error.message = in_our_words(&error.message);
    }
    let answer = answer.json(&response);
    match cause_of_failure {
        Some(cause) => answer::with_cause(answer, cause),
        None => answer,
    }
}

fn failure(error: &ServerError) -> Failure {
    let ours = error.source.as_ref().and_then(|source| source.downcast_ref::<Failure>());
    // Without one it is the engine's own refusal: a query that does not fit the schema or is too deep or too costly.
    ours.cloned().unwrap_or(Failure { status: 400, retry_after: None, cause: None })
}

/// The engine says `Unknown field "x" on type "y"`; people want to know what follows from it.
fn in_our_words(message: &str) -> String {
    if message.starts_with("Unknown field") || message.starts_with("Unknown type") {
        return format!("{message}: this release of the server does not offer it yet");
    }
    match message {
        "Query is nested too deep." => "this query nests too deep for this server; ask in several queries".to_owned(),
        "Query is too complex." => "this query selects too many fields for this server; ask in several queries".to_owned(),
        other => other.to_owned(),
    }
}

/// The schema as text, for the golden file that the web UI's types follow.
pub fn sdl(limits: Limits) -> String {
    schema(limits).sdl()
}
