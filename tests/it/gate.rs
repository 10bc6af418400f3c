//! What is turned away at the gate; and ways in that only this machine has.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::json;

use super::house::{Ask, House, URL, settings};

fn runstead(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_runstead"));
    command.args(words).env_clear().env("RUNSTEAD_DATA__DIR", folder).stdin(Stdio::null());
    command
}

fn output(command: &mut Command) -> Output {
    command.output().expect("it runs")
}

#[actix_web::test]
async fn requests_to_names_of_others_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let house =
        House::open(&settings(folder.path(), &[("http.public_url", URL), ("http.also_known_as", "Train.example, x.example")]))
            .await;
    let ada = house.set_up().await;
    let ask = async |path: &str, host: &str| house.send(Ask::get(path).key(&ada).header("host", host)).await;
    for host in
        ["runs.example", "RUNS.example:8443", "train.example", "10.1.2.3:8080", "[::1]:80", "localhost:8080", "127.0.0.1"]
    {
        assert_eq!(ask("/api/v1/keys", host).await.status, 200, "{host}");
    }
    let refused = ask("/api/v1/keys", "evil.example").await;
    assert!(refused.status == 400 && refused.text().contains("http.also_known_as"), "{}", refused.text());
    assert_eq!(ask("/", "evil.example").await.status, 400, "pages too");
    assert_eq!(ask("/healthz", "pod-7.cluster.local").await.status, 200);
    // A probe is answered, so that the doctor can say which name arrives.
    assert_eq!(ask("/static/probe/1/2/3/plain", "pod-7.cluster.local").await.status, 403);
    let folder = tempfile::tempdir().expect("a folder");
    let anywhere = House::open(&settings(folder.path(), &[])).await;
    assert_eq!(anywhere.send(Ask::get("/api/v1/session").header("host", "any.example")).await.status, 200);
}

#[actix_web::test]
async fn a_key_that_asks_too_often_waits_and_a_run_that_has_begun_does_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let house = House::open(&settings(folder.path(), &[("limits.requests_per_minute", "6")])).await;
    let ada = house.set_up().await;
    let bob = house.person(&ada, "bob").await;
    house.app.clock.advance(Duration::from_secs(60));
    let made = r#"mutation { upsertBucket(input: { entityName: "ada", modelName: "p", name: "r" }) { inserted } }"#;
    assert_eq!(house.send(Ask::graphql(made, &json!({})).key(&ada)).await.status, 200);
    for left in (0..5).rev() {
        let answer = house.send(Ask::get("/api/v1/keys").key(&ada)).await;
        let told = ["limit", "remaining", "reset"].map(|what| answer.header(&format!("ratelimit-{what}")).to_owned());
        assert_eq!((answer.status, told), (200, ["6".to_owned(), left.to_string(), (10 * (6 - left)).to_string()]));
    }
    let refused = house.send(Ask::graphql(made, &json!({})).key(&ada)).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "10"), "{}", refused.text());
    assert_eq!((refused.header("ratelimit-remaining"), refused.header("ratelimit-reset")), ("0", "10"));
    assert!(refused.json()["errors"][0]["message"].as_str().is_some_and(|words| words.contains("too often")));
    for offset in 0..10 {
        let body = json!({ "files": { "wandb-history.jsonl": { "offset": offset, "content": [format!(r#"{{"_step":{offset}}}"#)] } } });
        let streamed = house.send(Ask::post("/files/ada/p/r/file_stream", &body).key(&ada)).await;
        assert_eq!((streamed.status, streamed.header("ratelimit-limit")), (200, ""), "{}", streamed.text());
    }
    assert_eq!(house.send(Ask::get("/api/v1/keys").key(&bob)).await.status, 200, "keys do not share");
    house.app.clock.advance(Duration::from_secs(10));
    assert_eq!(house.send(Ask::get("/api/v1/keys").key(&ada)).await.status, 200);
    assert_eq!(house.send(Ask::get("/api/v1/keys").key(&ada)).await.status, 429);
}

#[actix_web::test]
async fn a_project_that_is_asked_too_often_waits_and_the_others_and_its_runs_do_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let house = House::open(&settings(folder.path(), &[("limits.project_requests_per_minute", "3")])).await;
    let ada = house.set_up().await;
    let bob = house.person(&ada, "bob").await;
    let made = r#"mutation ($project: String!) { upsertBucket(input: { entityName: "ada", modelName: $project, name: "r" }) { inserted } }"#;
    for project in ["p", "q"] {
        assert_eq!(house.send(Ask::graphql(made, &json!({ "project": project })).key(&ada)).await.status, 200);
    }
    let second = house.new_key(&house.sign_in("ada").await).await;
    let asked = "query { project(name: \"p\", entityName: \"ada\") { name } }";
    for _ in 0..5 {
        let stranger = house.send(Ask::get("/api/v1/projects/ada/p").key(&bob)).await;
        assert_eq!(
            (stranger.status, stranger.header("ratelimit-limit")),
            (404, ""),
            "who may not see it takes nothing from it"
        );
        assert_eq!(house.send(Ask::graphql(asked, &json!({})).key(&bob)).await.json()["data"]["project"], json!(null));
    }
    let first = house.send(Ask::get("/api/v1/projects/ada/p").key(&ada)).await;
    assert_eq!((first.status, first.header("ratelimit-limit"), first.header("ratelimit-remaining")), (200, "3", "2"));
    let by_other_key = house.send(Ask::graphql(asked, &json!({})).key(&second)).await;
    assert_eq!((by_other_key.status, by_other_key.header("ratelimit-remaining")), (200, "1"));
    assert_eq!(house.send(Ask::get("/api/v1/projects/ada/p").key(&second)).await.status, 200);
    for ask in [Ask::get("/api/v1/projects/ada/p"), Ask::graphql(asked, &json!({}))] {
        let refused = house.send(ask.key(&ada)).await;
        let told = (refused.status, refused.header("retry-after"), refused.header("ratelimit-remaining"));
        assert_eq!(told, (429, "20", "0"), "{}", refused.text());
        assert!(refused.text().contains("this project is asked for too often"), "{}", refused.text());
    }
    assert_eq!(house.send(Ask::get("/api/v1/projects/ada/q").key(&ada)).await.status, 200, "projects do not share");
    let body = json!({ "files": { "wandb-history.jsonl": { "offset": 0, "content": [r#"{"_step":0}"#] } } });
    assert_eq!(house.send(Ask::post("/files/ada/p/r/file_stream", &body).key(&ada)).await.status, 200);
    assert_eq!(house.send(Ask::graphql(made, &json!({ "project": "p" })).key(&ada)).await.status, 200, "runs go on and begin");
    house.app.clock.advance(Duration::from_secs(20));
    assert_eq!(house.send(Ask::graphql(asked, &json!({})).key(&ada)).await.status, 200);
}

#[actix_web::test]
async fn no_other_site_is_let_in_by_the_browser() {
    let folder = tempfile::tempdir().expect("a folder");
    let house = House::open(&settings(folder.path(), &[])).await;
    let ada = house.set_up().await;
    let asked = |method: &str, path: &str| {
        let method = method.parse().expect("a method");
        Ask::new(method, path).header("origin", "https://evil.example").header("access-control-request-method", "POST")
    };
    // Before a browser sends what no form can, it asks; no answer lets it.
    for path in ["/graphql", "/api/v1/session", "/api/v1/keys", "/files/ada/p/r/file_stream", "/"] {
        for ask in [asked("OPTIONS", path), asked("GET", path).key(&ada), asked("POST", path).key(&ada)] {
            let answer = house.send(ask).await;
            let told = answer.headers.iter().filter(|(name, _)| name.starts_with("access-control-"));
            assert_eq!(told.count(), 0, "{path}: {:?}", answer.headers);
        }
    }
    // Files have links that carry their own permission, which pages elsewhere may follow; never with the cookie of who looks.
    let file = house.send(asked("OPTIONS", "/static/download/1/2/3/a.txt")).await;
    assert_eq!((file.header("access-control-allow-origin"), file.header("access-control-allow-credentials")), ("*", ""));
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn healthy(folder: &Path, listen: &str) -> bool {
    for _ in 0..200 {
        let asked = output(runstead(folder, &["health"]).env("RUNSTEAD_HTTP__LISTEN", listen));
        if asked.status.success() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    false
}

#[test]
fn a_socket_takes_the_place_of_a_port_and_of_its_own_remains() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let socket = folder.path().join("http.sock");
    let listen = format!("unix:{}", socket.display());
    let serve = |words: &[&str]| {
        let mut command = runstead(&data, words);
        command.env("RUNSTEAD_HTTP__LISTEN", &listen).env("RUNSTEAD_HTTP__PUBLIC_URL", "https://runs.example");
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let nowhere = output(serve(&["serve"]).env_remove("RUNSTEAD_HTTP__PUBLIC_URL").stderr(Stdio::piped()));
    assert!(String::from_utf8_lossy(&nowhere.stderr).contains("http.public_url"), "{nowhere:?}");
    for words in [["serve"].as_slice(), &["serve", "--recovery"]] {
        let _running = Running(serve(words).spawn().expect("it starts"));
        assert!(healthy(&data, &listen), "it answers at the socket");
        assert_eq!(socket.metadata().expect("it is there").permissions().mode() & 0o777, 0o660);
        let second = output(serve(&["serve"]).env("RUNSTEAD_DATA__DIR", folder.path().join("other")).stderr(Stdio::piped()));
        assert!(String::from_utf8_lossy(&second.stderr).contains("another program answers there"), "{second:?}");
    }
    assert!(socket.exists(), "killed servers leave it");
    std::fs::remove_file(&socket).expect("it is there");
    std::fs::write(&socket, b"thesis").expect("a file");
    let file = output(serve(&["serve"]).stderr(Stdio::piped()));
    assert!(String::from_utf8_lossy(&file.stderr).contains("no socket"), "{file:?}");
    assert_eq!(std::fs::read(&socket).expect("it is there"), b"thesis");
}

#[test]
fn a_first_configuration_is_written_and_secrets_come_from_the_service_manager() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("runstead.toml").display().to_string();
    assert!(output(&mut runstead(folder.path(), &["config", "init", &file])).status.success());
    assert!(output(&mut runstead(folder.path(), &["config", "check", "--config", &file])).status.success());
    let again = output(&mut runstead(folder.path(), &["config", "init", &file]));
    assert!(again.status.code() == Some(1) && String::from_utf8_lossy(&again.stderr).contains("exists"), "{again:?}");

    std::fs::write(folder.path().join("metrics.token"), "short\n").expect("a file");
    let mut check = runstead(folder.path(), &["config", "check"]);
    let refused = output(check.env("CREDENTIALS_DIRECTORY", folder.path()));
    assert!(
        String::from_utf8_lossy(&refused.stderr).contains("metrics.token must have at least 16"),
        "it is read: {refused:?}"
    );
    std::fs::write(folder.path().join("metrics.token"), "a token that is long enough\n").expect("a file");
    assert!(output(runstead(folder.path(), &["config", "check"]).env("CREDENTIALS_DIRECTORY", folder.path())).status.success());
}
