//! `/authorities.pem`: the certificates that clients are to trust, of who runs this server with an authority of their own.

use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use crate::api::{App, answer};
use crate::error::{Error, Result};

pub(super) fn routes(config: &mut ServiceConfig) {
    config.route("/authorities.pem", web::get().to(download));
}

/// The operator's own authorities, and the certificate that the server signed itself, as one PEM file. For everybody: who has
/// no reason to trust this server yet compares them with what the operator says.
#[utoipa::path(get, path = "/api/v1/authorities.pem", tag = "System", security(()),
    responses((status = 200, description = "Certificates in PEM.", body = String, content_type = "application/x-pem-file"),
              (status = 404, description = "There are none.")))]
async fn download(request: HttpRequest, app: Data<App>) -> HttpResponse {
    match read(&app).await {
        Ok(text) => HttpResponse::Ok()
            .content_type("application/x-pem-file")
            .insert_header(("Content-Disposition", "attachment; filename=\"runstead-ca.pem\""))
            .body(text),
        Err(error) => answer::error(&request, &error),
    }
}

async fn read(app: &App) -> Result<String> {
    let files = app.subject.own_roots.clone();
    let found =
        tokio::task::spawn_blocking(move || crate::outbound::certificates_of(&files)).await.map_err(Error::internal)??;
    if found.is_empty() { Err(Error::not_found("an authority of this server's own")) } else { Ok(found) }
}
