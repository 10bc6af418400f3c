//! The table of custom charts.

use super::NewChart;
use crate::clock::Timestamp;
use crate::db::Tx;
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
