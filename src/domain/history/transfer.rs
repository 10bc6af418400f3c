//! What a run streamed, on its way to another server: every line as it was logged, in the order and under the numbers that it
//! was logged with, so that what comes in there is what went out here.
//!
//! Rows of metrics and events travel as Parquet, console lines as they are. A chunk or a row group is in memory at a time.

use std::fs::File;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::append::append;
use super::model::{Append, Chunk, Stream};
use super::parse;
use super::place::Chunks;
use super::row::Row;
use super::segment::{Segment, SegmentWriter, Segments, Shape, Survey};
use super::store;
use crate::db::{Db, Reader};
use crate::error::{Error, Result};
use crate::id::RunId;

/// Lines that are appended together.
const LINES_TOGETHER: usize = 2000;
/// The most rows and bytes of a row group that is taken in: what is written here has far fewer.
const GROUP_ROWS_MAX: i64 = 65_536;
const GROUP_BYTES_MAX: i64 = 512 << 20;

/// Consecutive lines of one writer, in a file that has them in this order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Empty if there is but one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub writer: String,
    pub first_line: i64,
    pub lines: i64,
}

/// Consecutive console lines of one writer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    pub writer: String,
    pub first_line: i64,
    /// The number of the first among the lines of all writers.
    pub first_number: i64,
    pub lines: Vec<String>,
}

/// Writes all rows of metrics or events of a run into one Parquet file, by writer and line; where they came from.
pub fn export_logged(db: &Reader<'_>, segments: &Segments, run: RunId, stream: Stream, file: &File) -> Result<Vec<Span>> {
    let chunks = Chunks::between(db, segments, run, stream, i64::MIN, i64::MAX)?;
    let mut survey = Survey::default();
    let mut spans: Vec<Span> = Vec::new();
    chunks.each(|_, row, place| {
        survey.note(row);
        let (writer, line) = chunks.line_of(place);
        match spans.last_mut() {
            Some(span) if span.writer == writer && span.first_line + span.lines == line => span.lines += 1,
            _ => spans.push(Span { writer: writer.to_owned(), first_line: line, lines: 1 }),
        }
        Ok(())
    })?;
    let shape = survey.shape();
    let is_written = write(&chunks, shape.clone(), file)? || write(&chunks, shape.with_rest(), file)?;
    if is_written { Ok(spans) } else { Err(Error::internal("a row finds no column")) }
}

/// False if the columns of that shape cannot say all rows.
fn write(chunks: &Chunks<'_, '_>, shape: Shape, mut file: &File) -> Result<bool> {
    use std::io::Seek as _;
    file.rewind().and_then(|()| file.set_len(0)).map_err(Error::internal)?;
    let group_rows = shape.group_rows();
    let mut parquet = SegmentWriter::new(shape, file)?;
    let mut group: Vec<String> = Vec::new();
    for chunk in 0..chunks.count() {
        for line in chunks.lines_of(chunk)?.iter() {
            group.push(line.to_owned());
            if group.len() == group_rows && !put(&mut parquet, &mut group)? {
                return Ok(false);
            }
        }
    }
    if !group.is_empty() && !put(&mut parquet, &mut group)? {
        return Ok(false);
    }
    parquet.finish()?;
    Ok(true)
}

fn put(parquet: &mut SegmentWriter<&File>, group: &mut Vec<String>) -> Result<bool> {
    let rows = group.iter().map(|line| Row::parse(line)).collect::<Result<Vec<_>>>()?;
    let fits = parquet.group(group, rows.iter())?;
    drop(rows);
    group.clear();
    Ok(fits)
}

/// Console lines from that number on, of a few chunks; none if there are no more.
pub fn console_passages(db: &Reader<'_>, run: RunId, from: i64, chunks: i64) -> Result<Vec<Passage>> {
    let mut found = Vec::new();
    for held in store::console_from(db, run, from, chunks)? {
        if held.max_step < from {
            continue;
        }
        let lines = store::tail_lines(db, run, Stream::Console, &held)?.iter().map(str::to_owned).collect();
        found.push(Passage { writer: held.writer, first_line: held.first_line, first_number: held.min_step, lines });
    }
    Ok(found)
}

/// Takes rows of metrics or events in that [`export_logged`] wrote elsewhere, for a run that has none of them yet.
///
/// # Errors
/// `Invalid`: the file is none of these, or has other rows than the spans say.
pub async fn import_logged(
    streams: &Db,
    segments: &Segments,
    run: RunId,
    stream: Stream,
    file: File,
    spans: &[Span],
) -> Result<()> {
    let opened = tokio::task::spawn_blocking(move || Segment::open(file).map(Arc::new)).await.map_err(Error::internal)?;
    let segment = opened.map_err(|error| unreadable(stream, &error))?;
    let mut spans = spans.iter().cloned();
    let mut open: Option<Span> = None;
    for group in 0..segment.groups() {
        let rows = segment.rows_of(group);
        if !(0..=GROUP_ROWS_MAX).contains(&rows) || segment.bytes_of(group) > GROUP_BYTES_MAX {
            return Err(Error::invalid(format!("the file with the {stream} of a run has row groups that are too large")));
        }
        let reading = Arc::clone(&segment);
        let read = tokio::task::spawn_blocking(move || reading.lines(group, |_| true, None)).await.map_err(Error::internal)?;
        let mut lines = read.map_err(|error| unreadable(stream, &error))?.into_iter().peekable();
        while lines.peek().is_some() {
            let span = match open.take().or_else(|| spans.next()) {
                Some(span) => span,
                None => return Err(miscounted(stream)),
            };
            let wanted = usize::try_from(span.lines).map_err(|_| miscounted(stream))?.min(LINES_TOGETHER);
            let taken: Vec<String> = lines.by_ref().take(wanted).collect();
            let count = taken.len() as i64;
            add(streams, segments, run, stream, &span.writer, span.first_line, taken).await?;
            let rest = Span { first_line: span.first_line + count, lines: span.lines - count, ..span };
            open = (rest.lines > 0).then_some(rest);
        }
    }
    if open.is_some() || spans.next().is_some() { Err(miscounted(stream)) } else { Ok(()) }
}

/// Takes console lines in, whose numbers go on from those before.
pub async fn import_console(streams: &Db, segments: &Segments, run: RunId, passage: Passage) -> Result<()> {
    add(streams, segments, run, Stream::Console, &passage.writer, passage.first_line, passage.lines).await
}

async fn add(
    streams: &Db,
    segments: &Segments,
    run: RunId,
    stream: Stream,
    writer: &str,
    first_line: i64,
    lines: Vec<String>,
) -> Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let parsed = tokio::task::spawn_blocking(move || parse::chunk(stream, first_line, lines)).await;
    let chunk: Chunk = parsed.map_err(Error::internal)??;
    let mut message = Append { writer: writer.to_owned(), ..Append::default() };
    match stream {
        Stream::History => message.history = Some(chunk),
        Stream::Events => message.events = Some(chunk),
        Stream::Console => message.console = Some(chunk),
    }
    let segments = segments.clone();
    streams.write(move |tx| append(tx, &segments, run, &message)).await
}

fn unreadable(stream: Stream, error: &Error) -> Error {
    Error::invalid(format!("the file with the {stream} of a run cannot be read: {}", error.cause()))
}

fn miscounted(stream: Stream) -> Error {
    Error::invalid(format!("the file with the {stream} of a run has other rows than its list says"))
}
