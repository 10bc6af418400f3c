//! SQL of the rules that administrators edit.

use super::rules::Written;
use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::error::{Error, Result};

/// The rules as somebody left them.
pub(super) struct Row {
    pub rules: Vec<Written>,
    pub revision: i64,
    pub changed_at: Timestamp,
    pub changed_by: String,
}

pub(super) fn find(db: &Reader<'_>) -> Result<Option<Row>> {
    db.query_opt("SELECT rules, revision, changed_at, changed_by FROM directory_rules", &[], |row| {
        Ok(Row {
            rules: serde_json::from_str(&row.get::<String>("rules")?).map_err(Error::internal)?,
            revision: row.get("revision")?,
            changed_at: row.get("changed_at")?,
            changed_by: row.get("changed_by")?,
        })
    })
}

pub(super) fn replace(tx: &Tx<'_>, row: &Row) -> Result<()> {
    let rules = serde_json::to_string(&row.rules).map_err(Error::internal)?;
    tx.execute(
        "INSERT INTO directory_rules (id, rules, revision, changed_at, changed_by) VALUES (1, ?1, ?2, ?3, ?4)
         ON CONFLICT (id) DO UPDATE SET rules = excluded.rules, revision = excluded.revision,
           changed_at = excluded.changed_at, changed_by = excluded.changed_by",
        &[&rules, &row.revision, &row.changed_at, &row.changed_by],
    )?;
    Ok(())
}
