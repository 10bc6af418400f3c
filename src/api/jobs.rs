//! What the server does by itself, as people see it: when it was done last, what came of it, when it is done next; and the
//! bell by which somebody has it done now.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::Notify;

use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::secret::random_bytes;

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
    /// How much later than its period a turn may be, by chance: so that servers that started together do not ask another one
    /// together for ever.
    spread: Duration,
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
    /// From the end of the last turn to the next.
    wait: Duration,
    pub turns: u64,
    pub failures: u64,
}

impl Jobs {
    /// Makes a job known.
    pub fn add(&self, name: &'static str, period: Duration, spread: Duration, first: Timestamp) -> Arc<Job> {
        let told = Told { next: Some(first), ..Told::default() };
        let (bell, was_rung) = (Notify::new(), AtomicBool::new(false));
        let job = Arc::new(Job { name, period, spread, told: Mutex::new(told), bell, was_rung });
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
        let _ = tokio::time::timeout(self.told().wait, self.bell.notified()).await;
    }

    pub fn begins(&self, now: Timestamp) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        (told.is_running, told.last_began) = (true, Some(now));
    }

    pub fn ends(&self, now: Timestamp, result: &Result<Option<u64>>) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.is_running = false;
        told.last_ended = Some(now);
        told.wait = self.period + by_chance(self.spread);
        told.next = Some(now.plus(told.wait));
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

/// Some time that is less than `most`.
fn by_chance(most: Duration) -> Duration {
    let millis = u64::try_from(most.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(u64::from_le_bytes(random_bytes()).checked_rem(millis).unwrap_or(0))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_is_later_by_chance_where_that_is_wanted_and_never_else() {
        let (minute, now) = (Duration::from_secs(60), Timestamp::from_micros(0));
        let waits = |spread: Duration| -> Vec<Duration> {
            let job = Jobs::default().add("a job", minute, spread, now);
            let wait = |_| {
                job.ends(now, &Ok(None));
                job.told().next.expect("there is a next turn").since(now)
            };
            (0..50).map(wait).collect()
        };
        assert!(waits(Duration::ZERO).iter().all(|wait| *wait == minute));
        let mut spread = waits(Duration::from_secs(30));
        assert!(spread.iter().all(|wait| (minute..minute + Duration::from_secs(30)).contains(wait)));
        spread.sort();
        spread.dedup();
        assert!(spread.len() > 10, "{spread:?}");
    }
}
