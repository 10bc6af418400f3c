//! Reading a bundle from its beginning to its end. A tar file is taken as it is: nothing of it is unpacked into a folder, and a path
//! in it is only ever compared.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read};
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use serde::de::DeserializeOwned;
use tar::{EntryType, Header};

use crate::blob;
use crate::error::{Error, Result};

const BLOCK: u64 = 512;
/// The longest path.
const PATH_BYTES_MAX: u64 = 8192;
/// The most bytes of a document, and of a line of one that is read line by line.
pub(super) const DOCUMENT_BYTES_MAX: u64 = 64 << 20;

/// An entry, with where its bytes lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub path: String,
    pub offset: u64,
    pub size: u64,
}

/// A bundle that is read.
pub(super) struct Reader {
    file: Arc<File>,
    at: u64,
    length: u64,
}

impl Reader {
    pub fn new(file: Arc<File>) -> Result<Self> {
        let length = file.metadata().map_err(Error::internal)?.len();
        Ok(Self { file, at: 0, length })
    }

    /// How far it has come.
    pub fn at(&self) -> u64 {
        self.at
    }

    /// The next entry; none at the end.
    ///
    /// # Errors
    /// `Invalid`, naming the entry: what is here is no entry, or none of a plain file.
    pub fn next(&mut self) -> Result<Option<Entry>> {
        let mut long = None;
        loop {
            let Some((header, size)) = self.header()? else { return Ok(None) };
            let offset = self.at;
            match header.entry_type() {
                EntryType::GNULongName if long.is_none() && size <= PATH_BYTES_MAX => {
                    long = Some(text(&self.bytes(offset, size)?)?);
                    self.skip(size)?;
                }
                EntryType::Regular => {
                    let path = match long {
                        Some(path) => path,
                        None => text(&header.as_old().name)?,
                    };
                    check(&path)?;
                    self.skip(size).map_err(|_| Error::invalid(format!("the bundle ends in the middle of {path}")))?;
                    return Ok(Some(Entry { path, offset, size }));
                }
                _ => return Err(Error::invalid("the bundle has an entry that is no plain file, as no server writes")),
            }
        }
    }

    fn header(&mut self) -> Result<Option<(Header, u64)>> {
        let block = self.bytes(self.at, BLOCK).map_err(|_| cut_off())?;
        if block.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let header = Header::from_byte_slice(&block).clone();
        let sum: u32 =
            block.iter().enumerate().map(|(at, byte)| u32::from(if (148..156).contains(&at) { b' ' } else { *byte })).sum();
        let size = header.entry_size().ok().filter(|_| header.cksum().is_ok_and(|said| said == sum));
        let size = size.ok_or_else(|| Error::invalid(format!("the file is no bundle, or damaged at byte {}", self.at)))?;
        self.at += BLOCK;
        Ok(Some((header, size)))
    }

    fn skip(&mut self, size: u64) -> Result<()> {
        let end = size.checked_next_multiple_of(BLOCK).and_then(|size| self.at.checked_add(size));
        self.at = end.filter(|end| *end <= self.length).ok_or_else(cut_off)?;
        Ok(())
    }

    fn bytes(&self, offset: u64, size: u64) -> Result<Vec<u8>> {
        let mut bytes = vec![0; usize::try_from(size).map_err(Error::internal)?];
        self.file.read_exact_at(&mut bytes, offset).map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => cut_off(),
            _ => Error::internal(error),
        })?;
        Ok(bytes)
    }

    /// All of a document.
    pub fn text(&self, entry: &Entry) -> Result<String> {
        if entry.size > DOCUMENT_BYTES_MAX {
            return Err(Error::too_large(format!("{} has more than {DOCUMENT_BYTES_MAX} bytes", entry.path)));
        }
        String::from_utf8(self.bytes(entry.offset, entry.size)?).map_err(|_| unreadable(&entry.path, "it is no text"))
    }

    pub fn document<T: DeserializeOwned>(&self, entry: &Entry) -> Result<T> {
        serde_json::from_str(&self.text(entry)?).map_err(|error| unreadable(&entry.path, &error.to_string()))
    }

    pub fn stream(&self, entry: &Entry) -> BoxStream<'static, Result<Bytes>> {
        blob::chunks(Arc::clone(&self.file), entry.offset..entry.offset + entry.size)
    }

    /// The bytes of an entry, for who reads them on a thread of their own.
    pub fn section(&self, entry: &Entry) -> Section {
        Section { file: Arc::clone(&self.file), at: entry.offset, end: entry.offset + entry.size }
    }

    /// The lines of an entry, each a document.
    pub fn lines(&self, entry: &Entry) -> Lines {
        Lines { path: entry.path.clone(), bytes: BufReader::with_capacity(256 * 1024, self.section(entry)) }
    }
}

/// A part of a file.
pub(super) struct Section {
    file: Arc<File>,
    at: u64,
    end: u64,
}

impl Read for Section {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let most = usize::try_from(self.end - self.at).unwrap_or(usize::MAX).min(into.len());
        let count = self.file.read_at(&mut into[..most], self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

/// Documents that stand in lines.
pub(super) struct Lines {
    path: String,
    bytes: BufReader<Section>,
}

impl Lines {
    /// The next document; what only holds a list together is passed over.
    pub fn next<T: DeserializeOwned>(&mut self) -> Result<Option<T>> {
        loop {
            let mut line = String::new();
            let read = self.bytes.by_ref().take(DOCUMENT_BYTES_MAX).read_line(&mut line);
            if read.map_err(|_| unreadable(&self.path, "it is no text"))? == 0 {
                return Ok(None);
            }
            let text = line.trim_end_matches(['\n', ',']);
            if matches!(text, "" | "[" | "]") {
                continue;
            }
            return serde_json::from_str(text).map(Some).map_err(|error| unreadable(&self.path, &error.to_string()));
        }
    }

    /// At most so many.
    pub fn some<T: DeserializeOwned>(&mut self, count: usize) -> Result<Vec<T>> {
        let mut found = Vec::new();
        while found.len() < count
            && let Some(one) = self.next()?
        {
            found.push(one);
        }
        Ok(found)
    }
}

pub(super) fn unreadable(path: &str, why: &str) -> Error {
    Error::invalid(format!("{path} of the bundle cannot be read: {why}"))
}

fn cut_off() -> Error {
    Error::invalid("the bundle is cut off: it did not arrive whole, or its making was broken off")
}

fn text(bytes: &[u8]) -> Result<String> {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    String::from_utf8(bytes[..end].to_vec()).map_err(|_| Error::invalid("the bundle has a path that is no text"))
}

/// A path inside the bundle.
fn check(path: &str) -> Result<()> {
    let is_plain = !path.contains('\\') && !path.chars().any(char::is_control);
    if is_plain && path.split('/').all(|part| !matches!(part, "" | "." | "..")) {
        return Ok(());
    }
    Err(Error::invalid(format!("the bundle has the path '{}', which leads out of it", path.escape_debug())))
}
