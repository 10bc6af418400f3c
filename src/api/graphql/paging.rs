//! Pages as the client knows them: edges with cursors, and `pageInfo`.

use async_graphql::SimpleObject;

use crate::error::{Error, Result};
use crate::page::Page;

/// The most items of one page.
const PAGE_MAX: i32 = 1000;

#[derive(SimpleObject, Clone, Debug, Default)]
pub struct PageInfo {
    pub end_cursor: Option<String>,
    pub has_next_page: bool,
}

impl<T> From<&Page<T>> for PageInfo {
    fn from(page: &Page<T>) -> Self {
        Self { end_cursor: page.end_cursor().map(|cursor| cursor.as_str().to_owned()), has_next_page: page.has_next }
    }
}

/// How many items a page is to have: what was asked, up to the server's most.
pub(super) fn size(first: Option<i32>, default: i32) -> Result<usize> {
    let size = first.unwrap_or(default);
    if size < 0 {
        return Err(Error::invalid("a page cannot have a negative number of items"));
    }
    Ok(usize::try_from(size.min(PAGE_MAX)).unwrap_or(0))
}

/// A count as GraphQL's 32-bit number.
pub(super) fn count(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
