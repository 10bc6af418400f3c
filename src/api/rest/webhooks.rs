//! `/webhooks/{entity}`: where alerts of a team, or of a person's own projects, are posted to.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::firings::AttemptShown;
use super::listing::{Listing, Refusals};
use crate::api::answer::IfMatch;
use crate::api::{App, Caller, answer};
use crate::db::{Reader, Tx};
use crate::domain::alerts::webhooks::{self, Wish};
use crate::domain::alerts::{Channels, Format, try_webhook};
use crate::domain::{Call, accounts, alerts};
use crate::error::{Error, Result};
use crate::id::WebhookId;
use crate::policy::Action;
use crate::secret::Secret;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/webhooks/{entity}").route(web::get().to(list)).route(web::post().to(create)))
        .service(web::resource("/webhooks/{entity}/{id}").route(web::patch().to(update)).route(web::delete().to(delete)))
        .route("/webhooks/{entity}/{id}/test", web::post().to(try_out));
}

/// A place that alerts are posted to.
#[derive(Serialize, ToSchema)]
pub(super) struct Webhook {
    #[schema(value_type = i64)]
    id: WebhookId,
    name: String,
    /// Null for who may not change it: an address may be a secret itself.
    url: Option<String>,
    /// `json`, `slack`, `discord` or `teams`.
    format: &'static str,
    /// Whether what is posted is signed.
    has_secret: bool,
    /// Whether a bearer token is sent.
    has_token: bool,
    /// Why nothing can be posted there.
    problem: Option<String>,
    /// The user name of who made it.
    created_by: Option<String>,
    created_at: String,
    /// Whether the caller may change it.
    can_manage: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewWebhook {
    /// 1 to 128 characters.
    name: String,
    /// On a host that the operator of this server names in `alerts.webhook_hosts`.
    url: String,
    /// `json`, `slack` (also for Mattermost and Rocket.Chat), `discord` or `teams`; json if nothing is said.
    format: Option<String>,
    /// Signs what is posted: `X-Wandb-Signature` is the base64 of the body's HMAC-SHA256.
    #[schema(value_type = Option<String>)]
    secret: Option<Secret>,
    /// Is sent as `Authorization: Bearer …`.
    #[schema(value_type = Option<String>)]
    token: Option<Secret>,
}

/// What is left out stays as it is; an empty secret or token is taken away.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WebhookPatch {
    name: Option<String>,
    url: Option<String>,
    format: Option<String>,
    #[schema(value_type = Option<String>)]
    secret: Option<Secret>,
    #[schema(value_type = Option<String>)]
    token: Option<Secret>,
}

fn format(text: Option<String>) -> Result<Option<Format>> {
    let read = |text: String| {
        let wrong = || Error::invalid(format!("'{text}' is no format: json, slack, discord or teams"));
        Format::parse(&text).ok_or_else(wrong)
    };
    text.map(read).transpose()
}

fn shown(reader: &Reader<'_>, call: &Call, channels: &Channels, webhook: alerts::Webhook) -> Result<Webhook> {
    let can_manage = webhooks::may_manage(call, &webhook);
    let created_by = webhook.created_by.map(|id| accounts::find(reader, id)).transpose()?.flatten();
    Ok(Webhook {
        id: webhook.id,
        format: webhook.format.as_str(),
        has_secret: webhook.has_secret(),
        has_token: webhook.has_token(),
        problem: channels.hosts.require(&webhook.url).err().map(|error| error.to_string()),
        created_by: created_by.map(|account| account.username),
        created_at: webhook.created_at.to_string(),
        name: webhook.name,
        url: can_manage.then_some(webhook.url),
        can_manage,
    })
}

/// Webhooks of a team or person, by name, for who belongs there.
#[utoipa::path(get, path = "/api/v1/webhooks/{entity}", tag = "Alerts", params(("entity" = String, Path)),
    responses((status = 200, body = Listing<Webhook>), Refusals))]
async fn list(request: HttpRequest, app: Data<App>, caller: Caller, entity: Path<String>) -> HttpResponse {
    let channels = app.channels.clone();
    let work = move |reader: &Reader<'_>| {
        let found = webhooks::list(reader, &caller.0, &entity)?.into_iter();
        let shown = found.map(|webhook| shown(reader, &caller.0, &channels, webhook));
        Ok(Listing::whole(shown.collect::<Result<Vec<_>>>()?))
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Makes a webhook, for admins.
#[utoipa::path(post, path = "/api/v1/webhooks/{entity}", tag = "Alerts", params(("entity" = String, Path)),
    request_body = NewWebhook, responses((status = 201, body = Webhook), Refusals))]
async fn create(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    entity: Path<String>,
    form: Json<NewWebhook>,
) -> HttpResponse {
    let NewWebhook { name, url, format: wanted, secret, token } = form.into_inner();
    let wish = format(wanted).map(|format| Wish { name: Some(name), url: Some(url), format, secret, token });
    let channels = app.channels.clone();
    let made = match wish {
        Ok(wish) => {
            let work = move |tx: &Tx<'_>| {
                let made = webhooks::create(tx, &caller.0, &channels.vault, &channels.hosts, &entity, &wish)?;
                shown(tx, &caller.0, &channels, made)
            };
            app.db.write(work).await
        }
        Err(error) => Err(error),
    };
    answer::json(&request, StatusCode::CREATED, made)
}

/// Changes a webhook, for admins. One that goes to another server than before is given its secrets again.
#[utoipa::path(patch, path = "/api/v1/webhooks/{entity}/{id}", tag = "Alerts",
    params(("entity" = String, Path), ("id" = i64, Path)), request_body = WebhookPatch,
    responses((status = 200, body = Webhook), Refusals))]
async fn update(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    path: Path<(String, i64)>,
    form: Json<WebhookPatch>,
) -> HttpResponse {
    let WebhookPatch { name, url, format: wanted, secret, token } = form.into_inner();
    let wish = format(wanted).map(|format| Wish { name, url, format, secret, token });
    let (channels, expected) = (app.channels.clone(), IfMatch::of(&request));
    let changed = match wish {
        Ok(wish) => {
            let work = move |tx: &Tx<'_>| {
                let (call, id) = (&caller.0, WebhookId::new(path.1));
                let before = webhooks::get(tx, call, Action::Manage, &path.0, id)?;
                expected.require(|| shown(tx, call, &channels, before))?;
                let changed = webhooks::update(tx, call, &channels.vault, &channels.hosts, &path.0, id, &wish)?;
                shown(tx, call, &channels, changed)
            };
            app.db.write(work).await
        }
        Err(error) => Err(error),
    };
    answer::json(&request, StatusCode::OK, changed)
}

/// Deletes a webhook. Alerts that used it go on without.
#[utoipa::path(delete, path = "/api/v1/webhooks/{entity}/{id}", tag = "Alerts",
    params(("entity" = String, Path), ("id" = i64, Path)), responses((status = 204), Refusals))]
async fn delete(request: HttpRequest, app: Data<App>, caller: Caller, path: Path<(String, i64)>) -> HttpResponse {
    let work = move |tx: &Tx<'_>| webhooks::delete(tx, &caller.0, &path.0, WebhookId::new(path.1));
    answer::empty(&request, app.db.write(work).await)
}

/// Posts a test to a webhook at once, and tells what it answered.
#[utoipa::path(post, path = "/api/v1/webhooks/{entity}/{id}/test", tag = "Alerts",
    params(("entity" = String, Path), ("id" = i64, Path)), responses((status = 200, body = AttemptShown), Refusals))]
async fn try_out(request: HttpRequest, app: Data<App>, caller: Caller, path: Path<(String, i64)>) -> HttpResponse {
    let (entity, id) = path.into_inner();
    let tried = try_webhook(&app.db, &app.channels, &caller.0, entity, WebhookId::new(id)).await;
    answer::json(&request, StatusCode::OK, tried.map(AttemptShown::from))
}
