//! Takes the bytes of artifacts in. Each answers the MD5 in hex, between quotes, as the tag of what arrived.

use actix_web::HttpRequest;
use actix_web::web::Payload;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::api::App;
use crate::api::receive::{self, Received};
use crate::blob::Shelf;
use crate::clock::Timestamp;
use crate::domain::artifacts::{self, Arrived, ArrivedBytes};
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
    let arrived = take(request, app, Some(expected), now, payload).await?;
    let (etag, name, md5) = (etag(&arrived), name.to_owned(), arrived.md5());
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
    // Parts are blobs, however small: they are put together and gone soon.
    let Received { key, digests } = receive::receive(request, app, Shelf::Artifacts, Some(expected), now, payload).await?;
    let (etag, name) = (format!("\"{}\"", hex::encode(digests.md5)), name.to_owned());
    app.db.write(move |tx| artifacts::receive_part(tx, artifact, (&name, &file), number, &key, now)).await?;
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
    let arrived = take(request, app, expected, now, payload).await?;
    let etag = etag(&arrived);
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

fn etag(arrived: &Arrived) -> String {
    format!("\"{}\"", hex::encode(arrived.digests.md5))
}

/// Small files go to the database with what is said of them, large ones to blobs.
async fn take(
    request: &HttpRequest,
    app: &App,
    expected: Option<[u8; 16]>,
    now: Timestamp,
    payload: Payload,
) -> Result<Arrived> {
    if receive::is_small(request, artifacts::SMALL_BYTES_MAX) {
        let (bytes, digests) = receive::receive_small(request, expected, artifacts::SMALL_BYTES_MAX, payload).await?;
        return Ok(Arrived { bytes: ArrivedBytes::Small(bytes), digests });
    }
    let Received { key, digests } = receive::receive(request, app, Shelf::Artifacts, expected, now, payload).await?;
    Ok(Arrived { bytes: ArrivedBytes::Blob(key), digests })
}
