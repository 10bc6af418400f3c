//! Taking versions of artifacts in: first what they are and which files they have, then the bytes, each content once, and at the end
//! the commit of each. Then what people linked.

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};

use super::model::{Item, ItemState, Kind};
use super::people;
use super::reader::{DOCUMENT_BYTES_MAX, Entry, unreadable};
use super::references;
use super::store::{self, Origin};
use super::work::{Context, Intake};
use crate::blob::{Checked, Digests, Shelf};
use crate::db::Tx;
use crate::domain::artifacts::incoming::{self, Begun, Incoming};
use crate::domain::artifacts::{Arrived, ArrivedBytes, SMALL_BYTES_MAX, transfer};
use crate::domain::exports::format::{CollectionDocument, FileLine, LinkDocument, VersionDocument};
use crate::domain::{Call, files};
use crate::error::{Error, Result};
use crate::id::{ArtifactId, RunId};

use super::runs::moment;

/// Files of a version that one transaction writes.
const LINES: usize = 1000;
/// Contents that one transaction writes.
const CONTENTS: usize = 64;
/// Versions that are looked up at one time.
const VERSIONS: usize = 100;

/// A content that arrived, or is here already.
pub(super) struct Pending {
    sha256: [u8; 32],
    arrived: Option<Arrived>,
    /// What takes its place as a list of files: one with references to what is here.
    list: Option<Arrived>,
}

impl Intake<'_> {
    /// Takes in what a version is, and which files it has.
    pub(super) async fn version(&mut self, first: &Entry) -> Result<()> {
        let document: VersionDocument = self.reader.document(first)?;
        let listed = first.path.strip_suffix(".json").map(|path| format!("{path}.files.jsonl"));
        let entry = self.reader.next()?.filter(|entry| Some(&entry.path) == listed.as_ref());
        let entry = entry.ok_or_else(|| unreadable(&first.path, "the list of its files does not follow"))?;
        let Some(id) = self.begin_version(&document).await? else { return Ok(()) };
        let mut lines = self.reader.lines(&entry);
        let import = self.import.id;
        let context = self.context();
        loop {
            let context = context.clone();
            let batch: Vec<FileLine> = lines.some(LINES)?;
            if batch.is_empty() {
                return Ok(());
            }
            self.sources
                .db
                .write(move |tx| {
                    for line in &batch {
                        let sha256 = line.sha256.as_deref().map(sha256_of).transpose()?;
                        let line = transfer::Line {
                            path: line.path.clone(),
                            digest: line.digest.clone(),
                            size_bytes: line.bytes,
                            sha256,
                            reference: match &line.reference {
                                Some(reference) => Some(references::rewritten(reference, |of| context.version_to_be(tx, of))?),
                                None => None,
                            },
                        };
                        incoming::add_line(tx, id, &line)?;
                        if let Some(sha256) = sha256 {
                            store::await_content(tx, import, id, &line.path, &sha256)?;
                        }
                    }
                    Ok(())
                })
                .await?;
            self.on_the_way().await?;
        }
    }

    /// A draft for a version; none if it is there already or cannot be.
    async fn begin_version(&self, document: &VersionDocument) -> Result<Option<ArtifactId>> {
        let (context, document) = (self.context(), document.clone());
        self.sources
            .db
            .write(move |tx| {
                let call = context.call(tx)?;
                let project = context.project(tx, &call, &document.entity, &document.project)?;
                let server = &context.import.server;
                let new = version_of(tx, &context, &call, &document)?;
                let known = store::origins(tx, server, Kind::Version, document.id)?;
                let known = known.into_iter().find(|found| found.project == project.id);
                let local = known.as_ref().map(|found| ArtifactId::new(found.local));
                if let (Some(known), Some(local)) = (&known, local)
                    && known.is_whole
                    && incoming::is_there(tx, local)?
                {
                    incoming::tie(tx, local, &new)?;
                    put(tx, &context, &document, ItemState::Known, incoming::name_of(tx, local)?, None)?;
                    return Ok(None);
                }
                let here = |id: ArtifactId, is_whole: bool| Origin {
                    project: project.id,
                    local: id.get(),
                    digest: document.digest.clone(),
                    is_whole,
                };
                let begun = match local.filter(|_| known.as_ref().is_some_and(|known| !known.is_whole)) {
                    Some(local) if incoming::begin_again(tx, &call, local)? => Ok(Begun::Draft(local)),
                    _ => incoming::begin(tx, &call, &project, &new, moment(&document.created_at)?),
                };
                let id = match begun {
                    Ok(Begun::Draft(id)) => id,
                    Ok(Begun::Known(id)) => {
                        incoming::tie(tx, id, &new)?;
                        store::put_origin(tx, server, Kind::Version, document.id, &here(id, true))?;
                        put(tx, &context, &document, ItemState::Known, incoming::name_of(tx, id)?, None)?;
                        return Ok(None);
                    }
                    Err(error @ (Error::Conflict(_) | Error::Invalid(_))) => {
                        put(tx, &context, &document, ItemState::Skipped, None, Some(error.to_string()))?;
                        return Ok(None);
                    }
                    Err(error) => return Err(error),
                };
                store::await_nothing(tx, id)?;
                store::put_origin(tx, server, Kind::Version, document.id, &here(id, false))?;
                let text = serde_json::to_string(&document).map_err(Error::internal)?;
                store::put_version(tx, context.import.id, id, project.id, &text)?;
                if let Some(manifest) = &document.manifest {
                    store::await_content(tx, context.import.id, id, "", &sha256_of(manifest)?)?;
                }
                Ok(Some(id))
            })
            .await
    }

    /// Takes bytes in that a version awaits.
    pub(super) async fn content(&mut self, entry: &Entry) -> Result<()> {
        let sha256 = sha256_of(entry.path.rsplit('/').next().unwrap_or_default())?;
        let import = self.import.id;
        let looked = self.sources.db.read(move |db| {
            let awaiting = store::awaiting(db, import, &sha256)?;
            let is_list = awaiting.iter().any(|(_, path)| path.is_empty());
            Ok((awaiting.is_empty(), is_list, incoming::content_with(db, &sha256)?.is_some()))
        });
        let (is_needless, is_list, is_here) = looked.await?;
        if is_needless {
            return Ok(());
        }
        let arrived = if is_here { None } else { Some(self.receive(entry).await?) };
        if arrived.as_ref().is_some_and(|arrived| arrived.digests.sha256 != sha256) {
            return Err(unreadable(&entry.path, "its bytes are others"));
        }
        let list = if is_list { self.list(entry).await? } else { None };
        self.pending.push(Pending { sha256, arrived, list });
        if self.pending.len() >= CONTENTS { self.hand_out().await } else { Ok(()) }
    }

    /// A list of files with references to versions of here, if it has any.
    async fn list(&self, entry: &Entry) -> Result<Option<Arrived>> {
        if entry.size > DOCUMENT_BYTES_MAX {
            return Ok(None);
        }
        let (text, context) = (self.reader.text(entry)?, self.context());
        if !references::are_in(text.as_bytes()) {
            return Ok(None);
        }
        let rewritten = self.sources.db.read(move |db| references::rewritten(&text, |of| context.version_to_be(db, of)));
        let bytes = Bytes::from(rewritten.await?);
        self.put(bytes.len() as u64, stream::iter([Ok(bytes)]).boxed()).await.map(Some)
    }

    async fn receive(&self, entry: &Entry) -> Result<Arrived> {
        self.put(entry.size, self.reader.stream(entry)).await
    }

    /// Small bytes go to the database with what is said of them, large ones to blobs.
    async fn put(&self, size: u64, mut bytes: BoxStream<'static, Result<Bytes>>) -> Result<Arrived> {
        if size <= SMALL_BYTES_MAX {
            let mut all = Vec::new();
            while let Some(piece) = bytes.next().await {
                all.extend_from_slice(&piece?);
            }
            let digests = Digests::of(&all);
            return Ok(Arrived { bytes: ArrivedBytes::Small(Bytes::from(all)), digests });
        }
        let mut upload = Checked::new(self.sources.blobs.write(Shelf::Artifacts).await?);
        let (key, now) = (upload.key().clone(), self.clock.now());
        self.sources.db.write(move |tx| files::expect_blob(tx, &key, now)).await?;
        while let Some(piece) = bytes.next().await {
            upload.write(&piece?).await?;
        }
        let digests = upload.digests().await?;
        Ok(Arrived { bytes: ArrivedBytes::Blob(upload.finish().await?), digests })
    }

    /// Gives the bytes that arrived to all that await them.
    pub(super) async fn hand_out(&mut self) -> Result<()> {
        let (pending, import, now) = (std::mem::take(&mut self.pending), self.import.id, self.clock.now());
        if pending.is_empty() {
            return Ok(());
        }
        self.sources
            .db
            .write(move |tx| {
                for Pending { sha256, arrived, list } in &pending {
                    let (lists, files): (Vec<_>, Vec<_>) = store::awaiting(tx, import, sha256)?
                        .into_iter()
                        .partition(|(_, path)| path.is_empty() && list.is_some());
                    // Kept only if something holds it.
                    if !files.is_empty() {
                        let content = match (arrived, incoming::content_with(tx, sha256)?) {
                            (Some(arrived), _) => incoming::keep_content(tx, arrived, now)?,
                            (None, Some(content)) => content,
                            (None, None) => return Err(Error::conflict("a file was deleted that was just here; begin again")),
                        };
                        for (id, path) in files {
                            incoming::give(tx, id, &path, content, now)?;
                        }
                    }
                    if let Some(list) = list.as_ref().filter(|_| !lists.is_empty()) {
                        let content = incoming::keep_content(tx, list, now)?;
                        for (id, path) in lists {
                            incoming::give(tx, id, &path, content, now)?;
                        }
                    }
                    store::arrived(tx, import, sha256)?;
                }
                Ok(())
            })
            .await
    }

    /// Commits the versions whose files are all here.
    pub(super) async fn commit(&mut self) -> Result<()> {
        self.hand_out().await?;
        let (import, mut after) = (self.import.id, 0);
        loop {
            let batch = self.sources.db.read(move |db| store::versions(db, import, after, VERSIONS)).await?;
            let Some((last, ..)) = batch.last() else { return Ok(()) };
            after = last.get();
            for (id, project, text) in batch {
                let context = self.context();
                let document: VersionDocument = serde_json::from_str(&text).map_err(Error::internal)?;
                let told = document.clone();
                let done = self.sources.db.write(move |tx| finish(tx, &context, id, project, &told)).await;
                match done {
                    Ok(()) => {}
                    Err(
                        error @ (Error::Internal(_)
                        | Error::Unavailable { .. }
                        | Error::Busy { .. }
                        | Error::Unauthenticated(_)),
                    ) => {
                        return Err(error);
                    }
                    Err(error) => {
                        let context = self.context();
                        let refused = move |tx: &Tx<'_>| refuse(tx, &context, id, project, &document, &error.to_string());
                        self.sources.db.write(refused).await?;
                    }
                }
            }
            self.on_the_way().await?;
        }
    }

    /// Words on collections, and what was linked into them.
    pub(super) async fn collections(&mut self, entry: &Entry) -> Result<()> {
        let documents: Vec<CollectionDocument> = self.reader.document(entry)?;
        let folder = entry.path.strip_suffix("/collections.json").unwrap_or_default().to_owned();
        for document in documents {
            let (context, folder) = (self.context(), folder.clone());
            self.sources.db.write(move |tx| collection(tx, &context, &folder, &document)).await?;
        }
        Ok(())
    }

    /// Nothing is left of versions whose import goes no further.
    pub(super) async fn abandon_versions(&self) -> Result<()> {
        let import = self.import.id;
        loop {
            let batch = self.sources.db.read(move |db| store::versions(db, import, 0, VERSIONS)).await?;
            if batch.is_empty() {
                return Ok(());
            }
            let (server, now) = (self.import.server.clone(), self.clock.now());
            self.sources
                .db
                .write(move |tx| {
                    for (id, project, text) in &batch {
                        let document: VersionDocument = serde_json::from_str(text).map_err(Error::internal)?;
                        incoming::give_up(tx, *id, now)?;
                        store::remove_version(tx, *id)?;
                        store::remove_origin(tx, &server, Kind::Version, document.id, *project)?;
                    }
                    Ok(())
                })
                .await?;
        }
    }
}

fn finish(tx: &Tx, context: &Context, id: ArtifactId, project: crate::id::ProjectId, document: &VersionDocument) -> Result<()> {
    let call = context.call(tx)?;
    if let Some(path) = store::still_awaited(tx, id)? {
        let what = if path.is_empty() { "its list of files".to_owned() } else { format!("the bytes of {path}") };
        return Err(Error::conflict(format!("the bundle lacks {what}")));
    }
    let new = version_of(tx, context, &call, document)?;
    let moments = (moment(&document.created_at)?, moment(&document.updated_at)?);
    let (name, notes) = incoming::finish(tx, &call, id, &new, moments)?;
    let here = Origin { project, local: id.get(), digest: document.digest.clone(), is_whole: true };
    store::put_origin(tx, &context.import.server, Kind::Version, document.id, &here)?;
    store::remove_version(tx, id)?;
    let notes = (!notes.is_empty()).then(|| notes.join("; "));
    put(tx, context, document, ItemState::Imported, Some(name), notes)
}

/// A version that cannot come in.
fn refuse(
    tx: &Tx,
    context: &Context,
    id: ArtifactId,
    project: crate::id::ProjectId,
    document: &VersionDocument,
    why: &str,
) -> Result<()> {
    incoming::give_up(tx, id, context.now)?;
    store::remove_version(tx, id)?;
    store::remove_origin(tx, &context.import.server, Kind::Version, document.id, project)?;
    put(tx, context, document, ItemState::Skipped, None, Some(why.to_owned()))
}

fn put(
    tx: &Tx,
    context: &Context,
    document: &VersionDocument,
    state: ItemState,
    new_name: Option<String>,
    reason: Option<String>,
) -> Result<()> {
    let VersionDocument { entity, project, collection, version, .. } = document;
    let old_name = format!("{entity}/{project}/{collection}:v{version}");
    store::put_item(
        tx,
        context.import.id,
        &Item { kind: Kind::Version, origin: document.id, old_name, new_name, state, reason },
    )
}

/// The version as it will be here.
fn version_of(tx: &Tx, context: &Context, call: &Call, document: &VersionDocument) -> Result<Incoming> {
    let here = |origin: i64| context.local(tx, Kind::Run, origin).map(|found| found.map(RunId::new));
    let destination = context.destination(&document.entity, &document.project)?;
    let author = document.created_by.as_deref();
    let person = author.map(|author| people::person(tx, call, &destination.entity, author)).transpose()?.flatten();
    let document = document.clone();
    let mut new = Incoming {
        run: document.run.map(here).transpose()?.flatten(),
        created_by: person.or(call.actor.author()),
        collection: document.collection,
        type_name: document.type_name,
        index: document.version,
        digest: document.digest,
        description: document.description,
        metadata: document.metadata,
        history_step: document.history_step,
        ttl_seconds: document.ttl_seconds,
        commit_hash: document.commit_hash,
        aliases: document.aliases,
        tags: document.tags,
        client_ids: document.client_ids,
        made_by: Vec::new(),
        used_by: Vec::new(),
        size_bytes: document.bytes,
        file_count: document.files,
    };
    for tie in document.made_by {
        new.made_by.extend(here(tie.run)?.zip(Some(moment(&tie.at)?)));
    }
    for tie in document.used_by {
        let at = moment(&tie.at)?;
        new.used_by.extend(here(tie.run)?.map(|run| (run, tie.used_as, at)));
    }
    Ok(new)
}

fn collection(tx: &Tx, context: &Context, folder: &str, document: &CollectionDocument) -> Result<()> {
    let call = context.call(tx)?;
    let skip = |link: &LinkDocument, why: &str| {
        let item = Item {
            kind: Kind::Link,
            origin: link.id,
            old_name: format!("{}/{}:v{} of {}", folder.trim_start_matches("projects/"), document.name, link.version, link.of),
            new_name: None,
            state: ItemState::Skipped,
            reason: Some(why.to_owned()),
        };
        store::put_item(tx, context.import.id, &item)
    };
    let Some((entity, name)) = context.place_of(folder) else {
        let why = "there is no registry for it here that you may link to; link the version again";
        return document.links.iter().try_for_each(|link| skip(link, why));
    };
    let project = context.project(tx, &call, &entity, &name)?;
    for link in &document.links {
        let Some(version) = context.local(tx, Kind::Version, link.id)? else {
            skip(link, "the bundle does not have the version")?;
            continue;
        };
        let kind = (document.name.as_str(), document.type_name.as_str());
        let linked = incoming::link(tx, &call, &project, kind, ArtifactId::new(version), (link.version, &link.aliases));
        match linked {
            Ok(_) => {}
            Err(error @ (Error::Conflict(_) | Error::Invalid(_))) => skip(link, &error.to_string())?,
            Err(error) => return Err(error),
        }
    }
    incoming::describe(tx, project.id, &document.name, &document.description, &document.tags, call.now)
}

fn sha256_of(text: &str) -> Result<[u8; 32]> {
    let bytes = hex::decode(text).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| Error::invalid(format!("'{text}' is no SHA-256")))
}
