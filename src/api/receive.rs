//! Takes bytes in with flat memory: they go to a blob that appears when all of them have arrived and were checked.

use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_LENGTH, HeaderName};
use actix_web::web::Payload;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt as _;
use futures_util::future::try_join;
use md5::{Digest as _, Md5};
use sha2::Sha256;

use crate::api::App;
use crate::blob::{BlobKey, Shelf, Upload};
use crate::clock::Timestamp;
use crate::domain::files;
use crate::error::{Error, Result};

const CONTENT_MD5: HeaderName = HeaderName::from_static("content-md5");

/// What arrived whole. Its blob is removed a day later if nothing has come to own it by then.
pub struct Received {
    pub key: BlobKey,
    pub size_bytes: i64,
    pub md5: [u8; 16],
    pub sha256: [u8; 32],
}

impl Received {
    /// MD5 in base64, as the client sends it.
    pub fn md5_base64(&self) -> String {
        STANDARD.encode(self.md5)
    }
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
    let header = |name: HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let promised_length: Option<u64> = header(CONTENT_LENGTH).and_then(|length| length.parse().ok());
    let promised_md5 = header(CONTENT_MD5);
    let mut upload = app.blobs.write(shelf).await?;
    let own = upload.key().clone();
    let noted = app.db.write(move |tx| files::expect_blob(tx, &own, now));
    let (size, md5, sha256) = match try_join(pour(&mut upload, payload), noted).await {
        Ok((poured, ())) => poured,
        Err(error) => return give_up(upload, error).await,
    };
    if promised_length.is_some_and(|length| length != size) {
        return give_up(upload, Error::invalid("fewer bytes arrived than Content-Length promised; send the file again")).await;
    }
    if promised_md5.is_some_and(|promised| promised != STANDARD.encode(md5)) {
        return give_up(upload, Error::invalid("the bytes are not those that Content-MD5 promised; send the file again")).await;
    }
    if expected.is_some_and(|expected| expected != md5) {
        return give_up(upload, Error::invalid("the bytes are not those that were announced; send the file again")).await;
    }
    let size_bytes = i64::try_from(size).map_err(|_| Error::too_large("a file has at most 2^63 bytes"))?;
    // If what follows fails, the blob is removed later, as was noted.
    let key = upload.finish().await?;
    Ok(Received { key, size_bytes, md5, sha256 })
}

/// Writes all of the payload; its size and its digests.
async fn pour(upload: &mut Upload, mut payload: Payload) -> Result<(u64, [u8; 16], [u8; 32])> {
    let (mut md5, mut sha256) = (Md5::new(), Sha256::new());
    let mut size = 0;
    while let Some(bytes) = payload.next().await {
        let bytes = bytes.map_err(|error| Error::invalid(format!("the file did not arrive whole: {error}; send it again")))?;
        md5.update(&bytes);
        sha256.update(&bytes);
        size += bytes.len() as u64;
        upload.write(&bytes).await?;
    }
    Ok((size, md5.finalize().into(), sha256.finalize().into()))
}

/// Removes what had arrived; the failure stays the answer.
async fn give_up<T>(upload: Upload, error: Error) -> Result<T> {
    if let Err(left) = upload.abort().await {
        tracing::warn!(cause = left.cause(), "an upload that failed left its bytes behind; the next start removes them");
    }
    Err(error)
}
