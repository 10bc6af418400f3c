//! The SQL of runs on their way to another server and in from one.

use super::transfer::Incoming;
use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::error::Result;
use crate::id::{ProjectId, RunId};

/// The digest of a run that was given no config.
const NO_CONFIG: &[u8] = &[];

pub(super) fn ids_in(db: &Reader, project: ProjectId) -> Result<Vec<RunId>> {
    let sql = "SELECT id FROM runs WHERE project_id = ?1 AND deleted_at IS NULL ORDER BY id";
    db.query(sql, &[&project], |row| row.get("id"))
}

pub(super) fn archive_of(db: &Reader, id: RunId) -> Result<Option<RunId>> {
    Ok(db.query_opt("SELECT archive_of FROM runs WHERE id = ?1", &[&id], |row| row.get("archive_of"))?.flatten())
}

pub(super) fn file_bytes(db: &Reader, project: ProjectId, run: Option<RunId>) -> Result<i64> {
    db.query_one(
        "SELECT COALESCE(SUM(f.size_bytes), 0) AS bytes FROM run_files f JOIN runs r ON r.id = f.run_id
          WHERE r.project_id = ?1 AND r.deleted_at IS NULL AND (?2 IS NULL OR r.id = ?2)",
        &[&project, &run],
        |row| row.get("bytes"),
    )
}

/// A row that counts as one whose run is gone for good, so that nothing finds it and nothing purges it again.
pub(super) fn reserve(tx: &Tx, project: ProjectId, name: &str, now: Timestamp) -> Result<RunId> {
    tx.query_one(
        "INSERT INTO runs (project_id, name, ordinal, display_name, state, created_at, started_at, heartbeat_at, updated_at,
                           deleted_at, purge_after, purged_at, config_digest)
         VALUES (?1, ?2, 0, '', 'finished', ?3, ?3, ?3, ?3, ?3, ?3, ?3, ?4) RETURNING id",
        &[&project, &name, &now, &NO_CONFIG],
        |row| row.get("id"),
    )
}

pub(super) fn settle(tx: &Tx, id: RunId, run: &Incoming, ordinal: i64, digest: &[u8]) -> Result<()> {
    let (branch_run, branch_step) = run.branch.unzip();
    tx.execute(
        "UPDATE runs SET name = ?2, ordinal = ?3, display_name = ?4, description = ?5, notes = ?6, group_name = ?7, job_type = ?8,
                sweep_name = ?9, host = ?10, program = ?11, repo = ?12, commit_hash = ?13, state = ?14, state_reason = ?15,
                exit_code = ?16, locked = ?17, config = ?18, config_digest = ?19, summary = ?20, summary_indexed = 1,
                branch_run_id = ?21, branch_step = ?22, archive_of = ?23, inherited_lines = ?24, created_by = ?25, logged_by = ?26,
                attribution_warning = ?27, created_at = ?28, started_at = ?29, heartbeat_at = ?30, updated_at = ?31,
                ended_at = ?32, deleted_at = NULL, purge_after = NULL, purged_at = NULL
          WHERE id = ?1",
        &[
            &id,
            &run.name.as_str(),
            &ordinal,
            &run.display_name,
            &run.description,
            &run.notes,
            &run.group,
            &run.job_type,
            &run.sweep,
            &run.host,
            &run.program,
            &run.repo,
            &run.commit,
            &run.state.as_str(),
            &run.state_reason,
            &run.exit_code,
            &run.locked,
            &run.config,
            &digest,
            &run.summary,
            &branch_run,
            &branch_step,
            &run.archive_of,
            &run.inherited_lines,
            &run.created_by,
            &run.logged_by,
            &run.attribution_warning,
            &run.created_at,
            &run.started_at,
            &run.heartbeat_at,
            &run.updated_at,
            &run.ended_at,
        ],
    )?;
    Ok(())
}
