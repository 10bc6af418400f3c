//! Telling people: what waits is sent by mail and to webhooks, again and again until it is taken or given up. Every attempt is kept.
//! Who dies between sending and noting it sends twice; letters then have the same id, and what is posted the same number.

use std::time::Duration;

use reqwest::StatusCode;

use super::firings_store::{self as store, Due};
use super::message::{self, Story};
use super::model::{FiredRun, Firing, Webhook};
use super::{rules, webhooks, webhooks_store};
use crate::clock::Clock;
use crate::db::{Db, Reader};
use crate::domain::attempts::{self, ANSWER_CHARS_MAX, Attempt, Outcome};
use crate::domain::projects::{self, Project};
use crate::domain::{Call, accounts};
use crate::error::{Error, Result};
use crate::id::{AccountId, FiringId, RuleId, WebhookId};
use crate::mail::{Letter, Mailer};
use crate::outbound::{self, hosts::Hosts};
use crate::policy::{self, Action};
use crate::vault::Vault;

/// How long a webhook may take for everything.
const PATIENCE: Duration = Duration::from_secs(10);

/// By what and to whom the server may tell something.
#[derive(Clone, Debug)]
pub struct Channels {
    /// `None`: this server sends no mail.
    pub mail: Option<Mailer>,
    pub hosts: Hosts,
    pub vault: Vault,
    /// Where people reach this server.
    pub public_url: String,
}

/// Sends all that is due; returns how much of it was taken.
pub async fn deliver(db: &Db, channels: &Channels, clock: &Clock) -> Result<usize> {
    attempts::all(db, clock, store::due, |due| one(db, channels, clock, due)).await
}

/// Sends one and keeps what came of it; whether it was taken.
async fn one(db: &Db, channels: &Channels, clock: &Clock, due: Due) -> Result<bool> {
    let asked = due.clone();
    let errand = match db.read(move |reader| errand(reader, &asked)).await {
        Ok(errand) => errand,
        Err(error @ Error::Internal(_)) => return Err(error),
        Err(error) => Err(error.to_string()),
    };
    let outcome = match errand {
        Ok(errand) => errand.run(channels, due.id.get()).await,
        Err(why) => Outcome::never(why),
    };
    let now = clock.now();
    let next = outcome.next(due.attempts, now);
    let attempt = outcome.attempt(now);
    let taken = attempt.succeeded;
    if !taken {
        tracing::warn!(delivery = due.id.get(), "an alert was not taken by {}: {}", due.channel, attempt.answer);
    }
    db.write(move |tx| store::note_attempt(tx, due.id, &attempt, next)).await?;
    Ok(taken)
}

/// What is to be sent where.
struct Errand {
    firing: Firing,
    project: Project,
    to: To,
}

enum To {
    Address(String),
    Webhook(Webhook),
}

/// What a delivery comes to now; in words, if it cannot be made any more.
fn errand(db: &Reader<'_>, due: &Due) -> Result<std::result::Result<Errand, String>> {
    let Some(firing) = store::by_id(db, due.firing)? else { return Ok(Err("it is not there any more".to_owned())) };
    let Some(project) = projects::in_place(db, due.project)? else { return Ok(Err("its project was deleted".to_owned())) };
    let to = match (due.account, &due.address, due.webhook) {
        (Some(account), ..) => match address_of(db, account, &project)? {
            Ok(address) => To::Address(address),
            Err(why) => return Ok(Err(why)),
        },
        (_, Some(address), _) => To::Address(address.clone()),
        (_, _, Some(webhook)) => match webhooks_store::by_id(db, webhook)? {
            Some(webhook) => To::Webhook(webhook),
            None => return Ok(Err("the webhook was deleted".to_owned())),
        },
        _ => return Ok(Err("the webhook was deleted".to_owned())),
    };
    Ok(Ok(Errand { firing, project, to }))
}

/// Where somebody is written to, as long as they may see the project.
fn address_of(db: &Reader<'_>, id: AccountId, project: &Project) -> Result<std::result::Result<String, String>> {
    let account = accounts::find(db, id)?.filter(|account| account.deactivated_at.is_none());
    let Some(account) = account else { return Ok(Err("the account is locked or gone".to_owned())) };
    if !policy::allows(&accounts::actor(db, id)?, Action::Read, &rules::target(project)) {
        return Ok(Err(format!("{} does not see the project any more", account.username)));
    }
    Ok(account.email.ok_or_else(|| format!("{} has no mail address", account.username)))
}

impl Errand {
    async fn run(self, channels: &Channels, number: i64) -> Outcome {
        let Self { firing, project, to } = self;
        let public_url = &channels.public_url;
        let story = Story { firing: &firing, entity: &project.entity, project: Some(&project.name), public_url };
        match to {
            To::Address(to) => {
                let Some(mailer) = channels.mail.clone() else {
                    return Outcome::never("this server sends no mail: its operator sets mail.server");
                };
                let letter = Letter {
                    to,
                    subject: attempts::in_one_line(&firing.title),
                    text: message::letter(&story),
                    id: format!("alert-{number}"),
                    at: firing.at,
                };
                attempts::mail(mailer, letter).await
            }
            To::Webhook(webhook) => post(channels, &webhook, &story).await,
        }
    }
}

async fn post(channels: &Channels, webhook: &Webhook, story: &Story<'_>) -> Outcome {
    if let Err(refused) = channels.hosts.require(&webhook.url) {
        return Outcome::never(refused.to_string());
    }
    let body = message::body(webhook.format, story).to_string().into_bytes();
    let opened = |sealed: &Option<Vec<u8>>, what: &str| {
        sealed.as_deref().map(|sealed| channels.vault.open(sealed, &webhooks::purpose(webhook, what))).transpose()
    };
    let (secret, token) =
        match opened(&webhook.secret, "secret").and_then(|secret| Ok((secret, opened(&webhook.token, "token")?))) {
            Ok(both) => both,
            Err(error) => return Outcome::never(error.to_string()),
        };
    let client = match outbound::http_client(None, PATIENCE) {
        Ok(client) => client,
        Err(error) => return Outcome::failed(error.to_string()),
    };
    let mut request = client.post(&webhook.url).header("content-type", "application/json").header("user-agent", "Runstead");
    if let Some(secret) = secret {
        request = request.header("x-wandb-signature", message::signature(secret.reveal(), &body));
    }
    if let Some(token) = token {
        request = request.bearer_auth(token.reveal());
    }
    match request.body(body).send().await {
        Ok(response) => answered(response).await,
        // The address may be a secret itself.
        Err(error) => Outcome::failed(in_words(error.without_url())),
    }
}

async fn answered(mut response: reqwest::Response) -> Outcome {
    let status = response.status();
    let mut text = Vec::new();
    while text.len() < ANSWER_CHARS_MAX {
        match response.chunk().await {
            Ok(Some(chunk)) => text.extend_from_slice(&chunk[..chunk.len().min(ANSWER_CHARS_MAX)]),
            _ => break,
        }
    }
    let answer = format!("{status} {}", String::from_utf8_lossy(&text)).trim().to_owned();
    let passing = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_EARLY, StatusCode::TOO_MANY_REQUESTS];
    match status {
        status if status.is_success() => Outcome::sent(answer),
        status if status.is_redirection() => {
            Outcome::never(format!("{answer}: redirects are not followed; give the address it leads to"))
        }
        status if status.is_client_error() && !passing.contains(&status) => Outcome::never(answer),
        _ => Outcome::failed(answer),
    }
}

/// The error with what it came from.
fn in_words(error: reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

/// Posts a test to a webhook at once, for its admins, who see what it answers.
pub async fn try_webhook(db: &Db, channels: &Channels, call: &Call, entity: String, id: WebhookId) -> Result<Attempt> {
    let (asking, name) = (call.clone(), entity.clone());
    let webhook = db.write(move |tx| webhooks::note_test(tx, &asking, &name, id)).await?;
    let firing = Firing {
        id: FiringId::new(0),
        rule_id: RuleId::new(0),
        rule: webhook.name.clone(),
        run: None::<FiredRun>,
        at: call.now,
        severity: "INFO".to_owned(),
        title: format!("{}: a test", webhook.name),
        text: format!("The admins of {entity} try out whether this webhook works. Nothing is wrong."),
        facts: "{\"kind\":\"test\"}".to_owned(),
        is_held: false,
        deliveries: Vec::new(),
    };
    let story = Story { firing: &firing, entity: &entity, project: None, public_url: &channels.public_url };
    let outcome = post(channels, &webhook, &story).await;
    Ok(outcome.attempt(call.now))
}
