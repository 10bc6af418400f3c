//! Charts that people drew themselves, kept under `entity/name`.

mod store;

use serde_json::json;

use crate::db::{Reader, Tx};
use crate::domain::{Call, audit, teams};
use crate::error::{Error, Result};
use crate::json::Json;
use crate::policy::{self, Action, Target};

/// A chart to keep.
#[derive(Clone, Copy, Debug)]
pub struct NewChart<'a> {
    pub entity: &'a str,
    pub name: &'a str,
    pub display_name: &'a str,
    /// The language of the specification; `vega2` is the one there is.
    pub kind: &'a str,
    /// `PUBLIC` or `PRIVATE`.
    pub access: &'a str,
    /// The specification, as JSON text.
    pub spec: &'a str,
}

/// A kept chart.
#[derive(Clone, Debug)]
pub struct Chart {
    pub display_name: String,
    pub kind: String,
    /// The specification, as JSON text.
    pub spec: String,
}

/// The chart `entity/name`. A public one is for everybody who is signed in, a private one for those who see its entity; for
/// others there is none.
pub fn find(db: &Reader, call: &Call, entity: &str, name: &str) -> Result<Option<Chart>> {
    call.actor.signed_in()?;
    let Some(entity) = teams::entity_by_name(db, entity)? else { return Ok(None) };
    let Some((access, chart)) = store::find(db, entity.id, name)? else { return Ok(None) };
    let is_seen = access == "PUBLIC" || policy::allows(&call.actor, Action::Read, &Target::Entity(entity.id));
    Ok(is_seen.then_some(chart))
}

/// Keeps a chart, in place of the one that had its name; returns `entity/name`.
pub fn create(tx: &Tx, call: &Call, chart: &NewChart<'_>) -> Result<String> {
    let entity = teams::entity_by_name(tx, chart.entity)?;
    let entity = entity.ok_or_else(|| Error::not_found(format!("entity '{}'", chart.entity)))?;
    policy::require(&call.actor, Action::Write, &Target::Entity(entity.id))?;
    if chart.name.is_empty() || chart.name.contains('/') {
        return Err(Error::invalid("a chart needs a name without a slash"));
    }
    if chart.kind != "vega2" {
        return Err(Error::invalid(format!("'{}' is no kind of chart that this server draws: vega2", chart.kind)));
    }
    let access = chart.access.to_uppercase();
    if !["PUBLIC", "PRIVATE"].contains(&access.as_str()) {
        return Err(Error::invalid(format!("the access of a chart is PUBLIC or PRIVATE, not '{}'", chart.access)));
    }
    Json::parse_map(chart.spec).map_err(|error| Error::invalid(format!("spec: {error}")))?;
    let id = store::upsert(tx, entity.id, chart, &access, call.actor.author(), call.now)?;
    audit::record(tx, call, "chart.create", "chart", id, chart.name, &json!({}))?;
    Ok(format!("{}/{}", entity.name, chart.name))
}
