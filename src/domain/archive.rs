//! Many files as one ZIP, made while it is sent: nothing of it is stored or held in memory. Files are put in as they are, for
//! what people log seldom gets smaller.

use std::io::Write;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

use crate::error::{Error, Result};

/// From this size on a file needs the format's longer fields.
const LARGE: i64 = 0xFFFF_FFFF;

/// What the list of all files with their digests is called in an archive that has one.
pub const MANIFEST: &str = "manifest.json";

/// A file that goes into an archive.
pub struct Entry {
    pub path: String,
    /// `None` if it is not known before.
    pub size_bytes: Option<i64>,
    /// Begins to read it, once it is its turn.
    pub open: BoxFuture<'static, Result<BoxStream<'static, Result<Bytes>>>>,
}

impl Entry {
    /// A file that is in memory.
    pub fn of(path: &str, bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let size_bytes = i64::try_from(bytes.len()).ok();
        let open = Box::pin(async move { Ok(stream::iter([Ok(bytes)]).boxed()) });
        Self { path: path.to_owned(), size_bytes, open }
    }
}

/// Takes what the archive's writer gives out.
#[derive(Clone, Default)]
struct Outlet(Arc<Mutex<Vec<u8>>>);

impl Outlet {
    fn take(&self) -> Bytes {
        Bytes::from(std::mem::take(&mut *self.0.lock().expect("no holder of this lock panics")))
    }
}

impl Write for Outlet {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no holder of this lock panics").extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The file that is being put in.
struct Current {
    path: String,
    bytes: BoxStream<'static, Result<Bytes>>,
    size_bytes: u64,
    digest: Sha256,
}

/// An archive under way.
struct Archive {
    outlet: Outlet,
    /// `None` once its end is written.
    writer: Option<ZipWriter<StreamWriter<Outlet>>>,
    entries: BoxStream<'static, Result<Entry>>,
    current: Option<Current>,
    /// Path, bytes and digest of what is in it; `None` if it gets no list, or has got it.
    listed: Option<Vec<Value>>,
}

/// The archive of these files in their order. With `is_listed` it ends with [`MANIFEST`], in which each file stands with its
/// bytes and SHA-256.
pub fn zip(entries: BoxStream<'static, Result<Entry>>, is_listed: bool) -> BoxStream<'static, Result<Bytes>> {
    let outlet = Outlet::default();
    let writer = Some(ZipWriter::new_stream(outlet.clone()));
    let archive = Archive { outlet, writer, entries, current: None, listed: is_listed.then(Vec::new) };
    let next = |mut archive: Archive| async move {
        let next = archive.next().await;
        next.map(|bytes| bytes.map(|bytes| (bytes, archive)))
    };
    stream::try_unfold(archive, next).boxed()
}

impl Archive {
    /// The next bytes of the archive.
    async fn next(&mut self) -> Result<Option<Bytes>> {
        loop {
            let Some(writer) = &mut self.writer else { return Ok(None) };
            if let Some(current) = &mut self.current {
                match current.bytes.next().await {
                    Some(chunk) => {
                        let chunk = chunk?;
                        if self.listed.is_some() {
                            current.digest.update(&chunk);
                            current.size_bytes += chunk.len() as u64;
                        }
                        writer.write_all(&chunk).map_err(Error::internal)?;
                    }
                    None => self.end_file(),
                }
            } else if let Some(entry) = self.entries.next().await {
                self.begin_file(entry?).await?;
            } else if let Some(listed) = self.listed.take() {
                let text = json!({ "files": listed }).to_string();
                self.begin_file(Entry::of(MANIFEST, text)).await?;
            } else {
                let writer = self.writer.take().ok_or_else(|| Error::internal("the archive ended twice"))?;
                writer.finish().map_err(Error::internal)?;
            }
            let bytes = self.outlet.take();
            if !bytes.is_empty() {
                return Ok(Some(bytes));
            }
        }
    }

    async fn begin_file(&mut self, entry: Entry) -> Result<()> {
        let writer = self.writer.as_mut().ok_or_else(|| Error::internal("the archive has ended"))?;
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .large_file(entry.size_bytes.is_none_or(|size| size >= LARGE));
        writer.start_file(entry.path.clone(), options).map_err(Error::internal)?;
        let bytes = entry.open.await?;
        self.current = Some(Current { path: entry.path, bytes, size_bytes: 0, digest: Sha256::new() });
        Ok(())
    }

    fn end_file(&mut self) {
        let ended = self.current.take();
        if let (Some(listed), Some(Current { path, size_bytes, digest, .. })) = (&mut self.listed, ended) {
            listed.push(json!({ "path": path, "bytes": size_bytes, "sha256": hex::encode(digest.finalize()) }));
        }
    }
}
