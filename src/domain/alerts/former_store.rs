//! The SQL that takes somebody who was anonymized out of alerts.

use crate::db::Tx;
use crate::domain::accounts::Former;
use crate::error::Result;

/// The columns with words of people, and their tables.
pub(super) const TEXTS: [(&str, &str); 7] = [
    ("alert_rules", "name"),
    ("alert_rules", "filter"),
    ("alert_firings", "title"),
    ("alert_firings", "text"),
    ("alert_firings", "facts"),
    ("alert_attempts", "answer"),
    ("webhooks", "name"),
];

/// Lets nobody write to them, and says of what was told only whom they became.
pub(super) fn forget_recipient(tx: &Tx<'_>, former: &Former) -> Result<()> {
    tx.execute("DELETE FROM alert_recipients WHERE account_id = ?1 OR LOWER(address) = ?2", &[&former.id, &former.email])?;
    tx.execute(
        "UPDATE alert_deliveries SET recipient = ?3, address = NULL, state = CASE state WHEN 'waiting' THEN 'given up' ELSE state END
          WHERE account_id = ?1 OR LOWER(address) = ?2",
        &[&former.id, &former.email, &former.shown],
    )?;
    Ok(())
}
