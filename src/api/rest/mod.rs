//! `/api/v1` and the health routes: signing in, keys, people, organizations and teams, as JSON. See each file for its routes;
//! `openapi.rs` describes all but those that only our own pages use.

#![expect(unused_qualifications, reason = "what utoipa generates names our types by their paths")]

mod activity;
mod alerts;
mod attention;
mod audit;
mod authorities;
mod avatars;
mod deletion;
mod directory;
mod directory_draft;
mod directory_rules;
mod exports;
mod firings;
mod health;
mod imports;
mod invitations;
mod invited;
mod keys;
mod licence;
mod listing;
mod moves;
mod notifications;
mod openapi;
mod organizations;
mod permissions;
mod projects;
mod repeat;
mod report_life;
mod report_links;
mod report_lists;
mod report_runs;
mod reports;
mod run_archive;
mod run_table;
mod runs;
mod selected_runs;
mod service_accounts;
mod session;
mod sessions;
mod settings;
mod setup;
mod storage;
mod system;
mod teams;
mod threads;
mod throttle;
mod trash;
mod user_keys;
mod users;
mod webhooks;

use actix_web::error::JsonPayloadError;
use actix_web::http::StatusCode;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

pub use audit::AuditRecord;
pub use health::routes as health_routes;
pub use openapi::openapi;
pub use repeat::once;
pub use reports::REPORT_TOKEN;
pub use session::COOKIE;
pub use throttle::{Allowance, Rate, Throttle};

/// The older name of it, of when letting people in had a state of its own.
use super::answer;
use crate::error::Error;

/// The most bytes of a body here: forms, not data.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// Everything below `/api/v1`; the server mounts it there.
pub fn routes(config: &mut ServiceConfig) {
    let json = web::JsonConfig::default()
        .limit(BODY_BYTES_MAX)
        .error_handler(|error, request| answer::failure(request, &unreadable(&error.to_string())));
    let query =
        web::QueryConfig::default().error_handler(|error, request| answer::failure(request, &unreadable(&error.to_string())));
    // A part of the address that cannot be read names nothing.
    let path = web::PathConfig::default()
        .error_handler(|error, request| answer::failure(request, &Error::not_found(format!("{}: {error}", request.path()))));
    config
        .app_data(json)
        .app_data(query)
        .app_data(path)
        .configure(session::routes)
        .configure(setup::routes)
        .configure(openapi::routes)
        .configure(keys::routes)
        .configure(organizations::routes)
        .configure(licence::routes)
        .configure(teams::routes)
        .configure(avatars::routes)
        .configure(activity::routes)
        .configure(alerts::routes)
        .configure(firings::routes)
        .configure(webhooks::routes)
        .configure(invitations::routes)
        .configure(invited::routes)
        .configure(projects::routes)
        .configure(deletion::routes)
        .configure(runs::routes)
        .configure(run_archive::routes)
        .configure(run_table::routes)
        .configure(selected_runs::routes)
        .configure(moves::routes)
        .configure(exports::routes)
        .configure(imports::routes)
        .configure(trash::routes)
        .configure(reports::routes)
        .configure(report_links::routes)
        .configure(report_runs::routes)
        .configure(report_life::routes)
        .configure(threads::routes)
        .configure(attention::routes)
        .configure(notifications::routes)
        .configure(audit::routes)
        .configure(authorities::routes)
        .configure(permissions::routes)
        .configure(system::routes)
        .configure(settings::routes)
        .configure(storage::routes)
        .configure(service_accounts::routes)
        .configure(users::routes)
        .configure(directory_rules::routes)
        .configure(directory::routes)
        .configure(directory_draft::routes)
        .configure(user_keys::routes)
        .configure(sessions::routes)
        .default_service(web::to(unknown));
}

async fn unknown(request: HttpRequest) -> HttpResponse {
    let what = format!("{} {}", request.method(), request.path());
    answer::json(&request, StatusCode::OK, Err::<(), _>(Error::not_found(what)))
}

/// How forms are read that may be longer than others; `words` say how long.
fn form_of(bytes_max: usize, words: impl Fn() -> String + Send + Sync + 'static) -> web::JsonConfig {
    web::JsonConfig::default().limit(bytes_max).error_handler(move |error, request| {
        let refusal = match error {
            JsonPayloadError::Overflow { .. } | JsonPayloadError::OverflowKnownLength { .. } => Error::too_large(words()),
            error => unreadable(&error.to_string()),
        };
        answer::failure(request, &refusal)
    })
}

fn unreadable(why: &str) -> Error {
    Error::invalid(format!("the request cannot be read: {why}"))
}
