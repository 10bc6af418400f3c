//! The pictures of teams.

use crate::db::{Reader, Tx};
use crate::error::Result;
use crate::id::EntityId;

pub(super) fn set(tx: &Tx<'_>, entity: EntityId, png: &[u8], digest: &str) -> Result<()> {
    let sql = "INSERT INTO avatars (entity_id, png) VALUES (?1, ?2) ON CONFLICT (entity_id) DO UPDATE SET png = excluded.png";
    tx.execute(sql, &[&entity, &png])?;
    tx.execute("UPDATE entities SET avatar = ?2 WHERE id = ?1", &[&entity, &digest])?;
    Ok(())
}

pub(super) fn remove(tx: &Tx<'_>, entity: EntityId) -> Result<()> {
    tx.execute("DELETE FROM avatars WHERE entity_id = ?1", &[&entity])?;
    tx.execute("UPDATE entities SET avatar = NULL WHERE id = ?1", &[&entity])?;
    Ok(())
}

pub(super) fn png(db: &Reader<'_>, entity: EntityId) -> Result<Option<Vec<u8>>> {
    db.query_opt("SELECT png FROM avatars WHERE entity_id = ?1", &[&entity], |row| row.get("png"))
}
