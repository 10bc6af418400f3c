//! Versions of many collections at once, as registries are searched.

use std::collections::HashMap;

use super::filter::Filter;
use super::listing::{self, Place, collection_values, version_values};
use super::model::Membership;
use super::{search_store, store};
use crate::db::Reader;
use crate::error::{Error, Result};
use crate::id::CollectionId;
use crate::page::{Cursor, Page};

/// Rows that are read at one time.
const BATCH: usize = 500;

/// What places of versions are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MemberKey {
    /// As they were linked.
    Id,
    /// When the version was logged.
    CreatedAt,
    Size,
    LinkedAt,
}

/// The order of places; what was linked last comes first unless somebody says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberOrder {
    pub(super) key: MemberKey,
    pub(super) ascending: bool,
}

impl MemberOrder {
    /// Reads `created_at`, `-artifact_size`, `linked_at` and their like.
    pub fn parse(text: Option<&str>) -> Result<Self> {
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            return Ok(Self { key: MemberKey::Id, ascending: false });
        };
        let (ascending, key) = listing::direction(text);
        let key = match key {
            "created_at" | "createdAt" | "artifact_created_at" => MemberKey::CreatedAt,
            "size" | "artifact_size" => MemberKey::Size,
            "linked_at" | "acm_created_at" => MemberKey::LinkedAt,
            _ => {
                return Err(Error::invalid(format!(
                    "versions are ordered by created_at, artifact_size or linked_at, not by '{key}'"
                )));
            }
        };
        Ok(Self { key, ascending })
    }
}

/// The places of versions in the collections of a place that pass `collections`, themselves passing `versions`.
pub fn member_page(
    db: &Reader,
    place: &Place,
    (collections, versions): (&Filter, &Filter),
    order: MemberOrder,
    after: Option<&str>,
    first: usize,
) -> Result<Page<Membership>> {
    let mut after: Option<(i64, i64)> = after.map(Cursor::decode).transpose()?;
    let mut fitting: HashMap<CollectionId, bool> = HashMap::new();
    let mut found = Vec::new();
    let limit = BATCH.max(first + 1);
    while found.len() <= first {
        let batch = search_store::members(db, place, order, after, limit)?;
        let is_last = batch.len() < limit;
        after = batch.last().map(|(at, _)| *at);
        let ids: Vec<_> = batch.iter().map(|(_, member)| member.artifact_id).collect();
        let looked_at = if versions.is_all() { Vec::new() } else { store::by_ids(db, &ids)? };
        for (index, (at, member)) in batch.into_iter().enumerate() {
            if !fits(db, &mut fitting, collections, member.collection_id)? {
                continue;
            }
            let passes = match looked_at.get(index) {
                Some(version) => versions.accepts(&|field: &str| version_values(db, &member, version, field))?,
                None => true,
            };
            if passes {
                found.push((at, member));
            }
        }
        if is_last {
            break;
        }
    }
    let page = listing::page(found, first, |(at, _)| Cursor::encode(at));
    let items = page.items.into_iter().map(|(cursor, (_, member))| (cursor, member)).collect();
    Ok(Page { items, has_next: page.has_next })
}

/// Whether a collection passes; each is asked once.
fn fits(db: &Reader, known: &mut HashMap<CollectionId, bool>, filter: &Filter, id: CollectionId) -> Result<bool> {
    if filter.is_all() {
        return Ok(true);
    }
    if let Some(fits) = known.get(&id) {
        return Ok(*fits);
    }
    let fits = match store::collection_by_id(db, id)? {
        Some(collection) => filter.accepts(&|field: &str| collection_values(db, &collection, field))?,
        None => false,
    };
    known.insert(id, fits);
    Ok(fits)
}
