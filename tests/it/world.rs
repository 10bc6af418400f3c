//! A server with one of everything, for tests that go through all doors.

use std::path::Path;

use actix_web::http::Method;
use runstead::domain::files;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::house::{Ask, House, URL, report_link, secret, settings};
use super::logger::{Logger, digest, manifest};

/// A data directory with a team, its people and a run, that every knock gets a copy of.
pub struct World {
    folder: TempDir,
    /// One a role; nobody's is empty, view-only people have a browser instead, and the holder of a link has that.
    pub keys: Vec<String>,
    pub names: Names,
}

/// What the questions speak of.
#[derive(Default)]
pub struct Names {
    pub run: String,
    pub file: String,
    pub upload: String,
    pub download: String,
    pub history: String,
    pub probe: String,
    /// A version, a draft with a file to send, and their links.
    pub artifacts: ArtifactNames,
    /// A key of the stranger, as REST and as GraphQL name it.
    pub key_id: i64,
    pub key: String,
    /// The member, as GraphQL names them.
    pub member: String,
    /// The team, and a registry of its organization, as GraphQL names them.
    pub team: String,
    pub registry: String,
    /// The number of the stranger's invitation into the team.
    pub asked: i64,
    /// The number of a move of a run of the author to their own space.
    pub moved: i64,
    /// The numbers of an export of the author's that waits, and of an import; and the bundle that came in.
    pub exported: i64,
    pub imported: i64,
    pub bundle: Vec<u8>,
    /// The numbers of an alert of the project and of a webhook of the team.
    pub alert: i64,
    pub webhook: i64,
    pub reports: ReportNames,
}

/// The author's reports.
#[derive(Default)]
pub struct ReportNames {
    /// A published one, the author's draft of it, and one in the trash.
    pub published: String,
    pub draft: String,
    pub deleted: String,
    /// What its author said about the published one.
    pub thread: i64,
    pub comment: i64,
    /// A link to the published one.
    pub link: i64,
    pub token: String,
}

/// The author's artifacts.
#[derive(Default)]
pub struct ArtifactNames {
    pub version: String,
    pub draft: String,
    /// A version of which everything has arrived.
    pub complete: String,
    pub manifest: String,
    pub collection: String,
    pub portfolio: String,
    pub upload: String,
    pub upload_part: String,
    pub upload_id: String,
    pub upload_manifest: String,
    pub download: String,
    pub listing: String,
    pub archive: String,
}

/// Webhooks may be on this machine.
const HOOKS: [(&str, &str); 1] = [("alerts.webhook_hosts", "127.0.0.1")];

const FIND: &str = "query { project(name: \"digits\", entityName: \"red\") {
    run(name: \"first\") { id files(first: 1) { edges { node { id directUrl } } } } } }";
const FILES: &str = "mutation($input: RunFilesInput!) { createRunFiles(input: $input) { files { uploadUrl } } }";

impl World {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let house = House::open(&settings(folder.path(), &HOOKS)).await;
        let ada = house.set_up().await;
        let mut keys = vec![String::new()];
        for name in ["stranger", "viewer", "member", "author"] {
            keys.push(house.person(&ada, name).await);
        }
        keys[2] = house.sign_in("viewer").await;
        let boss = house.person(&ada, "boss").await;
        let must = async |ask: Ask| {
            let what = ask.path.clone();
            let answer = house.send(ask).await;
            assert!(answer.status < 300 && answer.json()["errors"].is_null(), "{what}: {} {}", answer.status, answer.text());
            answer
        };
        must(Ask::post("/api/v1/teams", &json!({ "name": "red" })).key(&ada)).await;
        for (username, role) in [("boss", "admin"), ("viewer", "view-only"), ("member", "member"), ("author", "member")] {
            must(Ask::post("/api/v1/teams/red/members", &json!({ "username": username, "role": role })).key(&ada)).await;
        }
        // From here on she has no seat there.
        must(Ask::new(Method::DELETE, "/api/v1/teams/red/members/ada").key(&boss)).await;
        let service = Ask::post("/api/v1/teams/red/service-accounts", &json!({ "name": "ci" })).key(&boss);
        keys.push(secret(&must(service).await));
        keys.extend([boss, ada]);

        let (stranger, author) = (&keys[1].clone(), &keys[4].clone());
        let upsert = "mutation { upsertBucket(input: { entityName: \"red\", modelName: \"digits\", name: \"first\" }) { bucket { id } } }";
        must(Ask::graphql(upsert, &Value::Null).key(author)).await;
        let gone = "mutation { upsertBucket(input: { entityName: \"red\", modelName: \"digits\", name: \"gone\" }) { bucket { id } } }";
        let gone =
            must(Ask::graphql(gone, &Value::Null).key(author)).await.json()["data"]["upsertBucket"]["bucket"]["id"].clone();
        let delete = "mutation($id: ID!) { deleteRun(input: { id: $id }) { clientMutationId } }";
        must(Ask::graphql(delete, &json!({ "id": gone })).key(author)).await;
        let input = json!({ "entityName": "red", "projectName": "digits", "runName": "first", "files": ["a.txt"] });
        let made = must(Ask::graphql(FILES, &json!({ "input": input })).key(author)).await.json();
        let upload = made["data"]["createRunFiles"]["files"][0]["uploadUrl"].as_str().expect("a link").replace(URL, "");
        must(Ask { body: b"text".to_vec(), ..Ask::new(Method::PUT, &upload) }).await;
        must(Ask::post("/files/red/digits/first/file_stream", &lines()).key(author)).await;
        let found = must(Ask::graphql(FIND, &Value::Null).key(author)).await.json()["data"]["project"].clone();
        let file = &found["run"]["files"]["edges"][0]["node"];
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let key = must(Ask::get("/api/v1/keys").key(stranger)).await.json()[0]["id"].as_i64().expect("an id");
        let mine = "{ viewer { apiKeys { edges { node { id } } } } }";
        let mine = must(Ask::graphql(mine, &Value::Null).key(stranger)).await.json();
        let artifacts = artifacts(&house, author).await;
        let member = must(Ask::graphql("{ viewer { id } }", &Value::Null).key(&keys[3])).await.json();
        let asked = json!({ "people": ["stranger"], "role": "member" });
        let asked = must(Ask::post("/api/v1/teams/red/invitations", &asked).key(&keys[6])).await.json();
        let registry =
            "mutation { upsertModel(input: { entityName: \"Runstead\", name: \"wandb-registry-models\" }) { project { id } } }";
        let registry = must(Ask::graphql(registry, &Value::Null).key(&keys[7])).await.json();
        let team = must(Ask::graphql("{ entity(name: \"red\") { id } }", &Value::Null).key(&keys[6])).await.json();
        // A project of the author and a team in the trash.
        must(Ask::post("/api/v1/projects/red", &json!({ "name": "old" })).key(author)).await;
        must(Ask::new(Method::DELETE, "/api/v1/projects/red/old").key(author)).await;
        must(Ask::post("/api/v1/teams", &json!({ "name": "gone" })).key(&keys[7])).await;
        must(Ask::new(Method::DELETE, "/api/v1/teams/gone").key(&keys[7])).await;
        let parted =
            "mutation { upsertBucket(input: { entityName: \"red\", modelName: \"digits\", name: \"parted\" }) { inserted } }";
        must(Ask::graphql(parted, &Value::Null).key(author)).await;
        let order = json!({
            "from": { "entity": "red", "project": "digits" }, "to": { "entity": "author", "project": "kept" }, "runs": ["parted"],
        });
        let moved = must(Ask::post("/api/v1/moves", &order).key(author)).await.json();
        let all = json!({ "scope": "project", "entity": "red", "project": "digits" });
        let exported = must(Ask::post("/api/v1/exports", &all).key(author)).await.json();
        let run = "/api/v1/exports/stream.tar?scope=run&entity=red&project=digits&run=first";
        let bundle = must(Ask::get(run).key(author)).await.body;
        let coming = Ask { body: bundle.clone(), ..Ask::new(Method::POST, "/api/v1/imports?into=author") };
        let imported = must(coming.key(author)).await.json();
        let hook = json!({ "name": "chat", "url": "http://127.0.0.1:9/hook" });
        let hook = must(Ask::post("/api/v1/webhooks/red", &hook).key(&keys[6])).await.json();
        let alert = Ask::post("/api/v1/projects/red/digits/alerts", &watching("worse"));
        let alert = must(alert.key(author)).await.json();
        let reports = reports(&house, author).await;
        keys.push(report_link(&reports.token));
        let names = Names {
            reports,
            alert: alert["id"].as_i64().expect("an id"),
            webhook: hook["id"].as_i64().expect("an id"),
            exported: exported["id"].as_i64().expect("an id"),
            imported: imported["id"].as_i64().expect("an id"),
            bundle,
            moved: moved["id"].as_i64().expect("an id"),
            artifacts,
            registry: text(&registry["data"]["upsertModel"]["project"]["id"]),
            team: text(&team["data"]["entity"]["id"]),
            member: text(&member["data"]["viewer"]["id"]),
            asked: asked["items"][0]["invitation"]["id"].as_i64().expect("an id"),
            run: text(&found["run"]["id"]),
            file: text(&file["id"]),
            download: text(&file["directUrl"]).replace(URL, ""),
            upload,
            probe: files::probe_url(&house.app.signer, "", "a b", house.app.clock.now()),
            history: files::history_url(&house.app.signer, "", 1, "a.parquet", house.app.clock.now()),
            key_id: key,
            key: text(&mine["data"]["viewer"]["apiKeys"]["edges"][0]["node"]["id"]),
        };
        house.app.history.close().await.expect("the store closes");
        house.app.db.close().await.expect("the store closes");
        Self { folder, keys, names }
    }

    /// The house as it was at first.
    pub async fn house(&self) -> (House, TempDir) {
        let folder = tempfile::tempdir().expect("a folder");
        copy(self.folder.path(), folder.path());
        (House::open(&settings(folder.path(), &HOOKS)).await, folder)
    }
}

/// The author logs a version and begins another.
async fn artifacts(house: &House, author: &str) -> ArtifactNames {
    let logger = Logger { house, key: author, entity: "red", project: "digits" };
    let version = logger.log("data", &[("a.txt", b"text")]).await;
    let draft = logger.begin("data", &[("b.txt", b"more"), ("parts", b"teXT")]).await;
    let whole: [(&str, &[u8]); 1] = [("a.txt", b"text")];
    let complete = logger.create("complete", &digest(&whole)).await["id"].clone();
    logger.send(&complete, &whole).await;
    logger.send_manifest(&complete, "FULL", &Value::Null, &manifest(&whole)).await;
    let path = |value: &Value| value.as_str().expect("a link").replace(URL, "");
    let portfolio = logger.link(&version, "chosen", &[]).await["artifactMembership"]["artifactCollection"]["id"].clone();
    let place = &logger.place(&version).await;
    ArtifactNames {
        version,
        portfolio: portfolio.as_str().expect("an id").to_owned(),
        draft: draft.id,
        complete: complete.as_str().expect("an id").to_owned(),
        manifest: draft.manifest,
        upload: path(&draft.files[0]["uploadUrl"]),
        upload_part: path(&draft.files[1]["uploadMultipartUrls"]["uploadUrlParts"][0]["uploadUrl"]),
        upload_id: draft.files[1]["uploadMultipartUrls"]["uploadID"].as_str().expect("an id").to_owned(),
        upload_manifest: draft.manifest_url.replace(URL, ""),
        collection: place["artifactSequence"]["id"].as_str().expect("an id").to_owned(),
        download: path(&place["files"]["edges"][0]["node"]["directUrl"]),
        archive: path(&place["archiveUrl"]),
        listing: path(&place["currentManifest"]["file"]["directUrl"]),
    }
}

/// The author writes reports, and shares one.
async fn reports(house: &House, author: &str) -> ReportNames {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let send = async |ask: Ask| {
        let answer = house.send(ask.key(author)).await;
        assert!(answer.status < 300, "{} {}", answer.status, answer.text());
        answer.json()
    };
    let place = "/api/v1/projects/red/digits/reports";
    let form = json!({ "display_name": "Results", "spec": "{\"blocks\":[]}" });
    let [published, deleted] =
        [send(Ask::post(place, &form)).await, send(Ask::post(place, &form)).await].map(|report| text(&report["id"]));
    let draft = send(Ask::post(place, &json!({ "kind": "draft", "published": published }))).await;
    send(Ask::new(Method::DELETE, format!("/api/v1/reports/{deleted}"))).await;
    let link = send(Ask::post(format!("/api/v1/reports/{published}/links"), &json!({}))).await;
    let (token, link) = (text(&link["token"]), link["id"].as_i64().expect("an id"));
    let said = json!({ "body": "Is this right?" });
    let thread = send(Ask::post(format!("/api/v1/reports/{published}/threads"), &said)).await;
    let number = |value: &Value| value.as_i64().expect("an id");
    let (thread, comment) = (number(&thread["id"]), number(&thread["comments"][0]["id"]));
    ReportNames { published, draft: text(&draft["id"]), deleted, thread, comment, link, token }
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("the folder is there") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            std::fs::create_dir(&target).expect("a folder can be made");
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a file can be copied");
        }
    }
}

/// An alert that tells a webhook.
pub fn watching(name: &str) -> Value {
    let condition = json!({ "kind": "threshold", "metric": "loss", "is": "above", "value": 10 });
    json!({ "name": name, "condition": condition, "webhook": "chat" })
}

pub fn lines() -> Value {
    json!({ "files": { "wandb-history.jsonl": { "offset": 0, "content": ["{\"_step\":0,\"loss\":1}"] } } })
}
