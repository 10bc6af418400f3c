//! Typed row ids, so that an account cannot be taken for a team.

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(i64);

        impl $name {
            pub const fn new(id: i64) -> Self {
                Self(id)
            }
            pub const fn get(self) -> i64 {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(out)
            }
        }
    )+};
}

id! {
    /// A person or a service account.
    AccountId,
    /// A namespace of projects: of a person, a team or an organization.
    EntityId,
    /// A place for runs.
    ProjectId,
    /// One execution of a program that logs.
    RunId,
    /// A file that belongs to a run.
    FileId,
    /// A named secret that signs requests in.
    ApiKeyId,
    /// A version of an artifact.
    ArtifactId,
    /// A sequence or portfolio of versions.
    CollectionId,
    /// A kind of artifacts in a project.
    ArtifactTypeId,
    /// A version's place in a collection.
    MembershipId,
    /// A list of files that was sent for a version.
    ManifestId,
    /// Bytes of artifacts, known by what they are.
    ContentId,
    /// Somebody asked into a team.
    InvitationId,
    /// A move of runs to another project.
    MoveId,
    /// A bundle that is made for somebody.
    ExportId,
    /// A bundle that comes in.
    ImportId,
    /// A report, a draft of one, or a saved workspace.
    ReportId,
    /// A link by which a report is shared with whoever holds it.
    ReportLinkId,
    /// Comments on a report, or on a place in one, that belong together.
    ThreadId,
    /// What somebody said in a thread.
    CommentId,
    /// What somebody is told of.
    NotificationId,
    /// A rule that watches the runs of a project.
    RuleId,
    /// That a rule fired.
    FiringId,
    /// What is told of it to one of its recipients.
    DeliveryId,
    /// Where alerts of a team are posted to.
    WebhookId,
}
