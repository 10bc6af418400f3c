//! The tables of contents and of what holds them: manifests, announced files, entries.

use std::collections::HashMap;

use super::contents::{Content, Stored};
use super::model::{Entry, Manifest, ManifestKind};
use crate::blob::BlobKey;
use crate::clock::Timestamp;
use crate::db::{Reader, Row, Tx, list_of};
use crate::error::{Error, Result};
use crate::id::{ArtifactId, ContentId, ManifestId, ProjectId};

fn content(row: &Row<'_>) -> Result<Content> {
    Ok(Content {
        id: row.get("id")?,
        md5: row.get("md5")?,
        size_bytes: row.get("size_bytes")?,
        stored: match row.get::<String>("blob_key")? {
            key if key.starts_with(ROW) => Stored::Row,
            key => Stored::Blob(BlobKey::stored(key)),
        },
    })
}

fn manifest(row: &Row<'_>) -> Result<Manifest> {
    let kind: String = row.get("kind")?;
    Ok(Manifest {
        id: row.get("id")?,
        artifact_id: row.get("artifact_id")?,
        name: row.get("name")?,
        kind: ManifestKind::parse(&kind).ok_or_else(|| Error::internal(format!("artifact_manifests.kind holds {kind}")))?,
        digest: row.get("digest")?,
        base: row.get("base_artifact_id")?,
        content: row.get("content_id")?,
    })
}

fn entry(row: &Row<'_>) -> Result<Entry> {
    Ok(Entry {
        path: row.get("path")?,
        digest: row.get("digest")?,
        size_bytes: row.get("size_bytes")?,
        content: row.get("content_id")?,
        reference: row.get("reference")?,
    })
}

// Contents

/// What stands in place of the key of a blob, before the SHA-256, for a content whose bytes are a row.
const ROW: &str = "row/";

const CONTENT: &str = "SELECT contents.id, contents.md5, contents.size_bytes, contents.blob_key FROM contents";

pub(super) fn content_by_id(db: &Reader, id: ContentId) -> Result<Option<Content>> {
    db.query_opt(&format!("{CONTENT} WHERE id = ?1"), &[&id], content)
}

pub(super) fn content_by_sha256(db: &Reader, sha256: &[u8; 32]) -> Result<Option<ContentId>> {
    db.query_opt("SELECT id FROM contents WHERE sha256 = ?1", &[sha256], |row| row.get("id"))
}

pub(super) fn insert_content(
    tx: &Tx,
    sha256: &[u8; 32],
    md5: &str,
    size: i64,
    stored: &Stored,
    now: Timestamp,
) -> Result<ContentId> {
    let key = match stored {
        Stored::Row => format!("{ROW}{}", hex::encode(sha256)),
        Stored::Blob(key) => key.as_str().to_owned(),
    };
    tx.query_one(
        "INSERT INTO contents (sha256, md5, size_bytes, blob_key, created_at) VALUES (?1, ?2, ?3, ?4, ?5) RETURNING id",
        &[sha256, &md5, &size, &key, &now],
        |row| row.get("id"),
    )
}

pub(super) fn insert_bytes(tx: &Tx, content: ContentId, bytes: &[u8]) -> Result<()> {
    tx.execute("INSERT INTO content_bytes (content_id, bytes) VALUES (?1, ?2)", &[&content, &bytes])?;
    Ok(())
}

pub(super) fn bytes(db: &Reader, content: ContentId) -> Result<Option<Vec<u8>>> {
    db.query_opt("SELECT bytes FROM content_bytes WHERE content_id = ?1", &[&content], |row| row.get("bytes"))
}

/// A content with this MD5 that somebody who sees the project sees too, because a version in it holds it.
pub(super) fn content_in_project(db: &Reader, project: ProjectId, md5: &str) -> Result<Option<Content>> {
    let sql = format!(
        "{CONTENT} WHERE contents.md5 = ?1 AND (
              EXISTS (SELECT 1 FROM artifact_entries
                        JOIN artifact_memberships ON artifact_memberships.artifact_id = artifact_entries.artifact_id
                        JOIN artifact_collections ON artifact_collections.id = artifact_memberships.collection_id
                       WHERE artifact_entries.content_id = contents.id AND artifact_collections.project_id = ?2)
           OR EXISTS (SELECT 1 FROM artifact_files
                        JOIN artifacts ON artifacts.id = artifact_files.artifact_id
                        JOIN artifact_collections ON artifact_collections.id = artifacts.sequence_id
                       WHERE artifact_files.content_id = contents.id AND artifact_collections.project_id = ?2))
          LIMIT 1"
    );
    db.query_opt(&sql, &[&md5, &project], content)
}

/// A content with this MD5 that a committed version in some project of an entity holds, with that project.
pub(super) fn contents_in_entity(db: &Reader, entity: &str, md5: &str) -> Result<Vec<(Content, ProjectId)>> {
    let sql = "SELECT DISTINCT contents.id, contents.md5, contents.size_bytes, contents.blob_key, projects.id AS project_id
         FROM contents
         JOIN artifact_entries ON artifact_entries.content_id = contents.id
         JOIN artifact_memberships ON artifact_memberships.artifact_id = artifact_entries.artifact_id
         JOIN artifact_collections ON artifact_collections.id = artifact_memberships.collection_id
         JOIN projects ON projects.id = artifact_collections.project_id
         JOIN entities ON entities.id = projects.entity_id
        WHERE contents.md5 = ?1 AND entities.name_key = ?2";
    db.query(sql, &[&md5, &entity.to_lowercase()], |row| Ok((content(row)?, row.get("project_id")?)))
}

/// The content of this MD5 that a version holds.
pub(super) fn content_in_artifact(db: &Reader, artifact: ArtifactId, md5: &str) -> Result<Option<Content>> {
    let sql = format!(
        "{CONTENT} JOIN artifact_entries ON artifact_entries.content_id = contents.id
          WHERE contents.md5 = ?2 AND artifact_entries.artifact_id = ?1 LIMIT 1"
    );
    db.query_opt(&sql, &[&artifact, &md5], content)
}

/// Forgets the contents that nothing holds any more, and notes their blobs for removal; how many bytes that frees.
pub(super) fn free_unheld(tx: &Tx, candidates: &[ContentId], now: Timestamp) -> Result<i64> {
    let mut freed = 0;
    for id in candidates {
        let held = tx.query_opt(
            "SELECT 1 AS held FROM contents WHERE id = ?1 AND (
                 EXISTS (SELECT 1 FROM artifact_entries WHERE artifact_entries.content_id = contents.id)
              OR EXISTS (SELECT 1 FROM artifact_files WHERE artifact_files.content_id = contents.id)
              OR EXISTS (SELECT 1 FROM artifact_manifests WHERE artifact_manifests.content_id = contents.id))",
            &[id],
            |row| row.get::<i64>("held"),
        )?;
        if held.is_some() {
            continue;
        }
        let gone =
            tx.query_opt("DELETE FROM contents WHERE id = ?1 RETURNING id, md5, size_bytes, blob_key", &[id], content)?;
        if let Some(gone) = gone {
            if let Stored::Blob(key) = &gone.stored {
                crate::domain::files::discard(tx, key, now)?;
            }
            freed += gone.size_bytes;
        }
    }
    Ok(freed)
}

// Manifests

const MANIFEST: &str = "SELECT id, artifact_id, name, kind, digest, base_artifact_id, content_id FROM artifact_manifests";

pub(super) fn manifest_by_id(db: &Reader, id: ManifestId) -> Result<Option<Manifest>> {
    db.query_opt(&format!("{MANIFEST} WHERE id = ?1"), &[&id], manifest)
}

pub(super) fn manifests(db: &Reader, artifact: ArtifactId) -> Result<Vec<Manifest>> {
    db.query(&format!("{MANIFEST} WHERE artifact_id = ?1 ORDER BY id"), &[&artifact], manifest)
}

pub(super) fn insert_manifest(
    tx: &Tx,
    artifact: ArtifactId,
    name: &str,
    kind: ManifestKind,
    digest: &str,
    base: Option<ArtifactId>,
    now: Timestamp,
) -> Result<ManifestId> {
    tx.query_one(
        "INSERT INTO artifact_manifests (artifact_id, name, kind, digest, base_artifact_id, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id",
        &[&artifact, &name, &kind.as_str(), &digest, &base, &now],
        |row| row.get("id"),
    )
}

/// Other bytes are to come for a manifest.
pub(super) fn announce_manifest(tx: &Tx, id: ManifestId, digest: &str, base: Option<ArtifactId>) -> Result<()> {
    tx.execute(
        "UPDATE artifact_manifests SET digest = ?2, base_artifact_id = COALESCE(?3, base_artifact_id), content_id = NULL
          WHERE id = ?1",
        &[&id, &digest, &base],
    )?;
    Ok(())
}

pub(super) fn set_manifest_content(tx: &Tx, id: ManifestId, content: ContentId) -> Result<()> {
    tx.execute("UPDATE artifact_manifests SET content_id = ?2 WHERE id = ?1", &[&id, &content])?;
    Ok(())
}

/// Removes the manifests of a version, but for one; the contents they held.
pub(super) fn delete_manifests(tx: &Tx, artifact: ArtifactId, but: Option<ManifestId>) -> Result<Vec<ContentId>> {
    let gone = tx.query(
        "DELETE FROM artifact_manifests WHERE artifact_id = ?1 AND (?2 IS NULL OR id <> ?2) RETURNING content_id",
        &[&artifact, &but],
        |row| row.get::<Option<ContentId>>("content_id"),
    )?;
    Ok(gone.into_iter().flatten().collect())
}

// Announced files and their parts

/// A file that was announced.
#[derive(Clone, Debug)]
pub(super) struct Announced {
    pub id: i64,
    pub content: Option<ContentId>,
}

fn announced(row: &Row<'_>) -> Result<Announced> {
    Ok(Announced { id: row.get("id")?, content: row.get("content_id")? })
}

pub(super) fn announce_file(
    tx: &Tx,
    artifact: ArtifactId,
    name: &str,
    md5: &str,
    content: Option<ContentId>,
) -> Result<Announced> {
    tx.query_one(
        "INSERT INTO artifact_files (artifact_id, name, md5, content_id) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (artifact_id, md5, name) DO UPDATE SET content_id = COALESCE(artifact_files.content_id, excluded.content_id)
         RETURNING id, content_id",
        &[&artifact, &name, &md5, &content],
        announced,
    )
}

pub(super) fn announced_file(db: &Reader, artifact: ArtifactId, name: &str, md5: &str) -> Result<Option<Announced>> {
    db.query_opt(
        "SELECT id, content_id FROM artifact_files WHERE artifact_id = ?1 AND md5 = ?2 AND name = ?3",
        &[&artifact, &md5, &name],
        announced,
    )
}

/// A content that something may hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub id: ContentId,
    pub size_bytes: i64,
}

/// All contents that were sent for a version, by their MD5.
pub(super) fn announced_contents(db: &Reader, artifact: ArtifactId) -> Result<HashMap<String, Held>> {
    let found = db.query(
        "SELECT artifact_files.md5, contents.id, contents.size_bytes FROM artifact_files
           JOIN contents ON contents.id = artifact_files.content_id WHERE artifact_files.artifact_id = ?1",
        &[&artifact],
        |row| Ok((row.get("md5")?, Held { id: row.get("id")?, size_bytes: row.get("size_bytes")? })),
    )?;
    Ok(found.into_iter().collect())
}

pub(super) fn set_file_content(tx: &Tx, file: i64, content: ContentId) -> Result<()> {
    tx.execute("UPDATE artifact_files SET content_id = ?2 WHERE id = ?1", &[&file, &content])?;
    Ok(())
}

/// Removes what was announced for a version; the contents that its entries do not hold, and the blobs of parts.
pub(super) fn delete_files(tx: &Tx, artifact: ArtifactId) -> Result<(Vec<ContentId>, Vec<BlobKey>)> {
    let parts = tx.query(
        "DELETE FROM artifact_file_parts WHERE file_id IN (SELECT id FROM artifact_files WHERE artifact_id = ?1) RETURNING blob_key",
        &[&artifact],
        |row| row.get::<Option<String>>("blob_key"),
    )?;
    let let_go = tx.query(
        "SELECT content_id FROM artifact_files WHERE artifact_id = ?1 AND content_id IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM artifact_entries WHERE artifact_entries.content_id = artifact_files.content_id)",
        &[&artifact],
        |row| row.get("content_id"),
    )?;
    tx.execute("DELETE FROM artifact_files WHERE artifact_id = ?1", &[&artifact])?;
    Ok((let_go, parts.into_iter().flatten().map(BlobKey::stored).collect()))
}

/// A part of a large file.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub number: i64,
    pub md5_hex: String,
    pub key: Option<BlobKey>,
}

pub(super) fn announce_part(tx: &Tx, file: i64, number: i64, md5_hex: &str) -> Result<()> {
    tx.execute(
        "INSERT INTO artifact_file_parts (file_id, number, md5_hex) VALUES (?1, ?2, ?3) ON CONFLICT (file_id, number) DO NOTHING",
        &[&file, &number, &md5_hex],
    )?;
    Ok(())
}

pub(super) fn parts(db: &Reader, file: i64) -> Result<Vec<Part>> {
    db.query("SELECT number, md5_hex, blob_key FROM artifact_file_parts WHERE file_id = ?1 ORDER BY number", &[&file], |row| {
        Ok(Part {
            number: row.get("number")?,
            md5_hex: row.get("md5_hex")?,
            key: row.get::<Option<String>>("blob_key")?.map(BlobKey::stored),
        })
    })
}

pub(super) fn set_part(tx: &Tx, file: i64, number: i64, key: &BlobKey) -> Result<()> {
    tx.execute(
        "UPDATE artifact_file_parts SET blob_key = ?3 WHERE file_id = ?1 AND number = ?2",
        &[&file, &number, &key.as_str()],
    )?;
    Ok(())
}

pub(super) fn delete_parts(tx: &Tx, file: i64) -> Result<()> {
    tx.execute("DELETE FROM artifact_file_parts WHERE file_id = ?1", &[&file])?;
    Ok(())
}

// Entries

/// Adds an entry; false if its content went away meanwhile.
pub(super) fn set_entry(tx: &Tx, artifact: ArtifactId, entry: &Entry) -> Result<bool> {
    let changed = tx.execute(
        "INSERT INTO artifact_entries (artifact_id, path, digest, size_bytes, content_id, reference)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE ?5 IS NULL OR EXISTS (SELECT 1 FROM contents WHERE id = ?5 AND md5 = ?3)
         ON CONFLICT (artifact_id, path) DO UPDATE SET digest = excluded.digest, size_bytes = excluded.size_bytes,
           content_id = excluded.content_id, reference = excluded.reference",
        &[&artifact, &entry.path, &entry.digest, &entry.size_bytes, &entry.content, &entry.reference],
    )?;
    Ok(changed > 0)
}

/// Removes the entries of a version; the contents they held.
pub(super) fn delete_entries(tx: &Tx, artifact: ArtifactId) -> Result<Vec<ContentId>> {
    let gone = tx.query("DELETE FROM artifact_entries WHERE artifact_id = ?1 RETURNING content_id", &[&artifact], |row| {
        row.get::<Option<ContentId>>("content_id")
    })?;
    Ok(gone.into_iter().flatten().collect())
}

const ENTRY: &str = "SELECT path, digest, size_bytes, content_id, reference FROM artifact_entries";

pub(super) fn entries(db: &Reader, artifact: ArtifactId, after: &str, limit: usize) -> Result<Vec<Entry>> {
    let sql = format!("{ENTRY} WHERE artifact_id = ?1 AND path > ?2 ORDER BY path LIMIT ?3");
    db.query(&sql, &[&artifact, &after, &(limit as i64)], entry)
}

/// The files among the entries, each with its content, by path.
pub(super) fn files(db: &Reader, artifact: ArtifactId, after: &str, limit: usize) -> Result<Vec<(String, Content)>> {
    db.query(
        "SELECT artifact_entries.path, contents.id, contents.md5, contents.size_bytes, contents.blob_key
           FROM artifact_entries JOIN contents ON contents.id = artifact_entries.content_id
          WHERE artifact_entries.artifact_id = ?1 AND artifact_entries.path > ?2 ORDER BY artifact_entries.path LIMIT ?3",
        &[&artifact, &after, &(limit as i64)],
        |row| Ok((row.get("path")?, content(row)?)),
    )
}

pub(super) fn entries_named(db: &Reader, artifact: ArtifactId, paths: &[String]) -> Result<Vec<Entry>> {
    let mut found = Vec::with_capacity(paths.len());
    for chunk in paths.chunks(500) {
        let sql = format!("{ENTRY} WHERE artifact_id = ?1 AND path IN ({}) ORDER BY path", list_of(2, chunk.len()));
        let mut values: Vec<&dyn crate::db::ToValue> = vec![&artifact];
        values.extend(chunk.iter().map(|path| path as &dyn crate::db::ToValue));
        found.extend(db.query(&sql, &values, entry)?);
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found.dedup_by(|one, other| one.path == other.path);
    Ok(found)
}

pub(super) fn entry_by_path(db: &Reader, artifact: ArtifactId, path: &str) -> Result<Option<Entry>> {
    db.query_opt(&format!("{ENTRY} WHERE artifact_id = ?1 AND path = ?2"), &[&artifact, &path], entry)
}

/// How many entries lie in a folder (`dir/`), and their bytes.
pub(super) fn weigh(db: &Reader, artifact: ArtifactId, folder: &str) -> Result<(i64, i64)> {
    db.query_one(
        "SELECT COUNT(*) AS files, COALESCE(SUM(size_bytes), 0) AS bytes FROM artifact_entries
          WHERE artifact_id = ?1 AND path > ?2 AND path < ?3",
        &[&artifact, &folder, &format!("{folder}{}", char::MAX)],
        |row| Ok((row.get("files")?, row.get("bytes")?)),
    )
}

/// What the versions of a scope hold, each content once: its manifests, its files, and what is on its way.
fn held_bytes(db: &Reader, scope: &str, id: &dyn crate::db::ToValue) -> Result<i64> {
    let of = |table: &str| {
        format!(
            "SELECT {table}.content_id FROM {table} JOIN artifacts ON artifacts.id = {table}.artifact_id
               JOIN artifact_collections ON artifact_collections.id = artifacts.sequence_id
               JOIN projects ON projects.id = artifact_collections.project_id WHERE {scope}"
        )
    };
    let tables = ["artifact_entries", "artifact_manifests", "artifact_files"].map(of).join(" UNION ");
    let sql = format!("SELECT COALESCE(SUM(size_bytes), 0) AS bytes FROM contents WHERE id IN ({tables})");
    db.query_one(&sql, &[id], |row| row.get("bytes"))
}

pub(super) fn bytes_of_entity(db: &Reader, entity: crate::id::EntityId) -> Result<i64> {
    held_bytes(db, "projects.entity_id = ?1", &entity)
}

pub(super) fn bytes_of_project(db: &Reader, project: ProjectId) -> Result<i64> {
    held_bytes(db, "projects.id = ?1", &project)
}

/// How many committed versions a scope has.
fn versions(db: &Reader, scope: &str, id: &dyn crate::db::ToValue) -> Result<i64> {
    let sql = format!(
        "SELECT COUNT(*) AS versions FROM artifacts
           JOIN artifact_collections ON artifact_collections.id = artifacts.sequence_id
           JOIN projects ON projects.id = artifact_collections.project_id
          WHERE artifacts.state = 'committed' AND projects.deleted_at IS NULL AND {scope}"
    );
    db.query_one(&sql, &[id], |row| row.get("versions"))
}

pub(super) fn versions_of_entity(db: &Reader, entity: crate::id::EntityId) -> Result<i64> {
    versions(db, "projects.entity_id = ?1", &entity)
}

pub(super) fn versions_of_project(db: &Reader, project: ProjectId) -> Result<i64> {
    versions(db, "projects.id = ?1", &project)
}

pub(super) fn bytes_of_run(db: &Reader, run: crate::id::RunId) -> Result<i64> {
    held_bytes(db, "artifacts.run_id = ?1", &run)
}
