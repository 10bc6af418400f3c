//! Writing a tar file piece by piece, with the list of what is in it. Neither is ever in memory; both can be cut back to where
//! they were known to be right, and gone on with.

use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use sha2::{Digest as _, Sha256};
use tar::{EntryType, Header};

use super::format;
use crate::blob;
use crate::clock::Timestamp;
use crate::error::{Error, Result};

const BLOCK: u64 = 512;
/// Entries of the list that wait to be written together.
const PENDING_BYTES: usize = 64 * 1024;

/// Where the bytes of a bundle go.
pub(super) trait Outlet: Send {
    fn put(&mut self, bytes: Bytes) -> impl Future<Output = Result<()>> + Send;
}

/// The list of entries under way.
pub(super) struct List {
    file: File,
    /// How many bytes of it are in the file.
    written: u64,
    pending: Vec<u8>,
}

impl List {
    /// Goes on with a list of so many bytes.
    pub fn open(mut file: File, bytes: u64) -> Result<Self> {
        file.set_len(bytes).and_then(|()| file.seek(SeekFrom::Start(bytes))).map_err(Error::internal)?;
        Ok(Self { file, written: bytes, pending: Vec::new() })
    }

    fn add(&mut self, path: &str, bytes: u64, sha256: &str) -> Result<()> {
        let is_first = self.written == 0 && self.pending.is_empty();
        self.pending.extend_from_slice(if is_first { b"\n" } else { b",\n" });
        self.pending.extend_from_slice(format::listed(path, bytes, sha256).as_bytes());
        if self.pending.len() >= PENDING_BYTES { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> Result<()> {
        self.file.write_all(&self.pending).map_err(full)?;
        self.written += self.pending.len() as u64;
        self.pending.clear();
        Ok(())
    }

    /// Has all of it on the disk; how many bytes it has.
    pub fn sync(&mut self) -> Result<u64> {
        self.write()?;
        self.file.sync_data().map_err(full)?;
        Ok(self.written)
    }
}

/// A bundle under way.
pub(super) struct Tar<O> {
    pub out: O,
    pub list: List,
    /// How many bytes it has.
    pub at: u64,
    /// When its entries were written, as they say.
    pub moment: Timestamp,
}

impl<O: Outlet> Tar<O> {
    /// Adds a file with just so many bytes.
    pub async fn add(&mut self, path: &str, size: u64, bytes: BoxStream<'static, Result<Bytes>>) -> Result<()> {
        let sha256 = self.pour(path, size, bytes).await?;
        self.list.add(path, size, &sha256)
    }

    pub async fn add_text(&mut self, path: &str, text: impl Into<Bytes>) -> Result<()> {
        let text = text.into();
        self.add(path, text.len() as u64, stream::iter([Ok(text)]).boxed()).await
    }

    pub async fn add_document(&mut self, path: &str, document: &impl serde::Serialize) -> Result<()> {
        self.add_text(path, serde_json::to_vec_pretty(document).map_err(Error::internal)?).await
    }

    /// Adds all bytes of a file.
    pub async fn add_file(&mut self, path: &str, file: File) -> Result<()> {
        let size = file.metadata().map_err(Error::internal)?.len();
        self.add(path, size, blob::chunks(std::sync::Arc::new(file), 0..size)).await
    }

    /// Ends it with the list of all that is in it.
    pub async fn finish(&mut self, head: &format::Head, missing: &[String], left_out: i64) -> Result<()> {
        self.list.write()?;
        let head = serde_json::to_string(head).map_err(Error::internal)?;
        let begin = format!("{{\"head\":{head}{}", format::LIST_BEGINS);
        let missing = serde_json::to_string(missing).map_err(Error::internal)?;
        let end = format!("\n{}{missing},\"left_out\":{left_out}{}", format::LIST_ENDS[0], format::LIST_ENDS[1]);
        let size = begin.len() as u64 + self.list.written + end.len() as u64;
        let entries =
            blob::chunks(std::sync::Arc::new(self.list.file.try_clone().map_err(Error::internal)?), 0..self.list.written);
        let text = |text: String| stream::iter([Ok(Bytes::from(text))]);
        self.pour(format::MANIFEST, size, text(begin).chain(entries).chain(text(end)).boxed()).await?;
        self.put(Bytes::from_static(&[0; 2 * BLOCK as usize])).await
    }

    /// Writes an entry that is not listed; the SHA-256 of its bytes in hex.
    async fn pour(&mut self, path: &str, size: u64, mut bytes: BoxStream<'static, Result<Bytes>>) -> Result<String> {
        let header = header(path, size, self.moment);
        self.put(header).await?;
        let (mut digest, mut count) = (Sha256::new(), 0);
        while let Some(piece) = bytes.next().await {
            let piece = piece?;
            count += piece.len() as u64;
            if count > size {
                break;
            }
            digest.update(&piece);
            self.put(piece).await?;
        }
        if count != size {
            return Err(Error::internal(format!("{path} has {count} bytes and not the {size} that are known of it")));
        }
        self.put(padding(size)).await?;
        Ok(hex::encode(digest.finalize()))
    }

    async fn put(&mut self, bytes: Bytes) -> Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.at += bytes.len() as u64;
        self.out.put(bytes).await
    }
}

/// What stands before an entry: for a long path one more with the path alone, as GNU's tar has it.
fn header(path: &str, size: u64, moment: Timestamp) -> Bytes {
    let mut all = Vec::new();
    if path.len() > 100 {
        let mut name = path.as_bytes().to_vec();
        name.push(0);
        all.extend_from_slice(block("././@LongLink", name.len() as u64, EntryType::GNULongName, moment).as_bytes());
        all.extend_from_slice(&name);
        all.extend_from_slice(&padding(name.len() as u64));
    }
    all.extend_from_slice(block(path, size, EntryType::Regular, moment).as_bytes());
    Bytes::from(all)
}

fn block(path: &str, size: u64, kind: EntryType, moment: Timestamp) -> Header {
    let mut header = Header::new_gnu();
    let name = &mut header.as_old_mut().name;
    let length = path.len().min(name.len());
    name[..length].copy_from_slice(&path.as_bytes()[..length]);
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(u64::try_from(moment.micros() / 1_000_000).unwrap_or(0));
    header.set_cksum();
    header
}

/// What fills the last block.
fn padding(size: u64) -> Bytes {
    const ZEROS: &[u8; BLOCK as usize] = &[0; BLOCK as usize];
    let over = usize::try_from(size % BLOCK).unwrap_or(0);
    Bytes::from_static(if over == 0 { &[] } else { &ZEROS[over..] })
}

/// What the disk's answer means.
pub(super) fn full(error: std::io::Error) -> Error {
    if error.kind() == std::io::ErrorKind::StorageFull {
        return super::no_room();
    }
    Error::internal(error)
}
