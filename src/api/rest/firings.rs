//! `/projects/{entity}/{project}/firings`: that alerts fired, and what became of telling it.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::listing::{self, Listing, Refusals};
use super::projects::visible;
use crate::api::{App, Caller, answer};
use crate::db::Reader;
use crate::domain::alerts::{self, Search};
use crate::domain::attempts::Attempt;
use crate::id::{FiringId, RuleId};

pub(super) fn routes(config: &mut ServiceConfig) {
    config.route("/projects/{entity}/{project}/firings", web::get().to(list));
}

/// That an alert fired.
#[derive(Serialize, ToSchema)]
pub(super) struct FiringShown {
    #[schema(value_type = i64)]
    id: FiringId,
    #[schema(value_type = i64)]
    alert_id: RuleId,
    alert: String,
    /// Null: somebody tried it out.
    run: Option<FiredRun>,
    at: String,
    /// `INFO`, `WARN` or `ERROR`.
    severity: String,
    title: String,
    text: String,
    /// Metric, value, baseline and the like.
    facts: Value,
    /// Whether the alert does not fire for this run until it is armed again.
    is_held: bool,
    /// Whether it is so and the caller may arm it again.
    can_rearm: bool,
    /// Whom it was told to; nobody for who may not change alerts.
    deliveries: Vec<DeliveryShown>,
}

#[derive(Serialize, ToSchema)]
struct FiredRun {
    name: String,
    display_name: String,
}

#[derive(Serialize, ToSchema)]
struct DeliveryShown {
    /// `mail` or `webhook`.
    channel: String,
    /// A user name, an address, or the name of a webhook.
    recipient: String,
    /// `waiting`, `sent` or `given up`.
    state: String,
    /// When it is tried again, if it waits.
    next_at: Option<String>,
    attempts: Vec<AttemptShown>,
}

/// That it was tried to tell it.
#[derive(Serialize, ToSchema)]
pub(super) struct AttemptShown {
    at: String,
    succeeded: bool,
    /// What the other side said, or why it could not be asked.
    answer: String,
}

impl From<Attempt> for AttemptShown {
    fn from(attempt: Attempt) -> Self {
        Self { at: attempt.at.to_string(), succeeded: attempt.succeeded, answer: attempt.answer }
    }
}

impl From<alerts::Delivery> for DeliveryShown {
    fn from(delivery: alerts::Delivery) -> Self {
        Self {
            next_at: (delivery.state == "waiting").then(|| delivery.next_at.to_string()),
            channel: delivery.channel,
            recipient: delivery.recipient,
            state: delivery.state,
            attempts: delivery.attempts.into_iter().map(AttemptShown::from).collect(),
        }
    }
}

impl FiringShown {
    pub fn of(firing: alerts::Firing, may_change: bool) -> Self {
        Self {
            can_rearm: firing.is_held && may_change,
            id: firing.id,
            alert_id: firing.rule_id,
            alert: firing.rule,
            run: firing.run.map(|run| FiredRun { name: run.name, display_name: run.display_name }),
            at: firing.at.to_string(),
            severity: firing.severity,
            title: firing.title,
            text: firing.text,
            facts: serde_json::from_str(&firing.facts).unwrap_or(Value::Null),
            is_held: firing.is_held,
            deliveries: firing.deliveries.into_iter().map(DeliveryShown::from).collect(),
        }
    }
}

/// Which firings are listed.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Firings {
    /// Of one alert.
    alert: Option<i64>,
    /// Of the run with this id.
    run: Option<String>,
    /// The `next_cursor` of the page before.
    after: Option<String>,
    /// How many, 1 to 1000; 50 if nothing is said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// That alerts of a project fired, newest first, with each attempt to tell it.
#[utoipa::path(get, path = "/api/v1/projects/{entity}/{project}/firings", tag = "Alerts",
    params(("entity" = String, Path), ("project" = String, Path), Firings),
    responses((status = 200, body = Listing<FiringShown>), Refusals))]
async fn list(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
    asked: Query<Firings>,
) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        let project = visible(reader, &caller.0, &path.0, &path.1)?;
        let search = Search { rule: asked.alert.map(RuleId::new), run: asked.run.clone() };
        let size = listing::size(asked.limit)?;
        let page = alerts::page(reader, &caller.0, &project, &search, asked.after.as_deref(), size)?;
        let may_change = alerts::may_change(&caller.0, &project);
        Listing::new(page, |firing| Ok(FiringShown::of(firing, may_change)))
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}
