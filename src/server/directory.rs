//! From the configuration to the directory that people sign in with.

use crate::config::Config;
use crate::domain::directory::{Attributes, Directory, Product, Settings};
use crate::error::{Error, Result};

/// The directory, if one is configured. Does not connect: it may be down while the server starts.
///
/// # Errors
/// `Invalid` if the file with its certificates cannot be used.
pub fn open(config: &Config) -> Result<Option<Directory>> {
    let Some(ldap) = &config.ldap else {
        return Ok(None);
    };
    let product = Product::read(&ldap.product)
        .ok_or_else(|| Error::invalid(format!("ldap.product: there is no preset for '{}'", ldap.product)))?;
    let or = |own: &String, usual: String| if own.is_empty() { usual } else { own.clone() };
    let usual = product.attributes();
    let settings = Settings {
        servers: ldap.servers.clone(),
        start_tls: ldap.start_tls,
        ca_file: ldap.ca_file.clone(),
        bind_dn: ldap.bind_dn.clone(),
        bind_password: ldap.bind_password.clone().unwrap_or_default(),
        base_dn: ldap.base_dn.clone(),
        filter: or(&ldap.user_filter, product.filter().to_owned()),
        attributes: Attributes {
            id: or(&ldap.attribute_id, usual.id),
            username: or(&ldap.attribute_username, usual.username),
            name: or(&ldap.attribute_name, usual.name),
            email: or(&ldap.attribute_email, usual.email),
        },
        timeout: ldap.timeout,
        create_accounts: ldap.create_accounts,
    };
    Directory::new(settings).map(Some)
}
