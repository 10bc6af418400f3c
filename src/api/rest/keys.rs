//! `/keys`: the API keys of the caller.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::listing::Refusals;
use crate::api::{App, Caller, answer};
use crate::clock::Timestamp;
use crate::db::Reader;
use crate::domain::accounts::{self, ApiKey, NewKey};
use crate::error::{Error, Result};
use crate::id::{AccountId, ApiKeyId};
use crate::secret::Secret;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/keys").route(web::get().to(list)).route(web::post().to(create)))
        .route("/keys/{id}", web::delete().to(revoke));
}

/// An API key.
#[derive(Serialize, ToSchema)]
pub(super) struct Key {
    #[schema(value_type = i64)]
    id: ApiKeyId,
    name: String,
    /// The first and last four characters of the secret.
    hint: String,
    created_at: String,
    expires_at: Option<String>,
    last_used_at: Option<String>,
    /// Only in the answer that made the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

impl Key {
    pub fn new(key: ApiKey, secret: Option<Secret>) -> Self {
        Self {
            id: key.id,
            name: key.name,
            hint: key.hint,
            created_at: key.created_at.to_string(),
            expires_at: key.expires_at.map(|at| at.to_string()),
            last_used_at: key.last_used_at.map(|at| at.to_string()),
            secret: secret.map(|secret| secret.reveal().to_owned()),
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyForm {
    /// What it is for, for people.
    name: String,
    /// An ISO 8601 moment in the future; never without one.
    expires_at: Option<String>,
    /// The secret of a key that another server issued, so that programs need not change; at least 40 characters. Only
    /// administrators of this server bring one.
    #[serde(alias = "secret")]
    #[schema(value_type = Option<String>, format = Password)]
    import: Option<Secret>,
}

impl KeyForm {
    pub fn for_account(self, account: AccountId) -> Result<NewKey> {
        let read = |text: String| {
            Timestamp::parse(&text).ok_or_else(|| Error::invalid(format!("expires_at is not an ISO 8601 moment: \"{text}\"")))
        };
        Ok(NewKey { account, name: self.name, expires_at: self.expires_at.map(read).transpose()?, import: self.import })
    }
}

/// The caller's keys, newest first.
#[utoipa::path(get, path = "/api/v1/keys", tag = "Keys", responses((status = 200, body = Vec<Key>), Refusals))]
async fn list(request: HttpRequest, app: Data<App>, caller: Caller) -> HttpResponse {
    let call = caller.0;
    let work = move |reader: &Reader<'_>| {
        let keys = accounts::keys(reader, &call, call.actor.signed_in()?)?;
        Ok(keys.into_iter().map(|key| Key::new(key, None)).collect::<Vec<_>>())
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Makes a key for the caller. Its secret is in this answer alone.
#[utoipa::path(post, path = "/api/v1/keys", tag = "Keys", request_body = KeyForm,
    responses((status = 201, body = Key), Refusals))]
async fn create(request: HttpRequest, app: Data<App>, caller: Caller, form: Json<KeyForm>) -> HttpResponse {
    let created = make(&app, caller, form.into_inner()).await;
    answer::json(&request, StatusCode::CREATED, created)
}

async fn make(app: &App, caller: Caller, form: KeyForm) -> Result<Key> {
    let call = caller.0;
    let new = form.for_account(call.actor.signed_in()?)?;
    let (key, secret) = app.db.write(move |tx| accounts::create_key(tx, &call, &new)).await?;
    Ok(Key::new(key, Some(secret)))
}

/// Revokes a key of the caller: the next request that carries it is refused.
#[utoipa::path(delete, path = "/api/v1/keys/{id}", tag = "Keys", params(("id" = i64, Path)),
    responses((status = 204), Refusals))]
async fn revoke(request: HttpRequest, app: Data<App>, caller: Caller, id: Path<i64>) -> HttpResponse {
    let id = ApiKeyId::new(id.into_inner());
    let work = move |tx: &crate::db::Tx<'_>| {
        caller.0.actor.signed_in()?;
        accounts::revoke_key(tx, &caller.0, id)
    };
    answer::empty(&request, app.db.write(work).await)
}
