//! The tables of roles in registries.

use super::members::Who;
use crate::clock::Timestamp;
use crate::db::{Reader, Row, Tx};
use crate::error::{Error, Result};
use crate::id::{AccountId, EntityId, ProjectId};
use crate::policy::RegistryRole;

fn read_role(row: &Row<'_>) -> Result<RegistryRole> {
    let text: String = row.get("role")?;
    RegistryRole::parse(&text).ok_or_else(|| Error::internal(format!("a role in a registry is {text}")))
}

pub(super) fn accounts(db: &Reader, registry: ProjectId) -> Result<Vec<(AccountId, RegistryRole)>> {
    db.query(
        "SELECT m.account_id, m.role FROM registry_members m JOIN accounts a ON a.id = m.account_id
          WHERE m.project_id = ?1 AND a.deactivated_at IS NULL ORDER BY m.created_at, m.account_id",
        &[&registry],
        |row| Ok((row.get("account_id")?, read_role(row)?)),
    )
}

pub(super) fn teams(db: &Reader, registry: ProjectId) -> Result<Vec<(EntityId, RegistryRole)>> {
    db.query(
        "SELECT m.team_id, m.role FROM registry_teams m JOIN entities t ON t.id = m.team_id
          WHERE m.project_id = ?1 AND t.deleted_at IS NULL ORDER BY m.created_at, m.team_id",
        &[&registry],
        |row| Ok((row.get("team_id")?, read_role(row)?)),
    )
}

pub(super) fn role(db: &Reader, registry: ProjectId, who: Who) -> Result<Option<RegistryRole>> {
    match who {
        Who::Account(account) => db.query_opt(
            "SELECT role FROM registry_members WHERE project_id = ?1 AND account_id = ?2",
            &[&registry, &account],
            read_role,
        ),
        Who::Team(team) => db.query_opt(
            "SELECT role FROM registry_teams WHERE project_id = ?1 AND team_id = ?2",
            &[&registry, &team],
            read_role,
        ),
    }
}

pub(super) fn set_account(tx: &Tx, registry: ProjectId, account: AccountId, role: RegistryRole, now: Timestamp) -> Result<()> {
    tx.execute(
        "INSERT INTO registry_members (project_id, account_id, role, created_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (project_id, account_id) DO UPDATE SET role = excluded.role",
        &[&registry, &account, &role.as_str(), &now],
    )?;
    Ok(())
}

pub(super) fn set_team(tx: &Tx, registry: ProjectId, team: EntityId, role: RegistryRole, now: Timestamp) -> Result<()> {
    tx.execute(
        "INSERT INTO registry_teams (project_id, team_id, role, created_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (project_id, team_id) DO UPDATE SET role = excluded.role",
        &[&registry, &team, &role.as_str(), &now],
    )?;
    Ok(())
}

pub(super) fn forget(tx: &Tx, registry: ProjectId, who: Who) -> Result<()> {
    match who {
        Who::Account(account) => {
            tx.execute("DELETE FROM registry_members WHERE project_id = ?1 AND account_id = ?2", &[&registry, &account])?
        }
        Who::Team(team) => {
            tx.execute("DELETE FROM registry_teams WHERE project_id = ?1 AND team_id = ?2", &[&registry, &team])?
        }
    };
    Ok(())
}

/// Ends a registry. It takes a name that nobody can give, so that its own is free.
pub(super) fn delete(tx: &Tx, registry: ProjectId, now: Timestamp) -> Result<()> {
    tx.execute("DELETE FROM registry_members WHERE project_id = ?1", &[&registry])?;
    tx.execute("DELETE FROM registry_teams WHERE project_id = ?1", &[&registry])?;
    tx.execute(
        "UPDATE projects SET deleted_at = ?2, updated_at = ?2, name = name || '#' || id WHERE id = ?1",
        &[&registry, &now],
    )?;
    Ok(())
}
