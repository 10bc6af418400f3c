//! What is answered, by example.

use std::sync::Arc;

use super::*;

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
    let segments = store.segments.clone();
    let latest = store.read(move |db| latest_system_metrics(db, &segments, RUN));
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
fn a_summary_that_waits_goes_with_the_rows_it_came_with() {
    let store = Store::new();
    store.append(Stream::History, "", 0, &numbered_rows(9));
    store.write(|tx| keep_summary(tx, RUN, "{}", false));
    store.truncate(4);
    assert_eq!(store.read(|db| waiting_summary(db, RUN)), None);
    store.write(|tx| keep_summary(tx, RUN, "{}", false));
    assert_eq!(store.read(|db| waiting_summary(db, RUN)).map(|waiting| waiting.turn), Some(2), "turns never come again");
    store.write(|tx| delete(tx, RUN));
    assert_eq!(store.read(|db| waiting_summary(db, RUN)), None);
}
