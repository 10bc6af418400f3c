//! The statements of lists of runs, and the index of fields they look into.

use serde::{Deserialize, Serialize};

use super::sql::{self, Values};
use crate::db::{Reader, ToValue, Tx};
use crate::domain::runs::fields::{Field as Indexed, Section};
use crate::domain::runs::filter::{Field, Filter};
use crate::domain::runs::order::Order;
use crate::error::{Error, Result};
use crate::id::{ProjectId, RunId};

/// Where a run stands in an order: for each key whether it has no value, and its number or text.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Place {
    /// The number by its bits: JSON, which a cursor is made of, knows no infinities.
    keys: Vec<(bool, Option<u64>, Option<String>)>,
    pub id: i64,
}

/// A sort key as columns: whether there is no value, the number, the text.
struct Columns {
    missing: String,
    number: String,
    text: String,
    join: String,
}

fn columns(place: usize, field: &Field, project: &str, values: &mut Values) -> Columns {
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
    // Of several spellings a run has at most one; the shortest is the one that is stored.
    let name = names.iter().min_by_key(|name| name.len()).cloned().unwrap_or_default();
    let name = values.add(&name);
    Columns {
        missing: format!("({alias}.number IS NULL AND {alias}.text IS NULL)"),
        number: format!("{alias}.number"),
        text: format!("{alias}.text"),
        join: format!(
            " LEFT JOIN run_fields {alias} ON {alias}.run_id = runs.id AND {alias}.section = {section} AND {alias}.key = {name} AND {alias}.project_id = {project}"
        ),
    }
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
        select.push(format!("{} AS missing{place}, {} AS number{place}, {} AS text{place}", key.missing, key.number, key.text));
        joins.push_str(&key.join);
        let direction = if *descending { "DESC" } else { "ASC" };
        for (column, direction) in [(&key.missing, "ASC"), (&key.number, direction), (&key.text, direction)] {
            if !matches!(column.as_str(), "0" | "1" | "NULL") {
                sorting.push(format!("{column} {direction}"));
            }
        }
    }
    let last_descending = keys.last().is_some_and(|(_, descending)| *descending);
    sorting.push(format!("runs.id {}", if last_descending { "DESC" } else { "ASC" }));
    let mut conditions = vec![
        format!("runs.project_id = {id}"),
        "runs.deleted_at IS NULL".to_owned(),
        "runs.archive_of IS NULL".to_owned(),
        format!("({})", sql::condition(filter, &id, &mut values)),
    ];
    if let Some(after) = after {
        conditions.push(beyond(&keys, after, last_descending, &mut values)?);
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

/// Whether a run comes after a place: it differs first in some key, and there it is beyond.
fn beyond(keys: &[(Columns, bool)], after: &Place, last_descending: bool, values: &mut Values) -> Result<String> {
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
    let id = values.add(&after.id);
    same.push(format!("runs.id {} {id}", if last_descending { "<" } else { ">" }));
    ways.push(format!("({})", same.join(" AND ")));
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
    let (statement, values) = page_statement(project, filter, order, after, limit)?;
    let bound: Vec<&dyn ToValue> = values.0.iter().map(|value| value as &dyn ToValue).collect();
    let names: Vec<[String; 3]> =
        (0..order.0.len()).map(|place| [format!("missing{place}"), format!("number{place}"), format!("text{place}")]).collect();
    db.query(&statement, &bound, |row| {
        let keys = names
            .iter()
            .map(|[missing, number, text]| {
                let number: Option<f64> = row.get(number)?;
                Ok((row.get(missing)?, number.map(f64::to_bits), row.get(text)?))
            })
            .collect::<Result<_>>()?;
        Ok(Place { keys, id: row.get("id")? })
    })
}

pub(super) fn count(db: &Reader, project: ProjectId, filter: &Filter) -> Result<i64> {
    let mut values = Values::default();
    let id = values.add(&project);
    let condition = sql::condition(filter, &id, &mut values);
    let statement = format!(
        "SELECT COUNT(*) AS runs FROM runs
          WHERE runs.project_id = {id} AND runs.deleted_at IS NULL AND runs.archive_of IS NULL AND ({condition})"
    );
    let bound: Vec<&dyn ToValue> = values.0.iter().map(|value| value as &dyn ToValue).collect();
    db.query_one(&statement, &bound, |row| row.get("runs"))
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
    let bound: Vec<&dyn ToValue> = values.0.iter().map(|value| value as &dyn ToValue).collect();
    db.explain(&statement, &bound)
}
