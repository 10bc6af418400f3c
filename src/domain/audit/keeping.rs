//! How long entries are kept, and telling them elsewhere before they go.

use std::time::Duration;

use serde_json::json;

use super::chain;
use super::chain_store::{self, End};
use super::{Record, store};
use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::domain::Call;
use crate::error::{Error, Result};

/// Entries that one transaction gives up at most, so that others need not wait long.
const BATCH: usize = 2000;

/// How many entries there are, and how many of them are older than they are kept.
pub fn counts(db: &Reader<'_>, now: Timestamp, keep: Duration) -> Result<(i64, i64)> {
    Ok((chain_store::count(db)?, chain_store::count_before(db, first_to_stay(db, now.minus(keep))?)?))
}

/// The first entry that must stay: not older than a moment, or not told yet wherever it should be.
fn first_to_stay(db: &Reader<'_>, at: Timestamp) -> Result<i64> {
    let (_, last) = chain_store::ends(db)?;
    let untold = chain_store::first_untold(db)?.unwrap_or(i64::MAX);
    Ok(chain_store::first_since(db, at)?.unwrap_or(last.id + 1).min(untold))
}

/// Gives up entries that are older than they are kept and were told wherever they should be, oldest first, some at a time; returns
/// how many. What is left begins with the digest of the last that went, which an entry of its own records too.
///
/// # Errors
/// `Conflict` if the chain is broken among them: then they stay, as what somebody has to look at.
pub fn give_up(tx: &Tx<'_>, call: &Call, keep: Duration) -> Result<usize> {
    let stays = first_to_stay(tx, call.now.minus(keep))?;
    let (mut end, _) = chain_store::ends(tx)?;
    let mut count = 0;
    for (entry, found) in chain_store::entries(tx, end.id, BATCH)?.into_iter().take_while(|(entry, _)| entry.id < stays) {
        let now = entry.content_now();
        let is_as_written = now == entry.content || chain_store::says_forgotten(tx, entry.id, &now)?;
        if !is_as_written || chain::digest(&end.digest, &entry) != found {
            return Err(Error::conflict(format!(
                "the audit log was changed at entry {}, so nothing of it is given up: see \"runstead audit verify\"",
                entry.id
            )));
        }
        end = End { id: entry.id, digest: found };
        count += 1;
    }
    if count == 0 {
        return Ok(0);
    }
    chain_store::give_up(tx, &end)?;
    let details = json!({ "entries": count, "last_entry": end.id, "last_digest": hex::encode(&end.digest) });
    super::record(tx, call, "audit.give_up", "audit", end.id, "entries", &details)?;
    Ok(count)
}

/// Makes these the places that the log is told to. A new one is told all that there is; of one that is not among them nothing is
/// known any more.
pub fn set_outputs(tx: &Tx<'_>, names: &[String]) -> Result<()> {
    let known = chain_store::outputs(tx)?;
    for name in known.iter().filter(|name| !names.contains(name)) {
        chain_store::forget_output(tx, name)?;
    }
    for name in names.iter().filter(|name| !known.contains(name)) {
        chain_store::set_told_through(tx, name, 0)?;
    }
    Ok(())
}

/// What has to be told there still, oldest first. For the server itself.
pub fn untold(db: &Reader<'_>, output: &str, limit: usize) -> Result<Vec<Record>> {
    let after = chain_store::told_through(db, output)?;
    store::oldest_first(db, &super::Search::default(), after, limit)
}

/// Notes that the entries up to this one were told there.
pub fn note_told(tx: &Tx<'_>, output: &str, id: i64) -> Result<()> {
    chain_store::set_told_through(tx, output, id)
}
