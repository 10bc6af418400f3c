//! Telling people what concerns them: comments that name them, what is new with reports that they follow, what they are to answer for.
//!
//! Told is who may see what it is about, and never who did it; what somebody may not see any more is neither listed nor mailed. What
//! is said is kept once, with its report: a notification only points there.

mod deliver;
pub(in crate::domain) mod mentions;
mod model;
mod settings;
mod store;

pub use deliver::deliver;
pub(in crate::domain) use model::Event;
pub use model::{Kind, Notification, Subject};
pub use settings::{Choices, change, choices};

use std::time::Duration;

use crate::clock::Timestamp;
use crate::db::{Db, Reader, Tx};
use crate::domain::Call;
use crate::domain::accounts::faces::Faces;
use crate::domain::accounts::{self, Account, AccountKind};
use crate::error::{Error, Result};
use crate::id::{AccountId, CommentId, NotificationId, ReportId};
use crate::page::Page;
use crate::policy::{self, Action, Actor};

/// Several versions of a report in this time are told of once.
const AT_ONCE: Duration = Duration::from_secs(600);
const EXCERPT_CHARS_MAX: usize = 200;
/// The most that are marked as read by their numbers at one time.
const READ_MAX: usize = 1000;
const SWEPT_AT_ONCE: i64 = 1000;

/// Tells these people of something that the caller did.
pub(in crate::domain) fn tell(tx: &Tx, call: &Call, whom: &[AccountId], event: &Event) -> Result<()> {
    for id in whom.iter().copied().filter(|id| call.actor.account != Some(*id)) {
        let account = accounts::find(tx, id)?.filter(|account| account.kind == AccountKind::User);
        let Some(account) = account.filter(|account| account.deactivated_at.is_none()) else { continue };
        if !policy::allows(&accounts::actor(tx, id)?, Action::Read, &event.seen) {
            continue;
        }
        if let (Kind::Published, Some(report)) = (event.kind, event.report)
            && store::was_told(tx, id, event.kind, report, call.now.minus(AT_ONCE))?
        {
            continue;
        }
        if let Some(comment) = event.comment {
            store::delete_of(tx, id, comment)?;
        }
        let mailed = account.email.is_some() && settings::is_mailed(tx, id, event.kind)?;
        store::insert(tx, id, event, call.actor.account, call.now, mailed)?;
    }
    Ok(())
}

/// The person who asks: service accounts are told nothing.
fn person(db: &Reader, call: &Call) -> Result<Account> {
    accounts::require_person(db, call, "notifications")
}

/// What the caller was told and may still see, newest first.
///
/// # Errors
/// `Unauthenticated`; `Forbidden` for a service account; `Invalid` for the cursor of another list.
pub fn page(db: &Reader, call: &Call, unread: bool, after: Option<&str>, first: usize) -> Result<Page<Notification>> {
    let account = person(db, call)?.id;
    let batch = |before: Option<i64>, limit| store::page(db, account, unread, before.unwrap_or(i64::MAX), limit);
    let is_seen = |told: &store::Told| Ok(policy::allows(&call.actor, Action::Read, &told.seen));
    let page = Page::of_seen(after, first, batch, |told| told.id.get(), is_seen)?;
    let items = page.items.into_iter().map(|(cursor, told)| Ok((cursor, readable(db, told)?)));
    Ok(Page { items: items.collect::<Result<_>>()?, has_next: page.has_next })
}

/// As people read it, with everybody as they are called now.
fn readable(db: &Reader, told: store::Told) -> Result<Notification> {
    let mut faces = Faces::new(db, told.seen);
    let body = told.body.as_deref().unwrap_or_default();
    let words = mentions::read(body, |id| Ok(faces.of(Some(id))?.map(|face| face.username)))?;
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    Ok(Notification {
        id: told.id,
        kind: told.kind,
        at: told.at,
        read_at: told.read_at,
        by: faces.of(told.by)?,
        subject: Subject { report: told.report, title: told.title, entity: told.entity, project: told.project },
        thread: told.thread,
        comment: told.comment,
        excerpt: words.chars().take(EXCERPT_CHARS_MAX).collect(),
    })
}

/// How many notifications the caller has not read, of those that they may still see. Asked again and again by every page: it counts
/// in an index, and judges once for each report.
///
/// # Errors
/// `Unauthenticated`; `Forbidden` for a service account.
pub fn unread(db: &Reader, call: &Call) -> Result<i64> {
    let account = person(db, call)?.id;
    // To be told a number is not to look into a team.
    let actor = Actor { entered: None, ..call.actor.clone() };
    let seen = store::unread(db, account)?.into_iter().filter(|(seen, _)| policy::allows(&actor, Action::Read, seen));
    Ok(seen.map(|(_, count)| count).sum())
}

/// Which of the caller's notifications.
#[derive(Clone, Debug)]
pub enum Which {
    These(Vec<i64>),
    UpTo(NotificationId),
    OfReport(ReportId),
}

/// Notes that the caller has read these; whatever is not theirs stays as it is.
///
/// # Errors
/// `Unauthenticated`; `Forbidden` for a service account; `Invalid` for too many at a time.
pub fn mark_read(tx: &Tx, call: &Call, which: &Which) -> Result<()> {
    let account = person(tx, call)?.id;
    match which {
        Which::These(ids) if ids.len() > READ_MAX => {
            Err(Error::invalid(format!("at most {READ_MAX} notifications are marked at a time")))
        }
        Which::These(ids) => store::set_read(tx, account, ids, call.now),
        Which::UpTo(last) => store::set_read_up_to(tx, account, *last, call.now),
        Which::OfReport(report) => store::set_read_of_report(tx, account, *report, call.now),
    }
}

/// Sweeps away what is older than it is kept; how many.
pub async fn sweep(db: &Db, now: Timestamp, keep: Duration) -> Result<usize> {
    let mut count = 0;
    loop {
        match db.write(move |tx| store::delete_before(tx, now.minus(keep), SWEPT_AT_ONCE)).await? {
            0 => return Ok(count),
            some => count += some,
        }
    }
}

/// Forgets what people were told of a comment that is taken back.
pub(in crate::domain) fn forget_comment(tx: &Tx, id: CommentId) -> Result<()> {
    store::delete_of_comment(tx, id)
}

/// Forgets what people were told of a report that is freed.
pub(in crate::domain) fn forget_report(tx: &Tx, id: ReportId) -> Result<()> {
    store::delete_of_report(tx, id)
}

/// Forgets what somebody was told who is deleted, and what they chose.
pub(in crate::domain) fn forget_person(tx: &Tx, id: AccountId) -> Result<()> {
    store::delete_of_account(tx, id)
}
