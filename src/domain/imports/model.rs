//! An import, and how it stands with it.

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::id::{AccountId, EntityId, ImportId};

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident in $column:literal { $($(#[$word_doc:meta])* $word:ident = $text:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$word_doc])* $word,)+ }

        impl $name {
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$word => $text,)+ }
            }
            pub(super) fn read(text: &str) -> Result<Self> {
                match text {
                    $($text => Ok(Self::$word),)+
                    other => Err(Error::internal(format!("{} holds {other}", $column))),
                }
            }
        }
    )+};
}

words! {
    /// Where an import is in its life.
    State in "imports.state" {
        /// It is read, or waits for its turn.
        Running = "running",
        Done = "done",
        /// It went no further; what had come in by then is there.
        Failed = "failed",
        Cancelled = "cancelled",
    }
    /// What something of a bundle is.
    Kind in "import_items.kind" {
        Run = "run",
        Version = "version",
        /// A version in a portfolio.
        Link = "link",
        /// A report, a draft or a kept workspace.
        Report = "report",
    }
    /// What became of something of a bundle.
    ItemState in "import_items.state" {
        Imported = "imported",
        /// It was there already.
        Known = "known",
        /// It was not taken in.
        Skipped = "skipped",
    }
}

/// An import.
#[derive(Clone, Debug)]
pub struct Import {
    pub id: ImportId,
    /// The word that names the bundle.
    pub bundle: String,
    /// The word that the server is known by that it comes from.
    pub server: String,
    /// What it is of: `red/digits`.
    pub title: String,
    pub size_bytes: i64,
    /// Where all projects go; `None`: each to the team or person of its name.
    pub into: Option<EntityId>,
    /// Where single projects go: `entity/project` to `entity/project`.
    pub places: BTreeMap<String, String>,
    pub asked_by: Option<AccountId>,
    pub acting_for: Option<AccountId>,
    pub by_key: bool,
    /// The user name of who asked.
    pub asker: Option<String>,
    pub uploaded: bool,
    pub state: State,
    /// Why it failed.
    pub reason: Option<String>,
    pub created_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    /// How much of the bundle was compared with its list, and taken in, together: twice its size at the end.
    pub read_bytes: i64,
}

/// What became of something of a bundle.
#[derive(Clone, Debug)]
pub struct Item {
    pub kind: Kind,
    pub origin: i64,
    /// `entity/project/name` where it comes from.
    pub old_name: String,
    /// And here.
    pub new_name: Option<String>,
    pub state: ItemState,
    pub reason: Option<String>,
}

/// How many things there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub runs_imported: i64,
    pub runs_known: i64,
    pub versions_imported: i64,
    pub versions_known: i64,
    pub reports_imported: i64,
    pub reports_known: i64,
    /// Of whatever kind.
    pub skipped: i64,
}
