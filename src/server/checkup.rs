//! From the configuration to what the checks look at.

use std::time::Duration;

use super::{backups, blobs, directory};
use crate::clock::Clock;
use crate::config::{Config, Issuer};
use crate::domain::checkup::Subject;
use crate::error::Result;
use crate::outbound;

/// What there is to check. To be called where a runtime is.
///
/// # Errors
/// In words for the operator: a bucket or a file that the directory needs cannot be used.
pub fn subject(config: &Config, clock: Clock) -> Result<Subject> {
    let mut own_roots = outbound::pem_files(&config.authorities)?;
    own_roots.extend(
        config
            .tls
            .iter()
            .filter(|tls| tls.issuer == Issuer::Itself && tls.certificate.is_file())
            .map(|tls| tls.certificate.clone()),
    );
    Ok(Subject {
        data: config.data.dir.clone(),
        bucket: if config.bucket.is_some() { Some(blobs::open(config)?) } else { None },
        durable: config.data.durable,
        watermarks: config.disk,
        listen: config.http.listen.clone(),
        tls: config.tls.as_ref().map(|tls| (tls.certificate.clone(), tls.key.clone())),
        public_url: config.http.public_url.clone(),
        also_known_as: config.http.also_known_as.clone(),
        trusts_proxies: !config.http.trusted_proxies.is_empty(),
        directory: directory::open(config)?,
        mail: config.mail.clone(),
        own_roots,
        backup_to: backups::root(config)?,
        backup_retention: backups::retention(config),
        backup_patience: config.backup.every + Duration::from_secs(2 * 3600),
        clock,
    })
}
