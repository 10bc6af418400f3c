//! What runs stream: metric rows, system metrics, console lines.
//!
//! A request is parsed and compressed once, off the writer thread ([`parse`]), and stored as one chunk a stream
//! ([`append`]). Lines are known by writer and number: the same lines again change nothing, other lines with the same
//! numbers replace them. Readers decode only the chunks whose steps they ask for.
//!
//! In the background the rows of runs that ended, and long tails, move into Parquet files ([`seal`]). The chunks stay as the
//! directory of what lies where: forks and rewinds point into the same files, and a file goes when nothing points into it.
//!
//! Each chunk says what its rows do of every key ([`statistics`]), so nothing is read again to know a run's keys; each segment
//! has previews of its columns ([`segment`]), so a chart of a hundred runs reads kilobytes. `tests/bench/bench.py` measures it.
//!
//! Everything here takes the history plane and a run's id; whether the caller may is judged before.

mod append;
mod chart;
mod compare;
mod console;
mod export;
mod keys;
mod model;
mod pack;
pub mod parse;
mod place;
mod rewind;
mod row;
mod sample;
mod scan;
mod seal;
mod segment;
mod segment_store;
mod statistics;
mod store;
mod summary;
#[cfg(test)]
mod tests;
mod wire;

pub use append::append;
pub use chart::{Bucket, ChartSpec, Series, chart, chart_since, cursor};
pub use compare::{Comparison, compare_with_blobs, compare_with_listed};
pub use console::log_lines;
pub use export::{Exports, export, exported, exports};
pub use keys::{KeyInfo, Keys, keys};
pub use model::{Append, Chunk, Counters, LogLine, LogPage, LogRange, RowRange, Stream, Volume};
pub use rewind::{copy_all, copy_to, delete, truncate};
pub use sample::{SampleSpec, sampled};
pub use scan::{counters, events, rows};
pub use seal::{collect, ended, seal};
pub use segment::Segments;
pub use summary::{latest_system_metrics, summary_of_history};
