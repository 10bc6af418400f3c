//! JSON as the client writes it: Python's dialect, where `NaN`, `Infinity` and `-Infinity` are numbers and integers have
//! no upper limit. The parser is `jiter` (pydantic's); this is the owned value the rest of the house works with.

use std::fmt::Write as _;

use indexmap::IndexMap;
use jiter::JsonValue;

use crate::error::{Error, Result};

/// An object: keys in the order they were written; of a repeated key the last value counts, as in Python.
pub type Map = IndexMap<String, Json>;

/// A value that comes back exactly as it was sent: integers stay integers, NaN stays NaN.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    Int(i64),
    /// The digits of an integer that does not fit 64 bits.
    Big(String),
    Float(f64),
    Text(String),
    List(Vec<Json>),
    Map(Map),
}

impl Json {
    /// Reads one value. The error says what is wrong and where, without repeating the text.
    pub fn parse(text: &str) -> Result<Self> {
        JsonValue::parse(text.as_bytes(), true)
            .map(Self::from)
            .map_err(|error| Error::invalid(format!("not valid JSON: {}", error.description(text.as_bytes()))))
    }

    /// Reads an object; anything else is refused.
    pub fn parse_map(text: &str) -> Result<Map> {
        match Self::parse(text)? {
            Self::Map(map) => Ok(map),
            _ => Err(Error::invalid("expected a JSON object")),
        }
    }

    pub fn as_map(&self) -> Option<&Map> {
        if let Self::Map(map) = self { Some(map) } else { None }
    }
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
    /// An integer, and only if it was written as one.
    pub fn as_i64(&self) -> Option<i64> {
        if let Self::Int(number) = self { Some(*number) } else { None }
    }
    /// Any number, NaN and infinities included.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Int(number) => Some(*number as f64),
            Self::Big(digits) => digits.parse().ok(),
            Self::Float(number) => Some(*number),
            _ => None,
        }
    }
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_map()?.get(key)
    }

    /// The value at a dotted metric name: a literal key first (`"val/acc.top1"`), then nesting (`a.b` in `{"a":{"b":1}}`).
    pub fn at<'a>(map: &'a Map, path: &str) -> Option<&'a Self> {
        if let Some(value) = map.get(path) {
            return Some(value);
        }
        path.match_indices('.').find_map(|(dot, _)| {
            let inner = map.get(&path[..dot])?.as_map()?;
            Self::at(inner, &path[dot + 1..])
        })
    }

    /// Calls `visit` with the dotted path of every leaf: whatever is not an object, and empty objects.
    pub fn leaves<'a>(map: &'a Map, visit: &mut impl FnMut(&str, &'a Self)) {
        fn walk<'a>(path: &mut String, map: &'a Map, visit: &mut impl FnMut(&str, &'a Json)) {
            for (key, value) in map {
                let length = path.len();
                if length > 0 {
                    path.push('.');
                }
                path.push_str(key);
                match value {
                    Json::Map(inner) if !inner.is_empty() => walk(path, inner, visit),
                    leaf => visit(path, leaf),
                }
                path.truncate(length);
            }
        }
        walk(&mut String::new(), map, visit);
    }

    /// Compact text in the client's dialect: NaN and infinities bare. For strings that Python parses.
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, false);
        out
    }

    /// Compact text that every JSON parser reads: NaN and infinities as the strings `"NaN"`, `"Infinity"`, `"-Infinity"`.
    pub fn to_strict_text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, true);
        out
    }

    fn write(&self, out: &mut String, strict: bool) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Int(number) => write!(out, "{number}").expect("a String takes any text"),
            Self::Big(digits) => out.push_str(digits),
            Self::Float(number) if number.is_finite() => write!(out, "{number:?}").expect("a String takes any text"),
            Self::Float(number) => {
                let name = if number.is_nan() {
                    "NaN"
                } else if *number > 0.0 {
                    "Infinity"
                } else {
                    "-Infinity"
                };
                if strict {
                    write!(out, "\"{name}\"").expect("a String takes any text");
                } else {
                    out.push_str(name);
                }
            }
            Self::Text(text) => write_text(out, text),
            Self::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.write(out, strict);
                }
                out.push(']');
            }
            Self::Map(map) => {
                out.push('{');
                for (index, (key, value)) in map.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    write_text(out, key);
                    out.push(':');
                    value.write(out, strict);
                }
                out.push('}');
            }
        }
    }
}

fn write_text(out: &mut String, text: &str) {
    out.push_str(&serde_json::to_string(text).expect("text is always JSON"));
}

impl From<JsonValue<'_>> for Json {
    fn from(value: JsonValue<'_>) -> Self {
        Self::from(&value)
    }
}

impl From<&JsonValue<'_>> for Json {
    fn from(value: &JsonValue<'_>) -> Self {
        match value {
            JsonValue::Null => Self::Null,
            JsonValue::Bool(value) => Self::Bool(*value),
            JsonValue::Int(number) => Self::Int(*number),
            JsonValue::BigInt(number) => Self::Big(number.to_string()),
            JsonValue::Float(number) => Self::Float(*number),
            JsonValue::Str(text) => Self::Text(text.to_string()),
            JsonValue::Array(items) => Self::List(items.iter().map(Self::from).collect()),
            JsonValue::Object(pairs) => {
                let mut map = Map::with_capacity(pairs.len());
                for (key, value) in pairs.iter() {
                    map.insert(key.to_string(), Self::from(value));
                }
                Self::Map(map)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_python_writes_comes_back_as_it_was() {
        let text = r#"{"a":NaN,"b":[Infinity,-Infinity],"c":1,"d":1.0,"e":123456789012345678901234567890,"f":{"g":"é\n"}}"#;
        assert_eq!(Json::parse(text).unwrap().to_text(), text);
        let strict = Json::parse(text).unwrap().to_strict_text();
        assert!(serde_json::from_str::<serde_json::Value>(&strict).is_ok(), "{strict}");
    }

    #[test]
    fn a_literal_dotted_key_is_found_before_a_nested_one() {
        let map = Json::parse_map(r#"{"a.b":1,"a":{"b":2,"c":{"d.e":3}}}"#).unwrap();
        assert_eq!(Json::at(&map, "a.b"), Some(&Json::Int(1)));
        assert_eq!(Json::at(&map, "a.c.d.e"), Some(&Json::Int(3)));
        assert_eq!(Json::at(&map, "a.x"), None);
    }

    #[test]
    fn broken_text_is_refused_with_a_place() {
        let error = Json::parse(r#"{"a": }"#).unwrap_err();
        assert!(error.to_string().contains("line 1"), "{error}");
    }
}
