//! SQL functions that engines spell differently.

use std::sync::Arc;

use regex::Regex;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::{Connection, Error};

/// `matches(text, pattern)`: whether an RE2 pattern is found anywhere in the text (PostgreSQL: `text ~ pattern`).
pub(super) fn install(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("matches", 2, flags, |call: &Context<'_>| {
        let pattern: Arc<Regex> = call.get_or_create_aux(1, |value| {
            let pattern = value.as_str().map_err(|error| Error::UserFunctionError(error.into()))?;
            Regex::new(pattern).map_err(|error| Error::UserFunctionError(error.into()))
        })?;
        Ok(call.get_raw(0).as_str_or_null().ok().flatten().map(|text| pattern.is_match(text)))
    })
}
