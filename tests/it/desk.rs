//! The management API of a house, asked by people: as browsers with a session, as programs with a key.

use actix_web::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use runstead::clock::Clock;
use runstead::db::Db;
use runstead::domain::Call;
use runstead::policy::Actor;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::house::{Ask, House, settings};

pub const PASSWORD: &str = "correct horse battery";

/// A house of its own in a folder of its own.
pub struct Desk {
    pub house: House,
    pub clock: Clock,
    _folder: TempDir,
}

/// An answer that has arrived.
pub struct Answer {
    pub status: u16,
    pub body: Value,
    pub cookie: Option<String>,
    pub retry_after: Option<String>,
}

/// How a request says who sends it.
#[derive(Clone, Copy)]
pub enum As<'a> {
    Nobody,
    Key(&'a str),
    Browser(&'a str),
    /// A cookie without the header that our pages add.
    OtherSite(&'a str),
}

impl Desk {
    /// Before anybody was there.
    pub async fn empty() -> Self {
        Self::with(&[]).await
    }

    /// As [`Desk::empty`], with settings of its own.
    pub async fn with(more: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let house = House::open(&settings(folder.path(), more)).await;
        let clock = house.app.clock.clone();
        Self { house, clock, _folder: folder }
    }

    /// The control plane.
    pub fn db(&self) -> &Db {
        &self.house.app.db
    }

    /// With the administrator `ada`; returns her session as well.
    pub async fn set_up() -> (Self, String) {
        Self::set_up_with(&[]).await
    }

    /// As [`Desk::set_up`], with settings of its own.
    pub async fn set_up_with(more: &[(&str, &str)]) -> (Self, String) {
        let desk = Self::with(more).await;
        let token = desk.setup_token().await;
        let form = json!({ "token": token, "username": "ada", "email": "ada@runs.example", "password": PASSWORD });
        let answer = desk.post("/api/v1/setup", As::Nobody, form).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let cookie = answer.cookie.expect("signed in");
        (desk, cookie)
    }

    pub fn call(&self) -> Call {
        Call { actor: Actor::nobody(), now: self.clock.now(), address: None, cause: None }
    }

    pub async fn setup_token(&self) -> String {
        self.house.setup_token().await
    }

    pub async fn send(&self, method: Method, path: &str, who: As<'_>, body: Option<Value>) -> Answer {
        let ask = Ask::new(method, path);
        let ask = match who {
            As::Nobody => ask,
            As::Key(key) => ask.header("authorization", format!("Basic {}", STANDARD.encode(format!("api:{key}")))),
            As::Browser(token) => ask.key(&format!("runstead_session={token}")),
            As::OtherSite(token) => ask.header("cookie", format!("runstead_session={token}")),
        };
        let answer = self.house.send(if let Some(body) = &body { ask.json(body) } else { ask }).await;
        let cookies = answer.headers.iter().filter(|(name, _)| name == "set-cookie");
        let token = |cookie: &str| Some(cookie.strip_prefix("runstead_session=")?.split(';').next()?.to_owned());
        let cookie = cookies.filter_map(|(_, cookie)| token(cookie)).next_back();
        let retry_after = Some(answer.header("retry-after").to_owned()).filter(|value| !value.is_empty());
        Answer { status: answer.status, body: answer.json(), cookie, retry_after }
    }

    pub async fn get(&self, path: &str, who: As<'_>) -> Answer {
        self.send(Method::GET, path, who, None).await
    }
    pub async fn post(&self, path: &str, who: As<'_>, body: Value) -> Answer {
        self.send(Method::POST, path, who, Some(body)).await
    }

    /// Makes an account and signs it in; returns its session.
    pub async fn person(&self, ada: &str, username: &str) -> String {
        let form = json!({ "username": username, "email": format!("{username}@runs.example"), "password": PASSWORD });
        let made = self.post("/api/v1/users", As::Browser(ada), form).await;
        assert_eq!(made.status, 201, "{}", made.body);
        self.sign_in(username).await
    }

    /// The session of somebody who signs in.
    pub async fn sign_in(&self, username: &str) -> String {
        let form = json!({ "username": username, "password": PASSWORD });
        let signed_in = self.post("/api/v1/session", As::Nobody, form).await;
        signed_in.cookie.expect("signed in")
    }

    /// Makes a key for the session; returns the answer.
    pub async fn key(&self, session: &str, form: Value) -> Answer {
        self.post("/api/v1/keys", As::Browser(session), form).await
    }
}

/// What a refusal says to people.
pub fn message(answer: &Answer) -> &str {
    answer.body["message"].as_str().unwrap_or_default()
}

/// A text of an answer.
pub fn text<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.body[name].as_str().expect("a text")
}
