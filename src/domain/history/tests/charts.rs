//! Charts and samples of long runs: from previews they say of the rows what the rows do.

use proptest::prelude::*;

use super::*;

/// Where a key has no value in a row.
type Cell = Option<f64>;

fn rows_of(values: &[Cell]) -> Vec<String> {
    let value = |value: &Cell| value.map(|value| format!(r#","loss":{value:?}"#)).unwrap_or_default();
    (0..).zip(values).map(|(step, cell)| format!(r#"{{"_step":{step},"n":{}{}}}"#, step * 2, value(cell))).collect()
}

fn spec(buckets: usize) -> ChartSpec {
    ChartSpec { x: "_step".to_owned(), keys: lines(&["loss"]), x_min: None, x_max: None, buckets }
}

impl Store {
    fn chart(&self, spec: &ChartSpec) -> Series {
        let (segments, spec) = (self.segments.clone(), spec.clone());
        self.read(move |db| chart(db, &segments, RUN, &spec)).remove(0)
    }
    fn cursor(&self) -> String {
        self.read(|db| cursor(db, RUN))
    }
    fn chart_since(&self, spec: &ChartSpec, since: &str) -> Option<Series> {
        let (segments, spec, since) = (self.segments.clone(), spec.clone(), since.to_owned());
        self.read(move |db| chart_since(db, &segments, RUN, &spec, &since)).map(|mut series| series.remove(0))
    }
}

/// Whether each bucket says what the points between its ends do, and all together have every point once.
fn says(series: &Series, points: &[(f64, f64)]) -> std::result::Result<(), TestCaseError> {
    prop_assert_eq!(series.points, points.len() as u64);
    let mut rest = points;
    for bucket in &series.buckets {
        let (own, others) = rest.split_at((bucket.count as usize).min(rest.len()));
        rest = others;
        let values = || own.iter().map(|(_, y)| *y);
        let (first, last) = (own[0], own[own.len() - 1]);
        prop_assert_eq!((bucket.x_first, bucket.first, bucket.x_last, bucket.last), (first.0, first.1, last.0, last.1));
        prop_assert_eq!(Some(bucket.min), values().reduce(f64::min));
        prop_assert_eq!(Some(bucket.max), values().reduce(f64::max));
    }
    prop_assert_eq!(rest.len(), 0);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sealing_changes_nothing_of_what_a_chart_says(
        values in prop::collection::vec(prop::option::weighted(0.9, -1e3..1e3_f64), 600..1500),
        tail in prop::collection::vec(prop::option::weighted(0.9, -1e3..1e3_f64), 0..80),
        buckets in 1..30_usize,
        range in prop::option::of((0..700_i64, 700..1600_i64)),
    ) {
        let store = Store::new();
        let all: Vec<Cell> = values.iter().chain(&tail).copied().collect();
        let rows = rows_of(&all);
        store.append(Stream::History, "", 0, &rows[..values.len()]);
        store.seal(RUN);
        store.append(Stream::History, "", values.len() as i64, &rows[values.len()..]);
        let (x_min, x_max) = range.map(|(low, high)| (low as f64 - 0.5, high as f64 + 0.5)).unzip();
        let spec = ChartSpec { x_min, x_max, ..spec(buckets) };
        let points = (0..).zip(&all).filter_map(|(step, cell)| Some((f64::from(step), (*cell)?)));
        let points: Vec<(f64, f64)> = points.filter(|(x, _)| x_min.is_none_or(|low| *x >= low) && x_max.is_none_or(|high| *x <= high)).collect();
        let drawn = store.chart(&spec);
        says(&drawn, &points)?;
        prop_assert!(drawn.buckets.len() <= buckets || drawn.buckets.len() == points.len());
        prop_assert!(drawn.buckets.len() >= buckets.min(points.len()) / 2, "{} of {buckets}", drawn.buckets.len());
    }

    #[test]
    fn over_time_a_chart_says_of_previews_what_it_says_of_rows(
        pauses in prop::collection::vec(0..3_i64, 1200..2600),
        turn in prop::option::weighted(0.3, 0..1200_usize),
        missing in prop::option::weighted(0.3, 0..1200_usize),
        tail in 0..80_usize,
        buckets in 1..8_usize,
        range in prop::option::weighted(0.5, (0..900_i64, 900..3000_i64)),
    ) {
        let store = Store::new();
        let mut time = 0;
        let points: Vec<(f64, f64)> = (0..).zip(&pauses).map(|(row, pause)| {
            time += if turn == Some(row) { -300 } else { *pause };
            (time as f64, ((row * 37) % 101) as f64)
        }).collect();
        let row = |(step, (x, y)): (usize, &(f64, f64))| match missing == Some(step) {
            true => format!(r#"{{"_step":{step},"_runtime":{x}}}"#),
            false => format!(r#"{{"_step":{step},"_runtime":{x},"loss":{y}}}"#),
        };
        let rows: Vec<String> = (0..).zip(&points).map(row).collect();
        let sealed = rows.len() - tail;
        store.append(Stream::History, "", 0, &rows[..sealed]);
        store.seal(RUN);
        store.append(Stream::History, "", sealed as i64, &rows[sealed..]);
        let (x_min, x_max) = range.map(|(low, high)| (low as f64 - 0.5, high as f64 + 0.5)).unzip();
        let spec = ChartSpec { x: "_runtime".to_owned(), x_min, x_max, ..spec(buckets) };
        let logged = (0..).zip(&points).filter(|(step, _)| missing != Some(*step)).map(|(_, point)| *point);
        let mut shown: Vec<(f64, f64)> = logged.filter(|(x, _)| spec.shows(*x)).collect();
        shown.sort_by(|one, other| one.0.total_cmp(&other.0));
        let drawn = store.chart(&spec);
        says(&drawn, &shown)?;
        prop_assert!(drawn.buckets.len() <= buckets || drawn.buckets.len() == shown.len());
    }

    #[test]
    fn a_sample_of_sealed_rows_keeps_first_last_least_and_greatest(
        values in prop::collection::vec(-1000..1000_i64, 600..1500),
        tail in 0..50_usize,
        samples in 4..6_usize,
    ) {
        let store = Store::new();
        let rows: Vec<String> = (0..).zip(&values).map(|(step, value)| format!(r#"{{"_step":{step},"m":{value},"f":{step}.5}}"#)).collect();
        store.append(Stream::History, "", 0, &rows[..rows.len() - tail]);
        store.seal(RUN);
        store.append(Stream::History, "", (rows.len() - tail) as i64, &rows[rows.len() - tail..]);
        let points = store.sampled(&format!(r#"{{"keys":["_step","m","f"],"samples":{samples}}}"#));
        prop_assert_eq!(points.len(), samples);
        let column = |name: &str| points.iter().map(|point| point[name].as_i64().unwrap()).collect::<Vec<_>>();
        let (steps, metric) = (column("_step"), column("m"));
        prop_assert!(steps.windows(2).all(|pair| pair[0] < pair[1]));
        prop_assert!(steps.iter().zip(&metric).all(|(step, value)| values[*step as usize] == *value));
        prop_assert!(points.iter().zip(&steps).all(|(point, step)| point["f"] == Json::Float(*step as f64 + 0.5)));
        prop_assert_eq!((steps[0], *steps.last().unwrap()), (0, values.len() as i64 - 1));
        prop_assert_eq!((metric.iter().min(), metric.iter().max()), (values.iter().min(), values.iter().max()));
    }
}

#[test]
fn few_rows_of_a_long_run_are_sampled_whole() {
    let store = Store::new();
    store.append(Stream::History, "", 0, &rows_of(&vec![Some(1.5); 3000]));
    store.seal(RUN);
    let points = store.sampled(r#"{"keys":["_step","loss"],"samples":5,"minStep":1200,"maxStep":1204}"#);
    assert_eq!(points.iter().map(|point| point["_step"].as_i64().unwrap()).collect::<Vec<_>>(), [1200, 1201, 1202, 1203, 1204]);
}

#[test]
fn steps_that_fall_and_keys_that_nest_are_drawn_from_their_rows() {
    let store = Store::new();
    let row = |step: i64| format!(r#"{{"_step":{},"loss":{step},"n":{{"a":{step}}}}}"#, if step == 700 { 3 } else { step });
    store.append(Stream::History, "", 0, &(0..1000).map(row).collect::<Vec<_>>());
    let nested = ChartSpec { keys: lines(&["n.a"]), ..spec(4) };
    let before = (store.chart(&spec(4)), store.chart(&nested));
    store.seal(RUN);
    assert_eq!((store.chart(&spec(4)), store.chart(&nested)), before);
    assert_eq!((before.0.points, before.1.points), (1000, 1000));
}

#[test]
fn what_has_grown_is_told_alone_and_what_was_rewritten_is_not() {
    let store = Store::new();
    let rows = rows_of(&(0..40).map(|step| Some(f64::from(step))).collect::<Vec<_>>());
    store.append(Stream::History, "", 0, &rows[..20]);
    let seen = store.cursor();
    store.append(Stream::History, "", 20, &rows[20..25]);
    store.seal(RUN);
    store.append(Stream::History, "", 25, &rows[25..30]);
    let grown = store.chart_since(&spec(100), &seen).unwrap();
    assert_eq!(
        grown.buckets.iter().map(|bucket| bucket.x_first).collect::<Vec<_>>(),
        (20..30).map(f64::from).collect::<Vec<_>>()
    );
    assert_eq!(store.chart_since(&spec(3), &seen).unwrap().buckets.len(), 3);
    assert_eq!(store.chart_since(&spec(3), "rubbish"), None);
    let seen = store.cursor();
    store.append(Stream::History, "", 29, &lines(&[r#"{"_step":29,"loss":7}"#]));
    assert_eq!(store.chart_since(&spec(3), &seen), None, "a row was replaced");
    let seen = store.cursor();
    store.truncate(-1);
    store.append(Stream::History, "", 0, &rows);
    assert_eq!(store.chart_since(&spec(3), &seen), None, "the run began anew");
    let seen = store.cursor();
    store.append(Stream::History, "two", 0, &rows);
    assert_eq!(store.chart_since(&spec(3), &seen), None, "another process joined");
}

#[test]
fn segments_and_blobs_are_compared() {
    let store = Store::new();
    let compare = || store.runtime.block_on(compare_with_blobs(&store.db, &store.segments)).unwrap();
    assert_eq!(compare(), Comparison::default());
    for run in [1, 2] {
        store.append(Stream::History, "", 0, &numbered_rows(20));
        store.seal(RUN);
        store.copy(RUN, RunId::new(10 + run), None).unwrap();
        store.write(|tx| delete(tx, RUN));
    }
    assert_eq!(compare(), Comparison { segments: 2, ..Comparison::default() });
    let files = || {
        let shelves = std::fs::read_dir(store.folder.path().join("blobs/history")).unwrap();
        let files = shelves.flat_map(|shelf| std::fs::read_dir(shelf.unwrap().path()).unwrap());
        files.map(|file| file.unwrap().path()).collect::<Vec<_>>()
    };
    let found = files();
    std::fs::copy(&found[0], found[0].with_file_name("00112233445566778899aabbccddee")).unwrap();
    std::fs::File::options().write(true).open(&found[0]).unwrap().set_len(100).unwrap();
    std::fs::remove_file(&found[1]).unwrap();
    let compared = compare();
    assert!(!compared.is_whole());
    assert_eq!((compared.missing.len(), compared.damaged.len(), compared.orphans.len()), (1, 1, 1));
    assert!(found[1].to_string_lossy().ends_with(compared.missing[0].as_str()));
}

/// What is kept of the tail's numbers is known by what it holds, also of metrics that are asked for later.
#[test]
fn rows_of_the_tail_that_are_rewritten_are_drawn_anew() {
    let store = Store::new();
    let rows = |from: i64| -> Vec<String> {
        (0..5).map(|step| format!(r#"{{"_step":{step},"loss":{},"acc":7}}"#, from + step)).collect()
    };
    let of = |key: &str| ChartSpec { keys: vec![key.to_owned()], ..spec(10) };
    let firsts = |key: &str| store.chart(&of(key)).buckets.iter().map(|bucket| bucket.first).collect::<Vec<f64>>();
    store.append(Stream::History, "", 0, &rows(0));
    for _ in 0..2 {
        assert_eq!(firsts("loss"), [0.0, 1.0, 2.0, 3.0, 4.0]);
    }
    assert_eq!(firsts("acc"), [7.0; 5]);
    store.append(Stream::History, "", 0, &rows(10));
    assert_eq!(firsts("loss"), [10.0, 11.0, 12.0, 13.0, 14.0]);
    assert_eq!(firsts("none"), [0.0; 0]);
    assert_eq!((firsts("acc"), firsts("loss")), (vec![7.0; 5], vec![10.0, 11.0, 12.0, 13.0, 14.0]));
}
