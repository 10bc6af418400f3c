//! What a stream is by the book: plain lists.

use std::collections::BTreeMap;

use super::super::{KeyInfo, Keys};
use crate::json::Json;

/// A stream as a plain list for each writer, in the order they appeared.
#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    writers: Vec<(String, BTreeMap<i64, String>)>,
    latest: usize,
    /// The number of each console line, by writer and line.
    numbers: BTreeMap<(usize, i64), i64>,
}

impl Model {
    pub(super) fn append(&mut self, writer: &str, first_line: i64, lines: &[String]) {
        let place = self.writers.iter().position(|(name, _)| name == writer).unwrap_or_else(|| {
            self.writers.push((writer.to_owned(), BTreeMap::new()));
            self.writers.len() - 1
        });
        for (number, line) in (first_line..).zip(lines) {
            let next = self.numbers.values().max().map_or(0, |last| last + 1);
            let shared = self.writers.len() > 1;
            self.numbers.entry((place, number)).or_insert(if shared { next } else { number });
            if self.writers[place].1.insert(number, line.clone()).as_ref() != Some(line) {
                self.latest = place;
            }
        }
    }
    pub(super) fn end(&self, writer: &str) -> i64 {
        let lines = self.writers.iter().find(|(name, _)| name == writer).map(|(_, lines)| lines);
        lines.and_then(|lines| lines.last_key_value()).map_or(0, |(number, _)| number + 1)
    }
    pub(super) fn count(&self) -> i64 {
        self.writers.iter().map(|(writer, _)| self.end(writer)).sum()
    }
    pub(super) fn tail(&self) -> Option<String> {
        self.writers.get(self.latest)?.1.last_key_value().map(|(_, line)| line.clone())
    }
    /// Step and line by ascending step.
    pub(super) fn rows(&self) -> Vec<(i64, String)> {
        let all = self.writers.iter().flat_map(|(_, lines)| lines);
        let mut rows: Vec<_> = all.map(|(number, line)| (step(line, *number), line.clone())).collect();
        rows.sort_by_key(|(step, _)| *step);
        rows
    }
    pub(super) fn truncate(&mut self, limit: i64) {
        let all = self.writers.iter().flat_map(|(_, lines)| lines);
        let kept = all.filter(|(number, line)| step(line, **number) <= limit).map(|(_, line)| line.clone());
        let kept: BTreeMap<i64, String> = (0..).zip(kept).collect();
        *self = Self::default();
        if !kept.is_empty() {
            self.writers.push((String::new(), kept));
        }
    }
    pub(super) fn log(&self) -> Vec<(i64, String)> {
        let mut log: Vec<_> =
            self.numbers.iter().map(|((place, line), number)| (*number, self.writers[*place].1[line].clone())).collect();
        log.sort();
        log
    }
    /// The key index by the book: for each writer and key all values, then what they say.
    pub(super) fn keys(&self) -> Keys {
        let mut keys: BTreeMap<String, (KeyInfo, i64)> = BTreeMap::new();
        for (_, lines) in &self.writers {
            let mut values: BTreeMap<String, Vec<(i64, Json)>> = BTreeMap::new();
            for (number, line) in lines {
                let row = Json::parse_map(line).unwrap();
                Json::leaves(&row, &mut |name, value| {
                    values.entry(name.to_owned()).or_default().push((step(line, *number), value.clone()));
                });
            }
            for (name, values) in values {
                let numbers: Vec<f64> = values.iter().filter_map(|(_, value)| value.as_f64()).collect();
                let monotonic = numbers.len() == values.len() && !numbers[0].is_nan() && numbers.is_sorted();
                let (last_step, previous_value) = values.last().cloned().unwrap();
                let (info, newest) = keys.entry(name).or_insert_with(|| {
                    let info =
                        KeyInfo { type_counts: Vec::new(), previous_value: Json::Null, monotonic: true, min: None, max: None };
                    (info, i64::MIN)
                });
                for (_, value) in &values {
                    let kind = type_of(value);
                    match info.type_counts.iter_mut().find(|(known, _)| known == kind) {
                        Some((_, count)) => *count += 1,
                        None => info.type_counts.push((kind.to_owned(), 1)),
                    }
                }
                info.type_counts.sort();
                info.monotonic &= monotonic;
                for number in numbers.into_iter().filter(|number| !number.is_nan()) {
                    info.min = Some(info.min.map_or(number, |known| known.min(number)));
                    info.max = Some(info.max.map_or(number, |known| known.max(number)));
                }
                if last_step >= *newest {
                    (info.previous_value, *newest) = (previous_value, last_step);
                }
            }
        }
        let keys = keys.into_iter().map(|(name, (info, _))| (name, info)).collect();
        Keys { last_step: self.rows().last().map(|(step, _)| *step), keys }
    }
}

pub(super) fn step(line: &str, number: i64) -> i64 {
    Json::parse_map(line).unwrap().get("_step").and_then(Json::as_i64).unwrap_or(number)
}
pub(super) fn type_of(value: &Json) -> &'static str {
    match value {
        Json::Null => "nil",
        Json::Bool(_) => "bool",
        Json::Int(_) | Json::Big(_) | Json::Float(_) => "number",
        Json::Text(_) => "string",
        Json::List(_) => "list",
        Json::Map(_) => "map",
    }
}
