//! Which runs made and used which versions.

use serde_json::json;

use super::model::{Artifact, State};
use super::{lineage_store, lookup, store};
use crate::db::{Reader, Tx};
use crate::domain::runs::{self, Run};
use crate::domain::{Call, audit};
use crate::error::{Error, Result};
use crate::id::{ArtifactId, RunId};
use crate::page::{Cursor, Page};
use crate::policy::{self, Action};

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
    let (mut places, mut total) = (Vec::new(), 0);
    for (at, id, project) in lineage_store::of_run(db, run, side)? {
        // What a run used may lie in a project that the caller does not see; then a link may show it to them.
        if !policy::allows(&call.actor, Action::Read, &project) && lookup::get(db, call, id)?.is_none() {
            continue;
        }
        total += 1;
        let place = (at.micros(), id.get());
        if after.is_none_or(|after| place > after) {
            places.push((place, id));
        }
    }
    let has_next = places.len() > first;
    places.truncate(first);
    let ids: Vec<_> = places.iter().map(|(_, id)| *id).collect();
    // A line of descent holds its version, so that none is missing.
    let found = places.into_iter().zip(store::by_ids(db, &ids)?);
    let items = found.map(|((place, _), artifact)| (Cursor::encode(&place), artifact)).collect();
    Ok((Page { items, has_next }, total))
}

/// The runs that used a version, in the order they were made, as far as the caller may see them.
pub fn used_by(
    db: &Reader,
    call: &Call,
    artifact: ArtifactId,
    after: Option<&str>,
    first: usize,
) -> Result<(Page<RunId>, Vec<Run>)> {
    let after: i64 = after.map(Cursor::decode).transpose()?.unwrap_or(-1);
    let (mut items, mut seen, mut has_next) = (Vec::new(), Vec::new(), false);
    for id in lineage_store::users(db, artifact, after)? {
        let Some(run) = runs::get(db, call, id)? else { continue };
        if items.len() == first {
            has_next = true;
            break;
        }
        items.push((Cursor::encode(&id.get()), id));
        seen.push(run);
    }
    Ok((Page { items, has_next }, seen))
}

/// The run that made a version, if the caller may see it.
pub fn made_by(db: &Reader, call: &Call, artifact: ArtifactId) -> Result<Option<Run>> {
    let run = store::by_id(db, artifact)?.and_then(|artifact| artifact.run_id);
    run.map(|run| runs::get(db, call, run)).transpose().map(Option::flatten)
}
