//! From a person of the directory to an account. They are matched by the directory's id alone: whoever is renamed there keeps
//! runs and keys, and a namesake gets nobody's account.

use serde_json::json;

use super::person::Person;
use super::store;
use crate::db::{Reader, Tx};
use crate::domain::accounts::names::Name;
use crate::domain::accounts::sessions::{self, Browser};
use crate::domain::accounts::{self, NewAccount};
use crate::domain::{Call, audit};
use crate::error::{Error, Result};
use crate::id::AccountId;
use crate::secret::Secret;

/// Whether the account is a person's of the directory, so that its password is checked there.
pub fn is_linked(db: &Reader<'_>, account: AccountId) -> Result<bool> {
    store::is_linked(db, account)
}

/// Opens a session for a person whose password the directory found right, and makes their account if they have none and
/// `create` says so. Name and mail address follow the directory.
///
/// # Errors
/// `Forbidden` if accounts are not made at the first sign-in; `Conflict` if the name belongs to somebody else here;
/// `Unauthenticated` if the account is deactivated.
pub fn enter(tx: &Tx<'_>, call: &Call, person: &Person, create: bool, browser: &Browser) -> Result<(AccountId, Secret)> {
    let id = match store::account_of(tx, &person.id)? {
        Some(id) => {
            store::set_seen(tx, id, &person.dn, call.now)?;
            accounts::follow_directory(tx, call, id, person.name.as_deref(), person.email.as_deref())?;
            id
        }
        None if create => first_time(tx, call, person)?,
        None => {
            return Err(Error::forbidden(
                "the password is right, but you have no account on this server yet; ask one of its administrators for one",
            ));
        }
    };
    let token = sessions::sign_in(tx, call, id, browser)?;
    Ok((id, token))
}

fn first_time(tx: &Tx<'_>, call: &Call, person: &Person) -> Result<AccountId> {
    let username = Name::parse(&person.username).or_else(|_| Name::near(&person.username))?;
    if accounts::name_taken(tx, &username)? {
        return Err(Error::conflict(format!(
            "the name {username} is taken on this server by somebody who is not in the directory, by a team, or by who had \
             the name in the directory before; ask an administrator of this server"
        )));
    }
    let new = NewAccount {
        username: username.to_string(),
        name: person.name.clone(),
        email: person.email.clone(),
        password_hash: None,
        site_admin: false,
    };
    let account = accounts::create_from_directory(tx, call, &new)?;
    store::insert(tx, account.id, &person.id, &person.dn, call.now)?;
    let details = json!({ "dn": person.dn, "directory_id": person.id });
    audit::record(tx, call, "directory.link", "account", account.id.get(), &account.username, &details)?;
    Ok(account.id)
}
