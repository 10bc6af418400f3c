//! Rows out of a Parquet file: the columns that are asked for, of one row group.

use std::fs::File;
use std::io::{BufReader, Read};
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use bytes::Bytes;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::DataType;
use parquet::errors::Result as ParquetResult;
use parquet::file::reader::{ChunkReader, FileReader as _, Length, RowGroupReader};
use parquet::file::serialized_reader::SerializedFileReader;

use super::super::row::{self, Row};
use super::data::Data;
use super::preview::{self, Directory, Ladder};
use super::shape::{Column, Kind, NOTE, Shape, is_whole};
use super::text::{self, Cell};
use crate::error::{Error, Result};
use crate::json::Json;

/// An open segment; its footer has been read.
pub(in super::super) struct Segment {
    file: SerializedFileReader<Positioned>,
    shape: Shape,
    bytes: Arc<File>,
    previews: Directory,
}

/// The numbers of some keys in a row group.
pub(in super::super) struct Numbers {
    pub steps: Vec<i64>,
    /// For each key and row: `None` if the row has not the key, NaN if its value is no number.
    pub keys: Vec<Vec<Option<f64>>>,
}

impl Segment {
    pub fn open(file: File) -> Result<Self> {
        let size = file.metadata().map_err(Error::internal)?.len();
        let bytes = Arc::new(file);
        let file = SerializedFileReader::new(Positioned { file: Arc::clone(&bytes), size }).map_err(Error::internal)?;
        let notes = file.metadata().file_metadata().key_value_metadata().map(Vec::as_slice).unwrap_or_default();
        let note = |key: &str| notes.iter().find(|note| note.key == key).and_then(|note| note.value.as_deref());
        let shape = Shape::read(note(NOTE).ok_or_else(|| Error::internal("the file is no segment of a history"))?)?;
        let previews = note(preview::NOTE).map(|place| Directory::read(place, |at, length| read_at(&bytes, at, length)));
        let previews = previews.transpose()?.unwrap_or_default();
        Ok(Self { file, shape, bytes, previews })
    }

    /// How many bytes of memory it holds, about.
    pub fn memory_bytes(&self) -> usize {
        self.file.metadata().memory_size() + self.shape.columns.len() * 128
    }

    /// How many row groups it has.
    pub fn groups(&self) -> usize {
        self.file.metadata().num_row_groups()
    }

    /// How many bytes a row group has once it is unpacked, as the file says.
    pub fn bytes_of(&self, group: usize) -> i64 {
        self.file.metadata().row_group(group).total_byte_size()
    }

    /// How many rows a row group has.
    pub fn rows_of(&self, group: usize) -> i64 {
        self.file.metadata().row_group(group).num_rows()
    }

    /// The buckets of a key by row group, of one of [`preview::LEVELS`], if they are kept and say all of it.
    pub fn ladder(&self, key: &str, level: usize) -> Result<Option<Ladder>> {
        if self.is_nested(key) {
            return Ok(None);
        }
        self.previews.ladder(key, level, |at, length| read_at(&self.bytes, at, length))
    }

    /// A number of a column as it was logged; `None` if a float cannot tell.
    pub fn as_logged(&self, key: &str, number: f64) -> Option<Json> {
        match self.shape.columns[self.place(key)?].kind {
            Kind::Int => is_whole(number).then(|| Json::Int(number as i64)),
            Kind::Number if is_whole(number) => Some(Json::Int(number as i64)),
            Kind::Float | Kind::Number => Some(Json::Float(number)),
            Kind::Bool | Kind::Text | Kind::Json => None,
        }
    }

    /// The lines of a row group of whose rows `wanted` says so, in order. With `only` they have at least the members that
    /// lie at these dotted names, and maybe no others.
    pub fn lines(&self, group: usize, wanted: impl Fn(usize) -> bool, only: Option<&[String]>) -> Result<Vec<String>> {
        let reader = self.group(group)?;
        let rows = reader.metadata().num_rows() as usize;
        let mut columns = Vec::new();
        for (place, column) in self.shape.columns.iter().enumerate() {
            if only.is_none_or(|only| only.iter().any(|name| reaches(&column.name, name))) {
                columns.push((column, Values::read(&*reader, place, rows)?));
            }
        }
        let rest = self.shape.rest.as_ref().map(|_| Values::read(&*reader, self.shape.columns.len(), rows));
        let mut rest = rest.transpose()?;
        let mut lines = Vec::new();
        for index in 0..rows {
            let cells: Vec<(&Column, Option<Place>)> =
                columns.iter_mut().map(|(column, values)| (*column, values.next(index))).collect();
            let others = rest.as_mut().and_then(|rest| rest.next(index));
            if !wanted(index) {
                continue;
            }
            let mut shown = Vec::with_capacity(cells.len());
            for ((column, place), (_, values)) in cells.iter().zip(&columns) {
                if let Some(place) = place {
                    shown.push((*column, values.cell(*place)?));
                }
            }
            let others = match others.zip(rest.as_ref()).map(|(place, rest)| rest.cell(place)).transpose()? {
                None => None,
                Some(Cell::Text(text)) => Some(text),
                Some(_) => return Err(Error::internal("the last column of a segment is no text")),
            };
            lines.push(text::line(shown.into_iter(), others));
        }
        Ok(lines)
    }

    /// The numbers of keys in a row group, if columns of their own say them all: `None` if lines must be read instead.
    pub fn numbers(&self, group: usize, keys: &[String]) -> Result<Option<Numbers>> {
        let reader = self.group(group)?;
        let rows = reader.metadata().num_rows() as usize;
        let all_columned = self.shape.rest.is_none() || self.nulls(&*reader, self.shape.columns.len()) == Some(rows);
        let Some(step) = self.place("_step").filter(|place| self.shape.columns[*place].kind == Kind::Int) else {
            return Ok(None);
        };
        if !all_columned || self.nulls(&*reader, step) != Some(0) || keys.iter().any(|key| self.is_nested(key)) {
            return Ok(None);
        }
        let Data::Ints(steps) = Values::read(&*reader, step, rows)?.data else {
            return Err(Error::internal("the steps of a segment are no integers"));
        };
        let mut found = Vec::with_capacity(keys.len());
        for key in keys {
            if key == "_step" {
                found.push(steps.iter().map(|step| Some(*step as f64)).collect());
                continue;
            }
            let Some(place) = self.place(key) else {
                found.push(vec![None; rows]);
                continue;
            };
            let kind = self.shape.columns[place].kind;
            let mut values = Values::read(&*reader, place, rows)?;
            let numbers = (0..rows).map(|index| values.next(index).map(|place| values.number(kind, place)).transpose());
            found.push(numbers.collect::<Result<_>>()?);
        }
        Ok(Some(Numbers { steps, keys: found }))
    }

    /// How many rows each row group has, if the file's columns alone say what its rows do: each row has a value of its own
    /// type in each of them, and nothing else.
    pub fn plain_groups(&self) -> Result<Option<Vec<i64>>> {
        let is_plain = |column: &Column| column.kind != Kind::Json;
        let step = self.place("_step").filter(|place| self.shape.columns[*place].kind == Kind::Int);
        if self.shape.rest.is_some() || step.is_none() || !self.shape.columns.iter().all(is_plain) {
            return Ok(None);
        }
        let mut rows = Vec::new();
        for group in 0..self.file.num_row_groups() {
            let reader = self.group(group)?;
            if (0..self.shape.columns.len()).any(|place| self.nulls(&*reader, place) != Some(0)) {
                return Ok(None);
            }
            rows.push(reader.metadata().num_rows());
        }
        Ok(Some(rows))
    }

    fn group(&self, group: usize) -> Result<Box<dyn RowGroupReader + '_>> {
        self.file.get_row_group(group).map_err(Error::internal)
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.shape.columns.iter().position(|column| column.name == name)
    }

    /// Whether a column may hold the value at this dotted name in what is nested in it.
    fn is_nested(&self, key: &str) -> bool {
        self.shape.columns.iter().any(|column| column.name != *key && reaches(&column.name, key))
    }

    /// How many rows of the group have nothing in a column.
    fn nulls(&self, reader: &dyn RowGroupReader, place: usize) -> Option<usize> {
        let statistics = reader.metadata().column(place).statistics()?;
        statistics.null_count_opt().map(|count| count as usize)
    }
}

fn read_at(file: &File, at: u64, length: usize) -> Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    file.read_exact_at(&mut bytes, at).map_err(Error::internal)?;
    Ok(bytes)
}

/// Whether the member of that name may hold the value at the dotted path.
fn reaches(name: &str, path: &str) -> bool {
    path.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Where the value of a row lies among those of its column.
type Place = usize;

/// A column of a row group; rows are asked in order.
struct Values {
    levels: Vec<i16>,
    data: Data,
    passed: usize,
}

impl Values {
    fn read(group: &dyn RowGroupReader, place: usize, rows: usize) -> Result<Self> {
        let mut levels = Vec::with_capacity(rows);
        let data = match group.get_column_reader(place).map_err(Error::internal)? {
            ColumnReader::Int64ColumnReader(reader) => Data::Ints(values(reader, rows, &mut levels)?),
            ColumnReader::DoubleColumnReader(reader) => Data::Floats(values(reader, rows, &mut levels)?),
            ColumnReader::BoolColumnReader(reader) => Data::Bools(values(reader, rows, &mut levels)?),
            ColumnReader::ByteArrayColumnReader(reader) => Data::Texts(values(reader, rows, &mut levels)?),
            _ => return Err(Error::internal("a segment has a column of a type that is never written")),
        };
        Ok(Self { levels, data, passed: 0 })
    }

    /// Goes on to the next row.
    fn next(&mut self, index: usize) -> Option<Place> {
        if self.levels.get(index) != Some(&1) {
            return None;
        }
        self.passed += 1;
        Some(self.passed - 1)
    }

    fn cell(&self, place: Place) -> Result<Cell<'_>> {
        let cell = match &self.data {
            Data::Ints(data) => data.get(place).copied().map(Cell::Int),
            Data::Floats(data) => data.get(place).copied().map(Cell::Float),
            Data::Bools(data) => data.get(place).copied().map(Cell::Bool),
            Data::Texts(data) => match data.get(place) {
                Some(text) => Some(Cell::Text(std::str::from_utf8(text.data()).map_err(Error::internal)?)),
                None => None,
            },
        };
        cell.ok_or_else(|| Error::internal("a column of a segment has fewer values than it says"))
    }

    /// The value as a number, NaN if it is none.
    fn number(&self, kind: Kind, place: Place) -> Result<f64> {
        Ok(match self.cell(place)? {
            Cell::Int(number) => number as f64,
            Cell::Float(number) => number,
            Cell::Text(text) if kind == Kind::Json => {
                let line = format!("{{\"v\":{text}}}");
                Row::parse(&line)?.at("v").and_then(row::number).unwrap_or(f64::NAN)
            }
            Cell::Bool(_) | Cell::Text(_) => f64::NAN,
        })
    }
}

fn values<T: DataType>(mut reader: ColumnReaderImpl<T>, rows: usize, levels: &mut Vec<i16>) -> Result<Vec<T::T>> {
    let mut values = Vec::with_capacity(rows);
    let mut read = 0;
    while read < rows {
        let (records, _, _) = reader.read_records(rows - read, Some(levels), None, &mut values).map_err(Error::internal)?;
        if records == 0 {
            return Err(Error::internal("a segment has fewer rows than it says"));
        }
        read += records;
    }
    Ok(values)
}

/// A file that is read at positions: several readers share it without moving each other.
struct Positioned {
    file: Arc<File>,
    size: u64,
}

impl Length for Positioned {
    fn len(&self) -> u64 {
        self.size
    }
}

impl ChunkReader for Positioned {
    type T = BufReader<Cursor>;

    fn get_read(&self, start: u64) -> ParquetResult<Self::T> {
        Ok(BufReader::new(Cursor { file: Arc::clone(&self.file), at: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> ParquetResult<Bytes> {
        let mut bytes = vec![0; length];
        self.file.read_exact_at(&mut bytes, start)?;
        Ok(bytes.into())
    }
}

/// A place in a file of one reader.
struct Cursor {
    file: Arc<File>,
    at: u64,
}

impl Read for Cursor {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let count = self.file.read_at(into, self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}
