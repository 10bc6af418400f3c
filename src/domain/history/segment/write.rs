//! Rows into a Parquet file. Of every row it is seen first that its cells say just what was logged: one that would not come
//! out so is kept as text in the column for the rest, without which the file must be begun again.
//!
//! The proof compares cells with the values they are of. It once made the text of each row again and, as clients send members
//! in any order, parsed and sorted both.

use std::io::Write;
use std::sync::Arc;

use indexmap::IndexMap;
use jiter::JsonValue;
use parquet::basic::{Compression, Encoding, LogicalType, Repetition, Type as Physical, ZstdLevel};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnPath, Type};

use super::super::row::Row;
use super::data::Data;
use super::preview::{self, Previews};
use super::shape::{Kind, NOTE, Shape, is_whole};
use crate::error::{Error, Result};
use crate::json::{Json, Map};

/// Segments are written once and read often: levels above cost twice the time for a hundredth of the bytes.
const LEVEL: i32 = 3;

/// A file under way.
pub(in super::super) struct SegmentWriter<W: Write + Send> {
    shape: Shape,
    places: IndexMap<String, usize, foldhash::fast::RandomState>,
    previews: Previews,
    file: SerializedFileWriter<W>,
}

impl<W: Write + Send> SegmentWriter<W> {
    pub fn new(shape: Shape, file: W) -> Result<Self> {
        let text = Some(LogicalType::String);
        let mut fields = Vec::new();
        let mut properties = WriterProperties::builder()
            .set_created_by(concat!("runstead ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(LEVEL).map_err(Error::internal)?))
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_offset_index_disabled(true)
            .set_key_value_metadata(Some(vec![KeyValue::new(NOTE.to_owned(), shape.note())]));
        for column in &shape.columns {
            let path = ColumnPath::new(vec![column.name.clone()]);
            let (physical, logical, encoding) = match column.kind {
                Kind::Int => (Physical::INT64, None, Some(Encoding::DELTA_BINARY_PACKED)),
                Kind::Float | Kind::Number => (Physical::DOUBLE, None, Some(Encoding::BYTE_STREAM_SPLIT)),
                Kind::Bool => (Physical::BOOLEAN, None, None),
                Kind::Text | Kind::Json => (Physical::BYTE_ARRAY, text.clone(), None),
            };
            if let Some(encoding) = encoding {
                properties = properties.set_column_dictionary_enabled(path.clone(), false).set_column_encoding(path, encoding);
            }
            fields.push(field(&column.name, physical, logical)?);
        }
        if let Some(rest) = &shape.rest {
            fields.push(field(rest, Physical::BYTE_ARRAY, text)?);
        }
        let schema = Type::group_type_builder("row").with_fields(fields).build().map_err(Error::internal)?;
        let file = SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties.build()));
        let places = shape.columns.iter().enumerate().map(|(place, column)| (column.name.clone(), place)).collect();
        Ok(Self { shape, places, previews: Previews::default(), file: file.map_err(Error::internal)? })
    }

    /// Adds a row group of lines, which `rows` are of. False if the columns cannot say one of them: then the file is of no use.
    pub fn group<'r>(&mut self, lines: &[String], rows: impl Iterator<Item = &'r Row<'r>>) -> Result<bool> {
        let mut columns: Vec<Values> = self.shape.columns.iter().map(|column| Values::new(column.kind)).collect();
        let mut rest = Values::new(Kind::Text);
        for (line, row) in lines.iter().zip(rows) {
            let (cells, others) = self.cells(row);
            if self.says(row, &cells, &others) {
                columns.iter_mut().zip(cells).try_for_each(|(column, cell)| column.push(cell))?;
                rest.push((!others.is_empty()).then(|| Owned::Text(Json::Map(others).to_text())))?;
            } else if self.shape.rest.is_none() {
                return Ok(false);
            } else {
                columns.iter_mut().try_for_each(|column| column.push(None))?;
                rest.push(Some(Owned::Text(line.clone())))?;
            }
        }
        if rest.levels.iter().all(|level| *level == 0) {
            let plain = self.shape.columns.iter().zip(&columns);
            self.previews.note_group(plain.map(|(column, values)| (column, values.levels.as_slice(), &values.data)));
        } else {
            self.previews.note_no_group();
        }
        let mut group = self.file.next_row_group().map_err(Error::internal)?;
        for values in columns.into_iter().chain(self.shape.rest.is_some().then_some(rest)) {
            let mut column =
                group.next_column().map_err(Error::internal)?.ok_or_else(|| Error::internal("a column is missing"))?;
            let levels = Some(values.levels.as_slice());
            match &values.data {
                Data::Ints(data) => column.typed::<Int64Type>().write_batch(data, levels, None),
                Data::Floats(data) => column.typed::<DoubleType>().write_batch(data, levels, None),
                Data::Bools(data) => column.typed::<BoolType>().write_batch(data, levels, None),
                Data::Texts(data) => column.typed::<ByteArrayType>().write_batch(data, levels, None),
            }
            .map_err(Error::internal)?;
            column.close().map_err(Error::internal)?;
        }
        group.close().map_err(Error::internal)?;
        Ok(true)
    }

    /// The finished file: after the row groups the previews, which other readers skip.
    pub fn finish(mut self) -> Result<W> {
        if let Some(previews) = std::mem::take(&mut self.previews).into_bytes()? {
            let at = self.file.bytes_written() as u64;
            self.file.write_all(&previews).map_err(Error::internal)?;
            let place = preview::place_note(at, previews.len() as u64);
            self.file.append_key_value_metadata(KeyValue::new(preview::NOTE.to_owned(), place));
        }
        self.file.into_inner().map_err(Error::internal)
    }

    /// The cells of a row by column, and the members without a column.
    fn cells(&self, row: &Row<'_>) -> (Vec<Option<Owned>>, Map) {
        let mut cells: Vec<Option<Owned>> = self.shape.columns.iter().map(|_| None).collect();
        let mut others = Map::new();
        for (name, value) in row.members() {
            match self.places.get(name) {
                Some(place) => cells[*place] = Some(Owned::of(self.shape.columns[*place].kind, value)),
                None => drop(others.insert(name.to_owned(), Json::from(value))),
            }
        }
        (cells, others)
    }

    /// Whether a reader of the cells gets the row as it was logged: each member once and as it was.
    fn says(&self, row: &Row<'_>, cells: &[Option<Owned>], others: &Map) -> bool {
        let held = cells.iter().flatten().count() + others.len();
        let is_said = |(name, value): (&str, &JsonValue<'_>)| match self.places.get(name) {
            Some(place) => cells[*place].as_ref().is_some_and(|cell| cell.is(self.shape.columns[*place].kind, value)),
            None => self.shape.rest.is_some(),
        };
        row.members().count() == held && row.members().all(is_said)
    }
}

fn field(name: &str, physical: Physical, logical: Option<LogicalType>) -> Result<Arc<Type>> {
    let field =
        Type::primitive_type_builder(name, physical).with_repetition(Repetition::OPTIONAL).with_logical_type(logical).build();
    Ok(Arc::new(field.map_err(Error::internal)?))
}

/// A cell on its way into a column.
enum Owned {
    Int(i64),
    Float(f64),
    Bool(bool),
    Text(String),
}

impl Owned {
    fn of(kind: Kind, value: &JsonValue<'_>) -> Self {
        match (kind, value) {
            (Kind::Int, JsonValue::Int(number)) => Self::Int(*number),
            (Kind::Float | Kind::Number, JsonValue::Float(number)) => Self::Float(*number),
            (Kind::Number, JsonValue::Int(number)) => Self::Float(*number as f64),
            (Kind::Bool, JsonValue::Bool(flag)) => Self::Bool(*flag),
            (Kind::Text, JsonValue::Str(text)) => Self::Text(text.to_string()),
            (_, value) => Self::Text(Json::from(value).to_text()),
        }
    }

    /// Whether a reader of a column of that kind makes that value of the cell.
    fn is(&self, kind: Kind, value: &JsonValue<'_>) -> bool {
        match (self, value) {
            (Self::Int(cell), JsonValue::Int(number)) => cell == number,
            (Self::Float(cell), JsonValue::Int(number)) => kind == Kind::Number && is_whole(*cell) && *cell as i64 == *number,
            (Self::Float(cell), JsonValue::Float(number)) => {
                let same = cell.to_bits() == number.to_bits() || cell.is_nan() && number.is_nan();
                same && !(kind == Kind::Number && is_whole(*cell))
            }
            (Self::Bool(cell), JsonValue::Bool(flag)) => cell == flag,
            (Self::Text(cell), JsonValue::Str(text)) if kind == Kind::Text => cell == text,
            (Self::Text(_), _) => kind == Kind::Json,
            _ => false,
        }
    }
}

/// A column of a row group under way.
struct Values {
    levels: Vec<i16>,
    data: Data,
}

impl Values {
    fn new(kind: Kind) -> Self {
        let data = match kind {
            Kind::Int => Data::Ints(Vec::new()),
            Kind::Float | Kind::Number => Data::Floats(Vec::new()),
            Kind::Bool => Data::Bools(Vec::new()),
            Kind::Text | Kind::Json => Data::Texts(Vec::new()),
        };
        Self { levels: Vec::new(), data }
    }

    fn push(&mut self, cell: Option<Owned>) -> Result<()> {
        match (&mut self.data, cell) {
            (_, None) => {
                self.levels.push(0);
                return Ok(());
            }
            (Data::Ints(data), Some(Owned::Int(number))) => data.push(number),
            (Data::Floats(data), Some(Owned::Float(number))) => data.push(number),
            (Data::Bools(data), Some(Owned::Bool(flag))) => data.push(flag),
            (Data::Texts(data), Some(Owned::Text(text))) => data.push(ByteArray::from(text.into_bytes())),
            // The survey saw every value, so a cell fits its column; if not, the rows stay where they are.
            (_, Some(_)) => return Err(Error::internal("a value does not fit its column of a segment")),
        }
        self.levels.push(1);
        Ok(())
    }
}
