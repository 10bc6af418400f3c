//! Slows down who does too much at a time: a bucket of attempts for each of them. In memory, of this process.
//!
//! Who guesses passwords has one by address and one by account; requests have one by key or session, if the operator wants so.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

use crate::clock::Timestamp;
use crate::error::Error;

/// Buckets kept at most; beyond it the full ones, which say nothing, are dropped.
const BUCKETS_MAX: usize = 10_000;

/// How many attempts at once, and how soon one comes back.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    pub burst: u32,
    pub refill: Duration,
}

/// Many people may share an address.
pub const BY_ADDRESS: Rate = Rate { burst: 50, refill: Duration::from_secs(2) };
pub const BY_ACCOUNT: Rate = Rate { burst: 10, refill: Duration::from_secs(30) };

impl Rate {
    /// So many a minute, of which all may come at once; `None` for any number.
    pub fn per_minute(count: u32) -> Option<Self> {
        (count > 0).then(|| Self { burst: count, refill: Duration::from_secs(60) / count })
    }
}

/// What somebody may do still, as answers tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    limit: u32,
    left: u32,
    /// Until all of it is there again; of who has none left, until there is some.
    reset: Duration,
}

impl Allowance {
    /// Of who has to wait.
    pub fn none(rate: Rate, wait: Duration) -> Self {
        Self { limit: rate.burst, left: 0, reset: wait }
    }

    /// The one with which one has to be more careful.
    #[must_use]
    pub fn tighter(self, other: Option<Self>) -> Self {
        other.filter(|other| other.left < self.left).unwrap_or(self)
    }

    /// Tells it in the headers that clients know (draft-ietf-httpapi-ratelimit-headers-07).
    pub fn tell(self, headers: &mut HeaderMap) {
        let seconds = self.reset.as_secs_f64().ceil() as u64;
        let told = [
            (HeaderName::from_static("ratelimit-limit"), u64::from(self.limit)),
            (HeaderName::from_static("ratelimit-remaining"), u64::from(self.left)),
            (HeaderName::from_static("ratelimit-reset"), seconds),
        ];
        for (name, value) in told {
            headers.insert(name, HeaderValue::from(value));
        }
    }
}

/// Attempts that are left, by whom.
#[derive(Debug, Default)]
pub struct Throttle {
    buckets: Mutex<HashMap<String, Bucket>>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    rate: Rate,
    /// Attempts left at `at`; grows with time.
    left: f64,
    at: Timestamp,
}

impl Bucket {
    fn left_at(&self, now: Timestamp) -> f64 {
        let grown = now.since(self.at).as_secs_f64() / self.rate.refill.as_secs_f64();
        (self.left + grown).min(f64::from(self.rate.burst))
    }
}

impl Throttle {
    /// Takes one attempt of `who`; what is left.
    ///
    /// # Errors
    /// The time until there is one again.
    pub fn take(&self, who: &str, rate: Rate, now: Timestamp) -> Result<Allowance, Duration> {
        let mut buckets = self.buckets.lock().expect("no holder of this lock panics");
        if buckets.len() >= BUCKETS_MAX {
            buckets.retain(|_, bucket| bucket.left_at(now) < f64::from(bucket.rate.burst));
        }
        let fresh = Bucket { rate, left: f64::from(rate.burst), at: now };
        let bucket = buckets.entry(who.to_owned()).or_insert(fresh);
        let left = bucket.left_at(now);
        if left < 1.0 {
            return Err(rate.refill.mul_f64(1.0 - left));
        }
        *bucket = Bucket { rate, left: left - 1.0, at: now };
        let spent = f64::from(rate.burst) - bucket.left;
        Ok(Allowance { limit: rate.burst, left: bucket.left as u32, reset: rate.refill.mul_f64(spent) })
    }

    /// Takes one request of `who`; what is left, and whether there was one. `why` is what who has to wait is told.
    pub fn charge(&self, who: &str, why: &str, rate: Rate, now: Timestamp) -> (Allowance, Result<(), Error>) {
        match self.take(who, rate, now) {
            Ok(left) => (left, Ok(())),
            Err(retry_after) => {
                let seconds = retry_after.as_secs_f64().ceil();
                let text = format!("{why}: come back in {seconds} seconds");
                (Allowance::none(rate, retry_after), Err(Error::Busy { text, retry_after }))
            }
        }
    }

    /// Gives an attempt of `who` back that was none, so that many people who sign in from one address do not use it up.
    pub fn give_back(&self, who: &str) {
        if let Some(bucket) = self.buckets.lock().expect("no holder of this lock panics").get_mut(who) {
            bucket.left = (bucket.left + 1.0).min(f64::from(bucket.rate.burst));
        }
    }

    /// Forgets the attempts of `who`, who has proved to be right.
    pub fn forget(&self, who: &str) {
        self.buckets.lock().expect("no holder of this lock panics").remove(who);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_tries_too_often_waits_and_then_has_one_attempt() {
        let throttle = Throttle::default();
        let rate = Rate { burst: 3, refill: Duration::from_secs(10) };
        let start = Timestamp::from_micros(0);
        for left in [2, 1, 0] {
            let reset = Duration::from_secs(10 * (3 - u64::from(left)));
            assert_eq!(throttle.take("ada", rate, start), Ok(Allowance { limit: 3, left, reset }));
        }
        assert_eq!(throttle.take("ada", rate, start), Err(Duration::from_secs(10)));
        assert!(throttle.take("bob", rate, start).is_ok());
        let later = start.plus(Duration::from_secs(10));
        assert!(throttle.take("ada", rate, later).is_ok());
        assert!(throttle.take("ada", rate, later).is_err());
        throttle.give_back("ada");
        assert!(throttle.take("ada", rate, later).is_ok());
        assert!(throttle.take("ada", rate, later).is_err());
        throttle.forget("ada");
        assert!(throttle.take("ada", rate, later).is_ok());
    }
}
