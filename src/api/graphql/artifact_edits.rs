//! What people change of versions and collections, and what they delete.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::account::SuccessPayload;
use super::artifact::{Artifact, ArtifactCollectionMembership, Tag};
use super::artifact_collection::ArtifactCollection;
use super::artifact_mutations::{ArtifactAliasInput, ArtifactPayload, TagInput, artifact_id};
use super::context::{Resolver as _, graphql_error};
use super::entity::Entity;
use super::ids;
use super::paging;
use super::project::Project;
use super::scalars::{Int64, JsonString};
use crate::domain::artifacts::{self, ArtifactChanges, CollectionKind, Portfolio};
use crate::domain::{projects, teams};
use crate::error::{Error, Result as OurResult};
use crate::id::CollectionId;

#[derive(Default)]
pub struct ArtifactEdits;

#[derive(InputObject)]
struct UpdateArtifactInput {
    /// All aliases in its sequence, for releases of the client up to 0.13; others add and delete them one by one.
    aliases: Option<Vec<ArtifactAliasInput>>,
    #[graphql(name = "artifactID")]
    artifact_id: ID,
    client_mutation_id: Option<String>,
    description: Option<String>,
    metadata: Option<JsonString>,
    tags_to_add: Option<Vec<TagInput>>,
    tags_to_delete: Option<Vec<TagInput>>,
    ttl_duration_seconds: Option<Int64>,
}

#[derive(InputObject)]
struct DeleteArtifactInput {
    #[graphql(name = "artifactID")]
    artifact_id: ID,
    delete_aliases: Option<bool>,
    client_mutation_id: Option<String>,
}

#[derive(InputObject)]
struct LinkArtifactInput {
    aliases: Option<Vec<ArtifactAliasInput>>,
    #[graphql(name = "artifactID")]
    artifact_id: Option<ID>,
    #[graphql(name = "artifactPortfolioID")]
    artifact_portfolio_id: Option<ID>,
    artifact_portfolio_name: Option<String>,
    #[graphql(name = "clientID")]
    client_id: Option<ID>,
    client_mutation_id: Option<String>,
    entity_name: Option<String>,
    project_name: Option<String>,
}

#[derive(SimpleObject)]
struct LinkArtifactPayload {
    version_index: Option<i32>,
    artifact_membership: Option<ArtifactCollectionMembership>,
    client_mutation_id: Option<String>,
}

#[derive(InputObject)]
struct UnlinkArtifactInput {
    #[graphql(name = "artifactID")]
    artifact_id: ID,
    #[graphql(name = "artifactPortfolioID")]
    artifact_portfolio_id: ID,
    client_mutation_id: Option<String>,
}

#[derive(SimpleObject)]
struct UnlinkArtifactPayload {
    #[graphql(name = "artifactID")]
    artifact_id: ID,
    success: bool,
    client_mutation_id: Option<String>,
}

#[derive(InputObject)]
struct DeleteArtifactSequenceInput {
    #[graphql(name = "artifactSequenceID")]
    id: ID,
}

#[derive(InputObject)]
struct DeleteArtifactPortfolioInput {
    #[graphql(name = "artifactPortfolioID")]
    id: ID,
}

#[derive(InputObject)]
struct UpdateArtifactSequenceInput {
    #[graphql(name = "artifactSequenceID")]
    id: ID,
    name: Option<String>,
    description: Option<String>,
    client_mutation_id: Option<String>,
}

#[derive(InputObject)]
struct UpdateArtifactPortfolioInput {
    #[graphql(name = "artifactPortfolioID")]
    id: ID,
    name: Option<String>,
    description: Option<String>,
    client_mutation_id: Option<String>,
}

#[derive(InputObject)]
struct MoveArtifactSequenceInput {
    #[graphql(name = "artifactSequenceID")]
    id: ID,
    destination_artifact_type_name: String,
    client_mutation_id: Option<String>,
}

#[derive(SimpleObject)]
struct ArtifactCollectionPayload {
    artifact_collection: Option<ArtifactCollection>,
    client_mutation_id: Option<String>,
}

#[derive(InputObject)]
struct CreateArtifactCollectionTagAssignmentsInput {
    entity_name: String,
    project_name: String,
    artifact_collection_name: String,
    tags: Vec<TagInput>,
    #[graphql(name = "clientMutationID")]
    client_mutation_id: Option<String>,
}

#[derive(InputObject)]
struct DeleteArtifactCollectionTagAssignmentsInput {
    entity_name: String,
    project_name: String,
    artifact_collection_name: String,
    tags: Vec<TagInput>,
    #[graphql(name = "clientMutationID")]
    client_mutation_id: Option<String>,
}

#[derive(SimpleObject)]
struct TagsPayload {
    tags: Vec<Tag>,
}

#[derive(InputObject)]
struct SetArtifactLifetimeInput {
    entity_name: String,
    /// Seconds; null keeps versions for ever.
    ttl_duration_seconds: Option<Int64>,
}

#[derive(SimpleObject)]
struct SetArtifactLifetimePayload {
    entity: Entity,
}

#[derive(InputObject)]
struct ProtectAliasesInput {
    entity_name: String,
    project_name: String,
    /// All aliases that are to be protected.
    aliases: Vec<String>,
}

#[derive(SimpleObject)]
struct ProtectAliasesPayload {
    project: Project,
}

fn names(tags: Vec<TagInput>) -> Vec<String> {
    tags.into_iter().map(|tag| tag.tag_name).collect()
}

fn collection_id(id: &ID) -> OurResult<CollectionId> {
    ids::decode("ArtifactCollection", id).map(CollectionId::new)
}

/// What a deleted version held is freed before the answer; should the server end first, its jobs go on.
async fn free(ctx: &Context<'_>) -> Result<()> {
    let app = ctx.app();
    artifacts::free_deleted(&app.db, ctx.call().now).await.map(|_| ()).map_err(graphql_error)
}

async fn update_collection(
    ctx: &Context<'_>,
    id: &ID,
    kind: CollectionKind,
    (name, description): (Option<String>, Option<String>),
    client_mutation_id: Option<String>,
) -> Result<ArtifactCollectionPayload> {
    let id = collection_id(id).map_err(graphql_error)?;
    let changed = ctx
        .write(move |tx, call| artifacts::update_collection(tx, call, id, kind, name.as_deref(), description.as_deref()))
        .await?;
    Ok(ArtifactCollectionPayload { artifact_collection: Some(ArtifactCollection::from(changed)), client_mutation_id })
}

async fn delete_collection(ctx: &Context<'_>, id: &ID, kind: CollectionKind) -> Result<ArtifactCollectionPayload> {
    let id = collection_id(id).map_err(graphql_error)?;
    let gone = ctx.write(move |tx, call| artifacts::delete_collection(tx, call, id, kind)).await?;
    free(ctx).await?;
    Ok(ArtifactCollectionPayload { artifact_collection: Some(ArtifactCollection::from(gone)), client_mutation_id: None })
}

#[Object]
impl ArtifactEdits {
    /// Changes what is said of a version; null leaves a value as it is.
    async fn update_artifact(&self, ctx: &Context<'_>, input: UpdateArtifactInput) -> Result<ArtifactPayload> {
        let id = artifact_id(&input.artifact_id).map_err(graphql_error)?;
        let changes = ArtifactChanges {
            description: input.description,
            metadata: input.metadata.map(|metadata| metadata.0),
            ttl_seconds: input.ttl_duration_seconds.map(|seconds| seconds.0),
            tags_added: names(input.tags_to_add.unwrap_or_default()),
            tags_removed: names(input.tags_to_delete.unwrap_or_default()),
            aliases: input.aliases.map(|aliases| aliases.into_iter().map(|alias| alias.alias).collect()),
        };
        let artifact = ctx.write(move |tx, call| artifacts::update(tx, call, id, &changes)).await?;
        Ok(ArtifactPayload { artifact: Artifact(artifact), client_mutation_id: input.client_mutation_id })
    }

    /// Deletes a version and frees the bytes that nothing else holds.
    async fn delete_artifact(&self, ctx: &Context<'_>, input: DeleteArtifactInput) -> Result<ArtifactPayload> {
        let id = artifact_id(&input.artifact_id).map_err(graphql_error)?;
        let with_aliases = input.delete_aliases == Some(true);
        let artifact = ctx.write(move |tx, call| artifacts::delete(tx, call, id, with_aliases)).await?;
        free(ctx).await?;
        Ok(ArtifactPayload { artifact: Artifact(artifact), client_mutation_id: input.client_mutation_id })
    }

    /// Links a version into a portfolio, which is made if it is not there yet.
    async fn link_artifact(&self, ctx: &Context<'_>, input: LinkArtifactInput) -> Result<LinkArtifactPayload> {
        let known =
            input.artifact_id.as_ref().filter(|id| !id.is_empty()).map(artifact_id).transpose().map_err(graphql_error)?;
        let portfolio = match (&input.artifact_portfolio_id, input.artifact_portfolio_name, input.project_name) {
            (Some(id), _, _) => Portfolio::Known(collection_id(id).map_err(graphql_error)?),
            (None, Some(name), Some(project)) => {
                Portfolio::Named { entity: input.entity_name.unwrap_or_default(), project, name }
            }
            _ => return Err(graphql_error(Error::invalid("name the portfolio and its project"))),
        };
        let aliases: Vec<String> = input.aliases.unwrap_or_default().into_iter().map(|alias| alias.alias).collect();
        let client_id = input.client_id;
        let membership = ctx
            .write(move |tx, call| {
                let named = client_id.as_ref().map(|id| artifacts::resolve_client_id(tx, call, id)).transpose()?.flatten();
                let id = known.or(named).ok_or_else(|| Error::not_found("artifact"))?;
                artifacts::link(tx, call, id, &portfolio, &aliases)
            })
            .await?;
        Ok(LinkArtifactPayload {
            version_index: Some(paging::count(membership.version_index)),
            artifact_membership: Some(ArtifactCollectionMembership(membership)),
            client_mutation_id: input.client_mutation_id,
        })
    }

    /// Takes a version out of a portfolio.
    async fn unlink_artifact(&self, ctx: &Context<'_>, input: UnlinkArtifactInput) -> Result<UnlinkArtifactPayload> {
        let id = artifact_id(&input.artifact_id).map_err(graphql_error)?;
        let portfolio = collection_id(&input.artifact_portfolio_id).map_err(graphql_error)?;
        ctx.write(move |tx, call| artifacts::unlink(tx, call, id, portfolio)).await?;
        Ok(UnlinkArtifactPayload {
            artifact_id: input.artifact_id,
            success: true,
            client_mutation_id: input.client_mutation_id,
        })
    }

    async fn update_artifact_sequence(
        &self,
        ctx: &Context<'_>,
        input: UpdateArtifactSequenceInput,
    ) -> Result<ArtifactCollectionPayload> {
        let UpdateArtifactSequenceInput { id, name, description, client_mutation_id } = input;
        update_collection(ctx, &id, CollectionKind::Sequence, (name, description), client_mutation_id).await
    }

    async fn update_artifact_portfolio(
        &self,
        ctx: &Context<'_>,
        input: UpdateArtifactPortfolioInput,
    ) -> Result<ArtifactCollectionPayload> {
        let UpdateArtifactPortfolioInput { id, name, description, client_mutation_id } = input;
        update_collection(ctx, &id, CollectionKind::Portfolio, (name, description), client_mutation_id).await
    }

    /// Gives a sequence another type.
    async fn move_artifact_sequence(
        &self,
        ctx: &Context<'_>,
        input: MoveArtifactSequenceInput,
    ) -> Result<ArtifactCollectionPayload> {
        let id = collection_id(&input.id).map_err(graphql_error)?;
        let wanted = input.destination_artifact_type_name;
        let moved = ctx.write(move |tx, call| artifacts::move_collection(tx, call, id, &wanted)).await?;
        let client_mutation_id = input.client_mutation_id;
        Ok(ArtifactCollectionPayload { artifact_collection: Some(ArtifactCollection::from(moved)), client_mutation_id })
    }

    /// Deletes a sequence with all its versions.
    async fn delete_artifact_sequence(
        &self,
        ctx: &Context<'_>,
        input: DeleteArtifactSequenceInput,
    ) -> Result<ArtifactCollectionPayload> {
        delete_collection(ctx, &input.id, CollectionKind::Sequence).await
    }

    /// Deletes a portfolio; the versions that were linked into it stay.
    async fn delete_artifact_portfolio(
        &self,
        ctx: &Context<'_>,
        input: DeleteArtifactPortfolioInput,
    ) -> Result<ArtifactCollectionPayload> {
        delete_collection(ctx, &input.id, CollectionKind::Portfolio).await
    }

    async fn create_artifact_collection_tag_assignments(
        &self,
        ctx: &Context<'_>,
        input: CreateArtifactCollectionTagAssignmentsInput,
    ) -> Result<TagsPayload> {
        let (entity, project, name) = (input.entity_name, input.project_name, input.artifact_collection_name);
        let tags = names(input.tags);
        let tags =
            ctx.write(move |tx, call| artifacts::tag_collection(tx, call, (&entity, &project, &name), &tags, true)).await?;
        Ok(TagsPayload { tags: tags.into_iter().map(Tag::from).collect() })
    }

    async fn delete_artifact_collection_tag_assignments(
        &self,
        ctx: &Context<'_>,
        input: DeleteArtifactCollectionTagAssignmentsInput,
    ) -> Result<SuccessPayload> {
        let (entity, project, name) = (input.entity_name, input.project_name, input.artifact_collection_name);
        let tags = names(input.tags);
        ctx.write(move |tx, call| artifacts::tag_collection(tx, call, (&entity, &project, &name), &tags, false)).await?;
        Ok(SuccessPayload { success: true, client_mutation_id: input.client_mutation_id })
    }

    /// Says how long an entity keeps versions that have no lifetime of their own.
    async fn set_artifact_lifetime(
        &self,
        ctx: &Context<'_>,
        input: SetArtifactLifetimeInput,
    ) -> Result<SetArtifactLifetimePayload> {
        let SetArtifactLifetimeInput { entity_name, ttl_duration_seconds } = input;
        let seconds = ttl_duration_seconds.map(|seconds| seconds.0);
        let entity = ctx
            .write(move |tx, call| {
                let id = artifacts::set_lifetime_rule(tx, call, &entity_name, seconds)?;
                teams::entity(tx, id)?.ok_or_else(|| Error::not_found("entity"))
            })
            .await?;
        Ok(SetArtifactLifetimePayload { entity: Entity(entity) })
    }

    /// Says which aliases of a project only those who manage it give and take.
    async fn protect_aliases(&self, ctx: &Context<'_>, input: ProtectAliasesInput) -> Result<ProtectAliasesPayload> {
        let project = ctx
            .write(move |tx, call| {
                let ProtectAliasesInput { entity_name, project_name, aliases } = &input;
                let id = artifacts::protect_aliases(tx, call, entity_name, project_name, aliases)?;
                projects::get(tx, call, id)?.ok_or_else(|| Error::not_found("project"))
            })
            .await?;
        Ok(ProtectAliasesPayload { project: Project(project) })
    }
}
