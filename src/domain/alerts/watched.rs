//! Which projects have rules about metrics: in memory, so that runs of all others cost nothing.

use std::collections::HashSet;
use std::sync::{PoisonError, RwLock};

use tokio::sync::Mutex;

use super::store;
use crate::db::Db;
use crate::error::Result;
use crate::id::ProjectId;

/// The projects whose runs are looked at when rows come.
#[derive(Debug, Default)]
pub struct Watched {
    projects: RwLock<HashSet<ProjectId>>,
    /// Held by who finds them out, so that nobody who looked before puts an older answer in place of a newer.
    finding: Mutex<()>,
}

impl Watched {
    /// Whether rows of runs in this project are to be noted.
    pub fn has(&self, project: ProjectId) -> bool {
        self.projects.read().unwrap_or_else(PoisonError::into_inner).contains(&project)
    }

    /// Makes it those that have rules now. To be called when a rule has been made, before its maker is told so.
    pub async fn refresh(&self, db: &Db) -> Result<()> {
        let _finding = self.finding.lock().await;
        let found = db.read(store::watched).await?;
        *self.projects.write().unwrap_or_else(PoisonError::into_inner) = found.into_iter().collect();
        Ok(())
    }
}
