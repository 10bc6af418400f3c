//! Reading the table of the audit log.

use super::{Person, Record, Search};
use crate::db::{Reader, Row};
use crate::error::{Error, Result};
use crate::id::AccountId;

/// Records with what is known now of the people and places they name.
const SELECT: &str = "SELECT u.id, u.at, u.action, u.actor_id, a.username AS actor_username, a.email AS actor_email,
         u.acting_for_id, b.username AS acting_for_username, b.email AS acting_for_email, u.address,
         u.object_kind, u.object_id, u.object_name, u.details, u.digest, e.name AS entity, p.name AS project
    FROM audit u
    LEFT JOIN accounts a ON a.id = u.actor_id
    LEFT JOIN accounts b ON b.id = u.acting_for_id
    LEFT JOIN runs r ON u.object_kind = 'run' AND r.id = u.object_id
    LEFT JOIN reports w ON u.object_kind = 'report' AND w.id = u.object_id
    LEFT JOIN projects p
      ON p.id = CASE u.object_kind WHEN 'project' THEN u.object_id WHEN 'report' THEN w.project_id ELSE r.project_id END
    LEFT JOIN entities e ON e.id = CASE u.object_kind WHEN 'entity' THEN u.object_id ELSE p.entity_id END";

/// `?1` to `?7`: what a search says.
const MATCHES: &str = "(?1 IS NULL OR u.actor_id = ?1 OR u.acting_for_id = ?1)
     AND (?2 IS NULL OR u.action = ?2 OR (u.action >= ?2 || '.' AND u.action < ?2 || '/'))
     AND (?3 IS NULL OR u.object_kind = ?3) AND (?4 IS NULL OR u.object_name = ?4)
     AND (?5 IS NULL OR e.id = ?5 OR e.organization_id = ?5)
     AND (?6 IS NULL OR u.at >= ?6) AND (?7 IS NULL OR u.at < ?7)";

fn person(row: &Row<'_>, column: &str) -> Result<Option<Person>> {
    let id: Option<AccountId> = row.get(&format!("{column}_id"))?;
    let username: Option<String> = row.get(&format!("{column}_username"))?;
    let Some((id, username)) = id.zip(username) else {
        return Ok(None);
    };
    Ok(Some(Person { id, username, email: row.get(&format!("{column}_email"))? }))
}

fn record(row: &Row<'_>) -> Result<Record> {
    let details: String = row.get("details")?;
    Ok(Record {
        id: row.get("id")?,
        at: row.get("at")?,
        action: row.get("action")?,
        actor: person(row, "actor")?,
        acting_for: person(row, "acting_for")?,
        address: row.get("address")?,
        object_kind: row.get("object_kind")?,
        object_id: row.get("object_id")?,
        object_name: row.get("object_name")?,
        entity: row.get("entity")?,
        project: row.get("project")?,
        details: serde_json::from_str(&details).map_err(Error::internal)?,
        digest: row.get("digest")?,
    })
}

fn found(db: &Reader<'_>, search: &Search, rest: &str, place: i64, limit: usize) -> Result<Vec<Record>> {
    db.query(
        &format!("{SELECT} WHERE {MATCHES} AND {rest}"),
        &[
            &search.actor,
            &search.action,
            &search.object_kind,
            &search.object_name,
            &search.entity,
            &search.from,
            &search.until,
            &place,
            &(limit as i64),
        ],
        record,
    )
}

/// Newest first, before one of them.
pub(super) fn page(db: &Reader<'_>, search: &Search, before: i64, limit: usize) -> Result<Vec<Record>> {
    found(db, search, "u.id < ?8 ORDER BY u.id DESC LIMIT ?9", before, limit)
}

/// Oldest first, after one of them.
pub(super) fn oldest_first(db: &Reader<'_>, search: &Search, after: i64, limit: usize) -> Result<Vec<Record>> {
    found(db, search, "u.id > ?8 ORDER BY u.id LIMIT ?9", after, limit)
}
