//! Rules, firings and what became of telling them.

use super::condition::Condition;
use crate::clock::Timestamp;
use crate::domain::attempts::Attempt;
use crate::id::{AccountId, DeliveryId, EntityId, FiringId, ProjectId, RuleId, RunId, WebhookId};

/// What is watched in a project, and whom it is told to.
#[derive(Clone, Debug)]
pub struct Rule {
    pub id: RuleId,
    pub project_id: ProjectId,
    pub name: String,
    pub condition: Condition,
    /// Which runs, in the client's filter language, as JSON.
    pub filter: String,
    /// It looks on, and tells nobody.
    pub paused: bool,
    pub recipients: Vec<Recipient>,
    pub webhook: Option<WebhookId>,
    pub created_by: Option<AccountId>,
    /// Who answers for it: whoever made it, or whom it was handed over to.
    pub author: Option<AccountId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Whom mail goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// Somebody of this server, at the address that they have then.
    Account(AccountId),
    Address(String),
}

/// What somebody wants of a rule; `None` leaves it as it is.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    pub name: Option<String>,
    pub condition: Option<Condition>,
    pub filter: Option<String>,
    pub paused: Option<bool>,
    /// User names and mail addresses.
    pub mail: Option<Vec<String>>,
    /// The name of a webhook of the team; empty for none.
    pub webhook: Option<String>,
    /// The user name of whom it is handed over to.
    pub author: Option<String>,
}

impl Wish {
    /// Whether it says something of what is watched and whom it is told to, and not only whose the rule is.
    pub(super) fn says_content(&self) -> bool {
        let Self { name, condition, filter, paused, mail, webhook, author: _ } = self;
        name.is_some() || condition.is_some() || filter.is_some() || paused.is_some() || mail.is_some() || webhook.is_some()
    }
}

/// How far a rule has looked at a run, and whether it fired.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Mark {
    pub seen: crate::domain::history::Seen,
    /// The last values, oldest first.
    pub recent: std::collections::VecDeque<f64>,
    /// The step after which it may fire, once it was armed again.
    pub armed_after: Option<i64>,
    pub fired_at: Option<Timestamp>,
    /// Of rules about states: which it fired for.
    pub fired_state: Option<String>,
}

/// That a rule fired.
#[derive(Clone, Debug)]
pub struct Firing {
    pub id: FiringId,
    pub rule_id: RuleId,
    pub rule: String,
    /// `None`: somebody tried the rule out.
    pub run: Option<FiredRun>,
    pub at: Timestamp,
    /// `INFO`, `WARN` or `ERROR`.
    pub severity: String,
    pub title: String,
    pub text: String,
    /// Metric, value, baseline and the like, as JSON.
    pub facts: String,
    /// Whether the rule will not fire for this run until somebody arms it again.
    pub is_held: bool,
    pub deliveries: Vec<Delivery>,
}

/// A run that a rule fired for, as it is called now.
#[derive(Clone, Debug)]
pub struct FiredRun {
    pub id: RunId,
    pub name: String,
    pub display_name: String,
}

/// What is told of a firing to one of its recipients.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub id: DeliveryId,
    /// `mail` or `webhook`.
    pub channel: String,
    /// As people read it: a user name, an address, the name of a webhook.
    pub recipient: String,
    /// `waiting`, `sent` or `given up`.
    pub state: String,
    /// When it is tried again, if it waits.
    pub next_at: Timestamp,
    /// Oldest first.
    pub attempts: Vec<Attempt>,
}

/// A place that alerts of a team are posted to.
#[derive(Clone, Debug)]
pub struct Webhook {
    pub id: WebhookId,
    pub entity_id: EntityId,
    pub name: String,
    pub url: String,
    pub format: Format,
    /// Encrypted.
    pub(super) secret: Option<Vec<u8>>,
    /// Encrypted.
    pub(super) token: Option<Vec<u8>>,
    pub created_by: Option<AccountId>,
    pub created_at: Timestamp,
}

impl Webhook {
    pub fn has_secret(&self) -> bool {
        self.secret.is_some()
    }
    pub fn has_token(&self) -> bool {
        self.token.is_some()
    }
}

/// What is posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Everything there is to say, for programs.
    Json,
    /// A text as Slack, Mattermost and Rocket.Chat take it.
    Slack,
    Discord,
    /// A card for Microsoft Teams.
    Teams,
}

impl Format {
    pub const ALL: [Self; 4] = [Self::Json, Self::Slack, Self::Discord, Self::Teams];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Slack => "slack",
            Self::Discord => "discord",
            Self::Teams => "teams",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == text)
    }
}
