//! Connections that the server or its commands open. One TLS configuration of ours for all of them: the roots that are
//! compiled in, and the operator's own; nothing depends on files of the machine, which an empty root does not have.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

use crate::error::{Error, Result};

/// The TLS configuration every client library is given.
pub fn tls(own_ca: Option<&Path>) -> Result<ClientConfig> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(path) = own_ca {
        let wrong = |error: String| Error::invalid(format!("the CA file {} cannot be used: {error}", path.display()));
        let certificates = CertificateDer::pem_file_iter(path).map_err(|error| wrong(error.to_string()))?;
        for certificate in certificates {
            let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
            roots.add(certificate).map_err(|error| wrong(error.to_string()))?;
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    Ok(builder.map_err(Error::internal)?.with_root_certificates(roots).with_no_client_auth())
}

/// A client for HTTP. Follows no redirects to elsewhere and gives up after `timeout`.
#[expect(clippy::disallowed_methods, reason = "the one home of HTTP clients")]
pub fn http_client(own_ca: Option<&Path>, timeout: Duration) -> Result<reqwest::Client> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls(own_ca)?)
        .timeout(timeout)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(Error::internal)
}

/// Keeps name look-ups to files and DNS. A static binary that met another word in the machine's nsswitch.conf would load
/// that module from the machine and crash; so the lists are set before anything is looked up.
#[expect(unsafe_code, reason = "the C library has no safe way to be told")]
pub fn pin_name_lookup() {
    unsafe extern "C" {
        fn __nss_configure_lookup(database: *const libc::c_char, services: *const libc::c_char) -> libc::c_int;
    }
    for (database, services) in [
        (c"hosts", c"files dns"),
        (c"passwd", c"files"),
        (c"group", c"files"),
        (c"services", c"files"),
        (c"protocols", c"files"),
    ] {
        // SAFETY: both are C strings that live for ever; no other thread runs yet.
        let failed = unsafe { __nss_configure_lookup(database.as_ptr(), services.as_ptr()) };
        assert_eq!(failed, 0, "the C library knows the databases it is told of");
    }
}
