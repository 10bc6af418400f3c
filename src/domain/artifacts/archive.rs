//! A version as one ZIP file, made while it is sent: nothing of it is stored or held in memory. Files are put in as they are,
//! for what people log seldom gets smaller. References are left out: their bytes are not here.

use std::collections::VecDeque;
use std::io::Write;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

use super::content_store;
use super::contents::{self, Content};
use super::model::Artifact;
use crate::blob::Blobs;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::id::ArtifactId;

/// Entries that are read at one time.
const BATCH: usize = 500;
/// From this size on a file needs the format's longer fields.
const LARGE: i64 = 0xFFFF_FFFF;

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

/// An archive under way.
struct Archive {
    db: Db,
    blobs: Blobs,
    artifact: ArtifactId,
    outlet: Outlet,
    /// `None` once its end is written.
    writer: Option<ZipWriter<StreamWriter<Outlet>>>,
    waiting: VecDeque<(String, Content)>,
    /// The last path that was read; `None` once there are no more.
    after: Option<String>,
    /// The file that is being put in.
    current: Option<BoxStream<'static, Result<Bytes>>>,
}

/// The files of a version that the caller was found to be allowed to download.
pub fn archive(db: &Db, blobs: &Blobs, artifact: &Artifact) -> BoxStream<'static, Result<Bytes>> {
    let outlet = Outlet::default();
    let archive = Archive {
        db: db.clone(),
        blobs: blobs.clone(),
        artifact: artifact.id,
        writer: Some(ZipWriter::new_stream(outlet.clone())),
        outlet,
        waiting: VecDeque::new(),
        after: Some(String::new()),
        current: None,
    };
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
                match current.next().await {
                    Some(chunk) => writer.write_all(&chunk?).map_err(Error::internal)?,
                    None => self.current = None,
                }
            } else if let Some((path, content)) = self.waiting.pop_front() {
                let options = SimpleFileOptions::default()
                    .compression_method(CompressionMethod::Stored)
                    .large_file(content.size_bytes >= LARGE);
                writer.start_file(path, options).map_err(Error::internal)?;
                self.current = Some(contents::read(&self.db, &self.blobs, &content, None).await?);
            } else if let Some(after) = self.after.take() {
                self.read_more(after).await?;
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

    async fn read_more(&mut self, after: String) -> Result<()> {
        let artifact = self.artifact;
        let found = self.db.read(move |reader| content_store::files(reader, artifact, &after, BATCH)).await?;
        if found.len() == BATCH {
            self.after = found.last().map(|(path, _)| path.clone());
        }
        self.waiting.extend(found);
        Ok(())
    }
}
