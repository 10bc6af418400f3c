//! A run as one ZIP: what made it and what came out of it, with the digest of each.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use actix_web::http::Method;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::house::{Ask, House, URL, settings};
use super::logger::Logger;

/// The files of a ZIP by path, in their order.
fn unzipped(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("a ZIP");
    let count = archive.len();
    let read = |index| {
        let mut file = archive.by_index(index).expect("a file");
        let path = file.name().expect("a path").into_owned();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).expect("its bytes are as they were put in");
        (path, bytes)
    };
    (0..count).map(read).collect()
}

#[actix_web::test]
async fn a_run_comes_with_all_that_made_it_and_came_out_of_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let house = House::open(&settings(folder.path(), &[])).await;
    let ada = house.set_up().await;
    let bob = house.person(&ada, "bob").await;
    let must = async |ask: Ask, key: &str| {
        let answer = house.send(ask.key(key)).await;
        assert!(answer.status < 300 && answer.json()["errors"].is_null(), "{} {}", answer.status, answer.text());
        answer
    };
    must(Ask::post("/api/v1/teams", &json!({ "name": "red" })), &ada).await;
    must(Ask::new(Method::PUT, "/api/v1/teams/red/members/bob").json(&json!({ "role": "member" })), &ada).await;
    let upsert = "mutation($i: UpsertBucketInput!) { upsertBucket(input: $i) { inserted } }";
    let run = json!({
        "entityName": "red", "modelName": "digits", "name": "first", "config": "{\"lr\":{\"value\":0.5}}",
        "summaryMetrics": "{\"loss\":NaN}", "commit": "abc123", "jobProgram": "train.py",
    });
    must(Ask::graphql(upsert, &json!({ "i": run })), &bob).await;
    let rows = json!({ "files": { "wandb-history.jsonl": { "offset": 0, "content": ["{\"_step\":0,\"loss\":1}"] } } });
    must(Ask::post("/files/red/digits/first/file_stream", &rows), &bob).await;
    let files = "mutation($i: RunFilesInput!) { createRunFiles(input: $i) { files { uploadUrl } } }";
    let input = json!({ "entityName": "red", "projectName": "digits", "runName": "first", "files": ["diff.patch"] });
    let made = must(Ask::graphql(files, &json!({ "i": input })), &bob).await.json();
    let link = made["data"]["createRunFiles"]["files"][0]["uploadUrl"].as_str().expect("a link").replace(URL, "");
    must(Ask { body: b"+ a line".to_vec(), ..Ask::new(Method::PUT, link) }, "").await;
    let logger = Logger { house: &house, key: &bob, entity: "red", project: "digits" };
    logger.log_by(Some("first"), "model", &[("w/weights", b"\x00\x01"), ("empty", b"")]).await;
    // What the run used lies where the others of the team do not look.
    let own = Logger { entity: "bob", project: "data", ..logger };
    let used = own.log("set", &[("rows", b"1,2")]).await;
    let taking = "mutation($input: UseArtifactInput!) { useArtifact(input: $input) { artifact { id } } }";
    logger.must(taking, json!({ "artifactID": used, "entityName": "red", "projectName": "digits", "runName": "first" })).await;

    let path = "/api/v1/projects/red/digits/runs/first/archive.zip";
    let answer = must(Ask::get(path), &bob).await;
    assert_eq!((answer.header("content-type"), answer.header("content-encoding")), ("application/zip", "identity"));
    let found = unzipped(&answer.body);
    let paths: Vec<&str> = found.keys().map(String::as_str).collect();
    let artifacts = ["artifacts/input/bob/data/set-v0/rows", "artifacts/output/red/digits/model-v0/empty"];
    assert_eq!(
        paths,
        [
            "artifacts.json",
            artifacts[0],
            artifacts[1],
            "artifacts/output/red/digits/model-v0/w/weights",
            "config.json",
            "files/diff.patch",
            "history.parquet",
            "manifest.json",
            "run.json",
            "summary.json",
        ]
    );
    assert_eq!(found["files/diff.patch"], b"+ a line");
    assert_eq!(found["artifacts/output/red/digits/model-v0/w/weights"], b"\x00\x01");
    assert_eq!(found["summary.json"], b"{\"loss\":NaN}", "as it was logged");
    assert!(found["history.parquet"].starts_with(b"PAR1"), "metrics");
    let json_of = |name: &str| serde_json::from_slice::<Value>(&found[name]).expect("JSON");
    assert_eq!(json_of("config.json"), json!({ "lr": { "value": 0.5 } }));
    let facts = json_of("run.json");
    assert_eq!(
        (&facts["commit"], &facts["program"], &facts["created_by"]),
        (&json!("abc123"), &json!("train.py"), &json!("bob"))
    );
    // The list has every file but itself, with its digest.
    let listed: BTreeMap<String, Value> = json_of("manifest.json")["files"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|file| (file["path"].as_str().expect("a path").to_owned(), file.clone()))
        .collect();
    assert_eq!(listed.len(), found.len() - 1);
    for (path, bytes) in found.iter().filter(|(path, _)| *path != "manifest.json") {
        let digest = hex::encode(Sha256::digest(bytes));
        assert_eq!(listed[path], json!({ "path": path, "bytes": bytes.len(), "sha256": digest }));
    }

    // Others of the team get the run, and of what they may not see not even the name.
    let eve = house.person(&ada, "eve").await;
    assert_eq!(house.send(Ask::get(path).key(&eve)).await.status, 404);
    must(Ask::new(Method::PUT, "/api/v1/teams/red/members/eve").json(&json!({ "role": "member" })), &ada).await;
    let theirs = unzipped(&must(Ask::get(path), &eve).await.body);
    assert_eq!(theirs.len(), found.len() - 1);
    assert!(!theirs.keys().any(|path| path.contains("input")), "{:?}", theirs.keys());
    assert!(!String::from_utf8_lossy(&theirs["artifacts.json"]).contains("bob/data"));
}
