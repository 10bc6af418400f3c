//! Which runs made and used which versions.

use serde_json::json;

use super::model::{Artifact, State};
use super::{lineage_store, lookup, store};
use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::domain::runs::{self, Run};
use crate::domain::{Call, audit};
use crate::error::{Error, Result};
use crate::id::{ArtifactId, RunId};
use crate::page::{Cursor, Page};
use crate::policy::{self, Action, Target};

/// Records that a run uses a version; again is no error.
pub fn use_artifact(
    tx: &Tx,
    call: &Call,
    id: ArtifactId,
    (entity, project, run): (&str, &str, &str),
    used_as: Option<&str>,
) -> Result<Artifact> {
    let artifact = Some(lookup::require_bytes(tx, call, id)?).filter(|found| found.state != State::Deleted);
    let artifact = artifact.ok_or_else(|| Error::not_found("artifact"))?;
    let run = runs::require_process(tx, call, entity, project, run)?;
    if lineage_store::add_input(tx, run.id, artifact.id, used_as, call.now)? {
        let details = json!({ "artifact": artifact.id.get(), "version": artifact.label() });
        audit::record(tx, call, "run.use_artifact", "run", run.id.get(), &run.name, &details)?;
    }
    Ok(artifact)
}

/// What runs have to do with versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Input,
    Output,
}

/// The versions that a run made, oldest first, and how many there are.
pub fn outputs(db: &Reader, call: &Call, run: RunId, after: Option<&str>, first: usize) -> Result<(Page<Artifact>, i64)> {
    of_run(db, call, run, Side::Output, after, first)
}

/// The versions that a run used, oldest first, and how many there are.
pub fn inputs(db: &Reader, call: &Call, run: RunId, after: Option<&str>, first: usize) -> Result<(Page<Artifact>, i64)> {
    of_run(db, call, run, Side::Input, after, first)
}

fn of_run(
    db: &Reader,
    call: &Call,
    run: RunId,
    side: Side,
    after: Option<&str>,
    first: usize,
) -> Result<(Page<Artifact>, i64)> {
    let after: Option<(i64, i64)> = after.map(Cursor::decode).transpose()?;
    let (at, id) = after.unwrap_or((i64::MIN, 0));
    let mut from = (Timestamp::from_micros(at), id);
    let mut places = Vec::new();
    // As many as are wanted are read at a time, until enough of them may be seen or there are no more.
    while places.len() <= first {
        let batch = lineage_store::of_run(db, run, side, from, first + 1)?;
        let is_last = batch.len() <= first;
        if let Some((at, id, _)) = batch.last() {
            from = (*at, id.get());
        }
        for (at, id, project) in batch {
            if sees(db, call, id, &project)? {
                places.push(((at.micros(), id.get()), id));
            }
        }
        if is_last {
            break;
        }
    }
    let has_next = places.len() > first;
    places.truncate(first);
    let ids: Vec<_> = places.iter().map(|(_, id)| *id).collect();
    // A line of descent holds its version, so that none is missing.
    let found = places.into_iter().zip(store::by_ids(db, &ids)?);
    let items = found.map(|((place, _), artifact)| (Cursor::encode(&place), artifact)).collect();
    Ok((Page { items, has_next }, total(db, call, run, side)?))
}

/// What a run used may lie in a project that the caller does not see; then a link may show it to them.
fn sees(db: &Reader, call: &Call, id: ArtifactId, project: &Target) -> Result<bool> {
    Ok(policy::allows(&call.actor, Action::Read, project) || lookup::get(db, call, id)?.is_some())
}

/// How many the caller sees in all. Those of projects that they see are counted, the others looked at.
fn total(db: &Reader, call: &Call, run: RunId, side: Side) -> Result<i64> {
    let mut total = 0;
    for (project, count) in lineage_store::counts_of_run(db, run, side)? {
        if policy::allows(&call.actor, Action::Read, &project) {
            total += count;
        } else if let Target::Project { id, .. } = project {
            for version in lineage_store::of_run_in(db, run, side, id)? {
                total += i64::from(lookup::get(db, call, version)?.is_some());
            }
        }
    }
    Ok(total)
}

/// The runs that used a version, in the order they were made, as far as the caller may see them.
pub fn used_by(
    db: &Reader,
    call: &Call,
    artifact: ArtifactId,
    after: Option<&str>,
    first: usize,
) -> Result<(Page<RunId>, Vec<Run>)> {
    let mut after: i64 = after.map(Cursor::decode).transpose()?.unwrap_or(-1);
    let (mut items, mut seen) = (Vec::new(), Vec::new());
    loop {
        let batch = lineage_store::users(db, artifact, after, first + 1)?;
        let is_last = batch.len() <= first;
        for id in batch {
            after = id.get();
            let Some(run) = runs::get(db, call, id)? else { continue };
            if items.len() == first {
                return Ok((Page { items, has_next: true }, seen));
            }
            items.push((Cursor::encode(&id.get()), id));
            seen.push(run);
        }
        if is_last {
            return Ok((Page { items, has_next: false }, seen));
        }
    }
}

/// The run that made a version, if the caller may see it.
pub fn made_by(db: &Reader, call: &Call, artifact: ArtifactId) -> Result<Option<Run>> {
    let run = store::by_id(db, artifact)?.and_then(|artifact| artifact.run_id);
    run.map(|run| runs::get(db, call, run)).transpose().map(Option::flatten)
}
