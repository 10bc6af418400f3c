//! The schemas, as files in order. Forward only; a shipped file never changes (a test holds their hashes).

use std::path::Path;

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

use crate::error::{Error, Result};

/// One of the two databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plane {
    /// `runstead.db`: people, teams, projects, runs' documents.
    Control,
    /// `history.db`: what runs stream.
    History,
}

impl Plane {
    pub const ALL: [Self; 2] = [Self::Control, Self::History];

    pub fn name(self) -> &'static str {
        match self {
            Self::Control => "control",
            Self::History => "history",
        }
    }

    /// What its file is called in a data directory.
    pub fn file(self) -> &'static str {
        match self {
            Self::Control => "runstead.db",
            Self::History => "history.db",
        }
    }

    /// The files that make this plane's schema, oldest first: name and text.
    pub fn files(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Control => &[
                ("control/0001-foundation.sql", include_str!("migrations/control/0001-foundation.sql")),
                ("control/0002-artifacts.sql", include_str!("migrations/control/0002-artifacts.sql")),
                ("control/0003-artifact-lifetimes.sql", include_str!("migrations/control/0003-artifact-lifetimes.sql")),
                ("control/0004-teams.sql", include_str!("migrations/control/0004-teams.sql")),
                ("control/0005-directory-identities.sql", include_str!("migrations/control/0005-directory-identities.sql")),
                ("control/0006-run-trash.sql", include_str!("migrations/control/0006-run-trash.sql")),
                ("control/0007-registries.sql", include_str!("migrations/control/0007-registries.sql")),
                ("control/0008-archived-runs.sql", include_str!("migrations/control/0008-archived-runs.sql")),
                ("control/0009-run-lists.sql", include_str!("migrations/control/0009-run-lists.sql")),
                ("control/0010-run-moves.sql", include_str!("migrations/control/0010-run-moves.sql")),
                ("control/0011-trash-of-projects.sql", include_str!("migrations/control/0011-trash-of-projects.sql")),
                ("control/0012-attribution.sql", include_str!("migrations/control/0012-attribution.sql")),
                ("control/0013-repeats.sql", include_str!("migrations/control/0013-repeats.sql")),
                ("control/0014-read-only-keys.sql", include_str!("migrations/control/0014-read-only-keys.sql")),
                ("control/0015-licence.sql", include_str!("migrations/control/0015-licence.sql")),
                ("control/0016-directory-sync.sql", include_str!("migrations/control/0016-directory-sync.sql")),
                ("control/0017-leavers.sql", include_str!("migrations/control/0017-leavers.sql")),
                ("control/0018-hints-of-keys.sql", include_str!("migrations/control/0018-hints-of-keys.sql")),
                ("control/0019-links-of-moves.sql", include_str!("migrations/control/0019-links-of-moves.sql")),
                ("control/0020-configs.sql", include_str!("migrations/control/0020-configs.sql")),
                ("control/0021-deleting-artifacts.sql", include_str!("migrations/control/0021-deleting-artifacts.sql")),
                ("control/0022-makers-of-teams.sql", include_str!("migrations/control/0022-makers-of-teams.sql")),
                ("control/0023-admins-in-teams.sql", include_str!("migrations/control/0023-admins-in-teams.sql")),
                ("control/0024-audit-chain.sql", include_str!("migrations/control/0024-audit-chain.sql")),
                ("control/0025-server-id.sql", include_str!("migrations/control/0025-server-id.sql")),
                ("control/0026-streamed-summaries.sql", include_str!("migrations/control/0026-streamed-summaries.sql")),
                ("control/0027-entering-teams.sql", include_str!("migrations/control/0027-entering-teams.sql")),
                ("control/0028-avatars.sql", include_str!("migrations/control/0028-avatars.sql")),
                ("control/0029-forgetting.sql", include_str!("migrations/control/0029-forgetting.sql")),
                ("control/0030-exports.sql", include_str!("migrations/control/0030-exports.sql")),
                ("control/0031-imports.sql", include_str!("migrations/control/0031-imports.sql")),
                ("control/0032-alert-rules.sql", include_str!("migrations/control/0032-alert-rules.sql")),
                ("control/0033-alert-firings.sql", include_str!("migrations/control/0033-alert-firings.sql")),
                ("control/0035-reports.sql", include_str!("migrations/control/0035-reports.sql")),
                ("control/0036-public-sharing.sql", include_str!("migrations/control/0036-public-sharing.sql")),
                ("control/0037-reports-in-bundles.sql", include_str!("migrations/control/0037-reports-in-bundles.sql")),
                ("control/0038-comments-on-reports.sql", include_str!("migrations/control/0038-comments-on-reports.sql")),
                ("control/0039-notifications.sql", include_str!("migrations/control/0039-notifications.sql")),
                ("control/0041-authors-of-alerts.sql", include_str!("migrations/control/0041-authors-of-alerts.sql")),
                ("control/0042-letters-of-invitations.sql", include_str!("migrations/control/0042-letters-of-invitations.sql")),
            ],
            Self::History => &[
                ("history/0001-tail.sql", include_str!("migrations/history/0001-tail.sql")),
                ("history/0002-segments.sql", include_str!("migrations/history/0002-segments.sql")),
                ("history/0003-measures.sql", include_str!("migrations/history/0003-measures.sql")),
                ("history/0004-summaries.sql", include_str!("migrations/history/0004-summaries.sql")),
                ("history/0005-unjudged.sql", include_str!("migrations/history/0005-unjudged.sql")),
            ],
        }
    }

    /// How many of its steps the file at this path has taken; `None` if there is no file. Changes nothing.
    ///
    /// # Errors
    /// In words for the operator: the file is none of ours, or cannot be opened.
    pub fn schema_of(self, path: &Path) -> Result<Option<u32>> {
        if !path.exists() {
            return Ok(None);
        }
        found(&super::copy::open(path)?, path).map(Some)
    }

    /// Whether a step goes through rows that are there.
    pub fn rewrites(sql: &str) -> bool {
        ["UPDATE ", "INSERT INTO ", "DELETE FROM "].iter().any(|word| sql.contains(word))
    }

    /// Refuses a file that a newer release has changed.
    pub fn require_known(self, found: u32, path: &Path) -> Result<()> {
        let newest = self.files().len();
        if found as usize <= newest {
            return Ok(());
        }
        Err(Error::invalid(format!(
            "{} was written by a newer release (schema {found}; this one knows up to {newest}): install that release again, go back to the copy that it made with \"runstead upgrade rollback\", or restore a backup made before the upgrade",
            path.display()
        )))
    }

    pub(super) fn migrate(self, connection: &mut Connection, path: &Path) -> Result<()> {
        self.require_known(found(connection, path)?, path)?;
        let steps = self.files().iter().map(|(_, sql)| M::up(sql)).collect();
        Migrations::new(steps)
            .to_latest(connection)
            .map_err(|error| Error::internal(format!("bringing {} up to date: {error}", path.display())))
    }

    /// The whole schema as the migrations leave it, for the golden file.
    pub fn schema(self) -> Result<String> {
        let mut connection = Connection::open_in_memory().map_err(Error::internal)?;
        super::functions::install(&connection).map_err(Error::internal)?;
        self.migrate(&mut connection, Path::new("memory"))?;
        let mut statement = connection
            .prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type = 'index', name")
            .map_err(Error::internal)?;
        let parts = statement.query_map([], |row| row.get::<_, String>(0)).map_err(Error::internal)?;
        let parts: Vec<String> = parts.collect::<rusqlite::Result<_>>().map_err(Error::internal)?;
        Ok(parts.join(";\n\n") + ";\n")
    }
}

fn found(connection: &Connection, path: &Path) -> Result<u32> {
    connection
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .map_err(|error| Error::invalid(format!("{} is not a database of Runstead: {error}", path.display())))
}
