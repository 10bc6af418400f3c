//! The face that stores speak to: statements in the SQL that SQLite and PostgreSQL share, `?1` placeholders.

use std::ops::Deref;
use std::sync::Arc;

use rusqlite::{Connection, ErrorCode};

use super::meter::Meter;
use super::row::{Row, ToValue, Value};
use crate::error::{Error, Result};

/// Reads one consistent snapshot.
pub struct Reader<'c> {
    connection: &'c Connection,
    meter: Option<Arc<Meter>>,
}

/// Reads and changes; all of it commits together or not at all.
pub struct Tx<'c>(Reader<'c>);

impl<'c> Deref for Tx<'c> {
    type Target = Reader<'c>;
    fn deref(&self) -> &Reader<'c> {
        &self.0
    }
}

impl<'c> Reader<'c> {
    pub(super) fn new(connection: &'c Connection, meter: Option<Arc<Meter>>) -> Self {
        Self { connection, meter }
    }

    /// All rows, in order.
    pub fn query<T>(&self, sql: &str, values: &[&dyn ToValue], read: impl Fn(&Row<'_>) -> Result<T>) -> Result<Vec<T>> {
        #[cfg(test)]
        super::faults::strike(sql)?;
        self.note_plan(sql, values)?;
        let mut statement = self.connection.prepare_cached(sql).map_err(|error| failure(sql, error))?;
        let values: Vec<Value> = values.iter().map(|value| value.to_value()).collect();
        let mut rows = statement.query(rusqlite::params_from_iter(values)).map_err(|error| failure(sql, error))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(|error| failure(sql, error))? {
            found.push(read(&Row(row))?);
        }
        if let Some(meter) = &self.meter {
            meter.count(found.len() as u64);
        }
        Ok(found)
    }

    /// The first row, if there is one.
    pub fn query_opt<T>(&self, sql: &str, values: &[&dyn ToValue], read: impl Fn(&Row<'_>) -> Result<T>) -> Result<Option<T>> {
        Ok(self.query(sql, values, read)?.into_iter().next())
    }

    /// The only row; none is our own fault.
    pub fn query_one<T>(&self, sql: &str, values: &[&dyn ToValue], read: impl Fn(&Row<'_>) -> Result<T>) -> Result<T> {
        self.query_opt(sql, values, read)?.ok_or_else(|| Error::internal(format!("no row for {sql}")))
    }

    /// How the engine means to answer a statement, a line a step: for tests that hold the hot queries to their indexes.
    pub fn explain(&self, sql: &str, values: &[&dyn ToValue]) -> Result<String> {
        let steps = self.query(&format!("EXPLAIN QUERY PLAN {sql}"), values, |row| row.get::<String>("detail"))?;
        Ok(steps.join("\n"))
    }

    fn note_plan(&self, sql: &str, values: &[&dyn ToValue]) -> Result<()> {
        match &self.meter {
            Some(meter) if !sql.starts_with("EXPLAIN") && meter.wants_plan_of(sql) => {
                let uncounted = Reader { connection: self.connection, meter: None };
                meter.keep_plan(sql, uncounted.explain(sql, values)?);
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

impl<'c> Tx<'c> {
    pub(super) fn new(connection: &'c Connection, meter: Option<Arc<Meter>>) -> Self {
        Self(Reader::new(connection, meter))
    }

    /// Runs a statement; returns how many rows it changed.
    pub fn execute(&self, sql: &str, values: &[&dyn ToValue]) -> Result<usize> {
        #[cfg(test)]
        super::faults::strike(sql)?;
        self.0.note_plan(sql, values)?;
        let mut statement = self.connection.prepare_cached(sql).map_err(|error| failure(sql, error))?;
        let values: Vec<Value> = values.iter().map(|value| value.to_value()).collect();
        let changed = statement.execute(rusqlite::params_from_iter(values)).map_err(|error| failure(sql, error))?;
        if let Some(meter) = &self.meter {
            meter.count(0);
        }
        Ok(changed)
    }
}

/// The values of a statement that is put together, in the order of their placeholders.
#[derive(Debug, Default)]
pub struct Values(pub Vec<Value>);

impl Values {
    /// Takes a value; its placeholder.
    pub fn add(&mut self, value: &dyn ToValue) -> String {
        self.0.push(value.to_value());
        format!("?{}", self.0.len())
    }

    /// Takes all of these; their placeholders with commas between them. An empty list matches nothing.
    pub fn add_all<'a>(&mut self, values: impl Iterator<Item = &'a dyn ToValue>) -> String {
        let places: Vec<String> = values.map(|value| self.add(&value)).collect();
        if places.is_empty() { "NULL".to_owned() } else { places.join(", ") }
    }

    /// As a statement takes them.
    pub fn bound(&self) -> Vec<&dyn ToValue> {
        self.0.iter().map(|value| value as &dyn ToValue).collect()
    }
}

/// What a statement selects from to get the values at a dotted path of a JSON document, of a list its elements: rows of `type`
/// (`integer`, `real`, `text`, `true`, `false`, `null`, `array`, `object`) and `atom`. None of a document that cannot be read.
pub fn values_at(document: &str, path: &str) -> String {
    format!("json_each(values_at({document}, {path}))")
}

/// `?3, ?4, ?5`: placeholders for a list of `count` values that starts at number `first`. An empty list matches nothing.
pub fn list_of(first: usize, count: usize) -> String {
    if count == 0 {
        return "NULL".to_owned();
    }
    let places: Vec<String> = (first..first + count).map(|number| format!("?{number}")).collect();
    places.join(", ")
}

pub(super) fn failure(sql: &str, error: rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => Error::Full {
            text: "the server's disk is full; nothing of this request was stored".to_owned(),
            retry_after: std::time::Duration::from_secs(10),
        },
        Some(ErrorCode::DatabaseBusy) => Error::Unavailable {
            text: "the database is busy; try again".to_owned(),
            retry_after: std::time::Duration::from_secs(1),
        },
        _ => Error::internal(format!("{error} in {sql}")),
    }
}
