//! The audit log: every change of rights or data, written in the transaction of the change, so that one never exists
//! without the other.

use serde_json::Value;

use super::Call;
use crate::db::Tx;
use crate::error::Result;

/// Records that the caller did `action` (`key.revoke`, `team.create`) to the thing `kind` number `id`, called `name` at the
/// time. `details` is a JSON object with whatever else a reader needs; never a secret.
pub fn record(tx: &Tx<'_>, call: &Call, action: &str, kind: &str, id: i64, name: &str, details: &Value) -> Result<()> {
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
