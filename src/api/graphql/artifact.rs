//! Versions of artifacts.

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject, Union};

use super::account::User;
use super::artifact_collection::{ArtifactCollection, ArtifactSequence, ArtifactType};
use super::artifact_file;
use super::artifact_insight;
use super::context::{Resolver as _, graphql_error};
use super::file::{File, FileConnection};
use super::ids;
use super::paging::{self, PageInfo};
use super::run::{Run, RunConnection};
use super::scalars::{DateTime, Int64, JsonString};
use crate::domain::artifacts::{self, Membership, State};
use crate::domain::{accounts, projects};
use crate::error::Error;
use crate::id::{ArtifactId, RunId};
use crate::page::Page;
use crate::policy::{self, Action};

pub struct Artifact(pub artifacts::Artifact);

#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum ArtifactState {
    Pending,
    Committed,
    Deleted,
}

/// How the digest of a version is made.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum ArtifactDigestAlgorithm {
    #[graphql(name = "MANIFEST_MD5")]
    ManifestMd5,
    #[graphql(name = "MANIFEST_XXH128")]
    ManifestXxh128,
}

/// Who made a version.
#[derive(Union)]
pub enum ArtifactCreator {
    Run(Box<Run>),
    User(User),
}

#[derive(SimpleObject)]
pub struct Tag {
    id: ID,
    name: String,
    /// There is one category of tags.
    tag_category_name: Option<String>,
}

impl From<artifacts::Tag> for Tag {
    fn from(tag: artifacts::Tag) -> Self {
        Self { id: ids::encode("Tag", tag.id), name: tag.name, tag_category_name: None }
    }
}

pub struct ArtifactAlias(pub artifacts::Alias);

#[Object]
impl ArtifactAlias {
    async fn id(&self) -> ID {
        ids::encode("ArtifactAlias", self.0.id)
    }
    async fn alias(&self) -> &str {
        &self.0.name
    }
    async fn artifact_collection(&self, ctx: &Context<'_>) -> Result<Option<ArtifactCollection>> {
        let id = self.0.collection_id;
        Ok(ctx.read(move |db, call| artifacts::get_collection(db, call, id)).await?.map(ArtifactCollection::from))
    }
    /// For releases of the client up to 0.13.
    async fn artifact_collection_name(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let id = self.0.collection_id;
        let found = ctx.read(move |db, call| artifacts::get_collection(db, call, id)).await?;
        Ok(found.map(|collection| collection.name))
    }
}

/// The list of files of a version.
pub struct ArtifactManifest {
    pub id: ID,
    pub file: File,
}

#[Object]
impl ArtifactManifest {
    async fn id(&self) -> &ID {
        &self.id
    }
    async fn file(&self) -> &File {
        &self.file
    }
}

#[derive(SimpleObject)]
pub struct ArtifactConnection {
    edges: Vec<ArtifactEdge>,
    page_info: PageInfo,
    total_count: i32,
}

#[derive(SimpleObject)]
pub struct ArtifactEdge {
    node: Option<Artifact>,
    cursor: String,
}

impl ArtifactConnection {
    pub(super) fn new((page, total): (Page<artifacts::Artifact>, i64)) -> Self {
        let page_info = PageInfo::from(&page);
        let edges = page
            .items
            .into_iter()
            .map(|(cursor, artifact)| ArtifactEdge { node: Some(Artifact(artifact)), cursor: cursor.as_str().to_owned() });
        Self { edges: edges.collect(), page_info, total_count: paging::count(total) }
    }
}

#[Object]
impl Artifact {
    async fn id(&self) -> ID {
        ids::encode("Artifact", self.0.id.get())
    }
    async fn digest(&self) -> &str {
        &self.0.digest
    }
    async fn digest_algorithm(&self) -> ArtifactDigestAlgorithm {
        ArtifactDigestAlgorithm::ManifestMd5
    }
    async fn version_index(&self) -> Option<i32> {
        self.0.version_index.map(paging::count)
    }
    async fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }
    async fn metadata(&self) -> Option<JsonString> {
        self.0.metadata.clone().map(JsonString)
    }
    /// An older kind of tags, which only releases of the client up to 0.13 ask for.
    async fn labels(&self) -> Option<JsonString> {
        None
    }
    /// How long it is kept after it was made; −2 for ever.
    async fn ttl_duration_seconds(&self, ctx: &Context<'_>) -> Result<Int64> {
        let artifact = self.0.clone();
        Ok(Int64(ctx.read(move |db, _| artifacts::lifetime(db, &artifact)).await?.0))
    }
    /// Whether that is the entity's rule.
    async fn ttl_is_inherited(&self) -> bool {
        self.0.ttl_seconds.is_none()
    }
    async fn state(&self) -> ArtifactState {
        match self.0.state {
            State::Pending => ArtifactState::Pending,
            State::Committed => ArtifactState::Committed,
            State::Deleted => ArtifactState::Deleted,
        }
    }
    /// Bytes of all files.
    async fn size(&self) -> Int64 {
        Int64(self.0.size_bytes)
    }
    /// Bytes that nothing but this version holds: what its deletion frees.
    async fn bytes_held_alone(&self, ctx: &Context<'_>) -> Result<Int64> {
        let id = self.0.id;
        Ok(Int64(ctx.read(move |db, _| artifacts::bytes_held_alone(db, id)).await?))
    }
    /// Whether the caller may delete it: who made it, and who manages the team.
    async fn can_delete(&self, ctx: &Context<'_>) -> bool {
        policy::allows(&ctx.call().actor, Action::Delete, &self.0.target())
    }
    /// A link to all its files as one ZIP file; null for those who may not download it.
    async fn archive_url(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let artifact = self.0.clone();
        let may = ctx.read(move |db, call| artifacts::may_download(db, call, &artifact)).await?;
        let is_whole = self.0.state == State::Committed;
        Ok((may && is_whole).then(|| artifact_file::linker(ctx).archive(&self.0)))
    }
    async fn file_count(&self) -> Int64 {
        Int64(self.0.file_count)
    }
    async fn commit_hash(&self) -> &str {
        &self.0.commit_hash
    }
    async fn history_step(&self) -> Option<Int64> {
        self.0.history_step.map(Int64)
    }
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }
    async fn updated_at(&self) -> DateTime {
        DateTime(self.0.updated_at)
    }
    async fn tags(&self, ctx: &Context<'_>) -> Result<Vec<Tag>> {
        let id = self.0.id;
        Ok(ctx.read(move |db, _| artifacts::tags_of(db, id)).await?.into_iter().map(Tag::from).collect())
    }
    /// Its aliases in all collections that hold it.
    async fn aliases(&self, ctx: &Context<'_>) -> Result<Vec<ArtifactAlias>> {
        let id = self.0.id;
        let found = ctx.read(move |db, call| artifacts::aliases_of(db, call, id)).await?;
        Ok(found.into_iter().map(ArtifactAlias).collect())
    }
    async fn artifact_type(&self, ctx: &Context<'_>) -> Result<ArtifactType> {
        let id = self.0.sequence_id;
        Ok(ArtifactType(ctx.read(move |db, _| artifacts::type_of_collection(db, id)).await?))
    }
    /// The collection it was logged to.
    async fn artifact_sequence(&self, ctx: &Context<'_>) -> Result<ArtifactSequence> {
        let id = self.0.sequence_id;
        Ok(ArtifactSequence(ctx.read(move |db, _| artifacts::sequence_of(db, id)).await?))
    }
    async fn current_manifest(&self, ctx: &Context<'_>) -> Result<Option<ArtifactManifest>> {
        artifact_file::current_manifest(ctx, &self.0).await
    }
    /// The runs that used it.
    async fn used_by(
        &self,
        ctx: &Context<'_>,
        before: Option<String>,
        after: Option<String>,
        first: Option<i32>,
        last: Option<i32>,
    ) -> Result<RunConnection> {
        if before.is_some() || last.is_some() {
            return Err(graphql_error(Error::invalid("runs that used an artifact are read forward: give first and after")));
        }
        let id = self.0.id;
        let size = paging::size(first, 1000).map_err(graphql_error)?;
        ctx.read(move |db, call| {
            let (page, runs) = artifacts::used_by(db, call, id, after.as_deref(), size)?;
            Ok(RunConnection::new(&page, runs))
        })
        .await
    }
    /// The run that logged it, or the person who made it by hand.
    async fn created_by(&self, ctx: &Context<'_>) -> Result<Option<ArtifactCreator>> {
        let (id, made_by_run, author) = (self.0.id, self.0.run_id, self.0.created_by);
        ctx.read(move |db, call| {
            if made_by_run.is_some() {
                let run = artifacts::made_by(db, call, id)?;
                return Ok(run.map(|run| ArtifactCreator::Run(Box::new(Run::from(run)))));
            }
            let account = author.map(|author| accounts::find(db, author)).transpose()?.flatten();
            Ok(account.map(|account| ArtifactCreator::User(User(account))))
        })
        .await
    }
    /// Its places in collections, its own sequence first.
    async fn artifact_memberships(&self, ctx: &Context<'_>) -> Result<ArtifactCollectionMembershipConnection> {
        let id = self.0.id;
        let found = ctx.read(move |db, call| artifacts::memberships_of(db, call, id)).await?;
        let edges = found.into_iter().map(|(_, membership)| ArtifactCollectionMembershipEdge {
            cursor: membership.id.to_string(),
            node: Some(ArtifactCollectionMembership(membership)),
        });
        Ok(ArtifactCollectionMembershipConnection { edges: edges.collect(), page_info: PageInfo::default() })
    }
    async fn files(
        &self,
        ctx: &Context<'_>,
        names: Option<Vec<String>>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<FileConnection> {
        artifact_file::files_of(ctx, &self.0, names.unwrap_or_default(), after, first).await
    }
    /// Who made and used it, what they made and used, and so on, so many steps from it.
    async fn lineage(&self, ctx: &Context<'_>, steps: Option<i32>) -> Result<artifact_insight::ArtifactLineage> {
        artifact_insight::lineage(ctx, &self.0, steps).await
    }
    /// The paths at which it differs from another version, by path.
    async fn changes_since(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "artifactID")] artifact_id: ID,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<artifact_insight::ArtifactChangeConnection> {
        artifact_insight::changes_since(ctx, &self.0, &artifact_id, (after, first)).await
    }
    /// What lies directly in one of its folders; without a path at its top.
    async fn folder(
        &self,
        ctx: &Context<'_>,
        path: Option<String>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<artifact_insight::ArtifactFolderConnection> {
        artifact_insight::folder(ctx, &self.0, path, (after, first)).await
    }
    /// Rows of a table that lies in it.
    async fn table(
        &self,
        ctx: &Context<'_>,
        path: String,
        first_row: Option<i32>,
        count: Option<i32>,
    ) -> Result<artifact_insight::ArtifactTable> {
        artifact_insight::table(ctx, self.0.id, path, first_row, count).await
    }
    /// Links to files that the caller read of in the manifest, in the order asked.
    async fn files_by_manifest_entries(
        &self,
        ctx: &Context<'_>,
        storage_layout: String,
        manifest_version: String,
        entries: Option<Vec<artifact_file::ArtifactManifestEntryInput>>,
        storage_region: Option<String>,
    ) -> Result<FileConnection> {
        artifact_file::check_layout(&storage_layout, &manifest_version, storage_region.as_deref()).map_err(graphql_error)?;
        artifact_file::files_of_entries(ctx, &self.0, entries.unwrap_or_default()).await
    }
}

/// A version's place in a collection.
pub struct ArtifactCollectionMembership(pub Membership);

#[derive(SimpleObject)]
pub struct ArtifactCollectionMembershipConnection {
    edges: Vec<ArtifactCollectionMembershipEdge>,
    page_info: PageInfo,
}

impl From<Page<Membership>> for ArtifactCollectionMembershipConnection {
    fn from(page: Page<Membership>) -> Self {
        let page_info = PageInfo::from(&page);
        let edges = page.items.into_iter().map(|(cursor, membership)| ArtifactCollectionMembershipEdge {
            cursor: cursor.as_str().to_owned(),
            node: Some(ArtifactCollectionMembership(membership)),
        });
        Self { edges: edges.collect(), page_info }
    }
}

#[derive(SimpleObject)]
pub struct ArtifactCollectionMembershipEdge {
    node: Option<ArtifactCollectionMembership>,
    cursor: String,
}

#[Object]
impl ArtifactCollectionMembership {
    async fn id(&self) -> ID {
        ids::encode("ArtifactCollectionMembership", self.0.id.get())
    }
    /// Its number in this collection.
    async fn version_index(&self) -> i32 {
        paging::count(self.0.version_index)
    }
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }
    async fn aliases(&self, ctx: &Context<'_>) -> Result<Vec<ArtifactAlias>> {
        let membership = self.0.clone();
        let found = ctx.read(move |db, _| artifacts::aliases_of_membership(db, &membership)).await?;
        Ok(found.into_iter().map(ArtifactAlias).collect())
    }
    async fn artifact_collection(&self, ctx: &Context<'_>) -> Result<Option<ArtifactCollection>> {
        let id = self.0.collection_id;
        Ok(ctx.read(move |db, call| artifacts::get_collection(db, call, id)).await?.map(ArtifactCollection::from))
    }
    async fn artifact(&self, ctx: &Context<'_>) -> Result<Option<Artifact>> {
        Ok(artifact(ctx, self.0.artifact_id).await?.map(Artifact))
    }
    async fn files(
        &self,
        ctx: &Context<'_>,
        names: Option<Vec<String>>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<Option<FileConnection>> {
        match artifact(ctx, self.0.artifact_id).await? {
            Some(artifact) => artifact_file::files_of(ctx, &artifact, names.unwrap_or_default(), after, first).await.map(Some),
            None => Ok(None),
        }
    }
}

/// The version with this id, if the caller may see it and it was not deleted.
pub(super) async fn artifact(ctx: &Context<'_>, id: ArtifactId) -> Result<Option<artifacts::Artifact>> {
    let found = ctx.read(move |db, call| artifacts::get(db, call, id)).await?;
    Ok(found.filter(|artifact| artifact.state != State::Deleted))
}

/// What a run made or used.
pub(super) async fn of_run(
    ctx: &Context<'_>,
    run: RunId,
    made: bool,
    after: Option<String>,
    first: Option<i32>,
) -> Result<ArtifactConnection> {
    let size = paging::size(first, 50).map_err(graphql_error)?;
    ctx.read(move |db, call| {
        let found = if made {
            artifacts::outputs(db, call, run, after.as_deref(), size)?
        } else {
            artifacts::inputs(db, call, run, after.as_deref(), size)?
        };
        Ok(ArtifactConnection::new(found))
    })
    .await
}

/// The project of a collection, if the caller may see it.
pub(super) async fn project_of(ctx: &Context<'_>, id: crate::id::ProjectId) -> Result<Option<super::project::Project>> {
    Ok(ctx.read(move |db, call| projects::get(db, call, id)).await?.map(super::project::Project))
}
