//! One row as it lies in its line: borrowed values, dotted names, its step.

use std::borrow::Cow;

use jiter::{Jiter, JiterError, JsonValue, NumberAny, NumberInt};

use super::model::Stream;
use crate::error::{Error, Result};

type Pair<'a> = (Cow<'a, str>, JsonValue<'a>);

/// A parsed row. Strings without escapes borrow from the line.
pub(super) struct Row<'a>(JsonValue<'a>);

impl<'a> Row<'a> {
    /// Reads a JSON object in Python's dialect; the error says what is wrong and where in the line.
    pub fn parse(line: &'a str) -> Result<Self> {
        match JsonValue::parse(line.as_bytes(), true) {
            Ok(value @ JsonValue::Object(_)) => Ok(Self(value)),
            Ok(_) => Err(Error::invalid("not a JSON object")),
            Err(error) => Err(Error::invalid(format!("not valid JSON: {}", error.description(line.as_bytes())))),
        }
    }

    fn pairs(&self) -> &[Pair<'a>] {
        if let JsonValue::Object(pairs) = &self.0 { pairs } else { &[] }
    }

    /// The value at a dotted name, by the rule of [`crate::json::Json::at`].
    pub fn at(&self, path: &str) -> Option<&JsonValue<'a>> {
        at(self.pairs(), path)
    }

    /// Where the row stands in its stream: the `_step` of a metric row, the milliseconds of the `_timestamp` of an event;
    /// a row without has that of its line number.
    pub fn step(&self, stream: Stream, line_number: i64) -> i64 {
        step_of(stream, step_key(stream).and_then(|key| self.at(key))).unwrap_or(line_number)
    }

    /// Calls `visit` with the dotted name of every leaf. An object that names its `_type`, such as an image or a
    /// histogram, is a leaf. A name that was written twice is visited twice, the value that counts first.
    pub fn leaves<'s>(&'s self, visit: &mut impl FnMut(&str, &'s JsonValue<'a>)) {
        walk(&mut String::new(), self.pairs(), visit);
    }

    /// The members of the row itself, nested or not, as they were written.
    pub fn members(&self) -> impl Iterator<Item = (&str, &JsonValue<'a>)> {
        self.pairs().iter().map(|(key, value)| (key.as_ref(), value))
    }
}

/// What a line has at the names, none of which has a dot, as [`super::place::Chunks::numbers`] says, and its step: read without
/// making anything of its other members.
///
/// # Errors
/// As [`Row::parse`].
pub(super) fn numbers_at(line: &str, keys: &[String], line_number: i64, found: &mut Vec<Option<f64>>) -> Result<i64> {
    found.clear();
    found.resize(keys.len(), None);
    let mut jiter = Jiter::new(line.as_bytes()).with_allow_inf_nan();
    let mut step = None;
    let mut read = || -> std::result::Result<(), JiterError> {
        let mut name = jiter.next_object()?.map(|name| (places(name, keys), name == "_step"));
        while let Some((place, is_step)) = name {
            let peek = jiter.peek()?;
            if !(peek.is_num() && (place.is_some() || is_step)) {
                jiter.known_skip(peek)?;
                if let Some(place) = place {
                    found[place] = Some(f64::NAN);
                }
                step = if is_step { None } else { step };
            } else {
                let value = match jiter.known_number(peek)? {
                    NumberAny::Int(NumberInt::Int(number)) => JsonValue::Int(number),
                    NumberAny::Int(NumberInt::BigInt(number)) => JsonValue::BigInt(number),
                    NumberAny::Float(number) => JsonValue::Float(number),
                };
                if let Some(place) = place {
                    found[place] = number(&value);
                }
                step = if is_step { whole(&value) } else { step };
            }
            name = jiter.next_key()?.map(|name| (places(name, keys), name == "_step"));
        }
        jiter.finish()
    };
    read().map_err(|error| Error::invalid(format!("not valid JSON: {error}")))?;
    // A name may be asked for twice.
    for place in 1..keys.len() {
        if let Some(first) = keys[..place].iter().position(|key| *key == keys[place]) {
            found[place] = found[first];
        }
    }
    Ok(step.unwrap_or(line_number))
}

/// The first place of a name among those that are asked for.
fn places(name: &str, keys: &[String]) -> Option<usize> {
    keys.iter().position(|key| key == name)
}

/// The key that says where a row stands in its stream.
pub(super) fn step_key(stream: Stream) -> Option<&'static str> {
    match stream {
        Stream::History => Some("_step"),
        Stream::Events => Some("_timestamp"),
        Stream::Console => None,
    }
}

/// The step that the value of [`step_key`] says, if it says one.
pub(super) fn step_of(stream: Stream, value: Option<&JsonValue<'_>>) -> Option<i64> {
    match stream {
        Stream::History => value.and_then(whole),
        Stream::Events => value.and_then(number).filter(|at| at.is_finite()).map(|at| (at * 1000.0) as i64),
        Stream::Console => None,
    }
}

fn at<'s, 'a>(pairs: &'s [Pair<'a>], path: &str) -> Option<&'s JsonValue<'a>> {
    let member = |name: &str| pairs.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value);
    if let Some(value) = member(path) {
        return Some(value);
    }
    path.match_indices('.').find_map(|(dot, _)| match member(&path[..dot])? {
        JsonValue::Object(inner) => at(inner, &path[dot + 1..]),
        _ => None,
    })
}

/// Backwards, because of a repeated key the last value counts; leaves before branches, because a literal dotted key comes
/// before a nested one.
fn walk<'s, 'a>(path: &mut String, pairs: &'s [Pair<'a>], visit: &mut impl FnMut(&str, &'s JsonValue<'a>)) {
    let mut has_branches = false;
    for (key, value) in pairs.iter().rev() {
        if branch(value).is_some() {
            has_branches = true;
        } else if path.is_empty() {
            visit(key, value);
        } else {
            below(path, key, |path| visit(path, value));
        }
    }
    if has_branches {
        for (key, value) in pairs.iter().rev() {
            if let Some(inner) = branch(value) {
                below(path, key, |path| walk(path, inner, visit));
            }
        }
    }
}

/// Calls `visit` with the path longer by a name.
fn below(path: &mut String, key: &str, visit: impl FnOnce(&mut String)) {
    let length = path.len();
    if length > 0 {
        path.push('.');
    }
    path.push_str(key);
    visit(path);
    path.truncate(length);
}

/// The members of an object that is looked into; none of a leaf.
pub(super) fn branch<'s, 'a>(value: &'s JsonValue<'a>) -> Option<&'s [Pair<'a>]> {
    match value {
        JsonValue::Object(pairs) if !pairs.is_empty() && type_member(pairs).is_none() => Some(pairs),
        _ => None,
    }
}

/// What the client's key index calls a value: `number`, `string`, `bool`, `nil`, `list`, `map`, or the `_type` it names.
pub(super) fn type_name<'s>(value: &'s JsonValue<'_>) -> &'s str {
    match value {
        JsonValue::Null => "nil",
        JsonValue::Bool(_) => "bool",
        JsonValue::Int(_) | JsonValue::BigInt(_) | JsonValue::Float(_) => "number",
        JsonValue::Str(_) => "string",
        JsonValue::Array(_) => "list",
        JsonValue::Object(pairs) => type_member(pairs).unwrap_or("map"),
    }
}

fn type_member<'s>(pairs: &'s [Pair<'_>]) -> Option<&'s str> {
    match pairs.iter().rev().find(|(key, _)| key == "_type") {
        Some((_, JsonValue::Str(name))) => Some(name),
        _ => None,
    }
}

/// Any number, NaN and infinities included.
pub(super) fn number(value: &JsonValue<'_>) -> Option<f64> {
    match value {
        JsonValue::Int(number) => Some(*number as f64),
        JsonValue::BigInt(number) => number.to_string().parse().ok(),
        JsonValue::Float(number) => Some(*number),
        _ => None,
    }
}

/// A whole number of 64 bits, also when it was written as `9.0`.
fn whole(value: &JsonValue<'_>) -> Option<i64> {
    match value {
        JsonValue::Int(number) => Some(*number),
        JsonValue::Float(number) if number.fract() == 0.0 && number.abs() < i64::MAX as f64 => Some(*number as i64),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_have_dotted_names_and_media_stay_whole() {
        let row = Row::parse(r#"{"a":{"b":1,"c":{"d":NaN}},"h":{"_type":"histogram","bins":[1]},"e":{},"e.f":null}"#).unwrap();
        let mut seen = Vec::new();
        row.leaves(&mut |name, value| seen.push(format!("{name}:{}", type_name(value))));
        seen.sort();
        assert_eq!(seen, ["a.b:number", "a.c.d:number", "e.f:nil", "e:map", "h:histogram"]);
    }

    #[test]
    fn a_step_is_a_whole_number_or_else_the_line_number() {
        let step = |line: &str| Row::parse(line).unwrap().step(Stream::History, 7);
        assert_eq!(step(r#"{"_step":3}"#), 3);
        assert_eq!(step(r#"{"_step":3.0}"#), 3);
        assert_eq!(step(r#"{"_step":1,"_step":4}"#), 4);
        for line in [r#"{"_step":NaN}"#, r#"{"_step":"3"}"#, r#"{"_step":1e300}"#, "{}"] {
            assert_eq!(step(line), 7, "{line}");
        }
        assert_eq!(Row::parse(r#"{"_timestamp":1.5}"#).unwrap().step(Stream::Events, 7), 1500);
    }

    #[test]
    fn a_literal_dotted_name_is_found_before_a_nested_one() {
        let row = Row::parse(r#"{"a.b":1,"a":{"b":2,"c":{"d.e":3}}}"#).unwrap();
        assert_eq!(row.at("a.b"), Some(&JsonValue::Int(1)));
        assert_eq!(row.at("a.c.d.e"), Some(&JsonValue::Int(3)));
        assert_eq!(row.at("a.x"), None);
    }
}
