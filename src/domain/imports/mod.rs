//! Bundles that come in from another server, or back to the one that they are of.
//!
//! An import is a job: [`start`] judges where everything is to go and writes it down, [`work`] compares the bundle with its list before
//! anything of it is taken in, and then takes in one run and one version after the other, each whole or not at all. What came from
//! the same server before is known by its number there and does not come twice, so an import can be begun again at any time.
//!
//! Runs keep their ids, or get the next free one; versions keep their numbers, digests and aliases. What a run's author was called
//! is who made it here, if a person of that name may log where it goes, and who brings it in is that person or manages the place; else
//! it is of whom brings it in, and says whose it was.

mod model;
mod people;
mod reader;
mod references;
mod reports;
mod runs;
mod store;
mod verify;
mod versions;
mod work;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

pub use model::{Counts, Import, Item, ItemState, Kind, State};
pub use work::{carry_out, sweep, work};

use crate::db::{Reader, Tx};
use crate::domain::accounts::Former;
use crate::domain::exports::Place;
use crate::domain::exports::format::Head;
use crate::domain::projects::{self, ProjectName};
use crate::domain::teams::{self, Entity, EntityKind};
use crate::domain::{Call, audit};
use crate::error::{Error, Result};
use crate::id::ImportId;
use crate::page::{Cursor, Page};
use crate::policy::{self, Action, Target};
use crate::secret::random_bytes;

/// Who holds an import whose file has not got its name, and how long at most.
const ARRIVING: &str = "arriving";
const ARRIVING_FOR: Duration = Duration::from_secs(60);

/// Where the things of a bundle are to go.
#[derive(Clone, Debug, Default)]
pub struct Order {
    /// The team or person that gets all projects; without one each goes to the team or person of its name.
    pub into: Option<String>,
    /// Other places for single projects: `entity/project` to `entity/project`.
    pub places: BTreeMap<String, String>,
}

/// Where a project goes.
#[derive(Clone, Debug)]
struct Destination {
    entity: Entity,
    name: ProjectName,
}

/// What a bundle says that it is.
///
/// # Errors
/// `Invalid`: the file is no bundle, or one of a newer release.
pub async fn look(file: File) -> Result<Head> {
    let file = Arc::new(file);
    tokio::task::spawn_blocking(move || verify::head(&file)).await.map_err(Error::internal)?
}

/// Refuses what [`start`] would, as far as that can be said before the bundle is there.
pub fn check(db: &Reader, call: &Call, order: &Order) -> Result<()> {
    call.actor.known()?;
    // Registries are in organizations, and what has one in it says the bundle.
    let is_registry = |name: &str| ProjectName::parse(name).is_ok_and(|name| name.is_of_registry());
    let places = order.places.values().filter_map(|place| place.split_once('/'));
    let places = places.filter(|(_, project)| !is_registry(project)).map(|(entity, _)| entity);
    order.into.as_deref().into_iter().chain(places).try_for_each(|name| entity(db, call, name).map(|_| ()))
}

/// Begins an import of a bundle that [`look`] looked at.
///
/// # Errors
/// `NotFound` or `Forbidden`, naming the project, if the caller may not log where it is to go.
pub fn start(tx: &Tx, call: &Call, order: &Order, head: &Head, size_bytes: u64, uploaded: bool) -> Result<Import> {
    call.actor.known()?;
    let into = order.into.as_deref().map(|name| entity(tx, call, name)).transpose()?;
    let mut new = Import {
        id: ImportId::new(0),
        bundle: head.bundle.clone(),
        server: head.server.id.clone(),
        title: head.of.clone(),
        size_bytes: i64::try_from(size_bytes).map_err(Error::internal)?,
        into: into.map(|entity| entity.id),
        places: order.places.clone(),
        asked_by: call.actor.account,
        acting_for: call.actor.acting_for,
        by_key: call.actor.by_key,
        asker: None,
        uploaded,
        state: State::Running,
        reason: None,
        created_at: call.now,
        ended_at: None,
        read_bytes: 0,
    };
    destinations(tx, call, &new, head)?;
    new.id = store::insert(tx, &new)?;
    if uploaded {
        // Its file has to get its name first.
        store::take_this(tx, new.id, ARRIVING, call.now.plus(ARRIVING_FOR))?;
    }
    record(tx, call, "import.start", &new)?;
    find(tx, new.id)
}

/// The file of an import has its name, [`arrived`]: it may be carried out.
pub fn ready(tx: &Tx, id: ImportId) -> Result<()> {
    store::let_go(tx, id, ARRIVING)
}

/// An import, for who asked for it and for who administers the server.
pub fn get(db: &Reader, call: &Call, id: ImportId) -> Result<(Import, Counts)> {
    call.actor.known()?;
    let seen = store::find(db, id)?.filter(|found| {
        let mine = call.actor.account.is_some() && found.asked_by == call.actor.account;
        mine || policy::allows(&call.actor, Action::Manage, &Target::Site)
    });
    let found = seen.ok_or_else(|| Error::not_found(format!("import {id}")))?;
    Ok((found, store::counts(db, id)?))
}

/// The imports that the caller asked for, newest first; those of everybody for who administers the server.
pub fn page(db: &Reader, call: &Call, everybody: bool, after: Option<&str>, first: usize) -> Result<Page<(Import, Counts)>> {
    call.actor.known()?;
    if everybody {
        policy::require(&call.actor, Action::Manage, &Target::Site)?;
    }
    let of = if everybody { None } else { call.actor.account };
    let before: i64 = after.map(Cursor::decode).transpose()?.unwrap_or(i64::MAX);
    let mut found = store::page(db, of, before, first + 1)?;
    let has_next = found.len() > first;
    found.truncate(first);
    let mut items = Vec::with_capacity(found.len());
    for one in found {
        let counts = store::counts(db, one.id)?;
        items.push((Cursor::encode(&one.id.get()), (one, counts)));
    }
    Ok(Page { items, has_next })
}

/// What became of each thing of a bundle whose import the caller was found to be allowed to see: the new names of the old.
pub fn items(db: &Reader, id: ImportId, after: Option<&str>, first: usize) -> Result<Page<Item>> {
    let after: (String, i64, String) = after.map(Cursor::decode).transpose()?.unwrap_or_default();
    let mut found = store::items(db, id, (&after.0, after.1, &after.2), first + 1)?;
    let has_next = found.len() > first;
    found.truncate(first);
    let cursor = |item: &Item| Cursor::encode(&(item.kind.as_str(), item.origin, item.old_name.as_str()));
    Ok(Page { items: found.into_iter().map(|item| (cursor(&item), item)).collect(), has_next })
}

/// Ends an import that is under way; what has come in stays.
pub fn cancel(tx: &Tx, call: &Call, id: ImportId) -> Result<Import> {
    let (found, _) = get(tx, call, id)?;
    if !store::end(tx, id, State::Cancelled, None, call.now)? {
        return Err(Error::conflict(format!("this import is {} already", found.state.as_str())));
    }
    record(tx, call, "import.cancel", &found)?;
    find(tx, id)
}

/// Nobody reads a bundle right now: of a server that has just started and is the only one.
pub fn forget_holders(tx: &Tx) -> Result<()> {
    store::let_all_go(tx)
}

/// Where a bundle lies that comes in, before its import is begun.
pub fn arriving(place: &Place) -> Result<PathBuf> {
    let folder = place.incoming();
    place.make(&folder)?;
    Ok(folder.join(format!("{}.part", hex::encode(random_bytes::<12>()))))
}

/// And after that.
pub fn arrived(place: &Place, id: ImportId) -> PathBuf {
    place.incoming().join(format!("{id}.tar"))
}

fn find(db: &Reader, id: ImportId) -> Result<Import> {
    store::find(db, id)?.ok_or_else(|| Error::internal("an import is gone that was just there"))
}

/// The import in the audit log.
fn record(tx: &Tx, call: &Call, action: &str, import: &Import) -> Result<()> {
    let details = json!({ "import": import.id, "bundle": import.bundle, "from": import.server, "of": import.title });
    let (kind, id) = import.into.map_or(("server", 0), |entity| ("entity", entity.get()));
    audit::record(tx, call, action, kind, id, &import.title, &details)
}

/// A team or person that the caller may log to.
fn entity(db: &Reader, call: &Call, name: &str) -> Result<Entity> {
    let missing = || Error::not_found(format!("the team or person {name} (say with into where the projects are to go)"));
    let found = teams::entity_by_name(db, name)?.filter(|found| found.kind != EntityKind::Organization).ok_or_else(missing)?;
    if policy::allows(&call.actor, Action::Write, &Target::Entity(found.id)) {
        teams::require_space(db, call, &found)?;
        return Ok(found);
    }
    if found.kind == EntityKind::Team && !teams::is_known(call, &found) {
        return Err(missing());
    }
    Err(Error::forbidden(format!(
        "you may not log to {}: import into your personal space or a team where you may log",
        found.name
    )))
}

/// Where each project of a bundle goes, if the caller may log there, and each registry that has a place here.
fn destinations(db: &Reader, call: &Call, import: &Import, head: &Head) -> Result<BTreeMap<String, Destination>> {
    let into = import.into.map(|id| teams::entity(db, id)).transpose()?.flatten();
    if let Some(unknown) = import.places.keys().find(|place| !head.projects.contains(place)) {
        return Err(Error::invalid(format!("the bundle has nothing of {unknown}, which a place is given for")));
    }
    let mut found = BTreeMap::new();
    for path in &head.projects {
        let torn = || Error::invalid(format!("'{path}' names no project"));
        let (_, was) = path.split_once('/').ok_or_else(torn)?;
        let (of, project) = import.places.get(path).unwrap_or(path).split_once('/').ok_or_else(torn)?;
        let name = ProjectName::parse(project)?;
        if name.is_of_registry() != ProjectName::parse(was)?.is_of_registry() {
            return Err(Error::invalid(format!(
                "{path} cannot go to {of}/{project}: registries go to registries, and nothing else does"
            )));
        }
        if name.is_of_registry() {
            let is_chosen = import.places.contains_key(path);
            if let Some(entity) = organization_for(db, call, into.as_ref().filter(|_| !is_chosen), of, &name, is_chosen)? {
                found.insert(path.clone(), Destination { entity, name });
            }
            continue;
        }
        let entity = match (&into, import.places.contains_key(path)) {
            (Some(into), false) => entity(db, call, &into.name)?,
            _ => entity(db, call, of)?,
        };
        if let Some(project) = projects::at(db, &entity.name, &name)? {
            policy::require(&call.actor, Action::Write, &project.target())?;
        }
        found.insert(path.clone(), Destination { entity, name });
    }
    Ok(found)
}

/// The organization that a registry goes to: that of the team that gets all projects, or the one of its name. `None` where the caller
/// may not link to it or make it, unless it is the place that they chose: links of it are skipped, each with a word.
fn organization_for(
    db: &Reader,
    call: &Call,
    into: Option<&Entity>,
    of: &str,
    name: &ProjectName,
    is_chosen: bool,
) -> Result<Option<Entity>> {
    let organization = match into {
        Some(into) => teams::organization_of(db, into.id)?,
        None => teams::entity_by_name(db, of)?.filter(|found| found.kind == EntityKind::Organization),
    };
    let judged = match &organization {
        None => Err(Error::not_found(format!("organization {of}"))),
        Some(organization) => match projects::at(db, &organization.name, name)? {
            Some(registry) => policy::require(&call.actor, Action::Write, &registry.target()),
            None => policy::require(&call.actor, Action::Write, &Target::Entity(organization.id)),
        },
    };
    match judged {
        Ok(()) => Ok(organization),
        Err(error) if is_chosen => Err(error),
        Err(_) => Ok(None),
    }
}

/// Takes the names of somebody who is gone out of what imports tell: who was called so where they came from, was it here.
pub(in crate::domain) fn forget_names(tx: &Tx<'_>, former: &Former) -> Result<()> {
    for (id, title) in store::titles_with(tx, &former.username)? {
        if let Some(left) = former.struck_from(&title) {
            store::set_title(tx, id, &left)?;
        }
    }
    for (id, item) in store::items_with(tx, &former.username)? {
        let left = |text: &str| former.struck_from(text).unwrap_or_else(|| text.to_owned());
        let after = Item {
            old_name: left(&item.old_name),
            new_name: item.new_name.as_deref().map(left),
            reason: item.reason.as_deref().map(left),
            ..item.clone()
        };
        store::replace_item(tx, id, &item, &after)?;
    }
    Ok(())
}
