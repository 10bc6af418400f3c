//! Telling somebody outside: tried again and again until it is taken or given up, with every attempt kept.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;

use crate::clock::{Clock, Timestamp};
use crate::db::{Db, Reader};
use crate::error::Result;
use crate::mail::{Letter, Mailer};

/// How long after an attempt the next one is; after the last of them it is given up.
const PAUSES: [u64; 6] = [10, 60, 300, 1800, 7200, 21_600];
/// What is kept of an answer.
pub(in crate::domain) const ANSWER_CHARS_MAX: usize = 300;
/// What is sent at one time.
const AT_ONCE: usize = 16;
/// What is looked for at one time.
const BATCH: i64 = 64;

/// That it was tried to tell something.
#[derive(Clone, Debug)]
pub struct Attempt {
    pub at: Timestamp,
    pub succeeded: bool,
    /// What the other side said, or why it could not be asked.
    pub answer: String,
}

/// How one attempt ended.
pub(in crate::domain) struct Outcome {
    succeeded: bool,
    answer: String,
    /// Whether it is of no use to try again.
    is_final: bool,
}

impl Outcome {
    pub fn sent(answer: String) -> Self {
        Self { succeeded: true, answer, is_final: true }
    }
    pub fn failed(why: impl Into<String>) -> Self {
        Self { succeeded: false, answer: why.into(), is_final: false }
    }
    pub fn never(why: impl Into<String>) -> Self {
        Self { succeeded: false, answer: why.into(), is_final: true }
    }

    /// When it is tried again after that many attempts before this one; `None` if it was taken or is given up.
    pub fn next(&self, attempts: i64, now: Timestamp) -> Option<Timestamp> {
        let pause = usize::try_from(attempts).ok().and_then(|attempts| PAUSES.get(attempts));
        pause.filter(|_| !self.is_final).map(|seconds| now.plus(Duration::from_secs(*seconds)))
    }

    pub fn attempt(self, at: Timestamp) -> Attempt {
        Attempt { at, succeeded: self.succeeded, answer: in_one_line(&self.answer).chars().take(ANSWER_CHARS_MAX).collect() }
    }
}

/// What becomes of a thing that is told by an attempt: `sent`, `waiting` for the next one, or `given up`.
pub(in crate::domain) fn state(attempt: &Attempt, next: Option<Timestamp>) -> &'static str {
    match (attempt.succeeded, next) {
        (true, _) => "sent",
        (false, Some(_)) => "waiting",
        (false, None) => "given up",
    }
}

/// A text without line ends and the like.
pub(in crate::domain) fn in_one_line(text: &str) -> String {
    text.chars().map(|sign| if sign.is_control() { ' ' } else { sign }).collect()
}

/// Sends all that is due, `BATCH` after `BATCH`; returns how much of it was taken. `one` sends a thing and keeps what came of it, so that
/// it is not due any more; it says whether the thing was taken.
pub(in crate::domain) async fn all<D, F>(
    db: &Db,
    clock: &Clock,
    due: impl Fn(&Reader<'_>, Timestamp, i64) -> Result<Vec<D>> + Copy + Send + 'static,
    one: impl Fn(D) -> F,
) -> Result<usize>
where
    D: Send + 'static,
    F: Future<Output = Result<bool>>,
{
    let mut sent = 0;
    loop {
        let now = clock.now();
        let waiting = db.read(move |reader| due(reader, now, BATCH)).await?;
        if waiting.is_empty() {
            return Ok(sent);
        }
        let mut working = stream::iter(waiting).map(&one).buffer_unordered(AT_ONCE);
        while let Some(done) = working.next().await {
            sent += usize::from(done?);
        }
    }
}

/// Gives a letter to the mail server.
pub(in crate::domain) async fn mail(mailer: Mailer, letter: Letter) -> Outcome {
    match tokio::task::spawn_blocking(move || mailer.send(&letter)).await {
        Ok(Ok(answer)) => Outcome::sent(answer),
        Ok(Err(refusal)) => Outcome { succeeded: false, answer: refusal.why, is_final: refusal.is_final },
        Err(_) => Outcome::failed("the server is stopping"),
    }
}
