//! Invitations, and who they wait for.

use crate::clock::Timestamp;
use crate::id::{AccountId, EntityId, InvitationId};
use crate::policy::TeamRole;

/// What became of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Pending,
    Accepted,
    Expired,
    /// Taken back by who may invite.
    Withdrawn,
    /// Refused by who was asked.
    Declined,
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
            Self::Declined => "declined",
        }
    }
}

/// Somebody asked into a team.
#[derive(Clone, Debug)]
pub struct Invitation {
    pub id: InvitationId,
    pub team_id: EntityId,
    pub team: String,
    pub role: TeamRole,
    /// The address it was made for, if it was made by address.
    pub email: Option<String>,
    /// What the directory calls the person it is for who had no account yet; the seat is theirs at their first sign-in.
    pub expected: Option<String>,
    /// The account it is for: user name and full name. `None` while nobody with that address has one.
    pub account: Option<(AccountId, String, String)>,
    pub invited_by: Option<String>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub accepted_at: Option<Timestamp>,
    pub withdrawn_at: Option<Timestamp>,
    pub declined_at: Option<Timestamp>,
}

impl Invitation {
    pub fn state(&self, now: Timestamp) -> State {
        match self {
            Self { accepted_at: Some(_), .. } => State::Accepted,
            Self { declined_at: Some(_), .. } => State::Declined,
            Self { withdrawn_at: Some(_), .. } => State::Withdrawn,
            Self { expires_at, .. } if *expires_at <= now => State::Expired,
            _ => State::Pending,
        }
    }

    /// Whom it asks, in words.
    pub fn whom(&self) -> &str {
        let account = self.account.as_ref().map(|(_, username, _)| username.as_str());
        account.or(self.email.as_deref()).or(self.expected.as_deref()).unwrap_or_default()
    }
}

/// A person of the operator's directory who has no account yet.
#[derive(Clone, Debug)]
pub struct Expected {
    /// The directory's id of them.
    pub directory_id: String,
    /// What they are called there.
    pub name: String,
}
