//! What happens to runs besides logging: people change them, rewinds cut them, artifacts are used and made by them.

use runstead::domain::runs;
use serde_json::{Value, json};

use super::house::{Ask, House, settings};
use super::logger::Logger;

const UPSERT: &str = "mutation($i: UpsertBucketInput!) { upsertBucket(input: $i) { bucket { id } } }";

async fn data(house: &House, key: &str, query: &str, variables: Value) -> Value {
    let answer = house.send(Ask::graphql(query, &variables).key(key)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["data"].clone()
}

/// A run of ada's in the project `digits`; returns its global id.
async fn run(house: &House, key: &str, name: &str) -> String {
    let made = data(house, key, UPSERT, json!({ "i": { "entityName": "ada", "modelName": "digits", "name": name } })).await;
    made["upsertBucket"]["bucket"]["id"].as_str().expect("an id").to_owned()
}

#[actix_web::test]
async fn what_people_change_of_a_run_is_recorded_and_what_its_process_reports_is_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let house = House::open(&settings(folder.path(), &[])).await;
    let ada = house.set_up().await;
    let id = run(&house, &ada, "first").await;
    let change = json!({ "i": { "id": id, "config": r#"{"lr":{"value":1}}"#, "summaryMetrics": r#"{"loss":1}"# } });
    let send = async |agent: &'static str| {
        let ask = Ask::graphql(UPSERT, &change).key(&ada).header("user-agent", agent);
        assert_eq!(house.send(ask).await.status, 200);
        let read = house.send(Ask::get("/api/v1/audit?action=run.update").key(&ada)).await.json();
        read["items"].as_array().expect("a list").iter().map(|record| record["details"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(send("wandb-core").await, [Value::Null; 0]);
    assert_eq!(send("W&B Public Client 0.31.0").await, [json!({ "changed": ["config", "summary"] })]);
}

#[actix_web::test]
async fn what_a_rewind_cuts_away_is_reached_from_the_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let house = House::open(&settings(folder.path(), &[])).await;
    let ada = house.set_up().await;
    run(&house, &ada, "first").await;
    run(&house, &ada, "first-before-rewind-2").await;
    let rows: Vec<String> = (0..10).map(|step| json!({ "_step": step }).to_string()).collect();
    let lines = json!({ "files": { "wandb-history.jsonl": { "offset": 0, "content": rows } } });
    assert_eq!(house.send(Ask::post("/files/ada/digits/first/file_stream", &lines).key(&ada)).await.status, 200);
    let rewind =
        "mutation($step: Float!) { rewindRun(input: { entityName: \"ada\", projectName: \"digits\", runName: \"first\",
        metricName: \"_step\", metricValue: $step }) { rewoundRun { historyLineCount } } }";
    for (step, left) in [(6, 7), (3, 4)] {
        let cut = data(&house, &ada, rewind, json!({ "step": step })).await;
        assert_eq!(cut["rewindRun"]["rewoundRun"]["historyLineCount"], left);
    }
    let find = "{ project(name: \"digits\", entityName: \"ada\") { runCount
        run(name: \"first\") { archives { name displayName historyLineCount state } } } }";
    let found = data(&house, &ada, find, Value::Null).await["project"].clone();
    assert_eq!(found["runCount"], 2, "what was cut away is in no list");
    let archives = found["run"]["archives"].as_array().expect("a list");
    let told: Vec<_> =
        archives.iter().map(|kept| (kept["name"].as_str().expect("a name"), &kept["historyLineCount"])).collect();
    // The second number was taken by somebody.
    assert_eq!(told, [("first-before-rewind-1", &json!(10)), ("first-before-rewind-3", &json!(7))]);
}

#[actix_web::test]
async fn a_run_knows_the_others_that_were_given_the_same_config() {
    let folder = tempfile::tempdir().expect("a folder");
    let house = House::open(&settings(folder.path(), &[])).await;
    let ada = house.set_up().await;
    let begin = async |project: &str, name: &str, config: &str| {
        let upsert = "mutation($i: UpsertBucketInput!) { upsertBucket(input: $i) { inserted } }";
        let input = json!({ "entityName": "ada", "modelName": project, "name": name, "config": config });
        data(&house, &ada, upsert, json!({ "i": input })).await;
    };
    let same = r#"{"lr":{"value":0.5},"model":{"value":{"width":8}},"_wandb":{"value":{"t":1}}}"#;
    for (project, name, config) in [
        ("digits", "first", same),
        ("digits", "second", r#"{"model":{"value":{"width":8}},"lr":{"value":0.5}}"#),
        ("digits", "third", r#"{"lr":{"value":0.25},"model":{"value":{"width":8}}}"#),
        ("digits", "bare", "{}"),
        ("digits", "bare2", "{}"),
        ("letters", "elsewhere", same),
    ] {
        begin(project, name, config).await;
    }
    let similar = async |name: &str, first: i32| {
        let query = "query($n: String!, $f: Int) { project(name: \"digits\", entityName: \"ada\") {
            run(name: $n) { similarRuns(first: $f) { runs { name } hasMore } } } }";
        let found = data(&house, &ada, query, json!({ "n": name, "f": first })).await;
        found["project"]["run"]["similarRuns"].clone()
    };
    let found = |names: &[&str], more: bool| {
        let runs: Vec<_> = names.iter().map(|name| json!({ "name": name })).collect();
        json!({ "runs": runs, "hasMore": more })
    };
    assert_eq!(similar("first", 5).await, found(&["second"], false));
    assert_eq!(similar("third", 5).await, found(&[], false));
    assert_eq!(similar("bare", 5).await, found(&[], false), "no config is not the same config");
    // A config that changes is another one, until others are given it too.
    begin("digits", "third", same).await;
    assert_eq!(similar("first", 5).await, found(&["third", "second"], false));
    assert_eq!(similar("first", 1).await, found(&["third"], true));
    // What was logged before the server looked at configs is looked at once.
    let old = house.app.db.write(|tx| tx.execute("UPDATE runs SET config_digest = NULL WHERE name <> 'bare'", &[])).await;
    assert_eq!(old.expect("it works"), 5);
    assert_eq!(similar("first", 5).await, found(&[], false));
    let looked = async || house.app.db.write(runs::digest_configs).await.expect("it works");
    assert_eq!((looked().await, looked().await), (5, 0));
    assert_eq!(similar("first", 5).await, found(&["third", "second"], false));
}

#[actix_web::test]
async fn runs_are_found_by_the_artifacts_that_they_used_and_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let house = House::open(&settings(folder.path(), &[])).await;
    let ada = house.set_up().await;
    for name in ["maker", "user", "idle"] {
        run(&house, &ada, name).await;
    }
    let logger = Logger { house: &house, key: &ada, entity: "ada", project: "digits" };
    let version = logger.log_by(Some("maker"), "data", &[("a.txt", b"text")]).await;
    let apply = "mutation($a: ID!) { useArtifact(input: { artifactID: $a, entityName: \"ada\", projectName: \"digits\",
        runName: \"user\" }) { artifact { id } } }";
    data(&house, &ada, apply, json!({ "a": version })).await;
    let list = "query($f: JSONString) { project(name: \"digits\", entityName: \"ada\") {
        runs(filters: $f) { edges { node { name } } } } }";
    for (filter, expected) in [
        (json!({ "inputArtifacts": "data:v0" }), "user"),
        (json!({ "inputArtifacts": { "$in": ["data", "other"] } }), "user"),
        (json!({ "outputArtifacts": "ada/digits/data:v0" }), "maker"),
        (json!({ "output_artifacts": { "$regex": "digits/data:v\\d$" } }), "maker"),
        (json!({ "outputArtifacts": { "$contains": "atA" } }), ""),
        (json!({ "inputArtifacts": { "$exists": false } }), "maker idle"),
        (json!({ "inputArtifacts": { "$ne": "data:v0" }, "outputArtifacts": null }), "idle"),
        (json!({ "inputArtifacts": "data:v1" }), ""),
    ] {
        let found = data(&house, &ada, list, json!({ "f": filter.to_string() })).await;
        let edges = found["project"]["runs"]["edges"].as_array().expect("a list");
        let names: Vec<_> = edges.iter().filter_map(|edge| edge["node"]["name"].as_str()).collect();
        assert_eq!(names.join(" "), expected, "{filter}");
    }
    let refused = "{ project(name: \"digits\", entityName: \"ada\") { runs(order: \"inputArtifacts\") { edges { cursor } } } }";
    let refused = house.send(Ask::graphql(refused, &Value::Null).key(&ada)).await;
    assert!(refused.status == 400 && refused.text().contains("cannot be ordered by inputArtifacts"), "{}", refused.text());
}

#[actix_web::test]
async fn long_texts_are_found_whole_and_a_file_without_bytes_has_no_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let house = House::open(&settings(folder.path(), &[])).await;
    let ada = house.set_up().await;
    let long = |end: &str| format!("{}{end}", "prompt ".repeat(2000));
    for (name, end) in [("one", "a"), ("two", "b")] {
        let config = json!({ "text": { "value": long(end) }, "list": { "value": vec![end; 3000] } }).to_string();
        let input = json!({ "entityName": "ada", "modelName": "digits", "name": name, "config": config });
        data(&house, &ada, UPSERT, json!({ "i": input })).await;
    }
    let list = "query($f: JSONString, $o: String, $n: Int, $c: String) { project(name: \"digits\", entityName: \"ada\") {
        runs(filters: $f, order: $o, first: $n, after: $c) { edges { cursor node { name } } } } }";
    for filter in [
        json!({ "config.text": long("b") }),
        json!({ "config.text": { "$in": [long("b"), "x"] } }),
        json!({ "config.text": { "$ne": long("a") } }),
        json!({ "config.list": vec!["b"; 3000] }),
    ] {
        let found = data(&house, &ada, list, json!({ "f": filter.to_string() })).await;
        let edges = found["project"]["runs"]["edges"].as_array().expect("a list");
        assert_eq!(edges.iter().map(|edge| edge["node"]["name"].clone()).collect::<Value>(), json!(["two"]));
    }
    let first = data(&house, &ada, list, json!({ "o": "+config.text", "n": 1 })).await["project"]["runs"]["edges"][0].clone();
    let cursor = first["cursor"].as_str().expect("a cursor");
    assert!(cursor.len() < 2000, "a cursor carries no whole text: {}", cursor.len());
    let rest = data(&house, &ada, list, json!({ "o": "+config.text", "n": 1, "c": cursor })).await;
    assert_ne!(rest["project"]["runs"]["edges"][0]["node"]["name"], first["node"]["name"]);

    let announced = "mutation { createRunFiles(input: { entityName: \"ada\", projectName: \"digits\", runName: \"one\",
        files: [\"a.txt\"] }) { files { name } } }";
    data(&house, &ada, announced, Value::Null).await;
    let asked = "{ project(name: \"digits\", entityName: \"ada\") { run(name: \"one\") {
        files(names: [\"a.txt\", \"b.txt\"]) { edges { node { name updatedAt md5 } } } } } }";
    let asked = data(&house, &ada, asked, Value::Null).await;
    let edges = asked["project"]["run"]["files"]["edges"].as_array().expect("a list");
    assert_eq!(edges.len(), 2);
    assert!(edges.iter().all(|edge| edge["node"]["updatedAt"].is_null() && edge["node"]["md5"].is_null()), "{asked}");
}
