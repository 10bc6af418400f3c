//! The only module that knows a database engine. Stores speak to [`Reader`] and [`Tx`]; see ARCHITECTURE in `lib.rs`.
//!
//! * One writer thread a file commits in groups: it drains its queue, runs each piece of work in a savepoint, commits once
//!   (one fsync), then answers everybody. Work that fails rolls back alone.
//! * Readers are a pool of read-only connections behind a semaphore of the same size, so that waiting costs no thread.

mod copy;
#[cfg(test)]
pub(crate) mod faults;
mod functions;
mod look;
mod meter;
mod migrations;
mod pool;
mod row;
mod sql;
mod writer;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

pub use copy::Moment;
pub use look::{Look, fold_log};
pub use meter::{Meter, metered};
pub use migrations::Plane;
pub use row::{FromValue, Row, ToValue, Value};
pub use sql::{Reader, Tx, Values, list_of, values_at};

use crate::error::{Error, Result};

/// How a database file is opened.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Read-only connections.
    pub readers: u32,
    /// Whether a commit waits for the disk (`synchronous=FULL`). Without it the last commits may be lost with the power.
    pub durable: bool,
}

/// A database file: one writer, several readers. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    readers: Arc<pool::Readers>,
    writer: Arc<writer::Writer>,
    path: Arc<Path>,
}

impl Db {
    /// Opens or creates the file and brings its schema up to date.
    ///
    /// # Errors
    /// In words for the operator: the folder cannot be written, the file is not ours, or it was written by a newer release.
    pub fn open(path: &Path, plane: Plane, options: Options) -> Result<Self> {
        let writer = writer::Writer::open(path, plane, options)?;
        let readers = pool::Readers::open(path, options.readers)?;
        Ok(Self { readers: Arc::new(readers), writer: Arc::new(writer), path: Arc::from(path) })
    }

    /// Runs `work` on a snapshot of the file.
    pub async fn read<T: Send + 'static>(&self, work: impl FnOnce(&Reader<'_>) -> Result<T> + Send + 'static) -> Result<T> {
        self.readers.run(work).await
    }

    /// As [`Self::read`], for `work` that takes a few steps in indexes and is asked for with every request: it runs on the thread
    /// that asks, since to hand it over to another and back costs more than it does.
    pub async fn glance<T: Send + 'static>(&self, work: impl FnOnce(&Reader<'_>) -> Result<T> + Send + 'static) -> Result<T> {
        self.readers.run_here(work).await
    }

    /// Runs `work` in a transaction and returns once it is committed. `work` may run more than once, so it must have no
    /// effects but those on the database; a caller that goes away does not tear it.
    pub async fn write<T: Send + 'static>(&self, work: impl Fn(&Tx<'_>) -> Result<T> + Send + 'static) -> Result<T> {
        self.writer.run(work).await
    }

    /// The bytes that the file and its log take on the disk.
    pub fn bytes_on_disk(&self) -> u64 {
        size_of(&self.path) + self.bytes_of_log()
    }

    /// Changes that wait for the writer.
    pub fn queued(&self) -> usize {
        self.writer.queued()
    }

    /// The bytes of its log alone.
    pub fn bytes_of_log(&self) -> u64 {
        size_of(&log_of(&self.path))
    }

    /// Finishes what is under way, folds the log into the file and closes it; nothing remains beside it. The writer is the
    /// last to go: only who closes a file for all can remove its log. Later reads and writes are refused.
    pub async fn close(&self) -> Result<()> {
        self.readers.close().await?;
        let writer = Arc::clone(&self.writer);
        tokio::task::spawn_blocking(move || writer.close()).await.map_err(Error::internal)?
    }
}

fn stopping() -> Error {
    Error::Unavailable { text: "the server is stopping; try again".to_owned(), retry_after: Duration::from_secs(2) }
}

/// Where the log of a database file lies.
pub fn log_of(path: &Path) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

fn size_of(path: &Path) -> u64 {
    path.metadata().map_or(0, |found| found.len())
}
