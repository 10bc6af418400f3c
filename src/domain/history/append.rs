//! Appending: each stream of a request becomes a chunk. Almost always it continues where the writer stopped; a repeated
//! request is recognised by its lines, and other lines with known numbers replace those.

use std::collections::BTreeMap;

use super::model::{Append, Chunk, Stream};
use super::pack::{self, Lines};
use super::segment::{self, Segments};
use super::store::{self, Held, Written};
use super::{keys, parse, statistics};
use crate::db::Tx;
use crate::error::Result;
use crate::id::RunId;

/// How many lines, and how many compressed bytes, small chunks are joined to at most.
pub(super) const JOINED_LINES_MAX: i64 = 256;
const JOINED_BYTES_MAX: usize = 64 * 1024;
/// A request with as many lines is a chunk as it is: to join it would cost more than reading one chunk more.
const JOINED_FROM: i64 = 64;
/// Statistics of fewer lines are told from the lines.
const MEASURED_LINES_MIN: i64 = 64;
/// After so many appends what their chunks say of the keys is joined to what is known of those before. In between a reader
/// joins it.
const MEASURE_EVERY: i64 = 128;
/// With so many keys it is joined at once unless the chunk keeps it: to tell it again from the lines would cost more.
const MANY_KEYS: usize = 200;

/// Stores what a request brings. The same again leaves the same state.
pub fn append(tx: &Tx<'_>, segments: &Segments, run: RunId, append: &Append) -> Result<()> {
    let parts = [(Stream::History, &append.history), (Stream::Events, &append.events), (Stream::Console, &append.console)];
    for (stream, chunk) in parts {
        if let Some(chunk) = chunk.as_ref().filter(|chunk| !chunk.lines.is_empty()) {
            let writers = store::streams(tx, run, stream)?;
            Target { tx, segments, run, stream, writer: &append.writer, writers }.put(chunk)?;
        }
    }
    Ok(())
}

/// The stream of one writer that is appended to.
struct Target<'t, 'c> {
    tx: &'t Tx<'c>,
    segments: &'t Segments,
    run: RunId,
    stream: Stream,
    writer: &'t str,
    /// All writers of the run's stream, maybe without this one.
    writers: Vec<Written>,
}

/// How far the keys of a writer are measured, and how many appends came since.
#[derive(Clone, Copy, Default)]
struct Measured {
    to: i64,
    appends: i64,
}

impl Target<'_, '_> {
    fn put(&self, chunk: &Chunk) -> Result<()> {
        let end = self.written().map_or(0, |written| written.line_count);
        if chunk.first_line >= end {
            return self.extend(chunk);
        }
        let held = store::overlapping(self.tx, self.run, self.stream, self.writer, chunk.first_line, chunk.end())?;
        let known = self.known_lines(&held)?;
        let numbered = || (chunk.first_line..).zip(&chunk.lines);
        // Segments keep what a row says, not how it was spelled.
        let sealed =
            |number: i64| held.iter().any(|held| held.sealed.is_some() && (held.first_line..held.end()).contains(&number));
        let is_known = |number: i64, line: &String| match known.get(&number) {
            Some(known) => known == line || sealed(number) && segment::same(known, line),
            None => false,
        };
        let mut changed = numbered().filter(|(number, line)| !is_known(*number, line)).map(|(number, _)| number);
        let Some(first) = changed.next() else {
            return Ok(());
        };
        let last = changed.last().unwrap_or(first);
        let lines = numbered().filter(|(number, _)| (first..=last).contains(number)).map(|(_, line)| line.clone());
        let fresh = parse::chunk(self.stream, first, lines.collect())?;
        if first >= end { self.extend(&fresh) } else { self.replace(&held, &known, &fresh) }
    }

    /// Adds lines beyond all known ones.
    fn extend(&self, chunk: &Chunk) -> Result<()> {
        let first_step = match self.stream {
            Stream::Console => self.new_number(chunk.first_line, None)?,
            Stream::History | Stream::Events => chunk.min_step,
        };
        let added = self.held(chunk, first_step);
        let last_step = self.written().map_or(added.max_step, |written| written.last_step.max(added.max_step));
        self.insert_joined(added, chunk)?;
        let measured = self.measure(chunk)?;
        self.mark(chunk.end(), last_step, measured)
    }

    /// Notes one more append, or joins what the last ones say of the keys.
    fn measure(&self, chunk: &Chunk) -> Result<Measured> {
        let before = self
            .written()
            .map_or(Measured::default(), |written| Measured { to: written.measured_to, appends: written.unmeasured });
        let is_wide = chunk.measured.is_none() && chunk.statistics.len() >= MANY_KEYS;
        if self.stream == Stream::Console || before.appends + 1 < MEASURE_EVERY && !is_wide {
            return Ok(Measured { appends: before.appends + 1, ..before });
        }
        let mut all = store::measured(self.tx, self.run, self.stream, self.writer)?;
        if before.appends == 0 {
            statistics::join(&mut all, chunk.statistics.clone());
        } else {
            keys::join_from(self.tx, self.segments, self.run, self.stream, self.writer, before.to, &mut all)?;
        }
        store::set_measured(self.tx, self.run, self.stream, self.writer, &all)?;
        Ok(Measured { to: chunk.end(), appends: 0 })
    }

    /// Stores a chunk at the end, joined with smaller ones right before it: a run that logs a row at a time would otherwise
    /// be read a row at a time. As no chunk joins a greater one, a line is compressed again a few times at most.
    fn insert_joined(&self, mut added: Held, chunk: &Chunk) -> Result<()> {
        if added.line_count >= JOINED_FROM {
            return store::insert(self.tx, self.run, self.stream, &added, &chunk.packed, chunk.measured.as_deref());
        }
        let measured_to = self.written().map_or(0, |written| written.measured_to);
        let mut parts: Vec<Vec<u8>> = vec![chunk.packed.clone()];
        let mut counts = vec![added.line_count];
        while let Some(before) = store::last_chunk(self.tx, self.run, self.stream, self.writer)? {
            let lines = before.line_count + added.line_count;
            // What is measured ends with a chunk.
            let continued = before.end() == added.first_line
                && (before.first_line >= measured_to || self.stream == Stream::Console)
                && (self.stream != Stream::Console || before.max_step + 1 == added.min_step);
            if !continued || before.sealed.is_some() || before.line_count > added.line_count || lines > JOINED_LINES_MAX {
                break;
            }
            let packed = store::packed(self.tx, self.run, self.stream, &before)?;
            if packed.len() + parts.iter().map(Vec::len).sum::<usize>() > JOINED_BYTES_MAX {
                break;
            }
            store::remove(self.tx, self.run, self.stream, &before)?;
            parts.push(packed);
            counts.push(before.line_count);
            added = Held {
                first_line: before.first_line,
                line_count: lines,
                min_step: before.min_step.min(added.min_step),
                max_step: before.max_step.max(added.max_step),
                ..added
            };
        }
        if parts.len() == 1 {
            return store::insert(self.tx, self.run, self.stream, &added, &chunk.packed, chunk.measured.as_deref());
        }
        let mut lines = Vec::new();
        for (packed, count) in parts.iter().zip(&counts).rev() {
            lines.extend(Lines::unpack(packed, *count)?.iter().map(str::to_owned));
        }
        let is_measured = added.line_count >= MEASURED_LINES_MIN && self.stream != Stream::Console;
        let packed = pack::pack(&lines)?;
        let measured = if is_measured {
            let counted = parse::count(self.stream, added.first_line, lines.iter().map(String::as_str))?;
            parse::measured(&counted.statistics, packed.len())?
        } else {
            None
        };
        store::insert(self.tx, self.run, self.stream, &added, &packed, measured.as_deref())
    }

    /// Puts `fresh` lines in the place of known ones, or between them, and counts the keys anew.
    fn replace(&self, held: &[Held], known: &BTreeMap<i64, String>, fresh: &Chunk) -> Result<()> {
        let mut numbers = BTreeMap::new();
        for old in held.iter().filter(|old| old.first_line < fresh.end() && old.end() > fresh.first_line) {
            store::remove(self.tx, self.run, self.stream, old)?;
            for rest in [old.first_line..fresh.first_line, fresh.end()..old.end()] {
                if !rest.is_empty() {
                    let lines = known.range(rest.clone()).map(|(_, line)| line.clone()).collect();
                    let rest = parse::chunk(self.stream, rest.start, lines)?;
                    let is_console = self.stream == Stream::Console;
                    let first_step = if is_console { old.number(rest.first_line) } else { rest.min_step };
                    match old.sealed_from(rest.first_line) {
                        // What is left of a sealed chunk stays where it is.
                        Some(sealed) => {
                            let held = Held { sealed: Some(sealed), ..self.held(&rest, first_step) };
                            store::insert(self.tx, self.run, self.stream, &held, &[], rest.measured.as_deref())?;
                        }
                        None => self.insert(&rest, first_step)?,
                    }
                }
            }
            let replaced = old.first_line.max(fresh.first_line)..old.end().min(fresh.end());
            numbers.extend(replaced.map(|line| (line, old.number(line))));
        }
        // Lines of the console are rewritten all the time, and nobody keeps what was drawn of them.
        if self.stream != Stream::Console {
            store::note_rewrite(self.tx, self.run)?;
        }
        if self.stream == Stream::Console {
            self.insert_numbered(fresh, &numbers)?;
        } else {
            self.insert(fresh, fresh.min_step)?;
            keys::rebuild(self.tx, self.segments, self.run, self.stream, self.writer)?;
        }
        let last_step = store::greatest_step(self.tx, self.run, self.stream, self.writer)?.unwrap_or_default();
        let end = self.written().map_or(0, |written| written.line_count).max(fresh.end());
        self.mark(fresh.end(), last_step, Measured { to: end, appends: 0 })
    }

    /// Inserts console lines of which some keep the numbers they have; lines with consecutive numbers stay together.
    fn insert_numbered(&self, fresh: &Chunk, numbers: &BTreeMap<i64, i64>) -> Result<()> {
        let taken = numbers.values().max().copied();
        let mut rest = fresh.first_line..fresh.end();
        while !rest.is_empty() {
            let known = numbers.get(&rest.start).copied();
            let first_number = known.map_or_else(|| self.new_number(rest.start, taken), Ok)?;
            let goes_on = |line: &i64| match known {
                Some(_) => numbers.get(line) == Some(&(first_number + line - rest.start)),
                None => !numbers.contains_key(line),
            };
            let end = rest.clone().find(|line| !goes_on(line)).unwrap_or(rest.end);
            let at = |line: i64| (line - fresh.first_line) as usize;
            let lines = fresh.lines[at(rest.start)..at(end)].to_vec();
            self.insert(&parse::chunk(self.stream, rest.start, lines)?, first_number)?;
            rest.start = end;
        }
        Ok(())
    }

    /// The number of a new console line: that of the client; of several writers, in the order of arrival, so that a number
    /// never changes. Numbers up to `taken` are in use by lines that are being replaced.
    fn new_number(&self, line: i64, taken: Option<i64>) -> Result<i64> {
        if self.writers.iter().all(|written| written.writer == self.writer) {
            return Ok(line);
        }
        let last = store::console_last(self.tx, self.run, 1)?;
        let last = last.first().map(|chunk| chunk.max_step).max(taken);
        Ok(last.map_or(0, |last| last + 1))
    }

    /// Stores a chunk; console lines are numbered from `first_step`.
    fn insert(&self, chunk: &Chunk, first_step: i64) -> Result<()> {
        let held = self.held(chunk, first_step);
        store::insert(self.tx, self.run, self.stream, &held, &chunk.packed, chunk.measured.as_deref())
    }

    fn held(&self, chunk: &Chunk, first_step: i64) -> Held {
        let line_count = chunk.line_count();
        let last_step = if self.stream == Stream::Console { first_step + line_count - 1 } else { chunk.max_step };
        Held {
            writer: self.writer.to_owned(),
            first_line: chunk.first_line,
            line_count,
            min_step: first_step,
            max_step: last_step,
            sealed: None,
        }
    }

    /// Records that this writer wrote last, up to before the line `end`.
    fn mark(&self, end: i64, last_step: i64, measured: Measured) -> Result<()> {
        let before = self.written();
        let written = Written {
            writer: self.writer.to_owned(),
            place: before.map_or(self.writers.len() as i64, |before| before.place),
            turn: self.writers.iter().map(|written| written.turn).max().map_or(0, |turn| turn + 1),
            line_count: before.map_or(end, |before| before.line_count.max(end)),
            last_step,
            measured_to: measured.to,
            unmeasured: measured.appends,
        };
        store::put_stream(self.tx, self.run, self.stream, &written)
    }

    fn written(&self) -> Option<&Written> {
        self.writers.iter().find(|written| written.writer == self.writer)
    }

    fn known_lines(&self, held: &[Held]) -> Result<BTreeMap<i64, String>> {
        let mut known = BTreeMap::new();
        for chunk in held {
            let lines = store::lines(self.tx, self.segments, self.run, self.stream, chunk)?;
            known.extend((chunk.first_line..).zip(lines.iter().map(str::to_owned)));
        }
        Ok(known)
    }
}
