//! More than the server can write: what was accepted is stored, the rest is told to come back, and memory stays bounded.

use std::sync::mpsc;

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::house::{Ask, House, settings};

fn upsert(name: &str) -> Ask {
    let input = json!({ "entityName": "ada", "modelName": "digits", "name": name });
    Ask::graphql("mutation($i: UpsertBucketInput!) { upsertBucket(input: $i) { inserted } }", &json!({ "i": input }))
}

/// A message with one row of 300 kB.
fn stream(run: &str) -> Ask {
    let row = format!(r#"{{"_step":0,"text":"{}"}}"#, "x".repeat(300_000));
    let body = json!({ "files": { "wandb-history.jsonl": { "offset": 0, "content": [row] } } });
    let ask = Ask::post(format!("/files/ada/digits/{run}/file_stream"), &body);
    let length = ask.body.len().to_string();
    ask.header("content-length", length)
}

#[actix_web::test]
async fn a_server_that_is_behind_refuses_new_messages_then_new_runs_and_takes_all_of_it_later() {
    let folder = tempfile::tempdir().expect("a folder");
    let house = House::open(&settings(folder.path(), &[("limits.stream_memory_bytes", "1048576")])).await;
    let ada = house.set_up().await;
    let names = ["a", "b", "c", "d", "e"];
    for name in names {
        assert_eq!(house.send(upsert(name).key(&ada)).await.status, 200);
    }

    // The writer is held up, as by a slow disk.
    let (go_on, waits) = mpsc::channel::<()>();
    let history = house.app.history.clone();
    let waits = std::sync::Mutex::new(waits);
    let held_up = history.write(move |_| {
        // Whether it was told to go on or the test is over.
        let _ = waits.lock().expect("one holder").recv();
        Ok(())
    });
    let meanwhile = async {
        let first_refused = async {
            while !house.app.admission.is_crowded() {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
            let refused = house.send(upsert("new").key(&ada)).await;
            assert_eq!((refused.status, refused.header("retry-after")), (429, "10"), "{}", refused.text());
            assert_eq!(house.send(upsert("a").key(&ada)).await.status, 200, "a run that has begun goes on");
            let refused = house.send(stream("e").key(&ada)).await;
            assert_eq!((refused.status, refused.header("retry-after")), (429, "5"), "{}", refused.text());
            go_on.send(()).expect("the writer waits");
        };
        let sent = names[..3].iter().map(|name| house.send(stream(name).key(&ada)));
        let (answers, ()) = tokio::join!(join_all(sent), first_refused);
        assert!(answers.iter().all(|answer| answer.status == 200), "what was let in is stored");
    };
    let (held_up, ()) = tokio::join!(held_up, meanwhile);
    held_up.expect("it ends");

    assert_eq!(house.send(stream("e").key(&ada)).await.status, 200, "sent again it is taken");
    assert_eq!(house.send(upsert("new").key(&ada)).await.status, 200);
    let count =
        "query { project(name: \"digits\", entityName: \"ada\") { runs(first: 10) { edges { node { historyLineCount } } } } }";
    let counts = house.send(Ask::graphql(count, &Value::Null).key(&ada)).await.json();
    let lines = counts["data"]["project"]["runs"]["edges"].as_array().expect("runs").iter();
    let lines = lines.map(|edge| edge["node"]["historyLineCount"].as_i64().expect("a number")).sum::<i64>();
    assert_eq!(lines, 4, "the rows of a, b, c and e, once each");
}
