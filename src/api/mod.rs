//! Front doors: one protocol each; translate, call, answer. No door uses another, none speaks SQL.

pub mod admission;
pub mod answer;
pub mod artifacts;
pub mod audit_logs;
pub mod caller;
pub mod files;
pub mod filestream;
pub mod graphql;
pub mod jobs;
pub mod metrics;
pub mod monitor;
pub mod probe;
pub mod receive;
pub mod rest;
pub mod send;
pub mod web;

pub use admission::Admission;
pub use caller::Caller;
pub use rest::Allowance;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use ipnet::IpNet;

use crate::blob::Blobs;
use crate::clock::{Clock, Timestamp};
use crate::db::Db;
use crate::disk::Guard;
use crate::domain::accounts;
use crate::domain::accounts::passwords::Cost;
use crate::domain::accounts::sessions::Terms;
use crate::domain::alerts::{Channels, Watched};
use crate::domain::bundle::Sources;
use crate::domain::checkup::Subject;
use crate::domain::directory::Directory;
use crate::domain::exports;
use crate::domain::files::Signer;
use crate::domain::history::Segments;
use crate::domain::invitations::Post;
use crate::domain::projects::Project;
use crate::domain::storage::{self, Storage};
use crate::domain::stream::{Heartbeats, Intake};
use crate::domain::teams::entering;
use crate::error::Result;
use crate::secret::Secret;
use jobs::Jobs;

/// What every door works with. Made once by the server, shared by all its threads.
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
    /// Projects whose runs are watched by rules.
    pub watched: Watched,
    /// By what people are told when something is wrong with a run.
    pub channels: Channels,
    /// By what invitations are mailed; `None` where they are handed over.
    pub post: Option<Post>,
    pub clock: Clock,
    /// When this server started.
    pub started: Timestamp,
    /// Where people and clients reach this server, without a slash at its end.
    pub public_url: String,
    pub limits: Limits,
    pub schema: graphql::Schema,
    pub monitor: monitor::Monitor,
    /// How long deleted runs can be restored.
    pub trash_period: Duration,
    /// How long entries of the audit log are kept; `None` for ever.
    pub audit_keep: Option<Duration>,
    /// Room for what runs send, in memory.
    pub admission: Admission,
    /// And on the disk.
    pub disk: Guard,
    /// Where bundles lie.
    pub exports: exports::Place,
    /// What the checks look at.
    pub subject: Subject,
    /// Held while they run.
    pub checking: tokio::sync::Mutex<()>,
    /// What the operator has configured.
    pub configured: Configured,
    /// What the server does by itself.
    pub jobs: Jobs,
    /// What took how much room when it was measured last.
    pub storage: RwLock<Option<Arc<Storage>>>,
    /// What this server calls itself; also the name of its first organization.
    pub server_name: String,
    pub password_cost: Cost,
    /// How long browsers stay signed in.
    pub sessions: Terms,
    /// Whose office let them into which team today, as far as it is recorded.
    pub entries: entering::Register,
    /// Attempts to get in that are left, by who makes them.
    pub throttle: rest::Throttle,
    /// How often one key or session may ask, if that is bounded.
    pub rate: Option<rest::Rate>,
    /// How often all together may ask about one project, if that is bounded.
    pub project_rate: Option<rest::Rate>,
    /// What of that is left, by key, session and project.
    pub requests: rest::Throttle,
    /// Names that requests may be addressed to, if only some are ours.
    pub hosts: Option<Vec<String>>,
    /// Whose word on where a request comes from is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Where the passwords of people are checked who are not of this server itself; see [`App::directory`].
    pub known_directory: RwLock<Option<Directory>>,
    /// Makes one of settings that are only tried.
    pub draft_directory: DraftDirectory,
    /// Set once an administrator was seen; from then on nobody looks again.
    pub is_set_up: AtomicBool,
}

impl App {
    /// What stands before every address of this server: `/ml/runs` of `https://example.org/ml/runs`; empty at the root of a host.
    pub fn base_path(&self) -> &str {
        let after_host = self.public_url.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..]));
        after_host.unwrap_or_default()
    }

    /// Whether there is no administrator yet.
    pub async fn needs_setup(&self) -> Result<bool> {
        if self.is_set_up.load(Ordering::Acquire) {
            return Ok(false);
        }
        let needed = self.db.read(accounts::needs_setup).await?;
        self.is_set_up.store(!needed, Ordering::Release);
        Ok(needed)
    }

    /// What takes that which runs stream.
    pub fn intake(&self) -> Intake<'_> {
        Intake {
            db: &self.db,
            streams: &self.history,
            segments: &self.segments,
            beats: &self.heartbeats,
            watched: &self.watched,
        }
    }

    /// Where the parts of runs lie.
    pub fn sources(&self) -> Sources {
        Sources {
            db: self.db.clone(),
            history: self.history.clone(),
            segments: self.segments.clone(),
            blobs: self.blobs.clone(),
        }
    }

    /// Has what a job does done at once, if this server does it: one in recovery does nothing by itself.
    pub fn ring(&self, job: &str) {
        if let Ok(job) = self.jobs.named(job) {
            job.ring();
        }
    }

    /// Takes one of the requests that may be made about a project; what is left, if that is bounded, and whether there was one.
    pub fn charge_project(&self, project: &Project) -> (Option<Allowance>, Result<()>) {
        let Some(rate) = self.project_rate else { return (None, Ok(())) };
        let (left, charged) = self.requests.charge(
            &format!("project {}", project.id),
            "this project is asked for too often",
            rate,
            self.clock.now(),
        );
        (Some(left), charged)
    }

    /// Measures what takes how much room.
    pub async fn measure_storage(&self) -> Result<()> {
        let found = storage::measure(&self.db, &self.history, self.clock.now()).await?;
        *self.storage.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(found));
        Ok(())
    }

    /// What was measured last.
    pub fn storage(&self) -> Option<Arc<Storage>> {
        self.storage.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The directory that people sign in with, as it is configured now.
    pub fn directory(&self) -> Option<Directory> {
        self.known_directory.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes other settings of the directory; what syncs do and did is known still. Who asks it right now ends with the old ones.
    pub fn set_directory(&self, fresh: Directory) {
        let mut known = self.known_directory.write().unwrap_or_else(PoisonError::into_inner);
        *known = Some(match known.take() {
            Some(before) => fresh.after(before),
            None => fresh,
        });
    }

    /// What the checks look at now.
    pub fn subject(&self) -> Subject {
        Subject { directory: self.directory(), ..self.subject.clone() }
    }
}

/// Makes a directory of settings by their names without `ldap.`, and a password of the service account, that nobody has
/// configured; and says how they would be configured. In words what is wrong with them, if something is.
pub type DraftDirectory = Box<dyn Fn(&BTreeMap<String, String>, &Secret) -> Result<(Directory, String)> + Send + Sync>;

/// The configuration as it may be shown.
#[derive(Clone, Debug)]
pub struct Configured {
    /// Of each setting its key, meaning, value, and what set it.
    pub entries: Vec<(&'static str, &'static str, String, String)>,
    /// What is not as the default has it, as a file; without secrets.
    pub text: String,
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
