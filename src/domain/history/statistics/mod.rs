//! What consecutive rows of one writer say of each key: how many values of each type, first and last, extremes. Statistics
//! of rows and of those that follow join to what all of them say, so each chunk keeps its own.
//!
//! They are bytes beside the lines, not rows of a table: there a message of 100 rows with 13 keys read and wrote a row a key,
//! 26 of its statements. `tests/it/plans.txt` has those that are left.

mod bytes;
mod count;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub(super) use bytes::{from_bytes, to_bytes};
pub(super) use count::Counter;

use crate::json::Json;

/// By name; the members of nested objects have dotted names.
pub(super) type Statistics = BTreeMap<String, Statistic>;

/// What rows say of one key.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Statistic {
    /// How many values of each type.
    pub type_counts: BTreeMap<String, i64>,
    /// The first value if it is a number: what tells whether the rows before are continued without falling.
    pub first: Option<f64>,
    pub previous: Json,
    /// The step of the last row that has the key.
    pub last_step: i64,
    pub monotonic: bool,
    pub least: Option<f64>,
    pub greatest: Option<f64>,
}

impl Statistic {
    /// What these rows and, after them, `later` rows say together.
    pub fn join(&mut self, later: Self) {
        let rising = match (self.previous.as_f64(), later.first) {
            (Some(before), Some(after)) => before <= after,
            _ => false,
        };
        self.count(&later.type_counts);
        self.monotonic &= later.monotonic && rising;
        self.previous = later.previous;
        self.last_step = later.last_step;
        self.extend(later.least, later.greatest);
    }

    /// What these rows and those of another writer say together: the last value is that of the greater step.
    pub fn join_beside(&mut self, other: Self) {
        self.count(&other.type_counts);
        self.monotonic &= other.monotonic;
        self.extend(other.least, other.greatest);
        if other.last_step >= self.last_step {
            self.last_step = other.last_step;
            self.previous = other.previous;
        }
    }

    fn count(&mut self, others: &BTreeMap<String, i64>) {
        for (kind, count) in others {
            match self.type_counts.get_mut(kind) {
                Some(known) => *known += count,
                None => drop(self.type_counts.insert(kind.clone(), *count)),
            }
        }
    }

    fn extend(&mut self, least: Option<f64>, greatest: Option<f64>) {
        self.least = extreme(self.least, least, f64::min);
        self.greatest = extreme(self.greatest, greatest, f64::max);
    }
}

fn extreme(one: Option<f64>, other: Option<f64>, choose: fn(f64, f64) -> f64) -> Option<f64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(choose(one, other)),
        (one, other) => one.or(other),
    }
}

/// Makes `all` say what its rows and, after them, `later` rows do.
pub(super) fn join(all: &mut Statistics, later: Statistics) {
    for (name, later) in later {
        match all.get_mut(&name) {
            Some(known) => known.join(later),
            None => drop(all.insert(name, later)),
        }
    }
}
