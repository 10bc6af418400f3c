//! Deleted runs: where they are until they go for good, and what comes back.

use std::time::Duration;

use actix_web::http::Method;
use runstead::domain::purge;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::house::{Answer, Ask, House, settings};

const TRASH: &str = "/api/v1/projects/red/digits/trash";
const RUN: &str =
    "query { project(name: \"digits\", entityName: \"red\") { runCount run(name: \"first\") { id tags config historyLineCount
    history(minStep: 0, maxStep: 10) files { edges { node { name } } } } } }";

/// A team with a run of `author`, who is a member as `member` is; `boss` administers it.
struct Team {
    house: House,
    boss: String,
    author: String,
    member: String,
    _folder: TempDir,
}

impl Team {
    async fn new(more: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let house = House::open(&settings(folder.path(), more)).await;
        let boss = house.set_up().await;
        let (author, member) = (house.person(&boss, "author").await, house.person(&boss, "member").await);
        let team = Self { house, boss, author, member, _folder: folder };
        team.must(Ask::post("/api/v1/teams", &json!({ "name": "red" })), &team.boss).await;
        for name in ["author", "member"] {
            let seat = json!({ "username": name, "role": "member" });
            team.must(Ask::post("/api/v1/teams/red/members", &seat), &team.boss).await;
        }
        assert_eq!(team.begin().await.status, 200);
        let rows = json!({ "files": { "wandb-history.jsonl": { "offset": 0, "content": ["{\"_step\":0,\"loss\":1}"] } } });
        team.must(Ask::post("/files/red/digits/first/file_stream", &rows), &team.author).await;
        team
    }

    async fn must(&self, ask: Ask, key: &str) -> Answer {
        let answer = self.house.send(ask.key(key)).await;
        assert!(answer.status < 300 && answer.json()["errors"].is_null(), "{} {}", answer.status, answer.text());
        answer
    }
    async fn status(&self, method: Method, path: &str, key: &str) -> u16 {
        self.house.send(Ask::new(method, path).key(key)).await.status
    }
    /// Begins the run `first`.
    async fn begin(&self) -> Answer {
        let input = json!({
            "entityName": "red", "modelName": "digits", "name": "first", "tags": ["kept"], "config": "{\"lr\":{\"value\":1}}",
        });
        let upsert = "mutation($i: UpsertBucketInput!) { upsertBucket(input: $i) { inserted } }";
        self.house.send(Ask::graphql(upsert, &json!({ "i": input })).key(&self.author)).await
    }
    async fn run(&self) -> Value {
        self.must(Ask::graphql(RUN, &Value::Null), &self.boss).await.json()["data"]["project"].clone()
    }
    async fn delete(&self) {
        let id = self.run().await["run"]["id"].clone();
        let delete = "mutation($id: ID!) { deleteRun(input: { id: $id }) { clientMutationId } }";
        self.must(Ask::graphql(delete, &json!({ "id": id })), &self.author).await;
    }
    async fn trash(&self, key: &str) -> Value {
        self.must(Ask::get(TRASH), key).await.json()["items"].clone()
    }
    async fn purge(&self) -> usize {
        let app = &self.house.app;
        purge::purge(&app.db, &app.history, app.clock.now()).await.expect("it runs")
    }
}

#[actix_web::test]
async fn a_deleted_run_is_in_the_trash_alone_and_comes_back_as_it_was() {
    let team = Team::new(&[]).await;
    let before = team.run().await;
    team.delete().await;
    assert_eq!(team.run().await, json!({ "runCount": 0, "run": null }));
    assert_eq!(team.status(Method::GET, "/files/red/digits/first/a.txt", &team.author).await, 404);
    let streamed = team.house.send(Ask::post("/files/red/digits/first/file_stream", &json!({})).key(&team.author)).await;
    assert_eq!(streamed.status, 404);
    let [item] = team.trash(&team.member).await.as_array().expect("a list").clone().try_into().expect("one run");
    assert_eq!((&item["name"], &item["deleted_by"]), (&json!("first"), &json!("author")));
    assert_eq!(
        (&item["deleted_at"], &item["expires_at"]),
        (&json!("2026-01-31T10:00:00.000000Z"), &json!("2026-02-07T10:00:00.000000Z"))
    );
    assert_eq!((&item["can_restore"], &item["can_purge"]), (&json!(false), &json!(false)), "a member, of another's run");

    let again = team.begin().await;
    assert!(again.status == 400 && again.text().contains("trash"), "{}", again.text());
    assert_eq!(team.status(Method::POST, &format!("{TRASH}/first/restore"), &team.member).await, 403);
    assert_eq!(team.status(Method::POST, &format!("{TRASH}/none/restore"), &team.author).await, 404);
    assert_eq!(team.status(Method::POST, &format!("{TRASH}/first/restore"), &team.author).await, 204);
    assert_eq!(team.run().await, before);
    assert_eq!(team.trash(&team.boss).await, json!([]));
}

#[actix_web::test]
async fn a_run_goes_for_good_when_its_time_is_over_and_frees_its_name() {
    let team = Team::new(&[]).await;
    team.delete().await;
    team.house.app.clock.advance(Duration::from_secs(7 * 86_400 - 1));
    assert_eq!(team.purge().await, 0);
    team.house.app.clock.advance(Duration::from_secs(1));
    assert_eq!(team.purge().await, 1);
    assert_eq!((team.purge().await, team.trash(&team.boss).await), (0, json!([])));
    assert_eq!(team.begin().await.json()["data"]["upsertBucket"]["inserted"], true, "its name is free");
    assert_eq!(team.run().await["run"]["historyLineCount"], 0);
}

#[actix_web::test]
async fn an_administrator_lets_a_run_go_at_once() {
    let team = Team::new(&[]).await;
    team.delete().await;
    let path = format!("{TRASH}/first");
    assert_eq!(team.status(Method::DELETE, &path, &team.author).await, 403, "who made it may restore it, not more");
    assert_eq!((team.purge().await, team.status(Method::DELETE, &path, &team.boss).await), (0, 204));
    assert_eq!((team.purge().await, team.trash(&team.boss).await), (1, json!([])));
}

#[actix_web::test]
async fn a_server_without_a_trash_frees_at_once() {
    let team = Team::new(&[("runs.trash_days", "0")]).await;
    team.delete().await;
    assert_eq!(team.purge().await, 1);
}

#[actix_web::test]
async fn a_run_that_is_being_freed_cannot_be_restored_any_more() {
    let team = Team::new(&[]).await;
    team.delete().await;
    assert_eq!(team.status(Method::DELETE, &format!("{TRASH}/first"), &team.boss).await, 204);
    // What it streamed cannot go yet.
    let (go_on, waits) = std::sync::mpsc::channel::<()>();
    let waits = std::sync::Mutex::new(waits);
    let held_up = team.house.app.history.write(move |_| {
        let _ = waits.lock().expect("one holder").recv();
        Ok(())
    });
    let meanwhile = async {
        for _ in 0..200 {
            if team.trash(&team.boss).await == json!([]) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let restored = team.status(Method::POST, &format!("{TRASH}/first/restore"), &team.author).await;
        let begun = team.begin().await;
        go_on.send(()).expect("the writer waits");
        (restored, begun.text())
    };
    let (held_up, count, (restored, begun)) = tokio::join!(held_up, team.purge(), meanwhile);
    held_up.expect("it ends");
    assert_eq!((restored, count), (404, 1));
    assert!(begun.contains("deleted"), "its name is taken as long: {begun}");
    assert_eq!(team.begin().await.json()["data"]["upsertBucket"]["inserted"], true);
}
