//! Versions of many collections at once, as registries are searched.

use super::filter::Filter;
use super::listing::{self, Place};
use super::listing_store;
use super::model::Membership;
use crate::db::Reader;
use crate::error::{Error, Result};
use crate::page::{Cursor, Page};

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
    filters: (&Filter, &Filter),
    order: MemberOrder,
    after: Option<&str>,
    first: usize,
) -> Result<Page<Membership>> {
    let after: Option<(i64, i64)> = after.map(Cursor::decode).transpose()?;
    let found = listing_store::places(db, place, filters, order, after, first + 1)?;
    let page = listing::page(found, first, |(at, _)| Cursor::encode(at));
    let items = page.items.into_iter().map(|(cursor, (_, member))| (cursor, member)).collect();
    Ok(Page { items, has_next: page.has_next })
}
