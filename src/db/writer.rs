//! The one writer of a file: a thread that commits in groups.
//!
//! An fsync costs milliseconds, a small write microseconds; so the writer takes everything that waits, runs each piece of
//! work in a savepoint, commits once and only then answers. Work that fails or panics rolls back alone.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use tokio::sync::{mpsc, oneshot};

use super::meter::Meter;
use super::migrations::Plane;
use super::sql::{Tx, failure};
use super::{Options, functions, stopping};
use crate::error::{Error, Result};

/// Work that may wait for the writer at one time; more waits in its callers.
const QUEUE: usize = 1024;
/// Work that one commit carries at most, so that the first caller does not wait for ever.
const GROUP: usize = 256;
/// The pages that the log has before it is folded into the file, some 32 MiB: folding waits for the disk twice and writes all
/// over the file, so a site that streams much should seldom do it.
const LOG_PAGES: u32 = 8192;
/// How long a caller waits for a place in the queue before it is told to come back.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) struct Writer {
    queue: Mutex<Option<mpsc::Sender<Box<dyn Work>>>>,
    thread: Mutex<Option<JoinHandle<Result<()>>>>,
}

impl Writer {
    pub fn open(path: &Path, plane: Plane, options: Options) -> Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags)
            .map_err(|error| Error::invalid(format!("cannot open {}: {error}", path.display())))?;
        prepare(&mut connection, options).map_err(|error| Error::invalid(format!("cannot use {}: {error}", path.display())))?;
        plane.migrate(&mut connection, path)?;
        let (sender, receiver) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name(format!("write-{}", plane.name()))
            .spawn(move || serve(connection, receiver))
            .map_err(Error::internal)?;
        Ok(Self { queue: Mutex::new(Some(sender)), thread: Mutex::new(Some(thread)) })
    }

    pub async fn run<T: Send + 'static>(&self, work: impl Fn(&Tx<'_>) -> Result<T> + Send + 'static) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        let meter = Meter::current();
        let span = tracing::Span::current();
        let job = Box::new(Job { work, meter, span, result: None, reply });
        let queue = self.queue.lock().expect("no holder of this lock panics").clone();
        let Some(queue) = queue else {
            return Err(stopping());
        };
        queue.send_timeout(job, PATIENCE).await.map_err(|error| match error {
            mpsc::error::SendTimeoutError::Timeout(_) => Error::Busy {
                text: "the server is behind with writing; try again".to_owned(),
                retry_after: Duration::from_secs(5),
            },
            mpsc::error::SendTimeoutError::Closed(_) => stopping(),
        })?;
        answer.await.map_err(|_| stopping())?
    }

    /// How much work waits.
    pub fn queued(&self) -> usize {
        let queue = self.queue.lock().expect("no holder of this lock panics");
        queue.as_ref().map_or(0, |queue| QUEUE - queue.capacity())
    }

    pub fn close(&self) -> Result<()> {
        drop(self.queue.lock().expect("no holder of this lock panics").take());
        let thread = self.thread.lock().expect("no holder of this lock panics").take();
        match thread {
            Some(thread) => thread.join().map_err(|_| Error::internal("the writer thread panicked"))?,
            None => Ok(()),
        }
    }
}

fn prepare(connection: &mut Connection, options: Options) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.set_prepared_statement_cache_capacity(256);
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", if options.durable { "FULL" } else { "OFF" })?;
    connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    functions::install(connection)
}

/// A piece of queued work with the caller that waits for it.
trait Work: Send {
    /// Runs inside the savepoint; false if it must be rolled back.
    fn run(&mut self, connection: &Connection) -> bool;
    /// Tells the caller, once the group has been committed or has failed as a whole.
    fn answer(self: Box<Self>, committed: &Result<(), Arc<Error>>);
}

struct Job<T, F> {
    work: F,
    meter: Option<Arc<Meter>>,
    span: tracing::Span,
    result: Option<Result<T>>,
    reply: oneshot::Sender<Result<T>>,
}

impl<T: Send, F: Fn(&Tx<'_>) -> Result<T> + Send> Work for Job<T, F> {
    fn run(&mut self, connection: &Connection) -> bool {
        let _entered = self.span.enter();
        let tx = Tx::new(connection, self.meter.clone());
        let outcome = catch_unwind(AssertUnwindSafe(|| (self.work)(&tx)));
        let result = outcome.unwrap_or_else(|_| Err(Error::internal("the work panicked; it was rolled back")));
        let keep = result.is_ok();
        self.result = Some(result);
        keep
    }

    fn answer(self: Box<Self>, committed: &Result<(), Arc<Error>>) {
        let result = match (committed, self.result) {
            (Ok(()), Some(result)) | (Err(_), Some(result @ Err(_))) => result,
            (Ok(()), None) => Err(Error::internal("the work was not run")),
            (Err(error), _) => Err(again(error)),
        };
        // A caller that went away loses only the answer.
        let _ = self.reply.send(result);
    }
}

/// The failure of a whole group, for each of its callers.
fn again(error: &Error) -> Error {
    match error {
        Error::Unavailable { text, retry_after } => Error::Unavailable { text: text.clone(), retry_after: *retry_after },
        Error::Full { text, retry_after } => Error::Full { text: text.clone(), retry_after: *retry_after },
        other => Error::internal(other.cause()),
    }
}

fn serve(connection: Connection, mut queue: mpsc::Receiver<Box<dyn Work>>) -> Result<()> {
    let mut group: Vec<Box<dyn Work>> = Vec::with_capacity(GROUP);
    while let Some(first) = queue.blocking_recv() {
        group.push(first);
        while group.len() < GROUP {
            match queue.try_recv() {
                Ok(job) => group.push(job),
                Err(_) => break,
            }
        }
        let committed = commit(&connection, &mut group).map_err(Arc::new);
        if committed.is_err() && !connection.is_autocommit() {
            // The engine may have rolled back by itself; if not, nothing of the group may stay.
            let _ = connection.execute_batch("ROLLBACK");
        }
        for job in group.drain(..) {
            job.answer(&committed);
        }
    }
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").map_err(|error| failure("checkpoint", error))?;
    connection.close().map_err(|(_, error)| failure("close", error))
}

fn commit(connection: &Connection, group: &mut [Box<dyn Work>]) -> Result<()> {
    let batch = |sql: &str| connection.execute_batch(sql).map_err(|error| failure(sql, error));
    batch("BEGIN IMMEDIATE")?;
    for job in group {
        batch("SAVEPOINT job")?;
        let kept = job.run(connection);
        if connection.is_autocommit() {
            return Err(Error::internal("the engine rolled the whole group back"));
        }
        batch(if kept { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" })?;
    }
    batch("COMMIT")
}
