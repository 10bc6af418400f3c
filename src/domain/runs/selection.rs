//! Picking many runs of a project, and doing one thing to them: what may be done is done, and every run that stays as it was
//! has a reason.

use std::time::Duration;

use super::filter::Filter;
use super::{query, store, trash};
use crate::db::{Reader, Tx};
use crate::domain::Call;
use crate::domain::projects::Project;
use crate::error::{Error, Result};
use crate::id::{AccountId, ProjectId, RunId};
use crate::policy::Target;

/// Runs that one request means at most.
const RUNS_MAX: usize = 100_000;

/// Which runs are meant.
#[derive(Clone, Debug)]
pub enum Selection {
    Named(Vec<String>),
    Matching(Filter),
}

/// As much of a run as it takes to say whether something may be done to it.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub id: RunId,
    pub name: String,
    pub created_by: Option<AccountId>,
    /// Whether a process is thought to be at work.
    pub is_alive: bool,
}

impl Candidate {
    pub fn target(&self, project: &Project) -> Target {
        Target::Owned { project: project.id, entity: project.entity_id, visibility: project.visibility, owner: self.created_by }
    }
}

/// The runs that a selection means.
#[derive(Clone, Debug, Default)]
pub struct Picked {
    /// In the order of their names in the selection; of a filter, in the order they were made.
    pub runs: Vec<Candidate>,
    /// Names that no run has.
    pub missing: Vec<String>,
}

/// What is done to each.
#[derive(Clone, Copy, Debug)]
pub enum Act {
    /// Into the trash, for this long.
    Delete(Duration),
    Lock,
    Unlock,
}

/// What became of the runs, by their names.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    pub done: Vec<String>,
    /// Those that are as they were, each with the reason.
    pub kept: Vec<(String, String)>,
}

impl Outcome {
    /// That nothing was done to runs which are not there.
    pub fn of_missing(names: Vec<String>) -> Self {
        let reason = |name| (name, "there is no such run in the project".to_owned());
        Self { done: Vec::new(), kept: names.into_iter().map(reason).collect() }
    }

    /// Notes what became of one; a fault of the server itself ends everything.
    fn note(&mut self, name: &str, result: Result<()>) -> Result<()> {
        match result {
            Ok(()) => self.done.push(name.to_owned()),
            Err(error @ Error::Internal(_)) => return Err(error),
            Err(refusal) => self.kept.push((name.to_owned(), refusal.to_string())),
        }
        Ok(())
    }

    pub fn add(&mut self, other: Self) {
        self.done.extend(other.done);
        self.kept.extend(other.kept);
    }
}

/// The runs of a project, which the caller was found to be allowed to see, that a selection means.
///
/// # Errors
/// `TooLarge` for more runs than one request takes.
pub fn pick(db: &Reader, project: ProjectId, selection: &Selection) -> Result<Picked> {
    let mut picked = Picked::default();
    let count = match selection {
        Selection::Named(names) => {
            for name in names.iter().take(RUNS_MAX) {
                match query::store::named(db, project, name)? {
                    Some(run) => picked.runs.push(run),
                    None => picked.missing.push(name.clone()),
                }
            }
            names.len()
        }
        Selection::Matching(filter) => {
            picked.runs = query::store::all(db, project, filter, RUNS_MAX + 1)?;
            picked.runs.len()
        }
    };
    if count > RUNS_MAX {
        return Err(Error::too_large(format!("one request takes at most {RUNS_MAX} runs; give a filter that fewer match")));
    }
    Ok(picked)
}

/// Does one thing to each of these runs, as far as the caller may.
pub fn act(tx: &Tx, call: &Call, runs: &[RunId], act: Act) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    for id in runs {
        let Some(run) = store::by_id(tx, *id)? else {
            continue;
        };
        let done = match act {
            Act::Delete(period) => trash::delete(tx, call, *id, period),
            Act::Lock => trash::set_locked(tx, call, &run, true),
            Act::Unlock => trash::set_locked(tx, call, &run, false),
        };
        outcome.note(&run.name, done)?;
    }
    Ok(outcome)
}

/// Takes runs out of the trash of a project, as far as the caller may.
pub fn restore(tx: &Tx, call: &Call, project: &Project, names: &[String]) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    for name in names {
        let done = trash::restore(tx, call, project, name).map(|_| ());
        outcome.note(name, done)?;
    }
    Ok(outcome)
}
