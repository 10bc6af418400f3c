-- A seat may be given by hand, by a rule of the operator's directory, or by both: `role` is the greater of the two.
ALTER TABLE team_members ADD COLUMN hand_role TEXT;
ALTER TABLE team_members ADD COLUMN directory_role TEXT;
ALTER TABLE team_members ADD COLUMN directory_rule TEXT;
UPDATE team_members SET hand_role = role;

-- The same of an organization. Who belongs to it stays a member of it without the directory.
ALTER TABLE organization_members ADD COLUMN hand_role TEXT NOT NULL DEFAULT 'member';
ALTER TABLE organization_members ADD COLUMN directory_role TEXT;
ALTER TABLE organization_members ADD COLUMN directory_rule TEXT;
UPDATE organization_members SET hand_role = role;

-- Since when the directory has the person no more: their account was deactivated for that, and comes back with them.
ALTER TABLE directory_identities ADD COLUMN left_at INTEGER;

-- What syncs with the directory did, or why they did nothing.
CREATE TABLE directory_syncs (
  id INTEGER PRIMARY KEY,
  started_at INTEGER NOT NULL,
  finished_at INTEGER NOT NULL,
  started_by TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('applied', 'unchanged', 'refused', 'failed', 'undone')),
  why TEXT NOT NULL,
  people INTEGER NOT NULL,
  groups INTEGER NOT NULL,
  reading_ms INTEGER NOT NULL,
  added INTEGER NOT NULL,
  changed INTEGER NOT NULL,
  removed INTEGER NOT NULL,
  changes TEXT NOT NULL,
  kept TEXT NOT NULL,
  -- How often the schedule met the same refusal or failure; finished_at is that of the last time.
  times INTEGER NOT NULL DEFAULT 1,
  undone_at INTEGER
) STRICT;

-- What groups give, where no file of the operator says it. The revision is that of the last change.
CREATE TABLE directory_rules (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  rules TEXT NOT NULL,
  revision INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  changed_by TEXT NOT NULL
) STRICT;

-- The groups that give seats in a team, whom to ask for a place in them, and whether people may give seats too; JSON.
ALTER TABLE entities ADD COLUMN directory_managed TEXT;

-- A person of the directory who has no account yet: the seat is theirs when they first sign in.
ALTER TABLE invitations ADD COLUMN directory_id TEXT;
ALTER TABLE invitations ADD COLUMN directory_name TEXT;
CREATE INDEX invitations_by_directory ON invitations (directory_id) WHERE directory_id IS NOT NULL;
