//! Random appends, retries, rewinds, forks, seals and restarts: the answers are those of the model.

use proptest::prelude::*;

use super::model::Model;
use super::*;

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
    if let Some(exported) = store.exported() {
        prop_assert_eq!(all_plain(&exported), texts(&expected));
    }
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
