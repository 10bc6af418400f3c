//! `/users/{username}/api-keys`: the keys of a person or service account, for themselves and administrators.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use super::keys::{Key, KeyForm};
use super::listing::{Listing, Refusals};
use super::users::manageable;
use crate::api::{App, Caller, answer};
use crate::db::{Reader, Tx};
use crate::domain::Call;
use crate::domain::accounts;
use crate::error::{Error, Result};
use crate::id::{AccountId, ApiKeyId};

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/users/{username}/api-keys").route(web::get().to(list)).route(web::post().to(create)))
        .route("/users/{username}/api-keys/{id}", web::delete().to(revoke));
}

/// The keys of an account, newest first.
#[utoipa::path(get, path = "/api/v1/users/{username}/api-keys", tag = "Keys", params(("username" = String, Path)),
    responses((status = 200, body = Listing<Key>), Refusals))]
async fn list(request: HttpRequest, app: Data<App>, caller: Caller, username: Path<String>) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        let account = judged(reader, &caller.0, &username)?;
        let keys = accounts::keys(reader, &caller.0, account)?;
        Ok(Listing::whole(keys.into_iter().map(|key| Key::new(key, None)).collect()))
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Makes a key for an account, or takes over one (`{"name": …, "secret": …}`) that another server issued.
#[utoipa::path(post, path = "/api/v1/users/{username}/api-keys", tag = "Keys", params(("username" = String, Path)),
    request_body = KeyForm, responses((status = 201, body = Key), Refusals))]
async fn create(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    username: Path<String>,
    form: Json<KeyForm>,
) -> HttpResponse {
    let created = make(&app, caller.0, username.into_inner(), form.into_inner()).await;
    answer::json(&request, StatusCode::CREATED, created)
}

async fn make(app: &App, call: Call, username: String, form: KeyForm) -> Result<Key> {
    let asked = call.clone();
    let account = app.db.read(move |reader| judged(reader, &asked, &username)).await?;
    let new = form.for_account(account)?;
    let (key, secret) = app.db.write(move |tx| accounts::create_key(tx, &call, &new)).await?;
    Ok(Key::new(key, Some(secret)))
}

/// Revokes a key of an account.
#[utoipa::path(delete, path = "/api/v1/users/{username}/api-keys/{id}", tag = "Keys",
    params(("username" = String, Path), ("id" = i64, Path)), responses((status = 204), Refusals))]
async fn revoke(request: HttpRequest, app: Data<App>, caller: Caller, path: Path<(String, i64)>) -> HttpResponse {
    let (username, id) = path.into_inner();
    let work = move |tx: &Tx<'_>| {
        let account = judged(tx, &caller.0, &username)?;
        let id = ApiKeyId::new(id);
        let keys = accounts::keys(tx, &caller.0, account)?;
        if !keys.iter().any(|key| key.id == id) {
            return Err(Error::not_found("key"));
        }
        accounts::revoke_key(tx, &caller.0, id)
    };
    answer::empty(&request, app.db.write(work).await)
}

fn judged(reader: &Reader<'_>, call: &Call, username: &str) -> Result<AccountId> {
    Ok(manageable(reader, call, username)?.id)
}
