//! The SQL of deleted projects, but for what all trashes share.

use super::store::{SELECT, project};
use super::trash::{Holdings, Trashed};
use crate::clock::Timestamp;
use crate::db::{Reader, Row, Tx};
use crate::domain::trash_store::in_trash;
use crate::error::Result;
use crate::id::{EntityId, ProjectId};

fn trashed(row: &Row<'_>) -> Result<Trashed> {
    Ok(Trashed {
        project: project(row)?,
        deleted_at: row.get("deleted_at")?,
        deleted_by: row.get("deleted_by")?,
        purge_after: row.get("purge_after")?,
    })
}

/// The columns and tables of a [`Trashed`].
fn select() -> String {
    let (columns, tables) = SELECT.split_once("FROM").unwrap_or((SELECT, ""));
    format!(
        "{columns}, projects.deleted_at, projects.purge_after,
           (SELECT accounts.username FROM accounts WHERE accounts.id = projects.deleted_by) AS deleted_by FROM {tables}"
    )
}

pub(super) fn find(db: &Reader, entity: EntityId, name: &str) -> Result<Option<Trashed>> {
    let sql = format!("{} WHERE projects.entity_id = ?1 AND projects.name = ?2 AND {}", select(), in_trash("projects"));
    db.query_opt(&sql, &[&entity, &name], trashed)
}

/// Last deleted first, from before that place on.
pub(super) fn page(db: &Reader, entity: EntityId, before: Option<(i64, i64)>, limit: usize) -> Result<Vec<Trashed>> {
    let (deleted, id) = before.unwrap_or((i64::MAX, i64::MAX));
    let sql = format!(
        "{} WHERE projects.entity_id = ?1 AND {}
            AND (projects.deleted_at < ?2 OR (projects.deleted_at = ?2 AND projects.id < ?3))
          ORDER BY projects.deleted_at DESC, projects.id DESC LIMIT ?4",
        select(),
        in_trash("projects")
    );
    db.query(&sql, &[&entity, &deleted, &id, &(limit as i64)], trashed)
}

/// Counts what a project holds; of what nobody is known to have made somebody else is thought to have.
pub(super) fn holdings(db: &Reader, id: ProjectId) -> Result<Holdings> {
    db.query_one(
        "SELECT COUNT(*) AS runs,
                COALESCE(SUM(CASE WHEN r.state IN ('running', 'preempting') THEN 1 ELSE 0 END), 0) AS running,
                COALESCE(SUM(CASE WHEN r.locked = 1 THEN 1 ELSE 0 END), 0) AS locked,
                COALESCE(SUM(CASE WHEN r.created_by = COALESCE(p.owner_id, p.created_by) THEN 0 ELSE 1 END), 0) AS by_others,
                (SELECT COUNT(*) FROM reports v WHERE v.project_id = ?1 AND v.kind <> 'workspace' AND v.deleted_at IS NULL) AS reports,
                (SELECT COALESCE(SUM(CASE WHEN v.author_id = COALESCE(o.owner_id, o.created_by) THEN 0 ELSE 1 END), 0)
                   FROM reports v JOIN projects o ON o.id = v.project_id
                  WHERE v.project_id = ?1 AND v.deleted_at IS NULL) AS reports_by_others
           FROM runs r JOIN projects p ON p.id = r.project_id
          WHERE r.project_id = ?1 AND r.deleted_at IS NULL AND r.archive_of IS NULL",
        &[&id],
        |row| {
            Ok(Holdings {
                runs: row.get("runs")?,
                running: row.get("running")?,
                locked: row.get("locked")?,
                by_others: row.get("by_others")?,
                reports: row.get("reports")?,
                reports_by_others: row.get("reports_by_others")?,
            })
        },
    )
}

pub(super) fn give_up_all(tx: &Tx, entity: EntityId, now: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE projects SET deleted_at = COALESCE(deleted_at, ?2), purge_after = 0 WHERE entity_id = ?1 AND purged_at IS NULL",
        &[&entity, &now],
    )?;
    Ok(())
}

pub(super) fn any_left(db: &Reader, entity: EntityId) -> Result<bool> {
    let sql = "SELECT 1 FROM projects WHERE entity_id = ?1 AND purged_at IS NULL LIMIT 1";
    Ok(db.query_opt(sql, &[&entity], |_| Ok(()))?.is_some())
}

/// The row stays for those that point to it, under a name that no project can have.
pub(super) fn set_purged(tx: &Tx, id: ProjectId, now: Timestamp) -> Result<()> {
    for sql in ["DELETE FROM project_members WHERE project_id = ?1", "DELETE FROM protected_aliases WHERE project_id = ?1"] {
        tx.execute(sql, &[&id])?;
    }
    let sql = "UPDATE projects SET purged_at = ?2, name = '/' || id, description = '', views = '{}' WHERE id = ?1";
    tx.execute(sql, &[&id, &now])?;
    Ok(())
}
