//! The columns of a segment: one for each key of the rows themselves, typed by what all rows say together.

use indexmap::IndexMap;
use jiter::JsonValue;

use super::super::row::Row;
use crate::error::{Error, Result};
use crate::json::{Json, Map};

/// How many keys have columns of their own; the rarest of more share one of JSON text, so that a row group stays bounded.
const COLUMNS_MAX: usize = 2000;
/// Up to here every whole number is exact as a float.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
/// Where the file says what our columns hold beyond their types.
pub(super) const NOTE: &str = "runstead.columns";

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Kind {
    /// Integers of 64 bits.
    Int,
    /// Numbers that were all written as floats.
    Float,
    /// Floats among which whole numbers were written as integers.
    Number,
    Bool,
    Text,
    /// JSON text of whatever else: nested values, nulls, mixed types.
    Json,
}

impl Kind {
    const ALL: [Self; 6] = [Self::Int, Self::Float, Self::Number, Self::Bool, Self::Text, Self::Json];

    fn name(self) -> &'static str {
        match self {
            Self::Int => "int",
            Self::Float => "float",
            Self::Number => "number",
            Self::Bool => "bool",
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}

/// A key with a column of its own.
#[derive(Clone, Debug)]
pub(in super::super) struct Column {
    pub name: String,
    pub kind: Kind,
    /// The name as it begins a member: `"loss":`.
    pub(super) label: String,
}

/// The columns of a segment.
#[derive(Clone, Debug)]
pub(in super::super) struct Shape {
    pub columns: Vec<Column>,
    /// The name of one more after them, for members without a column of their own and for rows that columns cannot say
    /// exactly; most segments need none.
    pub(super) rest: Option<String>,
}

impl Shape {
    fn new(columns: impl Iterator<Item = (String, Kind)>, rest: Option<String>) -> Self {
        let column = |(name, kind): (String, Kind)| {
            let label = format!("{}:", Json::Text(name.clone()).to_text());
            Column { name, kind, label }
        };
        Self { columns: columns.map(column).collect(), rest }
    }

    /// The same with a column for what the others cannot say.
    pub fn with_rest(self) -> Self {
        let mut rest = "_rest".to_owned();
        while self.columns.iter().any(|column| column.name == rest) {
            rest.insert(0, '_');
        }
        Self { rest: Some(rest), ..self }
    }

    /// What [`Self::read`] reads.
    pub(super) fn note(&self) -> String {
        let kinds = self
            .columns
            .iter()
            .map(|column| Json::List(vec![Json::Text(column.name.clone()), Json::Text(column.kind.name().to_owned())]));
        let rest = self.rest.clone().map_or(Json::Null, Json::Text);
        let note = [("rest".to_owned(), rest), ("columns".to_owned(), Json::List(kinds.collect()))];
        Json::Map(Map::from_iter(note)).to_text()
    }

    pub(super) fn read(note: &str) -> Result<Self> {
        let torn = || Error::internal(format!("a segment's {NOTE} cannot be read"));
        let note = Json::parse(note)?;
        let rest = note.get("rest").and_then(Json::as_str).map(str::to_owned);
        let Some(Json::List(columns)) = note.get("columns") else {
            return Err(torn());
        };
        let column = |column: &Json| {
            let Json::List(pair) = column else { return None };
            let [name, kind] = pair.as_slice() else { return None };
            let kind = Kind::ALL.into_iter().find(|known| Some(known.name()) == kind.as_str())?;
            Some((name.as_str()?.to_owned(), kind))
        };
        let columns = columns.iter().map(column).collect::<Option<Vec<_>>>().ok_or_else(torn)?;
        Ok(Self::new(columns.into_iter(), rest))
    }

    /// How many rows a group has, so that all its cells fit the memory.
    pub fn group_rows(&self) -> usize {
        if cfg!(test) {
            return 5; // so that small tests have several
        }
        (2_000_000 / (self.columns.len() + 1)).clamp(64, 8192)
    }
}

/// What was seen of a key.
#[derive(Default)]
struct Seen {
    rows: usize,
    ints: bool,
    large_ints: bool,
    whole_floats: bool,
    other_floats: bool,
    bools: bool,
    texts: bool,
    others: bool,
}

impl Seen {
    fn kind(&self) -> Kind {
        let numbers = self.ints || self.large_ints || self.whole_floats || self.other_floats;
        match (numbers, self.bools, self.texts, self.others) {
            (true, false, false, false) => match (self.ints || self.large_ints, self.whole_floats || self.other_floats) {
                (true, false) => Kind::Int,
                (false, _) => Kind::Float,
                (true, true) if !self.large_ints && !self.whole_floats => Kind::Number,
                (true, true) => Kind::Json,
            },
            (false, true, false, false) => Kind::Bool,
            (false, false, true, false) => Kind::Text,
            _ => Kind::Json,
        }
    }
}

/// Whether a float is a whole number that an integer might be taken for.
pub(super) fn is_whole(number: f64) -> bool {
    number.fract() == 0.0 && number.abs() <= EXACT_MAX
}

/// A first look at all rows of a segment to be.
#[derive(Default)]
pub(in super::super) struct Survey(IndexMap<String, Seen, foldhash::fast::RandomState>);

impl Survey {
    pub fn note(&mut self, row: &Row<'_>) {
        // Rows mostly have the same keys in the same order.
        let mut expected = 0;
        for (name, value) in row.members() {
            let known = self.0.get_index(expected).is_some_and(|(known, _)| known == name).then_some(expected);
            let place = known.or_else(|| self.0.get_index_of(name));
            let place = place.unwrap_or_else(|| self.0.insert_full(name.to_owned(), Seen::default()).0);
            expected = place + 1;
            let seen = &mut self.0[place];
            seen.rows += 1;
            match value {
                JsonValue::Int(number) if (*number as f64).abs() >= EXACT_MAX => seen.large_ints = true,
                JsonValue::Int(_) => seen.ints = true,
                JsonValue::Float(number) if is_whole(*number) => seen.whole_floats = true,
                JsonValue::Float(_) => seen.other_floats = true,
                JsonValue::Bool(_) => seen.bools = true,
                JsonValue::Str(_) => seen.texts = true,
                JsonValue::Null | JsonValue::BigInt(_) | JsonValue::Array(_) | JsonValue::Object(_) => seen.others = true,
            }
        }
    }

    /// The columns, in the order their keys appeared.
    pub fn shape(self) -> Shape {
        let mut counts: Vec<usize> = self.0.values().map(|seen| seen.rows).collect();
        counts.sort_unstable_by(|one, other| other.cmp(one));
        let rare = counts.get(COLUMNS_MAX).copied().unwrap_or(0);
        let common = |seen: &Seen| seen.rows > rare;
        // Of keys that are equally rare as many as there is room for, `_step` before all.
        let mut room = COLUMNS_MAX - self.0.values().filter(|seen| common(seen)).count();
        let step_is_rare = self.0.get("_step").is_some_and(|seen| !common(seen));
        if step_is_rare {
            room = room.saturating_sub(1);
        }
        let chosen = self.0.iter().filter(|(name, seen)| {
            if common(seen) || *name == "_step" {
                return true;
            }
            let fits = room > 0;
            room = room.saturating_sub(1);
            fits
        });
        let chosen: Vec<(String, Kind)> = chosen.map(|(name, seen)| (name.clone(), seen.kind())).collect();
        let is_whole = chosen.len() == self.0.len();
        let shape = Shape::new(chosen.into_iter(), None);
        if is_whole { shape } else { shape.with_rest() }
    }
}
