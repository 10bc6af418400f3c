//! Does what a plan says, and takes it back. Each change is recorded in the audit log with the rule that caused it.

use super::plan::{Change, Kept, Profile, Who};
use super::{sign_in, store};
use crate::db::{Reader, Tx};
use crate::domain::accounts::{self, Account, life};
use crate::domain::teams::{Entity, EntityKind, Grants};
use crate::domain::{Call, organizations, teams};
use crate::error::{Error, Result};

const GONE: &str = "directory: it has the person no more, or does not let them in";

/// Does all changes, or fails with none done once the transaction is rolled back.
pub(super) fn apply(tx: &Tx<'_>, call: &Call, changes: &[Change]) -> Result<()> {
    changes.iter().try_for_each(|change| apply_one(tx, call, change))
}

/// Takes changes back, last first. What can no longer be taken back stays, and is told.
pub(super) fn revert(tx: &Tx<'_>, call: &Call, changes: &[Change]) -> Result<Vec<Kept>> {
    let mut kept = Vec::new();
    for change in changes.iter().rev() {
        let Some(back) = inverse(change) else { continue };
        let done = match is_as_left(tx, change) {
            Ok(true) => apply_one(tx, call, &back),
            Ok(false) => Err(Error::conflict("it was changed since")),
            Err(error) => Err(error),
        };
        match done {
            Ok(()) => {}
            Err(Error::Conflict(because) | Error::NotFound(because)) => {
                let whom = change.who().map_or("a team", |who| &who.username);
                kept.push(Kept { what: format!("what the sync did for {whom} stays"), because });
            }
            Err(other) => return Err(other),
        }
    }
    Ok(kept)
}

/// Whether what a change made is still so: what people did since is theirs.
fn is_as_left(db: &Reader<'_>, change: &Change) -> Result<bool> {
    Ok(match change {
        Change::Seat { team, who, after, .. } => {
            teams::grants(db, named(db, team, EntityKind::Team)?.id, account(db, who)?.id)? == *after
        }
        Change::OrganizationAdmin { organization, who, after, .. } => {
            let organization = named(db, organization, EntityKind::Organization)?;
            organizations::directory_rule(db, &organization, account(db, who)?.id)? == *after
        }
        Change::MakingTeams { organization, who, after, .. } => {
            let organization = named(db, organization, EntityKind::Organization)?;
            organizations::makes_teams_by(db, &organization, account(db, who)?.id)? == *after
        }
        Change::Profile { who, after, .. } => {
            let account = account(db, who)?;
            account.name == after.name && account.email == after.email
        }
        Change::Deactivate { who } => store::has_left(db, account(db, who)?.id)?,
        Change::Manage { .. } | Change::CreateAccount { .. } | Change::Reactivate { .. } | Change::CreateTeam { .. } => true,
    })
}

/// What takes a change back. A team that was made stays: it may have runs by now.
fn inverse(change: &Change) -> Option<Change> {
    Some(match change.clone() {
        Change::CreateAccount { who, .. } | Change::Reactivate { who } => Change::Deactivate { who },
        Change::Deactivate { who } => Change::Reactivate { who },
        Change::Profile { who, before, after } => Change::Profile { who, before: after, after: before },
        Change::Seat { team, who, before, after } => Change::Seat { team, who, before: after, after: before },
        Change::OrganizationAdmin { organization, who, before, after } => {
            Change::OrganizationAdmin { organization, who, before: after, after: before }
        }
        Change::MakingTeams { organization, who, before, after } => {
            Change::MakingTeams { organization, who, before: after, after: before }
        }
        Change::Manage { team, before, after } => Change::Manage { team, before: after, after: before },
        Change::CreateTeam { .. } => return None,
    })
}

fn apply_one(tx: &Tx<'_>, call: &Call, change: &Change) -> Result<()> {
    let because = |cause: String| Call { cause: Some(cause), ..call.clone() };
    match change {
        Change::CreateAccount { who, person } => {
            let made = sign_in::first_time(tx, &because(format!("directory: {}", person.dn)), person)?;
            let made = accounts::find(tx, made)?.ok_or_else(|| Error::internal("an account is gone that was just made"))?;
            // The plan has chosen the name; whatever came between is for the next plan.
            if made.username == who.username {
                return Ok(());
            }
            Err(Error::conflict(format!("the name {} was taken meanwhile", who.username)))
        }
        Change::Reactivate { who } => {
            let account = account(tx, who)?;
            store::set_left(tx, account.id, None)?;
            life::reactivate(tx, &because("directory: it has the person again".to_owned()), account.id)
        }
        Change::Deactivate { who } => {
            let account = account(tx, who)?;
            life::deactivate(tx, &because(GONE.to_owned()), account.id)?;
            // Whom a person locked out is not the directory's to let in again.
            if account.deactivated_at.is_none() {
                store::set_left(tx, account.id, Some(call.now))?;
            }
            Ok(())
        }
        Change::Profile { who, after, .. } => {
            let Profile { dn, name, email } = after;
            let account = account(tx, who)?;
            store::set_seen(tx, account.id, dn, call.now)?;
            accounts::follow_directory(tx, &because(format!("directory: {dn}")), account.id, Some(name), email.as_deref())
        }
        Change::CreateTeam { team, admin } => {
            let cause = because("directory: a rule names a team that was not there".to_owned());
            teams::create(tx, &cause, None, team, Some(&admin.username)).map(|_| ())
        }
        Change::Manage { team, after, .. } => {
            let cause = because("directory: the rules that speak of the team".to_owned());
            teams::set_managed(tx, &cause, &named(tx, team, EntityKind::Team)?, after.as_ref())
        }
        Change::Seat { team, who, before, after } => {
            let team = named(tx, team, EntityKind::Team)?;
            teams::set_grants(tx, &because(cause_of(before, after)), &team, &account(tx, who)?, after)
        }
        Change::OrganizationAdmin { organization, who, before, after } => {
            let organization = named(tx, organization, EntityKind::Organization)?;
            let rule = after.as_ref().or(before.as_ref()).map_or("", String::as_str);
            let call = because(format!("directory: group {rule}"));
            organizations::set_directory_rule(tx, &call, &organization, &account(tx, who)?, after.as_deref())
        }
        Change::MakingTeams { organization, who, before, after } => {
            let organization = named(tx, organization, EntityKind::Organization)?;
            let rule = after.as_ref().or(before.as_ref()).map_or("", String::as_str);
            let call = because(format!("directory: group {rule}"));
            organizations::let_make_teams(tx, &call, &organization, &account(tx, who)?, after.as_deref())
        }
    }
}

/// The group that gives a seat, or gave it.
fn cause_of(before: &Grants, after: &Grants) -> String {
    match after.directory.as_ref().or(before.directory.as_ref()) {
        Some(given) => format!("directory: group {}", given.rule),
        None => "directory: seats given by hand are not kept (ldap.keep_manual_members)".to_owned(),
    }
}

fn account(db: &Reader<'_>, who: &Who) -> Result<Account> {
    let found = store::account_of(db, &who.directory_id)?.map(|id| accounts::find(db, id)).transpose()?.flatten();
    found.ok_or_else(|| Error::not_found(format!("account {}", who.username)))
}

fn named(db: &Reader<'_>, name: &str, kind: EntityKind) -> Result<Entity> {
    let found = teams::entity_by_name(db, name)?.filter(|entity| entity.kind == kind);
    found.ok_or_else(|| Error::not_found(format!("{} {name}", kind.as_str())))
}
