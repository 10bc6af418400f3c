//! Naming people in a text: `@ada` is kept as the number of her account, so that the text names her as she is called when it is read.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::error::{Error, Result};
use crate::id::AccountId;

/// The most people that one text names.
const NAMED_MAX: usize = 50;
/// Stands around numbers of accounts in what is kept. Nobody writes it: it is a control character.
const MARK: char = '\u{1}';

/// What may be a user name after an `@` that is not part of a mail address.
static WRITTEN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?P<before>^|[^A-Za-z0-9._@/-])@(?P<name>[A-Za-z0-9][A-Za-z0-9._-]{1,63})").expect("a pattern")
});
static KEPT: LazyLock<Regex> = LazyLock::new(|| Regex::new("@\u{1}([0-9]+)\u{1}").expect("a pattern"));

/// The text as it is kept; `whom` says whose user name that is, if it is one that counts here.
///
/// # Errors
/// `Invalid` for one that names too many, and those of `whom`.
pub(in crate::domain) fn kept(text: &str, mut whom: impl FnMut(&str) -> Result<Option<AccountId>>) -> Result<String> {
    let mut named = BTreeSet::new();
    let mut failure = None;
    let kept = WRITTEN.replace_all(text, |found: &Captures<'_>| {
        let (before, name) = (&found["before"], &found["name"]);
        // A sentence may end after a name: the longest that is one counts.
        let ends = (1..=name.len()).rev().take_while(|end| name[*end..].chars().all(|sign| "._-".contains(sign)));
        for end in ends {
            match whom(&name[..end]) {
                Ok(Some(id)) => {
                    named.insert(id);
                    return format!("{before}@{MARK}{id}{MARK}{}", &name[end..]);
                }
                Ok(None) => {}
                Err(error) => failure = Some(error),
            }
        }
        found[0].to_owned()
    });
    match failure {
        Some(error) => Err(error),
        None if named.len() > NAMED_MAX => Err(Error::invalid(format!("a comment names at most {NAMED_MAX} people"))),
        None => Ok(kept.into_owned()),
    }
}

/// Whom a kept text names, each once, in their order.
pub(in crate::domain) fn named(kept: &str) -> Vec<AccountId> {
    let mut found = Vec::new();
    for id in KEPT.captures_iter(kept).filter_map(|found| found[1].parse().ok()).map(AccountId::new) {
        if !found.contains(&id) {
            found.push(id);
        }
    }
    found
}

/// A kept text as people read it; `name` is what somebody is called now.
///
/// # Errors
/// Those of `name`.
pub(in crate::domain) fn read(kept: &str, mut name: impl FnMut(AccountId) -> Result<Option<String>>) -> Result<String> {
    let mut failure = None;
    let text = KEPT.replace_all(kept, |found: &Captures<'_>| {
        let known = found[1].parse().map(AccountId::new).map_or(Ok(None), &mut name);
        match known {
            Ok(known) => format!("@{}", known.as_deref().unwrap_or("somebody")),
            Err(error) => {
                failure = Some(error);
                String::new()
            }
        }
    });
    failure.map_or_else(|| Ok(text.into_owned()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whom(name: &str) -> Result<Option<AccountId>> {
        let known = ["ada", "bo.li", "x-1"];
        Ok(known.iter().position(|known| name.eq_ignore_ascii_case(known)).map(|place| AccountId::new(place as i64)))
    }

    #[test]
    fn names_of_people_are_kept_as_numbers_and_read_as_they_are_called_then() {
        for (text, ids, later) in [
            ("@ada, look", vec![0], "@p0, look"),
            ("thanks @Ada.", vec![0], "thanks @p0."),
            ("(@bo.li and @x-1-)", vec![1, 2], "(@p1 and @p2-)"),
            ("@bo @ada.b a@ada.org @@ada x/@ada", vec![], "@bo @ada.b a@ada.org @@ada x/@ada"),
            ("@ada@ada", vec![0], "@p0@ada"),
            ("@ada @ada\n@ada", vec![0], "@p0 @p0\n@p0"),
        ] {
            let kept = kept(text, whom).unwrap();
            let found: Vec<i64> = named(&kept).into_iter().map(AccountId::get).collect();
            assert_eq!(found, ids, "{text}");
            assert_eq!(read(&kept, |id| Ok(Some(format!("p{id}")))).unwrap(), later);
        }
        let many: String = (0..60).map(|number| format!("@n{number} ")).collect();
        let number = |name: &str| Ok(name[1..].parse().ok().map(AccountId::new));
        assert!(kept(&many, number).is_err());
    }
}
