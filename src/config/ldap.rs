//! The directory's part of the configuration, and the names that the vendor's server has for it.

use std::path::PathBuf;
use std::time::Duration;

use config::{Config as Layers, ConfigError};

use super::layers::Entry;
use super::{Ldap, Shown};
use crate::secret::Secret;

/// How the names begin that the vendor's server reads from the environment.
pub(super) const VENDOR: &str = "LOCAL_LDAP_";

/// What a name of the vendor's server means here: keys of ours with their values.
///
/// # Errors
/// In words, for a name that is not known and a value that cannot be.
pub(super) fn alias(name: &str, value: &str) -> Result<Vec<(&'static str, String)>, String> {
    let value = value.trim();
    let one = |key: &'static str| Ok(vec![(key, value.to_owned())]);
    match name.strip_prefix(VENDOR).unwrap_or_default() {
        // There it may be without a scheme; StartTLS says whether it is encrypted.
        "ADDRESS" if value.contains("://") || value.is_empty() => one("ldap.servers"),
        "ADDRESS" => Ok(vec![("ldap.servers", format!("ldap://{value}"))]),
        "BASE_DN" => one("ldap.base_dn"),
        "BIND_DN" => one("ldap.bind_dn"),
        "BIND_PW" => one("ldap.bind_password"),
        "ATTRIBUTES" => attributes(value),
        "TLS_ENABLE" => Ok(vec![("ldap.start_tls", flag(value)?.to_string())]),
        "GROUP_ALLOW_LIST" => one("ldap.sign_in_groups"),
        "LOGIN" => Ok(vec![("ldap.enabled", flag(value)?.to_string())]),
        _ => Err(format!(
            "there is no such setting; those of this kind are {VENDOR}ADDRESS, BASE_DN, BIND_DN, BIND_PW, ATTRIBUTES, TLS_ENABLE, \
             GROUP_ALLOW_LIST and LOGIN"
        )),
    }
}

/// `email=mail,group=memberOf`.
fn attributes(value: &str) -> Result<Vec<(&'static str, String)>, String> {
    let parts = value.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let wrong = || format!("must be as in email=mail,group=memberOf; '{part}' is not");
            let (what, attribute) = part.split_once('=').ok_or_else(wrong)?;
            let key = match what.trim() {
                "email" => "ldap.attribute_email",
                "group" => "ldap.attribute_groups",
                _ => return Err(wrong()),
            };
            Ok((key, attribute.trim().to_owned()))
        })
        .collect()
}

fn flag(value: &str) -> Result<bool, String> {
    match value.to_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" | "" => Ok(false),
        _ => Err(format!("must be true or false, not '{value}'")),
    }
}

/// Groups one after the other: with `;` between them, or with commas where none is a whole name, which has commas itself.
fn groups(text: &str) -> Vec<String> {
    let separator = if text.contains(';') || text.contains('=') { ';' } else { ',' };
    text.split(separator).map(str::trim).filter(|group| !group.is_empty()).map(str::to_owned).collect()
}

/// The directory, if there is one; what contradicts itself becomes a mistake.
pub(super) fn read(
    layers: &Layers,
    bind_password: Option<Secret>,
    entries: &[Entry],
    mistakes: &mut Vec<String>,
) -> Result<Option<Ldap>, ConfigError> {
    let text = |key: &str| layers.get_string(&format!("ldap.{key}")).map(|text| text.trim().to_owned());
    let path = |key: &str| Ok(Some(text(key)?).filter(|path| !path.is_empty()).map(PathBuf::from));
    let listed = text("servers")?;
    let servers: Vec<String> = listed.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect();
    if servers.is_empty() {
        return Ok(None);
    }
    for server in &servers {
        let host = server.strip_prefix("ldaps://").or_else(|| server.strip_prefix("ldap://")).unwrap_or_default();
        if host.is_empty() || host.contains('/') {
            mistakes
                .push(format!("ldap.servers must be addresses as in ldaps://directory.example.org:636; '{server}' is none"));
        }
    }
    let minutes: u64 = layers.get("ldap.sync_minutes")?;
    let ldap = Ldap {
        servers,
        enabled: layers.get("ldap.enabled")?,
        product: text("product")?,
        start_tls: layers.get("ldap.start_tls")?,
        ca_file: path("ca_file")?,
        client_certificate: path("client_certificate")?,
        client_key: path("client_key")?,
        bind_dn: text("bind_dn")?,
        bind_password,
        base_dn: text("base_dn")?,
        user_filter: text("user_filter")?,
        disabled_filter: text("disabled_filter")?,
        attribute_id: text("attribute_id")?,
        attribute_username: text("attribute_username")?,
        attribute_name: text("attribute_name")?,
        attribute_email: text("attribute_email")?,
        attribute_groups: text("attribute_groups")?,
        create_accounts: layers.get("ldap.create_accounts")?,
        group_base_dn: text("group_base_dn")?,
        group_filter: text("group_filter")?,
        sign_in_groups: groups(&text("sign_in_groups")?),
        rules_file: path("rules_file")?,
        sync_every: (minutes > 0).then(|| Duration::from_secs(minutes * 60)),
        removals_max_percent: layers.get("ldap.removals_max_percent")?,
        keeps_manual_members: layers.get("ldap.keep_manual_members")?,
        timeout: Duration::from_secs(layers.get("ldap.timeout_seconds")?),
        shown: entries.iter().filter(|entry| entry.setting.key.starts_with("ldap.")).map(Shown::of).collect(),
    };
    mistakes.extend(contradictions(&ldap));
    Ok(Some(ldap))
}

fn contradictions(ldap: &Ldap) -> Vec<String> {
    let by_certificate = ldap.client_certificate.is_some();
    let plain = ldap.servers.iter().any(|server| server.starts_with("ldap://")) && !ldap.start_tls;
    let cases = [
        (ldap.base_dn.is_empty(), "ldap.base_dn must say below which entry people are, as ldap.servers is set"),
        (
            !ldap.user_filter.is_empty() && !ldap.user_filter.contains("{login}"),
            "ldap.user_filter must contain {login}, or everybody would be found for any login",
        ),
        (
            ldap.bind_dn.is_empty() != ldap.bind_password.is_none(),
            "ldap.bind_dn and ldap.bind_password must be set together, or neither",
        ),
        (by_certificate != ldap.client_key.is_some(), "ldap.client_certificate and ldap.client_key must be set together"),
        (by_certificate && !ldap.bind_dn.is_empty(), "ldap.client_certificate says who binds, so ldap.bind_dn must be empty"),
        (by_certificate && plain, "ldap.client_certificate needs ldaps:// or ldap.start_tls: it is shown by TLS alone"),
    ];
    cases.into_iter().filter(|(wrong, _)| *wrong).map(|(_, why)| why.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::load;
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_directory_that_contradicts_itself_is_refused_with_every_reason() {
        let of = |pairs: &[(&str, &str)]| load(None, &environment(pairs), &[]);
        assert!(of(&[]).unwrap().0.ldap.is_none());
        let wrong = of(&[
            ("RUNSTEAD_LDAP__SERVERS", "ldaps://a.example, https://b.example"),
            ("RUNSTEAD_LDAP__BIND_DN", "cn=reader"),
            ("RUNSTEAD_LDAP__USER_FILTER", "(uid=*)"),
        ]);
        let wrong = wrong.unwrap_err().join("\n");
        for part in ["'https://b.example' is none", "ldap.base_dn must", "set together", "must contain {login}"] {
            assert!(wrong.contains(part), "{part} in {wrong}");
        }
        let right = [("RUNSTEAD_LDAP__SERVERS", "ldaps://a.example"), ("RUNSTEAD_LDAP__BASE_DN", "dc=example")];
        assert_eq!(of(&right).unwrap().0.ldap.unwrap().servers, ["ldaps://a.example"]);
    }

    #[test]
    fn the_names_of_the_vendors_server_are_understood_and_ours_win() {
        let vendor = [
            ("LOCAL_LDAP_ADDRESS", "dir.example:389"),
            ("LOCAL_LDAP_BASE_DN", "dc=example"),
            ("LOCAL_LDAP_BIND_DN", "cn=admin,dc=example"),
            ("LOCAL_LDAP_BIND_PW", "secret"),
            ("LOCAL_LDAP_ATTRIBUTES", "email=mail2, group=groups"),
            ("LOCAL_LDAP_TLS_ENABLE", "True"),
            ("LOCAL_LDAP_GROUP_ALLOW_LIST", "ml, research"),
            ("LOCAL_LDAP_LOGIN", "false"),
            ("RUNSTEAD_LDAP__BASE_DN", "ou=ours"),
        ];
        let (config, entries) = load(None, &environment(&vendor), &[]).unwrap();
        let ldap = config.ldap.unwrap();
        assert_eq!((ldap.servers[0].as_str(), ldap.base_dn.as_str()), ("ldap://dir.example:389", "ou=ours"));
        assert_eq!((ldap.attribute_email.as_str(), ldap.attribute_groups.as_str()), ("mail2", "groups"));
        assert_eq!(
            (ldap.sign_in_groups.as_slice(), ldap.enabled),
            (["ml".to_owned(), "research".to_owned()].as_slice(), false)
        );
        assert_eq!(ldap.bind_password.unwrap().reveal(), "secret");
        let origin = |key: &str| entries.iter().find(|entry| entry.setting.key == key).unwrap().origin.to_string();
        assert_eq!(origin("ldap.servers"), "environment LOCAL_LDAP_ADDRESS");
        let wrong = [("LOCAL_LDAP_LOGIN", "maybe"), ("LOCAL_LDAP_ATTRIBUTES", "mail"), ("LOCAL_LDAP_ADRESS", "x")];
        let wrong = load(None, &environment(&wrong), &[]).unwrap_err().join("\n");
        for part in ["LOCAL_LDAP_LOGIN: must be true or false", "'mail' is not", "LOCAL_LDAP_ADRESS: there is no such setting"]
        {
            assert!(wrong.contains(part), "{part} in {wrong}");
        }
    }

    #[test]
    fn groups_stand_one_after_the_other() {
        assert_eq!(groups("a, b"), ["a", "b"]);
        assert_eq!(groups("cn=a,dc=x; b"), ["cn=a,dc=x", "b"]);
        assert_eq!(groups("cn=a,dc=x"), ["cn=a,dc=x"]);
    }
}
