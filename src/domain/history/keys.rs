//! What is known of each key without reading its rows: types, last value, extremes. Each chunk brings the statistics of
//! its own rows; appending joins them to those of the rows before.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use jiter::JsonValue;

use super::model::Stream;
use super::parse;
use super::row::{self, Row};
use super::segment::Segments;
use super::store;
use crate::db::{Reader, Tx};
use crate::error::Result;
use crate::id::RunId;
use crate::json::{Json, Map};

/// The keys of consecutive rows of one writer.
pub(super) type Statistics = BTreeMap<String, Statistic>;

/// What consecutive rows say of one key.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Statistic {
    /// How many values of each type.
    pub(super) type_counts: BTreeMap<String, i64>,
    /// The first value if it is a number: what tells whether the rows before are continued without falling.
    pub(super) first: Option<f64>,
    pub(super) previous: Json,
    /// The step of the last row that has the key.
    pub(super) last_step: i64,
    pub(super) monotonic: bool,
    pub(super) least: Option<f64>,
    pub(super) greatest: Option<f64>,
}

/// The keys of a run's metrics.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Keys {
    /// The greatest step of a row.
    pub last_step: Option<i64>,
    /// By name; the members of nested objects have dotted names.
    pub keys: BTreeMap<String, KeyInfo>,
}

/// What is known of one key.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyInfo {
    /// How many values of each type: `number`, `string`, `bool`, `nil`, `list`, `map`, or a media type's name.
    pub type_counts: Vec<(String, i64)>,
    /// The last value; of several writers, the one of the greatest step.
    pub previous_value: Json,
    /// Whether all values are numbers and never fall, in the order each writer sent them.
    pub monotonic: bool,
    /// Least and greatest number, NaN aside.
    pub min: Option<f64>,
    pub max: Option<f64>,
}

impl Keys {
    /// The shape the client reads. NaN and infinities may be in it: write it with [`Json::to_strict_text`].
    pub fn to_json(&self) -> Json {
        let text = |text: &str| Json::Text(text.to_owned());
        let keys = self.keys.iter().map(|(name, info)| {
            let type_counts = info.type_counts.iter().map(|(kind, count)| {
                Json::Map(Map::from_iter([("type".to_owned(), text(kind)), ("count".to_owned(), Json::Int(*count))]))
            });
            let info = Map::from_iter([
                ("typeCounts".to_owned(), Json::List(type_counts.collect())),
                ("previousValue".to_owned(), info.previous_value.clone()),
                ("monotonic".to_owned(), Json::Bool(info.monotonic)),
            ]);
            (name.clone(), Json::Map(info))
        });
        Json::Map(Map::from_iter([
            ("lastStep".to_owned(), Json::Int(self.last_step.unwrap_or(-1))),
            ("keys".to_owned(), Json::Map(keys.collect())),
            ("sets".to_owned(), Json::List(Vec::new())),
        ]))
    }
}

impl Statistic {
    /// What these rows and, after them, `later` rows say together.
    pub(super) fn join(&mut self, later: &Self) {
        let rising = match (self.previous.as_f64(), later.first) {
            (Some(before), Some(after)) => before <= after,
            _ => false,
        };
        for (kind, count) in &later.type_counts {
            *self.type_counts.entry(kind.clone()).or_default() += count;
        }
        self.monotonic &= later.monotonic && rising;
        self.previous = later.previous.clone();
        self.last_step = later.last_step;
        self.least = extreme(self.least, later.least, f64::min);
        self.greatest = extreme(self.greatest, later.greatest, f64::max);
    }
}

fn extreme(one: Option<f64>, other: Option<f64>, choose: fn(f64, f64) -> f64) -> Option<f64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(choose(one, other)),
        (one, other) => one.or(other),
    }
}

/// A statistic under way: values stay where they lie until the last is known.
struct Draft<'r, 'a> {
    /// The row that was counted last, so that no row counts twice.
    row: usize,
    type_counts: IndexMap<&'r str, i64>,
    first: Option<f64>,
    before: Option<f64>,
    last: &'r JsonValue<'a>,
    last_step: i64,
    monotonic: bool,
    least: Option<f64>,
    greatest: Option<f64>,
}

/// Statistics of rows in the order they were sent, each with its step.
pub(super) fn statistics(rows: &[(i64, Row<'_>)]) -> Statistics {
    let mut drafts: IndexMap<String, Draft<'_, '_>> = IndexMap::new();
    for (index, (step, row)) in rows.iter().enumerate() {
        row.leaves(&mut |name, value| {
            let number = row::number(value);
            let counted = number.filter(|number| !number.is_nan());
            if let Some(draft) = drafts.get_mut(name) {
                if draft.row == index {
                    return;
                }
                draft.row = index;
                *draft.type_counts.entry(row::type_name(value)).or_default() += 1;
                draft.monotonic &= matches!((draft.before, number), (Some(before), Some(after)) if before <= after);
                draft.before = number;
                draft.last = value;
                draft.last_step = *step;
                draft.least = extreme(draft.least, counted, f64::min);
                draft.greatest = extreme(draft.greatest, counted, f64::max);
            } else {
                let draft = Draft {
                    row: index,
                    type_counts: IndexMap::from_iter([(row::type_name(value), 1)]),
                    first: number,
                    before: number,
                    last: value,
                    last_step: *step,
                    monotonic: counted.is_some(),
                    least: counted,
                    greatest: counted,
                };
                drafts.insert(name.to_owned(), draft);
            }
        });
    }
    drafts.into_iter().map(|(name, draft)| (name, draft.finish())).collect()
}

impl Draft<'_, '_> {
    fn finish(self) -> Statistic {
        Statistic {
            type_counts: self.type_counts.into_iter().map(|(kind, count)| (kind.to_owned(), count)).collect(),
            first: self.first,
            previous: Json::from(self.last),
            last_step: self.last_step,
            monotonic: self.monotonic,
            least: self.least,
            greatest: self.greatest,
        }
    }
}

/// What is known of the keys of a run's metrics.
pub fn keys(db: &Reader<'_>, run: RunId) -> Result<Keys> {
    let streams = store::streams(db, run, Stream::History)?;
    let keys = merged(db, run, Stream::History)?.into_iter().map(|(name, statistic)| {
        let info = KeyInfo {
            type_counts: statistic.type_counts.into_iter().collect(),
            previous_value: statistic.previous,
            monotonic: statistic.monotonic,
            min: statistic.least,
            max: statistic.greatest,
        };
        (name, info)
    });
    Ok(Keys { last_step: streams.iter().map(|stream| stream.last_step).max(), keys: keys.collect() })
}

/// The keys of a stream over all its writers; the last value is that of the greatest step.
pub(super) fn merged(db: &Reader<'_>, run: RunId, stream: Stream) -> Result<Statistics> {
    let mut merged = Statistics::new();
    for writer in store::streams(db, run, stream)? {
        for (name, other) in store::keys(db, run, stream, &writer.writer)? {
            let Some(one) = merged.get_mut(&name) else {
                merged.insert(name, other);
                continue;
            };
            for (kind, count) in other.type_counts {
                *one.type_counts.entry(kind).or_default() += count;
            }
            one.monotonic &= other.monotonic;
            one.least = extreme(one.least, other.least, f64::min);
            one.greatest = extreme(one.greatest, other.greatest, f64::max);
            if other.last_step >= one.last_step {
                one.last_step = other.last_step;
                one.previous = other.previous;
            }
        }
    }
    Ok(merged)
}

/// Joins the keys of rows that follow all known rows of a writer.
pub(super) fn add(tx: &Tx<'_>, run: RunId, stream: Stream, writer: &str, added: &Statistics) -> Result<()> {
    for (name, later) in added {
        match store::key(tx, run, stream, writer, name)? {
            Some(mut known) => {
                known.join(later);
                store::put_key(tx, run, stream, writer, name, &known)?;
            }
            None => store::put_key(tx, run, stream, writer, name, later)?,
        }
    }
    Ok(())
}

/// Counts the keys of a writer anew from its lines.
pub(super) fn rebuild(tx: &Tx<'_>, segments: &Segments, run: RunId, stream: Stream, writer: &str) -> Result<()> {
    let mut all = Statistics::new();
    for chunk in store::overlapping(tx, run, stream, writer, 0, i64::MAX)? {
        let lines = store::lines(tx, segments, run, stream, &chunk)?;
        for (name, later) in statistics(&parse::rows(stream, chunk.first_line, lines.iter())?) {
            match all.get_mut(&name) {
                Some(known) => known.join(&later),
                None => drop(all.insert(name, later)),
            }
        }
    }
    store::remove_keys(tx, run, stream, writer)?;
    for (name, statistic) in &all {
        store::put_key(tx, run, stream, writer, name, statistic)?;
    }
    Ok(())
}
