//! Changes of collections: name, words about them, type, tags.

use serde_json::json;

use super::model::{Collection, CollectionKind, Tag};
use super::{editing_store, lookup, names, store};
use crate::db::Tx;
use crate::domain::{Call, audit, projects};
use crate::error::{Error, Result};
use crate::id::CollectionId;
use crate::policy::{self, Action};

/// Changes what is given of a collection. Its versions and aliases stay.
pub fn update_collection(
    tx: &Tx,
    call: &Call,
    id: CollectionId,
    kind: CollectionKind,
    name: Option<&str>,
    description: Option<&str>,
) -> Result<Collection> {
    let collection = writable(tx, call, id, kind)?;
    let name = name.filter(|name| *name != collection.name);
    if let Some(name) = name {
        names::check_collection(name)?;
        if store::collection_by_name(tx, collection.project_id, name)?.is_some() {
            return Err(Error::conflict(format!("there is an artifact '{name}' in this project already; choose another name")));
        }
    }
    let description = description.unwrap_or(&collection.description);
    editing_store::update_collection(tx, id, name.unwrap_or(&collection.name), description, call.now)?;
    let details = json!({ "name": name, "was": collection.name });
    audit::record(tx, call, "artifact.update_collection", "artifact", id.get(), &collection.name, &details)?;
    again(tx, id)
}

/// Gives a sequence another type, made if it is not there yet.
pub fn move_collection(tx: &Tx, call: &Call, id: CollectionId, type_name: &str) -> Result<Collection> {
    let collection = writable(tx, call, id, CollectionKind::Sequence)?;
    names::check_type(type_name)?;
    let wanted = store::ensure_type(tx, collection.project_id, type_name, "", call.now)?;
    editing_store::set_type(tx, id, wanted.id, call.now)?;
    let details = json!({ "type": type_name, "was": collection.type_name });
    audit::record(tx, call, "artifact.move", "artifact", id.get(), &collection.name, &details)?;
    again(tx, id)
}

fn writable(tx: &Tx, call: &Call, id: CollectionId, kind: CollectionKind) -> Result<Collection> {
    let found = lookup::get_collection(tx, call, id)?.filter(|found| found.kind == kind);
    let collection = found.ok_or_else(|| Error::not_found("artifact collection"))?;
    policy::require(&call.actor, Action::Write, &collection.project_target())?;
    Ok(collection)
}

fn again(tx: &Tx, id: CollectionId) -> Result<Collection> {
    store::collection_by_id(tx, id)?.ok_or_else(|| Error::not_found("artifact collection"))
}

/// Puts tags on a collection, or takes them off; the tags it has then.
pub fn tag_collection(
    tx: &Tx,
    call: &Call,
    (entity, project, name): (&str, &str, &str),
    tags: &[String],
    add: bool,
) -> Result<Vec<Tag>> {
    let project = projects::find(tx, call, entity, project)?.ok_or_else(|| Error::not_found("project"))?;
    policy::require(&call.actor, Action::Write, &project.target())?;
    let collection = store::collection_by_name(tx, project.id, name)?;
    let collection = collection.ok_or_else(|| Error::not_found(format!("artifact {name}")))?;
    let tags = names::tags(tags)?;
    for tag in &tags {
        editing_store::tag_collection(tx, collection.id, tag, add)?;
    }
    let action = if add { "artifact.tag_collection" } else { "artifact.untag_collection" };
    audit::record(tx, call, action, "artifact", collection.id.get(), name, &json!({ "tags": tags }))?;
    store::collection_tags(tx, collection.id)
}
