//! Takes in the bytes of a run's file.

use actix_web::HttpRequest;
use actix_web::web::Payload;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::api::{App, receive};
use crate::blob::Shelf;
use crate::clock::Timestamp;
use crate::domain::files::{self, Arrival, FileName};
use crate::error::{Error, Result};
use crate::id::RunId;

pub(super) async fn receive(
    request: &HttpRequest,
    app: &App,
    run: RunId,
    name: FileName,
    now: Timestamp,
    payload: Payload,
) -> Result<()> {
    let received = receive::receive(request, app, Shelf::Runs, None, now, payload).await?;
    let size_bytes = i64::try_from(received.digests.size_bytes).map_err(Error::internal)?;
    let arrival = Arrival { key: received.key, size_bytes, md5: STANDARD.encode(received.digests.md5) };
    app.db.write(move |tx| files::finish_upload(tx, run, &name, &arrival, now)).await
}
