//! SQL of invitations.

use super::{Expected, Invitation};
use crate::clock::Timestamp;
use crate::db::{Reader, Row, Tx};
use crate::domain::accounts::Former;
use crate::error::{Error, Result};
use crate::id::{AccountId, EntityId, InvitationId};
use crate::policy::TeamRole;

const SELECT: &str =
    "SELECT i.id, i.team_id, t.name AS team, i.role, i.email, i.directory_name, i.account_id, a.username, a.name, b.username AS invited_by,
         i.created_at, i.expires_at, i.accepted_at, i.withdrawn_at, i.declined_at
    FROM invitations i JOIN entities t ON t.id = i.team_id
    LEFT JOIN accounts a ON a.id = i.account_id LEFT JOIN accounts b ON b.id = i.invited_by";

/// Not answered, not taken back, not over (`?2` is now), and its team is there.
const PENDING: &str = "i.accepted_at IS NULL AND i.withdrawn_at IS NULL AND i.declined_at IS NULL AND i.expires_at > ?2
    AND t.deleted_at IS NULL";

fn invitation(row: &Row<'_>) -> Result<Invitation> {
    let role: String = row.get("role")?;
    let account: Option<AccountId> = row.get("account_id")?;
    let (username, name): (Option<String>, Option<String>) = (row.get("username")?, row.get("name")?);
    Ok(Invitation {
        id: row.get("id")?,
        team_id: row.get("team_id")?,
        team: row.get("team")?,
        role: TeamRole::parse(&role).ok_or_else(|| Error::internal(format!("unknown role {role}")))?,
        email: row.get("email")?,
        expected: row.get("directory_name")?,
        account: account.map(|id| (id, username.unwrap_or_default(), name.unwrap_or_default())),
        invited_by: row.get("invited_by")?,
        created_at: row.get("created_at")?,
        expires_at: row.get("expires_at")?,
        accepted_at: row.get("accepted_at")?,
        withdrawn_at: row.get("withdrawn_at")?,
        declined_at: row.get("declined_at")?,
    })
}

pub(super) struct NewRow<'a> {
    pub team: EntityId,
    pub role: TeamRole,
    pub email: Option<&'a str>,
    pub email_key: Option<&'a str>,
    pub expected: Option<&'a Expected>,
    pub account: Option<AccountId>,
    pub token_hash: [u8; 32],
    pub invited_by: Option<AccountId>,
    pub now: Timestamp,
    pub expires_at: Timestamp,
}

pub(super) fn insert(tx: &Tx<'_>, row: &NewRow<'_>) -> Result<InvitationId> {
    tx.query_one(
        "INSERT INTO invitations (team_id, role, email, email_key, account_id, token_hash, invited_by, created_at, expires_at,
           directory_id, directory_name)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) RETURNING id",
        &[
            &row.team,
            &row.role.as_str(),
            &row.email,
            &row.email_key,
            &row.account,
            &row.token_hash,
            &row.invited_by,
            &row.now,
            &row.expires_at,
            &row.expected.map(|expected| expected.directory_id.as_str()),
            &row.expected.map(|expected| expected.name.as_str()),
        ],
        |row| row.get("id"),
    )
}

pub(super) fn by_id(db: &Reader<'_>, id: InvitationId) -> Result<Option<Invitation>> {
    db.query_opt(&format!("{SELECT} WHERE i.id = ?1"), &[&id], invitation)
}

/// One whose team is there.
pub(super) fn in_place(db: &Reader<'_>, id: InvitationId) -> Result<Option<Invitation>> {
    db.query_opt(&format!("{SELECT} WHERE i.id = ?1 AND t.deleted_at IS NULL"), &[&id], invitation)
}

pub(super) fn by_token(db: &Reader<'_>, hash: &[u8; 32]) -> Result<Option<Invitation>> {
    db.query_opt(&format!("{SELECT} WHERE i.token_hash = ?1 AND t.deleted_at IS NULL"), &[hash], invitation)
}

/// The invitation into a team that waits for an account or address.
pub(super) fn pending(
    db: &Reader<'_>,
    team: EntityId,
    account: Option<AccountId>,
    email_key: Option<&str>,
    now: Timestamp,
) -> Result<Option<Invitation>> {
    let sql = format!(
        "{SELECT} WHERE i.team_id = ?1 AND {PENDING} AND (i.account_id = ?3 OR i.email_key = ?4) ORDER BY i.id LIMIT 1"
    );
    db.query_opt(&sql, &[&team, &now, &account, &email_key], invitation)
}

/// Active people without a seat in the team whose user name, name or mail address begins with a text.
pub(super) fn suggested(db: &Reader<'_>, team: EntityId, begins: &str, limit: usize) -> Result<Vec<AccountId>> {
    let sql = "SELECT a.id FROM accounts a
                WHERE a.kind = 'user' AND a.deactivated_at IS NULL
                  AND (substr(a.username_key, 1, length(?2)) = ?2 OR substr(lower(a.name), 1, length(?2)) = ?2
                       OR substr(a.email_key, 1, length(?2)) = ?2)
                  AND NOT EXISTS (SELECT 1 FROM team_members m WHERE m.team_id = ?1 AND m.account_id = a.id)
                ORDER BY a.username_key LIMIT ?3";
    db.query(sql, &[&team, &begins, &(limit as i64)], |row| row.get("id"))
}

/// Those that wait for a person of the directory.
pub(super) fn expected(db: &Reader<'_>, directory_id: &str, now: Timestamp) -> Result<Vec<Invitation>> {
    let sql = format!("{SELECT} WHERE i.directory_id = ?1 AND {PENDING} ORDER BY i.id");
    db.query(&sql, &[&directory_id, &now], invitation)
}

/// Oldest first.
pub(super) fn pending_of(db: &Reader<'_>, team: EntityId, now: Timestamp) -> Result<Vec<Invitation>> {
    db.query(&format!("{SELECT} WHERE i.team_id = ?1 AND {PENDING} ORDER BY i.id"), &[&team, &now], invitation)
}

/// Those that wait for an account: made for it, or for its address before it was there.
pub(super) fn pending_for(
    db: &Reader<'_>,
    account: AccountId,
    email_key: Option<&str>,
    now: Timestamp,
) -> Result<Vec<Invitation>> {
    let sql = format!(
        "{SELECT} WHERE (i.account_id = ?1 OR (i.account_id IS NULL AND i.email_key = ?3)) AND {PENDING} ORDER BY i.id"
    );
    db.query(&sql, &[&account, &now, &email_key], invitation)
}

/// Newest first, before one of them.
pub(super) fn of_team(db: &Reader<'_>, team: EntityId, before: i64, limit: usize) -> Result<Vec<Invitation>> {
    let sql = format!("{SELECT} WHERE i.team_id = ?1 AND i.id < ?2 ORDER BY i.id DESC LIMIT ?3");
    db.query(&sql, &[&team, &before, &(limit as i64)], invitation)
}

pub(super) fn renew(tx: &Tx<'_>, id: InvitationId, hash: &[u8; 32], expires_at: Timestamp) -> Result<()> {
    tx.execute("UPDATE invitations SET token_hash = ?2, expires_at = ?3 WHERE id = ?1", &[&id, hash, &expires_at])?;
    Ok(())
}

/// Uses an invitation up, once.
pub(super) fn set_accepted(tx: &Tx<'_>, id: InvitationId, account: AccountId, now: Timestamp) -> Result<bool> {
    let changed = tx.execute(
        "UPDATE invitations SET accepted_at = ?3, account_id = ?2
          WHERE id = ?1 AND accepted_at IS NULL AND withdrawn_at IS NULL AND declined_at IS NULL AND expires_at > ?3",
        &[&id, &account, &now],
    )?;
    Ok(changed == 1)
}

pub(super) fn set_withdrawn(tx: &Tx<'_>, id: InvitationId, now: Timestamp) -> Result<()> {
    tx.execute("UPDATE invitations SET withdrawn_at = ?2 WHERE id = ?1", &[&id, &now])?;
    Ok(())
}

pub(super) fn set_declined(tx: &Tx<'_>, id: InvitationId, now: Timestamp) -> Result<()> {
    tx.execute("UPDATE invitations SET declined_at = ?2 WHERE id = ?1", &[&id, &now])?;
    Ok(())
}

/// Says of invitations of that account or mail address only whom they became.
pub(super) fn forget(tx: &Tx<'_>, former: &Former) -> Result<()> {
    tx.execute(
        "UPDATE invitations SET email = CASE WHEN email IS NULL THEN NULL ELSE ?3 END, email_key = NULL,
                directory_name = CASE WHEN directory_name IS NULL THEN NULL ELSE ?3 END
          WHERE account_id = ?1 OR email_key = ?2",
        &[&former.id, &former.email, &former.shown],
    )?;
    Ok(())
}
