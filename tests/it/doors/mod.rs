//! Every door × every role: who knocks, and what is answered. `doors.txt` is reviewed as a diff; a route or a field of
//! GraphQL without a row (`routes`, `fields`) fails the test.

mod door;
mod fields;
mod routes;
mod there;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;

use super::golden::compare;
use super::house::House;
use super::world::World;
use door::Door;
use fields::{mutations, queries};
use routes::routes;
use there::{fields as of_schema, mounted};

/// Who knocks. The run belongs to the author, who is a member of the team; the stranger is signed in and has no seat. Who
/// holds a link to a report of the author's says nothing else of themself.
const ROLES: [&str; 9] = ["nobody", "stranger", "view-only", "member", "author", "service", "team admin", "site admin", "link"];

/// What the door of the house answers to this role.
async fn knock(world: &World, house: &House, door: &Door, role: usize) -> String {
    let answer = house.send(door.ask.clone().key(&world.keys[role])).await;
    match (door.field, answer.status, answer.json()["done"].as_array()) {
        (Some(field), 200, _) => shown(&answer.json()["data"][field]),
        // Of the things picked, so many were the caller's to change.
        (None, 200, Some(done)) => format!("{} done", done.len()),
        (_, status, _) => status.to_string(),
    }
}

/// Lets happen what is to have happened before somebody knocks.
async fn prepare(world: &World, house: &House, door: &Door) {
    let Some((who, ask)) = &door.before else { return };
    let role = ROLES.iter().position(|role| role == who).expect("one of the roles");
    let answer = house.send(ask.clone().key(&world.keys[role])).await;
    let text = answer.text();
    assert!(answer.status < 300 && answer.json()["errors"].is_null(), "before {}: {} {text}", door.name, answer.status);
}

/// How much of a field's answer there is: nothing, so many items, or the thing.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Array(items) => format!("{} found", items.len()),
        // A payload is as much as what it holds.
        Value::Object(fields) if fields.len() == 1 => fields.values().map(shown).collect(),
        _ => "yes".to_owned(),
    }
}

/// Who leaves no record at these doors though the answer says that something was done: doors that change nothing of rights or
/// data that people care for, or write what a run's process sends, for everybody; and those for whom it is so already.
const LEAVES_NO_RECORD: [(&str, &[&str]); 22] = [
    // Questions.
    ("POST /api/v1/metrics", &ROLES),
    ("POST /api/v1/moves/preview", &ROLES),
    ("POST /graphql", &ROLES),
    // Whoever sends a key has no session to end.
    ("DELETE /api/v1/session", &["nobody", "stranger", "member", "author", "service", "team admin", "site admin", "link"]),
    // What a report is to somebody themself, and what they have read.
    ("PUT /api/v1/reports/{id}/star", &ROLES),
    ("DELETE /api/v1/reports/{id}/star", &ROLES),
    ("PUT /api/v1/reports/{id}/follow", &ROLES),
    ("DELETE /api/v1/reports/{id}/follow", &ROLES),
    ("POST /api/v1/notifications/read", &ROLES),
    // What the process of a run sends, and how artifacts arrive: their commit is told.
    ("POST /files/{entity}/{project}/{run}/file_stream", &ROLES),
    ("PUT /static/upload/{run}/{expires}/{signature}/{name:.+}", &ROLES),
    ("PUT /static/artifact/upload/{artifact}/{expires}/{signature}/{name:.+}", &ROLES),
    ("PUT /static/artifact/upload-part/{artifact}/{expires}/{signature}/{name:.+}", &ROLES),
    ("PUT /static/artifact/upload-manifest/{artifact}/{expires}/{signature}/{name:.+}", &ROLES),
    ("Mutation.createRunFiles", &ROLES),
    ("Mutation.markRunFilesUploaded", &ROLES),
    ("Mutation.notifyScriptableRunAlert", &ROLES),
    ("Mutation.createArtifactManifest", &ROLES),
    ("Mutation.updateArtifactManifest", &ROLES),
    ("Mutation.createArtifactFiles", &ROLES),
    // Nothing is kept of what the server sends to itself.
    ("PUT /static/probe/{subject}/{expires}/{signature}/{name:.+}", &ROLES),
    // There is no such run for somebody who may not know of it, and what is not there needs no deletion.
    ("Mutation.deleteRun", &["stranger"]),
];

/// Whether an answer says that something was done.
fn changed(answer: &str) -> bool {
    let some = answer.ends_with(" found") || answer.ends_with(" done");
    ["200", "201", "204", "yes"].contains(&answer) || (some && !answer.starts_with("0 "))
}

/// How many records the audit log has, besides those of offices that looked.
async fn records(house: &House) -> i64 {
    let count = "SELECT COUNT(*) AS records FROM audit WHERE action NOT LIKE '%.enter'";
    let counted = house.app.db.read(move |reader| reader.query_one(count, &[], |row| row.get("records")));
    counted.await.expect("the log is read")
}

#[actix_web::test]
async fn every_door_answers_every_role_as_reviewed() {
    let world = World::new().await;
    let doors: Vec<Door> =
        [routes(&world.names), queries(&world.names), mutations(&world.names)].into_iter().flatten().collect();
    let rows: BTreeSet<String> = doors.iter().map(|door| door.name.clone()).collect();
    let there: BTreeSet<String> = mounted().into_iter().chain(of_schema()).collect();
    let missing: Vec<_> = there.difference(&rows).collect();
    assert!(missing.is_empty(), "give these doors a row in tests/it/doors: {missing:#?}");
    let gone: Vec<_> = rows.difference(&there).collect();
    assert!(gone.is_empty(), "these rows of tests/it/doors have no door: {gone:#?}");

    let mut silent = Vec::new();
    let (reading_room, _folder) = world.house().await;
    // Where somebody was turned away everything is as it was, for the next one.
    let mut untouched = None;
    let mut table = format!("{:90}{}\n", "", ROLES.map(|role| format!("{role:11}")).concat().trim_end());
    for door in &doors {
        write!(table, "{:90}", door.name).expect("texts take anything");
        let mut answers = String::new();
        for (role, who) in ROLES.into_iter().enumerate() {
            let answer = if door.only_reads() {
                knock(&world, &reading_room, door, role).await
            } else {
                let kept = untouched.take().filter(|_| door.before.is_none());
                let (house, folder) = match kept {
                    Some(kept) => kept,
                    None => world.house().await,
                };
                prepare(&world, &house, door).await;
                let before = records(&house).await;
                let answer = knock(&world, &house, door, role).await;
                let recorded = records(&house).await != before;
                if changed(&answer) && !recorded {
                    silent.push((door.name.as_str(), who));
                } else if !changed(&answer) && !recorded && door.before.is_none() {
                    untouched = Some((house, folder));
                }
                answer
            };
            write!(answers, "{answer:11}").expect("texts take anything");
        }
        writeln!(table, "{}", answers.trim_end()).expect("texts take anything");
    }
    let excused = |door: &str, role: &str| LEAVES_NO_RECORD.iter().any(|(name, roles)| *name == door && roles.contains(&role));
    let needless = LEAVES_NO_RECORD.iter().filter(|(name, roles)| {
        let used = |role: &&&str| silent.contains(&(*name, **role));
        // What is excused for everybody is refused to some of them.
        if *roles == ROLES { !roles.iter().any(|role| used(&role)) } else { !roles.iter().all(|role| used(&role)) }
    });
    let needless: Vec<_> = needless.collect();
    assert!(needless.is_empty(), "nobody needs these rows of LEAVES_NO_RECORD: {needless:#?}");
    silent.retain(|(door, role)| !excused(door, role));
    assert!(silent.is_empty(), "these changed something and left no record in the audit log: {silent:#?}");
    compare("tests/it/doors.txt", &table);
}
