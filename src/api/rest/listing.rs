//! What all lists of the management API share: pages.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::page::Page;

const SIZE_MAX: usize = 1000;
const SIZE_USUAL: usize = 50;

/// A page of a list.
#[derive(Serialize)]
pub(super) struct Listing<T> {
    items: Vec<T>,
    /// Send it as `after` for the next page; null on the last one.
    next_cursor: Option<String>,
}

impl<T> Listing<T> {
    pub fn new<S>(page: Page<S>, show: impl FnMut(S) -> Result<T>) -> Result<Self> {
        let next_cursor = page.end_cursor().filter(|_| page.has_next).map(|cursor| cursor.as_str().to_owned());
        let items = page.items.into_iter().map(|(_, item)| item).map(show).collect::<Result<Vec<_>>>()?;
        Ok(Self { items, next_cursor })
    }

    /// A list that is short by nature, whole.
    pub fn whole(items: Vec<T>) -> Self {
        Self { items, next_cursor: None }
    }
}

/// Which page of a list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Paging {
    /// The `next_cursor` of the page before.
    pub after: Option<String>,
    /// How many items, 1 to 1000; 50 if nothing is said.
    pub limit: Option<usize>,
}

impl Paging {
    pub fn size(&self) -> Result<usize> {
        size(self.limit)
    }
}

/// The number of items that a page is to have.
pub(super) fn size(limit: Option<usize>) -> Result<usize> {
    let size = limit.unwrap_or(SIZE_USUAL);
    if (1..=SIZE_MAX).contains(&size) {
        return Ok(size);
    }
    Err(Error::invalid(format!("limit is a number from 1 to {SIZE_MAX}")))
}
