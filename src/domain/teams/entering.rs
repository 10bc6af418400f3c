//! That somebody who administers the organization or the server saw what a team holds, without a seat there, is in the audit log:
//! once a day for each of them and each team, and not once a request.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use serde_json::json;

use super::super::{Call, audit};
use super::entering_store as store;
use crate::clock::Timestamp;
use crate::db::{Db, Tx};
use crate::error::Result;
use crate::id::{AccountId, EntityId};

const DAY_MICROS: i64 = 24 * 3600 * 1_000_000;

/// Whose entries of this day are known to be recorded, so that the store is not asked with every request. It forgets: the store
/// decides.
#[derive(Debug, Default)]
pub struct Register(Mutex<(i64, BTreeSet<(AccountId, EntityId)>)>);

impl Register {
    fn unknown(&self, account: AccountId, day: i64, entered: BTreeSet<EntityId>) -> Vec<EntityId> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entered.into_iter().filter(|entity| known.0 != day || !known.1.contains(&(account, *entity))).collect()
    }

    fn note(&self, account: AccountId, day: i64, recorded: &[EntityId]) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.0 != day {
            *known = (day, BTreeSet::new());
        }
        known.1.extend(recorded.iter().map(|entity| (account, *entity)));
    }
}

/// Records whom the caller's office let into what, as far as that is not recorded for today.
///
/// # Errors
/// It could not be recorded; then what was seen must not be answered.
pub async fn record(db: &Db, register: &Register, call: &Call, entered: BTreeSet<EntityId>) -> Result<()> {
    let (Some(account), day) = (call.actor.account, day(call.now)) else { return Ok(()) };
    let entities = register.unknown(account, day, entered);
    if entities.is_empty() {
        return Ok(());
    }
    let (call, wanted) = (call.clone(), entities.clone());
    db.write(move |tx| wanted.iter().try_for_each(|entity| enter(tx, &call, account, *entity, day))).await?;
    register.note(account, day, &entities);
    Ok(())
}

fn enter(tx: &Tx<'_>, call: &Call, account: AccountId, id: EntityId, day: i64) -> Result<()> {
    // What was deleted for good since it was read has nothing that was seen of it.
    let Some((kind, name)) = store::named(tx, id)? else { return Ok(()) };
    if !store::enter(tx, account, id, day)? {
        return Ok(());
    }
    let office = if call.actor.site_admin { "administrator of the server" } else { "admin of the organization" };
    let action = format!("{}.enter", kind.as_str());
    audit::record(tx, call, &action, "entity", id.get(), &name, &json!({ "office": office }))
}

/// Days since 1970, by UTC.
fn day(at: Timestamp) -> i64 {
    at.micros().div_euclid(DAY_MICROS)
}
