//! What somebody is told.

use crate::clock::Timestamp;
use crate::domain::accounts::faces::Face;
use crate::domain::addresses;
use crate::error::{Error, Result};
use crate::id::{CommentId, NotificationId, ReportId, RuleId, ThreadId};
use crate::policy::Target;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A comment names them.
    Mention,
    /// Somebody commented on a report that they follow, or in a thread that they wrote in.
    Comment,
    /// Another resolved a thread that they began.
    Resolved,
    /// Another published a new version of a report that they follow.
    Published,
    /// They were made the author of a report or alert.
    Assigned,
}

impl Kind {
    pub const ALL: [Self; 5] = [Self::Mention, Self::Comment, Self::Resolved, Self::Published, Self::Assigned];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mention => "mention",
            Self::Comment => "comment",
            Self::Resolved => "resolved",
            Self::Published => "published",
            Self::Assigned => "assigned",
        }
    }
    pub(super) fn read(text: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        found.ok_or_else(|| Error::internal(format!("notifications.kind holds {text}")))
    }
}

/// Something that people are to be told of: of a report, or of an alert.
#[derive(Clone, Debug)]
pub(in crate::domain) struct Event {
    pub kind: Kind,
    pub report: Option<ReportId>,
    pub rule: Option<RuleId>,
    pub thread: Option<ThreadId>,
    pub comment: Option<CommentId>,
    /// What people have to see to be told.
    pub seen: Target,
}

/// What somebody was told.
#[derive(Clone, Debug)]
pub struct Notification {
    pub id: NotificationId,
    pub kind: Kind,
    pub at: Timestamp,
    pub read_at: Option<Timestamp>,
    pub by: Option<Face>,
    pub subject: Subject,
    pub thread: Option<ThreadId>,
    pub comment: Option<CommentId>,
    /// The beginning of what was said.
    pub excerpt: String,
}

/// A report, or an alert, as it is now.
#[derive(Clone, Debug)]
pub struct Subject {
    pub report: Option<ReportId>,
    /// Its title, or the name of the alert.
    pub title: String,
    pub entity: String,
    pub project: String,
}

impl Notification {
    /// Its address below that of the server.
    pub fn path(&self) -> String {
        let Subject { report, title, entity, project } = &self.subject;
        let Some(report) = report else { return format!("{}/settings", addresses::project(entity, project)) };
        let place = addresses::report(entity, project, title, *report);
        self.thread.map_or_else(|| place.clone(), |thread| format!("{place}#thread-{thread}"))
    }
}
