//! How the engine answers the statements of the requests that come most often. `plans.txt` is reviewed as a diff: a scan of
//! a whole table there is a page that gets slower with every run that is logged.

use std::fmt::Write as _;
use std::sync::Arc;

use runstead::db::Meter;
use serde_json::{Value, json};

use super::golden::compare;
use super::house::Ask;
use super::world::World;

/// Tables that stay small on any server, or that are the lists a statement was given, or the values of one document.
const SMALL: [&str; 4] = ["accounts", "entities", "names", "leaf"];

const RUNS: &str = "query($filters: JSONString, $order: String) { project(name: \"digits\", entityName: \"red\") {
    runCount(filters: $filters)
    runs(filters: $filters, order: $order, first: 50) { edges { cursor node {
        id name displayName state config summaryMetrics tags createdAt heartbeatAt historyLineCount user { username }
    } } } } }";
const RUN: &str = "query { project(name: \"digits\", entityName: \"red\") { run(name: \"first\") {
    state config summaryMetrics historyKeys
    sampledHistory(specs: [\"{\\\"keys\\\": [\\\"loss\\\"], \\\"samples\\\": 500}\"]) history(samples: 500) events(samples: 500)
    logLines(last: 100) { edges { node { line } } } files(first: 50) { edges { node { name directUrl } } } } } }";

const COLLECTIONS: &str = "query($order: String, $after: String) { project(name: \"digits\", entityName: \"red\") {
    artifactCollections(first: 1, order: $order, after: $after) { totalCount pageInfo { endCursor } edges { node {
        name defaultArtifactType { name } artifacts(first: 1) { totalCount edges { version node { size } } } } } } } }";
const VERSION: &str = "query { project(name: \"digits\", entityName: \"red\") {
    artifactCollectionMembership(name: \"data:latest\") { aliases { alias } artifact { digest tags { name } bytesHeldAlone
        files(first: 50) { edges { node { name directUrl } } } usedBy(first: 50) { edges { node { name } } } } }
    run(name: \"first\") { outputArtifacts(first: 50) { totalCount edges { node { digest } } } } } }";
const COLLECTIONS_BY: &str = "query($filters: JSONString, $order: String) { project(name: \"digits\", entityName: \"red\") {
    artifactCollections(first: 50, filters: $filters, order: $order) { totalCount edges { node { name } } } } }";
const VERSIONS_BY: &str = "query($filters: JSONString) { project(name: \"digits\", entityName: \"red\") {
    artifactCollection(name: \"data\") { artifacts(first: 50, filters: $filters) { totalCount edges { version } } } } }";
const REGISTRIES_BY: &str = "query($collections: JSONString, $versions: JSONString) {
    organization(name: \"Runstead\") { orgEntity {
      artifactCollections(filters: $collections, collectionTypes: [PORTFOLIO]) { totalCount edges { node { name } } }
      artifactMemberships(collectionFilters: $collections, filters: $versions) { edges { node { versionIndex } } } } } }";
const LINEAGE: &str = "query { project(name: \"digits\", entityName: \"red\") { artifactCollection(name: \"data\") {
    bytesHeldAlone } run(name: \"first\") { artifactBytesHeldAlone
      outputArtifacts(first: 2) { totalCount edges { cursor } } inputArtifacts(first: 2) { totalCount edges { cursor } } }
    artifactCollectionMembership(name: \"data:latest\") { artifact { usedBy(first: 2) { edges { node { name } } } } } } }";
const REGISTRIES: &str =
    "query { organization(name: \"Runstead\") { orgEntity { projects(order: \"name\") { edges { node { name } } }
    artifactCollections(collectionTypes: [PORTFOLIO]) { totalCount edges { node { name } } }
    artifactMemberships(order: \"-created_at\") { edges { node { versionIndex artifact { digest } } } } } } }";

fn stream() -> Value {
    json!({ "files": {
        "wandb-history.jsonl": { "offset": 1, "content": ["{\"_step\":1,\"loss\":0.5}"] },
        "wandb-events.jsonl": { "offset": 0, "content": ["{\"system.cpu\":1}"] },
        "output.log": { "offset": 0, "content": ["a line"] },
        "wandb-summary.json": { "offset": 0, "content": ["{\"loss\":0.5}"] },
    } })
}

#[actix_web::test]
async fn the_requests_that_come_most_often_look_things_up() {
    let world = World::new().await;
    let (house, _folder) = world.house().await;
    let author = &world.keys[4];
    let runs = |filters: &str, order: &str| Ask::graphql(RUNS, &json!({ "filters": filters, "order": order }));
    let collections = |order: &str, after: Value| Ask::graphql(COLLECTIONS, &json!({ "order": order, "after": after }));
    let first = house.send(collections("-updated_at", Value::Null).key(author)).await.json();
    let second = first["data"]["project"]["artifactCollections"]["pageInfo"]["endCursor"].clone();
    let upsert = "mutation { upsertBucket(input: { entityName: \"red\", modelName: \"digits\", name: \"first\",
        summaryMetrics: \"{\\\"loss\\\": 1}\" }) { bucket { id } } }";
    let asks = [
        ("a message of a run's process", Ask::post("/files/red/digits/first/file_stream", &stream())),
        ("a run is begun or changed", Ask::graphql(upsert, &Value::Null)),
        ("a project's runs, newest first", runs("{}", "-created_at")),
        ("a project's runs by a metric", runs(r#"{"summary_metrics.loss":{"$lt":2}}"#, "+summary_metrics.loss")),
        ("a project's runs by tag, state and group", runs(r#"{"tags":"x","state":"running","group":"g"}"#, "-created_at")),
        (
            "a project's runs in groups",
            Ask::get("/api/v1/projects/red/digits/run-groups?by=state,config.lr&aggregate=summary_metrics.loss"),
        ),
        ("values of a project's runs", Ask::get("/api/v1/projects/red/digits/run-facets?fields=config.lr,tags")),
        ("fields of a project's runs", Ask::get("/api/v1/projects/red/digits/run-fields?query=l")),
        ("what a report's threads say", Ask::get(format!("/api/v1/reports/{}/threads", world.names.reports.published))),
        ("how much is not read, asked by every page", Ask::get("/api/v1/notifications/count")),
        ("a project's trash", Ask::get("/api/v1/projects/red/digits/trash")),
        ("a run's page", Ask::graphql(RUN, &Value::Null)),
        ("a file of a run", Ask::get("/files/red/digits/first/a.txt")),
        ("a project's artifacts, by name", collections("name", Value::Null)),
        ("a project's artifacts, those changed last first, the second page", collections("-updated_at", second)),
        (
            "a project's artifacts by name, type and tag",
            Ask::graphql(
                COLLECTIONS_BY,
                &json!({ "order": "name", "filters": r#"{"name":{"$contains":"a"},"type":"dataset","tags":{"$ne":"x"}}"# }),
            ),
        ),
        (
            "versions by alias, tag, time and metadata",
            Ask::graphql(
                VERSIONS_BY,
                &json!({ "filters": r#"{"$or":[{"alias":"latest"},{"tags":"x"},{"metadata.rows":{"$gt":1}}],
                    "created_at":{"$gt":"2020-01-01"}}"# }),
            ),
        ),
        (
            "what is in the registries of an organization, by filters",
            Ask::graphql(
                REGISTRIES_BY,
                &json!({ "collections": r#"{"name":{"$contains":"a"}}"#, "versions": r#"{"alias":"latest"}"# }),
            ),
        ),
        ("the lineage of a run, and what deletions would free", Ask::graphql(LINEAGE, &Value::Null)),
        ("a version's page", Ask::graphql(VERSION, &Value::Null)),
        ("the registries of an organization, and what is in them", Ask::graphql(REGISTRIES, &Value::Null)),
        ("the keys of an account", Ask::get("/api/v1/keys")),
        ("people by the beginning of their name", Ask::get("/api/v1/users?query=au")),
    ];
    let mut table = String::new();
    for (place, (what, ask)) in asks.into_iter().enumerate() {
        // On a busy machine what is looked up together may be looked up in two goes. The first two change something.
        let times = if place < 2 { 1 } else { 3 };
        let mut meters = Vec::with_capacity(times);
        for _ in 0..times {
            let meter = Arc::new(Meter::explaining());
            let answer = house.send_metered(ask.clone().key(author), &meter).await;
            assert!(answer.status == 200 && answer.json()["errors"].is_null(), "{what}: {}", answer.text());
            meters.push(meter);
        }
        let meter = meters.into_iter().min_by_key(|meter| meter.queries()).expect("it was asked");
        writeln!(table, "== {what}: {} statements", meter.queries()).expect("texts take anything");
        for (statement, plan) in meter.plans() {
            let statement = statement.split_whitespace().collect::<Vec<_>>().join(" ");
            writeln!(table, "{statement}").expect("texts take anything");
            // What a subquery gives is as long as its own steps say.
            let subqueries: Vec<&str> = plan.lines().filter_map(|step| step.strip_prefix("CO-ROUTINE ")).collect();
            for step in plan.lines() {
                let scanned = step.strip_prefix("SCAN ").and_then(|rest| rest.split(' ').next());
                let grows = scanned
                    .is_some_and(|table| !SMALL.contains(&table) && !subqueries.contains(&table) && !table.starts_with('('));
                assert!(!grows || step.contains("USING"), "{what} reads a whole table: {step}\n{statement}");
                writeln!(table, "    {step}").expect("texts take anything");
            }
        }
        table.push('\n');
    }
    compare("tests/it/plans.txt", &table);
}
