//! Files of runs through the doors: links that the server signed, and the address for those who come with a key.

use std::path::{Path, PathBuf};
use std::time::Duration;

use actix_web::App as Actix;
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use runstead::blob::Shelf;
use runstead::domain::projects::ProjectName;
use runstead::domain::runs::{self, Changes, Place, Run, RunName};
use runstead::domain::{Call, accounts, files};
use runstead::server::{self, auth};
use tempfile::TempDir;

use super::house::{Answer, Ask, House, URL, settings};

/// A house in which `ada` has a run that `bob` may not see.
struct Room {
    house: House,
    run: Run,
    ada: Call,
    keys: [String; 2],
    folder: TempDir,
}

impl Room {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let house = House::open(&settings(folder.path(), &[])).await;
        let ada = house.set_up().await;
        let keys = [ada.clone(), house.person(&ada, "bob").await].map(|key| format!("Bearer {key}"));
        let now = house.app.clock.now();
        let made = house.app.db.write(move |tx| {
            let ada = accounts::by_username(tx, "ada")?.expect("the administrator");
            let ada = Call { actor: accounts::actor(tx, ada.id)?, now, address: None, cause: None };
            let place = Place {
                entity: Some("ada".to_owned()),
                project: ProjectName::parse("digits")?,
                name: Some(RunName::parse("first")?),
                must_exist: false,
                hindrance: None,
            };
            let run = runs::upsert(tx, &ada, &place, &Changes::default())?.run;
            Ok((ada, run))
        });
        let (ada, run) = made.await.expect("a run");
        Self { house, run, ada, keys, folder }
    }

    fn upload_link(&self, name: &str) -> String {
        let app = &self.house.app;
        files::upload_url(&app.signer, &app.public_url, self.run.id, name, app.clock.now())
    }
    fn download_link(&self, name: &str) -> String {
        let app = &self.house.app;
        files::download_url(&app.signer, &app.public_url, self.run.id, name, app.clock.now())
    }

    async fn send(&self, method: Method, url: &str, headers: &[(&'static str, &str)], body: &[u8]) -> Answer {
        let ask = Ask { body: body.to_vec(), ..Ask::new(method, url.strip_prefix(URL).unwrap_or(url)) };
        self.house.send(headers.iter().fold(ask, |ask, (name, value)| ask.header(name, *value))).await
    }

    async fn put(&self, name: &str, body: &[u8]) -> Answer {
        self.send(Method::PUT, &self.upload_link(name), &[], body).await
    }
    async fn get(&self, name: &str, headers: &[(&'static str, &str)]) -> Answer {
        self.send(Method::GET, &self.download_link(name), headers, b"").await
    }

    /// The files of the run as `name size`.
    async fn listed(&self, names: &[&str], pattern: Option<&str>) -> Vec<String> {
        let (run, pattern) = (self.run.id, pattern.map(str::to_owned));
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let list = self.house.app.db.read(move |db| files::list(db, run, &names, pattern.as_deref(), None, 100));
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
        let app = &self.house.app;
        files::collect_garbage(&app.db, &app.blobs, app.clock.now()).await.expect("garbage is collected")
    }
}

#[actix_web::test]
async fn what_was_sent_comes_back_whole_under_any_name() {
    let room = Room::new().await;
    for name in ["a.txt", "media/images/é ü.png", "100% sure + a&b?#.txt", "test with_special-characters.txt", "a%2Fb", "empty"]
    {
        let bytes = if name == "empty" { Vec::new() } else { name.repeat(1000).into_bytes() };
        let sent = room.send(Method::PUT, &room.upload_link(name), &[("authorization", "Basic nonsense")], &bytes).await;
        assert_eq!(sent.status, 200, "{name}: {}", sent.text());
        let got = room.get(name, &[("authorization", "Basic nonsense")]).await;
        assert_eq!((got.status, got.body), (200, bytes), "{name}");
    }
    assert_eq!(room.listed(&[], None).await.len(), 6);
}

#[actix_web::test]
async fn uploaded_pages_never_act_as_pages_of_this_server() {
    let room = Room::new().await;
    room.put("media/html/é.html", b"<script>alert(1)</script>").await;
    let got = room.get("media/html/é.html", &[]).await;
    assert_eq!(got.header("content-type"), "text/html");
    assert_eq!(got.header("x-content-type-options"), "nosniff");
    let policy = got.header("content-security-policy");
    assert!(policy.contains("sandbox") && !policy.contains("allow-same-origin"), "{policy}");
    assert_eq!(got.header("content-disposition"), "inline; filename*=UTF-8''%C3%A9%2Ehtml");
    let asked = room.send(Method::OPTIONS, &room.download_link("a.txt"), &[], b"").await;
    assert_eq!((asked.status, asked.header("access-control-allow-origin")), (204, "*"));
}

#[actix_web::test]
async fn a_part_of_a_file_can_be_asked_for() {
    let room = Room::new().await;
    room.put("digits", b"0123456789").await;
    let part = room.get("digits", &[("range", "bytes=2-4")]).await;
    assert_eq!((part.status, part.header("content-range"), part.text().as_str()), (206, "bytes 2-4/10", "234"));
    let beyond = room.get("digits", &[("range", "bytes=10-")]).await;
    assert_eq!((beyond.status, beyond.header("content-range")), (416, "bytes */10"));
    let whole = room.get("digits", &[]).await;
    let etag = whole.header("etag");
    assert_eq!(room.get("digits", &[("if-none-match", etag)]).await.status, 304);
    assert_eq!(room.get("digits", &[("range", "bytes=2-4"), ("if-range", etag)]).await.status, 206);
    room.put("digits", b"9876543210").await;
    let changed = room.get("digits", &[("range", "bytes=2-4"), ("if-range", etag)]).await;
    assert_eq!((changed.status, changed.text().as_str()), (200, "9876543210"));
    let head = room.send(Method::HEAD, &room.download_link("digits"), &[], b"").await;
    assert_eq!(head.status, 200);
}

#[actix_web::test]
async fn bytes_that_are_not_those_promised_leave_nothing_behind() {
    let room = Room::new().await;
    let link = room.upload_link("a.txt");
    let wrong = STANDARD.encode(Md5::digest(b"other"));
    let refused = room.send(Method::PUT, &link, &[("content-md5", &wrong)], b"bytes").await;
    assert_eq!(refused.status, 400, "{}", refused.text());
    let cut = room.send(Method::PUT, &link, &[("content-length", "1000")], b"bytes").await;
    assert_eq!(cut.status, 400, "{}", cut.text());
    assert_eq!(room.blobs(), Vec::<PathBuf>::new());
    assert_eq!(room.listed(&[], None).await, Vec::<String>::new());
    let right = STANDARD.encode(Md5::digest(b"bytes"));
    assert_eq!(room.send(Method::PUT, &link, &[("content-md5", &right)], b"bytes").await.status, 200);
    assert_eq!(room.listed(&[], None).await, ["a.txt 5"]);
}

#[actix_web::test]
async fn a_link_is_good_for_one_file_one_method_and_its_time() {
    let room = Room::new().await;
    room.put("a.txt", b"a").await;
    room.put("b.txt", b"b").await;
    let (read, write) = (room.download_link("a.txt"), room.upload_link("a.txt"));
    let other_file = read.replace("a.txt", "b.txt");
    let other_door = read.replace("/download/", "/upload/");
    for (method, link) in
        [(Method::GET, other_file), (Method::PUT, other_door), (Method::GET, write.replace("/upload/", "/download/"))]
    {
        assert_eq!(room.send(method, &link, &[], b"x").await.status, 403, "{link}");
    }
    room.house.app.clock.advance(Duration::from_secs(3601));
    let late = room.send(Method::GET, &read, &[], b"").await;
    assert_eq!(late.status, 403);
    assert!(late.text().contains("expired"), "{}", late.text());
    assert_eq!(room.send(Method::PUT, &write, &[], b"x").await.status, 200);
    room.house.app.clock.advance(Duration::from_secs(24 * 3600));
    assert_eq!(room.send(Method::PUT, &write, &[], b"x").await.status, 403);
}

#[actix_web::test]
async fn bytes_sent_again_take_the_place_of_the_old_ones_which_are_then_removed() {
    let room = Room::new().await;
    room.put("a.txt", b"old").await;
    room.put("a.txt", b"new one").await;
    assert_eq!(room.get("a.txt", &[]).await.text(), "new one");
    assert_eq!(room.listed(&[], None).await, ["a.txt 7"]);
    assert_eq!(room.collect_garbage().await, 0, "a download may still read the old ones");
    room.house.app.clock.advance(Duration::from_secs(61));
    assert_eq!(room.collect_garbage().await, 1);
    assert_eq!(room.blobs().len(), 1);
    let (run, call) = (room.run.clone(), room.ada.clone());
    let deleted = room.house.app.db.write(move |tx| {
        let names = ["a.txt".to_owned()];
        let page = files::list(tx, run.id, &names, None, None, 1)?;
        files::delete(tx, &call, &run, page.items[0].1.id)
    });
    deleted.await.expect("the file is deleted");
    assert_eq!(room.get("a.txt", &[]).await.status, 404);
    room.house.app.clock.advance(Duration::from_secs(61));
    room.collect_garbage().await;
    assert_eq!(room.blobs(), Vec::<PathBuf>::new());
}

#[actix_web::test]
async fn a_blob_that_no_file_came_to_own_is_removed_a_day_later() {
    let room = Room::new().await;
    let app = &room.house.app;
    let upload = app.blobs.write(Shelf::Runs).await.expect("a blob is begun");
    let (key, now) = (upload.key().clone(), app.clock.now());
    app.db.write(move |tx| files::expect_blob(tx, &key, now)).await.expect("it is noted");
    upload.finish().await.expect("it appears");
    app.clock.advance(Duration::from_secs(3600));
    assert_eq!((room.collect_garbage().await, room.blobs().len()), (0, 1));
    app.clock.advance(Duration::from_secs(24 * 3600));
    assert_eq!((room.collect_garbage().await, room.blobs().len()), (1, 0));
}

#[actix_web::test]
async fn lists_show_what_arrived_and_names_asked_for_give_a_handle_in_any_case() {
    let room = Room::new().await;
    let (run, call) = (room.run.clone(), room.ada.clone());
    let names = ["./code/train.py".to_owned(), "later.txt".to_owned()];
    let prepared = room.house.app.db.write(move |tx| files::prepare_uploads(tx, &call, &run, &names)).await.expect("names");
    assert_eq!(prepared[0].name, "code/train.py");
    room.put("code/train.py", b"pass").await;
    room.put("codes.txt", b"1").await;
    assert_eq!(room.listed(&[], None).await, ["code/train.py 4", "codes.txt 1"]);
    assert_eq!(room.listed(&[], Some("code/%")).await, ["code/train.py 4"]);
    assert_eq!(room.listed(&[], Some("code_.txt")).await, ["codes.txt 1"]);
    assert_eq!(
        room.listed(&["later.txt", "never.txt", "./codes.txt"], None).await,
        ["later.txt 0", "never.txt 0", "codes.txt 1"]
    );
    assert_eq!(room.get("later.txt", &[]).await.status, 404);
}

#[actix_web::test]
async fn those_who_come_with_a_key_get_the_files_of_runs_they_may_see() {
    let room = Room::new().await;
    room.put("media/a b.txt", b"hello").await;
    let (path, [ada, bob]) = ("/files/ada/digits/first/media/a%20b.txt", &room.keys);
    let got = room.send(Method::GET, path, &[("authorization", ada)], b"").await;
    assert_eq!((got.status, got.text().as_str()), (200, "hello"));
    assert_eq!(room.send(Method::GET, path, &[("authorization", bob)], b"").await.status, 404);
    assert_eq!(room.send(Method::GET, path, &[], b"").await.status, 404);
    assert_eq!(room.send(Method::GET, path, &[("authorization", "Basic bm8=")], b"").await.status, 401);
    let (run, call) = (room.run.id, room.ada.clone());
    room.house.app.db.write(move |tx| runs::trash::delete(tx, &call, run, Duration::ZERO)).await.expect("the run is deleted");
    assert_eq!(room.get("media/a b.txt", &[]).await.status, 404);
    assert_eq!(room.put("late.txt", b"x").await.status, 404);
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
    let room = Room::new().await;
    room.put("there.txt", b"0123456789").await;
    let before = room.blobs();
    let app = room.house.app.clone();
    let server =
        actix_web::HttpServer::new(move || Actix::new().wrap(from_fn(auth::identify)).configure(server::doors(app.clone())));
    let server = server.workers(1).disable_signals().bind("127.0.0.1:0").expect("a free port");
    let address = server.addrs()[0];
    let server = server.run();
    let handle = server.handle();
    let running = actix_web::rt::spawn(server);
    let path = |link: String| link.trim_start_matches(URL).to_owned();
    let bytes = "x".repeat(3 << 20);
    let promised = bytes.len() + 1000;
    let link = path(room.upload_link("cut.txt"));
    let cut = format!("PUT {link} HTTP/1.1\r\nHost: x\r\nContent-Length: {promised}\r\n\r\n{bytes}");
    let answer = over_the_wire(address, cut.into_bytes()).await;
    assert!(!answer.starts_with("HTTP/1.1 2"), "{answer}");
    let link = path(room.download_link("there.txt"));
    let head = format!("HEAD {link} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let answer = over_the_wire(address, head.into_bytes()).await.to_lowercase();
    assert!(answer.starts_with("http/1.1 200") && answer.contains("content-length: 10\r\n"), "{answer}");
    handle.stop(true).await;
    running.await.expect("the server ran").expect("and stopped");
    // What had arrived is removed beside the answer.
    for _ in 0..100 {
        if room.blobs() == before {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(room.blobs(), before);
    assert_eq!(room.listed(&[], None).await, ["there.txt 10"]);
}
