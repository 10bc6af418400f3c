//! The store against a model in memory, and by example: whatever was appended in whatever pieces, the answers are those of
//! plain lists.

mod answers;
mod charts;
mod exports;
mod faults;
mod model;
mod random;
mod sealing;

use super::store::Sealable;
use super::{seal, segment_store, store, *};
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
        let db = Db::open(&folder.path().join(Plane::History.file()), Plane::History, options).unwrap();
        let segments = Segments::new(Blobs::open_folder(&folder.path().join("blobs")).unwrap());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { db, segments, runtime, folder }
    }
    /// As after a restart of the server.
    fn reopen(&mut self) {
        self.runtime.block_on(self.db.close()).unwrap();
        let options = Options { readers: 1, durable: false };
        self.db = Db::open(&self.folder.path().join(Plane::History.file()), Plane::History, options).unwrap();
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
        self.runtime.block_on(truncate(&self.db, &self.segments, RUN, limit, None)).unwrap()
    }
    fn copy(&self, from: RunId, to: RunId, up_to_step: Option<i64>) -> Result<i64> {
        self.runtime.block_on(async {
            match up_to_step {
                Some(step) => copy_to(&self.db, &self.segments, from, to, step).await,
                None => {
                    self.db.write(move |tx| copy_all(tx, from, to)).await?;
                    let segments = self.segments.clone();
                    self.db.read(move |db| Ok(counters(db, &segments, to)?.history_lines)).await
                }
            }
        })
    }
    /// The rows, counters and keys of another run.
    fn of(&self, run: RunId) -> (Vec<String>, Counters, Keys) {
        let segments = self.segments.clone();
        self.read(move |db| {
            Ok((rows(db, &segments, run, &RowRange::default())?, counters(db, &segments, run)?, keys(db, &segments, run)?))
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
        let segments = self.segments.clone();
        self.read(move |db| keys(db, &segments, RUN))
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
        let segments = self.segments.clone();
        let system = self.read(move |db| latest_system_metrics(db, &segments, RUN));
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
