//! Registries: projects of an organization, as the client finds and changes them.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::account::SuccessPayload;
use super::artifact::ArtifactCollectionMembershipConnection;
use super::artifact_collection::{ArtifactCollectionConnection, ArtifactCollectionType};
use super::context::{Resolver as _, graphql_error};
use super::entity::Entity;
use super::ids;
use super::paging;
use super::project::{Project, ProjectConnection, UpsertModelPayload};
use super::scalars::JsonString;
use crate::domain::artifacts::{self, CollectionKind, CollectionOrder, MemberOrder};
use crate::domain::projects::{self, ProjectName};
use crate::domain::registries::{self, Scope, members::Who};
use crate::domain::teams;
use crate::error::{Error, Result as OurResult};
use crate::id::{AccountId, EntityId, ProjectId};
use crate::policy::RegistryRole;

/// A role, by the vendor's word for it.
#[derive(SimpleObject)]
struct Role {
    name: String,
}

impl From<RegistryRole> for Role {
    fn from(role: RegistryRole) -> Self {
        Self { name: role.as_str().to_owned() }
    }
}

/// A person or a service account with a role in a registry.
#[derive(SimpleObject)]
pub struct ProjectMember {
    id: ID,
    name: Option<String>,
    username: Option<String>,
    email: Option<String>,
    role: Role,
}

#[derive(SimpleObject)]
pub struct ProjectTeamMember {
    team: Entity,
    role: Role,
}

pub(super) async fn members(ctx: &Context<'_>, project: &projects::Project) -> Result<Vec<ProjectMember>> {
    let registry = project.clone();
    let found = ctx.read(move |db, call| registries::members::accounts(db, call, &registry)).await?;
    let shown = found.into_iter().map(|(account, role)| ProjectMember {
        id: ids::encode("User", account.id.get()),
        name: Some(account.name),
        username: Some(account.username),
        email: account.email,
        role: Role::from(role),
    });
    Ok(shown.collect())
}

pub(super) async fn teams(ctx: &Context<'_>, project: &projects::Project) -> Result<Vec<ProjectTeamMember>> {
    let registry = project.clone();
    let found = ctx.read(move |db, call| registries::members::teams(db, call, &registry)).await?;
    Ok(found.into_iter().map(|(team, role)| ProjectTeamMember { team: Entity(team), role: Role::from(role) }).collect())
}

/// A cursor to go on after, and how many are wanted.
type Paging = (Option<String>, Option<i32>);

fn text(filter: Option<&JsonString>) -> Option<&str> {
    filter.map(|filter| filter.0.as_str())
}

pub(super) async fn projects(
    ctx: &Context<'_>,
    entity: &teams::Entity,
    filters: Option<JsonString>,
    order: Option<String>,
    (after, first): Paging,
) -> Result<ProjectConnection> {
    let entity = entity.clone();
    let size = paging::size(first, 50).map_err(graphql_error)?;
    let order = CollectionOrder::parse(order.as_deref()).map_err(graphql_error)?;
    let page = ctx.read(move |db, call| {
        let scope = Scope::parse(&entity, text(filters.as_ref()))?;
        registries::page(db, call, &scope, order, after.as_deref(), size)
    });
    Ok(ProjectConnection::from(page.await?))
}

pub(super) async fn collections(
    ctx: &Context<'_>,
    entity: &teams::Entity,
    (registries, filters): (Option<JsonString>, Option<JsonString>),
    kinds: Vec<ArtifactCollectionType>,
    order: Option<String>,
    (after, first): Paging,
) -> Result<ArtifactCollectionConnection> {
    let entity = entity.clone();
    let size = paging::size(first, 50).map_err(graphql_error)?;
    let order = CollectionOrder::parse(order.as_deref()).map_err(graphql_error)?;
    let filter = artifacts::collection_filter(text(filters.as_ref())).map_err(graphql_error)?;
    let kinds: Vec<CollectionKind> = kinds.into_iter().map(CollectionKind::from).collect();
    let found = ctx.read(move |db, call| {
        let scope = Scope::parse(&entity, text(registries.as_ref()))?;
        registries::collections(db, call, (&scope, &kinds), &filter, order, after.as_deref(), size)
    });
    Ok(ArtifactCollectionConnection::new(found.await?))
}

pub(super) async fn versions(
    ctx: &Context<'_>,
    entity: &teams::Entity,
    (registries, collections, versions): (Option<JsonString>, Option<JsonString>, Option<JsonString>),
    order: Option<String>,
    (after, first): Paging,
) -> Result<ArtifactCollectionMembershipConnection> {
    let entity = entity.clone();
    let size = paging::size(first, 50).map_err(graphql_error)?;
    let order = MemberOrder::parse(order.as_deref()).map_err(graphql_error)?;
    let collections = artifacts::collection_filter(text(collections.as_ref())).map_err(graphql_error)?;
    let versions = artifacts::version_filter(text(versions.as_ref())).map_err(graphql_error)?;
    let page = ctx.read(move |db, call| {
        let scope = Scope::parse(&entity, text(registries.as_ref()))?;
        registries::versions(db, call, &scope, (&collections, &versions), order, after.as_deref(), size)
    });
    Ok(ArtifactCollectionMembershipConnection::from(page.await?))
}

#[derive(Default)]
pub struct RegistryMutations;

#[derive(InputObject)]
struct DeleteModelInput {
    id: String,
}

#[derive(InputObject)]
struct RenameProjectInput {
    client_mutation_id: Option<String>,
    entity_name: String,
    new_project_name: String,
    old_project_name: String,
}

#[derive(InputObject)]
struct CreateProjectMembersInput {
    project_id: ID,
    user_ids: Option<Vec<ID>>,
    team_ids: Option<Vec<ID>>,
}

#[derive(InputObject)]
struct DeleteProjectMembersInput {
    project_id: ID,
    user_ids: Option<Vec<ID>>,
    team_ids: Option<Vec<ID>>,
}

#[derive(InputObject)]
struct UpdateProjectMemberInput {
    project_id: ID,
    user_id: ID,
    user_project_role: String,
    client_mutation_id: Option<String>,
}

#[derive(InputObject)]
struct UpdateProjectTeamMemberInput {
    project_id: ID,
    team_id: ID,
    team_project_role: String,
    client_mutation_id: Option<String>,
}

fn registry_id(id: &str) -> OurResult<ProjectId> {
    ids::decode("Project", id).map(ProjectId::new)
}

fn account(id: &ID) -> OurResult<Who> {
    ids::decode("User", id).map(|id| Who::Account(AccountId::new(id)))
}

fn team(id: &ID) -> OurResult<Who> {
    ids::decode("Entity", id).map(|id| Who::Team(EntityId::new(id)))
}

fn whom(users: Option<Vec<ID>>, teams: Option<Vec<ID>>) -> OurResult<Vec<Who>> {
    let users = users.unwrap_or_default();
    let teams = teams.unwrap_or_default();
    users.iter().map(account).chain(teams.iter().map(team)).collect()
}

fn role(text: &str) -> OurResult<RegistryRole> {
    RegistryRole::parse(text).ok_or_else(|| {
        let known = RegistryRole::ALL.map(RegistryRole::as_str).join(", ");
        Error::invalid(format!("there is no role '{text}' in a registry; there are {known}"))
    })
}

async fn set_role(ctx: &Context<'_>, project: &ID, who: OurResult<Who>, word: &str) -> Result<()> {
    let (id, role) = (registry_id(project).map_err(graphql_error)?, role(word).map_err(graphql_error)?);
    let who = who.map_err(graphql_error)?;
    ctx.write(move |tx, call| registries::members::set_role(tx, call, id, who, role)).await
}

fn done(client_mutation_id: Option<String>) -> SuccessPayload {
    SuccessPayload { success: true, client_mutation_id }
}

#[Object]
impl RegistryMutations {
    /// Ends a registry; the versions that were linked into it stay where they were logged.
    async fn delete_model(&self, ctx: &Context<'_>, input: DeleteModelInput) -> Result<SuccessPayload> {
        let id = registry_id(&input.id).map_err(graphql_error)?;
        ctx.write(move |tx, call| registries::delete(tx, call, id)).await?;
        Ok(done(None))
    }

    /// Gives a registry another name.
    async fn rename_project(&self, ctx: &Context<'_>, input: RenameProjectInput) -> Result<UpsertModelPayload> {
        let RenameProjectInput { client_mutation_id, entity_name, new_project_name, old_project_name } = input;
        let project = ctx
            .write(move |tx, call| {
                let entity = teams::entity_by_name(tx, &entity_name)?.ok_or_else(|| Error::not_found("organization"))?;
                registries::rename(tx, call, &entity, &old_project_name, &ProjectName::parse(&new_project_name)?)
            })
            .await?;
        Ok(UpsertModelPayload {
            project: Some(Project(project.clone())),
            model: Some(Project(project)),
            inserted: false,
            client_mutation_id,
        })
    }

    /// Names people and teams as members of a registry.
    async fn create_project_members(&self, ctx: &Context<'_>, input: CreateProjectMembersInput) -> Result<SuccessPayload> {
        let id = registry_id(&input.project_id).map_err(graphql_error)?;
        let whom = whom(input.user_ids, input.team_ids).map_err(graphql_error)?;
        ctx.write(move |tx, call| registries::members::add(tx, call, id, &whom)).await?;
        Ok(done(None))
    }

    /// Takes people and teams out of a registry.
    async fn delete_project_members(&self, ctx: &Context<'_>, input: DeleteProjectMembersInput) -> Result<SuccessPayload> {
        let id = registry_id(&input.project_id).map_err(graphql_error)?;
        let whom = whom(input.user_ids, input.team_ids).map_err(graphql_error)?;
        ctx.write(move |tx, call| registries::members::remove(tx, call, id, &whom)).await?;
        Ok(done(None))
    }

    /// Gives a person or service account a role in a registry.
    async fn update_project_member(&self, ctx: &Context<'_>, input: UpdateProjectMemberInput) -> Result<SuccessPayload> {
        set_role(ctx, &input.project_id, account(&input.user_id), &input.user_project_role).await?;
        Ok(done(input.client_mutation_id))
    }

    /// Gives a team a role in a registry: its people have it too, or a higher one of their own.
    async fn update_project_team_member(
        &self,
        ctx: &Context<'_>,
        input: UpdateProjectTeamMemberInput,
    ) -> Result<SuccessPayload> {
        set_role(ctx, &input.project_id, team(&input.team_id), &input.team_project_role).await?;
        Ok(done(input.client_mutation_id))
    }
}
