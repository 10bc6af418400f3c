//! What happened lately in a team or personal space, as far as who looks may see it: runs that began, versions of artifacts that were
//! logged, reports that were published, projects that were made, and people who joined.

mod store;

use super::projects::{self, Project};
use super::teams::Entity;
use super::{Call, accounts};
use crate::clock::Timestamp;
use crate::db::Reader;
use crate::error::Result;
use crate::id::{AccountId, ReportId};
use crate::policy::{self, Action, Target};

/// How much is told at most.
pub const COUNT_MAX: usize = 30;

/// What happened.
#[derive(Clone, Debug)]
pub enum What {
    RunBegan {
        project: String,
        run: String,
        display_name: String,
        state: String,
    },
    VersionLogged {
        project: String,
        kind: String,
        collection: String,
        version: i64,
    },
    /// For the first time, or anew.
    ReportPublished {
        project: String,
        report: ReportId,
        display_name: String,
    },
    ProjectMade {
        project: String,
    },
    Joined,
}

/// Something that happened, who did it, and when.
#[derive(Clone, Debug)]
pub struct Event {
    pub at: Timestamp,
    /// `None` for somebody whose account is gone.
    pub who: Option<String>,
    pub what: What,
}

/// The newest of all that happened in what the caller may see of an entity. What is in its trash did not happen.
pub fn latest(db: &Reader<'_>, call: &Call, entity: &Entity) -> Result<Vec<Event>> {
    let seen: Vec<Project> = projects::all(db, call, entity.id)?;
    let mut found: Vec<(Timestamp, Option<AccountId>, What)> = Vec::new();
    // Few questions a project, each answered from the end of an index: their number bounds it, and not that of their runs.
    for project in &seen {
        // Of one moment, what needs the other comes first, as what is newer does.
        found.extend(store::versions(db, project, COUNT_MAX)?);
        found.extend(store::runs(db, project, COUNT_MAX)?);
        found.extend(store::reports(db, project, COUNT_MAX)?);
        found.push((project.created_at, project.created_by, What::ProjectMade { project: project.name.clone() }));
    }
    if policy::allows(&call.actor, Action::Read, &Target::Entity(entity.id)) {
        let joined = store::joined(db, entity.id, COUNT_MAX)?;
        found.extend(joined.into_iter().map(|(at, who)| (at, Some(who), What::Joined)));
    }
    found.sort_by_key(|(at, ..)| std::cmp::Reverse(*at));
    found.truncate(COUNT_MAX);
    let named = |who: Option<AccountId>| who.map(|id| accounts::find(db, id)).transpose().map(Option::flatten);
    found.into_iter().map(|(at, who, what)| Ok(Event { at, who: named(who)?.map(|account| account.username), what })).collect()
}
