//! What an account, its keys and its credentials are.

use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::id::{AccountId, ApiKeyId, EntityId};
use crate::policy::{Actor, Target};
use crate::secret::Secret;

/// Who is behind an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountKind {
    User,
    /// Automation of a team: has keys, but no password and no personal entity.
    Service,
}

impl AccountKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Service => "service",
        }
    }
    pub(super) fn read(text: &str) -> Result<Self> {
        match text {
            "user" => Ok(Self::User),
            "service" => Ok(Self::Service),
            other => Err(Error::internal(format!("unknown kind of account {other}"))),
        }
    }
}

/// A person or a service account.
#[derive(Clone, Debug)]
pub struct Account {
    pub id: AccountId,
    pub kind: AccountKind,
    pub username: String,
    /// The name people read; the user name if none was given.
    pub name: String,
    pub email: Option<String>,
    /// The personal entity; service accounts have none.
    pub entity_id: Option<EntityId>,
    /// Where new projects go: what the person chose, else the first team they joined to log in, else the personal entity.
    pub default_entity_id: Option<EntityId>,
    /// Of a service account: the team or organization it works for.
    pub home_id: Option<EntityId>,
    pub site_admin: bool,
    /// Whether the client saves the program's code unless told otherwise.
    pub code_saving: bool,
    pub created_at: Timestamp,
    pub last_seen_at: Option<Timestamp>,
    pub deactivated_at: Option<Timestamp>,
    /// Set once the person was deleted for good; the row stays for what they made.
    pub deleted_at: Option<Timestamp>,
}

impl Account {
    /// What the policy judges its keys and settings by.
    pub fn target(&self) -> Target {
        self.home_id.map_or(Target::Account(self.id), |home| Target::Service { account: self.id, home })
    }
}

/// What a new account is made of.
#[derive(Clone, Debug)]
pub struct NewAccount {
    pub username: String,
    /// The name people read; the user name if `None`.
    pub name: Option<String>,
    pub email: Option<String>,
    /// From [`super::passwords::hash`]; without one the person cannot sign in before they were given a link.
    pub password_hash: Option<String>,
    pub site_admin: bool,
}

/// An API key as it is listed: the secret itself is not kept.
#[derive(Clone, Debug)]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub account: AccountId,
    pub name: String,
    /// The first and last four characters of the secret.
    pub hint: String,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    /// Right to the minute.
    pub last_used_at: Option<Timestamp>,
}

/// What a new key is made of.
#[derive(Clone, Debug)]
pub struct NewKey {
    pub account: AccountId,
    pub name: String,
    pub expires_at: Option<Timestamp>,
    /// The secret of a key that another server issued; only an administrator may bring one.
    pub import: Option<Secret>,
}

/// Credentials that were found right.
#[derive(Clone, Debug)]
pub struct Credential {
    pub actor: Actor,
    /// Set if the use is to be noted ([`super::touch`]): at most once a minute.
    pub touch: Option<Touch>,
}

/// The credential whose use is to be noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touch {
    Key(ApiKeyId),
    /// By the hash of its token.
    Session([u8; 32]),
}
