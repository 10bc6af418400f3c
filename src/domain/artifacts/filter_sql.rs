//! Filters of collections and versions as SQL with numbered placeholders. Text from people goes into values only, never into
//! the statement.

use serde_json::Value as Literal;

use super::filter::{Comparison, Filter, Test};
use super::names;
use crate::clock::Timestamp;
use crate::db::{ToValue, Values, values_at};
use crate::error::{Error, Result};

/// Where the values of a field are. Columns are never NULL.
#[derive(Clone, Copy, Debug)]
pub(super) enum Column<'a> {
    Text(&'static str),
    Number(&'static str),
    Moment(&'static str),
    /// The number of a version, which is called `3` and `v3`.
    Version(&'static str),
    /// Several texts, of which one has to pass: from where, with the thing's own picked out, and the column there.
    Texts(&'static str, &'static str),
    /// Whatever a JSON document has at a dotted path; of a list one element has to pass.
    Path(&'static str, &'a str),
}

/// Finds the column of a field; `None` if there is no such field.
pub(super) type Columns = for<'a> fn(&'a str) -> Option<Column<'a>>;

const ALWAYS: &str = "1 = 1";
const NEVER: &str = "1 = 0";

/// Whether something passes. Never NULL, so that "not" of it is yes.
pub(super) fn condition(filter: &Filter, column: Columns, values: &mut Values) -> Result<String> {
    Ok(match filter {
        Filter::And(parts) | Filter::Or(parts) if parts.is_empty() => ALWAYS.to_owned(),
        Filter::And(parts) => joined(parts, " AND ", column, values)?,
        Filter::Or(parts) => joined(parts, " OR ", column, values)?,
        Filter::Not(part) => format!("NOT ({})", condition(part, column, values)?),
        Filter::Is(field, test) => {
            let found = column(field).ok_or_else(|| Error::internal(format!("the filter let the field '{field}' pass")))?;
            test_of(field, found, test, values)?
        }
    })
}

fn joined(parts: &[Filter], word: &str, column: Columns, values: &mut Values) -> Result<String> {
    let parts: Result<Vec<String>> = parts.iter().map(|part| Ok(format!("({})", condition(part, column, values)?))).collect();
    Ok(parts?.join(word))
}

fn test_of(field: &str, column: Column<'_>, test: &Test, values: &mut Values) -> Result<String> {
    match column {
        Column::Text(column) => Ok(text_test(column, test, values)),
        Column::Number(column) => Ok(number_test(column, test, values, Literal::as_f64)),
        Column::Moment(column) => moment_test(field, column, test, values),
        Column::Version(column) => Ok(match test {
            Test::Contains(_) | Test::Matches(_) => text_test(&format!("('v' || {column})"), test, values),
            _ => number_test(column, test, values, version_number),
        }),
        Column::Texts(from, column) => Ok(texts_test(from, column, test, values)),
        Column::Path(document, path) => path_test(field, document, path, test, values),
    }
}

fn sign(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
    }
}

/// A text is equal to texts alone, as a number is to numbers.
fn text_test(column: &str, test: &Test, values: &mut Values) -> String {
    match test {
        Test::Equal(Literal::String(text)) => format!("{column} = {}", values.add(text)),
        Test::OneOf(wanted) => format!("({})", one_of(column, texts(wanted), values)),
        Test::Compare(comparison, Literal::String(text)) => format!("{column} {} {}", sign(*comparison), values.add(text)),
        Test::Contains(part) => format!("matches({column}, {})", values.add(&regex::escape(part))),
        Test::Matches(pattern) => format!("matches({column}, {})", values.add(&pattern.as_str())),
        Test::Exists => ALWAYS.to_owned(),
        Test::Equal(_) | Test::Compare(..) => NEVER.to_owned(),
    }
}

/// One of these; of none, never.
fn one_of<'a>(column: &str, wanted: impl Iterator<Item = &'a dyn ToValue>, values: &mut Values) -> String {
    let places: Vec<String> = wanted.map(|value| values.add(&value)).collect();
    if places.is_empty() { NEVER.to_owned() } else { format!("{column} IN ({})", places.join(", ")) }
}

fn texts(wanted: &[Literal]) -> impl Iterator<Item = &dyn ToValue> {
    wanted.iter().filter_map(|wanted| if let Literal::String(text) = wanted { Some(text as &dyn ToValue) } else { None })
}

/// `number` reads what the column is compared with.
fn number_test(column: &str, test: &Test, values: &mut Values, number: impl Fn(&Literal) -> Option<f64>) -> String {
    match test {
        Test::Equal(wanted) => {
            number(wanted).map_or_else(|| NEVER.to_owned(), |wanted| format!("{column} = {}", values.add(&wanted)))
        }
        Test::OneOf(wanted) => {
            let wanted: Vec<f64> = wanted.iter().filter_map(number).collect();
            one_of(column, wanted.iter().map(|number| number as &dyn ToValue), values)
        }
        Test::Compare(comparison, wanted) => match number(wanted) {
            Some(wanted) => format!("{column} {} {}", sign(*comparison), values.add(&wanted)),
            None => NEVER.to_owned(),
        },
        Test::Contains(_) | Test::Matches(_) => NEVER.to_owned(),
        Test::Exists => ALWAYS.to_owned(),
    }
}

fn version_number(wanted: &Literal) -> Option<f64> {
    match wanted {
        Literal::String(text) => names::version_index(text).map(|index| index as f64),
        wanted => wanted.as_f64(),
    }
}

fn moment_test(field: &str, column: &str, test: &Test, values: &mut Values) -> Result<String> {
    let moment = |wanted: &Literal| {
        let read = wanted.as_str().and_then(Timestamp::parse);
        read.ok_or_else(|| Error::invalid(format!("'{field}' is compared with a time as text, in ISO 8601, not with {wanted}")))
    };
    Ok(match test {
        Test::Equal(Literal::Null) => NEVER.to_owned(),
        Test::Equal(wanted) => format!("{column} = {}", values.add(&moment(wanted)?)),
        Test::OneOf(wanted) => {
            let wanted = wanted.iter().map(moment).collect::<Result<Vec<_>>>()?;
            one_of(column, wanted.iter().map(|moment| moment as &dyn ToValue), values)
        }
        Test::Compare(comparison, wanted) => format!("{column} {} {}", sign(*comparison), values.add(&moment(wanted)?)),
        Test::Exists => ALWAYS.to_owned(),
        Test::Contains(_) | Test::Matches(_) => {
            return Err(Error::invalid(format!("'{field}' is a moment; compare it by $gt, $gte, $lt and $lte")));
        }
    })
}

fn texts_test(from: &str, column: &str, test: &Test, values: &mut Values) -> String {
    let any = |condition: &str| format!("EXISTS (SELECT 1 FROM {from} AND {condition})");
    let none = || format!("NOT {}", any(ALWAYS));
    match test {
        Test::Equal(Literal::Null) => none(),
        Test::OneOf(wanted) if wanted.contains(&Literal::Null) => {
            format!("({} OR {})", any(&text_test(column, test, values)), none())
        }
        test => any(&text_test(column, test, values)),
    }
}

fn path_test(field: &str, document: &str, path: &str, test: &Test, values: &mut Values) -> Result<String> {
    let from = values_at(document, &values.add(&path));
    let any = |condition: &str| format!("EXISTS (SELECT 1 FROM {from} AS leaf WHERE {condition})");
    Ok(match test {
        Test::Equal(Literal::Null) => format!("NOT {}", any("leaf.type <> 'null'")),
        Test::Equal(wanted) => any(&leaf_is(field, wanted, values)?),
        Test::OneOf(wanted) => {
            let given = wanted.iter().filter(|wanted| !wanted.is_null());
            let mut ways = given.map(|wanted| leaf_is(field, wanted, values)).collect::<Result<Vec<_>>>()?;
            ways.push(NEVER.to_owned());
            let found = any(&format!("({})", ways.join(" OR ")));
            if ways.len() <= wanted.len() { format!("({found} OR NOT {})", any("leaf.type <> 'null'")) } else { found }
        }
        Test::Compare(comparison, wanted) => {
            let kinds = match wanted {
                Literal::Number(_) => NUMBER,
                Literal::String(_) => TEXT,
                _ => return Err(incomparable(field)),
            };
            any(&format!("{kinds} AND leaf.atom {} {}", sign(*comparison), atom(field, wanted, values)?))
        }
        Test::Contains(part) => any(&format!("{TEXT} AND matches(leaf.atom, {})", values.add(&regex::escape(part)))),
        Test::Matches(pattern) => any(&format!("{TEXT} AND matches(leaf.atom, {})", values.add(&pattern.as_str()))),
        Test::Exists => any("leaf.type <> 'null'"),
    })
}

const NUMBER: &str = "leaf.type IN ('integer', 'real')";
const TEXT: &str = "leaf.type = 'text'";

fn leaf_is(field: &str, wanted: &Literal, values: &mut Values) -> Result<String> {
    Ok(match wanted {
        Literal::Bool(wanted) => format!("leaf.type = '{wanted}'"),
        Literal::Number(_) => format!("({NUMBER} AND leaf.atom = {})", atom(field, wanted, values)?),
        _ => format!("({TEXT} AND leaf.atom = {})", atom(field, wanted, values)?),
    })
}

fn atom(field: &str, wanted: &Literal, values: &mut Values) -> Result<String> {
    match wanted {
        Literal::String(text) => Ok(values.add(text)),
        wanted => wanted.as_f64().map(|number| values.add(&number)).ok_or_else(|| incomparable(field)),
    }
}

fn incomparable(field: &str) -> Error {
    Error::invalid(format!("'{field}' is compared with a text, number or flag"))
}
