//! The statements of lists of runs, and the index of fields they look into.

use serde::{Deserialize, Serialize};

use super::sql::{self, Lookup, Scope};
use crate::db::{Reader, Row, ToValue, Tx, Values};
use crate::domain::runs::fields::{Field as Indexed, Section};
use crate::domain::runs::filter::{Field, Filter};
use crate::domain::runs::model::RunState;
use crate::domain::runs::order::Order;
use crate::domain::runs::selection::Candidate;
use crate::error::{Error, Result};
use crate::id::{ProjectId, RunId};

/// Where a run stands in an order: for each key whether it has no value, and its number or text.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Place {
    pub keys: Vec<SortValue>,
    pub id: i64,
}

/// Whether there is no value, the number by its bits, and the text: JSON, which a cursor is made of, knows no infinities.
type SortValue = (bool, Option<u64>, Option<String>);

/// A sort key as columns: whether there is no value, the number, the text.
pub(super) struct Columns {
    missing: String,
    pub number: String,
    pub text: String,
    pub join: String,
}

/// A column of texts, with what joins its table.
pub(super) fn text_only(column: &str, join: &str) -> Columns {
    let (missing, text) = (format!("({column} IS NULL)"), column.to_owned());
    Columns { missing, number: "NULL".to_owned(), text, join: join.to_owned() }
}

/// How the value of a sort key is selected, for [`sort_value`].
pub(super) fn selected(place: usize, key: &Columns) -> String {
    format!("{} AS missing{place}, {} AS number{place}, {} AS text{place}", key.missing, key.number, key.text)
}

/// The value of a sort key in a row.
pub(super) fn sort_value(row: &Row<'_>, place: usize) -> Result<SortValue> {
    let number: Option<f64> = row.get(&format!("number{place}"))?;
    Ok((row.get(&format!("missing{place}"))?, number.map(f64::to_bits), row.get(&format!("text{place}"))?))
}

/// The columns of a sort key that differ between runs.
pub(super) fn sortable(key: &Columns) -> impl Iterator<Item = &str> {
    let all = [key.missing.as_str(), key.number.as_str(), key.text.as_str()];
    all.into_iter().filter(|column| !matches!(*column, "0" | "1" | "NULL"))
}

/// What all lists ask of a run, and the filter.
pub(super) fn listed(scope: Scope<'_>, filter: &Filter, values: &mut Values) -> Vec<String> {
    vec![
        format!("runs.project_id = {}", scope.project),
        "runs.deleted_at IS NULL".to_owned(),
        "runs.archive_of IS NULL".to_owned(),
        format!("({})", sql::condition(filter, scope, values)),
    ]
}

pub(super) fn columns(place: usize, field: &Field, project: &str, values: &mut Values) -> Columns {
    let plain = |number: &str, text: &str, missing: String| Columns {
        missing,
        number: number.to_owned(),
        text: text.to_owned(),
        join: String::new(),
    };
    match field {
        Field::Text(column) => {
            let column = sql::text_column(*column);
            plain("NULL", column, format!("({column} IS NULL)"))
        }
        Field::Time(column) => plain(sql::time_column(*column), "NULL", "0".to_owned()),
        Field::Duration => plain(sql::DURATION, "NULL", "0".to_owned()),
        Field::Tags | Field::Inputs | Field::Outputs => plain("NULL", "NULL", "1".to_owned()),
        Field::Config(names) => indexed(place, Section::Config, names, project, values),
        Field::Summary(names) => indexed(place, Section::Summary, names, project, values),
    }
}

fn indexed(place: usize, section: Section, names: &[String], project: &str, values: &mut Values) -> Columns {
    let alias = format!("k{place}");
    let section = values.add(&section.as_str());
    let name = values.add(&stored_name(names));
    Columns {
        missing: format!("({alias}.number IS NULL AND {alias}.text IS NULL)"),
        number: format!("{alias}.number"),
        text: format!("{alias}.text"),
        join: format!(
            " LEFT JOIN run_fields {alias} ON {alias}.run_id = runs.id AND {alias}.section = {section} AND {alias}.key = {name} AND {alias}.project_id = {project}"
        ),
    }
}

/// Of several spellings a run has at most one; the shortest is the one that is stored.
fn stored_name(names: &[String]) -> &str {
    names.iter().min_by_key(|name| name.len()).map_or("", String::as_str)
}

/// The statement of a page with its values.
pub(super) fn page_statement(
    project: ProjectId,
    filter: &Filter,
    order: &Order,
    after: Option<&Place>,
    limit: usize,
) -> Result<(String, Values)> {
    let mut values = Values::default();
    let id = values.add(&project);
    let keys: Vec<(Columns, bool)> =
        order.0.iter().enumerate().map(|(place, key)| (columns(place, &key.field, &id, &mut values), key.descending)).collect();
    let mut select = vec!["runs.id AS id".to_owned()];
    let mut joins = String::new();
    let mut sorting = Vec::new();
    for (place, (key, descending)) in keys.iter().enumerate() {
        select.push(selected(place, key));
        joins.push_str(&key.join);
        let direction = if *descending { "DESC" } else { "ASC" };
        for column in sortable(key) {
            sorting.push(format!("{column} {}", if column == key.missing { "ASC" } else { direction }));
        }
    }
    let last_descending = keys.last().is_some_and(|(_, descending)| *descending);
    sorting.push(format!("runs.id {}", if last_descending { "DESC" } else { "ASC" }));
    let mut conditions = listed(Scope::by_value(&id), filter, &mut values);
    if let Some(after) = after {
        conditions.push(beyond(&keys, after, Some(last_descending), &mut values)?);
    }
    let limit = values.add(&(limit as i64));
    let statement = format!(
        "SELECT {} FROM runs{joins} WHERE {} ORDER BY {} LIMIT {limit}",
        select.join(", "),
        conditions.join(" AND "),
        sorting.join(", ")
    );
    Ok((statement, values))
}

/// Whether a run comes after a place: it differs first in some key, and there it is beyond. Of those that differ in none the
/// id decides, if `by_id` says in which direction.
pub(super) fn beyond(keys: &[(Columns, bool)], after: &Place, by_id: Option<bool>, values: &mut Values) -> Result<String> {
    if after.keys.len() != keys.len() {
        return Err(Error::invalid("this cursor belongs to a list in another order; start again without one"));
    }
    let mut ways = Vec::new();
    let mut same = Vec::new();
    for ((key, descending), (missing, number, text)) in keys.iter().zip(&after.keys) {
        let number = number.map(f64::from_bits);
        let sign = if *descending { "<" } else { ">" };
        let mut way = |test: String, same: &[String]| {
            let mut all = same.to_vec();
            all.push(test);
            ways.push(format!("({})", all.join(" AND ")));
        };
        if !missing {
            way(key.missing.clone(), &same);
            same.push(format!("NOT {}", key.missing));
            // In SQL's order NULL is least; a number without text stands beside a text without number.
            for (column, value) in [
                (&key.number, number.as_ref().map(|n| n as &dyn ToValue)),
                (&key.text, text.as_ref().map(|t| t as &dyn ToValue)),
            ] {
                if column == "NULL" {
                    continue;
                }
                match value {
                    Some(value) => {
                        let place = values.add(&value);
                        let or_null = if *descending { format!(" OR {column} IS NULL") } else { String::new() };
                        way(format!("({column} {sign} {place}{or_null})"), &same);
                        same.push(format!("{column} = {place}"));
                    }
                    None => {
                        if !*descending {
                            way(format!("{column} IS NOT NULL"), &same);
                        }
                        same.push(format!("{column} IS NULL"));
                    }
                }
            }
        } else {
            same.push(key.missing.clone());
        }
    }
    if let Some(descending) = by_id {
        let id = values.add(&after.id);
        same.push(format!("runs.id {} {id}", if descending { "<" } else { ">" }));
        ways.push(format!("({})", same.join(" AND ")));
    }
    if ways.is_empty() {
        ways.push("1 = 0".to_owned());
    }
    Ok(format!("({})", ways.join(" OR ")))
}

pub(super) fn page(
    db: &Reader,
    project: ProjectId,
    filter: &Filter,
    order: &Order,
    after: Option<&Place>,
    limit: usize,
) -> Result<Vec<Place>> {
    if let Some(found) = page_by_number(db, project, filter, order, after, limit)? {
        return Ok(found);
    }
    let (statement, values) = page_statement(project, filter, order, after, limit)?;
    db.query(&statement, &values.bound(), |row| {
        let keys = (0..order.0.len()).map(|place| sort_value(row, place)).collect::<Result<_>>()?;
        Ok(Place { keys, id: row.get("id")? })
    })
}

/// A page in the order of a number of config or summary, read off the index of numbers: fifty of a hundred thousand runs
/// without looking at the others. `None` if the page also has runs without a number there, whose places the index does not know.
fn page_by_number(
    db: &Reader,
    project: ProjectId,
    filter: &Filter,
    order: &Order,
    after: Option<&Place>,
    limit: usize,
) -> Result<Option<Vec<Place>>> {
    let [key] = order.0.as_slice() else { return Ok(None) };
    let (section, names) = match &key.field {
        Field::Config(names) => (Section::Config, names),
        Field::Summary(names) => (Section::Summary, names),
        _ => return Ok(None),
    };
    let after = match after.map(|after| (after.id, after.keys.as_slice())) {
        None => None,
        Some((id, [(false, Some(number), None)])) => Some((f64::from_bits(*number), id)),
        Some(_) => return Ok(None),
    };
    let name = stored_name(names);
    if has_other_values(db, project, section, name, key.descending)? {
        return Ok(None);
    }
    let of = Numbers { project, section, name, descending: key.descending, after };
    // A filter that many runs pass is soon passed by enough of the first ones: then the others that pass need not be found.
    if sql::names_values(filter) {
        let found = of.page(db, filter, Lookup::ByRun, limit)?;
        if found.len() == limit {
            return Ok(Some(found));
        }
    }
    let found = of.page(db, filter, Lookup::ByValue, limit)?;
    Ok((found.len() == limit).then_some(found))
}

/// The numbers that runs of a project have in config or summary under a name, in order.
struct Numbers<'a> {
    project: ProjectId,
    section: Section,
    name: &'a str,
    descending: bool,
    /// The number and the run before the first one.
    after: Option<(f64, i64)>,
}

impl Numbers<'_> {
    /// Among how many of the first ones a page is looked for run by run, for each of its places.
    const REACH: usize = 40;

    /// The first ones that the filter means; run by run, those within reach alone.
    fn page(&self, db: &Reader, filter: &Filter, lookup: Lookup, limit: usize) -> Result<Vec<Place>> {
        let mut values = Values::default();
        let id = values.add(&self.project);
        let (section, name) = (values.add(&self.section.as_str()), values.add(&self.name));
        let mut numbers = vec![format!(
            "f.project_id = {id} AND f.section = {section} AND f.key = {name} AND f.kind = 'number' AND f.number IS NOT NULL"
        )];
        let (sign, direction) = if self.descending { ("<", "DESC") } else { (">", "ASC") };
        if let Some((number, run)) = self.after {
            let (number, run) = (values.add(&number), values.add(&run));
            numbers.push(format!("f.number {sign}= {number} AND (f.number {sign} {number} OR f.run_id {sign} {run})"));
        }
        let order = |of: &str| format!("ORDER BY {of}.number {direction}, {of}.run_id {direction}");
        let listed = listed(Scope { project: &id, lookup }, filter, &mut values);
        let (from, of, conditions) = match lookup {
            Lookup::ByValue => ("run_fields f".to_owned(), "f", [numbers, listed].concat()),
            Lookup::ByRun => {
                let (numbers, reach) = (numbers.join(" AND "), values.add(&((limit * Self::REACH) as i64)));
                let order = order("f");
                let first = format!("SELECT f.run_id, f.number FROM run_fields f WHERE {numbers} {order} LIMIT {reach}");
                (format!("({first}) within_reach"), "within_reach", listed)
            }
        };
        let (conditions, order, count) = (conditions.join(" AND "), order(of), values.add(&(limit as i64)));
        // A cross join is done in the order it is written in.
        let statement = format!(
            "SELECT {of}.run_id AS id, {of}.number AS number FROM {from} CROSS JOIN runs ON runs.id = {of}.run_id
              WHERE {conditions} {order} LIMIT {count}"
        );
        db.query(&statement, &values.bound(), |row| {
            let number: f64 = row.get("number")?;
            Ok(Place { keys: vec![(false, Some(number.to_bits()), None)], id: row.get("id")? })
        })
    }
}

/// Whether some run has a value there that comes before or among the numbers in this order.
fn has_other_values(db: &Reader, project: ProjectId, section: Section, key: &str, descending: bool) -> Result<bool> {
    let place: [&dyn ToValue; 3] = [&project, &section.as_str(), &key];
    let found = |condition: &str| {
        let sql = format!(
            "SELECT 1 AS found FROM run_fields f WHERE f.project_id = ?1 AND f.section = ?2 AND f.key = ?3 AND {condition} LIMIT 1"
        );
        Ok(db.query_opt(&sql, &place, |row| row.get::<i64>("found"))?.is_some())
    };
    let others = "f.kind NOT IN ('number', 'text') AND f.kind";
    if found(&format!("{others} = 'boolean'"))? {
        return Ok(true);
    }
    // Texts come after numbers where the greatest comes first.
    Ok(!descending && (found("f.kind = 'text'")? || found(&format!("{others} = 'list'"))?))
}

/// The names of a project's keys in config or summary: each found by one step in an index from the one before.
pub(super) fn keys_of(db: &Reader, project: ProjectId, section: Section) -> Result<Vec<String>> {
    let mut keys = std::collections::BTreeSet::new();
    for kind in ["kind = 'number'", "kind = 'text'", "kind NOT IN ('number', 'text')"] {
        let least = |condition: &str| {
            format!("SELECT MIN(key) FROM run_fields WHERE project_id = ?1 AND section = ?2 AND {kind}{condition}")
        };
        let sql = format!(
            "WITH RECURSIVE names (key) AS
               ({} UNION ALL SELECT ({}) FROM names WHERE names.key IS NOT NULL)
             SELECT key FROM names WHERE key IS NOT NULL",
            least(""),
            least(" AND key > names.key"),
        );
        keys.extend(db.query(&sql, &[&project, &section.as_str()], |row| row.get::<String>("key"))?);
    }
    Ok(keys.into_iter().collect())
}

pub(super) fn count(db: &Reader, project: ProjectId, filter: &Filter) -> Result<i64> {
    let (statement, values) = whole_statement("COUNT(*) AS runs", project, filter);
    db.query_one(&statement, &values.bound(), |row| row.get("runs"))
}

/// All runs that the filter means, oldest first.
pub(in crate::domain::runs) fn all(db: &Reader, project: ProjectId, filter: &Filter, limit: usize) -> Result<Vec<Candidate>> {
    let (statement, mut values) = whole_statement(CANDIDATE, project, filter);
    let limit = values.add(&(limit as i64));
    db.query(&format!("{statement} ORDER BY runs.id LIMIT {limit}"), &values.bound(), candidate)
}

/// The run of that name that lists of the project show.
pub(in crate::domain::runs) fn named(db: &Reader, project: ProjectId, name: &str) -> Result<Option<Candidate>> {
    let sql = format!(
        "SELECT {CANDIDATE} FROM runs WHERE project_id = ?1 AND name = ?2 AND deleted_at IS NULL AND archive_of IS NULL"
    );
    db.query_opt(&sql, &[&project, &name], candidate)
}

/// The columns of a [`Candidate`].
const CANDIDATE: &str = "runs.id, runs.name, runs.created_by, runs.state";

fn candidate(row: &Row<'_>) -> Result<Candidate> {
    let state: String = row.get("state")?;
    let state = RunState::parse(&state).ok_or_else(|| Error::internal(format!("runs.state holds {state}")))?;
    Ok(Candidate { id: row.get("id")?, name: row.get("name")?, created_by: row.get("created_by")?, is_alive: state.is_alive() })
}

/// A statement over all runs that the filter means, with its values.
fn whole_statement(columns: &str, project: ProjectId, filter: &Filter) -> (String, Values) {
    let mut values = Values::default();
    let id = values.add(&project);
    let conditions = listed(Scope::by_value(&id), filter, &mut values).join(" AND ");
    (format!("SELECT {columns} FROM runs WHERE {conditions}"), values)
}

pub(in crate::domain::runs) fn fields(db: &Reader, run: RunId, section: Section) -> Result<Vec<(String, Indexed)>> {
    db.query(
        "SELECT key, kind, number, text FROM run_fields WHERE run_id = ?1 AND section = ?2",
        &[&run, &section.as_str()],
        |row| {
            let kind: String = row.get("kind")?;
            let kinds = ["number", "text", "boolean", "null", "list", "map"];
            let kind = kinds.into_iter().find(|known| *known == kind);
            let kind = kind.ok_or_else(|| Error::internal("run_fields.kind holds an unknown word"))?;
            Ok((row.get("key")?, Indexed { kind, number: row.get("number")?, text: row.get("text")? }))
        },
    )
}

pub(in crate::domain::runs) fn set_field(
    tx: &Tx,
    run: RunId,
    project: ProjectId,
    section: Section,
    key: &str,
    field: &Indexed,
) -> Result<()> {
    tx.execute(
        "INSERT INTO run_fields (run_id, section, key, project_id, kind, number, text) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (run_id, section, key) DO UPDATE
            SET kind = excluded.kind, number = excluded.number, text = excluded.text",
        &[&run, &section.as_str(), &key, &project, &field.kind, &field.number, &field.text],
    )?;
    Ok(())
}

pub(in crate::domain::runs) fn delete_field(tx: &Tx, run: RunId, section: Section, key: &str) -> Result<()> {
    tx.execute("DELETE FROM run_fields WHERE run_id = ?1 AND section = ?2 AND key = ?3", &[&run, &section.as_str(), &key])?;
    Ok(())
}

pub(super) fn explain(db: &Reader, project: ProjectId, filter: &Filter, order: &Order) -> Result<String> {
    let (statement, values) = page_statement(project, filter, order, None, 50)?;
    db.explain(&statement, &values.bound())
}
