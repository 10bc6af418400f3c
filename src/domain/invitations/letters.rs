//! The link of an invitation, mailed to the address that was asked: tried until it is taken, given up, or no use any more. What the
//! letter says of the team is its name and who invites. Whoever invites has the link as well, so that nothing depends on mail.

use super::letters_store::{self as store, Due};
use super::{Invitation, State};
use crate::clock::{Clock, Timestamp};
use crate::db::{Db, Reader, Tx};
use crate::domain::attempts::{self, Attempt, Outcome};
use crate::error::Result;
use crate::id::InvitationId;
use crate::mail::{Letter, Mailer};
use crate::secret::Secret;
use crate::vault::Vault;

/// By what invitations are mailed.
#[derive(Clone, Debug)]
pub struct Post {
    pub mailer: Mailer,
    pub vault: Vault,
    /// Where people reach this server.
    pub public_url: String,
}

/// What became of mailing an invitation.
#[derive(Clone, Debug)]
pub struct Mailed {
    /// `waiting`, `sent` or `given up`.
    pub state: String,
    /// When it is tried again, if it waits.
    pub next_at: Timestamp,
    /// Those of the letters before, whose links work no more, are among them. Oldest first.
    pub attempts: Vec<Attempt>,
}

/// Where an invitation is accepted with its token.
pub fn link(public_url: &str, token: &Secret) -> String {
    format!("{public_url}/invitation?token={}", token.reveal())
}

/// Has the link of an invitation by address mailed there, instead of one that was to be mailed before.
pub(super) fn write(tx: &Tx<'_>, post: &Post, id: InvitationId, token: &Secret, now: Timestamp) -> Result<()> {
    store::put(tx, id, &post.vault.seal(token, &purpose(id))?, now)
}

/// What became of mailing it; `None` for one that is handed over.
pub fn of(db: &Reader<'_>, id: InvitationId) -> Result<Option<Mailed>> {
    store::mailed(db, id)
}

fn purpose(id: InvitationId) -> String {
    format!("invitation {id}")
}

/// Mails all that is due; returns how much of it was taken. `post`: none if this server mails no invitations any more.
pub async fn deliver(db: &Db, post: Option<&Post>, clock: &Clock) -> Result<usize> {
    attempts::all(db, clock, store::due, |due| one(db, post, clock, due)).await
}

/// Mails one and keeps what came of it; whether it was taken.
async fn one(db: &Db, post: Option<&Post>, clock: &Clock, due: Due) -> Result<bool> {
    let (id, written_at) = (due.id, due.written_at);
    let now = clock.now();
    let invitation = db.read(move |reader| super::store::in_place(reader, id)).await?;
    let outcome = match (invitation.map(|found| (found.state(now), found)), post) {
        (None, _) => Outcome::never("the team was deleted"),
        (Some((State::Pending, invitation)), Some(post)) => match post.vault.open(&due.token, &purpose(id)) {
            Ok(token) => attempts::mail(post.mailer.clone(), letter(post, &invitation, &token, written_at)).await,
            Err(error) => Outcome::never(error.to_string()),
        },
        (Some((State::Pending, _)), None) => {
            Outcome::never("this server mails no invitations: its operator sets mail.server and mail.invitations")
        }
        (Some((state, _)), _) => Outcome::never(format!("the invitation is {}", state.as_str())),
    };
    let now = clock.now();
    let next = outcome.next(due.attempts, now);
    let attempt = outcome.attempt(now);
    let taken = attempt.succeeded;
    if !taken {
        tracing::warn!(invitation = id.get(), "an invitation was not mailed: {}", attempt.answer);
    }
    db.write(move |tx| store::note_attempt(tx, id, written_at, &attempt, next)).await?;
    Ok(taken)
}

fn letter(post: &Post, invitation: &Invitation, token: &Secret, written_at: Timestamp) -> Letter {
    let (team, server) = (&invitation.team, &post.public_url);
    let until: String = invitation.expires_at.to_string().replace('T', " ").chars().take("2026-02-07 10:00".len()).collect();
    let who = invitation.invited_by.as_deref().unwrap_or("Somebody");
    Letter {
        to: invitation.email.clone().unwrap_or_default(),
        subject: attempts::in_one_line(&format!("{who} invites you to the team {team}")),
        text: format!(
            "{who} invites you to the team {team} of {server}. To accept, open\n\n{}\n\nThe link works once, until {until} UTC, and for whoever \
             has it: keep it to yourself. If you do not want to join, there is nothing to do.\n",
            link(server, token),
        ),
        id: format!("invitation-{}-{}", invitation.id, written_at.micros()),
        at: written_at,
    }
}
