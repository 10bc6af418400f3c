//! Whether everything that the server stands on is as it should be: named checks that look, say what is wrong and what to do,
//! and, if they are asked to, mend what can be mended without harm. The same list for the command, the API and the page.

mod audit;
mod backups;
mod blobs;
mod certificate;
mod databases;
mod folder;
pub mod probe;
mod public;
mod segments;
mod settings;
mod store;

pub use certificate::{Facts, expiry, facts};

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use super::backup::{Place, Retention};
use super::directory::{Directory, Rules};
use super::files::Signer;
use crate::blob::Blobs;
use crate::clock::{Clock, Stopwatch};
use crate::disk::Watermarks;
use crate::mail::Mailer;

/// What is looked at.
#[derive(Clone)]
pub struct Subject {
    pub data: PathBuf,
    /// Where blobs lie, if that is not the data directory.
    pub bucket: Option<Blobs>,
    pub durable: bool,
    pub watermarks: Watermarks,
    pub listen: String,
    /// Certificate and key of the listener.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// As configured; `None` if it follows from the listening address.
    pub public_url: Option<String>,
    /// Names beside that of the public address that requests may be addressed to.
    pub also_known_as: Vec<String>,
    pub trusts_proxies: bool,
    pub directory: Option<Directory>,
    /// The mail server.
    pub mail: Option<Mailer>,
    /// PEM files with authorities of the operator's own.
    pub own_roots: Vec<PathBuf>,
    /// Where the server makes backups by itself.
    pub backup_to: Option<Place>,
    /// Which of them stay.
    pub backup_retention: Retention,
    /// How old the last backup may be.
    pub backup_patience: Duration,
    pub clock: Clock,
}

/// How thoroughly, and whether to mend.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wish {
    /// Read large databases whole as well.
    pub deep: bool,
    /// Mend what can be mended without harm.
    pub fix: bool,
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It could not be looked at, or does not apply; the message says why.
    Skipped,
    Good,
    /// It works, and somebody should look.
    Warning,
    Bad,
}

/// One check.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Check {
    /// `noun.noun`, stable.
    pub name: &'static str,
    pub state: State,
    /// What was found, in words.
    pub message: String,
    /// What to do.
    pub advice: Option<String>,
    /// Whether something was mended.
    pub fixed: bool,
    pub seconds: f64,
}

/// What a check says.
pub(in crate::domain::checkup) struct Verdict {
    state: State,
    message: String,
    advice: Option<String>,
    fixed: bool,
}

impl Verdict {
    fn new(state: State, message: impl Into<String>) -> Self {
        Self { state, message: message.into(), advice: None, fixed: false }
    }
    fn good(message: impl Into<String>) -> Self {
        Self::new(State::Good, message)
    }
    fn skipped(message: impl Into<String>) -> Self {
        Self::new(State::Skipped, message)
    }
    fn warning(message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..Self::new(State::Warning, message) }
    }
    fn bad(message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..Self::new(State::Bad, message) }
    }
    fn fixed(message: impl Into<String>) -> Self {
        Self { fixed: true, ..Self::good(message) }
    }
}

type Look = fn(&Subject, Wish) -> Verdict;

/// Those that look at this machine, in the order in which they are shown.
const LOCAL: &[(&str, Look)] = &[
    ("data.folder", folder::folder),
    ("data.owner", folder::owner),
    ("data.filesystem", folder::file_system),
    ("data.space", folder::space),
    ("data.files", folder::files),
    ("data.leftovers", folder::leftovers),
    ("data.durable", settings::durable),
    ("database.schema", databases::schema),
    ("database.control", databases::control),
    ("database.history", databases::history),
    ("database.control.references", databases::control_references),
    ("database.history.references", databases::history_references),
    ("database.logs", databases::logs),
    ("blobs.missing", blobs::missing),
    ("blobs.orphans", blobs::orphans),
    ("blobs.bytes", blobs::bytes),
    ("blobs.waiting", blobs::waiting),
    ("clock.order", databases::clock),
    ("audit.chain", audit::chain),
    ("settings.exposure", settings::exposure),
    ("settings.public_url", settings::public_url),
    ("settings.names", settings::names),
    ("settings.proxies", settings::proxies),
    ("tls.certificate", certificate::own),
    ("tls.names", certificate::names),
    ("tls.authorities", certificate::authorities),
    ("backup.age", backups::age),
    ("backup.place", backups::place),
    ("upgrade.snapshots", backups::snapshots),
];

/// Looks at everything.
pub async fn run(subject: &Subject, wish: Wish) -> Vec<Check> {
    let own = subject.clone();
    let local = tokio::task::spawn_blocking(move || {
        LOCAL.iter().map(|(name, look)| timed(name, || look(&own, wish))).collect::<Vec<Check>>()
    });
    let mut checks = local.await.unwrap_or_default();
    checks.extend(public::run(subject).await);
    checks.push(segments::check(subject, wish).await);
    checks.push(directory(subject).await);
    checks.push(mail(subject).await);
    let watch = Stopwatch::start();
    checks.push(ended("client.lines", settings::client_lines(subject), watch.elapsed()));
    checks
}

fn timed(name: &'static str, look: impl FnOnce() -> Verdict) -> Check {
    let watch = Stopwatch::start();
    let verdict = look();
    ended(name, verdict, watch.elapsed())
}

fn ended(name: &'static str, verdict: Verdict, elapsed: Duration) -> Check {
    let Verdict { state, message, advice, fixed } = verdict;
    Check { name, state, message, advice, fixed, seconds: elapsed.as_secs_f64() }
}

/// The gravest state among them.
pub fn worst(checks: &[Check]) -> State {
    checks.iter().map(|check| check.state).max().unwrap_or(State::Good)
}

async fn directory(subject: &Subject) -> Check {
    let watch = Stopwatch::start();
    let verdict = match &subject.directory {
        None => Verdict::skipped("people sign in with passwords of this server: ldap.servers is empty"),
        Some(directory) => {
            // Whether the servers answer: what groups give is for the syncs, which tell it themselves.
            let failed: Vec<String> = match directory.test(&Rules::default(), None, subject.clock.now()).await {
                Ok(report) => {
                    let failed = report.steps.iter().filter(|step| !step.good);
                    failed.map(|step| format!("{} {}: {}", step.server, step.step, step.outcome)).collect()
                }
                Err(error) => vec![error.to_string()],
            };
            if failed.is_empty() {
                Verdict::good("every server of the directory answers")
            } else {
                Verdict::bad(failed.join("; "), "try \"runstead ldap test\" and mend the settings under [ldap]")
            }
        }
    };
    ended("directory.servers", verdict, watch.elapsed())
}

async fn mail(subject: &Subject) -> Check {
    let watch = Stopwatch::start();
    let verdict = match subject.mail.clone() {
        None => Verdict::skipped("this server sends no mail: mail.server is empty"),
        Some(mailer) => {
            let server = format!("{}:{}", mailer.server, mailer.port);
            match tokio::task::spawn_blocking(move || mailer.test()).await {
                Ok(Ok(())) => Verdict::good(format!("the mail server {server} takes letters from here")),
                Ok(Err(error)) => {
                    Verdict::bad(format!("{server}: {error}"), "mend the settings under [mail], or the mail server")
                }
                Err(_) => Verdict::skipped("the server is stopping"),
            }
        }
    };
    ended("mail.server", verdict, watch.elapsed())
}

/// The signer of the server on this data, for links that its doors take.
fn signer(subject: &Subject) -> crate::error::Result<Signer> {
    databases::look(subject, crate::db::Plane::Control)?.read(Signer::read)
}
