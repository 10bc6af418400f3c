//! Where every read begins.

use async_graphql::{Context, ID, Object, Result, SimpleObject};

use super::account::{User, UserConnection, UserEdge};
use super::artifact::Artifact;
use super::artifact_collection::ArtifactCollection;
use super::context::{Resolver as _, graphql_error};
use super::entity::{Entity, Organization};
use super::paging;
use super::project::{Project, ProjectConnection};
use super::scalars::{Int64, JsonString};
use super::server::ServerInfo;
use crate::domain::{accounts, artifacts, charts, projects, runs, teams};
use crate::error::Error;
use crate::id::{ArtifactId, CollectionId};

#[derive(Default)]
pub struct Query;

#[derive(SimpleObject)]
struct ClientIDMapping {
    #[graphql(name = "serverID")]
    server_id: ID,
}

#[derive(SimpleObject)]
struct KeptChart {
    id: ID,
    display_name: String,
    /// The language of the specification.
    #[graphql(name = "type")]
    kind: String,
    spec: JsonString,
}

#[Object]
impl Query {
    /// Who asks; null without credentials.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        let Some(id) = ctx.call().actor.account else {
            return Ok(None);
        };
        ctx.read(move |db, _| Ok(accounts::find(db, id)?.map(User))).await
    }

    async fn server_info(&self) -> ServerInfo {
        ServerInfo
    }

    async fn entity(&self, ctx: &Context<'_>, name: Option<String>) -> Result<Option<Entity>> {
        ctx.read(move |db, call| super::entity::visible(db, call, name.as_deref())).await
    }

    async fn organization(&self, ctx: &Context<'_>, name: String) -> Result<Option<Organization>> {
        ctx.read(move |db, call| {
            let found = super::entity::visible(db, call, Some(&name))?;
            Ok(found.filter(|entity| entity.0.kind == teams::EntityKind::Organization).map(|entity| Organization(entity.0)))
        })
        .await
    }

    async fn project(&self, ctx: &Context<'_>, name: Option<String>, entity_name: Option<String>) -> Result<Option<Project>> {
        find_project(ctx, name, entity_name).await
    }

    /// The older name of `project`.
    async fn model(&self, ctx: &Context<'_>, name: Option<String>, entity_name: Option<String>) -> Result<Option<Project>> {
        find_project(ctx, name, entity_name).await
    }

    async fn models(
        &self,
        ctx: &Context<'_>,
        entity_name: Option<String>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<Option<ProjectConnection>> {
        let size = paging::size(first, 50).map_err(graphql_error)?;
        ctx.read(move |db, call| {
            let entity = super::entity::named_or_default(db, call, entity_name.as_deref())?;
            let Some(entity) = entity else { return Ok(None) };
            let page = projects::list(db, call, entity.id, after.as_deref(), size)?;
            Ok(Some(ProjectConnection::from(page)))
        })
        .await
    }

    /// People whose user name or e-mail address begins with the text; for those who are signed in.
    async fn users(&self, ctx: &Context<'_>, query: Option<String>) -> Result<UserConnection> {
        ctx.read(move |db, call| {
            let found = accounts::search(db, call, query.as_deref().unwrap_or_default(), 50)?;
            Ok(UserConnection { edges: found.into_iter().map(|account| UserEdge { node: Some(User(account)) }).collect() })
        })
        .await
    }

    /// The version of an artifact with this id.
    async fn artifact(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Artifact>> {
        let id = super::ids::decode("Artifact", &id).map(ArtifactId::new).map_err(graphql_error)?;
        Ok(super::artifact::artifact(ctx, id).await?.map(Artifact))
    }

    /// Bytes that nothing but these versions holds: what deleting all of them frees.
    async fn bytes_held_alone(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "artifactIDs")] artifact_ids: Vec<ID>,
    ) -> Result<Int64> {
        let ids: crate::error::Result<Vec<ArtifactId>> =
            artifact_ids.iter().map(|id| super::ids::decode("Artifact", id).map(ArtifactId::new)).collect();
        let ids = ids.map_err(graphql_error)?;
        Ok(Int64(ctx.read(move |db, call| artifacts::bytes_held_alone_by(db, call, &ids)).await?))
    }

    /// The collection of versions with this id.
    async fn artifact_collection(&self, ctx: &Context<'_>, id: ID) -> Result<Option<ArtifactCollection>> {
        let id = super::ids::decode("ArtifactCollection", &id).map(CollectionId::new).map_err(graphql_error)?;
        Ok(ctx.read(move |db, call| artifacts::get_collection(db, call, id)).await?.map(ArtifactCollection::from))
    }

    /// A chart that somebody drew and kept with the client, by its `entity/name`.
    async fn custom_chart(&self, ctx: &Context<'_>, id: ID) -> Result<Option<KeptChart>> {
        let Some((entity, name)) = id.split_once('/').map(|(entity, name)| (entity.to_owned(), name.to_owned())) else {
            return Err(graphql_error(Error::invalid(format!("'{}' names no chart: it is entity/name", id.as_str()))));
        };
        let found = ctx.read(move |db, call| charts::find(db, call, &entity, &name)).await?;
        Ok(found.map(|chart| KeptChart {
            id,
            display_name: chart.display_name,
            kind: chart.kind,
            spec: JsonString(chart.spec),
        }))
    }

    /// Our id of what a client named before it knew that.
    #[graphql(name = "clientIDMapping")]
    async fn client_id_mapping(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "clientID")] client_id: ID,
    ) -> Result<Option<ClientIDMapping>> {
        let found = ctx.read(move |db, call| artifacts::resolve_client_id(db, call, &client_id)).await?;
        Ok(found.map(|id| ClientIDMapping { server_id: super::ids::encode("Artifact", id.get()) }))
    }

    /// The report, draft or kept workspace with this id.
    async fn view(&self, ctx: &Context<'_>, id: ID) -> Result<Option<super::view::View>> {
        super::view::view(ctx, &id).await
    }

    /// The run with this global id.
    async fn run(&self, ctx: &Context<'_>, id: ID) -> Result<Option<super::run::Run>> {
        let [entity, project, name] = super::ids::run_path(&id).map_err(graphql_error)?;
        ctx.read(move |db, call| Ok(runs::find(db, call, &entity, &project, &name)?.map(super::run::Run::from))).await
    }
}

async fn find_project(ctx: &Context<'_>, name: Option<String>, entity: Option<String>) -> Result<Option<Project>> {
    let name = name.ok_or_else(|| graphql_error(Error::invalid("name the project")))?;
    let found = ctx.read(move |db, call| {
        let Some(entity) = super::entity::named_or_default(db, call, entity.as_deref())? else {
            return Ok(None);
        };
        projects::find(db, call, &entity.name, &name)
    });
    let found = found.await?;
    found.iter().try_for_each(|project| super::context::charge(ctx, project))?;
    Ok(found.map(Project))
}
