//! Statistics of rows, counted one after the other.

use indexmap::IndexMap;
use jiter::{Jiter, JsonValue, NumberAny, NumberInt};

use super::super::model::Stream;
use super::super::row::{self, Row};
use super::{Statistic, Statistics, extreme};
use crate::error::Result;
use crate::json::Json;

/// Counts rows in the order they were sent.
///
/// Nearly all rows have the keys of the row before, in its order, and values without members. Nothing is made of such a row but
/// its numbers; any other is parsed whole, which costs thrice as much.
pub(in super::super) struct Counter<'a> {
    stream: Stream,
    drafts: IndexMap<String, Draft<'a>, foldhash::fast::RandomState>,
    /// The place of the key that says a row's step, once a row had it.
    step_place: Option<usize>,
    rows: usize,
    /// The members of the row under way by the place of their key; kept, since it is as long for every row.
    members: Vec<(usize, JsonValue<'a>)>,
}

/// The statistic of one key under way.
struct Draft<'a> {
    /// The row that was counted last, so that no row counts twice.
    row: usize,
    /// The row in which the key was met last, counted or not.
    met: usize,
    type_counts: Vec<(String, i64)>,
    first: Option<f64>,
    before: Option<f64>,
    last: JsonValue<'a>,
    last_step: i64,
    monotonic: bool,
    least: Option<f64>,
    greatest: Option<f64>,
}

impl<'a> Counter<'a> {
    pub fn new(stream: Stream) -> Self {
        Self { stream, drafts: IndexMap::default(), step_place: None, rows: 0, members: Vec::new() }
    }

    /// Counts the row of a line; returns its step.
    ///
    /// # Errors
    /// As [`Row::parse`]. Then nothing of the line counts.
    pub fn line(&mut self, number: i64, line: &'a str) -> Result<i64> {
        self.rows += 1;
        if let Some(step) = self.plain(number, line) {
            return Ok(step);
        }
        let row = Row::parse(line)?;
        let step = row.step(self.stream, number);
        self.count(step, &row);
        Ok(step)
    }

    /// Counts a row with its step.
    pub fn row(&mut self, step: i64, row: &Row<'a>) {
        self.rows += 1;
        self.count(step, row);
    }

    pub fn finish(self) -> Statistics {
        self.drafts.into_iter().map(|(name, draft)| (name, draft.finish())).collect()
    }

    /// Counts a line whose keys are all known, each once, and whose values have no members to look into. `None`, and nothing
    /// counted, of any other.
    fn plain(&mut self, number: i64, line: &'a str) -> Option<i64> {
        self.members.clear();
        let mut jiter = Jiter::new(line.as_bytes()).with_allow_inf_nan();
        let mut says_step = None;
        // A row is walked backwards, so the keys became known in that order.
        let mut expected = self.drafts.len().checked_sub(1);
        let mut place = place_of(&self.drafts, expected, jiter.next_object().ok()??)?;
        loop {
            let draft = &mut self.drafts[place];
            if draft.met == self.rows {
                return None;
            }
            draft.met = self.rows;
            let peek = jiter.peek().ok()?;
            let value = if peek.is_num() {
                match jiter.known_number(peek).ok()? {
                    NumberAny::Int(NumberInt::Int(number)) => JsonValue::Int(number),
                    NumberAny::Int(NumberInt::BigInt(number)) => JsonValue::BigInt(number),
                    NumberAny::Float(number) => JsonValue::Float(number),
                }
            } else {
                jiter.known_value(peek).ok().filter(|value| row::branch(value).is_none())?
            };
            if self.step_place == Some(place) {
                says_step = Some(self.members.len());
            }
            self.members.push((place, value));
            expected = place.checked_sub(1);
            match jiter.next_key().ok()? {
                Some(name) => place = place_of(&self.drafts, expected, name)?,
                None => break,
            }
        }
        jiter.finish().ok()?;
        let step = row::step_of(self.stream, says_step.map(|at| &self.members[at].1)).unwrap_or(number);
        for (place, value) in self.members.drain(..) {
            self.drafts[place].add(self.rows, step, value);
        }
        Some(step)
    }

    fn count(&mut self, step: i64, row: &Row<'a>) {
        row.leaves(&mut |name, value| match self.drafts.get_mut(name) {
            Some(draft) => draft.add(self.rows, step, value.clone()),
            None => drop(self.drafts.insert(name.to_owned(), Draft::new(self.rows, step, value.clone()))),
        });
        if self.step_place.is_none() {
            self.step_place = row::step_key(self.stream).and_then(|key| self.drafts.get_index_of(key));
        }
    }
}

/// The place of a name among known ones, which most likely is the expected one.
fn place_of(
    drafts: &IndexMap<String, Draft<'_>, foldhash::fast::RandomState>,
    expected: Option<usize>,
    name: &str,
) -> Option<usize> {
    let is_expected = |place: &usize| drafts.get_index(*place).is_some_and(|(known, _)| known == name);
    expected.filter(is_expected).or_else(|| drafts.get_index_of(name))
}

impl<'a> Draft<'a> {
    fn new(row: usize, step: i64, value: JsonValue<'a>) -> Self {
        let number = row::number(&value);
        let counted = number.filter(|number| !number.is_nan());
        Self {
            row,
            met: row,
            type_counts: vec![(row::type_name(&value).to_owned(), 1)],
            first: number,
            before: number,
            last: value,
            last_step: step,
            monotonic: counted.is_some(),
            least: counted,
            greatest: counted,
        }
    }

    /// Adds the value of a row. What comes again of the same row does not count.
    fn add(&mut self, row: usize, step: i64, value: JsonValue<'a>) {
        if self.row == row {
            return;
        }
        self.row = row;
        let number = row::number(&value);
        let counted = number.filter(|number| !number.is_nan());
        let kind = row::type_name(&value);
        match self.type_counts.iter_mut().find(|(known, _)| known == kind) {
            Some((_, count)) => *count += 1,
            None => self.type_counts.push((kind.to_owned(), 1)),
        }
        self.monotonic &= matches!((self.before, number), (Some(before), Some(after)) if before <= after);
        self.before = number;
        self.least = extreme(self.least, counted, f64::min);
        self.greatest = extreme(self.greatest, counted, f64::max);
        self.last = value;
        self.last_step = step;
    }

    fn finish(self) -> Statistic {
        Statistic {
            type_counts: self.type_counts.into_iter().collect(),
            first: self.first,
            previous: Json::from(&self.last),
            last_step: self.last_step,
            monotonic: self.monotonic,
            least: self.least,
            greatest: self.greatest,
        }
    }
}
