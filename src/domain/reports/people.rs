//! Who wrote a report, and in it, as its document says.

use super::store;
use crate::db::Tx;
use crate::domain::accounts::Former;
use crate::error::Result;
use crate::json::Json;

/// These say more of a person than their user name.
const OF_A_PERSON: [&str; 3] = ["email", "photoUrl", "photo_url"];

/// Replaces somebody in all documents, wherever one names them by user name: as an author, or who wrote a comment. A document that
/// was changed so is its next version, which nobody overwrites who has read the one before.
pub(in crate::domain) fn forget(tx: &Tx, former: &Former, name: &str) -> Result<()> {
    for (id, spec) in store::naming(tx, &former.username)? {
        let Ok(mut document) = Json::parse(&spec) else { continue };
        if redact(&mut document, &former.username, &former.shown, name) {
            store::set_spec(tx, id, &document.to_text())?;
        }
    }
    Ok(())
}

/// Whether somebody was named.
fn redact(json: &mut Json, username: &str, shown: &str, name: &str) -> bool {
    // All of it is looked at, whatever was found before.
    match json {
        Json::List(items) => items.iter_mut().filter_map(|item| redact(item, username, shown, name).then_some(())).count() > 0,
        Json::Map(map) => {
            let is_them = |value: &Json| value.as_str().is_some_and(|text| text.eq_ignore_ascii_case(username));
            let named = map.get("username").is_some_and(is_them);
            if named {
                map.insert("username".to_owned(), Json::Text(shown.to_owned()));
                map.entry("name".to_owned()).and_modify(|value| *value = Json::Text(name.to_owned()));
                OF_A_PERSON.iter().for_each(|key| drop(map.shift_remove(*key)));
            }
            map.values_mut().filter_map(|value| redact(value, username, shown, name).then_some(())).count() > 0 || named
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_forgotten_is_replaced_wherever_they_are_named_and_nothing_else_is() {
        let mut document = Json::parse(
            r#"{"authors":[{"name":"Ada L.","username":"ada","photoUrl":"x"},{"name":"Bob","username":"bob"}],"blocks":[{"ada":"ada"}]}"#,
        )
        .unwrap();
        assert!(redact(&mut document, "Ada", "deleted-1", "deleted person"));
        let expected = r#"{"authors":[{"name":"deleted person","username":"deleted-1"},{"name":"Bob","username":"bob"}],"blocks":[{"ada":"ada"}]}"#;
        assert_eq!(Json::parse(expected).unwrap(), document);
        assert!(!redact(&mut document, "ada", "x", "x"));
    }
}
