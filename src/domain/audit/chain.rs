//! The chain that holds the log together. The digest of an entry is the SHA-256 of a JSON array without blanks: the digest of the
//! entry before it in hexadecimal (64 zeros before the first that there ever was), then its `id`, `at` in microseconds since
//! 1970, `action`, `actor_id`, `acting_for_id`, `object_kind`, `object_id`, and its `content` in hexadecimal. That is the SHA-256 of
//! another array: its `salt` in hexadecimal, `address`, `object_name`, `details` as the text that is stored, and the digest that an
//! entry had in releases whose digests covered the texts themselves, else null.
//!
//! So a name can be forgotten (`forgetting`): the texts are written anew with another salt, and `content` stays, by which nobody can
//! tell what they were. Such an entry is as it should be if a later entry `audit.forget` says what its content is now.
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

/// What the entry is called that says what was forgotten.
pub(super) const FORGET: &str = "audit.forget";
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
    pub salt: Vec<u8>,
    /// As it was written; of an entry of which something was forgotten, not what it is now.
    pub content: Vec<u8>,
    /// Its digest in an earlier release.
    pub told_digest: Option<Vec<u8>>,
}

impl Entry {
    /// The digest of its texts as they are now.
    pub fn content_now(&self) -> Vec<u8> {
        let told = self.told_digest.as_ref().map(hex::encode);
        let text = json!([hex::encode(&self.salt), self.address, self.object_name, self.details, told]);
        Sha256::digest(text.to_string().as_bytes()).to_vec()
    }
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
        entry.object_kind,
        entry.object_id,
        hex::encode(&entry.content),
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
    /// Entries of which a name was forgotten.
    pub forgotten: u64,
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
    let rechained = chain_store::rechained_through(db)?;
    let mut forgotten = Forgotten::default();
    let mut checked = Checked {
        entries: 0,
        begins_after: (before.id > 0).then_some(before.id),
        last_entry: before.id,
        last_digest: hex::encode(&before.digest),
        as_told: 0,
        forgotten: 0,
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
            forgotten.see(&entry);
            if let Some((_, told)) = elsewhere.next_if(|(id, _)| **id == entry.id) {
                let is_known = *told == found || entry.told_digest.as_ref() == Some(told);
                // With what an earlier release covered, its digest is forgotten as well.
                let was_forgotten = entry.id <= rechained && entry.told_digest.is_none();
                if !is_known && !was_forgotten {
                    let why = format!("{} of {} was told elsewhere with another digest", entry.action, entry.at);
                    return Ok(checked.broken_at(entry.id, why));
                }
                checked.as_told += u64::from(is_known);
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
    checked.forgotten = forgotten.count;
    match forgotten.unexplained() {
        Some(id) => {
            Ok(checked.broken_at(id, "its texts are not as they were written, and no entry says that they were forgotten"))
        }
        None => Ok(checked),
    }
}

/// The entries whose texts are not as they were written, with their content now, until a later one says that it is so.
#[derive(Default)]
struct Forgotten {
    open: BTreeMap<i64, String>,
    count: u64,
}

impl Forgotten {
    fn see(&mut self, entry: &Entry) {
        let now = entry.content_now();
        if now != entry.content {
            self.open.insert(entry.id, hex::encode(now));
        }
        if entry.action != FORGET {
            return;
        }
        let details: serde_json::Value = serde_json::from_str(&entry.details).unwrap_or_default();
        for (id, content) in details["entries"].as_object().into_iter().flatten() {
            let id: i64 = id.parse().unwrap_or_default();
            if self.open.get(&id).is_some_and(|now| content == now.as_str()) {
                self.open.remove(&id);
                self.count += 1;
            }
        }
    }

    /// The first that nothing explains.
    fn unexplained(&self) -> Option<i64> {
        self.open.keys().next().copied()
    }
}

impl Checked {
    fn broken_at(self, entry: i64, why: impl Into<String>) -> Self {
        Self { broken: Some(Broken { entry, why: why.into() }), ..self }
    }
}
