//! Sizes, summed by the databases.

use super::{ArtifactUsage, RunUsage};
use crate::db::{Reader, Row};
use crate::error::Result;
use crate::id::{EntityId, ProjectId, RunId};

/// A project with who has it.
pub(super) struct Place {
    pub project: ProjectId,
    pub name: String,
    pub entity: EntityId,
    pub entity_name: String,
    pub entity_kind: String,
}

/// Which contents a project's versions hold: their files, their lists of files, and what has arrived for those that are not
/// committed yet.
const HELD: &str = "SELECT artifacts.id AS artifact_id, artifact_collections.project_id, artifact_entries.content_id
       FROM artifact_entries JOIN artifacts ON artifacts.id = artifact_entries.artifact_id
       JOIN artifact_collections ON artifact_collections.id = artifacts.sequence_id WHERE artifact_entries.content_id IS NOT NULL
     UNION SELECT artifacts.id, artifact_collections.project_id, artifact_manifests.content_id
       FROM artifact_manifests JOIN artifacts ON artifacts.id = artifact_manifests.artifact_id
       JOIN artifact_collections ON artifact_collections.id = artifacts.sequence_id WHERE artifact_manifests.content_id IS NOT NULL
     UNION SELECT artifacts.id, artifact_collections.project_id, artifact_files.content_id
       FROM artifact_files JOIN artifacts ON artifacts.id = artifact_files.artifact_id
       JOIN artifact_collections ON artifact_collections.id = artifacts.sequence_id WHERE artifact_files.content_id IS NOT NULL";

fn bytes(row: &Row<'_>) -> Result<u64> {
    row.get::<i64>("bytes").map(i64::unsigned_abs)
}

pub(super) fn projects(db: &Reader<'_>) -> Result<Vec<Place>> {
    let sql = "SELECT projects.id, projects.name, entities.id AS entity_id, entities.name AS entity_name, entities.kind
                 FROM projects JOIN entities ON entities.id = projects.entity_id ORDER BY projects.id";
    db.query(sql, &[], |row| {
        Ok(Place {
            project: row.get("id")?,
            name: row.get("name")?,
            entity: row.get("entity_id")?,
            entity_name: row.get("entity_name")?,
            entity_kind: row.get("kind")?,
        })
    })
}

pub(super) fn runs(db: &Reader<'_>) -> Result<Vec<(RunId, ProjectId)>> {
    let sql = "SELECT id, project_id FROM runs WHERE purged_at IS NULL";
    db.query(sql, &[], |row| Ok((row.get("id")?, row.get("project_id")?)))
}

pub(super) fn run_files_by_project(db: &Reader<'_>) -> Result<Vec<(ProjectId, u64)>> {
    let sql = "SELECT runs.project_id, SUM(run_files.size_bytes) AS bytes
                 FROM run_files JOIN runs ON runs.id = run_files.run_id GROUP BY runs.project_id";
    db.query(sql, &[], |row| Ok((row.get("project_id")?, bytes(row)?)))
}

pub(super) fn artifacts_by_project(db: &Reader<'_>) -> Result<Vec<(ProjectId, u64)>> {
    let sql = format!(
        "SELECT held.project_id, SUM(contents.size_bytes) AS bytes
           FROM (SELECT DISTINCT project_id, content_id FROM ({HELD})) AS held
           JOIN contents ON contents.id = held.content_id GROUP BY held.project_id"
    );
    db.query(&sql, &[], |row| Ok((row.get("project_id")?, bytes(row)?)))
}

pub(super) fn artifacts_by_entity(db: &Reader<'_>) -> Result<Vec<(EntityId, u64)>> {
    let sql = format!(
        "SELECT held.entity_id, SUM(contents.size_bytes) AS bytes
           FROM (SELECT DISTINCT projects.entity_id, held.content_id FROM ({HELD}) AS held
                   JOIN projects ON projects.id = held.project_id) AS held
           JOIN contents ON contents.id = held.content_id GROUP BY held.entity_id"
    );
    db.query(&sql, &[], |row| Ok((row.get("entity_id")?, bytes(row)?)))
}

pub(super) fn contents(db: &Reader<'_>) -> Result<u64> {
    db.query_one("SELECT COALESCE(SUM(size_bytes), 0) AS bytes FROM contents", &[], bytes)
}

pub(super) fn files_to_remove(db: &Reader<'_>) -> Result<u64> {
    db.query_one("SELECT COUNT(*) AS bytes FROM blob_garbage", &[], bytes)
}

/// What lies in the history's database itself, by run.
pub(super) fn tails(db: &Reader<'_>, run: Option<RunId>) -> Result<Vec<(RunId, u64)>> {
    let read = |row: &Row<'_>| Ok((row.get("run_id")?, bytes(row)?));
    match run {
        None => db.query("SELECT run_id, SUM(LENGTH(lines)) AS bytes FROM chunks GROUP BY run_id", &[], read),
        Some(run) => {
            let sql = "SELECT run_id, SUM(LENGTH(lines)) AS bytes FROM chunks WHERE run_id = ?1 GROUP BY run_id";
            db.query(sql, &[&run], read)
        }
    }
}

/// Which run has rows in which segment, and how many bytes that has.
pub(super) fn segments_of_runs(db: &Reader<'_>, run: Option<RunId>) -> Result<Vec<(RunId, i64, u64)>> {
    let read = |row: &Row<'_>| Ok((row.get("run_id")?, row.get("id")?, bytes(row)?));
    let sql = "SELECT DISTINCT chunks.run_id, segments.id, segments.size_bytes AS bytes
                 FROM chunks JOIN segments ON segments.id = chunks.segment_id";
    match run {
        None => db.query(sql, &[], read),
        Some(run) => db.query(&format!("{sql} WHERE chunks.run_id = ?1"), &[&run], read),
    }
}

/// The runs of a project with the bytes of their files; what they streamed lies in the other database.
pub(super) fn runs_of_project(db: &Reader<'_>, project: ProjectId) -> Result<Vec<(RunId, RunUsage)>> {
    let sql = "SELECT runs.id, runs.name, runs.display_name, runs.deleted_at IS NOT NULL AS in_trash, COALESCE(SUM(run_files.size_bytes), 0) AS bytes
                 FROM runs LEFT JOIN run_files ON run_files.run_id = runs.id
                WHERE runs.project_id = ?1 AND runs.purged_at IS NULL GROUP BY runs.id";
    db.query(sql, &[&project], |row| {
        let (run, display_name, in_trash, files) =
            (row.get("name")?, row.get("display_name")?, row.get("in_trash")?, bytes(row)?);
        Ok((row.get("id")?, RunUsage { run, display_name, in_trash, files, history: 0, total_bytes: files }))
    })
}

pub(super) fn artifacts_of_project(db: &Reader<'_>, project: ProjectId, limit: i64) -> Result<Vec<ArtifactUsage>> {
    let sql = format!(
        "WITH held AS ({HELD}), holders AS (SELECT content_id, COUNT(*) AS count FROM held GROUP BY content_id)
         SELECT artifact_collections.name || ':v' || artifact_memberships.version_index AS name, artifact_types.name AS kind,
                SUM(contents.size_bytes) AS bytes,
                SUM(CASE WHEN holders.count = 1 THEN contents.size_bytes ELSE 0 END) AS own_bytes
           FROM held JOIN artifacts ON artifacts.id = held.artifact_id
           JOIN contents ON contents.id = held.content_id
           JOIN holders ON holders.content_id = held.content_id
           JOIN artifact_collections ON artifact_collections.id = artifacts.sequence_id
           JOIN artifact_types ON artifact_types.id = artifact_collections.type_id
           LEFT JOIN artifact_memberships ON artifact_memberships.artifact_id = artifacts.id
                                         AND artifact_memberships.collection_id = artifacts.sequence_id
          WHERE held.project_id = ?1 GROUP BY artifacts.id ORDER BY bytes DESC, name LIMIT ?2"
    );
    db.query(&sql, &[&project, &limit], |row| {
        Ok(ArtifactUsage {
            artifact: row.get::<Option<String>>("name")?.unwrap_or_else(|| "(not committed)".to_owned()),
            kind: row.get("kind")?,
            total_bytes: bytes(row)?,
            own_bytes: row.get::<i64>("own_bytes")?.unsigned_abs(),
        })
    })
}
