//! Backups of a data directory: both databases to one moment, and every blob that their rows name.
//!
//! ```text
//! DIR/manifest.json            what belongs to the backup, with sizes and SHA-256; written last, replaced in one step
//! DIR/databases/control-….db   named by the moment, so that an earlier manifest's files stay until its successor is there
//! DIR/blobs/runs/ab/…          blobs never change: a second backup into the folder copies only the new ones
//! ```
//! A tar and a bucket hold the same names. Blobs are not deleted while they are copied ([`crate::blob::Keep`]); as a row is written only
//! after its blob, what the databases name at their moment is there until the copying ends.

mod folder;
mod manifest;
mod objects;
mod owner;
mod place;
mod record;
mod restore;
mod series;
pub(in crate::domain) mod store;
mod tar;
mod verify;

pub use manifest::{Database, Manifest, Part};
pub use owner::require_ours;
pub use place::Place;
pub use record::{Record, last};
pub use restore::restore;
pub use series::{Listed, Retention, Verified, add, list, newest, note, prune, surplus, verify_and_note};
pub use verify::{Findings, verify};

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::blob::{BlobKey, Blobs, Depot, Keep};
use crate::clock::Timestamp;
use crate::db::{Look, Moment, Plane};
use crate::error::{Error, Result};

/// Where a backup goes.
pub enum Destination<'a> {
    /// A folder that is empty, new, or holds an earlier backup, which this one replaces.
    Folder(&'a Path),
    /// A prefix of a bucket, as a folder.
    Bucket(&'a Depot),
    /// A tar, piece by piece.
    Stream(&'a mut dyn Write),
}

/// What is backed up.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// The data directory.
    pub data: &'a Path,
    /// Where blobs lie, if that is not the data directory.
    pub bucket: Option<&'a Blobs>,
    /// The settings in force, without secrets; for whoever sets up the machine that the backup is restored on.
    pub settings: &'a str,
}

/// What was done.
#[derive(Clone, Debug)]
pub struct Done {
    pub manifest: Manifest,
    /// Bytes that had to be copied; the others were there already.
    pub copied_bytes: u64,
}

/// What a backup is put into.
trait Vessel {
    /// A folder for the copies of the databases, on a disk with room for them.
    fn workshop(&self) -> &Path;
    /// What an earlier backup holds under a name, if it may stay.
    fn held(&mut self, name: &str, size_bytes: u64) -> Option<Part>;
    /// Copies a file that goes on living elsewhere.
    fn put(&mut self, name: &str, from: &Path) -> Result<Part>;
    /// Takes a file of the workshop.
    fn take(&mut self, name: &str, from: &Path) -> Result<Part>;
    /// Whether blobs lie in the folder above, for several backups.
    fn shares_blobs(&self) -> bool {
        false
    }
    /// Makes the backup valid, and the one before it invalid.
    fn finish(&mut self, manifest: &Manifest) -> Result<()>;
}

/// Backs up the data directory, whether a server works on it or not.
///
/// # Errors
/// In words for the operator: there is no data, it is of another release, or the destination cannot be used.
pub fn create(source: &Source<'_>, to: Destination<'_>, now: Timestamp) -> Result<Done> {
    let data = source.data;
    for plane in Plane::ALL {
        if !data.join(plane.file()).is_file() {
            return Err(Error::invalid(format!(
                "{} holds no data of Runstead: name the server's data directory with --data.dir",
                data.display()
            )));
        }
    }
    let (name, done) = match to {
        Destination::Folder(folder) => {
            (folder.display().to_string(), fill(source, &mut folder::Folder::open(folder, data)?, now)?)
        }
        Destination::Bucket(depot) => (depot.to_string(), fill(source, &mut objects::Objects::alone(depot, data)?, now)?),
        Destination::Stream(out) => ("-".to_owned(), fill(source, &mut tar::Stream::open(out, data)?, now)?),
    };
    record::remember(data, &name, &done)?;
    Ok(done)
}

fn fill(source: &Source<'_>, vessel: &mut dyn Vessel, now: Timestamp) -> Result<Done> {
    let data = source.data;
    let blobs = data.join("blobs");
    // Before the moment: what the databases name then must not go.
    let _keep = Keep::all(&blobs)?;
    let mut copied_bytes = 0;
    let (databases, wanted) = copy_databases(data, vessel, now, &mut copied_bytes)?;
    let mut manifest = Manifest { shared_blobs: vessel.shares_blobs(), ..Manifest::new(now, databases) };
    let settings = vessel.workshop().join(manifest::SETTINGS);
    std::fs::write(&settings, source.settings).map_err(io_words("cannot be written", &settings))?;
    let part = vessel.take(manifest::SETTINGS, &settings)?;
    copied_bytes += part.size_bytes;
    manifest.settings = Some(part);
    for key in wanted {
        let from = blobs.join(safe(&key)?);
        let Some(size_bytes) = size_of(source, &key, &from)? else {
            manifest.missing.push(key);
            continue;
        };
        let name = format!("blobs/{key}");
        let part = match vessel.held(&name, size_bytes) {
            Some(part) => part,
            None => {
                copied_bytes += size_bytes;
                match source.bucket {
                    None => vessel.put(&name, &from)?,
                    Some(bucket) => {
                        let fetched = vessel.workshop().join("fetched");
                        let mut file = std::fs::File::create(&fetched).map_err(io_words("cannot be made", &fetched))?;
                        bucket.wait(bucket.fetch(&BlobKey::stored(key.clone()), &mut file))?;
                        vessel.put(&name, &fetched)?
                    }
                }
            }
        };
        manifest.blobs.insert(key, part);
    }
    vessel.finish(&manifest)?;
    Ok(Done { manifest, copied_bytes })
}

/// How many bytes a blob has; `None` if it is not there.
fn size_of(source: &Source<'_>, key: &str, path: &Path) -> Result<Option<u64>> {
    if let Some(bucket) = source.bucket {
        return bucket.wait(bucket.size(&BlobKey::stored(key.to_owned())));
    }
    match path.metadata() {
        Ok(found) => Ok(Some(found.len())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io_words("cannot be read", path)(error)),
    }
}

/// The databases by plane, and the blobs that they name.
fn copy_databases(
    data: &Path,
    vessel: &mut dyn Vessel,
    now: Timestamp,
    copied_bytes: &mut u64,
) -> Result<(BTreeMap<String, Database>, Vec<String>)> {
    let files = Plane::ALL.map(|plane| (plane, data.join(plane.file())));
    let moment = Moment::hold(&files.each_ref().map(|(plane, path)| (*plane, path.as_path())))?;
    let mut databases = BTreeMap::new();
    let mut wanted = Vec::new();
    for plane in Plane::ALL {
        let copy = vessel.workshop().join(plane.file());
        moment.copy(plane, &copy)?;
        let opened = Look::at_copy(&copy)?;
        let schema = opened.schema()?;
        if schema as usize != plane.files().len() {
            return Err(Error::invalid(format!(
                "{} was written by another release (schema {schema}; this one has {}): use that release's own \"backup create\"",
                data.join(plane.file()).display(),
                plane.files().len()
            )));
        }
        wanted.extend(opened.read(|db| store::blobs_in_use(db, plane))?);
        drop(opened);
        let file = format!("databases/{}-{}.db", plane.name(), now.micros());
        let part = vessel.take(&file, &copy)?;
        *copied_bytes += part.size_bytes;
        databases.insert(plane.name().to_owned(), Database { file, schema, part });
    }
    Ok((databases, wanted))
}

/// A name of a manifest or a row as a path that cannot leave its folder.
fn safe(name: &str) -> Result<PathBuf> {
    let ours = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if name.split('/').all(|part| ours(part) && !part.starts_with('.')) {
        return Ok(PathBuf::from(name));
    }
    Err(Error::invalid(format!("{name:?} is no name that Runstead gives; the manifest or the database was tampered with")))
}

/// Copies everything; returns what passed.
fn copy_hashed(from: &mut dyn Read, to: &mut dyn Write) -> std::io::Result<Part> {
    let mut buffer = vec![0; 1 << 18];
    let mut hash = Sha256::new();
    let mut size_bytes = 0;
    loop {
        let count = from.read(&mut buffer)?;
        if count == 0 {
            return Ok(Part { size_bytes, sha256: hex::encode(hash.finalize()) });
        }
        hash.update(&buffer[..count]);
        to.write_all(&buffer[..count])?;
        size_bytes += count as u64;
    }
}

/// Knows what was read or written through it.
struct Hashing<T> {
    inner: T,
    hash: Sha256,
    size_bytes: u64,
}

impl<T> Hashing<T> {
    fn new(inner: T) -> Self {
        Self { inner, hash: Sha256::new(), size_bytes: 0 }
    }

    fn note(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.size_bytes += bytes.len() as u64;
    }

    fn part(self) -> Part {
        Part { size_bytes: self.size_bytes, sha256: hex::encode(self.hash.finalize()) }
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.note(&buffer[..count]);
        Ok(count)
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.note(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}

/// An error of the file system in words: "PATH cannot be read: why".
pub(in crate::domain) fn io_words(verb: &str, path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let text = format!("{} {verb}", path.display());
    move |error| Error::invalid(format!("{text}: {error}"))
}

/// Sees that a folder's new names survive a power cut.
pub(in crate::domain) fn sync_folder(path: &Path) -> Result<()> {
    std::fs::File::open(path).and_then(|folder| folder.sync_all()).map_err(io_words("cannot be synchronised", path))
}
