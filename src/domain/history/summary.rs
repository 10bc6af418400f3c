//! The last values: of system metrics, and of metrics when a summary has to be made from the rows.

use indexmap::IndexMap;
use jiter::JsonValue;

use super::keys;
use super::model::Stream;
use super::place::Chunks;
use super::row;
use super::segment::Segments;
use crate::db::Reader;
use crate::error::Result;
use crate::id::RunId;
use crate::json::{Json, Map};

/// The latest value of each key that begins with `system.`.
pub fn latest_system_metrics(db: &Reader<'_>, segments: &Segments, run: RunId) -> Result<Map> {
    let keys = keys::merged(db, segments, run, Stream::Events)?.into_iter();
    Ok(keys.filter(|(name, _)| name.starts_with("system.")).map(|(name, key)| (name, key.previous)).collect())
}

/// The value of each key in the row of the greatest step that has it. Nested objects are joined member by member.
pub fn summary_of_history(db: &Reader<'_>, segments: &Segments, run: RunId) -> Result<Map> {
    let mut tree = IndexMap::new();
    Chunks::between(db, segments, run, Stream::History, i64::MIN, i64::MAX)?.each(|step, row, _| {
        for (key, value) in row.members() {
            note(&mut tree, key, value, step);
        }
        Ok(())
    })?;
    Ok(values(tree))
}

/// A last value under way.
enum Node {
    /// A value with the step of its row.
    Leaf(i64, Json),
    Branch(IndexMap<String, Node>),
}

impl Node {
    /// The greatest step in it.
    fn step(&self) -> i64 {
        match self {
            Self::Leaf(step, _) => *step,
            Self::Branch(members) => members.values().map(Self::step).max().unwrap_or(i64::MIN),
        }
    }
}

fn note(tree: &mut IndexMap<String, Node>, key: &str, value: &JsonValue<'_>, step: i64) {
    let known = tree.get_mut(key);
    if let Some(members) = row::branch(value) {
        if let Some(Node::Branch(inner)) = known {
            members.iter().for_each(|(key, value)| note(inner, key, value, step));
        } else if known.is_none_or(|known| known.step() <= step) {
            let mut inner = IndexMap::new();
            members.iter().for_each(|(key, value)| note(&mut inner, key, value, step));
            tree.insert(key.to_owned(), Node::Branch(inner));
        }
    } else {
        match known {
            Some(known) if known.step() > step => {}
            Some(known) => *known = Node::Leaf(step, Json::from(value)),
            None => drop(tree.insert(key.to_owned(), Node::Leaf(step, Json::from(value)))),
        }
    }
}

fn values(tree: IndexMap<String, Node>) -> Map {
    let value = |node| match node {
        Node::Leaf(_, value) => value,
        Node::Branch(members) => Json::Map(values(members)),
    };
    tree.into_iter().map(|(key, node)| (key, value(node))).collect()
}
