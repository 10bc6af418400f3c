//! Seeing that a bundle is what its server wrote, before anything of it is taken in: every entry has the bytes that the list at the
//! end says, in its order, and there is nothing else.

use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Read as _, Seek as _, Write as _};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::reader::{Entry, Reader};
use crate::domain::exports::format::{self, Head};
use crate::error::{Error, Result};

const PIECE_BYTES: usize = 1 << 20;

/// What a bundle says that it is, if it is one that this release reads.
pub(super) fn head(file: &Arc<File>) -> Result<Head> {
    let mut reader = Reader::new(Arc::clone(file))?;
    let first = reader.next()?.filter(|entry| entry.path == format::HEAD);
    let entry =
        first.ok_or_else(|| Error::invalid(format!("the file is no bundle: it does not begin with {}", format::HEAD)))?;
    let head: Head = reader.document(&entry)?;
    if head.format != format::FORMAT {
        return Err(Error::invalid(format!("the file is no bundle of Runstead but {}", head.format)));
    }
    if head.version > format::VERSION {
        return Err(Error::invalid(format!(
            "the bundle has the format {}, and this release reads up to {}: upgrade this server first",
            head.version,
            format::VERSION
        )));
    }
    Ok(head)
}

/// Reads all of a bundle and compares it with its list. `scratch` is a file that it may use; `on_the_way` is told how far it is.
///
/// # Errors
/// `Invalid`, naming the entry that is not what it was.
pub(super) fn verify(file: &Arc<File>, scratch: File, mut on_the_way: impl FnMut(u64) -> Result<()>) -> Result<()> {
    let head = head(file)?;
    let mut reader = Reader::new(Arc::clone(file))?;
    let mut seen = BufWriter::new(scratch);
    let list = loop {
        let entry = reader.next()?.ok_or_else(|| {
            Error::invalid(format!("the bundle has no {}: its making, or its download, was broken off", format::MANIFEST))
        })?;
        if entry.path == format::MANIFEST {
            break entry;
        }
        let sha256 = digest(&reader, &entry, &mut on_the_way)?;
        if entry.path.starts_with("contents/") && entry.path != format::content_path(&sha256) {
            return Err(changed(&entry.path));
        }
        let line = format::listed(&entry.path, entry.size, &sha256);
        seen.write_all(line.as_bytes()).and_then(|()| seen.write_all(b"\n")).map_err(Error::internal)?;
    };
    if reader.next()?.is_some() {
        return Err(Error::invalid(format!("the bundle goes on after {}", format::MANIFEST)));
    }
    let mut seen = seen.into_inner().map_err(|error| Error::internal(error.to_string()))?;
    seen.rewind().map_err(Error::internal)?;
    compare(&head, BufReader::new(reader.section(&list)), BufReader::new(seen))
}

fn digest(reader: &Reader, entry: &Entry, on_the_way: &mut impl FnMut(u64) -> Result<()>) -> Result<String> {
    let (mut section, mut digest, mut piece, mut at) =
        (reader.section(entry), Sha256::new(), vec![0; PIECE_BYTES], entry.offset);
    loop {
        let count = section.read(&mut piece).map_err(Error::internal)?;
        if count == 0 {
            return Ok(hex::encode(digest.finalize()));
        }
        digest.update(&piece[..count]);
        at += count as u64;
        on_the_way(at)?;
    }
}

/// Compares the list line by line with what was seen.
fn compare(head: &Head, mut list: impl std::io::BufRead, seen: impl std::io::BufRead) -> Result<()> {
    let mut line = String::new();
    let mut next = |line: &mut String| -> Result<bool> {
        line.clear();
        let read = list.by_ref().take(1 << 20).read_line(line);
        Ok(read.map_err(|_| changed(format::MANIFEST))? > 0)
    };
    next(&mut line)?;
    let expected = format!("{{\"head\":{}{}\n", serde_json::to_string(head).map_err(Error::internal)?, format::LIST_BEGINS);
    if line != expected {
        return Err(changed(format::HEAD));
    }
    for expected in seen.lines() {
        let expected = expected.map_err(Error::internal)?;
        next(&mut line)?;
        if line.trim_end_matches(['\n', ',']) != expected {
            return Err(told_apart(&line, &expected));
        }
    }
    next(&mut line)?;
    if line.starts_with(format::LIST_ENDS[0]) {
        return Ok(());
    }
    match path_of(&line) {
        Some(path) => Err(Error::invalid(format!("the bundle lacks {path}, which its list has: it was changed or damaged"))),
        None => Err(changed(format::MANIFEST)),
    }
}

/// What is wrong where the list and the entry that was seen are not the same.
fn told_apart(listed: &str, seen: &str) -> Error {
    match (path_of(listed), path_of(seen)) {
        (Some(listed), Some(seen)) if listed == seen => changed(&seen),
        (Some(listed), Some(seen)) => {
            Error::invalid(format!("the bundle has {seen} where its list has {listed}: it was changed or damaged"))
        }
        (_, seen) => {
            let seen = seen.unwrap_or_default();
            Error::invalid(format!("the bundle has {seen}, which its list does not have: it was changed or damaged"))
        }
    }
}

fn path_of(line: &str) -> Option<String> {
    let entry: serde_json::Value = serde_json::from_str(line.trim_end_matches(['\n', ','])).ok()?;
    entry["path"].as_str().map(str::to_owned)
}

fn changed(path: &str) -> Error {
    Error::invalid(format!("{path} is not what it was when the bundle was made: it was changed or damaged"))
}
