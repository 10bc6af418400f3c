//! The SQL of runs that change their project, and of the addresses they had.

use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::error::Result;
use crate::id::{ProjectId, RunId};

pub(super) fn name_taken(db: &Reader, project: ProjectId, name: &str) -> Result<bool> {
    let found = db.query_opt("SELECT 1 FROM runs WHERE project_id = ?1 AND name = ?2", &[&project, &name], |_| Ok(()))?;
    Ok(found.is_some())
}

/// What rewinds cut away from a run, with the names it has.
pub(super) fn archives(db: &Reader, id: RunId) -> Result<Vec<(RunId, String)>> {
    db.query("SELECT id, name FROM runs WHERE archive_of = ?1 AND purged_at IS NULL", &[&id], |row| {
        Ok((row.get("id")?, row.get("name")?))
    })
}

/// Moves a run with the rows that repeat its project. A sweep stays where it is.
pub(super) fn relocate(tx: &Tx, id: RunId, from: (ProjectId, &str), to: (ProjectId, &str), now: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE runs SET sweep_project_id = CASE WHEN sweep_name IS NULL OR COALESCE(sweep_project_id, project_id) = ?2 THEN NULL
                                                 ELSE COALESCE(sweep_project_id, project_id) END,
                project_id = ?2, name = ?3 WHERE id = ?1",
        &[&id, &to.0, &to.1],
    )?;
    for sql in
        ["UPDATE run_fields SET project_id = ?2 WHERE run_id = ?1", "UPDATE run_tags SET project_id = ?2 WHERE run_id = ?1"]
    {
        tx.execute(sql, &[&id, &to.0])?;
    }
    tx.execute("DELETE FROM run_addresses WHERE project_id = ?1 AND name = ?2", &[&to.0, &to.1])?;
    tx.execute(
        "INSERT INTO run_addresses (project_id, name, run_id, since) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (project_id, name) DO UPDATE SET run_id = excluded.run_id, since = excluded.since",
        &[&from.0, &from.1, &id, &now],
    )?;
    Ok(())
}

/// The run that had this address.
pub(super) fn by_old_path(db: &Reader, entity: &str, project: &str, name: &str) -> Result<Option<RunId>> {
    db.query_opt(
        "SELECT run_addresses.run_id FROM run_addresses
           JOIN projects ON projects.id = run_addresses.project_id
           JOIN entities ON entities.id = projects.entity_id
          WHERE entities.name_key = ?1 AND projects.name = ?2 AND run_addresses.name = ?3",
        &[&entity.to_lowercase(), &project, &name],
        |row| row.get("run_id"),
    )
}

/// The run that had this name in a project.
pub(super) fn by_old_name(db: &Reader, project: ProjectId, name: &str) -> Result<Option<RunId>> {
    db.query_opt("SELECT run_id FROM run_addresses WHERE project_id = ?1 AND name = ?2", &[&project, &name], |row| {
        row.get("run_id")
    })
}

/// Whether the run that had this name in a project lies in the trash of another.
pub(super) fn old_name_in_trash(db: &Reader, project: ProjectId, name: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM run_addresses JOIN runs ON runs.id = run_addresses.run_id
                WHERE run_addresses.project_id = ?1 AND run_addresses.name = ?2
                  AND runs.deleted_at IS NOT NULL AND runs.purged_at IS NULL";
    Ok(db.query_opt(sql, &[&project, &name], |_| Ok(()))?.is_some())
}

/// An address leads to the run that has it now.
pub(super) fn forget_address(tx: &Tx, project: ProjectId, name: &str) -> Result<()> {
    tx.execute("DELETE FROM run_addresses WHERE project_id = ?1 AND name = ?2", &[&project, &name])?;
    Ok(())
}

/// Nothing leads any more to a run that is freed.
pub(super) fn forget_addresses(tx: &Tx, id: RunId) -> Result<()> {
    tx.execute("DELETE FROM run_addresses WHERE run_id = ?1", &[&id])?;
    Ok(())
}

/// A project that goes for good leads nowhere.
pub(super) fn forget_addresses_in(tx: &Tx, project: ProjectId) -> Result<()> {
    tx.execute("DELETE FROM run_addresses WHERE project_id = ?1", &[&project])?;
    Ok(())
}
