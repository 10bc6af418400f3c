//! `/system/settings`: what the operator has configured, and where. Settings live in a file, the environment and flags alone, which
//! also say who may change them; here they are read.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::listing::Refusals;
use crate::api::{App, Caller, Configured, answer};
use crate::policy::{self, Action, Target};

pub(super) fn routes(config: &mut ServiceConfig) {
    config.route("/system/settings", web::get().to(show));
}

/// The settings in force.
#[derive(Serialize, ToSchema)]
pub(super) struct Settings {
    items: Vec<Setting>,
    /// Those that are not as the default has them, as a configuration file; secrets left out.
    toml: String,
}

/// A setting.
#[derive(Serialize, ToSchema)]
pub(super) struct Setting {
    /// `section.key`.
    key: &'static str,
    about: &'static str,
    /// Of a secret no more than whether there is one.
    value: String,
    /// What set it: `default`, the file with its line, the variable of the environment, or the flag.
    set_by: String,
}

impl From<&Configured> for Settings {
    fn from(configured: &Configured) -> Self {
        let items = configured.entries.iter().map(|&(key, about, ref value, ref set_by)| Setting {
            key,
            about,
            value: value.clone(),
            set_by: set_by.clone(),
        });
        Self { items: items.collect(), toml: configured.text.clone() }
    }
}

/// What is configured, and what set each value. Settings are changed where they are set.
#[utoipa::path(get, path = "/api/v1/system/settings", tag = "System", responses((status = 200, body = Settings), Refusals))]
async fn show(request: HttpRequest, app: Data<App>, Caller(call): Caller) -> HttpResponse {
    let shown = policy::require(&call.actor, Action::Manage, &Target::Site).map(|()| Settings::from(&app.configured));
    answer::json(&request, StatusCode::OK, shown)
}
