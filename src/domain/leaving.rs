//! What somebody answers for besides their runs, and handing all of it over when they leave a team.

use super::projects::owners;
use super::teams::Entity;
use super::{Call, alerts, reports};
use crate::db::{Reader, Tx};
use crate::error::{Error, Result};
use crate::id::{AccountId, EntityId};
use crate::policy::{self, Action, Target};

/// What somebody wrote that others read and are told by, beside the projects that they own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Reports and drafts.
    pub reports: i64,
    pub alerts: i64,
}

/// Counts it, in one team or everywhere; for who was found to be allowed to know what they have there.
pub fn written(db: &Reader<'_>, team: Option<EntityId>, account: AccountId) -> Result<Written> {
    Ok(Written { reports: reports::count_of(db, team, account)?, alerts: alerts::count_of(db, team, account)? })
}

/// Hands over the projects, reports and alerts that somebody answers for in a team, for its admins: all of it or nothing. What lies in
/// restricted projects that the caller may not look into waits for an owner.
///
/// # Errors
/// `Forbidden` by the policy; `NotFound` for an unknown user name; `Invalid` for who may not do there what an owner does.
pub fn hand_over(tx: &Tx<'_>, call: &Call, team: &Entity, from: AccountId, username: &str) -> Result<()> {
    policy::require(&call.actor, Action::Manage, &Target::Entity(team.id))?;
    if owners::heir(tx, username)? == from {
        return Err(Error::invalid(format!("what is to be handed over is {username}'s already; name somebody who stays")));
    }
    owners::hand_over_all(tx, call, team, from, username)?;
    reports::hand_over_all(tx, call, team, from, username)?;
    alerts::hand_over_all(tx, call, team, from, username)
}
