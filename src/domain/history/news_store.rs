//! The SQL of which runs have rows that rules have not seen.

use crate::db::{Reader, Tx};
use crate::error::Result;
use crate::id::RunId;

/// Notes that rows of a run came, in the transaction that keeps them.
pub fn note_unjudged(tx: &Tx<'_>, run: RunId) -> Result<()> {
    tx.execute(
        "INSERT INTO unjudged (run_id, turn) VALUES (?1, 1) ON CONFLICT (run_id) DO UPDATE SET turn = unjudged.turn + 1",
        &[&run],
    )?;
    Ok(())
}

/// Runs after that one with rows that were not judged, each with its turn, at most `limit`.
pub fn unjudged(db: &Reader<'_>, after: Option<RunId>, limit: i64) -> Result<Vec<(RunId, i64)>> {
    let after = after.map_or(0, RunId::get);
    db.query("SELECT run_id, turn FROM unjudged WHERE run_id > ?1 ORDER BY run_id LIMIT ?2", &[&after, &limit], |row| {
        Ok((row.get("run_id")?, row.get("turn")?))
    })
}

/// Notes that a run was judged, unless more has come since.
pub fn judged(tx: &Tx<'_>, run: RunId, turn: i64) -> Result<()> {
    tx.execute("DELETE FROM unjudged WHERE run_id = ?1 AND turn = ?2", &[&run, &turn])?;
    Ok(())
}

pub(super) fn forget(tx: &Tx<'_>, run: RunId) -> Result<()> {
    tx.execute("DELETE FROM unjudged WHERE run_id = ?1", &[&run])?;
    Ok(())
}
