//! The tables of stars and of who follows what.

use super::model::Report;
use super::store::{IN_PLACE, WITHOUT_SPEC, report, select_with};
use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::error::Result;
use crate::id::{AccountId, ReportId};

pub(super) fn is_starred(db: &Reader, report: ReportId, account: AccountId) -> Result<bool> {
    let sql = "SELECT at FROM report_stars WHERE account_id = ?2 AND report_id = ?1";
    Ok(db.query_opt(sql, &[&report, &account], |row| row.get::<i64>("at"))?.is_some())
}

pub(super) fn stars(db: &Reader, report: ReportId) -> Result<i64> {
    db.query_one("SELECT COUNT(*) AS stars FROM report_stars WHERE report_id = ?1", &[&report], |row| row.get("stars"))
}

pub(super) fn insert_star(tx: &Tx, report: ReportId, account: AccountId, now: Timestamp) -> Result<()> {
    let sql = "INSERT INTO report_stars (report_id, account_id, at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    tx.execute(sql, &[&report, &account, &now])?;
    Ok(())
}

pub(super) fn delete_star(tx: &Tx, report: ReportId, account: AccountId) -> Result<()> {
    tx.execute("DELETE FROM report_stars WHERE report_id = ?1 AND account_id = ?2", &[&report, &account])?;
    Ok(())
}

/// Of somebody, when they were marked and without documents, last marked first, from before that place on.
pub(super) fn starred(
    db: &Reader,
    account: AccountId,
    before: Option<(i64, i64)>,
    limit: usize,
) -> Result<Vec<(Timestamp, Report)>> {
    let (at, id) = before.unwrap_or((i64::MAX, i64::MAX));
    let sql = format!(
        "{} JOIN report_stars ON report_stars.report_id = reports.id
          WHERE report_stars.account_id = ?1 AND {IN_PLACE}
            AND (report_stars.at < ?2 OR (report_stars.at = ?2 AND reports.id < ?3))
          ORDER BY report_stars.at DESC, reports.id DESC LIMIT ?4",
        select_with(WITHOUT_SPEC, ", report_stars.at AS starred_at")
    );
    db.query(&sql, &[&account, &at, &id, &(limit as i64)], |row| Ok((row.get("starred_at")?, report(row)?)))
}

/// Whether somebody follows a report; `None`: they never did.
pub(super) fn follows(db: &Reader, report: ReportId, account: AccountId) -> Result<Option<bool>> {
    let sql = "SELECT follows FROM report_follows WHERE report_id = ?1 AND account_id = ?2";
    db.query_opt(sql, &[&report, &account], |row| row.get("follows"))
}

pub(super) fn set_follows(tx: &Tx, report: ReportId, account: AccountId, follows: bool) -> Result<()> {
    tx.execute(
        "INSERT INTO report_follows (report_id, account_id, follows) VALUES (?1, ?2, ?3)
         ON CONFLICT (report_id, account_id) DO UPDATE SET follows = excluded.follows",
        &[&report, &account, &follows],
    )?;
    Ok(())
}

/// Of a person who never said whether they follow it.
pub(super) fn follow_if_new(tx: &Tx, report: ReportId, account: AccountId) -> Result<()> {
    tx.execute(
        "INSERT INTO report_follows (report_id, account_id, follows)
         SELECT ?1, accounts.id, 1 FROM accounts WHERE accounts.id = ?2 AND accounts.kind = 'user' ON CONFLICT DO NOTHING",
        &[&report, &account],
    )?;
    Ok(())
}

pub(super) fn followers(db: &Reader, report: ReportId) -> Result<Vec<AccountId>> {
    let sql = "SELECT account_id FROM report_follows WHERE report_id = ?1 AND follows = 1 ORDER BY account_id";
    db.query(sql, &[&report], |row| row.get("account_id"))
}

pub(super) fn delete_of_report(tx: &Tx, report: ReportId) -> Result<()> {
    tx.execute("DELETE FROM report_stars WHERE report_id = ?1", &[&report])?;
    tx.execute("DELETE FROM report_follows WHERE report_id = ?1", &[&report])?;
    Ok(())
}

pub(super) fn delete_of_account(tx: &Tx, account: AccountId) -> Result<()> {
    tx.execute("DELETE FROM report_stars WHERE account_id = ?1", &[&account])?;
    tx.execute("DELETE FROM report_follows WHERE account_id = ?1", &[&account])?;
    Ok(())
}
