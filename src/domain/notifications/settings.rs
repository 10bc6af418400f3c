//! What people want to be mailed.

use serde_json::json;

use super::model::Kind;
use super::{person, store};
use crate::db::{Reader, Tx};
use crate::domain::{Call, audit};
use crate::error::Result;
use crate::id::AccountId;

/// What letters are sent about, and whether they are where nobody chose.
const MAILED: [(Kind, bool); 4] =
    [(Kind::Mention, true), (Kind::Comment, false), (Kind::Published, false), (Kind::Assigned, true)];

/// What somebody is mailed.
#[derive(Clone, Debug)]
pub struct Choices {
    pub mailed: Vec<(Kind, bool)>,
    /// Whether there is an address to write to.
    pub has_address: bool,
}

/// What the caller is mailed.
///
/// # Errors
/// `Unauthenticated`; `Forbidden` for a service account.
pub fn choices(db: &Reader, call: &Call) -> Result<Choices> {
    let account = person(db, call)?;
    let mailed = MAILED.iter().map(|(kind, _)| Ok((*kind, is_mailed(db, account.id, *kind)?)));
    Ok(Choices { mailed: mailed.collect::<Result<_>>()?, has_address: account.email.is_some() })
}

/// Chooses what the caller is mailed; what is not named stays as it is.
///
/// # Errors
/// As [`choices`].
pub fn change(tx: &Tx, call: &Call, changes: &[(Kind, bool)]) -> Result<()> {
    let account = person(tx, call)?;
    let mut changed = false;
    for (kind, mailed) in changes {
        if is_mailed(tx, account.id, *kind)? != *mailed {
            store::set_choice(tx, account.id, *kind, *mailed)?;
            changed = true;
        }
    }
    if !changed {
        return Ok(());
    }
    let details = json!({ "changed": ["notifications"] });
    audit::record(tx, call, "account.update", "account", account.id.get(), &account.username, &details)
}

/// Whether letters of that kind are sent to somebody.
pub(super) fn is_mailed(db: &Reader, account: AccountId, kind: Kind) -> Result<bool> {
    let Some((_, usual)) = MAILED.iter().find(|(known, _)| *known == kind) else { return Ok(false) };
    Ok(store::choice(db, account, kind)?.unwrap_or(*usual))
}
