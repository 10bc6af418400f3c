//! Lists of accounts, and changing what an account says of its person.

use serde_json::json;

use super::life::require_other_administrator;
use super::model::Account;
use super::names::{check_email, key_of};
use super::{session_store, sessions, store};
use crate::db::{Reader, Tx};
use crate::domain::{Call, audit};
use crate::error::{Error, Result};
use crate::id::AccountId;
use crate::page::{Cursor, Page};
use crate::policy::{self, Action, Target};

const NAME_CHARS_MAX: usize = 128;

/// Which accounts a list holds.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// A part of the user name or of the name people read; administrators of the server find mail addresses too.
    pub text: String,
    /// Also those who are deactivated; only administrators of the server see them.
    pub deactivated: bool,
}

/// Changes to an account; `None` leaves a value as it is.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    pub name: Option<String>,
    /// Empty for none.
    pub email: Option<String>,
    pub password: Option<NewPassword>,
    pub site_admin: Option<bool>,
    pub code_saving: Option<bool>,
}

/// A new password.
#[derive(Clone, Debug)]
pub struct NewPassword {
    /// From [`super::passwords::hash`].
    pub hash: String,
    /// Whether the person has just shown that they know the old one.
    pub old_one_shown: bool,
}

/// People by user name, a page at a time. For those who are signed in.
pub fn page(db: &Reader<'_>, call: &Call, search: &Search, after: Option<&str>, first: usize) -> Result<Page<Account>> {
    call.actor.known()?;
    let administers = policy::allows(&call.actor, Action::Manage, &Target::Site);
    let after: Option<String> = after.map(Cursor::decode).transpose()?;
    let rows = store::PeopleRows {
        text: &key_of(&search.text),
        with_email: administers,
        with_deactivated: administers && search.deactivated,
        after: after.as_deref().unwrap_or_default(),
        limit: first + 1,
    };
    let mut found = store::people(db, &rows)?;
    let has_next = found.len() > first;
    found.truncate(first);
    let items = found.into_iter().map(|account| (Cursor::encode(&key_of(&account.username)), account)).collect();
    Ok(Page { items, has_next })
}

/// Changes what is given. A new password ends the sessions of the account.
///
/// # Errors
/// `NotFound` or `Forbidden` by the policy: people change their own account, administrators of the server everybody's and
/// alone who administers it. `Forbidden` for an own password without the old one; `Conflict` for a mail address that another
/// account has, and for the last administrator.
pub fn update(tx: &Tx<'_>, call: &Call, id: AccountId, changes: &Changes) -> Result<Account> {
    let account = store::find(tx, id)?.filter(|account| account.deleted_at.is_none());
    let account = account.ok_or_else(|| Error::not_found("account"))?;
    policy::require(&call.actor, Action::Manage, &Target::Account(id))?;
    let mut changed = Vec::new();
    if let Some(name) = &changes.name {
        let name = name.trim();
        if !(1..=NAME_CHARS_MAX).contains(&name.chars().count()) {
            return Err(Error::invalid(format!("the name of a person has 1 to {NAME_CHARS_MAX} characters")));
        }
        store::set_name(tx, id, name)?;
        changed.push("name");
    }
    if let Some(email) = &changes.email {
        set_email(tx, &account, email.trim())?;
        changed.push("email");
    }
    if let Some(saving) = changes.code_saving {
        store::set_code_saving(tx, id, saving)?;
        changed.push("code_saving");
    }
    if let Some(administers) = changes.site_admin.filter(|wanted| *wanted != account.site_admin) {
        policy::require(&call.actor, Action::Manage, &Target::Site)?;
        if !administers {
            require_other_administrator(tx, &account)?;
        }
        store::set_site_admin(tx, id, administers)?;
        sessions::end_all(tx, call, id)?;
        changed.push(if administers { "site_admin: yes" } else { "site_admin: no" });
    }
    if let Some(password) = &changes.password {
        let others = call.actor.account != Some(id);
        if !(password.old_one_shown || others && policy::allows(&call.actor, Action::Manage, &Target::Site)) {
            return Err(Error::forbidden("to choose a new password, send the one you have as current_password"));
        }
        store::set_password_hash(tx, id, &password.hash)?;
        session_store::delete_of(tx, id)?;
        changed.push("password");
    }
    if !changed.is_empty() {
        audit::record(tx, call, "account.update", "account", id.get(), &account.username, &json!({ "changed": changed }))?;
    }
    store::find(tx, id)?.ok_or_else(|| Error::internal("an account is gone that was just changed"))
}

fn set_email(tx: &Tx<'_>, account: &Account, email: &str) -> Result<()> {
    if email.is_empty() {
        return store::set_email(tx, account.id, None, None);
    }
    check_email(email)?;
    let key = key_of(email);
    if store::by_email(tx, &key)?.is_some_and(|other| other.id != account.id) {
        return Err(Error::conflict(format!("another account has the e-mail address {email}")));
    }
    store::set_email(tx, account.id, Some(email), Some(&key))
}
