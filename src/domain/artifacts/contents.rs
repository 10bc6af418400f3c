//! Contents: the bytes of files and manifests, each stored once. Small ones are rows beside what is said of them, so that many
//! are on the disk with one commit; a file of its own for each would cost the disk a wait. Large ones are blobs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt as _};

use std::ops::Range;

use super::content_store;
use crate::blob::{BlobKey, Blobs, Digests};
use crate::clock::Timestamp;
use crate::db::{Db, Tx};
use crate::domain::files;
use crate::error::{Error, Result};
use crate::id::ContentId;

/// The most bytes of a content that is a row.
pub const SMALL_BYTES_MAX: u64 = 16 << 10;

/// Bytes that are there.
#[derive(Clone, Debug)]
pub struct Content {
    pub id: ContentId,
    /// In base64.
    pub md5: String,
    pub size_bytes: i64,
    pub stored: Stored,
}

/// How a content lies here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stored {
    Row,
    Blob(BlobKey),
}

/// Bytes that arrived whole and were checked, and belong to nothing yet.
#[derive(Clone, Debug)]
pub struct Arrived {
    pub bytes: ArrivedBytes,
    pub digests: Digests,
}

#[derive(Clone, Debug)]
pub enum ArrivedBytes {
    /// At most [`SMALL_BYTES_MAX`].
    Small(Bytes),
    Blob(BlobKey),
}

impl Arrived {
    /// In base64.
    pub fn md5(&self) -> String {
        STANDARD.encode(self.digests.md5)
    }
}

/// Makes what arrived a content, or finds that it is one already and drops the second copy.
pub(super) fn keep(tx: &Tx, arrived: &Arrived, now: Timestamp) -> Result<ContentId> {
    let digests = &arrived.digests;
    if let Some(known) = content_store::content_by_sha256(tx, &digests.sha256)? {
        if let ArrivedBytes::Blob(key) = &arrived.bytes {
            files::discard(tx, key, now)?;
        }
        return Ok(known);
    }
    let (size, md5) = (i64::try_from(digests.size_bytes).map_err(Error::internal)?, arrived.md5());
    match &arrived.bytes {
        ArrivedBytes::Small(bytes) => {
            let id = content_store::insert_content(tx, &digests.sha256, &md5, size, &Stored::Row, now)?;
            content_store::insert_bytes(tx, id, bytes)?;
            Ok(id)
        }
        ArrivedBytes::Blob(key) => {
            if !files::own_blob(tx, key)? {
                return Err(Error::conflict("the upload took longer than a day; send the file again"));
            }
            content_store::insert_content(tx, &digests.sha256, &md5, size, &Stored::Blob(key.clone()), now)
        }
    }
}

/// The bytes of a content in this range, or all of them.
pub async fn read(
    db: &Db,
    blobs: &Blobs,
    content: &Content,
    range: Option<Range<u64>>,
) -> Result<BoxStream<'static, Result<Bytes>>> {
    match &content.stored {
        Stored::Blob(key) => blobs.read(key, range).await,
        Stored::Row => {
            let id = content.id;
            let bytes = db.read(move |reader| content_store::bytes(reader, id)).await?;
            let mut bytes = Bytes::from(bytes.ok_or_else(|| Error::not_found("file"))?);
            if let Some(range) = range {
                let end = usize::try_from(range.end).map_or(bytes.len(), |end| end.min(bytes.len()));
                bytes = bytes.slice(usize::try_from(range.start).map_or(end, |start| start.min(end))..end);
            }
            Ok(stream::iter([Ok(bytes)]).boxed())
        }
    }
}

/// All bytes of a content that fits into memory.
pub(super) async fn read_whole(db: &Db, blobs: &Blobs, content: &Content) -> Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(usize::try_from(content.size_bytes).map_err(Error::internal)?);
    let mut chunks = read(db, blobs, content, None).await?;
    while let Some(chunk) = chunks.next().await {
        bytes.extend_from_slice(&chunk?);
    }
    Ok(bytes)
}
