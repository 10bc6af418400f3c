//! Rows of tables that were logged, a page at a time.

use serde::Deserialize;
use serde_json::Value;

use super::{content_store, contents};
use crate::blob::Blobs;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::id::ArtifactId;
use crate::json::Json;

/// The largest table that is read for its rows, in bytes.
const BYTES_MAX: i64 = 256 << 20;

/// A page of a table.
#[derive(Clone, Debug)]
pub struct TablePage {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Value>>,
    /// The number of the first row here.
    pub first_row: usize,
    /// How many rows the table has.
    pub total: usize,
}

#[derive(Deserialize)]
struct Table {
    columns: Vec<Value>,
    data: Vec<Vec<Value>>,
}

/// Rows of the table at this path (`….table.json`) of a version that the caller was found to be allowed to see.
pub async fn table_page(
    db: &Db,
    blobs: &Blobs,
    artifact: ArtifactId,
    path: String,
    from: usize,
    count: usize,
) -> Result<TablePage> {
    let name = path.clone();
    let content = db
        .read(move |reader| {
            let entry = content_store::entry_by_path(reader, artifact, &name)?;
            let content = entry.and_then(|entry| entry.content);
            content.map(|id| content_store::content_by_id(reader, id)).transpose().map(Option::flatten)
        })
        .await?
        .ok_or_else(|| Error::not_found(format!("a table '{path}'")))?;
    if content.size_bytes > BYTES_MAX {
        return Err(Error::too_large(format!(
            "'{path}' is too large to show: tables of up to {BYTES_MAX} bytes are; download it instead"
        )));
    }
    let bytes = contents::read_whole(db, blobs, &content).await?;
    let table = tokio::task::spawn_blocking(move || parse(&bytes)).await.map_err(Error::internal)?;
    let table = table.ok_or_else(|| Error::invalid(format!("'{path}' is not a table")))?;
    let total = table.data.len();
    let columns = table.columns.iter().map(|name| name.as_str().map_or_else(|| name.to_string(), str::to_owned)).collect();
    let rows = table.data.into_iter().skip(from).take(count).collect();
    Ok(TablePage { columns, rows, first_row: from.min(total), total })
}

/// The client writes tables in Python's dialect, with bare NaN and infinities.
fn parse(bytes: &[u8]) -> Option<Table> {
    if let Ok(table) = serde_json::from_slice(bytes) {
        return Some(table);
    }
    let table = Json::parse(std::str::from_utf8(bytes).ok()?).ok()?;
    serde_json::from_str(&table.to_strict_text()).ok()
}
