//! `/api/v1` and the health routes: signing in, keys, people, organizations and teams, as JSON. See each file for its routes;
//! `openapi.rs` describes all but those that only our own pages use.

#![expect(unused_qualifications, reason = "what utoipa generates names our types by their paths")]

mod audit;
mod health;
mod invitations;
mod keys;
mod listing;
mod openapi;
mod organizations;
mod permissions;
mod projects;
mod runs;
mod service_accounts;
mod session;
mod setup;
mod teams;
mod throttle;
mod trash;
mod user_keys;
mod users;

use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::http::StatusCode;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use ipnet::IpNet;

pub use health::routes as health_routes;
pub use openapi::openapi;
pub use session::COOKIE;

use super::answer;
use crate::clock::Clock;
use crate::db::Db;
use crate::domain::accounts;
use crate::domain::accounts::passwords::Cost;
use crate::domain::directory::Directory;
use crate::error::{Error, Result};
use throttle::Throttle;

/// The most bytes of a body here: forms, not data.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// What letting people in needs. Made once by the server, shared by all its threads.
pub struct Reception {
    pub db: Db,
    pub clock: Clock,
    /// Where browsers reach this server, without a slash at its end.
    pub public_url: String,
    /// What this server calls itself; also the name of its organization.
    pub server_name: String,
    pub password_cost: Cost,
    /// Whose word on where a request comes from is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Where the passwords of people are checked who are not of this server itself.
    pub directory: Option<Directory>,
    throttle: Throttle,
    /// Set once an administrator was seen; from then on nobody looks again.
    is_set_up: AtomicBool,
}

impl Reception {
    pub fn new(db: Db, clock: Clock, public_url: String) -> Self {
        Self {
            db,
            clock,
            public_url,
            server_name: "Runstead".to_owned(),
            password_cost: Cost::default(),
            trusted_proxies: Vec::new(),
            directory: None,
            throttle: Throttle::default(),
            is_set_up: AtomicBool::new(false),
        }
    }

    /// Whether there is no administrator yet.
    pub async fn needs_setup(&self) -> Result<bool> {
        if self.is_set_up.load(Ordering::Acquire) {
            return Ok(false);
        }
        let needed = self.db.read(accounts::needs_setup).await?;
        self.is_set_up.store(!needed, Ordering::Release);
        Ok(needed)
    }
}

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
        .configure(teams::routes)
        .configure(invitations::routes)
        .configure(projects::routes)
        .configure(runs::routes)
        .configure(trash::routes)
        .configure(audit::routes)
        .configure(permissions::routes)
        .configure(service_accounts::routes)
        .configure(users::routes)
        .configure(user_keys::routes)
        .default_service(web::to(unknown));
}

async fn unknown(request: HttpRequest) -> HttpResponse {
    let what = format!("{} {}", request.method(), request.path());
    answer::json(&request, StatusCode::OK, Err::<(), _>(Error::not_found(what)))
}

fn unreadable(why: &str) -> Error {
    Error::invalid(format!("the request cannot be read: {why}"))
}
