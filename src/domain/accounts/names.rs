//! Names of accounts, teams and organizations: one name space, since each is the first part of an address.

use std::fmt;

use crate::error::{Error, Result};

/// First parts of addresses that belong to the server itself.
const RESERVED: [&str; 29] = [
    "admin",
    "api",
    "artifacts",
    "artifactsv2",
    "assets",
    "authorize",
    "docs",
    "files",
    "graphql",
    "healthz",
    "home",
    "invitation",
    "login",
    "logout",
    "metrics",
    "notifications",
    "org",
    "orgs",
    "ready",
    "recover",
    "registry",
    "search",
    "settings",
    "signup",
    "static",
    "storage",
    "teams",
    "undefined",
    "null",
];

/// A name as it was chosen; compared by [`Name::key`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    pub const CHARS_MIN: usize = 2;
    pub const CHARS_MAX: usize = 64;

    /// Reads a name that somebody wants to take.
    ///
    /// # Errors
    /// `Invalid`, in words, if the grammar does not allow it or the word is reserved.
    pub fn parse(text: &str) -> Result<Self> {
        let fits = (Self::CHARS_MIN..=Self::CHARS_MAX).contains(&text.len());
        let plain = text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(letter));
        if !fits || !plain || !text.starts_with(|letter: char| letter.is_ascii_alphanumeric()) {
            return Err(Error::invalid(format!(
                "a name has {} to {} letters, digits, \"-\", \"_\" or \".\", and starts with a letter or digit",
                Self::CHARS_MIN,
                Self::CHARS_MAX
            )));
        }
        if RESERVED.contains(&key_of(text).as_str()) {
            return Err(Error::invalid(format!("the name \"{text}\" is reserved for a page of this server; choose another")));
        }
        Ok(Self(text.to_owned()))
    }

    /// The name nearest to a title, as `Acme-Research` of "Acme Research".
    ///
    /// # Errors
    /// `Invalid` if nothing of the title can stand in a name.
    pub fn near(title: &str) -> Result<Self> {
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "_.".contains(letter);
        let words: Vec<&str> = title.split(|letter| !plain(letter)).filter(|word| !word.is_empty()).collect();
        let mut name = words.join("-");
        name.truncate(Self::CHARS_MAX);
        Self::parse(name.trim_start_matches(['_', '.']))
    }

    /// The form that is compared and unique.
    pub fn key(&self) -> String {
        key_of(&self.0)
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// The form in which names and mail addresses are compared.
pub fn key_of(text: &str) -> String {
    text.trim().to_lowercase()
}

/// Checks a mail address as far as one can without writing to it.
pub fn check_email(text: &str) -> Result<()> {
    let parts = text.split_once('@');
    let right = parts.is_some_and(|(local, host)| !local.is_empty() && !host.is_empty() && !host.contains('@'));
    if right && text.len() <= 254 && !text.contains(char::is_whitespace) {
        return Ok(());
    }
    Err(Error::invalid(format!("\"{text}\" is not an e-mail address")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_not_be_a_page_of_the_server_nor_a_way_out_of_a_folder() {
        for bad in ["", "a", "..", ".hidden", "-x", "a b", "ä-team", "Settings", "a/b", &"x".repeat(65)] {
            assert!(Name::parse(bad).is_err(), "{bad}");
        }
        for (title, name) in [("Acme Research & Co.", "Acme-Research-Co."), ("  R&D ", "R-D"), ("Runstead", "Runstead")] {
            assert_eq!(Name::near(title).map(|name| name.as_str().to_owned()).ok().as_deref(), Some(name));
        }
        assert!(Name::near("研究").is_err());
        for good in ["ada", "Ada.Lovelace", "team_7-b", "0x"] {
            assert_eq!(Name::parse(good).map(|name| name.as_str().to_owned()).ok().as_deref(), Some(good));
        }
    }
}
