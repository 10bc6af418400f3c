//! Finds out who sends a request, once, before any door sees it: API key, session cookie, or nobody.

use std::sync::Arc;
use std::time::Duration;

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{HttpMessage as _, HttpRequest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{gate, origin};
use crate::api::caller::Identity;
use crate::api::rest::{Allowance, COOKIE, REPORT_TOKEN};
use crate::api::{App, answer};
use crate::clock::Timestamp;
use crate::db::Reader;
use crate::domain::accounts::{self, Credential};
use crate::domain::reports::links;
use crate::domain::teams::entering;
use crate::domain::{Call, projects};
use crate::error::{Error, Result};
use crate::policy::{Actor, Entered, Shown as ShownByLink};
use crate::secret::Secret;

/// A request of a browser that changes something carries this, which no form or link of another site can send.
const FROM_OUR_PAGES: (&str, &str) = ("x-requested-with", "runstead");

/// What a request showed of itself.
#[derive(Debug)]
enum Shown {
    Nothing,
    /// A secret, with the member that a service account says it acts for.
    Key {
        secret: Secret,
        username: Option<String>,
        email: Option<String>,
    },
    Session(Secret),
    Wrong(Error),
}

/// The middleware: puts an [`Identity`] into the request. Wrong credentials are kept as such; the door decides whether it
/// needs any. As long as the server waits for its first administrator, all programs are answered 503. Into what an office alone let
/// somebody is recorded before they are answered.
pub async fn identify<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, actix_web::Error> {
    let found = find_out(request.request()).await;
    let left = request.extensions().get::<Allowance>().copied();
    let mut response = match found {
        Ok(identity) => {
            request.extensions_mut().insert(identity.clone());
            let response = next.call(request).await?;
            match record_entries(response.request(), &identity).await {
                Ok(()) => response.map_into_left_body(),
                Err(error) => {
                    let refused = answer::error(response.request(), &error);
                    response.into_response(refused).map_into_right_body()
                }
            }
        }
        Err(error) => {
            let response = answer::error(request.request(), &error);
            request.into_response(response).map_into_right_body()
        }
    };
    if let Some(left) = left {
        left.tell(response.headers_mut());
    }
    Ok(response)
}

async fn find_out(request: &HttpRequest) -> Result<Identity> {
    let app: Data<App> = request.app_data::<Data<App>>().cloned().ok_or_else(|| Error::internal("the server gave no App"))?;
    if waits_for_setup(request.path()) && app.needs_setup().await? {
        return Err(Error::Unavailable {
            text: "this server is not set up yet: open the link that it printed to its log when it started".to_owned(),
            retry_after: Duration::from_secs(10),
        });
    }
    gate::require_known_host(request, app.hosts.as_deref())?;
    let now = app.clock.now();
    let address = origin::caller(request.peer_addr().map(|peer| peer.ip()), request.headers(), &app.trusted_proxies);
    let address = address.map(|address| address.to_string());
    let shown = shown(request);
    let token = text(request.headers(), REPORT_TOKEN).map(Secret::new);
    let by_cookie = matches!(shown, Shown::Session(_));
    let counted = match (&shown, &token) {
        (Shown::Key { secret, .. } | Shown::Session(secret), _) | (_, Some(secret)) => Some(secret),
        _ => None,
    };
    if let (Some(rate), Some(secret)) = (app.rate, counted)
        && gate::counts(request.path())
    {
        let (left, taken) = gate::take(&app.requests, secret, rate, now);
        request.extensions_mut().insert(left);
        taken?;
    }
    let found = match shown {
        Shown::Nothing => Ok(None),
        Shown::Wrong(error) => Err(error),
        shown => app.db.glance(move |reader| look_up(reader, &shown, now)).await,
    };
    let actor = match found {
        Ok(None) => Ok(Actor::nobody()),
        Ok(Some(_)) if by_cookie && forgeable(request) => {
            Err(Error::forbidden("requests of a browser that change something need the header \"X-Requested-With: runstead\""))
        }
        Ok(Some(credential)) => {
            note_use(&app, &credential, now);
            Ok(Actor { entered: Some(Entered::default()), ..credential.actor })
        }
        Err(error @ (Error::Unauthenticated(_) | Error::Forbidden(_))) => Err(error),
        // Not the caller's doing: every door would fail.
        Err(error) => return Err(error),
    };
    let actor = match (actor, shown_by_link(&app, token, now).await?) {
        (Ok(actor), Some(shown)) => Ok(Actor { shown: Some(shown), ..actor }),
        (actor, _) => actor,
    };
    if let (Some(_), Ok(actor), true) = (app.project_rate, &actor, gate::counts(request.path()))
        && let Some((entity, name)) = gate::project_of(request.path())
    {
        let call = Call { actor: actor.clone(), now, address: None, cause: None };
        // Who may not see a project takes nothing from those who may, and is told nothing of it.
        if let Some(project) = app.db.glance(move |reader| projects::find(reader, &call, &entity, &name)).await? {
            let (left, charged) = app.charge_project(&project);
            let of_key = request.extensions().get::<Allowance>().copied();
            if let Some(left) = left.map(|left| left.tighter(of_key)) {
                request.extensions_mut().insert(left);
            }
            charged?;
        }
    }
    Ok(Identity { actor: actor.map_err(Arc::new), now, address })
}

/// What programs ask for; pages, health, and what the set-up itself needs stay open.
fn waits_for_setup(path: &str) -> bool {
    let open = ["/api/v1/session", "/api/v1/setup"];
    !open.contains(&path) && (path == "/graphql" || path.starts_with("/api/") || path.starts_with("/files/"))
}

fn shown(request: &HttpRequest) -> Shown {
    let headers = request.headers();
    if let Some(header) = headers.get(AUTHORIZATION) {
        return match header.to_str().ok().and_then(secret_of) {
            Some(secret) => {
                Shown::Key { secret, username: text(headers, "x-wandb-username"), email: text(headers, "x-wandb-user-email") }
            }
            None => Shown::Wrong(Error::unauthenticated(
                "the Authorization header cannot be read: send an API key as the password of Basic, or as Bearer",
            )),
        };
    }
    match request.cookie(COOKIE) {
        Some(cookie) if !cookie.value().is_empty() => Shown::Session(Secret::new(cookie.value())),
        _ => Shown::Nothing,
    }
}

/// The secret in an Authorization header. The user name of Basic says nothing: clients send `api`, `user` or their own.
fn secret_of(header: &str) -> Option<Secret> {
    let (scheme, rest) = header.trim().split_once(' ')?;
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(Secret::new(rest));
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(rest).ok()?).ok()?;
    let (_, password) = decoded.split_once(':')?;
    Some(Secret::new(password))
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

fn look_up(reader: &Reader<'_>, shown: &Shown, now: Timestamp) -> Result<Option<Credential>> {
    match shown {
        Shown::Key { secret, username, email } => {
            let mut credential = accounts::actor_of_key(reader, secret.reveal(), now)?;
            if username.is_some() || email.is_some() {
                accounts::act_for(reader, &mut credential.actor, username.as_deref(), email.as_deref())?;
            }
            Ok(Some(credential))
        }
        // A session that is over is no mistake of the browser: it is nobody's, and pages offer to sign in.
        Shown::Session(token) => accounts::actor_of_session(reader, token.reveal(), now),
        Shown::Nothing | Shown::Wrong(_) => Ok(None),
    }
}

/// What the holder of a link to a report is shown. A link that is over shows nothing, and takes nothing from who is signed in.
async fn shown_by_link(app: &App, token: Option<Secret>, now: Timestamp) -> Result<Option<ShownByLink>> {
    let Some(token) = token else { return Ok(None) };
    let signer = app.signer.clone();
    app.db.glance(move |reader| links::opened(reader, &signer, token.reveal(), now)).await
}

/// Whether another site could have made the browser send this: it changes something and lacks our header.
fn forgeable(request: &HttpRequest) -> bool {
    let (name, value) = FROM_OUR_PAGES;
    let ours = request.headers().get(name).is_some_and(|header| header.as_bytes() == value.as_bytes());
    !request.method().is_safe() && !ours
}

/// Records into what the office of who asked alone let them, now that it was decided and is not answered yet.
async fn record_entries(request: &HttpRequest, identity: &Identity) -> Result<()> {
    let Ok(actor) = &identity.actor else { return Ok(()) };
    let entered = actor.entered.as_ref().map(Entered::list).unwrap_or_default();
    let Some(app) = request.app_data::<Data<App>>().filter(|_| !entered.is_empty()) else { return Ok(()) };
    entering::record(&app.db, &app.entries, &Call { actor: actor.clone(), ..identity.nobody() }, entered).await
}

/// Notes the use of a credential beside the request, which does not wait for it.
fn note_use(app: &App, credential: &Credential, now: Timestamp) {
    let (Some(touch), Some(account)) = (credential.touch, credential.actor.account) else {
        return;
    };
    let (db, terms) = (app.db.clone(), app.sessions);
    actix_web::rt::spawn(async move {
        if let Err(error) = db.write(move |tx| accounts::touch(tx, account, touch, now, terms)).await {
            tracing::warn!(cause = error.cause(), "the last use of a credential was not noted");
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_is_the_password_whatever_the_user_name() {
        let read = |header: &str| secret_of(header).map(|secret| secret.reveal().to_owned());
        for user in ["api", "user", "", "ada"] {
            let header = format!("Basic {}", STANDARD.encode(format!("{user}:the:key")));
            assert_eq!(read(&header).as_deref(), Some("the:key"));
        }
        assert_eq!(read("bearer abc").as_deref(), Some("abc"));
        for wrong in ["", "Basic", "Basic !", "AWS4-HMAC-SHA256 Credential=x"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn programs_wait_for_the_set_up_and_its_own_pages_do_not() {
        for waits in ["/graphql", "/api/v1/keys", "/files/a/b/c/file_stream"] {
            assert!(waits_for_setup(waits), "{waits}");
        }
        for open in ["/", "/signup", "/healthz", "/ready", "/assets/app.js", "/api/v1/session", "/api/v1/setup"] {
            assert!(!waits_for_setup(open), "{open}");
        }
    }
}
