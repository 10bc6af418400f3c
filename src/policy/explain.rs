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
    if actor.site_admin {
        let rule = "an administrator of the server may do everything";
        return Explanation { allowed, role: "administrator of the server", source: "set on the account", rule };
    }
    if let Target::Registry { id, organization, visibility } = *target {
        return in_registry(actor, action, id, organization, visibility, allowed);
    }
    let (role, source) = role_of(actor, target);
    let rule = rule(actor, action, target, role, allowed);
    Explanation { allowed, role: role.map_or("none", TeamRole::as_str), source, rule }
}

fn role_of(actor: &Actor, target: &Target) -> (Option<TeamRole>, &'static str) {
    match *target {
        Target::Site => (None, "no role in a team counts for the server"),
        Target::Account(account) if actor.account == Some(account) => (Some(TeamRole::Admin), "it is their own account"),
        Target::Account(_) => (None, "no role in a team counts for the account of a person"),
        Target::Service { account, .. } if actor.account == Some(account) => (Some(TeamRole::Admin), "it is their own account"),
        Target::Service { home, .. } => in_entity(actor, home),
        Target::Entity(entity) => in_entity(actor, entity),
        Target::Teams { organization, .. } => in_entity(actor, organization),
        Target::Card { team, .. } | Target::Invitations { team, .. } => in_entity(actor, team),
        Target::Project { id, entity, visibility } | Target::Whole { id, entity, visibility, .. } => {
            in_project(actor, id, entity, visibility)
        }
        Target::Owned { project, entity, visibility, .. } | Target::Stream { project, entity, visibility, .. } => {
            in_project(actor, project, entity, visibility)
        }
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
        (None, _) => "they have no seat in the team",
    };
    (role, source)
}

fn rule(actor: &Actor, action: Action, target: &Target, role: Option<TeamRole>, allowed: bool) -> &'static str {
    let action = if action == Action::Download { Action::Read } else { action };
    let visibility = match *target {
        Target::Project { visibility, .. }
        | Target::Whole { visibility, .. }
        | Target::Owned { visibility, .. }
        | Target::Stream { visibility, .. } => Some(visibility),
        _ => None,
    };
    let whole = matches!(target, Target::Whole { .. });
    match (allowed, role, action) {
        (true, None | Some(TeamRole::ViewOnly), Action::Write) if matches!(target, Target::Stream { .. }) => {
            "whoever began a run ends it, though their seat is gone"
        }
        (true, Some(TeamRole::ViewOnly), Action::Write) if matches!(target, Target::Teams { .. }) => {
            "the organization lets all its members make teams"
        }
        (true, Some(TeamRole::Admin), _) => "an admin may do everything",
        (true, Some(TeamRole::Member | TeamRole::Service), Action::Delete) if whole => {
            "whoever made a project deletes it as long as all runs in it are theirs"
        }
        (false, Some(TeamRole::Member | TeamRole::Service), Action::Delete) if whole => {
            "only a team admin deletes a project, or whoever made it as long as all runs in it are theirs"
        }
        (true, Some(TeamRole::Member | TeamRole::Service), Action::Delete) => "members stop and delete what they made",
        (true, Some(TeamRole::Member | TeamRole::Service), Action::Write) => "members log and change",
        (true, _, Action::Read) if visibility == Some(Visibility::Open) => "an open project is there for anybody to look at",
        (true, _, Action::Read) if visibility == Some(Visibility::Public) => "a public project is there for anybody to look at",
        (true, Some(_), Action::Read) => "every role may look",
        (true, _, Action::Read) => "colleagues know of a team that is not hidden",
        (true, _, Action::Manage) => "a team admin names the members of a restricted project",
        (true, ..) => "in an open project everybody signed in logs runs of their own",
        (false, Some(TeamRole::ViewOnly), Action::Read) if actor.by_key => {
            "a key works only where the role is more than view-only"
        }
        (false, Some(TeamRole::ViewOnly), Action::Write) if matches!(target, Target::Teams { .. }) => {
            "only admins of the organization make teams, and its members where its settings let them"
        }
        (false, Some(TeamRole::ViewOnly), _) => "who has view-only looks and changes nothing",
        (false, Some(TeamRole::Member | TeamRole::Service), Action::Delete) => {
            "members stop and delete only what they made; a team admin does it for others"
        }
        (false, Some(_), Action::Manage) => "only a team admin changes settings and rights",
        (false, Some(_), _) => "only a team admin does this, or members where the team's settings say so",
        (false, None, _) if matches!(target, Target::Site) => "only an administrator of the server manages the server",
        (false, None, _) => "without a role there is nothing they may do here",
    }
}
