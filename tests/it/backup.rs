//! Backups: what they refuse, what they notice, and that nothing they name is deleted under them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use actix_web::http::Method;
use regex::Regex;
use runstead::blob::Keep;
use runstead::clock::{Clock, Timestamp};
use runstead::db::Plane;
use runstead::domain::backup::{self, Destination, Done, Findings, Manifest, Place, Retention, Source};
use runstead::domain::checkup::{self, State, Wish};
use runstead::domain::{files, history, purge};
use runstead::error::{Error, Result};
use runstead::server;
use serde_json::json;
use tempfile::TempDir;

use super::house::{Ask, House, URL, settings};
use super::tidy::sources;

/// A house with one run that has two files, and a folder for backups.
struct World {
    house: House,
    ada: String,
    data: TempDir,
    shelf: TempDir,
}

impl World {
    async fn new() -> Self {
        let data = tempfile::tempdir().expect("a folder");
        let house = House::open(&settings(data.path(), &[("runs.trash_days", "0")])).await;
        let ada = house.set_up().await;
        let world = Self { house, ada, data, shelf: tempfile::tempdir().expect("a folder") };
        let made = r#"mutation { upsertBucket(input: {entityName: "ada", modelName: "p", name: "r"}) { bucket { name } } }"#;
        let made = world.house.send(Ask::graphql(made, &json!({})).key(&world.ada)).await;
        assert_eq!(made.json()["data"]["upsertBucket"]["bucket"]["name"], "r", "{}", made.text());
        world.put("one", b"first file").await;
        world.put("two", b"second file").await;
        world
    }

    async fn put(&self, name: &str, bytes: &[u8]) {
        let wanted = r#"mutation ($files: [String!]!) { createRunFiles(input: { entityName: "ada", projectName: "p", runName: "r", files: $files }) { files { uploadUrl } } }"#;
        let made = self.house.send(Ask::graphql(wanted, &json!({ "files": [name] })).key(&self.ada)).await;
        let link = made.json()["data"]["createRunFiles"]["files"][0]["uploadUrl"].as_str().expect("a link").replace(URL, "");
        let mut ask = Ask::new(Method::PUT, link);
        ask.body = bytes.to_vec();
        let answer = self.house.send(ask).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    fn target(&self) -> PathBuf {
        self.shelf.path().join("backup")
    }

    fn back_up_at(&self, second: i64) -> Result<Done> {
        let moment = Timestamp::from_micros(second * 1_000_000);
        backup::create(&source(self.data.path()), Destination::Folder(&self.target()), moment)
    }

    fn restore(&self) -> Result<Manifest> {
        backup::restore(&place(&self.target()), &self.shelf.path().join("restored"))
    }
}

fn source(data: &Path) -> Source<'_> {
    Source { data, bucket: None, settings: "[log]\n" }
}

fn place(path: &Path) -> Place {
    Place::from(path)
}

fn verify(path: &Path) -> Result<Findings> {
    backup::verify(&place(path), &std::env::temp_dir())
}

fn refusal<T>(result: Result<T>) -> String {
    result.err().map_or_else(String::new, |error: Error| error.to_string())
}

fn blob(world: &World, number: usize) -> PathBuf {
    let manifest = Manifest::load(&place(&world.target())).expect("it can be read").expect("there is one");
    world.target().join("blobs").join(manifest.blobs.keys().nth(number).expect("so many blobs"))
}

#[actix_web::test]
async fn a_second_backup_copies_only_what_is_new_and_drops_what_is_gone() {
    let world = World::new().await;
    let first = world.back_up_at(1).expect("a backup");
    assert_eq!((first.manifest.blobs.len(), first.copied_bytes), (2, first.manifest.bytes()));
    let gone = blob(&world, 0);
    let kept = [blob(&world, 0), blob(&world, 1)].map(|path| path.metadata().expect("it is there").modified().expect("a time"));
    world.put("three", b"third file").await;
    let second = world.back_up_at(2).expect("a backup");
    let databases: u64 = second.manifest.databases.values().map(|database| database.part.size_bytes).sum();
    assert_eq!(second.copied_bytes, databases + 16, "databases, settings and the third file");
    let names: Vec<_> = second.manifest.databases.values().map(|database| database.file.clone()).collect();
    assert_eq!(names, ["databases/control-2000000.db", "databases/history-2000000.db"]);
    assert_eq!(world.target().join("databases").read_dir().expect("a folder").count(), 2, "the earlier copies are removed");
    let now = first.manifest.blobs.keys().map(|key| world.target().join("blobs").join(key));
    let now: Vec<_> = now.map(|path| path.metadata().expect("it is there").modified().expect("a time")).collect();
    assert_eq!(now, kept, "what was there was not written again");

    for name in ["one", "two"] {
        world.put(name, b"another").await;
    }
    world.back_up_at(3).expect("a backup");
    assert!(!gone.exists(), "no row names it any more");
    assert!(verify(&world.target()).expect("a backup").damage.is_empty());
    assert_eq!(world.restore().expect("it restores").blobs.len(), 3);
}

#[actix_web::test]
async fn every_damaged_byte_is_found_by_verify_and_by_restore() {
    let world = World::new().await;
    for number in 0..2 {
        world.back_up_at(1).expect("a backup");
        let path = blob(&world, number);
        let good = std::fs::read(&path).expect("it is there");
        let mut bad = good.clone();
        bad[3] ^= 1;
        for (bytes, word) in [(bad, "other bytes"), (good[1..].to_vec(), "instead of")] {
            std::fs::write(&path, bytes).expect("it can be written");
            let damage = verify(&world.target()).expect("a backup").damage;
            assert!(damage.len() == 1 && damage[0].contains(word), "{damage:?}");
            assert!(refusal(world.restore()).contains("is damaged"));
            std::fs::remove_dir_all(world.shelf.path().join("restored")).expect("what was restored so far");
        }
        std::fs::remove_file(&path).expect("it is there");
        assert!(verify(&world.target()).expect("a backup").damage[0].contains("cannot be read"));
        std::fs::write(&path, good).expect("it can be written");
    }
    assert!(verify(&world.target()).expect("a backup").damage.is_empty());
}

#[actix_web::test]
async fn what_cannot_be_a_backup_or_a_place_for_one_is_refused_in_words() {
    let world = World::new().await;
    let create =
        |to: &Path| refusal(backup::create(&source(world.data.path()), Destination::Folder(to), Timestamp::from_micros(1)));
    assert!(create(&world.data.path().join("backups")).contains("data directory"));
    let others = world.shelf.path().join("others");
    std::fs::create_dir(&others).expect("a folder");
    std::fs::write(others.join("thesis.txt"), b"years of work").expect("a file");
    assert!(create(&others).contains("other files"));
    assert!(refusal(verify(&others)).contains("no backup"));
    let nothing = refusal(backup::create(&source(&others), Destination::Folder(&world.target()), Timestamp::from_micros(1)));
    assert!(nothing.contains("--data.dir"), "{nothing}");

    world.back_up_at(1).expect("a backup");
    assert!(refusal(backup::restore(&place(&world.target()), &others)).contains("not empty"));
    assert_eq!(std::fs::read(others.join("thesis.txt")).expect("it is there"), b"years of work");
    let path = world.target().join("manifest.json");
    let text = std::fs::read_to_string(&path).expect("a manifest");
    let newest = format!("\"schema\": {}", Plane::Control.files().len());
    for (from, to, word) in [
        (newest.as_str(), "\"schema\": 999", "newer"),
        ("databases/control-", "../databases/control-", "no name that Runstead gives"),
        ("\"format\": 1", "\"format\": 2", "layout 2"),
        ("\"history\": {", "\"other\": {", "no history database"),
        ("{", "", "damaged"),
    ] {
        assert!(text.contains(from), "{from} in {text}");
        std::fs::write(&path, text.replacen(from, to, 1)).expect("it can be written");
        let told = refusal(world.restore());
        assert!(told.contains(word), "{told}");
        assert!(!world.shelf.path().join("restored").exists(), "{word}: nothing was begun");
    }
}

#[actix_web::test]
async fn no_blob_is_deleted_while_they_are_copied() {
    let world = World::new().await;
    world.put("one", b"instead of the first").await;
    world.house.app.clock.advance(Duration::from_secs(3600));
    let (app, now) = (&world.house.app, world.house.app.clock.now());
    let keep = Keep::all(&world.data.path().join("blobs")).expect("blobs are kept");
    assert_eq!(files::collect_garbage(&app.db, &app.blobs, now).await.expect("it waits"), 0);
    drop(keep);
    assert_eq!(files::collect_garbage(&app.db, &app.blobs, now).await.expect("it deletes"), 1);
}

#[actix_web::test]
async fn files_that_the_data_itself_lacks_are_named_and_do_not_prevent_the_backup() {
    let world = World::new().await;
    let whole = world.back_up_at(1).expect("a backup").manifest;
    let lost = whole.blobs.keys().next().expect("two blobs");
    std::fs::remove_file(world.data.path().join("blobs").join(lost)).expect("it is there");
    let done = world.back_up_at(2).expect("a backup");
    assert_eq!((&done.manifest.missing, done.manifest.blobs.len()), (&vec![lost.clone()], 1));
    assert!(verify(&world.target()).expect("a backup").damage.is_empty());
}

#[actix_web::test]
async fn sealed_histories_are_backed_up_and_stay_while_they_are_copied() {
    let world = World::new().await;
    let rows: Vec<String> = (0..300).map(|step| format!(r#"{{"_step":{step},"loss":{step}}}"#)).collect();
    let body = json!({ "files": { "wandb-history.jsonl": { "offset": 0, "content": rows } }, "complete": true, "exitcode": 0 });
    let posted = world.house.send(Ask::post("/files/ada/p/r/file_stream", &body).key(&world.ada)).await;
    assert_eq!(posted.status, 200, "{}", posted.text());
    let (app, patience) = (&world.house.app, Duration::from_secs(7200));
    assert_eq!(history::seal(&app.history, &app.segments, app.clock.now()).await.expect("it seals"), 1);

    let manifest = world.back_up_at(1).expect("a backup").manifest;
    let segments: Vec<_> = manifest.blobs.keys().filter(|key| key.starts_with("history/")).cloned().collect();
    assert_eq!((segments.len(), &manifest.missing), (1, &Vec::new()));
    let mut lacking = manifest.clone();
    lacking.blobs.remove(&segments[0]);
    let path = world.target().join("manifest.json");
    let whole = std::fs::read(&path).expect("a manifest");
    std::fs::write(&path, serde_json::to_vec(&lacking).expect("JSON")).expect("it can be written");
    assert!(verify(&world.target()).expect("a backup").damage[0].contains(&segments[0]), "verify misses it");
    std::fs::write(&path, whole).expect("it can be written");
    assert_eq!(world.restore().expect("it restores").blobs, manifest.blobs);

    let delete = r#"mutation ($id: ID!) { deleteRun(input: { id: $id }) { clientMutationId } }"#;
    let id = r#"query { project(name: "p", entityName: "ada") { run(name: "r") { id } } }"#;
    let id =
        world.house.send(Ask::graphql(id, &json!({})).key(&world.ada)).await.json()["data"]["project"]["run"]["id"].clone();
    let deleted = world.house.send(Ask::graphql(delete, &json!({ "id": id })).key(&world.ada)).await;
    assert!(deleted.json()["errors"].is_null(), "{}", deleted.text());
    purge::purge(&app.db, &app.history, app.clock.now().plus(patience)).await.expect("it purges");
    let keep = Keep::all(&world.data.path().join("blobs")).expect("blobs are kept");
    let later = [app.clock.now().plus(patience), app.clock.now().plus(patience * 2)];
    for now in later {
        assert_eq!(history::collect(&app.history, &app.segments, now).await.expect("it waits"), 0);
    }
    drop(keep);
    let mut removed = 0;
    for now in later {
        removed += history::collect(&app.history, &app.segments, now).await.expect("it removes");
    }
    assert_eq!(removed, 1);
    assert!(!world.data.path().join("blobs").join(&segments[0]).exists());
}

/// A table that names blobs and is forgotten here would be restored without its bytes.
#[test]
fn the_blobs_of_every_table_are_backed_up() {
    let table = Regex::new(r"(?s)CREATE TABLE (\w+) \(.*?;\n").expect("a pattern");
    let stores = sources("src/domain/backup");
    let (_, store) = stores.iter().find(|(file, _)| file.ends_with("store.rs")).expect("it has a store");
    let mut count = 0;
    for plane in Plane::ALL {
        let schema = plane.schema().expect("a schema");
        for found in table.captures_iter(&schema).filter(|found| found[0].contains("blob_key") && &found[1] != "blob_garbage") {
            assert!(store.contains(&format!("blob_key FROM {}", &found[1])), "blobs of {} are not backed up", &found[1]);
            count += 1;
        }
    }
    assert!(count >= 4, "the pattern finds the tables");
}

#[actix_web::test]
async fn backups_in_a_row_are_each_whole_share_equal_files_and_go_by_rule() {
    use std::os::unix::fs::MetadataExt as _;
    let world = World::new().await;
    let (folder, data) = (world.shelf.path().join("row"), world.data.path());
    let root = place(&folder);
    let at = |text: &str| Timestamp::parse(text).expect("a moment");
    let moments = ["2026-01-05T02:00:00Z", "2026-01-12T02:00:00Z", "2026-01-13T02:00:00Z", "2026-01-13T03:00:00Z"];
    for moment in moments {
        backup::add(&source(world.data.path()), &root, at(moment)).expect("a backup");
    }
    let listed = backup::list(&root).expect("a list");
    assert_eq!(
        listed.iter().map(|backup| backup.name.as_str()).collect::<Vec<_>>(),
        ["20260105T020000Z", "20260112T020000Z", "20260113T020000Z", "20260113T030000Z"]
    );
    let again = backup::add(&source(world.data.path()), &root, at(moments[0]));
    assert!(refusal(again).contains("is there already"));
    let blob = |name: &str| {
        let manifest = Manifest::load(&root.below(name)).expect("it can be read").expect("a manifest");
        folder.join(name).join("blobs").join(manifest.blobs.keys().next().expect("a blob"))
    };
    let inode = |name: &str| blob(name).metadata().expect("it is there").ino();
    assert_eq!(inode("20260105T020000Z"), inode("20260113T030000Z"), "one file, four names");

    let keep = Retention { daily: 1, weekly: 2 };
    assert_eq!(backup::prune(&root, keep, data).expect("it prunes"), ["20260112T020000Z", "20260113T020000Z"]);
    assert!(backup::list(&root).expect("a list")[1].verified.is_none());
    for name in ["20260105T020000Z", "20260113T030000Z"] {
        assert!(
            backup::verify_and_note(&root.below(name), data, at(moments[3])).expect("it is one").damage.is_empty(),
            "{name} is whole without the others"
        );
    }
    assert!(backup::list(&root).expect("a list")[1].verified.as_ref().is_some_and(|found| found.good));
    std::fs::write(blob("20260113T030000Z"), b"damage").expect("it can be written");
    assert_eq!(
        backup::verify_and_note(&root.below("20260113T030000Z"), data, at(moments[3])).expect("it is one").damage.len(),
        1
    );
    let last = backup::last(world.data.path()).expect("it can be read").expect("a record");
    assert_eq!((last.created_at.as_str(), last.files), ("2026-01-13T03:00:00.000000Z", 2));
    let restored = backup::restore(&root.below("20260105T020000Z"), &world.shelf.path().join("restored"));
    assert!(refusal(restored).contains("is damaged"), "a damaged file is so under each of its names");
}

#[actix_web::test]
async fn a_place_belongs_to_the_server_whose_backups_came_first() {
    let (world, other) = (World::new().await, World::new().await);
    let folder = world.shelf.path().join("row");
    let root = place(&folder);
    let at = |second: i64| Timestamp::from_micros(second * 1_000_000);
    backup::add(&source(world.data.path()), &root, at(1)).expect("a backup");
    backup::add(&source(world.data.path()), &root, at(2)).expect("another");

    let refused = refusal(backup::add(&source(other.data.path()), &root, at(3)));
    let lay = world.data.path().display().to_string();
    assert!(refused.contains("another server") && refused.contains(&lay) && refused.contains("server.json"), "{refused}");
    assert_eq!(backup::list(&root).expect("a list").len(), 2, "nothing was added");
    let to = folder.display().to_string();
    let config = settings(other.data.path(), &[("backup.to", &to)]);
    // Fresh backups of the other are no reason to make none.
    assert!(refusal(server::backups::is_due(&config, at(4))).contains("another server"));
    assert!(refusal(server::backups::make(&config, at(4))).contains("another server"));
    let subject = server::checkup::subject(&config, Clock::fixed(at(5))).expect("a subject");
    let checks = checkup::run(&subject, Wish::default()).await;
    let check = checks.iter().find(|check| check.name == "backup.place").expect("the check");
    assert!(check.state == State::Bad && check.message.contains("another server"), "{check:?}");

    // What is restored from it is the same server, wherever it lies.
    let restored = world.shelf.path().join("restored");
    let newest = backup::newest(&root).expect("a list").expect("a backup");
    backup::restore(&root.below(&newest.name), &restored).expect("it restores");
    backup::add(&source(&restored), &root, at(6)).expect("it goes on there");
    // And who takes the place over on purpose may.
    std::fs::remove_file(folder.join("server.json")).expect("it is there");
    backup::add(&source(other.data.path()), &root, at(7)).expect("it takes it over");
    assert!(refusal(backup::add(&source(&restored), &root, at(8))).contains("another server"));
}
