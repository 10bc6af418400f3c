//! Every table that names blobs.

use crate::db::Reader;
use crate::error::Result;

/// The blobs that rows own. Those that are noted as garbage have no owner and need no copy.
pub(super) fn blobs_in_use(db: &Reader<'_>) -> Result<Vec<String>> {
    db.query(
        "SELECT blob_key FROM run_files WHERE blob_key IS NOT NULL
          UNION SELECT blob_key FROM contents
          UNION SELECT blob_key FROM artifact_file_parts WHERE blob_key IS NOT NULL
          ORDER BY blob_key",
        &[],
        |row| row.get("blob_key"),
    )
}
