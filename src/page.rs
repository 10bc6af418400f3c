//! Keyset pages: a cursor names the last row seen, so that rows that come or go never repeat or skip others.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::{Error, Result};

/// A page of items with what leads to the next.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The items, each with the cursor that continues after it.
    pub items: Vec<(Cursor, T)>,
    pub has_next: bool,
}

impl<T> Page<T> {
    pub fn end_cursor(&self) -> Option<&Cursor> {
        self.items.last().map(|(cursor, _)| cursor)
    }
}

impl<T> Page<T> {
    /// A page of those that may be seen, of a list that has others too: these are few, and reading on until the page is full keeps
    /// cursors honest. `batch` reads at most so many from behind a place on, and `place` says where an item stands.
    ///
    /// # Errors
    /// `Invalid` for a cursor of another list, and those of `batch` and `is_seen`.
    pub fn of_seen<P: serde::Serialize + serde::de::DeserializeOwned + Copy>(
        after: Option<&str>,
        first: usize,
        batch: impl Fn(Option<P>, usize) -> Result<Vec<T>>,
        place: impl Fn(&T) -> P,
        mut is_seen: impl FnMut(&T) -> Result<bool>,
    ) -> Result<Self> {
        let mut after: Option<P> = after.map(Cursor::decode).transpose()?;
        let mut items = Vec::new();
        loop {
            let found = batch(after, first + 1)?;
            let is_last = found.len() <= first;
            for item in found {
                let at = place(&item);
                after = Some(at);
                if !is_seen(&item)? {
                    continue;
                }
                if items.len() == first {
                    return Ok(Self { items, has_next: true });
                }
                items.push((Cursor::encode(&at), item));
            }
            if is_last {
                return Ok(Self { items, has_next: false });
            }
        }
    }
}

/// An opaque place in an order: the sort values of a row, as JSON, in base64. Valid across processes and restarts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(String);

impl Cursor {
    pub fn encode(values: &impl serde::Serialize) -> Self {
        let text = serde_json::to_vec(values).expect("sort values are plain JSON");
        Self(URL_SAFE_NO_PAD.encode(text))
    }
    pub fn decode<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok();
        bytes
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .ok_or_else(|| Error::invalid("this cursor does not belong to this list; start again without one"))
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
