//! What a bundle is: a tar file that any program opens, of JSON documents, Parquet files and the files themselves, and the list of
//! all of them with their digests at its end.
//!
//! ```text
//! bundle.json                                      what it is, from where, of whom
//! projects/red/digits/project.json
//! projects/red/digits/runs/abc/run.json            facts, tags, notes, alerts
//!                              config.json  summary.json
//!                              history.parquet  system.parquet    as logged, line by line
//!                              streams.json        which writer and lines these are
//!                              console.jsonl       lines of the terminal
//!                              files.json  files/…
//! projects/red/digits/artifacts/model/v3.json      a version
//!                                     v3.files.jsonl its files by path, with digests
//! contents/ab/ab12…                                bytes of artifacts, each once, by SHA-256
//! projects/red/digits/collections.json             words on collections, and links
//! projects/red/digits/reports/12.json              a report, a draft or a kept workspace, with its document as text and what was said about it
//! manifest.json                                    every entry with its bytes and SHA-256
//! ```
//!
//! Names of people's things are changed where a path could not hold them (`/` is `%2F`); the documents have them as they are.
//! Parts come in an order in which they can be taken in while they are read.

use serde::{Deserialize, Serialize};

use crate::domain::discussions::Anchor;
use crate::domain::history::Span;

/// What [`Head::format`] says.
pub const FORMAT: &str = "runstead-bundle";
/// Which shape of bundles this release writes, and the newest that it reads.
pub const VERSION: u32 = 1;
/// The first entry.
pub const HEAD: &str = "bundle.json";
/// The last one.
pub const MANIFEST: &str = "manifest.json";
/// How the list of entries ends, before what is missing and after it.
pub const LIST_ENDS: [&str; 2] = ["],\"missing\":", "}\n"];
/// What stands between what a bundle is and its first entry.
pub const LIST_BEGINS: &str = ",\"files\":[";

/// What a bundle is, from where and of whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    pub format: String,
    pub version: u32,
    /// A random word that names the bundle.
    pub bundle: String,
    pub server: Server,
    /// What was asked for: `run`, `project`, `entity` or `instance`, with its name.
    pub scope: String,
    pub of: String,
    /// The user name of who asked; null for the operator.
    pub exported_by: Option<String>,
    pub exported_at: String,
    /// `entity/project` of each project that something is taken of.
    pub projects: Vec<String>,
}

/// Which server a bundle comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// The word that its data is known by, wherever it is copied to.
    pub id: String,
    pub name: String,
    pub release: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProjectDocument {
    pub entity: String,
    pub name: String,
    pub description: String,
    pub visibility: String,
    /// Whether it is a registry of an organization. Its members are none of the bundle: they are people of that server.
    pub registry: bool,
    /// Of a registry, whether it takes artifacts of any type; else of these alone.
    #[serde(default = "any")]
    pub any_type: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<TypeDocument>,
    /// The vendor's document of its workspace.
    pub views: String,
    pub created_by: Option<String>,
    pub created_at: String,
}

/// Registries of bundles that do not say what they take took anything.
fn any() -> bool {
    true
}

/// A type of artifacts, and what is said of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TypeDocument {
    pub name: String,
    pub description: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunDocument {
    /// The number that the server it comes from knows it by.
    pub id: i64,
    pub entity: String,
    pub project: String,
    /// What the client calls the run id.
    pub name: String,
    pub display_name: String,
    pub description: String,
    pub notes: String,
    pub tags: Vec<String>,
    pub group: Option<String>,
    pub job_type: Option<String>,
    pub sweep: Option<String>,
    pub host: Option<String>,
    pub program: Option<String>,
    pub repository: Option<String>,
    pub commit: Option<String>,
    pub state: String,
    pub state_reason: String,
    pub exit_code: Option<i64>,
    pub locked: bool,
    pub created_by: Option<Person>,
    /// The service account that logged it for whom it is of.
    pub logged_by: Option<String>,
    pub attribution_warning: String,
    pub created_at: String,
    pub started_at: String,
    pub heartbeat_at: String,
    pub updated_at: String,
    pub ended_at: Option<String>,
    /// The run that a rewind cut this one away from.
    pub archive_of: Option<i64>,
    /// The run that it branched off, and the step.
    pub branch: Option<(i64, i64)>,
    pub inherited_lines: i64,
    pub alerts: Vec<AlertDocument>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Person {
    pub username: String,
    pub name: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AlertDocument {
    pub title: String,
    pub text: String,
    pub severity: String,
    pub at: String,
}

/// Whose lines the Parquet files of a run have, in their order.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct StreamsDocument {
    pub history: Vec<Span>,
    pub system: Vec<Span>,
}

/// A line of the terminal.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ConsoleLine {
    /// Among the lines of all writers.
    pub number: i64,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub writer: String,
    /// Among those of its writer.
    pub line: i64,
    pub text: String,
}

/// A file of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FileDocument {
    pub name: String,
    pub bytes: i64,
    /// In base64.
    pub md5: Option<String>,
    pub mime_type: String,
    pub written_at: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VersionDocument {
    /// The number that the server it comes from knows it by.
    pub id: i64,
    pub entity: String,
    pub project: String,
    pub collection: String,
    #[serde(rename = "type")]
    pub type_name: String,
    /// The 3 of `v3`.
    pub version: i64,
    pub digest: String,
    pub description: Option<String>,
    /// JSON text.
    pub metadata: Option<String>,
    pub history_step: Option<i64>,
    pub ttl_seconds: Option<i64>,
    pub commit_hash: String,
    pub aliases: Vec<String>,
    pub tags: Vec<String>,
    pub bytes: i64,
    pub files: i64,
    /// The SHA-256 of the client's list of files, which is among the contents.
    pub manifest: Option<String>,
    pub client_ids: Vec<String>,
    /// The run that logged it.
    pub run: Option<i64>,
    pub made_by: Vec<TieDocument>,
    pub used_by: Vec<TieDocument>,
    pub created_by: Option<String>,
    pub created_at: String,
    pub updated_at: String,
}

/// A run of the bundle that made or used a version.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TieDocument {
    pub run: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_as: Option<String>,
    pub at: String,
}

/// A file or reference of a version.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FileLine {
    pub path: String,
    /// MD5 in base64 of a file; whatever the client took of a reference.
    pub digest: String,
    pub bytes: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CollectionDocument {
    pub name: String,
    /// `sequence` or `portfolio`.
    pub kind: String,
    #[serde(rename = "type")]
    pub type_name: String,
    pub description: String,
    pub tags: Vec<String>,
    /// Of a portfolio.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<LinkDocument>,
}

/// A report, a draft or a kept workspace.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReportDocument {
    /// The number that the server it comes from knows it by.
    pub id: i64,
    pub entity: String,
    pub project: String,
    /// `report`, `draft` or `workspace`.
    pub kind: String,
    pub name: String,
    pub display_name: String,
    pub description: String,
    /// JSON text, as it was sent.
    pub spec: String,
    /// The report that it is a draft of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<i64>,
    /// The user name of who wrote it.
    pub author: Option<String>,
    pub created_at: String,
    pub updated_at: String,
    /// What was said about it, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub threads: Vec<ThreadDocument>,
}

/// Comments on a report, or on a place in it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ThreadDocument {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor: Option<Anchor>,
    /// The user name of who began it.
    pub begun_by: Option<String>,
    pub created_at: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_by: Option<String>,
    pub comments: Vec<CommentDocument>,
}

/// A comment; without a body one that was deleted after others had answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CommentDocument {
    /// The user name of who wrote it.
    pub author: Option<String>,
    /// Markdown, with the user names of those it names.
    pub body: Option<String>,
    pub created_at: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<String>,
}

/// A version in a portfolio.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LinkDocument {
    /// The number that the server it comes from knows the version by.
    pub id: i64,
    /// `entity/project/name:v3`.
    pub of: String,
    pub version: i64,
    pub aliases: Vec<String>,
    pub at: String,
}

/// An entry as the list at the end has it.
pub fn listed(path: &str, bytes: u64, sha256: &str) -> String {
    serde_json::json!({ "path": path, "bytes": bytes, "sha256": sha256 }).to_string()
}

/// A name as a part of a path, from which no program is led elsewhere.
pub fn part(name: &str) -> String {
    let mut part = String::with_capacity(name.len());
    for letter in name.chars() {
        match letter {
            '/' | '\\' | ':' | '%' | '*' | '?' | '"' | '<' | '>' | '|' => part.push_str(&format!("%{:02X}", letter as u32)),
            letter => part.push(letter),
        }
    }
    if part.chars().all(|letter| letter == '.') { part.replace('.', "%2E") } else { part }
}

/// The folder of a project, without a slash at its end.
pub fn project_folder(entity: &str, project: &str) -> String {
    format!("projects/{}/{}", part(entity), part(project))
}

/// Where the bytes with that SHA-256 lie, in hex.
pub fn content_path(sha256: &str) -> String {
    format!("contents/{}/{sha256}", &sha256[..2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_out_of_its_folder() {
        for (name, expected) in [
            ("digits", "digits"),
            ("a b ü", "a b ü"),
            ("..", "%2E%2E"),
            (".", "%2E"),
            ("a/../b", "a%2F..%2Fb"),
            ("c:\\x", "c%3A%5Cx"),
            ("50%", "50%25"),
            ("..x", "..x"),
        ] {
            assert_eq!(part(name), expected);
        }
    }
}
