//! Names of people who were anonymized go from the audit log, and the log can still be seen to be as it was written.

use std::path::Path;

use actix_web::http::Method;
use runstead::db::Plane;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::tempdir;

use super::audit::{close, database, verified};
use super::house::{Ask, House, secret, settings};

/// All texts of the log as the database has them, and as it is given out.
async fn texts(house: &House, key: &str) -> String {
    let query = "SELECT object_name, details FROM audit ORDER BY id";
    let stored = house.app.db.read(move |db| {
        db.query(query, &[], |row| Ok(format!("{} {}\n", row.get::<String>("object_name")?, row.get::<String>("details")?)))
    });
    let given = house.send(Ask::get("/api/v1/audit.jsonl").key(key)).await.text();
    format!("{}{given}", stored.await.expect("the log is read").concat())
}

/// A log in which bertha is named in every way, and as much of it as was told elsewhere; closed after she was anonymized.
async fn with_bertha_forgotten(folder: &Path) -> String {
    let house = House::open(&settings(folder, &[])).await;
    let ada = house.set_up().await;
    let must = async |ask: Ask, key: &str| {
        let answer = house.send(ask.key(key)).await;
        assert!(answer.status < 300, "{} {}", answer.status, answer.text());
        answer
    };
    let put = |path: &str, role: &str| Ask::new(Method::PUT, format!("/api/v1{path}")).json(&json!({ "role": role }));
    let bertha = house.person(&ada, "bertha").await;
    // Somebody who is called as a role is.
    house.person(&ada, "member").await;
    must(Ask::post("/api/v1/teams", &json!({ "name": "red", "admin": "ada" })), &ada).await;
    must(put("/teams/red/members/bertha", "member"), &ada).await;
    must(put("/organizations/runstead/members/bertha", "admin"), &ada).await;
    must(Ask::post("/api/v1/keys", &json!({ "name": "bertha's laptop" })), &bertha).await;
    must(Ask::post("/api/v1/projects/bertha", &json!({ "name": "own" })), &bertha).await;
    must(Ask::post("/api/v1/teams/red/invitations", &json!({ "people": ["bertha@runs.example"], "role": "admin" })), &ada)
        .await;
    must(put("/organizations/runstead/members/bertha", "member"), &ada).await;
    let told = house.send(Ask::get("/api/v1/audit.jsonl").key(&ada)).await.text();
    assert!(texts(&house, &ada).await.contains("bertha"));
    must(Ask::new(Method::DELETE, "/api/v1/users/bertha?anonymize=true"), &ada).await;
    let after = texts(&house, &ada).await;
    let left: Vec<&str> = after.lines().filter(|line| line.to_lowercase().contains("bertha")).collect();
    assert!(left.is_empty(), "{left:#?}");
    let count = |what: &str| told.matches(what).count();
    assert!(after.matches("\"role\":\"member\"").count() >= count("\"role\":\"member\""), "roles are no names");
    // Another who is called as a role is: his name goes and the roles stay.
    must(Ask::new(Method::DELETE, "/api/v1/users/member?anonymize=true"), &ada).await;
    assert!(texts(&house, &ada).await.contains("\"role\":\"member\""));
    close(&house).await;
    told
}

#[actix_web::test]
async fn who_is_anonymized_is_forgotten_by_the_log_and_its_chain_holds() {
    let folder = tempdir().expect("a folder");
    let told = with_bertha_forgotten(folder.path()).await;
    let lines = folder.path().join("audit.jsonl");
    std::fs::write(&lines, &told).expect("a file");
    let (code, found, said) = verified(folder.path(), &["--against", lines.to_str().expect("a name")]);
    assert_eq!((code, &found["as_told"]), (Some(0), &json!(told.lines().count())), "{said}");
    assert!(found["forgotten"].as_i64() > Some(8), "{found}");

    // What stands there instead is held by the chain as well.
    let (file, kept) = (folder.path().join(Plane::Control.file()), folder.path().join("kept"));
    std::fs::copy(&file, &kept).expect("a copy");
    let rewritten: i64 = database(folder.path())
        .query_row("SELECT MIN(id) FROM audit WHERE object_name LIKE 'deleted-%'", [], |row| row.get(0))
        .expect("an entry");
    for change in [
        "UPDATE audit SET object_name = 'somebody else' WHERE id = ?1",
        "UPDATE audit SET details = '{}' WHERE id = ?1 AND details <> '{}' OR id = ?1 AND object_name = 'x'",
        "UPDATE audit SET salt = x'00' WHERE id = ?1",
    ] {
        let changed = database(folder.path()).execute(change, [rewritten]).expect("the engine lets it");
        let (code, found, said) = verified(folder.path(), &[]);
        if changed > 0 {
            assert_eq!((code, &found["broken"]["entry"]), (Some(1), &json!(rewritten)), "{change}: {said}");
        }
        std::fs::copy(&kept, &file).expect("a copy");
    }
    // Nor can somebody forget what they like: no entry says so.
    let untouched = "UPDATE audit SET object_name = 'deleted-9', salt = x'01' WHERE id = 1";
    database(folder.path()).execute(untouched, []).expect("the engine lets it");
    assert_eq!(verified(folder.path(), &[]).1["broken"]["entry"], 1);
}

/// A log of a release whose digests covered the texts themselves, with four entries.
fn earlier_log(folder: &Path) -> Vec<String> {
    let before = |step: &str| Plane::Control.files().iter().position(|(name, _)| name.ends_with(step)).expect("the step");
    let (chain, forgetting) = (before("audit-chain.sql"), before("forgetting.sql"));
    for (plane, steps) in [(Plane::Control, forgetting), (Plane::History, Plane::History.files().len())] {
        let file = rusqlite::Connection::open(folder.join(plane.file())).expect("a database");
        file.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())).expect("a log");
        let flags = rusqlite::functions::FunctionFlags::SQLITE_UTF8;
        file.create_scalar_function("sha256", 1, flags, |call| Ok(Sha256::digest(call.get::<String>(0)?.as_bytes()).to_vec()))
            .expect("a function");
        for (index, (_, sql)) in plane.files()[..steps].iter().enumerate() {
            if plane == Plane::Control && index == chain {
                let row = "INSERT INTO audit (id, at, action, object_kind, object_id, object_name, details)
                           VALUES (?1, 5, 'team.create', 'entity', 1, 'née \u{1}', '{\"a\": 1.50}')";
                for id in [3, 4, 7, 9] {
                    file.execute(row, [id]).expect("a row");
                }
            }
            file.execute_batch(sql).expect("the step works");
        }
        file.pragma_update(None, "user_version", steps as u32).expect("a version");
    }
    let file = database(folder);
    let mut read = file.prepare("SELECT id, lower(hex(digest)) FROM audit ORDER BY id").expect("a statement");
    let line =
        |row: &rusqlite::Row<'_>| Ok(json!({ "id": row.get::<_, i64>(0)?, "digest": row.get::<_, String>(1)? }).to_string());
    read.query_map([], line).expect("rows").map(|line| line.expect("a row")).collect()
}

#[actix_web::test]
async fn a_log_of_an_earlier_release_holds_together_and_its_faults_are_not_covered() {
    for (fault, broken) in [
        (None, Value::Null),
        (Some("UPDATE audit SET object_name = 'else' WHERE id = 7"), json!(7)),
        (Some("DELETE FROM audit WHERE id = 9"), json!("the last")),
    ] {
        let folder = tempdir().expect("a folder");
        let told = earlier_log(folder.path());
        if let Some(fault) = fault {
            database(folder.path()).execute(fault, []).expect("the engine lets it");
        }
        let house = House::open(&settings(folder.path(), &[])).await;
        if fault.is_none() {
            house.set_up().await;
        }
        close(&house).await;
        let lines = folder.path().join("told.jsonl");
        std::fs::write(&lines, told.join("\n")).expect("a file");
        let (code, found, said) = verified(folder.path(), &["--against", lines.to_str().expect("a name")]);
        match broken {
            Value::Null => assert_eq!((code, &found["as_told"]), (Some(0), &json!(4)), "{said}"),
            Value::Number(_) => assert_eq!((code, &found["broken"]["entry"]), (Some(1), &broken), "{said}"),
            _ => assert_eq!(code, Some(1), "{said}"),
        }
    }
}

/// A record of a sync that asked for bertha, and one of her making.
const SYNC: &str = r#"INSERT INTO directory_syncs (started_at, finished_at, started_by, outcome, why, people, groups, reading_ms,
    added, changed, removed, changes, kept)
  VALUES (1, 2, 'bertha', 'applied', 'Bertha is the last admin of red', 2, 1, 3, 1, 0, 0,
    '[{"change":"reactivate","who":{"username":"bertha","directory_id":"1"}},
      {"change":"reactivate","who":{"username":"eve","directory_id":"2"}},
      {"change":"create-team","team":"red","admin":{"username":"bertha","directory_id":"1"}}]',
    '[{"what":"nothing is taken from uid=bertha,ou=people","because":"bertha is the last admin"}]')"#;

/// `table.column` wherever a text of the database has the word.
fn places_with(folder: &Path, word: &str) -> Vec<String> {
    let file = database(folder);
    let texts = "SELECT t.name, c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND c.type = 'TEXT'";
    let mut columns = file.prepare(texts).expect("a statement");
    let columns = columns.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))).expect("rows");
    let has = |table: &str, column: &str| -> bool {
        let query = format!("SELECT EXISTS (SELECT 1 FROM \"{table}\" WHERE LOWER(\"{column}\") LIKE '%{word}%')");
        file.query_row(&query, [], |row| row.get(0)).expect("a statement")
    };
    let columns = columns.map(|column| column.expect("a row"));
    columns.filter(|(table, column)| has(table, column)).map(|(table, column)| format!("{table}.{column}")).collect()
}

#[actix_web::test]
async fn no_text_of_the_database_names_who_is_anonymized() {
    let folder = tempdir().expect("a folder");
    let house = House::open(&settings(folder.path(), &[])).await;
    let ada = house.set_up().await;
    let must = async |ask: Ask, key: &str| {
        let answer = house.send(ask.key(key)).await;
        assert!(answer.status < 300 && answer.json()["errors"].is_null(), "{} {}", answer.status, answer.text());
        answer
    };
    must(Ask::post("/api/v1/teams", &json!({ "name": "red", "admin": "ada" })), &ada).await;
    must(Ask::post("/api/v1/teams/red/invitations", &json!({ "people": ["bertha@runs.example"], "role": "member" })), &ada)
        .await;
    let robot = must(Ask::post("/api/v1/teams/red/service-accounts", &json!({ "name": "ci" })), &ada).await;
    let bertha = house.person(&ada, "bertha").await;
    must(Ask::post("/api/v1/projects/bertha", &json!({ "name": "own" })), &bertha).await;
    must(Ask::post("/api/v1/exports", &json!({ "scope": "project", "entity": "bertha", "project": "own" })), &bertha).await;
    let condition = json!({ "kind": "threshold", "metric": "loss", "is": "above", "value": 1 });
    let alert = json!({ "name": "high", "condition": condition, "mail": ["bertha"], "filter": "{\"username\": \"bertha\"}" });
    let alert = must(Ask::post("/api/v1/projects/bertha/own/alerts", &alert), &bertha).await.json();
    must(Ask::post(format!("/api/v1/projects/bertha/own/alerts/{}/test", alert["id"]), &json!({})), &bertha).await;
    let report = json!({ "display_name": "Weekly", "spec": "{}" });
    let report = must(Ask::post("/api/v1/projects/bertha/own/reports", &report), &bertha).await.json();
    let thread = format!("/api/v1/reports/{}/threads", report["id"].as_str().expect("an id"));
    let said = json!({ "body": "As Bertha said to @bertha", "anchor": { "quote": "by bertha" } });
    must(Ask::post(thread, &said), &bertha).await;
    // Not in the team, so that the run says whom it could not be attributed to.
    let upsert = "mutation($i: UpsertBucketInput!) { upsertBucket(input: $i) { inserted } }";
    let run = json!({ "i": { "entityName": "red", "modelName": "digits", "name": "train" } });
    must(Ask::graphql(upsert, &run).header("x-wandb-username", "Bertha"), &secret(&robot)).await;
    house.app.db.write(|tx| tx.execute(SYNC, &[])).await.expect("a record");

    let before = [
        "invitations.email",
        "exports.title",
        "runs.attribution_warning",
        "directory_syncs.changes",
        "alert_rules.filter",
        "report_comments.body",
        "report_threads.anchor",
        "alert_firings.text",
        "alert_deliveries.recipient",
    ];
    let found = places_with(folder.path(), "bertha");
    assert!(before.iter().all(|place| found.iter().any(|found| found == place)), "{found:?}");
    must(Ask::new(Method::DELETE, "/api/v1/users/bertha?anonymize=true"), &ada).await;
    assert_eq!(places_with(folder.path(), "bertha"), [""; 0]);

    let record = house.app.db.read(|db| {
        let columns = "SELECT changes, kept FROM directory_syncs";
        db.query_one(columns, &[], |row| Ok((row.get::<String>("changes")?, row.get::<String>("kept")?)))
    });
    let (changes, kept) = record.await.expect("a record");
    let changes: Value = serde_json::from_str(&changes).expect("JSON");
    assert_eq!(changes.as_array().map(Vec::len), Some(2), "what was done to others is there: {changes}");
    assert!(kept.contains("is the last admin"), "{kept}");
    close(&house).await;
}
