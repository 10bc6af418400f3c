//! The SQL of webhooks.

use super::model::{Format, Webhook};
use crate::db::{Reader, Row, Tx};
use crate::error::{Error, Result};
use crate::id::{EntityId, WebhookId};

const SELECT: &str = "SELECT id, entity_id, name, url, format, secret, token, created_by, created_at FROM webhooks";

fn webhook(row: &Row<'_>) -> Result<Webhook> {
    let format: String = row.get("format")?;
    Ok(Webhook {
        id: row.get("id")?,
        entity_id: row.get("entity_id")?,
        name: row.get("name")?,
        url: row.get("url")?,
        format: Format::parse(&format).ok_or_else(|| Error::internal(format!("webhooks.format holds {format}")))?,
        secret: row.get("secret")?,
        token: row.get("token")?,
        created_by: row.get("created_by")?,
        created_at: row.get("created_at")?,
    })
}

pub(super) fn of_entity(db: &Reader<'_>, entity: EntityId) -> Result<Vec<Webhook>> {
    db.query(&format!("{SELECT} WHERE entity_id = ?1 ORDER BY name, id"), &[&entity], webhook)
}

pub(super) fn by_id(db: &Reader<'_>, id: WebhookId) -> Result<Option<Webhook>> {
    db.query_opt(&format!("{SELECT} WHERE id = ?1"), &[&id], webhook)
}

pub(super) fn by_name(db: &Reader<'_>, entity: EntityId, name: &str) -> Result<Option<Webhook>> {
    db.query_opt(&format!("{SELECT} WHERE entity_id = ?1 AND name = ?2"), &[&entity, &name], webhook)
}

pub(super) fn insert(tx: &Tx<'_>, webhook: &Webhook) -> Result<WebhookId> {
    tx.query_one(
        "INSERT INTO webhooks (entity_id, name, url, format, created_by, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id",
        &[
            &webhook.entity_id,
            &webhook.name,
            &webhook.url,
            &webhook.format.as_str(),
            &webhook.created_by,
            &webhook.created_at,
        ],
        |row| row.get("id"),
    )
}

pub(super) fn update(tx: &Tx<'_>, webhook: &Webhook) -> Result<()> {
    tx.execute(
        "UPDATE webhooks SET name = ?2, url = ?3, format = ?4, secret = ?5, token = ?6 WHERE id = ?1",
        &[&webhook.id, &webhook.name, &webhook.url, &webhook.format.as_str(), &webhook.secret, &webhook.token],
    )?;
    Ok(())
}

pub(super) fn delete(tx: &Tx<'_>, id: WebhookId) -> Result<()> {
    tx.execute("DELETE FROM webhooks WHERE id = ?1", &[&id])?;
    Ok(())
}

pub(super) fn delete_of_entity(tx: &Tx<'_>, entity: EntityId) -> Result<()> {
    tx.execute("DELETE FROM webhooks WHERE entity_id = ?1", &[&entity])?;
    Ok(())
}
