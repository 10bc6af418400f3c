//! `/users/{username}/sessions`: the browsers that a person is signed in with, for themselves and administrators.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::COOKIE;
use super::listing::{Listing, Refusals};
use super::users::manageable;
use crate::api::{App, Caller, answer};
use crate::db::{Reader, Tx};
use crate::domain::accounts::sessions;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/users/{username}/sessions").route(web::get().to(list)).route(web::delete().to(revoke_others)))
        .route("/users/{username}/sessions/{id}", web::delete().to(revoke));
}

/// A browser that somebody is signed in with.
#[derive(Serialize, ToSchema)]
pub(super) struct BrowserSession {
    id: String,
    /// What the browser calls itself.
    user_agent: String,
    /// Where it signed in from.
    address: String,
    started_at: String,
    /// Right to the minute.
    last_seen_at: String,
    expires_at: String,
    /// Whether it is the one that asks.
    current: bool,
}

/// The sessions of a person, last used first.
#[utoipa::path(get, path = "/api/v1/users/{username}/sessions", tag = "Users", params(("username" = String, Path)),
    responses((status = 200, body = Listing<BrowserSession>), Refusals))]
async fn list(request: HttpRequest, app: Data<App>, caller: Caller, username: Path<String>) -> HttpResponse {
    let token = token(&request);
    let work = move |reader: &Reader<'_>| {
        let account = manageable(reader, &caller.0, &username)?;
        let shown = sessions::list(reader, &caller.0, &account)?.into_iter().map(|session| BrowserSession {
            id: session.id(),
            current: token.as_deref().is_some_and(|token| session.has_token(token)),
            user_agent: session.user_agent,
            address: session.address,
            started_at: session.started_at.to_string(),
            last_seen_at: session.last_seen_at.to_string(),
            expires_at: session.expires_at.to_string(),
        });
        Ok(Listing::whole(shown.collect()))
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Signs a browser out.
#[utoipa::path(delete, path = "/api/v1/users/{username}/sessions/{id}", tag = "Users",
    params(("username" = String, Path), ("id" = String, Path)), responses((status = 204), Refusals))]
async fn revoke(request: HttpRequest, app: Data<App>, caller: Caller, path: Path<(String, String)>) -> HttpResponse {
    let work = move |tx: &Tx<'_>| {
        let account = manageable(tx, &caller.0, &path.0)?;
        sessions::revoke(tx, &caller.0, &account, Some(&path.1), None)
    };
    answer::empty(&request, app.db.write(work).await)
}

/// Signs all browsers of a person out but the one that asks.
#[utoipa::path(delete, path = "/api/v1/users/{username}/sessions", tag = "Users", params(("username" = String, Path)),
    responses((status = 204), Refusals))]
async fn revoke_others(request: HttpRequest, app: Data<App>, caller: Caller, username: Path<String>) -> HttpResponse {
    let token = token(&request);
    let work = move |tx: &Tx<'_>| {
        let account = manageable(tx, &caller.0, &username)?;
        sessions::revoke(tx, &caller.0, &account, None, token.as_deref())
    };
    answer::empty(&request, app.db.write(work).await)
}

fn token(request: &HttpRequest) -> Option<String> {
    request.cookie(COOKIE).map(|cookie| cookie.value().to_owned())
}
