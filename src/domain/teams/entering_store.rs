//! When whose office let them into what.

use super::model::EntityKind;
use crate::db::{Reader, Tx};
use crate::error::Result;
use crate::id::{AccountId, EntityId};

/// What an entity is and is called, be it in the trash.
pub(super) fn named(db: &Reader<'_>, id: EntityId) -> Result<Option<(EntityKind, String)>> {
    db.query_opt("SELECT kind, name FROM entities WHERE id = ?1", &[&id], |row| {
        Ok((EntityKind::read(&row.get::<String>("kind")?)?, row.get("name")?))
    })
}

/// Notes the day; whether it is the first time that day.
pub(super) fn enter(tx: &Tx<'_>, account: AccountId, entity: EntityId, day: i64) -> Result<bool> {
    let sql = "INSERT INTO office_entries (account_id, entity_id, day) VALUES (?1, ?2, ?3)
               ON CONFLICT (account_id, entity_id) DO UPDATE SET day = excluded.day WHERE office_entries.day < excluded.day";
    Ok(tx.execute(sql, &[&account, &entity, &day])? > 0)
}
