//! That admins of an organization saw what a team holds is in the audit log, by whatever door they came; and so is what is taken out
//! as a whole.

use std::time::Duration;

use actix_web::http::Method;
use serde_json::{Value, json};

use super::house::{Answer, Ask, House, URL, settings};
use super::logger::Logger;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// The team red of the member bob, who has a run with an artifact in red/digits; orga administers the organization and nothing else.
struct Site {
    house: House,
    _folder: tempfile::TempDir,
    ada: String,
    bob: String,
    orga: String,
    version: String,
}

impl Site {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let house = House::open(&settings(folder.path(), &[])).await;
        let ada = house.set_up().await;
        let [bob, orga] = [house.person(&ada, "bob").await, house.person(&ada, "orga").await];
        let mut site = Self { house, _folder: folder, ada, bob, orga, version: String::new() };
        site.must(Ask::post("/api/v1/teams", &json!({ "name": "red", "admin": "bob" })), &site.ada).await;
        let admin = Ask::new(Method::PUT, "/api/v1/organizations/runstead/members/orga").json(&json!({ "role": "admin" }));
        site.must(admin, &site.ada).await;
        let upsert = "mutation($i: UpsertBucketInput!) { upsertBucket(input: $i) { inserted } }";
        let run = json!({ "entityName": "red", "modelName": "digits", "name": "first", "summaryMetrics": "{\"loss\":1}" });
        site.must(Ask::graphql(upsert, &json!({ "i": run })), &site.bob).await;
        let rows = json!({ "files": { "wandb-history.jsonl": { "offset": 0, "content": ["{\"_step\":0,\"loss\":1}"] } } });
        site.must(Ask::post("/files/red/digits/first/file_stream", &rows), &site.bob).await;
        let logger = Logger { house: &site.house, key: &site.bob, entity: "red", project: "digits" };
        site.version = logger.log_by(Some("first"), "model", &[("weights", b"\x00\x01")]).await;
        site
    }

    async fn must(&self, ask: Ask, key: &str) -> Answer {
        let (path, answer) = (ask.path.clone(), self.house.send(ask.key(key)).await);
        assert!(
            answer.status < 300 && answer.text().find("\"errors\"").is_none(),
            "{path}: {} {}",
            answer.status,
            answer.text()
        );
        answer
    }

    /// The newest entries of this kind: of each who did it and to what.
    async fn entries(&self, action: &str) -> Vec<(Value, Value)> {
        let log = self.must(Ask::get(format!("/api/v1/audit?action={action}")), &self.ada).await.json();
        let items = log["items"].as_array().expect("a list").clone();
        items.into_iter().map(|item| (item["actor"].clone(), item["object_name"].clone())).collect()
    }
}

#[actix_web::test]
async fn an_admin_of_the_organization_who_looks_into_a_team_is_recorded_once_a_day_by_whatever_door() {
    let site = Site::new().await;
    let query = |text: &str| Ask::graphql(text, &Value::Null);
    let link = format!("{{ artifact(id: \"{}\") {{ archiveUrl }} }}", site.version);
    let doors = [
        Ask::get("/api/v1/projects/red"),
        Ask::get("/api/v1/projects/red/digits"),
        Ask::get("/api/v1/projects/red/digits/runs/first"),
        Ask::get("/api/v1/projects/red/digits/runs/first/archive.zip"),
        query("{ project(entityName: \"red\", name: \"digits\") { runs { edges { node { name } } } } }"),
        query("{ models(entityName: \"red\") { edges { node { name } } } }"),
        query(&link),
        Ask::post(
            "/api/v1/metrics",
            &json!({ "entity": "red", "project": "digits", "keys": ["loss"], "runs": [{ "name": "first" }] }),
        ),
    ];
    let mut known = 0;
    for door in doors {
        let path = format!("{} {}", door.path, String::from_utf8_lossy(&door.body));
        site.house.app.clock.advance(DAY);
        for _ in 0..2 {
            let answer = site.house.send(door.clone().key(&site.orga)).await;
            assert!(answer.status == 200, "{path}: {} {}", answer.status, answer.text());
        }
        // Who has a seat leaves none.
        site.house.send(door.key(&site.bob)).await;
        let entries = site.entries("team.enter").await;
        known += 1;
        assert_eq!(entries.len(), known, "{path}: {entries:?}");
        assert_eq!(entries[0], (json!("orga"), json!("red")), "{path}");
    }
    // Those of the team read it.
    let theirs = site.must(Ask::get("/api/v1/audit?team=red&action=team.enter"), &site.bob).await.json();
    assert_eq!(theirs["items"][0]["details"], json!({ "office": "admin of the organization" }), "{theirs}");
}

#[actix_web::test]
async fn what_an_office_is_for_and_what_everybody_sees_is_no_entry() {
    let site = Site::new().await;
    for path in ["/api/v1/teams/red", "/api/v1/teams/red/members", "/api/v1/audit?team=red", "/api/v1/teams/red/members/bob"] {
        let answer = site.house.send(Ask::get(path).key(&site.orga)).await;
        assert!(answer.status == 200, "{path}: {} {}", answer.status, answer.text());
    }
    let open = Ask::new(Method::PATCH, "/api/v1/projects/red/digits").json(&json!({ "visibility": "public" }));
    site.must(open, &site.bob).await;
    site.must(Ask::get("/api/v1/projects/red/digits/runs/first"), &site.orga).await;
    // A decision about somebody is not theirs.
    let why = "/api/v1/permissions/explain?action=read&target=project/red/digits&user=orga";
    site.must(Ask::get(why), &site.ada).await;
    assert_eq!(site.entries("team.enter").await.iter().filter(|(actor, _)| *actor == json!("orga")).count(), 0);
    // A seat that they give themselves is told as such, and then they look as its holder.
    site.must(Ask::new(Method::PUT, "/api/v1/teams/red/members/orga").json(&json!({ "role": "member" })), &site.orga).await;
    let closed = Ask::new(Method::PATCH, "/api/v1/projects/red/digits").json(&json!({ "visibility": "team" }));
    site.must(closed, &site.bob).await;
    site.must(Ask::get("/api/v1/projects/red/digits/runs/first"), &site.orga).await;
    assert_eq!(site.entries("team.enter").await.iter().filter(|(actor, _)| *actor == json!("orga")).count(), 0);
}

#[actix_web::test]
async fn what_is_taken_out_as_a_whole_is_recorded() {
    let site = Site::new().await;
    site.must(Ask::get("/api/v1/projects/red/digits/runs/first/archive.zip"), &site.bob).await;
    assert_eq!(site.entries("run.download").await, [(json!("bob"), json!("first"))]);
    let link = format!("{{ artifact(id: \"{}\") {{ archiveUrl }} }}", site.version);
    let link = site.must(Ask::graphql(&link, &Value::Null), &site.bob).await.json();
    let link = link["data"]["artifact"]["archiveUrl"].as_str().expect("a link").replace(URL, "");
    site.must(Ask::get(link.clone()), &site.bob).await;
    // A link serves whoever has it; then nobody can be named.
    assert_eq!(site.house.send(Ask::get(link)).await.status, 200);
    assert_eq!(site.entries("artifact.download").await, [(Value::Null, json!("model:v0")), (json!("bob"), json!("model:v0"))]);
}
