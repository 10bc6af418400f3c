//! Speaks the client's protocol as fast as a machine can: what `bench.py` measures the server with, and the append-only file
//! it is compared to. `bench.py` compiles it: `rustc -O --edition 2024 loadgen.rs`; it needs nothing but the standard library.
//!
//! * `loadgen ingest …` streams runs, a thread and a connection each. All messages are made before the clock starts.
//! * `loadgen charts …` is readers that draw a chart again and again.
//! * `loadgen append-only PORT FILE` is the ceiling: a server that takes the same messages, appends them to one file and answers
//!   once they are on the disk, those that wait together with one sync. It reads nothing of what it keeps.
//!
//! Prints one JSON object.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Barrier, Mutex};
use std::time::{Duration, Instant};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mode = arguments.next().expect("a mode: ingest, charts or append-only");
    let rest: Vec<String> = arguments.collect();
    match mode.as_str() {
        "append-only" => append_only(&rest[0], &rest[1]),
        "ingest" => ingest(&Options::read(&rest)),
        "charts" => charts(&Options::read(&rest)),
        other => panic!("no mode {other}"),
    }
}

/// `--name value` pairs.
struct Options(HashMap<String, String>);

impl Options {
    fn read(words: &[String]) -> Self {
        let pairs = words.chunks(2).map(|pair| (pair[0].trim_start_matches("--").to_owned(), pair[1].clone()));
        Self(pairs.collect())
    }
    fn text(&self, name: &str) -> &str {
        self.0.get(name).unwrap_or_else(|| panic!("--{name} is missing"))
    }
    fn number(&self, name: &str, otherwise: usize) -> usize {
        self.0.get(name).map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("--{name} takes a number")))
    }
}

// ---------------------------------------------------------------------------------------------------------------- data

/// Numbers as chance has them (splitmix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
    /// From 0 to 1.
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
    /// About 0, rarely beyond 1.
    fn noise(&mut self) -> f64 {
        (0..4).map(|_| self.share()).sum::<f64>() - 2.0
    }
}

/// Metrics as training logs them: of ten, five losses of 32 bits, an epoch, a count of samples, a schedule, a flag, and one
/// that is noise to its last bit.
struct Training {
    chance: Chance,
    levels: Vec<f64>,
    names: Vec<String>,
}

impl Training {
    fn new(seed: usize, metrics: usize) -> Self {
        const NAMES: [&str; 10] =
            ["train/loss", "train/acc", "val/loss", "grad_norm", "throughput", "epoch", "samples_seen", "lr", "is_best", "reward"];
        let name = |metric: usize| match metric / NAMES.len() {
            0 => NAMES[metric].to_owned(),
            layer => format!("layers.{layer}/{}", NAMES[metric % NAMES.len()]),
        };
        Self { chance: Chance(seed as u64), levels: vec![1.0; metrics], names: (0..metrics).map(name).collect() }
    }

    fn value(&mut self, metric: usize, step: usize) -> f64 {
        let level = &mut self.levels[metric];
        match metric % 10 {
            0..=4 => {
                *level = *level * 0.9995 + 0.01 * self.chance.noise();
                f64::from(*level as f32)
            }
            5 => (step / 100) as f64,
            6 => (step * 32) as f64,
            7 => 1.5e-4 * (1.0 + (step as f64 * 1e-4).cos()),
            8 => f64::from(u8::from(self.chance.next() % 50 == 0)),
            _ => {
                *level += 0.01 * self.chance.noise();
                *level
            }
        }
    }

    /// The members of a row, as text inside a JSON string. The client walks a map: their order is another in each row.
    fn row(&mut self, step: usize, into: &mut String, last: &mut [String]) {
        let count = self.names.len() + 3;
        let turn = self.chance.next() as usize % count;
        for place in 0..count {
            if place > 0 {
                into.push(',');
            }
            match (place + turn) % count {
                metric if metric < self.names.len() => {
                    let value = self.value(metric, step);
                    let member = format!(r#"\"{}\":{value}"#, self.names[metric]);
                    into.push_str(&member);
                    last[metric] = member;
                }
                other if other == count - 3 => into.push_str(&format!(r#"\"_step\":{step}"#)),
                other if other == count - 2 => into.push_str(&format!(r#"\"_runtime\":{}"#, step as f64 * 0.1)),
                _ => into.push_str(&format!(r#"\"_timestamp\":{}"#, 1.7e9 + step as f64 * 0.1)),
            }
        }
    }
}

/// The messages of one run, each with its summary, as the client sends them.
fn messages(run: usize, posts: usize, lines: usize, metrics: usize) -> Vec<Vec<u8>> {
    let mut training = Training::new(run + 1, metrics);
    let mut last = vec![String::new(); metrics];
    let message = |post: usize| {
        let begin = post * lines;
        let mut body = format!(r#"{{"files":{{"wandb-history.jsonl":{{"offset":{begin},"content":["#);
        for step in begin..begin + lines {
            body.push_str(if step == begin { "\"{" } else { ",\"{" });
            training.row(step, &mut body, &mut last);
            body.push_str("}\"");
        }
        body.push_str(r#"]},"wandb-summary.json":{"offset":0,"content":["{"#);
        body.push_str(&format!(r#"{},\"_step\":{}}}"]}}}}}}"#, last.join(","), begin + lines - 1));
        body.into_bytes()
    };
    (0..posts).map(message).collect()
}

// ------------------------------------------------------------------------------------------------------------- clients

/// A connection that is kept.
struct Client {
    stream: TcpStream,
    head: String,
    buffer: Vec<u8>,
}

impl Client {
    fn open(address: &str, key: &str) -> Self {
        let stream = TcpStream::connect(address).expect("the server listens");
        stream.set_nodelay(true).expect("a socket takes options");
        stream.set_read_timeout(Some(Duration::from_secs(300))).expect("a socket takes options");
        let head = format!("HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\nauthorization: Bearer {key}\r\n");
        Self { stream, head, buffer: vec![0; 64 * 1024] }
    }

    /// The status and the body of the answer.
    fn post(&mut self, path: &str, body: &[u8]) -> (u16, Vec<u8>) {
        let mut request = format!("POST {path} {}content-length: {}\r\n\r\n", self.head, body.len()).into_bytes();
        request.extend_from_slice(body);
        self.stream.write_all(&request).expect("the server takes the request");
        let mut answer = Vec::new();
        let mut expected = None;
        loop {
            let count = self.stream.read(&mut self.buffer).expect("the server answers");
            assert!(count > 0, "the server closed the connection");
            answer.extend_from_slice(&self.buffer[..count]);
            if expected.is_none() {
                expected = answer.windows(4).position(|window| window == b"\r\n\r\n").map(|end| {
                    let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
                    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")).expect("a length");
                    (end + 4, end + 4 + length.trim().parse::<usize>().expect("a length is a number"))
                });
            }
            if let Some((begin, end)) = expected.filter(|(_, end)| answer.len() >= *end) {
                let status = String::from_utf8_lossy(&answer[9..12]).parse().expect("a status is a number");
                return (status, answer[begin..end].to_vec());
            }
        }
    }

    fn must_post(&mut self, path: &str, body: &[u8]) -> Vec<u8> {
        let (status, answer) = self.post(path, body);
        let shown = String::from_utf8_lossy(&answer);
        assert!(status == 200 && !shown.contains("\"errors\":["), "{path}: {status} {}", &shown[..shown.len().min(300)]);
        answer
    }
}

/// Streams `--runs` runs of `--posts` messages of `--lines` rows of `--metrics` metrics, a message every `--every-ms`.
fn ingest(options: &Options) {
    let (runs, posts) = (options.number("runs", 10), options.number("posts", 100));
    let (lines, metrics) = (options.number("lines", 100), options.number("metrics", 10));
    let every = Duration::from_millis(options.number("every-ms", 0) as u64);
    let (begins, ends) = (options.number("begin", 1) == 1, options.number("end", 0) == 1);
    let (address, key, prefix) = (options.text("address"), options.text("key"), options.text("prefix"));
    let (ready, go) = (Barrier::new(runs + 1), Barrier::new(runs + 1));
    let times = Mutex::new(Vec::new());
    let mut seconds = 0.0;
    std::thread::scope(|scope| {
        for run in 0..runs {
            let (ready, go, times) = (&ready, &go, &times);
            let work = move || {
                let name = format!("{prefix}{run}");
                let bodies = messages(run, posts, lines, metrics);
                let mut client = Client::open(address, key);
                if begins {
                    let query = format!(
                        r#"{{"query":"mutation {{ upsertBucket(input: {{ entityName: \"ada\", modelName: \"bench\", name: \"{name}\", config: \"{{\\\"lr\\\":{{\\\"value\\\":0.1}}}}\" }}) {{ bucket {{ id }} }} }}"}}"#
                    );
                    client.must_post("/graphql", query.as_bytes());
                }
                let path = format!("/files/ada/bench/{name}/file_stream");
                let mut own = Vec::with_capacity(posts);
                ready.wait();
                go.wait();
                let begun = Instant::now() + every.mul_f64(run as f64 / runs as f64);
                for (post, body) in bodies.iter().enumerate() {
                    let due = begun + every * post as u32;
                    std::thread::sleep(due.saturating_duration_since(Instant::now()));
                    let sent = Instant::now();
                    client.must_post(&path, body);
                    own.push(sent.elapsed());
                }
                if ends {
                    client.must_post(&path, br#"{"complete":true,"exitcode":0}"#);
                }
                times.lock().expect("no thread panics").extend(own);
            };
            std::thread::Builder::new().stack_size(256 * 1024).spawn_scoped(scope, work).expect("a thread begins");
        }
        ready.wait();
        signal_ready();
        let begun = Instant::now();
        go.wait();
        // The scope ends when the last run has.
        seconds = -begun.elapsed().as_secs_f64();
        BEGUN.set(begun).expect("it is set once");
    });
    seconds += BEGUN.get().expect("it was set").elapsed().as_secs_f64();
    let points = runs * posts * lines * metrics;
    report(&mut times.into_inner().expect("no thread panics"), seconds, points);
}

static BEGUN: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();

/// Says that all is prepared, and waits for a line that says that the clock may start.
fn signal_ready() {
    println!("ready");
    std::io::stdin().lock().read_line(&mut String::new()).expect("somebody starts the clock");
}

/// `--readers` readers each draw the chart that `--asked` is the request of, every `--every-ms` for `--seconds`; with
/// `--deltas 1` they send back the cursors they were given, as pages do.
fn charts(options: &Options) {
    let (readers, seconds) = (options.number("readers", 100), options.number("seconds", 10));
    let every = Duration::from_millis(options.number("every-ms", 2000) as u64);
    let (address, key, asked) = (options.text("address"), options.text("key"), options.text("asked"));
    let deltas = options.number("deltas", 0) == 1;
    let times = Mutex::new(Vec::new());
    signal_ready();
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for reader in 0..readers {
            let times = &times;
            scope.spawn(move || {
                let mut client = Client::open(address, key);
                let mut own = Vec::new();
                let mut due = begun + every.mul_f64(reader as f64 / readers as f64);
                let mut request = asked.to_owned();
                while begun.elapsed().as_secs() < seconds as u64 {
                    std::thread::sleep(due.saturating_duration_since(Instant::now()));
                    let sent = Instant::now();
                    let answer = client.must_post("/api/v1/metrics", request.as_bytes());
                    own.push(sent.elapsed());
                    if deltas {
                        request = with_cursors(asked, &answer);
                    }
                    due = (due + every).max(Instant::now());
                }
                times.lock().expect("no thread panics").extend(own);
            });
        }
    });
    report(&mut times.into_inner().expect("no thread panics"), begun.elapsed().as_secs_f64(), 0);
}

/// The request again with the cursor that each run was answered with.
fn with_cursors(asked: &str, answer: &[u8]) -> String {
    let length = u32::from_le_bytes(answer[4..8].try_into().expect("four bytes")) as usize;
    let head = String::from_utf8_lossy(&answer[8..8 + length]).into_owned();
    let mut request = asked.replacen('{', r#"{"deltas":true,"#, 1);
    for run in head.split(r#"{"name":""#).skip(1) {
        let name = run.split('"').next().unwrap_or_default();
        if let Some(cursor) = run.split(r#""cursor":""#).nth(1).and_then(|rest| rest.split('"').next()) {
            let known = format!(r#"{{"name":"{name}"}}"#);
            request = request.replace(&known, &format!(r#"{{"name":"{name}","cursor":"{cursor}"}}"#));
        }
    }
    request
}

fn report(times: &mut [Duration], seconds: f64, points: usize) {
    times.sort_unstable();
    let at = |share: f64| times.get(((times.len() as f64 - 1.0) * share).round() as usize).copied().unwrap_or_default();
    let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
    println!(
        r#"{{"seconds":{seconds:.4},"points":{points},"count":{},"p50_ms":{:.3},"p99_ms":{:.3},"max_ms":{:.3}}}"#,
        times.len(),
        milliseconds(at(0.5)),
        milliseconds(at(0.99)),
        milliseconds(at(1.0)),
    );
}

// ------------------------------------------------------------------------------------------------------------- ceiling

/// A message to keep, and who waits for it.
type Kept = (Vec<u8>, Sender<()>);

fn append_only(port: &str, path: &str) {
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).expect("the port is free");
    let (queue, waiting) = channel::<Kept>();
    let file = File::create(path).expect("the file can be made");
    std::thread::spawn(move || keep(file, &waiting));
    let queue = Arc::new(Mutex::new(queue));
    for stream in listener.incoming() {
        let queue = queue.lock().expect("no thread panics").clone();
        let work = move || serve(stream.expect("a connection"), &queue);
        std::thread::Builder::new().stack_size(256 * 1024).spawn(work).expect("a thread begins");
    }
}

/// Appends whatever waits, syncs once, answers all.
fn keep(mut file: File, waiting: &Receiver<Kept>) {
    while let Ok(first) = waiting.recv() {
        let group: Vec<Kept> = std::iter::once(first).chain(waiting.try_iter()).collect();
        let bytes: Vec<u8> = group.iter().flat_map(|(body, _)| body.iter().copied()).collect();
        file.write_all(&bytes).expect("the disk has room");
        file.sync_data().expect("the disk keeps it");
        for (_, answer) in group {
            let _ = answer.send(());
        }
    }
}

fn serve(stream: TcpStream, queue: &Sender<Kept>) {
    stream.set_nodelay(true).expect("a socket takes options");
    let mut out = stream.try_clone().expect("a socket can be shared");
    let mut input = BufReader::with_capacity(64 * 1024, stream);
    loop {
        let (mut length, mut line) = (0, String::new());
        loop {
            line.clear();
            if input.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            if let Some(text) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = text.trim().parse().expect("a length is a number");
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        input.read_exact(&mut body).expect("the body comes whole");
        let (answer, kept) = channel();
        queue.send((body, answer)).expect("the keeper lives");
        kept.recv().expect("the keeper answers");
        out.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}").expect("the client reads");
    }
}
