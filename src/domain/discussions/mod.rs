//! What people say about reports: comments in threads, each about the whole report or a place in it.
//!
//! A comment is of whose credentials were sent: nobody puts words into the mouth of another, a service account neither. Drafts and
//! kept workspaces are not talked about. Threads come and go with their report.

mod model;
mod people;
mod store;
mod telling;
pub(in crate::domain) mod transfer;

pub use model::{Anchor, BODY_BYTES_MAX, Comment, State, Thread};
pub(in crate::domain) use people::forget;
pub use people::readers;

use serde_json::json;

use crate::db::{Reader, Tx};
use crate::domain::accounts::faces::Faces;
use crate::domain::notifications::{self, mentions};
use crate::domain::reports::{self, Report};
use crate::domain::{Call, audit};
use crate::error::{Error, Result};
use crate::id::{AccountId, CommentId, ReportId, ThreadId};
use crate::page::{Cursor, Page};
use crate::policy::{self, Action, ReportKind, TalkPart};

/// A page ends early once it has so many comments.
const COMMENTS_OF_PAGE_MAX: i64 = 1000;

/// The report, for who reads what is said about it.
///
/// # Errors
/// `Unauthenticated`; `NotFound` for who does not see it by a right of their own.
pub fn discussed(db: &Reader, call: &Call, id: ReportId) -> Result<Report> {
    call.actor.known()?;
    let report = reports::require(db, call, id)?;
    policy::require(&call.actor, Action::Read, &report.talk(TalkPart::Report, None))?;
    Ok(report)
}

/// Why the caller says nothing about a report that they see, in words.
pub fn hindrance(call: &Call, report: &Report) -> Option<String> {
    require_may_speak(call, report).err().map(|error| error.to_string())
}

/// # Errors
/// `Conflict` for a draft or workspace; `Forbidden` by the policy.
fn require_may_speak(call: &Call, report: &Report) -> Result<()> {
    require_published(report)?;
    policy::require(&call.actor, Action::Write, &report.talk(TalkPart::Report, call.actor.account))
}

/// # Errors
/// `Conflict` for what is no published report.
fn require_published(report: &Report) -> Result<()> {
    match report.kind {
        ReportKind::Published => Ok(()),
        ReportKind::Draft => Err(Error::conflict("a draft is its author's: publish it to talk about it")),
        ReportKind::Workspace => Err(Error::conflict("a kept workspace is no report: nobody talks about it")),
    }
}

/// Threads about a report in that state, oldest first, each with all its comments.
///
/// # Errors
/// `Unauthenticated`, `NotFound`; `Invalid` for the cursor of another list.
pub fn page(
    db: &Reader,
    call: &Call,
    id: ReportId,
    state: State,
    after: Option<&str>,
    first: usize,
) -> Result<(Report, Page<Thread>)> {
    let report = discussed(db, call, id)?;
    let after: i64 = after.map(Cursor::decode).transpose()?.unwrap_or_default();
    let found = store::threads(db, report.id, state, after, first + 1)?;
    let (count, mut sum) = (found.len(), 0);
    let fits = found.into_iter().enumerate().take_while(|(place, row)| {
        sum += row.comments;
        *place < first && (*place == 0 || sum <= COMMENTS_OF_PAGE_MAX)
    });
    let mut faces = Faces::new(db, report.talk(TalkPart::Report, None));
    let items = fits.map(|(_, row)| Ok((Cursor::encode(&row.id.get()), whole(db, &mut faces, row)?)));
    let items = items.collect::<Result<Vec<_>>>()?;
    let has_next = items.len() < count;
    Ok((report, Page { items, has_next }))
}

/// How many threads about a report wait for somebody to resolve them. For those who read them.
pub fn open_count(db: &Reader, report: &Report) -> Result<i64> {
    store::count(db, report.id, State::Open)
}

fn whole(db: &Reader, faces: &mut Faces<'_>, row: store::ThreadRow) -> Result<Thread> {
    let comments = store::comments(db, row.id)?.into_iter();
    Ok(Thread {
        id: row.id,
        report: row.report,
        anchor: row.anchor,
        begun_by: row.begun_by,
        created_at: row.created_at,
        resolved_at: row.resolved_at,
        resolved_by: faces.of(row.resolved_by)?,
        comments: comments.map(|row| readable(faces, row)).collect::<Result<_>>()?,
    })
}

/// A comment with people as they are called now.
fn readable(faces: &mut Faces<'_>, row: store::CommentRow) -> Result<Comment> {
    let named = row.body.as_deref().map(mentions::named).unwrap_or_default();
    let mut mentions = Vec::new();
    for id in named {
        mentions.extend(faces.of(Some(id))?.map(|face| face.username));
    }
    let body =
        row.body.map(|kept| mentions::read(&kept, |id| Ok(faces.of(Some(id))?.map(|face| face.username)))).transpose()?;
    Ok(Comment {
        id: row.id,
        author: row.author,
        face: faces.of(row.author)?,
        body,
        mentions,
        created_at: row.created_at,
        edited_at: row.edited_at,
    })
}

/// The thread with the report that it is about, for who reads it.
///
/// # Errors
/// `Unauthenticated`, `NotFound`.
pub fn thread(db: &Reader, call: &Call, id: ThreadId) -> Result<(Report, Thread)> {
    let (report, row) = found(db, call, id)?;
    let thread = whole(db, &mut Faces::new(db, report.talk(TalkPart::Report, None)), row)?;
    Ok((report, thread))
}

fn found(db: &Reader, call: &Call, id: ThreadId) -> Result<(Report, store::ThreadRow)> {
    call.actor.known()?;
    let missing = || Error::not_found(format!("thread {id}"));
    let row = store::thread_by_id(db, id)?.ok_or_else(missing)?;
    // Whoever may not read it is not told that it is there.
    match discussed(db, call, row.report) {
        Ok(report) => Ok((report, row)),
        Err(Error::NotFound(_)) => Err(missing()),
        Err(error) => Err(error),
    }
}

/// The comment with the report that it is about, for who reads it.
///
/// # Errors
/// `Unauthenticated`, `NotFound`.
pub fn comment(db: &Reader, call: &Call, id: CommentId) -> Result<(Report, Comment)> {
    let (report, row) = found_comment(db, call, id)?;
    let comment = readable(&mut Faces::new(db, report.talk(TalkPart::Report, None)), row)?;
    Ok((report, comment))
}

fn found_comment(db: &Reader, call: &Call, id: CommentId) -> Result<(Report, store::CommentRow)> {
    call.actor.known()?;
    let missing = || Error::not_found(format!("comment {id}"));
    // One that was deleted is there for its answers alone.
    let row = store::comment_by_id(db, id)?.filter(|row| row.body.is_some()).ok_or_else(missing)?;
    match found(db, call, row.thread) {
        Ok((report, _)) => Ok((report, row)),
        Err(Error::NotFound(_)) => Err(missing()),
        Err(error) => Err(error),
    }
}

/// Begins a thread about a report, or about a place in it.
///
/// # Errors
/// `NotFound`, `Forbidden` by the policy; `Conflict` for what is no published report, and for too many; `Invalid` and `TooLarge` for
/// the words.
pub fn begin(tx: &Tx, call: &Call, id: ReportId, body: &str, anchor: Option<&Anchor>) -> Result<(Report, Thread)> {
    let report = discussed(tx, call, id)?;
    require_may_speak(call, &report)?;
    anchor.map(Anchor::check).transpose()?;
    if store::count(tx, report.id, State::All)? >= model::THREADS_MAX {
        let most = model::THREADS_MAX;
        return Err(Error::conflict(format!("a report has at most {most} threads; delete some, or write another report")));
    }
    let by = call.actor.account;
    let row = store::NewThread { report: report.id, anchor, by, at: call.now, resolved: None };
    let thread = store::insert_thread(tx, &row)?;
    say(tx, call, &report, thread, body)?;
    self::thread(tx, call, thread)
}

/// Answers in a thread. One that is resolved stays so.
///
/// # Errors
/// As [`begin`].
pub fn reply(tx: &Tx, call: &Call, thread: ThreadId, body: &str) -> Result<(Report, Comment)> {
    let (report, row) = found(tx, call, thread)?;
    require_may_speak(call, &report)?;
    if row.comments >= model::COMMENTS_MAX {
        let most = model::COMMENTS_MAX;
        return Err(Error::conflict(format!("a thread has at most {most} comments; begin another one")));
    }
    let id = say(tx, call, &report, thread, body)?;
    comment(tx, call, id)
}

fn say(tx: &Tx, call: &Call, report: &Report, thread: ThreadId, body: &str) -> Result<CommentId> {
    let kept = people::kept(tx, report, model::words(body)?, &[])?;
    let author = call.actor.account;
    let new = store::NewComment { thread, author, body: Some(&kept), at: call.now, edited_at: None };
    let id = store::insert_comment(tx, &new)?;
    record(tx, call, "comment.create", report, thread, Some(id))?;
    telling::of_comment(tx, call, report, (thread, id), &mentions::named(&kept))?;
    Ok(id)
}

/// What was said is in no record: it may be taken back.
fn record(tx: &Tx, call: &Call, action: &str, report: &Report, thread: ThreadId, comment: Option<CommentId>) -> Result<()> {
    let mut details = json!({ "thread": thread.get() });
    if let Some(comment) = comment {
        details["comment"] = comment.get().into();
    }
    audit::record(tx, call, action, "report", report.id.get(), &report.display_name, &details)
}

/// Changes what the caller said.
///
/// # Errors
/// `NotFound`, `Forbidden` for who did not write it; `Invalid` and `TooLarge` for the words.
pub fn edit(tx: &Tx, call: &Call, id: CommentId, body: &str) -> Result<(Report, Comment)> {
    let (report, row) = found_comment(tx, call, id)?;
    policy::require(&call.actor, Action::Write, &report.talk(TalkPart::Comment, row.author))?;
    let before = row.body.as_deref().unwrap_or_default();
    let kept = people::kept(tx, &report, model::words(body)?, &mentions::named(before))?;
    if kept != before {
        store::set_body(tx, id, Some(&kept), Some(call.now))?;
        record(tx, call, "comment.update", &report, row.thread, Some(id))?;
        let known = mentions::named(before);
        let new: Vec<AccountId> = mentions::named(&kept).into_iter().filter(|named| !known.contains(named)).collect();
        telling::of_mention(tx, call, &report, (row.thread, id), &new)?;
    }
    comment(tx, call, id)
}

/// Takes back what was said. What others have answered keeps its place, without words; a thread without comments goes.
///
/// # Errors
/// `NotFound`, `Forbidden` by the policy.
pub fn delete(tx: &Tx, call: &Call, id: CommentId) -> Result<()> {
    let (report, row) = found_comment(tx, call, id)?;
    policy::require(&call.actor, Action::Delete, &report.talk(TalkPart::Comment, row.author))?;
    let is_last = store::comments(tx, row.thread)?.last().is_none_or(|last| last.id == id);
    if is_last {
        store::delete_comment(tx, row.thread, id)?;
    } else {
        store::set_body(tx, id, None, row.edited_at)?;
        notifications::forget_comment(tx, id)?;
    }
    if store::comments(tx, row.thread)?.is_empty() {
        store::delete_thread(tx, row.thread)?;
    }
    record(tx, call, "comment.delete", &report, row.thread, Some(id))
}

/// Says that a thread is resolved, or not; what is so already stays as it is, also by whom.
///
/// # Errors
/// `NotFound`, `Forbidden` by the policy.
pub fn set_resolved(tx: &Tx, call: &Call, id: ThreadId, resolved: bool) -> Result<(Report, Thread)> {
    let (report, row) = found(tx, call, id)?;
    policy::require(&call.actor, Action::Write, &report.talk(TalkPart::Thread, row.begun_by))?;
    if row.resolved_at.is_some() != resolved {
        store::set_resolved(tx, id, resolved.then_some((call.now, call.actor.account)))?;
        let action = if resolved { "thread.resolve" } else { "thread.reopen" };
        record(tx, call, action, &report, id, None)?;
        if resolved {
            telling::of_resolving(tx, call, &report, id, row.begun_by)?;
        }
    }
    thread(tx, call, id)
}

/// Whether the caller may do this to what somebody else, or they, said about a report.
pub fn may(call: &Call, action: Action, report: &Report, part: TalkPart, speaker: Option<AccountId>) -> bool {
    policy::allows(&call.actor, action, &report.talk(part, speaker))
}

/// Forgets what was said about a report that is freed.
pub(in crate::domain) fn forget_report(tx: &Tx, id: ReportId) -> Result<()> {
    store::delete_of_report(tx, id)
}
