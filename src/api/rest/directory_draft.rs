//! `/directory/draft`: tries settings of a directory before they are in the configuration. Nothing of them is kept.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Json, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::directory::DirectoryTested;
use super::listing::Refusals;
use crate::api::{App, Caller, answer};
use crate::domain::Call;
use crate::domain::directory::{Group, Person, Preview};
use crate::error::Result;
use crate::policy::{self, Action, Target};
use crate::secret::Secret;

/// How many people and how many groups are shown.
const SHOWN: usize = 10;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.route("/directory/draft", web::post().to(draft));
}

/// Settings to try.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DirectoryDraft {
    /// Names of settings without `ldap.`, with their values, as in `{"servers": "ldaps://a.example.org", "start_tls": "true"}`.
    settings: BTreeMap<String, String>,
    /// The password of the service account; it is used for this and kept nowhere.
    #[serde(default)]
    #[schema(value_type = String)]
    bind_password: Secret,
    /// A user name or mail address of somebody to look up, as at a sign-in.
    login: Option<String>,
}

/// What came of it.
#[derive(Serialize, ToSchema)]
pub(super) struct DirectoryDrafted {
    tested: DirectoryTested,
    /// Some of the people who may sign in, and some of the groups; none where a step failed.
    people: Vec<DraftedPerson>,
    groups: Vec<DraftedGroup>,
    /// The settings as they may stand in the configuration file; secrets are left out.
    configuration: String,
}

#[derive(Serialize, ToSchema)]
struct DraftedPerson {
    dn: String,
    username: String,
    name: Option<String>,
    email: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct DraftedGroup {
    dn: String,
    name: String,
    /// How many members it lists, people and groups.
    members: usize,
}

impl From<Person> for DraftedPerson {
    fn from(Person { dn, username, name, email, .. }: Person) -> Self {
        Self { dn, username, name, email }
    }
}

impl From<Group> for DraftedGroup {
    fn from(Group { dn, cn, members, usernames, .. }: Group) -> Self {
        Self { dn, name: cn, members: members.len() + usernames.len() }
    }
}

/// Tries settings step by step, and shows some of the people and groups they find. Nothing is kept.
#[utoipa::path(post, path = "/api/v1/directory/draft", tag = "Directory", request_body = DirectoryDraft,
    responses((status = 200, body = DirectoryDrafted), Refusals))]
async fn draft(request: HttpRequest, app: Data<App>, caller: Caller, form: Json<DirectoryDraft>) -> HttpResponse {
    answer::json(&request, StatusCode::OK, drafted(&app, &caller.0, &form).await)
}

async fn drafted(app: &App, call: &Call, form: &DirectoryDraft) -> Result<DirectoryDrafted> {
    policy::require(&call.actor, Action::Manage, &Target::Site)?;
    let (directory, configuration) = (app.draft_directory)(&form.settings, &form.bind_password)?;
    let rules = directory.rules(&app.db).await?;
    let login = form.login.as_deref().map(str::trim).filter(|login| !login.is_empty());
    let report = directory.test(&rules, login, call.now).await?;
    let Preview { people, groups } = match report.is_good() {
        true => directory.preview(SHOWN).await?,
        false => Preview::default(),
    };
    Ok(DirectoryDrafted {
        tested: DirectoryTested::from(report),
        people: people.into_iter().map(DraftedPerson::from).collect(),
        groups: groups.into_iter().map(DraftedGroup::from).collect(),
        configuration,
    })
}
