//! The SQL of deleted runs, but for what all trashes share.

use super::trash::Trashed;
use crate::clock::Timestamp;
use crate::db::{Reader, Row, Tx};
use crate::domain::trash_store::in_trash;
use crate::error::Result;
use crate::id::{ProjectId, RunId};

/// What is in the trash of a project.
fn select() -> String {
    format!(
        "SELECT runs.id, runs.name, runs.display_name, runs.created_by, runs.deleted_at, runs.purge_after,
                accounts.username AS deleted_by
           FROM runs LEFT JOIN accounts ON accounts.id = runs.deleted_by
          WHERE runs.project_id = ?1 AND {}",
        in_trash("runs")
    )
}

fn trashed(row: &Row<'_>) -> Result<Trashed> {
    Ok(Trashed {
        id: row.get("id")?,
        name: row.get("name")?,
        display_name: row.get("display_name")?,
        created_by: row.get("created_by")?,
        deleted_at: row.get("deleted_at")?,
        deleted_by: row.get("deleted_by")?,
        purge_after: row.get("purge_after")?,
    })
}

/// The run of that name in the trash of a project.
pub(super) fn find(db: &Reader, project: ProjectId, name: &str) -> Result<Option<Trashed>> {
    db.query_opt(&format!("{} AND runs.name = ?2", select()), &[&project, &name], trashed)
}

/// The trash of a project, from before that place on, last deleted first.
pub(super) fn page(db: &Reader, project: ProjectId, before: Option<(i64, i64)>, limit: usize) -> Result<Vec<Trashed>> {
    let (deleted, id) = before.unwrap_or((i64::MAX, i64::MAX));
    let sql = format!(
        "{} AND (runs.deleted_at < ?2 OR (runs.deleted_at = ?2 AND runs.id < ?3))
          ORDER BY runs.deleted_at DESC, runs.id DESC LIMIT ?4",
        select()
    );
    db.query(&sql, &[&project, &deleted, &id, &(limit as i64)], trashed)
}

/// Whether a deleted run that is not yet freed has this name.
pub(super) fn holds(db: &Reader, project: ProjectId, name: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM runs WHERE project_id = ?1 AND name = ?2 AND deleted_at IS NOT NULL AND purged_at IS NULL";
    Ok(db.query_opt(sql, &[&project, &name], |_| Ok(()))?.is_some())
}

pub(super) fn set_locked(tx: &Tx, id: RunId, locked: bool) -> Result<()> {
    tx.execute("UPDATE runs SET locked = ?2 WHERE id = ?1", &[&id, &locked])?;
    Ok(())
}

/// Drops what hangs on a run. Its row stays for those that point to it, under a name that no run can have.
pub(super) fn set_purged(tx: &Tx, id: RunId, now: Timestamp) -> Result<()> {
    for sql in [
        "DELETE FROM run_fields WHERE run_id = ?1",
        "DELETE FROM run_tags WHERE run_id = ?1",
        "DELETE FROM alerts WHERE run_id = ?1",
    ] {
        tx.execute(sql, &[&id])?;
    }
    let sql = "UPDATE runs SET purged_at = ?2, name = '/' || id, config = '{}', summary = '{}' WHERE id = ?1";
    tx.execute(sql, &[&id, &now])?;
    Ok(())
}

/// How many deleted runs are in all trashes, and how many of them may go for good by now.
pub(super) fn counts(db: &Reader, now: Timestamp) -> Result<(i64, i64)> {
    let sql = "SELECT COUNT(*) AS held, COALESCE(SUM(purge_after <= ?1), 0) AS due
                 FROM runs WHERE deleted_at IS NOT NULL AND purged_at IS NULL";
    db.query_one(sql, &[&now], |row| Ok((row.get("held")?, row.get("due")?)))
}

/// Gives up runs of a project that are not yet; how many.
pub(super) fn give_up_of(tx: &Tx, project: ProjectId, now: Timestamp, limit: usize) -> Result<usize> {
    tx.execute(
        "UPDATE runs SET deleted_at = COALESCE(deleted_at, ?2), purge_after = 0
          WHERE id IN (SELECT id FROM runs
                        WHERE project_id = ?1 AND purged_at IS NULL AND (purge_after IS NULL OR purge_after > 0) LIMIT ?3)",
        &[&project, &now, &(limit as i64)],
    )
}

pub(super) fn any_left(db: &Reader, project: ProjectId) -> Result<bool> {
    let sql = "SELECT 1 FROM runs WHERE project_id = ?1 AND purged_at IS NULL LIMIT 1";
    Ok(db.query_opt(sql, &[&project], |_| Ok(()))?.is_some())
}
