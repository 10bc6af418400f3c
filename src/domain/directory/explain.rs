//! Why somebody has what they have, or has it not: what the directory says of one person, what they have here and from where,
//! and what follows from it.

use serde::Serialize;

use super::lookup::named;
use super::plan::{Change, Kept, Options, State, plan};
use super::report::refusal;
use super::snapshot::{Entry, may_sign_in};
use super::{Directory, Person, state, store};
use crate::db::{Db, Reader};
use crate::domain::accounts::{self, Account};
use crate::domain::teams::Grants;
use crate::domain::{Call, teams};
use crate::error::{Error, Result};
use crate::policy::{self, Action, OrganizationRole, Target};

/// What is known of one person.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// As the directory says; `None` if it has nobody, or several, with that login.
    pub person: Option<Person>,
    /// Whether they get in with the right password, and if not, why.
    pub may_sign_in: bool,
    pub because: String,
    /// Their account here.
    pub account: Option<Known>,
    /// The whole names of their groups, through groups in groups.
    pub groups: Vec<String>,
    /// What a rule gives them: its group, and what it gives, in words.
    pub gives: Vec<(String, String)>,
    /// What they have here now.
    pub seats: Vec<Seat>,
    /// What signing in would change.
    pub changes: Vec<Change>,
    /// What the directory says and is not done.
    pub kept: Vec<Kept>,
}

/// An account here.
#[derive(Clone, Debug, Serialize)]
pub struct Known {
    pub username: String,
    pub active: bool,
    /// Whether it is of this server alone, so that the directory changes nothing about it.
    pub local: bool,
}

/// A role in a team or organization.
#[derive(Clone, Debug, Serialize)]
pub struct Seat {
    /// `team vision`.
    pub place: String,
    pub role: &'static str,
    /// Who gave it: a group, somebody here, or both.
    pub from: String,
}

impl Directory {
    /// # Errors
    /// `Forbidden` unless the caller administers the server; `NotFound` if neither the directory nor this server knows the
    /// login; `Unavailable` if the directory does not answer; `Invalid` for a mistake in the rules.
    pub async fn explain(&self, db: &Db, call: &Call, login: &str) -> Result<Explanation> {
        policy::require(&call.actor, Action::Manage, &Target::Site)?;
        let rules = self.rules(db).await?;
        let Some(person) = self.look_up(login).await? else {
            return self.explain_absent(db, login).await;
        };
        let above = self.groups_of(&person).await?;
        let held = named(&above, &rules);
        let because = refusal(&person, may_sign_in(&rules, &held), call.now);
        let gives = held.iter().map(|number| &rules.0[*number]).map(|rule| (rule.group.clone(), rule.in_words()));
        let mut explanation = Explanation {
            may_sign_in: because.is_empty(),
            because,
            account: None,
            groups: above.into_iter().map(|group| group.dn).collect(),
            gives: gives.collect(),
            seats: Vec::new(),
            changes: Vec::new(),
            kept: Vec::new(),
            person: Some(person.clone()),
        };
        let options = Options { creates_accounts: self.settings.create_accounts, keeps_by_hand: true, is_everybody: false };
        let found = db.read(move |reader| {
            let account = store::account_of(reader, &person.id)?;
            let state = match account {
                Some(account) => state::read_of(reader, account)?,
                None => state::read_of_nobody(reader)?,
            };
            let account = account.map(|account| accounts::find(reader, account)).transpose()?.flatten();
            let plan = plan(&[Entry { person, rules: held }], &rules, &state, options);
            let seats = account.as_ref().map(|account| seats(account, &state)).unwrap_or_default();
            Ok((account.map(|account| known(&account, false)), seats, plan))
        });
        let (account, seats, plan) = found.await?;
        (explanation.account, explanation.seats, explanation.kept) = (account, seats, plan.kept);
        if explanation.may_sign_in {
            explanation.changes = plan.changes;
        }
        Ok(explanation)
    }

    /// Of somebody whom the directory does not let in by that login.
    async fn explain_absent(&self, db: &Db, login: &str) -> Result<Explanation> {
        let disabled = self.look_up_disabled(login).await?;
        let name = login.to_owned();
        let (account, seats) = db.read(move |reader| here(reader, &name)).await?;
        let because = match (&disabled, &account) {
            (Some(dn), _) => format!("{dn} is disabled: it fits {}", self.settings.disabled_filter),
            (None, Some(known)) if known.local => {
                "the account is of this server alone; its password is checked here".to_owned()
            }
            (None, Some(_)) => "the directory has nobody, or several, with that login any more".to_owned(),
            (None, None) => return Err(Error::not_found(format!("one person of the directory with the login {login}"))),
        };
        Ok(Explanation {
            person: None,
            may_sign_in: disabled.is_none() && account.as_ref().is_some_and(|known| known.local && known.active),
            because,
            account,
            groups: Vec::new(),
            gives: Vec::new(),
            seats,
            changes: Vec::new(),
            kept: Vec::new(),
        })
    }
}

/// The account with that user name, and what it has.
fn here(reader: &Reader<'_>, username: &str) -> Result<(Option<Known>, Vec<Seat>)> {
    let Some(account) = accounts::by_username(reader, username)? else {
        return Ok((None, Vec::new()));
    };
    if store::is_linked(reader, account.id)? {
        let state = state::read_of(reader, account.id)?;
        return Ok((Some(known(&account, false)), seats(&account, &state)));
    }
    let by_hand = teams::entities_of(reader, account.id)?.into_iter().filter(|entity| entity.kind == teams::EntityKind::Team);
    let seat = |team: teams::Entity| {
        let member = teams::member(reader, &team, account.id)?;
        Ok(member.map(|member| Seat {
            place: format!("team {}", team.name),
            role: member.role.as_str(),
            from: "given here".to_owned(),
        }))
    };
    let seats = by_hand.map(seat).collect::<Result<Vec<_>>>()?;
    Ok((Some(known(&account, true)), seats.into_iter().flatten().collect()))
}

fn known(account: &Account, local: bool) -> Known {
    Known { username: account.username.clone(), active: account.deactivated_at.is_none(), local }
}

/// What a person of the directory has here.
fn seats(account: &Account, state: &State) -> Vec<Seat> {
    let of_team = |team: &super::plan::TeamState| {
        let grants = team.seats.get(&account.id)?;
        Some(Seat { place: format!("team {}", team.name), role: grants.role()?.as_str(), from: from(grants) })
    };
    let of_organization = |organization: &super::plan::OrganizationState| {
        let (by_hand, rule) = organization.admins.get(&account.id)?;
        let group = rule.as_ref().map(|rule| format!("group {rule}"));
        let from = [group, by_hand.then(|| "given here".to_owned())].into_iter().flatten().collect::<Vec<_>>().join(" and ");
        let place = format!("organization {}", organization.name);
        Some(Seat { place, role: OrganizationRole::Admin.as_str(), from })
    };
    let maker = |organization: &super::plan::OrganizationState| {
        let rule = organization.makers.get(&account.id)?;
        Some(Seat {
            place: format!("organization {}", organization.name),
            role: "creates teams",
            from: format!("group {rule}"),
        })
    };
    let mut seats: Vec<Seat> = state.organizations.values().filter_map(of_organization).collect();
    seats.extend(state.organizations.values().filter_map(maker));
    seats.extend(state.teams.values().filter_map(of_team));
    seats.sort_by(|left, right| left.place.cmp(&right.place));
    seats
}

fn from(grants: &Grants) -> String {
    let group = grants.directory.as_ref().map(|given| format!("group {} ({})", given.rule, given.role.as_str()));
    let hand = grants.hand.map(|role| format!("given here ({})", role.as_str()));
    [group, hand].into_iter().flatten().collect::<Vec<_>>().join(" and ")
}
