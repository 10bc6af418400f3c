//! What spares work and prevents harm between programs: ETags, If-Match, Idempotency-Key. And the sessions of people.

use std::time::Duration;

use actix_web::http::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::house::{Ask, House, settings};

async fn house() -> (House, String, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let house = House::open(&settings(folder.path(), &[])).await;
    let ada = house.set_up().await;
    house.send(Ask::post("/api/v1/teams", &json!({ "name": "red" })).key(&ada)).await;
    (house, ada, folder)
}

#[actix_web::test]
async fn what_did_not_change_is_not_sent_again() {
    let (house, ada, _folder) = house().await;
    for path in ["/api/v1/teams/red", "/api/v1/teams", "/api/v1/projects/red"] {
        let first = house.send(Ask::get(path).key(&ada)).await;
        let tag = first.header("etag").to_owned();
        assert!(first.status == 200 && tag.len() > 10, "{path}: {tag}");
        let again = house.send(Ask::get(path).key(&ada).header("if-none-match", tag.clone())).await;
        assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, tag.as_str()), "{path}");
        let other = house.send(Ask::get(path).key(&ada).header("if-none-match", "\"old\"")).await;
        assert_eq!(other.status, 200, "{path}");
    }
}

#[actix_web::test]
async fn a_change_to_what_somebody_else_changed_meanwhile_is_refused() {
    let (house, ada, _folder) = house().await;
    house.send(Ask::post("/api/v1/projects/red", &json!({ "name": "digits" })).key(&ada)).await;
    let run = "mutation { upsertBucket(input: { entityName: \"red\", modelName: \"digits\", name: \"first\" }) { inserted } }";
    house.send(Ask::graphql(run, &Value::Null).key(&ada)).await;
    let cases = [
        ("/api/v1/teams/red", json!({ "description": "mine" }), json!({ "description": "yours" })),
        ("/api/v1/organizations/runstead", json!({ "description": "mine" }), json!({ "description": "yours" })),
        ("/api/v1/projects/red/digits", json!({ "description": "mine" }), json!({ "description": "yours" })),
        ("/api/v1/projects/red/digits/runs/first", json!({ "notes": "mine" }), json!({ "notes": "yours" })),
        ("/api/v1/users/ada", json!({ "name": "Ada" }), json!({ "name": "Ada L." })),
    ];
    for (path, mine, yours) in cases {
        let seen = house.send(Ask::get(path).key(&ada)).await.header("etag").to_owned();
        let change = async |body: &Value, tag: &str| {
            house.send(Ask::new(Method::PATCH, path).json(body).key(&ada).header("if-match", tag)).await
        };
        assert_eq!(change(&mine, &seen).await.status, 200, "{path}");
        let late = change(&yours, &seen).await;
        assert_eq!((late.status, &late.json()["code"]), (412, &json!("PRECONDITION_FAILED")), "{path}");
        assert_eq!(change(&yours, "*").await.status, 200, "{path}");
    }
}

#[actix_web::test]
async fn a_request_that_is_sent_again_with_its_key_is_done_once() {
    let (house, ada, _folder) = house().await;
    let make = async |path: &str, body: Value, key: &str, who: &str| {
        house.send(Ask::post(path, &body).key(who).header("idempotency-key", key)).await
    };
    let form = json!({ "name": "nightly" });
    let first = make("/api/v1/keys", form.clone(), "a-key-of-mine", &ada).await;
    let again = make("/api/v1/keys", form.clone(), "a-key-of-mine", &ada).await;
    assert_eq!((first.status, again.status, &first.body), (201, 201, &again.body));
    assert_eq!((first.header("idempotent-replayed"), again.header("idempotent-replayed")), ("", "true"));
    let keys = house.send(Ask::get("/api/v1/keys").key(&ada)).await.json();
    assert_eq!(keys.as_array().expect("a list").iter().filter(|key| key["name"] == "nightly").count(), 1);

    let other = make("/api/v1/keys", json!({ "name": "other" }), "a-key-of-mine", &ada).await;
    assert!(other.status == 400 && other.text().contains("another request"), "{}", other.text());
    assert_eq!(make("/api/v1/keys", form.clone(), "short", &ada).await.status, 400);
    // Keys are everybody's own.
    let bob = house.person(&ada, "bob").await;
    let his = make("/api/v1/keys", form.clone(), "a-key-of-mine", &bob).await;
    assert_eq!((his.status, his.header("idempotent-replayed")), (201, ""));
    // A refusal is an answer too; and answers are kept for a day.
    let refused = make("/api/v1/teams", json!({ "name": "red" }), "another-key", &ada).await;
    assert_eq!((refused.status, make("/api/v1/teams", json!({ "name": "red" }), "another-key", &ada).await.status), (409, 409));
    house.app.clock.advance(Duration::from_secs(24 * 3600 + 1));
    assert_eq!(make("/api/v1/keys", form, "a-key-of-mine", &ada).await.header("idempotent-replayed"), "");
    // Nothing of the secret lies in the store.
    let secret = first.json()["secret"].as_str().expect("a secret").to_owned();
    let found = house.app.db.read(move |reader| {
        let answers: Vec<Option<Vec<u8>>> = reader.query("SELECT answer FROM repeats", &[], |row| row.get("answer"))?;
        let holds = |answer: &Vec<u8>| answer.windows(secret.len()).any(|window| window == secret.as_bytes());
        Ok((answers.len(), answers.iter().flatten().any(holds)))
    });
    let (kept, in_the_clear) = found.await.expect("it is read");
    assert!(kept > 0 && !in_the_clear);
}

#[actix_web::test]
async fn people_see_where_they_are_signed_in_and_sign_others_out() {
    let (house, ada, _folder) = house().await;
    house.person(&ada, "bob").await;
    let (first, second) = (house.sign_in("bob").await, house.sign_in("bob").await);
    let list = async |who: &str| house.send(Ask::get("/api/v1/users/bob/sessions").key(who)).await;
    let shown = list(&second).await.json()["items"].clone();
    let shown = shown.as_array().expect("a list").clone();
    assert_eq!(shown.iter().filter(|session| session["current"] == true).count(), 1);
    assert_eq!(shown.len(), 3, "with the one that made the key: {shown:?}");
    let carl = house.person(&ada, "carl").await;
    assert_eq!(list(&carl).await.status, 404);
    assert_eq!(list(&ada).await.status, 200);

    let current = shown.iter().find(|session| session["current"] == true).expect("one is")["id"].clone();
    let path = |id: &Value| format!("/api/v1/users/bob/sessions/{}", id.as_str().expect("an id"));
    let end = async |path: &str, who: &str| house.send(Ask::new(Method::DELETE, path).key(who)).await.status;
    assert_eq!(end("/api/v1/users/bob/sessions", &second).await, 204);
    assert_eq!(list(&first).await.status, 401, "signed out");
    assert_eq!(list(&second).await.json()["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(end(&path(&current), &carl).await, 404);
    assert_eq!(end(&path(&current), &ada).await, 204);
    assert_eq!(end(&path(&current), &ada).await, 404);
    assert_eq!(list(&second).await.status, 401);
    let told = house.send(Ask::get("/api/v1/audit?action=session.revoke").key(&ada)).await.json();
    let who: Vec<_> = told["items"].as_array().expect("a list").iter().map(|one| one["actor"].clone()).collect();
    assert_eq!(who, ["ada", "bob", "bob"]);
}
