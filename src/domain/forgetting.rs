//! Deletes people for good, and takes the names of those who are anonymized out of everything that tells of them. What they made
//! stays, and that it was one person who made it.

use super::accounts::life::{self, Traces};
use super::accounts::{self, Former};
use super::{Call, alerts, directory, discussions, exports, imports, invitations, notifications, reports, runs};
use crate::db::Tx;
use crate::error::Result;
use crate::id::AccountId;

/// Deletes an account: its sessions, keys, seats, password and mail address go, what it logged stays.
///
/// # Errors
/// `Forbidden` unless the caller administers the server; `Conflict` for the caller's own account, the last administrator and the last
/// admin of a team or organization.
pub fn delete_person(tx: &Tx<'_>, call: &Call, id: AccountId, traces: Traces) -> Result<()> {
    let before = accounts::find(tx, id)?;
    life::delete(tx, call, id, traces)?;
    notifications::forget_person(tx, id)?;
    reports::attention::forget_person(tx, id)?;
    let after = accounts::find(tx, id)?;
    let (Traces::Anonymized, Some(before), Some(after)) = (traces, before, after) else { return Ok(()) };
    let entry = directory::forget_entry(tx, id)?;
    let former = Former::new(&before, entry.as_deref(), &after.username)?;
    directory::sync::forget(tx, &former)?;
    invitations::forget(tx, &former)?;
    runs::forget_names(tx, &former)?;
    reports::forget(tx, &former, &after.name)?;
    discussions::forget(tx, &former)?;
    exports::forget_names(tx, &former)?;
    imports::forget_names(tx, &former)?;
    alerts::forget_names(tx, &former)
}
