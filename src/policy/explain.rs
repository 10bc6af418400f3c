//! Why somebody may do something or not, in words: the role that counts, where it comes from, and the rule that decides.

use super::{Action, Actor, RegistryRole, Target, TeamRole, Visibility, allows};
use crate::id::{EntityId, ProjectId};

/// A decision with its reasons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    pub allowed: bool,
    /// The role that counts: a word of [`TeamRole`], in a registry of [`RegistryRole`], "administrator of the server", or "none".
    pub role: &'static str,
    /// Where the role comes from.
    pub source: &'static str,
    /// The rule that decides.
    pub rule: &'static str,
}

/// What [`allows`] decides, and why.
pub fn explain(actor: &Actor, action: Action, target: &Target) -> Explanation {
    let allowed = allows(actor, action, target);
    // What even they may not do is told as to others.
    if actor.site_admin && (allowed || !matches!(target, Target::Talk { .. })) {
        let rule = "an administrator of the server may do everything";
        return Explanation { allowed, role: "administrator of the server", source: "set on the account", rule };
    }
    if let Target::Registry { id, organization, visibility } = *target {
        return in_registry(actor, action, id, organization, visibility, allowed);
    }
    let (role, source) = role_of(actor, action, target);
    let rule = match target {
        Target::Report { .. } | Target::Sharing { .. } | Target::Figures { .. } => {
            super::shared::rule(actor, action, target, allowed)
        }
        Target::Talk { .. } => super::talk::rule(actor, action, target, allowed),
        _ => rule(actor, action, target, role, allowed),
    };
    Explanation { allowed, role: role.map_or("none", TeamRole::as_str), source, rule }
}

fn role_of(actor: &Actor, action: Action, target: &Target) -> (Option<TeamRole>, &'static str) {
    match *target {
        Target::Site => (None, "no role in a team counts for the server"),
        Target::Account(account) if actor.account == Some(account) => (Some(TeamRole::Admin), "it is their own account"),
        Target::Account(_) => (None, "no role in a team counts for the account of a person"),
        Target::Service { account, .. } if actor.account == Some(account) => (Some(TeamRole::Admin), "it is their own account"),
        Target::Service { home, .. } => in_entity(actor, home),
        Target::Entity(entity) if action == Action::Write && actor.role_within(entity).is_none() => {
            (None, "they have no seat in the team")
        }
        Target::Entity(entity) => in_entity(actor, entity),
        Target::Teams { organization, .. } => in_entity(actor, organization),
        Target::WholeTeam { organization: Some(organization), .. } if action == Action::Delete => {
            in_entity(actor, organization)
        }
        Target::Card { team, .. } | Target::WholeTeam { team, .. } | Target::Invitations { team, .. } => in_entity(actor, team),
        // What a team admin does to a restricted project though they are not named in it, they do by their seat.
        Target::Project { entity, .. } | Target::Whole { entity, .. } if unseen(actor, action, target) => {
            in_entity(actor, entity)
        }
        Target::Project { id, entity, visibility }
        | Target::Whole { id, entity, visibility, .. }
        | Target::Alerts { id, entity, visibility } => in_project(actor, id, entity, visibility),
        Target::Owned { project, entity, visibility, .. }
        | Target::Version { project, entity, visibility, .. }
        | Target::Stream { project, entity, visibility, .. }
        | Target::Report { project, entity, visibility, .. }
        | Target::Sharing { project, entity, visibility, .. }
        | Target::Figures { project, entity, visibility, .. }
        | Target::Talk { project, entity, visibility, .. } => in_project(actor, project, entity, visibility),
        Target::Registry { .. } => (None, "no role in a team counts for a registry"),
    }
}

fn in_registry(
    actor: &Actor,
    action: Action,
    registry: ProjectId,
    organization: EntityId,
    visibility: Visibility,
    allowed: bool,
) -> Explanation {
    let role = actor.role_in_registry(registry, organization, visibility);
    let seat = actor.registry_seats.iter().find(|(id, _)| *id == registry).map(|(_, role)| *role);
    let source = match role {
        Some(_) if actor.organizations.contains(&organization) => "they administer the organization",
        Some(_) if role == seat => "they, or a team of theirs, are among the registry's members",
        Some(_) => "the registry is there for the whole organization",
        None => "neither they nor a team of theirs are among the registry's members",
    };
    let rule = match (allowed, action) {
        (true, Action::Read) => "every role in a registry sees what there is",
        (true, Action::Download) => "viewers and higher download",
        (true, Action::Write | Action::Delete) => "members and admins of a registry link, change and unlink",
        (true, Action::Manage) => "admins of a registry manage it",
        (false, _) if role.is_none() => "without a role there is nothing they may do here",
        (false, Action::Manage) => "only admins of a registry manage it",
        (false, Action::Download) => "only viewers and higher download; restricted viewers see what there is",
        (false, _) => "only members and admins of a registry link, change and unlink",
    };
    Explanation { allowed, role: role.map_or("none", RegistryRole::as_str), source, rule }
}

fn in_entity(actor: &Actor, entity: EntityId) -> (Option<TeamRole>, &'static str) {
    let source = match actor.role_in(entity) {
        None => "they have no seat there",
        Some(_) if actor.personal == Some(entity) => "it is their personal space",
        Some(_) if actor.organizations.contains(&entity) => "they administer the organization",
        Some(_) if actor.overseen.contains(&entity) => "they administer the organization of the team",
        Some(_) if actor.memberships.contains(&entity) => "they belong to the organization",
        Some(_) => "their seat in the team",
    };
    (actor.role_in(entity), source)
}

fn in_project(actor: &Actor, project: ProjectId, entity: EntityId, visibility: Visibility) -> (Option<TeamRole>, &'static str) {
    let role = actor.effective_role(project, entity, visibility);
    let named = actor.role_in_project(project);
    let source = match (role, named) {
        (Some(role), Some(named)) if role == named => "they are a named member of the project",
        (Some(TeamRole::ViewOnly), Some(_)) => "being named does not raise who has view-only in the team",
        (Some(_), _) => in_entity(actor, entity).1,
        (None, _) if visibility == Visibility::Restricted => {
            "the project is restricted and they are not one of its named members"
        }
        (None, _) if actor.closed.contains(&entity) => "the organization keeps its admins out of what teams hold",
        (None, _) => "they have no seat in the team",
    };
    (role, source)
}

/// Whether it is allowed by a role in the team though the project may not be looked into.
fn unseen(actor: &Actor, action: Action, target: &Target) -> bool {
    let hidden = match *target {
        Target::Project { id, entity, visibility } | Target::Whole { id, entity, visibility, .. } => {
            actor.effective_role(id, entity, visibility).is_none() && visibility == Visibility::Restricted
        }
        _ => false,
    };
    hidden && allows(actor, action, target)
}

fn rule(actor: &Actor, action: Action, target: &Target, role: Option<TeamRole>, allowed: bool) -> &'static str {
    let action = if action == Action::Download { Action::Read } else { action };
    match allowed {
        true => what_allows(actor, action, target, role),
        false => what_refuses(actor, action, target, role),
    }
}

fn visibility_of(target: &Target) -> Option<Visibility> {
    match *target {
        Target::Project { visibility, .. }
        | Target::Whole { visibility, .. }
        | Target::Alerts { visibility, .. }
        | Target::Owned { visibility, .. }
        | Target::Version { visibility, .. }
        | Target::Stream { visibility, .. } => Some(visibility),
        _ => None,
    }
}

/// Whether it is what the process of a run sends that the actor began.
fn ends(actor: &Actor, target: &Target) -> bool {
    matches!(*target, Target::Stream { owner, alive: true, .. } if actor.account.is_some() && actor.made(owner))
}

fn what_allows(actor: &Actor, action: Action, target: &Target, role: Option<TeamRole>) -> &'static str {
    let visibility = visibility_of(target);
    let opened = visibility == Some(Visibility::Open) && role.is_none();
    match (role, action) {
        (_, Action::Delete) if unseen(actor, action, target) => "a team admin deletes a project that is restricted, too",
        (_, Action::Manage) if unseen(actor, action, target) => "a team admin names the members of a restricted project",
        (None | Some(TeamRole::ViewOnly), Action::Write) if ends(actor, target) && !opened => {
            "whoever began a run ends it, though their seat is gone"
        }
        (Some(TeamRole::ViewOnly), Action::Write) if matches!(*target, Target::Teams { organization, .. } if actor.makes_teams.contains(&organization)) => {
            "a group of the directory lets them make teams"
        }
        (Some(TeamRole::ViewOnly), Action::Write) if matches!(target, Target::Teams { .. }) => {
            "the organization lets all its members make teams"
        }
        (Some(TeamRole::Admin), Action::Delete) if matches!(target, Target::WholeTeam { .. }) => {
            "an admin of the organization deletes and restores its teams"
        }
        (Some(TeamRole::Admin), _) => "an admin may do everything",
        (Some(TeamRole::Member | TeamRole::Service), Action::Write | Action::Delete)
            if matches!(target, Target::Alerts { .. }) =>
        {
            "members make and change the alerts of a project"
        }
        (Some(TeamRole::Member | TeamRole::Service), Action::Delete) if matches!(target, Target::Whole { .. }) => {
            "whoever made a project deletes it as long as all runs and reports in it are theirs"
        }
        (Some(TeamRole::Member), Action::Delete) if matches!(target, Target::Version { open_to_members: true, .. }) => {
            "the team lets its members delete all artifacts"
        }
        (Some(TeamRole::Member | TeamRole::Service), Action::Delete) => "members stop and delete what they made",
        (Some(TeamRole::Member | TeamRole::Service), Action::Write) => "members log and change",
        (_, Action::Read) if visibility == Some(Visibility::Open) => "an open project is there for anybody to look at",
        (_, Action::Read) if visibility == Some(Visibility::Public) => "a public project is there for anybody to look at",
        (Some(_), Action::Read) => "every role may look",
        (None, Action::Read) => "colleagues know of a team that is not hidden",
        _ => "in an open project everybody signed in logs runs of their own",
    }
}

fn what_refuses(actor: &Actor, action: Action, target: &Target, role: Option<TeamRole>) -> &'static str {
    let whole = matches!(target, Target::Whole { .. });
    match (role, action) {
        (_, Action::Delete) if matches!(target, Target::WholeTeam { .. }) => {
            "only an admin of the organization deletes and restores teams"
        }
        (Some(TeamRole::ViewOnly), Action::Read) if matches!(target, Target::Invitations { .. }) => {
            "only admins and members of a team see whom it asks"
        }
        (Some(TeamRole::ViewOnly), Action::Read) if actor.by_key => "a key works only where the role is more than view-only",
        (Some(TeamRole::ViewOnly), _) if matches!(target, Target::Teams { .. }) => {
            "only admins of the organization make teams, and its members where its settings let them"
        }
        (Some(TeamRole::ViewOnly), _) if matches!(*target, Target::Entity(id) if actor.memberships.contains(&id)) => {
            "only admins of an organization change what it has itself"
        }
        (Some(TeamRole::ViewOnly), _) => "who has view-only looks and changes nothing",
        (Some(TeamRole::Member | TeamRole::Service), Action::Delete) if whole => {
            "only a team admin deletes a project, or whoever made it as long as all runs and reports in it are theirs"
        }
        (Some(TeamRole::Member | TeamRole::Service), Action::Delete) => {
            "members stop and delete only what they made; a team admin does it for others"
        }
        (Some(_), Action::Manage) => "only a team admin changes settings and rights",
        (Some(_), _) => "only a team admin does this, or members where the team's settings say so",
        (None, _) if matches!(target, Target::Site) => "only an administrator of the server manages the server",
        (None, _) if matches!(target, Target::Card { .. }) && allows(actor, Action::Read, target) => {
            "only who has a seat in the team does more than know of it"
        }
        (None, _) if ends(actor, target) && !allows(actor, Action::Read, target) => {
            "without a seat they take the run to its end, and do no more"
        }
        (None, _) => match visibility_of(target) {
            Some(Visibility::Open) => "only who has a role in an open project does more than look and log runs of their own",
            Some(Visibility::Public) => "only who has a role in a public project does more than look",
            _ if allows(actor, Action::Read, target) => "only who has a seat in the team logs to it",
            _ => "without a role there is nothing they may do here",
        },
    }
}
