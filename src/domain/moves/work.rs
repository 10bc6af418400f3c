//! Carrying moves out. Every step is a transaction of its own that looks again at what it is about to do, so that it may be
//! repeated, and that a run which is deleted, moved or undone meanwhile is left alone.

use futures_util::future::try_join_all;
use serde_json::json;

use super::model::{Artifacts, Conflicts, Item, ItemState, Move, MoveState};
use super::{BATCH, clash, project, store};
use crate::clock::{Clock, Timestamp};
use crate::db::{Db, Tx};
use crate::domain::runs::{self, RunName, relocation};
use crate::domain::{Call, accounts, artifacts, audit};
use crate::error::{Error, Result};
use crate::id::{ArtifactId, MoveId, RunId};
use crate::policy::{self, Action, Actor};

/// Runs whose transactions share a commit. Few enough that others who write wait only for a moment.
const WAVE: usize = 32;

/// Carries out all moves that are asked for; returns how many.
pub async fn work(db: &Db, clock: &Clock) -> Result<usize> {
    let ids = db.read(store::open).await?;
    for id in &ids {
        carry_out(db, clock, *id).await?;
    }
    Ok(ids.len())
}

async fn carry_out(db: &Db, clock: &Clock, id: MoveId) -> Result<()> {
    let Some(job) = db.read(move |reader| store::find(reader, id)).await? else {
        return Ok(());
    };
    let undoing = job.state == MoveState::Undoing;
    let from = if undoing { ItemState::Moved } else { ItemState::Waiting };
    loop {
        let wave = db.read(move |reader| store::items(reader, id, Some(from), 0, WAVE)).await?;
        if wave.is_empty() {
            break;
        }
        try_join_all(wave.into_iter().map(|item| attempt(db, clock, &job, item))).await?;
    }
    if undoing {
        return_artifacts(db, clock, &job).await?;
    } else if job.artifacts != Artifacts::Leave {
        take_artifacts(db, clock, &job).await?;
    }
    let now = clock.now();
    db.write(move |tx| store::end_move(tx, id, job.state, now)).await
}

/// Moves a run, or brings it back. What is refused is noted with the reason; what is our own fault too, so that one run does
/// not keep the others waiting for ever.
async fn attempt(db: &Db, clock: &Clock, job: &Move, item: Item) -> Result<()> {
    let (id, run, now) = (job.id, item.run, clock.now());
    let undoing = job.state == MoveState::Undoing;
    let asked = job.clone();
    let done = db
        .write(move |tx| {
            let call = call_of(tx, &asked, now)?;
            if undoing { bring_back(tx, &call, &asked, run) } else { take(tx, &call, &asked, run) }
        })
        .await;
    let reason = match done {
        Ok(()) => return Ok(()),
        Err(error @ (Error::Unavailable { .. } | Error::Busy { .. })) => return Err(error),
        Err(error) => {
            if matches!(error, Error::Internal(_)) {
                tracing::error!(cause = error.cause(), "moving run {run} failed: {}", error.cause());
            }
            error.to_string()
        }
    };
    let (from, to) = if undoing { (ItemState::Moved, ItemState::Stayed) } else { (ItemState::Waiting, ItemState::Skipped) };
    let state = job.state;
    db.write(move |tx| match store::item_in(tx, id, run, from, state)? {
        Some(_) => store::set_item(tx, id, run, to, None, Some(&reason)),
        None => Ok(()),
    })
    .await
}

/// Who moves, or undoes the move, with the rights they have now.
fn call_of(tx: &Tx, job: &Move, now: Timestamp) -> Result<Call> {
    let actor = match (job.state, job.moved_by, job.undone_by) {
        (MoveState::Undoing, _, Some(account)) => accounts::actor(tx, account)?,
        (MoveState::Running, Some(account), _) => Actor { acting_for: job.acting_for, ..accounts::actor(tx, account)? },
        _ => Actor::operator(),
    };
    Ok(Call { actor, now, address: None, cause: None })
}

fn take(tx: &Tx, call: &Call, job: &Move, id: RunId) -> Result<()> {
    if store::item_in(tx, job.id, id, ItemState::Waiting, MoveState::Running)?.is_none() {
        return Ok(());
    }
    let run = runs::in_place(tx, id)?.filter(|run| run.project_id == job.source.id);
    let run = run.ok_or_else(|| Error::conflict("the run was deleted or moved meanwhile"))?;
    policy::require(&call.actor, Action::Delete, &run.target())?;
    let destination = project(tx, job.destination.id)?;
    policy::require(&call.actor, Action::Write, &destination.target())?;
    let name = match job.conflicts {
        Conflicts::Rename => relocation::free_name(tx, destination.id, &run.name)?,
        Conflicts::Skip if relocation::name_taken(tx, destination.id, &run.name)? => {
            return Err(Error::conflict(clash(&run.name)));
        }
        Conflicts::Skip => RunName::parse(&run.name)?,
    };
    relocation::relocate(tx, &run, destination.id, &name, call.now)?;
    store::set_item(tx, job.id, id, ItemState::Moved, Some(name.as_str()), None)?;
    record(tx, call, job, &run, [&run.name, name.as_str()])
}

fn bring_back(tx: &Tx, call: &Call, job: &Move, id: RunId) -> Result<()> {
    let Some(item) = store::item_in(tx, job.id, id, ItemState::Moved, MoveState::Undoing)? else {
        return Ok(());
    };
    let run = runs::in_place(tx, id)?.filter(|run| run.project_id == job.destination.id);
    let run = run.ok_or_else(|| Error::conflict("the run was deleted or moved on meanwhile"))?;
    let source = project(tx, job.source.id)?;
    policy::require(&call.actor, Action::Write, &source.target())?;
    if relocation::name_taken(tx, source.id, &item.old_name)? {
        return Err(Error::conflict(clash(&item.old_name)));
    }
    relocation::relocate(tx, &run, source.id, &RunName::parse(&item.old_name)?, call.now)?;
    store::set_item(tx, job.id, id, ItemState::Back, None, None)?;
    record(tx, call, job, &run, [&run.name, &item.old_name])
}

/// What happened to a run, in its own audit log.
fn record(tx: &Tx, call: &Call, job: &Move, run: &runs::Run, names: [&str; 2]) -> Result<()> {
    let (from, to) = match job.state {
        MoveState::Undoing => (&job.destination, &job.source),
        _ => (&job.source, &job.destination),
    };
    let path = |end: &super::End, name: &str| format!("{}/{}/{name}", end.entity, end.project);
    let details = json!({ "move": job.id, "from": path(from, names[0]), "to": path(to, names[1]) });
    audit::record(tx, call, "run.move", "run", run.id.get(), names[1], &details)
}

/// Versions follow the runs that were moved, if no other run made or used them; or all stay and are linked, as was asked.
async fn take_artifacts(db: &Db, clock: &Clock, job: &Move) -> Result<()> {
    let (id, source) = (job.id, job.source.id);
    let mut after = 0;
    loop {
        let batch = db.read(move |reader| store::items(reader, id, Some(ItemState::Moved), after, BATCH)).await?;
        let Some(last) = batch.last() else {
            return Ok(());
        };
        after = last.run.get();
        let runs: Vec<RunId> = batch.iter().map(|item| item.run).collect();
        let versions = db.read(move |reader| artifacts::relocation::tied_to(reader, source, &runs)).await?;
        for version in versions {
            match job.artifacts {
                Artifacts::CopyReference => refer(db, clock, job, version).await?,
                _ => follow(db, clock, job, version).await?,
            }
        }
    }
}

/// Versions that went along return, if all their runs did; links that were made go.
async fn return_artifacts(db: &Db, clock: &Clock, job: &Move) -> Result<()> {
    let id = job.id;
    for version in db.read(move |reader| store::artifacts(reader, id)).await? {
        follow(db, clock, job, version).await?;
    }
    for link in db.read(move |reader| store::links(reader, id)).await? {
        let (job, now) = (job.clone(), clock.now());
        db.write(move |tx| {
            artifacts::relocation::forget(tx, &call_of(tx, &job, now)?, link.artifact, link.portfolio, link.made)?;
            store::remove_link(tx, id, link.artifact)
        })
        .await?;
    }
    Ok(())
}

/// Links a version that stays into the project where the runs are now.
async fn refer(db: &Db, clock: &Clock, job: &Move, artifact: ArtifactId) -> Result<()> {
    let (job, now) = (job.clone(), clock.now());
    db.write(move |tx| {
        if store::find(tx, job.id)?.is_none_or(|found| found.state != job.state) {
            return Ok(());
        }
        let (source, destination) = (project(tx, job.source.id)?, project(tx, job.destination.id)?);
        match artifacts::relocation::refer(tx, &call_of(tx, &job, now)?, artifact, &source, &destination)? {
            Some((portfolio, made)) => store::add_link(tx, job.id, store::Link { artifact, portfolio, made }),
            None => Ok(()),
        }
    })
    .await
}

async fn follow(db: &Db, clock: &Clock, job: &Move, version: ArtifactId) -> Result<()> {
    let (job, now) = (job.clone(), clock.now());
    db.write(move |tx| {
        let undoing = job.state == MoveState::Undoing;
        if store::find(tx, job.id)?.is_none_or(|found| found.state != job.state) {
            return Ok(());
        }
        let (source, destination) = (project(tx, job.source.id)?, project(tx, job.destination.id)?);
        let (from, to) = if undoing { (destination, source) } else { (source, destination) };
        if artifacts::relocation::follow(tx, &call_of(tx, &job, now)?, version, &from, &to)? {
            let note = if undoing { store::remove_artifact } else { store::add_artifact };
            note(tx, job.id, version)?;
        }
        Ok(())
    })
    .await
}
