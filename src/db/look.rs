//! Looks into a database file beside the server: a copy, or the file that a server works on.

use std::path::Path;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use rusqlite::{Connection, OpenFlags};

use super::functions;
use super::sql::{Reader, failure};
use crate::error::{Error, Result};

/// What would end the path in the name that the engine is given.
const SPECIAL: &AsciiSet = &CONTROLS.add(b'%').add(b'?').add(b'#');

/// An open file that is read and not written.
pub struct Look {
    connection: Connection,
}

impl Look {
    /// A copy that nobody writes to. Reading leaves no trace beside it, whatever rights there are to its folder.
    pub fn at_copy(path: &Path) -> Result<Self> {
        let words = |error| Error::invalid(format!("cannot open {}: {error}", path.display()));
        let name = format!("file:{}?immutable=1", utf8_percent_encode(&path.to_string_lossy(), SPECIAL));
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
        Self::of(Connection::open_with_flags(name, flags).map_err(words)?)
    }

    /// A file that a server may be writing to.
    pub fn at_live(path: &Path) -> Result<Self> {
        Self::of(super::copy::open(path)?)
    }

    fn of(connection: Connection) -> Result<Self> {
        functions::install(&connection).map_err(|error| failure("installing functions", error))?;
        Ok(Self { connection })
    }

    /// The number of migrations that made its schema.
    pub fn schema(&self) -> Result<u32> {
        let version = self.connection.query_row("PRAGMA user_version", [], |row| row.get(0));
        version.map_err(|error| Error::invalid(format!("this is no database of Runstead: {error}")))
    }

    /// What the engine finds wrong with it, if anything. Reads all of it.
    pub fn damage(&self) -> Option<String> {
        let found = self.connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
        match found {
            Ok(text) if text == "ok" => None,
            Ok(text) => Some(text),
            Err(error) => Some(error.to_string()),
        }
    }

    /// The tables with rows that refer to rows which are not there.
    pub fn dangling(&self) -> Result<Vec<String>> {
        let run = || {
            let mut statement = self.connection.prepare("PRAGMA foreign_key_check")?;
            let rows =
                statement.query_map([], |row| Ok(format!("{} → {}", row.get::<_, String>(0)?, row.get::<_, String>(2)?)))?;
            rows.collect::<rusqlite::Result<std::collections::BTreeSet<_>>>()
        };
        Ok(run().map_err(|error| failure("PRAGMA foreign_key_check", error))?.into_iter().collect())
    }

    /// Runs `work` on a snapshot of the file.
    pub fn read<T>(&self, work: impl FnOnce(&Reader<'_>) -> Result<T>) -> Result<T> {
        let _snapshot = self.connection.unchecked_transaction().map_err(|error| failure("BEGIN", error))?;
        work(&Reader::new(&self.connection, None))
    }
}

/// Folds the log of a live file into it, as far as its readers let.
pub fn fold_log(path: &Path) -> Result<()> {
    let statement = "PRAGMA wal_checkpoint(TRUNCATE)";
    super::copy::open(path)?.query_row(statement, [], |_| Ok(())).map_err(|error| failure(statement, error))
}
