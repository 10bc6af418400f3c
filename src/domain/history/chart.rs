//! Metrics as a chart draws them: over an axis cut into as many buckets as it has pixels.
//!
//! A long series over steps, or over a metric that never steps back as time does, is drawn from the previews that its segments
//! have; rows are read of what has none, of the ends of a range, and of the tail. Then a bucket begins where one of a preview does, so its edges are a little off from an even cut,
//! and what it says of its points is exact. Previews have at least twice as many buckets as are drawn, else rows are read.

use sha2::{Digest as _, Sha256};

use super::model::Stream;
use super::place::Chunks;
use super::segment::{LEVELS, PreviewBucket, Segments};
use super::store;
use crate::db::Reader;
use crate::error::Result;
use crate::id::RunId;

/// How many buckets of previews a bucket of a chart is made of at least.
const FINENESS: usize = 2;

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

impl ChartSpec {
    /// Whether the part of the axis has that place.
    pub(super) fn shows(&self, x: f64) -> bool {
        self.x_min.is_none_or(|low| x >= low) && self.x_max.is_none_or(|high| x <= high)
    }
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

impl Bucket {
    fn of((x, y): (f64, f64)) -> Self {
        Self { x_first: x, x_last: x, count: 1, first: y, last: y, min: y, max: y }
    }

    fn join(&mut self, later: &Self) {
        self.x_last = later.x_last;
        self.count += later.count;
        self.last = later.last;
        self.min = self.min.min(later.min);
        self.max = self.max.max(later.max);
    }
}

impl From<&PreviewBucket> for Bucket {
    fn from(preview: &PreviewBucket) -> Self {
        let PreviewBucket { count, first_step, last_step, first, last, min, max } = *preview;
        Self { x_first: first_step as f64, x_last: last_step as f64, count, first, last, min, max }
    }
}

/// What a chunk has of a series.
#[derive(Clone, Debug)]
enum Piece {
    Points(Vec<(f64, f64)>),
    Preview(Vec<Bucket>),
}

/// A series for each key. A point is a row in which the axis and the key are numbers; NaN is none, infinities are.
pub fn chart(db: &Reader<'_>, segments: &Segments, run: RunId, spec: &ChartSpec) -> Result<Vec<Series>> {
    // Steps are known of chunks, so a part of that axis opens only those in it.
    let is_step = spec.x == "_step";
    let by_step = |bound: Option<f64>, none: i64| bound.filter(|_| is_step).map_or(none, |bound| bound as i64);
    let (low, high) = (by_step(spec.x_min, i64::MIN), by_step(spec.x_max, i64::MAX));
    let chunks = Chunks::between(db, segments, run, Stream::History, low, high)?;
    let mut drawn: Vec<Vec<Piece>> = Vec::with_capacity(spec.keys.len());
    for key in &spec.keys {
        drawn.push(match is_step {
            true if chunks.ascend() => previewed(&chunks, spec, |level| over_steps(&chunks, key, level, spec))?,
            true => points_of(&chunks),
            false => previewed(&chunks, spec, |level| over_a_metric(&chunks, key, level, spec))?,
        });
    }
    read_points(&chunks, spec, &mut drawn)?;
    // Of an axis that turns back the previews, which do not overlap in steps, may overlap: then only rows tell.
    let turned: Vec<bool> = drawn.iter().map(|pieces| !follow(pieces)).collect();
    if turned.contains(&true) {
        for (pieces, _) in drawn.iter_mut().zip(&turned).filter(|(_, turned)| **turned) {
            *pieces = points_of(&chunks);
        }
        read_points(&chunks, spec, &mut drawn)?;
    }
    Ok(drawn.into_iter().map(|pieces| joined(pieces, spec.buckets)).collect())
}

/// All chunks as rows that are still to be read.
fn points_of(chunks: &Chunks<'_, '_>) -> Vec<Piece> {
    vec![Piece::Points(Vec::new()); chunks.count()]
}

/// Reads the rows that were not read yet.
fn read_points(chunks: &Chunks<'_, '_>, spec: &ChartSpec, drawn: &mut [Vec<Piece>]) -> Result<()> {
    let is_unread = |piece: &Piece| matches!(piece, Piece::Points(points) if points.is_empty());
    let unread: Vec<Vec<bool>> = drawn.iter().map(|pieces| pieces.iter().map(is_unread).collect()).collect();
    let keys: Vec<String> = std::iter::once(&spec.x).chain(&spec.keys).cloned().collect();
    chunks.numbers_in(
        |chunk| unread.iter().any(|unread| unread[chunk]),
        &keys,
        |_, numbers, place| {
            let Some(x) = numbers[0].filter(|x| x.is_finite() && spec.shows(*x)) else { return };
            for ((pieces, unread), y) in drawn.iter_mut().zip(&unread).zip(&numbers[1..]) {
                if let (true, Piece::Points(points), Some(y)) =
                    (unread[place.chunk], &mut pieces[place.chunk], y.filter(|y| !y.is_nan()))
                {
                    points.push((x, y));
                }
            }
        },
    )
}

/// The chunks of a key: those of which `of_level` has previews from the coarsest that are fine enough, the others as rows that
/// are still to be read.
fn previewed(
    chunks: &Chunks<'_, '_>,
    spec: &ChartSpec,
    of_level: impl Fn(usize) -> Result<Vec<Option<Vec<Bucket>>>>,
) -> Result<Vec<Piece>> {
    let enough = spec.buckets.saturating_mul(FINENESS);
    for (level, points) in LEVELS.iter().enumerate().rev() {
        // No key has more points than there are rows.
        if chunks.lines() < enough.saturating_mul(*points) as i64 {
            continue;
        }
        let found = of_level(level)?;
        let (kept, stood_for) =
            found.iter().flatten().flatten().fold((0, 0), |(kept, points), bucket| (kept + 1, points + bucket.count));
        // Of a key with few points all buckets together may be too few, or hardly fewer than its points.
        if kept >= enough && stood_for >= 4 * kept as u64 {
            return Ok(found.into_iter().map(|found| found.map_or(Piece::Points(Vec::new()), Piece::Preview)).collect());
        }
    }
    Ok(points_of(chunks))
}

/// The buckets of a key over steps, of the chunks in the part of the axis.
fn over_steps(chunks: &Chunks<'_, '_>, key: &str, level: usize, spec: &ChartSpec) -> Result<Vec<Option<Vec<Bucket>>>> {
    let within = |bound: Option<f64>, none: i64| bound.map_or(none, |bound| bound as i64);
    let (low, high) = (within(spec.x_min.map(f64::ceil), i64::MIN), within(spec.x_max.map(f64::floor), i64::MAX));
    let found = chunks.previews(key, level, low, high)?.into_iter();
    Ok(found.map(|found| found.map(|buckets| buckets.iter().map(Bucket::from).collect())).collect())
}

/// The buckets of a key over another metric, such as the time, of the chunks in the part of the axis: where every row has both,
/// the n-th bucket of the one stands for the same rows as the n-th of the other. Where the axis never steps back, a bucket of
/// it begins with its least value and ends with its greatest, and says where those rows lie.
fn over_a_metric(chunks: &Chunks<'_, '_>, key: &str, level: usize, spec: &ChartSpec) -> Result<Vec<Option<Vec<Bucket>>>> {
    let axis = chunks.whole_previews(&spec.x, level)?.into_iter();
    let values = chunks.whole_previews(key, level)?;
    let both = axis.zip(values).map(|(axis, values)| {
        let (axis, values) = axis.zip(values)?;
        let rises = axis.iter().all(|x| x.first == x.min && x.last == x.max)
            && axis.windows(2).all(|pair| pair[0].last <= pair[1].first);
        let (begin, end) = (axis.first()?.first, axis.last()?.last);
        let is_shown = begin.is_finite() && end.is_finite() && spec.shows(begin) && spec.shows(end);
        let at = |(x, y): (&PreviewBucket, &PreviewBucket)| Bucket { x_first: x.first, x_last: x.last, ..Bucket::from(y) };
        (rises && is_shown).then(|| axis.iter().zip(&values).map(at).collect())
    });
    Ok(both.collect())
}

/// Whether each piece lies behind the one before, or all are rows, which are sorted.
fn follow(pieces: &[Piece]) -> bool {
    if pieces.iter().all(|piece| matches!(piece, Piece::Points(_))) {
        return true;
    }
    let span = |piece: &Piece| match piece {
        Piece::Points(points) => {
            points.iter().map(|(x, _)| (*x, *x)).reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))
        }
        Piece::Preview(found) => Some((found.first()?.x_first, found.last()?.x_last)),
    };
    let spans: Vec<(f64, f64)> = pieces.iter().filter_map(span).collect();
    spans.windows(2).all(|pair| pair[0].1 <= pair[1].0)
}

fn joined(pieces: Vec<Piece>, buckets: usize) -> Series {
    if pieces.iter().all(|piece| matches!(piece, Piece::Points(_))) {
        let points = pieces.into_iter().flat_map(|piece| if let Piece::Points(points) = piece { points } else { Vec::new() });
        return series(points.collect(), buckets);
    }
    let mut all: Vec<Bucket> = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Points(points) => all.extend(sorted(points).into_iter().map(Bucket::of)),
            Piece::Preview(found) => all.extend(found),
        }
    }
    fill(&all, buckets)
}

/// Stable: points of equal x stay in the order they were logged. Most runs never step back, and are sorted already.
fn sorted(mut points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    if !points.is_sorted_by_key(|(x, _)| *x) {
        points.sort_by(|one, other| one.0.total_cmp(&other.0));
    }
    points
}

fn series(points: Vec<(f64, f64)>, buckets: usize) -> Series {
    let points: Vec<Bucket> = sorted(points).into_iter().map(Bucket::of).collect();
    fill(&points, buckets)
}

/// Joins neighbours, which come by ascending x, to as many buckets as are asked for at most.
fn fill(neighbours: &[Bucket], buckets: usize) -> Series {
    let mut series = Series { points: neighbours.iter().map(|one| one.count).sum(), buckets: Vec::new() };
    let (Some(first), Some(last)) = (neighbours.first(), neighbours.last()) else {
        return series;
    };
    let (start, width) = (first.x_first, last.x_last - first.x_first);
    let alone = neighbours.len() <= buckets;
    let slot = |x: f64| ((x - start) / width * buckets as f64) as usize;
    let mut open: Option<usize> = None;
    for (index, neighbour) in neighbours.iter().enumerate() {
        // All points at one x are one bucket; the last point belongs to the last bucket.
        let at = if alone { index } else { slot(neighbour.x_first).min(buckets - 1) };
        match series.buckets.last_mut().filter(|_| open == Some(at)) {
            Some(bucket) => bucket.join(neighbour),
            None => {
                open = Some(at);
                series.buckets.push(*neighbour);
            }
        }
    }
    series
}

/// More new rows than these are drawn with all others.
const GROWN_MAX: i64 = 16_384;

/// What changes whenever a run's metrics do: who has seen it need not read them again. As long as rows are only added, the
/// part before the sign stays, and the part after it says how many each writer has.
pub fn cursor(db: &Reader<'_>, run: RunId) -> Result<String> {
    let mut hash = Sha256::new();
    hash.update(store::rewrites(db, run)?.to_le_bytes());
    let mut counts = Vec::new();
    for written in store::streams(db, run, Stream::History)? {
        hash.update((written.writer.len() as u64).to_le_bytes());
        hash.update(written.writer.as_bytes());
        counts.push(written.line_count.to_string());
    }
    Ok(format!("{}~{}", hex::encode(&hash.finalize()[..8]), counts.join(".")))
}

/// What has been added since a cursor: as [`chart`], of the rows that are new alone. `None` if others changed too, if there are
/// many, or if the cursor is none of this run's.
pub fn chart_since(
    db: &Reader<'_>,
    segments: &Segments,
    run: RunId,
    spec: &ChartSpec,
    since: &str,
) -> Result<Option<Vec<Series>>> {
    let now = cursor(db, run)?;
    let (Some((known, counts)), Some((same, _))) = (since.split_once('~'), now.split_once('~')) else {
        return Ok(None);
    };
    let counts: Option<Vec<i64>> = counts.split('.').map(|count| count.parse().ok()).collect();
    let writers = store::streams(db, run, Stream::History)?;
    let Some(counts) = counts.filter(|counts| known == same && counts.len() == writers.len()) else {
        return Ok(None);
    };
    let added: i64 = writers.iter().zip(&counts).map(|(written, count)| written.line_count - count).sum();
    if added > GROWN_MAX {
        return Ok(None);
    }
    let from: Vec<(String, i64)> = writers.into_iter().map(|written| written.writer).zip(counts).collect();
    let chunks = Chunks::since(db, segments, run, Stream::History, &from)?;
    let keys: Vec<String> = std::iter::once(&spec.x).chain(&spec.keys).cloned().collect();
    let mut points: Vec<Vec<(f64, f64)>> = vec![Vec::new(); spec.keys.len()];
    chunks.numbers(&keys, |_, numbers, place| {
        let (writer, line) = chunks.line_of(place);
        let is_new = from.iter().any(|(known, count)| known == writer && line >= *count);
        let x = numbers[0].filter(|x| is_new && x.is_finite() && spec.shows(*x));
        for (points, y) in points.iter_mut().zip(&numbers[1..]) {
            points.extend(x.zip(y.filter(|y| !y.is_nan())));
        }
    })?;
    Ok(Some(points.into_iter().map(|points| series(points, spec.buckets)).collect()))
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
