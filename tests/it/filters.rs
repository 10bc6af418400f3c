//! Filters and orders against an evaluation by hand: random ones over runs that differ in everything mean what is written
//! here, in pages and in counts; and whatever a caller may write is answered or refused, never an error of the server's.

use std::cmp::Ordering;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use regex::Regex;
use runstead::clock::Timestamp;
use runstead::domain::Call;
use runstead::domain::accounts;
use runstead::domain::projects::{self, ProjectName};
use runstead::domain::runs::filter::Filter;
use runstead::domain::runs::order::Order;
use runstead::domain::runs::{self, Changes, Place, RunName};
use runstead::error::Error;
use runstead::id::ProjectId;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::house::{House, settings};

/// What a run has, as the naive evaluation reads it.
#[derive(Clone, Debug)]
struct Facts {
    name: String,
    group: Option<String>,
    tags: Vec<String>,
    config: Map<String, Value>,
    summary: Map<String, Value>,
    /// When it was made, in seconds after [`START`].
    second: i64,
}

/// 2023-11-14T22:13:20Z.
const START: i64 = 1_700_000_000;
const KEYS: [&str; 3] = ["a", "b", "nested.x"];
const WORDS: [&str; 4] = ["", "adam", "Adam", "sgd 50%_"];
const TAGS: [&str; 3] = ["good", "bad", "so so"];
const PATTERNS: [&str; 5] = ["a", "^adam$", "(?i)ADAM", "%_", "^$"];

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        select(vec![-1.5, 0.0, 1.0, 2.0, 1e300]).prop_map(Value::from),
        select(vec![0_i64, 1, 2]).prop_map(Value::from),
        select(WORDS.to_vec()).prop_map(Value::from),
    ]
}

fn facts() -> impl Strategy<Value = Facts> {
    let document = || btree_map(select(KEYS.to_vec()).prop_map(str::to_owned), leaf(), 0..=3);
    let tags = subsequence(TAGS.to_vec(), 0..=3).prop_map(|tags| tags.into_iter().map(str::to_owned).collect());
    (document(), document(), tags, proptest::option::of(select(vec!["adam", "sgd 50%_"])), 0..4_i64).prop_map(
        |(config, summary, tags, group, second)| Facts {
            name: String::new(),
            group: group.map(str::to_owned),
            tags,
            config: config.into_iter().collect(),
            summary: summary.into_iter().collect(),
            second,
        },
    )
}

/// A document as it is logged: dotted keys are objects in objects.
fn nested(facts: &Map<String, Value>, wrap: impl Fn(Value) -> Value) -> String {
    let mut document = Map::new();
    for (key, value) in facts {
        match key.split_once('.') {
            Some((outer, inner)) => document.insert(outer.to_owned(), wrap(json!({ inner: value }))),
            None => document.insert(key.clone(), wrap(value.clone())),
        };
    }
    Value::Object(document).to_string()
}

/// One condition on one field, with operators that the field takes.
fn condition() -> impl Strategy<Value = Value> {
    let indexed = (select(vec!["config", "summary_metrics"]), select(KEYS.to_vec()), test_of_value())
        .prop_map(|(section, key, test)| json!({ format!("{section}.{key}"): test }));
    let tags = test_of_text(TAGS.to_vec()).prop_map(|test| json!({ "tags": test }));
    let group = test_of_text(WORDS.to_vec()).prop_map(|test| json!({ "group": test }));
    let moment = (0..4_i64).prop_map(|second| Value::from(format!("2023-11-14T22:13:2{second}Z")));
    let created = (select(vec!["$eq", "$ne", "$gt", "$gte", "$lt", "$lte"]), moment)
        .prop_map(|(operator, moment)| json!({ "created_at": { operator: moment } }));
    let name = (select(vec!["$in", "$nin"]), vec((0..12).prop_map(|number| format!("run{number:02}")), 0..4))
        .prop_map(|(operator, names)| json!({ "name": { operator: names } }));
    prop_oneof![4 => indexed, 1 => tags, 1 => group, 1 => created, 1 => name]
}

fn test_of_value() -> impl Strategy<Value = Value> {
    let compared =
        prop_oneof![select(vec![-1.5, 0.0, 1.0, 2.0]).prop_map(Value::from), select(WORDS.to_vec()).prop_map(Value::from)];
    prop_oneof![
        leaf(),
        (select(vec!["$eq", "$ne"]), leaf()).prop_map(|(operator, value)| json!({ operator: value })),
        (select(vec!["$gt", "$gte", "$lt", "$lte"]), compared).prop_map(|(operator, value)| json!({ operator: value })),
        (select(vec!["$in", "$nin"]), vec(leaf(), 0..4)).prop_map(|(operator, values)| json!({ operator: values })),
        any::<bool>().prop_map(|flag| json!({ "$exists": flag })),
        select(PATTERNS.to_vec()).prop_map(|pattern| json!({ "$regex": pattern })),
        (leaf(), any::<bool>()).prop_map(|(value, flag)| json!({ "$ne": value, "$exists": flag })),
        leaf().prop_map(|value| json!({ "$not": { "$eq": value } })),
    ]
}

fn test_of_text(words: Vec<&'static str>) -> impl Strategy<Value = Value> {
    let word = prop_oneof![4 => select(words).prop_map(Value::from), 1 => Just(Value::Null)];
    prop_oneof![
        word.clone(),
        word.clone().prop_map(|value| json!({ "$ne": value })),
        (select(vec!["$in", "$nin"]), vec(word, 0..3)).prop_map(|(operator, values)| json!({ operator: values })),
        any::<bool>().prop_map(|flag| json!({ "$exists": flag })),
        select(PATTERNS.to_vec()).prop_map(|pattern| json!({ "$regex": pattern })),
    ]
}

fn filter() -> impl Strategy<Value = Value> {
    condition().prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            (select(vec!["$and", "$or", "$nor"]), vec(inner.clone(), 1..4)).prop_map(|(word, parts)| json!({ word: parts })),
            inner.prop_map(|part| json!({ "$not": part })),
        ]
    })
}

/// The naive evaluation.
fn means(filter: &Value, run: &Facts) -> bool {
    let parts = |value: &Value| value.as_array().expect("groups are lists").clone();
    filter.as_object().expect("a filter is an object").iter().all(|(key, value)| match key.as_str() {
        "$and" => parts(value).iter().all(|part| means(part, run)),
        "$or" => parts(value).iter().any(|part| means(part, run)),
        "$nor" => !parts(value).iter().any(|part| means(part, run)),
        "$not" => !means(value, run),
        "tags" => holds(value, &|operator, wanted| tagged(&run.tags, operator, wanted)),
        "group" => {
            let group = run.group.clone().map(Value::from);
            holds(value, &|operator, wanted| one(group.as_ref(), operator, wanted))
        }
        "name" => holds(value, &|operator, wanted| one(Some(&Value::from(run.name.clone())), operator, wanted)),
        "created_at" => {
            let created = Value::from(format!("2023-11-14T22:13:2{}Z", run.second));
            holds(value, &|operator, wanted| one(Some(&created), operator, wanted))
        }
        field => {
            let (section, key) = field.split_once('.').expect("a section");
            let document = if section == "config" { &run.config } else { &run.summary };
            holds(value, &|operator, wanted| one(document.get(key), operator, wanted))
        }
    })
}

/// Every operator of a test must hold; a bare value means equal.
fn holds(test: &Value, judge: &dyn Fn(&str, &Value) -> bool) -> bool {
    let Some(operators) = test.as_object() else { return judge("$eq", test) };
    operators.iter().all(|(operator, wanted)| match operator.as_str() {
        "$not" => !holds(wanted, judge),
        "$ne" => !judge("$eq", wanted),
        "$nin" => !judge("$in", wanted),
        operator => judge(operator, wanted),
    })
}

fn one(found: Option<&Value>, operator: &str, wanted: &Value) -> bool {
    let number = |value: &Value| value.as_f64();
    match operator {
        "$eq" if wanted.is_null() => found.is_none_or(Value::is_null),
        "$eq" => found.is_some_and(|found| match (number(found), number(wanted)) {
            (Some(found), Some(wanted)) => found == wanted,
            _ => found == wanted,
        }),
        "$in" => wanted.as_array().expect("a list").iter().any(|wanted| one(found, "$eq", wanted)),
        "$exists" => found.is_some() == wanted.as_bool().expect("a flag"),
        "$regex" => found.and_then(Value::as_str).is_some_and(|text| pattern(wanted).is_match(text)),
        _ => {
            let Some(found) = found else { return false };
            let order = match (number(found), number(wanted)) {
                (Some(found), Some(wanted)) => found.partial_cmp(&wanted),
                _ => found.as_str().zip(wanted.as_str()).map(|(found, wanted)| found.cmp(wanted)),
            };
            order.is_some_and(|order| match operator {
                "$gt" => order.is_gt(),
                "$gte" => order.is_ge(),
                "$lt" => order.is_lt(),
                "$lte" => order.is_le(),
                other => panic!("the evaluation does not know {other}"),
            })
        }
    }
}

fn tagged(tags: &[String], operator: &str, wanted: &Value) -> bool {
    match operator {
        "$eq" if wanted.is_null() => tags.is_empty(),
        "$eq" => tags.iter().any(|tag| Some(tag.as_str()) == wanted.as_str()),
        "$in" => wanted.as_array().expect("a list").iter().any(|wanted| tagged(tags, "$eq", wanted)),
        "$exists" => tags.is_empty() != wanted.as_bool().expect("a flag"),
        "$regex" => tags.iter().any(|tag| pattern(wanted).is_match(tag)),
        other => panic!("tags do not take {other}"),
    }
}

fn pattern(wanted: &Value) -> Regex {
    Regex::new(wanted.as_str().expect("a pattern")).expect("a good pattern")
}

/// A project with these runs.
struct Project {
    house: House,
    id: ProjectId,
    _folder: TempDir,
}

impl Project {
    async fn with(all: Vec<Facts>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let house = House::open(&settings(folder.path(), &[])).await;
        house.set_up().await;
        let at = |second: i64| Timestamp::from_micros((START + second) * 1_000_000);
        let made = house.app.db.write(move |tx| {
            let ada = accounts::by_username(tx, "ada")?.expect("the administrator");
            let actor = accounts::actor(tx, ada.id)?;
            for run in &all {
                let call = Call { actor: actor.clone(), now: at(run.second), address: None, cause: None };
                let place = Place {
                    entity: Some("ada".to_owned()),
                    project: ProjectName::parse("p")?,
                    name: Some(RunName::parse(&run.name)?),
                    must_exist: false,
                    hindrance: None,
                };
                let changes = Changes {
                    config: Some(nested(&run.config, |value| json!({ "value": value }))),
                    summary: Some(nested(&run.summary, |value| value)),
                    tags: Some(run.tags.clone()),
                    group: run.group.clone(),
                    ..Changes::default()
                };
                runs::upsert(tx, &call, &place, &changes)?;
            }
            let call = Call { actor, now: at(9), address: None, cause: None };
            Ok(projects::find(tx, &call, "ada", "p")?.expect("the project of the runs").id)
        });
        let id = made.await.expect("a project with runs");
        Self { house, id, _folder: folder }
    }

    /// The names of the runs that are meant in this order, read page by page.
    async fn pages(&self, filter: &str, order: &str, size: usize) -> Vec<String> {
        let (id, filter, order) =
            (self.id, Filter::parse(filter).expect("a filter"), Order::parse(Some(order)).expect("an order"));
        let read = self.house.app.db.read(move |db| {
            let (mut names, mut after) = (Vec::new(), None::<String>);
            loop {
                let page = runs::query::page(db, id, &filter, &order, after.as_deref(), size)?;
                let ids: Vec<_> = page.items.iter().map(|(_, id)| *id).collect();
                names.extend(runs::by_ids(db, &ids)?.into_iter().map(|run| run.name));
                if !page.has_next {
                    return Ok(names);
                }
                after = page.end_cursor().map(|cursor| cursor.as_str().to_owned());
            }
        });
        read.await.expect("pages")
    }

    /// The names of the runs that are meant, with their number.
    async fn names(&self, filter: &str) -> Result<(Vec<String>, i64), Error> {
        let (id, filter, order) = (self.id, Filter::parse(filter)?, Order::parse(Some("+name"))?);
        let asked = self.house.app.db.read(move |db| {
            let page = runs::query::page(db, id, &filter, &order, None, 100)?;
            let ids: Vec<_> = page.items.iter().map(|(_, id)| *id).collect();
            let names = runs::by_ids(db, &ids)?.into_iter().map(|run| run.name).collect();
            Ok((names, runs::query::count(db, id, &filter)?))
        });
        asked.await
    }
}

/// The name of a sort key, and what it says of a run.
type SortKey = (&'static str, fn(&Facts) -> Option<Value>);

const SORT_KEYS: [SortKey; 8] = [
    ("name", |run| Some(run.name.clone().into())),
    ("created_at", |run| Some(run.second.into())),
    ("group", |run| run.group.clone().map(Value::from)),
    ("config.a", |run| run.config.get("a").cloned()),
    ("config.nested.x.value", |run| run.config.get("nested.x").cloned()),
    ("summary_metrics.a", |run| run.summary.get("a").cloned()),
    ("summary_metrics.b", |run| run.summary.get("b").cloned()),
    ("summary_metrics.nested.x", |run| run.summary.get("nested.x").cloned()),
];

/// What is sorted by: nothing, a text, a number or a flag; of these a text is least.
fn place(value: Option<Value>) -> Option<(Option<f64>, Option<String>)> {
    match value? {
        Value::Null => None,
        Value::Bool(flag) => Some((Some(f64::from(u8::from(flag))), None)),
        Value::Number(number) => Some((number.as_f64(), None)),
        Value::String(text) => Some((None, Some(text))),
        other => panic!("not a value of these runs: {other}"),
    }
}

/// The runs as the keys order them: what has no value comes last in either direction, ties are broken by age.
fn sorted(runs: &[Facts], keys: &[(usize, bool)]) -> Vec<String> {
    let mut order: Vec<usize> = (0..runs.len()).collect();
    order.sort_by(|left, right| {
        for (key, descending) in keys {
            let [one, other] = [left, right].map(|run| place(SORT_KEYS[*key].1(&runs[*run])));
            let found = match (one, other) {
                (None, None) => Ordering::Equal,
                (None, Some(_)) => Ordering::Greater,
                (Some(_), None) => Ordering::Less,
                (Some(one), Some(other)) => {
                    let found = one.partial_cmp(&other).expect("no NaN among these");
                    if *descending { found.reverse() } else { found }
                }
            };
            if found != Ordering::Equal {
                return found;
            }
        }
        if keys.last().is_some_and(|(_, descending)| *descending) { right.cmp(left) } else { left.cmp(right) }
    });
    order.into_iter().map(|run| runs[run].name.clone()).collect()
}

#[test]
fn orders_are_those_of_a_sort_by_hand_in_pages_of_any_size() {
    let key = (0..SORT_KEYS.len(), any::<bool>());
    let keys = prop_oneof![vec(key.clone(), 1), vec(key, 1..4)];
    let filter = prop_oneof![Just(json!({})), filter()];
    proptest!(ProptestConfig::with_cases(12), |(runs in vec(facts(), 12), orders in vec((keys, 1..13_usize, filter), 30))| {
        let runs = named(runs);
        actix_web::rt::System::new().block_on(async {
            let project = Project::with(runs.clone()).await;
            for (keys, size, filter) in orders {
                let words = |(key, descending): &(usize, bool)| format!("{}{}", if *descending { "-" } else { "+" }, SORT_KEYS[*key].0);
                let order = keys.iter().map(words).collect::<Vec<_>>().join(",");
                let meant: Vec<Facts> = runs.iter().filter(|run| means(&filter, run)).cloned().collect();
                let found = project.pages(&filter.to_string(), &order, size).await;
                assert_eq!(found, sorted(&meant, &keys), "{filter} by {order} in pages of {size}");
            }
        });
    });
}

fn named(runs: Vec<Facts>) -> Vec<Facts> {
    runs.into_iter().enumerate().map(|(number, run)| Facts { name: format!("run{number:02}"), ..run }).collect()
}

#[test]
fn filters_mean_what_an_evaluation_by_hand_says() {
    proptest!(ProptestConfig::with_cases(24), |(runs in vec(facts(), 12), filters in vec(filter(), 30))| {
        let runs = named(runs);
        actix_web::rt::System::new().block_on(async {
            let project = Project::with(runs.clone()).await;
            for filter in filters {
                let expected: Vec<String> = runs.iter().filter(|run| means(&filter, run)).map(|run| run.name.clone()).collect();
                let (names, count) = project.names(&filter.to_string()).await.expect("an answer");
                assert_eq!((&names, count), (&expected, expected.len() as i64), "{filter}");
            }
        });
    });
}

/// JSON with the words of the language in places where they may or may not stand.
fn anything() -> impl Strategy<Value = Value> {
    let words = [
        "$and",
        "$or",
        "$nor",
        "$not",
        "$eq",
        "$ne",
        "$gt",
        "$lte",
        "$in",
        "$nin",
        "$exists",
        "$regex",
        "$contains",
        "$unknown",
        "config.a",
        "config.",
        "summary_metrics.a.b",
        "tags",
        "tags.x",
        "name",
        "state",
        "createdAt",
        "duration",
        "username",
        "keys_info.keys.a",
        "",
        "nothing",
        "2026-01-31T10:00:00Z",
        "(",
        "a{9999}{9999}",
        "\u{0}",
        "é'\"%_;--",
    ];
    let leaf = prop_oneof![leaf(), select(words.to_vec()).prop_map(Value::from), any::<i64>().prop_map(Value::from)];
    leaf.prop_recursive(5, 40, 4, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map(select(words.to_vec()).prop_map(str::to_owned), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

#[test]
fn whatever_is_written_as_a_filter_is_answered_or_refused_in_words() {
    let system = actix_web::rt::System::new();
    let project = system.block_on(Project::with(named(vec![Facts {
        name: String::new(),
        group: None,
        tags: vec!["good".to_owned()],
        config: Map::from_iter([("a".to_owned(), json!(1))]),
        summary: Map::new(),
        second: 0,
    }])));
    let ask = |text: &str| match system.block_on(project.names(text)) {
        Ok(_) => Ok(()),
        Err(error) if error.status() < 500 => Ok(()),
        Err(error) => Err(TestCaseError::fail(format!("{text}: {}", error.cause()))),
    };
    for operator in ["$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$exists", "$regex"] {
        for value in [json!(null), json!(true), json!(1), json!("a"), json!([]), json!([null, [1]]), json!({})] {
            for field in ["config.a", "tags", "duration", "state", "createdAt"] {
                let filter = json!({ field: { operator: value } }).to_string();
                ask(&filter).unwrap_or_else(|error| panic!("{error}"));
            }
        }
    }
    proptest!(ProptestConfig::with_cases(600), |(filter in anything())| ask(&filter.to_string())?);
    proptest!(ProptestConfig::with_cases(200), |(text in "\\PC{0,40}")| ask(&text)?);
}
