//! `/teams/{team}/service-accounts` and `/organizations/{organization}/service-accounts`: accounts of automation. Their keys
//! are at `/users/{username}/api-keys`.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::listing::{Listing, Refusals};
use crate::api::{App, Caller, answer};
use crate::db::Reader;
use crate::domain::service_accounts::{self, New};
use crate::domain::teams::{self, Entity};
use crate::domain::{Call, organizations};
use crate::error::Result;
use crate::policy::Action;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(
            web::resource("/teams/{team}/service-accounts").route(web::get().to(of_team)).route(web::post().to(create_in_team)),
        )
        .route("/teams/{team}/service-accounts/{username}", web::delete().to(delete_from_team))
        .service(
            web::resource("/organizations/{organization}/service-accounts")
                .route(web::get().to(of_organization))
                .route(web::post().to(create_in_organization)),
        )
        .route("/organizations/{organization}/service-accounts/{username}", web::delete().to(delete_from_organization));
}

/// An account of automation.
#[derive(Serialize, ToSchema)]
pub(super) struct ServiceAccount {
    username: String,
    /// What it is for, for people.
    purpose: String,
    active: bool,
    created_at: String,
    last_seen_at: Option<String>,
}

/// A new service account with the secret of its key.
#[derive(Serialize, ToSchema)]
pub(super) struct NewServiceAccount {
    username: String,
    /// The team or organization it works for.
    team: String,
    /// Of its API key; shown this once.
    secret: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ServiceAccountForm {
    /// 2 to 64 letters, digits, `-`, `_` or `.`.
    name: String,
    /// What it is for, for people.
    #[serde(default)]
    purpose: String,
    /// Of an organization's: the team whose members it may act for, and where its runs go that name no entity.
    default_team: Option<String>,
}

/// Service accounts of a team, by name, for its members.
#[utoipa::path(get, path = "/api/v1/teams/{team}/service-accounts", tag = "Service accounts", params(("team" = String, Path)),
    responses((status = 200, body = Listing<ServiceAccount>), Refusals))]
async fn of_team(request: HttpRequest, app: Data<App>, caller: Caller, name: Path<String>) -> HttpResponse {
    let call = caller.0;
    let work = move |reader: &Reader<'_>| listed(reader, &call, &teams::require(reader, &call, Action::Read, &name)?);
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Creates a service account of a team with one API key, for the team's admins.
#[utoipa::path(post, path = "/api/v1/teams/{team}/service-accounts", tag = "Service accounts",
    params(("team" = String, Path)), request_body = ServiceAccountForm,
    responses((status = 201, body = NewServiceAccount), Refusals))]
async fn create_in_team(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    name: Path<String>,
    form: Json<ServiceAccountForm>,
) -> HttpResponse {
    let find = move |reader: &Reader<'_>, call: &Call| teams::require(reader, call, Action::Manage, &name);
    answer::json(&request, StatusCode::CREATED, made(&app, caller.0, form.into_inner(), find).await)
}

/// Deletes a service account of a team with its keys. What it logged stays.
#[utoipa::path(delete, path = "/api/v1/teams/{team}/service-accounts/{username}", tag = "Service accounts",
    params(("team" = String, Path), ("username" = String, Path)), responses((status = 204), Refusals))]
async fn delete_from_team(request: HttpRequest, app: Data<App>, caller: Caller, path: Path<(String, String)>) -> HttpResponse {
    let (name, username) = path.into_inner();
    let call = caller.0;
    let deleted = app.db.write(move |tx| {
        let team = teams::require(tx, &call, Action::Manage, &name)?;
        service_accounts::delete(tx, &call, &team, &username)
    });
    answer::empty(&request, deleted.await)
}

/// Service accounts of an organization, by name, for its people.
#[utoipa::path(get, path = "/api/v1/organizations/{organization}/service-accounts", tag = "Service accounts",
    params(("organization" = String, Path)), responses((status = 200, body = Listing<ServiceAccount>), Refusals))]
async fn of_organization(request: HttpRequest, app: Data<App>, caller: Caller, name: Path<String>) -> HttpResponse {
    let call = caller.0;
    let work = move |reader: &Reader<'_>| listed(reader, &call, &organizations::require(reader, &call, Action::Read, &name)?);
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Creates a service account that works in all teams of an organization, for the organization's admins.
#[utoipa::path(post, path = "/api/v1/organizations/{organization}/service-accounts", tag = "Service accounts",
    params(("organization" = String, Path)), request_body = ServiceAccountForm,
    responses((status = 201, body = NewServiceAccount), Refusals))]
async fn create_in_organization(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    name: Path<String>,
    form: Json<ServiceAccountForm>,
) -> HttpResponse {
    let find = move |reader: &Reader<'_>, call: &Call| organizations::require(reader, call, Action::Manage, &name);
    answer::json(&request, StatusCode::CREATED, made(&app, caller.0, form.into_inner(), find).await)
}

/// Deletes a service account of an organization with its keys. What it logged stays.
#[utoipa::path(delete, path = "/api/v1/organizations/{organization}/service-accounts/{username}", tag = "Service accounts",
    params(("organization" = String, Path), ("username" = String, Path)), responses((status = 204), Refusals))]
async fn delete_from_organization(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
) -> HttpResponse {
    let (name, username) = path.into_inner();
    let call = caller.0;
    let deleted = app.db.write(move |tx| {
        let organization = organizations::require(tx, &call, Action::Manage, &name)?;
        service_accounts::delete(tx, &call, &organization, &username)
    });
    answer::empty(&request, deleted.await)
}

fn listed(reader: &Reader<'_>, call: &Call, home: &Entity) -> Result<Listing<ServiceAccount>> {
    let found = service_accounts::list(reader, call, home)?.into_iter().map(|found| ServiceAccount {
        username: found.account.username,
        purpose: found.purpose,
        active: found.account.deactivated_at.is_none(),
        created_at: found.account.created_at.to_string(),
        last_seen_at: found.account.last_seen_at.map(|at| at.to_string()),
    });
    Ok(Listing::whole(found.collect()))
}

async fn made(
    app: &App,
    call: Call,
    form: ServiceAccountForm,
    find: impl Fn(&Reader<'_>, &Call) -> Result<Entity> + Send + 'static,
) -> Result<NewServiceAccount> {
    let new = New { name: form.name, purpose: form.purpose, default_team: form.default_team };
    let created = app.db.write(move |tx| {
        let home = find(tx, &call)?;
        let (account, secret) = service_accounts::create(tx, &call, &home, &new)?;
        Ok(NewServiceAccount { username: account.username, team: home.name, secret: secret.reveal().to_owned() })
    });
    created.await
}
