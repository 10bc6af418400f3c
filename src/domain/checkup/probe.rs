//! What the doors that are tried give out, as the server makes it and as the checks expect it.

use std::ops::Range;

/// The name of the door that answers piece by piece.
pub const SLOWLY: &str = "slowly";
/// How many pieces those are.
pub const PIECES: usize = 6;
/// How many bytes the others have.
pub const SIZE: u64 = 100_000;

/// A part of those bytes; each can be told from its neighbours.
pub fn bytes_of(range: Range<u64>) -> Vec<u8> {
    range.map(|place| (place % 251) as u8).collect()
}
