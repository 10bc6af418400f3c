//! Takes bytes in with flat memory: they go to a blob that appears when all of them have arrived and were checked.

use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_LENGTH, HeaderName};
use actix_web::web::Payload;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt as _;
use futures_util::future::try_join;
use md5::{Digest as _, Md5};

use crate::api::App;
use crate::blob::Upload;
use crate::clock::Timestamp;
use crate::domain::files::{self, Arrival, FileName};
use crate::error::{Error, Result};
use crate::id::RunId;

const CONTENT_MD5: HeaderName = HeaderName::from_static("content-md5");

pub(super) async fn receive(
    request: &HttpRequest,
    app: &App,
    run: RunId,
    name: FileName,
    now: Timestamp,
    payload: Payload,
) -> Result<()> {
    let header = |name: HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let promised_length: Option<u64> = header(CONTENT_LENGTH).and_then(|length| length.parse().ok());
    let promised_md5 = header(CONTENT_MD5);
    let mut upload = app.blobs.write().await?;
    let expected = upload.key().clone();
    let noted = app.db.write(move |tx| files::expect_blob(tx, &expected, now));
    let (size, md5) = match try_join(pour(&mut upload, payload), noted).await {
        Ok((poured, ())) => poured,
        Err(error) => return give_up(upload, error).await,
    };
    if promised_length.is_some_and(|length| length != size) {
        return give_up(upload, Error::invalid("fewer bytes arrived than Content-Length promised; send the file again")).await;
    }
    if promised_md5.is_some_and(|promised| promised != md5) {
        return give_up(upload, Error::invalid("the bytes are not those that Content-MD5 promised; send the file again")).await;
    }
    let size_bytes = i64::try_from(size).map_err(|_| Error::too_large("a file has at most 2^63 bytes"))?;
    let key = upload.finish().await?;
    let arrival = Arrival { key, size_bytes, md5 };
    // If this fails, the blob is removed later, as was noted.
    app.db.write(move |tx| files::finish_upload(tx, run, &name, &arrival, now)).await
}

/// Writes all of the payload; its size and its MD5 in base64.
async fn pour(upload: &mut Upload, mut payload: Payload) -> Result<(u64, String)> {
    let mut digest = Md5::new();
    let mut size = 0;
    while let Some(bytes) = payload.next().await {
        let bytes = bytes.map_err(|error| Error::invalid(format!("the file did not arrive whole: {error}; send it again")))?;
        digest.update(&bytes);
        size += bytes.len() as u64;
        upload.write(&bytes).await?;
    }
    Ok((size, STANDARD.encode(digest.finalize())))
}

/// Removes what had arrived; the failure stays the answer.
async fn give_up(upload: Upload, error: Error) -> Result<()> {
    if let Err(left) = upload.abort().await {
        tracing::warn!(cause = left.cause(), "an upload that failed left its bytes behind; the next start removes them");
    }
    Err(error)
}
