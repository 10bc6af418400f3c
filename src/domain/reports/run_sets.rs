//! Whose runs the panels of a report show, as its document says.

use std::collections::BTreeSet;

use crate::json::Json;

/// Entity and project of each run set in a document, in reports of all ages: their blocks and sections keep `runSets` at different
/// depths. A document that cannot be read has none.
pub(super) fn projects(spec: &str) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    if let Ok(document) = Json::parse(spec) {
        collect(&document, &mut found);
    }
    found
}

fn collect(json: &Json, found: &mut BTreeSet<(String, String)>) {
    match json {
        Json::List(items) => items.iter().for_each(|item| collect(item, found)),
        Json::Map(map) => {
            if let Some(Json::List(sets)) = map.get("runSets") {
                found.extend(sets.iter().filter_map(named));
            }
            map.values().for_each(|value| collect(value, found));
        }
        _ => {}
    }
}

/// The project that a run set names; one that names none shows runs of the report's own.
fn named(set: &Json) -> Option<(String, String)> {
    let project = set.get("project")?;
    let text = |key: &str| project.get(key).and_then(Json::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    text("entityName").zip(text("name"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn run_sets_are_found_at_any_depth() {
        let set =
            |entity: &str, name: &str| format!(r#"{{"name":"Run set","project":{{"entityName":"{entity}","name":"{name}"}}}}"#);
        let spec = format!(
            r#"{{"blocks":[{{"type":"panel-grid","metadata":{{"runSets":[{},{{"name":"own"}}]}}}},
                 {{"type":"heading","collapsedChildren":[{{"metadata":{{"runSets":[{}]}}}}]}}],"panelGroups":[{{"runSets":[{}]}}]}}"#,
            set("red", "digits"),
            set("blue", "words"),
            set("red", "digits")
        );
        let found: Vec<_> = projects(&spec).into_iter().collect();
        assert_eq!(found, [("blue".to_owned(), "words".to_owned()), ("red".to_owned(), "digits".to_owned())]);
        assert_eq!(projects("{"), BTreeSet::new());
    }
}
