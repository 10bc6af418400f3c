//! Links that show a report to whoever holds them: what they open, and what ends them.

use std::time::Duration;

use actix_web::http::Method;
use serde_json::{Value, json};

use super::house::{Ask, House, report_link, settings};
use super::reports::{REPORTS, Site};

const CHARTS: &str = "/api/v1/metrics";

fn charts(entity: &str, project: &str, run: &str) -> Ask {
    Ask::post(CHARTS, &json!({ "entity": entity, "project": project, "keys": ["loss"], "runs": [{ "name": run }] }))
}

struct Shared {
    report: String,
    link: Value,
    /// What its holder has.
    holder: String,
}

impl Shared {
    async fn new(site: &Site, form: Value) -> Self {
        let report = site.write("Shared", &site.author).await;
        let link = site.must(Ask::post(format!("{report}/links"), &form), &site.author).await;
        let holder = report_link(link["token"].as_str().expect("a token"));
        Self { report, link, holder }
    }
    async fn opens(&self, site: &Site) -> u16 {
        site.status(Ask::get(&*self.report), &self.holder).await
    }
}

/// How many links show reports of the project, as the privacy table of its team says.
async fn public_links(site: &Site) -> Value {
    site.must(Ask::get("/api/v1/projects/red/digits"), &site.viewer).await["public_links"].clone()
}

fn setting(no_public_sharing: bool) -> Value {
    json!({ "settings": { "no_public_sharing": no_public_sharing } })
}

#[actix_web::test]
async fn who_holds_a_link_sees_the_report_and_the_figures_of_its_runs_and_nothing_else() {
    let site = Site::new().await;
    let shared = Shared::new(&site, json!({})).await;
    let both = json!([{ "entity": "red", "project": "digits" }, { "entity": "blue", "project": "words" }]);
    assert_eq!(shared.link["projects"], both, "its own and those of its run sets");
    let url = shared.link["url"].as_str().expect("an address");
    assert!(url.starts_with("https://runs.example/red/digits/reports/Shared--") && url.contains("?accessToken="), "{url}");

    let seen = site.must(Ask::get(&*shared.report), &shared.holder).await;
    assert_eq!(
        (&seen["display_name"], &seen["author"]["username"], &seen["updated_by"]),
        (&json!("Shared"), &Value::Null, &Value::Null)
    );
    assert!(seen["may"].as_object().expect("rights").values().all(|may| *may == json!(false) || may.is_null()), "{seen}");
    let runs = site.must(Ask::get(format!("{}/runs", shared.report)), &shared.holder).await;
    let [run] = runs["items"].as_array().expect("runs").as_slice() else { panic!("{runs}") };
    assert_eq!(
        (&run["name"], &run["config"], &run["summary"]["loss"]),
        (&json!("first"), &json!({ "lr": 0.5 }), &json!("NaN"))
    );
    assert!(!runs.to_string().contains("for the team") && !runs.to_string().contains("author"), "{runs}");
    let others = format!("{}/runs?entity=blue&project=words", shared.report);
    assert_eq!(site.must(Ask::get(others), &shared.holder).await["items"][0]["name"], "other");
    for (entity, project, run) in [("red", "digits", "first"), ("blue", "words", "other")] {
        assert_eq!(site.status(charts(entity, project, run), &shared.holder).await, 200);
        assert_eq!(site.status(charts(entity, project, run), "").await, 404, "nobody without it");
    }

    // Another project of the same team, another report, and all else.
    site.must(Ask::post("/api/v1/projects/red", &json!({ "name": "secret" })), &site.boss).await;
    let other = site.write("Other", &site.author).await;
    for path in [
        format!("{}/runs?entity=red&project=secret", shared.report),
        other.clone(),
        format!("{other}/runs"),
        "/api/v1/projects/red/digits".to_owned(),
        "/api/v1/projects/red/digits/runs/first".to_owned(),
        REPORTS.to_owned(),
        format!("{}/links", shared.report),
        "/api/v1/projects/red/digits/runs/first/history.parquet".to_owned(),
        "/files/red/digits/first/config.yaml".to_owned(),
    ] {
        let status = site.status(Ask::get(&*path), &shared.holder).await;
        assert!([401, 404].contains(&status), "{path}: {status}");
    }
    let known = "query { viewer { username } project(name: \"digits\", entityName: \"red\") { name } models(entityName: \"red\") { edges { node { name } } } }";
    let known = site.send(Ask::graphql(known, &Value::Null), &shared.holder).await.json();
    assert!(known["data"]["project"].is_null() && known["data"]["viewer"].is_null(), "{known}");
    assert!(!known.to_string().contains("digits"), "{known}");
    let change = Ask::new(Method::PATCH, &*shared.report).json(&json!({ "description": "changed" }));
    assert_eq!(site.status(change, &shared.holder).await, 401);
    // Beside a session it takes nothing and adds what it shows.
    let beside = Ask::get(&*shared.report).header("x-runstead-report-token", shared.link["token"].as_str().expect("a token"));
    assert_eq!(site.status(beside, &site.stranger).await, 200);
    let dead = Ask::get(&*shared.report).header("x-runstead-report-token", "1.x");
    assert_eq!(site.status(dead.clone(), &site.viewer).await, 200);
    assert_eq!(site.status(dead, "").await, 404);
}

#[actix_web::test]
async fn a_link_ends_when_it_is_revoked_or_expires_or_its_report_is_deleted() {
    let site = Site::new().await;
    let shared = Shared::new(&site, json!({ "expires_at": "2026-01-31T11:00:00Z" })).await;
    let links = format!("{}/links", shared.report);
    assert_eq!(site.status(Ask::post(&*links, &json!({ "expires_at": "2026-01-31T09:00:00Z" })), &site.author).await, 400);
    // It is as it was for who may change the report, and for nobody else.
    assert_eq!(site.must(Ask::get(&*links), &site.boss).await["items"][0], shared.link);
    assert_eq!(
        (site.status(Ask::get(&*links), &site.member).await, site.status(Ask::get(&*links), &site.viewer).await),
        (403, 403)
    );
    assert_eq!(site.status(Ask::post(&*links, &json!({})), &site.member).await, 403);

    let delete = Ask::new(Method::DELETE, &*shared.report);
    site.must(delete, &site.author).await;
    assert_eq!((shared.opens(&site).await, public_links(&site).await), (404, json!(0)));
    site.must(Ask::post(format!("{}/restore", shared.report), &json!({})), &site.author).await;
    assert_eq!((shared.opens(&site).await, public_links(&site).await), (200, json!(1)));
    site.house.app.clock.advance(Duration::from_secs(3600));
    assert_eq!((shared.opens(&site).await, public_links(&site).await), (404, json!(0)));
    assert_eq!(site.must(Ask::get(&*links), &site.boss).await["items"][0]["why_not"], "it has expired");

    let second = site.must(Ask::post(&*links, &json!({})), &site.boss).await;
    let holder = report_link(second["token"].as_str().expect("a token"));
    assert_eq!(site.status(Ask::get(&*shared.report), &holder).await, 200);
    assert_eq!(public_links(&site).await, 1);
    let revoke = Ask::new(Method::DELETE, format!("{links}/{}", second["id"]));
    assert_eq!(site.status(revoke.clone(), &site.member).await, 403);
    assert_eq!(site.status(revoke, &site.author).await, 204);
    assert_eq!(site.status(Ask::get(&*shared.report), &holder).await, 404);
    assert_eq!(public_links(&site).await, 0);
    assert_eq!(site.status(charts("red", "digits", "first"), &holder).await, 404);
    let made = ["report.create", "report.share", "report.delete", "report.restore", "report.share", "report.revoke"];
    assert_eq!(site.audited().await, made);
    let told = site.send(Ask::get("/api/v1/audit?limit=1000"), &site.ada).await.text();
    let secret = second["token"].as_str().and_then(|token| token.split('.').nth(1)).expect("a token");
    assert!(!told.contains(secret));
    // Nothing that a token follows from but for the server's key is in the store; the token itself is not.
    let kept = "SELECT nonce FROM report_links";
    let kept = site.house.app.db.read(move |db| db.query(kept, &[], |row| row.get::<String>("nonce"))).await.expect("rows");
    assert!(kept.len() == 2 && kept.iter().all(|nonce| nonce != secret));
}

#[actix_web::test]
async fn a_setting_of_the_team_or_a_lock_of_its_organization_kills_links_at_once() {
    let site = Site::new().await;
    let shared = Shared::new(&site, json!({})).await;
    let change = |path: &str, body: Value| Ask::new(Method::PATCH, path).json(&body);
    assert_eq!(site.status(change("/api/v1/teams/red", setting(true)), &site.author).await, 403);
    site.must(change("/api/v1/teams/red", setting(true)), &site.boss).await;
    assert_eq!((shared.opens(&site).await, public_links(&site).await), (404, json!(0)));
    assert_eq!(site.status(charts("red", "digits", "first"), &shared.holder).await, 404);
    let links = format!("{}/links", shared.report);
    for who in [&site.author, &site.ada] {
        let refused = site.send(Ask::post(&*links, &json!({})), who).await;
        assert!(refused.status == 403 && refused.text().contains("forbid public sharing"), "{}", refused.text());
    }
    assert_eq!(site.must(Ask::get(&*shared.report), &site.author).await["may"]["share"], false);
    let listed = site.must(Ask::get(&*links), &site.author).await;
    assert_eq!((&listed["items"][0]["works"], &listed["items"][0]["revoked_at"]), (&json!(false), &Value::Null));
    site.must(change("/api/v1/teams/red", setting(false)), &site.boss).await;
    assert_eq!(shared.opens(&site).await, 200, "the links are as they were");

    // Where the runs of another team are shown, that team decides.
    site.must(change("/api/v1/teams/blue", setting(true)), &site.boss).await;
    assert_eq!((shared.opens(&site).await, site.status(charts("blue", "words", "other"), &shared.holder).await), (200, 404));
    let named = json!({ "projects": [{ "entity": "blue", "project": "words" }] });
    assert_eq!(site.status(Ask::post(&*links, &named), &site.author).await, 403);
    // By itself a new one shows what its maker may give.
    let own = json!([{ "entity": "red", "project": "digits" }]);
    assert_eq!(site.must(Ask::post(&*links, &json!({})), &site.author).await["projects"], own);
    site.must(change("/api/v1/teams/blue", setting(false)), &site.boss).await;
    assert_eq!(site.must(Ask::post(&*links, &json!({})), &site.boss).await["projects"].as_array().map(Vec::len), Some(2));

    let lock = json!({ "settings": { "no_public_sharing": true }, "locks": { "no_public_sharing": true } });
    site.must(change("/api/v1/organizations/Runstead", lock), &site.ada).await;
    assert_eq!(shared.opens(&site).await, 404);
    let refused = site.send(change("/api/v1/teams/red", setting(false)), &site.boss).await;
    assert!(refused.status == 403 && refused.text().contains("locked"), "{}", refused.text());
    let lock = json!({ "locks": { "members_delete_artifacts": true } });
    site.must(change("/api/v1/organizations/Runstead", lock), &site.ada).await;
}

#[actix_web::test]
async fn a_restricted_project_shows_nothing_by_link() {
    let site = Site::new().await;
    let shared = Shared::new(&site, json!({})).await;
    let restrict =
        |visibility: &str| Ask::new(Method::PATCH, "/api/v1/projects/red/digits").json(&json!({ "visibility": visibility }));
    site.must(restrict("restricted"), &site.boss).await;
    assert_eq!(shared.opens(&site).await, 404);
    let refused = site.send(Ask::post(format!("{}/links", shared.report), &json!({})), &site.boss).await;
    assert!(refused.status == 403 && refused.text().contains("restricted"), "{}", refused.text());
    site.must(restrict("team"), &site.boss).await;
    assert_eq!(shared.opens(&site).await, 200);
}

#[actix_web::test]
async fn a_token_is_good_after_a_restart_and_only_as_it_was_made() {
    let site = Site::new().await;
    let shared = Shared::new(&site, json!({})).await;
    let token = shared.link["token"].as_str().expect("a token");
    let (number, proof) = token.split_once('.').expect("two parts");
    let next: i64 = number.parse::<i64>().expect("a number") + 1;
    site.must(Ask::post(format!("{}/links", shared.report), &json!({})), &site.author).await;
    for wrong in [format!("{next}.{proof}"), format!("{number}.{}", &proof[1..]), format!("{number}."), String::from(".")] {
        assert_eq!(site.status(Ask::get(&*shared.report), &report_link(&wrong)).await, 404, "{wrong}");
    }
    let (folder, report) = (site.folder, shared.report.clone());
    site.house.app.history.close().await.expect("it closes");
    site.house.app.db.close().await.expect("it closes");
    drop(site.house);
    let again = House::open(&settings(folder.path(), &[])).await;
    assert_eq!(again.send(Ask::get(report).key(&shared.holder)).await.status, 200);
}
