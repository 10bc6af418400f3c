//! What is said about reports: who says, reads, changes, resolves and takes back what, and what becomes of it.

use actix_web::http::Method;
use runstead::domain::purge;
use serde_json::{Value, json};

use super::house::{Ask, report_link};
use super::reports::Site;

fn patch(path: String, body: &Value) -> Ask {
    Ask::new(Method::PATCH, path).json(body)
}

fn says(words: &str) -> Value {
    json!({ "body": words })
}

/// The comments of the report's first thread.
async fn words(site: &Site, report: &str) -> Vec<Value> {
    let page = site.must(Ask::get(format!("{report}/threads")), &site.boss).await;
    let comments = page["items"][0]["comments"].as_array().cloned().unwrap_or_default();
    comments.into_iter().map(|comment| comment["body"].clone()).collect()
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("a number, not {value}"))
}

#[actix_web::test]
async fn everybody_of_the_team_comments_and_only_who_looks_resolves_what_they_began() {
    let site = Site::new().await;
    let report = site.write("Weekly", &site.author).await;
    let threads = format!("{report}/threads");
    let mut begun = Vec::new();
    for who in [&site.viewer, &site.member] {
        let anchor = json!({ "quote": "0.92 accuracy", "block": 3, "prefix": "reached " });
        let thread = site.must(Ask::post(&*threads, &json!({ "body": " Is it `so`? ", "anchor": anchor })), who).await;
        assert_eq!((&thread["anchor"], &thread["comments"][0]["body"]), (&anchor, &json!("Is it `so`?")));
        assert_eq!(thread["may"], json!({ "reply": true, "resolve": true }));
        assert_eq!(thread["comments"][0]["may"], json!({ "edit": true, "delete": true }));
        begun.push((number(&thread["id"]), number(&thread["comments"][0]["id"])));
    }
    let [(of_viewer, viewers), (of_member, members)] = begun[..] else { panic!("two") };
    // Replies of everybody, an organization's admin without a seat too.
    for who in [&site.viewer, &site.author, &site.boss, &site.ada] {
        site.must(Ask::post(format!("/api/v1/threads/{of_member}/comments"), &says("It is.")), who).await;
    }
    // Nobody changes what another said, not even an administrator of the server.
    let edit = |who| site.status(patch(format!("/api/v1/comments/{viewers}"), &says("Or so?")), who);
    for (who, status) in [(&site.member, 403), (&site.author, 403), (&site.boss, 403), (&site.ada, 403), (&site.viewer, 200)] {
        assert_eq!(edit(who).await, status);
    }
    let resolve = |thread: i64, resolved: bool| patch(format!("/api/v1/threads/{thread}"), &json!({ "resolved": resolved }));
    assert_eq!(site.status(resolve(of_member, true), &site.viewer).await, 403);
    let id = report.rsplit('/').next().expect("an id");
    for (action, target, allowed, rule) in [
        ("write", format!("thread/{of_member}"), false, "only who began a thread, and members, resolve it"),
        ("write", format!("thread/{of_viewer}"), true, "members resolve threads, and so does who began one"),
        (
            "delete",
            format!("comment/{members}"),
            false,
            "only who wrote a comment, a member who wrote the report, and admins delete it",
        ),
        ("write", format!("comments/{id}"), true, "every role comments, view-only too"),
        ("write", format!("report/{id}"), false, "only who wrote it, as a member, and admins change it"),
    ] {
        let why = format!("/api/v1/permissions/explain?user=viewer&action={action}&target={target}");
        let told = site.must(Ask::get(&*why), &site.boss).await;
        assert_eq!((&told["allowed"], &told["rule"]), (&json!(allowed), &json!(rule)), "{target}");
        assert_eq!(site.status(Ask::get(why), &site.member).await, 403, "others are for who manages the report");
    }
    assert_eq!(site.status(resolve(of_viewer, true), &site.viewer).await, 200);
    let resolved = site.must(Ask::get(format!("{threads}?state=resolved")), &site.viewer).await;
    assert_eq!((resolved["items"].as_array().map(Vec::len), number(&resolved["items"][0]["id"])), (Some(1), of_viewer));
    assert_eq!(resolved["items"][0]["resolved_by"]["username"], "viewer");
    // Of two at once one did it.
    let (one, two) = futures_util::future::join(
        site.send(resolve(of_member, true), &site.boss),
        site.send(resolve(of_member, true), &site.member),
    )
    .await;
    assert_eq!((one.status, two.status), (200, 200));
    assert_eq!(one.json()["resolved_by"], two.json()["resolved_by"]);
    assert_eq!(site.status(resolve(of_member, false), &site.author).await, 200, "who wrote the report");

    let page = site.must(Ask::get(format!("{threads}?limit=1")), &site.member).await;
    let next = page["next_cursor"].as_str().expect("another page");
    let rest = site.must(Ask::get(format!("{threads}?after={next}")), &site.member).await;
    assert_eq!((number(&page["items"][0]["id"]), number(&rest["items"][0]["id"])), (of_viewer, of_member));
    assert_eq!((&rest["next_cursor"], &rest["may"]["comment"]), (&Value::Null, &json!(true)));

    // Deleting: one's own, the report's author all of them, others none.
    let delete = |comment: i64| Ask::new(Method::DELETE, format!("/api/v1/comments/{comment}"));
    assert_eq!(site.status(delete(viewers), &site.member).await, 403);
    assert_eq!(site.status(delete(members), &site.author).await, 204);
    let left = site.must(Ask::get(&*threads), &site.viewer).await["items"][1]["comments"].clone();
    assert_eq!(
        (&left[0]["body"], &left[0]["may"]["delete"], &left[1]["body"]),
        (&Value::Null, &json!(false), &json!("It is."))
    );
    assert_eq!(site.status(delete(members), &site.author).await, 404, "it was deleted");
    for comment in left.as_array().expect("comments").iter().skip(1).rev() {
        site.must(delete(number(&comment["id"])), &site.boss).await;
    }
    let left = site.must(Ask::get(&*threads), &site.viewer).await;
    assert_eq!(left["items"].as_array().map(Vec::len), Some(1), "a thread without comments is gone: {left}");

    for (form, status) in [
        (says("  "), 400),
        (says(&"x".repeat(16 * 1024 + 1)), 413),
        (says(&"x".repeat(200 * 1024)), 413),
        (says("a\u{1}2\u{1}"), 400),
        (json!({ "body": "x", "anchor": { "quote": "x", "panel": "y" } }), 400),
        (json!({ "body": "x", "anchor": { "quote": "x".repeat(501) } }), 400),
    ] {
        assert_eq!(
            site.status(Ask::post(&*threads, &form), &site.member).await,
            status,
            "{}",
            &form.to_string()[..40.min(form.to_string().len())]
        );
    }
    let told = site.must(Ask::get("/api/v1/audit?limit=1000"), &site.ada).await.to_string();
    for action in ["comment.create", "comment.update", "comment.delete", "thread.resolve", "thread.reopen"] {
        assert!(told.contains(action), "{action}");
    }
    assert_eq!(told.matches("thread.resolve").count(), 2, "what was done already is no change");
    assert!(!told.contains("Is it"), "what was said is in no record");
}

#[actix_web::test]
async fn who_does_not_see_a_report_by_a_right_of_their_own_learns_of_no_comment() {
    let site = Site::new().await;
    let report = site.write("Weekly", &site.author).await;
    let threads = format!("{report}/threads");
    let thread = site.must(Ask::post(&*threads, &says("For the team, @member")), &site.author).await;
    let (id, comment) = (number(&thread["id"]), number(&thread["comments"][0]["id"]));
    let link = site.must(Ask::post(format!("{report}/links"), &json!({})), &site.author).await;
    let token = link["token"].as_str().expect("a token");
    let doors = || {
        vec![
            Ask::get(&*threads),
            Ask::post(&*threads, &says("x")),
            Ask::post(format!("/api/v1/threads/{id}/comments"), &says("x")),
            patch(format!("/api/v1/threads/{id}"), &json!({ "resolved": true })),
            patch(format!("/api/v1/comments/{comment}"), &says("x")),
            Ask::new(Method::DELETE, format!("/api/v1/comments/{comment}")),
            Ask::get(format!("{report}/people")),
        ]
    };
    for ask in doors() {
        let path = ask.path.clone();
        assert_eq!(site.status(ask.clone(), "").await, 401, "{path}");
        assert_eq!(site.status(ask.clone(), &report_link(token)).await, 401, "{path}");
        assert_eq!(site.status(ask.clone(), &site.stranger).await, 404, "{path}");
        // A link adds nothing of it to who is signed in.
        let both = ask.header("x-runstead-report-token", token);
        assert_eq!(site.status(both, &site.stranger).await, 404, "{path}");
    }
    assert_eq!(site.status(Ask::get(&*report).header("x-runstead-report-token", token), &site.stranger).await, 200);

    // Of a public project everybody signed in reads along, and colleagues of the organization say something too.
    let public = json!({ "visibility": "public" });
    site.must(Ask::new(Method::PATCH, "/api/v1/projects/red/digits").json(&public), &site.boss).await;
    assert_eq!(
        (site.status(Ask::get(&*threads), "").await, site.status(Ask::get(&*threads), &site.stranger).await),
        (401, 200)
    );
    assert_eq!(site.status(Ask::post(&*threads, &says("From blue")), &site.stranger).await, 201);
    site.must(Ask::new(Method::DELETE, "/api/v1/organizations/runstead/members/stranger"), &site.ada).await;
    let page = site.must(Ask::get(&*threads), &site.stranger).await;
    assert_eq!(page["may"]["comment"], false, "{page}");
    let refused = site.send(Ask::post(&*threads, &says("x")), &site.stranger).await;
    assert!(refused.status == 403 && refused.text().contains("has a role"), "{}", refused.text());

    // A member who goes reads no more, and what they said shows that they left.
    site.must(Ask::new(Method::PATCH, "/api/v1/projects/red/digits").json(&json!({ "visibility": "team" })), &site.boss).await;
    site.must(Ask::post(format!("/api/v1/threads/{id}/comments"), &says("Yes")), &site.member).await;
    site.must(Ask::new(Method::DELETE, "/api/v1/teams/red/members/member"), &site.boss).await;
    assert_eq!(site.status(Ask::get(&*threads), &site.member).await, 404);
    let page = site.must(Ask::get(&*threads), &site.viewer).await;
    let faces: Vec<_> = page["items"][0]["comments"].as_array().expect("comments").iter().map(|one| &one["author"]).collect();
    assert_eq!((faces[0]["left"].as_bool(), faces[1]["left"].as_bool()), (Some(false), Some(true)), "{faces:?}");
    // Who only looks does so by browser alone.
    let people = site.must(Ask::get(format!("{report}/people?query=VI")), &site.author).await;
    assert_eq!(people["items"], json!([{ "username": "viewer", "name": "viewer" }]));
    let near = site.must(Ask::get(format!("{report}/people")), &site.author).await.to_string();
    assert!(
        near.contains("boss") && near.contains("author") && !near.contains("member\"") && !near.contains("stranger"),
        "{near}"
    );
}

#[actix_web::test]
async fn comments_go_and_come_back_with_their_report_and_name_people_as_they_are_called_now() {
    let site = Site::new().await;
    let report = site.write("Weekly", &site.author).await;
    let threads = format!("{report}/threads");
    let body = "@Member, @nobody and @stranger: does member agree?";
    let ask = Ask::post(&*threads, &says(body)).header("idempotency-key", "only-once-please");
    let first = site.must(ask.clone(), &site.author).await;
    assert_eq!(site.must(ask, &site.author).await, first, "sent again it is done once");
    assert_eq!(first["comments"][0]["mentions"], json!(["member"]), "who reads it, by the user name");
    assert_eq!(words(&site, &report).await, ["@member, @nobody and @stranger: does member agree?"]);

    site.must(Ask::new(Method::DELETE, &*report), &site.author).await;
    let reply = Ask::post(format!("/api/v1/threads/{}/comments", first["id"]), &says("Too late"));
    for ask in [
        Ask::get(&*threads),
        reply.clone(),
        Ask::new(Method::DELETE, format!("/api/v1/comments/{}", first["comments"][0]["id"])),
    ] {
        assert_eq!(site.status(ask, &site.author).await, 404);
    }
    site.must(Ask::post(format!("{report}/restore"), &json!({})), &site.author).await;
    // It is deleted while somebody answers: they are told, or their answer is there when it comes back.
    let (gone, said) =
        futures_util::future::join(site.send(Ask::new(Method::DELETE, &*report), &site.author), site.send(reply, &site.member))
            .await;
    assert_eq!(gone.status, 204);
    assert!([201, 404].contains(&said.status), "{}", said.text());
    site.must(Ask::post(format!("{report}/restore"), &json!({})), &site.author).await;
    assert_eq!(words(&site, &report).await.len(), if said.status == 201 { 2 } else { 1 });

    // Drafts are not talked about.
    let id = report.rsplit('/').next().expect("an id");
    let draft = json!({ "kind": "draft", "published": id });
    let draft = site.must(Ask::post(super::reports::REPORTS, &draft), &site.author).await;
    let refused = site
        .send(Ask::post(format!("/api/v1/reports/{}/threads", draft["id"].as_str().expect("an id")), &says("x")), &site.author);
    let refused = refused.await;
    assert!(refused.status == 409 && refused.text().contains("publish"), "{}", refused.text());

    site.must(Ask::new(Method::DELETE, "/api/v1/users/member?anonymize=true"), &site.ada).await;
    let found = words(&site, &report).await[0].as_str().expect("words").to_owned();
    assert!(found.starts_with("@deleted-") && !found.contains("member"), "{found}");

    let rows = async || {
        let count = "SELECT (SELECT COUNT(*) FROM report_threads) + (SELECT COUNT(*) FROM report_comments) AS rows_left";
        site.house.app.db.read(move |db| db.query_one(count, &[], |row| row.get::<i64>("rows_left"))).await.expect("a count")
    };
    assert!(rows().await > 1);
    site.must(Ask::new(Method::DELETE, format!("{report}?drafts=true")), &site.author).await;
    site.must(Ask::post(format!("{report}/purge"), &json!({})), &site.boss).await;
    let app = &site.house.app;
    purge::purge(&app.db, &app.history, app.clock.now()).await.expect("it is freed");
    assert_eq!(rows().await, 0);
}
