//! Runs on their way to another server and in from one.
//!
//! A run that comes in is at first a row that no list, address or trash knows, so that what it streamed and its files have a
//! number to hang on; with [`settle`] it is there, whole and at once. What is left of one that never got so far is nobody's.

use super::model::{Run, RunName, RunState};
use super::{Alert, fields, move_store, store, transfer_store};
use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::domain::projects;
use crate::error::Result;
use crate::id::{AccountId, ProjectId, RunId};
use crate::json::Json;
use crate::secret::random_bytes;

/// All runs of a project that are not deleted, and what rewinds cut away of them: in the order that they were made in.
pub(in crate::domain) fn ids_in(db: &Reader, project: ProjectId) -> Result<Vec<RunId>> {
    transfer_store::ids_in(db, project)
}

/// The run that a run was cut away from by a rewind.
pub(in crate::domain) fn archive_of(db: &Reader, id: RunId) -> Result<Option<RunId>> {
    transfer_store::archive_of(db, id)
}

/// Bytes of the files of a run, or of all of a project's runs.
pub(in crate::domain) fn file_bytes(db: &Reader, project: ProjectId, run: Option<RunId>) -> Result<i64> {
    transfer_store::file_bytes(db, project, run)
}

/// A run that comes in, as it was where it comes from.
#[derive(Clone, Debug)]
pub struct Incoming {
    pub name: RunName,
    pub display_name: String,
    pub description: String,
    pub notes: String,
    pub tags: Vec<String>,
    pub group: Option<String>,
    pub job_type: Option<String>,
    pub sweep: Option<String>,
    pub host: Option<String>,
    pub program: Option<String>,
    pub repo: Option<String>,
    pub commit: Option<String>,
    pub state: RunState,
    pub state_reason: String,
    pub exit_code: Option<i64>,
    pub locked: bool,
    /// JSON text.
    pub config: String,
    pub summary: String,
    /// The runs of here that it branched off, with the step, and was cut away from.
    pub branch: Option<(RunId, i64)>,
    pub archive_of: Option<RunId>,
    pub inherited_lines: i64,
    pub created_by: Option<AccountId>,
    /// Who brought it in.
    pub logged_by: Option<AccountId>,
    pub attribution_warning: String,
    pub created_at: Timestamp,
    pub started_at: Timestamp,
    pub heartbeat_at: Timestamp,
    pub updated_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub alerts: Vec<Alert>,
}

/// A number for a run that is to come into a project.
pub(in crate::domain) fn reserve(tx: &Tx, project: ProjectId, now: Timestamp) -> Result<RunId> {
    transfer_store::reserve(tx, project, &format!("/{}", hex::encode(random_bytes::<12>())), now)
}

/// Whether a run of that number is there, and not on its way in any more.
pub(in crate::domain) fn is_there(db: &Reader, id: RunId) -> Result<bool> {
    Ok(store::by_id(db, id)?.is_some())
}

/// The name itself, or a free one like it.
pub(in crate::domain) fn free_name(db: &Reader, project: ProjectId, name: &str) -> Result<RunName> {
    super::relocation::free_name(db, project, name)
}

/// Lets a run be there that was on its way in. For siblings, who judged the caller and record it.
pub(in crate::domain) fn settle(tx: &Tx, id: RunId, project: ProjectId, run: &Incoming) -> Result<()> {
    let (config, summary) = (Json::parse_map(&run.config)?, Json::parse_map(&run.summary)?);
    let ordinal = projects::next_run_ordinal(tx, project)?;
    move_store::forget_address(tx, project, run.name.as_str())?;
    transfer_store::settle(tx, id, run, ordinal, &fields::digest(&config))?;
    fields::replace(tx, id, project, fields::Section::Config, &config)?;
    fields::replace(tx, id, project, fields::Section::Summary, &summary)?;
    for alert in &run.alerts {
        store::insert_alert(tx, id, alert)?;
    }
    if let Some(settled) = store::by_id(tx, id)? {
        store::set_tags(tx, &Run { tags: run.tags.clone(), ..settled }, &run.tags)?;
    }
    Ok(())
}
