//! Charts through their door: what is drawn, what is unchanged, and who may look.

use serde_json::{Value, json};

use super::house::{Answer, Ask, House, settings};

/// The head of an answer, and its columns one after the other.
fn opened(answer: &Answer) -> (Value, Vec<f64>) {
    assert_eq!((answer.status, &answer.body[..4]), (200, &b"RSM1"[..]), "{}", answer.text());
    let length = u32::from_le_bytes(answer.body[4..8].try_into().expect("4 bytes")) as usize;
    assert_eq!((8 + length) % 8, 0);
    let head = serde_json::from_slice(&answer.body[8..8 + length]).expect("JSON");
    let numbers = answer.body[8 + length..].chunks_exact(8).map(|bytes| f64::from_le_bytes(bytes.try_into().expect("8 bytes")));
    (head, numbers.collect())
}

fn ask(key: &str, more: &Value) -> Ask {
    let mut body = json!({ "entity": "ada", "project": "digits", "keys": ["loss"], "runs": [{ "name": "first" }] });
    for (name, value) in more.as_object().expect("an object") {
        body[name] = value.clone();
    }
    Ask::post("/api/v1/metrics", &body).key(key)
}

#[actix_web::test]
async fn charts_of_many_runs_and_keys_come_in_one_answer() {
    let folder = tempfile::tempdir().expect("a folder");
    let house = House::open(&settings(folder.path(), &[])).await;
    let ada = house.set_up().await;
    let stranger = house.person(&ada, "stranger").await;
    let stream = |first: usize, count: usize| {
        let rows = (first..first + count).map(|step| format!(r#"{{"_step":{step},"loss":{},"t":{}}}"#, step % 10, 1000 - step));
        let rows: Vec<String> = rows.collect();
        let body = json!({ "files": { "wandb-history.jsonl": { "offset": first, "content": rows } } });
        Ask::post("/files/ada/digits/first/file_stream", &body).key(&ada)
    };
    let upsert =
        "mutation { upsertBucket(input: { entityName: \"ada\", modelName: \"digits\", name: \"first\" }) { bucket { id } } }";
    assert!(house.send(Ask::graphql(upsert, &Value::Null).key(&ada)).await.json()["errors"].is_null());
    assert_eq!(house.send(stream(0, 1000)).await.status, 200);

    let many = json!({ "buckets": 4, "keys": ["loss", "none"], "runs": [{ "name": "first" }, { "name": "gone" }] });
    let (head, numbers) = opened(&house.send(ask(&ada, &many)).await);
    let first = &head["runs"][0];
    assert_eq!(first["series"], json!([{"key":"loss","points":1000,"buckets":4},{"key":"none","points":0,"buckets":0}]));
    assert_eq!((&head["runs"][1]["state"], &head["runs"][1]["series"]), (&json!("missing"), &json!([])));
    assert_eq!(numbers.len(), 7 * 4);
    assert_eq!((numbers[0], numbers[7]), (0.0, 999.0), "from the first x to the last");
    assert_eq!(numbers[8..12].iter().sum::<f64>(), 1000.0);
    assert_eq!((&numbers[20..24], &numbers[24..28]), (&[0.0; 4][..], &[9.0; 4][..]));

    let (head, numbers) = opened(&house.send(ask(&ada, &json!({ "x": "t", "xMin": 995.0, "buckets": 500 }))).await);
    assert_eq!(head["runs"][0]["series"][0]["points"], 6);
    assert_eq!((numbers[0], numbers[5]), (995.0, 1000.0));

    let known = json!({ "runs": [{ "name": "first", "cursor": first["cursor"] }] });
    let (head, numbers) = opened(&house.send(ask(&ada, &known)).await);
    assert_eq!((&head["runs"][0]["state"], numbers.len()), (&json!("unchanged"), 0));
    assert_eq!(house.send(stream(1000, 1)).await.status, 200);
    let (head, _) = opened(&house.send(ask(&ada, &known)).await);
    assert_eq!(head["runs"][0]["series"][0]["points"], 1001);

    let mut deltas = json!({ "deltas": true, "runs": known["runs"] });
    let (head, numbers) = opened(&house.send(ask(&ada, &deltas)).await);
    let grown = &head["runs"][0];
    assert_eq!((&grown["state"], &grown["series"][0]["points"]), (&json!("grown"), &json!(1)));
    assert_eq!((numbers[0], numbers[3]), (1000.0, 0.0), "x and the first value");
    deltas["runs"][0]["cursor"] = grown["cursor"].clone();
    let same = house.send(ask(&ada, &deltas)).await;
    assert_eq!((same.status, same.body.len()), (204, 0));

    for (key, more, status) in [
        (&stranger, json!({}), 404),
        (&ada, json!({ "buckets": 0 }), 400),
        (&ada, json!({ "bucket": 1 }), 400),
        (&ada, json!({ "keys": vec!["loss"; 5001] }), 413),
    ] {
        let answer = house.send(ask(key, &more)).await;
        assert_eq!(answer.status, status, "{}", answer.text());
    }
}
