//! Mail that the server sends, by the operator's own mail server.

use std::time::Duration;

use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Message, SmtpTransport, Transport as _};

use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::outbound;
use crate::secret::Secret;

/// How long the server may take to connect, and for each answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The mail server, and whom mail is from.
#[derive(Clone, Debug)]
pub struct Mailer {
    pub server: String,
    pub port: u16,
    pub security: Security,
    /// User name and password.
    pub credentials: Option<(String, Secret)>,
    pub from: Mailbox,
}

/// How the way to the mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// Not at all.
    None,
    /// It begins in the clear and is encrypted before anything is said; a server that cannot is not spoken to.
    StartTls,
    /// From the first byte.
    Tls,
}

/// What is sent to one address.
#[derive(Clone, Debug)]
pub struct Letter {
    pub to: String,
    pub subject: String,
    pub text: String,
    /// The same each time it is tried, so that who gets it twice sees it once.
    pub id: String,
    pub at: Timestamp,
}

/// Why a letter was not taken.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub why: String,
    /// Whether it is of no use to try again.
    pub is_final: bool,
}

/// Whether mail can be written to this address.
///
/// # Errors
/// In words.
pub fn require_address(text: &str) -> Result<()> {
    match text.parse::<lettre::Address>() {
        Ok(_) => Ok(()),
        Err(error) => Err(Error::invalid(format!("'{text}' is no mail address: {error}"))),
    }
}

impl Mailer {
    /// Sends a letter; returns what the server said. Blocks.
    pub fn send(&self, letter: &Letter) -> std::result::Result<String, Refusal> {
        let never = |why: String| Refusal { why, is_final: true };
        let to: Mailbox = letter.to.parse().map_err(|error| never(format!("'{}' is no mail address: {error}", letter.to)))?;
        let at = std::time::SystemTime::UNIX_EPOCH + Duration::from_micros(letter.at.micros().unsigned_abs());
        let message = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(&letter.subject)
            .date(at)
            .message_id(Some(format!("<{}@{}>", letter.id, self.from.email.domain())))
            // Nobody is to be told by a machine that they are on holiday.
            .header(AutoSubmitted)
            .header(ContentType::TEXT_PLAIN)
            .body(letter.text.clone())
            .map_err(|error| never(format!("the letter cannot be written: {error}")))?;
        let sent = self.transport().map_err(|error| never(error.to_string()))?.send(&message);
        match sent {
            Ok(response) => Ok(format!("{} {}", response.code(), response.message().collect::<Vec<_>>().join(" "))),
            Err(error) => Err(Refusal { why: in_words(&error), is_final: error.is_permanent() }),
        }
    }

    /// Connects, says who asks, and leaves. Blocks.
    ///
    /// # Errors
    /// In words for the operator.
    pub fn test(&self) -> Result<()> {
        match self.transport()?.test_connection() {
            Ok(true) => Ok(()),
            Ok(false) => Err(Error::invalid("the mail server does not answer")),
            Err(error) => Err(Error::invalid(in_words(&error))),
        }
    }

    fn transport(&self) -> Result<SmtpTransport> {
        let tls = match self.security {
            Security::None => Tls::None,
            Security::StartTls => Tls::Required(self.tls()?),
            Security::Tls => Tls::Wrapper(self.tls()?),
        };
        let hello = ClientId::Domain(self.from.email.domain().to_owned());
        let builder = SmtpTransport::builder_dangerous(&self.server).port(self.port).tls(tls).timeout(Some(PATIENCE));
        let builder = builder.hello_name(hello);
        let builder = match &self.credentials {
            Some((user, password)) => builder.credentials(Credentials::new(user.clone(), password.reveal().to_owned())),
            None => builder,
        };
        Ok(builder.build())
    }

    /// Trusts whom all connections of this server trust.
    fn tls(&self) -> Result<TlsParameters> {
        let mut builder = TlsParameters::builder(self.server.clone()).certificate_store(CertificateStore::WebpkiRoots);
        for authority in outbound::trusted() {
            builder = builder.add_root_certificate(Certificate::from_der(authority.to_vec()).map_err(Error::internal)?);
        }
        builder.build().map_err(Error::internal)
    }
}

/// The error with what it came from.
fn in_words(error: &lettre::transport::smtp::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

/// `Auto-Submitted: auto-generated` (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl lettre::message::header::Header for AutoSubmitted {
    fn name() -> lettre::message::header::HeaderName {
        lettre::message::header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }
    fn parse(_: &str) -> std::result::Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }
    fn display(&self) -> lettre::message::header::HeaderValue {
        lettre::message::header::HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}
