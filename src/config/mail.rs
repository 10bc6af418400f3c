//! The mail server's part of the configuration: settings of which only some go together.

use config::Config as Layers;

use super::values::some;
use crate::mail::{Mailer, Security};
use crate::secret::Secret;

/// The mail server, if there is one; what is missing becomes a mistake.
pub(super) fn read(layers: &Layers, password: Option<Secret>, mistakes: &mut Vec<String>) -> Option<Mailer> {
    let text = |key: &str| layers.get_string(&format!("mail.{key}")).ok().and_then(some);
    let server = text("server")?;
    let (security, usual) = match text("security").as_deref() {
        Some("tls") => (Security::Tls, 465),
        Some("none") => (Security::None, 25),
        _ => (Security::StartTls, 587),
    };
    let port = layers.get::<u16>("mail.port").ok().filter(|port| *port > 0).unwrap_or(usual);
    let user = text("username");
    if user.is_some() != password.is_some() {
        mistakes.push("mail.username and mail.password are of use together only".to_owned());
    }
    if user.is_some() && security == Security::None {
        mistakes.push(
            "mail.username needs mail.security = \"starttls\" or \"tls\": else its password could be read on the way"
                .to_owned(),
        );
    }
    let Some(from) = text("from").and_then(|from| from.parse().ok()) else {
        // One that is there and cannot be was told of above.
        if text("from").is_none() {
            mistakes.push("mail.from must be set, as mail.server is: whom mail is from".to_owned());
        }
        return None;
    };
    Some(Mailer { server, port, security, credentials: user.zip(password), from })
}
