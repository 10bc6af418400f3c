//! What groups of a directory give, who leaves and comes back, and syncs that change nothing when something is wrong.

use std::sync::Arc;

use actix_web::http::Method;
use runstead::clock::Clock;
use runstead::db::{Meter, metered};
use runstead::domain::Call;
use runstead::domain::directory::sync::{Asked, Outcome, Sync};
use runstead::policy::Actor;
use serde_json::{Value, json};

use super::Office;
use super::slapd::{BASE, Shape, Slapd, group_dn, user_dn};
use crate::house::Ask;

const VISION: &str = "[[rule]]\ngroup = 'vision'\nteam = 'vision'\nrole = 'member'\ncontact = 'desk@example.org'\n\
                      [[rule]]\ngroup = 'leads'\nteam = 'vision'\nrole = 'admin'\ncreate_team = true\n";

fn users(numbers: impl IntoIterator<Item = usize>) -> Vec<String> {
    numbers.into_iter().map(user_dn).collect()
}

impl Office {
    /// A sync as the schedule does it.
    async fn scheduled(&self) -> Sync {
        let app = &self.house.app;
        let actor = Actor { site_admin: true, ..Actor::nobody() };
        let call = Call { actor, now: app.clock.now(), address: None, cause: None };
        let directory = app.directory().expect("a directory");
        directory.sync(&app.db, &app.clock, &call, &Asked::by_schedule()).await.expect("nothing else syncs")
    }

    async fn alert(&self) -> Value {
        self.get("/api/v1/session").await["directory_alert"].clone()
    }

    async fn syncs(&self) -> Vec<Value> {
        self.get("/api/v1/directory/syncs").await["items"].as_array().expect("a list").clone()
    }
}

#[actix_web::test]
async fn groups_of_every_kind_give_seats_and_the_highest_role_wins() {
    let slapd = Slapd::start(6);
    slapd.group("vision", &users([1, 2]));
    slapd.group("inner", &users([3]));
    slapd.group("leads", &users([1]));
    // Groups in groups, which are in each other.
    slapd.change(&format!(
        "dn: {}\nchangetype: modify\nadd: member\nmember: {}\n\ndn: {}\nchangetype: modify\nadd: member\nmember: {}\n\n\
         dn: {}\nchangetype: add\nobjectClass: posixGroup\ncn: posix\ngidNumber: 700\nmemberUid: user0004\n\n\
         dn: {}\nchangetype: add\nobjectClass: groupOfUniqueNames\ncn: unique\nuniqueMember: {}\n\n\
         dn: {}\nchangetype: modify\nadd: objectClass\nobjectClass: posixAccount\n-\nadd: uidNumber\nuidNumber: 6\n-\n\
         add: gidNumber\ngidNumber: 700\n-\nadd: homeDirectory\nhomeDirectory: /\n",
        group_dn("vision"),
        group_dn("inner"),
        group_dn("inner"),
        group_dn("vision"),
        group_dn("posix"),
        group_dn("unique"),
        user_dn(5),
        user_dn(6),
    ));
    let rules = format!(
        "{VISION}[[rule]]\ngroup = 'posix'\nteam = 'vision'\nrole = 'view-only'\n\
         [[rule]]\ngroup = '{}'\nteam = 'vision'\nrole = 'view-only'\n[[rule]]\ngroup = 'leads'\norganization_role = 'admin'\n",
        group_dn("unique").to_uppercase().replace(",OU", " , OU")
    );
    let office = Office::with_rules(&slapd, &rules, &[]).await;
    let dry = office.sync_as(&json!({ "dry_run": true })).await;
    assert_eq!((&dry["outcome"], &dry["id"], &dry["added"]), (&json!("applied"), &Value::Null, &json!(14)), "{dry}");
    assert_eq!(office.house.send(Ask::get("/api/v1/teams/vision").key(&office.ada)).await.status, 404, "only shown");
    let done = office.sync().await;
    assert_eq!(done["changes"], dry["changes"]);
    let unique = group_dn("unique").to_uppercase().replace(",OU", " , OU");
    assert_eq!(
        office.members("vision").await,
        [
            "user0001 admin leads".to_owned(),
            "user0002 member vision".to_owned(),
            "user0003 member vision".to_owned(),
            "user0004 view-only posix".to_owned(),
            format!("user0005 view-only {unique}"),
            "user0006 view-only posix".to_owned(),
        ]
    );
    let people = office.get("/api/v1/organizations/runstead/members?query=user0001").await;
    assert_eq!((&people["items"][0]["role"], &people["items"][0]["source"]), (&json!("admin"), &json!("directory")));
    for (source, count, first) in [("directory", 6, "user0001"), ("local", 1, "ada")] {
        let people = office.get(&format!("/api/v1/organizations/runstead/members?source={source}&sort=source")).await;
        assert_eq!((people["items"].as_array().map(Vec::len), &people["items"][0]["username"]), (Some(count), &json!(first)));
    }
    // Every change is in the audit log with the rule that caused it.
    let audit = office.get("/api/v1/audit?team=vision").await;
    let causes: Vec<&str> =
        audit["items"].as_array().expect("a list").iter().filter_map(|record| record["details"]["cause"].as_str()).collect();
    assert!(causes.contains(&"directory: group leads") && causes.contains(&"directory: group posix"), "{causes:?}");
    // What a sign-in finds by asking upwards is the same as what everybody's sync found.
    for user in 1..=6 {
        office.username(&format!("user{user:04}"), &format!("pw-user{user:04}")).await;
    }
    assert_eq!(office.sync().await["outcome"], "unchanged");
}

#[actix_web::test]
async fn a_sync_that_changes_nothing_writes_nothing() {
    let slapd = Slapd::start(3);
    slapd.group("vision", &users([1, 2, 3]));
    slapd.group("leads", &users([1]));
    let office = Office::with_rules(&slapd, VISION, &[]).await;
    assert_eq!(office.scheduled().await.outcome, Outcome::Applied);
    let bytes = office.house.app.db.bytes_on_disk();
    let meter = Arc::new(Meter::explaining());
    assert_eq!(metered(Arc::clone(&meter), office.scheduled()).await.outcome, Outcome::Unchanged);
    let writes: Vec<String> = meter.plans().into_keys().filter(|sql| !sql.trim_start().starts_with("SELECT")).collect();
    assert!(writes.is_empty() && meter.queries() > 3, "{writes:?}");
    assert_eq!((office.house.app.db.bytes_on_disk(), office.syncs().await.len()), (bytes, 1));
}

#[actix_web::test]
async fn leavers_are_locked_out_and_come_back_as_themselves() {
    let slapd = Slapd::start(12);
    slapd.group("vision", &users(1..=12));
    slapd.group("leads", &users([1]));
    let office = Office::with_rules(&slapd, VISION, &[]).await;
    office.sync().await;
    let key = office.key_of("user0002", "pw-user0002").await;
    let signed_in = office.sign_in("user0002", "pw-user0002").await;
    let cookie = signed_in.header("set-cookie").split(';').next().unwrap_or_default().to_owned();
    assert_eq!((office.whose_key(&key).await, office.whose_key(&cookie).await), (json!("user0002"), json!("user0002")));
    // Moved out of sight, as an administrator of a directory does with leavers; the id stays.
    slapd.change(&format!(
        "dn: ou=left,{BASE}\nchangetype: add\nobjectClass: organizationalUnit\nou: left\n\n\
         dn: {}\nchangetype: modrdn\nnewrdn: uid=user0002\ndeleteoldrdn: 0\nnewsuperior: ou=left,{BASE}\n",
        user_dn(2)
    ));
    let done = office.sync().await;
    assert_eq!((&done["outcome"], &done["removed"]), (&json!("applied"), &json!(1)), "{done}");
    assert_eq!(office.whose_key(&key).await, Value::Null, "the key is refused");
    assert_eq!(office.whose_key(&cookie).await, Value::Null, "the session is over");
    assert_eq!(office.sign_in("user0002", "pw-user0002").await.status, 401);
    let told = office.get("/api/v1/directory/people/user0002").await;
    assert_eq!((&told["person"], &told["active"], &told["username"]), (&Value::Null, &json!(false), &json!("user0002")));
    // Back, under another name.
    slapd.change(&format!(
        "dn: uid=user0002,ou=left,{BASE}\nchangetype: modrdn\nnewrdn: uid=second\ndeleteoldrdn: 1\nnewsuperior: ou=people,{BASE}\n"
    ));
    let done = office.sync().await;
    assert_eq!(
        done["changes"][0]["text"],
        "account user0002: entry uid=user0002,ou=people,dc=example,dc=org becomes uid=second,ou=people,dc=example,dc=org"
    );
    assert_eq!(office.whose_key(&key).await, "user0002", "runs and key are theirs still");
    assert_eq!(office.username("second", "pw-user0002").await, "user0002");
    assert!(office.members("vision").await.contains(&"user0002 member vision".to_owned()));
}

#[actix_web::test]
async fn a_directory_that_lost_much_changes_nothing_until_somebody_says_so() {
    let slapd = Slapd::start(10);
    slapd.group("vision", &users(1..=10));
    slapd.group("leads", &users([1]));
    let office = Office::with_rules(&slapd, VISION, &[]).await;
    office.sync().await;
    let key = office.key_of("user0009", "pw-user0009").await;
    let before = office.members("vision").await;
    assert_eq!(office.alert().await, Value::Null);
    for lost in 8..=10 {
        slapd.remove(&user_dn(lost));
    }
    for _ in 0..3 {
        let refused = office.scheduled().await;
        assert_eq!(refused.outcome, Outcome::Refused);
        assert!(refused.why.starts_with("3 of 10 people would lose something, more than 20 %"), "{}", refused.why);
    }
    assert_eq!(office.members("vision").await, before);
    assert_eq!(office.whose_key(&key).await, "user0009", "who had a key works on");
    assert!(office.alert().await.as_str().is_some_and(|why| why.starts_with("3 of 10")));
    assert_eq!(office.get("/api/v1/session").await["account"]["username"], "ada");
    let theirs = office.house.send(Ask::get("/api/v1/session").key(&key)).await;
    assert_eq!(theirs.json()["directory_alert"], Value::Null, "administrators alone are alerted");
    let syncs = office.syncs().await;
    assert_eq!((syncs.len(), &syncs[0]["outcome"], &syncs[0]["times"]), (2, &json!("refused"), &json!(3)), "{syncs:?}");
    let audit = office.get("/api/v1/audit?action=directory").await;
    let actions: Vec<&str> =
        audit["items"].as_array().expect("a list").iter().filter_map(|record| record["action"].as_str()).collect();
    assert_eq!(actions.iter().filter(|action| **action == "directory.sync_refused").count(), 1, "{actions:?}");
    let allowed = office.sync_as(&json!({ "allow_removals": true })).await;
    assert_eq!((&allowed["outcome"], &allowed["removed"]), (&json!("applied"), &json!(3)));
    assert_eq!((office.alert().await, office.whose_key(&key).await), (Value::Null, Value::Null));
}

#[actix_web::test]
async fn the_last_sync_can_be_taken_back_and_then_the_schedule_rests() {
    let slapd = Slapd::start(10);
    slapd.group("vision", &users(1..=9));
    slapd.group("leads", &users([1]));
    let office = Office::with_rules(&slapd, VISION, &[]).await;
    office.sync().await;
    let key = office.key_of("user0002", "pw-user0002").await;
    let before = office.members("vision").await;
    slapd.remove(&user_dn(2));
    slapd.change(&format!("dn: {}\nchangetype: modify\nadd: member\nmember: {}\n", group_dn("leads"), user_dn(3)));
    let done = office.sync().await;
    assert_eq!(done["outcome"], "applied", "{done}");
    assert_ne!(office.members("vision").await, before);
    let undo = |id: &Value| Ask::post(format!("/api/v1/directory/syncs/{id}/undo"), &json!({})).key(&office.ada);
    let undone = office.house.send(undo(&done["id"])).await;
    assert_eq!((undone.status, &undone.json()["items"]), (200, &json!([])), "{}", undone.text());
    assert_eq!((office.members("vision").await, office.whose_key(&key).await), (before.clone(), json!("user0002")));
    assert_eq!(office.house.send(undo(&done["id"])).await.status, 409, "once");
    let status = office.get("/api/v1/directory").await;
    assert_eq!((&status["paused"], &status["can_undo"]), (&json!(true), &Value::Null));
    // A sign-in does not give one by one what was taken back.
    office.username("user0003", "pw-user0003").await;
    assert_eq!(office.members("vision").await, before);
    office.sync().await;
    assert_eq!(office.get("/api/v1/directory").await["paused"], json!(false));
    assert!(office.members("vision").await.contains(&"user0003 admin leads".to_owned()));
}

#[actix_web::test]
async fn one_sync_at_a_time_whichever_process_runs_it() {
    let slapd = Slapd::start(1);
    let office = Office::of(&slapd).await;
    let lock = office.house.app.directory().expect("a directory").settings().lock_file.clone();
    let held = std::fs::File::create(&lock).expect("the data directory");
    held.lock().expect("nobody has it");
    let wish = |dry_run: bool| Ask::post("/api/v1/directory/syncs", &json!({ "dry_run": dry_run })).key(&office.ada);
    let refused = office.house.send(wish(false)).await;
    assert_eq!(refused.status, 409, "{}", refused.text());
    assert_eq!(office.house.send(wish(true)).await.status, 200, "showing waits for nobody");
    drop(held);
    assert_eq!(office.house.send(wish(false)).await.status, 200);
}

#[actix_web::test]
async fn a_sign_in_gives_at_once_and_takes_nothing() {
    let slapd = Slapd::start(3);
    slapd.group("vision", &users([1]));
    slapd.group("leads", &users([1]));
    let office = Office::with_rules(&slapd, VISION, &[]).await;
    office.sync().await;
    slapd.change(&format!("dn: {}\nchangetype: modify\nadd: member\nmember: {}\n", group_dn("vision"), user_dn(2)));
    office.username("user0002", "pw-user0002").await;
    assert!(office.members("vision").await.contains(&"user0002 member vision".to_owned()));
    slapd.change(&format!("dn: {}\nchangetype: modify\ndelete: member\nmember: {}\n", group_dn("vision"), user_dn(2)));
    office.username("user0002", "pw-user0002").await;
    assert!(office.members("vision").await.contains(&"user0002 member vision".to_owned()), "a sync sees to it, guarded");
    office.sync().await;
    assert!(!office.members("vision").await.contains(&"user0002 member vision".to_owned()));
}

#[actix_web::test]
async fn a_group_lets_its_people_create_teams_as_long_as_they_are_in_it() {
    let slapd = Slapd::start(3);
    slapd.group("seniors", &users([1, 2]));
    let office = Office::with_rules(&slapd, "[[rule]]\ngroup = 'seniors'\nmay_create_teams = true\n", &[]).await;
    let done = office.sync().await;
    assert_eq!((&done["outcome"], &done["added"]), (&json!("applied"), &json!(4)), "two accounts and what they may: {done}");
    let [senior, other] = [1, 3].map(|number| (format!("user000{number}"), format!("pw-user000{number}")));
    let (senior, other) = (office.key_of(&senior.0, &senior.1).await, office.key_of(&other.0, &other.1).await);
    let make = async |name: &str, key: &str| {
        let answer = office.house.send(Ask::post("/api/v1/teams", &json!({ "name": name })).key(key)).await;
        (answer.status, answer.json()["role"].clone())
    };
    assert_eq!(make("blue", &other).await.0, 403);
    assert_eq!(make("blue", &senior).await, (201, json!("admin")));
    let why = "/api/v1/permissions/explain?action=write&target=teams/runstead";
    let told = office.house.send(Ask::get(why).key(&senior)).await.json();
    assert_eq!((&told["allowed"], &told["rule"]), (&json!(true), &json!("a group of the directory lets them make teams")));
    let explained = office.get("/api/v1/directory/people/user0001").await;
    assert!(explained.to_string().contains("creates teams"), "{explained}");
    let audit = office.get("/api/v1/audit?action=organization.let_make_teams").await;
    assert_eq!(audit["items"][0]["details"]["cause"], "directory: group seniors", "{audit}");

    slapd.change(&format!("dn: {}\nchangetype: modify\ndelete: member\nmember: {}\n", group_dn("seniors"), user_dn(1)));
    assert_eq!(office.sync().await["outcome"], "applied");
    assert_eq!(make("green", &senior).await.0, 403);
}

#[actix_web::test]
async fn only_groups_that_may_sign_in_do() {
    let slapd = Slapd::start(3);
    slapd.group("users", &users([1]));
    slapd.group("more", &users([2]));
    let rules = "[[rule]]\ngroup = 'users'\nmay_sign_in = true\n";
    let office = Office::with_rules(&slapd, rules, &[("ldap.sign_in_groups", "more")]).await;
    office.username("user0001", "pw-user0001").await;
    office.username("user0002", "pw-user0002").await;
    let refused = office.sign_in("user0003", "pw-user0003").await;
    assert_eq!(refused.status, 403);
    assert!(refused.text().contains("none of your groups in the directory may sign in"), "{}", refused.text());
    assert_eq!(office.username("ada", "correct horse battery").await, "ada");
    // A mistake in the file locks nobody out; it is told, and no sync runs on it.
    office.set_rules("[[rule]]\ngrup = 'users'\n");
    office.username("user0001", "pw-user0001").await;
    let failed = office.sync().await;
    assert_eq!(failed["outcome"], "failed");
    assert!(failed["why"].as_str().is_some_and(|why| why.contains("rules.toml: line 2: unknown field `grup`")), "{failed}");
}

#[actix_web::test]
async fn the_last_admin_of_a_team_stays_and_is_told() {
    let slapd = Slapd::start(8);
    slapd.group("vision", &users(1..=8));
    slapd.group("leads", &users([1]));
    let office = Office::with_rules(&slapd, VISION, &[]).await;
    office.sync().await;
    // A group keeps a member, or it could not be.
    slapd.change(&format!("dn: {}\nchangetype: modify\nadd: member\nmember: cn=nobody\n", group_dn("leads")));
    slapd.remove(&user_dn(1));
    let done = office.sync().await;
    assert_eq!(done["kept"][0]["what"], "user0001 stays admin of the team vision", "{done}");
    assert!(office.members("vision").await.contains(&"user0001 admin leads".to_owned()));
    assert_eq!(office.sync().await["outcome"], "unchanged");
}

#[actix_web::test]
async fn the_last_administrator_with_a_password_of_this_server_stays_one() {
    let slapd = Slapd::start(8);
    slapd.group("vision", &users(1..=8));
    slapd.group("leads", &users([8]));
    let office = Office::with_rules(&slapd, VISION, &[]).await;
    office.sync().await;
    let administers = |yes: bool| json!({ "site_admin": yes });
    let change = |who: &str, key: &str, body: &Value| {
        let ask = Ask::new(Method::PATCH, format!("/api/v1/users/{who}")).json(body).key(key);
        office.house.send(ask)
    };
    let made = change("user0001", &office.ada, &administers(true)).await;
    assert_eq!(made.status, 200, "{}", made.text());
    let theirs = office.key_of("user0001", "pw-user0001").await;
    let locked_out = office.house.send(Ask::new(Method::POST, "/api/v1/users/ada/deactivate").key(&theirs)).await;
    let demoted = change("ada", &theirs, &administers(false)).await;
    for refused in [locked_out, demoted] {
        assert_eq!(refused.status, 409, "{}", refused.text());
        assert!(refused.text().contains("the last administrator with a password of this server"), "{}", refused.text());
    }
    // Nor does a sync touch an account of this server; one of the directory it does.
    slapd.remove(&user_dn(1));
    assert_eq!(office.sync().await["removed"], 1);
    assert_eq!(
        (office.whose_key(&theirs).await, office.username("ada", "correct horse battery").await),
        (Value::Null, "ada".to_owned())
    );
}

#[actix_web::test]
async fn seats_given_by_hand_stay_and_are_marked_or_are_locked_out() {
    let slapd = Slapd::start(9);
    slapd.group("vision", &users(1..=8));
    slapd.group("leads", &users([1]));
    let office = Office::with_rules(&slapd, VISION, &[]).await;
    office.sync().await;
    office.username("user0009", "pw-user0009").await;
    let add = |username: &str| {
        Ask::post("/api/v1/teams/vision/members", &json!({ "username": username, "role": "member" })).key(&office.ada)
    };
    assert_eq!(office.house.send(add("user0009")).await.status, 201);
    assert_eq!(office.sync().await["outcome"], "unchanged");
    assert!(office.members("vision").await.contains(&"user0009 member -".to_owned()), "given by hand");
    let by_hand = Ask::new(Method::DELETE, "/api/v1/teams/vision/members/user0002").key(&office.ada);
    let refused = office.house.send(by_hand).await;
    assert!(refused.status == 409 && refused.text().contains("by the group vision of the directory"), "{}", refused.text());

    // The same people where groups alone decide.
    let strict = Office::with_rules(&slapd, VISION, &[("ldap.keep_manual_members", "false")]).await;
    strict.sync().await;
    strict.username("user0009", "pw-user0009").await;
    let lead = strict.key_of("user0001", "pw-user0001").await;
    let team = strict.get("/api/v1/teams/vision").await;
    let directory = json!({ "groups": ["vision", "leads"], "contact": "desk@example.org", "locked": true });
    assert_eq!(team["directory"], directory);
    let invite = json!({ "people": ["user0009"], "role": "member" });
    let asked = strict.house.send(Ask::post("/api/v1/teams/vision/invitations", &invite).key(&lead)).await.json();
    let words = "who is in the team vision is managed by the group vision and leads of the directory; ask desk@example.org";
    assert_eq!(asked["items"][0]["message"], words, "{asked}");
    // An administrator of the server may, and the next sync takes it.
    let give = Ask::post("/api/v1/teams/vision/members", &json!({ "username": "user0009", "role": "member" }));
    assert_eq!(strict.house.send(give.clone().key(&lead)).await.status, 409);
    assert_eq!(strict.house.send(give.key(&strict.ada)).await.status, 201);
    let done = strict.sync().await;
    assert_eq!(done["changes"][0]["text"], "user0009 leaves the team vision, was member", "{done}");
}

#[actix_web::test]
async fn administrators_edit_the_rules_where_no_file_says_them() {
    let slapd = Slapd::start(2);
    slapd.group("leads", &users([1]));
    let groups = format!("ou=groups,{BASE}");
    let office = Office::open(&slapd.encrypted(), &slapd.file("ca.pem"), &[("ldap.group_base_dn", groups.as_str())]).await;
    let put = |rules: Value, revision: i64| {
        let body = json!({ "rules": rules, "revision": revision });
        Ask::new(Method::PUT, "/api/v1/directory/rules").json(&body).key(&office.ada)
    };
    let rule = json!([{ "group": "leads", "team": "vision", "role": "admin", "create_team": true, "contact": "" }]);
    let wrong = office.house.send(put(json!([{ "group": "x", "team": "y" }]), 0)).await;
    assert!(wrong.status == 400 && wrong.text().contains("rule 1: role must say"), "{}", wrong.text());
    let saved = office.house.send(put(rule.clone(), 0)).await;
    assert_eq!((saved.status, &saved.json()["revision"], &saved.json()["changed_by"]), (200, &json!(1), &json!("ada")));
    assert_eq!(office.house.send(put(json!([]), 0)).await.status, 409, "somebody changed them meanwhile");
    office.sync().await;
    assert_eq!(office.members("vision").await, ["user0001 admin leads"]);
    let audit = office.get("/api/v1/audit?action=directory.change_rules").await;
    assert_eq!(audit["items"][0]["details"]["after"][0]["team"], "vision", "{audit}");
    // A group that is not there is no reason to take anything from anybody.
    let gone = json!([{ "group": "gone", "team": "vision", "role": "admin" }]);
    assert_eq!(office.house.send(put(gone, 1)).await.status, 200);
    let failed = office.sync().await;
    assert!(failed["why"].as_str().is_some_and(|why| why.contains("the group gone of a rule is not in the directory")));
    assert_eq!(office.members("vision").await, ["user0001 admin leads"]);

    let fixed = Office::with_rules(&slapd, VISION, &[]).await;
    assert!(fixed.get("/api/v1/directory/rules").await["file"].as_str().is_some_and(|file| file.ends_with("rules.toml")));
    let body = json!({ "rules": [], "revision": 0 });
    let refused = fixed.house.send(Ask::new(Method::PUT, "/api/v1/directory/rules").json(&body).key(&fixed.ada)).await;
    assert!(refused.status == 409 && refused.text().contains("edit it there"), "{}", refused.text());
}

#[actix_web::test]
async fn administrators_see_tests_reasons_settings_and_metrics() {
    let slapd = Slapd::start(2);
    slapd.group("vision", &users([1, 2]));
    slapd.group("leads", &users([1]));
    slapd.change(&format!("dn: {}\nchangetype: modify\nadd: employeeType\nemployeeType: former\n", user_dn(2)));
    let office = Office::with_rules(&slapd, VISION, &[("ldap.disabled_filter", "(employeeType=former)")]).await;
    office.sync().await;
    let tested = office.house.send(Ask::post("/api/v1/directory/test", &json!({ "login": "user0001" })).key(&office.ada)).await;
    let tested = tested.json();
    let steps: Vec<&str> = tested["steps"].as_array().expect("steps").iter().filter_map(|step| step["step"].as_str()).collect();
    assert_eq!(steps, ["address", "tls", "bind", "search", "groups", "person"], "{tested}");
    assert_eq!(tested["person"]["gives"][1]["gives"], "admin of the team vision");
    let told = office.get("/api/v1/directory/people/user0001").await;
    assert_eq!(told["seats"][0], json!({ "place": "team vision", "role": "admin", "from": "group leads (admin)" }), "{told}");
    let disabled = office.get("/api/v1/directory/people/user0002").await;
    assert!(
        disabled["because"].as_str().is_some_and(|why| why.contains("is disabled: it fits (employeeType=former)")),
        "{disabled}"
    );
    assert_eq!(office.sign_in("user0002", "pw-user0002").await.status, 401);
    let local = office.get("/api/v1/directory/people/ada").await;
    assert_eq!((&local["local"], &local["person"]), (&json!(true), &Value::Null));
    let status = office.get("/api/v1/directory").await;
    let settings = status["settings"].as_array().expect("a list");
    let set = |key: &str| settings.iter().find(|setting| setting["key"] == key).expect("it is there").clone();
    assert_eq!(set("ldap.disabled_filter")["set_by"], "flag --ldap.disabled-filter");
    assert_eq!(set("ldap.create_accounts")["set_by"], "default");
    assert!(!status.to_string().contains("reader-pw"));
    let metrics = office.house.send(Ask::get("/metrics").key(&office.ada)).await.text();
    for line in [
        "runstead_directory_syncs_total{outcome=\"applied\"} 1",
        "runstead_directory_last_sync_outcome{outcome=\"applied\"} 1",
        "runstead_directory_last_sync_outcome{outcome=\"failed\"} 0",
        "runstead_directory_last_sync_age_seconds 0",
        "runstead_directory_sync_duration_seconds_count 1",
        "runstead_directory_changes_total 4",
    ] {
        assert!(metrics.contains(line), "{line} in {metrics}");
    }
}

#[actix_web::test]
async fn a_directory_that_is_only_tried_out_lets_nobody_in_and_changes_nothing() {
    let slapd = Slapd::start(1);
    slapd.group("leads", &users([1]));
    slapd.group("vision", &users([1]));
    let office = Office::with_rules(&slapd, VISION, &[("ldap.enabled", "false")]).await;
    assert_eq!(office.sign_in("user0001", "pw-user0001").await.status, 401);
    assert_eq!(office.sync_as(&json!({ "dry_run": true })).await["added"], 3);
    let refused = office.house.send(Ask::post("/api/v1/directory/syncs", &json!({})).key(&office.ada)).await;
    assert!(refused.status == 409 && refused.text().contains("ldap.enabled"), "{}", refused.text());
}

#[actix_web::test]
async fn an_answer_that_the_server_cuts_off_changes_nothing() {
    let slapd = Slapd::shaped(Shape { people: 120, limit: "100", ..Shape::default() });
    slapd.group("leads", &users([1]));
    slapd.group("vision", &users([2]));
    let office = Office::with_rules(&slapd, VISION, &[]).await;
    let failed = office.sync().await;
    assert_eq!((&failed["outcome"], &failed["changes"]), (&json!("failed"), &json!([])), "{failed}");
    assert!(failed["why"].as_str().is_some_and(|why| why.contains("is cut off by")), "{failed}");
}

#[actix_web::test]
async fn records_of_syncs_are_kept_for_ninety_days() {
    let slapd = Slapd::start(1);
    let office = Office::of(&slapd).await;
    office.sync().await;
    let clock: &Clock = &office.house.app.clock;
    clock.advance(std::time::Duration::from_secs(89 * 24 * 3600));
    let key = office.house.sign_in("ada").await;
    let sync = |key: &str| Ask::post("/api/v1/directory/syncs", &json!({})).key(key);
    assert_eq!(office.house.send(sync(&key)).await.status, 200);
    assert_eq!(office.syncs().await.len(), 2);
    clock.advance(std::time::Duration::from_secs(2 * 24 * 3600));
    let key = office.house.sign_in("ada").await;
    assert_eq!(office.house.send(sync(&key)).await.status, 200);
    assert_eq!(office.syncs().await.len(), 2, "the first is gone");
}
