//! Projects: places for runs, in an entity. A project is made by hand or by the first run that is logged to it.

pub mod members;
mod model;
pub mod owners;
mod store;
pub mod trash;
mod trash_store;

pub(in crate::domain) use model::target_of;
pub use model::{Project, ProjectName};

use serde_json::json;

use crate::db::{Reader, Tx};
use crate::domain::teams::{self, Entity};
use crate::domain::{Call, audit};
use crate::error::{Error, Result};
use crate::id::{EntityId, ProjectId};
use crate::page::{Cursor, Page};
use crate::policy::{self, Action, Target, TeamRole, Visibility};

/// Changes to a project; `None` leaves a value as it is.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    pub description: Option<String>,
    pub visibility: Option<Visibility>,
    pub views: Option<String>,
    /// The user name of who is to own it.
    pub owner: Option<String>,
}

impl Changes {
    fn is_empty(&self) -> bool {
        self.description.is_none() && self.visibility.is_none() && self.views.is_none() && self.owner.is_none()
    }
}

/// The project, if the caller may see it.
pub fn find(db: &Reader, call: &Call, entity: &str, name: &str) -> Result<Option<Project>> {
    let found = store::by_name(db, entity, name)?;
    Ok(found.filter(|project| policy::allows(&call.actor, Action::Read, &project.target())))
}

/// The project, if the caller may name its members without seeing what is in it.
pub fn manageable(db: &Reader, call: &Call, entity: &str, name: &str) -> Result<Option<Project>> {
    let found = store::by_name(db, entity, name)?;
    Ok(found.filter(|project| policy::allows(&call.actor, Action::Manage, &project.target())))
}

/// The project, if the caller may see the names, config, summary and metrics of its runs: holders of a link to a report see these and
/// nothing else of it.
pub fn with_figures(db: &Reader, call: &Call, entity: &str, name: &str) -> Result<Option<Project>> {
    let found = store::by_name(db, entity, name)?;
    Ok(found.filter(|project| policy::allows(&call.actor, Action::Read, &project.figures())))
}

/// The project with this id, if the caller may see it.
pub fn get(db: &Reader, call: &Call, id: ProjectId) -> Result<Option<Project>> {
    let found = store::by_id(db, id)?;
    Ok(found.filter(|project| policy::allows(&call.actor, Action::Read, &project.target())))
}

/// The project with this id, whoever asks. For siblings, who judge the caller.
pub(in crate::domain) fn in_place(db: &Reader, id: ProjectId) -> Result<Option<Project>> {
    store::by_id(db, id)
}

/// The project of that name, whoever asks. For siblings, who judge the caller.
pub(in crate::domain) fn at(db: &Reader, entity: &str, name: &ProjectName) -> Result<Option<Project>> {
    store::by_name(db, entity, name.as_str())
}

/// The projects of an entity that the caller may see, newest first.
pub fn list(db: &Reader, call: &Call, entity: EntityId, after: Option<&str>, first: usize) -> Result<Page<Project>> {
    let mut after: Option<(i64, i64)> = after.map(Cursor::decode).transpose()?;
    let mut items = Vec::new();
    // Projects that may not be seen are few; reading on until the page is full keeps the cursor honest.
    loop {
        let batch = store::of_entity(db, entity, after, first + 1)?;
        let full = batch.len() > first;
        for project in batch {
            let place = (project.created_at.micros(), project.id.get());
            if items.len() == first && policy::allows(&call.actor, Action::Read, &project.target()) {
                return Ok(Page { items, has_next: true });
            }
            after = Some(place);
            if policy::allows(&call.actor, Action::Read, &project.target()) {
                items.push((Cursor::encode(&place), project));
            }
        }
        if !full {
            return Ok(Page { items, has_next: false });
        }
    }
}

/// The project of that name, made if it is not there yet. The flag says whether it was.
pub fn ensure(tx: &Tx, call: &Call, entity: &Entity, name: &ProjectName) -> Result<(Project, bool)> {
    if let Some(project) = store::by_name(tx, &entity.name, name.as_str())? {
        policy::require(&call.actor, Action::Read, &project.target())?;
        return Ok((project, false));
    }
    policy::require(&call.actor, Action::Write, &Target::Entity(entity.id))?;
    teams::require_space(tx, call, entity)?;
    if name.is_of_registry() {
        return Err(Error::not_found(format!("registry {}", name.as_str())));
    }
    if store::name_taken(tx, entity.id, name.as_str())? {
        return Err(Error::invalid(format!(
            "the project {} of {} was deleted: ask a team admin to restore it from the trash, or choose another name",
            name.as_str(),
            entity.name
        )));
    }
    let place = (false, entity.default_visibility);
    let id = store::insert(tx, entity.id, name, place, call.actor.author(), call.now)?;
    audit::record(tx, call, "project.create", "project", id.get(), name.as_str(), &json!({}))?;
    let project = store::by_id(tx, id)?.ok_or_else(|| Error::internal("the project just made is not there"))?;
    Ok((project, true))
}

/// Makes a project by hand.
///
/// # Errors
/// `NotFound` or `Forbidden` by the policy; `Conflict` if there is one of that name.
pub fn create(tx: &Tx, call: &Call, entity: &Entity, name: &ProjectName, changes: &Changes) -> Result<Project> {
    policy::require(&call.actor, Action::Write, &Target::Entity(entity.id))?;
    require_free(tx, entity, name)?;
    let (project, _) = ensure(tx, call, entity, name)?;
    update(tx, call, project.id, changes)
}

/// Makes a registry of an organization. For siblings, who judged the caller and record it.
///
/// # Errors
/// `Conflict` if there is one of that name.
pub(in crate::domain) fn insert_registry(
    tx: &Tx,
    call: &Call,
    organization: &Entity,
    name: &ProjectName,
    visibility: Visibility,
) -> Result<Project> {
    require_free(tx, organization, name)?;
    let id = store::insert(tx, organization.id, name, (true, visibility), call.actor.author(), call.now)?;
    store::by_id(tx, id)?.ok_or_else(|| Error::internal("the registry just made is not there"))
}

/// Refuses a name that an entity has a project of, whoever asks.
pub(in crate::domain) fn require_free(db: &Reader, entity: &Entity, name: &ProjectName) -> Result<()> {
    match store::by_name(db, &entity.name, name.as_str())? {
        Some(_) => {
            Err(Error::conflict(format!("{} has a project {} already; choose another name", entity.name, name.as_str())))
        }
        None => Ok(()),
    }
}

/// Writes a project as it is given. For siblings, who judged the caller and record it.
pub(in crate::domain) fn put(tx: &Tx, project: &Project) -> Result<()> {
    store::update(tx, project)
}

/// Writes a project that has just been made for what comes in from another server. For siblings, who judged the caller.
pub(in crate::domain) fn put_imported(tx: &Tx, call: &Call, project: &Project) -> Result<()> {
    store::update(tx, project)?;
    // Whoever brings a restricted project in is not locked out of it.
    if let (Visibility::Restricted, Some(account)) = (project.visibility, call.actor.account) {
        store::set_member(tx, project.id, account, TeamRole::Admin, call.now)?;
    }
    let details = json!({ "imported": true, "visibility": project.visibility.as_str() });
    audit::record(tx, call, "project.import", "project", project.id.get(), &project.name, &details)
}

/// Every project of an entity that the caller may see, in no order.
pub(in crate::domain) fn all(db: &Reader, call: &Call, entity: EntityId) -> Result<Vec<Project>> {
    let found = store::of_entity(db, entity, None, usize::MAX >> 1)?;
    Ok(found.into_iter().filter(|project| policy::allows(&call.actor, Action::Read, &project.target())).collect())
}

/// Every project of the server that the caller may see, by number.
pub(in crate::domain) fn everywhere(db: &Reader, call: &Call) -> Result<Vec<Project>> {
    let mut found = Vec::new();
    for id in store::ids(db)? {
        found.extend(get(db, call, id)?);
    }
    Ok(found)
}

/// Changes what is given and leaves the rest. Who may see a project is for those who manage it.
pub fn update(tx: &Tx, call: &Call, id: ProjectId, changes: &Changes) -> Result<Project> {
    let project = store::by_id(tx, id)?.ok_or_else(|| Error::not_found("project"))?;
    if project.is_registry {
        return Err(Error::invalid(format!("{} is a registry; change it as one", project.name)));
    }
    if changes.is_empty() {
        return Ok(project);
    }
    if changes.description.is_some() || changes.views.is_some() {
        // What stands on a project's page is for the team: an open project lets others log, not redecorate.
        policy::require(&call.actor, Action::Write, &Target::Entity(project.entity_id))?;
    }
    if changes.description.as_ref().is_some_and(|text| *text != project.description) {
        let details = json!({ "changed": ["description"] });
        audit::record(tx, call, "project.update", "project", id.get(), &project.name, &details)?;
    }
    if let Some(visibility) = changes.visibility.filter(|wanted| *wanted != project.visibility) {
        policy::require(&call.actor, Action::Manage, &project.target())?;
        let private_only = teams::entity(tx, project.entity_id)?.is_some_and(|entity| entity.private_only);
        if private_only && matches!(visibility, Visibility::Open | Visibility::Public) {
            return Err(Error::forbidden(format!(
                "the projects of {} are private: the team's settings let nobody outside look",
                project.entity
            )));
        }
        // Whoever restricts a project does not lock themself out.
        if let (Visibility::Restricted, Some(account)) = (visibility, call.actor.account) {
            store::set_member(tx, id, account, TeamRole::Admin, call.now)?;
        }
        let details = json!({ "from": project.visibility.as_str(), "to": visibility.as_str() });
        audit::record(tx, call, "project.visibility", "project", id.get(), project.name.as_str(), &details)?;
    }
    let project = match &changes.owner {
        Some(username) => owners::hand_over(tx, call, project, username)?,
        None => project,
    };
    let changed = Project {
        description: changes.description.clone().unwrap_or(project.description),
        visibility: changes.visibility.unwrap_or(project.visibility),
        views: changes.views.clone().unwrap_or(project.views),
        updated_at: call.now,
        ..project
    };
    store::update(tx, &changed)?;
    Ok(changed)
}

/// How many runs there are to see in a project.
pub fn run_count(db: &Reader, id: ProjectId) -> Result<i64> {
    store::run_count(db, id)
}

/// The ordinal of the next run, for the name invented for it.
pub(in crate::domain) fn next_run_ordinal(tx: &Tx, id: ProjectId) -> Result<i64> {
    store::next_run_ordinal(tx, id)
}
