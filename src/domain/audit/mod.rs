//! The audit log: every change of rights or data, written in the transaction of the change, so that one never exists
//! without the other.

mod store;

use serde_json::Value;

use super::Call;
use crate::db::Tx;
use crate::error::Result;

/// Records that the caller did `action` (`key.revoke`, `team.create`) to the thing `kind` number `id`, called `name` at the
/// time. `details` is a JSON object with whatever else a reader needs; never a secret.
pub fn record(tx: &Tx<'_>, call: &Call, action: &str, kind: &str, id: i64, name: &str, details: &Value) -> Result<()> {
    store::insert(tx, call, action, (kind, id, name), details)
}
