//! A certificate that the server makes for itself, for who has no authority yet: it lies in the data directory, and whoever is to
//! trust it is given it as a file, or compares its fingerprint.

use std::fs;
use std::net::IpAddr;
use std::path::Path;

use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, date_time_ymd};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use sha2::{Digest as _, Sha256};

use super::gate::host_of_url;
use crate::clock::Timestamp;
use crate::config::{Config, Tls};
use crate::domain::checkup;
use crate::error::{Error, Result};

/// It is trusted one by one, so a new one costs everybody work.
const YEARS: i16 = 10;
const MICROS_A_DAY: i64 = 86_400_000_000;
/// One that ends sooner is made anew at a start.
const RENEW_DAYS: i64 = 30;
/// For which names it was made, beside it.
const NAMES: &str = "self-signed.names";

/// Makes it, unless it is there, good for a while, and for the names that this server has now.
///
/// # Errors
/// In words for the operator: nothing can be written there.
pub(super) fn ensure(config: &Config, tls: &Tls, now: Timestamp) -> Result<()> {
    let folder = tls.certificate.parent().unwrap_or(&config.data.dir);
    let names = names(config);
    let known = fs::read_to_string(folder.join(NAMES)).unwrap_or_default();
    let lasts = checkup::expiry(&tls.certificate).is_ok_and(|until| until.micros() - now.micros() > RENEW_DAYS * MICROS_A_DAY);
    if lasts && known.lines().eq(names.iter().map(String::as_str)) && tls.key.is_file() {
        return Ok(());
    }
    let (certificate, key) = make(&names, now)?;
    fs::create_dir_all(folder).map_err(|error| Error::invalid(format!("{} cannot be made: {error}", folder.display())))?;
    super::write_private(&tls.key, &key)?;
    super::write_private(&tls.certificate, &certificate)?;
    super::write_private(&folder.join(NAMES), &format!("{}\n", names.join("\n")))
}

/// Its fingerprint, as browsers show it.
pub(super) fn fingerprint(certificate: &Path) -> Result<String> {
    let der = CertificateDer::from_pem_file(certificate).map_err(Error::internal)?;
    let digest = Sha256::digest(&der);
    Ok(digest.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":"))
}

/// The names and addresses by which the server may be reached.
fn names(config: &Config) -> Vec<String> {
    let public = config.http.public_url.as_deref().and_then(host_of_url);
    let listens = config.http.listen.rsplit_once(':').map(|(host, _)| host.trim_matches(['[', ']']).to_owned());
    let listens = listens.filter(|host| host.parse::<IpAddr>().is_ok_and(|address| !address.is_unspecified()));
    let machine = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let all = public.into_iter().chain(config.http.also_known_as.iter().cloned()).chain(listens).chain([machine]);
    let usual = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let mut names: Vec<String> = Vec::new();
    for name in all.chain(usual) {
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Certificate and key in PEM.
fn make(names: &[String], now: Timestamp) -> Result<(String, String)> {
    let wrong = |error: rcgen::Error| Error::invalid(format!("no certificate can be made for {}: {error}", names.join(", ")));
    let mut params = CertificateParams::new(names.to_vec()).map_err(wrong)?;
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, names.first().map_or("runstead", String::as_str));
    subject.push(DnType::OrganizationName, "Runstead, signed by itself");
    params.distinguished_name = subject;
    // A day before: clocks of clients may be behind.
    let today = jiff::Timestamp::from_microsecond(now.micros() - MICROS_A_DAY).map_err(Error::internal)?;
    let today = jiff::tz::TimeZone::UTC.to_datetime(today);
    let day = |years: i16| date_time_ymd(i32::from(today.year() + years), today.month() as u8, today.day().min(28) as u8);
    (params.not_before, params.not_after) = (day(0), day(YEARS));
    let key = KeyPair::generate().map_err(wrong)?;
    let certificate = params.self_signed(&key).map_err(wrong)?;
    Ok((certificate.pem(), key.serialize_pem()))
}
