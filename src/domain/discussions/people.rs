//! Whom comments name: those who may read them.

use std::collections::HashMap;

use super::{discussed, require_may_speak, store};
use crate::db::{Reader, Tx};
use crate::domain::accounts::{self, Account, AccountKind, Former};
use crate::domain::notifications::mentions;
use crate::domain::reports::Report;
use crate::domain::{Call, former_store};
use crate::error::Result;
use crate::id::{AccountId, ReportId};
use crate::policy::{self, Action, TalkPart, Visibility};

/// People that are suggested at most.
const SUGGESTED_MAX: usize = 20;
/// Candidates that are judged at one time.
const BATCH: usize = 50;

/// Whether a person reads what is said about a report.
pub(super) fn reads(db: &Reader, report: &Report, account: &Account) -> Result<bool> {
    if account.kind != AccountKind::User || account.deactivated_at.is_some() {
        return Ok(false);
    }
    Ok(policy::allows(&accounts::actor(db, account.id)?, Action::Read, &report.talk(TalkPart::Report, None)))
}

/// The text as it is kept: with people named by their numbers who may read it, and those of `before` whom it named already.
///
/// # Errors
/// `Invalid` for one that names too many.
pub(super) fn kept(db: &Reader, report: &Report, text: &str, before: &[AccountId]) -> Result<String> {
    let mut known: HashMap<String, Option<AccountId>> = HashMap::new();
    mentions::kept(text, |name| {
        let key = name.to_lowercase();
        if let Some(found) = known.get(&key) {
            return Ok(*found);
        }
        let account = accounts::by_username(db, name)?;
        let found = match account {
            Some(account) if before.contains(&account.id) || reads(db, report, &account)? => Some(account.id),
            _ => None,
        };
        known.insert(key, found);
        Ok(found)
    })
}

/// People who may read a report and what is said about it, for those who may name them there: whose user name begins so, or whose
/// name has it, by user name; at most so many, and twenty. Of those who see it only because everybody does, those alone who are
/// looked for.
///
/// # Errors
/// `Unauthenticated`, `NotFound`; `Forbidden` and `Conflict` for who says nothing about it.
pub fn readers(db: &Reader, call: &Call, id: ReportId, words: &str, limit: usize) -> Result<Vec<Account>> {
    let report = discussed(db, call, id)?;
    require_may_speak(call, &report)?;
    let words = words.trim().to_lowercase();
    let anybody = matches!(report.visibility, Visibility::Open | Visibility::Public) && !words.is_empty();
    let limit = limit.min(SUGGESTED_MAX);
    let (mut found, mut after) = (Vec::new(), String::new());
    loop {
        let batch = store::people(db, report.project_id, &words, anybody, &after, BATCH)?;
        let is_last = batch.len() < BATCH;
        for (id, key) in batch {
            after = key;
            let Some(account) = accounts::find(db, id)? else { continue };
            if reads(db, &report, &account)? {
                found.push(account);
            }
            if found.len() == limit {
                return Ok(found);
            }
        }
        if is_last {
            return Ok(found);
        }
    }
}

/// The columns with words of people, and their tables.
const TEXTS: [(&str, &str); 2] = [("report_comments", "body"), ("report_threads", "anchor")];

/// Takes the names of somebody who is anonymized out of what people said. Where they are named by their number nothing has to be
/// done: they are called otherwise now.
pub(in crate::domain) fn forget(tx: &Tx, former: &Former) -> Result<()> {
    former_store::strike(tx, former, &TEXTS)
}
