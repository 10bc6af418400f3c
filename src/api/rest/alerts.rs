//! `/projects/{entity}/{project}/alerts`: rules that tell people when something is wrong with a run.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::firings::FiringShown;
use super::listing::{Listing, Refusals};
use super::projects::visible;
use crate::api::answer::IfMatch;
use crate::api::{App, Caller, answer};
use crate::db::{Reader, Tx};
use crate::domain::alerts::{self, Channels, Condition, Wish};
use crate::domain::projects::Project;
use crate::domain::{Call, accounts};
use crate::error::Result;
use crate::id::{AccountId, RuleId};
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
        .route("/projects/{entity}/{project}/alerts/{id}/rearm", web::post().to(rearm));
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
    /// Who answers for it: whoever made it, or whom it was handed over to. Null if that is not known.
    author: Option<AlertAuthor>,
    /// The user name of who made it.
    created_by: Option<String>,
    created_at: String,
    /// Whether the caller may change it.
    can_change: bool,
    /// Whether the caller may hand it over.
    can_hand_over: bool,
}

/// Who answers for an alert.
#[derive(Serialize, ToSchema)]
struct AlertAuthor {
    username: String,
    name: String,
    /// Whether they are locked out or have no seat there any more, so that it is to be handed over. It watches on.
    left: bool,
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
    /// The user name of whom it is handed over to, somebody who may change it; for admins of the team.
    author: Option<String>,
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

fn shown(reader: &Reader<'_>, call: &Call, channels: &Channels, project: &Project, rule: alerts::Rule) -> Result<Alert> {
    let can_change = alerts::may_change(call, project);
    let person = |id: Option<AccountId>| id.map(|id| accounts::find(reader, id)).transpose().map(Option::flatten);
    let (created_by, author) = (person(rule.created_by)?, person(rule.author)?);
    let left = alerts::has_left(reader, project, &rule)?;
    Ok(Alert {
        mail: if can_change { Some(alerts::recipients(reader, &rule)?) } else { None },
        webhook: alerts::webhook_name(reader, rule.webhook)?,
        problems: alerts::problems(reader, &rule, channels.mail.is_some(), &channels.hosts)?,
        id: rule.id,
        name: rule.name,
        condition: rule.condition,
        filter: rule.filter,
        paused: rule.paused,
        author: author.map(|account| AlertAuthor { username: account.username, name: account.name, left }),
        created_by: created_by.map(|account| account.username),
        created_at: rule.created_at.to_string(),
        can_change,
        can_hand_over: alerts::may_hand_over(call, project),
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
        author: None,
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
    let AlertPatch { name, condition, filter, paused, mail, webhook, author } = form;
    let wish = Wish { name, condition, filter, paused, mail, webhook, author };
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
    app.ring("messages of alerts");
    answer::json(&request, StatusCode::CREATED, made)
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
