//! A report, what is written in it, and how far it has come.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use crate::clock::Timestamp;
use crate::domain::addresses;
use crate::error::{Error, Result};
use crate::id::{AccountId, EntityId, ProjectId, ReportId};
use crate::json::Json;
use crate::policy::{ReportKind, TalkPart, Target, Visibility};

/// The most bytes of a document. The greatest reports that people write have some hundred panels of a few kilobytes.
pub const SPEC_BYTES_MAX: usize = 4 * 1024 * 1024;
const NAME_CHARS_MAX: usize = 128;
const DISPLAY_NAME_CHARS_MAX: usize = 256;
const DESCRIPTION_CHARS_MAX: usize = 4096;

/// A text with live panels on the runs of projects, a draft of one, or a kept workspace.
#[derive(Clone, Debug)]
pub struct Report {
    pub id: ReportId,
    pub project_id: ProjectId,
    pub project: String,
    pub entity_id: EntityId,
    pub entity: String,
    /// That of the team.
    pub organization_id: Option<EntityId>,
    pub visibility: Visibility,
    pub kind: ReportKind,
    /// A word by which the client finds workspaces; reports get one by chance.
    pub name: String,
    pub display_name: String,
    pub description: String,
    /// The document as it was sent; empty where many are listed.
    pub spec: String,
    /// Of a draft: the report that it is a draft of, and the version of that it began from.
    pub published: Option<(ReportId, i64)>,
    /// Counts the changes of its content.
    pub version: i64,
    /// Who wrote it, or whom it was handed over to.
    pub author: Option<AccountId>,
    /// Their user name and name.
    pub author_name: Option<(String, String)>,
    pub created_at: Timestamp,
    /// The user name of who changed it last.
    pub updated_by: Option<String>,
    pub updated_at: Timestamp,
}

impl Report {
    pub fn target(&self) -> Target {
        Target::Report {
            id: self.id,
            project: self.project_id,
            entity: self.entity_id,
            visibility: self.visibility,
            owner: self.author,
            kind: self.kind,
        }
    }

    /// What the policy judges what is said about it by; `speaker` said it, or is about to.
    pub fn talk(&self, part: TalkPart, speaker: Option<AccountId>) -> Target {
        Target::Talk {
            project: self.project_id,
            entity: self.entity_id,
            organization: self.organization_id,
            visibility: self.visibility,
            author: self.author,
            speaker,
            part,
        }
    }

    /// What the policy judges its links by. `barred`: settings forbid them.
    pub fn sharing(&self, barred: bool) -> Target {
        Target::Sharing {
            project: self.project_id,
            entity: self.entity_id,
            visibility: self.visibility,
            owner: self.author,
            barred,
        }
    }
}

/// What is written in a report.
#[derive(Clone, Debug)]
pub struct Content {
    pub name: String,
    pub display_name: String,
    pub description: String,
    pub spec: String,
}

impl Content {
    /// # Errors
    /// `Invalid` for texts that are too long and for a document that is no JSON object; `TooLarge` for one of too many bytes.
    pub fn check(&self) -> Result<()> {
        within("name", &self.name, 1, NAME_CHARS_MAX)?;
        within("display name", &self.display_name, 1, DISPLAY_NAME_CHARS_MAX)?;
        within("description", &self.description, 0, DESCRIPTION_CHARS_MAX)?;
        if self.spec.len() > SPEC_BYTES_MAX {
            let (mebibytes, bytes) = (SPEC_BYTES_MAX / (1024 * 1024), self.spec.len());
            return Err(Error::too_large(format!(
                "the spec of a report has at most {mebibytes} MiB ({SPEC_BYTES_MAX} bytes); this one has {bytes}"
            )));
        }
        Json::parse_map(&self.spec).map(|_| ()).map_err(|error| Error::invalid(format!("spec: {error}")))
    }
}

fn within(what: &str, text: &str, chars_min: usize, chars_max: usize) -> Result<()> {
    if (chars_min..=chars_max).contains(&text.chars().count()) {
        return Ok(());
    }
    Err(Error::invalid(format!("the {what} of a report has {chars_min} to {chars_max} characters")))
}

impl Report {
    /// Its address below that of the server.
    pub fn path(&self) -> String {
        addresses::report(&self.entity, &self.project, &self.display_name, self.id)
    }
}

/// The report that is called so, with padding or without.
///
/// # Errors
/// `NotFound` for what is no id of a report.
pub fn read_public_id(text: &str) -> Result<ReportId> {
    let bytes = STANDARD_NO_PAD.decode(text.trim_end_matches('=')).ok();
    let number = bytes.and_then(|bytes| String::from_utf8(bytes).ok()?.strip_prefix("View:")?.parse().ok());
    number.map(ReportId::new).ok_or_else(|| Error::not_found("report"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::addresses::public_id;

    #[test]
    fn an_id_is_read_with_and_without_padding_and_as_nothing_else() {
        for number in [1, 12, 123, 123_456_789] {
            let id = ReportId::new(number);
            let text = public_id(id);
            assert!(!text.contains(['=', '/', '+']), "{text}");
            assert_eq!(read_public_id(&text).unwrap(), id);
            assert_eq!(read_public_id(&format!("{text}==")).unwrap(), id);
        }
        for wrong in ["", "VmlldzpY", "UnVuOjE", "%"] {
            assert!(read_public_id(wrong).is_err(), "{wrong}");
        }
    }
}
