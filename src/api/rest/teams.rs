//! `/teams`: the caller's entities, teams and their members.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Json, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::listing::{Listing, Paging, Refusals};
use crate::api::answer::IfMatch;
use crate::api::{App, Caller, answer};
use crate::db::{Reader, Tx};
use crate::domain::Call;
use crate::domain::leaving::{self, Written};
use crate::domain::teams::settings::{self, Changes};
use crate::domain::teams::{self, AtStake, Entity, EntityKind, Managed, Member, Stake, trash};
use crate::error::{Error, Result};
use crate::policy::{self, Action, Target, TeamRole, Visibility};

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/teams").route(web::get().to(mine)).route(web::post().to(create)))
        .service(
            web::resource("/teams/{team}")
                .route(web::get().to(show))
                .route(web::patch().to(update))
                .route(web::delete().to(delete)),
        )
        .route("/teams/{team}/restore", web::post().to(restore))
        .service(web::resource("/teams/{team}/members").route(web::get().to(members)).route(web::post().to(add_member)))
        .service(
            web::resource("/teams/{team}/members/{username}")
                .route(web::get().to(show_member))
                .route(web::put().to(set_member))
                .route(web::delete().to(remove_member)),
        );
}

/// A team or a personal space.
#[derive(Serialize, ToSchema)]
pub(super) struct Team {
    name: String,
    /// `team` or `user`.
    kind: &'static str,
    display_name: String,
    description: String,
    /// The digest of its picture (`/teams/{team}/avatar`); null without one.
    avatar: Option<String>,
    organization: Option<String>,
    /// The caller's, if they have a seat: `admin`, `member`, `view-only` or `service`.
    role: Option<&'static str>,
    /// Whether the caller may change settings and members.
    can_manage: bool,
    /// User names of some of its admins, to ask.
    admins: Vec<String>,
    created_at: String,
    /// Since when it is in the trash.
    deleted_at: Option<String>,
    /// When it goes for good, if it is in the trash.
    expires_at: Option<String>,
    /// How the operator's directory decides who is in it; null where it does not.
    directory: Option<ByDirectory>,
    /// Null for those who only know that the team is there.
    details: Option<Details>,
}

/// Who in the operator's directory decides who is in a team.
#[derive(Serialize, ToSchema)]
struct ByDirectory {
    /// The groups that give seats.
    groups: Vec<String>,
    /// Whom to ask for a place in one of them.
    contact: Option<String>,
    /// Whether the groups alone decide, so that nobody is invited here.
    locked: bool,
}

impl From<Managed> for ByDirectory {
    fn from(Managed { groups, contact, locked }: Managed) -> Self {
        Self { groups, contact, locked }
    }
}

/// What the people of a team see of it.
#[derive(Serialize, ToSchema)]
struct Details {
    members: i64,
    projects: i64,
    runs: i64,
    settings: SettingsShown,
}

/// Settings, and which of them the organization locked.
#[derive(Serialize, ToSchema)]
pub(super) struct SettingsShown {
    /// Only its own people and the organization's admins learn that the team is there.
    hidden: bool,
    /// New projects are for the team or for named people, and stay so.
    private_only: bool,
    /// Every member may invite, not only admins.
    members_invite: bool,
    /// Every member deletes versions of artifacts, not only those they made.
    members_delete_artifacts: bool,
    /// Reports are not shared by link: none is made, and those that are there open nothing as long as this is so.
    no_public_sharing: bool,
    /// The client saves the program's code unless told otherwise.
    code_saving: bool,
    /// What a new project starts with: `open`, `public`, `team` or `restricted`.
    default_visibility: &'static str,
    locks: Vec<LockShown>,
}

/// A setting that the organization decides for all its teams.
#[derive(Serialize, ToSchema)]
struct LockShown {
    setting: &'static str,
    locked_by: Option<String>,
    locked_at: String,
}

impl SettingsShown {
    pub fn of(reader: &Reader<'_>, entity: &Entity) -> Result<Self> {
        let locks = settings::locks(reader, entity)?.into_iter().map(|lock| LockShown {
            setting: lock.setting.as_str(),
            locked_by: lock.by,
            locked_at: lock.at.to_string(),
        });
        Ok(Self {
            hidden: entity.hidden,
            private_only: entity.private_only,
            members_invite: entity.members_invite,
            members_delete_artifacts: entity.members_delete_artifacts,
            no_public_sharing: entity.no_public_sharing,
            code_saving: entity.code_saving,
            default_visibility: entity.default_visibility.as_str(),
            locks: locks.collect(),
        })
    }
}

/// What is left out stays as it is.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SettingsForm {
    hidden: Option<bool>,
    private_only: Option<bool>,
    members_invite: Option<bool>,
    members_delete_artifacts: Option<bool>,
    no_public_sharing: Option<bool>,
    code_saving: Option<bool>,
    /// `open`, `public`, `team` or `restricted`.
    default_visibility: Option<String>,
}

impl SettingsForm {
    pub fn changes(self, display_name: Option<String>, description: Option<String>) -> Result<Changes> {
        Ok(Changes {
            display_name,
            description,
            hidden: self.hidden,
            private_only: self.private_only,
            members_invite: self.members_invite,
            members_delete_artifacts: self.members_delete_artifacts,
            no_public_sharing: self.no_public_sharing,
            code_saving: self.code_saving,
            default_visibility: self.default_visibility.as_deref().map(visibility).transpose()?,
            ..Changes::default()
        })
    }
}

pub(super) fn visibility(text: &str) -> Result<Visibility> {
    Visibility::parse(text).ok_or_else(|| {
        let known = Visibility::ALL.map(Visibility::as_str).join(", ");
        Error::invalid(format!("there is no visibility \"{text}\"; there are {known}"))
    })
}

/// Somebody with a seat in a team.
#[derive(Serialize, ToSchema)]
pub(super) struct TeamMember {
    username: String,
    name: String,
    email: Option<String>,
    /// `user` or `service`.
    account_kind: &'static str,
    /// `admin`, `member`, `view-only` or `service`.
    role: &'static str,
    joined_at: String,
    /// The group of the operator's directory that gives the seat; it is changed there.
    directory_group: Option<String>,
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
            directory_group: member.directory_rule,
        }
    }
}

/// Somebody with a seat in a team, and what they made there.
#[derive(Serialize, ToSchema)]
pub(super) struct TeamMemberStake {
    #[serde(flatten)]
    member: TeamMember,
    /// How many runs they made in the team; these stay when they go.
    runs: i64,
    /// How many of them are at work; these are taken to their end.
    running_runs: i64,
    /// How many projects of the team they own.
    projects: i64,
    /// How many reports and drafts in the team are theirs.
    reports: i64,
    /// How many alerts in the team are theirs; these watch on.
    alerts: i64,
    /// How many API keys would be suspended if they were made view-only here: all of theirs, if they log nowhere else.
    keys_by_seat: i64,
}

impl From<(Member, AtStake, Written)> for TeamMemberStake {
    fn from((member, stake, Written { reports, alerts }): (Member, AtStake, Written)) -> Self {
        let AtStake { made: Stake { runs, running, projects }, keys } = stake;
        Self { member: TeamMember::from(member), runs, running_runs: running, projects, reports, alerts, keys_by_seat: keys }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewTeam {
    /// 2 to 64 letters, digits, `-`, `_` or `.`; never changes.
    name: String,
    /// The user name of its first admin; the caller if nothing is said.
    admin: Option<String>,
}

impl NewTeam {
    pub fn create(&self, tx: &Tx<'_>, call: &Call, organization: Option<&str>) -> Result<Team> {
        let entity = teams::create(tx, call, organization, &self.name, self.admin.as_deref())?;
        // The caller's rights are those of before the team was there.
        let actor = crate::domain::accounts::actor(tx, call.actor.signed_in()?)?;
        Team::show(tx, &Call { actor, ..call.clone() }, entity)
    }
}

/// What is left out stays as it is.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Leaving {
    /// The user name of who is to have the projects, reports and alerts that are theirs here; for admins of the team. Else these wait
    /// for an owner, as does what lies in restricted projects that the caller may not look into.
    hand_over_to: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TeamPatch {
    display_name: Option<String>,
    description: Option<String>,
    settings: Option<SettingsForm>,
}

#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewMember {
    username: String,
    /// `admin`, `member` or `view-only`; `service` for a service account.
    role: String,
}

/// A role in a team.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TeamRoleForm {
    /// `admin`, `member` or `view-only`; `service` for a service account.
    role: String,
}

/// The caller's personal space and teams, in the order they were joined.
#[utoipa::path(get, path = "/api/v1/teams", tag = "Teams", responses((status = 200, body = Listing<Team>), Refusals))]
async fn mine(request: HttpRequest, app: Data<App>, caller: Caller) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        let entities = teams::entities_of(reader, caller.0.actor.signed_in()?)?;
        let shown = entities.into_iter().map(|entity| Team::show(reader, &caller.0, entity));
        Ok(Listing::whole(shown.collect::<Result<Vec<_>>>()?))
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Creates a team in the oldest organization, for its admins.
#[utoipa::path(post, path = "/api/v1/teams", tag = "Teams", request_body = NewTeam,
    responses((status = 201, body = Team), Refusals))]
async fn create(request: HttpRequest, app: Data<App>, caller: Caller, form: Json<NewTeam>) -> HttpResponse {
    let work = move |tx: &Tx<'_>| form.create(tx, &caller.0, None);
    answer::json(&request, StatusCode::CREATED, app.db.write(work).await)
}

/// One team. Colleagues who are not in it learn its name and what it is for, unless it is hidden.
#[utoipa::path(get, path = "/api/v1/teams/{team}", tag = "Teams", params(("team" = String, Path)),
    responses((status = 200, body = Team), Refusals))]
async fn show(request: HttpRequest, app: Data<App>, caller: Caller, name: Path<String>) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        let team = teams::require(reader, &caller.0, Action::Read, &name)?;
        Team::show(reader, &caller.0, team)
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Changes a team and its settings, for its admins. What the organization locked is refused.
#[utoipa::path(patch, path = "/api/v1/teams/{team}", tag = "Teams", params(("team" = String, Path)),
    request_body = TeamPatch, responses((status = 200, body = Team), Refusals))]
async fn update(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    name: Path<String>,
    form: Json<TeamPatch>,
) -> HttpResponse {
    let changed = change(&app, caller.0, name.into_inner(), form.into_inner(), IfMatch::of(&request)).await;
    answer::json(&request, StatusCode::OK, changed)
}

async fn change(app: &App, call: Call, name: String, form: TeamPatch, expected: IfMatch) -> Result<Team> {
    call.actor.signed_in()?;
    let changes = form.settings.unwrap_or_default().changes(form.display_name, form.description)?;
    let work = move |tx: &Tx<'_>| {
        let team = teams::require(tx, &call, Action::Manage, &name)?;
        expected.require(|| Team::show(tx, &call, team.clone()))?;
        let team = settings::update(tx, &call, team.id, &changes)?;
        Team::show(tx, &call, team)
    };
    app.db.write(work).await
}

/// Puts a team with all it holds into the trash, for admins of its organization; not while a run in it is locked.
#[utoipa::path(delete, path = "/api/v1/teams/{team}", tag = "Teams", params(("team" = String, Path)),
    responses((status = 204), Refusals))]
async fn delete(request: HttpRequest, app: Data<App>, caller: Caller, name: Path<String>) -> HttpResponse {
    let period = app.trash_period;
    answer::empty(&request, app.db.write(move |tx| trash::delete(tx, &caller.0, &name, period)).await)
}

/// Takes a team out of the trash, as it was.
#[utoipa::path(post, path = "/api/v1/teams/{team}/restore", tag = "Teams", params(("team" = String, Path)),
    responses((status = 200, body = Team), Refusals))]
async fn restore(request: HttpRequest, app: Data<App>, caller: Caller, name: Path<String>) -> HttpResponse {
    let work = move |tx: &Tx<'_>| {
        let team = trash::restore(tx, &caller.0, &name)?;
        Team::show(tx, &caller.0, team)
    };
    answer::json(&request, StatusCode::OK, app.db.write(work).await)
}

/// People and service accounts of a team, in the order they joined.
#[utoipa::path(get, path = "/api/v1/teams/{team}/members", tag = "Teams", params(("team" = String, Path), Paging),
    responses((status = 200, body = Listing<TeamMember>), Refusals))]
async fn members(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    name: Path<String>,
    paging: Query<Paging>,
) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        let entity = named(reader, &caller.0, &name)?;
        let page = teams::members_page(reader, &caller.0, entity.id, paging.after.as_deref(), paging.size()?)?;
        Listing::new(page, |member| Ok(TeamMember::from(member)))
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Somebody with a seat, and what they made in the team: for themselves and for admins of the team.
#[utoipa::path(get, path = "/api/v1/teams/{team}/members/{username}", tag = "Teams",
    params(("team" = String, Path), ("username" = String, Path)),
    responses((status = 200, body = TeamMemberStake), Refusals))]
async fn show_member(request: HttpRequest, app: Data<App>, caller: Caller, path: Path<(String, String)>) -> HttpResponse {
    let (name, username) = path.into_inner();
    let work = move |reader: &Reader<'_>| {
        let team = named(reader, &caller.0, &name)?;
        let (member, stake) = teams::stake(reader, &caller.0, &team, &username)?;
        let written = leaving::written(reader, Some(team.id), member.account.id)?;
        Ok(TeamMemberStake::from((member, stake, written)))
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// Gives somebody a seat, or changes the role of the one they have, for admins of the team.
#[utoipa::path(post, path = "/api/v1/teams/{team}/members", tag = "Teams", params(("team" = String, Path)),
    request_body = NewMember, responses((status = 200, body = TeamMember), (status = 201, body = TeamMember), Refusals))]
async fn add_member(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    name: Path<String>,
    form: Json<NewMember>,
) -> HttpResponse {
    let NewMember { username, role } = form.into_inner();
    seated(&request, seat(&app, caller.0, name.into_inner(), username, role).await)
}

/// Gives somebody a seat, or changes the role of the one they have, for admins of the team.
#[utoipa::path(put, path = "/api/v1/teams/{team}/members/{username}", tag = "Teams",
    params(("team" = String, Path), ("username" = String, Path)), request_body = TeamRoleForm,
    responses((status = 200, description = "The role was changed, or is that already.", body = TeamMember),
              (status = 201, description = "They now have a seat.", body = TeamMember), Refusals))]
async fn set_member(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
    form: Json<TeamRoleForm>,
) -> HttpResponse {
    let (name, username) = path.into_inner();
    seated(&request, seat(&app, caller.0, name, username, form.into_inner().role).await)
}

fn seated(request: &HttpRequest, done: Result<(TeamMember, bool)>) -> HttpResponse {
    match done {
        Ok((member, true)) => answer::json(request, StatusCode::CREATED, Ok(member)),
        Ok((member, false)) => answer::json(request, StatusCode::OK, Ok(member)),
        Err(error) => answer::error(request, &error),
    }
}

async fn seat(app: &App, call: Call, name: String, username: String, role: String) -> Result<(TeamMember, bool)> {
    call.actor.signed_in()?;
    let role = role_named(&role)?;
    let work = move |tx: &Tx<'_>| {
        let team = named(tx, &call, &name)?;
        let is_new = teams::add_member(tx, &call, team.id, &username, role)?;
        let account = super::users::find(tx, &username)?;
        let member =
            teams::member(tx, &team, account.id)?.ok_or_else(|| Error::internal("a seat is gone that was just given"))?;
        Ok((TeamMember::from(member), is_new))
    };
    app.db.write(work).await
}

/// Takes a seat away; whoever has one may give it up. What the person logged stays.
#[utoipa::path(delete, path = "/api/v1/teams/{team}/members/{username}", tag = "Teams",
    params(("team" = String, Path), ("username" = String, Path), Leaving), responses((status = 204), Refusals))]
async fn remove_member(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
    query: Query<Leaving>,
) -> HttpResponse {
    let (name, username) = path.into_inner();
    let work = move |tx: &Tx<'_>| {
        let team = named(tx, &caller.0, &name)?;
        if let Some(heir) = &query.hand_over_to {
            policy::require(&caller.0.actor, Action::Manage, &Target::Entity(team.id))?;
            leaving::hand_over(tx, &caller.0, &team, super::users::find(tx, &username)?.id, heir)?;
        }
        teams::remove_member(tx, &caller.0, team.id, &username)
    };
    answer::empty(&request, app.db.write(work).await)
}

/// The role with that name.
pub(super) fn role_named(text: &str) -> Result<TeamRole> {
    TeamRole::parse(text).ok_or_else(|| {
        let roles = TeamRole::ALL.map(TeamRole::as_str).join(", ");
        Error::invalid(format!("there is no role \"{text}\"; the roles are {roles}"))
    })
}

/// The team or personal space of that name, if the caller is in it.
pub(super) fn named(reader: &Reader<'_>, call: &Call, name: &str) -> Result<Entity> {
    call.actor.signed_in()?;
    let found = teams::entity_by_name(reader, name)?.ok_or_else(|| Error::not_found(format!("team {name}")))?;
    if found.kind == EntityKind::Team {
        // Who only knows of the team is told that, whatever they wanted.
        let team = teams::require(reader, call, Action::Read, name)?;
        if !policy::allows(&call.actor, Action::Read, &Target::Entity(team.id)) {
            return Err(Error::forbidden(format!("you are not a member of the team {}", team.name)));
        }
    }
    Ok(found)
}

impl Team {
    /// What the caller may know of a team or personal space.
    pub fn show(reader: &Reader<'_>, call: &Call, entity: Entity) -> Result<Self> {
        let role = call.actor.account.map(|account| teams::role_of(reader, &entity, account)).transpose()?.flatten();
        let organization = teams::organization_of(reader, entity.id)?.map(|organization| organization.name);
        let admins = teams::admins(reader, entity.id)?;
        let target = Target::Entity(entity.id);
        let details = match policy::allows(&call.actor, Action::Read, &target) {
            false => None,
            true => {
                let held = trash::holdings(reader, entity.id)?;
                let members = if entity.kind == EntityKind::User { 1 } else { teams::member_count(reader, entity.id)? };
                let settings = SettingsShown::of(reader, &entity)?;
                Some(Details { members, projects: held.projects, runs: held.runs, settings })
            }
        };
        Ok(Self {
            name: entity.name,
            kind: entity.kind.as_str(),
            display_name: entity.display_name,
            description: entity.description,
            avatar: entity.avatar,
            organization,
            role: role.map(TeamRole::as_str),
            can_manage: policy::allows(&call.actor, Action::Manage, &target),
            admins,
            created_at: entity.created_at.to_string(),
            deleted_at: entity.deleted_at.map(|at| at.to_string()),
            expires_at: entity.purge_after.map(|at| at.to_string()),
            directory: entity.managed.map(ByDirectory::from),
            details,
        })
    }
}
