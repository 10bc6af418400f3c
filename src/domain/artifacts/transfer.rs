//! Versions on their way to another server: which there are, and all that is known of one.

use super::content_store;
use super::contents::Content;
use super::model::{Artifact, Collection, State};
use super::{store, transfer_store};
use crate::clock::Timestamp;
use crate::db::Reader;
use crate::error::Result;
use crate::id::{ArtifactId, ContentId, ProjectId, RunId};

pub(in crate::domain) use transfer_store::{Line, Tie};

/// Committed versions that were logged to a project, and those that its runs used, wherever they lie; of one run alone those
/// that it made and used.
pub(in crate::domain) fn versions_of(db: &Reader, project: ProjectId, run: Option<RunId>) -> Result<Vec<ArtifactId>> {
    match run {
        Some(run) => transfer_store::tied_to(db, run),
        None => transfer_store::versions_of(db, project),
    }
}

/// The version with this number, if it is committed and in place, whoever asks.
pub(in crate::domain) fn in_place(db: &Reader, id: ArtifactId) -> Result<Option<Artifact>> {
    Ok(store::by_id(db, id)?.filter(|found| found.state == State::Committed))
}

/// What a version has besides what it is itself.
pub(in crate::domain) struct Attached {
    /// Of its own sequence.
    pub aliases: Vec<String>,
    pub tags: Vec<String>,
    pub client_ids: Vec<String>,
    /// The SHA-256 of its list of files.
    pub manifest: Option<[u8; 32]>,
    pub made_by: Vec<Tie>,
    pub used_by: Vec<Tie>,
}

pub(in crate::domain) fn attached(db: &Reader, version: &Artifact) -> Result<Attached> {
    let own = store::membership_of(db, version.sequence_id, version.id)?;
    let aliases = own.map(|own| store::aliases_of_membership(db, own.id)).transpose()?.unwrap_or_default();
    Ok(Attached {
        aliases: aliases.into_iter().map(|alias| alias.name).collect(),
        tags: store::tags(db, version.id)?.into_iter().map(|tag| tag.name).collect(),
        client_ids: transfer_store::client_ids(db, version.id)?,
        manifest: transfer_store::manifest(db, version.id)?.map(|(_, sha256)| sha256),
        made_by: transfer_store::makers(db, version.id)?,
        used_by: transfer_store::users(db, version.id)?,
    })
}

/// Files and references of a version by path, after one of them.
pub(in crate::domain) fn lines(db: &Reader, id: ArtifactId, after: &str, limit: usize) -> Result<Vec<Line>> {
    transfer_store::lines(db, id, after, limit)
}

/// The contents that a version holds: of its files, and of its list of them.
pub(in crate::domain) fn contents_of(db: &Reader, id: ArtifactId) -> Result<Vec<ContentId>> {
    let mut found = transfer_store::contents_of(db, id)?;
    found.extend(transfer_store::manifest(db, id)?.map(|(content, _)| content));
    Ok(found)
}

/// A content with its SHA-256, if it is still there.
pub(in crate::domain) fn content(db: &Reader, id: ContentId) -> Result<Option<(Content, [u8; 32])>> {
    let Some(content) = content_store::content_by_id(db, id)? else { return Ok(None) };
    Ok(transfer_store::sha256(db, id)?.map(|sha256| (content, sha256)))
}

/// The collections of a project by number, with the words on each.
pub(in crate::domain) fn collections_of(db: &Reader, project: ProjectId) -> Result<Vec<(Collection, Vec<String>)>> {
    let mut found = Vec::new();
    for id in transfer_store::collections_of(db, project)? {
        let Some(collection) = store::collection_by_id(db, id)? else { continue };
        let tags = store::collection_tags(db, id)?.into_iter().map(|tag| tag.name).collect();
        found.push((collection, tags));
    }
    Ok(found)
}

/// A version's place in a collection, with the aliases that it has there.
pub(in crate::domain) struct Link {
    pub version: ArtifactId,
    pub index: i64,
    pub aliases: Vec<String>,
    pub linked_at: Timestamp,
}

/// What is linked into a portfolio, by number.
pub(in crate::domain) fn links_of(db: &Reader, portfolio: &Collection) -> Result<Vec<Link>> {
    let mut found = Vec::new();
    for membership in store::members(db, portfolio.id, true, None, usize::MAX >> 1)? {
        let aliases = store::aliases_of_membership(db, membership.id)?.into_iter().map(|alias| alias.name).collect();
        found.push(Link {
            version: membership.artifact_id,
            index: membership.version_index,
            aliases,
            linked_at: membership.created_at,
        });
    }
    Ok(found)
}
