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
//!
//! # What was tried, and what it gave
//! By `tests/bench/bench.py`, two binaries in turn on two cores that the generator shares; ratios to the append-only server of the
//! same run, since the machine's own speed changed by four from minute to minute.
//! * Half of what a message of 100 rows with 10 metrics cost was the same whatever it held: it changed threads five times, and a
//!   waking thread costs as much as parsing 20 rows. Looking up who asks and which run is meant where the message arrives, and
//!   reading short messages there, took a message of one row from 1.3 to 0.6–0.8 ms of CPU and from 0.2–0.35 to 0.57 of the
//!   append-only server.
//! * As many long messages are parsed at once as there are cores: 100 runs at once went from 0.08–0.12 to 0.15–0.21.
//! * A zstd context a message was 2 % in its making and more in the page faults after it: they are kept. Hashing the names of
//!   keys was 5 %: a row's keys mostly come in the order of the row before, so the next one is looked at first.
//! * Statistics as bytes beside the lines, not rows of a table: 26 statements a message of 13 keys less.
//! * Where the time of messages of 100 rows went before all that, by a profile: half to JSON, statistics, compression and sealing,
//!   18 % to HTTP and the request line, 14 % to the writer of the lines and 10 % to that of the summaries. A summary is written with
//!   every message although only the last one counts; to write it once a second would save most of the last, and was not done:
//!   readers would see it late.
//! * With the machine to itself and the generator, after all that: 10 runs 0.76 M points/s with a p99 of 48 ms, 100 runs 0.97 M, 1,000
//!   runs 1.13 M, messages of one row 28,000 points/s with a p99 of 8 ms; 1.4 to 2.0 s of CPU a million points. The append-only
//!   server, which looks into nothing and writes one file, does 3 to 5 M: what is short of half of it is CPU, not the disk.
//! * After sealing: 2.3 bytes a point of 10 metrics, 3.4 of 500.

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
mod tail_columns;
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
