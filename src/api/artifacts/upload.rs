//! Takes the bytes of artifacts in. Each answers the MD5 in hex, between quotes, as the tag of what arrived.

use actix_web::HttpRequest;
use actix_web::web::Payload;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::api::App;
use crate::api::receive::{self, Received};
use crate::blob::Shelf;
use crate::clock::Timestamp;
use crate::domain::artifacts::{self, Arrived};
use crate::error::{Error, Result};
use crate::id::{ArtifactId, ManifestId};

/// `{md5}/{name}`: a file.
pub(super) async fn file(
    request: &HttpRequest,
    app: &App,
    artifact: ArtifactId,
    path: &str,
    now: Timestamp,
    payload: Payload,
) -> Result<String> {
    let (md5, name) = split(path)?;
    let expected = digest(md5)?;
    let received = receive::receive(request, app, Shelf::Artifacts, Some(expected), now, payload).await?;
    let (etag, name, md5) = (etag(&received), name.to_owned(), received.md5_base64());
    let arrived = arrived(received);
    app.db.write(move |tx| artifacts::receive_file(tx, artifact, &name, &md5, &arrived, now)).await?;
    Ok(etag)
}

/// `{md5}/{number}/{name}`: a part of a file.
pub(super) async fn part(
    request: &HttpRequest,
    app: &App,
    artifact: ArtifactId,
    path: &str,
    now: Timestamp,
    payload: Payload,
) -> Result<String> {
    let (md5, rest) = split(path)?;
    let (number, name) = split(rest)?;
    let (file, number) = (STANDARD.encode(digest(md5)?), number.parse().map_err(|_| Error::not_found("part"))?);
    let (named, whole) = (name.to_owned(), file.clone());
    let expected = app.db.read(move |db| artifacts::part_md5(db, artifact, (&named, &whole), number)).await?;
    let received = receive::receive(request, app, Shelf::Artifacts, Some(expected), now, payload).await?;
    let (etag, name, arrived) = (etag(&received), name.to_owned(), arrived(received));
    app.db.write(move |tx| artifacts::receive_part(tx, artifact, (&name, &file), number, &arrived, now)).await?;
    Ok(etag)
}

/// `{id}/{name}`: a manifest.
pub(super) async fn manifest(
    request: &HttpRequest,
    app: &App,
    artifact: ArtifactId,
    path: &str,
    now: Timestamp,
    payload: Payload,
) -> Result<String> {
    let (id, _) = split(path)?;
    let id = ManifestId::new(id.parse().map_err(|_| Error::not_found("manifest"))?);
    let expected = app.db.read(move |db| artifacts::manifest_md5(db, artifact, id)).await?;
    let received = receive::receive(request, app, Shelf::Artifacts, expected, now, payload).await?;
    let (etag, arrived) = (etag(&received), arrived(received));
    app.db.write(move |tx| artifacts::receive_manifest(tx, artifact, id, &arrived, now)).await?;
    Ok(etag)
}

fn split(path: &str) -> Result<(&str, &str)> {
    path.split_once('/').ok_or_else(|| Error::not_found("file"))
}

fn digest(md5: &str) -> Result<[u8; 16]> {
    let bytes = hex::decode(md5).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| Error::not_found("file"))
}

fn etag(received: &Received) -> String {
    format!("\"{}\"", hex::encode(received.md5))
}

fn arrived(received: Received) -> Arrived {
    let md5 = received.md5_base64();
    Arrived { key: received.key, size_bytes: received.size_bytes, md5, sha256: received.sha256 }
}
