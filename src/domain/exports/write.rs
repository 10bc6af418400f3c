//! Writing a bundle, entry after entry: runs, versions, contents, collections and reports, the list. After each of them it is known how far
//! it is, and from there it can be gone on with.

use std::collections::HashSet;
use std::io::{BufWriter, Write as _};

use futures_util::stream::BoxStream;
use serde::{Deserialize, Serialize};

use super::format::{self, ConsoleLine, FileDocument, StreamsDocument};
use super::plan::Plan;
use super::tar::{Outlet, Tar};
use super::{Asker, Place, documents};
use crate::clock::Clock;
use crate::db::Reader;
use crate::domain::artifacts::{self, Artifact, transfer};
use crate::domain::bundle::Sources;
use crate::domain::history::{self, Stream};
use crate::domain::projects::{self, Project};
use crate::domain::runs::{self, Run};
use crate::domain::{Call, files, reports};
use crate::error::{Error, Result};
use crate::id::{ArtifactId, ContentId, RunId};

/// Files and versions that are looked up at one time.
const BATCH: usize = 500;
/// Chunks of console lines that are read at one time.
const CHUNKS: i64 = 64;
/// After so many contents it is noted how far the bundle is.
const CONTENTS_TOGETHER: usize = 64;

/// How far a bundle is written.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Cursor {
    stage: Stage,
    /// The place of a project in the plan.
    project: usize,
    /// The last run of it that is whole.
    run: i64,
    /// The run after that, if its documents are written and its files up to this one.
    inside: Option<(i64, String)>,
    /// The place of a version in the plan.
    version: usize,
    /// The last content.
    content: i64,
    pub runs_done: i64,
    /// Projects and versions that were not to be read any more when it was their turn.
    pub left_out: i64,
    skipped: HashSet<ArtifactId>,
    /// Entries whose bytes the server has lost.
    missing: Vec<String>,
    /// How many bytes the bundle and its list have.
    pub at: u64,
    pub listed: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Stage {
    #[default]
    Begin,
    Runs,
    Versions,
    Contents,
    Collections,
}

/// Who is told how far a bundle is.
pub(super) trait Keeper: Outlet {
    /// # Errors
    /// It is to go no further.
    fn reached(&mut self, cursor: &mut Cursor, list: &mut super::tar::List) -> impl Future<Output = Result<()>> + Send;
}

pub(super) struct Writer<'a, O> {
    pub sources: &'a Sources,
    pub place: &'a Place,
    pub clock: &'a Clock,
    pub asker: Asker,
    pub plan: &'a Plan,
    pub cursor: Cursor,
    pub tar: Tar<O>,
}

impl<O: Keeper> Writer<'_, O> {
    /// Writes what is not written yet, to the end.
    pub async fn write(mut self) -> Result<(Cursor, O)> {
        if self.cursor.stage == Stage::Begin {
            self.tar.add_document(format::HEAD, &self.plan.head).await?;
            self.next(Stage::Runs).await?;
        }
        if self.cursor.stage == Stage::Runs {
            self.projects().await?;
            self.next(Stage::Versions).await?;
        }
        if self.cursor.stage == Stage::Versions {
            self.versions().await?;
            self.next(Stage::Contents).await?;
        }
        if self.cursor.stage == Stage::Contents {
            self.contents().await?;
            self.next(Stage::Collections).await?;
        }
        if self.plan.run.is_none() {
            self.collections().await?;
        }
        self.tar.finish(&self.plan.head, &self.cursor.missing, self.cursor.left_out).await?;
        self.cursor.at = self.tar.at;
        Ok((self.cursor, self.tar.out))
    }

    async fn next(&mut self, stage: Stage) -> Result<()> {
        self.cursor.stage = stage;
        self.cursor.project = 0;
        self.reached().await
    }

    async fn reached(&mut self) -> Result<()> {
        self.cursor.at = self.tar.at;
        self.tar.out.reached(&mut self.cursor, &mut self.tar.list).await
    }

    /// Reads for who asks, with the rights they have now.
    async fn read<T: Send + 'static>(&self, work: impl FnOnce(&Reader<'_>, &Call) -> Result<T> + Send + 'static) -> Result<T> {
        let (asker, now) = (self.asker.clone(), self.clock.now());
        self.sources.db.read(move |db| work(db, &asker.call(db, now)?)).await
    }

    /// A project of the plan, if it is there to be read.
    async fn project(&self, place: usize) -> Result<Option<Project>> {
        let id = self.plan.projects[place];
        self.read(move |db, call| projects::get(db, call, id)).await
    }

    async fn projects(&mut self) -> Result<()> {
        while self.cursor.project < self.plan.projects.len() {
            match self.project(self.cursor.project).await? {
                Some(project) => self.runs(&project).await?,
                None => self.cursor.left_out += 1,
            }
            self.cursor.project += 1;
            self.cursor.run = 0;
            self.reached().await?;
        }
        Ok(())
    }

    async fn runs(&mut self, project: &Project) -> Result<()> {
        let folder = format::project_folder(&project.entity, &project.name);
        if self.cursor.run == 0 && self.cursor.inside.is_none() {
            let told = project.clone();
            let document = self.read(move |db, _| documents::project(db, &told)).await?;
            self.tar.add_document(&format!("{folder}/project.json"), &document).await?;
        }
        let (id, only) = (project.id, self.plan.run);
        let ids = self.read(move |db, _| only.map_or_else(|| runs::transfer::ids_in(db, id), |run| Ok(vec![run]))).await?;
        for id in ids.into_iter().filter(|id| id.get() > self.cursor.run).collect::<Vec<_>>() {
            if let Some(run) = self.read(move |db, call| runs::get(db, call, id)).await? {
                self.run(&format!("{folder}/runs/{}", format::part(&run.name)), &run).await?;
                self.cursor.runs_done += 1;
            }
            self.cursor.run = id.get();
            self.cursor.inside = None;
            self.reached().await?;
        }
        Ok(())
    }

    async fn run(&mut self, folder: &str, run: &Run) -> Result<()> {
        let begun = self.cursor.inside.take().filter(|(id, _)| *id == run.id.get());
        let mut after = match begun {
            Some((_, after)) => after,
            None => {
                self.documents_of(folder, run).await?;
                String::new()
            }
        };
        let id = run.id;
        loop {
            let from = after.clone();
            let found = self.read(move |db, _| files::stored(db, id, &from, BATCH)).await?;
            let is_last = found.len() < BATCH;
            for (file, key) in found {
                let path = format!("{folder}/files/{}", file.name);
                match self.sources.blobs.size(&key).await? {
                    Some(size) => {
                        let bytes = self.sources.blobs.read(&key, None).await?;
                        self.tar.add(&path, size, bytes).await?;
                    }
                    None => self.cursor.missing.push(path),
                }
                after = file.name;
            }
            if is_last {
                return Ok(());
            }
            self.cursor.inside = Some((id.get(), after.clone()));
            self.reached().await?;
        }
    }

    async fn documents_of(&mut self, folder: &str, run: &Run) -> Result<()> {
        let told = run.clone();
        let document = self.read(move |db, _| documents::run(db, &told)).await?;
        self.tar.add_document(&format!("{folder}/run.json"), &document).await?;
        self.tar.add_text(&format!("{folder}/config.json"), run.config.clone()).await?;
        self.tar.add_text(&format!("{folder}/summary.json"), run.summary.clone()).await?;
        let mut streams = StreamsDocument::default();
        for (name, stream) in [("history", Stream::History), ("system", Stream::Events)] {
            let (segments, file, id) = (self.sources.segments.clone(), self.place.scratch()?, run.id);
            let written = self.sources.history.read(move |db| {
                let spans = history::export_logged(db, &segments, id, stream, &file)?;
                Ok((file, spans))
            });
            let (file, spans) = written.await?;
            if !spans.is_empty() || stream == Stream::History {
                self.tar.add_file(&format!("{folder}/{name}.parquet"), file).await?;
            }
            *(if stream == Stream::History { &mut streams.history } else { &mut streams.system }) = spans;
        }
        self.tar.add_document(&format!("{folder}/streams.json"), &streams).await?;
        let console = self.console_of(run.id).await?;
        self.tar.add_file(&format!("{folder}/console.jsonl"), console).await?;
        let listed = self.files_of(run.id).await?;
        self.tar.add_file(&format!("{folder}/files.json"), listed).await
    }

    /// The lines of the terminal, one document a line.
    async fn console_of(&self, run: RunId) -> Result<std::fs::File> {
        let mut out = BufWriter::new(self.place.scratch()?);
        let mut from = 0;
        loop {
            let passages = self.sources.history.read(move |db| history::console_passages(db, run, from, CHUNKS)).await?;
            let Some(last) = passages.last() else { break };
            from = last.first_number + last.lines.len() as i64;
            for passage in passages {
                for (offset, text) in (0..).zip(passage.lines) {
                    let line = ConsoleLine {
                        number: passage.first_number + offset,
                        writer: passage.writer.clone(),
                        line: passage.first_line + offset,
                        text,
                    };
                    put_line(&mut out, &line)?;
                }
            }
        }
        out.into_inner().map_err(|error| Error::internal(error.to_string()))
    }

    /// The files of a run that have arrived, one document a line of a list.
    async fn files_of(&self, run: RunId) -> Result<std::fs::File> {
        let mut out = BufWriter::new(self.place.scratch()?);
        out.write_all(b"[").map_err(super::tar::full)?;
        let (mut after, mut is_first) = (String::new(), true);
        loop {
            let from = after.clone();
            let found = self.read(move |db, _| files::stored(db, run, &from, BATCH)).await?;
            let is_last = found.len() < BATCH;
            for (file, _) in found {
                let document = FileDocument {
                    name: file.name.clone(),
                    bytes: file.size_bytes,
                    md5: file.md5,
                    mime_type: file.mime_type,
                    written_at: file.updated_at.to_string(),
                };
                let text = serde_json::to_string(&document).map_err(Error::internal)?;
                let comma = if is_first { "\n" } else { ",\n" };
                out.write_all(format!("{comma}{text}").as_bytes()).map_err(super::tar::full)?;
                (after, is_first) = (file.name, false);
            }
            if is_last {
                break;
            }
        }
        out.write_all(b"\n]\n").map_err(super::tar::full)?;
        out.into_inner().map_err(|error| Error::internal(error.to_string()))
    }

    async fn versions(&mut self) -> Result<()> {
        while self.cursor.version < self.plan.versions.len() {
            let id = self.plan.versions[self.cursor.version];
            match self.read(move |db, call| readable(db, call, id)).await? {
                Some(version) => self.version(&version).await?,
                None => {
                    self.cursor.left_out += 1;
                    self.cursor.skipped.insert(id);
                }
            }
            self.cursor.version += 1;
            self.reached().await?;
        }
        Ok(())
    }

    async fn version(&mut self, version: &Artifact) -> Result<()> {
        let folder = format::project_folder(&version.entity, &version.project);
        let number = version.version_index.unwrap_or_default();
        let path = format!("{folder}/artifacts/{}/v{number}", format::part(&version.sequence));
        let (told, plan) = (version.clone(), (self.plan.projects.clone(), self.plan.run));
        let document = self.read(move |db, call| documents::version(db, call, &told, &plan)).await?;
        self.tar.add_document(&format!("{path}.json"), &document).await?;
        let mut out = BufWriter::new(self.place.scratch()?);
        let (id, mut after) = (version.id, String::new());
        loop {
            let from = after.clone();
            let found = self.read(move |db, _| transfer::lines(db, id, &from, BATCH)).await?;
            let is_last = found.len() < BATCH;
            for line in found {
                after.clone_from(&line.path);
                put_line(&mut out, &documents::file_line(line))?;
            }
            if is_last {
                break;
            }
        }
        let listed = out.into_inner().map_err(|error| Error::internal(error.to_string()))?;
        self.tar.add_file(&format!("{path}.files.jsonl"), listed).await
    }

    /// The bytes that the versions hold, each once, in the order that they came here in.
    async fn contents(&mut self) -> Result<()> {
        let mut wanted = Numbers::default();
        for id in self.plan.versions.iter().copied().filter(|id| !self.cursor.skipped.contains(id)) {
            for content in self.read(move |db, _| transfer::contents_of(db, id)).await? {
                wanted.insert(content.get());
            }
        }
        let mut since = 0;
        let mut next = wanted.next(self.cursor.content);
        while let Some(id) = next {
            self.content(ContentId::new(id)).await?;
            self.cursor.content = id;
            since += 1;
            if since == CONTENTS_TOGETHER {
                since = 0;
                self.reached().await?;
            }
            next = wanted.next(id);
        }
        Ok(())
    }

    async fn content(&mut self, id: ContentId) -> Result<()> {
        let Some((content, sha256)) = self.read(move |db, _| transfer::content(db, id)).await? else { return Ok(()) };
        let path = format::content_path(&hex::encode(sha256));
        if let artifacts::Stored::Blob(key) = &content.stored
            && self.sources.blobs.size(key).await?.is_none()
        {
            self.cursor.missing.push(path);
            return Ok(());
        }
        let bytes: BoxStream<'static, _> = artifacts::read(&self.sources.db, &self.sources.blobs, &content, None).await?;
        self.tar.add(&path, u64::try_from(content.size_bytes).map_err(Error::internal)?, bytes).await
    }

    async fn collections(&mut self) -> Result<()> {
        while self.cursor.project < self.plan.projects.len() {
            if let Some(project) = self.project(self.cursor.project).await? {
                let path = format!("{}/collections.json", format::project_folder(&project.entity, &project.name));
                let id = project.id;
                let document = self.read(move |db, call| documents::collections(db, call, id)).await?;
                self.tar.add_document(&path, &document).await?;
                self.reports(&project).await?;
            }
            self.cursor.project += 1;
            self.reached().await?;
        }
        Ok(())
    }
}

impl<O: Keeper> Writer<'_, O> {
    /// The reports of a project, one document each: a document may have some megabytes.
    async fn reports(&mut self, project: &Project) -> Result<()> {
        let (folder, id) = (format::project_folder(&project.entity, &project.name), project.id);
        for id in self.read(move |db, call| reports::transfer::ids_in(db, call, id)).await? {
            let document = self.read(move |db, call| match reports::get(db, call, id)? {
                Some(report) => documents::report(db, call, report).map(Some),
                None => Ok(None),
            });
            let Some(document) = document.await? else { continue };
            self.tar.add_document(&format!("{folder}/reports/{id}.json"), &document).await?;
        }
        Ok(())
    }
}

/// The version, if its bytes may still be had.
pub(super) fn readable(db: &Reader, call: &Call, id: ArtifactId) -> Result<Option<Artifact>> {
    let Some(version) = transfer::in_place(db, id)? else { return Ok(None) };
    Ok(if artifacts::may_download(db, call, &version)? { Some(version) } else { None })
}

fn put_line(out: &mut impl std::io::Write, document: &impl Serialize) -> Result<()> {
    let mut text = serde_json::to_vec(document).map_err(Error::internal)?;
    text.push(b'\n');
    out.write_all(&text).map_err(super::tar::full)
}

/// A set of numbers of rows, which are dense: a bit each.
#[derive(Default)]
struct Numbers(Vec<u64>);

impl Numbers {
    fn insert(&mut self, number: i64) {
        let Ok(number) = usize::try_from(number) else { return };
        if self.0.len() <= number / 64 {
            self.0.resize(number / 64 + 1, 0);
        }
        self.0[number / 64] |= 1 << (number % 64);
    }

    /// The least that is greater.
    fn next(&self, after: i64) -> Option<i64> {
        let from = usize::try_from(after + 1).ok()?;
        let first = self.0.get(from / 64)? & (u64::MAX << (from % 64));
        let rest = self.0[from / 64 + 1..].iter().copied();
        let (place, word) = std::iter::once(first).chain(rest).enumerate().find(|(_, word)| *word != 0)?;
        i64::try_from((from / 64 + place) * 64 + word.trailing_zeros() as usize).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_in_order_from_anywhere() {
        let wanted = [1, 2, 63, 64, 65, 128, 1000];
        let mut numbers = Numbers::default();
        wanted.iter().rev().for_each(|number| numbers.insert(*number));
        let all = |after: i64| -> Vec<i64> { std::iter::successors(numbers.next(after), |last| numbers.next(*last)).collect() };
        assert_eq!(all(0), wanted);
        assert_eq!(all(63), wanted[3..]);
        assert_eq!(all(129), [1000]);
        assert!(all(1000).is_empty());
    }
}
