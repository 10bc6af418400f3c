//! Runs change their project, with all they have. The address a run had leads to it until another run takes that.

use super::model::{Run, RunName};
use super::move_store;
use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::error::Result;
use crate::id::ProjectId;

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
