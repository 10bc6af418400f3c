//! From a person of the directory to an account. They are matched by the directory's id alone: whoever is renamed there keeps
//! runs and keys, and a namesake gets nobody's account.

use serde_json::json;

use super::person::Person;
use super::plan::{Change, Options, plan};
use super::planner::name_taken;
use super::rules::Rules;
use super::snapshot::{Entry, may_sign_in, not_let_in};
use super::{apply, state, store, syncs_store};
use crate::db::{Reader, Tx};
use crate::domain::accounts::names::Name;
use crate::domain::accounts::sessions::{self, Browser};
use crate::domain::accounts::{self, NewAccount, life};
use crate::domain::{Call, audit, invitations};
use crate::error::{Error, Result};
use crate::id::AccountId;
use crate::policy::Actor;
use crate::secret::Secret;

/// Whether the account is a person's of the directory, so that its password is checked there.
pub fn is_linked(db: &Reader<'_>, account: AccountId) -> Result<bool> {
    store::is_linked(db, account)
}

/// Of people of the directory, those who have no account here.
pub fn without_account(db: &Reader<'_>, people: Vec<Person>) -> Result<Vec<Person>> {
    let mut new = Vec::new();
    for person in people {
        if store::account_of(db, &person.id)?.is_none() {
            new.push(person);
        }
    }
    Ok(new)
}

/// The user name that a person of the directory has here, if they have an account.
pub fn username_of(db: &Reader<'_>, person: &Person) -> Result<Option<String>> {
    let account = store::account_of(db, &person.id)?.map(|id| accounts::find(db, id)).transpose()?.flatten();
    Ok(account.map(|account| account.username))
}

/// What a sign-in takes from the directory besides the person.
#[derive(Clone, Debug)]
pub struct Admission {
    pub person: Person,
    pub rules: Rules,
    /// The rules, by their numbers, that give the person something.
    pub held: Vec<usize>,
    /// Whether who has no account is given one.
    pub creates_accounts: bool,
}

/// Opens a session for a person whose password the directory found right, and makes their account if they have none and may
/// be given one. Name, mail address and what their groups give follow the directory; what their groups no longer give is left
/// to the next sync, which sees everybody and is guarded.
///
/// # Errors
/// `Forbidden` if no group lets them in, or accounts are not made at the first sign-in; `Conflict` if the name belongs to
/// somebody else here; `Unauthenticated` if the account was deactivated here.
pub fn enter(tx: &Tx<'_>, call: &Call, admission: &Admission, browser: &Browser) -> Result<(AccountId, Secret)> {
    let Admission { person, rules, held, creates_accounts } = admission;
    if !may_sign_in(rules, held) {
        return Err(not_let_in());
    }
    let id = match store::account_of(tx, &person.id)? {
        Some(id) => {
            store::set_seen(tx, id, &person.dn, call.now)?;
            id
        }
        None if *creates_accounts || invitations::expects(tx, &person.id, call.now)? => first_time(tx, call, person)?,
        None => {
            return Err(Error::forbidden(
                "the password is right, but you have no account on this server yet; ask one of its administrators for one",
            ));
        }
    };
    // It is the server that does this, by what the directory says; nobody is signed in yet.
    let server = Call { actor: Actor::operator(), ..call.clone() };
    if store::has_left(tx, id)? {
        store::set_left(tx, id, None)?;
        let returned = Call { cause: Some("directory: it has the person again".to_owned()), ..server.clone() };
        life::reactivate(tx, &returned, id)?;
    }
    accounts::follow_directory(tx, call, id, person.name.as_deref(), person.email.as_deref())?;
    // While the last sync is taken back, what it gave is not given again one by one.
    if !held.is_empty() && !syncs_store::is_undone(tx)? {
        let options = Options { creates_accounts: false, keeps_by_hand: true, is_everybody: false };
        let entry = Entry { person: person.clone(), rules: held.clone() };
        let plan = plan(&[entry], rules, &state::read_of(tx, id)?, options);
        let seats: Vec<Change> = plan.changes.into_iter().filter(|change| !matches!(change, Change::Profile { .. })).collect();
        apply::apply(tx, &server, &seats)?;
    }
    // Those who asked them in may have done so before they had an account.
    invitations::arrive(tx, &server, &person.id, id)?;
    let token = sessions::sign_in(tx, call, id, browser)?;
    Ok((id, token))
}

/// Makes the account of somebody who has none.
pub(super) fn first_time(tx: &Tx<'_>, call: &Call, person: &Person) -> Result<AccountId> {
    let username = Name::parse(&person.username).or_else(|_| Name::near(&person.username))?;
    if accounts::name_taken(tx, &username)? {
        return Err(Error::conflict(name_taken(&username)));
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
