//! Named members of a project, with a role of their own there.

use serde_json::json;

use super::model::Project;
use super::store;
use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::domain::accounts::{self, Account, AccountKind};
use crate::domain::{Call, audit};
use crate::error::{Error, Result};
use crate::page::{Cursor, Page};
use crate::policy::{self, Action, TeamRole};

/// Somebody named.
#[derive(Clone, Debug)]
pub struct Named {
    pub account: Account,
    /// Admin, member or view-only.
    pub role: TeamRole,
    pub since: Timestamp,
}

/// Those named, by when they were, a page at a time.
pub fn page(db: &Reader<'_>, call: &Call, project: &Project, after: Option<&str>, first: usize) -> Result<Page<Named>> {
    if !policy::allows(&call.actor, Action::Manage, &project.target()) {
        policy::require(&call.actor, Action::Read, &project.target())?;
    }
    let after: (i64, i64) = after.map(Cursor::decode).transpose()?.unwrap_or((i64::MIN, 0));
    let mut found = store::members(db, project.id, after, first + 1)?;
    let has_next = found.len() > first;
    found.truncate(first);
    let mut items = Vec::with_capacity(found.len());
    for (id, role, since) in found {
        let account = accounts::find(db, id)?.ok_or_else(|| Error::internal(format!("no account {id} for a role")))?;
        items.push((Cursor::encode(&(since.micros(), id.get())), Named { account, role, since }));
    }
    Ok(Page { items, has_next })
}

/// How many active people and service accounts are named.
pub fn count(db: &Reader<'_>, project: &Project) -> Result<i64> {
    store::member_count(db, project.id)
}

/// Names somebody, or changes the role they are named with. True if they were not. It does not raise who has view-only in the
/// team.
///
/// # Errors
/// `NotFound` or `Forbidden` by the policy; `NotFound` for an unknown user name; `Invalid` for the role of service accounts.
pub fn set(tx: &Tx<'_>, call: &Call, project: &Project, username: &str, role: TeamRole) -> Result<bool> {
    policy::require(&call.actor, Action::Manage, &project.target())?;
    let account = accounts::by_username(tx, username)?.filter(|account| account.deactivated_at.is_none());
    let account = account.ok_or_else(|| Error::not_found(format!("account {username}")))?;
    if role == TeamRole::Service {
        return Err(Error::invalid("the roles in a project are admin, member and view-only"));
    }
    if account.kind == AccountKind::Service && role == TeamRole::Admin {
        return Err(Error::invalid(format!("{username} is a service account and cannot be admin of a project")));
    }
    let before = store::member(tx, project.id, account.id)?;
    if before == Some(role) {
        return Ok(false);
    }
    store::set_member(tx, project.id, account.id, role, call.now)?;
    let details = json!({ "member": account.username, "role": role.as_str(), "before": before.map(TeamRole::as_str) });
    audit::record(tx, call, "project.set_member", "project", project.id.get(), project.name.as_str(), &details)?;
    Ok(before.is_none())
}

/// Takes a name from the list; whoever is on it may do that for themselves.
///
/// # Errors
/// As [`set`]; `NotFound` for who is not named.
pub fn remove(tx: &Tx<'_>, call: &Call, project: &Project, username: &str) -> Result<()> {
    let account = accounts::by_username(tx, username)?;
    let leaves = account.as_ref().is_some_and(|account| call.actor.account == Some(account.id));
    if !leaves {
        policy::require(&call.actor, Action::Manage, &project.target())?;
    }
    let missing = || Error::not_found(format!("member {username}"));
    let account = account.ok_or_else(missing)?;
    let role = store::member(tx, project.id, account.id)?.ok_or_else(missing)?;
    store::delete_member(tx, project.id, account.id)?;
    let details = json!({ "member": account.username, "role": role.as_str() });
    audit::record(tx, call, "project.remove_member", "project", project.id.get(), project.name.as_str(), &details)
}
