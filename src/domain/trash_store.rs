//! The SQL that the trashes of runs, projects, reports and teams share: their tables have the same columns for it. What is deleted is
//! in the trash until `purge_after`; at 0 it is given up and being freed; with `purged_at` it is freed, and its row stays for
//! those that point to it.

use crate::clock::Timestamp;
use crate::db::{FromValue, Reader, ToValue, Tx};
use crate::error::Result;
use crate::id::{AccountId, EntityId, ProjectId, ReportId, RunId};

/// The id of something that can lie in a trash.
pub(in crate::domain) trait Trashable: ToValue + FromValue + Copy {
    const TABLE: &'static str;
    /// What holds for each of them, besides.
    const ALWAYS: &'static str = "1 = 1";
}

impl Trashable for RunId {
    const TABLE: &'static str = "runs";
}
impl Trashable for ProjectId {
    const TABLE: &'static str = "projects";
}
impl Trashable for ReportId {
    const TABLE: &'static str = "reports";
}
impl Trashable for EntityId {
    const TABLE: &'static str = "entities";
    const ALWAYS: &'static str = "kind = 'team'";
}

/// The condition for rows of `table` that can be restored.
pub(in crate::domain) fn in_trash(table: &str) -> String {
    format!("{table}.deleted_at IS NOT NULL AND {table}.purged_at IS NULL AND {table}.purge_after > 0")
}

pub(in crate::domain) fn set_deleted<I: Trashable>(
    tx: &Tx,
    id: I,
    by: Option<AccountId>,
    now: Timestamp,
    purge_after: Timestamp,
) -> Result<()> {
    let sql = format!("UPDATE {} SET deleted_at = ?2, deleted_by = ?3, purge_after = ?4 WHERE id = ?1", I::TABLE);
    tx.execute(&sql, &[&id, &now, &by, &purge_after])?;
    Ok(())
}

pub(in crate::domain) fn set_restored<I: Trashable>(tx: &Tx, id: I) -> Result<()> {
    let sql = format!("UPDATE {} SET deleted_at = NULL, deleted_by = NULL, purge_after = NULL WHERE id = ?1", I::TABLE);
    tx.execute(&sql, &[&id])?;
    Ok(())
}

pub(in crate::domain) fn set_purge_after<I: Trashable>(tx: &Tx, id: I, at: Timestamp) -> Result<()> {
    tx.execute(&format!("UPDATE {} SET purge_after = ?2 WHERE id = ?1", I::TABLE), &[&id, &at])?;
    Ok(())
}

/// What is deleted, its time in the trash over, and not yet freed: the longest first.
pub(in crate::domain) fn to_purge<I: Trashable>(db: &Reader, now: Timestamp, limit: i64) -> Result<Vec<I>> {
    let sql = format!(
        "SELECT id FROM {}
          WHERE {} AND deleted_at IS NOT NULL AND purged_at IS NULL AND purge_after <= ?1 ORDER BY purge_after LIMIT ?2",
        I::TABLE,
        I::ALWAYS
    );
    db.query(&sql, &[&now, &limit], |row| row.get("id"))
}

/// Gives up what is over its time, so that it cannot be restored any more; false if it was restored meanwhile.
pub(in crate::domain) fn set_given_up<I: Trashable>(tx: &Tx, id: I, now: Timestamp) -> Result<bool> {
    let sql = format!(
        "UPDATE {} SET purge_after = 0
          WHERE id = ?1 AND deleted_at IS NOT NULL AND purged_at IS NULL AND purge_after <= ?2",
        I::TABLE
    );
    Ok(tx.execute(&sql, &[&id, &now])? == 1)
}
