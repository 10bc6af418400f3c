//! A row for each field of GraphQL.

use super::door::{Door, field};
use crate::world::Names;

pub(super) fn queries(names: &Names) -> Vec<Door> {
    let query = |name, arguments: &str, selection| field("Query", name, arguments, selection);
    vec![
        query("viewer", "", "{ username }"),
        query("serverInfo", "", "{ features { name } }"),
        query("entity", r#"name: "red""#, "{ name }"),
        query("organization", r#"name: "Runstead""#, "{ name }"),
        query("customChart", r#"id: "red/none""#, "{ id }"),
        query("project", r#"name: "digits", entityName: "red""#, "{ name }"),
        query("model", r#"name: "digits", entityName: "red""#, "{ name }"),
        query("models", r#"entityName: "red""#, "{ edges { node { name } } }"),
        query("users", r#"query: "author""#, "{ edges { node { username } } }"),
        query("view", &format!(r#"id: "{}""#, names.reports.published), "{ spec }"),
        query("run", &format!(r#"id: "{}""#, names.run), "{ name }"),
        query("artifact", &format!(r#"id: "{}""#, names.artifacts.version), "{ digest }"),
        query("bytesHeldAlone", &format!(r#"artifactIDs: ["{}"]"#, names.artifacts.version), ""),
        query("artifactCollection", &format!(r#"id: "{}""#, names.artifacts.collection), "{ name }"),
        query("clientIDMapping", r#"clientID: "sequence-data""#, "{ serverID }"),
    ]
}

pub(super) fn mutations(names: &Names) -> Vec<Door> {
    let mutation = |name, input: &str, selection| field("Mutation", name, &format!("input: {{ {input} }}"), selection);
    let run = format!(r#"id: "{}""#, names.run);
    let place = r#"entityName: "red", projectName: "digits", runName: "first""#;
    let files = format!(r#"{place}, files: ["b.txt"]"#);
    let chart = r#"entity: "red", name: "mine", displayName: "Mine", type: "vega2", access: "PRIVATE", spec: "{}""#;
    let project = r#"entityName: "red", name: "digits", description: "changed""#;
    let alert = format!(r#"{place}, title: "t", text: "x""#);
    let file = format!(r#"files: ["{}"]"#, names.file);
    let artifacts = &names.artifacts;
    let version = format!(r#"artifactID: "{}""#, artifacts.version);
    let draft = format!(r#"artifactID: "{}""#, artifacts.draft);
    let new = r#"entityName: "red", projectName: "digits", artifactTypeName: "dataset", artifactCollectionName: "more",
        digest: "d", digestAlgorithm: MANIFEST_MD5"#;
    let kind = r#"entityName: "red", projectName: "digits", name: "model""#;
    let listing = format!(r#"{draft}, {place}, name: "wandb_manifest.json", digest: """#);
    let listed = format!(r#"artifactManifestID: "{}", digest: "d""#, artifacts.manifest);
    let announced = format!(r#"artifactFiles: [{{ {draft}, name: "c.txt", md5: "HLJR7A1WjeapKbUgxK7Y0Q==" }}]"#);
    let complete = format!(
        r#"{draft}, completeMultipartAction: Complete, completedParts: [], storagePath: "{0}", uploadID: "{0}""#,
        artifacts.upload_id
    );
    let alias = r#"{ entityName: "red", projectName: "digits", artifactCollectionName: "data", alias: "best" }"#;
    let aliases = format!("{version}, aliases: [{alias}]");
    let linked = format!(r#"{version}, entityName: "red", projectName: "digits", artifactPortfolioName: "more""#);
    let sequence = format!(r#"artifactSequenceID: "{}""#, artifacts.collection);
    let portfolio = format!(r#"artifactPortfolioID: "{}""#, artifacts.portfolio);
    let collection = "{ artifactCollection { id } }";
    let registry = format!(r#"projectId: "{}""#, names.registry);
    let named = format!(r#"{registry}, userIds: ["{}"]"#, names.member);
    let tagged = r#"entityName: "red", projectName: "digits", artifactCollectionName: "data", tags: [{ tagName: "t" }]"#;
    let view = format!(r#"id: "{}""#, names.reports.published);
    let token = format!(r#"token: "{}""#, names.reports.token);
    let shown = r#"projects: [{ entityName: "red", projectName: "digits" }]"#;
    vec![
        mutation("upsertView", &format!(r#"{view}, description: "changed""#), "{ view { description } }"),
        mutation("deleteView", &format!("{view}, deleteDrafts: true"), "{ success }"),
        mutation(
            "createAccessToken",
            &format!(r#"viewId: "{}", {shown}"#, names.reports.published),
            "{ accessToken { type } }",
        ),
        mutation("updateAccessTokenProjects", &format!("{token}, {shown}"), "{ success }"),
        mutation("revokeAccessToken", &token, "{ success }"),
        mutation("upsertBucket", &format!(r#"{run}, notes: "changed""#), "{ bucket { name } }"),
        mutation("rewindRun", &format!(r#"{place}, metricName: "_step", metricValue: 0"#), "{ rewoundRun { name } }"),
        mutation("stopRun", &run, "{ success }"),
        mutation("deleteRun", &format!(r#"{run}, clientMutationId: "1""#), "{ clientMutationId }"),
        mutation("updateRunState", &format!(r#"{run}, state: "failed""#), "{ success }"),
        mutation("notifyScriptableRunAlert", &alert, "{ success }"),
        mutation("createCustomChart", chart, "{ chart { id } }"),
        mutation("upsertModel", project, "{ model { name } }"),
        mutation("createRunFiles", &files, "{ files { name } }"),
        mutation("markRunFilesUploaded", &files, "{ success }"),
        mutation("deleteFiles", &file, "{ success }"),
        mutation("generateApiKey", r#"description: "another""#, "{ apiKey { name } }"),
        mutation("deleteApiKey", &format!(r#"id: "{}""#, names.key), "{ success }"),
        mutation("updateUser", r#"defaultEntity: "red""#, "{ user { username } }"),
        mutation("createArtifact", new, "{ artifact { state } }"),
        mutation("createArtifactType", kind, "{ artifactType { name } }"),
        mutation("createArtifactManifest", &listing, "{ artifactManifest { id } }"),
        mutation("updateArtifactManifest", &listed, "{ artifactManifest { id } }"),
        mutation("createArtifactFiles", &announced, "{ files { edges { node { name } } } }"),
        mutation("completeMultipartUploadArtifact", &complete, "{ digest }"),
        mutation("commitArtifact", &format!(r#"artifactID: "{}""#, artifacts.complete), "{ artifact { state } }"),
        mutation("useArtifact", &format!("{version}, {place}"), "{ artifact { id } }"),
        mutation("addAliases", &aliases, "{ success }"),
        mutation("deleteAliases", &aliases, "{ success }").after("author", mutation("addAliases", &aliases, "{ success }").ask),
        mutation("updateArtifact", &format!(r#"{version}, description: "changed""#), "{ artifact { description } }"),
        mutation("deleteArtifact", &format!("{version}, deleteAliases: true"), "{ artifact { id } }"),
        mutation("linkArtifact", &linked, "{ versionIndex }"),
        mutation("unlinkArtifact", &format!(r#"{version}, artifactPortfolioID: "{}""#, artifacts.portfolio), "{ success }"),
        mutation("updateArtifactSequence", &format!(r#"{sequence}, description: "x""#), collection),
        mutation("updateArtifactPortfolio", &format!(r#"{portfolio}, description: "x""#), collection),
        mutation("moveArtifactSequence", &format!(r#"{sequence}, destinationArtifactTypeName: "model""#), collection),
        mutation("deleteArtifactSequence", &sequence, "{ artifactCollection { state } }"),
        mutation("deleteArtifactPortfolio", &portfolio, "{ artifactCollection { state } }"),
        mutation("createArtifactCollectionTagAssignments", tagged, "{ tags { name } }"),
        mutation("deleteArtifactCollectionTagAssignments", tagged, "{ success }")
            .after("author", mutation("createArtifactCollectionTagAssignments", tagged, "{ tags { name } }").ask),
        mutation("setArtifactLifetime", r#"entityName: "red", ttlDurationSeconds: 60"#, "{ entity { name } }"),
        mutation("protectAliases", r#"entityName: "red", projectName: "digits", aliases: ["best"]"#, "{ project { name } }"),
        mutation("deleteModel", &format!(r#"id: "{}""#, names.registry), "{ success }"),
        mutation(
            "renameProject",
            r#"entityName: "Runstead", oldProjectName: "wandb-registry-models", newProjectName: "wandb-registry-nets""#,
            "{ project { name } }",
        ),
        mutation("createProjectMembers", &named, "{ success }"),
        mutation("deleteProjectMembers", &named, "{ success }")
            .after("site admin", mutation("createProjectMembers", &named, "{ success }").ask),
        mutation(
            "updateProjectMember",
            &format!(r#"{registry}, userId: "{}", userProjectRole: "viewer""#, names.member),
            "{ success }",
        ),
        mutation(
            "updateProjectTeamMember",
            &format!(r#"{registry}, teamId: "{}", teamProjectRole: "viewer""#, names.team),
            "{ success }",
        ),
        mutation("createInvite", r#"entityName: "red", email: "new@runs.example""#, "{ invite { email } }"),
        mutation("deleteInvite", &format!(r#"entityName: "red", id: "{}""#, names.member), "{ success }"),
        mutation("createServiceAccount", r#"entityName: "red", description: "nightly""#, "{ user { username } }"),
        mutation("createUser", r#"email: "new@runs.example""#, "{ user { username } }"),
        mutation("createTeam", r#"teamName: "blue""#, "{ entity { name } }"),
    ]
}
