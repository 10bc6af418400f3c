//! Reports: who writes, sees, changes and deletes them, what comes of two who write at once, and what survives.

use actix_web::http::Method;
use runstead::domain::{imports, purge};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::house::{Answer, Ask, House, settings};

pub const REPORTS: &str = "/api/v1/projects/red/digits/reports";
/// A document with a block of a kind that nobody knows, and numbers that a reader could spoil.
pub const SPEC: &str = "{\"version\":5,\"blocks\":[{\"type\":\"hologram\",\"big\":12345678901234567890,\"f\":1.0},\
    {\"type\":\"panel-grid\",\"metadata\":{\"runSets\":[{\"project\":{\"entityName\":\"blue\",\"name\":\"words\"}}]}}] }";

/// The team red with a run `first`: `boss` administers it, `author` and `member` are members, `viewer` only looks; `stranger` has no
/// seat. The team blue is of `author` and `stranger`, with a run `other`.
pub struct Site {
    pub house: House,
    pub ada: String,
    pub boss: String,
    pub author: String,
    pub member: String,
    pub viewer: String,
    pub stranger: String,
    pub folder: TempDir,
}

impl Site {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let house = House::open(&settings(folder.path(), &[])).await;
        let ada = house.set_up().await;
        let mut keys = Vec::new();
        for name in ["boss", "author", "member", "viewer", "stranger"] {
            keys.push(house.person(&ada, name).await);
        }
        let [boss, author, member, _, stranger] = keys.try_into().expect("five of them");
        // Who only looks has no key.
        let viewer = house.sign_in("viewer").await;
        let site = Self { house, ada, boss, author, member, viewer, stranger, folder };
        for (team, admin) in [("red", "boss"), ("blue", "boss")] {
            site.must(Ask::post("/api/v1/teams", &json!({ "name": team, "admin": admin })), &site.ada).await;
        }
        for (team, username, role) in [
            ("red", "author", "member"),
            ("red", "member", "member"),
            ("red", "viewer", "view-only"),
            ("blue", "author", "member"),
            ("blue", "stranger", "member"),
        ] {
            let seat = json!({ "username": username, "role": role });
            site.must(Ask::post(format!("/api/v1/teams/{team}/members"), &seat), &site.boss).await;
        }
        for (team, project, run) in [("red", "digits", "first"), ("blue", "words", "other")] {
            let input = json!({
                "entityName": team, "modelName": project, "name": run, "config": "{\"lr\":{\"value\":0.5}}",
                "summaryMetrics": "{\"loss\":NaN}", "notes": "for the team",
            });
            let upsert = "mutation($i: UpsertBucketInput!) { upsertBucket(input: $i) { inserted } }";
            site.must(Ask::graphql(upsert, &json!({ "i": input })), &site.author).await;
            let rows = json!({ "files": { "wandb-history.jsonl": { "offset": 0, "content": ["{\"_step\":0,\"loss\":1}"] } } });
            site.must(Ask::post(format!("/files/{team}/{project}/{run}/file_stream"), &rows), &site.author).await;
        }
        site
    }

    pub async fn send(&self, ask: Ask, key: &str) -> Answer {
        self.house.send(ask.key(key)).await
    }
    pub async fn must(&self, ask: Ask, key: &str) -> Value {
        let answer = self.send(ask, key).await;
        assert!(answer.status < 300 && answer.json()["errors"].is_null(), "{} {}", answer.status, answer.text());
        answer.json()
    }
    pub async fn status(&self, ask: Ask, key: &str) -> u16 {
        self.send(ask, key).await.status
    }
    /// Writes a report with that document; its path below `/api/v1`.
    pub async fn write(&self, title: &str, key: &str) -> String {
        let made = self.must(Ask::post(REPORTS, &json!({ "display_name": title, "spec": SPEC })), key).await;
        format!("/api/v1/reports/{}", made["id"].as_str().expect("an id"))
    }
    /// The actions of the audit log on reports, oldest first.
    pub async fn audited(&self) -> Vec<String> {
        let page = self.must(Ask::get("/api/v1/audit?action=report&limit=1000"), &self.ada).await;
        let items = page["items"].as_array().expect("records").iter();
        items.rev().map(|record| record["action"].as_str().expect("an action").to_owned()).collect()
    }
}

fn patch(path: &str, body: &Value, tag: &str) -> Ask {
    let ask = Ask::new(Method::PATCH, path).json(body);
    if tag.is_empty() { ask } else { ask.header("if-match", tag) }
}

fn titles(page: &Value) -> Vec<&str> {
    page["items"].as_array().expect("a list").iter().map(|item| item["display_name"].as_str().expect("a title")).collect()
}

#[actix_web::test]
async fn a_report_is_seen_with_its_project_and_changed_by_who_wrote_it_and_admins() {
    let site = Site::new().await;
    let report = site.write("Weekly results, 50 %", &site.author).await;
    for (who, form) in [(&site.viewer, 403), (&site.stranger, 404)] {
        assert_eq!(site.status(Ask::post(REPORTS, &json!({ "display_name": "x", "spec": "{}" })), who).await, form);
    }
    // Lists say who adds to them.
    for (path, who, creates) in [
        (REPORTS, &site.author, true),
        (REPORTS, &site.viewer, false),
        ("/api/v1/teams/red/reports", &site.author, true),
        ("/api/v1/teams/red/reports", &site.viewer, false),
    ] {
        let may = site.must(Ask::get(path), who).await["may"].clone();
        assert_eq!((&may["create"], may["create_hindrance"].is_string()), (&json!(creates), !creates), "{path} {may}");
    }
    for who in [&site.viewer, &site.member, &site.author, &site.boss] {
        let seen = site.must(Ask::get(&*report), who).await;
        assert_eq!(seen["spec"], SPEC, "to the byte");
        let may = &seen["may"];
        let edits = *who == site.author || *who == site.boss;
        assert_eq!((&may["edit"], &may["delete"], &may["share"]), (&json!(edits), &json!(edits), &json!(edits)), "{seen}");
        assert_eq!(may["manage"], json!(*who == site.boss));
        let changed = site.status(patch(&report, &json!({ "description": "changed" }), ""), who).await;
        assert_eq!(changed, if edits { 200 } else { 403 });
    }
    assert_eq!((site.status(Ask::get(&*report), &site.stranger).await, site.status(Ask::get(&*report), "").await), (404, 401));
    // What is public is there for anybody.
    site.must(Ask::new(Method::PATCH, "/api/v1/projects/red/digits").json(&json!({ "visibility": "public" })), &site.boss)
        .await;
    let seen = site.must(Ask::get(&*report), "").await;
    assert_eq!((&seen["author"]["name"].is_string(), &seen["author"]["username"]), (&true, &Value::Null));
    assert_eq!(site.status(Ask::post(REPORTS, &json!({ "display_name": "x", "spec": "{}" })), &site.stranger).await, 403);
    assert_eq!(site.must(Ask::get(REPORTS), &site.stranger).await["may"]["create"], false);

    let list = site.must(Ask::get(format!("{REPORTS}?query=50%20%25")), &site.viewer).await;
    assert_eq!((titles(&list), list["items"][0].get("spec")), (vec!["Weekly results, 50 %"], None));
    assert_eq!(titles(&site.must(Ask::get(format!("{REPORTS}?query=_")), &site.viewer).await), [""; 0]);
    assert_eq!(titles(&site.must(Ask::get("/api/v1/teams/red/reports"), &site.viewer).await).len(), 1);
    assert_eq!(site.status(Ask::get("/api/v1/teams/red/reports"), &site.stranger).await, 403);

    let large = json!({ "display_name": "x", "spec": format!("{{\"a\":\"{}\"}}", "x".repeat(4 * 1024 * 1024)) });
    let refused = site.send(Ask::post(REPORTS, &large), &site.author).await;
    assert!(refused.status == 413 && refused.text().contains("4 MiB"), "{}", refused.text());
    assert_eq!(site.status(Ask::post(REPORTS, &json!({ "display_name": "x", "spec": "[]" })), &site.author).await, 400);
    assert_eq!(site.audited().await, ["report.create", "report.update"], "the same description again is no change");
}

#[actix_web::test]
async fn of_two_who_save_at_once_one_is_told_what_the_other_wrote() {
    let site = Site::new().await;
    let report = site.write("Race", &site.author).await;
    let tag = site.send(Ask::get(&*report), &site.author).await.header("etag").to_owned();
    assert!(tag.len() > 2);
    assert_eq!(site.status(patch(&report, &json!({ "spec": "{}" }), ""), &site.author).await, 400, "which version?");
    let [one, two] = [("author", &site.author), ("boss", &site.boss)].map(|(who, key)| {
        let spec = json!({ "spec": format!("{{\"by\":\"{who}\"}}") });
        site.send(patch(&report, &spec, if who == "author" { &tag } else { "\"v1\"" }), key)
    });
    let (one, two) = futures_util::future::join(one, two).await;
    let (won, lost) = if one.status == 200 { (one, two) } else { (two, one) };
    assert_eq!((won.status, lost.status), (200, 412), "{}", lost.text());
    let (won, lost) = (won.json(), lost.json());
    assert_eq!((&lost["code"], &lost["current"]["spec"]), (&json!("PRECONDITION_FAILED"), &won["spec"]));
    assert_eq!((&lost["current"]["version"], &won["version"]), (&json!(2), &json!(2)));
    let merged = site.must(patch(&report, &json!({ "spec": "{\"by\":\"both\"}" }), "\"v2\""), &site.boss).await;
    assert_eq!((&merged["version"], &merged["updated_by"]), (&json!(3), &json!("boss")));
    // Who may not change it is told that, and not what it is.
    assert_eq!(site.status(patch(&report, &json!({ "spec": "{}" }), "\"v1\""), &site.member).await, 403);
}

#[actix_web::test]
async fn a_draft_is_its_authors_until_it_is_published_over_what_they_saw() {
    let site = Site::new().await;
    let report = site.write("Draft me", &site.author).await;
    let id = report.rsplit('/').next().expect("an id");
    let form = json!({ "kind": "draft", "published": id });
    assert_eq!(site.status(Ask::post(REPORTS, &form), &site.member).await, 403, "who could not publish it");
    let made = site.send(Ask::post(REPORTS, &form), &site.author).await;
    let draft = made.json();
    assert_eq!((made.status, &draft["spec"], &draft["published"]), (201, &json!(SPEC), &json!(id)));
    let path = format!("/api/v1/reports/{}", draft["id"].as_str().expect("an id"));
    let again = site.send(Ask::post(REPORTS, &form), &site.author).await;
    assert_eq!((again.status, &again.json()["id"]), (200, &draft["id"]));
    assert_eq!(
        (site.status(Ask::get(&*path), &site.member).await, site.status(Ask::get(&*path), &site.boss).await),
        (404, 200)
    );
    let drafts = format!("{REPORTS}?kind=draft");
    assert_eq!(titles(&site.must(Ask::get(&*drafts), &site.author).await), ["Draft me"]);
    assert_eq!(titles(&site.must(Ask::get(&*drafts), &site.member).await), [""; 0]);

    site.must(patch(&path, &json!({ "spec": "{\"draft\":1}" }), "\"v1\""), &site.author).await;
    site.must(patch(&report, &json!({ "description": "meanwhile" }), ""), &site.boss).await;
    let behind = site.send(Ask::post(format!("{path}/publish"), &json!({})), &site.author).await;
    assert_eq!((behind.status, &behind.json()["current"]["description"]), (412, &json!("meanwhile")));
    let over = json!({ "over": behind.json()["current"]["version"] });
    let published = site.must(Ask::post(format!("{path}/publish"), &over), &site.author).await;
    assert_eq!((&published["id"], &published["spec"], &published["version"]), (&json!(id), &json!("{\"draft\":1}"), &json!(3)));
    assert_eq!(site.status(Ask::get(&*path), &site.author).await, 404, "it is in the report");
    assert_eq!(site.status(Ask::post(format!("{report}/publish"), &json!({})), &site.author).await, 409);

    // One of no report becomes one.
    let alone =
        site.must(Ask::post(REPORTS, &json!({ "kind": "draft", "display_name": "New", "spec": "{}" })), &site.member).await;
    let path = format!("/api/v1/reports/{}", alone["id"].as_str().expect("an id"));
    let published = site.must(Ask::post(format!("{path}/publish"), &json!({})), &site.member).await;
    assert_eq!((&published["id"], &published["kind"]), (&alone["id"], &json!("report")));
}

#[actix_web::test]
async fn a_deleted_report_comes_back_with_its_drafts_or_goes_for_good() {
    let site = Site::new().await;
    let report = site.write("Old", &site.author).await;
    let id = report.rsplit('/').next().expect("an id");
    let draft = site.must(Ask::post(REPORTS, &json!({ "kind": "draft", "published": id })), &site.author).await;
    let draft = format!("/api/v1/reports/{}", draft["id"].as_str().expect("an id"));
    let delete = |suffix: &str| Ask::new(Method::DELETE, format!("{report}{suffix}"));
    assert_eq!(site.status(delete(""), &site.member).await, 403);
    let refused = site.send(delete(""), &site.boss).await;
    assert!(refused.status == 409 && refused.text().contains("author"), "{}", refused.text());
    assert_eq!(site.status(delete("?drafts=true"), &site.boss).await, 204);
    for (path, who) in [(&report, &site.boss), (&draft, &site.author)] {
        assert_eq!(site.status(Ask::get(path.as_str()), who).await, 404);
    }
    let trash = "/api/v1/projects/red/digits/deleted-reports";
    let seen = site.must(Ask::get(trash), &site.viewer).await;
    assert_eq!((titles(&seen), &seen["items"][0]["can_restore"]), (vec!["Old"], &json!(false)));
    assert_eq!(titles(&site.must(Ask::get(trash), &site.author).await).len(), 2, "the draft too, for who wrote it");
    assert_eq!(site.status(Ask::post(format!("{report}/restore"), &json!({})), &site.member).await, 403);
    assert_eq!(site.status(Ask::post(format!("{report}/restore"), &json!({})), &site.author).await, 204);
    assert_eq!(site.must(Ask::get(&*report), &site.viewer).await["spec"], SPEC);
    assert_eq!(site.status(Ask::get(&*draft), &site.author).await, 200);

    assert_eq!(site.status(delete(""), &site.author).await, 204, "own drafts are no hindrance");
    assert_eq!(site.status(Ask::post(format!("{report}/purge"), &json!({})), &site.author).await, 403);
    assert_eq!(site.status(Ask::post(format!("{report}/purge"), &json!({})), &site.boss).await, 204);
    let app = &site.house.app;
    purge::purge(&app.db, &app.history, app.clock.now()).await.expect("it runs");
    assert_eq!(site.status(Ask::post(format!("{report}/restore"), &json!({})), &site.boss).await, 404);
    let left = "SELECT COUNT(*) AS rows FROM reports WHERE spec <> '{}' AND purged_at IS NOT NULL";
    let left = app.db.read(move |db| db.query_one(left, &[], |row| row.get::<i64>("rows"))).await.expect("a count");
    assert_eq!(left, 0);

    // What lies in a project goes and comes with it.
    let kept = site.write("Kept", &site.author).await;
    site.must(Ask::new(Method::DELETE, "/api/v1/projects/red/digits"), &site.boss).await;
    assert_eq!(site.status(Ask::get(&*kept), &site.boss).await, 404);
    site.must(Ask::post("/api/v1/trash/red/digits/restore", &json!({})), &site.boss).await;
    assert_eq!(site.must(Ask::get(&*kept), &site.boss).await["spec"], SPEC);
}

#[actix_web::test]
async fn a_report_whose_author_left_is_handed_over_and_tells_nothing_of_who_was_forgotten() {
    let site = Site::new().await;
    let spec = json!({ "authors": [{ "name": "author", "username": "author" }, { "name": "boss", "username": "boss" }], "blocks": [] });
    let made = json!({ "display_name": "By the author", "spec": spec.to_string() });
    let made = site.must(Ask::post(REPORTS, &made), &site.author).await;
    let report = format!("/api/v1/reports/{}", made["id"].as_str().expect("an id"));
    site.must(Ask::new(Method::DELETE, "/api/v1/teams/red/members/author"), &site.boss).await;
    let seen = site.must(Ask::get(&*report), &site.member).await;
    assert_eq!((&seen["author"]["username"], &seen["author"]["left"]), (&json!("author"), &json!(true)));
    let heir = json!({ "author": "member" });
    assert_eq!(site.status(patch(&report, &heir, ""), &site.member).await, 403);
    let looker = site.send(patch(&report, &json!({ "author": "viewer" }), ""), &site.boss).await;
    assert!(looker.status == 400 && looker.text().contains("may not write reports"), "{}", looker.text());
    let seen = site.must(patch(&report, &heir, ""), &site.boss).await;
    assert_eq!((&seen["author"]["username"], &seen["author"]["left"]), (&json!("member"), &json!(false)));
    assert_eq!(site.status(patch(&report, &json!({ "description": "mine" }), ""), &site.member).await, 200);

    let gone = Ask::new(Method::DELETE, "/api/v1/users/author?anonymize=true");
    site.must(gone, &site.ada).await;
    let seen = site.send(Ask::get(&*report), &site.member).await.text();
    assert!(!seen.contains("\\\"author\\\",") && !seen.contains("\\\"username\\\":\\\"author\\\""), "{seen}");
    assert!(seen.contains("\\\"username\\\":\\\"boss\\\""), "others stay: {seen}");
    assert_eq!(site.audited().await, ["report.create", "report.hand_over", "report.update"]);
}

#[actix_web::test]
async fn reports_go_along_with_their_project_and_come_in_once() {
    let site = Site::new().await;
    let report = site.write("Taken along", &site.author).await;
    let published = report.rsplit('/').next().expect("an id");
    site.must(Ask::post(REPORTS, &json!({ "kind": "draft", "published": published })), &site.author).await;
    site.must(Ask::post(REPORTS, &json!({ "kind": "draft", "display_name": "Not theirs", "spec": "{}" })), &site.boss).await;
    let anchor = json!({ "quote": "0.92", "block": 1 });
    let begin = json!({ "body": "Is it, @member and @boss?", "anchor": anchor });
    let thread = site.must(Ask::post(format!("{report}/threads"), &begin), &site.author).await;
    site.must(Ask::post(format!("/api/v1/threads/{}/comments", thread["id"]), &json!({ "body": "It is." })), &site.viewer)
        .await;
    let resolved = json!({ "resolved": true });
    site.must(patch(&format!("/api/v1/threads/{}", thread["id"]), &resolved, ""), &site.author).await;
    site.must(Ask::new(Method::DELETE, format!("/api/v1/comments/{}", thread["comments"][0]["id"])), &site.author).await;
    let ask = Ask::post(format!("{report}/threads"), &json!({ "body": "More, @boss" }));
    site.must(ask, &site.viewer).await;
    let stream = Ask::get("/api/v1/exports/stream.tar?scope=project&entity=red&project=digits");
    let bundle = site.send(stream, &site.author).await.body;

    let folder = tempfile::tempdir().expect("a folder");
    let other = House::open(&settings(folder.path(), &[])).await;
    let ada = other.set_up().await;
    // Of the people who talked one is there too, without a role where it comes to, and one is named.
    for name in ["viewer", "boss"] {
        other.person(&ada, name).await;
    }
    for counts in [(2, 0), (0, 2)] {
        let coming = Ask { body: bundle.clone(), ..Ask::new(Method::POST, "/api/v1/imports?into=ada") };
        let begun = other.send(coming.key(&ada)).await.json();
        imports::work(&other.app.sources(), &other.app.exports, &other.app.clock).await.expect("it works");
        let done = other.send(Ask::get(format!("/api/v1/imports/{}", begun["id"])).key(&ada)).await.json();
        assert_eq!((&done["reports_imported"], &done["reports_known"]), (&json!(counts.0), &json!(counts.1)), "{done}");
    }
    let list = other.send(Ask::get("/api/v1/projects/ada/digits/reports").key(&ada)).await.json();
    assert_eq!(titles(&list), ["Taken along"]);
    let id = list["items"][0]["id"].as_str().expect("an id");
    assert_eq!(other.send(Ask::get(format!("/api/v1/reports/{id}")).key(&ada)).await.json()["spec"], SPEC);
    let drafts = other.send(Ask::get("/api/v1/projects/ada/digits/reports?kind=draft").key(&ada)).await.json();
    assert_eq!((titles(&drafts), &drafts["items"][0]["published"]), (vec!["Taken along"], &json!(id)));

    let talk = other.send(Ask::get(format!("/api/v1/reports/{id}/threads")).key(&ada)).await.json();
    let (first, second) = (&talk["items"][0], &talk["items"][1]);
    assert_eq!((&first["anchor"], first["resolved_at"].is_string()), (&anchor, true), "{talk}");
    let said = |thread: &Value| -> Vec<Value> {
        thread["comments"].as_array().expect("comments").iter().map(|comment| comment["body"].clone()).collect()
    };
    assert_eq!((said(first), said(second)), (vec![Value::Null, json!("It is.")], vec![json!("More, @boss")]));
    assert_eq!(second["comments"][0]["author"], Value::Null, "nobody is said to have spoken where they are nobody");
    let told = other.send(Ask::get("/api/v1/notifications").key(&ada)).await.json();
    assert_eq!(told["items"], json!([]));
}
