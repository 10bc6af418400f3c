//! Front doors: one protocol each; translate, call, answer. No door uses another, none speaks SQL.

pub mod admission;
pub mod answer;
pub mod artifacts;
pub mod audit_logs;
pub mod caller;
pub mod files;
pub mod filestream;
pub mod graphql;
pub mod metrics;
pub mod monitor;
pub mod receive;
pub mod rest;
pub mod send;
pub mod web;

pub use admission::Admission;
pub use caller::Caller;

use std::time::Duration;

use crate::blob::Blobs;
use crate::clock::Clock;
use crate::db::Db;
use crate::domain::files::Signer;
use crate::domain::history::Segments;
use crate::domain::stream::Heartbeats;

/// What every door works with. Made once, by the server.
pub struct App {
    /// The control plane.
    pub db: Db,
    /// The data plane.
    pub history: Db,
    /// Where sealed rows lie, beside the data plane.
    pub segments: Segments,
    pub blobs: Blobs,
    pub signer: Signer,
    pub heartbeats: Heartbeats,
    pub clock: Clock,
    /// Where people and clients reach this server, without a slash at its end.
    pub public_url: String,
    pub limits: Limits,
    pub schema: graphql::Schema,
    pub monitor: monitor::Monitor,
    /// How long deleted runs can be restored.
    pub trash_period: Duration,
    /// Room for what runs send.
    pub admission: Admission,
}

/// What one request may ask of the server.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most bytes of a JSON body.
    pub body_bytes: usize,
    /// How deep a GraphQL query may nest.
    pub graphql_depth: usize,
    /// How many fields a GraphQL query may select.
    pub graphql_complexity: usize,
}
