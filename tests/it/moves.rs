//! Runs that move: what goes along, who may, what old addresses lead to, and the way back.

use std::time::Duration;

use actix_web::http::Method;
use runstead::domain::{moves, purge, summaries};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::house::{Answer, Ask, House, settings};
use super::logger::Logger;

const UPSERT: &str =
    "mutation($i: UpsertBucketInput!) { upsertBucket(input: $i) { inserted bucket { id project { name entityName } } } }";
const WHOLE: &str =
    "query($e: String!, $p: String!, $r: String!) { project(name: $p, entityName: $e) { runCount run(name: $r) {
    name displayName notes tags sweepName sweepProject { name entityName } config summaryMetrics historyLineCount history(minStep: 0, maxStep: 10) state
    user { username } project { name entityName } files { edges { node { name sizeBytes } } } } } }";

/// Teams red (lead admin, author and member members, looker view-only) and blue (author member); `boss` administers the
/// server. `first` is a run of the author in red/digits.
struct Site {
    house: House,
    folder: TempDir,
    boss: String,
    lead: String,
    author: String,
    member: String,
    looker: String,
}

impl Site {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let house = House::open(&settings(folder.path(), &[])).await;
        let boss = house.set_up().await;
        let mut keys = Vec::new();
        for name in ["lead", "author", "member", "looker"] {
            keys.push(house.person(&boss, name).await);
        }
        let [lead, author, member, looker] = keys.try_into().expect("four of them");
        let site = Self { house, folder, boss, lead, author, member, looker };
        for (team, admin) in [("red", "lead"), ("blue", "ada")] {
            site.must(Ask::post("/api/v1/teams", &json!({ "name": team, "admin": admin })), &site.boss).await;
        }
        for (team, name, role) in [
            ("red", "author", "member"),
            ("red", "member", "member"),
            ("red", "looker", "view-only"),
            ("blue", "author", "member"),
        ] {
            let seat = json!({ "username": name, "role": role });
            site.must(Ask::post(format!("/api/v1/teams/{team}/members"), &seat), &site.boss).await;
        }
        site.begin("first").await;
        site
    }

    async fn must(&self, ask: Ask, key: &str) -> Answer {
        let path = ask.path.clone();
        let answer = self.house.send(ask.key(key)).await;
        assert!(answer.status < 300 && answer.json()["errors"].is_null(), "{path} {} {}", answer.status, answer.text());
        answer
    }

    /// A run of the author in red/digits that has rows, and waits for more.
    async fn begin(&self, name: &str) {
        let input = json!({
            "entityName": "red", "modelName": "digits", "name": name, "tags": ["kept"], "notes": "of use",
            "config": "{\"lr\":{\"value\":0.5}}", "sweep": "s1",
        });
        self.must(Ask::graphql(UPSERT, &json!({ "i": input })), &self.author).await;
        self.stream("red", name, 0).await;
    }
    /// What its process sends to that team's project: a row of this number.
    async fn stream(&self, team: &str, name: &str, row: i64) -> u16 {
        let line = json!({ "_step": row, "loss": 1.5 }).to_string();
        let rows = json!({ "files": {
            "wandb-history.jsonl": { "offset": row, "content": [line] },
            "wandb-summary.json": { "offset": 0, "content": [json!({ "loss": row }).to_string()] },
        } });
        self.house.send(Ask::post(format!("/files/{team}/digits/{name}/file_stream"), &rows).key(&self.author)).await.status
    }
    async fn finish(&self, name: &str) {
        self.must(
            Ask::post(format!("/files/red/digits/{name}/file_stream"), &json!({ "complete": true, "exitcode": 0 })),
            &self.author,
        )
        .await;
    }
    async fn whole(&self, team: &str, name: &str) -> Value {
        let names = json!({ "e": team, "p": "digits", "r": name });
        self.must(Ask::graphql(WHOLE, &names), &self.boss).await.json()["data"]["project"].clone()
    }
    async fn ask(&self, order: &Value, key: &str) -> Answer {
        self.house.send(Ask::post("/api/v1/moves", order).key(key)).await
    }
    async fn work(&self) -> usize {
        moves::work(&self.house.app.db, &self.house.app.clock).await.expect("it works")
    }
    /// Moves runs as the author, to the end; how it went.
    async fn moved(&self, order: &Value) -> Value {
        let begun = self.ask(order, &self.author).await;
        assert_eq!(begun.status, 201, "{}", begun.text());
        assert_eq!(self.work().await, 1);
        self.get(&begun.json()["id"]).await
    }
    async fn get(&self, id: &Value) -> Value {
        self.must(Ask::get(format!("/api/v1/moves/{id}")), &self.boss).await.json()
    }
    async fn undo(&self, id: &Value, key: &str) -> u16 {
        self.house.send(Ask::post(format!("/api/v1/moves/{id}/undo"), &json!({})).key(key)).await.status
    }
    async fn status(&self, method: Method, path: &str, key: &str) -> u16 {
        self.house.send(Ask::new(method, path).key(key)).await.status
    }
}

fn to_blue(runs: &[&str]) -> Value {
    json!({ "from": { "entity": "red", "project": "digits" }, "to": { "entity": "blue", "project": "digits" }, "runs": runs })
}

#[actix_web::test]
async fn a_run_moves_with_all_it_has_and_its_old_address_leads_to_it() {
    let site = Site::new().await;
    site.finish("first").await;
    let before = site.whole("red", "first").await["run"].clone();
    assert_eq!(before["historyLineCount"], 1);
    let done = site.moved(&to_blue(&["first"])).await;
    assert_eq!((&done["state"], &done["moved"], &done["skipped"]), (&json!("done"), &json!(1), &json!(0)));

    let after = site.whole("blue", "first").await;
    assert_eq!(after["runCount"], 1);
    let mut expected = before.clone();
    expected["project"] = json!({ "name": "digits", "entityName": "blue" });
    assert_eq!(after["run"], expected);
    let old = site.whole("red", "first").await;
    assert_eq!((&old["runCount"], &old["run"]), (&json!(0), &expected), "the old address leads to the new place");
    // Only for those who may see that.
    let path = "/api/v1/projects/red/digits/runs/first";
    assert_eq!(site.must(Ask::get(path), &site.author).await.json()["entity"], "blue");
    assert_eq!(site.status(Method::GET, path, &site.member).await, 404);

    // The index of fields and tags went along.
    let filter = "filter=%7B%22config.lr%22%3A0.5%2C%22tags%22%3A%22kept%22%2C%22summary_metrics.loss%22%3A0%7D";
    for (team, found) in [("blue", 1), ("red", 0)] {
        let listed = site.must(Ask::get(format!("/api/v1/projects/{team}/digits/runs?{filter}")), &site.author).await.json();
        assert_eq!(listed["items"].as_array().map(Vec::len), Some(found), "{team}: {listed}");
    }
}

#[actix_web::test]
async fn a_page_of_a_run_that_moved_is_found_for_those_who_may_see_it() {
    let site = Site::new().await;
    site.moved(&to_blue(&["first"])).await;
    let page = async |path: &str, key: &str| {
        let asked = Ask::get(path).header("accept", "text/html").key(key);
        let answer = site.house.send(asked).await;
        (answer.status, answer.header("location").to_owned())
    };
    let moved = (302, "/blue/digits/runs/first/files/a%20b?tab=1".to_owned());
    assert_eq!(page("/red/digits/runs/first/files/a%20b?tab=1", &site.author).await, moved);
    assert_ne!(page("/red/digits/runs/first", &site.member).await.0, 302, "who may not see the new place");
    assert_ne!(page("/red/digits/runs/first", "").await.0, 302);
    // Another run takes the address.
    site.must(
        Ask::graphql(UPSERT, &json!({ "i": { "entityName": "red", "modelName": "digits", "name": "first" } })),
        &site.member,
    )
    .await;
    assert_ne!(page("/red/digits/runs/first", &site.author).await.0, 302);
    assert_eq!(site.whole("red", "first").await["run"]["user"]["username"], "member");
}

#[actix_web::test]
async fn moving_takes_rights_at_both_ends() {
    let site = Site::new().await;
    let refused = async |order: Value, key: &str| site.ask(&order, key).await.status;
    let to = |entity: &str| {
        let ends = json!({ "entity": entity, "project": "digits" });
        json!({ "from": { "entity": "red", "project": "digits" }, "to": ends, "runs": ["first"] })
    };
    assert_eq!(refused(to("blue"), "").await, 401);
    assert_eq!(refused(to("member"), &site.member).await, 403, "a run of somebody else");
    assert_eq!(refused(to("looker"), &site.looker).await, 403, "a key of who only looks");
    let cookie = site.house.sign_in("looker").await;
    assert_eq!(refused(to("looker"), &cookie).await, 403, "who only looks");
    assert_eq!(refused(to("lead"), &site.author).await, 403, "somebody else's space");
    assert_eq!(refused(to("blue"), &site.lead).await, 403, "a team that one is not in");
    assert_eq!(refused(to("runstead"), &site.author).await, 404, "an organization");
    assert_eq!(refused(to("nowhere"), &site.author).await, 404);
    assert_eq!(refused(to("red"), &site.author).await, 400, "where it is already");
    let mut unclear = to("blue");
    unclear["filter"] = json!("{}");
    assert_eq!(refused(unclear, &site.author).await, 400, "names and a filter");
    assert_eq!(refused(to_blue(&["first", "none"]), &site.author).await, 404);
    site.must(Ask::post("/api/v1/teams/blue/members", &json!({ "username": "author", "role": "view-only" })), &site.boss).await;
    assert_eq!(refused(to("blue"), &site.author).await, 403, "view-only where it is to go");

    let listed = site.must(Ask::get("/api/v1/moves/destinations"), &site.author).await.json();
    let listed: Vec<_> = listed["items"].as_array().expect("a list").iter().map(|one| one["entity"].clone()).collect();
    assert_eq!(listed, ["author", "red"]);
    // A team admin moves what others made, into a project that is made on the way.
    let done = site.ask(&to("lead"), &site.lead).await;
    assert_eq!((done.status, site.work().await), (201, 1), "{}", done.text());
    assert_eq!(site.whole("lead", "first").await["run"]["user"]["username"], "author");
}

#[actix_web::test]
async fn of_all_that_match_those_are_moved_that_the_mover_made() {
    let site = Site::new().await;
    site.begin("second").await;
    let other = json!({ "entityName": "red", "modelName": "digits", "name": "other", "tags": ["kept"] });
    site.must(Ask::graphql(UPSERT, &json!({ "i": other })), &site.member).await;
    let order = json!({
        "from": { "entity": "red", "project": "digits" }, "to": { "entity": "author", "project": "new" }, "filter": "{\"tags\": \"kept\"}",
    });
    let preview = site.must(Ask::post("/api/v1/moves/preview", &order), &site.author).await.json();
    assert_eq!(
        preview,
        json!({
            "total": 3, "moving": 2, "running": 2, "renamed": 0, "staying": 1,
            "staying_runs": [{ "name": "other", "reason": "only the person who made this run or a team admin may move it" }],
            "artifacts_moving": 0, "artifacts_staying": 0, "artifacts_linked": 0, "creates_project": true,
        })
    );
    let done = site.moved(&order).await;
    assert_eq!((&done["total"], &done["moved"], &done["skipped"]), (&json!(3), &json!(2), &json!(1)));
    let left = site.must(Ask::get(format!("/api/v1/moves/{}/runs?state=skipped", done["id"])), &site.author).await.json();
    assert_eq!(left["items"][0]["name"], "other");
    assert_eq!(site.whole("red", "other").await["run"]["project"]["entityName"], "red");
    // Those who manage an end see it; others do not.
    assert_eq!(site.status(Method::GET, &format!("/api/v1/moves/{}", done["id"]), &site.lead).await, 200);
    assert_eq!(site.status(Method::GET, &format!("/api/v1/moves/{}", done["id"]), &site.member).await, 404);
    let listed = site.must(Ask::get("/api/v1/moves?entity=red"), &site.lead).await.json();
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(site.status(Method::GET, "/api/v1/moves?entity=red", &site.member).await, 403);
    assert_eq!(site.must(Ask::get("/api/v1/moves"), &site.author).await.json()["items"][0]["id"], done["id"]);
}

#[actix_web::test]
async fn a_run_at_work_goes_on_though_its_process_knows_the_old_address_alone() {
    let site = Site::new().await;
    // To where its author has no seat.
    let order = json!({
        "from": { "entity": "red", "project": "digits" }, "to": { "entity": "lead", "project": "digits" }, "runs": ["first"],
    });
    assert_eq!((site.ask(&order, &site.lead).await.status, site.work().await), (201, 1));
    assert_eq!(site.stream("red", "first", 1).await, 200);
    let input = json!({ "entityName": "red", "modelName": "digits", "name": "first", "config": "{\"lr\":{\"value\":0.7}}" });
    let again = site.must(Ask::graphql(UPSERT, &json!({ "i": input })), &site.author).await.json();
    assert_eq!(again["data"]["upsertBucket"]["inserted"], false);
    let files = "mutation($input: RunFilesInput!) { createRunFiles(input: $input) { files { name } } }";
    let input = json!({ "entityName": "red", "projectName": "digits", "runName": "first", "files": ["late.txt"] });
    site.must(Ask::graphql(files, &json!({ "input": input })), &site.author).await;
    let app = &site.house.app;
    assert_eq!(summaries::bring_all(&app.db, &app.history, app.clock.now()).await.ok(), Some(1));
    let run = site.whole("lead", "first").await["run"].clone();
    assert_eq!((&run["historyLineCount"], &run["summaryMetrics"]), (&json!(2), &json!("{\"loss\":1}")));
    // What the process changes after the move is found in the new place.
    let filter = "filter=%7B%22config.lr%22%3A0.7%2C%22summary_metrics.loss%22%3A1%7D";
    let listed = site.must(Ask::get(format!("/api/v1/projects/lead/digits/runs?{filter}")), &site.lead).await.json();
    assert_eq!(listed["items"][0]["name"], "first", "{listed}");
    // Once it has ended, its author, who sees nothing there, begins a new one of that name.
    site.finish("first").await;
    assert_eq!(site.whole("lead", "first").await["run"]["state"], "finished");
    assert_eq!(site.stream("red", "first", 2).await, 404);
    let input = json!({ "entityName": "red", "modelName": "digits", "name": "first" });
    let new = site.must(Ask::graphql(UPSERT, &json!({ "i": input })), &site.author).await.json();
    assert_eq!(new["data"]["upsertBucket"]["inserted"], true);
}

#[actix_web::test]
async fn who_made_a_run_deletes_it_where_it_lies_and_the_owner_of_the_place_does_not() {
    let site = Site::new().await;
    site.must(Ask::post("/api/v1/teams/blue/members", &json!({ "username": "member", "role": "member" })), &site.boss).await;
    // The project is the member's.
    site.must(Ask::post("/api/v1/projects/blue", &json!({ "name": "digits" })), &site.member).await;
    site.moved(&to_blue(&["first"])).await;
    let path = "/api/v1/projects/blue/digits/runs/first";
    assert_eq!(site.status(Method::DELETE, path, &site.member).await, 403);
    assert_eq!(site.status(Method::DELETE, path, &site.author).await, 204);
    let app = &site.house.app;
    app.clock.advance(Duration::from_secs(8 * 86_400));
    purge::purge(&app.db, &app.history, app.clock.now()).await.expect("it runs");
    // Nothing leads to it any more, and both its names are free.
    assert_eq!(site.whole("red", "first").await["run"], Value::Null);
    let input = json!({ "entityName": "red", "modelName": "digits", "name": "first" });
    let new = site.must(Ask::graphql(UPSERT, &json!({ "i": input })), &site.author).await.json();
    assert_eq!(new["data"]["upsertBucket"]["inserted"], true);
}

#[actix_web::test]
async fn an_id_that_is_taken_there_keeps_a_run_back_or_gets_it_another() {
    let site = Site::new().await;
    let input = json!({ "entityName": "blue", "modelName": "digits", "name": "first" });
    site.must(Ask::graphql(UPSERT, &json!({ "i": input })), &site.boss).await;
    let done = site.moved(&to_blue(&["first"])).await;
    assert_eq!((&done["moved"], &done["skipped"]), (&json!(0), &json!(1)));
    let mut order = to_blue(&["first"]);
    order["on_conflict"] = json!("rename");
    assert_eq!(site.moved(&order).await["moved"], 1);
    let run = site.whole("blue", "first-2").await["run"].clone();
    assert_eq!((&run["name"], &run["user"]["username"]), (&json!("first-2"), &json!("author")));
    assert_eq!(site.whole("red", "first").await["run"]["name"], "first-2");
}

#[actix_web::test]
async fn a_move_is_taken_back_within_a_quarter_of_an_hour() {
    let site = Site::new().await;
    site.begin("second").await;
    site.begin("third").await;
    let before = site.whole("red", "first").await;
    let done = site.moved(&to_blue(&["first", "second", "third"])).await;
    // One is deleted meanwhile, the place of another is taken.
    assert_eq!(site.status(Method::DELETE, "/api/v1/projects/blue/digits/runs/third", &site.author).await, 204);
    let input = json!({ "entityName": "red", "modelName": "digits", "name": "second" });
    site.must(Ask::graphql(UPSERT, &json!({ "i": input })), &site.member).await;
    assert_eq!(site.undo(&done["id"], &site.member).await, 404);
    assert_eq!(site.undo(&done["id"], &site.lead).await, 403, "who may see it, but did not ask for it");
    site.house.app.clock.advance(Duration::from_secs(15 * 60));
    assert_eq!(site.undo(&done["id"], &site.author).await, 200);
    assert_eq!(site.undo(&done["id"], &site.author).await, 409);
    site.work().await;
    let undone = site.get(&done["id"]).await;
    assert_eq!((&undone["state"], &undone["back"], &undone["stayed"]), (&json!("undone"), &json!(1), &json!(2)));
    assert_eq!(site.whole("red", "first").await["run"], before["run"]);
    assert_eq!(site.whole("blue", "second").await["run"]["project"]["entityName"], "blue");

    let late = site.moved(&to_blue(&["first"])).await;
    site.house.app.clock.advance(Duration::from_secs(15 * 60 + 1));
    assert_eq!((site.undo(&late["id"], &site.author).await, &site.get(&late["id"]).await["can_undo"]), (409, &json!(false)));
}

#[actix_web::test]
async fn runs_leave_a_restricted_project_only_if_the_organization_says_so() {
    let site = Site::new().await;
    let patch = |path: &str, body: Value| Ask::new(Method::PATCH, path).json(&body);
    site.must(patch("/api/v1/projects/red/digits", json!({ "visibility": "restricted" })), &site.lead).await;
    assert_eq!(site.ask(&to_blue(&["first"]), &site.author).await.status, 404, "who is not named sees nothing");
    site.must(
        Ask::new(Method::PUT, "/api/v1/projects/red/digits/members/author").json(&json!({ "role": "member" })),
        &site.lead,
    )
    .await;
    assert_eq!(site.ask(&to_blue(&["first"]), &site.author).await.status, 403);
    let allow = json!({ "moves_from_restricted": true });
    assert_eq!(site.house.send(patch("/api/v1/organizations/runstead", allow.clone()).key(&site.lead)).await.status, 403);
    site.must(patch("/api/v1/organizations/runstead", allow), &site.boss).await;
    assert_eq!(site.moved(&to_blue(&["first"])).await["moved"], 1);
}

#[actix_web::test]
async fn artifacts_follow_unless_a_run_that_stays_made_or_used_them() {
    let site = Site::new().await;
    site.begin("second").await;
    let red = Logger { house: &site.house, key: &site.author, entity: "red", project: "digits" };
    let own = red.log_by(Some("first"), "model", &[("w", b"1")]).await;
    let shared = red.log_by(Some("first"), "data", &[("d", b"1")]).await;
    let kept = red.log_by(Some("second"), "model", &[("w", b"2")]).await;
    let used = "mutation($input: UseArtifactInput!) { useArtifact(input: $input) { artifact { id } } }";
    red.must(used, json!({ "artifactID": shared, "entityName": "red", "projectName": "digits", "runName": "second" })).await;
    red.link(&own, "chosen", &[]).await;

    let preview = site.must(Ask::post("/api/v1/moves/preview", &to_blue(&["first"])), &site.author).await.json();
    assert_eq!((&preview["artifacts_moving"], &preview["artifacts_staying"]), (&json!(1), &json!(1)));
    let done = site.moved(&to_blue(&["first"])).await;
    assert_eq!(done["artifacts_moved"], 1);

    let version = "query($id: ID!) { artifact(id: $id) { versionIndex artifactSequence { project { entityName } }
        aliases { alias artifactCollectionName } artifactMemberships { edges { node { artifactCollection { name } } } } } }";
    let team = |version: &Value| version["artifactSequence"]["project"]["entityName"].clone();
    let place = async |id: &str| {
        site.must(Ask::graphql(version, &json!({ "id": id })), &site.boss).await.json()["data"]["artifact"].clone()
    };
    // Those of its own collection: the link has aliases too.
    let aliases = |version: &Value| -> Vec<String> {
        let listed = version["aliases"].as_array().expect("a list").iter();
        let listed = listed.filter(|alias| alias["artifactCollectionName"] == "model");
        listed.filter_map(|alias| alias["alias"].as_str().map(str::to_owned)).collect()
    };
    let moved = place(&own).await;
    assert_eq!((team(&moved), &moved["versionIndex"]), (json!("blue"), &json!(0)));
    assert!(aliases(&moved).contains(&"latest".to_owned()), "the newest of its name there: {moved}");
    assert_eq!(moved["artifactMemberships"]["edges"].as_array().map(Vec::len), Some(2), "its link stays: {moved}");
    assert_eq!(team(&place(&shared).await), "red");
    let stays = place(&kept).await;
    assert_eq!((team(&stays), aliases(&stays)), (json!("red"), vec!["latest".to_owned(), "v1".to_owned()]));

    assert_eq!(site.undo(&done["id"], &site.author).await, 200);
    site.work().await;
    let back = place(&own).await;
    assert_eq!((team(&back), &back["versionIndex"]), (json!("red"), &json!(0)));
    assert!(!aliases(&back).contains(&"latest".to_owned()), "{back}");
    assert_eq!(aliases(&place(&kept).await), ["latest", "v1"]);

    let mut order = to_blue(&["first", "second"]);
    order["artifacts"] = json!("leave");
    assert_eq!(site.moved(&order).await["artifacts_moved"], 0);
    assert_eq!(team(&place(&own).await), "red");
}

#[actix_web::test]
async fn artifacts_may_stay_and_be_linked_where_the_runs_went_until_the_move_is_undone() {
    let site = Site::new().await;
    let red = Logger { house: &site.house, key: &site.author, entity: "red", project: "digits" };
    let made = red.log_by(Some("first"), "model", &[("w", b"1")]).await;
    let used = red.log("data", &[("d", b"1")]).await;
    let taking = "mutation($input: UseArtifactInput!) { useArtifact(input: $input) { artifact { id } } }";
    red.must(taking, json!({ "artifactID": used, "entityName": "red", "projectName": "digits", "runName": "first" })).await;
    // The name means something else where they go.
    let blue = Logger { entity: "blue", ..red };
    blue.log("data", &[("other", b"1")]).await;
    let mut order = to_blue(&["first"]);
    order["artifacts"] = json!("copy");
    assert_eq!(site.ask(&order, &site.author).await.status, 400, "there is no such choice");
    order["artifacts"] = json!("copy_reference");
    let preview = site.must(Ask::post("/api/v1/moves/preview", &order), &site.author).await.json();
    assert_eq!((&preview["artifacts_moving"], &preview["artifacts_linked"]), (&json!(0), &json!(2)), "{preview}");
    let done = site.moved(&order).await;
    assert_eq!((&done["artifacts"], &done["artifacts_moved"]), (&json!("copy_reference"), &json!(0)));
    assert_eq!(done["artifacts_linked"], 2, "{done}");

    let place = "query($n: String!) { project(name: \"digits\", entityName: \"blue\") {
        artifactCollectionMembership(name: $n) { artifact { id } } } }";
    let linked = async |name: &str| {
        let found = site.must(Ask::graphql(place, &json!({ "n": name })), &site.boss).await.json();
        found["data"]["project"]["artifactCollectionMembership"]["artifact"]["id"].clone()
    };
    assert_eq!((linked("model:latest").await, linked("data-2:latest").await), (json!(made), json!(used)));
    let home = "query($id: ID!) { artifact(id: $id) { artifactSequence { project { entityName } } } }";
    let home = site.must(Ask::graphql(home, &json!({ "id": made })), &site.boss).await.json();
    assert_eq!(home["data"]["artifact"]["artifactSequence"]["project"]["entityName"], "red", "it stayed");

    assert_eq!(site.undo(&done["id"], &site.author).await, 200);
    site.work().await;
    assert_eq!((linked("model:latest").await, linked("data-2:latest").await), (Value::Null, Value::Null));
    assert_eq!(site.get(&done["id"]).await["artifacts_linked"], 0);
    assert_ne!(linked("data:latest").await, Value::Null, "what was there before stays");
}

#[actix_web::test]
async fn a_run_that_is_moved_and_deleted_at_once_is_in_one_place() {
    for _ in 0..5 {
        let site = Site::new().await;
        assert_eq!(site.ask(&to_blue(&["first"]), &site.author).await.status, 201);
        let deleting = site.status(Method::DELETE, "/api/v1/projects/red/digits/runs/first", &site.author);
        let (deleted, _) = tokio::join!(deleting, site.work());
        assert_eq!(deleted, 204, "wherever it was");
        let trash = async |team: &str| {
            let listed =
                site.house.send(Ask::get(format!("/api/v1/projects/{team}/digits/trash")).key(&site.boss)).await.json();
            listed["items"].as_array().map_or(0, Vec::len)
        };
        assert_eq!(trash("red").await + trash("blue").await, 1);
        assert_eq!(site.whole("red", "first").await["run"], Value::Null);
        let done = site.must(Ask::get("/api/v1/moves"), &site.author).await.json()["items"][0].clone();
        let gone = if trash("red").await == 1 { "skipped" } else { "moved" };
        assert_eq!((&done["state"], &done[gone]), (&json!("done"), &json!(1)));
    }
}

#[actix_web::test]
async fn a_move_goes_on_where_a_crash_ended_it_and_as_far_as_the_mover_still_may() {
    let site = Site::new().await;
    site.begin("second").await;
    let begun = site.ask(&to_blue(&["first"]), &site.author).await.json()["id"].clone();
    let refused = site.ask(&to_blue(&["second"]), &site.author).await.json()["id"].clone();
    let folder = &site.folder;
    site.house.app.history.close().await.expect("it closes");
    site.house.app.db.close().await.expect("it closes");
    let house = House::open(&settings(folder.path(), &[])).await;
    let key = &site.boss;
    let work = async || moves::work(&house.app.db, &house.app.clock).await.expect("it works");
    let get = async |id: &Value| house.send(Ask::get(format!("/api/v1/moves/{id}")).key(key)).await.json();
    assert_eq!(get(&begun).await["waiting"], 1);
    // Meanwhile the mover loses the seat there.
    let gone = house.send(Ask::new(Method::DELETE, "/api/v1/teams/blue/members/author").key(key)).await;
    assert_eq!(gone.status, 204);
    assert_eq!((work().await, work().await), (2, 0));
    assert_eq!((&get(&begun).await["skipped"], &get(&refused).await["skipped"]), (&json!(1), &json!(1)));
    let seat = json!({ "username": "author", "role": "member" });
    house.send(Ask::post("/api/v1/teams/blue/members", &seat).key(key)).await;
    let again = house.send(Ask::post("/api/v1/moves", &to_blue(&["first"])).key(&site.author)).await.json()["id"].clone();
    assert_eq!((work().await, &get(&again).await["moved"]), (1, &json!(1)));
}

#[actix_web::test]
async fn both_ends_and_the_run_tell_of_a_move() {
    let site = Site::new().await;
    let done = site.moved(&to_blue(&["first"])).await;
    site.undo(&done["id"], &site.author).await;
    site.work().await;
    for team in ["red", "blue"] {
        let listed = site.must(Ask::get(format!("/api/v1/audit?team={team}&action=move")), &site.boss).await.json();
        let told: Vec<_> = listed["items"].as_array().expect("a list").iter().collect();
        let actions: Vec<_> = told.iter().map(|one| (&one["action"], &one["actor"])).collect();
        let by = json!("author");
        assert_eq!(actions, [(&json!("move.undo"), &by), (&json!("move.start"), &by)], "{listed}");
        assert_eq!(told[1]["details"], json!({ "move": done["id"], "from": "red/digits", "to": "blue/digits", "runs": 1 }));
    }
    let listed = site.must(Ask::get("/api/v1/audit?action=run.move"), &site.boss).await.json();
    let details: Vec<_> = listed["items"].as_array().expect("a list").iter().map(|one| one["details"]["to"].clone()).collect();
    assert_eq!(details, ["red/digits/first", "blue/digits/first"]);
}
