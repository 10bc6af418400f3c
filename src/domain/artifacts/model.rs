//! Versions, collections and what ties them together.

use crate::clock::Timestamp;
use crate::domain::projects;
use crate::id::{
    AccountId, ArtifactId, ArtifactTypeId, CollectionId, ContentId, EntityId, ManifestId, MembershipId, ProjectId, RunId,
};
use crate::policy::{Target, Visibility};

/// Where a version is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Its files are on their way.
    Pending,
    /// It is whole and never changes.
    Committed,
    /// Its bytes are freed; it is found nowhere.
    Deleted,
}

impl State {
    const ALL: [Self; 3] = [Self::Pending, Self::Committed, Self::Deleted];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Committed => "committed",
            Self::Deleted => "deleted",
        }
    }
    pub(super) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// A version of an artifact, with the sequence it was logged to.
#[derive(Clone, Debug)]
pub struct Artifact {
    pub id: ArtifactId,
    pub sequence_id: CollectionId,
    pub sequence: String,
    pub type_name: String,
    pub project_id: ProjectId,
    pub project: String,
    pub entity_id: EntityId,
    pub entity: String,
    pub visibility: Visibility,
    /// Whether the team lets its members delete what others made.
    pub open_to_members: bool,
    pub state: State,
    /// Its number in its sequence, from its commit on.
    pub version_index: Option<i64>,
    /// Of the list of paths and digests, in hex, as the client makes it.
    pub digest: String,
    pub description: Option<String>,
    /// JSON text.
    pub metadata: Option<String>,
    /// The step of the run's history that was to come when it was logged.
    pub history_step: Option<i64>,
    /// How long it is kept; `None` is the project's rule, −2 for ever.
    pub ttl_seconds: Option<i64>,
    pub commit_hash: String,
    pub size_bytes: i64,
    pub file_count: i64,
    /// The run that logged it.
    pub run_id: Option<RunId>,
    pub created_by: Option<AccountId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Artifact {
    /// The project it was logged to.
    pub fn project_target(&self) -> Target {
        Target::Project { id: self.project_id, entity: self.entity_id, visibility: self.visibility }
    }
    /// The version as something that somebody made.
    pub fn target(&self) -> Target {
        Target::Version {
            project: self.project_id,
            entity: self.entity_id,
            visibility: self.visibility,
            owner: self.created_by,
            open_to_members: self.open_to_members,
        }
    }
    /// `name:v3`, or the name alone before the commit.
    pub fn label(&self) -> String {
        match self.version_index {
            Some(index) => format!("{}:v{index}", self.sequence),
            None => self.sequence.clone(),
        }
    }
}

/// What a collection holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CollectionKind {
    /// Versions that were logged under its name.
    Sequence,
    /// Versions of any sequence, linked by people.
    Portfolio,
}

impl CollectionKind {
    const ALL: [Self; 2] = [Self::Sequence, Self::Portfolio];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sequence => "sequence",
            Self::Portfolio => "portfolio",
        }
    }
    pub(super) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A named list of versions of one type.
#[derive(Clone, Debug)]
pub struct Collection {
    pub id: CollectionId,
    pub kind: CollectionKind,
    pub name: String,
    pub description: String,
    pub type_id: ArtifactTypeId,
    pub type_name: String,
    pub project_id: ProjectId,
    pub project: String,
    pub entity_id: EntityId,
    pub entity: String,
    pub visibility: Visibility,
    /// Whether the team lets its members delete what others made.
    pub open_to_members: bool,
    /// Whether it lies in a registry.
    pub in_registry: bool,
    pub created_by: Option<AccountId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub is_deleted: bool,
}

impl Collection {
    pub fn project_target(&self) -> Target {
        projects::target_of(self.in_registry, self.project_id, self.entity_id, self.visibility)
    }
    /// The collection as something that somebody made; in a registry its makers have no more rights than others.
    pub fn target(&self) -> Target {
        if self.in_registry {
            return self.project_target();
        }
        Target::Version {
            project: self.project_id,
            entity: self.entity_id,
            visibility: self.visibility,
            owner: self.created_by,
            open_to_members: self.open_to_members,
        }
    }
}

/// A kind of artifacts in a project: `dataset`, `model`.
#[derive(Clone, Debug)]
pub struct ArtifactType {
    pub id: ArtifactTypeId,
    pub project_id: ProjectId,
    pub name: String,
    pub description: String,
    pub created_at: Timestamp,
}

/// A version's place in a collection.
#[derive(Clone, Debug)]
pub struct Membership {
    pub id: MembershipId,
    pub collection_id: CollectionId,
    pub artifact_id: ArtifactId,
    /// Its number in this collection.
    pub version_index: i64,
    pub created_at: Timestamp,
}

/// A name that moves between the versions of a collection.
#[derive(Clone, Debug)]
pub struct Alias {
    pub id: i64,
    pub collection_id: CollectionId,
    pub name: String,
}

/// A word on a version or a collection.
#[derive(Clone, Debug)]
pub struct Tag {
    pub id: i64,
    pub name: String,
}

/// A file or a reference of a committed version.
#[derive(Clone, Debug)]
pub struct Entry {
    pub path: String,
    /// MD5 in base64 of a file; whatever the client took of a reference.
    pub digest: String,
    pub size_bytes: i64,
    pub content: Option<ContentId>,
    pub reference: Option<String>,
}

/// How a list of files is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManifestKind {
    /// All files of the version.
    Full,
    /// What is added to the version before.
    Incremental,
    /// One writer's share of a version that several processes make together.
    Patch,
}

impl ManifestKind {
    const ALL: [Self; 3] = [Self::Full, Self::Incremental, Self::Patch];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Incremental => "incremental",
            Self::Patch => "patch",
        }
    }
    pub(super) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A list of files that was sent, or is on its way.
#[derive(Clone, Debug)]
pub struct Manifest {
    pub id: ManifestId,
    pub artifact_id: ArtifactId,
    pub name: String,
    pub kind: ManifestKind,
    /// MD5 in base64 that was announced; empty before.
    pub digest: String,
    pub base: Option<ArtifactId>,
    pub content: Option<ContentId>,
}
