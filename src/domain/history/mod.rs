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
//! * A row whose keys are those of the row before is counted as it is read, without a tree of its values, and what one thread
//!   allocates and another frees is mimalloc's (without huge pages, which cost 20 MiB when idle): together 10 runs went from 0.9 to
//!   1.0–1.3 M points/s, 1,000 runs from 1.0 to 1.2–1.4 M, a million points from 1.5–1.8 to 1.2–1.5 s of CPU.
//! * Where that goes now, by a profile: 12 % to counting rows, 9 % to compressing them, 7 % to the JSON around them, 17 % to HTTP and
//!   the request line, 10 % to sealing, 30 % to the two writers, of which half is the kernel's part of waiting for the disk. No part
//!   is great any more. The append-only server, which looks into nothing and writes one file, does 3 to 5 M on the same two
//!   cores, so neither half of that nor 2 M for 1,000 runs is reached: both would need a million points for less than a second of CPU.
//! * A summary came with every message to the writer of the control plane, although only the last one counts (10 %, and a second
//!   disk to wait for). It is kept with the lines now and brought over once a second ([`summary_store`]): 10 runs went from 0.24 to 0.29
//!   of the append-only server (1.07 M points/s, p99 38 ms), messages of one row from 26,000 to 31,000 points/s.
//! * 100 people who watch 10 of 24 runs that stream as fast as they can read every new row a hundred times: at 5 µs a row charts took
//!   6 s (p50) to 75 s (p99), and ingest fell to 0.34 M points/s. With the numbers of the tail's rows kept by metric (`tail_columns`)
//!   it is 19 ms and 46 ms, at 0.82 M points/s.
//! * With the machine to itself and the generator, built for release: 10 runs 1.63 M points/s with a p99 of 28 ms (0.39 of the
//!   append-only server), 100 runs 1.53 M, 1,000 runs 1.24 M (0.41), messages of one row 32,000 points/s with a p99 of 8 ms; a million
//!   points cost 1.0 to 1.2 s of CPU. 1,000 runs that send 15 lines every 15 s take 13 % of a core (p99 7 ms). 500 points of a million
//!   steps in 10 ms, 5,000 in 36; a chart of 100 runs with 100,000 steps each in 50 ms; 24 M points taken at 0.81 M a second while
//!   100 people watch them, whose charts have a p99 of 46 ms. It starts in 31 ms and takes 38 to 47 MiB when idle, 15 of them its own.
//! * After sealing: 2.4 bytes a point of 10 metrics, 3.0 of 500.

mod append;
mod chart;
mod compare;
mod console;
mod export;
mod join;
mod keys;
mod model;
mod news;
mod news_store;
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
mod summary_store;
mod tail_columns;
#[cfg(test)]
mod tests;
mod transfer;
mod wire;

pub use append::append;
pub use chart::{Bucket, ChartSpec, Series, chart, chart_since, cursor};
pub use compare::{Comparison, compare_with_blobs, compare_with_listed};
pub use console::log_lines;
pub use export::{Exports, export, exported, exports};
pub use keys::{KeyInfo, Keys, keys};
pub use model::{Append, Chunk, Counters, LogLine, LogPage, LogRange, RowRange, Stream, Volume};
pub use news::{News, Seen, judged, last_step, news, note_unjudged, numbers_since, unjudged};
pub use rewind::{copy_all, copy_to, delete, truncate};
pub use sample::{SampleSpec, sampled};
pub use scan::{counters, events, rows};
pub use seal::{collect, ended, seal};
pub use segment::Segments;
pub use summary::{latest_system_metrics, summary_of_history};
pub use summary_store::{WaitingSummary, keep_summary, summary_taken, waiting_summaries, waiting_summary};
pub use transfer::{Passage, Span, console_passages, export_logged, import_console, import_logged};
