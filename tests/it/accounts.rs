//! Signing in, keys, one-time links and teams, through `/api/v1` and the middleware that finds out who asks.

use std::time::Duration;

use actix_web::http::Method;
use runstead::db::Reader;
use runstead::domain::accounts::{self, links, sessions};
use serde_json::{Value, json};

use crate::desk::{As, Desk, PASSWORD, message, text};

#[actix_web::test]
async fn before_the_set_up_programs_are_told_to_wait_and_the_session_says_so() {
    let desk = Desk::empty().await;
    let keys = desk.get("/api/v1/keys", As::Nobody).await;
    assert_eq!((keys.status, keys.retry_after.is_some()), (503, true));
    assert!(message(&keys).contains("not set up"), "{}", keys.body);
    let session = desk.get("/api/v1/session", As::Nobody).await;
    assert_eq!((session.status, &session.body["setup_required"]), (200, &json!(true)));
    assert_eq!(desk.get("/healthz", As::Nobody).await.status, 200);
    assert_eq!(desk.get("/ready", As::Nobody).await.body["setup_required"], json!(true));
}

#[actix_web::test]
async fn a_set_up_link_works_once_and_makes_the_administrator_the_organization_and_a_personal_entity() {
    let desk = Desk::empty().await;
    let (first, second) = (desk.setup_token().await, desk.setup_token().await);
    let form = |token: &str| json!({ "token": token, "username": "ada", "email": "ada@runs.example", "password": PASSWORD });
    let done = desk.post("/api/v1/setup", As::Nobody, form(&first)).await;
    assert_eq!(done.status, 200, "{}", done.body);
    assert_eq!(done.body["setup_required"], json!(false));
    assert_eq!(done.body["account"]["site_admin"], json!(true));
    assert_eq!(done.body["account"]["default_entity"], json!("ada"));
    let again = desk.post("/api/v1/setup", As::Nobody, form(&first)).await;
    assert_eq!((again.status, message(&again).contains("used already or has expired")), (400, true), "{}", again.body);
    // Another link that was still good is worth nothing once there is an administrator.
    assert_eq!(desk.post("/api/v1/setup", As::Nobody, form(&second)).await.status, 409);
    let mine = desk.get("/api/v1/teams", As::Browser(&done.cookie.expect("signed in"))).await;
    let mine = &mine.body["items"][0];
    assert_eq!((&mine["name"], &mine["kind"], &mine["role"]), (&json!("ada"), &json!("user"), &json!("admin")));
}

#[actix_web::test]
async fn a_set_up_link_ends_after_a_day_and_a_short_password_does_not_use_it_up() {
    let desk = Desk::empty().await;
    let token = desk.setup_token().await;
    let form = |password: &str| json!({ "token": token, "username": "ada", "email": "ada@runs.example", "password": password });
    let short = desk.post("/api/v1/setup", As::Nobody, form("short")).await;
    assert_eq!((short.status, message(&short)), (400, "a password has at least 10 characters"));
    desk.clock.advance(Duration::from_secs(24 * 3600 + 1));
    let late = desk.post("/api/v1/setup", As::Nobody, form(PASSWORD)).await;
    assert_eq!((late.status, message(&late).contains("used already or has expired")), (400, true));
}

#[actix_web::test]
async fn a_key_is_shown_once_works_and_is_refused_in_its_own_words_when_it_does_not() {
    let (desk, ada) = Desk::set_up().await;
    let made = desk.key(&ada, json!({ "name": "laptop", "expires_at": "2026-02-01T00:00:00Z" })).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let secret = text(&made, "secret").to_owned();
    assert_eq!(secret.len(), 40);
    let listed = desk.get("/api/v1/keys", As::Key(&secret)).await;
    assert_eq!(listed.status, 200);
    assert_eq!(listed.body[0]["hint"], json!(format!("{}...{}", &secret[..4], &secret[36..])));
    assert!(listed.body[0].get("secret").is_none());

    let refusal = async |key: &str| {
        let answer = desk.get("/api/v1/keys", As::Key(key)).await;
        assert_eq!(answer.status, 401, "{}", answer.body);
        message(&answer).to_owned()
    };
    assert!(refusal("").await.contains("no API key"));
    assert!(refusal("abc").await.contains("too short"));
    assert!(refusal(&"0".repeat(40)).await.contains("does not know"));
    let none = desk.get("/api/v1/keys", As::Nobody).await;
    assert_eq!((none.status, message(&none)), (401, "sign in, or send an API key"));
    desk.clock.advance(Duration::from_secs(24 * 3600));
    assert!(refusal(&secret).await.contains("expired"));

    let made = desk.key(&ada, json!({ "name": "desktop" })).await;
    let secret = text(&made, "secret").to_owned();
    let path = format!("/api/v1/keys/{}", made.body["id"]);
    assert_eq!(desk.send(Method::DELETE, &path, As::Browser(&ada), None).await.status, 204);
    assert!(refusal(&secret).await.contains("revoked"));
    assert_eq!(desk.send(Method::DELETE, &path, As::Browser(&ada), None).await.status, 404);
}

#[actix_web::test]
async fn only_an_administrator_imports_a_key_and_only_a_long_one_that_is_not_known() {
    let (desk, ada) = Desk::set_up().await;
    let bob = desk.person(&ada, "bob").await;
    let old = "local-0123456789abcdef0123456789abcdef01234567";
    let import = |secret: &str| json!({ "name": "moved", "import": secret });
    assert_eq!(desk.key(&bob, import(old)).await.status, 403);
    let short = desk.key(&ada, import("0123456789")).await;
    assert_eq!((short.status, message(&short).contains("at least 40")), (400, true));
    assert_eq!(desk.key(&ada, import(old)).await.status, 201);
    assert_eq!(desk.get("/api/v1/keys", As::Key(old)).await.status, 200);
    let twice = desk.key(&ada, import(old)).await;
    assert_eq!((twice.status, message(&twice)), (409, "this server already knows the key to import"));
}

#[actix_web::test]
async fn a_wrong_password_and_an_unknown_user_are_refused_in_the_same_words_and_only_so_often() {
    let (desk, _) = Desk::set_up().await;
    let attempt = async |username: &str, password: &str| {
        desk.post("/api/v1/session", As::Nobody, json!({ "username": username, "password": password })).await
    };
    let (wrong, unknown) = (attempt("ada", "wrong password").await, attempt("nobody", PASSWORD).await);
    assert_eq!((wrong.status, unknown.status), (401, 401));
    assert_eq!(message(&wrong), message(&unknown));
    let by_mail = attempt("ADA@runs.example", PASSWORD).await;
    assert_eq!((by_mail.status, by_mail.body["account"]["username"].as_str()), (200, Some("ada")));

    let mut last = attempt("ada", "wrong password").await;
    for _ in 0..12 {
        last = attempt("ada", "wrong password").await;
    }
    assert_eq!((last.status, last.retry_after.is_some()), (429, true), "{}", last.body);
    desk.clock.advance(Duration::from_secs(60));
    assert_eq!(attempt("ada", PASSWORD).await.status, 200);
}

#[actix_web::test]
async fn a_session_ends_on_signing_out_and_after_two_weeks_without_use() {
    let (desk, ada) = Desk::set_up().await;
    let who = async |token: &str| desk.get("/api/v1/session", As::Browser(token)).await.body["account"]["username"].clone();
    assert_eq!(who(&ada).await, json!("ada"));
    assert_eq!(desk.send(Method::DELETE, "/api/v1/session", As::Browser(&ada), None).await.status, 204);
    assert_eq!(who(&ada).await, Value::Null);
    let again = desk.post("/api/v1/session", As::Nobody, json!({ "username": "ada", "password": PASSWORD })).await;
    let token = again.cookie.expect("signed in");
    desk.clock.advance(Duration::from_secs(15 * 24 * 3600));
    assert_eq!(who(&token).await, Value::Null);
}

#[actix_web::test]
async fn how_long_a_session_lasts_is_configured_and_what_is_over_is_removed() {
    let hours = [("accounts.session_idle_hours", "10"), ("accounts.session_hours", "24")];
    let (desk, ada) = Desk::set_up_with(&hours).await;
    let hour = Duration::from_secs(3600);
    let who = async || desk.get("/api/v1/session", As::Browser(&ada)).await.body["account"]["username"].clone();
    let ends_at = async || -> Vec<i64> {
        let ends = |reader: &Reader<'_>| reader.query("SELECT expires_at FROM sessions", &[], |row| row.get("expires_at"));
        desk.db().read(ends).await.expect("the sessions")
    };
    let start = desk.clock.now();
    let end = |hours: u32| start.plus(hour * hours).micros();
    assert_eq!(ends_at().await, [end(10)]);
    for (advance, ends) in [(8, 18), (8, 24), (7, 24)] {
        desk.clock.advance(hour * advance);
        assert_eq!(who().await, json!("ada"));
        // Its use is noted beside the request.
        let noted = async {
            while ends_at().await != [end(ends)] {
                actix_web::rt::task::yield_now().await;
            }
        };
        actix_web::rt::time::timeout(Duration::from_secs(10), noted).await.expect("it is noted soon");
    }
    desk.clock.advance(hour);
    assert_eq!(who().await, Value::Null);
    let now = desk.clock.now();
    desk.db().write(move |tx| sessions::forget_expired(tx, now)).await.expect("they go");
    assert_eq!(ends_at().await, [0_i64; 0]);
}

#[actix_web::test]
async fn the_organization_is_named_after_the_server_however_it_is_called() {
    for (title, name) in [("Acme Research", "Acme-Research"), ("Ärzte", "rzte"), ("Admin", "organization")] {
        let (desk, ada) = Desk::set_up_with(&[("server.name", title)]).await;
        let listed = desk.get("/api/v1/organizations", As::Browser(&ada)).await;
        let first = &listed.body["items"][0];
        assert_eq!((&first["name"], &first["display_name"]), (&json!(name), &json!(title)), "{}", listed.body);
        assert_eq!(desk.get("/api/v1/session", As::Nobody).await.body["server_name"], json!(title));
    }
}

#[actix_web::test]
async fn another_site_cannot_make_the_browser_change_anything() {
    let (desk, ada) = Desk::set_up().await;
    let forged = desk.post("/api/v1/keys", As::OtherSite(&ada), json!({ "name": "theirs" })).await;
    assert_eq!((forged.status, forged.body["code"].as_str()), (403, Some("FORBIDDEN")));
    assert_eq!(desk.get("/api/v1/keys", As::OtherSite(&ada)).await.status, 200);
    let own = desk.key(&ada, json!({ "name": "ours" })).await;
    // A program with a key has no cookie that another site could use.
    let by_key = desk.post("/api/v1/keys", As::Key(text(&own, "secret")), json!({ "name": "next" })).await;
    assert_eq!(by_key.status, 201);
}

#[actix_web::test]
async fn a_recovery_link_sets_the_password_once_and_ends_the_sessions() {
    let (desk, ada) = Desk::set_up().await;
    let call = desk.call();
    let token = desk.db().write(move |tx| links::create_recover(tx, &call, "Ada")).await.expect("a link");
    let form = json!({ "token": token.reveal(), "password": "another long password" });
    let recovered = desk.post("/api/v1/recover", As::Nobody, form.clone()).await;
    assert_eq!(recovered.status, 200, "{}", recovered.body);
    assert_eq!(desk.post("/api/v1/recover", As::Nobody, form).await.status, 400);
    assert_eq!(desk.get("/api/v1/session", As::Browser(&ada)).await.body["account"], Value::Null);
    let old = json!({ "username": "ada", "password": PASSWORD });
    assert_eq!(desk.post("/api/v1/session", As::Nobody, old).await.status, 401);
}

#[actix_web::test]
async fn a_team_is_made_by_an_organization_admin_and_its_roles_decide() {
    let (desk, ada) = Desk::set_up().await;
    let bob = desk.person(&ada, "bob").await;
    let eve = desk.person(&ada, "eve").await;
    let refused = desk.post("/api/v1/teams", As::Browser(&bob), json!({ "name": "vision" })).await;
    assert_eq!((refused.status, message(&refused)), (403, "only an organization admin creates teams; ask ada"));
    for taken in ["Bob", "runstead"] {
        assert_eq!(desk.post("/api/v1/teams", As::Browser(&ada), json!({ "name": taken })).await.status, 409, "{taken}");
    }
    for bad in ["settings", "a b", "../x"] {
        assert_eq!(desk.post("/api/v1/teams", As::Browser(&ada), json!({ "name": bad })).await.status, 400, "{bad}");
    }
    assert_eq!(desk.post("/api/v1/teams", As::Browser(&ada), json!({ "name": "vision" })).await.status, 201);
    let members = "/api/v1/teams/Vision/members";
    let add = async |who: &str, username: &str, role: &str| {
        desk.post(members, As::Browser(who), json!({ "username": username, "role": role })).await
    };
    assert_eq!(add(&ada, "bob", "member").await.status, 201);
    assert_eq!(add(&ada, "bob", "boss").await.status, 400);
    assert_eq!(add(&ada, "bob", "service").await.status, 400);
    assert_eq!(add(&ada, "nobody", "member").await.status, 404);
    // A member sees the team and adds nobody; a colleague knows that it is there and sees nothing of it.
    assert_eq!(add(&bob, "eve", "member").await.status, 403);
    assert_eq!(add(&eve, "eve", "admin").await.status, 403);
    assert_eq!(desk.get(members, As::Browser(&eve)).await.status, 403);
    let listed = desk.get(members, As::Browser(&bob)).await;
    let names: Vec<&str> =
        listed.body["items"].as_array().expect("a list").iter().filter_map(|m| m["username"].as_str()).collect();
    assert_eq!(names, ["ada", "bob"]);
    // The first team that was joined is where new projects go.
    assert_eq!(desk.get("/api/v1/session", As::Browser(&bob)).await.body["account"]["default_entity"], json!("vision"));

    let remove = async |who: &str, username: &str| {
        desk.send(Method::DELETE, &format!("{members}/{username}"), As::Browser(who), None).await
    };
    let last = remove(&ada, "ada").await;
    assert_eq!((last.status, message(&last).contains("last admin")), (409, true), "{}", last.body);
    assert_eq!(add(&ada, "ada", "member").await.status, 409);
    assert_eq!(remove(&bob, "ada").await.status, 403);
    assert_eq!(remove(&bob, "bob").await.status, 204);
    assert_eq!(desk.get("/api/v1/session", As::Browser(&bob)).await.body["account"]["default_entity"], json!("bob"));
}

#[actix_web::test]
async fn a_deactivated_account_is_out_at_once_with_its_sessions_and_keys() {
    let (desk, ada) = Desk::set_up().await;
    let bob = desk.person(&ada, "bob").await;
    let key = text(&desk.key(&bob, json!({ "name": "laptop" })).await, "secret").to_owned();
    let turn = async |who: &str, username: &str, what: &str| {
        desk.send(Method::POST, &format!("/api/v1/users/{username}/{what}"), As::Browser(who), None).await
    };
    assert_eq!(turn(&bob, "ada", "deactivate").await.status, 403);
    let last = turn(&ada, "ada", "deactivate").await;
    assert_eq!((last.status, message(&last)), (409, "ada is the last administrator of this server"));
    assert_eq!(turn(&ada, "bob", "deactivate").await.status, 204);
    let refused = desk.get("/api/v1/keys", As::Key(&key)).await;
    assert_eq!((refused.status, message(&refused).contains("deactivated")), (401, true), "{}", refused.body);
    assert_eq!(desk.get("/api/v1/keys", As::Browser(&bob)).await.status, 401);
    let form = json!({ "username": "bob", "password": PASSWORD });
    let signed_in = desk.post("/api/v1/session", As::Nobody, form.clone()).await;
    assert_eq!((signed_in.status, message(&signed_in).contains("deactivated")), (401, true));
    assert_eq!(turn(&ada, "bob", "reactivate").await.status, 204);
    assert_eq!(desk.get("/api/v1/keys", As::Key(&key)).await.status, 200);
    assert_eq!(desk.post("/api/v1/session", As::Nobody, form).await.status, 200);
}

#[actix_web::test]
async fn whose_role_changes_signs_in_anew_and_their_keys_go_on() {
    let (desk, ada) = Desk::set_up().await;
    let bob = desk.person(&ada, "bob").await;
    let key = text(&desk.key(&bob, json!({ "name": "laptop" })).await, "secret").to_owned();
    let organization = "/api/v1/organizations/Runstead/members";
    let member = format!("{organization}/bob");
    let changes = [
        (Method::PATCH, "/api/v1/users/bob", Some(json!({ "site_admin": true }))),
        (Method::PATCH, "/api/v1/users/bob", Some(json!({ "site_admin": false }))),
        (Method::PUT, &member, Some(json!({ "role": "admin" }))),
        (Method::PUT, &member, Some(json!({ "role": "viewer" }))),
        (Method::PUT, &member, Some(json!({ "role": "member" }))),
        (Method::DELETE, &member, None),
    ];
    for (method, path, form) in changes {
        let bob = desk.sign_in("bob").await;
        assert_eq!(desk.get("/api/v1/session", As::Browser(&bob)).await.body["account"]["username"], json!("bob"));
        let changed = desk.send(method, path, As::Browser(&ada), form.clone()).await;
        assert!(changed.status < 300, "{path} {form:?}: {}", changed.body);
        assert_eq!(desk.get("/api/v1/session", As::Browser(&bob)).await.body["account"], Value::Null, "{path} {form:?}");
        assert_ne!(desk.get("/api/v1/keys", As::Key(&key)).await.status, 401, "{path} {form:?}");
    }
    // What changes nothing ends nothing, nor does what they change themselves.
    let same = desk.send(Method::PATCH, "/api/v1/users/ada", As::Browser(&ada), Some(json!({ "site_admin": true }))).await;
    assert!(same.status < 300 && desk.get("/api/v1/keys", As::Browser(&ada)).await.status == 200);
}

#[actix_web::test]
async fn the_last_use_of_a_key_is_noted_beside_the_request() {
    let (desk, ada) = Desk::set_up().await;
    let key = text(&desk.key(&ada, json!({ "name": "laptop" })).await, "secret").to_owned();
    let used_at = async |who: As<'_>| desk.get("/api/v1/keys", who).await.body[0]["last_used_at"].clone();
    assert_eq!(used_at(As::Browser(&ada)).await, Value::Null);
    // The note is written while the request is answered: whether its own answer shows it is left to chance.
    used_at(As::Key(&key)).await;
    let noted = async || {
        while used_at(As::Browser(&ada)).await == Value::Null {
            actix_web::rt::task::yield_now().await;
        }
        used_at(As::Browser(&ada)).await
    };
    let first = actix_web::rt::time::timeout(Duration::from_secs(10), noted()).await.expect("it is noted soon");
    assert_eq!(first, json!("2026-01-31T10:00:00.000000Z"));
    // Once a minute is enough.
    desk.clock.advance(Duration::from_secs(30));
    assert_eq!(used_at(As::Key(&key)).await, first);
    assert_eq!(used_at(As::Browser(&ada)).await, first);
}

#[actix_web::test]
async fn what_changes_rights_leaves_a_record_and_what_is_refused_leaves_none() {
    let (desk, ada) = Desk::set_up().await;
    let bob = desk.person(&ada, "bob").await;
    let made = desk.key(&ada, json!({ "name": "laptop" })).await;
    desk.send(Method::DELETE, &format!("/api/v1/keys/{}", made.body["id"]), As::Browser(&ada), None).await;
    desk.post("/api/v1/teams", As::Browser(&bob), json!({ "name": "theirs" })).await;
    desk.post("/api/v1/teams", As::Browser(&ada), json!({ "name": "vision" })).await;
    let members = "/api/v1/teams/vision/members";
    desk.post(members, As::Browser(&ada), json!({ "username": "bob", "role": "member" })).await;
    desk.post(members, As::Browser(&ada), json!({ "username": "bob", "role": "view-only" })).await;
    desk.send(Method::DELETE, &format!("{members}/bob"), As::Browser(&ada), None).await;
    let read = |reader: &Reader<'_>| {
        reader.query("SELECT action, object_name FROM audit ORDER BY id", &[], |row| {
            Ok(format!("{} {}", row.get::<String>("action")?, row.get::<String>("object_name")?))
        })
    };
    let records = desk.db().read(read).await.expect("the audit log");
    let expected = [
        "organization.create Runstead",
        "account.create ada",
        "server.setup ada",
        "session.sign_in ada",
        "account.create bob",
        "session.sign_in bob",
        "key.create laptop",
        "key.revoke laptop",
        "team.create vision",
        "team.add_member vision",
        "team.change_role vision",
        "team.remove_member vision",
    ];
    assert_eq!(records, expected);
}

#[actix_web::test]
async fn a_service_account_acts_for_a_member_of_its_team_and_a_person_for_nobody() {
    let (desk, ada) = Desk::set_up().await;
    let bob = desk.person(&ada, "bob").await;
    desk.person(&ada, "eve").await;
    assert_eq!(desk.post("/api/v1/teams", As::Browser(&ada), json!({ "name": "vision" })).await.status, 201);
    let bob_joins = json!({ "username": "bob", "role": "member" });
    assert_eq!(desk.post("/api/v1/teams/vision/members", As::Browser(&ada), bob_joins).await.status, 201);
    let path = "/api/v1/teams/vision/service-accounts";
    assert_eq!(desk.post(path, As::Browser(&bob), json!({ "name": "ci" })).await.status, 403);
    let made = desk.post(path, As::Browser(&ada), json!({ "name": "ci" })).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let service = text(&made, "secret").to_owned();
    let personal = text(&desk.key(&bob, json!({ "name": "laptop" })).await, "secret").to_owned();

    let acting_for = async |key: &str, username: Option<&'static str>, email: Option<&'static str>| {
        let (key, now) = (key.to_owned(), desk.clock.now());
        let work = move |reader: &Reader<'_>| {
            let mut actor = accounts::actor_of_key(reader, &key, now)?.actor;
            accounts::act_for(reader, &mut actor, username, email)?;
            Ok(actor.acting_for.map(|id| accounts::find(reader, id)).transpose()?.flatten().map(|account| account.username))
        };
        desk.db().read(work).await.expect("the key is good")
    };
    assert_eq!(acting_for(&service, Some("Bob"), None).await.as_deref(), Some("bob"));
    assert_eq!(acting_for(&service, None, Some("bob@runs.example")).await.as_deref(), Some("bob"));
    for outsider in ["eve", "nobody"] {
        assert_eq!(acting_for(&service, Some(outsider), None).await, None, "{outsider}");
    }
    assert_eq!(acting_for(&personal, Some("ada"), None).await, None);
    let seen = desk.get("/api/v1/session", As::Key(&service)).await;
    assert_eq!(seen.body["account"]["teams"], json!(["vision"]));
}

#[actix_web::test]
async fn people_are_found_by_who_is_signed_in_and_made_by_an_administrator() {
    let (desk, ada) = Desk::set_up().await;
    let bob = desk.person(&ada, "bob").await;
    let found = desk.get("/api/v1/users?query=AD", As::Browser(&bob)).await;
    let found = &found.body["items"][0];
    assert_eq!((&found["username"], &found["email"], &found["site_admin"]), (&json!("ada"), &Value::Null, &json!(true)));
    assert_eq!(desk.get("/api/v1/users?query=a", As::Nobody).await.status, 401);
    let form = json!({ "username": "carol", "email": "carol@runs.example" });
    assert_eq!(desk.post("/api/v1/users", As::Browser(&bob), form.clone()).await.status, 403);
    let made = desk.post("/api/v1/users", As::Browser(&ada), form).await;
    assert!(text(&made, "link").starts_with("https://runs.example/recover?token="), "{}", made.body);
    let same_mail = json!({ "username": "carol2", "email": "Carol@runs.example" });
    assert_eq!(desk.post("/api/v1/users", As::Browser(&ada), same_mail).await.status, 409);
}

#[actix_web::test]
async fn a_body_that_cannot_be_read_is_answered_in_the_common_shape() {
    let (desk, ada) = Desk::set_up().await;
    let answer = desk.post("/api/v1/keys", As::Browser(&ada), json!({ "nmae": "x" })).await;
    assert_eq!((answer.status, answer.body["code"].as_str()), (400, Some("INVALID")));
    assert!(message(&answer).contains("nmae"), "{}", answer.body);
    assert_eq!(desk.get("/api/v1/nothing", As::Browser(&ada)).await.status, 404);
}
