//! What a table of a project's runs asks besides its pages: groups with aggregates, values of fields with counts, and the
//! fields there are.

use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::listing::{self, Listing, Refusals};
use super::projects::visible;
use crate::api::{App, Caller, answer};
use crate::db::Reader;
use crate::domain::runs::filter::Filter;
use crate::domain::runs::query::{self, Grouping};
use crate::error::{Error, Result};

/// Facets of one request: each reads all runs that the filter means.
const FACETS_MAX: usize = 20;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/projects/{entity}/{project}/run-groups", web::get().to(groups))
        .route("/projects/{entity}/{project}/run-facets", web::get().to(facets))
        .route("/projects/{entity}/{project}/run-fields", web::get().to(fields));
}

/// What the numbers of a field say together; booleans are 0 and 1.
#[derive(Serialize, ToSchema)]
struct Aggregate {
    /// The field, as it was asked for.
    field: String,
    /// How many runs have a number there.
    count: i64,
    mean: Option<f64>,
    min: Option<f64>,
    max: Option<f64>,
    /// The standard deviation.
    deviation: Option<f64>,
}

impl Aggregate {
    fn of(field: &str, numbers: query::Aggregate) -> Self {
        let query::Aggregate { count, mean, min, max, deviation } = numbers;
        Self { field: field.to_owned(), count, mean, min, max, deviation }
    }
}

/// Runs with the same values.
#[derive(Serialize, ToSchema)]
struct Group {
    /// A number, text or null for each field that was grouped by.
    values: Vec<Value>,
    runs: i64,
    aggregates: Vec<Aggregate>,
}

/// How runs are to be grouped.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Grouped {
    /// Which runs, as JSON; all if nothing is said.
    filter: Option<String>,
    /// 1 to 4 fields with commas between them: `state,config.optimizer`.
    by: String,
    /// Numbers to tell of each group: `summary_metrics.loss,duration`.
    aggregate: Option<String>,
    /// The `next_cursor` of the page before.
    after: Option<String>,
    /// How many groups, 1 to 1000; 50 if nothing is said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// The runs of a project in groups, by ascending values; runs without a value come last.
#[utoipa::path(get, path = "/api/v1/projects/{entity}/{project}/run-groups", tag = "Runs",
    params(("entity" = String, Path), ("project" = String, Path), Grouped),
    responses((status = 200, body = Listing<Group>), Refusals))]
async fn groups(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
    asked: Query<Grouped>,
) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        let (Caller(call), (entity, project)) = (caller, path.into_inner());
        let found = visible(reader, &call, &entity, &project)?;
        let aggregates = asked.aggregate.as_deref().unwrap_or_default();
        let grouping = Grouping::parse(&asked.by, aggregates)?;
        let filter = Filter::parse(asked.filter.as_deref().unwrap_or("{}"))?;
        let size = listing::size(asked.limit)?;
        let page = query::groups(reader, found.id, &filter, &grouping, asked.after.as_deref(), size)?;
        let names: Vec<&str> = names(aggregates).collect();
        Listing::new(page, |group| {
            let aggregates = names.iter().zip(group.aggregates).map(|(name, numbers)| Aggregate::of(name, numbers));
            Ok(Group { values: values(&group.values)?, runs: group.runs, aggregates: aggregates.collect() })
        })
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// The names in a list with commas between them.
fn names(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|name| !name.is_empty())
}

fn values(common: &[query::Common]) -> Result<Vec<Value>> {
    common.iter().map(|value| serde_json::to_value(value).map_err(Error::internal)).collect()
}

/// A value and how many runs have it.
#[derive(Serialize, ToSchema)]
struct Count {
    /// A number, a text, or null for runs that have none.
    value: Value,
    runs: i64,
}

/// How runs are spread over the values of a field.
#[derive(Serialize, ToSchema)]
struct Facet {
    /// The most frequent values, the most frequent first.
    values: Vec<Count>,
    /// What its numbers say together.
    numbers: Aggregate,
}

/// Of which fields, and of which runs.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Spread {
    /// Which runs, as JSON; all if nothing is said.
    filter: Option<String>,
    /// 1 to 20 fields with commas between them: `state,tags,config.optimizer`.
    fields: String,
    /// How many values of each, 1 to 1000; 50 if nothing is said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// The values that fields have, with how many runs have them, in the order that was asked.
#[utoipa::path(get, path = "/api/v1/projects/{entity}/{project}/run-facets", tag = "Runs",
    params(("entity" = String, Path), ("project" = String, Path), Spread),
    responses((status = 200, body = Listing<Facet>), Refusals))]
async fn facets(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
    asked: Query<Spread>,
) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        let (Caller(call), (entity, project)) = (caller, path.into_inner());
        let found = visible(reader, &call, &entity, &project)?;
        let filter = Filter::parse(asked.filter.as_deref().unwrap_or("{}"))?;
        let size = listing::size(asked.limit)?;
        let names: Vec<&str> = names(&asked.fields).collect();
        if !(1..=FACETS_MAX).contains(&names.len()) {
            return Err(Error::invalid(format!("fields names 1 to {FACETS_MAX} fields, with commas between them")));
        }
        let facet = |name: &&str| {
            let query::Facet { values: found, numbers } = query::facet(reader, found.id, &filter, name, size)?;
            let (common, runs): (Vec<_>, Vec<_>) = found.into_iter().unzip();
            let counts = values(&common)?.into_iter().zip(runs).map(|(value, runs)| Count { value, runs });
            Ok(Facet { values: counts.collect(), numbers: Aggregate::of(name, numbers) })
        };
        Ok(Listing::whole(names.iter().map(facet).collect::<Result<_>>()?))
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}

/// A field that runs have in config or summary.
#[derive(Serialize, ToSchema)]
struct Field {
    /// `config` or `summary`.
    section: &'static str,
    /// Its dotted name there.
    key: String,
    /// What filters, orders and groups call it.
    name: String,
}

/// Which fields.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Search {
    /// A part of the name, in any case of letters.
    query: Option<String>,
    /// How many, 1 to 1000; 50 if nothing is said.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// The fields that runs of a project have in config and summary, by name.
#[utoipa::path(get, path = "/api/v1/projects/{entity}/{project}/run-fields", tag = "Runs",
    params(("entity" = String, Path), ("project" = String, Path), Search),
    responses((status = 200, body = Listing<Field>), Refusals))]
async fn fields(
    request: HttpRequest,
    app: Data<App>,
    caller: Caller,
    path: Path<(String, String)>,
    asked: Query<Search>,
) -> HttpResponse {
    let work = move |reader: &Reader<'_>| {
        let (Caller(call), (entity, project)) = (caller, path.into_inner());
        let found = visible(reader, &call, &entity, &project)?;
        let size = listing::size(asked.limit)?;
        let known = query::search_fields(reader, found.id, asked.query.as_deref().unwrap_or_default(), size)?;
        let field = |query::Known { section, key }| {
            let name = format!("{}.{key}", if section == "summary" { "summary_metrics" } else { section });
            Field { section, key, name }
        };
        Ok(Listing::whole(known.into_iter().map(field).collect()))
    };
    answer::json(&request, StatusCode::OK, app.db.read(work).await)
}
