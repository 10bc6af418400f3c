//! Objects in a bucket under names that the caller chooses, for work on threads that wait for its answers.

use std::io::{Read, Write};
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::aws::AmazonS3;
use object_store::path::Path;
use object_store::{MultipartUpload as _, ObjectStore as _, ObjectStoreExt as _, PutPayload, RetryConfig};
use tokio::runtime::Handle;

use super::Bucket;
use crate::error::{Error, Result};

/// Larger objects are sent in parts of at least so many bytes.
const PART_BYTES: u64 = 8 << 20;
/// A bucket takes 10,000 parts of one object.
const PARTS_MAX: u64 = 9_000;
/// How many objects are deleted at one time.
const DELETIONS: usize = 8;

/// A folder of a bucket, if a prefix may be called so. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Depot {
    store: Arc<AmazonS3>,
    bucket: String,
    /// Without slashes at its ends; empty for the bucket itself.
    prefix: String,
    runtime: Handle,
}

impl std::fmt::Display for Depot {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.prefix.as_str() {
            "" => write!(out, "s3://{}", self.bucket),
            prefix => write!(out, "s3://{}/{prefix}", self.bucket),
        }
    }
}

impl Depot {
    /// Opens it without connecting. To be called where a runtime is, and used on other threads than those of the runtime.
    ///
    /// # Errors
    /// In words for the operator: the settings of the bucket make no sense.
    pub fn open(bucket: &Bucket) -> Result<Self> {
        // Who waits for a page is told soon that nobody answers; a backup is tried again by its schedule.
        let retry = RetryConfig { max_retries: 4, retry_timeout: Duration::from_secs(30), ..RetryConfig::default() };
        Ok(Self {
            store: Arc::new(bucket.client(retry)?),
            bucket: bucket.name.clone(),
            prefix: bucket.prefix.clone(),
            runtime: Handle::try_current().map_err(Error::internal)?,
        })
    }

    /// The folder of that name in this one.
    pub fn below(&self, name: &str) -> Self {
        Self { prefix: self.full(name), ..self.clone() }
    }

    /// The folder that this one is in; `None` for the bucket itself.
    pub fn above(&self) -> Option<Self> {
        if self.prefix.is_empty() {
            return None;
        }
        let prefix = self.prefix.rsplit_once('/').map_or("", |(above, _)| above);
        Some(Self { prefix: prefix.to_owned(), ..self.clone() })
    }

    fn full(&self, name: &str) -> String {
        if self.prefix.is_empty() { name.to_owned() } else { format!("{}/{name}", self.prefix) }
    }

    fn path(&self, name: &str) -> Path {
        Path::from(self.full(name))
    }

    /// Waits for an answer, and says of whom a failure is.
    fn wait<T>(&self, name: &str, work: impl Future<Output = object_store::Result<T>>) -> Result<T> {
        self.runtime.block_on(work).map_err(|error| Error::invalid(format!("{}: {}", self.below(name), shortened(&error))))
    }

    /// As [`Depot::wait`]; `None` if there is no such object.
    fn find<T>(&self, name: &str, work: impl Future<Output = object_store::Result<T>>) -> Result<Option<T>> {
        self.wait(name, async {
            match work.await {
                Ok(found) => Ok(Some(found)),
                Err(object_store::Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(error),
            }
        })
    }

    /// All bytes of a small object; `None` if it is not there.
    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>> {
        self.find(name, async { Ok(self.store.get(&self.path(name)).await?.bytes().await?.to_vec()) })
    }

    /// Writes the bytes of an object to somewhere; false if it is not there.
    pub fn copy_to(&self, name: &str, out: &mut dyn Write) -> Result<bool> {
        let Some(found) = self.find(name, self.store.get(&self.path(name)))? else { return Ok(false) };
        let mut bytes = found.into_stream();
        while let Some(piece) = self.wait(name, bytes.try_next())? {
            out.write_all(&piece)
                .map_err(|error| Error::invalid(format!("what {} has cannot be written: {error}", self.below(name))))?;
        }
        Ok(true)
    }

    /// Makes an object of all that is read, about so many bytes. It appears when it is whole.
    pub fn write(&self, name: &str, size_bytes: u64, from: &mut dyn Read) -> Result<()> {
        let part_bytes = PART_BYTES.max(size_bytes / PARTS_MAX);
        let read = |from: &mut dyn Read| {
            let mut part = Vec::new();
            let read = from.take(part_bytes).read_to_end(&mut part);
            read.map_err(|error| Error::invalid(format!("what {} is to have cannot be read: {error}", self.below(name))))?;
            Ok::<_, Error>(part)
        };
        let mut part = read(from)?;
        if (part.len() as u64) < part_bytes {
            return self.wait(name, self.store.put(&self.path(name), PutPayload::from(part))).map(|_| ());
        }
        let mut upload = self.wait(name, self.store.put_multipart(&self.path(name)))?;
        let sent = loop {
            // The last part may be short, and is empty only after full ones.
            if part.is_empty() {
                break self.wait(name, upload.complete()).map(|_| ());
            }
            let next = self.wait(name, upload.put_part(PutPayload::from(part))).and_then(|()| read(from));
            match next {
                Ok(next) => part = next,
                Err(error) => break Err(error),
            }
        };
        if sent.is_err() {
            // What was sent takes room there until the bucket's own rules remove it; the failure itself matters more.
            let _ = self.runtime.block_on(upload.abort());
        }
        sent
    }

    /// Whether an object is there.
    pub fn has(&self, name: &str) -> Result<bool> {
        self.find(name, self.store.head(&self.path(name))).map(|found| found.is_some())
    }

    /// The names of all objects in a folder, however deep, with how many bytes they have.
    pub fn list(&self, folder: &str) -> Result<Vec<(String, u64)>> {
        let at = self.path(folder);
        let found = self.store.list(Some(&at));
        let sizes: Vec<(Path, u64)> = self.wait(folder, found.map_ok(|meta| (meta.location, meta.size)).try_collect())?;
        Ok(sizes.into_iter().map(|(path, size)| (self.own(&path), size)).collect())
    }

    /// The names of what lies here itself: folders, then objects.
    pub fn names(&self) -> Result<(Vec<String>, Vec<String>)> {
        let at = (!self.prefix.is_empty()).then(|| Path::from(self.prefix.as_str()));
        let found = self.wait("", self.store.list_with_delimiter(at.as_ref()))?;
        let folders = found.common_prefixes.iter().map(|path| self.own(path)).collect();
        Ok((folders, found.objects.iter().map(|meta| self.own(&meta.location)).collect()))
    }

    /// A whole path as a name of this folder.
    fn own(&self, path: &Path) -> String {
        let whole = path.as_ref();
        whole.strip_prefix(self.prefix.as_str()).unwrap_or(whole).trim_matches('/').to_owned()
    }

    /// Removes objects; one that is gone already is no error.
    pub fn delete(&self, names: &[String]) -> Result<()> {
        let delete = |name: &String| {
            let path = self.path(name);
            async move {
                match self.store.delete(&path).await {
                    Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
                    Err(error) => Err(error),
                }
            }
        };
        let all = futures_util::stream::iter(names.iter().map(delete)).buffer_unordered(DELETIONS);
        self.wait("", all.try_collect::<()>())
    }
}

/// What failed and why, without the layers between.
fn shortened(error: &object_store::Error) -> String {
    let mut text = error.to_string();
    let mut source: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(cause) = source {
        let words = cause.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        source = cause.source();
    }
    text
}
