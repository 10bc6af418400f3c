//! Takes in the bytes of a run's file.

use actix_web::HttpRequest;
use actix_web::web::Payload;

use crate::api::{App, receive};
use crate::blob::Shelf;
use crate::clock::Timestamp;
use crate::domain::files::{self, Arrival, FileName};
use crate::error::Result;
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
    let md5 = received.md5_base64();
    let arrival = Arrival { key: received.key, size_bytes: received.size_bytes, md5 };
    app.db.write(move |tx| files::finish_upload(tx, run, &name, &arrival, now)).await
}
