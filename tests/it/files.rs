//! Files of runs through the doors: links that the server signed, and the address for those who come with a key.

use std::path::{Path, PathBuf};
use std::time::Duration;

use actix_web::App as Actix;
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::web::Data;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use runstead::api::monitor::Monitor;
use runstead::api::rest::Reception;
use runstead::api::{App, Limits, files as door, graphql};
use runstead::blob::{Blobs, Shelf};
use runstead::clock::{Clock, Timestamp};
use runstead::db::{Db, Options, Plane};
use runstead::domain::accounts::{self, NewAccount, NewKey};
use runstead::domain::history::Segments;
use runstead::domain::projects::ProjectName;
use runstead::domain::runs::{self, Changes, Place, Run, RunName};
use runstead::domain::stream::Heartbeats;
use runstead::domain::{Call, files};
use runstead::policy::Actor;
use runstead::server::auth;
use tempfile::TempDir;

const URL: &str = "https://runs.example";

/// The file doors on a store of their own: `ada` with a run, and `bob`, who may not see it.
struct House {
    app: Data<App>,
    reception: Data<Reception>,
    run: Run,
    ada: Call,
    keys: [String; 2],
    folder: TempDir,
}

/// An answer that has arrived.
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl House {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let options = Options { readers: 2, durable: false };
        let db = Db::open(&folder.path().join(Plane::Control.file()), Plane::Control, options).expect("the store opens");
        let history = Db::open(&folder.path().join("history.db"), Plane::History, options).expect("the store opens");
        let clock = Clock::fixed(Timestamp::parse("2026-01-31T10:00:00Z").expect("a moment"));
        let now = clock.now();
        let (ada, run, keys) = db
            .write(move |tx| {
                let anybody = Call { actor: Actor::nobody(), now, address: None };
                let ada = accounts::install_administrator(tx, &anybody, &account("ada", true), "house")?.id;
                let ada = Call { actor: accounts::actor(tx, ada)?, ..anybody.clone() };
                let bob = accounts::create(tx, &ada, &account("bob", false))?.id;
                let bob = Call { actor: accounts::actor(tx, bob)?, ..anybody };
                let place = Place {
                    entity: Some("ada".to_owned()),
                    project: ProjectName::parse("digits")?,
                    name: Some(RunName::parse("first")?),
                    must_exist: false,
                };
                let run = runs::upsert(tx, &ada, &place, &Changes::default())?.run;
                Ok((ada.clone(), run, [key(tx, &ada)?, key(tx, &bob)?]))
            })
            .await
            .expect("people and a run");
        let limits = Limits { body_bytes: 1 << 20, graphql_depth: 20, graphql_complexity: 1000 };
        let blobs = Blobs::open_folder(&folder.path().join("blobs")).expect("the folder opens");
        let app = App {
            history,
            segments: Segments::new(blobs.clone()),
            blobs,
            signer: files::Signer::load(&db, now).await.expect("a key to sign with"),
            heartbeats: Heartbeats::default(),
            clock: clock.clone(),
            public_url: URL.to_owned(),
            limits,
            schema: graphql::schema(limits),
            monitor: Monitor::new(None),
            db: db.clone(),
        };
        let reception = Data::new(Reception::new(db, clock, URL.to_owned()));
        Self { app: Data::new(app), reception, run, ada, keys, folder }
    }

    fn upload_link(&self, name: &str) -> String {
        let app = &self.app;
        files::upload_url(&app.signer, &app.public_url, self.run.id, name, app.clock.now())
    }
    fn download_link(&self, name: &str) -> String {
        let app = &self.app;
        files::download_url(&app.signer, &app.public_url, self.run.id, name, app.clock.now())
    }

    async fn send(&self, method: Method, url: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let uri = url.strip_prefix(URL).unwrap_or(url);
        let mut request = TestRequest::default().method(method).uri(uri).set_payload(body.to_vec());
        for header in headers {
            request = request.insert_header(*header);
        }
        let service = init_service(
            Actix::new()
                .app_data(self.app.clone())
                .app_data(self.reception.clone())
                .wrap(from_fn(auth::identify))
                .configure(door::routes),
        )
        .await;
        let response = call_service(&service, request.to_request()).await;
        let status = response.status().as_u16();
        let headers = response.headers().iter();
        let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned())).collect();
        Answer { status, headers, body: read_body(response).await.to_vec() }
    }

    async fn put(&self, name: &str, body: &[u8]) -> Answer {
        self.send(Method::PUT, &self.upload_link(name), &[], body).await
    }
    async fn get(&self, name: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(Method::GET, &self.download_link(name), headers, b"").await
    }

    /// The files of the run as `name size`.
    async fn listed(&self, names: &[&str], pattern: Option<&str>) -> Vec<String> {
        let (run, pattern) = (self.run.id, pattern.map(str::to_owned));
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let list = self.app.db.read(move |db| files::list(db, run, &names, pattern.as_deref(), None, 100));
        let page = list.await.expect("a page of files");
        page.items.into_iter().map(|(_, file)| format!("{} {}", file.name, file.size_bytes)).collect()
    }

    /// What lies in the blob folder.
    fn blobs(&self) -> Vec<PathBuf> {
        fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                if entry.path().is_dir() {
                    walk(&entry.path(), found);
                } else {
                    found.push(entry.path());
                }
            }
        }
        let mut found = Vec::new();
        walk(&self.folder.path().join("blobs"), &mut found);
        found
    }

    async fn collect_garbage(&self) -> usize {
        let app = &self.app;
        files::collect_garbage(&app.db, &app.blobs, app.clock.now()).await.expect("garbage is collected")
    }
}

fn account(username: &str, site_admin: bool) -> NewAccount {
    NewAccount { username: username.to_owned(), name: None, email: None, password_hash: None, site_admin }
}

fn key(tx: &runstead::db::Tx<'_>, call: &Call) -> runstead::error::Result<String> {
    let account = call.actor.signed_in()?;
    let new = NewKey { account, name: "test".to_owned(), expires_at: None, import: None };
    let (_, secret) = accounts::create_key(tx, call, &new)?;
    Ok(format!("Basic {}", STANDARD.encode(format!("api:{}", secret.reveal()))))
}

#[actix_web::test]
async fn what_was_sent_comes_back_whole_under_any_name() {
    let house = House::new().await;
    for name in ["a.txt", "media/images/é ü.png", "100% sure + a&b?#.txt", "test with_special-characters.txt", "a%2Fb", "empty"]
    {
        let bytes = if name == "empty" { Vec::new() } else { name.repeat(1000).into_bytes() };
        let sent = house.send(Method::PUT, &house.upload_link(name), &[("authorization", "Basic nonsense")], &bytes).await;
        assert_eq!(sent.status, 200, "{name}: {}", sent.text());
        let got = house.get(name, &[("authorization", "Basic nonsense")]).await;
        assert_eq!((got.status, got.body), (200, bytes), "{name}");
    }
    assert_eq!(house.listed(&[], None).await.len(), 6);
}

#[actix_web::test]
async fn uploaded_pages_never_act_as_pages_of_this_server() {
    let house = House::new().await;
    house.put("media/html/é.html", b"<script>alert(1)</script>").await;
    let got = house.get("media/html/é.html", &[]).await;
    assert_eq!(got.header("content-type"), "text/html");
    assert_eq!(got.header("x-content-type-options"), "nosniff");
    let policy = got.header("content-security-policy");
    assert!(policy.contains("sandbox") && !policy.contains("allow-same-origin"), "{policy}");
    assert_eq!(got.header("content-disposition"), "inline; filename*=UTF-8''%C3%A9%2Ehtml");
    let asked = house.send(Method::OPTIONS, &house.download_link("a.txt"), &[], b"").await;
    assert_eq!((asked.status, asked.header("access-control-allow-origin")), (204, "*"));
}

#[actix_web::test]
async fn a_part_of_a_file_can_be_asked_for() {
    let house = House::new().await;
    house.put("digits", b"0123456789").await;
    let part = house.get("digits", &[("range", "bytes=2-4")]).await;
    assert_eq!((part.status, part.header("content-range"), part.text().as_str()), (206, "bytes 2-4/10", "234"));
    let beyond = house.get("digits", &[("range", "bytes=10-")]).await;
    assert_eq!((beyond.status, beyond.header("content-range")), (416, "bytes */10"));
    let whole = house.get("digits", &[]).await;
    let etag = whole.header("etag");
    assert_eq!(house.get("digits", &[("if-none-match", etag)]).await.status, 304);
    assert_eq!(house.get("digits", &[("range", "bytes=2-4"), ("if-range", etag)]).await.status, 206);
    house.put("digits", b"9876543210").await;
    let changed = house.get("digits", &[("range", "bytes=2-4"), ("if-range", etag)]).await;
    assert_eq!((changed.status, changed.text().as_str()), (200, "9876543210"));
    let head = house.send(Method::HEAD, &house.download_link("digits"), &[], b"").await;
    assert_eq!(head.status, 200);
}

#[actix_web::test]
async fn bytes_that_are_not_those_promised_leave_nothing_behind() {
    let house = House::new().await;
    let link = house.upload_link("a.txt");
    let wrong = STANDARD.encode(Md5::digest(b"other"));
    let refused = house.send(Method::PUT, &link, &[("content-md5", &wrong)], b"bytes").await;
    assert_eq!(refused.status, 400, "{}", refused.text());
    let cut = house.send(Method::PUT, &link, &[("content-length", "1000")], b"bytes").await;
    assert_eq!(cut.status, 400, "{}", cut.text());
    assert_eq!(house.blobs(), Vec::<PathBuf>::new());
    assert_eq!(house.listed(&[], None).await, Vec::<String>::new());
    let right = STANDARD.encode(Md5::digest(b"bytes"));
    assert_eq!(house.send(Method::PUT, &link, &[("content-md5", &right)], b"bytes").await.status, 200);
    assert_eq!(house.listed(&[], None).await, ["a.txt 5"]);
}

#[actix_web::test]
async fn a_link_is_good_for_one_file_one_method_and_its_time() {
    let house = House::new().await;
    house.put("a.txt", b"a").await;
    house.put("b.txt", b"b").await;
    let (read, write) = (house.download_link("a.txt"), house.upload_link("a.txt"));
    let other_file = read.replace("a.txt", "b.txt");
    let other_door = read.replace("/download/", "/upload/");
    for (method, link) in
        [(Method::GET, other_file), (Method::PUT, other_door), (Method::GET, write.replace("/upload/", "/download/"))]
    {
        assert_eq!(house.send(method, &link, &[], b"x").await.status, 403, "{link}");
    }
    house.app.clock.advance(Duration::from_secs(3601));
    let late = house.send(Method::GET, &read, &[], b"").await;
    assert_eq!(late.status, 403);
    assert!(late.text().contains("expired"), "{}", late.text());
    assert_eq!(house.send(Method::PUT, &write, &[], b"x").await.status, 200);
    house.app.clock.advance(Duration::from_secs(24 * 3600));
    assert_eq!(house.send(Method::PUT, &write, &[], b"x").await.status, 403);
}

#[actix_web::test]
async fn bytes_sent_again_take_the_place_of_the_old_ones_which_are_then_removed() {
    let house = House::new().await;
    house.put("a.txt", b"old").await;
    house.put("a.txt", b"new one").await;
    assert_eq!(house.get("a.txt", &[]).await.text(), "new one");
    assert_eq!(house.listed(&[], None).await, ["a.txt 7"]);
    assert_eq!(house.collect_garbage().await, 0, "a download may still read the old ones");
    house.app.clock.advance(Duration::from_secs(61));
    assert_eq!(house.collect_garbage().await, 1);
    assert_eq!(house.blobs().len(), 1);
    let (run, call) = (house.run.clone(), house.ada.clone());
    let deleted = house.app.db.write(move |tx| {
        let names = ["a.txt".to_owned()];
        let page = files::list(tx, run.id, &names, None, None, 1)?;
        files::delete(tx, &call, &run, page.items[0].1.id)
    });
    deleted.await.expect("the file is deleted");
    assert_eq!(house.get("a.txt", &[]).await.status, 404);
    house.app.clock.advance(Duration::from_secs(61));
    house.collect_garbage().await;
    assert_eq!(house.blobs(), Vec::<PathBuf>::new());
}

#[actix_web::test]
async fn a_blob_that_no_file_came_to_own_is_removed_a_day_later() {
    let house = House::new().await;
    let app = &house.app;
    let upload = app.blobs.write(Shelf::Runs).await.expect("a blob is begun");
    let (key, now) = (upload.key().clone(), app.clock.now());
    app.db.write(move |tx| files::expect_blob(tx, &key, now)).await.expect("it is noted");
    upload.finish().await.expect("it appears");
    app.clock.advance(Duration::from_secs(3600));
    assert_eq!((house.collect_garbage().await, house.blobs().len()), (0, 1));
    app.clock.advance(Duration::from_secs(24 * 3600));
    assert_eq!((house.collect_garbage().await, house.blobs().len()), (1, 0));
}

#[actix_web::test]
async fn lists_show_what_arrived_and_names_asked_for_give_a_handle_in_any_case() {
    let house = House::new().await;
    let (run, call) = (house.run.clone(), house.ada.clone());
    let names = ["./code/train.py".to_owned(), "later.txt".to_owned()];
    let prepared = house.app.db.write(move |tx| files::prepare_uploads(tx, &call, &run, &names)).await.expect("names");
    assert_eq!(prepared[0].name, "code/train.py");
    house.put("code/train.py", b"pass").await;
    house.put("codes.txt", b"1").await;
    assert_eq!(house.listed(&[], None).await, ["code/train.py 4", "codes.txt 1"]);
    assert_eq!(house.listed(&[], Some("code/%")).await, ["code/train.py 4"]);
    assert_eq!(house.listed(&[], Some("code_.txt")).await, ["codes.txt 1"]);
    assert_eq!(
        house.listed(&["later.txt", "never.txt", "./codes.txt"], None).await,
        ["later.txt 0", "never.txt 0", "codes.txt 1"]
    );
    assert_eq!(house.get("later.txt", &[]).await.status, 404);
}

#[actix_web::test]
async fn those_who_come_with_a_key_get_the_files_of_runs_they_may_see() {
    let house = House::new().await;
    house.put("media/a b.txt", b"hello").await;
    let (path, [ada, bob]) = ("/files/ada/digits/first/media/a%20b.txt", &house.keys);
    let got = house.send(Method::GET, path, &[("authorization", ada)], b"").await;
    assert_eq!((got.status, got.text().as_str()), (200, "hello"));
    assert_eq!(house.send(Method::GET, path, &[("authorization", bob)], b"").await.status, 404);
    assert_eq!(house.send(Method::GET, path, &[], b"").await.status, 404);
    assert_eq!(house.send(Method::GET, path, &[("authorization", "Basic bm8=")], b"").await.status, 401);
    let (run, call) = (house.run.id, house.ada.clone());
    house.app.db.write(move |tx| runs::delete(tx, &call, run)).await.expect("the run is deleted");
    assert_eq!(house.get("media/a b.txt", &[]).await.status, 404);
    assert_eq!(house.put("late.txt", b"x").await.status, 404);
}

/// Sends a request as it is over a connection of its own, says that no more will come, and returns all of the answer.
async fn over_the_wire(address: std::net::SocketAddr, request: Vec<u8>) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("the server listens");
    stream.write_all(&request).await.expect("the request is sent");
    stream.shutdown().await.expect("no more comes");
    let mut answer = Vec::new();
    // A server that hangs up on a request cut short has answered as well.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[actix_web::test]
async fn an_upload_cut_on_the_way_leaves_nothing_and_a_head_tells_the_size() {
    let house = House::new().await;
    house.put("there.txt", b"0123456789").await;
    let before = house.blobs();
    let (app, reception) = (house.app.clone(), house.reception.clone());
    let server = actix_web::HttpServer::new(move || {
        let (app, reception) = (app.clone(), reception.clone());
        Actix::new().app_data(app).app_data(reception).wrap(from_fn(auth::identify)).configure(door::routes)
    });
    let server = server.workers(1).disable_signals().bind("127.0.0.1:0").expect("a free port");
    let address = server.addrs()[0];
    let server = server.run();
    let handle = server.handle();
    let running = actix_web::rt::spawn(server);
    let path = |link: String| link.trim_start_matches(URL).to_owned();
    let bytes = "x".repeat(3 << 20);
    let promised = bytes.len() + 1000;
    let link = path(house.upload_link("cut.txt"));
    let cut = format!("PUT {link} HTTP/1.1\r\nHost: x\r\nContent-Length: {promised}\r\n\r\n{bytes}");
    let answer = over_the_wire(address, cut.into_bytes()).await;
    assert!(!answer.starts_with("HTTP/1.1 2"), "{answer}");
    let link = path(house.download_link("there.txt"));
    let head = format!("HEAD {link} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let answer = over_the_wire(address, head.into_bytes()).await.to_lowercase();
    assert!(answer.starts_with("http/1.1 200") && answer.contains("content-length: 10\r\n"), "{answer}");
    handle.stop(true).await;
    running.await.expect("the server ran").expect("and stopped");
    // What had arrived is removed beside the answer.
    for _ in 0..100 {
        if house.blobs() == before {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(house.blobs(), before);
    assert_eq!(house.listed(&[], None).await, ["there.txt 10"]);
}
