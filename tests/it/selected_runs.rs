//! One thing done to many runs at once: a reason for every run that stays as it was.

use serde_json::{Value, json};

use super::house::{Ask, House, settings};

const UPSERT: &str = "mutation($i: UpsertBucketInput!) { upsertBucket(input: $i) { inserted } }";

#[actix_web::test]
async fn of_mixed_runs_own_ones_go_and_the_others_stay_with_a_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let house = House::open(&settings(folder.path(), &[])).await;
    let ada = house.set_up().await;
    let bob = house.person(&ada, "bob").await;
    house.send(Ask::post("/api/v1/teams", &json!({ "name": "red" })).key(&ada)).await;
    let seat = json!({ "username": "bob", "role": "member" });
    assert_eq!(house.send(Ask::post("/api/v1/teams/red/members", &seat).key(&ada)).await.status, 201);
    for (name, key) in [("a1", &ada), ("b1", &bob), ("b2", &bob), ("b3", &bob)] {
        let input = json!({ "entityName": "red", "modelName": "digits", "name": name, "groupName": name });
        assert_eq!(house.send(Ask::graphql(UPSERT, &json!({ "i": input })).key(key)).await.status, 200);
    }
    let act = async |what: &str, body: Value| {
        let path = format!("/api/v1/projects/red/digits/selected-runs/{what}");
        house.send(Ask::post(&path, &body).key(&bob)).await
    };

    let locked = act("lock", json!({ "runs": ["b3"] })).await.json();
    assert_eq!(locked["done"], json!(["b3"]), "{locked}");
    let deleted = act("delete", json!({ "filter": "{}" })).await.json();
    let mut done: Vec<_> = deleted["done"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    done.sort_unstable();
    assert_eq!((done, &deleted["kept"]), (vec!["b1", "b2"], &json!(2)), "{deleted}");
    for (name, word) in [("a1", "only the person who made"), ("b3", "locked")] {
        let kept = deleted["kept_runs"].as_array().expect("a list").iter().find(|run| run["name"] == name).expect("a reason");
        assert!(kept["reason"].as_str().expect("a text").contains(word), "{kept}");
    }
    let again = act("delete", json!({ "runs": ["b1"] })).await.json();
    assert_eq!((&again["done"], &again["kept_runs"][0]["name"]), (&json!([]), &json!("b1")));

    let restored = act("restore", json!({ "runs": ["b1", "b2", "a1"] })).await.json();
    assert_eq!((&restored["done"], &restored["kept_runs"][0]["name"]), (&json!(["b1", "b2"]), &json!("a1")));
    assert_eq!(act("unlock", json!({ "filter": r#"{"group":"b3"}"# })).await.json()["done"], json!(["b3"]));
    for body in [json!({}), json!({ "runs": [], "filter": "{}" }), json!({ "filter": "no" })] {
        assert_eq!(act("delete", body).await.status, 400);
    }
    let audit = house.send(Ask::get("/api/v1/audit?team=red&action=run.delete").key(&ada)).await.json();
    assert_eq!(audit["items"].as_array().map(Vec::len), Some(2), "each run has its record: {audit}");
}
