//! What a run's process sends: lines for the data plane, and news of its life for the control plane.
//!
//! The lines are durable before the news is, and both before the answer; every part may be sent again.

use std::collections::HashMap;
use std::sync::Mutex;

use crate::clock::Timestamp;
use crate::db::Db;
use crate::domain::history::{self, Append, Segments};
use crate::domain::runs::{self, Run, RunState};
use crate::domain::{Call, files};
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

/// Takes a message. Returns whether the process is asked to stop.
pub async fn accept(
    db: &Db,
    streams: &Db,
    segments: &Segments,
    beats: &Heartbeats,
    call: &Call,
    path: [String; 3],
    message: Message,
) -> Result<bool> {
    let asking = call.clone();
    let run = db
        .read(move |reader| {
            let [entity, project, name] = &path;
            runs::require_stream(reader, &asking, entity, project, name)
        })
        .await?;
    let id = run.id;
    if message.has_lines() || message.exit_code.is_some() {
        let (append, segments, ends) = (message.append.clone(), segments.clone(), message.exit_code.is_some());
        streams
            .write(move |tx| {
                history::append(tx, &segments, id, &append)?;
                if ends { history::ended(tx, id) } else { Ok(()) }
            })
            .await?;
    }
    let news = news(&run, &message);
    if message.summary.is_some() || !message.uploaded.is_empty() || news != News::None {
        let (run, now) = (run.clone(), call.now);
        db.write(move |tx| {
            if let Some(summary) = &message.summary {
                // Each of several writers knows its own metrics alone.
                let write = if message.is_shared() { runs::merge_summary } else { runs::set_summary };
                write(tx, &run, summary, now)?;
            }
            files::mark_uploaded(tx, run.id, &message.uploaded, now)?;
            match news {
                News::None => Ok(()),
                News::Alive => runs::revive(tx, &run, now),
                News::Preempting => runs::preempting(tx, &run, now),
                News::Ended(exit_code) => runs::finish(tx, &run, exit_code, now),
            }
        })
        .await?;
    }
    beats.note(id, call.now);
    Ok(run.stop_requested && !run.state.has_ended())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum News {
    None,
    Alive,
    Preempting,
    Ended(i64),
}

/// What a message says of the run's life.
fn news(run: &Run, message: &Message) -> News {
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
