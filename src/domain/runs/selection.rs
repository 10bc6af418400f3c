//! Doing one thing to many runs of a project: what may be done is done, and every run that stays as it was has a reason.

use std::time::Duration;

use super::filter::Filter;
use super::order::Order;
use super::{query, store, trash};
use crate::db::{Reader, Tx};
use crate::domain::Call;
use crate::domain::projects::Project;
use crate::error::{Error, Result};
use crate::id::RunId;

/// Runs that one request means at most.
const RUNS_MAX: usize = 100_000;

/// Which runs are meant.
#[derive(Clone, Debug)]
pub enum Selection {
    Named(Vec<String>),
    Matching(Filter),
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

/// The runs of a project, which the caller was found to be allowed to see, and the names that no run has.
///
/// # Errors
/// `TooLarge` for more runs than one request takes.
pub fn find(db: &Reader, project: &Project, selection: &Selection) -> Result<(Vec<RunId>, Outcome)> {
    let mut missing = Outcome::default();
    let mut found = Vec::new();
    match selection {
        Selection::Named(names) => {
            for name in names {
                match store::by_name(db, project.id, name)? {
                    Some(run) => found.push(run.id),
                    None => missing.kept.push((name.clone(), "there is no such run in the project".to_owned())),
                }
            }
        }
        Selection::Matching(filter) => {
            let page = query::page(db, project.id, filter, &Order::parse(None)?, None, RUNS_MAX)?;
            if page.has_next {
                return Err(Error::too_large(format!(
                    "one request takes at most {RUNS_MAX} runs; give a filter that fewer match"
                )));
            }
            found.extend(page.items.into_iter().map(|(_, id)| id));
        }
    }
    Ok((found, missing))
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
