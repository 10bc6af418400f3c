//! Lines as bytes and back. Lengths come first, so that a line may hold any character, line breaks included.

use std::sync::{Mutex, PoisonError};

use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::CParameter;

use crate::error::{Error, Result};

/// Fast enough for ingest; what is kept for long is rewritten later.
const LEVEL: i32 = 1;
const LENGTH_BYTES: usize = 4;

/// Compresses lines.
///
/// # Errors
/// A line is longer than 4 GiB.
pub(super) fn pack(lines: &[String]) -> Result<Vec<u8>> {
    let text_bytes: usize = lines.iter().map(String::len).sum();
    let mut plain = Vec::with_capacity(LENGTH_BYTES * lines.len() + text_bytes);
    for line in lines {
        let length = u32::try_from(line.len()).map_err(|_| Error::too_large("a line is longer than 4 GiB"))?;
        plain.extend_from_slice(&length.to_le_bytes());
    }
    for line in lines {
        plain.extend_from_slice(line.as_bytes());
    }
    COMPRESSORS.with(compressor, |compressor| compressor.compress(&plain)).map_err(Error::internal)
}

/// How many bytes the text of `count` packed lines has, without unpacking them.
pub(super) fn text_bytes(packed: &[u8], count: i64) -> usize {
    let lengths = usize::try_from(count).unwrap_or_default().saturating_mul(LENGTH_BYTES);
    Decompressor::upper_bound(packed).unwrap_or(usize::MAX).saturating_sub(lengths)
}

fn compressor() -> std::io::Result<Compressor<'static>> {
    let mut compressor = Compressor::new(LEVEL)?;
    compressor.set_parameter(CParameter::ChecksumFlag(true))?;
    Ok(compressor)
}

static COMPRESSORS: Spare<Compressor<'static>> = Spare(Mutex::new(Vec::new()));
static DECOMPRESSORS: Spare<Decompressor<'static>> = Spare(Mutex::new(Vec::new()));

/// What was made and is not in use. To make one takes longer than to compress a small chunk: its memory is half a MiB that the
/// system hands out page by page.
struct Spare<T>(Mutex<Vec<T>>);

impl<T> Spare<T> {
    /// As many work at one time on a great machine; what more there are goes when it is done.
    const KEPT_MAX: usize = 16;

    fn with<R>(&self, make: fn() -> std::io::Result<T>, work: impl FnOnce(&mut T) -> std::io::Result<R>) -> std::io::Result<R> {
        let kept = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let spare = kept().pop();
        let mut one = spare.map_or_else(make, Ok)?;
        let done = work(&mut one)?;
        let mut kept = kept();
        if kept.len() < Self::KEPT_MAX {
            kept.push(one);
        }
        Ok(done)
    }
}

/// The lines of a chunk in one piece of memory.
pub(super) struct Lines {
    text: String,
    ends: Vec<usize>,
}

impl From<Vec<String>> for Lines {
    fn from(lines: Vec<String>) -> Self {
        let mut end = 0;
        let ends = lines.iter().map(|line| {
            end += line.len();
            end
        });
        Self { ends: ends.collect(), text: lines.concat() }
    }
}

impl Lines {
    /// Reads `count` packed lines; fails if the bytes are not what [`pack`] made of that many.
    pub fn unpack(packed: &[u8], count: i64) -> Result<Self> {
        let torn = || Error::internal("the chunk's lengths do not add up");
        let size = Decompressor::upper_bound(packed).ok_or_else(torn)?;
        let plain = DECOMPRESSORS.with(Decompressor::new, |one| one.decompress(packed, size)).map_err(Error::internal)?;
        let head = usize::try_from(count).ok().and_then(|count| count.checked_mul(LENGTH_BYTES)).ok_or_else(torn)?;
        let (lengths, text) = plain.split_at_checked(head).ok_or_else(torn)?;
        let text = String::from_utf8(text.to_vec()).map_err(Error::internal)?;
        let mut end = 0_usize;
        let ends: Vec<usize> = lengths
            .as_chunks::<LENGTH_BYTES>()
            .0
            .iter()
            .map(|length| {
                end += u32::from_le_bytes(*length) as usize;
                end
            })
            .collect();
        if end != text.len() || !ends.iter().all(|end| text.is_char_boundary(*end)) {
            return Err(torn());
        }
        Ok(Self { text, ends })
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The line at an index below [`Self::len`].
    pub fn line(&self, index: usize) -> &str {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.text[start..self.ends[index]]
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|index| self.line(index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_with_any_character_come_back() {
        let lines: Vec<String> = ["", "a\nb\r", "é\0", "", "{}"].map(str::to_owned).to_vec();
        let unpacked = Lines::unpack(&pack(&lines).unwrap(), 5).unwrap();
        assert_eq!(unpacked.iter().collect::<Vec<_>>(), lines);
        assert_eq!(text_bytes(&pack(&lines).unwrap(), 5), lines.concat().len());
        assert!(Lines::unpack(&pack(&lines).unwrap(), 4).is_err());
        assert!(Lines::unpack(b"rubbish", 1).is_err());
    }
}
