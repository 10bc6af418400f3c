//! The log. A request that fails or is slow leaves a line with what it was, who asked, how it ended and what it cost; an error's
//! cause is on that line. The others leave one if the operator wants to see every request.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{HttpMessage as _, HttpRequest};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, fmt, reload};

use super::journal;
use crate::api::App;
use crate::api::answer::{Cause, RequestId};
use crate::api::caller::Identity;
use crate::clock::Stopwatch;
use crate::config;
use crate::db::{Meter, metered};
use crate::secret::random_bytes;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the lines of requests are filtered by.
const REQUESTS: &str = "runstead::request";
/// Requests that take longer are told of, whether the others are or not.
const SLOW: Duration = Duration::from_secs(2);

/// Changes what is logged while the server runs.
pub struct Level(Box<dyn Fn(EnvFilter) -> Result<(), String> + Send>);

impl Level {
    /// # Errors
    /// The level cannot be understood; what is in force stays.
    pub fn set(&self, log: &config::Log) -> Result<(), String> {
        (self.0)(filter(log)?)
    }
}

fn filter(log: &config::Log) -> Result<EnvFilter, String> {
    // What the operator says of these lines by name counts more.
    let quiet = if log.requests || log.level.contains(REQUESTS) { "" } else { ",runstead::request=warn" };
    EnvFilter::try_new(format!("{}{quiet}", log.level)).map_err(|error| format!("log.level: {error}"))
}

/// Starts logging to standard output, in the words of who reads it: a collector, the journal, or people, with colours only where
/// one looks.
///
/// # Errors
/// The level cannot be understood.
pub fn start(log: &config::Log) -> Result<Level, String> {
    let (filter, handle) = reload::Layer::new(filter(log)?);
    // Where a line cannot be written, as on a full disk, a word about that cannot be either, and trying would end the thread.
    let lines = fmt::layer().log_internal_errors(false);
    let lines = if log.json {
        lines.json().flatten_event(true).boxed()
    } else if journal::reads_our_output() {
        lines.event_format(journal::Lines::default()).boxed()
    } else {
        lines.with_ansi(std::io::stdout().is_terminal()).boxed()
    };
    tracing_subscriber::registry().with(filter).with(lines).try_init().map_err(|error| error.to_string())?;
    Ok(Level(Box::new(move |filter| handle.reload(filter).map_err(|error| error.to_string()))))
}

/// The middleware that gives a request its id and writes its line.
pub async fn request_line<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let watch = Stopwatch::start();
    // Somebody may be measuring already, as tests do.
    let meter = Meter::current().unwrap_or_default();
    let id = request_id(request.request());
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut response = metered(Arc::clone(&meter), next.call(request)).await?;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let asked = response.request();
    let method = asked.method().as_str();
    let route = asked.match_pattern().unwrap_or_else(|| asked.path().to_owned());
    let actor = asked.extensions().get::<Identity>().and_then(|identity| identity.actor.as_ref().ok()?.account);
    let actor = actor.map_or(0, crate::id::AccountId::get);
    let status = response.status().as_u16();
    let elapsed = watch.elapsed();
    let millis = elapsed.as_secs_f64() * 1e3;
    if let Some(app) = asked.app_data::<Data<App>>() {
        app.monitor.answered(asked.method(), asked.match_pattern().as_deref(), status, elapsed);
    }
    let (queries, rows) = (meter.queries(), meter.rows());
    let cause = response.response().extensions().get::<Cause>().map(|cause| cause.0.clone());
    // One macro for all: its level is part of what is decided when the program is compiled.
    macro_rules! line {
        ($level:ident, $words:literal) => {
            tracing::$level!(
                target: REQUESTS, method, route, status, millis, actor, queries, rows, request_id = id, cause, $words
            )
        };
    }
    match status {
        // The server is not broken: it waits for its set-up or another service, or has no room.
        503 | 507 => line!(warn, "request put off"),
        500.. => line!(error, "request failed"),
        _ if elapsed > SLOW => line!(warn, "slow request"),
        _ => line!(info, "request"),
    }
    Ok(response)
}

/// The id that a proxy gave, if it looks like one, else one of ours.
fn request_id(request: &HttpRequest) -> String {
    let given = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let fits = |id: &&str| {
        (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    given.filter(fits).map_or_else(|| hex::encode(random_bytes::<8>()), str::to_owned)
}
