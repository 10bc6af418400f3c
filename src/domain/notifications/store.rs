//! The tables of what people are told and want to be mailed.

use super::model::{Event, Kind};
use crate::clock::Timestamp;
use crate::db::{Reader, Row, ToValue, Tx, Values, list_of};
use crate::domain::attempts::{self, Attempt};
use crate::error::{Error, Result};
use crate::id::{AccountId, CommentId, NotificationId, ReportId, ThreadId};
use crate::policy::{TalkPart, Target, Visibility};

/// What is known of a notification, and what the policy judges it by.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub id: NotificationId,
    pub account: AccountId,
    pub kind: Kind,
    pub at: Timestamp,
    pub read_at: Option<Timestamp>,
    pub by: Option<AccountId>,
    pub report: Option<ReportId>,
    pub title: String,
    pub entity: String,
    pub project: String,
    pub thread: Option<ThreadId>,
    pub comment: Option<CommentId>,
    /// What was said, as it is kept.
    pub body: Option<String>,
    pub seen: Target,
    /// How often a letter about it was sent in vain.
    pub attempts: i64,
}

const SUBJECT: &str =
    "COALESCE(r.display_name, a.name) AS title, r.author_id, p.id AS project_id, p.name AS project, p.entity_id,
         e.name AS entity, e.organization_id, p.visibility";
/// What is in its place, and neither in the trash nor gone.
const JOINS: &str = "LEFT JOIN reports r ON r.id = n.report_id AND r.deleted_at IS NULL
    LEFT JOIN alert_rules a ON a.id = n.rule_id
    JOIN projects p ON p.id = COALESCE(r.project_id, a.project_id) AND p.deleted_at IS NULL
    JOIN entities e ON e.id = p.entity_id AND e.deleted_at IS NULL";

fn select() -> String {
    format!(
        "SELECT n.id, n.account_id, n.kind, n.at, n.read_at, n.by_id, n.report_id, n.thread_id, n.comment_id, n.attempts, {SUBJECT},
                CASE WHEN n.comment_id IS NOT NULL
                     THEN (SELECT c.body FROM report_comments c WHERE c.id = n.comment_id)
                     ELSE (SELECT c.body FROM report_comments c WHERE c.thread_id = n.thread_id ORDER BY c.id LIMIT 1) END AS body
           FROM notifications n {JOINS}"
    )
}

/// What one has to see to be told of it.
fn seen(row: &Row<'_>) -> Result<Target> {
    let visibility: String = row.get("visibility")?;
    let visibility =
        Visibility::parse(&visibility).ok_or_else(|| Error::internal(format!("projects.visibility holds {visibility}")))?;
    let (project, entity) = (row.get("project_id")?, row.get("entity_id")?);
    Ok(match row.get::<Option<ReportId>>("report_id")? {
        Some(_) => Target::Talk {
            project,
            entity,
            organization: row.get("organization_id")?,
            visibility,
            author: row.get("author_id")?,
            speaker: None,
            part: TalkPart::Report,
        },
        None => Target::Alerts { id: project, entity, visibility },
    })
}

fn told(row: &Row<'_>) -> Result<Told> {
    let kind: String = row.get("kind")?;
    Ok(Told {
        id: row.get("id")?,
        account: row.get("account_id")?,
        kind: Kind::read(&kind)?,
        at: row.get("at")?,
        read_at: row.get("read_at")?,
        by: row.get("by_id")?,
        report: row.get("report_id")?,
        title: row.get("title")?,
        entity: row.get("entity")?,
        project: row.get("project")?,
        thread: row.get("thread_id")?,
        comment: row.get("comment_id")?,
        body: row.get("body")?,
        seen: seen(row)?,
        attempts: row.get("attempts")?,
    })
}

/// Of somebody, newest first, before one of them.
pub(super) fn page(db: &Reader, account: AccountId, unread: bool, before: i64, limit: usize) -> Result<Vec<Told>> {
    let only = if unread { "AND n.read_at IS NULL" } else { "" };
    let sql = format!("{} WHERE n.account_id = ?1 AND n.id < ?2 {only} ORDER BY n.id DESC LIMIT ?3", select());
    db.query(&sql, &[&account, &before, &(limit as i64)], told)
}

/// How many somebody has not read of each thing, with what they have to see of it.
pub(super) fn unread(db: &Reader, account: AccountId) -> Result<Vec<(Target, i64)>> {
    let sql = format!(
        "SELECT n.report_id, n.unread, {SUBJECT}
           FROM (SELECT report_id, rule_id, COUNT(*) AS unread FROM notifications
                  WHERE account_id = ?1 AND read_at IS NULL GROUP BY report_id, rule_id) n {JOINS}"
    );
    db.query(&sql, &[&account], |row| Ok((seen(row)?, row.get("unread")?)))
}

/// Whether somebody was told of such a thing since then.
pub(super) fn was_told(db: &Reader, account: AccountId, kind: Kind, report: ReportId, since: Timestamp) -> Result<bool> {
    let sql = "SELECT id FROM notifications WHERE report_id = ?1 AND kind = ?2 AND account_id = ?3 AND at > ?4 LIMIT 1";
    Ok(db.query_opt(sql, &[&report, &kind.as_str(), &account, &since], |row| row.get::<i64>("id"))?.is_some())
}

/// Keeps what somebody is told; `mailed`: a letter about it waits.
pub(super) fn insert(
    tx: &Tx,
    account: AccountId,
    event: &Event,
    by: Option<AccountId>,
    now: Timestamp,
    mailed: bool,
) -> Result<()> {
    let (mail, next) = if mailed { (Some("waiting"), Some(now)) } else { (None, None) };
    tx.execute(
        "INSERT INTO notifications (account_id, kind, report_id, rule_id, thread_id, comment_id, by_id, at, mail, next_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        &[
            &account,
            &event.kind.as_str(),
            &event.report,
            &event.rule,
            &event.thread,
            &event.comment,
            &by,
            &now,
            &mail.map(str::to_owned),
            &next,
        ],
    )?;
    Ok(())
}

/// Of a comment somebody is told once.
pub(super) fn delete_of(tx: &Tx, account: AccountId, comment: CommentId) -> Result<()> {
    tx.execute("DELETE FROM notifications WHERE comment_id = ?2 AND account_id = ?1", &[&account, &comment])?;
    Ok(())
}

pub(super) fn delete_of_comment(tx: &Tx, comment: CommentId) -> Result<()> {
    tx.execute("DELETE FROM notifications WHERE comment_id = ?1", &[&comment])?;
    Ok(())
}

pub(super) fn delete_of_report(tx: &Tx, report: ReportId) -> Result<()> {
    tx.execute("DELETE FROM notifications WHERE report_id = ?1", &[&report])?;
    Ok(())
}

/// What somebody was told, and what they chose.
pub(super) fn delete_of_account(tx: &Tx, account: AccountId) -> Result<()> {
    tx.execute("DELETE FROM notifications WHERE account_id = ?1", &[&account])?;
    tx.execute("DELETE FROM notification_choices WHERE account_id = ?1", &[&account])?;
    Ok(())
}

/// Some of what is older; how many.
pub(super) fn delete_before(tx: &Tx, at: Timestamp, limit: i64) -> Result<usize> {
    let sql = "DELETE FROM notifications WHERE id IN (SELECT id FROM notifications WHERE at < ?1 ORDER BY at LIMIT ?2)";
    tx.execute(sql, &[&at, &limit])
}

pub(super) fn set_read(tx: &Tx, account: AccountId, ids: &[i64], now: Timestamp) -> Result<()> {
    let sql = format!(
        "UPDATE notifications SET read_at = ?2 WHERE account_id = ?1 AND read_at IS NULL AND id IN ({})",
        list_of(3, ids.len())
    );
    let mut values = Values(vec![account.to_value(), now.to_value()]);
    values.0.extend(ids.iter().map(ToValue::to_value));
    let values: Vec<&dyn ToValue> = values.0.iter().map(|value| value as &dyn ToValue).collect();
    tx.execute(&sql, &values)?;
    Ok(())
}

pub(super) fn set_read_up_to(tx: &Tx, account: AccountId, last: NotificationId, now: Timestamp) -> Result<()> {
    let sql = "UPDATE notifications SET read_at = ?3 WHERE account_id = ?1 AND read_at IS NULL AND id <= ?2";
    tx.execute(sql, &[&account, &last, &now])?;
    Ok(())
}

pub(super) fn set_read_of_report(tx: &Tx, account: AccountId, report: ReportId, now: Timestamp) -> Result<()> {
    let sql = "UPDATE notifications SET read_at = ?3 WHERE account_id = ?1 AND read_at IS NULL AND report_id = ?2";
    tx.execute(sql, &[&account, &report, &now])?;
    Ok(())
}

/// What somebody chose of a kind.
pub(super) fn choice(db: &Reader, account: AccountId, kind: Kind) -> Result<Option<bool>> {
    let sql = "SELECT mailed FROM notification_choices WHERE account_id = ?1 AND kind = ?2";
    db.query_opt(sql, &[&account, &kind.as_str()], |row| row.get("mailed"))
}

pub(super) fn set_choice(tx: &Tx, account: AccountId, kind: Kind, mailed: bool) -> Result<()> {
    tx.execute(
        "INSERT INTO notification_choices (account_id, kind, mailed) VALUES (?1, ?2, ?3)
         ON CONFLICT (account_id, kind) DO UPDATE SET mailed = excluded.mailed",
        &[&account, &kind.as_str(), &mailed],
    )?;
    Ok(())
}

// Letters

/// What waits and is due, the longest first.
pub(super) fn due(db: &Reader, now: Timestamp, limit: i64) -> Result<Vec<NotificationId>> {
    let sql = "SELECT id FROM notifications WHERE mail = 'waiting' AND next_at <= ?1 ORDER BY next_at, id LIMIT ?2";
    db.query(sql, &[&now, &limit], |row| row.get("id"))
}

/// One of them, unless what it is about is in the trash or gone.
pub(super) fn by_id(db: &Reader, id: NotificationId) -> Result<Option<Told>> {
    db.query_opt(&format!("{} WHERE n.id = ?1", select()), &[&id], told)
}

/// What came of an attempt: the next one at `next`, or none.
pub(super) fn note_attempt(tx: &Tx, id: NotificationId, attempt: &Attempt, next: Option<Timestamp>) -> Result<()> {
    let sql = "UPDATE notifications SET mail = ?2, attempts = attempts + 1, next_at = ?3 WHERE id = ?1";
    tx.execute(sql, &[&id, &attempts::state(attempt, next), &next])?;
    Ok(())
}

/// Sends no letters about what waits.
pub(super) fn drop_letters(tx: &Tx) -> Result<usize> {
    tx.execute("UPDATE notifications SET mail = NULL, next_at = NULL WHERE mail = 'waiting'", &[])
}
