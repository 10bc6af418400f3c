//! Sessions of browsers: a random token in a cookie, kept as a hash.

use std::time::Duration;

use serde_json::json;

use super::model::{Account, Credential, Touch};
use super::names::key_of;
use super::{TOUCH_EVERY, store};
use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::domain::{Call, audit};
use crate::error::{Error, Result};
use crate::id::AccountId;
use crate::policy::Actor;
use crate::secret::{Secret, random_token, token_hash};

const USER_AGENT_CHARS_MAX: usize = 256;

/// How long sessions last.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// Without use.
    pub idle: Duration,
    /// From its start, however much it is used.
    pub longest: Duration,
}

/// What somebody signs in with, and how long it may stay signed in.
#[derive(Clone, Debug)]
pub struct Browser {
    pub user_agent: String,
    pub terms: Terms,
}

/// Who a sign-in would be for, and what their password is checked against.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub account: Account,
    pub password_hash: Option<String>,
}

/// The account with that user name or mail address.
pub fn candidate(db: &Reader<'_>, login: &str) -> Result<Option<Candidate>> {
    let key = key_of(login);
    // A user name has no "@", so the two cannot be mistaken for each other.
    let found = if key.contains('@') { store::by_email(db, &key)? } else { store::by_username(db, &key)? };
    found.map(|account| Ok(Candidate { password_hash: store::password_hash(db, account.id)?, account })).transpose()
}

/// The one text for an unknown user and for a wrong password.
pub fn wrong_login() -> Error {
    Error::unauthenticated("the user name or the password is not right")
}

/// Opens a session for an account whose password was found right. Returns the token for the cookie.
///
/// # Errors
/// `Unauthenticated` if the account is deactivated.
pub fn sign_in(tx: &Tx<'_>, call: &Call, account: AccountId, browser: &Browser) -> Result<Secret> {
    let found = store::find(tx, account)?.ok_or_else(wrong_login)?;
    if found.deactivated_at.is_some() {
        return Err(Error::unauthenticated("this account is deactivated; ask an administrator of this server"));
    }
    let token = random_token();
    let user_agent: String = browser.user_agent.chars().take(USER_AGENT_CHARS_MAX).collect();
    let row = store::SessionRow {
        token_hash: token_hash(token.reveal()),
        account,
        expires_at: call.now.plus(browser.terms.idle.min(browser.terms.longest)),
        user_agent: &user_agent,
        address: call.address.as_deref().unwrap_or_default(),
        now: call.now,
    };
    store::insert_session(tx, &row)?;
    let signed_in = Call { actor: Actor { account: Some(account), ..Actor::nobody() }, ..call.clone() };
    audit::record(tx, &signed_in, "session.sign_in", "account", account.get(), &found.username, &json!({}))?;
    Ok(token)
}

/// Ends the session with that token; one that is over already is no error.
pub fn sign_out(tx: &Tx<'_>, token: &str) -> Result<()> {
    store::delete_session(tx, &token_hash(token))
}

/// Who the session with that token belongs to; `None` if it is over or its account deactivated.
pub fn actor_of_session(db: &Reader<'_>, token: &str, now: Timestamp) -> Result<Option<Credential>> {
    let hash = token_hash(token);
    let Some((account, seen_at)) = store::session(db, &hash, now)? else {
        return Ok(None);
    };
    let stale = now.since(seen_at) >= TOUCH_EVERY;
    let actor = store::actor(db, account)?;
    Ok(actor.map(|actor| Credential { actor, touch: stale.then_some(Touch::Session(hash)) }))
}

/// Notes that the session was used.
pub(super) fn seen(tx: &Tx<'_>, hash: &[u8; 32], now: Timestamp, terms: Terms) -> Result<()> {
    let span_max = i64::try_from(terms.longest.as_micros()).unwrap_or(i64::MAX);
    store::set_session_seen(tx, hash, now, now.minus(TOUCH_EVERY), now.plus(terms.idle), span_max)
}

/// Forgets what lets nobody in any more: sessions and one-time links whose time is over.
pub fn forget_expired(tx: &Tx<'_>, now: Timestamp) -> Result<()> {
    store::delete_expired_sessions(tx, now)?;
    store::delete_expired_links(tx, now)
}
