-- Bundles that come in.
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
CREATE INDEX imports_open ON imports (id) WHERE state = 'running';
CREATE INDEX imports_by_asker ON imports (asked_by, id);

-- What became of each thing of a bundle: the new names of the old.
CREATE TABLE import_items (
  import_id INTEGER NOT NULL REFERENCES imports (id),
  kind TEXT NOT NULL CHECK (kind IN ('run', 'version', 'link')),
  origin_id INTEGER NOT NULL,
  old_name TEXT NOT NULL,
  new_name TEXT,
  state TEXT NOT NULL CHECK (state IN ('imported', 'known', 'skipped')),
  reason TEXT,
  PRIMARY KEY (import_id, kind, origin_id, old_name)
) STRICT;

-- What came from another server into a project, so that it comes but once. A run that is 'begun' is not there yet.
CREATE TABLE origins (
  server TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('run', 'version')),
  origin_id INTEGER NOT NULL,
  project_id INTEGER NOT NULL REFERENCES projects (id),
  local_id INTEGER NOT NULL,
  digest TEXT NOT NULL,
  is_whole INTEGER NOT NULL,
  PRIMARY KEY (server, kind, origin_id, project_id)
) STRICT;

-- Versions on their way in, each with what the bundle says of it.
CREATE TABLE incoming_versions (
  artifact_id INTEGER PRIMARY KEY REFERENCES artifacts (id),
  import_id INTEGER NOT NULL REFERENCES imports (id),
  project_id INTEGER NOT NULL REFERENCES projects (id),
  document TEXT NOT NULL
) STRICT;
CREATE INDEX incoming_versions_by_import ON incoming_versions (import_id, artifact_id);

-- Files of versions on their way in whose bytes have not come yet: the entry's, or with an empty path the list of files.
CREATE TABLE awaited_contents (
  artifact_id INTEGER NOT NULL REFERENCES artifacts (id),
  path TEXT NOT NULL,
  sha256 BLOB NOT NULL,
  import_id INTEGER NOT NULL REFERENCES imports (id),
  PRIMARY KEY (artifact_id, path)
) STRICT;
CREATE INDEX awaited_contents_by_digest ON awaited_contents (import_id, sha256);
