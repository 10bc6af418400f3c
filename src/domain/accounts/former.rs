//! What somebody was called who was anonymized, for taking it out of what tells of them.

use regex::{Captures, Regex, RegexBuilder};

use super::model::Account;
use super::names::key_of;
use crate::error::{Error, Result};
use crate::id::AccountId;

/// The names that an account had, and the one that stands there instead.
#[derive(Debug)]
pub struct Former {
    pub id: AccountId,
    pub username: String,
    /// As it is compared.
    pub email: Option<String>,
    pub shown: String,
    words: Regex,
}

impl Former {
    /// `also`: more that says who they are, as the name of their entry in a directory.
    pub fn new(before: &Account, also: Option<&str>, shown: &str) -> Result<Self> {
        let names = [Some(before.username.as_str()), Some(before.name.as_str()), before.email.as_deref(), also];
        Ok(Self {
            id: before.id,
            username: before.username.clone(),
            email: before.email.as_deref().map(key_of),
            shown: shown.to_owned(),
            words: words(names.into_iter().flatten())?,
        })
    }

    /// The text without their names; `None` if they are not in it.
    pub fn struck_from(&self, text: &str) -> Option<String> {
        strike(&self.words, text, &self.shown)
    }
}

/// Any of the names, in any case of letters, and not as a part of another.
fn words<'a>(names: impl Iterator<Item = &'a str>) -> Result<Regex> {
    let mut names: Vec<String> = names.filter(|name| !name.is_empty()).map(regex::escape).collect();
    // The longest that is there: a mail address may begin with a user name.
    names.sort_unstable_by_key(|name| std::cmp::Reverse(name.len()));
    let part = r"\p{Alphabetic}\d_-";
    let pattern = format!("(?<before>^|[^{part}])(?:{})(?<after>$|[^{part}])", names.join("|"));
    RegexBuilder::new(&pattern).case_insensitive(true).build().map_err(Error::internal)
}

fn strike(words: &Regex, text: &str, shown: &str) -> Option<String> {
    let once = |text: &str| {
        let put = |found: &Captures<'_>| format!("{}{shown}{}", &found["before"], &found["after"]);
        words.replace_all(text, put).into_owned()
    };
    // Twice: of two that follow each other the blank between them belongs to the first.
    words.is_match(text).then(|| once(&once(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_struck_as_whole_words_alone() {
        let bo = words(["bo", "Bo Li", "bo@runs.example", "uid=bo,ou=people", ""].into_iter()).unwrap();
        for (text, left) in [
            ("Bo bo bo, BO@runs.example.", Some("x x x, x.")),
            ("account bo for uid=bo,ou=people: name Bo Li", Some("account x for x: name x")),
            ("bo/digits", Some("x/digits")),
            ("bob and bo-2 and jim_bo and robo", None),
        ] {
            assert_eq!(strike(&bo, text, "x").as_deref(), left, "{text}");
        }
    }
}
