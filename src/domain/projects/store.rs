//! The tables of projects.

use super::model::{Project, ProjectName};
use crate::clock::Timestamp;
use crate::db::{Reader, Row, Tx};
use crate::error::{Error, Result};
use crate::id::{AccountId, EntityId, ProjectId};
use crate::policy::{TeamRole, Visibility};

pub(super) const SELECT: &str =
    "SELECT projects.id, projects.entity_id, entities.name AS entity, projects.name, projects.description,
         projects.visibility, projects.registry, projects.any_type, projects.views, projects.created_by,
         COALESCE(projects.owner_id, projects.created_by) AS owner, projects.created_at, projects.updated_at
    FROM projects JOIN entities ON entities.id = projects.entity_id";

pub(super) fn project(row: &Row<'_>) -> Result<Project> {
    let visibility: String = row.get("visibility")?;
    Ok(Project {
        id: row.get("id")?,
        entity_id: row.get("entity_id")?,
        entity: row.get("entity")?,
        name: row.get("name")?,
        description: row.get("description")?,
        visibility: Visibility::parse(&visibility)
            .ok_or_else(|| Error::internal(format!("projects.visibility holds {visibility}")))?,
        is_registry: row.get("registry")?,
        takes_any_type: row.get("any_type")?,
        views: row.get("views")?,
        created_by: row.get("created_by")?,
        owner: row.get("owner")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

pub(super) fn by_name(db: &Reader, entity: &str, name: &str) -> Result<Option<Project>> {
    let sql = format!(
        "{SELECT} WHERE entities.name_key = ?1 AND projects.name = ?2
            AND projects.deleted_at IS NULL AND entities.deleted_at IS NULL"
    );
    db.query_opt(&sql, &[&entity.to_lowercase(), &name], project)
}

pub(super) fn by_id(db: &Reader, id: ProjectId) -> Result<Option<Project>> {
    let sql = format!("{SELECT} WHERE projects.id = ?1 AND projects.deleted_at IS NULL AND entities.deleted_at IS NULL");
    db.query_opt(&sql, &[&id], project)
}

pub(super) fn ids(db: &Reader) -> Result<Vec<ProjectId>> {
    db.query("SELECT id FROM projects WHERE deleted_at IS NULL ORDER BY id", &[], |row| row.get("id"))
}

/// Whether a project of the entity has this name, be it in the trash.
pub(super) fn name_taken(db: &Reader, entity: EntityId, name: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM projects WHERE entity_id = ?1 AND name = ?2";
    Ok(db.query_opt(sql, &[&entity, &name], |_| Ok(()))?.is_some())
}

pub(super) fn of_entity(db: &Reader, entity: EntityId, after: Option<(i64, i64)>, limit: usize) -> Result<Vec<Project>> {
    let (created, id) = after.unwrap_or((i64::MAX, i64::MAX));
    let sql = format!(
        "{SELECT} WHERE projects.entity_id = ?1 AND projects.deleted_at IS NULL
            AND (projects.created_at < ?2 OR (projects.created_at = ?2 AND projects.id < ?3))
          ORDER BY projects.created_at DESC, projects.id DESC LIMIT ?4"
    );
    db.query(&sql, &[&entity, &created, &id, &(limit as i64)], project)
}

pub(super) fn insert(
    tx: &Tx,
    entity: EntityId,
    name: &ProjectName,
    (is_registry, visibility): (bool, Visibility),
    author: Option<AccountId>,
    now: Timestamp,
) -> Result<ProjectId> {
    tx.query_one(
        "INSERT INTO projects (entity_id, name, visibility, registry, created_by, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6) RETURNING id",
        &[&entity, &name.as_str(), &visibility.as_str(), &is_registry, &author, &now],
        |row| row.get("id"),
    )
}

pub(super) fn update(tx: &Tx, project: &Project) -> Result<()> {
    tx.execute(
        "UPDATE projects SET name = ?2, description = ?3, visibility = ?4, any_type = ?5, views = ?6, updated_at = ?7
          WHERE id = ?1",
        &[
            &project.id,
            &project.name,
            &project.description,
            &project.visibility.as_str(),
            &project.takes_any_type,
            &project.views,
            &project.updated_at,
        ],
    )?;
    Ok(())
}

pub(super) fn set_owner(tx: &Tx, id: ProjectId, owner: AccountId) -> Result<()> {
    tx.execute("UPDATE projects SET owner_id = ?2 WHERE id = ?1", &[&id, &owner])?;
    Ok(())
}

/// The projects of an entity that an account owns.
pub(super) fn owned_by(db: &Reader, entity: EntityId, owner: AccountId) -> Result<Vec<Project>> {
    let sql = format!(
        "{SELECT} WHERE projects.entity_id = ?1 AND COALESCE(projects.owner_id, projects.created_by) = ?2
            AND projects.deleted_at IS NULL AND projects.registry = 0 ORDER BY projects.id"
    );
    db.query(&sql, &[&entity, &owner], project)
}

/// Active accounts that are named, by when they were, after one of them.
pub(super) fn members(
    db: &Reader,
    project: ProjectId,
    after: (i64, i64),
    limit: usize,
) -> Result<Vec<(AccountId, TeamRole, Timestamp)>> {
    db.query(
        "SELECT m.account_id, m.role, m.created_at FROM project_members m JOIN accounts a ON a.id = m.account_id
          WHERE m.project_id = ?1 AND a.deactivated_at IS NULL
            AND (m.created_at > ?2 OR (m.created_at = ?2 AND m.account_id > ?3))
          ORDER BY m.created_at, m.account_id LIMIT ?4",
        &[&project, &after.0, &after.1, &(limit as i64)],
        |row| Ok((row.get("account_id")?, role(row)?, row.get("created_at")?)),
    )
}

pub(super) fn member_count(db: &Reader, project: ProjectId) -> Result<i64> {
    db.query_one(
        "SELECT COUNT(*) AS members FROM project_members m JOIN accounts a ON a.id = m.account_id
          WHERE m.project_id = ?1 AND a.deactivated_at IS NULL",
        &[&project],
        |row| row.get("members"),
    )
}

fn role(row: &Row<'_>) -> Result<TeamRole> {
    let text: String = row.get("role")?;
    TeamRole::parse(&text).ok_or_else(|| Error::internal(format!("project_members.role holds {text}")))
}

pub(super) fn member(db: &Reader, project: ProjectId, account: AccountId) -> Result<Option<TeamRole>> {
    let sql = "SELECT role FROM project_members WHERE project_id = ?1 AND account_id = ?2";
    db.query_opt(sql, &[&project, &account], role)
}

pub(super) fn set_member(tx: &Tx, project: ProjectId, account: AccountId, role: TeamRole, now: Timestamp) -> Result<()> {
    tx.execute(
        "INSERT INTO project_members (project_id, account_id, role, created_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (project_id, account_id) DO UPDATE SET role = excluded.role",
        &[&project, &account, &role.as_str(), &now],
    )?;
    Ok(())
}

pub(super) fn delete_member(tx: &Tx, project: ProjectId, account: AccountId) -> Result<()> {
    tx.execute("DELETE FROM project_members WHERE project_id = ?1 AND account_id = ?2", &[&project, &account])?;
    Ok(())
}

pub(super) fn run_count(db: &Reader, id: ProjectId) -> Result<i64> {
    db.query_one(
        "SELECT COUNT(*) AS runs FROM runs WHERE project_id = ?1 AND deleted_at IS NULL AND archive_of IS NULL",
        &[&id],
        |row| row.get("runs"),
    )
}

pub(super) fn next_run_ordinal(tx: &Tx, id: ProjectId) -> Result<i64> {
    tx.query_one("UPDATE projects SET run_ordinal = run_ordinal + 1 WHERE id = ?1 RETURNING run_ordinal", &[&id], |row| {
        row.get("run_ordinal")
    })
}
