//! Metrics as a chart draws them: over an axis cut into as many buckets as it has pixels.

use sha2::{Digest as _, Sha256};

use super::model::Stream;
use super::place::Chunks;
use super::segment::Segments;
use super::store;
use crate::db::Reader;
use crate::error::Result;
use crate::id::RunId;

/// Which metrics over which part of which axis.
#[derive(Clone, Debug, PartialEq)]
pub struct ChartSpec {
    /// The metric that is the axis: `_step`, `_timestamp` for time, or any other.
    pub x: String,
    /// The metrics, each a series of its own.
    pub keys: Vec<String>,
    /// The part of the axis, both ends included.
    pub x_min: Option<f64>,
    pub x_max: Option<f64>,
    /// The most buckets of a series, 1 or more.
    pub buckets: usize,
}

/// A metric over the axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// How many points the buckets stand for.
    pub points: u64,
    /// By ascending x, none empty. As many points as buckets or fewer have a bucket each.
    pub buckets: Vec<Bucket>,
}

/// Neighbouring points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    /// Where its first and its last point lie.
    pub x_first: f64,
    pub x_last: f64,
    pub count: u64,
    pub first: f64,
    pub last: f64,
    pub min: f64,
    pub max: f64,
}

/// A series for each key. A point is a row in which the axis and the key are numbers; NaN is none, infinities are.
pub fn chart(db: &Reader<'_>, segments: &Segments, run: RunId, spec: &ChartSpec) -> Result<Vec<Series>> {
    // Steps are known of chunks, so a part of that axis opens only those in it.
    let by_step = |bound: Option<f64>, none: i64| bound.filter(|_| spec.x == "_step").map_or(none, |bound| bound as i64);
    let (low, high) = (by_step(spec.x_min, i64::MIN), by_step(spec.x_max, i64::MAX));
    let chunks = Chunks::between(db, segments, run, Stream::History, low, high)?;
    let keys: Vec<String> = std::iter::once(&spec.x).chain(&spec.keys).cloned().collect();
    let mut points: Vec<Vec<(f64, f64)>> = vec![Vec::new(); spec.keys.len()];
    chunks.numbers(&keys, |_, numbers, _| {
        let Some(x) = numbers[0].filter(|x| x.is_finite()) else { return };
        if spec.x_min.is_some_and(|low| x < low) || spec.x_max.is_some_and(|high| x > high) {
            return;
        }
        for (points, y) in points.iter_mut().zip(&numbers[1..]) {
            if let Some(y) = y.filter(|y| !y.is_nan()) {
                points.push((x, y));
            }
        }
    })?;
    Ok(points.into_iter().map(|points| series(points, spec.buckets)).collect())
}

fn series(mut points: Vec<(f64, f64)>, buckets: usize) -> Series {
    // Stable: points of equal x stay in the order they were logged. Most runs never step back, and are sorted already.
    if !points.is_sorted_by_key(|(x, _)| *x) {
        points.sort_by(|one, other| one.0.total_cmp(&other.0));
    }
    let mut series = Series { points: points.len() as u64, buckets: Vec::new() };
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return series;
    };
    let (start, width) = (first.0, last.0 - first.0);
    let alone = points.len() <= buckets;
    let slot = |x: f64| ((x - start) / width * buckets as f64) as usize;
    let mut open: Option<usize> = None;
    for (index, (x, y)) in points.iter().copied().enumerate() {
        // All points at one x are one bucket; the last point belongs to the last bucket.
        let at = if alone { index } else { slot(x).min(buckets - 1) };
        match series.buckets.last_mut().filter(|_| open == Some(at)) {
            Some(bucket) => {
                bucket.x_last = x;
                bucket.count += 1;
                bucket.last = y;
                bucket.min = bucket.min.min(y);
                bucket.max = bucket.max.max(y);
            }
            None => {
                open = Some(at);
                series.buckets.push(Bucket { x_first: x, x_last: x, count: 1, first: y, last: y, min: y, max: y });
            }
        }
    }
    series
}

/// What changes whenever a run's metrics do: who has seen it need not read them again.
pub fn cursor(db: &Reader<'_>, run: RunId) -> Result<String> {
    let mut hash = Sha256::new();
    for written in store::streams(db, run, Stream::History)? {
        hash.update(written.writer.as_bytes());
        for number in [written.place, written.turn, written.line_count, written.last_step] {
            hash.update(number.to_le_bytes());
        }
    }
    Ok(hex::encode(&hash.finalize()[..8]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn few_points_have_a_bucket_each_and_equal_x_is_kept_in_order() {
        let points = vec![(2.0, 5.0), (1.0, 7.0), (1.0, f64::INFINITY)];
        let series = series(points, 3);
        let firsts: Vec<(f64, f64)> = series.buckets.iter().map(|bucket| (bucket.x_first, bucket.first)).collect();
        assert_eq!(firsts, [(1.0, 7.0), (1.0, f64::INFINITY), (2.0, 5.0)]);
    }

    #[test]
    fn a_heap_of_points_at_one_place_is_one_bucket() {
        let series = series(vec![(4.0, 1.0), (4.0, 3.0), (4.0, 2.0)], 2);
        assert_eq!(series.buckets, [Bucket { x_first: 4.0, x_last: 4.0, count: 3, first: 1.0, last: 2.0, min: 1.0, max: 3.0 }]);
    }

    proptest! {
        #[test]
        fn buckets_hold_every_point_and_its_extremes(
            values in prop::collection::vec((-50..50_i32, -100..100_i32), 1..200),
            buckets in 1..50_usize,
        ) {
            let points: Vec<(f64, f64)> = values.iter().map(|(x, y)| (f64::from(*x), f64::from(*y))).collect();
            let series = series(points.clone(), buckets);
            prop_assert!(series.buckets.len() <= buckets);
            prop_assert_eq!(series.buckets.iter().map(|bucket| bucket.count).sum::<u64>(), points.len() as u64);
            prop_assert!(series.buckets.windows(2).all(|pair| pair[0].x_last <= pair[1].x_first));
            let all = |choose: fn(f64, f64) -> f64, of: fn(&Bucket) -> f64| series.buckets.iter().map(of).reduce(choose);
            let known = |choose: fn(f64, f64) -> f64| points.iter().map(|(_, y)| *y).reduce(choose);
            prop_assert_eq!(all(f64::min, |bucket| bucket.min), known(f64::min));
            prop_assert_eq!(all(f64::max, |bucket| bucket.max), known(f64::max));
            for bucket in &series.buckets {
                prop_assert!(points.contains(&(bucket.x_first, bucket.first)) && points.contains(&(bucket.x_last, bucket.last)));
            }
        }
    }
}
