//! Places that alerts of a team, or of a person's own projects, are posted to. Its admins make them, since what is told there
//! leaves the server; its members choose among them.

use serde_json::json;

use super::model::{Format, Webhook};
use super::webhooks_store as store;
use crate::db::{Reader, Tx};
use crate::domain::teams::{self, Entity};
use crate::domain::{Call, audit};
use crate::error::{Error, Result};
use crate::id::WebhookId;
use crate::outbound::hosts::{self, Hosts};
use crate::policy::{self, Action, Target};
use crate::secret::Secret;
use crate::vault::Vault;

/// The most webhooks of one team.
const WEBHOOKS_MAX: usize = 50;
const NAME_CHARS_MAX: usize = 128;
const URL_CHARS_MAX: usize = 2000;

/// What somebody wants of a webhook; `None` leaves it as it is, an empty secret takes it away.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    pub name: Option<String>,
    pub url: Option<String>,
    pub format: Option<Format>,
    pub secret: Option<Secret>,
    pub token: Option<Secret>,
}

/// The webhooks of a team or person, by name, for who belongs there.
pub fn list(db: &Reader<'_>, call: &Call, entity: &str) -> Result<Vec<Webhook>> {
    let entity = require(db, call, Action::Read, entity)?;
    store::of_entity(db, entity.id)
}

/// One of them.
pub fn get(db: &Reader<'_>, call: &Call, action: Action, entity: &str, id: WebhookId) -> Result<Webhook> {
    let entity = require(db, call, action, entity)?;
    let found = store::by_id(db, id)?.filter(|webhook| webhook.entity_id == entity.id);
    found.ok_or_else(|| Error::not_found("webhook"))
}

/// Whether the caller may see where it leads, and change it.
pub fn may_manage(call: &Call, webhook: &Webhook) -> bool {
    policy::allows(&call.actor, Action::Manage, &Target::Entity(webhook.entity_id))
}

/// Makes a webhook.
///
/// # Errors
/// `Conflict` if there is one of that name.
pub fn create(tx: &Tx<'_>, call: &Call, vault: &Vault, hosts: &Hosts, entity: &str, wish: &Wish) -> Result<Webhook> {
    let entity = require(tx, call, Action::Manage, entity)?;
    if store::of_entity(tx, entity.id)?.len() >= WEBHOOKS_MAX {
        return Err(Error::conflict(format!("{} has {WEBHOOKS_MAX} webhooks already; delete one", entity.name)));
    }
    let (Some(_), Some(_)) = (&wish.name, &wish.url) else {
        return Err(Error::invalid("a webhook needs a name and an address"));
    };
    let empty = Webhook {
        id: WebhookId::new(0),
        entity_id: entity.id,
        name: String::new(),
        url: String::new(),
        format: Format::Json,
        secret: None,
        token: None,
        created_by: call.actor.author(),
        created_at: call.now,
    };
    let wished = changed(empty, &Wish { secret: None, token: None, ..wish.clone() }, vault, hosts)?;
    require_free(tx, &wished)?;
    let id = store::insert(tx, &wished)?;
    // What is encrypted is bound to the number of the webhook.
    let webhook = changed(Webhook { id, ..wished }, wish, vault, hosts)?;
    store::update(tx, &webhook)?;
    note(tx, call, &entity, &webhook, "webhook.create")?;
    Ok(webhook)
}

/// Changes a webhook. What goes to another host than before does not take its secrets there.
pub fn update(
    tx: &Tx<'_>,
    call: &Call,
    vault: &Vault,
    hosts: &Hosts,
    entity: &str,
    id: WebhookId,
    wish: &Wish,
) -> Result<Webhook> {
    let webhook = get(tx, call, Action::Manage, entity, id)?;
    let before = hosts::parsed(&webhook.url)?.origin();
    let (had_secret, had_token) = (webhook.has_secret(), webhook.has_token());
    let webhook = changed(webhook, wish, vault, hosts)?;
    let kept = had_secret && wish.secret.is_none() || had_token && wish.token.is_none();
    if kept && hosts::parsed(&webhook.url)?.origin() != before {
        return Err(Error::invalid("it goes to another server now: enter its secret and token again, or leave them empty"));
    }
    require_free(tx, &webhook)?;
    store::update(tx, &webhook)?;
    let entity = require(tx, call, Action::Manage, entity)?;
    note(tx, call, &entity, &webhook, "webhook.update")?;
    Ok(webhook)
}

/// Deletes a webhook. Rules that used it go on without.
pub fn delete(tx: &Tx<'_>, call: &Call, entity: &str, id: WebhookId) -> Result<()> {
    let webhook = get(tx, call, Action::Manage, entity, id)?;
    let entity = require(tx, call, Action::Manage, entity)?;
    store::delete(tx, id)?;
    note(tx, call, &entity, &webhook, "webhook.delete")
}

/// Notes that somebody tried a webhook out.
pub fn note_test(tx: &Tx<'_>, call: &Call, entity: &str, id: WebhookId) -> Result<Webhook> {
    let webhook = get(tx, call, Action::Manage, entity, id)?;
    let entity = require(tx, call, Action::Manage, entity)?;
    note(tx, call, &entity, &webhook, "webhook.test")?;
    Ok(webhook)
}

fn require(db: &Reader<'_>, call: &Call, action: Action, name: &str) -> Result<Entity> {
    call.actor.known()?;
    let missing = || Error::not_found(format!("entity {name}"));
    let entity = teams::entity_by_name(db, name)?.ok_or_else(missing)?;
    policy::require(&call.actor, action, &Target::Entity(entity.id)).map_err(|error| match error {
        Error::NotFound(_) => missing(),
        error => error,
    })?;
    Ok(entity)
}

fn changed(webhook: Webhook, wish: &Wish, vault: &Vault, hosts: &Hosts) -> Result<Webhook> {
    let name = wish.name.as_deref().map_or(webhook.name.as_str(), str::trim).to_owned();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
        return Err(Error::invalid(format!("the name of a webhook has 1 to {NAME_CHARS_MAX} characters")));
    }
    let url = wish.url.as_deref().map_or(webhook.url.as_str(), str::trim).to_owned();
    if url.chars().count() > URL_CHARS_MAX {
        return Err(Error::invalid(format!("the address of a webhook has at most {URL_CHARS_MAX} characters")));
    }
    hosts.require(&url)?;
    let sealed = |wished: &Option<Secret>, kept: Option<Vec<u8>>, what: &str| match wished {
        None => Ok(kept),
        Some(secret) if secret.reveal().is_empty() => Ok(None),
        Some(secret) => vault.seal(secret, &purpose(&webhook, what)).map(Some),
    };
    let secret = sealed(&wish.secret, webhook.secret.clone(), "secret")?;
    let token = sealed(&wish.token, webhook.token.clone(), "token")?;
    if wish.token.as_ref().is_some_and(|token| !token.reveal().bytes().all(|byte| byte.is_ascii_graphic())) {
        return Err(Error::invalid("a token has no blanks and none but plain letters, digits and signs"));
    }
    Ok(Webhook { name, url, format: wish.format.unwrap_or(webhook.format), secret, token, ..webhook })
}

/// What a secret of a webhook is encrypted for.
pub(super) fn purpose(webhook: &Webhook, what: &str) -> String {
    format!("webhook {} {what}", webhook.id)
}

fn require_free(db: &Reader<'_>, webhook: &Webhook) -> Result<()> {
    let named = store::by_name(db, webhook.entity_id, &webhook.name)?;
    match named.filter(|other| other.id != webhook.id) {
        Some(_) => Err(Error::conflict(format!("there is a webhook called {} already", webhook.name))),
        None => Ok(()),
    }
}

fn note(tx: &Tx<'_>, call: &Call, entity: &Entity, webhook: &Webhook, action: &str) -> Result<()> {
    let host = hosts::parsed(&webhook.url).ok().and_then(|url| url.host_str().map(str::to_owned));
    let details = json!({
        "webhook": webhook.name, "host": host, "format": webhook.format.as_str(),
        "signed": webhook.has_secret(), "token": webhook.has_token(),
    });
    audit::record(tx, call, action, "entity", entity.id.get(), &entity.name, &details)
}
