//! People, organizations and teams through the management API: who may do what, and that nobody is left without an admin.

use actix_web::http::Method;
use runstead::api::rest::openapi;
use serde_json::{Value, json};

use crate::desk::{As, PASSWORD, message, text};
use crate::house::{Ask, House, settings};
use crate::lab::{Lab, names};

#[actix_web::test]
async fn every_documented_operation_is_there_and_refuses_who_does_not_say_who_they_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let house = House::open(&settings(folder.path(), &[])).await;
    house.set_up().await;
    let document = openapi();
    assert_eq!(document["openapi"], json!("3.1.0"));
    let paths = document["paths"].as_object().expect("paths");
    assert!(paths.len() > 15, "only {} paths", paths.len());
    for (path, operations) in paths {
        let address = path.split('/').map(|part| if part.starts_with('{') { "1" } else { part }).collect::<Vec<_>>().join("/");
        for (method, operation) in operations.as_object().expect("operations") {
            let method: Method = method.to_uppercase().parse().expect("a method");
            let needed = operation["parameters"].as_array().into_iter().flatten();
            let needed = needed.filter(|parameter| parameter["in"] == "query" && parameter["required"] == json!(true));
            let query: Vec<_> = needed.filter_map(|parameter| Some(format!("{}=read", parameter["name"].as_str()?))).collect();
            let address = format!("{address}?{}", query.join("&"));
            // A body that can be read, with whatever the schema demands.
            let body = operation["requestBody"].is_object().then(|| sample(&document, &operation["requestBody"]));
            let ask = Ask::new(method.clone(), address);
            let answer = house.send(body.into_iter().fold(ask, |ask, body| ask.json(&body))).await;
            // What is for everybody says so, and this server has nothing of it.
            let refused = if operation["security"] == json!([{}]) { &[404][..] } else { &[401, 403] };
            assert!(
                refused.contains(&answer.status),
                "{method} {path} answers nobody with {} {} {}",
                answer.status,
                answer.text(),
                operation["parameters"]
            );
            let told = answer.json();
            assert!(told["code"].is_string() && told["message"].is_string(), "{method} {path}");
        }
    }
    assert_eq!(house.send(Ask::get("/api/v1/docs")).await.status, 200);
}

/// A body with every member that must be there.
fn sample(document: &Value, body: &Value) -> Value {
    // What is no JSON, as a picture, is refused before it is looked at.
    body["content"].get("application/json").map_or(Value::Null, |json| sample_of(document, &json["schema"]))
}

/// As [`sample`], of a schema: the first of several that would do.
fn sample_of(document: &Value, schema: &Value) -> Value {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return sample_of(document, &document["components"]["schemas"][name]);
    }
    if let Some(first) = schema["oneOf"].get(0).or_else(|| schema["enum"].get(0)) {
        return if schema["oneOf"].is_array() { sample_of(document, first) } else { first.clone() };
    }
    match schema["type"].as_str() {
        Some("array") => json!([]),
        Some("boolean") => json!(true),
        Some("integer" | "number") => json!(1),
        Some("object") => {
            let required = schema["required"].as_array().cloned().unwrap_or_default();
            let members = required.iter().filter_map(Value::as_str);
            let member = |name: &str| (name.to_owned(), sample_of(document, &schema["properties"][name]));
            Value::Object(members.map(member).collect())
        }
        _ => json!("member"),
    }
}

#[actix_web::test]
async fn people_are_paged_searched_and_changed_by_themselves_or_an_administrator() {
    let lab = Lab::open().await;
    let (_, first) = lab.get("/users?limit=2", &lab.ada).await;
    assert_eq!(names(&first, "username"), ["ada", "bob"]);
    let cursor = first["next_cursor"].as_str().expect("another page");
    let (_, second) = lab.get(&format!("/users?limit=3&after={cursor}"), &lab.ada).await;
    assert_eq!((names(&second, "username"), &second["next_cursor"]), (vec!["cyd", "dan", "eve"], &Value::Null));
    assert_eq!(lab.get("/users?limit=0", &lab.ada).await.0, 400);
    assert_eq!(lab.get("/users?after=nonsense", &lab.ada).await.0, 400);
    // Only administrators find people by their mail address.
    assert_eq!(names(&lab.get("/users?query=YD@RUNS", &lab.ada).await.1, "username"), ["cyd"]);
    assert!(names(&lab.get("/users?query=cyd@runs", &lab.bob).await.1, "username").is_empty());
    assert!(names(&lab.get("/users?query=%25", &lab.ada).await.1, "username").is_empty());

    let (status, changed) = lab.patch("/users/cyd", &lab.cyd, json!({ "name": "Cyd C.", "default_entity": "vision" })).await;
    assert_eq!((status, &changed["name"], &changed["default_entity"]), (200, &json!("Cyd C."), &json!("vision")));
    assert_eq!(lab.patch("/users/cyd", &lab.bob, json!({ "name": "x" })).await.0, 404);
    assert_eq!(lab.patch("/users/cyd", &lab.cyd, json!({ "site_admin": true })).await.0, 403);
    assert_eq!(lab.patch("/users/cyd", &lab.cyd, json!({ "email": "bob@runs.example" })).await.0, 409);
    assert_eq!(lab.patch("/users/cyd", &lab.cyd, json!({ "default_entity": "bob" })).await.0, 400);
    assert_eq!(lab.patch("/users/ada", &lab.ada, json!({ "site_admin": false })).await.0, 409);
    assert_eq!(lab.patch("/users/nobody", &lab.ada, json!({})).await.0, 404);
}

#[actix_web::test]
async fn an_own_password_is_changed_by_who_knows_the_old_one_and_ends_the_sessions() {
    let lab = Lab::open().await;
    let new = "a wholly new password";
    assert_eq!(lab.patch("/users/cyd", &lab.cyd, json!({ "password": new })).await.0, 403);
    let wrong = json!({ "password": new, "current_password": "not the one" });
    assert_eq!(lab.patch("/users/cyd", &lab.cyd, wrong).await.0, 403);
    assert_eq!(lab.patch("/users/cyd", &lab.cyd, json!({ "password": "short", "current_password": PASSWORD })).await.0, 400);
    let right = json!({ "password": new, "current_password": PASSWORD });
    assert_eq!(lab.patch("/users/cyd", &lab.cyd, right).await.0, 200);
    assert_eq!(lab.get("/keys", &lab.cyd).await.0, 401);
    // An administrator sets that of others without knowing it.
    assert_eq!(lab.patch("/users/cyd", &lab.ada, json!({ "password": PASSWORD })).await.0, 200);
    let form = json!({ "username": "cyd", "password": PASSWORD });
    assert_eq!(lab.desk.post("/api/v1/session", As::Nobody, form).await.status, 200);
}

#[actix_web::test]
async fn a_deleted_person_is_out_and_their_name_is_kept_or_freed() {
    let lab = Lab::open().await;
    let key = text(&lab.desk.key(&lab.cyd, json!({ "name": "laptop" })).await, "secret").to_owned();
    assert_eq!(lab.delete("/users/cyd", &lab.bob).await.0, 403);
    assert_eq!(lab.delete("/users/bob", &lab.ada).await.0, 409, "the last admin of vision");
    assert_eq!(lab.delete("/users/ada", &lab.ada).await.0, 409);
    assert_eq!(lab.delete("/users/cyd", &lab.ada).await.0, 204);
    assert_eq!(lab.desk.get("/api/v1/keys", As::Key(&key)).await.status, 401);
    assert_eq!(lab.delete("/users/cyd", &lab.ada).await.0, 404);
    assert_eq!(lab.get("/users/cyd", &lab.ada).await.0, 404);
    assert_eq!(names(&lab.get("/teams/vision/members", &lab.bob).await.1, "username"), ["bob", "dan"]);
    let form = |username: &str| json!({ "username": username, "password": PASSWORD });
    assert_eq!(lab.post("/users", &lab.ada, form("cyd")).await.0, 409);
    assert_eq!(lab.delete("/users/dan?anonymize=true", &lab.ada).await.0, 204);
    assert_eq!(lab.post("/users", &lab.ada, form("dan")).await.0, 201);
}

#[actix_web::test]
async fn an_administrator_makes_and_imports_keys_for_others_and_view_only_people_have_none() {
    let lab = Lab::open().await;
    let old = "local-0123456789abcdef0123456789abcdef01234567";
    let import = json!({ "name": "moved", "secret": old });
    assert_eq!(lab.post("/users/cyd/api-keys", &lab.bob, import.clone()).await.0, 404);
    let (status, made) = lab.post("/users/cyd/api-keys", &lab.ada, import.clone()).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(lab.post("/users/cyd/api-keys", &lab.ada, import).await.0, 409);
    let mine = lab.desk.get("/api/v1/keys", As::Key(old)).await;
    assert_eq!((mine.status, &mine.body[0]["name"]), (200, &json!("moved")));
    let (_, listed) = lab.get("/users/cyd/api-keys", &lab.cyd).await;
    assert_eq!(names(&listed, "name"), ["moved"]);

    let (status, refused) = lab.post("/users/dan/api-keys", &lab.ada, json!({ "name": "laptop" })).await;
    assert_eq!((status, refused["message"].as_str().expect("words").contains("view-only")), (403, true), "{refused}");
    // Who becomes view-only everywhere keeps the keys, which do not work meanwhile; a team admin is told before.
    let role = |role: &str| json!({ "role": role });
    let at_stake = async |team: &str| lab.get(&format!("/teams/{team}/members/cyd"), &lab.ada).await.1["keys_by_seat"].clone();
    assert_eq!(at_stake("vision").await, json!(1));
    assert_eq!(lab.post("/teams", &lab.ada, json!({ "name": "speech" })).await.0, 201);
    assert_eq!(lab.put("/teams/speech/members/cyd", &lab.ada, role("member")).await.0, 201);
    assert_eq!(
        (at_stake("vision").await, at_stake("speech").await),
        (json!(0), json!(0)),
        "who logs elsewhere keeps their use"
    );
    assert_eq!(lab.put("/teams/speech/members/cyd", &lab.ada, role("view-only")).await.0, 200);
    assert_eq!((at_stake("vision").await, at_stake("speech").await), (json!(1), json!(0)));
    assert_eq!(lab.put("/teams/vision/members/cyd", &lab.bob, role("view-only")).await.0, 200);
    assert_eq!(lab.desk.get("/api/v1/keys", As::Key(old)).await.status, 403);
    assert_eq!(lab.put("/teams/vision/members/cyd", &lab.bob, role("member")).await.0, 200);
    assert_eq!(lab.desk.get("/api/v1/keys", As::Key(old)).await.status, 200);
    assert_eq!(lab.put("/organizations/runstead/members/eve", &lab.ada, role("viewer")).await.0, 200);
    let eve = lab.desk.sign_in("eve").await;
    assert_eq!(lab.desk.key(&eve, json!({ "name": "laptop" })).await.status, 403);
    assert_eq!(lab.delete(&format!("/users/cyd/api-keys/{}", made["id"]), &lab.ada).await.0, 204);
    assert_eq!(lab.delete(&format!("/users/cyd/api-keys/{}", made["id"]), &lab.ada).await.0, 404);
}

#[actix_web::test]
async fn an_organization_has_roles_and_never_loses_its_last_admin() {
    let lab = Lab::open().await;
    let role = |role: &str| json!({ "role": role });
    let members = "/organizations/runstead/members";
    assert_eq!(lab.put(&format!("{members}/bob"), &lab.cyd, role("admin")).await.0, 403);
    assert_eq!(lab.put(&format!("{members}/bob"), &lab.ada, role("boss")).await.0, 400);
    assert_eq!(lab.put(&format!("{members}/nobody"), &lab.ada, role("member")).await.0, 404);
    assert_eq!(lab.put(&format!("{members}/ada"), &lab.ada, role("member")).await.0, 409);
    assert_eq!(lab.put(&format!("{members}/bob"), &lab.ada, role("admin")).await.0, 200);
    // An admin of the organization administers its teams and sees its people's addresses.
    let bob = lab.desk.sign_in("bob").await;
    assert_eq!(lab.put("/teams/vision/members/eve", &bob, role("member")).await.0, 201);
    let (_, people) = lab.get(&format!("{members}?query=e"), &bob).await;
    assert_eq!(names(&people, "username"), ["eve"]);
    assert_eq!(people["items"][0]["teams"], json!([{ "team": "vision", "role": "member" }]));
    assert_eq!(people["items"][0]["email"], json!("eve@runs.example"));
    assert_eq!(lab.get(members, &lab.eve).await.1["items"][0]["email"], Value::Null);
    assert_eq!(lab.delete(&format!("{members}/eve"), &bob).await.0, 204);
    let eve = lab.desk.sign_in("eve").await;
    assert_eq!(lab.get("/teams/vision", &eve).await.0, 404);
    assert_eq!(lab.get(members, &eve).await.0, 404);

    assert_eq!(lab.post("/organizations", &bob, json!({ "name": "acme" })).await.0, 403);
    assert_eq!(lab.post("/organizations", &lab.ada, json!({ "name": "acme" })).await.0, 201);
    assert_eq!(lab.post("/organizations", &lab.ada, json!({ "name": "Acme" })).await.0, 409);
    assert_eq!(lab.put("/organizations/acme/members/eve", &lab.ada, role("member")).await.0, 201);
    assert_eq!(names(&lab.get("/organizations", &eve).await.1, "name"), ["acme"]);
    assert_eq!(lab.delete("/organizations/runstead", &lab.ada).await.0, 409, "it has a team");
    assert_eq!(lab.delete("/organizations/acme", &lab.ada).await.0, 204);
    assert_eq!(lab.get("/organizations/acme", &lab.ada).await.0, 404);
}

#[actix_web::test]
async fn when_two_admins_demote_each_other_at_once_one_is_left() {
    let lab = Lab::open().await;
    assert_eq!(lab.put("/teams/vision/members/cyd", &lab.bob, json!({ "role": "admin" })).await.0, 200);
    let member = || json!({ "role": "member" });
    let (first, second) = tokio::join!(
        lab.put("/teams/vision/members/cyd", &lab.bob, member()),
        lab.put("/teams/vision/members/bob", &lab.cyd, member())
    );
    assert!([first.0, second.0].contains(&200), "{first:?} {second:?}");
    let (_, members) = lab.get("/teams/vision/members", &lab.ada).await;
    let admins = members["items"].as_array().expect("members").iter().filter(|member| member["role"] == "admin").count();
    assert_eq!(admins, 1, "{members}");
}

#[actix_web::test]
async fn a_team_is_shown_as_a_card_to_colleagues_unless_it_is_hidden() {
    let lab = Lab::open().await;
    let (status, card) = lab.get("/teams/vision", &lab.eve).await;
    assert_eq!((status, &card["name"], &card["details"]), (200, &json!("vision"), &Value::Null));
    assert_eq!(lab.get("/teams/vision/members", &lab.eve).await.0, 403);
    assert_eq!(lab.get("/teams/vision", &lab.dan).await.1["details"]["members"], json!(3));
    assert_eq!(lab.patch("/teams/vision", &lab.cyd, json!({ "settings": { "hidden": true } })).await.0, 403);
    let (status, changed) = lab.patch("/teams/vision", &lab.bob, json!({ "settings": { "hidden": true } })).await;
    assert_eq!((status, &changed["details"]["settings"]["hidden"]), (200, &json!(true)));
    assert_eq!(lab.get("/teams/vision", &lab.eve).await.0, 404);
    assert_eq!(lab.get("/teams/vision/members", &lab.eve).await.0, 404);
    assert!(names(&lab.get("/organizations/runstead/teams", &lab.eve).await.1, "name").is_empty());
    assert_eq!(names(&lab.get("/organizations/runstead/teams", &lab.dan).await.1, "name"), ["vision"]);
}

#[actix_web::test]
async fn what_the_organization_locks_holds_for_every_team_and_no_team_admin_changes_it() {
    let lab = Lab::open().await;
    let lock = json!({ "settings": { "private_only": true }, "locks": { "private_only": true } });
    assert_eq!(lab.patch("/organizations/runstead", &lab.bob, lock.clone()).await.0, 403);
    let (status, _) = lab.patch("/organizations/runstead", &lab.ada, lock).await;
    assert_eq!(status, 200);
    let (_, team) = lab.get("/teams/vision", &lab.bob).await;
    assert_eq!(team["details"]["settings"]["private_only"], json!(true));
    assert_eq!(team["details"]["settings"]["locks"][0]["locked_by"], json!("ada"));
    let (status, refused) = lab.patch("/teams/vision", &lab.bob, json!({ "settings": { "private_only": false } })).await;
    assert_eq!((status, refused["message"].as_str().expect("words").contains("ada")), (403, true));
    let contradicting = json!({ "settings": { "default_visibility": "public" } });
    assert_eq!(lab.patch("/teams/vision", &lab.bob, contradicting).await.0, 400);
    let unknown = json!({ "locks": { "colour": true } });
    assert_eq!(lab.patch("/organizations/runstead", &lab.ada, unknown).await.0, 400);
    // A new team starts with what is prescribed.
    let (_, made) = lab.post("/organizations/runstead/teams", &lab.ada, json!({ "name": "speech" })).await;
    assert_eq!(made["details"]["settings"]["private_only"], json!(true));
    let lift = json!({ "locks": { "private_only": false } });
    assert_eq!(lab.patch("/organizations/runstead", &lab.ada, lift).await.0, 200);
    assert_eq!(lab.patch("/teams/vision", &lab.bob, json!({ "settings": { "private_only": false } })).await.0, 200);
}

#[actix_web::test]
async fn a_deleted_team_is_gone_until_an_organization_admin_restores_it() {
    let lab = Lab::open().await;
    let refused = lab.desk.send(Method::DELETE, "/api/v1/teams/vision", As::Browser(&lab.bob), None).await;
    assert_eq!((refused.status, message(&refused)), (403, "only an admin of the organization deletes and restores teams"));
    assert_eq!(lab.delete("/teams/vision", &lab.ada).await.0, 204);
    assert_eq!(lab.get("/teams/vision", &lab.bob).await.0, 404);
    assert_eq!(lab.delete("/teams/vision", &lab.ada).await.0, 404);
    assert_eq!(names(&lab.get("/organizations/runstead/teams?deleted=true", &lab.ada).await.1, "name"), ["vision"]);
    assert_eq!(lab.get("/organizations/runstead/teams?deleted=true", &lab.bob).await.0, 403);
    assert_eq!(lab.post("/teams/vision/restore", &lab.bob, json!({})).await.0, 404);
    assert_eq!(lab.post("/teams/vision/restore", &lab.ada, json!({})).await.0, 200);
    assert_eq!(names(&lab.get("/teams/vision/members", &lab.cyd).await.1, "username"), ["bob", "cyd", "dan"]);
}

#[actix_web::test]
async fn people_are_sorted_and_filtered_in_pages_that_fit_together() {
    let folder = tempfile::tempdir().expect("a folder");
    let house = House::open(&settings(folder.path(), &[])).await;
    let ada = house.set_up().await;
    let zoe = house.person(&ada, "zoe").await;
    for name in ["bob", "cy", "dan"] {
        house.person(&ada, name).await;
    }
    let member = "/api/v1/organizations/runstead/members";
    let put = |name: &str, role: &str| Ask::new(Method::PUT, format!("{member}/{name}")).json(&json!({ "role": role }));
    house.send(put("cy", "viewer").key(&ada)).await;
    house.send(Ask::post("/api/v1/users/dan/deactivate", &json!({})).key(&ada)).await;
    let page = async |query: &str| house.send(Ask::get(format!("{member}?{query}")).key(&ada)).await.json();
    let usernames = |page: &Value| -> Vec<String> {
        page["items"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|person| person["username"].as_str().expect("a name").to_owned())
            .collect()
    };

    assert_eq!(usernames(&page("sort=-username").await), ["zoe", "dan", "cy", "bob", "ada"]);
    assert_eq!(usernames(&page("role=viewer").await), ["cy"]);
    assert_eq!(usernames(&page("state=deactivated").await), ["dan"]);
    assert_eq!(usernames(&page("state=active&sort=role&query=o").await), ["bob", "zoe"]);
    for sort in ["username", "-username", "name", "role", "-role", "source", "-source", "last_seen_at", "-last_seen_at"] {
        let whole = usernames(&page(&format!("sort={sort}")).await);
        let (mut pieces, mut after) = (Vec::new(), String::new());
        loop {
            let piece = page(&format!("sort={sort}&limit=2{after}")).await;
            pieces.extend(usernames(&piece));
            let Some(cursor) = piece["next_cursor"].as_str() else { break };
            after = format!("&after={cursor}");
        }
        assert_eq!(pieces, whole, "by {sort}");
        assert_eq!(whole.len(), 5, "by {sort}");
    }
    for query in ["sort=email", "role=owner", "state=asleep", "source=sso"] {
        assert_eq!(house.send(Ask::get(format!("{member}?{query}")).key(&ada)).await.status, 400, "{query}");
    }
    let seen = Ask::get(format!("{member}?sort=last_seen_at")).key(&zoe);
    assert_eq!(house.send(seen).await.status, 403, "when people were last seen is for admins");
}

#[actix_web::test]
async fn keys_of_view_only_people_read_where_the_organization_allows_it_and_do_nothing_else() {
    let lab = Lab::open().await;
    let key = |name: &str| json!({ "name": name });
    assert_eq!(lab.post("/keys", &lab.dan, key("first")).await.0, 403);
    assert_eq!(lab.patch("/organizations/runstead", &lab.bob, json!({ "read_only_keys": true })).await.0, 403);
    assert_eq!(lab.patch("/teams/vision", &lab.bob, json!({ "read_only_keys": true })).await.0, 400);
    assert_eq!(lab.patch("/organizations/runstead", &lab.ada, json!({ "read_only_keys": true })).await.0, 200);
    let (status, made) = lab.post("/keys", &lab.dan, key("second")).await;
    assert_eq!(status, 201, "{made}");
    let secret = made["secret"].as_str().expect("a secret").to_owned();
    let ask = async |method, path: &str, body| lab.desk.send(method, path, As::Key(&secret), body).await.status;
    assert_eq!(ask(Method::GET, "/api/v1/teams/vision/members", None).await, 200);
    assert_eq!(ask(Method::POST, "/api/v1/projects/vision", Some(json!({ "name": "digits" }))).await, 403);
    assert_eq!(ask(Method::POST, "/api/v1/projects/dan", Some(json!({ "name": "digits" }))).await, 404);
    // Taken back, the key is suspended; a role that logs wakes it.
    assert_eq!(lab.patch("/organizations/runstead", &lab.ada, json!({ "read_only_keys": false })).await.0, 200);
    assert_eq!(ask(Method::GET, "/api/v1/teams/vision/members", None).await, 403);
    assert_eq!(lab.put("/teams/vision/members/dan", &lab.bob, json!({ "role": "member" })).await.0, 200);
    assert_eq!(ask(Method::POST, "/api/v1/projects/vision", Some(json!({ "name": "digits" }))).await, 201);
}

#[actix_web::test]
async fn an_organization_has_licence_contacts_and_says_which_seats_count() {
    let lab = Lab::open().await;
    let path = "/organizations/runstead/licence";
    assert_eq!(lab.get(path, &lab.bob).await.0, 403);
    let (_, shown) = lab.get(path, &lab.ada).await;
    assert_eq!((&shown["kind"], &shown["contacts"][0]["username"]), (&json!("free"), &json!("ada")), "the first admin");
    assert_eq!((&shown["seats_counted"], &shown["pending"], &shown["service_accounts"]), (&json!(5), &json!(0), &json!(0)));
    assert_eq!(shown["months"], json!([{ "month": "2026-01", "most": 5 }]));

    lab.post("/teams/vision/invitations", &lab.bob, json!({ "people": ["eve"], "role": "member" })).await;
    lab.post("/teams/vision/service-accounts", &lab.bob, json!({ "name": "ci" })).await;
    let notes = json!({ "contact": "lab@runs.example", "invoice_reference": "PO 7" });
    let (status, shown) = lab.patch(path, &lab.ada, notes).await;
    assert_eq!((status, &shown["invoice_reference"], &shown["more_seats"]), (200, &json!("PO 7"), &json!("")));
    assert_eq!((&shown["pending"], &shown["service_accounts"]), (&json!(1), &json!(1)));

    let contact = |name: &str| format!("/organizations/runstead/licence-contacts/{name}");
    assert_eq!(lab.delete(&contact("ada"), &lab.ada).await.0, 409, "the last one");
    assert_eq!(lab.put(&contact("bob"), &lab.bob, json!({})).await.0, 403);
    assert_eq!(lab.put(&contact("bob"), &lab.ada, json!({})).await.0, 204);
    assert_eq!(lab.put(&contact("nobody"), &lab.ada, json!({})).await.0, 404);
    assert_eq!(lab.delete(&contact("ada"), &lab.ada).await.0, 204);
    let (_, shown) = lab.get(path, &lab.ada).await;
    assert_eq!(shown["contacts"].as_array().map(Vec::len), Some(1), "{shown}");
    // The last one cannot go without another.
    assert_eq!(lab.put("/teams/vision/members/cyd", &lab.bob, json!({ "role": "admin" })).await.0, 200);
    assert_eq!(lab.post("/users/bob/deactivate", &lab.ada, json!({})).await.0, 409);
    assert_eq!(lab.delete("/organizations/runstead/members/bob", &lab.ada).await.0, 409);
    assert_eq!(lab.put(&contact("eve"), &lab.ada, json!({})).await.0, 204);
    assert_eq!(lab.post("/users/bob/deactivate", &lab.ada, json!({})).await.0, 204);
}
