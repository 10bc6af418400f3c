//! Alerts: rules judge every value that was acknowledged, once, whatever is done again or begun anew; and what is to be told is
//! told until it is taken or given up.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::http::Method;
use actix_web::{App as Actix, HttpRequest, HttpResponse, HttpServer, web};
use base64::Engine as _;
use hmac::{KeyInit as _, Mac as _};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use runstead::domain::alerts;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::house::{Answer, Ask, House, settings};

const UPSERT: &str = "mutation($i: UpsertBucketInput!) { upsertBucket(input: $i) { inserted } }";
const ALERT: &str = "mutation($i: NotifyScriptableRunAlertInput!) { notifyScriptableRunAlert(input: $i) { success } }";
const RULES: &str = "/api/v1/projects/red/digits/alerts";
const FIRINGS: &str = "/api/v1/projects/red/digits/firings";

/// A team with an admin and a member, and a project with a run.
struct Lab {
    house: House,
    folder: TempDir,
    admin: String,
    member: String,
    /// How many rows a run has logged.
    rows: Mutex<std::collections::BTreeMap<String, usize>>,
}

fn open(folder: &TempDir) -> impl Future<Output = House> {
    let config = settings(folder.path(), &[("alerts.webhook_hosts", "127.0.0.1")]);
    async move { House::open(&config).await }
}

impl Lab {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let house = open(&folder).await;
        let admin = house.set_up().await;
        let member = house.person(&admin, "mia").await;
        let lab = Self { house, folder, admin, member, rows: Mutex::default() };
        lab.must(Ask::post("/api/v1/teams", &json!({ "name": "red" }))).await;
        lab.must(Ask::post("/api/v1/teams/red/members", &json!({ "username": "mia", "role": "member" }))).await;
        lab.begin("first", &json!({})).await;
        lab
    }
    /// Ends the server where it is, and starts another on its data.
    async fn restart(self) -> Self {
        let Self { house, folder, admin, member, rows } = self;
        house.app.history.close().await.expect("it closes");
        house.app.db.close().await.expect("it closes");
        Self { house: open(&folder).await, folder, admin, member, rows }
    }
    async fn must(&self, ask: Ask) -> Value {
        self.done(ask.key(&self.admin)).await.json()
    }
    async fn done(&self, ask: Ask) -> Answer {
        let path = ask.path.clone();
        let answer = self.house.send(ask).await;
        assert!(answer.status < 300 && answer.json()["errors"].is_null(), "{path}: {} {}", answer.status, answer.text());
        answer
    }
    async fn begin(&self, run: &str, config: &Value) {
        let input = json!({ "entityName": "red", "modelName": "digits", "name": run, "config": config.to_string() });
        self.must(Ask::graphql(UPSERT, &json!({ "i": input }))).await;
    }
    async fn send(&self, run: &str, message: &Value) {
        self.must(Ask::post(format!("/files/red/digits/{run}/file_stream"), message)).await;
    }
    async fn log(&self, run: &str, rows: &[String]) {
        let offset = {
            let mut known = self.rows.lock().expect("a count");
            let count = known.entry(run.to_owned()).or_default();
            *count += rows.len();
            *count - rows.len()
        };
        self.send(run, &json!({ "files": { "wandb-history.jsonl": { "offset": offset, "content": rows } } })).await;
    }
    async fn loss(&self, run: &str, values: &[f64]) {
        let first = *self.rows.lock().expect("a count").get(run).unwrap_or(&0);
        let row = |(index, value): (usize, &f64)| format!("{{\"_step\":{},\"loss\":{value}}}", first + index);
        self.log(run, &values.iter().enumerate().map(row).collect::<Vec<_>>()).await;
    }
    async fn judge(&self) -> usize {
        let app = &self.house.app;
        alerts::judge(&app.db, &app.history, &app.segments, app.clock.now()).await.expect("it is judged")
    }
    async fn deliver(&self) -> usize {
        let app = &self.house.app;
        alerts::deliver(&app.db, &app.channels, &app.clock).await.expect("it is told")
    }
    async fn rule(&self, name: &str, condition: &Value, more: &Value) -> i64 {
        let mut form = json!({ "name": name, "condition": condition });
        form.as_object_mut().expect("a map").extend(more.as_object().expect("a map").clone());
        self.must(Ask::post(RULES, &form)).await["id"].as_i64().expect("an id")
    }
    async fn firings(&self) -> Vec<Value> {
        self.must(Ask::get(format!("{FIRINGS}?limit=1000"))).await["items"].as_array().expect("a list").clone()
    }
}

fn above(value: f64) -> Value {
    json!({ "kind": "threshold", "metric": "loss", "is": "above", "value": value, "over": "last" })
}

// What rules find.

/// A value of the metric, or a row without.
type Point = Option<f64>;

fn points() -> impl Strategy<Value = Vec<Point>> {
    let point = prop_oneof![6 => (0..20_u8).prop_map(|value| Some(f64::from(value) / 10.0)), 1 => Just(None), 1 => Just(Some(f64::NAN))];
    prop::collection::vec(point, 1..60)
}

/// What happens between values: nothing, a message ends, it is judged, the server is begun anew.
#[derive(Clone, Copy, Debug)]
enum Cut {
    Nothing,
    Message,
    Judged,
    Restart,
}

fn cuts() -> impl Strategy<Value = Vec<Cut>> {
    let cut = prop_oneof![8 => Just(Cut::Nothing), 3 => Just(Cut::Message), 2 => Just(Cut::Judged), 1 => Just(Cut::Restart)];
    prop::collection::vec(cut, 60)
}

/// The step at which the last values first meet a condition, in the plainest way to say it.
fn first(points: &[Point], needs: usize, meets: impl Fn(&[f64]) -> bool) -> Option<usize> {
    (0..points.len()).find(|step| {
        let seen: Vec<f64> = points[..=*step].iter().filter_map(|point| *point).collect();
        points[*step].is_some() && seen.len() >= needs && meets(&seen[seen.len() - needs..])
    })
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[actix_web::test]
async fn rules_fire_at_the_value_that_a_plain_reading_of_all_rows_says_once() {
    let mut runner = TestRunner::deterministic();
    let mut lab = Lab::new().await;
    lab.begin("base", &json!({})).await;
    lab.must(Ask::graphql(
        UPSERT,
        &json!({ "i": { "entityName": "red", "modelName": "digits", "name": "base", "summaryMetrics": "{\"loss\":0.8}" } }),
    ))
    .await;
    let worse = json!({ "kind": "baseline", "metric": "loss", "better": "lower", "percent": 25, "points": 3, "run": "base" });
    let low = json!({ "kind": "threshold", "metric": "loss", "is": "below", "value": 0.2, "over": "max", "points": 2 });
    let rose = json!({ "kind": "change", "metric": "loss", "direction": "rise", "amount": 0.9, "unit": "absolute", "points": 2, "before": 3 });
    let names = ["worse", "low", "rose"];
    for (name, condition) in names.iter().zip([&worse, &low, &rose]) {
        lab.rule(name, condition, &json!({})).await;
    }
    let mut fired_in_all = 0;
    for case in 0..14 {
        let run = format!("run{case}");
        lab.begin(&run, &json!({})).await;
        let points = points().new_tree(&mut runner).expect("points").current();
        let cuts = cuts().new_tree(&mut runner).expect("cuts").current();
        let mut rows = Vec::new();
        for (step, (point, cut)) in points.iter().zip(&cuts).enumerate() {
            let value = point.map_or(String::new(), |value| format!(",\"loss\":{value}"));
            rows.push(format!("{{\"_step\":{step},\"other\":9{value}}}"));
            if matches!(cut, Cut::Nothing) && step + 1 < points.len() {
                continue;
            }
            lab.log(&run, &std::mem::take(&mut rows)).await;
            match cut {
                Cut::Judged => drop(lab.judge().await),
                Cut::Restart => lab = lab.restart().await,
                Cut::Nothing | Cut::Message => {}
            }
        }
        lab.judge().await;
        assert_eq!(lab.judge().await, 0, "nothing is left to judge");
        let expected = [
            first(&points, 3, |last| mean(last) > 1.0 || mean(last).is_nan()),
            first(&points, 2, |last| last.iter().all(|value| *value < 0.2)),
            first(&points, 5, |last| mean(&last[3..]) - mean(&last[..3]) >= 0.9),
        ];
        let firings = lab.firings().await;
        for (name, expected) in names.iter().zip(expected) {
            let of_it: Vec<u64> = firings
                .iter()
                .filter(|firing| firing["alert"] == *name && firing["run"]["name"] == run.as_str())
                .map(|firing| firing["facts"]["step"].as_u64().expect("a step"))
                .collect();
            assert_eq!(
                of_it,
                expected.map(|step| step as u64).into_iter().collect::<Vec<_>>(),
                "{name} of {points:?} {cuts:?}"
            );
            fired_in_all += of_it.len();
        }
    }
    assert!((5..42).contains(&fired_in_all), "some fire and some do not: {fired_in_all}");
}

#[actix_web::test]
async fn a_firing_names_run_value_baseline_and_step_and_comes_once_until_the_rule_is_armed_again() {
    let lab = Lab::new().await;
    let condition =
        json!({ "kind": "baseline", "metric": "loss", "better": "lower", "percent": 10, "points": 2, "value": 0.5 });
    let rule = lab.rule("worse than before", &condition, &json!({})).await;
    lab.loss("first", &[0.4, 0.5]).await;
    assert_eq!(lab.judge().await, 0);
    lab.loss("first", &[0.7]).await;
    assert_eq!(lab.judge().await, 1);
    let firing = lab.firings().await.remove(0);
    assert_eq!((firing["run"]["name"].as_str(), firing["facts"]["step"].as_u64()), (Some("first"), Some(2)));
    assert_eq!((firing["facts"]["value"].as_f64(), firing["facts"]["baseline"].as_f64()), (Some(0.6), Some(0.5)));
    let text = firing["text"].as_str().expect("a text");
    for part in ["loss", "0.6", "0.5", "red/digits/first", "20.0000 % worse"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert_eq!(firing["is_held"], true);
    lab.loss("first", &[0.9, 0.9]).await;
    assert_eq!(lab.judge().await, 0, "it fired for this run");
    lab.begin("second", &json!({})).await;
    lab.loss("second", &[0.9, 0.9]).await;
    assert_eq!(lab.judge().await, 1, "and not yet for that one");

    let armed = lab.must(Ask::post(format!("{RULES}/{rule}/rearm"), &json!({ "run": "first" }))).await;
    assert_eq!(armed["runs"], 1);
    assert_eq!(lab.judge().await, 0, "what was logged before it was armed again is over");
    lab.loss("first", &[0.9]).await;
    assert_eq!(lab.judge().await, 0, "one value since");
    lab.loss("first", &[0.9]).await;
    assert_eq!(lab.judge().await, 1);
    let second = lab.must(Ask::post(format!("{RULES}/{rule}/rearm"), &json!({}))).await;
    assert_eq!(second["runs"], 2, "all that it fired for");

    // Another condition begins anew, another name does not.
    lab.must(Ask::new(Method::PATCH, format!("{RULES}/{rule}")).json(&json!({ "name": "worse" }))).await;
    lab.loss("first", &[0.1]).await;
    assert_eq!(lab.judge().await, 0);
    lab.must(Ask::new(Method::PATCH, format!("{RULES}/{rule}")).json(&json!({ "condition": above(0.65) }))).await;
    lab.loss("first", &[0.1]).await;
    assert_eq!(lab.judge().await, 1, "it looks at all that the run logged");
}

#[actix_web::test]
async fn rows_that_change_are_looked_at_again_and_never_fire_twice() {
    let lab = Lab::new().await;
    lab.rule("high", &above(1.0), &json!({})).await;
    lab.loss("first", &[0.1, 0.2, 0.3]).await;
    assert_eq!(lab.judge().await, 0);
    let rewritten = json!({ "files": { "wandb-history.jsonl": { "offset": 1, "content": ["{\"_step\":1,\"loss\":5}"] } } });
    lab.send("first", &rewritten).await;
    assert_eq!(lab.judge().await, 1);
    lab.send("first", &json!({ "files": { "wandb-history.jsonl": { "offset": 1, "content": ["{\"_step\":1,\"loss\":6}"] } } }))
        .await;
    assert_eq!(lab.judge().await, 0);
    assert_eq!(lab.firings().await.len(), 1);
}

#[actix_web::test]
async fn a_rule_means_the_runs_of_its_filter_and_tells_nobody_while_it_is_paused() {
    let lab = Lab::new().await;
    lab.rule("big", &above(1.0), &json!({ "filter": "{\"config.size\": {\"$gt\": 10}}" })).await;
    let paused = lab.rule("paused", &above(1.0), &json!({ "paused": true })).await;
    lab.begin("small", &json!({ "size": { "value": 1 } })).await;
    lab.begin("large", &json!({ "size": { "value": 100 } })).await;
    lab.loss("small", &[2.0]).await;
    lab.loss("large", &[2.0]).await;
    assert_eq!(lab.judge().await, 1);
    assert_eq!(lab.firings().await[0]["run"]["name"], "large");
    lab.must(Ask::new(Method::PATCH, format!("{RULES}/{paused}")).json(&json!({ "paused": false }))).await;
    lab.loss("small", &[0.5]).await;
    assert_eq!(lab.judge().await, 0, "what was logged while it was paused is over");
    lab.loss("small", &[2.0]).await;
    assert_eq!(lab.judge().await, 1);
}

#[actix_web::test]
async fn ends_of_runs_and_what_they_send_are_told_in_the_same_moment() {
    let lab = Lab::new().await;
    lab.rule("ended badly", &json!({ "kind": "state", "states": ["failed", "crashed"] }), &json!({})).await;
    lab.rule("ended", &json!({ "kind": "state", "states": ["finished"] }), &json!({})).await;
    lab.rule("sent", &json!({ "kind": "sent", "severity": "warn" }), &json!({})).await;
    lab.send("first", &json!({ "complete": true, "exitcode": 0 })).await;
    let told = lab.firings().await;
    assert_eq!((told.len(), told[0]["alert"].as_str()), (1, Some("ended")));
    lab.send("first", &json!({ "complete": true, "exitcode": 0 })).await;
    assert_eq!(lab.firings().await.len(), 1, "the same end again is none");
    lab.begin("broken", &json!({})).await;
    lab.send("broken", &json!({ "complete": true, "exitcode": 3 })).await;
    let told = lab.firings().await;
    assert_eq!(
        (told.len(), told[0]["alert"].as_str(), told[0]["run"]["name"].as_str()),
        (2, Some("ended badly"), Some("broken"))
    );
    assert!(told[0]["text"].as_str().is_some_and(|text| text.contains("exit code 3")), "{}", told[0]);

    let alert = |severity: &str, title: &str| {
        let input = json!({ "entityName": "red", "projectName": "digits", "runName": "first", "title": title, "text": "look",
            "severity": severity, "waitDuration": 60_000 });
        Ask::graphql(ALERT, &json!({ "i": input }))
    };
    lab.must(alert("INFO", "nothing")).await;
    assert_eq!(lab.firings().await.len(), 2, "less than a warning");
    lab.must(alert("ERROR", "low accuracy")).await;
    let told = lab.firings().await;
    assert_eq!((told.len(), told[0]["title"].as_str(), told[0]["severity"].as_str()), (3, Some("low accuracy"), Some("ERROR")));
    lab.must(alert("ERROR", "low accuracy")).await;
    assert_eq!(lab.firings().await.len(), 3, "the client says how long it waits between two");
}

// Telling it.

/// A server that takes what is posted, and answers as it is told to.
struct Listener {
    url: String,
    taken: Arc<Mutex<Vec<Taken>>>,
    answers: Arc<Mutex<VecDeque<u16>>>,
}

#[derive(Clone, Debug)]
struct Taken {
    signature: String,
    authorization: String,
    body: String,
}

impl Listener {
    fn open() -> Self {
        let (taken, answers) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(VecDeque::new())));
        let (taking, answering) = (Arc::clone(&taken), Arc::clone(&answers));
        let take = move |request: HttpRequest, body: String| {
            let header = |name: &str| request.headers().get(name).map_or("", |value| value.to_str().unwrap_or("")).to_owned();
            let got = Taken { signature: header("x-wandb-signature"), authorization: header("authorization"), body };
            taking.lock().expect("a list").push(got);
            let status = answering.lock().expect("a list").pop_front().unwrap_or(200);
            async move {
                let status = actix_web::http::StatusCode::from_u16(status).expect("a status");
                HttpResponse::build(status).insert_header(("location", "http://127.0.0.1:9/elsewhere")).body("thank you")
            }
        };
        let server = HttpServer::new(move || Actix::new().default_service(web::to(take.clone()))).workers(1);
        let server = server.bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/hook", server.addrs()[0]);
        actix_web::rt::spawn(server.disable_signals().run());
        Self { url, taken, answers }
    }
    fn taken(&self) -> Vec<Taken> {
        self.taken.lock().expect("a list").clone()
    }
    fn answer(&self, statuses: &[u16]) {
        self.answers.lock().expect("a list").extend(statuses);
    }
}

async fn webhook(lab: &Lab, url: &str, more: &Value) -> Value {
    let mut form = json!({ "name": "chat", "url": url });
    form.as_object_mut().expect("a map").extend(more.as_object().expect("a map").clone());
    lab.must(Ask::post("/api/v1/webhooks/red", &form)).await
}

/// What became of telling the newest firing.
async fn delivery(lab: &Lab) -> Value {
    lab.firings().await[0]["deliveries"][0].clone()
}

#[actix_web::test]
async fn what_is_not_taken_is_tried_again_and_each_attempt_is_kept() {
    let (lab, listener) = (Lab::new().await, Listener::open());
    webhook(&lab, &listener.url, &json!({ "secret": "a secret of ours", "token": "a-token-of-theirs" })).await;
    lab.rule("high", &above(1.0), &json!({ "webhook": "chat" })).await;
    lab.loss("first", &[2.0]).await;
    assert_eq!(lab.judge().await, 1);
    listener.answer(&[503, 500]);
    assert_eq!((lab.deliver().await, lab.deliver().await), (0, 0), "not before its time");
    assert_eq!(listener.taken().len(), 1);
    // What waits is known after a restart.
    let lab = lab.restart().await;
    for (pause, sent) in [(Duration::from_secs(10), 0), (Duration::from_secs(60), 1), (Duration::from_secs(3600), 0)] {
        lab.house.app.clock.advance(pause);
        assert_eq!(lab.deliver().await, sent);
    }
    let told = delivery(&lab).await;
    assert_eq!((told["state"].as_str(), told["recipient"].as_str()), (Some("sent"), Some("chat")));
    let answers: Vec<&str> =
        told["attempts"].as_array().expect("a list").iter().filter_map(|one| one["answer"].as_str()).collect();
    assert_eq!(answers.len(), 3);
    assert!(answers[0].starts_with("503") && answers[2].starts_with("200 OK thank you"), "{answers:?}");

    let posted = listener.taken().pop().expect("it was posted");
    let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(b"a secret of ours").expect("a key");
    mac.update(posted.body.as_bytes());
    assert_eq!(posted.signature, base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes()));
    assert_eq!(posted.authorization, "Bearer a-token-of-theirs");
    let body: Value = serde_json::from_str(&posted.body).expect("JSON");
    assert_eq!((body["run"]["name"].as_str(), body["facts"]["value"].as_f64()), (Some("first"), Some(2.0)));
    assert_eq!(body["link"], "https://runs.example/red/digits/runs/first");

    // Neither answers nor the database give secrets away.
    let shown = lab.must(Ask::get("/api/v1/webhooks/red")).await;
    assert_eq!((shown["items"][0]["has_secret"].as_bool(), shown["items"][0]["has_token"].as_bool()), (Some(true), Some(true)));
    let audit = lab.must(Ask::get("/api/v1/audit?limit=100")).await.to_string();
    let folder = lab.folder.path().to_owned();
    lab.house.app.db.close().await.expect("it closes");
    let database = std::fs::read(folder.join("runstead.db")).expect("the database");
    for secret in ["a secret of ours", "a-token-of-theirs"] {
        assert!(!shown.to_string().contains(secret) && !audit.contains(secret));
        assert!(!database.windows(secret.len()).any(|part| part == secret.as_bytes()), "{secret} is in the database");
    }
}

#[actix_web::test]
async fn what_is_refused_for_good_is_given_up_at_once_and_the_rest_after_some_hours() {
    let (lab, listener) = (Lab::new().await, Listener::open());
    let hook = webhook(&lab, &listener.url, &json!({})).await;
    let rule = lab.rule("high", &above(1.0), &json!({ "webhook": "chat" })).await;
    let test = || Ask::post(format!("{RULES}/{rule}/test"), &json!({}));
    for (status, word) in [(404, "404"), (302, "redirects are not followed")] {
        listener.answer(&[status]);
        lab.must(test()).await;
        lab.deliver().await;
        let told = delivery(&lab).await;
        assert_eq!(told["state"], "given up", "{told}");
        assert!(told["attempts"][0]["answer"].as_str().is_some_and(|answer| answer.contains(word)), "{told}");
    }
    listener.answer(&[500; 20]);
    lab.must(test()).await;
    for _ in 0..20 {
        lab.deliver().await;
        lab.house.app.clock.advance(Duration::from_secs(6 * 3600));
    }
    let told = delivery(&lab).await;
    assert_eq!((told["state"].as_str(), told["attempts"].as_array().map(Vec::len)), (Some("given up"), Some(7)));
    // Its admins try it out and see at once what it answers.
    listener.answers.lock().expect("a list").clear();
    let id = hook["id"].as_i64().expect("an id");
    let tried = lab.must(Ask::post(format!("/api/v1/webhooks/red/{id}/test"), &json!({}))).await;
    assert_eq!(tried["succeeded"], true, "{tried}");
    // A webhook that goes to another server does not take its secrets there.
    let change = |body: Value| Ask::new(Method::PATCH, format!("/api/v1/webhooks/red/{id}")).json(&body).key(&lab.admin);
    lab.done(change(json!({ "token": "theirs" }))).await;
    let moved = lab.house.send(change(json!({ "url": "http://127.0.0.1:9/x" }))).await;
    assert!(moved.status == 400 && moved.text().contains("again"), "{}", moved.text());
    lab.done(change(json!({ "url": "http://127.0.0.1:9/x", "token": "" }))).await;
}

#[actix_web::test]
async fn nothing_leaves_the_server_that_its_operator_did_not_allow() {
    let lab = Lab::new().await;
    for url in ["https://hooks.example.org/x", "http://localhost:1/", "http://[::1]/", "http://127.0.0.1@hooks.example.org/"] {
        let refused =
            lab.house.send(Ask::post("/api/v1/webhooks/red", &json!({ "name": "x", "url": url })).key(&lab.admin)).await;
        assert_eq!(refused.status, 400, "{url}");
        assert!(refused.text().contains("alerts.webhook_hosts") || refused.text().contains("user name"), "{}", refused.text());
    }
    // What was allowed once, and is no more, is neither: its people see why.
    webhook(&lab, "http://127.0.0.1:9/x", &json!({})).await;
    let rule = lab.rule("high", &above(1.0), &json!({ "webhook": "chat", "mail": ["mia"] })).await;
    let Lab { house, folder, admin, .. } = lab;
    house.app.history.close().await.expect("it closes");
    house.app.db.close().await.expect("it closes");
    let house = House::open(&settings(folder.path(), &[])).await;
    let shown = house.send(Ask::get(format!("{RULES}/{rule}")).key(&admin)).await.json();
    let problems = shown["problems"].to_string();
    assert!(problems.contains("alerts.webhook_hosts") && problems.contains("mail.server"), "{problems}");
    house.send(Ask::post(format!("{RULES}/{rule}/test"), &json!({})).key(&admin)).await;
    let app = &house.app;
    assert_eq!(alerts::deliver(&app.db, &app.channels, &app.clock).await.expect("it is tried"), 0);
    let told = house.send(Ask::get(FIRINGS).key(&admin)).await.json()["items"][0]["deliveries"].clone();
    for one in told.as_array().expect("a list") {
        assert_eq!((one["state"].as_str(), one["attempts"].as_array().map(Vec::len)), (Some("given up"), Some(1)), "{one}");
    }
}

// Whose they are.

#[actix_web::test]
async fn members_name_people_who_see_the_project_and_admins_of_the_team_other_addresses() {
    let lab = Lab::new().await;
    lab.house.person(&lab.admin, "sam").await;
    let make = |name: &str, mail: &[&str]| Ask::post(RULES, &json!({ "name": name, "condition": above(1.0), "mail": mail }));
    let refused = lab.house.send(make("out", &["ops@elsewhere.example"]).key(&lab.member)).await;
    assert_eq!(refused.status, 403, "{}", refused.text());
    let refused = lab.house.send(make("sam", &["sam"]).key(&lab.member)).await;
    assert!(refused.status == 400 && refused.text().contains("sam is not one"), "{}", refused.text());
    let made = lab.done(make("out", &["ops@elsewhere.example", "mia"]).key(&lab.admin)).await.json();
    assert_eq!(made["mail"], json!(["ops@elsewhere.example", "mia"]));
    // A member keeps what an admin wrote, and writes no other.
    let id = made["id"].as_i64().expect("an id");
    let change =
        |mail: &[&str]| Ask::new(Method::PATCH, format!("{RULES}/{id}")).json(&json!({ "mail": mail })).key(&lab.member);
    lab.done(change(&["ops@elsewhere.example"])).await;
    assert_eq!(lab.house.send(change(&["ops@elsewhere.example", "x@elsewhere.example"])).await.status, 403);
    // Whoever may log to an open project is not whoever may write to its people.
    let open = Ask::new(Method::PATCH, "/api/v1/projects/red/digits").json(&json!({ "visibility": "open" }));
    lab.must(open).await;
    let sam = lab.house.sign_in("sam").await;
    assert_eq!(lab.house.send(make("spam", &["mia"]).key(&sam)).await.status, 403);
    let seen = lab.done(Ask::get(RULES).key(&sam)).await.json();
    assert_eq!((&seen["items"][0]["mail"], seen["items"][0]["can_change"].as_bool()), (&Value::Null, Some(false)));
}

#[actix_web::test]
async fn a_run_that_goes_takes_what_is_known_of_it_along_and_a_project_its_alerts() {
    let lab = Lab::new().await;
    let rule = lab.rule("high", &above(1.0), &json!({})).await;
    lab.loss("first", &[2.0]).await;
    lab.judge().await;
    lab.must_delete("/api/v1/projects/red/digits/runs/first").await;
    assert!(lab.firings().await.is_empty(), "what is in the trash is not shown");
    lab.house.app.clock.advance(Duration::from_secs(8 * 86_400));
    lab.purge().await;
    assert_eq!(lab.count("alert_marks").await + lab.count("alert_firings").await, 0);
    assert_eq!(lab.count("alert_rules").await, 1, "{rule}");
    lab.must_delete("/api/v1/projects/red/digits").await;
    lab.house.app.clock.advance(Duration::from_secs(8 * 86_400));
    lab.purge().await;
    assert_eq!(lab.count("alert_rules").await, 0);
}

impl Lab {
    async fn must_delete(&self, path: &str) {
        self.done(Ask::new(Method::DELETE, path).key(&self.admin)).await;
    }
    async fn purge(&self) {
        let app = &self.house.app;
        runstead::domain::purge::purge(&app.db, &app.history, app.clock.now()).await.expect("it is freed");
    }
    async fn count(&self, table: &str) -> i64 {
        let sql = format!("SELECT COUNT(*) AS rows FROM {table}");
        let counted = self.house.app.db.read(move |reader| reader.query_one(&sql, &[], |row| row.get("rows")));
        counted.await.expect("it is counted")
    }
}
