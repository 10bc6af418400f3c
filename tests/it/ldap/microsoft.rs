//! Active Directory: its entries' shape in a real OpenLDAP server, and, by a double that speaks just enough of the protocol,
//! what only the product itself does: it follows groups in groups itself, and lists members of large groups in parts.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::Office;
use super::slapd::{BASE, Shape, Slapd, group_dn};

const RULES: &str = "[[rule]]\ngroup = 'ML-Leads'\nteam = 'vision'\nrole = 'admin'\ncreate_team = true\n";

/// A person as that product has them; the id is bytes.
fn person(number: u8, control: u32, expires: &str) -> String {
    let guid = STANDARD.encode([0xff, 0x00, 0xfe, number, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    format!(
        "dn: cn=Person {number},ou=people,{BASE}\nobjectClass: user\ncn: Person {number}\nsn: {number}\n\
         sAMAccountName: p{number}\nuserPrincipalName: p{number}@corp.example\ndisplayName: Person Number {number}\n\
         objectGUID:: {guid}\nobjectCategory: person\nuserAccountControl: {control}\n{expires}mail: p{number}@example.org\n\
         userPassword: pw-p{number}\n\n"
    )
}

#[actix_web::test]
async fn its_entries_are_read_by_the_preset_alone() {
    // 514 is a usual account with the bit "disabled"; the other one was over in 2024.
    let people = [
        person(1, 512, "accountExpires: 9223372036854775807\n"),
        person(2, 514, ""),
        person(3, 512, "accountExpires: 133500000000000000\n"),
        person(4, 512, "accountExpires: 0\n"),
    ];
    let group = |cn: &str, member: &str| {
        format!("dn: {}\nobjectClass: group\ncn: {cn}\nobjectCategory: group\nmember: {member}\n\n", group_dn(cn))
    };
    let inner = group("Inner", &format!("cn=Person 4,ou=people,{BASE}"));
    let outer = group("ML-Leads", &format!("cn=Person 1,ou=people,{BASE}\nmember: {}", group_dn("Inner")));
    let ldif = people.concat() + &inner + &outer;
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/ldap/active-directory.schema");
    let slapd = Slapd::shaped(Shape { schema: Some(schema), ldif: &ldif, ..Shape::default() });
    let office = Office::with_rules(&slapd, RULES, &[("ldap.product", "active-directory")]).await;
    let done = office.sync().await;
    assert_eq!((&done["outcome"], &done["people"], &done["groups"]), (&json!("applied"), &json!(2), &json!(2)), "{done}");
    assert_eq!(office.members("vision").await, ["p1 admin ML-Leads", "p4 admin ML-Leads"]);
    assert_eq!(office.username("p1@corp.example", "pw-p1").await, "p1");
    assert_eq!(office.sign_in("p2", "pw-p2").await.status, 401, "disabled");
    assert_eq!(office.sign_in("p3", "pw-p3").await.status, 401, "over");
    let told = office.get("/api/v1/directory/people/p1").await;
    assert_eq!(told["person"]["id"], "ff00fe010102030405060708090a0b0c", "{told}");
    let disabled = office.get("/api/v1/directory/people/p2").await;
    assert!(disabled["because"].as_str().is_some_and(|why| why.contains("is disabled")), "{disabled}");
    assert_eq!(office.sync().await["outcome"], "unchanged");
}

/// A piece of the protocol's encoding: what it is, how long, and what is in it.
fn piece(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).expect("answers of this double are short");
    [&[tag, 0x82], length.to_be_bytes().as_slice(), content].concat()
}

fn text(value: &str) -> Vec<u8> {
    piece(0x04, value.as_bytes())
}

/// An entry: its name, and attributes with their values.
type Entry = (String, Vec<(String, Vec<String>)>);

/// What a search is answered whose bytes contain all of these texts.
type Answer = (Vec<&'static str>, Vec<Entry>);

/// Answers binds with success, and searches by the first of its answers that fits.
struct Double {
    port: u16,
    /// The searches it saw, as the bytes that can be read.
    seen: Arc<Mutex<Vec<String>>>,
}

impl Double {
    fn start(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (noted, answers) = (Arc::clone(&seen), Arc::new(answers));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (noted, answers) = (Arc::clone(&noted), Arc::clone(&answers));
                thread::spawn(move || converse(stream, &answers, &noted));
            }
        });
        Self { port, seen }
    }
}

fn converse(mut stream: TcpStream, answers: &[Answer], seen: &Mutex<Vec<String>>) {
    while let Some(message) = read(&mut stream) {
        // A sequence: the number of the message, then the operation.
        let (id, operation) = message.split_at(2 + usize::from(message[1]));
        let wrap = |content: &[u8]| piece(0x30, &[id, content].concat());
        let success = |tag: u8| wrap(&piece(tag, &[&[0x0a, 1, 0], text("").as_slice(), text("").as_slice()].concat()));
        let reply = match operation[0] {
            0x60 => success(0x61),
            0x63 => {
                let asked = String::from_utf8_lossy(operation).into_owned();
                let found = answers.iter().find(|(parts, _)| parts.iter().all(|part| asked.contains(part)));
                seen.lock().expect("nobody panics").push(asked);
                let entries = found.iter().flat_map(|(_, entries)| entries).flat_map(|entry| wrap(&encoded(entry)));
                entries.chain(success(0x65)).collect()
            }
            _ => return,
        };
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

fn encoded((dn, attributes): &Entry) -> Vec<u8> {
    let attribute = |(name, values): &(String, Vec<String>)| {
        let values: Vec<u8> = values.iter().flat_map(|value| text(value)).collect();
        piece(0x30, &[text(name), piece(0x31, &values)].concat())
    };
    let attributes: Vec<u8> = attributes.iter().flat_map(attribute).collect();
    piece(0x64, &[text(dn), piece(0x30, &attributes)].concat())
}

fn entry(dn: &str, attributes: &[(&str, &[&str])]) -> Entry {
    let owned =
        |(name, values): &(&str, &[&str])| ((*name).to_owned(), values.iter().map(|value| (*value).to_owned()).collect());
    (dn.to_owned(), attributes.iter().map(owned).collect())
}

#[actix_web::test]
async fn it_follows_groups_in_groups_itself_and_lists_large_groups_in_parts() {
    let ann = entry("cn=Ann,dc=x", &[("sAMAccountName", &["ann"]), ("objectGUID", &["a"]), ("displayName", &["Ann"])]);
    let bob = entry("cn=Bob,dc=x", &[("sAMAccountName", &["bob"]), ("objectGUID", &["b"])]);
    let leads = |name: &str, members: &[&str]| entry("cn=ML-Leads,dc=x", &[("cn", &["ML-Leads"]), (name, members)]);
    let double = Double::start(vec![
        (vec!["member;range=1-*"], vec![leads("member;range=1-*", &["cn=Bob,dc=x"])]),
        (vec!["1.2.840.113556.1.4.1941", "cn=Ann,dc=x"], vec![entry("cn=ML-Leads,dc=x", &[("cn", &["ML-Leads"])])]),
        (vec!["objectCategory", "group", "memberUid", "uniqueMember"], vec![leads("member;range=0-0", &["cn=Ann,dc=x"])]),
        (vec!["objectCategory", "group"], vec![]),
        (vec!["sAMAccountName", "ann"], vec![ann.clone()]),
        (vec!["sAMAccountName"], vec![ann, bob]),
    ]);
    let servers = format!("ldap://127.0.0.1:{}", double.port);
    let more = [
        ("ldap.product", "active-directory"),
        ("ldap.servers", servers.as_str()),
        ("ldap.start_tls", "false"),
        ("ldap.base_dn", "dc=x"),
        ("ldap.group_base_dn", "dc=x"),
    ];
    let slapd = Slapd::start(0);
    let office = Office::with_rules(&slapd, RULES, &more).await;
    // By one question, though the person is in a group in the group.
    assert_eq!(office.username("ann", "whatever").await, "ann");
    let seen = double.seen.lock().expect("nobody panics").clone();
    assert_eq!(seen.iter().filter(|asked| asked.contains("1.2.840.113556.1.4.1941")).count(), 1, "{seen:?}");
    let told = office.get("/api/v1/directory/people/ann").await;
    assert_eq!(told["person"]["gives"][0]["gives"], "admin of the team vision", "{told}");
    // All parts of the group.
    assert_eq!(office.sync().await["outcome"], "applied");
    assert_eq!(office.members("vision").await, ["ann admin ML-Leads", "bob admin ML-Leads"]);
}
