//! Reads the layers, each value over that of the layer below.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use config::{Config as Layers, FileFormat};

use super::settings::{self, Kind, SETTINGS, Setting};
use super::values::{checked, listed, networks, some};
use super::{Audit, Backup, Bucket, Config, Data, Exports, Http, Limits, Log, Passwords, S3, Sessions, Shown, ldap, mail, tls};
use crate::disk::Watermarks;
use crate::secret::Secret;

/// The fewest characters of a secret that somebody chose: fewer can be tried out.
const SECRET_CHARS_MIN: usize = 16;

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    Default,
    File { path: PathBuf, line: usize },
    Environment(String),
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => out.write_str("default"),
            Self::File { path, line } => write!(out, "{}:{line}", path.display()),
            Self::Environment(name) => write!(out, "environment {name}"),
            Self::Flag(name) => write!(out, "flag --{name}"),
        }
    }
}

/// A setting with its value and where that comes from.
#[derive(Clone, Debug)]
pub struct Entry {
    pub setting: &'static Setting,
    /// As it may be shown: of a secret no more than whether there is one.
    pub value: String,
    pub origin: Origin,
}

/// Reads file, environment and flags (`(key, value)`).
///
/// # Errors
/// Every mistake there is, a line each.
pub fn load(
    file: Option<&Path>,
    environment: &BTreeMap<String, String>,
    flags: &[(String, String)],
) -> Result<(Config, Vec<Entry>), Vec<String>> {
    let mut mistakes = Vec::new();
    let mut origins: BTreeMap<&'static str, Origin> = BTreeMap::new();
    let mut builder = Layers::builder().add_source(config::File::from_str(&settings::sample(), FileFormat::Toml));
    if let Some(path) = file {
        match std::fs::read_to_string(path) {
            Ok(text) => {
                if let Some(found) = keys_of(path, &text, &mut mistakes) {
                    origins.extend(found);
                    builder = builder.add_source(config::File::from_str(&text, FileFormat::Toml));
                }
            }
            Err(error) => mistakes.push(format!("{}: cannot be read: {error}", path.display())),
        }
    }
    for (name, value) in environment.iter().filter(|(name, _)| name.starts_with(ldap::VENDOR)) {
        match ldap::alias(name, value) {
            Ok(meant) => {
                for (key, value) in meant {
                    let setting = settings::find(key).expect("aliases name settings");
                    origins.insert(setting.key, Origin::Environment(name.clone()));
                    builder = overridden(builder, setting, &value);
                }
            }
            Err(why) => mistakes.push(format!("environment {name}: {why}")),
        }
    }
    for (name, value) in environment {
        let Some(rest) = name.strip_prefix("RUNSTEAD_").filter(|rest| rest.contains("__")) else { continue };
        let key = rest.to_lowercase().replace("__", ".");
        match settings::find(&key) {
            Some(setting) => {
                origins.insert(setting.key, Origin::Environment(name.clone()));
                builder = overridden(builder, setting, value);
            }
            None => mistakes.push(unknown(&format!("environment {name}"), &key)),
        }
    }
    for (key, value) in flags {
        match settings::find(key) {
            Some(setting) => {
                origins.insert(setting.key, Origin::Flag(setting.flag()));
                builder = overridden(builder, setting, value);
            }
            None => mistakes.push(unknown(&format!("flag --{key}"), key)),
        }
    }
    let layers = builder.build().map_err(|error| vec![error.to_string()])?;
    let mut entries = Vec::with_capacity(SETTINGS.len());
    for setting in SETTINGS {
        let origin = origins.get(setting.key).cloned().unwrap_or(Origin::Default);
        match checked(&layers, setting) {
            Ok(value) => entries.push(Entry { setting, value, origin }),
            Err(why) => mistakes.push(format!("{origin}: {} {why}", setting.key)),
        }
    }
    let tls = tls::read(&layers, &origins).map_err(|why| mistakes.push(why)).ok().flatten();
    let credentials = environment.get("CREDENTIALS_DIRECTORY").map(PathBuf::from);
    let secret = |key, chars_min| secret(&layers, key, chars_min, &origins, credentials.as_deref());
    let token = secret("metrics.token", SECRET_CHARS_MIN).map_err(|why| mistakes.push(why)).ok().flatten();
    // Chosen in the directory, by its rules.
    let bind_password = secret("ldap.bind_password", 1).map_err(|why| mistakes.push(why)).ok().flatten();
    let s3_secret = secret("s3.secret_access_key", 1).map_err(|why| mistakes.push(why)).ok().flatten();
    let backup_secret = secret("backup.s3_secret_access_key", 1).map_err(|why| mistakes.push(why)).ok().flatten();
    let mail_password = secret("mail.password", 1).map_err(|why| mistakes.push(why)).ok().flatten();
    let mail = mail::read(&layers, mail_password, &mut mistakes);
    let backup_s3 = backup_s3(&layers, s3_secret.as_ref(), backup_secret, &mut mistakes);
    let bucket = bucket(&layers, s3_secret, &mut mistakes);
    // Where it cannot be read a value of it was found wrong above.
    let ldap = ldap::read(&layers, bind_password, &entries, &mut mistakes).unwrap_or_else(|error| {
        if mistakes.is_empty() {
            mistakes.push(error.to_string());
        }
        None
    });
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let mut config = assembled(&layers).map_err(|error| vec![error.to_string()])?;
    config.tls = tls;
    config.metrics_token = token;
    config.ldap = ldap;
    config.mail = mail;
    config.bucket = bucket;
    config.backup.s3 = backup_s3;
    config.text = text_of(&entries);
    config.shown = entries.iter().map(Shown::of).collect();
    Ok((config, entries))
}

/// What is not as the default has it, as a file. Secrets are left out, with a word that they were there.
fn text_of(entries: &[Entry]) -> String {
    let mut out = String::new();
    let mut section = "";
    for Entry { setting, value, .. } in entries.iter().filter(|entry| entry.origin != Origin::Default) {
        let (own, key) = setting.key.split_once('.').unwrap_or(("", setting.key));
        if own != section {
            out.push_str(&format!("[{own}]\n"));
            section = own;
        }
        match setting.kind {
            Kind::Secret => out.push_str(&format!("# {key} was set; secrets are not kept here\n")),
            Kind::Integer { .. } | Kind::Boolean => out.push_str(&format!("{key} = {value}\n")),
            _ => out.push_str(&format!("{key} = {}\n", toml::Value::String(value.clone()))),
        }
    }
    out
}

/// The bucket that blobs lie in, if there is one; what is missing becomes a mistake.
fn bucket(layers: &Layers, secret: Option<Secret>, mistakes: &mut Vec<String>) -> Option<Bucket> {
    let text = |key: &str| layers.get_string(key).unwrap_or_default().trim().to_owned();
    let url = text("blobs.to");
    if url.is_empty() {
        return None;
    }
    if !url.starts_with("s3://") {
        mistakes.push(format!("blobs.to must be the address of a bucket as in s3://bucket/prefix, not '{url}'"));
    }
    let access_key_id = text("s3.access_key_id");
    if access_key_id.is_empty() || secret.is_none() {
        mistakes.push("s3.access_key_id and s3.secret_access_key must be set, as blobs.to is".to_owned());
    }
    let (endpoint, region) = (text("s3.endpoint"), text("s3.region"));
    secret.map(|secret_access_key| Bucket { url, s3: S3 { endpoint, region, access_key_id, secret_access_key } })
}

/// Who asks for buckets of backups: what is not said under `[backup]` is as under `[s3]`.
fn backup_s3(
    layers: &Layers,
    usual_secret: Option<&Secret>,
    own_secret: Option<Secret>,
    mistakes: &mut Vec<String>,
) -> Option<S3> {
    let text = |key: &str| layers.get_string(key).unwrap_or_default().trim().to_owned();
    let either = |key: &str| match text(&format!("backup.s3_{key}")) {
        own if own.is_empty() => text(&format!("s3.{key}")),
        own => own,
    };
    let to = text("backup.to");
    let is_bucket = to.starts_with("s3://");
    if to.contains("://") && !is_bucket {
        mistakes.push(format!("backup.to must be a folder, or the address of a bucket as in s3://bucket/prefix, not '{to}'"));
    }
    let access_key_id = either("access_key_id");
    let own_id = text("backup.s3_access_key_id");
    if own_secret.is_some() == own_id.is_empty() {
        mistakes.push("backup.s3_access_key_id and backup.s3_secret_access_key are of use together only".to_owned());
    }
    let secret_access_key = own_secret.or_else(|| usual_secret.cloned());
    if is_bucket && (access_key_id.is_empty() || secret_access_key.is_none()) {
        mistakes.push(
            "backup.s3_access_key_id and backup.s3_secret_access_key (or those under [s3]) must be set, as backup.to is a bucket"
                .to_owned(),
        );
    }
    let (endpoint, region) = (either("endpoint"), either("region"));
    let secret_access_key = secret_access_key.filter(|_| !access_key_id.is_empty())?;
    Some(S3 { endpoint, region, access_key_id, secret_access_key })
}

/// A secret, from its setting, from the file that the setting after it names, or from what the service manager handed over
/// under the setting's name (systemd's `LoadCredential=`). Empty is none.
fn secret(
    layers: &Layers,
    key: &str,
    chars_min: usize,
    origins: &BTreeMap<&'static str, Origin>,
    credentials: Option<&Path>,
) -> Result<Option<Secret>, String> {
    let file_key = settings::file_of(key);
    let origin = |key: &str| origins.get(key).unwrap_or(&Origin::Default);
    let text = |key: &str| layers.get_string(key).unwrap_or_default();
    let (given, file) = (text(key), text(&file_key));
    let (value, key) = match (given.is_empty(), file.is_empty()) {
        (true, true) => match credentials.map(|folder| folder.join(key)).filter(|path| path.is_file()) {
            Some(path) => (first_line(&path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?, key),
            None => return Ok(None),
        },
        (false, true) => (given, key),
        (true, false) => {
            let line = first_line(Path::new(&file));
            (
                line.map_err(|error| format!("{}: {file_key}: {file} cannot be read: {error}", origin(&file_key)))?,
                file_key.as_str(),
            )
        }
        (false, false) => {
            return Err(format!("{}: {key} and {file_key} are both set; keep one of them", origin(&file_key)));
        }
    };
    if value.chars().count() < chars_min {
        return Err(format!("{}: {key} must have at least {chars_min} characters", origin(key)));
    }
    Ok(Some(Secret::new(value)))
}

fn first_line(path: &Path) -> std::io::Result<String> {
    Ok(std::fs::read_to_string(path)?.lines().next().unwrap_or_default().trim().to_owned())
}

fn overridden(
    builder: config::ConfigBuilder<config::builder::DefaultState>,
    setting: &Setting,
    value: &str,
) -> config::ConfigBuilder<config::builder::DefaultState> {
    builder.set_override(setting.key, value).expect("keys of the table are well formed")
}

fn unknown(place: &str, key: &str) -> String {
    match settings::nearest(key) {
        Some(near) => format!("{place}: there is no setting '{key}'; did you mean '{near}'?"),
        None => format!("{place}: there is no setting '{key}'; see `runstead config show` for those there are"),
    }
}

/// The keys of a file with their lines; unknown ones become mistakes. `None` for a file that is not TOML.
fn keys_of(path: &Path, text: &str, mistakes: &mut Vec<String>) -> Option<Vec<(&'static str, Origin)>> {
    let table = match toml::de::DeTable::parse(text) {
        Ok(table) => table,
        Err(error) => {
            let line = error.span().map_or(1, |span| line_of(text, span.start));
            mistakes.push(format!("{}:{line}: {}", path.display(), error.message()));
            return None;
        }
    };
    let mut found = Vec::new();
    for (section, inner) in table.get_ref() {
        let Some(keys) = inner.get_ref().as_table() else {
            let line = line_of(text, section.span().start);
            mistakes.push(unknown(&format!("{}:{line}", path.display()), section.get_ref()));
            continue;
        };
        for (key, _) in keys {
            let line = line_of(text, key.span().start);
            let full = format!("{}.{}", section.get_ref(), key.get_ref());
            match settings::find(&full) {
                Some(setting) => found.push((setting.key, Origin::File { path: path.to_owned(), line })),
                None => mistakes.push(unknown(&format!("{}:{line}", path.display()), &full)),
            }
        }
    }
    Some(found)
}

fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset.min(text.len())].iter().filter(|byte| **byte == b'\n').count() + 1
}

fn assembled(layers: &Layers) -> Result<Config, config::ConfigError> {
    let public_url = layers.get_string("http.public_url")?.trim_end_matches('/').to_owned();
    Ok(Config {
        http: Http {
            listen: layers.get("http.listen")?,
            public_url: Some(public_url).filter(|url| !url.is_empty()),
            also_known_as: listed(&layers.get_string("http.also_known_as")?),
            body_limit_bytes: layers.get("http.body_limit_bytes")?,
            workers: layers.get("http.workers")?,
            trusted_proxies: networks(&layers.get_string("http.trusted_proxies")?).map_err(config::ConfigError::Message)?,
        },
        tls: None,
        authorities: PathBuf::from(layers.get_string("tls.authorities")?),
        data: Data {
            dir: PathBuf::from(layers.get_string("data.dir")?),
            durable: layers.get("data.durable")?,
            readers: layers.get("data.readers")?,
            snapshots: layers.get("data.snapshots")?,
        },
        disk: Watermarks {
            low: layers.get("disk.low_bytes")?,
            no_artifacts: layers.get("disk.no_artifacts_bytes")?,
            no_runs: layers.get("disk.no_runs_bytes")?,
            read_only: layers.get("disk.read_only_bytes")?,
        },
        log: Log {
            json: layers.get_string("log.format")? == "json",
            level: layers.get("log.level")?,
            requests: layers.get("log.requests")?,
        },
        server_name: layers.get("server.name")?,
        heartbeat_timeout: Duration::from_secs(layers.get("runs.heartbeat_timeout_seconds")?),
        trash_period: Duration::from_secs(86_400 * layers.get::<u64>("runs.trash_days")?),
        limits: Limits {
            graphql_depth: layers.get("limits.graphql_depth")?,
            graphql_complexity: layers.get("limits.graphql_complexity")?,
            stream_memory_bytes: layers.get("limits.stream_memory_bytes")?,
            requests_per_minute: layers.get("limits.requests_per_minute")?,
            project_requests_per_minute: layers.get("limits.project_requests_per_minute")?,
        },
        passwords: Passwords {
            memory_kib: layers.get("accounts.password_memory_kib")?,
            passes: layers.get("accounts.password_passes")?,
        },
        sessions: Sessions {
            idle: Duration::from_secs(3600 * layers.get::<u64>("accounts.session_idle_hours")?),
            longest: Duration::from_secs(3600 * layers.get::<u64>("accounts.session_hours")?),
        },
        metrics_token: None,
        ldap: None,
        mail: None,
        mail_invitations: layers.get("mail.invitations")?,
        notifications_keep: Duration::from_secs(86_400 * layers.get::<u64>("notifications.keep_days")?),
        webhook_hosts: layers.get_string("alerts.webhook_hosts")?.parse().map_err(config::ConfigError::Message)?,
        backup: Backup {
            to: layers.get_string("backup.to")?.trim().to_owned(),
            s3: None,
            every: Duration::from_secs(3600 * layers.get::<u64>("backup.hours")?),
            keep_daily: layers.get("backup.keep_daily")?,
            keep_weekly: layers.get("backup.keep_weekly")?,
        },
        exports: Exports {
            dir: some(layers.get_string("exports.dir")?).map(PathBuf::from),
            keep: Duration::from_secs(86_400 * layers.get::<u64>("exports.keep_days")?),
        },
        audit: Audit {
            file: some(layers.get_string("audit.file")?).map(PathBuf::from),
            syslog: match some(layers.get_string("audit.syslog")?) {
                Some(text) => Some(text.parse().map_err(|why: &str| config::ConfigError::Message(why.to_owned()))?),
                None => None,
            },
            keep: Some(Duration::from_secs(86_400 * layers.get::<u64>("audit.keep_days")?)).filter(|keep| !keep.is_zero()),
        },
        bucket: None,
        recovery: false,
        shown: Vec::new(),
        text: String::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn flags_win_over_the_environment_and_that_over_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("runstead.toml");
        std::fs::write(&file, "[http]\nlisten = \"a:1\"\nworkers = 3\n[data]\ndir = \"/f\"\n").unwrap();
        let environment = environment(&[("RUNSTEAD_HTTP__LISTEN", "b:2"), ("RUNSTEAD_DATA__DIR", "/e"), ("HOME", "/x")]);
        let flags = [("data.dir".to_owned(), "/g".to_owned())];
        let (config, entries) = load(Some(&file), &environment, &flags).unwrap();
        assert_eq!(config.http.listen, "b:2");
        assert_eq!(config.http.workers, 3);
        assert_eq!(config.data.dir, Path::new("/g"));
        let origin = |key: &str| entries.iter().find(|entry| entry.setting.key == key).unwrap().origin.to_string();
        assert!(origin("http.workers").ends_with("runstead.toml:3"), "{}", origin("http.workers"));
        assert_eq!(origin("data.dir"), "flag --data.dir");
        assert_eq!(origin("log.level"), "default");
    }

    #[test]
    fn a_secret_comes_from_its_setting_or_from_a_file_and_is_shown_nowhere() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("token");
        std::fs::write(&path, "a-token-of-the-collector\nsecond line\n").unwrap();
        let path = path.to_str().unwrap();
        let of = |pairs: &[(&str, &str)]| load(None, &environment(pairs), &[]);
        let (config, entries) = of(&[("RUNSTEAD_METRICS__TOKEN_FILE", path)]).unwrap();
        assert_eq!(config.metrics_token.as_ref().unwrap().reveal(), "a-token-of-the-collector");
        assert!(!format!("{config:?}{entries:?}").contains("a-token"));
        let (config, entries) = of(&[("RUNSTEAD_METRICS__TOKEN", "another-token-of-it")]).unwrap();
        assert_eq!(config.metrics_token.as_ref().unwrap().reveal(), "another-token-of-it");
        assert!(!format!("{config:?}{entries:?}").contains("another-token"));
        assert!(of(&[]).unwrap().0.metrics_token.is_none());

        let said = |pairs: &[(&str, &str)]| of(pairs).unwrap_err().join("\n");
        let both = said(&[("RUNSTEAD_METRICS__TOKEN", "another-token-of-it"), ("RUNSTEAD_METRICS__TOKEN_FILE", path)]);
        assert!(both.contains("both set") && !both.contains("another-token"), "{both}");
        let short = said(&[("RUNSTEAD_METRICS__TOKEN", "short")]);
        assert!(short.contains("at least 16 characters") && !short.contains("short;"), "{short}");
        assert!(said(&[("RUNSTEAD_METRICS__TOKEN_FILE", "/nowhere/token")]).contains("/nowhere/token cannot be read"));
    }

    #[test]
    fn proxies_are_addresses_or_networks() {
        let of = |text: &str| load(None, &environment(&[("RUNSTEAD_HTTP__TRUSTED_PROXIES", text)]), &[]);
        let (config, _) = of("10.0.0.7, 192.168.0.0/16,::1").unwrap();
        let shown: Vec<String> = config.http.trusted_proxies.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["10.0.0.7/32", "192.168.0.0/16", "::1/128"]);
        assert!(of("10.0.0.7, proxy.example").unwrap_err()[0].contains("'proxy.example' is neither"));
    }

    #[test]
    fn other_names_are_names_of_hosts_alone() {
        let of = |text: &str| load(None, &environment(&[("RUNSTEAD_HTTP__ALSO_KNOWN_AS", text)]), &[]);
        let (config, _) = of("Train.example, runs-2,,").unwrap();
        assert_eq!(config.http.also_known_as, ["train.example", "runs-2"]);
        for wrong in ["https://train.example", "train.example:8443", "*.example", "train.example/x", "train..example"] {
            let said = of(&format!("runs.example, {wrong}")).unwrap_err().join("\n");
            assert!(said.contains("http.also_known_as") && said.contains(&format!("'{wrong}'")), "{said}");
        }
    }

    #[test]
    fn all_mistakes_are_said_at_once_with_their_places() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("runstead.toml");
        std::fs::write(&file, "[http]\nlistn = \"a:1\"\n[nonsense]\nx = 1\n").unwrap();
        let both = environment(&[("RUNSTEAD_DATA__DRI", "x"), ("RUNSTEAD_DATA__READERS", "few")]);
        let mistakes = load(Some(&file), &both, &[]).unwrap_err().join("\n");
        for part in ["runstead.toml:2", "did you mean 'http.listen'", "nonsense.x", "RUNSTEAD_DATA__DRI", "'few'"] {
            assert!(mistakes.contains(part), "{part} in {mistakes}");
        }
        let wrong = environment(&[
            ("RUNSTEAD_HTTP__WORKERS", "many"),
            ("RUNSTEAD_LOG__FORMAT", "xml"),
            ("RUNSTEAD_LDAP__SERVERS", "ldaps://a.example"),
        ]);
        let mistakes = load(None, &wrong, &[]).unwrap_err();
        assert_eq!(mistakes.len(), 3, "{mistakes:?}");
    }

    #[test]
    fn a_level_and_an_address_are_checked_before_the_start() {
        let of =
            |name: &str, text: &str| load(None, &environment(&[(name, text)]), &[]).map_err(|mistakes| mistakes.join("\n"));
        for level in ["info", "WARN", "info,runstead::db=debug"] {
            assert!(of("RUNSTEAD_LOG__LEVEL", level).is_ok(), "{level}");
        }
        for level in ["", "inof", "info,runstead::db=loud"] {
            assert!(of("RUNSTEAD_LOG__LEVEL", level).unwrap_err().contains("log.level"), "{level}");
        }
        let (config, _) = of("RUNSTEAD_HTTP__PUBLIC_URL", "https://runs.example:8443/").unwrap();
        assert_eq!(config.http.public_url.as_deref(), Some("https://runs.example:8443"));
        for address in ["https://runs.example/wandb", "https://runs.example/ml/runs-2/", "http://127.0.0.1:8080/x"] {
            let (config, _) = of("RUNSTEAD_HTTP__PUBLIC_URL", address).unwrap();
            assert_eq!(config.http.public_url.as_deref(), Some(address.trim_end_matches('/')));
        }
        for (address, word) in [
            ("runs.example", "http://"),
            ("https://", "host"),
            ("https:///runs", "host"),
            ("https://runs.example/a b", "plain letters"),
            ("https://runs.example/a//b", "plain letters"),
            ("https://runs.example/../b", "plain letters"),
            ("https://runs.example/a?b", "plain letters"),
            ("https://runs.example/api", "the server's own"),
        ] {
            assert!(of("RUNSTEAD_HTTP__PUBLIC_URL", address).unwrap_err().contains(word), "{address}");
        }
    }
}
