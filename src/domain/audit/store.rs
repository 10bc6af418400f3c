//! The table of the audit log.

use serde_json::Value;

use crate::db::Tx;
use crate::domain::Call;
use crate::error::Result;

pub(super) fn insert(
    tx: &Tx<'_>,
    call: &Call,
    action: &str,
    (kind, id, name): (&str, i64, &str),
    details: &Value,
) -> Result<()> {
    tx.execute(
        "INSERT INTO audit (at, action, actor_id, acting_for_id, address, object_kind, object_id, object_name, details)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        &[
            &call.now,
            &action,
            &call.actor.account,
            &call.actor.acting_for,
            &call.address,
            &kind,
            &id,
            &name,
            &details.to_string(),
        ],
    )?;
    Ok(())
}
