//! What an entity and its members are.

use crate::clock::Timestamp;
use crate::domain::accounts::Account;
use crate::error::{Error, Result};
use crate::id::EntityId;
use crate::policy::{Target, TeamRole, Visibility};

/// Whose namespace it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntityKind {
    User,
    Team,
    Organization,
}

impl EntityKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Team => "team",
            Self::Organization => "organization",
        }
    }
    pub(super) fn read(text: &str) -> Result<Self> {
        [Self::User, Self::Team, Self::Organization]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| Error::internal(format!("unknown kind of entity {text}")))
    }
}

/// A namespace of projects: of a person, a team or an organization.
#[derive(Clone, Debug)]
pub struct Entity {
    pub id: EntityId,
    pub kind: EntityKind,
    /// Never changes: it is part of addresses.
    pub name: String,
    pub display_name: String,
    pub description: String,
    pub organization_id: Option<EntityId>,
    /// What a new project starts with.
    pub default_visibility: Visibility,
    /// Whether the client saves the program's code unless told otherwise.
    pub code_saving: bool,
    /// Only its own people and the organization's admins learn that the team is there.
    pub hidden: bool,
    /// New projects are for the team or for named people, and stay so.
    pub private_only: bool,
    /// Every member may invite, not only admins.
    pub members_invite: bool,
    /// Of an organization: whether runs may be moved out of restricted projects.
    pub moves_from_restricted: bool,
    /// Of an organization: whether view-only people may have API keys, which read and do nothing else.
    pub read_only_keys: bool,
    pub created_at: Timestamp,
    /// Set while the team is in the trash.
    pub deleted_at: Option<Timestamp>,
    /// When it goes for good.
    pub purge_after: Option<Timestamp>,
}

impl Entity {
    /// What the policy judges looking at the team from outside by.
    pub fn card(&self) -> Target {
        Target::Card { team: self.id, organization: self.organization_id, hidden: self.hidden }
    }
}

/// What somebody made in a team, which stays there when they go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stake {
    pub runs: i64,
    /// How many of the runs are at work.
    pub running: i64,
    pub projects: i64,
}

/// Somebody with a seat in a team; of a personal entity, its person.
#[derive(Clone, Debug)]
pub struct Member {
    pub account: Account,
    pub role: TeamRole,
    pub joined_at: Timestamp,
}
