//! The writer fails at its first statement, at its second, at each: what was acknowledged is there, nothing else is, and the
//! same again succeeds.

use super::*;
use crate::db::faults;

impl Store {
    /// What it may do after as many statements; the writer of a store has a thread of its own.
    fn fail_after(&self, statements: u64) {
        self.write(move |_| {
            faults::strike_after(statements);
            Ok(())
        });
    }
    /// Whether no fault came.
    fn spare(&self) -> bool {
        self.write(|_| Ok(faults::spare()))
    }
    fn try_append(&self, stream: Stream, first_line: i64, lines: &[String]) -> Result<()> {
        let chunk = Some(parse::chunk(stream, first_line, lines.to_vec())?);
        let mut append = Append::default();
        match stream {
            Stream::History => append.history = chunk,
            Stream::Events => append.events = chunk,
            Stream::Console => append.console = chunk,
        }
        let segments = self.segments.clone();
        self.runtime.block_on(self.db.write(move |tx| super::append(tx, &segments, RUN, &append)))
    }
}

/// Does `work` again and again, failing one statement later each time, until it succeeds; what is answered must be the same
/// as before until then. Returns how many statements it takes.
fn at_every_statement(store: &Store, mut work: impl FnMut(&Store) -> Result<()>) -> u64 {
    let before = store.answers();
    for statements in 0.. {
        store.fail_after(statements);
        let done = work(store);
        if store.spare() {
            done.unwrap();
            return statements;
        }
        assert!(done.is_err(), "statement {statements} failed and nobody was told");
        assert_eq!(store.answers(), before, "statement {statements}");
    }
    unreachable!("work ends")
}

#[test]
fn a_writer_that_fails_anywhere_loses_and_doubles_nothing() {
    let store = Store::new();
    let rows = numbered_rows(400);
    for stream in [Stream::History, Stream::Console] {
        // New, added to, joined with small chunks before, beyond a gap, over what is known.
        for (first, end) in [(0, 100), (100, 101), (101, 103), (110, 120), (90, 115)] {
            let statements = at_every_statement(&store, |store| store.try_append(stream, first, &rows[first as usize..end]));
            assert!(statements > 2, "{statements} statements");
        }
    }
    assert_eq!(store.rows(RowRange::default()), rows[..120]);
    // Long enough for the keys to be measured together.
    for first in 120..250 {
        let row = &rows[first as usize..first as usize + 1];
        if first % 40 == 0 || first > 243 {
            at_every_statement(&store, |store| store.try_append(Stream::History, first, row));
        } else {
            store.try_append(Stream::History, first, row).unwrap();
        }
    }
    let sealed = store.answers();
    let of = Sealable { run: RUN, stream: Stream::History, writer: String::new(), line_count: 250, ended: true };
    at_every_statement(&store, |store| {
        let sealing = seal::seal_stream(&store.db, &store.segments, of.clone(), 1, Timestamp::from_micros(0));
        store.runtime.block_on(sealing).map(|_| ())
    });
    assert_eq!((store.answers(), store.exported().map(|rows| rows.len())), (sealed, Some(250)));
    let orphans = store.segment_files() - 1;
    assert_eq!((store.collect(4000), store.segment_files()), (orphans, 1), "what failed half-way is gone");
    at_every_statement(&store, |store| store.try_append(Stream::History, 240, &lines(&[r#"{"_step":240,"loss":7}"#])));
    at_every_statement(&store, |store| {
        store.runtime.block_on(truncate(&store.db, &store.segments, RUN, 199, Some(RunId::new(2)))).map(|_| ())
    });
    assert_eq!(store.rows(RowRange::default()), rows[..200]);
    assert_eq!(store.of(RunId::new(2)).1.history_lines, 250);
    at_every_statement(&store, |store| {
        store.runtime.block_on(copy_to(&store.db, &store.segments, RUN, RunId::new(3), 99)).map(|_| ())
    });
    assert_eq!(store.of(RunId::new(3)).0, rows[..100]);
    at_every_statement(&store, |store| store.runtime.block_on(store.db.write(|tx| delete(tx, RUN))));
    assert_eq!(store.counters(), Counters::default());
}

#[test]
fn small_files_that_are_joined_keep_all_rows_wherever_the_writer_fails() {
    let store = Store::new();
    let rows = numbered_rows(160);
    for (first, end) in [(0, 60), (60, 160)] {
        store.append(Stream::History, "", first as i64, &rows[first..end]);
        let answers = store.answers();
        let of = Sealable { run: RUN, stream: Stream::History, writer: String::new(), line_count: end as i64, ended: true };
        at_every_statement(&store, |store| {
            let sealing = seal::seal_stream(&store.db, &store.segments, of.clone(), 1, Timestamp::from_micros(0));
            store.runtime.block_on(sealing).map(|_| ())
        });
        assert_eq!(store.answers(), answers);
    }
    store.collect(4000);
    store.collect(8000);
    assert_eq!((store.exported().map(|rows| rows.len()), store.segment_files()), (Some(160), 1));
}

#[test]
fn a_server_that_dies_at_any_step_of_sealing_has_all_rows_when_it_comes_back() {
    let of = Sealable { run: RUN, stream: Stream::History, writer: String::new(), line_count: 20, ended: true };
    for step in ["noted", "half written", "written", "pointed at"] {
        let mut store = Store::new();
        store.append(Stream::History, "", 0, &numbered_rows(20));
        let answers = store.answers();
        let asking = of.clone();
        let segments = store.segments.clone();
        let taken = store.read(move |db| seal::take(db, &segments, &asking, 1));
        let built = seal::build(Stream::History, "", &taken.pieces).unwrap();
        match step {
            "noted" | "half written" => {
                let mut upload = store.runtime.block_on(store.segments.blobs().write(crate::blob::Shelf::History)).unwrap();
                let key = upload.key().clone();
                store.write(move |tx| {
                    segment_store::add_segment(tx, &key, 1, Timestamp::from_micros(3_600_000_000)).map(|_| ())
                });
                if step == "half written" {
                    store.runtime.block_on(upload.write(&built.bytes[..built.bytes.len() / 2])).unwrap();
                }
                // As a process that is killed leaves it.
                std::mem::forget(upload);
            }
            _ => {
                let put = seal::put(&store.db, &store.segments, built.bytes, Timestamp::from_micros(0));
                let segment = store.runtime.block_on(put).unwrap();
                if step == "pointed at" {
                    let pointed = seal::point(&store.db, &store.segments, of.clone(), taken, built.groups, segment);
                    assert!(store.runtime.block_on(pointed).unwrap());
                }
            }
        }
        store.reopen();
        assert_eq!(store.answers(), answers, "{step}");
        store.collect(4000);
        assert_eq!(store.answers(), answers, "{step}, after what is nobody's was removed");
        let compared = store.runtime.block_on(compare_with_blobs(&store.db, &store.segments)).unwrap();
        assert!(compared.is_whole() && compared.orphans.is_empty(), "{step}: {compared:?}");
        store.seal(RUN);
        assert_eq!((store.answers(), store.exported().map(|rows| rows.len())), (answers, Some(20)), "{step}");
    }
}
