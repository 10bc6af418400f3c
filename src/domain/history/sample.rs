//! A few metrics of a run as points: all of them, or a fair choice.

use super::model::Stream;
use super::place::{Begun, Chunks, Place};
use super::row::Row;
use super::segment::{LEVELS, Segments};
use crate::db::Reader;
use crate::error::{Error, Result};
use crate::id::RunId;
use crate::json::{Json, Map};

/// How many points are returned when the client does not say.
const SAMPLES: usize = 500;
/// Among how many buckets of previews a point is chosen at least.
const FINENESS: usize = 2;

/// Which metrics, of which steps, in how many points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleSpec {
    /// A point has all of these; the first is the x axis. Without keys there are no points.
    pub keys: Vec<String>,
    /// The most points.
    pub samples: usize,
    /// The least and the greatest step, both included.
    pub min_step: Option<i64>,
    pub max_step: Option<i64>,
}

impl SampleSpec {
    /// Reads `{"keys": ["_step", "loss"], "samples": 500, "minStep": 0, "maxStep": 99}`; every member may be missing.
    ///
    /// # Errors
    /// Names the member that is wrong or unknown.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = |why: String| Error::invalid(format!("the sampling spec {why}"));
        let members = Json::parse_map(text).map_err(|error| wrong(format!("cannot be read: {error}")))?;
        let mut spec = Self { keys: Vec::new(), samples: SAMPLES, min_step: None, max_step: None };
        for (name, value) in members {
            let step = || value.as_i64().map(Some).ok_or_else(|| wrong(format!("needs a whole number as {name}")));
            match (name.as_str(), &value) {
                ("keys" | "samples" | "minStep" | "maxStep", Json::Null) => {}
                ("keys", Json::List(keys)) => {
                    let keys = keys.iter().map(|key| key.as_str().map(str::to_owned)).collect::<Option<_>>();
                    spec.keys = keys.ok_or_else(|| wrong("needs a list of names as keys".to_owned()))?;
                }
                ("keys", _) => return Err(wrong("needs a list of names as keys".to_owned())),
                ("samples", _) => {
                    let samples = value.as_i64().and_then(|samples| usize::try_from(samples).ok());
                    spec.samples = samples.ok_or_else(|| wrong("needs a whole number, 0 or more, as samples".to_owned()))?;
                }
                ("minStep", _) => spec.min_step = step()?,
                ("maxStep", _) => spec.max_step = step()?,
                _ => return Err(wrong(format!("has an unknown member {name}; known are keys, samples, minStep, maxStep"))),
            }
        }
        Ok(spec)
    }
}

/// A row that has all keys.
struct Point {
    x: f64,
    /// The first metric that is not the x axis; NaN if it is not a number.
    y: f64,
    step: i64,
    place: Place,
}

/// The rows that have all keys, with just these, by ascending x. More than asked for are thinned out evenly, keeping the
/// first, the last, and those where the first metric is least and greatest.
pub fn sampled(db: &Reader<'_>, segments: &Segments, run: RunId, spec: &SampleSpec) -> Result<Vec<Map>> {
    let Some(x_key) = spec.keys.first() else {
        return Ok(Vec::new());
    };
    let (low, high) = (spec.min_step.unwrap_or(i64::MIN), spec.max_step.unwrap_or(i64::MAX));
    let chunks = Chunks::between(db, segments, run, Stream::History, low, high)?;
    if let Some(points) = previewed(&chunks, spec, low, high)? {
        return Ok(points);
    }
    let mut points: Vec<Point> = Vec::new();
    let y_place = spec.keys.iter().position(|key| key != x_key);
    chunks.numbers(&spec.keys, |step, numbers, place| {
        if (low..=high).contains(&step) && numbers.iter().all(Option::is_some) {
            let number = |place: usize| numbers[place].unwrap_or(f64::NAN);
            points.push(Point { x: number(0), y: y_place.map_or(f64::NAN, number), step, place });
        }
    })?;
    // NaN comes last; where x is equal, or no number at all, the step decides.
    let order = |one: f64, other: f64| match (one.is_nan(), other.is_nan()) {
        (false, false) => one.partial_cmp(&other).expect("neither is NaN"),
        (one, other) => one.cmp(&other),
    };
    points.sort_by(|one, other| order(one.x, other.x).then(one.step.cmp(&other.step)));
    let metric: Vec<f64> = points.iter().map(|point| point.y).collect();
    let chosen: Vec<Place> = choose(&metric, spec.samples).into_iter().map(|index| points[index].place).collect();
    fetch(&chunks, &chosen, spec)
}

/// What the rows at these places have at the keys.
fn fetch(chunks: &Chunks<'_, '_>, places: &[Place], spec: &SampleSpec) -> Result<Vec<Map>> {
    chunks.fetch(places, Some(&spec.keys), |line| {
        let row = Row::parse(line)?;
        let cell = |key: &String| Some((key.clone(), Json::from(row.at(key)?)));
        Ok(spec.keys.iter().filter_map(cell).collect())
    })
}

/// A row that may be chosen: read, or the first one of a bucket of previews, with the values that those know.
struct Candidate {
    y: f64,
    at: At,
}

enum At {
    Row(Place),
    Values(Map),
}

/// As [`sampled`], of many rows over their steps, every one of which has all keys: chosen among those with which buckets of
/// previews begin, so that of a million rows a few thousand are looked at. `None` if previews do not say enough.
fn previewed(chunks: &Chunks<'_, '_>, spec: &SampleSpec, low: i64, high: i64) -> Result<Option<Vec<Map>>> {
    let enough = spec.samples.max(1).saturating_mul(FINENESS);
    let rows = chunks.lines_within(low, high);
    let level = LEVELS.iter().rposition(|points| rows >= enough.saturating_mul(*points) as i64);
    let Some(level) = level.filter(|_| spec.keys[0] == "_step" && spec.samples > 3 && chunks.ascend()) else {
        return Ok(None);
    };
    let mut columns = Vec::with_capacity(spec.keys.len());
    for key in &spec.keys {
        columns.push(chunks.complete_previews(key, level, low, high)?);
    }
    let y = spec.keys.iter().position(|key| key != "_step").unwrap_or(0);
    // The rows with the least and the greatest value are looked for where previews say they are.
    let ends = |one: &Option<Begun>| {
        let buckets = one.iter().flatten().map(|(bucket, _)| bucket);
        buckets.fold((f64::INFINITY, f64::NEG_INFINITY), |(min, max), bucket| (min.min(bucket.min), max.max(bucket.max)))
    };
    let extremes: Vec<(f64, f64)> = columns[y].iter().map(ends).collect();
    let least = (0..extremes.len()).min_by(|one, other| extremes[*one].0.total_cmp(&extremes[*other].0));
    let greatest = (0..extremes.len()).max_by(|one, other| extremes[*one].1.total_cmp(&extremes[*other].1));
    let last = chunks.count().saturating_sub(1);
    let is_read: Vec<bool> = (0..chunks.count())
        .map(|chunk| {
            [least, greatest, Some(last)].contains(&Some(chunk)) || columns.iter().any(|column| column[chunk].is_none())
        })
        .collect();
    let Some(mut rows) = rows_to_choose_from(chunks, spec, &is_read, y, LEVELS[level], (low, high))? else {
        return Ok(None);
    };
    let mut candidates: Vec<Candidate> = Vec::new();
    for chunk in 0..chunks.count() {
        if is_read[chunk] {
            candidates.append(&mut rows[chunk]);
            continue;
        }
        let buckets = columns[y][chunk].as_ref().map_or(0, Vec::len);
        for bucket in 0..buckets {
            let value = |(key, column): (&String, &Vec<Option<Begun>>)| {
                Some((key.clone(), column[chunk].as_ref()?.get(bucket)?.1.clone()))
            };
            let values: Map = spec.keys.iter().zip(&columns).filter_map(value).collect();
            let first = columns[y][chunk].as_ref().map_or(f64::NAN, |found| found[bucket].0.first);
            candidates.push(Candidate { y: first, at: At::Values(values) });
        }
    }
    let metric: Vec<f64> = candidates.iter().map(|candidate| candidate.y).collect();
    let chosen = choose(&metric, spec.samples);
    let mut candidates: Vec<Option<At>> = candidates.into_iter().map(|candidate| Some(candidate.at)).collect();
    let chosen: Vec<At> = chosen.into_iter().filter_map(|index| candidates[index].take()).collect();
    let places: Vec<Place> = chosen.iter().filter_map(|at| if let At::Row(place) = at { Some(*place) } else { None }).collect();
    let mut read = fetch(chunks, &places, spec)?.into_iter();
    Ok(Some(chosen.into_iter().filter_map(|at| if let At::Values(values) = at { Some(values) } else { read.next() }).collect()))
}

/// Of each chunk that is read the rows that begin buckets, those with its least and greatest y, and the last one. `None` if a
/// row lacks a key, or steps fall: then the buckets of the other chunks are no fair choice.
fn rows_to_choose_from(
    chunks: &Chunks<'_, '_>,
    spec: &SampleSpec,
    is_read: &[bool],
    y: usize,
    bucket_points: usize,
    (low, high): (i64, i64),
) -> Result<Option<Vec<Vec<Candidate>>>> {
    let mut rows: Vec<Vec<(f64, Place)>> = (0..is_read.len()).map(|_| Vec::new()).collect();
    let (mut is_fair, mut before) = (true, (0, i64::MIN));
    chunks.numbers_in(
        |chunk| is_read[chunk],
        &spec.keys,
        |step, numbers, place| {
            if !(low..=high).contains(&step) {
                return;
            }
            is_fair &= numbers.iter().all(Option::is_some) && (before.0 != place.chunk || before.1 <= step);
            before = (place.chunk, step);
            rows[place.chunk].push((numbers[y].unwrap_or(f64::NAN), place));
        },
    )?;
    let thinned = |rows: Vec<(f64, Place)>| {
        let numbers = || rows.iter().enumerate().filter(|(_, (value, _))| !value.is_nan());
        let least = numbers().min_by(|one, other| one.1.0.total_cmp(&other.1.0)).map(|(index, _)| index);
        let greatest = numbers().rev().max_by(|one, other| one.1.0.total_cmp(&other.1.0)).map(|(index, _)| index);
        let last = rows.len().checked_sub(1);
        let stays = |index: usize| index.is_multiple_of(bucket_points) || [least, greatest, last].contains(&Some(index));
        let kept = rows.iter().enumerate().filter(|(index, _)| stays(*index));
        kept.map(|(_, (y, place))| Candidate { y: *y, at: At::Row(*place) }).collect()
    };
    Ok(is_fair.then(|| rows.into_iter().map(thinned).collect()))
}

/// `samples` indexes of `count`, evenly, the first and the last among them; all if they are no more.
pub(super) fn spread(count: usize, samples: usize) -> impl Iterator<Item = usize> {
    let samples = samples.min(count);
    (0..samples).map(move |sample| {
        if samples == 1 {
            return count - 1;
        }
        // 128 bits: both factors may be great.
        (sample as u128 * (count as u128 - 1) / (samples as u128 - 1)) as usize
    })
}

/// As [`spread`], with the places of the least and the greatest value of a metric put for their nearest neighbours.
fn choose(metric: &[f64], samples: usize) -> Vec<usize> {
    let mut chosen: Vec<usize> = spread(metric.len(), samples).collect();
    if chosen.len() == metric.len() {
        return chosen;
    }
    let numbers = || metric.iter().copied().enumerate().filter(|(_, value)| !value.is_nan());
    let least = numbers().min_by(|one, other| one.1.total_cmp(&other.1)).map(|(index, _)| index);
    // Of equal values the first, as above.
    let greatest = numbers().rev().max_by(|one, other| one.1.total_cmp(&other.1)).map(|(index, _)| index);
    let mut kept: Vec<usize> = Vec::new();
    for extreme in [greatest, least].into_iter().flatten() {
        if !chosen.contains(&extreme) {
            let inner = 1..chosen.len().saturating_sub(1);
            let free = inner.filter(|slot| !kept.contains(&chosen[*slot]));
            if let Some(slot) = free.min_by_key(|slot| chosen[*slot].abs_diff(extreme)) {
                chosen[slot] = extreme;
            }
        }
        kept.push(extreme);
    }
    chosen.sort_unstable();
    chosen
}
