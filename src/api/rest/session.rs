//! `/session`: who is signed in, signing in and out.

use std::time::Duration;

use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::StatusCode;
use actix_web::http::header::USER_AGENT;
use actix_web::web::{self, Data, Json, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::throttle::{Allowance, BY_ACCOUNT, BY_ADDRESS, Rate};
use crate::api::caller::Identity;
use crate::api::{App, Caller, answer};
use crate::db::Reader;
use crate::domain::accounts::sessions::{self, Browser};
use crate::domain::accounts::{self, names, passwords};
use crate::domain::directory::{self, Directory};
use crate::domain::{Call, teams};
use crate::error::{Error, Result};
use crate::id::AccountId;
use crate::secret::Secret;

/// The cookie that carries the token of a session.
pub const COOKIE: &str = "runstead_session";

/// How long a refusal takes at least where there is a directory: who is in it, who is of this server and who is nobody take
/// different ways, which time must not tell apart.
const REFUSAL_TAKES: Duration = Duration::from_millis(500);

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(
        web::resource("/session").route(web::get().to(show)).route(web::post().to(sign_in)).route(web::delete().to(sign_out)),
    );
}

/// What the browser learns about the server and about whom it shows it to.
#[derive(Serialize)]
pub(super) struct Session {
    setup_required: bool,
    server_name: String,
    version: &'static str,
    account: Option<Person>,
    /// For administrators of the server: why the last sync with the directory changed nothing, if something was wrong.
    directory_alert: Option<String>,
    /// Whether clients have to be told whom to trust (`/api/v1/authorities.pem`).
    own_authorities: bool,
}

#[derive(Serialize)]
struct Person {
    username: String,
    name: String,
    email: Option<String>,
    site_admin: bool,
    /// Every role of theirs is view-only: they have no API keys.
    only_looks: bool,
    default_entity: Option<String>,
    teams: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignIn {
    /// Or the mail address.
    username: String,
    password: Secret,
}

/// Never refuses: wrong or old credentials are nobody's.
async fn show(request: HttpRequest, app: Data<App>, caller: Option<Caller>) -> HttpResponse {
    let account = caller.and_then(|caller| caller.0.actor.account);
    answer::json(&request, StatusCode::OK, session(&app, account).await)
}

async fn sign_in(request: HttpRequest, app: Data<App>, identity: Identity, form: Json<SignIn>) -> HttpResponse {
    let login = form.username.clone();
    let who = format!("account {}", names::key_of(&form.username));
    if let Some(refusal) = attempt(&request, &app, &identity, Some(&who)) {
        return refusal;
    }
    let refusal_takes = tokio::time::sleep(if app.directory().is_some() { REFUSAL_TAKES } else { Duration::ZERO });
    let opened = check(&request, &app, identity.nobody(), form.into_inner()).await;
    app.monitor.signed_in(opened.is_ok());
    if matches!(opened, Err(Error::Unauthenticated(_))) {
        // A line that others watch for (fail2ban): its words and their order stay.
        let address = identity.address.as_deref().unwrap_or("unknown");
        tracing::warn!("sign-in refused from {address} for {login:?}");
        refusal_takes.await;
    }
    if matches!(opened, Err(Error::Unavailable { .. })) {
        // Nobody guessed: an outage must not use up the attempts.
        app.throttle.give_back(&who);
        app.throttle.give_back(&by_address(&identity));
    }
    if opened.is_ok() {
        app.throttle.forget(&who);
        app.throttle.give_back(&by_address(&identity));
    }
    welcome(&request, &app, opened).await
}

async fn sign_out(request: HttpRequest, app: Data<App>, caller: Caller) -> HttpResponse {
    let ended = match request.cookie(COOKIE) {
        Some(cookie) => app.db.write(move |tx| accounts::sign_out(tx, &caller.0, cookie.value())).await,
        None => Ok(()),
    };
    let mut response = answer::empty(&request, ended);
    let mut cookie = cookie(&app, String::new());
    cookie.make_removal();
    add_cookie(&mut response, &cookie);
    response
}

async fn check(request: &HttpRequest, app: &App, call: Call, form: SignIn) -> Result<(AccountId, Secret)> {
    let login = form.username.clone();
    let candidate = app.db.read(move |reader| sessions::candidate(reader, &login)).await?;
    if let Some(directory) = app.directory().filter(|directory| directory.settings().enabled)
        && is_of_directory(app, candidate.as_ref()).await?
    {
        return check_in_directory(request, app, &directory, call, form).await;
    }
    let (account, stored) = candidate.map(|found| (found.account.id, found.password_hash)).unzip();
    let right = passwords::verify(form.password, stored.flatten(), app.password_cost).await?;
    let account = account.filter(|_| right).ok_or_else(sessions::wrong_login)?;
    let browser = browser(request, app);
    let token = app.db.write(move |tx| accounts::sign_in(tx, &call, account, &browser)).await?;
    Ok((account, token))
}

/// Whether the directory is to say who this is: for its own people, and for whoever is not known here.
async fn is_of_directory(app: &App, candidate: Option<&sessions::Candidate>) -> Result<bool> {
    let Some(account) = candidate.map(|found| found.account.id) else {
        return Ok(true);
    };
    app.db.read(move |reader| directory::is_linked(reader, account)).await
}

async fn check_in_directory(
    request: &HttpRequest,
    app: &App,
    directory: &Directory,
    call: Call,
    form: SignIn,
) -> Result<(AccountId, Secret)> {
    let found = directory.verify(form.username.trim(), &form.password, call.now).await;
    let person = found.map_err(|failures| directory::unavailable(&failures))?.ok_or_else(sessions::wrong_login)?;
    let admission = directory.admission(&app.db, person).await?;
    let browser = browser(request, app);
    app.db.write(move |tx| directory::enter(tx, &call, &admission, &browser)).await
}

/// Counts an attempt to get in; answers 429 to who tried too often.
pub(super) fn attempt(request: &HttpRequest, app: &App, identity: &Identity, account: Option<&str>) -> Option<HttpResponse> {
    let address = by_address(identity);
    let take = |who: &str, rate: Rate| app.throttle.take(who, rate, identity.now).err().map(|wait| (rate, wait));
    let by_account = || account.and_then(|who| take(who, BY_ACCOUNT));
    let (rate, retry_after) = take(&address, BY_ADDRESS).or_else(by_account)?;
    let text = format!("too many attempts; try again in {} seconds", retry_after.as_secs_f64().ceil());
    let mut refusal = answer::error(request, &Error::Busy { text, retry_after });
    Allowance::none(rate, retry_after).tell(refusal.headers_mut());
    Some(refusal)
}

fn by_address(identity: &Identity) -> String {
    format!("address {}", identity.address.as_deref().unwrap_or("unknown"))
}

/// Hands out the cookie of a new session with the body that shows who is signed in now.
pub(super) async fn welcome(request: &HttpRequest, app: &App, opened: Result<(AccountId, Secret)>) -> HttpResponse {
    let (account, token) = match opened {
        Ok(opened) => opened,
        Err(error) => return answer::error(request, &error),
    };
    let mut response = answer::json(request, StatusCode::OK, session(app, Some(account)).await);
    if response.status().is_success() {
        add_cookie(&mut response, &cookie(app, token.reveal().to_owned()));
    }
    response
}

/// What a request that signs in comes from.
pub(super) fn browser(request: &HttpRequest, app: &App) -> Browser {
    let header = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok());
    Browser { user_agent: header.unwrap_or_default().to_owned(), terms: app.sessions }
}

async fn session(app: &App, account: Option<AccountId>) -> Result<Session> {
    let setup_required = app.needs_setup().await?;
    let account = match account {
        Some(id) => app.db.read(move |reader| person(reader, id)).await?,
        None => None,
    };
    let directory_alert = match app.directory() {
        Some(directory) if account.as_ref().is_some_and(|account| account.site_admin) => {
            directory.alert(&app.db).await?.map(|sync| sync.why)
        }
        _ => None,
    };
    Ok(Session {
        setup_required,
        server_name: app.server_name.clone(),
        version: env!("CARGO_PKG_VERSION"),
        account,
        directory_alert,
        own_authorities: app.public_url.starts_with("https:") && !app.subject.own_roots.is_empty(),
    })
}

fn person(reader: &Reader<'_>, id: AccountId) -> Result<Option<Person>> {
    let Some(account) = accounts::find(reader, id)? else {
        return Ok(None);
    };
    let default = account.default_entity_id.map(|id| teams::entity(reader, id)).transpose()?.flatten();
    let entities = teams::entities_of(reader, id)?;
    let teams = entities.into_iter().filter(|entity| entity.kind == teams::EntityKind::Team).map(|team| team.name).collect();
    Ok(Some(Person {
        username: account.username,
        name: account.name,
        email: account.email,
        site_admin: account.site_admin,
        only_looks: accounts::only_looks(reader, id)?,
        default_entity: default.map(|entity| entity.name),
        teams,
    }))
}

fn cookie(app: &App, token: String) -> Cookie<'static> {
    let seconds = i64::try_from(app.sessions.longest.as_secs()).unwrap_or(i64::MAX);
    Cookie::build(COOKIE, token)
        // Other things at this host get no session of this server's.
        .path(if app.base_path().is_empty() { "/".to_owned() } else { app.base_path().to_owned() })
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(app.public_url.starts_with("https:"))
        .max_age(actix_web::cookie::time::Duration::seconds(seconds))
        .finish()
}

fn add_cookie(response: &mut HttpResponse, cookie: &Cookie<'_>) {
    response.add_cookie(cookie).expect("our cookie is a valid header");
}
