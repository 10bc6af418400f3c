//! Reads what we have of people of the directory.

use std::collections::{HashMap, HashSet};

use super::plan::{Known, OrganizationState, State, TeamState};
use super::store;
use crate::db::Reader;
use crate::domain::accounts::names::key_of;
use crate::domain::{organizations, teams};
use crate::error::Result;
use crate::id::{AccountId, EntityId};
use crate::policy::{OrganizationRole, TeamRole};

/// Everything that a plan compares the directory with.
pub(super) fn read(db: &Reader<'_>) -> Result<State> {
    read_with(db, store::people(db)?)
}

/// As [`read`], with one person alone, for a plan of what they are given.
pub(super) fn read_of(db: &Reader<'_>, account: AccountId) -> Result<State> {
    read_with(db, store::person(db, account)?.into_iter().collect())
}

/// As [`read_of`], for somebody without an account.
pub(super) fn read_of_nobody(db: &Reader<'_>) -> Result<State> {
    read_with(db, Vec::new())
}

fn read_with(db: &Reader<'_>, people: Vec<Known>) -> Result<State> {
    let ours: HashMap<AccountId, bool> = people.iter().map(|known| (known.account, known.active)).collect();
    let active: HashSet<AccountId> = store::active_accounts(db)?.into_iter().collect();
    let names = store::names(db)?;
    let by_id: HashMap<EntityId, &str> = names.iter().map(|name| (name.id, name.name.as_str())).collect();

    // Teams without anybody of the directory too: a rule may name them.
    let mut state_of: HashMap<EntityId, TeamState> = names
        .iter()
        .filter(|name| name.is_team)
        .map(|name| (name.id, TeamState { name: name.name.clone(), ..TeamState::default() }))
        .collect();
    for (team, managed) in teams::all_managed(db)? {
        if let Some(state) = state_of.get_mut(&team) {
            state.managed = Some(managed);
        }
    }
    for (team, account, grants) in teams::all_grants(db)? {
        let Some(state) = state_of.get_mut(&team) else { continue };
        if ours.contains_key(&account) {
            state.seats.insert(account, grants);
        } else {
            state.has_local_admin |= active.contains(&account) && grants.role() == Some(TeamRole::Admin);
        }
    }
    let mut organizations: HashMap<EntityId, OrganizationState> = names
        .iter()
        .filter(|name| name.is_organization)
        .map(|name| (name.id, OrganizationState { name: name.name.clone(), ..OrganizationState::default() }))
        .collect();
    let first = organizations.keys().min().and_then(|id| by_id.get(id)).copied().unwrap_or_default();
    let first_organization = key_of(first);
    for organizations::Admin { organization, account, by_hand, rule } in organizations::all_admins(db)? {
        let Some(state) = organizations.get_mut(&organization) else { continue };
        if ours.contains_key(&account) {
            state.admins.insert(account, (by_hand == OrganizationRole::Admin, rule));
        } else {
            state.has_local_admin |= active.contains(&account);
        }
    }
    for (organization, account, rule) in organizations::all_makers_of_teams(db)? {
        let known = organizations.get_mut(&organization).filter(|_| ours.contains_key(&account));
        if let Some(state) = known {
            state.makers.insert(account, rule);
        }
    }
    Ok(State {
        has_local_administrator: store::has_local_administrator(db)?,
        teams: state_of.into_values().map(|team| (key_of(&team.name), team)).collect(),
        organizations: organizations.into_values().map(|found| (key_of(&found.name), found)).collect(),
        first_organization,
        taken: store::taken(db)?,
        emails: store::emails(db)?,
        people,
    })
}
