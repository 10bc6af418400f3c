//! The audit log as it is read: by person, action, thing and time, as lines of JSON, and in the vendor's shape.

use std::time::Duration;

use actix_web::http::Method;
use serde_json::{Value, json};
use tempfile::tempdir;

use crate::house::{Ask, House, settings};
use crate::lab::{Lab, names};

#[actix_web::test]
async fn records_are_found_by_person_action_thing_and_time() {
    let lab = Lab::open().await;
    lab.desk.clock.advance(Duration::from_secs(3600));
    assert_eq!(lab.delete("/teams/vision/members/cyd", &lab.bob).await.0, 204);
    let found = async |question: &str| {
        let (status, listed) = lab.get(&format!("/audit?{question}"), &lab.ada).await;
        assert_eq!(status, 200, "{listed}");
        listed
    };
    assert_eq!(names(&found("actor=bob&action=team").await, "action")[0], "team.remove_member");
    assert_eq!(names(&found("action=team.create").await, "object_name"), ["vision"]);
    assert_eq!(names(&found("object_kind=account&object_name=cyd").await, "action"), ["session.sign_in", "account.create"]);
    let late = found("from=2026-01-31T10:30:00Z").await;
    assert_eq!(names(&late, "action"), ["team.remove_member"]);
    assert_eq!((&late["items"][0]["entity"], &late["items"][0]["details"]["member"]), (&json!("vision"), &json!("cyd")));
    assert!(!names(&found("until=2026-01-31T10:30:00Z&limit=1000").await, "action").contains(&"team.remove_member"));
    let first = found("limit=2").await;
    let next = first["next_cursor"].as_str().expect("more");
    assert!(!names(&found(&format!("after={next}")).await, "action").contains(&"team.remove_member"));

    assert_eq!(lab.get("/audit", &lab.bob).await.0, 403);
    let (_, ours) = lab.get("/audit?team=vision", &lab.bob).await;
    assert!(names(&ours, "entity").iter().all(|entity| *entity == "vision"), "{ours}");
    assert_eq!(lab.get("/audit?team=vision", &lab.dan).await.0, 403);
    assert_eq!(lab.get("/audit?team=vision", &lab.eve).await.0, 404);
    assert_eq!(lab.get("/audit?from=yesterday", &lab.ada).await.0, 400);
}

#[actix_web::test]
async fn the_whole_log_comes_as_lines_and_in_the_vendors_shape() {
    let folder = tempdir().expect("a folder");
    let house = House::open(&settings(folder.path(), &[])).await;
    let ada = house.set_up().await;
    let bob = house.person(&ada, "bob").await;
    let get = async |path: &str, key: &str| house.send(Ask::new(Method::GET, path).key(key)).await;
    let lines = |text: String| -> Vec<Value> {
        text.lines().map(|line| serde_json::from_str(line).expect("a JSON object a line")).collect()
    };
    let ours = lines(get("/api/v1/audit.jsonl", &ada).await.text());
    let actions: Vec<_> = ours.iter().filter_map(|record| record["action"].as_str()).collect();
    assert_eq!(&actions[..3], ["organization.create", "account.create", "server.setup"]);
    assert_eq!(get("/api/v1/audit.jsonl", &bob).await.status, 403);

    assert_eq!(get("/admin/audit_logs", &bob).await.status, 403);
    let theirs = lines(get("/admin/audit_logs", &ada).await.text());
    assert_eq!(theirs.len(), ours.len());
    let login = theirs.iter().find(|record| record["action"] == "user:login").expect("somebody signed in");
    assert_eq!(login["actor_email"], json!("ada@runs.example"));
    let page = get("/admin/audit_logs?limit=2&anonymize=true&startDate=2026-01-31", &ada).await.json();
    assert_eq!((&page["count"], page["audit_logs"][1].get("actor_email")), (&json!(2), None));
    let cursor = page["next_cursor"].as_str().expect("more");
    let rest = get(&format!("/admin/audit_logs?limit=20000&cursor={cursor}"), &ada).await.json();
    assert_eq!(rest["count"], json!(ours.len() - 2));
    assert_eq!(get("/admin/audit_logs?endDate=2026-01-31", &ada).await.json()["count"], json!(0));
    assert_eq!(get("/admin/audit_logs?endDate=2026-01-31&numDays=1", &ada).await.status, 400);
}
