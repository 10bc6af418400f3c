//! SQL of the records of syncs.

use serde::de::DeserializeOwned;

use super::plan::Counts;
use super::sync::{Outcome, Sync};
use crate::clock::Timestamp;
use crate::db::{Reader, Row, Tx};
use crate::error::{Error, Result};

const COLUMNS: &str =
    "id, started_at, finished_at, started_by, outcome, why, times, people, groups, reading_ms, added, changed,
     removed";

fn read(row: &Row<'_>) -> Result<Sync> {
    let outcome: String = row.get("outcome")?;
    Ok(Sync {
        id: Some(row.get("id")?),
        started_at: row.get("started_at")?,
        finished_at: row.get("finished_at")?,
        started_by: row.get("started_by")?,
        outcome: Outcome::parse(&outcome).ok_or_else(|| Error::internal(format!("unknown outcome {outcome}")))?,
        why: row.get("why")?,
        times: row.get("times")?,
        people: row.get("people")?,
        groups: row.get("groups")?,
        reading_ms: row.get("reading_ms")?,
        counts: Counts { added: row.get("added")?, changed: row.get("changed")?, removed: row.get("removed")? },
        changes: Vec::new(),
        kept: Vec::new(),
    })
}

fn list<T: DeserializeOwned>(row: &Row<'_>, column: &str) -> Result<Vec<T>> {
    serde_json::from_str(&row.get::<String>(column)?).map_err(Error::internal)
}

pub(super) fn insert(tx: &Tx<'_>, sync: &Sync) -> Result<i64> {
    let text = |list: serde_json::Result<String>| list.map_err(Error::internal);
    tx.query_one(
        "INSERT INTO directory_syncs (started_at, finished_at, started_by, outcome, why, people, groups, reading_ms, added,
           changed, removed, changes, kept)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) RETURNING id",
        &[
            &sync.started_at,
            &sync.finished_at,
            &sync.started_by,
            &sync.outcome.as_str(),
            &sync.why,
            &sync.people,
            &sync.groups,
            &sync.reading_ms,
            &sync.counts.added,
            &sync.counts.changed,
            &sync.counts.removed,
            &text(serde_json::to_string(&sync.changes))?,
            &text(serde_json::to_string(&sync.kept))?,
        ],
        |row| row.get("id"),
    )
}

pub(super) fn delete_before(tx: &Tx<'_>, old: Timestamp) -> Result<()> {
    tx.execute("DELETE FROM directory_syncs WHERE finished_at < ?1", &[&old])?;
    Ok(())
}

pub(super) fn set_undone(tx: &Tx<'_>, id: i64, now: Timestamp) -> Result<()> {
    tx.execute("UPDATE directory_syncs SET outcome = 'undone', undone_at = ?2 WHERE id = ?1", &[&id, &now])?;
    Ok(())
}

pub(super) fn find(db: &Reader<'_>, id: i64) -> Result<Option<Sync>> {
    let sql = format!("SELECT {COLUMNS}, changes, kept FROM directory_syncs WHERE id = ?1");
    db.query_opt(&sql, &[&id], |row| Ok(Sync { changes: list(row, "changes")?, kept: list(row, "kept")?, ..read(row)? }))
}

pub(super) fn page(db: &Reader<'_>, before: i64, limit: usize) -> Result<Vec<Sync>> {
    let sql = format!("SELECT {COLUMNS} FROM directory_syncs WHERE id < ?1 ORDER BY id DESC LIMIT ?2");
    db.query(&sql, &[&before, &(limit as i64)], read)
}

/// The last sync that changed something, unless it was taken back.
pub(super) fn last_applied(db: &Reader<'_>) -> Result<Option<i64>> {
    let sql = "SELECT id, outcome FROM directory_syncs WHERE outcome IN ('applied', 'undone') ORDER BY id DESC LIMIT 1";
    let found = db.query_opt(sql, &[], |row| Ok((row.get("id")?, row.get::<String>("outcome")?)))?;
    Ok(found.filter(|(_, outcome)| outcome == "applied").map(|(id, _)| id))
}

/// The last one, without its changes.
pub(super) fn last(db: &Reader<'_>) -> Result<Option<Sync>> {
    db.query_opt(&format!("SELECT {COLUMNS} FROM directory_syncs ORDER BY id DESC LIMIT 1"), &[], read)
}

/// Whether one was taken back and none was carried out since; one that refused itself or failed was not.
pub(super) fn is_undone(db: &Reader<'_>) -> Result<bool> {
    let sql = "SELECT outcome FROM directory_syncs WHERE outcome IN ('applied', 'unchanged', 'undone')
                ORDER BY COALESCE(undone_at, finished_at) DESC, id DESC LIMIT 1";
    let newest = db.query_opt(sql, &[], |row| row.get::<String>("outcome"))?;
    Ok(newest.is_some_and(|outcome| outcome == Outcome::Undone.as_str()))
}

/// The same happened once more.
pub(super) fn set_again(tx: &Tx<'_>, id: i64, now: Timestamp) -> Result<()> {
    tx.execute("UPDATE directory_syncs SET times = times + 1, finished_at = ?2 WHERE id = ?1", &[&id, &now])?;
    Ok(())
}

/// All there are.
pub(super) fn all(db: &Reader<'_>) -> Result<Vec<i64>> {
    db.query("SELECT id FROM directory_syncs ORDER BY id", &[], |row| row.get("id"))
}

/// Writes what a sync says in another way: who asked for it, why nothing was done, its changes and what was kept.
pub(super) fn rewrite(tx: &Tx<'_>, id: i64, sync: &Sync) -> Result<()> {
    let text = |list: serde_json::Result<String>| list.map_err(Error::internal);
    let (changes, kept) = (text(serde_json::to_string(&sync.changes))?, text(serde_json::to_string(&sync.kept))?);
    tx.execute(
        "UPDATE directory_syncs SET started_by = ?2, why = ?3, changes = ?4, kept = ?5 WHERE id = ?1",
        &[&id, &sync.started_by, &sync.why, &changes, &kept],
    )?;
    Ok(())
}
