//! Read-only connections. A semaphore of the pool's size is taken before a thread is, so that waiting parks no thread.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use r2d2_sqlite::SqliteConnectionManager;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::Semaphore;

use super::functions;
use super::meter::Meter;
use super::sql::{Reader, failure};
use crate::error::{Error, Result};

pub(super) struct Readers {
    /// `None` once closed.
    pool: Mutex<Option<r2d2::Pool<SqliteConnectionManager>>>,
    free: Arc<Semaphore>,
    count: u32,
}

impl Readers {
    pub fn open(path: &Path, count: u32) -> Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let manager = SqliteConnectionManager::file(path).with_flags(flags).with_init(|connection| {
            connection.busy_timeout(Duration::from_secs(5))?;
            connection.set_prepared_statement_cache_capacity(256);
            connection.pragma_update(None, "query_only", true)?;
            functions::install(connection)
        });
        let pool = r2d2::Pool::builder()
            .max_size(count)
            .min_idle(Some(1))
            .connection_timeout(Duration::from_secs(5))
            .build(manager)
            .map_err(Error::internal)?;
        Ok(Self { pool: Mutex::new(Some(pool)), free: Arc::new(Semaphore::new(count as usize)), count })
    }

    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce(&Reader<'_>) -> Result<T> + Send + 'static) -> Result<T> {
        let permit = Arc::clone(&self.free).acquire_owned().await.map_err(|_| super::stopping())?;
        let pool = self.pool()?;
        let meter = Meter::current();
        let span = tracing::Span::current();
        let task = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let _entered = span.enter();
            let mut connection = pool.get().map_err(Error::internal)?;
            drop(pool);
            on_snapshot(&mut connection, meter, work)
        });
        task.await.map_err(Error::internal)?
    }

    /// As [`Self::run`], on the thread that asks if a connection is free at once.
    pub async fn run_here<T: Send + 'static>(&self, work: impl FnOnce(&Reader<'_>) -> Result<T> + Send + 'static) -> Result<T> {
        if let Ok(_permit) = Arc::clone(&self.free).try_acquire_owned()
            && let Some(mut connection) = self.pool()?.try_get()
        {
            return on_snapshot(&mut connection, Meter::current(), work);
        }
        self.run(work).await
    }

    fn pool(&self) -> Result<r2d2::Pool<SqliteConnectionManager>> {
        self.pool.lock().expect("no holder of this lock panics").clone().ok_or_else(super::stopping)
    }

    /// Waits for the reads under way, then closes every connection. Later reads are refused.
    pub async fn close(&self) -> Result<()> {
        if let Ok(permits) = self.free.acquire_many(self.count).await {
            self.free.close();
            drop(permits);
        }
        let pool = self.pool.lock().expect("no holder of this lock panics").take();
        tokio::task::spawn_blocking(move || drop(pool)).await.map_err(Error::internal)
    }
}

fn on_snapshot<T>(
    connection: &mut Connection,
    meter: Option<Arc<Meter>>,
    work: impl FnOnce(&Reader<'_>) -> Result<T>,
) -> Result<T> {
    let snapshot = connection.transaction().map_err(|error| failure("BEGIN", error))?;
    work(&Reader::new(&snapshot, meter))
}
