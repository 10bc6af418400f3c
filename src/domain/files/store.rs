//! The tables of files, of blobs to remove, and of keys that sign links.

use super::{Arrival, File, FileName};
use crate::blob::BlobKey;
use crate::clock::Timestamp;
use crate::db::{Reader, Row, Tx};
use crate::error::Result;
use crate::id::{EntityId, FileId, ProjectId, RunId};

const COLUMNS: &str = "id, name, size_bytes, md5, mime_type, updated_at";

fn file(row: &Row<'_>) -> Result<File> {
    Ok(File {
        id: row.get("id")?,
        name: row.get("name")?,
        size_bytes: row.get("size_bytes")?,
        md5: row.get("md5")?,
        mime_type: row.get("mime_type")?,
        updated_at: row.get("updated_at")?,
    })
}

pub(super) fn ensure(tx: &Tx, run: RunId, name: &FileName, now: Timestamp) -> Result<File> {
    tx.execute(
        "INSERT INTO run_files (run_id, name, mime_type, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?4)
         ON CONFLICT (run_id, name) DO NOTHING",
        &[&run, &name.as_str(), &name.mime_type(), &now],
    )?;
    tx.query_one(&format!("SELECT {COLUMNS} FROM run_files WHERE run_id = ?1 AND name = ?2"), &[&run, &name.as_str()], file)
}

pub(super) fn by_name(db: &Reader, run: RunId, name: &str) -> Result<Option<File>> {
    db.query_opt(&format!("SELECT {COLUMNS} FROM run_files WHERE run_id = ?1 AND name = ?2"), &[&run, &name], file)
}

pub(super) fn with_blob(db: &Reader, run: RunId, name: &str) -> Result<Option<(File, BlobKey)>> {
    // A link outlives its run by up to an hour; the bytes do not.
    let sql = format!(
        "SELECT {COLUMNS}, blob_key FROM run_files
          WHERE run_id = ?1 AND name = ?2 AND blob_key IS NOT NULL
            AND EXISTS (SELECT 1 FROM runs WHERE runs.id = ?1 AND runs.deleted_at IS NULL)"
    );
    db.query_opt(&sql, &[&run, &name], |row| Ok((file(row)?, BlobKey::stored(row.get("blob_key")?))))
}

pub(super) fn list(db: &Reader, run: RunId, pattern: &str, after: &str, limit: usize) -> Result<Vec<File>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM run_files
          WHERE run_id = ?1 AND blob_key IS NOT NULL AND name LIKE ?2 AND name > ?3 ORDER BY name LIMIT ?4"
    );
    db.query(&sql, &[&run, &pattern, &after, &(limit as i64)], file)
}

pub(super) fn stored(db: &Reader, run: RunId, after: &str, limit: usize) -> Result<Vec<(File, BlobKey)>> {
    let sql = format!(
        "SELECT {COLUMNS}, blob_key FROM run_files
          WHERE run_id = ?1 AND blob_key IS NOT NULL AND name > ?2 ORDER BY name LIMIT ?3"
    );
    db.query(&sql, &[&run, &after, &(limit as i64)], |row| Ok((file(row)?, BlobKey::stored(row.get("blob_key")?))))
}

pub(super) fn count(db: &Reader, run: RunId) -> Result<i64> {
    db.query_one("SELECT COUNT(*) AS files FROM run_files WHERE run_id = ?1 AND blob_key IS NOT NULL", &[&run], |row| {
        row.get("files")
    })
}

pub(super) fn run_is_there(db: &Reader, run: RunId) -> Result<bool> {
    let found =
        db.query_opt("SELECT id FROM runs WHERE id = ?1 AND deleted_at IS NULL", &[&run], |row| row.get::<RunId>("id"))?;
    Ok(found.is_some())
}

/// Marks the bytes of a file for removal, if it has any.
pub(super) fn discard_blob(tx: &Tx, id: FileId, now: Timestamp) -> Result<()> {
    tx.execute(
        "INSERT INTO blob_garbage (blob_key, created_at)
         SELECT blob_key, ?2 FROM run_files WHERE id = ?1 AND blob_key IS NOT NULL
         ON CONFLICT (blob_key) DO NOTHING",
        &[&id, &now],
    )?;
    Ok(())
}

pub(super) fn set_blob(tx: &Tx, id: FileId, arrival: &Arrival, now: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE run_files SET blob_key = ?2, size_bytes = ?3, md5 = ?4, updated_at = ?5 WHERE id = ?1",
        &[&id, &arrival.key.as_str(), &arrival.size_bytes, &arrival.md5, &now],
    )?;
    Ok(())
}

pub(super) fn touch(tx: &Tx, run: RunId, name: &str, now: Timestamp) -> Result<()> {
    tx.execute("UPDATE run_files SET updated_at = ?3 WHERE run_id = ?1 AND name = ?2", &[&run, &name, &now])?;
    Ok(())
}

pub(super) fn run_of(db: &Reader, id: FileId) -> Result<Option<RunId>> {
    db.query_opt("SELECT run_id FROM run_files WHERE id = ?1", &[&id], |row| row.get("run_id"))
}

pub(super) fn ids_of_run(db: &Reader, run: RunId) -> Result<Vec<FileId>> {
    db.query("SELECT id FROM run_files WHERE run_id = ?1", &[&run], |row| row.get("id"))
}

pub(super) fn delete(tx: &Tx, id: FileId) -> Result<()> {
    tx.execute("DELETE FROM run_files WHERE id = ?1", &[&id])?;
    Ok(())
}

pub(super) fn bytes_of_entity(db: &Reader, entity: EntityId) -> Result<i64> {
    db.query_one(
        "SELECT COALESCE(SUM(run_files.size_bytes), 0) AS bytes FROM run_files
           JOIN runs ON runs.id = run_files.run_id
           JOIN projects ON projects.id = runs.project_id
          WHERE projects.entity_id = ?1",
        &[&entity],
        |row| row.get("bytes"),
    )
}

pub(super) fn bytes_of_project(db: &Reader, project: ProjectId) -> Result<i64> {
    db.query_one(
        "SELECT COALESCE(SUM(run_files.size_bytes), 0) AS bytes FROM run_files JOIN runs ON runs.id = run_files.run_id
          WHERE runs.project_id = ?1",
        &[&project],
        |row| row.get("bytes"),
    )
}

pub(super) fn garbage(db: &Reader, before: Timestamp, limit: i64) -> Result<Vec<BlobKey>> {
    db.query("SELECT blob_key FROM blob_garbage WHERE created_at < ?1 LIMIT ?2", &[&before, &limit], |row| {
        Ok(BlobKey::stored(row.get("blob_key")?))
    })
}

/// How many blobs nothing refers to, uploads under way included, and how many of them may be removed by now.
pub(super) fn garbage_counts(db: &Reader, before: Timestamp) -> Result<(i64, i64)> {
    let sql = "SELECT COUNT(*) AS held, COALESCE(SUM(created_at < ?1), 0) AS due FROM blob_garbage";
    db.query_one(sql, &[&before], |row| Ok((row.get("held")?, row.get("due")?)))
}

/// Notes that a blob is to be removed, not before that moment.
pub(super) fn discard_key(tx: &Tx, key: &BlobKey, at: Timestamp) -> Result<()> {
    tx.execute("INSERT INTO blob_garbage (blob_key, created_at) VALUES (?1, ?2)", &[&key.as_str(), &at])?;
    Ok(())
}

/// Notes that a blob is to be removed now, whatever was noted of it before.
pub(super) fn discard_now(tx: &Tx, key: &BlobKey, now: Timestamp) -> Result<()> {
    tx.execute(
        "INSERT INTO blob_garbage (blob_key, created_at) VALUES (?1, ?2)
         ON CONFLICT (blob_key) DO UPDATE SET created_at = excluded.created_at",
        &[&key.as_str(), &now],
    )?;
    Ok(())
}

/// A blob is not to be removed, or has been; whether it was noted.
pub(super) fn forget_garbage(tx: &Tx, key: &BlobKey) -> Result<bool> {
    Ok(tx.execute("DELETE FROM blob_garbage WHERE blob_key = ?1", &[&key.as_str()])? > 0)
}

pub(super) fn signing_keys(db: &Reader) -> Result<Vec<Vec<u8>>> {
    db.query("SELECT secret FROM signing_keys ORDER BY id DESC", &[], |row| row.get("secret"))
}

pub(super) fn add_signing_key(tx: &Tx, secret: &[u8; 32], now: Timestamp) -> Result<()> {
    tx.execute("INSERT INTO signing_keys (secret, created_at) VALUES (?1, ?2)", &[secret, &now])?;
    Ok(())
}
