//! What the server does by itself, as people see it: when it was done last, what came of it, when it is done next; and the
//! bell by which somebody has it done now.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::Notify;

use crate::clock::Timestamp;
use crate::error::{Error, Result};

/// All jobs of a server.
#[derive(Debug, Default)]
pub struct Jobs {
    all: RwLock<Vec<Arc<Job>>>,
}

/// One of them.
#[derive(Debug)]
pub struct Job {
    pub name: &'static str,
    pub period: Duration,
    told: Mutex<Told>,
    bell: Notify,
    /// Somebody rang, and what was asked for is not done yet.
    was_rung: AtomicBool,
}

/// What is known of a job.
#[derive(Clone, Debug, Default)]
pub struct Told {
    pub is_running: bool,
    pub last_began: Option<Timestamp>,
    pub last_ended: Option<Timestamp>,
    /// How many things the last turn changed, of jobs that count.
    pub last_count: Option<u64>,
    /// Why the last turn failed, if it did.
    pub last_error: Option<String>,
    pub next: Option<Timestamp>,
    pub turns: u64,
    pub failures: u64,
}

impl Jobs {
    /// Makes a job known.
    pub fn add(&self, name: &'static str, period: Duration, first: Timestamp) -> Arc<Job> {
        let told = Told { next: Some(first), ..Told::default() };
        let job = Arc::new(Job { name, period, told: Mutex::new(told), bell: Notify::new(), was_rung: AtomicBool::new(false) });
        self.all.write().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&job));
        job
    }

    pub fn all(&self) -> Vec<Arc<Job>> {
        self.all.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The job of that name.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn named(&self, name: &str) -> Result<Arc<Job>> {
        self.all().into_iter().find(|job| job.name == name).ok_or_else(|| Error::not_found(format!("job {name}")))
    }
}

impl Job {
    pub fn told(&self) -> Told {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Has it done at once; one that runs is done again after that.
    pub fn ring(&self) {
        self.was_rung.store(true, Ordering::Release);
        self.bell.notify_one();
    }

    /// Whether this turn was asked for by somebody; each asking is told once.
    pub fn answer_bell(&self) -> bool {
        self.was_rung.swap(false, Ordering::AcqRel)
    }

    /// Waits until it is due or somebody rings.
    pub async fn due(&self) {
        // What is over is not worth a word.
        let _ = tokio::time::timeout(self.period, self.bell.notified()).await;
    }

    pub fn begins(&self, now: Timestamp) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        (told.is_running, told.last_began) = (true, Some(now));
    }

    pub fn ends(&self, now: Timestamp, result: &Result<Option<u64>>) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.is_running = false;
        told.last_ended = Some(now);
        told.next = Some(now.plus(self.period));
        told.turns += 1;
        (told.last_count, told.last_error) = match result {
            Ok(count) => (*count, None),
            Err(error) => {
                told.failures += 1;
                (None, Some(error.cause()))
            }
        };
    }
}

/// What a turn of a job says it did.
pub trait Outcome {
    fn count(self) -> Option<u64>;
}

impl Outcome for () {
    fn count(self) -> Option<u64> {
        None
    }
}

impl Outcome for usize {
    fn count(self) -> Option<u64> {
        Some(self as u64)
    }
}
