//! Runs by what they have in common: groups with counts and aggregates, the values a field has with how often, and the fields
//! there are.

use serde::Serialize;

use super::sql::Scope;
use super::store::{self, Columns, Place};
use crate::db::{Reader, Values};
use crate::domain::runs::fields::Section;
use crate::domain::runs::filter::{self, Field, Filter};
use crate::error::{Error, Result};
use crate::id::ProjectId;
use crate::page::{Cursor, Page};

const GROUPED_BY_MAX: usize = 4;
const AGGREGATES_MAX: usize = 20;
/// Fields that a search finds at most.
const FIELDS_MAX: usize = 1000;

/// What runs are grouped by, and of which numbers each group tells.
#[derive(Clone, Debug, PartialEq)]
pub struct Grouping {
    by: Vec<Field>,
    aggregates: Vec<Field>,
}

impl Grouping {
    /// Reads lists of names with commas between them, as filters name fields.
    ///
    /// # Errors
    /// Names the field that there is not, or that cannot be grouped by or aggregated, and how many there may be.
    pub fn parse(by: &str, aggregates: &str) -> Result<Self> {
        let by = fields(by)?;
        if !(1..=GROUPED_BY_MAX).contains(&by.len()) {
            return Err(Error::invalid(format!("runs are grouped by 1 to {GROUPED_BY_MAX} fields")));
        }
        if by.iter().any(|field| matches!(field, Field::Tags | Field::Inputs | Field::Outputs)) {
            return Err(Error::invalid(
                "a run may have several tags or artifacts and would be in several groups; filter by them instead",
            ));
        }
        let aggregates = fields(aggregates)?;
        if aggregates.len() > AGGREGATES_MAX {
            return Err(Error::invalid(format!("at most {AGGREGATES_MAX} fields are aggregated at once")));
        }
        if aggregates.iter().any(|field| !matches!(field, Field::Config(_) | Field::Summary(_) | Field::Duration)) {
            return Err(Error::invalid("only numbers are aggregated: config.<name>, summary_metrics.<name> and duration"));
        }
        Ok(Self { by, aggregates })
    }
}

fn fields(names: &str) -> Result<Vec<Field>> {
    let names = names.split(',').map(str::trim).filter(|name| !name.is_empty());
    names.map(one_field).collect()
}

/// The field of a name that stands for itself.
fn one_field(name: &str) -> Result<Field> {
    match filter::field(name)? {
        (field, None) => Ok(field),
        (_, Some(_)) => Err(Error::invalid(format!("'{name}' is one tag; the field is 'tags'"))),
    }
}

/// A value that runs have in common.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Common {
    Number(f64),
    Text(String),
    /// The runs have no value there, or NaN.
    Missing,
}

impl Common {
    fn of(number: Option<f64>, text: Option<String>) -> Self {
        match (number, text) {
            (Some(number), _) => Self::Number(number),
            (None, Some(text)) => Self::Text(text),
            (None, None) => Self::Missing,
        }
    }
}

/// Runs with the same values.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// One for each field that was grouped by.
    pub values: Vec<Common>,
    pub runs: i64,
    /// One for each field that was to be aggregated.
    pub aggregates: Vec<Aggregate>,
}

/// What the numbers of a field say together; booleans are 0 and 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Aggregate {
    /// How many runs have a number.
    pub count: i64,
    pub mean: Option<f64>,
    pub min: Option<f64>,
    pub max: Option<f64>,
    /// The standard deviation, of these runs and not of what they were sampled from.
    pub deviation: Option<f64>,
}

/// The groups of the runs that a filter means, by ascending values, after the one that a cursor names; what is missing comes
/// last.
pub fn groups(
    db: &Reader,
    project: ProjectId,
    filter: &Filter,
    grouping: &Grouping,
    after: Option<&str>,
    first: usize,
) -> Result<Page<Group>> {
    let after: Option<Place> = after.map(Cursor::decode).transpose()?;
    let mut values = Values::default();
    let id = values.add(&project);
    let by: Vec<(Columns, bool)> =
        grouping.by.iter().enumerate().map(|(place, field)| (store::columns(place, field, &id, &mut values), false)).collect();
    let of: Vec<Columns> = (grouping.by.len()..)
        .zip(&grouping.aggregates)
        .map(|(place, field)| store::columns(place, field, &id, &mut values))
        .collect();
    let mut select = vec!["COUNT(*) AS runs".to_owned()];
    let mut by_columns = Vec::new();
    for (place, (key, _)) in by.iter().enumerate() {
        select.push(store::selected(place, key));
        by_columns.extend(store::sortable(key).map(str::to_owned));
    }
    for (place, column) in of.iter().enumerate() {
        let number = &column.number;
        select.push(format!(
            "COUNT({number}) AS count{place}, AVG({number}) AS mean{place}, MIN({number}) AS least{place},
             MAX({number}) AS greatest{place}, AVG({number} * {number}) AS squares{place}"
        ));
    }
    let joins: String =
        by.iter().map(|(key, _)| key.join.as_str()).chain(of.iter().map(|column| column.join.as_str())).collect();
    let mut conditions = store::listed(Scope::by_value(&id), filter, &mut values);
    if let Some(after) = &after {
        conditions.push(store::beyond(&by, after, None, &mut values)?);
    }
    let limit = values.add(&(first as i64 + 1));
    // A column that is the same for all runs is none to group by.
    let grouped = if by_columns.is_empty() { "1".to_owned() } else { by_columns.join(", ") };
    let statement = format!(
        "SELECT {} FROM runs{joins} WHERE {} GROUP BY {grouped} ORDER BY {grouped} LIMIT {limit}",
        select.join(", "),
        conditions.join(" AND "),
    );
    let mut found = db.query(&statement, &values.bound(), |row| {
        let keys = (0..by.len()).map(|place| store::sort_value(row, place)).collect::<Result<Vec<_>>>()?;
        let values =
            keys.iter().map(|(_, number, text)| Common::of(number.map(f64::from_bits), text.clone())).collect::<Vec<_>>();
        let aggregate = |place: usize| {
            let number = |name: &str| row.get::<Option<f64>>(&format!("{name}{place}"));
            let (mean, squares) = (number("mean")?, number("squares")?);
            let variance = mean.zip(squares).map(|(mean, squares)| (squares - mean * mean).max(0.0));
            let count = row.get(&format!("count{place}"))?;
            let deviation = variance.map(f64::sqrt);
            Ok(Aggregate { count, mean, min: number("least")?, max: number("greatest")?, deviation })
        };
        let aggregates = (0..of.len()).map(aggregate).collect::<Result<Vec<_>>>()?;
        Ok((Place { keys, id: 0 }, Group { values, runs: row.get("runs")?, aggregates }))
    })?;
    let has_next = found.len() > first;
    found.truncate(first);
    Ok(Page { items: found.into_iter().map(|(place, group)| (Cursor::encode(&place), group)).collect(), has_next })
}

/// How the runs that a filter means are spread over the values of a field.
#[derive(Clone, Debug, PartialEq)]
pub struct Facet {
    /// The most frequent values with how many runs have them, the most frequent first.
    pub values: Vec<(Common, i64)>,
    /// Its numbers.
    pub numbers: Aggregate,
}

/// The values of the field of that name among the runs that a filter means, at most `first`.
///
/// # Errors
/// There is no field of that name, or it is a time.
pub fn facet(db: &Reader, project: ProjectId, filter: &Filter, name: &str, first: usize) -> Result<Facet> {
    let field = one_field(name)?;
    if matches!(field, Field::Time(_)) {
        return Err(Error::invalid(format!("{name} is a moment; runs are hardly ever begun at the same one")));
    }
    if matches!(field, Field::Inputs | Field::Outputs) {
        return Err(Error::invalid(format!(
            "{name} has no values of its own; an artifact lists the runs that used and made it"
        )));
    }
    let mut values = Values::default();
    let id = values.add(&project);
    let is_tags = field == Field::Tags;
    let column = if is_tags {
        store::text_only("facet.tag", " JOIN run_tags facet ON facet.run_id = runs.id")
    } else {
        store::columns(0, &field, &id, &mut values)
    };
    let conditions = store::listed(Scope::by_value(&id), filter, &mut values).join(" AND ");
    let from = format!("FROM runs{} WHERE {conditions}", column.join);
    let limit = values.add(&(first as i64));
    let (number, text) = (&column.number, &column.text);
    let statement = format!(
        "SELECT {number} AS number, {text} AS text, COUNT(*) AS runs {from}
          GROUP BY {number}, {text} ORDER BY runs DESC, number, text LIMIT {limit}"
    );
    let found =
        db.query(&statement, &values.bound(), |row| Ok((Common::of(row.get("number")?, row.get("text")?), row.get("runs")?)))?;
    // Of a field that has only texts there is nothing to look through all runs for once more.
    if number == "NULL" {
        return Ok(Facet { values: found, numbers: Aggregate::default() });
    }
    values.0.pop();
    let statement = format!(
        "SELECT COUNT({number}) AS count, AVG({number}) AS mean, MIN({number}) AS least, MAX({number}) AS greatest,
                AVG({number} * {number}) AS squares {from}"
    );
    let numbers = db.query_one(&statement, &values.bound(), |row| {
        let (mean, squares): (Option<f64>, Option<f64>) = (row.get("mean")?, row.get("squares")?);
        let deviation = mean.zip(squares).map(|(mean, squares)| (squares - mean * mean).max(0.0).sqrt());
        Ok(Aggregate { count: row.get("count")?, mean, min: row.get("least")?, max: row.get("greatest")?, deviation })
    })?;
    Ok(Facet { values: found, numbers })
}

/// A field that runs of a project have in config or summary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// `config` or `summary`.
    pub section: &'static str,
    /// Its dotted name there.
    pub key: String,
}

/// The fields of a project's runs whose names have a text in them, in any case of letters, by name; at most `first`. Each is
/// found by one look into the index, however many runs have it.
pub fn search_fields(db: &Reader, project: ProjectId, text: &str, first: usize) -> Result<Vec<Known>> {
    let wanted = text.to_lowercase();
    let mut found = Vec::new();
    for section in [Section::Config, Section::Summary] {
        let keys = store::keys_of(db, project, section)?;
        let fitting = keys.into_iter().filter(|key| key.to_lowercase().contains(&wanted));
        found.extend(fitting.map(|key| Known { section: section.as_str(), key }));
    }
    found.truncate(first.min(FIELDS_MAX));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_grouped_or_aggregated_is_refused_in_words() {
        for (by, aggregates, words) in [
            ("", "", "1 to 4"),
            ("state,group,host,config.a,config.b", "", "1 to 4"),
            ("stat", "", "did you mean 'state'"),
            ("tags", "", "several"),
            ("tags.x", "", "'tags'"),
            ("state", "created_at", "only numbers"),
        ] {
            let error = Grouping::parse(by, aggregates).unwrap_err().to_string();
            assert!(error.contains(words), "{by}|{aggregates}: {error}");
        }
        assert!(Grouping::parse("state, config.lr", "summary_metrics.loss,duration").is_ok());
    }
}
