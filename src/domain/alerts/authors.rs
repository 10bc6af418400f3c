//! Who answers for a rule: whoever made it, until an admin hands it over, as when they left. It works on meanwhile.

use serde_json::json;

use super::model::Rule;
use super::{rules, store};
use crate::db::{Reader, Tx};
use crate::domain::notifications::{self, Event, Kind};
use crate::domain::projects::{self, Project, owners};
use crate::domain::teams::Entity;
use crate::domain::{Call, accounts, audit};
use crate::error::{Error, Result};
use crate::id::{AccountId, EntityId};
use crate::policy::{self, Action};

/// Whether a rule has nobody who answers for it: they are unknown, locked out, or belong no more where it lies.
pub fn has_left(db: &Reader<'_>, project: &Project, rule: &Rule) -> Result<bool> {
    owners::has_left_from(db, (project.id, project.entity_id), rule.author)
}

/// Makes somebody else answer for a rule, for those who manage its project.
///
/// # Errors
/// `Forbidden` by the policy; `NotFound` for an unknown user name; `Invalid` for who may not change alerts there.
pub(super) fn hand_over(tx: &Tx<'_>, call: &Call, project: &Project, rule: Rule, username: &str) -> Result<Rule> {
    policy::require(&call.actor, Action::Manage, &rules::target(project))?;
    let heir = owners::heir(tx, username)?;
    if rule.author == Some(heir) {
        return Ok(rule);
    }
    if !policy::allows(&accounts::actor(tx, heir)?, Action::Write, &rules::target(project)) {
        return Err(Error::invalid(format!("{username} may not change alerts of {}; name somebody who may", project.name)));
    }
    store::set_author(tx, rule.id, heir)?;
    let seen = rules::target(project);
    let assigned = Event { kind: Kind::Assigned, report: None, rule: Some(rule.id), thread: None, comment: None, seen };
    notifications::tell(tx, call, &[heir], &assigned)?;
    let from = rule.author.map(|id| accounts::find(tx, id)).transpose()?.flatten().map(|account| account.username);
    let details = json!({ "alert": rule.name, "from": from, "to": username });
    audit::record(tx, call, "alert.hand_over", "project", project.id.get(), &project.name, &details)?;
    Ok(Rule { author: Some(heir), ..rule })
}

/// Hands over the rules that somebody answers for in the projects of a team, where the caller may.
///
/// # Errors
/// As for one of them.
pub(in crate::domain) fn hand_over_all(tx: &Tx<'_>, call: &Call, team: &Entity, from: AccountId, username: &str) -> Result<()> {
    for (id, project) in store::of_author(tx, team.id, from)? {
        let (Some(rule), Some(project)) = (store::by_id(tx, id)?, projects::in_place(tx, project)?) else { continue };
        if rules::may_hand_over(call, &project) {
            hand_over(tx, call, &project, rule, username)?;
        }
    }
    Ok(())
}

/// How many rules somebody answers for, in the projects of one entity or everywhere.
pub(in crate::domain) fn count_of(db: &Reader<'_>, entity: Option<EntityId>, account: AccountId) -> Result<i64> {
    store::count_of_author(db, entity, account)
}
