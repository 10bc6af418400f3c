//! Settings that are tried before they are in the configuration.

use serde_json::{Value, json};

use super::slapd::{BASE, Slapd, user_dn};
use crate::house::{Answer, Ask, House, settings};

/// A server without a directory, and its administrator.
struct Empty {
    house: House,
    ada: String,
    _folder: tempfile::TempDir,
}

impl Empty {
    async fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let house = House::open(&settings(folder.path(), &[])).await;
        let ada = house.set_up().await;
        Self { house, ada, _folder: folder }
    }

    async fn draft(&self, settings: &Value, password: &str) -> Answer {
        let form = json!({ "settings": settings, "bind_password": password, "login": "user0003" });
        self.house.send(Ask::post("/api/v1/directory/draft", &form).key(&self.ada)).await
    }
}

#[actix_web::test]
async fn settings_are_tried_step_by_step_and_nothing_of_them_is_kept() {
    let slapd = Slapd::start(12);
    slapd.group("leads", &[user_dn(1), user_dn(2)]);
    let empty = Empty::open().await;
    let good = json!({
        "servers": slapd.plain(), "start_tls": "false", "bind_dn": format!("cn=reader,{BASE}"),
        "base_dn": format!("ou=people,{BASE}"), "group_base_dn": format!("ou=groups,{BASE}"),
    });
    let but = |key: &str, value: &str| {
        let mut changed = good.clone();
        changed[key] = json!(value);
        changed
    };
    let wrong = [
        // The certificate is not of an authority that this server trusts.
        (but("start_tls", "true"), "reader-pw", "tls", "UnknownIssuer"),
        (good.clone(), "wrong", "bind", "the name or the password is not right"),
        (but("base_dn", "ou=nowhere,dc=example,dc=org"), "reader-pw", "search", "no such entry"),
        (but("user_filter", "(uid={login}"), "reader-pw", "search", "is not written as filters are"),
        (but("attribute_id", "employeeNumber"), "reader-pw", "person", "has no employeeNumber"),
    ];
    for (settings, password, step, why) in wrong {
        let answer = empty.draft(&settings, password).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let (told, last) = (answer.json(), answer.json()["tested"]["steps"].as_array().expect("steps").last().cloned());
        let last = last.expect("a step");
        assert_eq!((&last["step"], &last["good"]), (&json!(step), &json!(false)), "{told}");
        assert!(last["outcome"].as_str().is_some_and(|outcome| outcome.contains(why)), "{told}");
        assert_eq!((&told["people"], &told["groups"]), (&json!([]), &json!([])));
    }
    let told = empty.draft(&good, "reader-pw").await.json();
    assert_eq!((&told["tested"]["good"], &told["tested"]["person"]["username"]), (&json!(true), &json!("user0003")), "{told}");
    assert_eq!(told["people"].as_array().map(Vec::len), Some(10), "the first of them");
    assert_eq!(told["people"][0]["email"], "user0001@example.org");
    assert_eq!((&told["groups"][0]["name"], &told["groups"][0]["members"]), (&json!("leads"), &json!(2)));
    let configuration = told["configuration"].as_str().expect("text");
    assert!(configuration.starts_with("[ldap]\n") && configuration.contains("start_tls = false\n"), "{configuration}");
    assert!(configuration.contains("bind_password") && !configuration.contains("reader-pw"), "{configuration}");
    let status = empty.house.send(Ask::get("/api/v1/directory").key(&empty.ada)).await.json();
    assert_eq!(status["configured"], false);
    let sign_in = json!({ "username": "user0003", "password": "pw-user0003" });
    assert_eq!(empty.house.send(Ask::post("/api/v1/session", &sign_in)).await.status, 401);
}

#[actix_web::test]
async fn settings_that_cannot_be_are_named_and_none_makes_the_server_read_a_file() {
    let empty = Empty::open().await;
    let cases = [
        (json!({}), "servers must name"),
        (json!({ "servers": "ldaps://a.example" }), "ldap.base_dn"),
        (json!({ "servers": "http://a.example", "base_dn": "dc=x" }), "as in ldaps://directory.example.org:636"),
        (json!({ "servers": "ldaps://a.example", "base_dn": "dc=x", "product": "netware" }), "product"),
        (
            json!({ "servers": "ldaps://a.example", "base_dn": "dc=x", "bind_password_file": "/etc/passwd" }),
            "bind_password_file cannot be tried",
        ),
        (
            json!({ "servers": "ldaps://a.example", "base_dn": "dc=x", "rules_file": "/etc/passwd" }),
            "rules_file cannot be tried",
        ),
    ];
    for (settings, part) in cases {
        let refused = empty.draft(&settings, "").await;
        assert_eq!(refused.status, 400, "{settings}: {}", refused.text());
        assert!(refused.text().contains(part), "{part}: {}", refused.text());
    }
}
