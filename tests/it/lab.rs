//! A small laboratory of people with every role, and short words for asking the management API as one of them.

use actix_web::http::Method;
use serde_json::{Value, json};

use crate::desk::{As, Desk};

/// Ada administers; the team vision has bob as its admin, cyd as a member and dan with view-only; eve is in no team.
pub struct Lab {
    pub desk: Desk,
    pub ada: String,
    pub bob: String,
    pub cyd: String,
    pub dan: String,
    pub eve: String,
}

impl Lab {
    pub async fn open() -> Self {
        Self::open_with(&[]).await
    }

    /// With settings of its own.
    pub async fn open_with(more: &[(&str, &str)]) -> Self {
        let (desk, ada) = Desk::set_up_with(more).await;
        let [bob, cyd, dan, eve] =
            [desk.person(&ada, "bob").await, desk.person(&ada, "cyd").await, desk.person(&ada, "dan").await, {
                desk.person(&ada, "eve").await
            }];
        let lab = Self { desk, ada, bob, cyd, dan, eve };
        let form = json!({ "name": "vision", "admin": "bob" });
        let made = lab.post("/organizations/runstead/teams", &lab.ada, form).await;
        assert_eq!(made.0, 201, "{}", made.1);
        for (username, role) in [("cyd", "member"), ("dan", "view-only")] {
            let seated = lab.put(&format!("/teams/vision/members/{username}"), &lab.bob, json!({ "role": role })).await;
            assert_eq!(seated.0, 201, "{}", seated.1);
        }
        lab
    }

    pub async fn ask(&self, method: Method, path: &str, session: &str, body: Option<Value>) -> (u16, Value) {
        let answer = self.desk.send(method, &format!("/api/v1{path}"), As::Browser(session), body).await;
        (answer.status, answer.body)
    }
    pub async fn get(&self, path: &str, session: &str) -> (u16, Value) {
        self.ask(Method::GET, path, session, None).await
    }
    pub async fn post(&self, path: &str, session: &str, body: Value) -> (u16, Value) {
        self.ask(Method::POST, path, session, Some(body)).await
    }
    pub async fn put(&self, path: &str, session: &str, body: Value) -> (u16, Value) {
        self.ask(Method::PUT, path, session, Some(body)).await
    }
    pub async fn patch(&self, path: &str, session: &str, body: Value) -> (u16, Value) {
        self.ask(Method::PATCH, path, session, Some(body)).await
    }
    pub async fn delete(&self, path: &str, session: &str) -> (u16, Value) {
        self.ask(Method::DELETE, path, session, None).await
    }
}

/// What the items of a listing are called.
pub fn names<'a>(listing: &'a Value, name: &str) -> Vec<&'a str> {
    listing["items"].as_array().expect("a listing").iter().filter_map(|item| item[name].as_str()).collect()
}
