//! A row for each route.

use actix_web::http::Method;
use serde_json::{Value, json};

use super::door::{Door, route};
use crate::house::Ask;
use crate::world::{Names, lines, watching};

pub(super) fn routes(names: &Names) -> Vec<Door> {
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
    let report = format!("/api/v1/reports/{}", names.reports.published);
    let thread = format!("/api/v1/threads/{}", names.reports.thread);
    let comment = format!("/api/v1/comments/{}", names.reports.comment);
    let alert = format!("/api/v1/projects/red/digits/alerts/{}", names.alert);
    let webhook = format!("/api/v1/webhooks/red/{}", names.webhook);
    let picture = Ask { body: crate::team_page::picture(), ..at("PUT", "/api/v1/teams/red/avatar") };
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
        route("GET /api/v1/exports", at("GET", "/api/v1/exports")),
        route(
            "POST /api/v1/exports",
            form("/api/v1/exports", json!({ "scope": "project", "entity": "red", "project": "digits" })),
        ),
        route("GET /api/v1/exports/stream.tar", at("GET", "/api/v1/exports/stream.tar?scope=entity&entity=red")),
        route("GET /api/v1/exports/{id}", at("GET", &format!("/api/v1/exports/{}", names.exported))),
        route("DELETE /api/v1/exports/{id}", at("DELETE", &format!("/api/v1/exports/{}", names.exported))),
        route("POST /api/v1/exports/{id}/cancel", form(&format!("/api/v1/exports/{}/cancel", names.exported), json!({}))),
        // It is not made yet: for its asker that is no state to download it in.
        route("GET /api/v1/exports/{id}/bundle.tar", at("GET", &format!("/api/v1/exports/{}/bundle.tar", names.exported))),
        route("HEAD /api/v1/exports/{id}/bundle.tar", at("HEAD", &format!("/api/v1/exports/{}/bundle.tar", names.exported))),
        route("GET /api/v1/imports", at("GET", "/api/v1/imports")),
        route("POST /api/v1/imports", Ask { body: names.bundle.clone(), ..at("POST", "/api/v1/imports?into=red") }),
        route("GET /api/v1/imports/{id}", at("GET", &format!("/api/v1/imports/{}", names.imported))),
        route("GET /api/v1/imports/{id}/items", at("GET", &format!("/api/v1/imports/{}/items", names.imported))),
        route("POST /api/v1/imports/{id}/cancel", form(&format!("/api/v1/imports/{}/cancel", names.imported), json!({}))),
        route("GET /api/v1/projects/{entity}/{project}/reports", at("GET", "/api/v1/projects/red/digits/reports")),
        route(
            "POST /api/v1/projects/{entity}/{project}/reports",
            form("/api/v1/projects/red/digits/reports", json!({ "display_name": "New", "spec": "{}" })),
        ),
        route(
            "GET /api/v1/projects/{entity}/{project}/deleted-reports",
            at("GET", "/api/v1/projects/red/digits/deleted-reports"),
        ),
        route("GET /api/v1/reports/{id}", at("GET", &report)),
        route("PATCH /api/v1/reports/{id}", patch(&report, json!({ "description": "changed" }))),
        route("DELETE /api/v1/reports/{id}", at("DELETE", &format!("{report}?drafts=true"))),
        route(
            "POST /api/v1/reports/{id}/publish",
            form(&format!("/api/v1/reports/{}/publish", names.reports.draft), json!({})),
        ),
        route(
            "POST /api/v1/reports/{id}/restore",
            form(&format!("/api/v1/reports/{}/restore", names.reports.deleted), json!({})),
        ),
        route("POST /api/v1/reports/{id}/purge", form(&format!("/api/v1/reports/{}/purge", names.reports.deleted), json!({}))),
        route("GET /api/v1/reports/{id}/links", at("GET", &format!("{report}/links"))),
        route("POST /api/v1/reports/{id}/links", form(&format!("{report}/links"), json!({}))),
        route("DELETE /api/v1/reports/{id}/links/{link}", at("DELETE", &format!("{report}/links/{}", names.reports.link))),
        route("GET /api/v1/reports/{id}/runs", at("GET", &format!("{report}/runs"))),
        route("GET /api/v1/reports/{id}/threads", at("GET", &format!("{report}/threads"))),
        route("POST /api/v1/reports/{id}/threads", form(&format!("{report}/threads"), json!({ "body": "Well done" }))),
        route("GET /api/v1/reports/{id}/people", at("GET", &format!("{report}/people"))),
        route("POST /api/v1/threads/{thread}/comments", form(&format!("{thread}/comments"), json!({ "body": "It is" }))),
        route("PATCH /api/v1/threads/{thread}", patch(&thread, json!({ "resolved": true }))),
        route("PATCH /api/v1/comments/{id}", patch(&comment, json!({ "body": "Is that right?" }))),
        route("DELETE /api/v1/comments/{id}", at("DELETE", &comment)),
        route("GET /api/v1/reports/{id}/attention", at("GET", &format!("{report}/attention"))),
        route("PUT /api/v1/reports/{id}/star", at("PUT", &format!("{report}/star"))),
        route("DELETE /api/v1/reports/{id}/star", at("DELETE", &format!("{report}/star"))),
        route("PUT /api/v1/reports/{id}/follow", at("PUT", &format!("{report}/follow"))),
        route("DELETE /api/v1/reports/{id}/follow", at("DELETE", &format!("{report}/follow"))),
        route("GET /api/v1/starred-reports", at("GET", "/api/v1/starred-reports")),
        route("GET /api/v1/notifications", at("GET", "/api/v1/notifications")),
        route("GET /api/v1/notifications/count", at("GET", "/api/v1/notifications/count")),
        route("POST /api/v1/notifications/read", form("/api/v1/notifications/read", json!({ "up_to": 1 }))),
        route("GET /api/v1/notification-settings", at("GET", "/api/v1/notification-settings")),
        route(
            "PATCH /api/v1/notification-settings",
            patch("/api/v1/notification-settings", json!({ "mail": { "comment": true } })),
        ),
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
        route("GET /api/v1/teams/{team}/reports", at("GET", "/api/v1/teams/red/reports")),
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
        route("GET /api/v1/projects/{entity}/{project}/alerts", at("GET", "/api/v1/projects/red/digits/alerts")),
        route(
            "POST /api/v1/projects/{entity}/{project}/alerts",
            form("/api/v1/projects/red/digits/alerts", watching("another")),
        ),
        route("GET /api/v1/projects/{entity}/{project}/alerts/{id}", at("GET", &alert)),
        route("PATCH /api/v1/projects/{entity}/{project}/alerts/{id}", patch(&alert, json!({ "paused": true }))),
        route("DELETE /api/v1/projects/{entity}/{project}/alerts/{id}", at("DELETE", &alert)),
        route("POST /api/v1/projects/{entity}/{project}/alerts/{id}/test", form(&format!("{alert}/test"), json!({}))),
        route("POST /api/v1/projects/{entity}/{project}/alerts/{id}/rearm", form(&format!("{alert}/rearm"), json!({}))),
        route("GET /api/v1/projects/{entity}/{project}/firings", at("GET", "/api/v1/projects/red/digits/firings")),
        route("GET /api/v1/webhooks/{entity}", at("GET", "/api/v1/webhooks/red")),
        route(
            "POST /api/v1/webhooks/{entity}",
            form("/api/v1/webhooks/red", json!({ "name": "another", "url": "http://127.0.0.1:9/x", "secret": "ours" })),
        ),
        route("PATCH /api/v1/webhooks/{entity}/{id}", patch(&webhook, json!({ "name": "renamed" }))),
        route("DELETE /api/v1/webhooks/{entity}/{id}", at("DELETE", &webhook)),
        // Nobody listens there, which is an answer too.
        route("POST /api/v1/webhooks/{entity}/{id}/test", form(&format!("{webhook}/test"), json!({}))),
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
