//! SQL of entities and seats in teams.

use super::model::{Entity, EntityKind};
use crate::clock::Timestamp;
use crate::db::{Reader, Row, Tx};
use crate::error::{Error, Result};
use crate::id::{AccountId, EntityId};
use crate::policy::{TeamRole, Visibility};

const ENTITY: &str =
    "e.id, e.kind, e.name, e.display_name, e.organization_id, e.default_visibility, e.code_saving, e.created_at";

fn entity(row: &Row<'_>) -> Result<Entity> {
    let visibility: String = row.get("default_visibility")?;
    Ok(Entity {
        id: row.get("id")?,
        kind: EntityKind::read(&row.get::<String>("kind")?)?,
        name: row.get("name")?,
        display_name: row.get("display_name")?,
        organization_id: row.get("organization_id")?,
        default_visibility: Visibility::parse(&visibility)
            .ok_or_else(|| Error::internal(format!("unknown visibility {visibility}")))?,
        code_saving: row.get("code_saving")?,
        created_at: row.get("created_at")?,
    })
}

fn role(row: &Row<'_>) -> Result<TeamRole> {
    let text: String = row.get("role")?;
    TeamRole::parse(&text).ok_or_else(|| Error::internal(format!("unknown role {text}")))
}

pub(super) fn by_key(db: &Reader<'_>, key: &str) -> Result<Option<Entity>> {
    let sql = format!("SELECT {ENTITY} FROM entities e WHERE e.name_key = ?1 AND e.deleted_at IS NULL");
    db.query_opt(&sql, &[&key], entity)
}

pub(super) fn by_id(db: &Reader<'_>, id: EntityId) -> Result<Option<Entity>> {
    db.query_opt(&format!("SELECT {ENTITY} FROM entities e WHERE e.id = ?1 AND e.deleted_at IS NULL"), &[&id], entity)
}

/// The oldest organization: the one that new teams belong to.
pub(super) fn first_organization(db: &Reader<'_>) -> Result<Option<Entity>> {
    let sql =
        format!("SELECT {ENTITY} FROM entities e WHERE e.kind = 'organization' AND e.deleted_at IS NULL ORDER BY e.id LIMIT 1");
    db.query_opt(&sql, &[], entity)
}

pub(super) fn personal_of(db: &Reader<'_>, account: AccountId) -> Result<Option<Entity>> {
    let sql = format!("SELECT {ENTITY} FROM accounts a JOIN entities e ON e.id = a.entity_id WHERE a.id = ?1");
    db.query_opt(&sql, &[&account], entity)
}

/// Teams of an account in the order it joined them.
pub(super) fn teams_of(db: &Reader<'_>, account: AccountId) -> Result<Vec<Entity>> {
    let sql = format!(
        "SELECT {ENTITY} FROM team_members m JOIN entities e ON e.id = m.team_id
          WHERE m.account_id = ?1 AND e.deleted_at IS NULL ORDER BY m.created_at, e.id"
    );
    db.query(&sql, &[&account], entity)
}

pub(super) fn insert_team(tx: &Tx<'_>, name: &str, key: &str, organization: EntityId, now: Timestamp) -> Result<EntityId> {
    tx.query_one(
        "INSERT INTO entities (kind, name, name_key, display_name, organization_id, created_at)
         VALUES ('team', ?1, ?2, ?1, ?3, ?4) RETURNING id",
        &[&name, &key, &organization, &now],
        |row| row.get("id"),
    )
}

pub(super) fn organization_admins(db: &Reader<'_>, organization: EntityId) -> Result<Vec<String>> {
    db.query(
        "SELECT a.username FROM organization_members m JOIN accounts a ON a.id = m.account_id
          WHERE m.organization_id = ?1 AND m.role = 'admin' AND a.deactivated_at IS NULL ORDER BY a.username_key LIMIT 3",
        &[&organization],
        |row| row.get("username"),
    )
}

/// Active people and service accounts with a seat, in the order they joined.
pub(super) fn members(db: &Reader<'_>, team: EntityId) -> Result<Vec<(AccountId, TeamRole, Timestamp)>> {
    db.query(
        "SELECT m.account_id, m.role, m.created_at FROM team_members m JOIN accounts a ON a.id = m.account_id
          WHERE m.team_id = ?1 AND a.deactivated_at IS NULL ORDER BY m.created_at, m.account_id",
        &[&team],
        |row| Ok((row.get("account_id")?, role(row)?, row.get("created_at")?)),
    )
}

/// The person whose personal entity it is.
pub(super) fn owner_of_personal(db: &Reader<'_>, entity: EntityId) -> Result<Option<AccountId>> {
    db.query_opt("SELECT id FROM accounts WHERE entity_id = ?1", &[&entity], |row| row.get("id"))
}

pub(super) fn seat(db: &Reader<'_>, team: EntityId, account: AccountId) -> Result<Option<TeamRole>> {
    db.query_opt("SELECT m.role FROM team_members m WHERE m.team_id = ?1 AND m.account_id = ?2", &[&team, &account], role)
}

/// Active admins of a team besides one account.
pub(super) fn other_admins(db: &Reader<'_>, team: EntityId, besides: AccountId) -> Result<i64> {
    db.query_one(
        "SELECT COUNT(*) AS count FROM team_members m JOIN accounts a ON a.id = m.account_id
          WHERE m.team_id = ?1 AND m.account_id <> ?2 AND m.role = 'admin' AND a.deactivated_at IS NULL",
        &[&team, &besides],
        |row| row.get("count"),
    )
}

/// Gives a seat, or changes the role of one.
pub(super) fn set_seat(tx: &Tx<'_>, team: EntityId, account: AccountId, role: TeamRole, now: Timestamp) -> Result<()> {
    tx.execute(
        "INSERT INTO team_members (team_id, account_id, role, created_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (team_id, account_id) DO UPDATE SET role = excluded.role",
        &[&team, &account, &role.as_str(), &now],
    )?;
    Ok(())
}

/// Takes a seat with the roles in the team's projects that came with it.
pub(super) fn delete_seat(tx: &Tx<'_>, team: EntityId, account: AccountId) -> Result<()> {
    tx.execute("DELETE FROM team_members WHERE team_id = ?1 AND account_id = ?2", &[&team, &account])?;
    tx.execute(
        "DELETE FROM project_members WHERE account_id = ?2 AND project_id IN (SELECT id FROM projects WHERE entity_id = ?1)",
        &[&team, &account],
    )?;
    Ok(())
}
