//! SQL of service accounts: where they belong, and secrets that may still be read.

use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::error::Result;
use crate::id::{AccountId, EntityId};
use crate::secret::Secret;

pub(super) fn set_home(
    tx: &Tx<'_>,
    id: AccountId,
    home: EntityId,
    purpose: &str,
    default_team: Option<EntityId>,
) -> Result<()> {
    tx.execute(
        "UPDATE accounts SET home_id = ?2, purpose = ?3, default_entity_id = ?4 WHERE id = ?1",
        &[&id, &home, &purpose, &default_team],
    )?;
    Ok(())
}

/// By name.
pub(super) fn of_home(db: &Reader<'_>, home: EntityId) -> Result<Vec<(AccountId, String)>> {
    db.query(
        "SELECT id, purpose FROM accounts WHERE home_id = ?1 AND kind = 'service' AND deleted_at IS NULL ORDER BY username_key",
        &[&home],
        |row| Ok((row.get("id")?, row.get("purpose")?)),
    )
}

pub(super) fn insert_fresh(
    tx: &Tx<'_>,
    account: AccountId,
    maker: AccountId,
    secret: &Secret,
    expires_at: Timestamp,
) -> Result<()> {
    tx.execute(
        "INSERT INTO fresh_secrets (account_id, maker_id, secret, expires_at) VALUES (?1, ?2, ?3, ?4)",
        &[&account, &maker, &secret.reveal(), &expires_at],
    )?;
    Ok(())
}

pub(super) fn fresh(db: &Reader<'_>, account: AccountId, maker: AccountId, now: Timestamp) -> Result<Option<Secret>> {
    db.query_opt(
        "SELECT secret FROM fresh_secrets WHERE account_id = ?1 AND maker_id = ?2 AND expires_at > ?3",
        &[&account, &maker, &now],
        |row| Ok(Secret::new(row.get::<String>("secret")?)),
    )
}

pub(super) fn delete_stale(tx: &Tx<'_>, now: Timestamp) -> Result<()> {
    tx.execute("DELETE FROM fresh_secrets WHERE expires_at <= ?1", &[&now])?;
    Ok(())
}
