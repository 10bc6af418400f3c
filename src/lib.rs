//! Runstead: a self-hosted home for machine-learning experiments.
//!
//! # Map
//! ```text
//!                      wandb client      browser      operator's scripts
//!                            │               │               │
//! server/   routes, who asks, the request line, jobs, shutdown
//! api/      graphql · filestream · files · rest · web        each door: translate, call, answer
//! domain/   accounts teams projects runs files history       rules and SQL of one noun each
//! policy/   may this actor do this action to this target?
//! db/       SQLite: group-committing writers, readers, migrations        blob/  object_store
//! ```
//! Imports point down only: `server → api → domain → policy, db, blob → leaves` (held by `tests/it/tidy.rs`).
//! Leaves are `clock error id json outbound page secret`.
//!
//! # Planes of data
//! * `runstead.db`, the control plane: people, teams, projects, runs' documents, files' names.
//! * `history.db`, the data plane: what runs stream. It has its own writer, so that a thousand streaming runs never
//!   queue behind a sign-in, nor the other way round.
//! * `blobs/`: the bytes of files.
//!
//! What a request acknowledged is on the disk: each plane's writer commits in groups with `synchronous=FULL`.

pub mod api;
pub mod blob;
pub mod cli;
pub mod clock;
pub mod config;
pub mod db;
pub mod domain;
pub mod error;
pub mod id;
pub mod json;
pub mod outbound;
pub mod page;
pub mod policy;
pub mod secret;
pub mod server;
