//! API keys: named random secrets, shown once and kept as hashes.

use serde_json::json;

use super::model::{ApiKey, Credential, NewKey, Touch};
use super::{TOUCH_EVERY, actor_store, key_store, seat_store, store};
use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::domain::{Call, audit};
use crate::error::{Error, Result};
use crate::id::{AccountId, ApiKeyId, EntityId};
use crate::policy::{self, Action, Actor, Target};
use crate::secret::{Secret, random_bytes, token_hash};

/// The least characters of a secret: the client refuses shorter ones before it asks us.
pub const SECRET_CHARS_MIN: usize = 40;
const SECRET_CHARS_MAX: usize = 512;
const NAME_CHARS_MAX: usize = 128;
/// For people who may look but not log: the page of the vendor gives them no key, and neither do we.
const NO_KEYS: &str =
    "view-only people have no API keys: every role of this account is view-only; ask a team admin for the role Member";

/// The keys of an account that are not revoked, newest first.
pub fn keys(db: &Reader<'_>, call: &Call, account: AccountId) -> Result<Vec<ApiKey>> {
    policy::require(&call.actor, Action::Read, &target(db, account)?)?;
    key_store::of_account(db, account)
}

/// Makes a key, or takes over one that another server issued. The secret is returned this once.
///
/// # Errors
/// `Invalid` for a name, expiry or imported secret that cannot be; `Conflict` for an imported secret that is known here.
pub fn create_key(tx: &Tx<'_>, call: &Call, new: &NewKey) -> Result<(ApiKey, Secret)> {
    policy::require(&call.actor, Action::Manage, &target(tx, new.account)?)?;
    if new.import.is_some() {
        policy::require(&call.actor, Action::Manage, &Target::Site)?;
    }
    issue(tx, call, new)
}

/// As [`create_key`], for siblings, who judged the caller.
pub(in crate::domain) fn issue(tx: &Tx<'_>, call: &Call, new: &NewKey) -> Result<(ApiKey, Secret)> {
    let name = new.name.trim();
    if !(1..=NAME_CHARS_MAX).contains(&name.chars().count()) {
        return Err(Error::invalid(format!("the name of a key has 1 to {NAME_CHARS_MAX} characters")));
    }
    if new.expires_at.is_some_and(|at| at <= call.now) {
        return Err(Error::invalid("the expiry of a key must be in the future"));
    }
    let account = store::find(tx, new.account)?.ok_or_else(|| Error::not_found("account"))?;
    if seat_store::only_looks(tx, account.id)? && !seat_store::may_read_by_key(tx, account.id)? {
        return Err(Error::forbidden(NO_KEYS));
    }
    if account.deactivated_at.is_some() {
        return Err(Error::conflict(format!("the account {} is deactivated and can have no keys", account.username)));
    }
    let secret = match &new.import {
        Some(secret) => {
            check_import(tx, secret)?;
            secret.clone()
        }
        // 160 random bits in the alphabet and length that every client since the first accepts.
        None => Secret::new(hex::encode(random_bytes::<20>())),
    };
    let row = key_store::KeyRow {
        account: new.account,
        name,
        hint: &hint(secret.reveal()),
        secret_hash: token_hash(secret.reveal()),
        imported: new.import.is_some(),
        expires_at: new.expires_at,
        now: call.now,
    };
    let id = key_store::insert(tx, &row)?;
    let details = json!({ "account": account.username, "imported": row.imported });
    audit::record(tx, call, "key.create", "key", id.get(), name, &details)?;
    let key = key_store::by_id(tx, id)?.ok_or_else(|| Error::internal("a key is gone that was just made"))?;
    Ok((key, secret))
}

/// How many keys of an account would be suspended if it were made view-only in this team. For siblings, who judged the caller.
pub(in crate::domain) fn keys_by_seat(db: &Reader<'_>, account: AccountId, team: EntityId) -> Result<i64> {
    if seat_store::may_read_by_key(db, account)? { Ok(0) } else { seat_store::keys_by_seat(db, account, team) }
}

/// Revokes a key: the next request that carries it is refused.
pub fn revoke_key(tx: &Tx<'_>, call: &Call, id: ApiKeyId) -> Result<()> {
    let key = key_store::by_id(tx, id)?.ok_or_else(|| Error::not_found("key"))?;
    if !policy::allows(&call.actor, Action::Manage, &target(tx, key.account)?) {
        return Err(Error::not_found("key"));
    }
    revoke(tx, call, &key)
}

/// As [`revoke_key`], for siblings, who judged the caller.
pub(in crate::domain) fn revoke(tx: &Tx<'_>, call: &Call, key: &ApiKey) -> Result<()> {
    key_store::set_revoked(tx, key.id, call.now)?;
    audit::record(tx, call, "key.revoke", "key", key.id.get(), &key.name, &json!({ "account_id": key.account }))
}

/// Who sends this secret.
///
/// # Errors
/// `Unauthenticated`, saying what is wrong with the key: missing, short, unknown, revoked, expired, or its account deactivated.
pub fn actor_of_key(db: &Reader<'_>, secret: &str, now: Timestamp) -> Result<Credential> {
    let refuse = |why: String| Err(Error::Unauthenticated(why));
    if secret.is_empty() {
        return refuse("no API key was sent; copy one from the page /authorize of this server".to_owned());
    }
    if secret.chars().count() < SECRET_CHARS_MIN {
        return refuse(format!("this API key is too short: keys have at least {SECRET_CHARS_MIN} characters"));
    }
    let Some((key, revoked_at)) = key_store::by_hash(db, &token_hash(secret))? else {
        return refuse("this server does not know this API key; copy one from its page /authorize".to_owned());
    };
    if revoked_at.is_some() {
        return refuse(format!("the API key {} was revoked; copy another from the page /authorize", key.hint));
    }
    if let Some(at) = key.expires_at.filter(|at| *at <= now) {
        return refuse(format!("the API key {} expired on {at}; copy another from the page /authorize", key.hint));
    }
    let Some(actor) = actor_store::actor(db, key.account)? else {
        return refuse("the account of this API key is deactivated; ask an administrator of this server".to_owned());
    };
    let mut actor = Actor { by_key: true, ..actor };
    if seat_store::only_looks(db, key.account)? {
        if !seat_store::may_read_by_key(db, key.account)? {
            return Err(Error::forbidden(NO_KEYS));
        }
        // It reads and does nothing else, in the personal space neither.
        actor.personal = None;
    }
    let stale = key.last_used_at.is_none_or(|at| now.since(at) >= TOUCH_EVERY);
    Ok(Credential { actor, touch: stale.then_some(Touch::Key(key.id)) })
}

fn target(db: &Reader<'_>, account: AccountId) -> Result<Target> {
    Ok(store::find(db, account)?.ok_or_else(|| Error::not_found("account"))?.target())
}

fn check_import(tx: &Tx<'_>, secret: &Secret) -> Result<()> {
    let text = secret.reveal();
    let count = text.chars().count();
    if count < SECRET_CHARS_MIN {
        return Err(Error::invalid(format!(
            "the key to import is too short: it has {count} characters, the client wants at least {SECRET_CHARS_MIN}"
        )));
    }
    if count > SECRET_CHARS_MAX || !text.chars().all(|letter| letter.is_ascii_graphic()) {
        return Err(Error::invalid(format!(
            "a key to import has at most {SECRET_CHARS_MAX} characters: letters, digits and signs without blanks"
        )));
    }
    if key_store::by_hash(tx, &token_hash(text))?.is_some() {
        return Err(Error::conflict("this server already knows the key to import"));
    }
    Ok(())
}

/// Enough of a secret to tell keys apart. In ASCII: releases of the client before 0.19 send it as if it were the key, and would
/// break off at any other letter.
fn hint(secret: &str) -> String {
    let letters: Vec<char> = secret.chars().collect();
    let first: String = letters.iter().take(4).collect();
    let last: String = letters[letters.len().saturating_sub(4)..].iter().collect();
    format!("{first}...{last}")
}
