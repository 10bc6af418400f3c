//! `/setup` and `/recover`: getting in with a one-time link.

use actix_web::web::{self, Data, Json, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::session::{attempt, browser, welcome};
use crate::api::App;
use crate::api::caller::Identity;
use crate::db::Tx;
use crate::domain::Call;
use crate::domain::accounts::{self, NewAccount, links, passwords};
use crate::error::Result;
use crate::id::AccountId;
use crate::secret::Secret;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.route("/setup", web::post().to(set_up)).route("/recover", web::post().to(recover));
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetUp {
    token: Secret,
    username: String,
    email: Option<String>,
    password: Secret,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Recover {
    token: Secret,
    password: Secret,
}

async fn set_up(request: HttpRequest, app: Data<App>, identity: Identity, form: Json<SetUp>) -> HttpResponse {
    if let Some(refusal) = attempt(&request, &app, &identity, None) {
        return refusal;
    }
    let opened = first_administrator(&request, &app, identity.nobody(), form.into_inner()).await;
    welcome(&request, &app, opened).await
}

async fn recover(request: HttpRequest, app: Data<App>, identity: Identity, form: Json<Recover>) -> HttpResponse {
    if let Some(refusal) = attempt(&request, &app, &identity, None) {
        return refusal;
    }
    let opened = new_password(&request, &app, identity.nobody(), form.into_inner()).await;
    welcome(&request, &app, opened).await
}

async fn first_administrator(request: &HttpRequest, app: &App, call: Call, form: SetUp) -> Result<(AccountId, Secret)> {
    let password_hash = passwords::hash(form.password, app.password_cost).await?;
    let new = NewAccount {
        username: form.username,
        name: None,
        email: form.email,
        password_hash: Some(password_hash),
        site_admin: true,
    };
    let organization = app.server_name.clone();
    let browser = browser(request, app);
    let work = move |tx: &Tx<'_>| {
        let account = links::set_up(tx, &call, form.token.reveal(), &new, &organization)?;
        let token = accounts::sign_in(tx, &call, account.id, &browser)?;
        Ok((account.id, token))
    };
    app.db.write(work).await
}

async fn new_password(request: &HttpRequest, app: &App, call: Call, form: Recover) -> Result<(AccountId, Secret)> {
    let password_hash = passwords::hash(form.password, app.password_cost).await?;
    let browser = browser(request, app);
    let work = move |tx: &Tx<'_>| {
        let account = links::recover(tx, &call, form.token.reveal(), &password_hash)?;
        let token = accounts::sign_in(tx, &call, account.id, &browser)?;
        Ok((account.id, token))
    };
    app.db.write(work).await
}
