//! Looking through the people of an organization, of whom there may be thousands.

use serde::{Deserialize, Serialize};

use super::{Person, store};
use crate::db::{Reader, ToValue, Value};
use crate::domain::Call;
use crate::domain::accounts::names::key_of;
use crate::domain::accounts::{self, Account};
use crate::error::{Error, Result};
use crate::id::EntityId;
use crate::page::{Cursor, Page};
use crate::policy::{self, Action, OrganizationRole, Target};

/// Which people a list holds; what is not said does not matter.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// A part of the user name or name.
    pub text: String,
    pub role: Option<OrganizationRole>,
    pub active: Option<bool>,
    /// Only people of the operator's directory, or only others.
    pub by_directory: Option<bool>,
    pub order: Order,
}

/// What people are sorted by; the user name decides between those who are alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Column {
    #[default]
    Username,
    Name,
    Role,
    /// Whether they are of the operator's directory.
    Source,
    LastSeen,
}

impl Column {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Username, "username"),
        (Self::Name, "name"),
        (Self::Role, "role"),
        (Self::Source, "source"),
        (Self::LastSeen, "last_seen_at"),
    ];
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Order {
    pub column: Column,
    pub descending: bool,
}

impl Order {
    /// `username`, or `-username` for the other way round; nothing is by user name.
    ///
    /// # Errors
    /// `Invalid` for anything else.
    pub fn parse(text: &str) -> Result<Self> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let (name, descending) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
        let column = Column::ALL.iter().find(|(_, known)| *known == name).map(|(column, _)| *column);
        let column = column.ok_or_else(|| {
            let known = Column::ALL.map(|(_, name)| name).join(", ");
            Error::invalid(format!("people cannot be sorted by \"{name}\"; they can by {known}"))
        })?;
        Ok(Self { column, descending })
    }
}

/// Where somebody stands in an order: what they are sorted by, and their user name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Place {
    pub key: Key,
    pub username: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Key {
    Number(i64),
    Text(String),
}

impl Place {
    fn of(account: &Account, role: OrganizationRole, by_directory: bool, column: Column) -> Self {
        let username = key_of(&account.username);
        let key = match column {
            Column::Username => Key::Text(username.clone()),
            Column::Name => Key::Text(account.name.to_lowercase()),
            Column::Role => Key::Text(role.as_str().to_owned()),
            Column::Source => Key::Number(i64::from(!by_directory)),
            Column::LastSeen => Key::Number(account.last_seen_at.map_or(0, |at| at.micros())),
        };
        Self { key, username }
    }
}

impl ToValue for Key {
    fn to_value(&self) -> Value {
        match self {
            Self::Number(number) => number.to_value(),
            Self::Text(text) => text.to_value(),
        }
    }
}

/// People of an organization, a page at a time.
///
/// # Errors
/// `NotFound` or `Forbidden` by the policy: when somebody was last seen is for those who manage the organization.
pub fn page(
    db: &Reader<'_>,
    call: &Call,
    organization: EntityId,
    search: &Search,
    after: Option<&str>,
    first: usize,
) -> Result<Page<Person>> {
    policy::require(&call.actor, Action::Read, &Target::Entity(organization))?;
    if search.order.column == Column::LastSeen {
        policy::require(&call.actor, Action::Manage, &Target::Entity(organization))?;
    }
    let after: Option<Place> = after.map(Cursor::decode).transpose()?;
    let mut rows = store::people(db, organization, search, after.as_ref(), first.saturating_add(1))?;
    let has_next = rows.len() > first;
    rows.truncate(first);
    let mut items = Vec::with_capacity(rows.len());
    for (id, role, joined_at, by_directory) in rows {
        let account = accounts::find(db, id)?.ok_or_else(|| Error::internal(format!("no account {id} for a role")))?;
        let teams = super::seats_shown(db, call, organization, id)?;
        let place = Place::of(&account, role, by_directory, search.order.column);
        items.push((Cursor::encode(&place), Person { account, role, joined_at, by_directory, teams }));
    }
    Ok(Page { items, has_next })
}
