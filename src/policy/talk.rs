//! Who may read what is said about reports, say something, change it and take it back.

use super::{Action, Actor, Target, TeamRole, allows, opened};

/// What of the talk about a report something is done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TalkPart {
    /// All of it: to write is to begin a thread, or to reply.
    Report,
    /// A thread: to write is to say that it is resolved, or not.
    Thread,
    /// A comment: to write is to change its words.
    Comment,
}

impl TalkPart {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Thread => "thread",
            Self::Comment => "comment",
        }
    }
}

/// As [`super::allows`], for [`Target::Talk`].
///
/// * Who is signed in and sees the report reads what is said about it. A link to the report shows nothing of it.
/// * Who has a role in the project, its team or organization says something too, view-only people as others, if not by a key.
/// * Threads are resolved and opened again by who began them, and by members.
/// * A comment is changed by who wrote it alone, and deleted by them, who wrote the report, as a member, and admins.
pub(super) fn judge(actor: &Actor, action: Action, target: &Target) -> bool {
    let Target::Talk { project, entity, organization, visibility, author, speaker, part } = *target else { return false };
    let role = actor.effective_role(project, entity, visibility);
    let sees = actor.may(role, entity, Action::Read, false) || opened(actor, role, Action::Read, visibility, false);
    if !actor.site_admin && (actor.account.is_none() || !sees) {
        return false;
    }
    let is_member = actor.site_admin || role >= Some(TeamRole::Service);
    // A key of who has view-only reads at most.
    let writes = actor.site_admin || !(actor.by_key && role == Some(TeamRole::ViewOnly));
    let colleague = |organization| actor.role_in(organization).is_some() || actor.works_for == Some(organization);
    let belongs = actor.site_admin || role.is_some() || organization.is_some_and(colleague);
    let own = speaker.is_some() && speaker == actor.account;
    let is_admin = actor.site_admin || role == Some(TeamRole::Admin);
    // As with the report itself: who wrote it answers for it as a member.
    let answers_for = is_admin || (is_member && author.is_some() && author == actor.account);
    match (part, action) {
        (_, Action::Read | Action::Download) => true,
        (TalkPart::Report, Action::Write) => writes && belongs,
        (TalkPart::Thread, Action::Write) => writes && (own || is_member),
        (TalkPart::Comment, Action::Write) => writes && own,
        (TalkPart::Comment, Action::Delete) => writes && (own || answers_for),
        _ => false,
    }
}

/// Why somebody may not do this to what they read; `None` where there is no such thing to be done.
pub(super) fn refusal(action: Action, target: &Target) -> Option<&'static str> {
    let Target::Talk { part, .. } = target else { return None };
    match (part, action) {
        (TalkPart::Report, Action::Write) => {
            Some("only who has a role in the team, its organization or the project comments here, and not by a view-only key")
        }
        (TalkPart::Thread, Action::Write) => {
            Some("who has view-only resolves the threads that they began, and members all of them")
        }
        (TalkPart::Comment, Action::Write) => Some("only who wrote a comment changes it"),
        (TalkPart::Comment, Action::Delete) => {
            Some("a comment is deleted by who wrote it, by who wrote the report, as a member, and by team admins")
        }
        _ => None,
    }
}

/// The rule that decides, in words.
pub(super) fn rule(actor: &Actor, action: Action, target: &Target, allowed: bool) -> &'static str {
    let Target::Talk { part, .. } = *target else { return "only what is said about reports is judged so" };
    match (part, action, allowed) {
        (_, Action::Read | Action::Download, true) => "whoever is signed in and sees a report reads what is said about it",
        (TalkPart::Report, _, true) => "every role comments, view-only too",
        (TalkPart::Thread, _, true) => "members resolve threads, and so does who began one",
        (TalkPart::Comment, Action::Delete, true) => "who wrote a comment deletes it, as do who wrote the report and admins",
        (TalkPart::Comment, _, true) => "everybody changes what they wrote",
        (_, _, false) if actor.account.is_none() => "only who is signed in reads what is said about reports",
        (_, _, false) if !allows(actor, Action::Read, target) => "without a role there is nothing they may do here",
        (TalkPart::Report, Action::Write, false) => {
            "only who has a role in the team, its organization or the project comments, and not by a view-only key"
        }
        (TalkPart::Thread, Action::Write, false) => "only who began a thread, and members, resolve it",
        (TalkPart::Comment, Action::Write, false) => "only who wrote a comment changes it",
        (TalkPart::Comment, Action::Delete, false) => {
            "only who wrote a comment, a member who wrote the report, and admins delete it"
        }
        (_, _, false) => "only reading, commenting, resolving and taking back is there to be done",
    }
}
