//! Networks and servers that go wrong: nothing is changed, everybody works on, and the next server is asked.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::Office;
use super::double::{DONE, Double, ENTRY, piece, success, text};
use super::proxy::{Fault, Proxy};
use super::slapd::{BASE, Slapd, user_dn};

const RULES: &str = "[[rule]]\ngroup = 'all'\nteam = 'all'\nrole = 'member'\n\
                     [[rule]]\ngroup = 'leads'\nteam = 'all'\nrole = 'admin'\ncreate_team = true\n";
const PEOPLE: usize = 60;

/// A server in the clear through a proxy, and an office that knows it by that way alone.
async fn office(slapd: &Slapd, servers: &str) -> Office {
    slapd.group("all", &(1..=PEOPLE).map(user_dn).collect::<Vec<_>>());
    slapd.group("leads", &[user_dn(1)]);
    let more = [("ldap.servers", servers), ("ldap.start_tls", "false"), ("ldap.timeout_seconds", "1")];
    Office::with_rules(slapd, RULES, &more).await
}

#[actix_web::test]
async fn whatever_happens_on_the_way_nothing_changes() {
    let slapd = Slapd::start(PEOPLE);
    let proxy = Proxy::to(slapd.port);
    let office = office(&slapd, &proxy.plain()).await;
    assert_eq!(office.sync().await["outcome"], "applied");
    let before = office.members("all").await;
    let key = office.key_of("user0005", "pw-user0005").await;
    // A change that every good sync would make.
    slapd.change(&format!("dn: {}\nchangetype: modify\nreplace: cn\ncn: Other\n", user_dn(7)));
    for fault in [Fault::Hang, Fault::Drop, Fault::Truncate] {
        // In the greeting, among the groups, and among the people.
        for after in [0, 300, 6_000, 12_000] {
            proxy.set(fault, after);
            let failed = office.sync().await;
            assert_eq!(failed["outcome"], "failed", "{fault:?} after {after}: {failed}");
            assert!(failed["why"].as_str().is_some_and(|why| !why.is_empty()), "{failed}");
            assert_eq!(failed["changes"], json!([]));
        }
    }
    assert_eq!((office.members("all").await, office.whose_key(&key).await), (before.clone(), json!("user0005")));
    assert_ne!(office.get("/api/v1/session").await["directory_alert"], Value::Null);
    proxy.set(Fault::Hang, 0);
    assert_eq!(office.sign_in("user0005", "pw-user0005").await.status, 503);
    // Slow is not broken.
    proxy.set(Fault::Delay, 0);
    let done = office.sync().await;
    assert_eq!((&done["outcome"], &done["changed"]), (&json!("applied"), &json!(1)), "{done}");
    assert_eq!(office.get("/api/v1/session").await["directory_alert"], Value::Null);
}

#[actix_web::test]
async fn where_one_server_fails_in_the_middle_the_next_one_tells_everything() {
    let slapd = Slapd::start(PEOPLE);
    let proxy = Proxy::to(slapd.port);
    proxy.set(Fault::Drop, 5_000);
    let office = office(&slapd, &format!("{}, {}", proxy.plain(), slapd.plain())).await;
    assert_eq!(office.sync().await["outcome"], "applied");
    assert_eq!(office.members("all").await.len(), PEOPLE);
    assert_eq!(office.username("user0005", "pw-user0005").await, "user0005");
}

#[actix_web::test]
async fn while_the_directory_is_down_everybody_works_and_the_schedule_goes_on_afterwards() {
    let mut slapd = Slapd::start(5);
    slapd.group("all", &(1..=5).map(user_dn).collect::<Vec<_>>());
    slapd.group("leads", &[user_dn(1)]);
    let office = Office::with_rules(&slapd, RULES, &[]).await;
    office.sync().await;
    let key = office.key_of("user0002", "pw-user0002").await;
    let signed_in = office.sign_in("user0003", "pw-user0003").await;
    let cookie = signed_in.header("set-cookie").split(';').next().unwrap_or_default().to_owned();
    let members = office.members("all").await;
    slapd.stop();
    for _ in 0..6 {
        // An hour of a schedule of ten minutes.
        office.house.app.clock.advance(std::time::Duration::from_secs(600));
        assert_eq!(office.sync().await["outcome"], "failed");
        assert_eq!(office.whose_key(&key).await, "user0002");
        assert_eq!(office.whose_key(&cookie).await, "user0003", "who has a session keeps it");
        assert_eq!(office.username("ada", "correct horse battery").await, "ada");
    }
    assert_eq!(office.members("all").await, members);
    slapd.start_again();
    assert_eq!(office.sync().await["outcome"], "unchanged");
}

#[actix_web::test]
async fn a_wrong_filter_or_base_is_a_failure_and_no_exodus() {
    let slapd = Slapd::start(5);
    slapd.group("all", &(1..=5).map(user_dn).collect::<Vec<_>>());
    slapd.group("leads", &[user_dn(1)]);
    let nowhere = format!("ou=groups,{BASE}");
    let cases: [(&str, &str, &str); 4] = [
        ("ldap.user_filter", "(&(uid={login})(uid=nobody))", "nobody below"),
        ("ldap.user_filter", "(uid={login}", "is not written as filters are"),
        ("ldap.base_dn", &nowhere, "nobody below"),
        ("ldap.group_base_dn", "ou=nowhere,dc=example,dc=org", "no such entry"),
    ];
    for (key, value, why) in cases {
        let office = Office::with_rules(&slapd, RULES, &[(key, value)]).await;
        let failed = office.sync().await;
        assert_eq!(failed["outcome"], "failed", "{key} {value}: {failed}");
        assert!(failed["why"].as_str().is_some_and(|said| said.contains(why)), "{key} {value}: {failed}");
    }
}

#[actix_web::test]
async fn a_server_that_does_not_keep_to_the_protocol_ends_a_question_and_nothing_else() {
    let controls = piece(0xa0, &piece(0x30, &[text(b"1.2.840.113556.1.4.319"), text(b"rubbish")].concat()));
    let lies: [Vec<Vec<u8>>; 4] = [
        // An entry without attributes, one whose name is no text, an attribute without values, and pages that are none.
        vec![piece(ENTRY, &text(b"cn=x"))],
        vec![piece(ENTRY, &[text(b"\xff\xfe"), piece(0x30, b"")].concat())],
        vec![piece(ENTRY, &[text(b"cn=x"), piece(0x30, &piece(0x30, &text(b"cn")))].concat())],
        vec![[success(DONE), controls].concat()],
    ];
    let lie = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&lie);
    let double = Double::start(move |_| {
        let lie: Vec<Vec<u8>> = told.lock().expect("nobody panics").clone();
        lie.into_iter().chain([success(DONE)]).collect()
    });
    let servers = double.plain();
    let more = [("ldap.servers", servers.as_str()), ("ldap.start_tls", "false"), ("ldap.timeout_seconds", "1")];
    let slapd = Slapd::start(0);
    let office = Office::with_rules(&slapd, RULES, &more).await;
    for one in lies {
        lie.lock().expect("nobody panics").clone_from(&one);
        let failed = office.sync().await;
        assert_eq!(failed["outcome"], "failed", "{one:?}: {failed}");
        assert!(failed["why"].as_str().is_some_and(|why| why.contains("not as the protocol says")), "{one:?}: {failed}");
        assert_eq!(office.sign_in("user0001", "pw-user0001").await.status, 503, "{one:?}");
        assert_eq!(office.username("ada", "correct horse battery").await, "ada");
    }
}
