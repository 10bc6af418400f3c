//! SQL of mailed invitations.

use super::letters::Mailed;
use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::domain::accounts::Former;
use crate::domain::attempts::{self, Attempt};
use crate::error::Result;
use crate::id::InvitationId;

/// A letter that is to be sent now.
pub(super) struct Due {
    pub id: InvitationId,
    /// Encrypted.
    pub token: Vec<u8>,
    pub written_at: Timestamp,
    pub attempts: i64,
}

/// Writes the letter of an invitation, instead of the one before. Its attempts stay.
pub(super) fn put(tx: &Tx<'_>, id: InvitationId, token: &[u8], now: Timestamp) -> Result<()> {
    tx.execute(
        "INSERT INTO invitation_letters (invitation_id, token, written_at, state, attempts, next_at)
         VALUES (?1, ?2, ?3, 'waiting', 0, ?3)
         ON CONFLICT (invitation_id) DO UPDATE SET token = excluded.token, state = 'waiting', attempts = 0,
           written_at = CASE WHEN excluded.written_at > invitation_letters.written_at THEN excluded.written_at
                             ELSE invitation_letters.written_at + 1 END, next_at = excluded.next_at",
        &[&id, &token, &now],
    )?;
    Ok(())
}

pub(super) fn mailed(db: &Reader<'_>, id: InvitationId) -> Result<Option<Mailed>> {
    let sql = "SELECT state, next_at FROM invitation_letters WHERE invitation_id = ?1";
    let found = db.query_opt(sql, &[&id], |row| Ok((row.get("state")?, row.get("next_at")?)))?;
    let Some((state, next_at)) = found else { return Ok(None) };
    let sql = "SELECT at, succeeded, answer FROM invitation_attempts WHERE invitation_id = ?1 ORDER BY id";
    let attempts = db.query(sql, &[&id], |row| {
        Ok(Attempt { at: row.get("at")?, succeeded: row.get("succeeded")?, answer: row.get("answer")? })
    })?;
    Ok(Some(Mailed { state, next_at, attempts }))
}

/// What waits and is due, the longest first.
pub(super) fn due(db: &Reader<'_>, now: Timestamp, limit: i64) -> Result<Vec<Due>> {
    db.query(
        "SELECT invitation_id, token, written_at, attempts FROM invitation_letters
          WHERE state = 'waiting' AND next_at <= ?1 ORDER BY next_at, invitation_id LIMIT ?2",
        &[&now, &limit],
        |row| {
            let token: Option<Vec<u8>> = row.get("token")?;
            Ok(Due {
                id: row.get("invitation_id")?,
                token: token.unwrap_or_default(),
                written_at: row.get("written_at")?,
                attempts: row.get("attempts")?,
            })
        },
    )
}

/// Keeps an attempt, and what comes of it: the next one at `next`, or none. Of a letter that another took the place of meanwhile only
/// the attempt is kept.
pub(super) fn note_attempt(
    tx: &Tx<'_>,
    id: InvitationId,
    written_at: Timestamp,
    attempt: &Attempt,
    next: Option<Timestamp>,
) -> Result<()> {
    let state = attempts::state(attempt, next);
    tx.execute(
        "UPDATE invitation_letters SET state = ?3, attempts = attempts + 1, next_at = ?4,
                token = CASE WHEN ?3 = 'waiting' THEN token ELSE NULL END
          WHERE invitation_id = ?1 AND written_at = ?2",
        &[&id, &written_at, &state, &next.unwrap_or(attempt.at)],
    )?;
    // The invitation may be gone with its team.
    tx.execute(
        "INSERT INTO invitation_attempts (invitation_id, at, succeeded, answer)
         SELECT invitation_id, ?2, ?3, ?4 FROM invitation_letters WHERE invitation_id = ?1",
        &[&id, &attempt.at, &attempt.succeeded, &attempt.answer],
    )?;
    Ok(())
}

/// Mails nothing more to somebody who is gone, and keeps nothing of what was said of their address.
pub(super) fn forget(tx: &Tx<'_>, former: &Former) -> Result<()> {
    let theirs = "(SELECT id FROM invitations WHERE account_id = ?1 OR email_key = ?2)";
    for sql in [
        format!("DELETE FROM invitation_attempts WHERE invitation_id IN {theirs}"),
        format!(
            "UPDATE invitation_letters SET token = NULL, state = CASE state WHEN 'waiting' THEN 'given up' ELSE state END
              WHERE invitation_id IN {theirs}"
        ),
    ] {
        tx.execute(&sql, &[&former.id, &former.email])?;
    }
    Ok(())
}
