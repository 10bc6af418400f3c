//! `/teams`: the caller's entities, teams and their members.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::Reception;
use crate::api::{Caller, answer};
use crate::db::{Reader, Tx};
use crate::domain::Call;
use crate::domain::teams::{self, Entity, Member};
use crate::error::{Error, Result};
use crate::id::AccountId;
use crate::policy::TeamRole;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/teams").route(web::get().to(mine)).route(web::post().to(create)))
        .service(web::resource("/teams/{name}/members").route(web::get().to(members)).route(web::post().to(add)))
        .route("/teams/{name}/members/{username}", web::delete().to(remove))
        .route("/teams/{name}/service-accounts", web::post().to(create_service_account));
}

#[derive(Serialize)]
struct Team {
    name: String,
    kind: &'static str,
    display_name: String,
    /// The caller's, if they have a seat.
    role: Option<&'static str>,
}

#[derive(Serialize)]
struct TeamMember {
    username: String,
    name: String,
    email: Option<String>,
    account_kind: &'static str,
    role: &'static str,
    joined_at: String,
}

impl From<Member> for TeamMember {
    fn from(member: Member) -> Self {
        Self {
            username: member.account.username,
            name: member.account.name,
            email: member.account.email,
            account_kind: member.account.kind.as_str(),
            role: member.role.as_str(),
            joined_at: member.joined_at.to_string(),
        }
    }
}

#[derive(Serialize)]
struct ServiceAccount {
    username: String,
    team: String,
    /// Of its API key; shown this once.
    secret: String,
}

/// A team, or a service account of one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Create {
    name: String,
}

#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Add {
    username: String,
    role: String,
}

async fn mine(request: HttpRequest, reception: Data<Reception>, caller: Caller) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        let account = caller.0.actor.signed_in()?;
        let entities = teams::entities_of(reader, account)?;
        entities.into_iter().map(|entity| team(reader, entity, account)).collect::<Result<Vec<_>>>()
    };
    answer::json(&request, StatusCode::OK, reception.db.read(work).await)
}

async fn create(request: HttpRequest, reception: Data<Reception>, caller: Caller, form: Json<Create>) -> HttpResponse {
    let call = caller.0;
    let created = reception
        .db
        .write(move |tx| {
            let entity = teams::create(tx, &call, &form.name, None)?;
            team(tx, entity, call.actor.signed_in()?)
        })
        .await;
    answer::json(&request, StatusCode::CREATED, created)
}

async fn members(request: HttpRequest, reception: Data<Reception>, caller: Caller, name: Path<String>) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        let entity = named(reader, &name)?;
        let members = teams::members(reader, &caller.0, entity.id)?;
        Ok(members.into_iter().map(TeamMember::from).collect::<Vec<_>>())
    };
    answer::json(&request, StatusCode::OK, reception.db.read(work).await)
}

async fn add(
    request: HttpRequest,
    reception: Data<Reception>,
    caller: Caller,
    name: Path<String>,
    form: Json<Add>,
) -> HttpResponse {
    let added = seat(&reception, caller.0, name.into_inner(), form.into_inner()).await;
    answer::json(&request, StatusCode::OK, added)
}

async fn seat(reception: &Reception, call: Call, name: String, form: Add) -> Result<Add> {
    let role = TeamRole::parse(&form.role).ok_or_else(|| {
        let roles = TeamRole::ALL.map(TeamRole::as_str).join(", ");
        Error::invalid(format!("there is no role \"{}\"; the roles are {roles}", form.role))
    })?;
    let added = form.clone();
    let work = move |tx: &Tx<'_>| teams::add_member(tx, &call, named(tx, &name)?.id, &form.username, role);
    reception.db.write(work).await?;
    Ok(added)
}

async fn remove(
    request: HttpRequest,
    reception: Data<Reception>,
    caller: Caller,
    path: Path<(String, String)>,
) -> HttpResponse {
    let (name, username) = path.into_inner();
    let removed = reception.db.write(move |tx| teams::remove_member(tx, &caller.0, named(tx, &name)?.id, &username)).await;
    answer::empty(&request, removed)
}

async fn create_service_account(
    request: HttpRequest,
    reception: Data<Reception>,
    caller: Caller,
    name: Path<String>,
    form: Json<Create>,
) -> HttpResponse {
    let work = move |tx: &Tx<'_>| {
        let team = named(tx, &name)?;
        let (account, secret) = teams::create_service_account(tx, &caller.0, team.id, &form.name)?;
        Ok(ServiceAccount { username: account.username, team: team.name, secret: secret.reveal().to_owned() })
    };
    answer::json(&request, StatusCode::CREATED, reception.db.write(work).await)
}

fn named(reader: &Reader<'_>, name: &str) -> Result<Entity> {
    teams::entity_by_name(reader, name)?.ok_or_else(|| Error::not_found("entity"))
}

fn team(reader: &Reader<'_>, entity: Entity, account: AccountId) -> Result<Team> {
    let role = teams::role_of(reader, &entity, account)?;
    Ok(Team {
        name: entity.name,
        kind: entity.kind.as_str(),
        display_name: entity.display_name,
        role: role.map(TeamRole::as_str),
    })
}
