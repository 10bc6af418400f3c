//! Sealing, by example, and stopped on its way.

use super::*;

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
    let (asking, segments) = (of.clone(), store.segments.clone());
    let taken = store.read(move |db| seal::take(db, &segments, &asking, 1));
    let built = seal::build(Stream::History, "", &taken.pieces).unwrap();
    let put = || store.runtime.block_on(seal::put(&store.db, &store.segments, built.bytes.clone(), Timestamp::from_micros(0)));
    // Stopped before the chunks point into it.
    put().unwrap();
    assert_eq!((store.answers(), store.segment_files()), (answers.clone(), 1));
    // The tail changed while the segment was written.
    let segment = put().unwrap();
    store.append(Stream::History, "", 3, &lines(&[r#"{"_step":3,"loss":7}"#]));
    let changed = store.answers();
    assert!(!store.runtime.block_on(seal::point(&store.db, &store.segments, of, taken, built.groups, segment)).unwrap());
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
    let seal_all = || store.runtime.block_on(seal(&store.db, &store.segments, now)).unwrap();
    assert_eq!(seal_all(), 0, "it goes on");
    store.write(|tx| ended(tx, RUN));
    assert_eq!((seal_all(), seal_all(), store.segment_files()), (1, 0, 1));
    store.append(Stream::History, "", 300, &lines(&[r#"{"_step":300}"#]));
    store.write(|tx| ended(tx, RUN));
    assert_eq!((seal_all(), store.counters().history_lines), (1, 301), "a little that follows a file is one too");
    for first in (301..301 + 16_800).step_by(800) {
        store.append(Stream::History, "", first, &vec!["{}".to_owned(); 800]);
    }
    assert_eq!((seal_all(), seal_all(), store.counters().history_lines), (1, 0, 301 + 16_800));
    assert_eq!(store.rows(RowRange::default())[..300], sent);
}

#[test]
fn a_run_that_is_preempted_often_lies_in_few_files() {
    let store = Store::new();
    let sent = numbered_rows(1000);
    let sealed_after = |count: usize| {
        store.append(Stream::History, "", count as i64 - 10, &sent[count - 10..count]);
        store.seal(RUN);
    };
    (10..=500).step_by(10).for_each(sealed_after);
    let fork = RunId::new(2);
    store.copy(RUN, fork, Some(333)).unwrap();
    (510..=1000).step_by(10).for_each(sealed_after);
    let hour = 3600;
    store.collect(hour);
    store.collect(2 * hour);
    assert!(store.segment_files() <= 2 * 10, "{} files of 100", store.segment_files());
    assert_eq!(all_plain(&store.rows(RowRange::default())), all_plain(&sent));
    assert_eq!(store.counters().history_lines, 1000);
    assert_eq!(store.of(fork).0, sent[..334]);
}
