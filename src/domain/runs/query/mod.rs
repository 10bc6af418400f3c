//! Lists of runs: filtered, ordered, grouped, in pages that neither skip nor repeat while runs come and go.

mod groups;
mod sql;
pub(super) mod store;

pub use groups::{Aggregate, Common, Facet, Group, Grouping, Known, facet, groups, search_fields};

use super::filter::Filter;
use super::order::Order;
use crate::db::Reader;
use crate::error::Result;
use crate::id::{ProjectId, RunId};
use crate::page::{Cursor, Page};
use store::Place;

/// The runs of a project that the filter means, in this order, after the place that a cursor names.
pub fn page(
    db: &Reader,
    project: ProjectId,
    filter: &Filter,
    order: &Order,
    after: Option<&str>,
    first: usize,
) -> Result<Page<RunId>> {
    let after: Option<Place> = after.map(Cursor::decode).transpose()?;
    let mut found = store::page(db, project, filter, order, after.as_ref(), first + 1)?;
    let has_next = found.len() > first;
    found.truncate(first);
    let items = found.into_iter().map(|place| (Cursor::encode(&place), RunId::new(place.id))).collect();
    Ok(Page { items, has_next })
}

/// How many runs of a project the filter means.
pub fn count(db: &Reader, project: ProjectId, filter: &Filter) -> Result<i64> {
    store::count(db, project, filter)
}

/// How the engine means to find a first page: for the test that holds lists to their indexes.
pub fn explain(db: &Reader, project: ProjectId, filter: &Filter, order: &Order) -> Result<String> {
    store::explain(db, project, filter, order)
}
