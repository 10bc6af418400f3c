//! What the value of a setting may be, by its kind.

use config::{Config as Layers, Value};
use ipnet::IpNet;
use tracing_subscriber::EnvFilter;

use super::Syslog;
use super::settings::{Kind, Setting};
use crate::outbound::hosts::Hosts;

/// The value as text, or what is wrong with it.
pub(super) fn checked(layers: &Layers, setting: &Setting) -> Result<String, String> {
    let value: Value = layers.get(setting.key).map_err(|error| error.to_string())?;
    let shown = value.clone().into_string().unwrap_or_default();
    match setting.kind {
        Kind::Text | Kind::SecretFile => value.into_string().map_err(|_| "must be a text".to_owned()),
        Kind::Words | Kind::LogLevel if shown.trim().is_empty() => Err("must not be empty".to_owned()),
        Kind::Words => Ok(shown),
        Kind::LogLevel if is_log_level(&shown) => Ok(shown),
        Kind::LogLevel => {
            Err(format!("must be error, warn, info, debug or trace, or by module as in info,runstead::db=debug, not '{shown}'"))
        }
        Kind::Address => match address(&shown) {
            Ok(()) => Ok(shown),
            Err(why) => Err(format!("{why}, not '{shown}'")),
        },
        // What it is must not reach a message either.
        Kind::Secret => match value.into_string() {
            Ok(text) if text.is_empty() => Ok(String::new()),
            Ok(_) => Ok("***".to_owned()),
            Err(_) => Err("must be a text".to_owned()),
        },
        Kind::Networks => networks(&shown).map(|_| shown),
        Kind::Hosts => match listed(&shown).into_iter().find(|name| !is_host_name(name)) {
            None => Ok(shown),
            Some(wrong) => Err(format!("must be names alone, as in runs.example.org; '{wrong}' is none")),
        },
        Kind::Syslog if shown.trim().is_empty() => Ok(String::new()),
        Kind::Syslog => match shown.trim().parse::<Syslog>() {
            Ok(_) => Ok(shown),
            Err(why) => Err(format!("{why}, not '{shown}'")),
        },
        Kind::WebhookHosts => match shown.parse::<Hosts>() {
            Ok(_) => Ok(shown),
            Err(wrong) => {
                Err(format!("must be hosts as in hooks.example.org, *.chat.example.org or 10.0.0.0/8; '{wrong}' is none"))
            }
        },
        Kind::Mailbox if shown.trim().is_empty() => Ok(String::new()),
        Kind::Mailbox => match shown.parse::<lettre::message::Mailbox>() {
            Ok(_) => Ok(shown),
            Err(error) => Err(format!("must be a mail address as in Runstead <runs@example.org>, not '{shown}': {error}")),
        },
        Kind::Boolean => match value.into_bool() {
            Ok(flag) => Ok(flag.to_string()),
            Err(_) => Err(format!("must be true or false, not '{shown}'")),
        },
        Kind::Word(words) if words.contains(&shown.as_str()) => Ok(shown),
        Kind::Word(words) => Err(format!("must be one of {}, not '{shown}'", words.join(", "))),
        Kind::Integer { least, most } => match value.into_int() {
            Ok(number) if (least..=most).contains(&number) => Ok(number.to_string()),
            _ => Err(format!("must be a whole number from {least} to {most}, not '{shown}'")),
        },
    }
}

/// A bare word that is no level would be taken for a module whose every line is wanted.
fn is_log_level(text: &str) -> bool {
    let levels = ["off", "error", "warn", "info", "debug", "trace"];
    let known = |part: &str| part.contains('=') || levels.contains(&part.trim().to_lowercase().as_str());
    text.split(',').all(known) && EnvFilter::try_new(text).is_ok()
}

/// First parts of paths that the server has itself: what a proxy took a path away from could not be told from what it did not.
const OWN_PATHS: [&str; 11] =
    ["admin", "api", "artifacts", "artifactsV2", "assets", "files", "graphql", "healthz", "metrics", "ready", "static"];

/// The address of a server, at the root of a host or below a path; or nothing.
fn address(text: &str) -> Result<(), &'static str> {
    if text.is_empty() {
        return Ok(());
    }
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let (host, path) = match rest.map(|rest| rest.split_once('/').unwrap_or((rest, ""))) {
        Some((host, path)) if !host.is_empty() => (host, path.trim_end_matches('/')),
        _ => return Err("must begin with http:// or https:// and a host"),
    };
    let is_plain = |part: &str| {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
        !part.is_empty() && part.bytes().all(known) && !part.starts_with('.')
    };
    if host.contains(['?', '#', ' ', '@']) || !path.is_empty() && !path.split('/').all(is_plain) {
        return Err("must end with the host, its port, or a path of plain letters, as in https://example.org/runs");
    }
    match path.split('/').next().is_some_and(|first| OWN_PATHS.contains(&first)) {
        true => Err("must not have a path that begins as one of the server's own does"),
        false => Ok(()),
    }
}

/// Addresses and networks; an address alone is the network of itself.
pub(super) fn networks(text: &str) -> Result<Vec<IpNet>, String> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let network = part.parse::<IpNet>().or_else(|_| part.parse::<std::net::IpAddr>().map(IpNet::from));
            network.map_err(|_| format!("must be addresses or networks as in 10.0.0.7, 192.168.0.0/16; '{part}' is neither"))
        })
        .collect()
}

/// Empty is none.
pub(super) fn some(text: String) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// Whether this is the name of a host, and neither an address of a page nor a name with a port or a star.
pub(super) fn is_host_name(text: &str) -> bool {
    let is_label =
        |label: &str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    text.split('.').all(is_label)
}

/// What stands between commas, in lower case.
pub(super) fn listed(text: &str) -> Vec<String> {
    text.split(',').map(|part| part.trim().to_lowercase()).filter(|part| !part.is_empty()).collect()
}
