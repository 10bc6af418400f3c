//! Every door × every role: who knocks, and what is answered. `doors.txt` is reviewed as a diff; a route or a field of
//! GraphQL without a row here fails the test.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use actix_web::http::Method;
use regex::Regex;
use runstead::api::{Limits, graphql};
use runstead::domain::files;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::golden::compare;
use super::house::{Ask, House, URL, secret, settings};
use super::logger::Logger;
use super::tidy::sources;

/// Who knocks. The run belongs to the author, who is a member of the team; the stranger is signed in and has no seat.
const ROLES: [&str; 8] = ["nobody", "stranger", "view-only", "member", "author", "service", "team admin", "site admin"];

/// A data directory with a team, its people and a run, that every knock gets a copy of.
pub struct World {
    folder: TempDir,
    /// One a role; nobody's is empty, and view-only people have a browser instead.
    pub keys: Vec<String>,
    names: Names,
}

/// What the questions speak of.
#[derive(Default)]
struct Names {
    run: String,
    file: String,
    upload: String,
    download: String,
    history: String,
    /// A version, a draft with a file to send, and their links.
    artifacts: ArtifactNames,
    /// A key of the stranger, as REST and as GraphQL name it.
    key_id: i64,
    key: String,
    /// The member, as GraphQL names them.
    member: String,
    /// The number of the stranger's invitation into the team.
    asked: i64,
}

/// The author's artifacts.
#[derive(Default)]
struct ArtifactNames {
    version: String,
    draft: String,
    manifest: String,
    collection: String,
    portfolio: String,
    upload: String,
    upload_part: String,
    upload_id: String,
    upload_manifest: String,
    download: String,
    listing: String,
}

const FIND: &str = "query { project(name: \"digits\", entityName: \"red\") {
    run(name: \"first\") { id files(first: 1) { edges { node { id directUrl } } } } } }";
const FILES: &str = "mutation($input: RunFilesInput!) { createRunFiles(input: $input) { files { uploadUrl } } }";

impl World {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let house = House::open(&settings(folder.path(), &[])).await;
        let ada = house.set_up().await;
        let mut keys = vec![String::new()];
        for name in ["stranger", "viewer", "member", "author"] {
            keys.push(house.person(&ada, name).await);
        }
        keys[2] = house.sign_in("viewer").await;
        let boss = house.person(&ada, "boss").await;
        let must = async |ask: Ask| {
            let what = ask.path.clone();
            let answer = house.send(ask).await;
            assert!(answer.status < 300 && answer.json()["errors"].is_null(), "{what}: {} {}", answer.status, answer.text());
            answer
        };
        must(Ask::post("/api/v1/teams", &json!({ "name": "red" })).key(&ada)).await;
        for (username, role) in [("boss", "admin"), ("viewer", "view-only"), ("member", "member"), ("author", "member")] {
            must(Ask::post("/api/v1/teams/red/members", &json!({ "username": username, "role": role })).key(&ada)).await;
        }
        // From here on she has no seat there.
        must(Ask::new(Method::DELETE, "/api/v1/teams/red/members/ada").key(&boss)).await;
        let service = Ask::post("/api/v1/teams/red/service-accounts", &json!({ "name": "ci" })).key(&boss);
        keys.push(secret(&must(service).await));
        keys.extend([boss, ada]);

        let (stranger, author) = (&keys[1], &keys[4]);
        let upsert = "mutation { upsertBucket(input: { entityName: \"red\", modelName: \"digits\", name: \"first\" }) { bucket { id } } }";
        must(Ask::graphql(upsert, &Value::Null).key(author)).await;
        let gone = "mutation { upsertBucket(input: { entityName: \"red\", modelName: \"digits\", name: \"gone\" }) { bucket { id } } }";
        let gone =
            must(Ask::graphql(gone, &Value::Null).key(author)).await.json()["data"]["upsertBucket"]["bucket"]["id"].clone();
        let delete = "mutation($id: ID!) { deleteRun(input: { id: $id }) { clientMutationId } }";
        must(Ask::graphql(delete, &json!({ "id": gone })).key(author)).await;
        let input = json!({ "entityName": "red", "projectName": "digits", "runName": "first", "files": ["a.txt"] });
        let made = must(Ask::graphql(FILES, &json!({ "input": input })).key(author)).await.json();
        let upload = made["data"]["createRunFiles"]["files"][0]["uploadUrl"].as_str().expect("a link").replace(URL, "");
        must(Ask { body: b"text".to_vec(), ..Ask::new(Method::PUT, &upload) }).await;
        must(Ask::post("/files/red/digits/first/file_stream", &lines()).key(author)).await;
        let found = must(Ask::graphql(FIND, &Value::Null).key(author)).await.json()["data"]["project"].clone();
        let file = &found["run"]["files"]["edges"][0]["node"];
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let key = must(Ask::get("/api/v1/keys").key(stranger)).await.json()[0]["id"].as_i64().expect("an id");
        let mine = "{ viewer { apiKeys { edges { node { id } } } } }";
        let mine = must(Ask::graphql(mine, &Value::Null).key(stranger)).await.json();
        let artifacts = artifacts(&house, author).await;
        let member = must(Ask::graphql("{ viewer { id } }", &Value::Null).key(&keys[3])).await.json();
        let asked = json!({ "people": ["stranger"], "role": "member" });
        let asked = must(Ask::post("/api/v1/teams/red/invitations", &asked).key(&keys[6])).await.json();
        let names = Names {
            artifacts,
            member: text(&member["data"]["viewer"]["id"]),
            asked: asked["items"][0]["invitation"]["id"].as_i64().expect("an id"),
            run: text(&found["run"]["id"]),
            file: text(&file["id"]),
            download: text(&file["directUrl"]).replace(URL, ""),
            upload,
            history: files::history_url(&house.app.signer, "", 1, "a.parquet", house.app.clock.now()),
            key_id: key,
            key: text(&mine["data"]["viewer"]["apiKeys"]["edges"][0]["node"]["id"]),
        };
        house.app.history.close().await.expect("the store closes");
        house.app.db.close().await.expect("the store closes");
        Self { folder, keys, names }
    }

    /// The house as it was at first.
    pub async fn house(&self) -> (House, TempDir) {
        let folder = tempfile::tempdir().expect("a folder");
        copy(self.folder.path(), folder.path());
        (House::open(&settings(folder.path(), &[])).await, folder)
    }

    /// What the door of the house answers to this role.
    async fn knock(&self, house: &House, door: &Door, role: usize) -> String {
        let answer = house.send(door.ask.clone().key(&self.keys[role])).await;
        match (door.field, answer.status) {
            (Some(field), 200) => shown(&answer.json()["data"][field]),
            (_, status) => status.to_string(),
        }
    }
}

/// The author logs a version and begins another.
async fn artifacts(house: &House, author: &str) -> ArtifactNames {
    let logger = Logger { house, key: author, entity: "red", project: "digits" };
    let version = logger.log("data", &[("a.txt", b"text")]).await;
    let draft = logger.begin("data", &[("b.txt", b"more"), ("parts", b"teXT")]).await;
    let path = |value: &Value| value.as_str().expect("a link").replace(URL, "");
    let portfolio = logger.link(&version, "chosen", &[]).await["artifactMembership"]["artifactCollection"]["id"].clone();
    let place = &logger.place(&version).await;
    ArtifactNames {
        version,
        portfolio: portfolio.as_str().expect("an id").to_owned(),
        draft: draft.id,
        manifest: draft.manifest,
        upload: path(&draft.files[0]["uploadUrl"]),
        upload_part: path(&draft.files[1]["uploadMultipartUrls"]["uploadUrlParts"][0]["uploadUrl"]),
        upload_id: draft.files[1]["uploadMultipartUrls"]["uploadID"].as_str().expect("an id").to_owned(),
        upload_manifest: draft.manifest_url.replace(URL, ""),
        collection: place["artifactSequence"]["id"].as_str().expect("an id").to_owned(),
        download: path(&place["files"]["edges"][0]["node"]["directUrl"]),
        listing: path(&place["currentManifest"]["file"]["directUrl"]),
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("the folder is there") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            std::fs::create_dir(&target).expect("a folder can be made");
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a file can be copied");
        }
    }
}

/// How much of a field's answer there is: nothing, so many items, or the thing.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Array(items) => format!("{} found", items.len()),
        // A payload is as much as what it holds.
        Value::Object(fields) if fields.len() == 1 => fields.values().map(shown).collect(),
        _ => "yes".to_owned(),
    }
}

fn lines() -> Value {
    json!({ "files": { "wandb-history.jsonl": { "offset": 0, "content": ["{\"_step\":0,\"loss\":1}"] } } })
}

struct Door {
    /// `METHOD /path` or `Type.field`.
    name: String,
    /// The field of the answer, for doors of GraphQL.
    field: Option<&'static str>,
    ask: Ask,
}

impl Door {
    fn only_reads(&self) -> bool {
        self.ask.method.is_safe() || self.name.starts_with("Query.")
    }
}

fn route(name: &str, ask: Ask) -> Door {
    Door { name: name.to_owned(), field: None, ask }
}

/// A row for a field of GraphQL: its arguments and what of it is asked for.
fn field(kind: &str, name: &'static str, arguments: &str, selection: &str) -> Door {
    let arguments = if arguments.is_empty() { String::new() } else { format!("({arguments})") };
    let query = format!("{} {{ {name}{arguments} {selection} }}", kind.to_lowercase());
    Door { name: format!("{kind}.{name}"), field: Some(name), ask: Ask::graphql(&query, &Value::Null) }
}

fn routes(names: &Names) -> Vec<Door> {
    let form = |path: &str, body: Value| Ask::post(path, &body);
    let made = |path: &str| Ask::new(Method::from_bytes(path.as_bytes()).expect("a method"), "");
    let at = |method: &str, path: &str| Ask { path: path.to_owned(), ..made(method) };
    let put = |path: &str, body: Value| Ask::new(Method::PUT, path).json(&body);
    let patch = |path: &str, body: Value| Ask::new(Method::PATCH, path).json(&body);
    let role = |role: &str| json!({ "role": role });
    let asked = names.asked;
    let sign_in = json!({ "username": "ada", "password": "not the password" });
    let person = json!({ "username": "new", "email": "new@runs.example", "password": "correct horse battery" });
    let new_password = json!({ "token": "spent", "password": "correct horse battery" });
    let set_up = json!({ "token": "spent", "username": "eve", "email": "e@runs.example", "password": "correct horse battery" });
    let artifacts = &names.artifacts;
    let sent = |path: &str, body: &str| Ask { body: body.as_bytes().to_vec(), ..at("PUT", path) };
    // The MD5 of "text".
    let (version, md5) = (artifacts.version.replace('=', "%3D"), "1cb251ec0d568de6a929b520c4aed8d1");
    let by_birth = format!("/artifactsV2/default/red/digits/data/{version}/{md5}/a.txt");
    let by_version = format!("/artifactsV2/default/red/digits/data/{version}/{version}/{md5}/a.txt");
    let by_entity_and_birth = format!("/artifactsV2/default/red/{version}/{md5}");
    let by_entity = format!("/artifacts/red/{md5}");
    vec![
        route("GET /healthz", at("GET", "/healthz")),
        route("GET /ready", at("GET", "/ready")),
        route("GET /metrics", at("GET", "/metrics")),
        route(
            "POST /api/v1/metrics",
            form(
                "/api/v1/metrics",
                json!({ "entity": "red", "project": "digits", "keys": ["loss"], "runs": [{ "name": "first" }] }),
            ),
        ),
        route(
            "GET /api/v1/projects/{entity}/{project}/runs/{run}/history.parquet",
            at("GET", "/api/v1/projects/red/digits/runs/first/history.parquet"),
        ),
        route("GET /api/v1/projects/{entity}/{project}/runs", at("GET", "/api/v1/projects/red/digits/runs")),
        route("GET /api/v1/projects/{entity}/{project}/runs/{run}", at("GET", "/api/v1/projects/red/digits/runs/first")),
        route(
            "PATCH /api/v1/projects/{entity}/{project}/runs/{run}",
            patch("/api/v1/projects/red/digits/runs/first", json!({ "notes": "changed" })),
        ),
        route("DELETE /api/v1/projects/{entity}/{project}/runs/{run}", at("DELETE", "/api/v1/projects/red/digits/runs/first")),
        route(
            "POST /api/v1/projects/{entity}/{project}/runs/{run}/stop",
            at("POST", "/api/v1/projects/red/digits/runs/first/stop"),
        ),
        route("GET /api/v1/projects/{entity}/{project}/trash", at("GET", "/api/v1/projects/red/digits/trash")),
        route(
            "POST /api/v1/projects/{entity}/{project}/trash/{run}/restore",
            at("POST", "/api/v1/projects/red/digits/trash/gone/restore"),
        ),
        route("DELETE /api/v1/projects/{entity}/{project}/trash/{run}", at("DELETE", "/api/v1/projects/red/digits/trash/gone")),
        // The links themselves are right; there is no such file.
        route("GET /static/history/{file}/{expires}/{signature}/{name}", at("GET", &names.history)),
        route("HEAD /static/history/{file}/{expires}/{signature}/{name}", at("HEAD", &names.history)),
        route("POST /graphql", Ask::graphql("{ serverInfo { features { name } } }", &Value::Null)),
        route("POST /files/{entity}/{project}/{run}/file_stream", form("/files/red/digits/first/file_stream", lines())),
        route("PUT /static/upload/{run}/{expires}/{signature}/{name:.+}", at("PUT", &names.upload)),
        route("OPTIONS /static/upload/{run}/{expires}/{signature}/{name:.+}", at("OPTIONS", &names.upload)),
        route("GET /static/download/{run}/{expires}/{signature}/{name:.+}", at("GET", &names.download)),
        route("HEAD /static/download/{run}/{expires}/{signature}/{name:.+}", at("HEAD", &names.download)),
        route("OPTIONS /static/download/{run}/{expires}/{signature}/{name:.+}", at("OPTIONS", &names.download)),
        route("GET /files/{entity}/{project}/{run}/{name:.+}", at("GET", "/files/red/digits/first/a.txt")),
        route("HEAD /files/{entity}/{project}/{run}/{name:.+}", at("HEAD", "/files/red/digits/first/a.txt")),
        route("PUT /static/artifact/upload/{artifact}/{expires}/{signature}/{name:.+}", sent(&artifacts.upload, "more")),
        route("OPTIONS /static/artifact/upload/{artifact}/{expires}/{signature}/{name:.+}", at("OPTIONS", &artifacts.upload)),
        route(
            "PUT /static/artifact/upload-part/{artifact}/{expires}/{signature}/{name:.+}",
            sent(&artifacts.upload_part, "te"),
        ),
        route(
            "OPTIONS /static/artifact/upload-part/{artifact}/{expires}/{signature}/{name:.+}",
            at("OPTIONS", &artifacts.upload_part),
        ),
        route(
            "PUT /static/artifact/upload-manifest/{artifact}/{expires}/{signature}/{name:.+}",
            sent(&artifacts.upload_manifest, "{}"),
        ),
        route(
            "OPTIONS /static/artifact/upload-manifest/{artifact}/{expires}/{signature}/{name:.+}",
            at("OPTIONS", &artifacts.upload_manifest),
        ),
        route("GET /static/artifact/download/{artifact}/{expires}/{signature}/{name:.+}", at("GET", &artifacts.download)),
        route("HEAD /static/artifact/download/{artifact}/{expires}/{signature}/{name:.+}", at("HEAD", &artifacts.download)),
        route(
            "OPTIONS /static/artifact/download/{artifact}/{expires}/{signature}/{name:.+}",
            at("OPTIONS", &artifacts.download),
        ),
        route("GET /static/artifact/manifest/{artifact}/{expires}/{signature}/{name:.+}", at("GET", &artifacts.listing)),
        route("HEAD /static/artifact/manifest/{artifact}/{expires}/{signature}/{name:.+}", at("HEAD", &artifacts.listing)),
        route(
            "OPTIONS /static/artifact/manifest/{artifact}/{expires}/{signature}/{name:.+}",
            at("OPTIONS", &artifacts.listing),
        ),
        route("GET /artifactsV2/{region}/{entity}/{project}/{collection}/{birth}/{md5}/{name}", at("GET", &by_birth)),
        route("HEAD /artifactsV2/{region}/{entity}/{project}/{collection}/{birth}/{md5}/{name}", at("HEAD", &by_birth)),
        route(
            "GET /artifactsV2/{region}/{entity}/{project}/{collection}/{artifact}/{birth}/{md5}/{name}",
            at("GET", &by_version),
        ),
        route(
            "HEAD /artifactsV2/{region}/{entity}/{project}/{collection}/{artifact}/{birth}/{md5}/{name}",
            at("HEAD", &by_version),
        ),
        route("GET /artifactsV2/{region}/{entity}/{birth}/{md5}", at("GET", &by_entity_and_birth)),
        route("HEAD /artifactsV2/{region}/{entity}/{birth}/{md5}", at("HEAD", &by_entity_and_birth)),
        route("GET /artifacts/{entity}/{md5}", at("GET", &by_entity)),
        route("HEAD /artifacts/{entity}/{md5}", at("HEAD", &by_entity)),
        route("GET /api/v1/session", at("GET", "/api/v1/session")),
        route("POST /api/v1/session", form("/api/v1/session", sign_in)),
        route("DELETE /api/v1/session", at("DELETE", "/api/v1/session")),
        route("POST /api/v1/setup", form("/api/v1/setup", set_up)),
        route("POST /api/v1/recover", form("/api/v1/recover", new_password)),
        route("GET /api/v1/keys", at("GET", "/api/v1/keys")),
        route("POST /api/v1/keys", form("/api/v1/keys", json!({ "name": "another" }))),
        route("DELETE /api/v1/keys/{id}", at("DELETE", &format!("/api/v1/keys/{}", names.key_id))),
        route("GET /api/v1/teams", at("GET", "/api/v1/teams")),
        route("POST /api/v1/teams", form("/api/v1/teams", json!({ "name": "blue" }))),
        route("GET /api/v1/teams/{team}/members", at("GET", "/api/v1/teams/red/members")),
        route(
            "POST /api/v1/teams/{team}/members",
            form("/api/v1/teams/red/members", json!({ "username": "stranger", "role": "member" })),
        ),
        route("DELETE /api/v1/teams/{team}/members/{username}", at("DELETE", "/api/v1/teams/red/members/author")),
        route(
            "POST /api/v1/teams/{team}/service-accounts",
            form("/api/v1/teams/red/service-accounts", json!({ "name": "cd" })),
        ),
        route("GET /api/v1/teams/{team}", at("GET", "/api/v1/teams/red")),
        route("PATCH /api/v1/teams/{team}", patch("/api/v1/teams/red", json!({ "description": "ours" }))),
        route("DELETE /api/v1/teams/{team}", at("DELETE", "/api/v1/teams/red")),
        route("POST /api/v1/teams/{team}/restore", form("/api/v1/teams/red/restore", json!({}))),
        route("PUT /api/v1/teams/{team}/members/{username}", put("/api/v1/teams/red/members/stranger", role("member"))),
        route("GET /api/v1/organizations", at("GET", "/api/v1/organizations")),
        route("POST /api/v1/organizations", form("/api/v1/organizations", json!({ "name": "acme" }))),
        route("GET /api/v1/organizations/{organization}", at("GET", "/api/v1/organizations/runstead")),
        route(
            "PATCH /api/v1/organizations/{organization}",
            patch("/api/v1/organizations/runstead", json!({ "description": "ours" })),
        ),
        route("DELETE /api/v1/organizations/{organization}", at("DELETE", "/api/v1/organizations/runstead")),
        route("GET /api/v1/organizations/{organization}/members", at("GET", "/api/v1/organizations/runstead/members")),
        route(
            "PUT /api/v1/organizations/{organization}/members/{username}",
            put("/api/v1/organizations/runstead/members/stranger", role("viewer")),
        ),
        route(
            "DELETE /api/v1/organizations/{organization}/members/{username}",
            at("DELETE", "/api/v1/organizations/runstead/members/stranger"),
        ),
        route("GET /api/v1/organizations/{organization}/teams", at("GET", "/api/v1/organizations/runstead/teams")),
        route(
            "POST /api/v1/organizations/{organization}/teams",
            form("/api/v1/organizations/runstead/teams", json!({ "name": "blue" })),
        ),
        route("GET /api/v1/teams/{team}/service-accounts", at("GET", "/api/v1/teams/red/service-accounts")),
        route("DELETE /api/v1/teams/{team}/service-accounts/{username}", at("DELETE", "/api/v1/teams/red/service-accounts/ci")),
        route(
            "GET /api/v1/organizations/{organization}/service-accounts",
            at("GET", "/api/v1/organizations/runstead/service-accounts"),
        ),
        route(
            "POST /api/v1/organizations/{organization}/service-accounts",
            form("/api/v1/organizations/runstead/service-accounts", json!({ "name": "cd", "default_team": "red" })),
        ),
        route(
            "DELETE /api/v1/organizations/{organization}/service-accounts/{username}",
            at("DELETE", "/api/v1/organizations/runstead/service-accounts/nothing"),
        ),
        route("GET /api/v1/teams/{team}/invitations", at("GET", "/api/v1/teams/red/invitations")),
        route(
            "POST /api/v1/teams/{team}/invitations",
            form("/api/v1/teams/red/invitations", json!({ "people": ["new@runs.example"], "role": "member" })),
        ),
        route("DELETE /api/v1/teams/{team}/invitations/{id}", at("DELETE", &format!("/api/v1/teams/red/invitations/{asked}"))),
        route(
            "POST /api/v1/teams/{team}/invitations/{id}/resend",
            form(&format!("/api/v1/teams/red/invitations/{asked}/resend"), json!({})),
        ),
        route("GET /api/v1/invitations", at("GET", "/api/v1/invitations")),
        route("POST /api/v1/invitations/{id}/accept", form(&format!("/api/v1/invitations/{asked}/accept"), json!({}))),
        route("POST /api/v1/invitations/{id}/decline", form(&format!("/api/v1/invitations/{asked}/decline"), json!({}))),
        route("POST /api/v1/invitation-links", form("/api/v1/invitation-links", json!({ "token": "spent" }))),
        route("POST /api/v1/invitation-links/accept", form("/api/v1/invitation-links/accept", json!({ "token": "spent" }))),
        route(
            "POST /api/v1/invitation-links/sign-up",
            form("/api/v1/invitation-links/sign-up", json!({ "token": "spent", "username": "eve", "password": "long enough" })),
        ),
        route("GET /admin/audit_logs", at("GET", "/admin/audit_logs?limit=1")),
        route("GET /api/v1/audit", at("GET", "/api/v1/audit?team=red")),
        route("GET /api/v1/audit.jsonl", at("GET", "/api/v1/audit.jsonl")),
        route("GET /api/v1/permissions/explain", at("GET", "/api/v1/permissions/explain?action=delete&target=team/red")),
        route("GET /api/v1/projects/{entity}", at("GET", "/api/v1/projects/red")),
        route("POST /api/v1/projects/{entity}", form("/api/v1/projects/red", json!({ "name": "letters" }))),
        route("GET /api/v1/projects/{entity}/{project}", at("GET", "/api/v1/projects/red/digits")),
        route(
            "PATCH /api/v1/projects/{entity}/{project}",
            patch("/api/v1/projects/red/digits", json!({ "visibility": "public" })),
        ),
        route("GET /api/v1/projects/{entity}/{project}/members", at("GET", "/api/v1/projects/red/digits/members")),
        route(
            "PUT /api/v1/projects/{entity}/{project}/members/{username}",
            put("/api/v1/projects/red/digits/members/stranger", role("member")),
        ),
        route(
            "DELETE /api/v1/projects/{entity}/{project}/members/{username}",
            at("DELETE", "/api/v1/projects/red/digits/members/stranger"),
        ),
        route("GET /api/v1/openapi.json", at("GET", "/api/v1/openapi.json")),
        route("GET /api/v1/docs", at("GET", "/api/v1/docs")),
        route("GET /api/v1/users/{username}", at("GET", "/api/v1/users/author")),
        route("PATCH /api/v1/users/{username}", patch("/api/v1/users/author", json!({ "name": "Author" }))),
        route("DELETE /api/v1/users/{username}", at("DELETE", "/api/v1/users/author")),
        route("GET /api/v1/users/{username}/api-keys", at("GET", "/api/v1/users/stranger/api-keys")),
        route("POST /api/v1/users/{username}/api-keys", form("/api/v1/users/stranger/api-keys", json!({ "name": "k" }))),
        route(
            "DELETE /api/v1/users/{username}/api-keys/{id}",
            at("DELETE", &format!("/api/v1/users/stranger/api-keys/{}", names.key_id)),
        ),
        route("GET /api/v1/users", at("GET", "/api/v1/users?query=a")),
        route("POST /api/v1/users", form("/api/v1/users", person)),
        route("POST /api/v1/users/{username}/deactivate", form("/api/v1/users/member/deactivate", json!({}))),
        route("POST /api/v1/users/{username}/reactivate", form("/api/v1/users/member/reactivate", json!({}))),
    ]
}

fn queries(names: &Names) -> Vec<Door> {
    let query = |name, arguments: &str, selection| field("Query", name, arguments, selection);
    vec![
        query("viewer", "", "{ username }"),
        query("serverInfo", "", "{ features { name } }"),
        query("entity", r#"name: "red""#, "{ name }"),
        query("organization", r#"name: "Runstead""#, "{ name }"),
        query("customChart", r#"id: "red/none""#, "{ id }"),
        query("project", r#"name: "digits", entityName: "red""#, "{ name }"),
        query("model", r#"name: "digits", entityName: "red""#, "{ name }"),
        query("models", r#"entityName: "red""#, "{ edges { node { name } } }"),
        query("users", r#"query: "author""#, "{ edges { node { username } } }"),
        query("run", &format!(r#"id: "{}""#, names.run), "{ name }"),
        query("artifact", &format!(r#"id: "{}""#, names.artifacts.version), "{ digest }"),
        query("artifactCollection", &format!(r#"id: "{}""#, names.artifacts.collection), "{ name }"),
        query("clientIDMapping", r#"clientID: "sequence-data""#, "{ serverID }"),
    ]
}

fn mutations(names: &Names) -> Vec<Door> {
    let mutation = |name, input: &str, selection| field("Mutation", name, &format!("input: {{ {input} }}"), selection);
    let run = format!(r#"id: "{}""#, names.run);
    let place = r#"entityName: "red", projectName: "digits", runName: "first""#;
    let files = format!(r#"{place}, files: ["b.txt"]"#);
    let chart = r#"entity: "red", name: "mine", displayName: "Mine", type: "vega2", access: "PRIVATE", spec: "{}""#;
    let project = r#"entityName: "red", name: "digits", description: "changed""#;
    let alert = format!(r#"{place}, title: "t", text: "x""#);
    let file = format!(r#"files: ["{}"]"#, names.file);
    let artifacts = &names.artifacts;
    let version = format!(r#"artifactID: "{}""#, artifacts.version);
    let draft = format!(r#"artifactID: "{}""#, artifacts.draft);
    let new = r#"entityName: "red", projectName: "digits", artifactTypeName: "dataset", artifactCollectionName: "more",
        digest: "d", digestAlgorithm: MANIFEST_MD5"#;
    let kind = r#"entityName: "red", projectName: "digits", name: "model""#;
    let listing = format!(r#"{draft}, {place}, name: "wandb_manifest.json", digest: """#);
    let listed = format!(r#"artifactManifestID: "{}", digest: "d""#, artifacts.manifest);
    let announced = format!(r#"artifactFiles: [{{ {draft}, name: "c.txt", md5: "HLJR7A1WjeapKbUgxK7Y0Q==" }}]"#);
    let complete = format!(
        r#"{draft}, completeMultipartAction: Complete, completedParts: [], storagePath: "{0}", uploadID: "{0}""#,
        artifacts.upload_id
    );
    let alias = r#"{ entityName: "red", projectName: "digits", artifactCollectionName: "data", alias: "best" }"#;
    let aliases = format!("{version}, aliases: [{alias}]");
    let linked = format!(r#"{version}, entityName: "red", projectName: "digits", artifactPortfolioName: "more""#);
    let sequence = format!(r#"artifactSequenceID: "{}""#, artifacts.collection);
    let portfolio = format!(r#"artifactPortfolioID: "{}""#, artifacts.portfolio);
    let collection = "{ artifactCollection { id } }";
    let tagged = r#"entityName: "red", projectName: "digits", artifactCollectionName: "data", tags: [{ tagName: "t" }]"#;
    vec![
        mutation("upsertBucket", &format!(r#"{run}, notes: "changed""#), "{ bucket { name } }"),
        mutation("rewindRun", &format!(r#"{place}, metricName: "_step", metricValue: 0"#), "{ rewoundRun { name } }"),
        mutation("stopRun", &run, "{ success }"),
        mutation("deleteRun", &format!(r#"{run}, clientMutationId: "1""#), "{ clientMutationId }"),
        mutation("updateRunState", &format!(r#"{run}, state: "failed""#), "{ success }"),
        mutation("notifyScriptableRunAlert", &alert, "{ success }"),
        mutation("createCustomChart", chart, "{ chart { id } }"),
        mutation("upsertModel", project, "{ model { name } }"),
        mutation("createRunFiles", &files, "{ files { name } }"),
        mutation("markRunFilesUploaded", &files, "{ success }"),
        mutation("deleteFiles", &file, "{ success }"),
        mutation("generateApiKey", r#"description: "another""#, "{ apiKey { name } }"),
        mutation("deleteApiKey", &format!(r#"id: "{}""#, names.key), "{ success }"),
        mutation("updateUser", r#"defaultEntity: "red""#, "{ user { username } }"),
        mutation("createArtifact", new, "{ artifact { state } }"),
        mutation("createArtifactType", kind, "{ artifactType { name } }"),
        mutation("createArtifactManifest", &listing, "{ artifactManifest { id } }"),
        mutation("updateArtifactManifest", &listed, "{ artifactManifest { id } }"),
        mutation("createArtifactFiles", &announced, "{ files { edges { node { name } } } }"),
        mutation("completeMultipartUploadArtifact", &complete, "{ digest }"),
        mutation("commitArtifact", &version, "{ artifact { state } }"),
        mutation("useArtifact", &format!("{version}, {place}"), "{ artifact { id } }"),
        mutation("addAliases", &aliases, "{ success }"),
        mutation("deleteAliases", &aliases, "{ success }"),
        mutation("updateArtifact", &format!(r#"{version}, description: "changed""#), "{ artifact { description } }"),
        mutation("deleteArtifact", &format!("{version}, deleteAliases: true"), "{ artifact { id } }"),
        mutation("linkArtifact", &linked, "{ versionIndex }"),
        mutation("unlinkArtifact", &format!(r#"{version}, artifactPortfolioID: "{}""#, artifacts.portfolio), "{ success }"),
        mutation("updateArtifactSequence", &format!(r#"{sequence}, description: "x""#), collection),
        mutation("updateArtifactPortfolio", &format!(r#"{portfolio}, description: "x""#), collection),
        mutation("moveArtifactSequence", &format!(r#"{sequence}, destinationArtifactTypeName: "model""#), collection),
        mutation("deleteArtifactSequence", &sequence, "{ artifactCollection { state } }"),
        mutation("deleteArtifactPortfolio", &portfolio, "{ artifactCollection { state } }"),
        mutation("createArtifactCollectionTagAssignments", tagged, "{ tags { name } }"),
        mutation("deleteArtifactCollectionTagAssignments", tagged, "{ success }"),
        mutation("setArtifactLifetime", r#"entityName: "red", ttlDurationSeconds: 60"#, "{ entity { name } }"),
        mutation("protectAliases", r#"entityName: "red", projectName: "digits", aliases: ["best"]"#, "{ project { name } }"),
        mutation("createInvite", r#"entityName: "red", email: "new@runs.example""#, "{ invite { email } }"),
        mutation("deleteInvite", &format!(r#"entityName: "red", id: "{}""#, names.member), "{ success }"),
        mutation("createServiceAccount", r#"entityName: "red", description: "nightly""#, "{ user { username } }"),
        mutation("createUser", r#"email: "new@runs.example""#, "{ user { username } }"),
        mutation("createTeam", r#"teamName: "blue""#, "{ entity { name } }"),
    ]
}

/// The routes that the doors' sources mount, as `METHOD /path`.
fn mounted() -> BTreeSet<String> {
    let place = Regex::new(r#"(?:resource|route)\(\s*"([^"]+)""#).expect("a pattern");
    let method = Regex::new(r"\b(get|head|post|put|patch|delete)\(\)|Method::([A-Z]+)\b").expect("a pattern");
    let mut found = BTreeSet::new();
    for (file, text) in sources("src/api") {
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let scope = if file.contains("/rest/") && !file.ends_with("health.rs") { "/api/v1" } else { "" };
        let starts: Vec<_> = place.captures_iter(code).collect();
        for (index, start) in starts.iter().enumerate() {
            let from = start.get(0).expect("the match").end();
            let to = starts.get(index + 1).map_or(code.len(), |next| next.get(0).expect("the match").start());
            let statement = &code[from..code[from..to].find(';').map_or(to, |end| from + end)];
            for named in method.captures_iter(statement) {
                let name = named.get(1).or(named.get(2)).expect("one of both").as_str().to_uppercase();
                found.insert(format!("{name} {scope}{}", &start[1]));
            }
        }
    }
    found
}

/// The fields of `Query` and `Mutation`, as `Query.name`.
fn fields() -> BTreeSet<String> {
    let schema = graphql::sdl(Limits { body_bytes: 1, graphql_depth: 20, graphql_complexity: 2000 });
    let name = Regex::new(r"^\t(\w+)[(:]").expect("a pattern");
    let mut found = BTreeSet::new();
    for kind in ["Query", "Mutation"] {
        let from = schema.find(&format!("type {kind} {{")).expect("the type is there");
        let part = schema[from..].split("\n}").next().unwrap_or_default();
        found.extend(part.lines().filter_map(|line| Some(format!("{kind}.{}", &name.captures(line)?[1]))));
    }
    found
}

#[actix_web::test]
async fn every_door_answers_every_role_as_reviewed() {
    let world = World::new().await;
    let doors: Vec<Door> =
        [routes(&world.names), queries(&world.names), mutations(&world.names)].into_iter().flatten().collect();
    let rows: BTreeSet<String> = doors.iter().map(|door| door.name.clone()).collect();
    let there: BTreeSet<String> = mounted().into_iter().chain(fields()).collect();
    let missing: Vec<_> = there.difference(&rows).collect();
    assert!(missing.is_empty(), "give these doors a row in tests/it/doors.rs: {missing:#?}");
    let gone: Vec<_> = rows.difference(&there).collect();
    assert!(gone.is_empty(), "these rows of tests/it/doors.rs have no door: {gone:#?}");

    let (reading_room, _folder) = world.house().await;
    let mut table = format!("{:90}{}\n", "", ROLES.map(|role| format!("{role:11}")).concat().trim_end());
    for door in &doors {
        write!(table, "{:90}", door.name).expect("texts take anything");
        let mut answers = String::new();
        for role in 0..ROLES.len() {
            let answer = if door.only_reads() {
                world.knock(&reading_room, door, role).await
            } else {
                let (house, _folder) = world.house().await;
                world.knock(&house, door, role).await
            };
            write!(answers, "{answer:11}").expect("texts take anything");
        }
        writeln!(table, "{}", answers.trim_end()).expect("texts take anything");
    }
    compare("tests/it/doors.txt", &table);
}
