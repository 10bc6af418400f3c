//! A server without a network: every door on a data directory of its own, with a clock that stands still.

use std::cell::OnceCell;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::App as Actix;
use actix_web::dev::ServiceResponse;
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::web::Data;
use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use runstead::api::App;
use runstead::clock::{Clock, Timestamp};
use runstead::config::{self, Config};
use runstead::db::{Meter, metered};
use runstead::domain::Call;
use runstead::domain::accounts::links;
use runstead::policy::Actor;
use runstead::server::{self, auth};
use serde_json::Value;

/// Where the house believes it is reached.
pub const URL: &str = "https://runs.example";

const REPORT_LINK: &str = "link to a report ";

/// What the holder of a link to a report has instead of a key.
pub fn report_link(token: &str) -> String {
    format!("{REPORT_LINK}{token}")
}

/// All doors of one data directory.
pub struct House {
    pub app: Data<App>,
    /// Hung when somebody comes first: hundreds of routes take longer than what is behind them.
    doors: OnceCell<Doors>,
}

type Doors = Rc<dyn Fn(TestRequest) -> LocalBoxFuture<'static, ServiceResponse>>;

/// What is sent to a door.
#[derive(Clone)]
pub struct Ask {
    pub method: Method,
    pub path: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Ask {
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), headers: Vec::new(), body: Vec::new() }
    }
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }
    pub fn post(path: impl Into<String>, body: &Value) -> Self {
        Self::new(Method::POST, path).json(body)
    }
    pub fn graphql(query: &str, variables: &Value) -> Self {
        Self::post("/graphql", &serde_json::json!({ "query": query, "variables": variables }))
    }
    pub fn json(self, body: &Value) -> Self {
        Self { body: body.to_string().into_bytes(), ..self }.header("content-type", "application/json")
    }
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
    /// With an API key, the cookie of a browser, or what [`report_link`] makes of a link to a report; an empty one is none.
    pub fn key(self, key: &str) -> Self {
        match key {
            "" => self,
            key if key.starts_with(REPORT_LINK) => self.header("x-runstead-report-token", &key[REPORT_LINK.len()..]),
            key if key.contains('=') => self.header("cookie", key).header("x-requested-with", "runstead"),
            key => self.header("authorization", format!("Bearer {key}")),
        }
    }
}

/// An answer that has arrived.
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
    /// The body as JSON; `null` for another.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

/// A configuration for tests: everything in this folder, passwords hashed cheaply, no waiting for the disk.
pub fn settings(folder: &Path, more: &[(&str, &str)]) -> Config {
    let folder = folder.display().to_string();
    let fixed = [
        ("data.dir", folder.as_str()),
        ("data.durable", "false"),
        ("data.readers", "2"),
        ("accounts.password_memory_kib", "64"),
        ("accounts.password_passes", "1"),
    ];
    let flags = fixed.iter().chain(more).map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    let flags: Vec<_> = flags.collect();
    config::load(None, &std::collections::BTreeMap::new(), &flags).expect("settings of tests are right").0
}

impl House {
    pub async fn open(config: &Config) -> Self {
        let clock = Clock::fixed(Timestamp::parse("2026-01-31T10:00:00Z").expect("a moment"));
        let app = server::open(config, URL.to_owned(), clock).await.expect("the data opens");
        Self { app, doors: OnceCell::new() }
    }

    /// Sends a request; what it costs the databases is counted on `meter`.
    pub async fn send_metered(&self, ask: Ask, meter: &Arc<Meter>) -> Answer {
        metered(Arc::clone(meter), self.send(ask)).await
    }

    pub async fn send(&self, ask: Ask) -> Answer {
        let mut request = TestRequest::default().method(ask.method).uri(&ask.path).set_payload(ask.body);
        for header in ask.headers {
            request = request.insert_header(header);
        }
        let response = self.doors().await(request).await;
        let headers = response.headers().iter();
        let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned())).collect();
        Answer { status: response.status().as_u16(), headers, body: read_body(response).await.to_vec() }
    }

    async fn doors(&self) -> Doors {
        if let Some(doors) = self.doors.get() {
            return Rc::clone(doors);
        }
        let doors = server::doors(self.app.clone());
        let app = Actix::new().wrap(from_fn(auth::identify)).wrap(from_fn(server::log::request_line)).configure(doors);
        let service = Rc::new(init_service(app).await);
        let answer = move |request: TestRequest| {
            let service = Rc::clone(&service);
            async move { call_service(&*service, request.to_request()).await.map_into_boxed_body() }.boxed_local()
        };
        Rc::clone(self.doors.get_or_init(|| Rc::new(answer)))
    }

    /// The secret of a link that makes the first administrator.
    pub async fn setup_token(&self) -> String {
        let call = Call { actor: Actor::nobody(), now: self.app.clock.now(), address: None, cause: None };
        let token = self.app.db.write(move |tx| links::create_setup(tx, &call)).await.expect("a set-up link");
        token.reveal().to_owned()
    }

    /// Makes the administrator `ada`; returns a key of hers.
    pub async fn set_up(&self) -> String {
        let token = self.setup_token().await;
        let form = serde_json::json!({
            "token": token, "username": "ada", "email": "ada@runs.example", "password": "correct horse battery",
        });
        let answer = self.send(Ask::post("/api/v1/setup", &form)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        self.new_key(answer.header("set-cookie")).await
    }

    /// A key for whom this `Set-Cookie` signs in.
    pub async fn new_key(&self, set_cookie: &str) -> String {
        let cookie = set_cookie.split(';').next().unwrap_or_default();
        secret(&self.send(Ask::post("/api/v1/keys", &serde_json::json!({ "name": "test" })).key(cookie)).await)
    }

    /// Makes an account and a key for it.
    pub async fn person(&self, administrator: &str, username: &str) -> String {
        let form = serde_json::json!({
            "username": username, "email": format!("{username}@runs.example"), "password": "correct horse battery",
        });
        let made = self.send(Ask::post("/api/v1/users", &form).key(administrator)).await;
        assert_eq!(made.status, 201, "{}", made.text());
        self.new_key(&self.sign_in(username).await).await
    }

    /// Signs a person in; returns the cookie of the browser.
    pub async fn sign_in(&self, username: &str) -> String {
        let form = serde_json::json!({ "username": username, "password": "correct horse battery" });
        let signed_in = self.send(Ask::post("/api/v1/session", &form)).await;
        signed_in.header("set-cookie").split(';').next().unwrap_or_default().to_owned()
    }
}

/// The secret that an answer shows once.
pub fn secret(answer: &Answer) -> String {
    let secret = answer.json()["secret"].as_str().map(str::to_owned);
    secret.unwrap_or_else(|| panic!("no secret in {} {}", answer.status, answer.text()))
}
