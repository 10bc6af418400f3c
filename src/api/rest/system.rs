//! `/system`: how the server itself is, for its administrators.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::listing::{Listing, Refusals};
use crate::api::jobs::{Job, Told};
use crate::api::{App, Caller, answer};
use crate::clock::Timestamp;
use crate::db::Db;
use crate::domain::backup::{self, Listed, Record};
use crate::domain::checkup::{self, Check, State, Wish};
use crate::domain::runs::{self, trash};
use crate::domain::storage::Storage;
use crate::domain::upgrade::{self, Snapshot};
use crate::domain::{Call, audit, files};
use crate::error::{Error, Result};
use crate::policy::{self, Action, Target};

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/system", web::get().to(show))
        .route("/system/storage", web::get().to(storage))
        .route("/system/jobs", web::get().to(jobs))
        .route("/system/jobs/{name}/run", web::post().to(run_job))
        .route("/system/backups", web::get().to(backups))
        .route("/system/checks", web::get().to(checks));
}

/// Only administrators of the server look behind it.
fn administrator(call: &Call) -> Result<()> {
    policy::require(&call.actor, Action::Manage, &Target::Site)
}

/// The server.
#[derive(Serialize, ToSchema)]
pub(super) struct System {
    version: &'static str,
    started_at: String,
    public_url: String,
    data_directory: String,
    databases: Vec<DatabaseState>,
    disk: Option<Disk>,
    /// Memory that is free for what runs send.
    stream_room_bytes: u64,
    /// The moment until which the certificate of the server's own listener is good.
    certificate_expires_at: Option<String>,
    last_backup: Option<LastBackup>,
    /// Whether anything was ever logged.
    has_runs: bool,
    /// Copies from before upgrades.
    snapshots: Vec<SnapshotState>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct DatabaseState {
    name: &'static str,
    /// With its log.
    size_bytes: u64,
    log_bytes: u64,
    /// Changes that wait to be written.
    queued: usize,
}

impl DatabaseState {
    fn of(name: &'static str, db: &Db) -> Self {
        Self { name, size_bytes: db.bytes_on_disk(), log_bytes: db.bytes_of_log(), queued: db.queued() }
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct Disk {
    total_bytes: u64,
    free_bytes: u64,
    /// `ample`, `low`, `no artifacts`, `no new runs` or `read-only`.
    level: &'static str,
}

#[derive(Serialize, ToSchema)]
pub(super) struct LastBackup {
    created_at: String,
    /// The folder or address; `-` for a stream.
    to: String,
    files: usize,
    size_bytes: u64,
    /// Files that the data directory itself had lost.
    missing: usize,
}

impl From<Record> for LastBackup {
    fn from(record: Record) -> Self {
        let Record { created_at, to, files, size_bytes, missing } = record;
        Self { created_at, to, files, size_bytes, missing }
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct SnapshotState {
    name: String,
    created_at: String,
    size_bytes: u64,
}

/// How the server is: version, databases, disk, queues, last backup.
#[utoipa::path(get, path = "/api/v1/system", tag = "System", responses((status = 200, body = System), Refusals))]
async fn show(request: HttpRequest, app: Data<App>, Caller(call): Caller) -> HttpResponse {
    let shown = async {
        administrator(&call)?;
        system(&app, app.db.read(runs::any).await?)
    };
    answer::json(&request, StatusCode::OK, shown.await)
}

fn system(app: &App, has_runs: bool) -> Result<System> {
    let subject = &app.subject;
    let disk = app.disk.look().ok().map(|(space, level)| Disk {
        total_bytes: space.total_bytes,
        free_bytes: space.free_bytes,
        level: level.as_str(),
    });
    let expiry = subject.tls.as_ref().and_then(|(certificate, _)| checkup::expiry(certificate).ok());
    let snapshots = upgrade::list(&subject.data)?.into_iter();
    Ok(System {
        version: env!("CARGO_PKG_VERSION"),
        started_at: app.started.to_string(),
        public_url: app.public_url.clone(),
        data_directory: subject.data.display().to_string(),
        databases: vec![DatabaseState::of("runstead.db", &app.db), DatabaseState::of("history.db", &app.history)],
        disk,
        stream_room_bytes: app.admission.free_bytes(),
        certificate_expires_at: expiry.map(|at| at.to_string()),
        last_backup: backup::last(&subject.data)?.map(LastBackup::from),
        has_runs,
        snapshots: snapshots
            .map(|Snapshot { name, created_at, size_bytes, .. }| SnapshotState { name, created_at, size_bytes })
            .collect(),
    })
}

/// What takes how much room: the server, teams and people, projects. Measured every ten minutes, and by the job `storage`.
#[utoipa::path(get, path = "/api/v1/system/storage", tag = "System", responses((status = 200, body = Storage), Refusals))]
async fn storage(request: HttpRequest, app: Data<App>, Caller(call): Caller) -> HttpResponse {
    let found = async {
        administrator(&call)?;
        if app.storage().is_none() {
            app.measure_storage().await?;
        }
        app.storage().ok_or_else(|| Error::internal("what was measured is not there"))
    };
    answer::json(&request, StatusCode::OK, found.await.map(Arc::unwrap_or_clone))
}

/// Something that the server does by itself.
#[derive(Serialize, ToSchema)]
pub(super) struct JobState {
    name: &'static str,
    every_seconds: u64,
    running: bool,
    last_began_at: Option<String>,
    last_ended_at: Option<String>,
    /// How many things the last turn changed, of jobs that count.
    last_count: Option<u64>,
    /// Why the last turn failed; null if it went well.
    last_error: Option<String>,
    next_at: Option<String>,
    turns: u64,
    failures: u64,
    /// Of jobs that remove something: how much would go if the job were done now.
    would_remove: Option<u64>,
    /// And how much it holds altogether, that which is not due yet included.
    holds: Option<u64>,
}

/// What the server does by itself: when it was last done, what came of it, when it is done next, and what it would remove now.
#[utoipa::path(get, path = "/api/v1/system/jobs", tag = "System", responses((status = 200, body = Listing<JobState>), Refusals))]
async fn jobs(request: HttpRequest, app: Data<App>, Caller(call): Caller) -> HttpResponse {
    answer::json(&request, StatusCode::OK, job_states(&app, &call).await)
}

async fn job_states(app: &App, call: &Call) -> Result<Listing<JobState>> {
    administrator(call)?;
    let now = app.clock.now();
    let keep = app.audit_keep;
    let counted = app.db.read(move |db| {
        let entries = keep.map(|keep| audit::counts(db, now, keep)).transpose()?;
        Ok((trash::counts(db, now)?, files::garbage_counts(db, now)?, entries))
    });
    let (deleted, blobs, entries) = counted.await?;
    let surplus = match app.subject.backup_to {
        // Whether their server answers is for the list of backups to tell, and for the job itself.
        Some(_) => made_backups(app)
            .await
            .ok()
            .map(|all| (all.len() as i64, backup::surplus(&all, app.subject.backup_retention).len() as i64)),
        None => None,
    };
    let show = |job: Arc<Job>| {
        let counts = match job.name {
            "deleted runs" => Some(deleted),
            "unused blobs" => Some(blobs),
            "backups" => surplus,
            "audit log" => entries,
            _ => None,
        };
        let text = |at: Option<Timestamp>| at.map(|at| at.to_string());
        let Told { is_running, last_began, last_ended, last_count, last_error, next, turns, failures, .. } = job.told();
        JobState {
            name: job.name,
            every_seconds: job.period.as_secs(),
            running: is_running,
            last_began_at: text(last_began),
            last_ended_at: text(last_ended),
            last_count,
            last_error,
            next_at: text(next),
            turns,
            failures,
            would_remove: counts.map(|(_, due)| due.unsigned_abs()),
            holds: counts.map(|(held, _)| held.unsigned_abs()),
        }
    };
    Ok(Listing::whole(app.jobs.all().into_iter().map(show).collect()))
}

/// Has a job done now. The answer does not wait for its end.
#[utoipa::path(post, path = "/api/v1/system/jobs/{name}/run", tag = "System", params(("name" = String, Path)),
    responses((status = 202, description = "It begins."), Refusals))]
async fn run_job(request: HttpRequest, app: Data<App>, Caller(call): Caller, name: Path<String>) -> HttpResponse {
    let asked = async {
        administrator(&call)?;
        let job = app.jobs.named(&name)?;
        let asked = job.name;
        app.db.write(move |tx| audit::record(tx, &call, "job.run", "job", 0, asked, &serde_json::json!({}))).await?;
        job.ring();
        Ok(serde_json::json!({ "begins": true }))
    };
    answer::json(&request, StatusCode::ACCEPTED, asked.await)
}

/// A backup that the server made by itself.
#[derive(Serialize, ToSchema)]
pub(super) struct BackupState {
    name: String,
    created_at: String,
    /// The release that made it.
    version: String,
    files: usize,
    size_bytes: u64,
    missing: usize,
    /// When every byte was read again; null if never.
    verified_at: Option<String>,
    /// What was wrong then; empty for nothing.
    damage: Vec<String>,
}

/// Reads what there is at `backup.to`, on a thread that may wait for disks and networks.
async fn made_backups(app: &App) -> Result<Vec<Listed>> {
    let Some(root) = app.subject.backup_to.clone() else { return Ok(Vec::new()) };
    tokio::task::spawn_blocking(move || backup::list(&root)).await.map_err(Error::internal)?
}

/// The backups below `backup.to`, oldest first.
#[utoipa::path(get, path = "/api/v1/system/backups", tag = "System", responses((status = 200, body = Listing<BackupState>), Refusals))]
async fn backups(request: HttpRequest, app: Data<App>, Caller(call): Caller) -> HttpResponse {
    let found = async {
        administrator(&call)?;
        made_backups(&app).await
    };
    let show = |listed: Listed| {
        let Listed { name, created_at, runstead, files, size_bytes, missing, verified } = listed;
        let (verified_at, damage) = verified.map_or((None, Vec::new()), |found| (Some(found.at), found.damage));
        BackupState { name, created_at, version: runstead, files, size_bytes, missing, verified_at, damage }
    };
    let shown = found.await.map(|found| Listing::whole(found.into_iter().map(show).collect()));
    answer::json(&request, StatusCode::OK, shown)
}

/// All checks.
#[derive(Serialize, ToSchema)]
pub(super) struct Checks {
    /// The gravest of their states.
    state: State,
    checks: Vec<Check>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Depth {
    /// Read large databases whole too, which takes minutes.
    #[serde(default)]
    deep: bool,
}

/// Looks at everything that the server stands on, as `runstead doctor` does: data, disk, settings, the way to it, backups.
#[utoipa::path(get, path = "/api/v1/system/checks", tag = "System", params(Depth),
    responses((status = 200, body = Checks), Refusals))]
pub(super) async fn checks(request: HttpRequest, app: Data<App>, Caller(call): Caller, depth: Query<Depth>) -> HttpResponse {
    let looked = async {
        administrator(&call)?;
        // They call the server itself: one at a time, or a page that is loaded again and again would keep it busy.
        let running = || Error::conflict("the checks are running already: look again in a moment");
        let _only = app.checking.try_lock().map_err(|_| running())?;
        let checks = checkup::run(&app.subject(), Wish { deep: depth.deep, fix: false }).await;
        Ok(Checks { state: checkup::worst(&checks), checks })
    };
    answer::json(&request, StatusCode::OK, looked.await)
}
