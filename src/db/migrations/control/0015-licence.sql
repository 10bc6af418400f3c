-- Who hears of licence matters, what an organization notes about them, and how many seats counted at most in a month. Nothing
-- depends on a licence.
ALTER TABLE organization_members ADD COLUMN licence_contact INTEGER NOT NULL DEFAULT 0;
UPDATE organization_members SET licence_contact = 1
 WHERE account_id = (SELECT MIN(m.account_id) FROM organization_members m
                      WHERE m.organization_id = organization_members.organization_id AND m.role = 'admin');
CREATE TABLE licence_notes (
  organization_id INTEGER PRIMARY KEY REFERENCES entities (id),
  contact TEXT NOT NULL,
  invoice_reference TEXT NOT NULL,
  more_seats TEXT NOT NULL
) STRICT;
CREATE TABLE seat_months (
  organization_id INTEGER NOT NULL REFERENCES entities (id),
  month TEXT NOT NULL,
  most INTEGER NOT NULL,
  PRIMARY KEY (organization_id, month)
) STRICT;
