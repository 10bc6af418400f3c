//! `/teams/{team}/avatar`: the picture of a team.

use actix_web::http::{StatusCode, header};
use actix_web::web::{self, Bytes, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::listing::Refusals;
use super::teams;
use crate::api::{App, Caller, answer};
use crate::domain::Call;
use crate::domain::teams::avatar::{self, Avatar};
use crate::error::{Error, Result};

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(
        web::resource("/teams/{team}/avatar")
            .app_data(web::PayloadConfig::new(avatar::BYTES_MAX))
            .route(web::get().to(show))
            .route(web::put().to(set))
            .route(web::delete().to(remove)),
    );
}

/// What the picture of a team is known by.
#[derive(Serialize, ToSchema)]
pub(super) struct AvatarShown {
    /// As `avatar` of the team.
    digest: String,
}

/// The picture of a team, a PNG of 192 × 192 pixels, for those who may know of the team.
#[utoipa::path(get, path = "/api/v1/teams/{team}/avatar", tag = "Teams", params(("team" = String, Path)),
    responses((status = 200, content_type = "image/png", description = "The picture."),
              (status = 304, description = "It is the one that the caller has."), Refusals))]
async fn show(request: HttpRequest, app: Data<App>, Caller(call): Caller, name: Path<String>) -> HttpResponse {
    let found = app.db.read(move |reader| {
        call.actor.signed_in()?;
        avatar::find(reader, &call, &name)
    });
    let found = found.await;
    let (png, digest) = match found {
        Ok(found) => found,
        Err(error) => return answer::error(&request, &error),
    };
    let tag = format!("\"{digest}\"");
    let known = request.headers().get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header((header::ETAG, tag))
        .insert_header((header::CACHE_CONTROL, "private, no-cache"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"));
    if known { response.finish() } else { response.content_type("image/png").body(png) }
}

/// Gives a team a picture, for its admins: a PNG, JPEG, GIF or WebP file of at most 4 MiB as the body, whatever its
/// `Content-Type`. It is cut to a square and encoded anew.
#[utoipa::path(put, path = "/api/v1/teams/{team}/avatar", tag = "Teams", params(("team" = String, Path)),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = AvatarShown), Refusals))]
async fn set(
    request: HttpRequest,
    app: Data<App>,
    Caller(call): Caller,
    name: Path<String>,
    sent: Result<Bytes, actix_web::Error>,
) -> HttpResponse {
    let done = change(&app, call, name.into_inner(), sent).await;
    answer::json(&request, StatusCode::OK, done.map(|digest| AvatarShown { digest }))
}

async fn change(app: &App, call: Call, name: String, sent: Result<Bytes, actix_web::Error>) -> Result<String> {
    call.actor.signed_in()?;
    let sent = sent.map_err(|error| match error.as_response_error().status_code() {
        StatusCode::PAYLOAD_TOO_LARGE => Error::too_large(format!("a picture has at most {} MiB", avatar::BYTES_MAX >> 20)),
        _ => Error::invalid(format!("the picture did not arrive whole: {error}")),
    })?;
    // Who may not change it costs no more than being told so.
    let (asked, of) = (call.clone(), name.clone());
    app.db
        .read(move |reader| {
            teams::named(reader, &asked, &of)?;
            avatar::may_change(reader, &asked, &of)
        })
        .await?;
    let made = web::block(move || Avatar::of(&sent)).await.map_err(Error::internal)??;
    app.db.write(move |tx| avatar::set(tx, &call, &name, &made)).await
}

/// Takes the picture of a team away, for its admins.
#[utoipa::path(delete, path = "/api/v1/teams/{team}/avatar", tag = "Teams", params(("team" = String, Path)),
    responses((status = 204), Refusals))]
async fn remove(request: HttpRequest, app: Data<App>, Caller(call): Caller, name: Path<String>) -> HttpResponse {
    let work = move |tx: &crate::db::Tx<'_>| {
        teams::named(tx, &call, &name)?;
        avatar::remove(tx, &call, &name)
    };
    answer::empty(&request, app.db.write(work).await)
}
