-- Bundles of a run, a project, a team's or a person's projects, or of all that somebody may read. An export is a job: how far
-- the bundle is written stands in `cursor`, so that it goes on where a crash ended it.
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
CREATE INDEX exports_open ON exports (id) WHERE state = 'running';
CREATE INDEX exports_by_expiry ON exports (expires_at) WHERE state = 'done';
CREATE INDEX exports_by_asker ON exports (asked_by, id);

-- The projects that something of is in a bundle: who may not read one of them any more may not download it either.
CREATE TABLE export_projects (
  export_id INTEGER NOT NULL REFERENCES exports (id),
  project_id INTEGER NOT NULL REFERENCES projects (id),
  PRIMARY KEY (export_id, project_id)
) STRICT;
-- And the versions that are in it because of a link alone.
CREATE TABLE export_versions (
  export_id INTEGER NOT NULL REFERENCES exports (id),
  artifact_id INTEGER NOT NULL REFERENCES artifacts (id),
  PRIMARY KEY (export_id, artifact_id)
) STRICT;
