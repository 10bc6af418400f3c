//! What a run's process sends: lines for the data plane, and news of its life for the control plane.
//!
//! Both are durable before the answer, and the lines before any news of the run's life; every part may be sent again. A summary
//! goes with the lines; the run has it before it is said to have ended, else within a second.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::clock::Timestamp;
use crate::db::Db;
use crate::domain::alerts::{self, Watched};
use crate::domain::history::{self, Append, Segments};
use crate::domain::runs::{self, RunState, Streaming};
use crate::domain::{Call, files, summaries};
use crate::error::Result;
use crate::id::RunId;

/// One message of a run's process, checked.
#[derive(Clone, Debug, Default)]
pub struct Message {
    pub append: Append,
    /// The whole summary document, as JSON text.
    pub summary: Option<String>,
    /// Names of files whose bytes have been sent.
    pub uploaded: Vec<String>,
    pub preempting: bool,
    /// Set by the last message of the process.
    pub exit_code: Option<i64>,
}

impl Message {
    fn has_lines(&self) -> bool {
        self.append.history.is_some() || self.append.events.is_some() || self.append.console.is_some()
    }
    /// Whether it comes from one of several processes that write the same run.
    fn is_shared(&self) -> bool {
        !self.append.writer.is_empty()
    }
}

/// When runs were last heard of: kept in memory, written for all runs together by [`Heartbeats::flush`].
#[derive(Debug, Default)]
pub struct Heartbeats(Mutex<HashMap<RunId, Timestamp>>);

impl Heartbeats {
    fn note(&self, run: RunId, at: Timestamp) {
        self.0.lock().expect("no holder of this lock panics").insert(run, at);
    }

    /// Writes what was noted since the last call.
    pub async fn flush(&self, db: &Db) -> Result<()> {
        let beats: Vec<(RunId, Timestamp)> = self.0.lock().expect("no holder of this lock panics").drain().collect();
        if beats.is_empty() {
            return Ok(());
        }
        db.write(move |tx| runs::set_heartbeats(tx, &beats)).await
    }
}

/// What takes messages.
#[derive(Clone, Copy)]
pub struct Intake<'a> {
    pub db: &'a Db,
    pub streams: &'a Db,
    pub segments: &'a Segments,
    pub beats: &'a Heartbeats,
    pub watched: &'a Watched,
}

impl Intake<'_> {
    /// Takes a message. Returns whether the process is asked to stop.
    pub async fn accept(&self, call: &Call, path: [String; 3], message: Message) -> Result<bool> {
        let asking = call.clone();
        let run = self
            .db
            .glance(move |reader| {
                let [entity, project, name] = &path;
                runs::require_stream(reader, &asking, entity, project, name)
            })
            .await?;
        let news = news(&run, &message);
        let message = Arc::new(message);
        let lines = self.keep_lines(run, Arc::clone(&message));
        if news == News::None {
            // That the bytes of a file have come is true without the lines, so both planes wait for the disk together.
            tokio::try_join!(lines, self.tell(run, call.now, message, news))?;
        } else {
            lines.await?;
            if matches!(news, News::Ended(_)) {
                summaries::bring(self.db, self.streams, run.id, call.now).await?;
            }
            self.tell(run, call.now, message, news).await?;
        }
        self.beats.note(run.id, call.now);
        Ok(run.stop_requested && !run.state.has_ended())
    }

    /// Stores what is for the data plane.
    async fn keep_lines(&self, run: Streaming, message: Arc<Message>) -> Result<()> {
        if !message.has_lines() && message.summary.is_none() && message.exit_code.is_none() {
            return Ok(());
        }
        let (segments, id) = (self.segments.clone(), run.id);
        let is_watched = message.append.history.is_some() && self.watched.has(run.project_id);
        self.streams
            .write(move |tx| {
                history::append(tx, &segments, id, &message.append)?;
                if is_watched {
                    history::note_unjudged(tx, id)?;
                }
                if let Some(summary) = &message.summary {
                    history::keep_summary(tx, id, summary, message.is_shared())?;
                }
                if message.exit_code.is_some() { history::ended(tx, id) } else { Ok(()) }
            })
            .await
    }

    /// Stores what is for the control plane.
    async fn tell(&self, run: Streaming, now: Timestamp, message: Arc<Message>, news: News) -> Result<()> {
        if message.uploaded.is_empty() && news == News::None {
            return Ok(());
        }
        self.db
            .write(move |tx| {
                files::mark_uploaded(tx, run.id, &message.uploaded, now)?;
                match news {
                    News::None => Ok(()),
                    News::Alive => runs::revive(tx, run.id, now),
                    News::Preempting => runs::preempting(tx, run.id, now),
                    News::Ended(exit_code) => {
                        runs::finish(tx, &run, exit_code, now)?;
                        alerts::events::state_changed(tx, run.id, now)
                    }
                }
            })
            .await
    }
}

/// Ends the runs whose processes fell silent for `patience`; returns how many.
pub async fn end_silent(db: &Db, streams: &Db, now: Timestamp, patience: Duration) -> Result<usize> {
    let ended = db.write(move |tx| {
        let ended = runs::end_silent(tx, now, patience)?;
        ended.iter().try_for_each(|run| alerts::events::state_changed(tx, *run, now))?;
        Ok(ended)
    });
    let ended = ended.await?;
    let count = ended.len();
    if count > 0 {
        streams.write(move |tx| ended.iter().try_for_each(|run| history::ended(tx, *run))).await?;
    }
    Ok(count)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum News {
    None,
    Alive,
    Preempting,
    Ended(i64),
}

/// What a message says of the run's life.
fn news(run: &Streaming, message: &Message) -> News {
    if let Some(exit_code) = message.exit_code {
        return News::Ended(exit_code);
    }
    if message.preempting {
        return if run.state == RunState::Preempting { News::None } else { News::Preempting };
    }
    match run.state {
        RunState::Running | RunState::Preempting => News::None,
        // Of several writers, one that is still at work does not undo the end that the primary one declared.
        RunState::Finished | RunState::Failed | RunState::Killed if message.is_shared() => News::None,
        _ => News::Alive,
    }
}
