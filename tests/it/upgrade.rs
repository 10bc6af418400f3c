//! Data of an earlier release is copied before it is changed, can be put back, and is refused in words when it is newer.

use std::path::Path;
use std::process::{Command, Output};

use runstead::clock::Timestamp;
use runstead::db::Plane;
use runstead::domain::upgrade::{self, Reason};
use serde_json::Value;
use tempfile::TempDir;

use super::house::{House, settings};

/// The number of steps that both databases of an older release have taken.
const OLD: [usize; 2] = [5, 1];

/// A data directory as an earlier release left it, with an account and a blob.
fn old_data() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (plane, steps) in Plane::ALL.into_iter().zip(OLD) {
        let file = rusqlite::Connection::open(folder.path().join(plane.file())).expect("a database");
        file.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())).expect("a log");
        for (_, sql) in &plane.files()[..steps] {
            file.execute_batch(sql).expect("the step works");
        }
        file.pragma_update(None, "user_version", steps as u32).expect("a version");
    }
    mark(folder.path(), "then");
    let shelf = folder.path().join("blobs/runs/ab");
    std::fs::create_dir_all(&shelf).expect("a folder");
    std::fs::write(shelf.join("cd"), b"bytes").expect("a file");
    std::fs::write(shelf.join("ef#1"), b"half").expect("a file");
    folder
}

fn database(folder: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(folder.join(Plane::Control.file())).expect("a database")
}

/// Leaves a row by which the data is known again.
fn mark(folder: &Path, word: &str) {
    let sql = "INSERT INTO signing_keys (secret, created_at) VALUES (?1, 1)";
    let mut key = [0; 32];
    key[..word.len()].copy_from_slice(word.as_bytes());
    database(folder).execute(sql, [&key[..]]).expect("a row");
}

fn marks(folder: &Path) -> Vec<String> {
    let file = database(folder);
    let mut read = file.prepare("SELECT secret FROM signing_keys WHERE created_at = 1 ORDER BY id").expect("a statement");
    let rows = read.query_map([], |row| row.get::<_, Vec<u8>>(0)).expect("rows");
    rows.map(|row| String::from_utf8_lossy(&row.expect("a row")).trim_end_matches('\0').to_owned()).collect()
}

fn schemas(folder: &Path) -> Vec<usize> {
    Plane::ALL.map(|plane| plane.schema_of(&folder.join(plane.file())).expect("ours").expect("it is there") as usize).to_vec()
}

fn newest() -> Vec<usize> {
    Plane::ALL.map(|plane| plane.files().len()).to_vec()
}

fn runstead(folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_runstead"));
    command.args(words).arg("--data.dir").arg(folder).env_clear();
    command.output().expect("it runs")
}

async fn open_and_close(folder: &Path) {
    let house = House::open(&settings(folder, &[("data.snapshots", "2")])).await;
    house.app.history.close().await.expect("it closes");
    house.app.db.close().await.expect("it closes");
}

#[actix_web::test]
async fn data_is_copied_before_it_changes_and_can_be_put_back() {
    let data = old_data();
    let folder = data.path();
    assert!(upgrade::plan(folder).expect("a plan").is_pending());
    open_and_close(folder).await;
    assert_eq!(schemas(folder), newest());
    let taken = upgrade::list(folder).expect("snapshots");
    assert_eq!(taken.len(), 1);
    assert!(taken[0].name.ends_with("-schema-5-1") && taken[0].reason == Reason::Upgrade, "{taken:?}");
    let linked = folder.join("snapshots").join(&taken[0].name).join("blobs/runs/ab");
    assert_eq!(std::fs::read(linked.join("cd")).expect("a link"), b"bytes");
    assert!(!linked.join("ef#1").exists(), "what was being written is nobody's");
    // A second start changes nothing and copies nothing.
    open_and_close(folder).await;
    assert_eq!(upgrade::list(folder).expect("snapshots").len(), 1);

    mark(folder, "later");
    std::fs::remove_file(folder.join("blobs/runs/ab/cd")).expect("it is there");
    let now = Timestamp::parse("2026-02-01T00:00:00Z").expect("a moment");
    assert_eq!(upgrade::rollback(folder, None, now).expect("it goes back").name, taken[0].name);
    assert_eq!((schemas(folder), marks(folder)), (OLD.to_vec(), vec!["then".to_owned()]));
    assert_eq!(std::fs::read(folder.join("blobs/runs/ab/cd")).expect("it is back"), b"bytes");

    // What there was until then is kept, and can be gone to as well.
    let kept = upgrade::list(folder).expect("snapshots").pop().expect("one more");
    assert_eq!((kept.reason, kept.schemas["control"] as usize), (Reason::Rollback, newest()[0]));
    upgrade::rollback(folder, Some(&kept.name), now).expect("it goes forward");
    assert_eq!((schemas(folder), marks(folder)), (newest(), vec!["then".to_owned(), "later".to_owned()]));

    // The oldest copies go when there are too many.
    upgrade::rollback(folder, None, now).expect("it goes back");
    assert_eq!(upgrade::list(folder).expect("snapshots").len(), 4);
    open_and_close(folder).await;
    assert_eq!((schemas(folder), upgrade::list(folder).expect("snapshots").len()), (newest(), 2));
}

#[actix_web::test]
async fn a_roll_back_that_was_interrupted_is_finished_before_anything_else() {
    let data = old_data();
    let folder = data.path();
    open_and_close(folder).await;
    let name = upgrade::list(folder).expect("snapshots").remove(0).name;
    // As a power cut between the two exchanges leaves it.
    std::fs::write(folder.join("rollback.unfinished"), &name).expect("it can be written");
    std::fs::copy(folder.join("snapshots").join(&name).join(Plane::Control.file()), folder.join(Plane::Control.file()))
        .expect("a copy");
    let refused = upgrade::plan(folder).expect_err("half is old").to_string();
    assert!(refused.contains(&format!("upgrade rollback {name}")), "{refused}");
    upgrade::rollback(folder, None, Timestamp::from_micros(0)).expect("it ends");
    assert_eq!(schemas(folder), OLD.to_vec());
    assert_eq!(upgrade::list(folder).expect("snapshots").len(), 1, "a half is not worth a copy");

    let copy = folder.join("snapshots").join(&name).join(Plane::History.file());
    std::fs::write(&copy, b"no database").expect("it can be written");
    let before = schemas(folder);
    assert!(
        upgrade::rollback(folder, Some(&name), Timestamp::from_micros(0)).expect_err("damage").to_string().contains("damaged")
    );
    assert_eq!(schemas(folder), before);
}

#[test]
fn the_command_says_what_it_would_do_and_whether_it_can() {
    let data = old_data();
    let folder = data.path();
    let checked = runstead(folder, &["upgrade", "--check", "--json"]);
    let told: Value = serde_json::from_slice(&checked.stdout).expect("JSON");
    assert_eq!((checked.status.code(), &told["pending"], &told["can_be_done"]), (Some(0), &true.into(), &true.into()));
    let step = &told["databases"][1]["steps"][0];
    assert_eq!((step["name"].as_str(), step["rewrites"].as_bool()), (Some("history/0002-segments.sql"), Some(false)));
    assert_eq!(schemas(folder), OLD.to_vec(), "nothing was changed");
    let text = String::from_utf8(runstead(folder, &["upgrade", "--check"]).stdout).expect("text");
    assert!(text.contains("step control/0006-run-trash.sql (goes through rows)"), "{text}");

    let done = runstead(folder, &["upgrade"]);
    assert!(done.status.success() && String::from_utf8_lossy(&done.stdout).contains("is kept as"), "{done:?}");
    assert_eq!(schemas(folder), newest());
    assert!(String::from_utf8_lossy(&runstead(folder, &["upgrade", "list"]).stdout).contains("before an upgrade"));
    let back = runstead(folder, &["upgrade", "rollback"]);
    assert!(back.status.success(), "{back:?}");
    assert_eq!(schemas(folder), OLD.to_vec());
    let unknown = runstead(folder, &["upgrade", "rollback", "nothing"]);
    assert!(
        unknown.status.code() == Some(1) && String::from_utf8_lossy(&unknown.stderr).contains("upgrade list"),
        "{unknown:?}"
    );

    database(folder).pragma_update(None, "user_version", 999).expect("a version");
    let newer = runstead(folder, &["upgrade", "--check"]);
    let words = String::from_utf8_lossy(&newer.stderr).into_owned();
    assert!(newer.status.code() == Some(1) && words.contains("newer release") && words.contains("rollback"), "{words}");
}

#[test]
fn nothing_changes_under_a_server_of_an_earlier_release() {
    let data = old_data();
    let lock = std::fs::File::create(data.path().join("runstead.lock")).expect("a file");
    lock.lock().expect("it is free");
    for words in [["user", "list"].as_slice(), &["upgrade"], &["upgrade", "rollback"]] {
        let refused = runstead(data.path(), words);
        let text = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(refused.status.code() == Some(1) && text.contains("server must be stopped"), "{words:?}: {text}");
    }
    assert_eq!(schemas(data.path()), OLD.to_vec());
}
