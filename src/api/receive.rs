//! Takes bytes in with flat memory: they go to a blob that appears when all of them have arrived and were checked.

use actix_web::HttpRequest;
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_LENGTH, HeaderName};
use actix_web::web::Payload;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use futures_util::future::try_join;

use crate::api::App;
use crate::blob::{BlobKey, Checked, Digests, Shelf};
use crate::clock::Timestamp;
use crate::disk::Work;
use crate::domain::files;
use crate::error::{Error, Result};

const CONTENT_MD5: HeaderName = HeaderName::from_static("content-md5");

/// What arrived whole. Its blob is removed a day later if nothing has come to own it by then.
pub struct Received {
    pub key: BlobKey,
    pub digests: Digests,
}

/// Stores the body of a request. `expected` is the MD5 that was announced for it beforehand, if one was; a `Content-MD5` of
/// the request counts too.
pub async fn receive(
    request: &HttpRequest,
    app: &App,
    shelf: Shelf,
    expected: Option<[u8; 16]>,
    now: Timestamp,
    payload: Payload,
) -> Result<Received> {
    app.disk.admit(if shelf == Shelf::Artifacts { Work::Artifact } else { Work::RunData })?;
    let mut upload = Checked::new(app.blobs.write(shelf).await?);
    let own = upload.key().clone();
    let noted = app.db.write(move |tx| files::expect_blob(tx, &own, now));
    let digests = match try_join(pour(&mut upload, payload), noted).await {
        Ok((digests, ())) => digests,
        Err(error) => return give_up(upload, error).await,
    };
    if let Err(error) = check(request, expected, &digests) {
        return give_up(upload, error).await;
    }
    // If what follows fails, the blob is removed later, as was noted.
    Ok(Received { key: upload.finish().await?, digests })
}

/// Whether a request says that it has a body of at most so many bytes.
pub fn is_small(request: &HttpRequest, most: u64) -> bool {
    promised_length(request).is_some_and(|length| length <= most)
}

/// The body of a small request, checked as [`receive`] does.
pub async fn receive_small(
    request: &HttpRequest,
    expected: Option<[u8; 16]>,
    most: u64,
    mut payload: Payload,
) -> Result<(Bytes, Digests)> {
    let mut body = BytesMut::new();
    while let Some(bytes) = payload.next().await {
        body.extend_from_slice(&bytes.map_err(torn)?);
        if body.len() as u64 > most {
            return Err(Error::invalid("more bytes arrived than Content-Length promised; send the file again"));
        }
    }
    let digests = Digests::of(&body);
    check(request, expected, &digests)?;
    Ok((body.freeze(), digests))
}

fn header(request: &HttpRequest, name: HeaderName) -> Option<String> {
    request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

fn promised_length(request: &HttpRequest) -> Option<u64> {
    header(request, CONTENT_LENGTH).and_then(|length| length.parse().ok())
}

/// Whether what arrived is what was promised and announced.
fn check(request: &HttpRequest, expected: Option<[u8; 16]>, digests: &Digests) -> Result<()> {
    if promised_length(request).is_some_and(|length| length != digests.size_bytes) {
        return Err(Error::invalid("fewer bytes arrived than Content-Length promised; send the file again"));
    }
    if header(request, CONTENT_MD5).is_some_and(|promised| promised != STANDARD.encode(digests.md5)) {
        return Err(Error::invalid("the bytes are not those that Content-MD5 promised; send the file again"));
    }
    if expected.is_some_and(|expected| expected != digests.md5) {
        return Err(Error::invalid("the bytes are not those that were announced; send the file again"));
    }
    Ok(())
}

fn torn(error: PayloadError) -> Error {
    Error::invalid(format!("the file did not arrive whole: {error}; send it again"))
}

/// Writes all of the payload.
async fn pour(upload: &mut Checked, mut payload: Payload) -> Result<Digests> {
    while let Some(bytes) = payload.next().await {
        upload.write(&bytes.map_err(torn)?).await?;
    }
    upload.digests().await
}

/// Removes what had arrived; the failure stays the answer.
async fn give_up<T>(upload: Checked, error: Error) -> Result<T> {
    if let Err(left) = upload.abort().await {
        tracing::warn!(cause = left.cause(), "an upload that failed left its bytes behind; the next start removes them");
    }
    Err(error)
}
