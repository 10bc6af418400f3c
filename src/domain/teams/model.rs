//! What an entity and its members are.

use serde::{Deserialize, Serialize};

use super::store::Seat;
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
    /// Every member deletes versions of artifacts, not only those they made.
    pub members_delete_artifacts: bool,
    /// Nothing of it is shown to whoever only holds a link to a report.
    pub no_public_sharing: bool,
    /// Of an organization: whether runs may be moved out of restricted projects.
    pub moves_from_restricted: bool,
    /// Of an organization: whether view-only people may have API keys, which read and do nothing else.
    pub read_only_keys: bool,
    /// Of an organization: whether everybody in it makes teams, not only its admins.
    pub members_create_teams: bool,
    /// Of an organization: whether people log to personal spaces of theirs.
    pub personal_spaces: bool,
    /// Of an organization: whether what somebody's processes send to a team ends with their seat in it, and not with the run.
    pub cut_runs_of_leavers: bool,
    /// Of an organization: whether its admins see and change what its teams hold without a seat there.
    pub admins_enter_teams: bool,
    /// The digest of its picture, if it has one.
    pub avatar: Option<String>,
    /// What the operator's directory says of who is in the team; `None` where no rule speaks of it.
    pub managed: Option<Managed>,
    pub created_at: Timestamp,
    /// Set while the team is in the trash.
    pub deleted_at: Option<Timestamp>,
    /// When it goes for good.
    pub purge_after: Option<Timestamp>,
}

impl Entity {
    /// What the policy judges making a team in the organization by.
    pub fn teams(&self) -> Target {
        Target::Teams { organization: self.id, open_to_members: self.members_create_teams }
    }

    /// What the policy judges the team's end by.
    pub fn whole(&self) -> Target {
        Target::WholeTeam { team: self.id, organization: self.organization_id }
    }

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

/// What hangs on a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AtStake {
    pub made: Stake,
    /// API keys that work by this seat alone, and would be suspended with the role view-only.
    pub keys: i64,
}

/// How the operator's directory decides who is in a team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Managed {
    /// The groups that give seats, as the rules name them.
    pub groups: Vec<String>,
    /// Whom to ask for a place in one of them.
    pub contact: Option<String>,
    /// Whether the groups alone decide, so that people here give no seats.
    pub locked: bool,
}

impl Managed {
    /// Who decides and whom to ask, in words.
    pub fn in_words(&self) -> String {
        let groups = self.groups.join(" and ");
        let contact = self.contact.as_deref().unwrap_or("an administrator of this server");
        format!("managed by the group {groups} of the directory; ask {contact}")
    }
}

/// Somebody with a seat in a team; of a personal entity, its person.
#[derive(Clone, Debug)]
pub struct Member {
    pub account: Account,
    pub role: TeamRole,
    /// The rule of the operator's directory that gives at least this role, if one does.
    pub directory_rule: Option<String>,
    pub joined_at: Timestamp,
}

impl Member {
    pub(super) fn of(account: Account, seat: Seat) -> Self {
        Self { account, role: seat.role, directory_rule: seat.directory_rule, joined_at: seat.joined_at }
    }
}

/// Where a seat comes from; the greater role counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants {
    /// What a person gave.
    pub hand: Option<TeamRole>,
    /// What the operator's directory gives.
    pub directory: Option<Given>,
}

/// A role that a rule of the directory gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    pub role: TeamRole,
    /// The group, as the rule names it.
    pub rule: String,
}

impl Grants {
    /// What a person gave alone.
    pub fn by_hand(role: TeamRole) -> Self {
        Self { hand: Some(role), directory: None }
    }

    /// The role that counts.
    pub fn role(&self) -> Option<TeamRole> {
        self.hand.max(self.directory.as_ref().map(|given| given.role))
    }
}
