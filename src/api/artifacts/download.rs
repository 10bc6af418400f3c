//! Gives the bytes of artifacts out.

use actix_web::{HttpRequest, HttpResponse};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::api::App;
use crate::api::send::{self, Sent};
use crate::domain::Call;
use crate::domain::artifacts::{self, Content};
use crate::error::{Error, Result};
use crate::id::ArtifactId;

pub(super) async fn file(request: &HttpRequest, app: &App, artifact: ArtifactId, path: String) -> Result<HttpResponse> {
    let name = path.clone();
    let content = app.db.read(move |db| artifacts::entry_content(db, artifact, &path)).await?;
    give(request, app, content, &name).await
}

pub(super) async fn manifest(request: &HttpRequest, app: &App, artifact: ArtifactId) -> Result<HttpResponse> {
    let found = app.db.read(move |db| artifacts::manifest_content(db, artifact)).await?;
    let (name, content) = found.ok_or_else(|| Error::not_found("manifest"))?;
    give(request, app, Some(content), &name).await
}

/// All files of a version as one.
pub(super) async fn archive(app: &App, call: Call, id: ArtifactId, name: &str) -> Result<HttpResponse> {
    let artifact = app.db.read(move |db| artifacts::committed(db, id)).await?;
    let taken = artifact.clone();
    app.db.write(move |tx| artifacts::record_download(tx, &call, &taken)).await?;
    Ok(send::archive(name, artifacts::archive(&app.db, &app.blobs, &artifact)))
}

pub(super) async fn from_project(
    request: &HttpRequest,
    app: &App,
    call: Call,
    (entity, project): (String, String),
    md5: &str,
    name: String,
) -> Result<HttpResponse> {
    let md5 = base64_of(md5)?;
    let found = app.db.read(move |db| artifacts::content_for_project(db, &call, &entity, &project, &md5)).await?;
    give(request, app, found, &name).await
}

pub(super) async fn from_entity(
    request: &HttpRequest,
    app: &App,
    call: Call,
    entity: String,
    md5: String,
) -> Result<HttpResponse> {
    let digest = base64_of(&md5)?;
    let found = app.db.read(move |db| artifacts::content_for_entity(db, &call, &entity, &digest)).await?;
    give(request, app, found, &md5).await
}

/// The MD5 that an address has in hex, as the store has it.
fn base64_of(hex_md5: &str) -> Result<String> {
    let bytes = hex::decode(hex_md5).map_err(|_| Error::not_found("file"))?;
    Ok(STANDARD.encode(bytes))
}

async fn give(request: &HttpRequest, app: &App, content: Option<Content>, name: &str) -> Result<HttpResponse> {
    let content = content.ok_or_else(|| Error::not_found("file"))?;
    let base_name = name.rsplit('/').next().unwrap_or(name).to_owned();
    let mime_type = mime_guess::from_path(&base_name).first_or_octet_stream().to_string();
    let (size_bytes, tag) = (content.size_bytes, content.md5.clone());
    let sent = Sent { size_bytes, tag, mime_type, base_name };
    send::send(request, sent, async |range| artifacts::read(&app.db, &app.blobs, &content, range).await).await
}
