//! The values of a column in memory, as Parquet's readers and writers have them.

use parquet::data_type::ByteArray;

/// The values that are there, in the order of their rows; which rows have one the column's definition levels say.
pub(super) enum Data {
    Ints(Vec<i64>),
    Floats(Vec<f64>),
    Bools(Vec<bool>),
    /// UTF-8.
    Texts(Vec<ByteArray>),
}
