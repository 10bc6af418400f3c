//! The numbers of rows in the tail that were read last, by metric: while a run goes, all who watch it ask for the same few metrics
//! of the same new rows, and to read a row's text costs a hundred times what its numbers do.

use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::error::Result;
use crate::id::RunId;

/// What all that is kept takes at most, some ten million numbers less what says where they belong.
const BYTES_MAX: u64 = 32 << 20;
/// How many chunks are expected, for the size of the index.
const CHUNKS_EXPECTED: usize = 4096;
/// A chunk of which so many metrics are kept begins anew with those that are asked for.
const METRICS_MAX: usize = 64;

/// Chunks whose numbers are kept. Cheap to clone.
#[derive(Clone)]
pub(super) struct TailColumns(Arc<Cache<ChunkName, Arc<Columns>, ByBytes>>);

/// Which rows a chunk has: what it is called and what it holds change together.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct ChunkName {
    pub run: RunId,
    /// How often rows of the run had been rewritten.
    pub rewrites: i64,
    pub writer: String,
    pub first_line: i64,
    pub line_count: i64,
}

/// What the rows of a chunk have at some names, as [`super::place::Chunks::numbers`] says.
pub(super) struct Columns {
    /// The step of each row.
    pub steps: Vec<i64>,
    metrics: Vec<(String, Vec<Option<f64>>)>,
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<ChunkName, Arc<Columns>> for ByBytes {
    fn weight(&self, name: &ChunkName, columns: &Arc<Columns>) -> u64 {
        let row = size_of::<i64>() + columns.metrics.len() * size_of::<Option<f64>>();
        let names: usize = columns.metrics.iter().map(|(name, _)| name.len() + 64).sum();
        (columns.steps.len() * row + names + name.writer.len() + size_of::<ChunkName>()) as u64
    }
}

impl TailColumns {
    pub fn new() -> Self {
        Self(Arc::new(Cache::with_weighter(CHUNKS_EXPECTED, BYTES_MAX, ByBytes)))
    }

    /// The numbers of a chunk at all these names and maybe more; `read` reads those that are not known.
    pub fn of(
        &self,
        name: ChunkName,
        keys: &[String],
        read: impl FnOnce(&[String]) -> Result<Columns>,
    ) -> Result<Arc<Columns>> {
        let known = self.0.get(&name);
        let is_missing = |key: &&String| known.as_ref().is_none_or(|known| known.of(key).is_none());
        let missing: Vec<String> = keys.iter().filter(is_missing).cloned().collect();
        if let Some(known) = known.as_ref().filter(|_| missing.is_empty()) {
            return Ok(Arc::clone(known));
        }
        let mut read = read(&missing)?;
        let known = known.iter().flat_map(|known| &known.metrics);
        let has_room = read.metrics.len() + known.clone().count() <= METRICS_MAX;
        read.metrics.extend(known.filter(|(key, _)| has_room || keys.contains(key)).cloned());
        let read = Arc::new(read);
        self.0.insert(name, Arc::clone(&read));
        Ok(read)
    }
}

impl Columns {
    pub fn new(keys: &[String]) -> Self {
        Self { steps: Vec::new(), metrics: keys.iter().map(|key| (key.clone(), Vec::new())).collect() }
    }

    /// Adds a row with what it has at the names, in their order.
    pub fn push(&mut self, step: i64, numbers: &[Option<f64>]) {
        self.steps.push(step);
        self.metrics.iter_mut().zip(numbers).for_each(|((_, column), number)| column.push(*number));
    }

    /// What the rows have at a name, if it is known.
    pub fn of(&self, key: &str) -> Option<&[Option<f64>]> {
        self.metrics.iter().find(|(known, _)| known == key).map(|(_, numbers)| numbers.as_slice())
    }
}
