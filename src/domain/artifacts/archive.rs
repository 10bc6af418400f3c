//! The files of a version for an archive. References are left out: their bytes are not here.

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt as _, TryStreamExt as _};
use serde_json::json;

use super::content_store;
use super::contents;
use super::model::Artifact;
use crate::blob::Blobs;
use crate::db::{Db, Tx};
use crate::domain::archive::{self, Entry};
use crate::domain::{Call, audit};
use crate::error::Result;

/// Entries that are read at one time.
const BATCH: usize = 500;

/// The files of a version that the caller was found to be allowed to download, as one ZIP.
pub fn archive(db: &Db, blobs: &Blobs, artifact: &Artifact) -> BoxStream<'static, Result<Bytes>> {
    archive::zip(entries(db, blobs, artifact, ""), false)
}

/// Records that the caller takes all files of a version out at once. A link says who it was given to by nothing; whoever is signed
/// in where they use it is named.
pub fn record_download(tx: &Tx<'_>, call: &Call, artifact: &Artifact) -> Result<()> {
    let details = json!({ "bytes": artifact.size_bytes });
    audit::record(tx, call, "artifact.download", "artifact", artifact.id.get(), &artifact.label(), &details)
}

/// The files of a version that the caller was found to be allowed to download, each below this folder (`name/`).
pub(in crate::domain) fn entries(
    db: &Db,
    blobs: &Blobs,
    artifact: &Artifact,
    folder: &str,
) -> BoxStream<'static, Result<Entry>> {
    let (db, blobs, id, folder) = (db.clone(), blobs.clone(), artifact.id, folder.to_owned());
    let pages = stream::try_unfold(Some(String::new()), move |after| {
        let (db, blobs, folder) = (db.clone(), blobs.clone(), folder.clone());
        async move {
            let Some(after) = after else { return Ok(None) };
            let found = db.read(move |reader| content_store::files(reader, id, &after, BATCH)).await?;
            let last = found.last().map(|(path, _)| path.clone());
            let next = last.filter(|_| found.len() == BATCH);
            let entries: Vec<Result<Entry>> = found
                .into_iter()
                .map(|(path, content)| {
                    let (db, blobs, size_bytes) = (db.clone(), blobs.clone(), Some(content.size_bytes));
                    let open = Box::pin(async move { contents::read(&db, &blobs, &content, None).await });
                    Ok(Entry { path: format!("{folder}{path}"), size_bytes, open })
                })
                .collect();
            Ok(Some((stream::iter(entries), next)))
        }
    });
    pages.try_flatten().boxed()
}
