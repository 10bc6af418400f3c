//! Summaries that wait for the control plane: what a run's process streams comes in one transaction with its lines, so that
//! a message waits for one disk alone; [`crate::domain::summaries`] brings the last of many over.

use crate::db::{Reader, Row, Tx};
use crate::error::Result;
use crate::id::RunId;
use crate::json::Json;

/// The last summary that a run's process streamed, or several processes together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingSummary {
    pub run: RunId,
    /// Grows with every summary of the run.
    pub turn: i64,
    /// JSON text.
    pub document: String,
    /// Whether its members go among those that the run has, which others then keep.
    pub is_part: bool,
}

/// Keeps a summary document; the last one wins. Of one of several processes (`is_part`), each of which knows its own metrics
/// alone, the members go among those that wait.
pub fn keep_summary(tx: &Tx<'_>, run: RunId, text: &str, is_part: bool) -> Result<()> {
    if is_part && let Some(waiting) = waiting_summary(tx, run)? {
        let mut document = Json::parse_map(&waiting.document)?;
        document.extend(Json::parse_map(text)?);
        return put(tx, run, &Json::Map(document).to_text(), waiting.is_part);
    }
    put(tx, run, text, is_part)
}

fn put(tx: &Tx<'_>, run: RunId, document: &str, is_part: bool) -> Result<()> {
    tx.execute(
        "INSERT INTO summaries (run_id, turn, document, is_part) VALUES (?1, 1, ?2, ?3)
         ON CONFLICT (run_id) DO UPDATE SET turn = summaries.turn + 1, document = excluded.document, is_part = excluded.is_part",
        &[&run, &document, &is_part],
    )?;
    Ok(())
}

const WAITING: &str = "SELECT run_id, turn, document, is_part FROM summaries WHERE document IS NOT NULL";

fn waiting(row: &Row<'_>) -> Result<WaitingSummary> {
    Ok(WaitingSummary {
        run: row.get("run_id")?,
        turn: row.get("turn")?,
        document: row.get("document")?,
        is_part: row.get("is_part")?,
    })
}

/// The summary of a run that waits, if one does.
pub fn waiting_summary(db: &Reader<'_>, run: RunId) -> Result<Option<WaitingSummary>> {
    db.query_opt(&format!("{WAITING} AND run_id = ?1"), &[&run], waiting)
}

/// Summaries that wait, of runs after that one, at most `limit`.
pub fn waiting_summaries(db: &Reader<'_>, after: Option<RunId>, limit: i64) -> Result<Vec<WaitingSummary>> {
    let after = after.map_or(0, RunId::get);
    db.query(&format!("{WAITING} AND run_id > ?1 ORDER BY run_id LIMIT ?2"), &[&after, &limit], waiting)
}

/// Notes that the control plane has a summary, unless another has come since.
pub fn summary_taken(tx: &Tx<'_>, run: RunId, turn: i64) -> Result<()> {
    tx.execute("UPDATE summaries SET document = NULL WHERE run_id = ?1 AND turn = ?2", &[&run, &turn])?;
    Ok(())
}

/// Drops the summary that waits: the run no longer is what it says.
pub(super) fn drop_summary(tx: &Tx<'_>, run: RunId) -> Result<()> {
    tx.execute("UPDATE summaries SET document = NULL WHERE run_id = ?1", &[&run])?;
    Ok(())
}

/// Forgets the summaries of a run.
pub(super) fn forget(tx: &Tx<'_>, run: RunId) -> Result<()> {
    tx.execute("DELETE FROM summaries WHERE run_id = ?1", &[&run])?;
    Ok(())
}
