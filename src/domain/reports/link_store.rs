//! The tables of links to reports.

use super::links::Kept;
use crate::clock::Timestamp;
use crate::db::{Reader, Row, Tx};
use crate::error::Result;
use crate::id::{AccountId, ProjectId, ReportId, ReportLinkId};

const SELECT: &str = "SELECT report_links.id, report_links.report_id, report_links.nonce, accounts.username AS created_by,
         report_links.created_at, report_links.expires_at, report_links.revoked_at
    FROM report_links LEFT JOIN accounts ON accounts.id = report_links.created_by";

fn kept(row: &Row<'_>) -> Result<Kept> {
    Ok(Kept {
        id: row.get("id")?,
        nonce: row.get("nonce")?,
        created_by: row.get("created_by")?,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
        revoked_at: row.get("revoked_at")?,
    })
}

/// A link with the report that it is to.
pub(super) fn by_id(db: &Reader, id: ReportLinkId) -> Result<Option<(ReportId, Kept)>> {
    let sql = format!("{SELECT} WHERE report_links.id = ?1");
    db.query_opt(&sql, &[&id], |row| Ok((row.get("report_id")?, kept(row)?)))
}

pub(super) fn find(db: &Reader, report: ReportId, id: ReportLinkId) -> Result<Option<Kept>> {
    let sql = format!("{SELECT} WHERE report_links.id = ?1 AND report_links.report_id = ?2");
    db.query_opt(&sql, &[&id, &report], kept)
}

/// Newest first.
pub(super) fn of_report(db: &Reader, report: ReportId) -> Result<Vec<Kept>> {
    db.query(&format!("{SELECT} WHERE report_links.report_id = ?1 ORDER BY report_links.id DESC"), &[&report], kept)
}

/// Links to published reports of a project that are not over.
pub(super) fn open_count(db: &Reader, project: ProjectId, now: Timestamp) -> Result<i64> {
    db.query_one(
        "SELECT COUNT(*) AS links FROM reports JOIN report_links ON report_links.report_id = reports.id
          WHERE reports.project_id = ?1 AND reports.kind = 'report' AND reports.deleted_at IS NULL
            AND report_links.revoked_at IS NULL AND (report_links.expires_at IS NULL OR report_links.expires_at > ?2)",
        &[&project, &now],
        |row| row.get("links"),
    )
}

pub(super) fn insert(
    tx: &Tx,
    report: ReportId,
    nonce: &str,
    by: Option<AccountId>,
    now: Timestamp,
    expires_at: Option<Timestamp>,
) -> Result<ReportLinkId> {
    tx.query_one(
        "INSERT INTO report_links (report_id, nonce, created_by, created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5) RETURNING id",
        &[&report, &nonce, &by, &now, &expires_at],
        |row| row.get("id"),
    )
}

pub(super) fn set_revoked(tx: &Tx, id: ReportLinkId, by: Option<AccountId>, now: Timestamp) -> Result<()> {
    tx.execute("UPDATE report_links SET revoked_at = ?2, revoked_by = ?3 WHERE id = ?1", &[&id, &now, &by])?;
    Ok(())
}

/// The projects whose runs a link shows, in the order of their numbers.
pub(super) fn projects(db: &Reader, id: ReportLinkId) -> Result<Vec<ProjectId>> {
    let sql = "SELECT project_id FROM report_link_projects WHERE link_id = ?1 ORDER BY project_id";
    db.query(sql, &[&id], |row| row.get("project_id"))
}

pub(super) fn set_projects(tx: &Tx, id: ReportLinkId, projects: &[ProjectId]) -> Result<()> {
    tx.execute("DELETE FROM report_link_projects WHERE link_id = ?1", &[&id])?;
    for project in projects {
        tx.execute("INSERT INTO report_link_projects (link_id, project_id) VALUES (?1, ?2)", &[&id, project])?;
    }
    Ok(())
}
