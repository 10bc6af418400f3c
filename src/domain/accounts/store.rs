//! SQL of accounts and their personal entities.

use super::model::{Account, AccountKind};
use crate::clock::Timestamp;
use crate::db::{Reader, Row, Tx};
use crate::error::Result;
use crate::id::{AccountId, EntityId};

/// The columns of [`account`]. Without a choice, or where the personal space that was chosen is switched off, the default
/// entity is the first team the account may log to.
const ACCOUNT: &str =
    "a.id, a.kind, a.username, a.name, a.email, a.entity_id, a.home_id, a.site_admin, a.code_saving, a.created_at,
    a.last_seen_at, a.deactivated_at, a.deleted_at,
    COALESCE(CASE WHEN a.default_entity_id = a.entity_id
                   AND EXISTS (SELECT 1 FROM entities e JOIN entities o ON o.id = e.organization_id
                                WHERE e.id = a.entity_id AND o.personal_spaces = 0)
                  THEN NULL ELSE a.default_entity_id END,
             (SELECT m.team_id FROM team_members m JOIN entities t ON t.id = m.team_id
               WHERE m.account_id = a.id AND m.role <> 'view-only' AND t.deleted_at IS NULL
               ORDER BY m.created_at, m.team_id LIMIT 1),
             a.entity_id) AS default_entity_id";

fn account(row: &Row<'_>) -> Result<Account> {
    Ok(Account {
        id: row.get("id")?,
        kind: AccountKind::read(&row.get::<String>("kind")?)?,
        username: row.get("username")?,
        name: row.get("name")?,
        email: row.get("email")?,
        entity_id: row.get("entity_id")?,
        default_entity_id: row.get("default_entity_id")?,
        home_id: row.get("home_id")?,
        site_admin: row.get("site_admin")?,
        code_saving: row.get("code_saving")?,
        created_at: row.get("created_at")?,
        last_seen_at: row.get("last_seen_at")?,
        deactivated_at: row.get("deactivated_at")?,
        deleted_at: row.get("deleted_at")?,
    })
}

pub(super) fn find(db: &Reader<'_>, id: AccountId) -> Result<Option<Account>> {
    db.query_opt(&format!("SELECT {ACCOUNT} FROM accounts a WHERE a.id = ?1"), &[&id], account)
}

pub(super) fn by_username(db: &Reader<'_>, key: &str) -> Result<Option<Account>> {
    db.query_opt(
        &format!("SELECT {ACCOUNT} FROM accounts a WHERE a.username_key = ?1 AND a.deleted_at IS NULL"),
        &[&key],
        account,
    )
}

pub(super) fn by_email(db: &Reader<'_>, key: &str) -> Result<Option<Account>> {
    db.query_opt(&format!("SELECT {ACCOUNT} FROM accounts a WHERE a.email_key = ?1"), &[&key], account)
}

/// Active accounts whose user name or mail address starts with `prefix` (lower case): whose is just that first, then by user name.
pub(super) fn search(db: &Reader<'_>, prefix: &str, limit: i64) -> Result<Vec<Account>> {
    let end = format!("{prefix}\u{10FFFF}");
    db.query(
        &format!(
            "SELECT {ACCOUNT} FROM accounts a
              WHERE a.deactivated_at IS NULL
                AND ((a.username_key >= ?1 AND a.username_key < ?2) OR (a.email_key >= ?1 AND a.email_key < ?2))
              ORDER BY CASE WHEN a.username_key = ?1 OR a.email_key = ?1 THEN 0 ELSE 1 END, a.username_key LIMIT ?3"
        ),
        &[&prefix, &end, &limit],
        account,
    )
}

pub(super) fn has_administrator(db: &Reader<'_>) -> Result<bool> {
    let found = db.query_opt("SELECT id FROM accounts WHERE site_admin = 1 AND deleted_at IS NULL LIMIT 1", &[], |row| {
        row.get::<AccountId>("id")
    })?;
    Ok(found.is_some())
}

pub(super) fn deactivate_services_of(tx: &Tx<'_>, home: EntityId, now: Timestamp) -> Result<()> {
    let sql = "UPDATE accounts SET deactivated_at = ?2 WHERE home_id = ?1 AND kind = 'service' AND deactivated_at IS NULL";
    tx.execute(sql, &[&home, &now])?;
    Ok(())
}

/// Marks as deleted, and forgets how to sign in and to write to the person.
pub(super) fn set_deleted(tx: &Tx<'_>, id: AccountId, now: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE accounts SET deleted_at = ?2, deactivated_at = COALESCE(deactivated_at, ?2), password_hash = NULL, email = NULL,
                email_key = NULL, default_entity_id = NULL, site_admin = 0
          WHERE id = ?1",
        &[&id, &now],
    )?;
    Ok(())
}

/// Gives an account another user name, which is its own key.
pub(super) fn rename(tx: &Tx<'_>, id: AccountId, username: &str, name: &str) -> Result<()> {
    tx.execute("UPDATE accounts SET username = ?2, username_key = ?2, name = ?3 WHERE id = ?1", &[&id, &username, &name])?;
    Ok(())
}

/// Gives a personal entity another name, which is its own key.
pub(super) fn rename_entity(tx: &Tx<'_>, id: EntityId, name: &str) -> Result<()> {
    tx.execute("UPDATE entities SET name = ?2, name_key = ?2, display_name = ?2 WHERE id = ?1", &[&id, &name])?;
    Ok(())
}

/// Which accounts a list holds.
pub(super) struct PeopleRows<'a> {
    /// A part of the user name, of the name or, with `with_email`, of the mail address; lower case.
    pub text: &'a str,
    pub with_email: bool,
    pub with_deactivated: bool,
    /// The key of the user name before the first; "" for the beginning.
    pub after: &'a str,
    pub limit: usize,
}

/// People by user name.
pub(super) fn people(db: &Reader<'_>, rows: &PeopleRows<'_>) -> Result<Vec<Account>> {
    let part = format!("%{}%", rows.text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
    db.query(
        &format!(
            "SELECT {ACCOUNT} FROM accounts a
              WHERE a.kind = 'user' AND a.deleted_at IS NULL AND a.username_key > ?1
                AND (a.username_key LIKE ?2 ESCAPE '\\' OR LOWER(a.name) LIKE ?2 ESCAPE '\\'
                     OR (?3 = 1 AND a.email_key LIKE ?2 ESCAPE '\\'))
                AND (?4 = 1 OR a.deactivated_at IS NULL)
              ORDER BY a.username_key LIMIT ?5"
        ),
        &[&rows.after, &part, &rows.with_email, &rows.with_deactivated, &(rows.limit as i64)],
        account,
    )
}

pub(super) fn set_name(tx: &Tx<'_>, id: AccountId, name: &str) -> Result<()> {
    tx.execute("UPDATE accounts SET name = ?2 WHERE id = ?1", &[&id, &name])?;
    Ok(())
}

pub(super) fn set_email(tx: &Tx<'_>, id: AccountId, email: Option<&str>, key: Option<&str>) -> Result<()> {
    tx.execute("UPDATE accounts SET email = ?2, email_key = ?3 WHERE id = ?1", &[&id, &email, &key])?;
    Ok(())
}

pub(super) fn set_code_saving(tx: &Tx<'_>, id: AccountId, saving: bool) -> Result<()> {
    tx.execute("UPDATE accounts SET code_saving = ?2 WHERE id = ?1", &[&id, &saving])?;
    Ok(())
}

pub(super) fn set_site_admin(tx: &Tx<'_>, id: AccountId, administers: bool) -> Result<()> {
    tx.execute("UPDATE accounts SET site_admin = ?2 WHERE id = ?1", &[&id, &administers])?;
    Ok(())
}

pub(super) fn set_deactivated(tx: &Tx<'_>, id: AccountId, at: Option<Timestamp>) -> Result<()> {
    tx.execute("UPDATE accounts SET deactivated_at = ?2 WHERE id = ?1", &[&id, &at])?;
    Ok(())
}

pub(super) fn password_hash(db: &Reader<'_>, id: AccountId) -> Result<Option<String>> {
    db.query_one("SELECT password_hash FROM accounts WHERE id = ?1", &[&id], |row| row.get("password_hash"))
}

pub(super) fn set_password_hash(tx: &Tx<'_>, id: AccountId, hash: &str) -> Result<()> {
    tx.execute("UPDATE accounts SET password_hash = ?2 WHERE id = ?1", &[&id, &hash])?;
    Ok(())
}

pub(super) fn set_profile(tx: &Tx<'_>, id: AccountId, name: &str, email: Option<&str>, email_key: Option<&str>) -> Result<()> {
    tx.execute("UPDATE accounts SET name = ?2, email = ?3, email_key = ?4 WHERE id = ?1", &[&id, &name, &email, &email_key])?;
    Ok(())
}

pub(super) fn set_default_entity(tx: &Tx<'_>, id: AccountId, entity: Option<EntityId>) -> Result<()> {
    tx.execute("UPDATE accounts SET default_entity_id = ?2 WHERE id = ?1", &[&id, &entity])?;
    Ok(())
}

/// Whether a person, team or organization has the name, be it a deleted one.
pub(super) fn name_taken(db: &Reader<'_>, key: &str) -> Result<bool> {
    let found = db.query_opt(
        "SELECT 1 AS taken FROM entities WHERE name_key = ?1 UNION SELECT 1 AS taken FROM accounts WHERE username_key = ?1",
        &[&key],
        |row| row.get::<i64>("taken"),
    )?;
    Ok(found.is_some())
}

pub(super) struct EntityRow<'a> {
    pub kind: &'a str,
    pub name: &'a str,
    pub name_key: &'a str,
    pub display_name: &'a str,
    pub organization: Option<EntityId>,
    pub now: Timestamp,
}

pub(super) fn insert_entity(tx: &Tx<'_>, row: &EntityRow<'_>) -> Result<EntityId> {
    tx.query_one(
        "INSERT INTO entities (kind, name, name_key, display_name, organization_id, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id",
        &[&row.kind, &row.name, &row.name_key, &row.display_name, &row.organization, &row.now],
        |row| row.get("id"),
    )
}

pub(super) struct AccountRow<'a> {
    pub kind: AccountKind,
    pub username: &'a str,
    pub username_key: &'a str,
    pub name: &'a str,
    pub email: Option<&'a str>,
    pub email_key: Option<&'a str>,
    pub entity: Option<EntityId>,
    pub site_admin: bool,
    pub password_hash: Option<&'a str>,
    pub now: Timestamp,
}

pub(super) fn insert_account(tx: &Tx<'_>, row: &AccountRow<'_>) -> Result<AccountId> {
    tx.query_one(
        "INSERT INTO accounts (kind, username, username_key, name, email, email_key, entity_id, site_admin, password_hash, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) RETURNING id",
        &[
            &row.kind.as_str(),
            &row.username,
            &row.username_key,
            &row.name,
            &row.email,
            &row.email_key,
            &row.entity,
            &row.site_admin,
            &row.password_hash,
            &row.now,
        ],
        |row| row.get("id"),
    )
}

/// Notes when an account was last heard of, by whatever credential.
pub(super) fn set_seen(tx: &Tx<'_>, id: AccountId, now: Timestamp) -> Result<()> {
    tx.execute("UPDATE accounts SET last_seen_at = ?2 WHERE id = ?1", &[&id, &now])?;
    Ok(())
}
