//! Who is told of what is said and done with reports, and that nobody is told of what they do not see; stars and follows.

use std::time::Duration;

use actix_web::http::Method;
use runstead::db::Row;
use runstead::domain::{notifications, purge};
use runstead::mail::{Mailer, Security};
use serde_json::{Value, json};

use super::house::{Ask, report_link, secret};
use super::reports::{REPORTS, SPEC, Site};

const NOTIFICATIONS: &str = "/api/v1/notifications";

fn at(method: Method, path: String) -> Ask {
    Ask::new(method, path)
}

/// What somebody was told, oldest first: the kind, and the user name of who did it.
async fn told(site: &Site, key: &str) -> Vec<(String, String)> {
    let page = site.must(Ask::get(NOTIFICATIONS), key).await;
    let count = site.must(Ask::get(format!("{NOTIFICATIONS}/count")), key).await;
    assert_eq!(page["unread"], count["unread"]);
    let items = page["items"].as_array().expect("a list").iter().rev();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    items.map(|item| (text(&item["kind"]), text(&item["by"]["username"]))).collect()
}

fn pairs(told: &[(String, String)]) -> Vec<(&str, &str)> {
    told.iter().map(|(kind, by)| (kind.as_str(), by.as_str())).collect()
}

async fn unread(site: &Site, key: &str) -> i64 {
    site.must(Ask::get(format!("{NOTIFICATIONS}/count")), key).await["unread"].as_i64().expect("a number")
}

async fn say(site: &Site, report: &str, words: &str, key: &str) -> Value {
    site.must(Ask::post(format!("{report}/threads"), &json!({ "body": words })), key).await
}

#[actix_web::test]
async fn who_is_named_follows_or_talks_along_is_told_once_and_never_who_did_it() {
    let site = Site::new().await;
    let report = site.write("Weekly results", &site.author).await;
    let thread = say(&site, &report, "@member and @viewer: **look** at\n\nthis, @stranger", &site.viewer).await;
    assert_eq!(pairs(&told(&site, &site.member).await), [("mention", "viewer")]);
    assert_eq!(pairs(&told(&site, &site.author).await), [("comment", "viewer")], "who wrote a report follows it");
    for other in [&site.viewer, &site.boss, &site.stranger] {
        assert!(told(&site, other).await.is_empty());
    }
    let first = site.must(Ask::get(NOTIFICATIONS), &site.member).await["items"][0].clone();
    assert_eq!(first["excerpt"], "@member and @viewer: **look** at this, @stranger");
    let id = report.rsplit('/').next().expect("an id");
    let url = format!("/red/digits/reports/Weekly-results--{id}#thread-{}", thread["id"]);
    assert_eq!((first["url"].as_str(), first["report"]["id"].as_str()), (Some(url.as_str()), Some(id)));
    assert_eq!((&first["thread"], &first["comment"]), (&thread["id"], &thread["comments"][0]["id"]));

    // Who talks along is told of the next one; who follows too, though they are named: once.
    let replies = format!("/api/v1/threads/{}/comments", thread["id"]);
    site.must(Ask::post(&*replies, &json!({ "body": "I do, @author." })), &site.member).await;
    assert_eq!(pairs(&told(&site, &site.viewer).await), [("comment", "member")]);
    assert_eq!(pairs(&told(&site, &site.author).await), [("comment", "viewer"), ("mention", "member")]);
    // Who does not want to be told any more is not made to follow again.
    let follow = format!("{report}/follow");
    for _ in 0..2 {
        site.must(at(Method::DELETE, follow.clone()), &site.author).await;
    }
    say(&site, &report, "Another thing", &site.author).await;
    assert_eq!(site.must(Ask::get(format!("{report}/attention")), &site.author).await["following"], false);
    assert_eq!(site.must(Ask::get(format!("{report}/attention")), &site.viewer).await["following"], true, "they commented");
    let own = say(&site, &report, "By the way", &site.viewer).await;
    assert_eq!(told(&site, &site.author).await.len(), 2);

    // Who is named later is told then, and of a comment that is taken back nobody.
    let comment = format!("/api/v1/comments/{}", own["comments"][0]["id"]);
    let before = told(&site, &site.member).await.len();
    let edit = at(Method::PATCH, comment.clone()).json(&json!({ "body": "By the way, @member and @boss" }));
    site.must(edit, &site.viewer).await;
    assert_eq!(pairs(&told(&site, &site.boss).await), [("mention", "viewer")]);
    assert_eq!(told(&site, &site.member).await.len(), before, "of one comment they are told once");
    assert_eq!(told(&site, &site.member).await.last().map(|(kind, _)| kind.as_str()), Some("mention"));
    site.must(at(Method::DELETE, comment), &site.viewer).await;
    assert_eq!((told(&site, &site.boss).await.len(), told(&site, &site.member).await.len()), (0, before - 1));

    // Who began a thread learns that another resolved it.
    let resolve = at(Method::PATCH, format!("/api/v1/threads/{}", thread["id"])).json(&json!({ "resolved": true }));
    site.must(resolve, &site.boss).await;
    assert_eq!(told(&site, &site.viewer).await.last().map(|(kind, by)| (&**kind, &**by)), Some(("resolved", "boss")));

    // Versions that follow each other closely are told of once.
    let save = |version: i64, key: &str| {
        let spec = json!({ "spec": format!("{{\"version\":{version}}}") });
        let ask = at(Method::PATCH, report.clone()).json(&spec).header("if-match", format!("\"v{version}\""));
        site.house.send(ask.key(key))
    };
    let published = async || told(&site, &site.viewer).await.iter().filter(|(kind, _)| kind == "published").count();
    for (version, count) in [(1, 1), (2, 1), (3, 2)] {
        if version == 3 {
            site.house.app.clock.advance(Duration::from_secs(601));
        }
        assert_eq!(save(version, &site.boss).await.status, 200);
        assert_eq!(published().await, count);
    }
    let draft = site.must(Ask::post(REPORTS, &json!({ "kind": "draft", "published": id })), &site.author).await;
    site.house.app.clock.advance(Duration::from_secs(601));
    let publish = Ask::post(format!("/api/v1/reports/{}/publish", draft["id"].as_str().expect("an id")), &json!({}));
    site.must(publish, &site.author).await;
    assert_eq!(published().await, 3);
    assert!(told(&site, &site.author).await.iter().all(|(kind, _)| kind != "published"));
    site.must(at(Method::PATCH, report.clone()).json(&json!({ "author": "member" })), &site.boss).await;
    assert_eq!(told(&site, &site.member).await.last().map(|(kind, by)| (&**kind, &**by)), Some(("assigned", "boss")));

    // So it is with an alert.
    let alerts = "/api/v1/projects/red/digits/alerts";
    let condition = json!({ "kind": "threshold", "metric": "loss", "is": "above", "value": 1 });
    let alert = site.must(Ask::post(alerts, &json!({ "name": "high", "condition": condition })), &site.author).await;
    let heir = json!({ "author": "member" });
    site.must(at(Method::PATCH, format!("{alerts}/{}", alert["id"])).json(&heir), &site.boss).await;
    let last = site.must(Ask::get(format!("{NOTIFICATIONS}?limit=1")), &site.member).await["items"][0].clone();
    assert_eq!((last["kind"].as_str(), last["by"]["username"].as_str()), (Some("assigned"), Some("boss")), "{last}");
    assert_eq!((&last["report"], last["url"].as_str()), (&Value::Null, Some("/red/digits/settings")));

    // Read by numbers, up to one, and with a report; of nobody else.
    let items = site.must(Ask::get(NOTIFICATIONS), &site.viewer).await["items"].as_array().expect("a list").clone();
    let ids: Vec<i64> = items.iter().map(|item| item["id"].as_i64().expect("an id")).collect();
    let read = |form: Value, key: &str| site.house.send(Ask::post(format!("{NOTIFICATIONS}/read"), &form).key(key));
    assert_eq!(read(json!({ "ids": [ids[0]] }), &site.member).await.status, 204);
    assert_eq!(unread(&site, &site.viewer).await, ids.len() as i64, "what others read is theirs");
    assert_eq!(read(json!({ "ids": [ids[0]] }), &site.viewer).await.status, 204);
    assert_eq!(unread(&site, &site.viewer).await, ids.len() as i64 - 1);
    assert_eq!(read(json!({ "up_to": ids[1] }), &site.viewer).await.status, 204);
    assert_eq!(unread(&site, &site.viewer).await, 0);
    assert!(unread(&site, &site.member).await > 0);
    assert_eq!(read(json!({ "report": id }), &site.member).await.status, 204);
    assert_eq!(unread(&site, &site.member).await, 1, "the alert is none of the report's");
    assert_eq!(read(json!({ "up_to": last["id"] }), &site.member).await.status, 204);
    let none = site.must(Ask::get(format!("{NOTIFICATIONS}?unread=true")), &site.member).await;
    assert_eq!(none["items"], json!([]));
    for form in [json!({}), json!({ "up_to": 1, "report": id }), json!({ "ids": vec![1; 1001] })] {
        assert_eq!(read(form, &site.viewer).await.status, 400);
    }
    let page = site.must(Ask::get(format!("{NOTIFICATIONS}?limit=2")), &site.viewer).await;
    let next = page["next_cursor"].as_str().expect("there are more");
    let rest = site.must(Ask::get(format!("{NOTIFICATIONS}?after={next}")), &site.viewer).await;
    assert_eq!(rest["items"][0]["id"], ids[2]);

    let app = &site.house.app;
    app.clock.advance(Duration::from_secs(91 * 86_400));
    let swept = notifications::sweep(&app.db, app.clock.now(), Duration::from_secs(90 * 86_400)).await.expect("it is swept");
    assert!(swept >= ids.len());
    let left = "SELECT COUNT(*) AS rows_left FROM notifications";
    let left = app.db.read(move |db| db.query_one(left, &[], |row| row.get::<i64>("rows_left"))).await.expect("a count");
    assert_eq!(left, 0);
}

#[actix_web::test]
async fn nobody_is_told_of_what_they_do_not_see_any_more() {
    let site = Site::new().await;
    let report = site.write("Weekly", &site.author).await;
    for key in [&site.member, &site.viewer] {
        site.must(at(Method::PUT, format!("{report}/follow")), key).await;
        site.must(at(Method::PUT, format!("{report}/star")), key).await;
    }
    say(&site, &report, "First, @member", &site.author).await;
    let remove = || at(Method::DELETE, "/api/v1/teams/red/members/member".to_owned());
    site.must(remove(), &site.boss).await;
    say(&site, &report, "Not for @member", &site.author).await;
    let starred = async |key: &str| {
        let page = site.must(Ask::get("/api/v1/starred-reports"), key).await;
        page["items"].as_array().expect("a list").len()
    };
    assert_eq!((told(&site, &site.member).await.len(), starred(&site.member).await), (0, 0));
    assert_eq!((told(&site, &site.viewer).await.len(), starred(&site.viewer).await), (2, 1));
    let seat = json!({ "username": "member", "role": "member" });
    site.must(Ask::post("/api/v1/teams/red/members", &seat), &site.boss).await;
    assert_eq!(pairs(&told(&site, &site.member).await), [("mention", "author")], "what was told while they were out is not");

    // It comes and goes with the report.
    site.must(at(Method::DELETE, report.clone()), &site.author).await;
    assert_eq!((told(&site, &site.viewer).await.len(), starred(&site.viewer).await), (0, 0));
    site.must(Ask::post(format!("{report}/restore"), &json!({})), &site.author).await;
    assert_eq!((told(&site, &site.viewer).await.len(), starred(&site.viewer).await), (2, 1));

    // What is about somebody goes with them, and all with the report.
    let rows = async |table: &str, condition: &str| {
        let sql = format!("SELECT COUNT(*) AS rows_left FROM {table} WHERE {condition}");
        site.house.app.db.read(move |db| db.query_one(&sql, &[], |row| row.get::<i64>("rows_left"))).await.expect("a count")
    };
    let theirs = "account_id = (SELECT id FROM accounts WHERE username = 'viewer')";
    for table in ["notifications", "report_stars", "report_follows"] {
        assert!(rows(table, theirs).await > 0, "{table}");
    }
    site.must(at(Method::DELETE, "/api/v1/users/viewer".to_owned()), &site.ada).await;
    for table in ["notifications", "report_stars", "report_follows"] {
        assert_eq!(rows(table, theirs).await, 0, "{table}");
    }
    site.must(at(Method::DELETE, report.clone()), &site.author).await;
    site.must(Ask::post(format!("{report}/purge"), &json!({})), &site.boss).await;
    let app = &site.house.app;
    purge::purge(&app.db, &app.history, app.clock.now()).await.expect("it is freed");
    for table in ["notifications", "report_stars", "report_follows"] {
        assert_eq!(rows(table, "1 = 1").await, 0, "{table}");
    }
}

#[actix_web::test]
async fn a_letter_that_waits_is_not_sent_to_who_left_meanwhile() {
    let site = Site::new().await;
    let report = site.write("Weekly", &site.author).await;
    say(&site, &report, "@member and @viewer", &site.author).await;
    // Nobody listens there.
    let mailer = Mailer {
        server: "127.0.0.1".to_owned(),
        port: 9,
        security: Security::None,
        credentials: None,
        from: "Runstead <runs@runs.example>".parse().expect("an address"),
    };
    let app = &site.house.app;
    let deliver = async || {
        let sent = notifications::deliver(&app.db, Some(&mailer), &app.public_url, &app.clock).await.expect("it is tried");
        let states = "SELECT mail, attempts FROM notifications ORDER BY id";
        let read = |row: &Row<'_>| Ok((row.get::<String>("mail")?, row.get::<i64>("attempts")?));
        let states = app.db.read(move |db| db.query(states, &[], read)).await.expect("a list");
        (sent, states)
    };
    let waiting = |attempts| ("waiting".to_owned(), attempts);
    assert_eq!(deliver().await, (0, vec![waiting(1), waiting(1)]));
    site.must(at(Method::DELETE, "/api/v1/teams/red/members/member".to_owned()), &site.boss).await;
    app.clock.advance(Duration::from_secs(10));
    assert_eq!(deliver().await, (0, vec![("given up".to_owned(), 2), waiting(2)]));
}

#[actix_web::test]
async fn people_star_and_follow_what_they_see_and_service_accounts_only_comment() {
    let site = Site::new().await;
    let (first, second) = (site.write("First", &site.author).await, site.write("Second", &site.author).await);
    for report in [&first, &second, &first] {
        site.house.app.clock.advance(Duration::from_secs(1));
        site.must(at(Method::PUT, format!("{report}/star")), &site.viewer).await;
    }
    let page = site.must(Ask::get("/api/v1/starred-reports?limit=1"), &site.viewer).await;
    assert_eq!((page["items"][0]["display_name"].as_str(), page["items"][0].get("spec")), (Some("Second"), None));
    let next = page["next_cursor"].as_str().expect("another");
    let rest = site.must(Ask::get(format!("/api/v1/starred-reports?after={next}")), &site.viewer).await;
    assert_eq!((rest["items"][0]["display_name"].as_str(), &rest["next_cursor"]), (Some("First"), &Value::Null));
    say(&site, &first, "Well done", &site.member).await;
    let attention = site.must(Ask::get(format!("{first}/attention")), &site.viewer).await;
    assert_eq!(attention, json!({ "starred": true, "following": false, "stars": 1, "open_threads": 1 }));
    for _ in 0..2 {
        site.must(at(Method::DELETE, format!("{first}/star")), &site.viewer).await;
    }
    assert_eq!(site.must(Ask::get(format!("{first}/attention")), &site.member).await["stars"], 0);

    let robot = site.send(Ask::post("/api/v1/teams/red/service-accounts", &json!({ "name": "ci" })), &site.boss).await;
    let robot = secret(&robot);
    let link = site.must(Ask::post(format!("{first}/links"), &json!({})), &site.author).await;
    let link = report_link(link["token"].as_str().expect("a token"));
    let draft =
        site.must(Ask::post(REPORTS, &json!({ "kind": "draft", "display_name": "x", "spec": SPEC })), &site.author).await;
    let draft = format!("/api/v1/reports/{}", draft["id"].as_str().expect("an id"));
    for part in ["star", "follow"] {
        for (report, key, status) in [
            (&first, &robot, 403),
            (&first, &site.stranger, 404),
            (&first, &link, 401),
            (&first, &String::new(), 401),
            (&draft, &site.author, 409),
        ] {
            for method in [Method::PUT, Method::DELETE] {
                assert_eq!(site.status(at(method, format!("{report}/{part}")), key).await, status, "{report}/{part}");
            }
        }
    }
    assert_eq!(site.status(Ask::get(NOTIFICATIONS), &robot).await, 403);
    let said = say(&site, &first, "All tests passed, @author", &robot).await;
    assert_eq!(said["comments"][0]["author"]["username"], "ci");
    assert_eq!(pairs(&told(&site, &site.author).await), [("comment", "member"), ("mention", "ci")]);

    // What is mailed: without a mail server nothing, which is said, and nothing waits.
    let settings = "/api/v1/notification-settings";
    let usual = site.must(Ask::get(settings), &site.author).await;
    assert_eq!(usual["mail"], json!({ "mention": true, "comment": false, "published": false, "assigned": true }));
    assert!(usual["mail_possible"] == false && usual["why_not"].as_str().is_some_and(|why| why.contains("no mail")), "{usual}");
    let chosen = at(Method::PATCH, settings.to_owned()).json(&json!({ "mail": { "mention": false, "published": true } }));
    let chosen = site.must(chosen, &site.author).await;
    assert_eq!(chosen["mail"], json!({ "mention": false, "comment": false, "published": true, "assigned": true }));
    assert_eq!(site.must(Ask::get(settings), &site.viewer).await["mail"], usual["mail"]);
    let app = &site.house.app;
    let sent = notifications::deliver(&app.db, None, &app.public_url, &app.clock).await.expect("nothing is sent");
    let waits = "SELECT COUNT(*) AS letters FROM notifications WHERE mail = 'waiting'";
    let waits = app.db.read(move |db| db.query_one(waits, &[], |row| row.get::<i64>("letters"))).await.expect("a count");
    assert_eq!((sent, waits), (0, 0));
}
