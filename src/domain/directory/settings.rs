//! Where the directory is and what its entries look like.

use std::path::PathBuf;
use std::time::Duration;

use super::groups::BY_NUMBER;
use super::person::{ENDS, PRIMARY_GROUP, SID};
use crate::secret::Secret;

/// Products whose usual entries are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Product {
    OpenLdap,
    ActiveDirectory,
    FreeIpa,
    Lldap,
}

impl Product {
    /// Reads the word of the configuration.
    pub fn read(word: &str) -> Option<Self> {
        match word {
            "openldap" => Some(Self::OpenLdap),
            "active-directory" => Some(Self::ActiveDirectory),
            "freeipa" => Some(Self::FreeIpa),
            "lldap" => Some(Self::Lldap),
            _ => None,
        }
    }

    /// Finds a person: `{login}` is what they typed.
    pub fn filter(self) -> &'static str {
        match self {
            Self::OpenLdap => "(&(objectClass=inetOrgPerson)(|(uid={login})(mail={login})))",
            Self::ActiveDirectory => {
                "(&(objectCategory=person)(objectClass=user)\
                 (|(sAMAccountName={login})(userPrincipalName={login})(mail={login})))"
            }
            Self::FreeIpa | Self::Lldap => "(&(objectClass=person)(|(uid={login})(mail={login})))",
        }
    }

    /// Finds people who are disabled, where the product marks them in the entry; empty where it does not.
    pub fn disabled_filter(self) -> &'static str {
        match self {
            // The bit ACCOUNTDISABLE, by the rule that compares bits.
            Self::ActiveDirectory => "(userAccountControl:1.2.840.113556.1.4.803:=2)",
            Self::FreeIpa => "(nsAccountLock=TRUE)",
            Self::OpenLdap | Self::Lldap => "",
        }
    }

    /// Finds groups.
    pub fn group_filter(self) -> &'static str {
        match self {
            Self::OpenLdap => "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=posixGroup))",
            Self::ActiveDirectory => "(objectCategory=group)",
            Self::FreeIpa => "(|(objectClass=ipaUserGroup)(objectClass=groupOfNames)(objectClass=posixGroup))",
            Self::Lldap => "(objectClass=groupOfUniqueNames)",
        }
    }

    pub fn attributes(self) -> Attributes {
        let of = |id: &str, username: &str, name: &str| Attributes {
            id: id.to_owned(),
            username: username.to_owned(),
            name: name.to_owned(),
            email: "mail".to_owned(),
            groups: "memberOf".to_owned(),
        };
        match self {
            Self::OpenLdap => of("entryUUID", "uid", "cn"),
            Self::ActiveDirectory => of("objectGUID", "sAMAccountName", "displayName"),
            Self::FreeIpa => of("ipaUniqueID", "uid", "displayName"),
            Self::Lldap => of("entryuuid", "uid", "cn"),
        }
    }
}

/// Which attribute of an entry says what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attributes {
    /// Stays the same when the entry is renamed or moved, and is never given to another.
    pub id: String,
    pub username: String,
    pub name: String,
    pub email: String,
    /// Lists the groups of a person.
    pub groups: String,
}

impl Attributes {
    /// What is asked of the directory for each person. Ids are operational attributes, which come only when they are named.
    pub(super) fn wanted(&self) -> Vec<String> {
        let own = [&self.id, &self.username, &self.name, &self.email, &self.groups].into_iter().cloned();
        let fixed = [BY_NUMBER, SID, PRIMARY_GROUP].into_iter().chain(ENDS.iter().map(|(attribute, _)| *attribute));
        own.chain(fixed.map(str::to_owned)).collect()
    }
}

/// How what the directory says comes into effect.
#[derive(Clone, Copy, Debug)]
pub struct SyncSettings {
    /// How often everybody is read; `None`: only when somebody asks for it.
    pub every: Option<Duration>,
    /// A sync that would take something from more people than this changes nothing.
    pub removals_max_percent: u32,
    /// Whether seats that were given by hand stay, in teams that a rule speaks of.
    pub keeps_by_hand: bool,
}

/// What shows the directory who asks: PEM files.
#[derive(Clone, Debug)]
pub struct ClientCertificate {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// A setting of the operator as it may be shown, with what set it.
#[derive(Clone, Debug)]
pub struct Shown {
    pub key: &'static str,
    pub about: &'static str,
    pub value: String,
    pub origin: String,
}

/// How the directory is reached and asked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether people sign in with it and it is synced; else it is only tried out.
    pub enabled: bool,
    /// `ldaps://host:port` or `ldap://host:port`, asked in this order until one answers.
    pub servers: Vec<String>,
    /// Whether `ldap://` is encrypted before anything is sent.
    pub start_tls: bool,
    /// Certificates that are trusted besides the public ones.
    pub ca_file: Option<PathBuf>,
    /// Binds instead of a name and password.
    pub client: Option<ClientCertificate>,
    /// Empty: nobody binds before people are looked for.
    pub bind_dn: String,
    pub bind_password: Secret,
    pub base_dn: String,
    /// With `{login}` where the login goes.
    pub filter: String,
    /// Finds who is disabled; empty: nobody is.
    pub disabled_filter: String,
    /// Whether the directory itself follows groups in groups (the rule "in chain" of Active Directory).
    pub knows_chains: bool,
    pub attributes: Attributes,
    /// Below which entry groups are, and which entries are groups.
    pub group_base_dn: String,
    pub group_filter: String,
    /// Groups that may sign in, besides what the rules say.
    pub sign_in_groups: Vec<String>,
    /// What groups give; `None`: as administrators say here.
    pub rules_file: Option<PathBuf>,
    pub sync: SyncSettings,
    /// Held while a sync runs.
    pub lock_file: PathBuf,
    /// For connecting, and for each answer.
    pub timeout: Duration,
    pub create_accounts: bool,
    /// All settings of the directory, for showing.
    pub shown: Vec<Shown>,
}

impl Settings {
    /// The filter that finds a login, given as it may stand in a filter: escaped, or `*` for everybody.
    pub(super) fn filter_for(&self, login: &str) -> String {
        let filter = self.filter.replace("{login}", login);
        if self.disabled_filter.is_empty() { filter } else { format!("(&{filter}(!{}))", self.disabled_filter) }
    }
}
