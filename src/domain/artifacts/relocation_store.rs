//! The SQL of versions that follow their runs to another project.

use crate::clock::Timestamp;
use crate::db::{Reader, ToValue, Tx, list_of};
use crate::error::Result;
use crate::id::{ArtifactId, CollectionId, MembershipId, ProjectId, RunId};

/// Committed versions in sequences of a project that any of these runs made or used.
pub(super) fn tied_to(db: &Reader, project: ProjectId, runs: &[RunId]) -> Result<Vec<ArtifactId>> {
    let list = list_of(2, runs.len());
    let sql = format!(
        "SELECT artifacts.id FROM artifacts JOIN artifact_collections ON artifact_collections.id = artifacts.sequence_id
          WHERE artifact_collections.project_id = ?1 AND artifacts.state = 'committed'
            AND artifacts.id IN (SELECT artifact_id FROM artifact_outputs WHERE run_id IN ({list})
                                 UNION SELECT artifact_id FROM artifact_inputs WHERE run_id IN ({list}))
          ORDER BY artifacts.id"
    );
    let mut values: Vec<&dyn ToValue> = vec![&project];
    values.extend(runs.iter().map(|run| run as &dyn ToValue));
    db.query(&sql, &values, |row| row.get("id"))
}

/// The runs that made or used a version, with the project each is in; those that were freed do not count.
pub(super) fn runs_of(db: &Reader, id: ArtifactId) -> Result<Vec<(RunId, ProjectId)>> {
    db.query(
        "SELECT runs.id, runs.project_id FROM runs
          WHERE runs.purged_at IS NULL
            AND runs.id IN (SELECT run_id FROM artifact_outputs WHERE artifact_id = ?1
                            UNION SELECT run_id FROM artifact_inputs WHERE artifact_id = ?1)",
        &[&id],
        |row| Ok((row.get("id")?, row.get("project_id")?)),
    )
}

/// Puts a version into another sequence under this number.
pub(super) fn relocate(
    tx: &Tx,
    id: ArtifactId,
    membership: MembershipId,
    sequence: CollectionId,
    index: i64,
    now: Timestamp,
) -> Result<()> {
    tx.execute("UPDATE artifacts SET sequence_id = ?2 WHERE id = ?1", &[&id, &sequence])?;
    tx.execute(
        "UPDATE artifact_memberships SET collection_id = ?2, version_index = ?3 WHERE id = ?1",
        &[&membership, &sequence, &index],
    )?;
    tx.execute(
        "UPDATE artifact_collections SET updated_at = ?3, next_index = CASE WHEN next_index > ?2 THEN next_index ELSE ?2 + 1 END
          WHERE id = ?1",
        &[&sequence, &index, &now],
    )?;
    Ok(())
}

/// Takes an alias along to the collection that its version went to; without one it is dropped.
pub(super) fn carry_alias(tx: &Tx, id: i64, to: Option<CollectionId>) -> Result<()> {
    match to {
        Some(collection) => tx.execute("UPDATE artifact_aliases SET collection_id = ?2 WHERE id = ?1", &[&id, &collection])?,
        None => tx.execute("DELETE FROM artifact_aliases WHERE id = ?1", &[&id])?,
    };
    Ok(())
}

/// Gives a collection the description and the tags of another.
pub(super) fn describe_like(tx: &Tx, id: CollectionId, other: CollectionId) -> Result<()> {
    tx.execute(
        "UPDATE artifact_collections SET description = (SELECT o.description FROM artifact_collections o WHERE o.id = ?2)
          WHERE id = ?1",
        &[&id, &other],
    )?;
    tx.execute(
        "INSERT INTO artifact_collection_tags (collection_id, name)
         SELECT ?1, name FROM artifact_collection_tags WHERE collection_id = ?2",
        &[&id, &other],
    )?;
    Ok(())
}

/// Removes a sequence that all versions have left, unless one is on its way to it.
pub(super) fn close_if_empty(tx: &Tx, id: CollectionId, now: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE artifact_collections SET deleted_at = ?2
          WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM artifacts WHERE sequence_id = ?1 AND state = 'pending')",
        &[&id, &now],
    )?;
    Ok(())
}
