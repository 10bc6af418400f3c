//! From the configuration to what the checks look at.

use std::path::PathBuf;
use std::time::Duration;

use super::{backups, directory};
use crate::clock::Clock;
use crate::config::Config;
use crate::domain::checkup::Subject;
use crate::error::Result;
use crate::outbound;

/// What there is to check.
///
/// # Errors
/// In words for the operator: a file that the directory needs cannot be used.
pub fn subject(config: &Config, clock: Clock) -> Result<Subject> {
    Ok(Subject {
        data: config.data.dir.clone(),
        in_bucket: config.bucket.is_some(),
        durable: config.data.durable,
        watermarks: config.disk,
        listen: config.http.listen.clone(),
        tls: config.tls.as_ref().map(|tls| (tls.certificate.clone(), tls.key.clone())),
        public_url: config.http.public_url.clone(),
        trusts_proxies: !config.http.trusted_proxies.is_empty(),
        directory: directory::open(config)?,
        own_roots: outbound::pem_files(&config.authorities)?,
        backup_to: Some(PathBuf::from(&config.backup.to)).filter(|path| !path.as_os_str().is_empty()),
        backup_retention: backups::retention(config),
        backup_patience: config.backup.every + Duration::from_secs(2 * 3600),
        clock,
    })
}
