//! The audit log: every change of rights or data, written in the transaction of the change, so that one never exists
//! without the other; reading it; and holding it together (`chain`).

mod chain;
mod chain_store;
mod forgetting;
mod keeping;
mod store;

pub use chain::{Broken, Checked, Told, count, told, verify};
pub use forgetting::{Whom, forget};
pub use keeping::{counts, give_up, note_told, set_outputs, untold};

use serde_json::Value;

use super::Call;
use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::error::Result;
use crate::id::{AccountId, EntityId};
use crate::page::{Cursor, Page};
use crate::policy::{self, Action, Target};
use crate::secret::random_bytes;

/// So many that nobody guesses what a digest was made of.
const SALT_BYTES: usize = 16;

/// Something that was done.
#[derive(Clone, Debug)]
pub struct Record {
    pub id: i64,
    pub at: Timestamp,
    /// `noun.verb`: `key.revoke`, `team.create`.
    pub action: String,
    /// The account whose credentials were used; `None` for the operator at the machine, and for links.
    pub actor: Option<Person>,
    /// The member on whose behalf a service account acted.
    pub acting_for: Option<Person>,
    pub address: Option<String>,
    /// What it was done to: the kind, the number and the name it had then.
    pub object_kind: String,
    pub object_id: i64,
    pub object_name: String,
    pub entity: Option<String>,
    pub project: Option<String>,
    pub details: Value,
    /// That of the chain.
    pub digest: Vec<u8>,
}

/// An account as it is now.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: AccountId,
    pub username: String,
    pub email: Option<String>,
}

/// Which records a list holds; what is not said does not matter.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// Of the account that did it, or on whose behalf it was done.
    pub actor: Option<AccountId>,
    /// The whole action, or its noun: `team` finds `team.create`.
    pub action: Option<String>,
    pub object_kind: Option<String>,
    pub object_name: Option<String>,
    /// What was done to a team or organization and what is in it.
    pub entity: Option<EntityId>,
    pub from: Option<Timestamp>,
    /// Not itself.
    pub until: Option<Timestamp>,
}

/// Records that the caller did `action` (`key.revoke`, `team.create`) to the thing `kind` number `id`, called `name` at the
/// time. `details` is a JSON object with whatever else a reader needs; never a secret.
pub fn record(tx: &Tx, call: &Call, action: &str, kind: &str, id: i64, name: &str, details: &Value) -> Result<()> {
    let mut details = details.clone();
    if let Some(cause) = &call.cause {
        details["cause"] = cause.as_str().into();
    }
    let (_, last) = chain_store::ends(tx)?;
    let mut entry = chain::Entry {
        id: last.id + 1,
        at: call.now,
        action: action.to_owned(),
        actor: call.actor.account,
        acting_for: call.actor.acting_for,
        address: call.address.clone(),
        object_kind: kind.to_owned(),
        object_id: id,
        object_name: name.to_owned(),
        details: details.to_string(),
        salt: random_bytes::<SALT_BYTES>().to_vec(),
        content: Vec::new(),
        told_digest: None,
    };
    entry.content = entry.content_now();
    chain_store::append(tx, &entry, &chain::digest(&last.digest, &entry))
}

/// Records, newest first, a page at a time. Administrators of the server read all, those of a team what concerns it.
///
/// # Errors
/// `NotFound` or `Forbidden` by the policy.
pub fn page(db: &Reader<'_>, call: &Call, search: &Search, after: Option<&str>, first: usize) -> Result<Page<Record>> {
    policy::require(&call.actor, Action::Manage, &target(search))?;
    let before: i64 = after.map(Cursor::decode).transpose()?.unwrap_or(i64::MAX);
    let mut found = store::page(db, search, before, first + 1)?;
    let has_next = found.len() > first;
    found.truncate(first);
    Ok(Page { items: found.into_iter().map(|record| (Cursor::encode(&record.id), record)).collect(), has_next })
}

/// As [`page`], oldest first, after one of them.
pub fn oldest_first(db: &Reader<'_>, call: &Call, search: &Search, after: i64, limit: usize) -> Result<Vec<Record>> {
    policy::require(&call.actor, Action::Manage, &target(search))?;
    store::oldest_first(db, search, after, limit)
}

/// What one has to manage to read the records of a search.
fn target(search: &Search) -> Target {
    search.entity.map_or(Target::Site, Target::Entity)
}
