//! The SQL of rules and of how far they have looked.

use std::collections::VecDeque;

use super::model::{Mark, Recipient, Rule};
use crate::db::{Reader, Row, ToValue, Tx, list_of};
use crate::error::{Error, Result};
use crate::id::{AccountId, EntityId, ProjectId, RuleId, RunId};

const SELECT: &str = "SELECT id, project_id, name, condition, filter, paused, webhook_id, created_by,
         COALESCE(author_id, created_by) AS author, created_at, updated_at
    FROM alert_rules";

fn rule(row: &Row<'_>) -> Result<Rule> {
    let condition: String = row.get("condition")?;
    Ok(Rule {
        id: row.get("id")?,
        project_id: row.get("project_id")?,
        name: row.get("name")?,
        condition: serde_json::from_str(&condition).map_err(Error::internal)?,
        filter: row.get("filter")?,
        paused: row.get("paused")?,
        recipients: Vec::new(),
        webhook: row.get("webhook_id")?,
        created_by: row.get("created_by")?,
        author: row.get("author")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

fn whole(db: &Reader<'_>, rule: Rule) -> Result<Rule> {
    let recipients = db.query(
        "SELECT account_id, address FROM alert_recipients WHERE rule_id = ?1 ORDER BY position",
        &[&rule.id],
        |row| match row.get("account_id")? {
            Some(account) => Ok(Recipient::Account(account)),
            None => Ok(Recipient::Address(row.get("address")?)),
        },
    )?;
    Ok(Rule { recipients, ..rule })
}

fn all(db: &Reader<'_>, rules: Vec<Rule>) -> Result<Vec<Rule>> {
    rules.into_iter().map(|rule| whole(db, rule)).collect()
}

/// The rules of a project, by name.
pub(super) fn of_project(db: &Reader<'_>, project: ProjectId) -> Result<Vec<Rule>> {
    all(db, db.query(&format!("{SELECT} WHERE project_id = ?1 ORDER BY name, id"), &[&project], rule)?)
}

/// Those of one kind.
pub(super) fn of_kind(db: &Reader<'_>, project: ProjectId, kind: &str) -> Result<Vec<Rule>> {
    let sql = format!("{SELECT} WHERE project_id = ?1 AND kind = ?2 ORDER BY id");
    all(db, db.query(&sql, &[&project, &kind], rule)?)
}

pub(super) fn by_id(db: &Reader<'_>, id: RuleId) -> Result<Option<Rule>> {
    db.query_opt(&format!("{SELECT} WHERE id = ?1"), &[&id], rule)?.map(|rule| whole(db, rule)).transpose()
}

/// Projects that have rules about metrics.
pub(super) fn watched(db: &Reader<'_>) -> Result<Vec<ProjectId>> {
    db.query("SELECT DISTINCT project_id FROM alert_rules WHERE kind = 'metric'", &[], |row| row.get("project_id"))
}

pub(super) fn name_taken(db: &Reader<'_>, project: ProjectId, name: &str, but: Option<RuleId>) -> Result<bool> {
    let sql = "SELECT 1 FROM alert_rules WHERE project_id = ?1 AND name = ?2 AND (?3 IS NULL OR id <> ?3)";
    Ok(db.query_opt(sql, &[&project, &name, &but], |_| Ok(()))?.is_some())
}

pub(super) fn insert(tx: &Tx<'_>, rule: &Rule) -> Result<RuleId> {
    let id = tx.query_one(
        "INSERT INTO alert_rules (project_id, name, kind, condition, filter, paused, webhook_id, created_by, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9) RETURNING id",
        &[
            &rule.project_id,
            &rule.name,
            &rule.condition.kind(),
            &condition(rule)?,
            &rule.filter,
            &rule.paused,
            &rule.webhook,
            &rule.created_by,
            &rule.created_at,
        ],
        |row| row.get("id"),
    )?;
    set_recipients(tx, id, &rule.recipients)?;
    Ok(id)
}

pub(super) fn update(tx: &Tx<'_>, rule: &Rule) -> Result<()> {
    tx.execute(
        "UPDATE alert_rules SET name = ?2, kind = ?3, condition = ?4, filter = ?5, paused = ?6, webhook_id = ?7, updated_at = ?8
          WHERE id = ?1",
        &[
            &rule.id,
            &rule.name,
            &rule.condition.kind(),
            &condition(rule)?,
            &rule.filter,
            &rule.paused,
            &rule.webhook,
            &rule.updated_at,
        ],
    )?;
    tx.execute("DELETE FROM alert_recipients WHERE rule_id = ?1", &[&rule.id])?;
    set_recipients(tx, rule.id, &rule.recipients)
}

pub(super) fn set_author(tx: &Tx<'_>, id: RuleId, author: AccountId) -> Result<()> {
    tx.execute("UPDATE alert_rules SET author_id = ?2 WHERE id = ?1", &[&id, &author])?;
    Ok(())
}

/// Those that an account answers for in the projects of an entity, with their projects.
pub(super) fn of_author(db: &Reader<'_>, entity: EntityId, author: AccountId) -> Result<Vec<(RuleId, ProjectId)>> {
    db.query(
        "SELECT a.id, a.project_id FROM projects p JOIN alert_rules a ON a.project_id = p.id
          WHERE p.entity_id = ?1 AND p.deleted_at IS NULL AND COALESCE(a.author_id, a.created_by) = ?2 ORDER BY a.id",
        &[&entity, &author],
        |row| Ok((row.get("id")?, row.get("project_id")?)),
    )
}

/// How many an account answers for, in one entity or everywhere.
pub(super) fn count_of_author(db: &Reader<'_>, entity: Option<EntityId>, author: AccountId) -> Result<i64> {
    db.query_one(
        "SELECT COUNT(*) AS rules FROM alert_rules a JOIN projects p ON p.id = a.project_id
          WHERE COALESCE(a.author_id, a.created_by) = ?2 AND p.deleted_at IS NULL AND (?1 IS NULL OR p.entity_id = ?1)",
        &[&entity, &author],
        |row| row.get("rules"),
    )
}

fn condition(rule: &Rule) -> Result<String> {
    serde_json::to_string(&rule.condition).map_err(Error::internal)
}

fn set_recipients(tx: &Tx<'_>, id: RuleId, recipients: &[Recipient]) -> Result<()> {
    for (position, recipient) in recipients.iter().enumerate() {
        let (account, address) = match recipient {
            Recipient::Account(account) => (Some(*account), None),
            Recipient::Address(address) => (None, Some(address.as_str())),
        };
        tx.execute(
            "INSERT INTO alert_recipients (rule_id, position, account_id, address) VALUES (?1, ?2, ?3, ?4)",
            &[&id, &(position as i64), &account, &address],
        )?;
    }
    Ok(())
}

pub(super) fn delete(tx: &Tx<'_>, id: RuleId) -> Result<()> {
    tx.execute("DELETE FROM alert_rules WHERE id = ?1", &[&id])?;
    Ok(())
}

pub(super) fn delete_of_project(tx: &Tx<'_>, project: ProjectId) -> Result<()> {
    tx.execute("DELETE FROM alert_rules WHERE project_id = ?1", &[&project])?;
    Ok(())
}

/// What rules know of a run.
pub(super) fn marks(db: &Reader<'_>, run: RunId, rules: &[RuleId]) -> Result<Vec<(RuleId, Mark)>> {
    if rules.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT rule_id, seen, recent, armed_after, fired_at, fired_state FROM alert_marks WHERE run_id = ?1 AND rule_id IN ({})",
        list_of(2, rules.len())
    );
    let values: Vec<&dyn ToValue> =
        std::iter::once(&run as &dyn ToValue).chain(rules.iter().map(|rule| rule as &dyn ToValue)).collect();
    db.query(&sql, &values, |row| {
        let (seen, recent): (String, String) = (row.get("seen")?, row.get("recent")?);
        let mark = Mark {
            seen: serde_json::from_str(&seen).map_err(Error::internal)?,
            recent: numbers(&recent)?,
            armed_after: row.get("armed_after")?,
            fired_at: row.get("fired_at")?,
            fired_state: row.get("fired_state")?,
        };
        Ok((row.get("rule_id")?, mark))
    })
}

pub(super) fn put_mark(tx: &Tx<'_>, rule: RuleId, run: RunId, mark: &Mark) -> Result<()> {
    let seen = serde_json::to_string(&mark.seen).map_err(Error::internal)?;
    tx.execute(
        "INSERT INTO alert_marks (rule_id, run_id, seen, recent, armed_after, fired_at, fired_state)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (rule_id, run_id) DO UPDATE SET seen = excluded.seen, recent = excluded.recent,
           armed_after = excluded.armed_after, fired_at = excluded.fired_at, fired_state = excluded.fired_state",
        &[&rule, &run, &seen, &text(&mark.recent), &mark.armed_after, &mark.fired_at, &mark.fired_state],
    )?;
    Ok(())
}

/// The runs that a rule fired for, or the one of them.
pub(super) fn fired(db: &Reader<'_>, rule: RuleId, run: Option<RunId>) -> Result<Vec<RunId>> {
    let sql = "SELECT run_id FROM alert_marks WHERE rule_id = ?1 AND fired_at IS NOT NULL AND (?2 IS NULL OR run_id = ?2)";
    db.query(sql, &[&rule, &run], |row| row.get("run_id"))
}

/// Forgets what a rule knows of runs.
pub(super) fn forget_marks(tx: &Tx<'_>, rule: RuleId) -> Result<()> {
    tx.execute("DELETE FROM alert_marks WHERE rule_id = ?1", &[&rule])?;
    Ok(())
}

/// Forgets what rules know of a run.
pub(super) fn forget_run(tx: &Tx<'_>, run: RunId) -> Result<()> {
    for sql in ["DELETE FROM alert_marks WHERE run_id = ?1", "DELETE FROM alert_firings WHERE run_id = ?1"] {
        tx.execute(sql, &[&run])?;
    }
    Ok(())
}

/// NaN and infinities are no JSON.
fn text(numbers: &VecDeque<f64>) -> String {
    numbers.iter().map(f64::to_string).collect::<Vec<_>>().join(" ")
}

fn numbers(text: &str) -> Result<VecDeque<f64>> {
    let read = |word: &str| word.parse().map_err(|_| Error::internal(format!("alert_marks.recent holds {word}")));
    text.split_whitespace().map(read).collect()
}
