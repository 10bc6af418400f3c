//! The shape of an answer; the door's module says what lies where.

use serde_json::json;

use crate::domain::history::{Bucket, Series};

const MAGIC: &[u8; 4] = b"RSM1";
/// Columns begin at multiples of this, so that a browser can look at them where they lie.
const ALIGNMENT: usize = 8;

/// A run of an answer.
pub(super) struct Drawn {
    pub name: String,
    pub state: &'static str,
    pub cursor: Option<String>,
    /// One a key, or none.
    pub series: Vec<Series>,
}

pub(super) fn write(keys: &[String], drawn: &[Drawn]) -> Vec<u8> {
    let runs: Vec<_> = drawn
        .iter()
        .map(|run| {
            let series = keys.iter().zip(&run.series);
            let series: Vec<_> = series
                .map(|(key, series)| json!({ "key": key, "points": series.points, "buckets": series.buckets.len() }))
                .collect();
            json!({ "name": run.name, "state": run.state, "cursor": run.cursor, "series": series })
        })
        .collect();
    let mut head = json!({ "runs": runs }).to_string().into_bytes();
    let begin = MAGIC.len() + size_of::<u32>();
    head.resize(head.len() + (begin + head.len()).wrapping_neg() % ALIGNMENT, b' ');
    let mut out = MAGIC.to_vec();
    out.extend_from_slice(&(head.len() as u32).to_le_bytes());
    out.extend_from_slice(&head);
    let columns: [fn(&Bucket) -> f64; 7] = [
        |bucket| bucket.x_first,
        |bucket| bucket.x_last,
        |bucket| bucket.count as f64,
        |bucket| bucket.first,
        |bucket| bucket.last,
        |bucket| bucket.min,
        |bucket| bucket.max,
    ];
    for series in drawn.iter().flat_map(|run| &run.series) {
        for column in columns {
            series.buckets.iter().for_each(|bucket| out.extend_from_slice(&column(bucket).to_le_bytes()));
        }
    }
    out
}
