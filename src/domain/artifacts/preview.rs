//! What deletions would free, told before they are done: the bytes that nothing but what is to go holds.

use super::model::{Artifact, Collection, CollectionKind, State};
use super::{editing_store, lookup, store};
use crate::db::Reader;
use crate::domain::Call;
use crate::error::{Error, Result};
use crate::id::{ArtifactId, RunId};
use crate::policy::{self, Action};

/// Versions that are previewed at one time.
const VERSIONS_MAX: usize = 1000;

/// What deleting this version frees.
pub fn bytes_held_alone(db: &Reader, id: ArtifactId) -> Result<i64> {
    editing_store::bytes_held_alone(db, &[id])
}

/// What deleting all of these versions frees, which may be more than one by one: what two of them share goes with both.
///
/// # Errors
/// `NotFound` for one that the caller does not see or that is deleted, `Invalid` for too many.
pub fn bytes_held_alone_by(db: &Reader, call: &Call, ids: &[ArtifactId]) -> Result<i64> {
    if ids.len() > VERSIONS_MAX {
        return Err(Error::invalid(format!("at most {VERSIONS_MAX} versions are looked at together, not {}", ids.len())));
    }
    let mut versions = Vec::with_capacity(ids.len());
    for id in ids {
        let found = lookup::get(db, call, *id)?.filter(|found| found.state != State::Deleted);
        versions.push(found.ok_or_else(|| Error::not_found(format!("artifact {}", id.get())))?.id);
    }
    editing_store::bytes_held_alone(db, &versions)
}

/// What deleting this collection frees: of a portfolio nothing, for its versions stay where they were logged.
pub fn bytes_held_alone_in(db: &Reader, collection: &Collection) -> Result<i64> {
    match collection.kind {
        CollectionKind::Portfolio => Ok(0),
        CollectionKind::Sequence => editing_store::bytes_held_alone_in(db, collection.id),
    }
}

/// What deleting the versions that a run made frees, as far as the caller may delete them.
pub fn bytes_held_alone_by_run(db: &Reader, call: &Call, run: RunId) -> Result<i64> {
    let doomed: Vec<ArtifactId> = outputs_to_delete(db, call, run)?.into_iter().map(|artifact| artifact.id).collect();
    editing_store::bytes_held_alone(db, &doomed)
}

/// The versions that a run made and the caller may delete: those that go with it if its artifacts are to go too.
pub(super) fn outputs_to_delete(db: &Reader, call: &Call, run: RunId) -> Result<Vec<Artifact>> {
    let mut doomed = Vec::new();
    for id in editing_store::made_by(db, run)? {
        let artifact = store::by_id(db, id)?.filter(|found| found.state != State::Deleted);
        doomed.extend(artifact.filter(|found| policy::allows(&call.actor, Action::Delete, &found.target())));
    }
    Ok(doomed)
}
