//! Bytes, in a folder of the data directory or in a bucket of the operator's. Keys are ours and random, never names that people chose, so nothing can lie
//! outside the folder. What is written appears only when it is whole and on the disk.

mod bucket;
mod checked;
mod depot;
mod keep;

pub use bucket::Bucket;
pub use checked::{Checked, Digests};
pub use depot::Depot;
pub use keep::{Keep, MayDelete};

use std::ops::Range;
use std::path::Path as FolderPath;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{GetOptions, GetRange, GetResultPayload, MultipartUpload, ObjectStore, ObjectStoreExt as _, PutPayload};
use tokio::runtime::Handle;

use self::bucket::Gathering;
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::secret::random_bytes;

/// Parts are sent on once they have this many bytes; so much memory one upload takes.
const PART_BYTES: usize = 1 << 20;
/// How many bytes of a blob are read at one time.
const CHUNK_BYTES: u64 = 512 << 10;
/// Chunks that are read, or being read, before they are asked for. Measured on two cores, 1 GiB: 661 MB/s with one of 256 KiB,
/// for each had to find a thread that was awake.
const CHUNKS_AHEAD: usize = 2;
/// How old the bytes of an unfinished blob must be to be given up.
const UNFINISHED_FOR: Duration = Duration::from_secs(24 * 3600);

/// Where bytes lie. Cheap to clone.
#[derive(Clone)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
    /// What stays on this machine: locks, scratch files, and the blobs themselves unless they lie in a bucket.
    folder: Arc<FolderPath>,
    /// If they lie in a bucket: what waits for its answers on threads that cannot.
    bucket: Option<Handle>,
}

/// What a blob belongs to: the first folder of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shelf {
    /// Files of runs.
    Runs,
    /// Contents of artifacts.
    Artifacts,
    /// Segments of what runs streamed.
    History,
}

impl Shelf {
    const ALL: [Self; 3] = [Self::Runs, Self::Artifacts, Self::History];

    fn folder(self) -> &'static str {
        match self {
            Self::Runs => "runs",
            Self::Artifacts => "artifacts",
            Self::History => "history",
        }
    }
}

/// The name of a blob: `runs/ab/…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobKey(String);

impl BlobKey {
    fn random(shelf: Shelf) -> Self {
        let name = hex::encode(random_bytes::<16>());
        Self(format!("{}/{}/{}", shelf.folder(), &name[..2], &name[2..]))
    }
    /// A key as it was stored.
    pub fn stored(text: String) -> Self {
        Self(text)
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
    fn path(&self) -> Path {
        Path::from(self.0.as_str())
    }
}

impl Blobs {
    /// Opens the folder, making it if needed.
    pub fn open_folder(folder: &FolderPath) -> Result<Self> {
        std::fs::create_dir_all(folder)
            .map_err(|error| Error::invalid(format!("the folder {} cannot be made: {error}", folder.display())))?;
        for shelf in Shelf::ALL {
            clear_unfinished(&folder.join(shelf.folder())).map_err(Error::internal)?;
        }
        let store = LocalFileSystem::new_with_prefix(folder).map_err(Error::internal)?;
        Ok(Self { store: Arc::new(store.with_fsync(true)), folder: Arc::from(folder), bucket: None })
    }

    /// Opens a bucket; the folder keeps what only this machine needs. To be called where a runtime is.
    pub fn open_bucket(bucket: &Bucket, folder: &FolderPath) -> Result<Self> {
        std::fs::create_dir_all(folder)
            .map_err(|error| Error::invalid(format!("the folder {} cannot be made: {error}", folder.display())))?;
        Ok(Self { store: bucket::shared(bucket)?, folder: Arc::from(folder), bucket: Some(Handle::current()) })
    }

    /// Waits for an answer on a thread that cannot await it.
    ///
    /// # Errors
    /// As the work; and if the blobs lie in a folder, for which nobody has to wait so.
    pub fn wait<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        self.bucket.as_ref().ok_or_else(|| Error::internal("there is no bucket to wait for"))?.block_on(work)
    }

    /// Whether they lie in a bucket.
    pub fn is_remote(&self) -> bool {
        self.bucket.is_some()
    }

    /// Begins a blob that appears when it is finished.
    pub async fn write(&self, shelf: Shelf) -> Result<Upload> {
        let key = BlobKey::random(shelf);
        let upload = self.store.put_multipart(&key.path()).await.map_err(failure)?;
        let upload = if self.is_remote() { Box::new(Gathering::new(upload)) } else { upload };
        Ok(Upload { key, upload, part: Vec::new() })
    }

    /// The bytes in this range, or all of them.
    pub async fn read(&self, key: &BlobKey, range: Option<Range<u64>>) -> Result<BoxStream<'static, Result<Bytes>>> {
        let options = GetOptions { range: range.map(GetRange::Bounded), ..GetOptions::default() };
        let found = self.store.get_opts(&key.path(), options).await.map_err(failure)?;
        let range = found.range.clone();
        match found.payload {
            GetResultPayload::File(file, _) => Ok(chunks(Arc::new(file), range)),
            GetResultPayload::Stream(stream) => Ok(stream.map_err(failure).boxed()),
        }
    }

    /// The blob as a file, for readers that seek in it on threads of their own.
    pub fn open_file(&self, key: &BlobKey) -> Result<std::fs::File> {
        if let Some(runtime) = &self.bucket {
            let mut file = self.scratch()?;
            runtime.block_on(self.fetch(key, &mut file))?;
            return Ok(file);
        }
        let path = self.folder.join(key.as_str());
        std::fs::File::open(&path).map_err(|error| Error::internal(format!("{}: {error}", path.display())))
    }

    /// Writes all of a blob into a file.
    pub async fn fetch(&self, key: &BlobKey, file: &mut std::fs::File) -> Result<()> {
        use std::io::Write as _;
        let mut bytes = self.read(key, None).await?;
        while let Some(piece) = bytes.next().await {
            file.write_all(&piece?).map_err(Error::internal)?;
        }
        Ok(())
    }

    /// Puts a blob of another place under the key that it had there.
    pub async fn adopt(&self, key: &BlobKey, file: &mut std::fs::File) -> Result<()> {
        use std::io::Read as _;
        let upload = Box::new(Gathering::new(self.store.put_multipart(&key.path()).await.map_err(failure)?));
        let mut upload = Upload { key: key.clone(), upload, part: Vec::new() };
        let mut piece = vec![0; PART_BYTES];
        loop {
            match file.read(&mut piece).map_err(Error::internal)? {
                0 => return upload.finish().await.map(|_| ()),
                count => upload.write(&piece[..count]).await?,
            }
        }
    }

    /// How many bytes a blob has; `None` if it is not there.
    pub async fn size(&self, key: &BlobKey) -> Result<Option<u64>> {
        match self.store.head(&key.path()).await {
            Ok(found) => Ok(Some(found.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failure(error)),
        }
    }

    /// All blobs of a shelf with their lengths; those under way are not among them.
    pub async fn list(&self, shelf: Shelf) -> Result<Vec<(BlobKey, u64)>> {
        let found = self.store.list(Some(&Path::from(shelf.folder())));
        found.map_ok(|meta| (BlobKey(meta.location.to_string()), meta.size)).map_err(failure).try_collect().await
    }

    /// All blobs, of whatever shelf, with the moment at which each was written.
    pub async fn list_all(&self) -> Result<Vec<(BlobKey, u64, Timestamp)>> {
        let found = self.store.list(None).map_ok(|meta| {
            let written = Timestamp::from_micros(meta.last_modified.timestamp_micros());
            (BlobKey(meta.location.to_string()), meta.size, written)
        });
        found.map_err(failure).try_collect().await
    }

    /// A file without a name, for bytes that are needed once: its space is free again when it is closed.
    pub fn scratch(&self) -> Result<std::fs::File> {
        tempfile::tempfile_in(&*self.folder)
            .map_err(|error| Error::internal(format!("a file in {} cannot be made: {error}", self.folder.display())))
    }

    /// The right to delete blobs; `None` while a backup copies them. Ask before [`Blobs::delete`].
    pub fn may_delete(&self) -> Result<Option<MayDelete>> {
        MayDelete::now(&self.folder)
    }

    /// Removes a blob; one that is gone already is no error.
    pub async fn delete(&self, key: &BlobKey) -> Result<()> {
        match self.store.delete(&key.path()).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failure(error)),
        }
    }
}

/// A range of a file in large chunks: the store's own stream hands out 8 KiB at a time, each by way of another thread. While a
/// chunk is sent, the next ones are read.
pub fn chunks(file: Arc<std::fs::File>, range: Range<u64>) -> BoxStream<'static, Result<Bytes>> {
    let end = range.end;
    let starts = std::iter::successors(Some(range.start), |at| at.checked_add(CHUNK_BYTES)).take_while(move |at| *at < end);
    let read = move |at: u64| {
        let file = Arc::clone(&file);
        let length = usize::try_from((end - at).min(CHUNK_BYTES)).unwrap_or_default();
        let reading = tokio::task::spawn_blocking(move || {
            let mut bytes = vec![0; length];
            std::os::unix::fs::FileExt::read_exact_at(&*file, &mut bytes, at).map(|()| Bytes::from(bytes))
        });
        async move { reading.await.map_err(Error::internal)?.map_err(Error::internal) }
    };
    futures_util::stream::iter(starts.map(read)).buffered(CHUNKS_AHEAD).boxed()
}

/// Removes what an earlier process had begun and not finished. Whatever is younger than a day may be somebody's upload that
/// is still under way.
fn clear_unfinished(folder: &FolderPath) -> std::io::Result<()> {
    let Ok(shelves) = std::fs::read_dir(folder) else {
        return Ok(());
    };
    for shelf in shelves {
        for entry in std::fs::read_dir(shelf?.path())? {
            let entry = entry?;
            // The store calls a blob under way by its key and `#` with a number.
            let is_unfinished = entry.file_name().to_string_lossy().contains('#');
            if is_unfinished && entry.metadata()?.modified()?.elapsed().is_ok_and(|age| age > UNFINISHED_FOR) {
                std::fs::remove_file(entry.path())?;
            }
        }
    }
    Ok(())
}

/// A blob under way. Dropped without [`Upload::finish`] or [`Upload::abort`] it never appears.
pub struct Upload {
    key: BlobKey,
    upload: Box<dyn MultipartUpload>,
    part: Vec<u8>,
}

impl Upload {
    /// What the blob will be called once it is finished.
    pub fn key(&self) -> &BlobKey {
        &self.key
    }

    /// Adds bytes at the end.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.part.extend_from_slice(bytes);
        if self.part.len() >= PART_BYTES {
            self.send().await?;
        }
        Ok(())
    }

    /// Adds a large piece at the end, without copying it.
    async fn put(&mut self, bytes: Bytes) -> Result<()> {
        if !self.part.is_empty() {
            self.send().await?;
        }
        self.upload.put_part(PutPayload::from(bytes)).await.map_err(failure)
    }

    async fn send(&mut self) -> Result<()> {
        let part = PutPayload::from(std::mem::take(&mut self.part));
        self.upload.put_part(part).await.map_err(failure)
    }

    /// Makes the blob appear; it is on the disk when this returns.
    pub async fn finish(mut self) -> Result<BlobKey> {
        self.send().await?;
        self.upload.complete().await.map_err(failure)?;
        Ok(self.key)
    }

    /// Leaves nothing behind.
    pub async fn abort(mut self) -> Result<()> {
        self.upload.abort().await.map_err(failure)
    }
}

fn failure(error: object_store::Error) -> Error {
    let text = error.to_string();
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(cause) = source {
        let full = cause.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() == std::io::ErrorKind::StorageFull);
        if full {
            return Error::Full {
                text: "the server's disk is full; the file was not stored".to_owned(),
                retry_after: Duration::from_secs(10),
            };
        }
        source = cause.source();
    }
    Error::internal(text)
}
