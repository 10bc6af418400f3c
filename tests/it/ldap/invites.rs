//! Asking people of a directory into teams before they ever signed in.

use serde_json::{Value, json};

use super::Office;
use super::slapd::Slapd;
use crate::house::Ask;

impl Office {
    async fn invite(&self, people: &[&str]) -> Value {
        let wish = json!({ "people": people, "role": "member" });
        let answer = self.house.send(Ask::post("/api/v1/teams/vision/invitations", &wish).key(&self.ada)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["items"].clone()
    }

    async fn suggested(&self, text: &str) -> Vec<String> {
        let found = self.get(&format!("/api/v1/teams/vision/invitable?query={text}")).await;
        let words = |person: &Value| {
            format!(
                "{}{}",
                person["username"].as_str().unwrap_or_default(),
                if person["pending"] == true { " pending" } else { "" }
            )
        };
        found["items"].as_array().expect("a list").iter().map(words).collect()
    }
}

async fn office_with_a_team(slapd: &Slapd, more: &[(&str, &str)]) -> Office {
    let office = Office::open(&slapd.encrypted(), &slapd.file("ca.pem"), more).await;
    let made = office.house.send(Ask::post("/api/v1/teams", &json!({ "name": "vision" })).key(&office.ada)).await;
    assert_eq!(made.status, 201, "{}", made.text());
    office
}

#[actix_web::test]
async fn who_never_signed_in_is_pending_and_has_the_seat_from_the_first_sign_in_on() {
    let slapd = Slapd::start(3);
    // Where accounts are made for nobody else.
    let office = office_with_a_team(&slapd, &[("ldap.create_accounts", "false")]).await;
    assert_eq!(office.sign_in("user0001", "pw-user0001").await.status, 403);
    let asked = office.invite(&["user0001", "user0002@example.org", "nobody-here"]).await;
    assert_eq!(asked[0]["invitation"]["directory_name"], "User 1 (user0001)", "{asked}");
    assert_eq!((&asked[0]["invitation"]["state"], &asked[0]["invitation"]["link"]), (&json!("pending"), &Value::Null));
    assert_eq!(asked[1]["invitation"]["directory_name"], "User 2 (user0002)");
    assert_eq!(asked[2]["code"], "NOT_FOUND");
    assert!(office.invite(&["user0001"]).await[0]["message"].as_str().is_some_and(|why| why.contains("has not signed in yet")));
    assert_eq!(office.username("user0001", "pw-user0001").await, "user0001");
    assert_eq!(office.members("vision").await, ["ada admin -", "user0001 member -"]);
    let pending = office.get("/api/v1/teams/vision/invitations").await;
    let states: Vec<&str> =
        pending["items"].as_array().expect("a list").iter().filter_map(|item| item["state"].as_str()).collect();
    assert_eq!(states, ["pending", "accepted"], "{pending}");
    // Withdrawn before they came.
    let id = pending["items"][0]["id"].clone();
    let withdraw = Ask::new(actix_web::http::Method::DELETE, format!("/api/v1/teams/vision/invitations/{id}"));
    assert_eq!(office.house.send(withdraw.key(&office.ada)).await.status, 204);
    assert_eq!(office.sign_in("user0002", "pw-user0002").await.status, 403);
}

#[actix_web::test]
async fn the_directory_is_searched_while_somebody_types() {
    let slapd = Slapd::start(60);
    let office = office_with_a_team(&slapd, &[]).await;
    office.username("user0001", "pw-user0001").await;
    assert_eq!(office.suggested("user000").await[..3], ["user0001", "user0002 pending", "user0003 pending"]);
    assert_eq!(office.suggested("User%2042").await, ["user0042 pending"], "by name");
    assert_eq!(office.suggested("user0042@ex").await, ["user0042 pending"], "by address");
    assert_eq!(office.suggested("u").await, ["user0001"], "a letter alone asks nobody outside");
    assert_eq!(office.suggested("*)(uid=*").await, [""; 0]);
    assert_eq!(office.suggested("user").await.len(), 10);
    let stranger = office.house.person(&office.ada, "stranger").await;
    let refused = office.house.send(Ask::get("/api/v1/teams/vision/invitable?query=user").key(&stranger)).await;
    assert_eq!(refused.status, 404, "who may not invite learns nobody's name");
}
