//! Metrics of runs: as charts, and in [`files`] as Parquet.
//!
//! `POST /api/v1/metrics`: charts of many runs and many metrics in one request, as numbers that a browser maps, not parses.
//!
//! ```text
//! asked    {"entity", "project", "x": "_step", "xMin", "xMax", "buckets": 500, "keys": ["loss"], "deltas": true,
//!           "runs": [{"name": "abc", "cursor": "…"}]}    x, xMin, xMax, buckets, deltas and cursor may be missing
//! answered "RSM1", the length of the head (32 bits), the head, spaces up to a multiple of 8; then the columns
//! head     {"runs": [{"name", "state", "cursor", "series": [{"key", "points", "buckets"}]}]}
//! ```
//! For each series in the order of the head seven columns of 64-bit floats, each with a number a bucket: x of the first and of
//! the last point, count, first, last, least and greatest value. All numbers are little endian. `state` is `found`;
//! `unchanged` if the cursor sent with the run is still its own, then without series; or `missing` if there is no such run
//! for who asks. With `deltas` it may be `grown`: rows were only added since the cursor, and the series have these alone, in
//! as many buckets at most, to be drawn after those that are known; whoever has too many then asks once without a cursor. With
//! `deltas`, 204 without a body says that every run is unchanged. Asking so every few seconds costs an unchanged run three
//! look-ups and a growing one what it has grown by.

mod binary;
mod files;

use actix_web::web::{Bytes, Data, ServiceConfig, post};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::future::try_join_all;
use serde::Deserialize;

use crate::api::{App, Caller, answer};
use crate::domain::history::{self, ChartSpec};
use crate::domain::runs;
use crate::error::{Error, Result};
use crate::id::RunId;

/// How many series one request may ask for.
const SERIES_MAX: usize = 5000;
const BUCKETS_MAX: usize = 4096;

pub fn routes(config: &mut ServiceConfig) {
    config.route("/api/v1/metrics", post().to(metrics)).configure(files::routes);
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Asked {
    entity: String,
    project: String,
    #[serde(default = "step")]
    x: String,
    x_min: Option<f64>,
    x_max: Option<f64>,
    #[serde(default = "buckets")]
    buckets: usize,
    keys: Vec<String>,
    #[serde(default)]
    deltas: bool,
    runs: Vec<AskedRun>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedRun {
    name: String,
    cursor: Option<String>,
}

fn step() -> String {
    "_step".to_owned()
}
fn buckets() -> usize {
    500
}

async fn metrics(request: HttpRequest, app: Data<App>, caller: Caller, body: Result<Bytes, actix_web::Error>) -> HttpResponse {
    match read(&app, caller, body).await {
        Ok(Some(body)) => HttpResponse::Ok().content_type("application/octet-stream").body(body),
        Ok(None) => HttpResponse::NoContent().finish(),
        Err(error) => answer::error(&request, &error),
    }
}

/// The answer; `None` if nothing has changed.
async fn read(app: &App, Caller(call): Caller, body: Result<Bytes, actix_web::Error>) -> Result<Option<Vec<u8>>> {
    let body = body.map_err(|error| Error::invalid(format!("the request did not arrive whole: {error}")))?;
    let asked: Asked =
        serde_json::from_slice(&body).map_err(|error| Error::invalid(format!("the request is not as expected: {error}")))?;
    if !(1..=BUCKETS_MAX).contains(&asked.buckets) {
        return Err(Error::invalid(format!("a chart has 1 to {BUCKETS_MAX} buckets, not {}", asked.buckets)));
    }
    if asked.runs.len().saturating_mul(asked.keys.len().max(1)) > SERIES_MAX {
        return Err(Error::too_large(format!("one request asks for at most {SERIES_MAX} series: ask for fewer runs or keys")));
    }
    let Asked { entity, project, x, x_min, x_max, buckets, keys, deltas, runs } = asked;
    let names: Vec<String> = runs.iter().map(|run| run.name.clone()).collect();
    let found = app.db.read(move |db| {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let ids = runs::ids_by_name(db, &call, &entity, &project, &names)?;
        Ok(names.iter().map(|name| ids.get(*name).copied()).collect::<Vec<Option<RunId>>>())
    });
    let found = found.await?;
    if !runs.is_empty() && found.iter().all(Option::is_none) {
        return Err(Error::not_found("none of the runs was"));
    }
    let spec = ChartSpec { x, keys, x_min, x_max, buckets };
    let drawn = try_join_all(runs.into_iter().zip(found).map(|(run, id)| draw(app, run, id, &spec, deltas))).await?;
    let is_same = deltas && !drawn.is_empty() && drawn.iter().all(|run| run.state == "unchanged");
    Ok((!is_same).then(|| binary::write(&spec.keys, &drawn)))
}

async fn draw(app: &App, run: AskedRun, id: Option<RunId>, spec: &ChartSpec, deltas: bool) -> Result<binary::Drawn> {
    let AskedRun { name, cursor: known } = run;
    let Some(id) = id else {
        return Ok(binary::Drawn { name, state: "missing", cursor: None, series: Vec::new() });
    };
    let (segments, spec) = (app.segments.clone(), spec.clone());
    app.history
        .read(move |db| {
            let cursor = history::cursor(db, id)?;
            if known.as_ref() == Some(&cursor) {
                return Ok(binary::Drawn { name, state: "unchanged", cursor: Some(cursor), series: Vec::new() });
            }
            if let Some(known) = known.filter(|_| deltas)
                && let Some(series) = history::chart_since(db, &segments, id, &spec, &known)?
            {
                return Ok(binary::Drawn { name, state: "grown", cursor: Some(cursor), series });
            }
            let series = history::chart(db, &segments, id, &spec)?;
            Ok(binary::Drawn { name, state: "found", cursor: Some(cursor), series })
        })
        .await
}
