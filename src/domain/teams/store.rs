//! SQL of entities and seats in teams.

use super::model::{Entity, EntityKind, Given, Grants, Managed, Stake};
use super::settings::{Lock, Setting};
use super::trash::Holdings;
use crate::clock::Timestamp;
use crate::db::{Reader, Row, Tx};
use crate::domain::trash_store::in_trash;
use crate::error::{Error, Result};
use crate::id::{AccountId, EntityId};
use crate::policy::{TeamRole, Visibility};

const ENTITY: &str =
    "e.id, e.kind, e.name, e.display_name, e.description, e.organization_id, e.default_visibility, e.code_saving, e.hidden,
     e.private_only, e.members_invite, e.members_delete_artifacts, e.no_public_sharing, e.moves_from_restricted, e.read_only_keys, e.members_create_teams, e.personal_spaces,
     e.cut_runs_of_leavers, e.admins_enter_teams, e.avatar, e.directory_managed, e.created_at, e.deleted_at, e.purge_after";

fn entity(row: &Row<'_>) -> Result<Entity> {
    let visibility: String = row.get("default_visibility")?;
    Ok(Entity {
        id: row.get("id")?,
        kind: EntityKind::read(&row.get::<String>("kind")?)?,
        name: row.get("name")?,
        display_name: row.get("display_name")?,
        description: row.get("description")?,
        organization_id: row.get("organization_id")?,
        default_visibility: Visibility::parse(&visibility)
            .ok_or_else(|| Error::internal(format!("unknown visibility {visibility}")))?,
        code_saving: row.get("code_saving")?,
        hidden: row.get("hidden")?,
        private_only: row.get("private_only")?,
        members_invite: row.get("members_invite")?,
        members_delete_artifacts: row.get("members_delete_artifacts")?,
        no_public_sharing: row.get("no_public_sharing")?,
        moves_from_restricted: row.get("moves_from_restricted")?,
        read_only_keys: row.get("read_only_keys")?,
        members_create_teams: row.get("members_create_teams")?,
        personal_spaces: row.get("personal_spaces")?,
        cut_runs_of_leavers: row.get("cut_runs_of_leavers")?,
        admins_enter_teams: row.get("admins_enter_teams")?,
        avatar: row.get("avatar")?,
        managed: managed(row)?,
        created_at: row.get("created_at")?,
        deleted_at: row.get("deleted_at")?,
        purge_after: row.get("purge_after")?,
    })
}

fn managed(row: &Row<'_>) -> Result<Option<Managed>> {
    let text: Option<String> = row.get("directory_managed")?;
    text.map(|text| serde_json::from_str(&text).map_err(Error::internal)).transpose()
}

pub(super) fn set_managed(tx: &Tx<'_>, team: EntityId, managed: Option<&Managed>) -> Result<()> {
    let text = managed.map(serde_json::to_string).transpose().map_err(Error::internal)?;
    tx.execute("UPDATE entities SET directory_managed = ?2 WHERE id = ?1", &[&team, &text])?;
    Ok(())
}

/// Teams of which the directory says who is in them.
pub(super) fn all_managed(db: &Reader<'_>) -> Result<Vec<(EntityId, Managed)>> {
    let sql = "SELECT id, directory_managed FROM entities WHERE directory_managed IS NOT NULL AND deleted_at IS NULL";
    let found = db.query(sql, &[], |row| Ok((row.get("id")?, managed(row)?)))?;
    Ok(found.into_iter().filter_map(|(id, managed)| managed.map(|managed| (id, managed))).collect())
}

/// A seat as it is shown.
pub(super) struct Seat {
    pub account: AccountId,
    pub role: TeamRole,
    pub joined_at: Timestamp,
    pub directory_rule: Option<String>,
}

fn seat_row(row: &Row<'_>) -> Result<Seat> {
    Ok(Seat {
        account: row.get("account_id")?,
        role: role(row)?,
        joined_at: row.get("created_at")?,
        directory_rule: row.get("directory_rule")?,
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
    // What the organization prescribes or recommends is what a new team starts with.
    tx.query_one(
        "INSERT INTO entities (kind, name, name_key, display_name, organization_id, created_at, default_visibility, code_saving,
                               hidden, private_only, members_invite, members_delete_artifacts, no_public_sharing)
         SELECT 'team', ?1, ?2, ?1, ?3, ?4, o.default_visibility, o.code_saving, o.hidden, o.private_only, o.members_invite,
                o.members_delete_artifacts, o.no_public_sharing
           FROM entities o WHERE o.id = ?3 RETURNING id",
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

/// User names of a few active admins of a team, to say whom to ask.
pub(super) fn admins(db: &Reader<'_>, team: EntityId) -> Result<Vec<String>> {
    db.query(
        "SELECT a.username FROM team_members m JOIN accounts a ON a.id = m.account_id
          WHERE m.team_id = ?1 AND m.role = 'admin' AND a.deactivated_at IS NULL ORDER BY a.username_key LIMIT 3",
        &[&team],
        |row| row.get("username"),
    )
}

/// What an account made in an entity: runs, those of them that are at work, and projects.
pub(super) fn stake(db: &Reader<'_>, entity: EntityId, account: AccountId) -> Result<Stake> {
    db.query_one(
        "SELECT COUNT(r.id) AS runs, COALESCE(SUM(CASE WHEN r.state IN ('running', 'preempting') THEN 1 ELSE 0 END), 0) AS running,
                (SELECT COUNT(*) FROM projects own
                  WHERE own.entity_id = ?1 AND COALESCE(own.owner_id, own.created_by) = ?2 AND own.deleted_at IS NULL) AS projects
           FROM projects p JOIN runs r ON r.project_id = p.id
          WHERE p.entity_id = ?1 AND p.deleted_at IS NULL AND r.created_by = ?2 AND r.deleted_at IS NULL AND r.archive_of IS NULL",
        &[&entity, &account],
        |row| Ok(Stake { runs: row.get("runs")?, running: row.get("running")?, projects: row.get("projects")? }),
    )
}

/// What an account made anywhere.
pub(super) fn stake_everywhere(db: &Reader<'_>, account: AccountId) -> Result<Stake> {
    db.query_one(
        "SELECT COUNT(r.id) AS runs, COALESCE(SUM(CASE WHEN r.state IN ('running', 'preempting') THEN 1 ELSE 0 END), 0) AS running,
                (SELECT COUNT(*) FROM projects own WHERE COALESCE(own.owner_id, own.created_by) = ?1 AND own.deleted_at IS NULL)
                  AS projects
           FROM runs r WHERE r.created_by = ?1 AND r.deleted_at IS NULL AND r.archive_of IS NULL",
        &[&account],
        |row| Ok(Stake { runs: row.get("runs")?, running: row.get("running")?, projects: row.get("projects")? }),
    )
}

/// Seats of active people and service accounts in the order they joined, after one seat.
pub(super) fn members(db: &Reader<'_>, team: EntityId, after: (i64, i64), limit: usize) -> Result<Vec<Seat>> {
    db.query(
        "SELECT m.account_id, m.role, m.created_at, CASE WHEN m.directory_role = m.role THEN m.directory_rule END AS directory_rule
           FROM team_members m JOIN accounts a ON a.id = m.account_id
          WHERE m.team_id = ?1 AND a.deactivated_at IS NULL
            AND (m.created_at > ?2 OR (m.created_at = ?2 AND m.account_id > ?3))
          ORDER BY m.created_at, m.account_id LIMIT ?4",
        &[&team, &after.0, &after.1, &(i64::try_from(limit).unwrap_or(i64::MAX))],
        seat_row,
    )
}

pub(super) fn member_count(db: &Reader<'_>, team: EntityId) -> Result<i64> {
    db.query_one(
        "SELECT COUNT(*) AS count FROM team_members m JOIN accounts a ON a.id = m.account_id
          WHERE m.team_id = ?1 AND a.deactivated_at IS NULL",
        &[&team],
        |row| row.get("count"),
    )
}

/// Teams of an organization by name, after one of them; those in the trash instead if `deleted`.
pub(super) fn of_organization(
    db: &Reader<'_>,
    organization: EntityId,
    deleted: bool,
    after: &str,
    limit: usize,
) -> Result<Vec<Entity>> {
    let state = if deleted { in_trash("e") } else { "e.deleted_at IS NULL".to_owned() };
    let sql = format!(
        "SELECT {ENTITY} FROM entities e
          WHERE e.organization_id = ?1 AND e.kind = 'team' AND {state} AND e.name_key > ?2
          ORDER BY e.name_key LIMIT ?3"
    );
    db.query(&sql, &[&organization, &after, &(limit as i64)], entity)
}

/// The team of that name that is in the trash.
pub(super) fn deleted_by_key(db: &Reader<'_>, key: &str) -> Result<Option<Entity>> {
    let sql = format!("SELECT {ENTITY} FROM entities e WHERE e.name_key = ?1 AND e.kind = 'team' AND {}", in_trash("e"));
    db.query_opt(&sql, &[&key], entity)
}

/// The row stays for those that point to it, under a name that no team can have.
pub(super) fn set_purged(tx: &Tx<'_>, id: EntityId, now: Timestamp) -> Result<()> {
    tx.execute("DELETE FROM team_members WHERE team_id = ?1", &[&id])?;
    let sql = "UPDATE entities SET purged_at = ?2, name = '/' || id, name_key = '/' || id, display_name = '', description = ''
                WHERE id = ?1";
    tx.execute(sql, &[&id, &now])?;
    Ok(())
}

/// What a team holds, for who is about to delete it.
pub(super) fn holdings(db: &Reader<'_>, id: EntityId) -> Result<Holdings> {
    db.query_one(
        "SELECT (SELECT COUNT(*) FROM projects p WHERE p.entity_id = ?1 AND p.deleted_at IS NULL) AS projects,
                (SELECT COUNT(*) FROM runs r JOIN projects p ON p.id = r.project_id
                  WHERE p.entity_id = ?1 AND p.deleted_at IS NULL AND r.deleted_at IS NULL AND r.archive_of IS NULL) AS runs,
                (SELECT COUNT(*) FROM reports v JOIN projects p ON p.id = v.project_id
                  WHERE p.entity_id = ?1 AND p.deleted_at IS NULL AND v.deleted_at IS NULL AND v.kind <> 'workspace') AS reports",
        &[&id],
        |row| Ok(Holdings { projects: row.get("projects")?, runs: row.get("runs")?, reports: row.get("reports")? }),
    )
}

/// How many runs of an entity are at work, and how many are locked against deletion.
pub(super) fn runs_held(db: &Reader<'_>, id: EntityId) -> Result<(i64, i64)> {
    db.query_one(
        "SELECT COALESCE(SUM(CASE WHEN r.state IN ('running', 'preempting') THEN 1 ELSE 0 END), 0) AS running,
                COALESCE(SUM(r.locked), 0) AS locked
           FROM runs r JOIN projects p ON p.id = r.project_id
          WHERE p.entity_id = ?1 AND p.deleted_at IS NULL AND r.deleted_at IS NULL AND r.archive_of IS NULL",
        &[&id],
        |row| Ok((row.get("running")?, row.get("locked")?)),
    )
}

pub(super) fn update(tx: &Tx<'_>, entity: &Entity) -> Result<()> {
    tx.execute(
        "UPDATE entities SET display_name = ?2, description = ?3, hidden = ?4, private_only = ?5, members_invite = ?6,
                code_saving = ?7, default_visibility = ?8, moves_from_restricted = ?9, read_only_keys = ?10,
                members_create_teams = ?11, personal_spaces = ?12, cut_runs_of_leavers = ?13,
                members_delete_artifacts = ?14, admins_enter_teams = ?15, no_public_sharing = ?16
          WHERE id = ?1",
        &[
            &entity.id,
            &entity.display_name,
            &entity.description,
            &entity.hidden,
            &entity.private_only,
            &entity.members_invite,
            &entity.code_saving,
            &entity.default_visibility.as_str(),
            &entity.moves_from_restricted,
            &entity.read_only_keys,
            &entity.members_create_teams,
            &entity.personal_spaces,
            &entity.cut_runs_of_leavers,
            &entity.members_delete_artifacts,
            &entity.admins_enter_teams,
            &entity.no_public_sharing,
        ],
    )?;
    Ok(())
}

pub(super) fn locks(db: &Reader<'_>, organization: EntityId) -> Result<Vec<Lock>> {
    db.query(
        "SELECT l.setting, l.locked_at, a.username FROM setting_locks l LEFT JOIN accounts a ON a.id = l.locked_by
          WHERE l.organization_id = ?1 ORDER BY l.setting",
        &[&organization],
        |row| {
            let text: String = row.get("setting")?;
            let setting = Setting::parse(&text).ok_or_else(|| Error::internal(format!("unknown setting {text}")))?;
            Ok(Lock { setting, by: row.get("username")?, at: row.get("locked_at")? })
        },
    )
}

pub(super) fn insert_lock(
    tx: &Tx<'_>,
    organization: EntityId,
    setting: Setting,
    by: Option<AccountId>,
    now: Timestamp,
) -> Result<()> {
    tx.execute(
        "INSERT INTO setting_locks (organization_id, setting, locked_by, locked_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (organization_id, setting) DO NOTHING",
        &[&organization, &setting.as_str(), &by, &now],
    )?;
    Ok(())
}

pub(super) fn delete_lock(tx: &Tx<'_>, organization: EntityId, setting: Setting) -> Result<()> {
    tx.execute("DELETE FROM setting_locks WHERE organization_id = ?1 AND setting = ?2", &[&organization, &setting.as_str()])?;
    Ok(())
}

/// Gives all teams of an organization its own value of a setting.
pub(super) fn prescribe(tx: &Tx<'_>, organization: EntityId, setting: Setting) -> Result<()> {
    let column = setting.as_str();
    let sql = format!(
        "UPDATE entities SET {column} = (SELECT o.{column} FROM entities o WHERE o.id = ?1)
          WHERE organization_id = ?1 AND kind = 'team'"
    );
    tx.execute(&sql, &[&organization])?;
    Ok(())
}

/// The person whose personal entity it is.
pub(super) fn owner_of_personal(db: &Reader<'_>, entity: EntityId) -> Result<Option<AccountId>> {
    db.query_opt("SELECT id FROM accounts WHERE entity_id = ?1", &[&entity], |row| row.get("id"))
}

pub(super) fn seat(db: &Reader<'_>, team: EntityId, account: AccountId) -> Result<Option<TeamRole>> {
    db.query_opt("SELECT m.role FROM team_members m WHERE m.team_id = ?1 AND m.account_id = ?2", &[&team, &account], role)
}

/// A seat, for showing.
pub(super) fn member(db: &Reader<'_>, team: EntityId, account: AccountId) -> Result<Option<Seat>> {
    db.query_opt(
        "SELECT m.account_id, m.role, m.created_at, CASE WHEN m.directory_role = m.role THEN m.directory_rule END AS directory_rule
           FROM team_members m
          WHERE m.team_id = ?1 AND m.account_id = ?2",
        &[&team, &account],
        seat_row,
    )
}

/// Where the seat of an account comes from; nothing, if it has none.
pub(super) fn grants(db: &Reader<'_>, team: EntityId, account: AccountId) -> Result<Grants> {
    let sql = "SELECT hand_role, directory_role, directory_rule FROM team_members WHERE team_id = ?1 AND account_id = ?2";
    Ok(db.query_opt(sql, &[&team, &account], grants_row)?.unwrap_or_default())
}

/// All seats of people in all teams: team, account, and where each comes from.
pub(super) fn all_grants(db: &Reader<'_>) -> Result<Vec<(EntityId, AccountId, Grants)>> {
    db.query(
        "SELECT m.team_id, m.account_id, m.hand_role, m.directory_role, m.directory_rule
           FROM team_members m JOIN entities t ON t.id = m.team_id JOIN accounts a ON a.id = m.account_id
          WHERE t.deleted_at IS NULL AND a.kind = 'user'",
        &[],
        |row| Ok((row.get("team_id")?, row.get("account_id")?, grants_row(row)?)),
    )
}

fn grants_row(row: &Row<'_>) -> Result<Grants> {
    let role = |column: &str| match row.get::<Option<String>>(column)? {
        Some(text) => TeamRole::parse(&text).map(Some).ok_or_else(|| Error::internal(format!("unknown role {text}"))),
        None => Ok(None),
    };
    let given = role("directory_role")?.zip(row.get::<Option<String>>("directory_rule")?);
    Ok(Grants { hand: role("hand_role")?, directory: given.map(|(role, rule)| Given { role, rule }) })
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

/// Gives a seat, or changes where one comes from.
pub(super) fn set_grants(
    tx: &Tx<'_>,
    team: EntityId,
    account: AccountId,
    role: TeamRole,
    grants: &Grants,
    now: Timestamp,
) -> Result<()> {
    let given = grants.directory.as_ref();
    tx.execute(
        "INSERT INTO team_members (team_id, account_id, role, hand_role, directory_role, directory_rule, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (team_id, account_id) DO UPDATE SET role = excluded.role, hand_role = excluded.hand_role,
           directory_role = excluded.directory_role, directory_rule = excluded.directory_rule",
        &[
            &team,
            &account,
            &role.as_str(),
            &grants.hand.map(TeamRole::as_str),
            &given.map(|given| given.role.as_str()),
            &given.map(|given| given.rule.as_str()),
            &now,
        ],
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
