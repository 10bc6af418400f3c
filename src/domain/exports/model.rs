//! An export, and how it stands with it.

use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::id::{AccountId, EntityId, ExportId, ProjectId, RunId};

/// What is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    Run(ProjectId, RunId),
    Project(ProjectId),
    /// All projects of a team, a person or an organization.
    Entity(EntityId),
    /// All that the person may read.
    Instance,
}

impl Scope {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Run(..) => "run",
            Self::Project(_) => "project",
            Self::Entity(_) => "entity",
            Self::Instance => "instance",
        }
    }
}

/// Where an export is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is written, or waits for its turn.
    Running,
    /// The bundle can be downloaded.
    Done,
    Failed,
    Cancelled,
    /// The bundle's time is over; its bytes are gone.
    Expired,
    /// Somebody removed the bundle.
    Deleted,
}

impl State {
    const ALL: [Self; 6] = [Self::Running, Self::Done, Self::Failed, Self::Cancelled, Self::Expired, Self::Deleted];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Deleted => "deleted",
        }
    }
    pub(super) fn read(text: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|state| state.as_str() == text);
        found.ok_or_else(|| Error::internal(format!("exports.state holds {text}")))
    }
}

/// An export.
#[derive(Clone, Debug)]
pub struct Export {
    pub id: ExportId,
    /// A random word that names the bundle.
    pub bundle: String,
    pub scope: Scope,
    /// What it is of, as it was called then: `red/digits/abc`.
    pub title: String,
    pub asked_by: Option<AccountId>,
    /// The member on whose behalf a service account asks.
    pub acting_for: Option<AccountId>,
    /// Whether an API key asked: some roles lend nothing to these.
    pub by_key: bool,
    /// The user name of who asked.
    pub asker: Option<String>,
    pub state: State,
    /// Why it failed.
    pub reason: Option<String>,
    pub created_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    /// When the bundle goes, once it is done.
    pub expires_at: Option<Timestamp>,
    pub runs_total: i64,
    pub runs_done: i64,
    /// Bytes of files and artifacts that are to come, about.
    pub expected_bytes: i64,
    pub written_bytes: i64,
    /// How many projects that were to be read when it was asked for were not any more when it was their turn.
    pub left_out: i64,
}
