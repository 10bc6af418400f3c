//! `/permissions/explain`: may somebody do something, and why.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::listing::Refusals;
use super::users::find;
use crate::api::{App, Caller, answer};
use crate::db::Reader;
use crate::domain::teams::EntityKind;
use crate::domain::{Call, accounts, discussions, projects, reports, runs, teams};
use crate::error::{Error, Result};
use crate::id::{CommentId, ThreadId};
use crate::policy::explain::explain;
use crate::policy::{self, Action, TalkPart, Target};

pub(super) fn routes(config: &mut ServiceConfig) {
    config.route("/permissions/explain", web::get().to(show));
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Question {
    /// The user name; the caller if nothing is said.
    user: Option<String>,
    /// `read`, `download`, `write`, `delete` or `manage`.
    action: String,
    /// `server`, `account/NAME`, `team/NAME`, `organization/NAME`, `teams/ORGANIZATION` (making one there),
    /// `project/ENTITY/NAME`, `run/ENTITY/PROJECT/ID`, `report/ID`, `comments/REPORT` (to write is to say something about it),
    /// `thread/ID` (to write is to resolve it) or `comment/ID`.
    target: String,
}

/// A decision with its reasons.
#[derive(Serialize, ToSchema)]
pub(super) struct Decision {
    user: String,
    action: &'static str,
    target: String,
    allowed: bool,
    /// `admin`, `member`, `view-only`, `service`, in a registry `viewer` or `restricted_viewer` too; `administrator of the
    /// server`, or `none`.
    role: &'static str,
    /// Where the role comes from.
    source: &'static str,
    /// The rule that decides.
    rule: &'static str,
}

/// May somebody do something, and why. Everybody asks about themselves; who manages the thing asks about others.
#[utoipa::path(get, path = "/api/v1/permissions/explain", tag = "Permissions", params(Question),
    responses((status = 200, body = Decision), Refusals))]
async fn show(request: HttpRequest, app: Data<App>, caller: Caller, question: Query<Question>) -> HttpResponse {
    let decided = app.db.read(move |reader| decide(reader, &caller.0, question.into_inner())).await;
    answer::json(&request, StatusCode::OK, decided)
}

fn decide(reader: &Reader<'_>, call: &Call, question: Question) -> Result<Decision> {
    let asker = call.actor.signed_in()?;
    let action = Action::parse(&question.action).ok_or_else(|| {
        let known = Action::ALL.map(Action::as_str).join(", ");
        Error::invalid(format!("there is no action \"{}\"; there are {known}", question.action))
    })?;
    let Asked { target, managed } = asked(reader, call, &question.target)?;
    let user = match &question.user {
        Some(username) => find(reader, username)?,
        None => accounts::find(reader, asker)?.ok_or_else(|| Error::not_found("account"))?,
    };
    if user.id != asker {
        policy::require(&call.actor, Action::Manage, &managed)?;
    }
    let told = explain(&accounts::actor(reader, user.id)?, action, &target);
    Ok(Decision {
        user: user.username,
        action: action.as_str(),
        target: question.target,
        allowed: told.allowed,
        role: told.role,
        source: told.source,
        rule: told.rule,
    })
}

/// What a question is about.
struct Asked {
    target: Target,
    /// Whoever manages this asks about others.
    managed: Target,
}

impl From<Target> for Asked {
    fn from(target: Target) -> Self {
        Self { target, managed: target }
    }
}

/// What the words name, if the caller may know of it.
fn asked(reader: &Reader<'_>, call: &Call, text: &str) -> Result<Asked> {
    let of_talk =
        |report: &reports::Report, part, speaker| Asked { target: report.talk(part, speaker), managed: report.target() };
    let number = |id: &str| id.parse().map_err(|_| Error::not_found(text));
    match text.split('/').collect::<Vec<_>>()[..] {
        ["report", id] => Ok(reports::require(reader, call, reports::read_public_id(id)?)?.target().into()),
        ["comments", id] => {
            let report = discussions::discussed(reader, call, reports::read_public_id(id)?)?;
            Ok(of_talk(&report, TalkPart::Report, None))
        }
        ["thread", id] => {
            let (report, thread) = discussions::thread(reader, call, ThreadId::new(number(id)?))?;
            Ok(of_talk(&report, TalkPart::Thread, thread.begun_by))
        }
        ["comment", id] => {
            let (report, comment) = discussions::comment(reader, call, CommentId::new(number(id)?))?;
            Ok(of_talk(&report, TalkPart::Comment, comment.author))
        }
        _ => target(reader, call, text).map(Asked::from),
    }
}

/// What is no report, and nothing that is said about one.
fn target(reader: &Reader<'_>, call: &Call, text: &str) -> Result<Target> {
    let missing = || Error::not_found(text);
    match text.split('/').collect::<Vec<_>>()[..] {
        ["server"] => Ok(Target::Site),
        ["account", name] => Ok(find(reader, name)?.target()),
        ["team" | "organization", name] => {
            let entity = teams::entity_by_name(reader, name)?.ok_or_else(missing)?;
            let known = match entity.kind {
                EntityKind::Team => policy::allows(&call.actor, Action::Read, &entity.card()),
                _ => policy::allows(&call.actor, Action::Read, &Target::Entity(entity.id)),
            };
            match (known, entity.kind) {
                (false, _) => Err(missing()),
                (true, EntityKind::Team) => Ok(entity.whole()),
                (true, _) => Ok(Target::Entity(entity.id)),
            }
        }
        ["teams", name] => {
            let found = teams::entity_by_name(reader, name)?.filter(|entity| entity.kind == EntityKind::Organization);
            let found = found.filter(|entity| policy::allows(&call.actor, Action::Read, &Target::Entity(entity.id)));
            found.map(|entity| entity.teams()).ok_or_else(missing)
        }
        ["project", entity, name] => {
            let found = projects::find(reader, call, entity, name)?;
            // Who may name the members of a restricted project asks about it too.
            let found = found.or(projects::manageable(reader, call, entity, name)?).ok_or_else(missing)?;
            // Its deletion is judged by what is in it.
            match found.is_registry {
                true => Ok(found.target()),
                false => Ok(projects::trash::target(&found, &projects::trash::holdings(reader, &found)?)),
            }
        }
        ["run", entity, project, name] => Ok(runs::find(reader, call, entity, project, name)?.ok_or_else(missing)?.target()),
        _ => Err(Error::invalid(
            "name the target as server, account/NAME, team/NAME, organization/NAME, teams/ORGANIZATION, project/ENTITY/NAME, \
             run/ENTITY/PROJECT/ID, report/ID, comments/REPORT, thread/ID or comment/ID",
        )),
    }
}
