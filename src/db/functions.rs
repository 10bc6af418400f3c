//! SQL functions that engines spell differently.

use std::sync::Arc;

use regex::Regex;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::{Connection, Error};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// * `matches(text, pattern)`: whether an RE2 pattern is found anywhere in the text (PostgreSQL: `text ~ pattern`).
/// * `values_at(document, path)`: the values at a dotted path of a JSON document as a JSON list: of a list its elements, of
///   anything else itself (PostgreSQL: `jsonb_path_query_array`). What is no JSON has no values; the engine's own functions
///   would fail the statement.
/// * `sha256(text)`: the digest of its bytes (PostgreSQL: `sha256(convert_to(text, 'UTF8'))`).
pub(super) fn install(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("matches", 2, flags, |call: &Context<'_>| {
        let pattern: Arc<Regex> = call.get_or_create_aux(1, |value| {
            let pattern = value.as_str().map_err(|error| Error::UserFunctionError(error.into()))?;
            Regex::new(pattern).map_err(|error| Error::UserFunctionError(error.into()))
        })?;
        Ok(call.get_raw(0).as_str_or_null().ok().flatten().map(|text| pattern.is_match(text)))
    })?;
    connection.create_scalar_function("sha256", 1, flags, |call: &Context<'_>| {
        let text = call.get_raw(0).as_str_or_null().map_err(|error| Error::UserFunctionError(error.into()))?;
        Ok(text.map(|text| Sha256::digest(text.as_bytes()).to_vec()))
    })?;
    connection.create_scalar_function("values_at", 2, flags, |call: &Context<'_>| {
        let text = |place: usize| call.get_raw(place).as_str_or_null().ok().flatten();
        Ok(text(0).zip(text(1)).and_then(|(document, path)| values_at(document, path)).unwrap_or_else(|| "[]".to_owned()))
    })
}

fn values_at(document: &str, path: &str) -> Option<String> {
    let document: Value = serde_json::from_str(document).ok()?;
    match path.split('.').try_fold(&document, |value, part| value.get(part))? {
        Value::Array(values) => serde_json::to_string(values).ok(),
        value => serde_json::to_string(&[value]).ok(),
    }
}
