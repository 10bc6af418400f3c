//! Bringing a data directory up to date without risk: what this release would change in it, a copy from before the change,
//! and the way back to that copy.
//!
//! ```text
//! snapshots/NAME/runstead.db, history.db     copies to one moment
//! snapshots/NAME/blobs/…                     hard links: blobs never change, so they take no room until they are deleted
//! snapshots/NAME/snapshot.json               written last; without it the folder is removed
//! ```

mod rollback;
mod snapshot;

pub use rollback::rollback;
pub use snapshot::{Reason, Snapshot, list, prune};

use std::path::Path;

use crate::clock::Timestamp;
use crate::db::Plane;
use crate::disk;
use crate::error::{Error, Result};

/// Room that is left free beside what the copy and the changes take.
const SPARE_BYTES: u64 = 64 << 20;
/// What a slow disk copies in a second; estimates rest on it.
const BYTES_A_SECOND: u64 = 50 << 20;

/// What this release would do to a data directory.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The planes that there are, in the order of [`Plane::ALL`].
    pub planes: Vec<PlanePlan>,
    /// Room that the snapshot and the steps need together.
    pub needed_bytes: u64,
    pub free_bytes: u64,
}

/// What it would do to one database.
#[derive(Clone, Debug)]
pub struct PlanePlan {
    pub plane: Plane,
    /// Steps it has taken.
    pub found: u32,
    /// The names of those it has yet to take.
    pub steps: Vec<Step>,
    pub size_bytes: u64,
}

/// One migration.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    pub name: &'static str,
    /// It goes through rows that are there, so that it takes the longer the more there are.
    pub rewrites: bool,
}

impl Plan {
    pub fn is_pending(&self) -> bool {
        self.planes.iter().any(|plane| !plane.steps.is_empty())
    }

    /// A careful estimate of how long the server is away.
    pub fn seconds(&self) -> u64 {
        let bytes = |plane: &PlanePlan| {
            // Once for the copy, and for each step that goes through the rows.
            let passes = 1 + plane.steps.iter().filter(|step| step.rewrites).count() as u64;
            plane.size_bytes.saturating_mul(passes)
        };
        if self.is_pending() { 1 + self.planes.iter().map(bytes).sum::<u64>() / BYTES_A_SECOND } else { 0 }
    }

    /// Refuses what would run out of room on the way.
    pub fn require_room(&self) -> Result<()> {
        if !self.is_pending() || self.free_bytes >= self.needed_bytes {
            return Ok(());
        }
        Err(Error::invalid(format!(
            "the upgrade needs {} bytes of room for a copy of the databases and for its work, and the disk has {}: make room first; nothing was changed",
            self.needed_bytes, self.free_bytes
        )))
    }
}

/// Looks at a data directory and changes nothing.
///
/// # Errors
/// In words for the operator: the data is of a newer release, is none of ours, or an earlier roll-back was interrupted.
pub fn plan(data: &Path) -> Result<Plan> {
    rollback::require_finished(data)?;
    let mut planes = Vec::new();
    for plane in Plane::ALL {
        let path = data.join(plane.file());
        let Some(found) = plane.schema_of(&path)? else { continue };
        plane.require_known(found, &path)?;
        let steps = plane.files().iter().skip(found as usize).map(|(name, sql)| Step { name, rewrites: Plane::rewrites(sql) });
        planes.push(PlanePlan { plane, found, steps: steps.collect(), size_bytes: size_of(&path) });
    }
    // The copy, and what the steps write before the old rows are given up.
    let needed_bytes = 2 * planes.iter().map(|plane| plane.size_bytes).sum::<u64>() + SPARE_BYTES;
    Ok(Plan { planes, needed_bytes, free_bytes: disk::space(data)?.free_bytes })
}

/// Copies the databases if this release would change them. To be called before they are opened, by who holds the directory.
///
/// # Errors
/// As [`plan`], and if there is no room.
pub fn prepare(data: &Path, now: Timestamp) -> Result<Option<Snapshot>> {
    let plan = plan(data)?;
    // A file without a schema was made a moment ago and holds nothing.
    if !plan.is_pending() || plan.planes.iter().all(|plane| plane.found == 0) {
        return Ok(None);
    }
    plan.require_room()?;
    snapshot::take(data, Reason::Upgrade, now).map(Some)
}

fn size_of(path: &Path) -> u64 {
    path.metadata().map_or(0, |found| found.len())
}
