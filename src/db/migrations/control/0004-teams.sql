-- Organizations with people who only look, teams with settings that their organization may lock, people who are deleted.

-- The same table with one role more.
CREATE TABLE organization_members_2 (
  organization_id INTEGER NOT NULL REFERENCES entities (id),
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  role TEXT NOT NULL CHECK (role IN ('admin', 'member', 'viewer')),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (organization_id, account_id)
) STRICT;
INSERT INTO organization_members_2 (organization_id, account_id, role, created_at)
  SELECT organization_id, account_id, role, created_at FROM organization_members;
DROP TABLE organization_members;
ALTER TABLE organization_members_2 RENAME TO organization_members;
CREATE INDEX organization_members_by_account ON organization_members (account_id);

-- Settings of a team; of an organization, what it prescribes once it locks them.
-- Hidden: only its own people and the organization's admins learn that the team is there.
ALTER TABLE entities ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0;
-- New projects are for the team or for named people, and stay so.
ALTER TABLE entities ADD COLUMN private_only INTEGER NOT NULL DEFAULT 0;
-- Every member may invite, not only admins.
ALTER TABLE entities ADD COLUMN members_invite INTEGER NOT NULL DEFAULT 0;
CREATE INDEX entities_by_organization ON entities (organization_id, kind, name_key);

CREATE TABLE setting_locks (
  organization_id INTEGER NOT NULL REFERENCES entities (id),
  setting TEXT NOT NULL CHECK (setting IN ('hidden', 'private_only', 'members_invite', 'code_saving', 'default_visibility')),
  locked_by INTEGER REFERENCES accounts (id),
  locked_at INTEGER NOT NULL,
  PRIMARY KEY (organization_id, setting)
) STRICT;

-- A deleted person's row stays for what they made; nothing that identifies them needs to.
ALTER TABLE accounts ADD COLUMN deleted_at INTEGER;

-- Invitations, and where service accounts belong.

-- People asked into a team. The secret of the link is kept as SHA-256.
CREATE TABLE invitations (
  id INTEGER PRIMARY KEY,
  team_id INTEGER NOT NULL REFERENCES entities (id),
  role TEXT NOT NULL CHECK (role IN ('admin', 'member', 'view-only')),
  email TEXT,
  email_key TEXT,
  account_id INTEGER REFERENCES accounts (id),
  token_hash BLOB NOT NULL UNIQUE,
  invited_by INTEGER REFERENCES accounts (id),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  accepted_at INTEGER,
  withdrawn_at INTEGER,
  declined_at INTEGER
) STRICT;
CREATE INDEX invitations_by_team ON invitations (team_id, id);
CREATE INDEX invitations_by_account ON invitations (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX invitations_by_email ON invitations (email_key) WHERE email_key IS NOT NULL;

-- The team or organization that a service account works for, and what it is for.
ALTER TABLE accounts ADD COLUMN home_id INTEGER REFERENCES entities (id);
ALTER TABLE accounts ADD COLUMN purpose TEXT NOT NULL DEFAULT '';
CREATE INDEX accounts_by_home ON accounts (home_id) WHERE home_id IS NOT NULL;
UPDATE accounts SET home_id = (SELECT MIN(team_id) FROM team_members WHERE account_id = accounts.id) WHERE kind = 'service';

-- Secrets of service accounts that the client made: it asks for them with a second request, for which they wait here a few
-- minutes.
CREATE TABLE fresh_secrets (
  account_id INTEGER PRIMARY KEY REFERENCES accounts (id),
  maker_id INTEGER NOT NULL REFERENCES accounts (id),
  secret TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;

-- Who did what is asked by person and by kind of action.
CREATE INDEX audit_by_actor ON audit (actor_id, id);
CREATE INDEX audit_by_action ON audit (action, id);
