//! What a request costs in the database: counted here, printed on the request line.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

tokio::task_local! {
    static METER: Arc<Meter>;
}

/// Queries run and rows read for one request.
#[derive(Debug, Default)]
pub struct Meter {
    queries: AtomicU64,
    rows: AtomicU64,
}

impl Meter {
    pub fn queries(&self) -> u64 {
        self.queries.load(Ordering::Relaxed)
    }
    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }
    pub(super) fn count(&self, rows: u64) {
        self.queries.fetch_add(1, Ordering::Relaxed);
        self.rows.fetch_add(rows, Ordering::Relaxed);
    }
    /// The meter of the task that asks, if there is one.
    pub(super) fn current() -> Option<Arc<Self>> {
        METER.try_with(Arc::clone).ok()
    }
}

/// Runs `task` with its database work counted on `meter`.
pub async fn metered<T>(meter: Arc<Meter>, task: impl Future<Output = T>) -> T {
    METER.scope(meter, task).await
}
