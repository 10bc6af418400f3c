//! Large files in parts: each part is a blob of its own until the last has come; then they are put together, checked as a
//! whole, and dropped.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt as _;

use super::content_store::{self, Part};
use super::contents::{Arrived, ArrivedBytes};
use super::uploads;
use crate::blob::{BlobKey, Blobs, Checked, Digests, Shelf};
use crate::clock::Timestamp;
use crate::db::{Db, Reader, Tx};
use crate::domain::{Call, files};
use crate::error::{Error, Result};
use crate::id::ArtifactId;

/// A part that a client means to send: its number from 1, and its MD5 in hex.
#[derive(Clone, Debug)]
pub struct PartPlan {
    pub number: i64,
    pub md5_hex: String,
}

/// The most parts of one file.
const PARTS_MAX: i64 = 10_000;

/// Announces the parts of a file that was announced. Those that have arrived stay.
pub(super) fn announce_parts(tx: &Tx, file: i64, plan: &[PartPlan]) -> Result<()> {
    for part in plan {
        let is_digest = hex::decode(&part.md5_hex).is_ok_and(|bytes| bytes.len() == 16);
        if !is_digest || !(1..=PARTS_MAX).contains(&part.number) {
            return Err(Error::invalid(format!("a part has a number from 1 to {PARTS_MAX} and an MD5 in hex")));
        }
    }
    let announced = content_store::parts(tx, file)?;
    let fits = |part: &Part| plan.iter().any(|planned| planned.number == part.number && planned.md5_hex == part.md5_hex);
    if !announced.iter().all(fits) {
        return Err(Error::conflict("this file was announced in other parts; log a new version"));
    }
    for part in plan {
        content_store::announce_part(tx, file, part.number, &part.md5_hex)?;
    }
    Ok(())
}

/// The MD5 that was announced for a part.
pub fn part_md5(db: &Reader, artifact: ArtifactId, (name, md5): (&str, &str), number: i64) -> Result<[u8; 16]> {
    uploads::pending(db, artifact)?;
    let file = content_store::announced_file(db, artifact, name, md5)?.ok_or_else(|| Error::not_found("file"))?;
    let part = content_store::parts(db, file.id)?.into_iter().find(|part| part.number == number);
    let digest = part.and_then(|part| hex::decode(part.md5_hex).ok()?.try_into().ok());
    digest.ok_or_else(|| Error::not_found("part"))
}

/// Takes the blob that arrived for a part.
pub fn receive_part(
    tx: &Tx,
    artifact: ArtifactId,
    (name, md5): (&str, &str),
    number: i64,
    key: &BlobKey,
    now: Timestamp,
) -> Result<()> {
    uploads::pending(tx, artifact)?;
    let file = content_store::announced_file(tx, artifact, name, md5)?.ok_or_else(|| Error::not_found("file"))?;
    let part = content_store::parts(tx, file.id)?.into_iter().find(|part| part.number == number);
    let part = part.ok_or_else(|| Error::not_found("part"))?;
    if let Some(before) = &part.key {
        files::discard(tx, before, now)?;
    }
    if !files::own_blob(tx, key)? {
        return Err(Error::conflict("the upload took longer than a day; send the part again"));
    }
    content_store::set_part(tx, file.id, number, key)?;
    super::store::touch(tx, artifact, now)
}

/// Puts the parts of a file together once all have arrived; doing it again does nothing. `path` is `{md5 in hex}/{name}`,
/// `etags` are what the parts were answered with: numbers and MD5 in hex. Returns the MD5 in base64.
pub async fn assemble(
    db: &Db,
    blobs: &Blobs,
    call: &Call,
    artifact: ArtifactId,
    path: &str,
    etags: Vec<PartPlan>,
) -> Result<String> {
    let (md5, name) = path.split_once('/').ok_or_else(|| Error::not_found("upload"))?;
    let (md5, name) = (STANDARD.encode(hex::decode(md5).map_err(|_| Error::not_found("upload"))?), name.to_owned());
    let (asking, file_name, file_md5) = (call.clone(), name.clone(), md5.clone());
    let parts = db
        .read(move |reader| {
            uploads::draft(reader, &asking, artifact)?;
            let file = content_store::announced_file(reader, artifact, &file_name, &file_md5)?;
            let file = file.ok_or_else(|| Error::not_found("file"))?;
            if file.content.is_some() {
                return Ok(None);
            }
            let parts = content_store::parts(reader, file.id)?;
            check(&parts, &etags)?;
            Ok(Some(parts))
        })
        .await?;
    let Some(parts) = parts else { return Ok(md5) };
    let mut upload = Checked::new(blobs.write(Shelf::Artifacts).await?);
    let (key, now) = (upload.key().clone(), call.now);
    db.write(move |tx| files::expect_blob(tx, &key, now)).await?;
    let digests = match copy(blobs, &mut upload, &parts).await {
        Ok(digests) => digests,
        Err(error) => {
            upload.abort().await?;
            return Err(error);
        }
    };
    if STANDARD.encode(digests.md5) != md5 {
        upload.abort().await?;
        return Err(Error::invalid("the parts together are not the file that was announced; send it again"));
    }
    let arrived = Arrived { bytes: ArrivedBytes::Blob(upload.finish().await?), digests };
    let digest = md5.clone();
    db.write(move |tx| finish(tx, artifact, &name, &md5, &arrived, now)).await?;
    Ok(digest)
}

/// All parts have arrived, without gaps, and are the ones the caller knows of.
fn check(parts: &[Part], etags: &[PartPlan]) -> Result<()> {
    let in_order = parts.iter().zip(1..).all(|(part, number)| part.number == number);
    if parts.is_empty() || !in_order || parts.iter().any(|part| part.key.is_none()) {
        return Err(Error::conflict("parts of this file are still missing; send them first"));
    }
    let same = |part: &Part| {
        etags
            .iter()
            .any(|etag| etag.number == part.number && etag.md5_hex.trim_matches('"').eq_ignore_ascii_case(&part.md5_hex))
    };
    if etags.len() != parts.len() || !parts.iter().all(same) {
        return Err(Error::invalid("the list of parts is not the one that was announced and sent"));
    }
    Ok(())
}

async fn copy(blobs: &Blobs, upload: &mut Checked, parts: &[Part]) -> Result<Digests> {
    for key in parts.iter().filter_map(|part| part.key.as_ref()) {
        let mut bytes = blobs.read(key, None).await?;
        while let Some(chunk) = bytes.next().await {
            upload.write(&chunk?).await?;
        }
    }
    upload.digests().await
}

fn finish(tx: &Tx, artifact: ArtifactId, name: &str, md5: &str, arrived: &Arrived, now: Timestamp) -> Result<()> {
    uploads::receive_file(tx, artifact, name, md5, arrived, now)?;
    let file = content_store::announced_file(tx, artifact, name, md5)?.ok_or_else(|| Error::not_found("file"))?;
    let keys: Vec<BlobKey> = content_store::parts(tx, file.id)?.into_iter().filter_map(|part| part.key).collect();
    for key in keys {
        files::discard(tx, &key, now)?;
    }
    content_store::delete_parts(tx, file.id)
}
