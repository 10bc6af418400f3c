//! What is known of each key without reading its rows: types, last value, extremes. Chunks bring the statistics of their own
//! rows; those of a writer are joined in the order of its lines.

use std::collections::BTreeMap;

use super::model::Stream;
use super::parse;
use super::segment::Segments;
use super::statistics::{self, Statistics};
use super::store::{self, Written};
use crate::db::{Reader, Tx};
use crate::error::Result;
use crate::id::RunId;
use crate::json::{Json, Map};

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

/// What is known of the keys of a run's metrics.
pub fn keys(db: &Reader<'_>, segments: &Segments, run: RunId) -> Result<Keys> {
    let streams = store::streams(db, run, Stream::History)?;
    let keys = merged(db, segments, run, Stream::History)?.into_iter().map(|(name, statistic)| {
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

/// The keys of a stream over all its writers.
pub(super) fn merged(db: &Reader<'_>, segments: &Segments, run: RunId, stream: Stream) -> Result<Statistics> {
    let mut merged = Statistics::new();
    for written in store::streams(db, run, stream)? {
        for (name, other) in of_writer(db, segments, run, stream, &written)? {
            match merged.get_mut(&name) {
                Some(one) => one.join_beside(other),
                None => drop(merged.insert(name, other)),
            }
        }
    }
    Ok(merged)
}

/// The keys of one writer: what is known of its first lines, and what the chunks after them say.
pub(super) fn of_writer(
    db: &Reader<'_>,
    segments: &Segments,
    run: RunId,
    stream: Stream,
    written: &Written,
) -> Result<Statistics> {
    let mut all = store::measured(db, run, stream, &written.writer)?;
    join_from(db, segments, run, stream, &written.writer, written.measured_to, &mut all)?;
    Ok(all)
}

/// Joins what the chunks from a line on say to what is known of the lines before.
pub(super) fn join_from(
    db: &Reader<'_>,
    segments: &Segments,
    run: RunId,
    stream: Stream,
    writer: &str,
    line: i64,
    all: &mut Statistics,
) -> Result<()> {
    for (chunk, known) in store::chunk_statistics(db, run, stream, writer, line)? {
        let later = match known {
            Some(bytes) => statistics::from_bytes(&bytes)?,
            None => {
                let lines = store::lines(db, segments, run, stream, &chunk)?;
                parse::count(stream, chunk.first_line, lines.iter())?.statistics
            }
        };
        statistics::join(all, later);
    }
    Ok(())
}

/// Measures all chunks of a writer anew, after some have been changed; they say themselves what is in them.
pub(super) fn rebuild(tx: &Tx<'_>, segments: &Segments, run: RunId, stream: Stream, writer: &str) -> Result<()> {
    let mut all = Statistics::new();
    join_from(tx, segments, run, stream, writer, 0, &mut all)?;
    store::set_measured(tx, run, stream, writer, &all)
}
