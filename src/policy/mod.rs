//! Who may do what. Pure functions of an actor, an action and a target; the only place that knows roles.
//!
//! Domain code finds the thing, describes it as a [`Target`] and calls [`require`]; doors never compare roles. The whole
//! policy is printed into `golden.txt` (roles × actions × visibilities × ownership), which is reviewed as a diff.

mod entered;
pub mod explain;
mod shared;
mod talk;

pub use entered::Entered;
pub use shared::{ReportKind, Shown};
pub use talk::TalkPart;

use crate::error::{Error, Result};
use crate::id::{AccountId, EntityId, ProjectId, ReportId};

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The account whose credentials came with the request; `None` for nobody in particular.
    pub account: Option<AccountId>,
    /// The member of a team on whose behalf a service account acts; runs are attributed to them.
    pub acting_for: Option<AccountId>,
    pub site_admin: bool,
    /// The personal entity, where the account may do everything.
    pub personal: Option<EntityId>,
    /// Teams with the role held there.
    pub seats: Vec<(EntityId, TeamRole)>,
    /// Projects the account was named a member of, with the role held there.
    pub project_seats: Vec<(ProjectId, TeamRole)>,
    /// Organizations that the account belongs to without administering them: it looks at what they own themselves.
    pub memberships: Vec<EntityId>,
    /// Those of them where it does more than look on.
    pub member_of: Vec<EntityId>,
    /// Organizations where a group of the operator's directory lets them make teams.
    pub makes_teams: Vec<EntityId>,
    /// Organizations that the account administers.
    pub organizations: Vec<EntityId>,
    /// The teams of these organizations, where their admins may do what team admins may.
    pub overseen: Vec<EntityId>,
    /// Those of them of whose organization the admins manage people and settings, and see nothing of what teams hold without a
    /// seat there.
    pub closed: Vec<EntityId>,
    /// Registries with the highest role held there, by name or by a team.
    pub registry_seats: Vec<(ProjectId, RegistryRole)>,
    /// The organization that a service account works for, by itself or by its team.
    pub works_for: Option<EntityId>,
    /// Teams of organizations where keys of view-only people read.
    pub key_reads: Vec<EntityId>,
    /// Whom a service account says it acts for though nobody of that name counts; for telling so.
    pub unheard: Option<String>,
    /// An API key was sent. Keys are for logging: they work only where the role is more than view-only.
    pub by_key: bool,
    /// What they were shown by the link to a report that came with the request, besides what is theirs.
    pub shown: Option<Shown>,
    /// Notes into what an office alone lets them; `None` where nobody asks, as for a decision about somebody else.
    pub entered: Option<Entered>,
}

impl Actor {
    /// Somebody who did not say who they are.
    pub const fn nobody() -> Self {
        Self {
            account: None,
            acting_for: None,
            site_admin: false,
            personal: None,
            seats: Vec::new(),
            project_seats: Vec::new(),
            memberships: Vec::new(),
            member_of: Vec::new(),
            makes_teams: Vec::new(),
            organizations: Vec::new(),
            overseen: Vec::new(),
            closed: Vec::new(),
            registry_seats: Vec::new(),
            works_for: None,
            key_reads: Vec::new(),
            unheard: None,
            by_key: false,
            shown: None,
            entered: None,
        }
    }

    /// Whoever may write the data directory, who has no account.
    pub fn operator() -> Self {
        Self { site_admin: true, ..Self::nobody() }
    }

    /// The account that runs and projects are attributed to.
    pub fn author(&self) -> Option<AccountId> {
        self.acting_for.or(self.account)
    }

    /// The account, for what only somebody signed in may do.
    pub fn signed_in(&self) -> Result<AccountId> {
        self.account.ok_or_else(|| Error::unauthenticated("sign in, or send an API key"))
    }

    /// For what everybody may do who is known: who is signed in, and the operator at the machine, who has no account.
    pub fn known(&self) -> Result<()> {
        if self.site_admin { Ok(()) } else { self.signed_in().map(|_| ()) }
    }

    fn role_in(&self, entity: EntityId) -> Option<TeamRole> {
        // Who administers an organization does so with its own entity, where its registries live, and with its teams.
        if self.personal == Some(entity) || self.organizations.contains(&entity) || self.overseen.contains(&entity) {
            return Some(TeamRole::Admin);
        }
        self.seat_in(entity).or_else(|| self.memberships.contains(&entity).then_some(TeamRole::ViewOnly))
    }

    fn seat_in(&self, entity: EntityId) -> Option<TeamRole> {
        self.seats.iter().find(|(team, _)| *team == entity).map(|(_, role)| *role)
    }

    /// The role that counts for what an entity holds, and not for its people and settings.
    fn role_within(&self, entity: EntityId) -> Option<TeamRole> {
        if self.closed.contains(&entity) { self.seat_in(entity) } else { self.role_in(entity) }
    }

    /// Whether the actor may do this in an entity by that role.
    fn may(&self, role: Option<TeamRole>, entity: EntityId, action: Action, own: bool) -> bool {
        let key_reads = self.memberships.contains(&entity) || self.key_reads.contains(&entity);
        let lends_nothing = self.by_key && role == Some(TeamRole::ViewOnly) && !key_reads;
        !lends_nothing && role_allows(role, action, own)
    }

    /// The role that counts in a project.
    fn effective_role(&self, project: ProjectId, entity: EntityId, visibility: Visibility) -> Option<TeamRole> {
        let (named, team) = (self.role_in_project(project), self.role_within(entity));
        match (visibility, named, team) {
            (_, Some(_), Some(TeamRole::ViewOnly)) => Some(TeamRole::ViewOnly),
            // Being named cannot lower the one who could name themself anything.
            (_, Some(_), Some(TeamRole::Admin)) => Some(TeamRole::Admin),
            (_, Some(named), _) => Some(named),
            (Visibility::Restricted, None, _) if self.personal != Some(entity) => None,
            (_, None, team) => team,
        }
    }

    /// The role that counts in a registry: the highest of what its members, their teams and its organization are given.
    fn role_in_registry(&self, registry: ProjectId, organization: EntityId, visibility: Visibility) -> Option<RegistryRole> {
        if self.organizations.contains(&organization) {
            return Some(RegistryRole::Admin);
        }
        let seat = self.registry_seats.iter().find(|(id, _)| *id == registry).map(|(_, role)| *role);
        let belongs = self.memberships.contains(&organization) || self.works_for == Some(organization);
        seat.max((belongs && visibility != Visibility::Restricted).then_some(RegistryRole::Viewer))
    }

    /// Whether it was made by the account, or on behalf of whom it acts for.
    fn made(&self, owner: Option<AccountId>) -> bool {
        owner.is_some() && (owner == self.account || owner == self.acting_for)
    }

    fn role_in_project(&self, project: ProjectId) -> Option<TeamRole> {
        self.project_seats.iter().find(|(id, _)| *id == project).map(|(_, role)| *role)
    }
}

/// A role in a team, in the vendor's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TeamRole {
    ViewOnly,
    Service,
    Member,
    Admin,
}

impl TeamRole {
    pub const ALL: [Self; 4] = [Self::ViewOnly, Self::Service, Self::Member, Self::Admin];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::ViewOnly => "view-only",
            Self::Service => "service",
            Self::Member => "member",
            Self::Admin => "admin",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

/// A role in an organization, in the vendor's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OrganizationRole {
    /// Only looks, in whatever team: has no API key.
    Viewer,
    Member,
    Admin,
}

impl OrganizationRole {
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Member, Self::Admin];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Member => "member",
            Self::Admin => "admin",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

/// A role in a registry, in the vendor's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RegistryRole {
    /// Sees what there is, and gets no bytes of it.
    RestrictedViewer,
    Viewer,
    Member,
    Admin,
}

impl RegistryRole {
    pub const ALL: [Self; 4] = [Self::RestrictedViewer, Self::Viewer, Self::Member, Self::Admin];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::RestrictedViewer => "restricted_viewer",
            Self::Viewer => "viewer",
            Self::Member => "member",
            Self::Admin => "admin",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

/// Who may see a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// Anybody may look, everybody signed in may log.
    Open,
    /// Anybody may look, the team logs.
    Public,
    /// The team.
    Team,
    /// Only those named as its members.
    Restricted,
}

impl Visibility {
    pub const ALL: [Self; 4] = [Self::Open, Self::Public, Self::Team, Self::Restricted];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Public => "public",
            Self::Team => "team",
            Self::Restricted => "restricted",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|visibility| visibility.as_str() == text)
    }
}

/// What is done to a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// See it and everything in it.
    Read,
    /// Get the bytes of what is in it. Only in a registry this is not the same as seeing it.
    Download,
    /// Add to it or change it.
    Write,
    /// Stop or delete it.
    Delete,
    /// Change who may do what, and its settings.
    Manage,
}

impl Action {
    pub const ALL: [Self; 5] = [Self::Read, Self::Download, Self::Write, Self::Delete, Self::Manage];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Download => "download",
            Self::Write => "write",
            Self::Delete => "delete",
            Self::Manage => "manage",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == text)
    }
}

/// The thing it is done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The server as a whole: accounts, teams, settings.
    Site,
    /// An account: its keys, sessions and settings.
    Account(AccountId),
    /// An account of automation, with the team or organization it works for.
    Service { account: AccountId, home: EntityId },
    /// A team or personal entity.
    Entity(EntityId),
    /// The teams of an organization as such, of which its settings may let every member make one, and a group of the directory
    /// some.
    Teams { organization: EntityId, open_to_members: bool },
    /// What people outside a team learn of it: that it is there, what it is for and whom to ask.
    Card { team: EntityId, organization: Option<EntityId>, hidden: bool },
    /// A team with all that is in it, to be deleted or restored.
    WholeTeam { team: EntityId, organization: Option<EntityId> },
    /// Asking people into a team, which its settings may leave to every member.
    Invitations { team: EntityId, open_to_members: bool },
    /// A project.
    Project { id: ProjectId, entity: EntityId, visibility: Visibility },
    /// A project with all that is in it, to be deleted. `only_own`: every run and every report in it is of who owns the project.
    Whole { id: ProjectId, entity: EntityId, visibility: Visibility, owner: Option<AccountId>, only_own: bool },
    /// Something in a project that somebody made: a run, its files.
    Owned { project: ProjectId, entity: EntityId, visibility: Visibility, owner: Option<AccountId> },
    /// A version or collection of artifacts that somebody made, whose deletion the team's settings may leave to every member.
    Version { project: ProjectId, entity: EntityId, visibility: Visibility, owner: Option<AccountId>, open_to_members: bool },
    /// The rules of a project that tell people of its runs. An open project lets others log, not write to its people.
    Alerts { id: ProjectId, entity: EntityId, visibility: Visibility },
    /// A registry, and whatever is in it: it is kept as a project of an organization, and has roles of its own.
    Registry { id: ProjectId, organization: EntityId, visibility: Visibility },
    /// What the process of a run sends. As long as it is `alive`, whoever began the run ends it, though their seat is gone:
    /// what a training has cost is not lost. Where an organization cuts what leavers send, no run counts as alive here.
    Stream { project: ProjectId, entity: EntityId, visibility: Visibility, owner: Option<AccountId>, alive: bool },
    /// A report, a draft of one, or a saved workspace. One that is about to be made is its maker's.
    Report {
        id: ReportId,
        project: ProjectId,
        entity: EntityId,
        visibility: Visibility,
        owner: Option<AccountId>,
        kind: ReportKind,
    },
    /// The links by which a report is shared with whoever holds them. `barred`: settings forbid that.
    Sharing { project: ProjectId, entity: EntityId, visibility: Visibility, owner: Option<AccountId>, barred: bool },
    /// What panels show of the runs in a project: their names, config, summary and metrics. To write them is to give them to
    /// whoever holds a link, which is `barred` where settings forbid it.
    Figures { project: ProjectId, entity: EntityId, visibility: Visibility, barred: bool },
    /// What is said about a published report, of this author. `speaker`: who said it; what is about to be said is its speaker's.
    Talk {
        project: ProjectId,
        entity: EntityId,
        /// That of the team.
        organization: Option<EntityId>,
        visibility: Visibility,
        author: Option<AccountId>,
        speaker: Option<AccountId>,
        part: TalkPart,
    },
}

impl Target {
    fn what(&self) -> &'static str {
        match self {
            Self::Site => "server",
            Self::Account(_) | Self::Service { .. } => "account",
            Self::Entity(_) => "entity",
            Self::Teams { .. } => "teams of the organization",
            Self::Card { .. } | Self::WholeTeam { .. } => "team",
            Self::Invitations { .. } => "team's invitations",
            Self::Project { .. } | Self::Whole { .. } => "project",
            Self::Alerts { .. } => "project's alerts",
            Self::Owned { .. } | Self::Stream { .. } | Self::Figures { .. } => "run",
            Self::Report { .. } | Self::Sharing { .. } => "report",
            Self::Talk { part, .. } => part.as_str(),
            Self::Version { .. } => "artifact",
            Self::Registry { .. } => "registry",
        }
    }
}

/// May this actor do this action to this target?
///
/// What the tables of the golden file follow from:
/// * A team admin may do everything in the team, except look into a restricted project; there they may name members,
///   themselves included.
/// * A role in a project replaces the role in its team, but nobody who only looks at the team is raised by it.
/// * Members and service accounts write everything and stop or delete what they made.
/// * A registry is seen by its organization, or by whom it was given to; its roles count there and no others do.
/// * In an open project everybody signed in may log runs of their own. Whoever was given only a view of the team has that
///   here too: an explicit role counts for more than the open door.
/// * Reports are seen with their project, and changed and shared by who wrote them and the admins ([`shared`]).
/// * Everybody who is signed in and has a role comments on the reports they see, view-only people too; nobody changes what
///   another said ([`talk`]).
///
/// What is allowed by an office alone is noted with the actor ([`Entered`]).
pub fn allows(actor: &Actor, action: Action, target: &Target) -> bool {
    let allowed = judge(actor, action, target);
    if allowed && let Some(entered) = &actor.entered {
        entered.note(actor, action, target);
    }
    allowed
}

fn judge(actor: &Actor, action: Action, target: &Target) -> bool {
    if let Target::Talk { .. } = target {
        // Administrators too put words into nobody's mouth.
        return talk::judge(actor, action, target);
    }
    if actor.site_admin {
        return true;
    }
    let action = match (action, target) {
        (Action::Download, Target::Registry { .. }) => Action::Download,
        (Action::Download, _) => Action::Read,
        (action, _) => action,
    };
    match *target {
        Target::Site => false,
        Target::Account(account) => actor.account == Some(account),
        // Whoever manages where it works manages its keys.
        Target::Service { account, home } => actor.account == Some(account) || actor.role_in(home) == Some(TeamRole::Admin),
        // Nobody made a team alone, so there is no "own" one that a member could delete.
        Target::Entity(entity) => {
            let role = if action == Action::Write { actor.role_within(entity) } else { actor.role_in(entity) };
            actor.may(role, entity, action, false)
        }
        Target::Teams { organization, open_to_members } => {
            let lets =
                actor.makes_teams.contains(&organization) || (open_to_members && actor.member_of.contains(&organization));
            (lets && action == Action::Write) || actor.may(actor.role_in(organization), organization, action, false)
        }
        Target::Card { team, organization, hidden } => {
            let belongs = |organization| actor.role_in(organization).is_some() || actor.works_for == Some(organization);
            let colleague = organization.is_some_and(belongs);
            actor.may(actor.role_in(team), team, action, false) || (action == Action::Read && colleague && !hidden)
        }
        Target::WholeTeam { team, organization } => match action {
            // What somebody built for a team goes with it: those who answer for all its teams decide.
            Action::Delete => organization.is_some_and(|organization| actor.role_in(organization) == Some(TeamRole::Admin)),
            _ => judge(actor, action, &Target::Entity(team)),
        },
        Target::Invitations { team, open_to_members } => match (actor.role_in(team), action) {
            (Some(TeamRole::Admin), _) | (Some(TeamRole::Member), Action::Read) => true,
            (Some(TeamRole::Member), Action::Write) => open_to_members,
            _ => false,
        },
        Target::Project { id, entity, visibility } => {
            let role = actor.effective_role(id, entity, visibility);
            actor.may(role, entity, action, false) || opened(actor, role, action, visibility, action == Action::Write) || {
                let names_members = visibility == Visibility::Restricted && action == Action::Manage;
                names_members && actor.role_in(entity) == Some(TeamRole::Admin)
            }
        }
        Target::Alerts { id, entity, visibility } => match action {
            Action::Read => judge(actor, action, &Target::Project { id, entity, visibility }),
            // To say whose they are; the rest is for all members, whoever made them.
            Action::Manage => actor.may(actor.effective_role(id, entity, visibility), entity, action, false),
            _ => actor.may(actor.effective_role(id, entity, visibility), entity, Action::Write, false),
        },
        Target::Whole { id, entity, visibility, owner, only_own } => {
            let project = Target::Project { id, entity, visibility };
            match action {
                Action::Delete => {
                    let own = only_own && actor.made(owner);
                    let role = actor.effective_role(id, entity, visibility);
                    actor.may(role, entity, Action::Delete, own) || judge(actor, Action::Manage, &project)
                }
                _ => judge(actor, action, &project),
            }
        }
        Target::Owned { project, entity, visibility, owner } => {
            let own = actor.made(owner);
            let role = actor.effective_role(project, entity, visibility);
            actor.may(role, entity, action, own) || opened(actor, role, action, visibility, own)
        }
        Target::Version { project, entity, visibility, owner, open_to_members } => {
            let own = actor.made(owner);
            let role = actor.effective_role(project, entity, visibility);
            // Automation deletes what it made itself.
            let left_to_them = open_to_members && role == Some(TeamRole::Member);
            actor.may(role, entity, action, own || left_to_them) || opened(actor, role, action, visibility, own)
        }
        Target::Stream { project, entity, visibility, owner, alive } => {
            let ends_it = action == Action::Write && alive && actor.account.is_some() && actor.made(owner);
            ends_it || judge(actor, action, &Target::Owned { project, entity, visibility, owner })
        }
        Target::Registry { id, organization, visibility } => {
            let role = actor.role_in_registry(id, organization, visibility);
            role >= Some(registry_role_for(action))
        }
        Target::Report { .. } | Target::Sharing { .. } | Target::Figures { .. } => shared::judge(actor, action, target),
        Target::Talk { .. } => talk::judge(actor, action, target),
    }
}

/// The lowest role in a registry that may do this.
fn registry_role_for(action: Action) -> RegistryRole {
    match action {
        Action::Read => RegistryRole::RestrictedViewer,
        Action::Download => RegistryRole::Viewer,
        // Of what is in it; the registry itself is deleted by those who manage it.
        Action::Write | Action::Delete => RegistryRole::Member,
        Action::Manage => RegistryRole::Admin,
    }
}

/// What a project's visibility gives to those whose role does not. `own`: they made the thing, or are about to.
fn opened(actor: &Actor, role: Option<TeamRole>, action: Action, visibility: Visibility, own: bool) -> bool {
    match (visibility, action) {
        (Visibility::Open | Visibility::Public, Action::Read) => true,
        (Visibility::Open, Action::Write | Action::Delete) => {
            own && actor.account.is_some() && role != Some(TeamRole::ViewOnly)
        }
        _ => false,
    }
}

fn role_allows(role: Option<TeamRole>, action: Action, own: bool) -> bool {
    match (role, action) {
        (Some(TeamRole::Admin), _) | (Some(_), Action::Read | Action::Download) => true,
        (Some(TeamRole::Member | TeamRole::Service), Action::Write) => true,
        (Some(TeamRole::Member | TeamRole::Service), Action::Delete) => own,
        _ => false,
    }
}

/// Refuses what is not allowed: "not found" to those who may not even see the target, else "forbidden" with the reason.
pub fn require(actor: &Actor, action: Action, target: &Target) -> Result<()> {
    if allows(actor, action, target) {
        return Ok(());
    }
    let what = target.what();
    if let Target::Invitations { team, .. } = *target
        && actor.role_in(team).is_some()
    {
        return Err(Error::forbidden("only a team admin invites people into this team"));
    }
    if allows(actor, Action::Read, target) {
        if let Target::Registry { .. } = target {
            let (may, role) = (action.as_str(), registry_role_for(action).as_str());
            return Err(Error::forbidden(format!(
                "to {may} in this registry takes its role {role}; ask one of its admins, or an admin of the organization"
            )));
        }
        if let Some(reason) = shared::refusal(action, target).or_else(|| talk::refusal(action, target)) {
            return Err(Error::forbidden(reason));
        }
        let reason = match action {
            Action::Read | Action::Download => format!("you may not see this {what}"),
            Action::Write => format!("you may look at this {what} but not change it; ask a team admin for the role Member"),
            Action::Delete if matches!(target, Target::WholeTeam { .. }) => {
                "only an admin of the organization deletes and restores teams".to_owned()
            }
            Action::Delete if matches!(target, Target::Whole { .. }) => {
                "a team admin deletes projects, and whoever made one as long as all runs and reports in it are theirs"
                    .to_owned()
            }
            Action::Delete => format!("only the person who made this {what} or a team admin may stop or delete it"),
            Action::Manage if matches!(target, Target::Alerts { .. }) => "only a team admin hands alerts over".to_owned(),
            Action::Manage => format!("only a team admin may manage this {what}"),
        };
        return Err(Error::forbidden(reason));
    }
    match target {
        // Who says nothing of themself may well be the one.
        Target::Site => actor.signed_in().and(Err(Error::forbidden("only an administrator of this server may do this"))),
        _ => Err(Error::not_found(what)),
    }
}

#[cfg(test)]
mod golden;
