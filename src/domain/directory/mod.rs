//! The operator's directory (LDAP): people who sign in with the password they have there. What is local stays local: an
//! account with no identity in the directory is never checked against it, nor changed by it.

mod apply;
mod connection;
mod explain;
mod groups;
mod last_admins;
mod lookup;
mod person;
pub mod plan;
mod planner;
mod preview;
mod report;
mod rulebook;
mod rules;
mod rules_store;
mod settings;
mod sid;
mod sign_in;
mod snapshot;
mod state;
mod store;
pub mod sync;
mod syncs_store;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex};

use ldap3::{Scope, ldap_escape};
use rustls::ClientConfig;

pub use connection::Failure;
pub use explain::{Explanation, Known, Seat};
pub use groups::Group;
pub use person::Person;
pub use preview::Preview;
pub use report::{Found, Report, Step};
pub use rulebook::Rulebook;
pub use rules::{Gives, Rule, Rules, Written};
pub use settings::{Attributes, ClientCertificate, Product, Settings, Shown, SyncSettings};
pub use sign_in::{Admission, enter, is_linked, username_of, without_account};
pub(in crate::domain) use store::forget_entry;

use crate::clock::Timestamp;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::outbound;
use crate::secret::{Secret, random_token};
use connection::Connection;

/// A directory that can be asked. Opens a connection for each question, so that none goes stale.
#[derive(Clone)]
pub struct Directory {
    settings: Settings,
    tls: Arc<ClientConfig>,
    /// The rules as they were when the file had no mistake.
    good_rules: Arc<Mutex<Rules>>,
    /// What syncs of this process do and did.
    activity: Arc<Mutex<sync::Activity>>,
}

impl Directory {
    /// # Errors
    /// `Invalid` if the file with the operator's certificates, or that with the rules, cannot be used.
    pub fn new(settings: Settings) -> Result<Self> {
        let client = settings.client.as_ref().map(|client| (client.certificate.as_path(), client.key.as_path()));
        let tls = Arc::new(outbound::tls_as(settings.ca_file.as_deref(), client)?);
        let rules = settings.rules_file.as_deref().map(Rules::load).transpose()?.unwrap_or_default();
        Ok(Self { settings, tls, good_rules: Arc::new(Mutex::new(rules)), activity: Arc::default() })
    }

    /// The same with what the syncs of an earlier one do and did: one at a time, whatever the settings.
    #[must_use]
    pub fn after(self, earlier: Self) -> Self {
        Self { activity: earlier.activity, ..self }
    }

    /// What signing in takes from the directory for a person whose password it found right.
    ///
    /// # Errors
    /// `Unavailable` if their groups cannot be read though they decide who gets in: without them nobody is let in by mistake.
    pub async fn admission(&self, db: &Db, person: Person) -> Result<Admission> {
        let rules = self.rules_that_hold(db).await?;
        let held = match self.rules_of(&person, &rules).await {
            Err(error) if rules.restrict_sign_in() => return Err(error),
            // What they have stays, and the next sign-in or sync sees to the rest.
            Err(_) => Vec::new(),
            Ok(held) => held,
        };
        Ok(Admission { person, rules, held, creates_accounts: self.settings.create_accounts })
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
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
        let filter = self.settings.filter_for(&ldap_escape(login));
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
        let filter = self.settings.filter_for("*");
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
