//! The index of fields: a row for every leaf of a run's config and summary under its dotted name, so that filters and orders
//! over a project look things up instead of reading documents.

use std::borrow::Cow;
use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use super::query::store;
use crate::db::Tx;
use crate::error::Result;
use crate::id::{ProjectId, RunId};
use crate::json::{Json, Map};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    Config,
    Summary,
}

impl Section {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Summary => "summary",
        }
    }
}

/// What the index keeps of a value. NaN is a number without a number: it equals nothing and is never greater or less.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Field {
    pub kind: &'static str,
    pub number: Option<f64>,
    pub text: Option<String>,
}

impl Field {
    fn of(value: &Json) -> Self {
        let bare = |kind| Self { kind, number: None, text: None };
        match value {
            Json::Null => bare("null"),
            Json::Bool(flag) => Self { number: Some(f64::from(u8::from(*flag))), ..bare("boolean") },
            Json::Int(_) | Json::Big(_) | Json::Float(_) => {
                Self { number: value.as_f64().filter(|number| !number.is_nan()), ..bare("number") }
            }
            Json::Text(text) => Self { text: Some(indexed_text(text).into_owned()), ..bare("text") },
            Json::List(_) => Self { text: Some(indexed_text(&value.to_text()).into_owned()), ..bare("list") },
            Json::Map(_) => bare("map"),
        }
    }
}

/// How many bytes of a text the index holds. Prompts and lists of millions of numbers are logged too, and every row of the
/// index is in a tree and, in an order by it, in a cursor.
const TEXT_BYTES: usize = 1024;

/// A text as the index holds it: a long one is cut, with a digest of the whole in place of the rest, so that equal texts stay
/// equal and others do not become so. What lies beyond the cut is found by no pattern.
pub(super) fn indexed_text(text: &str) -> Cow<'_, str> {
    if text.len() <= TEXT_BYTES {
        return Cow::Borrowed(text);
    }
    let mut end = TEXT_BYTES - 64;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    Cow::Owned(format!("{}{}", &text[..end], hex::encode(Sha256::digest(text))))
}

/// Makes the index say what the document says; only rows that differ are written.
pub(super) fn replace(tx: &Tx, run: RunId, project: ProjectId, section: Section, document: &Map) -> Result<()> {
    let wanted = fields(section, document);
    let stored: BTreeMap<String, Field> = store::fields(tx, run, section)?.into_iter().collect();
    for key in stored.keys().filter(|key| !wanted.contains_key(*key)) {
        store::delete_field(tx, run, section, key)?;
    }
    for (key, field) in &wanted {
        if stored.get(key) != Some(field) {
            store::set_field(tx, run, project, section, key, field)?;
        }
    }
    Ok(())
}

/// What is the same for configs that say the same, in whatever order; empty for one that says nothing.
pub(super) fn digest(config: &Map) -> Vec<u8> {
    let fields = fields(Section::Config, config);
    if fields.is_empty() {
        return Vec::new();
    }
    let mut digest = Sha256::new();
    for (key, Field { kind, number, text }) in &fields {
        // Lengths part what follows each other; NaN has no number.
        for part in [key.as_str(), *kind, text.as_deref().unwrap_or_default()] {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        digest.update(number.map_or([0xff; 8], |number| (number + 0.0).to_bits().to_be_bytes()));
    }
    digest.finalize().to_vec()
}

/// Leaves by dotted name. Of config, each top-level value lies under `value`; the client's own `_wandb` part is left out.
fn fields(section: Section, document: &Map) -> BTreeMap<String, Field> {
    let unwrapped;
    let document = match section {
        Section::Summary => document,
        Section::Config => {
            let entries = document.iter().filter(|(key, _)| *key != "_wandb");
            unwrapped = entries.filter_map(|(key, entry)| Some((key.clone(), entry.get("value")?.clone()))).collect();
            &unwrapped
        }
    };
    let mut found = BTreeMap::new();
    Json::leaves(document, &mut |key, value| {
        // Of a key `a.b` and a `b` in `a`, which share their name, the row is the one that the name means everywhere.
        let meant = if key.contains('.') { Json::at(document, key).unwrap_or(value) } else { value };
        found.insert(key.to_owned(), Field::of(meant));
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn config_loses_its_wrapping_and_the_clients_own_part() {
        let document =
            Json::parse_map(r#"{"opt":{"value":{"lr":0.1,"b":[1]}},"_wandb":{"value":{"t":1}},"x":{"value":NaN}}"#).unwrap();
        let found = fields(Section::Config, &document);
        let keys: Vec<&str> = found.keys().map(String::as_str).collect();
        assert_eq!(keys, ["opt.b", "opt.lr", "x"]);
        assert_eq!(found["x"], Field { kind: "number", number: None, text: None });
    }

    #[test]
    fn configs_that_say_the_same_have_one_digest_and_others_another() {
        let of = |text: &str| digest(&Json::parse_map(text).unwrap());
        let one = of(r#"{"a":{"value":1},"b":{"value":{"c":"x"}},"_wandb":{"value":{"t":1}}}"#);
        assert_eq!(one, of(r#"{"_wandb":{"value":{"t":2}},"b":{"value":{"c":"x"}},"a":{"value":1.0}}"#));
        for other in [
            r#"{"a":{"value":2},"b":{"value":{"c":"x"}}}"#,
            r#"{"a":{"value":"1"},"b":{"value":{"c":"x"}}}"#,
            r#"{"a":{"value":1},"b":{"value":{"cx":""}}}"#,
            r#"{"a":{"value":NaN},"b":{"value":{"c":"x"}}}"#,
        ] {
            assert_ne!(one, of(other), "{other}");
        }
        assert!(of(r#"{"_wandb":{"value":{"t":1}}}"#).is_empty(), "what the client keeps there for itself is no config");
    }

    #[test]
    fn a_key_with_a_dot_comes_before_a_nested_one_of_the_same_name() {
        for text in [r#"{"a.b":1,"a":{"b":2}}"#, r#"{"a":{"b":2},"a.b":1}"#] {
            let found = fields(Section::Summary, &Json::parse_map(text).unwrap());
            assert_eq!(found["a.b"].number, Some(1.0), "{text}");
        }
    }

    #[test]
    fn long_texts_are_cut_and_stay_different() {
        let long = |end: &str| format!("{}{end}", "ä".repeat(5000));
        let (one, other) = (long("1"), long("2"));
        let (cut, another) = (indexed_text(&one), indexed_text(&other));
        assert!(cut.len() <= TEXT_BYTES && cut != another && cut == indexed_text(&long("1")) && cut.starts_with("ää"));
        assert_eq!(indexed_text("short"), "short");
    }
}
