//! `/directory/rules`: what groups of the directory give, for administrators of the server.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Json, JsonConfig, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::directory::ours;
use super::listing::Refusals;
use crate::api::{App, Caller, answer};
use crate::domain::Call;
use crate::domain::directory::{Rule, Written};
use crate::error::Result;

/// The most bytes of all rules together: there may be many.
const RULES_BYTES_MAX: usize = 2 * 1024 * 1024;

pub(super) fn routes(config: &mut ServiceConfig) {
    let json = JsonConfig::default()
        .limit(RULES_BYTES_MAX)
        .error_handler(|error, request| answer::failure(request, &super::unreadable(&error.to_string())));
    config.service(web::resource("/directory/rules").app_data(json).route(web::get().to(show)).route(web::put().to(replace)));
}

/// All rules.
#[derive(Serialize, ToSchema)]
struct DirectoryRules {
    rules: Vec<DirectoryRule>,
    /// The file of the operator that says them; null if they are edited here.
    file: Option<String>,
    /// Send it with a change: if somebody else changed the rules since, the change is refused.
    revision: i64,
    changed_at: Option<String>,
    changed_by: Option<String>,
    /// Groups that may sign in by the setting `ldap.sign_in_groups`, besides the rules.
    sign_in_groups: Vec<String>,
}

/// What a group gives its members: a seat in a team, the role admin in an organization, the right to create teams there, or the
/// right to sign in.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DirectoryRule {
    /// The whole name of the group, or its `cn` alone where no other group has it.
    group: String,
    team: Option<String>,
    /// In the team: `admin`, `member` or `view-only`.
    role: Option<String>,
    /// Makes the team if it is not there, with the admin that a rule gives it.
    create_team: Option<bool>,
    /// The oldest one if nothing is said.
    organization: Option<String>,
    /// `admin`.
    organization_role: Option<String>,
    /// In the organization, though not everybody does.
    may_create_teams: Option<bool>,
    /// With one such rule nobody else signs in.
    may_sign_in: Option<bool>,
    /// Whom to ask for a place in the group.
    contact: Option<String>,
}

/// What is to stand in place of all rules.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewRules {
    rules: Vec<DirectoryRule>,
    /// As it was read.
    revision: i64,
}

impl From<Written> for DirectoryRule {
    fn from(written: Written) -> Self {
        let Written { group, team, role, create_team, organization, organization_role, may_create_teams, may_sign_in, contact } =
            written;
        Self { group, team, role, create_team, organization, organization_role, may_create_teams, may_sign_in, contact }
    }
}

impl From<DirectoryRule> for Written {
    fn from(rule: DirectoryRule) -> Self {
        let DirectoryRule {
            group,
            team,
            role,
            create_team,
            organization,
            organization_role,
            may_create_teams,
            may_sign_in,
            contact,
        } = rule;
        Self { group, team, role, create_team, organization, organization_role, may_create_teams, may_sign_in, contact }
    }
}

/// What groups give, and where it is said.
#[utoipa::path(get, path = "/api/v1/directory/rules", tag = "Directory",
    responses((status = 200, body = DirectoryRules), Refusals))]
async fn show(request: HttpRequest, app: Data<App>, caller: Caller) -> HttpResponse {
    answer::json(&request, StatusCode::OK, shown(&app, &caller.0).await)
}

/// Replaces all rules. They come into effect with the next sync, and at sign-ins from now on.
#[utoipa::path(put, path = "/api/v1/directory/rules", tag = "Directory", request_body = NewRules,
    responses((status = 200, body = DirectoryRules), Refusals))]
async fn replace(request: HttpRequest, app: Data<App>, caller: Caller, form: Json<NewRules>) -> HttpResponse {
    answer::json(&request, StatusCode::OK, replaced(&app, &caller.0, form.into_inner()).await)
}

async fn shown(app: &App, call: &Call) -> Result<DirectoryRules> {
    let directory = ours(app, call)?;
    let book = directory.rulebook(&app.db, call).await?;
    let (changed_at, changed_by) = book.changed.unzip();
    Ok(DirectoryRules {
        rules: book.rules.0.iter().map(Rule::written).map(DirectoryRule::from).collect(),
        file: book.file.map(|path| path.display().to_string()),
        revision: book.revision,
        changed_at: changed_at.map(|at| at.to_string()),
        changed_by,
        sign_in_groups: directory.settings().sign_in_groups.clone(),
    })
}

async fn replaced(app: &App, call: &Call, form: NewRules) -> Result<DirectoryRules> {
    let written = form.rules.into_iter().map(Written::from).collect();
    ours(app, call)?.set_rules(&app.db, call, written, form.revision).await?;
    shown(app, call).await
}
