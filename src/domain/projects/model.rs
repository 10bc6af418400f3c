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
    /// Whether it is a registry of an organization: versions are linked into it and nothing is logged to it.
    pub is_registry: bool,
    /// Whether a registry takes versions of any type, or of those alone that it lists.
    pub takes_any_type: bool,
    /// The vendor's per-project view document, kept as it was sent.
    pub views: String,
    pub created_by: Option<AccountId>,
    /// Who it was handed over to, or made it.
    pub owner: Option<AccountId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Project {
    pub fn target(&self) -> Target {
        target_of(self.is_registry, self.id, self.entity_id, self.visibility)
    }
    /// What the policy judges that by which names, config, summary and metrics of its runs are read.
    pub fn figures(&self) -> Target {
        Target::Figures { project: self.id, entity: self.entity_id, visibility: self.visibility, barred: false }
    }
}

/// What the policy judges a project, or a registry, by.
pub(in crate::domain) fn target_of(is_registry: bool, id: ProjectId, entity: EntityId, visibility: Visibility) -> Target {
    if is_registry {
        Target::Registry { id, organization: entity, visibility }
    } else {
        Target::Project { id, entity, visibility }
    }
}

/// A name that stands in addresses: 1 to 128 characters, none of `/ \ # ? % :` and no line breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectName(String);

impl ProjectName {
    pub const CHARS_MAX: usize = 128;
    /// Where runs go that name no project.
    pub const DEFAULT: &str = "uncategorized";
    /// What the names of registries begin with.
    pub const REGISTRY: &str = "wandb-registry-";

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
    /// Whether it is the name of a registry.
    pub fn is_of_registry(&self) -> bool {
        self.0.starts_with(Self::REGISTRY)
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
