//! Runs that continue from the middle of another (fork) or of themselves (rewind). Joins the two planes: streams are
//! brought over in the data plane first, then the run says so in the control plane; each step may be repeated.

use serde_json::json;

use crate::db::Db;
use crate::domain::history::{self, Segments};
use crate::domain::{Call, audit, runs, summaries};
use crate::error::{Error, Result};
use crate::id::RunId;
use crate::json::Json;
use crate::policy::{self, Action};

use super::runs::Run;

/// Brings the history of `from` up to `step` (inclusive) over to the new run, with the summary it had there.
pub async fn fork(db: &Db, streams: &Db, segments: &Segments, call: &Call, run: &Run, from: RunId, step: i64) -> Result<()> {
    let to = run.id;
    history::copy_to(streams, segments, from, to, step).await?;
    settle(db, streams, segments, call, to, Some((from, step))).await
}

/// Cuts a run back to `step` (inclusive). What is cut away stays, whole, as an archived run beside it; console lines begin
/// anew, configuration stays, the summary is what the kept steps say. `None` if there is no such run to see.
pub async fn rewind(
    db: &Db,
    streams: &Db,
    segments: &Segments,
    call: &Call,
    path: [String; 3],
    step: i64,
) -> Result<Option<Run>> {
    let asking = call.clone();
    let found = db
        .read(move |reader| {
            let [entity, project, name] = &path;
            let found = runs::find(reader, &asking, entity, project, name)?;
            found.map(|_| runs::require(reader, &asking, Action::Write, entity, project, name)).transpose()
        })
        .await?;
    let Some(id) = found.map(|run| run.id) else {
        return Ok(None);
    };
    // The archived run is to have the last summary.
    summaries::bring(db, streams, id, call.now).await?;
    let asking = call.clone();
    let archive = db
        .write(move |tx| {
            let run = runs::get(tx, &asking, id)?.ok_or_else(|| Error::not_found("run"))?;
            policy::require(&asking.actor, Action::Write, &run.target())?;
            let archive = runs::archive(tx, &asking, &run)?;
            audit::record(tx, &asking, "run.rewind", "run", run.id.get(), &run.name, &json!({ "step": step }))?;
            Ok(archive)
        })
        .await?;
    history::truncate(streams, segments, id, step, Some(archive)).await?;
    settle(db, streams, segments, call, id, None).await?;
    let asking = call.clone();
    db.read(move |reader| runs::get(reader, &asking, id)).await
}

/// Lets a run's summary, and where it branched off, follow from the history it now has.
async fn settle(
    db: &Db,
    streams: &Db,
    segments: &Segments,
    call: &Call,
    id: RunId,
    branch: Option<(RunId, i64)>,
) -> Result<()> {
    let at = segments.clone();
    let (summary, lines) = streams
        .read(move |reader| {
            Ok((history::summary_of_history(reader, &at, id)?, history::counters(reader, &at, id)?.history_lines))
        })
        .await?;
    let summary = Json::Map(summary).to_text();
    let call = call.clone();
    db.write(move |tx| {
        let run = runs::get(tx, &call, id)?.ok_or_else(|| Error::not_found("run"))?;
        runs::set_summary(tx, run.id, run.project_id, &summary, call.now)?;
        runs::set_inherited(tx, &run, branch, lines, call.now)
    })
    .await
}
