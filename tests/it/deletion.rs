//! Deleted projects and teams: who may, what is in the trash, what comes back, and what is freed.

use std::time::Duration;

use actix_web::http::Method;
use runstead::domain::purge;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::house::{Answer, Ask, House, settings};
use super::logger::Logger;

/// The team red: `lead` administers it, `author` and `member` are members; digits is a project of the author.
struct Team {
    house: House,
    boss: String,
    lead: String,
    author: String,
    member: String,
    _folder: TempDir,
}

impl Team {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let house = House::open(&settings(folder.path(), &[])).await;
        let boss = house.set_up().await;
        let (lead, author) = (house.person(&boss, "lead").await, house.person(&boss, "author").await);
        let member = house.person(&boss, "member").await;
        let team = Self { house, boss, lead, author, member, _folder: folder };
        team.must(Ask::post("/api/v1/teams", &json!({ "name": "red", "admin": "lead" })), &team.boss).await;
        for name in ["author", "member"] {
            let seat = json!({ "username": name, "role": "member" });
            team.must(Ask::post("/api/v1/teams/red/members", &seat), &team.boss).await;
        }
        team.begin("first", &team.author).await;
        team
    }
    async fn must(&self, ask: Ask, key: &str) -> Answer {
        let path = ask.path.clone();
        let answer = self.house.send(ask.key(key)).await;
        assert!(answer.status < 300 && answer.json()["errors"].is_null(), "{path} {} {}", answer.status, answer.text());
        answer
    }
    async fn begin(&self, name: &str, key: &str) -> Answer {
        let upsert = "mutation($i: UpsertBucketInput!) { upsertBucket(input: $i) { inserted } }";
        let input = json!({ "entityName": "red", "modelName": "digits", "name": name });
        self.house.send(Ask::graphql(upsert, &json!({ "i": input })).key(key)).await
    }
    async fn status(&self, method: Method, path: &str, key: &str) -> u16 {
        self.house.send(Ask::new(method, path).key(key)).await.status
    }
    async fn get(&self, path: &str, key: &str) -> Value {
        self.must(Ask::get(path), key).await.json()
    }
    async fn purge(&self) {
        let app = &self.house.app;
        for _ in 0..3 {
            purge::purge(&app.db, &app.history, app.clock.now()).await.expect("it runs");
        }
    }
}

const PROJECT: &str = "/api/v1/projects/red/digits";

#[actix_web::test]
async fn a_project_is_deleted_by_an_admin_or_by_its_maker_as_long_as_all_runs_are_theirs() {
    let team = Team::new().await;
    let held = team.get(&format!("{PROJECT}/deletion"), &team.author).await;
    assert_eq!(
        held,
        json!({ "projects": 1, "runs": 1, "running": 1, "locked": 0, "by_others": 0, "reports": 0, "reports_by_others": 0, "artifacts": 0, "bytes": 0, "days_in_trash": 7,
                "can_delete": true, "reason": null })
    );
    assert_eq!(team.status(Method::DELETE, PROJECT, &team.member).await, 403);
    team.begin("theirs", &team.member).await;
    let held = team.get(&format!("{PROJECT}/deletion"), &team.author).await;
    assert_eq!((&held["by_others"], &held["can_delete"]), (&json!(1), &json!(false)));
    assert!(held["reason"].as_str().is_some_and(|reason| reason.contains("all runs and reports in it are theirs")), "{held}");
    assert_eq!(team.status(Method::DELETE, PROJECT, &team.author).await, 403);

    let lock = json!({ "locked": true });
    team.must(Ask::new(Method::PATCH, format!("{PROJECT}/runs/first")).json(&lock), &team.author).await;
    assert_eq!(team.status(Method::DELETE, PROJECT, &team.lead).await, 409, "a run is locked");
    let unlock = json!({ "locked": false });
    team.must(Ask::new(Method::PATCH, format!("{PROJECT}/runs/first")).json(&unlock), &team.author).await;
    assert_eq!(team.status(Method::DELETE, PROJECT, &team.lead).await, 204);
    assert_eq!(team.status(Method::DELETE, PROJECT, &team.lead).await, 404);
}

#[actix_web::test]
async fn reports_of_others_keep_a_project_from_its_owner_as_their_runs_do() {
    let team = Team::new().await;
    let reports = format!("{PROJECT}/reports");
    let write = |kind: &str| Ask::post(&*reports, &json!({ "display_name": "Weekly", "spec": "{}", "kind": kind }));
    team.must(write("report"), &team.author).await;
    let counts = async || {
        let held = team.get(&format!("{PROJECT}/deletion"), &team.author).await;
        let whole = team.get("/api/v1/teams/red/deletion", &team.boss).await;
        [&held["reports"], &held["reports_by_others"], &held["can_delete"], &whole["reports"]].map(Clone::clone)
    };
    assert_eq!(counts().await, [json!(1), json!(0), json!(true), json!(1)]);
    // What is not published yet is work of theirs all the same.
    let theirs = team.must(write("draft"), &team.member).await.json();
    assert_eq!(counts().await, [json!(2), json!(1), json!(false), json!(2)]);
    let refused = team.house.send(Ask::new(Method::DELETE, PROJECT).key(&team.author)).await;
    assert!(refused.status == 403 && refused.text().contains("all runs and reports in it are theirs"), "{}", refused.text());
    let theirs = format!("/api/v1/reports/{}", theirs["id"].as_str().expect("an id"));
    assert_eq!(team.status(Method::DELETE, &theirs, &team.member).await, 204);
    assert_eq!(counts().await, [json!(1), json!(0), json!(true), json!(1)]);
    assert_eq!(team.status(Method::DELETE, PROJECT, &team.author).await, 204);
    assert_eq!(team.status(Method::POST, "/api/v1/trash/red/digits/restore", &team.author).await, 200);
    let log = team.get("/api/v1/audit?action=project.delete", &team.boss).await;
    assert_eq!(log["items"][0]["details"], json!({ "runs": 1, "reports": 1 }), "{log}");
}

#[actix_web::test]
async fn a_deleted_project_is_in_the_trash_alone_and_comes_back_as_it_was() {
    let team = Team::new().await;
    let before = team.get(PROJECT, &team.author).await;
    assert_eq!(team.status(Method::DELETE, PROJECT, &team.author).await, 204);
    for path in [PROJECT.to_owned(), format!("{PROJECT}/runs"), format!("{PROJECT}/runs/first")] {
        assert_eq!(team.status(Method::GET, &path, &team.lead).await, 404, "{path}");
    }
    assert_eq!(team.get("/api/v1/projects/red", &team.lead).await["items"], json!([]));
    let streamed = team.house.send(Ask::post("/files/red/digits/first/file_stream", &json!({})).key(&team.author)).await;
    assert_eq!(streamed.status, 404);
    let again = team.begin("second", &team.author).await;
    assert!(again.status == 400 && again.text().contains("trash"), "{}", again.text());

    assert_eq!(team.get("/api/v1/trash/red", &team.member).await["items"], json!([]), "who may not restore it");
    let listed = team.get("/api/v1/trash/red", &team.author).await["items"].clone();
    assert_eq!((&listed[0]["name"], &listed[0]["deleted_by"]), (&json!("digits"), &json!("author")));
    assert_eq!((&listed[0]["expires_at"], &listed[0]["can_purge"]), (&json!("2026-02-07T10:00:00.000000Z"), &json!(false)));
    assert_eq!(team.status(Method::POST, "/api/v1/trash/red/digits/restore", &team.member).await, 404);
    assert_eq!(team.status(Method::DELETE, "/api/v1/trash/red/digits", &team.author).await, 403);
    assert_eq!(team.status(Method::POST, "/api/v1/trash/red/digits/restore", &team.author).await, 200);
    assert_eq!(team.get(PROJECT, &team.author).await, before);
    assert_eq!(team.get("/api/v1/trash/red", &team.lead).await["items"], json!([]));
}

#[actix_web::test]
async fn a_project_goes_for_good_with_its_runs_and_artifacts_and_frees_its_name() {
    let team = Team::new().await;
    let logger = Logger { house: &team.house, key: &team.author, entity: "red", project: "digits" };
    let version = logger.log_by(Some("first"), "data", &[("a.txt", b"text")]).await;
    assert_eq!(team.status(Method::DELETE, PROJECT, &team.author).await, 204);
    team.house.app.clock.advance(Duration::from_secs(7 * 86_400 - 1));
    team.purge().await;
    assert_eq!(team.get("/api/v1/trash/red", &team.author).await["items"].as_array().map(Vec::len), Some(1));
    team.house.app.clock.advance(Duration::from_secs(1));
    team.purge().await;
    assert_eq!(team.status(Method::POST, "/api/v1/trash/red/digits/restore", &team.author).await, 404);
    let gone = team.begin("first", &team.member).await;
    assert_eq!(gone.json()["data"]["upsertBucket"]["inserted"], true, "{}", gone.text());
    let seen = "query($id: ID!) { artifact(id: $id) { state } }";
    let seen = team.must(Ask::graphql(seen, &json!({ "id": version })), &team.boss).await.json();
    assert_ne!(seen["data"]["artifact"]["state"], "COMMITTED", "{seen}");
    assert_eq!(team.get(PROJECT, &team.author).await["created_by"], "member");
}

#[actix_web::test]
async fn a_team_goes_for_good_with_all_it_holds_and_frees_its_name() {
    let team = Team::new().await;
    let logger = Logger { house: &team.house, key: &team.author, entity: "red", project: "digits" };
    logger.log_by(Some("first"), "data", &[("a.txt", b"text")]).await;
    let held = team.get("/api/v1/teams/red/deletion", &team.lead).await;
    assert_eq!((&held["projects"], &held["runs"], &held["can_delete"]), (&json!(1), &json!(1), &json!(false)));
    assert_eq!((&held["artifacts"], held["bytes"].as_i64().is_some_and(|bytes| bytes > 4)), (&json!(1), true), "{held}");
    assert_eq!(team.get("/api/v1/teams/red/deletion", &team.boss).await["can_delete"], true);
    // A locked run keeps the whole team.
    let lock = |locked: bool| Ask::new(Method::PATCH, format!("{PROJECT}/runs/first")).json(&json!({ "locked": locked }));
    team.must(lock(true), &team.author).await;
    assert_eq!(team.get("/api/v1/teams/red/deletion", &team.boss).await["locked"], 1);
    let refused = team.house.send(Ask::new(Method::DELETE, "/api/v1/teams/red").key(&team.boss)).await;
    assert!(refused.status == 409 && refused.text().contains("locked against deletion"), "{}", refused.text());
    team.must(lock(false), &team.author).await;
    assert_eq!(team.status(Method::DELETE, "/api/v1/teams/red", &team.boss).await, 204);
    assert_eq!(team.status(Method::GET, &format!("{PROJECT}/runs/first"), &team.author).await, 404);
    let deleted = team.get("/api/v1/organizations/runstead/teams?deleted=true", &team.boss).await;
    assert_eq!(deleted["items"][0]["expires_at"], "2026-02-07T10:00:00.000000Z");
    assert_eq!(team.status(Method::POST, "/api/v1/teams/red/purge", &team.lead).await, 404);
    team.must(Ask::post("/api/v1/teams", &json!({ "name": "blue" })), &team.boss).await;
    let taken = team.house.send(Ask::post("/api/v1/teams", &json!({ "name": "red" })).key(&team.boss)).await;
    assert_eq!(taken.status, 409);
    assert_eq!(team.status(Method::POST, "/api/v1/teams/red/purge", &team.boss).await, 204);
    team.purge().await;
    assert_eq!(team.status(Method::POST, "/api/v1/teams/red/restore", &team.boss).await, 404);
    team.must(Ask::post("/api/v1/teams", &json!({ "name": "red" })), &team.boss).await;
    assert_eq!(team.get("/api/v1/projects/red", &team.boss).await["items"], json!([]));
    assert_eq!(team.status(Method::GET, "/api/v1/teams/red/members", &team.lead).await, 403, "a new team without its people");
}
