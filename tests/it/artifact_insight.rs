//! What the pages of artifacts ask for: lineage, differences, folders, rows of tables, and how many bytes are held.

use serde_json::{Value, json};

use super::house::Ask;
use super::logger::{Logger, ada, bob, house, manifest};

async fn ask(logger: &Logger<'_>, query: &str, variables: Value) -> Value {
    let answer = logger.house.send(Ask::graphql(query, &variables).key(logger.key)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["data"].clone()
}

async fn run(logger: &Logger<'_>, name: &str) {
    let query = "mutation($entity: String, $project: String, $name: String) {
        upsertBucket(input: { entityName: $entity, modelName: $project, name: $name }) { bucket { id } } }";
    ask(logger, query, json!({ "entity": logger.entity, "project": logger.project, "name": name })).await;
}

async fn uses(logger: &Logger<'_>, run: &str, version: &str) {
    let query = "mutation($input: UseArtifactInput!) { useArtifact(input: $input) { artifact { id } } }";
    let input = json!({
        "artifactID": version, "entityName": logger.entity, "projectName": logger.project, "runName": run,
    });
    ask(logger, query, json!({ "input": input })).await;
}

#[actix_web::test]
async fn the_lineage_goes_both_ways_and_stops_where_it_is_told_to() {
    let (house, _folder, keys) = house().await;
    let ada = ada(&house, &keys);
    for name in ["make", "train", "test"] {
        run(&ada, name).await;
    }
    let data = ada.log_by(Some("make"), "data", &[("a", b"1")]).await;
    uses(&ada, "train", &data).await;
    let model = ada.log_by(Some("train"), "model", &[("m", b"2")]).await;
    uses(&ada, "test", &model).await;
    let query = "query($id: ID!, $steps: Int) { artifact(id: $id) { lineage(steps: $steps) {
        artifacts { artifactSequence { name } } runs { name } edges { made } isCut } } }";
    let whole = ask(&ada, query, json!({ "id": data, "steps": 20 })).await["artifact"]["lineage"].clone();
    let names = |list: &Value, path: &str| {
        let mut names: Vec<_> =
            list.as_array().expect("a list").iter().map(|one| one.pointer(path).expect("a name").to_string()).collect();
        names.sort();
        names.join(",")
    };
    assert_eq!(names(&whole["artifacts"], "/artifactSequence/name"), r#""data","model""#);
    assert_eq!(names(&whole["runs"], "/name"), r#""make","test","train""#);
    assert_eq!((names(&whole["edges"], "/made"), &whole["isCut"]), ("false,false,true,true".to_owned(), &json!(false)));
    let near = ask(&ada, query, json!({ "id": model, "steps": 1 })).await["artifact"]["lineage"].clone();
    assert_eq!((names(&near["runs"], "/name"), &near["isCut"]), (r#""test","train""#.to_owned(), &json!(true)));
    assert_eq!(names(&near["artifacts"], "/artifactSequence/name"), r#""model""#);
}

#[actix_web::test]
async fn two_versions_differ_by_path_and_digest_and_pages_are_the_whole_difference() {
    let (house, _folder, keys) = house().await;
    let ada = ada(&house, &keys);
    let old = ada.log("data", &[("a", b"same"), ("b", b"old"), ("c/d", b"gone")]).await;
    let new = ada.log("data", &[("a", b"same"), ("b", b"newer"), ("e", b"come")]).await;
    let query = "query($id: ID!, $since: ID!, $after: String, $first: Int) { artifact(id: $id) {
        changesSince(artifactID: $since, after: $after, first: $first) { pageInfo { endCursor hasNextPage }
          edges { node { path before { sizeBytes } after { sizeBytes } } } } } }";
    for first in [1, 2, 100] {
        let (mut seen, mut after) = (Vec::new(), Value::Null);
        loop {
            let variables = json!({ "id": new, "since": old, "after": after, "first": first });
            let page = ask(&ada, query, variables).await["artifact"]["changesSince"].clone();
            for edge in page["edges"].as_array().expect("a list") {
                let size = |side: &str| edge["node"][side]["sizeBytes"].as_i64().unwrap_or(-1);
                seen.push(format!("{} {} {}", edge["node"]["path"], size("before"), size("after")));
            }
            after = page["pageInfo"]["endCursor"].clone();
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        assert_eq!(seen, [r#""b" 3 5"#, r#""c/d" 4 -1"#, r#""e" -1 4"#], "by {first}");
    }
}

#[actix_web::test]
async fn a_folder_shows_what_lies_directly_in_it() {
    let (house, _folder, keys) = house().await;
    let ada = ada(&house, &keys);
    let files: [(&str, &[u8]); 5] =
        [("a.txt", b"1"), ("deep/b.txt", b"22"), ("deep/er/c.txt", b"333"), ("deep.txt", b"4444"), ("z", b"5")];
    let id = ada.log("data", &files).await;
    let query =
        "query($id: ID!, $path: String, $after: String) { artifact(id: $id) { folder(path: $path, after: $after, first: 2) {
        pageInfo { endCursor hasNextPage } edges { node {
          ... on ArtifactEntry { path } ... on ArtifactFolder { name fileCount sizeBytes } } } } } }";
    for (path, expected) in [
        ("", r#"{"path":"a.txt"} {"path":"deep.txt"} {"name":"deep","fileCount":2,"sizeBytes":5} {"path":"z"}"#),
        ("deep", r#"{"path":"deep/b.txt"} {"name":"er","fileCount":1,"sizeBytes":3}"#),
        ("deep/er/", r#"{"path":"deep/er/c.txt"}"#),
        ("nothing", ""),
    ] {
        let (mut seen, mut after) = (Vec::new(), Value::Null);
        loop {
            let page = ask(&ada, query, json!({ "id": id, "path": path, "after": after })).await["artifact"]["folder"].clone();
            seen.extend(page["edges"].as_array().expect("a list").iter().map(|edge| edge["node"].to_string()));
            after = page["pageInfo"]["endCursor"].clone();
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        assert_eq!(seen.join(" "), expected, "{path}");
    }
}

#[actix_web::test]
async fn rows_of_a_table_come_by_page_in_whatever_dialect_it_is() {
    let (house, _folder, keys) = house().await;
    let ada = ada(&house, &keys);
    let table: &[u8] = br#"{"columns":["a",7],"data":[[1,"x"],[NaN,null],[3,{"_type":"image-file"}]],"ncols":2}"#;
    let id = ada.log("data", &[("t.table.json", table), ("other.json", b"[1]")]).await;
    let query = "query($id: ID!, $path: String!, $from: Int) { artifact(id: $id) {
        table(path: $path, firstRow: $from, count: 2) { columns rows firstRow rowCount } } }";
    let page = ask(&ada, query, json!({ "id": id, "path": "t.table.json", "from": 1 })).await["artifact"]["table"].clone();
    let expected = json!({
        "columns": ["a", "7"], "rows": [["NaN", null], [3, { "_type": "image-file" }]], "firstRow": 1, "rowCount": 3,
    });
    assert_eq!(page, expected);
    for (path, status) in [("other.json", 400), ("nothing", 404)] {
        let wrong = Ask::graphql(query, &json!({ "id": id, "path": path })).key(ada.key);
        assert_eq!(house.send(wrong).await.status, status, "{path}");
    }
}

#[actix_web::test]
async fn bytes_are_counted_once_for_run_project_and_entity() {
    let (house, _folder, keys) = house().await;
    let ada = ada(&house, &keys);
    run(&ada, "make").await;
    ada.log_by(Some("make"), "data", &[("a", b"12345")]).await;
    let query = "query { entity(name: \"ada\") { storageBytes } project(name: \"digits\", entityName: \"ada\") { artifactBytes
        run(name: \"make\") { artifactBytes } } }";
    let before = ask(&ada, query, Value::Null).await;
    let (of_run, of_project) = (&before["project"]["run"]["artifactBytes"], &before["project"]["artifactBytes"]);
    assert_eq!((of_run, &before["entity"]["storageBytes"]), (of_project, of_project));
    assert!(of_project.as_i64() > Some(5), "{before}");
    ada.log("copy", &[("a", b"12345")]).await;
    let after = ask(&ada, query, Value::Null).await;
    assert_eq!(after, before, "the same files and the same manifest take nothing");
}

#[actix_web::test]
async fn what_deletions_would_free_is_told_before_and_is_what_they_free() {
    let (house, _folder, keys) = house().await;
    let ada = ada(&house, &keys);
    run(&ada, "make").await;
    // Too large for a row.
    let large = [7_u8; 20_000];
    let files: [[(&str, &[u8]); 2]; 2] = [[("a", b"shared"), ("b", &large)], [("a", b"shared"), ("c", b"second")]];
    let first = ada.log_by(Some("make"), "data", &files[0]).await;
    let second = ada.log("data", &files[1]).await;
    ada.log("other", &[("c", b"second")]).await;
    ada.link(&second, "chosen", &[]).await;
    let query = "query($one: [ID!]!, $both: [ID!]!) { one: bytesHeldAlone(artifactIDs: $one)
        both: bytesHeldAlone(artifactIDs: $both) project(name: \"digits\", entityName: \"ada\") { artifactBytes
          data: artifactCollection(name: \"data\") { id bytesHeldAlone } chosen: artifactCollection(name: \"chosen\") { bytesHeldAlone }
          run(name: \"make\") { artifactBytesHeldAlone } } }";
    let variables = json!({ "one": [first], "both": [first, second] });
    let told = ask(&ada, query, variables.clone()).await;
    let own = manifest(&files[0]).len() + large.len();
    // What the two share goes with both; what a third has stays.
    let all = own + manifest(&files[1]).len() + b"shared".len();
    assert_eq!((&told["one"], &told["both"]), (&json!(own), &json!(all)));
    assert_eq!(told["project"]["run"]["artifactBytesHeldAlone"], json!(own));
    assert_eq!(told["project"]["data"]["bytesHeldAlone"], json!(all));
    assert_eq!(told["project"]["chosen"]["bytesHeldAlone"], json!(0), "versions that are linked stay");
    let bob = bob(&house, &keys);
    assert_eq!(house.send(Ask::graphql(query, &variables).key(bob.key)).await.status, 404);
    let delete = "mutation($input: DeleteArtifactSequenceInput!) { deleteArtifactSequence(input: $input) {
        artifactCollection { state } } }";
    ask(&ada, delete, json!({ "input": { "artifactSequenceID": told["project"]["data"]["id"] } })).await;
    let bytes = "query { project(name: \"digits\", entityName: \"ada\") { artifactBytes } }";
    let left = ask(&ada, bytes, Value::Null).await["project"]["artifactBytes"].as_u64().expect("a number");
    let before = told["project"]["artifactBytes"].as_u64().expect("a number");
    assert_eq!(before - left, all as u64);
    assert_eq!(house.send(Ask::graphql(query, &variables).key(ada.key)).await.status, 404, "they are gone");
}

#[actix_web::test]
async fn long_lists_of_what_runs_made_and_used_come_by_page() {
    let (house, _folder, keys) = house().await;
    let ada = ada(&house, &keys);
    run(&ada, "make").await;
    let mut versions = Vec::new();
    for number in 0..5_u8 {
        run(&ada, &format!("use-{number}")).await;
        versions.push(ada.log_by(Some("make"), "data", &[("a", &[number])]).await);
    }
    for number in 0..5 {
        uses(&ada, &format!("use-{number}"), &versions[0]).await;
        uses(&ada, "use-0", &versions[number]).await;
    }
    let list = "pageInfo { endCursor hasNextPage } edges { node";
    for (place, name, expected) in [
        (
            format!(
                "run(name: \"make\") {{ list: outputArtifacts(first: 2, after: $after) {{ totalCount {list} {{ versionIndex }} }} }} }}"
            ),
            "/versionIndex",
            "0 1 2 3 4",
        ),
        (
            format!(
                "run(name: \"use-0\") {{ list: inputArtifacts(first: 2, after: $after) {{ totalCount {list} {{ versionIndex }} }} }} }}"
            ),
            "/versionIndex",
            "0 1 2 3 4",
        ),
        (
            format!("run: artifact(name: \"data:v0\") {{ list: usedBy(first: 2, after: $after) {{ {list} {{ name }} }} }} }}"),
            "/name",
            r#""use-0" "use-1" "use-2" "use-3" "use-4""#,
        ),
    ] {
        let query = format!("query($after: String) {{ project(name: \"digits\", entityName: \"ada\") {{ {place} }} }}");
        let (mut seen, mut after, mut pages) = (Vec::new(), Value::Null, 0);
        loop {
            let page = ask(&ada, &query, json!({ "after": after })).await["project"]["run"]["list"].clone();
            let edges = page["edges"].as_array().expect("a list");
            seen.extend(edges.iter().map(|edge| edge["node"].pointer(name).expect("a name").to_string()));
            assert!(page["totalCount"].is_null() || page["totalCount"] == json!(5), "{page}");
            pages += 1;
            after = page["pageInfo"]["endCursor"].clone();
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        assert_eq!((seen.join(" ").as_str(), pages), (expected, 3), "{query}");
    }
}
