//! For tests: lets a statement of this thread fail, so that work is seen to stop at each of its steps.

use std::cell::Cell;

use crate::error::{Error, Result};

thread_local! {
    static LEFT: Cell<Option<u64>> = const { Cell::new(None) };
}

/// After as many statements of this thread one fails.
pub(crate) fn strike_after(statements: u64) {
    LEFT.set(Some(statements));
}

/// Lets no statement fail any more; whether none has.
pub(crate) fn spare() -> bool {
    LEFT.take().is_some()
}

pub(super) fn strike(sql: &str) -> Result<()> {
    match LEFT.take() {
        Some(0) => Err(Error::internal(format!("a fault that a test asked for, at {sql}"))),
        left => {
            LEFT.set(left.map(|left| left - 1));
            Ok(())
        }
    }
}
