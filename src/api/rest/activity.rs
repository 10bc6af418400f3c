//! `/teams/{team}/activity`: what happened lately.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::listing::{Listing, Refusals};
use super::teams;
use crate::api::{App, Caller, answer};
use crate::domain::activity::{self, Event, What};
use crate::domain::reports;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.route("/teams/{team}/activity", web::get().to(show));
}

/// Something that happened.
#[derive(Serialize, ToSchema)]
pub(super) struct EventShown {
    at: String,
    /// The user name of who did it; null for somebody whose account is gone.
    who: Option<String>,
    /// `run` began, `artifact` was logged, `report` was published, `project` was made, or somebody `joined`.
    kind: &'static str,
    project: Option<String>,
    run: Option<RunShown>,
    artifact: Option<ArtifactShown>,
    report: Option<ReportShown>,
}

#[derive(Serialize, ToSchema)]
struct RunShown {
    name: String,
    display_name: String,
    state: String,
}

#[derive(Serialize, ToSchema)]
struct ArtifactShown {
    r#type: String,
    collection: String,
    version: i64,
}

#[derive(Serialize, ToSchema)]
struct ReportShown {
    /// Part of its address, as in `/reports/{id}`.
    id: String,
    display_name: String,
}

impl From<Event> for EventShown {
    fn from(event: Event) -> Self {
        let (at, who) = (event.at.to_string(), event.who);
        let told = |kind, project| Self { at, who, kind, project, run: None, artifact: None, report: None };
        match event.what {
            What::RunBegan { project, run, display_name, state } => {
                let run = RunShown { name: run, display_name, state };
                Self { run: Some(run), ..told("run", Some(project)) }
            }
            What::VersionLogged { project, kind, collection, version } => {
                let artifact = ArtifactShown { r#type: kind, collection, version };
                Self { artifact: Some(artifact), ..told("artifact", Some(project)) }
            }
            What::ReportPublished { project, report, display_name } => {
                let report = ReportShown { id: reports::public_id(report), display_name };
                Self { report: Some(report), ..told("report", Some(project)) }
            }
            What::ProjectMade { project } => told("project", Some(project)),
            What::Joined => told("joined", None),
        }
    }
}

/// The newest of what happened in a team or personal space, as far as the caller may see it: at most 30, newest first.
#[utoipa::path(get, path = "/api/v1/teams/{team}/activity", tag = "Teams", params(("team" = String, Path)),
    responses((status = 200, body = Listing<EventShown>), Refusals))]
async fn show(request: HttpRequest, app: Data<App>, Caller(call): Caller, name: Path<String>) -> HttpResponse {
    let found = app.db.read(move |reader| activity::latest(reader, &call, &teams::named(reader, &call, &name)?)).await;
    let shown = found.map(|events| Listing::whole(events.into_iter().map(EventShown::from).collect()));
    answer::json(&request, StatusCode::OK, shown)
}
