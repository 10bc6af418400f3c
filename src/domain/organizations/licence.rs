//! What an organization knows about its licence: who hears of it, what is to stand on invoices, and how many seats count.
//!
//! Every feature is there without a licence, and nothing may ever depend on one.

use serde_json::json;

use super::{Seats, licence_store, store};
use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::domain::Call;
use crate::domain::accounts::{self, Account};
use crate::domain::teams::Entity;
use crate::error::{Error, Result};
use crate::policy::{self, Action, Target};

const TEXT_CHARS_MAX: usize = 4096;

/// What people write down about the licence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// Whom and how to write to.
    pub contact: String,
    pub invoice_reference: String,
    /// How one gets more seats here.
    pub more_seats: String,
}

/// Changes to the notes; `None` leaves a text as it is.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    pub contact: Option<String>,
    pub invoice_reference: Option<String>,
    pub more_seats: Option<String>,
}

/// The licence page of an organization.
#[derive(Clone, Debug)]
pub struct Licence {
    pub notes: Notes,
    /// The licence contacts, by user name.
    pub contacts: Vec<Account>,
    pub seats: Seats,
    /// Service accounts and invitations that are open: neither counts.
    pub services: i64,
    pub pending: i64,
    /// The most seats that counted in a month (`2026-01`), newest first.
    pub months: Vec<(String, i64)>,
}

/// The licence page, for admins of the organization.
pub fn get(db: &Reader<'_>, call: &Call, organization: &Entity) -> Result<Licence> {
    policy::require(&call.actor, Action::Manage, &Target::Entity(organization.id))?;
    let mut contacts = Vec::new();
    for id in licence_store::contacts(db, organization.id)? {
        contacts.extend(accounts::find(db, id)?);
    }
    let (services, pending) = licence_store::uncounted(db, organization.id, call.now)?;
    let seats = store::seats(db, organization.id)?;
    let mut months = licence_store::months(db, organization.id)?;
    // The job that notes it may not have come round yet.
    let now = month(call.now);
    match months.first_mut() {
        Some((name, most)) if *name == now => *most = seats.counted.max(*most),
        _ => months.insert(0, (now, seats.counted)),
    }
    let notes = licence_store::notes(db, organization.id)?.unwrap_or_default();
    Ok(Licence { notes, contacts, seats, services, pending, months })
}

/// Changes what is given of the notes.
pub fn update(tx: &Tx<'_>, call: &Call, organization: &Entity, changes: &Changes) -> Result<()> {
    policy::require(&call.actor, Action::Manage, &Target::Entity(organization.id))?;
    let before = licence_store::notes(tx, organization.id)?.unwrap_or_default();
    let text = |wanted: &Option<String>, old: &str| {
        let wanted = wanted.as_deref().map_or(old, str::trim);
        if wanted.chars().count() > TEXT_CHARS_MAX {
            return Err(Error::invalid(format!("a note about the licence has at most {TEXT_CHARS_MAX} characters")));
        }
        Ok(wanted.to_owned())
    };
    let notes = Notes {
        contact: text(&changes.contact, &before.contact)?,
        invoice_reference: text(&changes.invoice_reference, &before.invoice_reference)?,
        more_seats: text(&changes.more_seats, &before.more_seats)?,
    };
    if notes == before {
        return Ok(());
    }
    licence_store::set_notes(tx, organization.id, &notes)?;
    let details = json!({ "invoice_reference": notes.invoice_reference });
    super::record(tx, call, organization, "organization.licence", &details)
}

/// Makes a person of the organization one of its licence contacts, or lets them be it no more.
///
/// # Errors
/// `NotFound` for who does not belong to it; `Conflict` for the last contact.
pub fn set_contact(tx: &Tx<'_>, call: &Call, organization: &Entity, username: &str, wanted: bool) -> Result<()> {
    policy::require(&call.actor, Action::Manage, &Target::Entity(organization.id))?;
    let missing = || Error::not_found(format!("member {username}"));
    let account = accounts::by_username(tx, username)?.ok_or_else(missing)?;
    store::role(tx, organization.id, account.id)?.ok_or_else(missing)?;
    let is_contact = licence_store::contacts(tx, organization.id)?.contains(&account.id);
    if is_contact == wanted {
        return Ok(());
    }
    if !wanted {
        require_other_contact(tx, organization, &account)?;
    }
    licence_store::set_contact(tx, organization.id, account.id, wanted)?;
    let details = json!({ "member": account.username, "licence_contact": wanted });
    super::record(tx, call, organization, "organization.licence_contact", &details)
}

/// Somebody must be left who hears of licence matters.
pub(super) fn require_other_contact(db: &Reader<'_>, organization: &Entity, account: &Account) -> Result<()> {
    if licence_store::contacts(db, organization.id)? == [account.id] {
        return Err(Error::conflict(format!(
            "{} is the last licence contact of {}; name another first",
            account.username, organization.name
        )));
    }
    Ok(())
}

/// Notes the most seats that counted this month, for every organization.
pub fn note_seats(tx: &Tx<'_>, now: Timestamp) -> Result<()> {
    for id in store::all(tx)? {
        licence_store::note_seats(tx, id, &month(now), store::seats(tx, id)?.counted)?;
    }
    Ok(())
}

/// `2026-01`.
fn month(at: Timestamp) -> String {
    at.to_string().chars().take(7).collect()
}
