//! `GET /metrics`: what the server counts of itself, in the OpenMetrics text format, for Prometheus and its like. Read by
//! who shows the token of the configuration, or administers the server.

mod gauges;

use std::time::Duration;

use actix_web::http::Method;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use self::gauges::Gauges;
use crate::api::caller::Identity;
use crate::api::{App, answer};
use crate::clock::Timestamp;
use crate::domain::directory::sync::{Outcome, Sync};
use crate::domain::history::Volume;
use crate::error::{Error, Result};
use crate::policy::{self, Action, Target};
use crate::secret::{Secret, token_hash};

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// Upper ends of the buckets of answering times, in seconds.
const SECONDS: [f64; 10] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

/// Upper ends of the buckets of times of syncs, in seconds.
const SYNC_SECONDS: [f64; 9] = [0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0];

/// Routes and methods of ours only, so that no caller can make new rows.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

/// A field of our own schema, as `Mutation.upsertBucket`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Operation {
    operation: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StreamName {
    stream: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SignIn {
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SyncOutcome {
    outcome: &'static str,
}

/// Syncs with the directory.
#[derive(Clone)]
struct Directory {
    syncs: Family<SyncOutcome, Counter>,
    changes: Counter,
    seconds: Histogram,
    /// 1 for how the last one ended, 0 for the other ways.
    last: Family<SyncOutcome, Gauge>,
    /// Since the end of the last one, -1 before the first.
    age: Gauge,
}

impl Directory {
    fn new(registry: &mut Registry) -> Self {
        let syncs = Family::default();
        registry.register("directory_syncs", "Syncs with the directory, by how they ended", syncs.clone());
        let changes = Counter::default();
        registry.register("directory_changes", "Changes that syncs made", changes.clone());
        let seconds = Histogram::new(SYNC_SECONDS);
        registry.register_with_unit("directory_sync_duration", "Time of a sync", Unit::Seconds, seconds.clone());
        let last = Family::default();
        registry.register("directory_last_sync_outcome", "1 for how the last sync ended", last.clone());
        let age = Gauge::default();
        registry.register_with_unit("directory_last_sync_age", "Since the last sync; -1: none", Unit::Seconds, age.clone());
        Self { syncs, changes, seconds, last, age }
    }

    /// Shows the last one, whichever process ran it.
    fn show(&self, last: Option<&Sync>, now: Timestamp) {
        let ended = last.map(|sync| sync.outcome);
        for outcome in Outcome::ALL {
            let label = SyncOutcome { outcome: outcome.as_str() };
            self.last.get_or_create(&label).set(i64::from(ended == Some(outcome)));
        }
        self.age.set(last.map_or(-1, |sync| (now.micros() - sync.finished_at.micros()) / 1_000_000));
    }
}

/// The counters of this process.
pub struct Monitor {
    registry: Registry,
    requests: Family<Request, Counter>,
    seconds: Family<Route, Histogram>,
    streamed: Counter,
    operations: Family<Operation, Histogram>,
    rows: Family<StreamName, Counter>,
    points: Counter,
    sign_ins: Family<SignIn, Counter>,
    gauges: Gauges,
    directory: Directory,
    /// Of the token that opens the door without an account.
    token_hash: Option<[u8; 32]>,
}

impl Monitor {
    pub fn new(token: Option<&Secret>) -> Self {
        let mut registry = Registry::with_prefix("runstead");
        let requests = Family::default();
        registry.register("http_requests", "Requests answered", requests.clone());
        let seconds = Family::<Route, Histogram>::new_with_constructor(|| Histogram::new(SECONDS));
        registry.register_with_unit("http_request_duration", "Time to an answer", Unit::Seconds, seconds.clone());
        let streamed = Counter::default();
        registry.register_with_unit("stream_received", "What runs streamed, uncompressed", Unit::Bytes, streamed.clone());
        let operations = Family::<Operation, Histogram>::new_with_constructor(|| Histogram::new(SECONDS));
        let about = "Time to an answer of GraphQL, by the first field that was asked for";
        registry.register_with_unit("graphql_duration", about, Unit::Seconds, operations.clone());
        let rows = Family::default();
        registry.register("stream_rows", "Rows and lines that runs streamed", rows.clone());
        let points = Counter::default();
        registry.register("stream_points", "Values of metrics that runs streamed", points.clone());
        let sign_ins = Family::default();
        registry.register("sign_ins", "Sign-ins by what came of them", sign_ins.clone());
        let gauges = Gauges::default();
        gauges.register(&mut registry);
        registry.register("build", "This server", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
        let directory = Directory::new(&mut registry);
        let token_hash = token.map(|token| token_hash(token.reveal()));
        Self { registry, requests, seconds, streamed, operations, rows, points, sign_ins, gauges, directory, token_hash }
    }

    /// Counts an answer. `route` is the pattern that matched, if one did.
    pub fn answered(&self, method: &Method, route: Option<&str>, status: u16, elapsed: Duration) {
        let method = match *method {
            Method::GET => "GET",
            Method::HEAD => "HEAD",
            Method::POST => "POST",
            Method::PUT => "PUT",
            Method::PATCH => "PATCH",
            Method::DELETE => "DELETE",
            Method::OPTIONS => "OPTIONS",
            _ => "other",
        };
        let route = route.unwrap_or("other").to_owned();
        self.seconds.get_or_create(&Route { route: route.clone() }).observe(elapsed.as_secs_f64());
        self.requests.get_or_create(&Request { method, route, status }).inc();
    }

    /// Counts the bytes of a message of a run's process.
    pub fn streamed(&self, bytes: usize) {
        self.streamed.inc_by(bytes as u64);
    }

    /// Counts a sync with the directory.
    pub fn synced(&self, sync: &Sync) {
        let Directory { syncs, changes, seconds, .. } = &self.directory;
        syncs.get_or_create(&SyncOutcome { outcome: sync.outcome.as_str() }).inc();
        if sync.outcome == Outcome::Applied {
            changes.inc_by(sync.changes.len() as u64);
        }
        seconds.observe((sync.finished_at.micros() - sync.started_at.micros()) as f64 / 1e6);
    }

    /// Counts what of it was stored.
    pub fn stored(&self, volume: Volume) {
        for (stream, count) in [("history", volume.rows), ("events", volume.events), ("console", volume.lines)] {
            if count > 0 {
                self.rows.get_or_create(&StreamName { stream }).inc_by(count);
            }
        }
        self.points.inc_by(volume.points);
    }

    /// Counts an answer of GraphQL. `operation` is a field that the schema has.
    pub fn resolved(&self, operation: String, elapsed: Duration) {
        self.operations.get_or_create(&Operation { operation }).observe(elapsed.as_secs_f64());
    }

    /// Counts somebody who signed in, or did not.
    pub fn signed_in(&self, succeeded: bool) {
        let result = if succeeded { "succeeded" } else { "refused" };
        self.sign_ins.get_or_create(&SignIn { result }).inc();
    }

    async fn text(&self, app: &App) -> Result<String> {
        self.gauges.refresh(app);
        let last = match app.directory() {
            Some(directory) => directory.last(&app.db).await?,
            None => None,
        };
        self.directory.show(last.as_ref(), app.clock.now());
        let mut text = String::new();
        encode(&mut text, &self.registry).map_err(Error::internal)?;
        Ok(text)
    }

    /// Whether the request shows the token. Hashes are compared, so that the time taken tells nothing of it.
    fn knows(&self, request: &HttpRequest) -> bool {
        let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let shown =
            header.and_then(|header| header.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let shown = shown.map(|(_, token)| token_hash(token.trim()));
        shown.is_some() && shown == self.token_hash
    }
}

pub fn routes(config: &mut ServiceConfig) {
    config.route("/metrics", web::get().to(metrics));
}

async fn metrics(request: HttpRequest, app: Data<App>, identity: Identity) -> HttpResponse {
    let text = match allowed(&request, &app, &identity) {
        Ok(()) => app.monitor.text(&app).await,
        Err(error) => Err(error),
    };
    match text {
        Ok(text) => HttpResponse::Ok().content_type(OPEN_METRICS).body(text),
        Err(error) => answer::error(&request, &error),
    }
}

fn allowed(request: &HttpRequest, app: &App, identity: &Identity) -> Result<()> {
    if app.monitor.knows(request) {
        return Ok(());
    }
    let wanted = "show the token that the setting metrics.token has, or the API key of an administrator";
    match &identity.actor {
        Ok(actor) if actor.account.is_some() => policy::require(actor, Action::Read, &Target::Site),
        _ => Err(Error::unauthenticated(wanted)),
    }
}
