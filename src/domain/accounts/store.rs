//! SQL of accounts, their personal entities, keys, sessions and links.

use super::model::{Account, AccountKind, ApiKey};
use crate::clock::Timestamp;
use crate::db::{Reader, Row, Tx};
use crate::error::{Error, Result};
use crate::id::{AccountId, ApiKeyId, EntityId, ProjectId};
use crate::policy::{Actor, TeamRole};

/// The columns of [`account`]. Without a choice the default entity is the first team the account may log to.
const ACCOUNT: &str = "a.id, a.kind, a.username, a.name, a.email, a.entity_id, a.site_admin, a.code_saving, a.created_at,
    a.deactivated_at,
    COALESCE(a.default_entity_id,
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
        site_admin: row.get("site_admin")?,
        code_saving: row.get("code_saving")?,
        created_at: row.get("created_at")?,
        deactivated_at: row.get("deactivated_at")?,
    })
}

pub(super) fn find(db: &Reader<'_>, id: AccountId) -> Result<Option<Account>> {
    db.query_opt(&format!("SELECT {ACCOUNT} FROM accounts a WHERE a.id = ?1"), &[&id], account)
}

pub(super) fn by_username(db: &Reader<'_>, key: &str) -> Result<Option<Account>> {
    db.query_opt(&format!("SELECT {ACCOUNT} FROM accounts a WHERE a.username_key = ?1"), &[&key], account)
}

pub(super) fn by_email(db: &Reader<'_>, key: &str) -> Result<Option<Account>> {
    db.query_opt(&format!("SELECT {ACCOUNT} FROM accounts a WHERE a.email_key = ?1"), &[&key], account)
}

/// Active accounts whose user name or mail address starts with `prefix` (lower case), by user name.
pub(super) fn search(db: &Reader<'_>, prefix: &str, limit: i64) -> Result<Vec<Account>> {
    let end = format!("{prefix}\u{10FFFF}");
    db.query(
        &format!(
            "SELECT {ACCOUNT} FROM accounts a
              WHERE a.deactivated_at IS NULL
                AND ((a.username_key >= ?1 AND a.username_key < ?2) OR (a.email_key >= ?1 AND a.email_key < ?2))
              ORDER BY a.username_key LIMIT ?3"
        ),
        &[&prefix, &end, &limit],
        account,
    )
}

pub(super) fn has_administrator(db: &Reader<'_>) -> Result<bool> {
    let found = db.query_opt("SELECT id FROM accounts WHERE site_admin = 1 LIMIT 1", &[], |row| row.get::<AccountId>("id"))?;
    Ok(found.is_some())
}

/// Active administrators of the server besides one account.
pub(super) fn other_administrators(db: &Reader<'_>, besides: AccountId) -> Result<i64> {
    db.query_one(
        "SELECT COUNT(*) AS count FROM accounts WHERE site_admin = 1 AND deactivated_at IS NULL AND id <> ?1",
        &[&besides],
        |row| row.get("count"),
    )
}

/// Names of teams that would have no active admin without the account.
pub(super) fn teams_led_alone(db: &Reader<'_>, id: AccountId) -> Result<Vec<String>> {
    db.query(
        "SELECT t.name FROM team_members mine JOIN entities t ON t.id = mine.team_id
          WHERE mine.account_id = ?1 AND mine.role = 'admin' AND t.deleted_at IS NULL
            AND NOT EXISTS (SELECT 1 FROM team_members m JOIN accounts a ON a.id = m.account_id
                             WHERE m.team_id = t.id AND m.role = 'admin' AND m.account_id <> ?1 AND a.deactivated_at IS NULL)
          ORDER BY t.name_key",
        &[&id],
        |row| row.get("name"),
    )
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

/// The oldest organization: the one that new accounts belong to.
pub(super) fn first_organization(db: &Reader<'_>) -> Result<Option<EntityId>> {
    db.query_opt("SELECT id FROM entities WHERE kind = 'organization' AND deleted_at IS NULL ORDER BY id LIMIT 1", &[], |row| {
        row.get("id")
    })
}

pub(super) fn insert_organization_member(
    tx: &Tx<'_>,
    organization: EntityId,
    id: AccountId,
    role: &str,
    now: Timestamp,
) -> Result<()> {
    tx.execute(
        "INSERT INTO organization_members (organization_id, account_id, role, created_at) VALUES (?1, ?2, ?3, ?4)",
        &[&organization, &id, &role, &now],
    )?;
    Ok(())
}

/// Whether new projects of the account may go to the entity: its own, or a team where it may log.
pub(super) fn may_default_to(db: &Reader<'_>, id: AccountId, entity: EntityId) -> Result<bool> {
    let found = db.query_opt(
        "SELECT 1 AS fits FROM accounts WHERE id = ?1 AND entity_id = ?2
         UNION
         SELECT 1 AS fits FROM team_members m JOIN entities t ON t.id = m.team_id
          WHERE m.account_id = ?1 AND m.team_id = ?2 AND m.role <> 'view-only' AND t.deleted_at IS NULL",
        &[&id, &entity],
        |row| row.get::<i64>("fits"),
    )?;
    Ok(found.is_some())
}

/// What the policy judges an active account by; `None` if there is no such account or it was deactivated.
pub(super) fn actor(db: &Reader<'_>, id: AccountId) -> Result<Option<Actor>> {
    let found =
        db.query_opt("SELECT site_admin, entity_id FROM accounts WHERE id = ?1 AND deactivated_at IS NULL", &[&id], |row| {
            Ok((row.get::<bool>("site_admin")?, row.get::<Option<EntityId>>("entity_id")?))
        })?;
    let Some((site_admin, personal)) = found else {
        return Ok(None);
    };
    let mut seats = db.query(
        "SELECT m.team_id, m.role FROM team_members m JOIN entities t ON t.id = m.team_id
          WHERE m.account_id = ?1 AND t.deleted_at IS NULL ORDER BY m.created_at, m.team_id",
        &[&id],
        |row| Ok((row.get::<EntityId>("team_id")?, role(row)?)),
    )?;
    let project_seats = db.query(
        "SELECT m.project_id, m.role FROM project_members m WHERE m.account_id = ?1 ORDER BY m.project_id",
        &[&id],
        |row| Ok((row.get::<ProjectId>("project_id")?, role(row)?)),
    )?;
    let memberships = db.query(
        "SELECT m.organization_id, m.role FROM organization_members m WHERE m.account_id = ?1 ORDER BY m.organization_id",
        &[&id],
        |row| Ok((row.get::<EntityId>("organization_id")?, row.get::<String>("role")? == "admin")),
    )?;
    // A member looks at what the organization itself owns; its admin manages it.
    let looks = memberships.iter().filter(|(_, admin)| !admin).map(|(organization, _)| (*organization, TeamRole::ViewOnly));
    seats.extend(looks);
    let organizations = memberships.iter().filter(|(_, admin)| *admin).map(|(organization, _)| *organization).collect();
    Ok(Some(Actor { account: Some(id), acting_for: None, site_admin, personal, seats, project_seats, organizations }))
}

fn role(row: &Row<'_>) -> Result<TeamRole> {
    let text: String = row.get("role")?;
    TeamRole::parse(&text).ok_or_else(|| Error::internal(format!("unknown role {text}")))
}

/// The active account with that user name (or, without one, mail address) that shares a team with a service account.
pub(super) fn teammate(
    db: &Reader<'_>,
    service: AccountId,
    username: Option<&str>,
    email: Option<&str>,
) -> Result<Option<AccountId>> {
    db.query_opt(
        "SELECT a.id FROM accounts a
           JOIN team_members theirs ON theirs.account_id = a.id
           JOIN team_members ours ON ours.team_id = theirs.team_id AND ours.account_id = ?1
          WHERE a.kind = 'user' AND a.deactivated_at IS NULL
            AND (a.username_key = ?2 OR (?2 IS NULL AND a.email_key = ?3))
          ORDER BY a.id LIMIT 1",
        &[&service, &username, &email],
        |row| row.get("id"),
    )
}

pub(super) struct KeyRow<'a> {
    pub account: AccountId,
    pub name: &'a str,
    pub hint: &'a str,
    pub secret_hash: [u8; 32],
    pub imported: bool,
    pub expires_at: Option<Timestamp>,
    pub now: Timestamp,
}

pub(super) fn insert_key(tx: &Tx<'_>, row: &KeyRow<'_>) -> Result<ApiKeyId> {
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
pub(super) fn keys(db: &Reader<'_>, account: AccountId) -> Result<Vec<ApiKey>> {
    let sql = format!("SELECT {KEY} FROM api_keys WHERE account_id = ?1 AND revoked_at IS NULL ORDER BY id DESC");
    db.query(&sql, &[&account], key)
}

pub(super) fn key_by_id(db: &Reader<'_>, id: ApiKeyId) -> Result<Option<ApiKey>> {
    db.query_opt(&format!("SELECT {KEY} FROM api_keys WHERE id = ?1 AND revoked_at IS NULL"), &[&id], key)
}

/// The key with that secret, and when it was revoked.
pub(super) fn key_by_hash(db: &Reader<'_>, hash: &[u8; 32]) -> Result<Option<(ApiKey, Option<Timestamp>)>> {
    db.query_opt(&format!("SELECT {KEY}, revoked_at FROM api_keys WHERE secret_hash = ?1"), &[hash], |row| {
        Ok((key(row)?, row.get("revoked_at")?))
    })
}

pub(super) fn set_key_revoked(tx: &Tx<'_>, id: ApiKeyId, now: Timestamp) -> Result<()> {
    tx.execute("UPDATE api_keys SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL", &[&id, &now])?;
    Ok(())
}

pub(super) fn set_key_used(tx: &Tx<'_>, id: ApiKeyId, now: Timestamp, unless_after: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE api_keys SET last_used_at = ?2 WHERE id = ?1 AND (last_used_at IS NULL OR last_used_at < ?3)",
        &[&id, &now, &unless_after],
    )?;
    Ok(())
}

pub(super) struct SessionRow<'a> {
    pub token_hash: [u8; 32],
    pub account: AccountId,
    pub expires_at: Timestamp,
    pub user_agent: &'a str,
    pub address: &'a str,
    pub now: Timestamp,
}

pub(super) fn insert_session(tx: &Tx<'_>, row: &SessionRow<'_>) -> Result<()> {
    tx.execute(
        "INSERT INTO sessions (token_hash, account_id, created_at, expires_at, last_seen_at, user_agent, address)
         VALUES (?1, ?2, ?3, ?4, ?3, ?5, ?6)",
        &[&row.token_hash, &row.account, &row.now, &row.expires_at, &row.user_agent, &row.address],
    )?;
    Ok(())
}

/// The account and last use of a session that has not expired.
pub(super) fn session(db: &Reader<'_>, hash: &[u8; 32], now: Timestamp) -> Result<Option<(AccountId, Timestamp)>> {
    db.query_opt(
        "SELECT account_id, last_seen_at FROM sessions WHERE token_hash = ?1 AND expires_at > ?2",
        &[hash, &now],
        |row| Ok((row.get("account_id")?, row.get("last_seen_at")?)),
    )
}

/// Notes a use: the session then ends at `idle_end`, or at `span_max` microseconds after its start if that is sooner.
pub(super) fn set_session_seen(
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

pub(super) fn delete_session(tx: &Tx<'_>, hash: &[u8; 32]) -> Result<()> {
    tx.execute("DELETE FROM sessions WHERE token_hash = ?1", &[hash])?;
    Ok(())
}

pub(super) fn delete_sessions_of(tx: &Tx<'_>, account: AccountId) -> Result<()> {
    tx.execute("DELETE FROM sessions WHERE account_id = ?1", &[&account])?;
    Ok(())
}

pub(super) fn delete_expired_sessions(tx: &Tx<'_>, now: Timestamp) -> Result<()> {
    tx.execute("DELETE FROM sessions WHERE expires_at <= ?1", &[&now])?;
    Ok(())
}

pub(super) fn insert_link(
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

/// Marks a link as used if it is still good.
pub(super) fn take_link(tx: &Tx<'_>, hash: &[u8; 32], purpose: &str, now: Timestamp) -> Result<bool> {
    let changed = tx.execute(
        "UPDATE one_time_links SET used_at = ?3 WHERE token_hash = ?1 AND purpose = ?2 AND used_at IS NULL AND expires_at > ?3",
        &[hash, &purpose, &now],
    )?;
    Ok(changed == 1)
}

/// The account that a link is for; a set-up link is for nobody yet.
pub(super) fn link_account(db: &Reader<'_>, hash: &[u8; 32]) -> Result<Option<AccountId>> {
    db.query_one("SELECT account_id FROM one_time_links WHERE token_hash = ?1", &[hash], |row| row.get("account_id"))
}
