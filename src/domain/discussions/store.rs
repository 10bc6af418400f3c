//! The tables of what is said about reports.

use super::model::{Anchor, State};
use crate::clock::Timestamp;
use crate::db::{Reader, Row, Tx};
use crate::error::{Error, Result};
use crate::id::{AccountId, CommentId, ProjectId, ReportId, ThreadId};

/// A thread as it is kept.
#[derive(Clone, Debug)]
pub(super) struct ThreadRow {
    pub id: ThreadId,
    pub report: ReportId,
    pub anchor: Option<Anchor>,
    pub begun_by: Option<AccountId>,
    pub created_at: Timestamp,
    pub resolved_at: Option<Timestamp>,
    pub resolved_by: Option<AccountId>,
    /// How many comments it has, deleted ones among them.
    pub comments: i64,
}

/// A comment as it is kept.
#[derive(Clone, Debug)]
pub(super) struct CommentRow {
    pub id: CommentId,
    pub thread: ThreadId,
    pub author: Option<AccountId>,
    pub body: Option<String>,
    pub created_at: Timestamp,
    pub edited_at: Option<Timestamp>,
}

const THREAD: &str = "SELECT t.id, t.report_id, t.anchor, t.begun_by, t.created_at, t.resolved_at, t.resolved_by,
         (SELECT COUNT(*) FROM report_comments c WHERE c.thread_id = t.id) AS comments FROM report_threads t";
const COMMENT: &str = "SELECT id, thread_id, author_id, body, created_at, edited_at FROM report_comments";

fn thread(row: &Row<'_>) -> Result<ThreadRow> {
    let anchor: Option<String> = row.get("anchor")?;
    Ok(ThreadRow {
        id: row.get("id")?,
        report: row.get("report_id")?,
        anchor: anchor.map(|text| serde_json::from_str(&text)).transpose().map_err(Error::internal)?,
        begun_by: row.get("begun_by")?,
        created_at: row.get("created_at")?,
        resolved_at: row.get("resolved_at")?,
        resolved_by: row.get("resolved_by")?,
        comments: row.get("comments")?,
    })
}

fn comment(row: &Row<'_>) -> Result<CommentRow> {
    Ok(CommentRow {
        id: row.get("id")?,
        thread: row.get("thread_id")?,
        author: row.get("author_id")?,
        body: row.get("body")?,
        created_at: row.get("created_at")?,
        edited_at: row.get("edited_at")?,
    })
}

/// Those of a report in that state, oldest first, after one of them.
pub(super) fn threads(db: &Reader, report: ReportId, state: State, after: i64, limit: usize) -> Result<Vec<ThreadRow>> {
    let sql = format!("{THREAD} WHERE t.report_id = ?1 AND t.id > ?2 AND {} ORDER BY t.id LIMIT ?3", condition(state));
    db.query(&sql, &[&report, &after, &(limit as i64)], thread)
}

fn condition(state: State) -> &'static str {
    match state {
        State::All => "1 = 1",
        State::Open => "t.resolved_at IS NULL",
        State::Resolved => "t.resolved_at IS NOT NULL",
    }
}

pub(super) fn thread_by_id(db: &Reader, id: ThreadId) -> Result<Option<ThreadRow>> {
    db.query_opt(&format!("{THREAD} WHERE t.id = ?1"), &[&id], thread)
}

/// Of a thread, oldest first.
pub(super) fn comments(db: &Reader, thread: ThreadId) -> Result<Vec<CommentRow>> {
    db.query(&format!("{COMMENT} WHERE thread_id = ?1 ORDER BY id"), &[&thread], comment)
}

pub(super) fn comment_by_id(db: &Reader, id: CommentId) -> Result<Option<CommentRow>> {
    db.query_opt(&format!("{COMMENT} WHERE id = ?1"), &[&id], comment)
}

/// Who said something in a thread.
pub(super) fn speakers(db: &Reader, thread: ThreadId) -> Result<Vec<AccountId>> {
    let sql =
        "SELECT DISTINCT author_id FROM report_comments WHERE thread_id = ?1 AND author_id IS NOT NULL ORDER BY author_id";
    db.query(sql, &[&thread], |row| row.get("author_id"))
}

/// How many threads a report has in that state.
pub(super) fn count(db: &Reader, report: ReportId, state: State) -> Result<i64> {
    let sql = format!("SELECT COUNT(*) AS threads FROM report_threads t WHERE t.report_id = ?1 AND {}", condition(state));
    db.query_one(&sql, &[&report], |row| row.get("threads"))
}

/// What a new thread is made of.
pub(super) struct NewThread<'a> {
    pub report: ReportId,
    pub anchor: Option<&'a Anchor>,
    pub by: Option<AccountId>,
    pub at: Timestamp,
    /// When it was resolved, and by whom, of one that comes from elsewhere.
    pub resolved: Option<(Timestamp, Option<AccountId>)>,
}

pub(super) fn insert_thread(tx: &Tx, new: &NewThread<'_>) -> Result<ThreadId> {
    let anchor = new.anchor.map(serde_json::to_string).transpose().map_err(Error::internal)?;
    let (resolved_at, resolved_by) = new.resolved.unzip();
    tx.query_one(
        "INSERT INTO report_threads (report_id, anchor, begun_by, created_at, resolved_at, resolved_by)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id",
        &[&new.report, &anchor, &new.by, &new.at, &resolved_at, &resolved_by.flatten()],
        |row| row.get("id"),
    )
}

/// What a new comment is made of.
pub(super) struct NewComment<'a> {
    pub thread: ThreadId,
    pub author: Option<AccountId>,
    /// As it is kept.
    pub body: Option<&'a str>,
    pub at: Timestamp,
    pub edited_at: Option<Timestamp>,
}

pub(super) fn insert_comment(tx: &Tx, new: &NewComment<'_>) -> Result<CommentId> {
    tx.query_one(
        "INSERT INTO report_comments (thread_id, author_id, body, created_at, edited_at) VALUES (?1, ?2, ?3, ?4, ?5) RETURNING id",
        &[&new.thread, &new.author, &new.body, &new.at, &new.edited_at],
        |row| row.get("id"),
    )
}

pub(super) fn set_body(tx: &Tx, id: CommentId, body: Option<&str>, edited_at: Option<Timestamp>) -> Result<()> {
    tx.execute("UPDATE report_comments SET body = ?2, edited_at = ?3 WHERE id = ?1", &[&id, &body, &edited_at])?;
    Ok(())
}

/// Drops the comment, and what was deleted before it if nothing is left that answers it.
pub(super) fn delete_comment(tx: &Tx, thread: ThreadId, id: CommentId) -> Result<()> {
    tx.execute("DELETE FROM report_comments WHERE id = ?1", &[&id])?;
    tx.execute(
        "DELETE FROM report_comments WHERE thread_id = ?1 AND body IS NULL
            AND id > COALESCE((SELECT MAX(id) FROM report_comments WHERE thread_id = ?1 AND body IS NOT NULL), 0)",
        &[&thread],
    )?;
    Ok(())
}

pub(super) fn delete_thread(tx: &Tx, id: ThreadId) -> Result<()> {
    tx.execute("DELETE FROM report_threads WHERE id = ?1", &[&id])?;
    Ok(())
}

pub(super) fn set_resolved(tx: &Tx, id: ThreadId, resolved: Option<(Timestamp, Option<AccountId>)>) -> Result<()> {
    let (at, by) = resolved.unzip();
    tx.execute("UPDATE report_threads SET resolved_at = ?2, resolved_by = ?3 WHERE id = ?1", &[&id, &at, &by.flatten()])?;
    Ok(())
}

pub(super) fn delete_of_report(tx: &Tx, report: ReportId) -> Result<()> {
    tx.execute(
        "DELETE FROM report_comments WHERE thread_id IN (SELECT id FROM report_threads WHERE report_id = ?1)",
        &[&report],
    )?;
    tx.execute("DELETE FROM report_threads WHERE report_id = ?1", &[&report])?;
    Ok(())
}

/// The people who may see a project by a role there, or by an office, and of whom the user name begins so or the name has it:
/// those among them who do is for the policy to say. `anybody`: all others as well.
pub(super) fn people(
    db: &Reader,
    project: ProjectId,
    words: &str,
    anybody: bool,
    after: &str,
    limit: usize,
) -> Result<Vec<(AccountId, String)>> {
    let plain = words.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    db.query(
        "SELECT a.id, a.username_key FROM accounts a, projects p JOIN entities e ON e.id = p.entity_id
          WHERE p.id = ?1 AND a.kind = 'user' AND a.deactivated_at IS NULL AND a.username_key > ?4
            AND (a.username_key LIKE ?2 || '%' ESCAPE '\\' OR LOWER(a.name) LIKE '%' || ?2 || '%' ESCAPE '\\')
            AND (?3 = 1 OR a.site_admin = 1 OR a.entity_id = e.id
                 OR EXISTS (SELECT 1 FROM team_members m WHERE m.team_id = e.id AND m.account_id = a.id)
                 OR EXISTS (SELECT 1 FROM project_members m WHERE m.project_id = p.id AND m.account_id = a.id)
                 OR EXISTS (SELECT 1 FROM organization_members m
                             WHERE m.organization_id = e.organization_id AND m.account_id = a.id AND m.role = 'admin'))
          ORDER BY a.username_key LIMIT ?5",
        &[&project, &plain, &anybody, &after, &(limit as i64)],
        |row| Ok((row.get("id")?, row.get("username_key")?)),
    )
}
