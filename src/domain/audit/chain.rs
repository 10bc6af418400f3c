//! The chain that holds the log together. The digest of an entry is the SHA-256 of a JSON array without blanks: the digest of the
//! entry before it in hexadecimal (64 zeros before the first that there ever was), then its `id`, `at` in microseconds since
//! 1970, `action`, `actor_id`, `acting_for_id`, `address`, `object_kind`, `object_id`, `object_name`, and `details` as the text
//! that is stored.
//!
//! Who changes, removes or slips in an entry breaks the chain there. Who makes all digests after it anew as well leaves a chain
//! that is whole and ends otherwise: that is seen by the digests that were told elsewhere (`audit.file`, `audit.syslog`).

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::chain_store::{self, End};
use crate::clock::Timestamp;
use crate::db::Reader;
use crate::error::{Error, Result};
use crate::id::AccountId;

/// Entries that are read at a time.
const BATCH: usize = 1000;

/// An entry as it is stored.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub id: i64,
    pub at: Timestamp,
    pub action: String,
    pub actor: Option<AccountId>,
    pub acting_for: Option<AccountId>,
    pub address: Option<String>,
    pub object_kind: String,
    pub object_id: i64,
    pub object_name: String,
    /// JSON.
    pub details: String,
}

/// The digest of an entry that follows one with the digest `before`.
pub(super) fn digest(before: &[u8], entry: &Entry) -> Vec<u8> {
    let text = json!([
        hex::encode(before),
        entry.id,
        entry.at.micros(),
        entry.action,
        entry.actor.map(AccountId::get),
        entry.acting_for.map(AccountId::get),
        entry.address,
        entry.object_kind,
        entry.object_id,
        entry.object_name,
        entry.details,
    ]);
    Sha256::digest(text.to_string().as_bytes()).to_vec()
}

/// What came of going through the chain.
#[derive(Clone, Debug, Serialize)]
pub struct Checked {
    /// That were gone through.
    pub entries: u64,
    /// Whether entries before the first of them were given up, as `audit.keep_days` says.
    pub begins_after: Option<i64>,
    pub last_entry: i64,
    /// Its digest; who writes it down elsewhere can compare it one day.
    pub last_digest: String,
    /// Entries that were told elsewhere and are here as they were told.
    pub as_told: u64,
    /// The first that is wrong.
    pub broken: Option<Broken>,
}

/// Where the chain is broken.
#[derive(Clone, Debug, Serialize)]
pub struct Broken {
    pub entry: i64,
    pub why: String,
}

/// Digests by entry, as they were told elsewhere.
pub type Told = BTreeMap<i64, Vec<u8>>;

/// Reads lines that the log was told in (`audit.file`, `/api/v1/audit.jsonl`): each a JSON object with `id` and `digest`. What stands
/// before the object, as a collector of syslog writes it, does not matter.
///
/// # Errors
/// `Invalid`, with the number of the line that is none.
pub fn told(lines: impl Iterator<Item = std::io::Result<String>>) -> Result<Told> {
    let mut found = Told::new();
    for (number, line) in lines.enumerate() {
        let line = line.map_err(|error| Error::invalid(error.to_string()))?;
        if line.trim().is_empty() {
            continue;
        }
        let entry = line.find('{').and_then(|start| serde_json::from_str::<serde_json::Value>(&line[start..]).ok());
        let read = entry.and_then(|entry| Some((entry["id"].as_i64()?, hex::decode(entry["digest"].as_str()?).ok()?)));
        let (id, digest) = read.ok_or_else(|| Error::invalid(format!("line {} is no entry of the audit log", number + 1)))?;
        // Of an entry that was told twice otherwise, one is wrong, and then it is not as it is here.
        let first = found.entry(id).or_insert_with(|| digest.clone());
        if *first != digest {
            return Err(Error::invalid(format!("line {}: entry {id} stands there twice, with different digests", number + 1)));
        }
    }
    Ok(found)
}

/// How many entries the log has.
pub fn count(db: &Reader<'_>) -> Result<i64> {
    chain_store::count(db)
}

/// Goes through all entries that are kept, and compares those that were told elsewhere; of those that are not kept any more nothing
/// can be said.
///
/// # Errors
/// The database cannot be read. That the chain is broken is an answer.
pub fn verify(db: &Reader<'_>, told: &Told) -> Result<Checked> {
    let (before, last) = chain_store::ends(db)?;
    let mut checked = Checked {
        entries: 0,
        begins_after: (before.id > 0).then_some(before.id),
        last_entry: before.id,
        last_digest: hex::encode(&before.digest),
        as_told: 0,
        broken: None,
    };
    let mut elsewhere = told.range(before.id + 1..).peekable();
    let mut end = before;
    loop {
        let batch = chain_store::entries(db, end.id, BATCH)?;
        let is_last = batch.len() < BATCH;
        for (entry, found) in batch {
            // What was told of entries that are not here comes before this one.
            if let Some((id, _)) = elsewhere.next_if(|(id, _)| **id < entry.id) {
                return Ok(checked.broken_at(*id, "it was told elsewhere, and is not in the log"));
            }
            if digest(&end.digest, &entry) != found {
                let why = format!(
                    "{} of {} is not as it was written, or an entry before it was removed or slipped in",
                    entry.action, entry.at
                );
                return Ok(checked.broken_at(entry.id, why));
            }
            if let Some((_, told)) = elsewhere.next_if(|(id, _)| **id == entry.id) {
                if *told != found {
                    let why = format!("{} of {} was told elsewhere with another digest", entry.action, entry.at);
                    return Ok(checked.broken_at(entry.id, why));
                }
                checked.as_told += 1;
            }
            checked.entries += 1;
            checked.last_entry = entry.id;
            checked.last_digest = hex::encode(&found);
            end = End { id: entry.id, digest: found };
        }
        if is_last {
            break;
        }
    }
    if let Some((id, _)) = elsewhere.next() {
        return Ok(checked.broken_at(*id, "it was told elsewhere, and is not in the log"));
    }
    if end != last {
        let why = format!("the log ends with entry {}, and the last that was written is {}", end.id, last.id);
        return Ok(checked.broken_at(last.id, why));
    }
    Ok(checked)
}

impl Checked {
    fn broken_at(self, entry: i64, why: impl Into<String>) -> Self {
        Self { broken: Some(Broken { entry, why: why.into() }), ..self }
    }
}
