//! Time as an argument: whoever needs it is handed a [`Clock`], so that tests move it instead of sleeping.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

/// A moment: microseconds since 1970-01-01T00:00:00Z. Stored as an integer in every table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }
    pub const fn micros(self) -> i64 {
        self.0
    }
    /// Seconds since 1970, with a fraction.
    pub fn seconds(self) -> f64 {
        self.0 as f64 / 1e6
    }
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)))
    }
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)))
    }
    /// The span since `earlier`; zero if the clock stepped back.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// Reads a moment as the headers of HTTP have it: `Sat, 31 Jan 2026 10:15:30 GMT`.
    pub fn parse_http(text: &str) -> Option<Self> {
        let stamp = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
        Some(Self(stamp.as_microsecond()))
    }

    /// Reads ISO 8601: a date, `T` or a blank, a time, and optionally `Z` or an offset. Without one it is UTC.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let micros = |stamp: jiff::Timestamp| Self(stamp.as_microsecond());
        if let Ok(stamp) = text.parse::<jiff::Timestamp>() {
            return Some(micros(stamp));
        }
        let civil: jiff::civil::DateTime = text.parse().ok()?;
        let stamp = jiff::tz::TimeZone::UTC.to_timestamp(civil).ok()?;
        Some(micros(stamp))
    }
}

/// `2026-01-31T10:15:30.123456Z`: always six decimals and `Z`, so that texts sort as moments do.
impl fmt::Display for Timestamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(stamp) => write!(out, "{stamp:.6}"),
            Err(_) => write!(out, "{}us", self.0),
        }
    }
}

/// Where moments come from: the machine's clock, or a test's.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// When set, the moment that the clock shows (microseconds).
    fixed: Option<Arc<AtomicI64>>,
}

impl Clock {
    pub fn system() -> Self {
        Self { fixed: None }
    }
    /// A clock that stands still until [`Clock::advance`].
    pub fn fixed(at: Timestamp) -> Self {
        Self { fixed: Some(Arc::new(AtomicI64::new(at.micros()))) }
    }
    /// Moves a fixed clock forward. The system's clock moves by itself.
    pub fn advance(&self, span: Duration) {
        if let Some(fixed) = &self.fixed {
            fixed.fetch_add(i64::try_from(span.as_micros()).unwrap_or(0), Ordering::SeqCst);
        }
    }
    pub fn now(&self) -> Timestamp {
        if let Some(fixed) = &self.fixed {
            return Timestamp(fixed.load(Ordering::SeqCst));
        }
        #[expect(clippy::disallowed_methods, reason = "the one home of the machine's clock")]
        let now = std::time::SystemTime::now();
        let span = now.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(span.as_micros()).unwrap_or(i64::MAX))
    }
}

/// Measures a span on the monotonic clock.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "the one home of the monotonic clock")]
    pub fn start() -> Self {
        Self(Instant::now())
    }
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_in_every_spelling_the_client_uses_and_printed_in_one() {
        let expected = "2026-01-31T10:15:30.000000Z";
        for text in ["2026-01-31T10:15:30", "2026-01-31 10:15:30", "2026-01-31T10:15:30Z", "2026-01-31T12:15:30+02:00"] {
            let read = Timestamp::parse(text).map(|stamp| stamp.to_string());
            assert_eq!(read.as_deref(), Some(expected), "{text}");
        }
        assert_eq!(Timestamp::parse("yesterday"), None);
    }
}
