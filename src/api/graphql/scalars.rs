//! The client's scalars.

use async_graphql::{InputValueError, InputValueResult, Number, Scalar, ScalarType, Value};

use crate::clock::Timestamp;
use crate::json::{Json, Map};

/// JSON text in a string. May hold Python's bare NaN and infinities: it is parsed by the client, not by the transport.
#[derive(Clone, Debug)]
pub struct JsonString(pub String);

#[Scalar(name = "JSONString")]
impl ScalarType for JsonString {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => Ok(Self(text)),
            other => Err(InputValueError::expected_type(other)),
        }
    }
    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

/// Any JSON, as part of the response. Must be strict, so NaN and infinities are the strings "NaN", "Infinity", "-Infinity".
#[derive(Clone, Debug)]
pub struct AnyJson(pub Value);

#[Scalar(name = "JSON")]
impl ScalarType for AnyJson {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Self(value))
    }
    fn to_value(&self) -> Value {
        self.0.clone()
    }
}

impl From<&Json> for AnyJson {
    fn from(json: &Json) -> Self {
        Self(value_of(json))
    }
}

impl From<Vec<Map>> for AnyJson {
    fn from(rows: Vec<Map>) -> Self {
        Self(Value::List(rows.iter().map(object_of).collect()))
    }
}

fn object_of(map: &Map) -> Value {
    Value::Object(map.iter().map(|(key, value)| (async_graphql::Name::new(key), value_of(value))).collect())
}

fn value_of(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(flag) => Value::Boolean(*flag),
        Json::Int(number) => Value::Number(Number::from(*number)),
        Json::Float(number) => match Number::from_f64(*number) {
            Some(number) => Value::Number(number),
            None if number.is_nan() => Value::String("NaN".to_owned()),
            None if *number > 0.0 => Value::String("Infinity".to_owned()),
            None => Value::String("-Infinity".to_owned()),
        },
        Json::Big(digits) => Value::String(digits.clone()),
        Json::Text(text) => Value::String(text.clone()),
        Json::List(items) => Value::List(items.iter().map(value_of).collect()),
        Json::Map(map) => object_of(map),
    }
}

/// A moment, as ISO 8601 text.
#[derive(Clone, Copy, Debug)]
pub struct DateTime(pub Timestamp);

#[Scalar(name = "DateTime")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => match Timestamp::parse(text) {
                Some(at) => Ok(Self(at)),
                None => Err(InputValueError::custom(format!("'{text}' is not a date and time in ISO 8601"))),
            },
            _ => Err(InputValueError::expected_type(value)),
        }
    }
    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// A span in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Duration(pub std::time::Duration);

#[Scalar(name = "Duration")]
impl ScalarType for Duration {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::Number(number) => match number.as_u64() {
                Some(millis) => Ok(Self(std::time::Duration::from_millis(millis))),
                None => Err(InputValueError::custom("a duration is a whole number of milliseconds, not negative")),
            },
            _ => Err(InputValueError::expected_type(value)),
        }
    }
    fn to_value(&self) -> Value {
        Value::Number(Number::from(u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX)))
    }
}

/// A whole number of 64 bits.
#[derive(Clone, Copy, Debug)]
pub struct Int64(pub i64);

#[Scalar(name = "Int64")]
impl ScalarType for Int64 {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::Number(number) => match number.as_i64() {
                Some(number) => Ok(Self(number)),
                None => Err(InputValueError::custom("expected a whole number of 64 bits")),
            },
            _ => Err(InputValueError::expected_type(value)),
        }
    }
    fn to_value(&self) -> Value {
        Value::Number(Number::from(self.0))
    }
}
