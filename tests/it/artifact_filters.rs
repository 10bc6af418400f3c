//! Filters of versions and of collections: each means what it says, in pages and in counts, and what cannot be meant is
//! refused in words.

use serde_json::{Value, json};

use super::house::Ask;
use super::logger::{ADD_ALIASES, Logger, ada, house};

const UPDATE: &str = "mutation($input: UpdateArtifactInput!) { updateArtifact(input: $input) { artifact { id } } }";
const TAG: &str = "mutation($input: CreateArtifactCollectionTagAssignmentsInput!) {
    createArtifactCollectionTagAssignments(input: $input) { tags { name } } }";
const VERSIONS: &str = "query($after: String, $filters: JSONString, $order: String) {
    project(name: \"digits\", entityName: \"ada\") { artifactCollection(name: \"data\") {
      list: artifacts(first: 2, after: $after, filters: $filters, order: $order) {
        totalCount pageInfo { endCursor hasNextPage } edges { version } } } } }";
const COLLECTIONS: &str = "query($after: String, $filters: JSONString, $order: String) {
    project(name: \"digits\", entityName: \"ada\") {
      list: artifactCollections(first: 2, after: $after, filters: $filters, order: $order) {
        totalCount pageInfo { endCursor hasNextPage } edges { node { name } } } } }";

/// All that a list has, read page by page; each page tells the same number.
async fn whole(logger: &Logger<'_>, query: &str, filters: &str, order: &str) -> String {
    let (mut seen, mut after) = (Vec::new(), Value::Null);
    loop {
        let variables = json!({ "after": after, "filters": filters, "order": order });
        let answer = logger.house.send(Ask::graphql(query, &variables).key(logger.key)).await;
        assert_eq!(answer.status, 200, "{filters}: {}", answer.text());
        let project = answer.json()["data"]["project"].clone();
        let page =
            if project["list"].is_null() { project["artifactCollection"]["list"].clone() } else { project["list"].clone() };
        let edges = page["edges"].as_array().expect("a list").clone();
        let name = |edge: &Value| edge["version"].as_str().or(edge["node"]["name"].as_str()).expect("a name").to_owned();
        seen.extend(edges.iter().map(name));
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == false {
            assert_eq!(page["totalCount"], json!(seen.len()), "{filters}");
            return seen.join(" ");
        }
    }
}

async fn refused(logger: &Logger<'_>, query: &str, filters: &str) -> String {
    let answer = logger.house.send(Ask::graphql(query, &json!({ "filters": filters })).key(logger.key)).await;
    assert_eq!(answer.status, 400, "{filters}: {}", answer.text());
    answer.text()
}

#[actix_web::test]
async fn versions_are_found_by_what_they_are_and_by_their_metadata() {
    let (house, _folder, keys) = house().await;
    let ada = ada(&house, &keys);
    let versions = [
        (Some(r#"{"rows":1,"kind":"raw","deep":{"ok":true}}"#), &["a"][..]),
        (Some(r#"{"rows":2.5,"kind":"clean","list":["x","y"]}"#), &["a", "b"]),
        (None, &[]),
        (Some(r#"{"rows":"many","none":null}"#), &[]),
    ];
    for (number, (metadata, tags)) in versions.iter().enumerate() {
        let id = ada.log("data", &[("f", "ffff".split_at(number + 1).0.as_bytes())]).await;
        let tags: Vec<_> = tags.iter().map(|tag| json!({ "tagName": tag })).collect();
        ada.must(UPDATE, json!({ "artifactID": id, "metadata": metadata, "tagsToAdd": tags })).await;
        if number == 1 {
            let alias = json!({
                "alias": "good", "entityName": "ada", "projectName": "digits", "artifactCollectionName": "data",
            });
            ada.must(ADD_ALIASES, json!({ "artifactID": id, "aliases": [alias] })).await;
        }
    }
    for (filters, expected) in [
        ("{}", "v0 v1 v2 v3"),
        (r#"{"state":"COMMITTED"}"#, "v0 v1 v2 v3"),
        (r#"{"state":{"$in":["PENDING"]}}"#, ""),
        (r#"{"version":"v2"}"#, "v2"),
        (r#"{"version":{"$gte":"v1","$lt":3}}"#, "v1 v2"),
        (r#"{"version":{"$regex":"^v[03]$"}}"#, "v0 v3"),
        (r#"{"version":{"$not":{"$eq":1}}}"#, "v0 v2 v3"),
        (r#"{"size":{"$in":[1,4]}}"#, "v0 v3"),
        (r#"{"size":"1"}"#, ""),
        (r#"{"digest":{"$in":[]}}"#, ""),
        (r#"{"created_at":{"$lte":"2100-01-01 00:00:00"},"linked_at":{"$exists":true}}"#, "v0 v1 v2 v3"),
        (r#"{"created_at":{"$gt":"2100-01-01"}}"#, ""),
        (r#"{"alias":"good"}"#, "v1"),
        (r#"{"alias":{"$contains":"oo"}}"#, "v1"),
        (r#"{"$or":[{"version":0},{"alias":"latest"}]}"#, "v0 v3"),
        (r#"{"tags":"a"}"#, "v0 v1"),
        (r#"{"tags":{"$ne":"b"}}"#, "v0 v2 v3"),
        (r#"{"tag":null}"#, "v2 v3"),
        (r#"{"tags":{"$in":["b",null]}}"#, "v1 v2 v3"),
        (r#"{"$nor":[{"tags":"a"}]}"#, "v2 v3"),
        (r#"{"metadata.rows":1}"#, "v0"),
        (r#"{"metadata.rows":{"$gt":0}}"#, "v0 v1"),
        (r#"{"metadata.rows":{"$gt":"a"}}"#, "v3"),
        (r#"{"metadata.rows":"many"}"#, "v3"),
        (r#"{"metadata.rows":{"$exists":false}}"#, "v2"),
        (r#"{"metadata.rows":{"$nin":[1,null]}}"#, "v1 v3"),
        (r#"{"metadata.kind":{"$regex":"^c"}}"#, "v1"),
        (r#"{"metadata.kind":{"$ne":"raw"}}"#, "v1 v2 v3"),
        (r#"{"metadata.deep.ok":true}"#, "v0"),
        (r#"{"metadata.deep.ok":1}"#, ""),
        (r#"{"metadata.list":"y"}"#, "v1"),
        (r#"{"metadata.list":{"$in":["x",1]}}"#, "v1"),
        (r#"{"metadata.none":null}"#, "v0 v1 v2 v3"),
        (r#"{"metadata.it's \"quoted\"":null}"#, "v0 v1 v2 v3"),
    ] {
        assert_eq!(whole(&ada, VERSIONS, filters, "+version_index").await, expected, "{filters}");
        let backward: Vec<_> = expected.split(' ').rev().collect();
        assert_eq!(whole(&ada, VERSIONS, filters, "-version_index").await, backward.join(" "), "{filters}, backward");
    }
    for (filters, words) in [
        (r#"{"nothing":1}"#, "no field 'nothing'"),
        (r#"{"created_at":"yesterday"}"#, "ISO 8601"),
        (r#"{"created_at":{"$regex":"2"}}"#, "is a moment"),
        (r#"{"metadata.rows":{"$gt":true}}"#, "text, number or flag"),
        (r#"{"metadata.rows":{"$eq":[1]}}"#, "text, number or flag"),
    ] {
        let said = refused(&ada, VERSIONS, filters).await;
        assert!(said.contains(words), "{filters}: {said}");
    }
}

#[actix_web::test]
async fn collections_are_found_by_what_is_said_of_them() {
    let (house, _folder, keys) = house().await;
    let ada = ada(&house, &keys);
    for name in ["a", "b", "c"] {
        ada.log(name, &[("f", name.as_bytes())]).await;
    }
    for (name, tags) in [("a", &["x"][..]), ("c", &["x", "y"])] {
        let tags: Vec<_> = tags.iter().map(|tag| json!({ "tagName": tag })).collect();
        let input = json!({ "entityName": "ada", "projectName": "digits", "artifactCollectionName": name, "tags": tags });
        ada.must(TAG, input).await;
    }
    let rename = "mutation($input: MoveArtifactSequenceInput!) { moveArtifactSequence(input: $input) {
        artifactCollection { id } } }";
    let id = ada.named("b:latest").await["artifact"]["id"].clone();
    let sequence = ada.place(id.as_str().expect("an id")).await["artifactSequence"]["id"].clone();
    ada.must(rename, json!({ "artifactSequenceID": sequence, "destinationArtifactTypeName": "model" })).await;
    for (filters, expected) in [
        (r#"{"type":"dataset"}"#, "a c"),
        (r#"{"type":{"$contains":"od"}}"#, "b"),
        (r#"{"tags":"x"}"#, "a c"),
        (r#"{"tags":{"$nin":["y"]}}"#, "a b"),
        (r#"{"tag":null}"#, "b"),
        (r#"{"description":""}"#, "a b c"),
        (r#"{"name":{"$gt":"a"},"updated_at":{"$lt":"2100-01-01"}}"#, "b c"),
        (r#"{"$or":[{"name":"a"},{"type":"model"}]}"#, "a b"),
        (r#"{"$or":[]}"#, "a b c"),
        (r#"{"name":7}"#, ""),
    ] {
        assert_eq!(whole(&ada, COLLECTIONS, filters, "name").await, expected, "{filters}");
    }
    assert!(refused(&ada, COLLECTIONS, r#"{"metadata.x":1}"#).await.contains("no field 'metadata.x'"));
}
