//! Reports that people marked with a star, and those that they follow: whose comments and new versions they are told of.

use super::model::Report;
use super::{attention_store as store, require};
use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::domain::notifications::{self, Event, Kind};
use crate::domain::{Call, accounts};
use crate::error::{Error, Result};
use crate::id::{AccountId, ReportId};
use crate::page::Page;
use crate::policy::{self, Action, ReportKind, TalkPart};

/// What a report is to somebody.
#[derive(Clone, Copy, Debug)]
pub struct Attention {
    pub starred: bool,
    pub following: bool,
    /// How many people have marked it.
    pub stars: i64,
}

/// A published report that the caller, a person, sees by a right of their own, and who they are.
///
/// # Errors
/// `Unauthenticated`, `NotFound`; `Forbidden` for a service account; `Conflict` for a draft or workspace.
fn seen(db: &Reader, call: &Call, id: ReportId) -> Result<(Report, AccountId)> {
    call.actor.signed_in()?;
    let report = require(db, call, id)?;
    policy::require(&call.actor, Action::Read, &report.talk(TalkPart::Report, None))?;
    let account = accounts::require_person(db, call, "stars and follows")?.id;
    if report.kind != ReportKind::Published {
        return Err(Error::conflict("only published reports are starred and followed"));
    }
    Ok((report, account))
}

/// What a report is to the caller.
///
/// # Errors
/// `Unauthenticated`, `NotFound`; `Forbidden` for a service account; `Conflict` for a draft or workspace.
pub fn of_caller(db: &Reader, call: &Call, id: ReportId) -> Result<(Report, Attention)> {
    let (report, account) = seen(db, call, id)?;
    let attention = Attention {
        starred: store::is_starred(db, id, account)?,
        following: store::follows(db, id, account)? == Some(true),
        stars: store::stars(db, id)?,
    };
    Ok((report, attention))
}

/// Marks a report for the caller, or takes that back; what is so already stays.
///
/// # Errors
/// As [`of_caller`].
pub fn set_star(tx: &Tx, call: &Call, id: ReportId, starred: bool) -> Result<()> {
    let (_, account) = seen(tx, call, id)?;
    match starred {
        true => store::insert_star(tx, id, account, call.now),
        false => store::delete_star(tx, id, account),
    }
}

/// Has the caller told of what is new with a report, or not any more; what is so already stays.
///
/// # Errors
/// As [`of_caller`].
pub fn set_following(tx: &Tx, call: &Call, id: ReportId, follows: bool) -> Result<()> {
    let (_, account) = seen(tx, call, id)?;
    store::set_follows(tx, id, account, follows)
}

/// The reports that the caller marked and may still see, without their documents, last marked first.
///
/// # Errors
/// `Unauthenticated`; `Forbidden` for a service account; `Invalid` for the cursor of another list.
pub fn starred(db: &Reader, call: &Call, after: Option<&str>, first: usize) -> Result<Page<Report>> {
    let account = accounts::require_person(db, call, "stars and follows")?.id;
    let batch = |before, limit| store::starred(db, account, before, limit);
    let place = |(at, report): &(Timestamp, Report)| (at.micros(), report.id.get());
    let is_seen =
        |(_, report): &(Timestamp, Report)| Ok(policy::allows(&call.actor, Action::Read, &report.talk(TalkPart::Report, None)));
    let page = Page::of_seen(after, first, batch, place, is_seen)?;
    let items = page.items.into_iter().map(|(cursor, (_, report))| (cursor, report));
    Ok(Page { items: items.collect(), has_next: page.has_next })
}

/// Who follows a report.
pub(in crate::domain) fn followers(db: &Reader, id: ReportId) -> Result<Vec<AccountId>> {
    store::followers(db, id)
}

/// Has a person follow a report who does something with it, unless they follow it no more by their own will. Service accounts follow
/// nothing.
pub(in crate::domain) fn draw_in(tx: &Tx, id: ReportId, account: Option<AccountId>) -> Result<()> {
    match account {
        Some(account) => store::follow_if_new(tx, id, account),
        None => Ok(()),
    }
}

/// Tells those who follow a report of its new version.
pub(super) fn tell_published(tx: &Tx, call: &Call, report: &Report) -> Result<()> {
    notifications::tell(tx, call, &store::followers(tx, report.id)?, &event(Kind::Published, report))
}

/// Tells somebody that a report is theirs now.
pub(super) fn tell_assigned(tx: &Tx, call: &Call, report: &Report, heir: AccountId) -> Result<()> {
    notifications::tell(tx, call, &[heir], &event(Kind::Assigned, report))
}

fn event(kind: Kind, report: &Report) -> Event {
    let seen = report.talk(TalkPart::Report, None);
    Event { kind, report: Some(report.id), rule: None, thread: None, comment: None, seen }
}

/// Forgets what somebody marked and followed who is deleted.
pub(in crate::domain) fn forget_person(tx: &Tx, account: AccountId) -> Result<()> {
    store::delete_of_account(tx, account)
}
