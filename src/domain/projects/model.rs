//! A project and its name.

use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::id::{AccountId, EntityId, ProjectId};
use crate::policy::{Target, Visibility};

/// A place for runs.
#[derive(Clone, Debug)]
pub struct Project {
    pub id: ProjectId,
    pub entity_id: EntityId,
    pub entity: String,
    pub name: String,
    pub description: String,
    pub visibility: Visibility,
    /// The vendor's per-project view document, kept as it was sent.
    pub views: String,
    pub created_by: Option<AccountId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Project {
    pub fn target(&self) -> Target {
        Target::Project { id: self.id, entity: self.entity_id, visibility: self.visibility }
    }
}

/// A name that stands in addresses: 1 to 128 characters, none of `/ \ # ? % :` and no line breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectName(String);

impl ProjectName {
    pub const CHARS_MAX: usize = 128;
    /// Where runs go that name no project.
    pub const DEFAULT: &str = "uncategorized";

    pub fn parse(text: &str) -> Result<Self> {
        let fits = (1..=Self::CHARS_MAX).contains(&text.chars().count());
        let clean = !text.contains(['/', '\\', '#', '?', '%', ':']) && !text.contains(char::is_control);
        if fits && clean && text.trim() == text {
            return Ok(Self(text.to_owned()));
        }
        Err(Error::invalid(format!(
            "'{text}' cannot be a project name: it has 1 to {} characters, none of / \\ # ? % : and no blanks at its ends",
            Self::CHARS_MAX
        )))
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_name_stands_in_an_address() {
        for good in ["mnist", "Résumé 2", "a.b-c_d"] {
            assert!(ProjectName::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "a/b", "a:b", "50%", " a", "a\n", &"x".repeat(129)] {
            assert!(ProjectName::parse(bad).is_err(), "{bad}");
        }
    }
}
