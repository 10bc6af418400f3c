//! From the configuration to the directory that people sign in with.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::api::DraftDirectory;
use crate::config::{self, Config};
use crate::domain::directory::{Attributes, ClientCertificate, Directory, Product, Settings, Shown, SyncSettings};
use crate::error::{Error, Result};
use crate::secret::Secret;

/// Settings that may be tried from a page. None of them makes the server read a file.
const DRAFTED: [&str; 15] = [
    "servers",
    "product",
    "start_tls",
    "bind_dn",
    "base_dn",
    "group_base_dn",
    "user_filter",
    "disabled_filter",
    "group_filter",
    "attribute_id",
    "attribute_username",
    "attribute_name",
    "attribute_email",
    "attribute_groups",
    "timeout_seconds",
];

/// The directory, if one is configured. Does not connect: it may be down while the server starts.
///
/// # Errors
/// `Invalid` if the file with its certificates, or that with its rules, cannot be used.
pub fn open(config: &Config) -> Result<Option<Directory>> {
    let Some(ldap) = &config.ldap else {
        return Ok(None);
    };
    let product = Product::read(&ldap.product)
        .ok_or_else(|| Error::invalid(format!("ldap.product: there is no preset for '{}'", ldap.product)))?;
    let or = |own: &String, usual: String| if own.is_empty() { usual } else { own.clone() };
    let usual = product.attributes();
    let (certificate, key) = (ldap.client_certificate.clone(), ldap.client_key.clone());
    let shown = |shown: &config::Shown| {
        let config::Shown { key, about, value, origin } = shown.clone();
        Shown { key, about, value, origin }
    };
    let settings = Settings {
        enabled: ldap.enabled,
        servers: ldap.servers.clone(),
        start_tls: ldap.start_tls,
        ca_file: ldap.ca_file.clone(),
        client: certificate.zip(key).map(|(certificate, key)| ClientCertificate { certificate, key }),
        bind_dn: ldap.bind_dn.clone(),
        bind_password: ldap.bind_password.clone().unwrap_or_default(),
        base_dn: ldap.base_dn.clone(),
        filter: or(&ldap.user_filter, product.filter().to_owned()),
        disabled_filter: or(&ldap.disabled_filter, product.disabled_filter().to_owned()),
        knows_chains: product == Product::ActiveDirectory,
        attributes: Attributes {
            id: or(&ldap.attribute_id, usual.id),
            username: or(&ldap.attribute_username, usual.username),
            name: or(&ldap.attribute_name, usual.name),
            email: or(&ldap.attribute_email, usual.email),
            groups: or(&ldap.attribute_groups, usual.groups),
        },
        timeout: ldap.timeout,
        create_accounts: ldap.create_accounts,
        group_base_dn: or(&ldap.group_base_dn, ldap.base_dn.clone()),
        group_filter: or(&ldap.group_filter, product.group_filter().to_owned()),
        sign_in_groups: ldap.sign_in_groups.clone(),
        rules_file: ldap.rules_file.clone(),
        sync: SyncSettings {
            every: ldap.sync_every,
            removals_max_percent: ldap.removals_max_percent,
            keeps_by_hand: ldap.keeps_manual_members,
        },
        lock_file: config.data.dir.join("directory-sync.lock"),
        shown: ldap.shown.iter().map(shown).collect(),
    };
    Directory::new(settings).map(Some)
}

/// Makes directories of settings that are only tried; they are checked as those of the configuration are. The operator's
/// authority is trusted for them too.
pub fn drafts(config: &Config) -> DraftDirectory {
    let ca_file = config.ldap.as_ref().and_then(|ldap| ldap.ca_file.clone());
    Box::new(move |settings, bind_password| draft(settings, bind_password, ca_file.clone()))
}

fn draft(settings: &BTreeMap<String, String>, password: &Secret, ca_file: Option<PathBuf>) -> Result<(Directory, String)> {
    if let Some(other) = settings.keys().find(|key| !DRAFTED.contains(&key.as_str())) {
        return Err(Error::invalid(format!("{other} cannot be tried here; what can is {}", DRAFTED.join(", "))));
    }
    let flags: Vec<_> = settings.iter().map(|(key, value)| (format!("ldap.{key}"), value.clone())).collect();
    let mut environment = BTreeMap::new();
    if !password.reveal().is_empty() {
        environment.insert("RUNSTEAD_LDAP__BIND_PASSWORD".to_owned(), password.reveal().to_owned());
    }
    let loaded = config::load(None, &environment, &flags);
    // Where a value is wrong, the name of its setting is told; by which flag it would be set is of no use here.
    let (mut config, _) = loaded.map_err(|mistakes| Error::invalid(mistakes.join("\n").replace("flag --ldap.", "")))?;
    if let Some(ldap) = &mut config.ldap {
        ldap.ca_file = ca_file;
    }
    let directory = open(&config)?.ok_or_else(|| Error::invalid("servers must name the server of a directory"))?;
    Ok((directory, config.text))
}
