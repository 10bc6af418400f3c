//! What becomes of the runs, artifacts and projects of people whose seat is taken, and what an organization decides for all.

use actix_web::http::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::house::{Answer, Ask, House, settings};
use super::logger::{Logger, digest, manifest};

const UPSERT: &str = "mutation($i: UpsertBucketInput!) { upsertBucket(input: $i) { inserted } }";

/// The team red with its admin lead and the members author and heir; the author's run `first` is at work in red/digits.
struct Site {
    house: House,
    _folder: TempDir,
    boss: String,
    lead: String,
    author: String,
    heir: String,
}

impl Site {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let house = House::open(&settings(folder.path(), &[])).await;
        let boss = house.set_up().await;
        let [lead, author, heir] =
            [house.person(&boss, "lead").await, house.person(&boss, "author").await, house.person(&boss, "heir").await];
        let site = Self { house, _folder: folder, boss, lead, author, heir };
        site.must("POST", "/teams", json!({ "name": "red", "admin": "lead" }), &site.boss).await;
        for name in ["author", "heir"] {
            site.must("PUT", &format!("/teams/red/members/{name}"), json!({ "role": "member" }), &site.lead).await;
        }
        assert_eq!(site.begin("red", "first").await.status, 200);
        site
    }

    async fn ask(&self, method: &str, path: &str, body: Value, key: &str) -> Answer {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let ask = Ask::new(method, format!("/api/v1{path}"));
        self.house.send(if body.is_null() { ask } else { ask.json(&body) }.key(key)).await
    }
    async fn must(&self, method: &str, path: &str, body: Value, key: &str) -> Value {
        let answer = self.ask(method, path, body, key).await;
        assert!(answer.status < 300, "{path}: {} {}", answer.status, answer.text());
        answer.json()
    }
    async fn status(&self, method: &str, path: &str, body: Value, key: &str) -> u16 {
        self.ask(method, path, body, key).await.status
    }
    /// The organization decides something.
    async fn decide(&self, rule: &str, value: bool) {
        self.must("PATCH", "/organizations/runstead", json!({ rule: value }), &self.boss).await;
    }
    /// A run of the author begins.
    async fn begin(&self, entity: &str, name: &str) -> Answer {
        let input = json!({ "entityName": entity, "modelName": "digits", "name": name });
        self.house.send(Ask::graphql(UPSERT, &json!({ "i": input })).key(&self.author)).await
    }
    /// What the process of the author's run sends.
    async fn stream(&self, row: i64) -> u16 {
        let content = [json!({ "_step": row, "loss": row }).to_string()];
        let lines = json!({ "files": { "wandb-history.jsonl": { "offset": row, "content": content } } });
        self.house.send(Ask::post("/files/red/digits/first/file_stream", &lines).key(&self.author)).await.status
    }
    async fn project(&self, name: &str) -> Value {
        self.must("GET", &format!("/projects/red/{name}"), Value::Null, &self.lead).await
    }
}

#[actix_web::test]
async fn a_run_at_work_logs_metrics_and_artifacts_to_its_end_though_its_author_is_removed() {
    let site = Site::new().await;
    let logger = Logger { house: &site.house, key: &site.author, entity: "red", project: "digits" };
    assert_eq!(site.status("DELETE", "/teams/red/members/author", Value::Null, &site.lead).await, 204);
    assert_eq!(site.stream(0).await, 200);
    let files: [(&str, &[u8]); 2] = [("a.txt", b"text"), ("b.txt", b"more")];
    let version = logger.log_by(Some("first"), "model", &files).await;
    let theirs = Logger { key: &site.heir, ..logger };
    let query = "query($id: ID!) { artifact(id: $id) { state } }";
    let found = site.house.send(Ask::graphql(query, &json!({ "id": version })).key(theirs.key)).await.json();
    assert_eq!(found["data"]["artifact"]["state"], "COMMITTED", "{found}");
    // What is no part of the run is refused as ever, and so is a new run.
    let input = json!({
        "entityName": "red", "projectName": "digits", "artifactTypeName": "dataset", "artifactCollectionName": "by-hand",
        "digest": digest(&files), "digestAlgorithm": "MANIFEST_MD5",
    });
    assert_eq!(logger.ask(super::logger::CREATE, input).await.status, 404);
    assert_eq!(site.begin("red", "second").await.status, 403);
    assert_eq!(logger.ask(super::logger::DELETE, json!({ "artifactID": version })).await.status, 404);
    // With the run, it ends.
    let over = json!({ "complete": true, "exitcode": 0 });
    assert_eq!(site.house.send(Ask::post("/files/red/digits/first/file_stream", &over).key(&site.author)).await.status, 200);
    let draft = logger.ask(
        super::logger::CREATE,
        json!({
            "entityName": "red", "projectName": "digits", "runName": "first", "artifactTypeName": "dataset",
            "artifactCollectionName": "late", "digest": hex::encode(manifest(&files)), "digestAlgorithm": "MANIFEST_MD5",
        }),
    );
    assert_eq!(draft.await.status, 404);
    assert_eq!(site.stream(1).await, 404);
}

#[actix_web::test]
async fn who_may_not_log_to_a_team_is_told_why_and_whom_to_ask() {
    let site = Site::new().await;
    let says = async |key: &str, project: &str| {
        let input = json!({ "entityName": "red", "modelName": project, "name": "another" });
        let answer = site.house.send(Ask::graphql(UPSERT, &json!({ "i": input })).key(key)).await;
        (answer.status, answer.json()["errors"][0]["message"].as_str().unwrap_or_default().to_owned())
    };
    site.must("POST", "/projects/red", json!({ "name": "secret", "visibility": "restricted" }), &site.lead).await;
    let (status, words) = says(&site.author, "secret").await;
    assert_eq!((status, words.contains("secret of red is not open to you: ask lead")), (404, true), "{words}");
    // Somebody who logs elsewhere, so that their key works.
    site.must("POST", "/teams", json!({ "name": "blue", "admin": "author" }), &site.boss).await;
    site.must("PUT", "/teams/red/members/author", json!({ "role": "view-only" }), &site.lead).await;
    let (status, words) = says(&site.author, "digits").await;
    assert_eq!((status, words.contains("red is view-only, which logs nothing: ask lead")), (403, true), "{words}");
    assert!(words.ends_with("You may log to: author, blue."), "{words}");
    site.must("DELETE", "/teams/red/members/author", Value::Null, &site.lead).await;
    let service = site.must("POST", "/teams/blue/service-accounts", json!({ "name": "ci" }), &site.author).await;
    let service = service["secret"].as_str().expect("a secret").to_owned();
    for key in [&site.author, &service] {
        let (status, words) = says(key, "digits").await;
        assert_eq!((status, words.contains("not a member of the team red: ask lead")), (403, true), "{words}");
    }
    // Whoever may not know of the team learns nothing of it.
    site.must("PATCH", "/teams/red", json!({ "settings": { "hidden": true } }), &site.lead).await;
    for key in [&site.author, &service] {
        let (status, words) = says(key, "digits").await;
        assert_eq!((status, words.starts_with("entity 'red' not found, or you may not log there")), (404, true), "{words}");
        assert!(!words.contains("lead"), "{words}");
    }
}

#[actix_web::test]
async fn an_organization_may_cut_what_runs_of_removed_people_send() {
    let site = Site::new().await;
    assert_eq!(site.status("PATCH", "/organizations/runstead", json!({ "cut_runs_of_leavers": true }), &site.lead).await, 403);
    site.decide("cut_runs_of_leavers", true).await;
    assert_eq!(site.stream(0).await, 200, "who has a seat logs on");
    site.must("DELETE", "/teams/red/members/author", Value::Null, &site.lead).await;
    assert_eq!(site.stream(1).await, 404);
    site.decide("cut_runs_of_leavers", false).await;
    assert_eq!(site.stream(1).await, 200);
    let log = site.must("GET", "/audit?action=organization.update", Value::Null, &site.boss).await;
    assert_eq!(log["items"][0]["details"], json!({ "cut_runs_of_leavers": false }), "{log}");
}

#[actix_web::test]
async fn projects_of_leavers_are_handed_over() {
    let site = Site::new().await;
    let stake = site.must("GET", "/teams/red/members/author", Value::Null, &site.lead).await;
    assert_eq!((&stake["projects"], &stake["running_runs"]), (&json!(1), &json!(1)), "{stake}");
    let path = |heir: &str| format!("/teams/red/members/author?hand_over_to={heir}");
    // Somebody unknown, somebody who stays no longer than the author, and somebody who may not log there.
    let stranger = site.house.person(&site.boss, "stranger").await;
    assert!(!stranger.is_empty());
    for (heir, status) in [("nobody", 404), ("author", 400), ("stranger", 400)] {
        assert_eq!(site.status("DELETE", &path(heir), Value::Null, &site.lead).await, status, "{heir}");
    }
    assert_eq!(site.status("DELETE", &path("heir"), Value::Null, &site.heir).await, 403);
    assert_eq!(site.project("digits").await["owner"], "author", "refused as a whole");
    assert_eq!(site.status("DELETE", &path("heir"), Value::Null, &site.lead).await, 204);
    let project = site.project("digits").await;
    assert_eq!((&project["owner"], &project["owner_left"]), (&json!("heir"), &json!(false)), "{project}");
    assert_eq!(project["created_by"], "author", "who made it stays told");
    // Owning a project gives nothing over the runs of others in it: neither one of them, nor all by way of the project.
    assert_eq!(site.status("DELETE", "/projects/red/digits/runs/first", Value::Null, &site.heir).await, 403);
    assert_eq!(site.status("DELETE", "/projects/red/digits", Value::Null, &site.heir).await, 403);

    site.must("DELETE", "/teams/red/members/heir", Value::Null, &site.lead).await;
    assert_eq!(site.project("digits").await["owner_left"], true);
    let hand = |owner: &str| json!({ "owner": owner });
    assert_eq!(site.status("PATCH", "/projects/red/digits", hand("author"), &site.lead).await, 400, "who may not log there");
    assert_eq!(site.must("PATCH", "/projects/red/digits", hand("lead"), &site.lead).await["owner"], "lead");
    let log = site.must("GET", "/audit?team=red&action=project.hand_over", Value::Null, &site.lead).await;
    let told: Vec<_> = log["items"].as_array().expect("a list").iter().map(|item| item["details"].clone()).collect();
    assert_eq!(told, [json!({ "from": "heir", "to": "lead" }), json!({ "from": "author", "to": "heir" })]);
}

#[actix_web::test]
async fn reports_and_alerts_of_leavers_wait_for_an_owner_or_are_handed_over_with_the_rest() {
    let site = Site::new().await;
    let (reports, alerts) = ("/projects/red/digits/reports", "/projects/red/digits/alerts");
    let report = site.must("POST", reports, json!({ "display_name": "Weekly", "spec": "{}" }), &site.author).await;
    let report = format!("/reports/{}", report["id"].as_str().expect("an id"));
    site.must("POST", reports, json!({ "display_name": "Next", "spec": "{}", "kind": "draft" }), &site.author).await;
    let ended = json!({ "name": "ended", "condition": { "kind": "state", "states": ["failed"] } });
    let made = site.must("POST", alerts, ended, &site.author).await;
    let alert = format!("{alerts}/{}", made["id"]);
    assert_eq!(
        (&made["author"]["username"], &made["author"]["left"], &made["can_hand_over"]),
        (&json!("author"), &json!(false), &json!(false))
    );
    // What is at stake is said before, to the team's admin and to the server's.
    let stake = site.must("GET", "/teams/red/members/author", Value::Null, &site.lead).await;
    assert_eq!((&stake["projects"], &stake["reports"], &stake["alerts"]), (&json!(1), &json!(2), &json!(1)), "{stake}");
    let stake = site.must("GET", "/users/author/stake", Value::Null, &site.boss).await;
    assert_eq!((&stake["reports"], &stake["alerts"]), (&json!(2), &json!(1)), "{stake}");

    // Members change alerts of others, and only admins say whose they are.
    let hand = |to: &str| json!({ "author": to });
    site.must("PATCH", &alert, json!({ "paused": true }), &site.heir).await;
    let refused = site.ask("PATCH", &alert, hand("heir"), &site.heir).await;
    assert!(refused.status == 403 && refused.text().contains("only a team admin hands alerts over"), "{}", refused.text());
    let stranger = site.house.person(&site.boss, "stranger").await;
    assert!(!stranger.is_empty());
    for (heir, status) in [("nobody", 404), ("stranger", 400)] {
        assert_eq!(site.status("PATCH", &alert, hand(heir), &site.lead).await, status, "{heir}");
    }

    // Without anybody named they wait, and are listed as such.
    site.must("DELETE", "/teams/red/members/author", Value::Null, &site.lead).await;
    let left = async || {
        let (report, alert) =
            (site.must("GET", &report, Value::Null, &site.lead).await, site.must("GET", &alert, Value::Null, &site.lead).await);
        [report["author"]["left"].clone(), alert["author"]["left"].clone()]
    };
    assert_eq!(left().await, [true, true]);
    let named = "/projects/red/digits/members/author";
    site.must("PUT", named, json!({ "role": "member" }), &site.lead).await;
    assert_eq!(left().await, [false, false], "who is named in the project answers for what is in it");
    assert_eq!(site.status("DELETE", named, Value::Null, &site.lead).await, 204);
    let given = site.must("PATCH", &alert, hand("heir"), &site.lead).await;
    assert_eq!(
        (&given["author"]["username"], &given["created_by"], &given["paused"]),
        (&json!("heir"), &json!("author"), &json!(true))
    );
    site.must("PATCH", &report, hand("heir"), &site.lead).await;
    assert_eq!(left().await, [false, false]);

    // With somebody named they are theirs at once; what the admin may not look into waits.
    site.must("POST", "/projects/red", json!({ "name": "secret", "visibility": "restricted" }), &site.lead).await;
    site.must("PUT", "/projects/red/secret/members/heir", json!({ "role": "admin" }), &site.lead).await;
    site.must("POST", "/projects/red/secret/reports", json!({ "display_name": "Hidden", "spec": "{}" }), &site.heir).await;
    assert_eq!(site.status("DELETE", "/projects/red/secret/members/lead", Value::Null, &site.lead).await, 204);
    site.must("DELETE", "/teams/red/members/heir?hand_over_to=lead", Value::Null, &site.lead).await;
    for path in [&report, &alert] {
        assert_eq!(site.must("GET", path, Value::Null, &site.lead).await["author"]["username"], "lead", "{path}");
    }
    site.must("PUT", "/projects/red/secret/members/lead", json!({ "role": "admin" }), &site.lead).await;
    let hidden = site.must("GET", "/projects/red/secret/reports", Value::Null, &site.lead).await;
    assert_eq!(hidden["items"][0]["author"], json!({ "username": "heir", "name": "heir", "left": true }), "{hidden}");
    let log = site.must("GET", "/audit?team=red&action=alert.hand_over", Value::Null, &site.lead).await;
    let told: Vec<_> = log["items"].as_array().expect("a list").iter().map(|item| item["details"].clone()).collect();
    let handed = |from: &str, to: &str| json!({ "alert": "ended", "from": from, "to": to });
    assert_eq!(told, [handed("heir", "lead"), handed("author", "heir")]);
    let log = site.must("GET", "/audit?action=report.hand_over", Value::Null, &site.boss).await;
    assert_eq!(log["items"].as_array().map(Vec::len), Some(2), "{log}");
}

#[actix_web::test]
async fn what_a_former_member_logged_stays_under_their_name_and_is_found_by_it() {
    let site = Site::new().await;
    let logged = async || {
        let query = "query($f: JSONString) { project(name: \"digits\", entityName: \"red\") {
            runs(filters: $f) { edges { node { name user { username } authorLeft } } } } }";
        let asked = json!({ "f": "{\"username\": \"author\"}" });
        let found = site.house.send(Ask::graphql(query, &asked).key(&site.lead)).await.json();
        found["data"]["project"]["runs"]["edges"].clone()
    };
    let run = |left: bool| json!([{ "node": { "name": "first", "user": { "username": "author" }, "authorLeft": left } }]);
    assert_eq!(logged().await, run(false));
    site.must("DELETE", "/teams/red/members/author", Value::Null, &site.lead).await;
    assert_eq!(logged().await, run(true));
    site.must("PUT", "/teams/red/members/author", json!({ "role": "view-only" }), &site.lead).await;
    assert_eq!(logged().await, run(false), "who is back is no former member");
    site.must("POST", "/users/author/deactivate", json!({}), &site.boss).await;
    assert_eq!(logged().await, run(true), "nor is who is locked out a member");
    // An open project takes runs of people who never had a role there, and a run may be taken where its author never was.
    site.must("POST", "/users/author/reactivate", json!({}), &site.boss).await;
    site.must("DELETE", "/teams/red/members/author", Value::Null, &site.lead).await;
    site.must("PATCH", "/projects/red/digits", json!({ "visibility": "open" }), &site.lead).await;
    assert_eq!(logged().await, run(false));
}

#[actix_web::test]
async fn what_locking_somebody_out_means_is_said_before() {
    let site = Site::new().await;
    let path = "/users/author/stake";
    assert_eq!(site.status("GET", path, Value::Null, &site.lead).await, 404);
    let own = site.must("GET", path, Value::Null, &site.author).await;
    assert_eq!((&own["runs"], &own["keys"], &own["hindrance"]), (&json!(1), &json!(1), &Value::Null), "{own}");
    let told = site.must("GET", path, Value::Null, &site.boss).await;
    assert_eq!((&told["running_runs"], &told["projects"]), (&json!(1), &json!(1)), "{told}");
    assert_eq!(told["teams"], json!([{ "team": "red", "role": "member" }]));
    let last = site.must("GET", "/users/lead/stake", Value::Null, &site.boss).await;
    assert!(last["hindrance"].as_str().expect("a reason").contains("last admin of red"), "{last}");
    assert_eq!(site.status("POST", "/users/lead/deactivate", json!({}), &site.boss).await, 409);
}

#[actix_web::test]
async fn an_organization_may_let_its_members_make_teams() {
    let site = Site::new().await;
    let make = async |name: &str, key: &str| site.ask("POST", "/teams", json!({ "name": name }), key).await;
    let refused = make("green", &site.author).await;
    assert!(refused.status == 403 && refused.text().contains("ask ada"), "{}", refused.text());
    let shown =
        async |key: &str| site.must("GET", "/organizations/runstead", Value::Null, key).await["can_create_teams"].clone();
    assert_eq!((shown(&site.boss).await, shown(&site.author).await), (json!(true), json!(false)));
    site.decide("members_create_teams", true).await;
    assert_eq!(shown(&site.author).await, true);
    let made = make("green", &site.author).await.json();
    assert_eq!((&made["role"], &made["can_manage"]), (&json!("admin"), &json!(true)), "{made}");
    // Who only looks on makes nothing.
    site.must("PUT", "/organizations/runstead/members/heir", json!({ "role": "viewer" }), &site.boss).await;
    assert_eq!(make("blue", &site.heir).await.status, 403);
}

#[actix_web::test]
async fn an_organization_may_keep_its_admins_out_of_what_teams_hold() {
    let site = Site::new().await;
    let orga = site.house.person(&site.boss, "orga").await;
    site.must("PUT", "/organizations/runstead/members/orga", json!({ "role": "admin" }), &site.boss).await;
    let run = "/projects/red/digits/runs/first";
    assert_eq!(site.status("GET", run, Value::Null, &orga).await, 200, "it is so unless the organization says otherwise");
    site.decide("admins_enter_teams", false).await;
    assert_eq!(site.status("GET", run, Value::Null, &orga).await, 404);
    assert_eq!(site.must("GET", "/projects/red", Value::Null, &orga).await["items"], json!([]));
    assert_eq!(site.status("POST", "/projects/red", json!({ "name": "mine" }), &orga).await, 403);
    // People and settings stay theirs to manage, and a seat that they give themselves is told.
    site.must("PATCH", "/teams/red", json!({ "description": "Sees digits." }), &orga).await;
    let why = "/permissions/explain?action=read&target=project/red/digits&user=orga";
    let told = site.must("GET", why, Value::Null, &site.boss).await;
    assert_eq!(told["source"], "the organization keeps its admins out of what teams hold", "{told}");
    site.must("PUT", "/teams/red/members/orga", json!({ "role": "view-only" }), &orga).await;
    assert_eq!(site.status("GET", run, Value::Null, &site.house.sign_in("orga").await).await, 200);
    let log = site.must("GET", "/audit?team=red&action=team.add_member", Value::Null, &site.boss).await;
    assert_eq!((&log["items"][0]["actor"], &log["items"][0]["details"]["member"]), (&json!("orga"), &json!("orga")), "{log}");
}

#[actix_web::test]
async fn personal_spaces_may_be_switched_off() {
    let site = Site::new().await;
    assert_eq!(site.begin("author", "mine").await.status, 200);
    site.must("PATCH", "/users/author", json!({ "default_entity": "author" }), &site.author).await;
    site.decide("personal_spaces", false).await;
    let refused = site.begin("author", "another").await;
    assert!(refused.status == 403 && refused.text().contains("personal spaces are switched off"), "{}", refused.text());
    assert!(refused.text().contains("yours: red"), "it says where to log instead: {}", refused.text());
    assert_eq!(site.status("POST", "/projects/author", json!({ "name": "new" }), &site.author).await, 403);
    assert_eq!(site.begin("author", "mine").await.status, 200, "a run that has begun goes on");
    // The choice of it is void, and cannot be made again.
    assert_eq!(site.must("GET", "/users/author", Value::Null, &site.author).await["default_entity"], "red");
    assert_eq!(site.status("PATCH", "/users/author", json!({ "default_entity": "author" }), &site.author).await, 400);
    let places = site.must("GET", "/moves/destinations", Value::Null, &site.author).await;
    assert_eq!(places["items"].as_array().expect("a list").len(), 1, "{places}");
    let order = json!({
        "from": { "entity": "red", "project": "digits" }, "to": { "entity": "author", "project": "digits" }, "runs": ["first"],
    });
    assert_eq!(site.status("POST", "/moves", order, &site.author).await, 403);
    assert_eq!(site.status("GET", "/projects/author/digits", Value::Null, &site.author).await, 200, "what is there is read");
    site.decide("personal_spaces", true).await;
    assert_eq!(site.must("GET", "/users/author", Value::Null, &site.author).await["default_entity"], "author");
}
