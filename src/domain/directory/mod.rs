//! The operator's directory (LDAP): people who sign in with the password they have there. What is local stays local: an
//! account with no identity in the directory is never checked against it, nor changed by it.

mod connection;
mod person;
mod report;
mod settings;
mod sign_in;
mod store;

use std::sync::Arc;

use ldap3::{Scope, ldap_escape};
use rustls::ClientConfig;

pub use connection::Failure;
pub use person::Person;
pub use report::{Report, Step};
pub use settings::{Attributes, Product, Settings};
pub use sign_in::{enter, is_linked};

use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::outbound;
use crate::secret::{Secret, random_token};
use connection::Connection;

/// A directory that can be asked. Opens a connection for each question, so that none goes stale.
#[derive(Clone)]
pub struct Directory {
    settings: Settings,
    tls: Arc<ClientConfig>,
}

impl Directory {
    /// # Errors
    /// `Invalid` if the file with the operator's certificates cannot be used.
    pub fn new(settings: Settings) -> Result<Self> {
        let tls = Arc::new(outbound::tls(settings.ca_file.as_deref())?);
        Ok(Self { settings, tls })
    }

    /// Whether somebody who signs in for the first time is given an account.
    pub fn creates_accounts(&self) -> bool {
        self.settings.create_accounts
    }

    /// The person with that login, if the password is theirs and they are not disabled. An empty password is nobody's, and
    /// is not even sent: some directories take it for an anonymous bind and say yes.
    ///
    /// # Errors
    /// What each server answered, if none could say yes or no.
    pub async fn verify(&self, login: &str, password: &Secret, now: Timestamp) -> Result<Option<Person>, Vec<Failure>> {
        if login.is_empty() || password.reveal().is_empty() {
            return Ok(None);
        }
        let mut failures = Vec::new();
        for server in &self.settings.servers {
            match self.verify_at(server, login, password, now).await {
                Ok(found) => return Ok(found),
                Err(failure) => failures.push(failure),
            }
        }
        Err(failures)
    }

    async fn verify_at(&self, server: &str, login: &str, password: &Secret, now: Timestamp) -> Result<Option<Person>, Failure> {
        let mut connection = self.connect(server).await?;
        let person = self.find(&mut connection, login).await?;
        // Nobody's name is bound too, so that a refusal costs the same whether the person exists or not.
        let dn = person.as_ref().map_or_else(|| self.nobody(), |person| person.dn.clone());
        let right = connection.bind(&dn, password).await?;
        Ok(person.filter(|person| right && !person.is_expired(now)))
    }

    async fn connect(&self, server: &str) -> Result<Connection, Failure> {
        let mut connection = Connection::open(&self.settings, &self.tls, server).await?;
        connection.bind_service(&self.settings).await?;
        Ok(connection)
    }

    /// The one entry for a login. Two are none: whose password would it be?
    async fn find(&self, connection: &mut Connection, login: &str) -> Result<Option<Person>, Failure> {
        let filter = self.settings.filter.replace("{login}", &ldap_escape(login));
        let wanted = self.settings.attributes.wanted();
        let mut found = connection.search(&self.settings.base_dn, Scope::Subtree, &filter, &wanted).await?;
        if found.len() > 1 {
            tracing::warn!(%login, entries = found.len(), "the directory has several entries for one login; nobody is let in");
            return Ok(None);
        }
        found.pop().map(|entry| Person::read(&entry, &self.settings.attributes, connection.server())).transpose()
    }

    /// How many entries the filter finds, and so may sign in.
    async fn count(&self, connection: &mut Connection) -> Result<usize, Failure> {
        let filter = self.settings.filter.replace("{login}", "*");
        Ok(connection.search(&self.settings.base_dn, Scope::Subtree, &filter, &["1.1".to_owned()]).await?.len())
    }

    fn nobody(&self) -> String {
        format!("cn={},{}", random_token().reveal(), self.settings.base_dn)
    }
}

/// What somebody is told whose password cannot be checked now. The reasons are for the operator's log.
pub fn unavailable(failures: &[Failure]) -> Error {
    for failure in failures {
        tracing::error!("the directory cannot be asked: {failure}");
    }
    Error::Unavailable {
        text: "the directory does not answer, so this sign-in cannot be checked now; sessions and API keys go on working, \
               and so do accounts of this server itself. Try again in a minute"
            .to_owned(),
        retry_after: std::time::Duration::from_secs(60),
    }
}
