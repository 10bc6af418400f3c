//! Runstead: a self-hosted home for machine-learning experiments.
//!
//! # Map
//! ```text
//!                      wandb client      browser      operator's scripts
//!                            │               │               │
//! cli/ server/   commands · routes, who asks, the request line, jobs, shutdown          config/ what they are told
//! api/           graphql · filestream, admission · files · artifacts · metrics · rest · audit_logs · monitor · web
//! domain/        accounts organizations teams invitations service_accounts directory · projects · runs · files, history ·
//!                stream, summaries, branches, purge · artifacts · registries · reports, discussions, notifications · moves · exports,
//!                imports · alerts · backup, upgrade, checkup, storage · charts, repeats, archive, bundle, forgetting, leaving, activity,
//!                addresses, attempts, audit
//! policy/        may this actor do this action to this target?
//! db/            SQLite: group-committing writers, readers, migrations          blob/  object_store
//! ```
//! Imports point down only: `cli → server → api → domain → policy, db, blob → leaves` (held by `tests/it/tidy.rs`).
//! Leaves are `clock disk error id json mail outbound page secret vault`.
//!
//! A change of a run goes `domain/runs/store.rs` (SQL) → `domain/runs/mod.rs` (action, asks the policy) →
//! `api/graphql/run_mutations.rs` (door). What a run's process streams comes in at `api/filestream`, is checked there, and
//! `domain/stream` gives its lines and summary to `history` and its news to `runs`; `domain/summaries` brings the last summary over
//! to the run. Forks, rewinds and the freeing of deleted runs touch both planes too; each has a file of its own (`branches`, `purge`)
//! and may be repeated after a crash at any step. So may the jobs: `moves` takes runs with their artifacts to another project,
//! `exports` writes bundles of what somebody may read, and `imports` takes them in on another server; `alerts` judges new rows by the
//! rules of their projects, and tells people.
//!
//! Six things differ from the first sketch: settings are a table (`config/settings.rs`) from which the sample file, the
//! environment's names and the flags follow; one directory is held by the lock that the standard library has; the number
//! of history rows that begins a process is what it *inherited*, so that syncing an old run again repeats its old numbers;
//! a run's metrics are given out as Parquet files as a whole or not at all (`domain/history/export.rs` says why); a summary is
//! kept in the data plane until the control plane has it, so that a message waits for one disk; and a server may be below a path
//! of its host, as all releases of the client were seen to log and read there.
//!
//! With the operator's directory it is: `directory/snapshot` (everybody, or nothing) → `plan` (pure) → `sync` (judged) →
//! `apply` (one transaction, which `undo` takes back). Sign-ins take the same way for one person and only give.
//!
//! # Planes of data
//! * `runstead.db`, the control plane: people, teams, projects, runs' documents, files' names.
//! * `history.db`, the data plane: what runs stream. It has its own writer, so that a thousand streaming runs never
//!   queue behind a sign-in, nor the other way round.
//! * `blobs/`: the bytes of run files and artifacts, and histories that were sealed into Parquet files.
//!
//! What a request acknowledged is on the disk: each plane's writer commits in groups with `synchronous=FULL`.

pub mod api;
pub mod blob;
pub mod cli;
pub mod clock;
pub mod config;
pub mod db;
pub mod disk;
pub mod domain;
pub mod error;
pub mod id;
pub mod json;
pub mod mail;
pub mod outbound;
pub mod page;
pub mod policy;
pub mod secret;
pub mod server;
pub mod vault;
