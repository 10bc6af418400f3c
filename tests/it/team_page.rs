//! What the page of a team shows besides its projects and people: its picture, and what happened there lately.

use std::io::Cursor;
use std::time::Duration;

use actix_web::http::Method;
use image::{ImageFormat, RgbImage};
use serde_json::{Value, json};

use super::house::{Ask, House, settings};
use super::logger::Logger;

/// A small picture, as somebody sends it.
pub fn picture() -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    RgbImage::from_pixel(3, 2, image::Rgb([200, 30, 30])).write_to(&mut bytes, ImageFormat::Png).expect("a picture");
    bytes.into_inner()
}

/// The team red of bob (admin), cyd (member) and dan (view-only); eve belongs to the organization alone.
struct Site {
    house: House,
    _folder: tempfile::TempDir,
    bob: String,
    cyd: String,
    dan: String,
    eve: String,
}

impl Site {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let house = House::open(&settings(folder.path(), &[])).await;
        let ada = house.set_up().await;
        let mut keys = Vec::new();
        for name in ["bob", "cyd", "dan", "eve"] {
            keys.push(house.person(&ada, name).await);
        }
        let [bob, cyd, _, eve] = keys.try_into().expect("four of them");
        let made = house.send(Ask::post("/api/v1/teams", &json!({ "name": "red", "admin": "bob" })).key(&ada)).await;
        assert_eq!(made.status, 201, "{}", made.text());
        for (name, role) in [("cyd", "member"), ("dan", "view-only")] {
            let ask = Ask::new(Method::PUT, format!("/api/v1/teams/red/members/{name}")).json(&json!({ "role": role }));
            assert_eq!(house.send(ask.key(&bob)).await.status, 201);
        }
        // Who only looks has no key.
        let dan = house.sign_in("dan").await;
        Self { house, _folder: folder, bob, cyd, dan, eve }
    }

    async fn put(&self, body: Vec<u8>, key: &str) -> (u16, Value) {
        let answer = self.house.send(Ask { body, ..Ask::new(Method::PUT, "/api/v1/teams/red/avatar") }.key(key)).await;
        (answer.status, answer.json())
    }

    async fn get(&self, path: &str, key: &str) -> (u16, Value) {
        let answer = self.house.send(Ask::get(format!("/api/v1{path}")).key(key)).await;
        (answer.status, answer.json())
    }
}

#[actix_web::test]
async fn a_team_has_a_picture_that_its_admins_choose_and_this_server_made() {
    let site = Site::new().await;
    assert_eq!(site.get("/teams/red/avatar", &site.cyd).await.0, 404);
    for who in [&site.cyd, &site.dan] {
        assert_eq!(site.put(picture(), who).await.0, 403);
    }
    assert_eq!(site.put(picture(), &site.eve).await.0, 403);
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>".to_vec();
    let (status, refused) = site.put(svg, &site.bob).await;
    assert!(status == 400 && refused["message"].as_str().is_some_and(|text| text.contains("SVG is not taken")), "{refused}");
    assert_eq!(site.put(vec![0_u8; 4 * 1024 * 1024 + 1], &site.bob).await.0, 413);

    let (status, done) = site.put(picture(), &site.bob).await;
    assert_eq!(status, 200, "{done}");
    let (_, team) = site.get("/teams/red", &site.dan).await;
    assert_eq!(team["avatar"], done["digest"]);
    // Whoever may know of the team sees it, as an image that does nothing.
    let shown = site.house.send(Ask::get("/api/v1/teams/red/avatar").key(&site.eve)).await;
    assert_eq!(
        (shown.status, shown.header("content-type"), shown.header("x-content-type-options")),
        (200, "image/png", "nosniff")
    );
    let tag = shown.header("etag").to_owned();
    let again = site.house.send(Ask::get("/api/v1/teams/red/avatar").header("if-none-match", tag).key(&site.eve)).await;
    assert_eq!(again.status, 304);
    let hide = Ask::new(Method::PATCH, "/api/v1/teams/red").json(&json!({ "settings": { "hidden": true } })).key(&site.bob);
    assert_eq!(site.house.send(hide).await.status, 200);
    assert_eq!(site.get("/teams/red/avatar", &site.eve).await.0, 404, "nobody outside learns that a hidden team is there");
    assert_eq!(site.get("/teams/red/activity", &site.eve).await.0, 404);

    let removed = site.house.send(Ask::new(Method::DELETE, "/api/v1/teams/red/avatar").key(&site.bob)).await;
    assert_eq!(removed.status, 204);
    assert_eq!(site.get("/teams/red", &site.dan).await.1["avatar"], Value::Null);
    assert_eq!(site.get("/teams/red/avatar", &site.bob).await.0, 404);
}

#[actix_web::test]
async fn what_happened_lately_in_a_team_is_shown_as_far_as_one_may_see_it() {
    let site = Site::new().await;
    let upsert = "mutation($i: UpsertBucketInput!) { upsertBucket(input: $i) { inserted } }";
    for (project, run, key) in [("digits", "first", &site.cyd), ("secret", "hidden", &site.bob)] {
        site.house.app.clock.advance(Duration::from_secs(60));
        let run = json!({ "entityName": "red", "modelName": project, "name": run, "displayName": run });
        assert_eq!(site.house.send(Ask::graphql(upsert, &json!({ "i": run })).key(key)).await.status, 200);
    }
    site.house.app.clock.advance(Duration::from_secs(60));
    Logger { house: &site.house, key: &site.cyd, entity: "red", project: "digits" }
        .log_by(Some("first"), "model", &[("weights", b"\x00\x01")])
        .await;
    site.house.app.clock.advance(Duration::from_secs(60));
    let mut written = Vec::new();
    for (title, kind) in [("Weekly", "report"), ("Unfinished", "draft")] {
        let form = json!({ "display_name": title, "spec": "{}", "kind": kind });
        let made = site.house.send(Ask::post("/api/v1/projects/red/digits/reports", &form).key(&site.cyd)).await;
        assert_eq!(made.status, 201, "{}", made.text());
        written.push(made.json()["id"].clone());
    }
    let restrict = Ask::new(Method::PATCH, "/api/v1/projects/red/secret").json(&json!({ "visibility": "restricted" }));
    assert_eq!(site.house.send(restrict.key(&site.bob)).await.status, 200);

    let told = async |key: &str| {
        let (status, found) = site.get("/teams/red/activity", key).await;
        assert_eq!(status, 200, "{found}");
        let items = found["items"].as_array().expect("a list").clone();
        let words = items.iter().map(|item| {
            let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
            format!("{} {} {}", text(&item["who"]), text(&item["kind"]), text(&item["project"]))
        });
        (words.collect::<Vec<_>>(), items)
    };
    let (words, items) = told(&site.dan).await;
    let latest = ["cyd report digits", "cyd artifact digits", "cyd run digits", "cyd project digits"];
    assert_eq!(words[..4], latest, "drafts are nobody else's business: {words:?}");
    assert_eq!(items[0]["report"], json!({ "id": written[0], "display_name": "Weekly" }));
    assert_eq!(items[1]["artifact"], json!({ "type": "dataset", "collection": "model", "version": 0 }));
    assert_eq!((&items[2]["run"]["name"], &items[2]["run"]["display_name"]), (&json!("first"), &json!("first")));
    let joined: Vec<&String> = words.iter().filter(|word| word.contains("joined")).collect();
    assert_eq!(joined.len(), 3, "{words:?}");
    assert!(!words.iter().any(|word| word.contains("secret")), "{words:?}");
    let outside = site.get("/teams/red/activity", &site.eve).await;
    assert_eq!(outside.0, 403, "{}", outside.1);
}
