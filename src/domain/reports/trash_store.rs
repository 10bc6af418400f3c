//! The SQL of deleted reports, but for what all trashes share.

use super::attention_store;
use super::store::{WITHOUT_SPEC, report, select_with};
use super::trash::Trashed;
use crate::clock::Timestamp;
use crate::db::{Reader, Row, Tx};
use crate::domain::trash_store::in_trash;
use crate::error::Result;
use crate::id::{ProjectId, ReportId};

fn trashed(row: &Row<'_>) -> Result<Trashed> {
    Ok(Trashed {
        report: report(row)?,
        deleted_at: row.get("deleted_at")?,
        deleted_by: row.get("deleted_by")?,
        purge_after: row.get("purge_after")?,
    })
}

/// What is in the trash of projects that are in their place.
fn found() -> String {
    let more = ", reports.deleted_at, reports.purge_after,
           (SELECT accounts.username FROM accounts WHERE accounts.id = reports.deleted_by) AS deleted_by";
    format!(
        "{} WHERE {} AND projects.deleted_at IS NULL AND entities.deleted_at IS NULL",
        select_with(WITHOUT_SPEC, more),
        in_trash("reports")
    )
}

pub(super) fn find(db: &Reader, id: ReportId) -> Result<Option<Trashed>> {
    db.query_opt(&format!("{} AND reports.id = ?1", found()), &[&id], trashed)
}

/// Last deleted first, from before that place on.
pub(super) fn page(db: &Reader, project: ProjectId, before: Option<(i64, i64)>, limit: usize) -> Result<Vec<Trashed>> {
    let (deleted, id) = before.unwrap_or((i64::MAX, i64::MAX));
    let sql = format!(
        "{} AND reports.project_id = ?1
            AND (reports.deleted_at < ?2 OR (reports.deleted_at = ?2 AND reports.id < ?3))
          ORDER BY reports.deleted_at DESC, reports.id DESC LIMIT ?4",
        found()
    );
    db.query(&sql, &[&project, &deleted, &id, &(limit as i64)], trashed)
}

/// The drafts of a report that went into the trash with it.
pub(super) fn drafts_with(db: &Reader, id: ReportId, deleted_at: Timestamp) -> Result<Vec<ReportId>> {
    let sql = format!(
        "SELECT reports.id FROM reports WHERE reports.published_id = ?1 AND reports.deleted_at = ?2 AND {}",
        in_trash("reports")
    );
    db.query(&sql, &[&id, &deleted_at], |row| row.get("id"))
}

/// Drops what is in a report, its links, stars and followers. Its row stays for those that point to it.
pub(super) fn set_purged(tx: &Tx, id: ReportId, now: Timestamp) -> Result<()> {
    tx.execute("DELETE FROM report_link_projects WHERE link_id IN (SELECT id FROM report_links WHERE report_id = ?1)", &[&id])?;
    tx.execute("DELETE FROM report_links WHERE report_id = ?1", &[&id])?;
    attention_store::delete_of_report(tx, id)?;
    tx.execute(
        "UPDATE reports SET purged_at = ?2, spec = '{}', name = '/' || id, display_name = '', description = '' WHERE id = ?1",
        &[&id, &now],
    )?;
    Ok(())
}

pub(super) fn give_up_of(tx: &Tx, project: ProjectId, now: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE reports SET deleted_at = COALESCE(deleted_at, ?2), purge_after = 0 WHERE project_id = ?1 AND purged_at IS NULL",
        &[&project, &now],
    )?;
    Ok(())
}
