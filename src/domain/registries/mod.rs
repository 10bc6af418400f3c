//! Registries: places of an organization into which versions of any of its projects are linked, for all to find and use.
//!
//! A registry is kept as a project of the organization, so that whatever leads to a project's artifacts leads to its
//! collections too. Nothing is logged to it, and it has members and roles of its own (`members`).

pub mod members;
mod search;
mod store;

pub use search::{Scope, collections, page, versions};

use serde_json::json;

use super::projects::{self, Project, ProjectName};
use super::teams::{Entity, EntityKind};
use super::{Call, artifacts, audit};
use crate::db::{Reader, Tx};
use crate::error::{Error, Result};
use crate::id::ProjectId;
use crate::policy::{self, Action, RegistryRole, Target, Visibility};

/// What a registry is to be; `None` leaves a value as it is.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    pub description: Option<String>,
    /// For the whole organization (`Team`), or for its members alone (`Restricted`).
    pub visibility: Option<Visibility>,
    pub takes_any_type: Option<bool>,
    /// Types that it takes from now on, each with what is said of it; those that it took it takes still.
    pub types: Vec<(String, String)>,
}

impl Changes {
    fn names(&self) -> Vec<&str> {
        self.types.iter().map(|(name, _)| name.as_str()).collect()
    }
}

/// The registry with this id, for those who may do this to it.
///
/// # Errors
/// `NotFound` or `Forbidden` by the policy; `Invalid` for a project that is none.
pub fn require(db: &Reader, call: &Call, action: Action, id: ProjectId) -> Result<Project> {
    let found = projects::get(db, call, id)?.ok_or_else(|| Error::not_found("registry"))?;
    if !found.is_registry {
        return Err(Error::invalid(format!("{} is a project, not a registry", found.name)));
    }
    policy::require(&call.actor, action, &found.target())?;
    Ok(found)
}

/// Makes a registry, or changes the one that is there; whether it was made. Who makes one is its first admin.
///
/// # Errors
/// `Forbidden` for those who do not administer the organization; `Invalid` for a name, visibility or type that cannot be.
pub fn save(tx: &Tx, call: &Call, organization: &Entity, name: &ProjectName, wanted: &Changes) -> Result<(Project, bool)> {
    if let Some(found) = projects::find(tx, call, &organization.name, name.as_str())? {
        if !found.is_registry {
            return Err(Error::conflict(format!(
                "{} is a project with runs or artifacts of its own; choose another name",
                found.name
            )));
        }
        return Ok((update(tx, call, found, wanted)?, false));
    }
    policy::require(&call.actor, Action::Write, &Target::Entity(organization.id))?;
    if organization.kind != EntityKind::Organization {
        return Err(Error::invalid(format!("{} is not an organization; registries belong to one", organization.name)));
    }
    check_name(name)?;
    let visibility = wanted.visibility.unwrap_or(Visibility::Team);
    check_visibility(visibility)?;
    let made = projects::insert_registry(tx, call, organization, name, visibility)?;
    let registry = Project {
        description: wanted.description.clone().unwrap_or_default(),
        takes_any_type: wanted.takes_any_type.unwrap_or(wanted.types.is_empty()),
        ..made
    };
    projects::put(tx, &registry)?;
    artifacts::add_types(tx, call, registry.id, &wanted.types)?;
    if let Some(account) = call.actor.account {
        store::set_account(tx, registry.id, account, RegistryRole::Admin, call.now)?;
    }
    let details = json!({ "visibility": visibility.as_str(), "any_type": registry.takes_any_type, "types": wanted.names() });
    record(tx, call, "registry.create", &registry, &details)?;
    Ok((registry, true))
}

fn update(tx: &Tx, call: &Call, registry: Project, wanted: &Changes) -> Result<Project> {
    let visibility = wanted.visibility.filter(|visibility| *visibility != registry.visibility);
    let takes_any_type = wanted.takes_any_type.filter(|any| *any != registry.takes_any_type);
    let managed = visibility.is_some() || takes_any_type.is_some() || !wanted.types.is_empty();
    policy::require(&call.actor, if managed { Action::Manage } else { Action::Write }, &registry.target())?;
    if let Some(visibility) = visibility {
        check_visibility(visibility)?;
        // Whoever restricts a registry does not lock themself out.
        if let (Visibility::Restricted, Some(account)) = (visibility, call.actor.account) {
            store::set_account(tx, registry.id, account, RegistryRole::Admin, call.now)?;
        }
    }
    artifacts::add_types(tx, call, registry.id, &wanted.types)?;
    let changed = Project {
        description: wanted.description.clone().unwrap_or(registry.description),
        visibility: visibility.unwrap_or(registry.visibility),
        takes_any_type: takes_any_type.unwrap_or(registry.takes_any_type),
        updated_at: call.now,
        ..registry
    };
    projects::put(tx, &changed)?;
    let details = json!({
        "visibility": visibility.map(Visibility::as_str), "any_type": takes_any_type, "types": wanted.names(),
        "description": wanted.description.is_some(),
    });
    record(tx, call, "registry.update", &changed, &details)?;
    Ok(changed)
}

/// Gives a registry another name.
///
/// # Errors
/// As [`require`]; `Conflict` if the name is taken.
pub fn rename(tx: &Tx, call: &Call, organization: &Entity, name: &str, wanted: &ProjectName) -> Result<Project> {
    let found =
        projects::find(tx, call, &organization.name, name)?.ok_or_else(|| Error::not_found(format!("registry {name}")))?;
    let registry = require(tx, call, Action::Manage, found.id)?;
    check_name(wanted)?;
    projects::require_free(tx, organization, wanted)?;
    let renamed = Project { name: wanted.as_str().to_owned(), updated_at: call.now, ..registry };
    projects::put(tx, &renamed)?;
    record(tx, call, "registry.rename", &renamed, &json!({ "was": name }))?;
    Ok(renamed)
}

/// Ends a registry with its collections, links and members. The versions stay where they were logged; its name is free again.
///
/// # Errors
/// As [`require`].
pub fn delete(tx: &Tx, call: &Call, id: ProjectId) -> Result<()> {
    let registry = require(tx, call, Action::Manage, id)?;
    artifacts::empty_registry(tx, call, id)?;
    store::delete(tx, id, call.now)?;
    record(tx, call, "registry.delete", &registry, &json!({}))
}

fn record(tx: &Tx, call: &Call, action: &str, registry: &Project, details: &serde_json::Value) -> Result<()> {
    audit::record(tx, call, action, "project", registry.id.get(), &registry.name, details)
}

fn check_name(name: &ProjectName) -> Result<()> {
    if name.is_of_registry() && name.as_str().len() > ProjectName::REGISTRY.len() {
        return Ok(());
    }
    let prefix = ProjectName::REGISTRY;
    Err(Error::invalid(format!("'{}' cannot be the name of a registry: it is {prefix} and a name of its own", name.as_str())))
}

fn check_visibility(visibility: Visibility) -> Result<()> {
    match visibility {
        Visibility::Team | Visibility::Restricted => Ok(()),
        _ => Err(Error::invalid("a registry is for its organization (PRIVATE) or for its members alone (RESTRICTED)")),
    }
}
