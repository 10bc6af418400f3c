//! `GET /healthz`: the process answers. `GET /ready`: it can also do its work. `GET /health/detail`: all that the checks find, for
//! administrators.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use crate::api::{App, answer};
use crate::domain::accounts;

/// Mounted at the root.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/healthz", web::get().to(healthz))
        .route("/ready", web::get().to(ready))
        .route("/health/detail", web::get().to(super::system::checks));
}

async fn healthz() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body("ok\n")
}

async fn ready(request: HttpRequest, app: Data<App>) -> HttpResponse {
    // Both halves of the store are asked: a read, and a commit of nothing.
    let read = app.db.read(accounts::needs_setup).await;
    let written = app.db.write(|_| Ok(())).await;
    let body = read.and_then(|setup_required| {
        written?;
        Ok(json!({ "ready": true, "setup_required": setup_required }))
    });
    answer::json(&request, StatusCode::OK, body)
}
