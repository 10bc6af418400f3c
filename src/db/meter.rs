//! What a request costs in the database: counted here, printed on the request line.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

tokio::task_local! {
    static METER: Arc<Meter>;
}

/// Queries run and rows read for one request.
#[derive(Debug, Default)]
pub struct Meter {
    queries: AtomicU64,
    rows: AtomicU64,
    /// How the engine answers each statement, if somebody wants to know.
    plans: Option<Mutex<BTreeMap<String, String>>>,
}

impl Meter {
    /// One that also keeps the plan of every statement: for tests that hold the hot ones to their indexes.
    pub fn explaining() -> Self {
        Self { plans: Some(Mutex::default()), ..Self::default() }
    }
    /// Statements with their plans, a line a step. Nothing unless it is [`Meter::explaining`].
    pub fn plans(&self) -> BTreeMap<String, String> {
        self.plans.as_ref().map(|plans| plans.lock().expect("no holder of this lock panics").clone()).unwrap_or_default()
    }
    pub(super) fn wants_plan_of(&self, sql: &str) -> bool {
        self.plans.as_ref().is_some_and(|plans| !plans.lock().expect("no holder of this lock panics").contains_key(sql))
    }
    pub(super) fn keep_plan(&self, sql: &str, plan: String) {
        if let Some(plans) = &self.plans {
            plans.lock().expect("no holder of this lock panics").insert(sql.to_owned(), plan);
        }
    }
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
    pub fn current() -> Option<Arc<Self>> {
        METER.try_with(Arc::clone).ok()
    }
}

/// Runs `task` with its database work counted on `meter`.
pub async fn metered<T>(meter: Arc<Meter>, task: impl Future<Output = T>) -> T {
    METER.scope(meter, task).await
}
