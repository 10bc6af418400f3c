//! One connection to one server of the directory. Whatever goes wrong is said with the server and the step it went wrong at.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use ldap3::controls::{Control, ControlType, PagedResults};
use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, LdapError, LdapResult, Scope, SearchEntry, SearchOptions};
use rustls::ClientConfig;

use super::settings::Settings;
use crate::secret::Secret;

const SEARCHING: &str = "searching";

/// Entries asked for at a time: servers cut longer answers.
const PAGE: i32 = 500;

/// The result code for an answer that was cut off.
const SIZE_LIMIT: u32 = 4;

/// Result codes for what is not there, or may not be seen.
const UNSEEN: [u32; 2] = [32, 50];

/// Result codes of the protocol that mean "not with this password", of an existing person or not.
const REFUSALS: [u32; 5] = [19, 32, 34, 49, 53];

const NOT_OF_THE_PROTOCOL: &str = "what the server answers is not as the protocol says";

/// Why a server could not be asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{server}: {step}: {why}")]
pub struct Failure {
    pub server: String,
    /// What was being done, as "connecting".
    pub step: &'static str,
    pub why: String,
}

/// Ends when it is dropped.
pub(super) struct Connection {
    ldap: Ldap,
    server: String,
    timeout: Duration,
}

impl Connection {
    /// Connects, and encrypts unless the operator said not to.
    pub async fn open(settings: &Settings, tls: &Arc<ClientConfig>, server: &str) -> Result<Self, Failure> {
        let step = "connecting";
        let plain = server.starts_with("ldap://");
        let wanted = LdapConnSettings::new()
            .set_conn_timeout(settings.timeout)
            .set_config(Arc::clone(tls))
            .set_starttls(plain && settings.start_tls);
        let opening = LdapConnAsync::with_settings(wanted, server);
        let (driver, ldap) = within(server, step, settings.timeout, opening).await?;
        // Ends with the last handle; what it ends with is told by the operation that fails then.
        tokio::spawn(async move { drop(driver.drive().await) });
        Ok(Self { ldap, server: server.to_owned(), timeout: settings.timeout })
    }

    pub fn server(&self) -> &str {
        &self.server
    }

    /// Says who looks for people. Without a name and a certificate the directory is asked as nobody.
    pub async fn bind_service(&mut self, settings: &Settings) -> Result<(), Failure> {
        let step = "binding as the service account";
        let result = if settings.client.is_some() {
            within(&self.server, step, self.timeout, self.ldap.sasl_external_bind()).await?
        } else if settings.bind_dn.is_empty() {
            return Ok(());
        } else {
            let binding = self.ldap.simple_bind(&settings.bind_dn, settings.bind_password.reveal());
            within(&self.server, step, self.timeout, binding).await?
        };
        if result.rc == 0 { Ok(()) } else { Err(self.failure(step, said(&result))) }
    }

    /// Whether the password is that of the entry.
    pub async fn bind(&mut self, dn: &str, password: &Secret) -> Result<bool, Failure> {
        let step = "checking a password";
        let result = within(&self.server, step, self.timeout, self.ldap.simple_bind(dn, password.reveal())).await?;
        match result.rc {
            0 => Ok(true),
            rc if REFUSALS.contains(&rc) => Ok(false),
            _ => Err(self.failure(step, said(&result))),
        }
    }

    /// Every entry that the filter finds, a page at a time. All or nothing: an answer that the server cut short is a failure.
    /// Referrals to other servers are not followed.
    pub async fn search(
        &mut self,
        base: &str,
        scope: Scope,
        filter: &str,
        attributes: &[String],
    ) -> Result<Vec<SearchEntry>, Failure> {
        let mut found = Vec::new();
        let mut cookie = Vec::new();
        loop {
            self.ldap.with_controls(PagedResults { size: PAGE, cookie });
            let result = self.read(base, scope, filter, attributes, &mut found).await?;
            if result.rc != 0 {
                return Err(self.failure(SEARCHING, said(&result)));
            }
            let paged = result.ctrls.iter().find(|Control(kind, _)| matches!(kind, Some(ControlType::PagedResults)));
            let next = |Control(_, raw): &Control| understood(&self.server, || raw.parse::<PagedResults>().cookie);
            cookie = paged.map(next).transpose()?.unwrap_or_default();
            // A server that knows no pages has given all.
            if cookie.is_empty() {
                return Ok(found);
            }
        }
    }

    /// The entry of that name, if it is there, fits the filter and may be seen.
    pub async fn entry(&mut self, dn: &str, filter: &str, attributes: &[String]) -> Result<Option<SearchEntry>, Failure> {
        let mut found = Vec::new();
        let result = self.read(dn, Scope::Base, filter, attributes, &mut found).await?;
        match result.rc {
            0 => Ok(found.pop()),
            rc if UNSEEN.contains(&rc) => Ok(None),
            _ => Err(self.failure(SEARCHING, said(&result))),
        }
    }

    /// The first entries that the filter finds, no more than `limit` or than the server gives at once.
    pub async fn some(
        &mut self,
        base: &str,
        filter: &str,
        attributes: &[String],
        limit: usize,
    ) -> Result<Vec<SearchEntry>, Failure> {
        let mut found = Vec::new();
        self.ldap.with_search_options(SearchOptions::new().sizelimit(i32::try_from(limit).unwrap_or(i32::MAX)));
        let result = self.read(base, Scope::Subtree, filter, attributes, &mut found).await?;
        if result.rc == 0 || result.rc == SIZE_LIMIT { Ok(found) } else { Err(self.failure(SEARCHING, said(&result))) }
    }

    async fn read(
        &mut self,
        base: &str,
        scope: Scope,
        filter: &str,
        attributes: &[String],
        found: &mut Vec<SearchEntry>,
    ) -> Result<LdapResult, Failure> {
        let (server, timeout) = (self.server.clone(), self.timeout);
        let opening = self.ldap.streaming_search(base, scope, filter, attributes.to_vec());
        let mut stream = within(&server, SEARCHING, timeout, opening).await?;
        while let Some(entry) = within(&server, SEARCHING, timeout, stream.next()).await? {
            if !entry.is_ref() && !entry.is_intermediate() {
                found.push(understood(&server, || SearchEntry::construct(entry))?);
            }
        }
        Ok(stream.finish().await)
    }

    fn failure(&self, step: &'static str, why: String) -> Failure {
        Failure { server: self.server.clone(), step, why }
    }
}

async fn within<T>(
    server: &str,
    step: &'static str,
    timeout: Duration,
    task: impl Future<Output = Result<T, LdapError>>,
) -> Result<T, Failure> {
    let late = || format!("no answer within {} seconds", timeout.as_secs());
    // See `understood`.
    let why = match tokio::time::timeout(timeout, AssertUnwindSafe(task).catch_unwind()).await {
        Ok(Ok(Ok(done))) => return Ok(done),
        Ok(Err(_)) => NOT_OF_THE_PROTOCOL.to_owned(),
        Err(_) | Ok(Ok(Err(LdapError::Timeout { .. }))) => late(),
        Ok(Ok(Err(error))) => match error {
            LdapError::LdapResult { result } => said(&result),
            LdapError::FilterParsing => {
                "the filter (ldap.user_filter, ldap.disabled_filter or ldap.group_filter) is not written as filters are"
                    .to_owned()
            }
            LdapError::ResultRecv { .. } | LdapError::OpSend { .. } | LdapError::EndOfStream => {
                "the server ended the connection".to_owned()
            }
            other => other.to_string(),
        },
    };
    Err(Failure { server: server.to_owned(), step, why })
}

/// What a part of an answer says. At one that is not of the protocol the client library panics; a server that is broken may
/// end a question, and nothing else.
fn understood<T>(server: &str, read: impl FnOnce() -> T) -> Result<T, Failure> {
    let why = || Failure { server: server.to_owned(), step: SEARCHING, why: NOT_OF_THE_PROTOCOL.to_owned() };
    catch_unwind(AssertUnwindSafe(read)).map_err(|_| why())
}

/// The server's answer in words, with its own where it has some.
fn said(result: &LdapResult) -> String {
    let meaning = match result.rc {
        3 | 11 => "the answer is cut off by a time or administrative limit of the server",
        4 => "the answer is cut off by the server's size limit",
        8 | 13 => "the server wants an encrypted connection",
        10 => "the entries are on another server (referral); name that one in ldap.servers",
        32 => "there is no such entry; look at ldap.base_dn",
        34 => "a name (ldap.base_dn, ldap.bind_dn) is not written as names are",
        48 | 53 => "the server refuses this kind of bind",
        49 => "the name or the password is not right; look at ldap.bind_dn and ldap.bind_password",
        50 => "the service account may not do that",
        51 | 52 => "the server is busy or stopping",
        _ => "the server refuses",
    };
    let own = result.text.trim();
    if own.is_empty() { format!("{meaning} (code {})", result.rc) } else { format!("{meaning} (code {}: {own})", result.rc) }
}
