//! Makes a draft a version: reads its manifest, finds the bytes of every file it names, and gives it its number. Whatever is
//! missing refuses the commit. Each step may be repeated after a crash; the version appears with the last of them.

use std::collections::HashMap;

use serde_json::json;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::aliases::{move_aliases, parse_wanted};
use super::content_store::{self, Held};
use super::contents::{self, Arrived, ArrivedBytes, SMALL_BYTES_MAX, keep};
use super::manifest::{Item, Manifest as Listing};
use super::model::{Artifact, Entry, Manifest, ManifestKind, State};
use super::uploads;
use super::{lineage_store, lookup, store};
use crate::blob::{Blobs, Digests, Shelf};
use crate::db::{Db, Reader, Tx};
use crate::domain::{Call, audit, files};
use crate::error::{Error, Result};
use crate::id::{ArtifactId, ManifestId};

/// Entries that one transaction writes, so that others get their turn.
const BATCH: usize = 2000;
/// The most bytes of a manifest.
const MANIFEST_BYTES_MAX: i64 = 512 << 20;

/// What a version is to hold.
struct Plan {
    listing: Listing,
    /// The manifest that was sent and is served as it is; `None` if it is put together here.
    sent: Option<ManifestId>,
}

/// Commits a draft; one that is committed already is answered as it is.
pub async fn commit(db: &Db, blobs: &Blobs, call: &Call, id: ArtifactId) -> Result<Artifact> {
    let asking = call.clone();
    let (artifact, manifests) = db
        .read(move |reader| {
            let found = uploads::writable(reader, &asking, id)?;
            if found.state == State::Committed {
                return Ok((found, Vec::new()));
            }
            Ok((uploads::draft(reader, &asking, id)?, content_store::manifests(reader, id)?))
        })
        .await?;
    if artifact.state == State::Committed {
        return Ok(artifact);
    }
    let plan = plan(db, blobs, &manifests).await?;
    let digest = if plan.sent.is_some() { artifact.digest.clone() } else { plan.listing.digest() };
    let assembled = match plan.sent {
        Some(_) => None,
        None => Some(store_manifest(db, blobs, call, &plan.listing).await?),
    };
    let (asking, draft) = (call.clone(), artifact.clone());
    let items = plan.listing.contents;
    let entries = db.read(move |reader| resolve(reader, &asking, &draft, items)).await?;
    let (size, count) = (entries.iter().map(|entry| entry.size_bytes).sum(), entries.len());
    write_entries(db, id, entries).await?;
    let (call, sent) = (call.clone(), plan.sent);
    db.write(move |tx| {
        let manifest = match (&assembled, sent) {
            (Some(arrived), _) => Some(add_manifest(tx, &call, id, arrived)?),
            (None, sent) => sent,
        };
        finish(tx, &call, id, &digest, (size, i64::try_from(count).map_err(Error::internal)?), manifest)
    })
    .await
}

/// Reads what was sent: the full manifest, or the shares of several put together over the version that they build on.
async fn plan(db: &Db, blobs: &Blobs, manifests: &[Manifest]) -> Result<Plan> {
    if let Some(full) = manifests.iter().rev().find(|manifest| manifest.kind == ManifestKind::Full) {
        return Ok(Plan { listing: read_manifest(db, blobs, full).await?, sent: Some(full.id) });
    }
    if manifests.is_empty() {
        return Err(Error::conflict("no manifest was sent for this artifact; send one first"));
    }
    let base = manifests.iter().filter(|manifest| manifest.kind == ManifestKind::Incremental).find_map(|found| found.base);
    let mut listing = Listing::empty();
    if let Some(base) = base {
        let under = db
            .read(move |reader| {
                let found = store::by_id(reader, base)?.filter(|found| found.state == State::Committed);
                found.ok_or_else(|| Error::conflict("the version that this one builds on was deleted"))?;
                content_store::manifests(reader, base)
            })
            .await?;
        if let Some(full) = under.iter().find(|manifest| manifest.kind == ManifestKind::Full) {
            listing = read_manifest(db, blobs, full).await?;
        }
    }
    // One that was begun and never announced its bytes belongs to an attempt that was repeated.
    for share in manifests.iter().filter(|manifest| manifest.content.is_some() || !manifest.digest.is_empty()) {
        listing.extend(read_manifest(db, blobs, share).await?);
    }
    Ok(Plan { listing, sent: None })
}

async fn read_manifest(db: &Db, blobs: &Blobs, manifest: &Manifest) -> Result<Listing> {
    let missing = || Error::conflict(format!("the manifest {} has not arrived; send it first", manifest.name));
    let id = manifest.content.ok_or_else(missing)?;
    let content = db.read(move |reader| content_store::content_by_id(reader, id)).await?.ok_or_else(missing)?;
    if content.size_bytes > MANIFEST_BYTES_MAX {
        return Err(Error::too_large(format!("a manifest has at most {MANIFEST_BYTES_MAX} bytes")));
    }
    let bytes = contents::read_whole(db, blobs, &content).await?;
    tokio::task::spawn_blocking(move || Listing::parse(&bytes)).await.map_err(Error::internal)?
}

/// Stores a manifest that was put together here.
async fn store_manifest(db: &Db, blobs: &Blobs, call: &Call, listing: &Listing) -> Result<Arrived> {
    let bytes = listing.to_bytes()?;
    let digests = Digests::of(&bytes);
    if digests.size_bytes <= SMALL_BYTES_MAX {
        return Ok(Arrived { bytes: ArrivedBytes::Small(bytes.into()), digests });
    }
    let mut upload = blobs.write(Shelf::Artifacts).await?;
    let (key, now) = (upload.key().clone(), call.now);
    db.write(move |tx| files::expect_blob(tx, &key, now)).await?;
    upload.write(&bytes).await?;
    Ok(Arrived { bytes: ArrivedBytes::Blob(upload.finish().await?), digests })
}

/// Finds the bytes of every file: among those sent for this version, in its project, or in the version that is said to have
/// had it first, if the caller sees that.
fn resolve(db: &Reader, call: &Call, draft: &Artifact, items: std::collections::BTreeMap<String, Item>) -> Result<Vec<Entry>> {
    let mut finder = Finder { db, call, draft, sent: content_store::announced_contents(db, draft.id)?, seen: HashMap::new() };
    let mut entries = Vec::with_capacity(items.len());
    for (path, item) in items {
        let entry = if item.reference.is_some() {
            Entry { path, digest: item.digest, size_bytes: item.size.unwrap_or(0), content: None, reference: item.reference }
        } else {
            let content = finder.find(&item)?.ok_or_else(|| {
                Error::conflict(format!("the manifest names '{path}', whose bytes have not arrived; send the file first"))
            })?;
            if item.size.is_some_and(|size| size != content.size_bytes) {
                return Err(Error::invalid(format!(
                    "the manifest gives '{path}' {} bytes, but it has {}",
                    item.size.unwrap_or(0),
                    content.size_bytes
                )));
            }
            Entry { path, digest: item.digest, size_bytes: content.size_bytes, content: Some(content.id), reference: None }
        };
        entries.push(entry);
    }
    Ok(entries)
}

/// Finds the bytes of one file after another.
struct Finder<'a, 'c> {
    db: &'a Reader<'c>,
    call: &'a Call,
    draft: &'a Artifact,
    /// What was sent for this version, by MD5.
    sent: HashMap<String, Held>,
    /// The versions that are said to have had something first, if the caller may have their bytes.
    seen: HashMap<String, Option<ArtifactId>>,
}

impl Finder<'_, '_> {
    fn find(&mut self, item: &Item) -> Result<Option<Held>> {
        if let Some(held) = self.sent.get(&item.digest) {
            return Ok(Some(*held));
        }
        if let Some(content) = content_store::content_in_project(self.db, self.draft.project_id, &item.digest)? {
            return Ok(Some(Held { id: content.id, size_bytes: content.size_bytes }));
        }
        let Some(birth) = &item.birth_artifact_id else { return Ok(None) };
        if !self.seen.contains_key(birth) {
            let may = self.may_take_from(birth)?;
            self.seen.insert(birth.clone(), may);
        }
        match self.seen.get(birth) {
            Some(Some(artifact)) => {
                let content = content_store::content_in_artifact(self.db, *artifact, &item.digest)?;
                Ok(content.map(|content| Held { id: content.id, size_bytes: content.size_bytes }))
            }
            _ => Ok(None),
        }
    }

    fn may_take_from(&self, birth: &str) -> Result<Option<ArtifactId>> {
        let found = birth_id(birth).map(|id| lookup::get(self.db, self.call, id)).transpose()?.flatten();
        match found.filter(|artifact| artifact.state == State::Committed) {
            Some(artifact) if lookup::may_download(self.db, self.call, &artifact)? => Ok(Some(artifact.id)),
            _ => Ok(None),
        }
    }
}

/// The id of a version as manifests write it: base64 of `Artifact:` and its number.
fn birth_id(text: &str) -> Option<ArtifactId> {
    let text = String::from_utf8(STANDARD.decode(text).ok()?).ok()?;
    text.strip_prefix("Artifact:")?.parse().ok().map(ArtifactId::new)
}

/// Writes the entries of a draft, a batch a transaction; what an earlier attempt left is removed first.
async fn write_entries(db: &Db, id: ArtifactId, entries: Vec<Entry>) -> Result<()> {
    db.write(move |tx| {
        uploads::pending(tx, id)?;
        // What these hold is held by the announced files too, or by other versions.
        content_store::delete_entries(tx, id).map(|_| ())
    })
    .await?;
    let mut rest = entries.into_iter().peekable();
    while rest.peek().is_some() {
        let batch: Vec<Entry> = rest.by_ref().take(BATCH).collect();
        db.write(move |tx| {
            if uploads::pending(tx, id).is_err() {
                return Ok(());
            }
            for entry in &batch {
                if !content_store::set_entry(tx, id, entry)? {
                    return Err(Error::conflict(format!("'{}' was deleted meanwhile; log the artifact again", entry.path)));
                }
            }
            Ok(())
        })
        .await?;
    }
    Ok(())
}

fn add_manifest(tx: &Tx, call: &Call, id: ArtifactId, arrived: &Arrived) -> Result<ManifestId> {
    let content = keep(tx, arrived, call.now)?;
    let kind = ManifestKind::Full;
    let manifest = content_store::insert_manifest(tx, id, "wandb_manifest.json", kind, &arrived.md5(), None, call.now)?;
    content_store::set_manifest_content(tx, manifest, content)?;
    Ok(manifest)
}

fn finish(
    tx: &Tx,
    call: &Call,
    id: ArtifactId,
    digest: &str,
    (size, count): (i64, i64),
    manifest: Option<ManifestId>,
) -> Result<Artifact> {
    let draft = store::by_id(tx, id)?.ok_or_else(|| Error::not_found("artifact"))?;
    if draft.state == State::Committed {
        return Ok(draft);
    }
    uploads::pending(tx, id)?;
    let sequence = store::collection_by_id(tx, draft.sequence_id)?.filter(|found| !found.is_deleted);
    let sequence = sequence.ok_or_else(|| Error::conflict("the artifact was deleted; log it again"))?;
    let wanted = parse_wanted(&store::wanted(tx, id)?)?;
    let mut aliases: Vec<&str> = wanted.iter().map(String::as_str).collect();
    let twin = if store::deduplicates(tx, id)? { store::committed_with_digest(tx, sequence.id, digest)? } else { None };
    let version = if let Some(twin) = twin {
        let mut held = content_store::delete_entries(tx, id)?;
        held.extend(content_store::delete_manifests(tx, id, None)?);
        store::merge(tx, id, twin, call.now)?;
        lineage_store::move_outputs(tx, id, twin)?;
        content_store::free_unheld(tx, &held, call.now)?;
        twin
    } else {
        let index = store::next_index(tx, sequence.id, call.now)?;
        store::insert_membership(tx, sequence.id, id, index, call.actor.author(), call.now)?;
        store::set_committed(tx, id, digest, size, count, call.now)?;
        let shares = content_store::delete_manifests(tx, id, manifest)?;
        content_store::free_unheld(tx, &shares, call.now)?;
        // The newest version is what the name alone means.
        if !aliases.contains(&"latest") {
            aliases.push("latest");
        }
        let details = json!({ "version": index, "digest": digest, "bytes": size });
        audit::record(tx, call, "artifact.commit", "artifact", id.get(), &sequence.name, &details)?;
        id
    };
    let (held, parts) = content_store::delete_files(tx, id)?;
    content_store::free_unheld(tx, &held, call.now)?;
    for part in parts {
        files::discard(tx, &part, call.now)?;
    }
    move_aliases(tx, call, version, &sequence, &aliases)?;
    store::by_id(tx, version)?.ok_or_else(|| Error::internal("the version just committed is not there"))
}
