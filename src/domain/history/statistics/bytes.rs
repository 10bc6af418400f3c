//! Statistics as bytes: for each key its name, flags, types, last step, then the numbers that the flags promise; all after one
//! byte that says whether it is compressed.

use std::collections::BTreeMap;

use super::super::wire::{self, Cursor};
use super::{Statistic, Statistics};
use crate::error::{Error, Result};
use crate::json::Json;

const PLAIN: u8 = 0;
pub(super) const COMPRESSED: u8 = 1;
/// Less than this is not worth compressing.
const COMPRESS_FROM: usize = 4096;
const COMPRESSION_LEVEL: i32 = 1;
/// What decompressed statistics have at most: 10,000 keys have a hundredth of it.
const PLAIN_MAX: usize = 256 << 20;

/// The types that nearly all values have, by number; any other is named.
const KINDS: [&str; 6] = ["number", "string", "bool", "nil", "list", "map"];
const OTHER_KIND: u8 = 255;

mod flag {
    pub const MONOTONIC: u8 = 1;
    pub const FIRST: u8 = 2;
    pub const EXTREMES: u8 = 4;
    pub const PREVIOUS_INT: u8 = 8;
    pub const PREVIOUS_FLOAT: u8 = 16;
    /// The first value and the extremes are the last value, as when there is but one.
    pub const ALONE: u8 = 32;
}

/// Statistics as bytes; [`from_bytes`] reads them.
pub(in super::super) fn to_bytes(statistics: &Statistics) -> Result<Vec<u8>> {
    let mut plain = vec![PLAIN];
    for (name, one) in statistics {
        write_one(&mut plain, name, one);
    }
    if plain.len() < COMPRESS_FROM {
        return Ok(plain);
    }
    let mut bytes = vec![COMPRESSED];
    bytes.extend(zstd::bulk::compress(&plain[1..], COMPRESSION_LEVEL).map_err(Error::internal)?);
    Ok(bytes)
}

/// Reads what [`to_bytes`] wrote.
pub(in super::super) fn from_bytes(bytes: &[u8]) -> Result<Statistics> {
    let torn = || Error::internal("the statistics of a chunk cannot be read");
    let (kind, rest) = bytes.split_first().ok_or_else(torn)?;
    let unpacked;
    let plain = match *kind {
        PLAIN => rest,
        COMPRESSED => {
            let mut all = Vec::new();
            let decoder = zstd::Decoder::new(rest).map_err(Error::internal)?;
            std::io::Read::read_to_end(&mut std::io::Read::take(decoder, PLAIN_MAX as u64), &mut all)
                .map_err(Error::internal)?;
            unpacked = all;
            &unpacked
        }
        _ => return Err(torn()),
    };
    let mut cursor = Cursor(plain);
    let mut found = Statistics::new();
    while !cursor.is_empty() {
        let (name, one) = read_one(&mut cursor).ok_or_else(torn)?;
        found.insert(name, one);
    }
    Ok(found)
}

fn write_one(out: &mut Vec<u8>, name: &str, one: &Statistic) {
    let same = |other: Option<f64>| other.map(f64::to_bits) == one.previous.as_f64().map(f64::to_bits);
    let is_alone = one.previous.as_f64().is_some_and(|number| !number.is_nan())
        && [one.first, one.least, one.greatest].into_iter().all(same);
    let mut flags = 0;
    flags |= if one.monotonic { flag::MONOTONIC } else { 0 };
    flags |= match one.previous {
        Json::Int(_) => flag::PREVIOUS_INT,
        Json::Float(_) => flag::PREVIOUS_FLOAT,
        _ => 0,
    };
    if is_alone {
        flags |= flag::ALONE;
    } else {
        flags |= if one.first.is_some() { flag::FIRST } else { 0 };
        flags |= if one.least.is_some() { flag::EXTREMES } else { 0 };
    }
    wire::write_text(out, name);
    out.push(flags);
    wire::write_number(out, one.type_counts.len() as u64);
    for (kind, count) in &one.type_counts {
        match KINDS.iter().position(|known| known == kind) {
            Some(place) => out.push(place as u8),
            None => {
                out.push(OTHER_KIND);
                wire::write_text(out, kind);
            }
        }
        wire::write_number(out, *count as u64);
    }
    wire::write_signed(out, one.last_step);
    match &one.previous {
        Json::Int(number) => wire::write_signed(out, *number),
        Json::Float(number) => out.extend_from_slice(&number.to_le_bytes()),
        other => wire::write_text(out, &other.to_text()),
    }
    if !is_alone {
        let extremes = one.least.zip(one.greatest).map(<[f64; 2]>::from).into_iter().flatten();
        one.first.into_iter().chain(extremes).for_each(|number| out.extend_from_slice(&number.to_le_bytes()));
    }
}

fn read_one(cursor: &mut Cursor<'_>) -> Option<(String, Statistic)> {
    let name = cursor.text()?.to_owned();
    let flags = cursor.byte()?;
    let has = |wanted: u8| flags & wanted != 0;
    let mut type_counts = BTreeMap::new();
    for _ in 0..cursor.number()? {
        let kind = match cursor.byte()? {
            OTHER_KIND => cursor.text()?,
            place => KINDS.get(usize::from(place))?,
        };
        let kind = kind.to_owned();
        type_counts.insert(kind, i64::try_from(cursor.number()?).ok()?);
    }
    let last_step = cursor.signed()?;
    let previous = if has(flag::PREVIOUS_INT) {
        Json::Int(cursor.signed()?)
    } else if has(flag::PREVIOUS_FLOAT) {
        Json::Float(cursor.float()?)
    } else {
        Json::parse(cursor.text()?).ok()?
    };
    let alone = previous.as_f64().filter(|_| has(flag::ALONE));
    let first = if has(flag::FIRST) { Some(cursor.float()?) } else { alone };
    let (least, greatest) = if has(flag::EXTREMES) { (Some(cursor.float()?), Some(cursor.float()?)) } else { (alone, alone) };
    let monotonic = has(flag::MONOTONIC);
    Some((name, Statistic { type_counts, first, previous, last_step, monotonic, least, greatest }))
}
