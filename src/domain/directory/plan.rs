//! What must change here so that accounts and seats are as the directory says. Pure: from what it says and what we have to a
//! list of changes, which may be shown, judged, applied and taken back.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::person::Person;
use super::planner::Planner;
use super::rules::Rules;
use super::snapshot::Entry;
use crate::domain::teams::{Grants, Managed};
use crate::id::AccountId;
use crate::policy::TeamRole;

/// Of people of the directory, and of the teams and organizations they are in or that rules speak of.
#[derive(Clone, Debug, Default)]
pub struct State {
    pub people: Vec<Known>,
    /// By the names that are compared.
    pub teams: HashMap<String, TeamState>,
    pub organizations: HashMap<String, OrganizationState>,
    /// The organization that is meant where a rule names none.
    pub first_organization: String,
    /// All names of people, teams and organizations, as they are compared.
    pub taken: HashSet<String>,
    /// Who has which mail address, as they are compared.
    pub emails: HashMap<String, AccountId>,
    /// Whether an active administrator of the server is not of the directory.
    pub has_local_administrator: bool,
}

/// An account of a person of the directory.
#[derive(Clone, Debug)]
pub struct Known {
    pub account: AccountId,
    pub who: Who,
    pub profile: Profile,
    pub active: bool,
    /// Deactivated because the directory had them no more.
    pub left: bool,
    pub site_admin: bool,
    /// Deleted here: they do not come back by themselves.
    pub deleted: bool,
}

#[derive(Clone, Debug, Default)]
pub struct TeamState {
    pub name: String,
    /// Of people of the directory.
    pub seats: HashMap<AccountId, Grants>,
    /// Whether an active admin is not of the directory.
    pub has_local_admin: bool,
    /// What is shown of who decides who is in it.
    pub managed: Option<Managed>,
}

#[derive(Clone, Debug, Default)]
pub struct OrganizationState {
    pub name: String,
    /// Admins who are people of the directory: whether by hand, and the rule.
    pub admins: HashMap<AccountId, (bool, Option<String>)>,
    /// People of the directory who may make teams by a rule: the rule.
    pub makers: HashMap<AccountId, String>,
    pub has_local_admin: bool,
}

/// A person of the directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Who {
    /// Here, or what it is to be.
    pub username: String,
    pub directory_id: String,
}

/// What follows the directory of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    pub dn: String,
    pub name: String,
    pub email: Option<String>,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum Change {
    CreateAccount {
        who: Who,
        person: Person,
    },
    Reactivate {
        who: Who,
    },
    Profile {
        who: Who,
        before: Profile,
        after: Profile,
    },
    CreateTeam {
        team: String,
        admin: Who,
    },
    /// Says of a team which groups decide who is in it.
    Manage {
        team: String,
        before: Option<Managed>,
        after: Option<Managed>,
    },
    Seat {
        team: String,
        who: Who,
        before: Grants,
        after: Grants,
    },
    OrganizationAdmin {
        organization: String,
        who: Who,
        before: Option<String>,
        after: Option<String>,
    },
    /// Lets somebody make teams in an organization by a rule, or no more.
    MakingTeams {
        organization: String,
        who: Who,
        before: Option<String>,
        after: Option<String>,
    },
    Deactivate {
        who: Who,
    },
}

/// Something that the directory says and that is not done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    pub what: String,
    pub because: String,
}

/// How many changes there are, by their signs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    pub added: i64,
    pub changed: i64,
    pub removed: i64,
}

impl Counts {
    pub fn of(changes: &[Change]) -> Self {
        let mut counts = Self::default();
        for change in changes {
            match change.in_words().0 {
                '+' => counts.added += 1,
                '-' => counts.removed += 1,
                _ => counts.changed += 1,
            }
        }
        counts
    }
}

/// How what the directory says is taken.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Whether people whom a rule gives something are given accounts.
    pub creates_accounts: bool,
    pub keeps_by_hand: bool,
    /// Whether the directory told of everybody. Of one person alone nothing is concluded from what it does not say: what
    /// they have is only added to.
    pub is_everybody: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// In the order in which they can be done.
    pub changes: Vec<Change>,
    pub kept: Vec<Kept>,
    /// How many people lose something, and how many there are.
    pub losing: usize,
    pub people: usize,
    /// Teams that would lose all people of the directory, of whom there are several.
    pub emptied: Vec<String>,
}

impl Change {
    /// The place in the order: nobody is taken from before somebody else is given.
    pub(super) fn rank(&self) -> u8 {
        match self {
            // Before accounts are made: an address that somebody gave up may be that of somebody new.
            Self::Profile { .. } => 0,
            Self::CreateAccount { .. } => 1,
            Self::Reactivate { .. } => 2,
            Self::CreateTeam { .. } => 3,
            Self::Manage { .. } => 4,
            _ if !self.takes() => 5,
            Self::Deactivate { .. } => 7,
            _ => 6,
        }
    }

    /// Whether somebody has less afterwards.
    pub(super) fn takes(&self) -> bool {
        match self {
            Self::Seat { before, after, .. } => after.role() < before.role(),
            Self::OrganizationAdmin { after, .. } | Self::MakingTeams { after, .. } => after.is_none(),
            Self::Deactivate { .. } => true,
            _ => false,
        }
    }

    /// As a line of a diff: whether something comes (`+`), goes (`-`) or is another (`~`), and what.
    pub fn in_words(&self) -> (char, String) {
        let role = |grants: &Grants| grants.role().map_or("nothing", TeamRole::as_str);
        let rule =
            |grants: &Grants| grants.directory.as_ref().map(|given| format!(" (group {})", given.rule)).unwrap_or_default();
        match self {
            Self::CreateAccount { who, person } => ('+', format!("account {} for {}", who.username, person.dn)),
            Self::Reactivate { who } => ('+', format!("account {} is active again", who.username)),
            Self::Profile { who, before, after } => {
                let told = |what: &str, before: &str, after: &str| {
                    (before != after).then(|| format!("{what} {before} becomes {after}"))
                };
                let email = |profile: &Profile| profile.email.clone().unwrap_or_else(|| "(none)".to_owned());
                let parts = [
                    told("name", &before.name, &after.name),
                    told("mail", &email(before), &email(after)),
                    told("entry", &before.dn, &after.dn),
                ];
                ('~', format!("account {}: {}", who.username, parts.into_iter().flatten().collect::<Vec<_>>().join(", ")))
            }
            Self::CreateTeam { team, admin } => ('+', format!("team {team}, with the admin {}", admin.username)),
            Self::Manage { team, after: Some(managed), .. } => ('~', format!("team {team} is {}", managed.in_words())),
            Self::Manage { team, .. } => ('~', format!("no group of the directory decides any more who is in the team {team}")),
            Self::Seat { team, who, before, after } => match (before.role(), after.role()) {
                (None, _) => ('+', format!("{} in the team {team} as {}{}", who.username, role(after), rule(after))),
                (_, None) => ('-', format!("{} leaves the team {team}, was {}{}", who.username, role(before), rule(before))),
                (was, is) if was == is => {
                    ('~', format!("{} stays {} in the team {team}{}", who.username, role(after), rule(after)))
                }
                _ => (
                    '~',
                    format!("{} in the team {team}: {} becomes {}{}", who.username, role(before), role(after), rule(after)),
                ),
            },
            Self::OrganizationAdmin { organization, who, after: Some(rule), .. } => {
                ('+', format!("{} admin of the organization {organization} (group {rule})", who.username))
            }
            Self::OrganizationAdmin { organization, who, .. } => {
                ('-', format!("{} is no admin of the organization {organization} by a group any more", who.username))
            }
            Self::MakingTeams { organization, who, after: Some(rule), .. } => {
                ('+', format!("{} may create teams in the organization {organization} (group {rule})", who.username))
            }
            Self::MakingTeams { organization, who, .. } => {
                ('-', format!("{} may create teams in the organization {organization} by a group no more", who.username))
            }
            Self::Deactivate { who } => ('-', format!("account {} is deactivated; its runs stay", who.username)),
        }
    }

    /// Whom it is about, if it is about somebody.
    pub fn who(&self) -> Option<&Who> {
        match self {
            Self::CreateAccount { who, .. }
            | Self::Reactivate { who }
            | Self::Profile { who, .. }
            | Self::Seat { who, .. }
            | Self::OrganizationAdmin { who, .. }
            | Self::MakingTeams { who, .. }
            | Self::Deactivate { who } => Some(who),
            Self::CreateTeam { admin, .. } => Some(admin),
            Self::Manage { .. } => None,
        }
    }
}

/// Compares.
pub fn plan(entries: &[Entry], rules: &Rules, state: &State, options: Options) -> Plan {
    let mut planner = Planner::new(rules, state, options);
    planner.people(entries);
    planner.seats();
    planner.organization_admins();
    planner.makers_of_teams();
    planner.keep_last_admins();
    planner.finish()
}
