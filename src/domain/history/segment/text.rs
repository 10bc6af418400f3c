//! From cells to the line that they are of: the same on both ways, so that what is written can be proved first.

use super::shape::{Column, Kind, is_whole};
use crate::json::{Json, Map};

/// A value of a column.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell<'a> {
    Int(i64),
    Float(f64),
    Bool(bool),
    /// Text, or the text of a JSON value, as the column says.
    Text(&'a str),
}

/// The line of a row: its cells in the order of the columns, then the members without a column.
pub(super) fn line<'a>(cells: impl Iterator<Item = (&'a Column, Cell<'a>)>, rest: Option<&str>) -> String {
    let mut line = String::from("{");
    for (column, cell) in cells {
        if line.len() > 1 {
            line.push(',');
        }
        line.push_str(&column.label);
        match cell {
            Cell::Int(number) => line.push_str(&Json::Int(number).to_text()),
            Cell::Float(number) if column.kind == Kind::Number && is_whole(number) => {
                line.push_str(&Json::Int(number as i64).to_text());
            }
            Cell::Float(number) => line.push_str(&Json::Float(number).to_text()),
            Cell::Bool(flag) => line.push_str(if flag { "true" } else { "false" }),
            Cell::Text(text) if column.kind == Kind::Text => line.push_str(&Json::Text(text.to_owned()).to_text()),
            Cell::Text(text) => line.push_str(text),
        }
    }
    match rest {
        // A row that is all rest is its own line, to the letter.
        Some(rest) if line.len() == 1 => return rest.to_owned(),
        Some(rest) => {
            line.push(',');
            line.push_str(&rest[1..]);
        }
        None => line.push('}'),
    }
    line
}

/// Whether two lines say the same: members in any order, numbers in any spelling.
pub(in super::super) fn same(one: &str, other: &str) -> bool {
    one == other || matches!((sorted(one), sorted(other)), (Some(one), Some(other)) if one == other)
}

fn sorted(line: &str) -> Option<String> {
    fn sort(value: &mut Json) {
        match value {
            Json::Map(map) => {
                map.sort_keys();
                map.values_mut().for_each(sort);
            }
            Json::List(items) => items.iter_mut().for_each(sort),
            _ => {}
        }
    }
    let map: Map = Json::parse_map(line).ok()?;
    let mut value = Json::Map(map);
    sort(&mut value);
    Some(value.to_text())
}
