//! What the pages ask of the server: every action of a page goes through a door that has its row in `doors.txt`, where it is
//! said what each role is answered.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use regex::Regex;

/// The TypeScript of the pages, without its tests: path and text.
fn pages() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/src");
    let (mut found, mut waiting) = (Vec::new(), vec![root]);
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).expect("a folder");
            waiting.extend(entries.map(|entry| entry.expect("an entry").path()).collect::<Vec<PathBuf>>());
        } else if path.extension().is_some_and(|kind| kind == "ts" || kind == "tsx") {
            let name = path.display().to_string();
            if !name.ends_with(".test.ts") {
                found.push((name, std::fs::read_to_string(&path).expect("text")));
            }
        }
    }
    found
}

/// The end of what begins here with a quote; what stands in braces of a template may hold templates.
fn end_of_text(code: &str) -> Option<usize> {
    let quote = code.chars().next()?;
    let (mut depth, mut at) = (0, 1);
    while at < code.len() {
        let rest = &code[at..];
        if quote == '`' && rest.starts_with("${") {
            depth += 1;
            at += 2;
        } else if depth > 0 && rest.starts_with('{') {
            depth += 1;
            at += 1;
        } else if depth > 0 && rest.starts_with('}') {
            depth -= 1;
            at += 1;
        } else if depth > 0 && (rest.starts_with('`') || rest.starts_with('\'')) {
            at += end_of_text(rest)?;
        } else if depth == 0 && rest.starts_with(quote) {
            return Some(at + 1);
        } else {
            at += rest.chars().next()?.len_utf8();
        }
    }
    None
}

/// The path that an expression gives, with `{}` for what is put into it and without a query; `None` if it cannot be read.
fn shape(code: &str, helpers: &BTreeMap<String, String>) -> Option<String> {
    if !code.starts_with(['\'', '`']) {
        let name: String = code.chars().take_while(|letter| letter.is_alphanumeric()).collect();
        return helpers.get(&name).cloned();
    }
    let text = &code[1..end_of_text(code)? - 1];
    let (mut path, mut at) = (String::new(), 0);
    while at < text.len() {
        let rest = &text[at..];
        if let Some(inner) = rest.strip_prefix("${") {
            let whole = end_of_braces(rest)?;
            let inner = &inner[..whole - 3];
            let name: String = inner.chars().take_while(|letter| letter.is_alphanumeric()).collect();
            match helpers.get(&name) {
                Some(known) => path.push_str(known),
                None if inner.contains("queryText(") || inner.contains('?') => {}
                None => path.push_str("{}"),
            }
            at += whole;
        } else {
            let letter = rest.chars().next()?;
            path.push(letter);
            at += letter.len_utf8();
        }
    }
    Some(path.split('?').next().unwrap_or_default().to_owned())
}

/// How long `${…}` is that begins here.
fn end_of_braces(code: &str) -> Option<usize> {
    let (mut depth, mut at) = (0, 2);
    while at < code.len() {
        let rest = &code[at..];
        match rest.chars().next()? {
            '}' if depth == 0 => return Some(at + 1),
            letter @ ('{' | '}') => {
                depth += if letter == '{' { 1 } else { -1 };
                at += 1;
            }
            '`' | '\'' => at += end_of_text(rest)?,
            letter => at += letter.len_utf8(),
        }
    }
    None
}

/// The paths that functions of a file make: `const team = (name: string) => `/teams/…``.
fn helpers(code: &str) -> BTreeMap<String, String> {
    let made = Regex::new(r"const (\w+) = \((?:[^()]*)\) => (`|')").expect("a pattern");
    let mut known = BTreeMap::new();
    for found in made.captures_iter(code) {
        let text = &code[found.get(2).expect("the quote").start()..];
        if let Some(path) = shape(text, &known).filter(|path| path.starts_with('/')) {
            known.insert(found[1].to_owned(), path);
        }
    }
    known
}

/// What a file asks of the management API, as `METHOD /api/v1/path`.
fn asked(code: &str, file: &str) -> Vec<String> {
    // There the path is an argument of `rest` and `everyPage`.
    if file.ends_with("api/request.ts") {
        return Vec::new();
    }
    let call = Regex::new(r"\(\s*'(GET|POST|PUT|PATCH|DELETE)',\s*|everyPage(?:<\w+>)?\(").expect("a pattern");
    let known = helpers(code);
    let mut found = Vec::new();
    for start in call.captures_iter(code) {
        let method = start.get(1).map_or("GET", |method| method.as_str());
        let rest = &code[start.get(0).expect("the match").end()..];
        let path = shape(rest, &known);
        let path =
            path.unwrap_or_else(|| panic!("{file} asks in a way that this test cannot read: {}", &rest[..60.min(rest.len())]));
        found.push(format!("{method} /api/v1{path}"));
    }
    found
}

/// The fields of GraphQL that a file asks for, as `Mutation.name`.
fn fields_asked(code: &str) -> Vec<String> {
    let operation = Regex::new(r"[`'](query|mutation) \w+[^{}`']*\{\s*(?:\w+:\s*)?(\w+)\s*[({]").expect("a pattern");
    let kind = |word: &str| if word == "query" { "Query" } else { "Mutation" };
    operation.captures_iter(code).map(|found| format!("{}.{}", kind(&found[1]), &found[2])).collect()
}

fn opens(door: &str, asked: &str) -> bool {
    let (door, asked): (Vec<_>, Vec<_>) = (door.split('/').collect(), asked.split('/').collect());
    let fits = |(door, asked): (&&str, &&str)| door == asked || *asked == "{}" || door.starts_with('{');
    door.len() == asked.len() && door.iter().zip(&asked).all(fits)
}

#[test]
fn every_action_of_a_page_goes_through_a_door_that_was_reviewed_for_every_role() {
    let table = include_str!("doors.txt");
    let door = Regex::new(r"^(\S+ /\S+|(?:Query|Mutation)\.\w+) ").expect("a pattern");
    let doors: Vec<&str> = table.lines().filter_map(|line| Some(door.captures(line)?.get(1)?.as_str())).collect();
    let (mut routes, mut mutations) = (0, 0);
    for (file, code) in pages() {
        for asked in asked(&code, &file) {
            assert!(doors.iter().any(|door| opens(door, &asked)), "{file} asks {asked}, which has no row in tests/it/doors");
            routes += usize::from(!asked.starts_with("GET "));
        }
        for field in fields_asked(&code) {
            assert!(doors.contains(&field.as_str()), "{file} asks for {field}, which has no row in tests/it/doors");
            mutations += usize::from(field.starts_with("Mutation."));
        }
    }
    // Were they not found, nothing would be checked.
    assert!(routes > 50 && mutations > 5, "only {routes} changing routes and {mutations} mutations were found in the pages");
}

#[test]
fn paths_are_read_as_the_pages_write_them() {
    let code = "const team = (name: string) => `/teams/${encodeURIComponent(name)}`\n\
        export const go = () => rest<null>('DELETE', `${team(name)}/members/${encodeURIComponent(who)}${heir ? `?to=${heir}` : ''}`)\n\
        export const all = () => everyPage<Team>(`${team(name)}/x${queryText(search)}`)\nrest<A['b']>('POST', '/teams', {})";
    assert_eq!(asked(code, "a.ts"), ["DELETE /api/v1/teams/{}/members/{}", "GET /api/v1/teams/{}/x", "POST /api/v1/teams"]);
    assert!(opens("POST /api/v1/teams/{team}/purge", "POST /api/v1/teams/{}/purge"));
    assert!(!opens("POST /api/v1/teams/{team}/purge", "POST /api/v1/teams/{}/restore"));
    assert_eq!(
        fields_asked("graphql('mutation Stop($id: ID!) { stopRun(input: { id: $id }) { success } }')"),
        ["Mutation.stopRun"]
    );
}
