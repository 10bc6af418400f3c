//! The tables of versions, collections, types, aliases and tags.

use std::time::Duration;

use super::model::{Alias, Artifact, ArtifactType, Collection, CollectionKind, Membership, State, Tag};
use crate::clock::Timestamp;
use crate::db::{Reader, Row, ToValue, Tx, list_of};
use crate::error::{Error, Result};
use crate::id::{AccountId, ArtifactId, ArtifactTypeId, CollectionId, MembershipId, ProjectId, RunId};
use crate::policy::Visibility;

const ARTIFACT: &str =
    "SELECT artifacts.id, artifacts.sequence_id, sequences.name AS sequence, artifact_types.name AS type_name,
         sequences.project_id, projects.name AS project, projects.entity_id, entities.name AS entity, projects.visibility,
         entities.members_delete_artifacts, artifacts.state, own.version_index, artifacts.digest, artifacts.description, artifacts.metadata,
         artifacts.history_step, artifacts.ttl_seconds, artifacts.commit_hash, artifacts.size_bytes, artifacts.file_count,
         artifacts.run_id, artifacts.created_by, artifacts.created_at, artifacts.updated_at
    FROM artifacts
    JOIN artifact_collections AS sequences ON sequences.id = artifacts.sequence_id
    JOIN artifact_types ON artifact_types.id = sequences.type_id
    JOIN projects ON projects.id = sequences.project_id
    JOIN entities ON entities.id = projects.entity_id
    LEFT JOIN artifact_memberships AS own
           ON own.artifact_id = artifacts.id AND own.collection_id = artifacts.sequence_id";

pub(super) const COLLECTION: &str = "SELECT artifact_collections.id, artifact_collections.kind, artifact_collections.name,
         artifact_collections.description, artifact_collections.type_id, artifact_types.name AS type_name,
         artifact_collections.project_id, projects.name AS project, projects.entity_id, entities.name AS entity,
         projects.visibility, entities.members_delete_artifacts, projects.registry, artifact_collections.created_by, artifact_collections.created_at,
         artifact_collections.updated_at, artifact_collections.deleted_at
    FROM artifact_collections
    JOIN artifact_types ON artifact_types.id = artifact_collections.type_id
    JOIN projects ON projects.id = artifact_collections.project_id
    JOIN entities ON entities.id = projects.entity_id";

const TYPE: &str = "SELECT id, project_id, name, description, created_at FROM artifact_types";
pub(super) const MEMBERSHIP: &str =
    "SELECT artifact_memberships.id, artifact_memberships.collection_id, artifact_memberships.artifact_id,
         artifact_memberships.version_index, artifact_memberships.created_at FROM artifact_memberships";

pub(super) fn visibility(row: &Row<'_>) -> Result<Visibility> {
    let text: String = row.get("visibility")?;
    Visibility::parse(&text).ok_or_else(|| Error::internal(format!("projects.visibility holds {text}")))
}

fn artifact(row: &Row<'_>) -> Result<Artifact> {
    let state: String = row.get("state")?;
    Ok(Artifact {
        id: row.get("id")?,
        sequence_id: row.get("sequence_id")?,
        sequence: row.get("sequence")?,
        type_name: row.get("type_name")?,
        project_id: row.get("project_id")?,
        project: row.get("project")?,
        entity_id: row.get("entity_id")?,
        entity: row.get("entity")?,
        visibility: visibility(row)?,
        open_to_members: row.get("members_delete_artifacts")?,
        state: State::parse(&state).ok_or_else(|| Error::internal(format!("artifacts.state holds {state}")))?,
        version_index: row.get("version_index")?,
        digest: row.get("digest")?,
        description: row.get("description")?,
        metadata: row.get("metadata")?,
        history_step: row.get("history_step")?,
        ttl_seconds: row.get("ttl_seconds")?,
        commit_hash: row.get("commit_hash")?,
        size_bytes: row.get("size_bytes")?,
        file_count: row.get("file_count")?,
        run_id: row.get("run_id")?,
        created_by: row.get("created_by")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

pub(super) fn collection(row: &Row<'_>) -> Result<Collection> {
    let kind: String = row.get("kind")?;
    Ok(Collection {
        id: row.get("id")?,
        kind: CollectionKind::parse(&kind).ok_or_else(|| Error::internal(format!("artifact_collections.kind holds {kind}")))?,
        name: row.get("name")?,
        description: row.get("description")?,
        type_id: row.get("type_id")?,
        type_name: row.get("type_name")?,
        project_id: row.get("project_id")?,
        project: row.get("project")?,
        entity_id: row.get("entity_id")?,
        entity: row.get("entity")?,
        visibility: visibility(row)?,
        open_to_members: row.get("members_delete_artifacts")?,
        in_registry: row.get("registry")?,
        created_by: row.get("created_by")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
        is_deleted: row.get::<Option<Timestamp>>("deleted_at")?.is_some(),
    })
}

fn artifact_type(row: &Row<'_>) -> Result<ArtifactType> {
    Ok(ArtifactType {
        id: row.get("id")?,
        project_id: row.get("project_id")?,
        name: row.get("name")?,
        description: row.get("description")?,
        created_at: row.get("created_at")?,
    })
}

pub(super) fn membership(row: &Row<'_>) -> Result<Membership> {
    Ok(Membership {
        id: row.get("id")?,
        collection_id: row.get("collection_id")?,
        artifact_id: row.get("artifact_id")?,
        version_index: row.get("version_index")?,
        created_at: row.get("created_at")?,
    })
}

fn alias(row: &Row<'_>) -> Result<Alias> {
    Ok(Alias { id: row.get("id")?, collection_id: row.get("collection_id")?, name: row.get("alias")? })
}

fn tag(row: &Row<'_>) -> Result<Tag> {
    Ok(Tag { id: row.get("id")?, name: row.get("name")? })
}

// Types

pub(super) fn type_by_name(db: &Reader, project: ProjectId, name: &str) -> Result<Option<ArtifactType>> {
    db.query_opt(&format!("{TYPE} WHERE project_id = ?1 AND name = ?2"), &[&project, &name], artifact_type)
}

pub(super) fn type_by_id(db: &Reader, id: ArtifactTypeId) -> Result<ArtifactType> {
    db.query_one(&format!("{TYPE} WHERE id = ?1"), &[&id], artifact_type)
}

pub(super) fn ensure_type(tx: &Tx, project: ProjectId, name: &str, description: &str, now: Timestamp) -> Result<ArtifactType> {
    tx.execute(
        "INSERT INTO artifact_types (project_id, name, description, created_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (project_id, name) DO NOTHING",
        &[&project, &name, &description, &now],
    )?;
    tx.query_one(&format!("{TYPE} WHERE project_id = ?1 AND name = ?2"), &[&project, &name], artifact_type)
}

pub(super) fn types(db: &Reader, project: ProjectId, after: &str, limit: usize) -> Result<Vec<ArtifactType>> {
    let sql = format!("{TYPE} WHERE project_id = ?1 AND name > ?2 ORDER BY name LIMIT ?3");
    db.query(&sql, &[&project, &after, &(limit as i64)], artifact_type)
}

// Collections

pub(super) fn collection_by_id(db: &Reader, id: CollectionId) -> Result<Option<Collection>> {
    let sql = format!("{COLLECTION} WHERE artifact_collections.id = ?1 AND projects.deleted_at IS NULL");
    db.query_opt(&sql, &[&id], collection)
}

pub(super) fn collection_by_name(db: &Reader, project: ProjectId, name: &str) -> Result<Option<Collection>> {
    let sql = format!(
        "{COLLECTION} WHERE artifact_collections.project_id = ?1 AND artifact_collections.name = ?2
            AND artifact_collections.deleted_at IS NULL"
    );
    db.query_opt(&sql, &[&project, &name], collection)
}

pub(super) fn insert_collection(
    tx: &Tx,
    kind: CollectionKind,
    artifact_type: &ArtifactType,
    name: &str,
    author: Option<AccountId>,
    now: Timestamp,
) -> Result<CollectionId> {
    tx.query_one(
        "INSERT INTO artifact_collections (project_id, type_id, kind, name, created_by, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6) RETURNING id",
        &[&artifact_type.project_id, &artifact_type.id, &kind.as_str(), &name, &author, &now],
        |row| row.get("id"),
    )
}

/// The number of the next version of a collection; it is taken.
pub(super) fn next_index(tx: &Tx, collection: CollectionId, now: Timestamp) -> Result<i64> {
    tx.query_one(
        "UPDATE artifact_collections SET next_index = next_index + 1, updated_at = ?2 WHERE id = ?1
         RETURNING next_index - 1 AS taken",
        &[&collection, &now],
        |row| row.get("taken"),
    )
}

// Versions

/// The version with this id, or the one that it was merged into.
pub(super) fn by_id(db: &Reader, id: ArtifactId) -> Result<Option<Artifact>> {
    let sql = format!(
        "{ARTIFACT} WHERE artifacts.id = (SELECT COALESCE(merged_into, id) FROM artifacts WHERE id = ?1)
            AND projects.deleted_at IS NULL"
    );
    db.query_opt(&sql, &[&id], artifact)
}

pub(super) fn by_ids(db: &Reader, ids: &[ArtifactId]) -> Result<Vec<Artifact>> {
    let sql = format!("{ARTIFACT} WHERE artifacts.id IN ({})", list_of(1, ids.len()));
    let values: Vec<&dyn ToValue> = ids.iter().map(|id| id as &dyn ToValue).collect();
    let found = db.query(&sql, &values, artifact)?;
    Ok(ids.iter().filter_map(|id| found.iter().find(|artifact| artifact.id == *id).cloned()).collect())
}

/// The newest committed version of a sequence with this digest.
pub(super) fn committed_with_digest(db: &Reader, sequence: CollectionId, digest: &str) -> Result<Option<ArtifactId>> {
    db.query_opt(
        "SELECT id FROM artifacts WHERE sequence_id = ?1 AND state = 'committed' AND digest = ?2 ORDER BY id DESC LIMIT 1",
        &[&sequence, &digest],
        |row| row.get("id"),
    )
}

/// The version that several processes are making together under this name.
pub(super) fn pending_together(db: &Reader, sequence: CollectionId, name: &str) -> Result<Option<ArtifactId>> {
    db.query_opt(
        "SELECT id FROM artifacts WHERE sequence_id = ?1 AND state = 'pending' AND distributed_id = ?2 ORDER BY id LIMIT 1",
        &[&sequence, &name],
        |row| row.get("id"),
    )
}

/// What a version begins with.
pub(super) struct Draft<'a> {
    pub sequence: CollectionId,
    pub digest: &'a str,
    pub description: Option<&'a str>,
    pub metadata: Option<&'a str>,
    pub history_step: Option<i64>,
    pub ttl_seconds: Option<i64>,
    pub distributed_id: Option<&'a str>,
    /// A JSON list of aliases.
    pub wanted: &'a str,
    pub commit_hash: &'a str,
    pub deduplicate: bool,
    pub run: Option<RunId>,
    pub author: Option<AccountId>,
}

pub(super) fn insert(tx: &Tx, draft: &Draft<'_>, now: Timestamp) -> Result<ArtifactId> {
    tx.query_one(
        "INSERT INTO artifacts (sequence_id, state, digest, description, metadata, history_step, ttl_seconds, distributed_id,
           wanted, commit_hash, deduplicate, run_id, created_by, created_at, updated_at)
         VALUES (?1, 'pending', ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?13) RETURNING id",
        &[
            &draft.sequence,
            &draft.digest,
            &draft.description,
            &draft.metadata,
            &draft.history_step,
            &draft.ttl_seconds,
            &draft.distributed_id,
            &draft.wanted,
            &draft.commit_hash,
            &draft.deduplicate,
            &draft.run,
            &draft.author,
            &now,
        ],
        |row| row.get("id"),
    )
}

pub(super) fn wanted(db: &Reader, id: ArtifactId) -> Result<String> {
    db.query_one("SELECT wanted FROM artifacts WHERE id = ?1", &[&id], |row| row.get("wanted"))
}

/// Whether a version with the same files may be taken instead of this one.
pub(super) fn deduplicates(db: &Reader, id: ArtifactId) -> Result<bool> {
    db.query_one("SELECT deduplicate FROM artifacts WHERE id = ?1", &[&id], |row| row.get("deduplicate"))
}

/// Another version stands for this draft from now on.
pub(super) fn merge(tx: &Tx, id: ArtifactId, into: ArtifactId, now: Timestamp) -> Result<()> {
    tx.execute("UPDATE artifacts SET state = 'deleted', merged_into = ?2, updated_at = ?3 WHERE id = ?1", &[&id, &into, &now])?;
    tx.execute("UPDATE artifact_client_ids SET artifact_id = ?2 WHERE artifact_id = ?1", &[&id, &into])?;
    tx.execute(
        "INSERT INTO artifact_tags (artifact_id, name) SELECT ?2, name FROM artifact_tags WHERE artifact_id = ?1
         ON CONFLICT (artifact_id, name) DO NOTHING",
        &[&id, &into],
    )?;
    Ok(())
}

pub(super) fn set_wanted(tx: &Tx, id: ArtifactId, wanted: &str) -> Result<()> {
    tx.execute("UPDATE artifacts SET wanted = ?2 WHERE id = ?1", &[&id, &wanted])?;
    Ok(())
}

/// The state of a version, which is all that many files of it ask for.
pub(super) fn state(db: &Reader, id: ArtifactId) -> Result<Option<State>> {
    let found = db.query_opt("SELECT state FROM artifacts WHERE id = ?1", &[&id], |row| row.get::<String>("state"))?;
    Ok(found.and_then(|text| State::parse(&text)))
}

/// How exactly it is known when something last arrived for a version.
const TOUCH_EVERY: Duration = Duration::from_secs(60);

/// Notes that something of a version has arrived, so that it is not taken for given up.
pub(super) fn touch(tx: &Tx, id: ArtifactId, now: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE artifacts SET updated_at = ?2 WHERE id = ?1 AND updated_at < ?3",
        &[&id, &now, &now.minus(TOUCH_EVERY)],
    )?;
    Ok(())
}

pub(super) fn set_committed(tx: &Tx, id: ArtifactId, digest: &str, size: i64, files: i64, now: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE artifacts SET state = 'committed', digest = ?2, size_bytes = ?3, file_count = ?4, updated_at = ?5 WHERE id = ?1",
        &[&id, &digest, &size, &files, &now],
    )?;
    Ok(())
}

// Client ids

pub(super) fn name_by_client(
    tx: &Tx,
    client_id: &str,
    artifact: Option<ArtifactId>,
    sequence: Option<CollectionId>,
) -> Result<()> {
    tx.execute(
        "INSERT INTO artifact_client_ids (client_id, artifact_id, sequence_id) VALUES (?1, ?2, ?3)
         ON CONFLICT (client_id) DO NOTHING",
        &[&client_id, &artifact, &sequence],
    )?;
    Ok(())
}

pub(super) fn by_client_id(db: &Reader, client_id: &str) -> Result<Option<(Option<ArtifactId>, Option<CollectionId>)>> {
    db.query_opt("SELECT artifact_id, sequence_id FROM artifact_client_ids WHERE client_id = ?1", &[&client_id], |row| {
        Ok((row.get("artifact_id")?, row.get("sequence_id")?))
    })
}

/// The newest version of a sequence, be it still on its way.
pub(super) fn newest_of(db: &Reader, sequence: CollectionId) -> Result<Option<ArtifactId>> {
    db.query_opt(
        "SELECT id FROM artifacts WHERE sequence_id = ?1 AND state <> 'deleted' ORDER BY id DESC LIMIT 1",
        &[&sequence],
        |row| row.get("id"),
    )
}

// Memberships and aliases

pub(super) fn insert_membership(
    tx: &Tx,
    collection: CollectionId,
    artifact: ArtifactId,
    index: i64,
    author: Option<AccountId>,
    now: Timestamp,
) -> Result<MembershipId> {
    tx.query_one(
        "INSERT INTO artifact_memberships (collection_id, artifact_id, version_index, created_by, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5) RETURNING id",
        &[&collection, &artifact, &index, &author, &now],
        |row| row.get("id"),
    )
}

pub(super) fn membership_of(db: &Reader, collection: CollectionId, artifact: ArtifactId) -> Result<Option<Membership>> {
    let sql = format!("{MEMBERSHIP} WHERE collection_id = ?1 AND artifact_id = ?2");
    db.query_opt(&sql, &[&collection, &artifact], membership)
}

pub(super) fn memberships(db: &Reader, artifact: ArtifactId) -> Result<Vec<Membership>> {
    db.query(&format!("{MEMBERSHIP} WHERE artifact_id = ?1 ORDER BY id"), &[&artifact], membership)
}

pub(super) fn membership_by_index(db: &Reader, collection: CollectionId, index: i64) -> Result<Option<Membership>> {
    db.query_opt(&format!("{MEMBERSHIP} WHERE collection_id = ?1 AND version_index = ?2"), &[&collection, &index], membership)
}

pub(super) fn membership_by_alias(db: &Reader, collection: CollectionId, alias: &str) -> Result<Option<Membership>> {
    let sql = format!(
        "{MEMBERSHIP} JOIN artifact_aliases ON artifact_aliases.membership_id = artifact_memberships.id
          WHERE artifact_aliases.collection_id = ?1 AND artifact_aliases.alias = ?2"
    );
    db.query_opt(&sql, &[&collection, &alias], membership)
}

/// Members of a collection by number, after (or before) this one.
pub(super) fn members(
    db: &Reader,
    collection: CollectionId,
    ascending: bool,
    beyond: Option<i64>,
    limit: usize,
) -> Result<Vec<Membership>> {
    let (sign, direction) = if ascending { (">", "ASC") } else { ("<", "DESC") };
    let beyond = beyond.unwrap_or(if ascending { -1 } else { i64::MAX });
    let sql = format!(
        "{MEMBERSHIP} WHERE collection_id = ?1 AND version_index {sign} ?2 ORDER BY version_index {direction} LIMIT ?3"
    );
    db.query(&sql, &[&collection, &beyond, &(limit as i64)], membership)
}

pub(super) fn member_count(db: &Reader, collection: CollectionId) -> Result<i64> {
    db.query_one("SELECT COUNT(*) AS members FROM artifact_memberships WHERE collection_id = ?1", &[&collection], |row| {
        row.get("members")
    })
}

/// Moves an alias of a collection to this member.
pub(super) fn set_alias(
    tx: &Tx,
    collection: CollectionId,
    membership: MembershipId,
    alias: &str,
    now: Timestamp,
) -> Result<()> {
    tx.execute(
        "INSERT INTO artifact_aliases (collection_id, membership_id, alias, created_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (collection_id, alias) DO UPDATE SET membership_id = excluded.membership_id, created_at = excluded.created_at",
        &[&collection, &membership, &alias, &now],
    )?;
    Ok(())
}

/// Takes an alias from a member; whether it had it.
pub(super) fn remove_alias(tx: &Tx, membership: MembershipId, alias: &str) -> Result<bool> {
    Ok(tx.execute("DELETE FROM artifact_aliases WHERE membership_id = ?1 AND alias = ?2", &[&membership, &alias])? > 0)
}

pub(super) fn aliases_of_membership(db: &Reader, membership: MembershipId) -> Result<Vec<Alias>> {
    db.query(
        "SELECT id, collection_id, alias FROM artifact_aliases WHERE membership_id = ?1 ORDER BY id",
        &[&membership],
        alias,
    )
}

pub(super) fn aliases(db: &Reader, collection: CollectionId, after: &str, limit: usize) -> Result<Vec<Alias>> {
    db.query(
        "SELECT id, collection_id, alias FROM artifact_aliases WHERE collection_id = ?1 AND alias > ?2 ORDER BY alias LIMIT ?3",
        &[&collection, &after, &(limit as i64)],
        alias,
    )
}

// Tags

pub(super) fn add_tag(tx: &Tx, artifact: ArtifactId, name: &str) -> Result<()> {
    tx.execute(
        "INSERT INTO artifact_tags (artifact_id, name) VALUES (?1, ?2) ON CONFLICT (artifact_id, name) DO NOTHING",
        &[&artifact, &name],
    )?;
    Ok(())
}

pub(super) fn tags(db: &Reader, artifact: ArtifactId) -> Result<Vec<Tag>> {
    db.query("SELECT id, name FROM artifact_tags WHERE artifact_id = ?1 ORDER BY id", &[&artifact], tag)
}

pub(super) fn collection_tags(db: &Reader, collection: CollectionId) -> Result<Vec<Tag>> {
    db.query("SELECT id, name FROM artifact_collection_tags WHERE collection_id = ?1 ORDER BY id", &[&collection], tag)
}
