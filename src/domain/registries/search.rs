//! Finding registries, their collections and the versions in them, by the client's filters.

use serde_json::{Value, json};

use crate::db::Reader;
use crate::domain::Call;
use crate::domain::artifacts::{
    self, Collection, CollectionKey, CollectionKind, CollectionOrder, Filter, MemberOrder, Membership, Place,
};
use crate::domain::projects::{self, Project};
use crate::domain::teams::{Entity, EntityKind};
use crate::error::{Error, Result};
use crate::page::{Cursor, Page};

/// Which registries are looked through.
pub struct Scope<'a> {
    /// An organization; in another entity its projects are looked through.
    pub entity: &'a Entity,
    pub registries: Filter,
}

impl<'a> Scope<'a> {
    /// Reads the filter of registries: by `id`, `name`, `entity_id`, `description`, `created_at` and `updated_at`.
    pub fn parse(entity: &'a Entity, filter: Option<&str>) -> Result<Self> {
        const FIELDS: [&str; 8] =
            ["id", "project_id", "name", "entity_id", "description", "created_at", "updated_at", "createdAt"];
        Ok(Self { entity, registries: Filter::parse(filter, |field| FIELDS.contains(&field))? })
    }

    /// The registries that the caller sees and that pass.
    fn found(&self, db: &Reader, call: &Call) -> Result<Vec<Project>> {
        let mut found = projects::all(db, call, self.entity.id)?;
        let wants_registries = self.entity.kind == EntityKind::Organization;
        found.retain(|project| project.is_registry == wants_registries);
        let mut passing = Vec::with_capacity(found.len());
        for project in found {
            if self.registries.accepts(&|field: &str| Ok(values(&project, field)))? {
                passing.push(project);
            }
        }
        Ok(passing)
    }

    fn place(&self, db: &Reader, call: &Call, kind: Option<CollectionKind>) -> Result<Place> {
        let projects = self.found(db, call)?.into_iter().map(|project| project.id).collect();
        Ok(Place { projects, of_type: None, kind })
    }
}

fn values(project: &Project, field: &str) -> Vec<Value> {
    vec![match field {
        "id" | "project_id" => json!(project.id.get()),
        "name" => json!(project.name),
        "entity_id" => json!(project.entity_id.get()),
        "description" => json!(project.description),
        "created_at" | "createdAt" => json!(project.created_at.to_string()),
        "updated_at" => json!(project.updated_at.to_string()),
        _ => Value::Null,
    }]
}

/// Registries, a page at a time. There are few, so that all are looked at.
pub fn page(
    db: &Reader,
    call: &Call,
    scope: &Scope<'_>,
    order: CollectionOrder,
    after: Option<&str>,
    first: usize,
) -> Result<Page<Project>> {
    let after: Option<(String, i64, i64)> = after.map(Cursor::decode).transpose()?;
    let mut found: Vec<_> = scope.found(db, call)?.into_iter().map(|project| (at(order, &project), project)).collect();
    found.sort_by(|(one, _), (other, _)| if order.ascending { one.cmp(other) } else { other.cmp(one) });
    if let Some(after) = after {
        found.retain(|(at, _)| if order.ascending { *at > after } else { *at < after });
    }
    let has_next = found.len() > first;
    found.truncate(first);
    Ok(Page { items: found.into_iter().map(|(at, project)| (Cursor::encode(&at), project)).collect(), has_next })
}

/// The place of a registry in an order.
fn at(order: CollectionOrder, project: &Project) -> (String, i64, i64) {
    let id = project.id.get();
    match order.key {
        CollectionKey::Id => (String::new(), id, id),
        CollectionKey::Name => (project.name.clone(), 0, id),
        CollectionKey::CreatedAt => (String::new(), project.created_at.micros(), id),
        CollectionKey::UpdatedAt => (String::new(), project.updated_at.micros(), id),
    }
}

/// Collections of registries, and how many there are.
pub fn collections(
    db: &Reader,
    call: &Call,
    (scope, kinds): (&Scope<'_>, &[CollectionKind]),
    filter: &Filter,
    order: CollectionOrder,
    after: Option<&str>,
    first: usize,
) -> Result<(Page<Collection>, i64)> {
    let kind = match kinds {
        [] | [CollectionKind::Sequence, CollectionKind::Portfolio] | [CollectionKind::Portfolio, CollectionKind::Sequence] => {
            None
        }
        [kind] => Some(*kind),
        _ => return Err(Error::invalid("name each type of collections once")),
    };
    let place = scope.place(db, call, kind)?;
    artifacts::collection_page(db, &place, filter, order, after, first)
}

/// The places of versions in collections of registries.
pub fn versions(
    db: &Reader,
    call: &Call,
    scope: &Scope<'_>,
    filters: (&Filter, &Filter),
    order: MemberOrder,
    after: Option<&str>,
    first: usize,
) -> Result<Page<Membership>> {
    let kind = (scope.entity.kind == EntityKind::Organization).then_some(CollectionKind::Portfolio);
    let place = scope.place(db, call, kind)?;
    artifacts::member_page(db, &place, filters, order, after, first)
}
