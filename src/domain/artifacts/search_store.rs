//! Places of versions in the collections of many projects.

use super::listing::Place;
use super::model::Membership;
use super::search::{MemberKey, MemberOrder};
use super::store;
use crate::db::{Reader, Value};
use crate::error::Result;

/// In an order, each with its place in it, after one of them.
pub(super) fn members(
    db: &Reader,
    place: &Place,
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
    let (mut scope, mut values) = store::scope(place);
    if let Some((value, id)) = after {
        values.extend([Value::Int(value), Value::Int(id)]);
        let (value, id) = (values.len() - 1, values.len());
        scope.push_str(&format!(" AND ({column}, artifact_memberships.id) {sign} (?{value}, ?{id})"));
    }
    values.push(Value::Int(limit as i64));
    let sql = format!(
        "SELECT artifact_memberships.id, artifact_memberships.collection_id, artifact_memberships.artifact_id,
             artifact_memberships.version_index, artifact_memberships.created_at, {column} AS place
           FROM artifact_collections
           JOIN artifact_memberships ON artifact_memberships.collection_id = artifact_collections.id
           JOIN artifacts ON artifacts.id = artifact_memberships.artifact_id
          WHERE {scope} ORDER BY {column} {direction}, artifact_memberships.id {direction} LIMIT ?{}",
        values.len()
    );
    db.query(&sql, &store::references(&values), |row| {
        let member = store::membership(row)?;
        Ok(((row.get("place")?, member.id.get()), member))
    })
}
