//! Reports and kept workspaces, which the client calls views: `runs` is a published report, `runs/draft` a draft, `project-view` a
//! workspace. A link to a report is an access token there.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};

use super::account::User;
use super::context::{Resolver as _, graphql_error};
use super::ids;
use super::paging::{self, PageInfo};
use super::project::Project;
use super::scalars::{AnyJson, DateTime, JsonString};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::domain::reports::{self, Changes, Content, Publishing, Report, Search, links, trash};
use crate::domain::{Call, accounts, projects};
use crate::error::{Error, Result as OurResult};
use crate::id::ReportId;
use crate::page::Page;
use crate::policy::{self, Action, ReportKind};
use crate::secret::random_bytes;

/// What the client calls a kind of report.
const TYPES: [(&str, ReportKind); 3] =
    [("runs", ReportKind::Published), ("runs/draft", ReportKind::Draft), ("project-view", ReportKind::Workspace)];

pub struct View(pub Report);

#[derive(SimpleObject)]
pub struct ViewConnection {
    edges: Vec<ViewEdge>,
    page_info: PageInfo,
}

#[derive(SimpleObject)]
pub struct ViewEdge {
    node: Option<View>,
    cursor: String,
}

impl From<Page<Report>> for ViewConnection {
    fn from(page: Page<Report>) -> Self {
        let page_info = PageInfo::from(&page);
        let edges = page.items.into_iter();
        let edges = edges.map(|(cursor, report)| ViewEdge { node: Some(View(report)), cursor: cursor.as_str().to_owned() });
        Self { edges: edges.collect(), page_info }
    }
}

/// A link that shows a report to whoever holds it.
#[derive(SimpleObject)]
pub struct AccessToken {
    token: String,
    #[graphql(name = "type")]
    kind: &'static str,
    revoked_at: Option<DateTime>,
    /// Whose runs it shows.
    projects: Vec<AccessTokenProject>,
}

#[derive(SimpleObject)]
struct AccessTokenProject {
    entity_name: String,
    name: String,
}

impl AccessToken {
    /// One that has expired is revoked, in the client's words.
    fn of(link: links::Link, now: Timestamp) -> Self {
        let expired = link.expires_at.filter(|at| *at <= now);
        Self {
            token: link.token.reveal().to_owned(),
            kind: "PUBLIC",
            revoked_at: link.revoked_at.or(expired).map(DateTime),
            projects: link.projects.into_iter().map(|(entity_name, name)| AccessTokenProject { entity_name, name }).collect(),
        }
    }
}

#[Object]
impl View {
    async fn id(&self) -> ID {
        ids::encode("View", self.0.id.get())
    }
    #[graphql(name = "type")]
    async fn kind(&self) -> Option<&'static str> {
        TYPES.iter().find(|(_, kind)| *kind == self.0.kind).map(|(word, _)| *word)
    }
    async fn name(&self) -> &str {
        &self.0.name
    }
    async fn display_name(&self) -> &str {
        &self.0.display_name
    }
    async fn description(&self) -> &str {
        &self.0.description
    }
    async fn spec(&self) -> JsonString {
        JsonString(self.0.spec.clone())
    }
    /// Counts the changes of its content.
    async fn version(&self) -> i32 {
        paging::count(self.0.version)
    }
    /// Of a draft: the report that it is a draft of.
    async fn parent_id(&self) -> Option<ID> {
        self.0.published.map(|(id, _)| ids::encode("View", id.get()))
    }
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }
    async fn updated_at(&self) -> DateTime {
        DateTime(self.0.updated_at)
    }
    async fn project(&self, ctx: &Context<'_>) -> Result<Option<Project>> {
        let id = self.0.project_id;
        Ok(ctx.read(move |db, call| projects::get(db, call, id)).await?.map(Project))
    }
    /// Who wrote it, or whom it was handed over to.
    async fn user(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        // Who is known by a link alone learns nothing of accounts.
        if ctx.call().actor.known().is_err() {
            return Ok(None);
        }
        let Some(id) = self.0.author else { return Ok(None) };
        Ok(ctx.read(move |db, _| accounts::find(db, id)).await?.map(User))
    }
    /// The links to it, for those who may make one; none for others.
    async fn access_tokens(&self, ctx: &Context<'_>) -> Result<Option<Vec<AccessToken>>> {
        let (report, signer) = (self.0.clone(), ctx.app().signer.clone());
        let found = ctx.read(move |db, call| match links::may_share(call, &report) {
            true => {
                let found = links::list(db, call, &signer, &report)?.into_iter();
                Ok(found.map(|link| AccessToken::of(link, call.now)).collect())
            }
            false => Ok(Vec::new()),
        });
        found.await.map(Some)
    }
}

/// The view with this id, if the caller may see it.
pub(super) async fn view(ctx: &Context<'_>, id: &str) -> Result<Option<View>> {
    let id = view_id(id).map_err(graphql_error)?;
    Ok(ctx.read(move |db, call| reports::get(db, call, id)).await?.map(View))
}

fn view_id(id: &str) -> OurResult<ReportId> {
    ids::decode("View", id).map(ReportId::new)
}

/// Which of a project's views are asked for, as the client says it.
pub(super) struct Asked {
    pub view_type: Option<String>,
    pub view_name: Option<String>,
    pub user_name: Option<String>,
}

pub(super) async fn all_views(
    ctx: &Context<'_>,
    project: &projects::Project,
    asked: Asked,
    (after, first): (Option<String>, Option<i32>),
) -> Result<ViewConnection> {
    let size = paging::size(first, 50).map_err(graphql_error)?;
    let kind = kind_of(asked.view_type.as_deref()).map_err(graphql_error)?;
    let said = |text: Option<String>| text.filter(|text| !text.is_empty());
    let search = Search { name: said(asked.view_name), author: said(asked.user_name), words: None, whole: true };
    let project = project.clone();
    let page = ctx.read(move |db, call| reports::page(db, call, &project, kind, &search, after.as_deref(), size)).await?;
    Ok(ViewConnection::from(page))
}

fn kind_of(word: Option<&str>) -> OurResult<ReportKind> {
    let word = word.unwrap_or("runs");
    TYPES.iter().find(|(known, _)| *known == word).map(|(_, kind)| *kind).ok_or_else(|| {
        let known = TYPES.map(|(word, _)| word).join(", ");
        Error::invalid(format!("this release of the server keeps no views of the type '{word}': {known}"))
    })
}

#[derive(Default)]
pub struct ViewMutations;

#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum ViewSource {
    #[graphql(name = "WANDB_SDK")]
    WandbSdk,
}

#[derive(InputObject)]
struct UpsertViewInput {
    id: Option<ID>,
    entity_name: Option<String>,
    project_name: Option<String>,
    #[graphql(name = "type")]
    kind: Option<String>,
    name: Option<String>,
    display_name: Option<String>,
    description: Option<String>,
    spec: Option<String>,
    /// The client says so of itself; nothing follows from it.
    created_using: Option<ViewSource>,
    /// Of a new draft: the report that it is a draft of.
    parent_id: Option<ID>,
}

#[derive(SimpleObject)]
struct UpsertViewPayload {
    view: Option<View>,
    inserted: Option<bool>,
}

#[derive(InputObject)]
struct DeleteViewInput {
    id: ID,
    delete_drafts: Option<bool>,
}

#[derive(SimpleObject)]
struct DeleteViewPayload {
    success: Option<bool>,
    /// Who has drafts of it, if it was not deleted for their sake.
    pending_drafts: Option<AnyJson>,
}

#[derive(InputObject)]
struct ProjectSpecifier {
    entity_name: String,
    project_name: String,
}

#[derive(InputObject)]
struct CreateAccessTokenInput {
    view_id: ID,
    projects: Vec<ProjectSpecifier>,
}

#[derive(SimpleObject)]
struct CreateAccessTokenPayload {
    access_token: Option<AccessToken>,
}

#[derive(InputObject)]
struct UpdateAccessTokenProjectsInput {
    token: String,
    projects: Vec<ProjectSpecifier>,
}

#[derive(InputObject)]
struct RevokeAccessTokenInput {
    token: String,
}

#[derive(SimpleObject)]
struct AccessTokenPayload {
    success: bool,
}

fn named(projects: Vec<ProjectSpecifier>) -> Vec<(String, String)> {
    projects.into_iter().map(|project| (project.entity_name, project.project_name)).collect()
}

#[Object]
impl ViewMutations {
    /// Makes a report, a draft or a workspace, or changes the one with this id. A draft that is saved as a report is published; a
    /// report that is saved as a draft stays as it is, and the caller's draft of it is written.
    async fn upsert_view(&self, ctx: &Context<'_>, input: UpsertViewInput) -> Result<UpsertViewPayload> {
        let kind = input.kind.as_deref().map(|word| kind_of(Some(word))).transpose().map_err(graphql_error)?;
        let id = said(input.id.as_ref()).map(|id| view_id(id)).transpose().map_err(graphql_error)?;
        let parent = said(input.parent_id.as_ref()).map(|id| view_id(id)).transpose().map_err(graphql_error)?;
        let changes = Changes {
            name: input.name.filter(|name| !name.is_empty()),
            display_name: input.display_name,
            description: input.description,
            spec: input.spec,
            author: None,
        };
        let place = (input.entity_name, input.project_name);
        let (report, inserted) = ctx
            .write(move |tx, call| match (id, parent) {
                (Some(id), _) => save(tx, call, id, kind, &changes),
                (None, Some(parent)) => {
                    let report = reports::require(tx, call, parent)?;
                    let (draft, is_new) = reports::draft_of(tx, call, &report)?;
                    Ok((reports::update(tx, call, &draft, &changes)?, is_new))
                }
                (None, None) => make(tx, call, &place, kind.unwrap_or(ReportKind::Published), &changes),
            })
            .await?;
        Ok(UpsertViewPayload { view: Some(View(report)), inserted: Some(inserted) })
    }

    /// Puts a view into the trash of its project. One of which others have drafts stays, unless these are to go too.
    async fn delete_view(&self, ctx: &Context<'_>, input: DeleteViewInput) -> Result<DeleteViewPayload> {
        let id = view_id(&input.id).map_err(graphql_error)?;
        let (all, period) = (input.delete_drafts == Some(true), ctx.app().trash_period);
        let pending = ctx
            .write(move |tx, call| {
                let report = reports::require(tx, call, id)?;
                let pending = if all { Vec::new() } else { reports::pending(tx, call, &report)? };
                if pending.is_empty() {
                    trash::delete(tx, call, &report, all, period)?;
                } else {
                    // Who may not delete it at all is told that.
                    policy::require(&call.actor, Action::Delete, &report.target())?;
                }
                Ok(pending)
            })
            .await?;
        let success = pending.is_empty();
        let told = pending.into_iter().map(async_graphql::Value::from).collect();
        Ok(DeleteViewPayload {
            success: Some(success),
            pending_drafts: (!success).then_some(AnyJson(async_graphql::Value::List(told))),
        })
    }

    /// Makes a link to a report, which shows the runs of these projects.
    async fn create_access_token(&self, ctx: &Context<'_>, input: CreateAccessTokenInput) -> Result<CreateAccessTokenPayload> {
        let (id, signer) = (view_id(&input.view_id).map_err(graphql_error)?, ctx.app().signer.clone());
        let named = named(input.projects);
        let made = ctx.write(move |tx, call| {
            let report = reports::require(tx, call, id)?;
            let link = links::create(tx, call, &signer, &report, Some(&named), None)?;
            Ok(AccessToken::of(link, call.now))
        });
        Ok(CreateAccessTokenPayload { access_token: Some(made.await?) })
    }

    /// Says anew whose runs a link shows.
    async fn update_access_token_projects(
        &self,
        ctx: &Context<'_>,
        input: UpdateAccessTokenProjectsInput,
    ) -> Result<AccessTokenPayload> {
        let (token, named, signer) = (input.token, named(input.projects), ctx.app().signer.clone());
        ctx.write(move |tx, call| {
            let (report, link) = links::of_token(tx, call, &signer, &token)?;
            links::show(tx, call, &report, link, &named)
        })
        .await?;
        Ok(AccessTokenPayload { success: true })
    }

    /// Ends a link.
    async fn revoke_access_token(&self, ctx: &Context<'_>, input: RevokeAccessTokenInput) -> Result<AccessTokenPayload> {
        let (token, signer) = (input.token, ctx.app().signer.clone());
        ctx.write(move |tx, call| {
            let (report, link) = links::of_token(tx, call, &signer, &token)?;
            links::revoke(tx, call, &report, link)
        })
        .await?;
        Ok(AccessTokenPayload { success: true })
    }
}

/// An id that says something: the client sends an empty one for none.
fn said(id: Option<&ID>) -> Option<&ID> {
    id.filter(|id| !id.is_empty())
}

/// Saves what is there already, as the kind that the client calls it now.
fn save(tx: &Tx<'_>, call: &Call, id: ReportId, kind: Option<ReportKind>, changes: &Changes) -> OurResult<(Report, bool)> {
    let report = reports::require(tx, call, id)?;
    match (report.kind, kind.unwrap_or(report.kind)) {
        (ReportKind::Published, ReportKind::Draft) => {
            let (draft, is_new) = reports::draft_of(tx, call, &report)?;
            Ok((reports::update(tx, call, &draft, changes)?, is_new))
        }
        (ReportKind::Draft, ReportKind::Published) => {
            let draft = reports::update(tx, call, &report, changes)?;
            // The client knows nothing of versions: what it saves counts.
            let over =
                draft.published.map(|(id, _)| reports::get(tx, call, id)).transpose()?.flatten().map(|report| report.version);
            match reports::publish(tx, call, &draft, over)? {
                Publishing::Done(report) => Ok((report, false)),
                Publishing::Behind(_) => Err(Error::conflict("the report was changed meanwhile; save it again")),
            }
        }
        (was, is) if was == is => Ok((reports::update(tx, call, &report, changes)?, false)),
        _ => Err(Error::invalid("a workspace cannot become a report, nor a report a workspace")),
    }
}

fn make(
    tx: &Tx<'_>,
    call: &Call,
    (entity, project): &(Option<String>, Option<String>),
    kind: ReportKind,
    changes: &Changes,
) -> OurResult<(Report, bool)> {
    call.actor.known()?;
    let name = project.as_deref().ok_or_else(|| Error::invalid("name the project"))?;
    let entity = super::entity::named_or_default(tx, call, entity.as_deref())?.ok_or_else(|| Error::not_found("entity"))?;
    let project = projects::find(tx, call, &entity.name, name)?;
    let project = project.ok_or_else(|| Error::not_found(format!("project {}/{name}", entity.name)))?;
    // A workspace is known by its name, which the client makes.
    if let (ReportKind::Workspace, Some(name)) = (kind, &changes.name)
        && let Some(kept) = reports::workspace(tx, call, &project, name)?
    {
        return Ok((reports::update(tx, call, &kept, changes)?, false));
    }
    let content = Content {
        name: changes.name.clone().unwrap_or_else(|| hex::encode(random_bytes::<6>())),
        display_name: changes.display_name.clone().ok_or_else(|| Error::invalid("a view needs a displayName"))?,
        description: changes.description.clone().unwrap_or_default(),
        spec: changes.spec.clone().ok_or_else(|| Error::invalid("a view needs a spec"))?,
    };
    Ok((reports::create(tx, call, &project, kind, &content)?, true))
}
