//! What a plan leaves undone so that every team, organization and the server itself keeps an admin.

use std::collections::HashMap;

use super::plan::{Change, Kept, OrganizationState, TeamState, Who};
use super::planner::{Member, Planner, seat_of};
use crate::policy::TeamRole;

/// By team or organization, then by the person's id in the directory: whether they are to be admin there.
type Changed = HashMap<String, HashMap<String, bool>>;

impl Planner<'_> {
    /// Takes back what would leave a team, an organization or the server without an admin it had: a sync tells of that
    /// instead of doing it.
    pub(super) fn keep_last_admins(&mut self) {
        let (state, changed) = (self.state, self.changed());
        let none = HashMap::new();
        let mut teams: Vec<&TeamState> = state.teams.values().filter(|team| !team.has_local_admin).collect();
        teams.sort_by_key(|team| &team.name);
        for team in teams {
            let changed = changed.0.get(&team.name).unwrap_or(&none);
            let was = |member: &Member<'_>| seat_of(Some(team), member).role() == Some(TeamRole::Admin);
            let will_be = |member: &Member<'_>| changed.get(&member.who.directory_id).copied().unwrap_or_else(|| was(member));
            self.keep_one(
                &format!("the team {}", team.name),
                self.placed(team.seats.keys()),
                was,
                will_be,
                |change, who| matches!(change, Change::Seat { team: name, who: of, .. } if *name == team.name && of == who),
            );
        }
        let mut organizations: Vec<&OrganizationState> =
            state.organizations.values().filter(|organization| !organization.has_local_admin).collect();
        organizations.sort_by_key(|organization| &organization.name);
        for organization in organizations {
            let changed = changed.1.get(&organization.name).unwrap_or(&none);
            let held = |member: &Member<'_>| member.account.and_then(|account| organization.admins.get(&account));
            let was = |member: &Member<'_>| held(member).is_some();
            let will_be = |member: &Member<'_>| {
                let by_hand = held(member).is_some_and(|(by_hand, _)| *by_hand);
                by_hand || changed.get(&member.who.directory_id).copied().unwrap_or_else(|| was(member))
            };
            let place = format!("the organization {}", organization.name);
            self.keep_one(&place, self.placed(organization.admins.keys()), was, will_be, |change, who| {
                matches!(change, Change::OrganizationAdmin { organization: name, who: of, .. }
                    if *name == organization.name && of == who)
            });
        }
        if !state.has_local_administrator {
            let administers = |member: &Member<'_>| member.site_admin;
            self.keep_one("this server", (0..self.members.len()).collect(), administers, administers, |_, _| false);
        }
    }

    /// Who is to be admin where after the changes, of those whose role changes.
    fn changed(&self) -> (Changed, Changed) {
        let (mut teams, mut organizations) = (Changed::new(), Changed::new());
        for change in &self.plan.changes {
            match change {
                Change::Seat { team, who, after, .. } => {
                    let is_admin = after.role() == Some(TeamRole::Admin);
                    teams.entry(team.clone()).or_default().insert(who.directory_id.clone(), is_admin);
                }
                Change::OrganizationAdmin { organization, who, after, .. } => {
                    organizations.entry(organization.clone()).or_default().insert(who.directory_id.clone(), after.is_some());
                }
                _ => {}
            }
        }
        (teams, organizations)
    }

    /// Of those who may lead a place now, at least one goes on if nobody else does.
    fn keep_one(
        &mut self,
        place: &str,
        mut led: Vec<usize>,
        was: impl Fn(&Member<'_>) -> bool,
        will_be: impl Fn(&Member<'_>) -> bool,
        is_loss: impl Fn(&Change, &Who) -> bool,
    ) {
        led.retain(|number| self.members[*number].was_active && was(&self.members[*number]));
        let stays = |member: &Member<'_>| member.is_active && will_be(member);
        // Whoever leads now and stays is by far the usual case; only where nobody does, everybody is looked at.
        if led.is_empty() || led.iter().any(|number| stays(&self.members[*number])) || self.members.iter().any(stays) {
            return;
        }
        led.sort_by(|left, right| self.members[*left].who.cmp(&self.members[*right].who));
        let kept = &mut self.members[led[0]];
        kept.is_active = true;
        let who = kept.who.clone();
        self.plan
            .changes
            .retain(|change| !is_loss(change, &who) && !matches!(change, Change::Deactivate { who: leaver } if *leaver == who));
        self.plan.kept.push(Kept {
            what: format!("{} stays admin of {place}", who.username),
            because: "there would be no admin left; make somebody else admin there".to_owned(),
        });
    }
}
