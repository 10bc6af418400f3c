//! The tables of imports.

use super::model::{Counts, Import, Item, ItemState, Kind, State};
use crate::clock::Timestamp;
use crate::db::{Reader, Row, Tx};
use crate::error::{Error, Result};
use crate::id::{AccountId, ArtifactId, ImportId, ProjectId};

const IMPORT: &str =
    "SELECT i.id, i.bundle, i.server, i.title, i.size_bytes, i.into_id, i.places, i.asked_by, i.acting_for, i.by_key,
         a.username AS asker, i.uploaded, i.state, i.reason, i.created_at, i.ended_at, i.read_bytes
    FROM imports i LEFT JOIN accounts a ON a.id = i.asked_by";

fn one(row: &Row<'_>) -> Result<Import> {
    let (state, places): (String, String) = (row.get("state")?, row.get("places")?);
    Ok(Import {
        id: row.get("id")?,
        bundle: row.get("bundle")?,
        server: row.get("server")?,
        title: row.get("title")?,
        size_bytes: row.get("size_bytes")?,
        into: row.get("into_id")?,
        places: serde_json::from_str(&places).map_err(Error::internal)?,
        asked_by: row.get("asked_by")?,
        acting_for: row.get("acting_for")?,
        by_key: row.get("by_key")?,
        asker: row.get("asker")?,
        uploaded: row.get("uploaded")?,
        state: State::read(&state)?,
        reason: row.get("reason")?,
        created_at: row.get("created_at")?,
        ended_at: row.get("ended_at")?,
        read_bytes: row.get("read_bytes")?,
    })
}

pub(super) fn insert(tx: &Tx, new: &Import) -> Result<ImportId> {
    let places = serde_json::to_string(&new.places).map_err(Error::internal)?;
    tx.query_one(
        "INSERT INTO imports (bundle, server, title, size_bytes, into_id, places, asked_by, acting_for, by_key, uploaded, state, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 'running', ?11) RETURNING id",
        &[
            &new.bundle,
            &new.server,
            &new.title,
            &new.size_bytes,
            &new.into,
            &places,
            &new.asked_by,
            &new.acting_for,
            &new.by_key,
            &new.uploaded,
            &new.created_at,
        ],
        |row| row.get("id"),
    )
}

pub(super) fn find(db: &Reader, id: ImportId) -> Result<Option<Import>> {
    db.query_opt(&format!("{IMPORT} WHERE i.id = ?1"), &[&id], one)
}

/// Newest first, before one of them; of one person, or of everybody.
pub(super) fn page(db: &Reader, of: Option<AccountId>, before: i64, limit: usize) -> Result<Vec<Import>> {
    let sql = format!("{IMPORT} WHERE (?1 IS NULL OR i.asked_by = ?1) AND i.id < ?2 ORDER BY i.id DESC LIMIT ?3");
    db.query(&sql, &[&of, &before, &(limit as i64)], one)
}

/// Takes the oldest import whose file lies here and that nobody reads.
pub(super) fn take(tx: &Tx, holder: &str, now: Timestamp, until: Timestamp) -> Result<Option<ImportId>> {
    tx.query_opt(
        "UPDATE imports SET held_by = ?1, held_until = ?3
          WHERE id = (SELECT MIN(id) FROM imports
                       WHERE state = 'running' AND uploaded = 1 AND (held_until IS NULL OR held_until < ?2))
         RETURNING id",
        &[&holder, &now, &until],
        |row| row.get("id"),
    )
}

pub(super) fn take_this(tx: &Tx, id: ImportId, holder: &str, until: Timestamp) -> Result<()> {
    tx.execute("UPDATE imports SET held_by = ?2, held_until = ?3 WHERE id = ?1", &[&id, &holder, &until])?;
    Ok(())
}

/// Keeps it taken; false if somebody else has it by now or it is to go no further.
pub(super) fn hold(tx: &Tx, id: ImportId, holder: &str, until: Timestamp, read: i64) -> Result<bool> {
    let changed = tx.execute(
        "UPDATE imports SET held_until = ?3, read_bytes = ?4 WHERE id = ?1 AND held_by = ?2 AND state = 'running'",
        &[&id, &holder, &until, &read],
    )?;
    Ok(changed > 0)
}

pub(super) fn let_go(tx: &Tx, id: ImportId, holder: &str) -> Result<()> {
    tx.execute("UPDATE imports SET held_by = NULL, held_until = NULL WHERE id = ?1 AND held_by = ?2", &[&id, &holder])?;
    Ok(())
}

pub(super) fn let_all_go(tx: &Tx) -> Result<()> {
    tx.execute("UPDATE imports SET held_by = NULL, held_until = NULL WHERE held_by IS NOT NULL AND uploaded = 1", &[])?;
    Ok(())
}

/// Ends one that is running; false if it was ended meanwhile.
pub(super) fn end(tx: &Tx, id: ImportId, state: State, reason: Option<&str>, now: Timestamp) -> Result<bool> {
    let changed = tx.execute(
        "UPDATE imports SET state = ?2, reason = ?3, ended_at = ?4, held_by = NULL, held_until = NULL
          WHERE id = ?1 AND state = 'running'",
        &[&id, &state.as_str(), &reason, &now],
    )?;
    Ok(changed > 0)
}

/// Those whose file is wanted.
pub(super) fn open(db: &Reader) -> Result<Vec<ImportId>> {
    db.query("SELECT id FROM imports WHERE state = 'running' AND uploaded = 1", &[], |row| row.get("id"))
}

// What became of things

pub(super) fn put_item(tx: &Tx, id: ImportId, item: &Item) -> Result<()> {
    tx.execute(
        "INSERT INTO import_items (import_id, kind, origin_id, old_name, new_name, state, reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (import_id, kind, origin_id, old_name) DO UPDATE SET new_name = excluded.new_name, reason = excluded.reason,
           state = CASE WHEN import_items.state = 'imported' AND excluded.state = 'known' THEN 'imported' ELSE excluded.state END",
        &[&id, &item.kind.as_str(), &item.origin, &item.old_name, &item.new_name, &item.state.as_str(), &item.reason],
    )?;
    Ok(())
}

fn item(row: &Row<'_>) -> Result<Item> {
    let (kind, state): (String, String) = (row.get("kind")?, row.get("state")?);
    Ok(Item {
        kind: Kind::read(&kind)?,
        origin: row.get("origin_id")?,
        old_name: row.get("old_name")?,
        new_name: row.get("new_name")?,
        state: ItemState::read(&state)?,
        reason: row.get("reason")?,
    })
}

/// After one of them, by kind and number.
pub(super) fn items(db: &Reader, id: ImportId, after: (&str, i64, &str), limit: usize) -> Result<Vec<Item>> {
    db.query(
        "SELECT kind, origin_id, old_name, new_name, state, reason FROM import_items
          WHERE import_id = ?1 AND (kind, origin_id, old_name) > (?2, ?3, ?4) ORDER BY kind, origin_id, old_name LIMIT ?5",
        &[&id, &after.0, &after.1, &after.2, &(limit as i64)],
        item,
    )
}

pub(super) fn counts(db: &Reader, id: ImportId) -> Result<Counts> {
    let sql = "SELECT kind, state, COUNT(*) AS things FROM import_items WHERE import_id = ?1 GROUP BY kind, state";
    let found =
        db.query(sql, &[&id], |row| Ok((row.get::<String>("kind")?, row.get::<String>("state")?, row.get::<i64>("things")?)))?;
    let of = |kind: Option<&str>, state: &str| -> i64 {
        let fits = found.iter().filter(|(found, at, _)| kind.is_none_or(|kind| kind == found) && at == state);
        fits.map(|(.., count)| count).sum()
    };
    Ok(Counts {
        runs_imported: of(Some("run"), "imported"),
        runs_known: of(Some("run"), "known"),
        versions_imported: of(Some("version"), "imported"),
        versions_known: of(Some("version"), "known"),
        reports_imported: of(Some("report"), "imported"),
        reports_known: of(Some("report"), "known"),
        skipped: of(None, "skipped"),
    })
}

// Where things came from

/// A thing of another server that is here, or on its way.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    pub project: ProjectId,
    pub local: i64,
    pub digest: String,
    pub is_whole: bool,
}

/// In whatever projects.
pub(super) fn origins(db: &Reader, server: &str, kind: Kind, origin: i64) -> Result<Vec<Origin>> {
    db.query(
        "SELECT project_id, local_id, digest, is_whole FROM origins WHERE server = ?1 AND kind = ?2 AND origin_id = ?3",
        &[&server, &kind.as_str(), &origin],
        |row| {
            Ok(Origin {
                project: row.get("project_id")?,
                local: row.get("local_id")?,
                digest: row.get("digest")?,
                is_whole: row.get("is_whole")?,
            })
        },
    )
}

/// What of a server is on its way in, with the numbers that it has there.
pub(super) fn begun(db: &Reader, server: &str, kind: Kind) -> Result<Vec<(i64, Origin)>> {
    db.query(
        "SELECT origin_id, project_id, local_id, digest, is_whole FROM origins WHERE server = ?1 AND kind = ?2 AND is_whole = 0",
        &[&server, &kind.as_str()],
        |row| {
            let found = Origin {
                project: row.get("project_id")?,
                local: row.get("local_id")?,
                digest: row.get("digest")?,
                is_whole: row.get("is_whole")?,
            };
            Ok((row.get("origin_id")?, found))
        },
    )
}

pub(super) fn put_origin(tx: &Tx, server: &str, kind: Kind, origin: i64, here: &Origin) -> Result<()> {
    tx.execute(
        "INSERT INTO origins (server, kind, origin_id, project_id, local_id, digest, is_whole) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (server, kind, origin_id, project_id) DO UPDATE SET local_id = excluded.local_id, digest = excluded.digest,
           is_whole = excluded.is_whole",
        &[&server, &kind.as_str(), &origin, &here.project, &here.local, &here.digest, &here.is_whole],
    )?;
    Ok(())
}

pub(super) fn remove_origin(tx: &Tx, server: &str, kind: Kind, origin: i64, project: ProjectId) -> Result<()> {
    tx.execute(
        "DELETE FROM origins WHERE server = ?1 AND kind = ?2 AND origin_id = ?3 AND project_id = ?4",
        &[&server, &kind.as_str(), &origin, &project],
    )?;
    Ok(())
}

// Versions on their way

pub(super) fn put_version(tx: &Tx, import: ImportId, id: ArtifactId, project: ProjectId, document: &str) -> Result<()> {
    tx.execute(
        "INSERT INTO incoming_versions (artifact_id, import_id, project_id, document) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (artifact_id) DO UPDATE SET import_id = excluded.import_id, document = excluded.document",
        &[&id, &import, &project, &document],
    )?;
    Ok(())
}

/// Those of an import, oldest first, after one of them.
pub(super) fn versions(
    db: &Reader,
    import: ImportId,
    after: i64,
    limit: usize,
) -> Result<Vec<(ArtifactId, ProjectId, String)>> {
    db.query(
        "SELECT artifact_id, project_id, document FROM incoming_versions
          WHERE import_id = ?1 AND artifact_id > ?2 ORDER BY artifact_id LIMIT ?3",
        &[&import, &after, &(limit as i64)],
        |row| Ok((row.get("artifact_id")?, row.get("project_id")?, row.get("document")?)),
    )
}

pub(super) fn remove_version(tx: &Tx, id: ArtifactId) -> Result<()> {
    tx.execute("DELETE FROM awaited_contents WHERE artifact_id = ?1", &[&id])?;
    tx.execute("DELETE FROM incoming_versions WHERE artifact_id = ?1", &[&id])?;
    Ok(())
}

/// Nothing is awaited for a version any more.
pub(super) fn await_nothing(tx: &Tx, id: ArtifactId) -> Result<()> {
    tx.execute("DELETE FROM awaited_contents WHERE artifact_id = ?1", &[&id])?;
    Ok(())
}

/// Bytes are to come for a file of a version, or with an empty path for its list of files.
pub(super) fn await_content(tx: &Tx, import: ImportId, id: ArtifactId, path: &str, sha256: &[u8; 32]) -> Result<()> {
    tx.execute(
        "INSERT INTO awaited_contents (artifact_id, path, sha256, import_id) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (artifact_id, path) DO UPDATE SET sha256 = excluded.sha256, import_id = excluded.import_id",
        &[&id, &path, sha256, &import],
    )?;
    Ok(())
}

/// What awaits these bytes.
pub(super) fn awaiting(db: &Reader, import: ImportId, sha256: &[u8; 32]) -> Result<Vec<(ArtifactId, String)>> {
    let sql = "SELECT artifact_id, path FROM awaited_contents WHERE import_id = ?1 AND sha256 = ?2";
    db.query(sql, &[&import, sha256], |row| Ok((row.get("artifact_id")?, row.get("path")?)))
}

pub(super) fn arrived(tx: &Tx, import: ImportId, sha256: &[u8; 32]) -> Result<()> {
    tx.execute("DELETE FROM awaited_contents WHERE import_id = ?1 AND sha256 = ?2", &[&import, sha256])?;
    Ok(())
}

/// A file of a version whose bytes have not come.
pub(super) fn still_awaited(db: &Reader, id: ArtifactId) -> Result<Option<String>> {
    let sql = "SELECT path FROM awaited_contents WHERE artifact_id = ?1 LIMIT 1";
    db.query_opt(sql, &[&id], |row| row.get("path"))
}

/// Imports in whose titles that text is, perhaps as a part of another word.
pub(super) fn titles_with(db: &Reader, text: &str) -> Result<Vec<(ImportId, String)>> {
    let sql = "SELECT id, title FROM imports WHERE LOWER(title) LIKE '%' || LOWER(?1) || '%'";
    db.query(sql, &[&text], |row| Ok((row.get("id")?, row.get("title")?)))
}

pub(super) fn set_title(tx: &Tx, id: ImportId, title: &str) -> Result<()> {
    tx.execute("UPDATE imports SET title = ?2 WHERE id = ?1", &[&id, &title])?;
    Ok(())
}

/// Things that came in and in whose names, there or here, that text is, perhaps as a part of another word.
pub(super) fn items_with(db: &Reader, text: &str) -> Result<Vec<(ImportId, Item)>> {
    let sql = "SELECT import_id, kind, origin_id, old_name, new_name, state, reason FROM import_items
                WHERE LOWER(old_name || ' ' || COALESCE(new_name, '') || ' ' || COALESCE(reason, '')) LIKE '%' || LOWER(?1) || '%'";
    db.query(sql, &[&text], |row| Ok((row.get("import_id")?, item(row)?)))
}

/// Puts another record in the place of one.
pub(super) fn replace_item(tx: &Tx, id: ImportId, before: &Item, after: &Item) -> Result<()> {
    tx.execute(
        "DELETE FROM import_items WHERE import_id = ?1 AND kind = ?2 AND origin_id = ?3 AND old_name = ?4",
        &[&id, &before.kind.as_str(), &before.origin, &before.old_name],
    )?;
    put_item(tx, id, after)
}
