//! The tables of what runs made and used.

use super::lineage::Side;
use super::store;
use crate::clock::Timestamp;
use crate::db::{Reader, Row, Tx};
use crate::error::Result;
use crate::id::{ArtifactId, ProjectId, RunId};
use crate::policy::Target;

pub(super) fn add_output(tx: &Tx, run: RunId, artifact: ArtifactId, now: Timestamp) -> Result<()> {
    tx.execute(
        "INSERT INTO artifact_outputs (run_id, artifact_id, created_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (run_id, artifact_id) DO NOTHING",
        &[&run, &artifact, &now],
    )?;
    Ok(())
}

/// The runs of a draft made the version that stands for it.
pub(super) fn move_outputs(tx: &Tx, from: ArtifactId, to: ArtifactId) -> Result<()> {
    tx.execute(
        "INSERT INTO artifact_outputs (run_id, artifact_id, created_at)
         SELECT run_id, ?2, created_at FROM artifact_outputs WHERE artifact_id = ?1
         ON CONFLICT (run_id, artifact_id) DO NOTHING",
        &[&from, &to],
    )?;
    tx.execute("DELETE FROM artifact_outputs WHERE artifact_id = ?1", &[&from])?;
    Ok(())
}

/// Records a use; whether it is new.
pub(super) fn add_input(tx: &Tx, run: RunId, artifact: ArtifactId, used_as: Option<&str>, now: Timestamp) -> Result<bool> {
    let added = tx.execute(
        "INSERT INTO artifact_inputs (run_id, artifact_id, used_as, created_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (run_id, artifact_id) DO NOTHING",
        &[&run, &artifact, &used_as, &now],
    )?;
    Ok(added > 0)
}

/// The committed versions on one side of a run, with the projects they were logged to.
fn side(side: Side) -> (&'static str, String) {
    let table = match side {
        Side::Input => "artifact_inputs",
        Side::Output => "artifact_outputs",
    };
    let from = format!(
        "{table} JOIN artifacts ON artifacts.id = {table}.artifact_id
           JOIN artifact_collections ON artifact_collections.id = artifacts.sequence_id
           JOIN projects ON projects.id = artifact_collections.project_id
          WHERE {table}.run_id = ?1 AND artifacts.state = 'committed' AND projects.deleted_at IS NULL"
    );
    (table, from)
}

fn project(row: &Row<'_>) -> Result<Target> {
    let (id, entity) = (row.get("project_id")?, row.get("entity_id")?);
    Ok(Target::Project { id, entity, visibility: store::visibility(row)? })
}

/// Those versions, oldest first, after a moment and a version at it.
pub(super) fn of_run(
    db: &Reader,
    run: RunId,
    of: Side,
    after: (Timestamp, i64),
    limit: usize,
) -> Result<Vec<(Timestamp, ArtifactId, Target)>> {
    let (table, from) = side(of);
    let sql = format!(
        "SELECT {table}.created_at, {table}.artifact_id, projects.id AS project_id, projects.entity_id, projects.visibility
           FROM {from} AND ({table}.created_at, {table}.artifact_id) > (?2, ?3)
          ORDER BY {table}.created_at, {table}.artifact_id LIMIT ?4"
    );
    db.query(&sql, &[&run, &after.0, &after.1, &(limit as i64)], |row| {
        Ok((row.get("created_at")?, row.get("artifact_id")?, project(row)?))
    })
}

/// How many of those versions each project has.
pub(super) fn counts_of_run(db: &Reader, run: RunId, of: Side) -> Result<Vec<(Target, i64)>> {
    let (_, from) = side(of);
    let sql = format!(
        "SELECT projects.id AS project_id, projects.entity_id, projects.visibility, COUNT(*) AS versions
           FROM {from} GROUP BY projects.id, projects.entity_id, projects.visibility"
    );
    db.query(&sql, &[&run], |row| Ok((project(row)?, row.get("versions")?)))
}

/// Those versions of one project.
pub(super) fn of_run_in(db: &Reader, run: RunId, of: Side, project: ProjectId) -> Result<Vec<ArtifactId>> {
    let (table, from) = side(of);
    let sql = format!("SELECT {table}.artifact_id FROM {from} AND projects.id = ?2");
    db.query(&sql, &[&run, &project], |row| row.get("artifact_id"))
}

/// Some runs that used a version, after this one.
pub(super) fn users(db: &Reader, artifact: ArtifactId, after: i64, limit: usize) -> Result<Vec<RunId>> {
    db.query(
        "SELECT run_id FROM artifact_inputs WHERE artifact_id = ?1 AND run_id > ?2 ORDER BY run_id LIMIT ?3",
        &[&artifact, &after, &(limit as i64)],
        |row| row.get("run_id"),
    )
}

/// The runs that made (`true`) and used a version.
pub(super) fn neighbours(db: &Reader, artifact: ArtifactId) -> Result<Vec<(RunId, bool)>> {
    db.query(
        "SELECT run_id, 1 AS is_maker FROM artifact_outputs WHERE artifact_id = ?1
         UNION ALL SELECT run_id, 0 AS is_maker FROM artifact_inputs WHERE artifact_id = ?1 ORDER BY is_maker DESC, run_id",
        &[&artifact],
        |row| Ok((row.get("run_id")?, row.get("is_maker")?)),
    )
}

/// The committed versions that a run made (`true`) and used.
pub(super) fn versions_of(db: &Reader, run: RunId) -> Result<Vec<(ArtifactId, bool)>> {
    db.query(
        "SELECT artifact_outputs.artifact_id, 1 AS is_output FROM artifact_outputs
           JOIN artifacts ON artifacts.id = artifact_outputs.artifact_id
          WHERE artifact_outputs.run_id = ?1 AND artifacts.state = 'committed'
         UNION ALL
         SELECT artifact_inputs.artifact_id, 0 AS is_output FROM artifact_inputs
           JOIN artifacts ON artifacts.id = artifact_inputs.artifact_id
          WHERE artifact_inputs.run_id = ?1 AND artifacts.state = 'committed' ORDER BY is_output DESC, artifact_id",
        &[&run],
        |row| Ok((row.get("artifact_id")?, row.get("is_output")?)),
    )
}
