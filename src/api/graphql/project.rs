//! Projects (`model` in the client's older words).

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::account::User;
use super::artifact::{Artifact, ArtifactCollectionMembership};
use super::artifact_collection::{ArtifactCollection, ArtifactCollectionConnection, ArtifactType, ArtifactTypeConnection};
use super::context::{Resolver as _, graphql_error};
use super::entity::Entity;
use super::ids;
use super::paging::{self, PageInfo};
use super::registry::{self, ProjectMember, ProjectTeamMember};
use super::run::{Run, RunConnection};
use super::scalars::{DateTime, Int64, JsonString};
use super::view::{self, ViewConnection};
use crate::domain::artifacts::Place;
use crate::domain::projects::{self, Changes, ProjectName};
use crate::domain::runs::filter::Filter;
use crate::domain::runs::order::Order;
use crate::domain::{accounts, artifacts, registries, runs, teams};
use crate::error::Error;
use crate::id::ProjectId;
use crate::page::Page;
use crate::policy::{self, Action, Visibility};

pub struct Project(pub projects::Project);

#[derive(SimpleObject)]
pub struct ProjectConnection {
    edges: Vec<ProjectEdge>,
    page_info: PageInfo,
}

#[derive(SimpleObject)]
pub struct ProjectEdge {
    node: Option<Project>,
    cursor: String,
}

impl From<Page<projects::Project>> for ProjectConnection {
    fn from(page: Page<projects::Project>) -> Self {
        let page_info = PageInfo::from(&page);
        let edges = page.items.into_iter();
        let edges =
            edges.map(|(cursor, project)| ProjectEdge { node: Some(Project(project)), cursor: cursor.as_str().to_owned() });
        Self { edges: edges.collect(), page_info }
    }
}

/// The vendor's words for who may see a project.
pub(super) fn access_of(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Open => "USER_WRITE",
        Visibility::Public => "USER_READ",
        Visibility::Team => "PRIVATE",
        Visibility::Restricted => "RESTRICTED",
    }
}

pub(super) fn visibility_of(access: &str) -> crate::error::Result<Visibility> {
    Visibility::ALL.into_iter().find(|visibility| access_of(*visibility) == access).ok_or_else(|| {
        Error::invalid(format!("'{access}' is no access of a project: PRIVATE, RESTRICTED, USER_READ or USER_WRITE"))
    })
}

/// Members of a request that mean something only with a feature that is not there.
fn filter_of(filters: Option<JsonString>) -> crate::error::Result<Filter> {
    Filter::parse(filters.as_ref().map_or("{}", |text| if text.0.is_empty() { "{}" } else { &text.0 }))
}

#[Object]
impl Project {
    async fn id(&self) -> ID {
        ids::encode("Project", self.0.id.get())
    }
    async fn internal_id(&self) -> ID {
        ids::encode("ProjectInternalId", self.0.id.get())
    }
    async fn name(&self) -> &str {
        &self.0.name
    }
    async fn entity_name(&self) -> &str {
        &self.0.entity
    }
    async fn entity(&self, ctx: &Context<'_>) -> Result<Entity> {
        let id = self.0.entity_id;
        let entity = ctx.read(move |db, _| teams::entity(db, id)?.ok_or_else(|| Error::not_found("entity"))).await?;
        Ok(Entity(entity))
    }
    async fn description(&self) -> &str {
        &self.0.description
    }
    async fn access(&self) -> &'static str {
        access_of(self.0.visibility)
    }
    async fn views(&self) -> JsonString {
        JsonString(self.0.views.clone())
    }
    /// Reports (`runs`), drafts of them (`runs/draft`) or kept workspaces (`project-view`), last changed first; with `viewName` those
    /// alone that are called so.
    async fn all_views(
        &self,
        ctx: &Context<'_>,
        view_type: Option<String>,
        view_name: Option<String>,
        user_name: Option<String>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<ViewConnection> {
        view::all_views(ctx, &self.0, view::Asked { view_type, view_name, user_name }, (after, first)).await
    }
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }
    async fn updated_at(&self) -> DateTime {
        DateTime(self.0.updated_at)
    }
    /// When a run of it was last heard of.
    async fn last_run_at(&self, ctx: &Context<'_>) -> Result<Option<DateTime>> {
        let id = self.0.id;
        ctx.read(move |db, _| {
            let order = Order::parse(Some("-heartbeat_at"))?;
            let page = runs::query::page(db, id, &Filter::parse("{}")?, &order, None, 1)?;
            let ids: Vec<_> = page.items.into_iter().map(|(_, id)| id).collect();
            Ok(runs::by_ids(db, &ids)?.first().map(|run| DateTime(run.heartbeat_at)))
        })
        .await
    }
    /// Whether a registry takes versions of any type.
    async fn allow_all_artifact_types_in_registry(&self) -> bool {
        self.0.takes_any_type
    }
    /// People and service accounts with a role in this registry.
    async fn members(&self, ctx: &Context<'_>) -> Result<Vec<ProjectMember>> {
        registry::members(ctx, &self.0).await
    }
    /// Teams with a role in this registry.
    async fn team_members(&self, ctx: &Context<'_>) -> Result<Vec<ProjectTeamMember>> {
        registry::teams(ctx, &self.0).await
    }
    async fn is_benchmark(&self) -> bool {
        false
    }
    async fn read_only(&self, ctx: &Context<'_>) -> bool {
        !policy::allows(&ctx.call().actor, Action::Write, &self.0.target())
    }
    /// Who made it.
    async fn user(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        let Some(id) = self.0.created_by else {
            return Ok(None);
        };
        Ok(ctx.read(move |db, _| accounts::find(db, id)).await?.map(User))
    }
    /// Projects are not tied to a repository here; runs are.
    async fn repo(&self) -> Option<String> {
        None
    }
    async fn linked_repo(&self) -> Option<String> {
        None
    }
    async fn docker_image(&self) -> Option<String> {
        None
    }
    async fn run_count(&self, ctx: &Context<'_>, filters: Option<JsonString>) -> Result<i32> {
        let id = self.0.id;
        let filter = filter_of(filters).map_err(graphql_error)?;
        Ok(paging::count(ctx.read(move |db, _| runs::query::count(db, id, &filter)).await?))
    }
    async fn runs(
        &self,
        ctx: &Context<'_>,
        filters: Option<JsonString>,
        after: Option<String>,
        first: Option<i32>,
        order: Option<String>,
    ) -> Result<RunConnection> {
        let id = self.0.id;
        let size = paging::size(first, 50).map_err(graphql_error)?;
        let filter = filter_of(filters).map_err(graphql_error)?;
        let order = Order::parse(order.as_deref()).map_err(graphql_error)?;
        ctx.read(move |db, _| {
            let page = runs::query::page(db, id, &filter, &order, after.as_deref(), size)?;
            let ids: Vec<_> = page.items.iter().map(|(_, id)| *id).collect();
            Ok(RunConnection::new(&page, runs::by_ids(db, &ids)?))
        })
        .await
    }
    /// The first runs, for releases of the client that know no pages.
    async fn buckets(&self, ctx: &Context<'_>, first: Option<i32>) -> Result<RunConnection> {
        let id = self.0.id;
        let size = paging::size(first, 50).map_err(graphql_error)?;
        ctx.read(move |db, _| {
            let page = runs::query::page(db, id, &Filter::parse("{}")?, &Order::parse(Some("-created_at"))?, None, size)?;
            let ids: Vec<_> = page.items.iter().map(|(_, id)| *id).collect();
            Ok(RunConnection::new(&page, runs::by_ids(db, &ids)?))
        })
        .await
    }
    /// Bytes of its artifacts, each content once.
    async fn artifact_bytes(&self, ctx: &Context<'_>) -> Result<Int64> {
        let id = self.0.id;
        Ok(Int64(ctx.read(move |db, _| artifacts::bytes_of_project(db, id)).await?))
    }
    /// The types of its artifacts; of a registry those that it takes, or has taken if it takes any.
    async fn artifact_types(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
        include_all: Option<bool>,
    ) -> Result<ArtifactTypeConnection> {
        let id = self.0.id;
        // The client wants all types of a registry at once and reads no second page of them.
        let size = if include_all == Some(true) { 1000 } else { 50 };
        let size = paging::size(first, size).map_err(graphql_error)?;
        let page = ctx.read(move |db, _| artifacts::type_page(db, id, after.as_deref(), size)).await?;
        Ok(ArtifactTypeConnection::from(page))
    }
    async fn artifact_type(&self, ctx: &Context<'_>, name: String) -> Result<Option<ArtifactType>> {
        let id = self.0.id;
        Ok(ctx.read(move |db, _| artifacts::type_in(db, id, &name)).await?.map(ArtifactType))
    }
    /// The version that `name:alias` means.
    async fn artifact(&self, ctx: &Context<'_>, name: String) -> Result<Option<Artifact>> {
        super::artifact_collection::named(ctx, self.0.id, name, |_| true).await
    }
    async fn artifact_collection(&self, ctx: &Context<'_>, name: String) -> Result<Option<ArtifactCollection>> {
        let id = self.0.id;
        Ok(ctx.read(move |db, _| artifacts::collection_in(db, id, &name)).await?.map(ArtifactCollection::from))
    }
    async fn artifact_collections(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
        filters: Option<JsonString>,
        order: Option<String>,
    ) -> Result<ArtifactCollectionConnection> {
        super::artifact_collection::collections(ctx, Place::project(self.0.id), filters, order, (after, first)).await
    }
    /// Aliases that only those who manage the project give and take.
    async fn protected_aliases(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        let id = self.0.id;
        ctx.read(move |db, _| artifacts::protected_aliases(db, id)).await
    }
    /// The place of the version that `name:alias` means.
    async fn artifact_collection_membership(
        &self,
        ctx: &Context<'_>,
        name: String,
    ) -> Result<Option<ArtifactCollectionMembership>> {
        let id = self.0.id;
        let found = ctx.read(move |db, _| artifacts::in_project(db, id, &name)).await?;
        Ok(found.map(|(_, membership)| ArtifactCollectionMembership(membership)))
    }
    /// The run of that name. `desc` is sent by `wandb verify` alone, to see whether a large request arrives.
    async fn run(&self, ctx: &Context<'_>, name: Option<String>, desc: Option<String>) -> Result<Option<Run>> {
        let _ = desc;
        self.run_named(ctx, name).await
    }
    /// The older name of `run`. What is missing is null here, whether or not the caller says that it may be.
    async fn bucket(
        &self,
        ctx: &Context<'_>,
        name: Option<String>,
        missing_ok: Option<bool>,
        desc: Option<String>,
    ) -> Result<Option<Run>> {
        let _ = (missing_ok, desc);
        self.run_named(ctx, name).await
    }
}

impl Project {
    async fn run_named(&self, ctx: &Context<'_>, name: Option<String>) -> Result<Option<Run>> {
        let id = self.0.id;
        let name = name.ok_or_else(|| graphql_error(Error::invalid("name the run")))?;
        ctx.read(move |db, call| Ok(runs::by_name(db, call, id, &name)?.map(Run::from))).await
    }
}

#[derive(Default)]
pub struct ProjectMutations;

#[derive(InputObject)]
struct ArtifactTypeInput {
    name: String,
    description: Option<String>,
}

#[derive(InputObject)]
struct UpsertModelInput {
    access: Option<String>,
    allow_all_artifact_types_in_registry: Option<bool>,
    /// Types that a registry takes from now on.
    artifact_types: Option<Vec<ArtifactTypeInput>>,
    client_mutation_id: Option<String>,
    description: Option<String>,
    docker_image: Option<String>,
    entity_name: Option<String>,
    framework: Option<String>,
    icon: Option<String>,
    id: Option<String>,
    is_benchmark: Option<bool>,
    is_published: Option<bool>,
    name: Option<String>,
    owner: Option<String>,
    rate_limits: Option<JsonString>,
    repo: Option<String>,
    views: Option<JsonString>,
}

impl UpsertModelInput {
    /// What this release cannot keep is refused rather than forgotten.
    fn unsupported(&self) -> Option<&'static str> {
        let is_registry = self.name.as_deref().is_some_and(|name| name.starts_with(ProjectName::REGISTRY));
        let given = [
            ("allowAllArtifactTypesInRegistry", self.allow_all_artifact_types_in_registry.is_some() && !is_registry),
            ("artifactTypes", self.artifact_types.is_some() && !is_registry),
            ("dockerImage", self.docker_image.is_some()),
            ("framework", self.framework.is_some()),
            ("icon", self.icon.is_some()),
            ("isBenchmark", self.is_benchmark == Some(true)),
            ("isPublished", self.is_published == Some(true)),
            ("owner", self.owner.is_some()),
            ("rateLimits", self.rate_limits.is_some()),
            ("repo", self.repo.as_deref().is_some_and(|repo| !repo.is_empty())),
        ];
        given.into_iter().find(|(_, given)| *given).map(|(name, _)| name)
    }
}

#[derive(SimpleObject)]
pub(super) struct UpsertModelPayload {
    pub project: Option<Project>,
    pub model: Option<Project>,
    pub inserted: bool,
    pub client_mutation_id: Option<String>,
}

#[Object]
impl ProjectMutations {
    /// Makes a project, or changes the one that is there.
    async fn upsert_model(&self, ctx: &Context<'_>, input: UpsertModelInput) -> Result<UpsertModelPayload> {
        if let Some(name) = input.unsupported() {
            return Err(graphql_error(Error::invalid(format!(
                "this release of the server does not keep '{name}' of a project"
            ))));
        }
        let id = input.id.as_deref().map(|id| ids::decode("Project", id)).transpose().map_err(graphql_error)?;
        let visibility = input.access.as_deref().map(visibility_of).transpose().map_err(graphql_error)?;
        let types = input.artifact_types.unwrap_or_default().into_iter();
        let types = types.map(|of_type| (of_type.name, of_type.description.unwrap_or_default())).collect();
        let of_registry = registries::Changes {
            description: input.description.clone(),
            visibility,
            takes_any_type: input.allow_all_artifact_types_in_registry,
            types,
        };
        let changes =
            Changes { description: input.description, visibility, views: input.views.map(|views| views.0), owner: None };
        let (name, entity) = (input.name, input.entity_name);
        let (project, inserted) = ctx
            .write(move |tx, call| {
                let (id, inserted) = match (id, &name) {
                    (Some(id), _) => (ProjectId::new(id), false),
                    (None, None) => return Err(Error::invalid("name the project")),
                    (None, Some(name)) => {
                        let found = super::entity::named_or_default(tx, call, entity.as_deref())?;
                        let found = found.ok_or_else(|| Error::not_found("entity"))?;
                        let name = ProjectName::parse(name)?;
                        if name.is_of_registry() {
                            return registries::save(tx, call, &found, &name, &of_registry);
                        }
                        let (project, inserted) = projects::ensure(tx, call, &found, &name)?;
                        (project.id, inserted)
                    }
                };
                Ok((projects::update(tx, call, id, &changes)?, inserted))
            })
            .await?;
        Ok(UpsertModelPayload {
            project: Some(Project(project.clone())),
            model: Some(Project(project)),
            inserted,
            client_mutation_id: input.client_mutation_id,
        })
    }
}
