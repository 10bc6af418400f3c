//! SQL of organizations and the roles in them.

use super::people::{Column, Place, Search};
use super::{Admin, Seats};
use crate::clock::Timestamp;
use crate::db::{Reader, Row, Tx};
use crate::domain::accounts::names::key_of;
use crate::error::{Error, Result};
use crate::id::{AccountId, EntityId};
use crate::policy::{OrganizationRole, TeamRole};

fn read_role(row: &Row<'_>) -> Result<OrganizationRole> {
    let text: String = row.get("role")?;
    OrganizationRole::parse(&text).ok_or_else(|| Error::internal(format!("unknown role {text}")))
}

/// Every organization, by name.
pub(super) fn all(db: &Reader<'_>) -> Result<Vec<EntityId>> {
    db.query("SELECT id FROM entities WHERE kind = 'organization' AND deleted_at IS NULL ORDER BY name_key", &[], |row| {
        row.get("id")
    })
}

/// Those that an account belongs to, by name.
pub(super) fn of_account(db: &Reader<'_>, account: AccountId) -> Result<Vec<EntityId>> {
    db.query(
        "SELECT o.id FROM organization_members m JOIN entities o ON o.id = m.organization_id
          WHERE m.account_id = ?1 AND o.deleted_at IS NULL ORDER BY o.name_key",
        &[&account],
        |row| row.get("id"),
    )
}

pub(super) fn teams(db: &Reader<'_>, id: EntityId) -> Result<i64> {
    db.query_one(
        "SELECT COUNT(*) AS count FROM entities WHERE organization_id = ?1 AND kind = 'team' AND deleted_at IS NULL",
        &[&id],
        |row| row.get("count"),
    )
}

pub(super) fn delete(tx: &Tx<'_>, id: EntityId, now: Timestamp) -> Result<()> {
    tx.execute("UPDATE entities SET deleted_at = ?2 WHERE id = ?1", &[&id, &now])?;
    Ok(())
}

/// User names of a few active admins, to say whom to ask.
pub(super) fn admins(db: &Reader<'_>, organization: EntityId) -> Result<Vec<String>> {
    db.query(
        "SELECT a.username FROM organization_members m JOIN accounts a ON a.id = m.account_id
          WHERE m.organization_id = ?1 AND m.role = 'admin' AND a.deactivated_at IS NULL ORDER BY a.username_key LIMIT 3",
        &[&organization],
        |row| row.get("username"),
    )
}

/// Whether the account `a` is of the operator's directory.
const BY_DIRECTORY: &str =
    "CASE WHEN EXISTS (SELECT 1 FROM directory_identities d WHERE d.account_id = a.id) THEN 1 ELSE 0 END";

/// People that a search finds, after one of them in its order.
pub(super) fn people(
    db: &Reader<'_>,
    organization: EntityId,
    search: &Search,
    after: Option<&Place>,
    limit: usize,
) -> Result<Vec<(AccountId, OrganizationRole, Timestamp, bool)>> {
    let source = format!("1 - {BY_DIRECTORY}");
    let key = match search.order.column {
        Column::Username => "a.username_key",
        Column::Name => "LOWER(a.name)",
        Column::Role => "m.role",
        Column::Source => source.as_str(),
        Column::LastSeen => "COALESCE(a.last_seen_at, 0)",
    };
    let (beyond, direction) = if search.order.descending { ("<", "DESC") } else { (">", "ASC") };
    let sql = format!(
        "SELECT m.account_id, m.role, m.created_at, {BY_DIRECTORY} AS by_directory FROM organization_members m JOIN accounts a ON a.id = m.account_id
          WHERE m.organization_id = ?1
            AND (REPLACE(a.username_key, ?2, '') <> a.username_key OR REPLACE(LOWER(a.name), ?2, '') <> LOWER(a.name) OR ?2 = '')
            AND (?3 IS NULL OR m.role = ?3)
            AND (?4 IS NULL OR (a.deactivated_at IS NULL) = ?4)
            AND (?8 IS NULL OR {BY_DIRECTORY} = ?8)
            AND (?5 IS NULL OR {key} {beyond} ?5 OR ({key} = ?5 AND a.username_key > ?6))
          ORDER BY {key} {direction}, a.username_key LIMIT ?7"
    );
    db.query(
        &sql,
        &[
            &organization,
            &key_of(&search.text),
            &search.role.map(OrganizationRole::as_str),
            &search.active,
            &after.map(|after| &after.key),
            &after.map(|after| &after.username),
            &(limit as i64),
            &search.by_directory,
        ],
        |row| Ok((row.get("account_id")?, read_role(row)?, row.get("created_at")?, row.get("by_directory")?)),
    )
}

/// A seat in a team of an organization.
pub(super) struct Seat {
    pub team: EntityId,
    pub name: String,
    pub hidden: bool,
    pub role: TeamRole,
}

/// The seats that an account has in the teams of an organization.
pub(super) fn seats_of(db: &Reader<'_>, organization: EntityId, account: AccountId) -> Result<Vec<Seat>> {
    db.query(
        "SELECT t.id, t.name, t.hidden, m.role FROM team_members m JOIN entities t ON t.id = m.team_id
          WHERE m.account_id = ?2 AND t.organization_id = ?1 AND t.deleted_at IS NULL ORDER BY t.name_key",
        &[&organization, &account],
        |row| {
            let text: String = row.get("role")?;
            let role = TeamRole::parse(&text).ok_or_else(|| Error::internal(format!("unknown role {text}")))?;
            Ok(Seat { team: row.get("id")?, name: row.get("name")?, hidden: row.get("hidden")?, role })
        },
    )
}

pub(super) fn seats(db: &Reader<'_>, organization: EntityId) -> Result<Seats> {
    db.query_one(
        "SELECT COALESCE(SUM(CASE WHEN a.deactivated_at IS NULL AND m.role <> 'viewer' THEN 1 ELSE 0 END), 0) AS counted,
                COALESCE(SUM(CASE WHEN a.deactivated_at IS NULL AND m.role = 'viewer' THEN 1 ELSE 0 END), 0) AS viewers,
                COALESCE(SUM(CASE WHEN a.deactivated_at IS NOT NULL THEN 1 ELSE 0 END), 0) AS deactivated
           FROM organization_members m JOIN accounts a ON a.id = m.account_id WHERE m.organization_id = ?1",
        &[&organization],
        |row| Ok(Seats { counted: row.get("counted")?, viewers: row.get("viewers")?, deactivated: row.get("deactivated")? }),
    )
}

pub(super) fn role(db: &Reader<'_>, organization: EntityId, account: AccountId) -> Result<Option<OrganizationRole>> {
    db.query_opt(
        "SELECT role FROM organization_members WHERE organization_id = ?1 AND account_id = ?2",
        &[&organization, &account],
        read_role,
    )
}

pub(super) fn membership(
    db: &Reader<'_>,
    organization: EntityId,
    account: AccountId,
) -> Result<Option<(OrganizationRole, Timestamp, bool)>> {
    db.query_opt(
        &format!(
            "SELECT m.role, m.created_at, {BY_DIRECTORY} AS by_directory
               FROM organization_members m JOIN accounts a ON a.id = m.account_id
              WHERE m.organization_id = ?1 AND m.account_id = ?2"
        ),
        &[&organization, &account],
        |row| Ok((read_role(row)?, row.get("created_at")?, row.get("by_directory")?)),
    )
}

/// Gives a role by hand, to somebody whom the directory gives none.
pub(super) fn set_role(
    tx: &Tx<'_>,
    organization: EntityId,
    account: AccountId,
    role: OrganizationRole,
    now: Timestamp,
) -> Result<()> {
    tx.execute(
        "INSERT INTO organization_members (organization_id, account_id, role, hand_role, created_at) VALUES (?1, ?2, ?3, ?3, ?4)
         ON CONFLICT (organization_id, account_id) DO UPDATE SET role = excluded.role, hand_role = excluded.hand_role",
        &[&organization, &account, &role.as_str(), &now],
    )?;
    Ok(())
}

/// The rule of the directory that makes an account admin of an organization.
pub(super) fn directory_rule(db: &Reader<'_>, organization: EntityId, account: AccountId) -> Result<Option<String>> {
    let sql = "SELECT directory_rule FROM organization_members WHERE organization_id = ?1 AND account_id = ?2";
    Ok(db.query_opt(sql, &[&organization, &account], |row| row.get("directory_rule"))?.flatten())
}

/// Makes an account of an organization its admin by a rule of the directory; by none, what it is by hand.
pub(super) fn set_directory_rule(tx: &Tx<'_>, organization: EntityId, account: AccountId, rule: Option<&str>) -> Result<()> {
    tx.execute(
        "UPDATE organization_members SET directory_rule = ?3, directory_role = CASE WHEN ?3 IS NULL THEN NULL ELSE 'admin' END,
                role = CASE WHEN ?3 IS NULL THEN hand_role ELSE 'admin' END
          WHERE organization_id = ?1 AND account_id = ?2",
        &[&organization, &account, &rule],
    )?;
    Ok(())
}

/// Everybody who is admin of an organization, and by which rule of the directory.
pub(super) fn all_admins(db: &Reader<'_>) -> Result<Vec<Admin>> {
    db.query(
        "SELECT m.organization_id, m.account_id, m.hand_role AS role, m.directory_rule
           FROM organization_members m JOIN entities o ON o.id = m.organization_id
          WHERE m.role = 'admin' AND o.deleted_at IS NULL",
        &[],
        |row| {
            Ok(Admin {
                organization: row.get("organization_id")?,
                account: row.get("account_id")?,
                by_hand: read_role(row)?,
                rule: row.get("directory_rule")?,
            })
        },
    )
}

/// The rule of the directory by which an account makes teams.
pub(super) fn makes_teams_by(db: &Reader<'_>, organization: EntityId, account: AccountId) -> Result<Option<String>> {
    let sql = "SELECT makes_teams_by FROM organization_members WHERE organization_id = ?1 AND account_id = ?2";
    Ok(db.query_opt(sql, &[&organization, &account], |row| row.get("makes_teams_by"))?.flatten())
}

pub(super) fn set_makes_teams_by(tx: &Tx<'_>, organization: EntityId, account: AccountId, rule: Option<&str>) -> Result<()> {
    tx.execute(
        "UPDATE organization_members SET makes_teams_by = ?3 WHERE organization_id = ?1 AND account_id = ?2",
        &[&organization, &account, &rule],
    )?;
    Ok(())
}

/// Everybody who makes teams by a rule of the directory.
pub(super) fn all_makers_of_teams(db: &Reader<'_>) -> Result<Vec<(EntityId, AccountId, String)>> {
    db.query(
        "SELECT m.organization_id, m.account_id, m.makes_teams_by FROM organization_members m JOIN entities o ON o.id = m.organization_id
          WHERE m.makes_teams_by IS NOT NULL AND o.deleted_at IS NULL",
        &[],
        |row| Ok((row.get("organization_id")?, row.get("account_id")?, row.get("makes_teams_by")?)),
    )
}

/// Takes somebody out, and out of the organization's registries.
pub(super) fn delete_role(tx: &Tx<'_>, organization: EntityId, account: AccountId) -> Result<()> {
    tx.execute(
        "DELETE FROM registry_members WHERE account_id = ?2 AND project_id IN (SELECT id FROM projects WHERE entity_id = ?1)",
        &[&organization, &account],
    )?;
    tx.execute("DELETE FROM organization_members WHERE organization_id = ?1 AND account_id = ?2", &[&organization, &account])?;
    Ok(())
}

/// Active admins of an organization besides one account.
pub(super) fn other_admins(db: &Reader<'_>, organization: EntityId, besides: AccountId) -> Result<i64> {
    db.query_one(
        "SELECT COUNT(*) AS count FROM organization_members m JOIN accounts a ON a.id = m.account_id
          WHERE m.organization_id = ?1 AND m.account_id <> ?2 AND m.role = 'admin' AND a.deactivated_at IS NULL",
        &[&organization, &besides],
        |row| row.get("count"),
    )
}
