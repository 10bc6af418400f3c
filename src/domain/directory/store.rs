//! SQL of identities in the directory, and of what a plan compares it with.

use std::collections::{HashMap, HashSet};

use super::plan::{Known, Profile, Who};
use crate::clock::Timestamp;
use crate::db::{Reader, Row, Tx};
use crate::error::Result;
use crate::id::{AccountId, EntityId};

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

/// Since when the directory has a person no more; `None` when it has them again.
pub(super) fn set_left(tx: &Tx<'_>, account: AccountId, at: Option<Timestamp>) -> Result<()> {
    tx.execute("UPDATE directory_identities SET left_at = ?2 WHERE account_id = ?1", &[&account, &at])?;
    Ok(())
}

/// Whether the account is deactivated because the directory had the person no more.
pub(super) fn has_left(db: &Reader<'_>, account: AccountId) -> Result<bool> {
    let sql = "SELECT 1 AS found FROM directory_identities i JOIN accounts a ON a.id = i.account_id
                WHERE i.account_id = ?1 AND i.left_at IS NOT NULL AND a.deactivated_at IS NOT NULL";
    Ok(db.query_opt(sql, &[&account], |_| Ok(()))?.is_some())
}

const PEOPLE: &str = "SELECT i.account_id, i.directory_id, i.dn, i.left_at IS NOT NULL AS gone, a.username, a.name, a.email,
         a.site_admin, a.deactivated_at IS NULL AS active, a.deleted_at IS NOT NULL AS deleted
    FROM directory_identities i JOIN accounts a ON a.id = i.account_id";

/// Everybody of the directory who has an account.
pub(super) fn people(db: &Reader<'_>) -> Result<Vec<Known>> {
    db.query(PEOPLE, &[], known)
}

/// One of them.
pub(super) fn person(db: &Reader<'_>, account: AccountId) -> Result<Option<Known>> {
    db.query_opt(&format!("{PEOPLE} WHERE i.account_id = ?1"), &[&account], known)
}

fn known(row: &Row<'_>) -> Result<Known> {
    Ok(Known {
        account: row.get("account_id")?,
        who: Who { username: row.get("username")?, directory_id: row.get("directory_id")? },
        profile: Profile { dn: row.get("dn")?, name: row.get("name")?, email: row.get("email")? },
        active: row.get("active")?,
        left: row.get("gone")?,
        site_admin: row.get("site_admin")?,
        deleted: row.get("deleted")?,
    })
}

pub(super) fn active_accounts(db: &Reader<'_>) -> Result<Vec<AccountId>> {
    db.query("SELECT id FROM accounts WHERE deactivated_at IS NULL AND kind = 'user'", &[], |row| row.get("id"))
}

/// Whether an active administrator of the server is no person of the directory.
pub(super) fn has_local_administrator(db: &Reader<'_>) -> Result<bool> {
    let sql = "SELECT 1 AS found FROM accounts a WHERE a.site_admin = 1 AND a.deactivated_at IS NULL
                  AND NOT EXISTS (SELECT 1 FROM directory_identities i WHERE i.account_id = a.id) LIMIT 1";
    Ok(db.query_opt(sql, &[], |_| Ok(()))?.is_some())
}

/// A team or organization.
pub(super) struct NameRow {
    pub id: EntityId,
    pub name: String,
    pub is_team: bool,
    pub is_organization: bool,
}

pub(super) fn names(db: &Reader<'_>) -> Result<Vec<NameRow>> {
    db.query("SELECT id, name, kind FROM entities WHERE deleted_at IS NULL AND kind <> 'user'", &[], |row| {
        let kind: String = row.get("kind")?;
        let (is_team, is_organization) = (kind == "team", kind == "organization");
        Ok(NameRow { id: row.get("id")?, name: row.get("name")?, is_team, is_organization })
    })
}

/// All names that are taken, those of the deleted too.
pub(super) fn taken(db: &Reader<'_>) -> Result<HashSet<String>> {
    let sql = "SELECT name_key AS taken FROM entities UNION SELECT username_key FROM accounts";
    Ok(db.query(sql, &[], |row| row.get("taken"))?.into_iter().collect())
}

pub(super) fn emails(db: &Reader<'_>) -> Result<HashMap<String, AccountId>> {
    let sql = "SELECT email_key, id FROM accounts WHERE email_key IS NOT NULL";
    Ok(db.query(sql, &[], |row| Ok((row.get("email_key")?, row.get("id")?)))?.into_iter().collect())
}

/// Forgets how the directory calls the entry of somebody who is gone; returns it. The number that it knows them by stays, so that it
/// does not bring them back.
pub(in crate::domain) fn forget_entry(tx: &Tx<'_>, account: AccountId) -> Result<Option<String>> {
    let sql = "SELECT dn FROM directory_identities WHERE account_id = ?1";
    let dn = tx.query_opt(sql, &[&account], |row| row.get("dn"))?;
    tx.execute("UPDATE directory_identities SET dn = '' WHERE account_id = ?1", &[&account])?;
    Ok(dn)
}
