//! Whom is told of what is said: those whom a comment names, who follows the report, and who talks along in the thread.

use super::store;
use crate::db::Tx;
use crate::domain::Call;
use crate::domain::notifications::{self, Event, Kind};
use crate::domain::reports::{Report, attention};
use crate::error::Result;
use crate::id::{AccountId, CommentId, ThreadId};
use crate::policy::TalkPart;

/// Of a comment everybody is told once: who is named that they are, the others that there is one. Who says something follows the
/// report from then on.
pub(super) fn of_comment(
    tx: &Tx,
    call: &Call,
    report: &Report,
    (thread, comment): (ThreadId, CommentId),
    named: &[AccountId],
) -> Result<()> {
    of_mention(tx, call, report, (thread, comment), named)?;
    let mut others = attention::followers(tx, report.id)?;
    others.extend(store::speakers(tx, thread)?);
    others.sort_unstable();
    others.dedup();
    others.retain(|id| !named.contains(id));
    notifications::tell(tx, call, &others, &event(Kind::Comment, report, thread, Some(comment)))?;
    attention::draw_in(tx, report.id, call.actor.account)
}

pub(super) fn of_mention(
    tx: &Tx,
    call: &Call,
    report: &Report,
    (thread, comment): (ThreadId, CommentId),
    named: &[AccountId],
) -> Result<()> {
    notifications::tell(tx, call, named, &event(Kind::Mention, report, thread, Some(comment)))
}

/// Who began a thread is told that another resolved it.
pub(super) fn of_resolving(tx: &Tx, call: &Call, report: &Report, thread: ThreadId, begun_by: Option<AccountId>) -> Result<()> {
    notifications::tell(tx, call, begun_by.as_slice(), &event(Kind::Resolved, report, thread, None))
}

fn event(kind: Kind, report: &Report, thread: ThreadId, comment: Option<CommentId>) -> Event {
    let seen = report.talk(TalkPart::Report, None);
    Event { kind, report: Some(report.id), rule: None, thread: Some(thread), comment, seen }
}
