//! Lists of runs: what each filter means, and that pages are the whole order.

use runstead::clock::Timestamp;
use runstead::db::{Db, Options, Plane};
use runstead::domain::accounts::{self, NewAccount};
use runstead::domain::projects::ProjectName;
use runstead::domain::runs::filter::Filter;
use runstead::domain::runs::order::Order;
use runstead::domain::runs::{self, Changes, Place, RunName};
use runstead::domain::{Call, projects};
use runstead::error::Result;
use runstead::id::ProjectId;
use runstead::policy::Actor;
use tempfile::TempDir;

/// A project with four runs that differ in everything a filter can ask for.
struct Project {
    db: Db,
    id: ProjectId,
    _folder: TempDir,
}

const RUNS: [(&str, &str, &str, &[&str]); 4] = [
    ("a", r#"{"lr":{"value":0.1},"opt":{"value":{"name":"adam"}}}"#, r#"{"loss":0.5,"val/acc.top1":0.9}"#, &["good", "x"]),
    ("b", r#"{"lr":{"value":1},"flag":{"value":true}}"#, r#"{"loss":NaN}"#, &["x"]),
    ("c", r#"{"lr":{"value":"high"},"none":{"value":null}}"#, r#"{"loss":2,"nested":{"x":3}}"#, &[]),
    ("d", "{}", "{}", &[]),
];

async fn project() -> Project {
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options { readers: 2, durable: false };
    let db = Db::open(&folder.path().join("control.db"), Plane::Control, options).expect("a database");
    let at = |second: i64| Timestamp::from_micros(1_700_000_000_000_000 + second * 1_000_000);
    let id = db
        .write(move |tx| {
            let operator =
                Call { actor: Actor { site_admin: true, ..Actor::nobody() }, now: at(0), address: None, cause: None };
            let ada = NewAccount { username: "ada".to_owned(), name: None, email: None, password_hash: None, site_admin: true };
            let ada = accounts::install_administrator(tx, &operator, &ada, "Runstead")?;
            let actor = accounts::actor(tx, ada.id)?;
            for (second, (name, config, summary, tags)) in (1..).zip(RUNS) {
                let call = Call { actor: actor.clone(), now: at(second), address: None, cause: None };
                let changes = Changes {
                    config: Some(config.to_owned()),
                    summary: Some(summary.to_owned()),
                    tags: Some(tags.iter().map(|tag| (*tag).to_owned()).collect()),
                    group: (name == "a").then(|| "first".to_owned()),
                    ..Changes::default()
                };
                runs::upsert(tx, &call, &place(name)?, &changes)?;
            }
            let call = Call { actor, now: at(9), address: None, cause: None };
            Ok(projects::find(tx, &call, "ada", "p")?.expect("the project of the runs").id)
        })
        .await
        .expect("a project with runs");
    Project { db, id, _folder: folder }
}

fn place(name: &str) -> Result<Place> {
    Ok(Place {
        entity: Some("ada".to_owned()),
        project: ProjectName::parse("p")?,
        name: Some(RunName::parse(name)?),
        must_exist: false,
        hindrance: None,
    })
}

impl Project {
    async fn names(&self, filter: &str, order: &str, size: usize) -> String {
        let (id, filter, order) = (self.id, Filter::parse(filter).expect(filter), Order::parse(Some(order)).expect(order));
        self.db
            .read(move |db| {
                let mut names = String::new();
                let mut after: Option<String> = None;
                for _ in 0..20 {
                    let page = runs::query::page(db, id, &filter, &order, after.as_deref(), size)?;
                    let ids: Vec<_> = page.items.iter().map(|(_, id)| *id).collect();
                    names.extend(runs::by_ids(db, &ids)?.into_iter().map(|run| run.name));
                    if !page.has_next {
                        assert_eq!(names.len() as i64, runs::query::count(db, id, &filter)?);
                        return Ok(names);
                    }
                    after = page.end_cursor().map(|cursor| cursor.as_str().to_owned());
                }
                panic!("the pages do not end: {names}");
            })
            .await
            .expect("an answer")
    }
}

#[actix_web::test]
async fn a_filter_means_what_the_clients_users_expect() {
    let project = project().await;
    for (filter, expected) in [
        ("{}", "abcd"),
        (r#"{"$and":[]}"#, "abcd"),
        (r#"{"$or":[{"$and":[]}]}"#, "abcd"),
        (r#"{"name":"a"}"#, "a"),
        (r#"{"name":{"$in":["a","c"]}}"#, "ac"),
        (r#"{"name":{"$nin":["a","c"]}}"#, "bd"),
        (r#"{"$or":[{"name":"a"},{"name":"d"}]}"#, "ad"),
        (r#"{"$nor":[{"name":"a"},{"name":"d"}]}"#, "bc"),
        (r#"{"$not":{"name":"a"}}"#, "bcd"),
        (r#"{"name":{"$regex":"^[ab]$"}}"#, "ab"),
        (r#"{"group":"first"}"#, "a"),
        (r#"{"group":null}"#, "bcd"),
        (r#"{"group":{"$ne":"first"}}"#, "bcd"),
        (r#"{"group":{"$exists":true}}"#, "a"),
        (r#"{"state":"running","username":"ada","entity":"ada"}"#, "abcd"),
        (r#"{"config.lr":0.1}"#, "a"),
        (r#"{"config.lr.value":1.0}"#, "b"),
        (r#"{"config.lr":{"$gt":0}}"#, "ab"),
        (r#"{"config.lr":{"$gt":0,"$lt":1}}"#, "a"),
        (r#"{"config.lr":"high"}"#, "c"),
        (r#"{"config.lr":{"$not":{"$gt":0.5}}}"#, "acd"),
        (r#"{"config.lr":{"$in":[1,"high",null]}}"#, "bcd"),
        (r#"{"config.opt.value.name":"adam"}"#, "a"),
        (r#"{"config.opt.name":{"$contains":"da"}}"#, "a"),
        (r#"{"config.flag":true}"#, "b"),
        (r#"{"config.flag":1}"#, ""),
        (r#"{"config.none":null}"#, "abcd"),
        (r#"{"config.none":{"$exists":true}}"#, "c"),
        (r#"{"summary_metrics.loss":{"$lt":1}}"#, "a"),
        (r#"{"summary_metrics.loss":{"$exists":true}}"#, "abc"),
        (r#"{"summary_metrics.nested.x":3}"#, "c"),
        (r#"{"summary_metrics.val/acc.top1":{"$gte":0.9}}"#, "a"),
        (r#"{"keys_info.keys.loss":{"$ne":null}}"#, "abc"),
        (r#"{"tags":"x"}"#, "ab"),
        (r#"{"tags":{"$in":["good","other"]}}"#, "a"),
        (r#"{"$and":[{"tags":"x"},{"tags":"good"}]}"#, "a"),
        (r#"{"$or":[{"tags":null},{"tags":{"$ne":"x"}}]}"#, "cd"),
        (r#"{"tags.good":true}"#, "a"),
        (r#"{"tags.x":{"$ne":true}}"#, "cd"),
        (r#"{"tags.x":{"$exists":false}}"#, "cd"),
        (r#"{"group":{"$in":["first",null]}}"#, "abcd"),
        (r#"{"tags":{"$in":["good",null]}}"#, "acd"),
        (r#"{"config.flag":{"$in":[true]}}"#, "b"),
        (r#"{"createdAt":{"$in":["2023-11-14T22:13:21Z"]}}"#, "a"),
        (r#"{"created_at":{"$gt":"2023-11-14T22:13:22"}}"#, "cd"),
        (r#"{"createdAt":{"$lte":"2023-11-14 22:13:22Z"}}"#, "ab"),
    ] {
        assert_eq!(project.names(filter, "+created_at", 10).await, expected, "{filter}");
    }
}

#[actix_web::test]
async fn pages_of_any_size_are_the_whole_order() {
    let project = project().await;
    for (order, expected) in [
        ("+created_at", "abcd"),
        ("-created_at", "dcba"),
        ("-name", "dcba"),
        ("+summary_metrics.loss", "acbd"),
        ("-summary_metrics.loss", "cadb"),
        ("+config.lr.value", "cabd"),
        ("-config.lr.value", "bacd"),
        ("group,-created_at", "adcb"),
        ("-state,+created_at", "abcd"),
    ] {
        for size in 1..=5 {
            assert_eq!(project.names("{}", order, size).await, expected, "{order} by pages of {size}");
        }
    }
}

#[actix_web::test]
async fn lists_look_things_up_instead_of_reading_documents() {
    let project = project().await;
    let id = project.id;
    let plan = project
        .db
        .read(move |db| {
            let filter = Filter::parse(r#"{"summary_metrics.loss":{"$lt":1}}"#)?;
            runs::query::explain(db, id, &filter, &Order::parse(Some("-created_at"))?)
        })
        .await
        .expect("a plan");
    assert!(plan.contains("run_fields_by_number"), "{plan}");
    assert!(plan.contains("runs_listed"), "{plan}");
    assert!(!plan.contains("SCAN"), "{plan}");
}

#[actix_web::test]
async fn infinite_values_have_their_place_in_pages() {
    let project = project().await;
    let extremes = [("e", r#"{"loss":Infinity}"#), ("f", r#"{"loss":-Infinity}"#), ("g", r#"{"loss":Infinity}"#)];
    project
        .db
        .write(move |tx| {
            let ada = accounts::by_username(tx, "ada")?.expect("the administrator");
            let actor = accounts::actor(tx, ada.id)?;
            let call = Call { actor, now: Timestamp::from_micros(1_800_000_000_000_000), address: None, cause: None };
            for (name, summary) in extremes {
                let changes = Changes { summary: Some(summary.to_owned()), ..Changes::default() };
                runs::upsert(tx, &call, &place(name)?, &changes)?;
            }
            Ok(())
        })
        .await
        .expect("three more runs");
    for size in 1..=7 {
        assert_eq!(project.names("{}", "+summary_metrics.loss", size).await, "facegbd", "pages of {size}");
        assert_eq!(project.names("{}", "-summary_metrics.loss", size).await, "gecafdb", "pages of {size}");
    }
}

#[actix_web::test]
async fn long_lists_are_taken_and_endless_ones_refused() {
    let project = project().await;
    let list = |count: usize| (0..count).map(|number| format!("\"n{number}\"")).collect::<Vec<_>>().join(",");
    for field in ["name", "tags", "config.lr"] {
        let value = if field == "name" {
            "a"
        } else if field == "tags" {
            "good"
        } else {
            "x"
        };
        let filter = format!(r#"{{"{field}":{{"$in":[{},"{value}"]}}}}"#, list(5000));
        let expected = if field == "config.lr" { "" } else { "a" };
        assert_eq!(project.names(&filter, "+created_at", 10).await, expected, "{field}");
    }
    let endless = format!(r#"{{"name":{{"$in":[{}]}}}}"#, list(10_001));
    assert!(Filter::parse(&endless).expect_err("a refusal").to_string().contains("10000"));
}
