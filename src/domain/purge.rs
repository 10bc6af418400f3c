//! Forgets secrets that were shown, and frees what deleted runs leave behind once their time in the trash is over. Ends what
//! is over of artifacts, and frees that too. Each step may be repeated.

use crate::clock::Timestamp;
use crate::db::Db;
use crate::domain::{artifacts, files, history, runs, service_accounts};
use crate::error::Result;

/// Deleted runs that one call frees at most.
const BATCH: i64 = 50;

/// Frees some deleted runs and versions of artifacts; returns how many.
pub async fn purge(db: &Db, streams: &Db, now: Timestamp) -> Result<usize> {
    db.write(move |tx| service_accounts::forget_stale(tx, now)).await?;
    let ids = db.read(move |reader| runs::trash::to_purge(reader, now, BATCH)).await?;
    let count = ids.len();
    for id in ids {
        // Streams lie in a database of their own: what is freed must be beyond restoring before the first of it goes.
        if !db.write(move |tx| runs::trash::give_up(tx, id, now)).await? {
            continue;
        }
        streams.write(move |tx| history::delete(tx, id)).await?;
        db.write(move |tx| {
            files::delete_of_run(tx, id, now)?;
            runs::trash::set_purged(tx, id, now)
        })
        .await?;
    }
    artifacts::expire(db, now).await?;
    Ok(count + artifacts::free_deleted(db, now).await?)
}
