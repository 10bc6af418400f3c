//! Summaries on their way from the data plane to the runs: the last one wins, whatever is done again, and whoever reads or
//! writes a summary in between.

use runstead::domain::{history, summaries};
use serde_json::{Value, json};

use super::house::{Answer, Ask, House, settings};

const UPSERT: &str = "mutation($i: UpsertBucketInput!) { upsertBucket(input: $i) { inserted } }";
const REWIND: &str = "mutation($i: RewindRunInput!) { rewindRun(input: $i) { rewoundRun { summaryMetrics } } }";
const RUNS: &str = "query($f: JSONString) { project(name: \"digits\", entityName: \"ada\") {
    runs(first: 10, filters: $f) { edges { node { name summaryMetrics } } } } }";

/// Somebody with a run, `train`.
struct Trainer {
    house: House,
    key: String,
    folder: tempfile::TempDir,
}

impl Trainer {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let house = House::open(&settings(folder.path(), &[])).await;
        let key = house.set_up().await;
        let trainer = Self { house, key, folder };
        trainer.upsert(&json!({})).await;
        trainer
    }
    async fn must(&self, ask: Ask) -> Answer {
        let answer = self.house.send(ask.key(&self.key)).await;
        assert!(answer.status < 300 && answer.json()["errors"].is_null(), "{} {}", answer.status, answer.text());
        answer
    }
    async fn upsert(&self, more: &Value) {
        let mut input = json!({ "entityName": "ada", "modelName": "digits", "name": "train" });
        input.as_object_mut().expect("a map").extend(more.as_object().expect("a map").clone());
        self.must(Ask::graphql(UPSERT, &json!({ "i": input }))).await;
    }
    /// What a process of the run streams; one of several has a name.
    async fn stream(&self, process: &str, message: &Value) {
        let ask = Ask::post("/files/ada/digits/train/file_stream", message);
        let shared = [("x-wandb-use-async-filestream", "true"), ("x-wandb-async-client-id", process)];
        let named = shared.into_iter().filter(|_| !process.is_empty());
        self.must(named.fold(ask, |ask, (name, value)| ask.header(name, value))).await;
    }
    async fn streams_summary(&self, process: &str, summary: &str) {
        self.stream(process, &json!({ "files": { "wandb-summary.json": { "offset": 0, "content": [summary] } } })).await;
    }
    async fn bring_all(&self) -> usize {
        let app = &self.house.app;
        summaries::bring_all(&app.db, &app.history, app.clock.now()).await.expect("it is brought over")
    }
    /// The summaries of the runs that match, by their names.
    async fn summaries_of(&self, filter: &str) -> Vec<(String, String)> {
        let answer = self.must(Ask::graphql(RUNS, &json!({ "f": filter }))).await.json();
        let edges = answer["data"]["project"]["runs"]["edges"].as_array().expect("a list").clone();
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        edges.iter().map(|edge| (text(&edge["node"]["name"]), text(&edge["node"]["summaryMetrics"]))).collect()
    }
    async fn summary(&self) -> String {
        self.summaries_of(r#"{"name":"train"}"#).await.remove(0).1
    }
}

#[actix_web::test]
async fn the_last_summary_is_brought_over_with_its_index() {
    let trainer = Trainer::new().await;
    for loss in [3, 2, 1] {
        trainer.streams_summary("", &json!({ "loss": loss }).to_string()).await;
    }
    assert_eq!((trainer.bring_all().await, trainer.bring_all().await), (1, 0));
    assert_eq!(trainer.summary().await, r#"{"loss":1}"#);
    assert_eq!(trainer.summaries_of(r#"{"summary_metrics.loss":{"$lt":2}}"#).await.len(), 1);
}

#[actix_web::test]
async fn what_was_streamed_before_a_stop_is_there_at_the_first_answer() {
    let mut trainer = Trainer::new().await;
    trainer.streams_summary("", r#"{"loss":1}"#).await;
    trainer.house = House::open(&settings(trainer.folder.path(), &[])).await;
    assert_eq!(trainer.summary().await, r#"{"loss":1}"#);
}

#[actix_web::test]
async fn one_that_was_brought_over_before_and_not_noted_undoes_nothing() {
    let trainer = Trainer::new().await;
    trainer.streams_summary("", r#"{"loss":1}"#).await;
    let streams = &trainer.house.app.history;
    let before = streams.read(|db| history::waiting_summaries(db, None, 10)).await.expect("it is read").remove(0);
    trainer.bring_all().await;
    trainer.upsert(&json!({ "summaryMetrics": r#"{"loss":"by hand"}"# })).await;
    // As if the server had died between the two planes.
    streams
        .write(move |tx| {
            tx.execute(
                "UPDATE summaries SET document = ?2 WHERE run_id = ?1 AND turn = ?3",
                &[&before.run, &before.document, &before.turn],
            )
        })
        .await
        .expect("it is written");
    assert_eq!(trainer.bring_all().await, 1);
    assert_eq!(trainer.summary().await, r#"{"loss":"by hand"}"#);
}

#[actix_web::test]
async fn what_is_written_by_hand_comes_after_what_was_streamed_before() {
    let trainer = Trainer::new().await;
    trainer.streams_summary("", r#"{"loss":1}"#).await;
    trainer.upsert(&json!({ "summaryMetrics": r#"{"loss":"by hand"}"# })).await;
    trainer.bring_all().await;
    assert_eq!(trainer.summary().await, r#"{"loss":"by hand"}"#);
    trainer.streams_summary("", r#"{"loss":0}"#).await;
    trainer.bring_all().await;
    assert_eq!(trainer.summary().await, r#"{"loss":0}"#, "its process goes on");
}

#[actix_web::test]
async fn a_run_that_ended_has_its_summary_at_once() {
    let trainer = Trainer::new().await;
    trainer.streams_summary("", r#"{"loss":1}"#).await;
    let last = json!({
        "files": { "wandb-summary.json": { "offset": 0, "content": [r#"{"loss":0.5}"#] } }, "complete": true, "exitcode": 0,
    });
    trainer.stream("", &last).await;
    assert_eq!(trainer.summaries_of(r#"{"state":"finished","summary_metrics.loss":0.5}"#).await.len(), 1);
}

#[actix_web::test]
async fn processes_that_share_a_run_keep_what_the_others_say() {
    let trainer = Trainer::new().await;
    trainer.streams_summary("one", r#"{"a":1,"both":1}"#).await;
    trainer.bring_all().await;
    trainer.streams_summary("two", r#"{"b":2,"both":2}"#).await;
    trainer.streams_summary("one", r#"{"a":3}"#).await;
    trainer.bring_all().await;
    assert_eq!(trainer.summary().await, r#"{"a":3,"both":2,"b":2}"#);
}

#[actix_web::test]
async fn a_rewind_leaves_the_last_summary_to_the_archived_run() {
    let trainer = Trainer::new().await;
    let rows: Vec<String> = (0..4).map(|step| json!({ "_step": step, "loss": step }).to_string()).collect();
    trainer
        .stream(
            "",
            &json!({ "files": {
                "wandb-history.jsonl": { "offset": 0, "content": rows },
                "wandb-summary.json": { "offset": 0, "content": [r#"{"loss":"last"}"#] },
            } }),
        )
        .await;
    let back =
        json!({ "entityName": "ada", "projectName": "digits", "runName": "train", "metricName": "_step", "metricValue": 1 });
    let rewound = trainer.must(Ask::graphql(REWIND, &json!({ "i": back }))).await.json();
    let summary = &rewound["data"]["rewindRun"]["rewoundRun"]["summaryMetrics"];
    assert!(summary.as_str().expect("text").contains(r#""loss":1"#), "{summary}");
    trainer.bring_all().await;
    assert_eq!(trainer.summary().await, summary.as_str().expect("text"));
    let path =
        "query { project(name: \"digits\", entityName: \"ada\") { run(name: \"train-before-rewind-1\") { summaryMetrics } } }";
    let archived = trainer.must(Ask::graphql(path, &Value::Null)).await.json();
    assert_eq!(archived["data"]["project"]["run"]["summaryMetrics"], r#"{"loss":"last"}"#);
}
