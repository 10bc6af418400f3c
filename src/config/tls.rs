//! Where the certificate of the listener comes from: files of the operator's, the server itself, or an authority. Of these settings
//! only some go together.

use std::collections::BTreeMap;
use std::path::PathBuf;

use config::Config as Layers;

use super::layers::Origin;
use super::values::{is_host_name, some};
use super::{Acme, Issuer, Tls};

/// Certificate and key are of use together only, and alone where the server does not get them by itself.
pub(super) fn read(layers: &Layers, origins: &BTreeMap<&'static str, Origin>) -> Result<Option<Tls>, String> {
    let origin = |key: &str| origins.get(key).unwrap_or(&Origin::Default);
    let text = |key: &str| layers.get_string(key).ok().and_then(some);
    let half = |given: &str, missing: &str| Err(format!("{}: {given} needs {missing} too", origin(given)));
    let only = |key: &str, without: &str| Err(format!("{}: {key} is of use without {without} only", origin(key)));
    let is_own = layers.get_bool("tls.self_signed").unwrap_or_default();
    let acme = text("tls.acme_directory").map(|directory| Acme { directory, contact: text("tls.acme_contact") });
    let made = |name: &str, issuer: Issuer| {
        let folder = PathBuf::from(layers.get_string("data.dir").unwrap_or_default()).join("tls");
        let [certificate, key] = ["pem", "key"].map(|end| folder.join(format!("{name}.{end}")));
        Ok(Some(Tls { certificate, key, issuer }))
    };
    match (text("tls.certificate").map(PathBuf::from), text("tls.key").map(PathBuf::from), acme) {
        (Some(_), None, _) => half("tls.certificate", "tls.key"),
        (None, Some(_), _) => half("tls.key", "tls.certificate"),
        (Some(_), Some(_), _) if is_own => only("tls.self_signed", "tls.certificate and tls.key"),
        (Some(_), Some(_), Some(_)) => only("tls.acme_directory", "tls.certificate and tls.key"),
        (_, _, Some(_)) if is_own => only("tls.acme_directory", "tls.self_signed"),
        (Some(certificate), Some(key), None) => Ok(Some(Tls { certificate, key, issuer: Issuer::Operator })),
        (None, None, Some(acme)) if !acme.directory.starts_with("https://") => Err(format!(
            "{}: tls.acme_directory must begin with https://, not '{}'",
            origin("tls.acme_directory"),
            acme.directory
        )),
        (None, None, Some(acme)) => match text("http.public_url").as_deref().and_then(named_host) {
            Some(_) => made("acme", Issuer::Acme(acme)),
            None => Err(format!(
                "{}: tls.acme_directory needs http.public_url with a name, which the certificate is for",
                origin("tls.acme_directory")
            )),
        },
        (None, None, None) if text("tls.acme_contact").is_some() => {
            Err(format!("{}: tls.acme_contact is of use with tls.acme_directory only", origin("tls.acme_contact")))
        }
        (None, None, None) if is_own => made("self-signed", Issuer::Itself),
        (None, None, None) => Ok(None),
    }
}

/// The host of an address, if it has a name.
fn named_host(url: &str) -> Option<&str> {
    let host = url.split_once("://")?.1.split(['/', ':']).next()?;
    Some(host).filter(|host| is_host_name(host) && host.parse::<std::net::IpAddr>().is_err())
}
