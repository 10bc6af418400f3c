//! Who people are, as those see it who read what they did.

use std::collections::HashMap;

use super::{actor_store, store};
use crate::db::Reader;
use crate::error::Result;
use crate::id::AccountId;
use crate::policy::{self, Action, Target};

/// Somebody who did something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Face {
    pub username: String,
    pub name: String,
    /// Whether they are locked out, or may not see any more what it was done to.
    pub left: bool,
}

/// The people who did something to one thing, each looked up once.
pub(in crate::domain) struct Faces<'a> {
    db: &'a Reader<'a>,
    /// What they have to see for not having left.
    target: Target,
    known: HashMap<AccountId, Option<Face>>,
}

impl<'a> Faces<'a> {
    pub fn new(db: &'a Reader<'a>, target: Target) -> Self {
        Self { db, target, known: HashMap::new() }
    }

    /// Who that is now; `None` for nobody that is known.
    pub fn of(&mut self, id: Option<AccountId>) -> Result<Option<Face>> {
        let Some(id) = id else { return Ok(None) };
        if let Some(known) = self.known.get(&id) {
            return Ok(known.clone());
        }
        let found = match store::find(self.db, id)? {
            Some(account) => {
                let actor = actor_store::actor(self.db, id)?;
                let left = !actor.is_some_and(|actor| policy::allows(&actor, Action::Read, &self.target));
                Some(Face { username: account.username, name: account.name, left })
            }
            None => None,
        };
        self.known.insert(id, found.clone());
        Ok(found)
    }
}
