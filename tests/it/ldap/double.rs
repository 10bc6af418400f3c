//! A double that speaks just enough of the protocol: for what only one product does, and for what no good server does.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A piece of the protocol's encoding: what it is, how long, and what is in it.
pub fn piece(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).expect("answers of this double are short");
    [&[tag, 0x82], length.to_be_bytes().as_slice(), content].concat()
}

/// The end of an answer, of the operation with that tag.
pub fn success(tag: u8) -> Vec<u8> {
    piece(tag, &[&[0x0a, 1, 0], text(b"").as_slice(), text(b"").as_slice()].concat())
}

/// The tags of an entry that was found, and of the end of a search.
pub const ENTRY: u8 = 0x64;
pub const DONE: u8 = 0x65;

pub fn text(value: &[u8]) -> Vec<u8> {
    piece(0x04, value)
}

/// An entry: its name, and attributes with their values.
pub fn entry(dn: &str, attributes: &[(&str, &[&[u8]])]) -> Vec<u8> {
    let attribute = |(name, values): &(&str, &[&[u8]])| {
        let values: Vec<u8> = values.iter().flat_map(|value| text(value)).collect();
        piece(0x30, &[text(name.as_bytes()), piece(0x31, &values)].concat())
    };
    let attributes: Vec<u8> = attributes.iter().flat_map(attribute).collect();
    piece(ENTRY, &[text(dn.as_bytes()), piece(0x30, &attributes)].concat())
}

/// What a search is answered, given its bytes as far as they can be read: messages without their numbers.
type Answers = dyn Fn(&str) -> Vec<Vec<u8>> + Send + Sync;

/// Answers every bind with success, and searches as it is told. Listens until the process ends.
pub struct Double {
    port: u16,
    /// The searches it saw.
    pub seen: Arc<Mutex<Vec<String>>>,
}

impl Double {
    pub fn start(answers: impl Fn(&str) -> Vec<Vec<u8>> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (noted, answers): (_, Arc<Answers>) = (Arc::clone(&seen), Arc::new(answers));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (noted, answers) = (Arc::clone(&noted), Arc::clone(&answers));
                thread::spawn(move || converse(stream, &*answers, &noted));
            }
        });
        Self { port, seen }
    }

    /// By the first of these answers whose texts are all in the search: entries, then the end.
    pub fn of(answers: Vec<(Vec<&'static str>, Vec<Vec<u8>>)>) -> Self {
        Self::start(move |asked| {
            let found = answers.iter().find(|(parts, _)| parts.iter().all(|part| asked.contains(part)));
            found.iter().flat_map(|(_, entries)| entries.clone()).chain([success(DONE)]).collect()
        })
    }

    pub fn plain(&self) -> String {
        format!("ldap://127.0.0.1:{}", self.port)
    }
}

fn converse(mut stream: TcpStream, answers: &Answers, seen: &Mutex<Vec<String>>) {
    while let Some(message) = read(&mut stream) {
        // A sequence: the number of the message, then the operation.
        let (id, operation) = message.split_at(2 + usize::from(message[1]));
        let replies = match operation[0] {
            0x60 => vec![success(0x61)],
            0x63 => {
                let asked = String::from_utf8_lossy(operation).into_owned();
                let replies = answers(&asked);
                seen.lock().expect("nobody panics").push(asked);
                replies
            }
            _ => return,
        };
        let reply: Vec<u8> = replies.iter().flat_map(|content| piece(0x30, &[id, content].concat())).collect();
        if stream.write_all(&reply).is_err() {
            return;
        }
    }
}

/// The content of the next message.
fn read(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut head = [0; 2];
    stream.read_exact(&mut head).ok()?;
    let length = match head[1] {
        short @ 0..=0x7f => usize::from(short),
        long => {
            let mut bytes = vec![0; usize::from(long & 0x7f)];
            stream.read_exact(&mut bytes).ok()?;
            bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte))
        }
    };
    let mut content = vec![0; length];
    stream.read_exact(&mut content).ok()?;
    Some(content)
}
