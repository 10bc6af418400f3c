//! Whom a run is attributed to where a service account logs it, and what there is to say if that is not whom its process named.

use super::{store, upsert};
use crate::db::{Reader, Tx};
use crate::domain::accounts::Former;
use crate::domain::teams::{self, Entity};
use crate::domain::{Call, accounts};
use crate::error::Result;
use crate::id::AccountId;
use crate::policy::{self, Action, Target};

/// Why a run is not attributed to whom its process named; empty if it is, or named nobody.
pub(super) fn warning(db: &Reader<'_>, call: &Call, entity: &Entity, author: Option<AccountId>) -> Result<String> {
    let named = match call.actor.acting_for.filter(|person| author != Some(*person)) {
        Some(person) => accounts::find(db, person)?.map(|person| person.username),
        None => call.actor.unheard.clone(),
    };
    Ok(named.map_or_else(String::new, |named| {
        let team = &entity.name;
        format!("{named} is no active member of {team}, so the run is attributed to the service account that logs it")
    }))
}

/// The warning that a run will have which is about to begin; empty if it will have none, is there already, or cannot begin.
pub fn foreseen(db: &Reader<'_>, call: &Call, entity: Option<&str>, project: &str, name: &str) -> Result<String> {
    if call.actor.unheard.is_none() && call.actor.acting_for.is_none() {
        return Ok(String::new());
    }
    let entity = match entity {
        Some(name) => teams::entity_by_name(db, name)?,
        None => upsert::default_entity(db, call)?,
    };
    // Of a team that they may not log to they learn nothing here.
    let may_log = |entity: &Entity| policy::allows(&call.actor, Action::Write, &Target::Entity(entity.id));
    let Some(entity) = entity.filter(may_log) else { return Ok(String::new()) };
    if super::at(db, &entity.name, project, name)?.is_some() {
        return Ok(String::new());
    }
    warning(db, call, &entity, teams::author_in(db, call, &entity)?)
}

/// Takes the names of somebody who is gone out of the warnings of runs.
pub(in crate::domain) fn forget_names(tx: &Tx<'_>, former: &Former) -> Result<()> {
    for (run, warning) in store::warnings_with(tx, &former.username)? {
        if let Some(left) = former.struck_from(&warning) {
            store::set_warning(tx, run, &left)?;
        }
    }
    Ok(())
}
