//! Whom the server may post to. A webhook's address is written by people of a team, and must not let them reach what only
//! the server reaches: the operator says which hosts they may name.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use reqwest::Url;

use crate::error::{Error, Result};

/// The hosts that webhooks may be on; none unless the operator says some.
#[derive(Clone, Debug, Default)]
pub struct Hosts(Vec<Allowed>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Allowed {
    /// A name, with one port alone if it says one.
    Name(String, Option<u16>),
    /// Every name that ends with it.
    Below(String),
    /// Addresses that stand in the webhook as such.
    Network(IpNet),
}

impl FromStr for Hosts {
    /// The part that is none.
    type Err = String;

    /// `hooks.example.org, *.example.org, chat:8065, 10.0.0.0/8`.
    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let parts = text.split(',').map(|part| part.trim().to_lowercase()).filter(|part| !part.is_empty());
        parts.map(|part| allowed(&part)).collect::<std::result::Result<Vec<_>, _>>().map(Self)
    }
}

fn allowed(part: &str) -> std::result::Result<Allowed, String> {
    if let Ok(network) = part.parse::<IpNet>() {
        return Ok(Allowed::Network(network));
    }
    if let Ok(address) = part.trim_matches(['[', ']']).parse::<IpAddr>() {
        return Ok(Allowed::Network(IpNet::from(address)));
    }
    let is_label =
        |label: &str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    let is_name = |name: &str| name.split('.').all(is_label);
    if let Some(rest) = part.strip_prefix("*.").filter(|rest| is_name(rest)) {
        return Ok(Allowed::Below(format!(".{rest}")));
    }
    match part.rsplit_once(':') {
        Some((name, port)) if is_name(name) => match port.parse() {
            Ok(port) => Ok(Allowed::Name(name.to_owned(), Some(port))),
            Err(_) => Err(part.to_owned()),
        },
        None if is_name(part) => Ok(Allowed::Name(part.to_owned(), None)),
        _ => Err(part.to_owned()),
    }
}

impl Hosts {
    /// Whether this address may be posted to.
    ///
    /// # Errors
    /// In words for who wrote it, naming the setting.
    pub fn require(&self, url: &str) -> Result<()> {
        let url = parsed(url)?;
        let host = url.host_str().unwrap_or_default().to_lowercase();
        let address: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
        let port = url.port_or_known_default();
        let fits = |allowed: &Allowed| match allowed {
            Allowed::Name(name, wanted) => *name == host && (wanted.is_none() || *wanted == port),
            Allowed::Below(end) => host.ends_with(end.as_str()),
            Allowed::Network(network) => address.is_some_and(|address| network.contains(&address)),
        };
        if self.0.iter().any(fits) {
            return Ok(());
        }
        Err(Error::invalid(format!(
            "this server may not connect to {host}: its operator names the hosts that webhooks may be on in alerts.webhook_hosts"
        )))
    }
}

/// The address of a webhook.
///
/// # Errors
/// In words for who wrote it.
pub fn parsed(text: &str) -> Result<Url> {
    let url = Url::parse(text).map_err(|error| Error::invalid(format!("'{text}' is no address of a webhook: {error}")))?;
    if !["http", "https"].contains(&url.scheme()) || url.host_str().is_none() {
        return Err(Error::invalid("the address of a webhook begins with https:// or http:// and a host"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::invalid("the address of a webhook has no user name and password; give a token instead"));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_hosts_that_the_operator_names_may_be_posted_to() {
        let hosts: Hosts = "hooks.example.org, *.chat.example, lab:8065, 10.0.0.0/8, ::1".parse().unwrap();
        let may = |url: &str| hosts.require(url).is_ok();
        for url in [
            "https://hooks.example.org/x",
            "https://Hooks.Example.ORG:8443/x",
            "http://a.chat.example",
            "http://lab:8065/hooks/1",
            "http://10.1.2.3:9/x",
            "http://[::1]:80/",
        ] {
            assert!(may(url), "{url}");
        }
        for url in [
            "https://example.org",
            "https://hooks.example.org.evil.example/",
            "https://chat.example/",
            "http://lab/",
            "http://127.0.0.1/",
            "http://0x7f000001/",
            "http://11.0.0.1/",
            "http://10.0.0.1@evil.example/",
            "file:///etc/passwd",
            "hooks.example.org",
        ] {
            assert!(!may(url), "{url}");
        }
        let said = Hosts::default().require("https://hooks.example.org/x").unwrap_err().to_string();
        assert!(said.contains("alerts.webhook_hosts"), "{said}");
        for wrong in ["https://hooks.example.org", "a b", "*", "host:port", "a..b"] {
            assert_eq!(wrong.parse::<Hosts>().unwrap_err(), wrong, "{wrong}");
        }
    }
}
