//! Types of artifacts and collections of versions: sequences, which runs log to, and portfolios, which people link to.

use async_graphql::{Context, Enum, ID, Interface, Object, Result, SimpleObject};

use super::artifact::{
    Artifact, ArtifactAlias, ArtifactCollectionMembership, ArtifactDigestAlgorithm, Tag, artifact, project_of,
};
use super::context::{Resolver as _, graphql_error};
use super::ids;
use super::paging::{self, PageInfo};
use super::project::Project;
use super::scalars::{DateTime, Int64, JsonString};
use crate::domain::artifacts::{self, Collection, CollectionKind, CollectionOrder, Place, VersionOrder};
use crate::id::{CollectionId, ProjectId};
use crate::page::Page;
use crate::policy::{self, Action};

pub struct ArtifactSequence(pub Collection);
pub struct ArtifactPortfolio(pub Collection);

#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum ArtifactCollectionType {
    Sequence,
    Portfolio,
}

impl From<ArtifactCollectionType> for CollectionKind {
    fn from(kind: ArtifactCollectionType) -> Self {
        match kind {
            ArtifactCollectionType::Sequence => Self::Sequence,
            ArtifactCollectionType::Portfolio => Self::Portfolio,
        }
    }
}

#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum ArtifactCollectionState {
    Ready,
    Deleted,
}

impl ArtifactCollectionState {
    fn of(collection: &Collection) -> Self {
        if collection.is_deleted { Self::Deleted } else { Self::Ready }
    }
}

/// A named list of versions.
#[allow(clippy::duplicated_attributes, reason = "fields and arguments of an interface are described in the same words")]
#[derive(Interface)]
#[graphql(
    field(name = "id", ty = "ID"),
    field(name = "name", ty = "&str"),
    field(name = "description", ty = "Option<&str>"),
    field(name = "created_at", ty = "DateTime"),
    field(name = "updated_at", ty = "DateTime"),
    field(name = "project", ty = "Result<Option<Project>>"),
    field(name = "default_artifact_type", ty = "Result<ArtifactType>"),
    field(name = "state", ty = "ArtifactCollectionState"),
    field(name = "can_delete", ty = "bool"),
    field(name = "bytes_held_alone", ty = "Result<Int64>"),
    field(name = "tags", ty = "Result<TagConnection>"),
    field(
        name = "aliases",
        ty = "Result<ArtifactAliasConnection>",
        arg(name = "after", ty = "Option<String>"),
        arg(name = "first", ty = "Option<i32>")
    ),
    field(
        name = "artifacts",
        ty = "Result<VersionedArtifactConnection>",
        arg(name = "after", ty = "Option<String>"),
        arg(name = "first", ty = "Option<i32>"),
        arg(name = "order", ty = "Option<String>"),
        arg(name = "filters", ty = "Option<JsonString>")
    ),
    field(
        name = "artifact_membership",
        ty = "Result<Option<ArtifactCollectionMembership>>",
        arg(name = "alias_name", ty = "String")
    )
)]
pub enum ArtifactCollection {
    Sequence(ArtifactSequence),
    Portfolio(ArtifactPortfolio),
}

impl From<Collection> for ArtifactCollection {
    fn from(collection: Collection) -> Self {
        match collection.kind {
            CollectionKind::Sequence => Self::Sequence(ArtifactSequence(collection)),
            CollectionKind::Portfolio => Self::Portfolio(ArtifactPortfolio(collection)),
        }
    }
}

#[derive(SimpleObject)]
pub struct TagConnection {
    edges: Vec<TagEdge>,
}

#[derive(SimpleObject)]
pub struct TagEdge {
    node: Tag,
}

#[derive(SimpleObject)]
pub struct ArtifactAliasConnection {
    edges: Vec<ArtifactAliasEdge>,
    page_info: PageInfo,
}

#[derive(SimpleObject)]
pub struct ArtifactAliasEdge {
    node: Option<ArtifactAlias>,
    cursor: String,
}

#[derive(SimpleObject)]
pub struct VersionedArtifactConnection {
    edges: Vec<VersionedArtifactEdge>,
    page_info: PageInfo,
    total_count: i32,
}

#[derive(SimpleObject)]
pub struct VersionedArtifactEdge {
    node: Option<Artifact>,
    /// `v3`: its number in this collection.
    version: String,
    cursor: String,
}

#[derive(SimpleObject)]
pub struct ArtifactCollectionConnection {
    edges: Vec<ArtifactCollectionEdge>,
    page_info: PageInfo,
    total_count: i32,
}

#[derive(SimpleObject)]
pub struct ArtifactCollectionEdge {
    node: Option<ArtifactCollection>,
    cursor: String,
}

impl ArtifactCollectionConnection {
    pub(super) fn new((page, total): (Page<Collection>, i64)) -> Self {
        let page_info = PageInfo::from(&page);
        let edges = page.items.into_iter().map(|(cursor, collection)| ArtifactCollectionEdge {
            node: Some(ArtifactCollection::from(collection)),
            cursor: cursor.as_str().to_owned(),
        });
        Self { edges: edges.collect(), page_info, total_count: paging::count(total) }
    }
}

/// The fields that both kinds of collections have.
macro_rules! collection_object {
    ($name:ident { $($own:item)* }) => {
        #[Object]
        impl $name {
            async fn id(&self) -> ID {
                ids::encode("ArtifactCollection", self.0.id.get())
            }
            async fn name(&self) -> &str {
                &self.0.name
            }
            async fn description(&self) -> Option<&str> {
                Some(&self.0.description)
            }
            async fn created_at(&self) -> DateTime {
                DateTime(self.0.created_at)
            }
            async fn updated_at(&self) -> DateTime {
                DateTime(self.0.updated_at)
            }
            /// Null to those who see a version by a link alone.
            async fn project(&self, ctx: &Context<'_>) -> Result<Option<Project>> {
                project_of(ctx, self.0.project_id).await
            }
            async fn default_artifact_type(&self, ctx: &Context<'_>) -> Result<ArtifactType> {
                let id = self.0.id;
                Ok(ArtifactType(ctx.read(move |db, _| artifacts::type_of_collection(db, id)).await?))
            }
            async fn state(&self) -> ArtifactCollectionState {
                ArtifactCollectionState::of(&self.0)
            }
            async fn can_delete(&self, ctx: &Context<'_>) -> bool {
                policy::allows(&ctx.call().actor, Action::Delete, &self.0.target())
            }
            /// Bytes that nothing but its versions holds: what its deletion frees. Of a portfolio 0, for its versions stay.
            async fn bytes_held_alone(&self, ctx: &Context<'_>) -> Result<Int64> {
                let collection = self.0.clone();
                Ok(Int64(ctx.read(move |db, _| artifacts::bytes_held_alone_in(db, &collection)).await?))
            }
            async fn tags(&self, ctx: &Context<'_>) -> Result<TagConnection> {
                let id = self.0.id;
                let tags = ctx.read(move |db, _| artifacts::tags_of_collection(db, id)).await?;
                Ok(TagConnection { edges: tags.into_iter().map(|tag| TagEdge { node: Tag::from(tag) }).collect() })
            }
            async fn aliases(
                &self,
                ctx: &Context<'_>,
                after: Option<String>,
                first: Option<i32>,
            ) -> Result<ArtifactAliasConnection> {
                aliases(ctx, self.0.id, after, first).await
            }
            async fn artifacts(
                &self,
                ctx: &Context<'_>,
                after: Option<String>,
                first: Option<i32>,
                order: Option<String>,
                filters: Option<JsonString>,
            ) -> Result<VersionedArtifactConnection> {
                versions(ctx, self.0.id, after, first, order, filters).await
            }
            /// The version with this alias or number (`v3`).
            async fn artifact_membership(
                &self,
                ctx: &Context<'_>,
                alias_name: String,
            ) -> Result<Option<ArtifactCollectionMembership>> {
                let id = self.0.id;
                let found = ctx.read(move |db, _| artifacts::membership_in(db, id, &alias_name)).await?;
                Ok(found.map(ArtifactCollectionMembership))
            }
            $($own)*
        }
    };
}

collection_object!(ArtifactSequence {
    /// The version that `latest` stands at.
    async fn latest_artifact(&self, ctx: &Context<'_>) -> Result<Option<Artifact>> {
        let id = self.0.id;
        Ok(ctx.read(move |db, _| artifacts::latest_of(db, id)).await?.map(Artifact))
    }
    async fn digest_algorithm(&self) -> ArtifactDigestAlgorithm {
        ArtifactDigestAlgorithm::ManifestMd5
    }
});
collection_object!(ArtifactPortfolio {});

async fn aliases(
    ctx: &Context<'_>,
    id: CollectionId,
    after: Option<String>,
    first: Option<i32>,
) -> Result<ArtifactAliasConnection> {
    let size = paging::size(first, 1000).map_err(graphql_error)?;
    let page = ctx.read(move |db, _| artifacts::alias_page(db, id, after.as_deref(), size)).await?;
    let page_info = PageInfo::from(&page);
    let edges = page
        .items
        .into_iter()
        .map(|(cursor, alias)| ArtifactAliasEdge { node: Some(ArtifactAlias(alias)), cursor: cursor.as_str().to_owned() });
    Ok(ArtifactAliasConnection { edges: edges.collect(), page_info })
}

async fn versions(
    ctx: &Context<'_>,
    id: CollectionId,
    after: Option<String>,
    first: Option<i32>,
    order: Option<String>,
    filters: Option<JsonString>,
) -> Result<VersionedArtifactConnection> {
    let size = paging::size(first, 50).map_err(graphql_error)?;
    let order = VersionOrder::parse(order.as_deref()).map_err(graphql_error)?;
    let filter = artifacts::version_filter(filters.as_ref().map(|filters| filters.0.as_str())).map_err(graphql_error)?;
    let (page, total) = ctx.read(move |db, _| artifacts::version_page(db, id, &filter, order, after.as_deref(), size)).await?;
    let page_info = PageInfo::from(&page);
    let edges = page.items.into_iter().map(|(cursor, (membership, artifact))| VersionedArtifactEdge {
        node: Some(Artifact(artifact)),
        version: format!("v{}", membership.version_index),
        cursor: cursor.as_str().to_owned(),
    });
    Ok(VersionedArtifactConnection { edges: edges.collect(), page_info, total_count: paging::count(total) })
}

/// A kind of artifacts in a project.
pub struct ArtifactType(pub artifacts::ArtifactType);

#[derive(SimpleObject)]
pub struct ArtifactTypeConnection {
    edges: Vec<ArtifactTypeEdge>,
    page_info: PageInfo,
}

#[derive(SimpleObject)]
pub struct ArtifactTypeEdge {
    node: Option<ArtifactType>,
    cursor: String,
}

impl From<Page<artifacts::ArtifactType>> for ArtifactTypeConnection {
    fn from(page: Page<artifacts::ArtifactType>) -> Self {
        let page_info = PageInfo::from(&page);
        let edges = page
            .items
            .into_iter()
            .map(|(cursor, found)| ArtifactTypeEdge { node: Some(ArtifactType(found)), cursor: cursor.as_str().to_owned() });
        Self { edges: edges.collect(), page_info }
    }
}

#[Object]
impl ArtifactType {
    async fn id(&self) -> ID {
        ids::encode("ArtifactType", self.0.id.get())
    }
    async fn name(&self) -> &str {
        &self.0.name
    }
    async fn description(&self) -> &str {
        &self.0.description
    }
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }
    async fn project(&self, ctx: &Context<'_>) -> Result<Option<Project>> {
        project_of(ctx, self.0.project_id).await
    }
    async fn artifact_collections(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
        filters: Option<JsonString>,
        order: Option<String>,
    ) -> Result<ArtifactCollectionConnection> {
        let place = Place { of_type: Some(self.0.id), ..Place::project(self.0.project_id) };
        collections(ctx, place, filters, order, (after, first)).await
    }
    async fn artifact_collection(&self, ctx: &Context<'_>, name: String) -> Result<Option<ArtifactCollection>> {
        Ok(self.collection(ctx, name).await?.map(ArtifactCollection::from))
    }
    async fn artifact_sequence(&self, ctx: &Context<'_>, name: String) -> Result<Option<ArtifactSequence>> {
        let found = self.collection(ctx, name).await?;
        Ok(found.filter(|found| found.kind == CollectionKind::Sequence).map(ArtifactSequence))
    }
    /// The version that `name:alias` means.
    async fn artifact(&self, ctx: &Context<'_>, name: String) -> Result<Option<Artifact>> {
        let of_type = self.0.id;
        named(ctx, self.0.project_id, name, move |collection| collection.type_id == of_type).await
    }
}

impl ArtifactType {
    async fn collection(&self, ctx: &Context<'_>, name: String) -> Result<Option<Collection>> {
        let (project, id) = (self.0.project_id, self.0.id);
        let found = ctx.read(move |db, _| artifacts::collection_in(db, project, &name)).await?;
        Ok(found.filter(|collection| collection.type_id == id))
    }
}

/// Collections of a project, or of one of its types.
pub(super) async fn collections(
    ctx: &Context<'_>,
    place: Place,
    filters: Option<JsonString>,
    order: Option<String>,
    (after, first): (Option<String>, Option<i32>),
) -> Result<ArtifactCollectionConnection> {
    let size = paging::size(first, 50).map_err(graphql_error)?;
    let filter = artifacts::collection_filter(filters.as_ref().map(|filters| filters.0.as_str())).map_err(graphql_error)?;
    let order = CollectionOrder::parse(order.as_deref()).map_err(graphql_error)?;
    let found = ctx.read(move |db, _| artifacts::collection_page(db, &place, &filter, order, after.as_deref(), size)).await?;
    Ok(ArtifactCollectionConnection::new(found))
}

/// The version that `name:alias` means in a project, if its collection is the right one.
pub(super) async fn named(
    ctx: &Context<'_>,
    project: ProjectId,
    name: String,
    right: impl Fn(&Collection) -> bool,
) -> Result<Option<Artifact>> {
    let found = ctx.read(move |db, _| artifacts::in_project(db, project, &name)).await?;
    match found.filter(|(collection, _)| right(collection)) {
        Some((_, membership)) => Ok(artifact(ctx, membership.artifact_id).await?.map(Artifact)),
        None => Ok(None),
    }
}
