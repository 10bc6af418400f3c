//! Locking accounts out, letting them in again, deleting them.

use serde_json::json;

use super::model::Account;
use super::{key_store, keys, seat_store, session_store, store};
use crate::db::{Reader, Tx};
use crate::domain::{Call, audit};
use crate::error::{Error, Result};
use crate::id::AccountId;
use crate::policy::{self, Action, Target};

/// What a deleted person's name becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Traces {
    /// What they made goes on showing their name, which stays taken.
    Kept,
    /// Their name is replaced everywhere, in the audit log too, and free again.
    Anonymized,
}

/// Locks an account out: its sessions end and its keys are refused from now on. What it logged stays.
///
/// # Errors
/// `Forbidden` unless the caller administers the server; `Conflict` for its last administrator and for the last admin of a
/// team or organization.
pub fn deactivate(tx: &Tx<'_>, call: &Call, id: AccountId) -> Result<()> {
    let account = judged(tx, call, id)?;
    if account.deactivated_at.is_some() {
        return Ok(());
    }
    require_dispensable(tx, &account)?;
    store::set_deactivated(tx, id, Some(call.now))?;
    session_store::delete_of(tx, id)?;
    audit::record(tx, call, "account.deactivate", "account", id.get(), &account.username, &json!({}))
}

/// Lets a deactivated account in again, with the keys it had.
pub fn reactivate(tx: &Tx<'_>, call: &Call, id: AccountId) -> Result<()> {
    let account = judged(tx, call, id)?;
    if account.deactivated_at.is_none() {
        return Ok(());
    }
    store::set_deactivated(tx, id, None)?;
    audit::record(tx, call, "account.reactivate", "account", id.get(), &account.username, &json!({}))
}

/// Deletes an account for good: its sessions, keys, seats, password and mail address go, what it logged stays. The doors call
/// [`crate::domain::forgetting`], which takes the name out of what other nouns have as well.
///
/// # Errors
/// As [`deactivate`]; `Conflict` for the caller's own account.
pub(in crate::domain) fn delete(tx: &Tx<'_>, call: &Call, id: AccountId, traces: Traces) -> Result<()> {
    let account = judged(tx, call, id)?;
    if call.actor.account == Some(id) {
        return Err(Error::conflict("one cannot delete the account one is signed in with; ask another administrator"));
    }
    if account.deactivated_at.is_none() {
        require_dispensable(tx, &account)?;
    }
    remove(tx, call, &account, traces)
}

/// As [`delete`], of a service account. For siblings, who judged the caller.
pub(in crate::domain) fn delete_service(tx: &Tx<'_>, call: &Call, account: &Account) -> Result<()> {
    remove(tx, call, account, Traces::Kept)
}

fn remove(tx: &Tx<'_>, call: &Call, account: &Account, traces: Traces) -> Result<()> {
    let id = account.id;
    for key in key_store::of_account(tx, id)? {
        keys::revoke(tx, call, &key)?;
    }
    session_store::delete_of(tx, id)?;
    seat_store::delete_seats_of(tx, id)?;
    store::set_deleted(tx, id, call.now)?;
    let details = json!({ "kind": account.kind.as_str(), "anonymized": traces == Traces::Anonymized });
    let mut shown = account.username.clone();
    if traces == Traces::Anonymized {
        shown = format!("deleted-{id}");
        store::rename(tx, id, &shown, "deleted person")?;
        if let Some(entity) = account.entity_id {
            store::rename_entity(tx, entity, &shown)?;
        }
        let (username, email) = (account.username.as_str(), account.email.as_deref());
        audit::forget(tx, call, &audit::Whom { account: id, username, email, shown: &shown })?;
    }
    audit::record(tx, call, "account.delete", "account", id.get(), &shown, &details)
}

/// Why an account cannot be locked out or deleted now, in words; nothing if it can.
///
/// # Errors
/// As [`deactivate`].
pub fn hindrance(db: &Reader<'_>, call: &Call, id: AccountId) -> Result<Option<String>> {
    let account = judged(db, call, id)?;
    if account.deactivated_at.is_some() {
        return Ok(None);
    }
    match require_dispensable(db, &account) {
        Ok(()) => Ok(None),
        Err(Error::Conflict(reason)) => Ok(Some(reason)),
        Err(fault) => Err(fault),
    }
}

fn judged(db: &Reader<'_>, call: &Call, id: AccountId) -> Result<Account> {
    policy::require(&call.actor, Action::Manage, &Target::Site)?;
    store::find(db, id)?.filter(|account| account.deleted_at.is_none()).ok_or_else(|| Error::not_found("account"))
}

/// Somebody must be left who administers the server, and who can sign in though no directory answers.
pub(super) fn require_other_administrator(db: &Reader<'_>, account: &Account) -> Result<()> {
    let (others, by_password) = seat_store::other_administrators(db, account.id)?;
    if others == 0 {
        return Err(Error::conflict(format!("{} is the last administrator of this server", account.username)));
    }
    if by_password == 0 && store::password_hash(db, account.id)?.is_some() {
        return Err(Error::conflict(format!(
            "{} is the last administrator with a password of this server; when the directory is down nobody else could sign in",
            account.username
        )));
    }
    Ok(())
}

/// Somebody must be left who administers what the account administers.
fn require_dispensable(db: &Reader<'_>, account: &Account) -> Result<()> {
    if account.site_admin {
        require_other_administrator(db, account)?;
    }
    let unheard = seat_store::organizations_without_contact(db, account.id)?;
    if !unheard.is_empty() {
        let (name, places) = (&account.username, unheard.join(", "));
        return Err(Error::conflict(format!("{name} is the last licence contact of {places}; name another first")));
    }
    let mut led = seat_store::teams_led_alone(db, account.id)?;
    led.extend(seat_store::organizations_led_alone(db, account.id)?);
    if !led.is_empty() {
        return Err(Error::conflict(format!(
            "{} is the last admin of {}; make somebody else admin there first",
            account.username,
            led.join(", ")
        )));
    }
    Ok(())
}
