//! What checks read from the databases.

use crate::clock::Timestamp;
use crate::db::Reader;
use crate::error::Result;

/// A blob with what its row says of it.
pub(super) struct Described {
    pub key: String,
    pub size_bytes: i64,
    /// In base64.
    pub md5: String,
}

/// The last moment that anything was noted at.
pub(super) fn newest_moment(db: &Reader<'_>) -> Result<Option<Timestamp>> {
    let newest = "SELECT MAX(at) AS at FROM (SELECT MAX(at) AS at FROM audit UNION ALL SELECT MAX(created_at) FROM runs)";
    db.query_one(newest, &[], |row| row.get("at"))
}

/// Some blobs, others at each call.
pub(super) fn some_blobs(db: &Reader<'_>, count: i64) -> Result<Vec<Described>> {
    let sql = "SELECT blob_key, size_bytes, md5 FROM (
                 SELECT blob_key, size_bytes, md5 FROM contents WHERE blob_key NOT LIKE 'row/%'
                 UNION ALL SELECT blob_key, size_bytes, md5 FROM run_files WHERE blob_key IS NOT NULL AND md5 IS NOT NULL)
                ORDER BY random() LIMIT ?1";
    db.query(sql, &[&count], |row| {
        Ok(Described { key: row.get("blob_key")?, size_bytes: row.get("size_bytes")?, md5: row.get("md5")? })
    })
}

/// Blobs that are known and have no owner: they wait to be removed, or their upload is under way.
pub(super) fn waiting_blobs(db: &Reader<'_>) -> Result<Vec<String>> {
    db.query("SELECT blob_key FROM blob_garbage", &[], |row| row.get("blob_key"))
}

/// How many blobs should have been removed before a moment.
pub(super) fn overdue_blobs(db: &Reader<'_>, before: Timestamp) -> Result<i64> {
    db.query_one("SELECT COUNT(*) AS count FROM blob_garbage WHERE created_at < ?1", &[&before], |row| row.get("count"))
}

/// Segments that are written or given up right now included.
pub(super) fn all_segments(db: &Reader<'_>) -> Result<Vec<String>> {
    db.query("SELECT blob_key FROM segments", &[], |row| row.get("blob_key"))
}
