//! From the lines of a request to chunks: checked, measured and compressed. Pure, so that it runs off the writer thread.

use super::model::{Chunk, Stream};
use super::pack;
use super::row::Row;
use super::statistics::{self, Counter, Statistics};
use crate::error::{Error, Result};

/// The most lines a stream may have: beyond lies a mistake of the client.
const LINE_NUMBER_MAX: i64 = 1 << 52;

/// Statistics are kept if they have at most one part in so many of what the lines have.
const STATISTICS_SHARE: usize = 2;

/// Reads lines whose first has the number `first_line`. Lines of metrics and events must be JSON objects in Python's
/// dialect; console lines may be anything.
///
/// # Errors
/// Names the stream and the number of the line that is wrong.
pub fn chunk(stream: Stream, first_line: i64, lines: Vec<String>) -> Result<Chunk> {
    if !(0..=LINE_NUMBER_MAX).contains(&first_line) {
        return Err(Error::invalid(format!("{stream} lines cannot start at number {first_line}")));
    }
    let packed = pack::pack(&lines)?;
    let mut chunk = Chunk {
        first_line,
        packed,
        min_step: first_line,
        max_step: first_line + (lines.len() as i64 - 1).max(0),
        lines,
        statistics: Statistics::default(),
        measured: None,
    };
    if stream != Stream::Console && !chunk.lines.is_empty() {
        let counted = count(stream, first_line, chunk.lines.iter().map(String::as_str))?;
        (chunk.min_step, chunk.max_step) = (counted.min_step, counted.max_step);
        chunk.statistics = counted.statistics;
        chunk.measured = measured(&chunk.statistics, chunk.packed.len())?;
    }
    Ok(chunk)
}

/// Statistics as bytes, if they are short beside lines of so many bytes.
pub(super) fn measured(statistics: &Statistics, packed_bytes: usize) -> Result<Option<Vec<u8>>> {
    Ok(Some(statistics::to_bytes(statistics)?).filter(|bytes| bytes.len() * STATISTICS_SHARE <= packed_bytes))
}

/// What lines say together.
pub(super) struct Counted {
    pub statistics: Statistics,
    pub min_step: i64,
    pub max_step: i64,
}

/// Counts what at least one line says.
pub(super) fn count<'a>(stream: Stream, first_line: i64, lines: impl Iterator<Item = &'a str>) -> Result<Counted> {
    let mut counter = Counter::new(stream);
    let (mut min_step, mut max_step) = (i64::MAX, i64::MIN);
    for (number, line) in (first_line..).zip(lines) {
        let step = counter.line(number, line).map_err(|error| wrong(stream, number, &error))?;
        (min_step, max_step) = (min_step.min(step), max_step.max(step));
    }
    Ok(Counted { statistics: counter.finish(), min_step, max_step })
}

fn wrong(stream: Stream, number: i64, error: &Error) -> Error {
    Error::invalid(format!("line {number} of {stream} is {error}"))
}

/// The rows of lines, each with its step.
pub(super) fn rows<'a>(stream: Stream, first_line: i64, lines: impl Iterator<Item = &'a str>) -> Result<Vec<(i64, Row<'a>)>> {
    (first_line..)
        .zip(lines)
        .map(|(number, line)| {
            let row = Row::parse(line).map_err(|error| wrong(stream, number, &error))?;
            Ok((row.step(stream, number), row))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_stream_and_the_line() {
        for (line, words) in [("[1]", "not a JSON object"), ("{\"a\":}", "not valid JSON"), ("", "not valid JSON")] {
            let error = chunk(Stream::History, 10, vec!["{}".into(), line.into()]).unwrap_err().to_string();
            assert!(error.contains("line 11 of history") && error.contains(words), "{error}");
        }
        assert!(chunk(Stream::Events, -1, vec![]).unwrap_err().to_string().contains("events"));
        assert!(chunk(Stream::Console, 0, vec!["not JSON".into()]).is_ok());
    }

    #[test]
    fn the_steps_of_a_chunk_are_those_of_its_rows() {
        let lines = ["{\"_step\":5}", "{\"_step\":3}", "{}"].map(str::to_owned).to_vec();
        let chunk = chunk(Stream::History, 2, lines).unwrap();
        assert_eq!((chunk.min_step, chunk.max_step), (3, 5));
    }
}
