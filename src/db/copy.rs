//! Copies of the database files, all to one moment, while a server goes on writing to them.

use std::path::Path;
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::migrations::Plane;
use super::sql::failure;
use crate::error::{Error, Result};

/// How long one attempt waits for a writer; those of the server wait twice as long for us.
const PATIENCE: Duration = Duration::from_secs(5);
/// Attempts to stop all writers at the same time.
const ATTEMPTS: usize = 12;

/// Several database files as they were at one moment, for as long as this lives.
pub struct Moment {
    snapshots: Vec<(Plane, Connection)>,
}

impl Moment {
    /// Takes hold of the files as they are now. All writers are stopped for the few milliseconds that this takes, so that no
    /// commit lies between the snapshot of one file and that of the next.
    ///
    /// # Errors
    /// In words for the operator: a file is missing, is none of ours, or is being written without a pause.
    pub fn hold(files: &[(Plane, &Path)]) -> Result<Self> {
        let open_all = || files.iter().map(|(plane, path)| Ok((*plane, open(path)?))).collect::<Result<Vec<_>>>();
        let (gates, snapshots) = (open_all()?, open_all()?);
        for _ in 0..ATTEMPTS {
            let held = stand_still(&gates, &snapshots);
            // A gate that was not reached is not in a transaction; closing the others would do the same.
            for (_, gate) in gates.iter().filter(|(_, gate)| !gate.is_autocommit()) {
                gate.execute_batch("ROLLBACK").map_err(|error| failure("ROLLBACK", error))?;
            }
            match held {
                Ok(()) => return Ok(Self { snapshots }),
                Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {}
                Err(error) => return Err(failure("reading the databases", error)),
            }
        }
        Err(Error::invalid("the databases are written without a pause; try again later"))
    }

    /// Writes a plane's file, as it was at that moment, to a path where there is none. It is on the disk when this returns.
    pub fn copy(&self, plane: Plane, to: &Path) -> Result<()> {
        let found = self.snapshots.iter().find(|(held, _)| *held == plane);
        let (_, from) = found.ok_or_else(|| Error::internal(format!("the {} plane is not held", plane.name())))?;
        let mut copy = Connection::open(to).map_err(|error| failure("opening the copy", error))?;
        let done = Backup::new(from, &mut copy).and_then(|backup| backup.step(-1));
        match done.map_err(|error| failure("copying", error))? {
            StepResult::Done => Ok(()),
            _ => Err(Error::internal("the copy of the database was not finished")),
        }
    }
}

fn stand_still(gates: &[(Plane, Connection)], snapshots: &[(Plane, Connection)]) -> rusqlite::Result<()> {
    for (_, gate) in gates {
        gate.execute_batch("BEGIN IMMEDIATE")?;
    }
    for (_, snapshot) in snapshots {
        if snapshot.is_autocommit() {
            snapshot.execute_batch("BEGIN")?;
        }
        // Only the first statement fixes what a transaction sees.
        snapshot.query_row("SELECT COUNT(*) FROM sqlite_schema", [], |_| Ok(()))?;
    }
    Ok(())
}

pub(super) fn open(path: &Path) -> Result<Connection> {
    // Readers of a log write to the file that shares it, so the right to read alone is not enough.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let words = |error| Error::invalid(format!("cannot open {}: {error}", path.display()));
    let connection = Connection::open_with_flags(path, flags).map_err(words)?;
    connection.busy_timeout(PATIENCE).map_err(words)?;
    Ok(connection)
}
