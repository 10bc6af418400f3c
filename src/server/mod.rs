//! The running server: who asks, routes, the request line, jobs and shutdown.

mod acme;
mod audit;
pub mod auth;
pub mod backups;
mod base;
pub mod blobs;
pub mod checkup;
mod directory;
mod gate;
mod headers;
mod jobs;
mod journal;
pub mod listener;
mod lock;
pub mod log;
mod notify;
mod origin;
pub mod planes;
mod routes;
mod self_signed;
mod tls;

pub use directory::open as open_directory;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::web::{Data, PayloadConfig, ServiceConfig};
use actix_web::{App as Actix, HttpServer, middleware};

use crate::api::Admission;
use crate::api::jobs::Jobs;
use crate::api::monitor::Monitor;
use crate::api::rest::{Rate, Throttle};
use crate::api::{App, Configured, Limits, graphql};
use crate::clock::Clock;
use crate::config::{Config, Issuer};
use crate::db::Db;
use crate::disk::Guard;
use crate::domain::Call;
use crate::domain::accounts::passwords::Cost;
use crate::domain::accounts::sessions::Terms;
use crate::domain::accounts::{self, links};
use crate::domain::alerts::{Channels, Watched};
use crate::domain::exports;
use crate::domain::files::Signer;
use crate::domain::history::Segments;
use crate::domain::imports;
use crate::domain::invitations::Post;
use crate::domain::stream::Heartbeats;
use crate::domain::summaries;
use crate::domain::teams::entering;
use crate::error::{Error, Result};
use crate::policy::Actor;
use crate::vault::Vault;

use listener::Listener;
pub use tls::Certificate;

/// How long a stop waits for requests that are being answered.
const DRAIN_SECONDS: u64 = 25;
/// How long a connection is kept that says nothing: a run that logs is heard of every 15 seconds and need not connect anew, and
/// proxies let go of theirs after 60, so that it is never the server that closes what a proxy is about to use.
const IDLE: Duration = Duration::from_secs(75);

/// A server that has bound its address and opened its data, but does not answer yet.
pub struct Server {
    app: Data<App>,
    listener: Listener,
    certificate: Option<Arc<Certificate>>,
    config: Config,
    /// Held as long as the server lives, so that no second one works on the same data.
    _lock: lock::Lock,
}

impl Server {
    /// Opens the data directory, takes it for this process, and binds the address.
    ///
    /// # Errors
    /// In words for the operator: what is wrong, with which path or address, and what to do.
    pub async fn bind(config: Config) -> Result<Self> {
        prepare_folder(&config.data.dir)?;
        let lock = lock::Lock::take(&config.data.dir)?;
        match config.tls.as_ref().map(|tls| (tls, &tls.issuer)) {
            Some((tls, Issuer::Itself)) => self_signed::ensure(&config, tls, Clock::system().now())?,
            // The authority asks at the port whose certificate it is to sign: something has to be shown there before.
            Some((tls, Issuer::Acme(_))) if !tls.certificate.is_file() => {
                self_signed::ensure(&config, tls, Clock::system().now())?
            }
            _ => {}
        }
        let certificate = config.tls.as_ref().map(Certificate::open).transpose()?;
        let listener = Listener::bind(&config.http.listen)?;
        let public_url = match (&config.http.public_url, listener.address()?) {
            (Some(url), _) => url.clone(),
            (None, Some(address)) => format!("{}://{address}", if certificate.is_some() { "https" } else { "http" }),
            (None, None) => {
                return Err(Error::invalid(
                    "http.listen names a socket, which people cannot reach: set http.public_url to the address of the proxy before it",
                ));
            }
        };
        let app = open(&config, public_url, Clock::system()).await?;
        Ok(Self { app, listener, certificate, config, _lock: lock })
    }

    /// Where people and clients reach it.
    pub fn url(&self) -> &str {
        &self.app.public_url
    }

    /// The address it listens on; none if it is a socket in the file system.
    pub fn address(&self) -> Result<Option<SocketAddr>> {
        self.listener.address()
    }

    /// What it shows to those who connect, if it speaks TLS.
    pub fn certificate(&self) -> Option<Arc<Certificate>> {
        self.certificate.clone()
    }

    pub fn app(&self) -> Data<App> {
        self.app.clone()
    }

    /// Answers requests until `stop` comes; then finishes what is being answered, folds the databases and returns.
    pub async fn run_until(self, stop: impl Future<Output = ()>) -> Result<()> {
        self.announce().await?;
        let Self { app, listener, certificate, config, _lock } = self;
        let shared = app.clone();
        let server = HttpServer::new(move || {
            Actix::new()
                .wrap(middleware::from_fn(auth::identify))
                .wrap(middleware::from_fn(log::request_line))
                .wrap(middleware::from_fn(headers::secure))
                .wrap(middleware::from_fn(base::strip))
                .configure(doors(shared.clone()))
        })
        .workers(config.http.workers)
        .keep_alive(IDLE)
        .shutdown_timeout(DRAIN_SECONDS)
        .disable_signals();
        let server = match (listener, &certificate) {
            (Listener::Tcp(listener), Some(certificate)) => server.listen_rustls_0_23(listener, certificate.server_config()?),
            (Listener::Tcp(listener), None) => server.listen(listener),
            // Whoever reaches a socket is on this machine: there is nothing to encrypt.
            (Listener::Unix(listener, _), _) => server.listen_uds(listener),
        };
        let server = server.map_err(Error::internal)?.run();
        let handle = server.handle();
        let running = tokio::spawn(server);
        let mut jobs = if config.recovery {
            tracing::warn!("recovery: people of the directory cannot sign in, and nothing is done in the background");
            Vec::new()
        } else {
            jobs::start(&app, &config)
        };
        jobs.push(tokio::spawn(forget_setup_link(app.clone(), setup_link(&config.data.dir))));
        jobs.extend(certificate.as_ref().and_then(|certificate| jobs::renew_certificate(&app, &config, certificate)));
        jobs.extend(certificate.map(jobs::refresh_certificate));
        jobs.extend(jobs::sync_directory(&app));
        jobs.extend(notify::watchdog(&app));
        notify::ready();
        stop.await;
        notify::stopping();
        tracing::info!("stopping: finishing the requests under way");
        wind_up(&handle, jobs).await;
        running.await.map_err(Error::internal)?.map_err(Error::internal)?;
        app.heartbeats.flush(&app.db).await?;
        bring_summaries(&app.db, &app.history, &app.clock).await;
        app.history.close().await?;
        app.db.close().await?;
        tracing::info!("stopped");
        Ok(())
    }

    /// Whether others than this machine may connect, in the clear.
    fn is_exposed(&self) -> bool {
        !self.listener.is_local() && self.certificate.is_none() && self.config.http.trusted_proxies.is_empty()
    }

    /// Says where the server is, and how to make its first administrator.
    async fn announce(&self) -> Result<()> {
        let url = self.url();
        if self.is_exposed() {
            tracing::warn!(
                "listening on {} without TLS and without a trusted proxy: passwords and keys cross the network in the clear; set \
                 tls.certificate and tls.key, or put a proxy with TLS before it and set http.trusted_proxies",
                self.listener.place()
            );
        }
        if let Some(tls) = self.config.tls.as_ref().filter(|tls| tls.issuer == Issuer::Itself) {
            tracing::warn!(
                "the certificate is signed by this server itself: who trusts nobody blindly compares its SHA-256 fingerprint {}, or is given \
                 {} as SSL_CERT_FILE and REQUESTS_CA_BUNDLE",
                self_signed::fingerprint(&tls.certificate)?,
                tls.certificate.display()
            );
        }
        tracing::info!(%url, "Runstead {} listens on {}", env!("CARGO_PKG_VERSION"), self.listener.place());
        if !self.app.db.read(accounts::needs_setup).await? {
            return Ok(());
        }
        let call = Call { actor: Actor::nobody(), now: self.app.clock.now(), address: None, cause: None };
        let token = self.app.db.write(move |tx| links::create_setup(tx, &call)).await?;
        let link = format!("{url}/signup?token={}", token.reveal());
        write_private(&setup_link(&self.config.data.dir), &format!("{link}\n"))?;
        tracing::warn!("no administrator yet: open {link} within a day to create the first one");
        Ok(())
    }
}

/// Where the link that makes the first administrator is kept for who does not see the log.
fn setup_link(dir: &Path) -> PathBuf {
    dir.join("setup-link")
}

/// Removes the link as soon as there is an administrator, by whatever way it came.
async fn forget_setup_link(app: Data<App>, link: PathBuf) {
    while app.needs_setup().await.unwrap_or(true) {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    match std::fs::remove_file(&link) {
        Ok(()) => tracing::info!("an administrator was created; removed {}", link.display()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => tracing::warn!("the used set-up link {} cannot be removed: {error}", link.display()),
    }
}

async fn wind_up(handle: &ServerHandle, jobs: Vec<tokio::task::JoinHandle<()>>) {
    for job in jobs {
        job.abort();
    }
    handle.stop(true).await;
}

/// Opens the data of a directory and makes what the doors work with.
///
/// # Errors
/// In words for the operator.
pub async fn open(config: &Config, public_url: String, clock: Clock) -> Result<Data<App>> {
    let (db, history) = planes::open(config, clock.now())?;
    let blobs = blobs::open(config)?;
    audit::configure(&db, &config.audit).await?;
    let signer = Signer::load(&db, clock.now()).await?;
    db.write(|tx| exports::forget_holders(tx).and_then(|()| imports::forget_holders(tx))).await?;
    bring_summaries(&db, &history, &clock).await;
    let limits = Limits {
        body_bytes: config.http.body_limit_bytes,
        graphql_depth: config.limits.graphql_depth,
        graphql_complexity: config.limits.graphql_complexity,
    };
    let passwords = config.passwords;
    let subject = checkup::subject(config, clock.clone())?;
    let channels = Channels {
        mail: config.mail.clone(),
        hosts: config.webhook_hosts.clone(),
        vault: Vault::of(&config.data.dir),
        public_url: public_url.clone(),
    };
    let mailer = channels.mail.clone().filter(|_| config.mail_invitations);
    let post = mailer.map(|mailer| Post { mailer, vault: channels.vault.clone(), public_url: public_url.clone() });
    let watched = Watched::default();
    watched.refresh(&db).await?;
    Ok(Data::new(App {
        db,
        history,
        segments: Segments::new(blobs.clone()),
        blobs,
        signer,
        heartbeats: Heartbeats::default(),
        watched,
        channels,
        post,
        started: clock.now(),
        clock,
        public_url,
        limits,
        schema: graphql::schema(limits),
        monitor: Monitor::new(config.metrics_token.as_ref()),
        trash_period: config.trash_period,
        admission: Admission::new(config.limits.stream_memory_bytes),
        audit_keep: config.audit.keep,
        disk: Guard::new(&config.data.dir, config.disk),
        exports: bundles(config),
        subject,
        configured: configured(config),
        jobs: Jobs::default(),
        storage: std::sync::RwLock::default(),
        checking: tokio::sync::Mutex::default(),
        server_name: config.server_name.clone(),
        password_cost: Cost { memory_kib: passwords.memory_kib, passes: passwords.passes, ..Cost::default() },
        sessions: Terms { idle: config.sessions.idle, longest: config.sessions.longest },
        entries: entering::Register::default(),
        throttle: Throttle::default(),
        rate: Rate::per_minute(config.limits.requests_per_minute),
        project_rate: Rate::per_minute(config.limits.project_requests_per_minute),
        requests: Throttle::default(),
        hosts: gate::names(config.http.public_url.as_deref(), &config.http.also_known_as),
        trusted_proxies: config.http.trusted_proxies.clone(),
        known_directory: std::sync::RwLock::new(if config.recovery { None } else { directory::open(config)? }),
        draft_directory: directory::drafts(config),
        is_set_up: AtomicBool::new(false),
    }))
}

/// What was acknowledged before the last stop is there at the first answer. Where it cannot be written it waits, as the lines do.
async fn bring_summaries(db: &Db, history: &Db, clock: &Clock) {
    if let Err(error) = summaries::bring_all(db, history, clock.now()).await {
        tracing::error!(
            cause = error.cause(),
            "the summaries that runs streamed last are not brought over yet: {}",
            error.cause()
        );
    }
}

/// Where bundles lie.
pub fn bundles(config: &Config) -> exports::Place {
    let folder = config.exports.dir.clone().unwrap_or_else(|| config.data.dir.join("exports"));
    exports::Place::new(&folder, config.exports.keep, &config.server_name, Guard::new(&folder, config.disk))
}

fn configured(config: &Config) -> Configured {
    let shown = config.shown.iter();
    let entries = shown.map(|one| (one.key, one.about, one.value.clone(), one.origin.clone())).collect();
    Configured { entries, text: config.text.clone() }
}

/// Mounts every door with what it works with. Needs [`auth::identify`] around it.
pub fn doors(app: Data<App>) -> impl FnOnce(&mut ServiceConfig) {
    move |config| {
        config.app_data(PayloadConfig::new(app.limits.body_bytes)).app_data(app).configure(routes::routes);
    }
}

/// Makes the data directory, for its owner alone, and sees that it can be written.
pub fn prepare_folder(dir: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    let refused = |error: std::io::Error| {
        // Numbers: a container knows no names.
        let (user, group) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
        let shown = dir.display();
        Error::invalid(format!(
            "the data directory {shown} cannot be used by user {user}, group {group}: {error}; give it to them, as with \
             \"chown -R {user}:{group} {shown}\" where the folder comes from, or choose another folder with --data.dir"
        ))
    };
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(refused)?;
    let probe = dir.join(".writable");
    std::fs::write(&probe, b"").map_err(refused)?;
    std::fs::remove_file(&probe).map_err(refused)
}

/// A file that only its owner can read.
fn write_private(path: &Path, text: &str) -> Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let opened = std::fs::OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(path);
    let mut file = opened.map_err(Error::internal)?;
    file.write_all(text.as_bytes()).map_err(Error::internal)
}
