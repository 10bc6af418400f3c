//! Connections that the server or its commands open. One TLS configuration of ours for all of them: the roots that are
//! compiled in, and the operator's own; nothing depends on files of the machine, which an empty root does not have.

pub mod hosts;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use crate::error::{Error, Result};

/// Authorities of the operator's that every connection trusts.
static TRUSTED: RwLock<Vec<CertificateDer<'static>>> = RwLock::new(Vec::new());

/// Trusts the authorities whose certificates lie in a folder, and those of the last call no more. A folder that is not
/// there has none.
///
/// # Errors
/// In words for the operator: which file cannot be used; then nothing has changed.
pub fn trust(folder: &Path) -> Result<()> {
    let mut found = Vec::new();
    for path in pem_files(folder)? {
        found.extend(certificates(&path)?);
    }
    *TRUSTED.write().expect("no holder of this lock panics") = found;
    Ok(())
}

/// The authorities of the operator's, for a library that makes its own TLS configuration.
pub fn trusted() -> Vec<CertificateDer<'static>> {
    TRUSTED.read().expect("no holder of this lock panics").clone()
}

/// The PEM files in a folder, by name; those of a folder that is not there are none.
pub fn pem_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = match folder.read_dir() {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::invalid(format!("the folder {} cannot be read: {error}", folder.display()))),
    };
    let is_pem = |path: &PathBuf| path.extension().is_some_and(|end| end == "pem" || end == "crt");
    let mut found: Vec<PathBuf> =
        entries.filter_map(std::result::Result::ok).map(|entry| entry.path()).filter(is_pem).collect();
    found.sort();
    Ok(found)
}

/// The certificates of a PEM file, of which each can be trusted.
fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let wrong = |error: String| Error::invalid(format!("the CA file {} cannot be used: {error}", path.display()));
    let found = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<std::result::Result<Vec<_>, _>>);
    let found = found.map_err(|error| wrong(error.to_string()))?;
    for certificate in &found {
        RootCertStore::empty().add(certificate.clone()).map_err(|error| wrong(error.to_string()))?;
    }
    Ok(found)
}

/// The certificates of these PEM files as one, for who is to trust them too. Whatever else lies in them, such as a key, stays there.
pub fn certificates_of(files: &[PathBuf]) -> Result<String> {
    let mut out = String::new();
    for path in files {
        for certificate in certificates(path)? {
            let body = STANDARD.encode(&certificate);
            out.push_str("-----BEGIN CERTIFICATE-----\n");
            for line in body.as_bytes().chunks(64) {
                out.push_str(&String::from_utf8_lossy(line));
                out.push('\n');
            }
            out.push_str("-----END CERTIFICATE-----\n");
        }
    }
    Ok(out)
}

/// The TLS configuration every client library is given.
pub fn tls(own_ca: Option<&Path>) -> Result<ClientConfig> {
    tls_as(own_ca, None)
}

/// As [`tls`], showing the other side a certificate, whose key is in the second file.
pub fn tls_as(own_ca: Option<&Path>, own: Option<(&Path, &Path)>) -> Result<ClientConfig> {
    let roots = roots(own_ca)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(Error::internal)?.with_root_certificates(roots);
    let Some((certificate, key)) = own else {
        return Ok(builder.with_no_client_auth());
    };
    let wrong = |path: &Path, error: &dyn fmt::Display| Error::invalid(format!("{} cannot be used: {error}", path.display()));
    let chain = CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect);
    let chain: Vec<CertificateDer<'static>> = chain.map_err(|error| wrong(certificate, &error))?;
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| wrong(key, &error))?;
    builder.with_client_auth_cert(chain, private).map_err(|error| wrong(certificate, &error))
}

/// The authorities that are compiled in, and the operator's own.
fn roots(own_ca: Option<&Path>) -> Result<RootCertStore> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for certificate in trusted().into_iter().chain(own_ca.map(certificates).transpose()?.unwrap_or_default()) {
        roots.add(certificate).map_err(Error::internal)?;
    }
    Ok(roots)
}

/// Certificates that the other sides of connections showed, for people who look into what is wrong with them.
#[derive(Clone, Debug, Default)]
pub struct Shown(Arc<Mutex<Vec<CertificateDer<'static>>>>);

impl Shown {
    /// Those of the last connection in their order, each by its subject, its issuer and its last day.
    pub fn in_words(&self) -> Vec<String> {
        let chain = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let words = |certificate: &CertificateDer<'_>| match x509_parser::parse_x509_certificate(certificate) {
            Ok((_, found)) => {
                format!("{}, issued by {}, good until {}", found.subject(), found.issuer(), found.validity().not_after)
            }
            Err(error) => format!("a certificate that cannot be read: {error}"),
        };
        chain.iter().map(words).collect()
    }
}

/// As [`tls_as`], keeping what the other side shows, whether it is trusted or not.
pub fn tls_shown(own_ca: Option<&Path>, own: Option<(&Path, &Path)>) -> Result<(ClientConfig, Shown)> {
    let mut tls = tls_as(own_ca, own)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let usual = WebPkiServerVerifier::builder_with_provider(Arc::new(roots(own_ca)?), Arc::clone(&provider)).build();
    let usual = usual.map_err(Error::internal)?;
    let shown = Shown::default();
    let kept = shown.clone();
    let judge = move |seen: &Seen<'_>| {
        let chain = std::iter::once(seen.certificate).chain(seen.between);
        let chain = chain.map(|certificate| certificate.clone().into_owned()).collect();
        *kept.0.lock().unwrap_or_else(PoisonError::into_inner) = chain;
        usual.verify_server_cert(seen.certificate, seen.between, seen.name, &[], seen.now)
    };
    tls.dangerous().set_certificate_verifier(Arc::new(Judge { judge, provider }));
    Ok((tls, shown))
}

/// A client for HTTP. Follows no redirects to elsewhere and gives up after `timeout`.
pub fn http_client(own_ca: Option<&Path>, timeout: Duration) -> Result<reqwest::Client> {
    client(tls(own_ca)?, timeout)
}

/// A client for the one server that shows this certificate, the first of a PEM file, whatever name or address it has.
pub fn http_client_for(certificate: &Path, timeout: Duration) -> Result<reqwest::Client> {
    let wrong =
        |error: &dyn fmt::Display| Error::invalid(format!("the certificate {} cannot be used: {error}", certificate.display()));
    let expected = CertificateDer::from_pem_file(certificate).map_err(|error| wrong(&error))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
    let judge = move |seen: &Seen<'_>| match *seen.certificate == expected {
        true => Ok(ServerCertVerified::assertion()),
        false => Err(rustls::Error::General("the server shows another certificate than the one that is configured".to_owned())),
    };
    let dangerous = builder.map_err(Error::internal)?.dangerous();
    let judged = dangerous.with_custom_certificate_verifier(Arc::new(Judge { judge, provider }));
    client(judged.with_no_client_auth(), timeout)
}

/// A client for bodies of any size: gives up when nothing comes for a minute, however long all of it takes.
#[expect(clippy::disallowed_methods, reason = "the one home of HTTP clients")]
pub fn transfer_client() -> Result<reqwest::Client> {
    let builder = reqwest::Client::builder().tls_backend_preconfigured(tls(None)?);
    let builder = builder.connect_timeout(Duration::from_secs(10)).read_timeout(Duration::from_secs(60));
    builder.redirect(reqwest::redirect::Policy::none()).build().map_err(Error::internal)
}

/// A client for the server that listens at a socket in the file system, whatever address is asked for.
#[expect(clippy::disallowed_methods, reason = "the one home of HTTP clients")]
pub fn http_client_at(socket: &Path, timeout: Duration) -> Result<reqwest::Client> {
    let builder = reqwest::Client::builder().tls_backend_preconfigured(tls(None)?).unix_socket(socket).timeout(timeout);
    builder.redirect(reqwest::redirect::Policy::none()).build().map_err(Error::internal)
}

#[expect(clippy::disallowed_methods, reason = "the one home of HTTP clients")]
fn client(tls: ClientConfig, timeout: Duration) -> Result<reqwest::Client> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .timeout(timeout)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(Error::internal)
}

/// What the other side of a connection shows.
struct Seen<'a> {
    certificate: &'a CertificateDer<'a>,
    between: &'a [CertificateDer<'a>],
    name: &'a ServerName<'a>,
    now: UnixTime,
}

/// Trusts whom `judge` trusts and who proves, as TLS demands, that the key of the certificate is theirs.
struct Judge<F> {
    judge: F,
    provider: Arc<CryptoProvider>,
}

impl<F> fmt::Debug for Judge<F> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Judge")
    }
}

impl<F> ServerCertVerifier for Judge<F>
where
    F: Fn(&Seen<'_>) -> std::result::Result<ServerCertVerified, rustls::Error> + Send + Sync,
{
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        (self.judge)(&Seen { certificate, between, name, now })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
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
