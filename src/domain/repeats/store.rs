//! The table of requests that may be sent again.

use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::error::Result;

pub(super) struct Row {
    pub fingerprint: Vec<u8>,
    pub answer: Option<Vec<u8>>,
    pub created_at: Timestamp,
}

pub(super) fn find(db: &Reader<'_>, hash: &[u8; 32]) -> Result<Option<Row>> {
    db.query_opt("SELECT fingerprint, answer, created_at FROM repeats WHERE key_hash = ?1", &[hash], |row| {
        Ok(Row { fingerprint: row.get("fingerprint")?, answer: row.get("answer")?, created_at: row.get("created_at")? })
    })
}

pub(super) fn set_taken(tx: &Tx<'_>, hash: &[u8; 32], fingerprint: &[u8; 32], now: Timestamp) -> Result<()> {
    tx.execute(
        "INSERT INTO repeats (key_hash, fingerprint, created_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (key_hash) DO UPDATE
            SET fingerprint = excluded.fingerprint, answer = NULL, created_at = excluded.created_at",
        &[hash, fingerprint, &now],
    )?;
    Ok(())
}

pub(super) fn set_answer(tx: &Tx<'_>, hash: &[u8; 32], answer: &[u8]) -> Result<()> {
    tx.execute("UPDATE repeats SET answer = ?2 WHERE key_hash = ?1", &[hash, &answer])?;
    Ok(())
}

pub(super) fn delete(tx: &Tx<'_>, hash: &[u8; 32]) -> Result<()> {
    tx.execute("DELETE FROM repeats WHERE key_hash = ?1", &[hash])?;
    Ok(())
}

pub(super) fn delete_before(tx: &Tx<'_>, before: Timestamp) -> Result<()> {
    tx.execute("DELETE FROM repeats WHERE created_at <= ?1", &[&before])?;
    Ok(())
}
