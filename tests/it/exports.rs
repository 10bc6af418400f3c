//! Bundles: what is in one, who gets what, how it is made and given out.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::PathBuf;
use std::time::Duration;

use actix_web::http::Method;
use runstead::domain::exports::{self, Pace, Place};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::house::{Answer, Ask, House, URL, settings};
use super::logger::Logger;

const UPSERT: &str = "mutation($i: UpsertBucketInput!) { upsertBucket(input: $i) { inserted } }";

/// The entries of a bundle by path.
pub fn entries(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = tar::Archive::new(bytes);
    let mut found = BTreeMap::new();
    for entry in archive.entries().expect("a tar file") {
        let mut entry = entry.expect("an entry");
        let path = entry.path().expect("a path").display().to_string();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).expect("its bytes");
        assert!(found.insert(path.clone(), bytes).is_none(), "{path} is there twice");
    }
    found
}

/// The list at its end names each of the others with its digest, and is the last.
pub fn check_list(found: &BTreeMap<String, Vec<u8>>) {
    let list: Value = serde_json::from_slice(&found["manifest.json"]).expect("JSON");
    let listed: BTreeMap<&str, &Value> =
        list["files"].as_array().expect("a list").iter().map(|file| (file["path"].as_str().expect("a path"), file)).collect();
    assert_eq!(listed.len(), found.len() - 1, "{:?}", found.keys());
    for (path, bytes) in found.iter().filter(|(path, _)| *path != "manifest.json") {
        let expected = json!({ "path": path, "bytes": bytes.len(), "sha256": hex::encode(Sha256::digest(bytes)) });
        assert_eq!(*listed[path.as_str()], expected);
    }
    assert_eq!(list["missing"], json!([]));
}

/// Team red with ada (admin) and bob (member); eve has no seat. digits is the team's, secret is restricted to ada.
pub struct Site {
    pub house: House,
    pub folder: TempDir,
    pub ada: String,
    pub bob: String,
    pub eve: String,
}

impl Site {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let house = House::open(&settings(folder.path(), &[])).await;
        let ada = house.set_up().await;
        let bob = house.person(&ada, "bob").await;
        let eve = house.person(&ada, "eve").await;
        let site = Self { house, folder, ada, bob, eve };
        site.must(Ask::post("/api/v1/teams", &json!({ "name": "red" })), &site.ada).await;
        let seat = Ask::new(Method::PUT, "/api/v1/teams/red/members/bob").json(&json!({ "role": "member" }));
        site.must(seat, &site.ada).await;
        site
    }

    /// One run in digits with all that a run may have, one in secret.
    pub async fn fill(&self) {
        self.run("digits", "first", &self.bob).await;
        self.run("secret", "hidden", &self.ada).await;
        let restricted = Ask::new(Method::PATCH, "/api/v1/projects/red/secret").json(&json!({ "visibility": "restricted" }));
        self.must(restricted, &self.ada).await;
    }

    pub async fn must(&self, ask: Ask, key: &str) -> Answer {
        let path = ask.path.clone();
        let answer = self.house.send(ask.key(key)).await;
        assert!(answer.status < 300 && answer.json()["errors"].is_null(), "{path} {} {}", answer.status, answer.text());
        answer
    }

    pub async fn run(&self, project: &str, name: &str, key: &str) {
        let input = json!({
            "entityName": "red", "modelName": project, "name": name, "displayName": format!("the {name}"), "tags": ["kept"],
            "notes": "of use", "config": "{\"lr\":{\"value\":0.5}}", "summaryMetrics": "{\"loss\":NaN}", "commit": "abc123",
        });
        self.must(Ask::graphql(UPSERT, &json!({ "i": input })), key).await;
        let rows = json!({ "files": {
            "wandb-history.jsonl": { "offset": 0, "content": [
                "{\"_step\":5,\"loss\":NaN,\"n\":1}", "{\"_step\":2,\"loss\":Infinity,\"late\":{\"a\":[1,null]}}", "{\"loss\":0.25}",
            ] },
            "wandb-events.jsonl": { "offset": 0, "content": ["{\"_timestamp\":1.5,\"system.cpu\":3}"] },
            "output.log": { "offset": 0, "content": ["2026-01-31T10:15:30.123456 hello", "ERROR plain"] },
        } });
        self.must(Ask::post(format!("/files/red/{project}/{name}/file_stream"), &rows), key).await;
        let files = "mutation($i: RunFilesInput!) { createRunFiles(input: $i) { files { uploadUrl } } }";
        let named = json!({ "entityName": "red", "projectName": project, "runName": name, "files": ["media/a b.txt"] });
        let made = self.must(Ask::graphql(files, &json!({ "i": named })), key).await.json();
        let link = made["data"]["createRunFiles"]["files"][0]["uploadUrl"].as_str().expect("a link").replace(URL, "");
        self.must(Ask { body: b"a file".to_vec(), ..Ask::new(Method::PUT, link) }, "").await;
        let logger = Logger { house: &self.house, key, entity: "red", project };
        let large = vec![7_u8; 40_000];
        logger.log_by(Some(name), "model", &[("w/weights", &large), ("same", b"one"), ("again", b"one")]).await;
        self.must(
            Ask::post(format!("/files/red/{project}/{name}/file_stream"), &json!({ "complete": true, "exitcode": 0 })),
            key,
        )
        .await;
    }

    pub async fn ask(&self, form: &Value, key: &str) -> Answer {
        self.house.send(Ask::post("/api/v1/exports", form).key(key)).await
    }

    /// A place that writes down after each entry how far a bundle is.
    pub fn place(&self) -> Place {
        let mut place = self.house.app.exports.clone();
        place.pace = Pace { every: Duration::ZERO, bytes: 0 };
        place
    }

    pub async fn work(&self) -> usize {
        exports::work(&self.house.app.sources(), &self.place(), &self.house.app.clock).await.expect("it works")
    }

    pub async fn get(&self, id: &Value, key: &str) -> Value {
        self.must(Ask::get(format!("/api/v1/exports/{id}")), key).await.json()
    }

    /// A bundle, made and downloaded.
    pub async fn bundle(&self, form: &Value, key: &str) -> Vec<u8> {
        let begun = self.ask(form, key).await;
        assert_eq!(begun.status, 201, "{}", begun.text());
        self.work().await;
        let done = self.get(&begun.json()["id"], key).await;
        assert_eq!(done["state"], "done", "{done}");
        self.must(Ask::get(done["download"].as_str().expect("a link")), key).await.body
    }

    fn files(&self) -> Vec<PathBuf> {
        let folder = self.folder.path().join("exports");
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        entries.map(|entry| entry.expect("an entry").path()).collect()
    }
}

fn team() -> Value {
    json!({ "scope": "entity", "entity": "red" })
}

#[actix_web::test]
async fn a_bundle_has_all_of_a_project_each_content_once_and_says_what_it_is() {
    let site = Site::new().await;
    site.fill().await;
    site.run("digits", "second", &site.bob).await;
    let bytes = site.bundle(&json!({ "scope": "project", "entity": "red", "project": "digits" }), &site.bob).await;
    let found = entries(&bytes);
    check_list(&found);
    let run = "projects/red/digits/runs/first";
    for name in [
        "run.json",
        "config.json",
        "summary.json",
        "history.parquet",
        "system.parquet",
        "streams.json",
        "console.jsonl",
        "files.json",
    ] {
        assert!(found.contains_key(&format!("{run}/{name}")), "{name}");
    }
    assert_eq!(found[&format!("{run}/files/media/a b.txt")], b"a file");
    assert_eq!(found[&format!("{run}/summary.json")], b"{\"loss\":NaN}", "as it was logged");
    assert!(found[&format!("{run}/history.parquet")].starts_with(b"PAR1"));
    let contents: Vec<&Vec<u8>> =
        found.iter().filter(|(path, _)| path.starts_with("contents/")).map(|(_, bytes)| bytes).collect();
    assert_eq!(contents.iter().filter(|bytes| ***bytes == b"one").count(), 1, "once for two names in two versions");
    let version: Value = serde_json::from_slice(&found["projects/red/digits/artifacts/model/v0.json"]).expect("JSON");
    assert_eq!((&version["aliases"], &version["files"]), (&json!(["latest"]), &json!(3)));
    let head: Value = serde_json::from_slice(&found["bundle.json"]).expect("JSON");
    assert_eq!(
        (&head["of"], &head["exported_by"], &head["projects"]),
        (&json!("red/digits"), &json!("bob"), &json!(["red/digits"]))
    );
    let list: Value = serde_json::from_slice(&found["manifest.json"]).expect("JSON");
    assert_eq!(list["head"], head);
    assert!(bytes.starts_with(b"bundle.json"), "what it is stands first");

    // A run alone has itself, its versions and nothing of the other.
    let one = json!({ "scope": "run", "entity": "red", "project": "digits", "run": "first" });
    let found = entries(&site.bundle(&one, &site.bob).await);
    check_list(&found);
    assert!(found.keys().any(|path| path.starts_with("contents/")) && !found.keys().any(|path| path.contains("second")));

    // What is asked for, had, and removed is in the audit log.
    let log = site.must(Ask::get("/api/v1/audit?limit=1000"), &site.ada).await.text();
    for action in ["export.start", "export.download"] {
        assert!(log.contains(action), "{action}");
    }
}

#[actix_web::test]
async fn what_somebody_may_not_read_is_in_none_of_their_bundles() {
    let site = Site::new().await;
    site.fill().await;
    for (key, form, sees_hidden) in [
        (&site.bob, team(), false),
        (&site.bob, json!({ "scope": "instance" }), false),
        (&site.ada, team(), true),
        (&site.ada, json!({ "scope": "instance" }), true),
    ] {
        let bytes = site.bundle(&form, key).await;
        check_list(&entries(&bytes));
        assert_eq!(String::from_utf8_lossy(&bytes).contains("hidden"), sees_hidden, "{form}");
        assert_eq!(String::from_utf8_lossy(&bytes).contains("red/secret"), sees_hidden, "{form}");
        let name = form["entity"].as_str().map_or(String::new(), |entity| format!("&entity={entity}"));
        let path = format!("/api/v1/exports/stream.tar?scope={}{name}", form["scope"].as_str().expect("a word"));
        let streamed = site.must(Ask::get(path), key).await.body;
        check_list(&entries(&streamed));
        assert_eq!(String::from_utf8_lossy(&streamed).contains("hidden"), sees_hidden, "streamed {form}");
    }
    let hidden = json!({ "scope": "project", "entity": "red", "project": "secret" });
    assert_eq!(site.ask(&hidden, &site.bob).await.status, 404);
    // Who has no seat learns of no team, and nobody of another's export.
    assert_eq!(
        site.ask(&json!({ "scope": "run", "entity": "red", "project": "digits", "run": "first" }), &site.eve).await.status,
        404
    );
    assert!(matches!(site.ask(&team(), &site.eve).await.status, 404 | 409));
    let begun = site.ask(&team(), &site.bob).await.json();
    for (method, end) in [(Method::GET, ""), (Method::GET, "/bundle.tar"), (Method::POST, "/cancel"), (Method::DELETE, "")] {
        let answer = site.house.send(Ask::new(method, format!("/api/v1/exports/{}{end}", begun["id"])).key(&site.eve)).await;
        assert_eq!(answer.status, 404, "{end}");
    }
}

#[actix_web::test]
async fn a_bundle_is_not_had_by_who_may_not_read_it_any_more() {
    let site = Site::new().await;
    site.fill().await;
    let begun = site.ask(&team(), &site.bob).await.json();
    // Before its turn: what was to be in it is not.
    let gone = Ask::new(Method::PATCH, "/api/v1/projects/red/digits").json(&json!({ "visibility": "restricted" }));
    site.must(gone, &site.ada).await;
    site.work().await;
    let failed = site.get(&begun["id"], &site.bob).await;
    assert_eq!(failed["state"], "failed", "{failed}");
    let back = Ask::new(Method::PATCH, "/api/v1/projects/red/digits").json(&json!({ "visibility": "team" }));
    site.must(back, &site.ada).await;
    let begun = site.ask(&team(), &site.bob).await.json();
    site.work().await;
    let link = format!("/api/v1/exports/{}/bundle.tar", begun["id"]);
    assert_eq!(site.house.send(Ask::get(&link).key(&site.bob)).await.status, 200);
    site.must(Ask::new(Method::DELETE, "/api/v1/teams/red/members/bob"), &site.ada).await;
    let refused = site.house.send(Ask::get(&link).key(&site.bob)).await;
    assert_eq!(refused.status, 403, "{}", refused.text());
}

#[actix_web::test]
async fn a_download_that_broke_off_goes_on_and_a_bundle_goes_in_time() {
    let site = Site::new().await;
    site.fill().await;
    let whole = site.bundle(&team(), &site.bob).await;
    let id = site.must(Ask::get("/api/v1/exports"), &site.bob).await.json()["items"][0]["id"].clone();
    let link = format!("/api/v1/exports/{id}/bundle.tar");
    let first = site.must(Ask::get(&link).header("range", "bytes=0-999"), &site.bob).await;
    assert_eq!((first.status, first.body.as_slice()), (206, &whole[..1000]));
    let tag = first.header("etag").to_owned();
    let rest = site.must(Ask::get(&link).header("range", "bytes=1000-").header("if-range", tag), &site.bob).await;
    assert_eq!((rest.status, rest.body.as_slice()), (206, &whole[1000..]));
    let other = site.must(Ask::get(&link).header("range", "bytes=1000-").header("if-range", "\"another\""), &site.bob).await;
    assert_eq!((other.status, other.body.len()), (200, whole.len()));

    assert_eq!(site.files().len(), 1);
    site.house.app.clock.advance(Duration::from_secs(7 * 86_400 + 1));
    assert_eq!(site.house.send(Ask::get(&link).key(&site.bob)).await.status, 409);
    let place = site.place();
    assert_eq!(exports::sweep(&site.house.app.db, &place, &site.house.app.clock).await.expect("it sweeps"), 1);
    assert!(site.files().is_empty());
    assert_eq!(site.get(&id, &site.bob).await["state"], "expired");
    assert_eq!(site.must(Ask::new(Method::DELETE, format!("/api/v1/exports/{id}")), &site.bob).await.status, 204);
    assert_eq!(site.must(Ask::get("/api/v1/exports"), &site.bob).await.json()["items"], json!([]));
}

#[actix_web::test]
async fn an_export_that_was_torn_off_anywhere_ends_in_the_same_bundle() {
    let site = Site::new().await;
    site.fill().await;
    for run in ["second", "third"] {
        site.run("digits", run, &site.bob).await;
    }
    let begun = site.ask(&team(), &site.bob).await.json();
    let (sources, place, clock) = (site.house.app.sources(), site.place(), site.house.app.clock.clone());
    // Each time it comes a little further, as a server that is killed again and again.
    let mut torn = 0;
    for polls in (1..).map(|round| round * 6) {
        let mut work = Box::pin(exports::work(&sources, &place, &clock));
        let mut left = polls;
        let done = futures_util::future::poll_fn(|context| {
            left -= 1;
            match work.as_mut().poll(context) {
                std::task::Poll::Ready(done) => std::task::Poll::Ready(Some(done)),
                std::task::Poll::Pending if left == 0 => std::task::Poll::Ready(None),
                std::task::Poll::Pending => std::task::Poll::Pending,
            }
        })
        .await;
        drop(work);
        // What a thread was about to write when its server was torn off: of a killed one nothing is left to write.
        tokio::time::sleep(Duration::from_millis(20)).await;
        // Whoever wrote it is not heard of any more.
        clock.advance(Duration::from_secs(120));
        match done {
            Some(done) => {
                done.expect("it works");
                break;
            }
            None => torn += 1,
        }
        // What was written beyond what is known to be on the disk is cut off.
        let bundle = begun["bundle"].as_str().expect("a word");
        let part = site.folder.path().join("exports").join(bundle).join("bundle.tar.part");
        if let Ok(mut file) = std::fs::File::options().append(true).open(part) {
            std::io::Write::write_all(&mut file, b"torn").expect("room");
        }
    }
    assert!(torn > 3, "{torn}");
    let done = site.get(&begun["id"], &site.bob).await;
    assert_eq!((&done["state"], &done["runs_done"]), (&json!("done"), &json!(3)), "{done}");
    let found = entries(&site.must(Ask::get(done["download"].as_str().expect("a link")), &site.bob).await.body);
    check_list(&found);
    let at_once = entries(&site.bundle(&team(), &site.bob).await);
    let without_heads = |found: BTreeMap<String, Vec<u8>>| -> Vec<(String, Vec<u8>)> {
        found.into_iter().filter(|(path, _)| !["bundle.json", "manifest.json"].contains(&path.as_str())).collect()
    };
    assert_eq!(without_heads(found), without_heads(at_once));
}

#[actix_web::test]
async fn a_cancelled_export_leaves_nothing_and_a_full_disk_refuses_in_words() {
    let site = Site::new().await;
    site.fill().await;
    let begun = site.ask(&team(), &site.bob).await.json();
    let path = format!("/api/v1/exports/{}/cancel", begun["id"]);
    assert_eq!(site.must(Ask::post(&path, &json!({})), &site.bob).await.json()["state"], "cancelled");
    assert_eq!(site.work().await, 0);
    assert!(site.files().is_empty());
    assert_eq!(site.house.send(Ask::post(&path, &json!({})).key(&site.bob)).await.status, 409);

    let folder = tempfile::tempdir().expect("a folder");
    let most = i64::MAX.to_string();
    let house = House::open(&settings(folder.path(), &[("disk.no_artifacts_bytes", most.as_str())])).await;
    let ada = house.set_up().await;
    let upsert = json!({ "i": { "entityName": "ada", "modelName": "p", "name": "r" } });
    assert_eq!(house.send(Ask::graphql(UPSERT, &upsert).key(&ada)).await.status, 200);
    let refused = house.send(Ask::post("/api/v1/exports", &json!({ "scope": "instance" })).key(&ada)).await;
    assert_eq!(refused.status, 507);
    assert!(refused.text().contains("stream.tar"), "{}", refused.text());
    let streamed = house.send(Ask::get("/api/v1/exports/stream.tar?scope=instance").key(&ada)).await;
    check_list(&entries(&streamed.body));
}
