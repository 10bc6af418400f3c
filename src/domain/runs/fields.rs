//! The index of fields: a row for every leaf of a run's config and summary under its dotted name, so that filters and orders
//! over a project look things up instead of reading documents.

use std::collections::BTreeMap;

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
            Json::Text(text) => Self { text: Some(text.clone()), ..bare("text") },
            Json::List(_) => Self { text: Some(value.to_text()), ..bare("list") },
            Json::Map(_) => bare("map"),
        }
    }
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

/// Leaves by dotted name. Of config, each top-level value lies under `value`; the client's own `_wandb` part is left out.
fn fields(section: Section, document: &Map) -> BTreeMap<String, Field> {
    let mut found = BTreeMap::new();
    match section {
        Section::Summary => Json::leaves(document, &mut |key, value| {
            found.insert(key.to_owned(), Field::of(value));
        }),
        Section::Config => {
            for (key, entry) in document.iter().filter(|(key, _)| *key != "_wandb") {
                let Some(value) = entry.get("value") else { continue };
                let own = Map::from_iter([(key.clone(), value.clone())]);
                Json::leaves(&own, &mut |key, value| {
                    found.insert(key.to_owned(), Field::of(value));
                });
            }
        }
    }
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
}
