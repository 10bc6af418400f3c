//! People and their keys.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::context::{Resolver as _, graphql_error};
use super::entity::{Entity, EntityConnection, EntityEdge, Organization};
use super::ids;
use super::paging;
use super::project::ProjectConnection;
use super::scalars::{DateTime, JsonString};
use crate::domain::accounts::{self, Account, NewKey};
use crate::domain::{projects, teams};
use crate::error::Error;
use crate::id::ApiKeyId;

pub struct User(pub Account);

#[derive(SimpleObject)]
pub struct UserConnection {
    pub edges: Vec<UserEdge>,
}

#[derive(SimpleObject)]
pub struct UserEdge {
    pub node: Option<User>,
}

#[derive(SimpleObject)]
pub struct ApiKey {
    id: ID,
    /// The whole secret in the answer to its making; afterwards only a hint of it.
    name: String,
    description: Option<String>,
}

#[derive(SimpleObject)]
pub struct ApiKeyConnection {
    edges: Vec<ApiKeyEdge>,
}

#[derive(SimpleObject)]
pub struct ApiKeyEdge {
    node: Option<ApiKey>,
}

impl User {
    /// Whether the caller may see what concerns only the person.
    fn is_open_to(&self, ctx: &Context<'_>) -> bool {
        let actor = &ctx.call().actor;
        actor.site_admin || actor.account == Some(self.0.id)
    }
}

#[Object]
impl User {
    async fn id(&self) -> ID {
        ids::encode("User", self.0.id.get())
    }
    async fn name(&self) -> &str {
        &self.0.name
    }
    async fn username(&self) -> &str {
        &self.0.username
    }
    async fn email(&self, ctx: &Context<'_>) -> Option<&str> {
        if self.is_open_to(ctx) { self.0.email.as_deref() } else { None }
    }
    async fn admin(&self) -> bool {
        self.0.site_admin
    }
    async fn flags(&self) -> JsonString {
        JsonString(format!(r#"{{"code_saving_enabled":{}}}"#, self.0.code_saving))
    }
    /// Where this person's runs go that name no entity.
    async fn entity(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let Some(id) = self.0.default_entity_id.or(self.0.entity_id) else {
            return Ok(None);
        };
        ctx.read(move |db, call| {
            let found = teams::entity(db, id)?.filter(|entity| teams::is_known(call, entity));
            Ok(found.map(|entity| entity.name))
        })
        .await
    }
    async fn deleted_at(&self) -> Option<DateTime> {
        self.0.deactivated_at.map(DateTime)
    }
    /// There are no pictures of people yet.
    async fn photo_url(&self) -> Option<String> {
        None
    }
    async fn api_keys(&self, ctx: &Context<'_>) -> Result<ApiKeyConnection> {
        if !self.is_open_to(ctx) {
            return Ok(ApiKeyConnection { edges: Vec::new() });
        }
        let id = self.0.id;
        let keys = ctx.read(move |db, call| accounts::keys(db, call, id)).await?;
        let edges = keys.into_iter().map(|key| ApiKeyEdge {
            node: Some(ApiKey { id: ids::encode("ApiKey", key.id.get()), name: key.hint, description: Some(key.name) }),
        });
        Ok(ApiKeyConnection { edges: edges.collect() })
    }
    /// The namespaces of this person that the caller may know of, the personal one first.
    async fn teams(&self, ctx: &Context<'_>) -> Result<EntityConnection> {
        let id = self.0.id;
        let entities = ctx
            .read(move |db, call| {
                let mut found = teams::entities_of(db, id)?;
                found.retain(|entity| teams::is_known(call, entity));
                Ok(found)
            })
            .await?;
        Ok(EntityConnection { edges: entities.into_iter().map(|entity| EntityEdge { node: Some(Entity(entity)) }).collect() })
    }
    async fn organizations(&self, ctx: &Context<'_>) -> Result<Vec<Organization>> {
        let id = self.0.id;
        let mut found = ctx.read(move |db, _| super::member::organizations_of(db, id)).await?;
        found.retain(|organization| teams::is_known(ctx.call(), organization));
        Ok(found.into_iter().map(Organization).collect())
    }
    async fn projects(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<Option<ProjectConnection>> {
        let Some(entity) = self.0.entity_id else {
            return Ok(None);
        };
        let size = paging::size(first, 50).map_err(graphql_error)?;
        let page = ctx.read(move |db, call| projects::list(db, call, entity, after.as_deref(), size)).await?;
        Ok(Some(ProjectConnection::from(page)))
    }
}

#[derive(Default)]
pub struct AccountMutations;

#[derive(InputObject)]
struct GenerateApiKeyInput {
    description: Option<String>,
    client_mutation_id: Option<String>,
}

#[derive(SimpleObject)]
struct GenerateApiKeyPayload {
    api_key: ApiKey,
    client_mutation_id: Option<String>,
}

#[derive(InputObject)]
struct DeleteApiKeyInput {
    id: String,
    client_mutation_id: Option<String>,
}

#[derive(InputObject)]
struct UpdateUserInput {
    default_entity: String,
}

#[derive(SimpleObject)]
struct UserPayload {
    user: Option<User>,
}

/// Whether it was done.
#[derive(SimpleObject)]
pub struct SuccessPayload {
    pub success: bool,
    pub client_mutation_id: Option<String>,
}

#[Object]
impl AccountMutations {
    async fn generate_api_key(&self, ctx: &Context<'_>, input: GenerateApiKeyInput) -> Result<GenerateApiKeyPayload> {
        let name = input.description.filter(|name| !name.is_empty()).unwrap_or_else(|| "made by the client".to_owned());
        let (key, secret) = ctx
            .write(move |tx, call| {
                let account = call.actor.signed_in()?;
                accounts::create_key(tx, call, &NewKey { account, name: name.clone(), expires_at: None, import: None })
            })
            .await?;
        Ok(GenerateApiKeyPayload {
            api_key: ApiKey {
                id: ids::encode("ApiKey", key.id.get()),
                name: secret.reveal().to_owned(),
                description: Some(key.name),
            },
            client_mutation_id: input.client_mutation_id,
        })
    }

    async fn delete_api_key(&self, ctx: &Context<'_>, input: DeleteApiKeyInput) -> Result<SuccessPayload> {
        let id = ApiKeyId::new(ids::decode("ApiKey", &input.id).map_err(graphql_error)?);
        ctx.write(move |tx, call| accounts::revoke_key(tx, call, id)).await?;
        Ok(SuccessPayload { success: true, client_mutation_id: input.client_mutation_id })
    }

    /// Chooses where one's runs go that name no entity.
    async fn update_user(&self, ctx: &Context<'_>, input: UpdateUserInput) -> Result<UserPayload> {
        let user = ctx
            .write(move |tx, call| {
                let account = call.actor.signed_in()?;
                let entity = teams::entity_by_name(tx, &input.default_entity)?;
                let entity = entity.ok_or_else(|| Error::not_found(format!("entity '{}'", input.default_entity)))?;
                accounts::set_default_entity(tx, call, account, Some(entity.id))?;
                accounts::find(tx, account)
            })
            .await?;
        Ok(UserPayload { user: user.map(User) })
    }
}
