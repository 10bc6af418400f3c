//! The SQL of firings and of what is told of them.

use super::model::{Delivery, FiredRun, Firing};
use crate::clock::Timestamp;
use crate::db::{Reader, Row, Tx};
use crate::domain::attempts::{self, Attempt};
use crate::error::Result;
use crate::id::{AccountId, DeliveryId, FiringId, ProjectId, RuleId, RunId, WebhookId};

/// A firing to be kept.
pub(super) struct NewFiring<'a> {
    pub rule: RuleId,
    pub project: ProjectId,
    pub run: Option<RunId>,
    pub at: Timestamp,
    pub severity: &'a str,
    pub title: &'a str,
    pub text: &'a str,
    pub facts: &'a str,
}

pub(super) fn insert(tx: &Tx<'_>, new: &NewFiring<'_>) -> Result<FiringId> {
    tx.query_one(
        "INSERT INTO alert_firings (rule_id, project_id, run_id, at, severity, title, text, facts)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) RETURNING id",
        &[&new.rule, &new.project, &new.run, &new.at, &new.severity, &new.title, &new.text, &new.facts],
        |row| row.get("id"),
    )
}

/// Whom something is to be told.
pub(super) enum To<'a> {
    Account(AccountId, &'a str),
    Address(&'a str),
    Webhook(WebhookId, &'a str),
}

pub(super) fn insert_delivery(tx: &Tx<'_>, firing: FiringId, to: &To<'_>, now: Timestamp) -> Result<()> {
    let (channel, account, address, webhook, recipient) = match *to {
        To::Account(account, name) => ("mail", Some(account), None, None, name),
        To::Address(address) => ("mail", None, Some(address), None, address),
        To::Webhook(webhook, name) => ("webhook", None, None, Some(webhook), name),
    };
    tx.execute(
        "INSERT INTO alert_deliveries (firing_id, channel, account_id, address, webhook_id, recipient, state, next_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'waiting', ?7)",
        &[&firing, &channel, &account, &address, &webhook, &recipient, &now],
    )?;
    Ok(())
}

/// A firing's run is shown as long as it is where it fired and not deleted; of another it is not told.
const SELECT: &str =
    "SELECT f.id, f.rule_id, a.name AS rule, f.run_id, r.name AS run, r.display_name, f.at, f.severity, f.title, f.text,
         f.facts, m.fired_at IS NOT NULL AS is_held
    FROM alert_firings f
    JOIN alert_rules a ON a.id = f.rule_id
    LEFT JOIN runs r ON r.id = f.run_id
    LEFT JOIN alert_marks m ON m.rule_id = f.rule_id AND m.run_id = f.run_id";

const SHOWN: &str = "(f.run_id IS NULL OR (r.project_id = f.project_id AND r.deleted_at IS NULL))";

fn firing(row: &Row<'_>) -> Result<Firing> {
    let run: Option<RunId> = row.get("run_id")?;
    let run = match run {
        Some(id) => Some(FiredRun { id, name: row.get("run")?, display_name: row.get("display_name")? }),
        None => None,
    };
    Ok(Firing {
        id: row.get("id")?,
        rule_id: row.get("rule_id")?,
        rule: row.get("rule")?,
        run,
        at: row.get("at")?,
        severity: row.get("severity")?,
        title: row.get("title")?,
        text: row.get("text")?,
        facts: row.get("facts")?,
        is_held: row.get("is_held")?,
        deliveries: Vec::new(),
    })
}

/// Of a project, newest first, before one of them; of one rule or run alone if that is said.
pub(super) fn page(
    db: &Reader<'_>,
    project: ProjectId,
    rule: Option<RuleId>,
    run: Option<&str>,
    before: i64,
    limit: usize,
) -> Result<Vec<Firing>> {
    let sql = format!(
        "{SELECT} WHERE f.project_id = ?1 AND f.id < ?2 AND {SHOWN} AND (?3 IS NULL OR f.rule_id = ?3) AND (?4 IS NULL OR r.name = ?4)
          ORDER BY f.id DESC LIMIT ?5"
    );
    db.query(&sql, &[&project, &before, &rule, &run, &(limit as i64)], firing)
}

pub(super) fn by_id(db: &Reader<'_>, id: FiringId) -> Result<Option<Firing>> {
    db.query_opt(&format!("{SELECT} WHERE f.id = ?1"), &[&id], firing)
}

/// What is told of a firing, with each attempt.
pub(super) fn deliveries(db: &Reader<'_>, firing: FiringId) -> Result<Vec<Delivery>> {
    let mut found = db.query(
        "SELECT id, channel, recipient, state, next_at FROM alert_deliveries WHERE firing_id = ?1 ORDER BY id",
        &[&firing],
        |row| {
            Ok(Delivery {
                id: row.get("id")?,
                channel: row.get("channel")?,
                recipient: row.get("recipient")?,
                state: row.get("state")?,
                next_at: row.get("next_at")?,
                attempts: Vec::new(),
            })
        },
    )?;
    for delivery in &mut found {
        let sql = "SELECT at, succeeded, answer FROM alert_attempts WHERE delivery_id = ?1 ORDER BY id";
        delivery.attempts = db.query(sql, &[&delivery.id], |row| {
            Ok(Attempt { at: row.get("at")?, succeeded: row.get("succeeded")?, answer: row.get("answer")? })
        })?;
    }
    Ok(found)
}

/// Something that is to be told now.
#[derive(Clone, Debug)]
pub(super) struct Due {
    pub id: DeliveryId,
    pub firing: FiringId,
    pub project: ProjectId,
    pub channel: String,
    pub account: Option<AccountId>,
    pub address: Option<String>,
    pub webhook: Option<WebhookId>,
    pub attempts: i64,
}

/// What waits and is due, the longest first.
pub(super) fn due(db: &Reader<'_>, now: Timestamp, limit: i64) -> Result<Vec<Due>> {
    db.query(
        "SELECT d.id, d.firing_id, f.project_id, d.channel, d.account_id, d.address, d.webhook_id, d.attempts
           FROM alert_deliveries d JOIN alert_firings f ON f.id = d.firing_id
          WHERE d.state = 'waiting' AND d.next_at <= ?1 ORDER BY d.next_at, d.id LIMIT ?2",
        &[&now, &limit],
        |row| {
            Ok(Due {
                id: row.get("id")?,
                firing: row.get("firing_id")?,
                project: row.get("project_id")?,
                channel: row.get("channel")?,
                account: row.get("account_id")?,
                address: row.get("address")?,
                webhook: row.get("webhook_id")?,
                attempts: row.get("attempts")?,
            })
        },
    )
}

/// Keeps an attempt, and what comes of it: the next one at `next`, or none.
pub(super) fn note_attempt(tx: &Tx<'_>, id: DeliveryId, attempt: &Attempt, next: Option<Timestamp>) -> Result<()> {
    let state = attempts::state(attempt, next);
    let sql = "UPDATE alert_deliveries SET state = ?2, attempts = attempts + 1, next_at = ?3 WHERE id = ?1";
    // Its rule may have been deleted meanwhile.
    if tx.execute(sql, &[&id, &state, &next.unwrap_or(attempt.at)])? == 0 {
        return Ok(());
    }
    tx.execute(
        "INSERT INTO alert_attempts (delivery_id, at, succeeded, answer) VALUES (?1, ?2, ?3, ?4)",
        &[&id, &attempt.at, &attempt.succeeded, &attempt.answer],
    )?;
    Ok(())
}
