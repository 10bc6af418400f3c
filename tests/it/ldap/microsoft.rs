//! Active Directory: its entries' shape in a real OpenLDAP server, and, by a double, what only the product itself does: it
//! follows groups in groups itself, and lists members of large groups in parts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::Office;
use super::double::{Double, entry};
use super::slapd::{BASE, Shape, Slapd, group_dn};

const RULES: &str = "[[rule]]\ngroup = 'ML-Leads'\nteam = 'vision'\nrole = 'admin'\ncreate_team = true\n\
                     [[rule]]\ngroup = 'Domain Users'\nteam = 'vision'\nrole = 'view-only'\n";
const STAFF: &str = "[[rule]]\ngroup = 'Staff'\nteam = 'vision'\nrole = 'member'\n";

/// The identifier `S-1-5-21-1-2-3-…` as bytes.
fn sid(last: u8) -> Vec<u8> {
    let head: [u8; 24] = [1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0];
    [head.as_slice(), &[last, 2, 0, 0]].concat()
}

/// The last byte of that of "Domain Users", whose number is 513.
const DOMAIN_USERS: u8 = 1;

/// A person as that product has them: the id is bytes, and their first group is a number in their own entry.
fn person(number: u8, control: u32, primary: u32, expires: &str) -> String {
    let guid = STANDARD.encode([0xff, 0x00, 0xfe, number, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    let sid = STANDARD.encode(sid(100 + number));
    format!(
        "dn: {}\nobjectClass: user\ncn: Person {number}\nsn: {number}\nsAMAccountName: p{number}\n\
         userPrincipalName: p{number}@corp.example\ndisplayName: Person Number {number}\nobjectGUID:: {guid}\nobjectSid:: {sid}\n\
         primaryGroupID: {primary}\nobjectCategory: person\nuserAccountControl: {control}\n{expires}mail: p{number}@example.org\n\
         userPassword: pw-p{number}\n\n",
        person_dn(number)
    )
}

fn person_dn(number: u8) -> String {
    format!("cn=Person {number},ou=people,{BASE}")
}

fn group(cn: &str, last: u8, members: &[String]) -> String {
    let members: String = members.iter().map(|member| format!("member: {member}\n")).collect();
    let sid = STANDARD.encode(sid(last));
    format!("dn: {}\nobjectClass: group\ncn: {cn}\nobjectSid:: {sid}\nobjectCategory: group\n{members}\n", group_dn(cn))
}

#[actix_web::test]
async fn its_entries_are_read_by_the_preset_alone() {
    // 514 is a usual account with the bit "disabled"; the third was over in 2024.
    let people = [
        person(1, 512, 513, "accountExpires: 9223372036854775807\n"),
        person(2, 514, 513, ""),
        person(3, 512, 513, "accountExpires: 133500000000000000\n"),
        person(4, 512, 600, "accountExpires: 0\n"),
        person(5, 512, 513, ""),
        person(6, 512, 600, ""),
    ];
    let groups = [
        group("Inner", 10, &[person_dn(4)]),
        group("ML-Leads", 11, &[person_dn(1), group_dn("Inner")]),
        // It lists nobody: everybody is in it by the number in their own entry.
        group("Domain Users", DOMAIN_USERS, &[]),
        group("Staff", 12, &[group_dn("Domain Users")]),
    ];
    let ldif = people.concat() + &groups.concat();
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/ldap/active-directory.schema");
    let slapd = Slapd::shaped(Shape { schema: Some(schema), ldif: &ldif, ..Shape::default() });
    let office = Office::with_rules(&slapd, RULES, &[("ldap.product", "active-directory")]).await;
    let done = office.sync().await;
    assert_eq!((&done["outcome"], &done["people"], &done["groups"]), (&json!("applied"), &json!(4), &json!(4)), "{done}");
    assert_eq!(office.members("vision").await, ["p1 admin ML-Leads", "p4 admin ML-Leads", "p5 view-only Domain Users"]);
    assert_eq!(office.username("p1@corp.example", "pw-p1").await, "p1");
    assert_eq!(office.sign_in("p2", "pw-p2").await.status, 401, "disabled");
    assert_eq!(office.sign_in("p3", "pw-p3").await.status, 401, "over");
    let told = office.get("/api/v1/directory/people/p1").await;
    assert_eq!(told["person"]["id"], "ff00fe010102030405060708090a0b0c", "{told}");
    let disabled = office.get("/api/v1/directory/people/p2").await;
    assert!(disabled["because"].as_str().is_some_and(|why| why.contains("is disabled")), "{disabled}");
    assert_eq!(office.sync().await["outcome"], "unchanged");

    // The first sign-in of somebody finds the primary group too, which a sync takes when it is another.
    slapd.change(&person(7, 512, 513, "").replacen('\n', "\nchangetype: add\n", 1));
    assert_eq!(office.username("p7", "pw-p7").await, "p7");
    assert!(office.members("vision").await.contains(&"p7 view-only Domain Users".to_owned()));
    let told = office.get("/api/v1/directory/people/p7").await;
    assert_eq!(told["person"]["groups"], json!([group_dn("Domain Users")]), "{told}");
    slapd.change(&format!("dn: {}\nchangetype: modify\nreplace: primaryGroupID\nprimaryGroupID: 600\n", person_dn(7)));
    let done = office.sync().await;
    assert_eq!(done["changes"][0]["text"], "p7 leaves the team vision, was view-only (group Domain Users)", "{done}");
    // Through a group in a group.
    office.set_rules(&(RULES.to_owned() + STAFF));
    office.sync().await;
    assert!(office.members("vision").await.contains(&"p5 member Staff".to_owned()));
}

#[actix_web::test]
async fn it_follows_groups_in_groups_itself_and_lists_large_groups_in_parts() {
    let someone = |name: &str, login: &str, more: &[(&str, &[&[u8]])]| {
        let own: [(&str, &[&[u8]]); 2] = [("sAMAccountName", &[login.as_bytes()]), ("objectGUID", &[login.as_bytes()])];
        entry(&format!("cn={name},dc=x"), &[&own[..], more].concat())
    };
    let ann = someone("Ann", "ann", &[("displayName", &[b"Ann"])]);
    let bob = someone("Bob", "bob", &[]);
    let cid = someone("Cid", "cid", &[("objectSid", &[&sid(103)]), ("primaryGroupID", &[b"513"])]);
    let leads = |name: &str, members: &[&[u8]]| entry("cn=ML-Leads,dc=x", &[("cn", &[b"ML-Leads"]), (name, members)]);
    let users = entry("cn=Domain Users,dc=x", &[("cn", &[b"Domain Users"]), ("objectSid", &[&sid(DOMAIN_USERS)])]);
    let staff = entry("cn=Staff,dc=x", &[("cn", &[b"Staff"]), ("member", &[b"CN=Domain Users,DC=x"])]);
    let chain = "1.2.840.113556.1.4.1941";
    let double = Double::of(vec![
        (vec!["member;range=1-*"], vec![leads("member;range=1-*", &[b"cn=Bob,dc=x"])]),
        (vec![chain, "cn=Ann,dc=x"], vec![entry("cn=ML-Leads,dc=x", &[("cn", &[b"ML-Leads"])])]),
        (vec![chain, "cn=Cid,dc=x", "cn=Domain Users,dc=x"], vec![staff.clone()]),
        (vec!["objectSid", "memberUid", "cid"], vec![users.clone()]),
        (
            vec!["objectCategory", "group", "memberUid", "uniqueMember"],
            vec![leads("member;range=0-0", &[b"cn=Ann,dc=x"]), users, staff],
        ),
        (vec!["objectCategory", "group"], vec![]),
        (vec!["sAMAccountName", "ann"], vec![ann.clone()]),
        (vec!["sAMAccountName", "cid"], vec![cid.clone()]),
        (vec!["sAMAccountName"], vec![ann, bob, cid]),
    ]);
    let servers = double.plain();
    let more = [
        ("ldap.product", "active-directory"),
        ("ldap.servers", servers.as_str()),
        ("ldap.start_tls", "false"),
        ("ldap.base_dn", "dc=x"),
        ("ldap.group_base_dn", "dc=x"),
    ];
    let slapd = Slapd::start(0);
    let office = Office::with_rules(&slapd, &(RULES.to_owned() + STAFF), &more).await;
    // By one question, though the person is in a group in the group.
    assert_eq!(office.username("ann", "whatever").await, "ann");
    let seen = double.seen.lock().expect("nobody panics").clone();
    assert_eq!(seen.iter().filter(|asked| asked.contains(chain)).count(), 1, "{seen:?}");
    let told = office.get("/api/v1/directory/people/ann").await;
    assert_eq!(told["person"]["gives"][0]["gives"], "admin of the team vision", "{told}");
    // From the primary group upwards as well, which does not list its people.
    let told = office.get("/api/v1/directory/people/cid").await;
    assert_eq!(told["person"]["groups"], json!(["cn=Domain Users,dc=x", "cn=Staff,dc=x"]), "{told}");
    // All parts of the group.
    assert_eq!(office.sync().await["outcome"], "applied");
    assert_eq!(office.members("vision").await, ["ann admin ML-Leads", "bob admin ML-Leads", "cid member Staff"]);
}
