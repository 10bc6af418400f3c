//! People of a directory sign in: through the doors, against a real OpenLDAP server.

mod double;
mod draft;
mod faults;
mod invites;
mod microsoft;
mod products;
mod proxy;
mod slapd;
mod sync;

use std::time::Duration;

use actix_web::http::Method;
use runstead::clock::{Clock, Stopwatch};
use runstead::domain::directory::Rules;
use runstead::server::open_directory;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::house::{Answer, Ask, House, settings};
use slapd::{BASE, Slapd, free_port};

/// The authority that is trusted, and settings besides the usual ones.
type Case<'a> = (&'a str, &'a [(&'a str, &'a str)]);

/// A server whose administrator `ada` is local and whose other people are in a directory.
struct Office {
    house: House,
    ada: String,
    /// Where the file of rules is.
    rules: Option<TempDir>,
    _folder: TempDir,
}

impl Office {
    async fn open(servers: &str, ca: &str, more: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let config = configured(folder.path(), servers, ca, more);
        let house = House::open(&config).await;
        let ada = house.set_up().await;
        Self { house, ada, rules: None, _folder: folder }
    }

    async fn of(slapd: &Slapd) -> Self {
        Self::open(&slapd.encrypted(), &slapd.file("ca.pem"), &[]).await
    }

    /// With rules in a file of the operator.
    async fn with_rules(slapd: &Slapd, rules: &str, more: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the rules");
        let file = folder.path().join("rules.toml");
        std::fs::write(&file, rules).expect("written");
        let (file, groups) = (file.display().to_string(), format!("ou=groups,{BASE}"));
        let mut all = vec![("ldap.rules_file", file.as_str()), ("ldap.group_base_dn", groups.as_str())];
        all.extend_from_slice(more);
        let mut office = Self::open(&slapd.encrypted(), &slapd.file("ca.pem"), &all).await;
        office.rules = Some(folder);
        office
    }

    /// Changes the rules of the operator's file.
    fn set_rules(&self, rules: &str) {
        let folder = self.rules.as_ref().expect("the rules are in a file");
        std::fs::write(folder.path().join("rules.toml"), rules).expect("written");
    }

    /// Syncs as the administrator; the answer.
    async fn sync(&self) -> Value {
        self.sync_as(&json!({})).await
    }

    async fn sync_as(&self, wish: &Value) -> Value {
        let answer = self.house.send(Ask::post("/api/v1/directory/syncs", wish).key(&self.ada)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    /// What the administrator is answered.
    async fn get(&self, path: &str) -> Value {
        let answer = self.house.send(Ask::get(path).key(&self.ada)).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    /// Who is in a team, as `name role group`.
    async fn members(&self, team: &str) -> Vec<String> {
        let answer = self.get(&format!("/api/v1/teams/{team}/members?limit=1000")).await;
        let words = |member: &Value| {
            let text = |key: &str| member[key].as_str().unwrap_or("-").to_owned();
            format!("{} {} {}", text("username"), text("role"), text("directory_group"))
        };
        let mut members: Vec<String> = answer["items"].as_array().expect("a list").iter().map(words).collect();
        members.sort();
        members
    }

    /// Signs in and makes an API key.
    async fn key_of(&self, login: &str, password: &str) -> String {
        let signed_in = self.sign_in(login, password).await;
        assert_eq!(signed_in.status, 200, "{login}: {}", signed_in.text());
        self.house.new_key(signed_in.header("set-cookie")).await
    }

    async fn sign_in(&self, login: &str, password: &str) -> Answer {
        self.house.send(Ask::post("/api/v1/session", &json!({ "username": login, "password": password }))).await
    }

    /// Who is signed in then.
    async fn username(&self, login: &str, password: &str) -> String {
        let answer = self.sign_in(login, password).await;
        assert_eq!(answer.status, 200, "{login}: {}", answer.text());
        answer.json()["account"]["username"].as_str().expect("somebody").to_owned()
    }

    async fn whose_key(&self, key: &str) -> Value {
        let answer = self.house.send(Ask::get("/api/v1/session").key(key)).await;
        answer.json()["account"]["username"].clone()
    }
}

fn configured(folder: &std::path::Path, servers: &str, ca: &str, more: &[(&str, &str)]) -> runstead::config::Config {
    // A secret is no flag, so it comes from a file.
    let password = folder.join("reader-password");
    std::fs::write(&password, "reader-pw\n").expect("written");
    let (password, reader, people) = (password.display().to_string(), format!("cn=reader,{BASE}"), format!("ou=people,{BASE}"));
    let mut all = vec![
        ("ldap.servers", servers),
        ("ldap.ca_file", ca),
        ("ldap.bind_dn", &reader),
        ("ldap.bind_password_file", &password),
        ("ldap.base_dn", &people),
        ("ldap.timeout_seconds", "2"),
    ];
    all.extend_from_slice(more);
    settings(folder, &all)
}

#[actix_web::test]
async fn the_first_sign_in_makes_an_account_and_the_next_ones_find_it() {
    let slapd = Slapd::start(2);
    let office = Office::of(&slapd).await;
    let first = office.sign_in("user0001", "pw-user0001").await;
    assert_eq!(first.status, 200, "{}", first.text());
    let account = first.json()["account"].clone();
    assert_eq!((&account["username"], &account["name"]), (&json!("user0001"), &json!("User 1")));
    assert_eq!((&account["email"], &account["site_admin"]), (&json!("user0001@example.org"), &json!(false)));
    slapd.change(&format!("dn: uid=user0001,ou=people,{BASE}\nchangetype: modify\nreplace: cn\ncn: New Name\n"));
    // By the mail address as well, and with what the directory says now.
    let again = office.sign_in("user0001@example.org", "pw-user0001").await;
    assert_eq!(
        (&again.json()["account"]["username"], &again.json()["account"]["name"]),
        (&json!("user0001"), &json!("New Name"))
    );
    assert_eq!(office.username("ada", "correct horse battery").await, "ada");
}

#[actix_web::test]
async fn accounts_are_not_made_where_the_operator_does_not_want_it() {
    let slapd = Slapd::start(1);
    let office = Office::open(&slapd.encrypted(), &slapd.file("ca.pem"), &[("ldap.create_accounts", "false")]).await;
    let refused = office.sign_in("user0001", "pw-user0001").await;
    assert_eq!(refused.status, 403, "{}", refused.text());
    assert!(refused.text().contains("you have no account on this server yet"), "{}", refused.text());
}

#[actix_web::test]
async fn whoever_is_refused_learns_nothing_from_it() {
    let slapd = Slapd::start(2);
    let office = Office::of(&slapd).await;
    let attempts = [
        ("user0001", "wrong"),
        ("user0001", ""),
        ("nobody-here", "pw-user0001"),
        ("nobody-here", ""),
        ("*", "pw-user0001"),
        ("user000*", "pw-user0001"),
        // As a filter it would find exactly the one whose password this is.
        ("user0001*", "pw-user0001"),
        ("*)(uid=*", "pw-user0001"),
        ("user0001)(objectClass=*", "pw-user0001"),
        ("ada", "wrong"),
    ];
    let mut said = Vec::new();
    for (login, password) in attempts {
        let started = Stopwatch::start();
        let refused = office.sign_in(login, password).await;
        assert_eq!(refused.status, 401, "{login} {password}: {}", refused.text());
        assert!(started.elapsed() >= Duration::from_millis(490), "{login} {password}: {:?}", started.elapsed());
        said.push(refused.json()["message"].as_str().expect("a sentence").to_owned());
    }
    said.dedup();
    assert_eq!(said.len(), 1, "{said:?}");
}

#[actix_web::test]
async fn who_is_renamed_keeps_account_and_key_and_a_namesake_gets_neither() {
    let slapd = Slapd::start(2);
    let office = Office::of(&slapd).await;
    let signed_in = office.sign_in("user0001", "pw-user0001").await;
    let key = office.house.new_key(signed_in.header("set-cookie")).await;
    slapd.change(&format!(
        "dn: uid=user0001,ou=people,{BASE}\nchangetype: modrdn\nnewrdn: uid=renamed\ndeleteoldrdn: 1\n\n\
         dn: uid=user0002,ou=people,{BASE}\nchangetype: modrdn\nnewrdn: uid=user0001\ndeleteoldrdn: 1\n"
    ));
    assert_eq!(office.username("renamed", "pw-user0001").await, "user0001");
    assert_eq!(office.whose_key(&key).await, json!("user0001"));
    let namesake = office.sign_in("user0001", "pw-user0002").await;
    assert_eq!(namesake.status, 409, "{}", namesake.text());
}

#[actix_web::test]
async fn a_local_account_is_nobodys_who_has_its_name_in_the_directory() {
    let slapd = Slapd::start(1);
    let office = Office::of(&slapd).await;
    office.house.person(&office.ada, "user0001").await;
    assert_eq!(office.sign_in("user0001", "pw-user0001").await.status, 401);
    assert_eq!(office.username("user0001", "correct horse battery").await, "user0001");
}

#[actix_web::test]
async fn a_directory_that_is_down_locks_nobody_out() {
    let mut slapd = Slapd::start(1);
    let office = Office::of(&slapd).await;
    let signed_in = office.sign_in("user0001", "pw-user0001").await;
    let key = office.house.new_key(signed_in.header("set-cookie")).await;
    slapd.stop();
    // More often than somebody may guess.
    for _ in 0..40 {
        let answer = office.sign_in("user0001", "pw-user0001").await;
        assert_eq!(answer.status, 503, "{}", answer.text());
        assert!(answer.text().contains("the directory does not answer"), "{}", answer.text());
    }
    assert_eq!(office.whose_key(&key).await, json!("user0001"));
    assert_eq!(office.username("ada", "correct horse battery").await, "ada");
    slapd.start_again();
    assert_eq!(office.username("user0001", "pw-user0001").await, "user0001");
}

#[actix_web::test]
async fn whose_account_is_over_or_was_deactivated_does_not_get_in() {
    let slapd = Slapd::start(2);
    let office = Office::of(&slapd).await;
    // The day 20000 is in 2024, before the clock of the test.
    slapd.change(&format!(
        "dn: uid=user0001,ou=people,{BASE}\nchangetype: modify\nadd: objectClass\nobjectClass: shadowAccount\n-\nadd: shadowExpire\nshadowExpire: 20000\n"
    ));
    assert_eq!(office.sign_in("user0001", "pw-user0001").await.status, 401);
    assert_eq!(office.username("user0002", "pw-user0002").await, "user0002");
    let deactivate = Ask::new(Method::POST, "/api/v1/users/user0002/deactivate").key(&office.ada);
    let done = office.house.send(deactivate).await;
    assert!(done.status < 300, "{} {}", done.status, done.text());
    let refused = office.sign_in("user0002", "pw-user0002").await;
    assert_eq!(refused.status, 401);
    assert!(refused.text().contains("deactivated"), "{}", refused.text());
}

#[actix_web::test]
async fn the_next_server_is_asked_and_start_tls_trusts_the_operators_authority_alone() {
    let slapd = Slapd::start(1);
    let two = format!("ldap://127.0.0.1:{}, {}", free_port(), slapd.plain());
    let office = Office::open(&two, &slapd.file("ca.pem"), &[]).await;
    assert_eq!(office.username("user0001", "pw-user0001").await, "user0001");
    for server in [slapd.plain(), slapd.encrypted()] {
        let office = Office::open(&server, &slapd.file("other-ca.pem"), &[]).await;
        assert_eq!(office.sign_in("user0001", "pw-user0001").await.status, 503, "{server}");
    }
}

#[actix_web::test]
async fn a_server_that_is_silent_is_given_up_after_the_time_that_is_set() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let server = format!("ldaps://{}", silent.local_addr().expect("bound"));
    let slapd = Slapd::start(1);
    let office = Office::open(&server, &slapd.file("ca.pem"), &[("ldap.timeout_seconds", "1")]).await;
    let started = Stopwatch::start();
    assert_eq!(office.sign_in("user0001", "pw-user0001").await.status, 503);
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[actix_web::test]
async fn the_test_of_a_directory_names_the_step_that_fails() {
    let slapd = Slapd::start(120);
    let (ca, other) = (slapd.file("ca.pem"), slapd.file("other-ca.pem"));
    let folder = tempfile::tempdir().expect("a folder");
    let wrong_password = folder.path().join("wrong");
    std::fs::write(&wrong_password, "wrong\n").expect("written");
    let wrong_password = wrong_password.display().to_string();
    let tested = async |servers: &str, ca: &str, more: &[(&str, &str)], user: Option<&str>| {
        let config = configured(folder.path(), servers, ca, more);
        let directory = open_directory(&config).expect("a good configuration").expect("a directory");
        directory.test(&Rules::default(), user, Clock::system().now()).await.expect("good files")
    };
    // More people than the server gives at once: they come in pages.
    let good = tested(&slapd.encrypted(), &ca, &[], Some("user0007")).await;
    assert!(good.is_good() && good.steps[3].outcome.starts_with("120 fit"), "{good:?}");
    assert!(good.steps[1].outcome.contains("CN=localhost, issued by CN=test ca"), "{good:?}");
    assert_eq!(good.person.expect("found").person.dn, format!("uid=user0007,ou=people,{BASE}"));
    let cases: [(Case<'_>, &str, &str); 5] = [
        ((&other, &[]), "tls", "UnknownIssuer; the server showed CN=localhost"),
        ((&ca, &[("ldap.bind_password_file", &wrong_password)]), "bind", "ldap.bind_password"),
        ((&ca, &[("ldap.base_dn", "ou=nowhere,dc=example,dc=org")]), "search", "no such entry"),
        ((&ca, &[("ldap.user_filter", "(uid={login}")]), "search", "ldap.user_filter"),
        ((&ca, &[("ldap.attribute_id", "employeeNumber")]), "person", "has no employeeNumber"),
    ];
    let nobody = tested(&format!("ldap://127.0.0.1:{}", free_port()), &ca, &[], None).await;
    assert!(nobody.steps[0].step == "address" && nobody.steps[0].outcome.contains("refused"), "{nobody:?}");
    for ((ca, more), step, why) in cases {
        let report = tested(&slapd.encrypted(), ca, more, Some("user0007")).await;
        let last = report.steps.last().expect("a step");
        assert!(!report.is_good() && last.step == step && last.outcome.contains(why), "{step} {why}: {report:?}");
    }
}

#[actix_web::test]
async fn a_certificate_may_say_who_asks() {
    let slapd = Slapd::start(1);
    let folder = tempfile::tempdir().expect("a folder");
    let (people, ca) = (format!("ou=people,{BASE}"), slapd.file("ca.pem"));
    let (certificate, key) = (slapd.file("client.pem"), slapd.file("client.key"));
    let servers = slapd.plain();
    let all = [
        ("ldap.servers", servers.as_str()),
        ("ldap.ca_file", &ca),
        ("ldap.base_dn", &people),
        ("ldap.client_certificate", &certificate),
        ("ldap.client_key", &key),
    ];
    let house = House::open(&settings(folder.path(), &all)).await;
    house.set_up().await;
    let form = json!({ "username": "user0001", "password": "pw-user0001" });
    assert_eq!(house.send(Ask::post("/api/v1/session", &form)).await.status, 200);
    // Nobody in particular may read nothing there.
    let anonymous = tempfile::tempdir().expect("a folder");
    let house = House::open(&settings(anonymous.path(), &all[..3])).await;
    house.set_up().await;
    assert_ne!(house.send(Ask::post("/api/v1/session", &form)).await.status, 200);
}

#[actix_web::test]
async fn a_name_full_of_signs_is_that_persons_alone() {
    let slapd = Slapd::start(2);
    slapd.change(&format!(
        "dn: uid=o\\2Cbrien\\2B(x)*,ou=people,{BASE}\nchangetype: add\nobjectClass: inetOrgPerson\nuid: o,brien+(x)*\ncn: Zoe\nsn: O\n\
         userPassword: pw-obrien\n"
    ));
    slapd.group("signs", &[format!("uid=o\\2Cbrien\\2B(x)*,ou=people,{BASE}")]);
    let rules = "[[rule]]\ngroup = 'signs'\nteam = 'signs'\nrole = 'admin'\ncreate_team = true\n";
    let office = Office::with_rules(&slapd, rules, &[]).await;
    office.sync().await;
    assert_eq!(office.username("o,brien+(x)*", "pw-obrien").await, "o-brien-x");
    assert_eq!(office.members("signs").await, ["o-brien-x admin signs"]);
    assert_eq!(office.sign_in("o,brien+(x)*", "pw-user0001").await.status, 401);
}
