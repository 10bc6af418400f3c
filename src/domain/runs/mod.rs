//! The life of a run: made, resumed, heard of, stopped, finished, deleted; its documents, tags and alerts.
//!
//! What a run streams is `history`'s; `stream` and `branches` join the two.

mod attribution;
pub mod fields;
pub mod filter;
mod model;
mod move_store;
mod names;
pub mod order;
pub mod query;
pub(in crate::domain) mod relocation;
pub mod selection;
mod store;
pub mod transfer;
mod transfer_store;
pub mod trash;
mod trash_store;
mod upsert;

use std::collections::HashMap;
use std::time::Duration;

use serde_json::json;

pub use attribution::foreseen as foreseen_warning;
pub(in crate::domain) use attribution::forget_names;
pub use model::{Run, RunName, RunState, Streaming};
pub(in crate::domain) use upsert::id_at;
pub use upsert::{Changes, Hindrance, Place, Upserted, upsert};

use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::domain::projects::{self, Project};
use crate::domain::{Call, accounts, audit};
use crate::error::{Error, Result};
use crate::id::{ProjectId, RunId};
use crate::json::Json;
use crate::policy::{self, Action};

/// Names that one statement looks up: a statement for each count of names is kept ready.
const NAMES_AT_A_TIME: usize = 500;
/// Summaries that one transaction indexes: others wait for it.
const SUMMARIES_AT_A_TIME: i64 = 64;
/// Configs of older runs that one transaction looks at.
const CONFIGS_AT_A_TIME: i64 = 256;

/// A message that a run sent to its people.
#[derive(Clone, Debug)]
pub struct Alert {
    pub title: String,
    pub text: String,
    pub severity: Severity,
    pub created_at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    Info,
    Warn,
    Error,
}

impl Severity {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Info, Self::Warn, Self::Error].into_iter().find(|severity| severity.as_str() == text)
    }
}

/// The run at this path, or that was there before it moved, if the caller may see it.
pub fn find(db: &Reader, call: &Call, entity: &str, project: &str, name: &str) -> Result<Option<Run>> {
    let found = at(db, entity, project, name)?;
    Ok(found.filter(|run| policy::allows(&call.actor, Action::Read, &run.target())))
}

/// The ids of runs of a project by their names, of those whose metrics the caller may see.
pub fn ids_by_name(db: &Reader, call: &Call, entity: &str, project: &str, names: &[&str]) -> Result<HashMap<String, RunId>> {
    let mut ids = HashMap::new();
    for names in names.chunks(NAMES_AT_A_TIME) {
        let found = store::streaming(db, entity, project, names)?.into_iter();
        let visible = found.filter(|(_, run)| policy::allows(&call.actor, Action::Read, &run.figures()));
        ids.extend(visible.map(|(name, run)| (name, run.id)));
    }
    Ok(ids)
}

/// The run with this id, if the caller may see it.
pub fn get(db: &Reader, call: &Call, id: RunId) -> Result<Option<Run>> {
    let found = store::by_id(db, id)?;
    Ok(found.filter(|run| policy::allows(&call.actor, Action::Read, &run.target())))
}

/// The run with this id, whoever asks. For siblings, who judge the caller.
pub(in crate::domain) fn in_place(db: &Reader, id: RunId) -> Result<Option<Run>> {
    store::by_id(db, id)
}

/// The run of that name in a project, whoever asks. For siblings, who judge the caller.
pub(in crate::domain) fn in_project(db: &Reader, project: ProjectId, name: &str) -> Result<Option<Run>> {
    store::by_name(db, project, name)
}

/// The project of a run, for who may see it, and for the run's process: that goes on though its author may not look there any
/// more.
pub fn project_of(db: &Reader, call: &Call, run: &Run) -> Result<Option<Project>> {
    let found = projects::in_place(db, run.project_id)?;
    let sees = |project: &Project| policy::allows(&call.actor, Action::Read, &project.target());
    Ok(found.filter(|project| sees(project) || policy::allows(&call.actor, Action::Write, &run.stream())))
}

/// The run at this path for a change; says why not.
pub fn require(db: &Reader, call: &Call, action: Action, entity: &str, project: &str, name: &str) -> Result<Run> {
    let run = at(db, entity, project, name)?.ok_or_else(|| Error::not_found(format!("run {name}")))?;
    policy::require(&call.actor, action, &run.target())?;
    Ok(run)
}

/// The run at this path. Where a run was before it moved leads to it as long as no other has come there.
fn at(db: &Reader, entity: &str, project: &str, name: &str) -> Result<Option<Run>> {
    if let Some(run) = store::by_path(db, entity, project, name)? {
        return Ok(Some(run));
    }
    let moved = move_store::by_old_path(db, entity, project, name)?;
    moved.map(|id| store::by_id(db, id)).transpose().map(Option::flatten)
}

/// Where the run is now that was at this path, if it moved and the caller may see it.
pub fn moved_from(db: &Reader, call: &Call, entity: &str, project: &str, name: &str) -> Result<Option<Run>> {
    let Some(id) = move_store::by_old_path(db, entity, project, name)? else {
        return Ok(None);
    };
    if store::by_path(db, entity, project, name)?.is_some() {
        return Ok(None);
    }
    let found = store::by_id(db, id)?;
    Ok(found.filter(|run| policy::allows(&call.actor, Action::Read, &run.target())))
}

/// The run at this path for what its process asks for besides its stream; says why not.
pub fn require_process(db: &Reader, call: &Call, entity: &str, project: &str, name: &str) -> Result<Run> {
    let run = at(db, entity, project, name)?.ok_or_else(|| Error::not_found(format!("run {name}")))?;
    policy::require(&call.actor, Action::Write, &run.stream())?;
    Ok(run)
}

/// As [`require_process`], for what its process streams.
pub(in crate::domain) fn require_stream(
    db: &Reader,
    call: &Call,
    entity: &str,
    project: &str,
    name: &str,
) -> Result<Streaming> {
    let run = match store::streaming(db, entity, project, &[name])?.into_iter().next() {
        Some((_, run)) => run,
        // It may have moved; its process knows the old address alone.
        None => at(db, entity, project, name)?.ok_or_else(|| Error::not_found(format!("run {name}")))?.streaming(),
    };
    policy::require(&call.actor, Action::Write, &run.stream())?;
    Ok(run)
}

/// Whether anything was ever logged here.
pub fn any(db: &Reader) -> Result<bool> {
    store::any(db)
}

/// Runs of a project that the caller was found to be allowed to see, in the order of `ids`.
pub fn by_ids(db: &Reader, ids: &[RunId]) -> Result<Vec<Run>> {
    store::by_ids(db, ids)
}

/// The run of that name in a project, or that had it there before it moved, if the caller may see it.
pub fn by_name(db: &Reader, call: &Call, project: ProjectId, name: &str) -> Result<Option<Run>> {
    let found = match store::by_name(db, project, name)? {
        Some(run) => Some(run),
        None => moved_out_of(db, project, name)?,
    };
    Ok(found.filter(|run| policy::allows(&call.actor, Action::Read, &run.target())))
}

/// The run that had this name in a project before it moved, whoever asks.
fn moved_out_of(db: &Reader, project: ProjectId, name: &str) -> Result<Option<Run>> {
    let moved = move_store::by_old_name(db, project, name)?;
    moved.map(|id| store::by_id(db, id)).transpose().map(Option::flatten)
}

/// Asks the run's process to stop; it learns of it with its next heartbeat. False if the run has ended already.
pub fn stop(tx: &Tx, call: &Call, id: RunId) -> Result<bool> {
    let run = store::by_id(tx, id)?.ok_or_else(|| Error::not_found("run"))?;
    policy::require(&call.actor, Action::Delete, &run.target())?;
    if run.state.has_ended() {
        return Ok(false);
    }
    if run.state == RunState::Pending {
        store::set_state(tx, id, RunState::Killed, &stop_reason(Some(name_of(tx, call)?)), None, call.now)?;
    }
    store::request_stop(tx, id, call.actor.account, call.now)?;
    audit::record(tx, call, "run.stop", "run", id.get(), &run.name, &json!({}))?;
    Ok(true)
}

/// A state change asked for by a person: to `pending` from running, failed, crashed or preempted; to `failed` from
/// pending or running. Runs of a sweep belong to the sweep.
pub fn update_state(tx: &Tx, call: &Call, id: RunId, wanted: RunState) -> Result<()> {
    use RunState::{Crashed, Failed, Pending, Preempted, Running};
    let run = store::by_id(tx, id)?.ok_or_else(|| Error::not_found("run"))?;
    policy::require(&call.actor, Action::Write, &run.target())?;
    let allowed = match wanted {
        Pending => matches!(run.state, Running | Failed | Crashed | Preempted),
        Failed => matches!(run.state, Pending | Running),
        _ => false,
    };
    if !allowed {
        let (from, to) = (run.state.as_str(), wanted.as_str());
        return Err(Error::invalid(format!("invalid state transition: a run that is {from} cannot be made {to}")));
    }
    if run.sweep.is_some() {
        return Err(Error::invalid("the state of a run that belongs to a sweep is set by the sweep"));
    }
    let reason = format!("set by {}", name_of(tx, call)?);
    store::set_state(tx, id, wanted, &reason, None, call.now)?;
    audit::record(tx, call, "run.update", "run", id.get(), &run.name, &json!({ "state": wanted.as_str() }))
}

/// The user name of who asks.
fn name_of(db: &Reader, call: &Call) -> Result<String> {
    let account = call.actor.account.map(|id| accounts::find(db, id)).transpose()?.flatten();
    Ok(account.map_or_else(|| "the operator".to_owned(), |account| account.username))
}

/// The run's process is heard of again: a run that had ended or waited runs.
pub(in crate::domain) fn revive(tx: &Tx, id: RunId, now: Timestamp) -> Result<()> {
    store::set_state(tx, id, RunState::Running, "", None, now)
}

/// The run's machine is about to be taken away: silence will not be a crash.
pub(in crate::domain) fn preempting(tx: &Tx, id: RunId, now: Timestamp) -> Result<()> {
    store::set_state(tx, id, RunState::Preempting, "the machine is about to be taken away", None, now)
}

/// The run's process said that it is done.
pub(in crate::domain) fn finish(tx: &Tx, run: &Streaming, exit_code: i64, now: Timestamp) -> Result<()> {
    let (state, reason) = if run.stop_requested {
        (RunState::Killed, stop_reason(store::stopper(tx, run.id)?))
    } else if exit_code == 0 {
        (RunState::Finished, String::new())
    } else {
        (RunState::Failed, format!("the process ended with exit code {exit_code}"))
    };
    store::set_state(tx, run.id, state, &reason, Some(exit_code), now)
}

fn stop_reason(by: Option<String>) -> String {
    by.map_or_else(|| "stopped by the operator".to_owned(), |username| format!("stopped by {username}"))
}

/// Takes over a summary document that a run's process streamed, with the index of its fields, unless the run has that one
/// (`turn`) or a later one. As one of several processes knows its own metrics alone, the members of a part go among those of
/// the others. A run that has gone takes nothing.
pub(in crate::domain) fn take_summary(tx: &Tx, id: RunId, turn: i64, text: &str, is_part: bool, now: Timestamp) -> Result<()> {
    let Some((project, stored)) = store::summary_before(tx, id, turn)? else {
        return Ok(());
    };
    let sent = Json::parse_map(text)?;
    let summary = if is_part {
        let mut all = Json::parse_map(&stored)?;
        all.extend(sent);
        Json::Map(all).to_text()
    } else {
        text.to_owned()
    };
    set_summary(tx, id, project, &summary, now)?;
    store::set_summary_turn(tx, id, turn)
}

/// Replaces the summary document, with the index of its fields.
pub(in crate::domain) fn set_summary(tx: &Tx, id: RunId, project: ProjectId, text: &str, now: Timestamp) -> Result<()> {
    let summary = Json::parse_map(text)?;
    store::set_summary(tx, id, text, now)?;
    fields::replace(tx, id, project, fields::Section::Summary, &summary)
}

/// Lets the index of fields say what some summaries do that earlier versions left to be indexed; returns of how many.
pub fn index_summaries(tx: &Tx) -> Result<usize> {
    let waiting = store::unindexed_summaries(tx, SUMMARIES_AT_A_TIME)?;
    for (id, project, summary) in &waiting {
        index_summary(tx, *id, *project, summary)?;
    }
    Ok(waiting.len())
}

fn index_summary(tx: &Tx, id: RunId, project: ProjectId, text: &str) -> Result<()> {
    fields::replace(tx, id, project, fields::Section::Summary, &Json::parse_map(text)?)?;
    store::set_indexed(tx, id)
}

/// Looks at some configs that were logged before this was done at once: whether two runs have the same. Returns at how many.
pub fn digest_configs(tx: &Tx) -> Result<usize> {
    let waiting = store::undigested_configs(tx, CONFIGS_AT_A_TIME)?;
    for (id, config) in &waiting {
        store::set_config_digest(tx, *id, &fields::digest(&Json::parse_map(config)?))?;
    }
    Ok(waiting.len())
}

/// The newest other runs that were given the same config as a run that the caller was found to be allowed to see, and whether
/// there are more.
pub fn similar(db: &Reader, run: &Run, first: usize) -> Result<(Vec<Run>, bool)> {
    let mut ids = store::with_same_config(db, run, first as i64 + 1)?;
    let has_more = ids.len() > first;
    ids.truncate(first);
    let mut found = store::by_ids(db, &ids)?;
    found.sort_by_key(|run| std::cmp::Reverse(run.id));
    Ok((found, has_more))
}

/// Notes when runs were last heard of, all together.
pub(in crate::domain) fn set_heartbeats(tx: &Tx, beats: &[(RunId, Timestamp)]) -> Result<()> {
    beats.iter().try_for_each(|(id, at)| store::set_heartbeat(tx, *id, *at))
}

/// Ends the runs whose processes fell silent for `patience`; returns which.
pub(in crate::domain) fn end_silent(tx: &Tx, now: Timestamp, patience: Duration) -> Result<Vec<RunId>> {
    let silent = store::silent_since(tx, now.minus(patience))?;
    let runs = store::by_ids(tx, &silent)?;
    for run in &runs {
        let heard = run.heartbeat_at;
        let (state, reason) = match run.state {
            RunState::Preempting => (RunState::Preempted, format!("the machine was taken away; last heard of at {heard}")),
            _ if run.stop_requested => {
                let reason = stop_reason(store::stopper(tx, run.id)?);
                (RunState::Killed, format!("{reason}; last heard of at {heard}"))
            }
            _ => {
                let span = patience.as_secs();
                (RunState::Crashed, format!("no heartbeat for {span} seconds; last heard of at {heard}"))
            }
        };
        store::set_silent(tx, run.id, state, &reason, now)?;
    }
    // Those in deleted projects are left alone until they are restored.
    Ok(runs.into_iter().map(|run| run.id).collect())
}

/// Keeps an alert unless one with the same title came less than `gap` ago. False if it was dropped for that.
pub(in crate::domain) fn alert(
    tx: &Tx,
    call: &Call,
    run: &Run,
    title: &str,
    text: &str,
    severity: Severity,
    gap: Duration,
) -> Result<bool> {
    policy::require(&call.actor, Action::Write, &run.stream())?;
    if title.trim().is_empty() {
        return Err(Error::invalid("an alert needs a title"));
    }
    if store::last_alert(tx, run.id, title)?.is_some_and(|last| call.now.since(last) < gap) {
        return Ok(false);
    }
    let alert = Alert { title: title.to_owned(), text: text.to_owned(), severity, created_at: call.now };
    store::insert_alert(tx, run.id, &alert)?;
    Ok(true)
}

/// The alerts of a run, oldest first.
pub fn alerts(db: &Reader, run: RunId) -> Result<Vec<Alert>> {
    store::alerts(db, run)
}

/// The project where the sweep of a run is, if it is of one and the caller may see that project. A sweep stays where it is when
/// its runs move.
pub fn sweep_project(db: &Reader, call: &Call, run: &Run) -> Result<Option<Project>> {
    if run.sweep.is_none() {
        return Ok(None);
    }
    projects::get(db, call, store::sweep_project(db, run.id)?.unwrap_or(run.project_id))
}

/// Whether the person who made a run is a former member of the team that it was logged to, or locked out.
pub fn author_left(db: &Reader, run: RunId) -> Result<bool> {
    store::author_left(db, run)
}

/// The runs that keep what rewinds cut away of a run that the caller was found to be allowed to see, oldest first.
pub fn archives(db: &Reader, run: RunId) -> Result<Vec<Run>> {
    store::by_ids(db, &store::archives_of(db, run)?)
}

fn archive_name(run: &Run, number: usize) -> Result<RunName> {
    RunName::parse(&format!("{}-before-rewind-{number}", run.name))
}

/// Makes the run that keeps what a rewind cuts away.
pub(in crate::domain) fn archive(tx: &Tx, call: &Call, run: &Run) -> Result<RunId> {
    let mut number = store::archives_of(tx, run.id)?.len() + 1;
    let mut name = archive_name(run, number)?;
    // Earlier ones may have gone for good, and anybody may call a run like this.
    while store::by_name(tx, run.project_id, name.as_str())?.is_some() || trash::holds(tx, run.project_id, name.as_str())? {
        number += 1;
        name = archive_name(run, number)?;
    }
    let display_name = format!("{} (before rewind {number})", run.display_name);
    let id = store::insert(
        tx,
        &store::NewRow {
            project: run.project_id,
            name: &name,
            ordinal: 0,
            display_name: &display_name,
            state: RunState::Finished,
            archive_of: Some(run.id),
            created_by: run.created_by,
            logged_by: call.actor.account,
            attribution_warning: "",
            now: call.now,
        },
    )?;
    let kept = Run { id, name: name.as_str().to_owned(), display_name, ..run.clone() };
    store::update(tx, &kept)?;
    store::set_config(tx, id, &run.config, &fields::digest(&Json::parse_map(&run.config)?), call.now)?;
    store::set_summary(tx, id, &run.summary, call.now)?;
    Ok(id)
}

/// Notes where a run branched off, if it did, and how many rows it has from before.
pub(in crate::domain) fn set_inherited(
    tx: &Tx,
    run: &Run,
    branch: Option<(RunId, i64)>,
    lines: i64,
    now: Timestamp,
) -> Result<()> {
    store::update(tx, &Run { branch: branch.or(run.branch), inherited_lines: lines, updated_at: now, ..run.clone() })
}
