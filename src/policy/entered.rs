//! Which teams somebody's office alone let them into.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Action, Actor, Target, judge};
use crate::id::EntityId;

/// The teams and personal spaces of which an actor was shown something, or changed it, only because they administer the
/// organization or the server: not by a seat, not as a named member, and not because everybody may. A request collects them, and
/// they are recorded before it is answered.
#[derive(Clone, Debug, Default)]
pub struct Entered(Arc<Mutex<BTreeSet<EntityId>>>);

impl Entered {
    /// Notes the entity that holds the target, if the actor, who may do this, may do it by an office alone.
    pub(super) fn note(&self, actor: &Actor, action: Action, target: &Target) {
        let Some(entity) = held_by(target) else { return };
        let has_office = actor.site_admin || actor.overseen.contains(&entity);
        if has_office && !self.has(entity) && !judge(&without_office(actor), action, target) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(entity);
        }
    }

    fn has(&self, entity: EntityId) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&entity)
    }

    /// What was noted until now.
    pub fn list(&self) -> BTreeSet<EntityId> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// It says nothing of who the actor is.
impl PartialEq for Entered {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
impl Eq for Entered {}

/// The entity whose people decide who sees the target. A team's name, people and settings are what an office is for, and
/// registries are the organization's own.
fn held_by(target: &Target) -> Option<EntityId> {
    match *target {
        Target::Project { entity, .. }
        | Target::Whole { entity, .. }
        | Target::Alerts { entity, .. }
        | Target::Owned { entity, .. }
        | Target::Version { entity, .. }
        | Target::Stream { entity, .. }
        | Target::Report { entity, .. }
        | Target::Sharing { entity, .. }
        | Target::Figures { entity, .. }
        | Target::Talk { entity, .. } => Some(entity),
        Target::Site
        | Target::Account(_)
        | Target::Service { .. }
        | Target::Entity(_)
        | Target::Teams { .. }
        | Target::Card { .. }
        | Target::WholeTeam { .. }
        | Target::Invitations { .. }
        | Target::Registry { .. } => None,
    }
}

/// The same person with what was given to them by name alone.
fn without_office(actor: &Actor) -> Actor {
    Actor {
        account: actor.account,
        acting_for: actor.acting_for,
        personal: actor.personal,
        seats: actor.seats.clone(),
        project_seats: actor.project_seats.clone(),
        memberships: actor.memberships.clone(),
        key_reads: actor.key_reads.clone(),
        by_key: actor.by_key,
        shown: actor.shown.clone(),
        ..Actor::nobody()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{TeamRole, Visibility, allows};
    use super::*;
    use crate::id::{AccountId, ProjectId};

    const OURS: EntityId = EntityId::new(1);
    const THEIRS: EntityId = EntityId::new(2);

    fn project(entity: EntityId, visibility: Visibility) -> Target {
        Target::Project { id: ProjectId::new(entity.get()), entity, visibility }
    }

    /// What is noted of somebody who looks at all of these.
    fn noted(actor: Actor, targets: &[Target]) -> Vec<EntityId> {
        let entered = Entered::default();
        let actor = Actor { account: Some(AccountId::new(1)), entered: Some(entered.clone()), ..actor };
        for target in targets {
            allows(&actor, Action::Read, target);
        }
        entered.list().into_iter().collect()
    }

    #[test]
    fn only_what_an_office_alone_lets_in_is_noted() {
        let of_team = [project(OURS, Visibility::Team), project(THEIRS, Visibility::Team)];
        let admin = Actor { overseen: vec![OURS, THEIRS], seats: vec![(OURS, TeamRole::ViewOnly)], ..Actor::nobody() };
        assert_eq!(noted(admin.clone(), &of_team), [THEIRS]);
        assert_eq!(noted(Actor { site_admin: true, ..Actor::nobody() }, &of_team), [OURS, THEIRS]);
        assert_eq!(noted(admin.clone(), &[project(THEIRS, Visibility::Public)]), [], "everybody may look");
        assert_eq!(noted(admin.clone(), &[project(THEIRS, Visibility::Restricted)]), [], "they may not look");
        assert_eq!(noted(admin.clone(), &[Target::Entity(THEIRS), Target::Entity(OURS)]), [], "that is what the office is for");
        let named = Actor { project_seats: vec![(ProjectId::new(2), TeamRole::Member)], ..admin.clone() };
        assert_eq!(noted(named, &of_team), []);
        assert_eq!(noted(Actor { closed: vec![OURS, THEIRS], ..admin }, &of_team), [], "they are kept out");
    }
}
