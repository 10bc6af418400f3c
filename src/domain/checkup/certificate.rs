//! The certificate that the server shows, and those it trusts beside the usual ones.

use std::path::Path;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::settings::host_of;
use super::{Subject, Verdict, Wish};
use crate::clock::Timestamp;
use crate::error::{Error, Result};

const WARN_DAYS: i64 = 21;
const MICROS_A_DAY: i64 = 86_400_000_000;

/// Until when the first certificate in a PEM file is good.
pub fn expiry(path: &Path) -> Result<Timestamp> {
    read(path, |certificate| Timestamp::from_micros(certificate.validity().not_after.timestamp() * 1_000_000))
}

/// What the first certificate in a PEM file says.
#[derive(Clone, Debug)]
pub struct Facts {
    pub names: Vec<String>,
    pub from: Timestamp,
    pub until: Timestamp,
    /// Nobody else vouches for it.
    pub is_self_signed: bool,
}

/// Reads a certificate.
///
/// # Errors
/// In words for the operator: the file, and what is wrong with it.
pub fn facts(path: &Path) -> Result<Facts> {
    let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000);
    read(path, |certificate| Facts {
        names: names_of(certificate),
        from: at(certificate.validity().not_before.timestamp()),
        until: at(certificate.validity().not_after.timestamp()),
        is_self_signed: certificate.subject() == certificate.issuer(),
    })
}

fn read<T>(path: &Path, take: impl FnOnce(&X509Certificate<'_>) -> T) -> Result<T> {
    let wrong = |why: String| Error::invalid(format!("the certificate {} cannot be read: {why}", path.display()));
    let der = CertificateDer::from_pem_file(path).map_err(|error| wrong(error.to_string()))?;
    let (_, certificate) = X509Certificate::from_der(&der).map_err(|error| wrong(error.to_string()))?;
    Ok(take(&certificate))
}

/// How an expiry looks from now.
pub(super) fn judge(what: &str, until: Timestamp, now: Timestamp) -> Verdict {
    let days = (until.micros() - now.micros()) / MICROS_A_DAY;
    let advice = "renew it; the server takes the new file within a minute";
    match days {
        _ if until <= now => Verdict::bad(format!("{what} has expired at {until}"), advice),
        days if days < WARN_DAYS => Verdict::warning(format!("{what} expires in {days} days, at {until}"), advice),
        days => Verdict::good(format!("{what} is good for {days} days, until {until}")),
    }
}

pub(super) fn own(subject: &Subject, _: Wish) -> Verdict {
    let Some((certificate, _)) = &subject.tls else {
        return Verdict::skipped("the server speaks no TLS itself: tls.certificate is empty");
    };
    match expiry(certificate) {
        Ok(until) => judge(&format!("{}", certificate.display()), until, subject.clock.now()),
        Err(error) => {
            Verdict::bad(error.to_string(), "put the server's certificate there in PEM, then those that lead to its CA")
        }
    }
}

pub(super) fn names(subject: &Subject, _: Wish) -> Verdict {
    let (Some((certificate, _)), Some(host)) = (&subject.tls, subject.public_url.as_deref().and_then(host_of)) else {
        return Verdict::skipped("it takes tls.certificate and http.public_url to compare names");
    };
    match read(certificate, names_of) {
        Err(error) => Verdict::skipped(error.to_string()),
        Ok(names) if names.iter().any(|name| fits(name, host)) => {
            Verdict::good(format!("the certificate is for {}", names.join(", ")))
        }
        Ok(names) => Verdict::bad(
            format!(
                "the certificate is for {}, and http.public_url names {host}",
                if names.is_empty() { "no name".to_owned() } else { names.join(", ") }
            ),
            "get a certificate for that name (as a subject alternative name), or change http.public_url",
        ),
    }
}

fn names_of(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(names)) = certificate.subject_alternative_name() else { return Vec::new() };
    let read = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => <[u8; 4]>::try_from(*bytes).ok().map(|octets| std::net::IpAddr::from(octets).to_string()),
            _ => <[u8; 16]>::try_from(*bytes).ok().map(|octets| std::net::IpAddr::from(octets).to_string()),
        },
        _ => None,
    };
    names.value.general_names.iter().filter_map(read).collect()
}

fn fits(name: &str, host: &str) -> bool {
    name.eq_ignore_ascii_case(host)
        || name
            .strip_prefix("*.")
            .is_some_and(|parent| host.split_once('.').is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(parent)))
}

pub(super) fn authorities(subject: &Subject, _: Wish) -> Verdict {
    if subject.own_roots.is_empty() {
        return Verdict::skipped("no authorities of your own are trusted");
    }
    let now = subject.clock.now();
    let verdicts = subject.own_roots.iter().map(|path| match expiry(path) {
        Ok(until) => judge(&path.display().to_string(), until, now),
        Err(error) => Verdict::bad(error.to_string(), "put a certificate in PEM there, or remove the file"),
    });
    verdicts.max_by_key(|verdict| verdict.state).unwrap_or_else(|| Verdict::good("all are good"))
}
