//! Runs through the management API.

use actix_web::http::Method;
use serde_json::{Value, json};

use super::house::{Answer, Ask, House, settings};

const RUNS: &str = "/api/v1/projects/ada/digits/runs";

async fn send(house: &House, key: &str, method: Method, path: &str, body: Option<Value>) -> Answer {
    let ask = Ask::new(method, path).key(key);
    house.send(if let Some(body) = body { ask.json(&body) } else { ask }).await
}

#[actix_web::test]
async fn runs_are_listed_changed_stopped_and_deleted_by_scripts() {
    let folder = tempfile::tempdir().expect("a folder");
    let house = House::open(&settings(folder.path(), &[])).await;
    let ada = house.set_up().await;
    let upsert = "mutation($i: UpsertBucketInput!) { upsertBucket(input: $i) { inserted } }";
    for (name, lr, loss) in [("a", 1, "0.5"), ("b", 2, "NaN"), ("c", 3, "0.25")] {
        let (config, summary) =
            (format!(r#"{{"lr":{{"value":{lr}}},"_wandb":{{"value":{{}}}}}}"#), format!(r#"{{"loss":{loss}}}"#));
        let input =
            json!({ "entityName": "ada", "modelName": "digits", "name": name, "config": config, "summaryMetrics": summary });
        assert_eq!(house.send(Ask::graphql(upsert, &json!({ "i": input })).key(&ada)).await.status, 200);
    }
    let get = async |path: &str| send(&house, &ada, Method::GET, path, None).await;
    let names =
        |page: &Value| page["items"].as_array().expect("a list").iter().map(|run| run["name"].clone()).collect::<Value>();

    let filtered = get(&format!("{RUNS}?filter=%7B%22config.lr%22:%7B%22$gt%22:1%7D%7D&order=%2Bconfig.lr")).await.json();
    assert_eq!(names(&filtered), json!(["b", "c"]));
    assert_eq!((&filtered["items"][0]["config"], &filtered["items"][0]["summary"]), (&json!({"lr":2}), &json!({"loss":"NaN"})));
    let first = get(&format!("{RUNS}?limit=2&order=%2Bcreated_at")).await.json();
    let rest =
        get(&format!("{RUNS}?order=%2Bcreated_at&after={}", first["next_cursor"].as_str().expect("a cursor"))).await.json();
    assert_eq!((names(&first), names(&rest), &rest["next_cursor"]), (json!(["a", "b"]), json!(["c"]), &Value::Null));
    for (query, word) in [("filter=%7B", "filter"), ("limit=0", "limit"), ("nothing=1", "nothing"), ("order=%2B", "order")] {
        let refused = get(&format!("{RUNS}?{query}")).await;
        assert!(refused.status == 400 && refused.text().contains(word), "{query}: {}", refused.text());
    }

    let patch =
        json!({ "display_name": "best", "notes": "n", "tags": ["x"], "config": { "lr": null, "opt": { "name": "adam" } } });
    let changed = send(&house, &ada, Method::PATCH, &format!("{RUNS}/a"), Some(patch)).await.json();
    assert_eq!((&changed["display_name"], &changed["tags"], &changed["group"]), (&json!("best"), &json!(["x"]), &Value::Null));
    assert_eq!(changed["config"], json!({ "opt": { "name": "adam" } }));
    assert_eq!(get(&format!("{RUNS}/a")).await.json(), changed);
    assert_eq!(send(&house, &ada, Method::PATCH, &format!("{RUNS}/a"), Some(json!({ "state": "x" }))).await.status, 400);
    let audit = get("/api/v1/audit?action=run.update").await.json();
    assert_eq!(audit["items"][0]["details"], json!({ "changed": ["display_name","notes","tags","config"] }), "{audit}");

    assert_eq!(send(&house, &ada, Method::POST, &format!("{RUNS}/a/stop"), None).await.json(), json!({ "stopping": true }));
    let lock = async |locked: bool| {
        send(&house, &ada, Method::PATCH, &format!("{RUNS}/a"), Some(json!({ "locked": locked }))).await.json()["locked"]
            .clone()
    };
    assert_eq!(lock(true).await, true);
    let refused = send(&house, &ada, Method::DELETE, &format!("{RUNS}/a"), None).await;
    assert!(refused.status == 409 && refused.text().contains("unlock"), "{}", refused.text());
    assert_eq!(lock(false).await, false);
    assert_eq!(send(&house, &ada, Method::DELETE, &format!("{RUNS}/a"), None).await.status, 204);
    assert_eq!((get(&format!("{RUNS}/a")).await.status, names(&get(RUNS).await.json())), (404, json!(["c", "b"])));
}

#[actix_web::test]
async fn a_table_of_runs_has_groups_values_and_fields() {
    let folder = tempfile::tempdir().expect("a folder");
    let house = House::open(&settings(folder.path(), &[])).await;
    let ada = house.set_up().await;
    let upsert = "mutation($i: UpsertBucketInput!) { upsertBucket(input: $i) { inserted } }";
    let runs = [
        ("a", r#"{"opt":{"value":"adam"},"lr":{"value":1}}"#, r#"{"loss":1,"best":true}"#, json!(["x", "y"])),
        ("b", r#"{"opt":{"value":"adam"},"lr":{"value":2}}"#, r#"{"loss":3,"val":{"loss":"high"}}"#, json!(["x"])),
        ("c", r#"{"opt":{"value":"sgd"},"lr":{"value":2}}"#, r#"{"loss":NaN}"#, json!([])),
        ("d", "{}", r#"{"loss":4}"#, json!(["y", "x"])),
    ];
    for (name, config, summary, tags) in runs {
        let input = json!({ "entityName": "ada", "modelName": "digits", "name": name, "config": config,
            "summaryMetrics": summary, "tags": tags });
        assert_eq!(house.send(Ask::graphql(upsert, &json!({ "i": input })).key(&ada)).await.status, 200);
    }
    let get = async |path: &str| send(&house, &ada, Method::GET, &format!("/api/v1/projects/ada/digits/{path}"), None).await;

    let page = get("run-groups?by=config.opt&aggregate=summary_metrics.loss&limit=1").await.json();
    let adam = json!({ "values": ["adam"], "runs": 2, "aggregates": [
        { "field": "summary_metrics.loss", "count": 2, "mean": 2.0, "min": 1.0, "max": 3.0, "deviation": 1.0 }] });
    assert_eq!(page["items"], json!([adam]));
    let after = page["next_cursor"].as_str().expect("there are more");
    let rest = get(&format!("run-groups?by=config.opt&after={after}")).await.json();
    let counted = |page: &Value| {
        page["items"].as_array().expect("a list").iter().map(|one| json!([one["values"], one["runs"]])).collect::<Value>()
    };
    assert_eq!((counted(&rest), &rest["next_cursor"]), (json!([[["sgd"], 1], [[null], 1]]), &Value::Null));
    let some = get("run-groups?by=state,config.lr&filter=%7B%22config.lr%22:%7B%22$gt%22:1%7D%7D").await.json();
    assert_eq!(counted(&some), json!([[["running", 2.0], 2]]));

    let facets = get("run-facets?fields=tags,config.lr,state").await.json();
    let values = |at: usize| facets["items"][at]["values"].clone();
    assert_eq!(values(0), json!([{ "value": "x", "runs": 3 }, { "value": "y", "runs": 2 }]));
    assert_eq!(values(1), json!([{ "value": 2.0, "runs": 2 }, { "value": null, "runs": 1 }, { "value": 1.0, "runs": 1 }]));
    assert_eq!(facets["items"][1]["numbers"]["max"], 2.0);
    assert_eq!(values(2), json!([{ "value": "running", "runs": 4 }]));

    let names =
        |found: &Value| found["items"].as_array().expect("a list").iter().map(|one| one["name"].clone()).collect::<Value>();
    assert_eq!(names(&get("run-fields?query=LOSS").await.json()), json!(["summary_metrics.loss", "summary_metrics.val.loss"]));
    let all = ["config.lr", "config.opt", "summary_metrics.best", "summary_metrics.loss", "summary_metrics.val.loss"];
    assert_eq!(names(&get("run-fields").await.json()), json!(all));

    for (path, word) in [
        ("run-groups?by=tags", "several"),
        ("run-groups", "by"),
        ("run-facets?fields=created_at", "moment"),
        ("run-facets?fields=", "1 to 20"),
        ("run-groups?by=state&after=x", "cursor"),
    ] {
        let refused = get(path).await;
        assert!(refused.status == 400 && refused.text().contains(word), "{path}: {}", refused.text());
    }
}
