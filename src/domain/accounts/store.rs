//! SQL of accounts, their personal entities, keys, sessions and links.

use super::model::{Account, AccountKind, ApiKey};
use super::sessions::Session;
use crate::clock::Timestamp;
use crate::db::{Reader, Row, Tx};
use crate::error::{Error, Result};
use crate::id::{AccountId, ApiKeyId, EntityId, ProjectId};
use crate::policy::{Actor, RegistryRole, TeamRole};

/// The columns of [`account`]. Without a choice the default entity is the first team the account may log to.
const ACCOUNT: &str =
    "a.id, a.kind, a.username, a.name, a.email, a.entity_id, a.home_id, a.site_admin, a.code_saving, a.created_at,
    a.last_seen_at, a.deactivated_at, a.deleted_at,
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

/// Active administrators of the server besides one account, and how many of them have a password of this server.
pub(super) fn other_administrators(db: &Reader<'_>, besides: AccountId) -> Result<(i64, i64)> {
    db.query_one(
        "SELECT COUNT(*) AS count, COUNT(password_hash) AS by_password FROM accounts
          WHERE site_admin = 1 AND deactivated_at IS NULL AND id <> ?1",
        &[&besides],
        |row| Ok((row.get("count")?, row.get("by_password")?)),
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

/// Names of organizations that would have no active admin without the account.
pub(super) fn organizations_led_alone(db: &Reader<'_>, id: AccountId) -> Result<Vec<String>> {
    db.query(
        "SELECT o.name FROM organization_members mine JOIN entities o ON o.id = mine.organization_id
          WHERE mine.account_id = ?1 AND mine.role = 'admin' AND o.deleted_at IS NULL
            AND NOT EXISTS (SELECT 1 FROM organization_members m JOIN accounts a ON a.id = m.account_id
                             WHERE m.organization_id = o.id AND m.role = 'admin' AND m.account_id <> ?1
                               AND a.deactivated_at IS NULL)
          ORDER BY o.name_key",
        &[&id],
        |row| row.get("name"),
    )
}

/// Names of organizations that would have no active licence contact without the account.
pub(super) fn organizations_without_contact(db: &Reader<'_>, id: AccountId) -> Result<Vec<String>> {
    db.query(
        "SELECT o.name FROM organization_members mine JOIN entities o ON o.id = mine.organization_id
          WHERE mine.account_id = ?1 AND mine.licence_contact = 1 AND o.deleted_at IS NULL
            AND NOT EXISTS (SELECT 1 FROM organization_members m JOIN accounts a ON a.id = m.account_id
                             WHERE m.organization_id = o.id AND m.licence_contact = 1 AND m.account_id <> ?1
                               AND a.deactivated_at IS NULL)
          ORDER BY o.name_key",
        &[&id],
        |row| row.get("name"),
    )
}

/// Whether every role the account has is one of looking on: a viewer of the organization, or view-only in all its teams.
pub(super) fn only_looks(db: &Reader<'_>, id: AccountId) -> Result<bool> {
    let found = db.query_opt(
        "SELECT 1 AS looks FROM accounts a
          WHERE a.id = ?1 AND a.site_admin = 0 AND a.kind = 'user'
            AND (EXISTS (SELECT 1 FROM organization_members o WHERE o.account_id = a.id AND o.role = 'viewer')
                 OR EXISTS (SELECT 1 FROM team_members m JOIN entities t ON t.id = m.team_id
                             WHERE m.account_id = a.id AND t.deleted_at IS NULL))
            AND NOT EXISTS (SELECT 1 FROM team_members m JOIN entities t ON t.id = m.team_id
                             WHERE m.account_id = a.id AND m.role <> 'view-only' AND t.deleted_at IS NULL)
            AND NOT EXISTS (SELECT 1 FROM organization_members o WHERE o.account_id = a.id AND o.role = 'admin')
            AND NOT EXISTS (SELECT 1 FROM project_members p WHERE p.account_id = a.id AND p.role <> 'view-only')",
        &[&id],
        |row| row.get::<i64>("looks"),
    )?;
    Ok(found.is_some())
}

pub(super) fn deactivate_services_of(tx: &Tx<'_>, home: EntityId, now: Timestamp) -> Result<()> {
    let sql = "UPDATE accounts SET deactivated_at = ?2 WHERE home_id = ?1 AND kind = 'service' AND deactivated_at IS NULL";
    tx.execute(sql, &[&home, &now])?;
    Ok(())
}

/// Whether an organization that the account belongs to lets keys of view-only people read.
pub(super) fn may_read_by_key(db: &Reader<'_>, id: AccountId) -> Result<bool> {
    let sql = "SELECT 1 FROM organization_members m JOIN entities o ON o.id = m.organization_id
                WHERE m.account_id = ?1 AND o.read_only_keys = 1 AND o.deleted_at IS NULL";
    Ok(db.query_opt(sql, &[&id], |_| Ok(()))?.is_some())
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

/// Takes all roles from an account: in organizations, teams and projects.
pub(super) fn delete_seats_of(tx: &Tx<'_>, id: AccountId) -> Result<()> {
    tx.execute("DELETE FROM organization_members WHERE account_id = ?1", &[&id])?;
    tx.execute("DELETE FROM team_members WHERE account_id = ?1", &[&id])?;
    tx.execute("DELETE FROM project_members WHERE account_id = ?1", &[&id])?;
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

/// The oldest organization: the one that new accounts belong to.
pub(super) fn first_organization(db: &Reader<'_>) -> Result<Option<EntityId>> {
    db.query_opt("SELECT id FROM entities WHERE kind = 'organization' AND deleted_at IS NULL ORDER BY id LIMIT 1", &[], |row| {
        row.get("id")
    })
}

pub(super) fn belongs(db: &Reader<'_>, organization: EntityId, id: AccountId) -> Result<bool> {
    let found = db.query_opt(
        "SELECT 1 AS belongs FROM organization_members WHERE organization_id = ?1 AND account_id = ?2",
        &[&organization, &id],
        |row| row.get::<i64>("belongs"),
    )?;
    Ok(found.is_some())
}

/// The first admin of an organization is the first who hears of licence matters.
pub(super) fn insert_organization_member(
    tx: &Tx<'_>,
    organization: EntityId,
    id: AccountId,
    role: &str,
    now: Timestamp,
) -> Result<()> {
    tx.execute(
        "INSERT INTO organization_members (organization_id, account_id, role, hand_role, created_at, licence_contact)
         SELECT ?1, ?2, ?3, ?3, ?4,
                CASE WHEN ?3 = 'admin' AND NOT EXISTS (SELECT 1 FROM organization_members m
                                                        WHERE m.organization_id = ?1 AND m.licence_contact = 1) THEN 1 ELSE 0 END",
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
    let found = db.query_opt(
        "SELECT a.site_admin, a.entity_id, CASE h.kind WHEN 'organization' THEN h.id ELSE h.organization_id END AS works_for
           FROM accounts a LEFT JOIN entities h ON h.id = a.home_id AND a.kind = 'service'
          WHERE a.id = ?1 AND a.deactivated_at IS NULL",
        &[&id],
        |row| Ok((row.get::<bool>("site_admin")?, row.get("entity_id")?, row.get("works_for")?)),
    )?;
    let Some((site_admin, personal, works_for)) = found else {
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
        "SELECT m.organization_id, m.role FROM organization_members m JOIN entities o ON o.id = m.organization_id
          WHERE m.account_id = ?1 AND o.deleted_at IS NULL ORDER BY m.organization_id",
        &[&id],
        |row| Ok((row.get::<EntityId>("organization_id")?, row.get::<String>("role")? == "admin")),
    )?;
    // What works for an organization works in all its teams.
    seats.extend(db.query(
        "SELECT t.id FROM accounts a JOIN entities o ON o.id = a.home_id JOIN entities t ON t.organization_id = o.id
          WHERE a.id = ?1 AND a.kind = 'service' AND o.kind = 'organization' AND t.kind = 'team' AND t.deleted_at IS NULL
          ORDER BY t.id",
        &[&id],
        |row| Ok((row.get::<EntityId>("id")?, TeamRole::Service)),
    )?);
    let key_reads = db.query(
        "SELECT m.team_id FROM team_members m JOIN entities t ON t.id = m.team_id JOIN entities o ON o.id = t.organization_id
          WHERE m.account_id = ?1 AND m.role = 'view-only' AND o.read_only_keys = 1 ORDER BY m.team_id",
        &[&id],
        |row| row.get::<EntityId>("team_id"),
    )?;
    let (led, others): (Vec<_>, Vec<_>) = memberships.into_iter().partition(|(_, admin)| *admin);
    let organizations: Vec<EntityId> = led.into_iter().map(|(organization, _)| organization).collect();
    let memberships = others.into_iter().map(|(organization, _)| organization).collect();
    let mut overseen = Vec::new();
    for organization in &organizations {
        overseen.extend(db.query(
            "SELECT id FROM entities WHERE organization_id = ?1 AND kind = 'team' AND deleted_at IS NULL ORDER BY id",
            &[organization],
            |row| row.get::<EntityId>("id"),
        )?);
    }
    let registry_seats = registry_seats(db, id)?;
    let held = Actor { site_admin, personal, seats, project_seats, memberships, organizations, overseen, ..Actor::nobody() };
    Ok(Some(Actor { account: Some(id), registry_seats, works_for, key_reads, ..held }))
}

/// The highest role that an account, or a team of its, was given in each registry.
fn registry_seats(db: &Reader<'_>, id: AccountId) -> Result<Vec<(ProjectId, RegistryRole)>> {
    let given = db.query(
        "SELECT m.project_id, m.role FROM registry_members m WHERE m.account_id = ?1
         UNION ALL
         SELECT t.project_id, t.role FROM team_members m JOIN registry_teams t ON t.team_id = m.team_id
           JOIN entities e ON e.id = t.team_id
          WHERE m.account_id = ?1 AND e.deleted_at IS NULL",
        &[&id],
        |row| {
            let text: String = row.get("role")?;
            let role = RegistryRole::parse(&text).ok_or_else(|| Error::internal(format!("unknown role {text}")))?;
            Ok((row.get::<ProjectId>("project_id")?, role))
        },
    )?;
    let mut highest = std::collections::BTreeMap::new();
    for (registry, role) in given {
        highest.entry(registry).and_modify(|known: &mut RegistryRole| *known = role.max(*known)).or_insert(role);
    }
    Ok(highest.into_iter().collect())
}

fn role(row: &Row<'_>) -> Result<TeamRole> {
    let text: String = row.get("role")?;
    TeamRole::parse(&text).ok_or_else(|| Error::internal(format!("unknown role {text}")))
}

/// The active account with that user name (or, without one, mail address) that shares a team with a service account; one of
/// an organization acts for members of its default team.
pub(super) fn teammate(
    db: &Reader<'_>,
    service: AccountId,
    username: Option<&str>,
    email: Option<&str>,
) -> Result<Option<AccountId>> {
    db.query_opt(
        "SELECT a.id FROM accounts a
           JOIN team_members theirs ON theirs.account_id = a.id
          WHERE (EXISTS (SELECT 1 FROM team_members ours WHERE ours.team_id = theirs.team_id AND ours.account_id = ?1)
                 OR theirs.team_id = (SELECT s.default_entity_id FROM accounts s WHERE s.id = ?1))
            AND a.kind = 'user' AND a.deactivated_at IS NULL
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

/// Notes when an account was last heard of, by whatever credential.
pub(super) fn set_seen(tx: &Tx<'_>, id: AccountId, now: Timestamp) -> Result<()> {
    tx.execute("UPDATE accounts SET last_seen_at = ?2 WHERE id = ?1", &[&id, &now])?;
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

/// The sessions of an account that have not expired, last used first.
pub(super) fn sessions(db: &Reader<'_>, account: AccountId, now: Timestamp) -> Result<Vec<Session>> {
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
pub(super) fn delete_session(tx: &Tx<'_>, hash: &[u8; 32]) -> Result<Option<AccountId>> {
    tx.query_opt("DELETE FROM sessions WHERE token_hash = ?1 RETURNING account_id", &[hash], |row| row.get("account_id"))
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

pub(super) fn delete_expired_links(tx: &Tx<'_>, before: Timestamp) -> Result<()> {
    tx.execute("DELETE FROM one_time_links WHERE expires_at <= ?1", &[&before])?;
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
