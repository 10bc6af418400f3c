//! SQL of what organizations know about their licences.

use super::licence::Notes;
use crate::clock::Timestamp;
use crate::db::{Reader, Tx};
use crate::error::Result;
use crate::id::{AccountId, EntityId};

/// Months that are told.
const MONTHS: i64 = 24;

pub(super) fn notes(db: &Reader<'_>, organization: EntityId) -> Result<Option<Notes>> {
    let sql = "SELECT contact, invoice_reference, more_seats FROM licence_notes WHERE organization_id = ?1";
    db.query_opt(sql, &[&organization], |row| {
        Ok(Notes {
            contact: row.get("contact")?,
            invoice_reference: row.get("invoice_reference")?,
            more_seats: row.get("more_seats")?,
        })
    })
}

pub(super) fn set_notes(tx: &Tx<'_>, organization: EntityId, notes: &Notes) -> Result<()> {
    tx.execute(
        "INSERT INTO licence_notes (organization_id, contact, invoice_reference, more_seats) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (organization_id) DO UPDATE
            SET contact = excluded.contact, invoice_reference = excluded.invoice_reference, more_seats = excluded.more_seats",
        &[&organization, &notes.contact, &notes.invoice_reference, &notes.more_seats],
    )?;
    Ok(())
}

/// Active licence contacts, by user name.
pub(super) fn contacts(db: &Reader<'_>, organization: EntityId) -> Result<Vec<AccountId>> {
    db.query(
        "SELECT m.account_id FROM organization_members m JOIN accounts a ON a.id = m.account_id
          WHERE m.organization_id = ?1 AND m.licence_contact = 1 AND a.deactivated_at IS NULL ORDER BY a.username_key",
        &[&organization],
        |row| row.get("account_id"),
    )
}

pub(super) fn set_contact(tx: &Tx<'_>, organization: EntityId, account: AccountId, wanted: bool) -> Result<()> {
    let sql = "UPDATE organization_members SET licence_contact = ?3 WHERE organization_id = ?1 AND account_id = ?2";
    tx.execute(sql, &[&organization, &account, &wanted])?;
    Ok(())
}

/// Active service accounts of an organization and its teams, and invitations into its teams that are open.
pub(super) fn uncounted(db: &Reader<'_>, organization: EntityId, now: Timestamp) -> Result<(i64, i64)> {
    db.query_one(
        "SELECT (SELECT COUNT(*) FROM accounts a JOIN entities h ON h.id = a.home_id
                  WHERE a.kind = 'service' AND a.deactivated_at IS NULL AND (h.id = ?1 OR h.organization_id = ?1)) AS services,
                (SELECT COUNT(*) FROM invitations i JOIN entities t ON t.id = i.team_id
                  WHERE t.organization_id = ?1 AND i.accepted_at IS NULL AND i.withdrawn_at IS NULL AND i.declined_at IS NULL
                    AND i.expires_at > ?2) AS pending",
        &[&organization, &now],
        |row| Ok((row.get("services")?, row.get("pending")?)),
    )
}

pub(super) fn months(db: &Reader<'_>, organization: EntityId) -> Result<Vec<(String, i64)>> {
    let sql = "SELECT month, most FROM seat_months WHERE organization_id = ?1 ORDER BY month DESC LIMIT ?2";
    db.query(sql, &[&organization, &MONTHS], |row| Ok((row.get("month")?, row.get("most")?)))
}

pub(super) fn note_seats(tx: &Tx<'_>, organization: EntityId, month: &str, counted: i64) -> Result<()> {
    tx.execute(
        "INSERT INTO seat_months (organization_id, month, most) VALUES (?1, ?2, ?3)
         ON CONFLICT (organization_id, month) DO UPDATE SET most = excluded.most WHERE excluded.most > seat_months.most",
        &[&organization, &month, &counted],
    )?;
    Ok(())
}
