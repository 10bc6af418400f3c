//! Runs change their project, with all they have. The address a run had leads to it until another run takes that.

use super::filter::Filter;
use super::model::{Run, RunName};
use super::{move_store, query};
use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::domain::projects::Project;
use crate::error::{Error, Result};
use crate::id::{AccountId, ProjectId, RunId};
use crate::policy::Target;

/// As much of a run as it takes to say whether it may be moved.
#[derive(Clone, Debug)]
pub(in crate::domain) struct Candidate {
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

/// The runs of a project that a filter means.
pub(in crate::domain) fn matching(db: &Reader, project: ProjectId, filter: &Filter) -> Result<Vec<Candidate>> {
    query::store::all(db, project, filter)
}

/// The runs of a project with these names, in that order.
///
/// # Errors
/// `NotFound` for the first name that no run has.
pub(in crate::domain) fn named(db: &Reader, project: ProjectId, names: &[String]) -> Result<Vec<Candidate>> {
    let find = |name: &String| move_store::candidate(db, project, name)?.ok_or_else(|| Error::not_found(format!("run {name}")));
    names.iter().map(find).collect()
}

/// Whether a run of the project has this name, be it in the trash.
pub(in crate::domain) fn name_taken(db: &Reader, project: ProjectId, name: &str) -> Result<bool> {
    move_store::name_taken(db, project, name)
}

/// The name itself, or the first of `name-2`, `name-3`, … that no run of the project has.
pub(in crate::domain) fn free_name(db: &Reader, project: ProjectId, name: &str) -> Result<RunName> {
    let kept: String = name.chars().take(RunName::CHARS_MAX - 8).collect();
    let (mut free, mut number) = (name.to_owned(), 1);
    while name_taken(db, project, &free)? {
        number += 1;
        free = format!("{}-{number}", kept.trim_end());
    }
    RunName::parse(&free)
}

/// Puts a run, and the archives that rewinds left of it, into another project, where it has this name. What it streamed and
/// its files hang on its number and need not be touched.
pub(in crate::domain) fn relocate(tx: &Tx, run: &Run, to: ProjectId, name: &RunName, now: Timestamp) -> Result<()> {
    for (archive, archived) in move_store::archives(tx, run.id)? {
        let free = free_name(tx, to, &archived)?;
        move_store::relocate(tx, archive, (run.project_id, &archived), (to, free.as_str()), now)?;
    }
    move_store::relocate(tx, run.id, (run.project_id, &run.name), (to, name.as_str()), now)
}
