//! Making, changing and deleting rules.

use serde_json::json;

use super::model::{Recipient, Rule, Wish};
use super::{authors, store, webhooks_store};
use crate::db::{Reader, Tx};
use crate::domain::projects::Project;
use crate::domain::runs::{self, filter::Filter};
use crate::domain::{Call, accounts, audit, teams};
use crate::error::{Error, Result};
use crate::id::{AccountId, RuleId, WebhookId};
use crate::json::Json;
use crate::mail;
use crate::outbound::hosts::Hosts;
use crate::policy::{self, Action, Target};

/// The most rules of a project: each looks at every row of its runs.
const RULES_MAX: usize = 100;
const RECIPIENTS_MAX: usize = 50;
const NAME_CHARS_MAX: usize = 128;

/// The rules of a project that the caller was found to be allowed to see, by name.
pub fn list(db: &Reader<'_>, call: &Call, project: &Project) -> Result<Vec<Rule>> {
    policy::require(&call.actor, Action::Read, &target(project))?;
    store::of_project(db, project.id)
}

/// One of them, for this action.
pub fn get(db: &Reader<'_>, call: &Call, action: Action, project: &Project, id: RuleId) -> Result<Rule> {
    policy::require(&call.actor, action, &target(project))?;
    let found = store::by_id(db, id)?.filter(|rule| rule.project_id == project.id);
    found.ok_or_else(|| Error::not_found("alert"))
}

/// Whether the caller may change rules of this project, and see whom they write to.
pub fn may_change(call: &Call, project: &Project) -> bool {
    policy::allows(&call.actor, Action::Write, &target(project))
}

/// Whether the caller may say who answers for the rules of this project.
pub fn may_hand_over(call: &Call, project: &Project) -> bool {
    policy::allows(&call.actor, Action::Manage, &target(project))
}

/// Makes a rule.
///
/// # Errors
/// `Invalid` in words; `Conflict` if there is one of that name.
pub fn create(tx: &Tx<'_>, call: &Call, project: &Project, wish: &Wish) -> Result<Rule> {
    policy::require(&call.actor, Action::Write, &target(project))?;
    if project.is_registry {
        return Err(Error::invalid("nothing is logged to a registry, so there is nothing to be told of"));
    }
    let (Some(name), Some(condition)) = (&wish.name, &wish.condition) else {
        return Err(Error::invalid("an alert needs a name and a condition"));
    };
    if store::of_project(tx, project.id)?.len() >= RULES_MAX {
        return Err(Error::conflict(format!("the project has {RULES_MAX} alerts already; delete one")));
    }
    let empty = Rule {
        id: RuleId::new(0),
        project_id: project.id,
        name: name.clone(),
        condition: condition.clone(),
        filter: "{}".to_owned(),
        paused: false,
        recipients: Vec::new(),
        webhook: None,
        created_by: call.actor.author(),
        author: call.actor.author(),
        created_at: call.now,
        updated_at: call.now,
    };
    let rule = changed(tx, call, project, empty, wish)?;
    require_free(tx, &rule, None)?;
    let id = store::insert(tx, &rule)?;
    let rule = Rule { id, ..rule };
    note(tx, call, project, &rule, "alert.create")?;
    Ok(rule)
}

/// Changes a rule, for who may do each of what is wished. With another condition it begins anew, as one that was just made.
pub fn update(tx: &Tx<'_>, call: &Call, project: &Project, id: RuleId, wish: &Wish) -> Result<Rule> {
    let before = get(tx, call, Action::Write, project, id)?;
    let rule = if wish.says_content() { rewrite(tx, call, project, before, wish)? } else { before };
    match &wish.author {
        Some(username) => authors::hand_over(tx, call, project, rule, username),
        None => Ok(rule),
    }
}

fn rewrite(tx: &Tx<'_>, call: &Call, project: &Project, before: Rule, wish: &Wish) -> Result<Rule> {
    let id = before.id;
    let rule = changed(tx, call, project, before.clone(), wish)?;
    require_free(tx, &rule, Some(id))?;
    if rule.condition != before.condition {
        store::forget_marks(tx, id)?;
    }
    // Who judges meanwhile sees by it that the rule is another.
    let updated_at = call.now.max(crate::clock::Timestamp::from_micros(before.updated_at.micros() + 1));
    let rule = Rule { updated_at, ..rule };
    store::update(tx, &rule)?;
    note(tx, call, project, &rule, "alert.update")?;
    Ok(rule)
}

/// Deletes a rule with what is known of its firings.
pub fn delete(tx: &Tx<'_>, call: &Call, project: &Project, id: RuleId) -> Result<()> {
    let rule = get(tx, call, Action::Delete, project, id)?;
    store::delete(tx, id)?;
    note(tx, call, project, &rule, "alert.delete")
}

/// Notes that somebody did something to a rule that changes nothing of it.
pub(super) fn note(tx: &Tx<'_>, call: &Call, project: &Project, rule: &Rule, action: &str) -> Result<()> {
    let details = json!({
        "alert": rule.name, "kind": rule.condition.kind(), "paused": rule.paused,
        "mail": rule.recipients.len(), "webhook": webhook_name(tx, rule.webhook)?,
    });
    audit::record(tx, call, action, "project", project.id.get(), &project.name, &details)
}

/// What the policy judges rules by.
pub(super) fn target(project: &Project) -> Target {
    Target::Alerts { id: project.id, entity: project.entity_id, visibility: project.visibility }
}

fn require_free(db: &Reader<'_>, rule: &Rule, but: Option<RuleId>) -> Result<()> {
    match store::name_taken(db, rule.project_id, &rule.name, but)? {
        true => Err(Error::conflict(format!("there is an alert called {} already", rule.name))),
        false => Ok(()),
    }
}

fn changed(db: &Reader<'_>, call: &Call, project: &Project, rule: Rule, wish: &Wish) -> Result<Rule> {
    let name = wish.name.as_deref().map_or(rule.name.as_str(), str::trim).to_owned();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || name.contains(char::is_control) {
        return Err(Error::invalid(format!("the name of an alert has 1 to {NAME_CHARS_MAX} characters")));
    }
    let condition = wish.condition.clone().unwrap_or(rule.condition);
    condition.check()?;
    let filter = wish.filter.clone().unwrap_or(rule.filter);
    Filter::parse(&filter)?;
    let recipients = match &wish.mail {
        Some(wished) => wanted(db, call, project, &rule.recipients, wished)?,
        None => rule.recipients,
    };
    let webhook = match wish.webhook.as_deref() {
        None => rule.webhook,
        Some("") => None,
        Some(name) => {
            let found = webhooks_store::by_name(db, project.entity_id, name)?;
            let missing = || {
                Error::invalid(format!("{} has no webhook called {name}: its admins make them in its settings", project.entity))
            };
            Some(found.ok_or_else(missing)?.id)
        }
    };
    Ok(Rule { name, condition, filter, paused: wish.paused.unwrap_or(rule.paused), recipients, webhook, ..rule })
}

/// Whom user names and addresses mean. Whoever changes a rule may have people told who see the project; other addresses are for
/// those who answer for the team, since what is told leaves it.
fn wanted(db: &Reader<'_>, call: &Call, project: &Project, known: &[Recipient], wished: &[String]) -> Result<Vec<Recipient>> {
    if wished.len() > RECIPIENTS_MAX {
        return Err(Error::invalid(format!("an alert is mailed to at most {RECIPIENTS_MAX} people")));
    }
    let mut found: Vec<Recipient> = Vec::new();
    for text in wished.iter().map(|text| text.trim()).filter(|text| !text.is_empty()) {
        let recipient = if text.contains('@') {
            mail::require_address(text)?;
            let recipient = Recipient::Address(text.to_owned());
            if !known.contains(&recipient) && !policy::allows(&call.actor, Action::Manage, &Target::Entity(project.entity_id)) {
                return Err(Error::forbidden(format!(
                    "only an admin of {} lets alerts be mailed to an address as {text}; members are named by their user names",
                    project.entity
                )));
            }
            recipient
        } else {
            let account = accounts::by_username(db, text)?.filter(|account| account.deactivated_at.is_none());
            let sees = match &account {
                Some(account) => known.contains(&Recipient::Account(account.id)) || belongs(db, project, account.id)?,
                None => false,
            };
            let account = account.filter(|_| sees);
            let missing = || Error::invalid(format!("{text} is not one of those who see {}/{}", project.entity, project.name));
            Recipient::Account(account.ok_or_else(missing)?.id)
        };
        if !found.contains(&recipient) {
            found.push(recipient);
        }
    }
    Ok(found)
}

/// Whether an account has a role by which it sees a project, and not only because everybody may look.
fn belongs(db: &Reader<'_>, project: &Project, account: AccountId) -> Result<bool> {
    let actor = accounts::actor(db, account)?;
    let seat = teams::entity(db, project.entity_id)?.map(|entity| teams::role_of(db, &entity, account)).transpose()?.flatten();
    let named = actor.project_seats.iter().any(|(id, _)| *id == project.id);
    let is_near = seat.is_some() || named || actor.personal == Some(project.entity_id);
    Ok(is_near && policy::allows(&actor, Action::Read, &target(project)))
}

/// Whom a rule writes to, as people read it.
pub fn recipients(db: &Reader<'_>, rule: &Rule) -> Result<Vec<String>> {
    let name = |recipient: &Recipient| match recipient {
        Recipient::Address(address) => Ok(address.clone()),
        Recipient::Account(id) => {
            Ok(accounts::find(db, *id)?.map_or_else(|| "somebody who is gone".to_owned(), |found| found.username))
        }
    };
    rule.recipients.iter().map(name).collect()
}

/// What a webhook is called.
pub fn webhook_name(db: &Reader<'_>, id: Option<WebhookId>) -> Result<Option<String>> {
    Ok(id.map(|id| webhooks_store::by_id(db, id)).transpose()?.flatten().map(|webhook| webhook.name))
}

/// What keeps a rule from telling anybody, in words for its people.
pub fn problems(db: &Reader<'_>, rule: &Rule, has_mail: bool, hosts: &Hosts) -> Result<Vec<String>> {
    let mut found = Vec::new();
    if rule.recipients.is_empty() && rule.webhook.is_none() {
        found.push("it tells nobody: it is seen here alone".to_owned());
    }
    if !rule.recipients.is_empty() && !has_mail {
        found.push("this server sends no mail: its operator sets mail.server".to_owned());
    }
    let webhook = rule.webhook.map(|id| webhooks_store::by_id(db, id)).transpose()?.flatten();
    if let Some(Err(error)) = webhook.map(|webhook| hosts.require(&webhook.url)) {
        found.push(error.to_string());
    }
    if let (Some(run), Some(metric)) = (rule.condition.baseline_run(), rule.condition.metric())
        && baseline(db, rule, run, metric)?.is_none()
    {
        found.push(format!("the summary of the run {run} has no number called {metric}, so nothing is compared with it"));
    }
    Ok(found)
}

/// What the summary of a run of the rule's project has at the name of a metric.
pub(super) fn baseline(db: &Reader<'_>, rule: &Rule, run: &str, metric: &str) -> Result<Option<f64>> {
    let Some(found) = runs::in_project(db, rule.project_id, run)? else { return Ok(None) };
    Ok(Json::at(&Json::parse_map(&found.summary)?, metric).and_then(Json::as_f64).filter(|value| !value.is_nan()))
}
