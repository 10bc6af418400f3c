//! One-time links: `/signup?token=…` for the first administrator, `/recover?token=…` for who is locked out.

use std::time::Duration;

use serde_json::json;

use super::model::{Account, NewAccount};
use super::{install_administrator, link_store, needs_setup, session_store, store};
use crate::db::Tx;
use crate::domain::{Call, audit};
use crate::error::{Error, Result};
use crate::id::AccountId;
use crate::secret::{Secret, random_token, token_hash};

const SETUP_LASTS: Duration = Duration::from_secs(24 * 3600);
const RECOVER_LASTS: Duration = Duration::from_secs(15 * 60);

/// What a link is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Setup,
    Recover,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Recover => "recover",
        }
    }
}

/// Makes the token of a link that creates the first administrator: good for a day, and only while there is none. For the
/// server itself, which prints it; not judged by the policy.
pub fn create_setup(tx: &Tx<'_>, call: &Call) -> Result<Secret> {
    if !needs_setup(tx)? {
        return Err(Error::conflict("this server has an administrator already; \"runstead admin recover\" lets one in again"));
    }
    let token = random_token();
    let expires_at = call.now.plus(SETUP_LASTS);
    link_store::insert(tx, &token_hash(token.reveal()), Purpose::Setup.as_str(), None, call.now, expires_at)?;
    Ok(token)
}

/// Makes the token of a link that sets a new password: good for 15 minutes. For the operator's command line; not judged by
/// the policy.
pub fn create_recover(tx: &Tx<'_>, call: &Call, username: &str) -> Result<Secret> {
    let account = super::by_username(tx, username)?.ok_or_else(|| Error::not_found(format!("account {username}")))?;
    if account.deactivated_at.is_some() {
        return Err(Error::conflict(format!("the account {} is deactivated", account.username)));
    }
    let token = random_token();
    let expires_at = call.now.plus(RECOVER_LASTS);
    link_store::insert(tx, &token_hash(token.reveal()), Purpose::Recover.as_str(), Some(account.id), call.now, expires_at)?;
    audit::record(tx, call, "account.recover_link", "account", account.id.get(), &account.username, &json!({}))?;
    Ok(token)
}

/// Uses a link up. Returns the account it is for; a set-up link is for none.
///
/// # Errors
/// `Invalid`, in the same words whether the link never was, was used or has expired.
pub fn use_link(tx: &Tx<'_>, call: &Call, token: &str, purpose: Purpose) -> Result<Option<AccountId>> {
    let hash = token_hash(token);
    if !link_store::take(tx, &hash, purpose.as_str(), call.now)? {
        let again = match purpose {
            Purpose::Setup => "restart the server for a new one",
            Purpose::Recover => "the operator makes a new one with \"runstead admin recover\"",
        };
        return Err(Error::invalid(format!("this link was used already or has expired; {again}")));
    }
    link_store::account(tx, &hash)
}

/// Creates the first administrator and the organization with a set-up link.
pub fn set_up(tx: &Tx<'_>, call: &Call, token: &str, new: &NewAccount, organization: &str) -> Result<Account> {
    use_link(tx, call, token, Purpose::Setup)?;
    if !needs_setup(tx)? {
        return Err(Error::conflict("this server has an administrator already; sign in"));
    }
    let account = install_administrator(tx, call, new, organization)?;
    audit::record(tx, call, "server.setup", "account", account.id.get(), &account.username, &json!({}))?;
    Ok(account)
}

/// Sets a new password with a recovery link and ends all sessions of the account.
pub fn recover(tx: &Tx<'_>, call: &Call, token: &str, password_hash: &str) -> Result<Account> {
    let id = use_link(tx, call, token, Purpose::Recover)?.ok_or_else(|| Error::internal("a recovery link for nobody"))?;
    let account = store::find(tx, id)?.ok_or_else(|| Error::not_found("account"))?;
    store::set_password_hash(tx, id, password_hash)?;
    session_store::delete_of(tx, id)?;
    audit::record(tx, call, "account.recover", "account", id.get(), &account.username, &json!({}))?;
    Ok(account)
}
