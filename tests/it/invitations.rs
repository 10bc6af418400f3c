//! Asking people into a team: by name and address, with links that work once and need no mail.

use std::time::Duration;

use actix_web::http::Method;
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
