//! Every table that names blobs, and whose data it is.

use crate::db::{Plane, Reader};
use crate::error::Result;

/// The blobs that a database's rows own. Those that wait to be removed have no owner and need no copy.
pub(in crate::domain) fn blobs_in_use(db: &Reader<'_>, plane: Plane) -> Result<Vec<String>> {
    let statement = match plane {
        Plane::Control => {
            "SELECT blob_key FROM run_files WHERE blob_key IS NOT NULL
              UNION SELECT blob_key FROM contents WHERE blob_key NOT LIKE 'row/%'
              UNION SELECT blob_key FROM artifact_file_parts WHERE blob_key IS NOT NULL
              ORDER BY blob_key"
        }
        // A segment that no chunk points into is being written, or given up.
        Plane::History => {
            "SELECT blob_key FROM segments
              WHERE EXISTS (SELECT 1 FROM chunks WHERE chunks.segment_id = segments.id)
              ORDER BY blob_key"
        }
    };
    db.query(statement, &[], |row| row.get("blob_key"))
}

/// The word by which this data is known.
pub(in crate::domain) fn server_word(db: &Reader<'_>) -> Result<String> {
    db.query_one("SELECT word FROM server_id WHERE id = 1", &[], |row| row.get("word"))
}
