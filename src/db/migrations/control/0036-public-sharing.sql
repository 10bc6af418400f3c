-- Whether reports of the team, and the figures of its runs, are kept from whoever only holds a link.
ALTER TABLE entities ADD COLUMN no_public_sharing INTEGER NOT NULL DEFAULT 0;

-- Which settings there are to be locked is said by the program: the list that stood here did not grow with it, so that the lock of
-- who deletes artifacts was refused.
CREATE TABLE locks_of_settings (
  organization_id INTEGER NOT NULL REFERENCES entities (id),
  setting TEXT NOT NULL,
  locked_by INTEGER REFERENCES accounts (id),
  locked_at INTEGER NOT NULL,
  PRIMARY KEY (organization_id, setting)
) STRICT;
INSERT INTO locks_of_settings SELECT organization_id, setting, locked_by, locked_at FROM setting_locks;
DROP TABLE setting_locks;
ALTER TABLE locks_of_settings RENAME TO setting_locks;
