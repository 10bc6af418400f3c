//! Bytes of artifacts, in and out.
//!
//! * `/static/artifact/…`: links that the server signed; they carry their own permission, so stray credentials do not matter.
//! * `GET /artifactsV2/{region}/{entity}/{project}/{collection}/[{artifact}/]{birth artifact}/{md5}/{name}`, of releases up to
//!   0.18 `GET /artifactsV2/{region}/{entity}/{birth artifact}/{md5}`, and of the older layout `GET /artifacts/{entity}/{md5}`:
//!   for those who come with credentials. The MD5 (in hex) alone opens nothing: the caller must see a version in that
//!   project, or entity, that holds the bytes.

mod download;
mod upload;

use actix_web::http::{Method, header};
use actix_web::web::{self, Data, Path, Payload, ServiceConfig, resource};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use crate::api::caller::Identity;
use crate::api::{App, Caller, answer};
use crate::domain::files::Purpose;
use crate::error::Result;
use crate::id::ArtifactId;

pub fn routes(config: &mut ServiceConfig) {
    config
        .service(
            resource("/static/artifact/upload/{artifact}/{expires}/{signature}/{name:.+}")
                .app_data(Data::new(Door::File))
                .route(web::put().to(receive))
                .route(web::method(Method::OPTIONS).to(preflight)),
        )
        .service(
            resource("/static/artifact/upload-part/{artifact}/{expires}/{signature}/{name:.+}")
                .app_data(Data::new(Door::Part))
                .route(web::put().to(receive))
                .route(web::method(Method::OPTIONS).to(preflight)),
        )
        .service(
            resource("/static/artifact/upload-manifest/{artifact}/{expires}/{signature}/{name:.+}")
                .app_data(Data::new(Door::Manifest))
                .route(web::put().to(receive))
                .route(web::method(Method::OPTIONS).to(preflight)),
        )
        .service(
            resource("/static/artifact/download/{artifact}/{expires}/{signature}/{name:.+}")
                .app_data(Data::new(Door::File))
                .route(web::get().to(send_signed))
                .route(web::head().to(send_signed))
                .route(web::method(Method::OPTIONS).to(preflight)),
        )
        .service(
            resource("/static/artifact/manifest/{artifact}/{expires}/{signature}/{name:.+}")
                .app_data(Data::new(Door::Manifest))
                .route(web::get().to(send_signed))
                .route(web::head().to(send_signed))
                .route(web::method(Method::OPTIONS).to(preflight)),
        )
        .service(
            resource("/static/artifact/archive/{artifact}/{expires}/{signature}/{name:.+}")
                .app_data(Data::new(Door::Archive))
                .route(web::get().to(send_signed)),
        )
        .service(
            resource("/artifactsV2/{region}/{entity}/{project}/{collection}/{birth}/{md5}/{name}")
                .route(web::get().to(send_from_project))
                .route(web::head().to(send_from_project)),
        )
        .service(
            resource("/artifactsV2/{region}/{entity}/{project}/{collection}/{artifact}/{birth}/{md5}/{name}")
                .route(web::get().to(send_from_project))
                .route(web::head().to(send_from_project)),
        )
        .service(
            resource("/artifactsV2/{region}/{entity}/{birth}/{md5}")
                .route(web::get().to(send_from_entity))
                .route(web::head().to(send_from_entity)),
        )
        .service(
            resource("/artifacts/{entity}/{md5}")
                .route(web::get().to(send_from_entity))
                .route(web::head().to(send_from_entity)),
        );
}

/// What a signed link leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    File,
    Part,
    Manifest,
    /// All files of a version as one.
    Archive,
}

#[derive(Deserialize)]
struct Link {
    artifact: i64,
    expires: i64,
    signature: String,
    name: String,
}

impl Link {
    fn check(&self, app: &App, purpose: Purpose, identity: &Identity) -> Result<ArtifactId> {
        app.signer.check(purpose, self.artifact, &self.name, self.expires, &self.signature, identity.now)?;
        Ok(ArtifactId::new(self.artifact))
    }
}

async fn receive(
    request: HttpRequest,
    app: Data<App>,
    door: Data<Door>,
    identity: Identity,
    link: Path<Link>,
    payload: Payload,
) -> HttpResponse {
    let purpose = match **door {
        Door::File => Purpose::WriteArtifactFile,
        Door::Part => Purpose::WriteArtifactPart,
        Door::Manifest | Door::Archive => Purpose::WriteManifest,
    };
    let received = match link.check(&app, purpose, &identity) {
        Ok(artifact) => match **door {
            Door::File => upload::file(&request, &app, artifact, &link.name, identity.now, payload).await,
            Door::Part => upload::part(&request, &app, artifact, &link.name, identity.now, payload).await,
            Door::Manifest | Door::Archive => {
                upload::manifest(&request, &app, artifact, &link.name, identity.now, payload).await
            }
        },
        Err(error) => Err(error),
    };
    match received {
        // The client hands the tags of parts back when it says that all of them are there.
        Ok(etag) => HttpResponse::Ok()
            .insert_header((header::ETAG, etag))
            .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
            .insert_header((header::ACCESS_CONTROL_EXPOSE_HEADERS, "ETag"))
            .finish(),
        Err(error) => answer::error(&request, &error),
    }
}

async fn send_signed(
    request: HttpRequest,
    app: Data<App>,
    door: Data<Door>,
    identity: Identity,
    link: Path<Link>,
) -> HttpResponse {
    let purpose = match **door {
        Door::File | Door::Part => Purpose::ReadArtifactFile,
        Door::Manifest => Purpose::ReadManifest,
        Door::Archive => Purpose::ReadArchive,
    };
    let sent = match link.check(&app, purpose, &identity) {
        Ok(artifact) => match **door {
            Door::File | Door::Part => download::file(&request, &app, artifact, link.name.clone()).await,
            Door::Manifest => download::manifest(&request, &app, artifact).await,
            Door::Archive => download::archive(&app, identity.call(), artifact, &link.name).await,
        },
        Err(error) => Err(error),
    };
    sent.unwrap_or_else(|error| answer::error(&request, &error))
}

#[derive(Deserialize)]
struct InProject {
    entity: String,
    project: String,
    md5: String,
    name: String,
}

async fn send_from_project(request: HttpRequest, app: Data<App>, Caller(call): Caller, path: Path<InProject>) -> HttpResponse {
    let InProject { entity, project, md5, name } = path.into_inner();
    let sent = download::from_project(&request, &app, call, (entity, project), &md5, name).await;
    sent.unwrap_or_else(|error| answer::error(&request, &error))
}

#[derive(Deserialize)]
struct InEntity {
    entity: String,
    md5: String,
}

async fn send_from_entity(request: HttpRequest, app: Data<App>, Caller(call): Caller, path: Path<InEntity>) -> HttpResponse {
    let InEntity { entity, md5 } = path.into_inner();
    let sent = download::from_entity(&request, &app, call, entity, md5).await;
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
