//! An upload whose bytes are digested on their way. Digesting and writing a part, which take about as long as receiving one,
//! happen on other threads while the next part is received.

use bytes::Bytes;
use md5::{Digest as _, Md5};
use sha2::Sha256;
use tokio::task::{JoinHandle, spawn_blocking};

use super::{BlobKey, PART_BYTES, Upload};
use crate::error::{Error, Result};

/// What bytes are known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digests {
    pub size_bytes: u64,
    pub md5: [u8; 16],
    pub sha256: [u8; 32],
}

impl Digests {
    /// Of bytes that are here.
    pub fn of(bytes: &[u8]) -> Self {
        Self { size_bytes: bytes.len() as u64, md5: Md5::digest(bytes).into(), sha256: Sha256::digest(bytes).into() }
    }
}

/// The upload and what is known of its bytes so far.
struct Work {
    upload: Upload,
    md5: Md5,
    sha256: Sha256,
}

impl Work {
    /// Writes a part and takes it into the digests, all at the same time.
    async fn add(self, part: Bytes) -> Result<Self> {
        let Self { mut upload, mut md5, mut sha256 } = self;
        let (for_md5, for_sha256) = (part.clone(), part.clone());
        let md5 = spawn_blocking(move || {
            md5.update(&for_md5);
            md5
        });
        let sha256 = spawn_blocking(move || {
            sha256.update(&for_sha256);
            sha256
        });
        upload.put(part).await?;
        Ok(Self { upload, md5: md5.await.map_err(Error::internal)?, sha256: sha256.await.map_err(Error::internal)? })
    }
}

/// An upload that knows what it holds. Two parts are in memory at most. Dropped without [`Checked::finish`] or
/// [`Checked::abort`], and after a failure, the blob never appears.
pub struct Checked {
    key: BlobKey,
    /// The part that is being worked on; `None` only after a failure.
    work: Option<JoinHandle<Result<Work>>>,
    part: Vec<u8>,
    size_bytes: u64,
}

impl Checked {
    pub fn new(upload: Upload) -> Self {
        let key = upload.key().clone();
        let work = Work { upload, md5: Md5::new(), sha256: Sha256::new() };
        Self { key, work: Some(tokio::spawn(async { Ok(work) })), part: Vec::with_capacity(PART_BYTES), size_bytes: 0 }
    }

    /// What the blob will be called once it is finished.
    pub fn key(&self) -> &BlobKey {
        &self.key
    }

    /// Adds bytes at the end.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.part.extend_from_slice(bytes);
        self.size_bytes += bytes.len() as u64;
        if self.part.len() < PART_BYTES {
            return Ok(());
        }
        let part = std::mem::replace(&mut self.part, Vec::with_capacity(PART_BYTES));
        let work = self.settled().await?;
        self.work = Some(tokio::spawn(work.add(Bytes::from(part))));
        Ok(())
    }

    /// Waits for the part that is being worked on.
    async fn settled(&mut self) -> Result<Work> {
        let work = self.work.take().ok_or_else(|| Error::internal("an upload goes on that has failed"))?;
        work.await.map_err(Error::internal)?
    }

    /// What all bytes are known by; nothing is added afterwards.
    pub async fn digests(&mut self) -> Result<Digests> {
        let mut work = self.settled().await?;
        if !self.part.is_empty() {
            work = work.add(Bytes::from(std::mem::take(&mut self.part))).await?;
        }
        let digests = Digests {
            size_bytes: self.size_bytes,
            md5: work.md5.clone().finalize().into(),
            sha256: work.sha256.clone().finalize().into(),
        };
        self.work = Some(tokio::spawn(async { Ok(work) }));
        Ok(digests)
    }

    /// Makes the blob appear; it is on the disk when this returns.
    pub async fn finish(mut self) -> Result<BlobKey> {
        self.settled().await?.upload.finish().await
    }

    /// Leaves nothing behind.
    pub async fn abort(mut self) -> Result<()> {
        match self.work {
            Some(_) => self.settled().await?.upload.abort().await,
            // What failed was dropped, and what is dropped is removed.
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::TryStreamExt as _;

    use super::*;
    use crate::blob::{Blobs, Shelf};

    #[tokio::test]
    async fn what_is_written_in_pieces_of_any_size_is_known_and_read_as_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let blobs = Blobs::open_folder(folder.path()).expect("a store");
        for (count, size) in [(0, 0), (1, 1), (5, 1000), (3, PART_BYTES), (7, PART_BYTES - 1), (2, 3 * PART_BYTES + 5)] {
            let mut upload = Checked::new(blobs.write(Shelf::Artifacts).await.expect("an upload"));
            let mut whole = Vec::new();
            for number in 0..count {
                let piece = vec![u8::try_from(number).expect("a few pieces"); size];
                upload.write(&piece).await.expect("room");
                whole.extend_from_slice(&piece);
            }
            assert_eq!(upload.digests().await.expect("digests"), Digests::of(&whole), "{count} of {size}");
            let key = upload.finish().await.expect("a blob");
            let read: Vec<_> = blobs.read(&key, None).await.expect("the blob").try_collect().await.expect("its bytes");
            assert_eq!(read.concat(), whole, "{count} of {size}");
        }
    }
}
