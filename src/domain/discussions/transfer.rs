//! What was said about reports that leave with a bundle, and comes in with one. For siblings, who judged the caller.

use serde_json::json;

use super::model::{self, Anchor, Thread};
use super::{people, store, whole};
use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::domain::accounts::faces::Faces;
use crate::domain::reports::Report;
use crate::domain::{Call, audit};
use crate::error::Result;
use crate::id::AccountId;
use crate::policy::{self, Action, TalkPart};

/// Threads that are read at one time.
const BATCH: usize = 500;

/// All threads about a report, each with the user name of who began it; none for who may not read them.
pub(in crate::domain) fn threads_of(db: &Reader, call: &Call, report: &Report) -> Result<Vec<(Option<String>, Thread)>> {
    let target = report.talk(TalkPart::Report, None);
    if !policy::allows(&call.actor, Action::Read, &target) {
        return Ok(Vec::new());
    }
    let (mut faces, mut found, mut after) = (Faces::new(db, target), Vec::new(), 0);
    loop {
        let batch = store::threads(db, report.id, model::State::All, after, BATCH)?;
        let is_last = batch.len() < BATCH;
        for row in batch {
            after = row.id.get();
            let begun_by = faces.of(row.begun_by)?.map(|face| face.username);
            found.push((begun_by, whole(db, &mut faces, row)?));
        }
        if is_last {
            return Ok(found);
        }
    }
}

/// A thread that comes from elsewhere.
#[derive(Clone, Debug)]
pub(in crate::domain) struct Incoming {
    pub anchor: Option<Anchor>,
    pub begun_by: Option<AccountId>,
    pub created_at: Timestamp,
    pub resolved: Option<(Timestamp, Option<AccountId>)>,
    pub comments: Vec<Said>,
}

/// A comment that comes from elsewhere.
#[derive(Clone, Debug)]
pub(in crate::domain) struct Said {
    pub author: Option<AccountId>,
    /// With the user names of people; `None` of one that was deleted.
    pub body: Option<String>,
    pub created_at: Timestamp,
    pub edited_at: Option<Timestamp>,
}

impl Incoming {
    /// # Errors
    /// `Invalid` and `TooLarge` for what could not have been said here.
    pub fn check(&self) -> Result<()> {
        self.anchor.as_ref().map(Anchor::check).transpose()?;
        self.comments.iter().filter_map(|said| said.body.as_deref()).try_for_each(|body| model::words(body).map(|_| ()))
    }
}

/// Puts threads that were checked to a report that just came in. Nobody is told of them.
///
/// # Errors
/// Only the store's.
pub(in crate::domain) fn bring_in(tx: &Tx, call: &Call, report: &Report, threads: &[Incoming]) -> Result<()> {
    let mut comments = 0;
    for thread in threads {
        let Incoming { anchor, begun_by, created_at, resolved, comments: said } = thread;
        let (anchor, by, at) = (anchor.as_ref(), *begun_by, *created_at);
        let id = store::insert_thread(tx, &store::NewThread { report: report.id, anchor, by, at, resolved: *resolved })?;
        for said in said {
            let body = said.body.as_deref().map(|body| people::kept(tx, report, body.trim(), &[])).transpose()?;
            let Said { author, created_at: at, edited_at, .. } = *said;
            store::insert_comment(tx, &store::NewComment { thread: id, author, body: body.as_deref(), at, edited_at })?;
            comments += 1;
        }
    }
    if threads.is_empty() {
        return Ok(());
    }
    let details = json!({ "threads": threads.len(), "comments": comments });
    audit::record(tx, call, "comment.import", "report", report.id.get(), &report.display_name, &details)
}
