//! The audit log as it is read: by person, action, thing and time, as lines of JSON, and in the vendor's shape; and how it holds
//! together.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use actix_web::http::Method;
use runstead::db::Plane;
use runstead::domain::{Call, audit};
use runstead::error::Error;
use runstead::policy::Actor;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
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

/// The control plane of a house that has closed.
pub fn database(folder: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(folder.join(Plane::Control.file())).expect("a database")
}

/// What `runstead audit verify` says of a data directory.
pub fn verified(folder: &Path, words: &[&str]) -> (Option<i32>, Value, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_runstead"));
    command.args(["audit", "verify", "--json", "--data.dir"]).arg(folder).args(words).env_clear();
    let done = command.output().expect("it runs");
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    (done.status.code(), serde_json::from_slice(&done.stdout).unwrap_or_default(), said)
}

/// A house with some entries that is closed; with the log as the page gives it.
async fn entries(folder: &Path) -> String {
    let house = House::open(&settings(folder, &[])).await;
    let ada = house.set_up().await;
    for name in ["bob", "cyd", "dan"] {
        house.person(&ada, name).await;
    }
    let told = house.send(Ask::get("/api/v1/audit.jsonl").key(&ada)).await.text();
    close(&house).await;
    told
}

pub async fn close(house: &House) {
    house.app.history.close().await.expect("it closes");
    house.app.db.close().await.expect("it closes");
}

#[actix_web::test]
async fn whoever_changes_the_log_is_found_by_its_chain() {
    let folder = tempdir().expect("a folder");
    let told = entries(folder.path()).await;
    let (code, good, said) = verified(folder.path(), &[]);
    assert_eq!((code, &good["entries"], &good["broken"]), (Some(0), &json!(told.lines().count()), &Value::Null), "{said}");
    let last = good["last_entry"].as_i64().expect("a number");

    let (file, kept) = (folder.path().join(Plane::Control.file()), folder.path().join("kept"));
    std::fs::copy(&file, &kept).expect("a copy");
    let cases: [(&str, i64); 6] = [
        ("UPDATE audit SET details = '{}' WHERE id = 5", 5),
        ("UPDATE audit SET actor_id = 77 WHERE id = 6", 6),
        ("DELETE FROM audit WHERE id = 7", 8),
        ("DELETE FROM audit WHERE id = (SELECT MAX(id) FROM audit)", last),
        ("DELETE FROM audit WHERE id <= 3", 4),
        (
            "UPDATE audit SET id = id + 100 WHERE id > 8;
             INSERT INTO audit (id, at, action, object_kind, object_id, object_name, details, digest)
             SELECT 9, at, action, object_kind, object_id, object_name, details, digest FROM audit WHERE id = 8",
            9,
        ),
    ];
    for (change, entry) in cases {
        database(folder.path()).execute_batch(change).expect("the engine lets it");
        let (code, found, said) = verified(folder.path(), &[]);
        assert_eq!((code, &found["broken"]["entry"]), (Some(1), &json!(entry)), "{change}: {said}");
        assert!(said.contains(&format!("entry {entry}")), "{said}");
        std::fs::copy(&kept, &file).expect("a copy");
    }
    assert_eq!(verified(folder.path(), &[]).0, Some(0));
}

#[actix_web::test]
async fn a_chain_that_was_made_anew_differs_from_what_was_told_elsewhere() {
    let folder = tempdir().expect("a folder");
    let lines = folder.path().join("audit.jsonl");
    let told = entries(folder.path()).await;
    // As a collector of syslog writes them.
    let prefixed: String = told.lines().map(|line| format!("Jan 31 10:00:00 host runstead[1]: {line}\n")).collect();
    std::fs::write(&lines, prefixed).expect("a file");
    let lines = lines.to_str().expect("a name");
    let (code, found, said) = verified(folder.path(), &["--against", lines]);
    assert_eq!((code, &found["as_told"]), (Some(0), &json!(told.lines().count())), "{said}");

    // Forged from entry 5 on with all that the database has to hold.
    let file = database(folder.path());
    let columns = "id, at, action, actor_id, acting_for_id, object_kind, object_id, lower(hex(content))";
    file.execute("UPDATE audit SET object_name = 'somebody else' WHERE id = 5", []).expect("a row");
    let mut before = [0_u8; 32].to_vec();
    let ids: Vec<i64> = {
        let mut read = file.prepare("SELECT id FROM audit ORDER BY id").expect("a statement");
        read.query_map([], |row| row.get(0)).expect("rows").map(|id| id.expect("a row")).collect()
    };
    for id in ids {
        let sql = "SELECT json_array(lower(hex(salt)), address, object_name, details, NULL) FROM audit WHERE id = ?1";
        let text: String = file.query_row(sql, [id], |row| row.get(0)).expect("a row");
        let content = Sha256::digest(text.as_bytes()).to_vec();
        file.execute("UPDATE audit SET content = ?1 WHERE id = ?2", rusqlite::params![content, id]).expect("a row");
        let sql = format!("SELECT json_array(?1, {columns}) FROM audit WHERE id = ?2");
        let text: String = file.query_row(&sql, rusqlite::params![hex::encode(&before), id], |row| row.get(0)).expect("a row");
        before = Sha256::digest(text.as_bytes()).to_vec();
        file.execute("UPDATE audit SET digest = ?1 WHERE id = ?2", rusqlite::params![before, id]).expect("a row");
    }
    file.execute("UPDATE audit_chain SET last_digest = ?1", [before]).expect("a row");
    drop(file);
    assert_eq!(verified(folder.path(), &[]).0, Some(0), "by itself the chain cannot tell");
    let (code, found, said) = verified(folder.path(), &["--against", lines]);
    assert_eq!((code, &found["broken"]["entry"]), (Some(1), &json!(5)), "{said}");
    assert!(said.contains("told elsewhere with another digest"), "{said}");

    let nonsense = verified(folder.path(), &["--against", "/proc/version"]);
    assert!(nonsense.0 == Some(1) && nonsense.2.contains("line 1 is no entry"), "{nonsense:?}");
}

#[actix_web::test]
async fn entries_of_an_earlier_release_are_in_the_chain() {
    let folder = tempdir().expect("a folder");
    let earlier = Plane::Control.files().iter().position(|(name, _)| name.ends_with("audit-chain.sql")).expect("the step");
    for (plane, steps) in [(Plane::Control, earlier), (Plane::History, Plane::History.files().len())] {
        let file = rusqlite::Connection::open(folder.path().join(plane.file())).expect("a database");
        file.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())).expect("a log");
        for (_, sql) in &plane.files()[..steps] {
            file.execute_batch(sql).expect("the step works");
        }
        file.pragma_update(None, "user_version", steps as u32).expect("a version");
    }
    let file = database(folder.path());
    let row = "INSERT INTO audit (id, at, action, actor_id, address, object_kind, object_id, object_name, details)
               VALUES (?1, 5, 'team.create', ?2, ?3, 'entity', 1, ?4, ?5)";
    for (id, name) in [(3, "plain"), (4, "\"\\/\u{1}\u{1f}\u{7f}\n\t\u{8}\u{c}"), (9, "naïve \u{2028} 🦀")] {
        file.execute(row, rusqlite::params![id, Some(1).filter(|_| id != 4), None::<String>, name, "{\"a\": 1.50}"])
            .expect("a row");
    }
    drop(file);
    let house = House::open(&settings(folder.path(), &[])).await;
    house.set_up().await;
    close(&house).await;
    let (code, found, said) = verified(folder.path(), &[]);
    assert_eq!((code, &found["begins_after"]), (Some(0), &Value::Null), "{said}");
    assert!(found["entries"].as_i64() > Some(3) && found["last_entry"].as_i64() > Some(9), "{found}");
    database(folder.path()).execute("UPDATE audit SET at = 6 WHERE id = 4", []).expect("a row");
    assert_eq!(verified(folder.path(), &[]).1["broken"]["entry"], 4);
}

#[actix_web::test]
async fn the_chain_holds_while_many_write_and_the_operator_as_well() {
    let folder = tempdir().expect("a folder");
    let house = House::open(&settings(folder.path(), &[])).await;
    house.set_up().await;
    let operator = std::thread::spawn({
        let folder = folder.path().to_owned();
        move || {
            for name in ["kim", "lee", "moe"] {
                let mut command = Command::new(env!("CARGO_BIN_EXE_runstead"));
                let done = command.args(["user", "create", name, "--data.dir"]).arg(&folder).env_clear().output();
                assert!(done.as_ref().is_ok_and(|done| done.status.success()), "{done:?}");
            }
        }
    });
    let writing = (0..200).map(|number| {
        let call = Call { actor: Actor::operator(), now: house.app.clock.now(), address: None, cause: None };
        house.app.db.write(move |tx| {
            audit::record(tx, &call, "key.create", "key", number, "a key", &json!({ "number": number }))?;
            // What fails takes its entry back.
            if number % 3 == 0 { Err(Error::conflict("not this one")) } else { Ok(()) }
        })
    });
    let done = futures_util::future::join_all(writing).await;
    operator.join().expect("the operator's commands end well");
    assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 133);
    let (code, found, said) = verified(folder.path(), &[]);
    assert_eq!(code, Some(0), "{said}");
    assert!(found["entries"].as_i64() > Some(133 + 3), "{found}");
}

#[actix_web::test]
async fn old_entries_go_only_once_they_were_told_and_the_rest_holds_together() {
    let folder = tempdir().expect("a folder");
    let day = Duration::from_secs(24 * 3600);
    let house = House::open(&settings(folder.path(), &[("audit.keep_days", "30"), ("audit.file", "/nowhere")])).await;
    let ada = house.set_up().await;
    house.app.clock.advance(40 * day);
    house.person(&ada, "bob").await;
    let give_up = async || {
        let call = Call { actor: Actor::operator(), now: house.app.clock.now(), address: None, cause: None };
        house.app.db.write(move |tx| audit::give_up(tx, &call, 30 * day)).await
    };
    assert_eq!(give_up().await.expect("nothing is wrong"), 0, "nothing was told to the file yet");

    let old = house.app.db.read(|db| audit::untold(db, "file /nowhere", 1000)).await.expect("entries");
    let last = old.iter().rfind(|record| record.at < house.app.clock.now()).expect("old entries").id;
    house.app.db.write(move |tx| audit::note_told(tx, "file /nowhere", last + 1)).await.expect("it is noted");
    let now = house.app.clock.now();
    let counts = house.app.db.read(move |db| audit::counts(db, now, 30 * day)).await.expect("counts");
    assert_eq!(counts, (old.len() as i64, last));
    assert_eq!(give_up().await.expect("nothing is wrong"), last as usize);
    assert_eq!(give_up().await.expect("nothing is wrong"), 0);
    let listed = house.send(Ask::get("/api/v1/audit?action=audit.give_up").key(&ada)).await.json();
    assert_eq!(listed["items"][0]["details"]["last_entry"], last);
    let (code, found, said) = verified(folder.path(), &[]);
    assert_eq!((code, &found["begins_after"]), (Some(0), &json!(last)), "{said}");

    // What somebody has changed does not vanish with its time.
    house.app.clock.advance(40 * day);
    database(folder.path()).execute("UPDATE audit SET details = '{}' WHERE id = ?1", [last + 1]).expect("a row");
    house.app.db.write(|tx| audit::set_outputs(tx, &[])).await.expect("told nowhere");
    assert!(give_up().await.expect_err("it was changed").to_string().contains(&format!("entry {}", last + 1)));
}
