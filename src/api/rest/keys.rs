//! `/keys`: the API keys of the caller.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::Reception;
use crate::api::{Caller, answer};
use crate::clock::Timestamp;
use crate::db::Reader;
use crate::domain::Call;
use crate::domain::accounts::{self, ApiKey, NewKey};
use crate::error::{Error, Result};
use crate::id::ApiKeyId;
use crate::secret::Secret;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/keys").route(web::get().to(list)).route(web::post().to(create)))
        .route("/keys/{id}", web::delete().to(revoke));
}

#[derive(Serialize)]
struct Key {
    id: ApiKeyId,
    name: String,
    hint: String,
    created_at: String,
    expires_at: Option<String>,
    last_used_at: Option<String>,
    /// Only in the answer that made the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

impl Key {
    fn new(key: ApiKey, secret: Option<Secret>) -> Self {
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Create {
    name: String,
    expires_at: Option<String>,
    import: Option<Secret>,
}

async fn list(request: HttpRequest, reception: Data<Reception>, caller: Caller) -> HttpResponse {
    let call = caller.0;
    let work = move |reader: &Reader<'_>| {
        let keys = accounts::keys(reader, &call, call.actor.signed_in()?)?;
        Ok(keys.into_iter().map(|key| Key::new(key, None)).collect::<Vec<_>>())
    };
    answer::json(&request, StatusCode::OK, reception.db.read(work).await)
}

async fn create(request: HttpRequest, reception: Data<Reception>, caller: Caller, form: Json<Create>) -> HttpResponse {
    let created = make(&reception, caller.0, form.into_inner()).await;
    answer::json(&request, StatusCode::CREATED, created)
}

async fn make(reception: &Reception, call: Call, form: Create) -> Result<Key> {
    let read = |text: String| {
        Timestamp::parse(&text).ok_or_else(|| Error::invalid(format!("expires_at is not an ISO 8601 moment: \"{text}\"")))
    };
    let new = NewKey {
        account: call.actor.signed_in()?,
        name: form.name,
        expires_at: form.expires_at.map(read).transpose()?,
        import: form.import,
    };
    let (key, secret) = reception.db.write(move |tx| accounts::create_key(tx, &call, &new)).await?;
    Ok(Key::new(key, Some(secret)))
}

async fn revoke(request: HttpRequest, reception: Data<Reception>, caller: Caller, id: Path<i64>) -> HttpResponse {
    let id = ApiKeyId::new(id.into_inner());
    let revoked = reception.db.write(move |tx| accounts::revoke_key(tx, &caller.0, id)).await;
    answer::empty(&request, revoked)
}
