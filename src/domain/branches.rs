//! Runs that continue from the middle of another (fork) or of themselves (rewind). Joins the two planes: streams are
//! brought over in the data plane first, then the run says so in the control plane; each step may be repeated.

use serde_json::json;

use crate::db::Db;
use crate::domain::history::{self, Segments};
use crate::domain::{Call, audit, runs};
use crate::error::{Error, Result};
use crate::id::RunId;
use crate::json::Json;
use crate::policy::Action;

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
    let archived = db
        .write(move |tx| {
            let [entity, project, name] = &path;
            let Some(run) = runs::find(tx, &asking, entity, project, name)? else {
                return Ok(None);
            };
            runs::require(tx, &asking, Action::Write, entity, project, name)?;
            let archive = runs::archive(tx, &asking, &run)?;
            audit::record(tx, &asking, "run.rewind", "run", run.id.get(), &run.name, &json!({ "step": step }))?;
            Ok(Some((run, archive)))
        })
        .await?;
    let Some((run, archive)) = archived else {
        return Ok(None);
    };
    let id = run.id;
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
