//! Forgetting who somebody was: the names of an account that was anonymized are replaced in all entries, and the chain holds (`chain`).
//! What was told elsewhere before stays there. That something was done, by which account, when, and from where, stays.

use serde_json::{Map, Value, json};

use super::chain::{Entry, FORGET};
use super::{SALT_BYTES, chain_store};
use crate::db::Tx;
use crate::domain::Call;
use crate::error::{Error, Result};
use crate::id::AccountId;
use crate::secret::random_bytes;

/// Entries that one entry says of that something in them was forgotten.
const BATCH: usize = 200;
/// Of these details the values are words of this program, even if somebody is called so.
const OUR_WORDS: [&str; 8] = ["role", "before", "kind", "type", "changed", "state", "office", "setting"];
/// These details of an account's own entries say who it is.
const OF_THE_PERSON: [&str; 4] = ["name", "email", "dn", "directory_id"];

/// Whom to forget, by the names they had, and what stands there instead.
#[derive(Clone, Debug)]
pub struct Whom<'a> {
    pub account: AccountId,
    pub username: &'a str,
    pub email: Option<&'a str>,
    pub shown: &'a str,
}

/// Replaces their names in all entries, and says in new ones which these were; returns how many. For who judged the caller.
pub fn forget(tx: &Tx<'_>, call: &Call, whom: &Whom<'_>) -> Result<usize> {
    let (username, email) = (whom.username.to_lowercase(), whom.email.map(str::to_lowercase));
    let mut rewritten = Map::new();
    for entry in chain_store::naming(tx, whom.account, &username, email.as_deref())? {
        let Some((object_name, details)) = whom.redacted(&entry)? else { continue };
        let entry = Entry { object_name, details, salt: random_bytes::<SALT_BYTES>().to_vec(), told_digest: None, ..entry };
        chain_store::rewrite(tx, &entry)?;
        rewritten.insert(entry.id.to_string(), hex::encode(entry.content_now()).into());
    }
    let count = rewritten.len();
    let mut left = rewritten.into_iter().peekable();
    while left.peek().is_some() {
        let some: Map<String, Value> = left.by_ref().take(BATCH).collect();
        super::record(tx, call, FORGET, "account", whom.account.get(), whom.shown, &json!({ "entries": some }))?;
    }
    Ok(count)
}

impl Whom<'_> {
    /// The name and details of an entry without them; `None` if they are not in it.
    fn redacted(&self, entry: &Entry) -> Result<Option<(String, String)>> {
        let mut details: Value = serde_json::from_str(&entry.details).map_err(Error::internal)?;
        let own = entry.object_kind == "account" && entry.object_id == self.account.get();
        // What somebody calls a key of theirs says who they are.
        let own_key = entry.object_kind == "key"
            && (details["account_id"] == self.account.get() || details["account"].as_str().is_some_and(|text| self.is(text)));
        let object_name = match entry.object_kind.as_str() {
            "account" if own => self.shown.to_owned(),
            "key" if own_key => "a key".to_owned(),
            // Runs and the like are named by what they are.
            "entity" | "account" | "sync" | "directory" if self.is(&entry.object_name) => self.shown.to_owned(),
            _ => entry.object_name.clone(),
        };
        if entry.action != FORGET {
            self.redact(&mut details, own);
        }
        let text = details.to_string();
        let same = object_name == entry.object_name && text == entry.details;
        Ok((!same).then_some((object_name, text)))
    }

    fn is(&self, text: &str) -> bool {
        text.eq_ignore_ascii_case(self.username) || self.email.is_some_and(|email| text.eq_ignore_ascii_case(email))
    }

    fn redact(&self, value: &mut Value, own: bool) {
        match value {
            Value::String(text) if self.is(text) => self.shown.clone_into(text),
            // A path into their personal space.
            Value::String(text) if text.split('/').next().is_some_and(|first| self.is(first)) => {
                let rest = text.split_once('/').map_or("", |(_, rest)| rest);
                *text = format!("{}/{rest}", self.shown);
            }
            Value::Array(values) => values.iter_mut().for_each(|value| self.redact(value, own)),
            Value::Object(fields) => {
                for (name, value) in fields {
                    let says_who = own && OF_THE_PERSON.contains(&name.as_str()) && value.is_string();
                    if says_who {
                        *value = self.shown.into();
                    } else if !(value.is_string() && OUR_WORDS.contains(&name.as_str())) {
                        self.redact(value, own);
                    }
                }
            }
            _ => {}
        }
    }
}
