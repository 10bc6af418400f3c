//! The certificate that the server shows: read from files, and again when they change, so that who renews it restarts
//! nothing. New files that cannot be used are reported, and the certificate in use stays.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, RwLock};
use std::time::SystemTime;

use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::config::{Issuer, Tls};
use crate::error::{Error, Result};

/// What an authority speaks that asks for the proof of a name, and nobody else.
const PROOF_PROTOCOL: &[u8] = b"acme-tls/1";

/// When the files were last changed.
type Age = (SystemTime, SystemTime);

/// The certificate in use, with where it comes from.
#[derive(Debug)]
pub struct Certificate {
    files: Tls,
    read: Mutex<Age>,
    current: RwLock<Arc<CertifiedKey>>,
    /// What shows an authority that a name is this server's, by name.
    proofs: RwLock<BTreeMap<String, Arc<CertifiedKey>>>,
}

impl Certificate {
    /// Reads the files.
    ///
    /// # Errors
    /// In words for the operator: which file, and what is wrong with it.
    pub fn open(files: &Tls) -> Result<Arc<Self>> {
        let (age, current) = (age(files)?, read(files)?);
        let (files, read, current) = (files.clone(), Mutex::new(age), RwLock::new(Arc::new(current)));
        Ok(Arc::new(Self { files, read, current, proofs: RwLock::default() }))
    }

    /// Takes the files again if they have changed; says whether they had.
    ///
    /// # Errors
    /// They cannot be used; the certificate in use stays, and each change is tried once.
    pub fn refresh(&self) -> Result<bool> {
        let age = age(&self.files)?;
        if std::mem::replace(&mut *self.read.lock().expect("no holder of this lock panics"), age) == age {
            return Ok(false);
        }
        *self.current.write().expect("no holder of this lock panics") = Arc::new(read(&self.files)?);
        Ok(true)
    }

    /// As [`Certificate::refresh`], told in the log.
    pub fn refresh_and_tell(&self) {
        match self.refresh() {
            Ok(true) => tracing::info!("the certificate {} was taken again", self.files.certificate.display()),
            Ok(false) => {}
            Err(error) => tracing::error!(cause = error.cause(), "the renewed certificate is not used: {error}"),
        }
    }

    /// What the listener works with.
    pub fn server_config(self: &Arc<Self>) -> Result<ServerConfig> {
        let builder = ServerConfig::builder_with_provider(Arc::new(default_provider())).with_safe_default_protocol_versions();
        let mut config = builder.map_err(Error::internal)?.with_no_client_auth().with_cert_resolver(Arc::clone(self) as _);
        if matches!(self.files.issuer, Issuer::Acme(_)) {
            config.alpn_protocols.push(PROOF_PROTOCOL.to_vec());
        }
        Ok(config)
    }

    /// From now on shows these to whoever asks for a proof of a name (RFC 8737); none takes all back.
    pub(super) fn prove(&self, proofs: BTreeMap<String, Arc<CertifiedKey>>) {
        *self.proofs.write().expect("no holder of this lock panics") = proofs;
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        if hello.alpn().is_some_and(|mut asked| asked.any(|protocol| protocol == PROOF_PROTOCOL)) {
            let proofs = self.proofs.read().expect("no holder of this lock panics");
            return proofs.get(hello.server_name()?).map(Arc::clone);
        }
        Some(Arc::clone(&self.current.read().expect("no holder of this lock panics")))
    }
}

fn unusable(path: &Path, why: impl std::fmt::Display) -> Error {
    Error::invalid(format!("the file {} cannot be used for TLS: {why}", path.display()))
}

fn age(files: &Tls) -> Result<Age> {
    let changed = |path: &Path| -> Result<SystemTime> {
        fs::metadata(path).and_then(|found| found.modified()).map_err(|error: io::Error| unusable(path, error))
    };
    Ok((changed(&files.certificate)?, changed(&files.key)?))
}

fn read(files: &Tls) -> Result<CertifiedKey> {
    let wrong = |error: &dyn std::fmt::Display| unusable(&files.certificate, error);
    let chain: Vec<CertificateDer<'static>> =
        CertificateDer::pem_file_iter(&files.certificate).and_then(Iterator::collect).map_err(|error| wrong(&error))?;
    if chain.is_empty() {
        return Err(wrong(&"it has no certificate; it takes the server's own in PEM, then those that lead to its CA"));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| unusable(&files.key, error))?;
    CertifiedKey::from_der(chain, key, &default_provider())
        .map_err(|error| unusable(&files.key, format!("{error} (certificate {})", files.certificate.display())))
}
