//! `/projects/{entity}/{project}/alerts`: rules that tell people when something is wrong with a run; `/firings`: that they did.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Json, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::listing::{self, Listing, Refusals};
use super::projects::visible;
use crate::api::answer::IfMatch;
use crate::api::{App, Caller, answer};
use crate::db::{Reader, Tx};
use crate::domain::alerts::{self, Channels, Condition, Search, Wish};
use crate::domain::projects::Project;
use crate::domain::{Call, accounts};
use crate::error::Result;
use crate::id::{FiringId, RuleId};
use crate::policy::Action;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/projects/{entity}/{project}/alerts").route(web::get().to(list)).route(web::post().to(create)))
        .service(
            web::resource("/projects/{entity}/{project}/alerts/{id}")
                .route(web::get().to(show))
                .route(web::patch().to(update))
                .route(web::delete().to(delete)),
        )
        .route("/projects/{entity}/{project}/alerts/{id}/test", web::post().to(try_out))
        .route("/projects/{entity}/{project}/alerts/{id}/rearm", web::post().to(rearm))
        .route("/projects/{entity}/{project}/firings", web::get().to(firings));
}

type Named = (String, String, i64);

/// A rule that watches the runs of a project.
#[derive(Serialize, ToSchema)]
pub(super) struct Alert {
    #[schema(value_type = i64)]
    id: RuleId,
    name: String,
    condition: Condition,
    /// Which runs, as lists of runs are filtered; `{}` for all.
    filter: String,
    /// It looks on, and tells nobody.
    paused: bool,
    /// User names and mail addresses; null for who may not change it.
    mail: Option<Vec<String>>,
    /// The name of a webhook of the team.
    webhook: Option<String>,
    /// What keeps it from telling anybody.
    problems: Vec<String>,
    /// The user name of who made it.
    created_by: Option<String>,
    created_at: String,
    /// Whether the caller may change it.
    can_change: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewAlert {
    /// 1 to 128 characters.
    name: String,
    condition: Condition,
    /// Which runs, as lists of runs are filtered, as JSON; all if nothing is said.
    filter: Option<String>,
    #[serde(default)]
    paused: bool,
    /// User names of people who see the project; admins of the team may name other addresses.
    #[serde(default)]
    mail: Vec<String>,
    /// The name of a webhook of the team.
    webhook: Option<String>,
}

/// What is left out stays as it is. Another condition begins anew: what it fired for is armed again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AlertPatch {
    name: Option<String>,
    condition: Option<Condition>,
    filter: Option<String>,
    paused: Option<bool>,
    mail: Option<Vec<String>>,
    /// Empty for none.
    webhook: Option<String>,
}

/// For which run an alert is armed again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Rearming {
    /// The id of a run; every one that it fired for if nothing is said.
    run: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Rearmed {
    /// For how many runs it was armed again.
    runs: usize,
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

impl From<alerts::Attempt> for AttemptShown {
    fn from(attempt: alerts::Attempt) -> Self {
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
    fn of(firing: alerts::Firing, may_change: bool) -> Self {
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

fn shown(reader: &Reader<'_>, call: &Call, channels: &Channels, project: &Project, rule: alerts::Rule) -> Result<Alert> {
    let can_change = alerts::may_change(call, project);
    let created_by = rule.created_by.map(|id| accounts::find(reader, id)).transpose()?.flatten();
    Ok(Alert {
        mail: if can_change { Some(alerts::recipients(reader, &rule)?) } else { None },
        webhook: alerts::webhook_name(reader, rule.webhook)?,
        problems: alerts::problems(reader, &rule, channels.mail.is_some(), &channels.hosts)?,
        id: rule.id,
        name: rule.name,
        condition: rule.condition,
        filter: rule.filter,
        paused: rule.paused,
        created_by: created_by.map(|account| account.username),
        created_at: rule.created_at.to_string(),
        can_change,
    })
}

/// Alerts of a project, by name.
#[utoipa::path(get, path = "/api/v1/projects/{entity}/{project}/alerts", tag = "Alerts",
    params(("entity" = String, Path), ("project" = String, Path)), responses((status = 200, body = Listing<Alert>), Refusals))]
async fn list(request: HttpRequest, app: Data<App>, caller: Caller, path: Path<(String, String)>) -> HttpResponse {
    let channels = app.channels.clone();
    let work = move |reader: &Reader<'_>| {
        let project = visible(reader, &caller.0, &path.0, &path.1)?;
        let rules = alerts::list(reader, &caller.0, &project)?.into_iter();
        let shown = rules.map(|rule| shown(reader, &caller.0, &channels, &project, rule));
        Ok(Listing::whole(shown.collect::<Result<Vec<_>>>()?))
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Makes an alert, for who logs to the project. It looks at all values of the runs that log something from now on.
#[utoipa::path(post, path = "/api/v1/projects/{entity}/{project}/alerts", tag = "Alerts",
    params(("entity" = String, Path), ("project" = String, Path)), request_body = NewAlert,
    responses((status = 201, body = Alert), Refusals))]
async fn create(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
    form: Json<NewAlert>,
) -> HttpResponse {
    let form = form.into_inner();
    let wish = Wish {
        name: Some(form.name),
        condition: Some(form.condition),
        filter: form.filter,
        paused: Some(form.paused),
        mail: Some(form.mail),
        webhook: form.webhook,
    };
    let channels = app.channels.clone();
    let work = move |tx: &Tx<'_>| {
        let project = visible(tx, &caller.0, &path.0, &path.1)?;
        let rule = alerts::create(tx, &caller.0, &project, &wish)?;
        shown(tx, &caller.0, &channels, &project, rule)
    };
    answer::json(&request, StatusCode::CREATED, watched(&app, app.db.write(work).await).await)
}

/// What was changed, once the runs of the project are watched by it.
async fn watched<T>(app: &App, changed: Result<T>) -> Result<T> {
    let changed = changed?;
    app.watched.refresh(&app.db).await?;
    Ok(changed)
}

/// One alert.
#[utoipa::path(get, path = "/api/v1/projects/{entity}/{project}/alerts/{id}", tag = "Alerts",
    params(("entity" = String, Path), ("project" = String, Path), ("id" = i64, Path)),
    responses((status = 200, body = Alert), Refusals))]
async fn show(request: HttpRequest, app: Data<App>, caller: Caller, path: Path<Named>) -> HttpResponse {
    let channels = app.channels.clone();
    let work = move |reader: &Reader<'_>| {
        let project = visible(reader, &caller.0, &path.0, &path.1)?;
        let rule = alerts::get(reader, &caller.0, Action::Read, &project, RuleId::new(path.2))?;
        shown(reader, &caller.0, &channels, &project, rule)
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Changes an alert.
#[utoipa::path(patch, path = "/api/v1/projects/{entity}/{project}/alerts/{id}", tag = "Alerts",
    params(("entity" = String, Path), ("project" = String, Path), ("id" = i64, Path)), request_body = AlertPatch,
    responses((status = 200, body = Alert), Refusals))]
async fn update(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    path: Path<Named>,
    form: Json<AlertPatch>,
) -> HttpResponse {
    let (form, expected, channels) = (form.into_inner(), IfMatch::of(&request), app.channels.clone());
    let AlertPatch { name, condition, filter, paused, mail, webhook } = form;
    let wish = Wish { name, condition, filter, paused, mail, webhook };
    let work = move |tx: &Tx<'_>| {
        let (call, id) = (&caller.0, RuleId::new(path.2));
        let project = visible(tx, call, &path.0, &path.1)?;
        let before = alerts::get(tx, call, Action::Write, &project, id)?;
        expected.require(|| shown(tx, call, &channels, &project, before))?;
        let rule = alerts::update(tx, call, &project, id, &wish)?;
        shown(tx, call, &channels, &project, rule)
    };
    answer::json(&request, StatusCode::OK, watched(&app, app.db.write(work).await).await)
}

/// Deletes an alert with what is known of its firings.
#[utoipa::path(delete, path = "/api/v1/projects/{entity}/{project}/alerts/{id}", tag = "Alerts",
    params(("entity" = String, Path), ("project" = String, Path), ("id" = i64, Path)), responses((status = 204), Refusals))]
async fn delete(request: HttpRequest, app: Data<App>, caller: Caller, path: Path<Named>) -> HttpResponse {
    let work = move |tx: &Tx<'_>| {
        let project = visible(tx, &caller.0, &path.0, &path.1)?;
        alerts::delete(tx, &caller.0, &project, RuleId::new(path.2))
    };
    answer::empty(&request, watched(&app, app.db.write(work).await).await)
}

/// Lets an alert tell its people that it is tried out.
#[utoipa::path(post, path = "/api/v1/projects/{entity}/{project}/alerts/{id}/test", tag = "Alerts",
    params(("entity" = String, Path), ("project" = String, Path), ("id" = i64, Path)),
    responses((status = 201, body = FiringShown), Refusals))]
async fn try_out(request: HttpRequest, app: Data<App>, caller: Caller, path: Path<Named>) -> HttpResponse {
    let work = move |tx: &Tx<'_>| {
        let project = visible(tx, &caller.0, &path.0, &path.1)?;
        alerts::try_out(tx, &caller.0, &project, RuleId::new(path.2))
    };
    let made = app.db.write(work).await.map(|firing| FiringShown::of(firing, true));
    ring(&app);
    answer::json(&request, StatusCode::CREATED, made)
}

/// Has what waits sent at once.
fn ring(app: &App) {
    // A server in recovery sends nothing.
    if let Ok(job) = app.jobs.named("messages of alerts") {
        job.ring();
    }
}

/// Arms an alert again: it fires once more for what a run logs from now on.
#[utoipa::path(post, path = "/api/v1/projects/{entity}/{project}/alerts/{id}/rearm", tag = "Alerts",
    params(("entity" = String, Path), ("project" = String, Path), ("id" = i64, Path)), request_body = Rearming,
    responses((status = 200, body = Rearmed), Refusals))]
async fn rearm(request: HttpRequest, app: Data<App>, caller: Caller, path: Path<Named>, form: Json<Rearming>) -> HttpResponse {
    let (entity, project, id) = path.into_inner();
    let asking = caller.0.clone();
    let found = app.db.read(move |reader| visible(reader, &asking, &entity, &project)).await;
    let armed = match found {
        Ok(project) => {
            let id = RuleId::new(id);
            alerts::rearm(&app.db, &app.history, &caller.0, &project, id, form.into_inner().run).await
        }
        Err(error) => Err(error),
    };
    answer::json(&request, StatusCode::OK, armed.map(|runs| Rearmed { runs }))
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
async fn firings(
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
