//! Taking one run in: its number, then all that it streamed and its files, and at the end the run itself.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt as _;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::model::{Item, ItemState, Kind};
use super::reader::{Entry, Lines, unreadable};
use super::store::{self, Origin};
use super::work::Intake;
use super::{Destination, people};
use crate::blob::{Checked, Shelf};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::domain::exports::format::{ConsoleLine, FileDocument, RunDocument, StreamsDocument};
use crate::domain::files::{Arrival, FileName};
use crate::domain::history::{self, Passage, Stream};
use crate::domain::projects::Project;
use crate::domain::runs::transfer::{self, Incoming};
use crate::domain::runs::{self, Alert, RunName, RunState, Severity};
use crate::domain::{Call, audit, files};
use crate::error::{Error, Result};
use crate::id::{ProjectId, RunId};
use crate::policy::{self, Action};

/// Console lines that are taken in together.
const LINES_TOGETHER: usize = 2000;

/// What the documents of a run say until all of them are read.
#[derive(Default)]
struct Parts {
    config: Option<String>,
    summary: Option<String>,
    history: Option<Entry>,
    system: Option<Entry>,
    listed: Option<Lines>,
}

/// A moment as documents have it.
pub(super) fn moment(text: &str) -> Result<Timestamp> {
    Timestamp::parse(text).ok_or_else(|| Error::invalid(format!("'{text}' is no moment")))
}

impl Intake<'_> {
    /// Takes in the run whose first entry this is, and all its other entries.
    pub(super) async fn run(&mut self, first: &Entry) -> Result<()> {
        let folder = first.path.strip_suffix("run.json").unwrap_or_default().to_owned();
        let text = self.reader.text(first)?;
        let document: RunDocument = serde_json::from_str(&text).map_err(|error| unreadable(&first.path, &error.to_string()))?;
        let digest = hex::encode(Sha256::digest(&text));
        RunName::parse(&document.name)?;
        let document = Arc::new(document);
        let begun = self.begin_run(&document, &digest).await?;
        let mut parts = Parts::default();
        while let Some(entry) = self.reader.next()? {
            let Some(name) = entry.path.strip_prefix(&folder) else {
                self.ahead = Some(entry);
                break;
            };
            if let Some((id, _)) = begun {
                self.part_of_run(id, name, &entry, &mut parts).await?;
            }
            self.on_the_way().await?;
        }
        match begun {
            Some((id, project)) => self.end_run(&document, digest, (id, project), parts).await,
            None => Ok(()),
        }
    }

    /// A number for a run; none if it is there already.
    async fn begin_run(&self, document: &Arc<RunDocument>, digest: &str) -> Result<Option<(RunId, ProjectId)>> {
        let (context, document, digest) = (self.context(), Arc::clone(document), digest.to_owned());
        let begun = self.sources.db.write(move |tx| {
            let call = context.call(tx)?;
            let project = context.project(tx, &call, &document.entity, &document.project)?;
            let server = &context.import.server;
            let known =
                store::origins(tx, server, Kind::Run, document.id)?.into_iter().find(|found| found.project == project.id);
            let local = known.as_ref().map(|found| RunId::new(found.local));
            if let (Some(known), Some(local)) = (&known, local)
                && known.is_whole
                && let Some(run) = runs::in_place(tx, local)?
            {
                let differs = (known.digest != digest).then(|| {
                    "it is there as an earlier bundle had it; delete it and import again to have it as it is in this one"
                        .to_owned()
                });
                let item = Item { reason: differs, ..item(&document, ItemState::Known, Some(path_of(&run))) };
                store::put_item(tx, context.import.id, &item)?;
                return Ok(None);
            }
            let begun = known.filter(|known| !known.is_whole).map(|known| RunId::new(known.local));
            let id = match begun {
                Some(id) => {
                    files::delete_of_run(tx, id, call.now)?;
                    id
                }
                None => transfer::reserve(tx, project.id, call.now)?,
            };
            let here = Origin { project: project.id, local: id.get(), digest: digest.clone(), is_whole: false };
            store::put_origin(tx, server, Kind::Run, document.id, &here)?;
            Ok(Some((id, project.id)))
        });
        let Some((id, project)) = begun.await? else { return Ok(None) };
        // What an import that was broken off left of it.
        self.sources.history.write(move |tx| history::delete(tx, id)).await?;
        Ok(Some((id, project)))
    }

    async fn part_of_run(&mut self, id: RunId, name: &str, entry: &Entry, parts: &mut Parts) -> Result<()> {
        match name {
            "config.json" => parts.config = Some(self.reader.text(entry)?),
            "summary.json" => parts.summary = Some(self.reader.text(entry)?),
            "history.parquet" => parts.history = Some(entry.clone()),
            "system.parquet" => parts.system = Some(entry.clone()),
            "streams.json" => self.streams(id, self.reader.document(entry)?, parts).await?,
            "console.jsonl" => self.console(id, entry).await?,
            "files.json" => parts.listed = Some(self.reader.lines(entry)),
            _ => match name.strip_prefix("files/") {
                Some(name) => self.file(id, name, entry, parts).await?,
                None => return Err(unreadable(&entry.path, "this release does not know what it is")),
            },
        }
        Ok(())
    }

    async fn streams(&self, id: RunId, streams: StreamsDocument, parts: &Parts) -> Result<()> {
        let all = [(Stream::History, &parts.history, &streams.history), (Stream::Events, &parts.system, &streams.system)];
        for (stream, entry, spans) in all {
            if spans.is_empty() {
                continue;
            }
            let entry = entry
                .as_ref()
                .ok_or_else(|| Error::invalid(format!("the bundle lacks the file with the {stream} of a run")))?;
            let (mut section, mut file) = (self.reader.section(entry), self.place.scratch()?);
            let copied = tokio::task::spawn_blocking(move || std::io::copy(&mut section, &mut file).map(|_| file));
            let file = copied.await.map_err(Error::internal)?.map_err(Error::internal)?;
            history::import_logged(&self.sources.history, &self.sources.segments, id, stream, file, spans).await?;
        }
        Ok(())
    }

    async fn console(&self, id: RunId, entry: &Entry) -> Result<()> {
        let mut lines = self.reader.lines(entry);
        let mut open: Option<Passage> = None;
        loop {
            let next: Option<ConsoleLine> = lines.next()?;
            let fits = match (&open, &next) {
                (Some(open), Some(next)) => {
                    let count = open.lines.len() as i64;
                    open.writer == next.writer && open.first_line + count == next.line && open.lines.len() < LINES_TOGETHER
                }
                _ => false,
            };
            if !fits && let Some(passage) = open.take() {
                history::import_console(&self.sources.history, &self.sources.segments, id, passage).await?;
            }
            let Some(next) = next else { return Ok(()) };
            match &mut open {
                Some(open) => open.lines.push(next.text),
                None => {
                    open = Some(Passage {
                        writer: next.writer,
                        first_line: next.line,
                        first_number: next.number,
                        lines: vec![next.text],
                    });
                }
            }
        }
    }

    /// A file, whose document is the next of the list but for files that the bundle lacks.
    async fn file(&self, id: RunId, name: &str, entry: &Entry, parts: &mut Parts) -> Result<()> {
        let document = loop {
            let listed = parts.listed.as_mut().ok_or_else(|| unreadable(&entry.path, "no list of files stands before it"))?;
            let next: Option<FileDocument> = listed.next()?;
            match next {
                Some(document) if document.name == name => break document,
                Some(_) => {}
                None => return Err(unreadable(&entry.path, "the list of files does not have it")),
            }
        };
        let name = FileName::parse(&document.name)?;
        let mut upload = Checked::new(self.sources.blobs.write(Shelf::Runs).await?);
        let (key, now) = (upload.key().clone(), self.clock.now());
        self.sources.db.write(move |tx| files::expect_blob(tx, &key, now)).await?;
        let mut bytes = self.reader.stream(entry);
        while let Some(piece) = bytes.next().await {
            upload.write(&piece?).await?;
        }
        let digests = upload.digests().await?;
        let arrival = Arrival {
            size_bytes: i64::try_from(digests.size_bytes).map_err(Error::internal)?,
            md5: STANDARD.encode(digests.md5),
            key: upload.finish().await?,
        };
        let written = moment(&document.written_at)?;
        self.sources.db.write(move |tx| files::take_in(tx, id, &name, &arrival, written)).await
    }

    async fn end_run(
        &self,
        document: &Arc<RunDocument>,
        digest: String,
        (id, project): (RunId, ProjectId),
        parts: Parts,
    ) -> Result<()> {
        // Nothing more will come: its rows may leave the tail.
        self.sources.history.write(move |tx| history::ended(tx, id)).await?;
        let (context, document) = (self.context(), Arc::clone(document));
        let documents = (parts.config.unwrap_or_else(|| "{}".to_owned()), parts.summary.unwrap_or_else(|| "{}".to_owned()));
        self.sources
            .db
            .write(move |tx| {
                let call = context.call(tx)?;
                let place = context.project(tx, &call, &document.entity, &document.project)?;
                if place.id != project {
                    return Err(Error::conflict(format!("the project {} was deleted while runs came into it", place.name)));
                }
                let destination = context.destination(&document.entity, &document.project)?;
                let run = incoming(tx, &context, &call, (&document, documents.clone()), &place, destination)?;
                transfer::settle(tx, id, place.id, &run)?;
                let here = Origin { project: place.id, local: id.get(), digest: digest.clone(), is_whole: true };
                store::put_origin(tx, &context.import.server, Kind::Run, document.id, &here)?;
                let new_name = format!("{}/{}/{}", place.entity, place.name, run.name.as_str());
                store::put_item(tx, context.import.id, &item(&document, ItemState::Imported, Some(new_name.clone())))?;
                let details = json!({
                    "import": context.import.id, "from": context.import.server, "was": old_name(&document), "as": new_name,
                });
                audit::record(tx, &call, "run.import", "run", id.get(), run.name.as_str(), &details)
            })
            .await
    }
}

/// The run as it will be here.
fn incoming(
    tx: &Tx,
    context: &super::work::Context,
    call: &Call,
    (document, (config, summary)): (&RunDocument, (String, String)),
    place: &Project,
    destination: &Destination,
) -> Result<Incoming> {
    policy::require(&call.actor, Action::Write, &place.target())?;
    let state = RunState::parse(&document.state)
        .ok_or_else(|| Error::invalid(format!("the run {} has the state {}", document.name, document.state)))?;
    let importer = call.actor.author();
    let author = document.created_by.as_ref();
    let person = author.map(|author| people::person(tx, call, &destination.entity, &author.username)).transpose()?.flatten();
    let warning = match (person, author) {
        (Some(_), _) => document.attribution_warning.clone(),
        (None, Some(author)) => format!("imported: it was made by {} ({}) on another server", author.name, author.username),
        (None, None) => "imported from another server".to_owned(),
    };
    let (state, state_reason, ended_at) = if state.has_ended() {
        (state, document.state_reason.clone(), document.ended_at.as_deref().map(moment).transpose()?)
    } else {
        let reason = "it was at work when it was exported".to_owned();
        (RunState::Crashed, reason, Some(moment(&document.heartbeat_at)?))
    };
    let here = |origin: i64| context.local(tx, Kind::Run, origin).map(|found| found.map(RunId::new));
    let branch = match document.branch {
        Some((run, step)) => here(run)?.map(|run| (run, step)),
        None => None,
    };
    let alerts = document.alerts.iter().map(|alert| {
        Ok(Alert {
            title: alert.title.clone(),
            text: alert.text.clone(),
            severity: Severity::parse(&alert.severity).unwrap_or(Severity::Info),
            created_at: moment(&alert.at)?,
        })
    });
    Ok(Incoming {
        name: transfer::free_name(tx, place.id, &document.name)?,
        display_name: document.display_name.clone(),
        description: document.description.clone(),
        notes: document.notes.clone(),
        tags: document.tags.clone(),
        group: document.group.clone(),
        job_type: document.job_type.clone(),
        sweep: document.sweep.clone(),
        host: document.host.clone(),
        program: document.program.clone(),
        repo: document.repository.clone(),
        commit: document.commit.clone(),
        state,
        state_reason,
        exit_code: document.exit_code,
        locked: document.locked,
        config,
        summary,
        branch,
        archive_of: document.archive_of.map(here).transpose()?.flatten(),
        inherited_lines: document.inherited_lines,
        created_by: person.or(importer),
        logged_by: importer,
        attribution_warning: warning,
        created_at: moment(&document.created_at)?,
        started_at: moment(&document.started_at)?,
        heartbeat_at: moment(&document.heartbeat_at)?,
        updated_at: moment(&document.updated_at)?,
        ended_at,
        alerts: alerts.collect::<Result<Vec<_>>>()?,
    })
}

fn old_name(document: &RunDocument) -> String {
    format!("{}/{}/{}", document.entity, document.project, document.name)
}

fn path_of(run: &runs::Run) -> String {
    format!("{}/{}/{}", run.entity, run.project, run.name)
}

fn item(document: &RunDocument, state: ItemState, new_name: Option<String>) -> Item {
    Item { kind: Kind::Run, origin: document.id, old_name: old_name(document), new_name, state, reason: None }
}
