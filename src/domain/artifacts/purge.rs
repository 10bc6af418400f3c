//! The end of a project's artifacts, when the project itself goes for good.

use super::purge_store;
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::error::Result;
use crate::id::ProjectId;

/// Versions that one transaction takes.
const BATCH: usize = 200;

/// Deletes some of the versions in a project, with their links; once none is left, its collections. False as long as there
/// is more. What the versions hold is freed as that of all deleted ones.
pub(in crate::domain) fn give_up(tx: &Tx, project: ProjectId, now: Timestamp) -> Result<bool> {
    let versions = purge_store::versions(tx, project, BATCH)?;
    for id in &versions {
        purge_store::delete_version(tx, *id, now)?;
    }
    if versions.len() < BATCH {
        purge_store::delete_collections(tx, project, now)?;
    }
    Ok(versions.len() < BATCH)
}
