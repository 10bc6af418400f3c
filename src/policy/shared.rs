//! Who may see, change and share reports, and what the holder of a link to one sees.

use super::{Action, Actor, Target, TeamRole, Visibility, judge as judge_any, opened};
use crate::id::{ProjectId, ReportId};

/// What the holder of a link sees: one report, and what its panels show of the runs in these projects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub report: ReportId,
    pub projects: Vec<ProjectId>,
}

/// How far a report has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportKind {
    /// For all who see the project.
    Published,
    /// For who writes it, and the admins.
    Draft,
    /// Not a report but how charts of a project were arranged and kept: the team's, whoever kept it first.
    Workspace,
}

impl ReportKind {
    pub const ALL: [Self; 3] = [Self::Published, Self::Draft, Self::Workspace];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Published => "report",
            Self::Draft => "draft",
            Self::Workspace => "workspace",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// As [`super::allows`], for [`Target::Report`], [`Target::Sharing`] and [`Target::Figures`].
///
/// * A report is seen by all who see its project; a draft by who writes it and the admins.
/// * Members change and delete the reports that they wrote, admins all of them. Workspaces are changed by all members.
/// * Whoever may change a report makes links to it, unless settings forbid that; nothing of a restricted project is shown by link.
///   The runs of a project are given to holders of links by those who log there.
/// * A link shows the report, and the figures of runs in the projects it names. Nothing else.
pub(super) fn judge(actor: &Actor, action: Action, target: &Target) -> bool {
    match *target {
        Target::Report { id, project, entity, visibility, owner, kind } => {
            let (role, own) = (actor.effective_role(project, entity, visibility), actor.made(owner));
            match (kind, action) {
                (ReportKind::Draft, Action::Read | Action::Download) => {
                    (own || role == Some(TeamRole::Admin)) && actor.may(role, entity, action, own)
                }
                (_, Action::Read | Action::Download) => {
                    let is_shown = actor.shown.as_ref().is_some_and(|shown| shown.report == id);
                    actor.may(role, entity, action, own)
                        || opened(actor, role, action, visibility, own)
                        || (is_shown && kind == ReportKind::Published && visibility != Visibility::Restricted)
                }
                (ReportKind::Workspace, Action::Write) => actor.may(role, entity, action, own),
                // Who may change it may as well end it.
                (_, Action::Write | Action::Delete) => actor.may(role, entity, Action::Delete, own),
                (_, Action::Manage) => actor.may(role, entity, action, own),
            }
        }
        Target::Sharing { project, entity, visibility, owner, barred } => {
            let (role, own) = (actor.effective_role(project, entity, visibility), actor.made(owner));
            let edits = actor.may(role, entity, Action::Delete, own);
            match action {
                Action::Write => edits && !barred && visibility != Visibility::Restricted,
                // Known to those who could make one, and taken back however much settings forbid new ones.
                Action::Read | Action::Download | Action::Delete => edits,
                Action::Manage => actor.may(role, entity, action, own),
            }
        }
        Target::Figures { project, entity, visibility, barred } => {
            let is_shown = actor.shown.as_ref().is_some_and(|shown| shown.projects.contains(&project));
            let reads = judge_any(actor, Action::Read, &Target::Project { id: project, entity, visibility });
            let private = !matches!(visibility, Visibility::Open | Visibility::Public);
            match action {
                Action::Read | Action::Download => reads || (is_shown && visibility != Visibility::Restricted),
                // What anybody may look at is nobody's to keep back.
                Action::Write if !private => reads,
                Action::Write => {
                    let role = actor.effective_role(project, entity, visibility);
                    !barred && visibility != Visibility::Restricted && actor.may(role, entity, action, false)
                }
                Action::Delete | Action::Manage => false,
            }
        }
        _ => false,
    }
}

/// Why somebody may not do this to something of a report that they see; `None` where the words for all things say it.
pub(super) fn refusal(action: Action, target: &Target) -> Option<&'static str> {
    match (target, action) {
        (Target::Report { kind: ReportKind::Workspace, .. }, Action::Write) => None,
        (Target::Report { .. }, Action::Write | Action::Delete) => {
            Some("members change and delete the reports that they wrote; a team admin does it for others")
        }
        (Target::Report { .. }, Action::Manage) => Some("only a team admin hands reports over"),
        (Target::Sharing { barred: true, .. }, Action::Write) => {
            Some("the settings of the team forbid public sharing of reports")
        }
        (Target::Sharing { visibility: Visibility::Restricted, .. }, Action::Write) => {
            Some("the project is restricted: its reports are not shared by link")
        }
        (Target::Figures { visibility: Visibility::Restricted, .. }, Action::Write) => {
            Some("the project is restricted: its runs are not shown by link")
        }
        (Target::Figures { barred: true, .. }, Action::Write) => {
            Some("the settings of the team forbid showing its runs to whoever holds a link")
        }
        (Target::Figures { .. }, Action::Write) => Some("only who logs to a project shows its runs to whoever holds a link"),
        _ => None,
    }
}

/// The rule that decides, in words.
pub(super) fn rule(actor: &Actor, action: Action, target: &Target, allowed: bool) -> &'static str {
    match (target, action, allowed) {
        (Target::Report { .. } | Target::Figures { .. }, Action::Read | Action::Download, true) => {
            "whoever sees the project, or holds a link, sees it"
        }
        (Target::Report { kind: ReportKind::Draft, .. }, Action::Read | Action::Download, false) => {
            "only who writes a draft, and admins, see it"
        }
        (Target::Report { kind: ReportKind::Workspace, .. }, Action::Write, true) => "members change kept workspaces",
        (Target::Report { .. }, Action::Write | Action::Delete, true) => "members change what they wrote, and admins all of it",
        (Target::Report { .. }, Action::Manage, true) => "an admin hands reports over",
        (Target::Sharing { .. }, _, true) => "whoever may change a report shares it",
        (Target::Figures { .. }, _, true) => "whoever logs to a project shows its runs by link",
        (Target::Report { .. }, Action::Read | Action::Download, false) => "without a role there is nothing they may do here",
        (_, _, false) if !super::allows(actor, Action::Read, target) => "only who may change a report knows of its links",
        (Target::Report { .. }, Action::Manage, false) => "only an admin hands reports over",
        (Target::Report { .. }, _, false) => "only who wrote it, as a member, and admins change it",
        (Target::Sharing { .. } | Target::Figures { .. }, Action::Write, false) => {
            "only where neither settings nor the restriction of a project forbid it, and by who may change things"
        }
        _ => "only seeing figures and giving them to holders of links is there to be done",
    }
}
