//! Where the directory is and what its entries look like.

use std::path::PathBuf;
use std::time::Duration;

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

    /// Finds a person that may sign in: `{login}` is what they typed. Disabled people are left out where the product marks
    /// them in the entry.
    pub fn filter(self) -> &'static str {
        match self {
            Self::OpenLdap => "(&(objectClass=inetOrgPerson)(|(uid={login})(mail={login})))",
            Self::ActiveDirectory => {
                "(&(objectCategory=person)(objectClass=user)(!(userAccountControl:1.2.840.113556.1.4.803:=2))\
                 (|(sAMAccountName={login})(userPrincipalName={login})(mail={login})))"
            }
            Self::FreeIpa => "(&(objectClass=person)(!(nsAccountLock=TRUE))(|(uid={login})(mail={login})))",
            Self::Lldap => "(&(objectClass=person)(|(uid={login})(mail={login})))",
        }
    }

    pub fn attributes(self) -> Attributes {
        let of = |id: &str, username: &str, name: &str| Attributes {
            id: id.to_owned(),
            username: username.to_owned(),
            name: name.to_owned(),
            email: "mail".to_owned(),
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
}

impl Attributes {
    /// What is asked of the directory for each person. Ids are operational attributes, which come only when they are named.
    pub(super) fn wanted(&self) -> Vec<String> {
        let fixed = ["memberOf", "shadowExpire"].map(str::to_owned);
        [&self.id, &self.username, &self.name, &self.email].into_iter().cloned().chain(fixed).collect()
    }
}

/// How the directory is reached and asked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `ldaps://host:port` or `ldap://host:port`, asked in this order until one answers.
    pub servers: Vec<String>,
    /// Whether `ldap://` is encrypted before anything is sent.
    pub start_tls: bool,
    /// Certificates that are trusted besides the public ones.
    pub ca_file: Option<PathBuf>,
    /// Empty: nobody binds before people are looked for.
    pub bind_dn: String,
    pub bind_password: Secret,
    pub base_dn: String,
    /// With `{login}` where the login goes.
    pub filter: String,
    pub attributes: Attributes,
    /// For connecting, and for each answer.
    pub timeout: Duration,
    pub create_accounts: bool,
}
