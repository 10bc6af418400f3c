//! Projects through the management API: who sees them, who is named, and why somebody may do something.

use serde_json::{Value, json};

use crate::lab::{Lab, names};

#[actix_web::test]
async fn a_restricted_project_is_there_for_its_named_members_alone_and_their_role_counts_there() {
    let lab = Lab::open().await;
    assert_eq!(lab.post("/projects/vision", &lab.dan, json!({ "name": "secret" })).await.0, 403);
    let (status, made) = lab.post("/projects/vision", &lab.cyd, json!({ "name": "secret", "description": "hush" })).await;
    assert_eq!((status, &made["visibility"], &made["created_by"]), (201, &json!("team"), &json!("cyd")), "{made}");
    assert_eq!(lab.post("/projects/vision", &lab.cyd, json!({ "name": "secret" })).await.0, 409);
    let path = "/projects/vision/secret";
    assert_eq!(lab.patch(path, &lab.cyd, json!({ "visibility": "restricted" })).await.0, 403);
    let (status, changed) = lab.patch(path, &lab.bob, json!({ "visibility": "restricted" })).await;
    assert_eq!((status, &changed["named_members"]), (200, &json!(1)), "who restricts it is named: {changed}");
    for outsider in [&lab.cyd, &lab.dan, &lab.eve] {
        assert_eq!(lab.get(path, outsider).await.0, 404);
    }
    assert!(names(&lab.get("/projects/vision", &lab.cyd).await.1, "name").is_empty());

    let member = |name: &str| format!("{path}/members/{name}");
    let role = |role: &str| json!({ "role": role });
    assert_eq!(lab.put(&member("cyd"), &lab.bob, role("view-only")).await.0, 204);
    assert_eq!(lab.put(&member("dan"), &lab.bob, role("admin")).await.0, 204);
    assert_eq!(lab.put(&member("nobody"), &lab.bob, role("member")).await.0, 404);
    assert_eq!(lab.put(&member("eve"), &lab.bob, role("service")).await.0, 400);
    assert_eq!(names(&lab.get(&format!("{path}/members"), &lab.cyd).await.1, "username"), ["bob", "cyd", "dan"]);
    // Being named lowers a member and does not raise who has view-only in the team.
    for who in [&lab.cyd, &lab.dan] {
        assert_eq!(lab.get(path, who).await.0, 200);
        assert_eq!(lab.put(&member("eve"), who, role("member")).await.0, 403);
    }
    assert_eq!(lab.delete(&member("cyd"), &lab.cyd).await.0, 204, "everybody may leave");
    assert_eq!(lab.get(path, &lab.cyd).await.0, 404);
}

#[actix_web::test]
async fn a_team_that_is_private_opens_no_project() {
    let lab = Lab::open().await;
    assert_eq!(lab.post("/projects/vision", &lab.cyd, json!({ "name": "maps" })).await.0, 201);
    let (_, seen) = lab.patch("/projects/vision/maps", &lab.bob, json!({ "visibility": "public" })).await;
    assert_eq!(seen["visibility"], json!("public"));
    assert_eq!(lab.get("/projects/vision/maps", &lab.eve).await.0, 200);
    assert_eq!(lab.patch("/teams/vision", &lab.bob, json!({ "settings": { "private_only": true } })).await.0, 200);
    let (status, refused) = lab.patch("/projects/vision/maps", &lab.bob, json!({ "visibility": "open" })).await;
    assert_eq!((status, refused["message"].as_str().expect("words").contains("private")), (403, true));
    let open = json!({ "name": "atlas", "visibility": "open" });
    assert_eq!(lab.post("/projects/vision", &lab.bob, open).await.0, 403);
    assert_eq!(lab.get("/projects/vision/atlas", &lab.bob).await.0, 404, "a refusal leaves nothing behind");
}

#[actix_web::test]
async fn an_explanation_says_the_role_where_it_comes_from_and_the_rule() {
    let lab = Lab::open().await;
    assert_eq!(lab.post("/projects/vision", &lab.cyd, json!({ "name": "maps" })).await.0, 201);
    let ask = async |who: &str, question: &str| lab.get(&format!("/permissions/explain?{question}"), who).await;
    let told = |answer: (u16, Value)| {
        let text = |name: &str| answer.1[name].as_str().unwrap_or_default().to_owned();
        (answer.1["allowed"].clone(), text("role"), text("source"), text("rule"))
    };
    let (allowed, role, source, _) = told(ask(&lab.cyd, "action=write&target=project/vision/maps").await);
    assert_eq!((allowed, role.as_str(), source.as_str()), (json!(true), "member", "their seat in the team"));
    let (allowed, role, _, rule) = told(ask(&lab.bob, "user=dan&action=write&target=project/vision/maps").await);
    assert_eq!((allowed, role.as_str()), (json!(false), "view-only"));
    assert_eq!(rule, "who has view-only looks and changes nothing");
    let (allowed, role, ..) = told(ask(&lab.ada, "user=ada&action=manage&target=server").await);
    assert_eq!((allowed, role.as_str()), (json!(true), "administrator of the server"));
    // A project is deleted by who made it as long as all in it is theirs.
    let (allowed, _, _, rule) = told(ask(&lab.cyd, "action=delete&target=project/vision/maps").await);
    assert_eq!(
        (allowed, rule.as_str()),
        (json!(true), "whoever made a project deletes it as long as all runs and reports in it are theirs")
    );
    assert_eq!(lab.put("/teams/vision/members/eve", &lab.bob, json!({ "role": "member" })).await.0, 201);
    let (allowed, _, _, rule) = told(ask(&lab.eve, "action=delete&target=project/vision/maps").await);
    assert_eq!((allowed, rule.starts_with("only a team admin deletes a project")), (json!(false), true), "{rule}");
    assert_eq!(lab.delete("/teams/vision/members/eve", &lab.bob).await.0, 204);
    // What a team holds goes with it: its admin, who may do all else in it, does not delete it.
    let (allowed, role, _, rule) = told(ask(&lab.bob, "action=delete&target=team/vision").await);
    assert_eq!((allowed, role.as_str()), (json!(false), "view-only"));
    assert_eq!(rule, "only an admin of the organization deletes and restores teams");
    assert_eq!(told(ask(&lab.bob, "action=manage&target=team/vision").await).0, json!(true));
    let (allowed, _, source, _) = told(ask(&lab.ada, "user=bob&action=read&target=team/vision").await);
    assert_eq!((allowed, source.as_str()), (json!(true), "their seat in the team"));
    assert_eq!(ask(&lab.cyd, "user=bob&action=read&target=team/vision").await.0, 403, "others are for who manages the thing");
    assert_eq!(ask(&lab.eve, "action=read&target=project/vision/maps").await.0, 404);
    assert_eq!(ask(&lab.cyd, "action=paint&target=server").await.0, 400);
    assert_eq!(ask(&lab.cyd, "action=read&target=moon").await.0, 400);
}
