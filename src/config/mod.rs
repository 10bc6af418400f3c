//! The configuration: flags over environment over file over defaults. Everything that is wrong is said at once, with where
//! it stands; an unknown key is refused, with the name it may have been meant to be.

mod layers;
mod ldap;
mod mail;
mod settings;
mod tls;
mod values;

use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;

pub use layers::{Entry, Origin, load};
pub use settings::{Kind, SETTINGS, Setting, sample};

use crate::disk::Watermarks;
use crate::mail::Mailer;
use crate::outbound::hosts::Hosts;
use crate::secret::Secret;

/// What the server needs to know before it starts.
#[derive(Clone, Debug)]
pub struct Config {
    pub http: Http,
    /// `None` to listen without TLS.
    pub tls: Option<Tls>,
    /// A folder with certificates of authorities that are trusted too; it need not be there.
    pub authorities: PathBuf,
    pub data: Data,
    /// From how little room on the data's disk on what is refused.
    pub disk: Watermarks,
    pub log: Log,
    pub server_name: String,
    pub heartbeat_timeout: Duration,
    /// How long deleted runs can be restored.
    pub trash_period: Duration,
    pub limits: Limits,
    pub passwords: Passwords,
    pub sessions: Sessions,
    /// What a collector shows to read `/metrics`.
    pub metrics_token: Option<Secret>,
    /// `None` without servers.
    pub ldap: Option<Ldap>,
    /// `None` without a mail server.
    pub mail: Option<Mailer>,
    /// Whether invitations to mail addresses are mailed, where there is a mail server.
    pub mail_invitations: bool,
    /// How long it is known what people were told.
    pub notifications_keep: Duration,
    /// The hosts that webhooks may be on.
    pub webhook_hosts: Hosts,
    /// Where blobs lie, if not in the data directory.
    pub bucket: Option<Bucket>,
    pub backup: Backup,
    pub exports: Exports,
    pub audit: Audit,
    /// Let administrators in whatever else is broken: no directory, nothing in the background. A flag of one start.
    pub recovery: bool,
    /// Every setting as it may be shown, with what set it.
    pub shown: Vec<Shown>,
    /// The settings in force that are not the default, as a file would have them; without secrets.
    pub text: String,
}

/// A bucket of a server that speaks S3.
#[derive(Clone, Debug)]
pub struct Bucket {
    /// `s3://bucket/prefix`.
    pub url: String,
    pub s3: S3,
}

/// A server that speaks S3, with who asks it.
#[derive(Clone, Debug)]
pub struct S3 {
    /// Empty for Amazon's own.
    pub endpoint: String,
    pub region: String,
    pub access_key_id: String,
    pub secret_access_key: Secret,
}

/// Backups that the server makes by itself.
#[derive(Clone, Debug)]
pub struct Backup {
    /// A folder or the address of a bucket; empty for none.
    pub to: String,
    /// The server of buckets that backups go to, if one is configured.
    pub s3: Option<S3>,
    pub every: Duration,
    pub keep_daily: usize,
    pub keep_weekly: usize,
}

/// Bundles that people export, and those that come in.
#[derive(Clone, Debug)]
pub struct Exports {
    /// `None` for a folder of the data directory.
    pub dir: Option<PathBuf>,
    /// How long a bundle can be downloaded.
    pub keep: Duration,
}

/// What becomes of the audit log beside being kept in the database.
#[derive(Clone, Debug)]
pub struct Audit {
    /// A file that it is told to.
    pub file: Option<PathBuf>,
    /// A collector that it is told to.
    pub syslog: Option<Syslog>,
    /// `None` for ever.
    pub keep: Option<Duration>,
}

/// A collector that speaks syslog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Syslog {
    /// A socket of this machine.
    Socket(PathBuf),
    /// `host:port`.
    Udp(String),
    Tcp(String),
    /// TCP, encrypted (RFC 5425).
    Tls(String),
}

impl std::str::FromStr for Syslog {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let has_port = |address: &&str| {
            let parts = address.rsplit_once(':');
            parts.is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
        };
        let after = |scheme: &str| text.strip_prefix(scheme).filter(has_port).map(str::to_owned);
        let socket = text.strip_prefix("unix:").filter(|path| !path.is_empty()).map(|path| Self::Socket(PathBuf::from(path)));
        socket
            .or_else(|| after("udp://").map(Self::Udp))
            .or_else(|| after("tcp://").map(Self::Tcp))
            .or_else(|| after("tls://").map(Self::Tls))
            .ok_or("must be as in tls://logs.example.org:6514, tcp://logs.example.org:601, udp://logs.example.org:514 or unix:/dev/log")
    }
}

impl std::fmt::Display for Syslog {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Socket(path) => write!(out, "unix:{}", path.display()),
            Self::Udp(address) => write!(out, "udp://{address}"),
            Self::Tcp(address) => write!(out, "tcp://{address}"),
            Self::Tls(address) => write!(out, "tls://{address}"),
        }
    }
}

/// The directory that people sign in with. Empty texts are as usual for the product.
#[derive(Clone, Debug)]
pub struct Ldap {
    pub servers: Vec<String>,
    /// Whether people sign in with it and it is synced; else it is only tried out.
    pub enabled: bool,
    pub product: String,
    pub start_tls: bool,
    pub ca_file: Option<PathBuf>,
    /// What shows the directory who asks, instead of a name and password.
    pub client_certificate: Option<PathBuf>,
    pub client_key: Option<PathBuf>,
    pub bind_dn: String,
    pub bind_password: Option<Secret>,
    pub base_dn: String,
    pub user_filter: String,
    pub disabled_filter: String,
    pub attribute_id: String,
    pub attribute_username: String,
    pub attribute_name: String,
    pub attribute_email: String,
    pub attribute_groups: String,
    pub create_accounts: bool,
    pub group_base_dn: String,
    pub group_filter: String,
    pub sign_in_groups: Vec<String>,
    pub rules_file: Option<PathBuf>,
    /// `None`: only when somebody asks for it.
    pub sync_every: Option<Duration>,
    pub removals_max_percent: u32,
    pub keeps_manual_members: bool,
    pub timeout: Duration,
    /// All of these settings, as they may be shown, with what set each.
    pub shown: Vec<Shown>,
}

/// A setting as it may be shown.
#[derive(Clone, Debug)]
pub struct Shown {
    pub key: &'static str,
    pub about: &'static str,
    pub value: String,
    pub origin: String,
}

impl Shown {
    fn of(entry: &Entry) -> Self {
        Self {
            key: entry.setting.key,
            about: entry.setting.about,
            value: entry.value.clone(),
            origin: entry.origin.to_string(),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Http {
    pub listen: String,
    /// Without a slash at its end; `None` until the listening address is known.
    pub public_url: Option<String>,
    /// Names beside that of the public URL, in lower case.
    pub also_known_as: Vec<String>,
    pub body_limit_bytes: usize,
    pub workers: usize,
    /// Whose word on where a request comes from is believed.
    pub trusted_proxies: Vec<IpNet>,
}

/// PEM files.
#[derive(Clone, Debug)]
pub struct Tls {
    pub certificate: PathBuf,
    pub key: PathBuf,
    pub issuer: Issuer,
}

/// Where the files of a certificate come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Issuer {
    /// The operator puts them there.
    Operator,
    /// The server makes them itself.
    Itself,
    /// The server gets them from an authority.
    Acme(Acme),
}

/// An authority that speaks ACME.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acme {
    /// The address of its directory.
    pub directory: String,
    /// Whom it writes to.
    pub contact: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Data {
    pub dir: PathBuf,
    pub durable: bool,
    pub readers: u32,
    /// How many copies from before upgrades are kept.
    pub snapshots: usize,
}

#[derive(Clone, Debug)]
pub struct Log {
    pub json: bool,
    pub level: String,
    /// A line for every request, not only for those that somebody should look at.
    pub requests: bool,
}

#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub graphql_depth: usize,
    pub graphql_complexity: usize,
    pub stream_memory_bytes: u64,
    /// Of one key or session; 0 for any number.
    pub requests_per_minute: u32,
    /// Of all about one project; 0 for any number.
    pub project_requests_per_minute: u32,
}

/// How long browsers stay signed in.
#[derive(Clone, Copy, Debug)]
pub struct Sessions {
    /// Without use.
    pub idle: Duration,
    /// However much they are used.
    pub longest: Duration,
}

#[derive(Clone, Copy, Debug)]
pub struct Passwords {
    pub memory_kib: u32,
    pub passes: u32,
}
