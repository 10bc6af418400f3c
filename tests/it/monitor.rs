//! What the server counts of itself, and who may read it.

use serde_json::json;

use super::house::{Ask, House, settings};

const TOKEN: &str = "a-token-of-the-collector";

#[actix_web::test]
async fn the_collectors_token_or_an_administrator_reads_the_counters() {
    let folder = tempfile::tempdir().expect("a folder");
    let house = House::open(&settings(folder.path(), &[("metrics.token_file", &token_file(folder.path()))])).await;
    let ada = house.set_up().await;
    let bob = house.person(&ada, "bob").await;
    for (key, status) in [("", 401), ("not-the-token-of-the-collector", 401), (bob.as_str(), 403), (&ada, 200), (TOKEN, 200)] {
        let answer = house.send(Ask::get("/metrics").key(key)).await;
        assert_eq!(answer.status, status, "{key}: {}", answer.text());
    }
    let with_settings = house.send(Ask::get("/api/v1/keys").key(TOKEN)).await;
    assert_eq!(with_settings.status, 401, "the token opens this door alone");
}

#[actix_web::test]
async fn requests_are_counted_by_route_and_never_by_what_callers_invent() {
    let folder = tempfile::tempdir().expect("a folder");
    let house = House::open(&settings(folder.path(), &[])).await;
    let ada = house.set_up().await;
    for path in ["/api/v1/keys", "/api/v1/keys", "/files/a/b/c/d", "/invented/by/a/caller"] {
        house.send(Ask::get(path).key(&ada)).await;
    }
    let text = house.send(Ask::get("/metrics").key(&ada)).await.text();
    for line in [
        r#"runstead_http_requests_total{method="GET",route="/api/v1/keys",status="200"} 2"#,
        r#"runstead_http_requests_total{method="GET",route="/files/{entity}/{project}/{run}/{name:.+}",status="404"} 1"#,
        r#"runstead_http_requests_total{method="GET",route="other",status="404"} 1"#,
        r#"runstead_http_request_duration_seconds_count{route="/api/v1/keys"} 3"#,
        "runstead_stream_received_bytes_total 0",
    ] {
        assert!(text.contains(line), "{line} in\n{text}");
    }
    let size = text.lines().find_map(|line| line.strip_prefix(r#"runstead_database_size_bytes{database="runstead"} "#));
    assert!(size.and_then(|size| size.parse::<u64>().ok()).is_some_and(|size| size > 10_000), "{text}");
    assert!(!text.contains("invented"), "{text}");
}

fn token_file(folder: &std::path::Path) -> String {
    let path = folder.join("token");
    std::fs::write(&path, format!("{TOKEN}\n")).expect("the folder can be written");
    path.display().to_string()
}

#[actix_web::test]
async fn what_runs_stream_who_is_refused_and_how_stores_are_is_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    let house = House::open(&settings(folder.path(), &[])).await;
    let ada = house.set_up().await;
    let made = r#"mutation { upsertBucket(input: { entityName: "ada", modelName: "p", name: "r" }) { inserted } }"#;
    assert_eq!(house.send(Ask::graphql(made, &json!({})).key(&ada)).await.status, 200);
    house.send(Ask::graphql("query { inventedByACaller }", &json!({})).key(&ada)).await;
    let rows = [r#"{"_step":0,"loss":1,"nested":{"a":2}}"#, r#"{"_step":1,"loss":1}"#];
    let body = json!({ "files": { "wandb-history.jsonl": { "offset": 0, "content": rows } } });
    assert_eq!(house.send(Ask::post("/files/ada/p/r/file_stream", &body).key(&ada)).await.status, 200);
    let wrong = json!({ "username": "ada", "password": "not the password" });
    assert_eq!(house.send(Ask::post("/api/v1/session", &wrong)).await.status, 401);
    house.app.measure_storage().await.expect("it measures");
    let text = house.send(Ask::get("/metrics").key(&ada)).await.text();
    let value = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("{name} in\n{text}")).parse::<f64>().expect("a number")
    };
    assert_eq!(value(r#"runstead_stream_rows_total{stream="history"}"#), 2.0);
    assert_eq!(value("runstead_stream_points_total"), 5.0, "two steps, two losses, one nested value");
    assert_eq!(value(r#"runstead_sign_ins_total{result="refused"}"#), 1.0);
    assert_eq!(value(r#"runstead_graphql_duration_seconds_count{operation="Mutation.upsertBucket"}"#), 1.0);
    assert!(!text.contains("inventedByACaller"), "{text}");
    assert!(value(r#"runstead_storage_bytes{entity="ada",kind="history"}"#) > 10.0);
    assert!(value("runstead_disk_free_bytes") > 1e6 && value("runstead_disk_level") <= 1.0);
    assert_eq!(
        (value("runstead_backup_age_seconds"), value(r#"runstead_database_write_queue{database="history"}"#)),
        (-1.0, 0.0)
    );
}
