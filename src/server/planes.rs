//! The two databases of a data directory: copied before this release changes them, then opened.

use super::lock::Lock;
use crate::clock::Timestamp;
use crate::config::Config;
use crate::db::{Db, Options, Plane};
use crate::domain::upgrade::{self, Snapshot};
use crate::error::{Error, Result};

/// Opens both, after a copy of them if this release changes them. Whoever calls holds the directory, as a server does.
///
/// # Errors
/// In words for the operator: no room, data of a newer release, or what is there is none of ours.
pub fn open(config: &Config, now: Timestamp) -> Result<(Db, Db)> {
    let dir = &config.data.dir;
    let options = Options { readers: config.data.readers, durable: config.data.durable };
    let taken = upgrade::prepare(dir, now)?;
    if let Some(taken) = &taken {
        tracing::warn!("this release changes the databases: they were copied to snapshots/{} first", taken.name);
    }
    let db = Db::open(&dir.join(Plane::Control.file()), Plane::Control, options)?;
    let history = Db::open(&dir.join(Plane::History.file()), Plane::History, options)?;
    if taken.is_some() {
        for name in upgrade::prune(dir, config.data.snapshots)? {
            tracing::info!("removed the old copy snapshots/{name} (data.snapshots = {})", config.data.snapshots);
        }
    }
    Ok((db, history))
}

/// Brings a directory up to date for a command that works beside the server; nothing if it is already.
///
/// # Errors
/// A server works on it: one of an older release, whose data must not change under it.
pub async fn bring_up_to_date(config: &Config, now: Timestamp) -> Result<Option<Snapshot>> {
    let plan = upgrade::plan(&config.data.dir)?;
    if !plan.is_pending() || plan.planes.iter().all(|plane| plane.found == 0) {
        return Ok(None);
    }
    let _lock = hold(config)?;
    let known = upgrade::list(&config.data.dir)?;
    let (db, history) = open(config, now)?;
    history.close().await?;
    db.close().await?;
    Ok(upgrade::list(&config.data.dir)?.pop().filter(|newest| known.iter().all(|before| before.name != newest.name)))
}

/// The directory is ours until this goes.
pub struct Held {
    _lock: Lock,
}

/// Takes the directory for a command that no server may be beside, until what is returned goes.
///
/// # Errors
/// A server works on it.
pub fn hold(config: &Config) -> Result<Held> {
    Lock::take(&config.data.dir).map(|lock| Held { _lock: lock }).map_err(|error| {
        Error::conflict(format!("{error}; for this the server must be stopped (or restarted, if it was upgraded)"))
    })
}
