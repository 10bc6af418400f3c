//! What a version consists of, on its way: files that are announced and arrive, and manifests.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::contents::{Arrived, keep};
use super::model::{Artifact, Manifest, ManifestKind, State};
use super::parts::{PartPlan, announce_parts};
use super::{content_store, lookup, store};
use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::domain::files::FileName;
use crate::domain::{Call, runs};
use crate::error::{Error, Result};
use crate::id::{ArtifactId, ManifestId};
use crate::policy::{self, Action};

/// A file that a client means to send.
#[derive(Clone, Debug)]
pub struct FileSpec {
    pub artifact: ArtifactId,
    pub name: String,
    /// In base64.
    pub md5: String,
    /// How it is to be cut, if it is large.
    pub parts: Vec<PartPlan>,
}

/// What to do about an announced file.
#[derive(Clone, Debug)]
pub struct FilePlan {
    pub name: String,
    /// In base64.
    pub md5: String,
    pub md5_hex: String,
    pub mime_type: String,
    /// The bytes are known: the project holds them already.
    pub is_known: bool,
    pub artifact: Artifact,
    pub parts: Vec<PartPlan>,
}

/// The draft that the caller may add to.
pub(super) fn draft(db: &Reader, call: &Call, id: ArtifactId) -> Result<Artifact> {
    let artifact = writable(db, call, id)?;
    match artifact.state {
        State::Pending => Ok(artifact),
        State::Committed => Err(Error::conflict(format!("{} is committed; log a new version", artifact.label()))),
        State::Deleted => Err(Error::conflict(format!("{} was deleted", artifact.label()))),
    }
}

/// The version, for those who log to its project and for whoever began the run at work that logs it.
pub(super) fn writable(db: &Reader, call: &Call, id: ArtifactId) -> Result<Artifact> {
    let artifact = store::by_id(db, id)?.ok_or_else(|| Error::not_found("artifact"))?;
    if policy::allows(&call.actor, Action::Write, &artifact.project_target()) {
        return Ok(artifact);
    }
    let run = artifact.run_id.map(|run| runs::in_place(db, run)).transpose()?.flatten();
    if run.is_some_and(|run| policy::allows(&call.actor, Action::Write, &run.stream())) {
        return Ok(artifact);
    }
    let seen = lookup::get(db, call, id)?.ok_or_else(|| Error::not_found("artifact"))?;
    policy::require(&call.actor, Action::Write, &seen.project_target())?;
    Ok(seen)
}

/// Announces files, in the order given. Which need not be sent is decided inside the project alone: that a digest is known
/// elsewhere is nothing the caller may learn or use.
pub fn announce_files(tx: &Tx, call: &Call, specs: &[FileSpec]) -> Result<Vec<FilePlan>> {
    let mut artifact: Option<Artifact> = None;
    let mut plans = Vec::with_capacity(specs.len());
    for spec in specs {
        let draft = match artifact.take() {
            Some(known) if known.id == spec.artifact => known,
            _ => draft(tx, call, spec.artifact)?,
        };
        let name = FileName::parse(&spec.name)?;
        let md5_hex = md5_hex(&spec.md5)?;
        let known = content_store::content_in_project(tx, draft.project_id, &spec.md5)?;
        let announced = content_store::announce_file(tx, draft.id, name.as_str(), &spec.md5, known.map(|content| content.id))?;
        if announced.content.is_none() {
            announce_parts(tx, announced.id, &spec.parts)?;
        }
        plans.push(FilePlan {
            name: name.as_str().to_owned(),
            md5: spec.md5.clone(),
            md5_hex,
            mime_type: name.mime_type(),
            is_known: announced.content.is_some(),
            artifact: draft.clone(),
            parts: spec.parts.clone(),
        });
        artifact = Some(draft);
    }
    if let Some(artifact) = artifact {
        store::touch(tx, artifact.id, call.now)?;
    }
    Ok(plans)
}

fn md5_hex(base64: &str) -> Result<String> {
    let bytes = STANDARD.decode(base64).ok().filter(|bytes| bytes.len() == 16);
    bytes.map(hex::encode).ok_or_else(|| Error::invalid(format!("'{base64}' is not an MD5 in base64")))
}

/// Takes what arrived for an announced file.
pub fn receive_file(tx: &Tx, artifact: ArtifactId, name: &str, md5: &str, arrived: &Arrived, now: Timestamp) -> Result<()> {
    if store::state(tx, artifact)? != Some(State::Pending) {
        pending(tx, artifact)?;
    }
    let announced = content_store::announced_file(tx, artifact, name, md5)?.ok_or_else(|| Error::not_found("file"))?;
    let content = keep(tx, arrived, now)?;
    content_store::set_file_content(tx, announced.id, content)?;
    store::touch(tx, artifact, now)
}

/// The draft, for bytes that come with a link which was given to somebody who may send them.
pub(super) fn pending(db: &Reader, id: ArtifactId) -> Result<Artifact> {
    let artifact = store::by_id(db, id)?.ok_or_else(|| Error::not_found("artifact"))?;
    if artifact.state != State::Pending {
        return Err(Error::conflict(format!("{} takes no more files; log a new version", artifact.label())));
    }
    Ok(artifact)
}

/// Announces a manifest. A full one replaces the full one that was announced before; of the others there may be several.
pub fn announce_manifest(
    tx: &Tx,
    call: &Call,
    artifact: ArtifactId,
    (name, kind): (&str, ManifestKind),
    digest: &str,
    base: Option<ArtifactId>,
) -> Result<Manifest> {
    draft(tx, call, artifact)?;
    let name = FileName::parse(name)?;
    check_base(tx, call, base)?;
    let before = content_store::manifests(tx, artifact)?.into_iter().find(|found| found.kind == kind);
    let id = match before.filter(|_| kind == ManifestKind::Full) {
        Some(before) => {
            announce_again(tx, &before, digest, base, call.now)?;
            before.id
        }
        None => content_store::insert_manifest(tx, artifact, name.as_str(), kind, digest, base, call.now)?,
    };
    store::touch(tx, artifact, call.now)?;
    content_store::manifest_by_id(tx, id)?.ok_or_else(|| Error::internal("the manifest just made is not there"))
}

/// Says which bytes are to come for an announced manifest.
pub fn reannounce_manifest(
    tx: &Tx,
    call: &Call,
    id: ManifestId,
    digest: Option<&str>,
    base: Option<ArtifactId>,
) -> Result<Manifest> {
    let manifest = content_store::manifest_by_id(tx, id)?.ok_or_else(|| Error::not_found("manifest"))?;
    draft(tx, call, manifest.artifact_id)?;
    check_base(tx, call, base)?;
    announce_again(tx, &manifest, digest.unwrap_or(&manifest.digest), base, call.now)?;
    content_store::manifest_by_id(tx, id)?.ok_or_else(|| Error::not_found("manifest"))
}

fn check_base(db: &Reader, call: &Call, base: Option<ArtifactId>) -> Result<()> {
    if let Some(base) = base {
        lookup::require_bytes(db, call, base)?;
    }
    Ok(())
}

fn announce_again(tx: &Tx, manifest: &Manifest, digest: &str, base: Option<ArtifactId>, now: Timestamp) -> Result<()> {
    if manifest.digest == digest && base.is_none() {
        return Ok(());
    }
    content_store::announce_manifest(tx, manifest.id, digest, base)?;
    content_store::free_unheld(tx, manifest.content.as_slice(), now)?;
    Ok(())
}

/// The MD5 that was announced for a manifest, if one was.
pub fn manifest_md5(db: &Reader, artifact: ArtifactId, id: ManifestId) -> Result<Option<[u8; 16]>> {
    pending(db, artifact)?;
    let manifest = content_store::manifest_by_id(db, id)?.filter(|found| found.artifact_id == artifact);
    let digest = manifest.ok_or_else(|| Error::not_found("manifest"))?.digest;
    Ok(STANDARD.decode(digest).ok().and_then(|bytes| bytes.try_into().ok()))
}

/// Takes what arrived for an announced manifest.
pub fn receive_manifest(tx: &Tx, artifact: ArtifactId, id: ManifestId, arrived: &Arrived, now: Timestamp) -> Result<()> {
    pending(tx, artifact)?;
    let manifest = content_store::manifest_by_id(tx, id)?.filter(|found| found.artifact_id == artifact);
    let manifest = manifest.ok_or_else(|| Error::not_found("manifest"))?;
    if !manifest.digest.is_empty() && manifest.digest != arrived.md5() {
        return Err(Error::invalid("the bytes are not those of the manifest that was announced; send it again"));
    }
    let content = keep(tx, arrived, now)?;
    content_store::set_manifest_content(tx, id, content)?;
    if manifest.content.is_some_and(|before| before != content) {
        content_store::free_unheld(tx, manifest.content.as_slice(), now)?;
    }
    store::touch(tx, artifact, now)
}
