//! What `runstead ldap test` tells: each server, step by step, up to the one that fails.

use super::Directory;
use super::connection::{Connection, Failure};
use super::person::Person;

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
    pub person: Option<Person>,
}

impl Report {
    /// Whether every server did everything that was asked of it.
    pub fn is_good(&self) -> bool {
        self.steps.iter().all(|step| step.good)
    }

    fn add<T>(&mut self, server: &str, step: &'static str, done: Result<T, Failure>, say: impl Fn(&T) -> String) -> Option<T> {
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
    pub async fn test(&self, login: Option<&str>) -> Report {
        let mut report = Report::default();
        for server in &self.settings.servers {
            self.test_at(server, login, &mut report).await;
        }
        report
    }

    async fn test_at(&self, server: &str, login: Option<&str>, report: &mut Report) {
        let encrypted = server.starts_with("ldaps://") || self.settings.start_tls;
        let how = if encrypted {
            "encrypted, and the certificate is trusted"
        } else {
            "NOT encrypted: passwords can be read on the way"
        };
        let opened = Connection::open(&self.settings, &self.tls, server).await;
        let Some(mut connection) = report.add(server, "connect", opened, |_| how.to_owned()) else { return };
        let who = if self.settings.bind_dn.is_empty() { "as nobody (ldap.bind_dn is empty)" } else { &self.settings.bind_dn };
        let bound = connection.bind_service(&self.settings).await;
        if report.add(server, "bind", bound, |()| who.to_owned()).is_none() {
            return;
        }
        let counted = self.count(&mut connection).await.and_then(|count| match count {
            0 => Err(Failure {
                server: server.to_owned(),
                step: "searching",
                why: format!("nobody below {} fits {}", self.settings.base_dn, self.settings.filter),
            }),
            count => Ok(count),
        });
        let say = |count: &usize| format!("{count} may sign in, below {}", self.settings.base_dn);
        if report.add(server, "search", counted, say).is_none() {
            return;
        }
        let Some(login) = login else { return };
        let found = self.find(&mut connection, login).await.and_then(|found| {
            let why = "no entry, or more than one, fits that login; or the account is disabled".to_owned();
            found.ok_or(Failure { server: server.to_owned(), step: "searching", why })
        });
        let person = report.add(server, "person", found, |person| person.dn.clone());
        report.person = report.person.take().or(person);
    }
}
