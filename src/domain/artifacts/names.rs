//! Names of collections, types, aliases and tags. Once one exists, it is valid.

use std::sync::LazyLock;

use regex::Regex;

use crate::error::{Error, Result};

/// The most characters of each of these names.
const CHARS_MAX: usize = 128;

static VERSION: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^v(\d{1,18})$").expect("a regex that compiles"));
static TAG: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^[-\w]+( +[-\w]+)*$").expect("a regex that compiles"));

/// A name that stands between the slashes and colons of `entity/project/name:alias`.
fn plain(what: &str, text: &str) -> Result<()> {
    let fits = (1..=CHARS_MAX).contains(&text.chars().count());
    let clean = !text.contains(['/', ':']) && !text.contains(char::is_control) && text.trim() == text;
    if fits && clean {
        return Ok(());
    }
    Err(Error::invalid(format!(
        "'{text}' cannot be {what}: it has 1 to {CHARS_MAX} characters, none of / : and no blanks at its ends"
    )))
}

/// Checks the name of a collection.
pub(super) fn check_collection(text: &str) -> Result<()> {
    plain("the name of an artifact", text)
}

/// Checks the name of a type of artifacts.
pub(super) fn check_type(text: &str) -> Result<()> {
    plain("a type of artifacts", text)
}

/// Checks an alias that a person gives; `v3` and its like are given by the server.
pub(super) fn check_alias(text: &str) -> Result<()> {
    plain("an alias", text)?;
    if version_index(text).is_some() {
        return Err(Error::invalid(format!("'{text}' cannot be an alias: names like v3 are the numbers of versions")));
    }
    Ok(())
}

/// The tags without repetitions.
pub(super) fn tags(given: &[String]) -> Result<Vec<String>> {
    let mut tags: Vec<String> = Vec::with_capacity(given.len());
    for tag in given {
        if tag.chars().count() > CHARS_MAX || !TAG.is_match(tag) {
            // The client looks for the first two words.
            return Err(Error::invalid(format!(
                "Invalid tag '{tag}': a tag has letters, digits, - and _, with blanks between words, and at most {CHARS_MAX} characters"
            )));
        }
        if !tags.contains(tag) {
            tags.push(tag.clone());
        }
    }
    Ok(tags)
}

/// The number in `v3`.
pub(super) fn version_index(text: &str) -> Option<i64> {
    VERSION.captures(text)?.get(1)?.as_str().parse().ok()
}

/// `name:alias` in two; without an alias it is `latest`.
pub(super) fn split(text: &str) -> (&str, &str) {
    match text.split_once(':') {
        Some((name, alias)) if !alias.is_empty() => (name, alias),
        Some((name, _)) => (name, "latest"),
        None => (text, "latest"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_are_not_the_numbers_of_versions() {
        for good in ["latest", "best", "v1.2", "version 1", "ü"] {
            assert!(check_alias(good).is_ok(), "{good}");
        }
        for bad in ["", "v1", "v007", "a/b", "a:b", " a", "a\n", &"x".repeat(129)] {
            assert!(check_alias(bad).is_err(), "{bad}");
        }
        assert_eq!((version_index("v12"), version_index("v"), version_index("12")), (Some(12), None, None));
    }

    #[test]
    fn tags_are_words_and_stand_once() {
        let given = ["a", "b c", "a", "x-1_y"].map(str::to_owned);
        assert_eq!(tags(&given).unwrap(), ["a", "b c", "x-1_y"]);
        for bad in ["", " a", "a/b", "a.b", "a,b"] {
            assert!(tags(&[bad.to_owned()]).unwrap_err().to_string().contains("Invalid tag"), "{bad}");
        }
    }

    #[test]
    fn a_path_is_split_at_its_first_colon() {
        assert_eq!(split("data:best"), ("data", "best"));
        assert_eq!(split("data"), ("data", "latest"));
        assert_eq!(split("data:"), ("data", "latest"));
        assert_eq!(split("data:a:b"), ("data", "a:b"));
    }
}
