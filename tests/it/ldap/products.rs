//! FreeIPA and lldap by their presets alone: their entries' shape in a real OpenLDAP server. And what any server may do.

use serde_json::json;

use super::slapd::{BASE, Shape, Slapd, group_dn, user_dn};
use super::{Office, configured};
use crate::house::{Ask, House, settings};

const RULES: &str = "[[rule]]\ngroup = 'staff'\nteam = 'vision'\nrole = 'member'\n\
                     [[rule]]\ngroup = 'leads'\nteam = 'vision'\nrole = 'admin'\ncreate_team = true\n";

#[actix_web::test]
async fn who_is_locked_or_over_in_freeipa_is_left_out() {
    let users = format!("cn=users,cn=accounts,{BASE}");
    let groups = format!("cn=groups,cn=accounts,{BASE}");
    let person = |uid: &str, more: &str| {
        format!(
            "dn: uid={uid},{users}\nobjectClass: inetOrgPerson\nobjectClass: ipaObject\nobjectClass: krbPrincipalAux\nuid: {uid}\n\
             cn: {uid} cn\nsn: {uid}\ndisplayName: Name of {uid}\nmail: {uid}@example.org\nipaUniqueID: 0e5b-{uid}\n{more}\
             userPassword: pw-{uid}\n\n"
        )
    };
    let group = |cn: &str, members: &[String]| {
        let members: String = members.iter().map(|member| format!("member: {member}\n")).collect();
        format!("dn: cn={cn},{groups}\nobjectClass: ipaUserGroup\ncn: {cn}\n{members}\n")
    };
    let dn = |uid: &str| format!("uid={uid},{users}");
    let containers: String = ["cn=accounts", "cn=users,cn=accounts", "cn=groups,cn=accounts"]
        .map(|rdn| {
            format!(
                "dn: {rdn},{BASE}\nobjectClass: organizationalRole\ncn: {}\n\n",
                &rdn[3..rdn.find(',').unwrap_or(rdn.len())]
            )
        })
        .concat();
    let ldif = [
        containers,
        person("ann", "krbPrincipalExpiration: 20991231235959Z\nnsAccountLock: FALSE\n"),
        person("bob", "nsAccountLock: TRUE\n"),
        person("cid", "krbPrincipalExpiration: 20240131100000Z\n"),
        person("dan", ""),
        // Groups in groups are usual there.
        group("inner", &["bob", "cid", "dan"].map(dn)),
        group("staff", &[format!("cn=inner,{groups}")]),
        group("leads", &[dn("ann")]),
    ]
    .concat();
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/ldap/freeipa.schema");
    let slapd = Slapd::shaped(Shape { schema: Some(schema), ldif: &ldif, ..Shape::default() });
    let more = [("ldap.product", "freeipa"), ("ldap.base_dn", users.as_str()), ("ldap.group_base_dn", groups.as_str())];
    let office = Office::with_rules(&slapd, RULES, &more).await;
    let done = office.sync().await;
    assert_eq!((&done["outcome"], &done["people"], &done["groups"]), (&json!("applied"), &json!(2), &json!(3)), "{done}");
    assert_eq!(office.members("vision").await, ["ann admin leads", "dan member staff"]);
    for (uid, why) in [("bob", "it fits (nsAccountLock=TRUE)"), ("cid", "the account is over")] {
        assert_eq!(office.sign_in(uid, &format!("pw-{uid}")).await.status, 401, "{uid}");
        let told = office.get(&format!("/api/v1/directory/people/{uid}")).await;
        assert!(told["because"].as_str().is_some_and(|because| because.contains(why)), "{told}");
    }
    let told = office.get("/api/v1/directory/people/dan").await;
    assert_eq!((&told["person"]["id"], &told["person"]["name"]), (&json!("0e5b-dan"), &json!("Name of dan")), "{told}");
    // Locked later, they lose session and key by the next sync.
    let key = office.key_of("dan", "pw-dan").await;
    slapd.change(&format!("dn: {}\nchangetype: modify\nadd: nsAccountLock\nnsAccountLock: TRUE\n", dn("dan")));
    assert_eq!(office.sync().await["removed"], 1);
    assert_eq!(office.whose_key(&key).await, json!(null));
}

#[actix_web::test]
async fn entries_of_lldap_are_read_by_its_preset() {
    let slapd = Slapd::start(3);
    for (cn, number) in [("staff", 1), ("leads", 2)] {
        slapd.change(&format!(
            "dn: {}\nchangetype: add\nobjectClass: groupOfUniqueNames\ncn: {cn}\nuniqueMember: {}\n",
            group_dn(cn),
            user_dn(number)
        ));
    }
    // Below one entry, as people there configure it.
    let more = [("ldap.product", "lldap"), ("ldap.base_dn", BASE), ("ldap.group_base_dn", BASE)];
    let office = Office::with_rules(&slapd, RULES, &more).await;
    let done = office.sync().await;
    assert_eq!((&done["outcome"], &done["people"], &done["groups"]), (&json!("applied"), &json!(3), &json!(2)), "{done}");
    assert_eq!(office.members("vision").await, ["user0001 member staff", "user0002 admin leads"]);
    assert_eq!(office.username("user0003@example.org", "pw-user0003").await, "user0003");
}

#[actix_web::test]
async fn attributes_and_filters_may_be_others_than_the_usual_ones() {
    let ldif = format!(
        "dn: cn=Zoe,ou=people,{BASE}\nobjectClass: inetOrgPerson\ncn: Zoe\nsn: Zoe\nemployeeNumber: 77\ngivenName: Zoe Z.\n\
         title: zoe\nlabeledURI: zoe@example.org\ndepartmentNumber: leads\nuserPassword: pw-zoe\n\n"
    );
    let slapd = Slapd::shaped(Shape { people: 2, ldif: &ldif, ..Shape::default() });
    slapd.group("leads", &[user_dn(1)]);
    let rules = "[[rule]]\ngroup = 'leads'\nteam = 'vision'\nrole = 'admin'\ncreate_team = true\n";
    let more = [
        ("ldap.user_filter", "(&(employeeNumber=*)(title={login}))"),
        ("ldap.attribute_id", "employeeNumber"),
        ("ldap.attribute_username", "title"),
        ("ldap.attribute_name", "givenName"),
        ("ldap.attribute_email", "labeledURI"),
        // Lists groups by their cn alone.
        ("ldap.attribute_groups", "departmentNumber"),
    ];
    let office = Office::with_rules(&slapd, rules, &more).await;
    let told = office.get("/api/v1/directory/people/zoe").await;
    let person = &told["person"];
    assert_eq!((&person["id"], &person["username"]), (&json!("77"), &json!("zoe")), "{told}");
    assert_eq!((&person["name"], &person["email"]), (&json!("Zoe Z."), &json!("zoe@example.org")));
    assert_eq!(person["gives"][0]["gives"], "admin of the team vision");
    assert_eq!(office.sync().await["people"], 1);
    assert_eq!(office.members("vision").await, ["zoe admin leads"]);
    assert_eq!(office.username("zoe", "pw-zoe").await, "zoe");
}

#[actix_web::test]
async fn a_directory_may_be_asked_as_nobody_where_it_lets_nobody_read() {
    let slapd = Slapd::shaped(Shape { people: 2, readers: "*", ..Shape::default() });
    let (folder, people, servers, ca) =
        (tempfile::tempdir().expect("a folder"), format!("ou=people,{BASE}"), slapd.encrypted(), slapd.file("ca.pem"));
    let all = [("ldap.servers", servers.as_str()), ("ldap.ca_file", &ca), ("ldap.base_dn", &people)];
    let house = House::open(&settings(folder.path(), &all)).await;
    house.set_up().await;
    let sign_in = async |password: &str| {
        let form = json!({ "username": "user0001", "password": password });
        house.send(Ask::post("/api/v1/session", &form)).await.status
    };
    assert_eq!((sign_in("pw-user0001").await, sign_in("wrong").await, sign_in("").await), (200, 401, 401));
}

#[actix_web::test]
async fn referrals_to_other_servers_are_not_followed() {
    let elsewhere = format!("ou=elsewhere,ou=people,{BASE}");
    let ldif = format!(
        "dn: {elsewhere}\nobjectClass: referral\nobjectClass: extensibleObject\nou: elsewhere\n\
         ref: ldap://127.0.0.1:1/ou=people,dc=other??sub\n\n"
    );
    let slapd = Slapd::shaped(Shape { people: 3, ldif: &ldif, ..Shape::default() });
    slapd.group("staff", &[user_dn(1)]);
    slapd.group("leads", &[user_dn(2)]);
    let office = Office::with_rules(&slapd, RULES, &[]).await;
    let done = office.sync().await;
    assert_eq!((&done["outcome"], &done["people"]), (&json!("applied"), &json!(3)), "{done}");
    // Where everybody is elsewhere, that is said.
    let office = Office::with_rules(&slapd, RULES, &[("ldap.base_dn", &elsewhere)]).await;
    let failed = office.sync().await;
    assert_eq!(failed["outcome"], "failed", "{failed}");
    assert!(failed["why"].as_str().is_some_and(|why| why.contains("on another server (referral)")), "{failed}");
}

#[actix_web::test]
async fn thousands_come_in_pages_though_the_server_gives_few_at_once() {
    let slapd = Slapd::start(1300);
    slapd.group("staff", &(2..=1300).map(user_dn).collect::<Vec<_>>());
    slapd.group("leads", &[user_dn(1)]);
    let folder = tempfile::tempdir().expect("a folder");
    let groups = format!("ou=groups,{BASE}");
    let config = configured(folder.path(), &slapd.encrypted(), &slapd.file("ca.pem"), &[("ldap.group_base_dn", &groups)]);
    let directory = runstead::server::open_directory(&config).expect("a good configuration").expect("a directory");
    let rules = runstead::domain::directory::Rules::parse(RULES).expect("good rules");
    let read = directory.snapshot(&rules, runstead::clock::Clock::system().now()).await.expect("all of it");
    assert_eq!((read.people.len(), read.groups), (1300, 2));
    assert_eq!(read.people.iter().filter(|entry| entry.rules == [0]).count(), 1299);
}
