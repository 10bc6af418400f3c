//! That rules fired: kept with what is to be told of it, and shown.

use serde_json::{Value, json};

use super::firings_store::{self as store, NewFiring, To};
use super::model::{Firing, Recipient, Rule};
use super::{rules, webhooks_store};
use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::domain::projects::Project;
use crate::domain::{Call, accounts};
use crate::error::{Error, Result};
use crate::id::{FiringId, RuleId, RunId};
use crate::page::{Cursor, Page};
use crate::policy::{self, Action};

/// What is kept of the text that a run sends.
const TEXT_CHARS_MAX: usize = 4000;
const TITLE_CHARS_MAX: usize = 200;

/// What there is to tell.
#[derive(Clone, Debug)]
pub(super) struct News {
    pub severity: &'static str,
    pub title: String,
    pub text: String,
    pub facts: Value,
}

/// Which firings a list holds.
#[derive(Clone, Debug, Default)]
pub struct Search {
    pub rule: Option<RuleId>,
    /// The id of a run.
    pub run: Option<String>,
}

/// Firings of a project that the caller was found to be allowed to see, newest first. Whom it was told to is for those who may
/// change its rules.
pub fn page(
    db: &Reader<'_>,
    call: &Call,
    project: &Project,
    search: &Search,
    after: Option<&str>,
    first: usize,
) -> Result<Page<Firing>> {
    policy::require(&call.actor, Action::Read, &rules::target(project))?;
    let before: i64 = after.map(Cursor::decode).transpose()?.unwrap_or(i64::MAX);
    let mut found = store::page(db, project.id, search.rule, search.run.as_deref(), before, first + 1)?;
    let has_next = found.len() > first;
    found.truncate(first);
    if rules::may_change(call, project) {
        for firing in &mut found {
            firing.deliveries = store::deliveries(db, firing.id)?;
        }
    }
    Ok(Page { items: found.into_iter().map(|firing| (Cursor::encode(&firing.id.get()), firing)).collect(), has_next })
}

/// Lets a rule tell its people that it is tried out.
pub fn try_out(tx: &Tx<'_>, call: &Call, project: &Project, id: RuleId) -> Result<Firing> {
    let rule = rules::get(tx, call, Action::Write, project, id)?;
    if rule.recipients.is_empty() && rule.webhook.is_none() {
        return Err(Error::invalid("this alert tells nobody: say whom it is mailed to, or which webhook it uses"));
    }
    let who = call.actor.account.map(|id| accounts::find(tx, id)).transpose()?.flatten();
    let who = who.map_or_else(|| "the operator".to_owned(), |account| account.username);
    let news = News {
        severity: "INFO",
        title: format!("{}: a test", rule.name),
        text: format!("{who} tries out whether this alert of {}/{} arrives. Nothing is wrong.", project.entity, project.name),
        facts: json!({ "kind": "test" }),
    };
    rules::note(tx, call, project, &rule, "alert.test")?;
    let firing = fire(tx, &rule, None, &news, call.now)?;
    let found = store::by_id(tx, firing)?.ok_or_else(|| Error::internal("the firing just made is not there"))?;
    Ok(Firing { deliveries: store::deliveries(tx, firing)?, ..found })
}

/// Keeps that a rule fired, with what is to be told to whom.
pub(super) fn fire(tx: &Tx<'_>, rule: &Rule, run: Option<RunId>, news: &News, now: Timestamp) -> Result<FiringId> {
    let cut = |text: &str, most: usize| text.chars().take(most).collect::<String>();
    let firing = store::insert(
        tx,
        &NewFiring {
            rule: rule.id,
            project: rule.project_id,
            run,
            at: now,
            severity: news.severity,
            title: &cut(&news.title, TITLE_CHARS_MAX),
            text: &cut(&news.text, TEXT_CHARS_MAX),
            facts: &news.facts.to_string(),
        },
    )?;
    for (recipient, name) in rule.recipients.iter().zip(rules::recipients(tx, rule)?) {
        let to = match recipient {
            Recipient::Account(account) => To::Account(*account, &name),
            Recipient::Address(address) => To::Address(address),
        };
        store::insert_delivery(tx, firing, &to, now)?;
    }
    if let Some(webhook) = rule.webhook.map(|id| webhooks_store::by_id(tx, id)).transpose()?.flatten() {
        store::insert_delivery(tx, firing, &To::Webhook(webhook.id, &webhook.name), now)?;
    }
    Ok(firing)
}
