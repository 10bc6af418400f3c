//! The store against a model in memory: whatever was appended in whatever pieces, the answers are those of plain lists.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;

use super::store::Sealable;
use super::{seal, store, *};
use crate::blob::Blobs;
use crate::clock::Timestamp;
use crate::db::{Db, Options, Plane, Reader, Tx};
use crate::error::Result;
use crate::id::RunId;
use crate::json::{Json, Map};

const RUN: RunId = RunId::new(1);
const ALL_LOG: LogRange = LogRange::Page { first: usize::MAX, after: None };

/// A history plane in a folder of its own.
struct Store {
    db: Db,
    segments: Segments,
    runtime: tokio::runtime::Runtime,
    folder: tempfile::TempDir,
}

impl Store {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = Options { readers: 1, durable: false };
        let db = Db::open(&folder.path().join("history.db"), Plane::History, options).unwrap();
        let segments = Segments::new(Blobs::open_folder(&folder.path().join("blobs")).unwrap());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { db, segments, runtime, folder }
    }
    /// As after a restart of the server.
    fn reopen(&mut self) {
        self.runtime.block_on(self.db.close()).unwrap();
        let options = Options { readers: 1, durable: false };
        self.db = Db::open(&self.folder.path().join("history.db"), Plane::History, options).unwrap();
        self.segments = Segments::new(Blobs::open_folder(&self.folder.path().join("blobs")).unwrap());
    }
    /// Seals all there is of a run.
    fn seal(&self, run: RunId) {
        for stream in [Stream::History, Stream::Events] {
            for written in self.read(move |db| store::streams(db, run, stream)) {
                let of = Sealable { run, stream, writer: written.writer, line_count: written.line_count, ended: true };
                let sealed = seal::seal_stream(&self.db, &self.segments, of, 1, Timestamp::from_micros(0));
                self.runtime.block_on(sealed).unwrap();
            }
        }
    }
    fn collect(&self, at_seconds: i64) -> usize {
        self.runtime.block_on(collect(&self.db, &self.segments, Timestamp::from_micros(at_seconds * 1_000_000))).unwrap()
    }
    /// The files of segments there are.
    fn segment_files(&self) -> usize {
        let shelves = std::fs::read_dir(self.folder.path().join("blobs/history")).into_iter().flatten();
        shelves.map(|shelf| std::fs::read_dir(shelf.unwrap().path()).unwrap().count()).sum()
    }
    fn truncate(&self, limit: i64) -> i64 {
        let segments = self.segments.clone();
        self.write(move |tx| truncate(tx, &segments, RUN, limit))
    }
    fn copy(&self, from: RunId, to: RunId, up_to_step: Option<i64>) -> Result<i64> {
        let segments = self.segments.clone();
        self.runtime.block_on(self.db.write(move |tx| copy(tx, &segments, from, to, up_to_step)))
    }
    /// The rows, counters and keys of another run.
    fn of(&self, run: RunId) -> (Vec<String>, Counters, Keys) {
        let segments = self.segments.clone();
        self.read(move |db| {
            Ok((rows(db, &segments, run, &RowRange::default())?, counters(db, &segments, run)?, keys(db, run)?))
        })
    }
    fn read<T: Send + 'static>(&self, work: impl FnOnce(&Reader<'_>) -> Result<T> + Send + 'static) -> T {
        self.runtime.block_on(self.db.read(work)).unwrap()
    }
    fn write<T: Send + 'static>(&self, work: impl Fn(&Tx<'_>) -> Result<T> + Send + 'static) -> T {
        self.runtime.block_on(self.db.write(work)).unwrap()
    }
    fn append(&self, stream: Stream, writer: &str, first_line: i64, lines: &[String]) {
        let chunk = Some(parse::chunk(stream, first_line, lines.to_vec()).unwrap());
        let mut append = Append { writer: writer.to_owned(), ..Append::default() };
        match stream {
            Stream::History => append.history = chunk,
            Stream::Events => append.events = chunk,
            Stream::Console => append.console = chunk,
        }
        let segments = self.segments.clone();
        self.write(move |tx| super::append(tx, &segments, RUN, &append));
    }
    fn rows(&self, range: RowRange) -> Vec<String> {
        let segments = self.segments.clone();
        self.read(move |db| rows(db, &segments, RUN, &range))
    }
    fn sampled(&self, spec: &str) -> Vec<Map> {
        let spec = SampleSpec::parse(spec).unwrap();
        let segments = self.segments.clone();
        self.read(move |db| sampled(db, &segments, RUN, &spec))
    }
    fn keys(&self) -> Keys {
        self.read(|db| keys(db, RUN))
    }
    fn counters(&self) -> Counters {
        let segments = self.segments.clone();
        self.read(move |db| counters(db, &segments, RUN))
    }
    fn log(&self, range: LogRange) -> LogPage {
        self.read(move |db| log_lines(db, RUN, range))
    }
    fn summary(&self) -> Map {
        let segments = self.segments.clone();
        self.read(move |db| summary_of_history(db, &segments, RUN))
    }
    fn events(&self) -> Vec<String> {
        let segments = self.segments.clone();
        self.read(move |db| events(db, &segments, RUN, 100_000))
    }
    /// Everything that can be asked, as one text.
    fn answers(&self) -> String {
        let summary = self.summary();
        let system = self.read(|db| latest_system_metrics(db, RUN));
        let points = self.sampled(r#"{"keys":["_step","a"],"samples":100000}"#);
        let mut counters = self.counters();
        counters.history_tail = counters.history_tail.as_deref().map(plain);
        counters.events_tail = counters.events_tail.as_deref().map(plain);
        format!(
            "{counters:?}\n{:?}\n{:?}\n{points:?}\n{:?}\n{system:?}\n{:?}\n{:?}",
            self.keys(),
            all_plain(&self.rows(RowRange::default())),
            plain(&Json::Map(summary).to_text()),
            self.log(ALL_LOG),
            all_plain(&self.events()),
        )
    }
}

/// A row with its members in order: segments keep what a row says, not how it was spelled.
fn plain(line: &str) -> String {
    fn sort(value: &mut Json) {
        if let Json::Map(map) = value {
            map.sort_keys();
            map.values_mut().for_each(sort);
        }
    }
    let mut row = Json::parse(line).unwrap();
    sort(&mut row);
    row.to_text()
}
fn all_plain(lines: &[String]) -> Vec<String> {
    lines.iter().map(|line| plain(line)).collect()
}

fn lines(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}
fn numbered_rows(count: usize) -> Vec<String> {
    (0..count).map(|step| format!(r#"{{"_step":{step},"loss":{}}}"#, (step as f64 * 0.7).sin())).collect()
}

/// A stream as a plain list for each writer, in the order they appeared.
#[derive(Clone, Debug, Default)]
struct Model {
    writers: Vec<(String, BTreeMap<i64, String>)>,
    latest: usize,
    /// The number of each console line, by writer and line.
    numbers: BTreeMap<(usize, i64), i64>,
}

impl Model {
    fn append(&mut self, writer: &str, first_line: i64, lines: &[String]) {
        let place = self.writers.iter().position(|(name, _)| name == writer).unwrap_or_else(|| {
            self.writers.push((writer.to_owned(), BTreeMap::new()));
            self.writers.len() - 1
        });
        for (number, line) in (first_line..).zip(lines) {
            let next = self.numbers.values().max().map_or(0, |last| last + 1);
            let shared = self.writers.len() > 1;
            self.numbers.entry((place, number)).or_insert(if shared { next } else { number });
            if self.writers[place].1.insert(number, line.clone()).as_ref() != Some(line) {
                self.latest = place;
            }
        }
    }
    fn end(&self, writer: &str) -> i64 {
        let lines = self.writers.iter().find(|(name, _)| name == writer).map(|(_, lines)| lines);
        lines.and_then(|lines| lines.last_key_value()).map_or(0, |(number, _)| number + 1)
    }
    fn count(&self) -> i64 {
        self.writers.iter().map(|(writer, _)| self.end(writer)).sum()
    }
    fn tail(&self) -> Option<String> {
        self.writers.get(self.latest)?.1.last_key_value().map(|(_, line)| line.clone())
    }
    /// Step and line by ascending step.
    fn rows(&self) -> Vec<(i64, String)> {
        let all = self.writers.iter().flat_map(|(_, lines)| lines);
        let mut rows: Vec<_> = all.map(|(number, line)| (step(line, *number), line.clone())).collect();
        rows.sort_by_key(|(step, _)| *step);
        rows
    }
    fn truncate(&mut self, limit: i64) {
        let all = self.writers.iter().flat_map(|(_, lines)| lines);
        let kept = all.filter(|(number, line)| step(line, **number) <= limit).map(|(_, line)| line.clone());
        let kept: BTreeMap<i64, String> = (0..).zip(kept).collect();
        *self = Self::default();
        if !kept.is_empty() {
            self.writers.push((String::new(), kept));
        }
    }
    fn log(&self) -> Vec<(i64, String)> {
        let mut log: Vec<_> =
            self.numbers.iter().map(|((place, line), number)| (*number, self.writers[*place].1[line].clone())).collect();
        log.sort();
        log
    }
    /// The key index by the book: for each writer and key all values, then what they say.
    fn keys(&self) -> Keys {
        let mut keys: BTreeMap<String, (KeyInfo, i64)> = BTreeMap::new();
        for (_, lines) in &self.writers {
            let mut values: BTreeMap<String, Vec<(i64, Json)>> = BTreeMap::new();
            for (number, line) in lines {
                let row = Json::parse_map(line).unwrap();
                Json::leaves(&row, &mut |name, value| {
                    values.entry(name.to_owned()).or_default().push((step(line, *number), value.clone()));
                });
            }
            for (name, values) in values {
                let numbers: Vec<f64> = values.iter().filter_map(|(_, value)| value.as_f64()).collect();
                let monotonic = numbers.len() == values.len() && !numbers[0].is_nan() && numbers.is_sorted();
                let (last_step, previous_value) = values.last().cloned().unwrap();
                let (info, newest) = keys.entry(name).or_insert_with(|| {
                    let info =
                        KeyInfo { type_counts: Vec::new(), previous_value: Json::Null, monotonic: true, min: None, max: None };
                    (info, i64::MIN)
                });
                for (_, value) in &values {
                    let kind = type_of(value);
                    match info.type_counts.iter_mut().find(|(known, _)| known == kind) {
                        Some((_, count)) => *count += 1,
                        None => info.type_counts.push((kind.to_owned(), 1)),
                    }
                }
                info.type_counts.sort();
                info.monotonic &= monotonic;
                for number in numbers.into_iter().filter(|number| !number.is_nan()) {
                    info.min = Some(info.min.map_or(number, |known| known.min(number)));
                    info.max = Some(info.max.map_or(number, |known| known.max(number)));
                }
                if last_step >= *newest {
                    (info.previous_value, *newest) = (previous_value, last_step);
                }
            }
        }
        let keys = keys.into_iter().map(|(name, (info, _))| (name, info)).collect();
        Keys { last_step: self.rows().last().map(|(step, _)| *step), keys }
    }
}

fn step(line: &str, number: i64) -> i64 {
    Json::parse_map(line).unwrap().get("_step").and_then(Json::as_i64).unwrap_or(number)
}
fn type_of(value: &Json) -> &'static str {
    match value {
        Json::Null => "nil",
        Json::Bool(_) => "bool",
        Json::Int(_) | Json::Big(_) | Json::Float(_) => "number",
        Json::Text(_) => "string",
        Json::List(_) => "list",
        Json::Map(_) => "map",
    }
}

fn value() -> impl Strategy<Value = String> {
    let known =
        ["1", "2.5", "-3", "NaN", "Infinity", "-Infinity", "null", "true", "\"x\"", "[1]", "{}", "123456789012345678901"];
    prop_oneof![
        (-9..99).prop_map(|number: i32| number.to_string()),
        prop::sample::select(known.to_vec()).prop_map(str::to_owned)
    ]
}
fn row() -> impl Strategy<Value = String> {
    let step = prop_oneof![8 => (0..30).prop_map(|step| format!(r#""_step":{step},"#)), 1 => Just(String::new())];
    let nested = prop::option::of(value());
    (step, value(), nested).prop_map(|(step, a, nested)| {
        let nested = nested.map(|b| format!(r#","n":{{"b":{b},"c":{{"d.e":1}}}}"#)).unwrap_or_default();
        format!(r#"{{{step}"a":{a}{nested}}}"#)
    })
}

#[derive(Clone, Debug)]
enum Step {
    /// Rows from so many lines after (or before) where the writer stopped.
    Append(Stream, &'static str, i64, Vec<String>),
    Retry,
    Truncate(i64),
    Seal,
    /// A fork at that step, which must be what the model then has; and the removal of what nobody uses.
    Fork(i64),
    Reopen,
}

fn any_step() -> impl Strategy<Value = Step> {
    let writer = prop::sample::select(vec!["", "", "", "one", "two"]);
    let offset = prop_oneof![5 => Just(0_i64), 2 => -8..0_i64, 1 => 1..4_i64];
    let stream = prop::sample::select(vec![Stream::History, Stream::History, Stream::Events, Stream::Console]);
    let append = (stream, writer, offset, prop::collection::vec(row(), 0..6));
    prop_oneof![
        12 => append.prop_map(|(stream, writer, offset, rows)| Step::Append(stream, writer, offset, rows)),
        3 => Just(Step::Retry),
        1 => (-1..30_i64).prop_map(Step::Truncate),
        3 => Just(Step::Seal),
        1 => (-1..30_i64).prop_map(Step::Fork),
        1 => Just(Step::Reopen),
    ]
}

fn debug(value: &impl std::fmt::Debug) -> String {
    format!("{value:?}")
}

fn agrees(store: &Store, history: &Model, events: &Model, console: &Model) -> std::result::Result<(), TestCaseError> {
    let expected: Vec<(i64, String)> = history.rows();
    let texts = |rows: &[(i64, String)]| rows.iter().map(|(_, line)| plain(line)).collect::<Vec<_>>();
    prop_assert_eq!(all_plain(&store.rows(RowRange::default())), texts(&expected));
    let range = RowRange { min_step: Some(5), max_step: Some(20), samples: None };
    let within: Vec<_> = expected.iter().filter(|(step, _)| (5..20).contains(step)).cloned().collect();
    prop_assert_eq!(all_plain(&store.rows(range)), texts(&within));
    // NaN is not equal to itself, so the texts are compared.
    prop_assert_eq!(debug(&store.keys()), debug(&history.keys()));
    let mut counters = store.counters();
    counters.history_tail = counters.history_tail.as_deref().map(plain);
    counters.events_tail = counters.events_tail.as_deref().map(plain);
    prop_assert_eq!(
        counters,
        Counters {
            history_lines: history.count(),
            events_lines: events.count(),
            log_lines: console.count(),
            last_step: history.rows().last().map(|(step, _)| *step),
            history_tail: history.tail().as_deref().map(plain),
            events_tail: events.tail().as_deref().map(plain),
        }
    );
    let points: Vec<Json> = store
        .sampled(r#"{"keys":["_step","n.b"],"minStep":3,"maxStep":25,"samples":1000}"#)
        .into_iter()
        .map(|point| point["n.b"].clone())
        .collect();
    let asked = expected.iter().filter(|(step, line)| (3..=25).contains(step) && line.contains("_step"));
    let expected_points: Vec<Json> =
        asked.filter_map(|(_, line)| Json::at(&Json::parse_map(line).unwrap(), "n.b").cloned()).collect();
    prop_assert_eq!(debug(&points), debug(&expected_points));
    let numbered = |page: LogPage| page.lines.into_iter().map(|line| (line.number, line.line)).collect::<Vec<_>>();
    let log = console.log();
    prop_assert_eq!(numbered(store.log(ALL_LOG)), log.clone());
    prop_assert_eq!(numbered(store.log(LogRange::Last(4))), log[log.len().saturating_sub(4)..].to_vec());
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let page = store.log(LogRange::Page { first: 3, after });
        after = page.end_cursor;
        let more = page.has_next;
        paged.extend(numbered(page));
        if !more {
            break;
        }
    }
    prop_assert_eq!(paged, log);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_answers_are_those_of_the_model(steps in prop::collection::vec(any_step(), 1..24)) {
        let mut store = Store::new();
        let mut forks = 1;
        let mut models = [Model::default(), Model::default(), Model::default()];
        let index = |stream| match stream { Stream::History => 0, Stream::Events => 1, Stream::Console => 2 };
        let mut before: Option<(Stream, &str, i64, Vec<String>)> = None;
        for step in steps {
            match step {
                Step::Append(stream, writer, offset, rows) => {
                    let model = &mut models[index(stream)];
                    let first_line = (model.end(writer) + offset).max(0);
                    if !rows.is_empty() {
                        model.append(writer, first_line, &rows);
                    }
                    store.append(stream, writer, first_line, &rows);
                    before = Some((stream, writer, first_line, rows));
                }
                Step::Retry => if let Some((stream, writer, first_line, rows)) = &before {
                    let answers = store.answers();
                    store.append(*stream, writer, *first_line, rows);
                    prop_assert_eq!(store.answers(), answers);
                }
                Step::Truncate(limit) => {
                    let kept = store.truncate(limit);
                    models[0].truncate(limit);
                    models[2] = Model::default();
                    before = None;
                    prop_assert_eq!(kept, models[0].count());
                }
                Step::Seal => {
                    let answers = store.answers();
                    store.seal(RUN);
                    prop_assert_eq!(store.answers(), answers);
                }
                Step::Fork(step) => {
                    forks += 1;
                    store.copy(RUN, RunId::new(forks), Some(step)).unwrap();
                    let mut model = models[0].clone();
                    model.truncate(step);
                    let (rows, counters, keys) = store.of(RunId::new(forks));
                    let expected: Vec<String> = model.rows().iter().map(|(_, line)| plain(line)).collect();
                    prop_assert_eq!(all_plain(&rows), expected);
                    prop_assert_eq!((counters.history_lines, counters.log_lines), (model.count(), 0));
                    prop_assert_eq!(debug(&keys), debug(&model.keys()));
                    store.collect(i64::from(u32::MAX));
                    store.collect(2 * i64::from(u32::MAX));
                }
                Step::Reopen => store.reopen(),
            }
        }
        agrees(&store, &models[0], &models[1], &models[2])?;
    }

    #[test]
    fn any_split_of_the_same_lines_gives_the_same_answers(
        rows in prop::collection::vec(row(), 1..30),
        cuts in prop::collection::vec(0..30_usize, 0..6),
    ) {
        let (whole, split) = (Store::new(), Store::new());
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(rows.len())).chain([0, rows.len()]).collect();
        cuts.sort_unstable();
        for stream in [Stream::History, Stream::Events, Stream::Console] {
            whole.append(stream, "", 0, &rows);
            for cut in cuts.windows(2) {
                split.append(stream, "", cut[0] as i64, &rows[cut[0]..cut[1]]);
            }
        }
        prop_assert_eq!(whole.answers(), split.answers());
    }

    #[test]
    fn a_sample_keeps_order_first_last_least_and_greatest(
        values in prop::collection::vec(-100..100_i64, 1..60),
        samples in 4..80_usize,
    ) {
        let store = Store::new();
        let rows: Vec<String> = (0..).zip(&values).map(|(step, value)| format!(r#"{{"_step":{step},"m":{value}}}"#)).collect();
        store.append(Stream::History, "", 0, &rows);
        let points = store.sampled(&format!(r#"{{"keys":["_step","m"],"samples":{samples}}}"#));
        let column = |name: &str| points.iter().map(|point| point[name].as_i64().unwrap()).collect::<Vec<_>>();
        let (steps, metric) = (column("_step"), column("m"));
        prop_assert_eq!(points.len(), samples.min(values.len()));
        prop_assert!(steps.windows(2).all(|pair| pair[0] < pair[1]));
        prop_assert!(steps.iter().zip(&metric).all(|(step, value)| values[*step as usize] == *value));
        prop_assert_eq!((steps[0], *steps.last().unwrap()), (0, values.len() as i64 - 1));
        prop_assert_eq!((metric.iter().min(), metric.iter().max()), (values.iter().min(), values.iter().max()));
        let thinned = store.rows(RowRange { samples: Some(samples), ..RowRange::default() });
        prop_assert_eq!(thinned.len(), samples.min(values.len()));
        prop_assert_eq!((thinned.first(), thinned.last()), (rows.first(), rows.last()));
    }
}

#[test]
fn rows_come_back_verbatim_and_keys_are_known() {
    let store = Store::new();
    let sent = lines(&[
        r#"{"_step": 0, "loss": NaN, "big": 123456789012345678901234567890, "img": {"_type":"image-file","path":"a.png"}}"#,
        r#"{"_step":1,"loss":0.5,"val":{"acc":{"top1":1}},"late":"x"}"#,
        r#"{"_step":1,"loss":-Infinity,"val.f1":2}"#,
        r#"{"_step":0,"loss":2,"list":[1,2]}"#,
    ]);
    store.append(Stream::History, "", 0, &sent);
    let ordered = [&sent[0], &sent[3], &sent[1], &sent[2]].map(Clone::clone).to_vec();
    assert_eq!(store.rows(RowRange::default()), ordered);
    let keys = store.keys();
    assert_eq!(keys.last_step, Some(1));
    assert_eq!(keys.keys["loss"].type_counts, [("number".to_owned(), 4)]);
    assert_eq!((keys.keys["loss"].min, keys.keys["loss"].max), (Some(f64::NEG_INFINITY), Some(2.0)));
    assert_eq!(keys.keys["img"].type_counts, [("image-file".to_owned(), 1)]);
    assert_eq!(keys.keys["val.acc.top1"].previous_value, Json::Int(1));
    assert!(!keys.keys["loss"].monotonic && keys.keys["val.f1"].monotonic);
    let shown = keys.to_json().to_strict_text();
    assert!(
        shown.contains(r#""big":{"typeCounts":[{"type":"number","count":1}],"previousValue":123456789012345678901234567890"#)
    );
    assert!(shown.starts_with(r#"{"lastStep":1,"keys":{"#), "{shown}");
    let points = store.sampled(r#"{"keys":["_step","val.acc.top1","_step"],"samples":10}"#);
    assert_eq!(Json::List(points.into_iter().map(Json::Map).collect()).to_text(), r#"[{"_step":1,"val.acc.top1":1}]"#);
    let summary = store.summary();
    assert_eq!((&summary["late"], &summary["loss"]), (&Json::Text("x".into()), &Json::Float(f64::NEG_INFINITY)));
    assert_eq!(summary["val"].get("acc").and_then(|acc| acc.get("top1")), Some(&Json::Int(1)));
}

#[test]
fn a_run_that_streamed_nothing_has_answers() {
    let store = Store::new();
    assert_eq!(store.counters(), Counters::default());
    assert_eq!(store.keys().to_json().to_text(), r#"{"lastStep":-1,"keys":{},"sets":[]}"#);
    assert!(store.rows(RowRange::default()).is_empty());
    assert!(store.sampled("{}").is_empty());
    assert_eq!(store.log(ALL_LOG), LogPage::default());
    assert_eq!(store.truncate(5), 0);
}

#[test]
fn a_sampling_spec_is_checked_in_words() {
    for (text, words) in [
        (r#"{"keys":["a"],"sample":1}"#, "unknown member sample"),
        (r#"{"keys":"a"}"#, "list of names"),
        (r#"{"keys":[1]}"#, "list of names"),
        (r#"{"samples":-1}"#, "samples"),
        (r#"{"minStep":"x"}"#, "minStep"),
        ("[]", "object"),
    ] {
        let error = SampleSpec::parse(text).unwrap_err().to_string();
        assert!(error.contains(words), "{text}: {error}");
    }
}

#[test]
fn any_metric_may_be_the_x_axis() {
    let store = Store::new();
    store.append(
        Stream::History,
        "",
        0,
        &lines(&[r#"{"_step":0,"x":3,"y":1}"#, r#"{"_step":1,"x":NaN,"y":2}"#, r#"{"_step":2,"x":-1,"y":3}"#]),
    );
    let points = store.sampled(r#"{"keys":["x","y"]}"#);
    assert_eq!(points.iter().map(|point| point["y"].as_i64().unwrap()).collect::<Vec<_>>(), [3, 1, 2]);
}

#[test]
fn a_fork_has_the_rows_up_to_its_step_and_goes_on_by_itself() {
    let store = Store::new();
    let sent = numbered_rows(10);
    store.append(Stream::History, "", 0, &sent[..6]);
    store.append(Stream::History, "", 6, &sent[6..]);
    store.append(Stream::Console, "", 0, &lines(&["hello"]));
    let fork = RunId::new(2);
    assert_eq!(store.copy(RUN, fork, Some(7)).unwrap(), 8);
    assert!(store.copy(RUN, fork, None).is_err());
    let forked = store.of(fork);
    assert_eq!((forked.1.history_lines, forked.1.log_lines, forked.1.last_step), (8, 0, Some(7)));
    assert_eq!(forked.0, sent[..8]);
    assert_eq!(forked.2.keys["loss"].type_counts[0].1, 8);
    let archive = RunId::new(3);
    assert_eq!(store.copy(RUN, archive, None).unwrap(), 10);
    let archived = store.of(archive);
    assert_eq!((archived.1, archived.2), (store.counters(), store.keys()));
    store.write(|tx| delete(tx, RUN));
    assert_eq!(store.counters(), Counters::default());
    assert_eq!(store.of(fork).1.history_lines, 8);
}

#[test]
fn a_progress_bar_rewrites_its_line() {
    let store = Store::new();
    let at = "2026-01-31T10:15:30.123456";
    let line = |text: &str| format!("{at} {text}");
    store.append(Stream::Console, "", 0, &[line("start"), line("10%")]);
    store.append(Stream::Console, "", 1, &[line("50%")]);
    store.append(Stream::Console, "", 1, &[line("100%"), format!("ERROR {line}", line = line("done"))]);
    store.append(Stream::Console, "", 5, &[line("skipped some")]);
    let page = store.log(ALL_LOG);
    let shown: Vec<(i64, &str)> = page.lines.iter().map(|line| (line.number, line.line.as_str())).collect();
    assert_eq!(shown, [(0, "start"), (1, "100%"), (2, "done"), (5, "skipped some")]);
    assert_eq!((page.has_next, page.end_cursor, store.counters().log_lines), (false, Some(5), 6));
    assert_eq!(page.lines[2].level.as_deref(), Some("error"));
}

#[test]
fn the_latest_system_metrics_are_those_of_the_latest_event() {
    let store = Store::new();
    store.append(
        Stream::Events,
        "",
        0,
        &lines(&[
            r#"{"_timestamp":1.5,"_runtime":1,"system.cpu":1,"system.gpu.0.gpu":7}"#,
            r#"{"_timestamp":2.5,"_runtime":2,"system.cpu":2}"#,
        ]),
    );
    let latest = store.read(|db| latest_system_metrics(db, RUN));
    assert_eq!(Json::Map(latest).to_text(), r#"{"system.cpu":2,"system.gpu.0.gpu":7}"#);
}

#[test]
fn ten_thousand_keys_are_counted() {
    let store = Store::new();
    let row = |step: i64| {
        let cells: Vec<String> = (0..10_000).map(|key| format!(r#""metric/{key}":{}"#, key * step)).collect();
        format!(r#"{{"_step":{step},{}}}"#, cells.join(","))
    };
    store.append(Stream::History, "", 0, &[row(0), row(1)]);
    store.append(Stream::History, "", 2, &[row(2)]);
    let keys = store.keys();
    assert_eq!(keys.keys.len(), 10_001);
    assert_eq!(keys.keys["metric/9999"].previous_value, Json::Int(19_998));
    assert_eq!(keys.keys["metric/9999"].type_counts, [("number".to_owned(), 3)]);
    assert!(keys.keys["metric/9999"].monotonic);
    assert_eq!(store.sampled(r#"{"keys":["_step","metric/5000"]}"#).len(), 3);
}

#[test]
fn other_lines_sent_again_in_other_pieces_change_nothing() {
    let store = Store::new();
    let sent = Arc::new(numbered_rows(100));
    for first in (0..100).step_by(10) {
        store.append(Stream::History, "", first as i64, &sent[first..first + 10]);
    }
    let answers = store.answers();
    for first in (0..99).step_by(7) {
        store.append(Stream::History, "", first as i64, &sent[first..(first + 7).min(100)]);
    }
    assert_eq!(store.answers(), answers);
}

#[test]
fn reads_of_a_step_range_and_appends_use_their_indexes() {
    let store = Store::new();
    let plan = store.read(|db| {
        db.explain(
            "SELECT writer FROM chunks WHERE run_id = ?1 AND stream = ?2 AND min_step <= ?4 AND max_step >= ?3",
            &[&RUN, &"history", &0_i64, &9_i64],
        )
    });
    assert!(plan.contains("USING INDEX chunks_by_step (run_id=? AND stream=? AND min_step<?)"), "{plan}");
}

#[test]
fn rows_that_come_one_by_one_do_not_stay_chunks_of_one() {
    let store = Store::new();
    let sent = numbered_rows(1000);
    for (number, row) in (0..).zip(&sent) {
        store.append(Stream::History, "", number, std::slice::from_ref(row));
    }
    let chunks = store.read(|db| Ok(store::between(db, RUN, Stream::History, i64::MIN, i64::MAX)?.len()));
    assert!(chunks <= 16, "{chunks} chunks");
    assert_eq!(store.rows(RowRange::default()), sent);
}

#[test]
fn sealed_rows_say_what_was_logged() {
    let store = Store::new();
    let sent = lines(&[
        r#"{"_step": 0, "loss": NaN, "big": 123456789012345678901234567890, "img": {"_type":"image-file","path":"a.png"}}"#,
        r#"{"_step":1,"loss":1e-05,"val":{"acc":{"top1":1}},"late":"\u00e9\n\"","flag":true,"n":1}"#,
        r#"{"_step":1,"loss":-Infinity,"val.f1":2,"mixed":1,"n":1.5}"#,
        r#"{"_step":0,"loss":2,"list":[1,2],"mixed":"x","whole":1.0,"max":9223372036854775807,"n":3}"#,
        r#"{"loss":-0.0,"nothing":null,"_rest":1}"#,
        r#"{"_step":5,"_step":6,"":0}"#,
        "{}",
        r#"{"_step":9.0,"loss":1e400}"#,
    ]);
    store.append(Stream::History, "", 0, &sent);
    let answers = store.answers();
    store.seal(RUN);
    assert_eq!(store.segment_files(), 1);
    assert_eq!(store.answers(), answers);
    for (keys, points) in
        [(r#""loss","_step""#, 5), (r#""val.acc.top1""#, 1), (r#""n","loss""#, 3), (r#""nothing""#, 1), (r#""x""#, 0)]
    {
        assert_eq!(store.sampled(&format!(r#"{{"keys":[{keys}]}}"#)).len(), points, "{keys}");
    }
    store.append(Stream::History, "", 0, &sent);
    assert_eq!(store.answers(), answers, "the same lines again are known");
}

#[test]
fn a_segment_lives_as_long_as_a_run_points_into_it() {
    let store = Store::new();
    let (fork, hour) = (RunId::new(2), 3600);
    store.append(Stream::History, "", 0, &numbered_rows(20));
    store.seal(RUN);
    store.copy(RUN, fork, Some(7)).unwrap();
    assert_eq!(store.truncate(12), 13);
    assert_eq!(store.rows(RowRange::default()), numbered_rows(13));
    assert_eq!((store.collect(hour), store.segment_files()), (0, 1));
    store.write(|tx| delete(tx, RUN));
    assert_eq!((store.collect(2 * hour), store.collect(3 * hour), store.segment_files()), (0, 0, 1));
    assert_eq!(store.of(fork).0, numbered_rows(8));
    store.write(move |tx| delete(tx, fork));
    assert_eq!((store.collect(4 * hour), store.segment_files()), (0, 1), "readers that began before may go on");
    assert_eq!((store.collect(5 * hour), store.segment_files()), (1, 0));
}

#[test]
fn sealing_that_stops_on_the_way_leaves_the_tail_and_nothing_for_good() {
    let store = Store::new();
    store.append(Stream::History, "", 0, &numbered_rows(20));
    let answers = store.answers();
    let of = Sealable { run: RUN, stream: Stream::History, writer: String::new(), line_count: 20, ended: true };
    let asking = of.clone();
    let (taken, sealed_to) = store.read(move |db| seal::take(db, &asking));
    let built = seal::build(Stream::History, "", &taken).unwrap();
    let put = || store.runtime.block_on(seal::put(&store.db, &store.segments, built.bytes.clone(), Timestamp::from_micros(0)));
    // Stopped before the chunks point into it.
    put().unwrap();
    assert_eq!((store.answers(), store.segment_files()), (answers.clone(), 1));
    // The tail changed while the segment was written.
    let segment = put().unwrap();
    store.append(Stream::History, "", 3, &lines(&[r#"{"_step":3,"loss":7}"#]));
    let changed = store.answers();
    assert!(!store.runtime.block_on(seal::point(&store.db, of, taken, built.groups, segment, sealed_to)).unwrap());
    assert_eq!(store.answers(), changed);
    assert_eq!((store.collect(1), store.segment_files()), (0, 2), "they may still be under way");
    assert_eq!((store.collect(3601), store.segment_files()), (2, 0));
    store.seal(RUN);
    assert_eq!((store.answers(), store.segment_files()), (changed, 1));
}

#[test]
fn long_tails_and_ended_runs_are_sealed_by_themselves() {
    let store = Store::new();
    let sent = numbered_rows(300);
    store.append(Stream::History, "", 0, &sent);
    let now = Timestamp::from_micros(0);
    let seal = || store.runtime.block_on(super::seal(&store.db, &store.segments, now)).unwrap();
    assert_eq!(seal(), 0, "it goes on");
    store.write(|tx| ended(tx, RUN));
    assert_eq!((seal(), seal(), store.segment_files()), (1, 0, 1));
    store.append(Stream::History, "", 300, &lines(&[r#"{"_step":300}"#]));
    store.write(|tx| ended(tx, RUN));
    assert_eq!((seal(), store.counters().history_lines), (0, 301), "too little for a file of its own");
    for first in (301..301 + 16_800).step_by(800) {
        store.append(Stream::History, "", first, &vec!["{}".to_owned(); 800]);
    }
    assert_eq!((seal(), seal(), store.counters().history_lines), (1, 0, 301 + 16_800));
    assert_eq!(store.rows(RowRange::default())[..300], sent);
}
