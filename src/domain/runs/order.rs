//! The order of a list of runs: `+created_at`, `-summary_metrics.loss`, several with commas between them.

use super::filter::{self, Field};
use crate::error::{Error, Result};

/// Sort keys, the first first. Missing values come last in either direction; ties are broken by id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order(pub Vec<Key>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    pub field: Field,
    pub descending: bool,
}

/// Keys that one order may have.
const KEYS_MAX: usize = 8;

impl Order {
    /// Reads an order; without one the oldest run comes first.
    pub fn parse(text: Option<&str>) -> Result<Self> {
        let text = text.map(str::trim).filter(|text| !text.is_empty()).unwrap_or("+created_at");
        let keys: Vec<Key> = text
            .split(',')
            .map(|part| {
                let part = part.trim();
                let name = part.strip_prefix(['+', '-']).unwrap_or(part);
                let (field, tag) = filter::field(name).map_err(|error| Error::invalid(format!("order: {error}")))?;
                if tag.is_some() || matches!(field, Field::Tags | Field::Inputs | Field::Outputs) {
                    return Err(Error::invalid(format!("order: runs cannot be ordered by {name}: a run has several")));
                }
                Ok(Key { field, descending: part.starts_with('-') })
            })
            .collect::<Result<_>>()?;
        if keys.len() > KEYS_MAX {
            return Err(Error::invalid(format!("order: at most {KEYS_MAX} keys")));
        }
        Ok(Self(keys))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_read_with_its_directions() {
        let order = Order::parse(Some("-summary_metrics.loss,+createdAt")).unwrap();
        assert_eq!(order.0.iter().map(|key| key.descending).collect::<Vec<_>>(), [true, false]);
        assert_eq!(Order::parse(None).unwrap(), Order::parse(Some("+created_at")).unwrap());
        assert!(Order::parse(Some("tags")).is_err());
        assert!(Order::parse(Some("nonsense")).is_err());
        assert!(Order::parse(Some("+-created_at")).is_err());
    }
}
