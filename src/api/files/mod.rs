//! Bytes of run files, in and out.
//!
//! * `PUT /static/upload/…` and `GET /static/download/…`: links that the server signed. They carry their own permission, so
//!   the client sends no credentials there, and stray ones do not matter.
//! * `GET /files/{entity}/{project}/{run}/{name}`: for those who come with credentials.

mod download;
mod upload;

use actix_web::http::header;
use actix_web::web::{Data, Path, Payload, ServiceConfig, resource};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use crate::api::caller::Identity;
use crate::api::{App, Caller, answer};
use crate::domain::files::{FileName, Purpose};
use crate::domain::runs;
use crate::error::{Error, Result};
use crate::id::RunId;

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(
            resource("/static/upload/{run}/{expires}/{signature}/{name:.+}")
                .route(web::put().to(receive))
                .route(web::method(actix_web::http::Method::OPTIONS).to(preflight)),
        )
        .service(
            resource("/static/download/{run}/{expires}/{signature}/{name:.+}")
                .route(web::get().to(send_signed))
                .route(web::head().to(send_signed))
                .route(web::method(actix_web::http::Method::OPTIONS).to(preflight)),
        )
        .service(
            resource("/files/{entity}/{project}/{run}/{name:.+}")
                .route(web::get().to(send_known))
                .route(web::head().to(send_known)),
        );
}

#[derive(Deserialize)]
struct Link {
    run: i64,
    expires: i64,
    signature: String,
    name: String,
}

impl Link {
    fn check(&self, app: &App, purpose: Purpose, identity: &Identity) -> Result<(RunId, FileName)> {
        let (run, name) = (RunId::new(self.run), FileName::parse(&self.name)?);
        app.signer.check(purpose, self.run, name.as_str(), self.expires, &self.signature, identity.now)?;
        Ok((run, name))
    }
}

async fn receive(request: HttpRequest, app: Data<App>, identity: Identity, link: Path<Link>, payload: Payload) -> HttpResponse {
    let done = match link.check(&app, Purpose::Write, &identity) {
        Ok((run, name)) => upload::receive(&request, &app, run, name, identity.now, payload).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => HttpResponse::Ok().insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")).finish(),
        Err(error) => answer::error(&request, &error),
    }
}

async fn send_signed(request: HttpRequest, app: Data<App>, identity: Identity, link: Path<Link>) -> HttpResponse {
    let sent = match link.check(&app, Purpose::Read, &identity) {
        Ok((run, name)) => download::send(&request, &app, run, name).await,
        Err(error) => Err(error),
    };
    sent.unwrap_or_else(|error| answer::error(&request, &error))
}

#[derive(Deserialize)]
struct Known {
    entity: String,
    project: String,
    run: String,
    name: String,
}

async fn send_known(request: HttpRequest, app: Data<App>, Caller(call): Caller, path: Path<Known>) -> HttpResponse {
    let Known { entity, project, run, name } = path.into_inner();
    let found = app.db.read(move |db| runs::find(db, &call, &entity, &project, &run)).await;
    let sent = match found {
        Ok(Some(run)) => match FileName::parse(&name) {
            Ok(name) => download::send(&request, &app, run.id, name).await,
            Err(error) => Err(error),
        },
        Ok(None) => Err(Error::not_found("run")),
        Err(error) => Err(error),
    };
    sent.unwrap_or_else(|error| answer::error(&request, &error))
}

/// Pages of other origins may use signed links: whoever has one may use it anywhere.
async fn preflight() -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, PUT, OPTIONS"))
        .insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, "*"))
        .insert_header((header::ACCESS_CONTROL_MAX_AGE, "3600"))
        .finish()
}
