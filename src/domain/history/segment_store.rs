//! The SQL of segments: which files there are, and who points into them.

use crate::blob::BlobKey;
use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::error::Result;

/// The key and the length of every segment, and whether a chunk points into it.
pub(super) fn all(db: &Reader<'_>) -> Result<Vec<(BlobKey, u64, bool)>> {
    db.query(
        "SELECT blob_key, size_bytes, EXISTS (SELECT 1 FROM chunks WHERE chunks.segment_id = segments.id) AS used FROM segments",
        &[],
        |row| Ok((BlobKey::stored(row.get("blob_key")?), row.get::<i64>("size_bytes")? as u64, row.get("used")?)),
    )
}

/// Notes that a segment is about to be written; it is given up at `free_after` if nothing points into it by then.
pub(super) fn add_segment(tx: &Tx<'_>, key: &BlobKey, size_bytes: i64, free_after: Timestamp) -> Result<i64> {
    tx.execute(
        "INSERT INTO segments (blob_key, size_bytes, free_after) VALUES (?1, ?2, ?3)",
        &[&key.as_str(), &size_bytes, &free_after],
    )?;
    tx.query_one("SELECT id FROM segments WHERE blob_key = ?1", &[&key.as_str()], |row| row.get("id"))
}

/// Notes that a segment is in use; false if it has been given up.
pub(super) fn keep_segment(tx: &Tx<'_>, segment: i64) -> Result<bool> {
    Ok(tx.execute("UPDATE segments SET free_after = NULL WHERE id = ?1 AND given_up = 0", &[&segment])? == 1)
}

/// A segment that may have no user left.
pub(super) struct Unused {
    pub id: i64,
    pub key: BlobKey,
    /// Whether it was seen without a user for the first time just now.
    pub first_seen: bool,
}

/// Segments that may be without users at that time, at most `limit`.
pub(super) fn unused(db: &Reader<'_>, now: Timestamp, limit: i64) -> Result<Vec<Unused>> {
    db.query(
        "SELECT id, blob_key, free_after FROM segments WHERE free_after <= ?1 ORDER BY free_after LIMIT ?2",
        &[&now, &limit],
        |row| {
            Ok(Unused {
                id: row.get("id")?,
                key: BlobKey::stored(row.get("blob_key")?),
                first_seen: row.get::<i64>("free_after")? == 0,
            })
        },
    )
}

/// How many chunks point into a segment.
pub(super) fn users(db: &Reader<'_>, segment: i64) -> Result<i64> {
    db.query_one("SELECT count(*) AS users FROM chunks WHERE segment_id = ?1", &[&segment], |row| row.get("users"))
}

/// Lets a segment wait until it is looked at again.
pub(super) fn postpone_segment(tx: &Tx<'_>, segment: i64, free_after: Timestamp) -> Result<()> {
    tx.execute("UPDATE segments SET free_after = ?2 WHERE id = ?1", &[&segment, &free_after])?;
    Ok(())
}

/// From now on nothing can point into a segment.
pub(super) fn give_up_segment(tx: &Tx<'_>, segment: i64) -> Result<()> {
    tx.execute("UPDATE segments SET given_up = 1 WHERE id = ?1", &[&segment])?;
    Ok(())
}

/// Forgets a segment whose bytes are gone.
pub(super) fn remove_segment(tx: &Tx<'_>, segment: i64) -> Result<()> {
    tx.execute("DELETE FROM segments WHERE id = ?1 AND given_up = 1", &[&segment])?;
    Ok(())
}
