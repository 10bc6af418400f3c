//! The management API alone on a store of its own, with a clock that stands still.

use actix_web::App;
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::web::{Data, scope};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use runstead::api::rest::{self, Reception};
use runstead::clock::{Clock, Timestamp};
use runstead::db::{Db, Options, Plane};
use runstead::domain::Call;
use runstead::domain::accounts::links;
use runstead::domain::accounts::passwords::Cost;
use runstead::policy::Actor;
use runstead::server::auth;
use serde_json::{Value, json};
use tempfile::TempDir;

pub const PASSWORD: &str = "correct horse battery";

/// The doors of accounts on a store of their own, with a clock that stands still.
pub struct Desk {
    pub reception: Data<Reception>,
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
    pub fn empty() -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let options = Options { readers: 2, durable: false };
        let db = Db::open(&folder.path().join(Plane::Control.file()), Plane::Control, options).expect("the store opens");
        let clock = Clock::fixed(Timestamp::parse("2026-01-31T10:00:00Z").expect("a moment"));
        let mut reception = Reception::new(db, clock.clone(), "https://runs.example".to_owned());
        reception.password_cost = Cost { memory_kib: 64, passes: 1, lanes: 1 };
        Self { reception: Data::new(reception), clock, _folder: folder }
    }

    /// With the administrator `ada`; returns her session as well.
    pub async fn set_up() -> (Self, String) {
        let house = Self::empty();
        let token = house.setup_token().await;
        let form = json!({ "token": token, "username": "ada", "email": "ada@runs.example", "password": PASSWORD });
        let answer = house.send(Method::POST, "/api/v1/setup", As::Nobody, Some(form)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let cookie = answer.cookie.expect("signed in");
        (house, cookie)
    }

    pub fn call(&self) -> Call {
        Call { actor: Actor::nobody(), now: self.clock.now(), address: None }
    }

    pub async fn setup_token(&self) -> String {
        let call = self.call();
        let token = self.reception.db.write(move |tx| links::create_setup(tx, &call)).await.expect("a set-up link");
        token.reveal().to_owned()
    }

    pub async fn send(&self, method: Method, path: &str, who: As<'_>, body: Option<Value>) -> Answer {
        let mut request = TestRequest::default().method(method).uri(path);
        request = match who {
            As::Nobody => request,
            As::Key(key) => {
                request.insert_header(("authorization", format!("Basic {}", STANDARD.encode(format!("api:{key}")))))
            }
            As::Browser(token) => request
                .insert_header(("cookie", format!("runstead_session={token}")))
                .insert_header(("x-requested-with", "runstead")),
            As::OtherSite(token) => request.insert_header(("cookie", format!("runstead_session={token}"))),
        };
        if let Some(body) = body {
            request = request.set_json(body);
        }
        let app = App::new()
            .app_data(self.reception.clone())
            .wrap(from_fn(auth::identify))
            .service(scope("/api/v1").configure(rest::routes))
            .configure(rest::health_routes);
        let service = init_service(app).await;
        let response = call_service(&service, request.to_request()).await;
        let cookies = response.response().cookies();
        let cookie =
            cookies.filter(|cookie| cookie.name() == "runstead_session").map(|cookie| cookie.value().to_owned()).last();
        let retry_after = response.headers().get("retry-after").and_then(|value| value.to_str().ok()).map(str::to_owned);
        let status = response.status().as_u16();
        let bytes = read_body(response).await;
        Answer { status, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null), cookie, retry_after }
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
