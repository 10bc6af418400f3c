//! Runs move from one project to another, with what they streamed, their files, notes, tags and, as asked, the artifacts
//! that no run which stays made or used, or links to all that they made and used.
//!
//! A move is a job: [`start`] judges it and writes down which runs it means, `work` carries it out, one transaction a run,
//! and goes on where a crash ended it. Each run is judged again when its turn comes. For a quarter of an hour [`undo`] takes
//! it back.

mod model;
mod store;
mod work;

use std::collections::BTreeSet;

use serde_json::json;

pub use model::{Artifacts, Conflicts, End, Item, ItemState, Move, MoveState, Progress, UNDO_SPAN};
pub use work::work;

use crate::db::{Reader, Tx};
use crate::domain::projects::{self, Project, ProjectName};
use crate::domain::runs::relocation;
use crate::domain::runs::selection::{self, Candidate, Selection};
use crate::domain::teams::{self, Entity, EntityKind};
use crate::domain::{Call, artifacts, audit};
use crate::error::{Error, Result};
use crate::id::{EntityId, MoveId, RunId};
use crate::page::{Cursor, Page};
use crate::policy::{self, Action, Target, Visibility};

/// Runs that a preview tells apart by name.
const TOLD_MAX: usize = 20;
/// Runs whose artifacts are looked up together.
const BATCH: usize = 500;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Order {
    /// Entity and project where the runs are.
    pub from: (String, String),
    /// Entity and project where they are to go; the project is made if need be.
    pub to: (String, ProjectName),
    pub runs: Selection,
    pub artifacts: Artifacts,
    pub conflicts: Conflicts,
}

/// What a move would do.
#[derive(Clone, Debug, Default)]
pub struct Preview {
    pub total: usize,
    pub moving: usize,
    /// How many of those are at work.
    pub running: usize,
    /// How many get another id there.
    pub renamed: usize,
    /// Runs that stay, with the reason: the first of them…
    pub staying: Vec<(String, String)>,
    /// … and how many there are.
    pub staying_count: usize,
    pub artifacts_moving: usize,
    pub artifacts_staying: usize,
    /// How many of those that stay are linked into the project there.
    pub artifacts_linked: usize,
    pub creates_project: bool,
}

/// A move that was judged.
struct Judged {
    source: Project,
    destination: Entity,
    /// The project there, unless it is yet to be made.
    project: Option<Project>,
    /// The runs with the reason why one stays.
    runs: Vec<(Candidate, Option<String>)>,
}

/// Where the caller may move runs to: the personal space and the teams where they may log.
pub fn destinations(db: &Reader, call: &Call) -> Result<Vec<Entity>> {
    let account = call.actor.signed_in()?;
    let mut found = teams::entities_of(db, account)?;
    found.retain(|entity| policy::allows(&call.actor, Action::Write, &Target::Entity(entity.id)));
    let mut open = Vec::with_capacity(found.len());
    for entity in found {
        match teams::require_space(db, call, &entity) {
            Ok(()) => open.push(entity),
            Err(Error::Forbidden(_)) => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(open)
}

/// Says what a move would do, and changes nothing.
///
/// # Errors
/// As [`start`].
pub fn preview(db: &Reader, call: &Call, order: &Order) -> Result<Preview> {
    let judged = judge(db, call, order)?;
    let mut preview = Preview { total: judged.runs.len(), creates_project: judged.project.is_none(), ..Preview::default() };
    let mut going = BTreeSet::new();
    for (run, reason) in &judged.runs {
        let taken = match &judged.project {
            Some(project) => relocation::name_taken(db, project.id, &run.name)?,
            None => false,
        };
        let clash = (taken && order.conflicts == Conflicts::Skip).then(|| clash(&run.name));
        if let Some(reason) = reason.clone().or(clash) {
            preview.staying_count += 1;
            if preview.staying.len() < TOLD_MAX {
                preview.staying.push((run.name.clone(), reason));
            }
            continue;
        }
        preview.moving += 1;
        preview.running += usize::from(run.is_alive);
        preview.renamed += usize::from(taken);
        going.insert(run.id);
    }
    let ids: Vec<RunId> = going.iter().copied().collect();
    let mut versions = BTreeSet::new();
    for batch in ids.chunks(BATCH) {
        versions.extend(artifacts::relocation::tied_to(db, judged.source.id, batch)?);
    }
    for version in versions {
        let goes =
            order.artifacts == Artifacts::Move && artifacts::relocation::is_tied_only(db, version, |run| going.contains(&run))?;
        *(if goes { &mut preview.artifacts_moving } else { &mut preview.artifacts_staying }) += 1;
    }
    if order.artifacts == Artifacts::CopyReference {
        preview.artifacts_linked = preview.artifacts_staying;
    }
    Ok(preview)
}

/// Begins a move.
///
/// # Errors
/// `NotFound` for a project, run or entity that is not there or may not be known; `Forbidden` if the caller may move none of
/// the runs, may not log where they are to go, or the source is restricted and its organization does not let runs leave such
/// projects; `Invalid` if the filter means no run or the two projects are the same.
pub fn start(tx: &Tx, call: &Call, order: &Order) -> Result<Move> {
    let judged = judge(tx, call, order)?;
    if let Some((_, Some(reason))) = judged.runs.first()
        && judged.runs.iter().all(|(_, reason)| reason.is_some())
    {
        return Err(Error::forbidden(reason.clone()));
    }
    let destination = match judged.project {
        Some(project) => project,
        None => projects::ensure(tx, call, &judged.destination, &order.to.1)?.0,
    };
    let source = judged.source;
    let id = store::insert(tx, call, (source.id, destination.id), order.artifacts, order.conflicts)?;
    for (run, reason) in &judged.runs {
        store::insert_item(tx, id, run.id, &run.name, reason.as_deref())?;
    }
    record(tx, call, "move.start", id, [&source, &destination], judged.runs.len())?;
    find(tx, id)
}

/// Takes a move back, to its end or as far as it has come: runs that are still where it put them return with their artifacts.
/// For who asked for it, as long as they may log in the source.
///
/// # Errors
/// `NotFound` for others; `Conflict` after a quarter of an hour, and if it was undone already.
pub fn undo(tx: &Tx, call: &Call, id: MoveId) -> Result<Move> {
    let (found, _) = get(tx, call, id)?;
    let mine = call.actor.account.is_some() && found.moved_by == call.actor.account;
    if !mine && !policy::allows(&call.actor, Action::Manage, &Target::Site) {
        return Err(Error::forbidden("only who moved the runs may undo the move"));
    }
    if matches!(found.state, MoveState::Undoing | MoveState::Undone) {
        return Err(Error::conflict("this move was undone already"));
    }
    if found.undo_until().is_some_and(|end| call.now > end) {
        return Err(Error::conflict("a move can be undone for 15 minutes; move the runs back instead"));
    }
    let source = project(tx, found.source.id)?;
    policy::require(&call.actor, Action::Write, &source.target())?;
    store::skip_waiting(tx, id, "the move was undone before it was its turn")?;
    store::set_undoing(tx, id, call.actor.account)?;
    let runs = usize::try_from(store::progress(tx, id)?.moved).map_err(Error::internal)?;
    record(tx, call, "move.undo", id, [&source, &project(tx, found.destination.id)?], runs)?;
    find(tx, id)
}

/// A move, for who asked for it and for those who manage one of its ends.
pub fn get(db: &Reader, call: &Call, id: MoveId) -> Result<(Move, Progress)> {
    call.actor.known()?;
    let found = store::find(db, id)?.filter(|found| may_see(call, found));
    let found = found.ok_or_else(|| Error::not_found(format!("move {id}")))?;
    Ok((found, store::progress(db, id)?))
}

/// The moves that the caller asked for; of an entity, all that touch it, for those who manage it. Newest first.
pub fn page(
    db: &Reader,
    call: &Call,
    entity: Option<EntityId>,
    after: Option<&str>,
    first: usize,
) -> Result<Page<(Move, Progress)>> {
    call.actor.known()?;
    let whose = match (entity, call.actor.account) {
        (Some(entity), _) => {
            policy::require(&call.actor, Action::Manage, &Target::Entity(entity))?;
            store::Whose::Entity(entity)
        }
        (None, Some(account)) => store::Whose::Mover(account),
        (None, None) => store::Whose::Everybody,
    };
    let before: i64 = after.map(Cursor::decode).transpose()?.unwrap_or(i64::MAX);
    let mut found = store::page(db, &whose, before, first + 1)?;
    let has_next = found.len() > first;
    found.truncate(first);
    let mut items = Vec::with_capacity(found.len());
    for one in found {
        let progress = store::progress(db, one.id)?;
        items.push((Cursor::encode(&one.id.get()), (one, progress)));
    }
    Ok(Page { items, has_next })
}

/// The runs of a move that the caller was found to be allowed to see, those in one state only if it is given.
pub fn items(db: &Reader, id: MoveId, state: Option<ItemState>, after: Option<&str>, first: usize) -> Result<Page<Item>> {
    let after: i64 = after.map(Cursor::decode).transpose()?.unwrap_or(0);
    let mut found = store::items(db, id, state, after, first + 1)?;
    let has_next = found.len() > first;
    found.truncate(first);
    Ok(Page { items: found.into_iter().map(|item| (Cursor::encode(&item.run.get()), item)).collect(), has_next })
}

fn find(db: &Reader, id: MoveId) -> Result<Move> {
    store::find(db, id)?.ok_or_else(|| Error::internal("a move is gone that was just there"))
}

fn may_see(call: &Call, found: &Move) -> bool {
    let mine = call.actor.account.is_some() && found.moved_by == call.actor.account;
    let manages = |entity| policy::allows(&call.actor, Action::Manage, &Target::Entity(entity));
    mine || manages(found.source.entity_id) || manages(found.destination.entity_id)
}

fn project(db: &Reader, id: crate::id::ProjectId) -> Result<Project> {
    projects::in_place(db, id)?.ok_or_else(|| Error::conflict("the project was deleted"))
}

/// The move in the audit log of both ends.
fn record(tx: &Tx, call: &Call, action: &str, id: MoveId, ends: [&Project; 2], runs: usize) -> Result<()> {
    let path = |end: &Project| format!("{}/{}", end.entity, end.name);
    let details = json!({ "move": id, "from": path(ends[0]), "to": path(ends[1]), "runs": runs });
    for end in ends {
        audit::record(tx, call, action, "project", end.id.get(), &end.name, &details)?;
    }
    Ok(())
}

fn judge(db: &Reader, call: &Call, order: &Order) -> Result<Judged> {
    call.actor.known()?;
    let (entity, name) = &order.from;
    let source = projects::find(db, call, entity, name)?;
    let source = source.ok_or_else(|| Error::not_found(format!("project {entity}/{name}")))?;
    require_open_door(db, &source)?;
    let destination = destination(db, call, &order.to.0)?;
    let project = projects::at(db, &destination.name, &order.to.1)?;
    if let Some(project) = &project {
        policy::require(&call.actor, Action::Write, &project.target())?;
        if project.id == source.id {
            return Err(Error::invalid("the runs are in this project already"));
        }
    }
    let picked = selection::pick(db, source.id, &order.runs)?;
    if let Some(name) = picked.missing.first() {
        return Err(Error::not_found(format!("run {name}")));
    }
    if picked.runs.is_empty() {
        return Err(Error::invalid("no run is meant: name runs, or give a filter that some match"));
    }
    let judge = |run: Candidate| {
        let refused = policy::require(&call.actor, Action::Delete, &run.target(&source)).err();
        let reason = refused.map(|_| "only the person who made this run or a team admin may move it".to_owned());
        (run, reason)
    };
    Ok(Judged { runs: picked.runs.into_iter().map(judge).collect(), source, destination, project })
}

/// Runs leave a restricted project only if the organization says so: where they went, others see them.
fn require_open_door(db: &Reader, source: &Project) -> Result<()> {
    if source.visibility != Visibility::Restricted {
        return Ok(());
    }
    let organization = teams::organization_of(db, source.entity_id)?;
    if organization.is_some_and(|organization| organization.moves_from_restricted) {
        return Ok(());
    }
    Err(Error::forbidden("runs do not leave a restricted project, unless the organization's settings allow it"))
}

/// The entity that runs are to go to, if the caller may log there.
fn destination(db: &Reader, call: &Call, name: &str) -> Result<Entity> {
    let missing = || Error::not_found(format!("entity {name}"));
    let found = teams::entity_by_name(db, name)?.filter(|found| found.kind != EntityKind::Organization);
    let found = found.ok_or_else(missing)?;
    if policy::allows(&call.actor, Action::Write, &Target::Entity(found.id)) {
        teams::require_space(db, call, &found)?;
        return Ok(found);
    }
    if found.kind == EntityKind::Team && !teams::is_known(call, &found) {
        return Err(missing());
    }
    Err(Error::forbidden(format!(
        "runs are moved to one's personal space or to a team where one may log, not to {}",
        found.name
    )))
}

fn clash(name: &str) -> String {
    format!("there is a run '{name}' already; move it under another id")
}
