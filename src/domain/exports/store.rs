//! The tables of exports.

use super::model::{Export, Scope, State};
use crate::clock::Timestamp;
use crate::db::{Reader, Row, Tx};
use crate::error::{Error, Result};
use crate::id::{AccountId, ArtifactId, EntityId, ExportId, ProjectId, RunId};

const EXPORT: &str =
    "SELECT x.id, x.bundle, x.scope, x.entity_id, x.project_id, x.run_id, x.title, x.asked_by, x.acting_for, x.by_key,
         a.username AS asker, x.state, x.reason, x.created_at, x.ended_at, x.expires_at, x.runs_total, x.runs_done,
         x.expected_bytes, x.written_bytes, x.left_out
    FROM exports x LEFT JOIN accounts a ON a.id = x.asked_by";

fn one(row: &Row<'_>) -> Result<Export> {
    let (state, scope): (String, String) = (row.get("state")?, row.get("scope")?);
    let missing = || Error::internal(format!("an export of the scope {scope} does not say of what"));
    let entity: Option<EntityId> = row.get("entity_id")?;
    let project: Option<ProjectId> = row.get("project_id")?;
    let run: Option<RunId> = row.get("run_id")?;
    Ok(Export {
        id: row.get("id")?,
        bundle: row.get("bundle")?,
        scope: match scope.as_str() {
            "run" => Scope::Run(project.ok_or_else(missing)?, run.ok_or_else(missing)?),
            "project" => Scope::Project(project.ok_or_else(missing)?),
            "entity" => Scope::Entity(entity.ok_or_else(missing)?),
            _ => Scope::Instance,
        },
        title: row.get("title")?,
        asked_by: row.get("asked_by")?,
        acting_for: row.get("acting_for")?,
        by_key: row.get("by_key")?,
        asker: row.get("asker")?,
        state: State::read(&state)?,
        reason: row.get("reason")?,
        created_at: row.get("created_at")?,
        ended_at: row.get("ended_at")?,
        expires_at: row.get("expires_at")?,
        runs_total: row.get("runs_total")?,
        runs_done: row.get("runs_done")?,
        expected_bytes: row.get("expected_bytes")?,
        written_bytes: row.get("written_bytes")?,
        left_out: row.get("left_out")?,
    })
}

pub(super) fn insert(tx: &Tx, export: &Export) -> Result<ExportId> {
    let (entity, project, run) = match export.scope {
        Scope::Run(project, run) => (None, Some(project), Some(run)),
        Scope::Project(project) => (None, Some(project), None),
        Scope::Entity(entity) => (Some(entity), None, None),
        Scope::Instance => (None, None, None),
    };
    tx.query_one(
        "INSERT INTO exports (bundle, scope, entity_id, project_id, run_id, title, asked_by, acting_for, by_key, state, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'running', ?10) RETURNING id",
        &[
            &export.bundle,
            &export.scope.as_str(),
            &entity,
            &project,
            &run,
            &export.title,
            &export.asked_by,
            &export.acting_for,
            &export.by_key,
            &export.created_at,
        ],
        |row| row.get("id"),
    )
}

pub(super) fn find(db: &Reader, id: ExportId) -> Result<Option<Export>> {
    db.query_opt(&format!("{EXPORT} WHERE x.id = ?1"), &[&id], one)
}

/// Newest first, before one of them; of one person, or of everybody.
pub(super) fn page(db: &Reader, of: Option<AccountId>, before: i64, limit: usize) -> Result<Vec<Export>> {
    let sql = format!(
        "{EXPORT} WHERE (?1 IS NULL OR x.asked_by = ?1) AND x.id < ?2 AND x.state <> 'deleted' ORDER BY x.id DESC LIMIT ?3"
    );
    db.query(&sql, &[&of, &before, &(limit as i64)], one)
}

/// How many of a person's are not at their end.
pub(super) fn open_of(db: &Reader, account: Option<AccountId>) -> Result<i64> {
    let sql = "SELECT COUNT(*) AS open FROM exports WHERE state = 'running' AND asked_by IS NOT DISTINCT FROM ?1";
    db.query_one(sql, &[&account], |row| row.get("open"))
}

/// Takes the oldest export that nobody writes.
pub(super) fn take(tx: &Tx, holder: &str, now: Timestamp, until: Timestamp) -> Result<Option<(ExportId, Option<String>)>> {
    tx.query_opt(
        "UPDATE exports SET held_by = ?1, held_until = ?3
          WHERE id = (SELECT MIN(id) FROM exports WHERE state = 'running' AND (held_until IS NULL OR held_until < ?2))
         RETURNING id, cursor",
        &[&holder, &now, &until],
        |row| Ok((row.get("id")?, row.get("cursor")?)),
    )
}

/// Keeps it taken; false if somebody else has it by now or it is to go no further.
pub(super) fn hold(tx: &Tx, id: ExportId, holder: &str, until: Timestamp, written: i64) -> Result<bool> {
    let changed = tx.execute(
        "UPDATE exports SET held_until = ?3, written_bytes = ?4 WHERE id = ?1 AND held_by = ?2 AND state = 'running'",
        &[&id, &holder, &until, &written],
    )?;
    Ok(changed > 0)
}

/// As [`hold`], with how far it is on the disk.
pub(super) fn save(
    tx: &Tx,
    id: ExportId,
    holder: &str,
    until: Timestamp,
    cursor: &str,
    (runs_done, written, left_out): (i64, i64, i64),
) -> Result<bool> {
    let changed = tx.execute(
        "UPDATE exports SET held_until = ?3, cursor = ?4, runs_done = ?5, written_bytes = ?6, left_out = ?7
          WHERE id = ?1 AND held_by = ?2 AND state = 'running'",
        &[&id, &holder, &until, &cursor, &runs_done, &written, &left_out],
    )?;
    Ok(changed > 0)
}

pub(super) fn set_plan(tx: &Tx, id: ExportId, runs: i64, bytes: i64) -> Result<()> {
    tx.execute("UPDATE exports SET runs_total = ?2, expected_bytes = ?3 WHERE id = ?1", &[&id, &runs, &bytes])?;
    Ok(())
}

/// Lets others take it.
pub(super) fn let_go(tx: &Tx, id: ExportId, holder: &str) -> Result<()> {
    tx.execute("UPDATE exports SET held_by = NULL, held_until = NULL WHERE id = ?1 AND held_by = ?2", &[&id, &holder])?;
    Ok(())
}

/// Nobody writes any of them.
pub(super) fn let_all_go(tx: &Tx) -> Result<()> {
    tx.execute("UPDATE exports SET held_by = NULL, held_until = NULL WHERE held_by IS NOT NULL", &[])?;
    Ok(())
}

/// Ends one that is running; false if it was ended meanwhile.
pub(super) fn end(
    tx: &Tx,
    id: ExportId,
    state: State,
    reason: Option<&str>,
    now: Timestamp,
    expires_at: Option<Timestamp>,
) -> Result<bool> {
    let changed = tx.execute(
        "UPDATE exports SET state = ?2, reason = ?3, ended_at = ?4, expires_at = ?5, held_by = NULL, held_until = NULL, cursor = NULL
          WHERE id = ?1 AND state = 'running'",
        &[&id, &state.as_str(), &reason, &now, &expires_at],
    )?;
    Ok(changed > 0)
}

pub(super) fn set_state(tx: &Tx, id: ExportId, state: State) -> Result<()> {
    tx.execute("UPDATE exports SET state = ?2, held_by = NULL, held_until = NULL WHERE id = ?1", &[&id, &state.as_str()])?;
    Ok(())
}

/// Bundles whose time is over.
pub(super) fn expired(db: &Reader, now: Timestamp) -> Result<Vec<ExportId>> {
    db.query("SELECT id FROM exports WHERE state = 'done' AND expires_at <= ?1 ORDER BY id", &[&now], |row| row.get("id"))
}

/// The words of all bundles whose files are wanted.
pub(super) fn wanted(db: &Reader) -> Result<Vec<String>> {
    db.query("SELECT bundle FROM exports WHERE state IN ('running', 'done')", &[], |row| row.get("bundle"))
}

/// How many bundles there are, and their bytes.
pub(super) fn held(db: &Reader) -> Result<(i64, i64)> {
    let sql =
        "SELECT COUNT(*) AS bundles, COALESCE(SUM(written_bytes), 0) AS bytes FROM exports WHERE state IN ('running', 'done')";
    db.query_one(sql, &[], |row| Ok((row.get("bundles")?, row.get("bytes")?)))
}

pub(super) fn add_project(tx: &Tx, id: ExportId, project: ProjectId) -> Result<()> {
    tx.execute(
        "INSERT INTO export_projects (export_id, project_id) VALUES (?1, ?2) ON CONFLICT (export_id, project_id) DO NOTHING",
        &[&id, &project],
    )?;
    Ok(())
}

pub(super) fn add_version(tx: &Tx, id: ExportId, version: ArtifactId) -> Result<()> {
    tx.execute(
        "INSERT INTO export_versions (export_id, artifact_id) VALUES (?1, ?2) ON CONFLICT (export_id, artifact_id) DO NOTHING",
        &[&id, &version],
    )?;
    Ok(())
}

pub(super) fn projects(db: &Reader, id: ExportId) -> Result<Vec<ProjectId>> {
    db.query("SELECT project_id FROM export_projects WHERE export_id = ?1", &[&id], |row| row.get("project_id"))
}

pub(super) fn versions(db: &Reader, id: ExportId) -> Result<Vec<ArtifactId>> {
    db.query("SELECT artifact_id FROM export_versions WHERE export_id = ?1", &[&id], |row| row.get("artifact_id"))
}

/// Exports in whose titles that text is, perhaps as a part of another word.
pub(super) fn titles_with(db: &Reader, text: &str) -> Result<Vec<(ExportId, String)>> {
    let sql = "SELECT id, title FROM exports WHERE LOWER(title) LIKE '%' || LOWER(?1) || '%'";
    db.query(sql, &[&text], |row| Ok((row.get("id")?, row.get("title")?)))
}

pub(super) fn set_title(tx: &Tx, id: ExportId, title: &str) -> Result<()> {
    tx.execute("UPDATE exports SET title = ?2 WHERE id = ?1", &[&id, &title])?;
    Ok(())
}
