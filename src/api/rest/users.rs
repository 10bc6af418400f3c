//! `/users`: finding people, making accounts for them, changing, locking out, letting in again and deleting them.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Json, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::listing::{Listing, Refusals, size};
use crate::api::answer::IfMatch;
use crate::api::{App, Caller, answer};
use crate::db::{Reader, Tx};
use crate::domain::accounts::life::{self, Traces};
use crate::domain::accounts::people::{self, Changes, NewPassword};
use crate::domain::accounts::{self, Account, NewAccount, links, passwords, sessions};
use crate::domain::{Call, forgetting, leaving, teams};
use crate::error::{Error, Result};
use crate::id::AccountId;
use crate::policy::{self, Action, Target};
use crate::secret::Secret;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/users").route(web::get().to(list)).route(web::post().to(create)))
        .service(
            web::resource("/users/{username}")
                .route(web::get().to(show))
                .route(web::patch().to(update))
                .route(web::delete().to(delete)),
        )
        .route("/users/{username}/stake", web::get().to(stake))
        .route("/users/{username}/deactivate", web::post().to(deactivate))
        .route("/users/{username}/reactivate", web::post().to(reactivate));
}

/// A person.
#[derive(Serialize, ToSchema)]
pub(super) struct User {
    username: String,
    name: String,
    /// Only for the person and for administrators of the server.
    email: Option<String>,
    site_admin: bool,
    active: bool,
    /// Where runs go that name no entity.
    default_entity: Option<String>,
    created_at: String,
    last_seen_at: Option<String>,
    /// Where the person sets a password, if the account was made without one. Good once, for 15 minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
}

/// What somebody has and made, for who is about to lock them out or delete them.
#[derive(Serialize, ToSchema)]
pub(super) struct UserStake {
    /// Runs that they made, in teams and in the personal space. They stay.
    runs: i64,
    /// How many of these are being logged now. Without the account their keys are refused, so that they end.
    running_runs: i64,
    /// Projects that they own, which wait for another owner.
    projects: i64,
    /// Reports and drafts that are theirs; these wait as well.
    reports: i64,
    /// Alerts that are theirs; these wait as well, and watch on.
    alerts: i64,
    /// API keys that work until then.
    keys: usize,
    /// Sessions of browsers that end.
    sessions: usize,
    teams: Vec<SeatOfUser>,
    /// Why the account cannot be locked out or deleted now; null if it can. Only for administrators of the server.
    hindrance: Option<String>,
}

/// A seat that somebody has in a team.
#[derive(Serialize, ToSchema)]
struct SeatOfUser {
    team: String,
    /// `admin`, `member` or `view-only`.
    role: &'static str,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Search {
    /// A part of the user name or name; administrators of the server find e-mail addresses too.
    #[serde(default)]
    query: String,
    /// Also people who are deactivated, for administrators of the server.
    #[serde(default)]
    deactivated: bool,
    /// The `next_cursor` of the page before.
    after: Option<String>,
    /// How many items, 1 to 1000; 50 if nothing is said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewUser {
    /// 2 to 64 letters, digits, `-`, `_` or `.`.
    username: String,
    name: Option<String>,
    email: Option<String>,
    /// At least 10 characters. Without one the answer has a link where the person sets it.
    #[schema(value_type = Option<String>, format = Password)]
    password: Option<Secret>,
    #[serde(default)]
    site_admin: bool,
}

/// What is left out stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UserPatch {
    name: Option<String>,
    /// Empty for none.
    email: Option<String>,
    /// Ends the sessions of the person.
    #[schema(value_type = Option<String>, format = Password)]
    password: Option<Secret>,
    /// Needed for an own new password.
    #[schema(value_type = Option<String>, format = Password)]
    current_password: Option<Secret>,
    site_admin: Option<bool>,
    /// Whether the client saves the program's code unless told otherwise.
    code_saving: Option<bool>,
    /// Where runs go that name no entity: the personal space or a team where the person may log. Empty leaves the choice to
    /// the server: the first team joined.
    default_entity: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Deletion {
    /// Replace the person's name wherever it is shown, which also frees it.
    #[serde(default)]
    anonymize: bool,
}

/// People by user name.
#[utoipa::path(get, path = "/api/v1/users", tag = "Users", params(Search),
    responses((status = 200, body = Listing<User>), Refusals))]
async fn list(request: HttpRequest, app: Data<App>, caller: Caller, query: Query<Search>) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        let query = query.into_inner();
        let search = people::Search { text: query.query, deactivated: query.deactivated };
        let page = people::page(reader, &caller.0, &search, query.after.as_deref(), size(query.limit)?)?;
        Listing::new(page, |account| shown(reader, &caller.0, account))
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Creates a person, for administrators of the server.
#[utoipa::path(post, path = "/api/v1/users", tag = "Users", request_body = NewUser,
    responses((status = 201, body = User), Refusals))]
async fn create(request: HttpRequest, app: Data<App>, caller: Caller, form: Json<NewUser>) -> HttpResponse {
    let created = make(&app, caller.0, form.into_inner()).await;
    answer::json(&request, StatusCode::CREATED, created)
}

/// One person.
#[utoipa::path(get, path = "/api/v1/users/{username}", tag = "Users", params(("username" = String, Path)),
    responses((status = 200, body = User), Refusals))]
async fn show(request: HttpRequest, app: Data<App>, caller: Caller, username: Path<String>) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        caller.0.actor.signed_in()?;
        shown(reader, &caller.0, find(reader, &username)?)
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Changes a person: oneself, or anybody for administrators of the server.
#[utoipa::path(patch, path = "/api/v1/users/{username}", tag = "Users", params(("username" = String, Path)),
    request_body = UserPatch, responses((status = 200, body = User), Refusals))]
async fn update(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    username: Path<String>,
    form: Json<UserPatch>,
) -> HttpResponse {
    let changed = change(&app, caller.0, username.into_inner(), form.into_inner(), IfMatch::of(&request)).await;
    answer::json(&request, StatusCode::OK, changed)
}

/// Deletes a person for good. What they logged stays.
#[utoipa::path(delete, path = "/api/v1/users/{username}", tag = "Users", params(("username" = String, Path), Deletion),
    responses((status = 204), Refusals))]
async fn delete(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    username: Path<String>,
    query: Query<Deletion>,
) -> HttpResponse {
    let traces = if query.anonymize { Traces::Anonymized } else { Traces::Kept };
    let work = move |tx: &Tx<'_>| forgetting::delete_person(tx, &caller.0, named(tx, &caller.0, &username)?, traces);
    answer::empty(&request, app.db.write(work).await)
}

/// What a person has and made, for themselves and for administrators of the server.
#[utoipa::path(get, path = "/api/v1/users/{username}/stake", tag = "Users", params(("username" = String, Path)),
    responses((status = 200, body = UserStake), Refusals))]
async fn stake(request: HttpRequest, app: Data<App>, caller: Caller, username: Path<String>) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        let call = &caller.0;
        let account = manageable(reader, call, &username)?;
        let (teams, made) = teams::stake_everywhere(reader, call, &account)?;
        let written = leaving::written(reader, None, account.id)?;
        let judges = policy::allows(&call.actor, Action::Manage, &Target::Site);
        Ok(UserStake {
            runs: made.runs,
            running_runs: made.running,
            projects: made.projects,
            reports: written.reports,
            alerts: written.alerts,
            keys: accounts::keys(reader, call, account.id)?.len(),
            sessions: sessions::list(reader, call, &account)?.len(),
            teams: teams.into_iter().map(|(team, role)| SeatOfUser { team: team.name, role: role.as_str() }).collect(),
            hindrance: if judges { life::hindrance(reader, call, account.id)? } else { None },
        })
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Locks a person out: sessions end, keys are refused. What they logged stays.
#[utoipa::path(post, path = "/api/v1/users/{username}/deactivate", tag = "Users", params(("username" = String, Path)),
    responses((status = 204), Refusals))]
async fn deactivate(request: HttpRequest, app: Data<App>, caller: Caller, username: Path<String>) -> HttpResponse {
    let work = move |tx: &Tx<'_>| life::deactivate(tx, &caller.0, named(tx, &caller.0, &username)?);
    answer::empty(&request, app.db.write(work).await)
}

/// Lets a deactivated person in again, with the keys they had.
#[utoipa::path(post, path = "/api/v1/users/{username}/reactivate", tag = "Users", params(("username" = String, Path)),
    responses((status = 204), Refusals))]
async fn reactivate(request: HttpRequest, app: Data<App>, caller: Caller, username: Path<String>) -> HttpResponse {
    let work = move |tx: &Tx<'_>| life::reactivate(tx, &caller.0, named(tx, &caller.0, &username)?);
    answer::empty(&request, app.db.write(work).await)
}

pub(super) fn find(reader: &Reader<'_>, username: &str) -> Result<Account> {
    accounts::by_username(reader, username)?.ok_or_else(|| Error::not_found(format!("account {username}")))
}

/// The account, if the caller may manage it; all others are not found.
pub(super) fn manageable(reader: &Reader<'_>, call: &Call, username: &str) -> Result<Account> {
    call.actor.signed_in()?;
    let account = find(reader, username)?;
    policy::require(&call.actor, Action::Manage, &account.target())?;
    Ok(account)
}

/// The account, for callers who may know whether there is one.
fn named(reader: &Reader<'_>, call: &Call, username: &str) -> Result<AccountId> {
    policy::require(&call.actor, Action::Manage, &Target::Site)?;
    Ok(find(reader, username)?.id)
}

fn default_entity(reader: &Reader<'_>, account: &Account) -> Result<Option<String>> {
    let entity = account.default_entity_id.map(|id| teams::entity(reader, id)).transpose()?.flatten();
    Ok(entity.map(|entity| entity.name))
}

fn shown(reader: &Reader<'_>, call: &Call, account: Account) -> Result<User> {
    let own = policy::allows(&call.actor, Action::Read, &Target::Account(account.id));
    let default_entity = if own { default_entity(reader, &account)? } else { None };
    Ok(User {
        email: account.email.filter(|_| own),
        default_entity,
        last_seen_at: account.last_seen_at.filter(|_| own).map(|at| at.to_string()),
        username: account.username,
        name: account.name,
        site_admin: account.site_admin,
        active: account.deactivated_at.is_none(),
        created_at: account.created_at.to_string(),
        link: None,
    })
}

async fn make(app: &App, call: Call, form: NewUser) -> Result<User> {
    // Before the costly hash; the action itself judges again.
    policy::require(&call.actor, Action::Manage, &Target::Site)?;
    let password_hash = match form.password {
        Some(password) => Some(passwords::hash(password, app.password_cost).await?),
        None => None,
    };
    let new =
        NewAccount { username: form.username, name: form.name, email: form.email, password_hash, site_admin: form.site_admin };
    let work = move |tx: &Tx<'_>| {
        let account = accounts::create(tx, &call, &new)?;
        let link = match new.password_hash {
            Some(_) => None,
            None => Some(links::create_recover(tx, &call, &account.username)?),
        };
        Ok((shown(tx, &call, account)?, link))
    };
    let (shown, link) = app.db.write(work).await?;
    let link = link.map(|token| format!("{}/recover?token={}", app.public_url, token.reveal()));
    Ok(User { link, ..shown })
}

async fn change(app: &App, call: Call, username: String, form: UserPatch, expected: IfMatch) -> Result<User> {
    let (asked, wanted) = (call.clone(), username.clone());
    // Judged before the costly hashes; the action itself judges again.
    let judged = move |reader: &Reader<'_>| {
        asked.actor.signed_in()?;
        let account = find(reader, &wanted)?;
        policy::require(&asked.actor, Action::Manage, &Target::Account(account.id))?;
        Ok(account)
    };
    let account = app.db.read(judged).await?;
    let password = match form.password {
        Some(password) => {
            let old_one_shown = is_current(app, &username, form.current_password).await?;
            Some(NewPassword { hash: passwords::hash(password, app.password_cost).await?, old_one_shown })
        }
        None => None,
    };
    let changes =
        Changes { name: form.name, email: form.email, password, site_admin: form.site_admin, code_saving: form.code_saving };
    let default = form.default_entity;
    let work = move |tx: &Tx<'_>| {
        expected.require(|| shown(tx, &call, find(tx, &account.username)?))?;
        if let Some(name) = &default {
            let entity = match name.as_str() {
                "" => None,
                name => Some(teams::entity_by_name(tx, name)?.ok_or_else(|| Error::not_found(format!("entity {name}")))?.id),
            };
            accounts::set_default_entity(tx, &call, account.id, entity)?;
        }
        shown(tx, &call, people::update(tx, &call, account.id, &changes)?)
    };
    app.db.write(work).await
}

/// Whether that is the password the person has now.
async fn is_current(app: &App, username: &str, password: Option<Secret>) -> Result<bool> {
    let Some(password) = password else {
        return Ok(false);
    };
    let username = username.to_owned();
    let candidate = app.db.read(move |reader| sessions::candidate(reader, &username)).await?;
    passwords::verify(password, candidate.and_then(|found| found.password_hash), app.password_cost).await
}
