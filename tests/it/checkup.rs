//! The checks find what was broken on purpose, mend what they may, and end with the code that says how it stands.

use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, SystemTime};

use runstead::db::Plane;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::house::{Ask, House, settings};

fn doctor(folder: &Path, words: &[&str]) -> (Option<i32>, Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_runstead"));
    command.args(["doctor", "--json", "--data.dir"]).arg(folder).args(words).env_clear();
    // How much room there is on the disk of whoever runs this is not what is tested.
    for level in ["LOW", "NO_ARTIFACTS", "NO_RUNS", "READ_ONLY"] {
        command.env(format!("RUNSTEAD_DISK__{level}_BYTES"), "1");
    }
    let Output { status, stdout, stderr } = command.output().expect("it runs");
    let told = serde_json::from_slice(&stdout).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&stderr)));
    (status.code(), told)
}

fn state(told: &Value, name: &str) -> (String, String) {
    let checks = told["checks"].as_array().expect("checks");
    let check = checks.iter().find(|check| check["name"] == name).unwrap_or_else(|| panic!("there is no check {name}"));
    let text = |member: &str| check[member].as_str().unwrap_or_default().to_owned();
    (text("state"), format!("{} {}", text("message"), text("advice")))
}

/// The data of a server that has run, with an administrator and a run with a file.
async fn data() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o700)).expect("it is ours");
    let house = House::open(&settings(folder.path(), &[])).await;
    let ada = house.set_up().await;
    let made = r#"mutation { upsertBucket(input: { entityName: "ada", modelName: "p", name: "r" }) { bucket { name } } }"#;
    assert_eq!(house.send(Ask::graphql(made, &json!({})).key(&ada)).await.status, 200);
    let wanted = r#"mutation { createRunFiles(input: { entityName: "ada", projectName: "p", runName: "r", files: ["a"] }) { files { uploadUrl } } }"#;
    let made = house.send(Ask::graphql(wanted, &json!({})).key(&ada)).await.json();
    let link = made["data"]["createRunFiles"]["files"][0]["uploadUrl"].as_str().expect("a link").replace(super::house::URL, "");
    let sent = house.send(Ask { body: b"bytes".to_vec(), ..Ask::new(actix_web::http::Method::PUT, link) }).await;
    assert_eq!(sent.status, 200, "{}", sent.text());
    house.app.history.close().await.expect("it closes");
    house.app.db.close().await.expect("it closes");
    folder
}

/// The one file in the blob store.
fn blob(folder: &Path) -> std::path::PathBuf {
    let shelf = folder.join("blobs/runs").read_dir().expect("a shelf").next().expect("an entry").expect("an entry").path();
    shelf.read_dir().expect("a folder").next().expect("an entry").expect("an entry").path()
}

fn age(path: &Path, days: u64) {
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 - days * 86_400);
    std::fs::File::options().append(true).open(path).expect("a file").set_modified(at).expect("a time");
}

#[actix_web::test]
async fn a_good_server_has_only_the_warnings_that_are_true() {
    let folder = data().await;
    let (code, told) = doctor(folder.path(), &[]);
    assert_eq!(code, Some(1), "{told:#}");
    let warned: Vec<_> = told["checks"]
        .as_array()
        .expect("checks")
        .iter()
        .filter(|check| check["state"] == "warning")
        .map(|check| &check["name"])
        .collect();
    assert_eq!(warned, ["settings.public_url", "backup.age"], "{told:#}");
    assert!(told["checks"].as_array().expect("checks").len() >= 30);
    assert!(state(&told, "client.lines").1.contains("WANDB_BASE_URL=http://127.0.0.1:8080"));
}

#[actix_web::test]
async fn what_is_broken_is_found_and_what_can_be_mended_is() {
    let folder = data().await;
    let root = folder.path();
    std::fs::set_permissions(root, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("it is ours");
    let orphan = root.join("blobs/artifacts/00");
    std::fs::create_dir_all(&orphan).expect("a folder");
    for name in ["old", "young"] {
        std::fs::write(orphan.join(name), b"nobody's").expect("a file");
    }
    age(&orphan.join("old"), 3);
    let left = root.join("history.db.rollback");
    std::fs::write(&left, b"").expect("a file");
    age(&left, 3);
    for name in ["data.owner", "data.leftovers", "blobs.orphans"] {
        assert_eq!(state(&doctor(root, &[]).1, name).0, "warning", "{name}");
    }
    let (_, mended) = doctor(root, &["--fix"]);
    for name in ["data.owner", "data.leftovers", "blobs.orphans"] {
        assert_eq!(state(&mended, name).0, "good", "{name}");
    }
    assert!(!orphan.join("old").exists() && orphan.join("young").exists() && !left.exists());
    assert_eq!(doctor(root, &[]).0, Some(1), "nothing is bad");

    let file = blob(root);
    std::fs::write(&file, b"other").expect("it can be written");
    assert_eq!(state(&doctor(root, &[]).1, "blobs.bytes").0, "bad");
    std::fs::remove_file(&file).expect("it is there");
    let (code, told) = doctor(root, &["--fix"]);
    assert_eq!((code, state(&told, "blobs.missing").0.as_str()), (Some(2), "bad"));

    let history = rusqlite::Connection::open(root.join(Plane::History.file())).expect("a database");
    let chunk = "INSERT INTO chunks (run_id, stream, writer, first_line, line_count, min_step, max_step, lines, segment_id)
                 VALUES (1, 'history', '', ?1, 1, ?1, ?1, x'', ?1)";
    for (id, key, length) in [(1, "history/ab/gone", 5), (2, "history/ab/short", 5), (3, "history/ab/broken", 5)] {
        let segment = "INSERT INTO segments (id, blob_key, size_bytes) VALUES (?1, ?2, ?3)";
        history.execute(segment, rusqlite::params![id, key, length]).expect("a row");
        history.execute(chunk, [id]).expect("a row");
    }
    drop(history);
    std::fs::create_dir_all(root.join("blobs/history/ab")).expect("a folder");
    std::fs::write(root.join("blobs/history/ab/short"), b"1234").expect("a file");
    std::fs::write(root.join("blobs/history/ab/broken"), b"12345").expect("a file");
    let (found, said) = state(&doctor(root, &[]).1, "history.segments");
    assert_eq!(found, "bad");
    assert!(said.contains("of 3 files") && said.contains("1 are not there and 2 are damaged"), "{said}");
    let (_, quick) = state(&doctor(root, &["--quick"]).1, "history.segments");
    assert!(quick.contains("1 are damaged"), "without reading them: {quick}");

    let database = rusqlite::Connection::open(root.join(Plane::Control.file())).expect("a database");
    database.pragma_update(None, "foreign_keys", false).expect("a pragma");
    database.execute("UPDATE runs SET project_id = 999", []).expect("a row");
    database.execute("UPDATE audit SET at = 9000000000000000", []).expect("rows");
    drop(database);
    let (_, told) = doctor(root, &[]);
    assert!(state(&told, "database.control.references").1.contains("runs → projects"), "{told:#}");
    assert!(state(&told, "audit.chain").1.contains("entry 1: "), "{told:#}");
    assert_eq!(
        (state(&told, "database.history.references").0.as_str(), state(&told, "clock.order").0.as_str()),
        ("good", "bad")
    );

    let path = root.join(Plane::History.file());
    let mut bytes = std::fs::read(&path).expect("it is there");
    let half = bytes.len() / 2;
    bytes[half..].fill(0x5a);
    std::fs::write(&path, bytes).expect("it can be written");
    assert_eq!(state(&doctor(root, &[]).1, "database.history").0, "bad");
}

#[actix_web::test]
async fn settings_that_betray_people_are_found() {
    let folder = data().await;
    let told = |words: &[&str]| doctor(folder.path(), words).1;
    let open = told(&["--http.listen", "0.0.0.0:1", "--http.public-url", "http://127.0.0.1:1"]);
    assert_eq!((state(&open, "settings.exposure").0.as_str(), state(&open, "settings.public_url").0.as_str()), ("bad", "bad"));
    assert_eq!(state(&open, "public.reach").0, "bad", "nobody answers there");
    assert_eq!(state(&open, "public.body").0, "skipped");
    let behind = told(&["--http.public-url", "https://runs.example.invalid"]);
    assert!(state(&behind, "settings.proxies").1.contains("http.trusted_proxies"), "{behind:#}");
    let hasty = told(&["--data.durable", "false", "--disk.read-only-bytes", "9000000000000000000"]);
    assert_eq!((state(&hasty, "data.durable").0.as_str(), state(&hasty, "data.space").0.as_str()), ("warning", "bad"));
}

#[actix_web::test]
async fn administrators_see_the_server_and_nobody_else_does() {
    let folder = tempfile::tempdir().expect("a folder");
    let house = House::open(&settings(folder.path(), &[("metrics.token", "a token of this server")])).await;
    let ada = house.set_up().await;
    let bob = house.person(&ada, "bob").await;
    for path in ["", "/storage", "/jobs", "/backups", "/checks", "/settings"] {
        let path = format!("/api/v1/system{path}");
        assert_eq!(house.send(Ask::get(&path).key(&bob)).await.status, 403, "{path}");
        let seen = house.send(Ask::get(&path).key(&ada)).await;
        assert_eq!(seen.status, 200, "{path}: {}", seen.text());
    }
    let system = house.send(Ask::get("/api/v1/system").key(&ada)).await.json();
    assert!(
        system["disk"]["free_bytes"].as_u64() > Some(0) && system["databases"][0]["size_bytes"].as_u64() > Some(10_000),
        "{system}"
    );
    assert_eq!(system["has_runs"], false);
    let made = r#"mutation { upsertBucket(input: { entityName: "ada", modelName: "p", name: "r" }) { inserted } }"#;
    assert_eq!(house.send(Ask::graphql(made, &json!({})).key(&ada)).await.status, 200);
    assert_eq!(house.send(Ask::get("/api/v1/system").key(&ada)).await.json()["has_runs"], true);
    let settings = house.send(Ask::get("/api/v1/system/settings").key(&ada)).await.json();
    let of = |key: &str| {
        let mut all = settings["items"].as_array().expect("settings").iter();
        all.find(|one| one["key"] == key).unwrap_or_else(|| panic!("there is no {key}")).clone()
    };
    assert_eq!((&of("data.readers")["value"], &of("data.readers")["set_by"]), (&json!("2"), &json!("flag --data.readers")));
    assert_eq!(of("log.level")["set_by"], "default");
    let token = of("metrics.token");
    assert_eq!((&token["value"], &token["set_by"]), (&json!("***"), &json!("flag --metrics.token")));
    let text = settings["toml"].as_str().expect("a text");
    assert!(text.contains("readers = 2\n") && !text.contains("a token of this") && !text.contains("[log]"), "{text}");
    let detail = house.send(Ask::get("/health/detail").key(&ada)).await.json();
    assert!(
        detail["checks"].as_array().is_some_and(|checks| checks.iter().all(|check| check["seconds"].is_number())),
        "{detail}"
    );
    assert_eq!(
        (house.send(Ask::get("/health/detail").key(&bob)).await.status, house.send(Ask::get("/health/detail")).await.status),
        (403, 401)
    );
    assert_eq!(house.send(Ask::post("/api/v1/system/jobs/nothing/run", &json!({})).key(&ada)).await.status, 404);
}

#[actix_web::test]
async fn room_is_counted_exactly_and_shared_contents_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let house = House::open(&settings(folder.path(), &[])).await;
    let ada = house.set_up().await;
    let logger = super::logger::Logger { house: &house, key: &ada, entity: "ada", project: "digits" };
    // A content that is a file; those of the lists and of `own` are rows.
    let shared = vec![7; 50_000];
    logger.log("one", &[("shared", &shared), ("own", b"123")]).await;
    logger.log("two", &[("shared", &shared)]).await;
    let system = house.send(Ask::get("/api/v1/system/storage").key(&ada)).await.json();
    let own = house.send(Ask::get("/api/v1/projects/ada/digits/storage").key(&ada)).await.json();
    let artifacts = own["artifacts"].as_array().expect("artifacts");
    let size = |name: &str, member: &str| {
        let found =
            artifacts.iter().find(|artifact| artifact["artifact"] == name).unwrap_or_else(|| panic!("{name} in {own:#}"));
        found[member].as_u64().expect("a size")
    };
    // Each version holds its list of files too.
    assert_eq!(own["measured_at"], "2026-01-31T10:00:00.000000Z");
    let lists = [size("one:v0", "total_bytes") - 50_003, size("two:v0", "total_bytes") - 50_000];
    assert!(lists.iter().all(|list| (1..2000).contains(list)), "{own:#}");
    assert_eq!([size("one:v0", "own_bytes"), size("two:v0", "own_bytes")], [3 + lists[0], lists[1]]);
    let together = 50_003 + lists[0] + lists[1];
    assert_eq!(system["usage"]["artifacts"], together, "{system:#}");
    assert_eq!(
        (&system["entities"][0]["usage"]["artifacts"], &system["projects"][0]["usage"]["artifacts"]),
        (&together.into(), &together.into())
    );

    let on_disk: u64 = files(&folder.path().join("blobs"));
    assert_eq!(on_disk, 50_000);
    let rows = |db: &runstead::db::Reader<'_>| {
        db.query_one("SELECT SUM(LENGTH(bytes)) AS bytes FROM content_bytes", &[], |row| row.get::<i64>("bytes"))
    };
    let rows = u64::try_from(house.app.db.read(rows).await.expect("the rows are counted")).expect("a size");
    let history = system["usage"]["history"].as_u64().expect("a size");
    assert_eq!(system["total_bytes"].as_u64().expect("a size") - history, on_disk + rows);
}

fn files(folder: &Path) -> u64 {
    let sizes = folder.read_dir().into_iter().flatten().map(|entry| {
        let path = entry.expect("an entry").path();
        if path.is_dir() { files(&path) } else { path.metadata().expect("a file").len() }
    });
    sizes.sum()
}
