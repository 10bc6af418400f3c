//! Bundles: all of a run, a project, a team's or a person's projects, or all that somebody may read, as one file that any program
//! opens (`format`) and another server takes in (`imports`).
//!
//! An export is a job: [`start`] judges it and writes it down, [`work`] writes the bundle into a folder of this machine and goes on
//! where a crash ended it, [`sweep`] removes it when its time is over. [`stream`] gives the same bundle out while it is made, for who
//! has no room for it here: nothing of it is stored.
//!
//! In a bundle is what who asks may read, and nothing else. That is judged when it is planned, again when it is a thing's turn, and
//! for the whole once more when it is downloaded.

mod documents;
pub mod format;
mod model;
mod place;
mod plan;
mod store;
mod stream;
mod tar;
mod work;
mod write;

use std::time::Duration;

use serde_json::json;

pub use model::{Export, Scope, State};
pub use place::{Pace, Place};
pub use stream::stream;
pub use work::{sweep, work};

use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::domain::accounts::Former;
use crate::domain::projects;
use crate::domain::{Call, accounts, audit, runs, teams};
use crate::error::{Error, Result};
use crate::id::{AccountId, ExportId, RunId};
use crate::page::{Cursor, Page};
use crate::policy::{self, Action, Actor, Target};
use crate::secret::random_bytes;

/// Bundles of one person that are made at one time.
const OPEN_MAX: i64 = 5;

/// What is asked for, in the words of addresses.
#[derive(Clone, Debug)]
pub enum Wanted {
    Run {
        entity: String,
        project: String,
        run: String,
    },
    Project {
        entity: String,
        project: String,
    },
    Entity(String),
    /// All that the caller may read.
    Instance,
}

/// Who asked: what they may is looked up whenever it matters.
#[derive(Clone, Debug)]
pub struct Asker {
    pub account: Option<AccountId>,
    pub acting_for: Option<AccountId>,
    pub by_key: bool,
}

impl Asker {
    pub fn of(call: &Call) -> Self {
        Self { account: call.actor.account, acting_for: call.actor.acting_for, by_key: call.actor.by_key }
    }

    /// As they may now.
    ///
    /// # Errors
    /// `Unauthenticated`: the account is deactivated.
    pub(in crate::domain) fn call(&self, db: &Reader, now: Timestamp) -> Result<Call> {
        let actor = match self.account {
            Some(account) => Actor { acting_for: self.acting_for, by_key: self.by_key, ..accounts::actor(db, account)? },
            None => Actor::operator(),
        };
        Ok(Call { actor, now, address: None, cause: None })
    }
}

/// What the words mean, if the caller may read it; with what it is called.
fn scope(db: &Reader, call: &Call, wanted: &Wanted) -> Result<(Scope, String)> {
    call.actor.known()?;
    let project_of = |entity: &str, project: &str| {
        let found = projects::find(db, call, entity, project)?;
        found.ok_or_else(|| Error::not_found(format!("project {entity}/{project}")))
    };
    match wanted {
        Wanted::Run { entity, project, run } => {
            let found = runs::find(db, call, entity, project, run)?.ok_or_else(|| Error::not_found(format!("run {run}")))?;
            let title = format!("{}/{}/{}", found.entity, found.project, found.name);
            Ok((Scope::Run(found.project_id, found.id), title))
        }
        Wanted::Project { entity, project } => {
            let found = project_of(entity, project)?;
            Ok((Scope::Project(found.id), format!("{}/{}", found.entity, found.name)))
        }
        Wanted::Entity(name) => {
            let missing = || Error::not_found(format!("entity {name}"));
            let found = teams::entity_by_name(db, name)?.ok_or_else(missing)?;
            let scope = Scope::Entity(found.id);
            if plan::projects_of(db, call, scope)?.is_empty() {
                let is_known = teams::is_known(call, &found);
                return Err(if is_known { nothing(&found.name) } else { missing() });
            }
            Ok((scope, found.name))
        }
        Wanted::Instance => {
            if plan::projects_of(db, call, Scope::Instance)?.is_empty() {
                return Err(nothing("this server"));
            }
            Ok((Scope::Instance, "everything".to_owned()))
        }
    }
}

fn nothing(place: &str) -> Error {
    Error::conflict(format!("there is nothing in {place} that you may read"))
}

/// Refuses what [`start`] would, before anything else is looked at.
pub fn check(db: &Reader, call: &Call, wanted: &Wanted) -> Result<()> {
    scope(db, call, wanted).map(|_| ())
}

/// Begins an export.
///
/// # Errors
/// `NotFound` for what is not there or may not be known; `Conflict` if there is nothing in it that the caller may read, or they have
/// begun too many.
pub fn start(tx: &Tx, call: &Call, wanted: &Wanted) -> Result<Export> {
    let (scope, title) = scope(tx, call, wanted)?;
    if store::open_of(tx, call.actor.account)? >= OPEN_MAX {
        return Err(Error::conflict(format!("you have {OPEN_MAX} exports under way; wait until one is done, or cancel one")));
    }
    let new = draft(call, scope, title);
    let id = store::insert(tx, &new)?;
    record(tx, call, "export.start", &Export { id, ..new })?;
    find(tx, id)
}

/// An export that is not begun.
fn draft(call: &Call, scope: Scope, title: String) -> Export {
    Export {
        id: ExportId::new(0),
        bundle: hex::encode(random_bytes::<16>()),
        scope,
        title,
        asked_by: call.actor.account,
        acting_for: call.actor.acting_for,
        by_key: call.actor.by_key,
        asker: None,
        state: State::Running,
        reason: None,
        created_at: call.now,
        ended_at: None,
        expires_at: None,
        runs_total: 0,
        runs_done: 0,
        expected_bytes: 0,
        written_bytes: 0,
        left_out: 0,
    }
}

/// The exports that the caller asked for, newest first; those of everybody for who administers the server.
pub fn page(db: &Reader, call: &Call, everybody: bool, after: Option<&str>, first: usize) -> Result<Page<Export>> {
    call.actor.known()?;
    if everybody {
        policy::require(&call.actor, Action::Manage, &Target::Site)?;
    }
    let of = if everybody { None } else { call.actor.account };
    let before: i64 = after.map(Cursor::decode).transpose()?.unwrap_or(i64::MAX);
    let mut found = store::page(db, of, before, first + 1)?;
    let has_next = found.len() > first;
    found.truncate(first);
    Ok(Page { items: found.into_iter().map(|export| (Cursor::encode(&export.id.get()), export)).collect(), has_next })
}

/// An export, for who asked for it and for who administers the server.
pub fn get(db: &Reader, call: &Call, id: ExportId) -> Result<Export> {
    call.actor.known()?;
    let found = store::find(db, id)?.filter(|found| found.state != State::Deleted);
    let seen = found.filter(|found| {
        let mine = call.actor.account.is_some() && found.asked_by == call.actor.account;
        mine || policy::allows(&call.actor, Action::Manage, &Target::Site)
    });
    seen.ok_or_else(|| Error::not_found(format!("export {id}")))
}

/// A bundle to be downloaded.
///
/// # Errors
/// `Conflict` if it is not done, or gone; `Forbidden` if the caller may not read something any more that is in it.
pub fn download(db: &Reader, call: &Call, id: ExportId) -> Result<Export> {
    let found = get(db, call, id)?;
    match found.state {
        State::Done if found.expires_at.is_none_or(|at| call.now < at) => {}
        State::Running => return Err(Error::conflict("the bundle is not done yet")),
        State::Done | State::Expired => return Err(Error::conflict("the bundle's time is over; ask for a new one")),
        State::Failed | State::Cancelled | State::Deleted => {
            return Err(Error::conflict("there is no bundle: it was not finished"));
        }
    }
    let refused = || Error::forbidden("you may not read any more all that is in this bundle; ask for a new one");
    for project in store::projects(db, id)? {
        // What is deleted harms nobody; it was theirs to read.
        let judged =
            projects::in_place(db, project)?.is_none_or(|project| policy::allows(&call.actor, Action::Read, &project.target()));
        if !judged {
            return Err(refused());
        }
    }
    for version in store::versions(db, id)? {
        if write::readable(db, call, version)?.is_none() {
            return Err(refused());
        }
    }
    Ok(found)
}

/// Notes that a bundle is downloaded, whole or its beginning.
pub fn note_download(tx: &Tx, call: &Call, export: &Export) -> Result<()> {
    record(tx, call, "export.download", export)
}

/// Ends an export that is under way; what was written goes.
pub fn cancel(tx: &Tx, call: &Call, id: ExportId) -> Result<Export> {
    let found = get(tx, call, id)?;
    if !store::end(tx, id, State::Cancelled, None, call.now, None)? {
        return Err(Error::conflict(format!("this export is {} already", found.state.as_str())));
    }
    record(tx, call, "export.cancel", &found)?;
    find(tx, id)
}

/// Removes an export with its bundle.
pub fn delete(tx: &Tx, call: &Call, id: ExportId) -> Result<Export> {
    let found = get(tx, call, id)?;
    store::set_state(tx, id, State::Deleted)?;
    record(tx, call, "export.delete", &found)?;
    Ok(found)
}

/// Nobody writes a bundle right now: of a server that has just started and is the only one.
pub fn forget_holders(tx: &Tx) -> Result<()> {
    store::let_all_go(tx)
}

/// How many bundles there are or are made, and their bytes.
pub fn held(db: &Reader) -> Result<(i64, i64)> {
    store::held(db)
}

fn find(db: &Reader, id: ExportId) -> Result<Export> {
    store::find(db, id)?.ok_or_else(|| Error::internal("an export is gone that was just there"))
}

/// The export in the audit log of what it is of.
fn record(tx: &Tx, call: &Call, action: &str, export: &Export) -> Result<()> {
    let details = json!({ "export": export.id, "bundle": export.bundle, "of": export.title, "scope": export.scope.as_str() });
    let name = export.title.rsplit('/').next().unwrap_or_default();
    let (kind, id) = match export.scope {
        Scope::Run(_, run) => ("run", RunId::get(run)),
        Scope::Project(project) => ("project", project.get()),
        Scope::Entity(entity) => ("entity", entity.get()),
        Scope::Instance => ("server", 0),
    };
    audit::record(tx, call, action, kind, id, name, &details)
}

/// In words what a full disk means.
fn no_room() -> Error {
    Error::Full {
        text: "the disk has no room for the bundle: make room, let the operator choose another folder (exports.dir), or download it \
               while it is made (/api/v1/exports/stream.tar), which takes no room here"
            .to_owned(),
        retry_after: Duration::from_secs(60),
    }
}

/// Takes the names of somebody who is gone out of what exports are called.
pub(in crate::domain) fn forget_names(tx: &Tx<'_>, former: &Former) -> Result<()> {
    for (id, title) in store::titles_with(tx, &former.username)? {
        if let Some(left) = former.struck_from(&title) {
            store::set_title(tx, id, &left)?;
        }
    }
    Ok(())
}
