//! Files of runs: their names, and where their bytes lie. A name is there before its bytes; it is listed once they arrived.

mod model;
mod name;
mod signer;
mod store;

pub use model::File;
pub use name::FileName;
pub use signer::{Purpose, Signer, download_url, history_url, probe_url, upload_url};

use std::time::Duration;

use crate::blob::{BlobKey, Blobs};
use crate::clock::Timestamp;
use crate::db::{Db, Reader, Tx};
use crate::domain::runs::Run;
use crate::domain::{Call, audit};
use crate::error::{Error, Result};
use crate::id::{EntityId, FileId, ProjectId, RunId};
use crate::page::{Cursor, Page};

/// How long the bytes of a deleted file stay for downloads that are about to read them.
const DOWNLOAD_PATIENCE: Duration = Duration::from_secs(60);
/// How long an upload may take from its first byte to its last.
const UPLOAD_PATIENCE: Duration = Duration::from_secs(24 * 3600);

/// What arrived.
#[derive(Clone, Debug)]
pub struct Arrival {
    pub key: BlobKey,
    pub size_bytes: i64,
    /// MD5 in base64.
    pub md5: String,
}

/// Makes the names of files whose bytes are to come, in the order asked. The caller was found to be allowed to write.
pub fn prepare_uploads(tx: &Tx, call: &Call, run: &Run, names: &[String]) -> Result<Vec<File>> {
    names
        .iter()
        .map(|name| {
            let name = FileName::parse(name)?;
            store::ensure(tx, run.id, &name, call.now)
        })
        .collect()
}

/// The files of a run by name. With `names` those alone, in the order asked, whether or not their bytes have arrived (clients
/// of before 2023 ask so for the link to send them to); with `pattern` those whose
/// names it matches (`%` any text, `_` any character).
pub fn list(
    db: &Reader,
    run: RunId,
    names: &[String],
    pattern: Option<&str>,
    after: Option<&str>,
    first: usize,
) -> Result<Page<File>> {
    if !names.is_empty() {
        let mut items = Vec::with_capacity(names.len());
        for name in names {
            let Ok(name) = FileName::parse(name) else { continue };
            let file = store::by_name(db, run, name.as_str())?.unwrap_or_else(|| File::unknown(&name));
            items.push((Cursor::encode(&file.name), file));
        }
        return Ok(Page { items, has_next: false });
    }
    let after: String = after.map(Cursor::decode).transpose()?.unwrap_or_default();
    let mut found = store::list(db, run, pattern.unwrap_or("%"), &after, first + 1)?;
    let has_next = found.len() > first;
    found.truncate(first);
    Ok(Page { items: found.into_iter().map(|file| (Cursor::encode(&file.name), file)).collect(), has_next })
}

/// Files of a run whose bytes have arrived, with where they lie, by name, after one of them.
pub(in crate::domain) fn stored(db: &Reader, run: RunId, after: &str, limit: usize) -> Result<Vec<(File, BlobKey)>> {
    store::stored(db, run, after, limit)
}

/// How many files of a run have arrived.
pub fn count(db: &Reader, run: RunId) -> Result<i64> {
    store::count(db, run)
}

/// The file of that name, if its bytes have arrived, with where they lie.
pub fn find(db: &Reader, run: RunId, name: &FileName) -> Result<Option<(File, BlobKey)>> {
    store::with_blob(db, run, name.as_str())
}

/// Notes that a blob is about to appear, so that it is removed a day later if no file has come to own it by then: a crash
/// between the two leaves nothing behind for good.
pub fn expect_blob(tx: &Tx, key: &BlobKey, now: Timestamp) -> Result<()> {
    store::discard_key(tx, key, now.plus(UPLOAD_PATIENCE))
}

/// A blob that was expected has come to be owned; false if it was given up meanwhile.
pub(in crate::domain) fn own_blob(tx: &Tx, key: &BlobKey) -> Result<bool> {
    store::forget_garbage(tx, key)
}

/// Nothing refers to a blob any more.
pub(in crate::domain) fn discard(tx: &Tx, key: &BlobKey, now: Timestamp) -> Result<()> {
    store::discard_now(tx, key, now)
}

/// Puts what arrived under its name, in place of what was there.
pub fn finish_upload(tx: &Tx, run: RunId, name: &FileName, arrival: &Arrival, now: Timestamp) -> Result<()> {
    if !store::run_is_there(tx, run)? {
        return Err(Error::not_found("run"));
    }
    if !store::forget_garbage(tx, &arrival.key)? {
        return Err(Error::conflict("the upload took longer than a day; send the file again"));
    }
    let file = store::ensure(tx, run, name, now)?;
    store::discard_blob(tx, file.id, now)?;
    store::set_blob(tx, file.id, arrival, now)
}

/// Puts what arrived under its name for a run that is on its way in, with the moment that it was written at where it comes from.
pub(in crate::domain) fn take_in(tx: &Tx, run: RunId, name: &FileName, arrival: &Arrival, written: Timestamp) -> Result<()> {
    if !store::forget_garbage(tx, &arrival.key)? {
        return Err(Error::conflict("the file took longer than a day; begin again"));
    }
    let file = store::ensure(tx, run, name, written)?;
    store::discard_blob(tx, file.id, written)?;
    store::set_blob(tx, file.id, arrival, written)
}

/// The client says that these were sent. What counts is whether they arrived, so this only notes the time.
pub fn mark_uploaded(tx: &Tx, run: RunId, names: &[String], now: Timestamp) -> Result<()> {
    for name in names {
        if let Ok(name) = FileName::parse(name) {
            store::touch(tx, run, name.as_str(), now)?;
        }
    }
    Ok(())
}

/// The run that a file belongs to.
pub fn run_of(db: &Reader, id: FileId) -> Result<Option<RunId>> {
    store::run_of(db, id)
}

/// Deletes a file of a run that the caller was found to be allowed to delete from.
pub fn delete(tx: &Tx, call: &Call, run: &Run, id: FileId) -> Result<()> {
    store::discard_blob(tx, id, call.now)?;
    store::delete(tx, id)?;
    audit::record(tx, call, "file.delete", "run", run.id.get(), &run.name, &serde_json::json!({ "file": id.get() }))
}

/// Deletes all files of a run.
pub(in crate::domain) fn delete_of_run(tx: &Tx, run: RunId, now: Timestamp) -> Result<()> {
    for id in store::ids_of_run(tx, run)? {
        store::discard_blob(tx, id, now)?;
        store::delete(tx, id)?;
    }
    Ok(())
}

/// Bytes that the files of an entity's runs take.
pub fn bytes_of_entity(db: &Reader, entity: EntityId) -> Result<i64> {
    store::bytes_of_entity(db, entity)
}

/// How many blobs nothing refers to, uploads under way included, and how many of them may be removed by now.
pub fn garbage_counts(db: &Reader, now: Timestamp) -> Result<(i64, i64)> {
    store::garbage_counts(db, now.minus(DOWNLOAD_PATIENCE))
}

/// Bytes that the files of a project's runs take.
pub fn bytes_of_project(db: &Reader, project: ProjectId) -> Result<i64> {
    store::bytes_of_project(db, project)
}

/// Removes blobs that nothing refers to any more; returns how many. While a backup copies them, none.
pub async fn collect_garbage(db: &Db, blobs: &Blobs, now: Timestamp) -> Result<usize> {
    let Some(_right) = blobs.may_delete()? else {
        return Ok(0);
    };
    let before = now.minus(DOWNLOAD_PATIENCE);
    let keys = db.read(move |reader| store::garbage(reader, before, 500)).await?;
    let count = keys.len();
    for key in keys {
        blobs.delete(&key).await?;
        db.write(move |tx| store::forget_garbage(tx, &key).map(|_| ())).await?;
    }
    Ok(count)
}
