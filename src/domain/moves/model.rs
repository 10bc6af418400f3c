//! A move of runs, and how it stands with each of them.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::id::{AccountId, EntityId, MoveId, ProjectId, RunId};

/// How long a move can be undone after its end.
pub const UNDO_SPAN: Duration = Duration::from_secs(15 * 60);

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $word:ident = $text:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$word_doc])* $word,)+ }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$word,)+];

            pub fn as_str(self) -> &'static str {
                match self { $(Self::$word => $text,)+ }
            }
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|word| word.as_str() == text)
            }
        }
    )+};
}

words! {
    /// What becomes of artifacts.
    Artifacts {
        /// Versions that only the moved runs made or used go with them.
        Move = "move",
        /// All stay where they are, and the project that the runs go to has links to them.
        CopyReference = "copy_reference",
        /// All stay where they are; the runs alone know of them.
        Leave = "leave",
    }
    /// What becomes of a run whose id another run has where it is to go.
    Conflicts {
        /// It stays.
        Skip = "skip",
        /// It gets a free id there: `abc-2`.
        Rename = "rename",
    }
    MoveState {
        Running = "running",
        Done = "done",
        Undoing = "undoing",
        Undone = "undone",
    }
    /// How it stands with a run of a move.
    ItemState {
        Waiting = "waiting",
        Moved = "moved",
        /// It was not moved.
        Skipped = "skipped",
        /// It is where it was.
        Back = "back",
        /// It was not brought back.
        Stayed = "stayed",
    }
}

/// A project in the words of its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    pub id: ProjectId,
    pub entity_id: EntityId,
    pub entity: String,
    pub project: String,
}

/// A move.
#[derive(Clone, Debug)]
pub struct Move {
    pub id: MoveId,
    pub source: End,
    pub destination: End,
    pub artifacts: Artifacts,
    pub conflicts: Conflicts,
    pub moved_by: Option<AccountId>,
    /// The member on whose behalf a service account moves.
    pub acting_for: Option<AccountId>,
    /// The user name of who moves.
    pub mover: Option<String>,
    pub state: MoveState,
    pub created_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    /// Who undoes it; `None` is the operator, if it is undone at all.
    pub undone_by: Option<AccountId>,
    pub undone_at: Option<Timestamp>,
}

impl Move {
    /// Until when it can be undone; as long as it has not ended there is no such moment.
    pub fn undo_until(&self) -> Option<Timestamp> {
        self.ended_at.map(|ended| ended.plus(UNDO_SPAN))
    }
}

/// How far a move has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    pub total: i64,
    pub waiting: i64,
    pub moved: i64,
    pub skipped: i64,
    pub back: i64,
    pub stayed: i64,
    /// Versions of artifacts that went along.
    pub artifacts: i64,
    /// Versions that stayed and are linked into the project there.
    pub links: i64,
}

/// A run of a move.
#[derive(Clone, Debug)]
pub struct Item {
    pub run: RunId,
    /// Its id before the move.
    pub old_name: String,
    /// Its id after it.
    pub new_name: Option<String>,
    pub state: ItemState,
    /// Why it was skipped, or stayed.
    pub reason: Option<String>,
}
