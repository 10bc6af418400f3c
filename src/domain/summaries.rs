//! Brings the summaries that runs stream from the data plane, where they are kept with the lines, to the control plane, where
//! filters and pages read them.
//!
//! Every part may be done again: a run knows up to which of its summaries it has them, so one that was brought over and not
//! yet noted changes nothing the second time.

use std::sync::Arc;

use crate::clock::Timestamp;
use crate::db::{Db, Tx};
use crate::domain::Call;
use crate::domain::history::{self, WaitingSummary};
use crate::domain::runs::{self, Place};
use crate::error::Result;
use crate::id::RunId;

/// How many are brought over in one transaction: each writes a row for every metric that has changed, and others wait.
const AT_A_TIME: i64 = 64;

/// Brings all over that wait; returns how many. The server calls it every second: a message that comes every few seconds from
/// each of a thousand runs would otherwise write a row a metric, and most of them again before anybody has looked.
pub async fn bring_all(db: &Db, streams: &Db, now: Timestamp) -> Result<usize> {
    let (mut after, mut count) = (None, 0);
    // In the order of runs, so that those which stream the most do not keep the others waiting.
    loop {
        let some = streams.read(move |reader| history::waiting_summaries(reader, after, AT_A_TIME)).await?;
        let Some(last) = some.last() else { return Ok(count) };
        (after, count) = (Some(last.run), count + some.len());
        bring_over(db, streams, some, now).await?;
    }
}

/// Brings that of one run over, if one waits: for who is about to read it, or to write another.
pub async fn bring(db: &Db, streams: &Db, run: RunId, now: Timestamp) -> Result<()> {
    match streams.read(move |reader| history::waiting_summary(reader, run)).await? {
        Some(one) => bring_over(db, streams, vec![one], now).await,
        None => Ok(()),
    }
}

/// As [`bring`], of the run at a place that is about to be given another summary: what its process streamed before comes first.
pub async fn bring_before(db: &Db, streams: &Db, call: &Call, place: &Place) -> Result<()> {
    let (asking, place) = (call.clone(), place.clone());
    match db.read(move |reader| runs::id_at(reader, &asking, &place)).await? {
        Some(run) => bring(db, streams, run, call.now).await,
        None => Ok(()),
    }
}

async fn bring_over(db: &Db, streams: &Db, some: Vec<WaitingSummary>, now: Timestamp) -> Result<()> {
    let some = Arc::new(some);
    let brought = Arc::clone(&some);
    db.write(move |tx| brought.iter().try_for_each(|one| take(tx, one, now))).await?;
    streams.write(move |tx| some.iter().try_for_each(|one| history::summary_taken(tx, one.run, one.turn))).await
}

fn take(tx: &Tx<'_>, one: &WaitingSummary, now: Timestamp) -> Result<()> {
    runs::take_summary(tx, one.run, one.turn, &one.document, one.is_part, now)
}
