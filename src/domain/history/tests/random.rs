//! Random appends, retries, rewinds, forks, seals and restarts: the answers are those of the model.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::RngAlgorithm;

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

/// A store and what it should have become.
struct Life {
    store: Store,
    forks: i64,
    /// Metrics, events, console.
    models: [Model; 3],
    /// What was appended last.
    before: Option<(Stream, &'static str, i64, Vec<String>)>,
}

impl Default for Life {
    fn default() -> Self {
        Self { store: Store::new(), forks: 1, models: Default::default(), before: None }
    }
}

impl Life {
    fn go(&mut self, step: Step) -> std::result::Result<(), TestCaseError> {
        let store = &mut self.store;
        match step {
            Step::Append(stream, writer, offset, rows) => {
                let model = &mut self.models[match stream {
                    Stream::History => 0,
                    Stream::Events => 1,
                    Stream::Console => 2,
                }];
                let first_line = (model.end(writer) + offset).max(0);
                if !rows.is_empty() {
                    model.append(writer, first_line, &rows);
                }
                store.append(stream, writer, first_line, &rows);
                self.before = Some((stream, writer, first_line, rows));
            }
            Step::Retry => {
                if let Some((stream, writer, first_line, rows)) = &self.before {
                    let answers = store.answers();
                    store.append(*stream, writer, *first_line, rows);
                    prop_assert_eq!(store.answers(), answers);
                }
            }
            Step::Truncate(limit) => {
                let kept = store.truncate(limit);
                self.models[0].truncate(limit);
                self.models[2] = Model::default();
                self.before = None;
                prop_assert_eq!(kept, self.models[0].count());
            }
            Step::Seal => {
                let answers = store.answers();
                store.seal(RUN);
                prop_assert_eq!(store.answers(), answers);
            }
            Step::Fork(step) => {
                self.forks += 1;
                let fork = RunId::new(self.forks);
                store.copy(RUN, fork, Some(step)).unwrap();
                let mut model = self.models[0].clone();
                model.truncate(step);
                let (rows, counters, keys) = store.of(fork);
                let expected: Vec<String> = model.rows().iter().map(|(_, line)| plain(line)).collect();
                prop_assert_eq!(all_plain(&rows), expected);
                prop_assert_eq!((counters.history_lines, counters.log_lines), (model.count(), 0));
                prop_assert_eq!(debug(&keys), debug(&model.keys()));
                store.collect(i64::from(u32::MAX));
                store.collect(2 * i64::from(u32::MAX));
            }
            Step::Reopen => store.reopen(),
        }
        Ok(())
    }

    fn agrees(&self) -> std::result::Result<(), TestCaseError> {
        agrees(&self.store, &self.models[0], &self.models[1], &self.models[2])
    }
}

/// One life of many steps, `RUNSTEAD_MODEL_STEPS` of them: what small ones cannot show, as tails that grow long, keys that are
/// measured many times, and forks of forks. Each looks at all there is: 10,000 take 25 minutes of one core, unoptimized. The seed is
/// printed; `RUNSTEAD_MODEL_SEED` repeats one.
#[test]
fn a_long_life_loses_and_doubles_nothing() {
    let number = |name: &str, otherwise: u64| std::env::var(name).map_or(otherwise, |text| text.parse().unwrap());
    let steps = number("RUNSTEAD_MODEL_STEPS", 250);
    let seed = number("RUNSTEAD_MODEL_SEED", u64::from_le_bytes(crate::secret::random_bytes::<8>()));
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let chance = proptest::test_runner::TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = proptest::test_runner::TestRunner::new_with_rng(ProptestConfig::default(), chance);
    let mut life = Life::default();
    for number in 1..=steps {
        let step = any_step().new_tree(&mut runner).unwrap().current();
        let done = life.go(step).and_then(|()| if number % 50 == 0 || number == steps { life.agrees() } else { Ok(()) });
        done.unwrap_or_else(|error| panic!("seed {seed}, step {number} of {steps}: {error}"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_answers_are_those_of_the_model(steps in prop::collection::vec(any_step(), 1..24)) {
        let mut life = Life::default();
        steps.into_iter().try_for_each(|step| life.go(step))?;
        life.agrees()?;
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
