//! Asking people into a team: by name and address, with links that work once and need no mail.

use std::time::Duration;

use actix_web::http::Method;
use runstead::domain::invitations::letters;
use serde_json::{Value, json};

use crate::desk::{Answer, As, PASSWORD, message};
use crate::lab::{Lab, names};

const INVITATIONS: &str = "/teams/vision/invitations";

impl Lab {
    async fn asks(&self, who: &str, people: &[&str], role: &str) -> (u16, Value) {
        self.post(INVITATIONS, who, json!({ "people": people, "role": role })).await
    }
    /// Without a session.
    async fn link(&self, what: &str, body: Value) -> Answer {
        self.desk.post(&format!("/api/v1/invitation-links{what}"), As::Nobody, body).await
    }
}

fn token(asked: &Value) -> String {
    let link = asked["link"].as_str().expect("a link");
    link.strip_prefix("https://runs.example/invitation?token=").expect("a link of ours").to_owned()
}

#[actix_web::test]
async fn several_people_are_asked_at_once_and_each_has_a_result_of_their_own() {
    let lab = Lab::open().await;
    let people = ["eve", "new@runs.example", "nobody", "cyd", "not an@address", "eve"];
    let (status, asked) = lab.asks(&lab.bob, &people, "member").await;
    assert_eq!(status, 200, "{asked}");
    let codes: Vec<&str> =
        asked["items"].as_array().expect("results").iter().map(|one| one["code"].as_str().unwrap_or("asked")).collect();
    assert_eq!(codes, ["asked", "asked", "NOT_FOUND", "CONFLICT", "INVALID", "CONFLICT"]);
    let (_, listed) = lab.get(INVITATIONS, &lab.cyd).await;
    let shown: Vec<_> = listed["items"].as_array().expect("a listing").iter().map(|one| &one["state"]).collect();
    assert_eq!(shown, ["pending", "pending"]);
    assert!(listed["items"][0]["link"].is_null(), "a link is shown once");
    assert_eq!(lab.get(INVITATIONS, &lab.dan).await.0, 403, "view-only people do not see whom the team asks");
    assert_eq!(lab.get(INVITATIONS, &lab.eve).await.0, 404);
    assert_eq!(lab.asks(&lab.bob, &[], "member").await.0, 400);
    assert_eq!(lab.asks(&lab.bob, &["eve"], "service").await.0, 400);
    assert_eq!(lab.asks(&lab.eve, &["eve"], "admin").await.0, 404);
}

#[actix_web::test]
async fn who_has_an_account_accepts_or_declines_and_nobody_else_does() {
    let lab = Lab::open().await;
    let (_, asked) = lab.asks(&lab.bob, &["eve"], "member").await;
    let id = asked["items"][0]["invitation"]["id"].clone();
    let (_, waiting) = lab.get("/invitations", &lab.eve).await;
    assert_eq!(names(&waiting, "team"), ["vision"]);
    assert_eq!(lab.post(&format!("/invitations/{id}/accept"), &lab.dan, json!({})).await.0, 404);
    let by_link = json!({ "token": token(&asked["items"][0]["invitation"]) });
    assert_eq!(lab.post("/invitation-links/accept", &lab.dan, by_link.clone()).await.0, 403);
    assert_eq!(lab.post(&format!("/invitations/{id}/decline"), &lab.eve, json!({})).await.0, 204);
    assert_eq!(lab.post("/invitation-links/accept", &lab.eve, by_link).await.0, 404);
    assert_eq!(lab.get(INVITATIONS, &lab.bob).await.1["items"][0]["state"], json!("declined"));

    let (_, asked) = lab.asks(&lab.bob, &["eve@runs.example"], "view-only").await;
    let id = asked["items"][0]["invitation"]["id"].clone();
    let path = format!("/invitations/{id}/accept");
    let (first, second) = tokio::join!(lab.post(&path, &lab.eve, json!({})), lab.post(&path, &lab.eve, json!({})));
    let mut answers = [first.0, second.0];
    answers.sort_unstable();
    assert_eq!(answers, [204, 404], "an invitation is accepted once");
    assert_eq!(lab.get("/teams/vision", &lab.eve).await.1["role"], json!("view-only"));
    assert_eq!(lab.asks(&lab.bob, &["eve"], "member").await.1["items"][0]["code"], json!("CONFLICT"));
}

#[actix_web::test]
async fn who_has_no_account_makes_one_with_the_link_and_logs_to_the_team_from_then_on() {
    let lab = Lab::open().await;
    let (_, asked) = lab.asks(&lab.bob, &["fay@runs.example"], "member").await;
    let token = token(&asked["items"][0]["invitation"]);
    let seen = lab.link("", json!({ "token": token })).await;
    assert_eq!((seen.status, &seen.body["team"], &seen.body["username"]), (200, &json!("vision"), &Value::Null));
    assert_eq!(lab.link("", json!({ "token": "guessed" })).await.status, 404);
    let form = json!({ "token": token, "username": "fay", "password": PASSWORD });
    let short = json!({ "token": token, "username": "fay", "password": "short" });
    assert_eq!(lab.link("/sign-up", short).await.status, 400);
    let taken = json!({ "token": token, "username": "bob", "password": PASSWORD });
    assert_eq!(lab.link("/sign-up", taken).await.status, 409);
    let made = lab.link("/sign-up", form.clone()).await;
    assert_eq!(made.status, 200, "{}", made.body);
    assert_eq!(made.body["account"]["default_entity"], json!("vision"));
    assert_eq!(made.body["account"]["email"], json!("fay@runs.example"));
    let fay = made.cookie.expect("signed in");
    assert_eq!(lab.get("/teams/vision", &fay).await.1["role"], json!("member"));
    assert_eq!(names(&lab.get("/organizations", &fay).await.1, "name"), ["Runstead"]);
    assert_eq!(lab.link("/sign-up", form).await.status, 404);
}

#[actix_web::test]
async fn an_invitation_expires_is_sent_again_with_a_new_link_and_withdrawn() {
    let lab = Lab::open().await;
    let (_, asked) = lab.asks(&lab.bob, &["eve"], "member").await;
    let first = &asked["items"][0]["invitation"];
    let path = format!("{INVITATIONS}/{}", first["id"]);
    let (status, again) = lab.post(&format!("{path}/resend"), &lab.bob, json!({})).await;
    assert_eq!(status, 200, "{again}");
    let use_link = async |invitation: &Value| {
        lab.post("/invitation-links/accept", &lab.eve, json!({ "token": token(invitation) })).await.0
    };
    assert_eq!(use_link(first).await, 404, "the old link stopped working");
    lab.desk.clock.advance(Duration::from_secs(7 * 24 * 3600 + 1));
    assert_eq!(use_link(&again).await, 404);
    assert_eq!(lab.get(INVITATIONS, &lab.bob).await.1["items"][0]["state"], json!("expired"));
    let (_, renewed) = lab.post(&format!("{path}/resend"), &lab.bob, json!({})).await;
    assert_eq!(lab.delete(&path, &lab.cyd).await.0, 403);
    assert_eq!(lab.delete(&path, &lab.bob).await.0, 204);
    assert_eq!(lab.delete(&path, &lab.bob).await.0, 204, "taking it back twice is no error");
    assert_eq!(use_link(&renewed).await, 404);
    assert_eq!(lab.get(INVITATIONS, &lab.bob).await.1["items"][0]["state"], json!("withdrawn"));
}

#[actix_web::test]
async fn members_invite_only_if_the_team_says_so_and_never_admins() {
    let lab = Lab::open().await;
    let refused = lab
        .desk
        .send(
            Method::POST,
            "/api/v1/teams/vision/invitations",
            As::Browser(&lab.cyd),
            Some(json!({ "people": ["eve"], "role": "member" })),
        )
        .await;
    assert_eq!((refused.status, message(&refused)), (403, "only a team admin invites people into this team"));
    let open = json!({ "settings": { "members_invite": true } });
    assert_eq!(lab.patch("/teams/vision", &lab.bob, open).await.0, 200);
    assert_eq!(lab.asks(&lab.dan, &["eve"], "view-only").await.0, 403);
    assert_eq!(lab.asks(&lab.cyd, &["eve"], "admin").await.0, 403);
    assert_eq!(lab.asks(&lab.cyd, &["eve"], "member").await.1["items"][0]["code"], Value::Null);
}

/// A mail server that is not there.
const NO_MAIL: [(&str, &str); 4] =
    [("mail.server", "127.0.0.1"), ("mail.port", "9"), ("mail.security", "none"), ("mail.from", "runs@example.org")];

impl Lab {
    async fn deliver(&self) -> usize {
        let app = &self.desk.house.app;
        letters::deliver(&app.db, app.post.as_ref(), &app.clock).await.expect("it is tried")
    }
    /// What became of mailing each, the last that was asked first.
    async fn mailed(&self) -> Vec<(String, usize, String)> {
        let (_, listed) = self.get(INVITATIONS, &self.bob).await;
        let shown = listed["items"].as_array().expect("a listing").iter().map(|one| {
            let attempts = one["mail"]["attempts"].as_array().cloned().unwrap_or_default();
            let text = |value: &Value| value.as_str().unwrap_or("by hand").to_owned();
            (
                text(&one["mail"]["state"]),
                attempts.len(),
                attempts.last().map_or_else(String::new, |last| text(&last["answer"])),
            )
        });
        shown.collect()
    }
    async fn tokens_kept(&self) -> i64 {
        let sql = "SELECT COUNT(*) AS rows FROM invitation_letters WHERE token IS NOT NULL";
        self.desk.db().read(move |reader| reader.query_one(sql, &[], |row| row.get("rows"))).await.expect("it is counted")
    }
}

#[actix_web::test]
async fn what_cannot_be_mailed_is_tried_again_and_what_is_over_is_mailed_no_more() {
    let lab = Lab::open_with(&NO_MAIL).await;
    let (_, asked) = lab.asks(&lab.bob, &["fay@runs.example", "gus@runs.example", "eve@runs.example"], "member").await;
    let fay = &asked["items"][0]["invitation"];
    assert_eq!(
        (&fay["mail"]["state"], fay["link"].is_string()),
        (&json!("waiting"), true),
        "whoever asked can hand it over: {fay}"
    );
    lab.desk.person(&lab.ada, "hal").await;
    let (_, by_name) = lab.asks(&lab.bob, &["hal"], "member").await;
    assert_eq!(by_name["items"][0]["invitation"]["mail"], Value::Null, "who has an account is told when they sign in");
    assert_eq!((lab.deliver().await, lab.deliver().await), (0, 0), "not before its time");
    let [hal, eve, gus, fay] = <[_; 4]>::try_from(lab.mailed().await).expect("four were asked");
    assert_eq!(hal.0, "by hand");
    for (state, attempts, answer) in [&eve, &gus, &fay] {
        assert_eq!((state.as_str(), *attempts), ("waiting", 1), "{answer}");
        assert!(answer.contains("refused"), "{answer}");
    }

    // Somebody is forgotten, and an invitation taken back.
    let gone = "/users/eve?anonymize=true";
    assert_eq!(lab.delete(gone, &lab.ada).await.0, 204);
    let id = asked["items"][1]["invitation"]["id"].clone();
    assert_eq!(lab.delete(&format!("{INVITATIONS}/{id}"), &lab.bob).await.0, 204);
    lab.desk.clock.advance(Duration::from_secs(10));
    lab.deliver().await;
    let [_, eve, gus, fay] = <[_; 4]>::try_from(lab.mailed().await).expect("four were asked");
    assert_eq!((eve.0.as_str(), eve.1), ("given up", 0));
    assert_eq!((gus.0.as_str(), gus.2.as_str()), ("given up", "the invitation is withdrawn"));
    assert_eq!((fay.0.as_str(), fay.1, lab.tokens_kept().await), ("waiting", 2, 1));

    for _ in 0..7 {
        lab.desk.clock.advance(Duration::from_secs(6 * 3600));
        lab.deliver().await;
    }
    let fay = lab.mailed().await.pop().expect("fay");
    assert_eq!((fay.0.as_str(), fay.1, lab.tokens_kept().await), ("given up", 7, 0), "{}", fay.2);
    // Sent again it is another letter.
    let id = asked["items"][0]["invitation"]["id"].clone();
    let (_, again) = lab.post(&format!("{INVITATIONS}/{id}/resend"), &lab.bob, json!({})).await;
    assert_eq!((&again["mail"]["state"], again["link"].is_string()), (&json!("waiting"), true), "{again}");
    let told = async |action: &str| {
        let (_, log) = lab.get(&format!("/audit?team=vision&action={action}"), &lab.bob).await;
        log["items"].as_array().expect("a list").iter().map(|one| one["details"]["mailed"] == true).collect::<Vec<_>>()
    };
    assert_eq!(told("team.invite").await, [false, true, true, true]);
    assert_eq!(told("team.invite_again").await, [true]);
}

#[actix_web::test]
async fn an_operator_may_have_no_invitation_mailed() {
    let off = [&NO_MAIL[..], &[("mail.invitations", "false")]].concat();
    let lab = Lab::open_with(&off).await;
    let (_, asked) = lab.asks(&lab.bob, &["fay@runs.example"], "member").await;
    let fay = &asked["items"][0]["invitation"];
    assert_eq!((&fay["mail"], fay["link"].is_string()), (&Value::Null, true), "{fay}");
}
