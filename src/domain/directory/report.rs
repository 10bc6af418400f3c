//! What `runstead ldap test` tells: each server, step by step, up to the one that fails.

use std::sync::Arc;

use ldap3::Scope;

use super::Directory;
use super::connection::{Connection, Failure};
use super::groups::Reached;
use super::lookup::named;
use super::person::{ENDS, Person};
use super::rules::Rules;
use super::snapshot::may_sign_in;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::outbound;

/// One step that was tried.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Step {
    pub server: String,
    pub step: &'static str,
    pub good: bool,
    /// What came of it, in words.
    pub outcome: String,
}

/// All steps at all servers.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Report {
    pub steps: Vec<Step>,
    /// Who was asked for, as the first server that has them says.
    pub person: Option<Found>,
}

/// Somebody who was asked for.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Found {
    pub person: Person,
    /// The whole names of their groups, through groups in groups.
    pub groups: Vec<String>,
    /// What a rule gives them: its group, and what it gives, in words.
    pub gives: Vec<(String, String)>,
    /// Whether a right password lets them in, and if not, why.
    pub may_sign_in: bool,
    pub because: String,
}

impl Report {
    /// Whether every server did everything that was asked of it.
    pub fn is_good(&self) -> bool {
        self.steps.iter().all(|step| step.good)
    }

    fn add<T>(
        &mut self,
        server: &str,
        step: &'static str,
        done: Result<T, Failure>,
        say: impl FnOnce(&T) -> String,
    ) -> Option<T> {
        let (good, outcome) = match &done {
            Ok(done) => (true, say(done)),
            Err(failure) => (false, failure.why.clone()),
        };
        self.steps.push(Step { server: server.to_owned(), step, good, outcome });
        done.ok()
    }
}

impl Directory {
    /// Tries every server, so that the one that is only needed in an emergency is known to work before.
    ///
    /// # Errors
    /// `Invalid` if the files of certificates cannot be used any more.
    pub async fn test(&self, rules: &Rules, login: Option<&str>, now: Timestamp) -> Result<Report> {
        let mut report = Report::default();
        for server in &self.settings.servers {
            self.test_at(server, rules, login, now, &mut report).await?;
        }
        Ok(report)
    }

    async fn test_at(
        &self,
        server: &str,
        rules: &Rules,
        login: Option<&str>,
        now: Timestamp,
        report: &mut Report,
    ) -> Result<()> {
        let reached = self.reach(server).await;
        if report.add(server, "address", reached, Clone::clone).is_none() {
            return Ok(());
        }
        let client = self.settings.client.as_ref().map(|client| (client.certificate.as_path(), client.key.as_path()));
        let (tls, shown) = outbound::tls_shown(self.settings.ca_file.as_deref(), client)?;
        let opened = Connection::open(&self.settings, &Arc::new(tls), server).await;
        let chain = shown.in_words().join("; ");
        // What was shown is most wanted when it is not trusted.
        let opened = opened.map_err(|failure| match chain.is_empty() {
            true => failure,
            false => Failure { why: format!("{}; the server showed {chain}", failure.why), ..failure },
        });
        let encrypted = server.starts_with("ldaps://") || self.settings.start_tls;
        let how = match encrypted {
            true => format!("encrypted, and the certificate is trusted: {chain}"),
            false => "NOT encrypted: passwords can be read on the way".to_owned(),
        };
        let Some(mut connection) = report.add(server, "tls", opened, |_| how) else { return Ok(()) };
        let who = match (&self.settings.client, self.settings.bind_dn.as_str()) {
            (Some(client), _) => format!("by the certificate {}", client.certificate.display()),
            (None, "") => "as nobody (ldap.bind_dn is empty)".to_owned(),
            (None, name) => name.to_owned(),
        };
        let bound = connection.bind_service(&self.settings).await;
        if report.add(server, "bind", bound, |()| who).is_none() {
            return Ok(());
        }
        let counted = self.count(&mut connection).await.and_then(|count| match count {
            0 => Err(Failure {
                server: server.to_owned(),
                step: "searching",
                why: format!("nobody below {} fits {}", self.settings.base_dn, self.settings.filter_for("*")),
            }),
            count => Ok(count),
        });
        let say = |count: &usize| format!("{count} fit {} below {}", self.settings.filter_for("*"), self.settings.base_dn);
        if report.add(server, "search", counted, say).is_none() {
            return Ok(());
        }
        if !rules.is_empty() {
            let groups = self.groups(&mut connection).await.and_then(|groups| {
                let why = |why| Failure { server: server.to_owned(), step: "reading groups", why };
                Reached::new(&groups, rules).map_err(why).map(|_| groups.len())
            });
            let (base, filter) = (&self.settings.group_base_dn, &self.settings.group_filter);
            let say = |count: &usize| {
                format!("{count} groups fit {filter} below {base}, and those of all {} rules are there", rules.0.len())
            };
            if report.add(server, "groups", groups, say).is_none() {
                return Ok(());
            }
        }
        if let Some(login) = login {
            let found = self.test_person(&mut connection, rules, login, now).await;
            let found = report.add(server, "person", found, |found| found.person.dn.clone());
            report.person = report.person.take().or(found);
        }
        Ok(())
    }

    /// Finds the machine and sees that somebody listens there.
    async fn reach(&self, server: &str) -> Result<String, Failure> {
        let (encrypted, place) = match server.strip_prefix("ldaps://") {
            Some(place) => (true, place),
            None => (false, server.strip_prefix("ldap://").unwrap_or(server)),
        };
        let has_port = place.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let place = if has_port { place.to_owned() } else { format!("{place}:{}", if encrypted { 636 } else { 389 }) };
        let failure = |why: String| Failure { server: server.to_owned(), step: "connecting", why };
        match tokio::time::timeout(self.settings.timeout, tokio::net::TcpStream::connect(&place)).await {
            Ok(Ok(stream)) => Ok(stream.peer_addr().map_or(place, |address| address.to_string())),
            Ok(Err(error)) => Err(failure(error.to_string())),
            Err(_) => Err(failure(format!("no answer within {} seconds", self.settings.timeout.as_secs()))),
        }
    }

    async fn test_person(
        &self,
        connection: &mut Connection,
        rules: &Rules,
        login: &str,
        now: Timestamp,
    ) -> Result<Found, Failure> {
        let Some(person) = self.find(connection, login).await? else {
            let why = match self.disabled(connection, login).await? {
                Some(dn) => format!("{dn} is disabled: it fits {}", self.settings.disabled_filter),
                None => "no entry, or more than one, fits that login".to_owned(),
            };
            return Err(Failure { server: connection.server().to_owned(), step: "searching", why });
        };
        let above = self.groups_above(connection, &person).await?;
        let held = named(&above, rules);
        let because = refusal(&person, may_sign_in(rules, &held), now);
        Ok(Found {
            groups: above.into_iter().map(|group| group.dn).collect(),
            gives: held.iter().map(|number| &rules.0[*number]).map(|rule| (rule.group.clone(), rule.in_words())).collect(),
            may_sign_in: because.is_empty(),
            because,
            person,
        })
    }

    /// The whole name of the entry for a login that is disabled.
    pub(super) async fn disabled(&self, connection: &mut Connection, login: &str) -> Result<Option<String>, Failure> {
        if self.settings.disabled_filter.is_empty() {
            return Ok(None);
        }
        let filter = self.settings.filter.replace("{login}", &ldap3::ldap_escape(login));
        let filter = format!("(&{filter}{})", self.settings.disabled_filter);
        let found = connection.search(&self.settings.base_dn, Scope::Subtree, &filter, &["1.1".to_owned()]).await?;
        Ok(found.into_iter().next().map(|entry| entry.dn))
    }
}

/// Why a right password does not let somebody in; empty if it does.
pub(super) fn refusal(person: &Person, is_let_in: bool, now: Timestamp) -> String {
    if person.is_expired(now) {
        let attributes: Vec<&str> = ENDS.iter().map(|(attribute, _)| *attribute).collect();
        return format!("the account is over ({})", attributes.join(" or "));
    }
    if !is_let_in {
        return "no group that may sign in (may_sign_in, ldap.sign_in_groups) has them".to_owned();
    }
    String::new()
}
