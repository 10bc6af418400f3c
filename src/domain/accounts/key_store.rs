//! The SQL of API keys.

use super::model::ApiKey;
use crate::clock::Timestamp;
use crate::db::{Reader, Row, Tx};
use crate::error::Result;
use crate::id::{AccountId, ApiKeyId};

pub(super) struct KeyRow<'a> {
    pub account: AccountId,
    pub name: &'a str,
    pub hint: &'a str,
    pub secret_hash: [u8; 32],
    pub imported: bool,
    pub expires_at: Option<Timestamp>,
    pub now: Timestamp,
}

pub(super) fn insert(tx: &Tx<'_>, row: &KeyRow<'_>) -> Result<ApiKeyId> {
    tx.query_one(
        "INSERT INTO api_keys (account_id, name, hint, secret_hash, imported, created_at, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING id",
        &[&row.account, &row.name, &row.hint, &row.secret_hash, &row.imported, &row.now, &row.expires_at],
        |row| row.get("id"),
    )
}

const KEY: &str = "id, account_id, name, hint, created_at, expires_at, last_used_at";

fn key(row: &Row<'_>) -> Result<ApiKey> {
    Ok(ApiKey {
        id: row.get("id")?,
        account: row.get("account_id")?,
        name: row.get("name")?,
        hint: row.get("hint")?,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
        last_used_at: row.get("last_used_at")?,
    })
}

/// Keys that were not revoked, newest first.
pub(super) fn of_account(db: &Reader<'_>, account: AccountId) -> Result<Vec<ApiKey>> {
    let sql = format!("SELECT {KEY} FROM api_keys WHERE account_id = ?1 AND revoked_at IS NULL ORDER BY id DESC");
    db.query(&sql, &[&account], key)
}

pub(super) fn by_id(db: &Reader<'_>, id: ApiKeyId) -> Result<Option<ApiKey>> {
    db.query_opt(&format!("SELECT {KEY} FROM api_keys WHERE id = ?1 AND revoked_at IS NULL"), &[&id], key)
}

/// The key with that secret, and when it was revoked.
pub(super) fn by_hash(db: &Reader<'_>, hash: &[u8; 32]) -> Result<Option<(ApiKey, Option<Timestamp>)>> {
    db.query_opt(&format!("SELECT {KEY}, revoked_at FROM api_keys WHERE secret_hash = ?1"), &[hash], |row| {
        Ok((key(row)?, row.get("revoked_at")?))
    })
}

pub(super) fn set_revoked(tx: &Tx<'_>, id: ApiKeyId, now: Timestamp) -> Result<()> {
    tx.execute("UPDATE api_keys SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL", &[&id, &now])?;
    Ok(())
}

pub(super) fn set_used(tx: &Tx<'_>, id: ApiKeyId, now: Timestamp, unless_after: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE api_keys SET last_used_at = ?2 WHERE id = ?1 AND (last_used_at IS NULL OR last_used_at < ?3)",
        &[&id, &now, &unless_after],
    )?;
    Ok(())
}
