//! Accounts of automation: made by who manages their home, with keys of their own, and gone with them.

use serde_json::json;

use crate::desk::As;
use crate::lab::{Lab, names};

#[actix_web::test]
async fn a_team_admin_makes_a_service_account_gives_it_keys_and_deletes_it() {
    let lab = Lab::open().await;
    let path = "/teams/vision/service-accounts";
    let form = json!({ "name": "nightly", "purpose": "trains every night" });
    assert_eq!(lab.post(path, &lab.cyd, form.clone()).await.0, 403);
    let (status, made) = lab.post(path, &lab.bob, form.clone()).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(lab.post(path, &lab.bob, form).await.0, 409);
    let secret = made["secret"].as_str().expect("a secret");
    let (_, listed) = lab.get(path, &lab.dan).await;
    assert_eq!((names(&listed, "username"), names(&listed, "purpose")), (vec!["nightly"], vec!["trains every night"]));

    let keys = "/users/nightly/api-keys";
    assert_eq!(lab.get(keys, &lab.cyd).await.0, 404);
    let (status, second) = lab.post(keys, &lab.bob, json!({ "name": "second", "expires_at": "2027-01-01T00:00:00Z" })).await;
    assert_eq!(status, 201, "{second}");
    assert_eq!(names(&lab.get(keys, &lab.bob).await.1, "name"), ["second", "nightly"]);
    assert_eq!(lab.desk.get("/api/v1/session", As::Key(secret)).await.body["account"]["default_entity"], json!("vision"));
    assert_eq!(lab.delete(&format!("{path}/nightly"), &lab.cyd).await.0, 403);
    assert_eq!(lab.delete(&format!("{path}/bob"), &lab.bob).await.0, 404, "a person is no service account");
    assert_eq!(lab.delete(&format!("{path}/nightly"), &lab.bob).await.0, 204);
    assert_eq!(lab.desk.get("/api/v1/keys", As::Key(secret)).await.status, 401);
    assert!(names(&lab.get(path, &lab.bob).await.1, "username").is_empty());
}

#[actix_web::test]
async fn a_service_account_of_the_organization_works_in_all_its_teams_those_made_later_too() {
    let lab = Lab::open().await;
    let path = "/organizations/runstead/service-accounts";
    assert_eq!(lab.post(path, &lab.bob, json!({ "name": "fleet", "default_team": "vision" })).await.0, 403);
    assert_eq!(lab.post(path, &lab.ada, json!({ "name": "fleet" })).await.0, 400, "it needs a default team");
    assert_eq!(lab.post(path, &lab.ada, json!({ "name": "fleet", "default_team": "nothing" })).await.0, 404);
    let (status, made) = lab.post(path, &lab.ada, json!({ "name": "fleet", "default_team": "vision" })).await;
    assert_eq!(status, 201, "{made}");
    let secret = made["secret"].as_str().expect("a secret");
    assert_eq!(lab.post("/organizations/runstead/teams", &lab.ada, json!({ "name": "speech" })).await.0, 201);
    for team in ["vision", "speech"] {
        let seen = lab.desk.get(&format!("/api/v1/teams/{team}"), As::Key(secret)).await;
        assert_eq!((seen.status, seen.body["details"].is_object()), (200, true), "{}", seen.body);
        let managed = lab.desk.get(&format!("/api/v1/teams/{team}/invitations"), As::Key(secret)).await;
        assert_eq!(managed.status, 403);
    }
    assert_eq!(lab.desk.get("/api/v1/session", As::Key(secret)).await.body["account"]["default_entity"], json!("vision"));
    assert_eq!(lab.delete(&format!("{path}/fleet"), &lab.ada).await.0, 204);
}
