//! Sessions of browsers: a random token in a cookie, kept as a hash.

use std::time::Duration;

use serde_json::json;

use super::model::{Account, Credential, Touch};
use super::names::key_of;
use super::{TOUCH_EVERY, actor_store, link_store, session_store, store};
use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::domain::{Call, audit};
use crate::error::{Error, Result};
use crate::id::AccountId;
use crate::policy::{self, Action, Actor};
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

/// A browser that somebody is signed in with.
#[derive(Clone, Debug)]
pub struct Session {
    pub(super) hash: [u8; 32],
    pub user_agent: String,
    /// Where it signed in from.
    pub address: String,
    pub started_at: Timestamp,
    /// Right to the minute.
    pub last_seen_at: Timestamp,
    pub expires_at: Timestamp,
}

impl Session {
    /// What it is called: a part of the hash of its token, from which nobody finds the token.
    pub fn id(&self) -> String {
        hex::encode(&self.hash[..8])
    }
    /// Whether it is the one with this token.
    pub fn has_token(&self, token: &str) -> bool {
        token_hash(token) == self.hash
    }
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
    let row = session_store::SessionRow {
        token_hash: token_hash(token.reveal()),
        account,
        expires_at: call.now.plus(browser.terms.idle.min(browser.terms.longest)),
        user_agent: &user_agent,
        address: call.address.as_deref().unwrap_or_default(),
        now: call.now,
    };
    session_store::insert(tx, &row)?;
    let signed_in = Call { actor: Actor { account: Some(account), ..Actor::nobody() }, ..call.clone() };
    audit::record(tx, &signed_in, "session.sign_in", "account", account.get(), &found.username, &json!({}))?;
    Ok(token)
}

/// Ends the session with that token; one that is over already is no error.
pub fn sign_out(tx: &Tx<'_>, call: &Call, token: &str) -> Result<()> {
    let Some(account) = session_store::delete(tx, &token_hash(token))? else {
        return Ok(());
    };
    let username = store::find(tx, account)?.map_or_else(String::new, |account| account.username);
    audit::record(tx, call, "session.sign_out", "account", account.get(), &username, &json!({}))
}

/// The sessions of an account, last used first; for the person and for administrators of the server.
pub fn list(db: &Reader<'_>, call: &Call, account: &Account) -> Result<Vec<Session>> {
    policy::require(&call.actor, Action::Manage, &account.target())?;
    session_store::of_account(db, account.id, call.now)
}

/// Ends the session of that name; `None` ends all but the one with the token `but`. Browsers that had them are signed out.
///
/// # Errors
/// As [`list`]; `NotFound` if there is no such session.
pub fn revoke(tx: &Tx<'_>, call: &Call, account: &Account, id: Option<&str>, but: Option<&str>) -> Result<()> {
    let kept = but.map(token_hash);
    let ended: Vec<Session> = match id {
        Some(id) => list(tx, call, account)?.into_iter().filter(|session| session.id() == id).collect(),
        None => list(tx, call, account)?.into_iter().filter(|session| Some(session.hash) != kept).collect(),
    };
    if ended.is_empty() && id.is_some() {
        return Err(Error::not_found("session"));
    }
    for session in &ended {
        session_store::delete(tx, &session.hash)?;
        let details = json!({ "address": session.address, "user_agent": session.user_agent, "started_at": session.started_at.to_string() });
        audit::record(tx, call, "session.revoke", "account", account.id.get(), &account.username, &details)?;
    }
    Ok(())
}

/// Signs an account out of every browser whose role on the server or in an organization somebody else has changed: what is open
/// there was shown to who they were. Who changes their own role goes on.
pub fn end_all(tx: &Tx<'_>, call: &Call, account: AccountId) -> Result<()> {
    if call.actor.account == Some(account) {
        return Ok(());
    }
    session_store::delete_of(tx, account)
}

/// Who the session with that token belongs to; `None` if it is over or its account deactivated.
pub fn actor_of_session(db: &Reader<'_>, token: &str, now: Timestamp) -> Result<Option<Credential>> {
    let hash = token_hash(token);
    let Some((account, seen_at)) = session_store::find(db, &hash, now)? else {
        return Ok(None);
    };
    let stale = now.since(seen_at) >= TOUCH_EVERY;
    let actor = actor_store::actor(db, account)?;
    Ok(actor.map(|actor| Credential { actor, touch: stale.then_some(Touch::Session(hash)) }))
}

/// Notes that the session was used.
pub(super) fn seen(tx: &Tx<'_>, hash: &[u8; 32], now: Timestamp, terms: Terms) -> Result<()> {
    let span_max = i64::try_from(terms.longest.as_micros()).unwrap_or(i64::MAX);
    session_store::set_seen(tx, hash, now, now.minus(TOUCH_EVERY), now.plus(terms.idle), span_max)
}

/// Forgets what lets nobody in any more: sessions and one-time links whose time is over.
pub fn forget_expired(tx: &Tx<'_>, now: Timestamp) -> Result<()> {
    session_store::delete_expired(tx, now)?;
    link_store::delete_expired(tx, now)
}
