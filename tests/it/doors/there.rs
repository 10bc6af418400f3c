//! The doors that there are, as the code says.

use std::collections::BTreeSet;

use regex::Regex;
use runstead::api::{Limits, graphql};

use crate::tidy::sources;

/// The routes that the doors' sources mount, as `METHOD /path`.
pub(super) fn mounted() -> BTreeSet<String> {
    let place = Regex::new(r#"(?:resource|route)\(\s*"([^"]+)""#).expect("a pattern");
    let method = Regex::new(r"\b(get|head|post|put|patch|delete)\(\)|Method::([A-Z]+)\b").expect("a pattern");
    let mut found = BTreeSet::new();
    for (file, text) in sources("src/api") {
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let scope = if file.contains("/rest/") && !file.ends_with("health.rs") { "/api/v1" } else { "" };
        let starts: Vec<_> = place.captures_iter(code).collect();
        for (index, start) in starts.iter().enumerate() {
            let from = start.get(0).expect("the match").end();
            let to = starts.get(index + 1).map_or(code.len(), |next| next.get(0).expect("the match").start());
            let statement = &code[from..code[from..to].find(';').map_or(to, |end| from + end)];
            for named in method.captures_iter(statement) {
                let name = named.get(1).or(named.get(2)).expect("one of both").as_str().to_uppercase();
                found.insert(format!("{name} {scope}{}", &start[1]));
            }
        }
    }
    found
}

/// The fields of `Query` and `Mutation`, as `Query.name`.
pub(super) fn fields() -> BTreeSet<String> {
    let schema = graphql::sdl(Limits { body_bytes: 1, graphql_depth: 20, graphql_complexity: 2000 });
    let name = Regex::new(r"^\t(\w+)[(:]").expect("a pattern");
    let mut found = BTreeSet::new();
    for kind in ["Query", "Mutation"] {
        let from = schema.find(&format!("type {kind} {{")).expect("the type is there");
        let part = schema[from..].split("\n}").next().unwrap_or_default();
        found.extend(part.lines().filter_map(|line| Some(format!("{kind}.{}", &name.captures(line)?[1]))));
    }
    found
}
