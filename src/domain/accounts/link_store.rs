//! The SQL of one-time links.

use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::error::Result;
use crate::id::AccountId;

pub(super) fn insert(
    tx: &Tx<'_>,
    hash: &[u8; 32],
    purpose: &str,
    account: Option<AccountId>,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<()> {
    tx.execute(
        "INSERT INTO one_time_links (token_hash, purpose, account_id, created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        &[hash, &purpose, &account, &now, &expires_at],
    )?;
    Ok(())
}

pub(super) fn delete_expired(tx: &Tx<'_>, before: Timestamp) -> Result<()> {
    tx.execute("DELETE FROM one_time_links WHERE expires_at <= ?1", &[&before])?;
    Ok(())
}

/// Marks a link as used if it is still good.
pub(super) fn take(tx: &Tx<'_>, hash: &[u8; 32], purpose: &str, now: Timestamp) -> Result<bool> {
    let changed = tx.execute(
        "UPDATE one_time_links SET used_at = ?3 WHERE token_hash = ?1 AND purpose = ?2 AND used_at IS NULL AND expires_at > ?3",
        &[hash, &purpose, &now],
    )?;
    Ok(changed == 1)
}

/// The account that a link is for; a set-up link is for nobody yet.
pub(super) fn account(db: &Reader<'_>, hash: &[u8; 32]) -> Result<Option<AccountId>> {
    db.query_one("SELECT account_id FROM one_time_links WHERE token_hash = ?1", &[hash], |row| row.get("account_id"))
}
