//! The table of custom charts.

use super::{Chart, NewChart};
use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::error::Result;
use crate::id::{AccountId, EntityId};

pub(super) fn upsert(
    tx: &Tx,
    entity: EntityId,
    chart: &NewChart<'_>,
    access: &str,
    author: Option<AccountId>,
    now: Timestamp,
) -> Result<i64> {
    tx.query_one(
        "INSERT INTO custom_charts (entity_id, name, display_name, kind, access, spec, created_by, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)
         ON CONFLICT (entity_id, name) DO UPDATE SET display_name = excluded.display_name, kind = excluded.kind,
             access = excluded.access, spec = excluded.spec, updated_at = excluded.updated_at
         RETURNING id",
        &[&entity, &chart.name, &chart.display_name, &chart.kind, &access, &chart.spec, &author, &now],
        |row| row.get("id"),
    )
}

/// Who may see a chart, and the chart.
pub(super) fn find(db: &Reader, entity: EntityId, name: &str) -> Result<Option<(String, Chart)>> {
    let sql = "SELECT access, display_name, kind, spec FROM custom_charts WHERE entity_id = ?1 AND name = ?2";
    db.query_opt(sql, &[&entity, &name], |row| {
        let chart = Chart { display_name: row.get("display_name")?, kind: row.get("kind")?, spec: row.get("spec")? };
        Ok((row.get("access")?, chart))
    })
}
