//! The SQL of the roles that an account has, and of those that only it has.

use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::error::Result;
use crate::id::{AccountId, EntityId};

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

/// How many keys of a person work only by the role that they have in this team: made view-only there, they log nowhere.
pub(super) fn keys_by_seat(db: &Reader<'_>, id: AccountId, team: EntityId) -> Result<i64> {
    db.query_one(
        "SELECT COUNT(*) AS keys FROM api_keys k JOIN accounts a ON a.id = k.account_id
          WHERE a.id = ?1 AND k.revoked_at IS NULL AND a.site_admin = 0 AND a.kind = 'user'
            AND EXISTS (SELECT 1 FROM team_members m WHERE m.account_id = a.id AND m.team_id = ?2 AND m.role <> 'view-only')
            AND NOT EXISTS (SELECT 1 FROM team_members m JOIN entities t ON t.id = m.team_id
                             WHERE m.account_id = a.id AND m.team_id <> ?2 AND m.role <> 'view-only' AND t.deleted_at IS NULL)
            AND NOT EXISTS (SELECT 1 FROM organization_members o WHERE o.account_id = a.id AND o.role = 'admin')
            AND NOT EXISTS (SELECT 1 FROM project_members p WHERE p.account_id = a.id AND p.role <> 'view-only')",
        &[&id, &team],
        |row| row.get("keys"),
    )
}

/// Whether an organization that the account belongs to lets keys of view-only people read.
pub(super) fn may_read_by_key(db: &Reader<'_>, id: AccountId) -> Result<bool> {
    let sql = "SELECT 1 FROM organization_members m JOIN entities o ON o.id = m.organization_id
                WHERE m.account_id = ?1 AND o.read_only_keys = 1 AND o.deleted_at IS NULL";
    Ok(db.query_opt(sql, &[&id], |_| Ok(()))?.is_some())
}

/// Takes all roles from an account: in organizations, teams and projects.
pub(super) fn delete_seats_of(tx: &Tx<'_>, id: AccountId) -> Result<()> {
    tx.execute("DELETE FROM organization_members WHERE account_id = ?1", &[&id])?;
    tx.execute("DELETE FROM team_members WHERE account_id = ?1", &[&id])?;
    tx.execute("DELETE FROM project_members WHERE account_id = ?1", &[&id])?;
    Ok(())
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
        "SELECT 1 AS fits FROM accounts a JOIN entities e ON e.id = a.entity_id LEFT JOIN entities o ON o.id = e.organization_id
          WHERE a.id = ?1 AND a.entity_id = ?2 AND COALESCE(o.personal_spaces, 1) = 1
         UNION
         SELECT 1 AS fits FROM team_members m JOIN entities t ON t.id = m.team_id
          WHERE m.account_id = ?1 AND m.team_id = ?2 AND m.role <> 'view-only' AND t.deleted_at IS NULL",
        &[&id, &entity],
        |row| row.get::<i64>("fits"),
    )?;
    Ok(found.is_some())
}
