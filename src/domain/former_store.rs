//! The SQL that takes names of somebody who was anonymized out of texts that people wrote, in whatever tables.

use super::accounts::Former;
use crate::db::{Reader, Tx};
use crate::error::Result;

/// Strikes their names from these columns (table and column), as whole words.
pub(in crate::domain) fn strike(tx: &Tx<'_>, former: &Former, places: &[(&str, &str)]) -> Result<()> {
    for place in places {
        for (id, text) in texts_with(tx, *place, &former.username)? {
            if let Some(left) = former.struck_from(&text) {
                set_text(tx, *place, id, &left)?;
            }
        }
    }
    Ok(())
}

/// Where that text is, perhaps as a part of another word.
fn texts_with(db: &Reader<'_>, (table, column): (&str, &str), text: &str) -> Result<Vec<(i64, String)>> {
    let sql = format!("SELECT id, {column} AS words FROM {table} WHERE LOWER({column}) LIKE '%' || LOWER(?1) || '%'");
    db.query(&sql, &[&text], |row| Ok((row.get("id")?, row.get("words")?)))
}

fn set_text(tx: &Tx<'_>, (table, column): (&str, &str), id: i64, text: &str) -> Result<()> {
    tx.execute(&format!("UPDATE {table} SET {column} = ?2 WHERE id = ?1"), &[&id, &text])?;
    Ok(())
}
