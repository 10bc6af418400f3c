//! Registries: what the roles in them open and keep shut, whichever way one comes.

use serde_json::{Value, json};

use super::house::{Ask, House};
use super::logger::{COMMIT, CREATE, LINK, Logger, MANIFEST, ada, digest, house, manifest, md5};

const SAVE: &str = "mutation($input: UpsertModelInput!) { upsertModel(input: $input) { inserted project { id } } }";
const SET_ROLE: &str = "mutation($input: UpdateProjectMemberInput!) { updateProjectMember(input: $input) { success } }";
const USE: &str = "mutation($input: UseArtifactInput!) { useArtifact(input: $input) { artifact { id } } }";
const NAME: &str = "wandb-registry-models";

async fn data(house: &House, key: &str, query: &str, variables: Value) -> Value {
    let answer = house.send(Ask::graphql(query, &variables).key(key)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["data"].clone()
}

async fn status(house: &House, key: &str, query: &str, variables: Value) -> u16 {
    house.send(Ask::graphql(query, &variables).key(key)).await.status
}

/// A registry of ada's organization with a version of hers in it, and bob, who belongs to the organization, in this role.
async fn registry(house: &House, keys: &[String; 2], role: &str) -> (String, Value) {
    let logger = ada(house, keys);
    let version = logger.log("data", &[("a.txt", b"the bytes")]).await;
    let input = json!({ "entityName": "Runstead", "name": NAME, "access": "RESTRICTED" });
    let made = data(house, logger.key, SAVE, json!({ "input": input })).await["upsertModel"].clone();
    assert_eq!(made["inserted"], json!(true));
    let link = json!({
        "artifactID": version, "artifactPortfolioName": "nets", "entityName": "Runstead", "projectName": NAME, "aliases": [],
    });
    logger.must(LINK, link).await;
    let bob = data(house, &keys[1], "{ viewer { id } }", Value::Null).await["viewer"]["id"].clone();
    let member = json!({ "projectId": made["project"]["id"], "userId": bob, "userProjectRole": role });
    data(house, logger.key, SET_ROLE, json!({ "input": member })).await;
    (version, made["project"]["id"].clone())
}

#[actix_web::test]
async fn who_may_only_look_gets_the_bytes_by_no_way() {
    let (house, _folder, keys) = house().await;
    let (version, _) = registry(&house, &keys, "restricted_viewer").await;
    let bob = Logger { house: &house, key: &keys[1], entity: "bob", project: "mine" };
    let seen = "query($id: ID!) { artifact(id: $id) { metadata fileCount archiveUrl
        folder { edges { node { ... on ArtifactEntry { path digest directUrl } } } } files { edges { node { name url } } } } }";
    let artifact = data(&house, bob.key, seen, json!({ "id": version })).await["artifact"].clone();
    assert_eq!(artifact["files"]["edges"][0]["node"], json!({ "name": "a.txt", "url": null }));
    assert_eq!((&artifact["archiveUrl"], &artifact["folder"]["edges"][0]["node"]["directUrl"]), (&Value::Null, &Value::Null));
    // The links themselves, the manifest, a table.
    for field in [
        "files { edges { node { directUrl } } }",
        "currentManifest { file { directUrl } }",
        "table(path: \"a.txt\") { rowCount }",
    ] {
        let query = format!("query($id: ID!) {{ artifact(id: $id) {{ {field} }} }}");
        assert_eq!(status(&house, bob.key, &query, json!({ "id": version })).await, 403, "{field}");
    }
    // By its digest, which one sees.
    let hex = hex::encode(base64(&md5(b"the bytes")));
    for path in [
        format!("/artifactsV2/default/Runstead/{NAME}/nets/{version}/{hex}/a.txt"),
        format!("/artifactsV2/default/Runstead/{version}/{hex}"),
        format!("/artifacts/Runstead/{hex}"),
    ] {
        let answer = house.send(Ask::get(path.replace('=', "%3D")).key(bob.key)).await;
        assert!([403, 404].contains(&answer.status), "{path}: {}", answer.status);
    }
    // By making a version of one's own of it: linked, used, built upon, or said to have been born there.
    let link = json!({ "artifactID": version, "artifactPortfolioName": "p", "entityName": "bob", "projectName": "mine", "aliases": [] });
    assert_eq!(bob.ask(LINK, link).await.status, 403);
    let run = "mutation { upsertBucket(input: { entityName: \"bob\", modelName: \"mine\", name: \"r\" }) { bucket { id } } }";
    data(&house, bob.key, run, Value::Null).await;
    let used = json!({ "artifactID": version, "entityName": "bob", "projectName": "mine", "runName": "r" });
    assert_eq!(bob.ask(USE, used).await.status, 403);
    let files: [(&str, &[u8]); 1] = [("a.txt", b"the bytes")];
    let draft = bob.create("copy", &digest(&files)).await["id"].clone();
    let base = json!({
        "artifactID": draft, "name": "m", "digest": "", "type": "INCREMENTAL", "baseArtifactID": version,
        "entityName": "bob", "projectName": "mine", "runName": "",
    });
    assert_eq!(bob.ask(MANIFEST, base).await.status, 403);
    let mut born: Value = serde_json::from_slice(&manifest(&files)).expect("a manifest");
    born["contents"]["a.txt"]["birthArtifactID"] = json!(version);
    bob.send_manifest(&draft, "FULL", &Value::Null, born.to_string().as_bytes()).await;
    let refused = bob.ask(COMMIT, json!({ "artifactID": draft })).await;
    assert!(refused.status == 409 && refused.text().contains("have not arrived"), "{}", refused.text());
}

#[actix_web::test]
async fn a_viewer_gets_the_bytes_although_the_project_is_not_theirs() {
    let (house, _folder, keys) = house().await;
    let (version, _) = registry(&house, &keys, "viewer").await;
    let query = "query($id: ID!) { artifact(id: $id) { archiveUrl artifactSequence { project { name } }
        files { edges { node { directUrl } } } } }";
    let artifact = data(&house, &keys[1], query, json!({ "id": version })).await["artifact"].clone();
    assert_eq!(artifact["artifactSequence"]["project"], Value::Null);
    let logger = ada(&house, &keys);
    assert_eq!(logger.bytes(&artifact["files"]["edges"][0]["node"]["directUrl"]).await.body, b"the bytes");
    let zip = logger.bytes(&artifact["archiveUrl"]).await;
    assert_eq!((zip.status, zip.header("content-type"), &zip.body[..2]), (200, "application/zip", &b"PK"[..]));
    assert!(zip.header("content-disposition").contains("data%2Dv0%2Ezip"), "{}", zip.header("content-disposition"));
    assert!(zip.body.windows(9).any(|window| window == b"the bytes"));
    // Who linked it may take it out, and with it their view of it goes.
    let collection = data(
        &house,
        logger.key,
        "{ project(name: \"wandb-registry-models\", entityName: \"Runstead\") { artifactCollection(name: \"nets\") { id } } }",
        Value::Null,
    )
    .await["project"]["artifactCollection"]["id"]
        .clone();
    let unlink = "mutation($input: UnlinkArtifactInput!) { unlinkArtifact(input: $input) { success } }";
    let input = json!({ "artifactID": version, "artifactPortfolioID": collection });
    assert_eq!(status(&house, &keys[1], unlink, json!({ "input": input })).await, 403);
    assert_eq!(status(&house, logger.key, unlink, json!({ "input": input })).await, 200);
    assert_eq!(data(&house, &keys[1], query, json!({ "id": version })).await["artifact"], Value::Null);
}

#[actix_web::test]
async fn nothing_is_logged_to_a_registry_and_none_is_made_by_a_slip() {
    let (house, _folder, keys) = house().await;
    registry(&house, &keys, "member").await;
    let logger = ada(&house, &keys);
    let new = json!({
        "entityName": "Runstead", "projectName": NAME, "artifactTypeName": "dataset", "artifactCollectionName": "x",
        "digest": "d", "digestAlgorithm": "MANIFEST_MD5",
    });
    let refused = logger.ask(CREATE, new).await;
    assert!(refused.status == 400 && refused.text().contains("log x to a project"), "{}", refused.text());
    let run = format!(
        "mutation {{ upsertBucket(input: {{ entityName: \"Runstead\", modelName: \"{NAME}\", name: \"r\" }}) {{ bucket {{ id }} }} }}"
    );
    let refused = house.send(Ask::graphql(&run, &Value::Null).key(logger.key)).await;
    assert!(refused.status == 400 && refused.text().contains("is a registry"), "{}", refused.text());
    let slip = run.replace(NAME, "wandb-registry-slip");
    assert_eq!(status(&house, logger.key, &slip, Value::Null).await, 404);
    let own = json!({ "input": { "entityName": "ada", "name": "wandb-registry-own" } });
    let refused = house.send(Ask::graphql(SAVE, &own).key(logger.key)).await;
    assert!(refused.status == 400 && refused.text().contains("not an organization"), "{}", refused.text());
    // Bob is a member of the registry and no admin of the organization.
    let another = json!({ "input": { "entityName": "Runstead", "name": "wandb-registry-another" } });
    assert_eq!(status(&house, &keys[1], SAVE, another).await, 403);
}

#[actix_web::test]
async fn only_people_of_the_organization_have_roles_and_they_go_with_them() {
    let (house, _folder, keys) = house().await;
    let (version, registry) = registry(&house, &keys, "viewer").await;
    let sees = "query($id: ID!) { artifact(id: $id) { digest } }";
    assert!(!data(&house, &keys[1], sees, json!({ "id": version })).await["artifact"].is_null());
    let leave = Ask::new(actix_web::http::Method::DELETE, "/api/v1/organizations/Runstead/members/bob").key(&keys[0]);
    assert_eq!(house.send(leave).await.status, 204);
    assert!(data(&house, &keys[1], sees, json!({ "id": version })).await["artifact"].is_null());
    let bob = data(&house, &keys[1], "{ viewer { id } }", Value::Null).await["viewer"]["id"].clone();
    let member = json!({ "projectId": registry, "userId": bob, "userProjectRole": "viewer" });
    let refused = house.send(Ask::graphql(SET_ROLE, &json!({ "input": member })).key(&keys[0])).await;
    assert!(refused.status == 400 && refused.text().contains("does not belong to the organization"), "{}", refused.text());
}

fn base64(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).expect("base64")
}
