-- What is watched in a project, and whom it is told to.

-- Where a team's alerts are posted to. The secrets are encrypted with a key that is not in this file.
CREATE TABLE webhooks (
  id INTEGER PRIMARY KEY,
  entity_id INTEGER NOT NULL REFERENCES entities (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  url TEXT NOT NULL,
  format TEXT NOT NULL CHECK (format IN ('json', 'slack', 'discord', 'teams')),
  secret BLOB,                    -- signs what is sent
  token BLOB,                     -- is sent as a bearer token
  created_by INTEGER REFERENCES accounts (id),
  created_at INTEGER NOT NULL,
  UNIQUE (entity_id, name)
) STRICT;

CREATE TABLE alert_rules (
  id INTEGER PRIMARY KEY,
  project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('metric', 'state', 'sent')),
  condition TEXT NOT NULL,        -- JSON
  filter TEXT NOT NULL,           -- which runs, in the client's filter language
  paused INTEGER NOT NULL DEFAULT 0,
  webhook_id INTEGER REFERENCES webhooks (id) ON DELETE SET NULL,
  created_by INTEGER REFERENCES accounts (id),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (project_id, name)
) STRICT;
CREATE INDEX alert_rules_by_webhook ON alert_rules (webhook_id) WHERE webhook_id IS NOT NULL;

-- Whom mail goes to: somebody of this server, at the address they have then, or an address.
CREATE TABLE alert_recipients (
  rule_id INTEGER NOT NULL REFERENCES alert_rules (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  account_id INTEGER REFERENCES accounts (id),
  address TEXT,
  PRIMARY KEY (rule_id, position),
  CHECK ((account_id IS NULL) <> (address IS NULL))
) STRICT;

-- How far a rule has looked at a run, and whether it fired for it.
CREATE TABLE alert_marks (
  rule_id INTEGER NOT NULL REFERENCES alert_rules (id) ON DELETE CASCADE,
  run_id INTEGER NOT NULL REFERENCES runs (id),
  seen TEXT NOT NULL,             -- up to which line of which writer
  recent TEXT NOT NULL,           -- the last values, as many as the condition needs
  armed_after INTEGER,            -- the step after which it may fire, once it was armed again
  fired_at INTEGER,
  fired_state TEXT,               -- of rules about states: which one it fired for
  PRIMARY KEY (rule_id, run_id)
) STRICT;
CREATE INDEX alert_marks_by_run ON alert_marks (run_id);
