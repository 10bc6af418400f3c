-- Artifacts: versioned data. A version lies in the sequence it was logged to, and may be linked into portfolios.

CREATE TABLE artifact_types (
  id INTEGER PRIMARY KEY,
  project_id INTEGER NOT NULL REFERENCES projects (id),
  name TEXT NOT NULL,
  description TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  UNIQUE (project_id, name)
) STRICT;

-- Sequences hold the versions that were logged under a name, portfolios versions of any sequence.
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
CREATE UNIQUE INDEX artifact_collections_by_name ON artifact_collections (project_id, name) WHERE deleted_at IS NULL;
CREATE INDEX artifact_collections_by_type ON artifact_collections (type_id, id);

CREATE TABLE artifact_collection_tags (
  id INTEGER PRIMARY KEY,
  collection_id INTEGER NOT NULL REFERENCES artifact_collections (id),
  name TEXT NOT NULL,
  UNIQUE (collection_id, name)
) STRICT;

-- Versions. A deleted one keeps its row, so that its id is not used again and runs still say that there was one.
-- `wanted` is what its commit is to do with aliases, as a JSON list. `ttl_seconds` NULL is the project's rule, -2 none.
-- Drafts of the same files that are committed at one time become one version: the others say which in `merged_into`.
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
) STRICT;
CREATE INDEX artifacts_by_digest ON artifacts (sequence_id, state, digest);
CREATE INDEX artifacts_pending ON artifacts (updated_at) WHERE state = 'pending';

CREATE TABLE artifact_tags (
  id INTEGER PRIMARY KEY,
  artifact_id INTEGER NOT NULL REFERENCES artifacts (id),
  name TEXT NOT NULL,
  UNIQUE (artifact_id, name)
) STRICT;

-- The names that a client gave to versions and sequences before it knew ours.
CREATE TABLE artifact_client_ids (
  client_id TEXT PRIMARY KEY,
  artifact_id INTEGER REFERENCES artifacts (id),
  sequence_id INTEGER REFERENCES artifact_collections (id)
) STRICT;
CREATE INDEX artifact_client_ids_by_sequence ON artifact_client_ids (sequence_id) WHERE sequence_id IS NOT NULL;

-- A version's place in a collection, its own sequence included.
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

CREATE TABLE artifact_aliases (
  id INTEGER PRIMARY KEY,
  collection_id INTEGER NOT NULL REFERENCES artifact_collections (id),
  membership_id INTEGER NOT NULL REFERENCES artifact_memberships (id),
  alias TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (collection_id, alias)
) STRICT;
CREATE INDEX artifact_aliases_by_membership ON artifact_aliases (membership_id);

-- Bytes of artifacts, each content once, however many versions hold it. `md5` is in base64, as the client sends it.
CREATE TABLE contents (
  id INTEGER PRIMARY KEY,
  sha256 BLOB NOT NULL UNIQUE,
  md5 TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  blob_key TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX contents_by_md5 ON contents (md5);

-- The manifests that were sent for a version. `content_id` is NULL until the bytes have arrived.
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
CREATE INDEX artifact_manifests_by_artifact ON artifact_manifests (artifact_id, kind);
CREATE INDEX artifact_manifests_by_content ON artifact_manifests (content_id) WHERE content_id IS NOT NULL;

-- Files that were announced for a version that is not committed yet; they hold their content until it is.
CREATE TABLE artifact_files (
  id INTEGER PRIMARY KEY,
  artifact_id INTEGER NOT NULL REFERENCES artifacts (id),
  name TEXT NOT NULL,
  md5 TEXT NOT NULL,
  content_id INTEGER REFERENCES contents (id),
  UNIQUE (artifact_id, md5, name)
) STRICT;
CREATE INDEX artifact_files_by_content ON artifact_files (content_id) WHERE content_id IS NOT NULL;

-- Parts of a large file on their way. `blob_key` is NULL until the part has arrived.
CREATE TABLE artifact_file_parts (
  file_id INTEGER NOT NULL REFERENCES artifact_files (id),
  number INTEGER NOT NULL,
  md5_hex TEXT NOT NULL,
  blob_key TEXT,
  PRIMARY KEY (file_id, number)
) STRICT;

-- What a committed version holds: files with their content, and references without.
CREATE TABLE artifact_entries (
  artifact_id INTEGER NOT NULL REFERENCES artifacts (id),
  path TEXT NOT NULL,
  digest TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  content_id INTEGER REFERENCES contents (id),
  reference TEXT,
  PRIMARY KEY (artifact_id, path)
) STRICT;
CREATE INDEX artifact_entries_by_content ON artifact_entries (content_id, artifact_id) WHERE content_id IS NOT NULL;

-- Lineage: what runs made and what they used.
CREATE TABLE artifact_outputs (
  run_id INTEGER NOT NULL REFERENCES runs (id),
  artifact_id INTEGER NOT NULL REFERENCES artifacts (id),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (run_id, artifact_id)
) STRICT;
CREATE INDEX artifact_outputs_by_artifact ON artifact_outputs (artifact_id, run_id);

CREATE TABLE artifact_inputs (
  run_id INTEGER NOT NULL REFERENCES runs (id),
  artifact_id INTEGER NOT NULL REFERENCES artifacts (id),
  used_as TEXT,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (run_id, artifact_id)
) STRICT;
CREATE INDEX artifact_inputs_by_artifact ON artifact_inputs (artifact_id, run_id);
