//! Versions that come in from another server, with the number, digest and files that they had there. Siblings judged the caller.
//!
//! Such a version is a draft at first. Its files are entries without bytes, which come later and are held from the moment that they
//! are here; with [`finish`] it is committed.

use serde_json::json;

use super::contents::{Arrived, keep};
use super::draft::{check_ttl, sequence};
use super::model::{CollectionKind, Entry, ManifestKind, State};
use super::store::Draft;
use super::{content_store, lineage_store, names, protection, store, transfer_store};
use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::domain::files::FileName;
use crate::domain::projects::Project;
use crate::domain::{Call, audit};
use crate::error::{Error, Result};
use crate::id::{AccountId, ArtifactId, CollectionId, ContentId, ProjectId, RunId};

/// What the list of files of a version is called.
const MANIFEST: &str = "wandb_manifest.json";

/// A version as it was where it comes from.
#[derive(Clone, Debug, Default)]
pub(in crate::domain) struct Incoming {
    pub collection: String,
    pub type_name: String,
    /// The 3 of `v3`.
    pub index: i64,
    pub digest: String,
    pub description: Option<String>,
    pub metadata: Option<String>,
    pub history_step: Option<i64>,
    pub ttl_seconds: Option<i64>,
    pub commit_hash: String,
    pub run: Option<RunId>,
    pub created_by: Option<AccountId>,
    pub aliases: Vec<String>,
    pub tags: Vec<String>,
    pub client_ids: Vec<String>,
    pub made_by: Vec<(RunId, Timestamp)>,
    pub used_by: Vec<(RunId, Option<String>, Timestamp)>,
    pub size_bytes: i64,
    pub file_count: i64,
}

/// What a version that comes in begins as.
#[derive(Clone, Debug)]
pub(in crate::domain) enum Begun {
    Draft(ArtifactId),
    /// There is one with the same files.
    Known(ArtifactId),
}

/// Begins a version in its sequence, which is made if it is not there yet.
///
/// # Errors
/// `Conflict` if the name is taken by something else; `Invalid` for names that cannot be.
pub(in crate::domain) fn begin(
    tx: &Tx,
    call: &Call,
    project: &Project,
    new: &Incoming,
    created_at: Timestamp,
) -> Result<Begun> {
    check_ttl(new.ttl_seconds)?;
    if new.metadata.as_ref().is_some_and(|text| serde_json::from_str::<serde_json::Value>(text).is_err()) {
        return Err(Error::invalid(format!("the metadata of {}:v{} is not JSON", new.collection, new.index)));
    }
    let sequence = sequence(tx, call, project, &new.collection, &new.type_name)?;
    if let Some(there) = store::membership_by_index(tx, sequence.id, new.index)?
        && store::by_id(tx, there.artifact_id)?.is_some_and(|found| found.digest == new.digest)
    {
        return Ok(Begun::Known(there.artifact_id));
    }
    let draft = Draft {
        sequence: sequence.id,
        digest: &new.digest,
        description: new.description.as_deref(),
        metadata: new.metadata.as_deref(),
        history_step: new.history_step,
        ttl_seconds: new.ttl_seconds,
        distributed_id: None,
        wanted: "[]",
        commit_hash: &new.commit_hash,
        deduplicate: false,
        run: new.run,
        author: new.created_by,
    };
    let id = store::insert(tx, &draft, created_at)?;
    store::touch(tx, id, call.now)?;
    Ok(Begun::Draft(id))
}

/// Whether a version that came in is there.
pub(in crate::domain) fn is_there(db: &Reader, id: ArtifactId) -> Result<bool> {
    Ok(store::by_id(db, id)?.is_some_and(|found| found.state == State::Committed))
}

/// What a version is called: `entity/project/name:v3`.
pub(in crate::domain) fn name_of(db: &Reader, id: ArtifactId) -> Result<Option<String>> {
    let found = store::by_id(db, id)?;
    Ok(found.map(|found| format!("{}/{}/{}", found.entity, found.project, found.label())))
}

/// Lets a draft be as it was begun; false if it is none any more.
pub(in crate::domain) fn begin_again(tx: &Tx, call: &Call, id: ArtifactId) -> Result<bool> {
    if store::state(tx, id)? != Some(State::Pending) {
        return Ok(false);
    }
    empty(tx, id, call.now)?;
    store::touch(tx, id, call.now)?;
    Ok(true)
}

/// Gives up a draft.
pub(in crate::domain) fn give_up(tx: &Tx, id: ArtifactId, now: Timestamp) -> Result<()> {
    if store::state(tx, id)? == Some(State::Pending) {
        empty(tx, id, now)?;
        transfer_store::set_deleted(tx, id, now)?;
    }
    Ok(())
}

fn empty(tx: &Tx, id: ArtifactId, now: Timestamp) -> Result<()> {
    let mut held = content_store::delete_entries(tx, id)?;
    held.extend(content_store::delete_manifests(tx, id, None)?);
    content_store::free_unheld(tx, &held, now).map(|_| ())
}

/// Adds a file or reference to a draft; the bytes of a file are to come.
pub(in crate::domain) fn add_line(tx: &Tx, id: ArtifactId, line: &transfer_store::Line) -> Result<()> {
    if FileName::parse(&line.path)?.as_str() != line.path || line.size_bytes < 0 {
        return Err(Error::invalid(format!("'{}' is not a plain path inside the artifact", line.path)));
    }
    if line.sha256.is_some() == line.reference.is_some() {
        return Err(Error::invalid(format!("'{}' is neither a file nor a reference", line.path)));
    }
    let entry = Entry {
        path: line.path.clone(),
        digest: line.digest.clone(),
        size_bytes: line.size_bytes,
        content: None,
        reference: line.reference.clone(),
    };
    content_store::set_entry(tx, id, &entry).map(|_| ())
}

/// The content with that SHA-256, if these bytes are here already.
pub(in crate::domain) fn content_with(db: &Reader, sha256: &[u8; 32]) -> Result<Option<ContentId>> {
    content_store::content_by_sha256(db, sha256)
}

/// Makes what arrived a content. Something has to hold it by the end of the transaction.
pub(in crate::domain) fn keep_content(tx: &Tx, arrived: &Arrived, now: Timestamp) -> Result<ContentId> {
    keep(tx, arrived, now)
}

/// Gives a file of a draft its bytes, or with an empty path the draft its list of files.
///
/// # Errors
/// `Invalid`: they are not those of the file.
pub(in crate::domain) fn give(tx: &Tx, id: ArtifactId, path: &str, content: ContentId, now: Timestamp) -> Result<()> {
    let bytes =
        content_store::content_by_id(tx, content)?.ok_or_else(|| Error::internal("a content is gone that was just there"))?;
    if path.is_empty() {
        let manifest = content_store::insert_manifest(tx, id, MANIFEST, ManifestKind::Full, &bytes.md5, None, now)?;
        return content_store::set_manifest_content(tx, manifest, content);
    }
    if !transfer_store::give(tx, id, path, &bytes)? {
        return Err(Error::invalid(format!("'{path}' has not the digest or size that its version says")));
    }
    store::touch(tx, id, now)
}

/// Commits a draft whose files are all here; what it is called, and what is not as it was. The number that it had is kept if it is
/// free, and so are aliases.
pub(in crate::domain) fn finish(
    tx: &Tx,
    call: &Call,
    id: ArtifactId,
    new: &Incoming,
    (created_at, updated_at): (Timestamp, Timestamp),
) -> Result<(String, Vec<String>)> {
    let draft = store::by_id(tx, id)?.ok_or_else(|| Error::conflict("the artifact was deleted meanwhile"))?;
    let sequence = store::collection_by_id(tx, draft.sequence_id)?.filter(|found| !found.is_deleted);
    let sequence = sequence.ok_or_else(|| Error::conflict("the artifact was deleted meanwhile"))?;
    let mut notes = Vec::new();
    let (membership, index) = place(tx, sequence.id, id, new.index, new.created_by, created_at)?;
    if index != new.index {
        notes.push(format!("it is v{index} here, for there is another v{}", new.index));
    }
    store::set_committed(tx, id, &new.digest, new.size_bytes, new.file_count, updated_at)?;
    let newest = store::members(tx, sequence.id, false, None, 1)?.first().map(|found| found.version_index);
    for alias in &new.aliases {
        if alias == "latest" {
            if newest == Some(index) {
                store::set_alias(tx, sequence.id, membership, alias, call.now)?;
            }
            continue;
        }
        names::check_alias(alias)?;
        let taken = store::membership_by_alias(tx, sequence.id, alias)?.is_some_and(|found| found.id != membership);
        if taken || protection::require(tx, call, &sequence, alias).is_err() {
            notes.push(format!("the alias {alias} stays where it is here"));
            continue;
        }
        store::set_alias(tx, sequence.id, membership, alias, call.now)?;
    }
    for tag in names::tags(&new.tags)? {
        store::add_tag(tx, id, &tag)?;
    }
    for client_id in &new.client_ids {
        store::name_by_client(tx, client_id, Some(id), None)?;
    }
    for (run, at) in &new.made_by {
        lineage_store::add_output(tx, *run, id, *at)?;
    }
    for (run, used_as, at) in &new.used_by {
        lineage_store::add_input(tx, *run, id, used_as.as_deref(), *at)?;
    }
    let details = json!({ "version": index, "digest": new.digest, "bytes": new.size_bytes, "was": new.index });
    audit::record(tx, call, "artifact.import", "artifact", id.get(), &sequence.name, &details)?;
    let name = name_of(tx, id)?.ok_or_else(|| Error::internal("the version just committed is not there"))?;
    Ok((name, notes))
}

/// Ties a version that was here already to runs that came in.
pub(in crate::domain) fn tie(tx: &Tx, id: ArtifactId, new: &Incoming) -> Result<()> {
    for (run, at) in &new.made_by {
        lineage_store::add_output(tx, *run, id, *at)?;
    }
    for (run, used_as, at) in &new.used_by {
        lineage_store::add_input(tx, *run, id, used_as.as_deref(), *at)?;
    }
    Ok(())
}

/// Puts a version into a collection under that number, or if it is taken under the next that is free.
fn place(
    tx: &Tx,
    collection: CollectionId,
    id: ArtifactId,
    wanted: i64,
    author: Option<AccountId>,
    at: Timestamp,
) -> Result<(crate::id::MembershipId, i64)> {
    let is_free = wanted >= 0 && store::membership_by_index(tx, collection, wanted)?.is_none();
    let index = if is_free {
        transfer_store::take_index(tx, collection, wanted)?;
        wanted
    } else {
        store::next_index(tx, collection, at)?
    };
    Ok((store::insert_membership(tx, collection, id, index, author, at)?, index))
}

/// Words on a collection that came in, if it has none.
pub(in crate::domain) fn describe(
    tx: &Tx,
    project: ProjectId,
    name: &str,
    description: &str,
    tags: &[String],
    now: Timestamp,
) -> Result<()> {
    let Some(found) = store::collection_by_name(tx, project, name)? else { return Ok(()) };
    if found.description.is_empty() && !description.is_empty() {
        super::editing_store::update_collection(tx, found.id, name, description, now)?;
    }
    for tag in names::tags(tags)? {
        super::editing_store::tag_collection(tx, found.id, &tag, true)?;
    }
    Ok(())
}

/// Links a version into a portfolio, which is made if it is not there yet, under the number that it had if that is free; true if
/// it was not there. Aliases that others have stay with them.
pub(in crate::domain) fn link(
    tx: &Tx,
    call: &Call,
    project: &Project,
    (portfolio, type_name): (&str, &str),
    id: ArtifactId,
    (wanted, aliases): (i64, &[String]),
) -> Result<bool> {
    let collection = match store::collection_by_name(tx, project.id, portfolio)? {
        Some(found) if found.kind == CollectionKind::Portfolio && found.type_name == type_name => found,
        Some(_) => return Err(Error::conflict(format!("the name {portfolio} is taken by something else"))),
        None => {
            names::check_collection(portfolio)?;
            names::check_type(type_name)?;
            super::link::require_taken(tx, project, type_name)?;
            let kind = store::ensure_type(tx, project.id, type_name, "", call.now)?;
            let made =
                store::insert_collection(tx, CollectionKind::Portfolio, &kind, portfolio, call.actor.author(), call.now)?;
            let details = json!({ "type": type_name, "portfolio": true });
            audit::record(tx, call, "artifact.create", "artifact", made.get(), portfolio, &details)?;
            store::collection_by_id(tx, made)?.ok_or_else(|| Error::internal("the portfolio just made is not there"))?
        }
    };
    if store::membership_of(tx, collection.id, id)?.is_some() {
        return Ok(false);
    }
    let (membership, index) = place(tx, collection.id, id, wanted, call.actor.author(), call.now)?;
    for alias in aliases {
        let is_taken = store::membership_by_alias(tx, collection.id, alias)?.is_some();
        if !is_taken
            && (alias == "latest" || names::check_alias(alias).is_ok())
            && protection::require(tx, call, &collection, alias).is_ok()
        {
            store::set_alias(tx, collection.id, membership, alias, call.now)?;
        }
    }
    let details = json!({ "artifact": id.get(), "as": index });
    audit::record(tx, call, "artifact.link", "artifact", collection.id.get(), &collection.name, &details)?;
    Ok(true)
}
