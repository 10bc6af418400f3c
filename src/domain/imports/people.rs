//! Whose a thing is here that somebody made elsewhere.

use crate::db::Reader;
use crate::domain::Call;
use crate::domain::accounts::{self, AccountKind};
use crate::domain::teams::{self, Entity};
use crate::error::Result;
use crate::id::AccountId;
use crate::policy::{self, Action, Target, TeamRole};

/// The person of that user name, if they may log to the entity that the thing goes to: nobody gets things where they are nobody.
pub(super) fn person(db: &Reader, call: &Call, entity: &Entity, username: &str) -> Result<Option<AccountId>> {
    someone(db, call, entity, username, TeamRole::Member)
}

/// The person of that user name who said something there, which people do who only look too.
pub(super) fn speaker(db: &Reader, call: &Call, entity: &Entity, username: Option<&str>) -> Result<Option<AccountId>> {
    username.map_or(Ok(None), |username| someone(db, call, entity, username, TeamRole::ViewOnly))
}

/// Anybody can write a bundle, and nobody speaks for others: who does not answer for the entity brings in what is theirs alone.
fn someone(db: &Reader, call: &Call, entity: &Entity, username: &str, least: TeamRole) -> Result<Option<AccountId>> {
    let Some(account) = accounts::by_username(db, username)? else { return Ok(None) };
    let is_theirs = call.actor.author() == Some(account.id);
    if !is_theirs && !policy::allows(&call.actor, Action::Manage, &Target::Entity(entity.id)) {
        return Ok(None);
    }
    if account.deactivated_at.is_some() || account.deleted_at.is_some() {
        return Ok(None);
    }
    let role = teams::role_of(db, entity, account.id)?;
    let fits = match account.kind {
        AccountKind::User => role.is_some_and(|role| role >= least),
        AccountKind::Service => role == Some(TeamRole::Service),
    };
    Ok(fits.then_some(account.id))
}
