//! What all answers of the management API share: pages of lists, and refusals.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, IntoResponses, ToSchema};

use crate::error::{Error, Result};
use crate::page::Page;

const SIZE_MAX: usize = 1000;
const SIZE_USUAL: usize = 50;

/// A page of a list.
#[derive(Serialize, ToSchema)]
pub(super) struct Listing<T> {
    items: Vec<T>,
    /// Send it as `after` for the next page; null on the last one.
    next_cursor: Option<String>,
}

impl<T> Listing<T> {
    pub fn new<S>(page: Page<S>, show: impl FnMut(S) -> Result<T>) -> Result<Self> {
        let (items, next_cursor) = shown(page, show)?;
        Ok(Self { items, next_cursor })
    }

    /// A list that is short by nature, whole.
    pub fn whole(items: Vec<T>) -> Self {
        Self { items, next_cursor: None }
    }
}

/// The items of a page and what leads to the next, for lists with more to say.
pub(super) fn shown<S, T>(page: Page<S>, show: impl FnMut(S) -> Result<T>) -> Result<(Vec<T>, Option<String>)> {
    let next_cursor = page.end_cursor().filter(|_| page.has_next).map(|cursor| cursor.as_str().to_owned());
    let items = page.items.into_iter().map(|(_, item)| item).map(show).collect::<Result<Vec<_>>>()?;
    Ok((items, next_cursor))
}

/// Which page of a list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Paging {
    /// The `next_cursor` of the page before.
    pub after: Option<String>,
    /// How many items, 1 to 1000; 50 if nothing is said.
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<usize>,
}

impl Paging {
    pub fn size(&self) -> Result<usize> {
        size(self.limit)
    }
}

/// Which page of a list of what people asked for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct OwnPaging {
    /// Those of everybody, for administrators of the server; else the caller's own.
    everybody: Option<bool>,
    /// The `next_cursor` of the page before.
    pub after: Option<String>,
    /// How many items, 1 to 1000; 50 if nothing is said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

impl OwnPaging {
    pub fn everybody(&self) -> bool {
        self.everybody.unwrap_or_default()
    }

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

/// Why a request was refused.
#[derive(Serialize, ToSchema)]
pub(super) struct Failure {
    /// A stable word: NOT_FOUND, FORBIDDEN, UNAUTHENTICATED, INVALID, CONFLICT, PRECONDITION_FAILED, TOO_LARGE,
    /// TOO_MANY_REQUESTS, UNAVAILABLE, INSUFFICIENT_STORAGE or INTERNAL.
    code: String,
    /// What is wrong and what to do, for people.
    message: String,
    /// Names the request in the server's log.
    request_id: Option<String>,
}

/// The refusals that every operation may answer.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes for the document what api::answer writes")]
pub(super) enum Refusals {
    /// The request can never succeed as it stands.
    #[response(status = 400)]
    Invalid(Failure),
    /// No credentials, or wrong ones.
    #[response(status = 401)]
    Unauthenticated(Failure),
    /// The caller may see the thing but not do this; the message says whom to ask.
    #[response(status = 403)]
    Forbidden(Failure),
    /// There is no such thing, or the caller may not know of it.
    #[response(status = 404)]
    NotFound(Failure),
    /// It exists already, or is not in a state for this.
    #[response(status = 409)]
    Conflict(Failure),
    /// The body is too large.
    #[response(status = 413)]
    TooLarge(Failure),
    /// The server or the caller does too much at a time; `Retry-After` says when to try again.
    #[response(status = 429)]
    Busy(Failure),
    /// The server cannot do it now; `Retry-After` says when to try again.
    #[response(status = 503)]
    Unavailable(Failure),
    /// The server's disk has no room for it; `Retry-After` says when to try again.
    #[response(status = 507)]
    Full(Failure),
}
