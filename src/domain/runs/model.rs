//! A run, its name and its states.

use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::id::{AccountId, EntityId, ProjectId, RunId};
use crate::policy::{Target, Visibility};

/// One execution of a program that logs.
#[derive(Clone, Debug)]
pub struct Run {
    pub id: RunId,
    pub project_id: ProjectId,
    pub project: String,
    pub entity_id: EntityId,
    pub entity: String,
    pub visibility: Visibility,
    /// What the client calls the run id.
    pub name: String,
    pub display_name: String,
    pub description: String,
    pub notes: String,
    pub tags: Vec<String>,
    pub group: Option<String>,
    pub job_type: Option<String>,
    pub sweep: Option<String>,
    pub host: Option<String>,
    pub program: Option<String>,
    pub repo: Option<String>,
    pub commit: Option<String>,
    pub state: RunState,
    /// Why the run is in its state, in words: "no heartbeat since …", "stopped by ada". May be empty.
    pub state_reason: String,
    pub exit_code: Option<i64>,
    pub stop_requested: bool,
    /// Whether it is protected from deletion.
    pub locked: bool,
    /// The config document as JSON text, each value under `value`.
    pub config: String,
    /// The summary document as JSON text in Python's dialect.
    pub summary: String,
    /// The run whose first steps this one continues, and the last step taken from it.
    pub branch: Option<(RunId, i64)>,
    /// How many rows of history it did not log itself but inherited by a fork, or kept in a rewind.
    pub inherited_lines: i64,
    /// Whether what its process sends ends with its author's seat, and not with the run.
    pub ends_with_seat: bool,
    pub created_by: Option<AccountId>,
    /// The user name and full name of who made it.
    pub author: Option<(String, String)>,
    /// The user name of the service account that logs it on behalf of who made it.
    pub logged_by: Option<String>,
    /// Why it is not attributed to whom its process named; empty if it is.
    pub attribution_warning: String,
    pub created_at: Timestamp,
    pub started_at: Timestamp,
    pub heartbeat_at: Timestamp,
    pub updated_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

impl Run {
    /// What the policy judges that by which its process sends.
    pub fn stream(&self) -> Target {
        self.streaming().stream()
    }
    /// As much of it as its stream needs.
    pub fn streaming(&self) -> Streaming {
        Streaming {
            id: self.id,
            project_id: self.project_id,
            entity_id: self.entity_id,
            visibility: self.visibility,
            state: self.state,
            stop_requested: self.stop_requested,
            ends_with_seat: self.ends_with_seat,
            created_by: self.created_by,
        }
    }
    pub fn target(&self) -> Target {
        Target::Owned { project: self.project_id, entity: self.entity_id, visibility: self.visibility, owner: self.created_by }
    }
}

/// What must be known of a run for each message of its process: a run without its documents.
#[derive(Clone, Copy, Debug)]
pub struct Streaming {
    pub id: RunId,
    pub project_id: ProjectId,
    pub entity_id: EntityId,
    pub visibility: Visibility,
    pub state: RunState,
    pub stop_requested: bool,
    /// Whether what its process sends ends with its author's seat, and not with the run.
    pub ends_with_seat: bool,
    pub created_by: Option<AccountId>,
}

impl Streaming {
    /// What the policy judges that by which its names, config, summary and metrics are read.
    pub fn figures(&self) -> Target {
        Target::Figures { project: self.project_id, entity: self.entity_id, visibility: self.visibility, barred: false }
    }
    /// What the policy judges that by which its process sends.
    pub fn stream(&self) -> Target {
        Target::Stream {
            project: self.project_id,
            entity: self.entity_id,
            visibility: self.visibility,
            owner: self.created_by,
            alive: self.state.is_alive() && !self.ends_with_seat,
        }
    }
    pub fn target(&self) -> Target {
        Target::Owned { project: self.project_id, entity: self.entity_id, visibility: self.visibility, owner: self.created_by }
    }
}

/// Where a run is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunState {
    Pending,
    Running,
    Finished,
    Failed,
    Crashed,
    Killed,
    Preempting,
    Preempted,
}

impl RunState {
    pub const ALL: [Self; 8] = [
        Self::Pending,
        Self::Running,
        Self::Finished,
        Self::Failed,
        Self::Crashed,
        Self::Killed,
        Self::Preempting,
        Self::Preempted,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Crashed => "crashed",
            Self::Killed => "killed",
            Self::Preempting => "preempting",
            Self::Preempted => "preempted",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
    /// Whether a process is thought to be at work.
    pub fn is_alive(self) -> bool {
        matches!(self, Self::Running | Self::Preempting)
    }
    /// Whether the run has come to an end.
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Finished | Self::Failed | Self::Crashed | Self::Killed | Self::Preempted)
    }
}

/// What the client calls the run id: 1 to 128 characters, no blanks at its ends, none of `: ; , # ? / ' \`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunName(String);

impl RunName {
    pub const CHARS_MAX: usize = 128;

    pub fn parse(text: &str) -> Result<Self> {
        let fits = (1..=Self::CHARS_MAX).contains(&text.chars().count());
        let clean = !text.contains([':', ';', ',', '#', '?', '/', '\'', '\\']) && !text.contains(char::is_control);
        if fits && clean && text.trim() == text {
            return Ok(Self(text.to_owned()));
        }
        Err(Error::invalid(format!(
            "'{text}' cannot be a run id: it has 1 to {} characters, none of : ; , # ? / ' \\ and no blanks at its ends",
            Self::CHARS_MAX
        )))
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
