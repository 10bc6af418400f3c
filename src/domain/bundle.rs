//! A run with all that made it and came out of it, as one archive: what it was given and what came out, its metrics, its files
//! (with the state of the code, the requirements and the command line, as the client saves them), and the artifacts that it used
//! and made.

use std::fs::File;
use std::io::{Read as _, Seek as _};

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt as _, TryStreamExt as _};
use serde_json::{Value, json};

use super::archive::{self, Entry};
use super::artifacts::{self, Artifact, State};
use super::history::{self, Segments};
use super::runs::Run;
use super::{Call, audit, files};
use crate::blob::Blobs;
use crate::db::{Db, Reader, Tx};
use crate::error::{Error, Result};
use crate::page::Page;

/// Files and versions that are looked up at one time.
const BATCH: usize = 500;
/// How much of a file is in memory at a time.
const PIECE_BYTES: usize = 256 * 1024;

/// Where the parts of a run lie.
#[derive(Clone)]
pub struct Sources {
    pub db: Db,
    pub history: Db,
    pub segments: Segments,
    pub blobs: Blobs,
}

/// A version that goes along, with the folder for its files; without one the caller may look at it but not download it.
struct Taken {
    version: Artifact,
    folder: Option<String>,
}

/// A run that the caller was found to be allowed to see, as a ZIP that ends with a list of its files and their digests. Of
/// artifacts that the caller may not download it tells the name alone.
pub async fn of_run(sources: &Sources, call: &Call, run: &Run) -> Result<BoxStream<'static, Result<Bytes>>> {
    let (asked, id) = (call.clone(), run.id);
    let taken = sources.db.read(move |reader| {
        let inputs = every(reader, &asked, |after| Ok(artifacts::inputs(reader, &asked, id, after, BATCH)?.0), "input")?;
        let outputs = every(reader, &asked, |after| Ok(artifacts::outputs(reader, &asked, id, after, BATCH)?.0), "output")?;
        Ok((inputs, outputs))
    });
    let (inputs, outputs) = taken.await?;
    let told = json!({
        "input": inputs.iter().map(Taken::shown).collect::<Vec<_>>(),
        "output": outputs.iter().map(Taken::shown).collect::<Vec<_>>(),
    });
    let documents = [
        Entry::of("run.json", facts(run).to_string()),
        Entry::of("config.json", run.config.clone()),
        Entry::of("summary.json", run.summary.clone()),
        Entry::of("artifacts.json", told.to_string()),
        metrics(sources, run),
    ];
    let (db, blobs) = (sources.db.clone(), sources.blobs.clone());
    let versions = inputs.into_iter().chain(outputs).filter_map(|Taken { version, folder }| Some((version, folder?)));
    let versions = stream::iter(versions.collect::<Vec<_>>());
    let of_versions = versions.map(move |(version, folder)| artifacts::entries(&db, &blobs, &version, &folder)).flatten();
    let all = stream::iter(documents.map(Ok)).chain(of_files(sources, run)).chain(of_versions);
    Ok(archive::zip(all.boxed(), true))
}

/// Records that the caller takes a run out as a whole. Single files, charts and tables are what looking at a run is, and are not
/// recorded.
pub fn record_download(tx: &Tx<'_>, call: &Call, run: &Run) -> Result<()> {
    audit::record(tx, call, "run.download", "run", run.id.get(), &run.name, &json!({}))
}

/// What is known of a run besides its documents.
fn facts(run: &Run) -> Value {
    json!({
        "entity": run.entity, "project": run.project, "name": run.name, "display_name": run.display_name,
        "state": run.state.as_str(), "exit_code": run.exit_code, "notes": run.notes, "tags": run.tags, "group": run.group,
        "job_type": run.job_type, "sweep": run.sweep, "host": run.host, "program": run.program, "repository": run.repo,
        "commit": run.commit, "created_by": run.author.as_ref().map(|(username, _)| username), "logged_by": run.logged_by,
        "created_at": run.created_at.to_string(), "started_at": run.started_at.to_string(),
        "ended_at": run.ended_at.map(|at| at.to_string()),
    })
}

/// All versions of a side of a run that the caller may see, a page at a time.
fn every(db: &Reader, call: &Call, page: impl Fn(Option<&str>) -> Result<Page<Artifact>>, side: &str) -> Result<Vec<Taken>> {
    let mut found = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = page(after.as_deref())?;
        after = page.end_cursor().map(|cursor| cursor.as_str().to_owned()).filter(|_| page.has_next);
        for (_, version) in page.items {
            let may = version.state == State::Committed && artifacts::may_download(db, call, &version)?;
            let folder = may.then(|| folder_of(side, &version));
            found.push(Taken { version, folder });
        }
        if after.is_none() {
            return Ok(found);
        }
    }
}

fn folder_of(side: &str, version: &Artifact) -> String {
    let Artifact { entity, project, sequence, version_index, .. } = version;
    format!("artifacts/{side}/{entity}/{project}/{sequence}-v{}/", version_index.unwrap_or_default())
}

impl Taken {
    fn shown(&self) -> Value {
        let Artifact { entity, project, type_name, digest, size_bytes, .. } = &self.version;
        json!({
            "name": format!("{entity}/{project}/{}", self.version.label()), "type": type_name, "digest": digest,
            "bytes": size_bytes, "folder": self.folder,
        })
    }
}

/// All rows of the run as Parquet, written once it is their turn.
fn metrics(sources: &Sources, run: &Run) -> Entry {
    let (sources, run) = (sources.clone(), run.id);
    let open = Box::pin(async move {
        let (segments, mut file) = (sources.segments.clone(), sources.blobs.scratch()?);
        let written = sources.history.read(move |db| {
            history::export(db, &segments, run, &file)?;
            file.rewind().map_err(Error::internal)?;
            Ok(file)
        });
        Ok(stream::try_unfold(written.await?, piece).boxed())
    });
    Entry { path: "history.parquet".to_owned(), size_bytes: None, open }
}

/// The next piece of a file.
async fn piece(mut file: File) -> Result<Option<(Bytes, File)>> {
    let read = tokio::task::spawn_blocking(move || {
        let mut bytes = Vec::with_capacity(PIECE_BYTES);
        file.by_ref().take(PIECE_BYTES as u64).read_to_end(&mut bytes).map_err(Error::internal)?;
        Ok((!bytes.is_empty()).then(|| (Bytes::from(bytes), file)))
    });
    read.await.map_err(Error::internal)?
}

/// The files of the run that have arrived.
fn of_files(sources: &Sources, run: &Run) -> BoxStream<'static, Result<Entry>> {
    let (sources, run) = (sources.clone(), run.id);
    let pages = stream::try_unfold(Some(String::new()), move |after| {
        let sources = sources.clone();
        async move {
            let Some(after) = after else { return Ok(None) };
            let found = sources.db.read(move |reader| files::stored(reader, run, &after, BATCH)).await?;
            let last = found.last().map(|(file, _)| file.name.clone());
            let next = last.filter(|_| found.len() == BATCH);
            let entries: Vec<Result<Entry>> = found
                .into_iter()
                .map(|(file, key)| {
                    let blobs = sources.blobs.clone();
                    let open = Box::pin(async move { blobs.read(&key, None).await });
                    Ok(Entry { path: format!("files/{}", file.name), size_bytes: Some(file.size_bytes), open })
                })
                .collect();
            Ok(Some((stream::iter(entries), next)))
        }
    });
    pages.try_flatten().boxed()
}
