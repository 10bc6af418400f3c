//! The newest of what is in projects and seats.

use super::What;
use crate::clock::Timestamp;
use crate::db::Reader;
use crate::domain::projects::Project;
use crate::error::Result;
use crate::id::{AccountId, EntityId};

type Found = (Timestamp, Option<AccountId>, What);

/// Runs of a project, newest first.
pub(super) fn runs(db: &Reader<'_>, project: &Project, limit: usize) -> Result<Vec<Found>> {
    db.query(
        "SELECT r.name, r.display_name, r.state, r.created_by, r.created_at FROM runs r
          WHERE r.project_id = ?1 AND r.deleted_at IS NULL AND r.archive_of IS NULL
          ORDER BY r.created_at DESC, r.id DESC LIMIT ?2",
        &[&project.id, &(limit as i64)],
        |row| {
            let (run, display_name, state) = (row.get("name")?, row.get("display_name")?, row.get("state")?);
            let what = What::RunBegan { project: project.name.clone(), run, display_name, state };
            Ok((row.get("created_at")?, row.get("created_by")?, what))
        },
    )
}

/// Versions of artifacts that are whole, newest first.
pub(super) fn versions(db: &Reader<'_>, project: &Project, limit: usize) -> Result<Vec<Found>> {
    db.query(
        "SELECT t.name AS kind, c.name AS collection, m.version_index, a.created_by, a.created_at
           FROM artifact_collections c JOIN artifact_types t ON t.id = c.type_id
           JOIN artifacts a ON a.sequence_id = c.id AND a.state = 'committed'
           JOIN artifact_memberships m ON m.collection_id = c.id AND m.artifact_id = a.id
          WHERE c.project_id = ?1 AND c.kind = 'sequence' AND c.deleted_at IS NULL
          ORDER BY a.id DESC LIMIT ?2",
        &[&project.id, &(limit as i64)],
        |row| {
            let (kind, collection, version) = (row.get("kind")?, row.get("collection")?, row.get("version_index")?);
            let what = What::VersionLogged { project: project.name.clone(), kind, collection, version };
            Ok((row.get("created_at")?, row.get("created_by")?, what))
        },
    )
}

/// Published reports by when they were last, newest first. Drafts are nobody else's business.
pub(super) fn reports(db: &Reader<'_>, project: &Project, limit: usize) -> Result<Vec<Found>> {
    db.query(
        "SELECT r.id, r.display_name, r.updated_by, r.updated_at FROM reports r
          WHERE r.project_id = ?1 AND r.kind = 'report' AND r.deleted_at IS NULL
          ORDER BY r.updated_at DESC, r.id DESC LIMIT ?2",
        &[&project.id, &(limit as i64)],
        |row| {
            let (report, display_name) = (row.get("id")?, row.get("display_name")?);
            let what = What::ReportPublished { project: project.name.clone(), report, display_name };
            Ok((row.get("updated_at")?, row.get("updated_by")?, what))
        },
    )
}

/// Who took a seat, newest first.
pub(super) fn joined(db: &Reader<'_>, team: EntityId, limit: usize) -> Result<Vec<(Timestamp, AccountId)>> {
    db.query(
        "SELECT m.account_id, m.created_at FROM team_members m JOIN accounts a ON a.id = m.account_id
          WHERE m.team_id = ?1 AND a.deactivated_at IS NULL ORDER BY m.created_at DESC LIMIT ?2",
        &[&team, &(limit as i64)],
        |row| Ok((row.get("created_at")?, row.get("account_id")?)),
    )
}
