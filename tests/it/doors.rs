//! Every door × every role: who knocks, and what is answered. `doors.txt` is reviewed as a diff; a route or a field of
//! GraphQL without a row here fails the test.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use actix_web::http::Method;
use regex::Regex;
use runstead::api::{Limits, graphql};
use serde_json::{Value, json};

use super::golden::compare;
use super::house::{Ask, House};
use super::tidy::sources;
use super::world::{Names, World, lines};

/// Who knocks. The run belongs to the author, who is a member of the team; the stranger is signed in and has no seat.
const ROLES: [&str; 8] = ["nobody", "stranger", "view-only", "member", "author", "service", "team admin", "site admin"];

/// What the door of the house answers to this role.
async fn knock(world: &World, house: &House, door: &Door, role: usize) -> String {
    let answer = house.send(door.ask.clone().key(&world.keys[role])).await;
    match (door.field, answer.status, answer.json()["done"].as_array()) {
        (Some(field), 200, _) => shown(&answer.json()["data"][field]),
        // Of the things picked, so many were the caller's to change.
        (None, 200, Some(done)) => format!("{} done", done.len()),
        (_, status, _) => status.to_string(),
    }
}

/// Lets happen what is to have happened before somebody knocks.
async fn prepare(world: &World, house: &House, door: &Door) {
    let Some((who, ask)) = &door.before else { return };
    let role = ROLES.iter().position(|role| role == who).expect("one of the roles");
    let answer = house.send(ask.clone().key(&world.keys[role])).await;
    let text = answer.text();
    assert!(answer.status < 300 && answer.json()["errors"].is_null(), "before {}: {} {text}", door.name, answer.status);
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

struct Door {
    /// `METHOD /path` or `Type.field`.
    name: String,
    /// The field of the answer, for doors of GraphQL.
    field: Option<&'static str>,
    ask: Ask,
    /// Who does what first, so that there is something for the door to change.
    before: Option<(&'static str, Ask)>,
}

impl Door {
    /// This door, after somebody of that role did something.
    fn after(self, role: &'static str, ask: Ask) -> Self {
        Self { before: Some((role, ask)), ..self }
    }

    fn only_reads(&self) -> bool {
        self.ask.method.is_safe() || self.name.starts_with("Query.")
    }
}

fn route(name: &str, ask: Ask) -> Door {
    Door { name: name.to_owned(), field: None, ask, before: None }
}

/// A row for a field of GraphQL: its arguments and what of it is asked for.
fn field(kind: &str, name: &'static str, arguments: &str, selection: &str) -> Door {
    let arguments = if arguments.is_empty() { String::new() } else { format!("({arguments})") };
    let query = format!("{} {{ {name}{arguments} {selection} }}", kind.to_lowercase());
    Door { name: format!("{kind}.{name}"), field: Some(name), ask: Ask::graphql(&query, &Value::Null), before: None }
}

fn routes(names: &Names) -> Vec<Door> {
    let form = |path: &str, body: Value| Ask::post(path, &body);
    let made = |path: &str| Ask::new(Method::from_bytes(path.as_bytes()).expect("a method"), "");
    let at = |method: &str, path: &str| Ask { path: path.to_owned(), ..made(method) };
    let put = |path: &str, body: Value| Ask::new(Method::PUT, path).json(&body);
    let patch = |path: &str, body: Value| Ask::new(Method::PATCH, path).json(&body);
    let role = |role: &str| json!({ "role": role });
    let asked = names.asked;
    let order = json!({
        "from": { "entity": "red", "project": "digits" }, "to": { "entity": "red", "project": "kept" }, "runs": ["first"],
    });
    let sign_in = json!({ "username": "ada", "password": "not the password" });
    let person = json!({ "username": "new", "email": "new@runs.example", "password": "correct horse battery" });
    let new_password = json!({ "token": "spent", "password": "correct horse battery" });
    let set_up = json!({ "token": "spent", "username": "eve", "email": "e@runs.example", "password": "correct horse battery" });
    let artifacts = &names.artifacts;
    let selected = |what: &str, body: Value| {
        let path = |place: &str| format!("/api/v1/projects/{place}/selected-runs/{what}");
        route(&format!("POST {}", path("{entity}/{project}")), Ask::post(path("red/digits"), &body))
    };
    let picture = Ask { body: super::team_page::picture(), ..at("PUT", "/api/v1/teams/red/avatar") };
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
        route("GET /health/detail", at("GET", "/health/detail")),
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
        route(
            "GET /api/v1/projects/{entity}/{project}/runs/{run}/archive.zip",
            at("GET", "/api/v1/projects/red/digits/runs/first/archive.zip"),
        ),
        route("GET /api/v1/projects/{entity}/{project}/runs", at("GET", "/api/v1/projects/red/digits/runs")),
        route(
            "GET /api/v1/projects/{entity}/{project}/run-groups",
            at("GET", "/api/v1/projects/red/digits/run-groups?by=state"),
        ),
        route(
            "GET /api/v1/projects/{entity}/{project}/run-facets",
            at("GET", "/api/v1/projects/red/digits/run-facets?fields=state"),
        ),
        route("GET /api/v1/projects/{entity}/{project}/run-fields", at("GET", "/api/v1/projects/red/digits/run-fields")),
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
        selected("delete", json!({ "runs": ["first"] })),
        selected("lock", json!({ "filter": "{}" })),
        selected("unlock", json!({ "filter": "{}" }))
            .after("author", form("/api/v1/projects/red/digits/selected-runs/lock", json!({ "filter": "{}" }))),
        selected("restore", json!({ "runs": ["gone"] })),
        route("DELETE /api/v1/projects/{entity}/{project}", at("DELETE", "/api/v1/projects/red/digits")),
        route("GET /api/v1/projects/{entity}/{project}/deletion", at("GET", "/api/v1/projects/red/digits/deletion")),
        route("GET /api/v1/trash/{entity}", at("GET", "/api/v1/trash/red")),
        route("POST /api/v1/trash/{entity}/{project}/restore", form("/api/v1/trash/red/old/restore", json!({}))),
        route("DELETE /api/v1/trash/{entity}/{project}", at("DELETE", "/api/v1/trash/red/old")),
        route("GET /api/v1/teams/{team}/deletion", at("GET", "/api/v1/teams/red/deletion")),
        route("POST /api/v1/teams/{team}/purge", form("/api/v1/teams/gone/purge", json!({}))),
        route("GET /api/v1/moves", at("GET", "/api/v1/moves?entity=red")),
        route("POST /api/v1/moves", form("/api/v1/moves", order.clone())),
        route("POST /api/v1/moves/preview", form("/api/v1/moves/preview", order)),
        route("GET /api/v1/moves/destinations", at("GET", "/api/v1/moves/destinations")),
        route("GET /api/v1/moves/{id}", at("GET", &format!("/api/v1/moves/{}", names.moved))),
        route("GET /api/v1/moves/{id}/runs", at("GET", &format!("/api/v1/moves/{}/runs", names.moved))),
        route("POST /api/v1/moves/{id}/undo", form(&format!("/api/v1/moves/{}/undo", names.moved), json!({}))),
        route("GET /api/v1/projects/{entity}/{project}/trash", at("GET", "/api/v1/projects/red/digits/trash")),
        route(
            "POST /api/v1/projects/{entity}/{project}/trash/{run}/restore",
            at("POST", "/api/v1/projects/red/digits/trash/gone/restore"),
        ),
        route("DELETE /api/v1/projects/{entity}/{project}/trash/{run}", at("DELETE", "/api/v1/projects/red/digits/trash/gone")),
        route("GET /api/v1/projects/{entity}/{project}/storage", at("GET", "/api/v1/projects/red/digits/storage")),
        route("GET /api/v1/system", at("GET", "/api/v1/system")),
        route("GET /api/v1/system/storage", at("GET", "/api/v1/system/storage")),
        route("GET /api/v1/system/jobs", at("GET", "/api/v1/system/jobs")),
        // No job runs in these tests.
        route("POST /api/v1/system/jobs/{name}/run", form("/api/v1/system/jobs/storage/run", json!({}))),
        route("GET /api/v1/system/backups", at("GET", "/api/v1/system/backups")),
        route("GET /api/v1/system/checks", at("GET", "/api/v1/system/checks")),
        route("GET /api/v1/system/settings", at("GET", "/api/v1/system/settings")),
        // There are none.
        route("GET /api/v1/authorities.pem", at("GET", "/api/v1/authorities.pem")),
        route("PUT /static/probe/{subject}/{expires}/{signature}/{name:.+}", sent(&names.probe, "bytes")),
        route("GET /static/probe/{subject}/{expires}/{signature}/{name:.+}", at("GET", &names.probe)),
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
        route("GET /static/artifact/archive/{artifact}/{expires}/{signature}/{name:.+}", at("GET", &artifacts.archive)),
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
        route("GET /api/v1/users/{username}/sessions", at("GET", "/api/v1/users/author/sessions")),
        route("DELETE /api/v1/users/{username}/sessions", at("DELETE", "/api/v1/users/author/sessions")),
        route("DELETE /api/v1/users/{username}/sessions/{id}", at("DELETE", "/api/v1/users/author/sessions/none")),
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
        route("GET /api/v1/teams/{team}/members/{username}", at("GET", "/api/v1/teams/red/members/author")),
        route("PUT /api/v1/teams/{team}/members/{username}", put("/api/v1/teams/red/members/stranger", role("member"))),
        route("GET /api/v1/teams/{team}/activity", at("GET", "/api/v1/teams/red/activity")),
        route("GET /api/v1/teams/{team}/avatar", at("GET", "/api/v1/teams/red/avatar")),
        route("PUT /api/v1/teams/{team}/avatar", picture.clone()),
        route("DELETE /api/v1/teams/{team}/avatar", at("DELETE", "/api/v1/teams/red/avatar"))
            .after("team admin", picture.clone()),
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
        route("GET /api/v1/organizations/{organization}/licence", at("GET", "/api/v1/organizations/runstead/licence")),
        route(
            "PATCH /api/v1/organizations/{organization}/licence",
            patch("/api/v1/organizations/runstead/licence", json!({ "contact": "the lab" })),
        ),
        route(
            "PUT /api/v1/organizations/{organization}/licence-contacts/{username}",
            put("/api/v1/organizations/runstead/licence-contacts/stranger", json!({})),
        ),
        route(
            "DELETE /api/v1/organizations/{organization}/licence-contacts/{username}",
            at("DELETE", "/api/v1/organizations/runstead/licence-contacts/stranger"),
        )
        .after("site admin", put("/api/v1/organizations/runstead/licence-contacts/stranger", json!({}))),
        route("GET /api/v1/organizations/{organization}/members.csv", at("GET", "/api/v1/organizations/runstead/members.csv")),
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
        route("GET /api/v1/teams/{team}/invitable", at("GET", "/api/v1/teams/red/invitable?query=st")),
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
        route("GET /api/v1/audit.jsonl", at("GET", "/api/v1/audit.jsonl?team=red")),
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
        // There is no directory in this house; who may not ask learns not even that.
        route("GET /api/v1/directory", at("GET", "/api/v1/directory")),
        route("POST /api/v1/directory/test", form("/api/v1/directory/test", json!({}))),
        route("POST /api/v1/directory/draft", form("/api/v1/directory/draft", json!({ "settings": {} }))),
        route("GET /api/v1/directory/syncs", at("GET", "/api/v1/directory/syncs")),
        route("POST /api/v1/directory/syncs", form("/api/v1/directory/syncs", json!({ "dry_run": true }))),
        route("GET /api/v1/directory/syncs/{id}", at("GET", "/api/v1/directory/syncs/1")),
        route("POST /api/v1/directory/syncs/{id}/undo", form("/api/v1/directory/syncs/1/undo", json!({}))),
        route("GET /api/v1/directory/people/{login}", at("GET", "/api/v1/directory/people/author")),
        route("GET /api/v1/directory/rules", at("GET", "/api/v1/directory/rules")),
        route("PUT /api/v1/directory/rules", put("/api/v1/directory/rules", json!({ "rules": [], "revision": 0 }))),
        route("GET /api/v1/openapi.json", at("GET", "/api/v1/openapi.json")),
        route("GET /api/v1/docs", at("GET", "/api/v1/docs")),
        route("GET /api/v1/users/{username}", at("GET", "/api/v1/users/author")),
        route("PATCH /api/v1/users/{username}", patch("/api/v1/users/author", json!({ "name": "Author" }))),
        route("DELETE /api/v1/users/{username}", at("DELETE", "/api/v1/users/author")),
        route("GET /api/v1/users/{username}/stake", at("GET", "/api/v1/users/author/stake")),
        route("GET /api/v1/users/{username}/api-keys", at("GET", "/api/v1/users/stranger/api-keys")),
        route("POST /api/v1/users/{username}/api-keys", form("/api/v1/users/stranger/api-keys", json!({ "name": "k" }))),
        route(
            "DELETE /api/v1/users/{username}/api-keys/{id}",
            at("DELETE", &format!("/api/v1/users/stranger/api-keys/{}", names.key_id)),
        ),
        route("GET /api/v1/users", at("GET", "/api/v1/users?query=a")),
        route("POST /api/v1/users", form("/api/v1/users", person)),
        route("POST /api/v1/users/{username}/deactivate", form("/api/v1/users/member/deactivate", json!({}))),
        // The member among those who knock is the one who is locked out.
        route("POST /api/v1/users/{username}/reactivate", form("/api/v1/users/member/reactivate", json!({})))
            .after("site admin", form("/api/v1/users/member/deactivate", json!({}))),
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
        query("bytesHeldAlone", &format!(r#"artifactIDs: ["{}"]"#, names.artifacts.version), ""),
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
    let registry = format!(r#"projectId: "{}""#, names.registry);
    let named = format!(r#"{registry}, userIds: ["{}"]"#, names.member);
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
        mutation("commitArtifact", &format!(r#"artifactID: "{}""#, artifacts.complete), "{ artifact { state } }"),
        mutation("useArtifact", &format!("{version}, {place}"), "{ artifact { id } }"),
        mutation("addAliases", &aliases, "{ success }"),
        mutation("deleteAliases", &aliases, "{ success }").after("author", mutation("addAliases", &aliases, "{ success }").ask),
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
        mutation("deleteArtifactCollectionTagAssignments", tagged, "{ success }")
            .after("author", mutation("createArtifactCollectionTagAssignments", tagged, "{ tags { name } }").ask),
        mutation("setArtifactLifetime", r#"entityName: "red", ttlDurationSeconds: 60"#, "{ entity { name } }"),
        mutation("protectAliases", r#"entityName: "red", projectName: "digits", aliases: ["best"]"#, "{ project { name } }"),
        mutation("deleteModel", &format!(r#"id: "{}""#, names.registry), "{ success }"),
        mutation(
            "renameProject",
            r#"entityName: "Runstead", oldProjectName: "wandb-registry-models", newProjectName: "wandb-registry-nets""#,
            "{ project { name } }",
        ),
        mutation("createProjectMembers", &named, "{ success }"),
        mutation("deleteProjectMembers", &named, "{ success }")
            .after("site admin", mutation("createProjectMembers", &named, "{ success }").ask),
        mutation(
            "updateProjectMember",
            &format!(r#"{registry}, userId: "{}", userProjectRole: "viewer""#, names.member),
            "{ success }",
        ),
        mutation(
            "updateProjectTeamMember",
            &format!(r#"{registry}, teamId: "{}", teamProjectRole: "viewer""#, names.team),
            "{ success }",
        ),
        mutation("createInvite", r#"entityName: "red", email: "new@runs.example""#, "{ invite { email } }"),
        mutation("deleteInvite", &format!(r#"entityName: "red", id: "{}""#, names.member), "{ success }"),
        mutation("createServiceAccount", r#"entityName: "red", description: "nightly""#, "{ user { username } }"),
        mutation("createUser", r#"email: "new@runs.example""#, "{ user { username } }"),
        mutation("createTeam", r#"teamName: "blue""#, "{ entity { name } }"),
    ]
}

/// Who leaves no record at these doors though the answer says that something was done: doors that change nothing of rights or
/// data that people care for, or write what a run's process sends, for everybody; and those for whom it is so already.
const LEAVES_NO_RECORD: [(&str, &[&str]); 17] = [
    // Questions.
    ("POST /api/v1/metrics", &ROLES),
    ("POST /api/v1/moves/preview", &ROLES),
    ("POST /graphql", &ROLES),
    // Whoever sends a key has no session to end.
    ("DELETE /api/v1/session", &["nobody", "stranger", "member", "author", "service", "team admin", "site admin"]),
    // What the process of a run sends, and how artifacts arrive: their commit is told.
    ("POST /files/{entity}/{project}/{run}/file_stream", &ROLES),
    ("PUT /static/upload/{run}/{expires}/{signature}/{name:.+}", &ROLES),
    ("PUT /static/artifact/upload/{artifact}/{expires}/{signature}/{name:.+}", &ROLES),
    ("PUT /static/artifact/upload-part/{artifact}/{expires}/{signature}/{name:.+}", &ROLES),
    ("PUT /static/artifact/upload-manifest/{artifact}/{expires}/{signature}/{name:.+}", &ROLES),
    ("Mutation.createRunFiles", &ROLES),
    ("Mutation.markRunFilesUploaded", &ROLES),
    ("Mutation.notifyScriptableRunAlert", &ROLES),
    ("Mutation.createArtifactManifest", &ROLES),
    ("Mutation.updateArtifactManifest", &ROLES),
    ("Mutation.createArtifactFiles", &ROLES),
    // Nothing is kept of what the server sends to itself.
    ("PUT /static/probe/{subject}/{expires}/{signature}/{name:.+}", &ROLES),
    // There is no such run for somebody who may not know of it, and what is not there needs no deletion.
    ("Mutation.deleteRun", &["stranger"]),
];

/// Whether an answer says that something was done.
fn changed(answer: &str) -> bool {
    let some = answer.ends_with(" found") || answer.ends_with(" done");
    ["200", "201", "204", "yes"].contains(&answer) || (some && !answer.starts_with("0 "))
}

/// How many records the audit log has, besides those of offices that looked.
async fn records(house: &House) -> i64 {
    let count = "SELECT COUNT(*) AS records FROM audit WHERE action NOT LIKE '%.enter'";
    let counted = house.app.db.read(move |reader| reader.query_one(count, &[], |row| row.get("records")));
    counted.await.expect("the log is read")
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

    let mut silent = Vec::new();
    let (reading_room, _folder) = world.house().await;
    let mut table = format!("{:90}{}\n", "", ROLES.map(|role| format!("{role:11}")).concat().trim_end());
    for door in &doors {
        write!(table, "{:90}", door.name).expect("texts take anything");
        let mut answers = String::new();
        for (role, who) in ROLES.into_iter().enumerate() {
            let answer = if door.only_reads() {
                knock(&world, &reading_room, door, role).await
            } else {
                let (house, _folder) = world.house().await;
                prepare(&world, &house, door).await;
                let before = records(&house).await;
                let answer = knock(&world, &house, door, role).await;
                if changed(&answer) && records(&house).await == before {
                    silent.push((door.name.as_str(), who));
                }
                answer
            };
            write!(answers, "{answer:11}").expect("texts take anything");
        }
        writeln!(table, "{}", answers.trim_end()).expect("texts take anything");
    }
    let excused = |door: &str, role: &str| LEAVES_NO_RECORD.iter().any(|(name, roles)| *name == door && roles.contains(&role));
    let needless = LEAVES_NO_RECORD.iter().filter(|(name, roles)| {
        let used = |role: &&&str| silent.contains(&(*name, **role));
        // What is excused for everybody is refused to some of them.
        if *roles == ROLES { !roles.iter().any(|role| used(&role)) } else { !roles.iter().all(|role| used(&role)) }
    });
    let needless: Vec<_> = needless.collect();
    assert!(needless.is_empty(), "nobody needs these rows of LEAVES_NO_RECORD: {needless:#?}");
    silent.retain(|(door, role)| !excused(door, role));
    assert!(silent.is_empty(), "these changed something and left no record in the audit log: {silent:#?}");
    compare("tests/it/doors.txt", &table);
}
