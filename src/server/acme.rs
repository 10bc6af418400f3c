//! A certificate from an authority that speaks ACME (RFC 8555): asked for at the start, and again in time. That the names are this
//! server's is shown at its own port (TLS-ALPN-01, RFC 8737), so that nothing else has to be opened.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use instant_acme::{
    Account, AccountCredentials, AuthorizationStatus, BodyWrapper, BytesResponse, ChallengeType, HttpClient, Identifier,
    NewAccount, NewOrder, OrderStatus, RetryPolicy,
};
use rcgen::{CertificateParams, CustomExtension, KeyPair};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::CertifiedKey;
use serde_json::Value;

use super::gate::host_of_url;
use super::{Certificate, write_private};
use crate::clock::Timestamp;
use crate::config::{self, Config, Issuer};
use crate::domain::checkup::{self, Facts};
use crate::error::{Error, Result};
use crate::outbound;

/// How long one request to the authority may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// And how long it may look into what it was shown, and sign.
const PATIENCE: Duration = Duration::from_secs(120);
/// Who the server is to the authority, beside the certificate.
const ACCOUNT: &str = "acme-account.json";

/// What is asked of the authority.
pub(super) struct Order {
    authority: config::Acme,
    /// The public address's own first.
    names: Vec<String>,
    certificate: PathBuf,
    key: PathBuf,
    shown: Arc<Certificate>,
}

impl Order {
    /// What the configuration wants of an authority, if of any.
    pub fn of(config: &Config, shown: Arc<Certificate>) -> Option<Self> {
        let tls = config.tls.as_ref()?;
        let Issuer::Acme(authority) = &tls.issuer else { return None };
        let own = config.http.public_url.as_deref().and_then(host_of_url)?;
        let mut names = vec![own];
        names.extend(config.http.also_known_as.iter().filter(|name| !names.contains(name)).cloned().collect::<Vec<_>>());
        let (certificate, key) = (tls.certificate.clone(), tls.key.clone());
        Some(Self { authority: authority.clone(), names, certificate, key, shown })
    }

    /// Gets a certificate if it is time; how many were got.
    ///
    /// # Errors
    /// In words for the operator: what the authority said, or why it could not be asked. What is shown stays.
    pub async fn renew(&self, now: Timestamp) -> Result<usize> {
        if !self.is_due(&checkup::facts(&self.certificate)?, now) {
            return Ok(0);
        }
        let refused = |why: String| {
            let (directory, names) = (&self.authority.directory, self.names.join(", "));
            Error::invalid(format!("the authority {directory} gives no certificate for {names}: {why}"))
        };
        let got = self.get().await;
        // Nobody is to be shown them later.
        self.shown.prove(BTreeMap::new());
        let (chain, key) = got.map_err(refused)?;
        // Whoever reads the first between the two finds that they do not fit, and reads both again when the second has changed.
        write_private(&self.key, &key)?;
        write_private(&self.certificate, &chain)?;
        self.shown.refresh_and_tell();
        Ok(1)
    }

    /// Two thirds of its time are over, it is for other names, or only the server itself vouches for it.
    fn is_due(&self, facts: &Facts, now: Timestamp) -> bool {
        let (from, until) = (facts.from.micros(), facts.until.micros());
        let covers = self.names.iter().all(|name| facts.names.iter().any(|known| known.eq_ignore_ascii_case(name)));
        facts.is_self_signed || !covers || now.micros() - from > (until - from) / 3 * 2
    }

    /// Chain and key in PEM.
    async fn get(&self) -> std::result::Result<(String, String), String> {
        let account = self.account().await?;
        let words = |error: instant_acme::Error| error.to_string();
        let identifiers: Vec<Identifier> = self.names.iter().cloned().map(Identifier::Dns).collect();
        let mut order = account.new_order(&NewOrder::new(&identifiers)).await.map_err(words)?;
        let mut proofs = BTreeMap::new();
        let mut asked = order.authorizations();
        while let Some(found) = asked.next().await {
            let mut authorization = found.map_err(words)?;
            if authorization.status == AuthorizationStatus::Valid {
                continue;
            }
            let name = authorization.identifier().to_string();
            let challenge = authorization.challenge(ChallengeType::TlsAlpn01);
            let mut challenge = challenge.ok_or_else(|| format!("it takes no proof of {name} at port 443 (tls-alpn-01)"))?;
            proofs.insert(name.clone(), proof(&name, challenge.key_authorization().digest().as_ref())?);
            self.shown.prove(proofs.clone());
            challenge.set_ready().await.map_err(words)?;
        }
        let patience = RetryPolicy::new().timeout(PATIENCE);
        if order.poll_ready(&patience).await.map_err(words)? != OrderStatus::Ready {
            return Err(why_not(&mut order).await);
        }
        let key = order.finalize().await.map_err(words)?;
        let chain = order.poll_certificate(&patience).await.map_err(words)?;
        Ok((chain, key))
    }

    /// The account of this server there; a new one where there is none, or it is another's.
    async fn account(&self) -> std::result::Result<Account, String> {
        let words = |error: instant_acme::Error| error.to_string();
        let client = outbound::http_client(None, TIMEOUT).map_err(|error| error.cause())?;
        let builder = || Account::builder_with_http(Box::new(Http(client.clone())));
        let path = self.certificate.with_file_name(ACCOUNT);
        if let Some(known) = std::fs::read_to_string(&path).ok().and_then(|text| serde_json::from_str::<Value>(&text).ok())
            && known["directory"].as_str() == Some(self.authority.directory.as_str())
        {
            let credentials = serde_json::from_value::<AccountCredentials>(known);
            let credentials = credentials.map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
            return builder().from_credentials(credentials).await.map_err(words);
        }
        let contact: Vec<String> = self.authority.contact.iter().map(|mail| format!("mailto:{mail}")).collect();
        let contact: Vec<&str> = contact.iter().map(String::as_str).collect();
        let wanted = NewAccount { contact: &contact, terms_of_service_agreed: true, only_return_existing: false };
        let (account, credentials) = builder().create(&wanted, self.authority.directory.clone(), None).await.map_err(words)?;
        let text = serde_json::to_string(&credentials).map_err(|error| error.to_string())?;
        write_private(&path, &text).map_err(|error| error.cause())?;
        Ok(account)
    }
}

/// What the authority found wrong with the proofs.
async fn why_not(order: &mut instant_acme::Order) -> String {
    let mut told: Vec<String> = order.state().error.iter().map(ToString::to_string).collect();
    let mut asked = order.authorizations();
    while let Some(Ok(authorization)) = asked.next().await {
        let name = authorization.identifier().to_string();
        let wrong = authorization.challenges.iter().filter_map(|challenge| challenge.error.as_ref());
        told.extend(wrong.map(|problem| format!("{name}: {problem}")));
    }
    if told.is_empty() { "it does not say why".to_owned() } else { told.join("; ") }
}

/// The certificate that shows an authority that a name is this server's: of that name, with what only who has the account knows.
fn proof(name: &str, digest: &[u8]) -> std::result::Result<Arc<CertifiedKey>, String> {
    let made = || -> std::result::Result<_, rcgen::Error> {
        let mut params = CertificateParams::new(vec![name.to_owned()])?;
        params.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
        let key = KeyPair::generate()?;
        Ok((params.self_signed(&key)?, key))
    };
    let (certificate, key) = made().map_err(|error| format!("no proof can be made for {name}: {error}"))?;
    let key = default_provider().key_provider.load_private_key(PrivateKeyDer::Pkcs8(key.serialize_der().into()));
    // Not looked at as other certificates are: what it says is critical, and known to authorities alone.
    let key = key.map_err(|error| error.to_string())?;
    Ok(Arc::new(CertifiedKey::new(vec![certificate.der().clone()], key)))
}

/// Our own client for HTTP, as all connections are made.
struct Http(reqwest::Client);

impl HttpClient for Http {
    fn request(
        &self,
        request: http::Request<BodyWrapper<Bytes>>,
    ) -> std::pin::Pin<Box<dyn Future<Output = std::result::Result<BytesResponse, instant_acme::Error>> + Send>> {
        let client = self.0.clone();
        Box::pin(async move {
            let other = |error: reqwest::Error| instant_acme::Error::Other(Box::new(error));
            let request = reqwest::Request::try_from(request.map(reqwest::Body::wrap)).map_err(other)?;
            let answer = client.execute(request).await.map_err(other)?;
            Ok(BytesResponse::from(http::Response::<reqwest::Body>::from(answer)))
        })
    }
}
