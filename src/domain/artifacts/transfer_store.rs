//! The SQL of versions on their way to another server and in from one.

use super::contents::Content;
use crate::clock::Timestamp;
use crate::db::{Reader, Row, Tx};
use crate::error::{Error, Result};
use crate::id::{ArtifactId, CollectionId, ContentId, ProjectId, RunId};

/// A file or reference of a version.
#[derive(Clone, Debug)]
pub(in crate::domain) struct Line {
    pub path: String,
    pub digest: String,
    pub size_bytes: i64,
    /// Of a file, of its bytes.
    pub sha256: Option<[u8; 32]>,
    pub reference: Option<String>,
}

/// A run that made or used a version.
#[derive(Clone, Debug)]
pub(in crate::domain) struct Tie {
    pub run: RunId,
    pub used_as: Option<String>,
    pub at: Timestamp,
}

fn digest(row: &Row<'_>) -> Result<Option<[u8; 32]>> {
    let bytes: Option<Vec<u8>> = row.get("sha256")?;
    let read = |bytes: Vec<u8>| bytes.try_into().map_err(|_| Error::internal("contents.sha256 holds no SHA-256"));
    bytes.map(read).transpose()
}

pub(super) fn versions_of(db: &Reader, project: ProjectId) -> Result<Vec<ArtifactId>> {
    db.query(
        "SELECT a.id FROM artifacts a JOIN artifact_collections s ON s.id = a.sequence_id
          WHERE s.project_id = ?1 AND a.state = 'committed'
         UNION
         SELECT COALESCE(a.merged_into, a.id) FROM artifact_inputs i JOIN runs r ON r.id = i.run_id JOIN artifacts a ON a.id = i.artifact_id
          WHERE r.project_id = ?1 AND r.deleted_at IS NULL
         ORDER BY 1",
        &[&project],
        |row| row.get("id"),
    )
}

pub(super) fn tied_to(db: &Reader, run: RunId) -> Result<Vec<ArtifactId>> {
    db.query(
        "SELECT COALESCE(a.merged_into, a.id) AS id FROM artifact_inputs i JOIN artifacts a ON a.id = i.artifact_id WHERE i.run_id = ?1
         UNION
         SELECT COALESCE(a.merged_into, a.id) FROM artifact_outputs o JOIN artifacts a ON a.id = o.artifact_id WHERE o.run_id = ?1
         ORDER BY 1",
        &[&run],
        |row| row.get("id"),
    )
}

pub(super) fn client_ids(db: &Reader, id: ArtifactId) -> Result<Vec<String>> {
    let sql = "SELECT client_id FROM artifact_client_ids WHERE artifact_id = ?1 ORDER BY client_id";
    db.query(sql, &[&id], |row| row.get("client_id"))
}

pub(super) fn manifest(db: &Reader, id: ArtifactId) -> Result<Option<(ContentId, [u8; 32])>> {
    let found = db.query_opt(
        "SELECT c.id, c.sha256 FROM artifact_manifests m JOIN contents c ON c.id = m.content_id
          WHERE m.artifact_id = ?1 AND m.kind = 'full' ORDER BY m.id LIMIT 1",
        &[&id],
        |row| Ok((row.get("id")?, digest(row)?)),
    )?;
    Ok(found.and_then(|(id, sha256)| Some((id, sha256?))))
}

fn tie(row: &Row<'_>) -> Result<Tie> {
    Ok(Tie { run: row.get("run_id")?, used_as: row.get("used_as")?, at: row.get("created_at")? })
}

pub(super) fn makers(db: &Reader, id: ArtifactId) -> Result<Vec<Tie>> {
    let sql = "SELECT run_id, NULL AS used_as, created_at FROM artifact_outputs WHERE artifact_id = ?1 ORDER BY run_id";
    db.query(sql, &[&id], tie)
}

pub(super) fn users(db: &Reader, id: ArtifactId) -> Result<Vec<Tie>> {
    let sql = "SELECT run_id, used_as, created_at FROM artifact_inputs WHERE artifact_id = ?1 ORDER BY run_id";
    db.query(sql, &[&id], tie)
}

pub(super) fn lines(db: &Reader, id: ArtifactId, after: &str, limit: usize) -> Result<Vec<Line>> {
    db.query(
        "SELECT e.path, e.digest, e.size_bytes, e.reference, c.sha256
           FROM artifact_entries e LEFT JOIN contents c ON c.id = e.content_id
          WHERE e.artifact_id = ?1 AND e.path > ?2 ORDER BY e.path LIMIT ?3",
        &[&id, &after, &(limit as i64)],
        |row| {
            Ok(Line {
                path: row.get("path")?,
                digest: row.get("digest")?,
                size_bytes: row.get("size_bytes")?,
                sha256: digest(row)?,
                reference: row.get("reference")?,
            })
        },
    )
}

pub(super) fn contents_of(db: &Reader, id: ArtifactId) -> Result<Vec<ContentId>> {
    let sql = "SELECT DISTINCT content_id FROM artifact_entries WHERE artifact_id = ?1 AND content_id IS NOT NULL";
    db.query(sql, &[&id], |row| row.get("content_id"))
}

pub(super) fn sha256(db: &Reader, id: ContentId) -> Result<Option<[u8; 32]>> {
    Ok(db.query_opt("SELECT sha256 FROM contents WHERE id = ?1", &[&id], digest)?.flatten())
}

pub(super) fn collections_of(db: &Reader, project: ProjectId) -> Result<Vec<CollectionId>> {
    let sql = "SELECT id FROM artifact_collections WHERE project_id = ?1 AND deleted_at IS NULL ORDER BY id";
    db.query(sql, &[&project], |row| row.get("id"))
}

// Coming in

/// Gives a file its bytes; false if it has another digest or size.
pub(super) fn give(tx: &Tx, id: ArtifactId, path: &str, content: &Content) -> Result<bool> {
    let changed = tx.execute(
        "UPDATE artifact_entries SET content_id = ?3 WHERE artifact_id = ?1 AND path = ?2 AND digest = ?4 AND size_bytes = ?5",
        &[&id, &path, &content.id, &content.md5, &content.size_bytes],
    )?;
    Ok(changed > 0)
}

/// No version that is logged gets this number.
pub(super) fn take_index(tx: &Tx, collection: CollectionId, index: i64) -> Result<()> {
    tx.execute(
        "UPDATE artifact_collections SET next_index = CASE WHEN next_index > ?2 THEN next_index ELSE ?2 + 1 END WHERE id = ?1",
        &[&collection, &index],
    )?;
    Ok(())
}

pub(super) fn set_deleted(tx: &Tx, id: ArtifactId, now: Timestamp) -> Result<()> {
    tx.execute("UPDATE artifacts SET state = 'deleted', updated_at = ?2 WHERE id = ?1", &[&id, &now])?;
    Ok(())
}
