//! The SQL of sessions.

use super::sessions::Session;
use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::error::{Error, Result};
use crate::id::AccountId;

pub(super) struct SessionRow<'a> {
    pub token_hash: [u8; 32],
    pub account: AccountId,
    pub expires_at: Timestamp,
    pub user_agent: &'a str,
    pub address: &'a str,
    pub now: Timestamp,
}

pub(super) fn insert(tx: &Tx<'_>, row: &SessionRow<'_>) -> Result<()> {
    tx.execute(
        "INSERT INTO sessions (token_hash, account_id, created_at, expires_at, last_seen_at, user_agent, address)
         VALUES (?1, ?2, ?3, ?4, ?3, ?5, ?6)",
        &[&row.token_hash, &row.account, &row.now, &row.expires_at, &row.user_agent, &row.address],
    )?;
    Ok(())
}

/// The account and last use of a session that has not expired.
pub(super) fn find(db: &Reader<'_>, hash: &[u8; 32], now: Timestamp) -> Result<Option<(AccountId, Timestamp)>> {
    db.query_opt(
        "SELECT account_id, last_seen_at FROM sessions WHERE token_hash = ?1 AND expires_at > ?2",
        &[hash, &now],
        |row| Ok((row.get("account_id")?, row.get("last_seen_at")?)),
    )
}

/// Notes a use: the session then ends at `idle_end`, or at `span_max` microseconds after its start if that is sooner.
pub(super) fn set_seen(
    tx: &Tx<'_>,
    hash: &[u8; 32],
    now: Timestamp,
    unless_after: Timestamp,
    idle_end: Timestamp,
    span_max: i64,
) -> Result<()> {
    tx.execute(
        "UPDATE sessions SET last_seen_at = ?2, expires_at = CASE WHEN created_at + ?5 < ?4 THEN created_at + ?5 ELSE ?4 END
          WHERE token_hash = ?1 AND last_seen_at < ?3",
        &[hash, &now, &unless_after, &idle_end, &span_max],
    )?;
    Ok(())
}

/// The sessions of an account that have not expired, last used first.
pub(super) fn of_account(db: &Reader<'_>, account: AccountId, now: Timestamp) -> Result<Vec<Session>> {
    db.query(
        "SELECT token_hash, created_at, expires_at, last_seen_at, user_agent, address FROM sessions
          WHERE account_id = ?1 AND expires_at > ?2 ORDER BY last_seen_at DESC, created_at DESC",
        &[&account, &now],
        |row| {
            let hash: Vec<u8> = row.get("token_hash")?;
            Ok(Session {
                hash: hash.try_into().map_err(|_| Error::internal("sessions.token_hash has not 32 bytes"))?,
                user_agent: row.get("user_agent")?,
                address: row.get("address")?,
                started_at: row.get("created_at")?,
                last_seen_at: row.get("last_seen_at")?,
                expires_at: row.get("expires_at")?,
            })
        },
    )
}

/// Whose session it was, if there was one.
pub(super) fn delete(tx: &Tx<'_>, hash: &[u8; 32]) -> Result<Option<AccountId>> {
    tx.query_opt("DELETE FROM sessions WHERE token_hash = ?1 RETURNING account_id", &[hash], |row| row.get("account_id"))
}

pub(super) fn delete_of(tx: &Tx<'_>, account: AccountId) -> Result<()> {
    tx.execute("DELETE FROM sessions WHERE account_id = ?1", &[&account])?;
    Ok(())
}

pub(super) fn delete_expired(tx: &Tx<'_>, now: Timestamp) -> Result<()> {
    tx.execute("DELETE FROM sessions WHERE expires_at <= ?1", &[&now])?;
    Ok(())
}
