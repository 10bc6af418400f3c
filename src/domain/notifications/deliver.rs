//! Letters about what people are told, for those who want them. They are sent as long as their recipients may see what they are about.

use super::model::{Kind, Notification};
use super::{readable, settings, store};
use crate::clock::Clock;
use crate::db::{Db, Reader};
use crate::domain::accounts;
use crate::domain::attempts::{self, Outcome};
use crate::error::{Error, Result};
use crate::id::NotificationId;
use crate::mail::{Letter, Mailer};
use crate::policy::{self, Action};

/// Sends all that is due; returns how much of it was taken. A server that sends no mail gives up what waits.
pub async fn deliver(db: &Db, mailer: Option<&Mailer>, public_url: &str, clock: &Clock) -> Result<usize> {
    let Some(mailer) = mailer else {
        let now = clock.now();
        if !db.read(move |reader| store::due(reader, now, 1)).await?.is_empty() {
            db.write(store::drop_letters).await?;
        }
        return Ok(0);
    };
    attempts::all(db, clock, store::due, |id| one(db, mailer, public_url, clock, id)).await
}

/// Sends one letter and keeps what came of it; whether it was taken.
async fn one(db: &Db, mailer: &Mailer, public_url: &str, clock: &Clock, id: NotificationId) -> Result<bool> {
    let url = public_url.to_owned();
    let (attempted, outcome) = match db.read(move |reader| errand(reader, &url, id)).await {
        Ok((attempted, letter)) => (attempted, attempts::mail(mailer.clone(), letter).await),
        Err(error @ Error::Internal(_)) => return Err(error),
        Err(error) => (0, Outcome::never(error.to_string())),
    };
    let now = clock.now();
    let next = outcome.next(attempted, now);
    let attempt = outcome.attempt(now);
    let taken = attempt.succeeded;
    if !taken {
        tracing::warn!(notification = id.get(), "a notification was not mailed: {}", attempt.answer);
    }
    db.write(move |tx| store::note_attempt(tx, id, &attempt, next)).await?;
    Ok(taken)
}

/// The letter, and how often it was sent in vain.
///
/// # Errors
/// In words, if it is not to be sent any more.
fn errand(db: &Reader<'_>, public_url: &str, id: NotificationId) -> Result<(i64, Letter)> {
    let told = store::by_id(db, id)?.ok_or_else(|| Error::not_found("what it is about is"))?;
    let account = accounts::find(db, told.account)?.ok_or_else(|| Error::not_found("account"))?;
    let sees = policy::allows(&accounts::actor(db, account.id)?, Action::Read, &told.seen);
    let to =
        account.email.filter(|_| sees).ok_or_else(|| Error::forbidden("they have no address, or do not see it any more"))?;
    if !settings::is_mailed(db, account.id, told.kind)? {
        return Err(Error::forbidden("they want no such letters any more"));
    }
    let (attempted, told) = (told.attempts, readable(db, told)?);
    let subject = attempts::in_one_line(&happening(&told));
    Ok((attempted, Letter { to, subject, text: text(&told, public_url), id: format!("notification-{id}"), at: told.at }))
}

/// What happened, as a sentence without its end.
fn happening(told: &Notification) -> String {
    let who = told.by.as_ref().map_or("Somebody", |face| &face.name);
    let title = &told.subject.title;
    match (told.kind, told.subject.report) {
        (Kind::Mention, _) => format!("{who} mentioned you on \"{title}\""),
        (Kind::Comment, _) => format!("{who} commented on \"{title}\""),
        (Kind::Resolved, _) => format!("{who} resolved your thread on \"{title}\""),
        (Kind::Published, _) => format!("{who} published a new version of \"{title}\""),
        (Kind::Assigned, Some(_)) => format!("{who} made you the author of the report \"{title}\""),
        (Kind::Assigned, None) => format!("{who} handed the alert \"{title}\" over to you"),
    }
}

fn text(told: &Notification, public_url: &str) -> String {
    let (entity, project) = (&told.subject.entity, &told.subject.project);
    let said = if told.excerpt.is_empty() { String::new() } else { format!("    {}\n\n", told.excerpt) };
    format!(
        "{} ({entity}/{project}).\n\n{said}{public_url}{}\n\n--\nWhich letters are sent to you, and whether any are, you choose in your settings under \
         Notifications: {public_url}/settings\n",
        happening(told),
        told.path(),
    )
}
