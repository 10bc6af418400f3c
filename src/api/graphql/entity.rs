//! Namespaces: of people, teams and organizations.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};

use super::account::User;
use super::artifact::ArtifactCollectionMembershipConnection;
use super::artifact_collection::{ArtifactCollectionConnection, ArtifactCollectionType};
use super::context::{Resolver as _, graphql_error};
use super::ids;
use super::member::Member;
use super::paging;
use super::project::{Project, ProjectConnection};
use super::registry;
use super::scalars::{Int64, JsonString};
use crate::db::Reader;
use crate::domain::teams::{self, EntityKind};
use crate::domain::{Call, accounts, artifacts, files, projects};
use crate::error::{Error, Result as OurResult};
use crate::policy::{self, Action, Target};

pub struct Entity(pub teams::Entity);
pub struct Organization(pub teams::Entity);

#[derive(SimpleObject)]
pub struct EntityConnection {
    pub edges: Vec<EntityEdge>,
}

#[derive(SimpleObject)]
pub struct EntityEdge {
    pub node: Option<Entity>,
}

#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum RampIDType {
    #[graphql(name = "OrgName")]
    OrgName,
}

#[derive(SimpleObject)]
struct FeatureFlag {
    ramp_key: String,
    is_enabled: bool,
}

#[derive(SimpleObject)]
struct AdvancedRegistryFeatures {
    /// Whether versions are found by size and in an order.
    advanced_search: bool,
}

/// The entity of that name, if the caller may know of it: one's own, one's teams, and the organization of those signed in.
pub(super) fn visible(db: &Reader, call: &Call, name: Option<&str>) -> OurResult<Option<Entity>> {
    let entity = named_or_default(db, call, name)?;
    Ok(entity.filter(|entity| is_visible(call, entity)).map(Entity))
}

fn is_visible(call: &Call, entity: &teams::Entity) -> bool {
    match entity.kind {
        EntityKind::Organization => call.actor.account.is_some(),
        EntityKind::Team | EntityKind::User => policy::allows(&call.actor, Action::Read, &Target::Entity(entity.id)),
    }
}

/// The entity of that name, not judged; without a name the caller's default one.
pub(super) fn named_or_default(db: &Reader, call: &Call, name: Option<&str>) -> OurResult<Option<teams::Entity>> {
    if let Some(name) = name.filter(|name| !name.is_empty()) {
        return teams::entity_by_name(db, name);
    }
    let account = call.actor.author().map(|id| accounts::find(db, id)).transpose()?.flatten();
    let default = account.and_then(|account| account.default_entity_id.or(account.entity_id));
    Ok(default.map(|id| teams::entity(db, id)).transpose()?.flatten())
}

#[Object]
impl Entity {
    async fn id(&self) -> ID {
        ids::encode("Entity", self.0.id.get())
    }
    async fn name(&self) -> &str {
        &self.0.name
    }
    /// Whether the name is free; it is not, since the entity is there.
    async fn available(&self) -> bool {
        false
    }
    /// Where the picture of a team is, for those who may know of the team.
    async fn photo_url(&self, ctx: &Context<'_>) -> Option<String> {
        self.0.avatar.as_ref()?;
        Some(format!("{}/api/v1/teams/{}/avatar", ctx.app().public_url, self.0.name))
    }
    async fn read_only(&self, ctx: &Context<'_>) -> bool {
        !policy::allows(&ctx.call().actor, Action::Write, &Target::Entity(self.0.id))
    }
    async fn read_only_admin(&self) -> bool {
        false
    }
    async fn is_team(&self) -> bool {
        self.0.kind == EntityKind::Team
    }
    async fn entity_type(&self) -> &'static str {
        match self.0.kind {
            EntityKind::User => "user",
            EntityKind::Team => "team",
            EntityKind::Organization => "organization",
        }
    }
    async fn private_only(&self) -> bool {
        self.0.private_only
    }
    /// Bytes of the files that the runs of this entity hold, and of its artifacts, each content once; none for those who know
    /// no more of a team than that it is a member of a registry.
    async fn storage_bytes(&self, ctx: &Context<'_>) -> Result<Int64> {
        let entity = self.0.clone();
        let work = move |db: &Reader<'_>, call: &Call| {
            if !is_visible(call, &entity) {
                return Ok(0);
            }
            Ok(files::bytes_of_entity(db, entity.id)? + artifacts::bytes_of_entity(db, entity.id)?)
        };
        let bytes = ctx.read(work).await?;
        Ok(Int64(bytes))
    }
    async fn code_saving_enabled(&self) -> bool {
        self.0.code_saving
    }
    async fn default_access(&self) -> &'static str {
        super::project::access_of(self.0.default_visibility)
    }
    async fn is_paid(&self) -> bool {
        true
    }
    /// There are no limits by plan.
    async fn limits(&self) -> JsonString {
        JsonString("{}".to_owned())
    }
    async fn xxhash_digests_enabled(&self) -> bool {
        false
    }
    async fn members(&self, ctx: &Context<'_>) -> Result<Vec<Member>> {
        let entity = self.0.clone();
        let known = is_visible(ctx.call(), &entity);
        if known { ctx.read(move |db, call| super::member::members(db, call, &entity)).await } else { Ok(Vec::new()) }
    }
    async fn organization(&self, ctx: &Context<'_>) -> Result<Option<Organization>> {
        let id = self.0.id;
        Ok(ctx.read(move |db, _| teams::organization_of(db, id)).await?.map(Organization))
    }
    /// The person whose personal entity this is.
    async fn user(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        if self.0.kind != EntityKind::User {
            return Ok(None);
        }
        let name = self.0.name.clone();
        Ok(ctx.read(move |db, _| accounts::by_username(db, &name)).await?.map(User))
    }
    async fn project(&self, ctx: &Context<'_>, name: Option<String>) -> Result<Option<Project>> {
        let entity = self.0.name.clone();
        let name = name.ok_or_else(|| graphql_error(Error::invalid("name the project")))?;
        ctx.read(move |db, call| Ok(projects::find(db, call, &entity, &name)?.map(Project))).await
    }
    /// Its projects, newest first; of an organization its registries, by filter and in an order.
    async fn projects(
        &self,
        ctx: &Context<'_>,
        filters: Option<JsonString>,
        after: Option<String>,
        first: Option<i32>,
        order: Option<String>,
    ) -> Result<ProjectConnection> {
        let page = (after, first);
        if self.0.kind == EntityKind::Organization || filters.is_some() || order.is_some() {
            return registry::projects(ctx, &self.0, filters, order, page).await;
        }
        let id = self.0.id;
        let (after, size) = (page.0, paging::size(first, 50).map_err(graphql_error)?);
        let page = ctx.read(move |db, call| projects::list(db, call, id, after.as_deref(), size)).await?;
        Ok(ProjectConnection::from(page))
    }
    /// Collections of artifacts in its registries or projects.
    #[allow(clippy::too_many_arguments, reason = "these are the arguments of the client's query")]
    async fn artifact_collections(
        &self,
        ctx: &Context<'_>,
        project_filters: Option<JsonString>,
        filters: Option<JsonString>,
        collection_types: Option<Vec<ArtifactCollectionType>>,
        after: Option<String>,
        first: Option<i32>,
        order: Option<String>,
    ) -> Result<ArtifactCollectionConnection> {
        let kinds = collection_types.unwrap_or_default();
        registry::collections(ctx, &self.0, (project_filters, filters), kinds, order, (after, first)).await
    }
    /// Versions in the collections of its registries or projects, each with its place there.
    #[allow(clippy::too_many_arguments, reason = "these are the arguments of the client's query")]
    async fn artifact_memberships(
        &self,
        ctx: &Context<'_>,
        project_filters: Option<JsonString>,
        collection_filters: Option<JsonString>,
        filters: Option<JsonString>,
        after: Option<String>,
        first: Option<i32>,
        order: Option<String>,
    ) -> Result<ArtifactCollectionMembershipConnection> {
        registry::versions(ctx, &self.0, (project_filters, collection_filters, filters), order, (after, first)).await
    }
}

#[Object]
impl Organization {
    async fn id(&self) -> ID {
        ids::encode("Organization", self.0.id.get())
    }
    async fn name(&self) -> &str {
        &self.0.name
    }
    async fn org_entity(&self) -> Entity {
        Entity(self.0.clone())
    }
    /// The id in the vendor's cloud; there is none here.
    #[graphql(name = "coreWeaveOrganizationId")]
    async fn core_weave_organization_id(&self) -> Option<String> {
        None
    }
    /// What the search of registries can do.
    async fn advanced_registry_features(&self) -> AdvancedRegistryFeatures {
        AdvancedRegistryFeatures { advanced_search: true }
    }
    /// No feature is rolled out by organization here.
    async fn feature_flags(&self, #[graphql(name = "rampIDType")] ramp_id_type: RampIDType) -> Vec<FeatureFlag> {
        match ramp_id_type {
            RampIDType::OrgName => Vec::new(),
        }
    }
}

#[derive(Default)]
pub struct EntityMutations;

#[derive(InputObject)]
struct CreateTeamInput {
    team_name: String,
    team_admin_user_name: Option<String>,
    client_mutation_id: Option<String>,
}

#[derive(SimpleObject)]
struct CreateTeamPayload {
    entity: Option<Entity>,
    client_mutation_id: Option<String>,
}

#[Object]
impl EntityMutations {
    async fn create_team(&self, ctx: &Context<'_>, input: CreateTeamInput) -> Result<CreateTeamPayload> {
        let CreateTeamInput { team_name, team_admin_user_name, client_mutation_id } = input;
        let entity =
            ctx.write(move |tx, call| teams::create(tx, call, None, &team_name, team_admin_user_name.as_deref())).await?;
        Ok(CreateTeamPayload { entity: Some(Entity(entity)), client_mutation_id })
    }
}
