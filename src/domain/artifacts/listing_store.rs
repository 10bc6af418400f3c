//! Lists of collections and of versions in them: filtered, ordered, in pages that go on after a place.

use serde_json::Value as Json;

use super::filter::Filter;
use super::filter_sql::condition;
use super::listing::{CollectionKey, CollectionOrder, Place, VersionOrder, collection_column, version_column};
use super::model::{Collection, Membership};
use super::search::{MemberKey, MemberOrder};
use super::store::{self, COLLECTION, MEMBERSHIP};
use crate::db::{Reader, Value, Values};
use crate::error::Result;
use crate::id::CollectionId;

/// The condition that a place and a filter of its collections are.
fn scope(place: &Place, filter: &Filter, values: &mut Values) -> Result<String> {
    let projects = values.add_all(place.projects.iter().map(|id| id as _));
    let mut scope = format!("artifact_collections.project_id IN ({projects}) AND artifact_collections.deleted_at IS NULL");
    if let Some(of_type) = place.of_type {
        scope.push_str(&format!(" AND artifact_collections.type_id = {}", values.add(&of_type)));
    }
    if let Some(kind) = place.kind {
        scope.push_str(&format!(" AND artifact_collections.kind = {}", values.add(&kind.as_str())));
    }
    scope.push_str(&passing(filter, condition(filter, collection_column, values)?));
    Ok(scope)
}

/// A filter among other conditions; one that everything passes is none.
fn passing(filter: &Filter, condition: String) -> String {
    if filter.is_all() { String::new() } else { format!(" AND ({condition})") }
}

/// Collections in an order, after the place of one in it.
pub(super) fn collections(
    db: &Reader,
    place: &Place,
    filter: &Filter,
    order: CollectionOrder,
    after: Option<&(Json, i64)>,
    limit: usize,
) -> Result<Vec<Collection>> {
    let column = match order.key {
        CollectionKey::Id => "artifact_collections.id",
        CollectionKey::Name => "artifact_collections.name",
        CollectionKey::CreatedAt => "artifact_collections.created_at",
        CollectionKey::UpdatedAt => "artifact_collections.updated_at",
    };
    let (sign, direction) = if order.ascending { (">", "ASC") } else { ("<", "DESC") };
    let mut values = Values::default();
    let mut scope = scope(place, filter, &mut values)?;
    if let Some((value, id)) = after {
        // An order by the id alone is one of its own: a pair of the same column twice is not answered by its index.
        scope.push_str(&match (order.key, value) {
            (CollectionKey::Id, _) => format!(" AND {column} {sign} {}", values.add(id)),
            (_, value) => {
                let value = match value {
                    Json::String(text) => values.add(text),
                    value => values.add(&value.as_i64().map_or(Value::Null, Value::Int)),
                };
                format!(" AND ({column}, artifact_collections.id) {sign} ({value}, {})", values.add(id))
            }
        });
    }
    let limit = values.add(&(limit as i64));
    let sql =
        format!("{COLLECTION} WHERE {scope} ORDER BY {column} {direction}, artifact_collections.id {direction} LIMIT {limit}");
    db.query(&sql, &values.bound(), store::collection)
}

/// How many collections pass.
pub(super) fn collection_count(db: &Reader, place: &Place, filter: &Filter) -> Result<i64> {
    let mut values = Values::default();
    let scope = scope(place, filter, &mut values)?;
    let sql = format!("SELECT COUNT(*) AS collections FROM artifact_collections WHERE {scope}");
    db.query_one(&sql, &values.bound(), |row| row.get("collections"))
}

/// Members of a collection whose versions pass, by number, after (or before) this one.
pub(super) fn members(
    db: &Reader,
    collection: CollectionId,
    filter: &Filter,
    order: VersionOrder,
    beyond: Option<i64>,
    limit: usize,
) -> Result<Vec<Membership>> {
    let is_ascending = order == VersionOrder::OldestFirst;
    if filter.is_all() {
        return store::members(db, collection, is_ascending, beyond, limit);
    }
    let (sign, direction) = if is_ascending { (">", "ASC") } else { ("<", "DESC") };
    let mut values = Values::default();
    let (collection, beyond) =
        (values.add(&collection), values.add(&beyond.unwrap_or(if is_ascending { -1 } else { i64::MAX })));
    let passes = condition(filter, version_column, &mut values)?;
    let limit = values.add(&(limit as i64));
    let sql = format!(
        "{MEMBERSHIP} JOIN artifacts ON artifacts.id = artifact_memberships.artifact_id
          WHERE artifact_memberships.collection_id = {collection} AND artifact_memberships.version_index {sign} {beyond}
            AND ({passes}) ORDER BY artifact_memberships.version_index {direction} LIMIT {limit}"
    );
    db.query(&sql, &values.bound(), store::membership)
}

/// How many members of a collection pass.
pub(super) fn member_count(db: &Reader, collection: CollectionId, filter: &Filter) -> Result<i64> {
    if filter.is_all() {
        return store::member_count(db, collection);
    }
    let mut values = Values::default();
    let collection = values.add(&collection);
    let passes = condition(filter, version_column, &mut values)?;
    let sql = format!(
        "SELECT COUNT(*) AS members FROM artifact_memberships JOIN artifacts ON artifacts.id = artifact_memberships.artifact_id
          WHERE artifact_memberships.collection_id = {collection} AND ({passes})"
    );
    db.query_one(&sql, &values.bound(), |row| row.get("members"))
}

/// Places of versions in the collections of many projects that pass, themselves passing: in an order, each with its place in
/// it, after one of them.
pub(super) fn places(
    db: &Reader,
    place: &Place,
    (collections, versions): (&Filter, &Filter),
    order: MemberOrder,
    after: Option<(i64, i64)>,
    limit: usize,
) -> Result<Vec<((i64, i64), Membership)>> {
    let column = match order.key {
        MemberKey::Id => "artifact_memberships.id",
        MemberKey::CreatedAt => "artifacts.created_at",
        MemberKey::Size => "artifacts.size_bytes",
        MemberKey::LinkedAt => "artifact_memberships.created_at",
    };
    let (sign, direction) = if order.ascending { (">", "ASC") } else { ("<", "DESC") };
    let mut values = Values::default();
    let mut scope = scope(place, collections, &mut values)?;
    scope.push_str(&passing(versions, condition(versions, version_column, &mut values)?));
    if let Some((value, id)) = after {
        let (value, id) = (values.add(&value), values.add(&id));
        scope.push_str(&format!(" AND ({column}, artifact_memberships.id) {sign} ({value}, {id})"));
    }
    let limit = values.add(&(limit as i64));
    let sql = format!(
        "SELECT artifact_memberships.id, artifact_memberships.collection_id, artifact_memberships.artifact_id,
             artifact_memberships.version_index, artifact_memberships.created_at, {column} AS place
           FROM artifact_collections
           JOIN artifact_memberships ON artifact_memberships.collection_id = artifact_collections.id
           JOIN artifacts ON artifacts.id = artifact_memberships.artifact_id
          WHERE {scope} ORDER BY {column} {direction}, artifact_memberships.id {direction} LIMIT {limit}"
    );
    db.query(&sql, &values.bound(), |row| {
        let member = store::membership(row)?;
        Ok(((row.get("place")?, member.id.get()), member))
    })
}
