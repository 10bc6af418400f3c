//! `/users`: finding people, making accounts for them, locking them out and letting them in again.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Json, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::Reception;
use crate::api::{Caller, answer};
use crate::db::{Reader, Tx};
use crate::domain::Call;
use crate::domain::accounts::{self, Account, NewAccount, links, passwords};
use crate::error::{Error, Result};
use crate::id::AccountId;
use crate::policy::{self, Action, Target};
use crate::secret::Secret;

/// People that one search answers at most.
const FOUND_MAX: usize = 50;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/users").route(web::get().to(search)).route(web::post().to(create)))
        .route("/users/{username}/deactivate", web::post().to(deactivate))
        .route("/users/{username}/reactivate", web::post().to(reactivate));
}

#[derive(Serialize)]
struct User {
    username: String,
    name: String,
    /// Only for administrators of the server.
    email: Option<String>,
    site_admin: bool,
    /// Where the person sets a password, if the account was made without one. Good once, for 15 minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
}

impl User {
    fn new(account: Account, shows_email: bool) -> Self {
        Self {
            username: account.username,
            name: account.name,
            email: account.email.filter(|_| shows_email),
            site_admin: account.site_admin,
            link: None,
        }
    }
}

#[derive(Deserialize)]
struct Search {
    #[serde(default)]
    query: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Create {
    username: String,
    name: Option<String>,
    email: Option<String>,
    password: Option<Secret>,
    #[serde(default)]
    site_admin: bool,
}

async fn search(request: HttpRequest, reception: Data<Reception>, caller: Caller, query: Query<Search>) -> HttpResponse {
    let shows_email = policy::allows(&caller.0.actor, Action::Read, &Target::Site);
    let found = reception.db.read(move |reader| accounts::search(reader, &caller.0, &query.query, FOUND_MAX)).await;
    let users = found.map(|found| found.into_iter().map(|account| User::new(account, shows_email)).collect::<Vec<_>>());
    answer::json(&request, StatusCode::OK, users)
}

async fn create(request: HttpRequest, reception: Data<Reception>, caller: Caller, form: Json<Create>) -> HttpResponse {
    let created = make(&reception, caller.0, form.into_inner()).await;
    answer::json(&request, StatusCode::CREATED, created)
}

async fn deactivate(request: HttpRequest, reception: Data<Reception>, caller: Caller, username: Path<String>) -> HttpResponse {
    let work = move |tx: &Tx<'_>| accounts::deactivate(tx, &caller.0, named(tx, &caller.0, &username)?);
    answer::empty(&request, reception.db.write(work).await)
}

async fn reactivate(request: HttpRequest, reception: Data<Reception>, caller: Caller, username: Path<String>) -> HttpResponse {
    let work = move |tx: &Tx<'_>| accounts::reactivate(tx, &caller.0, named(tx, &caller.0, &username)?);
    answer::empty(&request, reception.db.write(work).await)
}

/// The account, for callers who may know whether there is one.
fn named(reader: &Reader<'_>, call: &Call, username: &str) -> Result<AccountId> {
    policy::require(&call.actor, Action::Manage, &Target::Site)?;
    let account = accounts::by_username(reader, username)?;
    account.map(|account| account.id).ok_or_else(|| Error::not_found(format!("account {username}")))
}

async fn make(reception: &Reception, call: Call, form: Create) -> Result<User> {
    // Before the costly hash; the action itself judges again.
    policy::require(&call.actor, Action::Manage, &Target::Site)?;
    let password_hash = match form.password {
        Some(password) => Some(passwords::hash(password, reception.password_cost).await?),
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
        Ok((account, link))
    };
    let (account, link) = reception.db.write(work).await?;
    let link = link.map(|token| format!("{}/recover?token={}", reception.public_url, token.reveal()));
    Ok(User { link, ..User::new(account, true) })
}
