//! `/teams/{team}/invitations`: asking people in, and who was asked; for who invites.

use std::collections::HashMap;

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Json, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::firings::AttemptShown;
use super::listing::{Listing, Paging, Refusals};
use super::teams::role_named;
use crate::api::{App, Caller, answer};
use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::domain::accounts;
use crate::domain::directory::{self, Directory};
use crate::domain::invitations::letters::{self, Mailed, Post};
use crate::domain::{Call, invitations, teams};
use crate::error::{Error, Result};
use crate::id::InvitationId;
use crate::policy::{Action, TeamRole};
use crate::secret::Secret;

/// People that one request asks at most.
const ASKED_MAX: usize = 200;
/// People that are suggested while somebody types.
const SUGGESTED_MAX: usize = 10;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/teams/{team}/invitations").route(web::get().to(list)).route(web::post().to(invite)))
        .route("/teams/{team}/invitable", web::get().to(suggest))
        .route("/teams/{team}/invitations/{id}", web::delete().to(withdraw))
        .route("/teams/{team}/invitations/{id}/resend", web::post().to(resend));
}

/// Somebody asked into a team.
#[derive(Serialize, ToSchema)]
pub(super) struct Invitation {
    id: i64,
    team: String,
    /// `admin`, `member` or `view-only`.
    role: &'static str,
    /// The address it was made for, if it was made by address.
    email: Option<String>,
    /// The account it is for; null while nobody with that address has one.
    username: Option<String>,
    /// What the directory calls who has no account yet; they have the seat from their first sign-in on.
    directory_name: Option<String>,
    /// `pending`, `accepted`, `expired`, `withdrawn` or `declined`.
    state: &'static str,
    invited_by: Option<String>,
    created_at: String,
    expires_at: String,
    /// Where the invited person accepts, good once. Only in the answer that made it; hand it over by whatever way you like.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
    /// What becomes of mailing the link to the address; null where it is not mailed, so that somebody hands it over.
    mail: Option<MailShown>,
}

/// What became of mailing an invitation.
#[derive(Serialize, ToSchema)]
struct MailShown {
    /// `waiting`, `sent` or `given up`.
    state: String,
    /// When it is tried again, if it waits.
    next_at: Option<String>,
    /// Those of links that were sent before are among them. Oldest first.
    attempts: Vec<AttemptShown>,
}

impl From<Mailed> for MailShown {
    fn from(mailed: Mailed) -> Self {
        Self {
            next_at: (mailed.state == "waiting").then(|| mailed.next_at.to_string()),
            state: mailed.state,
            attempts: mailed.attempts.into_iter().map(AttemptShown::from).collect(),
        }
    }
}

impl Invitation {
    pub fn new(invitation: invitations::Invitation, now: Timestamp) -> Self {
        Self {
            id: invitation.id.get(),
            state: invitation.state(now).as_str(),
            team: invitation.team,
            role: invitation.role.as_str(),
            email: invitation.email,
            username: invitation.account.map(|(_, username, _)| username),
            directory_name: invitation.expected,
            invited_by: invitation.invited_by,
            created_at: invitation.created_at.to_string(),
            expires_at: invitation.expires_at.to_string(),
            link: None,
            mail: None,
        }
    }

    /// With what became of mailing it, for who invites.
    fn with_mail(reader: &Reader<'_>, invitation: invitations::Invitation, now: Timestamp) -> Result<Self> {
        let mail = letters::of(reader, invitation.id)?.map(MailShown::from);
        Ok(Self { mail, ..Self::new(invitation, now) })
    }

    /// With the link that accepts it. Who is known by the directory needs none.
    fn with_link(self, app: &App, token: &Secret) -> Self {
        if self.directory_name.is_some() {
            return self;
        }
        Self { link: Some(letters::link(&app.public_url, token)), ..self }
    }
}

/// People to ask into a team.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewInvitations {
    /// User names and e-mail addresses, 1 to 200. Who is in the directory may be named though they have no account yet.
    people: Vec<String>,
    /// `admin`, `member` or `view-only`.
    role: String,
}

/// What became of asking one person.
#[derive(Serialize, ToSchema)]
pub(super) struct Asked {
    /// As it was sent.
    person: String,
    /// Null if they could not be asked.
    invitation: Option<Invitation>,
    /// Why they could not be asked: a stable word and a sentence.
    code: Option<&'static str>,
    message: Option<String>,
}

/// Whom somebody may mean.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Beginning {
    /// The beginning of a user name, name or mail address.
    query: String,
}

/// Somebody who may be asked into a team.
#[derive(Serialize, ToSchema)]
pub(super) struct Invitable {
    username: String,
    name: String,
    email: Option<String>,
    /// Whether they are in the directory and have no account yet: they have the seat from their first sign-in on.
    pending: bool,
}

impl From<accounts::Account> for Invitable {
    fn from(account: accounts::Account) -> Self {
        Self { username: account.username, name: account.name, email: account.email, pending: false }
    }
}

impl From<directory::Person> for Invitable {
    fn from(person: directory::Person) -> Self {
        let name = person.name.unwrap_or_else(|| person.username.clone());
        Self { username: person.username, name, email: person.email, pending: true }
    }
}

/// Invitations of a team, newest first, for its members.
#[utoipa::path(get, path = "/api/v1/teams/{team}/invitations", tag = "Invitations", params(("team" = String, Path), Paging),
    responses((status = 200, body = Listing<Invitation>), Refusals))]
async fn list(request: HttpRequest, app: Data<App>, caller: Caller, name: Path<String>, paging: Query<Paging>) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        let call = &caller.0;
        let team = teams::require(reader, call, Action::Read, &name)?;
        let page = invitations::list(reader, call, &team, paging.after.as_deref(), paging.size()?)?;
        Listing::new(page, |found| Invitation::with_mail(reader, found, call.now))
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Asks people into a team, for its admins and, where the team's settings say so, its members. Each has a result of its own. To who is
/// named by address the link is mailed, if the server mails invitations (`mail`); the others' links are handed over.
#[utoipa::path(post, path = "/api/v1/teams/{team}/invitations", tag = "Invitations", params(("team" = String, Path)),
    request_body = NewInvitations, responses((status = 200, body = Listing<Asked>), Refusals))]
async fn invite(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    name: Path<String>,
    form: Json<NewInvitations>,
) -> HttpResponse {
    let asked = ask(&app, caller.0, name.into_inner(), form.into_inner()).await;
    answer::json(&request, StatusCode::OK, asked.map(Listing::whole))
}

async fn ask(app: &App, call: Call, name: String, form: NewInvitations) -> Result<Vec<Asked>> {
    call.actor.signed_in()?;
    let role = role_named(&form.role)?;
    if !(1..=ASKED_MAX).contains(&form.people.len()) {
        return Err(Error::invalid(format!("name 1 to {ASKED_MAX} people")));
    }
    let now = call.now;
    let (judged, team) = (call.clone(), name.clone());
    // Judged before anybody is looked up: who may not invite shall not learn who is in the directory.
    let people = form.people.clone();
    let unknown = move |reader: &Reader<'_>| {
        let team = teams::require(reader, &judged, Action::Read, &team)?;
        invitations::require_may_invite(&judged, &team, role)?;
        invitations::without_account(reader, people)
    };
    let expected = expected(app, app.db.read(unknown).await?).await?;
    let post = app.post.clone();
    let work = move |tx: &Tx<'_>| {
        let team = teams::require(tx, &call, Action::Read, &name)?;
        invitations::require_may_invite(&call, &team, role)?;
        let mut done = Vec::with_capacity(form.people.len());
        for person in &form.people {
            let asked = match expected.get(person) {
                Some(expected) => invite_expected(tx, &call, post.as_ref(), &team, expected, role),
                None => invitations::invite(tx, &call, post.as_ref(), &team, person, role),
            };
            let asked = match asked {
                Err(error @ Error::Internal(_)) => return Err(error),
                Ok((invitation, token)) => Ok((Invitation::with_mail(tx, invitation, now)?, token)),
                Err(error) => Err((error.code(), error.to_string())),
            };
            done.push((person.clone(), asked));
        }
        Ok(done)
    };
    let done = app.db.write(work).await?;
    app.ring("invitations by mail");
    let shown = done.into_iter().map(|(person, asked)| match asked {
        Ok((invitation, token)) => {
            let invitation = invitation.with_link(app, &token);
            Asked { person, invitation: Some(invitation), code: None, message: None }
        }
        Err((code, message)) => Asked { person, invitation: None, code: Some(code), message: Some(message) },
    });
    Ok(shown.collect())
}

/// Whom the directory knows of people without an account, by how they were named.
async fn expected(app: &App, unknown: Vec<String>) -> Result<HashMap<String, directory::Person>> {
    let mut found = HashMap::new();
    let Some(directory) = enabled(app) else {
        return Ok(found);
    };
    for named in unknown {
        if let Some(person) = directory.look_up(named.trim()).await? {
            found.insert(named, person);
        }
    }
    Ok(found)
}

/// Asks somebody of the directory: by their account, if they have one under another name.
fn invite_expected(
    tx: &Tx<'_>,
    call: &Call,
    post: Option<&Post>,
    team: &teams::Entity,
    person: &directory::Person,
    role: TeamRole,
) -> Result<(invitations::Invitation, Secret)> {
    if let Some(username) = directory::username_of(tx, person)? {
        return invitations::invite(tx, call, post, team, &username, role);
    }
    let name = person.name.as_ref().map_or_else(|| person.username.clone(), |name| format!("{name} ({})", person.username));
    let expected = invitations::Expected { directory_id: person.id.clone(), name };
    // They come with their password of the directory, not with a link.
    Ok((invitations::expect(tx, call, team, &expected, role)?, Secret::default()))
}

/// People who may be asked into a team, found by the beginning of their names: those with an account, and those of the
/// directory without one.
#[utoipa::path(get, path = "/api/v1/teams/{team}/invitable", tag = "Invitations", params(("team" = String, Path), Beginning),
    responses((status = 200, body = Listing<Invitable>), Refusals))]
async fn suggest(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    name: Path<String>,
    query: Query<Beginning>,
) -> HttpResponse {
    let found = suggestions(&app, caller.0, name.into_inner(), query.into_inner().query).await;
    answer::json(&request, StatusCode::OK, found.map(Listing::whole))
}

async fn suggestions(app: &App, call: Call, name: String, text: String) -> Result<Vec<Invitable>> {
    call.actor.signed_in()?;
    let (asked, now) = (text.trim().to_owned(), call.now);
    let begins = asked.clone();
    let work = move |reader: &Reader<'_>| {
        let team = teams::require(reader, &call, Action::Read, &name)?;
        invitations::require_may_invite(&call, &team, TeamRole::Member)?;
        invitations::suggest(reader, &team, &begins, SUGGESTED_MAX)
    };
    let accounts = app.db.read(work).await?;
    let mut found: Vec<Invitable> = accounts.into_iter().map(Invitable::from).collect();
    // A letter alone finds everybody, and nobody in particular.
    if let Some(directory) = enabled(app).filter(|_| asked.chars().count() >= 2) {
        let people = directory.suggest(&asked, SUGGESTED_MAX, now).await?;
        let new = app.db.read(move |reader| directory::without_account(reader, people)).await?;
        found.extend(new.into_iter().map(Invitable::from));
    }
    found.truncate(SUGGESTED_MAX);
    Ok(found)
}

/// The directory, if people sign in with it.
fn enabled(app: &App) -> Option<Directory> {
    app.directory().filter(|directory| directory.settings().enabled)
}

/// Makes a new link for an invitation, good for another week, and mails it as the first one was; the old one stops working.
#[utoipa::path(post, path = "/api/v1/teams/{team}/invitations/{id}/resend", tag = "Invitations",
    params(("team" = String, Path), ("id" = i64, Path)), responses((status = 200, body = Invitation), Refusals))]
async fn resend(request: HttpRequest, app: Data<App>, caller: Caller, path: Path<(String, i64)>) -> HttpResponse {
    let (name, id) = path.into_inner();
    let (now, post) = (caller.0.now, app.post.clone());
    let work = move |tx: &Tx<'_>| {
        let team = teams::require(tx, &caller.0, Action::Read, &name)?;
        let (invitation, token) = invitations::resend(tx, &caller.0, post.as_ref(), &team, InvitationId::new(id))?;
        Ok((Invitation::with_mail(tx, invitation, now)?, token))
    };
    let sent = app.db.write(work).await;
    app.ring("invitations by mail");
    let shown = sent.map(|(invitation, token)| invitation.with_link(&app, &token));
    answer::json(&request, StatusCode::OK, shown)
}

/// Takes an invitation back.
#[utoipa::path(delete, path = "/api/v1/teams/{team}/invitations/{id}", tag = "Invitations",
    params(("team" = String, Path), ("id" = i64, Path)), responses((status = 204), Refusals))]
async fn withdraw(request: HttpRequest, app: Data<App>, caller: Caller, path: Path<(String, i64)>) -> HttpResponse {
    let (name, id) = path.into_inner();
    let work = move |tx: &Tx<'_>| {
        let team = teams::require(tx, &caller.0, Action::Read, &name)?;
        invitations::withdraw(tx, &caller.0, &team, InvitationId::new(id))
    };
    answer::empty(&request, app.db.write(work).await)
}
