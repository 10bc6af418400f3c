//! Bundles that come in: what is here afterwards is what was there, and nothing comes that was tampered with, or twice.

use actix_web::http::Method;
use runstead::domain::imports;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::exports::Site;
use super::house::{Answer, Ask, House, URL, settings};
use super::logger::Logger;

const PROJECT: &str = "query($e: String!, $p: String!) { project(name: $p, entityName: $e) { runCount
    runs(first: 50, order: \"+created_at\") { edges { node { name displayName notes tags state config summaryMetrics historyLineCount
      exitcode commit createdAt heartbeatAt user { username } history(minStep: 0, maxStep: 100) events(samples: 10) historyKeys
      logLines(first: 100) { edges { node { line level timestamp } } }
      files { edges { node { name sizeBytes md5 } } }
      outputArtifacts { edges { node { digest } } } inputArtifacts { edges { node { digest } } } } } }
    artifactCollections { edges { node { name artifacts { edges { version node {
      digest size fileCount metadata description aliases { alias } tags { name } files { edges { node { name sizeBytes digest } } } } } } } } }
  } }";

/// Another server, whose administrator is ada too; team blue has bob.
struct Other {
    house: House,
    _folder: TempDir,
    ada: String,
    bob: String,
}

impl Other {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let house = House::open(&settings(folder.path(), &[])).await;
        let ada = house.set_up().await;
        let bob = house.person(&ada, "bob").await;
        let other = Self { house, _folder: folder, ada, bob };
        other.must(Ask::post("/api/v1/teams", &json!({ "name": "blue" })), &other.ada).await;
        let seat = Ask::new(Method::PUT, "/api/v1/teams/blue/members/bob").json(&json!({ "role": "member" }));
        other.must(seat, &other.ada).await;
        other
    }

    async fn must(&self, ask: Ask, key: &str) -> Answer {
        let path = ask.path.clone();
        let answer = self.house.send(ask.key(key)).await;
        assert!(answer.status < 300 && answer.json()["errors"].is_null(), "{path} {} {}", answer.status, answer.text());
        answer
    }

    async fn send(&self, query: &str, bundle: &[u8], key: &str) -> Answer {
        let ask = Ask { body: bundle.to_vec(), ..Ask::new(Method::POST, format!("/api/v1/imports{query}")) };
        self.house.send(ask.key(key)).await
    }

    async fn work(&self) -> usize {
        let app = &self.house.app;
        imports::work(&app.sources(), &app.exports, &app.clock).await.expect("it works")
    }

    /// Takes a bundle in; how it went.
    async fn import(&self, query: &str, bundle: &[u8], key: &str) -> Value {
        let begun = self.send(query, bundle, key).await;
        assert_eq!(begun.status, 201, "{}", begun.text());
        assert_eq!(self.work().await, 1);
        self.must(Ask::get(format!("/api/v1/imports/{}", begun.json()["id"])), key).await.json()
    }

    async fn items(&self, import: &Value, key: &str) -> Value {
        self.must(Ask::get(format!("/api/v1/imports/{}/items", import["id"])), key).await.json()["items"].clone()
    }
}

async fn project(house: &House, entity: &str, project: &str, key: &str) -> Value {
    let names = json!({ "e": entity, "p": project });
    let answer = house.send(Ask::graphql(PROJECT, &names).key(key)).await;
    assert!(answer.json()["errors"].is_null(), "{}", answer.text());
    rows(answer.json()["data"]["project"].clone())
}

/// Lines as what they say: members may come in another order, and numbers spelled in another way.
fn rows(value: Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(rows).collect()),
        Value::Object(fields) => {
            let read = |(name, value): (String, Value)| {
                let value = match (&value, name.as_str()) {
                    (Value::Array(lines), "history" | "events") => {
                        let sorted = |line: &Value| {
                            let line = line.as_str().expect("a line").trim_matches(['{', '}']).to_owned();
                            let mut members: Vec<&str> = line.split(",\"").map(|part| part.trim_start_matches('"')).collect();
                            members.sort_unstable();
                            json!(members)
                        };
                        Value::Array(lines.iter().map(sorted).collect())
                    }
                    _ => rows(value),
                };
                (name, value)
            };
            Value::Object(fields.into_iter().map(read).collect())
        }
        value => value,
    }
}

fn digits() -> Value {
    json!({ "scope": "project", "entity": "red", "project": "digits" })
}

#[actix_web::test]
async fn what_went_out_there_is_what_comes_in_here_and_again_is_nothing() {
    let site = Site::new().await;
    site.fill().await;
    site.run("digits", "second", &site.bob).await;
    // A version that another run used.
    let logger = Logger { house: &site.house, key: &site.bob, entity: "red", project: "digits" };
    let used = logger.log_by(Some("first"), "set", &[("rows", b"1,2")]).await;
    let taking = "mutation($input: UseArtifactInput!) { useArtifact(input: $input) { artifact { id } } }";
    logger.must(taking, json!({ "artifactID": used, "entityName": "red", "projectName": "digits", "runName": "second" })).await;
    logger.log_by(Some("second"), "set", &[("rows", b"1,2,3")]).await;
    let bundle = site.bundle(&digits(), &site.bob).await;
    let there = project(&site.house, "red", "digits", &site.bob).await;

    let other = Other::new().await;
    let done = other.import("?into=blue", &bundle, &other.bob).await;
    assert_eq!((&done["state"], &done["reason"]), (&json!("done"), &Value::Null), "{done}");
    assert_eq!(
        (&done["runs_imported"], &done["versions_imported"], &done["skipped"]),
        (&json!(2), &json!(3), &json!(0)),
        "{done}"
    );
    let here = project(&other.house, "blue", "digits", &other.bob).await;
    assert_eq!(here, there);
    assert_eq!(there["runs"]["edges"][1]["node"]["inputArtifacts"]["edges"].as_array().map(Vec::len), Some(1));

    // The same bytes.
    let find = "query { project(name: \"digits\", entityName: \"blue\") { run(name: \"first\") { files { edges { node { directUrl } } } }
        artifactCollectionMembership(name: \"model:latest\") { artifact { files { edges { node { name directUrl } } } currentManifest { file { directUrl } } } } } }";
    let found = other.must(Ask::graphql(find, &Value::Null), &other.bob).await.json()["data"]["project"].clone();
    let bytes = async |link: &Value| other.must(Ask::get(link.as_str().expect("a link").replace(URL, "")), "").await.body;
    assert_eq!(bytes(&found["run"]["files"]["edges"][0]["node"]["directUrl"]).await, b"a file");
    let version = &found["artifactCollectionMembership"]["artifact"];
    let weights = version["files"]["edges"].as_array().expect("a list").iter().find(|edge| edge["node"]["name"] == "w/weights");
    assert_eq!(bytes(&weights.expect("the file")["node"]["directUrl"]).await, vec![7; 40_000]);
    assert!(!bytes(&version["currentManifest"]["file"]["directUrl"]).await.is_empty());

    // A second time nothing changes.
    let again = other.import("?into=blue", &bundle, &other.bob).await;
    assert_eq!(
        (&again["state"], &again["runs_imported"], &again["runs_known"]),
        (&json!("done"), &json!(0), &json!(2)),
        "{again}"
    );
    assert_eq!((&again["versions_imported"], &again["versions_known"]), (&json!(0), &json!(3)));
    assert_eq!(project(&other.house, "blue", "digits", &other.bob).await, here);

    // And it goes out again as it came in.
    let onward =
        other.must(Ask::get("/api/v1/exports/stream.tar?scope=project&entity=blue&project=digits"), &other.bob).await.body;
    let third = Other::new().await;
    third.import("", &onward, &third.bob).await;
    assert_eq!(project(&third.house, "blue", "digits", &third.bob).await, here);
    let log = other.must(Ask::get("/api/v1/audit?limit=1000"), &other.ada).await.text();
    for action in ["import.start", "import.done", "run.import", "artifact.import", "project.import"] {
        assert!(log.contains(action), "{action}");
    }
}

#[actix_web::test]
async fn a_taken_id_gets_another_and_an_unknown_author_is_told() {
    let site = Site::new().await;
    site.fill().await;
    let bundle = site.bundle(&digits(), &site.bob).await;
    let other = Other::new().await;
    let upsert =
        "mutation { upsertBucket(input: { entityName: \"blue\", modelName: \"digits\", name: \"first\" }) { inserted } }";
    other.must(Ask::graphql(upsert, &Value::Null), &other.bob).await;
    let mine = Logger { house: &other.house, key: &other.bob, entity: "blue", project: "digits" };
    mine.log("model", &[("other", b"bytes")]).await;
    let done = other.import("?into=blue", &bundle, &other.bob).await;
    assert_eq!(done["state"], "done", "{done}");
    let items = other.items(&done, &other.bob).await;
    let of = |kind: &str| items.as_array().expect("a list").iter().find(|item| item["kind"] == kind).expect("one").clone();
    assert_eq!((&of("run")["old_name"], &of("run")["new_name"]), (&json!("red/digits/first"), &json!("blue/digits/first-2")));
    assert_eq!(
        (&of("version")["old_name"], &of("version")["new_name"]),
        (&json!("red/digits/model:v0"), &json!("blue/digits/model:v1"))
    );

    // ada has nothing to do with who made it, so it is hers and says whose it was; another place was asked for.
    let places = "%7B%22red%2Fdigits%22%3A%22ada%2Fnumbers%22%7D";
    let done = other.import(&format!("?places={places}"), &bundle, &other.ada).await;
    assert_eq!((&done["state"], &done["runs_imported"]), (&json!("done"), &json!(1)), "{done}");
    let run = other.must(Ask::get("/api/v1/projects/ada/numbers/runs/first"), &other.ada).await.json();
    assert!(run.to_string().contains("made by") || run["created_by"] == "ada", "{run}");
}

#[actix_web::test]
async fn a_registry_comes_in_with_its_links_for_who_may_link_there() {
    const NETS: &str = "wandb-registry-nets";
    const SEEN: &str = "{ project(name: \"wandb-registry-nets\", entityName: \"Runstead\") {
        description access allowAllArtifactTypesInRegistry artifactTypes(includeAll: true) { edges { node { name } } }
        artifactCollections { edges { node { name description artifacts { edges { version node { digest } } } } } } } }";
    let site = Site::new().await;
    site.run("digits", "first", &site.bob).await;
    let save = "mutation($input: UpsertModelInput!) { upsertModel(input: $input) { inserted } }";
    let registry = json!({ "input": {
        "entityName": "Runstead", "name": NETS, "description": "What is in use", "access": "PRIVATE",
        "allowAllArtifactTypesInRegistry": false, "artifactTypes": [{ "name": "dataset" }, { "name": "model" }],
    } });
    site.must(Ask::graphql(save, &registry), &site.ada).await;
    let logger = Logger { house: &site.house, key: &site.ada, entity: "red", project: "digits" };
    let version = logger.log("kept", &[("rows", b"1,2")]).await;
    let link = json!({
        "artifactID": version, "artifactPortfolioName": "chosen", "entityName": "Runstead", "projectName": NETS,
        "aliases": [{ "artifactCollectionName": "chosen", "alias": "production" }],
    });
    logger.must(super::logger::LINK, link).await;
    let bundle = site.bundle(&json!({ "scope": "instance" }), &site.ada).await;
    let there = site.must(Ask::graphql(SEEN, &Value::Null), &site.ada).await.json();

    let other = Other::new().await;
    // Who may not make registries there brings the rest in, and is told of each link.
    let partly = other.import("?into=blue", &bundle, &other.bob).await;
    assert_eq!((&partly["state"], &partly["versions_imported"]), (&json!("done"), &json!(2)), "{partly}");
    let items = other.items(&partly, &other.bob).await;
    let skipped = items.as_array().expect("a list").iter().find(|item| item["kind"] == "link").expect("the link").clone();
    assert!(skipped["reason"].as_str().is_some_and(|why| why.contains("no registry for it here")), "{skipped}");
    for _ in 0..2 {
        let whole = other.import("?into=blue", &bundle, &other.ada).await;
        assert_eq!((&whole["state"], &whole["skipped"]), (&json!("done"), &json!(0)), "{whole}");
        let here = other.must(Ask::graphql(SEEN, &Value::Null), &other.ada).await.json();
        assert_eq!(here, there);
    }
    let log = other.must(Ask::get("/api/v1/audit?limit=1000"), &other.ada).await.text();
    assert_eq!((log.matches("registry.create").count(), log.matches("\"artifact.link\"").count()), (1, 1));
    // It may go under another name, and what is no registry does not become one.
    let places = |from: &str| format!("?into=blue&places=%7B%22{from}%22%3A%22Runstead%2Fwandb-registry-x%22%7D");
    let refused = other.send(&places("red%2Fdigits"), &bundle, &other.ada).await;
    assert!(refused.status == 400 && refused.text().contains("registries go to registries"), "{}", refused.text());
    assert_eq!(other.send(&places("Runstead%2Fwandb-registry-nets"), &bundle, &other.bob).await.status, 403);
    assert_eq!(other.import(&places("Runstead%2Fwandb-registry-nets"), &bundle, &other.ada).await["skipped"], 0);
    let renamed = SEEN.replace(NETS, "wandb-registry-x");
    assert_eq!(other.must(Ask::graphql(&renamed, &Value::Null), &other.ada).await.json(), there);
}

#[actix_web::test]
async fn only_who_manages_a_team_says_that_others_made_what_comes_in() {
    let site = Site::new().await;
    site.fill().await;
    let bundle = site.bundle(&digits(), &site.bob).await;
    for (importer, author) in [("carol", "carol"), ("ada", "bob")] {
        let other = Other::new().await;
        let carol = other.house.person(&other.ada, "carol").await;
        let seat = Ask::new(Method::PUT, "/api/v1/teams/blue/members/carol").json(&json!({ "role": "member" }));
        other.must(seat, &other.ada).await;
        let key = if importer == "carol" { &carol } else { &other.ada };
        assert_eq!(other.import("?into=blue", &bundle, key).await["state"], "done");
        let run = other.must(Ask::get("/api/v1/projects/blue/digits/runs/first"), key).await.json();
        assert_eq!(run["created_by"], author, "{run}");
        let told = run["attribution_warning"].as_str().is_some_and(|told| told.contains("made by bob"));
        assert_eq!(told, author != "bob", "{run}");
    }
}

#[actix_web::test]
async fn what_was_changed_or_cut_off_is_refused_before_anything_comes_in() {
    let site = Site::new().await;
    site.fill().await;
    let bundle = site.bundle(&digits(), &site.bob).await;
    let other = Other::new().await;
    let position = |text: &[u8]| bundle.windows(text.len()).position(|window| window == text).expect("it is there");
    let changed = |at: usize, byte: u8| {
        let mut changed = bundle.clone();
        changed[at] = byte;
        changed
    };
    let notes = position(b"of use");
    let weights = position(&[7; 512]);
    for (what, bytes, named) in [
        ("a document", changed(notes, b'O'), "run.json"),
        ("a content", changed(weights, 8), "contents/"),
        ("the list", changed(bundle.len() - 1600, b'~'), ""),
        ("its end", bundle[..bundle.len() / 2].to_vec(), ""),
    ] {
        let begun = other.send("?into=blue", &bytes, &other.bob).await;
        assert_eq!(begun.status, 201, "{what}: {}", begun.text());
        other.work().await;
        let failed = other.must(Ask::get(format!("/api/v1/imports/{}", begun.json()["id"])), &other.bob).await.json();
        assert_eq!(failed["state"], "failed", "{what}: {failed}");
        assert!(failed["reason"].as_str().is_some_and(|reason| reason.contains(named)), "{what}: {failed}");
        assert_eq!(other.house.send(Ask::get("/api/v1/projects/blue/digits").key(&other.bob)).await.status, 404, "{what}");
    }
    for (what, bytes) in [("no tar file", b"hello".to_vec()), ("nothing", Vec::new()), ("another tar file", vec![0; 1024])] {
        let refused = other.send("?into=blue", &bytes, &other.bob).await;
        assert_eq!(refused.status, 400, "{what}: {}", refused.text());
    }
    // Nor does it come where the caller may not log, or nobody knows of.
    assert_eq!(other.send("", &bundle, &other.bob).await.status, 404);
    assert_eq!(other.send("?into=ada", &bundle, &other.bob).await.status, 403);
}

#[actix_web::test]
async fn no_path_leads_out_and_no_link_is_followed() {
    let other = Other::new().await;
    let attack = |path: &str, kind: tar::EntryType| {
        let mut builder = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        let name = path.as_bytes();
        header.as_old_mut().name[..name.len()].copy_from_slice(name);
        header.set_entry_type(kind);
        header.set_size(0);
        header.set_cksum();
        builder.append(&header, std::io::empty()).expect("room");
        builder.into_inner().expect("a tar file")
    };
    for (path, kind) in [
        ("../../etc/passwd", tar::EntryType::Regular),
        ("/etc/passwd", tar::EntryType::Regular),
        ("bundle.json", tar::EntryType::Symlink),
        ("bundle.json", tar::EntryType::Link),
        ("bundle.json", tar::EntryType::Directory),
    ] {
        let refused = other.send("?into=blue", &attack(path, kind), &other.bob).await;
        assert_eq!(refused.status, 400, "{path}: {}", refused.text());
    }
}

#[actix_web::test]
async fn an_import_that_was_torn_off_anywhere_is_begun_again_to_the_same_end() {
    let site = Site::new().await;
    site.fill().await;
    site.run("digits", "second", &site.bob).await;
    let bundle = site.bundle(&digits(), &site.bob).await;
    let there = project(&site.house, "red", "digits", &site.bob).await;
    let other = Other::new().await;
    let begun = other.send("?into=blue", &bundle, &other.bob).await.json();
    let app = other.house.app.clone();
    let (sources, clock) = (app.sources(), app.clock.clone());
    let mut torn = 0;
    for polls in (1..).map(|round| round * 4) {
        let mut work = Box::pin(imports::work(&sources, &app.exports, &clock));
        let mut left = polls;
        let done = futures_util::future::poll_fn(|context| {
            left -= 1;
            match work.as_mut().poll(context) {
                std::task::Poll::Ready(done) => std::task::Poll::Ready(Some(done)),
                std::task::Poll::Pending if left == 0 => std::task::Poll::Ready(None),
                std::task::Poll::Pending => std::task::Poll::Pending,
            }
        })
        .await;
        drop(work);
        clock.advance(std::time::Duration::from_secs(120));
        match done {
            Some(done) => {
                done.expect("it works");
                break;
            }
            None => torn += 1,
        }
    }
    assert!(torn > 3, "{torn}");
    let done = other.must(Ask::get(format!("/api/v1/imports/{}", begun["id"])), &other.bob).await.json();
    assert_eq!((&done["state"], &done["runs_imported"]), (&json!("done"), &json!(2)), "{done}");
    assert_eq!(project(&other.house, "blue", "digits", &other.bob).await, there);
}
