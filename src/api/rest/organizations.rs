//! `/organizations`: organizations, their people and teams.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Json, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::listing::{Listing, Refusals, size};
use super::teams::{NewTeam, SettingsForm, SettingsShown, Team};
use crate::api::answer::IfMatch;
use crate::api::{App, Caller, answer};
use crate::db::{Reader, Tx};
use crate::domain::organizations::people::{Order, Search};
use crate::domain::organizations::{self, Person};
use crate::domain::teams::settings::Setting;
use crate::domain::teams::{self as domain_teams, Entity, settings, trash};
use crate::domain::{Call, accounts};
use crate::error::{Error, Result};
use crate::policy::{self, Action, OrganizationRole, Target};

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/organizations").route(web::get().to(list)).route(web::post().to(create)))
        .service(
            web::resource("/organizations/{organization}")
                .route(web::get().to(show))
                .route(web::patch().to(update))
                .route(web::delete().to(delete)),
        )
        .route("/organizations/{organization}/members", web::get().to(people))
        .service(
            web::resource("/organizations/{organization}/members/{username}")
                .route(web::put().to(set_member))
                .route(web::delete().to(remove_member)),
        )
        .service(
            web::resource("/organizations/{organization}/teams").route(web::get().to(teams)).route(web::post().to(create_team)),
        );
}

/// An organization.
#[derive(Serialize, ToSchema)]
pub(super) struct Organization {
    name: String,
    display_name: String,
    description: String,
    /// The caller's: `admin`, `member` or `viewer`; null if they do not belong to it.
    role: Option<&'static str>,
    /// Whether the caller may change it and the roles in it.
    can_manage: bool,
    /// User names of some of its admins, to ask.
    admins: Vec<String>,
    created_at: String,
    /// Active people with the role admin or member.
    seats_counted: i64,
    /// Active people with the role viewer, who are not counted.
    seats_viewers: i64,
    /// Deactivated people, who are not counted.
    seats_deactivated: i64,
    /// What new teams start with and, where locked, what all teams have.
    settings: SettingsShown,
    /// Whether runs may be moved out of restricted projects.
    moves_from_restricted: bool,
    /// Whether view-only people may have API keys, which read and do nothing else.
    read_only_keys: bool,
    /// Whether everybody in it makes teams, not only its admins.
    members_create_teams: bool,
    /// Whether people log to personal spaces of theirs; where not, to teams alone.
    personal_spaces: bool,
    /// Whether what somebody's processes send to a team ends with their seat in it; else with the run.
    cut_runs_of_leavers: bool,
    /// Whether its admins see and change what its teams hold without a seat there.
    admins_enter_teams: bool,
    /// Whether the caller may make a team in it.
    can_create_teams: bool,
}

/// Somebody who belongs to an organization.
#[derive(Serialize, ToSchema)]
pub(super) struct OrganizationMember {
    username: String,
    name: String,
    /// Only for admins of the organization.
    email: Option<String>,
    /// `admin`, `member` or `viewer`.
    role: &'static str,
    /// Where they sign in: `directory`, or `local` for a password of this server.
    source: &'static str,
    active: bool,
    joined_at: String,
    last_seen_at: Option<String>,
    teams: Vec<TeamRoleShown>,
}

/// A seat in a team.
#[derive(Serialize, ToSchema)]
pub(super) struct TeamRoleShown {
    team: String,
    role: &'static str,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewOrganization {
    /// 2 to 64 letters, digits, `-`, `_` or `.`.
    name: String,
}

/// What is left out stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OrganizationPatch {
    display_name: Option<String>,
    description: Option<String>,
    settings: Option<SettingsForm>,
    /// Whether runs may be moved out of restricted projects.
    moves_from_restricted: Option<bool>,
    /// Whether view-only people may have API keys, which read and do nothing else.
    read_only_keys: Option<bool>,
    /// Whether everybody in it makes teams, not only its admins.
    members_create_teams: Option<bool>,
    /// Whether people log to personal spaces of theirs; where not, to teams alone.
    personal_spaces: Option<bool>,
    /// Whether what somebody's processes send to a team ends with their seat in it; else with the run.
    cut_runs_of_leavers: Option<bool>,
    /// Whether its admins see and change what its teams hold without a seat there. Else they manage people and settings alone, and
    /// a seat that they give themselves is in the audit log.
    admins_enter_teams: Option<bool>,
    /// By the name of a setting, whether all teams have the organization's value of it.
    locks: Option<BTreeMap<String, bool>>,
}

/// A role in an organization.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OrganizationRoleForm {
    /// `admin`, `member` or `viewer`.
    role: String,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct People {
    /// A part of the user name or name.
    #[serde(default)]
    query: String,
    /// Only people with this role: `admin`, `member` or `viewer`.
    role: Option<String>,
    /// Only people whose account is `active` or `deactivated`.
    state: Option<String>,
    /// Only people of the `directory`, or `local` ones.
    source: Option<String>,
    /// `username`, `name`, `role`, `source` or, for admins, `last_seen_at`; with `-` before it the other way round.
    #[serde(default)]
    sort: String,
    /// The `next_cursor` of the page before.
    after: Option<String>,
    /// How many items, 1 to 1000; 50 if nothing is said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Teams {
    /// Those in the trash instead, for admins of the organization.
    #[serde(default)]
    deleted: bool,
    /// The `next_cursor` of the page before.
    after: Option<String>,
    /// How many items, 1 to 1000; 50 if nothing is said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// Organizations that the caller may see.
#[utoipa::path(get, path = "/api/v1/organizations", tag = "Organizations",
    responses((status = 200, body = Listing<Organization>), Refusals))]
async fn list(request: HttpRequest, app: Data<App>, caller: Caller) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        let found = organizations::list(reader, &caller.0)?;
        let shown = found.into_iter().map(|entity| shown(reader, &caller.0, entity));
        Ok(Listing::whole(shown.collect::<Result<Vec<_>>>()?))
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Creates an organization, for administrators of the server. The caller becomes its admin.
#[utoipa::path(post, path = "/api/v1/organizations", tag = "Organizations", request_body = NewOrganization,
    responses((status = 201, body = Organization), Refusals))]
async fn create(request: HttpRequest, app: Data<App>, caller: Caller, form: Json<NewOrganization>) -> HttpResponse {
    let work = move |tx: &Tx<'_>| {
        let entity = organizations::create(tx, &caller.0, &form.name)?;
        shown(tx, &caller.0, entity)
    };
    answer::json(&request, StatusCode::CREATED, app.db.write(work).await)
}

/// One organization.
#[utoipa::path(get, path = "/api/v1/organizations/{organization}", tag = "Organizations",
    params(("organization" = String, Path)), responses((status = 200, body = Organization), Refusals))]
async fn show(request: HttpRequest, app: Data<App>, caller: Caller, name: Path<String>) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        let entity = organizations::require(reader, &caller.0, Action::Read, &name)?;
        shown(reader, &caller.0, entity)
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Changes an organization, its recommendations and locks, for its admins.
#[utoipa::path(patch, path = "/api/v1/organizations/{organization}", tag = "Organizations",
    params(("organization" = String, Path)), request_body = OrganizationPatch,
    responses((status = 200, body = Organization), Refusals))]
async fn update(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    name: Path<String>,
    form: Json<OrganizationPatch>,
) -> HttpResponse {
    let changed = change(&app, caller.0, name.into_inner(), form.into_inner(), IfMatch::of(&request)).await;
    answer::json(&request, StatusCode::OK, changed)
}

async fn change(app: &App, call: Call, name: String, form: OrganizationPatch, expected: IfMatch) -> Result<Organization> {
    let mut changes = form.settings.unwrap_or_default().changes(form.display_name, form.description)?;
    changes.moves_from_restricted = form.moves_from_restricted;
    changes.read_only_keys = form.read_only_keys;
    changes.members_create_teams = form.members_create_teams;
    changes.personal_spaces = form.personal_spaces;
    changes.cut_runs_of_leavers = form.cut_runs_of_leavers;
    changes.admins_enter_teams = form.admins_enter_teams;
    for (text, locked) in form.locks.unwrap_or_default() {
        let setting = Setting::parse(&text).ok_or_else(|| {
            let known = Setting::ALL.map(Setting::as_str).join(", ");
            Error::invalid(format!("there is no setting \"{text}\" to lock; there are {known}"))
        })?;
        changes.locks.insert(setting, locked);
    }
    let work = move |tx: &Tx<'_>| {
        let entity = organizations::require(tx, &call, Action::Manage, &name)?;
        expected.require(|| shown(tx, &call, entity.clone()))?;
        let entity = settings::update(tx, &call, entity.id, &changes)?;
        shown(tx, &call, entity)
    };
    app.db.write(work).await
}

/// Deletes an organization that has no teams any more, for administrators of the server.
#[utoipa::path(delete, path = "/api/v1/organizations/{organization}", tag = "Organizations",
    params(("organization" = String, Path)), responses((status = 204), Refusals))]
async fn delete(request: HttpRequest, app: Data<App>, caller: Caller, name: Path<String>) -> HttpResponse {
    answer::empty(&request, app.db.write(move |tx| organizations::delete(tx, &caller.0, &name)).await)
}

impl People {
    fn search(&self) -> Result<Search> {
        let active = match self.state.as_deref() {
            None => None,
            Some("active") => Some(true),
            Some("deactivated") => Some(false),
            Some(other) => return Err(Error::invalid(format!("state is active or deactivated, not \"{other}\""))),
        };
        let role = self.role.as_deref().map(role_named).transpose()?;
        let by_directory = match self.source.as_deref() {
            None => None,
            Some("directory") => Some(true),
            Some("local") => Some(false),
            Some(other) => return Err(Error::invalid(format!("source is directory or local, not \"{other}\""))),
        };
        Ok(Search { text: self.query.clone(), role, active, by_directory, order: Order::parse(&self.sort)? })
    }
}

/// People of an organization, by user name if no order is asked for.
#[utoipa::path(get, path = "/api/v1/organizations/{organization}/members", tag = "Organizations",
    params(("organization" = String, Path), People), responses((status = 200, body = Listing<OrganizationMember>), Refusals))]
async fn people(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    name: Path<String>,
    query: Query<People>,
) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        let call = &caller.0;
        let organization = organizations::require(reader, call, Action::Read, &name)?;
        let first = size(query.limit)?;
        let page = organizations::people::page(reader, call, organization.id, &query.search()?, query.after.as_deref(), first)?;
        let manages = policy::allows(&call.actor, Action::Manage, &Target::Entity(organization.id));
        Listing::new(page, |person| Ok(member(person, manages)))
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Takes a person into an organization, or changes their role, for its admins.
#[utoipa::path(put, path = "/api/v1/organizations/{organization}/members/{username}", tag = "Organizations",
    params(("organization" = String, Path), ("username" = String, Path)), request_body = OrganizationRoleForm,
    responses((status = 200, description = "The role was changed, or is that already.", body = OrganizationMember),
              (status = 201, description = "The person now belongs to it.", body = OrganizationMember), Refusals))]
async fn set_member(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
    form: Json<OrganizationRoleForm>,
) -> HttpResponse {
    let done = set_role(&app, caller.0, path.into_inner(), form.into_inner()).await;
    match done {
        Ok((member, true)) => answer::json(&request, StatusCode::CREATED, Ok(member)),
        Ok((member, false)) => answer::json(&request, StatusCode::OK, Ok(member)),
        Err(error) => answer::error(&request, &error),
    }
}

async fn set_role(
    app: &App,
    call: Call,
    (name, username): (String, String),
    form: OrganizationRoleForm,
) -> Result<(OrganizationMember, bool)> {
    call.actor.signed_in()?;
    let role = role_named(&form.role)?;
    let work = move |tx: &Tx<'_>| {
        let organization = organizations::require(tx, &call, Action::Manage, &name)?;
        let is_new = organizations::set_member(tx, &call, &organization, &username, role)?;
        let account = super::users::find(tx, &username)?;
        let person = organizations::person(tx, &call, organization.id, account)?;
        Ok((member(person, true), is_new))
    };
    app.db.write(work).await
}

fn role_named(text: &str) -> Result<OrganizationRole> {
    OrganizationRole::parse(text).ok_or_else(|| {
        let roles = OrganizationRole::ALL.map(OrganizationRole::as_str).join(", ");
        Error::invalid(format!("there is no role \"{text}\" in an organization; the roles are {roles}"))
    })
}

/// Takes a person out of an organization and its teams; everybody may leave. What they logged stays.
#[utoipa::path(delete, path = "/api/v1/organizations/{organization}/members/{username}", tag = "Organizations",
    params(("organization" = String, Path), ("username" = String, Path)), responses((status = 204), Refusals))]
async fn remove_member(request: HttpRequest, app: Data<App>, caller: Caller, path: Path<(String, String)>) -> HttpResponse {
    let (name, username) = path.into_inner();
    let work = move |tx: &Tx<'_>| {
        let organization = organizations::require(tx, &caller.0, Action::Read, &name)?;
        organizations::remove_member(tx, &caller.0, &organization, &username)
    };
    answer::empty(&request, app.db.write(work).await)
}

/// Teams of an organization that the caller may know of, by name.
#[utoipa::path(get, path = "/api/v1/organizations/{organization}/teams", tag = "Organizations",
    params(("organization" = String, Path), Teams), responses((status = 200, body = Listing<Team>), Refusals))]
async fn teams(request: HttpRequest, app: Data<App>, caller: Caller, name: Path<String>, query: Query<Teams>) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        let call = &caller.0;
        let organization = organizations::require(reader, call, Action::Read, &name)?;
        let (after, first) = (query.after.as_deref(), size(query.limit)?);
        let page = match query.deleted {
            true => trash::list(reader, call, organization.id, after, first)?,
            false => domain_teams::of_organization(reader, call, organization.id, after, first)?,
        };
        Listing::new(page, |team| Team::show(reader, call, team))
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Creates a team, for admins of the organization and, where its settings say so, for everybody in it.
#[utoipa::path(post, path = "/api/v1/organizations/{organization}/teams", tag = "Organizations",
    params(("organization" = String, Path)), request_body = NewTeam, responses((status = 201, body = Team), Refusals))]
async fn create_team(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    name: Path<String>,
    form: Json<NewTeam>,
) -> HttpResponse {
    let work = move |tx: &Tx<'_>| form.create(tx, &caller.0, Some(&name));
    answer::json(&request, StatusCode::CREATED, app.db.write(work).await)
}

fn shown(reader: &Reader<'_>, call: &Call, entity: Entity) -> Result<Organization> {
    let role = call.actor.account.map(|account| organizations::role_of(reader, entity.id, account)).transpose()?.flatten();
    let seats = organizations::seats(reader, call, entity.id)?;
    Ok(Organization {
        settings: SettingsShown::of(reader, &entity)?,
        moves_from_restricted: entity.moves_from_restricted,
        read_only_keys: entity.read_only_keys,
        members_create_teams: entity.members_create_teams,
        personal_spaces: entity.personal_spaces,
        cut_runs_of_leavers: entity.cut_runs_of_leavers,
        admins_enter_teams: entity.admins_enter_teams,
        can_create_teams: policy::allows(&call.actor, Action::Write, &entity.teams()),
        name: entity.name,
        display_name: entity.display_name,
        description: entity.description,
        role: role.map(OrganizationRole::as_str),
        can_manage: policy::allows(&call.actor, Action::Manage, &Target::Entity(entity.id)),
        admins: organizations::admins(reader, entity.id)?,
        created_at: entity.created_at.to_string(),
        seats_counted: seats.counted,
        seats_viewers: seats.viewers,
        seats_deactivated: seats.deactivated,
    })
}

fn member(person: Person, manages: bool) -> OrganizationMember {
    let Person { account, role, joined_at, by_directory, teams } = person;
    let accounts::Account { username, name, email, last_seen_at, deactivated_at, .. } = account;
    OrganizationMember {
        username,
        name,
        email: email.filter(|_| manages),
        role: role.as_str(),
        source: source(by_directory),
        active: deactivated_at.is_none(),
        joined_at: joined_at.to_string(),
        last_seen_at: last_seen_at.filter(|_| manages).map(|at| at.to_string()),
        teams: teams.into_iter().map(|(team, role)| TeamRoleShown { team, role: role.as_str() }).collect(),
    }
}

/// Where somebody signs in, as it is told.
pub(super) fn source(by_directory: bool) -> &'static str {
    if by_directory { "directory" } else { "local" }
}
