//! What the directory says, read in one go: everybody who may sign in, and which rules give them something. All or nothing.

use std::collections::HashSet;
use std::time::Duration;

use ldap3::Scope;

use super::Directory;
use super::connection::{Connection, Failure};
use super::groups::{BY_NAME, BY_NUMBER, BY_USERNAME, Group, Reached};
use super::person::{Person, SID};
use super::rules::{Gives, Rules};
use crate::clock::Timestamp;
use crate::error::Error;

/// Longer than this no sync may take, however little by little a server answers.
const READING_TAKES: Duration = Duration::from_secs(600);

/// Somebody who may sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub person: Person,
    /// The rules, by their numbers, that give them something.
    pub rules: Vec<usize>,
}

/// All who may sign in.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    pub people: Vec<Entry>,
    /// How many groups were read.
    pub groups: usize,
}

impl Directory {
    /// Everybody, by the first server that tells of everybody.
    ///
    /// # Errors
    /// What each server answered, if none told all.
    pub async fn snapshot(&self, rules: &Rules, now: Timestamp) -> Result<Snapshot, Vec<Failure>> {
        let mut failures = Vec::new();
        for server in &self.settings.servers {
            let reading = tokio::time::timeout(READING_TAKES, self.snapshot_at(server, rules, now));
            let late = |_| failure(server, format!("it was not done within {} minutes", READING_TAKES.as_secs() / 60));
            match reading.await.map_err(late).and_then(|read| read) {
                Ok(snapshot) => return Ok(snapshot),
                Err(failure) => failures.push(failure),
            }
        }
        Err(failures)
    }

    async fn snapshot_at(&self, server: &str, rules: &Rules, now: Timestamp) -> Result<Snapshot, Failure> {
        let mut connection = self.connect(server).await?;
        let groups = if rules.is_empty() { Vec::new() } else { self.groups(&mut connection).await? };
        let reached = Reached::new(&groups, rules).map_err(|why| failure(server, why))?;
        let filter = self.settings.filter_for("*");
        let wanted = self.settings.attributes.wanted();
        let found = connection.search(&self.settings.base_dn, Scope::Subtree, &filter, &wanted).await?;
        let mut people = Vec::with_capacity(found.len());
        let mut ids = HashSet::new();
        for entry in found {
            let person = Person::read(&entry, &self.settings.attributes, server)?;
            if !ids.insert(person.id.clone()) {
                let attribute = &self.settings.attributes.id;
                return Err(failure(server, format!("two entries have the same {attribute}; one is {}", person.dn)));
            }
            let rules_of = reached.rules_of(&person);
            if !person.is_expired(now) && may_sign_in(rules, &rules_of) {
                people.push(Entry { person, rules: rules_of });
            }
        }
        // A wrong filter or base finds nobody; nobody is not everybody who left.
        if people.is_empty() {
            let base = &self.settings.base_dn;
            return Err(failure(server, format!("nobody below {base} fits {filter} and may sign in")));
        }
        Ok(Snapshot { people, groups: groups.len() })
    }

    pub(super) async fn groups(&self, connection: &mut Connection) -> Result<Vec<Group>, Failure> {
        let wanted: Vec<String> = ["cn", BY_USERNAME, BY_NUMBER, SID].into_iter().chain(BY_NAME).map(str::to_owned).collect();
        let (base, filter) = (&self.settings.group_base_dn, &self.settings.group_filter);
        let mut groups = Vec::new();
        for entry in connection.search(base, Scope::Subtree, filter, &wanted).await? {
            let mut group = Group::read(&entry);
            // Active Directory gives so many members at a time and says how far it came in the name of the attribute.
            while let Some(from) = group.more {
                let rest = format!("member;range={from}-*");
                let found = connection.search(&entry.dn, Scope::Base, "(objectClass=*)", &[rest]).await?;
                let [more] = found.as_slice() else {
                    return Err(failure(connection.server(), format!("{} is gone while its members are read", entry.dn)));
                };
                let more = Group::read(more);
                group.more = more.more.filter(|next| *next > from);
                group.members.extend(more.members);
            }
            groups.push(group);
        }
        Ok(groups)
    }
}

/// Whether somebody with these rules may sign in.
pub(super) fn may_sign_in(rules: &Rules, held: &[usize]) -> bool {
    !rules.restrict_sign_in() || held.iter().any(|number| rules.0[*number].gives == Gives::SignIn)
}

/// What somebody is told whose password is right and who is in no group that lets them in.
pub(super) fn not_let_in() -> Error {
    Error::forbidden(
        "the password is right, but none of your groups in the directory may sign in on this server; ask whom you asked for it",
    )
}

fn failure(server: &str, why: String) -> Failure {
    Failure { server: server.to_owned(), step: "reading everybody", why }
}
