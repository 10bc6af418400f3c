//! Artifacts through the doors.

use actix_web::http::Method;
use md5::{Digest as _, Md5};
use serde_json::{Value, json};

use super::house::{Ask, House, URL};
use super::logger::{ADD_ALIASES, COMPLETE, CREATE, FILES, Logger, ada, bob, digest, house, manifest, md5, put, stored};

#[actix_web::test]
async fn versions_are_numbered_and_the_newest_is_latest() {
    let (house, _folder, keys) = house().await;
    let ada = ada(&house, &keys);
    let first = ada.log("data", &[("a.txt", b"one")]).await;
    ada.log("data", &[("a.txt", b"two")]).await;
    assert_eq!(ada.named("data:v0").await["artifact"]["id"], json!(first));
    let newest = ada.named("data").await;
    assert_eq!(newest["versionIndex"], 1);
    assert_eq!(newest["aliases"], json!([{ "alias": "latest" }, { "alias": "v1" }]));
    assert_eq!(ada.named("data:v2").await, Value::Null);
    // The same files again are the version that is there, and it is the newest thing logged.
    assert_eq!(ada.log("data", &[("a.txt", b"one")]).await, first);
    assert_eq!(ada.named("data:latest").await["versionIndex"], 0);
}

#[actix_web::test]
async fn files_come_back_whole_and_in_ranges() {
    let (house, _folder, keys) = house().await;
    let ada = ada(&house, &keys);
    ada.log("data", &[("deep/ü b.txt", b"0123456789"), ("empty", b"")]).await;
    let found = ada.named("data:latest").await;
    let files = found["artifact"]["files"]["edges"].as_array().expect("a list").clone();
    assert_eq!(found["artifact"]["files"]["totalCount"], 2);
    assert_eq!(files[0]["node"]["name"], "deep/ü b.txt");
    assert_eq!(ada.bytes(&files[0]["node"]["directUrl"]).await.text(), "0123456789");
    assert_eq!(ada.bytes(&files[1]["node"]["directUrl"]).await.text(), "");
    let part = Ask::get(files[0]["node"]["directUrl"].as_str().expect("a link").replace(URL, "")).header("range", "bytes=2-4");
    let part = house.send(part).await;
    assert_eq!((part.status, part.text().as_str()), (206, "234"));
    let listing = ada.bytes(&found["artifact"]["currentManifest"]["file"]["directUrl"]).await;
    assert_eq!(listing.body, manifest(&[("deep/ü b.txt", b"0123456789"), ("empty", b"")]), "the manifest is kept as it came");
}

#[actix_web::test]
async fn a_manifest_that_names_a_missing_file_is_refused_until_the_file_has_come() {
    let (house, _folder, keys) = house().await;
    let ada = ada(&house, &keys);
    let files: [(&str, &[u8]); 2] = [("a.txt", b"one"), ("b.txt", b"two")];
    let id = ada.create("data", &digest(&files)).await["id"].clone();
    ada.send(&id, &files[..1]).await;
    assert_eq!(ada.commit(&id).await.status, 409, "without a manifest");
    ada.send_manifest(&id, "FULL", &Value::Null, &manifest(&files)).await;
    let refused = ada.commit(&id).await;
    assert_eq!(refused.status, 409);
    assert!(refused.text().contains("'b.txt'"), "{}", refused.text());
    assert_eq!(ada.named("data").await, Value::Null);
    ada.send(&id, &files[1..]).await;
    assert_eq!(ada.commit(&id).await.status, 200);
    assert_eq!(ada.commit(&id).await.status, 200, "a repeated commit is answered as the first");
    assert_eq!(ada.named("data").await["versionIndex"], 0);
}

#[actix_web::test]
async fn bytes_that_are_not_the_announced_ones_are_refused_and_leave_nothing() {
    let (house, folder, keys) = house().await;
    let ada = ada(&house, &keys);
    let id = ada.create("data", "d").await["id"].clone();
    let node = ada.announce(&id, &[("a.txt", b"right")]).await.remove(0);
    assert_eq!(node["uploadHeaders"], json!([format!("Content-MD5:{}", md5(b"right")), "Content-Type:text/plain"]));
    assert_eq!(house.send(put(&node["uploadUrl"], b"wrong")).await.status, 400);
    assert_eq!(house.send(put(&node["uploadUrl"], b"right").header("content-md5", md5(b"wrong"))).await.status, 400);
    assert_eq!(house.send(put(&node["uploadUrl"], b"righ").header("content-length", "5")).await.status, 400);
    assert_eq!(stored(&house, &folder).await, 0);
    assert_eq!(house.send(put(&node["uploadUrl"], b"right")).await.status, 200);
    assert_eq!(stored(&house, &folder).await, 1);
}

#[actix_web::test]
async fn names_that_leave_the_artifact_are_refused() {
    let (house, _folder, keys) = house().await;
    let ada = ada(&house, &keys);
    for name in ["../x", "/etc/passwd", "a/../../b", "a\\..\\b", "c:/x"] {
        let id = ada.create("data", name).await["id"].clone();
        let spec = json!({ "artifactID": id, "name": name, "md5": md5(b"x") });
        let answer = ada.ask(FILES, json!({ "artifactFiles": [spec], "storageLayout": "V2" })).await;
        assert_eq!(answer.status, 400, "{name}");
        ada.send(&id, &[("good", b"x")]).await;
        ada.send_manifest(&id, "FULL", &Value::Null, &manifest(&[(name, b"x")])).await;
        assert_eq!(ada.commit(&id).await.status, 400, "{name}");
    }
}

#[actix_web::test]
async fn a_content_is_stored_once_and_sent_once_in_a_project() {
    let (house, folder, keys) = house().await;
    let ada = ada(&house, &keys);
    ada.log("data", &[("a.txt", b"same"), ("b.txt", b"same")]).await;
    let id = ada.create("other", "d").await["id"].clone();
    let nodes = ada.announce(&id, &[("c.txt", b"same"), ("d.txt", b"new")]).await;
    assert_eq!((nodes[0]["uploadUrl"].is_null(), nodes[1]["uploadUrl"].is_null()), (true, false));
    assert_eq!(nodes[0]["artifact"]["id"], id);
    // Another project is asked for the bytes, but the store keeps one copy.
    let bob = bob(&house, &keys);
    let theirs = bob.create("data", "d").await["id"].clone();
    let node = bob.announce(&theirs, &[("x", b"same")]).await.remove(0);
    assert!(!node["uploadUrl"].is_null(), "that somebody else has these bytes is nothing bob may learn");
    assert_eq!(house.send(put(&node["uploadUrl"], b"same")).await.status, 200);
    let now = house.app.clock.now().plus(std::time::Duration::from_secs(120));
    runstead::domain::files::collect_garbage(&house.app.db, &house.app.blobs, now).await.expect("garbage is collected");
    assert_eq!(stored(&house, &folder).await, 2, "one content and one manifest");
}

#[actix_web::test]
async fn a_digest_gives_nobody_the_bytes() {
    let (house, _folder, keys) = house().await;
    let (ada, bob) = (ada(&house, &keys), bob(&house, &keys));
    let id = ada.log("data", &[("secret.txt", b"secret")]).await;
    let hex = hex::encode(Md5::digest(b"secret"));
    let paths = [
        format!("/artifactsV2/default/ada/{id}/{hex}").replace('=', "%3D"),
        format!("/artifactsV2/default/ada/digits/data/{id}/{hex}/secret.txt").replace('=', "%3D"),
        format!("/artifactsV2/default/ada/digits/data/{id}/{id}/{hex}/secret.txt").replace('=', "%3D"),
        format!("/artifacts/ada/{hex}"),
    ];
    for path in &paths {
        let mine = house.send(Ask::get(path).key(ada.key)).await;
        assert_eq!((mine.status, mine.text().as_str()), (200, "secret"), "{path}");
        assert_eq!(house.send(Ask::get(path).key(bob.key)).await.status, 404, "{path}");
    }
    bob.log("mine", &[("other", b"other")]).await;
    for path in [format!("/artifactsV2/default/bob/mine/mine/{id}/{hex}/x"), format!("/artifacts/bob/{hex}")] {
        assert_eq!(house.send(Ask::get(path.replace('=', "%3D")).key(bob.key)).await.status, 404, "by a project of his own");
    }
    let by_id = Ask::graphql("query($id: ID!) { artifact(id: $id) { id } }", &json!({ "id": id }));
    assert_eq!(house.send(by_id.clone().key(bob.key)).await.json()["data"]["artifact"], Value::Null);
    assert_eq!(house.send(by_id.key(ada.key)).await.json()["data"]["artifact"]["id"], json!(id));
    // Nor does naming the digest, or the version that had it first, in a manifest of one's own.
    let own = bob.create("theft", "d").await["id"].clone();
    let entry = json!({ "digest": md5(b"secret"), "size": 6, "birthArtifactID": id });
    let listing = json!({ "version": 1, "contents": { "stolen.txt": entry } }).to_string().into_bytes();
    bob.send_manifest(&own, "FULL", &Value::Null, &listing).await;
    assert_eq!(bob.commit(&own).await.status, 409);
    let mapped = Ask::graphql(
        "query($id: ID!) { clientIDMapping(clientID: $id) { serverID } }",
        &json!({ "id": format!("client-data-{}", digest(&[("secret.txt", b"secret")])) }),
    );
    assert_eq!(house.send(mapped.clone().key(ada.key)).await.json()["data"]["clientIDMapping"]["serverID"], json!(id));
    assert_eq!(house.send(mapped.key(bob.key)).await.json()["data"]["clientIDMapping"], Value::Null);
}

#[actix_web::test]
async fn a_large_file_comes_in_parts_and_appears_when_all_are_there() {
    let (house, folder, keys) = house().await;
    let ada = ada(&house, &keys);
    let whole: &[u8] = b"first part, second part";
    let parts = [&whole[..11], &whole[11..]];
    let hexes: Vec<_> = parts.iter().map(|part| hex::encode(Md5::digest(part))).collect();
    let id = ada.create("data", &digest(&[("big", whole)])).await["id"].clone();
    let plan: Vec<_> = (1..).zip(&hexes).map(|(number, hex)| json!({ "partNumber": number, "hexMD5": hex })).collect();
    let spec = json!({ "artifactID": id, "name": "big", "md5": md5(whole), "uploadPartsInput": plan });
    let made = ada.must(FILES, json!({ "artifactFiles": [spec], "storageLayout": "V2" })).await;
    let node = made["createArtifactFiles"]["files"]["edges"][0]["node"].clone();
    let urls = node["uploadMultipartUrls"]["uploadUrlParts"].as_array().expect("a list").clone();
    let complete = json!({
        "completeMultipartAction": "Complete", "completedParts": plan, "artifactID": id,
        "storagePath": node["storagePath"], "uploadID": node["uploadMultipartUrls"]["uploadID"],
    });
    let first = house.send(put(&urls[0]["uploadUrl"], parts[0])).await;
    assert_eq!((first.status, first.header("etag")), (200, format!("\"{}\"", hexes[0]).as_str()));
    assert_eq!(house.send(put(&urls[1]["uploadUrl"], b"another part")).await.status, 400);
    assert_eq!(ada.ask(COMPLETE, complete.clone()).await.status, 409, "a part is missing");
    assert_eq!(house.send(put(&urls[1]["uploadUrl"], parts[1])).await.status, 200);
    let wrong = json!([{ "partNumber": 1, "hexMD5": hexes[0] }]);
    let mut other = complete.clone();
    other["completedParts"] = wrong;
    assert_eq!(ada.ask(COMPLETE, other).await.status, 400, "another list of parts");
    let done = ada.must(COMPLETE, complete.clone()).await;
    assert_eq!(done["completeMultipartUploadArtifact"]["digest"], json!(md5(whole)));
    ada.must(COMPLETE, complete).await;
    ada.send_manifest(&id, "FULL", &Value::Null, &manifest(&[("big", whole)])).await;
    assert_eq!(ada.commit(&id).await.status, 200);
    let found = ada.named("data").await;
    assert_eq!(ada.bytes(&found["artifact"]["files"]["edges"][0]["node"]["directUrl"]).await.body, whole);
    let now = house.app.clock.now().plus(std::time::Duration::from_secs(120));
    runstead::domain::files::collect_garbage(&house.app.db, &house.app.blobs, now).await.expect("garbage is collected");
    assert_eq!(stored(&house, &folder).await, 2, "the file and its manifest; the parts are gone");
}

#[actix_web::test]
async fn an_incremental_version_holds_what_it_builds_on_and_several_writers_make_one() {
    let (house, _folder, keys) = house().await;
    let ada = ada(&house, &keys);
    let base = json!(ada.log("data", &[("a.txt", b"one"), ("b.txt", b"two")]).await);
    let id = ada.create("data", "increment").await["id"].clone();
    ada.send(&id, &[("b.txt", b"changed"), ("c.txt", b"three")]).await;
    ada.send_manifest(&id, "INCREMENTAL", &base, &manifest(&[("b.txt", b"changed"), ("c.txt", b"three")])).await;
    assert_eq!(ada.commit(&id).await.status, 200);
    let files = |found: &Value| {
        let edges = found["artifact"]["files"]["edges"].as_array().expect("a list").clone();
        edges.iter().map(|edge| format!("{}:{}", edge["node"]["name"], edge["node"]["sizeBytes"])).collect::<Vec<_>>()
    };
    assert_eq!(files(&ada.named("data").await), [r#""a.txt":3"#, r#""b.txt":7"#, r#""c.txt":5"#]);

    let writer = async || {
        let input = json!({
            "entityName": "ada", "projectName": "digits", "artifactTypeName": "dataset", "artifactCollectionName": "shared",
            "digest": "", "digestAlgorithm": "MANIFEST_MD5", "distributedID": "together", "enableDigestDeduplication": true,
        });
        ada.must(CREATE, input).await["createArtifact"]["artifact"]["id"].clone()
    };
    let (one, two) = (writer().await, writer().await);
    assert_eq!(one, two);
    ada.send(&one, &[("one", b"1")]).await;
    ada.send_manifest(&one, "PATCH", &Value::Null, &manifest(&[("one", b"1")])).await;
    ada.send(&two, &[("two", b"22")]).await;
    ada.send_manifest(&two, "PATCH", &Value::Null, &manifest(&[("two", b"22")])).await;
    assert_eq!(ada.commit(&two).await.status, 200);
    assert_eq!(files(&ada.named("shared").await), [r#""one":1"#, r#""two":2"#]);
}

#[actix_web::test]
async fn drafts_of_the_same_files_that_are_committed_together_are_one_version() {
    let (house, _folder, keys) = house().await;
    let ada = ada(&house, &keys);
    let files: [(&str, &[u8]); 1] = [("a.txt", b"one")];
    let drafts =
        [ada.create("data", &digest(&files)).await["id"].clone(), ada.create("data", &digest(&files)).await["id"].clone()];
    assert_ne!(drafts[0], drafts[1]);
    for id in &drafts {
        ada.send(id, &files).await;
        ada.send_manifest(id, "FULL", &Value::Null, &manifest(&files)).await;
        assert_eq!(ada.commit(id).await.status, 200);
    }
    assert_eq!(ada.named("data:v1").await, Value::Null);
    let by_id = Ask::graphql("query($id: ID!) { artifact(id: $id) { id state } }", &json!({ "id": drafts[1] })).key(ada.key);
    assert_eq!(house.send(by_id).await.json()["data"]["artifact"], json!({ "id": drafts[0], "state": "COMMITTED" }));
}

#[actix_web::test]
async fn an_artifact_of_another_type_is_refused_by_name() {
    let (house, _folder, keys) = house().await;
    let ada = ada(&house, &keys);
    ada.log("data", &[("a.txt", b"one")]).await;
    let input = json!({
        "entityName": "ada", "projectName": "digits", "artifactTypeName": "model", "artifactCollectionName": "data",
        "digest": "d", "digestAlgorithm": "MANIFEST_MD5",
    });
    let refused = ada.ask(CREATE, input.clone()).await;
    assert!(refused.status == 409 && refused.text().contains("already exists with type 'dataset'"), "{}", refused.text());
    let mut elsewhere = input;
    elsewhere["artifactTypeName"] = json!("dataset");
    elsewhere["storageRegion"] = json!("moon-1");
    let refused = ada.ask(CREATE, elsewhere).await;
    assert!(refused.status == 400 && refused.text().contains("moon-1"), "{}", refused.text());
}

/// Removes the blobs that nothing refers to any more.
async fn collect(house: &House) {
    let now = house.app.clock.now().plus(std::time::Duration::from_secs(120));
    runstead::domain::files::collect_garbage(&house.app.db, &house.app.blobs, now).await.expect("garbage is collected");
}

#[actix_web::test]
async fn a_deletion_frees_what_nothing_else_holds_and_says_so_before() {
    let (house, folder, keys) = house().await;
    let ada = ada(&house, &keys);
    // Too large for a row.
    let large = &[7; 20_000];
    let first = ada.log("data", &[("a.txt", b"shared"), ("b.txt", large)]).await;
    let second = ada.log("data", &[("a.txt", b"shared"), ("c.txt", b"second")]).await;
    let own = manifest(&[("a.txt", b"shared"), ("b.txt", large)]).len() + large.len();
    let held = Ask::graphql("query($id: ID!) { artifact(id: $id) { bytesHeldAlone } }", &json!({ "id": first })).key(ada.key);
    assert_eq!(house.send(held).await.json()["data"]["artifact"]["bytesHeldAlone"], json!(own));
    assert_eq!(stored(&house, &folder).await, 5);
    assert_eq!(ada.delete(&second, false).await.status, 409, "it has the alias latest");
    assert_eq!(ada.delete(&first, false).await.status, 200);
    assert_eq!(ada.delete(&first, false).await.status, 404, "it is gone");
    collect(&house).await;
    assert_eq!(stored(&house, &folder).await, 3);
    assert_eq!((ada.named("data:v0").await, ada.named("data:v1").await["versionIndex"].clone()), (Value::Null, json!(1)));
    assert_eq!(ada.delete(&second, true).await.status, 200);
    collect(&house).await;
    assert_eq!(stored(&house, &folder).await, 0);
    // Numbers are not given again.
    ada.log("data", &[("a.txt", b"shared")]).await;
    assert_eq!(ada.named("data").await["versionIndex"], 2);
}

#[actix_web::test]
async fn members_delete_versions_of_others_only_where_the_team_says_so() {
    let (house, _folder, [ada, bob]) = house().await;
    let send = async |ask: Ask, key: &str| {
        let answer = house.send(ask.key(key)).await;
        assert!(answer.status < 300, "{} {}", answer.status, answer.text());
    };
    send(Ask::post("/api/v1/teams", &json!({ "name": "red" })), &ada).await;
    let member =
        |name: &str| Ask::new(Method::PUT, format!("/api/v1/teams/red/members/{name}")).json(&json!({ "role": "member" }));
    send(member("bob"), &ada).await;
    let eve = house.person(&ada, "eve").await;
    send(member("eve"), &ada).await;
    let theirs = Logger { house: &house, key: &eve, entity: "red", project: "digits" };
    let service = Ask::post("/api/v1/teams/red/service-accounts", &json!({ "name": "ci" })).key(&ada);
    let service = super::house::secret(&house.send(service).await);
    let (first, second) = (theirs.log("data", &[("a", b"1")]).await, theirs.log("data", &[("a", b"2")]).await);
    let (mine, automation) = (Logger { key: &bob, ..theirs }, Logger { key: &service, ..theirs });
    assert_eq!(mine.delete(&first, true).await.status, 403);
    let allow = |allowed: bool| {
        let settings = json!({ "settings": { "members_delete_artifacts": allowed } });
        Ask::new(Method::PATCH, "/api/v1/teams/red").json(&settings)
    };
    assert_eq!(house.send(allow(true).key(&eve)).await.status, 403, "a member does not decide that");
    send(allow(true), &ada).await;
    assert_eq!(automation.delete(&first, true).await.status, 403, "automation deletes what it made");
    assert_eq!(mine.delete(&first, true).await.status, 200);
    send(allow(false), &ada).await;
    assert_eq!(mine.delete(&second, true).await.status, 403, "it holds from the moment on");
}

#[actix_web::test]
async fn a_portfolio_counts_for_itself_and_its_links_are_not_the_versions() {
    let (house, _folder, keys) = house().await;
    let ada = ada(&house, &keys);
    let (zero, one) = (ada.log("data", &[("a", b"0")]).await, ada.log("data", &[("a", b"1")]).await);
    assert_eq!(ada.link(&one, "chosen", &["good"]).await["versionIndex"], 0);
    assert_eq!(ada.link(&zero, "chosen", &[]).await["versionIndex"], 1);
    assert_eq!(ada.link(&one, "chosen", &[]).await["versionIndex"], 0, "linked already");
    assert_eq!(ada.named("chosen:latest").await["artifact"]["id"], json!(zero));
    assert_eq!(ada.named("chosen:good").await["artifact"]["id"], json!(one));
    assert_eq!(ada.send_link(&one, "data", &[]).await.status, 409, "a sequence");
    // The newest that is left is latest again, and the version stays where it was logged.
    let portfolio = ada.link(&zero, "chosen", &[]).await["artifactMembership"]["artifactCollection"]["id"].clone();
    let unlink = "mutation($input: UnlinkArtifactInput!) { unlinkArtifact(input: $input) { success } }";
    ada.must(unlink, json!({ "artifactID": zero, "artifactPortfolioID": portfolio })).await;
    assert_eq!(ada.named("chosen:latest").await["artifact"]["id"], json!(one));
    assert_eq!(ada.named("data:v0").await["artifact"]["id"], json!(zero));
    let delete = "mutation($input: DeleteArtifactPortfolioInput!) { deleteArtifactPortfolio(input: $input) {
        artifactCollection { __typename state } } }";
    let gone = ada.must(delete, json!({ "artifactPortfolioID": portfolio })).await;
    let expected = json!({ "__typename": "ArtifactPortfolio", "state": "DELETED" });
    assert_eq!(gone["deleteArtifactPortfolio"]["artifactCollection"], expected);
    assert_eq!((ada.named("chosen:v0").await, ada.named("data:v1").await["versionIndex"].clone()), (Value::Null, json!(1)));
}

#[actix_web::test]
async fn a_protected_alias_is_moved_by_those_who_manage_the_project_alone() {
    let (house, _folder, keys) = house().await;
    house.send(Ask::post("/api/v1/teams", &json!({ "name": "red" })).key(&keys[0])).await;
    let seat = json!({ "username": "bob", "role": "member" });
    assert!(house.send(Ask::post("/api/v1/teams/red/members", &seat).key(&keys[0])).await.status < 300);
    let boss = Logger { house: &house, key: &keys[0], entity: "red", project: "digits" };
    let member = Logger { key: &keys[1], ..boss };
    let id = member.log("data", &[("a", b"0")]).await;
    let protect = "mutation($input: ProtectAliasesInput!) { protectAliases(input: $input) { project { protectedAliases } } }";
    let input = json!({ "entityName": "red", "projectName": "digits", "aliases": ["production"] });
    assert_eq!(member.ask(protect, input.clone()).await.status, 403);
    assert_eq!(boss.must(protect, input).await["protectAliases"]["project"]["protectedAliases"], json!(["production"]));
    let alias = json!({
        "alias": "production", "entityName": "red", "projectName": "digits", "artifactCollectionName": "data",
    });
    let input = json!({ "artifactID": id, "aliases": [alias] });
    assert_eq!(member.ask(ADD_ALIASES, input.clone()).await.status, 403);
    assert_eq!(boss.ask(ADD_ALIASES, input).await.status, 200);
    assert_eq!(member.delete(&id, true).await.status, 403, "the alias would go with it");
    // What somebody else made is theirs, or an admin's, to delete.
    let theirs = boss.log("data", &[("a", b"1")]).await;
    assert_eq!(member.delete(&theirs, true).await.status, 403);
    assert_eq!(boss.delete(&id, true).await.status, 200);
}

#[actix_web::test]
async fn versions_end_with_their_time_unless_they_are_linked_and_silent_drafts_are_given_up() {
    let (house, folder, keys) = house().await;
    let ada = ada(&house, &keys);
    let day = std::time::Duration::from_secs(24 * 3600);
    let lifetime = "mutation($input: SetArtifactLifetimeInput!) { setArtifactLifetime(input: $input) { entity { name } } }";
    ada.must(lifetime, json!({ "entityName": "ada", "ttlDurationSeconds": 86400 })).await;
    let (short, kept) = (ada.log("data", &[("a", b"short")]).await, ada.log("data", &[("a", b"linked")]).await);
    let forever = ada.log("data", &[("a", b"for ever")]).await;
    ada.link(&kept, "chosen", &[]).await;
    let update = "mutation($input: UpdateArtifactInput!) { updateArtifact(input: $input) {
        artifact { ttlDurationSeconds ttlIsInherited } } }";
    let seen = ada.must(update, json!({ "artifactID": short })).await["updateArtifact"]["artifact"].clone();
    assert_eq!(seen, json!({ "ttlDurationSeconds": 86400, "ttlIsInherited": true }));
    let seen = ada.must(update, json!({ "artifactID": forever, "ttlDurationSeconds": -2 })).await["updateArtifact"].clone();
    assert_eq!(seen["artifact"], json!({ "ttlDurationSeconds": -2, "ttlIsInherited": false }));
    let draft = ada.create("data", "draft").await["id"].clone();
    ada.send(&draft, &[("b", b"never committed")]).await;
    house.app.clock.advance(day * 8);
    let now = house.app.clock.now();
    runstead::domain::artifacts::expire(&house.app.db, now).await.expect("it runs");
    runstead::domain::artifacts::free_deleted(&house.app.db, now).await.expect("it runs");
    collect(&house).await;
    assert_eq!(ada.named("data:v0").await, Value::Null);
    assert_eq!(
        (ada.named("data:v1").await["versionIndex"].clone(), ada.named("data:v2").await["versionIndex"].clone()),
        (json!(1), json!(2))
    );
    assert_eq!(ada.commit(&draft).await.status, 409);
    assert_eq!(stored(&house, &folder).await, 4, "two files and their manifests");
}

#[actix_web::test]
async fn collections_are_filtered_and_ordered_and_their_pages_are_the_whole_list() {
    let (house, _folder, keys) = house().await;
    let ada = ada(&house, &keys);
    for name in ["b", "a", "d", "c"] {
        ada.log(name, &[("x", name.as_bytes())]).await;
    }
    let query = "query($after: String, $filters: JSONString, $order: String) { project(name: \"digits\", entityName: \"ada\") {
        artifactCollections(first: 2, after: $after, filters: $filters, order: $order) {
          totalCount pageInfo { endCursor hasNextPage } edges { node { name } } } } }";
    for (filters, order, expected) in [
        (Value::Null, Value::Null, "cdab"),
        (Value::Null, json!("name"), "abcd"),
        (Value::Null, json!("-name"), "dcba"),
        (json!(r#"{"name":{"$in":["a","c","d"]}}"#), json!("-name"), "dca"),
        (json!(r#"{"name":{"$regex":"[ab]"}}"#), json!("+created_at"), "ba"),
    ] {
        let (mut names, mut after) = (String::new(), Value::Null);
        loop {
            let variables = json!({ "after": after, "filters": filters, "order": order });
            let answer = house.send(Ask::graphql(query, &variables).key(ada.key)).await.json();
            let page = &answer["data"]["project"]["artifactCollections"];
            assert_eq!(page["totalCount"], json!(expected.len()), "{filters} {order}: {answer}");
            names.extend(page["edges"].as_array().expect("a list").iter().filter_map(|edge| edge["node"]["name"].as_str()));
            after = page["pageInfo"]["endCursor"].clone();
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        assert_eq!(names, expected, "{filters} {order}");
    }
}
