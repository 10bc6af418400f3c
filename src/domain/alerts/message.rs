//! What is told of a firing, in the words of each channel. Pure.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::model::{Firing, Format};
use crate::domain::addresses::part;

/// What there is to tell, and where it happened.
pub(super) struct Story<'a> {
    pub firing: &'a Firing,
    pub entity: &'a str,
    /// `None` of a webhook that is tried out by itself.
    pub project: Option<&'a str>,
    pub public_url: &'a str,
}

impl Story<'_> {
    /// Where people see it: the run, or of a test what was tried out.
    fn link(&self) -> String {
        let place = format!("{}/{}", self.public_url, part(self.entity));
        match (self.project, &self.firing.run) {
            (Some(project), Some(run)) => format!("{place}/{}/runs/{}", part(project), part(&run.name)),
            (Some(project), None) => format!("{place}/{}/settings", part(project)),
            (None, _) => place,
        }
    }
}

/// The text of a letter.
pub(super) fn letter(story: &Story<'_>) -> String {
    let Story { firing, entity, project, .. } = story;
    format!(
        "{}\n\n{}\n\n--\nSent by the alert \"{}\" of {entity}/{}. Its settings are in those of the project: there it is paused, changed, and \
         armed again for a run that it has told of.\n",
        firing.text,
        story.link(),
        firing.rule,
        project.unwrap_or_default()
    )
}

/// What is posted to a webhook.
pub(super) fn body(format: Format, story: &Story<'_>) -> Value {
    let Story { firing, entity, project, .. } = story;
    let link = story.link();
    let text = format!("{}\n{}\n{link}", firing.title, firing.text);
    match format {
        Format::Json => json!({
            "event": if firing.run.is_some() { "alert" } else { "test" },
            "firing": firing.id,
            "alert": firing.rule,
            "entity": entity,
            "project": project,
            "run": firing.run.as_ref().map(|run| json!({ "name": run.name, "display_name": run.display_name })),
            "at": firing.at.to_string(),
            "severity": firing.severity,
            "title": firing.title,
            "text": firing.text,
            "link": link,
            "facts": serde_json::from_str::<Value>(&firing.facts).unwrap_or(Value::Null),
        }),
        Format::Slack => json!({ "text": text }),
        // Names in a text must not ring everybody.
        Format::Discord => {
            json!({ "content": text.chars().take(2000).collect::<String>(), "allowed_mentions": { "parse": [] } })
        }
        Format::Teams => json!({
            "type": "message",
            "attachments": [{
                "contentType": "application/vnd.microsoft.card.adaptive",
                "content": {
                    "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                    "type": "AdaptiveCard",
                    "version": "1.4",
                    "body": [
                        { "type": "TextBlock", "text": firing.title, "weight": "bolder", "wrap": true },
                        { "type": "TextBlock", "text": firing.text, "wrap": true },
                    ],
                    "actions": [{ "type": "Action.OpenUrl", "title": "Open", "url": link }],
                },
            }],
        }),
    }
}

/// What proves who posted a body: the base64 of its HMAC-SHA256 by the webhook's secret, as the vendor's `X-Wandb-Signature`.
pub(super) fn signature(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key of any length will do");
    mac.update(body);
    STANDARD.encode(mac.finalize().into_bytes())
}
