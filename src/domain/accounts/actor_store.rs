//! The SQL of what the policy judges an account by.

use std::collections::BTreeMap;

use crate::db::{Reader, Row};
use crate::error::{Error, Result};
use crate::id::{AccountId, EntityId, ProjectId};
use crate::policy::{Actor, OrganizationRole, RegistryRole, TeamRole};

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
        "SELECT m.organization_id, m.role, m.makes_teams_by IS NOT NULL AS makes_teams FROM organization_members m JOIN entities o ON o.id = m.organization_id
          WHERE m.account_id = ?1 AND o.deleted_at IS NULL ORDER BY m.organization_id",
        &[&id],
        |row| {
            let text: String = row.get("role")?;
            let role = OrganizationRole::parse(&text).ok_or_else(|| Error::internal(format!("unknown role {text}")))?;
            Ok((row.get::<EntityId>("organization_id")?, role, row.get::<bool>("makes_teams")?))
        },
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
    let with = |wanted: &[OrganizationRole]| -> Vec<EntityId> {
        memberships.iter().filter(|(_, role, _)| wanted.contains(role)).map(|(organization, ..)| *organization).collect()
    };
    // Who only looks on makes nothing.
    let makes_teams = memberships.iter().filter(|(_, role, makes)| *makes && *role != OrganizationRole::Viewer);
    let makes_teams = makes_teams.map(|(organization, ..)| *organization).collect();
    let organizations = with(&[OrganizationRole::Admin]);
    let member_of = with(&[OrganizationRole::Member]);
    let memberships = with(&[OrganizationRole::Member, OrganizationRole::Viewer]);
    let (mut overseen, mut closed) = (Vec::new(), Vec::new());
    for organization in &organizations {
        let teams = db.query(
            "SELECT t.id, o.admins_enter_teams FROM entities t JOIN entities o ON o.id = t.organization_id
              WHERE t.organization_id = ?1 AND t.kind = 'team' AND t.deleted_at IS NULL ORDER BY t.id",
            &[organization],
            |row| Ok((row.get::<EntityId>("id")?, row.get::<bool>("admins_enter_teams")?)),
        )?;
        closed.extend(teams.iter().filter(|(_, entered)| !entered).map(|(team, _)| *team));
        overseen.extend(teams.into_iter().map(|(team, _)| team));
    }
    let registry_seats = registry_seats(db, id)?;
    let held =
        Actor { site_admin, personal, seats, project_seats, memberships, organizations, overseen, closed, ..Actor::nobody() };
    Ok(Some(Actor { account: Some(id), member_of, makes_teams, registry_seats, works_for, key_reads, ..held }))
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
    let mut highest = BTreeMap::new();
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
