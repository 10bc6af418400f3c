//! The bytes of a run's file.

use actix_web::{HttpRequest, HttpResponse};

use crate::api::App;
use crate::api::send::{self, Sent};
use crate::domain::files::{self, FileName};
use crate::error::{Error, Result};
use crate::id::RunId;

pub(super) async fn send(request: &HttpRequest, app: &App, run: RunId, name: FileName) -> Result<HttpResponse> {
    let base_name = name.base().to_owned();
    let found = app.db.read(move |db| files::find(db, run, &name)).await?;
    let (file, key) = found.ok_or_else(|| Error::not_found("file"))?;
    let md5 = file.md5.unwrap_or_default();
    let sent = Sent { size_bytes: file.size_bytes, tag: md5, mime_type: file.mime_type, base_name };
    send::send(request, sent, async |range| app.blobs.read(&key, range).await).await
}
