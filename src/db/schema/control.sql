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
, deleted_at INTEGER, home_id INTEGER REFERENCES entities (id), purpose TEXT NOT NULL DEFAULT '') STRICT;

CREATE TABLE alert_attempts (
  id INTEGER PRIMARY KEY,
  delivery_id INTEGER NOT NULL REFERENCES alert_deliveries (id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  succeeded INTEGER NOT NULL,
  answer TEXT NOT NULL            -- what the other side said, or why it could not be asked
) STRICT;

CREATE TABLE alert_deliveries (
  id INTEGER PRIMARY KEY,
  firing_id INTEGER NOT NULL REFERENCES alert_firings (id) ON DELETE CASCADE,
  channel TEXT NOT NULL CHECK (channel IN ('mail', 'webhook')),
  account_id INTEGER REFERENCES accounts (id),
  address TEXT,
  webhook_id INTEGER REFERENCES webhooks (id) ON DELETE SET NULL,
  recipient TEXT NOT NULL,        -- as people read it
  state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'given up')),
  attempts INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER NOT NULL
) STRICT;

CREATE TABLE alert_firings (
  id INTEGER PRIMARY KEY,
  rule_id INTEGER NOT NULL REFERENCES alert_rules (id) ON DELETE CASCADE,
  project_id INTEGER NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  run_id INTEGER REFERENCES runs (id),   -- NULL: somebody tried the rule out
  at INTEGER NOT NULL,
  severity TEXT NOT NULL CHECK (severity IN ('INFO', 'WARN', 'ERROR')),
  title TEXT NOT NULL,
  text TEXT NOT NULL,
  facts TEXT NOT NULL             -- JSON: metric, value, baseline and the like
) STRICT;

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

CREATE TABLE alert_recipients (
  rule_id INTEGER NOT NULL REFERENCES alert_rules (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  account_id INTEGER REFERENCES accounts (id),
  address TEXT,
  PRIMARY KEY (rule_id, position),
  CHECK ((account_id IS NULL) <> (address IS NULL))
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
  updated_at INTEGER NOT NULL, author_id INTEGER REFERENCES accounts (id),
  UNIQUE (project_id, name)
) STRICT;

CREATE TABLE alerts (
  id INTEGER PRIMARY KEY,
  run_id INTEGER NOT NULL REFERENCES runs (id),
  title TEXT NOT NULL,
  text TEXT NOT NULL,
  severity TEXT NOT NULL CHECK (severity IN ('INFO', 'WARN', 'ERROR')),
  created_at INTEGER NOT NULL
) STRICT;

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

CREATE TABLE artifact_aliases (
  id INTEGER PRIMARY KEY,
  collection_id INTEGER NOT NULL REFERENCES artifact_collections (id),
  membership_id INTEGER NOT NULL REFERENCES artifact_memberships (id),
  alias TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (collection_id, alias)
) STRICT;

CREATE TABLE artifact_client_ids (
  client_id TEXT PRIMARY KEY,
  artifact_id INTEGER REFERENCES artifacts (id),
  sequence_id INTEGER REFERENCES artifact_collections (id)
) STRICT;

CREATE TABLE artifact_collection_tags (
  id INTEGER PRIMARY KEY,
  collection_id INTEGER NOT NULL REFERENCES artifact_collections (id),
  name TEXT NOT NULL,
  UNIQUE (collection_id, name)
) STRICT;

CREATE TABLE artifact_collections (
  id INTEGER PRIMARY KEY,
  project_id INTEGER NOT NULL REFERENCES projects (id),
  type_id INTEGER NOT NULL REFERENCES artifact_types (id),
  kind TEXT NOT NULL CHECK (kind IN ('sequence', 'portfolio')),
  name TEXT NOT NULL,
  description TEXT NOT NULL DEFAULT '',
  next_index INTEGER NOT NULL DEFAULT 0,
  created_by INTEGER REFERENCES accounts (id),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  deleted_at INTEGER
) STRICT;

CREATE TABLE artifact_entries (
  artifact_id INTEGER NOT NULL REFERENCES artifacts (id),
  path TEXT NOT NULL,
  digest TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  content_id INTEGER REFERENCES contents (id),
  reference TEXT,
  PRIMARY KEY (artifact_id, path)
) STRICT;

CREATE TABLE artifact_file_parts (
  file_id INTEGER NOT NULL REFERENCES artifact_files (id),
  number INTEGER NOT NULL,
  md5_hex TEXT NOT NULL,
  blob_key TEXT,
  PRIMARY KEY (file_id, number)
) STRICT;

CREATE TABLE artifact_files (
  id INTEGER PRIMARY KEY,
  artifact_id INTEGER NOT NULL REFERENCES artifacts (id),
  name TEXT NOT NULL,
  md5 TEXT NOT NULL,
  content_id INTEGER REFERENCES contents (id),
  UNIQUE (artifact_id, md5, name)
) STRICT;

CREATE TABLE artifact_inputs (
  run_id INTEGER NOT NULL REFERENCES runs (id),
  artifact_id INTEGER NOT NULL REFERENCES artifacts (id),
  used_as TEXT,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (run_id, artifact_id)
) STRICT;

CREATE TABLE artifact_lifetimes (
  entity_id INTEGER PRIMARY KEY REFERENCES entities (id),
  ttl_seconds INTEGER NOT NULL
) STRICT;

CREATE TABLE artifact_manifests (
  id INTEGER PRIMARY KEY,
  artifact_id INTEGER NOT NULL REFERENCES artifacts (id),
  name TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('full', 'incremental', 'patch')),
  digest TEXT NOT NULL,
  base_artifact_id INTEGER REFERENCES artifacts (id),
  content_id INTEGER REFERENCES contents (id),
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE artifact_memberships (
  id INTEGER PRIMARY KEY,
  collection_id INTEGER NOT NULL REFERENCES artifact_collections (id),
  artifact_id INTEGER NOT NULL REFERENCES artifacts (id),
  version_index INTEGER NOT NULL,
  created_by INTEGER REFERENCES accounts (id),
  created_at INTEGER NOT NULL,
  UNIQUE (collection_id, version_index),
  UNIQUE (artifact_id, collection_id)
) STRICT;

CREATE TABLE artifact_outputs (
  run_id INTEGER NOT NULL REFERENCES runs (id),
  artifact_id INTEGER NOT NULL REFERENCES artifacts (id),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (run_id, artifact_id)
) STRICT;

CREATE TABLE artifact_tags (
  id INTEGER PRIMARY KEY,
  artifact_id INTEGER NOT NULL REFERENCES artifacts (id),
  name TEXT NOT NULL,
  UNIQUE (artifact_id, name)
) STRICT;

CREATE TABLE artifact_types (
  id INTEGER PRIMARY KEY,
  project_id INTEGER NOT NULL REFERENCES projects (id),
  name TEXT NOT NULL,
  description TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  UNIQUE (project_id, name)
) STRICT;

CREATE TABLE artifacts (
  id INTEGER PRIMARY KEY,
  sequence_id INTEGER NOT NULL REFERENCES artifact_collections (id),
  state TEXT NOT NULL CHECK (state IN ('pending', 'committed', 'deleted')),
  digest TEXT NOT NULL,
  description TEXT,
  metadata TEXT,
  history_step INTEGER,
  ttl_seconds INTEGER,
  distributed_id TEXT,
  wanted TEXT NOT NULL DEFAULT '[]',
  commit_hash TEXT NOT NULL,
  deduplicate INTEGER NOT NULL,
  merged_into INTEGER REFERENCES artifacts (id),
  size_bytes INTEGER NOT NULL DEFAULT 0,
  file_count INTEGER NOT NULL DEFAULT 0,
  run_id INTEGER REFERENCES runs (id),
  created_by INTEGER REFERENCES accounts (id),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
, freed_at INTEGER) STRICT;

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
, digest BLOB NOT NULL DEFAULT x'', salt BLOB NOT NULL DEFAULT x'', content BLOB NOT NULL DEFAULT x'', told_digest BLOB) STRICT;

CREATE TABLE audit_chain (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  before_id INTEGER NOT NULL,
  before_digest BLOB NOT NULL,
  last_id INTEGER NOT NULL,
  last_digest BLOB NOT NULL
, rechained_through INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE TABLE audit_outputs (
  name TEXT PRIMARY KEY,
  last_id INTEGER NOT NULL
) STRICT;

CREATE TABLE avatars (
  entity_id INTEGER PRIMARY KEY REFERENCES entities (id) ON DELETE CASCADE,
  png BLOB NOT NULL
) STRICT;

CREATE TABLE awaited_contents (
  artifact_id INTEGER NOT NULL REFERENCES artifacts (id),
  path TEXT NOT NULL,
  sha256 BLOB NOT NULL,
  import_id INTEGER NOT NULL REFERENCES imports (id),
  PRIMARY KEY (artifact_id, path)
) STRICT;

CREATE TABLE blob_garbage (
  blob_key TEXT PRIMARY KEY,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE content_bytes (
  content_id INTEGER PRIMARY KEY REFERENCES contents (id) ON DELETE CASCADE,
  bytes BLOB NOT NULL
) STRICT;

CREATE TABLE contents (
  id INTEGER PRIMARY KEY,
  sha256 BLOB NOT NULL UNIQUE,
  md5 TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  blob_key TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL
) STRICT;

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

CREATE TABLE directory_identities (
  account_id INTEGER PRIMARY KEY REFERENCES accounts (id),
  directory_id TEXT NOT NULL UNIQUE,
  dn TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL
, left_at INTEGER) STRICT;

CREATE TABLE directory_rules (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  rules TEXT NOT NULL,
  revision INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  changed_by TEXT NOT NULL
) STRICT;

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
, hidden INTEGER NOT NULL DEFAULT 0, private_only INTEGER NOT NULL DEFAULT 0, members_invite INTEGER NOT NULL DEFAULT 0, moves_from_restricted INTEGER NOT NULL DEFAULT 0, deleted_by INTEGER REFERENCES accounts (id), purge_after INTEGER, purged_at INTEGER, read_only_keys INTEGER NOT NULL DEFAULT 0, directory_managed TEXT, members_create_teams INTEGER NOT NULL DEFAULT 0, personal_spaces INTEGER NOT NULL DEFAULT 1, cut_runs_of_leavers INTEGER NOT NULL DEFAULT 0, members_delete_artifacts INTEGER NOT NULL DEFAULT 0, admins_enter_teams INTEGER NOT NULL DEFAULT 1, avatar TEXT, no_public_sharing INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE TABLE export_projects (
  export_id INTEGER NOT NULL REFERENCES exports (id),
  project_id INTEGER NOT NULL REFERENCES projects (id),
  PRIMARY KEY (export_id, project_id)
) STRICT;

CREATE TABLE export_versions (
  export_id INTEGER NOT NULL REFERENCES exports (id),
  artifact_id INTEGER NOT NULL REFERENCES artifacts (id),
  PRIMARY KEY (export_id, artifact_id)
) STRICT;

CREATE TABLE exports (
  id INTEGER PRIMARY KEY,
  bundle TEXT NOT NULL UNIQUE,
  scope TEXT NOT NULL CHECK (scope IN ('run', 'project', 'entity', 'instance')),
  entity_id INTEGER REFERENCES entities (id),
  project_id INTEGER REFERENCES projects (id),
  run_id INTEGER REFERENCES runs (id),
  title TEXT NOT NULL,
  asked_by INTEGER REFERENCES accounts (id),
  acting_for INTEGER REFERENCES accounts (id),
  by_key INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'done', 'failed', 'cancelled', 'expired', 'deleted')),
  reason TEXT,
  created_at INTEGER NOT NULL,
  ended_at INTEGER,
  expires_at INTEGER,
  -- Who writes it, and until when nobody else may begin to.
  held_by TEXT,
  held_until INTEGER,
  cursor TEXT,
  runs_total INTEGER NOT NULL DEFAULT 0,
  runs_done INTEGER NOT NULL DEFAULT 0,
  expected_bytes INTEGER NOT NULL DEFAULT 0,
  written_bytes INTEGER NOT NULL DEFAULT 0,
  left_out INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE fresh_secrets (
  account_id INTEGER PRIMARY KEY REFERENCES accounts (id),
  maker_id INTEGER NOT NULL REFERENCES accounts (id),
  secret TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;

CREATE TABLE "import_items" (
  import_id INTEGER NOT NULL REFERENCES imports (id),
  kind TEXT NOT NULL,
  origin_id INTEGER NOT NULL,
  old_name TEXT NOT NULL,
  new_name TEXT,
  state TEXT NOT NULL CHECK (state IN ('imported', 'known', 'skipped')),
  reason TEXT,
  PRIMARY KEY (import_id, kind, origin_id, old_name)
) STRICT;

CREATE TABLE imports (
  id INTEGER PRIMARY KEY,
  bundle TEXT NOT NULL,
  server TEXT NOT NULL,
  title TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  -- The entity that all projects go to; NULL: each to the one of its name. `places` says it of single projects, as JSON.
  into_id INTEGER REFERENCES entities (id),
  places TEXT NOT NULL DEFAULT '{}',
  asked_by INTEGER REFERENCES accounts (id),
  acting_for INTEGER REFERENCES accounts (id),
  by_key INTEGER NOT NULL,
  -- Whether the file lies with the server, and not with the operator whose command reads it.
  uploaded INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'done', 'failed', 'cancelled')),
  reason TEXT,
  created_at INTEGER NOT NULL,
  ended_at INTEGER,
  held_by TEXT,
  held_until INTEGER,
  read_bytes INTEGER NOT NULL DEFAULT 0,
  checked INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE incoming_versions (
  artifact_id INTEGER PRIMARY KEY REFERENCES artifacts (id),
  import_id INTEGER NOT NULL REFERENCES imports (id),
  project_id INTEGER NOT NULL REFERENCES projects (id),
  document TEXT NOT NULL
) STRICT;

CREATE TABLE invitation_attempts (
  id INTEGER PRIMARY KEY,
  invitation_id INTEGER NOT NULL REFERENCES invitation_letters (invitation_id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  succeeded INTEGER NOT NULL,
  answer TEXT NOT NULL            -- what the mail server said, or why it could not be asked
) STRICT;

CREATE TABLE invitation_letters (
  invitation_id INTEGER PRIMARY KEY REFERENCES invitations (id) ON DELETE CASCADE,
  token BLOB,
  written_at INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'given up')),
  attempts INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER NOT NULL
) STRICT;

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
, directory_id TEXT, directory_name TEXT) STRICT;

CREATE TABLE licence_notes (
  organization_id INTEGER PRIMARY KEY REFERENCES entities (id),
  contact TEXT NOT NULL,
  invoice_reference TEXT NOT NULL,
  more_seats TEXT NOT NULL
) STRICT;

CREATE TABLE move_artifacts (
  move_id INTEGER NOT NULL REFERENCES moves (id),
  artifact_id INTEGER NOT NULL REFERENCES artifacts (id),
  PRIMARY KEY (move_id, artifact_id)
) STRICT;

CREATE TABLE move_links (
  move_id INTEGER NOT NULL REFERENCES moves (id),
  artifact_id INTEGER NOT NULL REFERENCES artifacts (id),
  portfolio_id INTEGER NOT NULL REFERENCES artifact_collections (id),
  made INTEGER NOT NULL,
  PRIMARY KEY (move_id, artifact_id)
) STRICT;

CREATE TABLE move_runs (
  move_id INTEGER NOT NULL REFERENCES moves (id),
  run_id INTEGER NOT NULL REFERENCES runs (id),
  old_name TEXT NOT NULL,
  new_name TEXT,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'moved', 'skipped', 'back', 'stayed')),
  -- Why it was skipped, or stayed when the move was undone.
  reason TEXT,
  PRIMARY KEY (move_id, run_id)
) STRICT;

CREATE TABLE moves (
  id INTEGER PRIMARY KEY,
  source_id INTEGER NOT NULL REFERENCES projects (id),
  destination_id INTEGER NOT NULL REFERENCES projects (id),
  artifacts TEXT NOT NULL CHECK (artifacts IN ('move', 'leave')),
  conflicts TEXT NOT NULL CHECK (conflicts IN ('skip', 'rename')),
  moved_by INTEGER REFERENCES accounts (id),
  acting_for INTEGER REFERENCES accounts (id),
  state TEXT NOT NULL CHECK (state IN ('running', 'done', 'undoing', 'undone')),
  created_at INTEGER NOT NULL,
  ended_at INTEGER,
  undone_by INTEGER REFERENCES accounts (id),
  undone_at INTEGER
, links INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE TABLE notification_choices (
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  kind TEXT NOT NULL,
  mailed INTEGER NOT NULL,
  PRIMARY KEY (account_id, kind)
) STRICT;

CREATE TABLE notifications (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  kind TEXT NOT NULL,
  report_id INTEGER REFERENCES reports (id),
  rule_id INTEGER REFERENCES alert_rules (id) ON DELETE CASCADE,
  thread_id INTEGER REFERENCES report_threads (id) ON DELETE CASCADE,
  comment_id INTEGER REFERENCES report_comments (id) ON DELETE CASCADE,
  by_id INTEGER REFERENCES accounts (id),
  at INTEGER NOT NULL,
  read_at INTEGER,
  mail TEXT CHECK (mail IN ('waiting', 'sent', 'given up')),   -- NULL: none is sent
  attempts INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER,
  CHECK ((report_id IS NULL) <> (rule_id IS NULL))
) STRICT;

CREATE TABLE office_entries (
  account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  entity_id INTEGER NOT NULL REFERENCES entities (id) ON DELETE CASCADE,
  day INTEGER NOT NULL, -- since 1970, UTC
  PRIMARY KEY (account_id, entity_id)
) STRICT;

CREATE TABLE one_time_links (
  token_hash BLOB PRIMARY KEY,
  purpose TEXT NOT NULL CHECK (purpose IN ('setup', 'recover')),
  account_id INTEGER REFERENCES accounts (id),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT;

CREATE TABLE "organization_members" (
  organization_id INTEGER NOT NULL REFERENCES entities (id),
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  role TEXT NOT NULL CHECK (role IN ('admin', 'member', 'viewer')),
  created_at INTEGER NOT NULL, licence_contact INTEGER NOT NULL DEFAULT 0, hand_role TEXT NOT NULL DEFAULT 'member', directory_role TEXT, directory_rule TEXT, makes_teams_by TEXT,
  PRIMARY KEY (organization_id, account_id)
) STRICT;

CREATE TABLE "origins" (
  server TEXT NOT NULL,
  kind TEXT NOT NULL,
  origin_id INTEGER NOT NULL,
  project_id INTEGER NOT NULL REFERENCES projects (id),
  local_id INTEGER NOT NULL,
  digest TEXT NOT NULL,
  is_whole INTEGER NOT NULL,
  PRIMARY KEY (server, kind, origin_id, project_id)
) STRICT;

CREATE TABLE project_members (
  project_id INTEGER NOT NULL REFERENCES projects (id),
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  role TEXT NOT NULL CHECK (role IN ('admin', 'member', 'view-only')),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, account_id)
) STRICT;

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
  deleted_at INTEGER, registry INTEGER NOT NULL DEFAULT 0, any_type INTEGER NOT NULL DEFAULT 1, deleted_by INTEGER REFERENCES accounts (id), purge_after INTEGER, purged_at INTEGER, owner_id INTEGER REFERENCES accounts (id),
  UNIQUE (entity_id, name)
) STRICT;

CREATE TABLE protected_aliases (
  project_id INTEGER NOT NULL REFERENCES projects (id),
  alias TEXT NOT NULL,
  PRIMARY KEY (project_id, alias)
) STRICT;

CREATE TABLE registry_members (
  project_id INTEGER NOT NULL REFERENCES projects (id),
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  role TEXT NOT NULL CHECK (role IN ('restricted_viewer', 'viewer', 'member', 'admin')),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, account_id)
) STRICT;

CREATE TABLE registry_teams (
  project_id INTEGER NOT NULL REFERENCES projects (id),
  team_id INTEGER NOT NULL REFERENCES entities (id),
  role TEXT NOT NULL CHECK (role IN ('restricted_viewer', 'viewer', 'member', 'admin')),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, team_id)
) STRICT;

CREATE TABLE repeats (
  key_hash BLOB PRIMARY KEY,
  fingerprint BLOB NOT NULL,
  answer BLOB,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE report_comments (
  id INTEGER PRIMARY KEY,
  thread_id INTEGER NOT NULL REFERENCES report_threads (id) ON DELETE CASCADE,
  author_id INTEGER REFERENCES accounts (id),
  body TEXT,                      -- Markdown; people are named in it by their numbers. NULL: deleted, and answered before
  created_at INTEGER NOT NULL,
  edited_at INTEGER
) STRICT;

CREATE TABLE report_follows (
  report_id INTEGER NOT NULL REFERENCES reports (id),
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  follows INTEGER NOT NULL,
  PRIMARY KEY (report_id, account_id)
) STRICT;

CREATE TABLE report_link_projects (
  link_id INTEGER NOT NULL REFERENCES report_links (id) ON DELETE CASCADE,
  project_id INTEGER NOT NULL REFERENCES projects (id),
  PRIMARY KEY (link_id, project_id)
) STRICT;

CREATE TABLE report_links (
  id INTEGER PRIMARY KEY,
  report_id INTEGER NOT NULL REFERENCES reports (id),
  nonce TEXT NOT NULL,
  created_by INTEGER REFERENCES accounts (id),
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER,
  revoked_by INTEGER REFERENCES accounts (id)
) STRICT;

CREATE TABLE report_stars (
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  report_id INTEGER NOT NULL REFERENCES reports (id),
  at INTEGER NOT NULL,
  PRIMARY KEY (account_id, report_id)
) STRICT;

CREATE TABLE report_threads (
  id INTEGER PRIMARY KEY,
  report_id INTEGER NOT NULL REFERENCES reports (id),
  anchor TEXT,                    -- JSON: which words or panel it is about
  begun_by INTEGER REFERENCES accounts (id),
  created_at INTEGER NOT NULL,
  resolved_at INTEGER,
  resolved_by INTEGER REFERENCES accounts (id)
) STRICT;

CREATE TABLE reports (
  id INTEGER PRIMARY KEY,
  project_id INTEGER NOT NULL REFERENCES projects (id),
  kind TEXT NOT NULL CHECK (kind IN ('report', 'draft', 'workspace')),
  name TEXT NOT NULL,
  display_name TEXT NOT NULL,
  description TEXT NOT NULL,
  spec TEXT NOT NULL,
  -- Of a draft: the report that it is a draft of, and the version of that it began from.
  published_id INTEGER REFERENCES reports (id),
  published_version INTEGER,
  -- Counts the changes of its content.
  version INTEGER NOT NULL DEFAULT 1,
  author_id INTEGER REFERENCES accounts (id),
  created_at INTEGER NOT NULL,
  updated_by INTEGER REFERENCES accounts (id),
  updated_at INTEGER NOT NULL,
  deleted_at INTEGER,
  deleted_by INTEGER REFERENCES accounts (id),
  purge_after INTEGER,
  purged_at INTEGER
) STRICT;

CREATE TABLE run_addresses (
  project_id INTEGER NOT NULL REFERENCES projects (id),
  name TEXT NOT NULL,
  run_id INTEGER NOT NULL REFERENCES runs (id),
  since INTEGER NOT NULL,
  PRIMARY KEY (project_id, name)
) STRICT;

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

CREATE TABLE run_tags (
  run_id INTEGER NOT NULL REFERENCES runs (id),
  position INTEGER NOT NULL,
  tag TEXT NOT NULL,
  project_id INTEGER NOT NULL,
  PRIMARY KEY (run_id, position)
) STRICT;

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
  purged_at INTEGER, locked INTEGER NOT NULL DEFAULT 0, deleted_by INTEGER REFERENCES accounts (id), purge_after INTEGER, summary_indexed INTEGER NOT NULL DEFAULT 1, sweep_project_id INTEGER REFERENCES projects (id), attribution_warning TEXT NOT NULL DEFAULT '', config_digest BLOB, summary_turn INTEGER NOT NULL DEFAULT 0,
  UNIQUE (project_id, name)
) STRICT;

CREATE TABLE seat_months (
  organization_id INTEGER NOT NULL REFERENCES entities (id),
  month TEXT NOT NULL,
  most INTEGER NOT NULL,
  PRIMARY KEY (organization_id, month)
) STRICT;

CREATE TABLE server_id (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  word TEXT NOT NULL
) STRICT;

CREATE TABLE sessions (
  token_hash BLOB PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  user_agent TEXT NOT NULL,
  address TEXT NOT NULL
) STRICT;

CREATE TABLE "setting_locks" (
  organization_id INTEGER NOT NULL REFERENCES entities (id),
  setting TEXT NOT NULL,
  locked_by INTEGER REFERENCES accounts (id),
  locked_at INTEGER NOT NULL,
  PRIMARY KEY (organization_id, setting)
) STRICT;

CREATE TABLE signing_keys (
  id INTEGER PRIMARY KEY,
  secret BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE team_members (
  team_id INTEGER NOT NULL REFERENCES entities (id),
  account_id INTEGER NOT NULL REFERENCES accounts (id),
  role TEXT NOT NULL CHECK (role IN ('admin', 'member', 'view-only', 'service')),
  created_at INTEGER NOT NULL, hand_role TEXT, directory_role TEXT, directory_rule TEXT,
  PRIMARY KEY (team_id, account_id)
) STRICT;

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

CREATE INDEX accounts_by_home ON accounts (home_id) WHERE home_id IS NOT NULL;

CREATE INDEX alert_attempts_by_delivery ON alert_attempts (delivery_id);

CREATE INDEX alert_deliveries_by_firing ON alert_deliveries (firing_id);

CREATE INDEX alert_deliveries_by_webhook ON alert_deliveries (webhook_id) WHERE webhook_id IS NOT NULL;

CREATE INDEX alert_deliveries_waiting ON alert_deliveries (next_at) WHERE state = 'waiting';

CREATE INDEX alert_firings_by_project ON alert_firings (project_id, id);

CREATE INDEX alert_firings_by_rule ON alert_firings (rule_id, id);

CREATE INDEX alert_firings_by_run ON alert_firings (run_id) WHERE run_id IS NOT NULL;

CREATE INDEX alert_marks_by_run ON alert_marks (run_id);

CREATE INDEX alert_rules_by_webhook ON alert_rules (webhook_id) WHERE webhook_id IS NOT NULL;

CREATE INDEX alerts_by_run ON alerts (run_id, created_at);

CREATE INDEX api_keys_by_account ON api_keys (account_id);

CREATE INDEX artifact_aliases_by_membership ON artifact_aliases (membership_id);

CREATE INDEX artifact_client_ids_by_sequence ON artifact_client_ids (sequence_id) WHERE sequence_id IS NOT NULL;

CREATE INDEX artifact_collections_by_creation ON artifact_collections (project_id, created_at, id) WHERE deleted_at IS NULL;

CREATE INDEX artifact_collections_by_id ON artifact_collections (project_id, id) WHERE deleted_at IS NULL;

CREATE UNIQUE INDEX artifact_collections_by_name ON artifact_collections (project_id, name) WHERE deleted_at IS NULL;

CREATE INDEX artifact_collections_by_type ON artifact_collections (type_id, id);

CREATE INDEX artifact_collections_by_update ON artifact_collections (project_id, updated_at, id) WHERE deleted_at IS NULL;

CREATE INDEX artifact_entries_by_content ON artifact_entries (content_id, artifact_id) WHERE content_id IS NOT NULL;

CREATE INDEX artifact_files_by_content ON artifact_files (content_id) WHERE content_id IS NOT NULL;

CREATE INDEX artifact_inputs_by_artifact ON artifact_inputs (artifact_id, run_id);

CREATE INDEX artifact_manifests_by_artifact ON artifact_manifests (artifact_id, kind);

CREATE INDEX artifact_manifests_by_content ON artifact_manifests (content_id) WHERE content_id IS NOT NULL;

CREATE INDEX artifact_outputs_by_artifact ON artifact_outputs (artifact_id, run_id);

CREATE INDEX artifacts_by_digest ON artifacts (sequence_id, state, digest);

CREATE INDEX artifacts_by_run ON artifacts (run_id) WHERE run_id IS NOT NULL;

CREATE INDEX artifacts_expiring ON artifacts (id) WHERE state = 'committed' AND ttl_seconds > 0;

CREATE INDEX artifacts_pending ON artifacts (updated_at) WHERE state = 'pending';

CREATE INDEX artifacts_to_free ON artifacts (id) WHERE state = 'deleted' AND freed_at IS NULL;

CREATE INDEX audit_by_action ON audit (action, id);

CREATE INDEX audit_by_actor ON audit (actor_id, id);

CREATE INDEX audit_by_object ON audit (object_kind, object_id, at);

CREATE INDEX audit_by_time ON audit (at);

CREATE INDEX awaited_contents_by_digest ON awaited_contents (import_id, sha256);

CREATE INDEX comments_by_author ON report_comments (author_id);

CREATE INDEX comments_of_thread ON report_comments (thread_id, id);

CREATE INDEX contents_by_md5 ON contents (md5);

CREATE INDEX drafts_of_report ON reports (published_id) WHERE published_id IS NOT NULL;

CREATE INDEX entities_by_organization ON entities (organization_id, kind, name_key);

CREATE INDEX exports_by_asker ON exports (asked_by, id);

CREATE INDEX exports_by_expiry ON exports (expires_at) WHERE state = 'done';

CREATE INDEX exports_open ON exports (id) WHERE state = 'running';

CREATE INDEX follows_by_account ON report_follows (account_id);

CREATE INDEX imports_by_asker ON imports (asked_by, id);

CREATE INDEX imports_open ON imports (id) WHERE state = 'running';

CREATE INDEX incoming_versions_by_import ON incoming_versions (import_id, artifact_id);

CREATE INDEX invitation_attempts_by_invitation ON invitation_attempts (invitation_id);

CREATE INDEX invitation_letters_waiting ON invitation_letters (next_at) WHERE state = 'waiting';

CREATE INDEX invitations_by_account ON invitations (account_id) WHERE account_id IS NOT NULL;

CREATE INDEX invitations_by_directory ON invitations (directory_id) WHERE directory_id IS NOT NULL;

CREATE INDEX invitations_by_email ON invitations (email_key) WHERE email_key IS NOT NULL;

CREATE INDEX invitations_by_team ON invitations (team_id, id);

CREATE INDEX links_of_report ON report_links (report_id);

CREATE INDEX move_runs_by_state ON move_runs (move_id, state, run_id);

CREATE INDEX moves_by_destination ON moves (destination_id, id);

CREATE INDEX moves_by_mover ON moves (moved_by, id);

CREATE INDEX moves_by_source ON moves (source_id, id);

CREATE INDEX moves_open ON moves (id) WHERE state IN ('running', 'undoing');

CREATE INDEX notifications_about_comment ON notifications (comment_id) WHERE comment_id IS NOT NULL;

CREATE INDEX notifications_about_report ON notifications (report_id, kind, account_id) WHERE report_id IS NOT NULL;

CREATE INDEX notifications_about_rule ON notifications (rule_id) WHERE rule_id IS NOT NULL;

CREATE INDEX notifications_about_thread ON notifications (thread_id) WHERE thread_id IS NOT NULL;

CREATE INDEX notifications_by_age ON notifications (at);

CREATE INDEX notifications_of_account ON notifications (account_id, id);

CREATE INDEX notifications_to_mail ON notifications (next_at) WHERE mail = 'waiting';

CREATE INDEX notifications_unread ON notifications (account_id, report_id, rule_id) WHERE read_at IS NULL;

CREATE INDEX organization_members_by_account ON organization_members (account_id);

CREATE INDEX project_members_by_account ON project_members (account_id);

CREATE INDEX projects_in_trash ON projects (purge_after) WHERE deleted_at IS NOT NULL AND purged_at IS NULL;

CREATE INDEX registry_members_by_account ON registry_members (account_id);

CREATE INDEX registry_teams_by_team ON registry_teams (team_id);

CREATE INDEX repeats_by_age ON repeats (created_at);

CREATE INDEX reports_by_author ON reports (author_id);

CREATE INDEX reports_in_trash ON reports (project_id, deleted_at, id) WHERE deleted_at IS NOT NULL AND purged_at IS NULL;

CREATE INDEX reports_of_project ON reports (project_id, kind, updated_at, id) WHERE deleted_at IS NULL;

CREATE INDEX reports_to_purge ON reports (purge_after) WHERE deleted_at IS NOT NULL AND purged_at IS NULL;

CREATE INDEX run_addresses_by_run ON run_addresses (run_id);

CREATE INDEX run_fields_by_number ON run_fields (project_id, section, key, number, run_id) WHERE kind = 'number';

CREATE INDEX run_fields_by_text ON run_fields (project_id, section, key, text, run_id) WHERE kind = 'text';

CREATE INDEX run_fields_others ON run_fields (project_id, section, key, kind, number, run_id)
  WHERE kind NOT IN ('number', 'text');

CREATE INDEX run_tags_by_tag ON run_tags (project_id, tag, run_id);

CREATE INDEX runs_alive ON runs (heartbeat_at) WHERE state IN ('running', 'preempting');

CREATE INDEX runs_by_archived_run ON runs (archive_of, id) WHERE archive_of IS NOT NULL;

CREATE INDEX runs_by_author ON runs (created_by, project_id) WHERE deleted_at IS NULL AND archive_of IS NULL;

CREATE INDEX runs_by_config ON runs (project_id, config_digest) WHERE deleted_at IS NULL AND archive_of IS NULL;

CREATE INDEX runs_by_heartbeat ON runs (project_id, heartbeat_at, id);

CREATE INDEX runs_by_sweep ON runs (project_id, sweep_name) WHERE sweep_name IS NOT NULL;

CREATE INDEX runs_in_trash ON runs (project_id, deleted_at, id) WHERE deleted_at IS NOT NULL AND purged_at IS NULL;

CREATE INDEX runs_listed ON runs (project_id, created_at, id) WHERE deleted_at IS NULL AND archive_of IS NULL;

CREATE INDEX runs_to_purge ON runs (purge_after) WHERE deleted_at IS NOT NULL AND purged_at IS NULL;

CREATE INDEX runs_unindexed ON runs (id) WHERE summary_indexed = 0;

CREATE INDEX runs_without_digest ON runs (id) WHERE config_digest IS NULL;

CREATE INDEX sessions_by_account ON sessions (account_id);

CREATE INDEX stars_of_report ON report_stars (report_id);

CREATE INDEX team_members_by_account ON team_members (account_id);

CREATE INDEX teams_in_trash ON entities (purge_after) WHERE kind = 'team' AND deleted_at IS NOT NULL AND purged_at IS NULL;

CREATE INDEX threads_of_report ON report_threads (report_id, id);
