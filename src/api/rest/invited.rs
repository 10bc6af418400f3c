//! `/invitations` and `/invitation-links`: answering, for who is invited.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use utoipa::ToSchema;

use super::invitations::Invitation;
use super::listing::{Listing, Refusals};
use super::session::{attempt, browser, welcome};
use crate::api::caller::Identity;
use crate::api::{App, Caller, answer};
use crate::db::{Reader, Tx};
use crate::domain::accounts::{self, NewAccount, passwords};
use crate::domain::{Call, invitations};
use crate::error::Result;
use crate::id::{AccountId, InvitationId};
use crate::secret::Secret;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/invitations", web::get().to(mine))
        .route("/invitations/{id}/accept", web::post().to(accept))
        .route("/invitations/{id}/decline", web::post().to(decline))
        .route("/invitation-links", web::post().to(look))
        .route("/invitation-links/accept", web::post().to(accept_link))
        .route("/invitation-links/sign-up", web::post().to(sign_up));
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Link {
    /// What stands behind `token=` in the link.
    #[schema(value_type = String)]
    token: Secret,
}

/// A new person, who has the link of an invitation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignUp {
    /// What stands behind `token=` in the link.
    #[schema(value_type = String)]
    token: Secret,
    username: String,
    name: Option<String>,
    /// At least 10 characters.
    #[schema(value_type = String, format = Password)]
    password: Secret,
}

/// Invitations that wait for the caller's answer.
#[utoipa::path(get, path = "/api/v1/invitations", tag = "Invitations",
    responses((status = 200, body = Listing<Invitation>), Refusals))]
async fn mine(request: HttpRequest, app: Data<App>, caller: Caller) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        let found = invitations::mine(reader, &caller.0)?;
        Ok(Listing::whole(found.into_iter().map(|found| Invitation::new(found, caller.0.now)).collect()))
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Accepts an invitation that waits for the caller.
#[utoipa::path(post, path = "/api/v1/invitations/{id}/accept", tag = "Invitations", params(("id" = i64, Path)),
    responses((status = 204), Refusals))]
async fn accept(request: HttpRequest, app: Data<App>, caller: Caller, id: Path<i64>) -> HttpResponse {
    let id = InvitationId::new(id.into_inner());
    let work = move |tx: &Tx<'_>| invitations::accept(tx, &caller.0, &invitations::for_me(tx, &caller.0, id)?);
    answer::empty(&request, app.db.write(work).await)
}

/// Says no to an invitation that waits for the caller.
#[utoipa::path(post, path = "/api/v1/invitations/{id}/decline", tag = "Invitations", params(("id" = i64, Path)),
    responses((status = 204), Refusals))]
async fn decline(request: HttpRequest, app: Data<App>, caller: Caller, id: Path<i64>) -> HttpResponse {
    let id = InvitationId::new(id.into_inner());
    answer::empty(&request, app.db.write(move |tx| invitations::decline(tx, &caller.0, id)).await)
}

/// What a link invites to, for the page that it opens; whoever has the link may look.
async fn look(request: HttpRequest, app: Data<App>, identity: Identity, form: Json<Link>) -> HttpResponse {
    if let Some(refusal) = attempt(&request, &app, &identity, None) {
        return refusal;
    }
    let now = identity.now;
    let work = move |reader: &Reader<'_>| Ok(Invitation::new(invitations::behind(reader, form.token.reveal(), now)?, now));
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Accepts with a link, as who is signed in.
async fn accept_link(request: HttpRequest, app: Data<App>, caller: Caller, form: Json<Link>) -> HttpResponse {
    let work = move |tx: &Tx<'_>| {
        let call = &caller.0;
        call.actor.signed_in()?;
        invitations::accept(tx, call, &invitations::behind(tx, form.token.reveal(), call.now)?)
    };
    answer::empty(&request, app.db.write(work).await)
}

/// Makes an account with a link, accepts the invitation and signs in.
async fn sign_up(request: HttpRequest, app: Data<App>, identity: Identity, form: Json<SignUp>) -> HttpResponse {
    if let Some(refusal) = attempt(&request, &app, &identity, None) {
        return refusal;
    }
    let made = new_person(&request, &app, identity.nobody(), form.into_inner()).await;
    welcome(&request, &app, made).await
}

async fn new_person(request: &HttpRequest, app: &App, call: Call, form: SignUp) -> Result<(AccountId, Secret)> {
    // Before the costly hash; the action itself looks again.
    let (token, now) = (form.token.clone(), call.now);
    app.db.read(move |reader| invitations::behind(reader, token.reveal(), now)).await?;
    let password_hash = passwords::hash(form.password, app.password_cost).await?;
    let new = NewAccount {
        username: form.username,
        name: form.name,
        email: None,
        password_hash: Some(password_hash),
        site_admin: false,
    };
    let browser = browser(request, app);
    let work = move |tx: &Tx<'_>| {
        let account = invitations::sign_up(tx, &call, form.token.reveal(), &new)?;
        let token = accounts::sign_in(tx, &call, account.id, &browser)?;
        Ok((account.id, token))
    };
    app.db.write(work).await
}
