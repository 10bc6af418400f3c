//! Looking up one person and their groups, or the people whom somebody may mean, without reading everybody.

use std::collections::HashSet;

use ldap3::{Scope, ldap_escape};

use super::connection::{Connection, Failure};
use super::groups::{BY_NAME, BY_NUMBER, BY_USERNAME, Group, comparable};
use super::person::{Person, SID};
use super::rules::Rules;
use super::{Directory, unavailable};
use crate::clock::Timestamp;
use crate::error::Result;

/// Names asked for in one question.
const NAMES_AT_ONCE: usize = 50;
/// Groups in groups in groups: deeper than this only loops are.
const DEPTH_MAX: usize = 64;
/// The rule of Active Directory by which it follows groups in groups itself.
const IN_CHAIN: &str = "1.2.840.113556.1.4.1941";

impl Directory {
    /// The one entry for a login, by the first server that answers.
    ///
    /// # Errors
    /// `Unavailable` if no server tells.
    pub async fn look_up(&self, login: &str) -> Result<Option<Person>> {
        self.first_answer(async |connection| self.find(connection, login).await).await
    }

    /// The first people whose user name, name or mail address begins with `text`, by name; those who may not sign in are left
    /// out. For suggestions: of many no more than `limit` are read.
    ///
    /// # Errors
    /// `Unavailable` if no server tells.
    pub async fn suggest(&self, text: &str, limit: usize, now: Timestamp) -> Result<Vec<Person>> {
        let mut found = self.first_answer(async |connection| self.suggest_at(connection, text, limit).await).await?;
        found.retain(|person| !person.is_expired(now));
        found.sort_by_cached_key(|person| person.name.as_deref().unwrap_or(&person.username).to_lowercase());
        found.truncate(limit);
        Ok(found)
    }

    async fn suggest_at(&self, connection: &mut Connection, text: &str, limit: usize) -> Result<Vec<Person>, Failure> {
        let server = connection.server().to_owned();
        let attributes = &self.settings.attributes;
        let begins = ldap_escape(text.trim());
        let ways: String = [&attributes.username, &attributes.name, &attributes.email, &"sn".to_owned()]
            .iter()
            .map(|attribute| format!("({attribute}={begins}*)"))
            .collect();
        let filter = format!("(&{}(|{ways}))", self.settings.filter_for("*"));
        let found = connection.some(&self.settings.base_dn, &filter, &attributes.wanted(), limit).await?;
        // Of an entry that lacks something the sync tells; here it is only not offered.
        Ok(found.iter().filter_map(|entry| Person::read(entry, attributes, &server).ok()).collect())
    }

    /// The rules, by their numbers, that give a person something. Asks upwards from the person, so that a sign-in does not
    /// read every group.
    ///
    /// # Errors
    /// `Unavailable` if no server tells.
    pub async fn rules_of(&self, person: &Person, rules: &Rules) -> Result<Vec<usize>> {
        if rules.is_empty() {
            return Ok(Vec::new());
        }
        Ok(named(&self.groups_of(person).await?, rules))
    }

    /// All groups that a person is in, through groups in groups.
    ///
    /// # Errors
    /// `Unavailable` if no server tells.
    pub(super) async fn groups_of(&self, person: &Person) -> Result<Vec<Group>> {
        self.first_answer(async |connection| self.groups_above(connection, person).await).await
    }

    /// The whole name of the entry for a login that is disabled.
    pub(super) async fn look_up_disabled(&self, login: &str) -> Result<Option<String>> {
        self.first_answer(async |connection| self.disabled(connection, login).await).await
    }

    /// Asks one server after the other until one answers.
    pub(super) async fn first_answer<T>(&self, ask: impl AsyncFn(&mut Connection) -> Result<T, Failure>) -> Result<T> {
        let mut failures = Vec::new();
        for server in &self.settings.servers {
            let answer = async { ask(&mut self.connect(server).await?).await };
            match answer.await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failures.push(failure),
            }
        }
        Err(unavailable(&failures))
    }

    /// All groups that a person is in, through groups in groups.
    pub(super) async fn groups_above(&self, connection: &mut Connection, person: &Person) -> Result<Vec<Group>, Failure> {
        let mut above = Above::default();
        // Groups that list them by user name, or that they name: by number, by identifier, by cn, or by their whole names.
        let mut ways = has(BY_USERNAME, &person.username);
        ways.extend(person.gid.iter().map(|gid| format!("(&(objectClass=posixGroup){})", has(BY_NUMBER, gid))));
        ways.extend(person.primary_group.iter().map(|group| format!("({SID}={})", group.in_filter())));
        let (whole, short): (Vec<&String>, Vec<&String>) = person.groups.iter().partition(|group| group.contains('='));
        ways.extend(short.into_iter().map(|cn| has("cn", cn)));
        self.add_groups(connection, &ways, &mut above).await?;
        if self.settings.knows_chains {
            self.add_chains(connection, person, &mut above).await?;
            return Ok(above.groups);
        }
        for dn in &whole {
            let found = connection.entry(dn, &self.settings.group_filter, &["cn".to_owned()]).await?;
            found.iter().for_each(|entry| above.add(Group::read(entry)));
        }
        // What the entry lists counts though it cannot be read itself.
        let own = whole.into_iter().chain([&person.dn]).cloned();
        let mut open: Vec<String> = above.groups.iter().map(|group| group.dn.clone()).chain(own).collect();
        for _ in 0..DEPTH_MAX {
            let known = above.groups.len();
            for names in open.chunks(NAMES_AT_ONCE) {
                let by = |attribute: &str| names.iter().map(|dn| has(attribute, dn)).collect::<String>();
                let ways: String = BY_NAME.into_iter().map(by).collect();
                self.add_groups(connection, &ways, &mut above).await?;
            }
            open = above.groups[known..].iter().map(|group| group.dn.clone()).collect();
            if open.is_empty() {
                break;
            }
        }
        Ok(above.groups)
    }

    /// Adds the groups that the directory itself finds above a person, and above the groups that do not list them.
    async fn add_chains(&self, connection: &mut Connection, person: &Person, above: &mut Above) -> Result<(), Failure> {
        let starts = [&person.dn].into_iter().chain(above.groups.iter().map(|group| &group.dn));
        let ways: String = starts.map(|dn| has(&format!("member:{IN_CHAIN}:"), dn)).collect();
        self.add_groups(connection, &ways, above).await
    }

    /// Adds the groups that one of these conditions finds.
    async fn add_groups(&self, connection: &mut Connection, ways: &str, above: &mut Above) -> Result<(), Failure> {
        let filter = format!("(&{}(|{ways}))", self.settings.group_filter);
        let wanted = ["cn".to_owned()];
        let found = connection.search(&self.settings.group_base_dn, Scope::Subtree, &filter, &wanted).await?;
        found.iter().for_each(|entry| above.add(Group::read(entry)));
        Ok(())
    }
}

/// A condition of a filter: the attribute has this value.
fn has(attribute: &str, value: &str) -> String {
    format!("({attribute}={})", ldap_escape(value))
}

/// Groups, each once.
#[derive(Default)]
struct Above {
    groups: Vec<Group>,
    seen: HashSet<String>,
}

impl Above {
    fn add(&mut self, group: Group) {
        if self.seen.insert(comparable(&group.dn)) {
            self.groups.push(group);
        }
    }
}

/// The rules, by their numbers, that name one of these groups.
pub(super) fn named(groups: &[Group], rules: &Rules) -> Vec<usize> {
    let is_named = |rule: &str| groups.iter().any(|group| group.is_named(rule));
    rules.0.iter().enumerate().filter(|(_, rule)| is_named(&rule.group)).map(|(number, _)| number).collect()
}
