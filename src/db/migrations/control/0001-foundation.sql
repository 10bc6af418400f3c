-- People, teams, projects and runs' documents. Moments are microseconds UTC. A …_key column is the lower-case form of a
-- name that is compared without regard to case.

-- Namespaces of projects: of a person, a team, an organization. One name space for all three.
CREATE TABLE entities (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('user', 'team', 'organization')),
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,
  display_name TEXT NOT NULL,
  description TEXT NOT NULL DEFAULT '',
  organization_id INTEGER REFERENCES entities (id),
  default_visibility TEXT NOT NULL DEFAULT 'team' CHECK (default_visibility IN ('open', 'public', 'team', 'restricted')),
  code_saving INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  deleted_at INTEGER
) STRICT;

-- People and service accounts. A person's personal entity has the name of the person.
CREATE TABLE accounts (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('user', 'service')),
  username TEXT NOT NULL,
  username_key TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  email TEXT,
  email_key TEXT UNIQUE,
  entity_id INTEGER UNIQUE REFERENCES entities (id),
  default_entity_id INTEGER REFERENCES entities (id),
  site_admin INTEGER NOT NULL DEFAULT 0,
  password_hash TEXT,
  code_saving INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  last_seen_at INTEGER,
  deactivated_at INTEGER
) STRICT;

CREATE TABLE organization_members (
  organization_id INTEGER NOT NULL REFERENCES entities (id),
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  role TEXT NOT NULL CHECK (role IN ('admin', 'member')),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (organization_id, account_id)
) STRICT;
CREATE INDEX organization_members_by_account ON organization_members (account_id);

CREATE TABLE team_members (
  team_id INTEGER NOT NULL REFERENCES entities (id),
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  role TEXT NOT NULL CHECK (role IN ('admin', 'member', 'view-only', 'service')),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (team_id, account_id)
) STRICT;
CREATE INDEX team_members_by_account ON team_members (account_id);

CREATE TABLE sessions (
  token_hash BLOB PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  user_agent TEXT NOT NULL,
  address TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_by_account ON sessions (account_id);

-- The secret is kept as SHA-256: it is random and long, so a slow hash would add nothing.
CREATE TABLE api_keys (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  name TEXT NOT NULL,
  hint TEXT NOT NULL,
  secret_hash BLOB NOT NULL UNIQUE,
  imported INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  last_used_at INTEGER,
  revoked_at INTEGER
) STRICT;
CREATE INDEX api_keys_by_account ON api_keys (account_id);

-- One-time links: for the first administrator ('setup') and for one who is locked out ('recover').
CREATE TABLE one_time_links (
  token_hash BLOB PRIMARY KEY,
  purpose TEXT NOT NULL CHECK (purpose IN ('setup', 'recover')),
  account_id INTEGER REFERENCES accounts (id),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT;

-- Keys that sign URLs, newest used for signing, all for checking.
CREATE TABLE signing_keys (
  id INTEGER PRIMARY KEY,
  secret BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

-- Every change of rights or data, written in the transaction of the change.
CREATE TABLE audit (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  action TEXT NOT NULL,
  actor_id INTEGER,
  acting_for_id INTEGER,
  address TEXT,
  object_kind TEXT NOT NULL,
  object_id INTEGER NOT NULL,
  object_name TEXT NOT NULL,
  details TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_time ON audit (at);
CREATE INDEX audit_by_object ON audit (object_kind, object_id, at);

CREATE TABLE projects (
  id INTEGER PRIMARY KEY,
  entity_id INTEGER NOT NULL REFERENCES entities (id),
  name TEXT NOT NULL,
  description TEXT NOT NULL DEFAULT '',
  visibility TEXT NOT NULL CHECK (visibility IN ('open', 'public', 'team', 'restricted')),
  views TEXT NOT NULL DEFAULT '{}',
  run_ordinal INTEGER NOT NULL DEFAULT 0,
  created_by INTEGER REFERENCES accounts (id),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  deleted_at INTEGER,
  UNIQUE (entity_id, name)
) STRICT;

CREATE TABLE project_members (
  project_id INTEGER NOT NULL REFERENCES projects (id),
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  role TEXT NOT NULL CHECK (role IN ('admin', 'member', 'view-only')),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, account_id)
) STRICT;
CREATE INDEX project_members_by_account ON project_members (account_id);

-- `name` is what the client calls the run id. A deleted run keeps its row, so that its name is not used again.
CREATE TABLE runs (
  id INTEGER PRIMARY KEY,
  project_id INTEGER NOT NULL REFERENCES projects (id),
  name TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  display_name TEXT NOT NULL,
  description TEXT NOT NULL DEFAULT '',
  notes TEXT NOT NULL DEFAULT '',
  group_name TEXT,
  job_type TEXT,
  sweep_name TEXT,
  host TEXT,
  program TEXT,
  repo TEXT,
  commit_hash TEXT,
  state TEXT NOT NULL CHECK (state IN ('pending', 'running', 'finished', 'failed', 'crashed', 'killed', 'preempting', 'preempted')),
  state_reason TEXT NOT NULL DEFAULT '',
  exit_code INTEGER,
  stop_requested_at INTEGER,
  stop_requested_by INTEGER REFERENCES accounts (id),
  config TEXT NOT NULL DEFAULT '{}',
  summary TEXT NOT NULL DEFAULT '{}',
  -- Where a forked run branched off, and the archived run that holds what a rewind cut away.
  branch_run_id INTEGER REFERENCES runs (id),
  branch_step INTEGER,
  -- How many rows of history the run did not log itself but inherited by a fork, or kept in a rewind.
  inherited_lines INTEGER NOT NULL DEFAULT 0,
  archive_of INTEGER REFERENCES runs (id),
  created_by INTEGER REFERENCES accounts (id),
  logged_by INTEGER REFERENCES accounts (id),
  created_at INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  heartbeat_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  ended_at INTEGER,
  deleted_at INTEGER,
  -- When what a deleted run streamed, and its files, were freed.
  purged_at INTEGER,
  UNIQUE (project_id, name)
) STRICT;
CREATE INDEX runs_by_creation ON runs (project_id, created_at, id);
CREATE INDEX runs_by_heartbeat ON runs (project_id, heartbeat_at, id);
CREATE INDEX runs_by_sweep ON runs (project_id, sweep_name) WHERE sweep_name IS NOT NULL;
CREATE INDEX runs_to_purge ON runs (deleted_at) WHERE deleted_at IS NOT NULL AND purged_at IS NULL;
CREATE INDEX runs_alive ON runs (heartbeat_at) WHERE state IN ('running', 'preempting');

-- Every leaf of config and summary under its dotted name, so that filters and orders over a project are index scans.
-- A number has `number` (NULL for NaN), a text `text`, a boolean `number` 0 or 1, a list its JSON in `text`.
CREATE TABLE run_fields (
  run_id INTEGER NOT NULL REFERENCES runs (id),
  section TEXT NOT NULL CHECK (section IN ('config', 'summary')),
  key TEXT NOT NULL,
  project_id INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('number', 'text', 'boolean', 'null', 'list', 'map')),
  number REAL,
  text TEXT,
  PRIMARY KEY (run_id, section, key)
) STRICT;
CREATE INDEX run_fields_by_number ON run_fields (project_id, section, key, number, run_id) WHERE kind = 'number';
CREATE INDEX run_fields_by_text ON run_fields (project_id, section, key, text, run_id) WHERE kind = 'text';

CREATE TABLE run_tags (
  run_id INTEGER NOT NULL REFERENCES runs (id),
  position INTEGER NOT NULL,
  tag TEXT NOT NULL,
  project_id INTEGER NOT NULL,
  PRIMARY KEY (run_id, position)
) STRICT;
CREATE INDEX run_tags_by_tag ON run_tags (project_id, tag, run_id);

-- `blob_key` is NULL until the bytes have arrived whole.
CREATE TABLE run_files (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES runs (id),
  name TEXT NOT NULL,
  size_bytes INTEGER NOT NULL DEFAULT 0,
  md5 TEXT,
  mime_type TEXT NOT NULL,
  blob_key TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (run_id, name)
) STRICT;

-- Blobs to delete once no transaction can refer to them any more.
CREATE TABLE blob_garbage (
  blob_key TEXT PRIMARY KEY,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE alerts (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES runs (id),
  title TEXT NOT NULL,
  text TEXT NOT NULL,
  severity TEXT NOT NULL CHECK (severity IN ('INFO', 'WARN', 'ERROR')),
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX alerts_by_run ON alerts (run_id, created_at);

CREATE TABLE custom_charts (
  id INTEGER PRIMARY KEY,
  entity_id INTEGER NOT NULL REFERENCES entities (id),
  name TEXT NOT NULL,
  display_name TEXT NOT NULL,
  kind TEXT NOT NULL,
  access TEXT NOT NULL CHECK (access IN ('PUBLIC', 'PRIVATE')),
  spec TEXT NOT NULL,
  created_by INTEGER REFERENCES accounts (id),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (entity_id, name)
) STRICT;
