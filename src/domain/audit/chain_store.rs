//! The ends of the chain, its links, and up to where the log was told elsewhere.

use super::chain::{Entry, FORGET};
use crate::clock::Timestamp;
use crate::db::{Reader, Row, Tx};
use crate::error::Result;
use crate::id::AccountId;

/// An entry at which the chain begins or ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct End {
    /// 0 for none.
    pub id: i64,
    pub digest: Vec<u8>,
}

/// The entry before the oldest that is kept, and the newest.
pub(super) fn ends(db: &Reader<'_>) -> Result<(End, End)> {
    db.query_one("SELECT before_id, before_digest, last_id, last_digest FROM audit_chain WHERE id = 1", &[], |row| {
        let before = End { id: row.get("before_id")?, digest: row.get("before_digest")? };
        Ok((before, End { id: row.get("last_id")?, digest: row.get("last_digest")? }))
    })
}

/// Puts an entry at the end of the chain.
pub(super) fn append(tx: &Tx<'_>, entry: &Entry, digest: &[u8]) -> Result<()> {
    tx.execute(
        "INSERT INTO audit (id, at, action, actor_id, acting_for_id, address, object_kind, object_id, object_name, details, salt, content,
                            digest)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        &[
            &entry.id,
            &entry.at,
            &entry.action,
            &entry.actor,
            &entry.acting_for,
            &entry.address,
            &entry.object_kind,
            &entry.object_id,
            &entry.object_name,
            &entry.details,
            &entry.salt,
            &entry.content,
            &digest,
        ],
    )?;
    tx.execute("UPDATE audit_chain SET last_id = ?1, last_digest = ?2 WHERE id = 1", &[&entry.id, &digest])?;
    Ok(())
}

/// Entries after one of them with their digests, oldest first.
pub(super) fn entries(db: &Reader<'_>, after: i64, limit: usize) -> Result<Vec<(Entry, Vec<u8>)>> {
    let sql = format!("SELECT {ENTRY}, digest FROM audit WHERE id > ?1 ORDER BY id LIMIT ?2");
    db.query(&sql, &[&after, &(limit as i64)], |row| Ok((entry(row)?, row.get("digest")?)))
}

const ENTRY: &str =
    "id, at, action, actor_id, acting_for_id, address, object_kind, object_id, object_name, details, salt, content,
                     told_digest";

fn entry(row: &Row<'_>) -> Result<Entry> {
    Ok(Entry {
        id: row.get("id")?,
        at: row.get("at")?,
        action: row.get("action")?,
        actor: row.get("actor_id")?,
        acting_for: row.get("acting_for_id")?,
        address: row.get("address")?,
        object_kind: row.get("object_kind")?,
        object_id: row.get("object_id")?,
        object_name: row.get("object_name")?,
        details: row.get("details")?,
        salt: row.get("salt")?,
        content: row.get("content")?,
        told_digest: row.get("told_digest")?,
    })
}

/// Up to which entry there were digests of an earlier release.
pub(super) fn rechained_through(db: &Reader<'_>) -> Result<i64> {
    db.query_one("SELECT rechained_through FROM audit_chain WHERE id = 1", &[], |row| row.get("rechained_through"))
}

/// Entries that may name an account: it is what they are about, or one of these texts in lower case stands in them.
pub(super) fn naming(db: &Reader<'_>, account: AccountId, username: &str, email: Option<&str>) -> Result<Vec<Entry>> {
    let anywhere = |text: &str| format!("%{}%", text.replace(['\\', '%', '_'], "_"));
    let sql = format!(
        "SELECT {ENTRY} FROM audit
          WHERE (object_kind = 'account' AND object_id = ?1) OR lower(object_name) = ?2 OR lower(details) LIKE ?3
             OR lower(details) LIKE ?4 OR details LIKE ?5
          ORDER BY id"
    );
    let by_id = format!("%\"account_id\":{account}%");
    db.query(&sql, &[&account, &username, &anywhere(username), &email.map(anywhere), &by_id], entry)
}

/// Whether an entry says that something was forgotten of another one, and that this is its content since.
pub(super) fn says_forgotten(db: &Reader<'_>, id: i64, content: &[u8]) -> Result<bool> {
    let wanted = format!("%\"{id}\":\"{}\"%", hex::encode(content));
    let sql = "SELECT 1 AS found FROM audit WHERE action = ?1 AND id > ?2 AND details LIKE ?3 LIMIT 1";
    Ok(db.query_opt(sql, &[&FORGET, &id, &wanted], |_| Ok(()))?.is_some())
}

/// Writes the texts of an entry anew; its content stays what it was.
pub(super) fn rewrite(tx: &Tx<'_>, entry: &Entry) -> Result<()> {
    tx.execute(
        "UPDATE audit SET object_name = ?2, details = ?3, salt = ?4, told_digest = NULL WHERE id = ?1",
        &[&entry.id, &entry.object_name, &entry.details, &entry.salt],
    )?;
    Ok(())
}

pub(super) fn count(db: &Reader<'_>) -> Result<i64> {
    db.query_one("SELECT COUNT(*) AS count FROM audit", &[], |row| row.get("count"))
}

/// The first entry that is not older than a moment.
pub(super) fn first_since(db: &Reader<'_>, at: Timestamp) -> Result<Option<i64>> {
    // Not by the index of moments: it would sort all that stay, where few are passed that go.
    db.query_opt("SELECT id FROM audit WHERE at + 0 >= ?1 ORDER BY id LIMIT 1", &[&at], |row| row.get("id"))
}

/// The first entry that was not told everywhere yet; `None` if it is told nowhere.
pub(super) fn first_untold(db: &Reader<'_>) -> Result<Option<i64>> {
    db.query_one("SELECT MIN(last_id) + 1 AS id FROM audit_outputs", &[], |row| row.get("id"))
}

/// How many entries come before one.
pub(super) fn count_before(db: &Reader<'_>, id: i64) -> Result<i64> {
    db.query_one("SELECT COUNT(*) AS count FROM audit WHERE id < ?1", &[&id], |row| row.get("count"))
}

/// Gives up the entries up to this one, after which the chain begins from now on.
pub(super) fn give_up(tx: &Tx<'_>, through: &End) -> Result<()> {
    tx.execute("DELETE FROM audit WHERE id <= ?1", &[&through.id])?;
    tx.execute("UPDATE audit_chain SET before_id = ?1, before_digest = ?2 WHERE id = 1", &[&through.id, &through.digest])?;
    Ok(())
}

/// Up to which entry the log was told there; 0 for nothing.
pub(super) fn told_through(db: &Reader<'_>, output: &str) -> Result<i64> {
    let found = db.query_opt("SELECT last_id FROM audit_outputs WHERE name = ?1", &[&output], |row| row.get("last_id"))?;
    Ok(found.unwrap_or_default())
}

pub(super) fn set_told_through(tx: &Tx<'_>, output: &str, id: i64) -> Result<()> {
    let sql =
        "INSERT INTO audit_outputs (name, last_id) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET last_id = excluded.last_id";
    tx.execute(sql, &[&output, &id])?;
    Ok(())
}

pub(super) fn outputs(db: &Reader<'_>) -> Result<Vec<String>> {
    db.query("SELECT name FROM audit_outputs", &[], |row| row.get("name"))
}

pub(super) fn forget_output(tx: &Tx<'_>, output: &str) -> Result<()> {
    tx.execute("DELETE FROM audit_outputs WHERE name = ?1", &[&output])?;
    Ok(())
}
