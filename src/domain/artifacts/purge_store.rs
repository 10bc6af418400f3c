//! The SQL of the end of a project's artifacts.

use super::editing_store;
use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::error::Result;
use crate::id::{ArtifactId, MembershipId, ProjectId};

/// Versions in the sequences of a project that are not deleted.
pub(super) fn versions(db: &Reader, project: ProjectId, limit: usize) -> Result<Vec<ArtifactId>> {
    db.query(
        "SELECT artifacts.id FROM artifacts JOIN artifact_collections ON artifact_collections.id = artifacts.sequence_id
          WHERE artifact_collections.project_id = ?1 AND artifacts.state <> 'deleted' LIMIT ?2",
        &[&project, &(limit as i64)],
        |row| row.get("id"),
    )
}

pub(super) fn delete_version(tx: &Tx, id: ArtifactId, now: Timestamp) -> Result<()> {
    let sql = "SELECT id FROM artifact_memberships WHERE artifact_id = ?1";
    let memberships: Vec<MembershipId> = tx.query(sql, &[&id], |row| row.get("id"))?;
    for membership in memberships {
        editing_store::delete_membership(tx, membership)?;
    }
    editing_store::set_deleted(tx, id, now)
}

/// Removes the collections of a project; the versions that its portfolios link stay where they are.
pub(super) fn delete_collections(tx: &Tx, project: ProjectId, now: Timestamp) -> Result<()> {
    let sql = "SELECT artifact_memberships.id FROM artifact_memberships
                 JOIN artifact_collections ON artifact_collections.id = artifact_memberships.collection_id
                WHERE artifact_collections.project_id = ?1";
    let links: Vec<MembershipId> = tx.query(sql, &[&project], |row| row.get("id"))?;
    for link in links {
        editing_store::delete_membership(tx, link)?;
    }
    let sql = "UPDATE artifact_collections SET deleted_at = ?2 WHERE project_id = ?1 AND deleted_at IS NULL";
    tx.execute(sql, &[&project, &now])?;
    Ok(())
}
