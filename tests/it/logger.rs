//! Somebody who logs artifacts, step by step as the client takes them.

use actix_web::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::house::{Answer, Ask, House, URL, settings};

pub const CREATE: &str = "mutation($input: CreateArtifactInput!) { createArtifact(input: $input) {
    artifact { id state versionIndex artifactSequence { id latestArtifact { id } } } } }";
pub const MANIFEST: &str = "mutation($input: CreateArtifactManifestInput!) { createArtifactManifest(input: $input) {
    artifactManifest { id file { uploadUrl uploadHeaders } } } }";
pub const FILES: &str = "mutation($input: CreateArtifactFilesInput!) { createArtifactFiles(input: $input) {
    files { edges { node { name uploadUrl uploadHeaders storagePath artifact { id }
      uploadMultipartUrls { uploadID uploadUrlParts { partNumber uploadUrl } } } } } } }";
pub const COMPLETE: &str = "mutation($input: CompleteMultipartUploadArtifactInput!) {
    completeMultipartUploadArtifact(input: $input) { digest } }";
pub const COMMIT: &str = "mutation($input: CommitArtifactInput!) { commitArtifact(input: $input) {
    artifact { id state versionIndex digest size fileCount } } }";
pub const LINK: &str = "mutation($input: LinkArtifactInput!) { linkArtifact(input: $input) {
    versionIndex artifactMembership { artifactCollection { id } } } }";
pub const DELETE: &str = "mutation($input: DeleteArtifactInput!) { deleteArtifact(input: $input) { artifact { id } } }";
pub const ADD_ALIASES: &str = "mutation($input: AddAliasesInput!) { addAliases(input: $input) { success } }";
pub const NAMED: &str = "query($name: String!) { project(name: \"digits\", entityName: \"ada\") {
    artifactCollectionMembership(name: $name) { versionIndex aliases { alias } artifact { id state
      files { totalCount edges { node { name directUrl digest sizeBytes } } } currentManifest { file { directUrl } } } } } }";

/// Somebody who logs artifacts to a project of theirs.
pub struct Logger<'a> {
    pub house: &'a House,
    pub key: &'a str,
    pub entity: &'a str,
    pub project: &'a str,
}

/// A version on its way.
pub struct Draft {
    pub id: String,
    pub files: Vec<Value>,
    pub manifest: String,
    pub manifest_url: String,
}

/// MD5 in base64.
pub fn md5(bytes: &[u8]) -> String {
    STANDARD.encode(Md5::digest(bytes))
}

pub fn put(url: &Value, bytes: &[u8]) -> Ask {
    let path = url.as_str().expect("an address").replace(URL, "");
    Ask { body: bytes.to_vec(), ..Ask::new(Method::PUT, path) }
}

/// A manifest with these files.
pub fn manifest(files: &[(&str, &[u8])]) -> Vec<u8> {
    let contents: Map<String, Value> =
        files.iter().map(|(name, bytes)| ((*name).to_owned(), json!({ "digest": md5(bytes), "size": bytes.len() }))).collect();
    let policy = json!({ "storageLayout": "V2" });
    let whole = json!({
        "version": 1, "storagePolicy": "wandb-storage-policy-v1", "storagePolicyConfig": policy, "contents": contents,
    });
    whole.to_string().into_bytes()
}

/// The digest of a version that holds these files.
pub fn digest(files: &[(&str, &[u8])]) -> String {
    let mut files: Vec<_> = files.to_vec();
    files.sort();
    let lines: String = files.iter().map(|(name, bytes)| format!("{name}:{}\n", md5(bytes))).collect();
    hex::encode(Md5::digest(format!("wandb-artifact-manifest-v1\n{lines}")))
}

impl Logger<'_> {
    pub async fn ask(&self, query: &str, input: Value) -> Answer {
        self.house.send(Ask::graphql(query, &json!({ "input": input })).key(self.key)).await
    }

    pub async fn must(&self, query: &str, input: Value) -> Value {
        let answer = self.ask(query, input).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["data"].clone()
    }

    /// Begins a version.
    pub async fn create(&self, name: &str, digest: &str) -> Value {
        self.create_by(None, name, digest).await
    }

    pub async fn create_by(&self, run: Option<&str>, name: &str, digest: &str) -> Value {
        let input = json!({
            "runName": run,
            "entityName": self.entity, "projectName": self.project, "artifactTypeName": "dataset",
            "artifactCollectionName": name, "digest": digest, "digestAlgorithm": "MANIFEST_MD5",
            "aliases": [{ "artifactCollectionName": name, "alias": "latest" }], "enableDigestDeduplication": true,
            "clientID": format!("client-{name}-{digest}"), "sequenceClientID": format!("sequence-{name}"),
        });
        self.must(CREATE, input).await["createArtifact"]["artifact"].clone()
    }

    /// Announces files; what each is answered.
    pub async fn announce(&self, id: &Value, files: &[(&str, &[u8])]) -> Vec<Value> {
        let specs: Vec<_> =
            files.iter().map(|(name, bytes)| json!({ "artifactID": id, "name": name, "md5": md5(bytes) })).collect();
        let made = self.must(FILES, json!({ "artifactFiles": specs, "storageLayout": "V2" })).await;
        let edges = made["createArtifactFiles"]["files"]["edges"].as_array().expect("a list").clone();
        edges.into_iter().map(|edge| edge["node"].clone()).collect()
    }

    pub async fn send(&self, id: &Value, files: &[(&str, &[u8])]) {
        for (node, (_, bytes)) in self.announce(id, files).await.iter().zip(files) {
            if !node["uploadUrl"].is_null() {
                let answer = self.house.send(put(&node["uploadUrl"], bytes)).await;
                assert_eq!(answer.status, 200, "{}", answer.text());
            }
        }
    }

    pub async fn send_manifest(&self, id: &Value, kind: &str, base: &Value, bytes: &[u8]) {
        let input = json!({
            "artifactID": id, "name": "wandb_manifest.json", "digest": md5(bytes), "type": kind, "baseArtifactID": base,
            "entityName": self.entity, "projectName": self.project, "runName": "",
        });
        let made = self.must(MANIFEST, input).await;
        let url = &made["createArtifactManifest"]["artifactManifest"]["file"]["uploadUrl"];
        let answer = self.house.send(put(url, bytes)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    pub async fn commit(&self, id: &Value) -> Answer {
        self.ask(COMMIT, json!({ "artifactID": id })).await
    }

    /// Logs a version with these files; its id.
    pub async fn log(&self, name: &str, files: &[(&str, &[u8])]) -> String {
        self.log_by(None, name, files).await
    }

    /// The same, by a run.
    pub async fn log_by(&self, run: Option<&str>, name: &str, files: &[(&str, &[u8])]) -> String {
        let made = self.create_by(run, name, &digest(files)).await;
        let id = &made["id"];
        if made["state"] == "PENDING" {
            self.send(id, files).await;
            self.send_manifest(id, "FULL", &Value::Null, &manifest(files)).await;
            let committed = self.commit(id).await;
            assert_eq!(committed.status, 200, "{}", committed.text());
        }
        id.as_str().expect("an id").to_owned()
    }

    /// Begins a version and announces its files and its manifest, without sending any; each file but the first in one part.
    pub async fn begin(&self, name: &str, files: &[(&str, &[u8])]) -> Draft {
        let id = self.create(name, &digest(files)).await["id"].clone();
        let specs = (0..).zip(files).map(|(index, (name, bytes))| {
            let part = json!({ "partNumber": 1, "hexMD5": hex::encode(Md5::digest(&bytes[..bytes.len() / 2])) });
            let parts = if index == 0 { json!([]) } else { json!([part]) };
            json!({ "artifactID": id, "name": name, "md5": md5(bytes), "uploadPartsInput": parts })
        });
        let made = self.must(FILES, json!({ "artifactFiles": specs.collect::<Vec<_>>(), "storageLayout": "V2" })).await;
        let edges = made["createArtifactFiles"]["files"]["edges"].as_array().expect("a list").clone();
        let input = json!({
            "artifactID": id, "name": "wandb_manifest.json", "digest": "", "type": "FULL",
            "entityName": self.entity, "projectName": self.project, "runName": "",
        });
        let manifest = self.must(MANIFEST, input).await["createArtifactManifest"]["artifactManifest"].clone();
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        Draft {
            id: text(&id),
            files: edges.into_iter().map(|edge| edge["node"].clone()).collect(),
            manifest: text(&manifest["id"]),
            manifest_url: text(&manifest["file"]["uploadUrl"]),
        }
    }

    pub async fn send_link(&self, id: &str, portfolio: &str, aliases: &[&str]) -> Answer {
        let aliases: Vec<_> =
            aliases.iter().map(|alias| json!({ "alias": alias, "artifactCollectionName": portfolio })).collect();
        let input = json!({
            "artifactID": id, "artifactPortfolioName": portfolio, "entityName": self.entity, "projectName": self.project,
            "aliases": aliases,
        });
        self.ask(LINK, input).await
    }

    /// Links a version into a portfolio of the project.
    pub async fn link(&self, id: &str, portfolio: &str, aliases: &[&str]) -> Value {
        let answer = self.send_link(id, portfolio, aliases).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["data"]["linkArtifact"].clone()
    }

    pub async fn delete(&self, id: &str, with_aliases: bool) -> Answer {
        self.ask(DELETE, json!({ "artifactID": id, "deleteAliases": with_aliases })).await
    }

    /// A version's collection and links.
    pub async fn place(&self, id: &str) -> Value {
        let query =
            "query($id: ID!) { artifact(id: $id) { archiveUrl artifactSequence { id } currentManifest { file { directUrl } }
            files { edges { node { directUrl } } } } }";
        self.house.send(Ask::graphql(query, &json!({ "id": id })).key(self.key)).await.json()["data"]["artifact"].clone()
    }

    /// What `name:alias` means.
    pub async fn named(&self, name: &str) -> Value {
        let answer = self.house.send(Ask::graphql(NAMED, &json!({ "name": name })).key(self.key)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["data"]["project"]["artifactCollectionMembership"].clone()
    }

    pub async fn bytes(&self, url: &Value) -> Answer {
        self.house.send(Ask::get(url.as_str().expect("an address").replace(URL, ""))).await
    }
}

/// A house with `ada`, who has the project `digits`, and `bob`, who sees nothing of hers.
pub async fn house() -> (House, TempDir, [String; 2]) {
    let folder = tempfile::tempdir().expect("a folder");
    let house = House::open(&settings(folder.path(), &[])).await;
    let ada = house.set_up().await;
    let bob = house.person(&ada, "bob").await;
    (house, folder, [ada, bob])
}

pub fn ada<'a>(house: &'a House, keys: &'a [String; 2]) -> Logger<'a> {
    Logger { house, key: &keys[0], entity: "ada", project: "digits" }
}

pub fn bob<'a>(house: &'a House, keys: &'a [String; 2]) -> Logger<'a> {
    Logger { house, key: &keys[1], entity: "bob", project: "mine" }
}

/// How many contents of artifacts lie in a data directory, as blobs and as rows.
pub async fn stored(house: &House, folder: &TempDir) -> usize {
    let shelves = std::fs::read_dir(folder.path().join("blobs/artifacts")).into_iter().flatten();
    let blobs: usize = shelves.map(|shelf| std::fs::read_dir(shelf.expect("a shelf").path()).expect("a folder").count()).sum();
    let count = |db: &runstead::db::Reader<'_>| {
        db.query_one("SELECT COUNT(*) AS count FROM content_bytes", &[], |row| row.get::<i64>("count"))
    };
    let rows = house.app.db.read(count).await.expect("the rows are counted");
    blobs + usize::try_from(rows).expect("a number of rows")
}
