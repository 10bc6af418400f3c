//! What this server can do, for clients that ask before they use it.

use async_graphql::{Object, SimpleObject, Value};

use super::scalars::AnyJson;

/// Features that are there. The client takes a name that is absent for a feature that is off.
const FEATURES: [&str; 14] = [
    "STRUCTURED_CONSOLE_LOGS",
    "FILESTREAM_GZIP",
    "MARK_RUN_FILES_UPLOADED",
    "TOTAL_COUNT_IN_FILE_CONNECTION",
    "ARTIFACT_REGISTRY_SEARCH",
    "INCLUDE_ARTIFACT_TYPES_IN_REGISTRY_CREATION",
    "ARTIFACT_TAGS",
    "CLIENT_IDS",
    "ARTIFACT_COLLECTION_MEMBERSHIP_FILES",
    "ARTIFACT_COLLECTIONS_FILTERING_SORTING",
    "ARTIFACT_MEMBERSHIP_IN_LINK_ARTIFACT_RESPONSE",
    "PROJECT_ARTIFACT_COLLECTION_MEMBERSHIP",
    "ARTIFACT_V2_DOWNLOAD_HANDLER_SUPPORTS_ARTIFACT_ID",
    "USE_ARTIFACT_WITH_ENTITY_AND_PROJECT_INFORMATION",
];

pub struct ServerInfo;

#[derive(SimpleObject)]
pub struct ServerFeature {
    name: String,
    is_enabled: bool,
}

#[derive(SimpleObject)]
pub struct LatestLocalVersionInfo {
    out_of_date: bool,
    latest_version_string: String,
    version_on_this_instance_string: String,
}

/// What a server wants said to the user of a run that begins. Releases of the client up to 0.18 look for this type.
#[derive(SimpleObject)]
pub struct ServerSettings {
    server_messages: Vec<ServerMessage>,
}

#[derive(SimpleObject)]
struct ServerMessage {
    utf_text: String,
    plain_text: String,
    html_text: String,
    message_type: String,
    message_level: String,
}

impl ServerSettings {
    /// One warning; nothing if it is empty.
    pub(super) fn warning(text: &str) -> Self {
        let said = (!text.is_empty()).then(|| ServerMessage {
            utf_text: text.to_owned(),
            plain_text: text.to_owned(),
            html_text: text.replace('&', "&amp;").replace('<', "&lt;"),
            // Of any other type the client prints nothing.
            message_type: "footer".to_owned(),
            message_level: "30".to_owned(),
        });
        Self { server_messages: said.into_iter().collect() }
    }
}

#[Object]
impl ServerInfo {
    /// The client releases that work here.
    async fn cli_version_info(&self) -> AnyJson {
        let versions = [("max_cli_version", "0.99.0"), ("min_cli_version", "0.13.0")];
        AnyJson(Value::Object(
            versions.into_iter().map(|(key, value)| (async_graphql::Name::new(key), Value::String(value.to_owned()))).collect(),
        ))
    }
    /// This server asks nobody for updates, so the newest version it knows is its own.
    async fn latest_local_version_info(&self) -> LatestLocalVersionInfo {
        LatestLocalVersionInfo {
            out_of_date: false,
            latest_version_string: env!("CARGO_PKG_VERSION").to_owned(),
            version_on_this_instance_string: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
    async fn features(&self) -> Vec<ServerFeature> {
        FEATURES.iter().map(|name| ServerFeature { name: (*name).to_owned(), is_enabled: true }).collect()
    }
}
