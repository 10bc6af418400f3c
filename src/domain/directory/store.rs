//! SQL of identities in the directory.

use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::error::Result;
use crate::id::AccountId;

pub(super) fn is_linked(db: &Reader<'_>, account: AccountId) -> Result<bool> {
    let found = db.query_opt("SELECT account_id FROM directory_identities WHERE account_id = ?1", &[&account], |row| {
        row.get::<AccountId>("account_id")
    })?;
    Ok(found.is_some())
}

pub(super) fn account_of(db: &Reader<'_>, directory_id: &str) -> Result<Option<AccountId>> {
    db.query_opt("SELECT account_id FROM directory_identities WHERE directory_id = ?1", &[&directory_id], |row| {
        row.get("account_id")
    })
}

pub(super) fn insert(tx: &Tx<'_>, account: AccountId, directory_id: &str, dn: &str, now: Timestamp) -> Result<()> {
    tx.execute(
        "INSERT INTO directory_identities (account_id, directory_id, dn, created_at, seen_at) VALUES (?1, ?2, ?3, ?4, ?4)",
        &[&account, &directory_id, &dn, &now],
    )?;
    Ok(())
}

pub(super) fn set_seen(tx: &Tx<'_>, account: AccountId, dn: &str, now: Timestamp) -> Result<()> {
    tx.execute("UPDATE directory_identities SET dn = ?2, seen_at = ?3 WHERE account_id = ?1", &[&account, &dn, &now])?;
    Ok(())
}
