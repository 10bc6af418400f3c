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
