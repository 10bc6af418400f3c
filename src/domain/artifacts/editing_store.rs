//! What changes versions and collections after they were made, and ends them.

use crate::clock::Timestamp;
use crate::db::{Reader, Tx, Values};
use crate::error::Result;
use crate::id::{ArtifactId, ArtifactTypeId, CollectionId, ContentId, EntityId, MembershipId, ProjectId, RunId};

pub(super) fn update(
    tx: &Tx,
    id: ArtifactId,
    description: Option<&str>,
    metadata: Option<&str>,
    ttl_seconds: Option<i64>,
    now: Timestamp,
) -> Result<()> {
    tx.execute(
        "UPDATE artifacts SET description = ?2, metadata = ?3, ttl_seconds = ?4, updated_at = ?5 WHERE id = ?1",
        &[&id, &description, &metadata, &ttl_seconds, &now],
    )?;
    Ok(())
}

pub(super) fn remove_tag(tx: &Tx, id: ArtifactId, tag: &str) -> Result<()> {
    tx.execute("DELETE FROM artifact_tags WHERE artifact_id = ?1 AND name = ?2", &[&id, &tag])?;
    Ok(())
}

// Lifetimes

pub(super) fn rule(db: &Reader, entity: EntityId) -> Result<Option<i64>> {
    db.query_opt("SELECT ttl_seconds FROM artifact_lifetimes WHERE entity_id = ?1", &[&entity], |row| row.get("ttl_seconds"))
}

pub(super) fn set_rule(tx: &Tx, entity: EntityId, seconds: Option<i64>) -> Result<()> {
    match seconds {
        Some(seconds) => tx.execute(
            "INSERT INTO artifact_lifetimes (entity_id, ttl_seconds) VALUES (?1, ?2)
             ON CONFLICT (entity_id) DO UPDATE SET ttl_seconds = excluded.ttl_seconds",
            &[&entity, &seconds],
        )?,
        None => tx.execute("DELETE FROM artifact_lifetimes WHERE entity_id = ?1", &[&entity])?,
    };
    Ok(())
}

/// Committed versions whose time is over and that lie in their own sequence alone.
pub(super) fn expired(db: &Reader, now: Timestamp, limit: usize) -> Result<Vec<ArtifactId>> {
    const UNLINKED: &str =
        "NOT EXISTS (SELECT 1 FROM artifact_memberships WHERE artifact_memberships.artifact_id = artifacts.id
                AND artifact_memberships.collection_id <> artifacts.sequence_id) ORDER BY artifacts.id LIMIT ?2";
    let own = format!(
        "SELECT artifacts.id FROM artifacts
          WHERE artifacts.state = 'committed' AND artifacts.ttl_seconds > 0
            AND artifacts.created_at + artifacts.ttl_seconds * 1000000 <= ?1 AND {UNLINKED}"
    );
    let by_rule = format!(
        "SELECT artifacts.id FROM artifact_lifetimes
           JOIN projects ON projects.entity_id = artifact_lifetimes.entity_id
           JOIN artifact_collections ON artifact_collections.project_id = projects.id
           JOIN artifacts ON artifacts.sequence_id = artifact_collections.id
          WHERE artifacts.state = 'committed' AND artifacts.ttl_seconds IS NULL
            AND artifacts.created_at + artifact_lifetimes.ttl_seconds * 1000000 <= ?1 AND {UNLINKED}"
    );
    let mut found = db.query(&own, &[&now, &(limit as i64)], |row| row.get("id"))?;
    found.extend(db.query(&by_rule, &[&now, &(limit as i64)], |row| row.get::<ArtifactId>("id"))?);
    Ok(found)
}

/// Drafts that nothing came for since that moment.
pub(super) fn silent(db: &Reader, since: Timestamp, limit: usize) -> Result<Vec<ArtifactId>> {
    db.query(
        "SELECT id FROM artifacts WHERE state = 'pending' AND updated_at < ?1 ORDER BY updated_at LIMIT ?2",
        &[&since, &(limit as i64)],
        |row| row.get("id"),
    )
}

pub(super) fn give_up(tx: &Tx, id: ArtifactId, since: Timestamp, now: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE artifacts SET state = 'deleted', updated_at = ?3 WHERE id = ?1 AND state = 'pending' AND updated_at < ?2",
        &[&id, &since, &now],
    )?;
    Ok(())
}

// Deletion

pub(super) fn set_deleted(tx: &Tx, id: ArtifactId, now: Timestamp) -> Result<()> {
    tx.execute("UPDATE artifacts SET state = 'deleted', updated_at = ?2 WHERE id = ?1", &[&id, &now])?;
    Ok(())
}

pub(super) fn delete_membership(tx: &Tx, id: MembershipId) -> Result<()> {
    tx.execute("DELETE FROM artifact_aliases WHERE membership_id = ?1", &[&id])?;
    tx.execute("DELETE FROM artifact_memberships WHERE id = ?1", &[&id])?;
    Ok(())
}

/// Removes everything that is linked into the collections of a project.
pub(super) fn delete_links(tx: &Tx, project: ProjectId) -> Result<()> {
    const COLLECTIONS: &str = "SELECT id FROM artifact_collections WHERE project_id = ?1";
    tx.execute(&format!("DELETE FROM artifact_aliases WHERE collection_id IN ({COLLECTIONS})"), &[&project])?;
    tx.execute(&format!("DELETE FROM artifact_memberships WHERE collection_id IN ({COLLECTIONS})"), &[&project])?;
    Ok(())
}

pub(super) fn delete_collections(tx: &Tx, project: ProjectId, now: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE artifact_collections SET deleted_at = ?2 WHERE project_id = ?1 AND deleted_at IS NULL",
        &[&project, &now],
    )?;
    Ok(())
}

/// All versions and drafts of a sequence.
pub(super) fn versions(db: &Reader, sequence: CollectionId) -> Result<Vec<ArtifactId>> {
    db.query("SELECT id FROM artifacts WHERE sequence_id = ?1 AND state <> 'deleted'", &[&sequence], |row| row.get("id"))
}

pub(super) fn made_by(db: &Reader, run: RunId) -> Result<Vec<ArtifactId>> {
    db.query("SELECT id FROM artifacts WHERE run_id = ?1 AND state <> 'deleted'", &[&run], |row| row.get("id"))
}

pub(super) fn delete_collection(tx: &Tx, id: CollectionId, now: Timestamp) -> Result<()> {
    tx.execute("UPDATE artifact_collections SET deleted_at = ?2 WHERE id = ?1", &[&id, &now])?;
    Ok(())
}

pub(super) fn to_free(db: &Reader, limit: usize) -> Result<Vec<ArtifactId>> {
    db.query(
        "SELECT id FROM artifacts WHERE state = 'deleted' AND freed_at IS NULL ORDER BY id LIMIT ?1",
        &[&(limit as i64)],
        |row| row.get("id"),
    )
}

pub(super) fn set_freed(tx: &Tx, id: ArtifactId, now: Timestamp) -> Result<()> {
    tx.execute("UPDATE artifacts SET freed_at = ?2 WHERE id = ?1", &[&id, &now])?;
    Ok(())
}

/// Removes some entries of a version: how many, and the contents they held.
pub(super) fn take_entries(tx: &Tx, id: ArtifactId, limit: usize) -> Result<(usize, Vec<ContentId>)> {
    let gone = tx.query(
        "DELETE FROM artifact_entries WHERE artifact_id = ?1
            AND path IN (SELECT path FROM artifact_entries WHERE artifact_id = ?1 ORDER BY path LIMIT ?2)
         RETURNING content_id",
        &[&id, &(limit as i64)],
        |row| row.get::<Option<ContentId>>("content_id"),
    )?;
    Ok((gone.len(), gone.into_iter().flatten().collect()))
}

/// The bytes that nothing but these versions holds.
pub(super) fn bytes_held_alone(db: &Reader, versions: &[ArtifactId]) -> Result<i64> {
    let mut values = Values::default();
    let those = values.add_all(versions.iter().map(|id| id as _));
    held_alone(db, &those, &values)
}

/// The bytes that nothing but the versions of a sequence holds.
pub(super) fn bytes_held_alone_in(db: &Reader, sequence: CollectionId) -> Result<i64> {
    let mut values = Values::default();
    let those = format!("SELECT artifacts.id FROM artifacts WHERE artifacts.sequence_id = {}", values.add(&sequence));
    held_alone(db, &those, &values)
}

fn held_alone(db: &Reader, those: &str, values: &Values) -> Result<i64> {
    const HOLDERS: [&str; 3] = ["artifact_entries", "artifact_files", "artifact_manifests"];
    let held = HOLDERS.map(|table| format!("SELECT content_id FROM {table} WHERE artifact_id IN ({those})")).join(" UNION ");
    let by_no_other = HOLDERS.map(|table| {
        format!(
            "NOT EXISTS (SELECT 1 FROM {table} AS other
                          WHERE other.content_id = contents.id AND other.artifact_id NOT IN ({those}))"
        )
    });
    let sql = format!(
        "SELECT COALESCE(SUM(contents.size_bytes), 0) AS bytes FROM contents WHERE contents.id IN ({held}) AND {}",
        by_no_other.join(" AND ")
    );
    db.query_one(&sql, &values.bound(), |row| row.get("bytes"))
}

// Collections

pub(super) fn update_collection(tx: &Tx, id: CollectionId, name: &str, description: &str, now: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE artifact_collections SET name = ?2, description = ?3, updated_at = ?4 WHERE id = ?1",
        &[&id, &name, &description, &now],
    )?;
    Ok(())
}

pub(super) fn set_type(tx: &Tx, id: CollectionId, wanted: ArtifactTypeId, now: Timestamp) -> Result<()> {
    tx.execute("UPDATE artifact_collections SET type_id = ?2, updated_at = ?3 WHERE id = ?1", &[&id, &wanted, &now])?;
    Ok(())
}

pub(super) fn tag_collection(tx: &Tx, id: CollectionId, tag: &str, add: bool) -> Result<()> {
    if add {
        tx.execute(
            "INSERT INTO artifact_collection_tags (collection_id, name) VALUES (?1, ?2) ON CONFLICT (collection_id, name) DO NOTHING",
            &[&id, &tag],
        )?;
    } else {
        tx.execute("DELETE FROM artifact_collection_tags WHERE collection_id = ?1 AND name = ?2", &[&id, &tag])?;
    }
    Ok(())
}

// Protected aliases

pub(super) fn protected(db: &Reader, project: ProjectId) -> Result<Vec<String>> {
    db.query("SELECT alias FROM protected_aliases WHERE project_id = ?1 ORDER BY alias", &[&project], |row| row.get("alias"))
}

pub(super) fn protect(tx: &Tx, project: ProjectId, aliases: &[String]) -> Result<()> {
    tx.execute("DELETE FROM protected_aliases WHERE project_id = ?1", &[&project])?;
    for alias in aliases {
        tx.execute(
            "INSERT INTO protected_aliases (project_id, alias) VALUES (?1, ?2) ON CONFLICT (project_id, alias) DO NOTHING",
            &[&project, &alias],
        )?;
    }
    Ok(())
}
