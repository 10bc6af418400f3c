//! The client's filters of collections, versions and registries: MongoDB's operators on named fields. Whatever is not known
//! is refused in words, never ignored.

use regex::Regex;
use serde_json::{Map, Value};

use crate::clock::Timestamp;
use crate::error::{Error, Result};

/// How deep groups may nest, and how many conditions there may be.
const DEPTH_MAX: usize = 32;
const CONDITIONS_MAX: usize = 1000;

/// Which things are meant.
#[derive(Clone, Debug)]
pub enum Filter {
    /// All of these; of none, everything.
    And(Vec<Filter>),
    /// Any of these; of none, everything, as the client's empty groups mean it.
    Or(Vec<Filter>),
    Not(Box<Filter>),
    Is(String, Test),
}

/// What is asked of a field. A field with several values, like tags, passes if one of them does.
#[derive(Clone, Debug)]
pub enum Test {
    Equal(Value),
    OneOf(Vec<Value>),
    Compare(Comparison, Value),
    Contains(String),
    Matches(Regex),
    Exists,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl Filter {
    /// Everything.
    pub fn all() -> Self {
        Self::And(Vec::new())
    }

    pub fn is_all(&self) -> bool {
        matches!(self, Self::And(parts) if parts.is_empty())
    }

    /// Reads a JSON object; `knows` says which fields there are.
    pub fn parse(text: Option<&str>, knows: impl Fn(&str) -> bool) -> Result<Self> {
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            return Ok(Self::all());
        };
        let value: Value =
            serde_json::from_str(text).map_err(|error| Error::invalid(format!("the filter is not JSON: {error}")))?;
        match value {
            Value::Null => Ok(Self::all()),
            value => Parser { knows: &knows, conditions: 0 }.group(&value, 0),
        }
    }

    /// Whether something passes, whose fields `values` gives.
    pub fn accepts(&self, values: &impl Fn(&str) -> Result<Vec<Value>>) -> Result<bool> {
        match self {
            Self::And(parts) => {
                for part in parts {
                    if !part.accepts(values)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Self::Or(parts) => {
                for part in parts {
                    if part.accepts(values)? {
                        return Ok(true);
                    }
                }
                Ok(parts.is_empty())
            }
            Self::Not(part) => Ok(!part.accepts(values)?),
            Self::Is(field, test) => Ok(test.accepts(&values(field)?)),
        }
    }
}

impl Test {
    fn accepts(&self, values: &[Value]) -> bool {
        let present = || values.iter().filter(|value| !value.is_null());
        match self {
            Self::Equal(Value::Null) => present().next().is_none(),
            Self::Equal(wanted) => present().any(|value| same(value, wanted)),
            Self::OneOf(wanted) => wanted.iter().any(|wanted| Self::Equal(wanted.clone()).accepts(values)),
            Self::Compare(comparison, wanted) => present().any(|value| compare(*comparison, value, wanted)),
            Self::Contains(part) => present().any(|value| value.as_str().is_some_and(|text| text.contains(part.as_str()))),
            Self::Matches(pattern) => present().any(|value| value.as_str().is_some_and(|text| pattern.is_match(text))),
            Self::Exists => present().next().is_some(),
        }
    }
}

fn same(value: &Value, wanted: &Value) -> bool {
    match (value.as_f64(), wanted.as_f64()) {
        (Some(value), Some(wanted)) => value == wanted,
        _ => value == wanted,
    }
}

fn compare(comparison: Comparison, value: &Value, wanted: &Value) -> bool {
    let order = match (value, wanted) {
        (Value::Number(value), Value::Number(wanted)) => value.as_f64().partial_cmp(&wanted.as_f64()),
        (Value::String(value), Value::String(wanted)) => match (Timestamp::parse(value), Timestamp::parse(wanted)) {
            (Some(value), Some(wanted)) => Some(value.cmp(&wanted)),
            _ => Some(value.cmp(wanted)),
        },
        _ => None,
    };
    order.is_some_and(|order| match comparison {
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
    })
}

struct Parser<'a> {
    knows: &'a dyn Fn(&str) -> bool,
    conditions: usize,
}

impl Parser<'_> {
    fn group(&mut self, value: &Value, depth: usize) -> Result<Filter> {
        let object = value.as_object().ok_or_else(|| Error::invalid("a filter is a JSON object"))?;
        if depth > DEPTH_MAX {
            return Err(Error::invalid(format!("a filter nests at most {DEPTH_MAX} deep")));
        }
        let mut parts = Vec::new();
        for (key, value) in object {
            parts.push(match key.as_str() {
                "$and" => Filter::And(self.list(value, depth)?),
                "$or" => Filter::Or(self.list(value, depth)?),
                "$nor" => {
                    let parts = self.list(value, depth)?;
                    if parts.is_empty() { Filter::all() } else { Filter::Not(Box::new(Filter::Or(parts))) }
                }
                "$not" => Filter::Not(Box::new(self.group(value, depth + 1)?)),
                operator if operator.starts_with('$') => {
                    return Err(Error::invalid(format!("a filter has no operator '{operator}' here")));
                }
                field if !(self.knows)(field) => {
                    return Err(Error::invalid(format!("there is no field '{field}' to filter by")));
                }
                field => self.field(field, value, depth)?,
            });
        }
        match (parts.len(), parts.pop()) {
            (1, Some(only)) => Ok(only),
            (_, last) => {
                parts.extend(last);
                Ok(Filter::And(parts))
            }
        }
    }

    fn list(&mut self, value: &Value, depth: usize) -> Result<Vec<Filter>> {
        let items = value.as_array().ok_or_else(|| Error::invalid("$and, $or and $nor take a list of filters"))?;
        items.iter().map(|item| self.group(item, depth + 1)).collect()
    }

    fn field(&mut self, field: &str, value: &Value, depth: usize) -> Result<Filter> {
        match value {
            Value::Object(tests) if tests.keys().any(|key| key.starts_with('$')) => self.tests(field, tests, depth),
            Value::Object(_) | Value::Array(_) => {
                Err(Error::invalid(format!("'{field}' is compared with a text, number or flag")))
            }
            value => self.test(field, Test::Equal(value.clone())),
        }
    }

    fn tests(&mut self, field: &str, tests: &Map<String, Value>, depth: usize) -> Result<Filter> {
        use Comparison::{Greater, GreaterOrEqual, Less, LessOrEqual};
        let text = |value: &Value| {
            value.as_str().map(str::to_owned).ok_or_else(|| Error::invalid(format!("'{field}' is matched with a text")))
        };
        let mut parts = Vec::new();
        for (operator, value) in tests {
            parts.push(match operator.as_str() {
                "$eq" => self.test(field, Test::Equal(value.clone()))?,
                "$ne" => negated(self.test(field, Test::Equal(value.clone()))?),
                "$gt" => self.test(field, Test::Compare(Greater, value.clone()))?,
                "$gte" => self.test(field, Test::Compare(GreaterOrEqual, value.clone()))?,
                "$lt" => self.test(field, Test::Compare(Less, value.clone()))?,
                "$lte" => self.test(field, Test::Compare(LessOrEqual, value.clone()))?,
                "$in" | "$nin" => {
                    let wanted = value.as_array().ok_or_else(|| Error::invalid("$in and $nin take a list"))?;
                    let test = self.test(field, Test::OneOf(wanted.clone()))?;
                    if operator == "$in" { test } else { negated(test) }
                }
                "$exists" => {
                    let test = self.test(field, Test::Exists)?;
                    if value == &Value::Bool(false) { negated(test) } else { test }
                }
                "$contains" => self.test(field, Test::Contains(text(value)?))?,
                "$regex" => {
                    let pattern = text(value)?;
                    let pattern = Regex::new(&pattern)
                        .map_err(|error| Error::invalid(format!("'{pattern}' is not a regular expression: {error}")))?;
                    self.test(field, Test::Matches(pattern))?
                }
                "$not" if depth < DEPTH_MAX => negated(self.field(field, value, depth + 1)?),
                other => return Err(Error::invalid(format!("a filter has no operator '{other}'"))),
            });
        }
        Ok(Filter::And(parts))
    }

    fn test(&mut self, field: &str, test: Test) -> Result<Filter> {
        self.conditions += 1;
        if self.conditions > CONDITIONS_MAX {
            return Err(Error::invalid(format!("a filter has at most {CONDITIONS_MAX} conditions")));
        }
        Ok(Filter::Is(field.to_owned(), test))
    }
}

fn negated(filter: Filter) -> Filter {
    Filter::Not(Box::new(filter))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_filter_means_what_it_says() {
        let values = |field: &str| {
            Ok(match field {
                "name" => vec![json!("data")],
                "tag" => vec![json!("a"), json!("b")],
                "size" => vec![json!(5)],
                "created_at" => vec![json!("2026-01-31T10:00:00Z")],
                _ => Vec::new(),
            })
        };
        for (filter, expected) in [
            ("", true),
            ("{}", true),
            (r#"{"$or":[{"$and":[]}]}"#, true),
            (r#"{"name":"data"}"#, true),
            (r#"{"name":"dat"}"#, false),
            (r#"{"name":{"$contains":"at"},"size":5.0}"#, true),
            (r#"{"name":{"$regex":"^d"}}"#, true),
            (r#"{"name":{"$not":{"$regex":"^d"}}}"#, false),
            (r#"{"tag":"b"}"#, true),
            (r#"{"tag":{"$ne":"b"}}"#, false),
            (r#"{"tag":{"$in":["c","a"]}}"#, true),
            (r#"{"tag":{"$nin":["c"]}}"#, true),
            (r#"{"size":{"$gte":5,"$lt":6}}"#, true),
            (r#"{"created_at":{"$gt":"2026-01-31 09:59:59"}}"#, true),
            (r#"{"other":{"$exists":false}}"#, true),
            (r#"{"other":null}"#, true),
            (r#"{"$nor":[{"name":"x"},{"size":5}]}"#, false),
        ] {
            let parsed = Filter::parse(Some(filter), |_| true).expect(filter);
            assert_eq!(parsed.accepts(&values).unwrap(), expected, "{filter}");
        }
        for wrong in [
            "[]",
            r#"{"color":1}"#,
            r#"{"name":{"$near":1}}"#,
            r#"{"$where":1}"#,
            r#"{"name":{"$regex":"("}}"#,
            r#"{"name":[1]}"#,
        ] {
            assert!(Filter::parse(Some(wrong), |field| field == "name").is_err(), "{wrong}");
        }
    }
}
