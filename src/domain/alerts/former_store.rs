//! The SQL that takes somebody who was anonymized out of alerts.

use crate::db::{Reader, Tx};
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

/// Where that text is, perhaps as a part of another word.
pub(super) fn texts_with(db: &Reader<'_>, (table, column): (&str, &str), text: &str) -> Result<Vec<(i64, String)>> {
    let sql = format!("SELECT id, {column} AS words FROM {table} WHERE LOWER({column}) LIKE '%' || LOWER(?1) || '%'");
    db.query(&sql, &[&text], |row| Ok((row.get("id")?, row.get("words")?)))
}

pub(super) fn set_text(tx: &Tx<'_>, (table, column): (&str, &str), id: i64, text: &str) -> Result<()> {
    tx.execute(&format!("UPDATE {table} SET {column} = ?2 WHERE id = ?1"), &[&id, &text])?;
    Ok(())
}
